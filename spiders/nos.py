"""NOS: the feed carries the full article as CDATA HTML, so pages are asked only where config.yaml wants it.

One article has two addresses, ``/l/<id>`` in the feed and ``/artikel/<id>-slug`` on the site (`urls.key`
knows both). Class names on the pages are build hashes and rot; where generic extraction finds no text, the
page's JSON-LD still says it (``@graph`` → NewsArticle → ``articleBody``).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pipeline import articles
from pipeline.model import Article, ArticleError, Entry, TextFrom
from spiders.base import Site

JSON_LD = re.compile(rb"""<script[^>]+application/ld\+json[^>]*>(.*?)</script""", re.I | re.S)


class Nos(Site):
    """Liveblogs change all day and videos have no text: only their teaser is taken."""

    not_articles = ("collectie", "liveblog", "uitzending", "uitzendingen", "video")

    def entry_article(self, entry: Entry, *, source: str, language: str, full: bool) -> Article:
        """The article as the feed holds it; a liveblog's or video's entry as its teaser."""
        full = full and self.wants_page(entry)
        return super().entry_article(entry, source=source, language=language, full=full)

    def article(
        self, entry: Entry, body: bytes, *, url: str, source: str, language: str, encoding: str | None
    ) -> Article:
        """The page's text, or what its JSON-LD says is its text."""
        try:
            return super().article(entry, body, url=url, source=source, language=language, encoding=encoding)
        except ArticleError:
            text = next(_bodies(body), "")
            if not text:
                raise
        paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())
        stated = replace(entry, content=paragraphs)
        found = articles.from_entry(stated, source=source, language=language, full=True)
        return replace(found, text_from=TextFrom.PAGE)


def _bodies(body: bytes) -> Iterator[str]:
    for script in JSON_LD.findall(body):
        try:
            found = json.loads(script.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            continue
        for node in _nodes(found):
            if isinstance(text := node.get("articleBody"), str) and text.strip():
                yield text


def _nodes(found: Any) -> list[dict[str, Any]]:
    graph = found.get("@graph", found) if isinstance(found, dict) else found
    return [node for node in (graph if isinstance(graph, list) else [graph]) if isinstance(node, dict)]


SITE = Nos()
