"""A text → paragraphs of marked pieces for pages: citations in their words, two texts side by side. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from typing import Any, NamedTuple

from pipeline import wording
from pipeline.phrases import plain
from pipeline.provenance.aligning import COPIED, NEW, Aligned

FOLD = 60  # words that are shown of a text at first


class Piece(NamedTuple):
    """Words that are shown one way; ``mark``: number of a citation, or what became of them."""

    text: str
    mark: int | str | None = None


class Paragraph(NamedTuple):
    """A paragraph; ``left_out``: boilerplate, which is not compared."""

    pieces: tuple[Piece, ...]
    left_out: bool = False


def piece(text: str, mark: int | str | None = None) -> Piece:
    """Harmless words; a blank at either end stays one."""
    before, after = (" " if text[i:j].isspace() else "" for i, j in ((0, 1), (-1, None)))
    line = plain(text)
    return Piece(f"{before}{line}{after}" if line else " " if text else "", mark)


def paragraphs(text: str, citations: Sequence[Mapping[str, Any]], removed: Collection[str] = ()) -> list[Paragraph]:
    """The lines of ``text`` with the words by which others are cited; ``citations`` have ``n``, ``start``, ``stop``.

    Of two that overlap the first counts, and what is beyond the text does not.
    """
    spans = _apart(citations, len(text))
    found, start = [], 0
    for line in text.split("\n"):
        if line.strip():
            found.append(Paragraph(tuple(_pieces(text, start, start + len(line), spans)), line in removed))
        start += len(line) + 1
    return found


def _apart(citations: Sequence[Mapping[str, Any]], length: int) -> list[tuple[int, int, int]]:
    spans: list[tuple[int, int, int]] = []
    for c in sorted(citations, key=lambda c: (c["start"], c["n"])):
        begin, end = c["start"], min(c["stop"], length)
        if begin < end and (not spans or begin >= spans[-1][1]):
            spans.append((begin, end, c["n"]))
    return spans


def _pieces(text: str, start: int, stop: int, spans: Iterable[tuple[int, int, int]]) -> Iterator[Piece]:
    here = start
    for begin, end, n in spans:
        a, b = max(begin, start), min(end, stop)
        if a < b:
            if here < a:
                yield piece(text[here:a])
            yield piece(text[a:b], n)
            here = b
    if here < stop:
        yield piece(text[here:stop])


def folded(found: Sequence[Paragraph], most: int = FOLD) -> tuple[list[Paragraph], list[Paragraph]]:
    """The paragraphs up to about ``most`` words, and the rest, where there is much of it."""
    words = 0
    for n, p in enumerate(found):
        words += sum(len(x.text.split()) for x in p.pieces)
        if words >= most and n + 1 < len(found):
            return list(found[: n + 1]), list(found[n + 1 :])
    return list(found), []


def highlighted(text: str, terms: Collection[str]) -> list[Paragraph]:
    """The lines of ``text`` with these names and numbers marked, however they are capitalised."""
    wanted = sorted((re.escape(t) for t in set(terms) if t.strip()), key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(wanted)})(?!\w)", re.I) if wanted else None
    spans = [{"n": 1, "start": m.start(), "stop": m.end()} for m in pattern.finditer(text)] if pattern else []
    return paragraphs(text, spans)


# -- side by side


@dataclass
class Side:
    """Sentences of two texts that say the same, or that one of them has alone (the other side is empty)."""

    kind: str  # copied, reworded, apart: what each has alone
    left: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    last: int = -1  # of the right text's sentences here

    def pieces(self) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
        """Both sides with the words that the other one does not have marked (``del`` left, ``ins`` right),
        or, where these are most, the words of both."""
        one, other = " ".join(self.left), " ".join(self.right)
        if self.kind == "apart":
            return tuple([piece(one)] if one else []), tuple([piece(other)] if other else [])
        hunks = wording.diff(one, other).hunks
        return tuple(_worded(hunks, "old", "del")), tuple(_worded(hunks, "new", "ins"))


def _worded(hunks: Sequence[wording.Hunk], side: str, mark: str) -> Iterator[Piece]:
    """One side's words: those of its own marked, or, where these are most, those of both."""
    runs = [(h.kind == "equal", [w for w in getattr(h, side) if w != wording.BREAK]) for h in hunks]
    both, own = (sum(len(words) for equal, words in runs if equal is which) for which in (True, False))
    begun = False
    for equal, words in runs:
        if text := plain(" ".join(words)):
            yield from [Piece(" ")] * begun
            yield Piece(text, (None if equal else mark) if both >= own else "both" if equal else None)
            begun = True


def aligned(here: Sequence[Aligned], there: Sequence[Aligned]) -> list[Side]:
    """Two texts' sentences (``aligning.both_ways``) in rows, each sentence once: in the left text's order, what only
    the right one has after what it follows there."""
    places: dict[str, list[int]] = {}
    for n, a in enumerate(there):
        places.setdefault(a.text, []).append(n)
    rows: list[Side] = []
    taken: dict[int, Side] = {}
    for a in here:
        wanted = [] if a.kind == NEW else [places[c][0] for c in a.counterparts if c in places]
        _add(rows, taken, a, wanted, there)
    _rest(rows, taken, there)
    return list(_gathered(rows))


def _gathered(rows: Iterable[Side]) -> Iterator[Side]:
    """What each text has alone between two sentences of both, in one row."""
    for kind, run in groupby(rows, lambda row: row.kind):
        if kind != "apart":
            yield from run
            continue
        several = list(run)
        yield Side(kind, [t for r in several for t in r.left], [t for r in several for t in r.right])


def _add(rows: list[Side], taken: dict[int, Side], a: Aligned, wanted: Sequence[int], there: Sequence[Aligned]) -> None:
    held = next((taken[n] for n in wanted if n in taken), None)
    if held is None:
        held = Side("apart" if not wanted else a.kind)
        rows.append(held)
    held.left.append(a.text)
    held.kind = held.kind if a.kind == COPIED or not wanted else a.kind
    for n in wanted:
        if n not in taken:
            taken[n] = held
            held.right.append(there[n].text)
            held.last = max(held.last, n)


def _rest(rows: list[Side], taken: dict[int, Side], there: Sequence[Aligned]) -> None:
    """Put in the right text's sentences that no row has: by their own counterpart, else where they stand."""
    by_left = {text: row for row in rows for text in row.left}
    before: Side | None = None
    for n, a in enumerate(there):
        row = taken.get(n) or next((by_left[c] for c in a.counterparts if c in by_left and a.kind != NEW), None)
        if row is None:
            row = Side("apart", right=[a.text], last=n)
            rows.insert(next((i + 1 for i, r in enumerate(rows) if r is before), 0), row)
        elif n not in taken:
            row.right.append(a.text)
            row.kind = a.kind if row.kind == "apart" else row.kind
        before = row


def beside(left: Sequence[Paragraph], right: Sequence[Paragraph]) -> list[tuple[Paragraph | None, Paragraph | None]]:
    """Paragraphs of two texts that cannot be aligned, one beside the other."""
    return list(zip_longest(left, right))
