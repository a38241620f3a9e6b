"""A long piece of work, done by several processes at once.

Each share is forked off where the work stands, so nothing is handed over but the result; a child lives as long as its
share. When the parent is killed its children die with it, for they hold its open files, the lock of a run among them;
when a child is killed, or fails, the parent does that share itself, and raises whatever there is to raise. The result
is that of one process.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from itertools import pairwise
from time import process_time
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
MOST = 4  # processes, of as many as there are processors


def shared(work: Callable[[Sequence[T]], list[R]], items: Sequence[T], least: int) -> list[R]:
    """``work(items)``, where that is the sum of ``work`` over its stretches, by several processes if each has
    ``least`` items to do."""
    number = processes(len(items), least)
    if number < 2:
        return work(items)
    bounds = [len(items) * n // number for n in range(number + 1)]
    first, *others = (items[a:b] for a, b in pairwise(bounds))
    children = [_forked(work, part) for part in others]
    try:
        found = work(first)
        for part, (pid, pipe) in zip(others, children, strict=True):
            found += _result(pid, pipe) or work(part)
    except BaseException:
        for pid, _ in children:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        raise
    finally:
        for child in children:
            _ended(*child)
    return found


def ahead(
    parts: Iterable[tuple[Callable[[Sequence[T]], list[R]], Sequence[T]]], least: int
) -> Generator[list[R], None, None]:
    """``work(items)`` of each of ``parts`` in order; while the caller uses one, a process of its own does the next, if
    that has ``least`` items. Close it (``contextlib.closing``) when not all are taken."""
    left = iter(parts)
    if (part := next(left, None)) is None:
        return
    found, child = shared(*part, least), None
    try:
        while part:
            part = next(left, None)
            child = _forked(*part) if part and processes(len(part[1]), least) > 1 else None
            yield found
            if part:
                work, items = part
                found = (_result(*child) if child else None) or work(items)
                if child:
                    _ended(*child)
                    child = None
    finally:
        if child:
            with suppress(OSError):
                os.kill(child[0], signal.SIGKILL)
            _ended(*child)


def processes(items: int, least: int) -> int:
    """By how many processes so many items are done, if each has ``least`` to do."""
    return max(1, min(MOST, at_hand(), items // least))


def at_hand() -> int:
    """How many processes may work at once."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1  # elsewhere forking is no safe way


def _forked(work: Callable[[Sequence[T]], list[R]], part: Sequence[T]) -> tuple[int, int]:
    """(process id of the child that does ``part``, pipe that its result comes through)."""
    reading, writing = os.pipe()
    parent, dies = os.getpid(), _dies_with_parent()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        dies()
        if os.getppid() != parent:
            os._exit(0)  # it died in between
        gc.disable()  # it would copy every page that is still shared
        os.close(reading)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(work(part), pipe, pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)  # whatever was inherited is the parent's to close; a result that is not whole tells of failure


@cache
def _dies_with_parent() -> Callable[[], object]:
    """What a child calls so that the kernel kills it when its parent ends, however that happens (Linux, prctl(2))."""
    import ctypes

    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    return partial(prctl, PR_SET_PDEATHSIG, signal.SIGKILL) if prctl else lambda: None


def _result(pid: int, pipe: int) -> list[R] | None:
    """What the child has found; None where it failed."""
    try:
        with os.fdopen(pipe, "rb", closefd=False) as read:
            found: list[R] = pickle.load(read)  # noqa: S301 - from our own child
    except (EOFError, pickle.UnpicklingError):
        return None
    return found


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Have the collector of cycles look seldom, and not at what is there already: among a million objects of which none
    is in a cycle it takes a tenth of all time."""
    kept = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(500_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*kept)
        gc.unfreeze()


def _ended(pid: int, pipe: int) -> None:
    os.close(pipe)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def cpu_seconds() -> float:
    """Processor time of this process and of the children that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + ended.ru_utime + ended.ru_stime
