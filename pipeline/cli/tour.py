"""`retold demo`: the whole way once, offline, on the bundled news day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from pipeline.asked import Asked, Order
from pipeline.cli import showing
from pipeline.cli.options import DB, DEMO, invoked, json_option, now
from pipeline.cli.output import say, show_json, show_lines
from pipeline.cli.stopping import stoppable
from pipeline.cli.summing import summary
from pipeline.cli.words import SOME_FAILED, reason
from pipeline.store import asking, reads
from pipeline.store.connect import reading
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.demo import Quality, Result
    from pipeline.run import Summary
    from spiders.crawl import Progress

LISTED = 12
EVERY = Asked(order=Order.NEWEST)
LAST = 3  # the run that has nothing new to find
WELCOME = """\
The bundled news day: sixteen invented outlets, two of them shaped like Der Spiegel and NOS, and three that fail,
served on this machine only. They publish for three days; retold collects each evening, then looks once more."""


@click.command()
@click.option(
    "--keep",
    "path",
    type=click.Path(path_type=Path),
    default=DEMO,
    show_default=True,
    metavar="PATH",
    help="Where the database goes; a former demo's is replaced, anything else is left alone.",
)
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Play the last Thursday to Saturday before this day (UTC; today, unless told).",
)
@json_option
@click.option("-v", "--verbose", count=True, help="Log more (-vv: everything).")
@click.pass_context
def demo(ctx: click.Context, path: Path, before: datetime | None, as_json: bool, verbose: int) -> None:
    """Run the main job over a bundled news day, offline, and measure it against the truth.

    \b
    Examples:
      retold demo
      retold demo --keep /tmp/day.db
      retold demo --before 2026-11-28
    """
    from pipeline.demo import play

    with ExitStack() as stack, stoppable():
        told = Told(stack, as_json, verbose)
        today = (before or now()).date()
        if not 1996 <= today.year <= now().year + 1:  # what feeds may claim
            raise click.BadParameter("a year from 1996 to the next", param_hint="--before")
        result = play(path, today, begins=told.begins, ended=told.ended, on_progress=told.crawled, tell=told.stage)
    faults = result.faults()
    show_json(as_row(result, faults)) if as_json else show(result)
    for fault in faults:
        say(f"the demo did not go as it must: {fault}")
    ctx.exit(SOME_FAILED if faults else 0)


class Told:
    """Tells of each run as it happens: what day it is, its bars, its summary. A set of bars for each run."""

    def __init__(self, stack: ExitStack, quiet: bool, verbose: int) -> None:
        self._stack, self._quiet, self._verbose = stack, quiet, verbose
        if not quiet:
            show_lines((line, "") for line in WELCOME.splitlines())

    def begins(self, n: int, when: datetime) -> None:
        """Before a run."""
        from pipeline.cli.progress import watching

        if not self._quiet:
            day = f"\nday {n}, {when:%A %d %B}, evening"
            show_lines([(day if n < LAST else "\nonce more, nothing is new", "bold")])
        self._watch = self._stack.enter_context(watching(False, self._verbose))

    def crawled(self, progress: Progress) -> None:
        """After each URL."""
        self._watch.crawled(progress)

    def stage(self, stage: str, done: int, total: int) -> None:
        """After each batch."""
        self._watch.told(stage, done, total)

    def ended(self, _n: int, done: Summary) -> None:
        """After a run."""
        self._stack.close()
        if not self._quiet:
            show_lines([(summary(done), "")])


def as_row(result: Result, faults: list[str]) -> dict[str, Any]:
    """The demo as JSON shows it."""
    return {
        "database": str(result.path),
        "runs": [{"run_id": r.run_id, **r.counts()} for r in result.runs],
        "articles": result.articles,
        "stories": asdict(result.stories) if result.stories else None,
        "copies": asdict(result.copies) if result.copies else None,
        "origins": asdict(result.origins) if result.origins else None,
        "case_story": result.case_story,
        "sick": result.sick,
        "faults": faults,
    }


def show(result: Result) -> None:
    """The stories, the case in full, quality, sick outlets, and what to type next."""
    with reading(result.path) as db:
        found = asking.stories(db, EVERY, now(), limit=LISTED)
        counts = asking.count(db, EVERY)
        case = reads.story(db, result.case_story) if result.case_story else None
    show_lines([("\nthe stories", "bold")])
    showing.stories(found, counts, False, now())
    if case:
        show_lines([("\none of them in full: who printed whom", "bold")])
        showing.story(case, now())
    show_lines([*_quality(result), *_again(result), *_sick(result.sick), *_next(result)])


def _quality(result: Result) -> Iterator[tuple[str, str]]:
    yield f"\nmeasured against the truth ({result.articles} articles, B³)", "bold"
    for name, value in (("stories (one event)", result.stories), ("copies (one text)", result.copies)):
        if value:
            yield f"  {name:<20}  {_numbers(value)}", ""
    if o := result.origins:
        found = f"{o.right} of {o.right + o.unknown + o.wrong} stories right, {o.unknown} unknown, {o.wrong} wrong"
        yield f"  {'who told it first':<20}  {found}", ""


def _again(result: Result) -> Iterator[tuple[str, str]]:
    yield f"\nthe last run met nothing new: {result.rewritten} rows of the data tables written", "bold"


def _numbers(value: Quality) -> str:
    return f"precision {value.precision:.3f}, recall {value.recall:.3f}, F1 {value.f1:.3f}"


def _sick(rows: list[Row]) -> Iterator[tuple[str, str]]:
    yield "\noutlets that fail on purpose", "bold"
    for row in rows:
        off = "; switched off" if row["disabled"] else ""
        yield f"  {row['source']:<14}  {reason(row['last_code'])}{off}", ""


def _next(result: Result) -> Iterator[tuple[str, str]]:
    yield "\nwhat to type next", "bold"
    case = [f"story {result.case_story}", *_last(result), *_pair(result)] if result.case_story else []
    more = ("search 'drone*' bingo", "outlets", "sources --failing", "sources --boilerplate", "serve --open")
    yield f"  export {DB}={quote(str(result.path.resolve()))}", ""
    for command in ("stories --all", *case, *more):
        yield f"  {invoked()} {command}", ""


def _last(result: Result) -> list[str]:
    """A `trace`, `cite` and `adds` of the case's last article."""
    with reading(result.path) as connection:
        case = reads.story(connection, result.case_story or 0)
    return [f"{command} {case['members'][-1]['article_id']}" for command in ("trace", "cite", "adds")] if case else []


def _pair(result: Result) -> list[str]:
    """A `why` over two languages of the case, where it has them."""
    with reading(result.path) as connection:
        case = reads.story(connection, result.case_story or 0)
    members = case["members"] if case else []
    other = next((m for m in members if m["lang"] != members[0]["lang"]), None)
    return [f"why {members[0]['article_id']} {other['article_id']}"] if other else []
