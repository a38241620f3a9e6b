"""Who leads and who follows: what the outlets are in the stories that several told."""

from __future__ import annotations

from typing import Any

from pipeline.store import days
from pipeline.store.connect import Connection
from pipeline.web.answers import Answer, Ask, Page
from pipeline.web.pages.windows import DEFAULT, NAMES, WINDOWS, day
from pipeline.web.plots import outlets as plots

PER_PAGE = 100
STRONGEST = 40  # leanings drawn
DRAWN = 60  # dots: the outlets of the most articles
# Parameter → heading, what it means.
COLUMNS = {
    "outlet": ("Outlet", ""),
    "stories": ("Stories", "stories that it told with others"),
    "first": ("First", "stories of which it had the first article"),
    "origin": ("Origin", "articles that are where their story comes from"),
    "report": ("Reports", "articles that lean on nobody we know of"),
    "copies": ("Copies", "articles that are another’s text, whole + cut"),
    "rewrite": ("Rewrites", "articles that tell another’s in other words"),
    "translation": ("Transl.", "articles that are another’s in another language"),
    "follow_up": ("Follow-ups", "articles that go on from another’s"),
    "theirs": ("Not its own", "articles that print, rewrite or translate what another outlet has"),
    "cited": ("Cited by", "articles that cite it"),
    "lag": ("Behind", "median behind the first, where it is not; right to within a tenth"),
}


def page(db: Connection, ask: Ask) -> Answer:
    """The outlets in a window of time, sorted by a column."""
    window = ask.choice("window", WINDOWS, DEFAULT)
    sort = ask.choice("sort", COLUMNS, "origin")
    up = ask.choice("up", ("1",)) == "1"
    rows = [{**r, "copies": r["copy"] + r["cut_copy"], "share": plots.share(r["theirs"], r["articles"])}
            for r in days.outlets(db, WINDOWS[window])]  # fmt: skip
    pages = -(-len(rows) // PER_PAGE) or 1
    number = ask.number("page", 1, 1, pages)
    leant = days.leanings(db, WINDOWS[window], limit=STRONGEST)
    drawn = sorted(rows, key=lambda r: (-r["articles"], r["source"]))[:DRAWN]
    names = {r["source"]: r["outlet"] for r in rows}
    shown = ordered(rows, sort, up)[(number - 1) * PER_PAGE : number * PER_PAGE]
    query = {
        "window": window if window != DEFAULT else None, "sort": sort if sort != "origin" else None,
        "up": "1" if up else None,
    }  # fmt: skip
    context = {
        "rows": shown, "columns": COLUMNS, "sort": sort, "up": up, "window": window, "windows": NAMES, "query": query,
        "of": len(rows), "page": number, "pages": pages, "drawn": drawn, "leading": plots.leading(drawn),
        "leant": leant, "leaning": plots.leaning(leant, names), "names": names, "last": day(days.last(db)),
        "now": ask.now,
    }  # fmt: skip
    return Page("outlets.html", context)


def ordered(rows: list[dict[str, Any]], sort: str, up: bool) -> list[dict[str, Any]]:
    """The rows by a column, the most first (a name: A first; ``up``: the other way); unknown lags are last."""
    if sort == "outlet":
        return sorted(rows, key=lambda r: (r["outlet"].casefold(), r["source"]), reverse=up)
    column = {"lag": "median_lag_s", "theirs": "share"}.get(sort, sort)
    known = [r for r in rows if r[column] is not None]
    unknown = [r for r in rows if r[column] is None]
    return [*sorted(known, key=lambda r: r[column], reverse=not up), *unknown]
