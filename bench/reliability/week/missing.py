"""Why a piece never came: what its feeds offered, when they were asked, and what they had told us."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from bench.reliability.week.play import Played, interval_s
from bench.reliability.week.press import HOUR, START, Feed, Piece
from bench.reliability.week.world import Asked
from pipeline.config import PollingSettings

NEAR = timedelta(seconds=60)
SLOWEST_S = PollingSettings().slowest_s  # that a quiet feed is left alone by our own choice
SLACK_S = 15 * 60 + 90  # cron comes every quarter of an hour, some seconds late, and a run lasts
# Where a piece stood in its feed and never came to us: not of our doing, or by our own rules; the rest is a fault.
UNAVOIDABLE = ("not offered", "no run while it stood there", "told to wait", "fresh for longer", "feed gone")
OUR_RULES = ("backing off after failures", "our clock was wrong", "between two visits")
LATER = ("still in its feed",)


def decided(reasons: set[str]) -> tuple[bool, str]:
    """(is it a fault, the reason that counts): of several feeds the one that gave us the best chance."""
    order = (*LATER, *OUR_RULES, *UNAVOIDABLE)
    faults = reasons - set(order)
    return bool(faults), min(faults) if faults else min(reasons, key=order.index)


class Chances:
    """When each feed held a piece, and when it was asked."""

    def __init__(self, played: Played, db: sqlite3.Connection) -> None:
        self.played, self.world, self.db = played, played.world, db
        self.carriers: dict[int, list[Feed]] = defaultdict(list)
        for feed in self.world.press.feeds:
            for number in feed.shown:
                self.carriers[number].append(feed)
        self.asks: dict[int, list[Asked]] = defaultdict(list)
        for asked in self.world.log:
            if asked.kind == "feed":
                self.asks[self.world.feeds[asked.host, asked.path].number].append(asked)

    def windows(self, piece: Piece) -> Iterator[tuple[Feed, datetime, datetime, bool]]:
        """(feed, from, until, does it stand there still) while the week lasted."""
        end = self.world.press.end
        for feed in self.carriers[piece.number]:
            for begin, over in feed.shown[piece.number]:
                if begin < end and (over is None or over > START):
                    yield feed, max(begin, START), min(over or end, end), over is None or over >= end

    def reasons(self, piece: Piece, feed: Feed, begin: datetime, over: datetime, still: bool) -> Iterator[str]:
        """Why one feed did not bring it."""
        asks = self.asks[feed.number]
        if any(a.state >= 0 and begin <= a.at < over and piece in feed.items(a.at) for a in asks):
            waiting = self.db.execute(
                "SELECT 1 FROM entries WHERE url LIKE ? AND state IN ('wanted', 'partial')", [f"{piece.url}?%"]
            ).fetchone()
            yield "still in its feed" if waiting else "given and not kept"
            return
        if still:
            yield "still in its feed"
        runs = [r.at for r in self.played.runs if begin <= r.at < over]
        if not runs:
            yield "no run while it stood there"
        for run in runs:
            yield self.reason(feed, run, [a for a in asks if a.at < run])

    def reason(self, feed: Feed, run: datetime, before: list[Asked]) -> str:
        """Why a run did not get it from a feed that held it."""
        if not self.world.delivers(feed, run):
            return "not offered"
        if any(a.status == 410 for a in before):
            return "feed gone"
        last = before[-1] if before else None
        if last is None or last.state < 0:
            return "told to wait" if last and last.until and last.until > run else "backing off after failures"
        waited = (run - last.at).total_seconds()
        if waited < max(feed.max_age_s or 0, 60 * (feed.ttl_min or 0)):
            return "fresh for longer"
        if waited < max(interval_s(feed.site), SLOWEST_S) + SLACK_S:
            return "between two visits"
        return "our clock was wrong" if self.recently_wrong(run) else "not asked in time"

    def recently_wrong(self, now: datetime) -> bool:
        """Was our clock wrong in the last 26 hours, which is how long a feed may be left alone by it?"""
        wrong = self.played.clock.wrong
        return any(s.begin <= now < s.end + 26 * HOUR for s in (wrong.back, wrong.ahead))
