"""Which column of a foreign table is what, and what its values say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.dates import parse
from pipeline.model import ConfigError

# Field → the columns that it is looked for in, in this order: of each row the first that holds something counts. Names
# as Retold's export, news-please (CC-NEWS), GDELT, the usual data sets and crawlers have them.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "heading", "title_page", "title_rss"),
    "text": ("maintext", "text", "body", "content", "article", "article_text", "full_text", "story", "articlebody"),
    "url": ("url", "link", "uri", "article_url", "source_url", "permalink"),
    "published": ("published", "date", "publish_date", "date_publish", "published_at", "publication_date", "pub_date",
                  "pubdate", "datepublished", "timestamp", "publishedat"),
    "updated": ("updated", "date_modify", "modified", "updated_at", "datemodified", "last_modified"),
    "first_seen": ("first_seen", "date_download", "date_crawled", "crawled_at", "crawl_date", "scraped_at",
                   "retrieved_at", "fetched_at", "warc_date"),
    "source": ("source", "source_domain", "outlet", "publisher", "publication", "domain", "newspaper", "site",
               "media_name", "source_name"),
    "lang": ("lang", "language"),
    "author": ("author", "authors", "byline", "creator"),
    "id": ("id", "guid", "article_id", "doc_id", "uuid"),
}  # fmt: skip
# Columns by which a row of Retold's own export is known; such a row is taken as it stands.
OWN = frozenset({"source", "title", "text", "url", "lang", "first_seen", "text_from", "canonical_claim"})


def mapped(text: str) -> tuple[tuple[str, str], ...]:
    """``title=headline,text=body`` → pairs; raises ConfigError."""
    pairs = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        field, equals, column = (side.strip() for side in part.partition("="))
        if not equals or not column or field not in SYNONYMS:
            raise ConfigError(f"--map: {part!r} is not FIELD=COLUMN with one of {', '.join(SYNONYMS)}")
        pairs.append((field, column))
    return tuple(pairs)


class Columns:
    """Of a table with these columns, where to look for each field. Raises ConfigError where ``asked`` names a column
    that there is not (``columns`` None: not known, as in JSON lines)."""

    def __init__(self, columns: Iterable[str] | None, asked: Sequence[tuple[str, str]]) -> None:
        names = None if columns is None else list(columns)
        if names is not None and (missing := [c for _, c in asked if c not in names]):
            raise ConfigError(f"--map: no column {missing[0]!r}; there are {', '.join(names[:40])}")
        self.asked = dict(asked)
        self.seen: dict[str, set[str]] = {}  # field → columns that gave it something

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row by field, without what is empty."""
        lowered: Mapping[str, Any] | None = None
        found: dict[str, Any] = {}
        for field, names in SYNONYMS.items():
            if column := self.asked.get(field):
                value, names = row.get(column), (column,)
            else:
                value, column = _first(row, names)
                if value is None:
                    lowered = lowered or {k.lower(): k for k in row if isinstance(k, str)}
                    value, column = _first(row, [lowered[n] for n in names if n in lowered])
            if value is not None and value != "":
                found[field] = value
                self.seen.setdefault(field, set()).add(str(column))
        return found


def _first(row: Mapping[str, Any], names: Iterable[str]) -> tuple[Any, str]:
    return next(((row[n], n) for n in names if n in row and row[n] not in (None, "", [])), (None, ""))


def is_textless(columns: Iterable[str]) -> bool:
    """Whether rows with these columns are of Retold's own export as it is without texts."""
    names = set(columns)
    return names >= OWN - {"text"} and names.isdisjoint(SYNONYMS["text"])


def is_own(columns: Iterable[str]) -> bool:
    """Whether rows with these columns are of Retold's own export."""
    return set(columns) >= OWN


# -- values


def text_of(value: Any) -> str:
    """Text of whatever a file may hold: lists of texts joined, numbers as written, an object by its name."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(filter(None, (text_of(v) for v in value[:50] if not isinstance(v, list))))
    if isinstance(value, dict):
        return text_of(next((value[k] for k in ("name", "title", "uri", "id") if isinstance(value.get(k), str)), ""))
    return "" if value is None or isinstance(value, bool) else str(value)


def language(text: str, unknown: str = "und") -> str:
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
    return parse(text_of(value), now, zone)
