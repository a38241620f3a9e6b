"""What every reader needs to know besides the bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline import dates

MAX_ENTRIES = 2_000  # per document, the newest; mediacloud/rss-fetcher's bound


@dataclass(frozen=True, slots=True)
class Context:
    """Where the bytes came from, and what now is."""

    url: str
    now: datetime
    zone: str = "UTC"

    def date(self, *claims: str) -> datetime | None:
        """The first of ``claims`` that states a moment."""
        found = (dates.parse(claim, self.now, self.zone) for claim in claims if claim)
        return next((date for date in found if date), None)
