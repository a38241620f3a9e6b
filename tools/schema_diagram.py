"""docs/plots/schema.svg: the tables of the database, their columns, and what refers to what.

usage: python -m tools.schema_diagram [--to FILE]

Read off a new database (foreign keys by PRAGMA), laid out by Graphviz (`dot`, wanted for drawing only).
"""

from __future__ import annotations

import argparse
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path

from pipeline.store.schema import migrate
from pipeline.store.table_meanings import TABLES
from tools.reference.database import real_tables

DRAWN = Path(__file__).parents[1] / "docs" / "plots" / "schema.svg"
# Told apart by their place and title, too. Dark letters on light boxes on white: fit for a dark page as well.
FILLS = {"collecting": "#dceefb", "articles": "#fdebd0", "provenance": "#e3f4e1", "comparing": "#f4e3f1",
         "stories": "#fff6c9", "pages": "#e8e8f6"}  # fmt: skip
OTHER, WIDTH = "#eeeeee", 30
GRAPH = """digraph schema {
  graph [rankdir=LR, bgcolor=white, nodesep=0.16, ranksep=0.7, fontname="Helvetica", fontsize=12, newrank=true,
         concentrate=false, pad=0.2]
  node [shape=plain, fontname="Helvetica", fontsize=10]
  edge [arrowhead=crow, arrowsize=0.7, color="#666666", penwidth=0.8]
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is: columns in their order, those of the key, and column → the table that it refers to."""

    name: str
    columns: tuple[str, ...]
    key: frozenset[str]
    refers: Mapping[str, str]


def read(db: sqlite3.Connection) -> list[Table]:
    """The tables of a database, by name."""
    return [_table(db, name) for name in sorted(real_tables(db))]


def _table(db: sqlite3.Connection, name: str) -> Table:
    columns = db.execute("SELECT name, pk FROM pragma_table_info(?)", [name]).fetchall()
    refers = db.execute('SELECT "from", "table" FROM pragma_foreign_key_list(?)', [name]).fetchall()
    key = frozenset(column for column, place in columns if place)
    return Table(name, tuple(column for column, _ in columns), key, dict(sorted(refers)))


def new_database() -> list[Table]:
    """The tables that a run makes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        migrate(str(path))
        with closing(sqlite3.connect(path)) as db:
            return read(db)


def topics() -> dict[str, str]:
    """Table → its topic."""
    return {n: topic for topic, rows in TABLES.items() for names in rows for n in names.split(", ")}


def dot(tables: Iterable[Table]) -> str:
    """The graph in DOT: tables that refer or are referred to each by itself, the others in one box a topic."""
    found = {table.name: table for table in tables}
    tied = {name for t in found.values() if t.refers for name in (t.name, *t.refers.values())}
    topic = topics()
    lines = [_node(found[name], topic.get(name, "")) for name in sorted(tied)]
    lines += [f'  "{to}" -> "{t.name}"' for t in found.values() for to in sorted(set(t.refers.values()))]
    lines += _alone([t for t in found.values() if t.name not in tied], topic, max(tied, default=""))
    return GRAPH + "\n".join(lines) + "\n}\n"


def _node(table: Table, topic: str) -> str:
    """A table: its name, the columns of its key, those that refer, and all others in small print."""
    rows = [_cell(c, table) for c in table.columns if c in table.key or c in table.refers]
    rest = [c for c in table.columns if c not in table.key and c not in table.refers]
    small = "<BR ALIGN='LEFT'/>".join(escape(line) for line in textwrap.wrap(", ".join(rest), WIDTH))
    if small:
        rows.append(
            f"<TR><TD ALIGN='LEFT'><FONT COLOR='#555555' POINT-SIZE='8'>{small}<BR ALIGN='LEFT'/></FONT></TD></TR>"
        )
    return f'  "{table.name}" [label=<{_box(table.name, FILLS.get(topic, OTHER), rows)}>]'


def _cell(column: str, table: Table) -> str:
    name = f"<U>{escape(column)}</U>" if column in table.key else escape(column)
    to = f" → {table.refers[column]}" if column in table.refers else ""
    return f"<TR><TD ALIGN='LEFT'>{name}{to}</TD></TR>"


def _box(title: str, fill: str, rows: Iterable[str]) -> str:
    head = f"<TR><TD BGCOLOR='{fill}' ALIGN='LEFT'><B>{escape(title)}</B></TD></TR>"
    look = "BORDER='1' CELLBORDER='0' CELLSPACING='0' CELLPADDING='2' COLOR='#888888'"
    return f"<TABLE {look}>{head}{''.join(rows)}</TABLE>"


def _alone(tables: Iterable[Table], topic: Mapping[str, str], beside: str) -> Iterator[str]:
    """One box a topic of the tables without a foreign key, in a column of their own at the right."""
    groups: dict[str, list[Table]] = {}
    for table in tables:
        groups.setdefault(topic.get(table.name, ""), []).append(table)
    for name, group in sorted(groups.items()):
        rows = [f"<TR><TD ALIGN='LEFT'>{escape(t.name)} {_small(t)}</TD></TR>" for t in group]
        yield f'  "({name})" [label=<{_box(f"{name}, by themselves", FILLS.get(name, OTHER), rows)}>]'
        yield f'  "{beside}" -> "({name})" [style=invis, minlen=2, weight=0]'


def _small(table: Table) -> str:
    lines = textwrap.wrap(", ".join(table.columns), WIDTH + 14)
    text = "<BR ALIGN='LEFT'/>".join(escape(line) for line in lines)
    return f"<BR ALIGN='LEFT'/><FONT COLOR='#555555' POINT-SIZE='8'>{text}<BR ALIGN='LEFT'/></FONT>"


def draw(graph: str) -> str:
    """DOT → SVG, without what differs from one Graphviz to the next; raises CalledProcessError."""
    done = subprocess.run(["dot", "-Tsvg"], input=graph, capture_output=True, text=True, check=True)
    svg = re.sub(r"<!--.*?-->\n?", "", done.stdout, flags=re.S)
    return re.sub(r"<!DOCTYPE.*?>\n", "", svg, flags=re.S)


def drawn(svg: str) -> tuple[dict[str, set[str]], set[tuple[str, str]]]:
    """What a drawing shows: box → the words in it, and its lines as (referred to, referring)."""
    groups = re.findall(r'<g id="\w+" class="(\w+)">\n<title>(.*?)</title>(.*?)</g>', svg, re.S)
    texts = {
        title: " ".join(re.findall(r"<text[^>]*>(.*?)</text>", body)) for kind, title, body in groups if kind == "node"
    }
    ends = {tuple(unescape(title).split("->")) for kind, title, _ in groups if kind == "edge"}
    return {title: set(re.findall(r"\w+", text)) for title, text in texts.items()}, {(a, b) for a, b in ends}


def main() -> int:
    """Draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=DRAWN, metavar="FILE")
    asked = parser.parse_args()
    if not shutil.which("dot"):
        print("Graphviz is not here: apt-get install graphviz")
        return 1
    tables = new_database()
    asked.to.write_text(draw(dot(tables)), "utf-8")
    print(f"{asked.to}: {len(tables)} tables, {sum(len(t.refers) for t in tables)} foreign keys")
    return 0


if __name__ == "__main__":
    sys.exit(main())
