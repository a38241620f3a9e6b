"""Edges that leave a story: which articles were nearly joined."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

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
