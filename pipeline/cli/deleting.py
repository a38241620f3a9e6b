"""`retold delete`: what a publisher, or the law, wants gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.correcting import article_id, editing, recipe_of
from pipeline.cli.options import config_option, db_option, json_option, now
from pipeline.cli.output import plain, show_json
from pipeline.cli.query import NotThere
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

    Their texts and versions go, what feeds said of them, and all that was made of them; what they were grouped with is
    grouped anew. To keep a host from coming back, put it into rights.opt_out of the configuration.

    \b
    Examples:
      retold delete example.com
      retold delete '#12' https://a.example/x --yes
    """
    from pipeline.absorb import regroup
    from pipeline.store import deleting
    from pipeline.tracing import trace

    how = recipe_of(config_path)
    with editing(path) as db:
        ids, entries = named(db, what, path)
        if not ids and not entries:
            raise NotThere(f"nothing of {plain(', '.join(what))} in {plain(path)}; a host is like example.com")
        said = f"{count(len(ids), 'article')} and what {count(len(entries), 'feed entry', 'feed entries')} said"
        of = f" (of {plain(', '.join(deleting.outlets(db, ids)[:3]))})" if ids else ""
        if not yes:
            agreed(f"{plain(path)}: delete {said}{of} for good?")
        gone = deleting.delete(db, ids, entries, how.boilerplate_min_articles)
        if grouped := regroup(db, now(), how):
            trace(db)
    if as_json:
        return show_json({"articles": gone, "entries": len(entries), "regrouped": grouped})
    return click.echo(f"{said} deleted" + ("" if grouped else "; the next run groups anew"))


def agreed(question: str) -> None:
    """Raises ClickException unless somebody says yes."""
    try:
        if click.confirm(question, err=True):
            return
    except click.Abort:
        pass
    raise click.ClickException("nothing deleted; --yes does not ask")


def named(db: Connection, what: Sequence[str], path: Path) -> tuple[set[int], set[int]]:
    """The articles that ``what`` names, and the entries that say something of them or lead to its hosts."""
    from pipeline import urls
    from pipeline.rights import left_out
    from pipeline.store import deleting

    single = {text for text in what if number_of(text) or text.isdecimal() or "/" in text}
    hosts = {urls.host(f"https://{text}/") or text for text in set(what) - single}
    for host in hosts:
        if "." not in host:
            raise NotThere(f"{plain(host)} is no host like example.com, and no article like '#12', a12 or an address")
    ids = {article_id(db, text, path) for text in single}
    ids |= {number for number, url in deleting.articles(db) if hosts and left_out(urls.host(url), hosts)}
    said = (
        (i, article in ids or bool(hosts and left_out(urls.host(u), hosts))) for i, article, u in deleting.entries(db)
    )
    return ids, {entry for entry, gone in said if gone}
