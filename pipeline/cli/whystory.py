"""`retold why STORY`: what joined each of its articles, and who was nearly joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import apart
from pipeline.cli.corrected import title
from pipeline.cli.correcting import named
from pipeline.cli.explain import shown, thresholds
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.cli.showing import backbone
from pipeline.cli.signs import main, weighed
from pipeline.cli.words import clock, count
from pipeline.store import corrections, reads
from pipeline.store.edges import between, leaving
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection

NEAR = 5  # neighbours shown
MAIN = 4  # signals shown of an edge
ABOUT = ("article_id", "copy_id", "source", "outlet", "lang", "title", "url", "effective")
Line = tuple[str, str]


def show(db: Connection, text: str, path: Path, recipe: Recipe, as_json: bool, verbose: bool) -> None:
    """Explain the story that ``text`` names, or that holds the article it names; raises NotThere."""
    part = named(db, text, path)
    story_id = part.story or (reads.article(db, part.ids[0]) or {}).get("story_id")
    story = reads.story(db, story_id) if story_id else None
    if story is None:
        raise NotThere(f"article {plain(text)} is in no story yet; `retold run --no-fetch` groups it")
    asked = int(text) if part.story else None
    answer = explained(db, story, asked, recipe)
    if as_json:
        return show_json(answer)
    return show_lines(lines(answer, verbose))


def explained(db: Connection, story: Row, asked: int | None, recipe: Recipe) -> dict[str, Any]:
    """All that is known about what holds a story together, as JSON shows it."""
    members = story["members"]
    held = corrections.naming(db, [m["article_id"] for m in members])
    edges = joined(members, story["edges"])
    runs = {i: reads.match(db, e["left_id"], e["right_id"]) for i, e in edges.items() if e}
    near = leaving(db, story["story_id"], NEAR)
    told = _told(db, [*filter(None, runs.values()), *near], recipe)
    return {
        "story_id": story["story_id"],
        "asked_id": asked,
        "headline": story["headline"],
        "articles": [_member(m, runs.get(m["article_id"]), told, held) for m in members],
        "corrections": held,
        "nearly": [{**_near(db, story["story_id"], e, held, recipe), **told.get(_pair(e), {})} for e in near],
        "thresholds": thresholds(recipe),
        "recipe": recipe.name,
        "runs": sorted({e["run_id"] for e in runs.values() if e}),
        "stored_recipes": sorted({e["recipe"] for e in runs.values() if e}),
    }


def _told(db: Connection, edges: Sequence[Row], recipe: Recipe) -> dict[tuple[int, int], Row]:
    """Pair → what its edge can be shown to rest on: its evidence and what its signals were worth."""
    from pipeline.evidence import evidence
    from pipeline.store.pieces import pieces

    known = pieces(db, {i for e in edges for i in _pair(e)}, recipe)
    found = {}
    for edge in edges:
        if set(_pair(edge)) <= known.keys():
            one, other = (known[i] for i in _pair(edge))
            told = weighed(edge, one.profile.lang == other.profile.lang, recipe, beyond=False)
            found[_pair(edge)] = {**told, "evidence": shown(evidence(one, other))}
    return found


def _pair(edge: Row) -> tuple[int, int]:
    """The two articles of an edge, whichever way it names them."""
    ids = [edge[k] for k in ("left_id", "right_id", "inside_id", "outside_id") if k in edge]
    return min(ids), max(ids)


def joined(members: Sequence[Row], edges: Sequence[Row]) -> dict[int, Row | None]:
    """Article → the edge that joined it best: its way, in a maximum spanning tree over the story's stored edges
    (strongest first), to the earliest article. None for that one, and where no stored edge leads there."""
    tree = backbone([{**m, "copy_id": m["article_id"]} for m in members], edges)
    found: dict[int, Row | None] = {}
    for m in members:  # in order of appearance
        if m["article_id"] not in found:
            found[m["article_id"]] = None
            frontier = [m["article_id"]]
            while frontier:
                here = frontier.pop(0)
                for edge in tree:
                    for a, b in ((edge["left_id"], edge["right_id"]), (edge["right_id"], edge["left_id"])):
                        if a == here and b not in found:
                            found[b] = edge
                            frontier.append(b)
    return found


def _member(m: Row, edge: Row | None, told: Mapping[tuple[int, int], Row], held: Sequence[Row]) -> Row:
    own = m["article_id"]
    other = (edge["right_id"] if edge["left_id"] == own else edge["left_id"]) if edge else None
    mine = [r["id"] for r in held if own in {a["article_id"] for a in r["together"] + r["apart"]}]
    return {**{k: m[k] for k in ABOUT}, "joined_to": other, "edge": edge and {**edge, **told.get(_pair(edge), {})},
            "corrections": mine}  # fmt: skip


def _near(db: Connection, story_id: int, edge: Row, held: Sequence[Row], recipe: Recipe) -> Row:
    other, limits = edge["outside_story"], thresholds(recipe)
    found = between(db, story_id, other, recipe)
    parting = [r for r in held if _parts(r, story_id, other)]
    steps = [*apart.parted(parting), *apart.not_judged(edge, limits, 0.0)]
    steps += apart.not_joined(found, limits["stories_link"], not parting)
    return {**edge, "stories": apart.as_row(found), "parted_by": [r["id"] for r in parting], "steps": steps}


def _parts(row: Row, one: int, other: int) -> bool:
    sides = [{a["story_id"] for a in row[side]} for side in ("together", "apart")]
    return (one in sides[0] and other in sides[1]) or (other in sides[0] and one in sides[1])


# -- in words


def lines(answer: Row, verbose: bool) -> Iterator[Line]:
    """The answer for people."""
    if answer["asked_id"] not in (None, answer["story_id"]):
        yield f"story {answer['asked_id']} is now story {answer['story_id']}", ""
    yield f"story {answer['story_id']}: {plain(answer['headline'] or '(no title)')}", "bold"
    by_id = {r["id"]: r for r in answer["corrections"]}
    for n, m in enumerate(answer["articles"]):
        yield "", ""
        yield from _joined(m, by_id, lead=n == 0)
    yield from _nearly(answer["nearly"])
    yield "", ""
    yield from _footer(answer, verbose)


def _joined(m: Row, held: Mapping[int, Row], lead: bool) -> Iterator[Line]:
    heading = f"{plain(m['outlet'])}, {m['lang']}, {clock(m['effective'])} UTC: {plain(m['title'] or '(no title)')}"
    yield f"#{m['article_id']}  {heading}", "bold"
    if m["edge"]:
        verdict, run = m["edge"]["verdict"].replace("_", " "), m["edge"]["run_id"]
        likely = f"P(same event) {m['edge']['probability']:.2f}"
        yield f"    joined by #{m['joined_to']} in run {run}: {verdict}, {likely}", ""
        yield from ((f"      {line}", "") for line in _shared(m["edge"]))
    else:
        yield "    the earliest: the others joined it" if lead else "    no edge leads from it to those above", ""
    for number in m["corrections"]:
        yield f"    {_bearing(held[number], m['article_id'])} by {title(held[number])}", ""


def _shared(edge: Row) -> Iterator[str]:
    """What an edge rests on, in three lines at most."""
    found = edge.get("evidence") or {}
    words = [*found.get("names", ()), *found.get("numbers", ()), *found.get("words", ())][:8]
    if words:
        yield f"both have: {plain(', '.join(words))}"
    if found.get("passages"):
        longest = found["passages"][0]
        yield f"both print: “{plain(longest['text'])}” ({count(longest['words'], 'word')})"
    told = main(edge, MAIN) if edge.get("signals") else []
    if told:
        yield f"by: {', '.join(told)}"


def _bearing(row: Row, article_id: int) -> str:
    if article_id in {a["article_id"] for a in row["apart"]}:
        return f"kept from {count(len(row['together']), 'other article')}"
    bound = f"bound to {count(len(row['together']) - 1, 'other article')}" if len(row["together"]) > 1 else ""
    apart = f"kept from {count(len(row['apart']), 'other article')}" if row["apart"] else ""
    return ", ".join(filter(None, (bound, apart)))


def _nearly(near: Sequence[Row]) -> Iterator[Line]:
    if not near:
        return
    yield "", ""
    yield "nearly joined, the strongest first:", "bold"
    for edge in near:
        verdict = edge["verdict"].replace("_", " ")
        yield f"  #{edge['outside_id']} in story {edge['outside_story']}: {plain(edge['outside_title'])}", ""
        yield f"    with #{edge['inside_id']}: {verdict}, P(same event) {edge['probability']:.2f}", ""
        yield from ((f"      {line}", "") for line in _shared(edge))
        yield from ((f"    {s['step']}: {plain(s['says'])}", "") for s in edge["steps"])


def _footer(answer: Row, verbose: bool) -> Iterator[Line]:
    limits = answer["thresholds"]
    said = f"stories join while the three best links of each text come to {limits['stories_link']:.2f} or more"
    yield f"threshold: {said}", "dim"
    if answer["runs"]:
        yield f"edges judged by run {', '.join(map(str, answer['runs']))}", "dim"
    if verbose:
        yield f"recipe {answer['recipe']}", "dim"
    if answer["stored_recipes"] not in ([], [answer["recipe"]]):
        yield "thresholds are those of the configuration, which is another recipe than the stored one", "yellow"
