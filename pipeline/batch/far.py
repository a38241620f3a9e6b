"""Copies over the whole archive: which keys to look under, so that a crowded one costs what it is worth.

Two articles are proposed that share a band, or enough fingerprints (``copies.enough_prints``): a share of those of the
article with fewer. A paragraph that one article in twenty carries makes keys with one article in twenty under them; to
count for every pair what it shares would look at each pair of these. Prefix filtering (Bayardo, Ma & Srikant, Scaling
Up All Pairs Similarity Search, 2007; Xiao et al., PPJoin, 2008) spares that without losing a pair: whoever shares ``t``
of an article's fingerprints shares one of any ``len - t + 1`` of them, so its ``t - 1`` most crowded ones need not be
looked under.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.copies import enough_prints

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I64 = NDArray[np.int64]
    B = NDArray[np.bool_]

AT_ONCE = 1 << 22  # pairs
CROWD = 500  # holders from which a key is crowded: its pairs are looked at only where it must be


class Holders(NamedTuple):
    """Articles under keys: those of one key stand together, ``offsets[k]`` to ``offsets[k + 1]``."""

    ids: I64
    days: I64
    prints: I64  # fingerprints that each has
    crowded: I64  # of them, how many are crowded keys
    probes: B  # whether this key is one to look under for this article's sake (:func:`probed`)
    offsets: I64


@lru_cache(maxsize=4096)
def least_shared(prints: int) -> int:
    """How many fingerprints an article of so many must share with one that has no fewer."""
    return next(n for n in range(prints + 1) if enough_prints(n, prints, prints))


def probed(keys: Sequence[int], crowds: Mapping[int, int]) -> list[bool]:
    """For each fingerprint of an article whether it is to be looked under: all but its most crowded, as many as it may
    lack. ``crowds``: key → its holders, of crowded keys."""
    spare = max(least_shared(len(keys)) - 1, 0)
    order = sorted(range(len(keys)), key=lambda i: (crowds.get(keys[i], 0), keys[i]), reverse=True)
    out = [True] * len(keys)
    for i in order[:spare]:
        out[i] = False
    return out


def pairs_under(held: Holders, reach: int, crowded: bool) -> Iterator[I64]:
    """(n, 4) rows of a pair of holders of one key that lie more than ``reach`` days apart, smaller id first, with the
    fewer of their fingerprints and of their crowded keys; repeated for each key that they share.

    Under crowded keys only those that the article with fewer fingerprints probes: of others, some other key tells.
    """
    if crowded:
        sizes = np.diff(held.offsets)
        begin = np.repeat(held.offsets[:-1], sizes)
        meeting = _expanded(begin, np.where(held.probes, np.repeat(sizes, sizes), 0))
    else:
        meeting = all_under(held.offsets)
    for left, right in meeting:
        far = np.abs(held.days[left] - held.days[right]) > reach
        if crowded:
            far &= held.prints[left] <= held.prints[right]
        left, right = left[far], right[far]
        one, other = held.ids[left], held.ids[right]
        yield np.stack([np.minimum(one, other), np.maximum(one, other),
                        np.minimum(held.prints[left], held.prints[right]),
                        np.minimum(held.crowded[left], held.crowded[right])], axis=1)  # fmt: skip


def all_under(offsets: I64) -> Iterator[tuple[I64, I64]]:
    """(places, places) of each two holders of one key, some millions at once; a key's holders stand from one of
    ``offsets`` to the next."""
    begin = np.arange(offsets[-1]) + 1
    return _expanded(begin, np.repeat(offsets[1:], np.diff(offsets)) - begin)


def _expanded(begin: I64, counts: I64) -> Iterator[tuple[I64, I64]]:
    """Each place i with ``counts[i]`` others from ``begin[i]`` on, ``AT_ONCE`` pairs or those of one place at once."""
    total, start = np.cumsum(counts), 0
    while start < len(counts):
        before = total[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(total, before + AT_ONCE, side="right")))
        some = counts[start:stop]
        left = np.repeat(np.arange(start, stop), some)
        yield left, np.arange(some.sum()) + np.repeat(begin[start:stop] - np.cumsum(some) + some, some)
        start = stop


def enough(left: Sequence[int], right: Sequence[int]) -> bool:
    """Do two articles of these fingerprints share enough to be proposed?"""
    return enough_prints(len(set(left).intersection(right)), len(left), len(right))
