"""How often a feed is asked: from what its answers brought, between two bounds. Pure.

The wait after an answer depends on three things: the share of its entries that were known, how long the wait before it
was, and the feed's habit. Nothing new: half as long again as before, up to where the habit says that waiting longer
would cost more than it spares. Something new: at most half as long as before; all of it new: as soon as allowed, since
items may have come and gone unseen.

The habit is how many entries the feed brings in a day, and how fast it was ever filled anew. Where asking costs and
lateness costs, the sum over all feeds is least when waits go as the square root of the time between two entries: a feed
that brings four times as much is asked twice as often, not four times. And no feed waits longer than half the time in
which its busiest hour would have filled it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, inf, sqrt

MEMORY_S = 7 * 86_400  # what is older than a week has faded to a third: a Sunday makes no feed a silent one
STEP = 1.5  # how much longer after an answer without news
BACK = 0.5  # how much of the wait remains, at most, after one with news
FAIR_S = 3600  # a feed that brings something at such intervals may be left alone for as long, and no longer
DOUBT = 4  # entries, at the fastest, that a feed is thought to have brought before it was watched
EARLY_S = 90  # a turn may come this much early, or a tenth: else seconds would cost a feed every other run of cron


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds between two times that a feed is asked: ``fastest`` always holds, ``slowest`` is never below it."""

    fastest: int
    slowest: int

    @classmethod
    def of(cls, interval_s: int, slowest_s: int | None = None) -> Bounds:
        """As the configuration has them; without ``slowest_s`` the interval is all there is."""
        return cls(interval_s, max(interval_s, slowest_s or 0))

    def kept(self, wait_s: float) -> int:
        """A wait within them, in whole seconds."""
        return int(min(max(wait_s, self.fastest), self.slowest))


@dataclass(frozen=True, slots=True)
class Pace:
    """What is kept of a feed: the wait that was chosen last, and its habit, fading: seconds watched, entries heard in
    them, and the shortest time in which all of its entries would have been new ones."""

    wait_s: int
    watched_s: float = 0.0
    heard: float = 0.0
    filled_s: float = inf


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: seconds since the one before, how many entries it holds, how many of them were not known."""

    elapsed_s: float
    entries: int
    new: int

    @property
    def known(self) -> float:
        """The share of its entries that were known, 1 of none."""
        return 1 - min(self.new / self.entries, 1) if self.entries else 1.0


def first(bounds: Bounds) -> Pace:
    """The pace after a feed's first answer, which says nothing of how often it has news."""
    return Pace(bounds.fastest)


def paced(before: Pace, answer: Answer, bounds: Bounds) -> Pace:
    """The pace after an answer; its wait lies within ``bounds`` and is the longer the more of the answer was known."""
    elapsed = max(answer.elapsed_s, 0.0)
    faded = exp(-elapsed / MEMORY_S)
    watched, heard = before.watched_s * faded + elapsed, before.heard * faded + answer.new
    filled = min(before.filled_s / faded, _filled(elapsed, answer.known, bounds))
    habit = Pace(before.wait_s, watched, heard, filled)
    return replace(
        habit, wait_s=bounds.kept(min(_wanted(before.wait_s, elapsed, answer.known), ceiling_s(habit, bounds)))
    )


def _filled(elapsed: float, known: float, bounds: Bounds) -> float:
    """Seconds in which the feed would have been filled anew at the pace of this answer; what comes within less than the
    interval is no pace."""
    return inf if known == 1 else max(elapsed, bounds.fastest) / (1 - known)


def _wanted(wait: float, elapsed: float, known: float) -> float:
    """Seconds to wait by this answer alone. Longer by a step at the most, and not for having asked too early."""
    if known == 1:
        return max(wait, min(elapsed, wait) * STEP)
    return wait * BACK * known


def turn_s(wait_s: int) -> int:
    """Seconds after an answer from which on a run may ask again. An answer comes some seconds after its run began, so
    with an interval of 15 minutes the next run of a cron every 15 minutes would come a moment too early."""
    return wait_s - min(wait_s // 10, EARLY_S)


def ceiling_s(pace: Pace, bounds: Bounds) -> float:
    """The longest wait that a feed's habit allows. Of one that has not been watched yet it is near the fastest: silence
    has to be heard before it counts."""
    between = (pace.watched_s + DOUBT * bounds.fastest) / (pace.heard + DOUBT)
    return min(max(min(sqrt(FAIR_S * between), pace.filled_s / 2), bounds.fastest), bounds.slowest)
