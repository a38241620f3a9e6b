"""What was found out about a source that somebody wants to follow, and what follows from it. Pure.

``Feed`` and ``Sample`` are what was fetched; `chosen` picks the feeds that bring most, `text_from` says where texts are
better taken from, `about` what the site says of itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median

from pipeline import urls
from pipeline.model import Article, Entry, FetchResult, ParsedFeed, Reason

ADDS = 0.2  # share of a feed's articles that no chosen one has, from which on it is worth a request more
MOST = 5  # feeds that are proposed
FULL = 0.8  # of the page's words: a feed with so many has the text
ENOUGH = 120  # words of a full text, whatever the page has more
# Of a page: somebody's word, or a wall, that will be there tomorrow, too.
KEPT_OFF = frozenset({Reason.ROBOTS, Reason.ROBOTS_TAG, Reason.TDM_RESERVED, Reason.FORBIDDEN, Reason.CHALLENGE})


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed or sitemap that was asked for."""

    url: str  # as it is to be followed: where a permanent redirect led
    result: FetchResult
    parsed: ParsedFeed | None = None
    title: str = ""  # its own, else that of the link to it
    full: int = 0  # entries that carry a text of their own, not only a teaser
    within: str = ""  # address of the feed that has its articles, too

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Its entries, none where it failed."""
        return self.parsed.entries if self.parsed else ()

    @property
    def newest(self) -> datetime | None:
        """When its newest entry says it was published or changed."""
        return max((d for e in self.entries if (d := e.published or e.updated)), default=None)


@dataclass(frozen=True, slots=True)
class Sample:
    """One article as it would be extracted: by its page, by its feed, and why not."""

    entry: Entry
    page: FetchResult | None = None  # None: no page is asked for
    by_page: Article | None = None
    by_feed: Article | None = None

    @property
    def best(self) -> Article | None:
        """What a run would keep."""
        return self.by_page or self.by_feed

    @property
    def page_words(self) -> int:
        """Words of the text on its page."""
        return words(self.by_page.text) if self.by_page else 0

    @property
    def feed_words(self) -> int:
        """Words of the text in its feed."""
        return words(self.by_feed.text) if self.by_feed else 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host says about being read by programs."""

    host: str
    robots: str = ""  # why robots.txt keeps us off; "" where it does not
    crawl_delay: float | None = None  # seconds
    reserved: bool = False  # tdmrep.json reserves the pages
    sitemaps: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """All that was found out about one site."""

    url: str
    start: FetchResult | None = None  # the answer of the address that was given
    home: str = ""
    names: tuple[str, ...] = ()
    owner: str = ""
    language: str = ""
    rules: list[Rules] = field(default_factory=list)
    feeds: list[Feed] = field(default_factory=list)
    sitemaps: list[Feed] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    requests: int = 0
    cut: str = ""  # why not all was asked that might have been


def words(text: str) -> int:
    """How many words a text has."""
    return len(text.split())


def keys(entries: Iterable[Entry]) -> frozenset[str]:
    """The identities of the articles behind entries."""
    found = set()
    for entry in entries:
        try:
            found.add(urls.key(entry.url) if entry.url else f"{entry.feed_url}#{entry.guid}")
        except ValueError:
            found.add(entry.url or entry.guid)
    return frozenset(found)


def chosen(feeds: Sequence[Feed], most: int | None = None) -> tuple[list[Feed], list[Feed]]:
    """(feeds worth following, the others that answered, each with the feed that has its articles).

    The feed that brings most first, then the one that adds most, as long as a fifth of it is new, at most MOST.
    ``most``: so many at most, whatever they add.
    """
    left = {f.url: (f, keys(f.entries)) for f in feeds if f.entries}
    kept: list[Feed] = []
    had: dict[str, frozenset[str]] = {}
    seen: frozenset[str] = frozenset()
    while left and len(kept) < (MOST if most is None else most):
        feed, own = max(left.values(), key=lambda pair: len(pair[1] - seen))
        if kept and most is None and len(own - seen) < ADDS * len(own):
            break
        kept.append(feed)
        had[feed.url], seen = own, seen | own
        del left[feed.url]
    return kept, [_within(feed, own, had) for feed, own in left.values()]


def worth(maps: Sequence[Feed], kept: Sequence[Feed]) -> tuple[list[Feed], list[Feed]]:
    """(sitemaps that have a fifth of articles that no kept feed has, the others)."""
    had = {f.url: keys(f.entries) for f in kept}
    seen = frozenset[str]().union(*had.values())
    wanted: list[Feed] = []
    rest: list[Feed] = []
    for one in maps:
        own = keys(one.entries)
        if own and len(own - seen) >= ADDS * len(own):
            wanted.append(one)
            had[one.url], seen = own, seen | own
        else:
            rest.append(_within(one, own, had) if own else one)
    return wanted, rest


def spoken(samples: Sequence[Sample]) -> str:
    """The language that most of the articles are in, "" where there is none."""
    said = [s.best.lang for s in samples if s.best and s.best.lang != "und"]
    return max(said, key=said.count, default="")


def _within(feed: Feed, own: frozenset[str], had: dict[str, frozenset[str]]) -> Feed:
    """The feed, with the chosen one that has most of it."""
    best = max(had, key=lambda url: len(own & had[url]), default="")
    shared = len(own & had[best]) if best else 0
    return replace(feed, within=best if shared > (1 - ADDS) * len(own) else "")


def newest(feeds: Iterable[Feed], most: int) -> list[Entry]:
    """The newest entries with an address, each article once; those without a date last, in their order."""
    found: dict[str, Entry] = {}
    for feed in feeds:
        for entry in feed.entries:
            if entry.url:
                found.setdefault(next(iter(keys([entry]))), entry)
    dated = sorted(found.values(), key=lambda e: -_time(e))
    return dated[:most]


def _time(entry: Entry) -> float:
    when = entry.published or entry.updated
    return when.timestamp() if when else 0.0


def text_from(samples: Sequence[Sample]) -> tuple[str, str]:
    """(``page`` or ``feed``, why): where the texts of a source are better taken from; ("page", "") without samples."""
    asked = [s for s in samples if s.page]
    if not asked:
        return "page", ""
    got = [s for s in asked if s.by_page and s.page and s.page.code.ok]
    if not got:
        code = Counter(s.page.code for s in asked if s.page).most_common(1)[0][0]
        return "feed" if code in KEPT_OFF else "page", f"no page could be read now: {code}"
    page, feed = (round(median(getattr(s, name) for s in got)) for name in ("page_words", "feed_words"))
    told = f"{feed} words in the feed, {page} on the page"
    if feed >= ENOUGH and feed >= FULL * page:
        return "feed", told
    if all(s.by_page and s.by_page.paywalled for s in got) and feed >= FULL * page:
        return "feed", f"every page is behind a wall: {told}"
    return "page", told
