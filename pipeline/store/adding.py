"""Stored articles for those who ask what each adds to its story."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from pipeline.provenance.adds import Text
from pipeline.provenance.outlets import Outlets
from pipeline.store import provenance
from pipeline.store.rows import Row
from pipeline.store.signing import signed_articles


def members(db: sqlite3.Connection, story_id: int) -> list[Row]:
    """The articles of a story in the order they appeared, each with the article that it leans on."""
    rows = db.execute(
        "SELECT v.article_id, v.outlet, v.lang, v.title, v.url, v.effective, v.copy_id, r.leans_on"
        " FROM v_story_articles v LEFT JOIN roles r ON r.article_id = v.article_id"
        " WHERE v.story_id=? ORDER BY v.effective, v.article_id",
        [story_id],
    )
    return [dict(r) for r in rows]


def texts(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, Text]:
    """The signed ones among ``ids``, without their sources' boilerplate, as they were compared."""
    found, known = {}, provenance.names(db)
    for stored in signed_articles(db, ids):
        article = stored.article
        body = "\n".join(line for line in article.text.split("\n") if line not in stored.removed)
        found[article.id] = Text(article.id, article.lang, article.title, body, _outlets(known, article.title, body))
    return found


def _outlets(known: Outlets, *texts: str) -> frozenset[str]:
    """Names of outlets as the texts print them that have a digit."""
    named = {text[m.start : m.end] for text in texts for m in known.mentions(text) if m.sure}
    return frozenset(name for name in named if any(map(str.isdecimal, name)))
