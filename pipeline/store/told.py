"""Write what came of tracing stories: origins, counts, roles, and what is known of outlets without an article."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from pipeline.provenance.origin import Origin
from pipeline.provenance.outlets import Outlets
from pipeline.provenance.roles import Part, Traced
from pipeline.store.connect import transaction
from pipeline.store.listing import relist
from pipeline.store.provenance import source_key


def record_traced(db: sqlite3.Connection, done: Sequence[tuple[int, Traced]], known: Outlets) -> None:
    """Write the provenance of these stories, in one transaction; not of one that has other members meanwhile."""
    with transaction(db):
        same = [(story, found) for story, found in done if _members(db, story) == {p.article for p in found.parts}]
        stories = json.dumps([story for story, _ in same])
        for name in ("origins", "independence", "roles", "relays", "untraced"):
            db.execute(f"DELETE FROM {name} WHERE story_id IN (SELECT value FROM json_each(?))", [stories])  # noqa: S608
        # An article has one role. Where it came from a story that is still to be traced, the former one stands there.
        moved = json.dumps([part.article for _, found in same for part in found.parts])
        db.execute("DELETE FROM roles WHERE article_id IN (SELECT value FROM json_each(?))", [moved])
        for story, found in same:
            _record(db, story, found, known)
        relist(db, [story for story, _ in same])


def _members(db: sqlite3.Connection, story: int) -> set[int]:
    return {r[0] for r in db.execute("SELECT article_id FROM copies WHERE story_id = ?", [story])}


def _record(db: sqlite3.Connection, story: int, found: Traced, known: Outlets) -> None:
    several = len(found.parts) > 1
    origins = [(0, found.origin)] if several or found.origin.outlet else []
    db.executemany(
        "INSERT INTO origins (story_id, copy_id, outlet, source, article_id, confidence, reasons)"
        " VALUES (?,?,?,?,?,?,?)",
        [(story, copy, *_origin_values(o, known)) for copy, o in (*origins, *found.copies.items())],
    )
    db.executemany(
        "INSERT INTO roles (article_id, story_id, role, leans_on, outlet, source, how, quote, root, lag_s, confidence)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        [_part_values(story, part, known) for part in found.parts if several or part.lean],
    )
    db.executemany("INSERT INTO relays VALUES (?,?,?,?,?,?)", _relays(story, found))
    if several:
        i = found.independence
        db.execute(
            "INSERT INTO independence VALUES (?,?,?,?,?,?,?)",
            (story, i.articles, i.outlets, i.owners, i.wire_texts, i.origins, i.unattributed),
        )


def _relays(story: int, found: Traced) -> list[tuple[object, ...]]:
    leant = found.chain.outside.items()
    return [(story, outlet, x.article or None, x.outlet, str(x.how), x.quote) for outlet, x in leant]


def _origin_values(o: Origin, known: Outlets) -> tuple[object, ...]:
    reasons = json.dumps(o.reasons, ensure_ascii=False)
    return o.outlet, source_key(o.outlet, known), o.article or None, o.confidence, reasons


def _part_values(story: int, part: Part, known: Outlets) -> tuple[object, ...]:
    lean = part.lean
    outlet, how, quote, sure = (lean.outlet, str(lean.how), lean.quote, lean.confidence) if lean else ("", "", "", 1.0)
    article_id = lean.article or None if lean else None
    return (
        part.article, story, str(part.role), article_id, outlet, source_key(outlet, known), how, quote, part.root,
        int(part.lag.total_seconds()), sure,
    )  # fmt: skip
