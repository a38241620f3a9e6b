"""Locality-sensitive hashing in bulk: MinHash values → band keys → pairs that share one → clusters.

Banding as in Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, 3.4. A band's keys are sorted, not held in
a dict: articles of one key stand next to each other then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from pipeline.wordhash import SPREAD, WORD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I64 = NDArray[np.int64]
    U32 = NDArray[np.uint32]

AT_ONCE = 1 << 16  # pairs whose signatures are compared at once


def band_keys(sketches: U32, bands: int) -> I64:
    """(n, permutations) MinHash values → (n, ``bands``) keys: the band's number above 48 bits of hash of its values.

    Values beyond ``bands`` times the whole rows of a band are not looked at.
    """
    rows = sketches.shape[1] // bands
    parts = sketches[:, : rows * bands].reshape(len(sketches), bands, rows).astype(np.uint64)
    h = np.full((len(sketches), bands), WORD, np.uint64)
    for row in range(rows):
        h = (h ^ parts[:, :, row]) * np.uint64(SPREAD)
        h ^= h >> np.uint64(32)
    keys = (h >> np.uint64(16)) | (np.arange(bands, dtype=np.uint64) << np.uint64(48))
    return (keys ^ np.uint64(1 << 63)).view(np.int64)


def pairs(sketches: U32, bands: int, threshold: float) -> I64:
    """(pairs, 2) numbers of the texts, smaller first and in order, that share a band and reach ``threshold`` in
    estimated Jaccard.

    Texts of equal sketches stand for each other: each is paired with the first of them only, so that a thousand copies
    of one text make a thousand pairs, not a million.
    """
    _, first, alike = np.unique(_rows(sketches), return_index=True, return_inverse=True)
    first_of = first[alike.reshape(-1)]
    one = np.sort(first)
    keys = band_keys(sketches[one], bands)
    found = [np.sort(one[p], axis=1) for band in range(bands) for p in _meeting(keys[:, band])]
    near = np.unique(np.concatenate([*found, np.empty((0, 2), np.int64)]), axis=0)
    near = near[_estimated(sketches, near) >= threshold]
    copies = np.flatnonzero(first_of != np.arange(len(sketches)))
    same = np.stack([first_of[copies], copies], axis=1)
    both = np.concatenate([near, same])
    return both[np.lexsort((both[:, 1], both[:, 0]))]


def _rows(sketches: U32) -> NDArray[np.void]:
    """Each sketch as one value that can be sorted."""
    whole = np.ascontiguousarray(sketches)
    return whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).reshape(-1)


def _meeting(keys: I64) -> Iterator[I64]:
    """Pairs of places of equal keys."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    here = np.flatnonzero(ordered[1:] == ordered[:-1])
    apart = 1
    while len(here):
        yield np.stack([order[here], order[here + apart]], axis=1)
        apart += 1
        here = here[here + apart < len(ordered)]
        here = here[ordered[here + apart] == ordered[here]]


def _estimated(sketches: U32, found: I64) -> NDArray[np.float64]:
    """The share of equal values of each pair."""
    out = np.empty(len(found))
    for start in range(0, len(found), AT_ONCE):
        part = found[start : start + AT_ONCE]
        out[start : start + AT_ONCE] = (sketches[part[:, 0]] == sketches[part[:, 1]]).mean(axis=1)
    return out


def clusters(number: int, found: I64) -> I64:
    """The connected component of each of ``number`` texts, by the smallest text in it."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(found), np.bool_), (found[:, 0], found[:, 1])), shape=(number, number))
    _, labels = connected_components(graph, directed=False)
    _, first = np.unique(labels, return_index=True)
    return np.asarray(first[labels], np.int64)
