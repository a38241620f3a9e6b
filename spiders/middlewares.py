"""Manners on the wire: Retry-After, strict decoding, careful redirects."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest

from pipeline.model import Reason
from spiders.coding import ACCEPTED, decode
from spiders.guard import Refused, clean_url
from spiders.outcome import retry_after

PATIENCE_S = 30.0  # a shorter wait is waited out within the run
HOST_STRIKES = 3  # one 503 may be one broken feed; three different URLs are the host (FreshRSS#7880)


class BackedOff(Refused):
    """Not asked, because the host's Retry-After still holds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(Reason.BACKED_OFF, f"the host asked to wait {seconds:.0f} s more")
        self.retry_after_s = max(1, round(seconds))


class Manners:
    """Keeps a host's Retry-After within the run, and answers everything with `cancelled` once it stops."""

    def __init__(self, crawler: Any) -> None:
        self._spider = crawler.spider
        self._until: dict[str, float] = {}  # host -> time.monotonic() before which it is left alone
        self._strikes: dict[str, set[str]] = {}

    @classmethod
    def from_crawler(cls, crawler: Any) -> Manners:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Any) -> None:
        """Let a request pass, perhaps after a short wait.

        Raises:
            Refused: ``cancelled`` or ``backed_off``.
        """
        self._spider.stop.check()
        request.headers["Accept-Encoding"] = ACCEPTED
        wait = self._until.get(_host(request.url), 0.0) - time.monotonic()
        if wait > PATIENCE_S:
            raise BackedOff(wait)
        if wait > 0:
            await self._spider.stop.sleep(wait)

    def process_response(self, request: Any, response: Any) -> Any:
        """Note a Retry-After: for the host at once on 429, on 503 after the third URL."""
        seconds = retry_after(response.headers) if response.status in (429, 503) else None
        if seconds:
            host = _host(request.url)
            struck = self._strikes.setdefault(host, set())
            struck.add(request.url)
            if response.status == 429 or len(struck) >= HOST_STRIKES:
                self._until[host] = max(self._until.get(host, 0.0), time.monotonic() + seconds)
        return response


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


class Decode:
    """Undoes Content-Encoding, at most DOWNLOAD_MAXSIZE bytes of it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    @classmethod
    def from_crawler(cls, crawler: Any) -> Decode:
        """Scrapy's constructor."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_response(self, request: Any, response: Any) -> Any:
        """The response with its plain body.

        Raises:
            Refused: ``too_large`` or ``bad_encoding``.
        """
        stated = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1").lower()
        names = [name.strip() for name in stated.split(",") if name.strip()]
        body = decode(response.body, names, self._limit)
        response.headers.pop("Content-Encoding", None)
        return response if body is response.body else response.replace(body=body)


class Redirects(RedirectMiddleware):  # type: ignore[misc]
    """Scrapy's redirects, each hop checked first; what it gives up on has a reason code."""

    def handle_referer(self, request: Any, response: Any) -> None:
        """Send none."""
        request.headers.pop("Referer", None)

    def process_response(self, request: Any, response: Any) -> Any:
        """The response, or the request for the next hop.

        Raises:
            Refused: ``bad_scheme``, ``bad_url``, ``bad_port``, ``downgrade`` or ``redirect_loop``.
        """
        if response.status in (301, 302, 303, 307, 308) and response.headers.get("Location"):
            self._check(request.url, response.headers["Location"].decode("latin-1"))
        try:
            answer = super().process_response(request, response)
        except IgnoreRequest:
            raise Refused(Reason.REDIRECT_LOOP, f"more than {self.max_redirect_times} redirects") from None
        if answer is not response:
            answer.meta.pop("download_slot", None)  # the next host has its own queue and delay
        return answer

    def _check(self, url: str, location: str) -> None:
        target = clean_url(urljoin(url, location.strip()), self.crawler.spider.guard.ports)
        if url.startswith("https:") and target.startswith("http:"):
            raise Refused(Reason.DOWNGRADE, f"https to {target}")
