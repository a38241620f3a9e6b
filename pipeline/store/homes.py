"""Under which hosts a source's articles lie: a site may have moved, or be another than the configuration says."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import chain

from pipeline.provenance.outlets import Outlets

SHARE = 0.1  # of a source's articles: what lies anywhere else once in a while is no site of its own
LOOKED_AT = 20  # articles at either end of a host's: do they have one outlet?
OTHERS = ("aggregator", "syndicator")  # their articles lie at others' sites

_HOST = re.compile(r"[^/?#:]*")


def own_sites(db: sqlite3.Connection, known: Outlets) -> dict[str, str]:
    """Host → the outlet whose articles alone lie there; without hosts that the table of outlets has."""
    others = {row[0] for row in db.execute("SELECT key FROM sources WHERE role IN (?, ?)", OTHERS)}
    tallies = dict(db.execute("SELECT of, n FROM tallies WHERE name = 'articles'").fetchall())
    found: dict[str, set[str]] = {}
    for host, first, last in _stretches(db):
        if not known.at(f"https://{host}/"):
            found.setdefault(host, set()).update(_outlets_at(db, known, (first, last), others, tallies))
    return {host: next(iter(names)) for host, names in found.items() if len(names) == 1 and "" not in names}


def _stretches(db: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """Each host of an article's key, with what its keys begin with and what comes after them; a jump of the index
    each."""
    after = ""
    while row := db.execute("SELECT key FROM articles WHERE key >= ? ORDER BY key LIMIT 1", [after]).fetchone():
        match = _HOST.match(row[0])
        host = match[0] if match else ""
        first = row[0][: len(host) + 1]
        after = f"{host}{chr(ord(first[-1]) + 1)}" if len(first) > len(host) else f"{host}\0"
        if "." in host:
            yield host, first, after


def _outlets_at(
    db: sqlite3.Connection, known: Outlets, stretch: tuple[str, str], others: set[str], tallies: Mapping[str, int]
) -> set[str]:
    """The outlets of a few articles there; "" among them for one that has most of its articles elsewhere."""
    ends = (
        db.execute(
            f"SELECT source FROM articles WHERE key >= ? AND key < ? ORDER BY key {way} LIMIT ?",  # noqa: S608
            [*stretch, LOOKED_AT],
        )
        for way in ("ASC", "DESC")
    )
    sources = {row[0] for row in chain.from_iterable(ends)}
    names = {"" if key in others else known.of_source(key).name for key in sources}
    if len(names) > 1 or "" in names:
        return {""}
    there = db.execute("SELECT count(*) FROM articles WHERE key >= ? AND key < ?", stretch).fetchone()[0]
    return names if there >= SHARE * max(tallies.get(key, 0) for key in sources) else {""}
