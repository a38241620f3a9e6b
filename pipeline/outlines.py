"""Profile → outline: some kilobytes by which a proposed pair is looked at before its profiles are opened.

Of each stem its hash, where it stands and what it weighs, of each shingle its hash: what two articles share is counted
on these, for many pairs at once. Hashes may meet by chance and weights are rounded up, so every count is an upper
bound: whoever is too far apart by the bound is so by the profiles (pipeline/pruning.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

from pipeline.model import Pair
from pipeline.terms import Profile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    F64 = NDArray[np.float64]

TITLE, LEAD, LEAD_NAME = 1, 2, 4  # where a stem stands
BUCKETS = 1 << 18  # that hashes fall into while they are counted
NO_DAY = -1
WEIGHTS = ("told", "vector", "title", "lead")  # what is kept of a stem: nats, and its weight in each unit vector
# The stems that two articles share, in nats: all; those in both leads; the names in both leads; of the one's headline
# in the other's text, and in its lead; the other way round. Then the cosines.
NATS = ("all", "leads", "lead_names", "title_in_text", "title_in_lead", "text_has_title", "lead_has_title")
COSINES = ("vector", "title", "lead")


@dataclass(frozen=True)
class Compared:
    """What pairs have in common, at most; one value a pair."""

    heads: tuple[Any, Any]  # of the smaller and the larger id: rows of the head type
    nats: Mapping[str, F64]
    cosines: Mapping[str, F64]
    shingles: F64


@lru_cache(maxsize=1)
def _types() -> tuple[Any, Any]:
    """(head, stem)"""
    import numpy as np

    head = [("lang", "<u4"), ("hours", "<f8"), ("length", "<u4"), ("shingles", "<u4"), ("stems", "<u4"),
            ("nats", "<f8"), ("title_nats", "<f8"), ("lead_nats", "<f8"), ("lead_names_nats", "<f8"),
            ("weekdays", "u1"), ("address_day", "<i4"), ("days", "<u8"), ("years", "<u8"),
            ("lead_numbers", "<u8"), ("lead_number_count", "<u4")]  # fmt: skip
    stem = [("hash", "<u4"), ("part", "u1"), *((name, "<f2") for name in WEIGHTS)]
    return np.dtype(head), np.dtype(stem)


def outline(article: Profile) -> bytes:
    """The outline of an article: a head, its stems, the hashes of its shingles; little-endian."""
    import numpy as np

    head, stem = _types()
    p, told = article, article.told
    stems = np.zeros(len(p.stems), stem)
    stems["hash"] = _hashes(p.stems)
    stems["part"] = [
        TITLE * (s in p.title_stems) | LEAD * (s in p.lead_stems) | LEAD_NAME * (s in p.lead_names) for s in p.stems
    ]
    for name, vector in zip(WEIGHTS, (p.stems, p.vector, p.title, p.lead), strict=True):
        exact = np.fromiter((vector.get(s, 0.0) for s in p.stems), np.float64, len(p.stems))
        stems[name] = np.nextafter(exact.astype("<f2"), np.float16(np.inf))
    shingles = np.array(_hashes(p.shingles), "<u4")
    own = np.zeros(1, head)
    day = NO_DAY if told.address_day is None else told.address_day
    own[0] = (
        crc32(p.lang.encode()), p.hours, p.length, len(shingles), len(stems), p.nats, p.title_nats, p.lead_nats,
        p.lead_names_nats, sum(1 << d for d in told.weekdays), day, _bits(map(str, told.days)), _bits(told.years),
        _bits(p.lead_numbers), len(p.lead_numbers),
    )  # fmt: skip
    return own.tobytes() + stems.tobytes() + shingles.tobytes()


def _hashes(words: Iterable[str]) -> list[int]:
    return [crc32(w.encode("utf-8", "surrogatepass")) for w in words]


def _bits(words: Iterable[str]) -> int:
    """A set as 64 bits, of which each member sets one: sets without a common bit have no common member."""
    found = 0
    for hashed in _hashes(words):
        found |= 1 << (hashed & 63)
    return found


def compared(pairs: Sequence[Pair], outlines: Mapping[int, bytes]) -> Compared:
    """What each pair has in common, at most, by the outlines of its articles (id → :func:`outline`)."""
    import numpy as np

    opened = {i: _Opened.of(outlines[i]) for i in {i for p in pairs for i in (p.left, p.right)}}
    nats = np.zeros((len(NATS), len(pairs)))
    cosines = np.zeros((len(COSINES), len(pairs)))
    shingles = np.zeros(len(pairs))
    by_right: dict[int, list[int]] = defaultdict(list)
    for n, pair in enumerate(pairs):
        by_right[pair.right].append(n)
    table = _Table()
    for right, numbers in by_right.items():
        lefts = [opened[pairs[n].left] for n in numbers]
        nats[:, numbers], cosines[:, numbers], shingles[numbers] = table.shared(opened[right], lefts)
    heads = (_heads(outlines[p.left] for p in pairs), _heads(outlines[p.right] for p in pairs))
    return Compared(heads, dict(zip(NATS, nats, strict=True)), dict(zip(COSINES, cosines, strict=True)), shingles)


def _heads(outlines: Iterable[bytes]) -> Any:
    import numpy as np

    head, _ = _types()
    return np.frombuffer(b"".join(data[: head.itemsize] for data in outlines), head)


@dataclass(frozen=True, slots=True)
class _Opened:
    stems: Any
    shingles: Any

    @classmethod
    def of(cls, data: bytes) -> _Opened:
        import numpy as np

        head, stem = _types()
        own = np.frombuffer(data, head, 1)[0]
        at = head.itemsize
        stems = np.frombuffer(data, stem, own["stems"], at)
        shingles = np.frombuffer(data, "<u4", own["shingles"], at + stems.nbytes)
        return cls(stems, shingles)


class _Table:
    """One article's stems and shingles by bucket, for others to be looked up in; used for one after another."""

    def __init__(self) -> None:
        import numpy as np

        self.stems = np.zeros(BUCKETS, np.int32)  # place among the article's own buckets, from 1
        self.shingles = np.zeros(BUCKETS, np.bool_)

    def shared(self, one: _Opened, others: Sequence[_Opened]) -> tuple[F64, F64, F64]:
        """(nats, cosines, shingles) that ``one`` and each of ``others`` share at most: a row a kind, a column each."""
        import numpy as np

        # what falls into one bucket counts as one stem that stands wherever any of them does and weighs what all do
        buckets, at = np.unique(one.stems["hash"] & (BUCKETS - 1), return_inverse=True)
        own = np.stack([np.bincount(at, one.stems[w].astype(np.float64), len(buckets)) for w in WEIGHTS])
        part = np.zeros(len(buckets), np.uint8)
        np.bitwise_or.at(part, at, one.stems["part"])
        runs = one.shingles & (BUCKETS - 1)
        self.stems[buckets] = np.arange(1, len(buckets) + 1)
        self.shingles[runs] = True

        count, numbers = len(others), np.arange(len(others))
        # as bytes: numpy compares the fields of all types that it is to join
        stems = np.concatenate([o.stems.view(np.uint8) for o in others]).view(one.stems.dtype)
        place = self.stems[stems["hash"] & (BUCKETS - 1)]
        hit = np.flatnonzero(place)
        whose = np.repeat(numbers, [len(o.stems) for o in others])[hit]
        place, stems = place[hit] - 1, stems[hit]
        ours, theirs = part[place], stems["part"]
        told = own[0][place]

        def total(weights: F64) -> F64:
            found: F64 = np.bincount(whose, weights, count).astype(np.float64)  # of nothing it makes integers
            return found

        both = ours & theirs
        nats = np.stack([
            total(told),
            total(told * (both & LEAD > 0)),
            total(told * (both & LEAD_NAME > 0)),
            total(told * (ours & TITLE > 0)),
            total(told * ((ours & TITLE > 0) & (theirs & LEAD > 0))),
            total(told * (theirs & TITLE > 0)),
            total(told * ((theirs & TITLE > 0) & (ours & LEAD > 0))),
        ])  # fmt: skip
        cosines = np.stack([total(own[1 + n][place] * stems[w]) for n, w in enumerate(COSINES)])
        found = self.shingles[np.concatenate([o.shingles for o in others]) & (BUCKETS - 1)]
        whose = np.repeat(numbers, [len(o.shingles) for o in others])
        shingles = total(found)
        self.stems[buckets] = 0
        self.shingles[runs] = False
        return nats, cosines, shingles
