"""The results that docs/cookbook.md shows, from a database: `python -m tools.cookbook demo.db` writes them anew.

A recipe is a heading, a block of SQL and, below it, the table of what the demo answers. Of each table as many rows are
written as it has now (five where it has none yet), and a last row of `…` where the answer has more.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "cookbook.md"
RECIPE = re.compile(r"^### (?P<title>[^\n]+)\n\n```sql\n(?P<sql>.*?)```\n(?P<table>\n(?:\|[^\n]*\n)+)?", re.M | re.S)
WIDEST, ROWS, CUT = 64, 5, "…"


def answer(db: sqlite3.Connection, sql: str) -> list[tuple[str, ...]]:
    """What a query answers as cells of a table, its header first."""
    found = db.execute(sql)
    return [tuple(c[0] for c in found.description), *(tuple(map(cell, row)) for row in found)]


def cell(value: object) -> str:
    """A value as the page shows it: in one line, and cut where it is long."""
    text = " ".join(str("" if value is None else value).split()).replace("|", "/")
    return text if len(text) <= WIDEST else text[: WIDEST - 1].rstrip() + CUT


def written(rows: Sequence[tuple[str, ...]], most: int) -> str:
    """A Markdown table of the header and at most ``most`` rows."""
    header, *body = rows
    more = [(CUT, *("" for _ in header[1:]))] if len(body) > most else []
    lines = [header, tuple("---" for _ in header), *body[:most], *more]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def renewed(page: str, db: sqlite3.Connection) -> str:
    """The page with the answers of this database."""

    def one(found: re.Match[str]) -> str:
        table = found["table"] or ""
        shown = [line for line in table.split("\n")[3:] if line and not line.startswith(f"| {CUT} ")]
        return found.group().removesuffix(table) + written(answer(db, found["sql"]), len(shown) or ROWS)

    return RECIPE.sub(one, page)


def main() -> None:
    with closing(sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)) as db:
        PAGE.write_text(renewed(PAGE.read_text("utf-8"), db), encoding="utf-8")


if __name__ == "__main__":
    main()
