"""What each signal's value is worth, in log-odds of one event: data that ``tools/calibrate.py`` fits and prints.

An additive logistic regression: every signal is cut into stretches, and within a stretch log-odds rise (or, of a
signal that contradicts, fall) in proportion. Monotone by construction, as in Tibshirani, Hoefling & Tibshirani
2011 and the GAMs of Caruana et al. 2015: no signal can speak for sameness by being low.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Stretch = tuple[float, float, float]  # (from, to, log-odds gained on the way)


@dataclass(frozen=True)
class Model:
    """Log-odds of one event from the signals' values."""

    name: str
    base: float  # where every signal is 0
    gains: Mapping[str, tuple[Stretch, ...]]

    def points(self, values: Mapping[str, float]) -> dict[str, float]:
        """Signal → log-odds that its value adds."""
        return {name: sum(_gain(values[name], s) for s in stretches) for name, stretches in self.gains.items()}


def _gain(value: float, stretch: Stretch) -> float:
    low, high, gain = stretch
    return gain * min(max((value - low) / (high - low), 0.0), 1.0)


# -- fitted; see the module's head
SAME_LANGUAGE = Model(
    "same-4",
    -7.42,
    {
        "cosine": (
            (0.0, 0.147, 1.94),
            (0.147, 0.268, 0.47),
            (0.357, 0.45, 0.08),
        ),
        "title": (
            (0.204, 0.32, 0.04),
            (0.32, 0.46, 0.2),
            (0.46, 0.744, 0.27),
        ),
        "lead": (
            (0.0, 0.142, 0.95),
            (0.267, 0.36, 0.28),
            (0.36, 0.465, 0.64),
        ),
        "information": (
            (0.0, 0.091, 1.0),
            (0.346, 0.603, 2.17),
            (0.603, 0.801, 1.84),
        ),
        "overlap": ((0.0, 0.078, 1.64),),
        "lead_overlap": (
            (0.0, 0.081, 0.49),
            (0.081, 0.137, 0.56),
        ),
        "lead_names": (
            (0.0, 0.302, 0.04),
            (0.302, 0.496, 0.46),
            (0.496, 0.711, 0.07),
        ),
        "title_in_text": (
            (0.378, 0.575, 0.22),
            (0.575, 0.775, 0.03),
        ),
        "title_in_lead": (
            (0.0, 0.201, 0.38),
            (0.693, 1.0, 0.23),
        ),
        "titles_in_leads": ((0.0, 0.114, 0.05),),
        "phrases": ((0.412, 0.8, 0.77),),
        "lead_numbers": ((0.333, 0.6, 0.3),),
        "same_day": ((0.0, 1.0, 0.5),),
        "same_year": ((0.0, 1.0, 1.19),),
        "addresses_agree": ((0.0, 1.0, 0.65),),
        "numbers_differ": ((0.0, 1.0, -0.99),),
        "weekdays_differ": ((0.0, 1.0, -1.29),),
        "years_differ": ((0.0, 1.0, -0.28),),
        "addresses_differ": ((0.0, 1.0, -2.06),),
        "shorter": (
            (0.0, 0.091, 0.18),
            (0.091, 0.13, 0.61),
            (0.13, 0.492, -1.07),
            (0.492, 0.667, -1.51),
            (0.667, 0.874, -0.93),
        ),
        "longer": (
            (0.0, 0.13, 0.59),
            (0.13, 0.155, 0.24),
            (0.155, 0.618, -1.29),
            (0.618, 0.803, 0.04),
            (0.803, 0.926, -0.11),
        ),
    },
)

ACROSS = Model("across-1", -5.51, {"names": ((0.0, 1.0, 9.18),), "numbers": ((0.0, 1.0, 4.13),)})
