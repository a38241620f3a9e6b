"""Open stories.db, one writer at a time."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from pipeline import owners
from pipeline.model import StoreError
from pipeline.store.space import full

APPLICATION_ID = 0x52544C44  # "RTLD" in the file header: this database is ours
SCHEMA_VERSION = 17  # PRAGMA user_version; one more with each migration
BUSY_MS = 30_000
ASKED_S = 0.05  # longer than it takes to ask whether the lock is held

Connection = sqlite3.Connection  # so that other rooms can name it without the driver


# What the disk, the file or another program did; the subclasses of DatabaseError are our own mistakes.
_NOT_OURS = (sqlite3.OperationalError, sqlite3.DatabaseError)


class LockedError(StoreError):
    """Another run holds the lock, or another program writes to the database."""


def refused(what: str, error: sqlite3.Error, path: Path | None = None) -> StoreError:
    """SQLite's error in our words: a LockedError where another program is in the way and waiting helps. ``path``: of
    the database, for where there is no room."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code; absent where Python refused
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LockedError(f"{what}: {error}; another program keeps it busy (waited up to {BUSY_MS // 1000} s)")
    room = full(path) if path and code == sqlite3.SQLITE_FULL else ""
    return StoreError(f"{what}: {error}{room}")


def _refused_write(connection: sqlite3.Connection, error: sqlite3.Error) -> StoreError:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_FULL:
        return refused("the database refused a write", error)
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    return refused(str(path), error, path)


def stamp(moment: datetime | None) -> str | None:
    """A time as the database keeps it: ``2026-11-23T20:15:00Z``, whole seconds, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def moment(stored: str | None) -> datetime | None:
    """The aware UTC time of a stored stamp."""
    return datetime.fromisoformat(stored) if stored else None


def _checked(path: Path, connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        app = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise refused(str(path), error) from error
    if tables and app != APPLICATION_ID:
        raise StoreError(f"{path}: is a database of another program (application_id {app}); left untouched")
    if version > SCHEMA_VERSION:
        raise StoreError(f"{path}: made by a newer Retold (schema {version}, this one knows {SCHEMA_VERSION})")
    return connection


def _connect_read(path: Path) -> sqlite3.Connection:
    """Read-only; where WAL's shared memory cannot be made (a read-only folder) and no run left anything in
    the log, as a file that does not change."""
    log = path.with_name(path.name + "-wal")
    still = not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)
    mode = "mode=ro&immutable=1" if still else "mode=ro"
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, timeout=BUSY_MS / 1000)
    connection.row_factory = sqlite3.Row
    return connection


def open_read(path: Path, *, older: bool = False) -> sqlite3.Connection:
    """A read-only connection with rows by name; raises StoreError where there is no database of ours, or, unless
    ``older`` ones will do, one of an older schema."""
    if not path.is_file():
        raise StoreError(f"{path}: no such database; `retold run` or `retold demo` makes one")
    try:
        connection = _checked(path, _connect_read(path))
        if not older and connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
            if _blank(connection):
                raise StoreError(f"{path}: is empty, {path.stat().st_size} bytes: if it was not always, its disk or a"
                                 " backup has it (`retold restore`); `retold run` begins anew")  # fmt: skip
            raise StoreError(f"{path}: was made by an older version; `retold run --no-fetch` brings it up to date")
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
    return connection


def _blank(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def there(path: Path) -> None:
    """Raise StoreError where a run would begin a new database at ``path``: there is none, or nothing is in it."""
    if not path.is_file():
        what = "no such database"
    else:
        with reading(path, older=True) as db:
            if not _blank(db):
                return
        what = f"is empty, {path.stat().st_size} bytes"
    raise StoreError(f"{path}: {what}, and --must-exist begins no new one: is its disk mounted? `retold restore` puts a"
                     " backup there")  # fmt: skip


@contextmanager
def reading(path: Path, *, older: bool = False) -> Iterator[sqlite3.Connection]:
    """:func:`open_read` for a ``with`` block; whatever SQLite says inside becomes a StoreError."""
    connection = open_read(path, older=older)
    try:
        yield connection
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
    finally:
        connection.close()


def open_write(path: Path) -> sqlite3.Connection:
    """A writing connection to the database at ``path``, made or migrated if need be.

    WAL with ``synchronous=NORMAL``: nothing torn by kill -9 (measured, docs/decisions.md). Raises StoreError.
    """
    from pipeline.store.migrating import bring

    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    except sqlite3.Error as error:
        raise refused(str(path), error) from error
    try:
        connection.row_factory = sqlite3.Row
        _checked(path, connection)
        if connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
            bring(path)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-32768"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise refused(str(path), error) from error
        raise
    return connection


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """:func:`open_write` for a ``with`` block; a broken, busy or full database becomes a StoreError, while a
    constraint that we violated stays as loud as any bug."""
    connection = open_write(path)
    try:
        yield connection
    except sqlite3.Error as error:
        if type(error) not in _NOT_OURS:
            raise
        raise refused(str(path), error, path) from error
    finally:
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; after :func:`begin` a part of what :func:`commit` commits. Raises :class:`LockedError` where
    another program keeps the database busy, StoreError where it cannot be written."""
    inside = connection.in_transaction
    end, undo = ("RELEASE part", ["ROLLBACK TO part", "RELEASE part"]) if inside else ("COMMIT", ["ROLLBACK"])
    _started(connection, "SAVEPOINT part" if inside else _BEGIN)
    try:
        yield
        connection.execute(end)
    except BaseException as error:
        for statement in undo if connection.in_transaction else ():  # a full disk has rolled back already
            connection.execute(statement)
        if isinstance(error, sqlite3.Error) and type(error) in _NOT_OURS:
            raise _refused_write(connection, error) from error
        raise


# A deferred one fails at once where two writers meet, whatever the busy timeout.
_BEGIN = "BEGIN IMMEDIATE"


def begin(connection: sqlite3.Connection) -> None:
    """Have the transactions that follow committed together, each still all or nothing; raises as they do."""
    if not connection.in_transaction:
        _started(connection, _BEGIN)


def commit(connection: sqlite3.Connection) -> None:
    """Commit what followed :func:`begin`; raises StoreError, and then none of it was kept."""
    if not connection.in_transaction:
        return
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise _refused_write(connection, error) from error


def _started(connection: sqlite3.Connection, statement: str) -> None:
    try:
        connection.execute(statement)
    except sqlite3.OperationalError as error:
        raise refused("the database is busy or refuses writes", error) from error


def many(db: sqlite3.Connection, sql: str, ids: Collection[int], *more: object) -> list[sqlite3.Row]:
    """Rows of ``sql``, whose first parameter is a JSON list that stands where IN wants one."""
    return db.execute(sql, [json.dumps(sorted(ids)), *more]).fetchall()


def present(db: sqlite3.Connection, ids: Collection[int]) -> set[int]:
    """Those of ``ids`` that are articles still."""
    return {r["id"] for r in many(db, "SELECT id FROM articles WHERE id IN (SELECT value FROM json_each(?))", ids)}


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """The one run at a time on ``path``: an flock that the kernel frees however the holder dies.

    Raises :class:`LockedError` where another run holds it, without waiting for that.
    """
    real = path.resolve()  # two names of one database are one lock
    name = real.with_name(f"{real.name}.lock")
    try:
        handle = name.open("a")
        if os.geteuid() == 0:  # else the service that runs here could not open it any more
            owners.settle(name, owners.model(real))
    except OSError as error:
        raise StoreError(f"{name}: {error.strerror}") from error
    with handle:
        _taken(handle)
        _held.add(handle.fileno())
        try:
            yield
        finally:
            _held.discard(handle.fileno())


def _taken(handle: TextIO) -> None:
    """Lock it; once more a moment later, for whoever asks whether it is locked (state.held) holds it as long as that
    takes."""
    for last in (False, True):
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if last:
                raise LockedError(f"another run holds {handle.name}") from error
            time.sleep(ASKED_S)
    return None


_held: set[int] = set()  # file descriptors of the locks of this process


def _let_go() -> None:
    """A forked child has the lock's file, too, and would keep the lock when its parent is killed."""
    for descriptor in _held:
        with suppress(OSError):
            os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)
