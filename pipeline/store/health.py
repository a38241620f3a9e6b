"""How the sources are: their feeds, how late and how often their articles come, what waits. All by index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from statistics import median

from pipeline import feedhealth
from pipeline.store import sites
from pipeline.store.rows import Row, rows

LATELY = 100  # newest articles of a source, by which its lag and its boilerplate are told
MOST = 500  # waiting entries that are looked into, of one source


def feeds(db: sqlite3.Connection, source: str | None = None) -> list[Row]:
    """The rows of v_source_health (of ``source`` alone), each with ``state`` (feedhealth.State), ``silence`` (why it is
    silent: feedhealth.Silence), ``quiet_s`` (seconds without news up to its last good answer), ``longest_s`` (the
    longest such time before), ``read`` (entries of the newest answer that was read) and ``usual`` (their median); None
    where unknown."""
    where = " WHERE source = ?" if source else ""
    found = rows(
        db.execute(f"SELECT * FROM v_source_health{where} ORDER BY source, kind, url", [source] if source else [])  # noqa: S608
    )
    return [{**row, **_state(db, row)} for row in found]


def _state(db: sqlite3.Connection, feed: Row) -> Row:
    read = _read(db, feed["url"])
    sizes = {"read": read[0] if read else None, "usual": round(median(read)) if read else None}
    silence = feedhealth.shrunken(read) if not feedhealth.is_failing(feed) else None
    quiet = longest = None
    if feedhealth.may_be_silent(feed):
        longest, gaps = _habit(db, feed["url"])
        quiet = feedhealth.quiet_s(feed, _asked_since(db, feed["url"]))
        if feedhealth.is_silent(quiet, longest, gaps):
            silence = silence or feedhealth.Silence.NO_NEWS
    state = feedhealth.state(feed, silence is not None)
    silence = silence if state is feedhealth.State.SILENT else None
    return {"state": state, "silence": silence, "quiet_s": quiet, "longest_s": longest, **sizes}


def _read(db: sqlite3.Connection, url: str) -> list[int]:
    """How many entries its newest answers that were read had, the newest first."""
    sql = "SELECT entries FROM fetches WHERE url = ? AND entries IS NOT NULL ORDER BY at DESC LIMIT ?"
    return [r["entries"] for r in db.execute(sql, [url, feedhealth.READ])]


def _habit(db: sqlite3.Connection, url: str) -> tuple[int | None, int]:
    """The longest time, in seconds, between two of its newest answers with something new; how many such times."""
    sql = (
        "SELECT max(gap), count(gap) FROM (SELECT unixepoch(lag(at) OVER (ORDER BY at DESC)) - unixepoch(at) AS gap"
        " FROM (SELECT at FROM fetches WHERE url = ? AND new_entries > 0 ORDER BY at DESC LIMIT ?))"
    )
    longest, gaps = db.execute(sql, [url, feedhealth.NEWS + 1]).fetchone()
    return longest, int(gaps)


def _asked_since(db: sqlite3.Connection, url: str) -> str | None:
    row = db.execute("SELECT at FROM fetches WHERE url = ? ORDER BY id LIMIT 1", [url]).fetchone()
    return row["at"] if row else None


def sources(db: sqlite3.Connection) -> list[Row]:
    """Every source that there was, by key: the columns of ``sources``, and ``articles``."""
    sql = (
        "SELECT s.*, coalesce(t.n, 0) AS articles FROM sources s"
        " LEFT JOIN tallies t ON t.name = 'articles' AND t.of = s.key ORDER BY s.key"
    )
    return rows(db.execute(sql))


def source(db: sqlite3.Connection, key: str) -> Row | None:
    """One of them."""
    sql = (
        "SELECT s.*, coalesce(t.n, 0) AS articles FROM sources s"
        " LEFT JOIN tallies t ON t.name = 'articles' AND t.of = s.key WHERE s.key = ?"
    )
    found = rows(db.execute(sql, [key]))
    return found[0] if found else None


# -- the newest articles of a source


def lags(db: sqlite3.Connection, key: str) -> list[int]:
    """Seconds between what each of its :data:`LATELY` newest articles claims as its time and when we first saw it, in
    order; of those that claim none, nothing."""
    sql = (
        "SELECT unixepoch(first_seen) - unixepoch(published) AS lag FROM"
        " (SELECT first_seen, published FROM articles WHERE source = ? ORDER BY first_seen DESC LIMIT ?)"
        " WHERE published IS NOT NULL"
    )
    return sorted(r["lag"] for r in db.execute(sql, [key, LATELY]))


def middle(values: Iterable[int]) -> int | None:
    """Their median; None of none."""
    ordered = list(values)
    return round(median(ordered)) if ordered else None


def left_out(db: sqlite3.Connection, key: str) -> list[Row]:
    """The paragraphs left out as boilerplate in its :data:`LATELY` newest articles, and in how many of them."""
    sql = (
        "SELECT j.value AS paragraph, count(*) AS articles FROM"
        " (SELECT id FROM articles WHERE source = ? ORDER BY first_seen DESC LIMIT ?) a"
        " JOIN signatures s ON s.article_id = a.id, json_each(s.removed) j GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return [dict(r) for r in db.execute(sql, [key, LATELY])]


def days(db: sqlite3.Connection, key: str, since: str) -> dict[str, int]:
    """Day (``2026-11-20``, UTC) → how many of its articles we first saw then; from ``since`` (such a day) on."""
    sql = (
        "SELECT substr(first_seen, 1, 10) AS day, count(*) AS n FROM articles WHERE source = ? AND first_seen >= ?"
        " GROUP BY 1 ORDER BY 1"
    )
    return {r["day"]: r["n"] for r in db.execute(sql, [key, since])}


def newest(db: sqlite3.Connection, key: str, limit: int) -> list[Row]:
    """Its newest articles: id, title, lang, published, first_seen, story_id, role, on_outlet."""
    sql = (
        "SELECT a.id, a.title, a.lang, n.published, n.first_seen, c.story_id, r.role, nullif(r.outlet, '') AS on_outlet"
        " FROM (SELECT id, first_seen, published FROM articles WHERE source = ? ORDER BY first_seen DESC, id DESC"
        " LIMIT ?) n JOIN articles a ON a.id = n.id LEFT JOIN copies c ON c.article_id = n.id"
        " LEFT JOIN roles r ON r.article_id = n.id ORDER BY n.first_seen DESC, n.id DESC"
    )
    return [dict(r) for r in db.execute(sql, [key, limit])]


# -- answers


def answers(db: sqlite3.Connection, key: str, limit: int) -> list[Row]:
    """The newest answers to requests of a source: the columns of ``fetches``."""
    sql = "SELECT * FROM fetches WHERE source = ? ORDER BY at DESC, id DESC LIMIT ?"
    return rows(db.execute(sql, [key, limit]))


def codes(db: sqlite3.Connection, urls: Iterable[str], limit: int) -> dict[str, list[Row]]:
    """Feed → its newest answers (at, code), the newest first."""
    sql = "SELECT at, code FROM fetches WHERE url = ? ORDER BY id DESC LIMIT ?"
    return {url: [dict(r) for r in db.execute(sql, [url, limit])] for url in urls}


def waiting(db: sqlite3.Connection, key: str) -> list[Row]:
    """Entries of a source whose page is still wanted: how many of a feed, in which state, by the code of the newest
    answer for their pages (None where there was none yet), the first :data:`MOST` of them; then sites.left_out."""
    sql = (
        "SELECT feed_url, state, code, count(*) AS entries FROM (SELECT e.feed_url, e.state, (SELECT code FROM"
        " fetches f WHERE f.url = e.url AND f.kind = 'page' ORDER BY f.id DESC LIMIT 1) AS code FROM"
        " (SELECT feed_url, state, url FROM entries WHERE source = ? AND state IN ('wanted','partial') LIMIT ?) e)"
        " GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 3"
    )
    return [*rows(db.execute(sql, [key, MOST])), *sites.left_out(db, key)]
