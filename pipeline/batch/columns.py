"""Nouns as columns: what Parquet files of articles, signed articles and matches hold, and the way to and from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.blocking import Kept
from pipeline.model import Article, ConfigError, Match, Pair, TextFrom, Verdict
from pipeline.text import content_hash

Row = Mapping[str, Any]

_MOMENT, _STRINGS, _KEYS = pa.timestamp("us", "UTC"), pa.list_(pa.string()), pa.list_(pa.int64())
FOLDER = "articles"  # of an export, where its articles lie
ARTICLES = pa.schema([
    ("id", pa.int64()), ("source", pa.string()), ("url", pa.string()), ("key", pa.string()), ("title", pa.string()),
    ("text", pa.string()), ("lang", pa.string()), ("published", _MOMENT), ("updated", _MOMENT),
    ("first_seen", _MOMENT), ("author", pa.string()), ("agencies", _STRINGS), ("credit", pa.string()),
    ("dateline", pa.string()), ("paywalled", pa.bool_()), ("text_from", pa.string()), ("canonical_claim", pa.string()),
    ("content_hash", pa.string()), ("version", pa.int64()), ("vector", pa.binary()),
])  # fmt: skip
NEEDED = ("id", "source", "title", "text", "lang")  # what no article can do without
# What grouping reads besides, and what it takes where a file does not have it: an article without any time lies at one
# moment with all others that have none.
ASSUMED: Mapping[str, Any] = {
    "url": "",
    "key": "",
    "published": None,
    "first_seen": None,
    "content_hash": None,
    "vector": None,
}
READ = (*NEEDED, *ASSUMED)
DAY_US = 86_400_000_000  # microseconds of a day
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
KEPT = pa.struct([
    ("id", pa.int64()), ("day", pa.int64()), ("lang", pa.string()), ("prints", pa.int64()), ("copies", _KEYS),
    ("stories", _KEYS), ("vals", pa.binary()), ("shingles", pa.int64()), ("gist", pa.binary()), ("removed", _STRINGS),
])  # fmt: skip
MATCH = pa.struct([
    ("left", pa.int64()), ("right", pa.int64()), ("verdict", pa.string()), ("probability", pa.float64()),
    ("scores", pa.string()), ("reasons", _STRINGS), ("recipe", pa.string()),
])  # fmt: skip

MATCHED = pa.schema(list(MATCH))
GROUPED = pa.schema([("article", pa.int64()), ("story", pa.int64()), ("copy", pa.int64())])


def article_table(articles: Sequence[Article], vectors: Mapping[str, bytes]) -> pa.Table:
    """Articles → a table of the schema ``ARTICLES``; ``vectors``: content hash → vector, of those that have one."""
    rows = [
        {**{name: getattr(a, name) for name in ARTICLES.names[:-1]}, "vector": vectors.get(a.content_hash)}
        for a in articles
    ]
    return pa.Table.from_pylist([{**r, "text_from": str(r["text_from"])} for r in rows], schema=ARTICLES)


def article(row: Row) -> Article:
    """The article of a row that has ``READ``, as far as grouping looks at it."""
    title, text = row["title"] or "", row["text"] or ""
    url = row["url"] or ""
    return Article(
        source=row["source"] or "", url=url, key=row["key"] or url, title=title, text=text, lang=row["lang"] or "und",
        published=row["published"], first_seen=row["first_seen"] or row["published"] or UNDATED,
        content_hash=row["content_hash"] or content_hash(title, text), text_from=TextFrom.PAGE, id=row["id"],
    )  # fmt: skip


def days(published: pa.Array, first_seen: pa.Array) -> list[int]:
    """Columns of times → the effective day of each article, in days since 1970: that of :func:`article`."""
    moments = (column.cast(_MOMENT).cast(pa.int64()) for column in (published, first_seen))
    earliest = pc.fill_null(pc.min_element_wise(*moments), 0)
    return [moment // DAY_US for moment in earliest.to_pylist()]


def lacking(names: Iterable[str], where: str) -> None:
    """Raise ConfigError where a file of articles has not the columns that it must have."""
    missing = [n for n in NEEDED if n not in set(names)]
    if missing:
        raise ConfigError(f"{where}: no articles: lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}")


def kept_row(made: Kept, lang: str) -> dict[str, Any]:
    """A signed article as a value of type ``KEPT``."""
    return {
        "id": made.article_id, "day": made.day, "lang": lang, "prints": made.prints, "copies": made.copies,
        "stories": made.stories, "vals": made.values, "shingles": made.shingles, "gist": made.gist,
        "removed": made.removed,
    }  # fmt: skip


def kept(row: Row) -> Kept:
    """The signed article of such a value."""
    return Kept(
        row["id"], row["day"], row["prints"], tuple(row["copies"]), tuple(row["stories"]), row["vals"],
        row["shingles"], row["gist"], tuple(row["removed"]),
    )  # fmt: skip


def match_row(found: Match) -> dict[str, Any]:
    """A match as a value of type ``MATCH``."""
    return {
        "left": found.pair.left, "right": found.pair.right, "verdict": str(found.verdict),
        "probability": found.probability, "scores": json.dumps(found.scores), "reasons": found.reasons,
        "recipe": found.recipe,
    }  # fmt: skip


def match(row: Row) -> Match:
    """The match of such a value."""
    return Match(
        Pair(row["left"], row["right"]), Verdict(row["verdict"]), row["probability"], json.loads(row["scores"]),
        tuple(row["reasons"]), row["recipe"],
    )  # fmt: skip


def edge(row: Row) -> Match:
    """The match of such a value as grouping needs it: without reasons, with the scores of copies only."""
    scores = json.loads(row["scores"]) if row["verdict"] == Verdict.COPY else {}
    return Match(
        Pair(row["left"], row["right"]), Verdict(row["verdict"]), row["probability"], scores, (), row["recipe"]
    )
