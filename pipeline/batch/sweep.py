"""One block of days of the archive: sign, propose and judge whatever lies within a window of each other.

A block *owns* the articles of its days; those of the window after them are signed once more beside it, so that every
pair within a window is judged in exactly one block: that of the earlier article. Pairs further apart than a window can
only be copies, and those are looked for over the whole archive (far.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapreplace
from itertools import groupby

from pipeline import vectors
from pipeline.blocking import (
    HOURS_PER_DAY,
    Kept,
    Signed,
    Spot,
    neighbours,
    profiled,
    signed,
    window_days,
)
from pipeline.meeting import candidates, held, proposed
from pipeline.model import Article, Match, Pair
from pipeline.pruning import hopeful, in_turns
from pipeline.signatures import Recipe
from pipeline.terms import effective_hours
from pipeline.verdict import judged, verdicts

AT_ONCE = 500  # articles signed together
MOST_OWN = 40_000  # articles of one block
TASKS_PER_CORE = 3


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


def blocks_for(days: Mapping[int, int], cores: int, reach: int) -> list[tuple[int, int]]:
    """The :func:`blocks` of ``days`` with which so many cores are done first, where a window has ``reach`` days.

    Long blocks sign least twice; where they would leave cores idle, shorter ones do.
    """
    total = sum(days.values())
    small, even = min(MOST_OWN, -(-total // (cores * TASKS_PER_CORE))), min(MOST_OWN, -(-total // cores))
    offered = [blocks(days, most, least) for most in (small, even) for least in range(max(reach, 1), 0, -1)]
    return min(offered, key=lambda found: _span(found, days, cores, reach))


def _span(found: Sequence[tuple[int, int]], days: Mapping[int, int], cores: int, reach: int) -> int:
    """What the busiest core does, in articles signed or judged (which take about as long), the longest task first."""
    tasks = [
        2 * sum(days.get(d, 0) for d in range(a, b + 1)) + sum(days.get(d, 0) for d in range(b + 1, b + 1 + reach))
        for a, b in found
    ]
    busy = [0] * cores
    for task in sorted(tasks, reverse=True):
        heapreplace(busy, busy[0] + task)
    return max(busy)


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
    window: list[Signed] = []  # those of the block's own days that are near enough
    for day, group in groupby(sorted(articles, key=lambda a: (day_of(a), a.id)), key=day_of):
        window = [s for s in window if s.keys.day >= day - reach]
        ready = _signed(list(group), common, have)
        pairs = proposed(ready, held(window), recipe)
        if recipe.model != vectors.NONE:
            near = {s.id for s in window}
            met = neighbours([Spot.of(s) for s in ready], [Spot.of(s) for s in window], recipe)
            pairs |= {p for p in met if p.left in near or p.right in near}
        if day <= last:
            pairs |= candidates(ready, recipe)
        near_by = (*window, *ready)
        left = hopeful(in_turns(pairs), {s.id: s.outline for s in near_by}, recipe)
        matches = verdicts(left, {s.id: s.packed for s in near_by}, recipe)
        yield [s.kept for s in ready if day <= last], matches
        window += ready if day <= last else []


def _signed(articles: Sequence[Article], common: Common, have: Mapping[str, bytes]) -> list[Signed]:
    found: list[Signed] = []
    for start in range(0, len(articles), AT_ONCE):
        some = articles[start : start + AT_ONCE]
        lacking = vectors.unknown(some, have)
        made = {**have, **vectors.embedded(lacking, common.recipe.model, common.load)}
        found += signed(some, common.frames, common.recipe, made)
    return found


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
