"""What goes to the terminal: safe text, safe JSON, tables that fit. rich is imported when something is shown."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from pipeline.phrases import INVISIBLE
from pipeline.phrases import dumps as dumps
from pipeline.phrases import escaped as escaped
from pipeline.phrases import plain as plain

if TYPE_CHECKING:
    from rich.console import Console

Concessions = Sequence[tuple[str, int]]  # see fitted

GAP = 2  # columns between columns
PIPE_WIDTH = 120  # columns where nobody says how wide a line may be


def visible(data: bytes) -> bytes:
    """Lines of UTF-8 for a terminal: what it would act on, but line ends and tabs, is U+FFFD."""
    text = INVISIBLE.sub("", data.decode("utf-8", "replace"))
    return re.sub(r"(?![\t\r\n])[\x00-\x1f\x7f-\x9f]", "\ufffd", text).encode()


def show_json(value: object) -> None:
    """One JSON document on stdout."""
    click.echo(dumps(value))


_instead: Callable[[str, str], None] | None = None  # of lines on stderr


def instead(say: Callable[[str, str], None] | None) -> None:
    """Have (level, message) told by ``say`` rather than as lines on stderr; None: as lines again."""
    global _instead
    _instead = say


def warn(message: str) -> None:
    """Lines on stderr as they are."""
    if _instead:
        return _instead("WARNING", message)
    return click.echo(message, err=True)


def say(message: str) -> None:
    """One line on stderr, ``retold: …``; further lines as they are."""
    if _instead:
        return _instead("ERROR", message)
    head, *rest = message.splitlines() or [""]
    return click.echo("\n".join((f"retold: {plain(head)}", *map(plain, rest))), err=True)


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


def show_table(table: Sequence[Sequence[object]], right: Collection[str], concessions: Concessions) -> None:
    """A table within the terminal's width; its first row is the headings, ``right`` those that stand to the right."""
    out = console()
    for n, line in enumerate(table_lines(table, right, concessions, out.width)):
        out.print(line, style=None if n else "bold", soft_wrap=True)


def table_lines(
    table: Sequence[Sequence[object]], right: Collection[str], concessions: Concessions, room: int
) -> Iterator[str]:
    """The lines of a table within ``room`` cells (see :func:`fitted`), its headings first; plain."""
    headings, *rows = [[plain(cell) for cell in row] for row in table]
    given = fitted(needed([headings, *rows]), room, concessions)
    for row in (headings, *rows):
        cells = zip(headings, row, strict=True)
        yield (" " * GAP).join(cell_of(text, given[h], h in right) for h, text in cells if h in given).rstrip()


def needed(table: Sequence[Sequence[str]]) -> dict[str, int]:
    """Heading → terminal cells of its widest text."""
    return {heading: widest(row[n] for row in table) for n, heading in enumerate(table[0])}


def fitted(needs: Mapping[str, int], room: int, concessions: Concessions) -> dict[str, int]:
    """Heading → cells that its column gets, without those that are left out.

    ``concessions``: (heading, fewest cells, 0: leave it out), made in this order and only as far as they must.
    What is in none of them is never cut, even where all of them are not enough.
    """
    given = dict(needs)
    for heading, fewest in concessions:
        over = taken(given) - room
        if over > 0 and fewest:
            given[heading] = max(min(fewest, given[heading]), given[heading] - over)
        elif over > 0:
            del given[heading]
    for heading in given:  # a column left out may have made more room than was asked for
        given[heading] += max(min(room - taken(given), needs[heading] - given[heading]), 0)
    return given


def taken(given: Mapping[str, int]) -> int:
    """Cells of a line with columns of these widths."""
    return sum(given.values()) + GAP * (len(given) - 1)


def cell_of(text: str, width: int, right: bool) -> str:
    """``text``, cut or filled to ``width`` cells; a cut shows as "…", and an ending such as " +10" is kept."""
    from rich.cells import cell_len, set_cell_size

    size = cell_len(text)
    if size <= width:
        return " " * (width - size) + text if right else text + " " * (width - size)
    more = re.search(r" \+\d+$", text)
    tail = "…" + (more[0] if more and len(more[0]) + 1 < width else "")
    return set_cell_size(set_cell_size(text, max(width - len(tail), 0)).rstrip() + tail, width)


def padded(text: object, width: int) -> str:
    """``text``, plain, cut or filled to ``width`` terminal cells."""
    from rich.cells import cell_len, set_cell_size

    line = plain(text)
    return line if cell_len(line) == width else set_cell_size(line, width)


def widest(texts: Iterable[object], limit: int = 1_000_000) -> int:
    """Terminal cells of the widest text, at most ``limit``."""
    from rich.cells import cell_len

    return min(max((cell_len(plain(t)) for t in texts), default=0), limit)


def without(row: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The row without some of its columns."""
    return {k: v for k, v in row.items() if k not in keys}
