"""What a rebuild takes from a million to ten billion articles: storage, shuffle, skew, time and money, simulated.

usage: PYTHONPATH=. python -m bench.capacity FILE.json [--core-hour DOLLARS …]

The file has rows of ``bench.batch --stories`` at several densities (articles a day): what an article costs at each
stage, in processor seconds and bytes. The cost of a sweep is fitted as a + b × density, since whom an article is
compared with lies within a window; all else is linear. Each archive is then played as a cluster would work it off: its
days have a week's rhythm and a heavy tail of busy days (log-normal), blocks become tasks, a task takes memory by the
articles of a window and works on as many cores as that memory belongs to, and nodes die (Poisson) with what they were
at. A window that no node holds, or that would keep one for more than an hour, is divided into parts, and each two of
them are a task: what is signed then goes through the network packed, once for each part. Prices are what the options
say; nothing here asks a cloud.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.batch.sweep import blocks_for
from pipeline.blocking import window_days
from pipeline.config import Config
from pipeline.signatures import recipe
from pipeline.verdict import VERDICT

# (articles, years that they lie over, cores)
ARCHIVES = ((10**6, 1, 2), (10**7, 2, 16), (10**8, 5, 128), (10**9, 10, 1024), (10**10, 10, 8192))
BUSY = 0.35  # sigma of the log-normal factor of a day
WEEK = (1.1, 1.15, 1.15, 1.15, 1.1, 0.7, 0.65)  # Monday to Sunday
PACKED = 12_000  # bytes of a signed article (blocking.Signed), where a window is divided
LONGEST = 3_600.0  # seconds of a task
EDGE = 40  # bytes of an edge on the driver: two ids, a probability, the component
DRIVER_GB = 256
HOUR, GB = 3600.0, 1e9


@dataclass(frozen=True)
class Price:
    """In dollars; of rented machines and object storage."""

    core_hour: float = 0.05
    gb_month: float = 0.023
    node_cores: int = 16
    node_gb: float = 128.0
    deaths: float = 0.002  # of a node, an hour: spot machines are taken back


@dataclass(frozen=True)
class Unit:
    """What one article costs, measured."""

    linear: float  # processor seconds of all stages but the sweep
    sweep: float  # of the sweep, whatever lies beside it
    crowd: float  # and for each article a day besides
    text: float  # bytes of Parquet
    scratch: float
    edges: float
    window: float  # bytes of memory for an article in a window


@dataclass(frozen=True)
class Plan:
    """One archive, worked off."""

    articles: int
    years: int
    cores: int
    a_day: float
    blocks: int
    signed: float  # times that an article is signed, on average
    parts: int  # of a window, at most
    task_gb: float
    hours: float
    busy: float  # share of the cores' time
    lost: int  # tasks that died with their node
    core_hours: float
    stored_gb: float
    shuffled_gb: float
    edges: float
    money: float


def measured(rows: Sequence[dict[str, Any]]) -> Unit:
    """The costs of an article from native rows of ``bench.batch --stories``; two densities at least."""
    own = [r for r in rows if r["what"] == "stories" and r["on"] == "native" and not r["skew"]]
    if len({r["articles"] / r["days"] for r in own}) < 2:
        raise SystemExit("wants rows of --stories at two densities (--days)")
    largest = max(own, key=lambda r: r["articles"])
    cores = largest["cores"]
    dense = np.array([r["articles"] / r["days"] for r in own])
    cost = np.array([r["stages"]["sweep"] * cores / r["articles"] for r in own])
    crowd, sweep = np.polyfit(dense, cost, 1)
    n = largest["articles"]
    linear = sum(s for k, s in largest["stages"].items() if k != "sweep") * cores / n
    a_window = largest["articles"] / largest["days"] * (reach() + 1)
    return Unit(
        linear=linear, sweep=max(sweep, 0.0), crowd=max(crowd, 0.0), text=largest["source"] / n,
        scratch=sum(largest["scratch"].values()) / n, edges=largest["matches"] / n,
        window=largest["peak"] / cores / min(a_window, n),
    )  # fmt: skip


def reach() -> int:
    """Days of a window."""
    return window_days(recipe(Config(), VERDICT))


def days(articles: int, years: int, rng: np.random.Generator) -> dict[int, int]:
    """Day → its articles."""
    count = 365 * years
    weight = np.array([WEEK[d % 7] for d in range(count)]) * rng.lognormal(0, BUSY, count)
    return dict(enumerate(rng.poisson(articles * weight / weight.sum()).tolist()))


def plan(articles: int, years: int, cores: int, unit: Unit, price: Price) -> Plan:
    """Play one archive."""
    rng = np.random.default_rng(articles)
    held = days(articles, years, rng)
    window = reach()
    found = blocks_for(held, cores, window)
    own = [sum(held[d] for d in range(a, b + 1)) for a, b in found]
    beside = [sum(held.get(d, 0) for d in range(b + 1, b + 1 + window)) for _, b in found]
    widest = [max(sum(held.get(e, 0) for e in range(d - window, d + 1)) for d in range(a, b + 1)) for a, b in found]
    work = [(o + n) * (unit.sweep + unit.crowd * w / (window + 1)) for o, n, w in zip(own, beside, widest, strict=True)]
    needs = [w * unit.window / GB for w in widest]
    parts = [divided(s, gb, price) for s, gb in zip(work, needs, strict=True)]
    tasks = [(s / (p * (p + 1) // 2), min(gb, 2 * gb / p)) for s, gb, p in zip(work, needs, parts, strict=True)
             for _ in range(p * (p + 1) // 2)]  # fmt: skip
    seconds, lost = played(tasks, cores, price, rng)
    rest = articles * unit.linear / cores
    total = seconds + rest
    core_hours = total * cores / HOUR
    stored = articles * (unit.text + unit.scratch) / GB
    shuffled = articles * unit.text * (1 + sum(beside) / articles) / GB + articles * unit.scratch * 0.5 / GB
    shuffled += sum((o + n) * p for o, n, p in zip(own, beside, parts, strict=True) if p > 1) * PACKED / GB
    money = core_hours * price.core_hour + stored * price.gb_month / 30 * max(1.0, total / HOUR / 24)
    return Plan(
        articles=articles, years=years, cores=cores, a_day=articles / (365 * years), blocks=len(found),
        signed=1 + sum(beside) / articles, parts=max(parts), task_gb=max(gb for _, gb in tasks), hours=total / HOUR,
        busy=(sum(work) + articles * unit.linear) / (total * cores), lost=lost, core_hours=core_hours,
        stored_gb=stored, shuffled_gb=shuffled, edges=articles * unit.edges, money=money,
    )  # fmt: skip


def divided(seconds: float, gb: float, price: Price) -> int:
    """Into how many parts a window is divided: two of them fit a node, and keep it for ``LONGEST`` at most."""
    parts = 1 if gb <= price.node_gb else math.ceil(2 * gb / price.node_gb)
    while seconds / (parts * (parts + 1) // 2) / price.node_cores > LONGEST:
        parts += 1
    return parts


def played(
    tasks: Sequence[tuple[float, float]], cores: int, price: Price, rng: np.random.Generator
) -> tuple[float, int]:
    """(seconds until the last task is done, tasks that were begun again): each task (processor seconds, GB), the
    longest first, on the node that has room for it earliest; a node that dies costs what runs on it, and another takes
    its place."""
    per_node = max(1, min(price.node_cores, cores))
    nodes = max(1, math.ceil(cores / per_node))
    slots = [(0.0, n) for n in range(nodes) for _ in range(per_node)]
    heapq.heapify(slots)
    lost, ends = 0, 0.0
    for work, gb in sorted(tasks, reverse=True):
        # cores whose memory it fills, and no fewer than it takes to be done in time
        takes = max(1, math.ceil(gb / (price.node_gb / per_node)), math.ceil(work / LONGEST))
        takes = min(takes, per_node)
        seconds = work / takes
        took = [heapq.heappop(slots) for _ in range(min(takes, len(slots)))]
        begin = max(t for t, _ in took)
        while rng.random() < 1 - math.exp(-price.deaths * seconds / HOUR):
            begin += seconds * rng.random()
            lost += 1
        for _, node in took:
            heapq.heappush(slots, (begin + seconds, node))
        ends = max(ends, begin + seconds)
    return ends, lost


def table(plans: Sequence[Plan]) -> Iterator[str]:
    """A row an archive."""
    heads = ("articles", "years", "a day", "cores", "blocks", "signed, times", "parts", "GB a task", "hours",
             "cores busy", "tasks lost", "core hours", "stored GB", "shuffled GB", "edges", "on the driver",
             "dollars")  # fmt: skip
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for p in plans:
        edges = f"{p.edges * EDGE / GB:,.1f} GB" + (", too many" if p.edges * EDGE / GB > DRIVER_GB else "")
        cells = (f"{p.articles:,}", p.years, f"{p.a_day:,.0f}", f"{p.cores:,}", f"{p.blocks:,}", f"{p.signed:.2f}",
                 p.parts, f"{p.task_gb:,.1f}", f"{p.hours:,.1f}", f"{p.busy:.0%}", p.lost, f"{p.core_hours:,.0f}",
                 f"{p.stored_gb:,.0f}", f"{p.shuffled_gb:,.0f}", f"{p.edges:,.0f}", edges,
                 f"{p.money:,.0f}")  # fmt: skip
        yield f"| {' | '.join(map(str, cells))} |"


def told(u: Unit) -> str:
    """What an article costs, in words."""
    processor = f"{1000 * u.sweep:.2f} ms of a core in its sweep and {1e6 * u.crowd:.3f} µs for each article of its day"
    size = f"{u.text:,.0f} bytes of text in Parquet, {u.scratch:,.0f} of scratch, {u.window / 1000:,.0f} kB in a window"
    return f"An article: {processor}, {1000 * u.linear:.2f} ms in all other stages, {size}, {u.edges:.2f} edges."


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", type=Path, metavar="FILE", help="of bench.batch --json")
    for name, value in Price().__dict__.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    asked = parser.parse_args()
    price = Price(**{name: getattr(asked, name) for name in Price().__dict__})
    unit = measured(json.loads(asked.measured.read_text("utf-8"))["rows"])
    print(told(unit) + "\n")
    print("\n".join(table([plan(*archive, unit, price) for archive in ARCHIVES])))


if __name__ == "__main__":
    main()
