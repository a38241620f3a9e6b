"""What a site's spider can say; most sites say nothing, and a new syndicator is a block in config.yaml.

A spider is a file with a `SITE`: one beside this, or one in the user's own folder (`spiders:` in config.yaml), which is
loaded by its path, here and in the processes that parse. It is the user's code as the configuration is the user's:
nobody else's word leads to it.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import format_exception_only
from urllib.parse import urlsplit

from pipeline import articles
from pipeline.model import Article, ConfigError, Entry
from pipeline.rights import Said
from pipeline.selected import Selectors
from pipeline.values import SPIDER_NAME


class Site:
    """Generic extraction. A site with habits of its own overrides what differs, in `spiders/<site>.py`."""

    not_articles: tuple[str, ...] = ()  # path parts of links that lead to no text ("video", "podcast")
    selectors: Selectors | None = None  # where title, date and text stand, on a site where that is not found out

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
            entry, body, url=url, source=source, language=language, encoding=encoding, now=now, said=said,
            selectors=self.selectors,
        )  # fmt: skip

    def entry_article(self, entry: Entry, *, source: str, language: str, full: bool) -> Article:
        """Entry alone → article: its full text, or only the teaser. Raises ArticleError without text."""
        return articles.from_entry(entry, source=source, language=language, full=full)


GENERIC = Site()


def site(reference: str) -> Site:
    """The site that a `pipeline.spiderfolder.reference` leads to: "generic", or `SITE` in its module or file.

    A file is run as it is, once in each process. Raises ConfigError where there is no such site, or its file fails.
    """
    if reference == "generic":
        return GENERIC
    found = _from_file(Path(reference)) if reference.endswith(".py") else _module(reference)
    if not isinstance(found, Site):
        where = reference if reference.endswith(".py") else f"spiders/{reference}.py"
        raise ConfigError(f"no spider {Path(reference).stem!r}: expected a Site named SITE in {where}")
    return found


def _module(name: str) -> object:
    try:
        if not re.fullmatch(SPIDER_NAME, name):
            raise ImportError(name)
        return getattr(import_module(f"spiders.{name}"), "SITE", None)
    except ImportError:
        return None


@cache
def _from_file(path: Path) -> object:
    spec = spec_from_file_location(f"retold_spider_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        told = format_exception_only(error)[-1].strip()
        raise ConfigError(f"{path}: cannot be used as a spider: {told}") from error
    return getattr(module, "SITE", None)


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
