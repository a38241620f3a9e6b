"""Texts → MinHash values in bulk: those of ``datasketch.MinHash(hashfunc=poly32, scheme="affine32")``.

No Python object per word or shingle: the texts of a chunk are one array of code points, a word a span of it, a shingle
a sum over the hashes of its words (pipeline/wordhash.py). With the extra ``fast`` compiled by numba, else by NumPy; the
values are the same.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from pipeline.tokens import normalise, visible
from pipeline.tokens import words as words_of
from pipeline.wordhash import LETTER, SPREAD, WORD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    U32 = NDArray[np.uint32]
    U64 = NDArray[np.uint64]
    Filler = Callable[[U32, NDArray[np.int64], int, U32, U32, U32, U32], NDArray[np.bool_]]

EMPTY = np.uint32(0xFFFFFFFF)  # each value of a text without a word, as in datasketch
HARD = np.uint32(0xFFFFFFFF)  # no letter: the text that holds it is normalised by itself
EASY = (range(0x300), range(0x370, 0x530), range(0x1E00, 0x2000), range(0x2010, 0x205F), range(0x20A0, 0x20C0))
_WORD = re.compile(r"\w+")
MANY_LETTERS = 20_000_000
CHUNK_LETTERS = 1 << 18  # of one chunk: its arrays stay in the cache
_FMIX = ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1))  # murmur3's 32-bit finaliser, affine32's first step


@lru_cache(maxsize=1)
def word_letters() -> U32:
    """Code point → itself, 0 for the space: for words joined by spaces."""
    table = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    table[ord(" ")] = 0
    return table


@lru_cache(maxsize=1)
def folded_letters() -> U32:
    """Code point → the letter that it is normalised to, 0 where words end, ``HARD`` where it depends on its neighbours
    or becomes several letters: for texts as they stand."""
    table = np.full(EASY[-1].stop + 1, HARD, np.uint32)
    for code in chain.from_iterable(EASY):
        if unicodedata.category(chr(code))[0] != "M":
            table[code] = _folded(normalise(chr(code)))
    return table


def _folded(normalised: str) -> int:
    if not _WORD.search(normalised):
        return 0
    return ord(normalised) if len(normalised) == 1 else int(HARD)


def compiled() -> bool:
    """Whether the compiled path is there (the extra ``fast``)."""
    return find_spec("numba") is not None


def _pays(texts: Sequence[str]) -> bool:
    """Loading the compiled code takes as long as NumPy needs for some thousands of texts."""
    return compiled() and ("numba" in sys.modules or sum(map(len, texts)) > MANY_LETTERS)


def sketches(
    texts: Sequence[str],
    words: int,
    maps: tuple[U32, U32],
    *,
    normalised: bool = False,
    threads: int = 1,
    fast: bool | None = None,
) -> U32:
    """Texts → (texts, maps) MinHash values of their shingles of ``words`` words.

    ``maps``: (a, b) of the permutations h → a·h + b mod 2^32, as ``pipeline.signatures.maps`` draws them. A text of
    fewer words has one shorter shingle, one without any is ``EMPTY``. ``normalised``: they are the words that
    ``pipeline.tokens`` makes, joined by one space each. ``fast``: compiled or not; by default where that pays.
    """
    out = np.full((len(texts), len(maps[0])), EMPTY, np.uint32)
    how = _How(words, *maps, _filler(_pays(texts) if fast is None else fast))
    table = word_letters() if normalised else folded_letters()

    def job(part: slice) -> None:
        given = texts[part] if normalised else [visible(text).replace("ß", "ss") for text in texts[part]]
        hard = np.flatnonzero(_filled(given, how, table, out[part]))
        if len(hard):
            anew = np.full((len(hard), len(maps[0])), EMPTY, np.uint32)
            _filled([" ".join(words_of(texts[part][i])) for i in hard.tolist()], how, word_letters(), anew)
            out[part][hard] = anew

    parts = list(_chunks(texts))
    if threads == 1:
        for part in parts:
            job(part)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(job, parts))
    return out


class _How(NamedTuple):
    words: int
    a: U32
    b: U32
    fill: Filler


def _filled(texts: Sequence[str], how: _How, table: U32, out: U32) -> NDArray[np.bool_]:
    return how.fill(*_packed(texts), how.words, how.a, how.b, table, out)


def _filler(fast: bool) -> Filler:
    if not fast:
        return fill
    from pipeline import kernel_numba

    return cast("Filler", kernel_numba.fill)


def _chunks(texts: Sequence[str]) -> Iterator[slice]:
    start = letters = 0
    for i, text in enumerate(texts):
        letters += len(text)
        if letters >= CHUNK_LETTERS:
            yield slice(start, i + 1)
            start, letters = i + 1, 0
    if start < len(texts):
        yield slice(start, len(texts))


def _packed(texts: Sequence[str]) -> tuple[U32, NDArray[np.int64]]:
    """(code points of all, where each text begins and the last ends)."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4"), offsets


# -- by NumPy


def fill(
    letters: U32, offsets: NDArray[np.int64], words: int, a: U32, b: U32, table: U32, out: U32
) -> NDArray[np.bool_]:
    """Values of the texts between ``offsets`` into the rows of ``out``, which are ``EMPTY`` before; which texts hold a
    letter that ``table`` cannot tell (their rows mean nothing)."""
    letters = table[np.minimum(letters, len(table) - 1)]
    starts, ends = _spans(letters, offsets)
    hashes = _word_hashes(letters, starts, ends)
    held, counts = _shingles(hashes, np.searchsorted(starts, offsets), words)
    rows = np.flatnonzero(counts)
    begins = np.cumsum(counts[rows]) - counts[rows]
    moved = np.empty_like(held)
    for column in range(len(a) if len(rows) else 0):  # a permutation at a time: all in place, nothing allocated
        np.multiply(held, a[column], out=moved)
        np.add(moved, b[column], out=moved)
        out[rows, column] = np.minimum.reduceat(moved, begins)
    return np.diff(np.searchsorted(np.flatnonzero(letters == HARD), offsets)) > 0


def _spans(letters: U32, offsets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(first letter, past the last) of each word; none goes over the end of a text."""
    inside = letters != 0
    edge = np.zeros(len(letters) + 1, np.bool_)
    np.not_equal(inside[1:], inside[:-1], out=edge[1:-1])
    if len(inside):
        edge[0], edge[-1] = inside[0], inside[-1]
    starts = edge[:-1] & inside
    ends = np.zeros_like(edge)
    ends[1:] = edge[1:] & inside
    seams = offsets[1:-1][(offsets[1:-1] > 0) & (offsets[1:-1] < len(letters))]
    joined = seams[inside[seams] & inside[seams - 1]]
    starts[joined] = ends[joined] = True
    return np.flatnonzero(starts), np.flatnonzero(ends)


def _word_hashes(letters: U32, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> U64:
    if not len(starts):
        return np.empty(0, np.uint64)
    sizes = ends - starts
    last = np.repeat(ends - 1, sizes)
    where = np.arange(sizes.sum()) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    powers = np.cumprod(np.r_[np.uint64(1), np.full(sizes.max() - 1, LETTER, np.uint64)])
    terms = letters[where].astype(np.uint64) * powers[last - where]
    h: U64 = np.add.reduceat(terms, np.cumsum(sizes) - sizes)
    h = (h ^ (h >> np.uint64(32))) * np.uint64(SPREAD)
    return h ^ (h >> np.uint64(32))


def _shingles(hashes: U64, first: NDArray[np.int64], words: int) -> tuple[U32, NDArray[np.int64]]:
    """(hashes of all shingles, text by text, mixed; how many each text has)."""
    sizes = np.diff(first)
    counts = np.where(sizes == 0, 0, np.maximum(sizes - words + 1, 1))
    start = np.repeat(first[:-1] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    left = np.repeat(np.minimum(sizes, words), counts)
    total = np.zeros(len(start), np.uint64)
    for i in range(words):
        more = left > i
        step = total * np.uint64(WORD) + hashes[np.minimum(start + i, max(len(hashes) - 1, 0))]
        total = step if more.all() else np.where(more, step, total)
    return _mixed((((total ^ (total >> np.uint64(29))) * np.uint64(WORD)) >> np.uint64(32)).astype(np.uint32)), counts


def _mixed(h: U32) -> U32:
    for shift, factor in _FMIX:
        h = (h ^ (h >> np.uint32(shift))) * np.uint32(factor)
    return h
