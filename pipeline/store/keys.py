"""The bucket keys of the archive, kept so that a batch costs the same however many articles are stored.

Keys are hashes: in one sorted table a batch of n articles would write as many pages as it has keys, the more of them
the larger the archive. Story keys are only looked up within a window, so they lie by *epoch*, as many days as a window
has, in packed segments (segments.py): a window meets one or two epochs. Copy keys are looked up over the whole archive,
so they lie in levels, each ``FAN_OUT`` times as large as the one above; new keys go into level 0, and what a level
holds too much goes down in slices of the key range, in order, a page at a time: the rolling merge of O'Neil et al., The
log-structured merge-tree (Acta Informatica 33, 1996). Wherever a run is killed, a key is in exactly one level.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from pipeline.blocking import COPY_KEYS, Kept, Keys, Signed, window_days
from pipeline.meeting import Held, proposed
from pipeline.model import Pair
from pipeline.shares import processes, shared
from pipeline.signatures import Recipe
from pipeline.store import segments
from pipeline.store.connect import many

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AT_ONCE = 500  # articles whose keys are looked up together: bounds memory
PROPOSED_EACH = 100  # articles that are worth a process of their own
FIRST_LEVEL = 100_000  # keys of level 0, of some 1,500 articles
FAN_OUT = 16
SLICES = 1024  # of the key range; what one merge moves
STALE, STALE_SHARE = 1_000, 10  # stale slots, at least and one in so many, from which all keys are swept


def epoch_days(recipe: Recipe) -> int:
    """How many days an epoch has: as many as a window."""
    return 2 * window_days(recipe) + 1


def add(db: sqlite3.Connection, batch: Sequence[Kept], recipe: Recipe) -> None:
    """Take in the keys of freshly signed articles. The caller holds the transaction."""
    import numpy as np

    slots = [_slot(db, k) for k in batch]
    days = epoch_days(recipe)
    rows = sorted((key, slot) for k, slot in zip(batch, slots, strict=True) for key in k.copies)
    db.executemany("INSERT INTO copy_keys (level, key, slot) VALUES (0,?,?)", rows)
    db.execute(
        "INSERT INTO copy_levels VALUES (0, ?1, 0) ON CONFLICT (level) DO UPDATE SET keys = keys + ?1", [len(rows)]
    )
    counts = [len(k.stories) for k in batch]
    segments.add(
        db,
        np.repeat([k.day // days for k in batch], counts),
        np.fromiter(chain.from_iterable(k.stories for k in batch), np.int64, sum(counts)),
        np.repeat(slots, counts),
    )
    _merge(db)
    _sweep(db)


def _slot(db: sqlite3.Connection, made: Kept) -> int:
    sql = "INSERT INTO slots (article_id, day, prints) VALUES (?,?,?)"
    return int(db.execute(sql, (made.article_id, made.day, made.prints)).lastrowid or 0)


def _merge(db: sqlite3.Connection) -> None:
    """Move slices down until no level holds more than it may."""
    level, most = 0, FIRST_LEVEL
    while row := db.execute("SELECT keys, slice FROM copy_levels WHERE level=?", [level]).fetchone():
        held, at = row["keys"], row["slice"]
        for _ in range(SLICES):
            if held <= most:
                break
            held -= _lower(db, level, at)
            at = (at + 1) % SLICES
        db.execute("UPDATE copy_levels SET keys=?, slice=? WHERE level=?", (held, at, level))
        level, most = level + 1, most * FAN_OUT


def _lower(db: sqlite3.Connection, level: int, slice_: int) -> int:
    """Move the keys of one slice to the next level; how many that were."""
    width = len(COPY_KEYS) // SLICES
    first = COPY_KEYS.start + slice_ * width
    bounds = (level, first, first + width - 1)
    moved = db.execute(
        "INSERT INTO copy_keys (level, key, slot) SELECT level + 1, key, slot FROM copy_keys"
        " WHERE level=? AND key BETWEEN ? AND ? ORDER BY key, slot",
        bounds,
    ).rowcount
    db.execute("DELETE FROM copy_keys WHERE level=? AND key BETWEEN ? AND ?", bounds)
    db.execute(
        "INSERT INTO copy_levels VALUES (?1, ?2, 0) ON CONFLICT (level) DO UPDATE SET keys = keys + ?2",
        (level + 1, moved),
    )
    return moved


def _sweep(db: sqlite3.Connection) -> None:
    stale = db.execute("SELECT count(*) FROM stale_slots").fetchone()[0]
    if stale >= STALE and stale * STALE_SHARE >= db.execute("SELECT count(*) FROM slots").fetchone()[0]:
        sweep(db)


def sweep(db: sqlite3.Connection) -> None:
    """Drop keys that lead nowhere: a look at every key. :func:`add` does it once they are many. The caller holds the
    transaction."""
    db.execute("DELETE FROM copy_keys WHERE slot IN (SELECT slot FROM stale_slots)")
    segments.sweep(db)
    db.execute("DELETE FROM stale_slots")
    counts = "SELECT count(*) FROM copy_keys WHERE copy_keys.level = copy_levels.level"
    db.execute(f"UPDATE copy_levels SET keys = ({counts})")  # noqa: S608


def drop(db: sqlite3.Connection) -> None:
    """Forget all keys; their slots are gone already."""
    for table in ("copy_keys", "copy_levels", "story_segments", "stale_slots"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608


def candidates(db: sqlite3.Connection, articles: Sequence[Signed], recipe: Recipe) -> set[Pair]:
    """Pairs of these articles with stored ones that are to be judged."""
    found: set[Pair] = set()
    for some in (articles[start : start + AT_ONCE] for start in range(0, len(articles), AT_ONCE)):
        others = held(db, [a.keys for a in some], recipe)
        parts = others.parted(processes(len(some), PROPOSED_EACH))
        met = partial(_proposed, some, recipe)
        found.update(shared(met, parts, 1))
    return found


def _proposed(articles: Sequence[Signed], recipe: Recipe, others: Sequence[Held]) -> list[Pair]:
    return [pair for held in others for pair in proposed(articles, held, recipe)]


def held(db: sqlite3.Connection, batch: Sequence[Keys], recipe: Recipe) -> Held:
    """The signed articles of the database that hold any key of ``batch``: good while nothing else signs."""
    import numpy as np

    found = [_copies(db, {key for k in batch for key in k.copies})]
    reach, days = window_days(recipe), epoch_days(recipe)
    wanted: dict[int, set[int]] = defaultdict(set)
    for k in batch:
        for epoch in range((k.day - reach) // days, (k.day + reach) // days + 1):
            wanted[epoch].update(k.stories)
    for epoch, keys in sorted(wanted.items()):
        sought = np.sort(np.fromiter(keys, np.int64, len(keys)))
        found.append(np.stack(segments.holders(db, epoch, sought), axis=1))
    rows = np.concatenate(found)
    sql = "SELECT slot, article_id, day, prints FROM slots WHERE slot IN (SELECT value FROM json_each(?)) ORDER BY slot"
    slots = np.array([tuple(r) for r in many(db, sql, np.unique(rows[:, 1]).tolist())], np.int64).reshape(-1, 4)
    rows = rows[np.isin(rows[:, 1], slots[:, 0])]  # the others lead nowhere
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    homes = np.searchsorted(slots[:, 0], rows[:, 1]).astype(np.int32)
    ids = slots[:, 1]
    return Held(ids, slots[:, 2], slots[:, 3], rows[:, 0], homes, _gists(db, ids.tolist()))


def _copies(db: sqlite3.Connection, keys: Collection[int]) -> NDArray[np.int64]:
    """(rows, 2) key and slot of whoever holds any of the ``keys`` of copies."""
    import numpy as np

    cursor = db.cursor()
    cursor.row_factory = None  # plain tuples: there are tens of thousands
    sql = (
        "SELECT k.key, k.slot FROM json_each(?) j CROSS JOIN copy_levels l"
        " CROSS JOIN copy_keys k ON k.level = l.level AND k.key = j.value"
    )
    flat = chain.from_iterable(cursor.execute(sql, [json.dumps(sorted(keys))]))
    return np.fromiter(flat, np.int64).reshape(-1, 2)


def _gists(db: sqlite3.Connection, ids: Sequence[int]) -> list[bytes]:
    sql = "SELECT article_id, gist FROM signatures WHERE article_id IN (SELECT value FROM json_each(?))"
    known = {r["article_id"]: r["gist"] for r in many(db, sql, ids)}
    return [known[i] for i in ids]
