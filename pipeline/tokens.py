"""Normalise and tokenise: the one form in which texts are compared.

``NORMALISER`` is part of every recipe: change what this module returns and the name must change, so that
stored signatures are made anew instead of being compared with others.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

NORMALISER = "nfkc-casefold-1"

_WORD = re.compile(r"\w+")
_OPENING = frozenset('.!?:\n"“„»«')  # after these a sentence or a line may open
# Invisible inside a word and different from outlet to outlet: soft hyphen, zero-width characters, BOM.
_INVISIBLE = "\xad\u200b\u200c\u200d\u2060\ufeff"
# One thousand, whatever the country writes between the digits.
_GROUPED = re.compile(r"(?<![\d.,])(\d{1,3})((?:[.,  ]\d{3})+)(?![\d]|[.,]\d)")
_PRINTED = re.compile(rf"{_GROUPED.pattern}|\w+")


def normalise(text: str) -> str:
    """``text`` in NFKC, case-folded, without invisible characters; punctuation stays."""
    return unicodedata.normalize("NFKC", visible(text)).casefold()


def visible(text: str) -> str:
    """``text`` without invisible characters."""
    for letter in _INVISIBLE:
        if letter in text:  # a hundred times faster than str.translate where there is none
            text = text.replace(letter, "")
    return text


def words(text: str) -> list[str]:
    """Normalised tokens (runs of ``\\w``) in their order."""
    return _WORD.findall(normalise(text))


def cased_words(text: str) -> list[tuple[str, bool]]:
    """Tokens as printed (NFKC, case kept) with whether each opens a sentence or a line."""
    plain = unicodedata.normalize("NFKC", visible(text))
    plain = _GROUPED.sub(lambda m: m[1] + re.sub(r"\D", "", m[2]), plain)
    out: list[tuple[str, bool]] = []
    end = 0
    for found in _WORD.finditer(plain):
        gap = plain[end : found.start()]
        out.append((found[0], not out or (gap != " " and not _OPENING.isdisjoint(gap))))
        end = found.end()
    return out


class Printed(NamedTuple):
    """A normalised word and where it stands in the text."""

    word: str
    start: int
    end: int


def printed_words(text: str) -> tuple[str, list[Printed]]:
    """``text`` in NFKC without invisible characters, and its words in their order; grouped digits are one word."""
    plain = unicodedata.normalize("NFKC", visible(text))
    found = []
    for m in _PRINTED.finditer(plain):
        word = re.sub(r"\D", "", m[0]) if m[1] else m[0].casefold()
        found.append(Printed(word, m.start(), m.end()))
    return plain, found


def shingles(tokens: list[str], k: int) -> frozenset[str]:
    """The set of ``k``-token runs of ``tokens``; one shorter shingle where there are fewer than ``k``."""
    if not tokens:
        return frozenset()
    if len(tokens) <= k:
        return frozenset({" ".join(tokens)})
    return frozenset(map(" ".join, zip(*(tokens[i:] for i in range(k)), strict=False)))
