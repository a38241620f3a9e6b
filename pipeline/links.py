"""Links in an article's text to other sites: whom it points to.

A link counts where the line around it stands in the text that was extracted. So navigation, related links, share
buttons, comments and author boxes drop out with whatever else is no text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from lxml.etree import XPath, _Element, iterwalk

from pipeline import urls
from pipeline.model import Link
from pipeline.text import BREAKS, NEVER_TEXT, clean, one_line, tree

__all__ = ["in_fragment", "in_page"]

MAX_LINKS = 50  # of an article
MAX_WORDS = 200  # characters of what is clicked on
# Bounds for hostile pages; the real ones measured have 520 links to other sites at most.
_MAX_ANCHORS = 5_000
_MAX_TRIED = 1_000  # addresses
_MAX_SEARCHED = 20_000_000  # characters of text looked through for lines that are no line of it
_MAX_DEPTH = 30  # inline elements around a link
# A shorter line ("Facebook") stands in any text by chance: it must be a line of its own there.
_MIN_PART = 30
_ABSOLUTE = XPath(
    "(.//a[contains(@href, '//') and not(starts-with(substring-after(@href, '//'), $own))])[position() <= $most]"
)
_ABROAD = re.compile(r"\s*(?:https?:)?//([^/?#\s]+)", re.IGNORECASE)


def in_page(page: _Element, text: str, own: str) -> tuple[Link, ...]:
    """The links of a page that stand in ``text``, to other sites than that of ``own``, the article's address.

    Each target once, in reading order, at most 50. A relative address leads to the own site.
    """
    return tuple(islice(_distinct(_standing(page, _Text(text), own), own), MAX_LINKS))


def in_fragment(fragment: str, text: str, own: str) -> tuple[Link, ...]:
    """The same of the HTML that a feed gives; ``text`` is what was made of it."""
    root = tree(fragment) if "<" in fragment else None
    return () if root is None else in_page(root, text, own)


def _distinct(found: Iterable[tuple[str, str]], own: str) -> Iterator[Link]:
    """(href, words) → links to other sites, once each."""
    first: dict[str, str] = {}
    for href, words in found:
        first.setdefault(href, words)
    seen = set()
    for href, words in islice(first.items(), _MAX_TRIED):
        address, line = urls.canonical(href, base=own), one_line(words, MAX_WORDS)
        if address and line and not urls.same_site(address, own) and (key := urls.key(address)) not in seen:
            seen.add(key)
            yield Link(address, line)


def _standing(page: _Element, text: _Text, own: str) -> list[tuple[str, str]]:
    """(href, words) of the links to elsewhere whose line stands in the text, in reading order."""
    order = {a: n for n, a in enumerate(_abroad(page, own))}
    blocks = dict.fromkeys(block for a in order if (block := _block(a)) is not None)
    lines = (line for block in blocks for line in _lines(block, order))
    found = [link for line in lines if line.links and text.holds("".join(line.pieces)) for link in line.links]
    return [(a.get("href") or "", words) for a, words in sorted(found, key=lambda link: order[link[0]])]


def _abroad(page: _Element, own: str) -> Iterator[_Element]:
    """The anchors that may lead to another host, told without parsing an address."""
    host = urls.host(own)
    for anchor in cast("list[_Element]", _ABSOLUTE(page, own=f"{host}/", most=_MAX_ANCHORS)):
        named = _ABROAD.match(anchor.get("href") or "")
        if named and named[1] != host:
            yield anchor


def _block(anchor: _Element) -> _Element | None:
    """The nearest element around a link that begins a line."""
    around = anchor.getparent()
    for _ in range(_MAX_DEPTH):
        if around is None or around.tag in BREAKS:
            return around
        around = around.getparent()
    return None


@dataclass(slots=True)
class _Line:
    """What is shown on one line, and the links of it with their words."""

    pieces: list[str] = field(default_factory=list)
    links: list[tuple[_Element, str]] = field(default_factory=list)


def _lines(block: _Element, wanted: Collection[_Element]) -> list[_Line]:
    """The lines of a block without those of blocks within it, which are their own: so all blocks cost one walk."""
    lines = [_Line()]
    begun: dict[_Element, tuple[_Line, int]] = {}
    walk = iterwalk(block, events=("start", "end"))
    for event, element in walk:
        line = lines[-1]
        if event == "start":
            inner = element is not block and element.tag in BREAKS
            if inner or element.tag in NEVER_TEXT:
                walk.skip_subtree()
                continue
            if element in wanted:
                begun[element] = line, len(line.pieces)
            line.pieces.append(element.text or "")
        elif element is not block:
            if element in begun:
                _close(element, *begun.pop(element))
            if element.tag in BREAKS:
                lines.append(line := _Line())
            line.pieces.append(element.tail or "")
    return lines


def _close(anchor: _Element, line: _Line, start: int) -> None:
    """Note a link with its words on the line where it began; one around a picture or a block has none."""
    words = "".join(line.pieces[start:])
    if words.strip():
        line.links.append((anchor, words))


class _Text:
    """A cleaned text, asked whether a line stands in it; blanks do not count, for extractors set them anew."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self._whole = "".join(text.split())
        # trafilatura prints list items with a dash.
        self._lines = {"".join(line.removeprefix("- ").split()) for line in lines}
        self._left = _MAX_SEARCHED

    def holds(self, line: str) -> bool:
        line = "".join(line.split())
        if not line.isascii():
            line = "".join(clean(line).split())
        if line in self._lines:
            return True
        if len(line) < _MIN_PART or self._left < 0:
            return False
        self._left -= len(self._whole)
        return line in self._whole
