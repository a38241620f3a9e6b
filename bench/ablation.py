"""What each part of Retold is worth: the same articles grouped with one part after another left out.

Run by ``bench/quality.py``. The functions are those of a rebuild; the coefficients stay as they are, so a signal that
is left out is missing, not made up for by others that a new fit would make stronger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import fields, replace
from typing import Any
from unittest.mock import patch

from pipeline import blocking, meeting, rebuild, signals, stories, verdict
from pipeline.background import GENERAL, counted, due
from pipeline.blocking import Signed
from pipeline.config import Config
from pipeline.model import Article, Pair
from pipeline.signatures import Recipe, recipe
from pipeline.verdict import VERDICT

# Every signal, by what it looks at.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "whole text": ("cosine", "information", "overlap", "phrases"),
    "headline": ("title", "title_in_text", "title_in_lead", "titles_in_leads"),
    "first words": ("lead", "lead_overlap"),
    "names and numbers": ("lead_names", "names", "lead_numbers", "numbers", "numbers_differ"),
    "dates": (
        *("weekdays_differ", "same_day", "same_year", "years_differ"),
        *("addresses_agree", "addresses_differ", "closeness"),
    ),
    "length": ("shorter", "longer"),
    "copying": ("jaccard", "containment"),
}
Left = tuple[str, list[int]]  # what is left out, and the group of each article


def ablated(articles: Sequence[Article]) -> Iterator[Left]:
    """(what is left out, the story of each of ``articles``); first with nothing left out."""
    how = snapshot(articles)
    ready = signed(articles, how)
    pairs = meeting.candidates(ready, how)
    yield "nothing", grouped(ready, pairs, how)
    for what, names in parts(GROUPS):
        with silent(names):
            yield what, grouped(ready, pairs, how)
    with patch.object(verdict, "enough_copied", lambda *_: False):
        yield "copies by passages", grouped(ready, pairs, how)
    for kind in sorted({blocking.namespace(k) for s in ready for k in s.keys.all}):
        fewer = without(ready, kind)
        yield f"keys `{kind}`", grouped(fewer, meeting.candidates(fewer, how), how)
    with ungated():
        pairs_by_keys = meeting.candidates(ready, how)
    yield "gists: all that keys propose is judged", grouped(ready, pairs_by_keys, how)
    with level():
        yield "margins of joins", grouped(ready, pairs, how)
    general = replace(how, background=GENERAL)
    plain = signed(articles, general)
    yield "the archive's word weights", grouped(plain, meeting.candidates(plain, general), general)


def snapshot(articles: Sequence[Article]) -> Recipe:
    """The recipe as a run of the articles would have it, with their word weights where they are enough."""
    how = recipe(Config(), VERDICT)
    if not due(0, len(articles)):
        return how
    return replace(how, background=counted((a.lang, f"{a.title}\n{a.text}") for a in articles))


def signed(articles: Sequence[Article], how: Recipe) -> list[Signed]:
    """The articles without their sources' boilerplate, signed as a run does."""
    return blocking.signed(articles, rebuild.boilerplate(articles, how), how)


def grouped(ready: Sequence[Signed], pairs: set[Pair], how: Recipe) -> list[int]:
    """The story of each article, in their order, where ``pairs`` are judged."""
    profiles = {s.id: s.profile(how) for s in ready}
    langs = {i: p.lang for i, p in profiles.items()}
    found = stories.partition(langs.keys(), verdict.judged(pairs, profiles, how), how, (), langs)
    home = {i: n for n, (members, _) in enumerate(found) for i in members}
    return [home[i] for i in profiles]


# -- what can be left out


def parts(groups: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Sequence[str]]]:
    """(what it is called, its signals): each group, and after it each of its signals."""
    for group, names in groups.items():
        yield f"signals: {group}", names
        yield from ((f"signal `{name}`", (name,)) for name in names)


def silent(names: Sequence[str]) -> AbstractContextManager[object]:
    """Let these signals give 0 for every pair."""
    return patch.dict(signals.SIGNALS, dict.fromkeys(names, lambda _a, _b: 0.0))


def ungated() -> AbstractContextManager[object]:
    """Let every pair that keys propose be worth judging."""
    return patch.object(meeting, "worth_judging", lambda _gists, _others, left, _right: left >= 0)


def level() -> AbstractContextManager[object]:
    """Let every join need the same strength, however many texts it has."""
    both = ExitStack()
    both.enter_context(patch.dict(stories.MARGINS, dict.fromkeys(stories.MARGINS, 0.0)))
    both.enter_context(patch.object(stories, "OF_MANY", 0.0))
    return both


def without(ready: Sequence[Signed], kind: str) -> list[Signed]:
    """The signed articles without the bucket keys of one blocker."""
    kinds = [f.name for f in fields(blocking.Keys) if f.name not in ("article_id", "day")]

    def left(s: Signed) -> Signed:
        kept: dict[str, Any] = {
            k: tuple(key for key in getattr(s.keys, k) if blocking.namespace(key) != kind) for k in kinds
        }
        return replace(s, keys=replace(s.keys, **kept))

    return [left(s) for s in ready]
