"""docs/database.md as Datasette's metadata: what views and columns mean, what to ask, which tables are for people."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

# Tables that say something to people; the rest are indexes, queues and caches.
SHOWN = ("articles", "citations", "corrections", "entries", "feeds", "fetches", "links", "runs", "sources", "stories",
         "versions")  # fmt: skip
SQLITES = ("sqlite_sequence", "_sqlite_migrations")  # not ours to explain
_VIEW = re.compile(r"^## `(v_\w+)`\n\n(.*?)\n\n(?:<!-- .*? -->\n\n)?(\|.*?)(?=^## |\Z)", re.M | re.S)
_ROW = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| (.*?) \|$", re.M)
_QUERY = re.compile(r"^-- (.+?)\n(SELECT.+?);$", re.M | re.S)


def metadata() -> dict[str, Any]:
    """Titles, descriptions, canned queries and hidden tables of the database ``stories``."""
    text = _docs()
    described = {
        name: {"description": _words(said), "columns": _rows(rows)} for name, said, rows in _VIEW.findall(text)
    }
    kept = _rows(text.partition("\n## Tables\n")[2].partition("\n## ")[0])
    tables = {name: {"description": _upper(_words(kept[name]))} if name in SHOWN else {"hidden": True} for name in kept}
    tables |= {name: {"hidden": True} for name in SQLITES}
    about = "Views (v_…) are the public face and keep their names and columns; times are UTC."
    stories = {"title": "Data", "description": about, "tables": described | tables, "queries": queries(text)}
    return {"title": "Retold", "databases": {"stories": stories}}


def queries(text: str) -> dict[str, dict[str, str]]:
    """Name → SQL and title of each query that ``text`` shows."""
    found = _QUERY.findall("\n".join(re.findall(r"```sql\n(.*?)```", text, re.S)))
    return {re.sub(r"\W+", "_", said): {"title": _upper(said), "sql": sql} for said, sql in found}


@cache
def _docs() -> str:
    """The documentation: beside us where we are installed, in docs/ of a checkout."""
    inside = Path(__file__).parent.parent
    places = (inside / "data" / "database.md", inside.parent / "docs" / "database.md")
    return next((p.read_text("utf-8") for p in places if p.is_file()), "")


def _rows(table: str) -> dict[str, str]:
    return {name: _words(said) for names, said in _ROW.findall(table) for name in re.findall(r"\w+", names)}


def _words(markdown: str) -> str:
    return " ".join(markdown.replace("`", "").split())


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
