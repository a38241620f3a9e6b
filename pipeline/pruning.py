"""Proposed pairs → those that are worth a verdict: what cannot become an edge is dropped by bounds.

The log-odds of a pair are bounded from above by what its outlines say (pipeline/outlines.py), signal by signal, since
every signal speaks the more for one event the more is shared (pipeline/coefficients.py). Nine of ten proposed pairs
share one weighty word and nothing else; these go here, by the thousand, and nothing that the verdict would keep does.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pipeline import coefficients
from pipeline.model import Pair
from pipeline.outlines import NO_DAY, Compared, compared
from pipeline.signatures import Recipe
from pipeline.verdict import FLOOR, least_copied

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    F64 = NDArray[np.float64]
    B = NDArray[np.bool_]

# Log-odds of FLOOR, and less by more than single precision, the rounding of signals and the order of sums can change
HOPELESS = math.log(FLOOR / (1 - FLOOR)) - 1e-2
AT_ONCE = 20_000  # pairs


def hopeful(pairs: Collection[Pair], outlines: Mapping[int, bytes], recipe: Recipe) -> list[Pair]:
    """Those of ``pairs``, in their order, that the verdict may keep as edges; ``outlines``: article id → its outline.
    Pairs of an article without one stay."""
    known = [p for p in pairs if p.left in outlines and p.right in outlines]
    dropped: set[Pair] = set()
    for start in range(0, len(known), AT_ONCE):
        some = known[start : start + AT_ONCE]
        hopeless = ~_may_be_edges(compared(some, outlines), recipe)
        dropped.update(some[n] for n in hopeless.nonzero()[0].tolist())
    return [p for p in pairs if p not in dropped]


def in_turns(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs of one later article next to each other: it is opened once for all of them."""
    return sorted(pairs, key=lambda p: (p.right, p.left))


def _may_be_edges(c: Compared, recipe: Recipe) -> B:
    import numpy as np

    one, other = c.heads
    shorter = np.minimum(one["shingles"], other["shingles"])
    copied = c.shingles >= least_copied(recipe) * shorter  # so are two articles without a word
    near = np.abs(one["hours"] - other["hours"]) <= recipe.story_window_hours
    abroad = one["lang"] != other["lang"]
    result: B = copied | (near & (abroad | (_most(c) >= HOPELESS)))
    return result


def _most(c: Compared) -> F64:
    """The most that log-odds can be, a pair, within a language."""
    import numpy as np

    asked = coefficients.SAME_LANGUAGE
    signals = _signals(c)
    total = np.full(len(c.shingles), asked.base)
    for name, stretches in asked.gains.items():
        for low, high, gain in stretches:
            total += gain * np.clip((signals[name] - low) / (high - low), 0.0, 1.0)
    return total


def _signals(c: Compared) -> dict[str, F64]:
    """Of each signal (pipeline/signals.py) the value that speaks most for one event of those it may have."""
    import numpy as np

    one, other = c.heads
    n = c.nats
    title_one, title_other = np.maximum(one["title_nats"], 1.0), np.maximum(other["title_nats"], 1.0)
    in_text = n["title_in_text"] / title_other, n["text_has_title"] / title_one
    in_lead = n["title_in_lead"] / title_other, n["lead_has_title"] / title_one
    fewest_names = np.maximum(np.minimum(one["lead_names_nats"], other["lead_names_nats"]), 1.0)
    fewer = np.minimum(one["lead_number_count"], other["lead_number_count"])
    numbers = np.where(one["lead_numbers"] & other["lead_numbers"] > 0, fewer, 0)
    no_day = (one["address_day"] == NO_DAY) | (other["address_day"] == NO_DAY)
    gap = np.abs(one["address_day"].astype(np.int64) - other["address_day"])
    lengths = one["length"].astype(np.float64), other["length"].astype(np.float64)
    found = {
        "cosine": c.cosines["vector"],
        "title": c.cosines["title"],
        "lead": c.cosines["lead"],
        "information": _saturated(n["all"], 60.0),
        "overlap": _jaccard(n["all"], one["nats"], other["nats"]),
        "lead_overlap": _jaccard(n["leads"], one["lead_nats"], other["lead_nats"]),
        "lead_names": n["lead_names"] / fewest_names,
        "title_in_text": np.maximum(*in_text),
        "title_in_lead": np.maximum(*in_lead),
        "titles_in_leads": np.minimum(*in_lead),
        "phrases": _saturated(c.shingles, 10.0),
        "lead_numbers": _saturated(numbers, 2.0),
        "same_day": _may_meet(one["days"], other["days"]),
        "same_year": _may_meet(one["years"], other["years"]),
        "addresses_agree": ~no_day & (gap <= 1),
        "numbers_differ": _apart(one["lead_numbers"], other["lead_numbers"]),
        "weekdays_differ": _apart(one["weekdays"], other["weekdays"]),
        "years_differ": _apart(one["years"], other["years"]),
        "addresses_differ": ~no_day & (gap > 4),
        "shorter": _saturated(np.minimum(*lengths), 60.0),
        "longer": _saturated(np.maximum(*lengths), 60.0),
    }
    return {name: np.asarray(value, np.float64) for name, value in found.items()}


def _saturated(amount: Any, half: float) -> Any:
    return amount / (amount + half)


def _jaccard(shared: F64, one: F64, other: F64) -> F64:
    """Weighted Jaccard; what is shared may be bounded by more than both have."""
    import numpy as np

    union = one + other - shared
    result: F64 = np.where(union > shared, shared / np.where(union > 0, union, 1.0), 1.0)
    return result


def _may_meet(one: Any, other: Any) -> B:
    result: B = one & other > 0
    return result


def _apart(one: Any, other: Any) -> B:
    """Are both told, and surely without a common member?"""
    result: B = (one > 0) & (other > 0) & (one & other == 0)
    return result
