"""JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1) → entries. feedparser reads none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.feeds import plain
from pipeline.feeds.context import MAX_ENTRIES, Context
from pipeline.model import Entry, FeedError, ParsedFeed, Reason


class BrokenError(FeedError):
    """Bytes that begin like JSON and are none."""


def read(body: bytes, context: Context) -> ParsedFeed:
    """Raises FeedError(not_a_feed) for JSON that is no JSON Feed; BrokenError for what is no JSON."""
    top = _load(body)
    version = _text(top, "version")
    if "jsonfeed.org/version/" not in version:
        raise FeedError(Reason.NOT_A_FEED, "looks like JSON that is no JSON Feed")
    items = [item for item in _list(top, "items") if isinstance(item, dict)]
    language = plain.language(_text(top, "language"))
    entries = tuple(_entry(item, language, top, context) for item in _newest(items, context))
    return ParsedFeed(
        entries=entries,
        title=plain.title(_text(top, "title")),
        language=language,
        kind="json" + plain.line(version.rsplit("/", 1)[-1], 5).replace(".", "").ljust(2, "0"),
        dropped=len(items) - len(entries),
    )


def _load(body: bytes) -> Mapping[str, Any]:
    try:
        top = json.loads(body)
    except (ValueError, RecursionError) as error:
        why = f"broken JSON: {type(error).__name__}"
        raise BrokenError(Reason.NOT_A_FEED, f"looks like {why}") from None
    return top if isinstance(top, dict) else {}


def _newest(items: list[Any], context: Context) -> list[Any]:
    """The first MAX_ENTRIES, or the last where the feed runs from old to new."""
    if len(items) <= MAX_ENTRIES:
        return items
    first, last = (context.date(_text(item, "date_published")) for item in (items[0], items[-1]))
    return items[-MAX_ENTRIES:] if first and last and first < last else items[:MAX_ENTRIES]


def _entry(item: Mapping[str, Any], language: str | None, top: Mapping[str, Any], context: Context) -> Entry:
    guid, published, updated = (_text(item, key) for key in ("id", "date_published", "date_modified"))
    content = plain.body(_text(item, "content_html") or _escaped(_text(item, "content_text")))
    summary = plain.body(_escaped(_text(item, "summary")))
    address = _text(item, "url")
    return Entry(
        feed_url=context.url,
        guid=guid,
        url=plain.link(address, context.url) or (plain.link(guid) if "://" in guid else None),
        title=plain.line(_text(item, "title"), plain.TITLE) or plain.title("", summary or content),
        summary=summary,
        content=content,
        author=_author(item) or _author(top),
        published=context.date(published, updated),
        updated=context.date(updated),
        date_raw=plain.line(published or updated, 100),
        language=plain.language(_text(item, "language")) or language,
        categories=plain.categories([str(tag) for tag in _list(item, "tags") if isinstance(tag, str)]),
    )


def _author(item: Mapping[str, Any]) -> str:
    """1.1 has ``authors``, 1 has ``author``."""
    people = [one for one in [*_list(item, "authors"), item.get("author")] if isinstance(one, dict)]
    return plain.line(", ".join(filter(None, (_text(one, "name") for one in people[:20]))), 300)


def _escaped(text: str) -> str:
    """Plain text as the HTML that bodies are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n\n", "<p>")


def _text(item: Mapping[str, Any], key: str) -> str:
    """The value as text; the specification lets ids be numbers that readers take as strings."""
    value = item.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) and key == "id" else ""


def _list(item: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = item.get(key)
    return value if isinstance(value, list) else []
