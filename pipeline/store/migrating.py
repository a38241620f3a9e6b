"""Bring a database to the present schema: a copy of it first, then all steps or none."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from pipeline.model import StoreError
from pipeline.store import copying
from pipeline.store.connect import SCHEMA_VERSION, open_read

log = logging.getLogger("retold.store")


class Plan(NamedTuple):
    """What is to be done."""

    path: Path
    schema: int  # as it is
    bytes: int
    filled: bool  # is there anything to lose?
    copy: Path  # where the database is kept as it was

    @property
    def steps(self) -> int:
        """How many versions lie between."""
        return SCHEMA_VERSION - self.schema


class Migrated(NamedTuple):
    """What was done."""

    plan: Plan
    copy: Path | None  # none where there was nothing to lose, or none was wanted


def plan(path: Path) -> Plan | None:
    """What migrating would do; None where the database is up to date. Raises StoreError where there is none, or one
    that is not ours or newer."""
    with closing(open_read(path, older=True)) as db:
        schema = int(db.execute("PRAGMA user_version").fetchone()[0])
        if schema == SCHEMA_VERSION:
            return None
        return Plan(path, schema, copying.size(db), _filled(db), _copy_of(path))


def _copy_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.before-{SCHEMA_VERSION}")


def _filled(db: sqlite3.Connection) -> bool:
    with suppress(sqlite3.OperationalError):  # a run was killed before its first table
        return bool(db.execute("SELECT 1 FROM articles UNION ALL SELECT 1 FROM entries LIMIT 1").fetchone())
    return False


def migrate(path: Path, *, keep: bool = True) -> Migrated | None:
    """Bring the database at ``path`` (made if absent) to the present schema; None where it was.

    Where there is anything to lose, it is kept as it was under ``NAME.before-N`` (unless ``keep`` is off), and what
    former migrations kept goes. Raises StoreError, and then the database is as it was.
    """
    from pipeline.store.schema import migrate as apply

    todo = plan(path) if path.exists() and path.stat().st_size else None
    copy = _kept(todo) if todo and todo.filled and keep else None
    try:
        apply(str(path))
    except BaseException:
        if copy:
            copy.unlink(missing_ok=True)
        raise
    if todo is None:
        return None
    for former in path.parent.glob(f"{path.name}.before-*"):
        if copy and former.name != copy.name:
            former.unlink(missing_ok=True)
    return Migrated(todo, copy)


def _kept(todo: Plan) -> Path:
    try:
        copying.copied(todo.path, todo.copy)
    except StoreError as error:
        hint = "`retold migrate --no-backup` does without the copy"
        said = f"{todo.path}: is of schema {todo.schema}, and is kept as it is before it is brought to {SCHEMA_VERSION}"
        raise StoreError(f"{said}; {error}; {hint}") from error
    return todo.copy


def told(done: Migrated) -> str:
    """What was done, in one line."""
    kept = f"; as it was: {done.copy}" if done.copy else ""
    return f"{done.plan.path}: brought from schema {done.plan.schema} to {SCHEMA_VERSION}{kept}"


def bring(path: Path) -> None:
    """:func:`migrate`, said in the log: what happens by itself where an older database is written to."""
    if (done := migrate(path)) and done.plan.schema:  # 0: its making was cut off, and nobody misses anything
        log.warning("%s", told(done))
