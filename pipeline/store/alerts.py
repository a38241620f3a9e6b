"""What somebody is told of: which stories were named by which rule, and what became of telling it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

from pipeline.store.connect import many, stamp, transaction
from pipeline.store.reads import resolve
from pipeline.store.rows import Row, rows

STATES = ("waiting", "sent", "dead", "merged")
ARTICLES = 20  # of a story that an alert names

# All ids that story ?2 ever had, with rule ?1.
_TOLD = (
    "FROM alerts a WHERE a.rule = ?1 AND a.story_id IN (SELECT ?2 UNION ALL SELECT id FROM aliases WHERE story_id = ?2)"
)
_ROWS = (
    "SELECT a.*, coalesce(x.story_id, a.story_id) AS story, l.headline FROM alerts a"
    " LEFT JOIN aliases x ON x.id = a.story_id LEFT JOIN listings l ON l.story_id = coalesce(x.story_id, a.story_id)"
)


def untold(db: sqlite3.Connection, rule: str, stories: Sequence[int]) -> list[int]:
    """Those of these stories of which no part was ever noted for the rule, in their order."""
    return [i for i in stories if not db.execute(f"SELECT 1 {_TOLD}", (rule, i)).fetchone()]


def note(db: sqlite3.Connection, rule: str, deliveries: Sequence[tuple[int, str]], now: datetime) -> None:
    """Have (story, what receivers know it by) told."""
    with transaction(db):
        db.executemany(
            "INSERT INTO alerts (rule, story_id, delivery, noted) VALUES (?,?,?,?)",
            [(rule, story, delivery, stamp(now)) for story, delivery in deliveries],
        )


def due(db: sqlite3.Connection, rules: Collection[str], now: datetime, most: int) -> list[Row]:
    """The first ``most`` alerts that are to be sent now: of each rule in turn the one that was tried least often."""
    sql = (
        "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY rule ORDER BY tries, id) AS turn FROM alerts"
        " WHERE state = 'waiting' AND rule IN (SELECT value FROM json_each(?)) AND (next_try IS NULL OR next_try <= ?))"
        " ORDER BY turn, id LIMIT ?"
    )
    return rows(db.execute(sql, (json.dumps(sorted(rules)), stamp(now), most)))


def told_otherwise(db: sqlite3.Connection, alert: Row) -> bool:
    """Whether another alert of the rule, sent or waiting for longer, tells of the story that this one is now."""
    story = resolve(db, alert["story_id"])
    sql = f"SELECT 1 {_TOLD} AND a.id <> ?3 AND (a.state = 'sent' OR (a.state = 'waiting' AND a.id < ?3))"
    return bool(db.execute(sql, (alert["rule"], story, alert["id"])).fetchone())


def tried(db: sqlite3.Connection, alert_id: int, next_try: datetime) -> None:
    """Keep that an alert is sent now, before it is: should the run be killed meanwhile, it is not tried at once."""
    with transaction(db):
        db.execute("UPDATE alerts SET tries = tries + 1, next_try = ? WHERE id = ?", (stamp(next_try), alert_id))


def settled(db: sqlite3.Connection, alert_id: int, state: str, error: str, sent: datetime | None = None) -> None:
    """Keep what became of it: "waiting" where it is to be tried again, else for good."""
    with transaction(db):
        db.execute(
            "UPDATE alerts SET state = ?1, error = ?2, sent = ?3, next_try = iif(?1 = 'waiting', next_try, NULL)"
            " WHERE id = ?4",
            (state, error, stamp(sent), alert_id),
        )


def again(db: sqlite3.Connection, ids: Collection[int] | None) -> int:
    """Have dead alerts tried anew, and waiting ones at once: of these ids, or all dead ones; how many."""
    where = (
        "state = 'dead'" if ids is None else "state IN ('dead','waiting') AND id IN (SELECT value FROM json_each(?1))"
    )
    with transaction(db):
        done = db.execute(
            f"UPDATE alerts SET state = 'waiting', tries = 0, next_try = NULL WHERE {where}",  # noqa: S608
            [] if ids is None else [json.dumps(sorted(ids))],
        )
    return done.rowcount


# -- reading


def count_waiting(db: sqlite3.Connection) -> int:
    """How many alerts are still to be sent, of whatever rule."""
    return int(db.execute("SELECT count(*) FROM alerts WHERE state = 'waiting'").fetchone()[0])


def counts(db: sqlite3.Connection) -> dict[str, Row]:
    """Rule → how many alerts are in each state, when the last was sent, and why the last that failed did."""
    states = ", ".join(f"count(*) FILTER (WHERE state = '{state}') AS {state}" for state in STATES)
    sql = (
        f"SELECT rule, {states}, max(sent) AS last_sent, (SELECT error FROM alerts e WHERE e.rule = a.rule"  # noqa: S608
        " AND e.state IN ('waiting','dead') AND e.error <> '' ORDER BY e.id DESC LIMIT 1) AS error"
        " FROM alerts a GROUP BY rule ORDER BY rule"
    )
    return {r["rule"]: r for r in rows(db.execute(sql))}


def listed(db: sqlite3.Connection, state: str | None, rule: str | None, limit: int) -> list[Row]:
    """Alerts, the newest first, with the story that each tells of now and its headline."""
    sql = f"{_ROWS} WHERE a.state = coalesce(?1, a.state) AND a.rule = coalesce(?2, a.rule) ORDER BY a.id DESC LIMIT ?3"
    return rows(db.execute(sql, (state, rule, limit)))


def by_id(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, Row]:
    """Those of these alerts that there are."""
    found = many(db, "SELECT * FROM alerts WHERE id IN (SELECT value FROM json_each(?))", ids)
    return {r["id"]: dict(r) for r in found}


def story(db: sqlite3.Connection, story_id: int) -> Row | None:
    """What an alert says of a story (or what its id merged into): its row of ``listings`` and its first
    :data:`ARTICLES` articles, in the order in which they appeared."""
    target = resolve(db, story_id)
    found = rows(db.execute("SELECT * FROM listings WHERE story_id = ?", [target]))
    if not found:
        return None
    members = db.execute(
        "SELECT v.article_id, v.url, v.outlet, v.source, v.lang, v.title, v.published, v.first_seen, r.role"
        " FROM v_story_articles v LEFT JOIN roles r ON r.article_id = v.article_id"
        " WHERE v.story_id = ? ORDER BY v.effective, v.article_id LIMIT ?",
        (target, ARTICLES),
    )
    return {**found[0], "outlets": json.loads(found[0]["outlets"]), "members": rows(members)}
