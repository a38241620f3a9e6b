"""A story's articles and edges for who shows some of them at a time: stories may have thousands.

What is read of all of them is short (`copies`, `roles`, the head of an edge); whole rows are read of the shown ones.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from pipeline.store.rows import Row, rows

MEMBERS = 10_000  # of a story that are looked at
EDGES = 2_000  # of a story that are looked at
AROUND = 400  # edges of one article that are looked at

_PART = (
    "r.role AS story_role, r.leans_on, nullif(r.outlet, '') AS leans_on_outlet, nullif(r.how, '') AS how,"
    " nullif(r.quote, '') AS quote, r.root, r.lag_s, r.confidence AS lean_confidence"
)


def about(db: sqlite3.Connection, story_id: int) -> Row | None:
    """The story's row of ``listings``, else (before a run made it) what of it ``v_stories`` has."""
    found = rows(db.execute("SELECT * FROM listings WHERE story_id=?", [story_id]))
    return found[0] if found else next(iter(rows(db.execute(_UNLISTED, [story_id]))), None)


_UNLISTED = (
    "SELECT *, coalesce(first_published, first_seen) AS first, last_seen AS newest FROM v_stories WHERE story_id=?"
)


def skeleton(db: sqlite3.Connection, story_id: int) -> list[Row]:
    """All articles of a story by the first appearance of each (``lag_s``): ids, part and what each leans on."""
    sql = (
        f"SELECT c.article_id, c.copy_id, {_PART} FROM copies c LEFT JOIN roles r ON r.article_id = c.article_id"  # noqa: S608
        " WHERE c.story_id=? LIMIT ?"
    )
    found = [dict(r) for r in db.execute(sql, [story_id, MEMBERS])]
    return sorted(found, key=lambda r: (r["lag_s"] or 0, r["article_id"]))


def details(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, Row]:
    """The rows of ``v_story_articles`` of these articles, each with its part in the story, by article."""
    sql = (
        f"SELECT v.*, {_PART} FROM v_story_articles v LEFT JOIN roles r ON r.article_id = v.article_id"  # noqa: S608
        " WHERE v.article_id IN (SELECT value FROM json_each(?))"
    )
    return {r["article_id"]: r for r in rows(db.execute(sql, [json.dumps(sorted(ids))]))}


def edges(db: sqlite3.Connection, story_id: int) -> tuple[list[Row], bool]:
    """The edges within a story, strongest first, without their scores; and whether these are all of them."""
    sql = (
        "SELECT m.left_id, m.right_id, m.verdict, m.probability FROM copies l CROSS JOIN matches m"
        " ON m.left_id = l.article_id CROSS JOIN copies r ON r.article_id = m.right_id"
        " WHERE l.story_id=?1 AND r.story_id=?1 LIMIT ?2"
    )
    found = [dict(r) for r in db.execute(sql, [story_id, EDGES + 1])]
    strongest = sorted(found[:EDGES], key=lambda e: (-e["probability"], e["left_id"], e["right_id"]))
    return strongest, len(found) <= EDGES


def judged(db: sqlite3.Connection, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], Row]:
    """The stored edges of these pairs (lower id first), with scores and reasons."""
    sql = (
        "SELECT m.left_id, m.right_id, m.verdict, m.probability, m.scores, m.reasons, m.recipe, m.run_id"
        " FROM json_each(?) p CROSS JOIN matches m"
        " ON m.left_id = json_extract(p.value, '$[0]') AND m.right_id = json_extract(p.value, '$[1]')"
    )
    return {(r["left_id"], r["right_id"]): r for r in rows(db.execute(sql, [json.dumps(sorted(pairs))]))}


def around(db: sqlite3.Connection, article_id: int, limit: int) -> list[Row]:
    """The strongest edges of an article, each with the ``other`` article, its title, outlet and story."""
    sql = (
        "SELECT e.other, e.verdict, e.probability, e.left_id, e.right_id, a.title, s.name AS outlet, c.story_id FROM"
        " (SELECT * FROM (SELECT right_id AS other, verdict, probability, left_id, right_id FROM matches"
        "  WHERE left_id=?1 LIMIT ?3) UNION ALL SELECT * FROM (SELECT left_id, verdict, probability, left_id, right_id"
        "  FROM matches WHERE right_id=?1 LIMIT ?3) ORDER BY 3 DESC, 1 LIMIT ?2) e"
        " CROSS JOIN articles a ON a.id = e.other JOIN sources s ON s.key = a.source"
        " LEFT JOIN copies c ON c.article_id = e.other ORDER BY e.probability DESC, e.other"
    )
    found = [dict(r) for r in db.execute(sql, [article_id, limit, AROUND])]
    known = judged(db, [(r["left_id"], r["right_id"]) for r in found])
    return [{**r, **known[r["left_id"], r["right_id"]]} for r in found]


def leaving(db: sqlite3.Connection, story_id: int, limit: int) -> list[Row]:
    """The strongest edge from an article of the story (``inside_id``) to each of some other stories, the strongest
    first; of a story with very many edges only the first of them are looked at."""
    side = (
        "SELECT e.*, r.article_id AS outside_id, r.story_id AS outside_story FROM (SELECT m.left_id, m.right_id,"
        " m.probability, l.article_id AS inside_id, m.{1} AS other FROM copies l CROSS JOIN matches m"
        " ON m.{0} = l.article_id WHERE l.story_id=?1 LIMIT ?2) e"
        " CROSS JOIN copies r ON r.article_id = e.other WHERE r.story_id<>?1"
    )
    sql = f"{side.format('left_id', 'right_id')} UNION ALL {side.format('right_id', 'left_id')}"
    found = sorted(db.execute(sql, [story_id, EDGES]), key=lambda r: (-r["probability"], r["left_id"], r["right_id"]))
    best: dict[int, Row] = {}
    for r in found:
        if len(best) < limit:
            best.setdefault(r["outside_story"], dict(r))
    known = judged(db, [(r["left_id"], r["right_id"]) for r in best.values()])
    titles = details(db, [r["outside_id"] for r in best.values()])
    return [
        {**r, **known[r["left_id"], r["right_id"]], "outside_source": o["source"], "outside_title": o["title"],
         "outside_outlet": o["outlet"], "outside_lang": o["lang"]}
        for r in best.values() if (o := titles[r["outside_id"]])
    ]  # fmt: skip


def edited(db: sqlite3.Connection, story_id: int, limit: int) -> list[Row]:
    """The edits of a story's articles, the newest first: article, the version they replaced, when, and if silently."""
    sql = (
        "SELECT v.article_id, v.version, v.replaced, v.silent FROM copies c CROSS JOIN versions v"
        " ON v.article_id = c.article_id WHERE c.story_id=? ORDER BY v.replaced DESC, v.article_id LIMIT ?"
    )
    return [dict(r) for r in db.execute(sql, [story_id, limit])]


def prints(db: sqlite3.Connection, copy_id: int, limit: int) -> list[int]:
    """The articles of a copy group."""
    return [r[0] for r in db.execute("SELECT article_id FROM copies WHERE copy_id=? LIMIT ?", [copy_id, limit])]


def citations(db: sqlite3.Connection, article_id: int) -> list[Row]:
    """Whom an article cites, in the order of its words: the rows of ``v_citations``."""
    return [dict(r) for r in db.execute("SELECT * FROM v_citations WHERE article_id=? ORDER BY n", [article_id])]


def entries(db: sqlite3.Connection, article_id: int, limit: int = 20) -> list[Row]:
    """What feeds said of an article: feed, title, when it was published and first met."""
    sql = "SELECT feed_url, title, published, updated, first_seen FROM entries WHERE article_id=? ORDER BY id LIMIT ?"
    return [dict(r) for r in db.execute(sql, [article_id, limit])]


def there(db: sqlite3.Connection, article_id: int) -> bool:
    """Is there such an article?"""
    return db.execute("SELECT 1 FROM articles WHERE id=?", [article_id]).fetchone() is not None
