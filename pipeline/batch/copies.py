"""Near-duplicates alone, as fast as they can be had: signatures, bands, pairs of enough estimated Jaccard.

For archives so large that nobody asks for stories: no words are weighed, no pair is judged. What it finds is what
MinHash finds (whole texts and lightly edited ones), not copies cut to a third or framed, and a source's boilerplate
counts as text; ``flow.py`` knows of all that. The functions are those that sign and block in a run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from daft import DataType, Series, col, func

from pipeline.batch import far
from pipeline.batch.query import Frame, dtype, flattened, with_the_first
from pipeline.batch.stages import Scratch, Tell
from pipeline.config import WIDER
from pipeline.kernel import compiled, sketches
from pipeline.lsh import band_keys
from pipeline.signatures import Recipe, maps

AT_ONCE = 4_000  # texts signed by one task
_PAIRS = pa.list_(pa.struct([("left", pa.int64()), ("right", pa.int64())]))


def copies(source: Frame, how: Recipe, scratch: Scratch, tell: Tell) -> Frame:
    """Pairs (left, right) of articles whose estimated Jaccard reaches the recipe's: edges whose connected components
    are the near-duplicates.

    Articles of equal signatures are paired with the first of them only, and only the first is looked up.
    """
    # no fingerprint finds here what bands do not
    how = replace(how, permutations=WIDER * how.permutations, bands=WIDER * how.bands)
    signed = scratch.kept("sign", source.select("id", _sketched(how)(col("text"), col("title")).alias("sketch")))
    tell("sign", 1, 3)
    alike = signed.groupby("sketch").agg(col("id").min().alias("first"), col("id").list_agg().alias("ids"))
    ones = scratch.kept("unique", alike)
    met = _meeting(ones, how)
    left, right = (ones.select(col("first").alias(n), col("sketch").alias(f"{n}_sketch")) for n in ("left", "right"))
    near = met.join(left, on="left").join(right, on="right").where(_near(how)(col("left_sketch"), col("right_sketch")))
    tell("propose", 2, 3)
    same = ones.select(col("first").alias("left"), col("ids").alias("right")).explode("right")
    found = scratch.kept("pairs", near.select("left", "right").concat(same.where(col("left") != col("right"))))
    tell("judge", 3, 3)
    return found


def _sketched(how: Recipe) -> Any:
    permutations, fast = maps(how.permutations, how.seed), compiled()

    @func.batch(return_dtype=DataType.binary(), batch_size=AT_ONCE)
    def sketched(texts: Series, titles: Series) -> Any:
        given = [a or b or "" for a, b in zip(texts.to_pylist(), titles.to_pylist(), strict=True)]
        made = sketches(given, how.shingle_words, permutations, fast=fast).astype("<u4")
        return pa.Array.from_buffers(
            pa.large_binary(), len(made), [None, _ends(len(made), made.shape[1] * 4), pa.py_buffer(made.tobytes())]
        )

    return sketched


def _ends(count: int, width: int) -> pa.Buffer:
    return pa.py_buffer(np.arange(0, (count + 1) * width, width, dtype=np.int64).tobytes())


def _values(sketch: Series) -> Any:
    """A column of sketches → (n, permutations) uint32."""
    rows = sketch.to_pylist()
    return np.frombuffer(b"".join(rows), "<u4").reshape(len(rows), -1) if rows else np.empty((0, 1), np.uint32)


def _meeting(ones: Frame, how: Recipe) -> Frame:
    """Pairs (left, right) of the ``first`` of two sketches that share a band."""

    @func.batch(return_dtype=DataType.list(DataType.int64()))
    def bands(sketch: Series) -> Any:
        keys = band_keys(_values(sketch), how.bands)
        ends = np.arange(0, keys.size + 1, how.bands, dtype=np.int32)
        return pa.ListArray.from_arrays(pa.array(ends), pa.array(keys.ravel()))

    @func.batch(return_dtype=dtype(_PAIRS))
    def meeting(groups: Series) -> Any:
        flat, offsets = flattened(groups)
        ids = np.asarray(flat)
        both = [np.sort(np.stack([ids[a], ids[b]], axis=1), axis=1) for a, b in far.all_under(offsets)]
        return with_the_first(np.concatenate([np.empty((0, 2), np.int64), *both]), _PAIRS, len(groups))

    keys = ones.select("first", bands(col("sketch")).alias("key")).explode("key")
    held = keys.groupby("key").agg(col("first").list_agg().alias("holders"), col("first").count().alias("n"))
    pairs = held.where(col("n") > 1).select(meeting(col("holders")).alias("pair")).explode("pair")
    kept = pairs.where(col("pair").not_null())
    return kept.select(*(col("pair")[n].alias(n) for n in ("left", "right"))).distinct()


def _near(how: Recipe) -> Any:
    @func.batch(return_dtype=DataType.bool())
    def near(left: Series, right: Series) -> Any:
        return pa.array((_values(left) == _values(right)).mean(axis=1) >= how.copy_jaccard)

    return near
