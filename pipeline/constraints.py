"""Corrections by people → what must be one story and what must not, as grouping asks it.

A *ruling* says that some articles belong together and, of a split, which others they must stay apart from. Where
rulings contradict each other the newest wins, pair by pair: they are applied newest first, and whatever an older
one says against that is left out (:func:`bonds`). Everything here is a function of rulings and matches of one
connected component, so the order in which articles and corrections came in leaves no trace.

The method is that of constrained agglomeration (must-link and cannot-link: Wagstaff & Cardie 2000; merging under
constraints: Davidson & Ravi 2005): must-links are merged before the first step, cannot-links refuse merges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.model import Correction, Match, Verdict

Group = tuple[int, ...]  # article ids, sorted


@dataclass(frozen=True, slots=True)
class Ruling:
    """One correction over the articles that are there, in the order of their keys."""

    together: tuple[int, ...]
    apart: tuple[int, ...] = ()  # none of them may be with any of ``together``

    @property
    def says_something(self) -> bool:
        """Whether it binds two articles or parts two."""
        return len(self.together) > 1 or bool(self.together and self.apart)


def rulings(corrections: Iterable[Correction], ids: Mapping[str, int]) -> list[Ruling]:
    """Those of ``corrections`` (in force, oldest first) that say something about ``ids`` (key → article id),
    newest first."""
    found = [Ruling(_present(c.together, ids), _present(c.apart, ids)) for c in corrections]
    return [r for r in reversed(found) if r.says_something]


def _present(keys: Iterable[str], ids: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(ids[k] for k in sorted(keys) if k in ids)


def links(rules: Iterable[Ruling]) -> Iterator[tuple[int, int]]:
    """Edges that connect what must be together, whether or not a newer ruling says otherwise: a component of the
    match graph is one over these, too."""
    for rule in rules:
        yield from zip(rule.together, rule.together[1:], strict=False)


def by_component(rules: Iterable[Ruling], home: Mapping[int, int]) -> dict[int, list[Ruling]]:
    """The rulings of each component (``home``: article → component), each without what is in other components."""
    found: dict[int, list[Ruling]] = defaultdict(list)
    for rule in rules:
        n = home[rule.together[0]]  # all of them are in it: see links
        found[n].append(Ruling(rule.together, tuple(i for i in rule.apart if home[i] == n)))
    return found


# -- while clusters merge


@dataclass(slots=True)
class Conflicts:
    """Which clusters may not be merged, kept up to date while others are.

    For any agglomerative loop: ask :meth:`allowed` before a merge, tell :meth:`merge` after it. Clusters go by
    whatever number the loop gives them.
    """

    foes: dict[int, set[int]] = field(default_factory=dict)

    def part(self, a: int, b: int) -> None:
        """Forbid that ``a`` and ``b`` are merged."""
        self.foes.setdefault(a, set()).add(b)
        self.foes.setdefault(b, set()).add(a)

    def allowed(self, a: int, b: int) -> bool:
        """Whether ``a`` and ``b`` may be merged."""
        return b not in self.foes.get(a, ())

    def over(self, parts: Sequence[Sequence[int]]) -> Conflicts:
        """The conflicts between ``parts``, each some of the clusters here, numbered by their places."""
        home = {n: place for place, part in enumerate(parts) for n in part}
        found = Conflicts()
        for n, foes in self.foes.items():
            for foe in foes:
                found.part(home[n], home[foe])
        return found

    def merge(self, kept: int, gone: int) -> None:
        """``gone`` is part of ``kept`` now, and so are its conflicts."""
        for foe in self.foes.pop(gone, ()):
            self.foes[foe].discard(gone)
            self.part(kept, foe)


class Bonds:
    """Articles that are one cluster before anything is compared, and clusters that must not be one."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}
        self.conflicts = Conflicts()  # between roots

    def root(self, i: int) -> int:
        """The article that stands for the cluster of ``i``."""
        while (up := self._parent.get(i, i)) != i:
            self._parent[i] = i = self._parent.get(up, up)
        return i

    def join(self, a: int, b: int) -> bool:
        """Make one cluster of two; False where they must stay apart."""
        low, high = sorted((self.root(a), self.root(b)))
        if not self.conflicts.allowed(low, high):
            return False
        if low != high:
            self._parent[high] = low
            self.conflicts.merge(low, high)
        return True

    def join_all(self, ids: Collection[int]) -> bool:
        """Make one cluster of all of them; False, with nothing done, where any two must stay apart."""
        roots = {self.root(i) for i in ids}
        if any(self.conflicts.foes.get(r, set()) & roots for r in roots):
            return False
        return all(self.join(i, min(roots)) for i in roots)

    def part(self, a: int, b: int) -> None:
        """Keep two clusters apart; where they are one already, a newer ruling made them so."""
        a, b = self.root(a), self.root(b)
        if a != b:
            self.conflicts.part(a, b)


def bonds(rules: Iterable[Ruling]) -> Bonds:
    """What ``rules`` (newest first) come to: a later one takes effect as far as the earlier let it.

    What must be together and may not is divided: each article, in the ruling's order, goes to the first part that it
    may be in.
    """
    found = Bonds()
    for rule in rules:
        parts: list[int] = []
        for i in rule.together:
            if not any(found.join(i, part) for part in parts):
                parts.append(i)
        for a in rule.together:
            for b in rule.apart:
                found.part(a, b)
    return found


def seeds(
    copies: Sequence[Group], matches: Iterable[Match], rules: Sequence[Ruling]
) -> tuple[list[Group], list[Group], Conflicts]:
    """What agglomeration starts from: the copy groups, the clusters over them, and which of these may not merge.

    A cluster is one copy group, or several that must be together. A copy group with two articles that must be apart
    is divided, for a person who read them knows better than a shingle count: along its copy edges, by smallest ids,
    so a later copy of both sides goes with the side whose article came first. Conflicts number the clusters by their
    place in the answer.
    """
    if not rules:
        return list(copies), list(copies), Conflicts()
    held = bonds(rules)
    torn = [group for group in copies if not held.join_all(group)]
    home = {i: n for n, group in enumerate(torn) for i in group}
    for a, b in sorted((m.pair.left, m.pair.right) for m in matches if m.verdict is Verdict.COPY):
        if a in home and home[a] == home.get(b):
            held.join(a, b)
    divided = sorted(part for group in copies for part in _by_root(group, held))
    clusters = _by_root([i for group in divided for i in group], held)
    place = {held.root(cluster[0]): n for n, cluster in enumerate(clusters)}
    foes = {n: {place[f] for f in held.conflicts.foes.get(root, ())} for root, n in place.items()}
    return divided, clusters, Conflicts(foes)


def _by_root(ids: Iterable[int], held: Bonds) -> list[Group]:
    found: dict[int, list[int]] = defaultdict(list)
    for i in ids:
        found[held.root(i)].append(i)
    return sorted(tuple(sorted(members)) for members in found.values())


# -- which correction replaces which


def replaced(corrections: Sequence[Correction]) -> dict[int, int]:
    """Id of a correction that a newer one leaves nothing of → id of the first newer one that does; oldest first."""
    naming: dict[str, list[int]] = defaultdict(list)
    for n, c in enumerate(corrections):
        for key in c.together:
            naming[key].append(n)
    found: dict[int, int] = {}
    for n, old in enumerate(corrections):
        newer = sorted({m for key in old.together | old.apart for m in naming[key] if m > n})
        by = next((corrections[m].id for m in newer if replaces(corrections[m], old)), None)
        if by is not None:
            found[old.id] = by
    return found


def replaces(new: Correction, old: Correction) -> bool:
    """Whether ``new`` takes back all that ``old`` says.

    A split is taken back as a whole by whatever binds an article of one side to one of the other. What binds articles
    is taken back by a split that leaves no two of them to be together by it.
    """
    if old.apart:
        return bool(new.together & old.together and new.together & old.apart)
    return contradicts(new, old) and len(old.together - new.together) < 2


def contradicts(new: Correction, old: Correction) -> bool:
    """Whether ``new`` parts articles that ``old`` binds."""
    return bool(new.apart & old.together and new.together & old.together)
