"""The whole database at once: through the batch engine and back.

The database is touched only when the engine is done, and then as a run touches it: articles in the order of their ids,
each with its matches to those before it. Killed there, it is what a run that had come so far would leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from pipeline import vectors
from pipeline.absorb import Absorbed, Tell, group_all, quiet, vectors_of
from pipeline.config import Config
from pipeline.model import Article, Match
from pipeline.run import Clock, Summary, ledger, utc_now
from pipeline.signatures import Recipe, recipe
from pipeline.store import articles as store_articles
from pipeline.store import backgrounds, collecting, signing
from pipeline.store.connect import Connection, lock, reading, writing
from pipeline.tracing import trace
from pipeline.verdict import VERDICT

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.batch.flow import Made
    from pipeline.batch.query import Frame
    from pipeline.batch.stages import Scratch

PAYS = 5_000  # articles from which the engine is worth starting where nobody asks for it
AT_ONCE = 2_000  # articles recorded in one transaction
FILE = 25_000  # articles of one Parquet file: what one task reads


def pays(path: Path) -> bool:
    """Whether the database is large enough to be rebuilt by the batch engine rather than as a run does; False where
    the engine is not installed. Raises StoreError."""
    if not installed():
        return False
    with reading(path) as db:
        return store_articles.count(db) >= PAYS


def installed() -> bool:
    """Whether there is a batch engine."""
    return find_spec("daft") is not None


@dataclass(frozen=True, slots=True)
class Engine:
    """What to rebuild on."""

    ray: str | None = None  # address of a Ray cluster; none: this machine
    scratch: str | None = None  # folder or object-store address; none: a temporary folder


def rebuild(config: Config, path: Path, on: Engine, tell: Tell = quiet, clock: Clock = utc_now) -> Summary:
    """Weigh, sign, judge and group every article of the database anew, by the batch engine.

    Raises LockedError where a run is under way, StoreError, ConfigError, ClusterError.
    """
    how = recipe(config, VERDICT)
    with lock(path), writing(path) as db, ledger(db, how, clock) as summary:
        collecting.sync_sources(db, config.sources, config.owners.house)
        rebuild_all(db, how, summary, on, tell, clock)
    return summary


def rebuild_all(db: Connection, how: Recipe, summary: Summary, on: Engine, tell: Tell, clock: Clock) -> None:
    """The same for a database that the caller holds, within the caller's run."""
    from pipeline.batch.stages import running

    with running(on.scratch, on.ray) as scratch:
        began = process_time()
        with summary.stages.stage("read"):
            written = _written(db, how, scratch, tell)
        with summary.stages.stage("engine"):
            made = made_of(written, how, scratch, tell)
        done = summary.absorbed = Absorbed(recipe=made.recipe.name, stages=summary.stages)
        backgrounds.record(db, made.recipe.background)
        signing.drop_signed(db, made.recipe.name)
        with done.stage("store"):
            _record(db, summary.run_id, made, done, tell)
        group_all(db, clock(), made.recipe, done, tell)
        summary.cited, summary.traced = trace(db, tell, store_articles.count(db), summary.stages)
        done.seconds = process_time() - began


def made_of(source: str, how: Recipe, scratch: Scratch, tell: Tell) -> Made:
    """The articles of Parquet files, signed and judged. Raises ConfigError, ClusterError."""
    from pipeline.batch import flow, query

    return flow.rebuilt(query.articles(source), how, scratch, vectors.load, tell)


def _written(db: Connection, how: Recipe, scratch: Scratch, tell: Tell) -> str:
    """Put the archive where the engine reads it; vectors that the model has not made yet are made first."""
    total = store_articles.count(db)
    for n, table in enumerate(tables(db, lambda some: vectors_of(db, some, how, vectors.load))):
        scratch.write(f"articles/part-{n:05}.parquet", table)
        tell("read", min((n + 1) * FILE, total), total)
    return f"{scratch.where}/articles/*.parquet"


def tables(db: Connection, vectors_for: Callable[[Sequence[Article]], dict[str, bytes]]) -> Iterator[pa.Table]:
    """The archive as Arrow tables of ``FILE`` articles, by id, one at least."""
    from pipeline.batch.columns import article_table

    some: list[Article] = []
    for some in store_articles.batches(db, FILE):
        yield article_table(some, vectors_for(some))
    if not some:
        yield article_table([], {})


def _record(db: Connection, run_id: int, made: Made, done: Absorbed, tell: Tell) -> None:
    from pipeline.batch import columns

    total = made.signed.count_rows()
    matches = _by_right(rows_of(made.matches.sort(["right", "left"])))
    held = next(matches, None)
    last = 0
    for rows in _batches(rows_of(made.signed.sort("id"))):
        kept = [columns.kept(r) for r in rows]
        if kept[0].article_id <= last:
            raise AssertionError("the engine answered out of order")
        last = kept[-1].article_id
        own: list[Match] = []
        while held and held[0] <= last:
            own += held[1]
            held = next(matches, None)
        signing.record_signed(db, run_id, kept, own, made.recipe)
        done.signed += len(kept)
        done.matches += len(own)
        tell("store", done.signed, total)


def rows_of(frame: Frame) -> Iterator[dict[str, Any]]:
    """The rows of an answer, in its order."""
    for part in frame.to_arrow_iter():
        yield from part.to_pylist()


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for _, group in groupby(enumerate(rows), key=lambda x: x[0] // AT_ONCE):
        yield [row for _, row in group]


def _by_right(rows: Iterator[dict[str, Any]]) -> Iterator[tuple[int, list[Match]]]:
    from pipeline.batch.columns import match

    for right, group in groupby(rows, key=lambda r: r["right"]):
        yield right, [match(r) for r in group]
