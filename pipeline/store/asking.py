"""The stories that are asked for (pipeline/asked.py), a page at a time: every list of stories is read here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.asked import Asked, Order
from pipeline.store.connect import moment, stamp
from pipeline.store.fulltext import fts_query, newest_found
from pipeline.store.rows import APPEARED, Row

GROWING = timedelta(hours=6)  # articles that appeared within them make a story's growth
FOUND = 5_000  # articles of a search, the newest, whose stories are listed

_GROWN = (
    "grown AS MATERIALIZED (SELECT c.story_id, count(*) AS growth"  # noqa: S608
    " FROM articles a INDEXED BY articles_appeared CROSS JOIN copies c ON c.article_id = a.id"
    f" WHERE {APPEARED} > :recent GROUP BY c.story_id)"
)
_FOUND = "SELECT c.story_id FROM json_each(:found) f JOIN copies c ON c.article_id = f.value"
_ORDERS = {
    Order.ORIGINS: "origins DESC, growth DESC, newest DESC, story_id DESC",
    Order.GROWTH: "growth DESC, origins DESC, newest DESC, story_id DESC",
    Order.NEWEST: "newest DESC, story_id DESC",
    Order.ARTICLES: "articles DESC, newest DESC, story_id DESC",
}
_WALKS = {  # how the index has them, without growth
    Order.ORIGINS: "origins DESC, newest DESC",
    Order.NEWEST: "newest DESC, story_id DESC",
    Order.ARTICLES: "articles DESC, newest DESC",
}


def stories(db: sqlite3.Connection, asked: Asked, now: datetime, *, limit: int = 20, offset: int = 0) -> list[Row]:
    """The stories that ``asked`` names, ``limit`` of them from ``offset`` on, as rows of ``listings``.

    ``growth``: how many of its articles appeared in the :data:`GROWING` before ``now``; ``outlets`` is a list, in the
    order of appearance; ``created`` and ``updated`` are the story's.
    """
    given = _given(db, asked, now)
    picked = _picked(asked, limit + offset)
    sql = (
        f"WITH {_GROWN}, picked AS ({picked}) SELECT l.*, s.created, s.updated,"  # noqa: S608
        " coalesce(g.growth, 0) AS growth"
        " FROM (SELECT DISTINCT story_id FROM picked) p JOIN listings l ON l.story_id = p.story_id"
        " JOIN stories s ON s.id = l.story_id LEFT JOIN grown g ON g.story_id = l.story_id"
        f" ORDER BY {_ORDERS[asked.order]} LIMIT :limit OFFSET :offset"
    )
    return [_row(r) for r in db.execute(sql, {**given, "most": limit + offset, "limit": limit, "offset": offset})]


def _row(r: sqlite3.Row) -> Row:
    row = dict(r)
    return {**row, "outlets": json.loads(row["outlets"])}


def _given(db: sqlite3.Connection, asked: Asked, now: datetime | None) -> Row:
    """The parameters of the conditions."""
    given: Row = {name: getattr(asked, name) for name in ("since", "until", "min_origins", "min_articles")}
    for n, (kind, value) in enumerate(asked.facets):
        given |= {f"kind{n}": kind, f"value{n}": value}
    if asked.words:
        query = fts_query(asked.words)
        given["found"] = json.dumps(newest_found(db, query, FOUND) if query else [])
    return {**given, "recent": stamp(now and now - GROWING)}


def _picked(asked: Asked, most: int) -> str:
    """A query for the ids of the first ``most`` stories and maybe some more: those that grow and those that an index
    has first, as growth is in no index. (A story without growth that is among the first ``most`` by origins, growth
    and time is among the first ``most`` by origins and time.)"""
    grown = (
        f"SELECT g.story_id FROM grown g JOIN listings x ON x.story_id = g.story_id WHERE {_conditions(asked, 'x', 0)}"  # noqa: S608
    )
    if asked.order is Order.GROWTH:
        return grown
    table, first, led = _led(asked)
    walk = (
        f"SELECT story_id FROM (SELECT x.story_id FROM {table} x WHERE {led}{_conditions(asked, 'x', first)}"  # noqa: S608
        f" ORDER BY {_WALKS[asked.order]} LIMIT :most)"
    )
    return f"{walk} UNION ALL {grown}" if asked.order is Order.ORIGINS else walk


def _led(asked: Asked) -> tuple[str, int, str]:
    """The table that is walked, how many facets that settles, and the condition that does."""
    return ("facets", 1, "x.kind = :kind0 AND x.value = :value0 AND ") if asked.facets else ("listings", 0, "")


def _conditions(asked: Asked, x: str, first: int) -> str:
    """The conditions on the row ``x`` of ``listings`` or ``facets``, the facets before ``first`` left out."""
    several = f"{x}.several = 1" if asked.min_articles > 1 else f"{x}.several IN (0, 1)"
    parts = [several]
    parts += [f"{x}.newest >= :since"] if asked.since else []
    parts += [f"{x}.newest < :until"] if asked.until else []
    parts += [f"{x}.origins >= :min_origins"] if asked.min_origins > 1 else []
    parts += [f"{x}.articles >= :min_articles"] if asked.min_articles > 2 else []
    parts += [f"{x}.story_id IN ({_FOUND})"] if asked.words else []
    parts += [
        f"EXISTS (SELECT 1 FROM facets y WHERE y.story_id = {x}.story_id AND y.kind = :kind{n} AND y.value = :value{n})"  # noqa: S608
        for n in range(first, len(asked.facets))
    ]
    return " AND ".join(parts)


def all_of(db: sqlite3.Connection, asked: Asked) -> tuple[str, Row]:
    """A query of the ids of all stories that ``asked`` names, in no order, and its parameters: a part of another."""
    table, first, led = _led(asked)
    return f"SELECT x.story_id FROM {table} x WHERE {led}{_conditions(asked, 'x', first)}", _given(db, asked, None)  # noqa: S608


def count(db: sqlite3.Connection, asked: Asked) -> tuple[int, int]:
    """How many stories of two articles or more pass, and how many single articles, whatever ``min_articles`` says."""
    either = replace(asked, min_articles=1)
    counts = "count(*) FILTER (WHERE x.several), count(*) FILTER (WHERE NOT x.several)"
    table, first, led = _led(asked)
    sql = f"SELECT {counts} FROM {table} x WHERE {led}{_conditions(either, 'x', first)}"  # noqa: S608
    several, single = db.execute(sql, _given(db, either, None)).fetchone()
    return int(several), int(single)


def total(db: sqlite3.Connection, asked: Asked, most: int) -> int:
    """How many stories pass; ``most`` where there are as many or more."""
    table, first, led = _led(asked)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} x WHERE {led}{_conditions(asked, 'x', first)} LIMIT :most)"  # noqa: S608
    return int(db.execute(sql, {**_given(db, asked, None), "most": most}).fetchone()[0])


def grown(db: sqlite3.Connection, asked: Asked, now: datetime, most: int) -> int:
    """How many of the stories that pass grew in the :data:`GROWING` before ``now``; ``most`` where there are more."""
    given = {**_given(db, asked, now), "most": most}
    picked = _picked(replace(asked, order=Order.GROWTH), most)
    sql = f"WITH {_GROWN} SELECT count(*) FROM (SELECT 1 FROM ({picked}) LIMIT :most)"  # noqa: S608
    return int(db.execute(sql, given).fetchone()[0])


def listed(db: sqlite3.Connection, story_ids: Sequence[int]) -> dict[int, Row]:
    """The rows of these stories by id, as :func:`stories` has them but for ``growth``; of a story that waits for its
    first there is none."""
    sql = (
        "SELECT l.*, s.created, s.updated FROM listings l JOIN stories s ON s.id = l.story_id"
        " WHERE l.story_id IN (SELECT value FROM json_each(?))"
    )
    return {r["story_id"]: _row(r) for r in db.execute(sql, [json.dumps(list(story_ids))])}


def values(db: sqlite3.Connection, kind: str, most: int = 500) -> list[str]:
    """The values of a kind of facet, sorted, by skipping from one to the next in the index."""
    sql = (
        "WITH RECURSIVE t(value, n) AS (SELECT min(value), 1 FROM facets WHERE kind = :kind UNION ALL"
        " SELECT (SELECT min(value) FROM facets WHERE kind = :kind AND value > t.value), n + 1 FROM t"
        " WHERE t.value IS NOT NULL AND n < :most) SELECT value FROM t WHERE value IS NOT NULL"
    )
    return [r["value"] for r in db.execute(sql, {"kind": kind, "most": most})]


def newest(db: sqlite3.Connection) -> datetime | None:
    """When the newest article of a story appeared; None of an empty database."""
    row = db.execute("SELECT max(newest) AS newest FROM listings").fetchone()
    return moment(row["newest"])


def waiting(db: sqlite3.Connection) -> int:
    """How many stories have changed since their row was made (a run was killed, or is under way)."""
    return int(db.execute("SELECT count(*) FROM unlisted").fetchone()[0])
