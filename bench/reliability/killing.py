"""SIGKILL at random points of runs, and disks that are full at random points."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bench.reliability.child import Running, Runs, gone
from bench.reliability.day import Outcome, ills, outcome
from bench.reliability.powercut import broken_copy

IN_A_ROW = (1, 2, 3, 5, 8)  # kills before a run is let through, each further on than the last or anywhere
FORCED = 0.2  # of the runs ask feeds again that are not due
ALONE = 0.2  # of the kills hit the main process only
DISK_FULL = 74
HALF = 20.0  # hours of the day that the earlier run of a later one has seen
ROOM_KB = 64_000


@dataclass(frozen=True)
class Base:
    """What a series begins with, and how an uninterrupted run goes on from there."""

    name: str
    files: bytes | None  # the database; None: there is none
    expected: Outcome
    stages: Sequence[tuple[str, float]]  # (stage, seconds after the start), of the uninterrupted run
    seconds: float
    largest: int  # bytes of its largest file
    hours: float  # after CLOCK, of all its runs

    def restored(self, path: Path) -> None:
        """Begin a series."""
        for end in ("", "-wal", "-shm", "-journal", ".lock"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        if self.files is not None:
            path.write_bytes(self.files)

    def length(self, stage: str) -> float:
        """Seconds of a stage."""
        starts = [("start", 0.0), *self.stages, ("end", self.seconds)]
        return next(b[1] - a[1] for a, b in pairwise(starts) if a[0] == stage)

    def moment(self, rng: random.Random, after: str) -> tuple[str, float]:
        """(stage, seconds after its begin) at which to kill, not before the stage ``after``: half of them evenly over
        the clock, half over the stages."""
        begins = [("start", 0.0), *self.stages]
        left = begins[next((n for n, (stage, _) in enumerate(begins) if stage == after), 0) :]
        if rng.random() < 0.5:
            at = rng.uniform(left[0][1], self.seconds)
            stage, began = max(((s, t) for s, t in left if t <= at), key=lambda x: x[1])
            return stage, at - began
        stage = rng.choice(left)[0]
        return stage, rng.random() * self.length(stage)


def base(runs: Runs, name: str, path: Path, before: Path | None, hours: float = 0) -> Base:
    """An uninterrupted run from ``before`` on, at ``path``."""
    held = before.read_bytes() if before else None
    if held:
        path.write_bytes(held)
    largest = 0
    running = runs.begin(path, hours, force=False)
    while not running.ended():
        running.look(0.005)
        largest = max([largest, *(p.stat().st_size for p in _beside(path))])
    assert running.wait() == 0 and not ills(path), running.text()
    return Base(name, held, outcome(path), running.stages, running.seconds, largest, hours)


def collected(runs: Runs, path: Path) -> Path:
    """What a first run leaves that is killed when it has collected everything."""
    running = runs.begin(path)
    assert running.until("weigh")
    running.kill()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def _beside(path: Path) -> Iterator[Path]:
    return (p for end in ("", "-wal") if (p := path.with_name(path.name + end)).exists())


@dataclass
class Tally:
    """What came of many failures."""

    failures: int = 0
    series: int = 0
    by: Counter[str] = field(default_factory=Counter)  # stage, or what was said → failures
    alone: int = 0
    left: int = 0  # processes that outlived their killed parent by five seconds
    corrupt: list[str] = field(default_factory=list)
    ills: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # ends of runs that are not as documented

    def faults(self) -> list[str]:
        """What must not be."""
        return self.corrupt + self.ills + self.differs + self.words

    def looked(self, path: Path, where: str, folder: Path | None = None) -> None:
        """After a failure, before anything else has opened the database (on a copy, in ``folder``)."""
        if path.exists() and (found := broken_copy(path, folder)):
            self.corrupt.append(f"{where}: {found[0]}")

    def completed(self, runs: Runs, path: Path, start: Base, where: str) -> None:
        """Let the next run through, and compare."""
        self.series += 1
        running = runs.begin(path, start.hours, force=self.series % 5 == 0)
        if running.wait():
            self.ills.append(f"{where}: the next run: {running.text()}")
            return
        self.ills += [f"{where}: {ill}" for ill in ills(path)]
        self.differs += [f"{where}: {name}" for name in outcome(path).differs(start.expected)]

    def told(self) -> dict[str, object]:
        """For the report."""
        return {
            "failures": self.failures, "runs let through": self.series, "by": dict(self.by.most_common()),
            "of the main process alone": self.alone, "processes left": self.left, "corrupt": len(self.corrupt),
            "unsound after the next run": len(self.ills), "other than uninterrupted": len(self.differs),
            "ended otherwise than documented": len(self.words),
        }  # fmt: skip


def nothing(_: object) -> None:
    """Nobody is told."""


Each = Callable[[Tally], object]


# ── Kills ──


def kills(
    runs: Runs, bases: Sequence[Base], folder: Path, number: int, rng: random.Random, each: Each = nothing
) -> Tally:
    """So many kills, some in a row, each series ended by a run that is let through; ``each`` is told the tally then."""
    done, path = Tally(), folder / "killed.db"
    while done.failures < number:
        start = bases[done.series % len(bases)]
        start.restored(path)
        where, last = start.name, "start"
        for _ in range(min(rng.choice(IN_A_ROW), number - done.failures)):
            if not (hit := _killed(done, runs, start, path, rng, last)):
                break  # it ended before
            where, last = f"{where}, {hit}", hit if hit != "open" else last
            done.looked(path, where)
        done.completed(runs, path, start, where)
        each(done)
    return done


def _killed(done: Tally, runs: Runs, start: Base, path: Path, rng: random.Random, after: str) -> str | None:
    """One run that is to be killed, not before a stage; where it was. One in ten is a process of its own from the
    start."""
    force, alone = rng.random() < FORCED, rng.random() < ALONE
    stage, later = start.moment(rng, "start" if force else after)
    begin = runs.start if rng.random() < 0.1 else runs.begin
    running = begin(path, start.hours, force=force)
    if running.until(stage):
        time.sleep(later)
    if hit := running.kill(alone):
        done.failures += 1
        done.by[hit] += 1
        done.alone += alone
        done.left += alone and _left(running)
    return hit


def _left(running: Running) -> int:
    """Did children live on? They are ended then."""
    began = time.monotonic()
    gone(running.pid)
    if time.monotonic() - began < 5:
        return 0
    os.killpg(running.pid, signal.SIGKILL)
    return 1


# ── Full disks ──


def starved(
    runs: Runs, bases: Sequence[Base], folder: Path, number: int, rng: random.Random, each: Each = nothing
) -> Tally:
    """So many runs that may not make a file larger than some size (RLIMIT_FSIZE), each series then given room."""
    done, path = Tally(), folder / "starved.db"
    while done.failures < number:
        start = bases[done.series % len(bases)]
        start.restored(path)
        where = start.name
        for _ in range(rng.choice((1, 2, 3))):
            size = rng.randrange(1024, start.largest)
            where = f"{where}, {size} bytes"
            _full(done, runs.begin(path, start.hours, force=rng.random() < FORCED, prepare=_limit(size)), where)
            done.looked(path, where)
        done.completed(runs, path, start, where)
        each(done)
    return done


def _limit(size: int) -> Callable[[], object]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _full(done: Tally, running: Running, where: str) -> None:
    """A run on a full disk: was it told in a line, with its code?"""
    code, said = running.wait(), running.text()
    if code == 0:
        return  # the room was enough after all: no failure
    done.failures += 1
    done.by[running.stage] += 1
    if code != DISK_FULL or not said.startswith("retold: ") or said.count("\n") != 1:
        done.words.append(f"{where}: exit {code}: {said}")


def may_mount() -> bool:
    """May we mount a file system of our own?"""
    return os.geteuid() == 0 and shutil.which("mount") is not None


def cramped(
    runs: Runs, bases: Sequence[Base], folder: Path, number: int, rng: random.Random, each: Each = nothing
) -> Tally | None:
    """The same on a file system that is too small; None where none can be mounted."""
    done, place = Tally(), folder / "cramped"
    place.mkdir(exist_ok=True)
    while done.failures < number:
        start = bases[done.series % len(bases)]
        least = len(start.files or b"") // 1024 + 8
        room = rng.randrange(least, least + 2 * start.largest // 1024)
        with mounted(place, room) as usable:
            if not usable:
                return None
            path = place / "stories.db"
            start.restored(path)
            where = f"{start.name}, {room} kB"
            _full(done, runs.begin(path, start.hours, force=False), where)
            done.looked(path, where, folder)
            subprocess.run(["mount", "-o", f"remount,size={ROOM_KB}k", str(place)], check=True)
            done.completed(runs, path, start, where)
        each(done)
    return done


@contextmanager
def mounted(place: Path, room: int) -> Iterator[bool]:
    """A tmpfs of so many kB; False where it cannot be."""
    if not may_mount():
        yield False
        return
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room}k", "tmpfs", str(place)], capture_output=True)
    try:
        yield made.returncode == 0
    finally:
        if made.returncode == 0:
            subprocess.run(["umount", str(place)], check=True)
