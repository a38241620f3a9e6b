"""The word diff of two wordings."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import wording
from pipeline.wording import BREAK, diff, words
from tests.desk import prose

HURT = "Twelve people were hurt when the ferry hit the quay wall.\nPolice closed the harbour until noon."

prose_ = st.lists(st.sampled_from(["the", "ferry", "hit", "quay.", "12", "13", "\n", "\n\n", "a", "b", " ", "ö"])).map(
    " ".join
)
texts = st.one_of(prose_, st.text())


def both(found: wording.Diff) -> tuple[list[str], list[str]]:
    return [w for h in found.hunks for w in h.old], [w for h in found.hunks for w in h.new]


@given(texts, texts)
@example("a\nb", "a\nx\nb")
@example("a\nb", "a b")
def test_a_diff_makes_the_one_of_the_other(old: str, new: str) -> None:
    found = diff(old, new)
    assert both(found) == (words(old), words(new))
    kinds = [h.kind == "equal" for h in found.hunks]
    assert all(a != b for a, b in pairwise(kinds)), "equal and changed runs take turns"
    assert bool(found.changes) == (words(old) != words(new))
    assert found.added - found.removed == sum(w != BREAK for w in words(new)) - sum(w != BREAK for w in words(old))


@given(texts)
def test_a_diff_with_itself_is_empty(text: str) -> None:
    found = diff(text, text)
    assert (found.changes, found.added, found.removed, found.numbers) == ((), 0, 0, ([], []))


def test_only_what_changed_is_told() -> None:
    new = HURT.replace("Twelve", "Thirteen").replace("until noon", "until 6.30 pm") + "\nThe mayor spoke of 3 ships."
    found = diff(HURT, new)
    assert [(h.old, h.new) for h in found.changes] == [
        (("Twelve",), ("Thirteen",)), (("noon.",), ("6.30", "pm.")),
        ((), ("The", "mayor", "spoke", "of", "3", "ships.", BREAK)),
    ]  # fmt: skip
    assert (found.added, found.removed, found.numbers) == (9, 2, ([], ["6.30", "3"]))


def test_a_new_paragraph_is_whole_and_a_number_that_moved_is_no_change() -> None:
    found = diff("One. In 2024 so.\nThree.", "One. So.\nTwo in 2024.\nThree.")
    assert found.numbers == ([], [])
    [hunk] = diff("One.\nThree.", "One.\nTwo.\nThree.").changes
    assert hunk.new == ("Two.", BREAK)


def test_chance_words_between_two_rewritten_passages_are_part_of_the_change() -> None:
    [hunk] = diff("It sank off the coast of Norway today", "Divers found gold in the wreck near Bergen now").changes
    assert (len(hunk.old), len(hunk.new)) == (8, 9)


@pytest.mark.parametrize(
    ("old", "new"),
    [("x " * 10 + "\n", "y\n" * 400_000), (HURT * 10_000, "Now " + (HURT * 10_000).replace("noon", "six", 9) + " now"),
     pytest.param("a " * 500_000, "a b " * 250_000, marks=pytest.mark.slow),
     pytest.param("a\n" * 500_000, "a\nb\n" * 250_000, marks=pytest.mark.slow),
     pytest.param("\n".join(["a " * 300] * 1600), "\n".join(["a b " * 150] * 1600), marks=pytest.mark.slow)],
)  # fmt: skip
def test_a_huge_text_takes_seconds(old: str, new: str) -> None:  # the suite's timeout is the judge
    assert both(diff(old, new)) == (words(old), words(new))


def test_every_paragraph_of_a_long_text_edited_is_still_told_by_the_word() -> None:
    lines = [f"{prose(n, 1)} {'and so on and on ' * 20}" for n in range(300)]
    found = diff("\n".join(lines), "\n".join(f"{line} indeed" for line in lines))
    assert (found.added, found.removed) == (300, 0)
