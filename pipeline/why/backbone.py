"""The fewest edges that hold a story together, the strongest that do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

Edge = TypeVar("Edge", bound=Mapping[str, Any])


def backbone(members: Sequence[Mapping[str, Any]], edges: Sequence[Edge]) -> list[Edge]:
    """A maximum spanning tree over the story's texts (Kruskal 1956); of a single text, over its copies.

    ``edges`` come strongest first.
    """
    home = {m["article_id"]: m["copy_id"] for m in members}
    if len(set(home.values())) == 1:
        home = {i: i for i in home}
    parent = {text: text for text in home.values()}
    kept = []
    for edge in edges:
        a, b = (_root(home[edge[side]], parent) for side in ("left_id", "right_id"))
        if a != b:
            kept.append(edge)
            parent[a] = b
    return kept


def bound_by(edge: Mapping[str, Any], held: Sequence[Edge]) -> list[Edge]:
    """The corrections in force (rows of ``store.corrections``) that keep the two articles of an edge together."""
    pair = {edge["left_id"], edge["right_id"]}
    return [row for row in held if pair <= {a["article_id"] for a in row["together"]}]


def binding(
    members: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]], held: Sequence[Edge]
) -> list[Edge]:
    """The corrections in force that hold together texts which no edge does; ``edges``: the story's backbone."""
    home = {m["article_id"]: m["copy_id"] for m in members}
    parent = {text: text for text in home.values()}
    for edge in edges:
        _join([home[edge["left_id"]], home[edge["right_id"]]], parent)
    return [row for row in held if _join([home[i] for a in row["together"] if (i := a["article_id"]) in home], parent)]


def _join(texts: Sequence[int], parent: dict[int, int]) -> bool:
    """Make the trees of these texts one; whether they were several."""
    roots = sorted({_root(text, parent) for text in texts})
    for other in roots[1:]:
        parent[other] = roots[0]
    return len(roots) > 1


def _root(text: int, parent: dict[int, int]) -> int:
    """The representative of a text's tree; the way there is halved on the way."""
    while parent[text] != text:
        parent[text] = parent[parent[text]]
        text = parent[text]
    return text
