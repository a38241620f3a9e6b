"""What is worth judging: a look at two gists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.background import GENERAL
from pipeline.gists import gist, key_terms, worth_judging
from pipeline.model import Article
from pipeline.terms import Profile, profile

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WORDS = st.sampled_from(
    [
        "Hafen",
        "Brand",
        "Minister",
        "quake",
        "Utrecht",
        "der",
        "the",
        "1987",
        "Zöllner",
        "tunnel",
        "Rotterdam",
        "storm",
        "ﬁ",
        "ß",
    ]
)


def made(title: str, text: str = "", lang: str = "en", number: int = 1) -> Profile:
    article = Article("s", f"https://x.invalid/{number}", f"k{number}", title, text, lang, first_seen=NOON)
    return profile(replace(article, id=number), text, 3, GENERAL)


def looked_at(one: bytes, others: list[bytes]) -> list[bool]:
    """Of each of ``others`` whether the pair with ``one`` is worth judging."""
    right = np.arange(len(others))
    found: list[bool] = worth_judging([one], others, np.zeros_like(right), right).tolist()
    return found


def worth(a: Profile, b: Profile) -> bool:
    return looked_at(gist(a), [gist(b)])[0]


QUAKE = "Quake in Valdoria kills twelve; Valdorian army sends engineers to Mirenza"
LONG = " ".join(
    f"The engineers cleared road {n} near Mirenza while neighbours dug for Valdorian families." for n in (7,)
)


def test_two_reports_of_one_event_are_worth_judging() -> None:
    assert worth(
        made(QUAKE, LONG), made("Valdoria: army engineers reach Mirenza after quake", "Twelve died in Mirenza.")
    )


def test_two_texts_that_share_everyday_words_are_not() -> None:
    one = made("People wait for the new school to open", "They said on Monday that it had taken a long time. " * 6)
    other = made(
        "New rules for old trees in the park", "On Monday it was said that people had asked for a long time. " * 6
    )
    assert not worth(one, other)


def test_one_weighty_word_is_enough_between_headlines_and_not_between_texts() -> None:
    assert worth(made("Zweigelt harvest fails"), made("No more Zweigelt"))
    much = "Growers met the minister in the capital and asked for help, as the frost had come late this year. " * 4
    more = "Shops say that customers now ask for other wines, and prices rise since the summer in every town. " * 4
    assert not worth(made("Zweigelt harvest fails", much), made("Prices up", more + "Zweigelt is one of them."))


def test_two_languages_are_compared_by_names_and_facts() -> None:
    german = made(
        "Erdbeben in Japan: zwölf Tote in Kanazawa",
        "In Kanazawa starben zwölf Menschen, wie Gouverneur Hiroshi Hase mitteilte. Die Stärke lag bei 7,1.",
        "de",
    )
    dutch = made(
        "Twaalf doden bij aardbeving in Kanazawa, Japan",
        "Volgens gouverneur Hiroshi Hase kwamen in Kanazawa twaalf mensen om. De kracht was 7,1.",
        "nl",
    )
    wine = made("Wijnoogst in Frankrijk valt tegen", "De boeren in Bordeaux zagen late vorst.", "nl")
    assert worth(german, dutch) and not worth(german, wine)


def test_what_a_word_tells_belongs_to_its_language() -> None:
    """``Gift`` is poison in German: a stem of one language says nothing of another's."""
    assert not worth(made("Gift", "Gift"), made("Gift", "Gift", "de")) or made("Gift", "Gift").names


@settings(max_examples=60)
@given(st.lists(st.tuples(st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=80)), min_size=2, max_size=6))
def test_neither_order_nor_company_matters(told: list[tuple[list[str], list[str]]]) -> None:
    profiles = [made(" ".join(t), " ".join(b), "de" if n % 2 else "en", n) for n, (t, b) in enumerate(told)]
    gists = [gist(p) for p in profiles]
    every = np.divmod(np.arange(len(gists) ** 2), len(gists))
    all_pairs = iter(worth_judging(gists, gists, *every).tolist())
    for one in gists:
        together = looked_at(one, gists)
        assert together == [looked_at(one, [other])[0] for other in gists]
        assert together == [looked_at(other, [one])[0] for other in gists]
        assert together == [next(all_pairs) for _ in gists]


@given(st.lists(WORDS, max_size=60))
def test_key_terms_are_few_and_sorted(words: list[str]) -> None:
    found = key_terms(made(" ".join(words[:9]), " ".join(words)))
    assert found == sorted(set(found)) and len(found) <= 22


def test_nobody_is_compared_with_nobody() -> None:
    assert looked_at(gist(made("x")), []) == []
    assert looked_at(gist(made("")), [gist(made(""))]) == [False]
