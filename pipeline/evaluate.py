"""Measure a trial: how good copies or stories are, what blocking found, what went wrong and by what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeVar

from pipeline import metrics
from pipeline.absorb import Tell, quiet
from pipeline.config import Config
from pipeline.labelled import Labelled
from pipeline.metrics import Triple
from pipeline.model import Pair
from pipeline.probabilities import Calibration, calibrated
from pipeline.trial import Trial, tried
from pipeline.verdict import FLOOR

Label = TypeVar("Label", bound=Hashable)
Level = Literal["copies", "stories"]
ALL, ACROSS = "all", "across"  # slices; the others are languages


@dataclass(frozen=True, slots=True)
class Figures:
    """One archive, or a part of it: one language, or the pairs of two languages (``across``)."""

    part: str
    articles: int
    clusters: int  # true ones
    groups: int  # found ones
    b_cubed: Triple
    pairs: Triple
    adjusted_rand: float | None  # of a partition, hence None across
    pair_recall: float  # share of the true pairs that were proposed
    reached: float  # share of the articles of several that blocking joins to their cluster
    candidates: float  # proposed pairs that an article is in, on average


@dataclass(frozen=True, slots=True)
class Fault:
    """Two articles that stand for a false merge or a false split, and what the run knew about them."""

    left: Labelled
    right: Labelled
    pairs: int  # wrong pairs that this fault makes
    proposed: bool
    probability: float | None  # of the stored edge
    link: float | None  # how strongly two stories hang together (stories.bond); None where they are in one
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Faults:
    """How many wrongs of a kind there are, and the worst of them."""

    count: int
    worst: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that is measured on one archive."""

    name: str
    level: Level
    recipe: str
    parts: tuple[Figures, ...]
    merges: Faults
    splits: Faults
    calibration: Calibration | None


@dataclass(frozen=True)
class _Judged:
    """A trial beside its truth at one level, by article id."""

    trial: Trial
    truth: dict[int, str]
    found: dict[int, int]


def evaluated(
    name: str,
    rows: Sequence[Labelled],
    config: Config,
    level: Level = "stories",
    errors: int = 0,
    calibration: bool = False,
    tell: Tell = quiet,
) -> Report:
    """Run ``rows`` as one archive and measure ``level`` against their truth.

    ``errors``: how many false merges and false splits to tell; ``tell`` as in absorb.
    """
    with tried(rows, config, tell) as trial:
        judged = _judged(trial, level)
        return Report(
            name=name,
            level=level,
            recipe=trial.recipe.name,
            parts=parts(judged),
            merges=_merges(judged, errors),
            splits=_splits(judged, errors),
            calibration=calibrated(trial) if calibration else None,
        )


def _judged(trial: Trial, level: Level) -> _Judged:
    copies = level == "copies"
    truth = {i: row.copy if copies else row.event for i, row in sorted(trial.rows.items())}
    return _Judged(trial, truth, trial.copies if copies else trial.stories)


# -- figures


def parts(judged: _Judged) -> tuple[Figures, ...]:
    """The figures of the whole, and where it has several languages, of each and across them."""
    rows, proposed = judged.trial.rows, judged.trial.candidates
    langs = sorted({row.lang for row in rows.values()})
    whole = _figures(judged, ALL, list(judged.truth), proposed)
    if len(langs) == 1:
        return (whole,)
    own = {lang: [i for i in judged.truth if rows[i].lang == lang] for lang in langs}
    within = [p for p in proposed if rows[p.left].lang == rows[p.right].lang]
    apart = [p for p in proposed if rows[p.left].lang != rows[p.right].lang]
    single = [_figures(judged, g, own[g], [p for p in within if rows[p.left].lang == g]) for g in langs]
    return (whole, *single, _across(judged, own, apart))


def _figures(judged: _Judged, part: str, ids: Sequence[int], proposed: Sequence[Pair]) -> Figures:
    truth, found = [judged.truth[i] for i in ids], [judged.found[i] for i in ids]
    counts = metrics.pair_counts(truth, found)
    return Figures(
        part=part,
        articles=len(ids),
        clusters=len(set(truth)),
        groups=len(set(found)),
        b_cubed=metrics.b_cubed(truth, found),
        pairs=counts.scores,
        adjusted_rand=metrics.adjusted_rand(truth, found),
        **_blocking(judged, ids, proposed, counts.truth),
    )


def _across(judged: _Judged, own: Mapping[str, Sequence[int]], proposed: Sequence[Pair]) -> Figures:
    """Of the pairs in two languages; the clusters and groups are those that have several."""
    ids = list(judged.truth)
    truth, found = [judged.truth[i] for i in ids], [judged.found[i] for i in ids]
    counts = metrics.pair_counts(truth, found)
    for members in own.values():
        counts -= metrics.pair_counts([judged.truth[i] for i in members], [judged.found[i] for i in members])
    langs = [judged.trial.rows[i].lang for i in ids]
    told = _several(truth, langs)
    reached = _reached(judged, [i for i in ids if judged.truth[i] in told], proposed)
    return Figures(
        part=ACROSS,
        articles=len(ids),
        clusters=len(told),
        groups=len(_several(found, langs)),
        b_cubed=metrics.b_cubed_across(truth, found, langs),
        pairs=counts.scores,
        adjusted_rand=None,
        **{**_blocking(judged, ids, proposed, counts.truth), **reached},
    )


def _several(labels: Sequence[Label], langs: Sequence[str]) -> set[Label]:
    """The groups that are told in several languages."""
    told = Counter(label for label, _ in set(zip(labels, langs, strict=True)))
    return {label for label, n in told.items() if n > 1}


def _blocking(judged: _Judged, ids: Sequence[int], proposed: Sequence[Pair], true_pairs: int) -> dict[str, float]:
    right = sum(judged.truth[p.left] == judged.truth[p.right] for p in proposed)
    found = {"pair_recall": right / true_pairs if true_pairs else 1.0, "candidates": 2 * len(proposed) / len(ids)}
    return found | _reached(judged, ids, proposed)


def _reached(judged: _Judged, ids: Sequence[int], proposed: Sequence[Pair]) -> dict[str, float]:
    place = {i: n for n, i in enumerate(ids)}
    links = [(place[p.left], place[p.right]) for p in proposed if p.left in place and p.right in place]
    got, wanted = metrics.reached([judged.truth[i] for i in ids], links)
    return {"reached": got / wanted if wanted else 1.0}


# -- faults


def _merges(judged: _Judged, limit: int) -> Faults:
    """Stories that hold articles of two events."""
    return _faults(judged, judged.found, judged.truth, limit)


def _splits(judged: _Judged, limit: int) -> Faults:
    """Events whose articles are in two stories."""
    return _faults(judged, judged.truth, judged.found, limit)


def _faults(judged: _Judged, one: Mapping[int, object], two: Mapping[int, object], limit: int) -> Faults:
    """Where one group of ``one`` holds articles of two groups of ``two``, those with most wrong pairs first."""
    groups: dict[object, dict[object, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i in judged.truth:
        groups[one[i]][two[i]].append(i)
    wrong = [sides for inner in groups.values() for sides in combinations(inner.values(), 2)]
    wrong.sort(key=lambda sides: (-len(sides[0]) * len(sides[1]), sides))
    proposed = set(judged.trial.candidates) if limit else set()
    return Faults(len(wrong), tuple(_fault(judged.trial, proposed, *sides) for sides in wrong[:limit]))


def _fault(trial: Trial, proposed: set[Pair], some: Sequence[int], others: Sequence[int]) -> Fault:
    """The fault between two sets of articles, told by the strongest edge across them."""
    across = [Pair(*sorted((a, b))) for a in some for b in others]
    known = [p for p in across if p in proposed]
    edges = [e for p in known if (e := trial.edge(p.left, p.right))]
    best = max(edges, key=lambda e: float(e["probability"]), default=None)
    pair = Pair(best["left_id"], best["right_id"]) if best else min(known or across)
    return Fault(
        left=trial.rows[pair.left],
        right=trial.rows[pair.right],
        pairs=len(across),
        proposed=bool(known),
        probability=best["probability"] if best else None,
        link=trial.link(pair.left, pair.right),
        reasons=tuple(best["reasons"]) if best else (_no_edge(bool(known)),),
    )


def _no_edge(proposed: bool) -> str:
    return f"judged, but P(same event) below {FLOOR:.2f}" if proposed else "no pair of them was proposed"
