"""`retold status`: one screen for an operator, an exit code for monitoring, metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from pipeline import __version__
from pipeline.cli import words
from pipeline.cli.options import db_option, json_option, now
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.runs import dearest
from pipeline.exposition import Ran, exposition
from pipeline.feedhealth import State, span
from pipeline.findings import Facts, Finding, Limits, Severity, findings, ignored, notice, problem, said
from pipeline.model import ConfigError, StoreError
from pipeline.newfile import replacing
from pipeline.phrases import SIZE_UNITS, clock, count, duration, megabytes, size
from pipeline.store import state
from pipeline.store.connect import Connection, reading

Line = tuple[str, str]
STYLE = {Severity.PROBLEM: "bold red", Severity.NOTICE: "yellow"}
WAITING = {"pages": "their pages", "sign": "signing", "group": "grouping", "cite": "being read for citations",
           "trace": "tracing", "list": "listing"}  # fmt: skip
MANY, FEW = 5, 3  # findings of one kind that are told one by one; of more than that so many
WORLD_READABLE = 0o644  # node_exporter is another user


def span_of(_ctx: click.Context, _param: click.Parameter, value: str | None) -> timedelta | None:
    """``45m``, ``6h``, ``2d`` as a span."""
    found = duration(value) if value else None
    if value is not None and not found:
        raise click.BadParameter(f"{plain(value)!r} is no span such as 45m, 6h or 2d")
    return found


def bytes_of(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    """``500MB``, ``2GB`` in bytes."""
    found = size(value)
    if found is None:
        raise click.BadParameter(f"{plain(value)!r} is no size such as {' or '.join(f'2{u}' for u in SIZE_UNITS)}")
    return found


@click.command()
@db_option
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="Look over this configuration, too.")
@click.option("--max-age", callback=span_of, metavar="SPAN", show_default="3 times the usual time between runs",
              help="How old the last good run may be: 45m, 6h, 2d.")  # fmt: skip
@click.option("--max-failing", callback=span_of, metavar="SPAN", default="1d", show_default=True,
              help="How long a feed may fail before it is a problem.")  # fmt: skip
@click.option("--max-lag", callback=span_of, metavar="SPAN", default="6h", show_default=True,
              help="How long after their publication articles may be first seen, in the median.")  # fmt: skip
@click.option("--min-free", callback=bytes_of, metavar="SIZE", default="1GB", show_default=True,
              help="How much must be free on the database's disk.")  # fmt: skip
@click.option("--ignore", multiple=True, metavar="CODE[:SOURCE]",
              help="Leave this finding out, everywhere or of one source; may be given several times.")  # fmt: skip
@click.option("--prometheus", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE",
              help="Instead: write metrics in Prometheus' text format (- is stdout).")  # fmt: skip
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Print problems alone, and nothing where there are none.")
@click.pass_context
def status(ctx: click.Context, /, path: Path, config_path: Path | None, ignore: tuple[str, ...],
           prometheus: Path | None, as_json: bool, quiet: bool, **limits: Any) -> None:  # fmt: skip
    """Say how it goes: the last run, feeds that fail or have fallen silent, what waits, disk and database.

    Ends with 0 where all is fine, 1 where something needs a person, 74 where the database cannot be read. Reads only,
    also beside a run.

    \b
    Examples:
      retold status
      retold status --max-age 45m --quiet
      retold status --ignore feed_silent:nos --ignore feed_moved
      retold status --prometheus /var/lib/node_exporter/retold.prom
    """
    try:
        facts, found = look(path, Limits(**limits), config_path, ignore)
    except StoreError:
        if prometheus:
            write_metrics(prometheus, None, [])
        raise
    if prometheus:
        write_metrics(prometheus, facts, found)
    elif as_json:
        show_json(row(facts, found))
    else:
        show_lines(_quiet(found) if quiet else _screen(facts, found))
    ctx.exit(words.SOME_FAILED if _problems(found) else words.OK)


def look(
    path: Path, limits: Limits, config_path: Path | None = None, ignore: Iterable[str] = ()
) -> tuple[Facts, list[Finding]]:
    """How the database at ``path`` is, and what there is to know of it. Raises StoreError."""
    with reading(path) as db:
        facts = state.facts(db, path, now())
        more = [*_configured(config_path, db, facts)] if config_path else []
    found = [f for f in [*findings(facts, limits), *more] if not ignored(f, ignore)]
    return facts, sorted(found, key=lambda f: f.severity is not Severity.PROBLEM)


def write_metrics(target: Path, facts: Facts | None, found: Sequence[Finding], ran: Ran | None = None) -> None:
    """Put the metrics into a file that others may read, as a whole, or print them (``-``). Raises StoreError."""
    text = exposition(facts, found, __version__, ran)
    if str(target) == "-":
        return click.echo(text, nl=False)
    with replacing(target) as file:
        file.write(text.encode())
    if target.is_file():
        target.chmod(WORLD_READABLE)
    return None


def _problems(found: Sequence[Finding]) -> list[Finding]:
    return [f for f in found if f.severity is Severity.PROBLEM]


# -- the configuration


def _configured(path: Path, db: Connection, facts: Facts) -> Iterator[Finding]:
    from pipeline.cli.running import checked, load
    from pipeline.signatures import recipe
    from pipeline.store import backgrounds
    from pipeline.verdict import VERDICT

    named = f"retold check --config {plain(path)}"
    try:
        settings = load(path)
    except ConfigError as error:
        first, *rest = str(error).splitlines() or [""]
        yield problem("config_error", f"{plain(first)}{f' (and {len(rest)} more)' if rest else ''}", named)
        return
    for line in checked(path, settings)["warnings"]:
        yield notice("config_warning", plain(line), named)
    followed = {feed["url"] for feed in facts.feeds}
    asked = {url for s in settings.sources if s.enabled for url in (*(f.url for f in s.feeds), *s.sitemaps)}
    if followed != asked and facts.runs:
        new, gone = len(asked - followed), len(followed - asked)
        yield notice("config_changed", f"{count(new, 'feed')} new, {gone:,} gone since the last run", "retold run")
    ours = backgrounds.in_force(db, recipe(settings, VERDICT)).name
    if facts.recipe and facts.recipe != ours:
        yield notice("recipe_changed", f"the next run signs {count(facts.articles, 'article')} anew, by another recipe",
                     "retold run --no-fetch, where that is meant")  # fmt: skip


# -- what is shown


def row(facts: Facts, found: Sequence[Finding]) -> dict[str, Any]:
    """All of it as JSON has it."""
    last = next(iter(facts.ended), None)
    return {
        "status": "problem" if _problems(found) else "ok", "at": f"{facts.at:%Y-%m-%dT%H:%M:%SZ}",
        "findings": [f.row() for f in found],
        "under_way": facts.running, "last_run": last, "last_good": facts.last_good,
        "stages": facts.stages, "every_s": facts.every.total_seconds() if facts.every else None,
        "feeds": {s.value: sum(f["state"] == s for f in facts.feeds) for s in State},
        "articles": facts.articles, "articles_last_day": facts.new_articles, "lag_s": facts.lag_s,
        "queue": dict(facts.queue), "alerts": dict(facts.alerts), "database_bytes": facts.db_bytes,
        "wal_bytes": facts.wal_bytes, "free_bytes": facts.free_bytes, "growth_bytes_per_day": facts.growth,
        "recipe": facts.recipe,
    }  # fmt: skip


def _quiet(found: Sequence[Finding]) -> Iterator[Line]:
    yield from _findings(_problems(found))


def _screen(facts: Facts, found: Sequence[Finding]) -> Iterator[Line]:
    yield from ((line, "") for line in (*_runs(facts), *_content(facts), *_room(facts)))
    yield from _findings(found)
    problems = len(_problems(found))
    notices = f", {count(len(found) - problems, 'notice')}" if len(found) > problems else ""
    yield (f"{count(problems, 'problem')}{notices}" if problems else f"all fine{notices}"), "bold"


def _findings(found: Sequence[Finding]) -> Iterator[Line]:
    """Those of one kind together, folded where they are many, with what helps said once."""
    first = {(f.severity, f.code): n for n, f in reversed([*enumerate(found)])}
    ordered = sorted(found, key=lambda f: first[f.severity, f.code])
    for (severity, code), kind in groupby(ordered, key=lambda f: (f.severity, f.code)):
        alike = list(kind)
        shown = alike if len(alike) <= MANY else alike[:FEW]
        more = len(alike) - len(shown)
        for hint, same in groupby(shown, key=lambda f: f.hint):
            yield from ((f"{severity} {code}: {f.text}", STYLE[severity]) for f in same)
            if hint and not more:
                yield f"  {hint}", "dim"
        if more:
            hints = ", ".join(dict.fromkeys(f.hint for f in alike if f.hint))
            yield f"{severity} {code}: {more:,} more{f' ({hints})' if hints else ''}", STYLE[severity]


def _runs(facts: Facts) -> Iterator[str]:
    if facts.running:
        stage = next((s["stage"] for s in facts.stages if not s["done"]), "")
        yield f"run {facts.running['id']} under way for {said(facts.age(facts.running))}{f', {stage}' if stage else ''}"
    elif facts.locked:
        yield "the database is locked by a run or by another command that writes"
    if not facts.ended:
        return
    last = facts.ended[0]
    end = "killed" if last["state"] == "running" else last["state"]
    took = f", took {span(last['duration_s'])}" if last["duration_s"] is not None else ""
    where = f" ({dearest(facts.stages)})" if facts.stages and not facts.running else ""
    every = f"; runs come every {said(facts.every)}" if facts.every else ""
    age = said(facts.age(last))
    yield f"last run: {last['id']}, {end}, {clock(last['started'])} UTC, {age} ago{took}{where}{every}"
    good = facts.last_good
    if good is not last:
        yield f"last good run: {f'{said(facts.age(good))} ago' if good else 'none of late'}"


def _content(facts: Facts) -> Iterator[str]:
    counted = [(s, sum(f["state"] == s for f in facts.feeds)) for s in reversed(State)]
    yield f"feeds: {len(facts.feeds):,}" + "".join(f", {n:,} {s}" for s, n in counted if n)
    lag = f", first seen {span(facts.lag_s)} after they were published (median)" if facts.lag_s is not None else ""
    yield f"articles: {facts.articles:,}, {facts.new_articles:,} in the last day{lag}"
    waits = [f"{n:,} for {WAITING[stage]}" for stage, n in facts.queue.items() if n]
    waits += [f"{count(n, 'alert')} {s}" for s, n in sorted(facts.alerts.items()) if s in ("waiting", "dead") and n]
    yield f"waiting: {', '.join(waits) or 'nothing'}"


def _room(facts: Facts) -> Iterator[str]:
    growth = f" (+{megabytes(facts.growth)} a day)" if facts.growth and facts.growth > 0 else ""
    yield (f"database: {megabytes(facts.db_bytes)}{growth}, log {megabytes(facts.wal_bytes)};"
           f" {megabytes(facts.free_bytes)} of {megabytes(facts.disk_bytes)} free")  # fmt: skip
