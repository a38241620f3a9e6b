"""`retold test-source`: a source of config.yaml as it answers now, beside what the database has of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import samples
from pipeline.cli.options import config_option, db_option, json_option, now
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.running import load
from pipeline.cli.sourcing import Routes, telling
from pipeline.cli.words import SOME_FAILED, ago, count, reason, stored
from pipeline.store import health
from pipeline.store.connect import reading
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.config import Config, Source
    from pipeline.sitefindings import Findings

Line = tuple[str, str]


@click.command("test-source")
@click.argument("name")
@config_option
@db_option
@click.option("--max-seconds", type=click.IntRange(5, 600), default=60, show_default=True, help="Look no longer.")
@json_option
@click.pass_context
def test_source(ctx: click.Context, name: str, config_path: Path | None, path: Path, max_seconds: int,
                as_json: bool) -> None:  # fmt: skip
    """Ask a source's feeds now, and show what would be extracted of its three newest articles. Writes nothing.

    Beside it stands what the database has of the source, where there is one. Ends with 1 where a feed fails.

    \b
    Examples:
      retold test-source spiegel
      retold test-source nos --json
    """
    config = load(config_path)
    source = config.source(name)
    given = ctx.get_parameter_source("path") is not click.core.ParameterSource.DEFAULT
    known = _known(path, name) if given or path.exists() else None
    found = asked(source, config, ctx.find_object(Routes) or {}, max_seconds)
    failing = [f for f in (*found.feeds, *found.sitemaps) if not f.result.code.ok]
    if as_json:
        show_json(_row(source, found, known))
    else:
        show_lines(_lines(source, found, known))
    ctx.exit(SOME_FAILED if failing or found.cut else 0)


def asked(source: Source, config: Config, routes: dict[str, tuple[str, int]], seconds: float) -> Findings:
    """Its feeds and sitemaps, and its newest articles, as they are now."""
    from pipeline.sitefindings import Findings
    from spiders import discovery
    from spiders.scout import Scout, scout

    async def work(spider: Scout) -> Findings:
        found = Findings(source.key)
        for feed in source.feeds:
            found.feeds.append(await spider.feed(feed.url))
        for url in source.sitemaps:
            found.sitemaps.append(await spider.feed(url, "sitemap"))
        await discovery.samples(spider, found, source, [*found.feeds, *found.sitemaps])
        return found

    return scout(work, config.http, sources=[source], routes=routes, max_seconds=seconds, spiders=config.spiders,
                 opt_out=config.rights.opt_out, tell=telling())  # fmt: skip


def _known(path: Path, key: str) -> tuple[Row | None, list[Row]]:
    with reading(path) as db:
        return health.source(db, key), health.feeds(db, key)


def _lines(source: Source, found: Findings, known: tuple[Row | None, list[Row]] | None) -> Iterator[Line]:
    what = f"{plain(source.name)}, {source.country}, {source.language}"
    yield f"{plain(source.key)}: {what}, text_from {source.text_from}, spider {source.spider}", "bold"
    yield from samples.rules(found)
    for title, some in (("feeds", found.feeds), ("sitemaps", found.sitemaps)):
        if some:
            yield title, "bold"
            yield from samples.feeds(some, [], now(), mark=False)
    if found.samples:
        yield "articles", "bold"
        yield from samples.samples(found.samples)
    yield from _beside(known)
    told = f"{count(found.requests, 'request')} made"
    yield f"{told}{f'; not all that might have been: {plain(found.cut)}' if found.cut else ''}", "dim"


def _beside(known: tuple[Row | None, list[Row]] | None) -> Iterator[Line]:
    if known is None:
        return
    source, feeds = known
    yield "in the database", "bold"
    if source is None:
        yield "  nothing yet: no run has asked it", ""
        return
    yield f"  {count(source['articles'], 'article')}", ""
    for feed in feeds:
        last, new = (ago(stored(feed[k]), now()) for k in ("last_ok", "last_new"))
        answer = reason(feed["last_code"])
        yield f"  {plain(feed['url'])}: {plain(answer)}, last ok {last}, last new {new}, {feed['state']}", "dim"


def _row(source: Source, found: Findings, known: tuple[Row | None, list[Row]] | None) -> dict[str, Any]:
    return {
        "source": source.key, "rules": samples.rule_row(found),
        "feeds": [samples.feed_row(f) for f in (*found.feeds, *found.sitemaps)],
        "articles": [samples.sample_row(s) for s in found.samples], "requests": found.requests,
        "cut": found.cut or None,
        "database": {"source": known[0], "feeds": known[1]} if known else None,
    }  # fmt: skip
