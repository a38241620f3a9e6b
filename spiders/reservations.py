"""Pages that we do without: hosts that the operator leaves out, and what publishers reserve (pipeline/rights.py).

TDMRep gives the file of a host the least weight, then the header, then the page's own meta elements. A page that the
file reserves is not asked for, so that the other two are not seen: to err on this side takes nothing from anybody.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pipeline import urls
from pipeline.model import FetchResult, Reason
from pipeline.rights import TDM_FILE, Said, in_headers, left_out, reserves
from spiders.guard import Refused
from spiders.outcome import Asked, failed, header
from spiders.plan import Plan
from spiders.sitefiles import STALE_S, Reader

OUR_NAME = "retold"  # beside the operator's own, so that one line of a publisher's reaches all of us


class Rights:
    """Whom a crawl leaves out, and for which pages a licence says otherwise than the publisher does to all."""

    def __init__(self, plan: Plan) -> None:
        self._opted_out = plan.opt_out
        self._names = (plan.http.user_agent.split("/")[0].lower(), OUR_NAME)
        self._licensed = {
            job.source.key: [*filter(None, [job.source.homepage]), *(feed.url for feed in job.source.feeds)]
            for job in plan.jobs
            if job.source.tdm == "licensed"
        }

    def admit(self, url: str | None) -> None:
        """Let an address pass.

        Raises:
            Refused: ``opted_out``.
        """
        if self._opted_out and left_out(urls.host(url or ""), self._opted_out):
            raise Refused(Reason.OPTED_OUT, "rights.opt_out")

    def refused(self, asked: Asked) -> FetchResult | None:
        """The outcome of what is not even asked for: ``opted_out``, or None."""
        try:
            self.admit(asked.url)
        except Refused as error:
            return failed(asked, error, {})
        return None

    def licensed(self, source: str, url: str) -> bool:
        """Whether the page is one of the source's own, and the operator may mine these."""
        return any(urls.same_site(url, own) for own in self._licensed.get(source, ()))

    def said(self, source: str, response: Any) -> Said | None:
        """What the headers of a page's answer reserve; None where that does not count."""
        if self.licensed(source, response.url):
            return None
        tags = [tag.decode("latin-1") for tag in response.headers.getlist("X-Robots-Tag")]
        return in_headers(header(response.headers, "tdm-reservation"), tags, self._names)


class Reservations:
    """Downloader middleware: refuses pages that their host's tdmrep.json reserves."""

    def __init__(self, crawler: Any) -> None:
        self._spider = crawler.spider
        self._files = Reader(crawler, obey_robots=True)

    @classmethod
    def from_crawler(cls, crawler: Any) -> Reservations:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Any) -> None:
        """Let a request pass.

        Raises:
            Refused: ``tdm_reserved``.
        """
        if request.meta.get("kind") != "page" or self._spider.rights.licensed(request.meta["source"], request.url):
            return
        reserved = await self.reserved(request.url)
        self._spider.stop.check()
        if reserved:
            raise Refused(Reason.TDM_RESERVED, "tdmrep.json says so")

    async def reserved(self, url: str) -> bool:
        """Whether the tdmrep.json of a page's host reserves it."""
        parts = urlsplit(url)
        body = await self._file(f"{parts.scheme}://{parts.netloc}{TDM_FILE}")
        return bool(body) and reserves(body, url)

    async def _file(self, url: str) -> bytes:
        """The host's file; b"" where it has none. One that cannot be had now is what it was, a week long."""
        file = await self._files.read(url)
        if isinstance(file, Exception) or file.status == 429 or file.status >= 500:
            kept = self._files.kept(url)
            return kept.body if kept and kept.age_s < STALE_S else b""
        return file.body
