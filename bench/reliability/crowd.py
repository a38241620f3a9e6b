"""Several at one database: runs at once, a reader that does not end, another program that holds the lock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.reliability.child import Runs
from bench.reliability.day import ills, outcome
from bench.reliability.killing import Base

BUSY = 75
FIVE = 5
READER = """
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
db.execute("BEGIN")
seen = db.execute("SELECT count(*) FROM articles").fetchone()
print("held", flush=True)
sys.stdin.readline()
assert db.execute("SELECT count(*) FROM articles").fetchone() == seen, "the reader's moment has moved"
"""
WRITER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


@dataclass
class Crowd:
    """What came of it."""

    ends: Counter[str] = field(default_factory=Counter)  # of five at once: "1 × 0, 4 × 75" → how often
    figures: dict[str, object] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """What must not be."""
        return self.wrong

    def compared(self, path: Path, start: Base, where: str) -> None:
        """Is everything there, as an uninterrupted run has it?"""
        self.wrong += [f"{where}: {x}" for x in [*ills(path), *outcome(path).differs(start.expected)]]

    def told(self) -> dict[str, object]:
        """For the report."""
        return {"five at once": dict(self.ends), **self.figures, "lost or wrong": len(self.wrong)}


@contextmanager
def holder(script: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program at the database, until it is told a line or the block ends."""
    args = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin and child.stdout
        try:
            assert child.stdout.readline() == "held\n"
            yield child
            child.communicate("\n", timeout=30)
            assert child.returncode == 0
        finally:
            if child.poll() is None:
                child.kill()


def fives(done: Crowd, runs: Runs, bases: Sequence[Base], folder: Path, times: int) -> None:
    """Five runs that begin at once, so often: one goes, the others say so in a line, and nothing is lost."""
    path = folder / "five.db"
    for n in range(times):
        start = bases[n % len(bases)]
        start.restored(path)
        five = [runs.begin(path, start.hours, prepare=_saying(runs.folder / f"five-{k}.said")) for k in range(FIVE)]
        codes = Counter(running.wait() for running in five)
        done.ends[", ".join(f"{count} × {code}" for code, count in sorted(codes.items()))] += 1
        said = [(runs.folder / f"five-{k}.said").read_text("utf-8") for k in range(FIVE)]
        refused = [text for text in said if text.startswith("retold: another run holds ") and text.count("\n") == 1]
        if set(codes) - {0, BUSY} or not codes[0] or len(refused) != codes[BUSY]:
            done.wrong.append(f"five at once: {dict(codes)}: {said}")
        done.compared(path, start, "five at once")


def _saying(file: Path) -> Callable[[], object]:
    def prepare() -> None:
        with file.open("wb") as out:
            for number in (1, 2):
                os.dup2(out.fileno(), number)

    return prepare


def read(done: Crowd, runs: Runs, start: Base, folder: Path, seconds: float) -> None:
    """A reader's transaction stays open so long, while one run follows the other."""
    path = folder / "read.db"
    start.restored(path)
    most = count = 0
    sizes: list[int] = []
    with holder(READER, path):
        end = time.monotonic() + seconds
        while time.monotonic() < end or not count:
            runs.done(path, start.hours)
            count += 1
            sizes.append(_size(path))
        most = max(sizes)
    runs.done(path, start.hours)
    done.figures["reader's transaction"] = {
        "seconds": seconds, "runs meanwhile": count, "WAL after the first, MB": round(sizes[0] / 1e6, 2),
        "WAL at most, MB": round(most / 1e6, 2), "WAL after the next run, MB": round(_size(path) / 1e6, 2),
        "database, MB": round(path.stat().st_size / 1e6, 2),
    }  # fmt: skip
    done.compared(path, start, "beside a reader")


def _size(path: Path) -> int:
    log = path.with_name(f"{path.name}-wal")
    return log.stat().st_size if log.exists() else 0


def locked(done: Crowd, runs: Runs, start: Base, folder: Path, seconds: float, stage: str, code: int) -> None:
    """Another program holds the write lock for so long, from a stage of a run on: how the run ends, and the next."""
    path = folder / f"locked-{stage}.db"
    start.restored(path)
    running = runs.begin(path, start.hours) if stage != "start" else None
    if running:
        running.until(stage)
    with holder(WRITER, path):
        began = time.monotonic()
        running = running or runs.begin(path, start.hours)
        while not running.ended() and time.monotonic() - began < seconds:
            running.look(0.05)
        waited = time.monotonic() - began
        time.sleep(max(0.0, seconds - waited))
    ended = running.wait()
    said = running.text().strip()
    done.figures[f"lock of {seconds:g} s, from {stage}"] = {"exit": ended, "after s": round(waited), "said": said}
    if ended != code or (code and ("\n" in said or "locked" not in said)):
        done.wrong.append(f"lock of {seconds:g} s, from {stage}: exit {ended}: {said}")
    if code:
        runs.done(path, start.hours)
    done.compared(path, start, f"after a lock from {stage}")
