"""The articles of a story, a text at a time: each with its prints, marks, and what it leans on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.credits import beyond
from pipeline.store import members, origins
from pipeline.store.connect import Connection
from pipeline.store.rows import Row
from pipeline.web.answers import Ask, BadRequestError

TEXTS = 25  # a page
PRINTS = 8  # of a text, where all texts are shown
ALL_PRINTS = 100  # a page, where one text is


class Group(NamedTuple):
    """A text: its first article, the other prints that are shown, and how many there are in all."""

    prints: list[Row]
    size: int
    origin: Row | None  # of the text, where a credit or a print tells


def page(db: Connection, ask: Ask, story: int, bones: Sequence[Row]) -> Row:
    """The texts of a page (``page``), or of one text (``text``) the prints; raises BadRequestError."""
    groups: dict[int, list[int]] = {}
    for b in bones:
        groups.setdefault(b["copy_id"], []).append(b["article_id"])
    only = ask.number("text", 0, 0, 2**63 - 1)
    if only and only not in groups:
        raise BadRequestError(f"Story {story} has no text {only}.")
    each, count = (ALL_PRINTS, len(groups[only])) if only else (TEXTS, len(groups))
    pages = max(-(-count // each), 1)
    number = ask.number("page", 1, 1, pages)
    start = (number - 1) * each
    chosen = {only: groups[only][start : start + each]} if only else dict(list(groups.items())[start : start + each])
    return {
        "groups": _groups(db, story, chosen, groups, 0 if only else PRINTS),
        "texts": len(groups),
        "text": only,
        "page": number,
        "pages": pages,
    }


def _groups(
    db: Connection, story: int, chosen: Mapping[int, Sequence[int]], every: Mapping[int, Sequence[int]], most: int
) -> list[Group]:
    shown = {copy: list(ids[:most] if most else ids) for copy, ids in chosen.items()}
    known = members.details(db, [i for ids in shown.values() for i in ids])
    leads = {copy: every[copy][0] for copy in shown}
    edges = members.judged(db, [_pair(leads[c], i) for c, ids in shown.items() for i in ids if i != leads[c]])
    told = {o["copy_id"]: o for o in origins.copy_origins(db, story) if o["copy_id"] in shown}
    return [
        Group([_print(known[i], leads[copy], edges) for i in ids if i in known], len(every[copy]), told.get(copy))
        for copy, ids in shown.items()
    ]


def _pair(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


def _print(m: Row, lead: int, edges: Mapping[tuple[int, int], Row]) -> Row:
    """The row with what it is in words, and how much of it stands in the text's first print."""
    edge = edges.get(_pair(lead, m["article_id"])) if lead != m["article_id"] else None
    return {
        **m,
        "lead": lead,
        "beyond": beyond(m["credit"], m["agencies"]),
        "copied": edge and copied(edge, m["article_id"]),
    }


def copied(edge: Row, article: int) -> float | None:
    """The share of an article's words in passages that the edge's other article holds; None where none was stored."""
    scores = edge["scores"]
    side = "at_left" if edge["left_id"] == article else "at_right"
    found = scores.get(side, scores.get("copied", scores.get("containment")))
    return None if found is None else float(found)
