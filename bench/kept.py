"""What benches keep of their runs: JSON for later reading, and the median run for the table."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

Run = TypeVar("Run")


def middle(runs: Sequence[Run], seconds: Callable[[Run], float]) -> Run:
    """The run whose seconds are the median (of an even number the lower): its stages add up, as medians would not."""
    return sorted(runs, key=seconds)[(len(runs) - 1) // 2]


def keep(path: Path | None, machine: str, rows: Sequence[dict[str, Any]], **more: Any) -> None:
    """Write ``{"machine": …, "rows": […], …}`` as JSON; nothing where no ``path`` was asked for."""
    if path:
        path.write_text(json.dumps({"machine": machine, "rows": rows, **more}, indent=1) + "\n", "utf-8")
