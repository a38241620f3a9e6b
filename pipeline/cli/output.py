"""What goes to the terminal: safe text, safe JSON, tables that fit. rich is imported when something is shown."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

GAP = 2  # columns between columns
LEAST = 16  # columns that a headline gets even where the rest leaves less
PIPE_WIDTH = 120  # columns where nobody says how wide a line may be
# Controls (C0, DEL, C1, which hold the ANSI and OSC sequences), line separators, and marks that reorder or hide.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MARKS = r"\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
_INVISIBLE = re.compile(rf"[\u00ad{_MARKS}\U000e0000-\U000e007f]")
_UNSAFE_JSON = re.compile(rf"[\x7f-\x9f{_MARKS}]")


def plain(text: object) -> str:
    """Anything as one harmless line: controls as U+FFFD, invisible and reordering marks gone, blanks single."""
    line = " ".join(str(text).split())
    return _CONTROL.sub("\ufffd", _INVISIBLE.sub("", line))


def dumps(value: object) -> str:
    """``value`` as JSON for people and programs: readable letters, but nothing that a terminal would act on."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return _UNSAFE_JSON.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def show_json(value: object) -> None:
    """One JSON document on stdout."""
    click.echo(dumps(value))


def say(message: str) -> None:
    """One line on stderr, ``retold: …``; further lines as they are."""
    head, *rest = message.splitlines() or [""]
    for line in (f"retold: {plain(head)}", *map(plain, rest)):
        click.echo(line, err=True)


def console(stderr: bool = False) -> Console:
    """A console that shows text as it is: no markup, no emoji codes, no highlighting of what looks like a number."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else PIPE_WIDTH
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def show_lines(lines: Iterable[tuple[str, str]]) -> None:
    """(text, style) line by line, never cut or wrapped by us: addresses stay whole. Texts must be plain."""
    out = console()
    for text, style in lines:
        out.print(text, style=style or None, soft_wrap=True)


def show_table(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]) -> None:
    """A table within the terminal's width. ``columns``: (heading, kind), kind one of "", "right", "wide" (gets the
    room that the others leave, cut with an ellipsis) or "fold" (the same, but wraps)."""
    from rich.table import Table
    from rich.text import Text

    out = console()
    cells = [[plain(cell) for cell in row] for row in rows]
    table = Table(box=None, padding=(0, GAP, 0, 0), header_style="bold", pad_edge=False)
    for (heading, kind), width in zip(columns, widths(columns, cells, out.width), strict=True):
        table.add_column(
            heading,
            justify="right" if kind == "right" else "left",
            width=width,
            no_wrap=kind != "fold",
            overflow="fold" if kind == "fold" else "ellipsis",
        )
    for row in cells:
        table.add_row(*map(Text, row))
    out.print(table)


def widths(columns: Sequence[tuple[str, str]], cells: Sequence[Sequence[str]], room: int) -> list[int]:
    """Cells of each column: what the widest text needs, and for "wide" and "fold" ones an equal share of the rest."""
    needs = [widest((heading, *(row[n] for row in cells)), room) for n, (heading, _) in enumerate(columns)]
    greedy = [n for n, (_, kind) in enumerate(columns) if kind in ("wide", "fold")]
    fixed = sum(need for n, need in enumerate(needs) if n not in greedy) + GAP * (len(columns) - 1)
    share = max((room - fixed) // max(len(greedy), 1), LEAST)
    return [min(need, share) if n in greedy else need for n, need in enumerate(needs)]


def padded(text: object, width: int) -> str:
    """``text``, plain, cut or filled to ``width`` terminal cells."""
    from rich.cells import cell_len, set_cell_size

    line = plain(text)
    return line if cell_len(line) == width else set_cell_size(line, width)


def widest(texts: Iterable[object], limit: int) -> int:
    """Terminal cells of the widest text, at most ``limit``."""
    from rich.cells import cell_len

    return min(max((cell_len(plain(t)) for t in texts), default=0), limit)


def without(row: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The row without some of its columns."""
    return {k: v for k, v in row.items() if k not in keys}
