"""DER SPIEGEL: articles whose address ends in ``-a-<uuid>``; S+ pieces show a teaser before a hard wall.

The wall is marked in the markup by ``div[data-area='paywall']`` and in JSON-LD by ``isAccessibleForFree:
false``; either one makes an article paywalled. What stands before the wall is the article's text; nothing is
fetched from behind it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from pipeline.model import Article, Entry
from spiders.base import Site

WALL = re.compile(rb"""data-area\s*=\s*["']?paywall|["']isAccessibleForFree["']\s*:\s*["']?false""", re.I)


class Spiegel(Site):
    """Links to videos, podcasts, topics and tickers hold no article."""

    not_articles = ("audio", "fotostrecke", "podcast", "podcasts", "thema", "video", "videos")

    def article(self, entry: Entry, body: bytes, **about: Any) -> Article:
        """The text that is free to read, flagged where a wall follows it."""
        found = super().article(entry, body, **about)
        return replace(found, paywalled=True) if WALL.search(body) else found


SITE = Spiegel()
