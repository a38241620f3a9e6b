"""How a run shows that it is alive: bars on a terminal, log lines elsewhere; both on stderr."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.cli.logs import Logs, logged
from pipeline.cli.output import console

if TYPE_CHECKING:
    from rich.console import Console

    from spiders.crawl import Progress

EVERY_S = 10.0  # between records of how far a stage is
STEADY_S = 2  # before that a rate says nothing
log = logging.getLogger("retold.progress")
STAGES = {"sign": "signing", "group": "grouping"}


class Watch(Protocol):
    """What a run is told with: the two callbacks of pipeline.run.run."""

    def crawled(self, progress: Progress) -> None:
        """After each URL."""

    def told(self, stage: str, done: int, total: int) -> None:
        """After each batch of a stage ("sign", "group")."""


class Silent:
    """No bars."""

    def crawled(self, progress: Progress) -> None:
        """Nothing."""

    def told(self, stage: str, done: int, total: int) -> None:
        """Nothing."""


class Bars:
    """One bar a stage, made when the stage begins."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def crawled(self, progress: Progress) -> None:
        """Move the collecting bar."""
        failed = f", {progress.failed} failed" if progress.failed else ""
        self._move("collecting", progress.done, progress.asked, f"{progress.articles} articles{failed}")

    def told(self, stage: str, done: int, total: int) -> None:
        """Move the stage's bar."""
        self._move(STAGES.get(stage, stage), done, total, "")

    def _move(self, name: str, done: int, total: int, note: str) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, note="", total=total)
        self._bars.update(self._tasks[name], completed=done, total=total, note=note)


class Noted:
    """Beside what ``inner`` shows, a log record from time to time: how far a stage is."""

    def __init__(self, inner: Watch) -> None:
        self._inner, self._last = inner, time.monotonic()

    def crawled(self, progress: Progress) -> None:
        """Note it, and show it."""
        self._note("collecting", progress.done, progress.asked)
        self._inner.crawled(progress)

    def told(self, stage: str, done: int, total: int) -> None:
        """Note it, and show it."""
        self._note(STAGES.get(stage, stage), done, total)
        self._inner.told(stage, done, total)

    def _note(self, name: str, done: int, total: int) -> None:
        if time.monotonic() - self._last >= EVERY_S:
            self._last = time.monotonic()
            log.info("%s: %d of %d", name, done, total, extra={"done": done, "total": total})


@contextmanager
def watching(quiet: bool, verbose: int, logs: Logs | None = None) -> Iterator[Watch]:
    """Set up logging (by ``logs``, else by the environment) and, on a terminal, bars; both are gone after the block.
    Raises StoreError where a log file cannot be written."""
    err = console(stderr=True)
    logs = logs or Logs.asked()
    with logged(err, quiet, verbose, logs):
        if quiet or not err.is_terminal or (logs.form == "json" and not logs.file):
            yield Noted(Silent())
            return
        with bars(err) as shown:
            yield Noted(Bars(shown))


def bars(err: Console) -> Any:
    """The layout of the bars: name, bar, done/asked, rate, time to go, what it brought."""
    from rich.progress import (  # noqa: I001
        BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeRemainingColumn,
    )  # fmt: skip
    from rich.text import Text

    class Rate(ProgressColumn):
        """Steps a second."""

        def render(self, task: Task) -> Text:
            early = not task.finished and (task.elapsed or 0) < STEADY_S
            speed = None if early else task.finished_speed or task.speed
            return Text(f"{speed:.1f}/s" if speed else "", style="dim")

    name = TextColumn("{task.description}", markup=False)
    note = TextColumn("{task.fields[note]}", markup=False)
    columns = (SpinnerColumn(finished_text="✓"), name, BarColumn(24), MofNCompleteColumn(), Rate())
    return Progress(*columns, TimeRemainingColumn(elapsed_when_finished=True), note, console=err)
