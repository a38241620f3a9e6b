"""NOS: the feed carries the full article as CDATA HTML, so pages are asked only where config.yaml wants it.

One article has two addresses, ``/l/<id>`` in the feed and ``/artikel/<id>-slug`` on the site; `urls.key`
knows both. Class names on the pages are build hashes and rot, so none is selected by: generic extraction
reads the markup, or else the page's JSON-LD (``@graph`` → NewsArticle → ``articleBody``).
"""

from __future__ import annotations

from pipeline.model import Article, Entry
from spiders.base import Site


class Nos(Site):
    """Liveblogs change all day and videos have no text: only their teaser is taken."""

    not_articles = ("collectie", "liveblog", "uitzending", "uitzendingen", "video")

    def entry_article(self, entry: Entry, *, source: str, language: str, full: bool) -> Article:
        """The article as the feed holds it; a liveblog's or video's entry as its teaser."""
        full = full and self.wants_page(entry)
        return super().entry_article(entry, source=source, language=language, full=full)


SITE = Nos()
