"""How the sources are, those in trouble first; and one source."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pipeline.feedhealth import ORDER, TROUBLE, State
from pipeline.phrases import count, plain, reason
from pipeline.store import days, health
from pipeline.store.connect import Connection
from pipeline.web.answers import Answer, Ask, NotThereError, Page
from pipeline.web.pages.windows import DEFAULT, NAMES, WINDOWS, day
from pipeline.web.plots import outlets as shares
from pipeline.web.plots import sources as plots

Row = dict[str, Any]
PER_PAGE = 50
SHOWN = {"all": frozenset(State), "failing": frozenset({State.OFF, State.FAILING}), "silent": frozenset({State.SILENT})}
COPIES = 30  # days over which the share of copies is told
NEWEST = ANSWERS = 20
EACH = 20  # newest answers of a feed that are summed up
DAYS = 30
LEANINGS = 12


# -- all sources


def page(db: Connection, ask: Ask) -> Answer:
    """The sources with their feeds, ``PER_PAGE`` a page, the worst first."""
    show = ask.choice("show", SHOWN, "all")
    every = listed(health.sources(db), health.feeds(db))
    found = [s for s in every if s["states"] & SHOWN[show] or (show == "all" and not s["feeds"])]
    pages = -(-len(found) // PER_PAGE) or 1
    number = ask.number("page", 1, 1, pages)
    shown = [{**s, **_of(db, s["key"])} for s in found[(number - 1) * PER_PAGE : number * PER_PAGE]]
    context = {
        "sources": shown, "show": show, "counts": _counts(every), "page": number, "pages": pages,
        "query": {"show": show if show != "all" else None}, "now": ask.now, "copies": COPIES, "lately": health.LATELY,
    }  # fmt: skip
    return Page("sources.html", context)


def listed(sources: Sequence[Row], feeds: Sequence[Row]) -> list[Row]:
    """Each source with its ``feeds``, the worst first, and their ``states``; the sources by the worst state among
    their feeds, by failures in a row, then by name; those that are followed no more come last."""
    own: dict[str, list[Row]] = defaultdict(list)
    for feed in feeds:
        own[feed["source"]].append(feed)
    rows = [{**s, "feeds": sorted(own[s["key"]], key=lambda f: (ORDER[f["state"]], f["url"]))} for s in sources]
    found = [{**r, "states": frozenset(f["state"] for f in r["feeds"])} for r in rows]
    return sorted(found, key=lambda r: (_worst(r), r["name"].casefold(), r["key"]))


def _worst(row: Row) -> tuple[int, int]:
    return min(((ORDER[f["state"]], -f["failures"]) for f in row["feeds"]), default=(len(ORDER), 0))


def _counts(sources: Sequence[Row]) -> Mapping[str, int]:
    """Of each filter, how many sources it leaves; ``feeds``, and how many of these are in trouble."""
    feeds = [f["state"] for s in sources for f in s["feeds"]]
    filters = {name: sum(bool(s["states"] & states) for s in sources) for name, states in SHOWN.items()}
    return {**filters, "all": len(sources), "feeds": len(feeds), "trouble": sum(f in TROUBLE for f in feeds)}


def _of(db: Connection, key: str) -> Row:
    copied = [shares.share(r["copy"] + r["cut_copy"], r["articles"]) for r in days.outlets(db, COPIES, source=key)]
    return {
        "lag": health.middle(health.lags(db, key)), "copied": copied[0] if copied else None,
        "left_out": len(health.left_out(db, key)),
    }  # fmt: skip


# -- one source


def one(db: Connection, ask: Ask) -> Answer:
    """A source: its feeds, its newest answers and articles, how many and how late, what it is in the stories."""
    key = ask.vars["key"]
    source = health.source(db, key)
    if source is None:
        raise NotThereError(f"There is no source {key[:40]}; the page of sources lists them.")
    window = ask.choice("window", WINDOWS, DEFAULT)
    feeds = health.feeds(db, key)
    lags = health.lags(db, key)
    context = {
        "source": source, "feeds": sorted(feeds, key=lambda f: (ORDER[f["state"]], f["url"])),
        "each": _summaries(db, feeds), "answers": health.answers(db, key, ANSWERS),
        "waiting": health.waiting(db, key), "left_out": health.left_out(db, key), "lately": health.LATELY,
        "articles": health.newest(db, key, NEWEST), "now": ask.now, "lags": lags, "lag": health.middle(lags),
        **_plots(db, ask, key, lags), **_roles(db, key, window),
    }  # fmt: skip
    return Page("source.html", context)


def _summaries(db: Connection, feeds: Sequence[Row]) -> dict[str, str]:
    """Feed → its newest answers in words: ``18 ok, unchanged, 2 ok``."""
    found = {}
    for url, answers in health.codes(db, [f["url"] for f in feeds], EACH).items():
        counted = Counter(plain(reason(a["code"])) for a in answers).most_common()
        found[url] = "; ".join(f"{n} × {words}" for words, n in counted)
    return found


def _plots(db: Connection, ask: Ask, key: str, lags: Sequence[int]) -> Row:
    begin = (ask.now - timedelta(days=DAYS - 1)).date().isoformat()
    daily = plots.calendar(health.days(db, key, begin), ask.now.date(), DAYS)
    late = plots.lateness(lags)
    return {"daily": daily, "daily_plot": plots.daily(daily), "late": late, "late_plot": plots.late(late)}


def _roles(db: Connection, key: str, window: str) -> Row:
    """What it is in the stories of a window, whom it leans on, and who leans on it."""
    span = WINDOWS[window]
    found = days.outlets(db, span, source=key)
    sentence = _counted(found[0]) if found else ""
    return {
        "roles": found[0] if found else None, "counted": sentence, "window": window, "windows": NAMES,
        "last": day(days.last(db)), "leans_on": days.leanings(db, span, source=key, limit=LEANINGS),
        "leant_on_by": days.leanings(db, span, on_source=key, limit=LEANINGS),
        "names": {s["key"]: s["name"] for s in health.sources(db)},
    }  # fmt: skip


def _counted(n: Row) -> str:
    """``14 articles, of these 3 origins, 6 reports, 5 rewrites``."""
    kinds = ((n["origin"], "origin", ""), (n["report"], "report", ""), (n["copy"], "copy", "copies"),
             (n["cut_copy"], "cut copy", "cut copies"), (n["rewrite"], "rewrite", ""),
             (n["translation"], "translation", ""), (n["follow_up"], "follow-up", ""))  # fmt: skip
    said = ", ".join(count(*kind) for kind in kinds if kind[0])
    return f"{count(n['articles'], 'article')}{f', of these {said}' if said else ''}"
