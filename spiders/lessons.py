"""A page from which selectors are learned: a source's newest article, or one that somebody saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from w3lib.encoding import http_content_type_encoding

from pipeline import selectorguess, sitefindings
from pipeline.config import Source
from pipeline.model import ArticleError, Entry, FeedError, Reason
from pipeline.selectorguess import Learned
from spiders.outcome import header
from spiders.scout import Scout

TRIES = 3  # articles whose pages are asked for


async def saved(scout: Scout, source: Source, body: bytes, url: str, now: datetime) -> Learned:
    """What a saved page teaches. Raises FeedError."""
    home = source.homepage or (source.feeds[0].url if source.feeds else source.sitemaps[0])
    entry = Entry(feed_url=home, guid=url, url=home, title="")
    done: Learned = await scout.children.run(
        selectorguess.learned, entry, body, url, source.key, source.language, None, now
    )
    return done


async def fetched(scout: Scout, source: Source, now: datetime) -> tuple[bytes, str | None, Learned]:
    """(bytes, charset that the header says, what they teach) of the newest article's page that can be had.

    Raises FeedError: the last reason why none could.
    """
    feeds = [await scout.feed(f.url) for f in source.feeds]
    if not any(f.entries for f in feeds):
        feeds += [await scout.feed(url, "sitemap") for url in source.sitemaps]
    why: FeedError = ArticleError(
        next((f.result.code for f in feeds if not f.result.code.ok), Reason.NO_TEXT), "no entry"
    )
    site = scout.sites[source.key]
    for entry in [e for e in sitefindings.newest(feeds, 50) if site.wants_page(e)][:TRIES]:
        result, answer = await scout.ask(site.page_url(entry), "page", source.key)
        try:
            if answer is None:
                raise ArticleError(result.code, result.detail)
            return await _lesson(scout, source, entry, answer, now)
        except FeedError as error:
            why = error
    raise why


async def _lesson(
    scout: Scout, source: Source, entry: Entry, answer: Any, now: datetime
) -> tuple[bytes, str | None, Learned]:
    encoding = http_content_type_encoding(header(answer.headers, "Content-Type"))
    language, told = scout.language(source, entry), scout.rights.said(source.key, answer)
    args = (entry, answer.body, answer.url, source.key, language, encoding, now, told)
    return answer.body, encoding, await scout.children.run(selectorguess.learned, *args)
