"""Parquet out and in: what the database holds as files, and the story groups of articles in files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from pipeline import stories
from pipeline.absorb import Tell, quiet
from pipeline.archive import Engine, made_of, rows_of, tables
from pipeline.config import Config
from pipeline.constraints import rulings
from pipeline.model import Article, ConfigError, Correction
from pipeline.signatures import Recipe, recipe
from pipeline.store import articles as store_articles
from pipeline.store import embedding, grouping
from pipeline.store.connect import reading
from pipeline.tablefiles import want_pyarrow
from pipeline.verdict import VERDICT

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.batch.flow import Made
    from pipeline.batch.stages import Scratch

STORIES, MATCHES = "stories.parquet", "matches.parquet"
ROWS = 50_000  # written at once


@dataclass(frozen=True, slots=True)
class Groups:
    """What a folder of files came to."""

    articles: int
    copies: int  # copy groups
    stories: int | None  # None where only copies were asked for
    matches: int


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder that becomes ``target`` when all is written; raises ConfigError where that is there and not empty."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError(f"{target}: is there already; name a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield part
        part.chmod(0o755)
        part.replace(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def export(config: Config, path: Path, target: Path, tell: Tell = quiet) -> Groups:
    """The database as Parquet in the new folder ``target``: ``articles/part-*.parquet``, ``stories.parquet`` and
    ``matches.parquet`` (docs/database.md). Raises StoreError, ConfigError, OSError."""
    want_pyarrow()
    from pyarrow import parquet

    from pipeline.batch.columns import FOLDER, GROUPED, MATCHED

    how = recipe(config, VERDICT)
    with reading(path) as db, new_folder(target) as folder:
        (folder / FOLDER).mkdir()
        total, articles = store_articles.count(db), 0

        def known(some: Sequence[Article]) -> dict[str, bytes]:
            return embedding.vectors(db, [a.content_hash for a in some], how.model)

        for n, table in enumerate(tables(db, known)):
            parquet.write_table(table, folder / FOLDER / f"part-{n:05}.parquet", compression="zstd")
            articles += len(table)
            tell("read", articles, total)
        _write(folder / STORIES, GROUPED, grouping.groups(db))
        matches = _write(folder / MATCHES, MATCHED, grouping.edges(db))
        return Groups(articles, *grouping.counts(db), matches)


def _write(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> int:
    """Stream rows into a file; how many."""
    import pyarrow as pa
    from pyarrow import parquet

    written = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        while some := list(islice(rows, ROWS)):
            file.write_table(pa.Table.from_pylist(some, schema=schema))
            written += len(some)
    return written


def rebuild(
    config: Config,
    source: str,
    target: Path,
    on: Engine,
    *,
    only_copies: bool = False,
    corrections: Sequence[Correction] = (),
    tell: Tell = quiet,
) -> Groups:
    """The story groups (or only the copies) of the articles in Parquet files (a pattern, a folder or an object-store
    address), as ``stories.parquet`` and ``matches.parquet`` in the new folder ``target``.

    A story, and a copy group, goes by its smallest article id. ``corrections``: in force, oldest first.
    Raises ConfigError, ClusterError, OSError.
    """
    from pipeline.batch.stages import running

    how = recipe(config, VERDICT)
    with new_folder(target) as folder, running(on.scratch, on.ray) as scratch:
        if only_copies:
            return _copies(source, how, scratch, folder, tell)
        return _grouped(made_of(source, how, scratch, tell), source, corrections, folder)


def _copies(source: str, how: Recipe, scratch: Scratch, folder: Path, tell: Tell) -> Groups:
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    from pipeline.batch import copies, query
    from pipeline.lsh import clusters

    articles = query.articles(source)
    pairs = copies.copies(articles, how, scratch, tell).to_arrow()
    ids = np.sort(articles.select("id").to_arrow()["id"].to_numpy())
    places = np.searchsorted(ids, np.stack([pairs[n].to_numpy() for n in ("left", "right")], axis=1))
    first = ids[clusters(len(ids), places)]
    parquet.write_table(pa.table({"article": ids, "copy": first}), folder / STORIES)
    parquet.write_table(pairs, folder / MATCHES)
    return Groups(len(ids), len(np.unique(first)), None, len(pairs))


def _grouped(made: Made, source: str, corrections: Sequence[Correction], folder: Path) -> Groups:
    """Edges united on this machine: they are few (docs/performance.md), whatever signed and judged them."""
    import pyarrow as pa
    from pyarrow import parquet

    from pipeline.batch import columns, query

    held = made.signed.select("id", "lang").to_pydict()
    langs = dict(zip(held["id"], held["lang"], strict=True))
    edges = [columns.edge(r) for r in rows_of(made.matches.exclude("reasons"))]
    said = sorted({k for c in corrections for k in c.together | c.apart})
    rules = rulings(corrections, query.ids_of(source, said)) if said else []
    keys = dict.fromkeys(langs, "") | query.keys_of(source, {i for m in edges for i in m.pair})
    groups = stories.partition(langs.keys(), edges, made.recipe, rules, langs, keys)
    rows = [(i, ids[0], copy[0]) for ids, copies in groups for copy in copies for i in copy]
    told = [dict(zip(columns.GROUPED.names, r, strict=True)) for r in sorted(rows)]
    parquet.write_table(pa.Table.from_pylist(told, schema=columns.GROUPED), folder / STORIES)
    parquet.write_table(made.matches.sort(["left", "right"]).to_arrow(), folder / MATCHES)
    return Groups(len(langs), sum(len(copies) for _, copies in groups), len(groups), len(edges))
