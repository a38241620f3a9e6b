"""The ledger, read: runs a page at a time with what their stages cost, and the answers that one run got."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection

from pipeline.phrases import FINE
from pipeline.store.rows import Row, rows
from pipeline.store.runs import known

_FINE = ", ".join(f"'{code}'" for code in sorted(FINE))
_FAILED = f"code NOT IN ({_FINE})"


def pages(db: sqlite3.Connection, size: int) -> int:
    """How many pages of ``size`` ids there are: ids are given one after the other, and runs are not deleted."""
    low, high = db.execute("SELECT (SELECT min(id) FROM runs), (SELECT max(id) FROM runs)").fetchone()
    return -(-(high - low + 1) // size) if high else 0


def page(db: sqlite3.Connection, number: int, size: int) -> list[Row]:
    """The runs of one of these pages, the newest first: the columns of ``runs`` and ``duration_s``."""
    sql = (
        "SELECT * FROM runs WHERE id <= (SELECT max(id) FROM runs) - :skip"
        " AND id > (SELECT max(id) FROM runs) - :skip - :size ORDER BY id DESC"
    )
    return [_run(db, r) for r in rows(db.execute(sql, {"skip": (number - 1) * size, "size": size}))]


def run(db: sqlite3.Connection, run_id: int) -> Row | None:
    """One run, and the ids of the runs before and after it (``before``, ``after``)."""
    found = rows(
        db.execute(
            "SELECT r.*, (SELECT max(id) FROM runs WHERE id < r.id) AS before,"
            " (SELECT min(id) FROM runs WHERE id > r.id) AS after FROM runs r WHERE r.id = ?",
            [run_id],
        )
    )
    return _run(db, found[0]) if found else None


def _run(db: sqlite3.Connection, row: Row) -> Row:
    """With ``duration_s``: by the run's own clock, which counts no pause of the machine; None while it runs or where it
    was killed and none has run since. What such a run has got so far is counted now."""
    counts = row["counts"] if isinstance(row["counts"], dict) else {}
    if row["state"] == "running":
        counts = known(db, row["id"], row["started"])
    return {**row, "counts": counts, "duration_s": counts.get("seconds")}


def stages(db: sqlite3.Connection, runs: Collection[int]) -> dict[int, list[Row]]:
    """Run → its stages in their order: stage, n, after_s, wall_s, cpu_s, peak_mb, done."""
    sql = (
        "SELECT run_id, stage, n, after_s, wall_s, cpu_s, peak_mb, done FROM run_stages"
        " WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY run_id, n"
    )
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows(db.execute(sql, [json.dumps(sorted(runs))])):
        found[row.pop("run_id")].append(row)
    return found


def outcomes(db: sqlite3.Connection, run_id: int) -> list[Row]:
    """kind, code, fetches, bytes, seconds (of waiting, summed) of a run, what failed first, then the most frequent."""
    sql = (
        f"SELECT kind, code, count(*) AS fetches, sum(bytes) AS bytes, sum(seconds) AS seconds, {_FAILED} AS failed"  # noqa: S608
        " FROM fetches WHERE run_id = ? GROUP BY kind, code ORDER BY failed DESC, fetches DESC, kind, code"
    )
    return rows(db.execute(sql, [run_id]))


def fetches(
    db: sqlite3.Connection, run_id: int, *, code: str = "", failing: bool = False, limit: int = 50, offset: int = 0
) -> list[Row]:
    """The answers that a run got, those that failed first, with the names of their sources (``outlet``); those of a
    ``code`` or those that failed alone."""
    only = " AND f.code = :code" * bool(code) + f" AND f.{_FAILED}" * failing
    sql = (
        f"SELECT f.*, s.name AS outlet, f.{_FAILED} AS failed FROM (SELECT id AS fetch FROM fetches f"  # noqa: S608
        f" WHERE f.run_id = :run{only} ORDER BY f.{_FAILED} DESC, f.id LIMIT :limit OFFSET :offset)"
        " JOIN fetches f ON f.id = fetch LEFT JOIN sources s ON s.key = f.source ORDER BY failed DESC, f.id"
    )
    return rows(db.execute(sql, {"run": run_id, "code": code, "limit": limit, "offset": offset}))
