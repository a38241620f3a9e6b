"""`retold browse`: the stories on a full screen, to be walked through by keys."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from pipeline.asked import Asked, Order
from pipeline.cli import query, words
from pipeline.cli.options import db_option, now
from pipeline.extras import install
from pipeline.model import ConfigError
from pipeline.store.connect import reading
from pipeline.store.fulltext import fts_query


def _span(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    """``--since WHEN`` as typed, for a span goes along with the clock."""
    try:
        return value if value and words.since(value, now()) else ""
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(cls=query.Words)
@click.argument("words_", metavar="[WORDS]...", nargs=-1)
@click.option("--since", "span", callback=_span, metavar="WHEN", help="Newest article since: 24h, 3d or 2026-11-20.")
@click.option("--source", metavar="KEY", help="Only stories that this source has.")
@click.option("--lang", metavar="CODE", callback=query.lang, help="Only stories told in this language, too (de, en …).")
@db_option
@click.pass_context
def browse(
    ctx: click.Context, path: Path, words_: tuple[str, ...], span: str, source: str | None, lang: str | None
) -> None:
    """Walk through the stories on a full screen; WORDS as for `retold search`.

    Enter opens a story, then an article; ? lists the keys. Nothing is written, and a run may be under way.

    \b
    Examples:
      retold browse
      retold browse --lang de --since 3d 'drohn*'
    """
    typed = " ".join(words_)
    if typed and not fts_query(typed):
        raise click.UsageError(query.NO_WORD)
    _needs_a_screen()
    with reading(path) as db:
        query.known_source(db, source)
    from pipeline.cli.browser import Browser

    asked = Asked(words=typed, lang=lang or "", source=source or "", order=Order.NEWEST)
    app = Browser(path, asked, span)
    app.run()
    ctx.exit(app.return_code or 0)


def _needs_a_screen() -> None:
    """Raise ConfigError without Textual, UsageError without a terminal (Textual writes to stderr)."""
    if find_spec("textual") is None:
        raise ConfigError(f"browse needs the package textual: {install('browse')}")
    if os.environ.get("TERM") in (None, "", "dumb") or not all(s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)):
        raise click.UsageError("browse needs a terminal; `retold stories` lists the stories anywhere")
