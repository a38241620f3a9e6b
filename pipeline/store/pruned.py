"""Take the texts out of old stories, and old answers out of the ledger.

A story is pruned as a whole. Of its articles the rows stay, without text, with their citations, roles and the edges
that hold them together: who told it first and who has it from whom is known as before, and nothing changes it any more.
What is left is what a rebuild would make of the other articles, as if these had been deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from pipeline.store import keys
from pipeline.store.connect import many, stamp, transaction
from pipeline.store.signing import replace_paragraphs

_GIVEN = "(SELECT value FROM json_each(?))"
SLOT_BYTES = 2_000  # of keys, an article: what stays behind until stale ones are swept
# Whole stories that nothing is to be done for, whose last article came before a moment. An article that says it is old
# may have come yesterday, so it is the day it came that counts; the index has the day it appeared, never the later one.
_OLD = """SELECT l.story_id, l.articles FROM listings l WHERE l.newest < :before AND l.last_seen < :before
  AND NOT EXISTS (SELECT 1 FROM pruned p WHERE p.article_id = l.lead_article_id)
  AND NOT EXISTS (SELECT 1 FROM untraced u WHERE u.story_id = l.story_id)
  AND NOT EXISTS (SELECT 1 FROM unlisted u WHERE u.story_id = l.story_id)
  AND NOT EXISTS (SELECT 1 FROM copies c WHERE c.story_id = l.story_id AND (
    c.article_id IN (SELECT article_id FROM unsigned) OR c.article_id IN (SELECT article_id FROM ungrouped)
    OR c.article_id IN (SELECT article_id FROM uncited)))
  ORDER BY l.newest, l.story_id"""


class Freed(NamedTuple):
    """What stories hold that goes with their texts, in bytes (some, of indexes, are a guess)."""

    stories: int = 0
    articles: int = 0
    newest: str | None = None  # when the last of these articles appeared
    texts: int = 0  # with their index
    versions: int = 0
    signatures: int = 0  # with their keys
    entries: int = 0

    @property
    def bytes(self) -> int:
        """All of it."""
        return self.texts + self.versions + self.signatures + self.entries


def old(db: sqlite3.Connection, before: datetime, most: int) -> list[int]:
    """The oldest stories whose last article came before a moment, of ``most`` articles together, one story at least."""
    found: list[int] = []
    articles = 0
    for row in db.execute(_OLD, {"before": stamp(before)}):
        if found and articles + row["articles"] > most:
            break
        found.append(row["story_id"])
        articles += row["articles"]
    return found


def all_old(db: sqlite3.Connection, before: datetime) -> list[int]:
    """All of them."""
    return [row["story_id"] for row in db.execute(_OLD, {"before": stamp(before)})]


def traces(db: sqlite3.Connection, before: datetime, most: int = -1) -> list[int]:
    """The stories that were pruned, whose last article came before a moment, ``most`` of them (-1: all)."""
    sql = (
        "SELECT DISTINCT c.story_id FROM pruned p CROSS JOIN copies c ON c.article_id = p.article_id"
        " CROSS JOIN listings l ON l.story_id = c.story_id WHERE l.last_seen < ? ORDER BY 1 LIMIT ?"
    )
    return [row["story_id"] for row in db.execute(sql, [stamp(before), most])]


def members(db: sqlite3.Connection, stories: Collection[int]) -> list[int]:
    """Their articles."""
    return [r["article_id"] for r in many(db, f"SELECT article_id FROM copies WHERE story_id IN {_GIVEN}", stories)]  # noqa: S608


def entries(db: sqlite3.Connection, ids: Collection[int]) -> list[int]:
    """The feed entries of these articles."""
    return [r["id"] for r in many(db, f"SELECT id FROM entries WHERE article_id IN {_GIVEN}", ids)]  # noqa: S608


def weigh(db: sqlite3.Connection, stories: Collection[int]) -> Freed:
    """What would go with these stories."""
    ids = members(db, stories)

    def total(what: str, table: str, column: str = "article_id") -> int:
        return int(many(db, f"SELECT coalesce(sum({what}), 0) FROM {table} WHERE {column} IN {_GIVEN}", ids)[0][0])  # noqa: S608

    newest = many(db, f"SELECT max(newest) FROM listings WHERE story_id IN {_GIVEN}", stories)[0][0]  # noqa: S608
    return Freed(
        stories=len(stories),
        articles=len(ids),
        newest=newest,
        texts=total("octet_length(text)" if _octets() else "length(CAST(text AS BLOB))", "articles", "id") * 3 // 2,
        versions=total("length(CAST(text AS BLOB))", "versions"),
        signatures=total("length(vals) + length(gist)", "signatures") + SLOT_BYTES * len(ids),
        entries=total("length(CAST(summary AS BLOB)) + length(CAST(content AS BLOB))", "entries"),
    )


def _octets() -> bool:
    return sqlite3.sqlite_version_info >= (3, 43)  # does without reading the text


def prune(db: sqlite3.Connection, stories: Collection[int], now: datetime, min_articles: int) -> int:
    """Take the texts of these stories out, in one transaction; of how many articles.

    ``min_articles`` as in the recipe: whose paragraphs stopped being boilerplate is unsigned.
    """
    with transaction(db):
        ids = members(db, stories)
        db.executemany("INSERT INTO pruned VALUES (?,?)", [(i, stamp(now)) for i in ids])
        _unlink(db, ids)
        for story in sorted(stories):
            _thin(db, story)
        many(db, f"DELETE FROM signatures WHERE article_id IN {_GIVEN}", ids)  # noqa: S608
        for row in many(db, f"SELECT id, source FROM articles WHERE id IN {_GIVEN}", ids):  # noqa: S608
            replace_paragraphs(db, row["id"], row["source"], (), 0, min_articles)
        for table in ("versions", "links"):
            many(db, f"DELETE FROM {table} WHERE article_id IN {_GIVEN}", ids)  # noqa: S608
        many(db, f"UPDATE articles SET text = '' WHERE id IN {_GIVEN}", ids)  # noqa: S608
        _blank(db, ids)
    return len(ids)


def _unlink(db: sqlite3.Connection, ids: Collection[int]) -> None:
    """Drop the edges that lead out of these stories; whoever they led to is to be grouped again."""
    pair = "(left_id IN (SELECT id FROM g)) + (right_id IN (SELECT id FROM g)) = 1"
    ends = "left_id IN (SELECT id FROM g) OR right_id IN (SELECT id FROM g)"
    given = f"WITH g(id) AS MATERIALIZED {_GIVEN}"
    many(db, f"{given} INSERT OR IGNORE INTO ungrouped SELECT left_id FROM matches WHERE right_id IN (SELECT id FROM g)"  # noqa: S608
             " UNION SELECT right_id FROM matches WHERE left_id IN (SELECT id FROM g)"
             " UNION SELECT b.id FROM g JOIN articles a ON a.id = g.id JOIN corrected x ON x.key = a.key"
             " JOIN corrected y ON y.correction_id = x.correction_id JOIN articles b ON b.key = y.key"
             " JOIN signatures s ON s.article_id = b.id", ids)  # fmt: skip
    many(db, f"{given} DELETE FROM matches WHERE ({ends}) AND {pair}", ids)  # noqa: S608


def _thin(db: sqlite3.Connection, story: int) -> None:
    """Leave of a story's edges those that hold it together, the strongest that do: of its articles, and of its texts
    (as pipeline.why.backbone finds them); and those by which an article leans on another."""
    home = dict(db.execute("SELECT article_id, copy_id FROM copies WHERE story_id = ?", [story]).fetchall())
    edges = db.execute(
        "SELECT left_id, right_id FROM matches WHERE left_id IN (SELECT article_id FROM copies WHERE story_id = ?)"
        " ORDER BY probability DESC, left_id, right_id",
        [story],
    ).fetchall()
    leant = db.execute("SELECT article_id, leans_on FROM roles WHERE story_id = ? AND leans_on NOT NULL", [story])
    own = [(left, right) for left, right in edges if left in home and right in home]
    kept = {(min(pair), max(pair)) for pair in leant}
    for of in ({i: i for i in home}, home):
        root = {name: name for name in of.values()}
        for left, right in own:
            a, b = _root(root, of[left]), _root(root, of[right])
            if a != b:
                root[a] = b
                kept.add((left, right))
    gone = [tuple(pair) for pair in edges if tuple(pair) not in kept]
    db.executemany("DELETE FROM matches WHERE left_id = ? AND right_id = ?", gone)


def _root(parent: dict[int, int], at: int) -> int:
    while parent[at] != at:
        parent[at] = at = parent[parent[at]]
    return at


def _blank(db: sqlite3.Connection, ids: Collection[int]) -> None:
    """Have these articles' entries say nothing any more, but that they were there: a feed that still carries one brings
    nothing new. Those of feeds that are not followed any more go."""
    many(db, "DELETE FROM entries WHERE feed_url IN (SELECT url FROM feeds WHERE NOT followed)"  # noqa: S608
             f" AND article_id IN {_GIVEN}", ids)  # fmt: skip
    many(
        db,
        "UPDATE entries SET title = '', summary = '', content = '', author = '', categories = '[]', next_try = NULL,"  # noqa: S608
        f" state = iif(state IN ('wanted','partial'), 'given_up', state) WHERE article_id IN {_GIVEN}",
        ids,
    )


def blank_lost(db: sqlite3.Connection, before: datetime) -> int:
    """Have entries that never became an article, and are older than a moment, say nothing any more; how many. It looks
    at every entry."""
    with transaction(db):
        return db.execute(
            "UPDATE entries SET title = '', summary = '', content = '', author = '', categories = '[]'"
            " WHERE article_id IS NULL AND state = 'given_up' AND first_seen < ? AND title || summary || content <> ''",
            [stamp(before)],
        ).rowcount


# -- the ledger


def forget_answers(db: sqlite3.Connection, before: datetime, most: int) -> int:
    """Delete the answers that runs before a moment got, ``most`` at the most, and what sites said of themselves then;
    how many. The last answer of each feed stays."""
    with transaction(db):
        db.execute("DELETE FROM site_files WHERE at < ?", [stamp(before)])
        db.execute("DELETE FROM host_waits WHERE until < ?", [stamp(before)])
        last = db.execute("SELECT max(id) FROM runs WHERE started < ?", [stamp(before)]).fetchone()[0]
        gone = db.execute(
            "DELETE FROM fetches WHERE id IN (SELECT id FROM fetches f INDEXED BY fetches_run WHERE run_id <= ?"
            " AND NOT (kind <> 'page' AND id = (SELECT max(id) FROM fetches x WHERE x.url = f.url)) LIMIT ?)",
            [last or 0, most],
        )
    return gone.rowcount


def count_answers(db: sqlite3.Connection, before: datetime) -> int:
    """About how many answers :func:`forget_answers` would delete."""
    sql = "SELECT count(*) FROM fetches WHERE run_id <= (SELECT max(id) FROM runs WHERE started < ?)"
    return int(db.execute(sql, [stamp(before)]).fetchone()[0])


# -- room


def used(db: sqlite3.Connection) -> int:
    """Bytes that the database uses, in file and log, without what is free and what waits to be swept."""
    pragmas = "pragma_page_count, pragma_freelist_count, pragma_page_size"
    pages = f"SELECT (page_count - freelist_count) * page_size FROM {pragmas}"  # noqa: S608
    stale = db.execute("SELECT count(*) FROM stale_slots").fetchone()[0]
    return max(0, int(db.execute(pages).fetchone()[0]) - SLOT_BYTES * int(stale))


def tidy(db: sqlite3.Connection, *, all_of_it: bool) -> None:
    """Give free what deletions left in the full-text index and among the keys: a step, or all of it."""
    with transaction(db):
        if all_of_it:
            keys.sweep(db)
            db.execute("INSERT INTO articles_fts(articles_fts) VALUES ('optimize')")
        else:
            db.execute("INSERT INTO articles_fts(articles_fts, rank) VALUES ('merge', 500)")
