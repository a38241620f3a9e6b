"""One event loop for the life of the process, run as often as needed.

A Twisted reactor can be *run* once in a process, yet a demo and a test suite crawl many times. Two ways out:
a child process for each crawl, or a reactor that is started once and only ever paused. The child costs half
a second of imports, a pipe for every article, and a second home for signals and for the parsers' worker
processes, and what it would shield us from already lives in those workers (feeds and pages are parsed
there). So: the asyncio reactor sits on a loop of ours, is marked as running once, and the loop then runs
until a crawl is done, and stands still until the next. Everything happens in the caller's thread, the sink's
SQLite writes included.
"""

from __future__ import annotations

import asyncio
import atexit
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from pipeline.model import RetoldError

T = TypeVar("T")

_loop: asyncio.AbstractEventLoop | None = None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the process's loop until it is done; its result or exception."""
    loop = started()
    asyncio.set_event_loop(loop)  # somebody's asyncio.run() may have unset it
    return loop.run_until_complete(work)


def started() -> asyncio.AbstractEventLoop:
    """The loop, with the asyncio reactor installed on it and marked as running."""
    global _loop
    if _loop is None:
        if "twisted.internet.reactor" in sys.modules:
            raise RetoldError("another part of this process has installed a Twisted reactor already")
        from twisted.internet import asyncioreactor

        _loop = asyncio.new_event_loop()
        asyncioreactor.install(_loop)
        from twisted.internet import reactor

        reactor.startRunning(installSignalHandlers=False)
        _log_as_others_do()
        atexit.register(_loop.close)
    return _loop


def _log_as_others_do() -> None:
    """Have Twisted's warnings logged by Python's logging: by itself it prints what is critical to stderr, as it is."""
    from twisted.logger import (
        FilteringLogObserver,
        LogLevel,
        LogLevelFilterPredicate,
        STDLibLogObserver,
        globalLogBeginner,
    )  # fmt: skip

    observer = FilteringLogObserver(STDLibLogObserver("twisted"), [LogLevelFilterPredicate(LogLevel.warn)])
    globalLogBeginner.beginLoggingTo([observer], discardBuffer=True, redirectStandardIO=False)
