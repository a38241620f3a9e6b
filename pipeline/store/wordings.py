"""The wordings of an article, as `retold history` and `retold diff` ask for them."""

from __future__ import annotations

import sqlite3

from pipeline.store.rows import Row


def wordings(db: sqlite3.Connection, article_id: int) -> list[Row]:
    """Every kept wording of an article, the current one last (``v_versions``)."""
    return [dict(r) for r in db.execute("SELECT * FROM v_versions WHERE article_id=? ORDER BY version", [article_id])]


def headline(db: sqlite3.Connection, article_id: int) -> Row:
    """What an article is called now, where it stands and whose it is."""
    sql = (
        "SELECT a.id AS article_id, a.title, a.url, a.source, s.name AS outlet, a.published, a.version"
        " FROM articles a JOIN sources s ON s.key = a.source WHERE a.id=?"
    )
    return dict(db.execute(sql, [article_id]).fetchone())
