"""Give free room back to the disk."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import NamedTuple

from pipeline.model import StoreError
from pipeline.store import copying, pruned
from pipeline.store.connect import LockedError, refused
from pipeline.store.space import SPARE

WORTH = 0.2  # share of the file that is free


class Tidied(NamedTuple):
    """What was done."""

    before: int  # bytes of the file
    after: int
    free: int  # bytes that were free in it
    vacuumed: bool


def _of(db: sqlite3.Connection) -> tuple[int, int]:
    """Bytes of the database, and of these free."""
    size, pages = (int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_size", "freelist_count"))
    return copying.size(db), size * pages


def tidied(db: sqlite3.Connection, path: Path, *, force: bool = False) -> Tidied:
    """Sweep keys, merge the full-text index, look at the tables' statistics and, where it is worth it, write the file
    anew without what is free. The caller holds the run lock. Raises StoreError where the disk has no room for that
    (once the file, and its log), LockedError where a reader is in the middle of something."""
    before, _ = _of(db)
    pruned.tidy(db, all_of_it=True)
    size, free = _of(db)
    worth = force or free >= WORTH * size
    if worth:
        _written_anew(db, path, size - free)
    for pragma in ("analysis_limit = 1000", "optimize"):
        db.execute(f"PRAGMA {pragma}")
    if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise LockedError(f"{path}: a reader is in the middle of it: the file shrinks when it has ended")
    return Tidied(before, _of(db)[0], free, worth)


def _written_anew(db: sqlite3.Connection, path: Path, used: int) -> None:
    """VACUUM writes a copy into a temporary file, then all of it through the log."""
    room = shutil.disk_usage(path.resolve().parent).free
    if room < 2 * used + SPARE:
        need = copying.amount(2 * used + SPARE)
        raise StoreError(f"{path}: {need} are needed and {copying.amount(room)} free; nothing was done")
    try:
        db.execute("VACUUM")
    except sqlite3.OperationalError as error:
        raise refused(f"{path}: cannot be written anew", error, path) from error


def told(done: Tidied) -> str:
    """What was done, in a line."""
    if not done.vacuumed:
        share = f"{done.free / max(done.before, 1):.0%}"
        return f"{copying.amount(done.after)}, of which {share} is free: not worth it (--force)"
    return f"{copying.amount(done.before)} before, {copying.amount(done.after)} now"
