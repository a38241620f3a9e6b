"""The week itself: cron starts the real pipeline every fifteen simulated minutes."""

from __future__ import annotations

import json
import math
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bench.reliability.week.clock import Clock
from bench.reliability.week.press import START, Press, Site
from bench.reliability.week.press import press as made_press
from bench.reliability.week.server import serving
from bench.reliability.week.weather import our_clock
from bench.reliability.week.weather import weather as made_weather
from bench.reliability.week.world import World
from pipeline.config import Config, loads
from pipeline.run import run

EVERY = timedelta(minutes=15)
INTERVALS = (3600, 7200, 14400)
HTTP = {
    "user_agent": "Retold/0.1 (+https://retold.invalid/week)", "delay_s": 0.1, "concurrency": 32, "workers": 1,
    "feed_timeout_s": 3, "page_timeout_s": 3, "max_seconds": 600,
}  # fmt: skip


@dataclass(slots=True)
class Cron:
    """One run: when it truly began, and what it cost."""

    at: datetime
    seconds: float  # real
    articles: int  # new ones, by its own count
    edited: int
    bytes: int  # of the database, with its log, when it ended
    codes: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class Played:
    """What a week came to."""

    world: World
    clock: Clock
    path: Path
    runs: list[Cron] = field(default_factory=list)
    wal: int = 0  # bytes at most
    seconds: float = 0.0


def interval_s(site: Site) -> int:
    """How often a site's feeds are asked, in seconds."""
    return INTERVALS[site.number % len(INTERVALS)]


def config(made: Press) -> Config:
    """A configuration that follows all feeds, each site a source."""
    sources = {
        f"site{site.number}": {
            "name": f"Site {site.number}", "owner": f"Owner {site.number}", "country": "DE", "language": "en",
            "role": "publisher", "homepage": f"http://{site.host}/", "text_from": site.text_from,
            "interval": interval_s(site), "feeds": [f.url for f in made.feeds if f.site is site],
        }
        for site in made.sites
    }  # fmt: skip
    return loads(json.dumps({"http": HTTP, "sources": sources}), "week.yaml")


@contextmanager
def watched(path: Path, played: Played, every: float = 0.1) -> Iterator[None]:
    """Note how large the write-ahead log becomes."""
    over, log = threading.Event(), path.with_name(path.name + "-wal")

    def look() -> None:
        while not over.wait(every):
            played.wal = max(played.wal, size(log))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def size(path: Path) -> int:
    """Bytes of a file, none where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def starts(clock: Clock, end: datetime, seed: int) -> Iterator[datetime]:
    """When cron starts a run: a few seconds late, and not while the machine is down."""
    rng, at = random.Random(seed), START
    while at < end:
        if not clock.wrong.off.holds(at):
            yield at + timedelta(seconds=rng.uniform(0, 20))
        at += EVERY


def prepared(feeds: int, days: float, seed: int, path: Path, without: Collection[str] = ()) -> Played:
    """A week before it begins, ``without`` some kinds of weather; the same for the same seed."""
    made = made_press(feeds, days, seed)
    clock = Clock(START, our_clock(made.end))
    return Played(World(made, made_weather(made, seed, without), clock.now), clock, path)


def play(
    played: Played, seed: int, tell: Callable[[str], None] = lambda line: None, most_s: float = math.inf
) -> Played:
    """Play a week that was prepared; ``tell`` gets a line a simulated hour. After ``most_s`` real seconds it ends where
    it is."""
    began = time.monotonic()
    made, settings = played.world.press, config(played.world.press)
    with serving(played.world) as (address, nowhere), watched(played.path, played):
        for at in starts(played.clock, made.end, seed):
            played.clock.jump(at)
            played.world.run = len(played.runs)
            played.runs.append(_cron(played, settings, at, address, nowhere))
            if len(played.runs) % 4 == 0:
                tell(_line(played))
            if time.monotonic() - began > most_s:
                made.end = at + EVERY
                break
    played.seconds = time.monotonic() - began
    return played


def _cron(played: Played, settings: Config, at: datetime, address: tuple[str, int], nowhere: tuple[str, int]) -> Cron:
    """One run of the real pipeline."""
    routes = {host: address if open_ else nowhere for host, open_ in played.world.hosts(at).items()}
    began = time.monotonic()
    done = run(settings, played.path, routes=routes, clock=played.clock.ours)
    spent = time.monotonic() - began
    held = size(played.path) + size(played.path.with_name(played.path.name + "-wal"))
    return Cron(at, spent, done.articles, done.edited, held, done.outcomes)


def _line(played: Played) -> str:
    last = played.runs[-1]
    asked, articles = len(played.world.log), sum(r.articles for r in played.runs)
    spent = sum(r.seconds for r in played.runs)
    return (
        f"{last.at:%a %H:%M} run {len(played.runs)}: {asked:,} requests, {articles:,} articles,"
        f" {last.bytes / 1e6:.1f} MB, {spent:.0f} s, the last {last.seconds:.1f} s"
    )
