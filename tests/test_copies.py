"""Copies: what an outlet does to a text it reprints does not hide whose text it is."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.outlets import OUTLETS
from bench.syndicate import EDITS, STRENGTHS, Scene, change, syndicate
from pipeline.copies import enough_prints, kept, overlap, passages, prints
from pipeline.model import Match, Pair, Verdict
from pipeline.rebuild import partition
from pipeline.tokens import words
from tests.desk import prose
from tests.making import RECIPE, article

ROWS = [
    {"id": f"t{n}", "title": f"Report {n}", "text": prose(n, 9), "lang": "en", "published": "2026-03-05T08:00:00+00:00",
     "publisher": f"paper{n}", "url": None, "cluster": f"event{n // 2}"}
    for n in range(16)
]  # fmt: skip
tokens = st.lists(st.sampled_from("abcdefgh"), max_size=40).map(tuple)


def groups(texts: list[str]) -> list[tuple[int, ...]]:
    """Copy groups of texts, ids from 1, each of its own source."""
    found = partition([article(n, f"T{n}", t, source=f"s{n}") for n, t in enumerate(texts, 1)], RECIPE)
    return sorted(c for _, copies in found for c in copies)


def scene(seed: int) -> Scene:
    return Scene(random.Random(seed), OUTLETS["en"][seed % 4], "FENMOUTH", prose(seed + 500, 9), prose(900, 40).split())


def test_the_generator_follows_its_seed() -> None:
    assert syndicate(ROWS, 7) == syndicate(ROWS, 7) != syndicate(ROWS, 8)


def test_the_truth_is_the_text_a_copy_was_made_from() -> None:
    made = syndicate(ROWS, 1)
    assert {r["edit"] for r in made} > {"original", "merge"}
    for row in made:
        assert row["cluster"] == row["origin"] == row["id"].split("~")[0]
    assert sum(r["edit"] == "original" for r in made) == len(ROWS), "texts of one event stay apart"


def test_known_near_copies_of_the_source_are_left_out() -> None:
    doubled = [*ROWS, ROWS[0] | {"id": "again", "text": ROWS[0]["text"] + " More follows."}]
    assert "again" not in {r["id"] for r in syndicate(doubled, 1)}


@given(st.integers(0, 50), st.sampled_from(STRENGTHS))
def test_changes_are_as_many_as_asked(seed: int, strength: float) -> None:
    before = prose(seed, 30)
    after = change(before, strength, scene(seed))
    left = len(set(before.split()) & set(after.split())) / len(set(before.split()))
    assert abs((1 - left) - strength * 2 / 3) < 0.15
    assert (after == before) == (strength == 0)


@settings(max_examples=40)
@given(st.integers(0, 400), st.sampled_from(sorted(set(EDITS) - {"merge", "teaser"})), st.sampled_from([0.0, 0.1]))
def test_an_edited_text_is_a_copy(seed: int, kind: str, strength: float) -> None:
    text = prose(seed, 27)
    assert groups([text, EDITS[kind](change(text, strength, scene(seed)), scene(seed)), prose(seed + 1, 9)]) == [
        (1, 2),
        (3,),
    ]


def test_a_page_of_two_texts_goes_with_the_longer_and_does_not_chain() -> None:
    one, two = prose(1, 9), prose(2, 6)
    assert groups([one, two, f"{one}\n{two}"]) == groups([one, two, f"{two}\n{one}"]) == [(1, 3), (2,)]


def test_a_shared_quotation_is_no_copy() -> None:
    quoted = prose(3, 2)
    assert groups([f"{prose(4, 7)}\n{quoted}", f"{quoted}\n{prose(5, 7)}"]) == [(1,), (2,)]


@given(tokens, tokens)
def test_passages_are_the_same_from_both_sides(a: tuple[str, ...], b: tuple[str, ...]) -> None:
    mirrored = {(p.other_start, p.other_end, p.start, p.end, p.anchors) for p in passages(b, a)}
    if len(a) != len(b):
        assert {tuple(p) for p in passages(a, b)} == mirrored
    found = overlap(a, b)
    assert all(0 <= share <= 1 for share in found)
    assert all(0 <= p.start < p.end <= len(a) and 0 <= p.other_start < p.other_end <= len(b) for p in passages(a, b))


@given(st.integers(0, 99))
def test_a_cut_copy_shares_enough_fingerprints(seed: int) -> None:
    whole = words(prose(seed, 12))
    one, two = prints(whole, "en"), prints(whole[: len(whole) // 3], "en")
    assert enough_prints(len(set(one) & set(two)), len(one), len(two))
    assert not enough_prints(1, len(one), len(one))


places = st.tuples(*[st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0])] * 6)
edges = st.dictionaries(
    st.tuples(st.integers(1, 7), st.integers(1, 7)).filter(lambda p: p[0] < p[1]), places, max_size=14
)
NAMES = ("at_left", "at_right", "at_left_from", "at_left_to", "at_right_from", "at_right_to")


@given(edges, st.randoms(use_true_random=False))
def test_kept_edges_are_copies_whatever_their_order(given_: dict, rng: random.Random) -> None:
    found = [Match(Pair(*p), Verdict.COPY, 1.0, dict(zip(NAMES, v, strict=True)), (), "r") for p, v in given_.items()]
    shuffled = rng.sample(found, len(found))
    assert kept(found) == kept(shuffled)
    assert set(kept(found)) <= set(given_)
