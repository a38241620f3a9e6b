"""The spider: what happens to each feed, sitemap and page of a run."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from twisted.python.failure import Failure
from w3lib.encoding import http_content_type_encoding

from pipeline import feeds
from pipeline.config import Source
from pipeline.model import Article, Entry, FetchResult, ParsedFeed, Reason
from pipeline.spiderfolder import reference
from spiders import sitemaps
from spiders.backoff import Backoff
from spiders.base import extract, extract_entry, site
from spiders.children import Children
from spiders.delivery import Delivery
from spiders.guard import Refused, clean_url
from spiders.outcome import DAY_S, NO_VALIDATORS, Asked, failed, hang_up, header, note, outcome, unread
from spiders.patience import Patience
from spiders.plan import Line, Page, Plan, page_key
from spiders.reservations import Rights
from spiders.room import Room
from spiders.settings import ACCEPT, settings

PRIORITY = {"feed": 200, "sitemap": 100, "page": 0}  # feeds first: they say which pages there are
UNDECIDED = (Reason.CANCELLED, Reason.BACKED_OFF)  # the page was not asked for; the next run does
AHEAD = 2  # requests for pages of one host that are queued, times per_host
KEPT = 1000  # pages whose article is at hand for one more entry that points at them; a crawl may have 100,000


async def crawl(plan: Plan, spider: type[News] | None = None, **more: Any) -> None:
    """Run a plan to its end, by another spider than `News` where one is given (``more``: its arguments)."""
    timer = None
    if plan.max_seconds is not None:
        timer = asyncio.get_running_loop().call_later(plan.max_seconds, plan.stop.pull, "time limit")
    crawler = Crawler(spider or News, settings(plan.http))
    try:
        await crawler.crawl_async(plan=plan, **more)
    finally:
        if crawler.spider:
            crawler.spider.delivery.close()
        if timer:
            timer.cancel()
    if plan.error:
        raise plan.error


class News(scrapy.Spider):  # type: ignore[misc]
    """One crawl over all sources."""

    name = "retold"

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan, self.guard, self.stop = plan, plan.guard, plan.stop
        self.backoff, self.rights = Backoff(plan.notes.waits(), plan.wait, plan.clock), Rights(plan)
        self.patience, self.room, self.children = Patience(), Room(), Children(plan)
        self.spiders = {job.source.key: reference(job.source.spider, plan.spiders) for job in plan.jobs}
        self.sites = {key: site(spider) for key, spider in self.spiders.items()}
        self.languages = {f.url: f.language or job.source.language for job in plan.jobs for f in job.source.feeds}
        self.pages: dict[str, Page] = {}
        self.lines: defaultdict[str, Line] = defaultdict(Line)
        self.kept: deque[Page] = deque()
        self.pages_of: Counter[str] = Counter()
        self.delivery = Delivery(plan)

    @classmethod
    def from_crawler(cls, crawler: Any, plan: Plan, **more: Any) -> News:
        """Scrapy's constructor."""
        spider = cls(plan, **more)
        spider._set_crawler(crawler)
        crawler.signals.connect(hang_up, signals.headers_received)
        crawler.signals.connect(spider.room.look_at_bytes, signals.bytes_received)
        plan.stop.then(spider.drain)
        return spider

    # --- asking ------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Ask for all the jobs' feeds and sitemaps, then for what earlier runs left open."""
        for job in self.plan.jobs:
            for url in job.feeds:
                await self.ask_feed(job.source, "feed", url)
            for url in job.sitemaps:
                await self.ask_feed(job.source, "sitemap", url)
        for job in self.plan.jobs:
            await self.want(job.source, job.pending)
        none: tuple[Any, ...] = ()
        for request in none:  # Scrapy expects a generator; our requests go straight to its engine
            yield request

    async def ask_feed(self, source: Source, kind: str, url: str, depth: int = 0) -> None:
        """Ask for a feed or sitemap, conditionally where we know it already."""
        known = self.plan.validators.get(url, NO_VALIDATORS)
        asked = Asked(source.key, url, kind, known)
        stated = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        headers = {name: value.encode("latin-1", "replace") for name, value in stated.items() if value}
        self.delivery.asked()
        try:
            self.send(asked, url, headers, partial(self.on_feed, asked=asked, source=source, depth=depth))
        except Refused as error:
            await self.take_feed(failed(asked, error, {}), None, source, depth)

    def send(self, asked: Asked, url: str, headers: Mapping[str, Any], then: Callable[[Any], Any]) -> None:
        """Queue a request; ``then`` gets its response or its failure.

        Raises:
            Refused: an address that we do not ask.
        """
        self.crawler.engine.crawl(self.request(asked, url, headers, then))

    def request(self, asked: Asked, url: str, headers: Mapping[str, Any], then: Any) -> Any:
        """The request for an address, its answer or failure for ``then``.

        Raises:
            Refused: an address that we do not ask.
        """
        http = self.plan.http
        meta = {
            "kind": asked.kind,
            "source": asked.source,
            "download_timeout": http.page_timeout_s if asked.kind == "page" else http.feed_timeout_s,
            "dont_obey_robotstxt": asked.kind == "feed",
        }
        return scrapy.Request(
            clean_url(url, http.ports), headers={"Accept": ACCEPT[asked.kind], **headers}, callback=then, errback=then,
            meta=meta, priority=PRIORITY[asked.kind], dont_filter=True,
        )  # fmt: skip

    def drain(self) -> None:
        """Answer what waits for its host's turn; the engine's own queue empties itself (`Manners`)."""
        for slot in self.crawler.engine.downloader.slots.values():
            while slot.queue:
                slot.queue.popleft()[1].errback(Failure(Refused(Reason.CANCELLED, self.stop.why)))

    # --- feeds and sitemaps ------------------------------------------------------------------------------

    async def on_feed(self, answer: Any, asked: Asked, source: Source, depth: int) -> None:
        """A feed was answered, or failed."""
        if await self.room.asked_again(answer, self):
            return
        result, parsed = outcome(answer, asked, self.plan.clock()), None
        if result.code is Reason.OK:
            result, parsed = await self.parse_feed(answer, asked, result)
        await self.take_feed(result, parsed, source, depth)
        self.room.leave(answer)

    async def parse_feed(
        self, response: Any, asked: Asked, result: FetchResult
    ) -> tuple[FetchResult, ParsedFeed | None]:
        """The feed's entries; where it cannot be read, the validators stay those of the last good body."""
        content_type = header(response.headers, "Content-Type") or ""
        try:
            parsed = await self.children.run(feeds.parse, response.body, response.url, content_type, self.plan.clock())
            if asked.kind == "sitemap":
                parsed = sitemaps.recent(parsed, self.plan.clock())
        except Exception as error:
            return replace(unread(result, error), validators=asked.validators), None
        waits = [seconds for seconds in (result.max_age_s, parsed.ttl_s) if seconds]
        age = min(max(waits), DAY_S) if waits else None
        return replace(result, max_age_s=age), parsed

    async def take_feed(self, result: FetchResult, parsed: ParsedFeed | None, source: Source, depth: int) -> None:
        """Hand a feed to the sink, and ask for what it leads to."""
        wanted = self.delivery.feed(result, parsed)
        for url in parsed.links[: sitemaps.MAX_CHILDREN] if parsed and depth == 0 else ():
            await self.ask_feed(source, "sitemap", url, depth + 1)
        await self.want(source, wanted)

    # --- articles ----------------------------------------------------------------------------------------

    async def want(self, source: Source, entries: Iterable[Entry]) -> None:
        """Get an article for each entry: from its page, or from the feed alone."""
        for done in await asyncio.gather(*(self.want_one(source, e) for e in entries), return_exceptions=True):
            if isinstance(done, Exception):
                note(done, source.key)

    async def want_one(self, source: Source, entry: Entry) -> None:
        """Get an article for an entry."""
        refused = self.rights.refused(Asked(source.key, entry.url or "", "page"))
        if refused:
            self.delivery.article(refused, entry, None)
        elif source.text_from == "feed":
            await self.take_entry(source, entry, full=True)
        elif not self.sites[source.key].wants_page(entry):
            await self.take_entry(source, entry, full=False)
        else:
            await self.want_page(source, entry)

    async def want_page(self, source: Source, entry: Entry) -> None:
        """Ask for an entry's page, unless this run has asked for it already."""
        url = self.sites[source.key].page_url(entry)
        key = page_key(url)
        page = self.pages.get(key)
        if page:
            if page.forgotten:
                return  # stays pending
            page.waiting.append((source, entry))
            if page.done:
                await self.take_page(page, None)
            return
        if self.pages_of[source.key] >= source.max_pages_per_run:
            return  # stays pending
        self.pages_of[source.key] += 1
        self.delivery.asked()
        page = self.pages[key] = Page([(source, entry)])
        host = key.partition("/")[0]
        self.lines[host].waiting.append((Asked(source.key, url, "page"), page))
        await self.ask_pages(host)

    async def ask_pages(self, host: str) -> None:
        """Ask for the next pages in a host's line; a request of Scrapy's takes some kilobytes, so few at a time."""
        line = self.lines[host]
        while line.waiting and line.asked < AHEAD * self.plan.http.per_host:
            asked, page = line.waiting.popleft()
            try:
                self.stop.check()
                self.send(asked, asked.url, {}, partial(self.on_page, asked=asked, page=page, host=host))
                line.asked += 1
            except Refused as error:
                await self.take_page(page, failed(asked, error, {}))

    async def on_page(self, answer: Any, asked: Asked, page: Page, host: str) -> None:
        """A page was answered, or failed."""
        self.lines[host].asked -= 1
        await self.ask_pages(host)
        if await self.room.asked_again(answer, self):
            self.lines[host].asked += 1
            return
        result, (source, entry) = outcome(answer, asked, self.plan.clock()), page.waiting[0]
        if result.code is Reason.OK:
            try:
                self.patience.check(asked.source)
                page.article = await self.read_page(source, entry, answer)
            except Exception as error:
                result = unread(result, error)
        self.patience.note(asked.source, result.code)
        await self.take_page(page, result)
        self.room.leave(answer)

    async def read_page(self, source: Source, entry: Entry, answer: Any) -> Article:
        """The article on an entry's page, read in a child process. Raises as `Children.run`."""
        encoding = http_content_type_encoding(header(answer.headers, "Content-Type"))
        args = (self.reader(source), entry, answer.body, answer.url, source.key, self.language(source, entry))
        said = self.rights.said(source.key, answer)
        article: Article = await self.children.run(extract, *args, encoding, self.plan.clock(), said)
        return article

    async def take_page(self, page: Page, result: FetchResult | None) -> None:
        """Hand a page's article to the sink, once for every entry that points at it.

        The page's own result goes with the first; where there is no article, each gets its own teaser.
        """
        undecided = page.undecided = page.undecided or (result is not None and result.code in UNDECIDED)
        page.left_out = page.left_out or (result is not None and result.code is Reason.OPTED_OUT)
        while page.waiting:
            source, entry = page.waiting.pop(0)
            article = page.article
            if article is None and not undecided and not page.left_out:
                article = await self.from_entry(source, entry, full=False)
                if article is None and self.stop:  # the teaser was cancelled: all of it is the next run's
                    undecided = True
                    result = result and replace(result, code=Reason.CANCELLED, detail=self.stop.why)
            if result or not undecided:
                self.delivery.article(result, entry, article)
            result = None
        if not page.done:
            page.done = True
            self.kept.append(page)
        if len(self.kept) > KEPT:
            oldest = self.kept.popleft()
            oldest.article, oldest.forgotten = None, True

    async def take_entry(self, source: Source, entry: Entry, *, full: bool) -> None:
        """Hand an article to the sink that needs no page."""
        article = await self.from_entry(source, entry, full=full)
        if not self.stop:  # else it may have been cancelled; it stays pending
            self.delivery.article(None, entry, article)

    async def from_entry(self, source: Source, entry: Entry, *, full: bool) -> Article | None:
        """The article that an entry itself holds, or None."""
        args = (self.reader(source), entry, source.key, self.language(source, entry), full)
        try:
            article: Article = await self.children.run(extract_entry, *args)
        except Exception as error:
            note(error, entry.url or entry.guid)
            return None
        return article

    def reader(self, source: Source) -> str:
        """By what its pages are read, in a child process, too."""
        return self.spiders.get(source.key, source.spider)

    def language(self, source: Source, entry: Entry) -> str:
        """The language that config.yaml says an entry is in."""
        return self.languages.get(entry.feed_url, source.language)
