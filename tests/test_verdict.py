from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.blocking import signed
from pipeline.meeting import candidates
from pipeline.model import Pair, Verdict
from pipeline.signals import SIGNALS
from pipeline.terms import Profile, profile
from pipeline.verdict import judge
from tests.making import RECIPE, article

FULL = "\n".join(
    [
        "The ferry Nordwind hit the quay wall of Büsum at eight on Friday morning in heavy fog.",
        "Twelve people were taken to hospital with bruises and cuts, the harbour police said.",
        "Operator Wattlinie suspended its service to the islands until the end of the week.",
        "Captain Harms told investigators that the bow thruster had failed without warning.",
        "Damage to the ship and to the quay is put at 400,000 euros by a first estimate.",
    ]
)
TEASER = FULL.split("\n")[1]
RETOLD = (
    "A dozen passengers of the Nordwind were hurt when she ran into the wall at Büsum; a failed bow thruster is"
    " blamed. Wattlinie has cancelled sailings, and Harms, her captain, is being questioned over the 400,000 loss."
)
OTHER = (
    "Auditors found fourteen forged bids in the file for the Ouse bridge. Mayor Ellen Prowse of Tarnwick gave up"
    " her office on Thursday evening after the council had read the report on the 31 million pound tender."
)


def made(id: int, title: str, text: str, **more: object) -> Profile:
    return profile(article(id, title, text, **more), text, RECIPE.shingle_words, RECIPE.background)  # type: ignore[arg-type]


def pair(left: Profile, right: Profile) -> Verdict:
    return judge(left, right, RECIPE).verdict


FERRY = made(1, "Ferry Nordwind hits quay wall in Büsum", FULL)


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Twelve hurt on ferry", FULL, Verdict.COPY),
        ("Ferry accident", "\n".join(FULL.split("\n")[:2]), Verdict.COPY),
        ("Ferry accident", TEASER, Verdict.COPY),
        ("Büsum: twelve hurt as Nordwind rams quay", RETOLD, Verdict.SAME_STORY),
        ("Tarnwick mayor resigns", OTHER, Verdict.DIFFERENT),
    ],
)
def test_verdicts(title: str, text: str, expected: Verdict) -> None:
    assert pair(FERRY, made(2, title, text)) is expected


def test_the_same_words_a_week_later_are_another_story_unless_copied() -> None:
    late = {"hours": 8 * 24}
    assert pair(FERRY, made(2, "Nordwind rams quay in Büsum", RETOLD, **late)) is Verdict.DIFFERENT
    assert pair(FERRY, made(2, "Ferry", FULL, **late)) is Verdict.COPY


def test_tiny_texts_are_copies_only_when_equal() -> None:
    assert pair(made(1, "", "Goal for Elbtal"), made(2, "", "Goal for Elbtal")) is Verdict.COPY
    assert pair(made(1, "", "Goal for Elbtal"), made(2, "", "Goal for Elbtal again")) is not Verdict.COPY


def test_reasons_name_what_is_shared() -> None:
    found = " ".join(judge(FERRY, made(2, "Nordwind rams quay", RETOLD), RECIPE).reasons)
    assert "nordwind" in found and "büsum" in found and "400000" in found


def test_reasons_name_names_before_numbers() -> None:
    from pipeline.verdict import _named

    weighty = ["27", "180", "136", "35", "10", "50", "zt", "bingo", "xi'an", "shahe"]
    assert _named(weighty) == ["zt", "bingo", "xi'an", "27", "180", "136"]
    assert _named(["nordwind", "27", "büsum", "harms", "dpa", "ems", "juist"]) == [
        "nordwind", "büsum", "harms", "dpa", "ems", "27"
    ]  # fmt: skip
    assert _named(["27", "zt"]) == ["zt", "27"] and _named([]) == []


texts = st.lists(st.sampled_from(FULL.split() + OTHER.split()), max_size=40).map(" ".join)


@given(texts, texts, st.sampled_from(["en", "de"]), st.floats(0, 200))
def test_judge_is_symmetric_and_scores_are_shares(one: str, two: str, lang: str, hours: float) -> None:
    a, b = made(1, one[:30], one), made(2, two[:30], two, lang=lang, hours=hours)
    assert judge(a, b, RECIPE) == judge(b, a, RECIPE)
    match = judge(a, b, RECIPE)
    assert set(match.scores) >= {*SIGNALS, "copied"}
    assert all(0 <= v <= 1 for v in match.scores.values()) and 0 <= match.probability <= 1


@pytest.mark.parametrize("text", [FULL, TEASER, RETOLD, "\n".join(FULL.split("\n")[2:])])
def test_the_blockers_propose_what_the_verdict_accepts(text: str) -> None:
    ready = signed(
        [article(1, "Ferry Nordwind hits quay wall in Büsum", FULL), article(2, "Nordwind", text)], {}, RECIPE
    )
    assert candidates(ready, RECIPE) == {Pair(1, 2)}


def test_story_keys_do_not_reach_beyond_the_window() -> None:
    far = article(2, "Büsum: twelve hurt as Nordwind rams quay", RETOLD, hours=30 * 24)
    near = article(2, "Büsum: twelve hurt as Nordwind rams quay", RETOLD, hours=24)
    full = article(1, "Ferry Nordwind hits quay wall in Büsum", FULL)
    assert candidates(signed([full, near], {}, RECIPE), RECIPE)
    assert not candidates(signed([full, far], {}, RECIPE), RECIPE)


def test_one_stock_sentence_does_not_pair_all_who_print_it() -> None:
    stock = "The ministry did not immediately respond to a request for comment on the matter."
    one = article(1, "Ferry Nordwind hits quay wall in Büsum", f"{FULL}\n{stock}", hours=0)
    two = article(2, "Mayor Ellen Prowse of Tarnwick resigns", f"{OTHER}\n{stock}", hours=90 * 24)
    teaser = article(3, "No comment", stock, hours=200 * 24)
    assert candidates(signed([one, two], {}, RECIPE), RECIPE) == set()
    assert candidates(signed([one, teaser], {}, RECIPE), RECIPE) == {Pair(1, 3)}, "all that the teaser says"
