"""Whole copies of a database, made beside a run and readers, and proved by opening and counting them.

The copy is what one read transaction saw, page by page (SQLite's backup API), so a run that writes meanwhile neither
waits nor is waited for; only its log grows until the copy is done. It is one file without a log of its own, and stands
under its name when it is whole, on the disk and proved, or not at all.
"""

from __future__ import annotations

import errno
import fcntl
import gzip
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline import owners
from pipeline.model import StoreError
from pipeline.store.connect import APPLICATION_ID, SCHEMA_VERSION, open_read, refused
from pipeline.store.space import SPARE, full

PAGES = 2_048  # copied at once: Ctrl-C is heard after each lot
CHUNK = 1 << 20  # bytes
ZIPPED = b"\x1f\x8b"
SQLITE = b"SQLite format 3\x00"

Share = Callable[[int, int], None]  # (done, of how many) pages


class Proof(NamedTuple):
    """What a file was found to hold."""

    path: Path
    bytes: int
    schema: int
    rows: dict[str, int]  # by table


def nobody(_done: int, _total: int) -> None:
    """No progress wanted."""


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Table → rows, of all tables but those that SQLite keeps for itself."""
    sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [r[0] for r in db.execute(f"{sql} ORDER BY name").fetchall()]
    return {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def size(db: sqlite3.Connection) -> int:
    """Bytes of the database as it is now, in file and log."""
    return int(db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0])


def want_room(folder: Path, need: int) -> None:
    """Raises StoreError where the file system of ``folder`` has no room for ``need`` bytes."""
    free = shutil.disk_usage(folder).free
    if free < need + SPARE:
        raise StoreError(f"{folder}: {amount(need + SPARE)} are needed and {amount(free)} free; nothing was done")


def amount(n: int) -> str:
    """``12.3 MB`` (10⁶ bytes), as people say it."""
    if n < 1e6:
        return f"{n / 1e3:,.0f} kB"
    return f"{n / 1e9:,.1f} GB" if n >= 1e9 else f"{n / 1e6:,.1f} MB"


def copied(source: Path, target: Path, *, compress: bool = False, tell: Share = nobody) -> Proof:
    """A copy of the database ``source`` (of this schema or an older one) under the name ``target``, which is replaced
    as a whole; mode 600, and whose ``target`` was (made by root: whose the folder is). Raises StoreError, and then
    nothing is left of it."""
    real = target.resolve()
    with closing(open_read(source, older=True)) as db, _errors(target):
        db.execute("BEGIN")
        rows = counts(db)  # the first read is when the snapshot is taken
        want_room(real.parent, size(db) * (2 if compress else 1))
        with part(real) as made:
            _pages(db, made, tell)
            found = proved(made, said=target)
            if found.rows != rows:
                raise StoreError(f"{target}: the copy does not hold what {source} does; nothing was kept")
            with zipped(made, real) if compress else _as_it_is(made) as whole:
                owners.settle(whole, owners.model(real, source))
                put(whole, real)
    return found._replace(path=target, bytes=real.stat().st_size)


@contextmanager
def _errors(target: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise refused(str(target), error, target) from error
    except OSError as error:
        room = full(target) if error.errno == errno.ENOSPC else ""
        raise StoreError(f"{target}: {error.strerror or error}{room}") from error


@contextmanager
def _as_it_is(made: Path) -> Iterator[Path]:
    yield made


def _pages(db: sqlite3.Connection, target: Path, tell: Share) -> None:
    """Copy page by page, into a file that needs no log."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):  # nobody sees it before it is whole
            copy.execute(f"PRAGMA {pragma}")
        db.backup(copy, pages=PAGES, progress=lambda _status, left, total: tell(total - left, total))
    single(target)


def single(path: Path) -> None:
    """Make a database that nobody else has open one file, without a log."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")


def proved(path: Path, *, said: Path | None = None) -> Proof:
    """Open a file that nobody writes and look at all of it: is it ours, of a schema that we know, and whole? Raises
    StoreError that names it (``said``: by another name)."""
    name = said or path
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            app, schema = (db.execute(f"PRAGMA {p}").fetchone()[0] for p in ("application_id", "user_version"))
            if app != APPLICATION_ID:
                raise StoreError(f"{name}: is no database of Retold (application_id {app})")
            if schema > SCHEMA_VERSION:
                raise StoreError(f"{name}: made by a newer Retold (schema {schema}, this one knows {SCHEMA_VERSION})")
            fault = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if fault != "ok":
                raise StoreError(f"{name}: is damaged: {' '.join(fault.split())}")
            return Proof(name, path.stat().st_size, schema, counts(db))
    except sqlite3.Error as error:
        raise refused(str(name), error) from error


@contextmanager
def part(target: Path) -> Iterator[Path]:
    """An empty file beside ``target``, mode 600, that is gone after the block unless it was renamed; what killed
    processes left there goes, too."""
    _swept(target)
    path = target.with_name(f".{target.name}.{os.getpid()}.part")
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as long as we live
        yield path
    finally:
        os.close(handle)
        for name in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + name).unlink(missing_ok=True)


def _swept(target: Path) -> None:
    for left in target.parent.glob(f".{target.name}.*.part*"):
        with suppress(OSError), left.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def put(made: Path, target: Path) -> None:
    """Give a finished file its name, on the disk for good."""
    synced(made)
    made.replace(target)
    synced(target.parent)


def synced(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# -- compressed copies


@contextmanager
def zipped(plain: Path, target: Path) -> Iterator[Path]:
    """``plain`` compressed, read once more to see that it comes back; gone after the block unless renamed."""
    with part(target.with_name(f"{target.name}.gz")) as made:
        with plain.open("rb") as source, made.open("wb") as file:
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                digest = _poured(source, packed)
            file.flush()
        with gzip.open(made) as back:
            if _poured(back, None) != digest:
                raise StoreError(f"{target}: does not come back as it was; nothing was kept")
        yield made


def _poured(source: BinaryIO | gzip.GzipFile, target: gzip.GzipFile | BinaryIO | None) -> bytes:
    """Pour one file into another; the digest of what it held."""
    digest = hashlib.blake2b()
    while data := source.read(CHUNK):
        digest.update(data)
        if target is not None:
            target.write(data)
    return digest.digest()


def unpacked(source: Path, target: Path) -> None:
    """What a backup holds, compressed or not, as a plain file. Raises StoreError that names ``source``."""
    try:
        with source.open("rb") as file:
            head = file.read(len(SQLITE))
        if head[:2] == ZIPPED:
            with gzip.open(source) as packed, target.open("wb") as plain:
                _poured(packed, plain)
        elif head == SQLITE:
            _snapshot(source, target)
        else:
            raise StoreError(f"{source}: is no database of Retold, and no compressed one")
    except (EOFError, gzip.BadGzipFile) as error:
        raise StoreError(f"{source}: is damaged: {error}") from error
    except sqlite3.Error as error:
        raise refused(str(source), error) from error
    except OSError as error:
        raise StoreError(f"{source if error.filename == str(source) else target.parent}: {error.strerror}") from error


def _snapshot(source: Path, target: Path) -> None:
    """By way of SQLite, so that a log beside the file is read, too."""
    log = source.with_name(f"{source.name}-wal")
    if not (log.exists() and log.stat().st_size):
        with source.open("rb") as file, target.open("wb") as plain:
            _poured(file, plain)
        return
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as db:
        _pages(db, target, nobody)


def is_backup(path: Path) -> bool:
    """Whether a file is a database of ours, or compressed: what a backup may replace."""
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except OSError:
        return False
    return head[:2] == ZIPPED or (head[:16] == SQLITE and int.from_bytes(head[68:72], "big") == APPLICATION_ID)
