"""From the body as it came to bytes that are not compressed, not too large, and whose charset is known."""

from __future__ import annotations

import codecs
import re
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE

from pipeline.model import FeedError, Reason

MAX_BYTES = 15 * 2**20  # as Miniflux
_BLANK = b" \t\r\n\x0b\x0c\x00\xef\xbb\xbf\xfe\xff"

# First bytes → codec: byte order marks, then "<" and "<?" without one (XML 1.0, appendix F). Longest first.
_WIDE = (
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF32_LE, "utf-32"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (BOM_UTF16_BE, "utf-16"),
    (BOM_UTF16_LE, "utf-16"),
    (b"\x00<\x00?", "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
)

# Declarations that say nothing about bytes which are valid UTF-8: servers' and editors' defaults.
_DEFAULTS = frozenset(
    "ascii cp1252 iso-8859-1 iso-8859-15 iso8859-1 latin-1 latin1 us-ascii utf-8 utf8 windows-1252".split()  # noqa: SIM905
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DECLARATION = re.compile(rb"<\?xml[^>]{0,500}>")
# Codecs that are charsets of documents, by the names that Python has for them: neither UTF-7 nor "idna" nor "hex".
_CHARSETS = re.compile("utf-8|iso|cp|koi8|mac|big5|gb|euc|shift|tis|ascii|latin|hz|johab")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.I)


def unpack(body: bytes) -> bytes:
    """``body``, gunzipped where it is gzip (one level).

    Raises FeedError: too_large, bad_encoding (broken gzip).
    """
    if body.startswith(b"\x1f\x8b"):
        body = _gunzip(body)
    if len(body) > MAX_BYTES:
        raise FeedError(Reason.TOO_LARGE, f"more than {MAX_BYTES} bytes")
    return body


def _gunzip(body: bytes) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise FeedError(Reason.BAD_ENCODING, f"gzip: {error}") from None
    if not stream.eof and len(plain) <= MAX_BYTES:
        raise FeedError(Reason.BAD_ENCODING, "gzip: ends in the middle")
    return plain


def is_blank(body: bytes) -> bool:
    """Nothing but white space, NUL and byte order marks."""
    return not body.strip(_BLANK)


def recode(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The body, as ASCII-compatible bytes, and the charset to read it by ("": as its XML declaration says).

    Valid UTF-8 with a Western declaration is UTF-8: large publishers declare ISO-8859-1 over UTF-8, the reverse
    cannot happen by chance. UTF-8 with a few stray bytes (cut in the middle of a letter, one pasted quote) keeps
    its letters; feedparser would read the whole document as windows-1252.
    """
    body = _truly_declared(_narrow(body).removeprefix(BOM_UTF8).lstrip(b" \t\r\n"))
    header = _CHARSET.search(content_type)
    stated = header[1].lower() if header and is_charset(header[1]) else ""
    declared = _declared(body)
    if stated in _DEFAULTS and declared not in _DEFAULTS and declared:
        stated = ""  # AddDefaultCharset against a prolog that somebody wrote on purpose
    charset = stated or declared
    if charset and charset not in _DEFAULTS:
        return body, stated
    repaired = _as_utf8(body)
    return (body, stated) if repaired is None else (repaired, "utf-8")


def is_charset(name: str) -> bool:
    """Is it a charset that we can read and that has ASCII's letters?"""
    try:
        return bool(_CHARSETS.match(codecs.lookup(name).name)) and b"<?xml".decode(name) == "<?xml"
    except (LookupError, ValueError):
        return False


def _truly_declared(body: bytes) -> bytes:
    """Without an XML declaration of a charset that cannot be, since the declaration itself was read as ASCII: UTF-16
    (.NET writes so over UTF-8), EBCDIC, what is no charset. By it, feedparser would read letters as others."""
    found = _DECLARATION.match(body)
    if found is None or b"encoding" not in found[0] or is_charset(_declared(body)):
        return body
    return body[found.end() :]


def _declared(body: bytes) -> str:
    found = _DECLARED.match(body)
    return found[1].decode("ascii").lower() if found else ""


def _narrow(body: bytes) -> bytes:
    """UTF-16 and UTF-32 as UTF-8, without the declaration, which is no longer true."""
    codec = next((codec for mark, codec in _WIDE if body.startswith(mark)), None)
    if codec is None:
        return body
    try:
        text = body.decode(codec)
    except UnicodeDecodeError as error:
        text = body[: error.start].decode(codec, "ignore")  # cut short: what came is read
    return _XML_DECLARATION.sub("", text.removeprefix("\ufeff"), count=1).encode("utf-8", "replace")


def _as_utf8(body: bytes) -> bytes | None:
    """``body`` where it is UTF-8, or is but for a few bytes (read as windows-1252); else None."""
    text = body.decode("utf-8", "surrogateescape")
    stray = [char for char in text if "\udc80" <= char <= "\udcff"] if not body.isascii() else []
    if not stray:
        return body
    letters = sum(char > "\x7f" for char in text) - len(stray)
    if letters <= len(stray):
        return None
    known = {ord(char): bytes([ord(char) - 0xDC00]).decode("cp1252", "replace") for char in set(stray)}
    return text.translate(known).encode("utf-8")
