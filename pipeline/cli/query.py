"""`retold stories`, `story`, `search`, `sources`: what is in the database. Nothing heavy is imported here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import output, showing, words
from pipeline.cli.options import db_option, json_option, now
from pipeline.store import reads
from pipeline.store.connect import reading


def _since(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    try:
        return words.since(value, now()) if value else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many at most.")
@click.option("--all", "everything", is_flag=True, help="Single articles too, not only stories of two or more.")
@click.option("--since", callback=_since, metavar="WHEN", help="Newest article since: 24h, 3d, 2w or 2026-11-20 (UTC).")
@click.option("--source", metavar="KEY", help="Only stories that this source has.")
@click.option("--lang", metavar="CODE", help="Only stories told in this language, too (de, nl, en …).")
@db_option
@json_option
def stories(path: Path, limit: int, everything: bool, as_json: bool, **asked: Any) -> None:
    """List the stories, those with the newest article first.

    \b
    Examples:
      retold stories
      retold stories --since 24h --source nos
      retold stories --all --limit 100 --json
    """
    with reading(path) as db:
        found = reads.stories(db, limit=limit, min_articles=1 if everything else 2, **asked)
        counts = reads.count_stories(db, **asked)
    if as_json:
        return output.show_json(found)
    return showing.stories(found, counts, everything, now())


@click.command()
@click.argument("story_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@db_option
@json_option
def story(path: Path, story_id: int, as_json: bool) -> None:
    """Show one story: its articles in order, copies under the text they repeat.

    Then the strongest edges between its texts, in words. An id that merged into another story still works.

    \b
    Example:
      retold story 7
    """
    with reading(path) as db:
        found = reads.story(db, story_id)
    if found is None:
        raise NotThere(f"no story {story_id} in {path}; `retold stories` lists them")
    if as_json:
        return output.show_json(found)
    return showing.story(found, now())


@click.command()
@click.argument("words_", metavar="WORDS...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many at most.")
@db_option
@json_option
def search(path: Path, words_: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find articles that hold all the words, best first.

    Titles and texts are searched; a * at its end makes a word a beginning.

    \b
    Examples:
      retold search kamikaze drones
      retold search drohn* moskau
    """
    with reading(path) as db:
        found = reads.search(db, " ".join(words_), limit=limit)
    if as_json:
        return output.show_json(found)
    return showing.hits(found, limit, now())


@click.command()
@click.option("--failing", is_flag=True, help="Only feeds that did not answer as they should.")
@click.option("--boilerplate", is_flag=True, help="Instead: the paragraphs that are left out, by source.")
@db_option
@json_option
def sources(path: Path, failing: bool, boilerplate: bool, as_json: bool) -> None:
    """Show every feed's health, or what is left out of a source's articles.

    \b
    Examples:
      retold sources --failing
      retold sources --boilerplate
    """
    with reading(path) as db:
        found = reads.boilerplate(db) if boilerplate else reads.sources(db)
    if failing and not boilerplate:
        found = [row for row in found if is_failing(row)]
    if as_json:
        return output.show_json(found)
    return showing.boilerplate(found) if boilerplate else showing.sources(found, failing, now())


def is_failing(row: reads.Row) -> bool:
    """Whether a feed is switched off, or its last answer was not what it should be (never asked is no failure)."""
    return bool(row["disabled"] or row["failures"] or (row["last_code"] and row["last_code"] not in words.FINE))


class NotThere(click.ClickException):
    """What was asked for is not in the database."""

    exit_code = words.SOME_FAILED
