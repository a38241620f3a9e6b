"""Retry-After and Crawl-delay, kept within a run and, by `sitefiles.Notes`, over the next ones."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pipeline.model import Reason
from spiders.guard import Refused
from spiders.outcome import retry_after
from spiders.stop import Stop

PATIENCE_S = 30.0  # a shorter wait is waited out within the run
SILENT_STRIKES = 3  # answers of a host that did not come in time, one after another
HOST_STRIKES = 3  # one 503 may be one broken feed; three different URLs are the host (FreshRSS#7880)


class Backoff:
    """Which hosts are to be left alone, and for how long.

    ``known``: host → seconds, from earlier runs; ``keep``: is told what holds over the next ones; ``clock``: ours,
    aware, for dates of servers that do not say what time it is.
    """

    def __init__(
        self, known: Mapping[str, float], keep: Callable[[str, int], None], clock: Callable[[], datetime]
    ) -> None:
        now = time.monotonic()
        self._keep, self._clock = keep, clock
        self._until = {host: now + seconds for host, seconds in known.items()}
        self._pace: dict[str, float] = {}  # host → seconds from one request to the next
        self._sent: dict[str, float] = {}  # host → time.monotonic()
        self._strikes: dict[str, set[str]] = {}
        self._silent: Counter[str] = Counter()  # host -> how often in a row

    def check(self, url: str) -> float:
        """Seconds still to wait before the URL may be asked, none or few.

        Raises:
            Refused: ``backed_off``, for more than PATIENCE_S, or because the host has fallen silent.
        """
        host = _host(url)
        if self._silent[host] >= SILENT_STRIKES:
            raise Refused(Reason.BACKED_OFF, f"the host did not answer in time, {SILENT_STRIKES} times in a row")
        turn = self._sent[host] + self._pace[host] if host in self._pace and host in self._sent else 0.0
        wait = max(self._until.get(host, 0.0), turn) - time.monotonic()
        if wait > PATIENCE_S:
            seconds = math.ceil(wait)
            raise Refused(Reason.BACKED_OFF, f"the host asked to wait {seconds} s more", seconds)
        return max(0.0, wait)

    async def admit(self, url: str, stop: Stop) -> None:
        """Wait as long as the host asked for, again where it asked anew meanwhile.

        Raises:
            Refused: ``backed_off``, or ``cancelled`` while waiting.
        """
        while wait := self.check(url):
            await stop.sleep(wait)

    def slow(self, host: str, seconds: float) -> None:
        """Let so much time pass between two requests to a host."""
        self._pace[host] = seconds

    def sent(self, url: str) -> None:
        """A request leaves now, or was answered: it arrived in between."""
        self._sent[_host(url)] = time.monotonic()

    def note(self, url: str, response: Any) -> None:
        """Take in an answer: 429 is for the host at once, 503 from the third URL on."""
        self._silent.pop(_host(url), None)
        seconds = retry_after(response.headers, self._clock()) if response.status in (429, 503) else None
        if not seconds:
            return
        host = _host(url)
        struck = self._strikes.setdefault(host, set())
        struck.add(url)
        if response.status == 429 or len(struck) >= HOST_STRIKES:
            self._until[host] = max(self._until.get(host, 0.0), time.monotonic() + seconds)
            self._keep(host, seconds)

    def missed(self, url: str) -> None:
        """Take in that no answer came in time: a dead host's 200 pages would keep a run for an hour."""
        self._silent[_host(url)] += 1


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
