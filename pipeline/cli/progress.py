"""How a run shows that it is alive: bars on a terminal, log lines elsewhere; both on stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.cli.output import console, plain

if TYPE_CHECKING:
    from rich.console import Console

    from spiders.crawl import Progress

STEADY_S = 2  # before that a rate says nothing
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


@contextmanager
def watching(quiet: bool, verbose: int) -> Iterator[Watch]:
    """Set up logging and, on a terminal, bars; both are gone after the block."""
    err = console(stderr=True)
    with logged(err, quiet, verbose):
        if quiet or not err.is_terminal:
            yield Silent()
            return
        with bars(err) as shown:
            yield Bars(shown)


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


@contextmanager
def logged(err: Console, quiet: bool, verbose: int) -> Iterator[None]:
    """Log records to stderr, each on one line: errors when quiet, else warnings, with -v more, with -vv all."""
    handler = _rich_handler(err) if err.is_terminal else logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        OneLine("%(message)s" if err.is_terminal else "%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.ERROR if quiet else [logging.WARNING, logging.INFO, logging.DEBUG][min(verbose, 2)])
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def _rich_handler(err: Console) -> logging.Handler:
    from rich.highlighter import NullHighlighter
    from rich.logging import RichHandler

    return RichHandler(console=err, show_path=False, markup=False, highlighter=NullHighlighter())


class OneLine(logging.Formatter):
    """What came from the web cannot forge a log line; tracebacks keep their own lines, made harmless and set off
    from the margin, where only records begin: an exception's message may have lines, too."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        shown = self._message(record)
        if record.exc_info:
            shown += "".join(f"\n  {_safe(line)}" for line in self.formatException(record.exc_info).splitlines())
        return shown

    def _message(self, record: logging.LogRecord) -> str:
        """The formatted message, one line."""
        record.message = plain(record.getMessage())
        record.asctime = self.formatTime(record) if self.usesTime() else ""
        return self.formatMessage(record)


def _safe(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return " " * indent + plain(line)
