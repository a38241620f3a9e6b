"""`retold run`, `check`, `init`: collect and group, and the configuration that says what."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.logs import Logs, log_options
from pipeline.cli.measuring import measured
from pipeline.cli.options import config_option, db_option, json_option, now
from pipeline.cli.output import plain, say, show_json, warn
from pipeline.cli.stopping import Stopped as Stopped
from pipeline.cli.stopping import stoppable as stoppable
from pipeline.cli.summing import asked_of, known, outlook, summary, switched_off
from pipeline.cli.words import BAD_CONFIG, SOME_FAILED, count, since, stored
from pipeline.model import ConfigError
from pipeline.phrases import duration
from pipeline.store.connect import there
from pipeline.store.mounts import network

if TYPE_CHECKING:
    from pipeline.config import Config

A_MINUTE = timedelta(minutes=1)
RECIPE = 24  # characters of it that `retold check` shows to people


def _since(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        when = stored(since(value, at := now()))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if when and when > at - A_MINUTE:
        raise click.BadParameter(f"{plain(value)!r} is not in the past: every entry would be left aside for good")
    return when


def _seconds(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    span = duration(value)
    found = int(span.total_seconds()) if span is not None else int(value) if re.fullmatch("[0-9]{1,6}", value) else 0
    if not 1 <= found <= 86_400:
        raise click.BadParameter(f"{plain(value)!r} is neither a span such as 10m nor seconds from 1 to 86400")
    return found


def _meant(**useless: object) -> None:
    """Refuse what --no-fetch makes useless."""
    if given := [f"--{name.replace('_', '-')}" for name, value in useless.items() if value]:
        raise click.UsageError(
            f"--no-fetch asks nobody, so {' and '.join(given)} would do nothing: leave that out, or --no-fetch"
        )


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
    callback=_seconds,
    metavar="SPAN",
    help="Collect for so long (10m, or seconds), instead of http.max_seconds.",
)
@click.option("--must-exist", is_flag=True, help="Begin no new database: 74 where there is none, or an empty file.")
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
        max_seconds: int | None, must_exist: bool, dry_run: bool, force: bool, retry_gone: bool, no_fetch: bool,
        metrics: Path | None, as_json: bool, log_format: str | None, log_file: Path | None, verbose: int,
        quiet: bool) -> None:  # fmt: skip
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
    if no_fetch:
        _meant(only=only, since=newer, max_seconds=max_seconds, force=force, retry_gone=retry_gone)
    if dry_run:
        if must_exist:
            there(path)
        planned(settled(config_path, path, no_fetch), path, as_json, only=only, force=force, retry_gone=retry_gone,
                since=newer)  # fmt: skip
        return
    with measured(metrics, path) as code, watching(quiet, verbose, Logs.asked(log_format, log_file)) as watch:
        if must_exist:
            there(path)
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
            hints = [] if no_fetch else outlook(
                done, known(path, asked_of(settings, only)), now(), switched_off(settings, only)
            )  # fmt: skip
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
