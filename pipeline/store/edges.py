"""Edges that leave a story: which articles were nearly joined, and how strongly two stories hang together."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pipeline.model import Match
    from pipeline.signatures import Recipe
    from pipeline.stories import Bond, Group

Row = dict[str, Any]

_SIDES = ("SELECT *, left_id AS inside_id, right_id AS outside_id, right_story AS outside_story,"
          " right_source AS outside_source, right_title AS outside_title"
          " FROM v_why WHERE left_story = ?1 AND right_story <> ?1",
          "SELECT *, right_id, left_id, left_story, left_source, left_title"
          " FROM v_why WHERE right_story = ?1 AND left_story <> ?1")  # fmt: skip
_SHOWN = (
    "left_id", "right_id", "inside_id", "outside_id", "outside_story", "outside_source", "outside_title", "verdict",
    "probability", "recipe", "run_id",
)  # fmt: skip


def leaving(db: sqlite3.Connection, story_id: int, limit: int) -> list[Row]:
    """The strongest stored edges from an article of this story (``inside_id``) to one of another (``outside_id``),
    one for each other story."""
    rows = db.execute(f"{' UNION ALL '.join(_SIDES)} ORDER BY probability DESC, left_id, right_id", [story_id])
    found: dict[int, Row] = {}
    for r in rows:
        if len(found) < limit and r["outside_story"] not in found:
            read = {"scores": json.loads(r["scores"]), "reasons": json.loads(r["reasons"])}
            found[r["outside_story"]] = {**{k: r[k] for k in _SHOWN}, **read}
    return list(found.values())


class Between(NamedTuple):
    """Two stories, as grouping sees them."""

    bond: Bond
    pairs: int  # of texts across them
    linked: int  # of these pairs, those with a stored edge
    strongest: Row | None  # left_id, right_id, probability
    across: tuple[float, float] | None  # P(same event) averaged over pairs in two languages, and what it must reach


_ACROSS = (
    "SELECT m.left_id, m.right_id, m.verdict, m.probability, m.recipe, l.copy_id AS left_copy, r.copy_id AS right_copy"
    " FROM copies l JOIN matches m ON m.left_id = l.article_id JOIN copies r ON r.article_id = m.right_id"
    " WHERE l.story_id = :one AND r.story_id = :other OR l.story_id = :other AND r.story_id = :one"
    " ORDER BY m.probability DESC, m.left_id, m.right_id"
)


def between(db: sqlite3.Connection, left: int, right: int, recipe: Recipe) -> Between:
    """What may join two stories by the rules of ``recipe``: the stored edges across, put together as grouping does."""
    from pipeline.model import Match, Pair, Verdict
    from pipeline.stories import bond

    rows = db.execute(_ACROSS, {"one": left, "other": right}).fetchall()
    edges = [
        Match(Pair(r["left_id"], r["right_id"]), Verdict(r["verdict"]), r["probability"], {}, (), r["recipe"])
        for r in rows
    ]
    one, other = _texts(db, left), _texts(db, right)
    best = {k: rows[0][k] for k in ("left_id", "right_id", "probability")} if rows else None
    return Between(
        bond=bond(one, other, edges, recipe),
        pairs=len(one) * len(other),
        linked=len({frozenset((r["left_copy"], r["right_copy"])) for r in rows}),
        strongest=best,
        across=_mean(db, (left, right), edges, recipe.model),
    )


def _texts(db: sqlite3.Connection, story_id: int) -> list[Group]:
    """The copy groups of a story: article ids."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = db.execute("SELECT article_id, copy_id FROM copies WHERE story_id=? ORDER BY article_id", [story_id])
    for r in rows:
        found[r["copy_id"]].append(r["article_id"])
    return [tuple(ids) for ids in found.values()]


def _mean(
    db: sqlite3.Connection, stories: tuple[int, int], edges: list[Match], model_id: str
) -> tuple[float, float] | None:
    """What joins counterparts in other languages; None where both stories are told in one and the same."""
    from pipeline.across import mean

    sql = "SELECT c.article_id, a.lang FROM copies c JOIN articles a ON a.id = c.article_id WHERE c.story_id=?"
    one, other = (dict(tuple(r) for r in db.execute(sql, [story])) for story in stories)
    langs = one | other
    return mean(tuple(one), tuple(other), langs, edges, model_id) if len(set(langs.values())) > 1 else None
