"""What a run would ask now, and what waits, and why: ``retold run --dry-run``. Asks nobody and writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.config import Config, Source
from pipeline.rights import left_out
from pipeline.run import jobs
from pipeline.selecting import addresses, left_aside, selected
from pipeline.store import pacing
from pipeline.store.connect import moment, reading, stamp
from pipeline.store.sites import HostNotes


class Why(StrEnum):
    """Why a feed is asked now, later or never."""

    NEW = "new"  # now: it never was
    DUE = "due"
    FORCED = "forced"
    INTERVAL = "interval"  # later: so often is often enough
    QUIET = "quiet"  # it brings little
    FRESH = "fresh"  # its last answer still holds, by its server or its ttl
    FAILING = "failing"
    TOLD = "told"  # Retry-After of its own
    HOST_TOLD = "host_told"  # … or of another address of its host
    GONE = "gone"  # never: it answered 410
    OPTED_OUT = "opted_out"
    OFF = "off"  # its source is not enabled


NOW = frozenset({Why.NEW, Why.DUE, Why.FORCED})
NEVER = frozenset({Why.GONE, Why.OPTED_OUT, Why.OFF})


@dataclass(frozen=True, slots=True)
class Planned:
    """One feed or sitemap: why it is asked now, later or never, and not before when (a stored stamp)."""

    source: str
    url: str
    why: Why
    until: str | None = None
    every_s: int | None = None  # its pace, where that is the reason
    failures: int = 0


@dataclass
class Plan:
    """All of them, those that are asked now first, then by time; and how many pages that earlier runs left open."""

    feeds: list[Planned] = field(default_factory=list)
    pages: dict[str, int] = field(default_factory=dict)  # source → pages that would be asked for now, at most

    def as_json(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "feeds": [
                {"source": p.source, "url": p.url, "now": p.why in NOW, "why": str(p.why), "until": p.until,
                 "every_s": p.every_s, "failures": p.failures}
                for p in self.feeds
            ],
            "pages": self.pages,
        }  # fmt: skip


def plan(
    config: Config,
    path: Path,
    now: datetime,
    *,
    only: Collection[str] = (),
    force: bool = False,
    retry_gone: bool = False,
    since: datetime | None = None,
) -> Plan:
    """What a run at ``now`` would do that is told the same (see run.run); a run may be under way meanwhile.

    Raises ConfigError, and StoreError where the database is of another program or another schema. One that is not
    there yet is a first run's.
    """
    asked = selected(config, only)
    if not path.exists():
        return _sorted(_Judge(config, {}, {}, frozenset(), now), asked, {})
    forced = [u for s in asked for u in addresses(s)] if force or retry_gone else []
    with reading(path) as db:
        waits = HostNotes(db, lambda: now).waits()
        without = left_aside(config.sources, asked)
        todo = jobs(db, asked, now, waits, since=since, without=without, forced=forced, retry_gone=retry_gone)
        judge = _Judge(config, pacing.schedule(db), waits, frozenset(pacing.due(db, now)), now)
    judge.asked = {u for job in todo for u in (*job.feeds, *job.sitemaps)}
    pages = {job.source.key: min(len(job.pending), job.source.max_pages_per_run) for job in todo if job.pending}
    return _sorted(judge, asked, pages)


def _sorted(judge: _Judge, sources: Collection[Source], pages: dict[str, int]) -> Plan:
    found = [judge.of(s, url) for s in sources for url in addresses(s)]
    order = {p.url: (p.why not in NOW, p.why in NEVER, p.until or "", p.source, p.url) for p in found}
    return Plan(sorted(found, key=lambda p: order[p.url]), pages)


class _Judge:
    """Finds the reason of each feed; ``asked``: those that a run would ask, by the run's own choice."""

    def __init__(
        self, config: Config, rows: Mapping[str, Mapping[str, Any]], waits: Mapping[str, float],
        due: Collection[str], now: datetime,
    ) -> None:  # fmt: skip
        self.config, self.rows, self.waits, self.due, self.now = config, rows, waits, due, now
        self.asked: Collection[str] = ()

    def of(self, source: Source, url: str) -> Planned:
        """One feed's."""
        host = urlsplit(url).hostname or ""
        row = self.rows.get(url)
        if not source.enabled:
            return Planned(source.key, url, Why.OFF)
        if left_out(host, self.config.rights.opt_out):
            return Planned(source.key, url, Why.OPTED_OUT)
        if host in self.waits:
            until = stamp(self.now + timedelta(seconds=self.waits[host]))
            return Planned(source.key, url, Why.HOST_TOLD, until)
        if row is None or url in self.asked:
            return Planned(source.key, url, self._now(url, row))
        return self._later(source, url, row)

    def _now(self, url: str, row: Mapping[str, Any] | None) -> Why:
        if row is None or row["last_code"] is None:
            return Why.NEW
        return Why.DUE if url in self.due else Why.FORCED

    def _later(self, source: Source, url: str, row: Mapping[str, Any]) -> Planned:
        if row["disabled"]:
            return Planned(source.key, url, Why.GONE)
        until = max(filter(None, (row["next_due"], row["not_before"])), default=None)
        every, why = row["pace_s"] or source.interval_s, next(self._reasons(source, row))
        told = max(row["fresh_s"] or 0, row["ttl_s"] or 0)
        return Planned(source.key, url, why, until, told if why is Why.FRESH else every, row["failures"])

    def _reasons(self, source: Source, row: Mapping[str, Any]) -> Iterator[Why]:
        """The one that holds longest comes first."""
        told = moment(row["not_before"])
        if told and told > self.now:
            yield Why.TOLD
        if row["failures"]:
            yield Why.FAILING
        pace = row["pace_s"] or source.interval_s
        if max(row["fresh_s"] or 0, row["ttl_s"] or 0) > pace:
            yield Why.FRESH
        yield Why.QUIET if pace > source.interval_s else Why.INTERVAL
