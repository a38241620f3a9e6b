"""Write what the web gave, feed by feed: sources, health, and a feed's answer with its entries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.config import Source
from pipeline.model import Entry, FetchResult, ParsedFeed, Reason, Validators
from pipeline.polling import Bounds
from pipeline.store import pacing
from pipeline.store.connect import stamp, transaction
from pipeline.store.entries import done_without, is_older, record_entry
from pipeline.store.pacing import due as due
from pipeline.store.pacing import make_due as make_due
from pipeline.store.runs import Moment, record_fetch, wait_until

MAX_FAILURES_GONE = 1  # 410 says it is over; `retold run --retry-gone` asks again


def _sync_families(db: sqlite3.Connection, families: Mapping[str, str]) -> None:
    if dict(db.execute("SELECT owner, family FROM families").fetchall()) != families:
        db.execute("DELETE FROM families")
        db.executemany("INSERT INTO families VALUES (?,?)", sorted(families.items()))


def sync_sources(db: sqlite3.Connection, sources: Sequence[Source], families: Mapping[str, str] | None = None) -> None:
    """Make ``sources``, ``feeds`` and ``families`` say what config.yaml says; no source or feed is deleted, only
    marked. ``families``: owner → its family."""
    with transaction(db):
        _sync_families(db, families or {})
        keys = [s.key for s in sources]
        db.execute(
            "UPDATE sources SET enabled = 0 WHERE enabled AND key NOT IN (SELECT value FROM json_each(?))",
            [json.dumps(keys)],
        )
        for s in sources:
            row = (s.key, s.name, s.owner, s.country, s.language, s.role, s.homepage, int(s.enabled))
            db.execute(
                "INSERT INTO sources (key, name, owner, country, language, role, homepage, enabled)"
                " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (key) DO UPDATE SET name=excluded.name,"
                " owner=excluded.owner, country=excluded.country, language=excluded.language,"
                " role=excluded.role, homepage=excluded.homepage, enabled=excluded.enabled"
                " WHERE (name, owner, country, language, role, homepage, enabled) IS NOT"
                " (excluded.name, excluded.owner, excluded.country, excluded.language, excluded.role,"
                "  excluded.homepage, excluded.enabled)",
                row,
            )
            for url, kind in _addresses(s):
                db.execute(
                    "INSERT INTO feeds (url, source, kind, followed) VALUES (?,?,?,?) ON CONFLICT (url) DO UPDATE SET"
                    " source=excluded.source, kind=excluded.kind, followed=excluded.followed"
                    " WHERE (source, kind, followed) IS NOT (excluded.source, excluded.kind, excluded.followed)",
                    (url, s.key, kind, int(s.enabled)),
                )
        db.execute(
            "UPDATE feeds SET followed = 0 WHERE followed AND url NOT IN (SELECT value FROM json_each(?))",
            [json.dumps([url for s in sources for url, _ in _addresses(s)])],
        )


def _addresses(source: Source) -> list[tuple[str, str]]:
    return [(f.url, "feed") for f in source.feeds] + [(u, "sitemap") for u in source.sitemaps]


def validators(db: sqlite3.Connection) -> dict[str, Validators]:
    """Feed URL → what its server gave us to ask "changed since?" with."""
    rows = db.execute("SELECT url, etag, last_modified, body_hash FROM feeds WHERE last_ok IS NOT NULL")
    return {r["url"]: Validators(r["etag"], r["last_modified"], r["body_hash"]) for r in rows}


def _not_before(result: FetchResult, now: datetime) -> datetime | None:
    """Until when the server asked us to stay away."""
    return wait_until(now, result.retry_after_s) if result.retry_after_s else None


def record_feed(
    db: sqlite3.Connection,
    at: Moment,
    result: FetchResult,
    parsed: ParsedFeed | None,
    keys: Mapping[str, str],
    interval_s: int,
    *,
    slowest_s: int | None = None,
    since: datetime | None = None,
) -> tuple[list[Entry], int]:
    """Store a feed's answer, its validators, its entries and its pace in one transaction.

    ``keys``: guid → identity of the article behind the entry. ``interval_s``, ``slowest_s``: between what it may be
    asked again, without the latter at the former. Entries from before ``since`` make no article. Answers the entries
    that want an article, and how many are new.
    """
    with transaction(db):
        wanted, new = [], 0
        news = _news(db, at, result, keys) if parsed else 0
        for entry in parsed.entries if parsed else ():
            fresh, wants = record_entry(db, at, result.source, entry, keys[entry.guid])
            new += fresh
            if wants and not (since and is_older(entry, since) and done_without(db, entry, Reason.TOO_OLD)):
                wanted.append(entry)
        _record_health(db, at, result, parsed, new, news, Bounds.of(interval_s, slowest_s))
        count = len(parsed.entries) if parsed else None
        record_fetch(db, at, result, count, new if parsed else None, parsed.dropped if parsed else None)
    return wanted, new


def _news(db: sqlite3.Connection, at: Moment, result: FetchResult, keys: Mapping[str, str]) -> int:
    """How many articles behind an answer's entries its feed has not had before; where that is all of them, a gap."""
    now = set(keys.values())
    before = pacing.heard_before(db, result.url, now)
    if before is not None and now and not before:
        pacing.note_gap(db, result.url, at.now)
    return len(now - (before or set()))


def _record_health(
    db: sqlite3.Connection,
    at: Moment,
    result: FetchResult,
    parsed: ParsedFeed | None,
    new: int,
    news: int,
    bounds: Bounds,
) -> None:
    row = db.execute("SELECT failures, moved_to, moved_seen FROM feeds WHERE url = ?", [result.url]).fetchone()
    if row is None:
        return  # a child sitemap: its index stands for it
    untouched = result.code in (Reason.CANCELLED, Reason.BACKED_OFF, Reason.OPTED_OUT)
    failures = 0 if result.code.ok else row["failures"] + (0 if untouched else 1)
    seen = (row["moved_seen"] + 1 if row["moved_to"] == result.moved_to else 1) if result.moved_to else 0
    db.execute(
        "UPDATE feeds SET failures=?, last_code=?, not_before=?, moved_to=?, moved_seen=?,"
        " disabled = CASE WHEN ? THEN ? ELSE disabled END WHERE url=?",
        (
            failures, str(result.code), stamp(_not_before(result, at.now)), result.moved_to, seen,
            result.code is Reason.GONE and failures >= MAX_FAILURES_GONE, stamp(at.now), result.url,
        ),
    )  # fmt: skip
    pacing.record_pace(db, at.now, result, parsed, news, bounds)
    if result.code.ok:
        v = result.validators
        db.execute(
            "UPDATE feeds SET etag=?, last_modified=?, body_hash=?, last_ok=?,"
            " last_new = CASE WHEN ? THEN ? ELSE last_new END WHERE url=?",
            (v.etag, v.last_modified, v.body_hash, stamp(at.now), new > 0, stamp(at.now), result.url),
        )
