"""Scores → verdict: copy, same story or different, with ``P(same event)`` and the reasons in words.

The probability is an additive logistic regression over the signals, for two articles in one language
``coefficients.SAME_LANGUAGE``, for two languages that of ``pipeline/across.py``. ``VERDICT`` names the coefficients
and is part of the recipe: change them and the name must change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pipeline import across, coefficients
from pipeline.across import ACROSS
from pipeline.blocking import BLOCKERS
from pipeline.copies import APART, copied, enough_copied, overlap, places
from pipeline.model import Match, Pair, Verdict
from pipeline.packing import unpacked
from pipeline.signals import containment, scores, shared
from pipeline.signatures import Recipe
from pipeline.terms import Profile

VERDICT = f"{BLOCKERS}-passages1-{coefficients.SAME_LANGUAGE.name}-{ACROSS}-top3m1"
FLOOR = 0.1  # less likely pairs are no edges: they would chain half the archive into one component

AT_ONCE = 500  # pairs whose profiles are open together, some 60 kB each

WORTH_ALIGNING = 0.05  # shared shingles of the shorter, below which passages are not looked for


def probability(values: Mapping[str, float]) -> float:
    """P(same event) of two articles in one language, in [0, 1], from the signals' values."""
    asked = coefficients.SAME_LANGUAGE
    return coefficients.likely(asked.base + sum(asked.points(values).values()))


def is_copy(a: Profile, b: Profile, values: Mapping[str, float], recipe: Recipe) -> bool:
    """Near-duplicates: by Jaccard, or the shorter text inside the longer, as shingles or in passages that may
    have changed words in them; tiny texts only when equal."""
    if min(a.words, b.words) < recipe.copy_min_words:
        return bool(a.words) and a.shingles == b.shingles and a.words == b.words
    return (
        values["jaccard"] >= recipe.copy_jaccard
        or values["containment"] >= recipe.copy_containment
        or enough_copied(values["copied"], values["containment"], min(a.words, b.words), recipe.copy_passages)
    )


def judge(a: Profile, b: Profile, recipe: Recipe) -> Match:
    """The verdict on one pair; depends on the two profiles and the recipe, not on their order."""
    a, b = sorted((a, b), key=lambda p: p.id)
    return _explained(a, b, *_weigh(a, b, recipe), recipe)


def judged(pairs: Collection[Pair], profiles: Mapping[int, Profile], recipe: Recipe) -> list[Match]:
    """The matches of ``pairs`` that are worth keeping as edges, in the order of the pairs."""
    found = []
    for pair in sorted(pairs):
        a, b = profiles[pair.left], profiles[pair.right]
        if abs(a.hours - b.hours) > recipe.story_window_hours and containment(a, b) < least_copied(recipe):
            continue
        verdict, likely, values = _weigh(a, b, recipe)
        if likely >= (FLOOR if a.lang == b.lang else across.floor(recipe.model)):
            found.append(_explained(a, b, verdict, likely, values, recipe))
    return found


def verdicts(pairs: Sequence[Pair], packed: Mapping[int, bytes], recipe: Recipe) -> list[Match]:
    """As :func:`judged`, by profiles that are packed: some hundred pairs at once, so that few of them are open."""
    found: list[Match] = []
    for start in range(0, len(pairs), AT_ONCE):
        some = pairs[start : start + AT_ONCE]
        ids = {i for p in some for i in p}
        found += judged(some, {i: unpacked(packed[i], recipe.shingle_words, recipe.background) for i in ids}, recipe)
    return found


def least_copied(recipe: Recipe) -> float:
    """Containment below which no pair is a copy: Jaccard is no more, and passages are not looked for."""
    return min(WORTH_ALIGNING, recipe.copy_jaccard, recipe.copy_containment)


def _weigh(a: Profile, b: Profile, recipe: Recipe) -> tuple[Verdict, float, dict[str, float]]:
    """(verdict, P(same event), the signals' values) of a pair."""
    values = scores(a, b)
    found = overlap(a.tokens, b.tokens) if values["containment"] >= WORTH_ALIGNING else APART
    values["copied"] = copied(a.tokens, b.tokens, found)
    if is_copy(a, b, values, recipe):
        return Verdict.COPY, 1.0, values | places(found)
    if abs(a.hours - b.hours) > recipe.story_window_hours:
        return Verdict.DIFFERENT, 0.0, values
    if a.lang != b.lang:
        values |= across.scores(a, b, recipe.model)
    likely = probability(values) if a.lang == b.lang else across.probability(values, recipe.model)
    return Verdict.SAME_STORY if likely >= recipe.story_probability else Verdict.DIFFERENT, likely, values


def _explained(
    a: Profile, b: Profile, verdict: Verdict, likely: float, values: dict[str, float], recipe: Recipe
) -> Match:
    said = reasons(a, b, values, verdict, abs(a.hours - b.hours), recipe)
    return Match(Pair(a.id, b.id), verdict, likely, values, tuple(said), recipe.name)


def reasons(
    a: Profile, b: Profile, values: Mapping[str, float], verdict: Verdict, gap: float, recipe: Recipe
) -> list[str]:
    """Why the verdict is what it is, in words, the strongest first."""
    found = []
    if values["jaccard"] >= recipe.copy_jaccard:
        found.append(f"{values['jaccard']:.0%} of all word {recipe.shingle_words}-grams are shared (exact Jaccard)")
    if values["copied"] >= 0.2:
        found.append(f"{values['copied']:.0%} of the shorter text stands in passages that the longer shares")
    if values["containment"] >= 0.2:
        found.append(f"{values['containment']:.0%} of the shorter text stands in the longer word for word")
    names = _named(shared(a.names, b.names, len(a.names)))
    if names:
        found.append("shared names and numbers: " + ", ".join(names))
    if a.lang == b.lang:
        words = [t for t in shared(a.vector, b.vector, 10) if t not in names][:6]
        if words:
            found.append("shared weighty words: " + ", ".join(words))
    else:
        found += across.reasons(a, b, values)
    if gap > recipe.story_window_hours and verdict is Verdict.DIFFERENT:
        found.insert(0, f"{gap:.0f} h apart, beyond the window of {recipe.story_window_hours} h")
    else:
        found.append(f"{gap:.1f} h apart")
    return found


def _named(weighty: list[str]) -> list[str]:
    """Of names and numbers, the weightiest first, six to show: names, three at least where there are, then numbers."""
    names = [t for t in weighty if not t[0].isdigit()]
    numbers = [t for t in weighty if t[0].isdigit()]
    shown = names[: max(3, sum(t in names for t in weighty[:6]))]
    return shown + numbers[: 6 - len(shown)]
