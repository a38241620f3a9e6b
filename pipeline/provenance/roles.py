"""What each member is in its story; and a story's whole provenance in one call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pipeline.model import Cited, Place
from pipeline.provenance.chain import Chain, How, Lean, Member, Similar, chained
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


def traced(members: Iterable[Member], similar: Similar, owner_of: Mapping[str, str]) -> Traced:
    """Origin, copies' origins, counts and parts of a story that has these members.

    ``similar``: pairs of ids, the smaller first → share of the shorter text in common passages; ``owner_of``: outlet →
    family of owners, for outlets without a member.
    """
    chain = chained(members, similar)
    groups: dict[int, list[Member]] = defaultdict(list)
    for m in chain.members.values():
        groups[m.copy].append(m)
    origin = story_origin(chain)
    first = min(m.when for m in chain.members.values())
    return Traced(
        origin=origin,
        copies={
            copy: copy_origin(chain, own) for copy, own in sorted(groups.items()) if len(own) > 1 or _credits(own[0])
        },
        independence=independence(chain, owner_of),
        parts=tuple(
            Part(i, _role(chain, m, origin, groups[m.copy]), chain.leans.get(i), chain.root(i).outlet, m.when - first)
            for i, m in sorted(chain.members.items())
        ),
        chain=chain,
    )


def _credits(m: Member) -> bool:
    return any(c.kind is Cited.WIRE_CREDIT for c in m.citations)


def _role(chain: Chain, m: Member, origin: Origin, group: list[Member]) -> Role:
    lean = chain.leans.get(m.id)
    if m.id == origin.article:
        return Role.ORIGIN
    if _prints(m, lean, group):
        return Role.CUT_COPY if m.size < CUT * max(o.size for o in group) else Role.COPY
    if lean is None:
        return Role.FOLLOW_UP if _own_before(chain, m) else Role.REPORT
    if lean.how is How.TRANSLATION:
        return Role.TRANSLATION
    return Role.FOLLOW_UP if _own_before(chain, m) or _is_late(chain, m, lean) else Role.REWRITE


def _prints(m: Member, lean: Lean | None, group: list[Member]) -> bool:
    """Is this a print of another's text: a later one of its group, or an agency's by dateline or author?"""
    if lean is None:
        return False
    if lean.how is How.CREDIT:
        wire = [c for c in m.citations if c.kind is Cited.WIRE_CREDIT and c.outlet == lean.outlet]
        return len(group) > 1 or any(c.place is Place.DATELINE or c.quote == c.outlet for c in wire)
    return lean.how in (How.COPY, How.CANONICAL) or (lean.how is How.FEED and len(group) > 1)


def _own_before(chain: Chain, m: Member) -> bool:
    """Has the outlet told the story before, in this language and in other words?"""
    own = (o for o in chain.members.values() if o.outlet == m.outlet and o.lang == m.lang and o.copy != m.copy)
    return any(o.when < m.when for o in own)


def _is_late(chain: Chain, m: Member, lean: Lean) -> bool:
    target = chain.members.get(lean.article)
    since = target.when if target else min(o.when for o in chain.members.values())
    return m.when - since >= LATER
