"""The time of the week: moves on as real time does, and jumps from run to run; our own clock may be wrong."""

from __future__ import annotations

import time
from datetime import datetime

from bench.reliability.week.weather import OurClock


class Clock:
    """True time for the sites; ``ours`` is what the machine that runs Retold believes."""

    def __init__(self, start: datetime, wrong: OurClock) -> None:
        self.wrong = wrong
        self._base, self._set = start, time.monotonic()

    def jump(self, now: datetime) -> None:
        """It is so late now."""
        self._base, self._set = now, time.monotonic()

    def now(self) -> datetime:
        """The true time."""
        passed = time.monotonic() - self._set
        return datetime.fromtimestamp(self._base.timestamp() + passed, self._base.tzinfo)

    def ours(self) -> datetime:
        """Our time, in whole seconds as the wall clock of a run has it. It is wrong by the same all through a run."""
        return (self.now() + self.wrong.wrong(self._base)).replace(microsecond=0)
