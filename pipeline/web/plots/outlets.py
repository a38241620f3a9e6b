"""Who leads and who follows, and who leans on whom."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from pipeline.phrases import plain

Row = dict[str, Any]
Option = dict[str, Any]
RIGHT = "\u2009"  # behind the names on the right: nodes go by their names, and an outlet may stand on both sides
NAMED = 16  # outlets, at most, whose names stand beside their dots
ROOM = 6  # per cent beyond 0 and 100, so that no dot there covers a label of an axis
STEPS = (0, 20, 40, 60, 80, 100)
WIDE, HIGH = 24, 7  # per cent of the axes that a name takes


def share(part: int, whole: int) -> float:
    """Per cent, to a tenth."""
    return round(100 * part / whole, 1) if whole else 0.0


def leading(rows: Sequence[Row]) -> Option:
    """A dot an outlet: across, of how many of its stories it had the first article; up, how many of its articles are
    another's text (per cent); its area is its articles."""
    most = max((r["articles"] for r in rows), default=1)
    named = _named(rows)
    return {
        "grid": {"left": 56, "right": 24, "top": 24, "bottom": 48},
        "xAxis": _percent("told first, % of its stories", 26),
        "yAxis": _percent("another’s text, % of its articles", 38),
        "tooltip": {"formatter": "{b}"},
        "series": [{"type": "scatter", "clip": False, "data": [_dot(r, most, r["source"] in named) for r in rows],
                    "itemStyle": {"opacity": 0.6}, "emphasis": {"label": {"show": True}}}],
    }  # fmt: skip


def _named(rows: Sequence[Row]) -> set[str]:
    """The outlets with names beside their dots: those of the most articles, where no other name is in the way."""
    placed: dict[str, tuple[float, float]] = {}
    for row in sorted(rows, key=lambda r: (-r["articles"], r["source"])):
        x, y = _place(row)
        free = all(abs(x - a) > WIDE or abs(y - b) > HIGH for a, b in placed.values())
        if free and len(placed) < NAMED:
            placed[row["source"]] = (x, y)
    return set(placed)


def _place(row: Row) -> tuple[float, float]:
    return share(row["first"], row["stories"]), share(row["theirs"], row["articles"])


def _percent(name: str, gap: int) -> Option:
    """An axis from 0 to 100 with :data:`ROOM` at both ends, where it has neither labels nor lines."""
    at = {"customValues": STEPS}
    line = {"lineStyle": {"color": "var(--line)"}}
    return {"type": "value", "min": -ROOM, "max": 100 + ROOM, "name": name, "nameLocation": "middle", "nameGap": gap,
            "axisLabel": {**at, "color": "var(--soft)"}, "axisTick": {**at, **line}, "splitLine": line}  # fmt: skip


def _dot(row: Row, most: int, named: bool) -> Option:
    first, other = _place(row)
    name = plain(row["outlet"])
    label = {"show": named, "formatter": "{b|}" + _escaped(name), "position": "right", "color": "var(--ink)",
             "fontSize": 11, "rich": {"b": {}}}  # fmt: skip
    said = f"{name}: {first:g} % of {row['stories']:,} stories first, {other:g} % of {row['articles']:,} articles"
    return {
        "name": f"{said} another’s text", "value": [first, other],
        "symbolSize": round(7 + 21 * sqrt(row["articles"] / most), 1), "label": label,
        "url": f"/source/{row['source']}",
    }  # fmt: skip


def _escaped(name: str) -> str:
    """A name in a label's template, in which braces would name a variable."""
    return name.replace("{", "(").replace("}", ")")


def leaning(rows: Sequence[Row], names: dict[str, str]) -> Option:
    """A band from each who leans, on the left, to whom it leans on, as wide as the times. ``names``: key → name."""
    links = [
        {
            "source": plain(names.get(r["source"], r["source"])),
            "target": plain(r["outlet"]) + RIGHT,
            "value": r["times"],
        }
        for r in rows
    ]
    urls = {plain(names.get(r["source"], r["source"])): f"/source/{r['source']}" for r in rows}
    urls |= {plain(r["outlet"]) + RIGHT: f"/source/{r['on_source']}" for r in rows if r["on_source"]}
    nodes = dict.fromkeys([*(x["source"] for x in links), *(x["target"] for x in links)])
    left = {x["source"] for x in links}
    return {
        "tooltip": {"trigger": "item"},
        "series": [{
            "type": "sankey", "left": 8, "right": 8, "top": 8, "bottom": 8, "nodeWidth": 8, "nodeGap": 6,
            "draggable": False, "layoutIterations": 32,
            "label": {"color": "var(--ink)", "fontSize": 11},
            "lineStyle": {"color": "source", "opacity": 0.3},
            "emphasis": {"focus": "adjacency"},
            "data": [_node(name, name in left, urls.get(name)) for name in nodes], "links": links,
        }],
    }  # fmt: skip


def _node(name: str, left: bool, url: str | None) -> Option:
    side = {"label": {"position": "right" if left else "left"}}
    return {"name": name, **side, **({"url": url} if url else {})}
