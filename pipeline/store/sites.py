"""Keep what hosts say of all their pages, and until when they want to be left alone; tell how many entries were left
out by their word, or ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from pipeline.store.connect import moment, stamp, transaction
from pipeline.store.rows import Row, rows
from pipeline.store.runs import CLOCK_SLACK, MAX_BACK_OFF, wait_until

KEPT = timedelta(days=30)  # then an answer that nobody asked for again goes


class HostNotes:
    """robots.txt and tdmrep.json as they were last read, and Retry-After while it lasts."""

    def __init__(self, db: sqlite3.Connection, clock: Callable[[], datetime]) -> None:
        self._db, self._clock, self._swept = db, clock, False

    def get(self, url: str) -> tuple[int, bytes, float] | None:
        """(HTTP status, body, seconds since) of the last answer."""
        row = self._db.execute("SELECT at, status, body FROM site_files WHERE url = ?", [url]).fetchone()
        at = moment(row["at"]) if row else None
        return (row["status"], row["body"], (self._clock() - at).total_seconds()) if at else None

    def put(self, url: str, status: int, body: bytes) -> None:
        """Keep an answer; the first time let go of very old ones. Raises StoreError."""
        now = self._clock()
        with transaction(self._db):
            if not self._swept:
                self._db.execute("DELETE FROM site_files WHERE at < ?", [stamp(now - KEPT)])
                self._swept = True
            self._db.execute("INSERT OR REPLACE INTO site_files VALUES (?,?,?,?)", (url, stamp(now), status, body))

    def waits(self) -> dict[str, float]:
        """Host → seconds that it is still to be left alone; what a clock that ran ahead set is not believed."""
        now = self._clock()
        found = self._db.execute(
            "SELECT host, until FROM host_waits WHERE until > ? AND until <= ?",
            (stamp(now), stamp(now + MAX_BACK_OFF + CLOCK_SLACK)),
        )
        until = {r["host"]: moment(r["until"]) for r in found}
        return {host: (at - now).total_seconds() for host, at in until.items() if at}

    def wait(self, host: str, seconds: int) -> None:
        """Keep that a host is to be left alone, not less than it asked for before; raises StoreError."""
        now = self._clock()
        with transaction(self._db):
            self._db.execute("DELETE FROM host_waits WHERE until <= ?", [stamp(now)])
            self._db.execute(
                "INSERT INTO host_waits VALUES (?,?) ON CONFLICT (host) DO UPDATE SET until=max(until, excluded.until)",
                (host, stamp(wait_until(now, seconds))),
            )


def left_out(db: sqlite3.Connection, source: str | None = None) -> list[Row]:
    """Entries whose page is done without by somebody's word: how many of a feed, by reason code; state ``partial``
    where the feed's teaser stands for it, else ``left_out``."""
    where = " AND source = ?" if source else ""
    sql = (
        "SELECT source, feed_url, iif(article_id IS NULL, 'left_out', 'partial') AS state, left_out AS code,"  # noqa: S608
        f" count(*) AS entries FROM entries WHERE left_out IS NOT NULL{where}"
        " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 5 DESC, 4"
    )
    return rows(db.execute(sql, [source] if source else []))
