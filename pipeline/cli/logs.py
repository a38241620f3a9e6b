"""Where log records go: lines for people or JSON for programs, to stderr or to a file; each marked with its run."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import output
from pipeline.cli.options import Command
from pipeline.cli.output import escaped, plain
from pipeline.model import RetoldError, StoreError
from pipeline.runlog import HERE

if TYPE_CHECKING:
    from rich.console import Console

FORMAT, FILE = "RETOLD_LOG_FORMAT", "RETOLD_LOG_FILE"
FIELDS = ("source", "url", "kind", "code", "detail", "done", "total", "counts")  # what `extra` may bring
LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)  # of lines on stderr: without -v, with one, with two
TEXT = "%(asctime)s %(levelname)s %(name)s: %(where)s%(message)s"


@dataclass(frozen=True, slots=True)
class Logs:
    """What was asked for."""

    form: str = "text"  # or json
    file: Path | None = None

    @classmethod
    def asked(cls, form: str | None = None, file: Path | None = None) -> Logs:
        """By options, else by the environment."""
        named = os.environ.get(FILE)
        form = form or os.environ.get(FORMAT) or "text"
        if form not in ("text", "json"):
            raise click.UsageError(f"{FORMAT} is {plain(form)!r}, neither text nor json")
        return cls(form, file or (Path(named) if named else None))


def log_options(command: Command) -> Command:
    """``--log-format`` and ``--log-file``, for :meth:`Logs.asked`."""
    file = click.option(
        "--log-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        show_default=f"${FILE}, else stderr",
        help="Where the log goes; added to.",
    )
    form = click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        show_default=f"${FORMAT}, else text",
        help="Lines for people, or one JSON object a line.",
    )
    return form(file(command))


@contextmanager
def logged(err: Console, quiet: bool, verbose: int, logs: Logs) -> Iterator[None]:
    """Log records, each on one line: on stderr errors when quiet, else warnings, with -v more, with -vv all; as JSON
    and in a file what happens, too, with -v all. Raises StoreError where the file cannot be written."""
    handlers = [_to_file(logs, verbose)] if logs.file else []
    if logs.form == "json" and not logs.file:
        handlers.append(_stderr(JsonLines(), logging.ERROR if quiet else _level(verbose)))
    else:
        handlers.append(_to_people(err, quiet, verbose))
    root = logging.getLogger()
    before = root.level
    for handler in handlers:
        handler.addFilter(marked)
        root.addHandler(handler)
    root.setLevel(min(handler.level for handler in handlers))
    try:
        with _json_alone() if logs.form == "json" and not logs.file else _ending(handlers[0] if logs.file else None):
            yield
    finally:
        root.setLevel(before)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def _level(verbose: int) -> int:
    return LEVELS[min(verbose + 1, 2)]


def _to_file(logs: Logs, verbose: int) -> logging.Handler:
    try:
        handler = WatchedFileHandler(str(logs.file), encoding="utf-8", errors="backslashreplace")  # it may be rotated
    except OSError as error:
        raise StoreError(f"{logs.file}: {error.strerror}") from error
    handler.setFormatter(JsonLines() if logs.form == "json" else OneLine(TEXT))
    handler.setLevel(_level(verbose))
    return handler


def _to_people(err: Console, quiet: bool, verbose: int) -> logging.Handler:
    level = logging.ERROR if quiet else LEVELS[min(verbose, 2)]
    if not err.is_terminal:
        return _stderr(OneLine(TEXT), level)
    handler = _rich_handler(err)
    handler.setFormatter(OneLine("%(message)s"))
    handler.setLevel(level)
    return handler


def _stderr(formatter: logging.Formatter, level: int) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.setLevel(level)
    return handler


def _rich_handler(err: Console) -> logging.Handler:
    from rich.highlighter import NullHighlighter
    from rich.logging import RichHandler

    return RichHandler(console=err, show_path=False, markup=False, highlighter=NullHighlighter())


@contextmanager
def _ending(file: logging.Handler | None) -> Iterator[None]:
    """Have what ends the command in the file, too; stderr hears of it in any case."""
    try:
        yield
    except BaseException as error:
        if file and not isinstance(error, click.exceptions.Exit):
            record = _record(error)
            marked(record)
            file.handle(record)
        raise


def _record(error: BaseException) -> logging.LogRecord:
    expected = isinstance(error, RetoldError | OSError | KeyboardInterrupt | click.ClickException)
    text = str(error) or type(error).__name__
    trace = None if expected else (type(error), error, error.__traceback__)
    level = logging.WARNING if isinstance(error, KeyboardInterrupt) else logging.ERROR
    return logging.LogRecord("retold", level, "", 0, "%s", (text,), trace)


@contextmanager
def _json_alone() -> Iterator[None]:
    """Nothing but JSON on stderr, until the process ends or all went well: what commands say there, warnings, and an
    exception that nobody expected."""
    lines = JsonLines()

    def say(level: str, message: str) -> None:
        _print(lines, logging.LogRecord("retold", logging.getLevelNamesMapping()[level], "", 0, "%s", (message,), None))

    def unexpected(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        _print(lines, _record(error))

    hook, sys.excepthook = sys.excepthook, unexpected
    shown, warnings.showwarning = warnings.showwarning, _warning(say)
    output.instead(say)
    yield
    sys.excepthook, warnings.showwarning = hook, shown
    output.instead(None)


def _print(lines: logging.Formatter, record: logging.LogRecord) -> None:
    marked(record)
    click.echo(lines.format(record), err=True)


def _warning(say: Callable[[str, str], None]) -> Any:
    return lambda message, category, *_: say("WARNING", f"{category.__name__}: {message}")


def marked(record: logging.LogRecord) -> bool:
    """Put the run and its stage into a record (a filter that keeps all)."""
    record.run, record.stage = HERE.run, HERE.stage
    record.where = f"run {HERE.run}: " if HERE.run else ""
    return True


# -- formats


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


class JsonLines(logging.Formatter):
    """One JSON object a line: JSON itself keeps strangers' text within its quotes."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        when = datetime.fromtimestamp(record.created, UTC)
        row: dict[str, Any] = {
            "ts": f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z", "level": record.levelname.lower(),
            "logger": record.name, "run": getattr(record, "run", None), "stage": getattr(record, "stage", "") or None,
            "message": record.getMessage(), **_extra(vars(record)),
        }  # fmt: skip
        if record.exc_info:
            row["exc"] = self.formatException(record.exc_info)
        return escaped(json.dumps(row, ensure_ascii=False, default=str), "\\u{:04x}")


def _extra(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: attributes[name] for name in FIELDS if name in attributes}
