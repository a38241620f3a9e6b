"""Who told it first: a story's or copy group's most likely origin, with reasons, or that it is unknown.

Each outlet at which a chain ends is a candidate; what speaks for it adds up, and a softmax over the candidates and
"unknown" makes a confidence of it (the weights are ours, set on the bundled news day: docs/provenance.md).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pipeline.model import Citation, Cited
from pipeline.provenance.members import UNSAID, Chain, How, Lean, Member, Node

UNKNOWN = ""
TOLD, PLAIN, FIRST, OWN, STATED, LATE = 1.2, 0.6, 0.8, 0.8, 0.6, -0.4
PLAINLY = 0.75  # confidence of a leaning that leaves no doubt
NOBODY = 1.0  # what speaks for "unknown" from the start
SURE = 0.5  # confidence from which an origin is told
STATED_BY = (How.CREDIT, How.CANONICAL, How.FEED)  # by the page or feed, not by its words
NAMED = 6  # outlets that a reason names


@dataclass(frozen=True, slots=True)
class Origin:
    """The most likely origin; ``outlet`` "" and ``confidence`` that of "unknown" where nothing speaks for anybody."""

    outlet: str
    article: int  # 0 where the origin has no article here
    confidence: float
    reasons: tuple[str, ...]  # the weightiest first


@dataclass
class _Case:
    """What speaks for one candidate."""

    node: Node
    told_by: dict[str, int] = field(default_factory=dict)  # outlet → its first article whose chain ends here
    credited: set[str] = field(default_factory=set)
    stated: set[str] = field(default_factory=set)
    plainly: str = ""  # the plainest words of one that names it
    score: float = 0.0
    reasons: list[tuple[float, str]] = field(default_factory=list)

    def add(self, weight: float, reason: str) -> None:
        self.score += weight
        self.reasons.append((weight, reason))


def story_origin(chain: Chain, denied: Collection[str] = ()) -> Origin:
    """The origin of a story; never an outlet that people say it is not (``denied``), though what it told counts."""
    members = sorted(chain.members.values(), key=lambda m: m.order)
    own: dict[str, list[Member]] = defaultdict(list)
    for m in members:
        own[m.outlet].append(m)
    ahead = _ahead(members)
    cases = _cases(chain, members)
    leads = chain.root(members[0].id).outlet
    for case in cases:
        _weigh(case)
        _weigh_own(case, own.get(case.node.outlet, ()), members[0], ahead)
        if case.node.outlet != leads:
            _weigh_time(case, own.get(case.node.outlet, ()), chain, members[0])
    return _without(_chosen([c for c in cases if c.node.outlet not in denied]), cases, denied)


def _without(origin: Origin, cases: Sequence[_Case], denied: Collection[str]) -> Origin:
    """The origin with word of those that were left out."""
    left = sorted(c.node.outlet for c in cases if c.node.outlet in denied)
    return replace(origin, reasons=(*origin.reasons, f"left out, as people say: {_names(left)}")) if left else origin


def copy_origin(chain: Chain, members: Sequence[Member]) -> Origin:
    """The origin of one copy group: whom its prints credit, else who printed it first."""
    ids = {m.id for m in members}
    first = min(members, key=lambda m: m.order)
    cases: dict[str, _Case] = {}
    for m in members:
        lean = chain.leans.get(m.id)
        if lean and (lean.article in ids or lean.how in STATED_BY):
            case = cases.setdefault(lean.outlet, _Case(Node(lean.outlet, lean.article if lean.article in ids else 0)))
            case.told_by.setdefault(m.outlet, m.id)
            (case.credited if lean.how is How.CREDIT else case.stated).add(m.outlet)
    cases.setdefault(first.outlet, _Case(Node(first.outlet, first.id)))
    for case in cases.values():
        _weigh_print(case)
    cases[first.outlet].add(FIRST, _first_words(first, _ahead(sorted(members, key=lambda m: m.order))))
    return _chosen(list(cases.values()))


def _weigh_print(case: _Case) -> None:
    if case.credited:
        case.add(TOLD * math.log2(1 + len(case.credited)) + STATED, f"credited by {_names(case.credited)}")
    elif case.told_by:
        case.add(TOLD * math.log2(1 + len(case.told_by)), f"the text is also printed by {_names(case.told_by)}")


def _cases(chain: Chain, members: Sequence[Member]) -> list[_Case]:
    cases: dict[str, _Case] = {}
    owners = {m.outlet: m.owner for m in members}
    for m in members:
        root = chain.root(m.id)
        case = cases.setdefault(root.outlet, _Case(root))
        if m.outlet == root.outlet:
            case.node = case.node if case.node.article else root
            continue
        if owners.get(root.outlet) != m.owner:
            case.told_by.setdefault(m.outlet, m.id)
        _hear(case, m.outlet, chain.leans[m.id])
    for relay, teller in chain.said_by.items():
        lean = chain.outside.get(relay)
        if lean and lean.outlet in cases:
            _hear(cases[lean.outlet], chain.members[teller].outlet, lean)
    return list(cases.values())


def _hear(case: _Case, teller: str, lean: Lean) -> None:
    """How ``teller`` names the candidate, if it does so itself."""
    if lean.outlet != case.node.outlet:
        return
    if lean.how is How.CITATION and lean.confidence >= PLAINLY:
        case.plainly = case.plainly or f"{teller}: “{lean.quote}”"
    elif lean.how is How.CREDIT:
        case.credited.add(teller)
    elif lean.how in STATED_BY:
        case.stated.add(teller)


def _weigh(case: _Case) -> None:
    """What others say for a candidate."""
    if case.told_by:
        tellers = f"told from there by {_names(case.told_by)}"
        case.add(TOLD * math.log2(1 + len(case.told_by)), tellers)
    if case.plainly:
        case.add(PLAIN, f"in plain words, {case.plainly}")
    if case.credited:
        case.add(STATED, f"credited by {_names(case.credited)}")
    if case.stated:
        case.add(STATED, f"stated by the page or feed of {_names(case.stated)}")


def _weigh_own(case: _Case, own: Sequence[Member], first: Member, ahead: timedelta | None) -> None:
    """What its own articles say for a candidate: who came first, and what they claim. Who came first together with
    another is neither first nor late."""
    if own and own[0] is first and ahead:
        case.add(FIRST, _first_words(first, ahead))
    if claims := [c for m in own for c in m.citations if c.outlet == m.outlet and _claims(c)]:
        case.add(OWN, f"speaks of its own reporting: “{claims[0].quote}”")


def _weigh_time(case: _Case, own: Sequence[Member], chain: Chain, first: Member) -> None:
    """What it says against a candidate that another's telling, which leads elsewhere, came before it was known."""
    told = (chain.members[i] for i in case.told_by.values())
    known = own[0] if own else min(told, key=lambda m: m.order, default=first)
    if known.when > first.when:
        case.add(LATE, _late_words(known, first))


def _ahead(ordered: Sequence[Member]) -> timedelta | None:
    """How long the first came before the next outlet; None where there is no other."""
    first = ordered[0]
    return next((m.when - first.when for m in ordered if m.outlet != first.outlet), None)


def _claims(c: Citation) -> bool:
    return c.kind is Cited.PRIMARY and not c.earlier


def _chosen(cases: Sequence[_Case]) -> Origin:
    """The likeliest candidate by softmax against the others and against "unknown"."""
    if not cases:
        return Origin(UNKNOWN, 0, 1.0, ())
    total = math.exp(NOBODY) + math.fsum(math.exp(c.score) for c in cases)
    best = max(cases, key=lambda c: (c.score, c.node.outlet))
    confidence = math.exp(best.score) / total
    if confidence < SURE:
        return Origin(UNKNOWN, 0, round(1 - confidence, 3), _unknown_words(cases))
    reasons = [text for _, text in sorted(best.reasons, key=lambda r: -r[0])]
    return Origin(best.node.outlet, best.node.article, round(confidence, 3), tuple(reasons))


def _unknown_words(cases: Sequence[_Case]) -> tuple[str, ...]:
    if len(cases) == 1 and not cases[0].told_by:
        return ("one source only, which names no other and does not speak of its own reporting",)
    named = sorted(c.node.outlet for c in cases if c.told_by)
    if not named:
        return (f"{len(cases)} sources, none of which names another",)
    return (f"{len(cases)} sources that lead to different ones; named are {_names(named)}",)


def _first_words(m: Member, ahead: timedelta | None) -> str:
    before = f"the earliest, {_span(ahead)} before the next" if ahead is not None else "the only one to print it"
    return f"{before}: says {_stamp(m.published)}, first seen {_stamp(m.first_seen)}"


def _late_words(m: Member, first: Member) -> str:
    return f"known {_span(m.when - first.when)} after {first.outlet} told it otherwise"


def _span(time: timedelta) -> str:
    seconds = time.total_seconds()
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _stamp(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "nothing"


def _names(outlets: Iterable[str]) -> str:
    names = sorted(set(outlets))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


# -- independence


@dataclass(frozen=True, slots=True)
class Independence:
    """Five different counts of one story, and how many of its origins nobody names."""

    articles: int
    outlets: int
    owners: int
    wire_texts: int  # texts of agencies: copy groups that credit one
    origins: int  # families of owners at which chains end
    unattributed: int  # of these, those that name no source, are named by nobody and claim nothing


def independence(chain: Chain, owner_of: Mapping[str, str]) -> Independence:
    """Count a story; ``owner_of``: outlet → family of owners, for those that have no member."""
    members = list(chain.members.values())
    owners = {**owner_of, **{m.outlet: m.owner for m in members}}
    ends: dict[str, set[Node]] = defaultdict(set)
    named: set[str] = set()
    for m in members:
        root, lean = chain.root(m.id), chain.leans.get(m.id)
        family = owners.get(root.outlet) or root.outlet
        ends[family].add(root)
        if m.owner != family and lean and lean.how not in UNSAID:
            named.add(family)
    silent = [f for f, roots in ends.items() if f not in named and not any(_speaks(chain, r) for r in roots)]
    return Independence(
        articles=len(members),
        outlets=len({m.outlet for m in members}),
        owners=len({m.owner for m in members}),
        wire_texts=len({m.copy for m in members if any(c.kind is Cited.WIRE_CREDIT for c in m.citations)}),
        origins=len(ends),
        unattributed=len(silent),
    )


def _speaks(chain: Chain, root: Node) -> bool:
    """Does the article at the end of a chain speak of its own reporting?"""
    return root.article in chain.members and chain.members[root.article].speaks
