"""Who has it from whom, in words and as a tree: an article's part, a story's counts, what hangs below what. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.phrases import count, plain

Row = dict[str, Any]
Node = tuple[int, str]  # article id or 0, outlet
QUOTE = 70  # characters of the words by which one cites another
ROLES = {
    "origin": "origin", "copy": "copy", "cut_copy": "cut copy", "rewrite": "rewrite", "translation": "translation",
    "follow_up": "follow-up", "report": "own report",
}  # fmt: skip
HOW = {
    "copy": "prints", "credit": "credits", "canonical": "says its page is that of", "feed": "its feed names",
    "translation": "translated from", "citation": "cites", "link": "links to", "text": "shares passages with",
}  # fmt: skip


# By what a node hangs below another, where its role does not say it.
BRIEF = {"credit": "credits", "canonical": "by its canonical link", "feed": "by its feed", "citation": "cites",
         "link": "links there", "text": "shares passages"}  # fmt: skip


def counts(found: Row) -> str:
    """``16 articles, 15 outlets, 14 owners, 5 wire texts, 1 independent origin``."""
    silent = found["unattributed"]
    several = (
        count(found["articles"], "article"), count(found["outlets"], "outlet"), count(found["owners"], "owner"),
        count(found["wire_texts"], "wire text"), count(found["origins"], "independent origin"),
    )  # fmt: skip
    return ", ".join(several) + (f" ({silent} of them named by nobody)" if silent else "")


def part(m: Row) -> str:
    """What an article is in its story: ``rewrite, cites Der Spiegel (#53): “laut Spiegel”``; "" where nothing is."""
    role = ROLES.get(m["story_role"] or "", "")
    if not m["leans_on_outlet"]:
        return role
    article = f" (#{m['leans_on']})" if m["leans_on"] else ""
    return f"{role}, {HOW[m['how']]} {plain(m['leans_on_outlet'])}{article}{words(m)}"


def words(m: Row) -> str:
    return "" if m["how"] == "canonical" else quoted(m["quote"])  # that would be the address


def quoted(words: str | None) -> str:
    """``: “laut Spiegel”``, cut to a line's worth."""
    text = plain(words or "")
    return f": “{text[: QUOTE - 1]}…”" if len(text) > QUOTE else f": “{text}”" if text else ""


# -- the tree


class Branch(NamedTuple):
    """An article, or an outlet without one (``article`` 0), and below it those that have it from there."""

    article: int
    outlet: str  # of one without an article, else ""
    children: tuple[Branch, ...] = ()

    def walk(self) -> Iterator[Branch]:
        """This branch and all below it, each before its children."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            yield here
            waiting.extend(reversed(here.children))


def forest(members: Sequence[Mapping[str, Any]], relays: Sequence[Mapping[str, Any]]) -> list[Branch]:
    """Who has it from whom: each article or outlet that somebody leans on and that leans on nobody, with its followers.

    ``members`` come in the order they appeared; ``relays`` say of outlets without an article whom they lean on. An
    outlet without an article stands below another only where it passes on.
    """
    order = {m["article_id"]: n for n, m in enumerate(members, 1)}
    parents: dict[Node, Node | None] = {(0, r["outlet"]): _target(r) for r in relays}
    parents |= {(m["article_id"], ""): _target(m) if m["leans_on_outlet"] else None for m in members}
    nodes = sorted({*parents, *(p for p in parents.values() if p)}, key=lambda n: (order.get(n[0], 0), n))
    below: dict[Node, list[Node]] = defaultdict(list)
    for node in nodes:
        if (parent := parents.get(node)) is not None:
            below[parent].append(node)
    return [_branch(n, below) for n in nodes if parents.get(n) is None and n in below]


def _target(r: Mapping[str, Any]) -> Node:
    return (r["leans_on"] or 0, "" if r["leans_on"] else r["leans_on_outlet"])


def _branch(top: Node, below: Mapping[Node, list[Node]]) -> Branch:
    """The tree below ``top``, made without recursion: chains may be long."""
    down = [top]
    for node in down:  # grows meanwhile
        down += [n for n in below.get(node, ()) if n[0] or n in below]
    made: dict[Node, Branch] = {}
    for node in reversed(down):
        made[node] = Branch(node[0], node[1], tuple(made[n] for n in below.get(node, ()) if n in made))
    return made[top]


def strongest(tops: Sequence[Branch], most: int) -> list[Branch]:
    """The ``most`` nodes that the most others have it from, each with all above it, as a forest; ties: the first."""
    every = [b for top in tops for b in top.walk()]
    followers: dict[int, int] = {}
    for b in reversed(every):  # children before their parents
        followers[id(b)] = sum(1 + followers[id(c)] for c in b.children)
    kept = {id(b) for b in sorted(every, key=lambda b: -followers[id(b)])[:most]}
    made: dict[int, Branch] = {}
    for b in reversed(every):
        if id(b) in kept:
            made[id(b)] = b._replace(children=tuple(made[id(c)] for c in b.children if id(c) in kept))
    return [made[id(t)] for t in tops if id(t) in kept]


# -- a chain


def chain(row: Row, article_id: int) -> list[Row]:
    """The way back from an article: itself and what each one leans on, as rows with ``article_id`` or None."""
    members = {m["article_id"]: m for m in row["members"]}
    relays = {r["outlet"]: r for r in row["relays"]}
    steps: list[Row] = []
    node: Row | None = members[article_id]
    met: set[object] = set()
    while node is not None:
        met.add(node.get("article_id") or node["outlet"])
        steps.append(node)
        following = members.get(node["leans_on"]) or _outside(node["leans_on_outlet"], relays)
        node = following if following and (following.get("article_id") or following["outlet"]) not in met else None
    return steps


def _outside(outlet: str | None, relays: Mapping[str, Row]) -> Row | None:
    """An outlet without an article, with what it has the story from, where that is known."""
    nothing = {"leans_on": None, "leans_on_outlet": None, "how": None, "quote": None}
    return {"article_id": None, **nothing, "outlet": outlet, **relays.get(outlet, {})} if outlet else None
