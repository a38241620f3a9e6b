"""Under which hosts a source's articles lie: a site may have moved, or be another than the configuration says."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterator, Set
from itertools import chain

from pipeline.provenance.outlets import Outlets

SHARE = 0.1  # of a source's articles: what lies anywhere else once in a while is no site of its own
LOOKED_AT = 20  # articles at either end of a host's: do they have one outlet?
OTHERS = ("aggregator", "syndicator")  # their articles lie at others' sites

Stretch = tuple[str, str]  # from this key on, up to that one

_HOST = re.compile(r"[^/?#:]*")


def own_sites(db: sqlite3.Connection, known: Outlets) -> dict[str, str]:
    """Host → the outlet whose articles alone lie there; without hosts that the table of outlets has."""
    others = {row[0] for row in db.execute("SELECT key FROM sources WHERE role IN (?, ?)", OTHERS)}
    least = {
        of: max(1, math.ceil(SHARE * n)) for of, n in db.execute("SELECT of, n FROM tallies WHERE name='articles'")
    }
    found: dict[str, set[str]] = {}
    enough: set[str] = set()
    for host, source, stretch in _stretches(db):
        if known.of_host(host) is None:
            names = found.setdefault(host, set())
            names.add("" if source in others else known.of_source(source).name)
            if "" not in names and _are_there(db, stretch, least.get(source, 1)):
                names.update(_outlets_at(db, known, stretch, others))
                enough.add(host)
    return {host: next(iter(found[host])) for host in sorted(enough) if len(found[host]) == 1 and "" not in found[host]}


def _stretches(db: sqlite3.Connection) -> Iterator[tuple[str, str, Stretch]]:
    """Each host of an article's key, the source of its first article, what its keys begin with and what comes after
    them; a jump of the index each."""
    after = ""
    sql = "SELECT key, source FROM articles WHERE key >= ? ORDER BY key LIMIT 1"
    while row := db.execute(sql, [after]).fetchone():
        key, source = row
        match = _HOST.match(key)
        host = match[0] if match else ""
        first = key[: len(host) + 1]
        after = f"{host}{chr(ord(first[-1]) + 1)}" if len(first) > len(host) else f"{host}\0"
        if "." in host:
            yield host, source, (first, after)


def _are_there(db: sqlite3.Connection, stretch: Stretch, least: int) -> bool:
    """Are there so many articles? The rest are not counted."""
    sql = "SELECT 1 FROM articles WHERE key >= ? AND key < ? ORDER BY key LIMIT 1 OFFSET ?"
    return db.execute(sql, [*stretch, least - 1]).fetchone() is not None


def _outlets_at(db: sqlite3.Connection, known: Outlets, stretch: Stretch, others: Set[str]) -> set[str]:
    """The outlets of a few articles there; "" for one whose articles lie at others' sites."""
    sql = "SELECT source FROM articles WHERE key >= ? AND key < ? ORDER BY key {} LIMIT ?"
    ends = (db.execute(sql.format(way), [*stretch, LOOKED_AT]) for way in ("ASC", "DESC"))
    return {"" if row[0] in others else known.of_source(row[0]).name for row in chain.from_iterable(ends)}
