"""What each member of a story leans on, and where the chain of leaning ends.

A member is an article as provenance looks at it. It leans on an article of the story or on an outlet that has none
there: because it prints its text, credits it, names it, or says nothing and shares its words. Functions of one story
alone: order of arrival leaves no trace.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from pipeline.model import Citation, Cited, Place
from pipeline.provenance.members import UNSAID, Chain, How, Lean, Member, Node

__all__ = ["Chain", "How", "Lean", "Member", "Node", "Similar", "chained"]

LEAD_SHARE = 1 / 3  # of a text: who is cited there is where it comes from, who is cited later adds to it
TITLE, LEAD, LATER = 2.0, 1.0, 0.4  # what a citation counts there; in the lead up to twice that, the sooner the more
LINKED, HERE = 0.5, 0.3  # … more where it is a link to a member, where the outlet has a member
WORDS = 0.3  # share of the shorter text in passages that both print, from which one leans on the other unsaid
_TRANSLATED = re.compile(
    r"\b(?:translat(?:ed|ion) (?:from|by)|übersetzt|übersetzung"
    r"|aus dem (?:englisch|niederländisch|französisch|russisch)en|vertaald|vertaling)\b",
    re.IGNORECASE,
)


Similar = Mapping[tuple[int, int], float]  # (smaller id, larger id) → share of the shorter text in common passages


def chained(members: Iterable[Member], similar: Similar) -> Chain:
    """The leanings of a story's members, decided on all of them together."""
    ordered = sorted(members, key=lambda m: m.order)
    story = _Story(ordered, similar)
    leans = {}
    for m in ordered:
        if lean := story.lean(m):
            leans[m.id] = lean
        story.met(m)
    outside, said_by = _outside(ordered, story)
    _open(Chain({m.id: m for m in ordered}, leans, outside, said_by), leans, outside)
    return Chain({m.id: m for m in ordered}, leans, outside, said_by)


class _Story:
    def __init__(self, ordered: Sequence[Member], similar: Similar) -> None:
        self.first_print: dict[int, Member] = {}  # by copy group
        self.printed: dict[tuple[int, str], Member] = {}  # (copy group, outlet) → its first print
        self.house: dict[str, dict[str, Member]] = defaultdict(dict)  # owner → language → first article
        self.told: dict[str, dict[str, Member]] = defaultdict(dict)  # outlet → language → first article
        self.before: dict[int, Member] = {}
        self.alike = _alike(similar)
        self.rank = {m.id: n for n, m in enumerate(ordered)}
        self.by_key = {m.key: m for m in ordered}
        self.firsts: dict[tuple[str, str], list[Member]] = defaultdict(list)  # (outlet, language or "") → its first two
        self.credits: dict[int, Counter[str]] = defaultdict(Counter)  # copy group → agency → prints that credit it
        self.all_credits: Counter[str] = Counter()
        for m in ordered:
            for own in (self.firsts[m.outlet, m.lang], self.firsts[m.outlet, ""]):
                own += [m] * (len(own) < 2)
            named = {c.outlet for c in m.citations if c.kind is Cited.WIRE_CREDIT}
            self.credits[m.copy].update(named)
            self.all_credits.update(named)

    def met(self, m: Member) -> None:
        """``m`` came before those that are asked for from now on."""
        self.first_print.setdefault(m.copy, m)
        self.printed.setdefault((m.copy, m.outlet), m)
        self.house[m.owner].setdefault(m.lang, m)
        self.told[m.outlet].setdefault(m.lang, m)
        self.before[m.id] = m

    def has(self, outlet: str) -> bool:
        """Has the outlet an article here?"""
        return (outlet, "") in self.firsts

    def lean(self, m: Member) -> Lean | None:
        """What ``m`` leans on, by the plainest evidence there is, among the members met so far."""
        return (
            self._stated(m, Place.CANONICAL, How.CANONICAL)
            or self._credited(m)
            or self._stated(m, Place.FEED, How.FEED)
            or self._copied(m)
            or self._translated(m)
            or self.cited(m)
            or self._alike(m)
        )

    def _stated(self, m: Member, place: Place, how: How) -> Lean | None:
        for c in m.citations:
            if c.place is place and c.media and c.outlet != m.outlet:
                same = self.printed.get((m.copy, c.outlet))
                return Lean(c.outlet, same.id if same else self.article(c.outlet, m), how, c.confidence, c.quote)
        return None

    def _credited(self, m: Member) -> Lean | None:
        """The agency whose text this is: of several the one that most prints of it credit."""
        credits = [c for c in m.citations if c.kind is Cited.WIRE_CREDIT and c.outlet != m.outlet]
        if not credits:
            return None
        shared = self.credits[m.copy]
        best = max(credits, key=lambda c: (shared[c.outlet], self.all_credits[c.outlet], c.place is Place.DATELINE))
        return Lean(best.outlet, self.article(best.outlet, m), How.CREDIT, best.confidence, best.quote)

    def _copied(self, m: Member) -> Lean | None:
        first = self.first_print.get(m.copy)
        return Lean(first.outlet, first.id, How.COPY, 0.9) if first else None

    def cited(self, m: Member) -> Lean | None:
        """The medium that its words and links say it comes from, unless they say as much of its own reporting."""
        cited = self.weights(m)
        own = cited.pop(m.outlet, (0.0, ""))[0]
        cited = {outlet: found for outlet, found in cited.items() if found[0] >= max(own, LATER)}
        if not cited:
            return None
        outlet = max(cited, key=lambda o: (cited[o][0], o))
        weight, quote = cited[outlet]
        linked = next((self.by_key[k] for k in m.linked if k in self.by_key and self.by_key[k].outlet == outlet), None)
        article = linked.id if linked else self.article(outlet, m)
        how = How.CITATION if quote else How.LINK
        return Lean(outlet, article, how, round(min(0.95, 0.45 + weight / 6), 2), quote)

    def weights(self, m: Member) -> dict[str, tuple[float, str]]:
        """Outlet → how much the words and links of ``m`` say that it comes from there, with the first such words."""
        found: dict[str, tuple[float, str]] = {}
        for c in m.citations:
            if _tells(c):
                weight, quote = found.get(c.outlet, (HERE if self.has(c.outlet) else 0.0, ""))
                found[c.outlet] = (weight + c.confidence * _place_weight(c, m), quote or c.quote)
        for key in m.linked:
            target = self.by_key.get(key)
            if target and target.id != m.id and target.outlet != m.outlet:
                weight, quote = found.get(target.outlet, (HERE, ""))
                found[target.outlet] = (weight + LINKED, quote)
        return found

    def _translated(self, m: Member) -> Lean | None:
        """The same house's earlier article in another language, or the one that a text says it is translated from."""
        if own := _other(self.house.get(m.owner, {}), m.lang):
            return Lean(own.outlet, own.id, How.TRANSLATION, 0.8)
        if (said := _TRANSLATED.search(m.head)) is None:
            return None
        cited = {c.outlet for c in m.citations if c.media}
        named = [o for outlet in cited if (o := _other(self.told.get(outlet, {}), m.lang))]
        best = min(named, key=lambda o: o.order, default=None)
        return Lean(best.outlet, best.id, How.TRANSLATION, 0.85, said[0]) if best else None

    def _alike(self, m: Member) -> Lean | None:
        if m.speaks:
            return None
        near = [(share, self.before[i]) for i, share in self.alike[m.id] if i in self.before]
        near = [(share, o) for share, o in near if o.lang == m.lang and o.owner != m.owner]
        share, best = max(near, key=lambda x: (x[0], -self.rank[x[1].id]), default=(0.0, None))
        return Lean(best.outlet, best.id, How.TEXT, round(share, 2)) if best and share >= WORDS else None

    def article(self, outlet: str, m: Member) -> int:
        """The article of the outlet that ``m`` may have read: the first one before it in its language, else the
        first. 0: there is none."""
        same, own = self.firsts.get((outlet, m.lang), ()), self.firsts.get((outlet, ""), ())
        before = [o for o in (*same, *own) if o.when <= m.when]
        return next((o.id for o in (*before, *own) if o.id != m.id), 0)


def _alike(similar: Similar) -> dict[int, list[tuple[int, float]]]:
    found: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (left, right), share in similar.items():
        found[left].append((right, share))
        found[right].append((left, share))
    return found


def _other(by_lang: Mapping[str, Member], lang: str) -> Member | None:
    """The first in another language."""
    return min((o for own, o in by_lang.items() if own != lang), key=lambda o: o.order, default=None)


def _tells(c: Citation) -> bool:
    """Does the citation name a medium as where this story comes from?"""
    return c.media and not c.earlier and not c.via and c.kind in (Cited.PRIMARY, Cited.SECOND_HAND)


def _place_weight(c: Citation, m: Member) -> float:
    if c.place is Place.TITLE:
        return TITLE
    return LEAD * (2 - c.start / max(m.size, 1)) if c.start < max(m.size * LEAD_SHARE, 400) else LATER


def _outside(ordered: Sequence[Member], story: _Story) -> tuple[dict[str, Lean], dict[str, int]]:
    """What is known of outlets without a member: an agency's text cites somebody, somebody is cited through another;
    and by which article's words."""
    found: dict[str, Lean] = {}
    said_by: dict[str, int] = {}
    for m in ordered:
        for outlet, lean in _relayed(m, story):
            if outlet not in found and outlet != lean.outlet and not story.has(outlet):
                found[outlet], said_by[outlet] = lean, m.id
    return found, said_by


def _relayed(m: Member, story: _Story) -> Iterator[tuple[str, Lean]]:
    for c in m.citations:
        if c.kind is Cited.WIRE_CREDIT:
            if lean := story.cited(m):
                yield c.outlet, lean
        elif c.via and c.media and not c.earlier:
            article = m.id if c.outlet == m.outlet else story.article(c.outlet, m)
            yield c.via, Lean(c.outlet, article, How.CITATION, c.confidence, c.quote)


# -- circles


def _open(chain: Chain, leans: dict[int, Lean], outside: dict[str, Lean]) -> None:
    """Open every circle: what is only inferred gives way to what is said, then the earliest leans on nobody."""
    done: set[Node] = set()
    for start in [*map(chain.node, chain.members), *(Node(outlet, 0) for outlet in outside)]:
        path: dict[Node, Lean] = {}
        node = start
        while node not in done and node not in path and (lean := chain.next(node)):
            path[node] = lean
            node = Node(lean.outlet, lean.article)
        if node in path:
            circle = list(path)[list(path).index(node) :]
            weakest = min(circle, key=lambda n: _strength(chain, n, path[n]))
            _ = leans.pop(weakest.article) if weakest.article else outside.pop(weakest.outlet)
        done |= path.keys()


def _strength(chain: Chain, node: Node, lean: Lean) -> tuple[bool, datetime, bool, str]:
    """An outlet without a member is as early as the words that tell of it, and after the article that says them."""
    m = chain.members[node.article or chain.said_by[node.outlet]]
    return lean.how not in UNSAID, m.when, not node.article, m.key if node.article else node.outlet
