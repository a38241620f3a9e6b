"""What the queries of the batch engine share: articles of files, columns of nouns, lists of Arrow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import daft
import numpy as np
import pyarrow as pa
from daft import DataFrame as Frame
from daft import DataType, Expression, Series, col
from daft.exceptions import DaftCoreException

from pipeline.batch import columns
from pipeline.model import ConfigError

__all__ = ["Frame", "articles", "dtype", "fields", "fields_of", "flattened", "ids_of", "with_the_first"]


def dtype(arrow: pa.DataType) -> DataType:
    """Daft's type for an Arrow type."""
    return DataType.from_arrow_type(arrow)


def articles(source: str | Sequence[str]) -> Frame:
    """The articles of Parquet files (a path, a pattern or several; of the folder of an export, its articles), with the
    columns ``columns.READ``.

    Raises ConfigError where they have not what they must have, or where there are none.
    """
    if isinstance(source, str) and (Path(source) / columns.FOLDER).is_dir():
        source = str(Path(source) / columns.FOLDER)
    try:
        read = daft.read_parquet(source)
    except FileNotFoundError as error:
        raise ConfigError(f"{source}: no such files") from error
    except DaftCoreException as error:
        raise ConfigError(f"{source}: cannot be read as Parquet: {' '.join(str(error).split())[:300]}") from error
    columns.lacking(read.column_names, str(source))
    types = {name: dtype(columns.ARTICLES.field(name).type) for name in columns.READ}
    there = set(read.column_names)
    return read.select(
        *(col(n).cast(t) if n in there else daft.lit(columns.ASSUMED[n]).cast(t).alias(n) for n, t in types.items())
    )


def ids_of(source: str, keys: Sequence[str]) -> dict[str, int]:
    """Key → id of those articles of Parquet files whose key is among ``keys``."""
    found = articles(source).where(col("key").is_in(list(keys))).select("key", "id").to_pydict()
    return dict(zip(found["key"], found["id"], strict=True))


def keys_of(source: str, ids: Collection[int]) -> dict[int, str]:
    """Id → key of those articles of Parquet files whose id is among ``ids``."""
    parts = articles(source).select("id", "key").to_arrow_iter()
    rows = (row for part in parts for row in zip(part["id"].to_pylist(), part["key"].to_pylist(), strict=True))
    return {i: key for i, key in rows if i in ids}


def fields(name: str, kind: pa.StructType) -> list[Expression]:
    """The fields of a column of structs, as columns."""
    return fields_of(col(name), kind)


def fields_of(made: Expression, kind: pa.StructType) -> list[Expression]:
    """The fields of structs, as columns."""
    return [made[f.name].alias(f.name) for f in kind]


def flattened(lists: Series) -> tuple[Any, Any]:
    """(what all lists of a column hold, as one Arrow array; where each begins and the last ends)."""
    held = lists.to_arrow()
    held = held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held
    return held.flatten(), np.concatenate([[0], np.cumsum(np.asarray(held.value_lengths()))])


def with_the_first(rows: Any, kind: pa.ListType, count: int) -> pa.Array:
    """(n, columns) integers as ``count`` lists of structs, all in the first list: whose they are, nobody asks."""
    told = pa.StructArray.from_arrays(list(map(pa.array, rows.T)), names=[f.name for f in kind.value_type])
    ends = np.full(count + 1, len(rows), np.int32)
    ends[0] = 0
    return pa.ListArray.from_arrays(pa.array(ends), told)
