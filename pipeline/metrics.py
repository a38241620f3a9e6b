"""How good a partition is, measured against labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def b_cubed(truth: Sequence[Hashable], found: Sequence[Hashable]) -> tuple[float, float, float]:
    """B³ precision, recall and F1 (Bagga & Baldwin 1998) of two labellings of the same articles, in [0, 1].

    Raises ValueError where they are empty or of unequal length.
    """
    if not truth:
        raise ValueError("no articles to measure on")
    both = Counter(zip(truth, found, strict=True))
    in_truth, in_found = Counter(truth), Counter(found)
    precision = sum(n * n / in_found[f] for (_, f), n in both.items()) / len(truth)
    recall = sum(n * n / in_truth[t] for (t, _), n in both.items()) / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)
