"""Take articles out for good: what they said, what their feeds said, and what was made of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator

from pipeline.store.articles import delete_article
from pipeline.store.connect import many, transaction


def addresses(db: sqlite3.Connection) -> Iterator[tuple[int | None, str]]:
    """(article, address) of all articles, and of all entries (None)."""
    for row in db.execute("SELECT id, url FROM articles UNION ALL SELECT NULL, url FROM entries WHERE url IS NOT NULL"):
        yield row["id"], row["url"]


def delete(db: sqlite3.Connection, ids: Collection[int], urls: Collection[str], min_articles: int) -> int:
    """Delete articles, with what feeds say of them and of ``urls``; how many articles there were.

    An entry stays as an address by which its feed is known to have been read, so it makes no article again unless
    the feed states it anew. What is freed is overwritten, also in the full-text index and the log.
    """
    db.execute("PRAGMA secure_delete = ON")
    blank = "UPDATE entries SET title='', summary='', content='', author='', state='given_up', next_try=NULL WHERE "
    found = [row["id"] for row in many(db, "SELECT id FROM articles WHERE id IN (SELECT value FROM json_each(?))", ids)]
    with transaction(db):
        db.executemany(f"{blank} article_id = ?", [(i,) for i in found])
        db.executemany(f"{blank} url = ?", [(url,) for url in sorted(urls)])
        for article_id in found:
            delete_article(db, article_id, min_articles)
        db.execute("INSERT INTO articles_fts(articles_fts) VALUES ('optimize')")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(found)
