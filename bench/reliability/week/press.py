"""The truth of the week: sites, their feeds, and every piece with its first publication, edits and what it is."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from bench.reliability.week.wording import Event, copied, event

START = datetime(2026, 10, 24, tzinfo=UTC)  # Europe's clocks go back on 25 October, 01:00 UTC
HOUR = timedelta(hours=1)
EARLIER = timedelta(days=2)  # pieces that stand in the feeds when the week begins

FORMATS = ("rss",) * 7 + ("atom",) * 2 + ("json",)
VALIDATORS = ("etag",) * 8 + ("weak",) * 3 + ("modified",) * 4 + ("both",) * 2 + ("ignored",) * 3 + ("none",) * 3
DATES = ("numeric",) * 5 + ("names",) * 2 + ("german",) * 2 + ("gmt",) * 4 + ("iso",) * 3 + ("minus",)
RATES = (0.5, 1, 1, 2, 3, 6, 18)  # pieces a feed and day
WINDOWS = (8, 12, 20)


@dataclass(eq=False, slots=True)
class Site:
    """A host, its robots.txt and its clock."""

    number: int
    robots: str = "none"  # "none" | "open" | "private" | "closed" | "delay"
    clock_s: int | None = 0  # seconds by which its Date header is wrong; None: it sends none
    text_from: str = "page"
    structured: bool = True  # pages state their date

    @property
    def host(self) -> str:
        """Its name."""
        return f"site{self.number}.test"


@dataclass(frozen=True, slots=True)
class Edit:
    """A new wording from a moment on."""

    at: datetime
    title: str
    paragraphs: tuple[str, ...]


@dataclass(eq=False, slots=True)
class Piece:
    """One article at one address."""

    number: int
    site: Site
    event: int
    kind: str  # "original" | "copy" | "rewrite"
    born: datetime
    wordings: list[Edit]
    private: bool = False  # robots.txt forbids its page
    withdrawn: bool = False  # its page answers 410
    away: tuple[datetime, datetime] | None = None  # out of its feeds
    bumped: datetime | None = None  # from then on its feeds state this moment as its date
    renamed: datetime | None = None  # from then on its guid is another

    @property
    def path(self) -> str:
        """Its address on its site."""
        return f"{'/private' if self.private else ''}/p/{self.number}"

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.site.host}{self.path}"

    def at(self, now: datetime) -> Edit:
        """How it reads."""
        return [w for w in self.wordings if w.at <= now][-1]

    def moments(self) -> Iterator[datetime]:
        """When its feeds change because of it."""
        yield self.born
        yield from (w.at for w in self.wordings)
        yield from self.away or ()
        yield from (m for m in (self.bumped, self.renamed) if m)

    def rank(self, now: datetime) -> datetime | None:
        """By which its feeds sort it; None where it does not stand in them."""
        if now < self.born or (self.away and self.away[0] <= now < self.away[1]):
            return None
        returned = self.away[1] if self.away and now >= self.away[1] else self.born
        return max(returned, self.bumped) if self.bumped and now >= self.bumped else returned


@dataclass(eq=False)
class Feed:
    """A feed of a site."""

    number: int
    site: Site
    name: str = "feed"
    format: str = "rss"
    dates: str = "numeric"
    validators: str = "etag"
    window: int = 12
    rate: float = 2.0  # pieces a day
    max_age_s: int | None = None
    ttl_min: int | None = None
    charsets: tuple[str, str] = ("utf-8", "utf-8")
    switched: datetime | None = None  # from the first charset to the second
    renamed: datetime | None = None  # every guid is another from then on
    pieces: list[Piece] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Its address on its site."""
        return f"/{self.name}"

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.site.host}{self.path}"

    @cached_property
    def changes(self) -> list[datetime]:
        """When it reads differently; asked for once the week is made."""
        own = {m for m in (self.switched, self.renamed) if m}
        return sorted(own | {m for p in self.pieces for m in p.moments()})

    def changed(self, now: datetime) -> tuple[int, datetime]:
        """(which state it is in, since when)."""
        at = bisect_right(self.changes, now)
        return at, self.changes[at - 1] if at else START - EARLIER

    def items(self, now: datetime) -> list[Piece]:
        """What it shows, the newest first."""
        ranked = [(rank, p.number, p) for p in self.pieces if (rank := p.rank(now))]
        return [p for *_, p in sorted(ranked, key=lambda r: r[:2], reverse=True)[: self.window]]

    @cached_property
    def shown(self) -> dict[int, list[tuple[datetime, datetime | None]]]:
        """Piece → from when until when (None: to the end) it stands in the feed."""
        found: dict[int, list[tuple[datetime, datetime | None]]] = {}
        before: set[int] = set()
        for moment in self.changes:
            now = {p.number for p in self.items(moment)}
            for number in now - before:
                found.setdefault(number, []).append((moment, None))
            for number in before - now:
                found[number][-1] = (found[number][-1][0], moment)
            before = now
        return found


@dataclass(eq=False)
class Press:
    """All of it."""

    sites: list[Site]
    feeds: list[Feed]
    pieces: list[Piece]
    end: datetime


class _Maker:
    def __init__(self, seed: int, days: float) -> None:
        self.rng = random.Random(seed)
        self.end = START + timedelta(days=days)
        self.pieces: list[Piece] = []
        self.events = 0

    def some(self, feeds: int) -> tuple[list[Site], list[Feed]]:
        """Sites with one to three feeds each."""
        sites: list[Site] = []
        made: list[Feed] = []
        while len(made) < feeds:
            site = Site(len(sites), text_from=self.rng.choice(("page", "feed")), structured=self.rng.random() < 0.5)
            sites.append(site)
            count = self.rng.choices((1, 2, 3), (8, 1, 1))[0]
            made += [self.feed(len(made) + n, site, n) for n in range(min(count, feeds - len(made)))]
        return sites, made

    def feed(self, number: int, site: Site, nth: int) -> Feed:
        """A feed in fair weather."""
        pick = self.rng.choice
        return Feed(
            number, site, "feed" if not nth else f"feed-{nth}", pick(FORMATS), pick(DATES), pick(VALIDATORS),
            pick(WINDOWS), pick(RATES),
        )  # fmt: skip

    def tell(self, feeds: list[Feed]) -> None:
        """The pieces of all feeds: most of one outlet alone, a third of an event that several tell."""
        for feed in feeds:
            for _ in range(3):
                self.piece(feed, self.event(), "original", START - EARLIER * self.rng.random())
            days = (self.end - START) / timedelta(days=1)
            for _ in range(round(feed.rate * days * self.rng.uniform(0.8, 1.2))):
                born = START + (self.end - START) * self.rng.random()
                first = self.piece(feed, told := self.event(), "original", born)
                if self.rng.random() < 0.15:
                    self.retell(first, told, feeds)

    def event(self) -> Event:
        """A new one."""
        self.events += 1
        return event(self.rng, self.events)

    def retell(self, first: Piece, told: Event, feeds: list[Feed]) -> None:
        """The same event at other outlets: in the same words soon, in others later."""
        for feed in self.rng.sample(feeds, min(len(feeds), self.rng.choice((1, 1, 2, 3, 4)))):
            if feed.site is first.site:
                continue
            copy = self.rng.random() < 0.5
            born = first.born + HOUR * (self.rng.uniform(0.1, 4) if copy else self.rng.uniform(0.5, 24))
            if born < self.end:
                self.piece(feed, told, "copy" if copy else "rewrite", born, first if copy else None)

    def piece(self, feed: Feed, told: Event, kind: str, born: datetime, of: Piece | None = None) -> Piece:
        """A piece in a feed, now and then in the other feeds of its site, too."""
        born = born.replace(microsecond=0)
        first = of.wordings[0] if of else None
        paragraphs = copied(self.rng, first.paragraphs) if first else told.paragraphs(self.rng, self.rng.randint(3, 7))
        title = first.title if first and self.rng.random() < 0.7 else told.title(self.rng)
        made = Piece(len(self.pieces), feed.site, told.number, kind, born, [Edit(born, title, paragraphs)])
        self.pieces.append(made)
        feed.pieces.append(made)
        return made


def press(feeds: int, days: float, seed: int) -> Press:
    """A week (or ``days``) of ``feeds`` feeds in fair weather; the same for the same seed."""
    maker = _Maker(seed, days)
    sites, made = maker.some(feeds)
    maker.tell(made)
    of_site: dict[int, list[Feed]] = {}
    for feed in made:
        of_site.setdefault(feed.site.number, []).append(feed)
    for siblings in of_site.values():
        _share(maker.rng, siblings)
    return Press(sites, made, maker.pieces, maker.end)


def _share(rng: random.Random, siblings: list[Feed]) -> None:
    """Feeds of one site show a third of each other's pieces."""
    own = [list(feed.pieces) for feed in siblings]
    for at, feed in enumerate(siblings):
        feed.pieces += [p for n, pieces in enumerate(own) if n != at for p in pieces if rng.random() < 0.35]
