"""Write what the web gave, feed by feed: sources, schedule, health, and a feed's answer with its entries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pipeline.config import Source
from pipeline.model import Entry, FetchResult, ParsedFeed, Reason, Validators
from pipeline.store.connect import moment, stamp, transaction
from pipeline.store.entries import record_entry
from pipeline.store.runs import CLOCK_SLACK, MAX_BACK_OFF, RETRY, Moment, record_fetch, wait_until

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


def due(db: sqlite3.Connection, now: datetime) -> set[str]:
    """URLs of feeds and sitemaps whose time has come, or was set by a clock that ran ahead."""
    rows = db.execute(
        "SELECT url FROM feeds WHERE disabled IS NULL AND (next_due IS NULL OR next_due <= ?1 OR next_due > ?2"
        " OR last_ok > ?3) AND (not_before IS NULL OR not_before <= ?1 OR not_before > ?2)",
        (stamp(now), stamp(now + MAX_BACK_OFF + CLOCK_SLACK), stamp(now + CLOCK_SLACK)),
    )
    return {r["url"] for r in rows}


def make_due(db: sqlite3.Connection, urls: Iterable[str], retry_gone: bool = False) -> None:
    """Ask these feeds in the next run whatever our schedule says; with ``retry_gone`` the disabled ones too.
    Where a server told us to wait (Retry-After), that holds all the same."""
    with transaction(db):
        for url in urls:
            db.execute("UPDATE feeds SET next_due = NULL WHERE url = ? AND next_due IS NOT NULL", [url])
            if retry_gone:
                db.execute("UPDATE feeds SET disabled = NULL WHERE url = ? AND disabled IS NOT NULL", [url])


def validators(db: sqlite3.Connection) -> dict[str, Validators]:
    """Feed URL → what its server gave us to ask "changed since?" with."""
    rows = db.execute("SELECT url, etag, last_modified, body_hash FROM feeds WHERE last_ok IS NOT NULL")
    return {r["url"]: Validators(r["etag"], r["last_modified"], r["body_hash"]) for r in rows}


def _still_good(feed: sqlite3.Row, result: FetchResult) -> timedelta:
    """How long the answer before was good for, where this one only says that nothing has changed: a 304 has no ttl, and
    need not repeat what the answer that it confirms said of its age (RFC 9111 §4.3.4)."""
    same = result.code in (Reason.NOT_MODIFIED, Reason.SAME_BODY) and result.max_age_s is None
    due, asked = moment(feed["next_due"]), moment(feed["last_ok"])
    return due - asked if same and not feed["failures"] and due and asked else timedelta()


def _next_due(result: FetchResult, failures: int, interval_s: int, now: datetime, good: timedelta) -> datetime:
    """When to ask again: after the interval, or later where the answer is ``good`` for longer or failures repeat."""
    fresh = timedelta(seconds=result.max_age_s + 1) if result.max_age_s else good  # ``now`` is cut to whole seconds
    wait = max(timedelta(seconds=interval_s), fresh)
    if failures:
        # A name that is not found may be our own line that is down: no reason to be silent for a day.
        doubled = 0 if result.code is Reason.DNS else min(failures - 1, 6)
        wait = max(wait, RETRY * 2**doubled)
    return now + min(wait, MAX_BACK_OFF)


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
) -> tuple[list[Entry], int]:
    """Store a feed's answer, its validators and its entries in one transaction.

    ``keys``: guid → identity of the article behind the entry. Answers the entries that want an article, and
    how many are new.
    """
    with transaction(db):
        wanted, new = [], 0
        if parsed is not None:
            for entry in parsed.entries:
                fresh, wants = record_entry(db, at, result.source, entry, keys[entry.guid])
                new += fresh
                if wants:
                    wanted.append(entry)
        _record_health(db, at, result, new, interval_s)
        count = len(parsed.entries) if parsed else None
        record_fetch(db, at, result, count, new if parsed else None, parsed.dropped if parsed else None)
    return wanted, new


def _record_health(db: sqlite3.Connection, at: Moment, result: FetchResult, new: int, interval_s: int) -> None:
    row = db.execute(
        "SELECT failures, moved_to, moved_seen, next_due, last_ok FROM feeds WHERE url = ?", [result.url]
    ).fetchone()
    if row is None:
        return  # a child sitemap: its index stands for it
    untouched = result.code in (Reason.CANCELLED, Reason.BACKED_OFF, Reason.OPTED_OUT)
    failures = 0 if result.code.ok else row["failures"] + (0 if untouched else 1)
    seen = (row["moved_seen"] + 1 if row["moved_to"] == result.moved_to else 1) if result.moved_to else 0
    db.execute(
        "UPDATE feeds SET failures=?, last_code=?, next_due=?, not_before=?, moved_to=?, moved_seen=?,"
        " disabled = CASE WHEN ? THEN ? ELSE disabled END WHERE url=?",
        (
            failures, str(result.code),
            None if result.code is Reason.CANCELLED
            else stamp(_next_due(result, failures, interval_s, at.now, _still_good(row, result))),
            stamp(_not_before(result, at.now)),
            result.moved_to, seen,
            result.code is Reason.GONE and failures >= MAX_FAILURES_GONE, stamp(at.now), result.url,
        ),
    )  # fmt: skip
    if result.code.ok:
        v = result.validators
        db.execute(
            "UPDATE feeds SET etag=?, last_modified=?, body_hash=?, last_ok=?,"
            " last_new = CASE WHEN ? THEN ? ELSE last_new END WHERE url=?",
            (v.etag, v.last_modified, v.body_hash, stamp(at.now), new > 0, stamp(at.now), result.url),
        )
