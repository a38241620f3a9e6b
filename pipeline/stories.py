"""Matches → partition on two levels, and stable story ids.

*Copies* are connected components of copy edges. *Stories* join copy groups by average link (UPGMA, Sokal &
Michener 1958) over ``P(same event)``; a pair that was never proposed, or judged too unlikely to keep, counts
as 0, so one bridge cannot chain two events. Everything here is a function of one connected component of the
match graph: the order in which articles arrived leaves no trace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush

from pipeline import across
from pipeline.model import Match, Verdict
from pipeline.signatures import Recipe

SURE = 0.5  # mean probability from which articles of one language are joined before other languages have a say

Group = tuple[int, ...]  # article ids, sorted
Partition = list[tuple[Group, tuple[Group, ...]]]  # stories, each with its copy groups


def components(ids: Iterable[int], edges: Iterable[tuple[int, int]]) -> list[Group]:
    """Connected components, each sorted, in the order of their smallest id."""
    parent = {i: i for i in ids}

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in edges:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    members: dict[int, list[int]] = defaultdict(list)
    for i in sorted(parent):
        members[root(i)].append(i)
    return [tuple(m) for _, m in sorted(members.items())]


def copy_groups(ids: Collection[int], matches: Iterable[Match]) -> list[Group]:
    """The copy level: who printed the same text."""
    return components(ids, ((m.pair.left, m.pair.right) for m in matches if m.verdict is Verdict.COPY))


def average_link(groups: Sequence[Group], matches: Iterable[Match], cut: float) -> list[list[Group]]:
    """Merge the two clusters of the highest mean probability while it is at least ``cut``.

    Ties go to the pair with the smallest ids. O(edges · log edges) updates by Lance-Williams on sums.
    """
    home = {i: g for g, group in enumerate(groups) for i in group}
    clusters: dict[int, list[Group]] = {g: [group] for g, group in enumerate(groups)}
    size = {g: len(group) for g, group in enumerate(groups)}
    sums: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for m in sorted(matches, key=lambda m: m.pair):
        a, b = home[m.pair.left], home[m.pair.right]
        if a != b:
            sums[a][b] += m.probability
            sums[b][a] += m.probability

    def entry(a: int, b: int) -> tuple[float, int, int]:
        low, high = sorted((a, b))
        return (-round(sums[a][b] / (size[a] * size[b]), 9), low, high)

    heap = [entry(a, b) for a in list(sums) for b in sums[a] if a < b]
    heapify(heap)
    while heap and -heap[0][0] >= cut:
        top = heappop(heap)
        a, b = top[1], top[2]
        if a not in clusters or b not in clusters or top != entry(a, b):
            continue  # made before one of the two grew
        clusters[a] += clusters.pop(b)
        size[a] += size.pop(b)
        for other, weight in sums.pop(b).items():
            del sums[other][b]
            if other != a:
                sums[a][other] += weight
                sums[other][a] += weight
        for other in sums[a]:
            heappush(heap, entry(a, other))
    return list(clusters.values())


def group(ids: Collection[int], matches: Sequence[Match], recipe: Recipe, langs: Mapping[int, str]) -> Partition:
    """Divide one connected component ``ids`` by the matches among them.

    What is sure in one language comes first, then counterparts in other languages, then what is less sure: two
    quakes whose English reports look alike are kept apart by their German ones. In a component of one language the
    steps are those of one average link.
    """
    copies = copy_groups(ids, matches)
    within = [m for m in matches if langs[m.pair.left] == langs[m.pair.right]]
    sure = [_ids(gs) for gs in average_link(copies, within, max(SURE, recipe.story_link))]
    told = [_ids([sure[n] for n in parts]) for parts in across.link(sure, langs, matches, recipe.model)]
    found = [_ids(gs) for gs in average_link(told, within, recipe.story_link)]
    home = {i: n for n, members in enumerate(found) for i in members}
    return [(members, tuple(c for c in copies if home[c[0]] == n)) for n, members in enumerate(found)]


def _ids(groups: Iterable[Group]) -> Group:
    return tuple(sorted(i for group in groups for i in group))


def partition(
    ids: Collection[int], matches: Iterable[Match], recipe: Recipe, langs: Mapping[int, str] | None = None
) -> Partition:
    """Divide ``ids``, whole components of the match graph, component by component; sorted.

    ``langs``: article id → language (none: all are of one); articles are first grouped within theirs.
    """
    langs = dict.fromkeys(ids, "") if langs is None else langs
    edges = list(matches)
    parts = components(ids, ((m.pair.left, m.pair.right) for m in edges))
    home = {i: n for n, members in enumerate(parts) for i in members}
    own: dict[int, list[Match]] = defaultdict(list)
    for m in edges:
        own[home[m.pair.left]].append(m)
    return sorted(g for n, members in enumerate(parts) for g in group(members, own[n], recipe, langs))


def heirs(old: Mapping[int, Collection[int]], new: Sequence[Group]) -> tuple[dict[int, int], dict[int, int]]:
    """Who keeps which story id: (index in ``new`` → old story id, merged-away id → surviving id).

    An old story's heir is the new group with most of its articles (ties: the one with the smallest id).
    Where one group is heir to several, the oldest id survives and the others become its aliases.
    """
    where = {i: n for n, members in enumerate(new) for i in members}
    claims: dict[int, list[int]] = defaultdict(list)
    for story in sorted(old):
        votes: dict[int, int] = defaultdict(int)
        for i in old[story]:
            if i in where:
                votes[where[i]] += 1
        if votes:
            claims[min(votes, key=lambda n: (-votes[n], new[n]))].append(story)
    keeps = {n: stories[0] for n, stories in claims.items()}
    aliases = {s: stories[0] for stories in claims.values() for s in stories[1:]}
    return keeps, aliases
