"""Write what came of the entries: articles, their versions, and what their entries want now."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pipeline.model import Article, Entry, FetchResult, Reason, TextFrom
from pipeline.phrases import LEFT_OUT
from pipeline.store.connect import stamp, transaction
from pipeline.store.links import replace_links
from pipeline.store.runs import RETRY, Moment, record_fetch, wait_until
from pipeline.store.signing import article, forget, replace_paragraphs
from pipeline.store.stubs import is_pruned

MAX_TRIES = 5  # a page that failed so often is left with its teaser
MAX_VERSIONS = 24  # of one article: a page that flips between two wordings must not fill the disk


@dataclass(frozen=True, slots=True)
class Found:
    """An article with what the paragraph table needs of it (hashes by ``pipeline.signatures``)."""

    article: Article
    paragraphs: tuple[int, ...]
    title_hash: int


def record_article(
    db: sqlite3.Connection,
    at: Moment,
    result: FetchResult | None,
    entry: Entry,
    found: Found | None,
    min_articles: int,
) -> str:
    """Store what came of an entry, in one transaction: the page's fetch row, the article or a new version of
    it, and the entry's state. Answers "new", "edited" or "same" of the article, "none" where there is none.

    ``min_articles`` as in the recipe: whose paragraphs became (or stopped being) boilerplate is unsigned.
    """
    with transaction(db):
        if result is not None:
            record_fetch(db, at, result, None, None, None)
        if result is not None and result.code in (Reason.CANCELLED, Reason.BACKED_OFF):
            return "none"  # was not asked: stays wanted, and it is no try
        article_id, outcome = _record_text(db, at, entry, found, min_articles) if found else (None, "none")
        row = db.execute(
            "SELECT tries, key FROM entries WHERE feed_url=? AND guid=?", (entry.feed_url, entry.guid)
        ).fetchone()
        failed = _failed(db, at, row["key"]) if result is None and not _has_text(found) else None
        complete = found is not None and (failed is None if result is None else result.code.ok)
        left_out = result.code if result is not None and result.code in LEFT_OUT else None
        over = left_out or (result is not None and result.code is Reason.GONE)
        tries = MAX_TRIES if over else failed or row["tries"] + 1
        wait = wait_until(at.now, result.retry_after_s) if result is not None and result.retry_after_s else at.now
        _settle(db, at, entry, row["key"], article_id, None if complete else tries, wait)
        if left_out:
            db.execute("UPDATE entries SET left_out=? WHERE key=? AND state='given_up'", (left_out, row["key"]))
    return outcome


def _has_text(found: Found | None) -> bool:
    return found is not None and found.article.text_from is not TextFrom.TEASER


def _failed(db: sqlite3.Connection, at: Moment, key: str) -> int | None:
    """How often the page of this identity has been tried in vain, where its next try is still to come.

    One page is asked for all entries that point at it, and its failure is told with the first of them."""
    row = db.execute(
        "SELECT max(tries) FROM entries WHERE key=? AND state <> 'done' AND next_try > ?", (key, stamp(at.now))
    ).fetchone()
    return None if row[0] is None else int(row[0])


def _settle(
    db: sqlite3.Connection,
    at: Moment,
    entry: Entry,
    key: str,
    article_id: int | None,
    tries: int | None,
    wait: datetime,
) -> None:
    """Every entry of the identity ``key`` has what it wanted, or (``tries`` made so far) gets its next try, not
    before ``wait``."""
    if tries is None:
        db.execute(
            "UPDATE entries SET state='done', article_id=?, next_try=NULL, left_out=NULL"
            " WHERE (key=? AND (state <> 'done' OR article_id IS NULL))"
            " OR (feed_url=? AND guid=? AND article_id IS NOT ?)",
            (article_id, key, entry.feed_url, entry.guid, article_id),
        )
        return
    state = "given_up" if tries >= MAX_TRIES else "partial" if article_id else "wanted"
    db.execute(
        # the longer wait holds: one failure is told for every entry that points at the page
        "UPDATE entries SET state=?, tries=?, next_try=max(?, coalesce(next_try, '')),"
        " article_id=coalesce(?, article_id) WHERE key=? AND state <> 'done'",
        (state, tries, stamp(max(at.now + RETRY * 2 ** (tries - 1), wait)), article_id, key),
    )


_COLUMNS = (
    "url", "title", "text", "lang", "updated", "author", "agencies", "credit", "dateline", "paywalled",
    "text_from", "canonical_claim", "content_hash",
)  # fmt: skip


def _values(a: Article) -> tuple[object, ...]:
    return (
        a.url, a.title, a.text, a.lang, stamp(a.updated), a.author, json.dumps(a.agencies), a.credit,
        a.dateline, None if a.paywalled is None else int(a.paywalled), str(a.text_from), a.canonical_claim,
        a.content_hash,
    )  # fmt: skip


def _stub(db: sqlite3.Connection, entry: Entry) -> sqlite3.Row | None:
    """The teaser that stood in for this entry's page while all we knew was the entry's own address."""
    row: sqlite3.Row | None = db.execute(
        "SELECT a.* FROM entries e JOIN articles a ON a.id = e.article_id AND a.key = e.key"
        " WHERE e.feed_url=? AND e.guid=? AND a.text_from=?",
        (entry.feed_url, entry.guid, TextFrom.TEASER),
    ).fetchone()
    return row


def _record_text(db: sqlite3.Connection, at: Moment, entry: Entry, found: Found, min_articles: int) -> tuple[int, str]:
    a = found.article
    old = row_of(db, a.key)
    if old is None and a.text_from is not TextFrom.TEASER:
        old = _stub(db, entry)
    if old is None:
        article_id = insert(db, at, a)
        replace_paragraphs(db, article_id, a.source, found.paragraphs, found.title_hash, min_articles)
        return article_id, "new"
    if a.text_from is TextFrom.TEASER and old["text_from"] != TextFrom.TEASER:
        return int(old["id"]), "same"
    return int(old["id"]), rewrite(db, at, old, found, min_articles)


def row_of(db: sqlite3.Connection, key: str) -> sqlite3.Row | None:
    """The article of this identity, as it is stored."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM articles WHERE key=?", [key]).fetchone()
    return row


def insert(db: sqlite3.Connection, at: Moment, a: Article) -> int:
    """Store a new article with its links, first seen now unless it says when; its id. Paragraphs are the caller's."""
    cursor = db.execute(
        f"INSERT INTO articles ({', '.join(_COLUMNS)}, source, key, published, first_seen, version)"  # noqa: S608
        f" VALUES ({','.join('?' * (len(_COLUMNS) + 5))})",
        (*_values(a), a.source, a.key, stamp(a.published), stamp(a.first_seen or at.now), a.version),
    )
    article_id = int(cursor.lastrowid or 0)
    if a.links:
        replace_links(db, article_id, a.links)
    return article_id


def rewrite(db: sqlite3.Connection, at: Moment, old: sqlite3.Row, found: Found, min_articles: int) -> str:
    """Let ``found`` take the place of what is stored, whose wording becomes a version; "edited" or "same"."""
    a, article_id = found.article, int(old["id"])
    if is_pruned(db, [article_id]):
        return "same"  # whatever its page says now
    replace_links(db, article_id, a.links)
    dated = old["published"] is None and a.published is not None
    if tuple(old[c] for c in _COLUMNS) == _values(a) and old["key"] == a.key and not dated:
        return "same"
    edited = old["content_hash"] != a.content_hash
    reread = edited or dated or old["lang"] != a.lang  # whatever profile and bucket keys are made of
    if edited:
        _keep_version(db, at, old, a)
    if reread:
        forget(db, article_id)
    db.execute(
        f"UPDATE articles SET {', '.join(f'{c}=?' for c in _COLUMNS)}, version = version + ?,"  # noqa: S608
        " published = coalesce(published, ?), key = ? WHERE id=?",
        (*_values(a), int(edited), stamp(a.published), a.key, article_id),
    )
    if reread:
        replace_paragraphs(db, article_id, old["source"], found.paragraphs, found.title_hash, min_articles)
    return "edited" if edited else "same"


def _keep_version(db: sqlite3.Connection, at: Moment, old: sqlite3.Row, new: Article) -> None:
    """Move the wording that ``new`` is about to replace into ``versions``."""
    kept = ("title", "text", "content_hash", "text_from", "updated")
    db.execute(
        f"INSERT INTO versions (article_id, version, {', '.join(kept)}, replaced, silent) VALUES (?,?,?,?,?,?,?,?,?)",  # noqa: S608
        (old["id"], old["version"], *(old[c] for c in kept), stamp(at.now), _silent(old, new)),
    )
    db.execute("DELETE FROM versions WHERE article_id=? AND version <= ?", (old["id"], old["version"] - MAX_VERSIONS))


def _silent(old: sqlite3.Row, new: Article) -> bool | None:
    """Whether ``new`` reads differently and claims no newer date; None where the text came another way (a page took
    a teaser's place), so that it may be our doing. An outlet that moves its date of publication is not silent."""
    if old["text_from"] != new.text_from:
        return None
    before = max(old["updated"] or "", old["published"] or "")
    return max(stamp(new.updated) or "", stamp(new.published) or "") <= before


def count(db: sqlite3.Connection) -> int:
    """How many articles there are that have their text."""
    sql = "SELECT (SELECT count(*) FROM articles) - (SELECT count(*) FROM pruned)"
    return int(db.execute(sql).fetchone()[0])


def batches(db: sqlite3.Connection, most: int) -> Iterator[list[Article]]:
    """All articles that have their text by id, ``most`` at a time."""
    last = 0
    sql = (
        "SELECT * FROM articles WHERE id > ? AND NOT EXISTS (SELECT 1 FROM pruned WHERE article_id = id)"
        " ORDER BY id LIMIT ?"
    )
    while rows := db.execute(sql, (last, most)).fetchall():
        last = rows[-1]["id"]
        yield [article(r) for r in rows]


def delete_article(db: sqlite3.Connection, article_id: int, min_articles: int) -> None:
    """Remove one article and all that was derived from it (retention, a takedown request)."""
    with transaction(db):
        row = db.execute("SELECT source FROM articles WHERE id=?", [article_id]).fetchone()
        if row is None:
            return
        forget(db, article_id)
        replace_paragraphs(db, article_id, row["source"], (), 0, min_articles)
        db.execute("DELETE FROM ungrouped WHERE article_id=?", [article_id])
        db.execute("DELETE FROM articles WHERE id=?", [article_id])
