"""One run: collect what is due, then absorb whatever is new. What cron calls."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline import urls
from pipeline.absorb import Absorbed, Tell, absorb
from pipeline.config import Config, Source
from pipeline.model import Article, Entry, FetchResult, ParsedFeed
from pipeline.signatures import Recipe, paragraph_hashes, recipe, title_hash
from pipeline.store import collecting, runs
from pipeline.store.connect import Connection, lock, open_write
from pipeline.verdict import VERDICT
from spiders.crawl import Job, Progress, collect

log = logging.getLogger("retold.run")

Routes = Mapping[str, tuple[str, int]]
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock, aware, in whole seconds (what the database keeps)."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Summary:
    """What a run did; ``counts`` goes to ``runs.counts`` and to the summary line."""

    run_id: int
    seconds: float = 0.0
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)  # kind -> reason code -> fetches
    failed_sources: list[str] = field(default_factory=list)
    new: dict[str, int] = field(default_factory=dict)  # data table -> rows more than before
    edited: int = 0
    absorbed: Absorbed = field(default_factory=Absorbed)

    def counts(self) -> dict[str, object]:
        """The run in numbers, ready for JSON."""
        return {
            "seconds": round(self.seconds, 2),
            "fetches": self.outcomes,
            "failed_sources": self.failed_sources,
            "new": self.new,
            "edited": self.edited,
            "signed": self.absorbed.signed,
            "pairs": self.absorbed.pairs,
            "matches": self.absorbed.matches,
            "stories_changed": self.absorbed.stories,
        }


class StoreSink:
    """Puts what the crawl brings into the store; one transaction a call."""

    def __init__(self, db: Connection, run_id: int, config: Config, how: Recipe, clock: Clock) -> None:
        self.db, self.run_id, self.config, self.how, self.clock = db, run_id, config, how, clock
        self.edited = 0
        self._owners = owners(config.sources)

    def _at(self) -> collecting.Moment:
        return collecting.Moment(self.run_id, self.clock())

    def feed(self, result: FetchResult, parsed: ParsedFeed | None) -> Sequence[Entry]:
        """Store a feed's answer with its entries; the entries that want an article."""
        keys = {e.guid: entry_key(e) for e in parsed.entries} if parsed else {}
        interval = self.config.source(result.source).interval_s
        return collecting.record_feed(self.db, self._at(), result, parsed, keys, interval)

    def article(self, result: FetchResult | None, entry: Entry, article: Article | None) -> None:
        """Store an article, or that there was none."""
        found = self._found(article) if article else None
        minimum = self.how.boilerplate_min_articles
        self.edited += collecting.record_article(self.db, self._at(), result, entry, found, minimum) == "edited"

    def _found(self, article: Article) -> collecting.Found:
        owned = with_source(article, self._owners)
        return collecting.Found(owned, tuple(paragraph_hashes(owned)), title_hash(owned))


def owners(sources: Sequence[Source]) -> dict[str, str]:
    """Site (host without www.) → key of the source that publishes there, by its homepage."""
    return {urls.key(s.homepage).split("/")[0]: s.key for s in sources if s.homepage}


def with_source(article: Article, known: Mapping[str, str]) -> Article:
    """The article under the source that publishes at its address: an aggregator's link is not its piece."""
    owner = known.get(article.key.split("/")[0])
    return replace(article, source=owner) if owner and owner != article.source else article


def entry_key(entry: Entry) -> str:
    """The identity of the article behind an entry: its URL's, else its place in its feed."""
    return urls.key(entry.url) if entry.url else f"{entry.feed_url}#{entry.guid}"


def jobs(db: Connection, config: Config, now: datetime, only: Collection[str] = ()) -> list[Job]:
    """What to ask now: due feeds and sitemaps, and entries that still want an article."""
    due = collecting.due(db, now)
    waiting: dict[str, list[Entry]] = defaultdict(list)
    for source, entry in collecting.pending(db, now):
        waiting[source].append(entry)
    found = [
        Job(
            source=s,
            feeds=tuple(f.url for f in s.feeds if f.url in due),
            sitemaps=tuple(u for u in s.sitemaps if u in due),
            pending=tuple(waiting[s.key]),
        )
        for s in config.sources
        if s.enabled and (not only or s.key in only)
    ]
    return [j for j in found if j.feeds or j.sitemaps or j.pending]


def run(
    config: Config,
    path: Path,
    *,
    only: Collection[str] = (),
    force: bool = False,
    fetch: bool = True,
    routes: Routes | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    tell: Tell | None = None,
    clock: Clock = utc_now,
) -> Summary:
    """Collect and absorb, once.

    ``only``: source keys to ask (none: all); ``force``: ask feeds that are not due yet; ``fetch=False``:
    absorb only. ``routes`` is how tests and the demo reach the bundled newsroom (spiders/guard.py).
    Raises LockedError where another run is under way, StoreError, ConfigError; KeyboardInterrupt on a signal,
    after what was collected has been kept.
    """
    for key in only:
        config.source(key)
    how = recipe(config, VERDICT)
    began = time.monotonic()
    with lock(path):
        db = open_write(path)
        try:
            summary = Summary(runs.begin_run(db, clock(), how.name))
            state = "failed"
            try:
                _run(db, config, how, summary, only, force, fetch, routes, on_progress, tell, clock)
                state = "done"
            except KeyboardInterrupt:
                state = "interrupted"
                raise
            finally:
                summary.seconds = time.monotonic() - began
                runs.end_run(db, summary.run_id, clock(), state, summary.counts())
        finally:
            db.close()
    return summary


def _run(
    db: Connection,
    config: Config,
    how: Recipe,
    summary: Summary,
    only: Collection[str],
    force: bool,
    fetch: bool,
    routes: Routes | None,
    on_progress: Callable[[Progress], None] | None,
    tell: Tell | None,
    clock: Clock,
) -> None:
    before = runs.totals(db)
    collecting.sync_sources(db, config.sources)
    if fetch:
        if force:
            asked = [s for s in config.sources if not only or s.key in only]
            collecting.make_due(db, [f.url for s in asked for f in s.feeds] + [u for s in asked for u in s.sitemaps])
        sink = StoreSink(db, summary.run_id, config, how, clock)
        todo = jobs(db, config, clock(), only)
        if todo:
            collect(
                todo,
                config.http,
                collecting.validators(db),
                sink,
                routes=routes,
                max_seconds=config.http.max_seconds,
                on_progress=on_progress,
            )
        summary.edited = sink.edited
    summary.absorbed = absorb(db, summary.run_id, clock(), how, *([tell] if tell else []))
    summary.outcomes = runs.run_outcomes(db, summary.run_id)
    summary.failed_sources = runs.failed_sources(db, summary.run_id)
    after = runs.totals(db)
    summary.new = {t: after[t] - before[t] for t in after}
