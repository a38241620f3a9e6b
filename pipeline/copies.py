"""Who printed whose text: fingerprints that propose, shared passages that decide, roundups that do not chain.

A copy is cut to a third, reordered, dressed in a frame and has one word in five changed; word 3-grams as a
set then say little (containment .2 and less). What stays is *order*: runs of shared words that follow each
other in both texts. Passages are such runs with the few changed words between them (local alignment on shared
n-grams, as in passim: Smith, Cordell & Dillon 2013); a copy is a text of which passages cover a great part.

Everything here is a function of two texts, or of the copy edges of one component.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.model import Match, Verdict
from pipeline.stems import stem
from pipeline.terms import rarity

COMMON = 0.3  # rarity (pipeline.terms) up to which a word tells nothing about whose text it is
PRINT_WORDS = 3  # weighty words in one fingerprint
LEAD_PRINTS = 40  # of the first words all fingerprints are kept: teasers and cut copies come from there
SAMPLE = 4  # of the others every fourth, chosen by its hash
SHARED_PRINTS = 0.15  # of the text with fewer: what two articles must share to be proposed

ANCHOR_WORDS = 3
REACH = 10  # words that may lie between two anchors of one passage
CROWD = 4  # a word run that stands more often in one text is no anchor there
PASSAGE_ANCHORS = 3  # shorter agreements are idiom
DENSE = 0.2  # share of the 3-grams; one word in five changed leaves .5 of a copy, and .25 of a framed part of it
SLACK_WORDS = 6
CERTAIN = 0.9


class Passage(NamedTuple):
    """A stretch of one text and the stretch of the other that it matches, in words, ends not included."""

    start: int
    end: int
    other_start: int
    other_end: int
    anchors: int


Tokens = Sequence[str]


# -- fingerprints: what proposes


def prints(tokens: Tokens, lang: str) -> list[int]:
    """48-bit fingerprints of three weighty words in a row, sorted: all of the first words', one in four after that.

    Words that every text holds are skipped, by the frozen background table, so that no bucket is crowded by idiom.
    A text of fewer weighty words has one fingerprint of all of them; one without any has none.
    """
    weighty = [t for t in tokens if is_weighty(t, lang)]
    if not weighty:
        return []
    runs = range(max(1, len(weighty) - PRINT_WORDS + 1))
    hashed = [_hash48(" ".join(weighty[i : i + PRINT_WORDS])) for i in runs]
    return sorted({h for i, h in enumerate(hashed) if i < LEAD_PRINTS or h % SAMPLE == 0})


@lru_cache(maxsize=50_000)
def is_weighty(token: str, lang: str) -> bool:
    """Is this a word that not every text holds?"""
    return rarity(stem(token, lang), lang) > COMMON


def _hash48(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(errors="replace"), digest_size=6).digest(), "big")


def enough_prints(shared: int, one: int, other: int) -> bool:
    """Do ``shared`` equal fingerprints propose two articles that have ``one`` and ``other`` of them?

    A share of the fewer, two at least: a stock sentence or a quotation must not pair all who print it.
    """
    fewer = min(one, other)
    return shared >= min(fewer, max(2, SHARED_PRINTS * fewer))


# -- passages: what decides


def passages(a: Tokens, b: Tokens) -> list[Passage]:
    """The stretches of ``a`` that ``b`` holds too, word for word or nearly, in the order in which they end in ``a``.

    Anchors are shared word 3-grams; one that follows another within ``REACH`` words in both texts goes on with
    its passage. The result is that of the shorter text against the longer, whichever comes first.
    """
    if (len(b), b) < (len(a), a):
        return [Passage(p.other_start, p.other_end, p.start, p.end, p.anchors) for p in passages(b, a)]
    done: list[Passage] = []
    open_: list[Passage] = []
    for i, j in _anchors(a, b):
        alive = [p for p in open_ if i - p.end + ANCHOR_WORDS <= REACH + ANCHOR_WORDS]
        if len(alive) < len(open_):
            done += [p for p in open_ if p not in alive]
        open_ = _extended(alive, i, j)
    return [p for p in (*done, *open_) if p.anchors >= PASSAGE_ANCHORS]


def _extended(open_: list[Passage], i: int, j: int) -> list[Passage]:
    """The open passages after the anchor at ``i`` and ``j``: the nearest that it goes on with grows, or one begins."""
    near = (p for p in open_ if _follows(p, i, j))
    best = min(near, key=lambda p: abs((i - p.end) - (j - p.other_end)), default=None)
    if best is None:
        return [*open_, Passage(i, i + ANCHOR_WORDS, j, j + ANCHOR_WORDS, 1)]
    grown = Passage(best.start, i + ANCHOR_WORDS, best.other_start, j + ANCHOR_WORDS, best.anchors + 1)
    return [grown if p is best else p for p in open_]


def _follows(p: Passage, i: int, j: int) -> bool:
    """Does the anchor come after the passage's last one, in both texts and near?"""
    return -ANCHOR_WORDS < i - p.end <= REACH and -ANCHOR_WORDS < j - p.other_end <= REACH


def _anchors(a: Tokens, b: Tokens) -> Iterator[tuple[int, int]]:
    ours, theirs = _places(a), _places(b)
    pairs = (
        (i, j)
        for run, places in ours.items()
        if len(places) <= CROWD and len(theirs.get(run, ())) <= CROWD
        for i in places
        for j in theirs.get(run, ())
    )
    return iter(sorted(pairs))


def _places(tokens: Tokens) -> Mapping[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, run in enumerate(zip(tokens, tokens[1:], tokens[2:], strict=False)):
        found[run].append(i)
    return found


class Overlap(NamedTuple):
    """How much of two texts stands in shared passages, and where; all shares of a text's words, in [0, 1]."""

    left: float
    right: float
    left_from: float
    left_to: float
    right_from: float
    right_to: float


APART = Overlap(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def overlap(a: Tokens, b: Tokens) -> Overlap:
    """The shared passages of two texts, in figures; the places leave out the outer tenth of what is shared."""
    found = passages(a, b)
    left = _covered((p.start, p.end) for p in found)
    right = _covered((p.other_start, p.other_end) for p in found)
    return Overlap(_share(len(left), a), _share(len(right), b), *_middle(left, a), *_middle(right, b))


def _covered(stretches: Iterable[tuple[int, int]]) -> list[int]:
    return sorted({i for start, end in stretches for i in range(start, end)})


def _share(count: int, tokens: Tokens) -> float:
    return round(count / len(tokens), 6) if tokens else 0.0


def _middle(places: list[int], tokens: Tokens) -> tuple[float, float]:
    if not places:
        return 0.0, 0.0
    tenth = len(places) // 10
    return _share(places[tenth], tokens), _share(places[-1 - tenth] + 1, tokens)


def copied(a: Tokens, b: Tokens, found: Overlap) -> float:
    """How much of the shorter text stands in passages shared with the longer, in [0, 1]."""
    return found.left if len(a) < len(b) else found.right if len(b) < len(a) else max(found.left, found.right)


def enough_copied(share: float, containment: float, words: int, threshold: float) -> bool:
    """Do passages over ``share`` of the shorter text, ``words`` long, make it a copy? A fifth of its word 3-grams
    (``containment``) must be the other's, for passages may be bridged over changed words."""
    return containment >= DENSE and share >= least_copied(words, threshold)


def least_copied(words: int, threshold: float) -> float:
    """What ``share`` must reach: the shorter the text the more, for one sentence fills half of a teaser."""
    return min(CERTAIN, threshold + SLACK_WORDS / max(words, 1))


# -- roundups: what does not chain


class _Part(NamedTuple):
    """One neighbour of a page over a copy edge: the stretch of the page that it shares, as shares of its words."""

    start: float
    end: float
    other: int
    cover: float
    back: float  # share of the other that this page covers


PART = 0.6  # a text is a part of another where it covers less than this of it, measured by its own cover
WHOLE = 0.9  # a neighbour that covers this much of a page connects none of its parts


def places(found: Overlap) -> dict[str, float]:
    """An overlap as scores of a copy edge, for :func:`kept` to read."""
    return {f"at_{name}": value for name, value in found._asdict().items()}


def kept(matches: Iterable[Match]) -> list[tuple[int, int]]:
    """The copy edges without those that only a roundup makes: pairs of article ids, sorted.

    A page that prints two unrelated texts holds both. Its neighbours are divided by the stretch of the page
    that they share; it stays with those that make up most of it (ties: what it prints first), and loses its
    edges to the others. A teaser that stands in two texts which are no copies of each other goes with the one
    that holds more of it. Neighbours that are copies of each other or tell one story are never divided.
    """
    edges = [m for m in matches if m.verdict is not Verdict.DIFFERENT]
    copies = sorted((m for m in edges if m.verdict is Verdict.COPY), key=lambda m: m.pair)
    parts: dict[int, list[_Part]] = defaultdict(list)
    for m in copies:
        parts[m.pair.left].append(_part(m, "left", m.pair.right))
        parts[m.pair.right].append(_part(m, "right", m.pair.left))
    related: dict[int, set[int]] = defaultdict(set)
    for m in edges:
        related[m.pair.left].add(m.pair.right)
        related[m.pair.right].add(m.pair.left)
    near: dict[int, set[int]] = defaultdict(set)
    for m in copies:
        near[m.pair.left].add(m.pair.right)
        near[m.pair.right].add(m.pair.left)
    gone = ((page, _others(found, related) | _strangers(found, near)) for page, found in parts.items())
    lost = {(page, other) for page, others in gone for other in others}
    return [(a, b) for m in copies for a, b in [(m.pair.left, m.pair.right)] if not lost & {(a, b), (b, a)}]


def _part(match: Match, side: str, other: int) -> _Part:
    said = match.scores
    far = "right" if side == "left" else "left"
    start, end = said.get(f"at_{side}_from", 0.0), said.get(f"at_{side}_to", 1.0)
    return _Part(start, end, other, said.get(f"at_{side}", 1.0), said.get(f"at_{far}", 1.0))


def _strangers(found: Sequence[_Part], copies: Mapping[int, set[int]]) -> set[int]:
    """Of the longer texts that hold this one, those that are no copies of the one that holds most of it."""
    wholes = {p.other: p for p in found if p.back < PART * p.cover}
    if len(wholes) < 2:
        return set()
    best = max(wholes.values(), key=lambda p: (p.cover, p.back, -p.other)).other
    near, fresh = {best}, [best]
    while fresh:
        fresh = sorted((copies[fresh.pop()] & wholes.keys()) - near) + fresh
        near.update(fresh)
    return wholes.keys() - near


def _others(found: Sequence[_Part], related: Mapping[int, set[int]]) -> set[int]:
    """The neighbours of one page that share another stretch of it than the one that it goes with."""
    whole = [p for p in found if p.cover >= WHOLE]
    beside = {p.other for p in found if whole and p.cover < WHOLE and not any(_holds(w, p) for w in whole)}
    beside -= {n for w in whole for n in related[w.other]}
    stretches = _stretches(p for p in found if p.cover < WHOLE and p.other not in beside)
    if len(stretches) < 2:
        return beside
    classes = _related(stretches, related)
    main = max(classes, key=lambda parts: (max(p.cover for p in parts), -min(p.start for p in parts)))
    return beside | {p.other for parts in classes if parts is not main for p in parts}


def _holds(whole: _Part, part: _Part) -> bool:
    """Does the part lie where ``whole`` is? Its outer tenths, which its places leave out, are added again."""
    edge = (whole.end - whole.start) / 8
    return whole.start - edge <= (part.start + part.end) / 2 <= whole.end + edge


def _stretches(found: Iterable[_Part]) -> list[list[_Part]]:
    """Parts that lie over each other by half of the one that begins later, together; in the order of the page."""
    out: list[list[_Part]] = []
    reached = 0.0
    for part in sorted(found, key=lambda p: (p.start, -p.end, p.other)):
        if not out or reached - part.start < (part.end - part.start) / 2:
            out.append([])
        out[-1].append(part)
        reached = max(reached, part.end)
    return out


def _related(stretches: list[list[_Part]], related: Mapping[int, set[int]]) -> list[list[_Part]]:
    """``stretches``, those together whose articles are copies of each other or tell one story."""
    out: list[list[_Part]] = []
    for parts in stretches:
        near = {n for p in parts for n in related[p.other]}
        joins = [c for c in out if any(p.other in near for p in c)]
        out = [c for c in out if c not in joins] + [[*(p for c in joins for p in c), *parts]]
    return out
