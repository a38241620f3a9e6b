"""The inside of the sandbox's child processes: limits put on, a function run, limits taken off, memory given back."""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

from pipeline.confine import confine
from pipeline.heap import give_back
from pipeline.model import FeedError, Reason

_KEPT = 32 * 2**20  # bytes of address space that a child may keep between tasks


@dataclass(frozen=True, slots=True)
class Limits:
    """What one task may use; ``memory_mb`` comes on top of what an idle child holds."""

    wall_s: float
    cpu_s: int
    memory_mb: int


def internal(error: BaseException) -> FeedError:
    """An exception that nobody foresaw, as the FeedError ``internal``: its last line, and its traceback as a note."""
    last = traceback.format_exception_only(error)[-1].strip()
    made = FeedError(Reason.INTERNAL, " ".join(last.split())[:500])
    made.add_note("".join(traceback.format_exception(error)))
    return made


_idle_bytes = 0  # address space of this child before its first task


def settle_in(modules: Sequence[str] = ()) -> None:
    """Once per child: silent, killable in the middle of C code, confined, with ``modules`` imported.

    They are there already where the server that forks was started with them; a process has one such server, and another
    sandbox may have started it. Imported by a task they would count as its memory.
    """
    global _idle_bytes
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in modules:
        import_module(name)
    confine()
    _idle_bytes = _address_space()


def run(task: bytes, limits: Limits) -> bytes:
    """The task's pickled result under its limits; every failure leaves as a FeedError.

    The limits are lifted again before the result is sent: a child that died while it holds the pool's
    channel would stop its siblings.
    """
    _set_limits(limits)
    try:
        outcome = _attempt(task, limits)
    finally:
        _lift_limits()
    if _address_space() > _idle_bytes + _KEPT:
        give_back()
    if isinstance(outcome, FeedError):
        raise outcome
    return outcome


def _attempt(task: bytes, limits: Limits) -> bytes | FeedError:
    """The pickled result, or the failure as a value: a raised one would keep the frames, and all that they hold."""
    try:
        fn, args = ForkingPickler.loads(task)
        return bytes(ForkingPickler.dumps(fn(*args)))
    except FeedError as error:
        error.__context__ = error.__cause__ = None
        return error.with_traceback(None)
    except MemoryError:
        return FeedError(Reason.PARSE_MEMORY, f"wanted more than {limits.memory_mb} MB")
    except RecursionError:
        return FeedError(Reason.PARSE_CRASH, "recursed too deep")
    except BaseException as error:
        return internal(error)


def _set_limits(limits: Limits) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    # RLIMIT_CPU counts from the child's birth; it is in whole seconds
    _soft(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + limits.cpu_s)
    _soft(resource.RLIMIT_AS, _idle_bytes + limits.memory_mb * 2**20)


def _lift_limits() -> None:
    _soft(resource.RLIMIT_AS, resource.RLIM_INFINITY)
    _soft(resource.RLIMIT_CPU, resource.RLIM_INFINITY)


def _soft(which: int, value: int) -> None:
    """Set the soft limit, no higher than the hard one."""
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY and (value == resource.RLIM_INFINITY or value > hard):
        value = hard
    with suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS
        resource.setrlimit(which, (value, hard))


def _address_space() -> int:
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
