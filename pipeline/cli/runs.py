"""`retold runs`: what the last runs did, and what their stages cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pipeline.cli.options import db_option, json_option, now
from pipeline.cli.output import plain, show_json, show_lines, show_table
from pipeline.cli.query import NotThere
from pipeline.cli.words import FINE, ago, clock, count, reason, stored
from pipeline.feedhealth import span
from pipeline.phrases import megabytes
from pipeline.store import ledger, state
from pipeline.store.connect import reading
from pipeline.store.rows import Row

COLUMNS = ("run", "started", "state", "took", "answers", "failed", "articles", "edited", "stories", "stages")
RIGHT = ("run", "took", "answers", "failed", "articles", "edited", "stories")
NARROW = (("stages", 12), ("edited", 0), ("answers", 0), ("stages", 0))
STAGES = ("stage", "began after", "took", "processor", "memory", "")
DEAREST = 3  # stages of a run that the list names
WORTH_S = 0.05


@click.command()
@click.argument("run_id", metavar="[RUN]", required=False, type=click.IntRange(1, 2**63 - 1))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many at most.")
@db_option
@json_option
def runs(path: Path, run_id: int | None, limit: int, as_json: bool) -> None:
    """List the last runs: when, how each ended, what it brought, how long its stages took. Or one run in full.

    \b
    Examples:
      retold runs
      retold runs 412
      retold runs --limit 1 --json
    """
    with reading(path) as db:
        found = _found(db, run_id, limit)
        if not found and run_id:
            raise NotThere(f"no run {run_id} in {path}; `retold runs` lists them")
        stages = ledger.stages(db, [run["id"] for run in found])
        outcomes = ledger.outcomes(db, run_id) if run_id else []
    listed = [{**run, "stages": stages.get(run["id"], [])} for run in found]
    if as_json:
        return show_json({**listed[0], "answers": outcomes} if run_id else listed)
    if run_id:
        return _one(listed[0], outcomes, not state.held(path))
    killed = not state.held(path)
    table = [COLUMNS, *(_cells(run, killed) for run in listed)]
    show_table(table, RIGHT, NARROW)
    return show_lines([(count(len(listed), "run"), "dim")])


def _found(db: Any, run_id: int | None, limit: int) -> list[Row]:
    if run_id is None:
        return ledger.page(db, 1, limit)
    run = ledger.run(db, run_id)
    return [{k: v for k, v in run.items() if k not in ("before", "after")}] if run else []


def _cells(run: Row, killed: bool) -> tuple[object, ...]:
    """One run; ``killed``: what is "running" is not, for nobody holds the lock."""
    counts = run["counts"]
    answers = [(code, n) for kind in (counts.get("fetches") or {}).values() for code, n in kind.items()]
    numbers = [counts.get(name, "") for name in ("new_articles", "edited", "stories_changed")]
    failed = sum(n for code, n in answers if code not in FINE)
    return (
        run["id"], clock(run["started"]), _ended(run, killed), span(run["duration_s"]), sum(n for _, n in answers),
        failed, *numbers, dearest(run["stages"]),
    )  # fmt: skip


def _ended(run: Row, killed: bool) -> str:
    return "killed" if killed and run["state"] == "running" else run["state"]


def dearest(stages: Sequence[Row], most: int = DEAREST) -> str:
    """``collect 31 s, judge 4.2 s, sign 2.1 s``: where a run's time went; of one that was killed, in which stage."""
    ordered = sorted((s for s in stages if s["wall_s"] >= WORTH_S), key=lambda s: -s["wall_s"])[:most]
    unfinished = [f"in {s['stage']}" for s in stages if not s["done"]]
    return ", ".join([*unfinished[-1:], *(f"{s['stage']} {span(s['wall_s'])}" for s in ordered)])


def _one(run: Row, outcomes: Sequence[Row], killed: bool) -> None:
    show_lines(_head(run, killed))
    if run["stages"]:
        show_table([STAGES, *(_stage(s) for s in run["stages"])], STAGES[1:5], ())
    answers = (f"{o['fetches']:>6,}  {o['kind']}: {plain(reason(o['code']))} ({plain(o['code'])})" for o in outcomes)
    show_lines((line, "") for line in answers)


def _head(run: Row, killed: bool) -> Iterator[tuple[str, str]]:
    took = f", took {span(run['duration_s'])}" if run["duration_s"] is not None else ""
    yield f"run {run['id']}: {_ended(run, killed)}, started {clock(run['started'])} UTC{took}", "bold"
    so_far = " so far" if run["state"] == "running" and run["counts"] else ""
    yield f"{_counted(run['counts'])}{so_far}, {ago(stored(run['started']), now())}", ""
    if error := run["counts"].get("error"):
        yield plain(error), "bold red"
    if run["db_bytes"]:
        yield f"database {megabytes(run['db_bytes'])} at its end; recipe {plain(run['recipe'])}", "dim"


def _counted(counts: Mapping[str, Any]) -> str:
    if "fetches" not in counts:
        return "nothing counted: it has just begun, or was killed"
    kinds = (("new_entries", "new entry", "new entries"), ("new_articles", "new article", ""),
             ("edited", "edited article", ""), ("stories_changed", "story changed", "stories changed"))  # fmt: skip
    return ", ".join(count(counts[name], *words) for name, *words in kinds if name in counts)


def _stage(s: Row) -> tuple[object, ...]:
    late = "" if s["done"] else "not done"
    return s["stage"], span(s["after_s"]), span(s["wall_s"]), span(s["cpu_s"]), f"{s['peak_mb']:,.0f} MB", late
