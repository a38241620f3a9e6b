"""A collection of feeds and saved pages on disk, as documents that a server can hand out.

The folder has ``feeds/MANIFEST.csv`` and ``pages/MANIFEST.csv`` (columns ``path``, ``origin_repo``, ``kind``, ``url``
are read). Bytes are handed out as they are; saved pages that were compressed to be kept are decompressed first.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(os.environ.get("RETOLD_SHARED", Path(__file__).parents[2] / ".." / "shared"))

TYPES = {
    ".atom": "application/atom+xml", ".bz2": "application/x-bzip2", ".csv": "text/csv", ".gz": "application/gzip",
    ".html": "text/html", ".ico": "image/x-icon", ".json": "application/json", ".opml": "text/x-opml",
    ".png": "image/png", ".rss": "application/rss+xml", ".tar": "application/x-tar", ".txt": "text/plain",
    ".xml": "application/xml", ".zip": "application/zip",
}  # fmt: skip
# Ending of a compressed body's name → its Content-Encoding; the longest that fits.
CODINGS = {
    "bomb-br.bin": "br", "bomb-deflate.bin": "deflate", "bomb-gzip.bin": "gzip", "bomb-zstd.bin": "zstd",
    "html-br.bin": "br", "html-gzip-deflate-gzip.bin": "gzip, deflate, gzip", "html-gzip-deflate.bin": "gzip, deflate",
    "html-gzip.bin": "gzip", "html-rawdeflate.bin": "deflate", "html-zlibdeflate.bin": "deflate",
    "html-zstd-static-content-size.bin": "zstd", "html-zstd-static-no-content-size.bin": "zstd",
    "html-zstd-streaming-no-content-size.bin": "zstd", "truncated-crc-error-short.gz": "gzip",
    "truncated-crc-error.gz": "gzip", "unexpected-eof.gz": "gzip",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """One file as a server hands it out."""

    name: str  # its path in the collection
    origin: str
    kind: str  # as the manifest says: "feed-real", "opml-testcase", "article" …
    body: bytes
    content_type: str
    encoding: str = ""  # Content-Encoding
    url: str = ""  # where it was found, of pages


def feeds(shared: Path = SHARED) -> list[Document]:
    """All files of the manifest of feeds, in its order."""
    return [_document(shared, row) for row in _rows(shared / "feeds")]


def pages(shared: Path = SHARED) -> list[Document]:
    """All files of the manifest of pages, in its order: saved pages, and the metadata beside them."""
    return [_page(shared, row) for row in _rows(shared / "pages")]


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with (folder / "MANIFEST.csv").open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def _document(shared: Path, row: dict[str, str]) -> Document:
    path = shared / row["path"]
    kind = TYPES.get(path.suffix, "application/octet-stream")
    return Document(row["path"], row["origin_repo"], row["kind"], path.read_bytes(), kind, CODINGS.get(path.name, ""))


def _page(shared: Path, row: dict[str, str]) -> Document:
    path = shared / row["path"]
    packed = path.suffix == ".gz"
    body = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    kind = TYPES.get(Path(path.stem).suffix if packed else path.suffix, "text/html")
    return Document(row["path"], row["origin_repo"], row["kind"], body, kind, url=row["url"])
