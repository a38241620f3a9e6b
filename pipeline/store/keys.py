"""The bucket keys of the archive, kept so that a batch costs the same however many articles are stored.

Keys are hashes: in one sorted table a batch of n articles would write as many pages as it has keys, the more of them
the larger the archive. Story keys are only looked up within a window, so they lie by *epoch*, as many days as a window
has: a window meets one or two, and those are small. Copy keys are looked up over the whole archive, so they lie in
levels, each ``FAN_OUT`` times as large as the one above; new keys go into level 0, and what a level holds too much
goes down in slices of the key range, in order, a page at a time: the rolling merge of O'Neil et al., The
log-structured merge-tree (Acta Informatica 33, 1996). Wherever a run is killed, a key is in exactly one level.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from pipeline.blocking import COPY_KEYS, Kept, Keys, Signed, proposed, window_days
from pipeline.model import Pair
from pipeline.signatures import Recipe
from pipeline.store.connect import many

FIRST_LEVEL = 100_000  # keys of level 0, of some 1,500 articles
FAN_OUT = 16
SLICES = 1024  # of the key range; what one merge moves
STALE, STALE_SHARE = 1_000, 10  # stale slots, at least and one in so many, from which all keys are swept


def epoch_days(recipe: Recipe) -> int:
    """How many days an epoch has: as many as a window."""
    return 2 * window_days(recipe) + 1


def add(db: sqlite3.Connection, batch: Sequence[Kept], recipe: Recipe) -> None:
    """Take in the keys of freshly signed articles. The caller holds the transaction."""
    slots = [_slot(db, k) for k in batch]
    days = epoch_days(recipe)
    rows = sorted((key, slot) for k, slot in zip(batch, slots, strict=True) for key in k.copies)
    db.executemany("INSERT INTO copy_keys (level, key, slot) VALUES (0,?,?)", rows)
    db.execute(
        "INSERT INTO copy_levels VALUES (0, ?1, 0) ON CONFLICT (level) DO UPDATE SET keys = keys + ?1", [len(rows)]
    )
    within = sorted((k.day // days, key, slot) for k, slot in zip(batch, slots, strict=True) for key in k.stories)
    db.executemany("INSERT INTO story_keys (epoch, key, slot) VALUES (?,?,?)", within)
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
    """Drop keys that lead nowhere, once they are many."""
    stale = db.execute("SELECT count(*) FROM stale_slots").fetchone()[0]
    if stale < STALE or stale * STALE_SHARE < db.execute("SELECT count(*) FROM slots").fetchone()[0]:
        return
    for table in ("copy_keys", "story_keys"):
        db.execute(f"DELETE FROM {table} WHERE slot IN (SELECT slot FROM stale_slots)")  # noqa: S608
    db.execute("DELETE FROM stale_slots")
    counts = "SELECT count(*) FROM copy_keys WHERE copy_keys.level = copy_levels.level"
    db.execute(f"UPDATE copy_levels SET keys = ({counts})")  # noqa: S608


def drop(db: sqlite3.Connection) -> None:
    """Forget all keys; their slots are gone already."""
    for table in ("copy_keys", "copy_levels", "story_keys", "stale_slots"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608


class StoredIndex:
    """The signed articles of the database by their bucket keys: a :class:`pipeline.blocking.Index`.

    Who holds the keys of ``batch`` is looked up at once, in the order of the keys; good while nothing else signs.
    """

    def __init__(self, db: sqlite3.Connection, batch: Sequence[Keys], recipe: Recipe) -> None:
        self._db = db
        self._days: dict[int, int] = {}
        self._prints: dict[int, int] = {}
        self._gists: dict[int, bytes] = {}
        self._holders: dict[int, list[int]] = defaultdict(list)
        self._find_copies({key for k in batch for key in k.copies})
        reach, days = window_days(recipe), epoch_days(recipe)
        wanted: dict[int, set[int]] = defaultdict(set)
        for k in batch:
            for epoch in range((k.day - reach) // days, (k.day + reach) // days + 1):
                wanted[epoch].update(k.stories)
        for epoch, keys in wanted.items():
            self._find_stories(epoch, keys)

    def _find_copies(self, keys: Collection[int]) -> None:
        sql = (
            "SELECT k.key, s.article_id, s.day, s.prints FROM json_each(?1) j CROSS JOIN copy_levels l"
            " CROSS JOIN copy_keys k ON k.level = l.level AND k.key = j.value JOIN slots s ON s.slot = k.slot"
        )
        self._take(many(self._db, sql, keys))

    def _find_stories(self, epoch: int, keys: Collection[int]) -> None:
        sql = (
            "SELECT k.key, s.article_id, s.day, s.prints FROM json_each(?1) j"
            " CROSS JOIN story_keys k ON k.epoch = ?2 AND k.key = j.value JOIN slots s ON s.slot = k.slot"
        )
        self._take(many(self._db, sql, keys, epoch))

    def _take(self, rows: Iterable[sqlite3.Row]) -> None:
        for key, article_id, day, prints in rows:
            self._holders[key].append(article_id)
            self._days[article_id], self._prints[article_id] = day, prints

    def holders(self, keys: Collection[int]) -> Iterable[int]:
        """Ids of the articles that have any of ``keys``, once for each that they have."""
        return (i for key in keys if key in self._holders for i in self._holders[key])

    def holders_within(self, keys: Collection[int], first_day: int, last_day: int) -> Iterable[int]:
        """Those of them whose day lies in the range, ends included."""
        return (i for i in self.holders(keys) if first_day <= self._days[i] <= last_day)

    def print_counts(self, ids: Collection[int]) -> Mapping[int, int]:
        """Id → how many fingerprints the article has."""
        return self._prints

    def gists(self, ids: Collection[int]) -> dict[int, bytes]:
        """Id → the article's gist."""
        sql = "SELECT article_id, gist FROM signatures WHERE article_id IN (SELECT value FROM json_each(?))"
        self._gists.update(tuple(r) for r in many(self._db, sql, ids - self._gists.keys()))
        return {i: self._gists[i] for i in sorted(ids)}


def candidates(db: sqlite3.Connection, articles: Sequence[Signed], recipe: Recipe) -> set[Pair]:
    """Pairs of these articles with stored ones that are to be judged."""
    index = StoredIndex(db, [a.keys for a in articles], recipe)
    return {Pair(*sorted((a.profile.id, other))) for a in articles for other in proposed(a, index, recipe)}
