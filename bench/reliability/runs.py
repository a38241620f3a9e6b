"""Documents through real runs into one database: each is the feed of a source of its own, on a loopback server.

Pages are linked from feeds that the server makes. Whatever else an entry points at is a line of plain text on the same
server (over TLS it hangs up); no name is looked up, so that nothing leaves the machine.
"""

from __future__ import annotations

import logging
import socket
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from w3lib.url import safe_url_string

from bench.reliability.collection import Document
from bench.reliability.shelf import Shelf, Where, response
from pipeline.config import Config, HttpSettings, Source
from pipeline.model import RetoldError
from pipeline.run import run
from spiders.guard import clean_url

PER_FEED = 20  # pages that one made feed links to
HTTP = HttpSettings(user_agent="RetoldBench/0.1 (+https://retold.example/about)", delay_s=0, per_host=4, concurrency=32)


@dataclass
class Web:
    """What the server holds, and the sources that follow it."""

    most_pages: int = 200  # of one source in a run
    sources: list[Source] = field(default_factory=list)
    held: dict[Where, bytes] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    feeds: dict[str, Document] = field(default_factory=dict)  # address of a feed → what it hands out
    pages: dict[str, Document] = field(default_factory=dict)  # address of a page → what it hands out

    def feed(self, document: Document) -> str:
        """Serve a document as the feed of a source of its own; its address."""
        host = f"f{len(self.feeds)}.feeds.test"
        self._source(host)
        self._hold(host, "/feed", document)
        self.feeds[f"http://{host}/feed"] = document
        return f"http://{host}/feed"

    def page_feeds(self, documents: Sequence[Document]) -> None:
        """Serve documents as pages that feeds of ours link to."""
        for start in range(0, len(documents), PER_FEED):
            host = f"p{start // PER_FEED}.pages.test"
            items = "".join(self._item(start + n, page) for n, page in enumerate(documents[start : start + PER_FEED]))
            made = f"<rss version='2.0'><channel><title>{host}</title>{items}</channel></rss>"
            self._source(host)
            self.held[host, "/feed"] = response(made.encode(), "application/rss+xml; charset=utf-8")

    def _item(self, number: int, page: Document) -> str:
        url = _plain_http(page.url) or f"http://a{number}.articles.test/article"
        if url in self.pages:
            url = f"http://a{number}.articles.test/article"
        parts = urlsplit(safe_url_string(url))  # as it comes in
        self.hosts.add(parts.hostname or "")
        self._hold(parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), page)
        self.pages[url] = page
        return f"<item><title>{escape(Path(page.name).name)}</title><link>{escape(url)}</link></item>"

    def _source(self, host: str) -> None:
        self.hosts.add(host)
        self.sources.append(
            Source(
                key=host.partition(".")[0], name=host, owner=host, country="XX", language="en", role="publisher",
                feeds=({"url": f"http://{host}/feed"},), max_pages_per_run=self.most_pages,  # type: ignore[arg-type]
            )
        )  # fmt: skip

    def _hold(self, host: str, path: str, document: Document) -> None:
        self.held[host, path] = response(document.body, document.content_type, document.encoding)


def _plain_http(url: str) -> str:
    """The address as we would ask for it, over plain HTTP; "" where we would not."""
    with suppress(RetoldError):
        return "http" + clean_url(url.replace("https://", "http://", 1)).removeprefix("http")
    return ""


def outside(addresses: Iterable[str]) -> set[str]:
    """Hosts of addresses, as the crawl names them."""
    found = set()
    for address in addresses:
        with suppress(RetoldError):
            found.add(urlsplit(clean_url(address, (80, 443))).hostname or "")
    return found


@dataclass
class Ran:
    """How the runs went."""

    runs: int = 0
    ended: list[str] = field(default_factory=list)  # what ended a run, with its traceback
    logged: list[str] = field(default_factory=list)  # records of level ERROR and above
    seconds: float = 0.0


def run_all(web: Web, database: Path, per_run: int, tell: Callable[[str], None], http: HttpSettings = HTTP) -> Ran:
    """Ask all sources, so many in each run."""
    config = Config(http=http, sources=tuple(web.sources))
    done, began = Ran(), time.monotonic()
    with Shelf(web.held) as shelf, _no_names(), _errors(done.logged):
        routes = dict.fromkeys(web.hosts, ("127.0.0.1", shelf.port))
        for start in range(0, len(web.sources), per_run):
            keys = [s.key for s in web.sources[start : start + per_run]]
            done.runs += 1
            try:
                summary = run(config, database, only=keys, routes=routes)
                tell(f"run {done.runs}: {summary.seconds:.0f} s, {summary.outcomes}")
            except Exception:
                done.ended.append(traceback.format_exc())
    done.seconds = round(time.monotonic() - began, 1)
    return done


@contextmanager
def _no_names() -> Iterator[None]:
    """Nothing is looked up: what has no route is not found."""

    def refuse(host: object, *_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, f"no names here: {host!r}")

    before, socket.getaddrinfo = socket.getaddrinfo, refuse
    try:
        yield
    finally:
        socket.getaddrinfo = before


@contextmanager
def _errors(into: list[str]) -> Iterator[None]:
    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            into.append(f"{record.name}: {record.getMessage()}"[:2000])

    handler = Kept(logging.ERROR)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
