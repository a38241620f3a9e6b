"""robots.txt, obeyed for pages and sitemaps (a feed is published in order to be polled).

RFC 9309 §2.3.1: an answer of 4xx allows everything; 5xx, 429 and no answer at all disallow everything, here
until the next run. Scrapy's own middleware allows everything then, which is why this one exists.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlsplit

from protego import Protego

from pipeline.model import Reason
from spiders.guard import Refused
from spiders.outcome import DAY_S, reason_of
from spiders.sitefiles import MAX_BYTES, Reader


class Robots:
    """Downloader middleware: refuses what robots.txt forbids, and keeps to its Crawl-delay."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self.agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._files = Reader(crawler, obey_robots=False)
        self._rules: dict[str, Protego | Refused] = {}

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
        rules = await self.rules_of(f"{parts.scheme}://{parts.netloc}")
        self._crawler.spider.stop.check()
        if isinstance(rules, Refused):
            # a fresh one: tracebacks would pile up on a shared one
            raise Refused(rules.code, rules.detail, rules.retry_after_s)
        if not rules.can_fetch(request.url, self.agent):
            raise Refused(Reason.ROBOTS, "disallowed by robots.txt")
        self._slow_down(parts.hostname or "", rules.crawl_delay(self.agent))

    async def rules_of(self, origin: str) -> Protego | Refused:
        """What the robots.txt of ``scheme://host`` says, or why that cannot be told."""
        file = await self._files.read(f"{origin}/robots.txt")
        if origin not in self._rules:
            self._rules[origin] = _unread(file) if isinstance(file, Exception) else rules(file.status, file.body)
        return self._rules[origin]

    def _slow_down(self, host: str, delay: float | None) -> None:
        """Keep to a Crawl-delay exactly: Scrapy's own delay varies by half, and follows the pace of answers."""
        if delay and delay > 0 and math.isfinite(delay):
            self._crawler.spider.backoff.slow(host, min(delay, DAY_S))


def _unread(error: Exception) -> Refused:
    code, detail = reason_of(error)
    return Refused(code, f"robots.txt: {detail}", getattr(error, "retry_after_s", None))


def rules(status: int, body: bytes) -> Protego | Refused:
    """What a robots.txt answer of this status and body allows."""
    if status == 429 or status >= 500:
        return Refused(Reason.ROBOTS, f"robots.txt answered HTTP {status}")
    if status != 200:
        return Protego.parse("")
    return Protego.parse(body[:MAX_BYTES].decode("utf-8-sig", "replace"))
