"""Signals: one small function each, ``(Profile, Profile) -> float`` in [0, 1], listed in ``SIGNALS``.

A signal looks at two profiles and at frozen tables, at nothing else. To add one: write it, list it, and let
``tools/calibrate.py`` fit its weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from functools import wraps
from math import fsum
from typing import Any

from pipeline.terms import Profile, Vector

Signal = Callable[[Profile, Profile], float]
DAY = 24.0


def dot(a: Vector, b: Vector) -> float:
    """Cosine of two unit vectors kept as term → weight; the sum is exact, so its order is nothing."""
    return min(fsum([a[t] * b[t] for t in a.keys() & b.keys()]), 1.0)


def jaccard(a: Profile, b: Profile) -> float:
    """Exact Jaccard of the two shingle sets."""
    both = len(a.shingles & b.shingles)
    union = len(a.shingles) + len(b.shingles) - both
    return both / union if union else 0.0


def containment(a: Profile, b: Profile) -> float:
    """How much of the shorter text's shingle set lies in the longer's (Broder 1997), hence symmetric."""
    shorter = min(len(a.shingles), len(b.shingles))
    return len(a.shingles & b.shingles) / shorter if shorter else 0.0


def alike(signal: Signal) -> Signal:
    """A signal over stems, which only compare within a language: 0 across."""

    @wraps(signal)
    def within(a: Profile, b: Profile) -> float:
        return signal(a, b) if a.lang == b.lang else 0.0

    return within


@alike
def cosine(a: Profile, b: Profile) -> float:
    """Cosine of weighted stems, headline twice."""
    return dot(a.vector, b.vector)


@alike
def title(a: Profile, b: Profile) -> float:
    """Cosine of the headlines' weighted stems (of the first words', where there is no headline)."""
    return dot(a.title, b.title)


@alike
def lead(a: Profile, b: Profile) -> float:
    """Cosine of headline and first words."""
    return dot(a.lead, b.lead)


def _saturated(amount: float, half: float) -> float:
    """An unbounded amount on [0, 1): 1/2 at ``half``."""
    return amount / (amount + half)


def _weighted_jaccard(shared: float, one: float, other: float) -> float:
    union = one + other - shared
    return min(shared / union, 1.0) if union > 0 else 0.0


@alike
def information(a: Profile, b: Profile) -> float:
    """What the shared stems tell, 1/2 at 60 nats: headlines can share much of themselves and yet little."""
    return _saturated(_shared(a, a.stems.keys(), b.stems.keys()), 60.0)


@alike
def overlap(a: Profile, b: Profile) -> float:
    """Jaccard of the two stem sets, weighted by what each stem tells."""
    return _weighted_jaccard(_shared(a, a.stems.keys(), b.stems.keys()), a.nats, b.nats)


@alike
def lead_overlap(a: Profile, b: Profile) -> float:
    """Weighted Jaccard of the stems of headline and first words."""
    return _weighted_jaccard(_shared(a, a.lead_stems, b.lead_stems), a.lead_nats, b.lead_nats)


@alike
def lead_names(a: Profile, b: Profile) -> float:
    """Weighted share of the names in headline and first words, of the one with fewer, that the other has there too."""
    fewer = max(min(a.lead_names_nats, b.lead_names_nats), 1.0)
    return min(_shared(a, a.lead_names, b.lead_names) / fewer, 1.0)


def _shared(a: Profile, one: Set[str], other: Set[str]) -> float:
    return fsum(map(a.stems.__getitem__, one & other))


def _told(a: Profile, stems: Set[str]) -> float:
    """Weighted share of a's headline that is among ``stems``."""
    return min(_shared(a, a.title_stems, stems) / max(a.title_nats, 1.0), 1.0)


@alike
def title_in_text(a: Profile, b: Profile) -> float:
    """How much of the headline stands somewhere in the other piece; the better of the two."""
    return max(_told(a, b.stems.keys()), _told(b, a.stems.keys()))


@alike
def title_in_lead(a: Profile, b: Profile) -> float:
    """How much of the headline stands in the other's headline and first words; the better of the two."""
    return max(_told(a, b.lead_stems), _told(b, a.lead_stems))


@alike
def titles_in_leads(a: Profile, b: Profile) -> float:
    """As ``title_in_lead``; the worse of the two."""
    return min(_told(a, b.lead_stems), _told(b, a.lead_stems))


@alike
def phrases(a: Profile, b: Profile) -> float:
    """How many word runs both have, 1/2 at ten: quotations, titles of office, wire sentences."""
    return _saturated(len(a.shingles & b.shingles), 10.0)


def lead_numbers(a: Profile, b: Profile) -> float:
    """How many numbers of headline and first words both have, 1/2 at two."""
    return _saturated(len(a.lead_numbers & b.lead_numbers), 2.0)


def numbers_differ(a: Profile, b: Profile) -> float:
    """1 where both headlines and first words give numbers and share none."""
    return _disjoint(a.lead_numbers, b.lead_numbers)


def _disjoint(one: frozenset[Any], other: frozenset[Any]) -> float:
    return float(bool(one) and bool(other) and not one & other)


def _met(one: frozenset[Any], other: frozenset[Any]) -> float:
    return float(bool(one & other))


def weekdays_differ(a: Profile, b: Profile) -> float:
    """1 where both name weekdays and share none."""
    return _disjoint(a.told.weekdays, b.told.weekdays)


def same_day(a: Profile, b: Profile) -> float:
    """1 where both name one day of one month."""
    return _met(a.told.days, b.told.days)


def same_year(a: Profile, b: Profile) -> float:
    """1 where both name one year."""
    return _met(a.told.years, b.told.years)


def years_differ(a: Profile, b: Profile) -> float:
    """1 where both name years and share none."""
    return _disjoint(a.told.years, b.told.years)


def _address_gap(a: Profile, b: Profile) -> int | None:
    one, other = a.told.address_day, b.told.address_day
    return None if one is None or other is None else abs(one - other)


def addresses_agree(a: Profile, b: Profile) -> float:
    """1 where both addresses state a day, and that at most one day apart."""
    gap = _address_gap(a, b)
    return float(gap is not None and gap <= 1)


def addresses_differ(a: Profile, b: Profile) -> float:
    """1 where both addresses state a day, and that five days or more apart."""
    gap = _address_gap(a, b)
    return float(gap is not None and gap > 4)


def shorter(a: Profile, b: Profile) -> float:
    """Length of the shorter piece, 1/2 at 60 words: no evidence, but what other evidence is worth."""
    return _saturated(min(a.length, b.length), 60.0)


def longer(a: Profile, b: Profile) -> float:
    """Length of the longer piece, 1/2 at 60 words."""
    return _saturated(max(a.length, b.length), 60.0)


def names(a: Profile, b: Profile) -> float:
    """Cosine of names and numbers in their own spelling; speaks across languages too."""
    return dot(a.names, b.names)


def numbers(a: Profile, b: Profile) -> float:
    """Share of the numbers of the text with fewer that the other has too; 0 where one has none."""
    fewer = min(len(a.numbers), len(b.numbers))
    return len(a.numbers & b.numbers) / fewer if fewer else 0.0


def closeness(a: Profile, b: Profile) -> float:
    """1 at the same hour, 1/2 a day apart, towards 0 with the gap."""
    return DAY / (DAY + abs(a.hours - b.hours))


SIGNALS: Mapping[str, Signal] = {
    signal.__name__: signal
    for signal in (
        jaccard, containment, cosine, title, lead, information, overlap, lead_overlap, lead_names, title_in_text,
        title_in_lead, titles_in_leads, phrases, lead_numbers, numbers_differ, weekdays_differ, same_day, same_year,
        years_differ, addresses_agree, addresses_differ, shorter, longer, names, numbers, closeness,
    )
}  # fmt: skip


def scores(a: Profile, b: Profile) -> dict[str, float]:
    """Every signal of ``SIGNALS`` for one pair, rounded to six digits; the same whichever comes first."""
    first, second = sorted((a, b), key=lambda p: p.id)
    return {name: score(name, first, second) for name in SIGNALS}


def score(name: str, first: Profile, second: Profile) -> float:
    """One signal as :func:`scores` gives it; ``first`` is the article with the smaller id."""
    return round(SIGNALS[name](first, second), 6)


def shared(a: Vector, b: Vector, limit: int = 6) -> list[str]:
    """The terms that two vectors share, the weightiest first."""
    both = sorted((t for t in a if t in b), key=lambda t: (-a[t] * b[t], t))
    return both[:limit]
