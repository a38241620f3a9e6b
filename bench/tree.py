"""Memory of a process and all below it, while it works (Linux)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def family(pid: int) -> Iterator[int]:
    """A process and all that came of it."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in task.read_text().split():
                yield from family(int(child))


def pss(pid: int) -> int:
    """Bytes of a process and all below it; what they share counts once (proportional set size)."""
    total = 0
    for one in family(pid):
        with suppress(OSError, IndexError):
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += int(rollup.partition("\nPss:")[2].split()[0]) * 1024
    return total


@contextmanager
def sampled(pid: int | None = None, every: float = 0.5) -> Iterator[list[tuple[float, int]]]:
    """(moment, bytes) of a process (this one unless said) and all below it, every so many seconds until the block
    ends."""
    found: list[tuple[float, int]] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(every):
            with suppress(OSError):
                found.append((time.monotonic(), pss(pid or os.getpid())))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def most(found: list[tuple[float, int]]) -> int:
    """The highest of the samples, in bytes."""
    return max((held for _, held in found), default=0)
