"""What each signal of a pair was worth: the terms of the sum that its P(same event) is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pipeline import across, coefficients
from pipeline.signatures import Recipe


class Worth(NamedTuple):
    """``base`` and all of ``points``, added up, are the log-odds of one event."""

    base: float  # of any two articles that are compared, before anything is
    points: Mapping[str, float]  # signal → log-odds that its value adds
    probability: float


def worth(values: Mapping[str, float], alike: bool, model_id: str) -> Worth:
    """What the signals of a pair are worth, by the coefficients of one language (``alike``) or those across languages.

    Raises KeyError where ``values`` are not those of these coefficients.
    """
    if alike:
        asked = coefficients.SAME_LANGUAGE
        base, points = asked.base, asked.points(values)
    else:
        base, points = across.points(values, model_id)
    return Worth(base, points, coefficients.likely(base + sum(points.values())))


def same_coefficients(edge_recipe: str, recipe: Recipe) -> bool:
    """Whether the coefficients of ``recipe`` judged an edge that carries the name ``edge_recipe``."""
    return edge_recipe.split("/", 5)[5:] == [f"{recipe.verdict}/{recipe.model}"]
