"""One number a language, by which all pages colour it and, where a shape means a language, shape it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

FIXED = ("de", "en", "nl")  # the languages that Retold reads are the same on every page
HUES = 6  # --plot-1 … of the style sheet


def hues(langs: Iterable[str]) -> dict[str, int]:
    """Language → its number, 1 to :data:`HUES`: :data:`FIXED`, then the others of ``langs`` by their codes; 0 for
    those that get none."""
    order = [*FIXED, *sorted(set(langs) - set(FIXED))]
    return {code: n if n <= HUES else 0 for n, code in enumerate(order, 1)}
