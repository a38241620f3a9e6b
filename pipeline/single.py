"""One page, asked for by itself: politely and guarded as in a run, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline import urls
from pipeline.config import Config, Feed, Source
from pipeline.model import Article, Entry, FetchResult, ParsedFeed, RetoldError
from pipeline.values import without_password
from spiders.crawl import Job, collect

FEED = "https://retold.invalid/feed"  # RFC 2606: an entry needs one, nobody asks for it


class PageError(RetoldError):
    """The page cannot be had, or holds no article; its text says why."""

    def __init__(self, url: str, code: str, detail: str) -> None:
        super().__init__(f"{without_password(url)}: {code}{f' ({detail})' if detail else ''}")
        self.code = code


@dataclass
class _Kept:
    """What the crawl brought."""

    result: FetchResult | None = None
    article_: Article | None = None
    parsed: list[ParsedFeed] = field(default_factory=list)

    def begin(self) -> None:
        """Nothing to begin."""

    def commit(self) -> None:
        """Nothing to commit."""

    def feed(self, result: FetchResult, parsed: ParsedFeed | None) -> Sequence[Entry]:
        """No feed is asked for."""
        return ()

    def article(self, result: FetchResult | None, entry: Entry, article: Article | None) -> None:
        """Keep the page's article."""
        self.result, self.article_ = result or self.result, article or self.article_


def page(config: Config, url: str, routes: dict[str, tuple[str, int]] | None = None) -> Article:
    """The article at ``url``, fetched by the manners of ``config``; raises PageError.

    Robots, the guard of addresses and all limits hold as in a run. ``routes`` as in pipeline.run.run.
    """
    kept = _Kept()
    entry = Entry(feed_url=FEED, guid=url, url=url, title="")
    job = Job(source=_source(config, url), feeds=(), pending=(entry,))
    collect(
        [job],
        config.http,
        {},
        kept,
        routes=routes,
        max_seconds=config.http.page_timeout_s * 2,
        opt_out=config.rights.opt_out,
        spiders=config.spiders,
    )
    if kept.article_ is None or (kept.result and not kept.result.code.ok):
        code, detail = (str(kept.result.code), kept.result.detail) if kept.result else ("no_text", "")
        raise PageError(url, code, detail)
    return kept.article_


def _source(config: Config, url: str) -> Source:
    """The followed source at this address, asked for its page whatever it says of its feeds; else a nameless one."""
    site = urls.host(url).removeprefix("www.")
    for source in config.sources:
        if source.homepage and urls.host(source.homepage).removeprefix("www.") == site:
            return source.model_copy(update={"text_from": "page"})
    return Source.model_construct(
        key=site, name=site, owner=site, country="XX", language="und", role="publisher", feeds=(Feed(url=FEED),),
        text_from="page", spider="generic", max_pages_per_run=1, interval_s=1800, sitemaps=(), enabled=True,
        homepage=None,
    )  # fmt: skip
