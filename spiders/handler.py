"""The guard inside Scrapy: its HTTP/1.1 download handler, connecting only through `guard.Guard`.

Scrapy's handler has no public hook between "resolve" and "connect", so two of its private classes are
subclassed here; `tests/test_guard.py` fails loudly should a Scrapy release go round them.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ScrapyAgent,
)
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.web._newclient import ParseError
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.http import _ChunkedTransferDecoder
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from pipeline.model import Reason
from spiders.guard import Guard, Refused, clean_url
from spiders.outcome import reason_of
from spiders.room import CAME

CONNECT_S = 10.0  # one address; where a host has several, the next one is tried after that
MAX_HEADERS = 500
MAX_HEADER_BYTES = 256 * 1024
MAX_INTERIM = 20  # answers of 1xx before the one that counts
MAX_CHUNKS = 10_000  # of less than MIN_CHUNK bytes on average: each costs as much as a large one
MIN_CHUNK = 64


@implementer(IStreamClientEndpoint)
class Pinned:
    """An endpoint that connects to addresses which the guard has just checked, and to no other."""

    def __init__(self, guard: Guard, host: str, port: int, timeout: float) -> None:
        self.guard, self.host, self.port = guard, host, port
        self.timeout = min(timeout, CONNECT_S)

    def connect(self, factory: Any) -> Any:
        """A Deferred of the connected protocol."""
        return Deferred.fromCoroutine(self._connect(factory))

    async def _connect(self, factory: Any) -> Any:
        from twisted.internet import reactor  # only once it has been installed

        lost: Exception = ConnectError()
        checked = asyncio.ensure_future(self.guard.addresses(self.host, self.port))
        for address, port in await Deferred.fromFuture(checked):
            kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
            try:
                return await kind(reactor, address, port, self.timeout).connect(factory)
            except ConnectError as error:
                lost = error
        raise lost


@implementer(IAgentEndpointFactory)
class Endpoints:
    """Pinned endpoints, with TLS checked against the host's *name*."""

    def __init__(self, guard: Guard, tls: Any, timeout: float) -> None:
        self.guard, self.tls, self.timeout = guard, tls, timeout

    def endpointForURI(self, uri: Any) -> Any:
        """Where to connect for a ``twisted.web.client.URI``."""
        endpoint = Pinned(self.guard, uri.host.decode("ascii"), uri.port, self.timeout)
        if uri.scheme == b"https":
            return wrapClientTLS(self.tls.creatorForNetloc(uri.host, uri.port), endpoint)
        return endpoint


class GuardedAgent(_ScrapyAgent):  # type: ignore[misc]
    """Scrapy's agent without proxies (an environment's ``http_proxy`` would bypass the guard)."""

    guard: Guard

    def _get_agent(self, request: Any, timeout: float) -> Any:
        from twisted.internet import reactor

        endpoints = Endpoints(self.guard, self._contextFactory, timeout)
        return Agent.usingEndpointFactory(reactor, endpoints, pool=self._pool)


class CappedChunks(_ChunkedTransferDecoder):  # type: ignore[misc]
    """A decoder of chunks that gives up on a body cut into crumbs."""

    def __init__(self, deliver: Callable[[bytes], None], finished: Callable[[bytes], None]) -> None:
        super().__init__(self._counted, finished)
        self._deliver, self._chunks, self._size = deliver, 0, 0

    def _counted(self, data: bytes) -> None:
        self._chunks, self._size = self._chunks + 1, self._size + len(data)
        if self._chunks > MAX_CHUNKS and self._size < MIN_CHUNK * self._chunks:
            raise ParseError("a body in crumbs", data[:MIN_CHUNK])
        self._deliver(data)


class CappedParser(_LenientHTTPClientParser):  # type: ignore[misc]
    """A response parser that gives up on endless lines, headers, interim answers and on crumbs of chunks."""

    _transferDecoders: ClassVar[dict[bytes, Any]] = {b"chunked": CappedChunks}  # noqa: N815

    def headerReceived(self, name: bytes, value: bytes) -> None:
        """Count and keep one header.

        Raises:
            ParseError: more than MAX_HEADERS headers, or more than MAX_HEADER_BYTES of them.
        """
        count, size = getattr(self, "seen", (0, 0))
        self.seen = (count + 1, size + len(name) + len(value))
        if self.seen[0] > MAX_HEADERS or self.seen[1] > MAX_HEADER_BYTES:
            raise ParseError("too many headers", name)
        super().headerReceived(name, value)

    def allHeadersReceived(self) -> None:
        """Go on to the body, or past an interim answer.

        Raises:
            ParseError: more than MAX_INTERIM interim answers.
        """
        self.interim = getattr(self, "interim", 0) + (self.response.code < 200)
        if self.interim > MAX_INTERIM:
            raise ParseError("too many interim answers", b"")
        super().allHeadersReceived()

    def lineLengthExceeded(self, line: bytes) -> None:
        """Twisted's own would close the connection without a word.

        Raises:
            ParseError: always.
        """
        raise ParseError("a line is too long", line[:MIN_CHUNK])


class CappedProtocol(_LenientHTTP11ClientProtocol):  # type: ignore[misc]
    """Scrapy's client protocol with `CappedParser`; it swaps parsers the same way."""

    def request(self, request: Any) -> Any:
        """Send a request; a Deferred of the response."""
        answer = super().request(request)
        self._parser.__class__ = CappedParser
        return answer


class CappedFactory(_LenientHTTP11ClientFactory):  # type: ignore[misc]
    """Builds `CappedProtocol`."""

    def buildProtocol(self, addr: Any) -> Any:
        """A protocol for a new connection."""
        return CappedProtocol(self._quiescentCallback)


class Pool(HTTPConnectionPool):  # type: ignore[misc]
    """Idle connections, kept for the next request to their host; the longest idle ones go when they become many.

    With a thousand hosts there would be a thousand: more files than a process may open by default, and what
    then fails is the database.
    """

    def __init__(self, reactor: Any, per_host: int) -> None:
        super().__init__(reactor, persistent=True)
        self.maxPersistentPerHost, self._factory = per_host, CappedFactory
        self.most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2

    def _putConnection(self, key: Any, connection: Any) -> None:
        super()._putConnection(key, connection)
        connection.host_key = key
        while len(self._timeouts) > self.most:
            longest, timeout = next(iter(self._timeouts.items()))
            timeout.cancel()
            self._removeConnection(longest.host_key, longest)


class Handler(HTTP11DownloadHandler):  # type: ignore[misc]
    """Downloads http and https: guarded, at most ``concurrency`` at once, within a total time per URL.

    ``request.meta["download_timeout"]`` holds the seconds that are left of a URL's budget; each hop and
    each retry takes its time from it, so that six slow redirects cost no more than one slow page.
    """

    def __init__(self, crawler: Any) -> None:
        from twisted.internet import reactor

        super().__init__(crawler)
        self._pool: Any = Pool(reactor, crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"))
        self._spider = crawler.spider
        self._all = asyncio.Semaphore(crawler.settings.getint("CONCURRENT_REQUESTS"))
        self._host: defaultdict[str, asyncio.Semaphore] = defaultdict(
            partial(asyncio.Semaphore, crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"))
        )

    async def download_request(self, request: Any) -> Any:
        """Fetch one hop, when it is its turn.

        Raises:
            Refused: by the guard, because its time is up, or because the crawl stops.
        """
        clean_url(request.url, self._spider.guard.ports)
        # Both limits once more, for Scrapy's hold only roughly: a slot hands out a burst before the first
        # of it counts as transferring (2.19). And Retry-After and Crawl-delay here and not in a middleware, for
        # requests that waited in their host's queue have passed those.
        async with self._host[urlsplit(request.url).hostname or ""]:
            await self._spider.backoff.admit(request.url, self._spider.stop)
            async with self._all:
                self._spider.stop.check()
                self._spider.backoff.sent(request.url)
                return await self._timed(request)

    async def _timed(self, request: Any) -> Any:
        if request.meta["download_timeout"] <= 0:
            raise Refused(Reason.TIMEOUT, "total time is up")
        started = time.monotonic()
        request.meta[CAME] = 0
        try:
            response = await self._spider.stop.cancellable(self._fetch(request))
            self._spider.backoff.note(request.url, response)
            return response
        except Exception as error:
            if reason_of(error)[0] is Reason.TIMEOUT:
                self._spider.backoff.missed(request.url)
            raise
        finally:
            self._spider.backoff.sent(request.url)
            spent = time.monotonic() - started
            request.meta["download_timeout"] -= spent
            request.meta["seconds"] = request.meta.get("seconds", 0.0) + spent

    async def _fetch(self, request: Any) -> Any:
        agent = GuardedAgent(
            contextFactory=self._contextFactory,
            pool=self._pool,
            maxsize=self._default_maxsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        agent.guard = self._spider.guard
        with wrap_twisted_exceptions():
            return await agent.download_request(request).asFuture(asyncio.get_running_loop())
