"""Room for large bodies: one is held at a time, from its second megabyte on until it has been read.

Sixteen answers of fifteen megabytes would be a quarter of a gigabyte, and as much again for each copy on the way to
a parser. So a download that turns out to be large while another is there is broken off, gives its connection free,
and is asked for once more when its turn has come.
"""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from collections.abc import MutableMapping
from typing import Any

from scrapy.exceptions import StopDownload
from twisted.python.failure import Failure

from pipeline.heap import give_back
from spiders.guard import Refused

LARGE = 1_000_000  # bytes; of 897 news pages 9 are larger, of 5,803 feeds 1
SOON_S = 0.05  # until Scrapy has let go of the response, too
PLACE, CAME = "room", "came"  # in a request's meta: its place, which its redirects take along; bytes so far


class Crowded(Exception):  # noqa: N818
    """A body is large, and there is no room."""


class Room:
    """A place for ``most`` large bodies, in the order asked for."""

    def __init__(self, most: int = 1) -> None:
        self._free = most
        self._held: set[asyncio.Future[None]] = set()
        self._waiting: deque[asyncio.Future[None]] = deque()

    def fits(self, meta: MutableMapping[str, Any], size: int) -> bool:
        """Whether a body of so many bytes may be there: it is small, has its place, or finds one free.

        A robots.txt, which is of no ``kind``, has a limit of its own.
        """
        return size <= LARGE or "kind" not in meta or self.claim(meta).done()

    def claim(self, meta: MutableMapping[str, Any]) -> asyncio.Future[None]:
        """The place of a request with this meta: done once it is its."""
        place: asyncio.Future[None] | None = meta.get(PLACE)
        if place is None:
            place = meta[PLACE] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            self._let_in()
        return place

    def leave(self, answer: Any) -> None:
        """Give up the place that an answer has or waits for, as the last thing that is done with it."""
        place = answer.request.meta.pop(PLACE, None)
        if place in self._held:
            self._held.remove(place)
            asyncio.get_running_loop().call_later(SOON_S, self._clear)
        elif place is not None:
            place.cancel()

    def _clear(self) -> None:
        give_back()  # a download leaves a ring of references, with the body in it
        self._free += 1
        self._let_in()

    def _let_in(self) -> None:
        while self._free and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                self._free -= 1
                self._held.add(place)
                place.set_result(None)

    def look_at_bytes(self, data: bytes, request: Any, **_: Any) -> None:
        """Take in a part of a body.

        Raises:
            StopDownload: it has become large, and there is no room.
        """
        came = request.meta[CAME] = request.meta.get(CAME, 0) + len(data)
        if not self.fits(request.meta, came):
            raise StopDownload(fail=True)

    async def asked_again(self, answer: Any, spider: Any) -> bool:
        """Where a request failed for want of room, ask once more when there is; whether it came to that."""
        if not (isinstance(answer, Failure) and isinstance(answer.value, (Crowded, StopDownload))):
            return False
        answer.cleanFailure()
        answer.value = Crowded()  # the other one holds what came …
        gc.collect(1)  # … and so does what is young and goes round in a ring
        try:
            await spider.stop.cancellable(self.claim(answer.request.meta))
        except Refused as error:
            answer.value = error
            return False
        spider.crawler.engine.crawl(answer.request.copy())
        return True
