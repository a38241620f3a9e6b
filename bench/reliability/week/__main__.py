"""A simulated week: 300 feeds on loopback with all kinds of weather, the real pipeline every 15 minutes of their time.

    python -m bench.reliability.week [--feeds N] [--days N] [--seed N] [--minutes N]
        [--keep FOLDER [--again]] [--json FILE]

The sites know the truth: every piece's first publication, wordings, address, and what it copies. The run's clock is
theirs, but for two jumps of our own and a pause; within a run time passes as it does, so that pauses of seconds
(Crawl-delay, short Retry-After) are real ones and those of hours are simulated, on one scale. ``--keep`` leaves the
database and the sites' log in a folder, ``--again`` judges what lies there.
"""

from __future__ import annotations

import argparse
import json
import pickle
import platform
import sqlite3
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from bench.reliability.week.manners import Manners, manners
from bench.reliability.week.outcome import Outcome, outcome
from bench.reliability.week.play import Played, play, prepared
from bench.reliability.week.press import START
from bench.stages import machine

FILE = Path("bench/results/reliability-week.json")
LIBRARIES = ("Scrapy", "Twisted", "feedparser", "trafilatura", "lxml")


def figures(played: Played, asked: argparse.Namespace) -> dict[str, Any]:
    """All that was measured, ready for JSON."""
    seconds = [r.seconds for r in played.runs]
    return {
        "machine": machine(),
        "command": f"python -m bench.reliability.week --feeds {asked.feeds} --days {asked.days:g} --seed {asked.seed}",
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
        | {name: version(name) for name in LIBRARIES},
        "feeds": asked.feeds,
        "days": round((played.world.press.end - START) / timedelta(days=1), 2),
        "runs": len(played.runs),
        "seconds": round(played.seconds),
        "run_seconds": {
            "p50": round(median(seconds), 2),
            "p95": round(quantiles(seconds, n=20)[-1], 2) if len(seconds) > 1 else seconds[0],
            "most": round(max(seconds), 2),
        },
        "weather": dict(sorted(played.world.weather.count.items())),
        "manners": manners(played).as_dict(),
        "outcome": outcome(played).as_dict(),
    }


def faults(found: dict[str, Any]) -> int:
    """How much of it should not be."""
    return Manners(**found["manners"]).violations() + Outcome(**found["outcome"]).faults()


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The figures for people."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield f"\n{name}"
            yield from (f"  {key:28} {_shown(one)}" for key, one in value.items())
        else:
            yield f"{name:12} {_shown(value)}"
    yield f"\nfaults and violations: {faults(found)}"


def _shown(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], str):
        return "".join(f"\n    {one}" for one in value)
    return f"{value:,}" if isinstance(value, int) else json.dumps(value)


def kept(folder: Path, asked: argparse.Namespace) -> Played:
    """The week that lies in a folder."""
    played = prepared(asked.feeds, asked.days, asked.seed, folder / "week.db")
    log, played.runs, played.wal, played.seconds, played.world.press.end = pickle.loads(
        (folder / "log.pickle").read_bytes()
    )
    played.world.log = log
    return played


def main() -> None:
    """Play, judge, print; the exit status is 1 where something should not be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0, help="of real time; then the week ends where it is")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--again", action="store_true", help="judge what lies in that folder")
    parser.add_argument("--json", type=Path, default=FILE, metavar="FILE")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="retold-week-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if asked.again:
            played = kept(folder, asked)
        else:
            tell = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
            played = play(
                prepared(asked.feeds, asked.days, asked.seed, folder / "week.db"), asked.seed, tell, 60 * asked.minutes
            )
            state = (played.world.log, played.runs, played.wal, played.seconds, played.world.press.end)
            (folder / "log.pickle").write_bytes(pickle.dumps(state))
        found = figures(played, asked)
    print("\n".join(lines(found)))
    asked.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    sys.exit(faults(found) > 0)


if __name__ == "__main__":
    main()
