"""Write what an archive holds: articles with what is known of them, and how far an import has come."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.imports.records import SourceRow
from pipeline.model import Article, TextFrom
from pipeline.store.articles import Found, insert, rewrite, row_of
from pipeline.store.connect import stamp
from pipeline.store.rows import Row, rows
from pipeline.store.runs import Moment
from pipeline.store.signing import add_paragraphs, forget

VERSION = ("version", "title", "text", "content_hash", "text_from", "replaced", "updated", "silent")


@dataclass(frozen=True, slots=True)
class Archived:
    """An article of an archive. Its ``first_seen`` is what the archive states, None where it does not."""

    found: Found
    read: datetime | None = None  # when somebody had this wording before them
    versions: tuple[tuple[Any, ...], ...] = ()  # earlier wordings, in the columns of VERSION
    via: tuple[tuple[str, str], ...] = ()  # (name, address) of whom its feed says it was taken from
    outlet: Mapping[str, str] = field(default_factory=dict)  # what is known of its source: source, name, owner, …


# -- sources


def sources(db: sqlite3.Connection) -> list[SourceRow]:
    """All sources, also those that are not followed."""
    sql = "SELECT key, name, owner, country, language, role, homepage FROM sources ORDER BY key"
    return [SourceRow(*r) for r in db.execute(sql)]


def add_sources(db: sqlite3.Connection, fresh: Sequence[SourceRow]) -> None:
    """Sources of an archive: not followed. The caller holds the transaction."""
    db.executemany(
        "INSERT OR IGNORE INTO sources (key, name, owner, country, language, role, homepage, enabled)"
        " VALUES (?,?,?,?,?,?,?,0)",
        [(s.key, s.name, s.owner, s.country, s.language, s.role, s.homepage) for s in fresh],
    )


# -- how far


@dataclass(frozen=True, slots=True)
class Import:
    """An import that was begun before."""

    id: int
    position: int
    counts: dict[str, Any]
    finished: datetime | None


def begun(db: sqlite3.Connection, identity: str, options: str) -> Import | None:
    """The import of this very input, read in this very way."""
    row = db.execute("SELECT * FROM imports WHERE identity=? AND options=?", (identity, options)).fetchone()
    if row is None:
        return None
    done = datetime.fromisoformat(row["finished"]) if row["finished"] else None
    return Import(row["id"], row["position"], json.loads(row["counts"]), done)


def begin(db: sqlite3.Connection, at: Moment, kind: str, path: str, identity: str, options: str) -> int:
    """A new import, or the same once more from its beginning; its id."""
    return int(
        db.execute(
            "INSERT INTO imports (run_id, kind, path, identity, options, started) VALUES (?,?,?,?,?,?)"
            " ON CONFLICT (identity, options) DO UPDATE SET position=0, counts='{}', finished=NULL,"
            " run_id=excluded.run_id, path=excluded.path, started=excluded.started RETURNING id",
            (at.run_id, kind, path, identity, options, stamp(at.now)),
        ).fetchone()[0]
    )


def advance(db: sqlite3.Connection, import_id: int, position: int, counts: Mapping[str, Any]) -> None:
    """All before ``position`` is stored. The caller holds the transaction."""
    db.execute(
        "UPDATE imports SET position=?, counts=? WHERE id=?", (position, json.dumps(counts, sort_keys=True), import_id)
    )


def finish(db: sqlite3.Connection, import_id: int, now: datetime) -> None:
    """All of it is stored."""
    db.execute("UPDATE imports SET finished=? WHERE id=?", (stamp(now), import_id))


def listed(db: sqlite3.Connection) -> list[Row]:
    """All imports, oldest first."""
    return rows(db.execute("SELECT * FROM imports ORDER BY id"))


# -- articles


def record_archived(
    db: sqlite3.Connection, at: Moment, import_id: int, batch: Sequence[Archived], min_articles: int
) -> list[str]:
    """Store a batch; of each "new", "edited" (it took the place of an older wording), "older" (a newer one stays) or
    "same". The caller holds the transaction.

    Of one that is here, the earliest first sight holds, whoever had it, and the newest wording: by the publisher's date
    of change or publication, where these are equal by when it was read. ``min_articles`` as in the recipe.
    """
    known = _known(db, [one.found.article.key for one in batch])
    fresh: dict[str, tuple[int, Archived]] = {}
    outcomes: list[str] = []
    for one in batch:
        a = one.found.article
        if a.key in known or a.key in fresh:
            outcomes.append("")
            continue
        fresh[a.key] = (insert(db, at, a), one)
        outcomes.append("new")
    _record_fresh(db, import_id, list(fresh.values()), min_articles)
    return [
        outcome or _merged(db, at, import_id, one, min_articles) for outcome, one in zip(outcomes, batch, strict=True)
    ]


def _known(db: sqlite3.Connection, keys: Sequence[str]) -> set[str]:
    sql = "SELECT key FROM articles WHERE key IN (SELECT value FROM json_each(?))"
    return {r["key"] for r in db.execute(sql, [json.dumps(keys)])}


def _record_fresh(
    db: sqlite3.Connection, import_id: int, fresh: Sequence[tuple[int, Archived]], min_articles: int
) -> None:
    found = [(i, one.found.article, one) for i, one in fresh]
    add_paragraphs(db, [(i, a.source, o.found.paragraphs, o.found.title_hash) for i, a, o in found], min_articles)
    db.executemany(
        "INSERT INTO imported (article_id, import_id, seen) VALUES (?,?,?)",
        [(i, import_id, "archive" if a.first_seen else "import") for i, a, _ in found],
    )
    db.executemany(
        f"INSERT OR IGNORE INTO versions (article_id, {', '.join(VERSION)}) VALUES (?,?,?,?,?,?,?,?,?)",  # noqa: S608
        [(i, *version) for i, _, one in found for version in one.versions],
    )
    _record_via(db, [(i, *via) for i, _, one in found for via in one.via])


def _record_via(db: sqlite3.Connection, told: Sequence[tuple[int, str, str]]) -> None:
    for row in told:  # not OR IGNORE: within its trigger the clause would hold, too
        if not db.execute("SELECT 1 FROM imported_via WHERE (article_id, name, url) = (?,?,?)", row).fetchone():
            db.execute("INSERT INTO imported_via (article_id, name, url) VALUES (?,?,?)", row)


def _merged(db: sqlite3.Connection, at: Moment, import_id: int, one: Archived, min_articles: int) -> str:
    a = one.found.article
    old = row_of(db, a.key)
    assert old is not None  # it is known
    _record_via(db, [(old["id"], *via) for via in one.via])
    outcome = "same"
    if _better(db, one, old):
        outcome = rewrite(db, at, old, one.found, min_articles)
    elif a.content_hash != old["content_hash"]:
        outcome = "older"
    _sooner(db, import_id, int(old["id"]), a)
    return outcome


def _better(db: sqlite3.Connection, one: Archived, old: sqlite3.Row) -> bool:
    """Is this wording to take the place of the stored one? The same one is where it brings a date."""
    a = one.found.article
    teaser, stub = a.text_from is TextFrom.TEASER, old["text_from"] == TextFrom.TEASER
    if teaser != stub:
        return bool(stub)
    if a.content_hash == old["content_hash"]:
        return old["published"] is None and a.published is not None
    ours, theirs = stamp(a.updated or a.published), old["updated"] or old["published"]
    if ours and theirs and ours != theirs:
        return ours > str(theirs)
    last = db.execute("SELECT max(replaced) FROM versions WHERE article_id=?", [old["id"]]).fetchone()[0]
    return one.read is not None and (stamp(one.read) or "") > str(last or old["first_seen"])


def _sooner(db: sqlite3.Connection, import_id: int, article_id: int, a: Article) -> None:
    """Somebody saw it before we did."""
    seen = stamp(a.first_seen)
    row = db.execute("SELECT published, first_seen FROM articles WHERE id=?", [article_id]).fetchone()
    if seen is None or seen >= row["first_seen"]:
        return
    if row["published"] is None or row["published"] > seen:
        forget(db, article_id)  # its day is another one
    db.execute("UPDATE articles SET first_seen=? WHERE id=?", (seen, article_id))
    db.execute(
        "INSERT INTO imported (article_id, import_id, seen) VALUES (?,?,'archive')"
        " ON CONFLICT (article_id) DO UPDATE SET import_id=excluded.import_id, seen='archive'",
        (article_id, import_id),
    )
