"""A name's spelling → how it sounds, roughly alike in English, German and Dutch (Zelenskyy, Selenskyj, Zelensky)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LENGTH = 6
# In order: what English, German and Dutch write for one Slavic, Arabic or Greek sound becomes one letter.
_RULES = tuple(
    (re.compile(pattern), made)
    for pattern, made in (
        (r"tsch|tsj|tch|ch|kh|ck|cq|q", "k"),
        (r"sch|sh|sj|zh|zj|cz|tz|ts|z", "s"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"x", "ks"),
        (r"ph|v|w", "f"),
        (r"dt|th", "t"),
        (r"gh", "g"),
        (r"(?<=.)h", ""),
        (r"[yj](?=[aeiou])|(?<=[aeiou])[yj]", ""),
        (r"[yj]", "i"),
        (r"u", "o"),
        (r"(?<=^)[aeio]+", "a"),
        (r"([aeio])[aeio]+", r"\1"),
        (r"(.)\1+", r"\1"),
    )
)


def fold(word: str) -> str:
    """``word`` in lower case, without accents."""
    plain = word.lower().replace("ß", "ss").replace("ø", "o").replace("ł", "l").replace("đ", "d").replace("æ", "a")
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """The first letters of how a word sounds: consonants, and the first vowel; without a last s (plural, genitive)."""
    said = fold(word)
    for pattern, made in _RULES:
        said = pattern.sub(made, said)
    first = re.search(r"[aeio]", said)
    if first is None:
        return said[:LENGTH]
    rest = re.sub(r"[aeio]", "", said[first.end() :])
    key = re.sub(r"(.)\1+", r"\1", said[: first.end()] + rest)
    return (key[:-1] if len(key) > 3 and key.endswith("s") else key)[:LENGTH]
