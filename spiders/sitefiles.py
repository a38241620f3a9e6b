"""The files by which a host speaks of all its pages (robots.txt, tdmrep.json): asked for once a run, and once a day."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from spiders.room import LARGE

FRESH_S = 24 * 3600  # RFC 9309 §2.4: no longer than a day
STALE_S = 7 * FRESH_S  # an answer that still counts where there is none now
MAX_BYTES = 500 * 1024  # RFC 9309 §2.5: at least 500 KiB must be read; what follows is not


class SiteFile(NamedTuple):
    """An answer: HTTP status and at most MAX_BYTES of its body (none unless 200); ``age_s``: seconds since."""

    status: int
    body: bytes
    age_s: float = 0.0


class Notes(Protocol):
    """Where what hosts say of themselves is kept from run to run."""

    def get(self, url: str) -> tuple[int, bytes, float] | None:
        """The last answer of this address, whatever its age; as in SiteFile."""

    def put(self, url: str, status: int, body: bytes) -> None:
        """Keep an answer."""

    def waits(self) -> Mapping[str, float]:
        """Host → seconds that it is still to be left alone."""

    def wait(self, host: str, seconds: int) -> None:
        """Keep that a host is to be left alone."""


class Forgetful:
    """Keeps nothing: each run asks anew."""

    def get(self, url: str) -> None:
        """Nothing."""

    def put(self, url: str, status: int, body: bytes) -> None:
        """Let it go."""

    def waits(self) -> Mapping[str, float]:
        """None."""
        return {}

    def wait(self, host: str, seconds: int) -> None:
        """Let it go."""


class Reader:
    """Reads such files for a downloader middleware: politely, guarded, each once."""

    def __init__(self, crawler: Any, *, obey_robots: bool) -> None:
        self._crawler = crawler
        limit = min(LARGE, crawler.settings.getint("DOWNLOAD_MAXSIZE"))
        self._meta = {"dont_obey_robotstxt": not obey_robots, "download_maxsize": limit}
        self._timeout: float = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._read: dict[str, asyncio.Future[SiteFile | Exception]] = {}

    async def read(self, url: str) -> SiteFile | Exception:
        """The file, a fresh one that is kept or what its server says now; the exception where there is no answer."""
        if url not in self._read:
            self._read[url] = asyncio.get_running_loop().create_future()
            self._read[url].set_result(await self._have(url))
        return await asyncio.shield(self._read[url])

    async def _have(self, url: str) -> SiteFile | Exception:
        known = self.kept(url)
        if known and 0 <= known.age_s < FRESH_S:
            return known
        meta = {**self._meta, "download_timeout": self._timeout}
        try:
            asked = Request(url, meta=meta, callback=NO_CALLBACK, priority=1000)
            response = await self._crawler.engine.download_async(asked)
        except Exception as error:  # whatever it was, there is no answer
            return error
        file = SiteFile(response.status, response.body[:MAX_BYTES] if response.status == 200 else b"")
        if file.status < 500 and file.status != 429:
            self._keep(url, file)
        return file

    def kept(self, url: str) -> SiteFile | None:
        """The last answer that is kept, of whatever age."""
        found = self._crawler.spider.plan.notes.get(url)
        return SiteFile(*found) if found else None

    def _keep(self, url: str, file: SiteFile) -> None:
        plan = self._crawler.spider.plan
        try:
            plan.notes.put(url, file.status, file.body)
        except Exception as error:
            plan.fail(error)
