"""The windows of time in which outlets are looked at: name in the address → days, and what it is called."""

from __future__ import annotations

from datetime import date, timedelta

WINDOWS = {"1d": 1, "7d": 7, "30d": 30, "all": 0}  # as pipeline.store.days has them
NAMES = {"1d": "1 day", "7d": "7 days", "30d": "30 days", "all": "ever"}
DEFAULT = "30d"


def day(number: int | None) -> str | None:
    """``2026-11-20`` of a day since 1970-01-01."""
    return None if number is None else (date(1970, 1, 1) + timedelta(days=number)).isoformat()
