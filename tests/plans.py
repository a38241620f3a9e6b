"""What SQLite reads to answer: whole tables never, whatever is asked for."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Tables that may be read whole: they have a row a source, feed, rule or correction, or a row that waits to be done.
SMALL = frozenset(
    {"sources", "feeds", "families", "corrections", "corrected", "alerts", "unlisted", "unsigned", "uncited",
     "untraced", "ungrouped", "signed_by", "cited_by", "outlet_days", "leaning_days", "stale_days",
     "tallies", "outlet_sums", "leaning_sums", "sqlite_master", "sqlite_sequence", "json_each", "identity"}
)  # fmt: skip


def scans(db: sqlite3.Connection, ask: Callable[[], object]) -> list[str]:
    """The lines of the query plans of all that ``ask`` asks of ``db`` that read a large table or index whole.

    A scan of what a subquery made is none: it is as long as what the subquery found.
    """
    with _statements(db) as asked:
        ask()
    found = []
    for sql in dict.fromkeys(asked):
        plan = [str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        found += [f"{line} ← {sql}" for line in plan if _is_scan(db, sql, line)]
    return found


@contextmanager
def _statements(db: sqlite3.Connection) -> Iterator[list[str]]:
    asked: list[str] = []
    db.set_trace_callback(lambda sql: asked.append(sql) if re.match(r"\s*(SELECT|WITH)\b", sql, re.I) else None)
    try:
        yield asked
    finally:
        db.set_trace_callback(None)


def _is_scan(db: sqlite3.Connection, sql: str, line: str) -> bool:
    scan = re.match(r"SCAN (\S+)(?! VIRTUAL)", line)
    if not scan or "VIRTUAL TABLE" in line:
        return False
    named = re.search(rf"\b(?:FROM|JOIN|,)\s+(\w+)(?:\s+INDEXED BY \w+)?(?:\s+AS)?\s+{re.escape(scan[1])}\b", sql, re.I)
    table = named[1] if named else scan[1]
    real = db.execute("SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?", [table]).fetchone()
    return bool(real) and table not in SMALL
