"""What the sites answer at a given moment, and the log of all that was asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bench.reliability.week import printed
from bench.reliability.week.press import Feed, Piece, Press, Site
from bench.reliability.week.weather import BRIEF_S, Spell, Weather

TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
HTML = "text/html; charset=utf-8"
DELAY_S = 1  # Crawl-delay
DAY_S = 24 * 3600
ROBOTS = {
    "open": "User-agent: *\nDisallow: /search\n",
    "private": "User-agent: *\nDisallow: /private/\n",
    "closed": "User-agent: Retold\nDisallow: /\n",
    "delay": f"User-agent: *\nCrawl-delay: {DELAY_S}\n",
}
# where a feed cannot be read, whatever stands in it
CLOSED = {
    "refused", "silent", "limited", "limited_date", "error", "busy", "busy_date", "dead", "gone", "cut", "html",
    "blank", "empty",
}  # fmt: skip


@dataclass(slots=True)
class Reply:
    """An answer before it is bytes; ``cut``: with half of its body, ``silent``: none at all."""

    status: int = 200
    body: bytes = b""
    kind: str = "text/plain"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in, and what was answered."""

    at: datetime  # true time
    real: float  # time.monotonic()
    run: int
    host: str
    path: str
    kind: str  # "feed" | "page" | "robots" | "other"
    status: int
    sent: int  # bytes of the body
    saved: int  # bytes of the body that a 304 spared
    conditional: bool
    until: datetime | None  # when it may be asked again, by Retry-After
    state: int = -1  # of the feed that was sent whole or answered 304


class World:
    """All sites at once."""

    def __init__(self, press: Press, weather: Weather, now: Callable[[], datetime]) -> None:
        self.press, self.weather, self.now = press, weather, now
        self.log: list[Asked] = []
        self.run = 0
        self.sites = {s.host: s for s in press.sites}
        self.feeds = {(f.site.host, f.path): f for f in press.feeds}
        self.feeds |= {(f.site.host, f"/new-{f.name}"): f for f in press.feeds}
        self.feeds |= {(self.away(f.site), f.path): f for f in press.feeds}
        self.pages = {(p.site.host, p.path): p for p in press.pieces}
        self._bodies: dict[tuple[int, int], tuple[bytes, str]] = {}
        self._brief: dict[str, datetime] = {}

    @staticmethod
    def away(site: Site) -> str:
        """The host that a site's feeds may move to."""
        return f"new{site.number}.test"

    def hosts(self, now: datetime) -> dict[str, bool]:
        """Every host → can it be connected to?"""
        found = {s.host: self.weather.site(s, now) != "refused" for s in self.press.sites}
        return found | {self.away(s): True for s in self.press.sites}

    def delivers(self, feed: Feed, now: datetime) -> bool:
        """Does the feed give what stands in it to whoever asks at that moment?"""
        spell = self.weather.spell(feed.site, feed, now)
        return spell is None or spell.kind not in CLOSED

    def answer(self, host: str, path: str, headers: Mapping[str, str], real: float) -> Reply:
        """The answer to a request; it is written down."""
        now = self.now()
        path = path.partition("?")[0]
        feed, page, site = self.feeds.get((host, path)), self.pages.get((host, path)), self.sites.get(host)
        kind = "feed" if feed else "page" if page else "robots" if path == "/robots.txt" else "other"
        moved = feed is not None and (path != feed.path or host != feed.site.host)
        reply = self._moved(feed, headers, now) if moved and feed else self._said(site, feed, page, path, headers, now)
        whole = len(self._body(feed, now)[0]) if feed and reply.status == 304 else 0
        conditional = "if-none-match" in headers or "if-modified-since" in headers
        given = feed and reply.status in (200, 304) and self.delivers(feed, now)
        state = feed.changed(now)[0] if feed and given else -1
        self.log.append(
            Asked(
                now,
                real,
                self.run,
                host,
                path,
                kind,
                reply.status,
                len(reply.body),
                whole,
                conditional,
                self._until(site, feed, reply, now),
                state,
            )
        )
        if site and site.clock_s is not None:
            reply.headers["Date"] = printed.http_date(now + timedelta(seconds=site.clock_s))
        return reply

    def _until(self, site: Site | None, feed: Feed | None, reply: Reply, now: datetime) -> datetime | None:
        """Until when an answer asks its reader to stay away, of which a day is believed."""
        wait = reply.headers.get("Retry-After")
        if wait is None or site is None:
            return None
        if wait.isdigit():
            return now + timedelta(seconds=min(int(wait), DAY_S))
        spell = self.weather.spell(site, feed, now)
        assert spell
        return now.replace(microsecond=0) + timedelta(seconds=min(spell.wait_s, DAY_S))

    def _said(
        self, site: Site | None, feed: Feed | None, page: Piece | None, path: str, headers: Mapping[str, str],
        now: datetime,
    ) -> Reply:  # fmt: skip
        if site is None:
            return Reply(404)
        spell = self.weather.spell(site, feed, now)
        stormy = self._stormy(site, feed, page, path, spell, now) if spell else None
        if stormy:
            return stormy
        if path == "/robots.txt":
            return Reply(200, ROBOTS[site.robots].encode()) if site.robots in ROBOTS else Reply(404)
        if page:
            return Reply(410) if page.withdrawn else Reply(200, printed.page(page, now), HTML)
        return self._feed(feed, headers, now) if feed else Reply(404)

    def _stormy(
        self, site: Site, feed: Feed | None, page: Piece | None, path: str, spell: Spell, now: datetime
    ) -> Reply | None:
        kind, robots = spell.kind, path == "/robots.txt"
        wait = {"Retry-After": str(spell.wait_s)}
        until = {"Retry-After": printed.http_date(now + timedelta(seconds=(site.clock_s or 0) + spell.wait_s))}
        if kind == "limited_briefly":
            return self._briefly(site, now)
        over_all = {"silent": Reply(silent=True), "limited": Reply(429, headers=wait),
                    "limited_date": Reply(429, headers=until)}  # fmt: skip
        over_pages = {"pages_limited": Reply(429, headers=wait), "pages_busy": Reply(503, headers=wait),
                      "pages_missing": Reply(404)}  # fmt: skip
        over_robots = {"robots_down": Reply(503), "robots_limited": Reply(429, headers=wait)}
        over_feed = {
            "error": Reply(500), "busy": Reply(503, headers=wait), "busy_date": Reply(503, headers=until),
            "dead": Reply(404), "gone": Reply(410), "html": Reply(200, b"<!doctype html><p>Back soon", HTML),
            "blank": Reply(200, b"", "application/rss+xml"),
        }  # fmt: skip
        kinds = over_robots if robots else over_pages if page else over_feed if feed else {}
        return over_all.get(kind) or kinds.get(kind) or (self._bent(feed, kind, now) if feed else None)

    def _briefly(self, site: Site, now: datetime) -> Reply | None:
        """One 429 in half an hour, for some seconds; it is repeated to whoever does not wait."""
        last = self._brief.get(site.host)
        if last and timedelta(seconds=BRIEF_S) <= now - last < timedelta(minutes=29):
            return None
        self._brief[site.host] = now
        return Reply(429, headers={"Retry-After": str(BRIEF_S)})

    def _bent(self, feed: Feed, kind: str, now: datetime) -> Reply | None:
        """Redirects, and feeds that are not whole."""
        if kind in ("moved", "sent_elsewhere"):
            to = f"http://{feed.site.host}/new-{feed.name}"
            return Reply(301 if kind == "moved" else 302, headers={"Location": to})
        if kind == "moved_away":
            return Reply(301, headers={"Location": f"http://{self.away(feed.site)}{feed.path}"})
        if kind == "cut":
            return Reply(200, self._body(feed, now)[0], TYPES[feed.format], cut=True)
        return Reply(200, printed.feed_body(feed, now, []), TYPES[feed.format]) if kind == "empty" else None

    def _moved(self, feed: Feed, headers: Mapping[str, str], now: datetime) -> Reply:
        return self._feed(feed, headers, now)

    def _feed(self, feed: Feed, headers: Mapping[str, str], now: datetime) -> Reply:
        """The feed, or 304 where the reader has it and the server looks."""
        (body, tag), (_, since) = self._body(feed, now), feed.changed(now)
        stated, date = {}, printed.http_date(since + timedelta(seconds=feed.site.clock_s or 0))
        if feed.validators in ("etag", "both", "ignored", "weak"):
            stated["ETag"] = f'W/"{tag}"' if feed.validators == "weak" else f'"{tag}"'
        if feed.validators in ("modified", "both"):
            stated["Last-Modified"] = date
        if feed.max_age_s:
            stated["Cache-Control"] = f"max-age={feed.max_age_s}"
        same = headers.get("if-none-match") == stated.get("ETag") if "ETag" in stated else (
            "Last-Modified" in stated and headers.get("if-modified-since") == date
        )  # fmt: skip
        if same and feed.validators != "ignored":
            return Reply(304, headers=stated)
        return Reply(200, body, TYPES[feed.format], stated)

    def _body(self, feed: Feed, now: datetime) -> tuple[bytes, str]:
        """A feed's bytes now, and their hash."""
        key = (feed.number, feed.changed(now)[0])
        if key not in self._bodies:
            body = printed.feed_body(feed, now, feed.items(now))
            self._bodies = {k: v for k, v in self._bodies.items() if k[0] != feed.number}  # the former is history
            self._bodies[key] = (body, hashlib.md5(body).hexdigest())
        return self._bodies[key]
