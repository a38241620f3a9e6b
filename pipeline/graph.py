"""Who has it from whom, as a graph that is made of rows. Pure; pipeline.graphfiles writes it.

An edge leads from who has it to whom it is from. What is not known of a node or an edge is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Row = Mapping[str, Any]
Value = str | int | float | bool

ROLES = ("origin", "report", "copy", "cut_copy", "rewrite", "translation", "follow_up")
HOWS = ("copy", "credit", "canonical", "feed", "translation", "citation", "link", "text")
ARTICLE_FIELDS: Mapping[str, type] = {
    "label": str, "kind": str, "article_id": int, "outlet": str, "owner": str, "lang": str, "title": str, "url": str,
    "published": str, "first_seen": str, "role": str, "copy_id": int, "root": str, "lag_s": int,
}  # fmt: skip
LEANING_FIELDS: Mapping[str, type] = {
    "says": str, "how": str, "quote": str, "confidence": float, "lag_s": int, "kind": str, "earlier": bool, "via": str,
}  # fmt: skip
OUTLET_FIELDS: Mapping[str, type] = {
    "label": str, "kind": str, "outlet": str, "owner": str, "followed": bool, "stories": int, "articles": int,
    "first": int, **dict.fromkeys(ROLES, int), "cited_by_articles": int, "median_lag_s": int,
}  # fmt: skip
FLOW_FIELDS: Mapping[str, type] = {"weight": int, **{f"by_{how}": int for how in HOWS}, "median_lag_s": int}


class Node(NamedTuple):
    """An article or an outlet."""

    id: str
    values: dict[str, Value]


class Edge(NamedTuple):
    """From who has it to whom it is from; both are ids of nodes."""

    source: str
    target: str
    values: dict[str, Value]


class Graph(NamedTuple):
    """Nodes and edges with the types of their values; ``several``: two nodes may have more than one edge."""

    name: str
    node_fields: Mapping[str, type]
    edge_fields: Mapping[str, type]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    several: bool = False


def _kept(fields: Mapping[str, type], values: Row) -> dict[str, Value]:
    """What is known of these fields, each as its type says."""
    found = {field: values.get(field) for field in fields}
    return {field: fields[field](value) for field, value in found.items() if value is not None and value != ""}


# -- one story


def of_story(
    story: int, members: Sequence[Row], relays: Sequence[Row], citations: Sequence[Row] | None = None
) -> Graph:
    """The articles of a story, what each leans on, and, where they are given, its ``citations``.

    ``members`` come in the order they appeared. Outlets without an article there are nodes where they are leant on.
    """
    by_id = {m["article_id"]: m for m in members}
    edges = [e for m in members if m["on_outlet"] for e in _leaning(f"a{m['article_id']}", m, by_id)]
    edges += [e for r in relays for e in _leaning(_outlet(r["outlet"]), r, by_id)]
    edges += _cited(citations or (), by_id)
    media = {_outlet(c["cited"]): bool(c["media"]) for c in citations or ()}
    nodes = {f"a{i}": Node(f"a{i}", _of_article(m)) for i, m in by_id.items()}
    for end in (end for e in edges for end in (e.source, e.target) if end not in nodes):
        nodes[end] = Node(end, _of_outlet(end, media.get(end, True)))
    name = f"story {story}"
    return Graph(name, ARTICLE_FIELDS, LEANING_FIELDS, tuple(nodes.values()), tuple(edges), citations is not None)


def _of_article(m: Row) -> dict[str, Value]:
    label = ": ".join(part for part in (m["outlet"], m["title"]) if part)
    return _kept(ARTICLE_FIELDS, {**m, "label": label, "kind": "article"})


def _of_outlet(node: str, media: bool) -> dict[str, Value]:
    name = node.removeprefix("outlet:")
    return _kept(ARTICLE_FIELDS, {"label": name, "kind": "outlet" if media else "organisation", "outlet": name})


def _outlet(name: str) -> str:
    return f"outlet:{name}"


def _leaning(node: str, row: Row, by_id: Mapping[int, Row]) -> Iterator[Edge]:
    """The edge to what an article or outlet leans on; ``lag_s`` behind it, where both are articles of the story."""
    on = by_id.get(row["leans_on"])
    target = f"a{on['article_id']}" if on else _outlet(row["on_outlet"])
    known = on and None not in (row.get("lag_s"), on["lag_s"])
    lag = row["lag_s"] - on["lag_s"] if on and known else None
    if target != node:
        yield Edge(node, target, _kept(LEANING_FIELDS, {**row, "says": "leaning", "lag_s": lag}))


def _cited(citations: Iterable[Row], by_id: Mapping[int, Row]) -> Iterator[Edge]:
    """The citations that no leaning rests on; an outlet's of itself, where it has no other article here, are none."""
    for c in (c for c in citations if c["article_id"] in by_id):
        m = by_id[c["article_id"]]
        if (c["cited"], c["quote"]) == (m["on_outlet"], m["quote"]):
            continue
        target = _cited_node(c, m, by_id)
        if target != f"a{m['article_id']}":
            yield Edge(f"a{m['article_id']}", target, _kept(LEANING_FIELDS, {**c, "says": "citation"}))


def _cited_node(c: Row, m: Row, by_id: Mapping[int, Row]) -> str:
    """The article that is linked to, else the outlet's first one besides the citing one; else the outlet."""
    linked = [i for i, o in by_id.items() if c["url"] and o["url"] == c["url"]]
    own = [i for i, o in by_id.items() if c["cited_source"] == o["source"] or c["cited"] == o["outlet"]]
    other = [i for i in own if i != m["article_id"]]
    return next((f"a{i}" for i in (*linked, *other, *own)), _outlet(c["cited"]))


# -- outlets


def of_outlets(rows: Sequence[Row], leanings: Sequence[Row], sources: Mapping[str, Row]) -> Graph:
    """Outlets with what they were in their stories, and how often which leans on which.

    ``sources``: key → name and owner; outlets that are not followed are nodes where they are leant on.
    """
    counts = {row["source"]: row for row in rows}
    ends = [key for row in leanings for key in (row["source"], row["on_source"]) if key]
    keys = dict.fromkeys([*counts, *ends])
    elsewhere = dict.fromkeys(row["elsewhere"] for row in leanings if row["elsewhere"])
    nodes = [Node(f"source:{key}", _of_source(sources[key], counts.get(key, {}))) for key in keys if key in sources]
    followed = {node.id for node in nodes}
    edges = [Edge(f"source:{row['source']}", _flow_end(row), _flow(row)) for row in leanings]
    edges = [edge for edge in edges if edge.target in followed or edge.target.startswith("outlet:")]
    nodes += [Node(_outlet(name), _of_unfollowed(name)) for name in elsewhere]
    return Graph("outlets", OUTLET_FIELDS, FLOW_FIELDS, tuple(nodes), tuple(edges))


def _of_source(source: Row, counts: Row) -> dict[str, Value]:
    named = {"label": source["name"], "kind": "outlet", "outlet": source["name"], "owner": source["owner"]}
    return _kept(OUTLET_FIELDS, {**counts, **named, "followed": True})


def _of_unfollowed(name: str) -> dict[str, Value]:
    return _kept(OUTLET_FIELDS, {"label": name, "kind": "outlet", "outlet": name, "followed": False})


def _flow_end(row: Row) -> str:
    return f"source:{row['on_source']}" if row["on_source"] else _outlet(row["elsewhere"])


def _flow(row: Row) -> dict[str, Value]:
    by = {f"by_{how}": times for how, times in row["by"].items()}
    return _kept(FLOW_FIELDS, {**by, "weight": row["times"], "median_lag_s": row["median_lag_s"]})
