"""Write what the web gave: sources, feeds, fetches, entries, articles and their versions."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.config import Source
from pipeline.model import Article, Entry, FetchResult, ParsedFeed, Reason, TextFrom, Validators
from pipeline.store.connect import moment, stamp, transaction
from pipeline.store.grouping import forget, replace_paragraphs

MAX_TRIES = 5  # a page that failed so often is left with its teaser
MAX_VERSIONS = 24  # of one article: a page that flips between two wordings must not fill the disk
RETRY = timedelta(minutes=30)  # doubled with each failure
MAX_BACK_OFF = timedelta(hours=24)
CLOCK_SLACK = timedelta(hours=1)  # times further ahead than we ever set them are of a clock that was wrong
MAX_FAILURES_GONE = 1  # 410 says it is over; `retold run --retry-gone` asks again

_COUNTER = re.compile(r"#\d+$")  # of revisions, at the end of a guid


def sync_sources(db: sqlite3.Connection, sources: Sequence[Source]) -> None:
    """Make ``sources`` and ``feeds`` say what config.yaml says; nothing is deleted, only marked."""
    with transaction(db):
        keys = [s.key for s in sources]
        db.execute(
            "UPDATE sources SET enabled = 0 WHERE enabled AND key NOT IN (SELECT value FROM json_each(?))",
            [json.dumps(keys)],
        )
        for s in sources:
            row = (s.key, s.name, s.owner, s.country, s.language, s.role, s.homepage, int(s.enabled))
            db.execute(
                "INSERT INTO sources (key, name, owner, country, language, role, homepage, enabled)"
                " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (key) DO UPDATE SET name=excluded.name,"
                " owner=excluded.owner, country=excluded.country, language=excluded.language,"
                " role=excluded.role, homepage=excluded.homepage, enabled=excluded.enabled"
                " WHERE (name, owner, country, language, role, homepage, enabled) IS NOT"
                " (excluded.name, excluded.owner, excluded.country, excluded.language, excluded.role,"
                "  excluded.homepage, excluded.enabled)",
                row,
            )
            for url, kind in [(f.url, "feed") for f in s.feeds] + [(u, "sitemap") for u in s.sitemaps]:
                db.execute(
                    "INSERT INTO feeds (url, source, kind) VALUES (?,?,?) ON CONFLICT (url) DO UPDATE SET"
                    " source=excluded.source, kind=excluded.kind"
                    " WHERE (source, kind) IS NOT (excluded.source, excluded.kind)",
                    (url, s.key, kind),
                )


def due(db: sqlite3.Connection, now: datetime) -> set[str]:
    """URLs of feeds and sitemaps whose time has come, or was set by a clock that ran ahead."""
    rows = db.execute(
        "SELECT url FROM feeds WHERE disabled IS NULL AND (next_due IS NULL OR next_due <= ? OR next_due > ?"
        " OR last_ok > ?)",
        (stamp(now), stamp(now + MAX_BACK_OFF + CLOCK_SLACK), stamp(now + CLOCK_SLACK)),
    )
    return {r["url"] for r in rows}


def make_due(db: sqlite3.Connection, urls: Iterable[str], retry_gone: bool = False) -> None:
    """Ask these feeds in the next run whatever their schedule; with ``retry_gone`` the disabled ones too."""
    with transaction(db):
        for url in urls:
            db.execute("UPDATE feeds SET next_due = NULL WHERE url = ? AND next_due IS NOT NULL", [url])
            if retry_gone:
                db.execute("UPDATE feeds SET disabled = NULL WHERE url = ? AND disabled IS NOT NULL", [url])


def validators(db: sqlite3.Connection) -> dict[str, Validators]:
    """Feed URL → what its server gave us to ask "changed since?" with."""
    rows = db.execute("SELECT url, etag, last_modified, body_hash FROM feeds WHERE last_ok IS NOT NULL")
    return {r["url"]: Validators(r["etag"], r["last_modified"], r["body_hash"]) for r in rows}


@dataclass(frozen=True, slots=True)
class Moment:
    """Which run writes, and when."""

    run_id: int
    now: datetime


def record_fetch(
    db: sqlite3.Connection,
    at: Moment,
    result: FetchResult,
    entries: int | None,
    new: int | None,
    dropped: int | None,
) -> None:
    """One row in ``fetches``; the caller holds the transaction."""
    db.execute(
        "INSERT INTO fetches (run_id, source, url, kind, at, code, status, detail, bytes, seconds, entries,"
        " new_entries, dropped) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            at.run_id, result.source, result.url, result.kind, stamp(at.now), str(result.code), result.status,
            result.detail[:500], result.bytes, round(result.seconds, 3), entries, new, dropped,
        ),
    )  # fmt: skip


def _next_due(result: FetchResult, failures: int, interval_s: int, now: datetime) -> datetime:
    """When to ask again: the interval, later where the server asks for it or has failed us repeatedly."""
    wait = timedelta(seconds=max(interval_s, result.max_age_s or 0))
    if failures:
        wait = max(wait, min(RETRY * 2 ** min(failures - 1, 6), MAX_BACK_OFF))
    if result.retry_after_s:
        wait = max(wait, timedelta(seconds=result.retry_after_s))
    return now + min(wait, MAX_BACK_OFF)


def record_feed(
    db: sqlite3.Connection,
    at: Moment,
    result: FetchResult,
    parsed: ParsedFeed | None,
    keys: Mapping[str, str],
    interval_s: int,
) -> tuple[list[Entry], int]:
    """Store a feed's answer, its validators and its entries in one transaction.

    ``keys``: guid → identity of the article behind the entry. Answers the entries that want an article, and
    how many are new.
    """
    with transaction(db):
        wanted, new = [], 0
        if parsed is not None:
            for entry in parsed.entries:
                fresh, wants = _record_entry(db, at, result.source, entry, keys[entry.guid])
                new += fresh
                if wants:
                    wanted.append(entry)
        _record_health(db, at, result, new, interval_s)
        count = len(parsed.entries) if parsed else None
        record_fetch(db, at, result, count, new if parsed else None, parsed.dropped if parsed else None)
    return wanted, new


def _record_health(db: sqlite3.Connection, at: Moment, result: FetchResult, new: int, interval_s: int) -> None:
    row = db.execute("SELECT failures, moved_to, moved_seen FROM feeds WHERE url = ?", [result.url]).fetchone()
    if row is None:
        return  # a child sitemap: its index stands for it
    untouched = result.code in (Reason.CANCELLED, Reason.BACKED_OFF)
    failures = 0 if result.code.ok else row["failures"] + (0 if untouched else 1)
    seen = (row["moved_seen"] + 1 if row["moved_to"] == result.moved_to else 1) if result.moved_to else 0
    db.execute(
        "UPDATE feeds SET failures=?, last_code=?, next_due=?, moved_to=?, moved_seen=?,"
        " disabled = CASE WHEN ? THEN ? ELSE disabled END WHERE url=?",
        (
            failures, str(result.code),
            None if result.code is Reason.CANCELLED else stamp(_next_due(result, failures, interval_s, at.now)),
            result.moved_to, seen,
            result.code is Reason.GONE and failures >= MAX_FAILURES_GONE, stamp(at.now), result.url,
        ),
    )  # fmt: skip
    if result.code.ok:
        v = result.validators
        db.execute(
            "UPDATE feeds SET etag=?, last_modified=?, body_hash=?, last_ok=?,"
            " last_new = CASE WHEN ? THEN ? ELSE last_new END WHERE url=?",
            (v.etag, v.last_modified, v.body_hash, stamp(at.now), new > 0, stamp(at.now), result.url),
        )


def _entry_hash(entry: Entry) -> str:
    """Of what a reader would notice; a bumped pubDate alone is no change."""
    from pipeline.text import content_hash

    return content_hash(entry.title, f"{entry.summary}\n{entry.content}\n{entry.url}\n{stamp(entry.updated)}")


def _record_entry(db: sqlite3.Connection, at: Moment, source: str, entry: Entry, key: str) -> tuple[bool, bool]:
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
            " first_seen) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (*values, entry.feed_url, entry.guid, stamp(at.now)),
        )
    else:
        db.execute(
            "UPDATE entries SET source=?, url=?, key=?, title=?, summary=?, content=?, author=?,"
            " published=coalesce(published, ?), updated=?, date_raw=?, language=?, via_name=?, via_url=?,"
            " categories=?, hash=?, article_id=?, state=?, tries=0, next_try=NULL WHERE id=?",
            (*values, old["id"]),
        )
    return old is None, not known


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
        "SELECT e.*, f.source AS asker FROM entries e JOIN feeds f ON f.url = e.feed_url"
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
        tries = failed or row["tries"] + 1
        _settle(db, at, entry, row["key"], article_id, None if complete else tries)
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
    db: sqlite3.Connection, at: Moment, entry: Entry, key: str, article_id: int | None, tries: int | None
) -> None:
    """Every entry of the identity ``key`` has what it wanted, or (``tries`` made so far) gets its next try."""
    if tries is None:
        db.execute(
            "UPDATE entries SET state='done', article_id=?, next_try=NULL"
            " WHERE (key=? AND (state <> 'done' OR article_id IS NULL))"
            " OR (feed_url=? AND guid=? AND article_id IS NOT ?)",
            (article_id, key, entry.feed_url, entry.guid, article_id),
        )
        return
    state = "given_up" if tries >= MAX_TRIES else "partial" if article_id else "wanted"
    db.execute(
        "UPDATE entries SET state=?, tries=?, next_try=?, article_id=coalesce(?, article_id)"
        " WHERE key=? AND state <> 'done'",
        (state, tries, stamp(at.now + RETRY * 2 ** (tries - 1)), article_id, key),
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
    old = db.execute("SELECT * FROM articles WHERE key=?", [a.key]).fetchone()
    if old is None and a.text_from is not TextFrom.TEASER:
        old = _stub(db, entry)
    if old is None:
        cursor = db.execute(
            f"INSERT INTO articles ({', '.join(_COLUMNS)}, source, key, published, first_seen)"  # noqa: S608
            f" VALUES ({','.join('?' * (len(_COLUMNS) + 4))})",
            (*_values(a), a.source, a.key, stamp(a.published), stamp(at.now)),
        )
        replace_paragraphs(db, int(cursor.lastrowid or 0), a.source, found.paragraphs, found.title_hash, min_articles)
        return int(cursor.lastrowid or 0), "new"
    article_id = int(old["id"])
    worse = a.text_from is TextFrom.TEASER and old["text_from"] != TextFrom.TEASER
    dated = old["published"] is None and a.published is not None
    if worse or (tuple(old[c] for c in _COLUMNS) == _values(a) and old["key"] == a.key and not dated):
        return article_id, "same"
    edited = old["content_hash"] != a.content_hash
    reread = edited or dated or old["lang"] != a.lang  # whatever profile and bucket keys are made of
    if edited:
        _keep_version(db, at, old)
    if reread:
        forget(db, article_id)
    db.execute(
        f"UPDATE articles SET {', '.join(f'{c}=?' for c in _COLUMNS)}, version = version + ?,"  # noqa: S608
        " published = coalesce(published, ?), key = ? WHERE id=?",
        (*_values(a), int(edited), stamp(a.published), a.key, article_id),
    )
    if reread:
        replace_paragraphs(db, article_id, old["source"], found.paragraphs, found.title_hash, min_articles)
    return article_id, "edited" if edited else "same"


def _keep_version(db: sqlite3.Connection, at: Moment, old: sqlite3.Row) -> None:
    """Move the wording that is about to be replaced into ``versions``."""
    db.execute(
        "INSERT INTO versions (article_id, version, title, text, content_hash, text_from, replaced)"
        " VALUES (?,?,?,?,?,?,?)",
        (
            old["id"],
            old["version"],
            old["title"],
            old["text"],
            old["content_hash"],
            old["text_from"],
            stamp(at.now),
        ),
    )
    db.execute("DELETE FROM versions WHERE article_id=? AND version <= ?", (old["id"], old["version"] - MAX_VERSIONS))


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
