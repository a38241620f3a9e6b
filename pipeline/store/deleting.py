"""Take articles out for good: what they said, what their feeds said, and what was made of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator

from pipeline.store.articles import delete_article
from pipeline.store.connect import many, present, transaction


def articles(db: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """(article, address) of all."""
    yield from ((row["id"], row["url"]) for row in db.execute("SELECT id, url FROM articles"))


def entries(db: sqlite3.Connection) -> Iterator[tuple[int, int | None, str]]:
    """(entry, its article, address) of all that still say something."""
    said = "title <> '' OR summary <> '' OR content <> '' OR author <> ''"
    for row in db.execute(f"SELECT id, article_id, url FROM entries WHERE {said}"):  # noqa: S608
        yield row["id"], row["article_id"], row["url"] or ""


def outlets(db: sqlite3.Connection, ids: Collection[int]) -> list[str]:
    """The names of those whose articles these are, the one with most first."""
    sql = (
        "SELECT s.name FROM articles a JOIN sources s ON s.key = a.source"
        " WHERE a.id IN (SELECT value FROM json_each(?)) GROUP BY s.key ORDER BY count(*) DESC, s.name"
    )
    return [row["name"] for row in many(db, sql, ids)]


def delete(db: sqlite3.Connection, ids: Collection[int], blanked: Collection[int], min_articles: int) -> int:
    """Delete articles, and what the entries ``blanked`` say; how many articles there were.

    An entry stays as an address by which its feed is known to have been read, so it makes no article again unless
    the feed states it anew. What is freed is overwritten, also in the full-text index and the log.
    """
    db.execute("PRAGMA secure_delete = ON")
    blank = "UPDATE entries SET title='', summary='', content='', author='', state='given_up', next_try=NULL WHERE "
    found = sorted(present(db, ids))
    with transaction(db):
        db.executemany(f"{blank} article_id = ?", [(i,) for i in found])
        db.executemany(f"{blank} id = ?", [(i,) for i in sorted(blanked)])
        for article_id in found:
            delete_article(db, article_id, min_articles)
        db.execute("INSERT INTO articles_fts(articles_fts) VALUES ('optimize')")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(found)
