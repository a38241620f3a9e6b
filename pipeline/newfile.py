"""A file that is there as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipeline import owners
from pipeline.model import StoreError


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A binary file that takes the place of ``target`` when the block ends well; raises StoreError where it cannot.

    Until then, and after any error, ``target`` is as it was. It keeps its mode and, where we may, its owner; a link is
    followed. What is no regular file (a pipe, ``/dev/null``) cannot be replaced and is written into.
    """
    try:
        with target.open("wb") if target.exists() and not target.is_file() else _beside(target.resolve()) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror or error}") from error


@contextmanager
def _beside(real: Path) -> Iterator[BinaryIO]:
    beside = real.with_name(f".{real.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a power cut may leave an empty file under the name
        if real.exists():
            owners.settle(beside, real.stat(), mode=True)
        beside.replace(real)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
