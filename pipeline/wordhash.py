"""The hash of a word shingle, so made that those of a whole text need no string per shingle.

Polynomials mod 2^64 (Karp & Rabin 1987), mixed at the end: of a word over its code points, of a shingle over the hashes
of its words. A text of n letters costs O(n) whatever the shingle length.
"""

from __future__ import annotations

LETTER = 0x100000001B3
SPREAD = 0xFF51AFD7ED558CCD  # murmur3's finaliser (Appleby)
WORD = 0x9E3779B97F4A7C15
_64 = (1 << 64) - 1


def poly32(shingle: bytes) -> int:
    """A shingle (UTF-8, words joined by one space each) → 32-bit hash; a ``hashfunc`` for ``datasketch.MinHash``.

    The reference: ``pipeline.kernel`` computes the same for all shingles of many texts at once.
    """
    total = 0
    for word in shingle.decode().split(" "):
        total = (total * WORD + _word(word)) & _64
    return (((total ^ (total >> 29)) * WORD) & _64) >> 32


def _word(word: str) -> int:
    h = 0
    for letter in word:
        h = (h * LETTER + ord(letter)) & _64
    h = ((h ^ (h >> 32)) * SPREAD) & _64
    return h ^ (h >> 32)
