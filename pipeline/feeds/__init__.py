"""Feed bytes → entries: RSS 0.9x–2.0, Atom 0.3/1.0, JSON Feed 1/1.1, news sitemaps, sitemap indexes.

Pure: never fetches, never opens a path. Run it inside :class:`pipeline.sandbox.Sandbox`: the linear pre-scan
makes the known quadratic inputs cheap, the child's limits hold for those that nobody knows yet.

intake    gunzip, size, charset
sniff     what the bytes are, or look like
prescan   what makes feedparser slow is cut, in linear time
xmlfeed   feedparser → entries; salvage: in parts where it fails; jsonfeed, sitemap: own readers
plain     text and links made safe
identity  one guid per entry
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pipeline.feeds import identity, intake, jsonfeed, prescan, sitemap, sniff, xmlfeed
from pipeline.feeds.context import MAX_ENTRIES, Context
from pipeline.model import FeedError, ParsedFeed, Reason

__all__ = ["MAX_ENTRIES", "parse"]


def parse(body: bytes, url: str, content_type: str = "", now: datetime | None = None, zone: str = "UTC") -> ParsedFeed:
    """The entries that ``body``, fetched from ``url``, holds, in its order; at most MAX_ENTRIES.

    ``content_type`` is the response header; its charset counts unless the bytes contradict it. ``now`` (aware,
    default: the clock) bounds dates; ``zone`` (IANA name) is for dates that name none. An entry without URL
    stays; one without link, title and text is dropped and counted in ``dropped``, as is an exact repetition.

    Raises FeedError: empty_body; not_a_feed (the detail names what it looks like); too_large (over 15 MiB
    after gunzip); bad_encoding (broken gzip); parse_crash (feedparser failed). TypeError for anything but bytes,
    since feedparser takes a str for a path or an address and opens it.
    """
    if not isinstance(body, bytes):
        raise TypeError(f"parse() takes bytes, not {type(body).__name__}")
    context = Context(url, now or datetime.now(UTC), zone)
    body = intake.unpack(body)
    if intake.is_blank(body):
        raise FeedError(Reason.EMPTY_BODY, f"{len(body)} bytes, all blank" if body else "0 bytes")
    body, charset = intake.recode(body, content_type)
    feed = _read(body, charset, context)
    entries, dropped = identity.settle(feed.entries)
    return replace(feed, entries=entries, dropped=feed.dropped + dropped)


def _read(body: bytes, charset: str, context: Context) -> ParsedFeed:
    root = sniff.root(body)
    if root == "{":
        try:
            return jsonfeed.read(body, context)
        except jsonfeed.BrokenError:
            if not sniff.has_feed(body):
                raise  # else a program printed something before the feed
    body = prescan.mend_references(body)
    if root in ("urlset", "sitemapindex"):
        return sitemap.read(body, context)
    if sniff.hopeless(body, root):
        raise sniff.refusal(body, root)
    feed = xmlfeed.read(body, charset, context)
    if not feed.kind and not feed.entries:
        raise sniff.refusal(body, root)
    return feed
