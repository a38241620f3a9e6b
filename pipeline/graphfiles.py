"""A graph → the text of a file: GraphML, DOT, node-link JSON. Any text may stand in its values. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.graph import ROLES, Edge, Graph, Node, Value

# -- GraphML

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
TYPES: Mapping[type, str] = {str: "string", int: "long", float: "double", bool: "boolean"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 has no way to say


def graphml(graph: Graph) -> str:
    """The graph as GraphML with typed keys; characters that XML 1.0 does not have are U+FFFD."""
    root = ET.Element("graphml", xmlns=NAMESPACE)
    for domain, fields in (("node", graph.node_fields), ("edge", graph.edge_fields)):
        for field, kind in fields.items():
            named = {"attr.name": field, "attr.type": TYPES[kind]}
            ET.SubElement(root, "key", {"id": f"{domain}_{field}", "for": domain, **named})
    body = ET.SubElement(root, "graph", id=xml_text(graph.name), edgedefault="directed")
    for node in graph.nodes:
        _data(ET.SubElement(body, "node", id=xml_text(node.id)), "node", node.values)
    for edge in graph.edges:
        ends = {"source": xml_text(edge.source), "target": xml_text(edge.target)}
        _data(ET.SubElement(body, "edge", ends), "edge", edge.values)
    ET.indent(root)
    # A bare carriage return would be read as a line feed.
    text = ET.tostring(root, encoding="unicode").replace("\r", "&#13;")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _data(element: ET.Element, domain: str, values: Mapping[str, Value]) -> None:
    for field, value in values.items():
        said = str(value).lower() if isinstance(value, bool) else str(value)
        ET.SubElement(element, "data", key=f"{domain}_{field}").text = xml_text(said)


def xml_text(text: str) -> str:
    """``text`` with U+FFFD for what XML 1.0 cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


# -- node-link JSON


def node_link(graph: Graph) -> dict[str, Any]:
    """The graph in the form of networkx's ``node_link_data``; values that are not known are left out."""
    met: Counter[tuple[str, str]] = Counter()
    edges = []
    for edge in graph.edges:
        ends = (edge.source, edge.target)
        key = {"key": met[ends]} if graph.several else {}
        edges.append({**edge.values, "source": edge.source, "target": edge.target, **key})
        met[ends] += 1
    nodes = [{**node.values, "id": node.id} for node in graph.nodes]
    of = {"name": graph.name}
    return {"directed": True, "multigraph": graph.several, "graph": of, "nodes": nodes, "edges": edges}


# -- DOT

LABEL = 48  # characters of a title in a node; the whole of it is the tooltip
COLOURS: Mapping[str, str] = {  # of ColorBrewer's Set3 and Pastel: told apart by most eyes, black is legible on them
    "origin": "#fb8072", "report": "#fdb462", "copy": "#80b1d3", "cut_copy": "#b3cde3", "rewrite": "#b3de69",
    "translation": "#bc80bd", "follow_up": "#ffffb3",
}  # fmt: skip
ELSEWHERE = "#eeeeee"
SHOWN = ("label", "tooltip")  # Graphviz reads entities in them
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def dot(graph: Graph) -> str:
    """The graph as DOT, for Graphviz: whom it is from to the left, filled by role, citations dashed."""
    lines = [
        f"digraph {quoted(graph.name)} {{",
        "  rankdir=RL;",
        '  node [shape=box, style="filled,rounded", fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=10];',
        *(f"  {quoted(node.id)} {_attributes(_drawn(node))};" for node in graph.nodes),
        *(f"  {quoted(e.source)} -> {quoted(e.target)} {_attributes(_arrow(e))};" for e in graph.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """``text`` as a DOT string: what it holds ends no string, begins no escape sequence and is no control."""
    lines = re.sub(r"\r\n?", "\n", text).replace("\t", " ").split("\n")
    safe = (_CONTROL.sub("\ufffd", line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(safe) + '"'


def _attributes(values: Mapping[str, str]) -> str:
    told = {name: value.replace("&", "&amp;") if name in SHOWN else value for name, value in values.items() if value}
    return "[" + ", ".join(f"{name}={quoted(value)}" for name, value in told.items()) + "]"


def _drawn(node: Node) -> dict[str, str]:
    v = node.values
    title, name = str(v.get("title", "")), str(v.get("outlet", ""))
    label = "\n".join(part for part in (name, _cut(title)) if part) or node.id
    role = str(v.get("role", "")) or _commonest(v)
    return {"label": label, "tooltip": title or name, "URL": str(v.get("url", "")),
            "fillcolor": COLOURS.get(role, ELSEWHERE)}  # fmt: skip


def _cut(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= LABEL else line[: LABEL - 1].rstrip() + "…"


def _commonest(values: Mapping[str, Value]) -> str:
    """The role that an outlet has most often."""
    counts = {role: int(values.get(role, 0)) for role in ROLES}
    return max(counts, key=lambda role: counts[role]) if any(counts.values()) else ""


def _arrow(edge: Edge) -> dict[str, str]:
    v = edge.values
    if "weight" in v:
        times = int(v["weight"])
        return {"label": str(times), "weight": str(times), "penwidth": f"{1 + math.log2(times):.1f}"}
    cites = v.get("says") == "citation"
    label = str(v.get("kind" if cites else "how", "")).replace("_", " ")
    return {"label": label, "tooltip": str(v.get("quote", "")), "style": "dashed" if cites else ""}
