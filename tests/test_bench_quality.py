"""bench/quality.py: the other ways are what they are called, and what is left out is left out."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from bench import ablation, quality
from pipeline import blocking, meeting, rebuild, signals, stories
from pipeline.config import Config
from pipeline.labelled import Labelled, read
from pipeline.signatures import recipe
from pipeline.verdict import VERDICT
from tests.desk import prose
from tests.test_evaluate import OWN

HOW = recipe(Config(), VERDICT)


def column(*pieces: tuple[str, str, str]) -> quality.Column:
    """(event, title, text) of each article."""
    rows = [Labelled("set", str(n), title, text, "en", None, "", "", event, event)
            for n, (event, title, text) in enumerate(pieces)]  # fmt: skip
    return quality.column("set", rows)


@pytest.fixture(scope="module")
def own() -> quality.Column:
    return quality.column("own", read(OWN))


@pytest.mark.parametrize(
    ("title", "joined"),
    [
        ("Harbour ferry Nordwind rams quay wall: twelve hurt", True),  # 5 of 7 significant words
        ("Harbour ferry Nordwind delayed again; islands stranded, tourists angry", False),  # 3 of 7
        ("Ferry Nordwind rams", False),  # 3 of 3, but too short a title
        ("", False),
    ],
)
def test_titles_join_as_the_rule_says(title: str, joined: bool) -> None:
    col = column(("x", "Harbour ferry Nordwind rams quay at noon today", ""), ("x", title, prose(1)))
    assert (quality.titles(col).b_cubed[2] == 1) is joined


def test_stock_lsh_groups_the_same_text_and_not_another() -> None:
    copies = [("x", "One", prose(1, 12)), ("x", "Two", prose(1, 12)), ("y", "Three", prose(2, 12))]
    cell = quality.stock_lsh(column(*copies))
    assert cell.b_cubed == (1, 1, 1) and cell.cut is not None


def test_tf_idf_is_the_formula(own: quality.Column) -> None:
    rows = quality.tf_idf(own.articles)
    held = Counter(t for row in rows for t in row)
    word = next(t for t, n in held.items() if n == 2)
    idf = math.log((1 + len(rows)) / 3) + 1
    assert any(row.get(word) == pytest.approx(idf * (1 + math.log(k))) for row in rows for k in (1, 2, 3))
    similar = quality.cosine(rows)
    assert np.allclose(np.diag(similar), 1) and similar.min() >= -1e-9 and np.allclose(similar, similar.T)


def test_the_oracle_takes_the_best_cut_and_single_link_is_components(own: quality.Column) -> None:
    similar = quality.cosine(quality.tf_idf(own.articles))
    cell = quality.hierarchy(own, similar, "single")
    by_hand = []
    for cut in quality.CUTS:
        pairs = {(a, b) for a, b in zip(*np.nonzero(similar >= cut), strict=True) if a < b}
        by_hand.append(own.score(quality.linked(len(own.truth), pairs))[2])
    assert cell.b_cubed[2] == pytest.approx(max(by_hand))
    assert cell.cut is not None and by_hand[[float(c) for c in quality.CUTS].index(cell.cut)] == pytest.approx(
        max(by_hand)
    )


def test_ablation_names_every_part(own: quality.Column) -> None:
    found = dict(quality.ablated(own))
    assert Counter(n for names in ablation.GROUPS.values() for n in names) == Counter([*signals.SIGNALS])
    assert {f"signal `{name}`" for name in signals.SIGNALS} <= set(found)
    kinds = {"bands", "prints", "terms", "term_pairs", "names", "fact_pairs", "strong_facts"}
    assert {f"keys `{kind}`" for kind in kinds} <= set(found)
    assert found["nothing"] == quality.ours(own, own.rows), "a rebuild is what the run stores"
    home = {i: n for n, (ids, _) in enumerate(rebuild.partition(own.articles, HOW)) for i in ids}
    assert found["nothing"].b_cubed == own.score([home[a.id] for a in own.articles])
    assert len({cell.b_cubed for cell in found.values()}) > 1, "something is worth something"


@pytest.mark.parametrize("group", ablation.GROUPS)
def test_signals_left_out_are_zero_and_come_back(own: quality.Column, group: str) -> None:
    one, other = (s.profile(HOW) for s in blocking.signed(own.articles[:2], {}, HOW))
    before = signals.scores(one, one)
    with ablation.silent(ablation.GROUPS[group]):
        left = {name for name, value in signals.scores(one, one).items() if value != before[name]}
        assert {n for n in signals.SIGNALS if not signals.scores(one, other)[n]} >= set(ablation.GROUPS[group])
    assert left == {name for name in ablation.GROUPS[group] if before[name]}
    assert signals.scores(one, one) == before


def test_keys_left_out_propose_nothing(own: quality.Column) -> None:
    ready = blocking.signed(own.articles, {}, HOW)
    left = ready
    for kind in {blocking.namespace(k) for s in ready for k in s.keys.all}:
        fewer = ablation.without(left, kind)
        assert sum(len(s.keys.all) for s in fewer) < sum(len(s.keys.all) for s in left)
        left = fewer
    assert not any(s.keys.all for s in left) and not meeting.candidates(left, HOW)


def test_without_gists_more_is_judged(own: quality.Column) -> None:
    ready = blocking.signed(own.articles, {}, HOW)
    gated = meeting.candidates(ready, HOW)
    with ablation.ungated():
        every = meeting.candidates(ready, HOW)
    assert gated < every and meeting.candidates(ready, HOW) == gated


def test_without_margins_two_single_texts_need_no_more_than_the_cut() -> None:
    link = lambda cut: stories.top_link([[0], [1]], {(0, 1): 0.6}, cut)  # noqa: E731
    assert link(0.55) == [[0], [1]] and link(0.4) == [[0, 1]]
    with ablation.level():
        assert link(0.55) == [[0, 1]] and link(0.65) == [[0], [1]]
    assert link(0.55) == [[0], [1]]


def test_tables_have_a_row_for_each_way_and_a_column_for_each_set(own: quality.Column) -> None:
    ways = lambda col: iter([("one", quality.Cell((1, 0.5, 2 / 3))), ("two", quality.Cell((0.25, 1, 0.4), 0.36))])  # noqa: E731
    assert quality.table([own, replace(own, name="again")], ways, "way") == [
        "| way | own | again |",
        "|---|---|---|",
        "| one | .667 (1.000 / .500) | .667 (1.000 / .500) |",
        "| two | .400 (.250 / 1.000) at 0.36 | .400 (.250 / 1.000) at 0.36 |",
    ]
    assert quality.sizes([own])[-1] == "| own | 45 | 18 | 22% |"
