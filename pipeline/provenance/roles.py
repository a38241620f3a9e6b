"""What each member is in its story; and a story's whole provenance in one call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from pipeline.model import Cited, Place
from pipeline.provenance.chain import Similar, chained
from pipeline.provenance.members import Chain, How, Lean, Member
from pipeline.provenance.origin import Independence, Origin, copy_origin, independence, story_origin

CUT = 0.75  # of the longest print of a text: what is shorter has been cut
LATER = timedelta(hours=18)  # after what it leans on: the news of another day


class Role(StrEnum):
    """What an article is in its story."""

    ORIGIN = "origin"
    COPY = "copy"
    CUT_COPY = "cut_copy"
    REWRITE = "rewrite"
    TRANSLATION = "translation"
    FOLLOW_UP = "follow_up"
    REPORT = "report"  # leans on nobody that we know of


@dataclass(frozen=True, slots=True)
class Part:
    """An article's part in its story."""

    article: int
    role: Role
    lean: Lean | None
    root: str  # outlet at which its chain ends
    lag: timedelta  # after the story's first


@dataclass(frozen=True, slots=True)
class Traced:
    """The provenance of one story."""

    origin: Origin
    copies: Mapping[int, Origin]  # copy group → origin; groups of several prints, or with a credit
    independence: Independence
    parts: tuple[Part, ...]  # by article id
    chain: Chain


def traced(
    members: Iterable[Member], similar: Similar, owner_of: Mapping[str, str], denied: Collection[str] = ()
) -> Traced:
    """Origin, copies' origins, counts and parts of a story that has these members.

    ``similar``: pairs of ids, the smaller first → share of the shorter text in common passages; ``owner_of``: outlet →
    family of owners, for outlets without a member; ``denied``: outlets that people say are not the story's origin.
    """
    chain = chained(members, similar)
    groups: dict[int, list[Member]] = defaultdict(list)
    for m in chain.members.values():
        groups[m.copy].append(m)
    origin = story_origin(chain, denied)
    story = _Whole(chain, groups, origin)
    return Traced(
        origin=origin,
        copies={
            copy: copy_origin(chain, own) for copy, own in sorted(groups.items()) if len(own) > 1 or _credits(own[0])
        },
        independence=independence(chain, owner_of),
        parts=tuple(
            Part(i, story.role(m), chain.leans.get(i), chain.root(i).outlet, m.when - story.began)
            for i, m in sorted(chain.members.items())
        ),
        chain=chain,
    )


def _credits(m: Member) -> bool:
    return any(c.kind is Cited.WIRE_CREDIT for c in m.citations)


class _Whole:
    """A story with what its members' roles are told by, found once for all of them."""

    def __init__(self, chain: Chain, groups: Mapping[int, Sequence[Member]], origin: Origin) -> None:
        self.chain, self.origin = chain, origin
        self.began = min(m.when for m in chain.members.values())
        self.prints = {copy: len(own) for copy, own in groups.items()}
        self.longest = {copy: max(m.size for m in own) for copy, own in groups.items()}
        self.since: dict[tuple[str, str], dict[int, datetime]] = defaultdict(
            dict
        )  # outlet, language → text → its first
        for m in sorted(chain.members.values(), key=lambda m: m.order):
            self.since[m.outlet, m.lang].setdefault(m.copy, m.when)

    def role(self, m: Member) -> Role:
        lean = self.chain.leans.get(m.id)
        if m.id == self.origin.article:
            return Role.ORIGIN
        if self._prints(m, lean):
            return Role.CUT_COPY if m.size < CUT * self.longest[m.copy] else Role.COPY
        if lean is None:
            return Role.FOLLOW_UP if self._own_before(m) else Role.REPORT
        if lean.how is How.TRANSLATION:
            return Role.TRANSLATION
        return Role.FOLLOW_UP if self._own_before(m) or self._is_late(m, lean) else Role.REWRITE

    def _prints(self, m: Member, lean: Lean | None) -> bool:
        """Is this a print of another's text: a later one of its group, or an agency's by dateline or author?"""
        if lean is None:
            return False
        several = self.prints[m.copy] > 1
        if lean.how is How.CREDIT:
            wire = [c for c in m.citations if c.kind is Cited.WIRE_CREDIT and c.outlet == lean.outlet]
            return several or any(c.place is Place.DATELINE or c.quote == c.outlet for c in wire)
        return lean.how in (How.COPY, How.CANONICAL) or (lean.how is How.FEED and several)

    def _own_before(self, m: Member) -> bool:
        """Has the outlet told the story before, in this language and in other words?"""
        texts = list(islice(self.since[m.outlet, m.lang].items(), 2))  # of the first two texts one is another
        return any(copy != m.copy and since < m.when for copy, since in texts)

    def _is_late(self, m: Member, lean: Lean) -> bool:
        target = self.chain.members.get(lean.article)
        return m.when - (target.when if target else self.began) >= LATER
