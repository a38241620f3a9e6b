"""Collecting over a thousand feeds on loopback: `retold run` as it is, pass by pass, beside bare trafilatura.

    python -m bench.collect [--feeds N] [--entries N] [--delay S] [--pages FOLDER] [--only PASS,…] [--no-absorb]
        [--runs N] [--json FILE]

first   nothing is known: every feed, every robots.txt, every page
same    every feed answers 304
new     every feed has one new entry
feed    a new database, the text taken from the feeds alone (``text_from: feed``)

Each pass is a process of its own against the outlets of bench/loopback.py (another process), robots.txt, guard and
sandbox included; one request at a time to a host. Collecting ends where `absorb` begins. Prints Markdown: seconds of
clock and of processor (run, its workers, and the server), pages a second of clock and of processor, memory of the run
with its workers (PSS; at the start, the end, most); of each pass the median run by the clock. Bare is
``trafilatura.extract`` on the same pages.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from multiprocessing.forkserver import _forkserver
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from bench import loopback
from bench.kept import keep, middle
from bench.stages import machine
from bench.tree import sampled
from pipeline.config import Config, loads

PASSES = ("first", "same", "new", "feed")
TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_S = 0.5
BARE_PAGES = 1000


@dataclass
class Cost:
    """What a pass took, in seconds and MB; ``*_cpu`` are seconds of processor time while collecting."""

    name: str
    asked: int = 0
    pages: int = 0
    articles: int = 0
    clock: float = 0.0
    run_cpu: float = 0.0
    workers_cpu: float = 0.0
    server_cpu: float = 0.0
    absorb: float = 0.0  # clock, after collecting
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    began: float = 0.0  # time.monotonic(), the same for all processes
    memory: tuple[int, int, int] = (0, 0, 0)  # start, end, most


# ── One pass, in a process of its own ──


def config(feeds: int, delay: float, text_from: str, workers: int) -> Config:
    """A configuration that follows all the outlets."""
    sources = {
        f"outlet{n}": {
            "name": f"Outlet {n}", "owner": f"Outlet {n}", "country": "XX", "language": "en", "role": "publisher",
            "homepage": f"http://{loopback.host(n)}/", "text_from": text_from,
            "feeds": [f"http://{loopback.host(n)}/feed"],
        }
        for n in range(feeds)
    }  # fmt: skip
    agent = "RetoldBench/0.1 (+https://retold.example/about)"
    http = {"user_agent": agent, "delay_s": delay, "workers": workers, "max_seconds": 3600}
    return loads(json.dumps({"http": http, "sources": sources}), "bench.yaml")


def run_pass(name: str, db: Path, port: int, feeds: int, delay: float, workers: int, absorbing: bool) -> Cost:
    """Run once as `retold run` does, and measure collecting by itself."""
    settings = config(feeds, delay, "feed" if name == "feed" else "page", workers)
    began, before = time.monotonic(), time.process_time()  # after config.yaml, as a pass of cron's pays it once too
    from pipeline import run as running

    cost, absorb = Cost(name, began=began), running.absorb

    def collected(*args: Any, **more: Any) -> Any:
        cost.clock, cost.run_cpu = time.monotonic() - began, time.process_time() - before
        cost.workers_cpu = children_cpu()
        return absorb(*args, **more) if absorbing else running.Absorbed()

    running.absorb = collected
    routes = {loopback.host(n): ("127.0.0.1", port) for n in range(feeds)}
    done = running.run(settings, db, force=True, routes=routes)
    cost.absorb = time.monotonic() - began - cost.clock
    cost.outcomes, cost.articles = done.outcomes, done.articles
    cost.asked = sum(n for codes in done.outcomes.values() for n in codes.values())
    cost.pages = done.outcomes.get("page", {}).get("ok", 0)
    return cost


def children_cpu() -> float:
    """Processor seconds of the workers, which are children of multiprocessing's fork server."""
    return cpu(_forkserver._forkserver_pid) if _forkserver._forkserver_pid else 0.0


# ── Around it ──


def cpu(pid: int) -> float:
    """Processor seconds of a process, and of its children that are gone."""
    stated = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, stated[11:15])) / TICKS


@contextmanager
def outlets(asked: argparse.Namespace) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The server's process and port."""
    args = [sys.executable, "-m", "bench.loopback", "--feeds", str(asked.feeds), "--entries", str(asked.entries)]
    args += ["--pages", str(asked.pages)] if asked.pages else []
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin and server.stdout
        yield server, int(server.stdout.readline())
        server.stdin.close()


def measured(name: str, db: Path, server: subprocess.Popen[str], port: int, asked: argparse.Namespace) -> Cost:
    """One pass in a process of its own."""
    turn = HTTPConnection("127.0.0.1", port)
    turn.request("GET", f"/turn/{int(name == 'new')}", headers={"Host": loopback.CONTROL})
    turn.getresponse().read()
    given = [name, str(db), port, asked.feeds, asked.delay, asked.workers, not asked.no_absorb]
    before = cpu(server.pid)
    args = [sys.executable, "-m", "bench.collect", "--child", json.dumps(given)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as child, sampled(child.pid, SAMPLE_S) as memory:
        said = child.communicate()[0]
    cost = Cost(**json.loads(said.splitlines()[-1]))
    cost.server_cpu = cpu(server.pid) - before
    cost.memory = span([held >> 20 for at, held in memory if at < cost.began + cost.clock])
    return cost


def span(series: list[int]) -> tuple[int, int, int]:
    """Means of the second and of the last tenth (the first is starting up), and the most."""
    tenth = max(1, len(series) // 10)
    return (
        (round(mean(series[tenth : 2 * tenth] or series)), round(mean(series[-tenth:])), max(series))
        if series
        else (0, 0, 0)
    )


def bare(bodies: list[bytes]) -> tuple[float, float]:
    """(pages a second of clock, of processor) of trafilatura alone, in this process."""
    from trafilatura import extract

    extract(bodies[0], include_comments=False)  # what is loaded with the first page
    clock, spent = time.perf_counter(), time.process_time()
    for body in bodies:
        extract(body, include_comments=False)
    return len(bodies) / (time.perf_counter() - clock), len(bodies) / (time.process_time() - spent)


def bare_in(processes: int, bodies: list[bytes]) -> tuple[float, float]:
    """The same in so many processes at once: the sum, and the mean a processor."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        found = pool.map(bare, [bodies[n::processes] for n in range(processes)], chunksize=1)
    return sum(clock for clock, _ in found), mean(spent for _, spent in found)


def report(costs: list[Cost]) -> Iterator[str]:
    """Markdown: a row a pass."""
    yield (
        "| pass | asked | pages | articles | clock s | run CPU s | ms a request | workers CPU s | pages/s | pages/s of"
        " workers' CPU | server CPU s | MB start, end, most | absorb s |"
    )
    yield "|---" * 13 + "|"
    for c in costs:
        rate = f"{c.pages / c.clock:.1f} | {c.pages / c.workers_cpu:.1f}" if c.pages else "– | –"
        yield (
            f"| {c.name} | {c.asked:,} | {c.pages:,} | {c.articles:,} | {c.clock:.1f} | {c.run_cpu:.1f}"
            f" | {1000 * c.run_cpu / max(c.asked, 1):.2f} | {c.workers_cpu:.1f} | {rate} | {c.server_cpu:.1f}"
            f" | {', '.join(map(str, c.memory))} | {c.absorb:.1f} |"
        )


def compare(asked: argparse.Namespace) -> list[tuple[int, float, float]]:
    """(processes, pages a second of clock, of processor) of bare trafilatura in 1 and 2 processes."""
    web = loopback.made(min(asked.feeds, 100), asked.entries, asked.pages)
    bodies = list(loopback.some_pages(web, BARE_PAGES))
    return [(n, *bare_in(n, bodies)) for n in (1, 2)]


def main() -> None:
    """Serve, run the passes, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=40)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between two requests to one host (default 0)")
    parser.add_argument("--workers", type=int, default=0, help="processes that parse (default: one a core)")
    parser.add_argument("--pages", type=Path, help="a folder of saved pages to serve instead of generated ones")
    parser.add_argument("--only", default=",".join(PASSES), help="passes, in this order")
    parser.add_argument("--no-absorb", action="store_true", help="leave comparing and grouping out")
    parser.add_argument("--no-bare", action="store_true")
    parser.add_argument("--keep", type=Path, help="a folder for the databases")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=1, help="how often, each with new databases")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    if asked.child:
        name, db, *more = json.loads(asked.child)
        print(json.dumps(asdict(run_pass(name, Path(db), *more))))
        return
    with TemporaryDirectory(prefix="retold-collect-") as made, outlets(asked) as (server, port):
        passes: dict[str, list[Cost]] = {name: [] for name in asked.only.split(",")}
        for run in range(asked.runs):
            folder = (asked.keep or Path(made)) / (f"run-{run}" if asked.runs > 1 else "")
            folder.mkdir(parents=True, exist_ok=True)
            for name, costs in passes.items():
                db = folder / ("feed.db" if name == "feed" else "page.db")
                costs.append(measured(name, db, server, port, asked))
                print(json.dumps(asdict(costs[-1])), file=sys.stderr)
    shown = [middle(costs, lambda c: c.clock) for costs in passes.values()]
    print(
        f"{machine()}; {asked.feeds} feeds of {asked.entries}, delay {asked.delay:g} s\n\n" + "\n".join(report(shown))
    )
    bare = [] if asked.no_bare else compare(asked)
    for n, clock, spent in bare:
        print(f"\nbare trafilatura, {n} process{'es' * (n > 1)}: {clock:.1f} pages/s, {spent:.1f} a second of CPU")
    rows = [{**asdict(cost), "run": run} for costs in passes.values() for run, cost in enumerate(costs)]
    keep(
        asked.json, machine(), rows, feeds=asked.feeds, entries=asked.entries, delay_s=asked.delay,
        bare=[{"processes": n, "pages_a_second": clock, "pages_a_cpu_second": spent} for n, clock, spent in bare],
    )  # fmt: skip


if __name__ == "__main__":
    main()
