"""What the runs did; and one run with its answers, those that failed first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.phrases import FINE, REASONS
from pipeline.store import ledger
from pipeline.store.connect import Connection
from pipeline.web.answers import Answer, Ask, NotThereError, Page
from pipeline.web.plots import runs as plots

Row = dict[str, Any]
PER_PAGE = 50
DRAWN = 100
ANSWERS = 50
DEAREST = 3
STATES = {"running": "warn", "done": "good", "interrupted": "warn", "failed": "bad"}
# runs.counts → what it is, in the order of the work.
COUNTS = {
    "new_entries": "new entries", "new_articles": "new articles", "edited": "edited articles", "signed": "signed",
    "cited": "read for citations", "pairs": "pairs judged", "matches": "pairs kept",
    "stories_changed": "stories changed", "traced": "stories traced",
}  # fmt: skip


def page(db: Connection, ask: Ask) -> Answer:
    """The runs, the newest first."""
    pages = ledger.pages(db, PER_PAGE) or 1
    number = ask.number("page", 1, 1, pages)
    rows = ledger.page(db, number, PER_PAGE)
    stages = ledger.stages(db, [r["id"] for r in rows])
    runs = [{**r, **codes(r["counts"]), "dearest": dearest(stages.get(r["id"], []))} for r in rows]
    drawn = ledger.page(db, 1, DRAWN)
    context = {"runs": runs, "page": number, "pages": pages, "states": STATES, "plot": plots.history(drawn),
               "drawn": drawn, "now": ask.now}  # fmt: skip
    return Page("runs.html", context)


def dearest(stages: Sequence[Row]) -> list[Row]:
    """The stages of a run that took longest."""
    return sorted(stages, key=lambda s: -s["wall_s"])[:DEAREST]


def codes(counts: Mapping[str, Any]) -> Row:
    """Of ``runs.counts``: ``asked`` (answers), ``fine``, and ``failed``: reason code → how many, the most first."""
    found: dict[str, int] = {}
    for kind in (counts.get("fetches") or {}).values():
        for code, n in kind.items():
            found[code] = found.get(code, 0) + n
    failed = {code: n for code, n in sorted(found.items(), key=lambda x: (-x[1], x[0])) if code not in FINE}
    asked = sum(found.values())
    return {"asked": asked, "fine": asked - sum(failed.values()), "failed": failed}


def one(db: Connection, ask: Ask) -> Answer:
    """One run."""
    run = ledger.run(db, ask.id())
    if run is None:
        raise NotThereError(f"There is no run {ask.vars['id'][:20]}; the page of runs lists them.")
    show = ask.choice("show", ("failing",))
    code = ask.choice("code", REASONS)
    outcomes = ledger.outcomes(db, run["id"])
    of = sum(o["fetches"] for o in outcomes if _asked(o, code, show))
    pages = -(-of // ANSWERS) or 1
    number = ask.number("page", 1, 1, pages)
    fetches = ledger.fetches(db, run["id"], code=code, failing=show == "failing", limit=ANSWERS,
                             offset=(number - 1) * ANSWERS)  # fmt: skip
    context = {
        "run": run, "state": STATES.get(run["state"], "quiet"), "outcomes": outcomes, "fetches": fetches, "of": of,
        "counts": [(words, run["counts"][name]) for name, words in COUNTS.items() if name in run["counts"]],
        "failed_sources": run["counts"].get("failed_sources") or [], "show": show, "code": code, "page": number,
        "pages": pages, "query": {"show": show or None, "code": code or None}, "now": ask.now,
        "stages": ledger.stages(db, [run["id"]]).get(run["id"], []), "codes": _distinct(outcomes),
        "failing": sum(o["fetches"] for o in outcomes if o["failed"]),
    }  # fmt: skip
    return Page("run.html", context)


def _asked(outcome: Row, code: str, show: str) -> bool:
    return (not code or outcome["code"] == code) and (not show or bool(outcome["failed"]))


def _distinct(outcomes: Sequence[Row]) -> list[str]:
    return [*dict.fromkeys(o["code"] for o in outcomes if o["code"] in REASONS)]
