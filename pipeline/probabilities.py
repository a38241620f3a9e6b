"""What P(same event) is worth: calibration over proposed pairs, and how well it tells people's pairs apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline import metrics
from pipeline.absorb import Tell, quiet
from pipeline.config import Config
from pipeline.labelled import LabelledPair
from pipeline.metrics import Bin
from pipeline.model import Pair
from pipeline.trial import Trial, tried
from pipeline.verdict import judge

ALL = "all"  # languages


@dataclass(frozen=True, slots=True)
class Calibration:
    """What P(same event) is worth, over all proposed pairs."""

    pairs: int
    brier: float
    error: float  # expected calibration error
    curve: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class PairReport:
    """How well P(same event) tells same from different, over people's pairs of two languages (or ``all``)."""

    languages: str
    pairs: int
    same: int
    proposed: float  # share of the same pairs that the blockers propose
    auc: float | None  # None where people call all same, or all different
    best_f1: float
    threshold: float  # that gives it


def calibrated(trial: Trial) -> Calibration:
    """P(same event) of every proposed pair against the truth, whatever the level that is measured."""
    events = {i: row.event for i, row in trial.rows.items()}
    labels = [events[p.left] == events[p.right] for p in trial.candidates]
    likely = [*map(_probability(trial), trial.candidates)]
    curve = metrics.reliability(likely, labels)
    return Calibration(len(labels), metrics.brier(likely, labels), metrics.calibration_error(curve), tuple(curve))


def _probability(trial: Trial) -> Callable[[Pair], float]:
    profiles = {s.id: s.profile(trial.recipe) for s in trial.signed}
    return lambda pair: judge(profiles[pair.left], profiles[pair.right], trial.recipe).probability


def pairs_measured(pairs: Sequence[LabelledPair], config: Config, tell: Tell = quiet) -> list[PairReport]:
    """AUC and best F1 of P(same event) over all ``pairs`` and over those of each two languages."""
    rows = {(r.set, r.id): r for pair in pairs for r in (pair.left, pair.right)}
    with tried(list(rows.values()), config, tell) as trial:
        ids = {(r.set, r.id): i for i, r in trial.rows.items()}
        likely, proposed = _probability(trial), set(trial.candidates)
        by_language: dict[str, list[tuple[float, bool, bool]]] = defaultdict(list)
        for pair in pairs:
            sides = Pair(*sorted(ids[r.set, r.id] for r in (pair.left, pair.right)))
            measured = (likely(sides), pair.same, sides in proposed)
            for name in (ALL, "–".join(sorted((pair.left.lang, pair.right.lang)))):
                by_language[name].append(measured)
    return [_pair_report(name, measured) for name, measured in by_language.items()]


def _pair_report(name: str, measured: Sequence[tuple[float, bool, bool]]) -> PairReport:
    likely, labels = [p for p, _, _ in measured], [same for _, same, _ in measured]
    proposed = [asked for _, same, asked in measured if same]
    both = 0 < len(proposed) < len(labels)
    best, threshold = metrics.best_f1(likely, labels)
    return PairReport(
        languages=name,
        pairs=len(labels),
        same=len(proposed),
        proposed=sum(proposed) / len(proposed) if proposed else 1.0,
        auc=metrics.auc(likely, labels) if both else None,
        best_f1=best,
        threshold=threshold,
    )
