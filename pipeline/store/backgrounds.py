"""Keep the snapshot of what is frequent in the archive (pipeline/background.py)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from pipeline.background import Background, counted, due
from pipeline.signatures import Recipe
from pipeline.store.articles import count
from pipeline.store.connect import transaction


def background(db: sqlite3.Connection) -> Background:
    """The snapshot that is in force; the general tables alone, where none was taken yet."""
    rows = db.execute("SELECT lang, articles, counts FROM background ORDER BY lang").fetchall()
    return Background({r["lang"]: r["articles"] for r in rows}, {r["lang"]: json.loads(r["counts"]) for r in rows})


def in_force(db: sqlite3.Connection, recipe: Recipe) -> Recipe:
    """``recipe`` with the weights of the snapshot that is in force."""
    return replace(recipe, background=background(db))


def refreshed(db: sqlite3.Connection, recipe: Recipe, anew: bool = False) -> Recipe:
    """``recipe`` with the snapshot in force, taken anew where the archive has outgrown the last one, or ``anew``."""
    known = background(db)
    stored = count(db)
    return replace(recipe, background=_taken(db) if anew or due(known.total, stored) else known)


def _taken(db: sqlite3.Connection) -> Background:
    taken = counted(_texts(db))
    record(db, taken)
    return taken


def record(db: sqlite3.Connection, taken: Background) -> None:
    """Make ``taken`` the snapshot in force."""
    with transaction(db):
        db.execute("DELETE FROM background")
        db.executemany(
            "INSERT INTO background (lang, articles, counts) VALUES (?,?,?)",
            [
                (lang, n, json.dumps(taken.counts.get(lang, {}), ensure_ascii=False, sort_keys=True))
                for lang, n in sorted(taken.articles.items())
            ],
        )


_TEXTS = (
    "SELECT lang, title, text FROM articles WHERE NOT EXISTS (SELECT 1 FROM pruned WHERE article_id = id) ORDER BY id"
)


def _texts(db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for row in db.execute(_TEXTS):
        yield row["lang"], f"{row['title']}\n{row['text']}"
