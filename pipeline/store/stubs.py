"""Which articles are but a trace of what they were (pruned)."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from pipeline.store.connect import many


def is_pruned(db: sqlite3.Connection, ids: Collection[int]) -> set[int]:
    """Those of ``ids`` whose text is gone."""
    sql = "SELECT article_id FROM pruned WHERE article_id IN (SELECT value FROM json_each(?))"
    return {r["article_id"] for r in many(db, sql, ids)}


def count(db: sqlite3.Connection) -> int:
    """How many articles are pruned."""
    return int(db.execute("SELECT count(*) FROM pruned").fetchone()[0])
