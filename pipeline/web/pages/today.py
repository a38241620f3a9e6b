"""What is being told now: the stories of a stretch of time, by how many independent origins they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.asked import Asked, Order
from pipeline.phrases import clock, plain, stored
from pipeline.phrases import since as stamped
from pipeline.store import asking, glances, reads
from pipeline.store.connect import Connection, stamp
from pipeline.store.rows import Row
from pipeline.web.answers import Answer, Ask, BadRequestError, Page
from pipeline.web.asking import ALL, PARAMETERS, asked, kept
from pipeline.web.timeline import SHAPES, shapes, timeline

PER_PAGE = 30
PAGES = 50  # further down nobody reads: filters find more
WINDOW = "24h"
WINDOWS = {"6h": "6 hours", "24h": "24 hours", "3d": "3 days", "7d": "7 days", "30d": "30 days", ALL: "all"}
ORDERS = {
    Order.ORIGINS: "independent origins",
    Order.GROWTH: "growth in 6 h",
    Order.NEWEST: "newest article",
    Order.ARTICLES: "articles",
}
ALIGNED = timedelta(days=7)  # a window up to this long is the scale of all timelines; else each has its story's
COUNTED = 10_000  # stories and articles are counted so far
SUGGESTED = 300  # names of outlets offered in a field


@dataclass(frozen=True)
class Shown:
    """What is shown: the stories that are asked for, the moment up to which, and whether that lies back because
    nothing has appeared since."""

    asked: Asked
    now: datetime
    back: bool = False


def page(db: Connection, ask: Ask) -> Answer:
    """The stories that the address asks for; where it names no time and today has none, those of the last day."""
    sources = glances.outlets(db)
    wanted = asked(ask, since=WINDOW, sources=[s["key"] for s in sources])
    number = ask.number("page", 1, 1, PAGES)
    shown = _fallback(db, ask, wanted)
    rows = asking.stories(db, shown.asked, shown.now, limit=PER_PAGE + 1, offset=(number - 1) * PER_PAGE)
    if number > 1 and not rows:
        raise BadRequestError(f"There is no page {number} of these stories.")
    context = {"page": number, "per_page": PER_PAGE, "more": len(rows) > PER_PAGE and number < PAGES, "now": ask.now}
    context |= _asking(ask, shown) | _counts(db, shown) | _choices(db, kept(ask), sources) | _state(db)
    return Page("today.html", context | _listed(db, rows[:PER_PAGE], shown))


def _asking(ask: Ask, shown: Shown) -> dict[str, Any]:
    """What was asked for, as links and fields carry it on; a feed says its time even where the page takes it for
    granted."""
    query = kept(ask)
    window = query.get("since", WINDOW)
    return {
        "asked": plain(shown.asked.words),
        "shown": shown,
        "last": stamp(shown.now),
        "query": query,
        "window": window,
        "feed": {**query, "since": window},
    }


def _fallback(db: Connection, ask: Ask, wanted: Asked) -> Shown:
    """What is asked for; where no time was, and there is none of it, the day up to the newest article of it."""
    if {"since", "until"} & kept(ask).keys() or asking.total(db, wanted, 1):
        return Shown(wanted, ask.now)
    found = asking.stories(db, replace(wanted, since="", order=Order.NEWEST), ask.now, limit=1)
    last = stored(found[0]["newest"]) if found else None
    if last is None or last >= ask.now:
        return Shown(wanted, ask.now)
    return Shown(replace(wanted, since=stamped(WINDOW, last)), last, back=True)


def _counts(db: Connection, shown: Shown) -> dict[str, int | None]:
    """How many stories pass, how many of them ``grown`` where only those are listed, how many single articles would,
    how many articles appeared; up to :data:`COUNTED`."""
    either = replace(shown.asked, min_articles=1)
    several = replace(shown.asked, min_articles=2)
    total = asking.total(db, shown.asked, COUNTED)
    growing = shown.asked.order is Order.GROWTH  # what does not grow is not listed
    grown = asking.grown(db, shown.asked, shown.now, COUNTED) if growing else None
    counted = shown.asked.min_articles > 1 and not growing
    single = asking.total(db, either, COUNTED) - asking.total(db, several, COUNTED) if counted else 0
    appeared = glances.appeared(db, shown.asked.since, shown.asked.until, COUNTED)
    hours = int(asking.GROWING.total_seconds() // 3600)
    return {"total": total, "grown": grown, "growing": hours, "single": single, "appeared": appeared,
            "counted": COUNTED}  # fmt: skip


def _state(db: Connection) -> dict[str, Any]:
    """The last run, the sources that failed in it, and how many stories wait."""
    run = reads.last_run(db)
    failed = run["counts"].get("failed_sources", []) if run else []
    return {"run": run, "failed": failed, "waiting": asking.waiting(db), "newest": stamp(asking.newest(db))}


def _choices(db: Connection, query: Mapping[str, str], sources: Sequence[Row]) -> dict[str, Any]:
    """What the form offers."""
    names = {s["name"] for s in sources} | set(asking.values(db, "origin", SUGGESTED))
    keys = {s["key"] for s in sources}
    return {
        "windows": WINDOWS,
        "orders": ORDERS,
        "langs": asking.values(db, "lang"),
        "sources": sources,
        "outlets": sorted(names - keys, key=str.casefold)[:SUGGESTED],
        "advanced": any(query.get(name) for name in ("origin", "cites", "min_origins", "until")),
        "filtered": any(query.get(name) for name in PARAMETERS if name not in ("order", "since")),
    }


# -- the stories


def _listed(db: Connection, rows: Sequence[Row], shown: Shown) -> dict[str, Any]:
    """The stories, and how their timelines are to be read."""
    stories = _told(db, rows, shown)
    key = {code: n for s in stories for code, n in s["shapes"].items()}
    return {"stories": stories, "key": dict(sorted(key.items())), "shapes": SHAPES, "span": span}


def _told(db: Connection, rows: Sequence[Row], shown: Shown) -> list[Row]:
    """The rows with what the page shows beside them."""
    ids = [r["story_id"] for r in rows]
    articles = glances.articles(db, ids)
    leads = glances.titles(db, [r["lead_article_id"] for r in rows])
    corrected, untraced = glances.corrected(db, ids), glances.untraced(db, ids)
    shape = shapes([a["lang"] for of in articles.values() for a in of])
    return [
        {
            **r,
            "headline": lead["title"],
            "lang": lead["lang"],
            "others": _others(articles[r["story_id"]], lead["lang"]),
            "line": timeline(articles[r["story_id"]], r["articles"], *_scale(r, shown), shape),
            "shapes": {code: shape[code] for code in sorted({a["lang"] for a in articles[r["story_id"]]})},
            "corrected": r["story_id"] in corrected,
            "untraced": r["story_id"] in untraced,
        }
        for r in rows
        for lead in [leads.get(r["lead_article_id"], {"title": r["headline"], "lang": ""})]
    ]


def _scale(row: Row, shown: Shown) -> tuple[datetime, datetime]:
    """From when to when a story's timeline goes."""
    begin, end = stored(shown.asked.since), stored(shown.asked.until) or shown.now
    if begin is not None and end - begin <= ALIGNED:
        return begin, end
    return datetime.fromisoformat(row["first"]), datetime.fromisoformat(row["newest"])


def _others(articles: Sequence[Row], lang: str) -> list[Row]:
    """The earliest article in each language but ``lang``."""
    first: dict[str, Row] = {}
    for a in articles:
        first.setdefault(a["lang"], a)
    return [a for code, a in sorted(first.items()) if code != lang]


def span(first: str, newest: str) -> str:
    """From when to when, the day said once: ``11-19 09:30 → 05:15``."""
    begin, end = clock(first), clock(newest)
    if begin == end:
        return begin[5:]
    return f"{begin[5:]} → {end[11:] if begin[:10] == end[:10] else end[5:]}"
