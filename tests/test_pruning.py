"""Pairs that are dropped before their profiles are opened: never one that the verdict keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Config
from pipeline.labelled import read
from pipeline.model import Article, Pair
from pipeline.outlines import outline
from pipeline.pruning import hopeful
from pipeline.signatures import recipe
from pipeline.terms import Profile, profile
from pipeline.trial import labelled_articles
from pipeline.verdict import VERDICT, judged

RECIPE = recipe(Config(), VERDICT)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WORDS = ["Hafen", "Zöllner", "Minister", "brennt", "der", "die", "Montag", "Dienstag", "1987", "2026", "12", "März",
         "Rotterdam", "Feuer", "Löschboot", "Pfeiler", "Ölpreis", "Gericht", "urteilt", "\ud800", "Anne"]  # fmt: skip


@st.composite
def articles(draw: st.DrawFn) -> Article:
    words = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
    lang = draw(st.sampled_from(["de", "de", "de", "en", "und"]))
    url = draw(
        st.sampled_from(["https://x.invalid/2026/03/04/a", "https://x.invalid/2026/03/14/a", "https://x.invalid/"])
    )
    at = NOON - timedelta(hours=draw(st.integers(0, 120)))
    return Article("s", url, url, draw(words), draw(words), lang, at, first_seen=NOON)


def pruned(profiles: dict[int, Profile]) -> tuple[list[Pair], list[Pair]]:
    every = [Pair(a, b) for a, b in combinations(sorted(profiles), 2)]
    left = hopeful(every, {i: outline(p) for i, p in profiles.items()}, RECIPE)
    assert judged(left, profiles, RECIPE) == judged(every, profiles, RECIPE)
    return every, left


def profiles(found: list[Article]) -> dict[int, Profile]:
    return {
        n: profile(replace(a, id=n), a.text, RECIPE.shingle_words, RECIPE.background) for n, a in enumerate(found, 1)
    }


@given(st.lists(articles(), min_size=2, max_size=6))
def test_no_pair_that_the_verdict_keeps_is_dropped(found: list[Article]) -> None:
    pruned(profiles(found))


def test_of_real_looking_articles_most_pairs_are_dropped_and_no_edge() -> None:
    rows = read(Path("tests/data/own_crosslingual.jsonl"))
    made = profiles([replace(a, first_seen=NOON) for a, _ in labelled_articles(rows)][:150])
    every, left = pruned(made)
    at_home = [p for p in every if made[p.left].lang == made[p.right].lang]
    stay = [p for p in left if made[p.left].lang == made[p.right].lang]
    assert len(stay) < 0.1 * len(at_home)


def test_whoever_has_no_outline_is_judged() -> None:
    made = profiles([Article("s", "u", "u", "a title", "a text", "en", NOON, first_seen=NOON)] * 2)
    assert hopeful([Pair(1, 2)], {1: outline(made[1])}, RECIPE) == [Pair(1, 2)]
