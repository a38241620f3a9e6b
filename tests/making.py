"""Small articles for tests."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.config import Config
from pipeline.model import Article
from pipeline.signatures import recipe
from pipeline.store.connect import open_write
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


def opened(path: Path) -> sqlite3.Connection:
    """`open_write`; a new database is a copy of an empty one, which takes a tenth of the time of all migrations."""
    if not path.exists():
        path.write_bytes(_empty())
    return open_write(path)


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        open_write(path).close()
        return path.read_bytes()
