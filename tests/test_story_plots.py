"""What the pages of stories are made of: trees, plots, marked and aligned texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.lineage import Branch, forest, strongest
from pipeline.provenance.aligning import Text, both_ways
from pipeline.web.pages import passages
from pipeline.web.plots import story as plots

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> {how|x} \u202etxet \u200b&amp; var(--ink)"


def branches() -> st.SearchStrategy[list[Branch]]:
    """Forests of articles, each leaning on an earlier one or on nobody."""
    return st.lists(st.integers(0, 30), min_size=1, max_size=30).map(_forest)


def _forest(seeds: list[int]) -> list[Branch]:
    rows = [
        {"article_id": n, "leans_on": s % n if s % n else None, "leans_on_outlet": "X" if s % n else None}
        for n, s in enumerate(seeds, 1)
    ]
    return forest(rows, [])


@given(branches(), st.integers(1, 30))
def test_the_strongest_part_is_a_forest_of_its_size(tops: list[Branch], most: int) -> None:
    every = [b.article for top in tops for b in top.walk()]
    kept = [b.article for top in strongest(tops, most) for b in top.walk()]
    assert len(every) == len(set(every))
    assert set(kept) <= set(every) and len(kept) == min(most, len(every))


@given(branches())
def test_no_two_nodes_share_a_line(tops: list[Branch]) -> None:
    nodes = plots.placed(tops)
    assert [p.line for p in nodes] == list(range(len(nodes)))
    for p in nodes:
        if p.parent >= 0:
            assert nodes[p.parent].line < p.line and nodes[p.parent].column == p.column - 1
            between = nodes[p.parent + 1 : p.line]
            assert all(q.column >= p.column for q in between)  # the edge passes by them


@given(st.lists(st.sampled_from(["The ferry Nordwind hit the quay.", "Twelve were hurt.", "Owls sleep by day.",
                                 "Captain Harms said the engines had failed.", "Rain fell."]), max_size=8),
       st.lists(st.sampled_from(["The ferry Nordwind hit the quay.", "Twelve people were hurt there.", "Rain fell.",
                                 "The engines had failed, Captain Harms said on Monday."]), max_size=8))  # fmt: skip
def test_alignment_shows_each_sentence_once(left: list[str], right: list[str]) -> None:
    one, other = Text(1, "en", "", "\n".join(left)), Text(2, "en", "", "\n".join(right))
    here, there = both_ways(one, other, None)
    rows = passages.aligned(here, there)
    assert [t for r in rows for t in r.left] == left or sorted(t for r in rows for t in r.left) == sorted(left)
    assert sorted(t for r in rows for t in r.right) == sorted(right)
    for row in rows:
        for side, pieces in zip((row.left, row.right), row.pieces(), strict=True):
            assert "".join(p.text for p in pieces) == " ".join(side)


@given(st.text("ab \n", max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 70)), max_size=6))
def test_marking_loses_no_word(text: str, spans: list[tuple[int, int]]) -> None:
    cited = [{"n": n, "start": a, "stop": b} for n, (a, b) in enumerate(spans)]
    found = passages.paragraphs(text, cited)
    said = " ".join("".join(p.text for p in line.pieces) for line in found)
    assert said.split() == text.split()
    shown, rest = passages.folded(found, 3)
    assert shown + rest == found


def test_nodes_of_one_name_stay_apart() -> None:
    rows = {
        n: {"article_id": n, "outlet": "Wire", "lang": "en", "title": HOSTILE, "story_role": "copy", "how": "copy",
            "quote": HOSTILE, "lag_s": 60 * n, "leans_on": 1 if n > 1 else None,
            "leans_on_outlet": "Wire" if n > 1 else None}
        for n in (1, 2, 3)
    }  # fmt: skip
    option = plots.lineage(forest(list(rows.values()), []), rows, {})
    [drawn] = option["series"]
    ids = [node["id"] for node in drawn["data"]]
    assert len(set(ids)) == 3 and {link["target"] for link in drawn["links"]} == set(ids[1:])
    assert {link["source"] for link in drawn["links"]} == {ids[0]}


def test_a_timeline_of_many_outlets_has_lanes_by_part() -> None:
    rows = [
        {"outlet": f"O{n}", "lang": "en", "story_role": "copy" if n else "origin", "effective": "2026-11-20T00:00:00Z",
         "title": HOSTILE, "article_id": n}
        for n in range(40)
    ]  # fmt: skip
    option = plots.timeline(rows)
    assert option["yAxis"]["data"] == ["origin", "copy"]
    points = [p for s in option["series"] for p in s["data"]]
    assert len(points) == 40 and all(p["url"] == f"/article/{n}" for n, p in enumerate(points))
    assert not any(c in p["name"] for p in points for c in "{}|")
