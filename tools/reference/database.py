"""What the store knows of its views and tables, as Markdown; and the schema that a run makes."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from pathlib import Path

from pipeline.store.schema import migrate
from pipeline.store.table_meanings import TABLES
from pipeline.store.view_meanings import VIEWS
from tools.reference.regions import table

_SHADOWS = ("sqlite_", "_sqlite", "articles_fts_")  # SQLite's own


def view(what: str, _: str = "") -> str:
    """The columns of a view."""
    return table(("column", "meaning"), [(f"`{column}`", meaning) for column, meaning in VIEWS[what].items()])


def tables(*_: str) -> str:
    """All tables."""
    rows = [row for topic in TABLES.values() for row in topic.items()]
    return table(("table", "holds"), [(", ".join(f"`{n}`" for n in names.split(", ")), held) for names, held in rows])


def told() -> dict[str, str]:
    """Table → what it holds."""
    return {name: held for topic in TABLES.values() for names, held in topic.items() for name in names.split(", ")}


@cache
def schema() -> tuple[set[str], Mapping[str, list[str]]]:
    """(tables, view → columns) of a new database."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        migrate(str(path))
        with closing(sqlite3.connect(path)) as db:
            return real_tables(db), real_views(db)


def real_tables(db: sqlite3.Connection) -> set[str]:
    """The tables that are ours."""
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name for name in names if not name.startswith(_SHADOWS)}


def real_views(db: sqlite3.Connection) -> dict[str, list[str]]:
    """View → its columns in their order."""
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")]
    return {n: [row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", [n])] for n in names}
