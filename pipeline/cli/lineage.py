"""Who has it from whom, as the terminal shows it: a story's origin and counts, the tree, a chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.cli.output import plain
from pipeline.cli.words import clock
from pipeline.lineage import BRIEF, HOW, ROLES, Branch, counts, forest, quoted, words
from pipeline.store.rows import Row

Line = tuple[str, str]  # text, style


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


def recalled_lines(rows: Sequence[Row]) -> Iterator[Line]:
    """Earlier reports that the story recalls, and sources that are no media."""
    for title, kept in (
        ("earlier reports recalled", [r for r in rows if r["earlier"] and r["media"]]),
        ("sources that are no media", [r for r in rows if not r["media"]]),
    ):
        if kept:
            names = ", ".join(f"{plain(r['cited'])} ({r['articles']})" for r in kept[:8])
            yield f"{title}: {names}{', …' if len(kept) > 8 else ''}", ""


# -- the tree


def tree(row: Row) -> Iterator[Line]:
    """Who has it from whom: below each article or outlet those that lean on it. Nothing where nobody leans."""
    members = {m["article_id"]: m for m in row["members"]}
    relays = {r["outlet"]: r for r in row["relays"]}
    for top in forest(row["members"], row["relays"]):
        yield from _branch(top, "", "", members, relays)


def _branch(
    node: Branch, head: str, indent: str, members: Mapping[int, Row], relays: Mapping[str, Row]
) -> Iterator[Line]:
    yield f"  {head}{_named(node, members, relays)}", "" if node.article else "dim"
    for n, child in enumerate(node.children):
        last = n == len(node.children) - 1
        yield from _branch(child, indent + ("└ " if last else "├ "), indent + ("  " if last else "│ "), members, relays)


def _named(node: Branch, members: Mapping[int, Row], relays: Mapping[str, Row]) -> str:
    m = members.get(node.article)
    if m is None:
        said = quoted(relays[node.outlet]["quote"]) if node.outlet in relays else ""
        return f"{plain(node.outlet)} (no article here){said}"
    role = ROLES.get(m["story_role"] or "", "")
    how = f", {BRIEF[m['how']]}{words(m)}" if m["how"] in BRIEF else ""
    return f"#{m['article_id']} {plain(m['outlet'])} {m['lang']}  {clock(m['effective'])[5:]}  {role}{how}"


# -- a chain


def chain_lines(steps: Sequence[Row]) -> Iterator[Line]:
    """The way back, a step a paragraph, with the words that say so."""
    for n, step in enumerate(steps):
        arrow = "" if n == 0 else "└ "
        yield f"{'  ' * max(n - 1, 0)}{arrow}{_step(step)}", "bold" if n == 0 else ""
        if step["leans_on_outlet"]:
            target = f"{HOW[step['how']]} {plain(step['leans_on_outlet'])}"
            yield f"{'  ' * n}  {target}{words(step)}", "dim"


def _step(step: Row) -> str:
    if step["article_id"] is None:
        return f"{plain(step['outlet'])}, no article here"
    times = f"says {clock(step['published']).strip() or 'nothing'}, first seen {clock(step['first_seen'])}"
    about = f"#{step['article_id']} {plain(step['outlet'])} ({step['lang']})"
    return f"{about}: {plain(step['title'] or '(no title)')}; {times}"
