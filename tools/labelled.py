"""Labelled JSONL (``id title text lang published publisher cluster`` a line) → articles with their truth."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from pipeline.model import Article

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def when(stated: str | None) -> datetime:
    """The stated time in UTC; one common moment where it is missing or only a month."""
    try:
        moment = datetime.fromisoformat(stated) if stated else EPOCH
    except ValueError:
        return EPOCH
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read(path: Path, offset: int = 0) -> list[tuple[Article, str]]:
    """(article, cluster) of each line; ids count from ``offset`` + 1."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [
        (
            Article(
                id=offset + n,
                source=row.get("publisher") or "unknown",
                url=row.get("url") or row["id"],
                key=row["id"],
                title=row.get("title") or "",
                text=row.get("text") or "",
                lang=row["lang"],
                published=when(row.get("published")),
                first_seen=when(row.get("published")),
                content_hash=row["id"],
            ),
            f"{path.stem}:{row['cluster']}",
        )
        for n, row in enumerate(rows, 1)
    ]
