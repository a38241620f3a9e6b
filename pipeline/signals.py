"""Signals: one small function each, ``(Profile, Profile) -> float`` in [0, 1], listed in ``SIGNALS``.

A signal looks at two profiles and at frozen tables, at nothing else. To add one: write it, list it, and let
``tools/calibrate.py`` fit its weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.terms import Profile, Vector

Signal = Callable[[Profile, Profile], float]
DAY = 24.0


def dot(a: Vector, b: Vector) -> float:
    """Cosine of two unit vectors kept as term → weight; the sum is taken in term order."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    return min(sum(sorted(w * long[t] for t, w in short.items() if t in long)), 1.0)


def jaccard(a: Profile, b: Profile) -> float:
    """Exact Jaccard of the two shingle sets."""
    union = len(a.shingles | b.shingles)
    return len(a.shingles & b.shingles) / union if union else 0.0


def containment(a: Profile, b: Profile) -> float:
    """How much of the shorter text's shingle set lies in the longer's (Broder 1997), hence symmetric."""
    shorter = min(len(a.shingles), len(b.shingles))
    return len(a.shingles & b.shingles) / shorter if shorter else 0.0


def cosine(a: Profile, b: Profile) -> float:
    """Cosine of weighted stems, title twice; 0 across languages, where stems do not compare."""
    return dot(a.vector, b.vector) if a.lang == b.lang else 0.0


def title(a: Profile, b: Profile) -> float:
    """Cosine of the titles' weighted stems; 0 across languages."""
    return dot(a.title, b.title) if a.lang == b.lang else 0.0


def lead(a: Profile, b: Profile) -> float:
    """Cosine of title and first words; 0 across languages."""
    return dot(a.lead, b.lead) if a.lang == b.lang else 0.0


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
    "jaccard": jaccard,
    "containment": containment,
    "cosine": cosine,
    "title": title,
    "lead": lead,
    "names": names,
    "numbers": numbers,
    "closeness": closeness,
}


def scores(a: Profile, b: Profile) -> dict[str, float]:
    """Every signal of ``SIGNALS`` for one pair, rounded to six digits; the same whichever comes first."""
    first, second = sorted((a, b), key=lambda p: p.id)
    return {name: round(signal(first, second), 6) for name, signal in SIGNALS.items()}


def shared(a: Vector, b: Vector, limit: int = 6) -> list[str]:
    """The terms that two vectors share, the weightiest first."""
    both = sorted((t for t in a if t in b), key=lambda t: (-a[t] * b[t], t))
    return both[:limit]
