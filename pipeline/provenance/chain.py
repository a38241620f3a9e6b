"""What each member of a story leans on, and where the chain of leaning ends.

A member is an article as provenance looks at it. It leans on an article of the story or on an outlet that has none
there: because it prints its text, credits it, names it, or says nothing and shares its words. Functions of one story
alone: order of arrival leaves no trace.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pipeline.model import Citation, Cited, Place

LEAD_SHARE = 1 / 3  # of a text: who is cited there is where it comes from, who is cited later adds to it
TITLE, LEAD, LATER = 1.5, 1.0, 0.4  # what a citation counts there
LINKED, HERE = 0.5, 0.3  # … more where it is a link to a member, where the outlet has a member
WORDS = 0.3  # share of the shorter text in passages that both print, from which one leans on the other unsaid
_TRANSLATED = re.compile(
    r"\b(?:translat(?:ed|ion) (?:from|by)|übersetzt|übersetzung|aus dem (?:englisch|niederländisch|französisch|russisch)en"
    r"|vertaald|vertaling)\b",
    re.IGNORECASE,
)


class How(StrEnum):
    """By what an article leans on another or on an outlet."""

    COPY = "copy"  # prints the same text, later
    CREDIT = "credit"  # credits the agency
    CANONICAL = "canonical"  # rel=canonical to the other's page
    FEED = "feed"  # the feed's <source>
    TRANSLATION = "translation"  # the same house in another language
    CITATION = "citation"
    LINK = "link"
    TEXT = "text"  # says nothing, but shares passages


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a story, as far as provenance looks at it."""

    id: int
    copy: int  # its copy group
    outlet: str  # canonical name
    owner: str  # the family of owners, by name
    lang: str
    key: str  # urls.key
    published: datetime | None  # the source's claim
    first_seen: datetime  # ours
    size: int  # characters of the text
    head: str  # title and the first and last lines: where a translation says that it is one
    citations: tuple[Citation, ...]
    linked: tuple[str, ...] = ()  # keys of the addresses that its citations link to

    @property
    def when(self) -> datetime:
        """The claim, unless we saw the article before it."""
        return min(self.published or self.first_seen, self.first_seen)

    @property
    def dated(self) -> bool:
        """Does the claim name an hour? Midnight sharp is a day without one."""
        return self.published is not None and (self.published.hour, self.published.minute) != (0, 0)


class Lean(NamedTuple):
    """What one article or outlet leans on."""

    outlet: str
    article: int  # 0: the outlet has none in the story
    how: How
    confidence: float
    quote: str = ""


class Node(NamedTuple):
    """An article of the story, or (``article`` 0) an outlet that has none there."""

    outlet: str
    article: int


@dataclass(frozen=True)
class Chain:
    """A story's leanings: of its articles, and of outlets that are known through them only."""

    members: Mapping[int, Member]
    leans: Mapping[int, Lean]
    outside: Mapping[str, Lean]  # outlet without a member → what the articles that print or cite it say it has it from

    def next(self, node: Node) -> Lean | None:
        """What a node leans on."""
        return self.leans.get(node.article) if node.article else self.outside.get(node.outlet)

    def back(self, article: int) -> list[tuple[Node, Lean]]:
        """The chain back from an article: each node with what it leans on; a circle is left where it would close."""
        node = Node(self.members[article].outlet, article)
        steps: list[tuple[Node, Lean]] = []
        met = {node}
        while lean := self.next(node):
            following = Node(lean.outlet, lean.article)
            if following in met:
                break
            steps.append((node, lean))
            met.add(following)
            node = following
        return steps

    def root(self, article: int) -> Node:
        """Where the chain from an article ends."""
        steps = self.back(article)
        if not steps:
            return Node(self.members[article].outlet, article)
        return Node(steps[-1][1].outlet, steps[-1][1].article)


Similar = Mapping[tuple[int, int], float]  # (smaller id, larger id) → share of the shorter text in common passages


def chained(members: Iterable[Member], similar: Similar) -> Chain:
    """The leanings of a story's members, decided on all of them together."""
    ordered = sorted(members, key=lambda m: (m.when, m.id))
    story = _Story(ordered, similar)
    leans = {}
    for m in ordered:
        if lean := story.lean(m):
            leans[m.id] = lean
        story.met(m)
    return Chain({m.id: m for m in ordered}, leans, _outside(ordered, story))


class _Story:
    def __init__(self, ordered: Sequence[Member], similar: Similar) -> None:
        self.copies: dict[int, list[Member]] = defaultdict(list)
        self.house: dict[str, list[Member]] = defaultdict(list)
        self.before: dict[int, Member] = {}
        self.alike: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for (left, right), share in similar.items():
            self.alike[left].append((right, share))
            self.alike[right].append((left, share))
        self.by_key = {m.key: m for m in reversed(ordered)}
        self.by_outlet: dict[str, list[Member]] = defaultdict(list)
        self.credits: dict[int, Counter[str]] = defaultdict(Counter)  # copy group → agency → prints that credit it
        self.all_credits: Counter[str] = Counter()
        for m in ordered:
            self.by_outlet[m.outlet].append(m)
            named = {c.outlet for c in m.citations if c.kind is Cited.WIRE_CREDIT}
            self.credits[m.copy].update(named)
            self.all_credits.update(named)

    def met(self, m: Member) -> None:
        """``m`` came before those that are asked for from now on."""
        self.copies[m.copy].append(m)
        self.house[m.owner].append(m)
        self.before[m.id] = m

    def lean(self, m: Member) -> Lean | None:
        """What ``m`` leans on, by the plainest evidence there is, among the members met so far."""
        copies = self.copies.get(m.copy, [])
        return (
            self._stated(m, Place.CANONICAL, How.CANONICAL, copies)
            or self._credited(m)
            or self._stated(m, Place.FEED, How.FEED, copies)
            or _copied(copies)
            or self._translated(m)
            or self._cited(m)
            or self._alike(m)
        )

    def _stated(self, m: Member, place: Place, how: How, copies: Sequence[Member]) -> Lean | None:
        for c in m.citations:
            if c.place is place and c.media and c.outlet != m.outlet:
                same = [o for o in copies if o.outlet == c.outlet]
                target = same[0].id if same else self._article(c.outlet, m)
                return Lean(c.outlet, target, how, c.confidence, c.quote)
        return None

    def _credited(self, m: Member) -> Lean | None:
        """The agency whose text this is; not where a text of the house's own cites a medium and thanks an agency."""
        credits = [c for c in m.citations if c.kind is Cited.WIRE_CREDIT and c.outlet != m.outlet]
        if not credits:
            return None
        shared = self.credits[m.copy]
        best = max(credits, key=lambda c: (shared[c.outlet], self.all_credits[c.outlet], c.place is Place.DATELINE))
        return Lean(best.outlet, self._article(best.outlet, m), How.CREDIT, best.confidence, best.quote)

    def _cited(self, m: Member) -> Lean | None:
        cited = self.weights(m)
        own = cited.pop(m.outlet, (0.0, ""))[0]
        cited = {outlet: found for outlet, found in cited.items() if found[0] >= max(own, LATER)}
        if not cited:
            return None
        outlet = max(cited, key=lambda o: (cited[o][0], o))
        weight, quote = cited[outlet]
        linked = next((self.by_key[k] for k in m.linked if k in self.by_key and self.by_key[k].outlet == outlet), None)
        article = linked.id if linked else self._article(outlet, m)
        how = How.CITATION if quote else How.LINK
        return Lean(outlet, article, how, round(min(0.95, 0.45 + weight / 4), 2), quote)

    def weights(self, m: Member) -> dict[str, tuple[float, str]]:
        """Outlet → how much the words and links of ``m`` say that it comes from there, with the first such words."""
        found: dict[str, tuple[float, str]] = {}
        for c in m.citations:
            if _tells(c):
                weight, quote = found.get(c.outlet, (HERE if self.by_outlet.get(c.outlet) else 0.0, ""))
                found[c.outlet] = (weight + c.confidence * _place_weight(c, m), quote or c.quote)
        for key in m.linked:
            target = self.by_key.get(key)
            if target and target.id != m.id and target.outlet != m.outlet:
                weight, quote = found.get(target.outlet, (HERE, ""))
                found[target.outlet] = (weight + LINKED, quote)
        return found

    def _translated(self, m: Member) -> Lean | None:
        """The same house's earlier article in another language, or the one that a text says it is translated from."""
        own = [o for o in self.house.get(m.owner, ()) if o.lang != m.lang]
        if own:
            return Lean(own[0].outlet, own[0].id, How.TRANSLATION, 0.8)
        if (said := _TRANSLATED.search(m.head)) is None:
            return None
        cited = {c.outlet for c in m.citations if c.media}
        named = [o for o in self.before.values() if o.lang != m.lang and o.outlet in cited]
        return Lean(named[0].outlet, named[0].id, How.TRANSLATION, 0.85, said[0]) if named else None

    def _alike(self, m: Member) -> Lean | None:
        near = [(share, self.before[i]) for i, share in self.alike[m.id] if i in self.before]
        near = [(share, o) for share, o in near if o.lang == m.lang and o.owner != m.owner]
        share, best = max(near, key=lambda x: (x[0], -x[1].id), default=(0.0, None))
        return Lean(best.outlet, best.id, How.TEXT, round(share, 2)) if best and share >= WORDS else None

    def _article(self, outlet: str, m: Member) -> int:
        """The article of the outlet that ``m`` may have read: the first one before it in its language, else the first."""
        own = [o for o in self.by_outlet.get(outlet, ()) if o.id != m.id]
        before = [o for o in own if o.when <= m.when]
        same = [o for o in before if o.lang == m.lang]
        return next((o.id for o in (*same, *before, *own)), 0)


def _tells(c: Citation) -> bool:
    """Does the citation name a medium as where this story comes from?"""
    return c.media and not c.earlier and not c.via and c.kind in (Cited.PRIMARY, Cited.SECOND_HAND)


def _place_weight(c: Citation, m: Member) -> float:
    if c.place is Place.TITLE:
        return TITLE
    return LEAD if c.start < max(m.size * LEAD_SHARE, 400) else LATER


def _copied(copies: Sequence[Member]) -> Lean | None:
    return Lean(copies[0].outlet, copies[0].id, How.COPY, 0.9) if copies else None


def _outside(ordered: Sequence[Member], story: _Story) -> dict[str, Lean]:
    """What is known of outlets without a member: an agency's text cites somebody, somebody is cited through another."""
    found: dict[str, Lean] = {}
    for m in ordered:
        for c in m.citations:
            if c.kind is Cited.WIRE_CREDIT and c.outlet not in story.by_outlet and (lean := story._cited(m)):
                if lean.outlet != c.outlet:
                    found.setdefault(c.outlet, lean)
            elif c.via and c.media and not c.earlier and c.via not in story.by_outlet and c.outlet != c.via:
                article = story._article(c.outlet, m)
                found.setdefault(c.via, Lean(c.outlet, article, How.CITATION, c.confidence, c.quote))
    return found
