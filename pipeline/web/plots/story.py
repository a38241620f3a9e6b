"""A story as plots: who published when, and who has it from whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.lineage import BRIEF, HOW, ROLES, Branch, Row
from pipeline.phrases import clock, plain
from pipeline.web.hues import hues

# Shape tells the part, so that colour is free for the language.
SHAPES = {
    "origin": "diamond", "report": "circle", "rewrite": "triangle", "copy": "rect", "cut_copy": "roundRect",
    "translation": "path://M0,0L10,0L5,9Z", "follow_up": "path://M4,0h2v4h4v2h-4v4h-2v-4h-4v-2h4z",
}  # fmt: skip
ELSEWHERE = "no article here"
DASHED = frozenset({"citation", "link", "feed", "canonical"})  # it says so; otherwise the text itself shows it
LANES = 24  # outlets that get a lane each; of more, the parts do
NAME = 26  # characters of a label
TITLE = 90
ROOM, MORE_ROOM = 1.8, 0.7  # columns to the right of the last one for its labels, and more for each column
LABEL = {
    "show": True, "position": "right", "distance": 5, "color": "var(--ink)", "fontSize": 12, "padding": [1, 2],
    "backgroundColor": "var(--paper)",  # edges pass below
    "rich": {"how": {"color": "var(--soft)", "fontSize": 11}, "name": {"fontWeight": 600, "fontSize": 12}},
}  # fmt: skip
_RICH = str.maketrans("{}|", "()/")  # what ECharts reads as markup in labels


def colours(members: Sequence[Row], spoken: Sequence[str] = ()) -> dict[str, int]:
    """Language of these → number of its colour, as on every page; those without one have 0. ``spoken``: the languages
    of the whole story, where these are a part of it."""
    langs = {m["lang"] for m in members}
    return {lang: n for lang, n in hues({*langs, *spoken}).items() if lang in langs}


def height(lines: int) -> str:
    """How high a plot of so many lines is to be, as `macros.plot` names it."""
    return next((size for most, size in ((7, "s"), (16, "m"), (26, "l"), (46, "xl")) if lines <= most), "xxl")


def _colour(lang: str, by_lang: Mapping[str, int]) -> str:
    return f"var(--plot-{by_lang[lang]})" if by_lang.get(lang) else "var(--soft)"


def _label(text: object, most: int) -> str:
    line = plain(text).translate(_RICH)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _legend(roles: Sequence[str]) -> dict[str, Any]:
    """What the shapes mean."""
    known = [_category(role) for role in roles]
    data = [{"name": c["name"], "icon": c["symbol"], "itemStyle": c["itemStyle"]} for c in known]
    text = {"color": "var(--ink)", "fontSize": 11}
    return {"data": data, "bottom": 0, "itemWidth": 11, "itemHeight": 10, "itemGap": 8, "textStyle": text}


# -- who published when


def lanes(members: Sequence[Row]) -> list[str]:
    """The lanes of :func:`timeline` from above: outlets in the order they came, or parts where they are too many."""
    outlets = list(dict.fromkeys(m["outlet"] for m in members))
    if len(outlets) <= LANES:
        return outlets
    present = {m["story_role"] for m in members}
    return [ROLES[role] for role in SHAPES if role in present] + ["?"] * (not present <= SHAPES.keys())


def timeline(members: Sequence[Row], spoken: Sequence[str] = ()) -> dict[str, Any]:
    """Articles over time: a lane an outlet, a shape a part, a colour a language; each leads to its article.

    ``members`` are rows of v_story_articles with ``story_role``, in the order they appeared; ``spoken`` as of
    :func:`colours`.
    """
    by_lang, rows = colours(members, spoken), lanes(members)
    by_outlet = rows == list(dict.fromkeys(m["outlet"] for m in members))
    groups: dict[str, list[Row]] = {}
    for m in members:
        groups.setdefault(m["story_role"] or "", []).append(m)
    series: list[dict[str, Any]] = []
    order = sorted(groups, key=lambda r: list(SHAPES).index(r) if r in SHAPES else len(SHAPES))
    for role in order:
        points = [_point(m, rows.index(_lane(m, by_outlet)), by_lang) for m in groups[role]]
        shape = SHAPES.get(role, "circle")
        series.append({"type": "scatter", "name": ROLES.get(role, "article"), "symbol": shape, "symbolSize": 11,
                       "itemStyle": {"color": "var(--soft)"}, "data": points})  # fmt: skip
    names = [_label(name, NAME) for name in rows]
    quiet = {"color": "var(--soft)", "fontSize": 11}
    return {
        "useUTC": True,
        "legend": _legend(order),
        "grid": {"left": 8, "right": 18, "top": 8, "bottom": 58, "containLabel": True},
        "xAxis": {"type": "time", "boundaryGap": ["2%", "2%"], "axisLabel": {**quiet, "hideOverlap": True}},
        "yAxis": {"type": "category", "data": names, "inverse": True, "axisLabel": {
            **quiet, "width": 110, "overflow": "truncate", "interval": 0}, "splitLine": {
            "show": True, "lineStyle": {"color": "var(--line)"}}},
        "tooltip": {"formatter": "{b}"},
        "series": series,
    }  # fmt: skip


def _lane(m: Row, by_outlet: bool) -> str:
    return str(m["outlet"]) if by_outlet else ROLES.get(m["story_role"] or "", "?")


def _point(m: Row, lane: int, by_lang: Mapping[str, int]) -> dict[str, Any]:
    said = f"{m['outlet']}, {m['lang']}, {clock(m['effective'])} UTC: {m['title']}"
    return {
        "name": _label(said, TITLE + NAME),
        "value": [m["effective"], lane],
        "itemStyle": {"color": _colour(m["lang"], by_lang)},
        "url": f"/article/{m['article_id']}",
    }


# -- who has it from whom


class Placed(NamedTuple):
    """A node and where it stands: the column counts steps from the origin, and no line has two."""

    branch: Branch
    column: int
    line: int
    parent: int  # index among the placed; -1: a top


def placed(tops: Sequence[Branch]) -> list[Placed]:
    """Every node in a line of its own, each before its followers and to their left: no label meets another, and an
    edge passes by the nodes between."""
    found: list[Placed] = []
    waiting = [(top, 0, -1) for top in reversed(tops)]
    while waiting:
        branch, column, parent = waiting.pop()
        here = len(found)
        found.append(Placed(branch, column, here, parent))
        waiting.extend((child, column + 1, here) for child in reversed(branch.children))
    return found


def lineage(
    tops: Sequence[Branch], members: Mapping[int, Row], relays: Mapping[str, Row], spoken: Sequence[str] = ()
) -> dict[str, Any]:
    """Who has it from whom: the origin to the left, followers to the right, hollow who has no article here.

    ``members`` are the rows of all articles in the trees, ``relays`` those of outlets without one, by outlet;
    ``spoken`` as of :func:`colours`.
    """
    nodes = placed(tops)
    by_lang = colours(list(members.values()), spoken)
    shown = [_node(p, members, relays, by_lang) for p in nodes]
    links = [_link(p, nodes, members, relays) for p in nodes if p.parent >= 0]
    used = list(dict.fromkeys(n["category"] for n in shown))
    for node in shown:
        node["category"] = used.index(node["category"])
    depth = max((p.column for p in nodes), default=0)
    return {
        "legend": _legend(used),
        "grid": {"left": 12, "right": 4, "top": 4, "bottom": 50},
        "xAxis": {"type": "value", "min": 0, "max": depth + ROOM + depth * MORE_ROOM, "show": False},
        "yAxis": {"type": "value", "min": -0.6, "max": len(nodes) - 0.4, "inverse": True, "show": False},
        "tooltip": {"formatter": "{b}"},
        "series": [{
            "type": "graph", "coordinateSystem": "cartesian2d", "symbolSize": 11, "cursor": "pointer",
            "categories": [_category(role) for role in used], "data": shown, "links": links,
            "edgeSymbol": ["none", "arrow"], "edgeSymbolSize": 6,
            "lineStyle": {"color": "var(--soft)", "opacity": 0.6, "width": 1.2, "curveness": 0},
            "label": LABEL,
            "emphasis": {"focus": "adjacency", "label": {"show": True}},
        }],
    }  # fmt: skip


def _category(role: str) -> dict[str, Any]:
    if role == ELSEWHERE:
        hollow = {"color": "var(--paper)", "borderColor": "var(--ink)", "borderWidth": 1.5}
        return {"name": ELSEWHERE, "symbol": "circle", "itemStyle": hollow}
    return {"name": ROLES.get(role, "article"), "symbol": SHAPES.get(role, "circle"),
            "itemStyle": {"color": "var(--soft)"}}  # fmt: skip


def _node(
    p: Placed, members: Mapping[int, Row], relays: Mapping[str, Row], by_lang: Mapping[str, int]
) -> dict[str, Any]:
    m = members.get(p.branch.article)
    how = _how(p, members, relays)
    brief = "{how|" + _label(how, NAME) + "} " if how else ""
    name, more = (p.branch.outlet, "") if m is None else (m["outlet"], f"{m['lang']}{_lag(m['lag_s'])}")
    node: dict[str, Any] = {
        "id": str(p.line),  # ECharts would take two of one name for the same
        "name": _label(", ".join(_told(p, members)), TITLE + NAME),
        "value": [p.column, p.line],
        "category": ELSEWHERE if m is None else m["story_role"] or "",
        "label": {
            "formatter": f"{brief}{{name|{_label(name, NAME)}}}" + (f" {{how|{_label(more, NAME)}}}" if more else "")
        },
    }
    if m is None:
        return {**node, "symbol": "circle", "itemStyle": _category(ELSEWHERE)["itemStyle"]}
    style = {"color": _colour(m["lang"], by_lang)}
    return {**node, "symbol": SHAPES.get(m["story_role"] or "", "circle"), "itemStyle": style,
            "url": f"/article/{m['article_id']}"}  # fmt: skip


def _told(p: Placed, members: Mapping[int, Row]) -> Iterator[str]:
    m = members.get(p.branch.article)
    if m is None:
        yield f"{plain(p.branch.outlet)}: {ELSEWHERE}"
        return
    yield f"{plain(m['outlet'])}: {plain(m['title'] or '(no title)')}"
    if m["quote"] and m["how"] != "canonical":
        yield f"“{plain(m['quote'])}”"


def _how(p: Placed, members: Mapping[int, Row], relays: Mapping[str, Row]) -> str:
    """By what a node hangs below the one to its left, in a word or two."""
    row = members.get(p.branch.article) or relays.get(p.branch.outlet)
    if p.parent < 0 or not row or not row["how"]:
        return ""
    role = ROLES.get(row.get("story_role") or "", "")
    return BRIEF.get(row["how"], role or HOW[row["how"]])


def _lag(seconds: int | None) -> str:
    """How long after the first: `` +2 h 5 min``; nothing for the first."""
    if not seconds or seconds < 60:
        return ""
    minutes = seconds // 60
    if minutes < 60:
        return f" +{minutes} min"
    if minutes < 600:
        return f" +{minutes / 60:.1f} h"
    return f" +{minutes // 60} h" if minutes < 4320 else f" +{minutes // 1440} d"


def _link(p: Placed, nodes: Sequence[Placed], members: Mapping[int, Row], relays: Mapping[str, Row]) -> dict[str, Any]:
    row = members.get(p.branch.article) or relays.get(p.branch.outlet) or {}
    how = str(row.get("how") or "")
    return {"source": str(p.parent), "target": str(p.line), "name": _label(_how(p, members, relays), TITLE),
            "lineStyle": {"type": "dashed" if how in DASHED else "solid"}}  # fmt: skip
