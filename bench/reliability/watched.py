"""A process with all below it: its memory while it works, its end at a deadline."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.tree import family

SAMPLE_S = 0.1


@dataclass
class Watched:
    """How a process went; sizes in bytes."""

    seconds: float = 0.0
    status: int | None = None  # None: killed, its time was up
    said: str = ""
    peak: int = 0  # most at one moment, of all together: proportional set sizes, shared pages count once
    parent: int = 0  # the highest resident size of the process itself
    child: int = 0  # … and of any one below it
    parts: list[int] = field(default_factory=list)  # what each held at that moment: the process, then those below
    when: float = 0.0  # seconds after the start at which the peak was seen
    highest: dict[int, int] = field(default_factory=dict)  # process → its highest resident size


def run(args: Sequence[str], limit_s: float, env: Mapping[str, str], cwd: Path) -> Watched:
    """Run a command in a process group of its own, sampled until it ends or its time is up (then killed)."""
    began, seen = time.monotonic(), Watched()
    with subprocess.Popen(
        args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, cwd=cwd, start_new_session=True
    ) as process:
        over = threading.Event()
        watching = threading.Thread(target=_watch, args=(process.pid, began, over, seen), daemon=True)
        watching.start()
        try:
            seen.said = process.communicate(timeout=limit_s)[0]
            seen.status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            seen.said = process.communicate()[0]
        seen.seconds = time.monotonic() - began
        over.set()
        watching.join()
    seen.parent = seen.highest.pop(process.pid, 0)
    seen.child = max(seen.highest.values(), default=0)
    return seen


def _watch(pid: int, began: float, over: threading.Event, seen: Watched) -> None:
    while not over.wait(SAMPLE_S):
        parts = []
        for one in family(pid):
            with suppress(OSError, IndexError, ValueError):
                parts.append(_field(one, "smaps_rollup", "Pss:"))
                seen.highest[one] = max(seen.highest.get(one, 0), _field(one, "status", "VmHWM:"))
        if sum(parts) > seen.peak:
            seen.peak, seen.parts, seen.when = sum(parts), parts, time.monotonic() - began


def _field(pid: int, file: str, name: str) -> int:
    """A size that /proc states of a process, in bytes."""
    return int(Path(f"/proc/{pid}/{file}").read_text().partition(f"\n{name}")[2].split()[0]) * 1024
