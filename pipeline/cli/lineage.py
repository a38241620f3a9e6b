"""Who has it from whom, as the terminal shows it: a story's origin and counts, an article's part, the tree, a chain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pipeline.cli.output import plain
from pipeline.cli.words import clock, count
from pipeline.store.rows import Row

Line = tuple[str, str]  # text, style
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


def origin_lines(row: Row) -> Iterator[Line]:
    """The most likely origin with its reasons, and the five counts."""
    found = row["origin"]
    if found:
        known = plain(found["outlet"]) if found["outlet"] else "unknown"
        article = f", #{found['article_id']}" if found["article_id"] else ", no article here" if found["outlet"] else ""
        yield f"origin: {known}{article} ({found['confidence']:.2f})", "bold"
        for reason in found["reasons"]:
            yield f"  {plain(reason)}", "dim"
    if found and found["origins"] is not None:
        yield counts(found), ""
    if row["untraced"]:
        yield "its provenance is to be worked out by the next run", "dim"


def counts(found: Row) -> str:
    """``16 articles, 15 outlets, 14 owners, 5 wire texts, 1 independent origin``."""
    silent = found["unattributed"]
    several = (
        count(found["articles"], "article"), count(found["outlets"], "outlet"), count(found["owners"], "owner"),
        count(found["wire_texts"], "wire text"), count(found["origins"], "independent origin"),
    )  # fmt: skip
    return ", ".join(several) + (f" ({silent} of them named by nobody)" if silent else "")


def recalled_lines(rows: Sequence[Row]) -> Iterator[Line]:
    """Earlier reports that the story recalls, and sources that are no media."""
    for title, kept in (
        ("earlier reports recalled", [r for r in rows if r["earlier"] and r["media"]]),
        ("sources that are no media", [r for r in rows if not r["media"]]),
    ):
        if kept:
            names = ", ".join(f"{plain(r['cited'])} ({r['articles']})" for r in kept[:8])
            yield f"{title}: {names}{', …' if len(kept) > 8 else ''}", ""


def part(m: Row) -> str:
    """What an article is in its story: ``rewrite, cites Der Spiegel (#53): “laut Spiegel”``; "" where nothing is."""
    role = ROLES.get(m["story_role"] or "", "")
    if not m["leans_on_outlet"]:
        return role
    article = f" (#{m['leans_on']})" if m["leans_on"] else ""
    return f"{role}, {HOW[m['how']]} {plain(m['leans_on_outlet'])}{article}{_words(m)}"


def _words(m: Row) -> str:
    return "" if m["how"] == "canonical" else quoted(m["quote"])  # that would be the address


def quoted(words: str | None) -> str:
    """``: “laut Spiegel”``, cut to a line's worth."""
    text = plain(words or "")
    return f": “{text[: QUOTE - 1]}…”" if len(text) > QUOTE else f": “{text}”" if text else ""


# -- the tree

# By what a node hangs below another, where its role does not say it.
BRIEF = {"credit": "credits", "canonical": "by its canonical link", "feed": "by its feed", "citation": "cites",
         "link": "links there", "text": "shares passages"}  # fmt: skip


def tree(row: Row) -> Iterator[Line]:
    """Who has it from whom: below each article or outlet those that lean on it. Nothing where nobody leans."""
    members = {m["article_id"]: m for m in row["members"]}
    parents: dict[Node, Node | None] = {(0, r["outlet"]): _target(r) for r in row["relays"]}
    parents |= _leaning(row["members"])
    below: Mapping[Node, list[Node]] = _below(parents, members)
    if not below:
        return
    tops = [n for n in _nodes(parents, members) if parents.get(n) is None and n in below]
    words = {(0, r["outlet"]): r for r in row["relays"]}
    for top in tops:
        yield from _branch(top, "", "", below, members, words)


def _leaning(members: Sequence[Row]) -> dict[Node, Node | None]:
    return {(m["article_id"], ""): _target(m) if m["leans_on_outlet"] else None for m in members}


def _target(r: Row) -> Node:
    return (r["leans_on"] or 0, "" if r["leans_on"] else r["leans_on_outlet"])


def _nodes(parents: Mapping[Node, Node | None], members: Mapping[int, Row]) -> list[Node]:
    """All nodes, articles by their time, then the outlets without one; an article goes by its id alone."""
    return sorted({*parents, *(p for p in parents.values() if p)}, key=lambda n: _when(n, members))


def _when(node: Node, members: Mapping[int, Row]) -> tuple[str, Node]:
    return (members[node[0]]["effective"] if node[0] in members else "", node)


def _below(parents: Mapping[Node, Node | None], members: Mapping[int, Row]) -> dict[Node, list[Node]]:
    found: dict[Node, list[Node]] = defaultdict(list)
    for node, parent in parents.items():
        if parent:
            found[parent].append(node)
    return {node: sorted(some, key=lambda n: _when(n, members)) for node, some in found.items()}


def _branch(
    node: Node, head: str, indent: str, below: Mapping[Node, list[Node]], members: Mapping[int, Row],
    words: Mapping[Node, Row],
) -> Iterator[Line]:  # fmt: skip
    yield f"  {head}{_named(node, members, words)}", "" if node[0] else "dim"
    children = [n for n in below.get(node, []) if n[0] or n in below]  # an outlet outside only where it passes on
    for n, child in enumerate(children):
        last = n == len(children) - 1
        yield from _branch(
            child, indent + ("└ " if last else "├ "), indent + ("  " if last else "│ "), below, members, words
        )


def _named(node: Node, members: Mapping[int, Row], words: Mapping[Node, Row]) -> str:
    m = members.get(node[0])
    if m is None:
        said = quoted(words[node]["quote"]) if node in words else ""
        return f"{plain(node[1])} (no article here){said}"
    role = ROLES.get(m["story_role"] or "", "")
    how = f", {BRIEF[m['how']]}{_words(m)}" if m["how"] in BRIEF else ""
    return f"#{m['article_id']} {plain(m['outlet'])} {m['lang']}  {clock(m['effective'])[5:]}  {role}{how}"


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


def chain_lines(steps: Sequence[Row]) -> Iterator[Line]:
    """The way back, a step a paragraph, with the words that say so."""
    for n, step in enumerate(steps):
        arrow = "" if n == 0 else "└ "
        yield f"{'  ' * max(n - 1, 0)}{arrow}{_step(step)}", "bold" if n == 0 else ""
        if step["leans_on_outlet"]:
            target = f"{HOW[step['how']]} {plain(step['leans_on_outlet'])}"
            yield f"{'  ' * n}  {target}{_words(step)}", "dim"


def _step(step: Row) -> str:
    if step["article_id"] is None:
        return f"{plain(step['outlet'])}, no article here"
    times = f"says {clock(step['published']).strip() or 'nothing'}, first seen {clock(step['first_seen'])}"
    about = f"#{step['article_id']} {plain(step['outlet'])} ({step['lang']})"
    return f"{about}: {plain(step['title'] or '(no title)')}; {times}"
