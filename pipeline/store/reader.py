"""Reading for a process that stays: one connection a thread, opened anew where the file was replaced or migrated."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.model import StoreError
from pipeline.store.connect import SCHEMA_VERSION, open_read


class Reader:
    """Read-only connections to the database at ``path``; each is passed to ``prepare`` once."""

    def __init__(self, path: Path, prepare: Callable[[sqlite3.Connection], None]) -> None:
        self.path, self._prepare, self._held = path, prepare, threading.local()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; raises StoreError where there is no database that we can read (any more)."""
        mark, held = self._mark(), getattr(self._held, "connection", None)
        if held is not None and (mark != self._held.mark or not _current(held)):
            del self._held.connection
            held.close()
            held = None
        if held is None:
            held = open_read(self.path)
            held.isolation_level = None  # a transaction left open would go on reading the past
            self._prepare(held)
            self._held.connection, self._held.mark = held, mark
        if held.in_transaction:
            held.rollback()
        return held

    def _mark(self) -> tuple[int, ...]:
        """What tells one file from another; of a file that was opened as one that never changes, also when it did."""
        try:
            at = self.path.stat()
        except OSError:
            return ()
        still = () if os.access(self.path.resolve().parent, os.W_OK) else (at.st_mtime_ns, at.st_size)
        return (at.st_dev, at.st_ino, *still)


def _current(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION)
    except sqlite3.Error:
        return False


@contextmanager
def moment(path: Path, db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Whatever is read inside is of one moment, whoever writes meanwhile; SQLite's errors become StoreErrors."""
    try:
        db.execute("BEGIN")
        yield db
    except sqlite3.Error as error:
        stopped = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT
        raise StoreError("that took too long; ask for less" if stopped else f"{path}: {error}") from error
    finally:
        if db.in_transaction:
            db.rollback()
