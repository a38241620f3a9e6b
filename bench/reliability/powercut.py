"""Power cuts: what may be left on the disk of a run whose machine lost its power, at random moments.

A run is recorded (powercut.c): every write, truncation, sync, creation and removal of the database, its log and its
journal. An image is what a disk may hold after a cut at a moment: whatever was synced before it, and of the rest any
part, in whole writes or torn at sectors of 512 bytes, in any order; of creations and removals since the folder was
synced the first few. The model is harder than file systems with a journal are, and no harder than POSIX allows.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.reliability.child import Runs
from bench.reliability.day import Outcome, broken, ills, outcome
from bench.reliability.disk import FILES, MODES, Disk, Op

SOURCE = Path(__file__).with_name("powercut.c")
HEADER = struct.Struct("=cb6xQQ")
CHECKPOINT = 50  # pages: a hundred articles see as many checkpoints as some thousand would
LATER_HOURS = 1.0  # after the earlier one: all feeds are due again
CONTROLS = 60  # images of each control


@dataclass(frozen=True)
class Recording:
    """What a run did to the files, which held ``before`` when it began."""

    name: str
    before: Mapping[int, bytes]
    ops: Sequence[Op]
    expected: Outcome | None = None
    hours: float = 0  # after CLOCK, of its run and the next

    def moments(self, rng: random.Random) -> int:
        """How many operations were done when the power went: anywhere, or right around a sync or a removal."""
        turns = [n for n, op in enumerate(self.ops) if op.op in "SUTC"]
        if rng.random() < 0.5 or not turns:
            return rng.randrange(len(self.ops) + 1)
        return max(0, min(len(self.ops), rng.choice(turns) + rng.randint(-2, 3)))

    def unsynced(self) -> Recording:
        """The same of a machine whose syncs do nothing."""
        return Recording(f"{self.name}, syncs left out", self.before, [op for op in self.ops if op.op != "S"])


# ── Recording ──


def compiled(folder: Path) -> Path | None:
    """The shim; None where there is no C compiler."""
    if not (cc := shutil.which("cc")):
        return None
    made = folder / "powercut.so"
    subprocess.run([cc, "-shared", "-fPIC", "-O2", "-o", str(made), str(SOURCE), "-ldl", "-lpthread"], check=True)
    return made


def read(log: Path) -> Iterator[Op]:
    """The records of a file."""
    data, at = log.read_bytes(), 0
    while at < len(data):
        op, file, offset, length = HEADER.unpack_from(data, at)
        at += HEADER.size
        held = length if op == b"W" else 0
        yield Op(op.decode(), file, offset, data[at : at + held])
        at += held


def files(path: Path) -> dict[int, bytes]:
    """What the database's files hold now."""
    named = {n: path.with_name(path.name + end) for n, end in enumerate(FILES, 1)}
    return {n: file.read_bytes() for n, file in named.items() if file.exists()}


def watched(shim: Path, path: Path) -> tuple[dict[str, str], Path]:
    """The environment in which whatever happens to the database at ``path`` is recorded, and the record."""
    log = path.with_name(f"{path.name}.ops")
    log.unlink(missing_ok=True)
    return {"LD_PRELOAD": str(shim), "POWERCUT_DB": str(path.resolve()), "POWERCUT_LOG": str(log)}, log


def recorded(runs: Runs, shim: Path, path: Path, name: str, checkpoint: int, hours: float = 0) -> Recording:
    """A whole run into ``path``."""
    before = files(path)
    env, log = watched(shim, path)
    running = runs.start(path, hours, RETOLD_BENCH_CHECKPOINT=str(checkpoint), **env)
    assert running.wait() == 0, running.text()
    assert not ills(path)
    made = Recording(name, before, list(read(log)), outcome(path), hours)
    _faithful(made, path)
    return made


def _faithful(made: Recording, path: Path) -> None:
    """Nothing was missed: what was recorded leads to the very bytes that are there."""
    end = Disk(made.before)
    for op in made.ops:
        end.do(op)
    assert end.image(random.Random(0), "kept") == files(path), "the shim does not see all that SQLite writes"


WRONG = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=DELETE")
db.execute("PRAGMA synchronous=OFF")
db.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, held INTEGER, note TEXT)")
db.execute("CREATE INDEX account_note ON account(note)")
db.executemany("INSERT INTO account VALUES (?, 100, ?)", [(n, str(n) * 40) for n in range(200)])
for n in range(60):
    db.execute("BEGIN IMMEDIATE")
    db.execute("UPDATE account SET held = held - 1, note = note || ? WHERE id % 7 = ?", [str(n), n % 7])
    db.execute("UPDATE account SET held = held + 1, note = ? || note WHERE (id + 7) % 7 = ?", [str(n), n % 7])
    db.execute("COMMIT")
"""


def careless(shim: Path, path: Path) -> Recording:
    """A program that asks SQLite not to sync at all."""
    env, log = watched(shim, path)
    subprocess.run([sys.executable, "-c", WRONG, str(path)], env={**os.environ, **env}, check=True)
    return Recording("synchronous=OFF, journal_mode=DELETE", {}, list(read(log)))


# ── Cuts ──


@dataclass
class Cuts:
    """What came of them."""

    cuts: int = 0
    lossy: int = 0  # of them, those that lost or tore something
    modes: Counter[str] = field(default_factory=Counter)
    corrupt: list[str] = field(default_factory=list)
    ills: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    controls: dict[str, str] = field(default_factory=dict)  # name → "corrupt of images"

    def faults(self) -> list[str]:
        """What must not be."""
        blind = [f"the control is not found corrupt: {name}" for name, n in self.controls.items() if n.startswith("0 ")]
        return self.corrupt + self.ills + self.differs + blind


def cut(made: Recording, path: Path, rng: random.Random) -> tuple[str, int, int]:
    """Put an image of a random moment at ``path``; (mode, moment, operations that were not synced)."""
    moment, mode = made.moments(rng), rng.choice(MODES)
    disk = Disk(made.before)
    for op in made.ops[:moment]:
        disk.do(op)
    placed(path, disk.image(rng, mode), rng)
    return mode, moment, disk.pending()


def placed(path: Path, image: Mapping[int, bytes], rng: random.Random) -> None:
    """The files of an image, half of the time with a -shm of what memory held."""
    for end in (*FILES, "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    for file, data in image.items():
        path.with_name(path.name + FILES[file - 1]).write_bytes(data)
    if image and rng.random() < 0.5:
        path.with_name(f"{path.name}-shm").write_bytes(rng.randbytes(32768))


def control(made: Recording, path: Path, rng: random.Random) -> str:
    """How many of the images of a recording that cannot hold are found corrupt, or with money made or lost."""
    found = 0
    for _ in range(CONTROLS):
        cut(made, path, rng)
        found += bool(path.exists() and (broken(path) or _torn(path)))
    return f"{found} of {CONTROLS}"


def _torn(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as db:
        try:
            [(held, accounts)] = db.execute("SELECT sum(held), count(*) FROM account").fetchall()
        except sqlite3.Error:
            return False
    return bool(accounts) and held != 100 * 200


def power(
    runs: Runs, folder: Path, half: Path, cuts: int, rng: random.Random, each: Callable[[Cuts], object] = id
) -> Cuts | None:
    """So many cuts of recorded runs, from nothing and from the database ``half``; None without a C compiler."""
    if (shim := compiled(folder)) is None:
        return None
    second = folder / "second.db"
    shutil.copyfile(half, second)
    recordings = [
        recorded(runs, shim, folder / "first.db", "first run", CHECKPOINT),
        recorded(runs, shim, folder / "plain.db", "first run, checkpoints as usual", 1000),
        recorded(runs, shim, second, "later run", CHECKPOINT, LATER_HOURS),
    ]
    done, path = Cuts(), folder / "cut.db"
    for made in (*(r.unsynced() for r in recordings[::2]), careless(shim, folder / "careless.db")):
        done.controls[made.name] = control(made, path, rng)
    for n in range(cuts):
        _one(done, runs, recordings[n % 3], path, rng)
        each(done)
    return done


def _one(done: Cuts, runs: Runs, made: Recording, path: Path, rng: random.Random) -> None:
    mode, moment, pending = cut(made, path, rng)
    where = f"{made.name}, {mode}, {moment} of {len(made.ops)}"
    done.cuts += 1
    done.modes[mode] += 1
    done.lossy += bool(pending and mode != "kept")
    if path.exists() and (found := broken_copy(path)):
        done.corrupt.append(f"{where}: {found[0]}")
        return
    running = runs.begin(path, made.hours, force=moment % 5 == 0)
    if running.wait():
        done.ills.append(f"{where}: {running.text()}")
        return
    done.ills += [f"{where}: {ill}" for ill in ills(path)]
    assert made.expected
    done.differs += [f"{where}: {name}" for name in outcome(path).differs(made.expected)]


def broken_copy(path: Path, folder: Path | None = None) -> list[str]:
    """What is wrong with the files at ``path``, found on a copy (in ``folder``, where there is no room beside them):
    looking rolls back and checkpoints, and it is the next run that is to do so."""
    copy = (folder or path.parent) / "looked-at.db"
    placed(copy, files(path), random.Random(1))
    return broken(copy)


def told(done: Cuts | None) -> dict[str, object]:
    """For the report."""
    if done is None:
        return {"skipped": "no C compiler (cc)"}
    return json.loads(json.dumps(
        {"cuts": done.cuts, "that lost or tore something": done.lossy, "modes": dict(done.modes),
         "corrupt": len(done.corrupt), "unsound after the next run": len(done.ills),
         "other than uninterrupted": len(done.differs), "controls found corrupt": done.controls}
    ))  # fmt: skip
