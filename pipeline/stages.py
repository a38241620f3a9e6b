"""What the stages of a run cost: by the clock, of the processors, in memory; kept while it goes on.

A stage may be entered many times, as signing and judging are by turns; its costs are added up. What has been measured
is handed on to be kept when a stage is entered for the first time, and then when the last time was long enough ago: a
run that is killed leaves the costs of what it had done, and keeping them costs nothing that could be measured.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.runlog import HERE
from pipeline.shares import cpu_seconds

EVERY_S = 1.0  # at most so often, what was measured is kept
_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, bytes: getrusage(2)


@dataclass(slots=True)
class Cost:
    """What one stage has cost so far."""

    stage: str
    n: int  # the stages of a run are numbered as they began
    after_s: float  # from the run's beginning to the stage's, by the clock
    wall_s: float = 0.0
    cpu_s: float = 0.0  # of this process and its children that have ended
    peak_mb: float = 0.0  # the most memory that the process had held by the stage's end
    done: bool = False  # False: it is under way, or the run was killed in it


Keep = Callable[[Sequence[Cost]], None]


def nobody(_costs: Sequence[Cost]) -> None:
    """Not kept."""


class Stages:
    """The costs of the stages of one run."""

    def __init__(self, keep: Keep = nobody) -> None:
        self.costs: dict[str, Cost] = {}
        self._keep = keep
        self._began = self._kept = time.monotonic()
        self._changed: set[str] = set()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what is done within to what the stage has cost."""
        cost = self._entered(name)
        before, HERE.stage = HERE.stage, name
        began, cpu = time.monotonic(), cpu_seconds()
        try:
            yield
        finally:
            cost.wall_s += time.monotonic() - began
            cost.cpu_s += cpu_seconds() - cpu
            cost.peak_mb = peak_mb()
            self._changed.add(name)
            HERE.stage = before
        cost.done = True
        if time.monotonic() - self._kept >= EVERY_S:
            self.keep()

    def _entered(self, name: str) -> Cost:
        if cost := self.costs.get(name):
            cost.done = False
            return cost
        cost = self.costs[name] = Cost(name, len(self.costs), time.monotonic() - self._began)
        self._changed.add(name)
        self.keep()
        return cost

    def keep(self) -> None:
        """Have what has changed kept."""
        changed = [cost for cost in self.costs.values() if cost.stage in self._changed]
        self._changed.clear()
        self._kept = time.monotonic()
        if changed:
            self._keep(changed)

    def end(self) -> None:
        """Have what has changed kept for the last time."""
        try:
            self.keep()
        finally:
            self._keep = nobody

    def cpu(self) -> dict[str, float]:
        """Stage → seconds of processor time."""
        return {cost.stage: cost.cpu_s for cost in self.costs.values()}


def peak_mb() -> float:
    """The most memory (resident set, MB) that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / 1e6
