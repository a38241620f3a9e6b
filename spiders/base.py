"""What a site's spider can say; most sites say nothing, and a new syndicator is a block in config.yaml."""

from __future__ import annotations

import re
from datetime import datetime
from importlib import import_module
from urllib.parse import urlsplit

from pipeline import articles
from pipeline.model import Article, ConfigError, Entry
from pipeline.rights import Said

SITE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class Site:
    """Generic extraction. A site with habits of its own overrides what differs, in `spiders/<site>.py`."""

    not_articles: tuple[str, ...] = ()  # path parts of links that lead to no text ("video", "podcast")

    def wants_page(self, entry: Entry) -> bool:
        """Whether an entry's link leads to a page with an article's text."""
        parts = urlsplit(entry.url or "").path.lower().split("/")
        return bool(entry.url) and not any(part in self.not_articles for part in parts)

    def page_url(self, entry: Entry) -> str:
        """The address to ask for the entry's page."""
        return (entry.url or "").partition("#")[0]

    def article(
        self,
        entry: Entry,
        body: bytes,
        *,
        url: str,
        source: str,
        language: str,
        encoding: str | None,
        now: datetime | None = None,
        said: Said | None = None,
    ) -> Article:
        """Entry and page → article. Raises ArticleError where the page holds none."""
        return articles.from_page(
            entry, body, url=url, source=source, language=language, encoding=encoding, now=now, said=said
        )

    def entry_article(self, entry: Entry, *, source: str, language: str, full: bool) -> Article:
        """Entry alone → article: its full text, or only the teaser. Raises ArticleError without text."""
        return articles.from_entry(entry, source=source, language=language, full=full)


GENERIC = Site()


def site(name: str) -> Site:
    """The site of a name in config.yaml: "generic", or `SITE` in the module `spiders.<name>`."""
    if name == "generic":
        return GENERIC
    try:
        if not SITE_NAME.fullmatch(name):
            raise ImportError(name)
        found = getattr(import_module(f"spiders.{name}"), "SITE", None)
    except ImportError:
        found = None
    if not isinstance(found, Site):
        raise ConfigError(f"no spider {name!r}: expected a Site named SITE in spiders/{name}.py")
    return found


# Top-level functions, because they run in worker processes and are pickled by name.


def extract(
    name: str,
    entry: Entry,
    body: bytes,
    url: str,
    source: str,
    language: str,
    encoding: str | None,
    now: datetime | None = None,
    said: Said | None = None,
) -> Article:
    """Entry and page → article, by the site's own rules."""
    return site(name).article(
        entry, body, url=url, source=source, language=language, encoding=encoding, now=now, said=said
    )


def extract_entry(name: str, entry: Entry, source: str, language: str, full: bool) -> Article:
    """Entry alone → article, by the site's own rules."""
    return site(name).entry_article(entry, source=source, language=language, full=full)
