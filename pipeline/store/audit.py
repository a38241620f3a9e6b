"""Who corrected what, through which door, and what came of it, also where it was refused."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipeline.store.connect import moment, stamp
from pipeline.store.rows import Row


def record(
    db: sqlite3.Connection, at: datetime, person: str, door: str, action: str, detail: Mapping[str, Any], result: str
) -> int:
    """Keep one attempt; its number. ``door``: page or shell; ``detail`` goes to JSON."""
    written = db.execute(
        "INSERT INTO audit (at, person, door, action, detail, result) VALUES (?,?,?,?,?,?)",
        (stamp(at), person, door, action, json.dumps(detail, ensure_ascii=False), result),
    )
    return int(written.lastrowid or 0)


def hurry(db: sqlite3.Connection) -> None:
    """Have this connection give up soon where another program writes."""
    db.execute("PRAGMA busy_timeout = 2000")


def age(row: Row, now: datetime) -> float:
    """Seconds since an attempt."""
    at = moment(row["at"])
    assert at is not None  # NOT NULL
    return (now.replace(microsecond=0) - at).total_seconds()


def newest(db: sqlite3.Connection) -> int:
    """The number of the last attempt, 0 before the first."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM audit").fetchone()[0])


def attempt(db: sqlite3.Connection, number: int) -> Row | None:
    """One attempt."""
    row = db.execute("SELECT * FROM audit WHERE id=?", [number]).fetchone()
    return _row(row) if row else None


def since(db: sqlite3.Connection, number: int, person: str) -> list[Row]:
    """What one person tried after the attempt ``number``, oldest first."""
    rows = db.execute("SELECT * FROM audit WHERE id>? AND person=? ORDER BY id LIMIT 200", [number, person])
    return [_row(r) for r in rows]


def listed(db: sqlite3.Connection, limit: int, newest: int) -> list[Row]:
    """The attempts up to the number ``newest``, that one first."""
    rows = db.execute("SELECT * FROM audit WHERE id<=? ORDER BY id DESC LIMIT ?", [newest, limit])
    return [_row(r) for r in rows]


def _row(r: sqlite3.Row) -> Row:
    return {**dict(r), "detail": json.loads(r["detail"])}
