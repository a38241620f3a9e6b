"""Files of an archive: what kind they are, what they are known by, and their bytes, unpacked within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.imports.records import DamagedError, Input
from pipeline.model import ConfigError, StoreError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ENDINGS = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet",
    ".pq": "parquet", ".warc": "warc", ".db": "database", ".sqlite": "database", ".html": "pages", ".htm": "pages",
    ".mht": "pages", ".mhtml": "pages",
}  # fmt: skip
PACKED = {".gz", ".bz2", ".xz", ".zst"}
HEAD = 1 << 20  # bytes of a file that it is known by, beside size and time
MAX_LINE = 16_000_000  # bytes of a row: an article has a million characters at the most
CHUNK = 1 << 18
XZ_MEMORY = 1 << 28  # bytes that an .xz may ask for to be unpacked
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zstd.ZstdError)


def kind_of(path: Path) -> str:
    """The kind of archive by name; raises ConfigError where it tells nothing."""
    if path.is_dir():
        return "pages"
    endings = [e.lower() for e in path.suffixes[-2:]]
    if endings and endings[-1] in PACKED:
        endings.pop()
    if endings and endings[-1] in ENDINGS:
        return ENDINGS[endings[-1]]
    raise ConfigError(f"{path}: what is it? Say so before it: retold import jsonl|csv|parquet|warc|database|pages PATH")


def identified(kind: str, path: Path) -> Input:
    """A file with what it is known by; raises StoreError where it cannot be read."""
    try:
        with path.open("rb") as file:
            head, state = file.read(HEAD), os.fstat(file.fileno())
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error
    known = f"{kind} {state.st_size} {state.st_mtime_ns} ".encode() + head
    return Input(kind, path, blake2b(known, digest_size=16).hexdigest())


@contextmanager
def unpacked(source: Input) -> Iterator[BinaryIO]:
    """The bytes of an input, unpacked by what it begins with; a broken one raises DamagedError."""
    try:
        with sys.stdin.buffer if source.path is None else source.path.open("rb", CHUNK) as raw:
            if source.path is not None:
                size = max(os.fstat(raw.fileno()).st_size, 1)
                source.share = lambda: raw.tell() / size if not raw.closed else 1.0
            yield _unpacked(raw)
    except _BROKEN as error:
        raise DamagedError(f"{source.name}: is damaged: {str(error) or 'cut short'}") from error


def _unpacked(raw: Any) -> BinaryIO:
    file = raw if hasattr(raw, "peek") else io.BufferedReader(raw)
    start = file.peek(6)[:6]
    for magic, stream in _STREAMS:
        if start.startswith(magic):
            return io.BufferedReader(_Eager(stream(file)), CHUNK)
    return file


class _Eager(io.RawIOBase):
    """A stream that hands on what it has before it fails: of a file cut short all that is there is read."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read1(len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seekable(self) -> bool:
        return True  # FastWARC asks where it is, by a seek to there

    def seek(self, offset: int, whence: int = 0) -> int:
        if (offset, whence) not in ((0, 1), (self._at, 0)):
            raise io.UnsupportedOperation("seek")
        return self._at

    def tell(self) -> int:
        return self._at


class _Xz:
    """lzma.LZMAFile with a limit on what unpacking takes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._stream = lzma.LZMADecompressor(memlimit=XZ_MEMORY)

    def read1(self, most: int) -> bytes:
        while True:
            if self._stream.eof:
                rest = (self._stream.unused_data or self._file.read(CHUNK)).lstrip(b"\0")  # padding between streams
                if not rest:
                    return b""
                self._stream = lzma.LZMADecompressor(memlimit=XZ_MEMORY)
            else:
                rest = self._file.read(CHUNK) if self._stream.needs_input else b""
                if self._stream.needs_input and not rest:
                    raise EOFError("cut short")
            if data := self._stream.decompress(rest, most):
                return data


_STREAMS: tuple[tuple[bytes, Any], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", _Xz),
    (b"\x28\xb5\x2f\xfd", zstd.ZstdFile),
)


def skip(file: BinaryIO, count: int) -> None:
    """Pass over so many bytes."""
    if count and file.seekable() and isinstance(getattr(file, "raw", None), io.FileIO):
        file.seek(count)
        return
    while count > 0 and (data := file.read(min(count, CHUNK))):
        count -= len(data)


def lines(file: BinaryIO, most: int = MAX_LINE) -> Iterator[tuple[int, bytes | None]]:
    """(bytes up to the line's end, the line) of each; None instead of one longer than ``most``, which is not kept."""
    at = 0
    while line := file.readline(most + 1):
        at += len(line)
        if len(line) <= most:
            yield at, line
            continue
        while not line.endswith(b"\n") and (line := file.readline(CHUNK)):
            at += len(line)
        yield at, None
