"""Where there is no room: SQLite says that a disk is full, not which."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline.phrases import megabytes

SPARE = 16 << 20  # bytes that a file system should have left
_TEMPORARY = ("/var/tmp", "/usr/tmp", "/tmp", ".")  # SQLite's own order, after the variables


def temporary() -> Path:
    """Where SQLite puts its temporary files."""
    named = [value for name in ("SQLITE_TMPDIR", "TMPDIR") if (value := os.environ.get(name))]
    fit = (p for p in map(Path, [*named, *_TEMPORARY]) if p.is_dir() and os.access(p, os.W_OK | os.X_OK))
    return next(fit, Path())


def full(path: Path) -> str:
    """How much is free where ``path`` lies and, where it is not that, where temporary files go: a message's tail."""
    folder, other = path.resolve().parent, temporary()
    free, left = (shutil.disk_usage(place).free for place in (folder, other))
    said = f" ({folder} has {megabytes(free)} free"
    if left < SPARE <= free:
        said += f"; temporary files go to {other}, which has {megabytes(left)}: set TMPDIR to a folder with more"
    return f"{said})"
