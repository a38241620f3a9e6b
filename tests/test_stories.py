from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.constraints import Conflicts
from pipeline.model import Match, Pair, Verdict
from pipeline.stories import TOP, Former, between_texts, components, heirs, margin, partition, top_link
from tests.making import RECIPE


def edge(a: int, b: int, p: float) -> Match:
    verdict = Verdict.COPY if p == 1.0 else Verdict.SAME_STORY
    return Match(Pair(*sorted((a, b))), verdict, p, {}, (), "r")


edges = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([0.25, 0.3, 0.5, 0.7, 0.9, 1.0])), max_size=25
).map(lambda es: [edge(a, b, p) for (a, b), p in {tuple(sorted((a, b))): p for a, b, p in es if a != b}.items()])


def brute_force(
    clusters: list[list[int]], pairs: dict[tuple[int, int], float], cut: float, apart: set[tuple[int, int]]
) -> set[frozenset[int]]:
    """Top link by its definition: ask every text anew for its best links, merge the strongest pair, repeat."""
    likely = pairs | {(b, a): p for (a, b), p in pairs.items()}

    def hang(one: list[int], other: list[int]) -> float:
        best = [sorted((likely.get((i, j), 0.0) for j in other), reverse=True)[:TOP] for i in one]
        return sum(sum(b) / len(b) for b in best) / len(one)

    def strength(a: int, b: int) -> float:
        one, other = ([text for n in merged[side] for text in clusters[n]] for side in (a, b))
        return round((hang(one, other) + hang(other, one)) / 2, 9)

    def pull(a: int, b: int) -> float:
        sizes = (sum(len(clusters[n]) for n in merged[side]) for side in (a, b))
        return round(strength(a, b) + margin(*sizes), 9) if strength(a, b) else -1.0

    def free(a: int, b: int) -> bool:
        return not any(tuple(sorted((m, n))) in apart for m in merged[a] for n in merged[b])

    merged = {n: [n] for n in range(len(clusters))}
    while open_ := [(a, b) for a, b in combinations(sorted(merged), 2) if free(a, b)]:
        a, b = min(open_, key=lambda ab: (-pull(*ab), ab))
        if pull(a, b) < cut:
            break
        merged[a] += merged.pop(b)
    return {frozenset(m) for m in merged.values()}


texts = st.lists(st.integers(1, 3), min_size=1, max_size=7).map(
    lambda sizes: [list(range(sum(sizes[:n]), sum(sizes[: n + 1]))) for n in range(len(sizes))]
)


@settings(max_examples=300)
@given(texts, st.data(), st.sampled_from([0.2, 0.35, 0.5]))
def test_top_link_is_what_its_definition_says(clusters: list[list[int]], data: st.DataObject, cut: float) -> None:
    count = sum(map(len, clusters))
    some = st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=25)
    likelihoods = st.sampled_from([0.25, 0.3, 0.5, 0.7, 0.9])
    pairs = {(a, b): data.draw(likelihoods) for a, b in map(sorted, data.draw(some)) if a != b}
    places = st.tuples(st.integers(0, len(clusters) - 1), st.integers(0, len(clusters) - 1))
    apart = {tuple(sorted(p)) for p in data.draw(st.lists(places, max_size=2)) if p[0] != p[1]}
    conflicts = Conflicts()
    for a, b in sorted(apart):
        conflicts.part(a, b)
    found = {frozenset(m) for m in top_link(clusters, pairs, cut, conflicts)}
    assert found == brute_force(clusters, pairs, cut, apart)


def test_a_third_text_that_two_speak_for_joins_more_easily_than_one_a_single_text_speaks_for() -> None:
    assert top_link([[0], [1]], {(0, 1): 0.45}, 0.42) == [[0], [1]], "two single texts have only each other's word"
    assert top_link([[0], [1], [2]], {(0, 1): 0.9, (0, 2): 0.3, (1, 2): 0.3}, 0.42) == [[0, 1, 2]]


def test_a_page_that_prints_two_reports_does_not_make_one_story_of_them() -> None:
    """The page is a copy of both; it stays with one, and that the other half speaks for the other is half a word."""
    page = edge(1, 3, 1.0), edge(2, 3, 1.0)
    copies = between_texts([(1,), (2, 3)], page)
    assert top_link([[0], [1]], copies, 0.42) == [[0], [1]]


def test_a_copy_printed_often_is_one_witness() -> None:
    copies = [(1,), (2, 3, 4)]
    likely = between_texts(copies, [edge(1, 2, 0.8), edge(1, 3, 0.7), edge(1, 4, 0.6)])
    assert list(likely) == [(0, 1)] and abs(likely[0, 1] - 0.7) < 1e-9
    assert between_texts(copies, [edge(1, 2, 0.9)]) == {(0, 1): 0.9 / 3}, "what was not proposed counts as 0"


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
    parted = Former(9, 7, first=2, kept=1)  # 9 merged into 7, now they part: both are back, whichever is larger
    assert heirs({7: {1, 2, 3, 4}}, [(1,), (2, 3, 4)], [parted]) == ({0: 7, 1: 9}, {})
    assert heirs({7: {1, 2, 3, 4}}, [(1, 2), (3, 4)], [parted]) == ({0: 7}, {})  # they stay, others go
    assert heirs({7: {1, 2}, 8: {5}}, [(1,), (2, 5)], [parted]) == ({0: 7, 1: 8}, {})  # it is in a story that has one


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
