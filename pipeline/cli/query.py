"""`retold stories`, `story`, `search`, `sources`: what is in the database. Nothing heavy is imported here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from pipeline import feedhealth
from pipeline.asked import Asked, Order
from pipeline.cli import feeds, output, showing, words
from pipeline.cli.options import db_option, json_option, now
from pipeline.store import asking, corrections, fulltext, health, reads
from pipeline.store.connect import Connection, reading
from pipeline.store.rows import Row

LIMIT = 20
NO_LIMIT = -1  # SQLite's
NO_WORD = "nothing to search for: name a word that is to be there"


def since(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """``--since WHEN`` as a stored stamp."""
    try:
        return words.since(value, now()) if value else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def lang(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """``--lang CODE`` in lower case."""
    if value and not re.fullmatch("[A-Za-z]{2}", value):
        raise click.BadParameter(f"{output.plain(value)!r} is no language code of two letters such as de or en")
    return value.lower() if value else None


@click.command()
@click.option(
    "--limit", type=click.IntRange(1, 100_000), show_default="20; with --all, no limit", help="How many at most."
)
@click.option("--all", "everything", is_flag=True, help="Single articles too, not only stories of two or more.")
@click.option("--since", callback=since, metavar="WHEN", help="Newest article since: 24h, 3d, 2w or 2026-11-20 (UTC).")
@click.option("--source", metavar="KEY", help="Only stories that this source has.")
@click.option("--lang", metavar="CODE", callback=lang, help="Only stories told in this language, too (de, nl, en …).")
@db_option
@json_option
def stories(path: Path, limit: int | None, everything: bool, as_json: bool, **asked: Any) -> None:
    """List the stories, those with the newest article first.

    \b
    Examples:
      retold stories
      retold stories --since 24h --source nos
      retold stories --all --limit 100 --json
    """
    least = 1 if everything else 2
    with reading(path) as db:
        known_source(db, asked["source"])
        wanted = replace(_every(least), **{k: v for k, v in asked.items() if v})
        found = asking.stories(db, wanted, now(), limit=limit or (NO_LIMIT if everything else LIMIT))
        counts = asking.count(db, wanted)
        newest = [] if found else asking.stories(db, replace(wanted, since=""), now(), limit=1)
    if as_json:
        return output.show_json(found)
    return showing.stories(found, counts, everything, now(), none_since(asked["since"], newest, now()))


def _every(least: int) -> Asked:
    return Asked(min_articles=least, order=Order.NEWEST)


def known_source(db: Connection, key: str | None) -> None:
    """Raise UsageError for a source key that the database does not know."""
    known = reads.source_keys(db) if key else []
    if key and key not in known:
        close = get_close_matches(key, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else "; `retold sources` lists them"
        raise click.UsageError(f"no source {output.plain(key)}{hint}")


def none_since(since: str | None, newest: Sequence[Row], now: datetime) -> str:
    """What to say where no story is that new: ``none since 2026-11-20 12:00 UTC; the newest is 2 d old``."""
    if not since or not newest:
        return ""
    age = words.ago(words.stored(newest[0]["newest"]), now)
    old = age.removesuffix(" ago") + " old" if age.endswith(" ago") else f"of {age}"
    return f"none since {words.clock(since)} UTC; the newest is {old}"


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
        held = corrections.naming(db, [m["article_id"] for m in found["members"]]) if found else []
    if found is None:
        raise NotThere(f"no story {story_id} in {path}; `retold stories` lists them")
    if as_json:
        return output.show_json(found)
    return showing.story(found, now(), held)


class Words(click.Command):
    """A command whose arguments may begin with a hyphen: ``-owl`` is a word, ``-h`` and ``--limit`` are options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click's, with such words behind a blank, which keeps click from taking them for options."""
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        known = {name for p in options for name in p.opts}
        valued = {name for p in options if not p.is_flag for name in p.opts}
        end = args.index("--") if "--" in args else len(args)
        for n, (before, arg) in enumerate(zip(["", *args], args[:end], strict=False)):
            if re.match("-[^-]", arg) and arg not in known and before not in valued:
                args[n] = f" {arg}"
        return super().parse_args(ctx, args)


@click.command(cls=Words)
@click.argument("words_", metavar="WORDS...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 100_000), default=LIMIT, show_default=True, help="How many at most.")
@db_option
@json_option
def search(path: Path, words_: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find articles that hold all the words, best first.

    Titles and texts are searched. A * at its end makes a word a beginning, "quoted words" stand next to each other,
    a word after NOT or a hyphen must not be there, OR stands between two searches. Your shell wants quotes around
    most of these. Where nothing is found, the exit code is 0.

    \b
    Examples:
      retold search kamikaze drones
      retold search 'drohn*' moskau
      retold search '"drone factory" -toy'
      retold search 'drone* moscow OR drohne* moskau'
    """
    asked = " ".join(words_)
    if not fulltext.fts_query(asked):
        raise click.UsageError(NO_WORD)
    with reading(path) as db:
        found = fulltext.search(db, asked, limit=limit + 1)
    if as_json:
        return output.show_json(found[:limit])
    return showing.hits(found[:limit], len(found) > limit, now())


@click.command()
@click.option("--failing", is_flag=True, help="Only feeds that did not answer as they should.")
@click.option(
    "--silent", is_flag=True, help="Only feeds that answer well, but empty, or without news for unusually long."
)
@click.option("--boilerplate", is_flag=True, help="Instead: the paragraphs that are left out, by source.")
@db_option
@json_option
def sources(path: Path, failing: bool, silent: bool, boilerplate: bool, as_json: bool) -> None:
    """Show every feed's health, or what is left out of a source's articles.

    \b
    Examples:
      retold sources --failing
      retold sources --silent
      retold sources --boilerplate
    """
    with reading(path) as db:
        found = reads.boilerplate(db) if boilerplate else health.feeds(db)
        waiting = [] if boilerplate or as_json else reads.waiting(db)
    if (failing or silent) and not boilerplate:
        found = [r for r in found if (failing and feedhealth.is_failing(r)) or (silent and r["silence"])]
    if as_json:
        return output.show_json(found)
    kind = " or ".join(word for word, asked in (("failing", failing), ("silent", silent)) if asked)
    return feeds.boilerplate(found) if boilerplate else feeds.sources(found, waiting, kind, now())


class NotThere(click.ClickException):
    """What was asked for is not in the database."""

    exit_code = words.SOME_FAILED
