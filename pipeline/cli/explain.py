"""`retold why A B`: what two articles are to each other, and by what. (`retold why STORY`: cli/whystory.py.)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.corrected import title
from pipeline.cli.correcting import article_id, recipe_of
from pipeline.cli.options import config_option, db_option, json_option
from pipeline.cli.output import padded, plain, show_json, show_lines, widest
from pipeline.cli.query import NotThere
from pipeline.cli.words import clock, count
from pipeline.store import corrections, reads
from pipeline.store.connect import reading
from pipeline.store.reads import Row

if TYPE_CHECKING:
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection

SHOWN = ("id", "source", "lang", "title", "url", "published", "first_seen", "version", "story_id", "copy_id", "recipe")
NAMES = {"jaccard": "exact Jaccard", "containment": "containment", "probability": "P(same event)"}
Line = tuple[str, str]


@dataclass
class Answer:
    """All that is known about a pair; ``edge`` is stored or, where ``stored`` is false, judged just now."""

    left: Row
    right: Row
    edge: Row
    stored: bool
    estimated_jaccard: float | None  # None where the two signatures are not comparable
    thresholds: dict[str, float]
    recipe: str  # what the thresholds are of
    chain: list[Row] = field(default_factory=list)  # where they are together without an edge between them
    stories_link: float | None = None  # P summed over the stored edges across their two stories / all pairs across
    stories_pairs: int = 0
    outlets: dict[str, str] = field(default_factory=dict)  # source key → name
    corrections: list[Row] = field(default_factory=list)  # of people, in force, that bind or part the two

    @property
    def together(self) -> bool:
        """Whether one story holds both."""
        return bool(self.left["story_id"]) and self.left["story_id"] == self.right["story_id"]

    @property
    def copies(self) -> bool:
        """Whether both are in one copy group."""
        return self.together and self.left["copy_id"] == self.right["copy_id"]


@click.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="[B]", required=False)
@config_option
@db_option
@json_option
@click.option("-v", "--verbose", is_flag=True, help="Name the recipe, too.")
def why(path: Path, left: str, right: str | None, config_path: Path | None, as_json: bool, verbose: bool) -> None:
    """Tell why two articles (numbers or addresses) are in one story, or why they are not.

    One number alone is a story: what joined each of its articles, and which others were nearly joined. One article
    alone ('#12', a12 or an address) stands for its story.

    \b
    Examples:
      retold why 12 31
      retold why 7
      retold why https://a.example/x https://b.example/y
    """
    with reading(path) as db:
        from pipeline.store.backgrounds import in_force

        if right is None:
            from pipeline.cli import whystory

            return whystory.show(db, left, path, in_force(db, recipe_of(config_path)), as_json, verbose)
        a, b = (_article(db, text, path) for text in (left, right))
        if a["id"] == b["id"]:
            raise click.UsageError(f"both are article {a['id']}: {plain(a['title'])}")
        answer = explain(db, a, b, in_force(db, recipe_of(config_path)))
    if as_json:
        return show_json(as_row(answer))
    return show_lines(lines(answer, verbose))


def _article(db: Connection, text: str, path: Path) -> Row:
    """The article that a number or an address names."""
    return reads.article(db, article_id(db, text, path)) or {}


def explain(db: Connection, left: Row, right: Row, recipe: Recipe) -> Answer:
    """Everything about a pair: its stored edge, or one judged now with ``recipe``; raises NotThere if unsigned."""
    edge = reads.match(db, left["id"], right["id"])
    answer = Answer(
        left=left,
        right=right,
        edge=edge or _judged(db, left, right, recipe),
        stored=edge is not None,
        estimated_jaccard=_estimate(db, left, right),
        thresholds=thresholds(recipe),
        recipe=recipe.name,
        outlets={row["source"]: row["name"] for row in reads.sources(db)},
        corrections=corrections.between(db, left["id"], right["id"]),
    )
    if answer.together and (edge is None or edge["verdict"] == "different"):
        answer.chain = reads.path(db, left["id"], right["id"])
    elif not answer.together and left["story_id"] and right["story_id"]:
        answer.stories_link, answer.stories_pairs = reads.between(db, left["story_id"], right["story_id"])
    return answer


def _judged(db: Connection, left: Row, right: Row, recipe: Recipe) -> Row:
    from pipeline.store.embedding import vectors
    from pipeline.store.signing import signed_articles
    from pipeline.terms import Profile, profile
    from pipeline.verdict import judge

    made: dict[int, Profile] = {}
    both = signed_articles(db, {left["id"], right["id"]})
    known = vectors(db, [stored.article.content_hash for stored in both], recipe.model)
    for stored in both:
        text = "\n".join(line for line in stored.article.text.split("\n") if line not in stored.removed)
        made[stored.article.id] = profile(
            stored.article,
            text,
            recipe.shingle_words,
            recipe.background,
            known.get(stored.article.content_hash, b""),
        )
    for row in (left, right):
        if row["id"] not in made:
            raise NotThere(f"article {row['id']} is not compared yet; `retold run --no-fetch` does it")
    match = judge(made[left["id"]], made[right["id"]], recipe)
    return {
        "left_id": match.pair.left,
        "right_id": match.pair.right,
        "verdict": str(match.verdict),
        "probability": match.probability,
        "scores": match.scores,
        "reasons": list(match.reasons),
        "recipe": match.recipe,
        "run_id": None,
    }


def _estimate(db: Connection, left: Row, right: Row) -> float | None:
    """Estimated Jaccard of the stored signatures, where one recipe made both."""
    from pipeline.signatures import estimated_jaccard

    a, b = (reads.signature(db, row["id"]) for row in (left, right))
    return estimated_jaccard(a, b) if a and b and left["recipe"] == right["recipe"] else None


def thresholds(recipe: Recipe) -> dict[str, float]:
    """What a value must reach (for hours: must not exceed), by the name of the value."""
    return {
        "jaccard": recipe.copy_jaccard,
        "containment": recipe.copy_containment,
        "probability": recipe.story_probability,
        "hours_apart": recipe.story_window_hours,
        "stories_link": recipe.story_link,
    }


def as_row(answer: Answer) -> dict[str, Any]:
    """The answer as JSON shows it."""
    return {
        "together": answer.together,
        "copies": answer.copies,
        "left": {k: answer.left[k] for k in SHOWN},
        "right": {k: answer.right[k] for k in SHOWN},
        "edge_stored": answer.stored,
        "edge": answer.edge,
        "estimated_jaccard": answer.estimated_jaccard,
        "thresholds": answer.thresholds,
        "recipe": answer.recipe,
        "below": below(answer),
        "chain": answer.chain,
        "stories_link": answer.stories_link,
        "stories_pairs": answer.stories_pairs,
        "corrections": answer.corrections,
    }


# -- in words


def lines(answer: Answer, verbose: bool) -> Iterator[Line]:
    """The answer for people."""
    for row in (answer.left, answer.right):
        when = clock(min(filter(None, (row["published"], row["first_seen"]))))
        outlet = answer.outlets.get(row["source"], row["source"])
        yield f"#{row['id']}  {plain(outlet)}, {row['lang']}, {when} UTC: {plain(row['title'])}", "bold"
        yield f"    {plain(row['url'])}", "dim"
    yield "", ""
    yield headline(answer), "bold"
    for row in answer.corrections:
        yield f"  {row['says']} by {title(row)}", ""
    yield from _why_not(answer) if not answer.together else _chain(answer)
    yield "", ""
    yield from _edge(answer, verbose)


def headline(answer: Answer) -> str:
    """The answer in one line."""
    if answer.together:
        what = "two copies of one text" if answer.copies else "two texts about one event"
        return f"together: {what}, story {answer.left['story_id']}"
    places = [f"#{r['id']} in story {r['story_id']}" if r["story_id"] else f"#{r['id']} in none yet"
              for r in (answer.left, answer.right)]  # fmt: skip
    return "not together: " + ", ".join(places)


def below(answer: Answer) -> list[str]:
    """Which value misses which threshold, in words; empty where the pair by itself would be together."""
    edge, limits = answer.edge, answer.thresholds
    if edge["verdict"] != "different":
        return []
    named = {**edge["scores"], "probability": edge["probability"]}
    found = [f"{NAMES[n]} {named[n]:.2f}, {enough(n, limits)}" for n in NAMES if named[n] < limits[n]]
    hours, window = abs(hours_apart(answer)), limits["hours_apart"]
    return found + ([f"{hours:.0f} h apart, more than {window:g} h are never one event"] if hours > window else [])


def enough(name: str, limits: dict[str, float]) -> str:
    """A threshold in words: ``0.50 or more makes a copy``."""
    return f"{limits[name]:.2f} or more makes {'one story' if name == 'probability' else 'a copy'}"


def hours_apart(answer: Answer) -> float:
    """Hours between the two effective times (as pipeline.terms.effective_hours)."""
    from pipeline.cli.words import stored

    times = [min(filter(None, map(stored, (r["published"], r["first_seen"])))) for r in (answer.left, answer.right)]
    return (times[1] - times[0]).total_seconds() / 3600


def _why_not(answer: Answer) -> Iterator[Line]:
    missing = below(answer)
    if missing:
        yield "  as a pair: " + "; ".join(missing), ""
    if answer.stories_link is None:
        return
    need = answer.thresholds["stories_link"]
    yield f"  as stories: P(same event) is {answer.stories_link:.2f} on average over the", ""
    yield (
        f"    {count(answer.stories_pairs, 'pair')} across them, a pair without a stored edge counting as 0. They join",
        "",
    )
    yield f"    where the three best links of each text to the other story reach {need:.2f} on average", ""


def _chain(answer: Answer) -> Iterator[Line]:
    if answer.chain:
        from pipeline.cli.showing import edge_line

        yield "  not by themselves, but through others:", ""
        for edge in answer.chain:
            yield edge_line(edge), ""


def _edge(answer: Answer, verbose: bool) -> Iterator[Line]:
    edge = answer.edge
    origin = f"stored by run {edge['run_id']}" if answer.stored else "no edge is stored; judged just now"
    yield f"the pair: {edge['verdict'].replace('_', ' ')}, P(same event) {edge['probability']:.2f} ({origin})", ""
    for reason in edge["reasons"]:
        yield f"  - {plain(reason)}", ""
    yield from _values(answer)
    if verbose:
        yield f"recipe {edge['recipe']}", "dim"
    other = {r["recipe"] for r in (answer.left, answer.right)} | {edge["recipe"]}
    if other != {answer.recipe}:
        name = f" {answer.recipe}" if verbose else " than the stored one"
        yield f"thresholds are those of the configuration, which is another recipe{name}", "yellow"


def _values(answer: Answer) -> Iterator[Line]:
    limits = answer.thresholds
    estimated = answer.estimated_jaccard
    rows = [("estimated Jaccard", "not comparable" if estimated is None else f"{estimated:.3f}", "")]
    for name, value in answer.edge["scores"].items():
        rows.append((NAMES.get(name, name), f"{value:.3f}", enough(name, limits) if name in limits else ""))
    width = widest((label for label, _, _ in rows), 30)
    for label, value_, note in rows:
        yield f"  {padded(label, width)}  {value_}  {note}".rstrip(), ""
