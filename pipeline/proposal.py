"""Why two articles were compared, or why they never were: what blocking makes of the two alone.

Whether a pair is proposed depends on its two articles only, so it is asked of these two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.blocking import STORY_KEYS, Signed, window_days
from pipeline.meeting import candidates
from pipeline.signatures import Recipe

Step = Literal["compared", "window", "keys", "gist"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What proposes a pair, or at which step it was passed over."""

    step: Step  # where it failed; "compared" where it did not
    bands: int  # shared MinHash bands
    prints: int  # shared fingerprints
    keys: Mapping[str, int]  # shared story keys by kind: terms, names, facts
    days: int  # between the two, by the calendar
    reach: int  # days within which story keys are looked up


def proposal(one: Signed, other: Signed, recipe: Recipe) -> Proposal:
    """Whether blocking proposes this pair, and what the two share of what it looks at."""
    found = bool(candidates([one, other], recipe))
    shared = [len({*which(one.keys)} & {*which(other.keys)}) for which, _ in STORY_KEYS]
    hinted = any(n >= least for n, (_, least) in zip(shared, STORY_KEYS, strict=True))
    days, reach = abs(one.keys.day - other.keys.day), window_days(recipe)
    return Proposal(
        step="compared" if found else "window" if days > reach else "gist" if hinted else "keys",
        bands=len({*one.keys.bands} & {*other.keys.bands}),
        prints=len({*one.keys.prints} & {*other.keys.prints}),
        keys=dict(zip(("terms", "names", "facts"), shared, strict=True)),
        days=days,
        reach=reach,
    )
