"""`retold why STORY`: what joined each of its articles, and who was nearly joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.correcting import named
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.cli.words import clock, count
from pipeline.phrases import WEAK, correction, relation
from pipeline.store import reads
from pipeline.store.rows import Row
from pipeline.why.signs import main

if TYPE_CHECKING:
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection

MAIN = 4  # signals shown of an edge
Line = tuple[str, str]


def show(db: Connection, text: str, path: Path, recipe: Recipe, as_json: bool, verbose: bool) -> None:
    """Explain the story that ``text`` names, or that holds the article it names; raises NotThere."""
    part = named(db, text, path)
    story_id = part.story or (reads.article(db, part.ids[0]) or {}).get("story_id")
    story = reads.story(db, story_id) if story_id else None
    if story is None:
        raise NotThere(f"article {plain(text)} is in no story yet; `retold run --no-fetch` groups it")
    asked = int(text) if part.story else None
    from pipeline.why.stories import explained

    answer = explained(db, story, asked, recipe)
    if as_json:
        return show_json(answer)
    return show_lines(lines(answer, verbose))


# -- in words


def lines(answer: Row, verbose: bool) -> Iterator[Line]:
    """The answer for people."""
    if answer["asked_id"] not in (None, answer["story_id"]):
        yield f"story {answer['asked_id']} is now story {answer['story_id']}", ""
    yield f"story {answer['story_id']}: {plain(answer['headline'] or '(no title)')}", "bold"
    yield _in_short(answer), ""
    by_id = {r["id"]: r for r in answer["corrections"]}
    for n, m in enumerate(answer["articles"]):
        yield "", ""
        yield from _joined(m, by_id, lead=n == 0)
    yield from _nearly(answer["nearly"])
    yield "", ""
    yield from _footer(answer, verbose)


def _in_short(answer: Row) -> str:
    """What the long answer comes to: how the articles hang together, and how surely."""
    edges = [m["edge"] for m in answer["articles"] if m["edge"]]
    likely = [e["probability"] for e in edges if e["verdict"] != "copy"]
    parts = [f"{len(edges) - len(likely)} joined as copies"] if len(edges) > len(likely) else []
    if likely:
        parts.append(f"{len(likely)} as texts about one event, P {min(likely):.2f} to {max(likely):.2f}")
    near = len({e["outside_story"] for e in answer["nearly"]})
    parts.append(f"{near} other {'story' if near == 1 else 'stories'} nearly joined")
    return f"{count(len(answer['articles']), 'article')}: {'; '.join(parts)}"


def _joined(m: Row, held: Mapping[int, Row], lead: bool) -> Iterator[Line]:
    heading = f"{plain(m['outlet'])}, {m['lang']}, {clock(m['effective'])} UTC: {plain(m['title'] or '(no title)')}"
    yield f"#{m['article_id']}  {heading}", "bold"
    if m["edge"]:
        words, run = relation(m["edge"], inside=True), m["edge"]["run_id"]
        likely = f"P(same event) {m['edge']['probability']:.2f}"
        yield f"    joined by #{m['joined_to']} in run {run}: {words}, {likely}", ""
        yield from ((f"      {line}", "") for line in _shared(m["edge"]))
    else:
        yield "    the earliest: the others joined it" if lead else "    no edge leads from it to those above", ""
    for number in m["corrections"]:
        yield f"    {_bearing(held[number], m['article_id'])} by {correction(held[number])}", ""


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
    said += f", or the pairs in two languages to {limits['stories_across']:.2f} on average"
    yield f"threshold: {said}", "dim"
    if any(m["edge"] and relation(m["edge"], inside=True) == WEAK for m in answer["articles"]):
        weak = f"P below {limits['probability']:.2f}, not one event by itself"
        yield f"a {WEAK}: {weak}; it counts among the best links of its texts, or a correction holds them", "dim"
    if answer["runs"]:
        yield f"edges judged by run {', '.join(map(str, answer['runs']))}", "dim"
    if verbose:
        yield f"recipe {answer['recipe']}", "dim"
    if answer["stored_recipes"] not in ([], [answer["recipe"]]):
        yield "thresholds are those of the configuration, which is another recipe than the stored one", "yellow"
