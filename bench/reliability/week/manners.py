"""How polite the week was, from the sites' own log: back-off, robots.txt, pace, gone feeds, and what was spared."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from bench.reliability.week.play import HTTP, Played
from bench.reliability.week.world import DELAY_S, Asked

# The server's thread sees a request some time after it was sent, which blurs short gaps; a Crawl-delay counts from the
# answer before, so that it is exact.
BLUR_S = 0.03
RULES_LAST = timedelta(hours=24, minutes=10)  # RFC 9309 §2.4; a run may have begun with rules that were fresh


@dataclass
class Manners:
    """The figures; every ``*_violations`` must be nought."""

    requests: int = 0
    answers: dict[str, int] = field(default_factory=dict)  # "feed 304" → requests
    waits_told: int = 0
    backoff_violations: int = 0
    backoff_by_a_clock_ahead: int = 0  # early in truth, but not by our clock, which had jumped
    backoff_smallest_margin_s: float | None = None
    robots_violations: int = 0  # pages asked without robots.txt, or after it could not be read
    robots_old_by_a_clock_behind: int = 0  # more than a day in truth, but not by our clock, which stood an hour back
    disallowed_violations: int = 0  # pages asked that it forbids
    crawl_delay_pairs: int = 0
    crawl_delay_violations: int = 0
    crawl_delay_smallest_s: float | None = None
    delay_shorter: int = 0  # seen closer than half the configured delay, which counts from sending (Scrapy's jitter)
    fresh_violations: int = 0  # feeds asked again while Cache-Control or ttl held
    gone_feeds: int = 0
    gone_feed_violations: int = 0
    gone_page_violations: int = 0
    host_hour_most: int = 0  # requests to one host in any 60 minutes
    host_hour_feeds_most: int = 0  # of them for feeds, redirects counted
    feed_requests: int = 0
    not_modified: int = 0
    bytes_sent: int = 0
    bytes_saved: int = 0
    examples: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def violations(self) -> int:
        """All of them."""
        return sum(value for name, value in asdict(self).items() if name.endswith("_violations"))


class _Judge:
    def __init__(self, played: Played) -> None:
        self.played, self.log, self.found = played, played.world.log, Manners()

    def blame(self, kind: str, asked: Asked, why: str) -> None:
        """Count a violation, and keep the first ones."""
        setattr(self.found, kind, getattr(self.found, kind) + 1)
        if len(self.found.examples) < 20:
            self.found.examples.append(f"{kind}: run {asked.run} {asked.at:%a %H:%M:%S} {asked.host}{asked.path} {why}")

    def backoff(self) -> None:
        """No request earlier than told: of the URL itself, after a 429 of its whole host."""
        told: dict[tuple[str, str], Asked] = {}
        margins: list[float] = []
        for asked in self.log:
            for key in ((asked.host, asked.path), (asked.host, "")):
                if before := told.get(key):
                    margin = self.judged(before, asked)
                    margins += [margin] if margin is not None else []
                    if before.until and self.believed(before, asked) >= before.until:
                        del told[key]
            if asked.until and not self.undated(asked):
                self.found.waits_told += 1
                self.longer(told, (asked.host, asked.path), asked)
                if asked.status == 429:
                    self.longer(told, (asked.host, ""), asked)
        self.found.backoff_smallest_margin_s = round(min(margins), 3) if margins else None

    @staticmethod
    def longer(told: dict[tuple[str, str], Asked], key: tuple[str, str], asked: Asked) -> None:
        """Of two waits the longer one holds."""
        before = told.get(key)
        if before is None or (before.until and asked.until and asked.until > before.until):
            told[key] = asked

    def judged(self, before: Asked, asked: Asked) -> float | None:
        """Seconds by which a request came later than it had to; a violation, and None, where it came earlier."""
        assert before.until
        margin = (asked.at - before.until).total_seconds()
        if margin >= 0:
            return margin
        if self.believed(before, asked) >= before.until:
            self.found.backoff_by_a_clock_ahead += 1
        else:
            self.blame("backoff_violations", asked, f"{-margin:.1f} s early; told by {before.path} in {before.run}")
        return None

    def undated(self, asked: Asked) -> bool:
        """A date from a server that does not say its own time, read by a clock of ours that is wrong."""
        site = self.played.world.sites.get(asked.host)
        dated = asked.until is not None and not asked.until.microsecond
        return dated and site is not None and site.clock_s is None and bool(self.wrong(asked))

    def believed(self, before: Asked, asked: Asked) -> datetime:
        """The moment of a request by what our clock had made of the time since another."""
        return asked.at + max(timedelta(), self.wrong(asked) - self.wrong(before))

    def wrong(self, asked: Asked) -> timedelta:
        """How wrong our clock was in a request's run."""
        return self.played.clock.wrong.wrong(self.played.runs[asked.run].at)

    def robots(self) -> None:
        """Pages wait for robots.txt, a day old at most, and are left alone where it says so or cannot be read."""
        good: dict[str, Asked] = {}
        bad: set[tuple[int, str]] = set()
        for asked in self.log:
            if asked.kind == "robots":
                if asked.status in (200, 404):
                    good[asked.host] = asked
                else:
                    bad.add((asked.run, asked.host))
            elif asked.kind == "page":
                self.page(asked, good.get(asked.host), (asked.run, asked.host) in bad)

    def page(self, asked: Asked, rules: Asked | None, bad: bool) -> None:
        """One page, with the robots.txt that holds."""
        if bad or rules is None or asked.at + min(timedelta(), self.wrong(asked)) - rules.at > RULES_LAST:
            self.blame("robots_violations", asked, "robots.txt could not be read" if bad else "robots.txt is old")
        elif asked.at - rules.at > RULES_LAST:
            self.found.robots_old_by_a_clock_behind += 1
        site, piece = self.played.world.sites[asked.host], self.played.world.pages[asked.host, asked.path]
        if site.robots == "closed" or (site.robots == "private" and piece.private):
            self.blame("disallowed_violations", asked, site.robots)

    def pace(self) -> None:
        """Real seconds between two requests to a host in one run."""
        by_host: dict[tuple[int, str], list[Asked]] = {}
        for asked in self.log:
            by_host.setdefault((asked.run, asked.host), []).append(asked)
        gaps: list[float] = []
        for requests in by_host.values():
            site, slow = self.played.world.sites.get(requests[0].host), False
            for one, other in pairwise(requests):
                slow = slow or (site is not None and site.robots == "delay" and other.kind in ("page", "other"))
                gaps += self.gap(one, other, slow)
        self.found.crawl_delay_pairs = len(gaps)
        self.found.crawl_delay_smallest_s = round(min(gaps), 3) if gaps else None

    def gap(self, one: Asked, other: Asked, slow: bool) -> list[float]:
        """The gap between two requests where a Crawl-delay is known; a violation where it is too short."""
        gap = other.real - one.real
        if slow and gap < DELAY_S:
            self.blame("crawl_delay_violations", other, f"{gap:.2f} s after {one.path}")
        elif gap < float(str(HTTP["delay_s"])) / 2 - BLUR_S:
            self.found.delay_shorter += 1
        return [gap] if slow else []

    def fresh(self) -> None:
        """A feed is not asked again while its answer is fresh: by Cache-Control, or by its ttl, which holds from a body
        that was read until the first failure."""
        last: dict[int, Asked] = {}
        read: dict[int, int] = {}  # feed → the state whose ttl is known
        for asked in self.log:
            feed = self.played.world.feeds.get((asked.host, asked.path))
            if feed is None or not (feed.max_age_s or feed.ttl_min):
                continue
            before = last.get(feed.number)
            if before and before.state >= 0 and self.wrong(before) == self.wrong(asked):
                waited = (asked.at - before.at).total_seconds()
                if waited < (age := max(feed.max_age_s or 0, 60 * (feed.ttl_min or 0) * (feed.number in read))):
                    self.blame("fresh_violations", asked, f"after {waited:.0f} of {age} s")
            last[feed.number] = asked
            if asked.state < 0:
                read.pop(feed.number, None)
            elif asked.status == 200 and (before is None or before.state not in (-1, asked.state)):
                read[feed.number] = asked.state

    def gone(self) -> None:
        """What answered 410 is left alone."""
        gone: set[tuple[str, str]] = set()
        for asked in self.log:
            if (asked.host, asked.path) in gone and not self.came_anew(asked):
                self.blame(f"gone_{asked.kind}_violations", asked, "answered 410 before")
            elif asked.status == 410:
                gone.add((asked.host, asked.path))
                self.found.gone_feeds += asked.kind == "feed"

    def came_anew(self, asked: Asked) -> bool:
        """A page that its feeds have put up again: edited, under another guid, or in one more feed."""
        piece = self.played.world.pages.get((asked.host, asked.path))
        feeds = [f for f in self.played.world.press.feeds if piece in f.pieces]
        return piece is not None and (
            len(piece.wordings) > 1 or piece.renamed is not None or len(feeds) > 1 or any(f.renamed for f in feeds)
        )

    def numbers(self) -> None:
        """What was asked and sent."""
        found, log = self.found, self.log
        found.requests = len(log)
        found.answers = dict(sorted(Counter(f"{a.kind} {a.status}" for a in log).items()))
        found.feed_requests = sum(a.kind == "feed" for a in log)
        found.not_modified = sum(a.status == 304 for a in log)
        found.bytes_sent, found.bytes_saved = sum(a.sent for a in log), sum(a.saved for a in log)
        found.host_hour_most = busiest_hour(log)
        found.host_hour_feeds_most = busiest_hour([a for a in log if a.kind == "feed"])


def busiest_hour(log: list[Asked]) -> int:
    """The most requests that any host had in any 60 minutes."""
    most, last = 0, dict[str, deque[datetime]]()
    for asked in log:
        line = last.setdefault(asked.host, deque())
        line.append(asked.at)
        while line[0] <= asked.at - timedelta(hours=1):
            line.popleft()
        most = max(most, len(line))
    return most


def manners(played: Played) -> Manners:
    """What the log shows."""
    judge = _Judge(played)
    for look in (judge.backoff, judge.robots, judge.pace, judge.fresh, judge.gone, judge.numbers):
        look()
    return judge.found
