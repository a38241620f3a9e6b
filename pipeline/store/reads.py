"""What people ask of stories.db: plain rows (dicts), no noun-making, no heavy imports."""

from __future__ import annotations

import sqlite3

from pipeline.store import origins, sites
from pipeline.store.rows import Row, rows


def resolve(db: sqlite3.Connection, story_id: int) -> int | None:
    """The story that ``story_id`` is now: itself, or what it merged into; None where there never was one."""
    row = db.execute("SELECT story_id FROM aliases WHERE id=?", [story_id]).fetchone()
    target = row["story_id"] if row else story_id
    return target if db.execute("SELECT 1 FROM stories WHERE id=?", [target]).fetchone() else None


def story(db: sqlite3.Connection, story_id: int) -> Row | None:
    """One story (or what its id merged into) with its articles in the order they appeared, and its edges."""
    target = resolve(db, story_id)
    if target is None:
        return None
    found = rows(db.execute("SELECT * FROM v_stories WHERE story_id=?", [target]))
    if not found:
        return None
    outlets = db.execute(
        "SELECT outlet FROM v_story_articles WHERE story_id=? GROUP BY source ORDER BY min(effective), source", [target]
    )
    members = db.execute(
        "SELECT v.*, r.role AS story_role, r.leans_on, nullif(r.outlet, '') AS leans_on_outlet,"
        " nullif(r.how, '') AS how, nullif(r.quote, '') AS quote, r.root, r.lag_s, r.confidence AS lean_confidence"
        " FROM v_story_articles v LEFT JOIN roles r ON r.article_id = v.article_id"
        " WHERE v.story_id=? ORDER BY effective, v.article_id",
        [target],
    )
    return {
        **found[0],
        "outlets": [r["outlet"] for r in outlets],
        "asked_id": story_id,
        "origin": origins.origin(db, target),
        "copy_origins": origins.copy_origins(db, target),
        "members": rows(members),
        "relays": origins.relays(db, target),
        "recalled": origins.outside_sources(db, target),
        "untraced": origins.waiting(db, target),
        "edges": edges(db, target),
    }


def edges(db: sqlite3.Connection, story_id: int, limit: int = -1) -> list[Row]:
    """The edges inside a story, the strongest first; ``limit`` -1: all of them."""
    found = db.execute(
        "SELECT m.left_id, m.right_id, m.verdict, m.probability, m.scores, m.reasons FROM copies l"
        " JOIN matches m ON m.left_id = l.article_id JOIN copies r ON r.article_id = m.right_id"
        " WHERE l.story_id = ?1 AND r.story_id = ?1 ORDER BY m.probability DESC, m.left_id, m.right_id LIMIT ?2",
        [story_id, limit],
    )
    return rows(found)


def article(db: sqlite3.Connection, article_id: int) -> Row | None:
    """One article with its story, its versions and the paragraphs left out as boilerplate."""
    found = rows(
        db.execute(
            "SELECT a.*, c.story_id, c.copy_id, s.removed, s.shingles,"
            " iif(s.article_id, (SELECT recipe FROM signed_by), NULL) AS recipe FROM articles a"
            " LEFT JOIN copies c ON c.article_id = a.id LEFT JOIN signatures s ON s.article_id = a.id WHERE a.id=?",
            [article_id],
        )
    )
    return found[0] if found else None


def find(db: sqlite3.Connection, url: str, key: str) -> int | None:
    """The article at this address: by its URL, its identity ``key`` (urls.key), or a feed's spelling of it."""
    row = db.execute(
        "SELECT id FROM (SELECT id, 0 AS n FROM articles WHERE url=?1 UNION ALL"
        " SELECT id, 1 FROM articles WHERE key=?2 UNION ALL"
        " SELECT article_id, 2 FROM entries WHERE key=?2 AND article_id IS NOT NULL) ORDER BY n, id LIMIT 1",
        (url, key),
    ).fetchone()
    return int(row["id"]) if row else None


def keyed(db: sqlite3.Connection, key: str) -> int | None:
    """The article of this identity (urls.key), or of a feed's spelling of it; by index alone, unlike :func:`find`."""
    row = db.execute(
        "SELECT id FROM (SELECT id, 0 AS n FROM articles WHERE key=?1 UNION ALL"
        " SELECT article_id, 1 FROM entries WHERE key=?1 AND article_id IS NOT NULL) ORDER BY n, id LIMIT 1",
        [key],
    ).fetchone()
    return int(row["id"]) if row else None


def signature(db: sqlite3.Connection, article_id: int) -> bytes | None:
    """The stored MinHash values of an article."""
    row = db.execute("SELECT vals FROM signatures WHERE article_id=?", [article_id]).fetchone()
    return bytes(row["vals"]) if row else None


def match(db: sqlite3.Connection, left: int, right: int) -> Row | None:
    """The stored edge between two articles, whichever is named first."""
    low, high = sorted((left, right))
    found = rows(db.execute("SELECT * FROM v_why WHERE left_id=? AND right_id=?", (low, high)))
    return found[0] if found else None


def path(db: sqlite3.Connection, left: int, right: int) -> list[Row]:
    """The strongest chain of edges inside their story that links two articles: widest path, then fewest."""
    edges = rows(
        db.execute(
            "SELECT * FROM v_why WHERE together AND left_story ="
            " (SELECT story_id FROM copies WHERE article_id=?) ORDER BY probability DESC, left_id, right_id",
            [left],
        )
    )
    best: dict[int, tuple[float, int, list[Row]]] = {left: (1.0, 0, [])}
    frontier = [left]
    while frontier:
        here = frontier.pop(0)
        width, steps, chain = best[here]
        for e in edges:
            if here not in (e["left_id"], e["right_id"]):
                continue
            there = e["right_id"] if here == e["left_id"] else e["left_id"]
            offer = (min(width, e["probability"]), -(steps + 1))
            if there not in best or offer > (best[there][0], -best[there][1]):
                best[there] = (offer[0], steps + 1, [*chain, e])
                frontier.append(there)
    return best[right][2] if right in best else []


def grouped(db: sqlite3.Connection) -> list[Row]:
    """The partition: every grouped article with its identity, story and copy group."""
    sql = (
        "SELECT a.id AS article_id, a.source, a.key, a.url, c.story_id, c.copy_id"
        " FROM copies c JOIN articles a ON a.id = c.article_id ORDER BY a.id"
    )
    return rows(db.execute(sql))


def sources(db: sqlite3.Connection) -> list[Row]:
    """Every feed and sitemap with its health, by source."""
    return rows(db.execute("SELECT * FROM v_source_health ORDER BY source, kind, url"))


def followed(db: sqlite3.Connection) -> list[str]:
    """The addresses of all feeds and sitemaps that are followed; of any schema."""
    return [row["url"] for row in db.execute("SELECT url FROM feeds WHERE followed ORDER BY url")]


def source_keys(db: sqlite3.Connection) -> list[str]:
    """The keys of all sources that the database knows, also of those that are no longer followed."""
    return [row["key"] for row in db.execute("SELECT key FROM sources ORDER BY key")]


def waiting(db: sqlite3.Connection) -> list[Row]:
    """Entries whose page is still wanted: how many of a feed, in which state, by the code of the newest answer
    for their pages (None where there was none yet); then those of sites.left_out."""
    sql = (
        "SELECT source, feed_url, state, code, count(*) AS entries FROM (SELECT e.source, e.feed_url, e.state,"
        " (SELECT f.code FROM fetches f WHERE f.url = e.url AND f.kind = 'page' AND +f.source = e.source"
        " ORDER BY f.id DESC LIMIT 1) AS code FROM entries e WHERE e.state IN ('wanted','partial'))"
        " GROUP BY source, feed_url, state, code ORDER BY source, feed_url, entries DESC, code"
    )
    return [*rows(db.execute(sql)), *sites.left_out(db)]


def boilerplate(db: sqlite3.Connection) -> list[Row]:
    """Paragraphs that are left out as a source's boilerplate, with how many of its articles carry them."""
    counts: dict[tuple[str, str], int] = {}
    for r in db.execute(
        "SELECT a.source, j.value AS paragraph, count(*) AS n FROM signatures s JOIN articles a"
        " ON a.id = s.article_id, json_each(s.removed) j GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
    ):
        counts[r["source"], r["paragraph"]] = r["n"]
    return [{"source": s, "paragraph": p, "articles": n} for (s, p), n in counts.items()]


def last_run(db: sqlite3.Connection) -> Row | None:
    """The newest row of ``runs``."""
    found = rows(db.execute("SELECT * FROM runs WHERE id = (SELECT max(id) FROM runs)"))
    return found[0] if found else None


def signed_by(db: sqlite3.Connection) -> str | None:
    """The recipe of every signature and edge; None before the first."""
    row = db.execute("SELECT recipe FROM signed_by").fetchone()
    return row["recipe"] if row else None
