"""Sitemaps as feeds: news sitemaps, plain URL sets, and indexes of further sitemaps (sitemaps.org, Google News)."""

from __future__ import annotations

import heapq
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from pipeline.feeds import plain
from pipeline.feeds.context import MAX_ENTRIES, Context
from pipeline.model import Entry, FeedError, ParsedFeed, Reason

_MAX_LINKS = 1_000
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def read(body: bytes, context: Context) -> ParsedFeed:
    """A sitemap's newest entries, or an index's links. Raises FeedError(not_a_feed) where no XML is left."""
    # Entities are not resolved, nothing is fetched, and depth and sizes are libxml2's own bounds.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        top = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        top = None
    if top is None:
        raise FeedError(Reason.NOT_A_FEED, "looks like a sitemap, broken from the start")
    bozo = bool(len(parser.error_log))
    if etree.QName(top).localname == "sitemapindex":
        return ParsedFeed((), kind="sitemap-index", bozo=bozo, links=_links(top, context))
    return _entries(top, bozo, context)


def _links(top: Any, context: Context) -> tuple[str, ...]:
    found = (plain.link(_field(child, "loc"), context.url) for child in top.iterfind("{*}sitemap"))
    return tuple(dict.fromkeys(link for link in found if link))[:_MAX_LINKS]


def _entries(top: Any, bozo: bool, context: Context) -> ParsedFeed:
    found = [_entry(child, context) for child in top.iterfind("{*}url")]
    newest = set(heapq.nlargest(MAX_ENTRIES, range(len(found)), lambda n: _moment(found[n])))
    entries = tuple(entry for n, entry in enumerate(found) if n in newest)
    news = any(True for _ in top.iterfind("{*}url/{*}news"))
    return ParsedFeed(
        entries=entries,
        kind="news-sitemap" if news else "sitemap",
        bozo=bozo,
        dropped=len(found) - len(entries),
    )


def _moment(entry: Entry) -> datetime:
    return entry.published or entry.updated or _LONG_AGO


def _entry(child: Any, context: Context) -> Entry:
    published, modified = _field(child, "news/{*}publication_date"), _field(child, "lastmod")
    url = plain.link(_field(child, "loc"), context.url)
    return Entry(
        feed_url=context.url,
        guid=url or "",
        url=url,
        title=plain.title(_field(child, "news/{*}title")),
        published=context.date(published),
        updated=context.date(modified),
        date_raw=plain.line(published or modified, 100),
        language=plain.language(_field(child, "news/{*}publication/{*}language")),
        categories=plain.categories(_field(child, "news/{*}keywords").split(",")),
    )


def _field(child: Any, path: str) -> str:
    return child.findtext("{*}" + path) or ""
