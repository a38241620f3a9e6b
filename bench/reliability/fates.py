"""What a database says became of feeds, entries and pages: for each a code, or the word that says there is none."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import urls

LOST = "without a trace"  # what must not be


@dataclass
class Told:
    """Of one database."""

    answers: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))  # address → rows of fetches
    stored: Counter[str] = field(default_factory=Counter)  # feed → entries
    fates: Counter[str] = field(default_factory=Counter)  # of entries
    lost: list[str] = field(default_factory=list)  # entries without a fate
    runs: Counter[str] = field(default_factory=Counter)  # by state
    articles: int = 0
    unsigned: int = 0
    ungrouped: int = 0
    integrity: str = ""


def told(path: Path) -> Told:
    """Read all of it."""
    found = Told()
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        for row in db.execute("SELECT url, kind, code, detail, entries, new_entries, dropped FROM fetches ORDER BY id"):
            found.answers[row["url"]].append(dict(row))
        pages = _page_codes(found.answers)
        sql = "SELECT e.*, a.text_from AS text_from FROM entries e LEFT JOIN articles a ON a.id = e.article_id"
        for row in db.execute(sql):
            found.stored[row["feed_url"]] += 1
            fate = _fate(row, pages)
            found.fates[fate] += 1
            if fate == LOST:
                found.lost.append(f"{row['feed_url']} {row['guid'][:80]!r} {row['url']}")
        found.runs.update(r["state"] for r in db.execute("SELECT state FROM runs"))
        found.articles = _number(db, "SELECT count(*) FROM articles")
        found.unsigned = _number(
            db, "SELECT count(*) FROM articles WHERE id NOT IN (SELECT article_id FROM signatures)"
        )
        found.ungrouped = _number(db, "SELECT count(*) FROM articles WHERE id NOT IN (SELECT article_id FROM copies)")
        found.integrity = str(db.execute("PRAGMA integrity_check").fetchone()[0])
    return found


def _number(db: sqlite3.Connection, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])


def _page_codes(answers: dict[str, list[Any]]) -> dict[str, str]:
    """Identity of a page → the code of its newest answer."""
    return {_key(url): rows[-1]["code"] for url, rows in answers.items() if rows[-1]["kind"] == "page"}


def _key(url: str) -> str:
    try:
        return urls.key(url)
    except ValueError:
        return url


def _fate(entry: sqlite3.Row, pages: dict[str, str]) -> str:
    code = pages.get(_key(entry["url"].partition("#")[0])) if entry["url"] else None
    if entry["article_id"] is not None and entry["text_from"] != "teaser":
        return f"article, from its {entry['text_from']}"
    if entry["url"] is None:
        return "no address: an entry without article"
    if code is not None:
        return f"{'teaser' if entry['article_id'] else 'no article'}, its page: {code}"
    if entry["state"] == "wanted" and not entry["tries"]:
        return "pending: its page is asked for by a later run"
    return "teaser, no page by its site's rule" if entry["article_id"] else LOST
