"""A page's bytes to HTML text fit to be parsed: decoded, without scripts, within bounds."""

from __future__ import annotations

import re

from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

__all__ = ["MAX_HTML", "read_html"]

MAX_HTML = 3_000_000  # characters that are left once scripts and styles are out

_DROPPED_OPEN = re.compile(r"<(script|style)\b([^<>]*)>", re.IGNORECASE)
_DROPPED_CLOSE = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style")}
# libxml2 compares each attribute with all before it: 100,000 on one element take 12 s.
_BIG_TAG = re.compile(r"<[^<>]{100000,}>")
_MAX_ATTRIBUTES = 20_000
_DATA = re.compile(r"data:[\w.+/;=-]{0,100},[^\"'<>\s]{1000,}")  # pictures within the page, before its text
# Opening tags without a word between them; libxml2 stops at a depth of 256, and all that follows would be lost.
_OPENINGS = re.compile(r"(?:<(?!(?:base|br|hr|img|input|link|meta)\b)[a-z][^<>]*+>\s*+)++", re.IGNORECASE)
_MAX_DEPTH = 200
_META_CHARSET = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{3,20})", re.IGNORECASE)
_NOT_HTML = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"RIFF", b"ID3", b"OggS")


def read_html(body: bytes, encoding: str | None = None) -> str:
    """The page as text, "" where the bytes are no HTML; ``encoding`` is what the HTTP header says.

    Contents of scripts and styles are left out, JSON-LD excepted, so are pictures in data: addresses, and what is then
    beyond 3 million characters.
    """
    if body.lstrip()[:8].startswith(_NOT_HTML) or b"<" not in body:
        return ""
    html = _DATA.sub("data:,", _without_scripts(_decoded(body, encoding)))[:MAX_HTML]
    html = _OPENINGS.sub(lambda m: m[0] if m[0].count("<") <= _MAX_DEPTH else " ", html)
    return _BIG_TAG.sub(lambda m: m[0] if len(m[0].split(None, _MAX_ATTRIBUTES)) < _MAX_ATTRIBUTES else " ", html)


def _decoded(body: bytes, header: str | None) -> str:
    """Text of the bytes: byte order mark, HTTP header, UTF-8, the page's declaration, windows-1252, in this order.

    What the bytes contradict is passed over. UTF-8 goes before the declaration, since text in another
    encoding is hardly ever valid UTF-8 while converted pages often keep their old declaration.
    """
    stated = resolve_encoding(header) if header else None
    for name in (read_bom(body)[0], stated, "utf-8", html_body_declared_encoding(body), _late_charset(body)):
        try:
            if name:
                return body.decode(name).removeprefix("\ufeff")
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("cp1252", "replace")


def _late_charset(body: bytes) -> str | None:
    """A meta charset behind the first 4,096 bytes, where libraries stop looking."""
    late = _META_CHARSET.search(body, 4000, 500_000)
    return resolve_encoding(late[1].decode("ascii")) if late else None


def _without_scripts(html: str) -> str:
    """HTML without the contents of scripts and styles, JSON-LD excepted; one pass, unclosed ones end the page."""
    out: list[str] = []
    at = 0
    while opening := _DROPPED_OPEN.search(html, at):
        closing = _DROPPED_CLOSE[opening[1].lower()].search(html, opening.end())
        end = closing.end() if closing else len(html)
        keep = "ld+json" in opening[2].lower()
        out.append(html[at : end if keep else opening.start()])
        at = end
    return "".join((*out, html[at:]))
