"""Write what feeds state: entries, and which of them still want an article."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import datetime

from pipeline.model import Entry, Reason, TextFrom
from pipeline.store.connect import moment, stamp
from pipeline.store.runs import CLOCK_SLACK, MAX_BACK_OFF, Moment
from pipeline.store.stubs import is_pruned
from pipeline.text import content_hash

_COUNTER = re.compile(r"#\d+$")  # of revisions, at the end of a guid


def _entry_hash(entry: Entry) -> str:
    """Of what a reader would notice; a bumped pubDate alone is no change."""
    return content_hash(entry.title, f"{entry.summary}\n{entry.content}\n{entry.url}\n{stamp(entry.updated)}")


def record_entry(db: sqlite3.Connection, at: Moment, source: str, entry: Entry, key: str) -> tuple[bool, bool]:
    """Insert or update one entry; answers (is it new, does it want an article)."""
    digest = _entry_hash(entry)
    old = db.execute(
        "SELECT id, hash, state FROM entries WHERE feed_url=? AND guid=?", (entry.feed_url, entry.guid)
    ).fetchone()
    if old is not None and old["hash"] == digest:
        return False, False
    article = _article_behind(db, key)
    known = old is None and article is not None and article["text_from"] != TextFrom.TEASER
    known = known and not _is_revision(db, entry, key)
    known = known or (article is not None and bool(is_pruned(db, [article["id"]])))
    wait = None if known else _told_to_wait(db, at, key)
    values = (
        source, entry.url, key, entry.title, entry.summary, entry.content, entry.author,
        stamp(entry.published), stamp(entry.updated), entry.date_raw, entry.language, entry.via_name,
        entry.via_url, json.dumps(entry.categories), digest, article["id"] if article else None,
        "done" if known else "wanted",
    )  # fmt: skip
    if old is None:
        db.execute(
            "INSERT INTO entries (source, url, key, title, summary, content, author, published, updated,"
            " date_raw, language, via_name, via_url, categories, hash, article_id, state, feed_url, guid,"
            " first_seen, next_try) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (*values, entry.feed_url, entry.guid, stamp(at.now), wait),
        )
    else:
        db.execute(
            "UPDATE entries SET source=?, url=?, key=?, title=?, summary=?, content=?, author=?,"
            " published=coalesce(published, ?), updated=?, date_raw=?, language=?, via_name=?, via_url=?,"
            " categories=?, hash=?, article_id=?, state=?, tries=0, next_try=?, left_out=NULL WHERE id=?",
            (*values, wait, old["id"]),
        )
    return old is None, not known and wait is None


def is_older(entry: Entry, than: datetime) -> bool:
    """Whether the latest date that an entry states lies before ``than``; one that states none is not old."""
    stated = max((d for d in (entry.published, entry.updated) if d), default=None)
    return stated is not None and stated < than


def done_without(db: sqlite3.Connection, entry: Entry, why: Reason) -> bool:
    """Have an entry make no article unless it changes; the caller holds the transaction. False, and nothing done,
    where it has one already."""
    cursor = db.execute(
        "UPDATE entries SET state='given_up', next_try=NULL, left_out=? WHERE feed_url=? AND guid=?"
        " AND article_id IS NULL",
        (why, entry.feed_url, entry.guid),
    )
    return cursor.rowcount == 1


def _told_to_wait(db: sqlite3.Connection, at: Moment, key: str) -> str | None:
    """Until when the page of this identity, which failed, is to be left alone, though it may read differently now."""
    row = db.execute(
        "SELECT max(next_try) AS at FROM entries WHERE key=? AND state IN ('wanted','partial') AND next_try > ?"
        " AND next_try <= ?",
        (key, stamp(at.now), stamp(at.now + MAX_BACK_OFF + CLOCK_SLACK)),
    ).fetchone()
    return str(row["at"]) if row["at"] else None


def _article_behind(db: sqlite3.Connection, key: str) -> sqlite3.Row | None:
    """The article at this identity, or the one that an entry of this identity led to (its page redirects)."""
    row: sqlite3.Row | None = db.execute(
        "SELECT id, text_from, 0 AS n FROM articles WHERE key=?1 UNION ALL"
        " SELECT a.id, a.text_from, 1 FROM entries e JOIN articles a ON a.id = e.article_id WHERE e.key=?1"
        " ORDER BY n, id LIMIT 1",
        [key],
    ).fetchone()
    return row


def _is_revision(db: sqlite3.Connection, entry: Entry, key: str) -> bool:
    """Did this feed carry the piece before, under another guid, and has it changed since? So it has where it
    reads differently, or where the guid is but counted up (BBC: "…#0", "…#1")."""
    old = db.execute(
        "SELECT guid, title, summary, content, updated FROM entries WHERE feed_url=? AND key=? ORDER BY id DESC",
        (entry.feed_url, key),
    ).fetchone()
    if old is None:
        return False
    same = tuple(old)[1:] == (entry.title, entry.summary, entry.content, stamp(entry.updated))
    return not same or _COUNTER.sub("", old["guid"]) == _COUNTER.sub("", entry.guid)


def pending(db: sqlite3.Connection, now: datetime) -> list[tuple[str, Entry]]:
    """(source that has the feed now, entry) of each entry that still wants an article and may be tried."""
    rows = db.execute(
        # told which index: for the order's sake SQLite would read every entry there ever was
        "SELECT e.*, f.source AS asker FROM entries e INDEXED BY entries_open JOIN feeds f ON f.url = e.feed_url"
        " WHERE e.state IN ('wanted','partial') AND (next_try IS NULL OR next_try <= ? OR next_try > ?)"
        " ORDER BY e.id",
        (stamp(now), stamp(now + MAX_BACK_OFF + CLOCK_SLACK)),
    )
    return [(r["asker"], _entry(r)) for r in rows]


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        feed_url=row["feed_url"], guid=row["guid"], url=row["url"], title=row["title"], summary=row["summary"],
        content=row["content"], author=row["author"], published=moment(row["published"]),
        updated=moment(row["updated"]), date_raw=row["date_raw"], language=row["language"],
        via_name=row["via_name"], via_url=row["via_url"], categories=tuple(json.loads(row["categories"])),
    )  # fmt: skip
