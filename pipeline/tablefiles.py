"""Rows → the bytes of a file: CSV, JSON lines, Parquet. Any text may stand in them; a batch at a time. Pure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.extras import install
from pipeline.model import ConfigError, StoreError

if TYPE_CHECKING:
    import pyarrow as pa

Values = Sequence[Any]  # a row as the database has it: str, int, float, None
Spelling = Callable[[str], str]

ROWS = 2_000  # of a batch in CSV and JSON lines
MOST_TEXT = 8_000_000  # characters of a batch in Parquet, which becomes a row group …
GROUP_ROWS = 10_000  # … of at most so many rows
FORMATS = ("csv", "jsonl", "parquet")


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INT = "integer"
    REAL = "number"
    BOOL = "true or false"  # 1 and 0 in the database
    TIME = "time"  # 2026-03-05T08:00:00Z
    LIST = "list of texts"  # JSON in the database
    JSON = "JSON"  # an object


@dataclass(frozen=True, slots=True)
class Table:
    """What an export holds, declared: what the first rows happen to hold decides nothing."""

    name: str
    columns: Mapping[str, Kind]


def repaired(data: bytes) -> str:
    """Text of a database, whose bytes that are no UTF-8 become U+FFFD: for ``Connection.text_factory``."""
    return data.decode("utf-8", "replace")


_SURROGATE = re.compile("[\ud800-\udfff]")


def encoded(text: str) -> bytes:
    """UTF-8; a lone surrogate, which UTF-8 has no way to say, becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


def batches(rows: Iterable[Values]) -> Iterator[list[Values]]:
    """The rows in lists of at most ``ROWS``."""
    rest = iter(rows)
    while some := list(islice(rest, ROWS)):
        yield some


# -- JSON lines


def jsonl(table: Table, rows: Iterable[Values], spelled: Spelling = str) -> Iterator[bytes]:
    """One object a line, every column in it; ``spelled`` is applied to the lines, after they are made."""
    names = list(table.columns)
    read = [(n, _READ[kind]) for n, kind in enumerate(table.columns.values()) if kind in _READ]
    dumps = json.JSONEncoder(ensure_ascii=False).encode
    for some in batches(rows):
        lines = (f"{dumps(dict(zip(names, _typed(row, read), strict=True)))}\n" for row in some)
        yield encoded(spelled("".join(lines)))


def _typed(row: Values, read: Sequence[tuple[int, Callable[[Any], Any]]]) -> Values:
    """The row with what JSON and booleans it holds as values."""
    values = list(row)
    for n, of in read:
        if values[n] is not None:
            values[n] = of(values[n])
    return values


def _json(text: str) -> Any:
    return json.loads(text) if text else None


_READ: Mapping[Kind, Callable[[Any], Any]] = {Kind.BOOL: bool, Kind.LIST: _json, Kind.JSON: _json}

# -- CSV

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), the forms of East Asian keyboards
# too, behind anything that it may skip; a tab or line break that begins a cell is one by itself.
_SKIPPED = "\\s\x00-\x1f\x7f-\xa0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3000\ufeff"
_FORMULA = re.compile(f"'*(?:[\t\r\n]|[{_SKIPPED}]*[=+\\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20])")


def harmless(text: str) -> str:
    """``text`` as a cell that no spreadsheet takes for a formula: behind an apostrophe, where it might.

    Also where it might behind apostrophes of its own, so that :func:`original` is exact.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def original(cell: str) -> str:
    """The text of which :func:`harmless` made this cell."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell


def csv_file(table: Table, rows: Iterable[Values], *, raw: bool = False, bom: bool = False) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, a line of names first; NULL is an empty cell, NUL is U+FFFD.

    ``raw``: cells that a spreadsheet may take for formulas stay as they are. ``bom``: Excel knows UTF-8 by it.
    """
    cell = _plain if raw else _safe
    cells = [_CELL.get(kind, cell) for kind in table.columns.values()]
    yield (b"\xef\xbb\xbf" if bom else b"") + encoded(_lines([list(table.columns)]))
    for some in batches(rows):
        yield encoded(_lines([[of(v) for of, v in zip(cells, row, strict=True)] for row in some]))


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _plain(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _safe(value: Any) -> Any:
    return harmless(value.replace("\0", "\ufffd")) if isinstance(value, str) else value


def _boolean(value: Any) -> str:
    return "" if value is None else "true" if value else "false"


def _number(value: Any) -> Any:
    return value


_CELL: Mapping[Kind, Callable[[Any], Any]] = {Kind.BOOL: _boolean, Kind.INT: _number, Kind.REAL: _number}

# -- Parquet


def want_pyarrow() -> None:
    """Raise ConfigError where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise ConfigError(f"Parquet needs the package pyarrow: {install('batch')}")


def schema(table: Table) -> pa.Schema:
    """The declared columns as Arrow has them; times in UTC."""
    import pyarrow as pa

    types = {
        Kind.TEXT: pa.string(), Kind.INT: pa.int64(), Kind.REAL: pa.float64(), Kind.BOOL: pa.bool_(),
        Kind.TIME: pa.timestamp("us", "UTC"), Kind.LIST: pa.list_(pa.string()), Kind.JSON: pa.string(),
    }  # fmt: skip
    return pa.schema([(name, types[kind]) for name, kind in table.columns.items()])


def parquet(table: Table, rows: Iterable[Values], out: BinaryIO) -> int:
    """Write the rows into ``out``, which need not be one that seeks; how many. Raises ConfigError, StoreError."""
    want_pyarrow()
    import pyarrow as pa
    from pyarrow import parquet as files

    columns, written = schema(table), 0
    with files.ParquetWriter(pa.PythonFile(out, mode="w"), columns, compression="zstd") as file:
        for some in _groups(rows):
            arrays = [
                _array(field, kind, column)
                for field, kind, column in zip(columns, table.columns.values(), zip(*some, strict=True), strict=True)
            ]
            file.write_table(pa.Table.from_arrays(arrays, schema=columns))
            written += len(some)
    return written


def _groups(rows: Iterable[Values]) -> Iterator[list[Values]]:
    """Rows in lists that are small in memory, however long their texts."""
    some: list[Values] = []
    size = 0
    for row in rows:
        some.append(row)
        size += sum(len(v) for v in row if isinstance(v, str))
        if size >= MOST_TEXT or len(some) >= GROUP_ROWS:
            yield some
            some, size = [], 0
    if some:
        yield some


def _array(field: pa.Field, kind: Kind, column: Sequence[Any]) -> pa.Array:
    """A column as the declared type."""
    import pyarrow as pa

    try:
        if kind is Kind.TIME:
            return pa.array(column, pa.string()).cast(field.type)
        if kind is Kind.LIST:
            read = (json.loads(_SURROGATE.sub("\ufffd", v)) if v else None for v in column)
            column = [None if v is None else [_storable(one) for one in v] for v in read]
        elif kind is Kind.BOOL:
            column = [None if v is None else bool(v) for v in column]
        return pa.array(column, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
        raise StoreError(f"{field.name}: holds what is no {kind}: {str(error).splitlines()[0]}") from error


def _storable(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
