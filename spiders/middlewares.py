"""Scrapy's downloader middlewares, where its own are too trusting: strict decoding, careful redirects."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest

from pipeline.model import Reason
from spiders.coding import ACCEPTED, decode
from spiders.guard import Refused, clean_url
from spiders.room import Crowded


class Manners:
    """First of all: a crawl that stops asks nothing; hosts that are left out, or told us to wait, are left alone, and
    so is what a source has left after wasting its share."""

    def __init__(self, crawler: Any) -> None:
        self._spider = crawler.spider

    @classmethod
    def from_crawler(cls, crawler: Any) -> Manners:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Any) -> None:
        """Let a request pass.

        Raises:
            Refused: ``cancelled``, ``opted_out`` or ``backed_off``.
        """
        self._spider.stop.check()
        self._spider.rights.admit(request.url)
        self._spider.backoff.check(request.url)
        if request.meta.get("kind") == "page":
            self._spider.patience.check(request.meta["source"])


class Decode:
    """Undoes Content-Encoding, at most DOWNLOAD_MAXSIZE bytes of it."""

    def __init__(self, spider: Any, limit: int) -> None:
        self._spider, self._limit = spider, limit

    @classmethod
    def from_crawler(cls, crawler: Any) -> Decode:
        """Scrapy's constructor."""
        return cls(crawler.spider, crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Any) -> None:
        """Say what we can read."""
        request.headers["Accept-Encoding"] = ACCEPTED

    def process_response(self, request: Any, response: Any) -> Any:
        """The response with its plain body.

        Raises:
            Refused: ``too_large`` or ``bad_encoding``.
            Crowded: it is a large one, and there is no room.
        """
        stated = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1").lower()
        names = [name.strip() for name in stated.split(",") if name.strip()]
        body = decode(response.body, names, min(self._limit, request.meta.get("download_maxsize", self._limit)))
        if not self._spider.room.fits(request.meta, len(body)):
            raise Crowded
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
            answer = answer.replace(
                url=clean_url(answer.url, self.crawler.spider.guard.ports)
            )  # no password goes along
        return answer

    def _check(self, url: str, location: str) -> None:
        target = clean_url(urljoin(url, location.strip()), self.crawler.spider.guard.ports)
        if url.startswith("https:") and target.startswith("http:"):
            raise Refused(Reason.DOWNGRADE, f"https to {target}")
