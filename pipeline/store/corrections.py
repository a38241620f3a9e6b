"""What people said about articles: keep it, and read it as grouping and people want it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from pipeline.constraints import Ruling, replaced
from pipeline.constraints import rulings as _rulings
from pipeline.model import Correction, Kind
from pipeline.store.connect import moment, stamp

Row = dict[str, Any]

# Articles that corrections in force bind to those of a table f(id).
BOUND = (
    "SELECT b.id FROM f JOIN articles a ON a.id = f.id JOIN corrected x ON x.key = a.key AND x.side = 'together'"
    " JOIN corrections c ON c.id = x.correction_id AND c.superseded IS NULL AND c.removed IS NULL"
    " JOIN corrected y ON y.correction_id = c.id AND y.side = 'together' JOIN articles b ON b.key = y.key"
)
IN_FORCE = "removed IS NULL AND superseded IS NULL"


def uid(c: Correction) -> str:
    """What a correction is known by in every database: a hash of all it says but the note."""
    said = [c.kind, stamp(c.at), c.by, sorted(c.together), sorted(c.apart)]
    said += [sorted(c.on), c.outlet] if c.on else []  # as old versions knew the others
    return blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def _load(db: sqlite3.Connection, where: str, *given: object) -> list[Correction]:
    """Corrections, oldest first."""
    rows = db.execute(f"SELECT * FROM corrections WHERE {where} ORDER BY at, id", given).fetchall()  # noqa: S608
    return [_correction(db, r) for r in rows]


def _correction(db: sqlite3.Connection, r: sqlite3.Row) -> Correction:
    sides: dict[str, set[str]] = {"together": set(), "apart": set(), "on": set()}
    for key, side in db.execute("SELECT key, side FROM corrected WHERE correction_id=?", [r["id"]]):
        sides[side].add(key)
    at = moment(r["at"])
    assert at is not None  # NOT NULL
    together, apart, on = (frozenset(sides[side]) for side in ("together", "apart", "on"))
    return Correction(Kind(r["kind"]), together, apart, at, r["made_by"], r["note"], r["id"], on, r["outlet"])


def in_force(db: sqlite3.Connection) -> list[Correction]:
    """The corrections that hold, oldest first."""
    return _load(db, IN_FORCE)


def kept(db: sqlite3.Connection) -> list[Correction]:
    """Those that were not taken back, oldest first: what an export holds."""
    return _load(db, "removed IS NULL")


def rulings(db: sqlite3.Connection, ids: Collection[int]) -> list[Ruling]:
    """What the corrections in force say about the articles ``ids``, newest first."""
    sql = (
        "SELECT key, id FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        " AND EXISTS (SELECT 1 FROM corrected x WHERE x.key = articles.key)"
    )
    keys = {r["key"]: r["id"] for r in db.execute(sql, [json.dumps(sorted(ids))])}
    if not keys:
        return []
    naming = "id IN (SELECT correction_id FROM corrected WHERE key IN (SELECT value FROM json_each(?)))"
    return _rulings(_load(db, f"{IN_FORCE} AND {naming}", json.dumps(sorted(keys))), keys)


# -- writing; the caller holds the transaction


def add(db: sqlite3.Connection, c: Correction, known_as: str) -> tuple[int, bool]:
    """Store a correction under a :func:`uid`; its id, and False where it was stored before (nothing is changed)."""
    old = db.execute("SELECT id FROM corrections WHERE uid=?", [known_as]).fetchone()
    if old:
        return int(old["id"]), False
    cursor = db.execute(
        "INSERT INTO corrections (uid, kind, at, made_by, note, outlet) VALUES (?,?,?,?,?,?)",
        (known_as, str(c.kind), stamp(c.at), c.by, c.note, c.outlet),
    )
    number = int(cursor.lastrowid or 0)
    each = {"together": c.together, "apart": c.apart, "on": c.on}
    sides = [(number, key, side) for side, keys in each.items() for key in sorted(keys)]
    db.executemany("INSERT OR IGNORE INTO corrected (correction_id, key, side) VALUES (?,?,?)", sides)
    return number, True


def take_back(db: sqlite3.Connection, ids: Iterable[int], now: datetime) -> None:
    """Mark corrections as removed."""
    db.executemany("UPDATE corrections SET removed=? WHERE id=?", [(stamp(now), i) for i in ids])


def put_back(db: sqlite3.Connection, correction_id: int, note: str) -> None:
    """A correction that was removed is made once more."""
    db.execute("UPDATE corrections SET removed=NULL, note=? WHERE id=?", (note, correction_id))


def settle(db: sqlite3.Connection) -> list[int]:
    """Say of every correction whether a newer one leaves nothing of it; ids of those where that changed."""
    rows = kept(db)
    by, at = replaced(rows), {c.id: c.at for c in rows}
    stored = {r["id"]: r["superseded_by"] for r in db.execute("SELECT id, superseded_by FROM corrections")}
    changed = [(by.get(i), i) for i, old in stored.items() if by.get(i) != old]
    db.executemany(
        "UPDATE corrections SET superseded=?, superseded_by=? WHERE id=?",
        [(stamp(at[new]) if new else None, new, i) for new, i in changed],
    )
    return [i for _, i in changed]


def touch(db: sqlite3.Connection, ids: Collection[int]) -> None:
    """The articles of these corrections are to be grouped again."""
    db.execute(
        "INSERT OR IGNORE INTO ungrouped SELECT a.id FROM corrected x JOIN articles a ON a.key = x.key"
        " JOIN signatures s ON s.article_id = a.id WHERE x.side <> 'on'"
        " AND x.correction_id IN (SELECT value FROM json_each(?))",
        [json.dumps(sorted(ids))],
    )


# -- reading


def keys(db: sqlite3.Connection, ids: Collection[int]) -> frozenset[str]:
    """The identities of articles."""
    sql = "SELECT key FROM articles WHERE id IN (SELECT value FROM json_each(?))"
    return frozenset(r["key"] for r in db.execute(sql, [json.dumps(sorted(ids))]))


def key_here(db: sqlite3.Connection, key: str) -> str:
    """The key of the article that ``key`` names here: its own, or that of a feed's link to it; else ``key``."""
    sql = (
        "SELECT a.key FROM entries e JOIN articles a ON a.id = e.article_id WHERE e.key=?1"
        " AND NOT EXISTS (SELECT 1 FROM articles WHERE key=?1) ORDER BY a.id LIMIT 1"
    )
    row = db.execute(sql, [key]).fetchone()
    return str(row["key"]) if row else key


def members(db: sqlite3.Connection, story_id: int) -> list[int]:
    """The articles of a story, in the order they appeared."""
    rows = db.execute(
        "SELECT article_id FROM v_story_articles WHERE story_id=? ORDER BY effective, article_id", [story_id]
    )
    return [r["article_id"] for r in rows]


def stories_of(db: sqlite3.Connection, ids: Collection[int]) -> list[int]:
    """The stories that hold these articles, sorted."""
    sql = "SELECT DISTINCT story_id FROM copies WHERE article_id IN (SELECT value FROM json_each(?)) ORDER BY 1"
    return [r["story_id"] for r in db.execute(sql, [json.dumps(sorted(ids))])]


def listed(db: sqlite3.Connection, where: str = "true", *given: object) -> list[Row]:
    """Corrections as people read them, oldest first; ``where`` is over the columns of ``corrections``."""
    rows = db.execute(f"SELECT * FROM corrections WHERE {where} ORDER BY at, id", given).fetchall()  # noqa: S608
    return [_row(db, r) for r in rows]


def _row(db: sqlite3.Connection, r: sqlite3.Row, most: int = -1) -> Row:
    sides: dict[str, list[Row]] = {"together": [], "apart": [], "on": []}
    sql = (
        "SELECT side, article_id, story_id, key, url, title FROM v_corrections WHERE correction_id=? AND side=?"
        " ORDER BY article_id IS NULL, article_id, key LIMIT ?"
    )
    for side, found in sides.items():
        for x in db.execute(sql, [r["id"], side, most]):
            found.append({k: x[k] for k in ("article_id", "story_id", "key", "url", "title")})
    state = "removed" if r["removed"] else "superseded" if r["superseded"] else "in force"
    return {
        "id": r["id"], "kind": r["kind"], "at": r["at"], "by": r["made_by"], "note": r["note"], "state": state,
        "outlet": r["outlet"] or None, **({"sizes": _sizes(db, r["id"])} if most >= 0 else {}),
        "superseded": r["superseded"], "superseded_by": r["superseded_by"], "removed": r["removed"], **sides,
    }  # fmt: skip


def _sizes(db: sqlite3.Connection, correction_id: int) -> dict[str, int]:
    sql = "SELECT side, count(*) FROM corrected WHERE correction_id=? GROUP BY side"
    return {"together": 0, "apart": 0, "on": 0, **dict(db.execute(sql, [correction_id]).fetchall())}


def count(db: sqlite3.Connection, where: str) -> int:
    """How many corrections there are; ``where`` as of :func:`listed`."""
    return int(db.execute(f"SELECT count(*) FROM corrections WHERE {where}").fetchone()[0])  # noqa: S608


def brief(db: sqlite3.Connection, where: str, limit: int, offset: int, articles: int) -> list[Row]:
    """Some corrections, the newest first, each with the first ``articles`` of each side and how many those are
    (``sizes``: side → number)."""
    sql = f"SELECT * FROM corrections WHERE {where} ORDER BY at DESC, id DESC LIMIT ? OFFSET ?"  # noqa: S608
    return [_row(db, r, articles) for r in db.execute(sql, [limit, offset]).fetchall()]


def in_force_rows(db: sqlite3.Connection, kind: Kind) -> list[Row]:
    """The corrections of one kind that hold, oldest first."""
    return listed(db, f"{IN_FORCE} AND kind=?", str(kind))


def count_waiting(db: sqlite3.Connection) -> int:
    """How many articles that corrections in force name are not here."""
    sql = "SELECT count(DISTINCT key) FROM v_corrections WHERE in_force AND article_id IS NULL"
    return int(db.execute(sql).fetchone()[0])


def naming(db: sqlite3.Connection, ids: Sequence[int], kind: Kind | None = None) -> list[Row]:
    """The corrections in force that name any of these articles, oldest first."""
    where = (
        "superseded IS NULL AND removed IS NULL AND kind = coalesce(?, kind) AND id IN (SELECT correction_id"
        " FROM corrected x JOIN articles a ON a.key = x.key WHERE a.id IN (SELECT value FROM json_each(?)))"
    )
    return listed(db, where, kind and str(kind), json.dumps(sorted(ids)))


def between(db: sqlite3.Connection, left: int, right: int) -> list[Row]:
    """The corrections in force that bind or part two articles, oldest first, each with what it ``says`` of them:
    "bound", "parted", or "bound through others" where it takes more than one to bind them."""
    direct = [{**row, "says": says} for row in naming(db, [left, right]) if (says := _says(row, left, right))]
    if direct or stories_of(db, [left]) != stories_of(db, [right]):
        return direct
    return [{**row, "says": "bound through others"} for row in _chain(db, left, right)]


def _ids(row: Row, side: str) -> set[int]:
    return {a["article_id"] for a in row[side] if a["article_id"]}


def _says(row: Row, left: int, right: int) -> str:
    together, apart = _ids(row, "together"), _ids(row, "apart")
    if {left, right} <= together:
        return "bound"
    return "parted" if len({left, right} & together) == len({left, right} & apart) == 1 else ""


def _chain(db: sqlite3.Connection, left: int, right: int) -> list[Row]:
    """The fewest corrections that bind two articles of one story through others; none where none do."""
    rows = naming(db, members(db, stories_of(db, [left])[0]) if stories_of(db, [left]) else [])
    chains: dict[int, list[Row]] = {left: []}
    frontier = [left]
    while frontier:
        here = frontier.pop(0)
        for row in rows:
            if here in (bound := _ids(row, "together")):
                fresh = sorted(bound - chains.keys())
                chains |= {i: [*chains[here], row] for i in fresh}
                frontier += fresh
    return chains.get(right, [])
