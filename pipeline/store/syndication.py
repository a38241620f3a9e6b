"""What feeds of stories and the API add to a list of stories: the first articles of each, what merged into it."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from pipeline.store import asking, origins, reads
from pipeline.store.connect import many
from pipeline.store.rows import Row, rows

ARTICLES = 20  # of a story, in a list of stories
EDGES = 500  # of a story, the strongest

_PART = (
    "SELECT v.story_id, v.article_id, v.copy_id, v.source, v.outlet, v.owner, v.country, v.lang, v.title, v.url,"
    " v.published, v.first_seen, v.effective AS appeared, v.author, v.agencies, v.credit, v.paywalled, v.text_from,"
    " v.version, r.role, r.leans_on, nullif(r.outlet, '') AS leans_on_outlet, nullif(r.how, '') AS how,"
    " nullif(r.quote, '') AS quote, r.root, r.lag_s, r.confidence AS lean_confidence"
    " FROM v_story_articles v LEFT JOIN roles r ON r.article_id = v.article_id WHERE v.story_id = ?"
    " ORDER BY v.effective, v.article_id LIMIT ?"
)


class Merged(NamedTuple):
    """A story id that is no more."""

    id: int
    into: int
    at: str


def uid(db: sqlite3.Connection) -> str:
    """What this database is known by: 32 hexadecimal digits."""
    return str(db.execute("SELECT uid FROM identity").fetchone()["uid"])


def articles(db: sqlite3.Connection, stories: Collection[int], most: int = ARTICLES) -> dict[int, list[Row]]:
    """Story id → its first articles in the order in which they appeared, ``most`` of each."""
    return {story: rows(db.execute(_PART, [story, most])) for story in stories}


def merged_into(db: sqlite3.Connection, stories: Collection[int]) -> dict[int, list[Merged]]:
    """Story id → the ids that merged into it, by id."""
    sql = (
        "SELECT id, story_id, at FROM aliases WHERE story_id IN (SELECT value FROM json_each(?)) ORDER BY story_id, id"
    )
    found: dict[int, list[Merged]] = defaultdict(list)
    for r in many(db, sql, stories):
        found[r["story_id"]].append(Merged(r["id"], r["story_id"], r["at"]))
    return found


def story(db: sqlite3.Connection, story_id: int) -> Row | None:
    """A story (by its present id) as the API gives it: its row of lists with all that belongs to it."""
    listed = asking.listed(db, [story_id]).get(story_id)
    if listed is None:
        return None
    edges = reads.edges(db, story_id, EDGES + 1)
    return {
        **listed,
        "reasons": (origins.origin(db, story_id) or {}).get("reasons") or [],
        "members": rows(db.execute(_PART, [story_id, -1])),
        "relays": origins.relays(db, story_id),
        "recalled": origins.outside_sources(db, story_id),
        "untraced": origins.waiting(db, story_id),
        "edges": edges[:EDGES],
        "edges_left_out": len(edges) > EDGES,
        "merged": [m.id for m in merged_into(db, [story_id]).get(story_id, [])],
    }
