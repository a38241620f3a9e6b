"""Ask for pages as Datasette's own client does."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from html import unescape
from pathlib import Path

import httpx

from pipeline.web.app import App


def copied(source: Path, folder: Path) -> Path:
    """A database of one's own, to change: ``own.db`` in ``folder``."""
    path = folder / "own.db"
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(path)) as here:
        there.backup(here)
        here.execute("PRAGMA journal_mode=WAL")
    return path


def get(app: App, path: str, status: int = 200) -> str:
    answer: httpx.Response = asyncio.run(app.client.get(path))
    assert answer.status_code == status, answer.text
    return answer.text


def words(html: str) -> str:
    """What the page says, without markup, blanks single."""
    body = re.sub(r"<script.*?</script>", " ", html.partition("<main")[2], flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
