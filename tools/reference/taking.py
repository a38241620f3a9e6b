"""Words written by hand into the tables of the docs, taken over into the code that these are made of."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.reference import database
from tools.reference.documents import ROOT
from tools.reference.fields import described
from tools.reference.regions import named

STORE = ROOT / "pipeline" / "store"
WIDTH = 120

Meanings = dict[str, dict[str, str]]


def views(text: str, real: Mapping[str, list[str]]) -> Meanings:
    """View → column → meaning for the views of ``real``: by the page's words, else by those of the code."""
    found: Meanings = {}
    known = [name for name in database.VIEWS if name in real]
    for name in [*known, *sorted(real.keys() - set(known))]:
        said = named(text, f"`{name}`")
        old = database.VIEWS.get(name, {})
        found[name] = {column: said.get(column, old.get(column, "")) for column in real[name]}
    return found


def tables(text: str, real: set[str]) -> Meanings:
    """Topic → table(s) → what they hold: the same; a new table goes to the topic of the row above it."""
    topics = {names: topic for topic, rows in database.TABLES.items() for names in rows}
    found: Meanings = {topic: dict(rows) for topic, rows in database.TABLES.items()}
    topic = next(iter(found), "")
    for names, held in named(text, "Tables").items():
        topic = topics.get(names, topic)
        found[topic][names] = held
    alone = {name for rows in found.values() for names in rows for name in names.split(", ")}
    for name in sorted(real - alone):
        found[topic][name] = ""
    return {
        t: {names: held for names, held in rows.items() if set(names.split(", ")) <= real} for t, rows in found.items()
    }


def written(path: Path, found: Meanings) -> str:
    """The module at ``path`` with ``found`` for what its mapping holds."""
    head = path.read_text("utf-8").partition(" = {\n")[0]
    lines = [line for name, rows in found.items() for line in _block(name, rows)]
    return "\n".join([f"{head} = {{", *lines, "}", ""])


def _block(name: str, rows: Mapping[str, str]) -> Iterator[str]:
    yield f'    "{name}": {{'
    for key, words in rows.items():
        line = f'        "{key}": {_quoted(words)},'
        if len(line) <= WIDTH:
            yield line
            continue
        yield f'        "{key}": ('
        yield from (f"            {_quoted(part)}" for part in textwrap.wrap(words, WIDTH - 14, drop_whitespace=False))
        yield "        ),"
    yield "    },"


def _quoted(words: str) -> str:
    """As ruff writes it."""
    mark = "'" if '"' in words and "'" not in words else '"'
    return mark + words.replace("\\", "\\\\").replace(mark, f"\\{mark}") + mark


def taken(database_md: str, configuration_md: str) -> dict[Path, str]:
    """Module → its text with the words of the two pages."""
    text = database_md
    real_tables, real_views = database.schema()
    return {
        STORE / "view_meanings.py": written(STORE / "view_meanings.py", views(text, real_views)),
        STORE / "table_meanings.py": written(STORE / "table_meanings.py", tables(text, real_tables)),
        **described(configuration_md),
    }
