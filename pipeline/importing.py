"""Archives into the database: read, made articles in limited processes, stored as a run stores them, grouped, traced.

A batch of records is one transaction, with how far it has come: a killed import goes on there. What is here already is
known by its key, so that no archive adds anything twice. Memory holds a few batches, whatever the archive's size.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline import corrections
from pipeline.absorb import Tell, absorb, quiet
from pipeline.archive import PAYS, Engine, installed, rebuild_all
from pipeline.config import Config
from pipeline.imports import making
from pipeline.imports.outlets import Finder
from pipeline.imports.records import Input, Record, Refused
from pipeline.model import Article
from pipeline.run import Clock, Summary, ledger, utc_now
from pipeline.sandbox import Sandbox
from pipeline.signatures import Recipe, recipe
from pipeline.store import articles as store_articles
from pipeline.store import collecting, other, signing
from pipeline.store.connect import Connection, lock, writing
from pipeline.store.importing import Archived
from pipeline.taking import (
    CHILDREN,
    CPU_S,
    MEMORY_MB,
    READERS,
    WALL_S,
    How,
    Rejected,
    Taken,
    Taker,
    answer_of,
    look,
    of_database,
)  # fmt: skip
from pipeline.tracing import trace
from pipeline.verdict import VERDICT


@dataclass(frozen=True, slots=True)
class Previewed:
    """A record as it would be taken: its article, or why there is none."""

    record: Record
    refused: Refused | None
    article: Article | None
    columns: Mapping[str, set[str]]


@dataclass
class Imported:
    """What an import did."""

    summary: Summary
    taken: list[Taken] = field(default_factory=list)
    corrections: int = 0


def run(
    config: Config, path: Path, inputs: Sequence[Input], how: How, tell: Tell = quiet,
    rejected: Rejected = lambda *_: None, clock: Clock = utc_now,
) -> Imported:  # fmt: skip
    """Take these archives into the database at ``path``, then compare, group and trace what is new.

    ``rejected`` is told each record that gave no article. Raises LockedError where a run is under way, StoreError,
    ConfigError; KeyboardInterrupt on a signal, after what was stored has been kept.
    """
    for one in inputs:
        look(one, how.reading)
    made_with = recipe(config, VERDICT)
    with lock(path), writing(path) as db, ledger(db, made_with, clock) as summary:
        collecting.sync_sources(db, config.sources, config.owners.house)
        done = Imported(summary)
        try:
            with Sandbox(workers(config), wall_s=WALL_S, cpu_s=CPU_S, memory_mb=MEMORY_MB, preload=CHILDREN) as sandbox:
                taker = Taker(db, config, how, made_with, summary.run_id, sandbox, tell, rejected, clock)
                for one in inputs:
                    done.taken.append(Taken(one))
                    taker.take(done.taken[-1])
        finally:
            summary.articles = sum(t.counts["new"] for t in done.taken)
            summary.edited = sum(t.counts["edited"] for t in done.taken)
            summary.imported = {"inputs": [{"path": t.input.name, **t.stored()} for t in done.taken]}
        for path_ in (t.input.path for t in done.taken if t.input.kind == "database" and not t.before):
            assert path_ is not None
            done.corrections += corrections.take_in(db, made_with, other.corrections(path_), clock())[0]
        if how.group:
            group(db, made_with, summary, tell, clock)
    return done


def workers(config: Config) -> int:
    """How many processes make articles."""
    return config.http.workers or os.cpu_count() or 1


def group(db: Connection, how: Recipe, summary: Summary, tell: Tell, clock: Clock) -> None:
    """Compare, group and trace what is new: by the batch engine where there is one and most of a large archive is."""
    fresh, total = signing.count_unsigned(db), store_articles.count(db)
    if fresh >= PAYS and 2 * fresh >= total and installed():
        rebuild_all(db, how, summary, Engine(), tell, clock)
        return
    summary.absorbed = absorb(db, summary.run_id, clock(), how, tell)
    summary.cited, summary.traced = trace(db, tell, most=total)


def preview(config: Config, one: Input, how: How, most: int, clock: Clock = utc_now) -> list[Previewed]:
    """The first ``most`` records as they would be taken; nothing is written, no database is asked."""
    finder, now = Finder(config, (), how.source), clock()
    shown: list[Previewed] = []
    records = of_database(one, 0) if one.kind == "database" else READERS[one.kind](one, how.reading, 0, 0)
    with Sandbox(1, wall_s=WALL_S, cpu_s=CPU_S, memory_mb=MEMORY_MB, preload=CHILDREN) as sandbox:
        for record in islice(records, most):
            columns, made = _one(sandbox, one, record, how, now)
            if isinstance(made, Refused):
                shown.append(Previewed(record, made, None, columns))
                continue
            article = made.found.article if isinstance(made, Archived) else made.article
            key = finder.of(made.outlet, article.url, article.lang)
            shown.append(Previewed(record, None, replace(article, source=key), columns))
    return shown


def _one(sandbox: Sandbox, one: Input, record: Record, how: How, now: datetime) -> tuple[dict[str, set[str]], Any]:
    if one.kind == "database" and record.row:
        return {}, record.row["archived"]
    if record.page:
        return {}, answer_of(sandbox.submit(making.made_page, record.page, how.reading, now))
    if record.row is None:
        return {}, Refused(record.why, record.detail)
    make = partial(making.made_rows, asked=how.reading.mapping, how=how.reading, now=now, spreadsheet=one.kind == "csv")
    found = answer_of(sandbox.submit(make, [record.row]))
    return ({}, found) if isinstance(found, Refused) else (found[1], found[0][0])
