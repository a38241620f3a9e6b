"""`retold run --metrics`: what a run leaves for Prometheus, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from pipeline.cli.options import exit_code, now
from pipeline.cli.output import plain
from pipeline.cli.status import look, write_metrics
from pipeline.exposition import Ran
from pipeline.findings import Limits
from pipeline.model import RetoldError, StoreError


@contextmanager
def measured(target: Path | None, path: Path) -> Iterator[list[int]]:
    """Write metrics of the database at ``path`` to ``target``, if any, when the block has ended, with the exit code
    that it has put into the list, or that of its error. Raises UsageError where that is no place for a file."""
    if target and not target.absolute().parent.is_dir():
        raise click.UsageError(f"--metrics {plain(target)}: there is no such folder")
    code: list[int] = []
    try:
        yield code
    except BaseException as error:
        if target:
            with suppress(RetoldError):  # what ended the run is to be told
                _measure(target, path, exit_code(error))
        raise
    if target:
        _measure(target, path, code[-1])


def _measure(target: Path, path: Path, code: int) -> None:
    ran = Ran(code, now())
    try:
        facts, found = look(path, Limits())
    except StoreError:
        return write_metrics(target, None, [], ran)
    return write_metrics(target, facts, found, ran)
