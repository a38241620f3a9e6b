"""What a run did in a line, and what that leaves open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.output import plain
from pipeline.cli.words import FINE, LEFT_OUT, ago, count, reason, stored
from pipeline.feedhealth import is_failing
from pipeline.store import reads
from pipeline.store.connect import reading
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.alerts.engine import Alerted
    from pipeline.config import Config
    from pipeline.run import Summary

POSTPONED = frozenset({"cancelled", "backed_off"})


def tally(outcomes: Mapping[str, Mapping[str, int]], *kinds: str) -> dict[str, int]:
    """Fetches of these kinds: all, unchanged, failed, postponed, left out (by the publisher's word, or ours)."""
    codes = [(code, n) for kind in kinds for code, n in outcomes.get(kind, {}).items()]
    return {
        "all": sum(n for _, n in codes),
        "unchanged": sum(n for code, n in codes if code in FINE and code != "ok"),
        "failed": sum(n for code, n in codes if code not in FINE | POSTPONED | LEFT_OUT),
        "postponed": sum(n for code, n in codes if code in POSTPONED),
        "left out": sum(n for code, n in codes if code in LEFT_OUT),
    }


def summary(done: Summary) -> str:
    """``run 12: 38 feeds (31 unchanged, 1 failed), 212 new articles, 9 edited, 14 stories changed, 41.2 s``."""
    feeds, pages = tally(done.outcomes, "feed", "sitemap"), tally(done.outcomes, "page")
    notes = ", ".join(f"{feeds[k]:,} {k}" for k in ("unchanged", "failed", "postponed", "left out") if feeds[k])
    parts = [
        count(feeds["all"], "feed") + (f" ({notes})" if notes else ""),
        count(done.articles, "new article"),
        f"{done.edited:,} edited",
        count(done.absorbed.stories, "story", "stories") + " changed",
        *([count(pages["failed"], "page") + " not to be had"] if pages["failed"] else []),
        *([count(pages["left out"], "page") + " left out"] if pages["left out"] else []),
        *alerted(done.alerted),
        *([count(done.pruned.articles, "article") + " pruned"] if done.pruned.articles else []),
        f"{done.seconds:.1f} s",
    ]
    failed = f"; failed: {', '.join(map(plain, done.failed_sources))}" if done.failed_sources else ""
    return f"run {done.run_id}: {', '.join(parts)}{failed}"


def alerted(done: Alerted) -> list[str]:
    """``3 alerts sent``, ``1 alert failed`` and ``5 waiting``, of these what there is."""
    kinds = (count(done.sent, "alert") + " sent", count(done.failed, "alert") + " failed", f"{done.waiting:,} waiting")
    numbers = (done.sent, done.failed, done.waiting if done.sent or done.failed else 0)
    return [words for words, n in zip(kinds, numbers, strict=True) if n]


def asked_of(settings: Config, only: Collection[str]) -> set[str]:
    """Addresses that a run asks when it is told ``only`` these (none: all)."""
    from pipeline.selecting import addresses, selected

    return {url for s in selected(settings, only) if s.enabled for url in addresses(s)}


def switched_off(settings: Config, only: Collection[str]) -> list[str]:
    """Keys of sources that ``only`` names and the configuration switches off."""
    from pipeline.selecting import selected

    return [s.key for s in selected(settings, only) if not s.enabled] if only else []


def known(path: Path, addresses: Collection[str]) -> list[Row]:
    """Health of these feeds."""
    with reading(path) as db:
        return [row for row in reads.sources(db) if row["url"] in addresses]


def outlook(done: Summary, feeds: Sequence[Row], now: datetime, off: Sequence[str] = ()) -> list[str]:
    """What the summary leaves open, in a line or none: why feeds failed, or why none was asked. ``off``: sources that
    were named and that the configuration switches off."""
    if done.failed_sources:
        codes = {c: n for kind in ("feed", "sitemap") for c, n in failures(done.outcomes, kind)}
        asked = tally(done.outcomes, "feed", "sitemap")["failed"]
        cause = f"{f'all {asked:,}: ' if asked > 1 else ''}{reason(*codes)}; " if len(codes) == 1 else ""
        return [f"{cause}see retold sources --failing"]
    if tally(done.outcomes, "feed", "sitemap")["all"]:
        return []
    why = ("no feed due" if done.outcomes else "nothing due", *_next_due(feeds, now), *_off(feeds, off),
           *_still_failing(feeds))  # fmt: skip
    return ["; ".join(why)]


def failures(outcomes: Mapping[str, Mapping[str, int]], kind: str) -> list[tuple[str, int]]:
    """(reason code, fetches) of this kind that failed."""
    return [(c, n) for c, n in outcomes.get(kind, {}).items() if c not in FINE | POSTPONED | LEFT_OUT]


def _next_due(feeds: Sequence[Row], now: datetime) -> Iterator[str]:
    times = [due for row in feeds if not row["disabled"] and (due := stored(row["next_due"])) and due > now]
    if times:
        yield f"the next feed is due {ago(min(times), now)}"


def _off(feeds: Sequence[Row], off: Sequence[str]) -> Iterator[str]:
    for key in off:
        yield f"{plain(key)} is switched off in the configuration (enabled: false)"
    if gone := sorted({row["source"] for row in feeds if row["disabled"]}):
        who = f"{plain(gone[0])} is" if len(gone) == 1 else f"{count(len(gone), 'source')} are"
        yield f"{who} switched off (410 Gone), asked again by --retry-gone"


def _still_failing(feeds: Sequence[Row]) -> Iterator[str]:
    failing = {row["source"] for row in feeds if not row["disabled"] and is_failing(row)}
    if failing:
        yield f"{count(len(failing), 'source')} failing: retold sources --failing"
