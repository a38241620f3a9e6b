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


def _root(text: int, parent: dict[int, int]) -> int:
    """The representative of a text's tree; the way there is halved on the way."""
    while parent[text] != text:
        parent[text] = parent[parent[text]]
        text = parent[text]
    return text
