"""A disk that loses its power: what of a program's operations it may hold afterwards."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

FILES = ("", "-wal", "-journal")  # what survives, by what stands behind the database's name
FOLDER = 4
SECTOR = 512
MODES = ("lost", "kept", "cut", "some", "torn")


@dataclass(frozen=True, slots=True)
class Op:
    """One record: C create, W write, T truncate, S sync, U unlink."""

    op: str
    file: int  # index into FILES + 1, or FOLDER
    offset: int = 0
    data: bytes = b""


@dataclass
class Held:
    """One file's content: what is safe, and what was done since."""

    safe: bytearray = field(default_factory=bytearray)
    since: list[Op] = field(default_factory=list)


class Disk:
    """Follows a recording to a moment; :meth:`image` is what may be found after a cut."""

    def __init__(self, before: Mapping[int, bytes]) -> None:
        self.held: dict[tuple[int, int], Held] = {}  # (file, how often it was made before) → content
        self.made: Counter[int] = Counter()
        self.named: dict[int, tuple[int, int]] = {}  # what the folder on disk says
        self.renamed: list[tuple[int, tuple[int, int] | None]] = []  # … and what it was told since
        for file, data in before.items():
            self.held[file, 0] = Held(bytearray(data))
            self.named[file] = file, 0

    def do(self, op: Op) -> None:
        """Take in one record."""
        now = op.file, self.made[op.file]
        if op.op == "C":
            self.made[op.file] += 1
            now = op.file, self.made[op.file]
            self.held[now] = Held()
            self.renamed.append((op.file, now))
        elif op.op == "U":
            self.renamed.append((op.file, None))
        elif op.op == "S" and op.file == FOLDER:
            self.named, self.renamed = self._names(len(self.renamed)), []
        elif op.op == "S":
            self.held[now].safe, self.held[now].since = _after(self.held[now], self.held[now].since), []
        else:
            self.held[now].since.append(op)

    def _names(self, told: int) -> dict[int, tuple[int, int]]:
        found = dict(self.named)
        for file, content in self.renamed[:told]:
            found.pop(file, None)
            if content:
                found[file] = content
        return found

    def pending(self) -> int:
        """How many operations no sync has followed."""
        return len(self.renamed) + sum(len(self.held[at].since) for at in self._names(len(self.renamed)).values())

    def image(self, rng: random.Random, mode: str) -> dict[int, bytes]:
        """What each file holds after a cut now; of what was not synced survives nothing ("lost"), all ("kept"), the
        first part ("cut"), some writes ("some"), or some sectors ("torn")."""
        least = {"lost": 0, "kept": len(self.renamed)}.get(mode)
        names = self._names(rng.randint(0, len(self.renamed)) if least is None else least)
        return {
            file: bytes(_after(self.held[at], survived(self.held[at].since, rng, mode))) for file, at in names.items()
        }


def survived(since: Sequence[Op], rng: random.Random, mode: str) -> list[Op]:
    """What a cut leaves of operations that no sync followed."""
    if mode in ("lost", "kept"):
        return [*since] if mode == "kept" else []
    if mode == "cut":
        kept = [*since[: rng.randint(0, len(since))]]
        return [*kept[:-1], *_sectors(kept[-1], rng, 0.5)] if kept else []
    share = rng.choice((0.05, 0.5, 0.95))
    if mode == "some":
        return [op for op in since if rng.random() < share]
    return [part for op in since for part in _sectors(op, rng, share)]


def _sectors(op: Op, rng: random.Random, share: float) -> list[Op]:
    if op.op != "W":
        return [op] if rng.random() < share else []
    cuts = [0, *range(SECTOR - op.offset % SECTOR, len(op.data), SECTOR), len(op.data)]
    parts = [Op("W", op.file, op.offset + a, op.data[a:b]) for a, b in pairwise(cuts)]
    return [p for p in parts if rng.random() < share]


def _after(held: Held, ops: Sequence[Op]) -> bytearray:
    data = bytearray(held.safe)
    for op in ops:
        end = op.offset + len(op.data)
        if len(data) < end:
            data.extend(bytes(end - len(data)))  # a hole reads as zeros
        if op.op == "T":
            del data[op.offset :]
        else:
            data[op.offset : end] = op.data
    return data
