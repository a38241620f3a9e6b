"""The incremental engine: whatever is not yet signed is signed and judged, whatever is ungrouped grouped.

State is absence: nothing here remembers where it was. Each batch and each regrouped neighbourhood is one
transaction, so a killed run leaves a database that the next run simply goes on with, and a second run with
nothing new writes nothing. The partition is that of ``rebuild.partition`` over the same articles.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from pipeline import vectors
from pipeline.blocking import Signed, Spot, neighbours, signed, window_days
from pipeline.meeting import candidates
from pipeline.model import Article, Match, Pair, StoreError
from pipeline.pruning import hopeful, in_turns
from pipeline.shares import ahead, cpu_seconds, rarely_collected, shared
from pipeline.signatures import Recipe
from pipeline.stages import Stages
from pipeline.store import backgrounds, corrections, embedding, grouping, keys, profiles, signing
from pipeline.store.connect import Connection, present
from pipeline.stories import heirs, partition
from pipeline.verdict import verdicts

T = TypeVar("T")

BATCH = 500
LOOKED_AT = 20_000  # pairs whose outlines are read at once, some 3 kB an article
SIGNED_EACH, JUDGED_EACH = 100, 200  # what is worth a process of its own

Tell = Callable[[str, int, int], None]  # (stage, done, of how many)


@dataclass
class Absorbed:
    """What one call did."""

    recipe: str = ""  # name of the recipe, with the background snapshot that it took or found
    signed: int = 0
    pairs: int = 0
    matches: int = 0
    stories: int = 0  # new or changed
    reset: int = 0  # articles whose recipe was outdated
    seconds: float = 0.0  # CPU time of this process and its children
    stages: Stages = field(default_factory=Stages)

    @property
    def spent(self) -> dict[str, float]:
        """Of the CPU time, what each stage took."""
        return self.stages.cpu()

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Add what is done within to what the stage has cost."""
        return self.stages.stage(name)

    def timed(self, name: str, batches: Iterator[T]) -> Iterator[T]:
        """As ``batches``, with what it costs to get them added to the stage."""
        while True:
            with self.stage(name):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


def quiet(stage: str, done: int, total: int) -> None:
    """No progress wanted."""


def absorb(
    db: Connection,
    run_id: int,
    now: datetime,
    recipe: Recipe,
    tell: Tell = quiet,
    load: vectors.Load = vectors.load,
    anew: bool = False,
    stages: Stages | None = None,
) -> Absorbed:
    """Sign, block, judge and group whatever the store holds that is not; what was done, in numbers.

    ``load``: model id → embedder; asked only when an article has no vector yet. ``anew``: with a background snapshot
    of the archive as it is now, which signs and judges everything again wherever that changes a weight. ``stages``:
    those of the run, which its own are added to.
    """
    began, done = cpu_seconds(), Absorbed(stages=stages or Stages())
    with done.stage("weigh"):
        recipe = backgrounds.refreshed(db, recipe, anew)
    done.recipe, done.reset = recipe.name, signing.reset_recipe(db, recipe.name)
    with rarely_collected():
        _sign_all(db, run_id, recipe, done, tell, load)
        group_all(db, now, recipe, done, tell)
    done.seconds = cpu_seconds() - began
    return done


def regroup(db: Connection, now: datetime, recipe: Recipe) -> bool:
    """Group whatever is to be grouped, at once; False, with nothing done, where articles wait to be signed first."""
    recipe = backgrounds.in_force(db, recipe)
    if signing.count_unsigned(db) or signing.count_outdated(db, recipe.name):
        return False
    group_all(db, now, recipe, Absorbed(), quiet)
    return True


def _sign_all(db: Connection, run_id: int, recipe: Recipe, done: Absorbed, tell: Tell, load: vectors.Load) -> None:
    total = signing.count_unsigned(db)
    with closing(ahead(_to_sign(db, recipe, load), SIGNED_EACH)) as batches:
        for ready in done.timed("sign", batches):
            _absorb_signed(db, run_id, ready, recipe, done)
            tell("sign", done.signed, max(total, done.signed))


def _to_sign(
    db: Connection, recipe: Recipe, load: vectors.Load
) -> Iterator[tuple[Callable[[Sequence[Article]], list[Signed]], list[Article]]]:
    """The articles without a signature, some hundreds at once, each lot with what signs it."""
    last = 0
    while articles := signing.unsigned(db, BATCH, last):
        frames = signing.boilerplate(db, articles, recipe.boilerplate_min_articles)
        yield partial(signed, frames=frames, recipe=recipe, vectors=vectors_of(db, articles, recipe, load)), articles
        last = articles[-1].id


def _absorb_signed(db: Connection, run_id: int, ready: Sequence[Signed], recipe: Recipe, done: Absorbed) -> None:
    """Judge a batch against what is stored and itself, and store it."""
    with done.stage("propose"):
        pairs = candidates(ready, recipe) | keys.candidates(db, ready, recipe)
        pairs |= _neighbours(db, ready, recipe)
    matches = _judged(db, pairs, ready, recipe, done)
    with done.stage("store"):
        signing.record_signed(db, run_id, [s.kept for s in ready], matches, recipe, ready)
    done.signed += len(ready)
    done.pairs += len(pairs)
    done.matches += len(matches)


def vectors_of(db: Connection, articles: Sequence[Article], recipe: Recipe, load: vectors.Load) -> dict[str, bytes]:
    """The articles' vectors, made where there are none yet: a few at a time, each kept at once."""
    if recipe.model == vectors.NONE:
        return {}
    have = embedding.vectors(db, [a.content_hash for a in articles], recipe.model)
    missing = vectors.unknown(articles, have)
    for start in range(0, len(missing), vectors.BATCH):
        made = vectors.embedded(missing[start : start + vectors.BATCH], recipe.model, load)
        embedding.record_vectors(db, recipe.model, made)
        have |= made
    return have


def _neighbours(db: Connection, ready: Sequence[Signed], recipe: Recipe) -> set[Pair]:
    """Pairs with stored articles of the window that the vectors propose."""
    if recipe.model == vectors.NONE:
        return set()
    days = [s.keys.day for s in ready]
    reach = window_days(recipe)
    held = embedding.window(db, min(days) - reach, max(days) + reach, recipe.model)
    return neighbours([Spot.of(s) for s in ready], held, recipe)


def _judged(
    db: Connection, pairs: Collection[Pair], ready: Sequence[Signed], recipe: Recipe, done: Absorbed
) -> list[Match]:
    """The matches of ``pairs``, of which one article at least is ``ready``; the stored ones are recalled in turns."""
    own = {s.id: s for s in ready}
    matches: list[Match] = []
    order = in_turns(pairs)
    for some in (order[start : start + LOOKED_AT] for start in range(0, len(order), LOOKED_AT)):
        with done.stage("recall"):
            outlines = profiles.outlines(db, _strangers(some, own)) | {i: s.outline for i, s in own.items()}
        with done.stage("judge"):
            left = hopeful(some, outlines, recipe)
        with done.stage("recall"):
            stored = _strangers(left, own)
            packed = profiles.recalled(db, stored, recipe)
        if lost := stored - packed.keys():
            if still := present(db, lost):
                raise StoreError(f"keys name unsigned articles, {sorted(still)[:5]}: changed by another program?")
            left = [p for p in left if lost.isdisjoint(p)]  # deleted since they were proposed
        packed |= {i: s.packed for i, s in own.items()}
        with done.stage("judge"):
            matches += shared(partial(verdicts, packed=packed, recipe=recipe), left, JUDGED_EACH)
    return matches


def _strangers(pairs: Collection[Pair], own: Collection[int]) -> set[int]:
    return {i for p in pairs for i in p if i not in own}


def group_all(db: Connection, now: datetime, recipe: Recipe, done: Absorbed, tell: Tell) -> None:
    """Group whatever is to be grouped, some neighbourhoods at once, each batch in one transaction."""
    waiting, grouped = grouping.count_ungrouped(db), 0
    while starts := grouping.next_ungrouped(db, BATCH):
        with done.stage("group"):
            ids = grouping.neighbourhood(db, starts)
            langs, keys = grouping.signed(db, ids)
            rules = corrections.rulings(db, langs.keys())
            groups = partition(langs.keys(), grouping.matches_among(db, ids), recipe, rules, langs, keys)
            keeps, aliases = heirs(
                grouping.old_stories(db, ids), [members for members, _ in groups], grouping.former(db, ids)
            )
        with done.stage("store"):
            done.stories += grouping.record_groups(db, now, ids, groups, keeps, aliases)
        grouped += len(ids)
        tell("group", grouped, max(waiting, grouped))
