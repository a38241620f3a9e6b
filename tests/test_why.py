"""What `retold why` says is what grouping did: signals add up, words are printed, the step that failed is named."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import across, coefficients
from pipeline.blocking import Signed
from pipeline.config import Config
from pipeline.evidence import QUOTED_WORDS, RUN_WORDS, Piece, evidence, runs
from pipeline.labelled import Labelled, read
from pipeline.model import Match, Pair, Verdict
from pipeline.proposal import proposal
from pipeline.store.edges import between
from pipeline.store.pieces import pieces
from pipeline.stories import bond, partition
from pipeline.tokens import normalise, printed_words, words
from pipeline.trial import Trial, tried
from pipeline.why.signs import SIGNS, value, weighed
from pipeline.worth import worth

OWN = Path(__file__).parent / "data" / "own_crosslingual.jsonl"
DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
LONG = "Divers reached the wreck of the Gannet off Tarnwick on Monday and found both engines missing. "
STRIKE = "Port pilots at Tarnwick walked out on Monday over night pay, and forty ships wait off the harbour. "


def telling(number: int, title: str, text: str, *, hours: float = 0, lang: str = "en") -> Labelled:
    when = DAY + timedelta(hours=hours)
    return Labelled("own", str(number), title, text, lang, when, f"paper-{number}", "", str(number), str(number))


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with tried(read(OWN), Config()) as found:
        yield found


def edges(trial: Trial) -> list[dict[str, object]]:
    return [e for pair in trial.candidates if (e := trial.edge(pair.left, pair.right))]


def test_signals_add_up_to_the_stored_probability(trial: Trial) -> None:
    langs = {s.id: s.lang for s in trial.signed}
    found = edges(trial)
    assert {e["verdict"] for e in found} >= {"same_story", "different"}
    for edge in found:
        alike = langs[edge["left_id"]] == langs[edge["right_id"]]
        told = weighed(edge, alike, trial.recipe, beyond=False)
        if told["decided_by"] == "signals":
            added = told["base"] + math.fsum(s["worth"] or 0 for s in told["signals"])
            assert coefficients.likely(added) == pytest.approx(edge["probability"], abs=2e-6)
            assert told["log_odds"] == pytest.approx(added, abs=1e-5)
            assert all(value(s) for s in told["signals"])


def test_every_signal_has_a_name_for_people() -> None:
    known = {*coefficients.SAME_LANGUAGE.gains, *filter(None, across.model(across.NONE).weights)}
    assert known <= SIGNS.keys() and len(set(SIGNS.values())) == len(SIGNS)


def test_an_edge_of_other_coefficients_is_not_explained_by_these(trial: Trial) -> None:
    edge = edges(trial)[0]
    told = weighed({**edge, "recipe": "another/recipe"}, True, trial.recipe, beyond=False)
    assert told["decided_by"] is told["base"] is told["log_odds"] is None


def test_worth_is_not_told_for_values_that_are_not_there() -> None:
    with pytest.raises(KeyError):
        worth({"cosine": 0.5}, True, across.NONE)


# -- words and passages, as printed


def test_shared_words_stand_in_the_articles_as_shown(trial: Trial) -> None:
    known = pieces(trial.db, trial.rows, trial.recipe)
    some = 0
    for pair in trial.candidates[:400]:
        one, other = known[pair.left], known[pair.right]
        text = printed_words(one.title)[0] + "\n" + printed_words(one.body)[0]
        found = evidence(one, other)
        for phrase in (*found.names, *found.numbers, *found.words):
            assert phrase in text
        some += len(found.names) + len(found.words)
    assert some > 100


def test_passages_stand_in_both_articles() -> None:
    rows = [telling(1, "Engines gone", LONG * 2 + STRIKE), telling(2, "Port at rest", STRIKE + LONG)]
    with tried(rows, Config()) as own:
        a, b = (pieces(own.db, own.rows, own.recipe)[i] for i in sorted(own.rows))
        found = evidence(a, b).passages
    assert found and max(q.words for q in found) >= len(LONG.split())
    for quote in found:
        said = words(quote.text.removesuffix(" …"))
        assert len(said) == min(quote.words, QUOTED_WORDS)
        for piece in (a, b):
            assert f" {' '.join(said)} " in f" {' '.join(words(piece.body))} "


@settings(max_examples=200)
@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_runs_are_runs_of_both_and_none_is_missed(one: list[str], other: list[str]) -> None:
    held = {tuple(other[i : i + RUN_WORDS]) for i in range(len(other) - RUN_WORDS + 1)}
    found = runs(one, other)
    for start, end in found:
        assert end - start >= RUN_WORDS
        assert any(other[i : i + end - start] == one[start:end] for i in range(len(other)))
    for i in range(len(one) - RUN_WORDS + 1):
        if tuple(one[i : i + RUN_WORDS]) in held:
            assert any(start <= i and i + RUN_WORDS <= end for start, end in found)


@given(st.text())
def test_printed_words_are_the_compared_words_where_they_stand(text: str) -> None:
    plain, found = printed_words(text)
    for a, b in pairwise(found):
        assert a.end <= b.start
    for w in found:
        assert w.word == normalise(plain[w.start : w.end]) or w.word.isdigit()


def test_contradictions_are_told_in_words(trial: Trial) -> None:
    a, b = "on Tuesday, 12 people", "on Friday, 47 people"
    texts = [f"A ferry hit the quay wall of Tarnwick {said} were hurt, the harbour police said." for said in (a, b)]
    with tried([telling(n, "Ferry hits quay", t) for n, t in enumerate(texts)], Config()) as own:
        found = evidence(*pieces(own.db, own.rows, own.recipe).values())
    assert "they name other weekdays: Tuesday; Friday" in found.against
    assert "they give other numbers in their first words: 12; 47" in found.against
    assert "Tarnwick" in found.names


# -- the step that failed


def test_a_pair_is_said_to_be_compared_exactly_if_it_was(trial: Trial) -> None:
    proposed, known = set(trial.candidates), {s.id: s for s in trial.signed}
    steps = set()
    for left, right in list(combinations(sorted(known), 2))[::7]:
        found = proposal(known[left], known[right], trial.recipe)
        assert (found.step == "compared") is (Pair(left, right) in proposed)
        steps.add(found.step)
    assert steps >= {"compared", "keys"}


def test_far_articles_are_said_to_be_beyond_the_window(trial: Trial) -> None:
    proposed, known = trial.candidates, {s.id: s for s in trial.signed}
    one, other = (known[i] for i in (proposed[0].left, proposed[0].right))
    assert not set(one.keys.bands) & set(other.keys.bands)
    assert proposal(one, later(other, 30), trial.recipe).step == "window"


def later(one: Signed, days: int) -> Signed:
    return replace(one, keys=replace(one.keys, day=one.keys.day + days))


def test_two_stories_are_explained_by_what_grouping_asked_them(trial: Trial) -> None:
    stories = sorted(set(trial.stories.values()))
    some = 0
    for one, other in combinations(stories, 2):
        found = between(trial.db, one, other, trial.recipe)
        assert not found.bond.joins or found.bond.strength >= found.bond.needed
        assert 0 <= found.linked <= found.pairs
        assert (found.strongest is None) is (found.linked == 0)
        some += found.linked > 0
    assert some


def test_two_articles_are_one_story_exactly_if_their_bond_joins(trial: Trial) -> None:
    joined = set()
    for edge in edges(trial)[:200]:
        pair = Pair(edge["left_id"], edge["right_id"])
        match = Match(pair, Verdict(edge["verdict"]), edge["probability"], {}, (), edge["recipe"])
        told = bond([(pair.left,)], [(pair.right,)], [match], trial.recipe)
        both = partition((pair.left, pair.right), [match], trial.recipe)
        assert told.joins is (len(both) == 1)
        joined.add(told.joins)
    assert joined == {True, False}


def test_a_piece_is_compared_without_its_frame(trial: Trial) -> None:
    known = pieces(trial.db, trial.rows, trial.recipe)
    assert all(isinstance(p, Piece) and p.profile.id == i for i, p in known.items())
    assert {s.id: s.profile(trial.recipe) for s in trial.signed} == {i: p.profile for i, p in known.items()}
