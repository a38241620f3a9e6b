"""The last runs: how long each took, and what it brought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.phrases import clock


def history(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Bars of new articles and, on an axis of its own, a line of seconds; the oldest on the left."""
    ordered = sorted(runs, key=lambda r: r["id"])
    articles = [_datum(r, r["counts"].get("new_articles")) for r in ordered]
    seconds = [_datum(r, r["duration_s"]) for r in ordered]
    return {
        "grid": {"left": 48, "right": 48, "top": 36, "bottom": 28},
        "legend": {"top": 0, "left": 0, "data": ["new articles", "seconds"]},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [f"{r['id']}: {clock(r['started'])[5:]}" for r in ordered],
                  "axisLabel": {"hideOverlap": True, "color": "var(--soft)"}},
        "yAxis": [{"type": "value", "minInterval": 1}, {"type": "value", "splitLine": {"show": False}}],
        "series": [
            {"name": "new articles", "type": "bar", "data": articles, "barMaxWidth": 24},
            {"name": "seconds", "type": "line", "yAxisIndex": 1, "data": seconds, "symbolSize": 5},
        ],
    }  # fmt: skip


def _datum(run: dict[str, Any], value: float | None) -> dict[str, Any]:
    return {"value": value, "url": f"/run/{run['id']}"}
