"""Write and read the links in articles' texts."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence

from pipeline.model import Link
from pipeline.store.connect import many


def replace_links(db: sqlite3.Connection, article_id: int, links: Sequence[Link]) -> None:
    """Set an article's links. The same ones are not written again, for that would ask for its citations anew."""
    if links_of(db, [article_id]).get(article_id, ()) == tuple(links):
        return
    db.execute("DELETE FROM links WHERE article_id=?", [article_id])
    db.executemany(
        "INSERT INTO links (article_id, n, url, text) VALUES (?,?,?,?)",
        [(article_id, n, *link) for n, link in enumerate(links)],
    )


def links_of(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, tuple[Link, ...]]:
    """Article id → its links, in reading order; articles without any are left out."""
    found: dict[int, list[Link]] = defaultdict(list)
    rows = many(
        db,
        "SELECT article_id, url, text FROM links WHERE article_id IN (SELECT value FROM json_each(?))"
        " ORDER BY article_id, n",
        ids,
    )
    for row in rows:
        found[row["article_id"]].append(Link(row["url"], row["text"]))
    return {article_id: tuple(links) for article_id, links in found.items()}
