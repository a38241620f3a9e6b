"""The measures against brute force over all pairs and articles, as their definitions say them."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import metrics

labels = st.integers(0, 4)
articles = st.lists(st.tuples(labels, labels, st.sampled_from(["de", "nl"])), min_size=1, max_size=12)
scored = st.lists(st.tuples(st.integers(0, 6).map(lambda n: n / 6), st.booleans()), min_size=1, max_size=14)


def columns(rows: list[tuple[int, int, str]]) -> tuple[list[int], list[int], list[str]]:
    return [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]


def together(labelling: list[int]) -> set[tuple[int, int]]:
    return {(a, b) for a, b in combinations(range(len(labelling)), 2) if labelling[a] == labelling[b]}


@given(articles)
def test_b_cubed_is_the_mean_over_articles(rows: list[tuple[int, int, str]]) -> None:
    truth, found, _ = columns(rows)
    n = range(len(rows))
    right = [sum(truth[i] == truth[j] and found[i] == found[j] for j in n) for i in n]
    precision = sum(r / found.count(found[i]) for i, r in enumerate(right)) / len(rows)
    recall = sum(r / truth.count(truth[i]) for i, r in enumerate(right)) / len(rows)
    assert metrics.b_cubed(truth, found)[:2] == pytest.approx((precision, recall))


@given(articles)
def test_b_cubed_across_looks_at_other_languages_and_the_article_itself(rows: list[tuple[int, int, str]]) -> None:
    truth, found, langs = columns(rows)
    n = range(len(rows))

    def near(i: int, labelling: list[int]) -> set[int]:
        return {j for j in n if labelling[j] == labelling[i] and (j == i or langs[j] != langs[i])}

    right = [len(near(i, truth) & near(i, found)) for i in n]
    precision = sum(r / len(near(i, found)) for i, r in enumerate(right)) / len(rows)
    recall = sum(r / len(near(i, truth)) for i, r in enumerate(right)) / len(rows)
    assert metrics.b_cubed_across(truth, found, langs)[:2] == pytest.approx((precision, recall))


@given(articles)
def test_pairs_are_those_that_are_together(rows: list[tuple[int, int, str]]) -> None:
    truth, found, _ = columns(rows)
    true, claimed = together(truth), together(found)
    counts = metrics.pair_counts(truth, found)
    assert counts == metrics.PairCounts(len(true & claimed), len(claimed), len(true))
    precision, recall, f1 = counts.scores
    assert precision == (len(true & claimed) / len(claimed) if claimed else 1)
    assert recall == (len(true & claimed) / len(true) if true else 1)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall) if precision + recall else 0)


@given(articles)
def test_adjusted_rand_is_agreement_beyond_chance(rows: list[tuple[int, int, str]]) -> None:
    """The form by agreements of pairs (Steinley 2004), which is another than the one we compute by."""
    truth, found, _ = columns(rows)
    every, true, claimed = len(list(combinations(rows, 2))), together(truth), together(found)
    both, only_found, only_true = len(true & claimed), len(claimed - true), len(true - claimed)
    neither = every - both - only_found - only_true
    chance = (both + only_found) * (both + only_true) + (only_found + neither) * (only_true + neither)
    expected = (every * (both + neither) - chance) / (every**2 - chance) if every**2 != chance else 1
    assert metrics.adjusted_rand(truth, found) == pytest.approx(expected)


def test_adjusted_rand_of_a_known_case() -> None:
    """Cells 5 2, 1 3 and 0 2, the pairs in cells, rows and columns counted by hand."""
    truth = [0] * 7 + [1] * 4 + [2] * 2
    found = [0] * 5 + [1] * 2 + [0] * 1 + [1] * 3 + [1] * 2
    both, true, claimed, every = 10 + 1 + 3 + 1, 21 + 6 + 1, 15 + 21, 78
    expected = (both - true * claimed / every) / ((true + claimed) / 2 - true * claimed / every)
    assert metrics.adjusted_rand(truth, found) == pytest.approx(expected)
    assert metrics.adjusted_rand(truth, truth) == 1


@given(articles, st.data())
def test_reached_is_the_largest_part_that_proposals_make_of_a_cluster(
    rows: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    truth = columns(rows)[0]
    every = list(combinations(range(len(truth)), 2))
    linked = data.draw(st.lists(st.sampled_from(every), max_size=12)) if every else []
    got = wanted = 0
    for cluster in set(truth):
        members = {i for i, t in enumerate(truth) if t == cluster}
        grown = [{i} for i in members]
        for _ in members:  # as often as the longest chain wants
            grown = [part | {j for i, j in [*linked, *((b, a) for a, b in linked)] if i in part and j in members}
                     for part in grown]  # fmt: skip
        largest = max(map(len, grown))
        wanted += len(members) if len(members) > 1 else 0
        got += largest if largest > 1 else 0
    assert metrics.reached(truth, linked) == (got, wanted)


@given(scored)
def test_auc_is_the_chance_that_a_true_pair_wins(rows: list[tuple[float, bool]]) -> None:
    scores, truth = [s for s, _ in rows], [t for _, t in rows]
    duels = [(a > b) + (a == b) / 2 for a, t in rows if t for b, u in rows if not u]
    if duels:
        assert metrics.auc(scores, truth) == pytest.approx(sum(duels) / len(duels))
    else:
        with pytest.raises(ValueError, match="true and false"):
            metrics.auc(scores, truth)


@given(scored)
def test_best_f1_is_the_best_over_all_thresholds(rows: list[tuple[float, bool]]) -> None:
    scores, truth = [s for s, _ in rows], [t for _, t in rows]

    def f1(threshold: float) -> float:
        taken = [s >= threshold for s in scores]
        right = sum(t and u for t, u in zip(taken, truth, strict=True))
        return 2 * right / (sum(taken) + sum(truth))

    best, threshold = metrics.best_f1(scores, truth)
    assert best == pytest.approx(max(map(f1, scores))) and f1(threshold) == pytest.approx(best)


@given(scored, st.integers(1, 12))
def test_every_pair_is_in_the_bin_of_its_probability(rows: list[tuple[float, bool]], bins: int) -> None:
    scores, truth = [s for s, _ in rows], [t for _, t in rows]
    curve = metrics.reliability(scores, truth, bins)
    assert len(curve) == bins and sum(b.count for b in curve) == len(rows)
    assert all(b.low - 1e-9 <= b.mean <= b.high + 1e-9 for b in curve if b.count)
    assert sum(b.share * b.count for b in curve) == pytest.approx(sum(truth))
    assert metrics.brier(scores, truth) == pytest.approx(sum((s - t) ** 2 for s, t in rows) / len(rows))
    gaps = [abs(sum(scores) - sum(truth)) / len(rows)]
    assert metrics.calibration_error(metrics.reliability(scores, truth, 1)) == pytest.approx(gaps[0])
    assert metrics.calibration_error(curve) >= gaps[0] - 1e-9, "bins can only bring errors to light"


def test_nothing_to_measure_is_an_error() -> None:
    for measure in (metrics.b_cubed, metrics.best_f1):
        with pytest.raises(ValueError, match="no "):
            measure([], [])
    with pytest.raises(ValueError, match="zip"):
        metrics.pair_counts([1, 2], [1])
