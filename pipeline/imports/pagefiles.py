"""Folders of saved pages: which files there are, and what a saved page says of where it is from."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Generator, Mapping
from email import message_from_bytes
from email.policy import compat32
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.imports.records import Input, Page, Reading, Record
from pipeline.model import ArticleError, Reason, StoreError
from pipeline.rights import Said

ENDINGS = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz", ".mht", ".mhtml")
SIDECARS = (".json", ".meta.json")
MAX_SIDECAR = 1_000_000  # bytes
MAX_FILES = 5_000_000
# Browsers' "save as" and SingleFile say in a comment where the page is from.
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d{1,5}\)(https?://[^\s<>\"']{1,2000})", re.IGNORECASE)
_SINGLE_FILE = re.compile(rb"<!--\s*Page saved with SingleFile\s+url:\s*(https?://[^\s<>\"']{1,2000})", re.IGNORECASE)
_LINK = re.compile(rb"<link\b[^<>]{0,1000}>", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^<>]{0,3000}>", re.IGNORECASE)
_HREF = re.compile(rb"\bhref\s*=\s*[\"']?\s*(https?://[^\s<>\"']{1,2000})", re.IGNORECASE)
_CONTENT = re.compile(rb"\bcontent\s*=\s*[\"']?\s*(https?://[^\s<>\"']{1,2000})", re.IGNORECASE)
_HEAD = 300_000  # bytes in which a page says where it is from


def found(folder: Path) -> list[str]:
    """The pages below a folder (or the one file), by their paths in it, in a fixed order. Links are not followed."""
    if not folder.is_dir():
        return [""]
    pages: list[str] = []
    for place, inner, files in os.walk(folder):
        inner.sort()
        at = Path(place)
        pages += [
            os.path.relpath(at / name, folder)
            for name in sorted(files)
            if name.lower().endswith(ENDINGS) and not (at / name).is_symlink() and (at / name).is_file()
        ]
        if len(pages) > MAX_FILES:
            raise StoreError(f"{folder}: more than {MAX_FILES:,} pages: import its folders one by one")
    return pages


def identified(folder: Path, pages: list[str]) -> Input:
    """The folder, known by its pages' names, sizes and times."""
    known = blake2b(digest_size=16)
    for name in pages:
        try:
            state = (folder / name).stat()
        except OSError as error:
            raise StoreError(f"{folder / name}: {error.strerror or error}") from error
        known.update(f"{state.st_size} {state.st_mtime_ns} ".encode() + os.fsencode(name) + b"\0")
    return Input("pages", folder, known.hexdigest())


def pages(source: Input, how: Reading, position: int, line: int) -> Generator[Record, None, None]:
    """The saved pages of a folder after the first ``position`` ones."""
    assert source.path is not None  # a folder is no stdin
    names = found(source.path)
    for number, name in enumerate(names[position:], position + 1):
        path = source.path / name if name else source.path
        source.share = partial(float, number / len(names))
        try:
            with path.open("rb") as file:
                body = file.read(how.max_body + 1)
        except OSError as error:
            yield Record(number, number, why="unreadable", detail=error.strerror or "", name=str(path))
            continue
        if len(body) > how.max_body:
            yield Record(number, number, why="too_large", name=str(path))
            continue
        base = f"{how.base.rstrip('/')}/{quote(os.fsencode(name or path.name))}" if how.base else ""
        page = Page(body, base=base, said=Said(how.names), about=_beside(path))
        yield Record(number, number, page=page, name=str(path))


def _beside(path: Path) -> Mapping[str, Any] | None:
    """What a JSON file beside a page says of it: ``page.html.json``, ``page.json``."""
    stem = re.sub(r"\.(?:x?html?|mhtml?)(?:\.gz)?$", "", path.name, flags=re.IGNORECASE)
    for name in (*(path.name + end for end in SIDECARS), *(stem + end for end in SIDECARS)):
        beside = path.with_name(name)
        try:
            if beside.is_file() and beside.stat().st_size <= MAX_SIDECAR:
                said = json.loads(beside.read_bytes())
                return said if isinstance(said, dict) else None
        except (OSError, ValueError, RecursionError):
            continue
    return None


# -- in the child process


def about_page(page: Page, most: int) -> tuple[bytes, str, str | None]:
    """(HTML of at most ``most`` bytes, the address that it states or "", its encoding if known); raises ArticleError
    where it is more, or cannot be unpacked."""
    body, encoding, url = page.body, page.encoding, ""
    for coding in page.coded:
        body = _decoded(body, coding.strip().lower(), most)
    if body[:2] == b"\x1f\x8b":
        body = _decoded(body, "gzip", most)
    if not page.url and b"\n" in body[:2000] and re.match(rb"(?:from|mime-version|snapshot-content-location|date|"
                                                          rb"subject|content-type):", body, re.IGNORECASE):  # fmt: skip
        body, encoding, url = _of_mhtml(body, encoding)
    return body, url or ("" if page.url else _stated(body)), encoding


def _decoded(body: bytes, coding: str, most: int) -> bytes:
    """A body without one coding; where it is not what its header says, archives have often undone it already."""
    if coding == "chunked":
        return _joined(body)
    if coding in ("gzip", "x-gzip", "deflate"):
        return _inflated(body, most) if body[:1] in (b"\x1f", b"\x78") else body
    if b"<" in body[:1000] or coding in ("identity", ""):
        return body
    raise ArticleError(Reason.BAD_ENCODING, coding[:40])


def _joined(body: bytes) -> bytes:
    """The chunks of a body as one (RFC 9112 §7.1); as it is where it is not in chunks."""
    parts, at = [], 0
    while (end := body.find(b"\r\n", at, at + 100)) > 0:
        try:
            size = int(body[at:end].partition(b";")[0], 16)
        except ValueError:
            break
        parts.append(body[end + 2 : end + 2 + size])
        if size <= 0:
            return b"".join(parts)
        at = end + 2 + size + 2
    return b"".join(parts) if at else body


def _inflated(body: bytes, most: int) -> bytes:
    try:
        stream = zlib.decompressobj(wbits=47)  # gzip or zlib, by its first bytes
        html = stream.decompress(body, most + 1)
    except zlib.error as error:
        raise ArticleError(Reason.BAD_ENCODING, str(error)[:200]) from error
    if len(html) > most:
        raise ArticleError(Reason.TOO_LARGE, f"more than {most} bytes when unpacked")
    if not stream.eof:
        raise ArticleError(Reason.BAD_ENCODING, "cut short")
    return html


def _of_mhtml(body: bytes, encoding: str | None) -> tuple[bytes, str | None, str]:
    """The page of a web archive as browsers save it (RFC 2557)."""
    message = message_from_bytes(body, policy=compat32)
    part = next((p for p in message.walk() if p.get_content_type() in ("text/html", "application/xhtml+xml")), None)
    if part is None:
        raise ArticleError(Reason.NOT_A_PAGE, "no HTML in the web archive")
    url = str(message.get("Snapshot-Content-Location") or part.get("Content-Location") or "").strip()
    html = part.get_payload(decode=True)
    return html if isinstance(html, bytes) else b"", part.get_content_charset() or encoding, url


def _stated(body: bytes) -> str:
    """The address that a saved page names: where it was saved from, its canonical link, og:url."""
    head = body[:_HEAD]
    for comment in (_SAVED_FROM, _SINGLE_FILE):
        if said := comment.search(head):
            return said[1].decode("utf-8", "replace")
    for tags, word, value in ((_LINK, b"canonical", _HREF), (_META, b"og:url", _CONTENT)):
        for tag in tags.finditer(head):
            if word in tag[0].lower() and (said := value.search(tag[0])):
                return said[1].decode("utf-8", "replace")
    return ""
