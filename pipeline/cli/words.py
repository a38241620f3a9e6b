"""Exit codes; and, from :mod:`pipeline.phrases`, values in plain words."""

from __future__ import annotations

from typing import Final

from pipeline.phrases import FINE, LEFT_OUT, REASONS, ago, clock, count, reason, since, stored

__all__ = [
    "BAD_CONFIG", "FINE", "LEFT_OUT", "LOCKED", "NO_STORE", "OK", "REASONS", "SIGNALLED", "SOME_FAILED",
    "ago", "clock", "count", "reason", "since", "stored",
]  # fmt: skip

OK: Final = 0
SOME_FAILED: Final = 1  # also: what was asked for is not there
BAD_CONFIG: Final = 2  # as click's for a wrong option
NO_STORE: Final = 74  # sysexits EX_IOERR: the database (or another file) cannot be used
LOCKED: Final = 75  # sysexits EX_TEMPFAIL: another run holds the database; try later
SIGNALLED: Final = 128  # plus the signal's number: 130 SIGINT, 143 SIGTERM
