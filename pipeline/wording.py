"""Two wordings of a text → what was taken out and what was put in, word by word.

Whole paragraphs are aligned first, then sentences inside those that differ, then words inside those sentences
(difflib, without its shortcut for popular elements). Ratcliff's and Obershelp's method is cubic at worst, so
steps are counted beforehand: what would take more than ``STEPS`` of them is told as replaced in one piece. Two
texts of a million characters take seconds, whatever stands in them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import chain, groupby, pairwise, zip_longest
from operator import attrgetter
from typing import Literal

__all__ = ["BREAK", "Diff", "Hunk", "diff", "words"]

BREAK = "\n"  # the word that ends a paragraph
STEPS = 50_000_000  # of all comparisons of one diff, as counted by _cost
WIDE = 2_000  # words: from here on, as many changed paragraphs (or sentences) on both sides are compared one by one
GLUE = 2  # words: so few in common between two changes of twice as many are chance
_END = re.compile(r"[.!?…:;][\"'»«”“’)\]]*$")  # of a sentence's last word
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")

Kind = Literal["equal", "insert", "delete", "replace"]
Unit = tuple[str, ...]  # the words of a paragraph or of a sentence


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of words: the same in both wordings, or those of the ``new`` one where the ``old`` one had others."""

    old: Unit
    new: Unit

    @property
    def kind(self) -> Kind:
        """What happened to it."""
        if self.old == self.new:
            return "equal"
        return "replace" if self.old and self.new else "insert" if self.new else "delete"


@dataclass(frozen=True, slots=True)
class Diff:
    """The hunks of two wordings in their order: all ``old`` words make the one, all ``new`` words the other."""

    hunks: tuple[Hunk, ...]

    @property
    def changes(self) -> tuple[Hunk, ...]:
        """The hunks that are not equal."""
        return tuple(h for h in self.hunks if h.old != h.new)

    @property
    def added(self) -> int:
        """How many words came."""
        return sum(w != BREAK for h in self.changes for w in h.new)

    @property
    def removed(self) -> int:
        """How many words went."""
        return sum(w != BREAK for h in self.changes for w in h.old)

    @property
    def numbers(self) -> tuple[list[str], list[str]]:
        """The numbers that went and those that came, as printed, without those that only moved."""
        old, new = (Counter(_numbers(map(attrgetter(side), self.changes))) for side in ("old", "new"))
        return list((old - new).elements()), list((new - old).elements())


def _numbers(runs: Iterable[Unit]) -> Iterator[str]:
    return (number for run in runs for word in run for number in _NUMBER.findall(word))


def words(text: str) -> list[str]:
    """The words of a text as printed, each paragraph ended by :data:`BREAK`; other blanks are all the same."""
    return [word for line in text.split("\n") if (found := line.split()) for word in (*found, BREAK)]


def diff(old: str, new: str) -> Diff:
    """What makes ``new`` of ``old``; equal where only blanks differ."""
    hunks = _Aligner().hunks(words(old), words(new))
    return Diff(tuple(_joined(_slid(_unglued(list(_joined(hunks)))))))


# -- the levels: paragraphs, sentences, words


def _units(run: Sequence[str], ends: Callable[[str], object]) -> list[Unit]:
    """The run cut after each word that ends a unit."""
    cuts = [0, *(n for n, word in enumerate(run, 1) if ends(word)), len(run)]
    return [tuple(run[a:b]) for a, b in pairwise(cuts) if a < b]


LEVELS: tuple[Callable[[str], object], ...] = (
    lambda word: word == BREAK,
    lambda word: word == BREAK or _END.search(word),
    lambda _: True,
)


@dataclass
class _Aligner:
    left: int = field(default_factory=lambda: STEPS)

    def hunks(self, old: Sequence[str], new: Sequence[str], level: int = 0) -> Iterator[Hunk]:
        if level == len(LEVELS) or not old or not new:
            yield Hunk(tuple(old), tuple(new))
            return
        for a, b in self._runs(*(_units(run, LEVELS[level]) for run in (old, new))):
            for one, other in _compared(a, b, level):
                yield from self.hunks(one, other, len(LEVELS) if one == other else level + 1)

    def _runs(self, a: list[Unit], b: list[Unit]) -> Iterator[tuple[list[Unit], list[Unit]]]:
        """The two cut alike into runs that are the same and runs that are not."""
        head = _alike(a, b)
        tail = _alike(a[head:][::-1], b[head:][::-1])
        yield a[:head], b[:head]
        yield from self._middle(a[head : len(a) - tail], b[head : len(b) - tail])
        yield a[len(a) - tail :], b[len(b) - tail :]

    def _middle(self, a: list[Unit], b: list[Unit]) -> Iterator[tuple[list[Unit], list[Unit]]]:
        cost = _cost(a, b)
        if not cost or cost > self.left:  # 0: nothing in common
            yield a, b
            return
        self.left -= cost
        for _, a0, a1, b0, b1 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            yield a[a0:a1], b[b0:b1]


def _compared(a: list[Unit], b: list[Unit], level: int) -> list[tuple[Unit, Unit]]:
    """What of two runs is compared at the next level: each as a whole, where that is not too much at once."""
    if level < len(LEVELS) - 1 and len(a) == len(b) and sum(map(len, a)) > max(WIDE, 8 * len(a)):
        return list(zip(a, b, strict=True))
    return [(tuple(chain.from_iterable(a)), tuple(chain.from_iterable(b)))]


def _alike(a: Sequence[Unit], b: Sequence[Unit]) -> int:
    """How many units both begin with."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _cost(a: Sequence[Unit], b: Sequence[Unit]) -> int:
    """Steps that difflib takes at most: a look at every unit and every equal pair for each run that it finds."""
    if not a or not b:
        return 0
    ours, theirs = Counter(a), Counter(b)
    pairs = sum(n * theirs[unit] for unit, n in ours.items())
    return (pairs + len(a)) * min(len(a), len(b), pairs)


# -- tidying


def _joined(hunks: Iterable[Hunk]) -> Iterator[Hunk]:
    """Neighbours that are both equal, or both not, as one; empty ones gone."""
    filled = (h for h in hunks if h.old or h.new)
    for _, run in groupby(filled, lambda h: h.old == h.new):
        several = list(run)
        yield Hunk(tuple(w for h in several for w in h.old), tuple(w for h in several for w in h.new))


def _unglued(hunks: Sequence[Hunk]) -> list[Hunk]:
    """Few words that two changes happen to have between them become part of one change."""
    out: list[Hunk] = []
    for hunk in hunks:
        while hunk.old != hunk.new and len(out) > 1 and _by_chance(out[-1], out[-2], hunk):
            between, before = out.pop(), out.pop()
            hunk = Hunk(before.old + between.old + hunk.old, before.new + between.new + hunk.new)
        out.append(hunk)
    return out


def _by_chance(between: Hunk, before: Hunk, after: Hunk) -> bool:
    sizes = [min(len(h.old), len(h.new)) // 2 for h in (before, after)]
    return BREAK not in between.old and len(between.old) <= min(GLUE, *sizes)


def _slid(hunks: Sequence[Hunk]) -> Iterator[Hunk]:
    """Paragraphs that came or went with the break before them instead of their own, with their own."""
    owed = 0  # of the next hunk, which is equal: its first break was needed here
    for hunk, after in zip_longest(hunks, hunks[1:], fillvalue=Hunk((), ())):
        here = Hunk(hunk.old[owed:], hunk.new[owed:])
        owed = int(after.new[:1] == (BREAK,) and _several(here))
        yield from _by_paragraph(here) if owed else [here]


def _several(hunk: Hunk) -> bool:
    """Whether a change has breaks on one side alone."""
    return hunk.old != hunk.new and (BREAK in hunk.old) != (BREAK in hunk.new)


def _by_paragraph(hunk: Hunk) -> Iterator[Hunk]:
    """The change up to its first break, and the paragraphs that came or went after it."""
    run = hunk.new if BREAK in hunk.new else hunk.old
    first, rest = run[: run.index(BREAK)], (*run[run.index(BREAK) + 1 :], BREAK)
    came = run is hunk.new
    yield Hunk(hunk.old, first) if came else Hunk(first, hunk.new)
    yield Hunk((BREAK,), (BREAK,))
    yield Hunk((), rest) if came else Hunk(rest, ())
