"""Prune: old stories lose their texts, the ledger its old answers; by age, by size, in bounded steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.absorb import Tell, quiet, regroup
from pipeline.signatures import Recipe
from pipeline.store import deleting, pruned
from pipeline.store.connect import Connection
from pipeline.store.pruned import Freed
from pipeline.tracing import trace

BATCH = 500  # articles of one transaction
WEIGHED = 20  # stories of which it is found out at once whether they are enough
ANSWERS = 20_000  # of the ledger, likewise
A_RUN = 2_000  # articles that one run prunes at the most
LEAST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Policy:
    """What may go."""

    texts: timedelta | None = None  # stories whose last article came longer ago
    size: int | None = None  # bytes: the oldest stories beyond that
    ledger: timedelta | None = None  # answers that are older

    @property
    def any(self) -> bool:
        """Is there anything to do at all?"""
        return (self.texts, self.size, self.ledger) != (None, None, None)


@dataclass
class Pruned:
    """What was done."""

    stories: int = 0
    articles: int = 0
    answers: int = 0


def policy(texts: int | None, size: int | None, ledger: int | None) -> Policy:
    """A policy of seconds and bytes, as config.yaml has it."""
    age, answers = (None if seconds is None else timedelta(seconds=seconds) for seconds in (texts, ledger))
    return Policy(age, size, answers)


def least(how: Recipe) -> timedelta:
    """The age that a story has at least when it is pruned: no article may join it any more by its text."""
    return max(LEAST, timedelta(hours=2 * how.story_window_hours))


def prune(
    db: Connection, what: Policy, now: datetime, how: Recipe, *, most: int | None = None, tell: Tell = quiet
) -> Pruned:
    """Prune by age, then by size, up to ``most`` articles (none: all that is to go), then the ledger. The caller holds
    the run lock, and compares and groups afterwards what has lost neighbours.

    Each step is one transaction: killed, the next call goes on.
    """
    done = Pruned()
    for stories in _due(db, what, now, how, done, most):
        done.articles += pruned.prune(db, stories, now, how.boilerplate_min_articles)
        done.stories += len(stories)
        tell("prune", done.articles, done.articles)
        pruned.tidy(db, all_of_it=False)
        if regroup(db, now, how):  # what had these for neighbours is to be whole again before its own turn comes
            trace(db)
    while what.ledger and (gone := pruned.forget_answers(db, now - what.ledger, ANSWERS)):
        done.answers += gone
        if most is not None:
            break
    return done


def _due(
    db: Connection, what: Policy, now: datetime, how: Recipe, done: Pruned, most: int | None
) -> Iterator[list[int]]:
    """The stories of the next transaction, until all is done or ``most`` articles are."""

    def room() -> int:
        return BATCH if most is None else min(BATCH, most - done.articles)

    if what.texts:
        cut = now - max(what.texts, least(how))
        while room() > 0 and (stories := pruned.old(db, cut, room())):
            yield stories
    if what.size is not None:
        while room() > 0 and pruned.used(db) > what.size and (stories := pruned.old(db, now - least(how), room())):
            yield stories


def outlook(db: Connection, what: Policy, now: datetime, how: Recipe) -> tuple[Freed, int]:
    """What :func:`prune` would take, without touching it, and how many answers of the ledger."""
    found, first = Freed(), set[int]()
    if what.texts:
        stories = pruned.all_old(db, now - max(what.texts, least(how)))
        found, first = _sum(db, stories, None), set(stories)
    if what.size is not None and (over := pruned.used(db) - what.size - found.bytes) > 0:
        more = [story for story in pruned.all_old(db, now - least(how)) if story not in first]
        found = _added(found, _sum(db, more, over))
    return found, pruned.count_answers(db, now - what.ledger) if what.ledger else 0


def _sum(db: Connection, stories: list[int], enough: int | None) -> Freed:
    """What these stories come to, the first of them alone where ``enough`` bytes will do."""
    found, at_once = Freed(), BATCH if enough is None else WEIGHED
    for start in range(0, len(stories), at_once):
        if enough is not None and found.bytes >= enough:
            break
        found = _added(found, pruned.weigh(db, stories[start : start + at_once]))
    return found


def _added(a: Freed, b: Freed) -> Freed:
    sums = {name: getattr(a, name) + getattr(b, name) for name in Freed._fields if name != "newest"}
    return Freed(**sums, newest=max(filter(None, (a.newest, b.newest)), default=None))


def erase(db: Connection, what: Policy, now: datetime, how: Recipe) -> Pruned:
    """Delete the stories that are old enough, pruned before or not, and the articles of which they are; then the ledger
    as :func:`prune`. An article that its feed still carries does not come back. The caller holds the run lock."""
    if what.texts is None:
        raise ValueError("by age alone")
    done = prune(db, replace(what, texts=None), now, how)
    cut = now - max(what.texts, least(how))
    for find in (pruned.old, pruned.traces):
        while stories := find(db, cut, BATCH):
            ids = pruned.members(db, stories)
            done.articles += deleting.delete(db, ids, pruned.entries(db, ids), how.boilerplate_min_articles)
            done.stories += len(stories)
    return done
