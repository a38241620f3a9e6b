"""Corrections as grouping sees them: what must be together is, what must not is not, the newest word counts."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.constraints import Conflicts, Ruling, bonds, replaced, replaces, rulings, seeds
from pipeline.model import Correction, Kind, Match
from pipeline.stories import copy_groups, partition
from tests.making import NOW, RECIPE
from tests.test_stories import edge, edges

IDS = range(1, 10)
ruling = st.tuples(st.sets(st.integers(1, 9), min_size=1, max_size=4), st.sets(st.integers(1, 9), max_size=3)).map(
    lambda sides: Ruling(tuple(sorted(sides[0])), tuple(sorted(sides[1] - sides[0])))
)
rules = st.lists(ruling.filter(lambda r: r.says_something), max_size=5)


def homes(matches: list[Match], said: list[Ruling]) -> dict[int, tuple[int, ...]]:
    return {i: ids for ids, _ in partition(IDS, matches, RECIPE, said) for i in ids}


def correction(number: int, together: str, apart: str = "") -> Correction:
    kind = Kind.SPLIT if apart else Kind.MERGE
    return Correction(kind, frozenset(together), frozenset(apart), NOW + timedelta(hours=number), "ada", id=number)


@given(edges, rules)
def test_the_newest_ruling_holds_whatever_the_matches_and_older_ones_say(
    matches: list[Match], said: list[Ruling]
) -> None:
    home = homes(matches, said)
    for newest in said[:1]:
        assert len({home[i] for i in newest.together}) == 1
        assert not {home[i] for i in newest.together} & {home[i] for i in newest.apart}
    assert sorted(i for ids in set(home.values()) for i in ids) == list(IDS)


@given(edges, rules)
def test_copies_stay_inside_stories_and_only_a_split_divides_them(matches: list[Match], said: list[Ruling]) -> None:
    found = partition(IDS, matches, RECIPE, said)
    for ids, copies in found:
        assert sorted(i for c in copies for i in c) == list(ids)
    parted = [frozenset((a, b)) for r in said for a in r.together for b in r.apart]
    if not parted:
        assert sorted(c for _, copies in found for c in copies) == copy_groups(IDS, matches)


@given(edges, rules, st.randoms(use_true_random=False))
def test_the_order_of_matches_leaves_no_trace(matches: list[Match], said: list[Ruling], rng: object) -> None:
    shuffled = matches[:]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert partition(IDS, matches, RECIPE, said) == partition(IDS, shuffled, RECIPE, said)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] != p[1])),
       st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7))))  # fmt: skip
def test_conflicts_follow_merges(parted: list[tuple[int, int]], merges: list[tuple[int, int]]) -> None:
    """After any merges, two clusters may be one exactly where no parted pair lies across them."""
    conflicts, clusters = Conflicts(), {i: {i} for i in range(8)}
    for a, b in parted:
        conflicts.part(a, b)
    for a, b in merges:
        if a != b and a in clusters and b in clusters and conflicts.allowed(a, b):
            conflicts.merge(a, b)
            clusters[a] |= clusters.pop(b)
    for a, b in combinations(clusters, 2):
        across = any((x in clusters[a] and y in clusters[b]) or (y in clusters[a] and x in clusters[b])
                     for x, y in parted)  # fmt: skip
        assert conflicts.allowed(a, b) == conflicts.allowed(b, a) == (not across)


def test_a_copy_group_is_divided_where_a_person_split_it() -> None:
    prints = [edge(a, b, 1.0) for a, b in combinations((1, 2, 3, 4), 2)]
    copies, clusters, conflicts = seeds([(1, 2, 3, 4)], prints, [Ruling((2,), (1, 3))])
    assert copies == clusters == [(1, 3, 4), (2,)]  # 4 is a copy of both sides: it goes with the older one
    assert not conflicts.allowed(0, 1)


def test_what_is_bound_starts_as_one_cluster_but_stays_two_texts() -> None:
    assert partition((1, 2, 3), [edge(1, 2, 1.0)], RECIPE, [Ruling((2, 3))]) == [((1, 2, 3), ((1, 2), (3,)))]


def test_bound_articles_bring_their_likes_and_a_split_keeps_two_clusters_apart() -> None:
    likes = [edge(1, 2, 0.9), edge(3, 4, 0.9)]
    assert partition((1, 2, 3, 4), likes, RECIPE) == [((1, 2), ((1,), (2,))), ((3, 4), ((3,), (4,)))]
    assert homes([edge(1, 2, 0.9), edge(2, 3, 0.9), edge(1, 3, 0.9)], [Ruling((3,), (1, 2))])[1] == (1, 2)


def test_contradictions_the_newest_wins_through_others_too() -> None:
    held = bonds([Ruling((1, 2)), Ruling((2, 3)), Ruling((1,), (3,))])  # newest first
    assert held.root(1) == held.root(3)
    parted = bonds([Ruling((1,), (3,)), Ruling((1, 2)), Ruling((2, 3))])
    assert parted.root(1) == parted.root(2) != parted.root(3)
    rest = bonds([Ruling((5,), (1, 2)), Ruling((1, 2, 5, 6))])  # a split takes one out of what a pin holds
    assert rest.root(1) == rest.root(2) == rest.root(6) != rest.root(5)


def test_which_correction_replaces_which() -> None:
    merge, split = correction(1, "ab"), correction(2, "a", "b")
    assert replaces(split, merge) and replaces(merge, split)
    assert replaced([merge, split, correction(3, "ab")]) == {1: 2, 2: 3}
    assert replaced([correction(1, "abc"), correction(2, "c", "ab")]) == {}  # a and b are still to be together
    assert replaced([correction(1, "ab", "cd"), correction(2, "bc")]) == {1: 2}  # a split goes as a whole
    assert replaced([split, correction(3, "cd")]) == {}


def test_rulings_name_who_is_here_in_the_order_of_keys() -> None:
    said = [correction(1, "abc"), correction(2, "a", "bz"), correction(3, "xz"), correction(4, "b")]
    assert rulings(said, {"a": 7, "b": 3, "c": 5}) == [Ruling((7,), (3,)), Ruling((7, 3, 5))]
