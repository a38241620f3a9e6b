"""robots.txt, obeyed for pages and sitemaps (a feed is published in order to be polled).

RFC 9309 §2.3.1: an answer of 4xx allows everything; 5xx, 429 and no answer at all disallow everything, here
until the next run. Scrapy's own middleware allows everything then, which is why this one exists.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from pipeline.model import Reason
from spiders.guard import Refused
from spiders.outcome import reason_of
from spiders.room import LARGE

MAX_BYTES = 500 * 1024  # RFC 9309 §2.5: at least 500 KiB must be read; what follows is not
MAX_DELAY_S = 30.0  # a larger Crawl-delay would hold up the whole run


class Robots:
    """Downloader middleware: refuses what robots.txt forbids, and keeps to its Crawl-delay."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._timeout: float = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._maxsize: int = min(LARGE, crawler.settings.getint("DOWNLOAD_MAXSIZE"))
        self._rules: dict[str, asyncio.Future[Protego | Refused]] = {}

    @classmethod
    def from_crawler(cls, crawler: Any) -> Robots:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Any) -> None:
        """Let a request pass.

        Raises:
            Refused: ``robots``, or what kept us from reading robots.txt (``timeout``, ``dns`` …).
        """
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlsplit(request.url)
        rules = await self._rules_of(f"{parts.scheme}://{parts.netloc}")
        self._crawler.spider.stop.check()
        if isinstance(rules, Refused):
            # a fresh one: tracebacks would pile up on a shared one
            raise Refused(rules.code, rules.detail, rules.retry_after_s)
        if not rules.can_fetch(request.url, self._agent):
            raise Refused(Reason.ROBOTS, "disallowed by robots.txt")
        self._slow_down(request, parts.hostname or "", rules.crawl_delay(self._agent))

    async def _rules_of(self, origin: str) -> Protego | Refused:
        if origin not in self._rules:
            self._rules[origin] = asyncio.get_running_loop().create_future()
            self._rules[origin].set_result(await self._read(origin))
        return await asyncio.shield(self._rules[origin])

    async def _read(self, origin: str) -> Protego | Refused:
        limits = {"download_timeout": self._timeout, "download_maxsize": self._maxsize}
        meta = {"dont_obey_robotstxt": True, **limits}
        asked = Request(f"{origin}/robots.txt", meta=meta, callback=NO_CALLBACK, priority=1000)
        try:
            response = await self._crawler.engine.download_async(asked)
        except Exception as error:  # whatever it was, we could not read the rules
            code, detail = reason_of(error)
            return Refused(code, f"robots.txt: {detail}", getattr(error, "retry_after_s", None))
        return rules(response.status, response.body)

    def _slow_down(self, request: Any, host: str, delay: float | None) -> None:
        if not delay or not math.isfinite(delay):
            return
        downloader = self._crawler.engine.downloader
        wanted = min(max(delay, downloader._delay), MAX_DELAY_S)
        downloader.per_slot_settings.setdefault(host, {})["delay"] = wanted
        if host in downloader.slots:
            downloader.slots[host].delay = wanted
        request.meta["autothrottle_dont_adjust_delay"] = True


def rules(status: int, body: bytes) -> Protego | Refused:
    """What a robots.txt answer of this status and body allows."""
    if status == 429 or status >= 500:
        return Refused(Reason.ROBOTS, f"robots.txt answered HTTP {status}")
    if status != 200:
        return Protego.parse("")
    return Protego.parse(body[:MAX_BYTES].decode("utf-8-sig", "replace"))
