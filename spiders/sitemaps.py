"""How much of a sitemap a run takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.model import ParsedFeed

MAX_CHILDREN = 5  # of a sitemap index, one level deep
MAX_ENTRIES = 200
DAYS = 3  # a news sitemap lists two days (developers.google.com: news sitemaps), some many more


def recent(parsed: ParsedFeed, now: datetime) -> ParsedFeed:
    """A sitemap with its newest dated entries only; it may list an archive of 50,000."""
    since = now - timedelta(days=DAYS)
    dated = [(e.published or e.updated or datetime.min.replace(tzinfo=UTC), e) for e in parsed.entries]
    fresh = sorted((pair for pair in dated if pair[0] >= since), key=lambda pair: pair[0], reverse=True)
    kept = tuple(entry for _, entry in fresh[:MAX_ENTRIES])
    return replace(parsed, entries=kept, dropped=parsed.dropped + len(dated) - len(kept))
