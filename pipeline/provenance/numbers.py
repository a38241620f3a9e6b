"""The numbers of a text, read alike in three languages, and which of them another text gives otherwise.

Digits and number words as pipeline.facts reads them; days, years, times and scores each are a kind of their own, so
that a date is never a changed number. Digits within a name (ZT-180) are none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from pipeline.dates import MONTHS
from pipeline.facts import NUMBER, SCORE, number, numerals
from pipeline.stems import stem
from pipeline.terms import rarity
from pipeline.tokens import visible

NUMBERS, DAY, YEAR, TIME, SCORES = "number", "day", "year", "time", "score"

_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_ST = r"(?:\.|st|nd|rd|th|de|ste|e)?"
_DAYS = (
    re.compile(rf"(?<![\d.,])(?P<d>\d{{1,2}}){_ST}\s+(?:of\s+)?(?P<m>{_MONTH})\b", re.I),
    re.compile(rf"\b(?P<m>{_MONTH})\s+(?P<d>\d{{1,2}}){_ST}(?![\d.,]*\d)\b", re.I),
    re.compile(r"(?<![\d.])(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?=(?:19|20)\d\d\b|\D|\Z)"),
    re.compile(r"(?<=\b(?:19|20)\d\d-)(?P<m>\d\d)-(?P<d>\d\d)(?!\d)"),
)
_CLOCK = re.compile(
    r"(?<![\d.,:])(?P<h>[01]?\d|2[0-4])(?:[.:](?P<min>[0-5]\d))?\s?(?P<u>Uhr|uur|GMT|UTC|CET|MEZ|[ap]\.m\.|[ap]m\b)"
    r"|(?<![\d.,:])(?P<hh>\d{1,2}):(?P<mm>[0-5]\d)(?![\d:])",
)
_AT = re.compile(r"\b(?:om|rond|omstreeks|tot|vanaf)\s\Z", re.I)
_TOKEN = re.compile(rf"{NUMBER.pattern}|[^\W\d_]+")
_YEARS = re.compile(r"(?:19[5-9]|20[0-4])\d")
_AFTER = re.compile(r"[  ]?-?([^\W\d_]+|[%€$£])")
_UNITS = {
    "prozent": "%", "procent": "%", "percent": "%", "per": "%", "pct": "%", "euro": "€", "euros": "€", "eur": "€",
    "dollar": "$", "dollars": "$", "usd": "$", "pfund": "£", "pond": "£", "pounds": "£",
}  # fmt: skip
_SIGNS = frozenset("%€$£")
_SMALL = frozenset(
    {"but", "dan", "had", "has", "have", "meer", "more", "of", "or", "than", "that", "tot", "were", "who"}
)


class Number(NamedTuple):
    """A number of a text."""

    value: str  # what is compared: "100", "3-14" (a day), "19:30", "2:1"
    kind: str
    printed: str  # with the word that it counts, where one follows
    unit: str  # that word's stem, or one of % € $ £
    start: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A number that an article gives otherwise than the other does, each in its sentence."""

    here: str
    there: str
    sentence: str
    counterpart: str


Reads = Callable[[re.Match[str], str], Number | None]


def read(text: str, lang: str) -> list[Number]:
    """The numbers of a text in their order."""
    plain = unicodedata.normalize("NFKC", visible(text))
    found: list[Number] = []

    def take(m: re.Match[str], reads: Reads) -> str:
        one = reads(m, lang)
        found.extend([one] if one else [])
        return "\0" * len(m[0]) if one else m[0]  # what is read once is not read again

    for shape, reads in _SHAPES:
        plain = shape.sub(partial(take, reads=reads), plain)
    return sorted([*found, *_plain(plain, lang)], key=lambda n: n.start)


def _day(m: re.Match[str], _lang: str) -> Number | None:
    month = MONTHS.get(m["m"].casefold()) or (int(m["m"]) if m["m"].isdecimal() else 0)
    if not (1 <= month <= 12 and 1 <= int(m["d"]) <= 31):
        return None
    return Number(f"{month}-{int(m['d'])}", DAY, m[0].strip(), "", m.start())


def _score(m: re.Match[str], _lang: str) -> Number | None:
    """2:1; 3-4 and 3–4 are as often ranges."""
    return Number(f"{m[1]}:{m[2]}", SCORES, m[0], "", m.start()) if ":" in m[0] else None


def _time(m: re.Match[str], lang: str) -> Number | None:
    unit, hours = (m["u"] or "").replace(".", "").lower(), int(m["h"] or m["hh"])
    if unit == "uur" and not m["min"] and not _AT.search(m.string, max(m.start() - 12, 0), m.start()):
        return None  # 24 uur: how long, not when
    if unit in ("am", "pm"):
        if lang != "en":
            return None  # "4 am Freitag"
        hours = hours % 12 + 12 * (unit == "pm")
    return Number(f"{hours}:{m['min'] or m['mm'] or '00'}", TIME, m[0].strip(), "", m.start())


_SHAPES: tuple[tuple[re.Pattern[str], Reads], ...] = (
    *((shape, _day) for shape in _DAYS),
    (SCORE, _score),
    (_CLOCK, _time),
)


def _plain(plain: str, lang: str) -> Iterator[Number]:
    """Digits and number words, with a million or a hundred after them multiplied in."""
    known = numerals(lang)
    open_: tuple[float, int, int] | None = None
    for m in _TOKEN.finditer(plain):
        digits = m[0][0].isdecimal()
        times, n = known.get(m[0].casefold(), (False, number(m[0]) if digits else None))
        if times and n is not None and open_ and not plain[open_[2] : m.start()].strip(" -"):
            open_ = open_[0] * n, open_[1], m.end()
            continue
        if open_:
            yield _number(plain, lang, *open_)
        open_ = None
        if n is not None and not times and not (digits and _in_name(plain, m.start(), m.end())):
            open_ = n, m.start(), m.end()
    if open_:
        yield _number(plain, lang, *open_)


def _in_name(plain: str, start: int, end: int) -> bool:
    """ZT-180, MX4, 5G."""
    before = plain[start - 1 : start] if start else ""
    earlier = plain[start - 2 : start - 1] if start > 1 else ""
    return before.isalpha() or (before in ("-", "–") and earlier.isalpha()) or plain[end : end + 1].isupper()


def _number(plain: str, lang: str, value: float, start: int, end: int) -> Number:
    follows = _AFTER.match(plain, end)
    word = follows[1] if follows and _is_counted(follows[1], lang) else ""
    sign = plain[start - 1 : start] if start and plain[start - 1] in _SIGNS else ""
    unit = sign or _UNITS.get(word.casefold()) or stem(word.casefold(), lang)
    printed = plain[start - len(sign) : follows.end() if follows and word else end]
    kind = YEAR if _YEARS.fullmatch(plain[start:end]) and unit not in _SIGNS else NUMBERS
    return Number(f"{value:.10g}", kind, printed, unit, start)


def _is_counted(word: str, lang: str) -> bool:
    """Can this be what the number before it counts? German writes nouns with a capital."""
    if word.casefold() in _UNITS or word in _SIGNS:
        return True
    return word[0].isupper() if lang == "de" else word.casefold() not in _SMALL and rarity(stem(word, lang), lang) > 0


# -- two texts


def values(found: Iterable[Number]) -> frozenset[str]:
    """What these numbers are compared by."""
    return frozenset(n.value for n in found)


def only(ours: Iterable[Number], theirs: Collection[str]) -> tuple[str, ...]:
    """As printed: those of ``ours`` whose value is none of ``theirs``, each value once."""
    found: dict[str, str] = {}
    for n in ours:
        if n.value not in theirs:
            found.setdefault(n.value, n.printed)
    return tuple(found.values())


def changed(
    ours: Sequence[Number], theirs: Sequence[Number], *, in_order: bool, alike: bool
) -> list[tuple[Number, Number]]:
    """Which numbers of a sentence stand for which other ones of its counterpart.

    Those of one kind that count the same; ``in_order`` (of sentences that are the same words) also one by one; where
    the languages differ (not ``alike``), also the only one left on either side.
    """
    one, other = _left(ours, theirs), _left(theirs, ours)
    if in_order and [n.kind for n in one] == [n.kind for n in other]:
        return list(zip(one, other, strict=True))
    found = []
    for n in one:
        same = next((m for m in other if m.kind == n.kind and _counts_the_same(n, m)), None)
        if same:
            other.remove(same)
            found.append((n, same))
    if not alike and not found and len(one) == len(other) == 1 and one[0].kind == other[0].kind:
        units = {one[0].unit, other[0].unit}
        found = [(one[0], other[0])] if len(units) == 1 or not units & _SIGNS else []
    return found


def _counts_the_same(one: Number, other: Number) -> bool:
    """The same thing is counted; a day or a score of one sentence stands for that of the other."""
    return one.unit == other.unit != "" if one.kind == NUMBERS else True


def _left(ours: Sequence[Number], theirs: Sequence[Number]) -> list[Number]:
    counts = Counter(n.value for n in theirs)
    left = []
    for n in ours:
        counts[n.value] -= 1
        if counts[n.value] < 0:
            left.append(n)
    return left
