"""Content-Encoding, undone strictly: a limit on the decoded bytes, and no half of a body passed off as one.

Scrapy's own middleware returns what it could decode of a truncated body; a feed cut in half would then be
stored together with its new ETag, and the entries of the other half never be seen.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator, Sequence

import brotli  # type: ignore[import-untyped]

from pipeline.model import Reason
from spiders.guard import Refused

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
TEXT_START = (b"<", b"{", b"[")
MAX_CODINGS = 5  # one upon another, as curl; each may cost as much as the whole body
ACCEPTED = b"gzip, deflate, br, zstd"


def decode(body: bytes, encodings: Sequence[str], limit: int) -> bytes:
    """The body without its content codings, and without one more layer of gzip (``sitemap.xml.gz``).

    Raises:
        Refused: ``too_large`` above ``limit`` decoded bytes, ``bad_encoding`` where the bytes are not what
            the header says, are cut short, or fail their checksum.
    """
    stated = [e for e in encodings if e != "identity"]
    if len(stated) > MAX_CODINGS:
        raise Refused(Reason.BAD_ENCODING, f"{len(stated)} content encodings upon each other")
    for name in reversed(stated):
        if name not in DECODERS:
            raise Refused(Reason.BAD_ENCODING, f"unknown content encoding {name[:40]!r}")
        if body and not _mislabelled(body, name):
            body = _bounded(DECODERS[name], body, limit)
    return _bounded(_gunzip, body, limit) if body.startswith(GZIP_MAGIC) else body


def _mislabelled(body: bytes, name: str) -> bool:
    """Plain text under a "gzip" label: a common slip of proxies."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in TEXT_START
    return text and name in ("gzip", "x-gzip")


def _bounded(decoder: Callable[[bytes], Iterator[bytes]], body: bytes, limit: int) -> bytes:
    out = bytearray()
    try:
        for chunk in decoder(body):
            out += chunk
            if len(out) > limit:
                raise Refused(Reason.TOO_LARGE, f"more than {limit} bytes when decompressed")
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        raise Refused(Reason.BAD_ENCODING, str(error) or "cut short") from None
    return bytes(out)


def _gunzip(body: bytes) -> Iterator[bytes]:
    while True:  # a gzip file may have several members
        stream = zlib.decompressobj(wbits=31)
        yield from _inflated(stream, body)
        body = stream.unused_data
        if not body.startswith(GZIP_MAGIC):
            return  # whatever is left is padding


def _inflate(body: bytes) -> Iterator[bytes]:
    try:
        zlib.decompressobj().decompress(body[:CHUNK], 1)
        wbits = 15
    except zlib.error:
        wbits = -15  # "deflate" without its zlib header, as some servers send it
    yield from _inflated(zlib.decompressobj(wbits=wbits), body)


def _inflated(stream: zlib._Decompress, body: bytes) -> Iterator[bytes]:
    while not stream.eof:
        chunk = stream.decompress(body, CHUNK)
        body = stream.unconsumed_tail
        if not chunk and not body and not stream.eof:
            raise EOFError
        yield chunk


def _unbrotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    chunk = stream.process(body, output_buffer_limit=CHUNK)
    while chunk:
        yield chunk
        chunk = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=CHUNK)
    if not stream.is_finished():
        raise EOFError


def _unzstd(body: bytes) -> Iterator[bytes]:
    stream = zstd.ZstdDecompressor()
    data = body
    while not stream.eof:
        if stream.needs_input and not data:
            raise EOFError
        yield stream.decompress(data, CHUNK)
        data = b""


DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "br": _unbrotli,
    "deflate": _inflate,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "zstd": _unzstd,
}
