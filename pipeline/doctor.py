"""Look a database over, mend what can be mended, say what cannot and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.absorb import regroup
from pipeline.model import StoreError
from pipeline.phrases import count
from pipeline.signatures import Recipe
from pipeline.store import checks, copying, faults, mending
from pipeline.store.connect import SCHEMA_VERSION, Connection, LockedError, lock, reading, writing
from pipeline.tracing import trace

RESTORE = "restore a backup: retold restore FILE"
OK, NOTE, MENDED, FAULT = "ok", "note", "mended", "fault"


class Finding(NamedTuple):
    """One thing that was looked at."""

    state: str  # ok, note (nothing is wrong, but), mended, fault
    name: str
    detail: str
    remedy: str = ""  # what to do


@dataclass(frozen=True, slots=True)
class Visit:
    """What to look at, and how."""

    path: Path
    now: datetime
    full: bool = False
    recipe: Recipe | None = None  # by which what is to be grouped is grouped at once


def examine(visit: Visit) -> Iterator[Finding]:
    """Look, and touch nothing. Raises StoreError where there is no database of ours, or a newer one."""
    yield from (Finding(NOTE, *note) for note in checks.place(visit.path))
    try:
        with reading(visit.path, older=True) as db:
            yield from _of(db, visit, held=False)
    except StoreError as error:
        if not checks.is_damage(error):
            raise
        yield Finding(FAULT, "pages", str(error), RESTORE)


def _of(db: Connection, visit: Visit, *, held: bool) -> Iterator[Finding]:
    said = checks.pages(db, full=visit.full)
    if said:
        tail = "--fix makes the indexes anew" if checks.only_indexes(said) else RESTORE
        yield Finding(FAULT, "pages", "; ".join(said[:3]), tail)
        if not checks.only_indexes(said):
            return
    else:
        yield Finding(OK, "pages", "integrity_check" if visit.full else "quick_check; --full looks at indexes, too")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version < SCHEMA_VERSION:
        yield Finding(FAULT, "schema", f"{version}, older than {SCHEMA_VERSION}", "retold migrate")
        return
    names, tables = checks.misshapen(db)
    if tables:
        yield Finding(FAULT, "schema", f"made otherwise: {', '.join(tables)}", RESTORE)
        return
    if names:
        yield Finding(FAULT, "schema", f"missing or made otherwise: {', '.join(names)}", "--fix")
        return  # what is looked at next may ask for them
    yield Finding(OK, "schema", str(version))
    yield from _tables(db, visit)
    yield from _runs(db, visit, held)


def _tables(db: Connection, visit: Visit) -> Iterator[Finding]:
    astray = mending.orphans(db)
    for (table, column, parent), n in astray.items():
        yield Finding(FAULT, "orphans", f"{count(n, 'row')} of {table}: no such {parent} ({column})", "--fix")
    lost = checks.missing_titles(db)
    if lost:
        yield Finding(FAULT, "full text", f"{count(lost, 'article')} not in the index, or too many there", "--fix")
    found = 0
    for fault, at in faults.found(db):
        found += 1
        yield Finding(FAULT, "tables", f"{fault.name} ({len(at):,})", "--fix")
    if not (astray or lost or found):
        yield Finding(OK, "tables", f"{faults.RULES} rules, references, full text")
    waits = [f"{n:,} {words}" for words, n in faults.waiting(db).items()]
    if waits:
        yield Finding(NOTE, "work", f"for the next run: {', '.join(waits)}")


def _runs(db: Connection, visit: Visit, held: bool) -> Iterator[Finding]:
    ids = checks.stuck(db, visit.path, held=held)
    if ids:
        said = ", ".join(f"{i}" for i in ids[:5])
        yield Finding(NOTE, "runs", f"killed: {said}; nothing is lost, the next run notes it and goes on")
    if at := checks.ahead(db, visit.now):
        yield Finding(NOTE, "clock", f"a run says that it began {at:%Y-%m-%d %H:%M} UTC, which is still to come")
    if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        yield Finding(NOTE, "log", "not in WAL mode (a restored backup is not): the next run sees to it")
    if size := checks.log_size(visit.path):
        why = "a program that has it open for reading keeps it there, or one was killed; the next run folds it in"
        if ids:
            why = "left by the run that was killed; the next one folds it in"
        yield Finding(NOTE, "log", f"{copying.amount(size)} in -wal: {why}")


# -- mending


def mend(visit: Visit) -> Iterator[Finding]:
    """Mend what can be mended, and look again: what was done, then what is left. Before anything is changed, the
    database is kept as it was under ``NAME.before-doctor``. Raises LockedError while a run is on, StoreError."""
    yield from (Finding(NOTE, *note) for note in checks.place(visit.path))
    with lock(visit.path):
        before = [*_looked(visit)]
        if not any(f.state == FAULT for f in before):
            yield from (f for f in before if f.name != "runs")
            if any(f.name == "runs" for f in before):
                with writing(visit.path) as db:
                    yield from _marked(db, visit)
            return
        yield _kept(visit.path)
        with writing(visit.path) as db:  # which migrates an older one
            done = [*_mended(db, visit)]
            if visit.recipe and regroup(db, visit.now, visit.recipe):
                trace(db)
            yield from done
            yield from (f for f in _of(db, visit, held=True) if f.state != OK or done)
        yield from (f for f in _index(visit) if f.state == FAULT)


def _looked(visit: Visit) -> Iterator[Finding]:
    try:
        with reading(visit.path, older=True) as db:
            yield from _of(db, visit, held=True)
            version = db.execute("PRAGMA user_version").fetchone()[0]
        yield from _index(visit) if version == SCHEMA_VERSION else ()
    except StoreError as error:
        if not checks.is_damage(error):
            raise
        yield Finding(FAULT, "pages", str(error), RESTORE)


def _kept(path: Path) -> Finding:
    copy = path.with_name(f"{path.name}.before-doctor")
    try:
        copying.copied(path, copy)
    except LockedError:
        raise
    except StoreError as error:  # a damaged database gives no proved copy, and is not mended without one
        raise StoreError(f"{error}; nothing was mended: restore a backup, or copy the file away and try `sqlite3"
                         f" {path} .recover` (where that cannot, `.dump`)") from error  # fmt: skip
    return Finding(NOTE, "kept", f"{copy.name}: the database as it was")


def _index(visit: Visit) -> list[Finding]:
    """What the full-text index itself says; it must be written to for that."""
    with writing(visit.path) as db:
        if mending.sound_index(db):
            return []
    return [Finding(FAULT, "full text", "says otherwise than the articles", "--fix")]


def _mended(db: Connection, visit: Visit) -> Iterator[Finding]:
    if checks.only_indexes(checks.pages(db, full=True)):
        db.execute("REINDEX")
        yield Finding(MENDED, "pages", "indexes made anew")
    names, tables = checks.misshapen(db)
    if names and not tables:
        checks.reshape(db)
        yield Finding(MENDED, "schema", f"made anew: {', '.join(names)}")
    if astray := mending.orphans(db):
        mending.adopt(db)
        yield Finding(
            MENDED, "orphans", ", ".join(f"{table}.{column} ({n})" for (table, column, _), n in astray.items())
        )
    if not mending.sound_index(db):
        mending.index_anew(db)
        yield Finding(MENDED, "full text", "index made anew")
    yield from _remedied(db)
    yield from _marked(db, visit)


def _marked(db: Connection, visit: Visit) -> Iterator[Finding]:
    if ids := checks.stuck(db, visit.path, held=True):
        checks.unstick(db)
        yield Finding(MENDED, "runs", f"interrupted: {', '.join(map(str, ids))}")


ROUNDS = 5  # one remedy may show what another is for


def _remedied(db: Connection) -> Iterator[Finding]:
    for _ in range(ROUNDS):
        found = list(faults.found(db))
        for fault, at in found:
            mending.mend(db, fault.remedy, at)
            yield Finding(MENDED, "tables", f"{fault.name} ({len(at):,})")
        if not found:
            return
