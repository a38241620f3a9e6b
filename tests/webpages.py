"""Ask for pages as Datasette's own client does."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import httpx

from pipeline.web.app import App


def get(app: App, path: str, status: int = 200) -> str:
    answer: httpx.Response = asyncio.run(app.client.get(path))
    assert answer.status_code == status, answer.text
    return answer.text


def words(html: str) -> str:
    """What the page says, without markup, blanks single."""
    body = re.sub(r"<script.*?</script>", " ", html.partition("<main")[2], flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
