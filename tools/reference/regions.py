"""Marked regions of a Markdown text: what stands in them, and writing them anew. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_START = re.compile(r"^<!-- generated: (\S+)(?: ([^\n]+?))? -->$", re.M)
_REGION = re.compile(r"^<!-- generated: (\S+)(?: ([^\n]+?))? -->\n(.*?)^<!-- end -->$", re.M | re.S)
_HEADING = re.compile(r"^(#{1,6}) (.+?)\s*$", re.M)
_FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
_CELL = re.compile(r"(?<!\\)\|")


class BrokenError(Exception):
    """A text whose marks do not fit; the message says where."""


@dataclass(frozen=True, slots=True)
class Region:
    """One marked region: which maker writes it, of what, and what stands there."""

    kind: str
    what: str
    body: str


def regions(text: str) -> list[Region]:
    """The regions of ``text`` in their order; raises BrokenError where one has no end or stands there twice."""
    found = [Region(kind, what, body) for kind, what, body in _REGION.findall(text)]
    started = [(kind, what) for kind, what in _START.findall(text)]
    if started != [(r.kind, r.what) for r in found]:
        raise BrokenError(f"a region has no end: one of {started}")
    twice = sorted({mark for mark in started if started.count(mark) > 1})
    if twice:
        raise BrokenError(f"stands there twice: {twice}")
    return found


def marked(kind: str, what: str, body: str) -> str:
    """A region with its marks; blank lines keep tables tables in every viewer."""
    return f"<!-- generated: {f'{kind} {what}'.strip()} -->\n\n{body.strip(chr(10))}\n\n<!-- end -->"


def rewritten(text: str, make: Callable[[str, str], str]) -> str:
    """``text`` with every region made anew by ``make(kind, what)``."""
    new = _REGION.sub(lambda m: marked(m[1], m[2] or "", make(m[1], m[2] or "")), text)
    return re.sub(r"^<!-- end -->\n(?=\S)", "<!-- end -->\n\n", new, flags=re.M)


def outside(text: str) -> str:
    """What is written by hand."""
    return _REGION.sub("", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells hold Markdown, in which a bare ``|`` is escaped here."""
    lines = ["| " + " | ".join(_CELL.sub(r"\\|", cell) for cell in cells) + " |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def table_rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables in ``text``, heads and rules left out."""
    lines = text.split("\n")
    rows = [n for n, line in enumerate(lines) if line.startswith("|") and not line.startswith("|--")]
    heads = {n - 1 for n, line in enumerate(lines) if line.startswith("|--")}
    return [[cell.strip() for cell in _CELL.split(lines[n])[1:-1]] for n in rows if n not in heads]


def slug(heading: str, separator: str = "-") -> str:
    """The anchor of a heading, as code forges make it (and, by mkdocs.yml, the site)."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.replace("`", "")).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", separator)


def headings(text: str) -> list[tuple[int, str, int]]:
    """(level, words, where it begins) of each heading of ``text`` that stands in no code block."""
    plain = _FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    return [(len(m[1]), m[2], m.start()) for m in _HEADING.finditer(plain)]


def section(text: str, begins: str) -> tuple[int, int] | None:
    """Where the section lies whose second-level heading begins so; None where there is none."""
    found = [(at, words) for level, words, at in headings(text) if level <= 2]
    for n, (at, words) in enumerate(found):
        if re.match(rf"{re.escape(begins)}(?![\w-])", words):
            return at, found[n + 1][0] if n + 1 < len(found) else len(text)
    return None


def named(text: str, begins: str) -> dict[str, str]:
    """Name, or names joined by commas → words, of the table of two columns in the section whose heading begins so."""
    at = section(text, begins)
    rows = [cells for cells in (table_rows(text[slice(*at)]) if at else []) if len(cells) == 2]
    return {
        ", ".join(re.findall(r"`(\w+)`", name)): words.replace("\\|", "|")
        for name, words in rows
        if re.fullmatch(r"`\w+`(?:, `\w+`)*", name)
    }
