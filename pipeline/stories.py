"""Matches → partition on two levels, and stable story ids.

*Copies* are connected components of copy edges, without those that only a roundup makes
(``copies.kept``). *Stories* join copy groups by :func:`top_link` over ``P(same event)``; a pair that was never
proposed, or judged too unlikely to keep, counts as 0, so one bridge cannot chain two events. Everything here is a
function of one connected component of the match graph: the order in which articles arrived leaves no trace.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from pipeline import across
from pipeline.constraints import Conflicts, Ruling, by_component, links, seeds
from pipeline.copies import kept
from pipeline.model import Match
from pipeline.signatures import Recipe

TOP = 3  # links that a text is asked for; measured in docs/decisions.md
# How far from the cut a join may stay behind (or must exceed it), by how many texts the two clusters have, three
# standing for more: two single texts have only each other's word, a third that joins a pair has two, and what many
# headlines say of many is soon a topic's. Measured: docs/decisions.md
MARGINS: Mapping[tuple[int, int], float] = {(1, 1): -0.12, (1, 2): 0.18, (1, 3): 0.05}
OF_MANY = -0.03
SURE = 0.8  # strength from which articles of one language are joined before other languages have a say

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
    """The copy level: who printed the same text; a roundup does not chain what it prints."""
    return components(ids, kept(matches))


class _Links:
    """How strongly clusters of texts hang together, kept up to date while they merge.

    ``best[text][cluster]``: the text's highest probabilities to texts of the cluster, ``TOP`` at most, descending.
    """

    def __init__(
        self, clusters: Sequence[Collection[int]], pairs: Mapping[tuple[int, int], float], langs: Mapping[int, str]
    ) -> None:
        self.langs = langs
        self.spoken = {n: Counter(langs[text] for text in texts) for n, texts in enumerate(clusters)}
        home = {text: n for n, texts in enumerate(clusters) for text in texts}
        self.texts = {n: sorted(texts) for n, texts in enumerate(clusters)}
        self.best: dict[int, dict[int, list[float]]] = defaultdict(dict)
        self.near: dict[int, set[int]] = defaultdict(set)
        for (one, other), likely in sorted(pairs.items()):
            a, b = home[one], home[other]
            if a != b:
                self.best[one][b] = _top([*self.best[one].get(b, ()), likely])
                self.best[other][a] = _top([*self.best[other].get(a, ()), likely])
                self.near[a].add(b)
                self.near[b].add(a)

    def strength(self, a: int, b: int) -> float:
        """Mean of how the texts of each cluster hang on those of the other in their language: by their best links,
        absent ones counting 0."""
        return round((self._hang(a, b) + self._hang(b, a)) / 2, 9)

    def pull(self, a: int, b: int) -> float:
        """The strength, and what it may stay behind the cut by."""
        return round(self.strength(a, b) + margin(len(self.texts[a]), len(self.texts[b])), 9)

    def _hang(self, a: int, b: int) -> float:
        wanted = sum(n * min(TOP, self.spoken[b][lang]) for lang, n in self.spoken[a].items())
        return sum(sum(self.best[text].get(b, ())) for text in self.texts[a]) / wanted if wanted else 0.0

    def merge(self, a: int, b: int) -> set[int]:
        """Make ``b`` part of ``a``; the clusters that are linked to it."""
        for other in self.near[b] - {a}:
            for text in self.texts[other]:
                gone = self.best[text].pop(b, None)
                if gone:
                    self.best[text][a] = _top([*self.best[text].get(a, ()), *gone])
            self.near[other].discard(b)
            self.near[other].add(a)
        self.spoken[a] += self.spoken.pop(b)
        self.texts[a] = sorted([*self.texts[a], *self.texts.pop(b)])
        self.near[a] = (self.near[a] | self.near.pop(b)) - {a, b}
        return self.near[a]


def margin(one: int, other: int) -> float:
    """By how much the strength of clusters of so many texts may be below the cut; negative: must be above."""
    fewer, more = sorted((min(one, 3), min(other, 3)))
    return MARGINS.get((fewer, more), OF_MANY)


class Bond(NamedTuple):
    """What may join two stories, as :func:`top_link` asks it in its last step, over all languages."""

    strength: float  # in [0, 1]
    needed: float  # the cut, and what so few or so many texts are asked for besides
    texts: tuple[int, int]
    joins: bool


def bond(left: Sequence[Group], right: Sequence[Group], matches: Iterable[Match], recipe: Recipe) -> Bond:
    """How strongly two stories hang together and how strongly they must.

    ``left``, ``right``: their copy groups; ``matches``: the edges between them.
    """
    copies = [*left, *right]
    sides = (range(len(left)), range(len(left), len(copies)))
    links = _Links(sides, between_texts(copies, matches), dict.fromkeys(range(len(copies)), ""))
    needed = round(recipe.story_link - margin(len(left), len(right)), 9)
    joins = links.pull(0, 1) >= recipe.story_link
    return Bond(links.strength(0, 1), needed, (len(left), len(right)), joins)


def _top(values: Iterable[float]) -> list[float]:
    return sorted(values, reverse=True)[:TOP]


def top_link(
    clusters: Sequence[Collection[int]],
    pairs: Mapping[tuple[int, int], float],
    cut: float,
    conflicts: Conflicts | None = None,
    langs: Mapping[int, str] | None = None,
) -> list[list[int]]:
    """Merge the two clusters that hang together most while that, with its :func:`margin`, is at least ``cut``; lists of
    places in ``clusters``.

    ``pairs``: (text, text) → P(same event). Between average link, which a large story of short headlines never
    passes, and single link, which chains: every text is asked for its ``TOP`` best links only, but every text is
    asked. Only texts of one language (``langs``: text → language; none: all of one) ask each other: ``pairs`` must not
    hold others. Ties go to the smallest places. ``conflicts`` (used up) say which clusters may not be merged.
    """
    conflicts = conflicts or Conflicts()
    langs = langs or {text: "" for texts in clusters for text in texts}
    links = _Links(clusters, pairs, langs)
    merged = {n: [n] for n in range(len(clusters))}

    def entry(a: int, b: int) -> tuple[float, int, int]:
        return (-links.pull(a, b), min(a, b), max(a, b))

    heap = [entry(a, b) for a in sorted(links.near) for b in sorted(links.near[a]) if a < b]
    heapify(heap)
    while heap and -heap[0][0] >= cut:
        top = heappop(heap)
        _, a, b = top
        if a not in merged or b not in merged or top != entry(a, b) or not conflicts.allowed(a, b):
            continue  # made before one of the two grew, or forbidden
        conflicts.merge(a, b)
        merged[a] += merged.pop(b)
        for other in sorted(links.merge(a, b)):
            heappush(heap, entry(a, other))
    return list(merged.values())


def between_texts(copies: Sequence[Group], matches: Iterable[Match]) -> dict[tuple[int, int], float]:
    """P(same event) of two texts, by their places in ``copies``: the mean over all pairs of their copies, where a
    pair that was not proposed, or judged too unlikely to keep, counts as 0."""
    home = {i: n for n, group in enumerate(copies) for i in group}
    sums: dict[tuple[int, int], float] = defaultdict(float)
    for m in sorted(matches, key=lambda m: m.pair):
        a, b = sorted((home[m.pair.left], home[m.pair.right]))
        if a != b:
            sums[a, b] += m.probability
    return {(a, b): total / (len(copies[a]) * len(copies[b])) for (a, b), total in sums.items()}


def group(
    ids: Collection[int],
    matches: Sequence[Match],
    recipe: Recipe,
    rules: Sequence[Ruling],
    langs: Mapping[int, str],
    keys: Mapping[int, str],
) -> Partition:
    """Divide one connected component ``ids`` by the matches among them, as people's ``rules`` allow.

    Links of equal strength are taken in the order of ``keys``: ids come by arrival.

    What is sure in one language comes first, then counterparts in other languages, then what is less sure: two
    quakes whose English reports look alike are kept apart by their German ones, for the last step asks the texts of
    all languages. In a component of one language the steps are those of one top link.
    """
    copies, clusters, conflicts = seeds(copy_groups(ids, matches), matches, rules)
    rank = {i: n for n, i in enumerate(sorted(ids, key=lambda i: (keys[i], i)))}
    firsts = [min(rank[i] for i in cluster) for cluster in clusters]
    turns = sorted(range(len(clusters)), key=firsts.__getitem__)
    copies.sort(key=lambda copy: min(rank[i] for i in copy))
    clusters, conflicts = [clusters[n] for n in turns], conflicts.over([[n] for n in turns])
    place = {i: n for n, copy in enumerate(copies) for i in copy}
    texts = [sorted({place[i] for i in cluster}) for cluster in clusters]
    within = between_texts(copies, (m for m in matches if langs[m.pair.left] == langs[m.pair.right]))
    parts = [[n] for n in range(len(clusters))]
    spoken = {n: langs[copy[0]] for n, copy in enumerate(copies)}
    every = between_texts(copies, matches)
    steps: Sequence[tuple[Step, Mapping[tuple[int, int], float]]] = (
        (lambda found, pairs, apart: top_link(found, pairs, max(SURE, recipe.story_link), apart, spoken), within),
        (lambda found, _, apart: across.link(_articles(found, copies), langs, matches, recipe.model, apart), {}),
        (lambda found, pairs, apart: top_link(found, pairs, recipe.story_link, apart), every),
    )
    for step, pairs in steps:
        joined = step([[text for n in part for text in texts[n]] for part in parts], pairs, conflicts.over(parts))
        parts = [[n for place in places for n in parts[place]] for places in joined]
    told = [sorted(copies[text] for n in part for text in texts[n]) for part in parts]
    return [(tuple(sorted(i for copy in own for i in copy)), tuple(own)) for own in told]


Step = Callable[[Sequence[Collection[int]], Mapping[tuple[int, int], float], Conflicts], list[list[int]]]


def _articles(clusters: Sequence[Collection[int]], copies: Sequence[Group]) -> list[Group]:
    return [tuple(sorted(i for text in texts for i in copies[text])) for texts in clusters]


def partition(
    ids: Collection[int],
    matches: Iterable[Match],
    recipe: Recipe,
    rules: Collection[Ruling] = (),
    langs: Mapping[int, str] | None = None,
    keys: Mapping[int, str] | None = None,
) -> Partition:
    """Divide ``ids``, whole components of the graph of matches and ``rules`` (newest first), one by one; sorted.

    ``langs``: article id → language (none: all are of one); articles are first grouped within theirs. ``keys``: article
    id → key (none: all have one), which decides between links of equal strength.
    """
    langs = dict.fromkeys(ids, "") if langs is None else langs
    keys = dict.fromkeys(ids, "") if keys is None else keys
    edges = list(matches)
    parts = components(ids, [*((m.pair.left, m.pair.right) for m in edges), *links(rules)])
    home = {i: n for n, members in enumerate(parts) for i in members}
    own: dict[int, list[Match]] = defaultdict(list)
    for m in edges:
        own[home[m.pair.left]].append(m)
    ruled = by_component(rules, home)
    told = (group(members, own[n], recipe, ruled.get(n, ()), langs, keys) for n, members in enumerate(parts))
    return sorted(g for found in told for g in found)


class Former(NamedTuple):
    """A story id that merged into ``story``, with the first articles of both as they were then."""

    id: int
    story: int
    first: int
    kept: int


def heirs(
    old: Mapping[int, Collection[int]], new: Sequence[Group], former: Sequence[Former] = ()
) -> tuple[dict[int, int], dict[int, int]]:
    """Who keeps which story id: (index in ``new`` → old story id, merged-away id → surviving id).

    An old story's heir is the new group with most of its articles (ties: the one with the smallest id). Where one group
    is heir to several, the oldest id survives and the others become its aliases. Where what had merged parts again
    (``former``), both have their own numbers back: a number never leads to another's articles.
    """
    where = {i: n for n, members in enumerate(new) for i in members}
    parted = [f for f in sorted(former) if {f.first, f.kept} <= set(old.get(f.story, ())) & where.keys()
              and where[f.first] != where[f.kept]]  # fmt: skip
    home = {f.story: where[f.kept] for f in reversed(parted)}
    claims: dict[int, list[int]] = defaultdict(list)
    for story in sorted(old):
        if story in home:
            claims[home[story]].append(story)
            continue
        votes: dict[int, int] = defaultdict(int)
        for i in old[story]:
            if i in where:
                votes[where[i]] += 1
        if votes:
            claims[min(votes, key=lambda n: (-votes[n], new[n]))].append(story)
    keeps = {n: stories[0] for n, stories in claims.items()}
    for f in parted:
        keeps.setdefault(where[f.first], f.id)
    aliases = {s: stories[0] for stories in claims.values() for s in stories[1:]}
    return keeps, aliases
