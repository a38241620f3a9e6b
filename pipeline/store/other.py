"""Another Retold's database, read as an archive: of one moment, in a copy of our schema where it is older."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.model import Article, Correction, StoreError
from pipeline.signatures import paragraph_hashes, title_hash
from pipeline.store import corrections as store_corrections
from pipeline.store.articles import Found
from pipeline.store.connect import SCHEMA_VERSION, many, moment, open_read, open_write
from pipeline.store.importing import VERSION, Archived
from pipeline.store.links import links_of
from pipeline.store.provenance import via_of
from pipeline.store.signing import article

AT_ONCE = 500


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database as it is now, to be read; raises StoreError where it is none of ours, or a newer one."""
    with TemporaryDirectory(prefix="retold-import-") as folder:
        db = open_read(path, older=True)
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
                db = _migrated(db, Path(folder) / "copy.db")
            db.execute("BEGIN")  # all that is read is of one moment
            yield db
        except sqlite3.Error as error:
            raise StoreError(f"{path}: {error}") from error
        finally:
            db.close()


def _migrated(old: sqlite3.Connection, copy: Path) -> sqlite3.Connection:
    target = sqlite3.connect(copy)
    try:
        old.backup(target)
    finally:
        target.close()
        old.close()
    return open_write(copy)


def identity(path: Path) -> str:
    """What it is known by: it is another one once it has more articles, wordings, runs or corrections."""
    with opened(path) as db:
        sql = (
            "SELECT (SELECT count(*) FROM articles), (SELECT max(id) FROM articles), (SELECT count(*) FROM versions),"
            " (SELECT max(id) FROM runs), (SELECT count(*) FROM corrections)"
        )
        known = f"database {path.resolve()} {tuple(db.execute(sql).fetchone())}"
    return blake2b(known.encode(errors="surrogateescape"), digest_size=16).hexdigest()


def corrections(path: Path) -> list[Correction]:
    """What people said there, but for what they took back, oldest first."""
    with opened(path) as db:
        return store_corrections.kept(db)


def articles(path: Path, position: int) -> Iterator[tuple[int, int, Archived]]:
    """(id, largest id, article) of all of larger ids than ``position``, each with its earlier wordings."""
    with opened(path) as db:
        outlets = {r["key"]: {"source": r["key"], "name": r["name"], "owner": r["owner"], "country": r["country"],
                              "role": r["role"]} for r in db.execute("SELECT * FROM sources")}  # fmt: skip
        last = int(db.execute("SELECT coalesce(max(id), 0) FROM articles").fetchone()[0])
        sql = "SELECT * FROM articles WHERE id > ? ORDER BY id LIMIT ?"
        while rows := db.execute(sql, (position, AT_ONCE)).fetchall():
            position = rows[-1]["id"]
            yield from ((a.id, last, made) for a, made in _archived(db, [article(r) for r in rows], outlets))


def _archived(
    db: sqlite3.Connection, some: Sequence[Article], outlets: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Article, Archived]]:
    ids = [a.id for a in some]
    links, via, versions = links_of(db, ids), via_of(db, ids), _versions(db, ids)
    for a in some:
        full = replace(a, links=links.get(a.id, ()), id=0)
        earlier = versions.get(a.id, [])
        read = moment(max(v[VERSION.index("replaced")] for v in earlier)) if earlier else a.first_seen
        found = Found(full, tuple(paragraph_hashes(full)), title_hash(full))
        told = tuple((v.name, v.url) for v in via.get(a.id, ()))
        yield a, Archived(found, read, tuple(earlier), told, outlets[a.source])


def _versions(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    sql = (
        f"SELECT article_id, {', '.join(VERSION)} FROM versions"  # noqa: S608
        " WHERE article_id IN (SELECT value FROM json_each(?)) ORDER BY article_id, version"
    )
    for row in many(db, sql, ids):
        found[row["article_id"]].append(tuple(row)[1:])
    return found
