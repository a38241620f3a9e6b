"""Who shares keys over more days than a window has, asked of Daft: ``far.py`` over the whole archive."""

from __future__ import annotations

from typing import Any

import daft
import numpy as np
import pyarrow as pa
from daft import DataType, Series, col
from daft.functions import to_struct

from pipeline.batch import far
from pipeline.batch.query import Frame, dtype, fields_of, flattened, with_the_first
from pipeline.blocking import COPY_KEYS, HASH_BITS

FIRST_PRINT = COPY_KEYS.start + (1 << HASH_BITS)  # of the keys of copies, bands lie below and fingerprints from here


_FAR = pa.list_(pa.struct([(n, pa.int64()) for n in ("left", "right", "fewer", "crowded")]))
_PROBED = pa.struct([("crowded", pa.int64()), ("probes", pa.list_(pa.bool_()))])


def far_pairs(signed: Frame, reach: int) -> Frame:
    """Pairs (left, right) of articles that lie more than ``reach`` days apart and are to be judged."""
    crowds = _crowds(signed)
    probed = _probed(crowds)(col("copies"))
    keys = signed.select("id", "day", "prints", col("copies").alias("key"), *fields_of(probed, _PROBED))
    grouped = (
        keys.explode("key", "probes")
        .groupby("key")
        .agg(
            to_struct(*(col(n) for n in ("id", "day", "prints", "crowded", "probes"))).list_agg().alias("holders"),
            (col("day").max() - col("day").min()).alias("days"),
        )
        .where(col("days") > reach)
    )
    is_print = col("key") >= FIRST_PRINT
    bands = _meeting(grouped.where(~is_print), reach).select("left", "right").distinct()
    few = col("holders").length() <= far.CROWD
    shared = (
        _meeting(grouped.where(is_print & few), reach)
        .groupby("left", "right")
        .agg(col("fewer").count().alias("n"), col("fewer").max(), col("crowded").max())
    )
    least = _least(col("fewer"))
    sure = shared.where((col("crowded") == 0) & (col("n") >= least)).select("left", "right")
    found = bands.concat(sure)
    if crowds:
        maybe = shared.where((col("crowded") > 0) & (col("n") + col("crowded") >= least)).select("left", "right")
        probing = _meeting(grouped.where(is_print & ~few), reach, crowded=True).select("left", "right").distinct()
        found = found.concat(_sharing_enough(maybe.concat(probing).distinct(), signed))
    return found.distinct()


def _crowds(signed: Frame) -> dict[int, int]:
    """Crowded fingerprint → its holders."""
    keys = signed.select(col("copies").alias("key")).explode("key").where(col("key") >= FIRST_PRINT)
    counted = keys.groupby("key").agg(daft.lit(1).count().alias("n")).where(col("n") > far.CROWD).to_pydict()
    return dict(zip(counted["key"], counted["n"], strict=True))


def _probed(crowds: dict[int, int]) -> Any:
    @daft.func.batch(return_dtype=dtype(_PROBED))
    def probed(copies: Series) -> Any:
        out = []
        for keys in copies.to_pylist():
            own = [k for k in keys if k >= FIRST_PRINT]
            probes = [False] * (len(keys) - len(own)) + far.probed(own, crowds)
            out.append({"crowded": sum(k in crowds for k in own), "probes": probes})
        return pa.array(out, _PROBED)

    return probed


def _meeting(grouped: Frame, reach: int, crowded: bool = False) -> Frame:
    """Who meets under a key, as ``far.pairs_under`` tells."""

    @daft.func.batch(return_dtype=dtype(_FAR))
    def meeting(groups: Series) -> Any:
        flat, offsets = flattened(groups)
        ids, days, prints, many, probes = (
            np.asarray(flat.field(n).to_numpy(zero_copy_only=False))
            for n in ("id", "day", "prints", "crowded", "probes")
        )
        held = far.Holders(ids, days, prints, many, probes, offsets)
        rows = np.concatenate([np.empty((0, 4), np.int64), *far.pairs_under(held, reach, crowded)])
        return with_the_first(rows, _FAR, len(groups))

    pairs = grouped.select(meeting(col("holders")).alias("pair")).explode("pair").where(col("pair").not_null())
    return pairs.select(*(col("pair")[f.name].alias(f.name) for f in _FAR.value_type))


@daft.func.batch(return_dtype=DataType.int64())
def _least(prints: Series) -> Any:
    return pa.array([far.least_shared(n) for n in prints.to_pylist()], pa.int64())


def _sharing_enough(pairs: Frame, signed: Frame) -> Frame:
    @daft.func.batch(return_dtype=DataType.bool())
    def enough(left: Series, right: Series) -> Any:
        both = zip(left.to_pylist(), right.to_pylist(), strict=True)
        own = ([[k for k in keys if k >= FIRST_PRINT] for keys in pair] for pair in both)
        return pa.array([far.enough(a, b) for a, b in own], pa.bool_())

    left, right = (signed.select(col("id").alias(n), col("copies").alias(f"{n}_copies")) for n in ("left", "right"))
    met = pairs.join(left, on="left").join(right, on="right")
    return met.where(enough(col("left_copies"), col("right_copies"))).select("left", "right")
