"""Bucket keys and gists → the pairs that are to be judged, for a whole batch at once.

Whether two articles are proposed depends on these two alone; that many are looked at together is only faster: keys are
sorted and joined, not looked up one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from pipeline.blocking import STORY_KEYS, Keys, Signed, Spot, neighbours, window_days
from pipeline.copies import enough_prints
from pipeline.gists import worth_judging
from pipeline.model import Pair
from pipeline.signatures import Recipe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    I32 = NDArray[np.int32]
    I64 = NDArray[np.int64]

AT_ONCE = 200  # articles whose meetings are counted together: bounds memory, and their codes to 31 bits
OPENED = 4_000  # gists that are opened together


@dataclass(frozen=True)
class Held:
    """Articles that may be proposed to others, and who of them holds which key."""

    ids: I64
    days: I64  # effective day since 1970
    prints: I64  # how many fingerprints each has
    keys: I64  # sorted, one for each article that holds it
    homes: I32  # whose: a place in ``ids``
    gists: Sequence[bytes]

    def parted(self, number: int) -> list[Held]:
        """The same in ``number`` parts, each of other articles: who is proposed by all is proposed by one of them."""
        bounds = [len(self.ids) * n // number for n in range(number + 1)]
        return [self._part(a, b) for a, b in pairwise(bounds)]

    def _part(self, start: int, end: int) -> Held:
        here = (self.homes >= start) & (self.homes < end)
        of = slice(start, end)
        homes = self.homes[here] - self.homes.dtype.type(start)
        return Held(self.ids[of], self.days[of], self.prints[of], self.keys[here], homes, self.gists[of])


class Met(NamedTuple):
    """Pairs of (place in the batch, place among the held), each once: those that copy keys propose, and those whose
    gists are to be looked at."""

    copies: tuple[I32, I32]
    hinted: tuple[I32, I32]


def held(articles: Sequence[Signed]) -> Held:
    """Articles at hand, to be proposed to others or to each other."""
    import numpy as np

    every = [s.keys for s in articles]
    keys, homes = _rows(every, lambda k: k.all)
    order = np.argsort(keys, kind="stable")
    return Held(
        ids=np.array([k.article_id for k in every], np.int64),
        days=np.array([k.day for k in every], np.int64),
        prints=np.array([len(k.prints) for k in every], np.int64),
        keys=keys[order],
        homes=homes[order],
        gists=[s.gist for s in articles],
    )


def _rows(batch: Sequence[Keys], which: Callable[[Keys], tuple[int, ...]]) -> tuple[I64, I32]:
    """(keys, place of the article whose key it is)."""
    import numpy as np

    found = [which(k) for k in batch]
    counts = [len(keys) for keys in found]
    flat = np.fromiter((key for keys in found for key in keys), np.int64, sum(counts))
    return flat, np.repeat(np.arange(len(batch), dtype=np.int32), counts)


def proposed(batch: Sequence[Signed], others: Held, recipe: Recipe) -> set[Pair]:
    """Pairs of an article of ``batch`` and another of ``others`` that are to be judged: they share enough keys and,
    where these are those of stories, their gists are worth it."""
    import numpy as np

    ids = np.array([s.id for s in batch], np.int64)
    copies, hinted = zip(*_all_met(batch, others, recipe), strict=True)
    left, right = _joined(hinted)
    worth = _worth([s.gist for s in batch], others, left, right)
    found: set[Pair] = set()
    for ours, theirs in (_joined(copies), (left[worth], right[worth])):
        found |= {Pair(*sorted(p)) for p in zip(ids[ours].tolist(), others.ids[theirs].tolist(), strict=True)}
    return found


def _worth(gists: Sequence[bytes], others: Held, left: I32, right: I32) -> NDArray[np.bool_]:
    """Which of the hinted pairs are worth judging."""
    import numpy as np

    seen, at = np.unique(right, return_inverse=True)
    worth = np.zeros(len(left), np.bool_)
    for start in range(0, len(seen), OPENED):
        here = np.flatnonzero((at >= start) & (at < start + OPENED))
        held = [others.gists[i] for i in seen[start : start + OPENED].tolist()]
        worth[here] = worth_judging(gists, held, left[here], at[here] - start)
    return worth


def _all_met(batch: Sequence[Signed], others: Held, recipe: Recipe) -> Iterator[Met]:
    """Part by part, but placed in the whole batch."""
    import numpy as np

    for start in range(0, max(len(batch), 1), AT_ONCE):
        for_part = met([s.keys for s in batch[start : start + AT_ONCE]], others, recipe)
        yield Met(*((left + np.int32(start), right) for left, right in for_part))


def _joined(pairs: Sequence[tuple[I32, I32]]) -> tuple[I32, I32]:
    import numpy as np

    left, right = zip(*pairs, strict=True)
    return np.concatenate(left), np.concatenate(right)


def met(batch: Sequence[Keys], others: Held, recipe: Recipe) -> Met:
    """Who shares enough keys with whom; nobody meets himself."""
    import numpy as np

    number = max(len(others.ids), 1)
    own = np.array([k.article_id for k in batch], np.int64)
    own_days, own_prints = (
        np.array([of(k) for k in batch], np.int64) for of in (lambda k: k.day, lambda k: len(k.prints))
    )

    def parted(codes: I32) -> tuple[I32, I32]:
        left, right = np.divmod(codes, np.int32(number))
        other = own[left] != others.ids[right]
        return left[other], right[other]

    banded, _ = _shared(_rows(batch, lambda k: k.bands), others, number)
    printed, counts = _shared(_rows(batch, lambda k: k.prints), others, number)
    one, two = own_prints[printed // number], others.prints[printed % number]
    enough = np.fromiter(map(enough_prints, counts.tolist(), one.tolist(), two.tolist()), np.bool_, len(printed))
    copies, _ = _distinct(np.concatenate((banded, printed[enough])))
    proposing = [np.empty(0, np.int32)]
    for which, least in STORY_KEYS:
        codes, counts = _shared(_rows(batch, which), others, number)
        proposing.append(codes[counts >= least])
    hinted, _ = _distinct(np.concatenate(proposing))
    left, right = np.divmod(hinted, np.int32(number))
    near = np.abs(own_days[left] - others.days[right]) <= window_days(recipe)
    return Met(parted(copies), parted(np.setdiff1d(hinted[near], copies, assume_unique=True)))


def _shared(own: tuple[I64, I32], others: Held, number: int) -> tuple[I32, I64]:
    """(place in the batch · ``number`` + place among the others, sorted; how many keys these two share)."""
    import numpy as np

    keys, homes = own
    first, end = np.searchsorted(others.keys, keys), np.searchsorted(others.keys, keys, side="right")
    counts = end - first
    at = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    codes: I32 = np.repeat(homes, counts) * np.int32(number) + others.homes[at]
    return _distinct(codes)


def _distinct(codes: I32) -> tuple[I32, I64]:
    """(each code once, sorted; how often it stands there); sorts where ``numpy.unique`` hashes, in a third of its
    time."""
    import numpy as np

    codes = np.sort(codes)
    first = np.flatnonzero(np.diff(codes, prepend=codes[:1] - 1))
    return codes[first], np.diff(first, append=len(codes))


def candidates(articles: Sequence[Signed], recipe: Recipe) -> set[Pair]:
    """Every pair among ``articles`` that is to be judged: whom keys propose (:class:`Keys`), and near vectors."""
    return proposed(articles, held(articles), recipe) | neighbours([Spot.of(s) for s in articles], (), recipe)
