"""What adaptive polling spares, and how much later articles are seen for it: feeds with the rhythms of news, played.

    python -m bench.polling [--days N] [--json FILE]

Each feed publishes by a Poisson process whose rate goes with the hour and the day of the week; cron comes every quarter
of an hour. Three ways to decide when a feed is asked: at its interval, by pipeline/polling.py, and by steps alone
(doubling with each answer without news up to the slowest, back to the interval with news), as other collectors do.
A lag is the time from publication to the run that sees it; a piece that left the feed before any run saw it is lost.
Deterministic: the same figures on any machine.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

from pipeline import polling
from pipeline.polling import Answer, Bounds, Pace, first, paced, turn_s

FILE = Path("bench/results/polling.json")
DAY_S, HOUR_S, CRON_S = 86_400, 3600, 900
SLOWEST_S = 6 * HOUR_S
SILENCE_S = 4 * HOUR_S  # after so long the next piece is a morning's first, or breaking news
WEEKEND = 0.6

NEWSDAY = (.05, .02, .02, .02, .1, .4, .8, 1, 1.2, 1.3, 1.3, *(1.2,) * 6, 1.1, 1, .8, .6, .5, .4, .2)  # fmt: skip
DESK = (*(0,) * 6, 0.8, 1, 1.2, 1.3, 1.3, *(1.2,) * 6, 1.1, 1, 0.8, 0.6, 0.5, 0, 0)  # nobody there from 22 to 6
MORNING = (*(0,) * 5, 8, 4, 1, *(0.2,) * 12, *(0,) * 4)
ALWAYS = (1,) * 24


@dataclass(frozen=True)
class Rhythm:
    """A kind of feed: pieces a day, their share by hour, entries that the feed holds, its interval."""

    name: str
    per_day: float
    hours: Sequence[float]
    window: int
    interval_s: int

    @property
    def night(self) -> bool:
        """Whether it is silent every night."""
        return 0 in self.hours


RHYTHMS = (
    Rhythm("agency, day and night", 300, NEWSDAY, 50, 900),
    Rhythm("large newsroom", 80, NEWSDAY, 30, 900),
    Rhythm("newsroom, 15 min", 25, DESK, 20, 900),
    Rhythm("newsroom, 30 min", 25, DESK, 20, 1800),
    Rhythm("regional paper", 8, DESK, 15, 1800),
    Rhythm("morning paper", 12, MORNING, 12, 1800),
    Rhythm("section of a magazine", 1.5, ALWAYS, 10, 3600),
    Rhythm("weekly column", 1 / 3, ALWAYS, 10, 1800),
)


@dataclass
class Played:
    """What a feed's weeks came to; times in seconds."""

    asked: int = 0
    lost: int = 0
    gaps: int = 0  # answers of which nothing was known
    lags: list[float] = field(default_factory=list)
    mornings: list[float] = field(default_factory=list)  # lags of first pieces after a silence


def published(rhythm: Rhythm, days: int, seed: int) -> list[float]:
    """Seconds from the beginning at which a feed gets a piece; the same for the same seed."""
    rng = random.Random(f"{rhythm.name} {seed}")
    found: list[float] = []
    for hour in range(24 * days):
        weight = (1 if hour // 24 % 7 < 5 else WEEKEND) / sum(rhythm.hours)
        rate = rhythm.per_day * weight * rhythm.hours[hour % 24]
        at = rng.expovariate(rate) if rate else 1.0
        while at < 1:
            found.append((hour + at) * HOUR_S)
            at += rng.expovariate(rate)
    return found


Policy = Callable[[Pace, Answer, Bounds], Pace]


def fixed(_: Pace, __: Answer, bounds: Bounds) -> Pace:
    """At the interval."""
    return first(bounds)


def stepped(before: Pace, answer: Answer, bounds: Bounds) -> Pace:
    """Twice as long after each answer without news, at the interval after one with news."""
    return first(bounds) if answer.new else Pace(bounds.kept(2 * before.wait_s))


POLICIES: dict[str, Policy] = {"interval": fixed, "steps alone": stepped, "adaptive": paced}


def played(rhythm: Rhythm, policy: Policy, days: int, slowest_s: int = SLOWEST_S, seed: int = 1) -> Played:
    """A feed's days under a policy."""
    pieces, bounds, found = published(rhythm, days, seed), Bounds.of(rhythm.interval_s, slowest_s), Played()
    pace, last, due, seen = first(bounds), 0.0, 0.0, 0
    for now in crons(days, seed):
        if now < due:
            continue
        upto = next((n for n in range(seen, len(pieces)) if pieces[n] > now), len(pieces))
        _heard(found, rhythm, pieces, seen, upto, now)
        if found.asked > 1:
            answer = Answer(now - last, min(upto, rhythm.window), min(upto - seen, rhythm.window))
            pace = policy(pace, answer, bounds)
        last, due, seen = now, now + turn_s(pace.wait_s), upto
    return found


def crons(days: int, seed: int) -> Iterator[float]:
    """When runs begin: a few seconds late."""
    rng = random.Random(seed)
    yield from (at + rng.uniform(0, 20) for at in range(0, days * DAY_S, CRON_S))


def _heard(found: Played, rhythm: Rhythm, pieces: Sequence[float], seen: int, upto: int, now: float) -> None:
    """Count what an answer brought."""
    found.asked += 1
    begin = max(seen, upto - rhythm.window)
    found.lost += begin - seen
    found.gaps += seen > 0 and upto - seen >= rhythm.window
    found.lags += [now - at for at in pieces[begin:upto]]
    found.mornings += [now - pieces[n] for n in range(max(begin, 1), upto) if pieces[n] - pieces[n - 1] > SILENCE_S]


# -- figures


def figures(runs: Sequence[Played], days: int) -> dict[str, Any]:
    """Of several feeds together: requests a day, lags in minutes."""
    lags = sorted(lag for run in runs for lag in run.lags)
    mornings = sorted(lag for run in runs for lag in run.mornings)
    return {
        "requests_a_day": round(sum(r.asked for r in runs) / days, 1),
        "lag_min": {"median": minutes(median(lags)), "mean": minutes(fmean(lags)), "p95": minutes(share(lags, 0.95)),
                    "most": minutes(lags[-1])},
        "after_silence_min": {"median": minutes(median(mornings)), "p95": minutes(share(mornings, 0.95)),
                              "most": minutes(mornings[-1])} if mornings else None,
        "lost": sum(r.lost for r in runs),
        "gaps": sum(r.gaps for r in runs),
    }  # fmt: skip


def minutes(seconds: float) -> float:
    """As minutes."""
    return round(seconds / 60, 1)


def share(ordered: Sequence[float], part: float) -> float:
    """The value below which ``part`` of the others lie."""
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def measured(days: int) -> dict[str, Any]:
    """Everything, ready for JSON."""
    by_rhythm = {r.name: {name: figures([played(r, p, days)], days) for name, p in POLICIES.items()} for r in RHYTHMS}
    together = {name: figures([played(r, p, days) for r in RHYTHMS], days) for name, p in POLICIES.items()}
    slowest = {
        f"{hours} h": figures([played(r, paced, days, hours * HOUR_S) for r in RHYTHMS], days)
        for hours in (2, 4, 6, 12, 24)
    }
    chosen = {"step": polling.STEP, "back": polling.BACK, "fair_s": polling.FAIR_S, "memory_s": polling.MEMORY_S}
    return {
        "command": f"python -m bench.polling --days {days}", "days": days, "cron_s": CRON_S, "slowest_s": SLOWEST_S,
        "constants": chosen, "together": together, "slowest": slowest, "by_rhythm": by_rhythm,
    }  # fmt: skip


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The figures for people."""
    yield f"{'':24} {'requests':>9} {'median':>7} {'mean':>6} {'p95':>6} {'most':>6} {'after silence':>14} {'lost':>5}"
    for title, rows in (("together", found["together"]), ("adaptive, by slowest", found["slowest"]),
                        *found["by_rhythm"].items()):  # fmt: skip
        yield title
        for name, row in rows.items():
            lag, night = row["lag_min"], row["after_silence_min"]
            silence = f"{night['median']:.0f}, {night['most']:.0f}" if night else ""
            yield (f"  {name:22} {row['requests_a_day']:9.1f} {lag['median']:7.1f} {lag['mean']:6.1f} {lag['p95']:6.1f}"
                   f" {lag['most']:6.1f} {silence:>14} {row['lost']:5}")  # fmt: skip


def main() -> None:
    """Play, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=56)
    parser.add_argument("--json", type=Path, default=FILE, metavar="FILE")
    asked = parser.parse_args()
    found = measured(asked.days)
    print("\n".join(lines(found)))
    asked.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
