"""What outlets are in the stories, and who leans on whom: over the archive, and in one story."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from pipeline.store.rows import Row

NEWEST = 5  # stories shown of an outlet
_RECENT = "SELECT story_id FROM listings WHERE newest >= :since"


def _told(since: str | None) -> str:
    """The table ``told``: the articles of stories of several outlets, each with its source's ``key``."""
    recent = f" AND r.story_id IN ({_RECENT})" if since else ""
    return f"""told AS (
  SELECT r.*, a.source AS key FROM roles r JOIN articles a ON a.id = r.article_id
  JOIN independence i ON i.story_id = r.story_id WHERE i.outlets > 1{recent}
)"""  # noqa: S608


def outlet_roles(since: str | None = None) -> str:
    """The query of the view v_outlet_roles; with ``since`` of stories alone whose newest article is that new.

    The view is made of it by a migration: what changes here wants another one.
    """
    recent = f" AND article_id IN (SELECT article_id FROM copies WHERE story_id IN ({_RECENT}))" if since else ""  # noqa: S608
    return f"""WITH {_told(since)}, ranked AS (
  SELECT key, lag_s, row_number() OVER (PARTITION BY key ORDER BY lag_s) AS n, count(*) OVER (PARTITION BY key) AS of
  FROM (SELECT key, story_id, min(lag_s) AS lag_s FROM told GROUP BY key, story_id) WHERE lag_s > 0
), medians AS (
  SELECT key, avg(lag_s) AS lag FROM ranked WHERE n IN ((of + 1) / 2, (of + 2) / 2) GROUP BY key
), leant AS (
  SELECT key, outlet, count(*) AS times, row_number() OVER (PARTITION BY key ORDER BY count(*) DESC, outlet) AS n
  FROM told WHERE outlet <> '' AND source IS NOT key GROUP BY key, outlet
), cited AS (
  SELECT source, count(DISTINCT article_id) AS times FROM citations WHERE source IS NOT NULL{recent} GROUP BY source
)
SELECT s.key AS source, s.name AS outlet, s.owner, count(DISTINCT t.story_id) AS stories, count(*) AS articles,
       count(DISTINCT t.story_id) FILTER (WHERE t.lag_s = 0) AS first,
       count(*) FILTER (WHERE t.role = 'origin') AS origin, count(*) FILTER (WHERE t.role = 'report') AS report,
       count(*) FILTER (WHERE t.role = 'copy') AS copy, count(*) FILTER (WHERE t.role = 'cut_copy') AS cut_copy,
       count(*) FILTER (WHERE t.role = 'rewrite') AS rewrite,
       count(*) FILTER (WHERE t.role = 'translation') AS translation,
       count(*) FILTER (WHERE t.role = 'follow_up') AS follow_up, coalesce(c.times, 0) AS cited_by_articles,
       l.outlet AS leans_most_on, l.times AS leans_most_times, cast(m.lag AS INTEGER) AS median_lag_s
FROM told t JOIN sources s ON s.key = t.key LEFT JOIN medians m ON m.key = t.key
LEFT JOIN leant l ON l.key = t.key AND l.n = 1 LEFT JOIN cited c ON c.source = t.key
GROUP BY s.key"""  # noqa: S608


# -- over the archive


def outlets(db: sqlite3.Connection, *, since: str | None = None) -> list[Row]:
    """The rows of v_outlet_roles, by how often an outlet was the origin, then the first."""
    sql = f"{outlet_roles(since)} ORDER BY origin DESC, first DESC, stories DESC, s.key"
    return [dict(row) for row in db.execute(sql, {"since": since})]


def sources(db: sqlite3.Connection) -> dict[str, Row]:
    """Key → key, name and owner of every source."""
    return {row["key"]: dict(row) for row in db.execute("SELECT key, name, owner FROM sources ORDER BY key")}


def leanings(db: sqlite3.Connection, *, since: str | None = None) -> list[Row]:
    """How often which source leans on which (``on_source``), or on an outlet that is not followed (``elsewhere``)."""
    return _summed(_leant(db, since), "source", "on_source", "elsewhere")


def outlet(db: sqlite3.Connection, key: str, *, since: str | None = None) -> Row:
    """One outlet: its row of :func:`outlets`, whom it leans on, who leans on it, and its newest stories."""
    source = sources(db)[key]
    row = next((row for row in outlets(db, since=since) if row["source"] == key), None)
    leant = _leant(db, since)
    return {
        "source": key, "outlet": source["name"], "owner": source["owner"], "roles": row,
        "leans_on": _summed((r for r in leant if r["source"] == key), "on_outlet"),
        "leant_on_by": _summed((r for r in leant if r["on_source"] == key), "source", "outlet"),
        "newest": _newest(db, key, since),
    }  # fmt: skip


def _leant(db: sqlite3.Connection, since: str | None) -> list[Row]:
    """One row a leaning; ``lag_s`` behind the article that is leant on, where that is here."""
    sql = f"""WITH {_told(since)}
SELECT t.key AS source, s.name AS outlet, t.outlet AS on_outlet, coalesce(b.source, t.source) AS on_source,
       iif(coalesce(b.source, t.source) IS NULL, t.outlet, NULL) AS elsewhere, t.how, t.lag_s - o.lag_s AS lag_s
FROM told t JOIN sources s ON s.key = t.key LEFT JOIN articles b ON b.id = t.leans_on
LEFT JOIN roles o ON o.article_id = t.leans_on AND o.story_id = t.story_id
WHERE t.outlet <> '' ORDER BY t.key, t.outlet, t.article_id"""  # noqa: S608
    return [dict(row) for row in db.execute(sql, {"since": since})]


def _summed(leant: Iterable[Row], *by: str) -> list[Row]:
    """Leanings counted by these columns, the most frequent first."""
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in leant:
        groups[tuple(row[column] for column in by)].append(row)
    found = [{**dict(zip(by, values, strict=True)), **_sums(rows)} for values, rows in groups.items()]
    return sorted(found, key=lambda row: -int(row["times"]))  # stable: else as they came


def _sums(rows: Sequence[Row]) -> Row:
    by = Counter(row["how"] for row in rows)
    return {
        "times": len(rows),
        "by": dict(sorted(by.items(), key=lambda x: (-x[1], x[0]))),
        "median_lag_s": _median([row["lag_s"] for row in rows if row["lag_s"] is not None]),
    }


def _median(values: Sequence[int]) -> int | None:
    ordered, half = sorted(values), len(values) // 2
    if not ordered:
        return None
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2


def _newest(db: sqlite3.Connection, key: str, since: str | None) -> list[Row]:
    """The newest stories of several outlets that the source tells, with what its articles are there."""
    sql = f"""WITH {_told(since)}, own AS (SELECT DISTINCT story_id FROM told WHERE key = :key)
SELECT z.story_id, z.newest FROM listings z JOIN own ON own.story_id = z.story_id
ORDER BY z.newest DESC, z.story_id DESC LIMIT {NEWEST}"""  # noqa: S608
    picked = db.execute(sql, {"since": since, "key": key}).fetchall()
    return [{**dict(row), **_part(db, row["story_id"], key)} for row in picked]


def _part(db: sqlite3.Connection, story: int, key: str) -> Row:
    headline = db.execute("SELECT headline FROM v_stories WHERE story_id = ?", [story]).fetchone()
    articles = db.execute(
        "SELECT article_id, role, leans_on, leans_on_outlet, how, lag_s FROM v_roles WHERE story_id = ? AND source = ?"
        " ORDER BY lag_s, article_id",
        [story, key],
    )
    return {"headline": headline["headline"], "articles": [dict(row) for row in articles]}


# -- one story


def members(db: sqlite3.Connection, story: int) -> list[Row]:
    """The articles of a story in the order they appeared, each with its role and what it leans on."""
    rows = db.execute(
        "SELECT m.article_id, m.source, m.outlet, m.owner, m.lang, m.title, m.url, m.published, m.first_seen,"
        " m.copy_id, r.role, r.root, r.lag_s, r.leans_on, nullif(r.outlet, '') AS on_outlet, r.how, r.quote,"
        " r.confidence"
        " FROM v_story_articles m LEFT JOIN roles r ON r.article_id = m.article_id AND r.story_id = m.story_id"
        " WHERE m.story_id = ? ORDER BY m.effective, m.article_id",
        [story],
    )
    return [dict(row) for row in rows]


def relays(db: sqlite3.Connection, story: int) -> list[Row]:
    """What outlets without an article in the story lean on."""
    sql = "SELECT outlet, leans_on, leans_on_outlet AS on_outlet, how, quote FROM relays WHERE story_id = ?"
    return [dict(row) for row in db.execute(f"{sql} ORDER BY outlet", [story])]


def citations(db: sqlite3.Connection, story: int) -> list[Row]:
    """All citations of a story's articles, in the order of their words."""
    rows = db.execute(
        "SELECT article_id, cited, cited_source, media, kind, earlier, via, quote, url, confidence FROM v_citations"
        " WHERE story_id = ? ORDER BY article_id, n",
        [story],
    )
    return [dict(row) for row in rows]
