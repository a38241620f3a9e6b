"""MinHash values in bulk are datasketch's, compiled or not; pairs and clusters are those of the rule."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import kernel
from pipeline.kernel import sketches
from pipeline.lsh import band_keys, clusters, pairs
from pipeline.signatures import maps
from pipeline.stories import components
from pipeline.tokens import shingles, words
from pipeline.wordhash import poly32

SEED, NUMBER = 3, 96
MAPS = maps(NUMBER, SEED)
LETTERS = "abcdäöüßẞĳéñÀİıŉǆΣς½²…ﬁ™ﷺ日本٣ \u0308\u0301\xad\u200b\ufeff«»„“'’_-0123.,\n\x00\ud800"
PATHS = [
    False,
    pytest.param(True, marks=pytest.mark.skipif(not kernel.compiled(), reason="the extra `fast` is missing")),
]
any_text = st.one_of(st.text(st.sampled_from(LETTERS), max_size=80), st.text(max_size=60))


def reference(text: str, k: int) -> np.ndarray:
    sketch = MinHash(num_perm=NUMBER, seed=SEED, scheme="affine32", hashfunc=poly32)
    sketch.update_batch([s.encode(errors="replace") for s in shingles(words(text), k)])
    return sketch.hashvalues


@pytest.mark.parametrize("fast", PATHS)
@settings(max_examples=200)
@given(st.lists(any_text, max_size=5), st.integers(1, 5))
@example(["", "Straße", "KA\u0308UFER schiff\xadfahrt", "ab", "cd ef"], 2)
@example(["ß\u0301 ß", "a\u0301ß"], 1)
@example(["x" * 5000 + " y", "Ĳ ß", "\ud800 lone"], 1)
def test_values_are_those_of_datasketch(fast: bool, texts: list[str], k: int) -> None:
    got = sketches(texts, k, MAPS, fast=fast)
    assert got.shape == (len(texts), NUMBER) and got.dtype == np.uint32
    for text, row in zip(texts, got, strict=True):
        assert np.array_equal(row, reference(text, k))
    again = sketches([" ".join(words(t)) for t in texts], k, MAPS, fast=fast, normalised=True)
    assert np.array_equal(got, again)


def test_each_letter_is_folded_as_the_normaliser_does() -> None:
    """Every code point that the table tells, alone and inside a word."""
    table = kernel.folded_letters()
    easy = [chr(i) for i in np.flatnonzero(table != kernel.HARD)]
    assert len(easy) > 1500 and {"a", "Ä", "…", "“", " "} <= set(easy) and "ß" not in easy and "\u0308" not in easy
    texts = [f"a{letter}b {letter}" for letter in easy]
    got = sketches(texts, 1, maps(4, 1))
    assert np.array_equal(got, sketches([" ".join(words(t)) for t in texts], 1, maps(4, 1), normalised=True))


@pytest.mark.parametrize("fast", PATHS)
def test_chunks_and_threads_change_nothing(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"report {n} of the day on ship {n % 7} and größe {n}" for n in range(50)]
    whole = sketches(texts, 3, MAPS, fast=fast)
    monkeypatch.setattr(kernel, "CHUNK_LETTERS", 60)
    assert np.array_equal(whole, sketches(texts, 3, MAPS, fast=fast))
    assert np.array_equal(whole, sketches(texts, 3, MAPS, fast=fast, threads=3))


def test_datasketch_takes_the_values() -> None:
    text = "the ferry nordwind hit the quay wall of the small harbour"
    opened = MinHash(num_perm=NUMBER, seed=SEED, scheme="affine32", hashfunc=poly32,
                     hashvalues=sketches([text], 3, MAPS)[0])  # fmt: skip
    theirs = MinHash(num_perm=NUMBER, seed=SEED, scheme="affine32", hashfunc=poly32)
    theirs.update_batch([s.encode() for s in shingles(words(text), 3)])
    assert opened.jaccard(theirs) == 1.0
    opened.update(b"one more shingle")
    theirs.update(b"one more shingle")
    assert opened == theirs


# -- pairs and clusters


def by_the_rule(rows: np.ndarray, bands: int, threshold: float) -> list[tuple[int, int]]:
    keys = [set(row.tolist()) for row in band_keys(rows, bands)]
    return [(a, b) for a, b in combinations(range(len(rows)), 2)
            if keys[a] & keys[b] and (rows[a] == rows[b]).mean() >= threshold]  # fmt: skip


small_sketches = st.lists(st.lists(st.integers(0, 2), min_size=8, max_size=8), max_size=9)


@given(small_sketches, st.sampled_from([2, 4, 8]), st.sampled_from([0.0, 0.5, 0.75]))
def test_clusters_are_components_of_the_pairs_that_share_a_band(rows: list[list[int]], bands: int, t: float) -> None:
    made = np.array(rows, np.uint32).reshape(-1, 8)
    found = pairs(made, bands, t)
    expected = by_the_rule(made, bands, t)
    assert {tuple(p) for p in found.tolist()} <= set(expected)
    got = clusters(len(made), found).tolist()
    home = {i: min(group) for group in components(range(len(made)), expected) for i in group}
    assert got == [home[i] for i in range(len(made))]


def test_a_crowd_of_one_text_makes_as_many_pairs_as_texts() -> None:
    crowd = np.tile(np.arange(8, dtype=np.uint32), (2000, 1))
    found = pairs(crowd, 4, 0.5)
    assert found.tolist() == [[0, n] for n in range(1, 2000)]
    assert set(clusters(2000, found).tolist()) == {0}


def test_equal_bands_have_equal_keys_and_bands_do_not_mix() -> None:
    rows = np.array([[1, 2, 1, 2], [1, 2, 9, 9]], np.uint32)
    keys = band_keys(rows, 2)
    assert keys[0, 0] == keys[1, 0] and keys[0, 0] != keys[0, 1] and keys[0, 1] != keys[1, 1]
    assert len({k >> 48 for k in keys[0].tolist()}) == 2
