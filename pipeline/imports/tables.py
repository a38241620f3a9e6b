"""Rows of JSON lines, CSV and Parquet, one after another, from any place on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

from pipeline.imports.opened import MAX_LINE, lines, skip, unpacked
from pipeline.imports.records import DamagedError, Input, Reading, Record
from pipeline.model import ConfigError
from pipeline.tablefiles import want_pyarrow

SAMPLE = 1 << 20  # bytes by which an encoding is told
DELIMITERS = ",;\t|"
AT_ONCE = 200  # rows of Parquet made Python objects together

# -- JSON lines


def jsonl(source: Input, how: Reading, position: int, line: int) -> Generator[Record, None, None]:
    """The objects of a file of JSON lines, from a byte (as unpacked) on, which begins line ``line`` + 1."""
    with unpacked(source) as file:
        skip(file, position)
        for number, (end, raw) in enumerate(lines(file), line + 1):
            at = position + end
            if raw is None:
                yield Record(at, number, why="too_long", detail=f"more than {MAX_LINE:,} bytes")
            elif raw.strip(b" \t\r\n\0"):
                yield _object(raw.removeprefix(b"\xef\xbb\xbf"), at, number, how.encoding or "utf-8", source.name)


def _object(raw: bytes, at: int, number: int, encoding: str, name: str) -> Record:
    try:
        row = json.loads(raw.decode(encoding))
    except UnicodeDecodeError:
        return Record(at, number, why="bad_encoding", detail=f"is not {encoding}")
    except (ValueError, RecursionError) as error:
        if number == 1 and raw.lstrip()[:1] == b"[":
            raise _listed(name) from error
        return Record(at, number, why="not_json", detail=str(error)[:200])
    if isinstance(row, list) and number == 1:
        raise _listed(name)
    return Record(at, number, row=row) if isinstance(row, dict) else Record(at, number, why="not_an_object")


def no_list(file: Any, name: str) -> None:
    """Raise ConfigError where a stream that can be read but once begins a JSON list."""
    if hasattr(file, "peek") and file.peek(1).lstrip()[:1] == b"[":
        raise _listed(name)


def _listed(name: str) -> ConfigError:
    return ConfigError(f"{name}: is one JSON list, not JSON lines: jq -c '.[]' makes lines of it")


# -- CSV


def csv_rows(source: Input, how: Reading, position: int, line: int) -> Generator[Record, None, None]:
    """The rows of a CSV file by its first line's names, after the first ``position`` ones."""
    csv.field_size_limit(MAX_LINE)
    with unpacked(source) as file:
        encoding = how.encoding or _encoding(file)
        text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
        first = text.readline(MAX_LINE)
        if not first.strip():
            return
        delimiter = how.delimiter or max(DELIMITERS, key=first.count)
        names = [n.strip() for n in next(csv.reader([first], delimiter=delimiter))]
        yield from _rows(csv.reader(_bounded(text), delimiter=delimiter), names, position)


def _encoding(file: Any) -> str:
    """UTF-8 by its beginning, UTF-16 by its mark, else what Windows programs write."""
    head = file.peek(SAMPLE)[:SAMPLE]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        head[: head.rfind(b"\n") + 1 or len(head)].decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines, of which one that has no end comes in parts."""
    while line := text.readline(MAX_LINE + 1):
        yield line


def _rows(reader: Any, names: list[str], position: int) -> Iterator[Record]:
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if number > position:
                yield Record(number, number + 1, why="too_long" if "limit" in str(error) else "not_csv")
            continue
        if cells is None:
            return
        if number <= position or not cells:
            continue
        if len(cells) > len(names) or len(cells) < len(names) // 2:
            yield Record(number, number + 1, why="not_csv", detail=f"{len(cells)} cells, {len(names)} names")
        else:
            yield Record(number, number + 1, row=dict(zip(names, cells, strict=False)))


# -- Parquet


def parquet(source: Input, how: Reading, position: int, line: int) -> Generator[Record, None, None]:
    """The rows of a Parquet file after the first ``position`` ones, by row groups, a few at a time."""
    want_pyarrow()
    import pyarrow as pa
    from pyarrow import parquet as files

    if source.path is None:
        raise ConfigError("Parquet cannot be read from standard input: name a file")
    try:
        with files.ParquetFile(source.path) as file:
            before, total = 0, max(file.metadata.num_rows, 1)
            for group in range(file.metadata.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if before + rows > position:
                    yield from _group(file, group, before, position)
                before += rows
                source.share = partial(float, before / total)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DamagedError(f"{source.name}: cannot be read as Parquet: {str(error).splitlines()[0][:200]}") from error


def _group(file: Any, group: int, before: int, position: int) -> Iterator[Record]:
    number = before
    for batch in file.iter_batches(AT_ONCE, row_groups=[group], use_threads=False):
        for row in batch.to_pylist():
            number += 1
            if number > position:
                yield Record(number, number, row=row)
