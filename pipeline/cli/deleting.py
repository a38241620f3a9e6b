"""`retold delete`: what a publisher, or the law, wants gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.correcting import article_id, editing, recipe_of
from pipeline.cli.options import config_option, db_option, json_option
from pipeline.cli.output import plain, show_json
from pipeline.cli.words import count
from pipeline.wanted import number_of

if TYPE_CHECKING:
    from pipeline.store.connect import Connection


@click.command()
@click.argument("what", metavar="HOST|ARTICLE...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask first.")
@config_option
@db_option
@json_option
def delete(what: tuple[str, ...], path: Path, config_path: Path | None, yes: bool, as_json: bool) -> None:
    """Delete articles for good: all of a host and of those below it, or single ones ('#12', a12, an address).

    Their texts, versions and feed entries go, and all that was made of them; the next run groups anew what they were
    grouped with. To keep a host from coming back, put it into rights.opt_out of the configuration.

    \b
    Examples:
      retold delete example.com
      retold delete '#12' https://a.example/x --yes
    """
    from pipeline.store import deleting

    how = recipe_of(config_path)
    with editing(path) as db:
        ids, urls = named(db, what, path)
        said = f"{count(len(ids), 'article')} and {count(len(urls), 'feed entry', 'feed entries')}"
        if (ids or urls) and not yes:
            click.confirm(f"{plain(path)}: delete {said} for good?", abort=True, err=True)
        gone = deleting.delete(db, ids, urls, how.boilerplate_min_articles)
    if as_json:
        return show_json({"articles": gone, "entries": len(urls)})
    return click.echo(f"{said} deleted" + ("; the next run groups anew" if gone else ""))


def named(db: Connection, what: Sequence[str], path: Path) -> tuple[set[int], set[str]]:
    """The articles that ``what`` names, and the addresses of entries that lead to its hosts or to them."""
    from pipeline import urls
    from pipeline.rights import left_out
    from pipeline.store import deleting

    single = {text for text in what if number_of(text) or text.isdecimal() or "/" in text}
    ids = {article_id(db, text, path) for text in single}
    hosts = {urls.host(f"https://{text}/") or text for text in set(what) - single}
    found: set[str] = set()
    for number, url in deleting.addresses(db):
        if number in ids or (hosts and left_out(urls.host(url), hosts)):
            ids |= {number} if number else set()
            found |= set() if number else {url}
    return ids, found
