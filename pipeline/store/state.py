"""How a database and its runs are, in numbers: what `retold status` and the metrics are made of. All by index."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.findings import DAY, Facts
from pipeline.store import health, ledger
from pipeline.store.connect import moment, stamp
from pipeline.store.mounts import network
from pipeline.store.reads import signed_by
from pipeline.store.rows import Row

RUNS = 20  # newest runs, whose rhythm is the habit
WEEK = timedelta(days=7)  # over which growth is told
FRESH = 2 * 86_400  # seconds; what was published longer before we saw it was an old piece when its feed was new to us
# What waits: of whom; each table holds only what waits, the index of entries only those.
_QUEUES = {
    "pages": "SELECT count(*) FROM entries WHERE state IN ('wanted','partial')",
    "sign": "SELECT count(*) FROM unsigned",
    "group": "SELECT count(*) FROM ungrouped",
    "cite": "SELECT count(*) FROM uncited",
    "trace": "SELECT count(*) FROM untraced",
    "list": "SELECT count(*) FROM unlisted",
}


def facts(db: sqlite3.Connection, path: Path, now: datetime) -> Facts:
    """All of it, as of ``now``."""
    locked = held(path)
    runs = ledger.page(db, 1, RUNS)
    locked = locked or held(path)  # the lock is asked before and after: a run that begins or ends now is not "killed"
    day = stamp(now - DAY) or ""
    size = path.stat().st_size
    log = path.with_name(path.name + "-wal")
    disk = shutil.disk_usage(path.resolve().parent)
    return Facts(
        at=now,
        locked=locked,
        runs=runs,
        stages=ledger.stages(db, [runs[0]["id"]]).get(runs[0]["id"], []) if runs else [],
        feeds=health.feeds(db),
        articles=_one(db, "SELECT coalesce(sum(n), 0) FROM tallies WHERE name = 'articles'"),
        articles_ever=_ever(db, "articles"),
        runs_ever=_ever(db, "runs"),
        new_articles=_one(
            db, "SELECT count(*) FROM sources s CROSS JOIN articles a ON a.source = s.key WHERE a.first_seen >= ?", day
        ),
        lag_s=_lag(db, day),
        queue={name: _one(db, sql) for name, sql in _QUEUES.items()},
        alerts=_alerts(db),
        alerts_dead_lately=_one(
            db, "SELECT count(*) FROM alerts WHERE state = 'dead' AND noted >= ?", stamp(now - WEEK)
        ),
        alert_waiting_since=moment(_value(db, "SELECT min(noted) FROM alerts WHERE state = 'waiting'")),
        db_bytes=size,
        wal_bytes=log.stat().st_size if log.exists() else 0,
        free_bytes=disk.free,
        disk_bytes=disk.total,
        growth=_growth(db, size, now),
        network=network(path),
        recipe=signed_by(db) or "",
    )


def held(path: Path) -> bool:
    """Whether a run holds the lock of the database at ``path``; False where that cannot be told."""
    real = path.resolve()
    try:
        with real.with_name(real.name + ".lock").open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # two who ask do not hinder each other
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _value(db: sqlite3.Connection, sql: str, *given: object) -> str | None:
    value = db.execute(sql, given).fetchone()
    return value[0] if value else None


def _one(db: sqlite3.Connection, sql: str, *given: object) -> int:
    return int(_value(db, sql, *given) or 0)


def _ever(db: sqlite3.Connection, table: str) -> int:
    """How many rows a table has ever had."""
    return _one(db, "SELECT seq FROM sqlite_sequence WHERE name = ?", table)


def _alerts(db: sqlite3.Connection) -> Row:
    sql = "SELECT state, count(*) FROM alerts GROUP BY state"
    return dict(db.execute(sql).fetchall())


def _lag(db: sqlite3.Connection, since: str) -> int | None:
    """The median of how long after its publisher's time we first saw an article, over the newest of each source since
    then; None of none."""
    sql = (
        "SELECT unixepoch(a.first_seen) - unixepoch(a.published) AS lag FROM articles a WHERE a.source = ?"
        " AND a.first_seen >= ? AND a.published IS NOT NULL ORDER BY a.first_seen DESC LIMIT ?"
    )
    keys = [r["key"] for r in db.execute("SELECT key FROM sources")]
    lags = (r["lag"] for key in keys for r in db.execute(sql, (key, since, health.LATELY)))
    return health.middle(sorted(lag for lag in lags if 0 <= lag <= FRESH))


def _growth(db: sqlite3.Connection, size: int, now: datetime) -> float | None:
    """Bytes a day by which the file has grown, over the last week as far as runs tell; None of less than a day."""
    sql = (
        "SELECT started, db_bytes FROM runs WHERE id > (SELECT max(id) FROM runs) - 2000 AND started >= ?"
        " AND db_bytes IS NOT NULL ORDER BY id LIMIT 1"
    )
    first = db.execute(sql, [stamp(now - WEEK)]).fetchone()
    days = (now - (moment(first["started"]) or now)) / DAY if first else 0
    return (size - first["db_bytes"]) / days if days >= 1 else None
