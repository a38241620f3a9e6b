"""One story: where it comes from, who published when, who has it from whom, and why its articles are together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline import graphfiles
from pipeline.graph import Graph, of_story
from pipeline.lineage import HOW, ROLES, Branch, forest, strongest
from pipeline.phrases import dumps
from pipeline.store import corrections, members, origins, reads, roles
from pipeline.store.connect import Connection
from pipeline.store.rows import Row
from pipeline.web.answers import Answer, Ask, NotThereError, Page, ProblemError, Raw, Redirect
from pipeline.web.pages import correct, edges, texts
from pipeline.web.plots import story as plots
from pipeline.web.recipes import recipe_of
from pipeline.why.pairs import thresholds
from pipeline.why.stories import near_miss

DRAWN = 60  # nodes of the graph
DOTS = 150  # articles of the timeline
RECALLED = 12
EDITS = 20
NEAR = 5  # stories that were nearly joined
WEIGHED = 400  # articles up to which it is worked out what it takes to join a story to another
CORRECTED = 2000  # articles that corrections are looked up by
FORMATS = {"graphml": "application/xml; charset=utf-8", "dot": "text/vnd.graphviz; charset=utf-8",
           "json": "application/json; charset=utf-8"}  # fmt: skip


def page(db: Connection, ask: Ask) -> Answer:
    """The story of an id; one that merged leads to what it is now."""
    story = _resolved(db, ask)
    if story != ask.id():
        return Redirect(f"/story/{story}", 308)
    about = members.about(db, story)
    if about is None:
        raise NotThereError(f"Story {story} has no articles any more.")
    bones = members.skeleton(db, story)
    shown = texts.page(db, ask, story, bones)
    corrected = corrections.naming(db, [b["article_id"] for b in bones[:CORRECTED]])
    spoken = (about["languages"] or "").split()
    context = {
        "now": ask.now,
        "story": about,
        "story_id": story,
        **_origin(db, story),
        **_lineage(db, story, bones, spoken),
        **_timeline(db, bones, spoken),
        **shown,
        **edges.of_story(db, story, bones, [m["article_id"] for g in shown["groups"] for m in g.prints], corrected),
        "limits": _limits(db, ask.config),
        "near": _near(db, story, bones, ask.config),
        "edits": _edits(db, story),
        "corrected": corrected,
        **correct.forms(db, ask, story, bones),
        "roles": ROLES,
        "how": HOW,
        "partial": len(bones) >= members.MEMBERS,
    }
    return Page("story.html", context)


def _resolved(db: Connection, ask: Ask) -> int:
    story = reads.resolve(db, ask.id())
    if story is None:
        raise NotThereError(f"There is no story {ask.id()}; ids are never used again, and merged ones lead on.")
    return story


def graph(db: Connection, ask: Ask) -> Answer:
    """Who has it from whom as a file: GraphML, DOT or node-link JSON (`retold graph`)."""
    story, form = _resolved(db, ask), ask.vars["form"]
    if story != ask.id():
        return Redirect(f"/story/{story}/graph.{form}", 308)
    cited = roles.citations(db, story) if ask.choice("citations", ("yes",)) else None
    made = of_story(story, roles.members(db, story), roles.relays(db, story), cited)
    named = {"content-disposition": f'attachment; filename="story-{story}.{form}"'}
    return Raw(_written(made, form).encode("utf-8", "replace"), FORMATS[form], named)


def _written(made: Graph, form: str) -> str:
    if form == "json":
        return dumps(graphfiles.node_link(made))
    return graphfiles.graphml(made) if form == "graphml" else graphfiles.dot(made)


# -- where it comes from


def _origin(db: Connection, story: int) -> Row:
    found = origins.origin(db, story)
    recalled = origins.outside_sources(db, story)
    return {
        "origin": found,
        "untraced": origins.waiting(db, story),
        "recalled": [r for r in recalled if r["earlier"] and r["media"]][:RECALLED],
        "no_media": [r for r in recalled if not r["media"]][:RECALLED],
    }


# -- plots


def _timeline(db: Connection, bones: Sequence[Row], spoken: Sequence[str]) -> Row:
    if len(bones) < 2:
        return {"dots": [], "timeline": None, "headlines": _headlines(db, bones[:1]), "keys": []}
    known = members.details(db, [b["article_id"] for b in bones[:DOTS]])
    dots = [known[b["article_id"]] for b in bones[:DOTS] if b["article_id"] in known]
    return {
        "dots": dots,
        "timeline": plots.timeline(dots, spoken),
        "timeline_height": plots.height(len(plots.lanes(dots))),
        "keys": sorted(plots.colours(dots, spoken).items(), key=lambda k: k[1] or 99),
        "headlines": _first_in_each(dots),
    }


def _headlines(db: Connection, bones: Sequence[Row]) -> list[Row]:
    return list(members.details(db, [b["article_id"] for b in bones]).values())


def _first_in_each(dots: Sequence[Row]) -> list[Row]:
    """The first article in each language, as far as it is among these."""
    first: dict[str, Row] = {}
    for m in dots:
        first.setdefault(m["lang"], m)
    return list(first.values())


def _lineage(db: Connection, story: int, bones: Sequence[Row], spoken: Sequence[str]) -> Row:
    relays = origins.relays(db, story)
    tops = forest(bones, relays)
    nodes = [b for top in tops for b in top.walk()]
    drawn = strongest(tops, DRAWN)
    ids = [b.article for top in drawn for b in top.walk() if b.article]
    known = members.details(db, ids)
    by_outlet = {r["outlet"]: r for r in relays}
    size = sum(1 for top in drawn for _ in top.walk())
    return {
        "tree": drawn,
        "tree_members": known,
        "tree_relays": by_outlet,
        "tree_all": len(nodes),
        "tree_size": size,
        "tree_steps": _steps(drawn),
        "lineage": plots.lineage(drawn, known, by_outlet, spoken) if drawn else None,
        "lineage_height": plots.height(size),
    }


def _steps(tops: Sequence[Branch]) -> list[tuple[str, Branch]]:
    """The forest as marks of a nested list, in its order, so that no template has to recurse: open, item, close."""
    marks: list[tuple[str, Branch]] = []
    waiting = [("item", top) for top in reversed(tops)]
    while waiting:
        mark, branch = waiting.pop()
        marks.append((mark, branch))
        if mark == "item":
            waiting.append(("close", branch))
            waiting += [("item", child) for child in reversed(branch.children)]
    return marks


# -- what else happened


def _near(db: Connection, story: int, bones: Sequence[Row], config: Path | None) -> list[Row]:
    found = members.leaving(db, story, NEAR)
    if not found or len(bones) > WEIGHED:
        return [{**edge, "steps": []} for edge in found]
    try:
        recipe = recipe_of(db, config)
    except ProblemError:
        return [{**edge, "steps": []} for edge in found]
    held = corrections.naming(db, [b["article_id"] for b in bones])
    return [near_miss(db, story, edge, held, recipe) for edge in found]


def _limits(db: Connection, config: Path | None) -> Row | None:
    """The thresholds in force; None where the configuration cannot be read."""
    try:
        return dict(thresholds(recipe_of(db, config)))
    except ProblemError:
        return None


def _edits(db: Connection, story: int) -> list[Row]:
    found = members.edited(db, story, EDITS)
    known = members.details(db, [e["article_id"] for e in found])
    return [{**known[e["article_id"]], **e} for e in found]
