"""When each feed is asked again: its pace, what its server said, back-off; and which feeds are due."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf, isfinite

from pipeline.model import FetchResult, ParsedFeed, Reason
from pipeline.polling import Answer, Bounds, Pace, first, paced, turn_s
from pipeline.store.connect import moment, stamp, transaction
from pipeline.store.rows import Row, rows
from pipeline.store.runs import CLOCK_SLACK, MAX_BACK_OFF, RETRY

_DUE = (
    "SELECT url FROM feeds WHERE (disabled IS NULL OR (:gone AND url IN (SELECT value FROM json_each(:forced))))"
    " AND (next_due IS NULL OR next_due <= :now OR last_ok > :ahead OR url IN (SELECT value FROM json_each(:forced))"
    "  OR next_due > strftime('%Y-%m-%dT%H:%M:%SZ', :ahead, '+' || max(:most, coalesce(pace_s, 0)) || ' seconds'))"
    " AND (not_before IS NULL OR not_before <= :now OR not_before > :beyond)"
)


def due(db: sqlite3.Connection, now: datetime, forced: Collection[str] = (), retry_gone: bool = False) -> set[str]:
    """URLs of feeds and sitemaps whose time has come, or was set by a clock that ran ahead; of ``forced`` also those
    that :func:`make_due` would make so."""
    given = {
        "now": stamp(now), "ahead": stamp(now + CLOCK_SLACK), "beyond": stamp(now + MAX_BACK_OFF + CLOCK_SLACK),
        "most": int(MAX_BACK_OFF.total_seconds()), "forced": json.dumps(sorted(forced)), "gone": retry_gone,
    }  # fmt: skip
    return {r["url"] for r in db.execute(_DUE, given)}


def make_due(db: sqlite3.Connection, urls: Iterable[str], retry_gone: bool = False) -> None:
    """Ask these feeds in the next run whatever our schedule says; with ``retry_gone`` the disabled ones too.
    Where a server told us to wait (Retry-After), that holds all the same."""
    with transaction(db):
        for url in urls:
            db.execute("UPDATE feeds SET next_due = NULL WHERE url = ? AND next_due IS NOT NULL", [url])
            if retry_gone:
                db.execute("UPDATE feeds SET disabled = NULL WHERE url = ? AND disabled IS NOT NULL", [url])


def schedule(db: sqlite3.Connection) -> dict[str, Row]:
    """Feed → what its next time hangs on: last_code, failures, disabled, last_ok, next_due, not_before, pace_s,
    fresh_s, ttl_s."""
    sql = "SELECT url, last_code, failures, disabled, last_ok, next_due, not_before, pace_s, fresh_s, ttl_s FROM feeds"
    return {row["url"]: row for row in rows(db.execute(sql))}


# -- after an answer


def record_pace(
    db: sqlite3.Connection,
    now: datetime,
    result: FetchResult,
    parsed: ParsedFeed | None,
    news: int,
    bounds: Bounds,
) -> None:
    """Set how often a feed is asked by its answer, ``news`` of whose articles it had not had before, and when it is
    asked next. The caller holds the transaction; the row in ``feeds`` has the failures already, and ``last_ok`` still
    of the answer before."""
    row = db.execute(
        "SELECT failures, last_ok, pace_s, watched_s, heard, filled_s, fresh_s, ttl_s FROM feeds WHERE url = ?",
        [result.url],
    ).fetchone()
    pace = _pace(row, now, result, parsed, news, bounds)
    fresh, ttl = _told(row, result, parsed)
    db.execute(
        "UPDATE feeds SET pace_s=?, watched_s=?, heard=?, filled_s=?, fresh_s=?, ttl_s=?, next_due=? WHERE url=?",
        (
            pace.wait_s, pace.watched_s, pace.heard, pace.filled_s if isfinite(pace.filled_s) else None, fresh, ttl,
            stamp(_next_due(row["failures"], now, result, pace, max(fresh or 0, ttl or 0), bounds)), result.url,
        ),
    )  # fmt: skip


def _pace(
    row: sqlite3.Row, now: datetime, result: FetchResult, parsed: ParsedFeed | None, news: int, bounds: Bounds
) -> Pace:
    """The pace after an answer; after a failure the one before, within the bounds as they are now."""
    habit = (row["watched_s"], row["heard"], inf if row["filled_s"] is None else row["filled_s"])
    before = Pace(row["pace_s"], *habit) if row["pace_s"] else first(bounds)
    if not result.code.ok:
        return replace(before, wait_s=bounds.kept(before.wait_s))
    heard = moment(row["last_ok"])
    if heard is None or (parsed and parsed.links):
        return first(bounds)  # an index of sitemaps changes no more often than it likes, whatever its children do
    entries = distinct(parsed) if parsed else 0
    return paced(before, Answer((now - heard).total_seconds(), entries, news), bounds)


def distinct(parsed: ParsedFeed) -> int:
    """How many entries it holds, those that lead to one address counted once."""
    return len({e.url or e.guid for e in parsed.entries})


def _told(row: sqlite3.Row, result: FetchResult, parsed: ParsedFeed | None) -> tuple[int | None, int | None]:
    """How long the answer holds, by its server and by the feed itself. One that only says that nothing has changed has
    no ttl, and need not repeat what the answer that it confirms said of its age (RFC 9111 §4.3.4)."""
    if not result.code.ok:
        return row["fresh_s"], row["ttl_s"]
    same = result.code in (Reason.NOT_MODIFIED, Reason.SAME_BODY)
    ttl = row["ttl_s"] if same else min(parsed.ttl_s, _seconds(MAX_BACK_OFF)) if parsed and parsed.ttl_s else None
    return (row["fresh_s"] if same and result.max_age_s is None else result.max_age_s), ttl


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


def _next_due(
    failures: int, now: datetime, result: FetchResult, pace: Pace, told_s: int, bounds: Bounds
) -> datetime | None:
    """When to ask again: at its pace, later where the answer holds for longer (``told_s``) or failures repeat."""
    if result.code is Reason.CANCELLED:
        return None
    wait = timedelta(seconds=turn_s(bounds.fastest))
    if result.code.ok:
        told = timedelta(seconds=told_s + 1) if told_s else timedelta()  # ``now`` is cut to whole seconds
        return now + max(timedelta(seconds=turn_s(pace.wait_s)), min(told, MAX_BACK_OFF))
    fresh = timedelta(seconds=result.max_age_s + 1) if result.max_age_s else timedelta()
    if failures:
        # A name that is not found may be our own line that is down: no reason to be silent for a day.
        doubled = 0 if result.code is Reason.DNS else min(failures - 1, 6)
        fresh = max(fresh, timedelta(seconds=turn_s(_seconds(RETRY * 2**doubled))))
    return now + max(wait, min(fresh, MAX_BACK_OFF))


# -- gaps


def heard_before(db: sqlite3.Connection, url: str, keys: Collection[str]) -> set[str] | None:
    """Which of these identities of articles a feed has had before; None where it had no entry at all."""
    if db.execute("SELECT 1 FROM entries WHERE feed_url = ? LIMIT 1", [url]).fetchone() is None:
        return None
    sql = "SELECT DISTINCT e.key FROM json_each(?) j JOIN entries e ON e.key = j.value WHERE e.feed_url = ?"
    return {r["key"] for r in db.execute(sql, (json.dumps(sorted(keys)), url))}


def note_gap(db: sqlite3.Connection, url: str, now: datetime) -> None:
    """Keep that nothing in a feed's answer was known; the caller holds the transaction."""
    db.execute("UPDATE feeds SET gaps = gaps + 1, last_gap = ? WHERE url = ?", (stamp(now), url))
