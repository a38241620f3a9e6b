"""What provenance looks at: the members of a story, what each leans on, and the chains that this makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pipeline.model import Citation, Cited

DAY = timedelta(days=1)


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


UNSAID = (How.TEXT, How.COPY, How.TRANSLATION)  # inferred: nobody says so


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
        """The claim, unless we saw the article before it. Of a day without an hour its end: it shows no more."""
        if self.published is None:
            return self.first_seen
        return min(self.published if self.dated else self.published + DAY, self.first_seen)

    @property
    def dated(self) -> bool:
        """Does the claim name an hour? Midnight sharp is a day without one."""
        return self.published is not None and (self.published.hour, self.published.minute) != (0, 0)

    @property
    def order(self) -> tuple[datetime, str]:
        """By which members are ordered; not by id, for that would be the order of arrival."""
        return self.when, self.key

    @property
    def speaks(self) -> bool:
        """Does it speak of its outlet's own reporting?"""
        return any(c.kind is Cited.PRIMARY and c.outlet == self.outlet and not c.earlier for c in self.citations)


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
    """A story's leanings: of its articles, and of outlets that are known through them only. They form no circle."""

    members: Mapping[int, Member]
    leans: Mapping[int, Lean]
    outside: Mapping[str, Lean]  # outlet without a member → what the articles that print or cite it say it has it from
    said_by: Mapping[str, int]  # … the article that says so
    _roots: dict[Node, Node] = field(default_factory=dict, repr=False, compare=False)

    def node(self, article: int) -> Node:
        """A member's."""
        return Node(self.members[article].outlet, article)

    def next(self, node: Node) -> Lean | None:
        """What a node leans on."""
        return self.leans.get(node.article) if node.article else self.outside.get(node.outlet)

    def back(self, article: int) -> list[tuple[Node, Lean]]:
        """The chain back from an article: each node with what it leans on."""
        return list(self._steps(self.node(article)))

    def _steps(self, node: Node) -> Iterator[tuple[Node, Lean]]:
        while lean := self.next(node):
            yield node, lean
            node = Node(lean.outlet, lean.article)

    def root(self, article: int) -> Node:
        """Where the chain from an article ends."""
        node, passed = self.node(article), []
        while node not in self._roots and (lean := self.next(node)):
            passed.append(node)
            node = Node(lean.outlet, lean.article)
        root = self._roots.get(node, node)
        self._roots.update(dict.fromkeys(passed, root))
        return root
