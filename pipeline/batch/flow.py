"""The archive through Daft, stage by stage: the only user of Daft.

A stage is a query whose answer is written to Parquet files in the scratch folder and read again: nothing is held in
memory from one stage to the next, and where a machine of a cluster dies with what it held, the stage is asked again. On
a cluster the scratch folder must be one that all machines see. Tasks that work on Python objects run in processes of
their own, as many as there are cores; what is left is Daft's.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import daft
import numpy as np
import pyarrow as pa
from daft import DataType, Series, col
from daft.functions import to_struct

from pipeline.background import Background, added, snapshot, tallied
from pipeline.batch import columns
from pipeline.batch.meet import far_pairs
from pipeline.batch.query import Frame, dtype, fields, fields_of
from pipeline.batch.stages import Scratch, Tell
from pipeline.batch.sweep import Common, blocks_for, by_source, day_of, judged_far, sweep
from pipeline.blocking import window_days
from pipeline.model import Article, ConfigError, Pair
from pipeline.signatures import Recipe, paragraph_hashes, title_hash
from pipeline.vectors import Load

SOME = 1_000  # articles that one task counts, or pairs that it judges


@dataclass(frozen=True, slots=True)
class Made:
    """What a rebuild of the archive came to."""

    recipe: Recipe  # with the snapshot that was taken
    signed: Frame  # columns as of columns.KEPT
    matches: Frame  # columns as of columns.MATCH


def rebuilt(source: Frame, how: Recipe, scratch: Scratch, load: Load, tell: Tell) -> Made:
    """Sign, propose and judge all articles of ``source``; as a run does, with a snapshot of this archive.

    Raises ConfigError where two articles have one id.
    """
    steps = _Steps(source, scratch, tell)
    surveyed = steps.stage("survey", source.select("id", "source", *_survey(source)))
    _unique(surveyed)
    recipe = replace(how, background=_snapshot(surveyed))
    common = Common(recipe, _frames(surveyed, recipe), load)
    swept = steps.stage("sweep", _swept(source, surveyed, common, scratch.slots))
    signed = swept.select("kept").explode("kept").where(col("kept").not_null()).select(*fields("kept", columns.KEPT))
    pairs = steps.stage("propose", far_pairs(signed, window_days(recipe)))
    near = swept.select("matches").explode("matches").where(col("matches").not_null())
    both = near.select(*fields("matches", columns.MATCH)).concat(_far_matches(source, pairs, common))
    return Made(recipe, signed, steps.stage("judge", both))


@dataclass
class _Steps:
    source: Frame
    scratch: Scratch
    tell: Tell
    done: int = 0

    def stage(self, name: str, query: Frame) -> Frame:
        made = self.scratch.kept(name, query)
        self.done += 1
        self.tell(name, self.done, 4)
        return made


# -- survey: what is asked of each article before anything is signed


_SURVEY = pa.struct([
    ("day", pa.int64()), ("title", pa.int64()), ("paragraphs", pa.list_(pa.int64())), ("tally", pa.binary()),
])  # fmt: skip


def _survey(source: Frame) -> list[daft.Expression]:
    @daft.func.batch(return_dtype=dtype(_SURVEY), use_process=True, batch_size=SOME)
    def survey(rows: Series) -> Any:
        own = [columns.article(row) for row in rows.to_pylist()]
        tally = tallied((a.lang, f"{a.title}\n{a.text}") for a in own)
        packed = [zlib.compress(pickle.dumps(tally), 1), *[None] * (len(own) - 1)]
        told = [
            {"day": day_of(a), "title": title_hash(a), "paragraphs": sorted(paragraph_hashes(a)), "tally": t}
            for a, t in zip(own, packed, strict=False)
        ]
        return pa.array(told, _SURVEY)

    made = survey(to_struct(*(col(n) for n in columns.READ if n != "vector")))
    return fields_of(made, _SURVEY)


def _unique(surveyed: Frame) -> None:
    held = surveyed.groupby("id").agg(col("source").count(mode="all").alias("n"))
    for article_id in held.where(col("id").is_null() | (col("n") > 1)).limit(1).to_pydict()["id"]:
        what = "an article without an id" if article_id is None else f"article {article_id} more than once"
        raise ConfigError(f"there is {what}")


def _snapshot(surveyed: Frame) -> Background:
    packed = surveyed.select("tally").where(col("tally").not_null()).to_arrow_iter()
    return snapshot(added(pickle.loads(zlib.decompress(t)) for part in packed for t in part["tally"].to_pylist()))  # noqa: S301


def _frames(surveyed: Frame, recipe: Recipe) -> dict[str, frozenset[int]]:
    stands = surveyed.select("source", "title", col("paragraphs").alias("hash")).explode("hash")
    counted = (
        stands.where(col("hash").not_null()).groupby("source", "hash").agg(col("title").count_distinct().alias("n"))
    )
    found = counted.where(col("n") >= recipe.boilerplate_min_articles).to_pydict()
    return by_source(list(zip(found["source"], found["hash"], strict=True)))


# -- sweep: what lies within a window of each other


_SWEPT = pa.struct([("kept", pa.list_(columns.KEPT)), ("matches", pa.list_(columns.MATCH))])


def _swept(source: Frame, surveyed: Frame, common: Common, cores: int) -> Frame:
    counted = surveyed.groupby("day").agg(col("id").count().alias("n")).to_pydict()
    days = dict(zip(counted["day"], counted["n"], strict=True))
    reach = window_days(common.recipe)
    found = blocks_for(days, cores, reach)
    firsts = np.array([first for first, _ in found] or [0])
    lasts = np.array([last for _, last in found] or [0])

    @daft.func.batch(return_dtype=DataType.list(DataType.int64()))
    def homes(published: Series, first_seen: Series) -> Any:
        day = np.array(columns.days(published.to_arrow(), first_seen.to_arrow()), np.int64)
        own = np.searchsorted(firsts, day, side="right") - 1
        before = np.searchsorted(lasts, day - reach)  # the first block whose window the day is in
        return pa.array([list(range(b, o + 1)) for b, o in zip(before.tolist(), own.tolist(), strict=True)])

    @daft.func.batch(return_dtype=dtype(_SWEPT), use_process=True, batch_size=1)
    def swept(numbers: Series, groups: Series) -> Any:
        out = []
        for number, rows in zip(numbers.to_pylist(), groups.to_pylist(), strict=True):
            own, have = _read(rows)
            langs = {a.id: a.lang for a in own}
            kept, matches = [], []
            for some, judged in sweep(own, int(firsts[number]), int(lasts[number]), common, have):
                kept += [columns.kept_row(k, langs[k.article_id]) for k in some]
                matches += [columns.match_row(m) for m in judged]
            out.append({"kept": kept, "matches": matches})
        return pa.array(out, _SWEPT)

    placed = source.with_column("block", homes(col("published"), col("first_seen"))).explode("block")
    grouped = placed.groupby("block").agg(to_struct(*(col(n) for n in columns.READ)).list_agg().alias("rows"))
    made = grouped.select(swept(col("block"), col("rows")).alias("made"))
    return made.select(*fields("made", _SWEPT))


def _read(rows: Sequence[dict[str, Any]]) -> tuple[list[Article], dict[str, bytes]]:
    found = [columns.article(row) for row in rows]
    return found, {a.content_hash: r["vector"] for a, r in zip(found, rows, strict=True) if r["vector"]}


# -- far: copies over more days than a window has


def _far_matches(source: Frame, pairs: Frame, common: Common) -> Frame:
    """The matches of far pairs, columns as of columns.MATCH."""

    @daft.func.batch(return_dtype=dtype(columns.MATCH), use_process=True, batch_size=SOME)
    def judge(left: Series, right: Series) -> Any:
        both = [
            (columns.article(a), columns.article(b)) for a, b in zip(left.to_pylist(), right.to_pylist(), strict=True)
        ]
        made = {m.pair: columns.match_row(m) for m in judged_far(both, common)}
        return pa.array([made.get(Pair(a.id, b.id)) for a, b in both], columns.MATCH)

    row = to_struct(*(col(n) for n in columns.READ if n != "vector"))
    one, other = (source.select(col("id").alias(n), row.alias(f"{n}_row")) for n in ("left", "right"))
    met = pairs.join(one, on="left").join(other, on="right").sort("left")  # so that a task makes few profiles
    judged = met.select(judge(col("left_row"), col("right_row")).alias("match")).where(col("match").not_null())
    return judged.select(*fields("match", columns.MATCH))
