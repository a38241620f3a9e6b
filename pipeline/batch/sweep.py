"""One block of days of the archive: sign, propose and judge whatever lies within a window of each other.

A block *owns* the articles of its days; those of the window after them are signed once more beside it, so that every
pair within a window is judged in exactly one block: that of the earlier article. Pairs further apart than a window can
only be copies, and those are looked for over the whole archive (far.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline import vectors
from pipeline.blocking import (
    HOURS_PER_DAY,
    Kept,
    Memory,
    Signed,
    Spot,
    neighbours,
    profiled,
    proposed,
    signed,
    window_days,
)
from pipeline.model import Article, Match, Pair
from pipeline.signatures import Recipe
from pipeline.terms import effective_hours
from pipeline.verdict import judged

AT_ONCE = 500  # articles signed together


@dataclass(frozen=True, slots=True)
class Common:
    """What every task of a rebuild is handed."""

    recipe: Recipe
    frames: Mapping[str, Collection[int]]  # source → hashes of the paragraphs that are its boilerplate
    load: vectors.Load = vectors.load


def day_of(article: Article) -> int:
    """The effective day of an article, in days since 1970: as of its keys."""
    return int(effective_hours(article) // HOURS_PER_DAY)


def blocks(days: Mapping[int, int], most: int, least: int) -> list[tuple[int, int]]:
    """Blocks (first day, last day), in order, over ``days`` (day → its articles), each of ``most`` articles at most
    where that takes at least ``least`` days.

    What follows a block is signed twice, so blocks of few days cost more than they spread.
    """
    found: list[tuple[int, int]] = []
    held = 0
    for day, articles in sorted(days.items()):
        if found and (held + articles <= most or day - found[-1][0] < least):
            found[-1], held = (found[-1][0], day), held + articles
        else:
            found, held = [*found, (day, day)], articles
    return found


def sweep(
    articles: Sequence[Article], first: int, last: int, common: Common, have: Mapping[str, bytes]
) -> Iterator[tuple[list[Kept], list[Match]]]:
    """Day by day, what is to be stored of each article of ``first`` to ``last``, and the matches of which the earlier
    article is one of them.

    ``articles``: those of these days and of the window after them; ``have``: content hash → vector, of some. Profiles
    are held for one window only.
    """
    recipe = common.recipe
    reach = window_days(recipe)
    index = Memory()
    for day, group in groupby(sorted(articles, key=lambda a: (day_of(a), a.id)), key=day_of):
        for article_id in [i for i, s in index.known.items() if s.keys.day < day - reach]:
            index.drop(article_id)
        ready = _signed(list(group), common, have)
        held = [Spot.of(s) for s in index.known.values()]
        pairs: set[Pair] = set()
        for s in ready:
            pairs |= {Pair(*sorted((s.profile.id, other))) for other in proposed(s, index, recipe)}
            if day <= last:
                index.add(s)
        if recipe.model != vectors.NONE:
            pairs |= _near(ready, held, recipe, own=day <= last)
        profiles = {i: s.profile for i, s in index.known.items()} | {s.profile.id: s.profile for s in ready}
        yield [s.kept for s in ready if first <= day <= last], judged(pairs, profiles, recipe)


def _signed(articles: Sequence[Article], common: Common, have: Mapping[str, bytes]) -> list[Signed]:
    found: list[Signed] = []
    for start in range(0, len(articles), AT_ONCE):
        some = articles[start : start + AT_ONCE]
        lacking = vectors.unknown(some, have)
        made = {**have, **vectors.embedded(lacking, common.recipe.model, common.load)}
        found += signed(some, common.frames, common.recipe, made)
    return found


def _near(ready: Sequence[Signed], held: Sequence[Spot], recipe: Recipe, own: bool) -> set[Pair]:
    """Pairs that vectors propose; among the articles of this day only where they are the block's own."""
    found = neighbours([Spot.of(s) for s in ready], held, recipe)
    known = {spot.id for spot in held}
    return found if own else {p for p in found if p.left in known or p.right in known}


def judged_far(pairs: Sequence[tuple[Article, Article]], common: Common) -> list[Match]:
    """The matches among pairs of articles further apart than a window, which are copies or nothing: what vectors say
    is not asked."""
    articles = list({a.id: a for pair in pairs for a in pair}.values())
    profiles, _ = profiled(articles, common.frames, common.recipe)
    ids = [Pair(*sorted((a.id, b.id))) for a, b in pairs]
    return judged(ids, {p.id: p for p in profiles}, common.recipe)


def by_source(frames: Sequence[tuple[str, int]]) -> dict[str, frozenset[int]]:
    """(source, paragraph hash)s → source → its boilerplate."""
    found: dict[str, set[int]] = defaultdict(set)
    for source, key in frames:
        found[source].add(key)
    return {source: frozenset(keys) for source, keys in found.items()}
