"""Web archives (ISO 28500), such as CC-NEWS: the pages in them.

By FastWARC, which is memory-safe and bounds what a header may take. Its own decoding of bodies is not used: one that is
broken, or larger than we read, costs it the records that follow. Bodies are decoded in the child process.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import UTC
from importlib.util import find_spec
from typing import Any

from pipeline import urls
from pipeline.extras import install
from pipeline.imports.opened import unpacked
from pipeline.imports.records import DamagedError, Input, Page, Reading, Record
from pipeline.model import ConfigError
from pipeline.rights import in_headers, left_out

HTML = ("text/html", "application/xhtml+xml")


def want_fastwarc() -> None:
    """Raise ConfigError where FastWARC is not installed."""
    if find_spec("fastwarc") is None:
        raise ConfigError(f"WARC needs the package fastwarc: {install('warc')}")


def warc(source: Input, how: Reading, position: int, line: int) -> Generator[Record, None, None]:
    """The answers in a web archive after the first ``position`` records of any kind."""
    want_fastwarc()
    if source.path is None:
        raise ConfigError("a web archive cannot be read from standard input: name a file")
    with unpacked(source) as file:
        try:
            yield from _records(file, how, position)
        except OSError as error:
            if error.errno is not None:
                raise
            raise DamagedError(f"{source.name}: cannot be read as WARC: {str(error)[:200]}") from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # of Rust, and no Exception
                raise
            raise DamagedError(f"{source.name}: FastWARC fails on it") from error


def _records(file: Any, how: Reading, position: int) -> Iterator[Record]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    pages = (WarcRecordType.response, WarcRecordType.resource)
    for number, record in enumerate(ArchiveIterator(file, parse_http=False, stream_detect=False), 1):
        if number > position and record.record_type in pages:
            yield _record(record, number, how, record.record_type is pages[0])


def _record(record: Any, number: int, how: Reading, answer: bool) -> Record:
    url = str(record.headers.get("WARC-Target-URI") or "").strip("<> ")
    if record.content_length > how.max_body:
        return Record(number, number, why="too_large", name=url)
    why, status, headers, kind = "", 200, [], str(record.headers.get("Content-Type") or "")
    if answer:
        try:
            record.parse_http()
            status, headers = record.http_headers.status_code, list(record.http_headers.items())
        except (OSError, ValueError, AttributeError) as error:
            return Record(number, number, why="bad_http", detail=str(error)[:200], name=url)
        kind = _header(headers, "content-type")
    if status != 200:
        why = "bad_status"
    elif kind.partition(";")[0].strip().lower() not in HTML:
        why = "not_a_page"
    elif left_out(urls.host(url), how.opt_out):
        why = "opted_out"
    elif urls.canonical(url) is None:
        why = "bad_url"
    if why:
        return Record(number, number, why=why, detail=str(status) if why == "bad_status" else "", name=url)
    at = record.record_date
    page = Page(
        record.reader.read(), url, encoding=_charset(kind), seen=at.astimezone(UTC) if at else None,
        said=in_headers(_header(headers, "tdm-reservation") or None, _all(headers, "x-robots-tag"), how.names),
        coded=tuple(_all(headers, "transfer-encoding")[:1] + _all(headers, "content-encoding")[:1]),
    )  # fmt: skip
    return Record(number, number, page=page, name=url)


def _all(headers: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in headers if key.lower() == name]


def _header(headers: list[tuple[str, str]], name: str) -> str:
    return next(iter(_all(headers, name)), "")


def _charset(kind: str) -> str | None:
    after = kind.lower().partition("charset=")[2]
    return after.partition(";")[0].strip(" \"'")[:40] or None
