"""The kill programme, part by part; `python -m bench.reliability.kills` is its command."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.reliability.child import Runs, warmed
from bench.reliability.crowd import BUSY, Crowd, fives, locked, read
from bench.reliability.day import Outcome, served
from bench.reliability.killing import HALF, Base, base, cramped, kills, starved
from bench.reliability.powercut import power, told
from bench.stages import machine
from pipeline.store.connect import BUSY_MS

RESULTS = Path(__file__).parent.parent / "results"
PATIENCE_S = BUSY_MS / 1000  # that a run waits for another program
PARTS = ("kills", "disks", "power", "crowd")


def prepared(runs: Runs, folder: Path) -> list[Base]:
    """The two bases: nothing, and a database that has seen the first part of the day. Runs are warm afterwards."""
    whole, half = folder / "whole.db", folder / "half.db"
    assert runs.start(whole).wait() == 0
    warmed(runs, whole)
    runs.web.show(HALF)
    runs.done(half)
    runs.web.show()
    whole.unlink()
    return [base(runs, "first run", whole, None), base(runs, "later run", folder / "later.db", half)]


def partition(found: Outcome) -> dict[str, int]:
    """The uninterrupted partition, in numbers."""
    return {name: len(getattr(found, name)) for name in found.__dataclass_fields__} | {
        "articles": sum(map(len, found.stories))
    }


def crowd(runs: Runs, bases: list[Base], folder: Path, seconds: float, times: int) -> Crowd:
    """Five at once; a reader; locks."""
    done = Crowd()
    fives(done, runs, bases, folder, times)
    read(done, runs, bases[1], folder, seconds)
    for stage, length in (("start", seconds), ("collect", seconds), ("group", seconds / 6)):
        locked(done, runs, bases[1], folder, length, stage, BUSY if length > PATIENCE_S else 0)
    return done


def run(part: str, asked: argparse.Namespace, runs: Runs, bases: list[Base], folder: Path) -> tuple[Any, list[str]]:
    """(figures, faults) of a part."""
    rng = random.Random(f"{asked.seed} {part}")
    if part == "kills":
        done = kills(runs, bases, folder, asked.kills, rng)
        return done.told(), done.faults()
    if part == "disks":
        limits = starved(runs, bases, folder, asked.disks * 2 // 3, rng)
        small = cramped(runs, bases, folder, asked.disks - asked.disks * 2 // 3, rng)
        figures = {"RLIMIT_FSIZE": limits.told(), "tmpfs": small.told() if small else "cannot be mounted here"}
        return figures, limits.faults() + (small.faults() if small else [])
    if part == "power":
        cuts = power(runs, folder, folder / "half.db", asked.power, rng)
        return told(cuts), cuts.faults() if cuts else []
    several = crowd(runs, bases, folder, asked.seconds, asked.times)
    return several.told(), several.faults()


def results(asked: argparse.Namespace, command: str) -> list[str]:
    """Run all parts that are asked for, keeping the figures of each when it is done; the faults."""
    found: dict[str, Any] = {"machine": machine(), "command": command, "parts": {}, "faults": []}
    with TemporaryDirectory(prefix="retold-kills-") as made, served() as web:
        folder = Path(made)
        runs = Runs(web, folder)
        bases = prepared(runs, folder)
        found["uninterrupted"] = {b.name: partition(b.expected) for b in bases}
        print(json.dumps({"uninterrupted": found["uninterrupted"]}), flush=True)
        for part in asked.only.split(","):
            began = time.monotonic()
            figures, faults = run(part, asked, runs, bases, folder)
            found["parts"][part] = {**figures, "minutes": round((time.monotonic() - began) / 60, 1)}
            found["faults"] += faults
            kept(asked.json, found)
            print(json.dumps({part: found["parts"][part]}, indent=1, ensure_ascii=False), flush=True)
            for fault in faults:
                print(f"FAULT: {fault}", flush=True)
    return [str(fault) for fault in found["faults"]]


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
    parts = {**before.get("parts", {}), **found["parts"]}
    path.write_text(json.dumps({**found, "parts": parts}, indent=1, ensure_ascii=False) + "\n", "utf-8")
