"""How a crawl ends early: nothing new is asked, what is under way gets a moment, then it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pipeline.model import Reason
from spiders.guard import Refused

T = TypeVar("T")

GRACE_S = 2.0  # for what is under way; an interrupted run has to be gone within five seconds


class Stop:
    """The switch that every request and every parse looks at."""

    def __init__(self) -> None:
        self.why = ""
        self._pulled = asyncio.Event()
        self._running: set[asyncio.Future[object]] = set()
        self._then: list[Callable[[], None]] = []

    def __bool__(self) -> bool:
        return self._pulled.is_set()

    def then(self, call: Callable[[], None]) -> None:
        """Have something called when the switch is pulled."""
        self._then.append(call)

    def pull(self, why: str) -> None:
        """Stop gracefully; a second pull cancels at once."""
        if self:
            return self._cancel()
        self.why = why
        self._pulled.set()
        for call in self._then:
            call()
        asyncio.get_running_loop().call_later(GRACE_S, self._cancel)
        return None

    def _cancel(self) -> None:
        for task in list(self._running):
            task.cancel()

    def check(self) -> None:
        """Raises:
        Refused: ``cancelled`` once the switch is pulled.
        """
        if self:
            raise Refused(Reason.CANCELLED, self.why)

    async def sleep(self, seconds: float) -> None:
        """Wait, unless the crawl stops meanwhile (``cancelled``)."""
        try:
            await asyncio.wait_for(self._pulled.wait(), seconds)
        except TimeoutError:
            return
        self.check()

    async def cancellable(self, work: Awaitable[T]) -> T:
        """The result of some work, or ``cancelled`` when the grace period ends first."""
        task: asyncio.Future[T] = asyncio.ensure_future(work)
        self._running.add(task)  # type: ignore[arg-type]
        try:
            return await task
        except asyncio.CancelledError:
            if not self:
                raise
            raise Refused(Reason.CANCELLED, self.why) from None
        finally:
            self._running.discard(task)
