"""One run: collect what is due, absorb whatever is new, tell whoever wants to know. What cron calls."""

from __future__ import annotations

import logging
import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pipeline import urls
from pipeline.absorb import Absorbed, Tell, absorb, quiet
from pipeline.alerts.engine import Alerted, alert
from pipeline.config import Config, Source
from pipeline.keeping import A_RUN, Policy, Pruned, policy, prune
from pipeline.model import Article, ConfigError, Entry, FetchResult, ParsedFeed, StoreError, Validators
from pipeline.rights import left_out
from pipeline.runlog import at_run
from pipeline.selecting import addresses, left_aside, selected
from pipeline.signatures import Recipe, paragraph_hashes, recipe, title_hash
from pipeline.stages import Stages
from pipeline.store import articles as store_articles
from pipeline.store import clock as store_clock
from pipeline.store import collecting, entries, runs
from pipeline.store.connect import Connection, begin, commit, lock, writing
from pipeline.store.sites import HostNotes
from pipeline.tracing import trace
from pipeline.verdict import VERDICT
from spiders.crawl import Job, Progress, collect

Routes = Mapping[str, tuple[str, int]]
Clock = Callable[[], datetime]

log = logging.getLogger("retold.run")


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
    entries: int = 0  # new ones
    articles: int = 0  # new ones
    edited: int = 0  # articles that read differently now
    absorbed: Absorbed = field(default_factory=Absorbed)
    cited: int = 0  # articles whose citations were read
    traced: int = 0  # stories whose provenance was decided
    alerted: Alerted = field(default_factory=Alerted)
    pruned: Pruned = field(default_factory=Pruned)
    stages: Stages = field(default_factory=Stages)
    error: str = ""  # what ended it
    imported: dict[str, object] = field(default_factory=dict)  # of an import: what it took and refused, in numbers

    def counts(self) -> dict[str, object]:
        """The run in numbers, ready for JSON."""
        return {
            "seconds": round(self.seconds, 2),
            "fetches": self.outcomes,
            "failed_sources": self.failed_sources,
            "new_entries": self.entries,
            "new_articles": self.articles,
            "edited": self.edited,
            "signed": self.absorbed.signed,
            "pairs": self.absorbed.pairs,
            "matches": self.absorbed.matches,
            "stories_changed": self.absorbed.stories,
            "cited": self.cited,
            "traced": self.traced,
            "alerts": self.alerted.counts(),
            "pruned": self.pruned.articles,
            **({"imported": self.imported} if self.imported else {}),
            **({"error": self.error} if self.error else {}),
        }


class StoreSink:
    """Puts what the crawl brings into the store; one transaction a call, or one for all between begin and commit."""

    def __init__(
        self, db: Connection, summary: Summary, config: Config, how: Recipe, clock: Clock, since: datetime | None = None
    ) -> None:
        self.db, self.summary, self.config, self.how, self.clock, self.since = db, summary, config, how, clock, since
        self._sources = {source.key: source for source in config.sources}
        self._owners = owners(config.sources)
        self._opted_out = frozenset(config.rights.opt_out)
        self._homes: dict[str, str] = {}  # child sitemap -> the configured address that led to it

    def _at(self) -> runs.Moment:
        return runs.Moment(self.summary.run_id, self.clock())

    def begin(self) -> None:
        """Have what follows committed together."""
        begin(self.db)

    def commit(self) -> None:
        """Commit what followed `begin`."""
        commit(self.db)

    def feed(self, result: FetchResult, parsed: ParsedFeed | None) -> Sequence[Entry]:
        """Store a feed's answer with its entries; the entries that want an article."""
        result, parsed = self._at_home(result, parsed) if parsed else (result, None)
        keys = {e.guid: entry_key(e) for e in parsed.entries} if parsed else {}
        source = self._sources[result.source]
        wanted, new = collecting.record_feed(
            self.db, self._at(), result, parsed, keys, source.interval_s,
            slowest_s=self.config.slowest_s(source), since=self.since,
        )  # fmt: skip
        self.summary.entries += new
        return wanted

    def _at_home(self, result: FetchResult, parsed: ParsedFeed) -> tuple[FetchResult, ParsedFeed]:
        """The feed with its entries under the configured address, whatever that redirected to or however deep
        in a sitemap index they were found. An index keeps no validators: its children change when it does not."""
        home = self._homes.get(result.url, result.url)
        self._homes.update(dict.fromkeys(parsed.links, home))
        entries = tuple(self._kept(replace(e, feed_url=home)) for e in parsed.entries)
        result = replace(result, validators=Validators()) if parsed.links else result
        return result, replace(parsed, entries=entries)

    def _kept(self, entry: Entry) -> Entry:
        """The entry; of one that leads to a host that is left out nothing but that it was there."""
        if not left_out(urls.host(entry.url or ""), self._opted_out):
            return entry
        return replace(entry, title="", summary="", content="", author="", via_name="", via_url="", categories=())

    def article(self, result: FetchResult | None, entry: Entry, article: Article | None) -> None:
        """Store an article, or that there was none."""
        found = self._found(article) if article else None
        minimum = self.how.boilerplate_min_articles
        outcome = store_articles.record_article(self.db, self._at(), result, entry, found, minimum)
        self.summary.articles += outcome == "new"
        self.summary.edited += outcome == "edited"

    def _found(self, article: Article) -> store_articles.Found:
        owned = with_source(article, self._owners)
        return store_articles.Found(owned, tuple(paragraph_hashes(owned)), title_hash(owned))


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


def jobs(
    db: Connection,
    sources: Sequence[Source],
    now: datetime,
    waits: Collection[str] = frozenset(),
    *,
    since: datetime | None = None,
    without: Collection[str] = frozenset(),
    forced: Collection[str] = (),
    retry_gone: bool = False,
) -> list[Job]:
    """What to ask now: due feeds and sitemaps, and entries that still want an article; not those of hosts that want
    to be left alone (``waits``), nor entries from before ``since`` or of feeds that are left out (``without``).
    ``forced``, ``retry_gone``: as if these had been made due (collecting.make_due)."""
    ready = collecting.due(db, now, forced, retry_gone)
    due = {url for url in ready if urlsplit(url).hostname not in waits}
    waiting: dict[str, list[Entry]] = defaultdict(list)
    for key, entry in entries.pending(db, now):
        old = since is not None and entries.is_older(entry, since)
        if urlsplit(entry.url or "").hostname not in waits and entry.feed_url not in without and not old:
            waiting[key].append(entry)
    found = [
        Job(
            source=s,
            feeds=tuple(f.url for f in s.feeds if f.url in due),
            sitemaps=tuple(u for u in s.sitemaps if u in due),
            pending=tuple(waiting[s.key]),
        )
        for s in sources
        if s.enabled
    ]
    return [j for j in found if j.feeds or j.sitemaps or j.pending]


def run(
    config: Config,
    path: Path,
    *,
    only: Collection[str] = (),
    force: bool = False,
    retry_gone: bool = False,
    fetch: bool = True,
    since: datetime | None = None,
    max_seconds: int | None = None,
    anew: bool = False,
    routes: Routes | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    tell: Tell = quiet,
    clock: Clock = utc_now,
) -> Summary:
    """Collect, absorb and send alerts, once.

    ``only``: which sources and feeds to ask (selecting.selected; none: all); ``force``: ask feeds that are not due
    yet; ``retry_gone``: ask those that answered 410, too; ``fetch=False``: absorb only; ``since``: entries from before
    make no article; ``max_seconds``: of collecting, for http.max_seconds; ``anew``: with a new background snapshot.
    ``routes`` is how tests and the demo reach the bundled newsroom (spiders/guard.py).
    Raises LockedError where another run is under way, StoreError, ConfigError; KeyboardInterrupt on a signal,
    after what was collected has been kept.
    """
    asked = selected(config, only)
    how = recipe(config, VERDICT)
    with lock(path), writing(path) as db, ledger(db, how, clock) as summary:
        collecting.sync_sources(db, config.sources, config.owners.house)
        if fetch:
            if force or retry_gone:
                collecting.make_due(db, [u for s in asked for u in addresses(s)], retry_gone)
            store_clock.put_right(db, clock())
            notes = HostNotes(db, clock)
            sink = StoreSink(db, summary, config, how, clock, since)
            without = left_aside(config.sources, asked)
            todo = jobs(db, asked, clock(), notes.waits(), since=since, without=without)
            known = collecting.validators(db)
            limit = max_seconds or config.http.max_seconds
            if todo:
                with summary.stages.stage("collect"):
                    collect(
                        todo, config.http, known, sink,
                        routes=routes, max_seconds=limit, on_progress=on_progress, clock=clock,
                        opt_out=config.rights.opt_out, notes=notes, spiders=config.spiders,
                    )  # fmt: skip
        summary.absorbed = absorb(db, summary.run_id, clock(), how, tell, anew=anew, stages=summary.stages)
        summary.cited, summary.traced = trace(db, tell, stages=summary.stages)
        with summary.stages.stage("alert"):
            summary.alerted = alert(db, config.alerts, config.web.url, clock())
        keep = policy(config.keep.texts, config.keep.size, config.keep.ledger)
        with summary.stages.stage("prune"):
            summary.pruned = _pruned(db, summary.run_id, keep, how, clock, tell)
    return summary


def _pruned(db: Connection, run_id: int, keep: Policy, how: Recipe, clock: Clock, tell: Tell) -> Pruned:
    """Prune a bounded step, and see to those that lost a neighbour by it."""
    done = prune(db, keep, clock(), how, most=A_RUN, tell=tell) if keep.any else Pruned()
    if done.articles:
        absorb(db, run_id, clock(), how, tell)
        trace(db, tell)
    return done


def _cause(error: Exception) -> str:
    """What ended a run, in a line: our own words, else the fault's name (what it says may hold strangers' text).
    Of paths the last part, for pages show the ledger."""
    ours = isinstance(error, StoreError | ConfigError)
    said = " ".join(str(error).split()) if ours else f"{type(error).__name__}, a fault of Retold's own"
    return re.sub(r"(?<![\w:/.])/(?:[^\s/:]+/)+", "…/", said)[:300]


@contextmanager
def ledger(db: Connection, how: Recipe, clock: Clock) -> Iterator[Summary]:
    """The run's row in ``runs``: opened now, closed with what became of the run, however it ends; what its
    stages cost is kept meanwhile."""
    began = time.monotonic()
    run_id = runs.begin_run(db, clock(), how.name)
    summary = Summary(run_id, stages=Stages(partial(runs.keep_stages, db, run_id)))

    def close(state: str) -> None:
        summary.stages.end()
        summary.seconds = time.monotonic() - began
        summary.outcomes = runs.run_outcomes(db, summary.run_id)
        summary.failed_sources = runs.failed_sources(db, summary.run_id)
        runs.end_run(db, summary.run_id, clock(), state, summary.counts(), summary.absorbed.recipe)
        log.info("run %d %s after %.1f s", run_id, state, summary.seconds, extra={"counts": summary.counts()})

    with at_run(run_id):
        log.info("run %d begins", run_id)
        try:
            yield summary
        except BaseException as error:
            if isinstance(error, Exception):
                summary.error = _cause(error)
            with suppress(Exception):  # what ended the run is to be told, not that it could not be written down
                close("interrupted" if isinstance(error, KeyboardInterrupt) else "failed")
            raise
        close("done")
