"""What one crawl needs to know, and the pages it has met."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline import urls
from pipeline.config import HttpSettings, Source
from pipeline.model import Article, Entry, Validators
from pipeline.sandbox import Sandbox
from spiders.crawl import Job, Progress, Sink
from spiders.guard import Guard
from spiders.outcome import Asked
from spiders.sitefiles import Forgetful, Notes
from spiders.stop import Stop


@dataclass(slots=True)
class Plan:
    """What one crawl needs to know, and how it went."""

    jobs: tuple[Job, ...]
    http: HttpSettings
    validators: Mapping[str, Validators]
    sink: Sink
    guard: Guard
    sandbox: Sandbox
    clock: Callable[[], datetime]  # bounds what feeds and pages may claim
    max_seconds: float | None = None
    on_progress: Callable[[Progress], None] | None = None
    opt_out: frozenset[str] = frozenset()  # hosts; what is below them, too
    notes: Notes = field(default_factory=Forgetful)
    spiders: str | None = None  # the user's folder of them
    stop: Stop = field(default_factory=Stop)
    signum: int = 0
    error: Exception | None = None  # of the sink

    def stop_by_signal(self, signum: int) -> None:
        """Stop gracefully and remember why."""
        self.signum = self.signum or signum
        self.stop.pull("interrupted")

    def wait(self, host: str, seconds: int) -> None:
        """Have it kept that a host is to be left alone."""
        try:
            self.notes.wait(host, seconds)
        except Exception as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Stop, because results have nowhere to go."""
        self.error = self.error or error
        if not self.stop:
            self.stop.pull("the store failed")


def page_key(url: str) -> str:
    """What two spellings of one page's address have in common; begins with the host."""
    try:
        return urls.key(url)
    except ValueError:
        return url


@dataclass(slots=True)
class Page:
    """One page of the run, and the entries that point at it."""

    waiting: list[tuple[Source, Entry]]
    article: Article | None = None
    undecided: bool = False  # it was not asked for after all
    done: bool = False
    left_out: bool = False  # on its way it came to a host that is
    forgotten: bool = False  # done long ago: its article is in the store only


@dataclass(slots=True)
class Line:
    """Pages of one host that wait until they are asked for, as what they are and not as Scrapy's requests."""

    waiting: deque[tuple[Asked, Page]] = field(default_factory=deque)
    asked: int = 0  # those of them that are Scrapy's now
