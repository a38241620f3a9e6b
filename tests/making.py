"""Small articles for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.config import Config
from pipeline.model import Article
from pipeline.signatures import recipe
from pipeline.text import content_hash
from pipeline.verdict import VERDICT

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
RECIPE = recipe(Config(), VERDICT)


def article(id: int, title: str, text: str, *, lang: str = "en", source: str = "a", hours: float = 0) -> Article:
    """An article that appeared ``hours`` before NOW and was seen at once."""
    url = f"https://{source}.test/{id}"
    return Article(
        id=id, source=source, url=url, key=url[8:], title=title, text=text, lang=lang,
        published=NOW - timedelta(hours=hours), first_seen=NOW, content_hash=content_hash(title, text),
    )  # fmt: skip
