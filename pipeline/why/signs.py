"""Signals in plain words: what each says, its value, and what that was worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.phrases import count
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.signatures import Recipe

LEAST = 0.1  # log-odds; less is summed up but for those who ask for all
FIRST = 7  # signals shown
DIGITS = 6

# signal, or another value of an edge → what it says, in words (tested to be complete)
SIGNS: Mapping[str, str] = {
    "jaccard": "exact Jaccard",
    "containment": "containment",
    "copied": "shorter text in shared passages",
    "cosine": "weighty words alike",
    "title": "headlines alike",
    "lead": "headlines and first words alike",
    "information": "how much the shared words tell",
    "overlap": "share of the weighty words that both use",
    "lead_overlap": "share of the first words that both use",
    "lead_names": "names in headline and first words",
    "title_in_text": "one headline's words in the other text",
    "title_in_lead": "one headline's words in the other's beginning",
    "titles_in_leads": "both headlines' words in the other's beginning",
    "phrases": "runs of words that both print",
    "lead_numbers": "shared numbers in the first words",
    "numbers_differ": "numbers in the first words differ",
    "weekdays_differ": "weekdays named differ",
    "same_day": "the same day named",
    "same_year": "the same year named",
    "years_differ": "years named differ",
    "addresses_agree": "days in the addresses agree",
    "addresses_differ": "days in the addresses differ",
    "shorter": "length of the shorter article",
    "longer": "length of the longer article",
    "names": "names and numbers alike",
    "numbers": "numbers shared",
    "closeness": "closeness in time",
    "facts": "places, names, numbers and happenings alike",
    "hard": "shared places, scores, numbers and names",
    "soft": "shared happenings",
    "other_places": "places named differ",
    "other_numbers": "numbers named differ",
    "other_score": "scores differ",
    "vector": "sentence vectors alike",
    "at_left": "of the first text, in shared passages",
    "at_right": "of the second text, in shared passages",
    "at_left_from": "shared passages of the first text begin at",
    "at_left_to": "shared passages of the first text end at",
    "at_right_from": "shared passages of the second text begin at",
    "at_right_to": "shared passages of the second text end at",
}
YES_OR_NO = frozenset({"numbers_differ", "weekdays_differ", "same_day", "same_year", "years_differ", "addresses_agree",
                       "addresses_differ", "other_places", "other_numbers", "other_score"})  # fmt: skip
HALVES = {"phrases": (10, "run"), "lead_numbers": (2, "number"), "shorter": (60, "word"), "longer": (60, "word")}


def weighed(edge: Row, alike: bool, recipe: Recipe, beyond: bool) -> Row:
    """What an edge's signals were worth: ``decided_by``, ``base`` and ``log_odds``, and ``signals``, each with its
    name, label, value and worth (log-odds), the weightiest first.

    ``decided_by`` is ``copy`` (by its text alone), ``window`` (``beyond``: too many hours apart) or ``signals``; only
    then ``base`` and the worths add up to the log-odds of the edge's probability, else they are null. It is null
    where other coefficients judged the edge.
    """
    from pipeline.worth import same_coefficients, worth

    scores = edge["scores"]
    decided = "copy" if edge["verdict"] == "copy" else "window" if beyond else "signals"
    if not same_coefficients(edge["recipe"], recipe):
        return _row(None, None, scores, {})
    if decided != "signals":
        return _row(decided, None, scores, {})
    made = worth(scores, alike, recipe.model)
    return _row(decided, made.base, scores, made.points)


def _row(decided: str | None, base: float | None, scores: Mapping[str, float], points: Mapping[str, float]) -> Row:
    signals = [
        {"name": n, "label": SIGNS.get(n, n), "value": v, "worth": round(points[n], DIGITS) if n in points else None}
        for n, v in scores.items()
    ]
    signals.sort(key=lambda s: -abs(points.get(str(s["name"]), 0.0)))
    odds = None if base is None else round(base + math.fsum(points.values()), DIGITS)
    return {"decided_by": decided, "base": base, "log_odds": odds, "signals": signals}


# -- in words


def divided(signals: Sequence[Row], verbose: bool) -> tuple[list[Row], list[Row]]:
    """(signals to show, lesser ones to sum up); of those that were not asked only the former has any."""
    asked = [s for s in signals if s["worth"] is not None]
    if verbose:
        return list(signals), []
    shown = [s for s in asked if abs(s["worth"]) >= LEAST][:FIRST]
    return shown, asked[len(shown) :]


def main(told: Row, limit: int) -> list[str]:
    """The weightiest signals in a few words: ``headlines alike 0.45 (+0.6)``."""
    shown = [s for s in told["signals"] if s["worth"] is not None and abs(s["worth"]) >= LEAST][:limit]
    return [f"{s['label']} {value(s)} ({s['worth']:+.1f})" for s in shown]


def value(signal: Row) -> str:
    """A signal's value as people count it: ``0.45``, ``yes``, ``412 words``."""
    name, number = signal["name"], signal["value"]
    if name in YES_OR_NO:
        return "yes" if number else "no"
    if name in HALVES and number < 1:  # signals.py has amount / (amount + half)
        half, noun = HALVES[name]
        return count(round(half * number / (1 - number)), noun)
    return f"{number:.2f}"
