"""`retold alerts`: of which stories somebody is told, what became of it, and sending it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import rules as worded
from pipeline.cli.correcting import editing
from pipeline.cli.corrections import Listing
from pipeline.cli.options import config_option, db_option, json_option, now
from pipeline.cli.output import plain, show_json, show_lines, show_table
from pipeline.cli.query import LIMIT, NotThere
from pipeline.cli.running import load
from pipeline.cli.words import SOME_FAILED, ago, count, stored
from pipeline.store import alerts as store
from pipeline.store.connect import Connection, reading
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.alertrules import AlertRule

    Rules = Mapping[str, AlertRule]
Line = tuple[str, str]  # text, style


class Ruled(Listing):
    """Lists the rules where no subcommand is named."""

    usual = "rules"


@click.group(cls=Ruled)
def alerts() -> None:
    """Tell somebody, once, of each story that a rule in config.yaml names (docs/alerts.md).

    A run does so by itself.

    \b
    Examples:
      retold alerts
      retold alerts send --dry-run
      retold alerts test drones
      retold alerts list --state dead
      retold alerts retry
    """


@alerts.command("rules")
@config_option
@db_option
@json_option
def rules_(path: Path, config_path: Path | None, as_json: bool) -> None:
    """List the rules, and how many alerts of each wait, were sent or are dead (what `retold alerts` does by itself)."""
    known = load(config_path).alerts
    with reading(path) as db:
        counts = store.counts(db)
    found = [_rule(name, known.get(name), counts.get(name, {})) for name in [*known, *(counts.keys() - known.keys())]]
    if as_json:
        return show_json(found)
    return show_lines(_rule_lines(found)) if found else click.echo("no rules: alerts in config.yaml makes some")


def _rule(name: str, rule: AlertRule | None, counted: Row) -> Row:
    return {
        "rule": name,
        "conditions": rule.conditions if rule else None,
        "within_s": rule.within if rule else None,
        "said": worded.said(rule) if rule else None,
        "way": worded.way(rule) if rule else None,
        **{state: counted.get(state, 0) for state in store.STATES},
        "last_sent": counted.get("last_sent"),
        "error": counted.get("error"),
    }


def _rule_lines(found: Sequence[Row]) -> Iterator[Line]:
    for r in found:
        yield plain(r["rule"]), "bold"
        if r["way"] is None:
            yield "  no longer in the configuration: what waits is not sent", "yellow"
        else:
            yield f"  {plain(r['said'])}; within {worded.span(r['within_s'])}", ""
            yield f"  {plain(r['way'])}", ""
        last = f", the last {ago(stored(r['last_sent']), now())}" if r["last_sent"] else ""
        yield f"  {r['sent']:,} sent{last}; {r['waiting']:,} waiting, {r['dead']:,} dead", "dim"
        if r["error"]:
            yield f"  failed: {plain(r['error'])}", "red"


@alerts.command("list")
@click.option("--state", type=click.Choice(store.STATES), help="Only those in this state.")
@click.option("--rule", metavar="NAME", help="Only those of this rule.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=LIMIT, show_default=True, help="How many at most.")
@db_option
@json_option
def list_(path: Path, state: str | None, rule: str | None, limit: int, as_json: bool) -> None:
    """List alerts, the newest first."""
    with reading(path) as db:
        found = store.listed(db, state, rule, limit)
    if as_json:
        return show_json(found)
    if not found:
        return click.echo("no such alerts" if state or rule else "no alerts yet")
    head = ("id", "state", "rule", "noted", "tries", "story", "headline", "last error")
    return show_table([head, *map(_cells, found)], ("id", "tries", "story"), (("headline", 24), ("last error", 24)))


def _cells(r: Row) -> tuple[object, ...]:
    noted = ago(stored(r["noted"]), now())
    return r["id"], r["state"], r["rule"], noted, r["tries"], r["story"], r["headline"] or "", r["error"]


@alerts.command()
@click.option("--dry-run", is_flag=True, help="Only say which stories are new to which rule.")
@config_option
@db_option
@json_option
@click.pass_context
def send(ctx: click.Context, path: Path, config_path: Path | None, dry_run: bool, as_json: bool) -> None:
    """Note the stories that the rules name now and send what is due, as the end of a run does.

    Ends with 1 where a delivery failed.
    """
    settings = load(config_path)
    if dry_run:
        _would(path, settings.alerts, as_json)
        ctx.exit()
    from pipeline.alerts.engine import alert

    with editing(path) as db:
        done = alert(db, settings.alerts, settings.web.url, now().replace(microsecond=0))
    if as_json:
        show_json({**done.counts(), "errors": done.errors})
    else:
        words = (
            count(done.noted, "new alert"),
            f"{done.sent:,} sent",
            f"{done.failed:,} failed",
            f"{done.waiting:,} waiting",
        )
        show_lines([(", ".join(words), ""), *((plain(f"{name}: {why}"), "red") for name, why in done.errors.items())])
    ctx.exit(SOME_FAILED if done.failed else 0)


def _would(path: Path, known: Rules, as_json: bool) -> None:
    from pipeline.alerts.engine import untold

    with reading(path) as db:
        found = {name: untold(db, name, rule, now()) for name, rule in known.items()}
        due = {r["id"] for r in store.due(db, known, now(), 1_000_000)}
    if as_json:
        short = {n: [{k: r[k] for k in ("story_id", "headline", "newest")} for r in f] for n, f in found.items()}
        return show_json({"new": short, "due": sorted(due)})
    new = [(name, r) for name, rows in found.items() for r in rows]
    if new:
        cells = [(name, r["story_id"], r["articles"], r["headline"]) for name, r in new]
        show_table([("rule", "story", "articles", "headline"), *cells], ("story", "articles"), (("headline", 24),))
    return click.echo(f"{count(len(new), 'new alert')}, {count(len(due), 'noted one')} due; nothing was sent")


@alerts.command()
@click.argument("numbers", metavar="[ID...]", nargs=-1, type=click.IntRange(1, 2**63 - 1))
@db_option
@json_option
def retry(path: Path, numbers: tuple[int, ...], as_json: bool) -> None:
    """Have dead alerts sent again by the next run, or by `retold alerts send`: these, or all of them.

    Of those that wait for their next attempt the ones that are named are due at once.
    """
    with editing(path) as db:
        _all_there(db, numbers, path)
        done = store.again(db, numbers or None)
    if as_json:
        return show_json({"waiting": done})
    later = "; the next run or `retold alerts send` sends them" if done else ""
    return click.echo(f"{count(done, 'alert')} to be sent again{later}")


def _all_there(db: Connection, numbers: Sequence[int], path: Path) -> None:
    """Raise NotThere for an alert that there is not, or that there is nothing to try of."""
    known = store.by_id(db, numbers)
    for n in numbers:
        if n not in known:
            raise NotThere(f"no alert {n} in {path}; `retold alerts list` lists them")
        if known[n]["state"] not in ("dead", "waiting"):
            raise NotThere(f"alert {n} is {known[n]['state']}: nothing to send again")


@alerts.command("test")
@click.argument("name", metavar="RULE")
@config_option
@db_option
@json_option
def test_(path: Path, config_path: Path | None, name: str, as_json: bool) -> None:
    """Send one example over the way of a rule, marked as a test: the newest story that the rule names, of any age,
    else an invented one. Nothing is noted. Ends with 1 where it did not arrive."""
    from pipeline.yamlfile import near

    settings = load(config_path)
    if name not in settings.alerts:
        raise click.UsageError(f"no rule {plain(name)} below alerts{near(name, settings.alerts)}")
    answer = _tested(path, name, settings.alerts[name], settings.web.url)
    if as_json:
        show_json({"rule": name, **{k: answer[k] for k in ("ok", "detail")}})
    elif answer["ok"]:
        click.echo(f"{name}: sent, story {answer['story']}" if answer["story"] else f"{name}: sent, an invented story")
    if not answer["ok"]:
        raise NotThere(f"{name}: {answer['detail']}")


def _tested(path: Path, name: str, rule: AlertRule, base: str | None) -> dict[str, Any]:
    from uuid import uuid4

    from pipeline.alerts import message
    from pipeline.alerts.engine import Limits, carry, job
    from pipeline.store.connect import stamp

    story = _example(path, rule) or message.EXAMPLE
    at = now().replace(microsecond=0)
    row = {"rule": name, "delivery": str(uuid4()), "noted": stamp(at), "test": True}
    try:
        answer = carry(job(rule, message.payload(row, story, base), at, Limits().each_s))
    except LookupError as error:
        answer = {"ok": False, "detail": str(error.args[0])}
    return {**answer, "story": story["story_id"]}


def _example(path: Path, rule: AlertRule) -> Row | None:
    from pipeline.store import asking

    if not path.is_file():
        return None
    with reading(path) as db:
        found = asking.stories(db, rule.asked(""), now(), limit=1)
        return store.story(db, found[0]["story_id"]) if found else None
