"""What lists of stories show beside the rows of ``listings``: single articles of the stories shown, and corrections."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence

from pipeline.store.corrections import IN_FORCE
from pipeline.store.rows import APPEARED, Row

DRAWN = 30  # articles of one story that a list reads


def articles(db: sqlite3.Connection, stories: Collection[int], most: int = DRAWN) -> dict[int, list[Row]]:
    """Articles of each of these stories in the order in which they appeared: ``article_id``, ``appeared`` (stamp),
    ``lang``, ``title``, ``outlet``. Of a story of more than ``most``, so many: spread evenly over the order in which
    they came in, its first among them."""
    among = "WHERE story_id IN (SELECT value FROM json_each(?)) GROUP BY story_id"
    sql = f"SELECT json_group_array(article_id) FROM copies {among}"  # noqa: S608
    members = (json.loads(r[0]) for r in db.execute(sql, [json.dumps(sorted(stories))]))  # thousands, as few rows
    picked = [i for ids in members for i in spread(sorted(ids), most)]
    found: dict[int, list[Row]] = {story: [] for story in stories}
    sql = (
        f"SELECT c.story_id, a.id AS article_id, {APPEARED} AS appeared, a.lang, a.title, s.name AS outlet"  # noqa: S608
        " FROM json_each(?) j JOIN articles a ON a.id = j.value JOIN copies c ON c.article_id = a.id"
        " JOIN sources s ON s.key = a.source"
    )
    for r in db.execute(sql, [json.dumps(picked)]):
        found[r["story_id"]].append(dict(r))
    return {story: sorted(rows, key=lambda r: (r["appeared"], r["article_id"])) for story, rows in found.items()}


def spread(ids: Sequence[int], most: int) -> list[int]:
    """``most`` of ``ids`` at even distances, the first and the last among them; all where there are no more."""
    if len(ids) <= most:
        return list(ids)
    return [ids[n * (len(ids) - 1) // (most - 1)] for n in range(most)]


def titles(db: sqlite3.Connection, articles: Collection[int]) -> dict[int, Row]:
    """Article id → ``lang`` and ``title``, of those that there are."""
    sql = "SELECT id, lang, title FROM articles WHERE id IN (SELECT value FROM json_each(?))"
    return {r["id"]: dict(r) for r in db.execute(sql, [json.dumps(sorted(articles))])}


def corrected(db: sqlite3.Connection, stories: Collection[int]) -> set[int]:
    """Those of these stories that a correction in force speaks of."""
    sql = (
        "SELECT DISTINCT c.story_id FROM corrections k CROSS JOIN corrected x ON x.correction_id = k.id"  # noqa: S608
        " CROSS JOIN articles a ON a.key = x.key CROSS JOIN copies c ON c.article_id = a.id"
        f" WHERE {IN_FORCE} AND c.story_id IN (SELECT value FROM json_each(?))"
    )
    return {r["story_id"] for r in db.execute(sql, [json.dumps(sorted(stories))])}


def untraced(db: sqlite3.Connection, stories: Collection[int]) -> set[int]:
    """Those of these stories whose origin the next run works out (again)."""
    sql = "SELECT story_id FROM untraced WHERE story_id IN (SELECT value FROM json_each(?))"
    return {r["story_id"] for r in db.execute(sql, [json.dumps(sorted(stories))])}


def appeared(db: sqlite3.Connection, since: str, until: str, most: int) -> int:
    """How many articles appeared from ``since`` on and before ``until`` (stamps; "": no bound), ``most`` at most."""
    before = f"AND {APPEARED} < :until" if until else ""
    sql = (
        "SELECT count(*) FROM (SELECT 1 FROM articles a INDEXED BY articles_appeared"  # noqa: S608
        f" WHERE {APPEARED} >= :since {before} LIMIT :most)"
    )
    return int(db.execute(sql, {"since": since, "until": until, "most": most}).fetchone()[0])


def outlets(db: sqlite3.Connection) -> list[Row]:
    """``key`` and ``name`` of all sources, by name."""
    return [dict(r) for r in db.execute("SELECT key, name FROM sources ORDER BY name COLLATE NOCASE, key")]
