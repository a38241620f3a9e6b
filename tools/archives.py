"""Labelled files as archives, signed, proposed and joined as a run does it: what the fitting and measuring tools share.

A sentence model's vectors are kept between calls where a ``keep`` database is named, for they cost the most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from pipeline import stories, vectors
from pipeline.background import counted
from pipeline.blocking import signed
from pipeline.labelled import Labelled
from pipeline.meeting import candidates
from pipeline.metrics import b_cubed
from pipeline.model import Article, Pair
from pipeline.rebuild import boilerplate
from pipeline.signatures import Recipe
from pipeline.store import embedding
from pipeline.store.connect import writing
from pipeline.terms import Profile
from pipeline.trial import labelled_articles
from pipeline.verdict import judged

Bounds = Sequence[tuple[float | None, float | None]]


@dataclass(frozen=True)
class Archive:
    """One labelled file, or several together: who is compared with whom, and the truth, by article id."""

    name: str
    how: Recipe
    rows: Mapping[int, Labelled]
    profiles: Mapping[int, Profile]
    candidates: Sequence[Pair]

    @property
    def truth(self) -> dict[int, str]:
        """Article id → event."""
        return {i: row.event for i, row in self.rows.items()}

    @property
    def langs(self) -> dict[int, str]:
        """Article id → language."""
        return {i: p.lang for i, p in self.profiles.items()}

    def pairs(self, foreign: bool) -> list[Pair]:
        """The candidate pairs in two languages, or those in one."""
        langs = self.langs
        return [p for p in self.candidates if (langs[p.left] != langs[p.right]) is foreign]

    def found(self, pairs: Sequence[Pair] | None = None, how: Recipe | None = None) -> dict[int, int]:
        """Article id → story, judged and joined by the recipe (or by ``how``) from ``pairs`` (or all candidates)."""
        how, pairs = how or self.how, self.candidates if pairs is None else pairs
        parts = stories.partition(self.profiles, judged(pairs, self.profiles, how), how, (), self.langs)
        return {i: n for n, (members, _) in enumerate(parts) for i in members}

    def b_cubed(self, found: Mapping[int, int]) -> tuple[float, float, float]:
        """B³ precision, recall and F1 of stories."""
        truth = self.truth
        return b_cubed([truth[i] for i in sorted(truth)], [found[i] for i in sorted(truth)])


def archive(name: str, told: Sequence[Labelled], how: Recipe, keep: Path | None = None) -> Archive:
    """Sign and propose as a run does, with a background snapshot of the archive's own."""
    rows = labelled_articles(told)
    articles = [a for a, _ in rows]
    how = replace(how, background=counted((a.lang, f"{a.title}\n{a.text}") for a in articles))
    ready = signed(articles, boilerplate(articles, how), how, embedded(articles, how.model, keep))
    return Archive(
        name=name,
        how=how,
        rows={a.id: row for a, row in rows},
        profiles={s.id: s.profile(how) for s in ready},
        candidates=sorted(candidates(ready, how)),
    )


def embedded(articles: Sequence[Article], model: str, keep: Path | None = None) -> dict[str, bytes]:
    """Content hash → vector, from the database ``keep`` where it has them; what is new is put there."""
    if keep is None or model == vectors.NONE:
        return vectors.embedded(articles, model, vectors.load)
    with writing(keep) as db:
        have = embedding.vectors(db, [a.content_hash for a in articles], model)
        made = vectors.embedded(vectors.unknown(articles, have), model, vectors.load)
        embedding.record_vectors(db, model, made)
    return have | made


def likeliest(x: np.ndarray, same: np.ndarray, weights: np.ndarray, bounds: Bounds, ridge: float) -> np.ndarray:
    """Intercept and one coefficient a column of ``x``: logistic regression by penalised maximum likelihood.

    ``bounds`` of the coefficients, without the intercept, which is neither bounded nor penalised. L-BFGS-B.
    """

    def loss(t: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ t[1:] + t[0]
        g = weights * (1 / (1 + np.exp(-z)) - same)
        likely = float(np.sum(weights * (np.logaddexp(0, z) - same * z)) + ridge / 2 * np.sum(t[1:] ** 2))
        return likely, np.concatenate([[g.sum()], x.T @ g + ridge * t[1:]])

    start = np.zeros(x.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), *bounds], options={"maxiter": 400})
    coefficients: np.ndarray = found.x
    return coefficients
