"""The dates that a piece tells: weekdays, days and years in its text, and the day in its address.

Reports of one event name its weekday or its day; another event of the same kind has another one. Words of German,
English and Dutch (months: ``pipeline/dates.py``); addresses as publishers write them (``/2026/11/19/``,
``-2026-11-19``, ``/2026/nov/19/``, ``-11-19-2026``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pipeline.dates import MONTHS

_WEEKDAYS = (
    "maandag monday montag",
    "dienstag dinsdag tuesday",
    "mittwoch wednesday woensdag",
    "donderdag donnerstag thursday",
    "freitag friday vrijdag",
    "samstag saturday sonnabend zaterdag",
    "sonntag sunday zondag",
)
WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}

_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH = "|".join(sorted((m for m in MONTHS if m.isascii() and len(m) == 3), key=str))
_ADDRESS = (
    re.compile(
        rf"(?<!\d)(?P<y>(?:19|20)\d\d)[/_-]?(?P<m>0[1-9]|1[0-2]|{_MONTH})[a-z]*[/_-]?"
        r"(?P<d>0[1-9]|[12]\d|3[01]|[1-9](?=/))(?!\d)"
    ),
    re.compile(r"(?<!\d)(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])-(?P<y>(?:19|20)\d\d)(?!\d)"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What one article says of when."""

    weekdays: frozenset[int]  # 0 Monday … 6 Sunday
    days: frozenset[tuple[int, int]]  # (month, day), named without a year as often as with one
    years: frozenset[str]
    address_day: int | None  # proleptic ordinal of the day in the URL's path


def told(tokens: Sequence[str], url: str) -> Told:
    """The dates among normalised ``tokens``, and in ``url``."""
    return Told(
        weekdays=frozenset(WEEKDAYS[t] for t in tokens if t in WEEKDAYS),
        days=frozenset(_days(tokens)),
        years=frozenset(t for t in tokens if len(t) == 4 and _YEAR.fullmatch(t)),
        address_day=address_day(url),
    )


def _days(tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    if MONTHS.keys().isdisjoint(tokens):
        return
    for one, other in pairwise(tokens):
        for month, day in ((one, other), (other, one)):
            if month in MONTHS and day.isdecimal() and len(day) <= 2 and 1 <= int(day) <= 31:
                yield MONTHS[month], int(day)


def address_day(url: str) -> int | None:
    """The day that an address states, as a proleptic ordinal; None where it states none."""
    path = url.lower().split("//", 1)[-1].partition("/")[2]
    for shape in _ADDRESS:
        found = shape.search(path)
        if found:
            month = MONTHS.get(found["m"]) or int(found["m"])
            try:
                return date(int(found["y"]), month, int(found["d"])).toordinal()
            except ValueError:
                return None
    return None
