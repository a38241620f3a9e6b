"""Put a backup in the place of a database: proved and brought to the present schema before anything is touched."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pipeline import owners
from pipeline.model import StoreError
from pipeline.store import copying
from pipeline.store.connect import SCHEMA_VERSION, LockedError, lock
from pipeline.store.schema import migrate

BESIDE = ("-wal", "-shm")


class Ready(NamedTuple):
    """A backup that is ready to take a database's place."""

    file: Path  # beside the database, of the present schema
    proof: copying.Proof  # of the backup as it was


class Replaced(NamedTuple):
    """What is to be said of a database that was replaced."""

    owner: str = ""  # whose it was, where it could not be left to them
    read: bool = False  # somebody has the former one open


@contextmanager
def prepared(source: Path, path: Path) -> Iterator[Ready]:
    """The backup ``source``, unpacked, proved and migrated beside the database at ``path``, under the run lock; gone
    after the block unless it took the database's place. Raises LockedError, StoreError; ``source`` stays as it is."""
    real = path.resolve()
    if not source.is_file():
        raise StoreError(f"{source}: no such file")
    if real.exists() and source.samefile(real):
        raise StoreError(f"{source}: is the database itself")
    copying.want_room(real.parent, _room(source))
    with lock(path), copying.part(real) as file:
        copying.unpacked(source, file)
        proof = copying.proved(file, said=source)
        if proof.schema < SCHEMA_VERSION:
            migrate(str(file))
            copying.single(file)
        yield Ready(file, proof)


def _room(source: Path) -> int:
    """Bytes that a backup takes when unpacked; of a compressed one a guess."""
    with source.open("rb") as file:
        packed = file.read(2) == copying.ZIPPED
    return source.stat().st_size * (4 if packed else 1)


def standing(path: Path) -> tuple[int | None, int | None, str | None]:
    """What stands where the backup goes: its articles, runs and the start of the last; None where it cannot be read."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        (articles,) = db.execute("SELECT count(*) FROM articles").fetchone()
        runs, last = db.execute("SELECT count(*), max(started) FROM runs").fetchone()
        return articles, runs, last
    return None, None, None


def replace(ready: Ready, path: Path, aside: Path | None) -> Replaced:
    """Give the backup the database's name, mode and owner (without a database, and done by root, its folder's owner).
    What stood there is kept as it was until that is done, and for good under ``aside``. The caller is within
    :func:`prepared`. Raises StoreError, LockedError; the database is then as it was.

    A log that is left beside would be read into the new file, so the old one's is folded in first; where it cannot be
    (the database is damaged), it goes along with it.
    """
    real = path.resolve()
    former = aside or real.with_name(f"{real.name}.replaced")
    read = False
    try:
        strange = owners.settle(ready.file, owners.model(real), mode=real.exists())
        if real.exists():
            read = _set_aside(real, former)
        copying.put(ready.file, real)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error
    copying.proved(real, said=path)
    if not aside:
        for name in ("", *BESIDE):
            former.with_name(former.name + name).unlink(missing_ok=True)
    return Replaced(strange, read)


def _set_aside(real: Path, former: Path) -> bool:
    """A second name for the database, with what belongs to it, and no log any more where the next one comes; whether
    somebody has it open."""
    read = _folded(real)
    for name in ("", *BESIDE):
        former.with_name(former.name + name).unlink(missing_ok=True)
    os.link(real, former)
    copying.synced(real.parent)
    for name in BESIDE:
        with suppress(FileNotFoundError):
            real.with_name(real.name + name).replace(former.with_name(former.name + name))
    return read


def _folded(real: Path) -> bool:
    """Bring the log into the database, where that is sound; whether others have it open, for the last to close it
    takes log and index of the log away. Raises LockedError where a reader is in the way."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(real, isolation_level=None, timeout=5)) as db:
        busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise LockedError(f"{real}: a reader is in the middle of it; try again")
        db.close()
        return real.with_name(f"{real.name}-shm").exists()
    return False
