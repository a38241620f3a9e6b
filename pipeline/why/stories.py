"""What holds a story together: the edge that joined each of its articles, and who was nearly joined."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.store import corrections, reads
from pipeline.store.edges import between, leaving
from pipeline.store.rows import Row
from pipeline.why import apart
from pipeline.why.backbone import backbone
from pipeline.why.pairs import shown, thresholds
from pipeline.why.signs import weighed

if TYPE_CHECKING:
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection

NEAR = 5  # neighbours shown
ABOUT = ("article_id", "copy_id", "source", "outlet", "lang", "title", "url", "effective")


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
        "nearly": [{**near_miss(db, story["story_id"], e, held, recipe), **told.get(_pair(e), {})} for e in near],
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
    beside: dict[int, list[tuple[int, Row]]] = defaultdict(list)
    for edge in backbone([{**m, "copy_id": m["article_id"]} for m in members], edges):
        beside[edge["left_id"]].append((edge["right_id"], edge))
        beside[edge["right_id"]].append((edge["left_id"], edge))
    found: dict[int, Row | None] = {}
    for m in members:  # in order of appearance
        if m["article_id"] not in found:
            found[m["article_id"]] = None
            reached = deque([m["article_id"]])
            while reached:
                new = {there: edge for there, edge in beside[reached.popleft()] if there not in found}
                found |= new
                reached.extend(new)
    return found


def _member(m: Row, edge: Row | None, told: Mapping[tuple[int, int], Row], held: Sequence[Row]) -> Row:
    own = m["article_id"]
    other = (edge["right_id"] if edge["left_id"] == own else edge["left_id"]) if edge else None
    mine = [r["id"] for r in held if own in {a["article_id"] for a in r["together"] + r["apart"]}]
    return {**{k: m[k] for k in ABOUT}, "joined_to": other, "edge": edge and {**edge, **told.get(_pair(edge), {})},
            "corrections": mine}  # fmt: skip


def near_miss(db: Connection, story_id: int, edge: Row, held: Sequence[Row], recipe: Recipe) -> Row:
    """An edge that leaves a story, with the steps that kept the two stories apart; ``held``: corrections in force."""
    other, limits = edge["outside_story"], thresholds(recipe)
    found = between(db, story_id, other, recipe)
    parting = [r for r in held if _parts(r, story_id, other)]
    steps = [*apart.parted(parting), *apart.not_judged(edge, limits, 0.0)]
    steps += apart.not_joined(found, limits["stories_link"], not parting)
    return {**edge, "stories": apart.as_row(found), "parted_by": [r["id"] for r in parting], "steps": steps}


def _parts(row: Row, one: int, other: int) -> bool:
    sides = [{a["story_id"] for a in row[side]} for side in ("together", "apart")]
    return (one in sides[0] and other in sides[1]) or (other in sides[0] and one in sides[1])
