"""`retold why STORY`: what joined each of its articles, and who was nearly joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.corrected import title
from pipeline.cli.correcting import named
from pipeline.cli.explain import NAMES, enough, thresholds
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.cli.showing import backbone
from pipeline.cli.words import clock, count
from pipeline.store import corrections, reads
from pipeline.store.edges import leaving
from pipeline.store.reads import Row

if TYPE_CHECKING:
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection

NEAR = 5  # neighbours shown
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
    return {
        "story_id": story["story_id"],
        "asked_id": asked,
        "headline": story["headline"],
        "articles": [_member(m, runs.get(m["article_id"]), held) for m in members],
        "corrections": held,
        "nearly": [_near(db, story["story_id"], edge, held, recipe) for edge in leaving(db, story["story_id"], NEAR)],
        "thresholds": thresholds(recipe),
        "recipe": recipe.name,
        "runs": sorted({e["run_id"] for e in runs.values() if e}),
        "stored_recipes": sorted({e["recipe"] for e in runs.values() if e}),
    }


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


def _member(m: Row, edge: Row | None, held: Sequence[Row]) -> Row:
    own = m["article_id"]
    other = (edge["right_id"] if edge["left_id"] == own else edge["left_id"]) if edge else None
    mine = [r["id"] for r in held if own in {a["article_id"] for a in r["together"] + r["apart"]}]
    return {**{k: m[k] for k in ABOUT}, "joined_to": other, "edge": edge, "corrections": mine}


def _near(db: Connection, story_id: int, edge: Row, held: Sequence[Row], recipe: Recipe) -> Row:
    other = edge["outside_story"]
    link, pairs = reads.between(db, story_id, other)
    parting = [r for r in held if _parts(r, story_id, other)]
    return {**edge, "stories_link": link, "stories_pairs": pairs, "parted_by": [r["id"] for r in parting],
            "apart": _apart(edge, link, pairs, parting, thresholds(recipe))}  # fmt: skip


def _parts(row: Row, one: int, other: int) -> bool:
    sides = [{a["story_id"] for a in row[side]} for side in ("together", "apart")]
    return (one in sides[0] and other in sides[1]) or (other in sides[0] and one in sides[1])


def _apart(edge: Row, link: float, pairs: int, parting: Sequence[Row], limits: Mapping[str, float]) -> list[str]:
    """Why an edge did not join its two stories, in words."""
    said = [f"parted by {title(r)}" for r in parting]
    if edge["verdict"] == "different":
        said.append(f"P(same event) {edge['probability']:.2f}, {enough('probability', dict(limits))}")
    if link < limits["stories_link"]:
        said.append(f"P(same event) is {link:.2f} on average over the {count(pairs, 'pair')} across the two stories")
    return said or ["the present thresholds would join them; the next run looks again at what is new"]


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
        verdict = m["edge"]["verdict"].replace("_", " ")
        yield f"    joined by #{m['joined_to']}: {verdict}, P(same event) {m['edge']['probability']:.2f}", ""
        for reason in m["edge"]["reasons"]:
            yield f"      - {plain(reason)}", ""
        yield f"      {'; '.join(signal_words(m['edge']))}", "dim"
    else:
        yield "    the earliest: the others joined it" if lead else "    no edge leads from it to those above", ""
    for number in m["corrections"]:
        yield f"    {_bearing(held[number], m['article_id'])} by {title(held[number])}", ""


def signal_words(edge: Row) -> list[str]:
    """Each signal of an edge with its value: ``exact Jaccard 0.93``."""
    return [f"{NAMES.get(name, name)} {value:.2f}" for name, value in edge["scores"].items()]


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
        yield f"    with #{edge['inside_id']}: {verdict} ({edge['probability']:.2f}): {_reasons(edge)}", ""
        for words in edge["apart"]:
            yield f"    apart: {words}", ""


def _reasons(edge: Row) -> str:
    return "; ".join(plain(r) for r in edge["reasons"])


def _footer(answer: Row, verbose: bool) -> Iterator[Line]:
    limits = answer["thresholds"]
    yield f"threshold: texts join while their mean P(same event) is {limits['stories_link']:.2f} or more", "dim"
    if answer["runs"]:
        yield f"edges judged by run {', '.join(map(str, answer['runs']))}", "dim"
    if verbose:
        yield f"recipe {answer['recipe']}", "dim"
    if answer["stored_recipes"] not in ([], [answer["recipe"]]):
        yield "thresholds are those of the configuration, which is another recipe than the stored one", "yellow"
