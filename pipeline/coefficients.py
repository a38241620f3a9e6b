"""What each signal's value is worth, in log-odds of one event: data that ``tools/calibrate.py`` fits and prints.

An additive logistic regression: every signal is cut into stretches, and within a stretch log-odds rise (or, of a
signal that contradicts, fall) in proportion. Monotone by construction, as in Tibshirani, Hoefling & Tibshirani
2011 and the GAMs of Caruana et al. 2015: no signal can speak for sameness by being low.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

Stretch = tuple[float, float, float]  # (from, to, log-odds gained on the way)


@dataclass(frozen=True)
class Model:
    """Log-odds of one event from the signals' values."""

    name: str
    base: float  # where every signal is 0
    gains: Mapping[str, tuple[Stretch, ...]]

    def points(self, values: Mapping[str, float]) -> dict[str, float]:
        """Signal → log-odds that its value adds."""
        return {name: self.point(name, values[name]) for name in self.gains}

    def point(self, name: str, value: float) -> float:
        """Log-odds that one signal adds by its value."""
        total = 0.0
        for low, high, gain in self.gains[name]:
            if value >= high:
                total += gain
            elif value > low:
                total += gain * ((value - low) / (high - low))
        return total

    @cached_property
    def most(self) -> dict[str, float]:
        """Signal → the most log-odds that any value of it adds."""
        return {name: max(0.0, *accumulate(gain for _, _, gain in stretches)) for name, stretches in self.gains.items()}


def likely(log_odds: float) -> float:
    """The probability of these log-odds, in [0, 1], rounded to six digits."""
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds)))), 6)


# -- fitted; see the module's head
SAME_LANGUAGE = Model(
    "same-5",
    -5.17,
    {
        "cosine": (
            (0.0, 0.145, 0.84),
            (0.145, 0.263, 0.57),
            (0.354, 0.449, 0.23),
        ),
        "title": (
            (0.198, 0.314, 0.07),
            (0.314, 0.452, 0.25),
            (0.452, 0.739, 0.36),
        ),
        "lead": (
            (0.0, 0.14, 0.11),
            (0.259, 0.357, 0.24),
            (0.357, 0.463, 0.64),
        ),
        "information": (
            (0.073, 0.144, 0.46),
            (0.364, 0.599, 2.14),
            (0.599, 0.802, 1.48),
        ),
        "overlap": (
            (0.0, 0.077, 1.8),
            (0.077, 0.128, 0.27),
        ),
        "lead_overlap": ((0.078, 0.134, 0.59),),
        "lead_names": ((0.28, 0.485, 0.45),),
        "title_in_text": (
            (0.0, 0.198, 0.13),
            (0.372, 0.573, 0.25),
            (0.573, 0.772, 0.01),
        ),
        "title_in_lead": (
            (0.0, 0.194, 0.72),
            (0.194, 0.344, 0.03),
            (0.499, 0.691, 0.03),
            (0.691, 1.0, 0.58),
        ),
        "titles_in_leads": ((0.0, 0.109, 0.15),),
        "phrases": ((0.412, 0.796, 1.06),),
        "lead_numbers": ((0.333, 0.6, 0.29),),
        "same_day": ((0.0, 1.0, 0.53),),
        "same_year": ((0.0, 1.0, 0.89),),
        "addresses_agree": ((0.0, 1.0, 0.63),),
        "numbers_differ": ((0.0, 1.0, -0.8),),
        "weekdays_differ": ((0.0, 1.0, -1.53),),
        "years_differ": ((0.0, 1.0, -0.44),),
        "addresses_differ": ((0.0, 1.0, -2.38),),
        "shorter": (
            (0.0, 0.091, 0.07),
            (0.091, 0.13, 0.59),
            (0.13, 0.542, -1.03),
            (0.542, 0.661, -1.46),
            (0.661, 0.875, -0.91),
        ),
        "longer": (
            (0.0, 0.13, 0.51),
            (0.13, 0.155, 0.23),
            (0.155, 0.623, -1.84),
            (0.623, 0.799, 0.17),
            (0.799, 0.926, 0.14),
        ),
    },
)

ACROSS = Model("across-1", -5.51, {"names": ((0.0, 1.0, 9.18),), "numbers": ((0.0, 1.0, 4.13),)})
