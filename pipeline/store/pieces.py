"""Stored articles as they were compared, for those who ask why."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from pipeline.blocking import Signed, keys, made
from pipeline.evidence import Piece
from pipeline.model import Signature
from pipeline.signatures import Recipe
from pipeline.store.embedding import vectors
from pipeline.store.reads import signature
from pipeline.store.signing import signed_articles
from pipeline.terms import profile


def pieces(db: sqlite3.Connection, ids: Collection[int], recipe: Recipe) -> dict[int, Piece]:
    """The signed ones among ``ids``, with their profiles by ``recipe``, made as a run makes them."""
    stored = signed_articles(db, ids)
    known = vectors(db, [s.article.content_hash for s in stored], recipe.model)
    found = {}
    for article, removed in ((s.article, s.removed) for s in stored):
        body = "\n".join(line for line in article.text.split("\n") if line not in removed)
        vector = known.get(article.content_hash, b"")
        known_by = profile(article, body, recipe.shingle_words, recipe.background, vector)
        found[article.id] = Piece(known_by, article.title, body)
    return found


def signed(db: sqlite3.Connection, piece: Piece, recipe: Recipe) -> Signed:
    """The article with what blocking looks at, its signature as stored; ``recipe`` must be the one that made that."""
    article = piece.profile
    sketch = Signature(article.id, recipe.name, signature(db, article.id) or b"", len(article.shingles))
    return made(article, sketch, keys(article, sketch, recipe))
