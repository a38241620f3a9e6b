"""What stands behind an address that somebody wants followed: a feed, or a page that leads to feeds. Pure; for a child.

Of trafilatura.feeds the search among a page's ordinary links is used, for pages that declare no feed. Declared ones are
read here: it drops their titles, takes `/wp-json/` for a feed, and resolves addresses against the host, not the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from lxml.html import HtmlElement

from pipeline import feeds, text, urls
from pipeline.feeds import plain
from pipeline.model import Entry, FeedError, ParsedFeed, Reason
from pipeline.pagehtml import read_html
from pipeline.pagemeta import publishers, read_meta

MAX_LINKS = 60  # of one page
NAME = 100  # characters
FEED_TYPES = frozenset(
    {
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/rss+xml",
        "application/x-rss+xml",
        "text/rss+xml",
    }
)
_ALIKE = frozenset({"application/xml", "text/xml"})  # a feed only where address or title says so
_FEEDISH = re.compile(r"(?<![a-z])(?:atom|feeds?|rss2?|rdf)(?![a-z])", re.I)
_COMMENTS = re.compile(r"comments?|kommentar|reacties|commentaires", re.I)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page names: its address, and its title, one line or ""."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class SitePage:
    """What a page says of its site; texts are plain lines."""

    feeds: tuple[FeedLink, ...]
    names: tuple[str, ...]  # of the site, the surest first
    owner: str  # the publisher, or that one's parent
    language: str  # ISO 639-1, or ""


def is_feedish(url: str) -> bool:
    """Whether an address looks like a feed's."""
    return bool(_FEEDISH.search(url.partition("://")[2].partition("/")[2])) or url.partition("?")[0].endswith(".xml")


def look(body: bytes, url: str, content_type: str, encoding: str | None, now: datetime) -> ParsedFeed | SitePage:
    """What ``body``, fetched from ``url``, is. Raises FeedError(not_a_page) where it is neither feed nor page."""
    try:
        return feeds.parse(body, url, content_type, now)
    except FeedError as error:
        if error.code is not Reason.NOT_A_FEED:
            raise
    return site_page(body, url, encoding)


def full(entries: Sequence[Entry], enough: int) -> int:
    """How many entries carry a text of at least ``enough`` words."""
    return sum(len(text.plain(e.content or e.summary).split()) >= enough for e in entries)


def site_page(body: bytes, url: str, encoding: str | None) -> SitePage:
    """What a page names and says. Raises FeedError(not_a_page)."""
    from trafilatura.utils import load_html

    html = read_html(body, encoding)
    tree = load_html(html) if html else None
    if tree is None:
        raise FeedError(Reason.NOT_A_PAGE, "no HTML")
    meta = read_meta(tree)
    names = [plain.line(name, NAME) for name in (*_site_names(tree), *meta.sites)]
    owner, parent = publishers(tree)
    found = list(_declared(tree, url)) or list(_linked(html, url))
    return SitePage(
        feeds=tuple({link.url: link for link in reversed(found)}.values())[::-1][:MAX_LINKS],
        names=tuple(dict.fromkeys(filter(None, (*names, plain.line(owner, NAME))))),
        owner=plain.line(parent or owner, NAME),
        language=meta.language,
    )


def _site_names(tree: HtmlElement) -> Iterator[str]:
    for element in tree.iter("meta"):
        if (element.get("property") or element.get("name") or "").strip().lower() == "og:site_name":
            yield element.get("content") or ""


def _declared(tree: HtmlElement, url: str) -> Iterator[FeedLink]:
    """By ``<link rel="alternate" type="application/rss+xml" href="…">``."""
    base = next((urljoin(url, b.get("href") or "") for b in tree.iter("base")), url)
    for element in tree.iter("link"):
        rel = (element.get("rel") or "").lower().split()
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        address = plain.link(element.get("href") or "", base)
        title = plain.line(element.get("title") or "", NAME)
        named = kind in FEED_TYPES or (kind in _ALIKE and _FEEDISH.search(f"{address} {title}"))
        if named and address and {"alternate", "feed"} & set(rel) and not _COMMENTS.search(f"{address} {title}"):
            yield FeedLink(address, title)


def _linked(html: str, url: str) -> Iterator[FeedLink]:
    """By an ordinary link whose address looks like a feed's, of the same site."""
    from trafilatura.feeds import FeedParameters, determine_feed

    top = urljoin(url, "/")
    for address in determine_feed(html, FeedParameters(top.rstrip("/"), urls.host(url), url)):
        found = plain.link(address, url)
        if found and not _COMMENTS.search(found) and urls.site(found) == urls.site(url):
            yield FeedLink(found, "")
