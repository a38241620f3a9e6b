"""What becomes of times to come when our clock, which was ahead, is put right."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from pipeline.store.connect import moment, stamp, transaction
from pipeline.store.runs import CLOCK_SLACK, MAX_BACK_OFF

_FEEDS = """SELECT * FROM (SELECT url, next_due, not_before, last_ok,
 (SELECT max(at) FROM fetches x WHERE x.url = f.url) AS set_at FROM feeds f) WHERE set_at > ?"""
_ENDED = "SELECT coalesce(finished, started) AS at FROM runs WHERE state <> 'running'"


def put_right(db: sqlite3.Connection, now: datetime) -> None:
    """Where our clock was put back by more than an hour since the last run, take as much from the times that were set
    by the clock that was ahead: nothing is asked earlier than its server told, nor silent for as long as the clock was
    wrong. A smaller step is waited out, for the earlier time may have been the right one."""
    row = db.execute(f"{_ENDED} ORDER BY id DESC LIMIT 1").fetchone()
    last = moment(row["at"]) if row else None
    if last is None or last <= now + CLOCK_SLACK:
        return
    ahead = last - now
    with transaction(db):
        for r in db.execute(_FEEDS, [stamp(now)]).fetchall():
            times = [_earlier(r[name], ahead) for name in ("next_due", "not_before")]
            ok = _earlier(r["last_ok"], ahead) if (r["last_ok"] or "") > (stamp(now) or "") else r["last_ok"]
            db.execute("UPDATE feeds SET next_due=?, not_before=?, last_ok=? WHERE url=?", (*times, ok, r["url"]))
        db.execute("DELETE FROM site_files WHERE at > ?", [stamp(now)])  # they would seem fresh for too long
        beyond = _beyond(db, now)
        for r in db.execute("SELECT host, until FROM host_waits WHERE until > ?", [beyond]).fetchall():
            db.execute("UPDATE host_waits SET until=? WHERE host=?", (_earlier(r["until"], ahead), r["host"]))
        for r in db.execute(
            "SELECT id, next_try FROM entries WHERE state IN ('wanted','partial') AND next_try > ?", [beyond]
        ).fetchall():
            db.execute("UPDATE entries SET next_try=? WHERE id=?", (_earlier(r["next_try"], ahead), r["id"]))


def _beyond(db: sqlite3.Connection, now: datetime) -> str | None:
    """The latest time that was set by a clock that was right: what lies beyond it was not."""
    row = db.execute(f"SELECT max(at) AS at FROM ({_ENDED}) WHERE at <= ?", [stamp(now)]).fetchone()  # noqa: S608
    return stamp((moment(row["at"]) or now) + MAX_BACK_OFF + timedelta(seconds=1))


def _earlier(stored: str | None, by: timedelta) -> str | None:
    then = moment(stored)
    return stamp(then - by) if then else None
