from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.blocking import bands, signed
from pipeline.signals import jaccard
from pipeline.signatures import body, estimated_jaccard, paragraph_hashes, sign, values
from pipeline.terms import profile
from pipeline.tokens import normalise, shingles, words
from pipeline.wordhash import poly32
from tests.making import RECIPE, article

news_text = st.text(st.sampled_from("abcdäöüßĳéñ «»„“0123.,-­ \n"), max_size=300)


def profiled(text: str, id: int = 1):
    return profile(article(id, "", text), text, RECIPE.shingle_words, RECIPE.background)


@settings(max_examples=150)
@given(st.one_of(news_text, st.text(max_size=200)))
def test_values_are_those_of_datasketch(text: str) -> None:
    p = profiled(text)
    theirs = MinHash(num_perm=RECIPE.permutations, seed=RECIPE.seed, scheme="affine32", hashfunc=poly32)
    theirs.update_batch([s.encode(errors="replace") for s in p.shingles])
    ours = values(sign([p], RECIPE)[0].values)
    assert np.array_equal(ours, theirs.hashvalues)
    opened = MinHash(num_perm=RECIPE.permutations, seed=RECIPE.seed, scheme="affine32", hashvalues=ours)
    assert opened.jaccard(theirs) == 1.0


def test_a_stored_signature_works_in_datasketch_lsh() -> None:
    text = "the ferry nordwind hit the quay wall of the small harbour at eight in the morning on friday"
    ours = [sign([profiled(t)], RECIPE)[0] for t in (text, text + " in heavy fog")]
    opened = [
        MinHash(num_perm=RECIPE.permutations, seed=RECIPE.seed, scheme="affine32", hashvalues=values(s.values))
        for s in ours
    ]
    index = MinHashLSH(num_perm=RECIPE.permutations, params=(RECIPE.bands, RECIPE.permutations // RECIPE.bands))
    index.insert("first", opened[0])
    assert index.query(opened[1]) == ["first"]
    assert set(bands(ours[0], RECIPE)) & set(bands(ours[1], RECIPE))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Straße", "STRASSE"),
        ("Käufer", "Ka\u0308ufer"),
        ("Schiff\u00adfahrt", "Schifffahrt"),
        ("\ufb01nanz", "finanz"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_spelling_that_a_reader_does_not_see_makes_no_difference(left: str, right: str) -> None:
    assert words(left) == words(right)


@given(news_text)
def test_normalise_is_idempotent_on_tokens(text: str) -> None:
    assert words(normalise(text)) == words(text)


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=30), st.integers(1, 5))
def test_shingles_are_runs_of_k(tokens: list[str], k: int) -> None:
    found = shingles(tokens, k)
    assert len(found) <= max(1, len(tokens) - k + 1)
    assert bool(found) == bool(tokens)
    assert all(s in " ".join(tokens) for s in found)


def test_the_estimate_follows_the_exact_jaccard() -> None:
    tokens = [f"w{n}" for n in range(400)]
    whole = profiled(" ".join(tokens))
    for cut in (100, 200, 300):
        part = profiled(" ".join(tokens[:cut] + [f"x{n}" for n in range(400 - cut)]), 2)
        one, two = sign([whole, part], RECIPE)
        assert estimated_jaccard(one.values, two.values) == pytest.approx(jaccard(whole, part), abs=0.13)


def test_unequal_widths_are_never_compared() -> None:
    with pytest.raises(ValueError, match="not comparable"):
        estimated_jaccard(b"\0" * 8, b"\0" * 12)


def test_boilerplate_is_left_out_and_reported() -> None:
    frame = "Follow the Courier on every channel you like"
    a = article(1, "Ferry", f"{frame}\nThe ferry hit the quay wall at eight.\nTwelve people were hurt in the fog.")
    hashes = {h for h, line in paragraph_hashes(a).items() if line == frame}
    assert body(a, hashes, RECIPE) == (
        "The ferry hit the quay wall at eight.\nTwelve people were hurt in the fog.",
        (frame,),
    )


def test_a_text_that_would_be_all_boilerplate_stays_whole() -> None:
    a = article(1, "Ferry", "The ferry hit the quay wall.\nTwelve people were hurt.")
    assert body(a, set(paragraph_hashes(a)), RECIPE) == (a.text, ())


def test_the_recipe_names_all_that_it_holds() -> None:
    for field, other in [
        ("shingle_words", 5), ("permutations", 128), ("bands", 32), ("seed", 2), ("copy_jaccard", 0.6),
        ("copy_containment", 0.7), ("copy_passages", 0.7),
        ("copy_min_words", 3), ("story_probability", 0.6), ("story_window_hours", 10),
        ("story_link", 0.1), ("boilerplate_min_articles", 9), ("boilerplate_max_share", 0.9), ("verdict", "x"),
    ]:  # fmt: skip
        assert replace(RECIPE, **{field: other}).name != RECIPE.name, field


def test_an_empty_article_has_a_signature_and_no_bands() -> None:
    ready = signed([article(1, "", "")], {}, RECIPE)[0]
    assert ready.signature.shingles == 0 and not ready.keys.bands
