from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import Match, Pair, Verdict
from pipeline.stories import average_link, components, copy_groups, heirs, partition
from tests.making import RECIPE


def edge(a: int, b: int, p: float) -> Match:
    verdict = Verdict.COPY if p == 1.0 else Verdict.SAME_STORY
    return Match(Pair(*sorted((a, b))), verdict, p, {}, (), "r")


edges = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([0.25, 0.3, 0.5, 0.7, 0.9, 1.0])), max_size=25
).map(lambda es: [edge(a, b, p) for (a, b), p in {tuple(sorted((a, b))): p for a, b, p in es if a != b}.items()])


def brute_force(groups: list[tuple[int, ...]], matches: list[Match], cut: float) -> set[frozenset[int]]:
    """Average link by its definition: recompute every mean, merge the best pair, repeat."""
    p = {m.pair: m.probability for m in matches}
    clusters = [tuple(g) for g in groups]
    mins = {c: i for i, c in enumerate(clusters)}

    def mean(a: tuple[int, ...], b: tuple[int, ...]) -> float:
        total = sum(p.get(Pair(*sorted((i, j))), 0.0) for i in a for j in b)
        return round(total / (len(a) * len(b)), 9)

    while len(clusters) > 1:
        a, b = min(combinations(clusters, 2), key=lambda ab: (-mean(*ab), *sorted((mins[ab[0]], mins[ab[1]]))))
        if mean(a, b) < cut:
            break
        clusters = [c for c in clusters if c not in (a, b)] + [a + b]
        mins[a + b] = min(mins[a], mins[b])
    return {frozenset(c) for c in clusters}


@settings(max_examples=300)
@given(edges, st.sampled_from([0.2, 0.35, 0.5]))
def test_average_link_is_what_its_definition_says(matches: list[Match], cut: float) -> None:
    groups = copy_groups(range(1, 10), matches)
    found = {frozenset(i for g in gs for i in g) for gs in average_link(groups, matches, cut)}
    assert found == brute_force(groups, matches, cut)


@given(edges, st.randoms(use_true_random=False))
def test_partition_ignores_the_order_of_edges_and_divides_all(matches: list[Match], rng: object) -> None:
    shuffled = matches[:]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    found = partition(range(1, 10), matches, RECIPE)
    assert found == partition(range(1, 10), shuffled, RECIPE)
    assert sorted(i for ids, _ in found for i in ids) == list(range(1, 10))
    for ids, copies in found:
        assert sorted(i for c in copies for i in c) == list(ids)


@given(edges)
def test_copies_lie_inside_stories_inside_components(matches: list[Match]) -> None:
    whole = {i: c for c in components(range(1, 10), ((m.pair.left, m.pair.right) for m in matches)) for i in c}
    home = {i: ids for ids, _ in partition(range(1, 10), matches, RECIPE) for i in ids}
    for m in matches:
        if m.verdict is Verdict.COPY:
            assert home[m.pair.left] == home[m.pair.right]
    assert all(set(ids) <= set(whole[i]) for i, ids in home.items())


def test_one_bridge_does_not_chain_two_events() -> None:
    one, two = list(combinations([1, 2, 3, 4], 2)), list(combinations([5, 6, 7, 8], 2))
    found = partition(range(1, 9), [edge(a, b, 0.8) for a, b in one + two] + [edge(4, 5, 0.9)], RECIPE)
    assert max(len(ids) for ids, _ in found) < 8


def test_heirs() -> None:
    assert heirs({7: {1, 2, 3}}, [(1,), (2, 3)]) == ({1: 7}, {})  # split: most of it keeps the id
    assert heirs({7: {1}, 9: {2, 3, 4}}, [(1, 2, 3, 4)]) == ({0: 7}, {9: 7})  # merge: the oldest survives
    assert heirs({7: {1, 2}}, [(1,), (2,)]) == ({0: 7}, {})  # tie: the smallest article
    assert heirs({}, [(1,)]) == ({}, {})
    assert heirs({7: {5}}, [(1,)]) == ({}, {})  # its articles are gone


groups = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@given(groups, groups)
def test_every_old_story_goes_on_somewhere_and_no_id_twice(old_of: list[int], new_of: list[int]) -> None:
    old: dict[int, set[int]] = {}
    for i, s in enumerate(old_of):
        old.setdefault(s + 100, set()).add(i)
    new: dict[int, list[int]] = {}
    for i in range(len(old_of)):
        new.setdefault(new_of[i % len(new_of)], []).append(i)
    keeps, aliases = heirs(old, [tuple(v) for _, v in sorted(new.items())])
    assert len(set(keeps.values())) == len(keeps)
    assert set(keeps.values()) | set(aliases) == set(old)
    assert set(aliases.values()) <= set(keeps.values())
