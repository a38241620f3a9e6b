"""The way to the child processes that parse: only so many bodies at once are on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from spiders.plan import Plan

PER_WORKER = 4  # bodies that are on their way to each child; the rest waits unpickled


class Children:
    """Runs functions of foreign bytes in the plan's sandbox."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._places = asyncio.Semaphore(PER_WORKER * plan.sandbox.workers)

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """What ``work(*args)`` returns.

        Raises:
            FeedError: the function's own, or what became of its process.
            Refused: ``cancelled``, the crawl stops.
        """
        async with self._places:
            self._plan.stop.check()
            done = asyncio.wrap_future(self._plan.sandbox.submit(work, *args))
            return await self._plan.stop.cancellable(done)
