"""Profiles and outlines of stored articles: kept of the last days, made again of the text where that is asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from pipeline.packing import packed
from pipeline.signatures import Recipe
from pipeline.store import embedding, signing
from pipeline.store.connect import many
from pipeline.terms import profile


def recalled(db: sqlite3.Connection, ids: Collection[int], recipe: Recipe) -> dict[int, bytes]:
    """The profiles (pipeline/packing.py) of those of ``ids`` that are signed by ``recipe``."""
    rows = many(db, "SELECT article_id, data FROM profiles WHERE article_id IN (SELECT value FROM json_each(?))", ids)
    found = {r["article_id"]: r["data"] for r in rows}
    stored = signing.signed_articles(db, set(ids) - found.keys())
    vectors = embedding.vectors(db, [s.article.content_hash for s in stored], recipe.model)
    for article, removed in ((s.article, set(s.removed)) for s in stored):
        text = "\n".join(line for line in article.text.split("\n") if line not in removed)
        vector = vectors.get(article.content_hash, b"")
        found[article.id] = packed(profile(article, text, recipe.shingle_words, recipe.background, vector))
    return found


def outlines(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, bytes]:
    """The outlines (pipeline/outlines.py) of those of ``ids`` that have one kept."""
    sql = "SELECT article_id, outline FROM profiles WHERE article_id IN (SELECT value FROM json_each(?))"
    return {r["article_id"]: r["outline"] for r in many(db, sql, ids)}
