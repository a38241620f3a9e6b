"""What `retold doctor` looks at besides what must hold between tables: the file's place, pages, schema, runs, clock."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from pipeline.store import copying
from pipeline.store.connect import LockedError, lock, moment, open_read, transaction
from pipeline.store.mounts import network
from pipeline.store.runs import CLOCK_SLACK, mark_killed

Note = tuple[str, str]  # what was looked at, what is to be said of it
MANY = 20  # faults of pages that are told
BIG_LOG = 64 << 20  # bytes of -wal
# What integrity_check says of an index that differs from its table: REINDEX makes it again.
_INDEX = ("missing from index", "wrong # of entries in index", "non-unique entry in index")


def sqlite() -> tuple[str, list[str]]:
    """SQLite's version, and what it was built without that we need."""
    lacks = []
    with closing(sqlite3.connect(":memory:")) as db:
        for words, sql in (("full text (FTS5)", "CREATE VIRTUAL TABLE t USING fts5(x)"), ("JSON", "SELECT json('[]')")):
            try:
                db.execute(sql)
            except sqlite3.OperationalError:
                lacks.append(words)
    return sqlite3.sqlite_version, lacks


def place(path: Path) -> Iterator[Note]:
    """What is wrong, or hardly meant, about where the database lies. Raises StoreError where there is none."""
    real = path.resolve()
    if not real.is_file():
        open_read(path).close()
    if kind := network(path):
        yield "place", f"on a network file system ({kind}), which may damage it: keep it on a local disk"
    if not os.access(real, os.W_OK) or not os.access(real.parent, os.W_OK):
        yield "place", "no run may write here: see the owner of the file and of its folder"
    if stat.S_IMODE(real.stat().st_mode) & stat.S_IWOTH:
        yield "mode", f"every user of this machine may change it: chmod o-w {path}"
    free, size = shutil.disk_usage(real.parent).free, real.stat().st_size
    if free < size:
        room = f"{copying.amount(free)} are free, less than the {copying.amount(size)} that the database has"
        yield "room", f"{room}: no backup, migration or vacuum has room here"
    kept = [*real.parent.glob(f"{real.name}.before-*"), *real.parent.glob(f"{real.name}.replaced*")]
    for other in sorted(kept):
        yield "kept", f"{other.name}, {copying.amount(other.stat().st_size)}: delete it when nobody wants it back"


def log_size(path: Path) -> int:
    """Bytes of the log beside the database where they are many, else 0."""
    log = path.resolve().with_name(f"{path.resolve().name}-wal")
    size = log.stat().st_size if log.exists() else 0
    return size if size > BIG_LOG else 0


def pages(db: sqlite3.Connection, *, full: bool) -> list[str]:
    """What is wrong with the pages of the file, in SQLite's words; ``full``: with every index, too."""
    try:
        said = db.execute(f"PRAGMA {'integrity' if full else 'quick'}_check({MANY})").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [" ".join(r[0].split()) for r in said if r[0] != "ok"]


def is_damage(error: Exception) -> bool:
    """Does an error come of what the file holds?"""
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    return isinstance(cause, sqlite3.Error) and code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def only_indexes(said: list[str]) -> bool:
    """Would REINDEX mend all of that?"""
    return bool(said) and all(any(words in line for words in _INDEX) for line in said)


# -- the schema


Objects = dict[str, tuple[str, str]]  # name → (type, SQL)


def objects(db: sqlite3.Connection) -> Objects:
    """Tables, indexes, views and triggers by name; without those that SQLite makes itself."""
    rows = db.execute("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    return {r[0]: (r[1], r[2]) for r in rows if not r[0].startswith("sqlite_")}


def wanted() -> Objects:
    """Those of a new database."""
    from sqlite_utils import Database

    from pipeline.store.schema import steps

    with closing(sqlite3.connect(":memory:")) as db:
        steps().apply(Database(db))
        return objects(db)


def misshapen(db: sqlite3.Connection) -> tuple[list[str], list[str]]:
    """Names that are missing or otherwise than they should be: those that can be made anew, and tables that cannot."""
    here, there = objects(db), wanted()
    differ = [name for name in there if here.get(name) != there[name]]
    lost = [name for name in differ if there[name][0] == "table" and name in here]
    return [name for name in differ if name not in lost], lost


def reshape(db: sqlite3.Connection) -> None:
    """Make views, triggers, indexes and missing tables as those of a new database."""
    here, there = objects(db), wanted()
    names, _ = misshapen(db)
    with transaction(db):
        for name in names:
            if name in here:
                db.execute(f"DROP {here[name][0]} {name}")
        for kind in ("table", "index", "view", "trigger"):
            for name in names:
                if there[name][0] == kind:
                    db.execute(there[name][1])


# -- runs


def stuck(db: sqlite3.Connection, path: Path, *, held: bool = False) -> list[int]:
    """Runs that are said to be under way though nobody holds the lock (``held``: but us)."""
    ids = [r[0] for r in db.execute("SELECT id FROM runs WHERE state = 'running' ORDER BY id")]
    if not ids or held:
        return ids
    try:
        with lock(path):
            return ids
    except LockedError:
        return ids[:-1]


def unstick(db: sqlite3.Connection) -> None:
    """Say of runs that were killed that they were; the caller holds the run lock."""
    with transaction(db):
        mark_killed(db)


def ahead(db: sqlite3.Connection, now: datetime) -> datetime | None:
    """When the last run says it began, where that is still to come."""
    started = moment(db.execute("SELECT max(started) FROM runs").fetchone()[0])
    return started if started and started > now + CLOCK_SLACK else None


def missing_titles(db: sqlite3.Connection) -> int:
    """How many articles the full-text index lacks, or has too many; what it says of them is not looked at."""
    sql = (
        "SELECT (SELECT count(*) FROM articles WHERE id NOT IN (SELECT id FROM articles_fts_docsize))"
        " + (SELECT count(*) FROM articles_fts_docsize WHERE id NOT IN (SELECT id FROM articles))"
    )
    return int(db.execute(sql).fetchone()[0])
