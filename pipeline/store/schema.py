"""The migrations of stories.db; the ``v_*`` views are the public face (docs/database.md)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from pipeline.store import connect, segments
from pipeline.store.alert_tables import ALERTS
from pipeline.store.connect import APPLICATION_ID, refused
from pipeline.store.import_tables import IMPORTS
from pipeline.store.index_tables import BACKGROUND, EMBEDDINGS, GISTS, INDEX, PROFILES, SEGMENTS
from pipeline.store.keeping_tables import EARLY, KEEPING, RECOUNT
from pipeline.store.listing_tables import LISTINGS
from pipeline.store.provenance_tables import PROVENANCE
from pipeline.store.schedule_tables import SCHEDULE
from pipeline.store.site_tables import SITES
from pipeline.store.stage_tables import STAGES
from pipeline.store.tables import CORRECTIONS, MARKS, TABLES
from pipeline.store.views import CORRECTION_VIEWS, MARK_VIEWS, VERSION_VIEWS, VIEWS

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations


OLD_TIER = 2  # as of some tens of batches


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _script(db: Database, script: str) -> None:
    """Run a script statement by statement: ``executescript`` would commit the migration's transaction."""
    for statement in _statements(script):
        db.execute(statement)


def _packed_story_keys(db: sqlite3.Connection) -> None:
    """The rows of the table that segments replace, as segments: an epoch, one."""
    import numpy as np

    for (epoch,) in db.execute("SELECT DISTINCT epoch FROM story_keys").fetchall():
        flat = chain.from_iterable(db.execute("SELECT key, slot FROM story_keys WHERE epoch=?", [epoch]))
        rows = np.fromiter(flat, np.int64).reshape(-1, 2)
        segments.write(db, epoch, OLD_TIER, rows[:, 0], rows[:, 1])


def _early_listings(db: Database) -> None:
    """Make what step 10 made otherwise in its first days as it is now; the next run fills it."""
    found = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE name IN (SELECT value FROM json_each(?))",
                            [json.dumps(EARLY)]).fetchall())  # fmt: skip
    wanted = {}
    for statement in _statements(LISTINGS):
        plain = "".join(line for line in statement.splitlines(keepends=True) if not line.startswith("--")).strip()
        if (name := plain.split("(")[0].split(" ON ")[0].split()[-1]) in EARLY and not plain.startswith("INSERT"):
            wanted[name] = plain
    if all(found.get(name) == sql.rstrip(";") for name, sql in wanted.items()):
        return
    for name in found:
        db.execute(f"DROP {'INDEX' if found[name].startswith('CREATE INDEX') else 'TABLE'} {name}")
    for sql in wanted.values():
        db.execute(sql)
    db.execute(RECOUNT)


def steps() -> Migrations:
    """The way from an empty file to ``connect.SCHEMA_VERSION``.

    sqlite-utils is imported here only: a database that is up to date never pays for it.
    """
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("retold")

    @migrations()  # type: ignore[untyped-decorator]
    def m0001_tables(db: Database) -> None:
        _script(db, TABLES)
        _script(db, VIEWS)
        db.execute("PRAGMA user_version = 1")

    @migrations()  # type: ignore[untyped-decorator]
    def m0002_corrections(db: Database) -> None:
        _script(db, CORRECTIONS)
        _script(db, CORRECTION_VIEWS)
        db.execute("PRAGMA user_version = 2")

    @migrations()  # type: ignore[untyped-decorator]
    def m0003_background(db: Database) -> None:
        _script(db, BACKGROUND)
        db.execute("PRAGMA user_version = 3")

    @migrations()  # type: ignore[untyped-decorator]
    def m0004_embeddings(db: Database) -> None:
        _script(db, EMBEDDINGS)
        db.execute("PRAGMA user_version = 4")

    @migrations()  # type: ignore[untyped-decorator]
    def m0005_gists(db: Database) -> None:
        _script(db, GISTS)
        db.execute("PRAGMA user_version = 5")

    @migrations()  # type: ignore[untyped-decorator]
    def m0006_index(db: Database) -> None:
        _script(db, INDEX)
        db.execute("PRAGMA user_version = 6")

    @migrations()  # type: ignore[untyped-decorator]
    def m0007_profiles(db: Database) -> None:
        _script(db, PROFILES)
        db.execute("PRAGMA user_version = 7")

    @migrations()  # type: ignore[untyped-decorator]
    def m0008_segments(db: Database) -> None:
        _script(db, SEGMENTS)
        _packed_story_keys(db.conn)
        db.execute("DROP TABLE story_keys")
        db.execute("PRAGMA user_version = 8")

    @migrations()  # type: ignore[untyped-decorator]
    def m0009_provenance(db: Database) -> None:
        _script(db, PROVENANCE)
        _script(db, VERSION_VIEWS)
        db.execute("PRAGMA user_version = 9")

    @migrations()  # type: ignore[untyped-decorator]
    def m0010_listings(db: Database) -> None:
        _script(db, LISTINGS)
        db.execute("PRAGMA user_version = 10")

    @migrations()  # type: ignore[untyped-decorator]
    def m0011_alerts(db: Database) -> None:
        _script(db, ALERTS)
        db.execute("PRAGMA user_version = 11")

    @migrations()  # type: ignore[untyped-decorator]
    def m0012_marks(db: Database) -> None:
        _script(db, MARKS)
        _script(db, MARK_VIEWS)
        db.execute("PRAGMA user_version = 12")

    @migrations()  # type: ignore[untyped-decorator]
    def m0013_sites(db: Database) -> None:
        _script(db, SITES)
        db.execute("PRAGMA user_version = 13")

    @migrations()  # type: ignore[untyped-decorator]
    def m0014_schedule(db: Database) -> None:
        _script(db, SCHEDULE)
        db.execute("PRAGMA user_version = 14")

    @migrations()  # type: ignore[untyped-decorator]
    def m0015_stages(db: Database) -> None:
        _script(db, STAGES)
        db.execute("PRAGMA user_version = 15")

    @migrations()  # type: ignore[untyped-decorator]
    def m0016_keeping(db: Database) -> None:
        _early_listings(db)
        _script(db, KEEPING)
        db.execute("PRAGMA user_version = 16")

    @migrations()  # type: ignore[untyped-decorator]
    def m0017_imports(db: Database) -> None:
        _script(db, IMPORTS)
        db.execute("PRAGMA user_version = 17")

    return migrations


def migrate(path: str) -> None:
    """Bring the database at ``path`` (made if absent) to ``connect.SCHEMA_VERSION``: all steps or none.

    Raises StoreError (LockedError where another program writes to it), and then the database is as it was.
    """
    from sqlite_utils import Database

    db = Database(path)
    try:
        db.execute(f"PRAGMA busy_timeout = {connect.BUSY_MS}")
        db.enable_wal()
        db.conn.execute("BEGIN IMMEDIATE")
        # in the same transaction, for nobody is to find tables without it: they would be another program's
        db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        steps().apply(db)
        db.conn.execute("COMMIT")
    except sqlite3.Error as error:
        raise refused(f"{path}: cannot make the tables", error) from error
    finally:
        db.close()  # what was begun is rolled back
