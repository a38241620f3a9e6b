"""Keep the rows that pages and lists are read from: one a story, and what the outlets were on each day."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence

from pipeline.store.connect import many, transaction
from pipeline.store.days import recount
from pipeline.store.rows import APPEARED, Row

BATCH = 500
_FACET = (  # names that differ by case only are one
    "INSERT INTO facets (kind, value, several, newest, story_id, origins, articles) VALUES (?,?,?,?,?,?,?)"
    " ON CONFLICT DO NOTHING"
)

_MEMBERS = (
    "SELECT c.story_id, c.copy_id, a.id, a.source, s.name AS outlet, a.lang, a.title, a.published, a.first_seen,"  # noqa: S608
    f" {APPEARED} AS appeared"
    " FROM copies c JOIN articles a ON a.id = c.article_id JOIN sources s ON s.key = a.source"
    " WHERE c.story_id IN (SELECT value FROM json_each(?)) ORDER BY c.story_id, appeared, a.id"
)
_TRACED = (
    "SELECT t.id, nullif(o.outlet, '') AS origin, o.source AS origin_source, o.article_id AS origin_article,"
    " o.confidence, i.origins, i.owners, i.wire_texts FROM stories t"
    " LEFT JOIN origins o ON o.story_id = t.id AND o.copy_id = 0 LEFT JOIN independence i ON i.story_id = t.id"
    " WHERE t.id IN (SELECT value FROM json_each(?))"
)
_CITED = (
    "SELECT DISTINCT p.story_id, c.outlet, c.source FROM copies p JOIN citations c ON c.article_id = p.article_id"
    " WHERE c.kind <> 'link' AND p.story_id IN (SELECT value FROM json_each(?))"
)


def relist_all(db: sqlite3.Connection) -> int:
    """Make the rows of all stories that have changed, and count the days that they are of; how many stories."""
    done = 0
    while stories := [r[0] for r in db.execute("SELECT story_id FROM unlisted LIMIT ?", [BATCH])]:
        with transaction(db):
            relist(db, stories)
        done += len(stories)
    while days := [r[0] for r in db.execute("SELECT day FROM stale_days LIMIT ?", [BATCH])]:
        with transaction(db):
            recount(db, days)
    return done


def changed_among(db: sqlite3.Connection, stories: Collection[int]) -> list[int]:
    """Those of these stories whose row is to be made again."""
    sql = "SELECT story_id FROM unlisted WHERE story_id IN (SELECT value FROM json_each(?))"
    return [r["story_id"] for r in many(db, sql, stories)]


def relist(db: sqlite3.Connection, stories: Collection[int]) -> None:
    """Make the rows of these stories; the caller holds the transaction. Those that are gone lose theirs."""
    members: dict[int, list[Row]] = defaultdict(list)
    for r in many(db, _MEMBERS, stories):
        members[r["story_id"]].append(dict(r))
    cited: dict[int, set[str]] = defaultdict(set)
    for r in many(db, _CITED, stories):
        cited[r["story_id"]] |= {r["outlet"], r["source"] or r["outlet"]}
    many(db, "DELETE FROM listings WHERE story_id IN (SELECT value FROM json_each(?))", stories)  # facets go along
    for traced in many(db, _TRACED, stories):
        if own := members.get(traced["id"]):
            _list(db, listed(own, dict(traced)), _facets(own, dict(traced), cited[traced["id"]]))
    many(db, "DELETE FROM unlisted WHERE story_id IN (SELECT value FROM json_each(?))", stories)


def _list(db: sqlite3.Connection, row: Row, facets: Collection[tuple[str, str]]) -> None:
    db.execute(f"INSERT INTO listings ({', '.join(row)}) VALUES ({','.join('?' * len(row))})", [*row.values()])  # noqa: S608
    common = (row["several"], row["newest"], row["story_id"], row["origins"], row["articles"])
    db.executemany(_FACET, [(*facet, *common) for facet in sorted(facets)])


def listed(members: Sequence[Row], traced: Row) -> Row:
    """The row of one story from its articles, in the order in which they appeared, and from what tracing found."""
    lead = members[0]
    claims = [m["published"] for m in members if m["published"]]
    seen = [m["first_seen"] for m in members]
    names = dict.fromkeys(m["outlet"] for m in members)
    return {
        "story_id": lead["story_id"], "headline": lead["title"], "lead_article_id": lead["id"],
        "languages": " ".join(sorted({m["lang"] for m in members})),
        "outlets": json.dumps([*names], ensure_ascii=False), "articles": len(members),
        "copy_groups": len({m["copy_id"] for m in members}), "sources": len({m["source"] for m in members}),
        "several": int(len(members) > 1), "first": lead["appeared"], "newest": members[-1]["appeared"],
        "first_published": min(claims, default=None), "last_published": max(claims, default=None),
        "first_seen": min(seen), "last_seen": max(seen), "origin": traced["origin"],
        "origin_source": traced["origin_source"], "origin_article": traced["origin_article"],
        "confidence": traced["confidence"], "origins": traced["origins"] or 1,
        "owners": traced["owners"] or 1, "wire_texts": traced["wire_texts"] or 0,
    }  # fmt: skip


def _facets(members: Sequence[Row], traced: Row, cited: Collection[str]) -> set[tuple[str, str]]:
    """(kind, value) of all that a story is found by; an outlet that is followed by its name and its key."""
    origin = {traced["origin"], traced["origin_source"]} - {None}
    pairs = {("lang", m["lang"]) for m in members} | {("source", m["source"]) for m in members}
    return pairs | {("origin", name) for name in origin} | {("cites", name) for name in cited}
