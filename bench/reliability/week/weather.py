"""What goes wrong, where and when: spells of weather over sites and feeds, and what is changed in the pieces."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from bench.reliability.week.press import HOUR, START, Edit, Feed, Piece, Press, Site
from bench.reliability.week.wording import event

T = TypeVar("T")
V = TypeVar("V")
PER = 300  # feeds, for which the numbers below are meant
# of sites: kind → (on how many, hours of a spell, how many spells)
SITE_KINDS: dict[str, tuple[int, tuple[float, float], int]] = {
    "refused": (10, (1, 9), 2),
    "silent": (3, (1, 2), 1),
    "limited": (10, (2, 12), 2),  # 429 with seconds
    "limited_date": (10, (2, 12), 2),  # 429 with an HTTP date
    "limited_briefly": (4, (8, 24), 1),  # 429 for some seconds, once in a while
    "pages_limited": (8, (4, 12), 2),  # 429 for pages alone
    "pages_busy": (6, (2, 6), 2),  # 503 for pages
    "pages_missing": (4, (2, 6), 2),  # 404 for pages
    "robots_down": (6, (24, 24), 1),
    "robots_limited": (2, (6, 12), 1),
}
# of feeds; None: until the end
FEED_KINDS: dict[str, tuple[int, tuple[float, float] | None, int]] = {
    "error": (8, (1, 9), 2),
    "busy": (8, (2, 8), 2),  # 503 with seconds
    "busy_date": (8, (2, 8), 2),
    "dead": (5, (48, 96), 1),
    "gone": (6, None, 1),
    "moved": (8, None, 1),
    "moved_away": (5, None, 1),  # to another host
    "sent_elsewhere": (8, (12, 36), 1),  # 302
    "cut": (6, (1, 4), 2),
    "html": (6, (1, 4), 2),
    "blank": (4, (1, 3), 2),
    "empty": (10, (1, 1), 3),
}
# of feeds, in what they say
CONTENT = {
    "edited": 60, "reposted": 30, "bumped": 20, "item guids": 20, "feed guids": 8, "charset": 10, "future": 6,
    "2099": 3, "winter": 10, "no dates": 10, "max-age": 20, "ttl": 15,
}  # fmt: skip
ROBOTS = {"open": 90, "private": 20, "closed": 5, "delay": 15}  # sites
CLOCKS = {-3 * 3600: 8, 2 * 3600: 8, None: 8}  # sites whose Date header is wrong by so many seconds, or absent
WAITS = (600, 937, 1800, 3600, 5400, 7201)
LONG_WAIT = 200_000  # beyond the 24 hours that we believe
BRIEF_S = 3
CHANNELS = ("max-age", "ttl")


@dataclass(frozen=True, slots=True)
class Spell:
    """One kind of weather over a site or feed, from when until when."""

    kind: str
    begin: datetime
    end: datetime
    wait_s: int = 0  # what Retry-After says

    def holds(self, now: datetime) -> bool:
        """Is it now?"""
        return self.begin <= now < self.end


@dataclass
class Weather:
    """Of the whole week."""

    of_site: dict[int, list[Spell]] = field(default_factory=dict)
    of_feed: dict[int, list[Spell]] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)  # kind → sites or feeds that have it

    def site(self, site: Site, now: datetime) -> str:
        """The kind that holds over a site, "" for fair weather."""
        return next((s.kind for s in self.of_site.get(site.number, ()) if s.holds(now)), "")

    def spell(self, site: Site, feed: Feed | None, now: datetime) -> Spell | None:
        """The spell over a site, else over its feed."""
        spells = [*self.of_site.get(site.number, ()), *(self.of_feed.get(feed.number, ()) if feed else ())]
        return next((s for s in spells if s.holds(now)), None)


class _Maker:
    def __init__(self, made: Press, seed: int, without: Collection[str]) -> None:
        self.without = without
        self.press, self.rng, self.weather = made, random.Random(seed + 1), Weather()
        self.span = made.end - START

    def many(self, count: int) -> int:
        """So many of ``PER`` feeds, at least one."""
        return max(1, round(count * len(self.press.feeds) / PER))

    def chosen(self, kinds: Mapping[str, V]) -> list[tuple[str, V]]:
        """The kinds that are wanted."""
        return [(kind, value) for kind, value in kinds.items() if kind not in self.without]

    def turns(self, of: Sequence[T]) -> Iterator[T]:
        """All of them in some order, again and again."""
        while True:
            yield from self.rng.sample(of, len(of))

    def spells(self, kind: str, hours: tuple[float, float] | None, most: int) -> list[Spell]:
        """Some spells at some time."""
        found = []
        for _ in range(self.rng.randint(1, most)):
            begin = START + self.span * self.rng.uniform(0.04, 0.85)
            lasts = min(HOUR * self.rng.uniform(*hours), self.span / 3) if hours else self.span
            wait = LONG_WAIT if self.rng.random() < 0.04 else self.rng.choice(WAITS)
            found.append(Spell(kind, begin, begin + lasts, wait))
        return found

    def over_sites(self) -> set[int]:
        """Weather over sites; the sites that have some."""
        sites = self.turns([s for s in self.press.sites if s.text_from == "page"] or self.press.sites)
        for kind, (count, hours, most) in self.chosen(SITE_KINDS):
            for _ in range(self.many(count)):
                self.weather.of_site.setdefault(next(sites).number, []).extend(self.spells(kind, hours, most))
                self.weather.count[kind] += 1
        return set(self.weather.of_site)

    def over_feeds(self, taken: set[int]) -> None:
        """Weather over feeds, of other sites where there are enough."""
        calm = [f for f in self.press.feeds if f.site.number not in taken]
        feeds = self.turns(calm or self.press.feeds)
        for kind, (count, hours, most) in self.chosen(FEED_KINDS):
            for _ in range(self.many(count)):
                self.weather.of_feed.setdefault(next(feeds).number, []).extend(self.spells(kind, hours, most))
                self.weather.count[kind] += 1

    def over_sites_for_good(self) -> None:
        """robots.txt, and clocks that are wrong."""
        sites = self.turns([s for s in self.press.sites if s.text_from == "page"] or self.press.sites)
        for robots, count in self.chosen(ROBOTS):
            for _ in range(self.many(count)):
                site = next(sites)
                if site.robots == "none":
                    site.robots = robots
                    self.weather.count[f"robots {robots}"] += 1
        limited = [s for s in self.press.sites if self.weather.of_site.get(s.number)]
        clocks = self.turns(limited or self.press.sites)
        for wrong, count in CLOCKS.items():
            for _ in range(self.many(count)):
                next(clocks).clock_s = wrong
                self.weather.count["server clock wrong" if wrong else "no Date header"] += 1

    def over_words(self) -> None:
        """What feeds change in what they say."""
        feeds = self.turns(self.press.feeds)
        for kind, count in self.chosen(CONTENT):
            for _ in range(self.many(count)):
                self.change(kind, next(feeds))
                self.weather.count[kind] += 1
        for piece in self.press.pieces:
            if piece.site.robots == "private":
                piece.private = self.rng.random() < 0.3
            if self.weather.of_site.get(piece.site.number, [Spell("", START, START)])[0].kind == "pages_missing":
                piece.withdrawn = self.rng.random() < 0.3

    def change(self, kind: str, feed: Feed) -> None:
        """One feed's."""
        if kind in ("edited", "reposted", "bumped", "item guids"):
            for piece in feed.pieces:
                if piece.born > START and self.rng.random() < 0.3:
                    self.change_piece(kind, piece)
        elif kind in ("future", "2099", "winter", "no dates"):
            feed.dates = "none" if kind == "no dates" else kind
            feed.format = "rss"
        elif kind == "charset":
            feed.charsets, feed.format = self.rng.choice((("iso-8859-1", "utf-8"), ("utf-8", "iso-8859-1"))), "rss"
            feed.switched = self.sometime()
        elif kind == "feed guids":
            feed.renamed = self.sometime()
        elif kind == "max-age":
            feed.max_age_s = self.rng.choice((3600, 5400, 7200))
        else:
            feed.ttl_min, feed.format = self.rng.choice((60, 90, 180)), "rss"

    def sometime(self) -> datetime:
        """Not at the ends."""
        return (START + self.span * self.rng.uniform(0.2, 0.8)).replace(microsecond=0)

    def change_piece(self, kind: str, piece: Piece) -> None:
        """One piece's."""
        later = (piece.born + HOUR * self.rng.uniform(1, 8)).replace(microsecond=0)
        if kind == "edited":
            said, told = piece.wordings[-1], event(self.rng, piece.event)
            words = (*said.paragraphs[:-1], *told.paragraphs(self.rng, 1))
            title = told.title(self.rng) if self.rng.random() < 0.5 else said.title
            summary = told.paragraphs(self.rng, 1) if title == said.title else ()
            if later > said.at:
                piece.wordings.append(Edit(later, title, (*summary, *words)))
        elif kind == "reposted":
            piece.away = (later, later + HOUR * self.rng.uniform(0.5, 6))
        elif kind == "bumped":
            piece.bumped = piece.bumped or later
        else:
            piece.renamed = later


def weather(made: Press, seed: int, without: Collection[str] = ()) -> Weather:
    """Weather over a press, which is changed by it, ``without`` some kinds; the same for the same seed."""
    maker = _Maker(made, seed, without)
    maker.over_feeds(maker.over_sites())
    maker.over_sites_for_good()
    maker.over_words()
    return maker.weather


# ── Of our own machine ──


@dataclass(frozen=True, slots=True)
class OurClock:
    """How wrong our own clock is, and when no run starts."""

    back: Spell  # an hour behind
    ahead: Spell  # a day ahead
    off: Spell  # the machine is down

    def wrong(self, now: datetime) -> timedelta:
        """What is to be added to the true time."""
        return -HOUR if self.back.holds(now) else timedelta(days=1) if self.ahead.holds(now) else timedelta()


def our_clock(end: datetime) -> OurClock:
    """Two jumps and a pause, spread over the time until ``end``."""
    span = end - START

    def spell(kind: str, share: float, hours: float) -> Spell:
        return Spell(kind, START + span * share, START + span * share + min(HOUR * hours, span / 8))

    return OurClock(spell("back", 0.3, 8), spell("ahead", 0.5, 2), spell("off", 0.7, 6))
