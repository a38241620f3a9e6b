"""What `retold run --dry-run` shows: what would be asked now, and what waits, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.options import now
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.words import ago, count, stored
from pipeline.feedhealth import span

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.planned import Plan, Planned

WORDS = {
    "new": "never asked yet",
    "due": "due",
    "forced": "not due, but told to (--force, --retry-gone)",
    "interval": "asked every {every}",
    "quiet": "asked every {every}, for it brings little",
    "fresh": "its last answer holds for {every}, by its server or its ttl",
    "failing": "failed {failures} in a row",
    "told": "its server asked us to wait",
    "host_told": "its host asked to be left alone",
    "gone": "gone for good (410): --retry-gone asks again",
    "opted_out": "left out: rights.opt_out has its host",
    "off": "its source is switched off (enabled: false)",
}


def planned(settings: Config, path: Path, as_json: bool, **told: Any) -> None:
    """Show the plan of a run that is told these things (see planned.plan)."""
    from pipeline.planned import plan

    found = plan(settings, path, now(), **told)
    return show_json(found.as_json()) if as_json else show(found, now())


def show(found: Plan, at: datetime) -> None:
    """Every feed in the order of its turn, then the sum."""
    from pipeline.planned import NOW

    show_lines((line, "" if p.why in NOW else "dim") for p in found.feeds for line in [_line(p, at)])
    asked = sum(p.why in NOW for p in found.feeds)
    parts = [f"{asked:,} of {count(len(found.feeds), 'feed')} would be asked now", *_pages(found)]
    show_lines([(f"{' and '.join(parts)}; nobody was asked, nothing written", "bold")])


def _line(one: Planned, at: datetime) -> str:
    return f"{_when(one, at):12} {plain(one.source)}  {plain(one.url)}  {_why(one)}"


def _when(one: Planned, at: datetime) -> str:
    from pipeline.planned import NEVER, NOW

    if one.why in NOW:
        return "now"
    until = stored(one.until)
    return "never" if one.why in NEVER else ago(until, at) if until and until > at else "next run"


def _why(one: Planned) -> str:
    times = "once" if one.failures == 1 else f"{one.failures} times"
    return WORDS[one.why].format(every=span(one.every_s), failures=times).replace("once in a row", "once")


def _pages(found: Plan) -> Iterator[str]:
    """Pages that earlier runs left open, besides those that the feeds will name."""
    if number := sum(found.pages.values()):
        yield f"{count(number, 'page')} that earlier runs left open"
