"""RSS and Atom → entries. The only user of feedparser.

feedparser's sanitiser and its rewriting of addresses inside bodies are off: bodies are untrusted and never shown
here, and both re-parse every body (50,000 unclosed tags: 0.58 s with, 0.01 s without). Its dates are not used:
it takes ``CEST`` for UTC. Bytes go in as a file object, since feedparser opens bytes that name a file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import feedparser

from pipeline.feeds import plain, prescan
from pipeline.feeds.context import MAX_ENTRIES, Context
from pipeline.model import Entry, FeedError, ParsedFeed, Reason

_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_LONGEST_WAIT = 31_536_000  # s


def read(body: bytes, charset: str, context: Context) -> ParsedFeed:
    """All that feedparser finds, in its order; ``kind`` is "" where it knows no version.

    Raises FeedError(parse_crash) where feedparser itself fails.
    """
    body, cut = prescan.trim(body, context)
    parsed, lost = _parsed(body, charset, context)
    feed, found = parsed["feed"], parsed["entries"]
    language = plain.language(_text(feed, "language"))
    return ParsedFeed(
        entries=tuple(_entry(entry, language, context) for entry in found[:MAX_ENTRIES]),
        title=plain.title(_text(feed, "title")),
        language=language,
        kind=parsed.get("version") or "",
        bozo=bool(parsed["bozo"]),
        dropped=cut + lost + max(0, len(found) - MAX_ENTRIES),
        ttl_s=_ttl(feed),
    )


def _parsed(body: bytes, charset: str, context: Context) -> tuple[Any, int]:
    """What feedparser makes of the feed, and how many items it raised at: these are lost, not all the others."""
    try:
        return _feedparser(body, charset, context), 0
    except FeedError:
        body = prescan.without_extras(body)
    try:
        return _feedparser(body, charset, context), 0
    except FeedError as error:
        items = prescan.pieces(body)
        read = [one for piece in items if (one := _unless_it_raises(piece, charset, context))]
        if not read:
            raise error
        return {**read[0], "bozo": True, "entries": [e for one in read for e in one["entries"]]}, len(items) - len(read)


def _unless_it_raises(body: bytes, charset: str, context: Context) -> Any:
    with suppress(FeedError):
        return _feedparser(body, charset, context)
    return None


def _feedparser(body: bytes, charset: str, context: Context) -> Any:
    headers = {
        # text/xml would mean us-ascii to it (RFC 3023), a missing header ISO-8859-1
        "content-type": "application/xml" + (f"; charset={charset}" if charset else ""),
        "content-location": context.url,
    }
    try:
        return feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (MemoryError, RecursionError):
        raise  # the sandbox has names for them
    except Exception as error:
        raise FeedError(Reason.PARSE_CRASH, f"feedparser: {type(error).__name__}: {error}"[:200]) from error


def _entry(entry: Any, language: str | None, context: Context) -> Entry:
    published, created, updated = (_text(entry, key) for key in ("published", "created", "updated"))
    summary, content = _bodies(entry)
    source = entry.get("source")
    source = source if isinstance(source, Mapping) else {}
    return Entry(
        feed_url=context.url,
        guid=_text(entry, "id"),
        url=_link(entry, context.url),
        title=plain.title(_text(entry, "title"), summary or content),
        summary=summary,
        content=content,
        author=plain.line(_text(entry, "author"), 300),
        published=context.date(published, created, updated),
        updated=context.date(updated),
        date_raw=plain.line(published or created or updated, 100),
        language=_language(entry) or language,
        via_name=plain.title(_text(source, "title"))[:300],
        via_url=plain.link(_text(source, "href") or _text(source, "link"), context.url) or "",
        categories=plain.categories([tag.get("term") or tag.get("label") or "" for tag in _list(entry, "tags")]),
    )


def _link(entry: Any, base: str) -> str | None:
    """FeedBurner's original, the link, another alternate link, or a guid that may be one."""
    stated = _text(entry, "link")
    claims = [_text(entry, "feedburner_origlink"), stated, *_alternates(entry)]
    guid = _text(entry, "id")
    # a guid beside an unusable link may be a permalink or not: feedparser does not tell; alone, it would be the link
    if stated and guid.lower().startswith(("http://", "https://")):
        claims.append(guid)
    links = (plain.link(claim, base) for claim in claims)
    return next((link for link in links if link and link != base), None)  # an empty link resolves to the feed


def _alternates(entry: Any) -> Iterator[str]:
    for link in _list(entry, "links"):
        if link.get("rel") == "alternate":
            yield _text(link, "href")


def _bodies(entry: Any) -> tuple[str, str]:
    """(summary, content): the shorter and the fuller body; one alone keeps the name the feed gave it."""
    stated = plain.body(_text(entry, "summary"))
    bodies = [plain.body(_text(part, "value")) for part in _list(entry, "content")[:20]]
    fullest = max(bodies, key=len, default="")
    if not fullest or not stated or fullest == stated:
        only = fullest or stated
        return (only, "") if "summary_detail" in entry else ("", only)
    return (stated, fullest) if len(stated) <= len(fullest) else (fullest, stated)


def _language(entry: Any) -> str | None:
    details = (entry.get(key) for key in ("title_detail", "summary_detail"))
    stated = (plain.language(_text(detail, "language")) for detail in details if isinstance(detail, Mapping))
    return next((language for language in stated if language), None)


def _ttl(feed: Any) -> int | None:
    """Seconds of <ttl> (minutes) or of sy:updatePeriod / sy:updateFrequency."""
    minutes = _number(_text(feed, "ttl"))
    if minutes:
        return min(minutes * 60, _LONGEST_WAIT)
    period = _PERIODS.get(_text(feed, "sy_updateperiod").strip().lower())
    return period // (_number(_text(feed, "sy_updatefrequency")) or 1) if period else None


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _text(holder: Mapping[str, Any], key: str) -> str:
    """The value as it stands; "" for what is missing or, by an unforeseen attribute, a mapping.

    dict's own get: feedparser's answers ``updated`` with ``published``.
    """
    value = dict.get(holder, key)  # type: ignore[call-overload]
    return value if isinstance(value, str) else ""


def _list(holder: Any, key: str) -> list[Any]:
    value = dict.get(holder, key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
