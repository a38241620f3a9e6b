"""`retold trace`: from an article back to where its story comes from."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import lineage
from pipeline.cli.correcting import article_id
from pipeline.cli.options import db_option, json_option
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.lineage import chain
from pipeline.store import reads
from pipeline.store.connect import reading
from pipeline.store.rows import Row

STEP = (
    "article_id", "source", "outlet", "lang", "title", "url", "published", "first_seen", "story_role", "leans_on",
    "leans_on_outlet", "how", "quote", "lean_confidence",
)  # fmt: skip


@click.command()
@click.argument("article")
@db_option
@json_option
def trace(path: Path, article: str, as_json: bool) -> None:
    """Tell the way back from an article (a number or an address): whom it has its story from, whom that one, and so on.

    Each step says by what: it prints the other's text, credits, cites or links to it. Publication times are claims of
    the outlets, "first seen" is ours.

    \b
    Examples:
      retold trace 12
      retold trace https://a.example/x --json
    """
    with reading(path) as db:
        number = article_id(db, article, path)
        about = reads.article(db, number) or {}
        row = reads.story(db, about["story_id"]) if about.get("story_id") else None
    if row is None:
        raise NotThere(f"article #{number} is in no story yet; `retold run` puts it into one")
    steps = chain(row, number)
    if as_json:
        return show_json({"story_id": row["story_id"], "origin": row["origin"], "chain": [_step(s) for s in steps]})
    show_lines([*lineage.chain_lines(steps), ("", ""), _end(row)])
    return show_lines(lineage.origin_lines(row))


def _step(step: Row) -> Row:
    return {key: step.get(key) for key in STEP}


def _end(row: Row) -> tuple[str, str]:
    return f"story {row['story_id']}: {plain(row['headline'] or '(no title)')}", "bold"
