"""What ``pipeline.kernel.fill`` does, compiled by numba and kept on disk (the extra ``fast``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from pipeline.wordhash import LETTER, SPREAD, WORD

_L, _S, _W = np.uint64(LETTER), np.uint64(SPREAD), np.uint64(WORD)
_29, _32 = np.uint64(29), np.uint64(32)
_16, _13 = np.uint32(16), np.uint32(13)
_M1, _M2 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
HARD = np.uint32(0xFFFFFFFF)  # as in pipeline.kernel
LANES = 64  # permutations that stay in registers while a text's shingles pass


def _compiled(function: Callable[..., Any]) -> Any:
    """What numba makes of it, kept on disk; made anew in each process where no folder for it can be written."""
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)


@_compiled
def _words(letters, start, end, table, found):  # type: ignore[no-untyped-def]
    """Hashes of the words between ``start`` and ``end`` into ``found``; how many there are, -1 where ``table``
    cannot tell a letter."""
    last = np.uint32(len(table) - 1)
    n = 0
    h = np.uint64(0)
    inside = False
    for i in range(start, end):
        c = table[min(letters[i], last)]
        if c == HARD:
            return -1
        if c:
            h = h * _L + np.uint64(c)
            inside = True
        elif inside:
            h = (h ^ (h >> _32)) * _S
            found[n] = h ^ (h >> _32)
            n += 1
            h = np.uint64(0)
            inside = False
    if inside:
        h = (h ^ (h >> _32)) * _S
        found[n] = h ^ (h >> _32)
        n += 1
    return n


@_compiled
def _shingles(hashes, n, words, drop, found):  # type: ignore[no-untyped-def]
    """Mixed hashes of the shingles of ``n`` words into ``found``; how many there are. ``drop``: WORD ** words."""
    total = np.uint64(0)
    for i in range(min(words, n)):
        total = total * _W + hashes[i]
    count = max(1, n - words + 1)
    for i in range(count):
        x = np.uint32(((total ^ (total >> _29)) * _W) >> _32)
        x = np.uint32(x ^ (x >> _16)) * _M1
        x = np.uint32(x)
        x = np.uint32(x ^ (x >> _13)) * _M2
        x = np.uint32(x)
        found[i] = x ^ (x >> _16)
        if i + words < n:
            total = total * _W + hashes[i + words] - hashes[i] * drop
    return count


@_compiled
def _least(held, count, a, b, out):  # type: ignore[no-untyped-def]
    """out[k] = min over the hashes of a[k]·h + b[k] mod 2^32."""
    aa = np.zeros(LANES, np.uint32)
    bb = np.zeros(LANES, np.uint32)
    acc = np.zeros(LANES, np.uint32)
    for begin in range(0, len(out), LANES):
        lanes = min(LANES, len(out) - begin)
        for k in range(lanes):
            aa[k], bb[k], acc[k] = a[begin + k], b[begin + k], out[begin + k]
        for i in range(count):
            h = held[i]
            for k in range(LANES):
                v = np.uint32(np.uint32(aa[k] * h) + bb[k])
                acc[k] = v if v < acc[k] else acc[k]
        for k in range(lanes):
            out[begin + k] = acc[k]


@_compiled
def fill(letters, offsets, words, a, b, table, out):  # type: ignore[no-untyped-def]
    """As ``pipeline.kernel.fill``."""
    longest = 0
    for row in range(len(out)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    hashes = np.empty(longest // 2 + 2, np.uint64)
    held = np.empty(longest // 2 + 2, np.uint32)
    drop = np.uint64(1)
    for _ in range(words):
        drop *= _W
    hard = np.zeros(len(out), np.bool_)
    for row in range(len(out)):
        n = _words(letters, offsets[row], offsets[row + 1], table, hashes)
        hard[row] = n < 0
        if n > 0:
            count = _shingles(hashes, n, words, drop, held)
            _least(held, count, a, b, out[row])
    return hard
