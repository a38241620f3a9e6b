"""What people marked as wrong: whom an article does not cite, who is not the origin of a story."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection

from pipeline.model import Kind
from pipeline.store.connect import many


def _any(db: sqlite3.Connection, kind: Kind) -> bool:
    """Is there a mark of this kind at all? So that nobody pays who has made none."""
    return bool(db.execute("SELECT 1 FROM corrections WHERE kind=? AND outlet <> '' LIMIT 1", [str(kind)]).fetchone())


def not_cited(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, set[str]]:
    """Article → the outlets that it does not cite, people say; articles without such a mark are left out."""
    found: dict[int, set[str]] = defaultdict(set)
    if not _any(db, Kind.NOT_CITED):
        return found
    sql = (
        "SELECT a.id, c.outlet FROM json_each(?) j CROSS JOIN articles a ON a.id = j.value"
        " CROSS JOIN corrected x ON x.key = a.key AND x.side = 'on'"
        " CROSS JOIN corrections c ON c.id = x.correction_id"
        " WHERE c.kind = 'not_cited' AND c.superseded IS NULL AND c.removed IS NULL"
    )
    for article, outlet in many(db, sql, ids):
        found[article].add(outlet)
    return found


def not_origin(db: sqlite3.Connection, stories: Collection[int]) -> dict[int, set[str]]:
    """Story → the outlets that are not its origin, people say, by a mark on one of its articles."""
    found: dict[int, set[str]] = defaultdict(set)
    if not _any(db, Kind.NOT_ORIGIN):
        return found
    sql = (
        "SELECT DISTINCT p.story_id, c.outlet FROM json_each(?) j CROSS JOIN copies p ON p.story_id = j.value"
        " CROSS JOIN articles a ON a.id = p.article_id CROSS JOIN corrected x ON x.key = a.key AND x.side = 'on'"
        " CROSS JOIN corrections c ON c.id = x.correction_id"
        " WHERE c.kind = 'not_origin' AND c.superseded IS NULL AND c.removed IS NULL"
    )
    for story, outlet in many(db, sql, stories):
        found[story].add(outlet)
    return found


_MARKED = (
    " FROM corrections c JOIN corrected x ON x.correction_id = c.id AND x.side = 'on' JOIN articles a ON a.key = x.key"
)
_OF = " WHERE c.id IN (SELECT value FROM json_each(?))"


def reopen(db: sqlite3.Connection, ids: Collection[int]) -> None:
    """What these marks are about is to be read, or traced, again; the caller holds the transaction."""
    given = [json.dumps(sorted(ids))]
    db.execute(f"INSERT OR IGNORE INTO uncited SELECT a.id{_MARKED}{_OF} AND c.kind = 'not_cited'", given)
    db.execute(
        f"INSERT OR IGNORE INTO untraced SELECT p.story_id{_MARKED} JOIN copies p ON p.article_id = a.id{_OF}"
        " AND c.kind = 'not_origin'",
        given,
    )


def marked(db: sqlite3.Connection, ids: Collection[int]) -> list[int]:
    """The articles whose citations these marks are about, as far as they wait to be read."""
    sql = f"SELECT DISTINCT a.id{_MARKED} JOIN uncited u ON u.article_id = a.id{_OF} AND c.kind = 'not_cited'"
    return [r[0] for r in many(db, sql, ids)]


def pending(db: sqlite3.Connection, ids: Collection[int]) -> bool:
    """Do stories that these marks are about wait for a run, as articles of them are not read yet?"""
    waiting = " JOIN copies p ON p.article_id = a.id JOIN untraced t ON t.story_id = p.story_id"
    sql = f"SELECT 1{_MARKED}{waiting}{_OF} LIMIT 1"
    return bool(many(db, sql, ids))


# -- whom a mark may be about


def cited_by(db: sqlite3.Connection, article_id: int) -> list[str]:
    """The outlets that an article cites, or by way of which it cites others, in the order of its words."""
    rows = db.execute("SELECT outlet, via FROM citations WHERE article_id=? ORDER BY n", [article_id]).fetchall()
    return list(dict.fromkeys(name for r in rows for name in (r["outlet"], r["via"]) if name))


def told_by(db: sqlite3.Connection, story_id: int) -> list[str]:
    """The outlets at which the ways back of a story's articles end, those of most articles first."""
    sql = "SELECT root FROM roles WHERE story_id=? AND root <> '' GROUP BY root ORDER BY count(*) DESC, root"
    return [r["root"] for r in db.execute(sql, [story_id])]


def sources_of(db: sqlite3.Connection, story_id: int) -> list[str]:
    """The keys of the sources that have articles in a story."""
    sql = "SELECT DISTINCT a.source FROM copies p CROSS JOIN articles a ON a.id = p.article_id WHERE p.story_id=?"
    return sorted(r["source"] for r in db.execute(sql, [story_id]))
