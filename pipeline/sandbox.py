"""Parsers of foreign bytes run in disposable child processes: one bad input costs one task, never the run.

feedparser hangs for 20 s and more on three cheap inputs, libxml2 and regular expressions have their own, and
no list of such inputs is ever complete; so the boundary is the operating system's. pebble keeps the pool,
kills by wall clock and replaces what died; CPU time and address space are limited here, per task.

This bounds accidents and denial of service. On top of it a child gives up the network, other programs and changing
files (`confine`). It is no jail all the same: it may read what its user may read.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.reduction import ForkingPickler
from typing import Any, Self

from pebble import ProcessExpired, ProcessPool

from pipeline.model import FeedError, Reason
from pipeline.taskchild import Limits, internal, run, settle_in

_MAIN = "__main__"  # each child imports it anew, unless the server already has
_TASKS_PER_CHILD = 1000  # then a fresh one: parsers' caches and malloc's fragments do not grow for ever


@dataclass(slots=True, eq=False)
class _Task:
    fn: Callable[..., Any]
    args: tuple[Any, ...]
    outer: Future[Any] = field(default_factory=Future)  # the caller's
    inner: Future[Any] | None = None  # the pool's
    tries: int = 2  # a task whose pool broke under it is tried once more, in a new pool

    def abandon(self, outer: Future[Any]) -> None:
        if outer.cancelled() and self.inner is not None:
            self.inner.cancel()


class Sandbox:
    """A pool of ``workers`` children; each task is limited in wall clock, CPU seconds and memory.

    ``preload`` names modules to import once, in the server that the children are forked from, so that a
    replacement for a killed child costs milliseconds. Children start with the first task.

    Where the system has no RLIMIT_AS that works (macOS), memory is not limited.
    """

    def __init__(
        self,
        workers: int,
        *,
        wall_s: float = 20,
        cpu_s: int = 10,
        memory_mb: int = 768,
        preload: Sequence[str] = (),
    ) -> None:
        self.workers = workers
        self._limits = Limits(wall_s, cpu_s, memory_mb)
        self._preload = [_MAIN, *preload]
        self._pool: ProcessPool | None = None
        self._open: dict[Future[Any], _Task] = {}
        self._lock = threading.Lock()
        self._closed = False
        # All dealings with the pool happen in this one thread: submit() never blocks an event loop while the
        # server imports, and there is one place in which a broken pool is replaced.
        self._door = ThreadPoolExecutor(1, "sandbox", initializer=_block_interrupts)

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run ``fn(*args)`` (a top-level function, picklable arguments and result) in a child; never blocks.

        The future gives the result, or raises FeedError: the function's own; ``parse_timeout`` (wall clock or
        CPU), ``parse_memory``, ``parse_crash`` (the child died, or recursed too deep), ``internal`` (any
        other exception: the detail is its last line, a note holds the traceback), ``cancelled`` (closed).
        Cancelling the future kills the task. Raises RuntimeError after close().
        """
        task = _Task(fn, args)
        with self._lock:
            if self._closed:
                raise RuntimeError("the sandbox is closed")
            self._open[task.outer] = task
            task.outer.add_done_callback(self._forget)
            self._door.submit(self._schedule, task)
        return task.outer

    def close(self) -> None:
        """Kill the children now; tasks that have not finished raise FeedError(cancelled)."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._door.submit(self._discard)
        self._door.shutdown(wait=True)
        for outer in tuple(self._open):
            _settle(outer, FeedError(Reason.CANCELLED, "the sandbox was closed"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # In the door's thread

    def _schedule(self, task: _Task) -> None:
        if self._closed or task.outer.cancelled():
            return
        try:
            call = bytes(ForkingPickler.dumps((task.fn, task.args)))
            pool = self._living_pool()
            task.inner = pool.schedule(run, (call, self._limits), timeout=self._limits.wall_s)
        except Exception as error:  # unpicklable; no process to be had
            _settle(task.outer, internal(error))
            return
        task.tries -= 1
        task.outer.add_done_callback(task.abandon)
        task.inner.add_done_callback(lambda _: self._finish(task))

    def _living_pool(self) -> ProcessPool:
        if self._pool is None or not self._pool.active:
            self._discard()
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(self._preload)
            self._pool = ProcessPool(self.workers, _TASKS_PER_CHILD, settle_in, (tuple(self._preload[1:]),), context)
        return self._pool

    def _discard(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        pool.stop()
        pool.join()
        if not self._closed:  # what the broken pool never started
            for task in tuple(self._open.values()):
                if task.inner is not None and not task.inner.done():
                    task.inner.set_exception(BrokenProcessPool("the pool broke"))

    # In the pool's threads

    def _finish(self, task: _Task) -> None:
        """Hand the child's outcome on; where the pool itself broke, try the task again in a new one."""
        inner = task.inner
        assert inner is not None
        if task.tries and not inner.cancelled() and isinstance(inner.exception(), BrokenProcessPool):
            task.inner = None
            with suppress(RuntimeError):  # closing
                self._door.submit(self._schedule, task)
        else:
            _settle(task.outer, _outcome(inner, self._limits))

    def _forget(self, outer: Future[Any]) -> None:
        self._open.pop(outer, None)


# ── In the parent ──


def _block_interrupts() -> None:
    """The server and its children inherit the mask: Ctrl-C never lands in a child's start-up."""
    resource_tracker.ensure_running()  # else the server starts it, and that lifts the mask of this thread
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _settle(outer: Future[Any], outcome: Any) -> None:
    if not outer.done() and outer.set_running_or_notify_cancel():
        if isinstance(outcome, FeedError):
            outer.set_exception(outcome)
        else:
            outer.set_result(outcome)


def _outcome(inner: Future[Any], limits: Limits) -> Any:
    """The function's result, or the FeedError that says what became of it (as a value)."""
    if inner.cancelled():
        return FeedError(Reason.CANCELLED, "cancelled")
    error = inner.exception()
    if error is None:
        try:
            return ForkingPickler.loads(inner.result())
        except Exception as problem:
            return internal(problem)
    return _failure(error, limits)


def _failure(error: BaseException, limits: Limits) -> FeedError:
    if isinstance(error, FeedError):
        return error
    if isinstance(error, TimeoutError):
        return FeedError(Reason.PARSE_TIMEOUT, f"killed after {limits.wall_s:g} s")
    if isinstance(error, CancelledError):
        return FeedError(Reason.CANCELLED, "cancelled")
    if isinstance(error, ProcessExpired):
        return _death(error.exitcode or 0, limits)
    if isinstance(error, BrokenProcessPool):
        return FeedError(Reason.PARSE_CRASH, "the pool of child processes broke")
    return internal(error)


def _death(exitcode: int, limits: Limits) -> FeedError:
    if -exitcode == signal.SIGXCPU:
        return FeedError(Reason.PARSE_TIMEOUT, f"killed after {limits.cpu_s} s of CPU time")
    try:
        how = f"killed by {signal.Signals(-exitcode).name}"
    except ValueError:
        how = f"left with exit code {exitcode}"
    return FeedError(Reason.PARSE_CRASH, f"the child process was {how}" if exitcode < 0 else f"the child {how}")
