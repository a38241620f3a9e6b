"""Looking at a site once, before or while it is followed: few requests, one after another, guarded as in a run.

A `Scout` is the spider of a crawl whose work is a coroutine of ours: it asks for an address and has the answer, through
the same downloader, limits and manners as every other request, and has strangers' bytes read in the same children.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from scrapy import signals
from w3lib.encoding import http_content_type_encoding

from pipeline import sitelook
from pipeline.config import HttpSettings, Source
from pipeline.model import Article, Entry, FetchResult, ParsedFeed, Reason
from pipeline.sandbox import Sandbox
from pipeline.sitefindings import ENOUGH, Feed, Sample
from pipeline.sitelook import SitePage
from spiders import loop, sitemaps
from spiders.base import extract_entry
from spiders.crawl import MEMORY_MB, PARSERS, Interrupted, Job, have_room, quiet
from spiders.crawl import signals as handled
from spiders.guard import Guard
from spiders.news import News, crawl
from spiders.outcome import Asked, answered, failed, header, note, unread
from spiders.plan import Plan

MOST = 25  # requests, robots.txt and redirects included
SECONDS = 60.0
REDIRECTED = frozenset({Reason.OK, Reason.SAME_BODY})

T = TypeVar("T")


class Nowhere:
    """A sink for a crawl that keeps nothing."""

    def begin(self) -> None:
        """Nothing to begin."""

    def commit(self) -> None:
        """Nothing to commit."""

    def feed(self, result: FetchResult, parsed: ParsedFeed | None) -> Sequence[Entry]:
        """Let it go."""
        return ()

    def article(self, result: FetchResult | None, entry: Entry, article: Article | None) -> None:
        """Let it go."""


class Scout(News):
    """Asks for one address after another, as its work has it."""

    def __init__(self, plan: Plan, work: Callable[[Scout], Awaitable[Any]], tell: Callable[[str], None]) -> None:
        super().__init__(plan)
        self._work, self._tell = work, tell
        self.requests = 0
        self.said: list[SitePage] = []  # what the pages of the samples say of their site
        self.done: Any = None
        self.error: BaseException | None = None

    @classmethod
    def from_crawler(cls, crawler: Any, plan: Plan, **more: Any) -> News:
        """Scrapy's constructor."""
        spider = super().from_crawler(crawler, plan, **more)
        assert isinstance(spider, cls) and isinstance(plan.sink, _Kept)
        crawler.signals.connect(spider.count, signals.request_reached_downloader)
        plan.sink.spider = spider
        return spider

    def count(self, **_: Any) -> None:
        """Take in that a request is on its way, a redirect's or a robots.txt's, too; after MOST the scout stops."""
        self.requests += 1
        if self.requests >= MOST and not self.stop:
            self.stop.pull(f"{MOST} requests are enough")

    async def start(self) -> AsyncIterator[Any]:
        """Do the work."""
        try:
            self.done = await self._work(self)
        except BaseException as error:
            self.error = error
        none: tuple[Any, ...] = ()
        for request in none:  # Scrapy expects a generator
            yield request

    async def ask(self, url: str, kind: str, source: str = "") -> tuple[FetchResult, Any]:
        """(what became of an address, its answer where that is one to read)."""
        asked = Asked(source, url, kind)
        if refused := self.rights.refused(asked):
            return refused, None
        meta: Mapping[str, Any] = {}
        self._tell(url)
        try:
            self.stop.check()
            request = self.request(asked, url, {}, None)
            meta = request.meta
            answer = await self.crawler.engine.download_async(request)
            result = answered(asked, answer, answer.request.meta, self.plan.clock())
        except Exception as error:
            note(error, url)
            return failed(asked, error, meta), None
        self.room.leave(answer)
        return result, answer if result.code is Reason.OK else None

    async def look(self, url: str, kind: str) -> tuple[FetchResult, ParsedFeed | SitePage | None]:
        """What stands behind an address: a feed, a page, or why neither."""
        result, answer = await self.ask(url, kind)
        if answer is None:
            return result, None
        stated = header(answer.headers, "Content-Type") or ""
        args = (answer.body, answer.url, stated, http_content_type_encoding(stated), self.plan.clock())
        try:
            found: ParsedFeed | SitePage = await self.children.run(sitelook.look, *args)
        except Exception as error:
            return unread(result, error), None
        return result, found

    async def feed(self, url: str, kind: str = "feed", title: str = "") -> Feed:
        """A feed or sitemap, read."""
        result, found = await self.look(url, kind)
        if not isinstance(found, ParsedFeed):
            no_feed = result.code is Reason.OK
            return Feed(url, replace(result, code=Reason.NOT_A_FEED, detail="a page") if no_feed else result)
        return await self.taken(url, result, found, title)

    async def taken(self, url: str, result: FetchResult, parsed: ParsedFeed, title: str = "") -> Feed:
        """A feed that was read, under the address to follow it by."""
        if result.kind == "sitemap":
            parsed = sitemaps.recent(parsed, self.plan.clock())
        try:
            full = await self.children.run(sitelook.full, parsed.entries, ENOUGH)
        except Exception:
            full = 0
        return Feed(result.moved_to or url, result, parsed, parsed.title or title, full)

    async def sample(self, source: Source, entry: Entry) -> Sample:
        """One article, by its page and by its feed."""
        by_feed = await self.from_feed(source, entry)
        site = self.sites.get(source.key)
        if source.text_from == "feed" or (site and not site.wants_page(entry)):
            return Sample(entry, by_feed=by_feed)
        url = site.page_url(entry) if site else (entry.url or "").partition("#")[0]
        result, answer = await self.ask(url, "page", source.key)
        if answer is None:
            return Sample(entry, result, by_feed=by_feed)
        try:
            encoding = http_content_type_encoding(header(answer.headers, "Content-Type"))
            self.said.append(await self.children.run(sitelook.site_page, answer.body, answer.url, encoding))
            return Sample(entry, result, await self.read_page(source, entry, answer), by_feed)
        except Exception as error:
            return Sample(entry, unread(result, error), by_feed=by_feed)

    async def from_feed(self, source: Source, entry: Entry) -> Article | None:
        """The article as far as the feed has it; None where it has no text."""
        args = (self.reader(source), entry, source.key, self.language(source, entry), True)
        try:
            article: Article = await self.children.run(extract_entry, *args)
        except Exception:
            return None
        return article


class _Kept(Nowhere):
    """Remembers the spider that Scrapy makes, for its outcome."""

    spider: Scout | None = None


def scout(
    work: Callable[[Scout], Awaitable[T]],
    http: HttpSettings,
    *,
    sources: Sequence[Source] = (),
    routes: Mapping[str, tuple[str, int]] | None = None,
    max_seconds: float = SECONDS,
    opt_out: Collection[str] = (),
    spiders: str | None = None,
    clock: Callable[[], datetime] | None = None,
    tell: Callable[[str], None] = lambda url: None,
) -> T:
    """What ``work`` returns, which asks by the manners of ``http``, at most MOST times and ``max_seconds`` long.

    ``sources``: those whose spiders and licences hold; ``routes`` as in `collect`; ``tell`` hears of each address.
    Raises Interrupted after a signal, OSError without room for temporary files, and what ``work`` raises.
    """
    quiet("scrapy", "twisted", "asyncio")
    have_room()
    kept = _Kept()
    with Sandbox(min(http.workers or 1, os.cpu_count() or 1), memory_mb=MEMORY_MB, preload=PARSERS) as sandbox:
        plan = Plan(
            tuple(Job(s, ()) for s in sources), http, {}, kept, Guard(http.ports, dict(routes or {})), sandbox,
            clock or (lambda: datetime.now(UTC)), max_seconds, None, frozenset(opt_out),
            spiders=spiders,
        )  # fmt: skip
        loop.started()
        with handled(plan.stop_by_signal):
            loop.run(crawl(plan, Scout, work=work, tell=tell))
    if plan.signum:
        raise Interrupted(plan.signum)
    assert kept.spider is not None
    if kept.spider.error:
        raise kept.spider.error
    done: T = kept.spider.done
    return done
