"""Exit codes; and, from :mod:`pipeline.phrases`, values in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pipeline.phrases import FINE, LEFT_OUT, REASONS, ago, clock, count, reason, since, stored

__all__ = [
    "BAD_CONFIG", "EXITS", "FAULT", "FINE", "LEFT_OUT", "LOCKED", "NO_STORE", "OK", "REASONS", "SIGNALLED",
    "SOME_FAILED", "ago", "clock", "count", "reason", "since", "stored",
]  # fmt: skip

OK: Final = 0
SOME_FAILED: Final = 1  # also: what was asked for is not there
BAD_CONFIG: Final = 2  # as click's for a wrong option
FAULT: Final = 70  # sysexits EX_SOFTWARE: an error that nobody expected (pipeline.start)
NO_STORE: Final = 74  # sysexits EX_IOERR: the database (or another file) cannot be used
LOCKED: Final = 75  # sysexits EX_TEMPFAIL: another run, or another program, holds the database; try later
SIGNALLED: Final = 128  # plus the signal's number: 129 SIGHUP, 130 SIGINT, 143 SIGTERM

# Every code that a command ends with, as the manual has it (docs/cli.md is made of this).
EXITS: Mapping[int, str] = {
    OK: "all fine; also of a list or a search that finds nothing",
    SOME_FAILED: "some sources failed (the summary names them), or an import took nothing of an archive; or what was "
    "asked for by number, name or path is not there",
    BAD_CONFIG: "wrong option, or a configuration that cannot be used: nothing was touched",
    FAULT: "Retold or its installation is broken: a traceback on stderr, or in the log, says where",
    NO_STORE: "the database (or another file) cannot be used: not there, not ours, newer, read-only, disk full",
    LOCKED: "the database is held by another run, or kept busy by another program: try again later",
    SIGNALLED + 1: "ended by SIGHUP, as where a terminal is closed; what was done is kept",
    SIGNALLED + 2: "interrupted by Ctrl-C (SIGINT); what was done is kept",
    SIGNALLED + 15: "ended by SIGTERM; what was done is kept",
}
