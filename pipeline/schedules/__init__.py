"""Ready entries for cron, systemd and launchd that start `retold run`, and what belongs beside it. Pure: facts in, text
out.

All of them start the same command with absolute paths, a deadline, and no need of HOME, a terminal or a locale. The
lock is the run's own: a second run ends with 75 at once, which no entry takes for a failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)  # that divide an hour
HOURS = (1, 2, 3, 4, 6, 8, 12, 24)
EVERY = (*(60 * m for m in MINUTES), *(3600 * h for h in HOURS))
LOCKED, SOME_FAILED = 75, 1
GROUPING_S = 3600  # for comparing and grouping, after the collecting
ELSEWHERE = "/ANOTHER/DISK/"  # to be put right by whoever takes the entry
MARGIN_S = 60  # between the end of the collecting and the next run


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be started, how often, and whom to tell. Paths are absolute."""

    program: tuple[str, ...]  # what starts Retold
    pythonpath: str  # where it is imported from; "" where the program knows
    config: Path
    db: Path
    every_s: int  # one of EVERY
    max_seconds: int  # of collecting, by the configuration
    log: Path | None
    mail: str | None
    strict: bool  # some failed sources are a failure, too
    name: str = "retold"
    user: str = ""  # as whom, in a unit of the system's
    owner: str = ""  # whom the database, or where there is none its folder, belongs to
    group: str = ""
    must_exist: bool = False  # it is there: one that is gone is not to be begun anew
    timeout: str = ""  # the program of that name, where there is one
    needs: tuple[str, ...] = ()  # environment variables that alerts name

    @property
    def collecting_s(self) -> int | None:
        """The deadline that the entry gives, where the configuration's would outlast the interval."""
        fits = max(self.every_s - MARGIN_S, self.every_s // 2)
        return fits if self.max_seconds >= self.every_s else None

    @property
    def limit_s(self) -> int:
        """Seconds after which something is wrong with a run."""
        return (self.collecting_s or self.max_seconds) + GROUPING_S

    @property
    def command(self) -> tuple[str, ...]:
        """`retold run` with its options."""
        deadline = ("--max-seconds", str(self.collecting_s)) if self.collecting_s else ()
        there = ("--must-exist",) if self.must_exist else ()
        return (*self.program, "run", "--config", str(self.config), "--db", str(self.db), *there, *deadline)

    @property
    def besides(self) -> dict[str, tuple[str, ...]]:
        """What else is to be started now and then: what tells of things that are no run's failure, and the backup."""
        db = ("--db", str(self.db))
        return {
            "status": (*self.program, "status", "--quiet", *db),
            "doctor": (*self.program, "doctor", "--config", str(self.config), *db),
            "backup": (*self.program, "backup", ELSEWHERE, "--compress", "--keep", "14", *db),
        }

    @property
    def outer(self) -> tuple[Path, ...]:
        """Everything that it reads or writes, for an entry that hides parts of the file system."""
        return (self.config, self.db, Path(self.program[0]), *([Path(self.pythonpath)] if self.pythonpath else []))

    @property
    def fine(self) -> tuple[int, ...]:
        """Exit statuses that nobody is told of."""
        return (0, LOCKED) if self.strict else (0, SOME_FAILED, LOCKED)


def nearest(every_s: int) -> list[int]:
    """The interval itself where clocks can be divided by it, else its two neighbours that they can."""
    if every_s in EVERY:
        return [every_s]
    return [*[e for e in EVERY if e < every_s][-1:], *[e for e in EVERY if e > every_s][:1]]


def suited(interval_s: int) -> int:
    """How often to start a run for sources of which the busiest has this interval: so often, in 5 to 60 minutes."""
    return max(e for e in EVERY if e <= min(max(interval_s, 300), 3600))


def spelled(seconds: int) -> str:
    """``15m``, ``2h``."""
    return f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds // 60}m"


def offset(job: Job) -> int:
    """Minutes after the hour at which an entry's turns begin: not with all the world's, and the same each time."""
    return crc32(str(job.db).encode()) % min(job.every_s // 60, 60)


def comment(lines: Sequence[str]) -> str:
    """Lines behind a #."""
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def failing(job: Job) -> str:
    """Which ends of a run somebody is told of."""
    some = "some sources failed (1)" if job.strict else "not: some sources failed (1; --strict makes it one)"
    return f"a failure is every end but 0 and 75 (another run is under way, or the database is busy); {some}"


def gone(job: Job) -> str:
    """What becomes of a run whose database is gone."""
    if job.must_exist:
        return "one that is missing or empty is a failure (74): no run begins another in its place"
    return "there is none yet, so a run begins one: run once and print this again, then a missing one is a failure (74)"


def limits(job: Job) -> str:
    """What ends a run."""
    collecting = job.collecting_s or job.max_seconds
    kill = f"; the whole run is ended after {job.limit_s} s" if job.timeout else "; no `timeout` here for the whole run"
    return f"collecting ends after {collecting} s and the next run goes on{kill}"
