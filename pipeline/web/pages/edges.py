"""Why articles are together, for pages: edges with their reasons and the signals that say something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.phrases import WEAK, relation
from pipeline.store import members
from pipeline.store.connect import Connection
from pipeline.store.rows import Row
from pipeline.why.backbone import backbone, binding, bound_by
from pipeline.why.signs import SIGNS, value
from pipeline.why.stories import joined

HOLD = 6  # edges of the backbone
EVERY = 60  # … of all
# What is worth a bar, where the pair has it: texts, headlines, what they name, when.
BARS = ("copied", "containment", "jaccard", "cosine", "title", "lead", "names", "numbers", "facts", "hard", "soft",
        "vector", "closeness")  # fmt: skip
LEAST = 0.05
MOST = 6  # bars


def of_story(db: Connection, story: int, bones: Sequence[Row], shown: Sequence[int], corrected: Sequence[Row]) -> Row:
    """The edges that hold the story, the strongest of all, and by which each of the articles ``shown`` joined; and
    which of the corrections in force, ``corrected``, hold texts that edges do not."""
    every, complete = members.edges(db, story)
    inside = {b["article_id"] for b in bones}
    every = [e for e in every if e["left_id"] in inside and e["right_id"] in inside]
    by = joined(bones, every)
    held = backbone(bones, every)
    listed = [*held[:HOLD], *every[:EVERY], *(by[i] for i in shown if by.get(i))]
    known = members.judged(db, [_pair(e) for e in listed if e])
    about = members.details(db, {i for e in [*held[:HOLD], *every[:EVERY]] for i in _pair(e)})
    return {
        "hold": [_holding(told(known[_pair(e)], about), corrected) for e in held[:HOLD]],
        "bound": binding(bones, held, corrected),
        "held_by": len(held),
        "edges": [told(known[_pair(e)], about) for e in every[:EVERY]],
        "edges_all": len(every),
        "edges_complete": complete,
        "joined": {i: _joined(i, edge, known) for i in shown if (edge := by.get(i))},
    }


def _holding(edge: Row, corrected: Sequence[Row]) -> Row:
    """An edge of the backbone, a weak one with the corrections that bind its articles."""
    return {**edge, "bound": bound_by(edge, corrected) if edge["weak"] else []}


def _joined(article: int, edge: Row, known: Mapping[tuple[int, int], Row]) -> Row:
    left, right = _pair(edge)
    return {**told(known[left, right]), "to": right if left == article else left}


def _pair(edge: Row) -> tuple[int, int]:
    return edge["left_id"], edge["right_id"]


def told(edge: Row, about: Mapping[int, Row] | None = None, *, inside: bool = True) -> Row:
    """An edge with ``bars`` (label, value, in words) and, where they are known, the two articles' rows; ``inside``:
    both are in one story."""
    bars = [
        (SIGNS[name], found, value({"name": name, "value": found}))
        for name in BARS
        if (found := edge["scores"].get(name)) is not None and LEAST <= found <= 1
    ]
    sides = {side: about.get(edge[f"{side}_id"]) for side in ("left", "right")} if about else {}
    words = relation(edge, inside)
    return {**edge, **sides, "bars": bars[:MOST], "words": words, "weak": words == WEAK}
