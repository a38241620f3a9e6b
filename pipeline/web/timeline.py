"""A story's articles on a line of time, as places in a small SVG. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pipeline.phrases import clock, plain, stored
from pipeline.web.hues import hues

WIDTH = 168  # units of the viewBox
RADIUS = 3.2
EDGE = 6  # left free on both sides
LANES = (12, 6, 18)  # heights: dots that would cover each other go up, then down
SHAPES = (  # paths around (0, 0), all of about the same area; retold.css colours them .shape-0 … .shape-6
    "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z",  # circle
    "M-2.8 -2.8h5.6v5.6h-5.6z",  # square
    "M0 -3.9l3.9 6.8h-7.8z",  # triangle
    "M0 -4l4 4l-4 4l-4 -4z",  # diamond
    "M-1.2 -3.8h2.4v2.6h2.6v2.4h-2.6v2.6h-2.4v-2.6h-2.6v-2.4h2.6z",  # cross
    "M0 3.9l3.9 -6.8h-7.8z",  # triangle, upside down
    "M-3.9 -1.9h7.8v3.8h-7.8z",  # bar: all languages that have no shape of their own
)


class Dot(NamedTuple):
    """One article: its place, the number of its shape, and what it says when pointed at."""

    x: float
    y: int
    shape: int
    title: str


@dataclass(frozen=True)
class Timeline:
    """``earlier``: articles before its begin, which are not drawn; ``name``: what it shows, in words."""

    dots: Sequence[Dot]
    earlier: int
    name: str


def shapes(langs: Sequence[str]) -> dict[str, int]:
    """Language → number of its shape; those without a hue share the last one."""
    return {code: (n or len(SHAPES)) - 1 for code, n in hues(langs).items()}


def timeline(
    articles: Sequence[Mapping[str, Any]], of: int, begin: datetime, end: datetime, shape: Mapping[str, int]
) -> Timeline:
    """The articles (``appeared``, ``lang``, ``outlet``; in the order of time) from ``begin`` to ``end``; the story has
    ``of`` articles, of which these may be some."""
    placed = [(when, a) for a in articles if (when := stored(a["appeared"])) is not None]
    inside = [(at(when, begin, end), a) for when, a in placed if when >= begin]
    rows = zip(inside, lanes([x for x, _ in inside]), strict=True)
    dots = [Dot(x, y, shape[a["lang"]], told(a)) for (x, a), y in rows]
    return Timeline(dots, len(placed) - len(inside), name(articles, of))


def told(article: Mapping[str, Any]) -> str:
    """``2026-11-19 09:30 Der Spiegel (de)``."""
    return f"{clock(article['appeared'])} {plain(article['outlet'])} ({article['lang']})"


def name(articles: Sequence[Mapping[str, Any]], of: int) -> str:
    """``16 articles, 2026-11-19 09:30 to 2026-11-20 05:15: de 9, en 4, nl 3``."""
    if not articles:
        return "no article"
    langs = ", ".join(f"{code} {n}" for code, n in sorted(Counter(a["lang"] for a in articles).items()))
    first, last = clock(articles[0]["appeared"]), clock(articles[-1]["appeared"])
    size = f"{len(articles)} articles" if len(articles) == of else f"{len(articles)} of {of:,} articles"
    return f"{size}, {first} to {last}: {langs}" if len(articles) > 1 else f"1 article, {first}: {langs}"


def at(when: datetime, begin: datetime, end: datetime) -> float:
    """Where a moment lies from left to right; what is later than ``end`` is drawn there."""
    span = (end - begin).total_seconds() or 1.0
    part = min((when - begin).total_seconds() / span, 1.0)
    return round(EDGE + part * (WIDTH - 2 * EDGE), 1)


def lanes(places: Sequence[float]) -> list[int]:
    """A height for each of these places, which go from left to right: the first lane that is free there."""
    last = [float("-inf")] * len(LANES)
    found = []
    for x in places:
        free = [n for n, before in enumerate(last) if x - before >= 2 * RADIUS]
        lane = free[0] if free else last.index(min(last))
        last[lane] = x
        found.append(LANES[lane])
    return found
