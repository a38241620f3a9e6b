"""Which run, and which stage of it, this process is at: what log records are marked with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Here:
    """Where the process is: it does one run at a time. ``run`` is None and ``stage`` empty between runs."""

    run: int | None = None
    stage: str = ""


HERE = Here()


@contextmanager
def at_run(run: int) -> Iterator[None]:
    """What is logged within is of this run."""
    before, HERE.run = HERE.run, run
    try:
        yield
    finally:
        HERE.run = before
