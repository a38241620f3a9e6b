"""`collect`: everything a run fetches, in one Scrapy crawl, handed to a sink as it comes in.

One crawler for feeds, sitemaps and pages of all sources, so that politeness is one policy: one queue, one
delay and one Retry-After for each host, whoever asks. How the crawl can be run more than once in a process
is told in `loop.py`; what happens to each URL in `news.py`.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from pipeline.config import HttpSettings, Source
from pipeline.model import Article, Entry, FetchResult, ParsedFeed, Validators

if TYPE_CHECKING:
    from spiders.sitefiles import Notes

PARSERS = ("spiders.parsers",)  # what the child processes import, once
MEMORY_MB = 128  # of each child, on top of what it holds when idle: 14 MB of full texts in a feed take more than 80
TEMPORARY_MB = 80  # the language model of 65 MB is unpacked into a temporary file


class Sink(Protocol):
    """Where results go: called in the caller's thread, one result at a time; each is kept whole or not at all."""

    def begin(self) -> None:
        """Results from here on may be committed together."""

    def commit(self) -> None:
        """Commit the results since `begin`, if there was one."""

    def feed(self, result: FetchResult, parsed: ParsedFeed | None) -> Sequence[Entry]:
        """Keep the fetch row, validators and entries at once; answer the entries that want an article."""

    def article(self, result: FetchResult | None, entry: Entry, article: Article | None) -> None:
        """Keep an article (and the page's fetch row, if a page was asked for); None: nothing usable."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a run asks of one source."""

    source: Source
    feeds: tuple[str, ...]  # the due ones
    sitemaps: tuple[str, ...] = ()
    pending: tuple[Entry, ...] = ()  # entries of earlier runs that still want an article


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a crawl is; ``url`` is what has just been done with."""

    asked: int
    done: int
    failed: int
    articles: int
    url: str


class Interrupted(KeyboardInterrupt):
    """SIGINT, SIGTERM or SIGHUP ended the crawl, gracefully; the shell's exit status is 128 + ``signum``."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


def collect(
    jobs: Sequence[Job],
    http: HttpSettings,
    validators: Mapping[str, Validators],
    sink: Sink,
    *,
    routes: Mapping[str, tuple[str, int]] | None = None,
    max_seconds: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    clock: Callable[[], datetime] | None = None,
    opt_out: Collection[str] = (),
    notes: Notes | None = None,
    spiders: str | None = None,
) -> None:
    """Fetch the jobs' feeds, sitemaps and article pages, and hand every outcome to the sink.

    Each URL asked for gets one sink call. After ``max_seconds`` nothing new is asked; what is under way
    has two more seconds, and all the rest is reported as ``cancelled``, to be asked by the next run.

    Args:
        jobs: what to ask, source by source.
        http: manners and limits.
        validators: stored ETag, Last-Modified and body hash, by feed URL.
        sink: takes the results; a `StoreError` from it stops the crawl.
        routes: host name -> loopback (address, port), for servers of our own.
        max_seconds: the run's time limit.
        on_progress: told after each URL.
        opt_out: hosts that are never asked, and those below them.
        notes: what hosts said in earlier runs: robots.txt, tdmrep.json, Retry-After.
        spiders: the user's folder of spiders.
        clock: what now is (aware), for dates that feeds and pages claim; the system's if not given.

    Raises:
        Interrupted: after SIGINT, SIGTERM or SIGHUP (main thread only), once everything under way is reported.
        ConfigError: a source names a spider that does not exist.
        OSError: there is no room for temporary files; nothing was asked.
        Exception: whatever the sink raised twice for one URL, or any StoreError of it.
    """
    from pipeline.sandbox import Sandbox
    from spiders import loop
    from spiders.guard import Guard
    from spiders.news import crawl
    from spiders.plan import Plan
    from spiders.sitefiles import Forgetful

    quiet("scrapy", "twisted", "asyncio")
    have_room()
    with Sandbox(http.workers or os.cpu_count() or 1, memory_mb=MEMORY_MB, preload=PARSERS) as sandbox:
        plan = Plan(
            tuple(jobs),
            http,
            validators,
            sink,
            Guard(http.ports, dict(routes or {})),
            sandbox,
            clock or (lambda: datetime.now(UTC)),
            max_seconds,
            on_progress,
            frozenset(opt_out),
            notes or Forgetful(),
            spiders=spiders,
        )
        loop.started()
        with signals(plan.stop_by_signal):
            loop.run(crawl(plan))
    if plan.signum:
        raise Interrupted(plan.signum)


def have_room() -> None:
    """Is there room for temporary files? Without it no parser starts, and every feed would pass for ill.

    Raises:
        OSError: there is none.
    """
    place = tempfile.gettempdir()
    if shutil.disk_usage(place).free < TEMPORARY_MB << 20:
        raise OSError(errno.ENOSPC, f"no room for temporary files, {TEMPORARY_MB} MB", place)


def quiet(*names: str) -> None:
    """Leave only errors of these loggers: what happened to a URL is in its result, not in a log line."""
    for name in names:
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(logging.ERROR)


@contextmanager
def signals(handle: Callable[[int], None]) -> Iterator[None]:
    """Have signals that end a crawl handled on the loop, but those that are ignored (SIGHUP by nohup, SIGINT in the
    background); their old handlers come back afterwards."""
    from spiders import loop

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    before = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in before:
        loop.started().add_signal_handler(number, handle, number)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.started().remove_signal_handler(number)
            signal.signal(number, handler)
