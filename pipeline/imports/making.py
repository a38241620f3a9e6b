"""Records → articles, by the functions of a run: what limited child processes do, for the bytes are foreign."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from pipeline import urls
from pipeline.articles import from_entry, from_page
from pipeline.imports.fields import Columns, is_own, is_textless, language, moment, text_of
from pipeline.imports.ownrows import TEXTLESS, own_article
from pipeline.imports.pagefiles import about_page
from pipeline.imports.records import Made, Page, Reading, Refused, finished
from pipeline.model import ArticleError, Entry
from pipeline.text import one_line, plain

Row = Mapping[str, Any]
MARKUP = re.compile(
    r"</?(?:a|b|blockquote|body|br|div|em|figure|h[1-6]|html|i|img|li|ol|p|script|section|span|strong|style|table|td|ul)\b[^<>]*>"
    r"|&(?:amp|lt|gt|quot|nbsp|apos|#\d{1,6}|#x[0-9a-f]{1,6}|[a-z]uml|szlig|[lr][ds]quo|[mn]dash|hellip);",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d[:.]\d\d")
_ZONED = re.compile(r"(?:z|[+-]\d\d:?\d\d|[a-z]{3,4})\)?$", re.IGNORECASE)
MAX_FIELD = 4_000_000  # characters of a text that are looked at


def made_rows(
    rows: Sequence[Row], asked: Sequence[tuple[str, str]], how: Reading, now: datetime, spreadsheet: bool
) -> tuple[list[Made | Refused], dict[str, set[str]]]:
    """The article of each row, or why there is none; and field → columns that it was found in. ``spreadsheet``: cells
    of CSV, in which our own export writes what looks like a formula behind an apostrophe."""
    columns = Columns(None, asked)
    return [_of_row(row, columns, how, now, spreadsheet) for row in rows], columns.seen


def _of_row(row: Row, columns: Columns, how: Reading, now: datetime, spreadsheet: bool) -> Made | Refused:
    try:
        if is_own(row) and not columns.asked:
            columns.seen.setdefault("own", set()).add("export")
            return own_article(row, how, now, spreadsheet)
        if is_textless(row) and not columns.asked:
            return Refused("no_text", TEXTLESS)
        return _foreign(columns(row), how, now)
    except ArticleError as error:
        return Refused(str(error.code), error.detail)
    except (ValueError, TypeError) as error:
        return Refused("bad_value", str(error)[:200])


# -- rows of others


def _foreign(found: Mapping[str, Any], how: Reading, now: datetime) -> Made | Refused:
    address = found.get("url")
    url = urls.canonical(text_of(address)) if address is not None else _below(found, how.base)
    if url is None:
        return Refused("bad_url", text_of(address)[:200]) if address else Refused("no_url")
    text, title = text_of(found.get("text"))[:MAX_FIELD], text_of(found.get("title"))
    published, seen = moment(found.get("published"), now, how.zone), moment(found.get("first_seen"), now, how.zone)
    seen = seen if seen and seen <= now else None
    stated = "" if published else text_of(found.get("published"))
    if published is None and seen is None and not how.undated:
        return Refused("bad_date", stated[:100]) if stated else Refused("no_date")
    entry = Entry(
        feed_url="", guid=url, url=url, title=one_line(plain(title) if MARKUP.search(title) else title, 1000),
        content=text if MARKUP.search(text) else html.escape(text, quote=False), author=text_of(found.get("author")),
        published=published, updated=moment(found.get("updated"), now, how.zone),
        language=language(text_of(found.get("lang")), "") or None,
    )  # fmt: skip
    article = from_entry(entry, source="", language="", full=True)
    noted = {"html": MARKUP.search(text), "no_zone": zoneless(found.get("published")), "bad_date": stated}
    notes = [name for name, is_so in noted.items() if is_so]
    said = {"source": one_line(text_of(found.get("source")), 200)} if found.get("source") else {}
    return finished(replace(article, first_seen=seen), said, seen, notes)


def _below(found: Mapping[str, Any], base: str) -> str | None:
    """An address for what has none: below ``base`` by its id, else by what it says, so that it is the same again."""
    if not base:
        return None
    own = text_of(found.get("id"))
    own = (
        own or blake2b(f"{found.get('title')}\0{found.get('text')}".encode(errors="replace"), digest_size=8).hexdigest()
    )
    return urls.canonical(base.rstrip("/") + "/" + re.sub(r"[^\w.~-]+", "-", own)[:200])


def zoneless(value: Any) -> bool:
    """Is this a time of day without a zone?"""
    if isinstance(value, datetime):
        return value.tzinfo is None
    text = value.strip() if isinstance(value, str) else ""
    return bool(_CLOCK.search(text)) and not _ZONED.search(text)


# -- pages


def made_page(page: Page, how: Reading, now: datetime) -> Made | Refused:
    """The article on a saved or crawled page."""
    try:
        return _of_page(page, how, now)
    except ArticleError as error:
        return Refused(str(error.code), error.detail)


def _of_page(page: Page, how: Reading, now: datetime) -> Made | Refused:
    body, stated, encoding = about_page(page, how.max_body)
    about = page.about or {}
    url = page.url or text_of(about.get("url")) or stated or page.base
    address = urls.canonical(url)
    if address is None:
        return Refused("bad_url", url[:200]) if url else Refused("no_url")
    entry = Entry(feed_url="", guid=address, url=address, title=one_line(text_of(about.get("title")), 1000),
                  published=moment(about.get("published"), now, how.zone))  # fmt: skip
    seen = page.seen or moment(about.get("first_seen"), now, how.zone)
    seen = seen if seen and seen <= now else None
    licensed = any(urls.same_site(address, own) for own in how.licensed)
    article = from_page(entry, body, url=address, source="", language="", encoding=encoding, now=seen or now,
                        said=None if licensed else page.said)  # fmt: skip
    if article.published is None and seen is None and not how.undated:
        return Refused("no_date")
    said = {"source": one_line(text_of(about.get("source")), 200)} if about.get("source") else {}
    return finished(replace(article, first_seen=seen), said, seen)
