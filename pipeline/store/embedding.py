"""Keep what a sentence model made: one vector for each wording and model, never made twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping

from pipeline.blocking import Spot
from pipeline.store.connect import transaction


def vectors(db: sqlite3.Connection, hashes: Collection[str], model_id: str) -> dict[str, bytes]:
    """Content hash → vector of those of ``hashes`` that have one from this model."""
    rows = db.execute(
        "SELECT content_hash, vector FROM embeddings WHERE model_id=? AND content_hash IN"
        " (SELECT value FROM json_each(?))",
        (model_id, json.dumps(sorted(set(hashes)))),
    )
    return {r["content_hash"]: r["vector"] for r in rows}


def record_vectors(db: sqlite3.Connection, model_id: str, made: Mapping[str, bytes]) -> None:
    """Keep vectors by content hash; those that are there already stay."""
    with transaction(db):
        db.executemany(
            "INSERT OR IGNORE INTO embeddings (content_hash, model_id, vector) VALUES (?,?,?)",
            [(h, model_id, vector) for h, vector in sorted(made.items())],
        )


def window(db: sqlite3.Connection, first: int, last: int, model_id: str) -> list[Spot]:
    """The signed articles of the days ``first`` to ``last`` that have a vector, by id."""
    rows = db.execute(
        "SELECT a.id, a.lang, s.day, e.vector FROM slots s JOIN articles a ON a.id = s.article_id"
        " JOIN embeddings e ON e.content_hash = a.content_hash AND e.model_id = ?"
        " WHERE s.day BETWEEN ? AND ? ORDER BY a.id",
        (model_id, first, last),
    )
    return [Spot(r["id"], r["lang"], r["day"], r["vector"]) for r in rows]


def forget_unused(db: sqlite3.Connection) -> None:
    """Drop the vectors of wordings that no article with a text has; looks at every article where there are any."""
    if db.execute("SELECT 1 FROM embeddings LIMIT 1").fetchone():
        used = "SELECT content_hash FROM articles WHERE id NOT IN (SELECT article_id FROM pruned)"
        with transaction(db):
            db.execute(f"DELETE FROM embeddings WHERE content_hash NOT IN ({used})")  # noqa: S608
