"""`retold prune`: old texts go, what is known of who told what stays."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.correcting import editing, recipe_of
from pipeline.cli.options import config_option, db_option, json_option, now
from pipeline.cli.output import plain, show_json
from pipeline.cli.words import count
from pipeline.store.copying import amount

if TYPE_CHECKING:
    from pipeline.keeping import Policy
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection
    from pipeline.store.pruned import Freed


def _span(_ctx: click.Context, _param: click.Parameter, value: str | None) -> timedelta | None:
    """``400d``, ``8w`` as a span."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,5})\s*([dw])", value.strip())
    if not found:
        raise click.BadParameter(f"{plain(value)!r} is no span such as 400d or 56w")
    return timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1))


def _size(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """``5GB`` as bytes; no less than ``keep.size`` may be."""
    from pipeline.values import LEAST_SIZE, bytes_of

    if value is not None and re.fullmatch(r"[\d.,]+", value.strip()):
        raise click.BadParameter(f"{plain(value)} of what? {plain(value.strip())}MB, {plain(value.strip())}GB")
    try:
        found = bytes_of(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if isinstance(found, int) and found < LEAST_SIZE:
        raise click.BadParameter(f"must be at least {amount(LEAST_SIZE)} (got {plain(value or '')})")
    return found if isinstance(found, int) else None


@click.command()
@click.option("--older-than", "texts", callback=_span, metavar="SPAN",
              help="Stories whose last article came longer ago: 400d, 56w.  [default: keep.texts]")  # fmt: skip
@click.option("--max-size", "size", callback=_size, metavar="SIZE",
              help="The oldest stories, until it uses no more: 500MB, 5GB.  [default: keep.size]")  # fmt: skip
@click.option("--ledger", callback=_span, metavar="SPAN",
              help="Servers' answers that are older, but the last of each feed.  [default: keep.ledger]")  # fmt: skip
@click.option("--all-traces", is_flag=True, help="With --older-than: the stories themselves, too, pruned or not.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@config_option
@db_option
@json_option
def prune(texts: timedelta | None, size: int | None, ledger: timedelta | None, all_traces: bool, dry_run: bool,
          yes: bool, config_path: Path | None, path: Path, as_json: bool) -> None:  # fmt: skip
    """Take the texts out of old stories, for good; what is known of who told them first and who has it from whom stays.

    A story goes as a whole, and nothing joins it any more. Without options, what keep: in the configuration says.

    \b
    Examples:
      retold prune --older-than 400d --dry-run
      retold prune --max-size 5GB --yes
      retold prune --ledger 90d
    """
    from pipeline.keeping import Policy

    what = Policy(texts, size, ledger)
    if all_traces and (not texts or size is not None):
        raise click.UsageError("--all-traces goes with --older-than alone")
    what = what if what.any else _configured(config_path)
    how = recipe_of(config_path)
    with editing(path) as db:
        freed, answers = _outlook(db, what, how, all_traces)
        facts = {**freed._asdict(), "bytes": freed.bytes, "answers": answers, "all_traces": all_traces}
        if dry_run:
            return show_json({**facts, "done": False}) if as_json else click.echo(f"would go: {_said(freed, answers)}")
        if not yes and (freed.articles or answers):
            _agreed(f"{plain(path)}: {_said(freed, answers)}: take that out for good?")
        done, grouped = _done(db, what, how, all_traces)
    if as_json:
        return show_json({**facts, **done, "done": True, "regrouped": grouped})
    left = "" if grouped else "; the next run compares anew what had these for neighbours"
    said = f"{count(done['articles'], 'article')} of {count(done['stories'], 'story', 'stories')}"
    return click.echo(f"{said} {'deleted' if all_traces else 'pruned'}, {count(done['answers'], 'answer')}{left}")


def _configured(config_path: Path | None) -> Policy:
    from pipeline.cli.running import load
    from pipeline.keeping import policy

    keep = load(config_path).keep
    what = policy(keep.texts, keep.size, keep.ledger)
    if not what.any:
        raise click.UsageError("say what may go: --older-than, --max-size, --ledger, or keep: in the configuration")
    return what


def _outlook(db: Connection, what: Policy, how: Recipe, all_traces: bool) -> tuple[Freed, int]:
    from pipeline import keeping
    from pipeline.store import pruned

    if what.texts and what.texts < keeping.least(how):
        raise click.UsageError(f"articles may join stories of the last {keeping.least(how).days} days: say more")
    freed, answers = keeping.outlook(db, what, now(), how)
    if all_traces and what.texts:
        more = pruned.weigh(db, pruned.traces(db, now() - what.texts))
        freed = freed._replace(stories=freed.stories + more.stories, articles=freed.articles + more.articles)
    return freed, answers


def _done(db: Connection, what: Policy, how: Recipe, all_traces: bool) -> tuple[dict[str, int], bool]:
    """Do it; how much of what, and whether all is grouped."""
    from pipeline import keeping
    from pipeline.absorb import regroup
    from pipeline.store import embedding, pruned
    from pipeline.tracing import trace

    done = keeping.erase(db, what, now(), how) if all_traces else keeping.prune(db, what, now(), how)
    if what.texts:
        pruned.blank_lost(db, now() - what.texts)
    if done.articles:
        embedding.forget_unused(db)
        pruned.tidy(db, all_of_it=True)
    grouped = regroup(db, now(), how)
    if grouped:
        trace(db)
    return {"stories": done.stories, "articles": done.articles, "answers": done.answers}, grouped


def _said(freed: Freed, answers: int) -> str:
    parts = [f"{count(freed.articles, 'article')} of {count(freed.stories, 'story', 'stories')}"]
    parts[0] += f" (the last of {freed.newest[:10]})" if freed.newest else ""
    sizes = ("texts", "versions", "signatures", "entries")
    parts += [f"{name} {amount(getattr(freed, name))}" for name in sizes if getattr(freed, name)]
    return ", ".join([*parts, *([count(answers, "answer") + " of servers"] if answers else [])])


def _agreed(question: str) -> None:
    try:
        if click.confirm(question, err=True):
            return
    except click.Abort:
        pass
    raise click.ClickException("nothing pruned; --yes does not ask")
