"""`retold run`, `check`, `init`: collect and group, and the configuration that says what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.logs import Logs, log_options
from pipeline.cli.measuring import measured
from pipeline.cli.options import config_option, db_option, json_option, now
from pipeline.cli.output import plain, say, show_json, warn
from pipeline.cli.stopping import Stopped as Stopped
from pipeline.cli.stopping import stoppable as stoppable
from pipeline.cli.words import BAD_CONFIG, FINE, LEFT_OUT, SOME_FAILED, ago, count, reason, since, stored
from pipeline.feedhealth import is_failing
from pipeline.model import ConfigError
from pipeline.store import reads
from pipeline.store.connect import reading
from pipeline.store.mounts import network
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.alerts.engine import Alerted
    from pipeline.config import Config
    from pipeline.run import Summary

POSTPONED = frozenset({"cancelled", "backed_off"})
RECIPE = 24  # characters of it that `retold check` shows to people


def _since(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    try:
        return stored(since(value, now())) if value else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@config_option
@db_option
@click.option(
    "--only",
    "--source",
    "only",
    metavar="NAME",
    multiple=True,
    help="Only this source, feed or sitemap: a key, an address, or a pattern of either with *; repeatable.",
)
@click.option(
    "--since",
    "newer",
    callback=_since,
    metavar="WHEN",
    help="No articles of entries from before: 24h, 3d or 2026-11-20.",
)
@click.option(
    "--max-seconds",
    type=click.IntRange(1, 86_400),
    metavar="N",
    help="Collect for so long, instead of http.max_seconds.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be asked now, and what waits and why; ask nobody.")
@click.option("--force", is_flag=True, help="Ask feeds that are not due yet, too.")
@click.option("--retry-gone", is_flag=True, help="Ask feeds that answered 410 Gone again.")
@click.option("--no-fetch", is_flag=True, help="Only compare and group what is in the database.")
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Afterwards, however it ended, write metrics for Prometheus here.")  # fmt: skip
@json_option
@log_options
@click.option("-v", "--verbose", count=True, help="Log more (-vv: everything).")
@click.option("-q", "--quiet", is_flag=True, help="Nothing but errors.")
@click.pass_context
def run(ctx: click.Context, config_path: Path | None, path: Path, only: tuple[str, ...], newer: datetime | None,
        max_seconds: int | None, dry_run: bool, force: bool, retry_gone: bool, no_fetch: bool, metrics: Path | None,
        as_json: bool, log_format: str | None, log_file: Path | None, verbose: int, quiet: bool) -> None:  # fmt: skip
    """Collect what is due, then compare and group what is new. This is what cron calls: see retold schedule.

    \b
    Examples:
      retold run
      retold run --only nos --only '*spiegel*' --force -v
      retold run --since 3d          the first run over feeds with long archives
      retold run --dry-run           what would be asked now
    """
    from pipeline.cli.planning import planned
    from pipeline.cli.progress import watching

    if dry_run and no_fetch:
        raise click.UsageError("--dry-run says what would be asked, and --no-fetch asks nothing: give one of them")
    if dry_run:
        planned(settled(config_path, path, no_fetch), path, as_json, only=only, force=force, retry_gone=retry_gone,
                since=newer)  # fmt: skip
        return
    with measured(metrics, path) as code, watching(quiet, verbose, Logs.asked(log_format, log_file)) as watch:
        settings = settled(config_path, path, no_fetch)
        from pipeline.run import run as run_once

        if not quiet and (kind := network(path)):
            say(f"warning: {path} is on a network file system ({kind}), which may damage it: keep it on a local disk")
        with stoppable():
            done = run_once(settings, path, only=only, force=force, retry_gone=retry_gone, fetch=not no_fetch,
                            since=newer, max_seconds=max_seconds, on_progress=watch.crawled,
                            tell=watch.told)  # fmt: skip
        if as_json:
            show_json({"run_id": done.run_id, **done.counts()})
        elif not quiet or done.failed_sources:
            hints = [] if no_fetch else outlook(done, known(path, asked_of(settings, only)), now())
            (warn if quiet else click.echo)("\n".join([summary(done), *hints]))
        code.append(SOME_FAILED if done.failed_sources else 0)
    ctx.exit(code[-1])


def load(config_path: Path | None) -> Config:
    """The configuration; raises ConfigError."""
    from pipeline import config

    return config.load(config_path or config.default_path())


def settled(config_path: Path | None, path: Path, no_fetch: bool) -> Config:
    """The configuration for a run on the database at ``path``: for a demo's without fetching, the demo's own where
    none is given. Raises ConfigError, and UsageError where real sources would get among a demo's."""
    if not path.exists():
        return load(config_path)
    from pipeline import demo

    if not demo.is_demo(path):
        return load(config_path)
    if no_fetch and config_path is None:
        return demo.own_config()
    settings = load(config_path)
    if not demo.follows_demo(settings):
        raise click.UsageError(f"{plain(path)} is a demo's database, no place for real sources: name another by --db;"
                               " this one is grouped anew by `retold run --no-fetch`, without --config")  # fmt: skip
    return settings


def tally(outcomes: Mapping[str, Mapping[str, int]], *kinds: str) -> dict[str, int]:
    """Fetches of these kinds: all, unchanged, failed, postponed, left out (by the publisher's word, or ours)."""
    codes = [(code, n) for kind in kinds for code, n in outcomes.get(kind, {}).items()]
    return {
        "all": sum(n for _, n in codes),
        "unchanged": sum(n for code, n in codes if code in FINE and code != "ok"),
        "failed": sum(n for code, n in codes if code not in FINE | POSTPONED | LEFT_OUT),
        "postponed": sum(n for code, n in codes if code in POSTPONED),
        "left out": sum(n for code, n in codes if code in LEFT_OUT),
    }


def summary(done: Summary) -> str:
    """``run 12: 38 feeds (31 unchanged, 1 failed), 212 new articles, 9 edited, 14 stories changed, 41.2 s``."""
    feeds, pages = tally(done.outcomes, "feed", "sitemap"), tally(done.outcomes, "page")
    notes = ", ".join(f"{feeds[k]:,} {k}" for k in ("unchanged", "failed", "postponed", "left out") if feeds[k])
    parts = [
        count(feeds["all"], "feed") + (f" ({notes})" if notes else ""),
        count(done.articles, "new article"),
        f"{done.edited:,} edited",
        count(done.absorbed.stories, "story", "stories") + " changed",
        *([count(pages["failed"], "page") + " not to be had"] if pages["failed"] else []),
        *([count(pages["left out"], "page") + " left out"] if pages["left out"] else []),
        *alerted(done.alerted),
        *([count(done.pruned.articles, "article") + " pruned"] if done.pruned.articles else []),
        f"{done.seconds:.1f} s",
    ]
    failed = f"; failed: {', '.join(map(plain, done.failed_sources))}" if done.failed_sources else ""
    return f"run {done.run_id}: {', '.join(parts)}{failed}"


def alerted(done: Alerted) -> list[str]:
    """``3 alerts sent``, ``1 alert failed`` and ``5 waiting``, of these what there is."""
    kinds = (count(done.sent, "alert") + " sent", count(done.failed, "alert") + " failed", f"{done.waiting:,} waiting")
    numbers = (done.sent, done.failed, done.waiting if done.sent or done.failed else 0)
    return [words for words, n in zip(kinds, numbers, strict=True) if n]


def asked_of(settings: Config, only: Collection[str]) -> set[str]:
    """Addresses that a run asks when it is told ``only`` these (none: all)."""
    from pipeline.selecting import addresses, selected

    return {url for s in selected(settings, only) if s.enabled for url in addresses(s)}


def known(path: Path, addresses: Collection[str]) -> list[Row]:
    """Health of these feeds."""
    with reading(path) as db:
        return [row for row in reads.sources(db) if row["url"] in addresses]


def outlook(done: Summary, feeds: Sequence[Row], now: datetime) -> list[str]:
    """What the summary leaves open, in a line or none: why feeds failed, or why none was asked."""
    if done.failed_sources:
        codes = {c: n for kind in ("feed", "sitemap") for c, n in failures(done.outcomes, kind)}
        asked = tally(done.outcomes, "feed", "sitemap")["failed"]
        cause = f"{f'all {asked:,}: ' if asked > 1 else ''}{reason(*codes)}; " if len(codes) == 1 else ""
        return [f"{cause}see retold sources --failing"]
    if tally(done.outcomes, "feed", "sitemap")["all"]:
        return []
    return [
        "; ".join(["no feed due" if done.outcomes else "nothing due", *_next_due(feeds, now), *_still_failing(feeds)])
    ]


def failures(outcomes: Mapping[str, Mapping[str, int]], kind: str) -> list[tuple[str, int]]:
    """(reason code, fetches) of this kind that failed."""
    return [(c, n) for c, n in outcomes.get(kind, {}).items() if c not in FINE | POSTPONED | LEFT_OUT]


def _next_due(feeds: Sequence[Row], now: datetime) -> Iterator[str]:
    times = [due for row in feeds if not row["disabled"] and (due := stored(row["next_due"])) and due > now]
    if times:
        yield f"the next feed is due {ago(min(times), now)}"


def _still_failing(feeds: Sequence[Row]) -> Iterator[str]:
    failing = {row["source"] for row in feeds if is_failing(row)}
    if failing:
        yield f"{count(len(failing), 'source')} failing: retold sources --failing"


# -- configuration


@click.command()
@config_option
@json_option
@click.pass_context
def check(ctx: click.Context, config_path: Path | None, as_json: bool) -> None:
    """Read the configuration and say what is wrong with it, by line. Nothing is fetched, nothing is written.

    \b
    Example:
      retold check --config /etc/retold.yaml
    """
    from pipeline import config

    path = config_path or config.default_path()
    try:
        settings = config.load(path)
    except ConfigError as error:
        if not as_json:
            raise
        show_json({"path": str(path), "errors": str(error).splitlines()})
        ctx.exit(BAD_CONFIG)
    report = checked(path, settings)
    if as_json:
        show_json(report)
        return
    parts = [count(report[k], noun) for k, noun in (("enabled", "source"), ("feeds", "feed"), ("sitemaps", "sitemap"))]
    parts += [count(report["alerts"], "alert rule")] if report["alerts"] else []
    click.echo(f"{plain(path)}: {', '.join(parts)}; recipe {report['recipe'][:RECIPE]}… (whole with --json)")
    for line in report["warnings"]:
        click.echo(f"warning: {plain(line)}")


def checked(path: Path, settings: Config) -> dict[str, Any]:
    """What a usable configuration holds, and what is hardly meant in it."""
    from pipeline.cli.rules import misnamed
    from pipeline.config import warnings
    from pipeline.signatures import recipe
    from pipeline.verdict import VERDICT

    asked = [s for s in settings.sources if s.enabled]
    return {
        "path": str(path),
        "errors": [],
        "warnings": [*warnings(settings), *misnamed(settings)],
        "sources": [s.key for s in settings.sources],
        "enabled": len(asked),
        "feeds": sum(len(s.feeds) for s in asked),
        "sitemaps": sum(len(s.sitemaps) for s in asked),
        "alerts": len(settings.alerts),
        "recipe": recipe(settings, VERDICT).name,
    }


@click.command()
def init() -> None:
    """Write a config.yaml to edit into the current directory.

    One that is there is left alone.
    """
    target = Path("config.yaml")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(packaged())
    except FileExistsError as error:
        raise click.ClickException("config.yaml is there already; left as it is") from error
    click.echo("config.yaml written; put your address into http.user_agent, then: retold check")


def packaged() -> str:
    """The text of the configuration that came with Retold."""
    inside = Path(__file__).resolve().parent.parent
    places = (inside / "data" / "config.yaml", inside.parent / "config.yaml")  # installed; in a checkout
    return next(p for p in places if p.is_file()).read_text("utf-8")
