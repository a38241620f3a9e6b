"""The ledger: one row a run, one row a fetch."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.model import FetchResult
from pipeline.stages import Cost
from pipeline.store.connect import stamp, transaction

# What a run may add to; the ledger (runs, fetches, the schedule in feeds) is written by every run.
DATA_TABLES = (
    "sources", "entries", "articles", "versions", "paragraphs", "signatures", "slots", "copy_keys", "story_segments",
    "matches", "ungrouped", "stories", "copies", "aliases", "links", "citations", "origins", "independence",
    "roles", "relays", "uncited", "untraced",
    "imported", "imported_via",
)  # fmt: skip


RETRY = timedelta(minutes=30)  # until a failure is tried again; doubled with each further one
MAX_BACK_OFF = timedelta(hours=24)
CLOCK_SLACK = timedelta(hours=1)  # times further ahead than we ever set them are of a clock that was wrong


def wait_until(now: datetime, seconds: int) -> datetime:
    """When ``seconds`` are over, a day at most; ``now`` is cut to whole seconds, hence one more."""
    return now + min(timedelta(seconds=seconds), MAX_BACK_OFF) + timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """Which run writes, and when."""

    run_id: int
    now: datetime


def record_fetch(
    db: sqlite3.Connection,
    at: Moment,
    result: FetchResult,
    entries: int | None,
    new: int | None,
    dropped: int | None,
) -> None:
    """One row in ``fetches``; the caller holds the transaction."""
    db.execute(
        "INSERT INTO fetches (run_id, source, url, kind, at, code, status, detail, bytes, seconds, entries,"
        " new_entries, dropped) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            at.run_id, result.source, result.url, result.kind, stamp(at.now), str(result.code), result.status,
            result.detail[:500], result.bytes, round(result.seconds, 3), entries, new, dropped,
        ),
    )  # fmt: skip


def begin_run(db: sqlite3.Connection, now: datetime, recipe: str) -> int:
    """A new row in ``runs``; one that was killed before is marked as interrupted."""
    with transaction(db):
        mark_killed(db)
        cursor = db.execute("INSERT INTO runs (started, state, recipe) VALUES (?,'running',?)", (stamp(now), recipe))
    return int(cursor.lastrowid or 0)


def mark_killed(db: sqlite3.Connection) -> None:
    """Mark runs that were killed as interrupted, with what is known of them; the caller holds lock and transaction."""
    for row in db.execute("SELECT id, started FROM runs WHERE state='running'").fetchall():
        found = {**known(db, row["id"], row["started"]), "seconds": _lasted(db, row["id"], row["started"])}
        db.execute(
            "UPDATE runs SET state='interrupted', counts=? WHERE id=?", (json.dumps(found, sort_keys=True), row["id"])
        )


def known(db: sqlite3.Connection, run_id: int, started: str) -> dict[str, object]:
    """What a run got that could not, or not yet, say it itself, as the tables have it and under the names that its
    counts will have. What was first seen until the next run began is its own."""
    fetched = run_outcomes(db, run_id)
    if not fetched:
        return {}
    (new,) = db.execute("SELECT coalesce(sum(new_entries), 0) FROM fetches WHERE run_id=?", [run_id]).fetchone()
    (articles,) = db.execute(
        "SELECT count(*) FROM sources s CROSS JOIN articles a ON a.source = s.key WHERE a.first_seen >= ?"
        " AND a.first_seen < coalesce((SELECT min(started) FROM runs WHERE id > ?), '9')",
        (started, run_id),
    ).fetchone()
    failed = failed_sources(db, run_id)
    return {"fetches": fetched, "failed_sources": failed, "new_entries": new, "new_articles": articles}


def _lasted(db: sqlite3.Connection, run_id: int, started: str) -> float:
    """How long a run had gone on when it was last heard of: at an answer, or by its stages."""
    (answer,) = db.execute(
        "SELECT max(unixepoch(at)) - unixepoch(?) FROM fetches WHERE run_id=?", (started, run_id)
    ).fetchone()
    (stage,) = db.execute("SELECT max(after_s + wall_s) FROM run_stages WHERE run_id=?", [run_id]).fetchone()
    return round(max(answer or 0, stage or 0), 2)


def end_run(
    db: sqlite3.Connection, run_id: int, now: datetime, state: str, counts: Mapping[str, object], recipe: str = ""
) -> None:
    """Close the run's row with its state (done, interrupted, failed), its counts and, if given, the recipe that it
    came to use."""
    with transaction(db):
        db.execute(
            "UPDATE runs SET finished=?, state=?, counts=?, recipe=coalesce(nullif(?, ''), recipe), db_bytes=?"
            " WHERE id=?",
            (stamp(now), state, json.dumps(counts, sort_keys=True), recipe, size(db), run_id),
        )


def size(db: sqlite3.Connection) -> int:
    """The database's bytes, as they will be in its file when the log has been written into it."""
    pages, each = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages) * int(each)


def keep_stages(db: sqlite3.Connection, run_id: int, costs: Sequence[Cost]) -> None:
    """Keep what stages of a run have cost so far."""
    with transaction(db):
        db.executemany(
            "INSERT INTO run_stages (run_id, stage, n, after_s, wall_s, cpu_s, peak_mb, done) VALUES (?,?,?,?,?,?,?,?)"
            " ON CONFLICT (run_id, stage) DO UPDATE SET wall_s=excluded.wall_s, cpu_s=excluded.cpu_s,"
            " peak_mb=excluded.peak_mb, done=excluded.done",
            [
                (run_id, c.stage, c.n, round(c.after_s, 3), round(c.wall_s, 3), round(c.cpu_s, 3), round(c.peak_mb, 1),
                 int(c.done))
                for c in costs
            ],
        )  # fmt: skip


def contents(db: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """(table, hash) of every row of the data tables: reads the whole database, for demo and tests."""
    for table in DATA_TABLES:
        for row in db.execute(f"SELECT * FROM {table}"):  # noqa: S608
            yield table, hash(tuple(row))


def run_outcomes(db: sqlite3.Connection, run_id: int) -> dict[str, dict[str, int]]:
    """kind ("feed", "sitemap", "page") → reason code → how many fetches of this run."""
    found: dict[str, dict[str, int]] = {}
    rows = db.execute(
        "SELECT kind, code, count(*) AS n FROM fetches WHERE run_id=? GROUP BY kind, code ORDER BY kind, code",
        [run_id],
    )
    for r in rows:
        found.setdefault(r["kind"], {})[r["code"]] = r["n"]
    return found


def failed_sources(db: sqlite3.Connection, run_id: int) -> list[str]:
    """Sources with a feed or sitemap that failed in this run, by key."""
    rows = db.execute(
        "SELECT DISTINCT source FROM fetches WHERE run_id=? AND kind <> 'page' AND code NOT IN"
        " ('ok','not_modified','same_body','cancelled','backed_off','opted_out') ORDER BY source",
        [run_id],
    )
    return [r["source"] for r in rows]
