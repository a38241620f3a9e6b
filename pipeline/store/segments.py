"""Story keys of one epoch, packed: sorted segments of (key, slot), a few bytes each.

A row of a table costs 25 bytes a key, and a batch that puts its keys among those of other articles writes nearly every
page. So a batch's keys are one segment, and where ``FAN`` segments of a tier have come together they become one of the
next: each key is written once a tier (tiered compaction: O'Neil et al. 1996; Luo & Carey, LSM-based storage techniques,
VLDB Journal 29, 2020, section 2). A segment is cut into chunks, of which only those are read that can hold what is
looked for.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    I64 = NDArray[np.int64]

FAN = 8  # segments of a tier
CHUNK = 4_096  # keys


def packed(keys: I64, slots: I64) -> bytes:
    """Keys, sorted, and the slots beside them as bytes: count, both firsts, both widths, steps between keys, slots from
    the smallest on; little-endian, as many bytes for each number as the largest takes."""
    import numpy as np

    least = int(slots.min())
    steps, homes = np.diff(keys, prepend=keys[:1]).astype("<u8"), (slots - least).astype("<u8")
    head = np.array([len(keys), keys[0], least, _width(steps), _width(homes)], "<i8")
    return head.tobytes() + _narrow(steps, int(head[3])) + _narrow(homes, int(head[4]))


def unpacked(data: bytes) -> tuple[I64, I64]:
    """(keys, slots) of :func:`packed`."""
    import numpy as np

    count, first, least, wide, narrow = np.frombuffer(data, "<i8", 5).tolist()
    start = 40 + count * wide
    return np.cumsum(_wide(data[40:start], wide)) + first, _wide(data[start:], narrow) + least


def _width(numbers: NDArray[np.uint64]) -> int:
    return max(1, (int(numbers.max()).bit_length() + 7) // 8)


def _narrow(numbers: NDArray[np.uint64], width: int) -> bytes:
    import numpy as np

    return numbers.view(np.uint8).reshape(-1, 8)[:, :width].tobytes()


def _wide(data: bytes, width: int) -> I64:
    import numpy as np

    full = np.zeros((len(data) // width, 8), np.uint8)
    full[:, :width] = np.frombuffer(data, np.uint8).reshape(-1, width)
    return full.view("<i8").ravel().astype(np.int64)


def add(db: sqlite3.Connection, epochs: I64, keys: I64, slots: I64) -> None:
    """Take in keys, each of its epoch and leading to its slot. The caller holds the transaction."""
    import numpy as np

    for epoch in np.unique(epochs).tolist():
        here = epochs == epoch
        write(db, epoch, 0, keys[here], slots[here])
        _compact(db, epoch)


def holders(db: sqlite3.Connection, epoch: int, wanted: I64) -> tuple[I64, I64]:
    """(keys, slots) of whoever holds any of the ``wanted`` keys, sorted and each once, of an epoch."""
    import numpy as np

    sql = "SELECT tier, segment, chunk, first, last FROM story_segments WHERE epoch=?"
    rows = np.array([tuple(r) for r in db.execute(sql, [epoch])], np.int64).reshape(-1, 5)
    begin, end = np.searchsorted(wanted, rows[:, 3]), np.searchsorted(wanted, rows[:, 4], side="right")
    found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for row, a, b in zip(rows[:, :3].tolist(), begin.tolist(), end.tolist(), strict=True):
        if a < b:
            keys, slots = unpacked(_chunk(db, epoch, *row))
            start, stop = np.searchsorted(keys, wanted[a:b]), np.searchsorted(keys, wanted[a:b], side="right")
            counts = stop - start
            at = np.repeat(start - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
            found.append((keys[at], slots[at]))
    held, homes = zip(*found, strict=True)
    return np.concatenate(held), np.concatenate(homes)


def _chunk(db: sqlite3.Connection, epoch: int, tier: int, segment: int, chunk: int) -> bytes:
    sql = "SELECT data FROM story_segments WHERE epoch=? AND tier=? AND segment=? AND chunk=?"
    data: bytes = db.execute(sql, (epoch, tier, segment, chunk)).fetchone()[0]
    return data


def sweep(db: sqlite3.Connection) -> None:
    """Drop keys whose slots are stale. The caller holds the transaction."""
    import numpy as np

    stale = np.array([r[0] for r in db.execute("SELECT slot FROM stale_slots")], np.int64)
    for epoch, tier, number in [
        tuple(r) for r in db.execute("SELECT DISTINCT epoch, tier, segment FROM story_segments")
    ]:
        keys, slots = _segment(db, epoch, tier, number)
        gone = np.isin(slots, stale)
        if gone.any():
            where = "DELETE FROM story_segments WHERE epoch=? AND tier=? AND segment=?"
            db.execute(where, (epoch, tier, number))
            write(db, epoch, tier, keys[~gone], slots[~gone])


def _segment(db: sqlite3.Connection, epoch: int, tier: int, number: int) -> tuple[I64, I64]:
    import numpy as np

    sql = "SELECT data FROM story_segments WHERE epoch=? AND tier=? AND segment=? ORDER BY chunk"
    chunks = [unpacked(r[0]) for r in db.execute(sql, (epoch, tier, number))]
    return np.concatenate([k for k, _ in chunks]), np.concatenate([s for _, s in chunks])


def write(db: sqlite3.Connection, epoch: int, tier: int, keys: I64, slots: I64) -> None:
    """A new segment of a tier, whatever the order of what it is to hold; of nothing, none."""
    import numpy as np

    last = db.execute("SELECT max(segment) FROM story_segments WHERE epoch=? AND tier=?", (epoch, tier)).fetchone()[0]
    order = np.lexsort((slots, keys))
    keys, slots, number = keys[order], slots[order], 0 if last is None else last + 1
    chunks = ((keys[at : at + CHUNK], slots[at : at + CHUNK]) for at in range(0, len(keys), CHUNK))
    db.executemany(
        "INSERT INTO story_segments (epoch, tier, segment, chunk, first, last, data) VALUES (?,?,?,?,?,?,?)",
        [(epoch, tier, number, n, int(k[0]), int(k[-1]), packed(k, s)) for n, (k, s) in enumerate(chunks)],
    )


def _compact(db: sqlite3.Connection, epoch: int) -> None:
    """Make one segment of those of a tier where they are too many."""
    import numpy as np

    tier = 0
    sql = "SELECT DISTINCT segment FROM story_segments WHERE epoch=? AND tier=?"
    while len(numbers := [r[0] for r in db.execute(sql, (epoch, tier))]) >= FAN:
        held, homes = zip(*(_segment(db, epoch, tier, n) for n in numbers), strict=True)
        db.execute("DELETE FROM story_segments WHERE epoch=? AND tier=?", (epoch, tier))
        tier += 1
        write(db, epoch, tier, np.concatenate(held), np.concatenate(homes))
