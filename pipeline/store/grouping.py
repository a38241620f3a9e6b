"""Write the partition: what is to be grouped, copies, stories and their aliases."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pipeline.model import Match, Pair, Verdict
from pipeline.store.connect import many, present, stamp, transaction
from pipeline.store.corrections import BOUND
from pipeline.store.listing import changed_among, relist
from pipeline.store.stubs import is_pruned
from pipeline.stories import Former, Group


def next_ungrouped(db: sqlite3.Connection, most: int) -> list[int]:
    """The smallest ids of articles that are to be grouped, ``most`` at the most."""
    return [r["article_id"] for r in db.execute("SELECT article_id FROM ungrouped ORDER BY article_id LIMIT ?", [most])]


def count_ungrouped(db: sqlite3.Connection) -> int:
    """How many articles are to be grouped."""
    return int(db.execute("SELECT count(*) FROM ungrouped").fetchone()[0])


def neighbourhood(db: sqlite3.Connection, starts: Collection[int]) -> set[int]:
    """All articles reachable from any of ``starts`` over matches, corrections or membership in one story."""
    seen: set[int] = set()
    frontier = set(starts)
    while frontier:
        seen |= frontier
        rows = many(
            db,
            "WITH f(id) AS (SELECT value FROM json_each(?))"  # noqa: S608
            " SELECT right_id AS id FROM matches JOIN f ON left_id = f.id"
            " UNION SELECT left_id FROM matches JOIN f ON right_id = f.id"
            " UNION SELECT c2.article_id FROM copies c1 JOIN f ON c1.article_id = f.id"
            " JOIN copies c2 ON c2.story_id = c1.story_id"
            f" UNION {BOUND}",
            frontier,
        )
        frontier = {r["id"] for r in rows} - seen
        frontier -= is_pruned(db, frontier)
    return seen


def matches_among(db: sqlite3.Connection, ids: Collection[int]) -> list[Match]:
    """The stored matches whose left article is among ``ids`` (whole components), as grouping needs them:
    without reasons, with the scores of copies only."""
    rows = many(
        db,
        "SELECT left_id, right_id, verdict, probability, recipe, iif(verdict = 'copy', scores, '{}') AS scores"
        " FROM matches WHERE left_id IN (SELECT value FROM json_each(?))",
        ids,
    )
    return [_edge(r) for r in rows]


def _edge(row: sqlite3.Row) -> Match:
    pair = Pair(row["left_id"], row["right_id"])
    return Match(pair, Verdict(row["verdict"]), row["probability"], json.loads(row["scores"]), (), row["recipe"])


def old_stories(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, set[int]]:
    """Story id → those of ``ids`` that it holds now."""
    rows = many(
        db,
        "SELECT story_id, article_id FROM copies WHERE article_id IN (SELECT value FROM json_each(?))",
        ids,
    )
    found: dict[int, set[int]] = defaultdict(set)
    for r in rows:
        found[r["story_id"]].add(r["article_id"])
    return found


def signed(db: sqlite3.Connection, ids: Collection[int]) -> tuple[dict[int, str], dict[int, str]]:
    """Those of ``ids`` that are signed articles: (id → language, id → key)."""
    rows = many(
        db,
        "SELECT a.id, a.lang, a.key FROM articles a JOIN signatures s ON s.article_id = a.id"
        " WHERE a.id IN (SELECT value FROM json_each(?))",
        ids,
    )
    return {r["id"]: r["lang"] for r in rows}, {r["id"]: r["key"] for r in rows}


_WHOLE = "{id} NOT IN (SELECT article_id FROM pruned)"


def groups(db: sqlite3.Connection) -> Iterator[dict[str, int]]:
    """Each grouped article that has its text with its story and copy group, by article id."""
    sql = f"SELECT article_id AS article, story_id AS story, copy_id AS copy FROM copies WHERE {_WHOLE} ORDER BY 1"  # noqa: S608
    for r in db.execute(sql.format(id="article_id")):
        yield dict(r)


def counts(db: sqlite3.Connection) -> tuple[int, int]:
    """How many copy groups and stories there are whose articles have their texts."""
    sql = f"SELECT count(DISTINCT copy_id), count(DISTINCT story_id) FROM copies WHERE {_WHOLE}"  # noqa: S608
    row = db.execute(sql.format(id="article_id")).fetchone()
    return int(row[0]), int(row[1])


def edges(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """Each stored match of articles that have their texts, by their ids; scores as JSON."""
    sql = (
        "SELECT left_id AS left, right_id AS right, verdict, probability, scores, reasons, recipe"  # noqa: S608
        f" FROM matches WHERE {_WHOLE} ORDER BY left_id, right_id"
    )
    for r in db.execute(sql.format(id="left_id")):
        yield {**dict(r), "reasons": json.loads(r["reasons"])}


def record_groups(
    db: sqlite3.Connection,
    now: datetime,
    ids: Collection[int],
    groups: Sequence[tuple[Group, tuple[Group, ...]]],
    keeps: Mapping[int, int],
    aliases: Mapping[int, int],
) -> int:
    """Write the partition of ``ids`` in one transaction; how many stories are new or changed. Where one of its articles
    is gone meanwhile nothing is written, and the others stay to be grouped.

    ``keeps``: index in ``groups`` → story id that goes on; ``aliases``: merged-away id → surviving id. The name of a
    story that was merged away stays with its first article, wherever that is grouped later.
    """
    changed = 0
    with transaction(db):
        members = {i for own, _ in groups for i in own}
        if present(db, members) != members:
            return 0
        before = {story: _copies(db, story) for story in keeps.values()}  # read before any of them gives one away
        firsts = {story: min(_copies(db, story), default=None) for story in aliases}
        kept = {story: min(_copies(db, story).keys() & set(groups[n][0]), default=None) for n, story in keeps.items()}
        _revive(db, now, keeps.values())
        for n, (_, copies) in enumerate(groups):
            changed += _record_story(db, now, keeps.get(n), copies, before)
        for gone, target in aliases.items():
            row = (gone, target, stamp(now), firsts[gone], kept[target])
            db.execute("INSERT INTO aliases (id, story_id, at, article_id, kept_article) VALUES (?,?,?,?,?)", row)
            db.execute("UPDATE aliases SET story_id=? WHERE story_id=?", (target, gone))
        db.execute(
            "UPDATE aliases SET story_id = c.story_id, kept_article = (SELECT k.article_id FROM copies k"
            " WHERE k.article_id = aliases.kept_article AND k.story_id = c.story_id)"
            " FROM copies c WHERE c.article_id = aliases.article_id"
            " AND aliases.story_id <> c.story_id AND aliases.article_id IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(ids))],
        )
        db.execute("DELETE FROM stories WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(sorted(aliases))])
        db.execute(
            "DELETE FROM ungrouped WHERE article_id IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(ids))],
        )
        relist(db, changed_among(db, old_stories(db, ids)))
    return changed


def _revive(db: sqlite3.Connection, now: datetime, stories: Iterable[int]) -> None:
    """Ids that had merged away are stories again."""
    for gone in stories:
        if db.execute("DELETE FROM aliases WHERE id = ?", [gone]).rowcount:
            db.execute("INSERT INTO stories (id, created, updated) VALUES (?,?,?)", (gone, stamp(now), stamp(now)))


def former(db: sqlite3.Connection, ids: Collection[int]) -> list[Former]:
    """The story ids that merged into another one and whose first article is among ``ids``."""
    rows = many(
        db,
        "SELECT id, story_id, article_id, kept_article FROM aliases WHERE kept_article IS NOT NULL"
        " AND article_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        ids,
    )
    return [Former(*r) for r in rows]


def _copies(db: sqlite3.Connection, story_id: int) -> dict[int, int]:
    """Article → copy group of one story."""
    rows = db.execute("SELECT article_id, copy_id FROM copies WHERE story_id=?", [story_id])
    return {r["article_id"]: r["copy_id"] for r in rows}


def _record_story(
    db: sqlite3.Connection,
    now: datetime,
    story_id: int | None,
    copies: Sequence[Group],
    before: Mapping[int, Mapping[int, int]],
) -> bool:
    if story_id is None:
        cursor = db.execute("INSERT INTO stories (created, updated) VALUES (?,?)", (stamp(now), stamp(now)))
        story_id = int(cursor.lastrowid or 0)
    wanted = {i: members[0] for members in copies for i in members}
    if wanted == before.get(story_id):
        return False
    db.executemany(
        "INSERT INTO copies (article_id, copy_id, story_id) VALUES (?,?,?) ON CONFLICT (article_id) DO UPDATE"
        " SET copy_id=excluded.copy_id, story_id=excluded.story_id",
        [(i, c, story_id) for i, c in sorted(wanted.items())],
    )
    db.execute("UPDATE stories SET updated=? WHERE id=? AND updated <> ?", (stamp(now), story_id, stamp(now)))
    return True
