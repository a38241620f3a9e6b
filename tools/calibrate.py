"""Fit the coefficients of ``pipeline/verdict.py`` on labelled pairs and print them with their B³.

usage: PYTHONPATH=. python tools/calibrate.py FILE.jsonl …

Only pairs that the blockers propose are fitted on: those are the pairs that a verdict is asked about. Each
file weighs the same, whatever its size. Ridge-penalised logistic regression by Newton's method.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from pipeline import verdict
from pipeline.blocking import candidates, signed
from pipeline.config import load
from pipeline.metrics import b_cubed
from pipeline.model import Pair
from pipeline.signals import scores
from pipeline.signatures import recipe
from pipeline.stories import group
from pipeline.verdict import judged
from tools.labelled import read

SAME = ("cosine", "title", "lead", "names", "numbers", "closeness")
RIDGE = 1.0


def fit(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Coefficients, intercept first, of the weighted logistic regression of y on x; none but the
    intercept below zero, for a signal that speaks against sameness by being high would be an artefact."""
    columns = list(range(x.shape[1]))
    while True:
        design = np.column_stack([np.ones(len(x)), x[:, columns]])
        beta = np.zeros(design.shape[1])
        penalty = np.diag([0.0] + [RIDGE] * len(columns))
        for _ in range(50):
            p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
            gradient = design.T @ (w * (y - p)) - penalty @ beta
            hessian = (design * (w * p * (1 - p))[:, None]).T @ design + penalty
            beta = beta + np.linalg.solve(hessian + 1e-6 * np.eye(len(beta)), gradient)
        if (beta[1:] >= 0).all():
            full = np.zeros(x.shape[1] + 1)
            full[[0] + [c + 1 for c in columns]] = beta
            return full
        del columns[int(np.argmin(beta[1:]))]


def main(paths: list[Path]) -> None:
    how = recipe(load(Path("config.yaml")), verdict.VERDICT)
    rows: dict[bool, list[tuple[dict[str, float], bool, float]]] = defaultdict(list)
    sets = {}
    for path in paths:
        labelled = read(path)
        truth = {a.id: c for a, c in labelled}
        articles = [a for a, _ in labelled]
        ready = signed(articles, {}, how)
        profiles = {s.profile.id: s.profile for s in ready}
        pairs = candidates(ready, how)
        sets[path] = (truth, profiles, pairs)
        positives = {Pair(a, b) for a, b in combinations(sorted(truth), 2) if truth[a] == truth[b]}
        print(
            f"{path.stem}: {len(articles)} articles, {2 * len(pairs) / len(articles):.1f} candidates an article, "
            f"pair recall {len(pairs & positives) / max(1, len(positives)):.3f}"
        )
        for p in sorted(pairs):
            a, b = profiles[p.left], profiles[p.right]
            rows[a.lang == b.lang].append((scores(a, b), p in positives, 1000.0 / len(pairs)))
    for same, names in ((True, SAME),):  # across languages: pipeline/across.py has its own
        x = np.array([[s[n] for n in names] for s, _, _ in rows[same]])
        y = np.array([float(t) for _, t, _ in rows[same]])
        w = np.array([w for _, _, w in rows[same]])
        beta = fit(x, y, w)
        weights = {"": round(float(beta[0]), 2)} | {
            n: round(float(b), 2) for n, b in zip(names, beta[1:], strict=True) if b
        }
        print("SAME_LANGUAGE =", weights)
        verdict.SAME_LANGUAGE = weights
    for path, (truth, profiles, pairs) in sets.items():
        for cut in (0.2, 0.3, 0.4, 0.5):
            r = replace(how, story_link=cut, story_window_hours=10**6)
            found = group(list(truth), judged(pairs, profiles, r), r, {i: p.lang for i, p in profiles.items()})
            label = {i: n for n, (members, _) in enumerate(found) for i in members}
            ids = sorted(truth)
            p, rr, f = b_cubed([truth[i] for i in ids], [label[i] for i in ids])
            print(f"{path.stem:20} link {cut}: B³ P {p:.3f} R {rr:.3f} F1 {f:.3f}")


if __name__ == "__main__":
    main([Path(a) for a in sys.argv[1:]])
