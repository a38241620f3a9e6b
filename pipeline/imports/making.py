"""Records → articles, by the functions of a run: what limited child processes do, for the bytes are foreign."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from pipeline import urls
from pipeline.articles import from_entry, from_page
from pipeline.dates import parse
from pipeline.imports.fields import Columns, is_own
from pipeline.imports.pagefiles import about_page
from pipeline.imports.records import Made, Page, Reading, Refused
from pipeline.model import Article, ArticleError, Entry, Link, TextFrom
from pipeline.signatures import paragraph_hashes, title_hash
from pipeline.tablefiles import original
from pipeline.text import clean, content_hash, one_line, plain

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
            return _own(row, now, spreadsheet)
        return _foreign(columns(row), how, now)
    except ArticleError as error:
        return Refused(str(error.code), error.detail)
    except (ValueError, TypeError) as error:
        return Refused("bad_value", str(error)[:200])


def finished(
    article: Article, outlet: Mapping[str, str], read: datetime | None = None, notes: Sequence[str] = ()
) -> Made:
    """An article with the hashes that storing it takes."""
    return Made(article, tuple(paragraph_hashes(article)), title_hash(article), outlet, read, tuple(notes))


# -- rows of Retold's own export, taken as they stand


def _own(row: Row, now: datetime, spreadsheet: bool) -> Made | Refused:
    def text(name: str) -> str:
        value = row.get(name)
        value = value if isinstance(value, str) else ""
        return original(value) if spreadsheet else value

    url = urls.canonical(text("url"))
    if url is None:
        return Refused("bad_url", text("url")[:200])
    title, body = one_line(text("title"), 1000), clean(text("text"))
    kind = TextFrom(text("text_from"))
    if not body and not (title and kind is TextFrom.TEASER):
        return Refused("no_text")
    seen = moment(row.get("first_seen"), now)
    article = Article(
        source="", url=url, key=one_line(text("key"), 2000) or urls.key(url), title=title, text=body,
        lang=_language(text("lang")), published=moment(row.get("published"), now),
        updated=moment(row.get("updated"), now), first_seen=seen if seen and seen <= now else None,
        author=one_line(text("author"), 300), agencies=tuple(sorted(_strings(row.get("agencies")))),
        credit=one_line(text("credit"), 1000), dateline=one_line(text("dateline"), 1000),
        paywalled=_truth(row.get("paywalled")), text_from=kind,
        canonical_claim=urls.canonical(text("canonical_claim")) if text("canonical_claim") else None,
        links=_links(row.get("links")), content_hash=content_hash(title, body), version=_count(row.get("version")),
    )  # fmt: skip
    outlet = {"source": text("source"), "name": text("outlet"), "owner": text("owner"), "country": text("country"),
              "role": text("outlet_role")}  # fmt: skip
    told = {k: one_line(v, 200) for k, v in outlet.items() if v}
    return replace(finished(article, told, article.first_seen, ("own",)), via=tuple(_pairs(row.get("via"))))


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
    return value if isinstance(value, list) else []


def _strings(value: Any) -> list[str]:
    return [one_line(v, 200) for v in _listed(value) if isinstance(v, str) and v.strip()]


def _links(value: Any) -> tuple[Link, ...]:
    return tuple(Link(url, one_line(text, 300)) for raw, text in _pairs(value) if (url := urls.canonical(raw)))


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    for pair in _listed(value):
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(x, str) for x in pair):
            yield one_line(pair[0], 2000), one_line(pair[1], 2000)


def _truth(value: Any) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())


def _count(value: Any) -> int:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:6]) < 100_000 else 1


# -- rows of others


def _foreign(found: Mapping[str, Any], how: Reading, now: datetime) -> Made | Refused:
    address = found.get("url")
    url = urls.canonical(_text(address)) if address is not None else _below(found, how.base)
    if url is None:
        return Refused("bad_url", _text(address)[:200]) if address else Refused("no_url")
    text, title = _text(found.get("text"))[:MAX_FIELD], _text(found.get("title"))
    published, seen = moment(found.get("published"), now, how.zone), moment(found.get("first_seen"), now, how.zone)
    seen = seen if seen and seen <= now else None
    if published is None and seen is None and not how.undated:
        stated = _text(found.get("published"))
        return Refused("bad_date", stated[:100]) if stated else Refused("no_date")
    entry = Entry(
        feed_url="", guid=url, url=url, title=one_line(plain(title) if MARKUP.search(title) else title, 1000),
        content=text if MARKUP.search(text) else html.escape(text, quote=False), author=_text(found.get("author")),
        published=published, updated=moment(found.get("updated"), now, how.zone),
        language=_language(_text(found.get("lang")), "") or None,
    )  # fmt: skip
    article = from_entry(entry, source="", language="", full=True)
    notes = [name for name, is_so in (("html", MARKUP.search(text)), ("no_zone", zoneless(found.get("published"))))
             if is_so]  # fmt: skip
    said = {"source": one_line(_text(found.get("source")), 200)} if found.get("source") else {}
    return finished(replace(article, first_seen=seen), said, seen, notes)


def _below(found: Mapping[str, Any], base: str) -> str | None:
    """An address for what has none: below ``base`` by its id, else by what it says, so that it is the same again."""
    if not base:
        return None
    own = _text(found.get("id"))
    own = (
        own or blake2b(f"{found.get('title')}\0{found.get('text')}".encode(errors="replace"), digest_size=8).hexdigest()
    )
    return urls.canonical(base.rstrip("/") + "/" + re.sub(r"[^\w.~-]+", "-", own)[:200])


def _text(value: Any) -> str:
    """Text of whatever a file may hold: lists of texts joined, numbers as written, an object by its name."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(filter(None, (_text(v) for v in value[:50] if not isinstance(v, list))))
    if isinstance(value, dict):
        return _text(next((value[k] for k in ("name", "title", "uri", "id") if isinstance(value.get(k), str)), ""))
    return "" if value is None or isinstance(value, bool) else str(value)


def _language(text: str, unknown: str = "und") -> str:
    """The ISO 639-1 code at the beginning of ``de``, ``en-US``; ``unknown`` where there is none."""
    code = re.match(r"\s*([A-Za-z]{2})(?![A-Za-z])", text)
    return code[1].lower() if code else unknown


def moment(value: Any, now: datetime, zone: str = "UTC") -> datetime | None:
    """The time that a value states, whole seconds in UTC; None where it states none between 1995 and two days from
    now."""
    if isinstance(value, datetime):
        value = value.isoformat() if value.tzinfo is None else value.astimezone(UTC).isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = parse(_text(value), now, zone)
    return found.replace(microsecond=0) if found else None


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
    url = page.url or _text(about.get("url")) or stated or page.base
    address = urls.canonical(url)
    if address is None:
        return Refused("bad_url", url[:200]) if url else Refused("no_url")
    entry = Entry(feed_url="", guid=address, url=address, title=one_line(_text(about.get("title")), 1000),
                  published=moment(about.get("published"), now, how.zone))  # fmt: skip
    seen = page.seen or moment(about.get("first_seen"), now, how.zone)
    seen = seen if seen and seen <= now else None
    licensed = any(urls.same_site(address, own) for own in how.licensed)
    article = from_page(entry, body, url=address, source="", language="", encoding=encoding, now=seen or now,
                        said=None if licensed else page.said)  # fmt: skip
    if article.published is None and seen is None and not how.undated:
        return Refused("no_date")
    said = {"source": one_line(_text(about.get("source")), 200)} if about.get("source") else {}
    return finished(replace(article, first_seen=seen), said, seen)
