"""How good a partition is, measured against labels, and how honest a probability is.

Throughout, where there is nothing to find, all of it was found (recall 1), and where nothing was claimed, nothing
was claimed wrongly (precision 1).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import comb, sqrt

Z95 = 1.959964  # standard deviations around the middle that hold 95 % of a normal distribution
Triple = tuple[float, float, float]  # precision, recall, F1, each in [0, 1]


def b_cubed(truth: Sequence[Hashable], found: Sequence[Hashable]) -> Triple:
    """B³ precision, recall and F1 (Bagga & Baldwin 1998) of two labellings of the same articles, in [0, 1].

    Raises ValueError where they are empty or of unequal length.
    """
    if not truth:
        raise ValueError("no articles to measure on")
    both = Counter(zip(truth, found, strict=True))
    in_truth, in_found = Counter(truth), Counter(found)
    precision = sum(n * n / in_found[f] for (_, f), n in both.items()) / len(truth)
    recall = sum(n * n / in_truth[t] for (t, _), n in both.items()) / len(truth)
    return precision, recall, f1(precision, recall)


def b_cubed_across(truth: Sequence[Hashable], found: Sequence[Hashable], kinds: Sequence[Hashable]) -> Triple:
    """B³ where an article is compared with itself and with those of other ``kinds`` (languages) alone.

    Raises ValueError where there are no articles or the lengths differ.
    """
    if not truth:
        raise ValueError("no articles to measure on")
    rows = list(zip(truth, found, kinds, strict=True))
    both, in_truth, in_found = Counter((t, f) for t, f, _ in rows), Counter(truth), Counter(found)
    both_own, truth_own, found_own = Counter(rows), Counter(zip(truth, kinds)), Counter(zip(found, kinds))  # noqa: B905
    precision = recall = 0.0
    for t, f, kind in rows:
        right = 1 + both[t, f] - both_own[t, f, kind]
        precision += right / (1 + in_found[f] - found_own[f, kind])
        recall += right / (1 + in_truth[t] - truth_own[t, kind])
    return _with_f1(precision / len(rows), recall / len(rows))


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Pairs of articles by whether they are together: in both labellings, in the found one, in the true one."""

    both: int
    found: int
    truth: int

    def __sub__(self, other: PairCounts) -> PairCounts:
        return PairCounts(self.both - other.both, self.found - other.found, self.truth - other.truth)

    @property
    def scores(self) -> Triple:
        """Precision, recall and F1 over pairs."""
        return _with_f1(
            self.both / self.found if self.found else 1.0,
            self.both / self.truth if self.truth else 1.0,
        )


def pair_counts(truth: Sequence[Hashable], found: Sequence[Hashable]) -> PairCounts:
    """Which pairs two labellings of the same articles put together; raises ValueError on unequal lengths."""
    labellings = (zip(truth, found, strict=True), found, truth)
    return PairCounts(*(sum(comb(n, 2) for n in Counter(labels).values()) for labels in labellings))


def adjusted_rand(truth: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """Adjusted Rand index (Hubert & Arabie 1985), at most 1, 0 by chance; 1 where both are all apart or all one.

    Raises ValueError on unequal lengths.
    """
    counts, every = pair_counts(truth, found), comb(len(truth), 2)
    chance = counts.found * counts.truth / every if every else 0.0
    most = (counts.found + counts.truth) / 2
    return (counts.both - chance) / (most - chance) if most != chance else 1.0


def f1(precision: float, recall: float) -> float:
    """The harmonic mean of the two; 0 where both are."""
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def _with_f1(precision: float, recall: float) -> Triple:
    return precision, recall, f1(precision, recall)


def reached(truth: Sequence[Hashable], linked: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """(articles that blocking joins to their cluster, articles of clusters of two or more).

    ``linked`` are positions in ``truth`` of proposed pairs. An article is reached where it lies in the largest
    component, of two at least, that the proposed pairs make of its cluster.
    """
    parent = list(range(len(truth)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in linked:
        if truth[a] == truth[b]:
            parent[root(a)] = root(b)
    largest: dict[Hashable, int] = defaultdict(int)
    for (cluster, _), n in Counter((t, root(i)) for i, t in enumerate(truth)).items():
        largest[cluster] = max(largest[cluster], n)
    several = {cluster: n for cluster, n in Counter(truth).items() if n > 1}
    return sum(largest[c] for c in several if largest[c] > 1), sum(several.values())


# -- scores and probabilities


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """How often a true pair scores above a false one, ties counting half (Mann & Whitney 1947).

    Raises ValueError where one kind is missing or the lengths differ.
    """
    positives = sum(labels)
    negatives = len(labels) - positives
    if not positives or not negatives:
        raise ValueError("AUC wants true and false pairs")
    above, below = 0.0, 0
    for _, tied in groupby(sorted(zip(scores, labels, strict=True)), key=lambda row: row[0]):
        own = [label for _, label in tied]
        right = sum(own)
        above += right * (below + (len(own) - right) / 2)
        below += len(own) - right
    return above / (positives * negatives)


def best_f1(scores: Sequence[float], labels: Sequence[bool]) -> tuple[float, float]:
    """(highest F1, the threshold that gives it: scores from there up are taken for true).

    Raises ValueError where there is no pair or the lengths differ.
    """
    if not scores:
        raise ValueError("no pairs to measure on")
    best, right, taken, every = (0.0, max(scores)), 0, 0, sum(labels)
    ordered = sorted(zip(scores, labels, strict=True), reverse=True)
    for score, tied in groupby(ordered, key=lambda row: row[0]):
        own = [label for _, label in tied]
        right, taken = right + sum(own), taken + len(own)
        best = max(best, (2 * right / (taken + every), score))
    return best


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs whose probability lies in [low, high), in the last bin also 1."""

    low: float
    high: float
    count: int
    mean: float  # probability
    share: float  # of them true


def reliability(probabilities: Sequence[float], labels: Sequence[bool], bins: int = 10) -> list[Bin]:
    """The reliability curve: probability against share true, in ``bins`` of equal width, empty ones with 0 and 0."""
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for probability, label in zip(probabilities, labels, strict=True):
        held[min(int(probability * bins), bins - 1)].append((probability, label))
    return [
        Bin(n / bins, (n + 1) / bins, len(own), _mean([p for p, _ in own]), _mean([float(t) for _, t in own]))
        for n, own in enumerate(held)
    ]


def brier(probabilities: Sequence[float], labels: Sequence[bool]) -> float:
    """Mean squared distance of probability and truth (Brier 1950), in [0, 1]; 0 where there is no pair."""
    return _mean([(p - t) ** 2 for p, t in zip(probabilities, labels, strict=True)])


def calibration_error(curve: Sequence[Bin]) -> float:
    """Expected calibration error: |mean probability - share true|, weighted by the pairs of each bin."""
    total = sum(b.count for b in curve)
    return sum(b.count * abs(b.mean - b.share) for b in curve) / total if total else 0.0


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), (0, 1) where nothing was counted."""
    if not of:
        return 0.0, 1.0
    share, weight = right / of, Z95**2 / of
    middle = (share + weight / 2) / (1 + weight)
    reach = Z95 / (1 + weight) * sqrt(share * (1 - share) / of + weight / (4 * of))
    return max(middle - reach, 0.0) if right else 0.0, min(middle + reach, 1.0) if right < of else 1.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
