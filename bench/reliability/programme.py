"""The kill programme, part by part; `python -m bench.reliability.kills` is its command."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.reliability.child import Runs, warmed
from bench.reliability.crowd import BUSY, Crowd, fives, locked, read
from bench.reliability.day import Outcome, served
from bench.reliability.killing import HALF, Base, Tally, base, collected, cramped, kills, starved
from bench.reliability.powercut import LATER_HOURS, power, told
from bench.stages import machine
from pipeline.store.connect import BUSY_MS

RESULTS = Path(__file__).parent.parent / "results"
PATIENCE_S = BUSY_MS / 1000  # that a run waits for another program


def prepared(runs: Runs, folder: Path) -> list[Base]:
    """Three bases: nothing, everything collected, a database that has seen the first part of the day. Runs are warm
    afterwards."""
    whole, half = folder / "whole.db", folder / "half.db"
    assert runs.start(whole).wait() == 0
    warmed(runs, whole)
    runs.web.show(HALF)
    runs.done(half)
    runs.web.show()
    whole.unlink()
    after = collected(runs, folder / "collected.db")
    return [
        base(runs, "first run", whole, None),
        base(runs, "first run, all collected", folder / "grouped.db", after),
        base(runs, "later run", folder / "later.db", half, LATER_HOURS),
    ]


def partition(found: Outcome) -> dict[str, int]:
    """The uninterrupted partition, in numbers."""
    return {name: len(getattr(found, name)) for name in found.__dataclass_fields__} | {
        "articles": sum(map(len, found.stories))
    }


Save = Callable[[dict[str, Any], Sequence[str]], None]


def killed(asked: argparse.Namespace, runs: Runs, bases: list[Base], folder: Path, save: Save) -> None:
    """Kills."""
    kills(runs, bases, folder, asked.kills, random.Random(asked.seed), lambda t: save(t.told(), t.faults()))


def full(asked: argparse.Namespace, runs: Runs, bases: list[Base], folder: Path, save: Save) -> None:
    """Full disks: two thirds by a limit, the others on a small file system."""
    both: dict[str, Tally] = {"RLIMIT_FSIZE": Tally(), "tmpfs": Tally()}

    def saved(name: str, tally: Tally) -> None:
        both[name] = tally
        save({n: t.told() for n, t in both.items()}, [f for t in both.values() for f in t.faults()])

    rng, limited = random.Random(asked.seed), asked.disks * 2 // 3
    starved(runs, bases, folder, limited, rng, partial(saved, "RLIMIT_FSIZE"))
    if not cramped(runs, bases, folder, asked.disks - limited, rng, partial(saved, "tmpfs")):
        limit = both["RLIMIT_FSIZE"]
        save({"RLIMIT_FSIZE": limit.told(), "tmpfs": "cannot be mounted here"}, limit.faults())


def cut(asked: argparse.Namespace, runs: Runs, _: list[Base], folder: Path, save: Save) -> None:
    """Power cuts."""
    half, rng = folder / "half.db", random.Random(asked.seed)
    if not power(runs, folder, half, asked.power, rng, lambda c: save(told(c), c.faults())):
        save(told(None), [])


def crowd(asked: argparse.Namespace, runs: Runs, bases: list[Base], folder: Path, save: Save) -> None:
    """Five at once; a reader; locks."""
    done, seconds = Crowd(), asked.seconds
    fives(done, runs, bases, folder, asked.times)
    read(done, runs, bases[-1], folder, seconds)
    for stage, length in (("start", seconds), ("collect", seconds), ("group", seconds / 6)):
        locked(done, runs, bases[-1], folder, length, stage, BUSY if length > PATIENCE_S else 0)
        save(done.told(), done.faults())


PARTS = {"kills": killed, "disks": full, "power": cut, "crowd": crowd}


def results(asked: argparse.Namespace, command: str) -> int:
    """Do all parts that are asked for, keeping the figures as they come; how many faults were found."""
    found: dict[str, Any] = {"machine": machine(), "command": command, "parts": {}, "faults": {}}
    with TemporaryDirectory(prefix="retold-kills-") as made, served() as web:
        folder = Path(made)
        runs = Runs(web, folder)
        bases = prepared(runs, folder)
        found["uninterrupted"] = {b.name: partition(b.expected) for b in bases}
        print(json.dumps(found["uninterrupted"]), flush=True)
        for part in asked.only.split(","):
            began = time.monotonic()

            def save(figures: dict[str, Any], faults: Sequence[str], part: str = part, began: float = began) -> None:
                found["parts"][part] = {**figures, "minutes": round((time.monotonic() - began) / 60, 1)}
                found["faults"][part] = list(faults)
                kept(asked.json, found)

            PARTS[part](asked, runs, bases, folder, save)
            print(json.dumps({part: found["parts"][part]}, indent=1, ensure_ascii=False), flush=True)
            print("\n".join(f"FAULT: {fault}" for fault in found["faults"][part]), flush=True)
    return sum(map(len, found["faults"].values()))


def main(command: str) -> int:
    """Run, print, keep; 1 where anything was lost."""
    parser = argparse.ArgumentParser(prog=command, description="Kill runs, starve them, cut their power, crowd them.")
    parser.add_argument("--kills", type=int, default=250)
    parser.add_argument("--disks", type=int, default=105, help="runs on full disks, a third of them on a small tmpfs")
    parser.add_argument("--power", type=int, default=156, help="power cuts")
    parser.add_argument("--seconds", type=float, default=60, help="that readers and locks last")
    parser.add_argument("--times", type=int, default=10, help="how often five run at once")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, in this order")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, default=RESULTS / "reliability-kills.json", metavar="FILE")
    asked = parser.parse_args()
    return int(bool(results(asked, " ".join([command, *_given(parser, asked)]))))


def _given(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> list[str]:
    return [f"--{name}={value}" for name, value in vars(asked).items()
            if value != parser.get_default(name) and name not in ("json", "only")]  # fmt: skip


def kept(path: Path, found: Mapping[str, Any]) -> None:
    """Write the figures; parts that were not run now stay as they were."""
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    joined = {name: {**before.get(name, {}), **found[name]} for name in ("parts", "faults")}
    path.write_text(json.dumps({**found, **joined}, indent=1, ensure_ascii=False) + "\n", "utf-8")
