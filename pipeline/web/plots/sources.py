"""One source: how many articles a day, and how late they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

Option = dict[str, Any]
# Upper bounds in seconds, and what stands between them.
LATE = ((0, "before its time"), (300, "under 5 min"), (900, "5–15 min"), (3600, "15–60 min"), (3 * 3600, "1–3 h"),
        (12 * 3600, "3–12 h"), (86_400, "12–24 h"), (7 * 86_400, "1–7 d"))  # fmt: skip
LATEST = "over 7 d"


def calendar(counted: Mapping[str, int], last: date, days: int) -> list[tuple[str, int]]:
    """(day, articles) of the ``days`` up to ``last``, those without any as 0."""
    each = [(last - timedelta(days=n)).isoformat() for n in reversed(range(days))]
    return [(day, counted.get(day, 0)) for day in each]


def daily(days: Sequence[tuple[str, int]]) -> Option:
    """A bar a day."""
    return _bars([day[5:] for day, _ in days], [n for _, n in days])


def lateness(lags: Sequence[int]) -> list[tuple[str, int]]:
    """(how late, how many) of lags in seconds."""
    bounds = [bound for bound, _ in LATE]
    found = [0] * (len(LATE) + 1)
    for lag in lags:
        found[next((n for n, bound in enumerate(bounds) if lag < bound), len(bounds))] += 1
    return list(zip([*(name for _, name in LATE), LATEST], found, strict=True))


def late(counted: Sequence[tuple[str, int]]) -> Option:
    """A bar a class of lateness."""
    return _bars([name for name, _ in counted], [n for _, n in counted])


def _bars(names: Sequence[str], values: Sequence[int]) -> Option:
    return {
        "grid": {"left": 40, "right": 12, "top": 12, "bottom": 28},
        "xAxis": {"type": "category", "data": [*names], "axisTick": {"show": False}},
        "yAxis": {"type": "value", "minInterval": 1},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "series": [{"type": "bar", "data": [*values], "barMaxWidth": 28, "name": "articles"}],
    }
