"""How much of a run one source may waste: then its remaining pages are left to the next run."""

from __future__ import annotations

from collections import Counter

from pipeline.model import Reason
from spiders.guard import Refused

LATE = 10  # pages that did not come in time: 200 links to as many silent hosts fill every connection for minutes
KILLED = 3  # pages that the parser's process had to be killed for: each costs a processor 10 s
KILLERS = (Reason.PARSE_TIMEOUT, Reason.PARSE_MEMORY, Reason.PARSE_CRASH)


class Patience:
    """Counts what each source has wasted."""

    def __init__(self) -> None:
        self._late: Counter[str] = Counter()
        self._killed: Counter[str] = Counter()

    def note(self, source: str, code: Reason) -> None:
        """Take in what became of a page."""
        self._late[source] += code is Reason.TIMEOUT
        self._killed[source] += code in KILLERS

    def check(self, source: str) -> None:
        """Raises:
        Refused: ``backed_off``, the source has wasted its share.
        """
        if self._late[source] >= LATE:
            raise Refused(Reason.BACKED_OFF, f"{LATE} pages of this source did not come in time")
        if self._killed[source] >= KILLED:
            raise Refused(Reason.BACKED_OFF, f"{KILLED} pages of this source were too much for the parser")
