"""Which stories are asked for: what a page's filters, an address, a feed, an alert or an export name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Order(StrEnum):
    """By what stories are listed, each from the most down, then the newest first."""

    ORIGINS = "origins"  # independent origins, then growth
    GROWTH = "growth"  # articles of the last hours; stories without any are left out
    NEWEST = "newest"  # when the newest article appeared
    ARTICLES = "articles"


@dataclass(frozen=True, slots=True)
class Asked:
    """Conditions on a story, all of which must hold; "" and 0 ask for nothing."""

    words: str = ""  # an article of it is found by them (as `retold search`)
    lang: str = ""  # ISO 639-1: told in this language, too
    source: str = ""  # key of a source that tells it
    origin: str = ""  # outlet, or key of a source, that is its most likely origin
    cites: str = ""  # outlet, or key of a source, that an article of it cites
    since: str = ""  # its newest article appeared then or later (stored stamp, UTC)
    until: str = ""  # … before then
    min_origins: int = 0  # independent origins
    min_articles: int = 2
    order: Order = Order.ORIGINS

    @property
    def facets(self) -> tuple[tuple[str, str], ...]:
        """(kind, value) of the conditions that the store keeps an index for, what few stories fulfil first."""
        named = (("origin", self.origin), ("cites", self.cites), ("source", self.source), ("lang", self.lang))
        return tuple((kind, value) for kind, value in named if value)
