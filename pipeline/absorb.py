"""The incremental engine: whatever is not yet signed is signed and judged, whatever is ungrouped grouped.

State is absence: nothing here remembers where it was. Each batch and each regrouped neighbourhood is one
transaction, so a killed run leaves a database that the next run simply goes on with, and a second run with
nothing new writes nothing. The partition is that of ``rebuild.partition`` over the same articles.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import process_time

from pipeline import vectors
from pipeline.blocking import Signed, Spot, candidates, neighbours, signed, window_days
from pipeline.model import Article, Pair, StoreError
from pipeline.signatures import Recipe
from pipeline.store import backgrounds, corrections, embedding, grouping, keys, signing
from pipeline.store.connect import Connection
from pipeline.stories import heirs, partition
from pipeline.terms import Profile, profile
from pipeline.verdict import judged

BATCH = 200
KEEP_PROFILES = 5_000  # about 30 kB each

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
    seconds: float = 0.0  # CPU time of this process
    spent: dict[str, float] = field(default_factory=dict)  # of it, by stage

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what is done within to what the stage has cost."""
        began = process_time()
        yield
        self.spent[name] = self.spent.get(name, 0.0) + process_time() - began


@dataclass
class _Profiles:
    """Profiles by article id, the least recently used forgotten first."""

    recipe: Recipe
    held: OrderedDict[int, Profile] = field(default_factory=OrderedDict)

    def get(self, db: Connection, ids: Collection[int]) -> dict[int, Profile]:
        found = {i: self.held[i] for i in ids if i in self.held}
        lacking = signing.signed_articles(db, set(ids) - set(found))
        made = embedding.vectors(db, [s.article.content_hash for s in lacking], self.recipe.model)
        for stored in lacking:
            out = set(stored.removed)
            text = "\n".join(line for line in stored.article.text.split("\n") if line not in out)
            found[stored.article.id] = profile(
                stored.article,
                text,
                self.recipe.shingle_words,
                self.recipe.background,
                made.get(stored.article.content_hash, b""),
            )
        for i, p in found.items():
            self.held[i] = p
            self.held.move_to_end(i)
        while len(self.held) > KEEP_PROFILES:
            self.held.popitem(last=False)
        return found


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
) -> Absorbed:
    """Sign, block, judge and group whatever the store holds that is not; what was done, in numbers.

    ``load``: model id → embedder; asked only when an article has no vector yet. ``anew``: with a background snapshot
    of the archive as it is now, which signs and judges everything again wherever that changes a weight.
    """
    began, done = process_time(), Absorbed()
    with done.stage("weigh"):
        recipe = backgrounds.refreshed(db, recipe, anew)
    done.recipe, done.reset = recipe.name, signing.reset_recipe(db, recipe.name)
    _sign_all(db, run_id, recipe, done, tell, load)
    group_all(db, now, recipe, done, tell)
    done.seconds = process_time() - began
    return done


def regroup(db: Connection, now: datetime, recipe: Recipe) -> bool:
    """Group whatever is to be grouped, at once; False, with nothing done, where articles wait to be signed first."""
    recipe = backgrounds.in_force(db, recipe)
    if signing.count_unsigned(db) or signing.count_outdated(db, recipe.name):
        return False
    group_all(db, now, recipe, Absorbed(), quiet)
    return True


def _sign_all(db: Connection, run_id: int, recipe: Recipe, done: Absorbed, tell: Tell, load: vectors.Load) -> None:
    profiles = _Profiles(recipe)
    total = signing.count_unsigned(db)
    while articles := signing.unsigned(db, BATCH):
        with done.stage("sign"):
            frames = signing.boilerplate(db, articles, recipe.boilerplate_min_articles)
            ready = signed(articles, frames, recipe, vectors_of(db, articles, recipe, load))
        with done.stage("propose"):
            pairs = candidates(ready, recipe) | keys.candidates(db, ready, recipe)
            pairs |= _neighbours(db, ready, recipe)
        with done.stage("recall"):
            known = _known(db, pairs, {s.profile.id: s.profile for s in ready}, profiles)
        with done.stage("judge"):
            matches = judged(pairs, known, recipe)
        with done.stage("store"):
            signing.record_signed(db, run_id, [s.kept for s in ready], matches, recipe)
        done.signed += len(ready)
        done.pairs += len(pairs)
        done.matches += len(matches)
        tell("sign", done.signed, max(total, done.signed))


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


def _known(db: Connection, pairs: Collection[Pair], fresh: dict[int, Profile], kept: _Profiles) -> dict[int, Profile]:
    """The profiles of all that are in ``pairs``: fresh, still kept, or made again."""
    stored = {i for p in pairs for i in (p.left, p.right)} - fresh.keys()
    known = kept.get(db, stored) | fresh
    lost = stored - known.keys()
    if lost:
        raise StoreError(f"bands name articles that are not signed, {sorted(lost)[:5]}: changed by another program?")
    kept.held.update(fresh)
    return known


def group_all(db: Connection, now: datetime, recipe: Recipe, done: Absorbed, tell: Tell) -> None:
    """Group whatever is to be grouped, some neighbourhoods at once, each batch in one transaction."""
    waiting, grouped = grouping.count_ungrouped(db), 0
    while starts := grouping.next_ungrouped(db, BATCH):
        with done.stage("group"):
            ids = grouping.neighbourhood(db, starts)
            langs = grouping.languages(db, ids)
            rules = corrections.rulings(db, langs.keys())
            groups = partition(langs.keys(), grouping.matches_among(db, ids), recipe, rules, langs)
            keeps, aliases = heirs(grouping.old_stories(db, ids), [members for members, _ in groups])
        with done.stage("store"):
            done.stories += grouping.record_groups(db, now, ids, groups, keeps, aliases)
        grouped += len(ids)
        tell("group", grouped, max(waiting, grouped))
