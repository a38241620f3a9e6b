"""What makes feedparser slow or wrong is taken out beforehand, in time linear in the bytes.

feedparser 6.0.14, measured: 200,000 items 27 s; one element with 100,000 attributes over 20 s; 32 KB of
``a@a.a.a.…`` in an author 11 s (kurtmckee/feedparser#562); ten lines of entities 1.5 s; 32 KB of blank lines before
the first element 6 s; 5 KB of ``encoding="a"`` in the first line 0.4 s, 20 KB 29 s. Nothing is cut that an honest feed
holds, and what slips through (an odd charset, comments inside an author) meets the sandbox's limits.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime

from pipeline.feeds.context import MAX_ENTRIES, Context

MAX_ATTRIBUTES = 256  # of one element
MAX_AUTHOR = 1_024  # bytes
_MAX_ADDRESS = 254  # bytes without a space; RFC 5321's longest mailbox
_MAX_ENTITY = 1_024  # bytes of one declaration
_MAX_HEAD = 32_768  # bytes before the first element: declaration, comments, DTD
_LOOK = 20_000  # bytes of an item in which its date is sought

_OPENERS = re.compile(rb"<!--|<!\[CDATA\[")
_CLOSERS = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
_ITEM = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s/>])", re.I)
_BARE = re.compile(rb"&(?!#?\w{1,32};)")
_NUMBER = re.compile(rb"&#(?:x([0-9a-f]+)|([0-9]+));?", re.I)
_UNITS = re.compile(rb"(?:&#(?:[xX]0{0,6}[dD][0-9a-fA-F]{3}|0{0,6}5[5-7][0-9]{3});)+")  # U+D000 to U+DFFF, and some
_DATE = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(?:pubdate|published|updated|date|issued|modified)(?:\s[^<>]*)?>([^<]{4,80})<", re.I
)
_LONG_TAG = re.compile(rb"<([A-Za-z_][\w:.-]{0,100})(\s[^<>]{1500,}?)(/?>)")
_ATTRIBUTE = re.compile(rb"""\s+[^\s=<>"']+\s*=\s*(?:"[^"]*"|'[^']*')""")
_AUTHOR = re.compile(
    rb"(<(?:[\w.-]{1,40}:)?(?:author|contributor|creator|email|managingeditor|name|owner|publisher|webmaster)"
    rb"(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?)([^<]{255,})",
    re.I,
)
_EXTRAS = re.compile(  # sizes, topics, places, licences, media
    rb"</?(?:width|height|category|keywords|(?:cc|creativecommons|geo|georss|gml|itunes|media|psc):[\w.-]{1,40}"
    rb"|dc:subject)(?:\s[^<>]*)?/?>",
    re.I,
)
_XML_DECLARATION = re.compile(rb"<\?xml[^>]{0,500}>")
_LONG_SPACE = re.compile(rb"\s{64,}")
_ENTITY = re.compile(rb"<!ENTITY([^>]*)>")
_PLAIN_ENTITY = re.compile(rb"""\s+\w+\s+(?:"(?:&#\w+;|[^&%"]*)"|'(?:&#\w+;|[^&%']*)')\s*""")


def trim(body: bytes, context: Context) -> tuple[bytes, int]:
    """``body`` without what costs more than linear time, and how many items were cut."""
    body = _escape_ampersands(_drop_entities(_alone_in_line(body)))
    body = _LONG_TAG.sub(_fewer_attributes, body)
    body = _AUTHOR.sub(_shorter_author, body)
    return _fewer_items(body, context)


def mend_references(body: bytes) -> bytes:
    """References to what is no character (``&#xD800;``, ``&#1114112;``) are U+FFFD, as in browsers, and halves of
    letters are paired where they can be; feedparser and lxml fail on them."""
    return _NUMBER.sub(_character, _UNITS.sub(_whole_letters, body))


def _character(found: re.Match[bytes]) -> bytes:
    digits = (found[1] or found[2]).lstrip(b"0")[:8] or b"0"  # more are beyond Unicode anyway
    number = int(digits, 16 if found[1] else 10)
    return b"&#xFFFD;" if number > sys.maxunicode or 0xD800 <= number <= 0xDFFF else found[0]


def _alone_in_line(body: bytes) -> bytes:
    """The XML declaration in a line of its own: feedparser seeks the charset in all of the first line, and takes the
    last that it finds there."""
    found = _XML_DECLARATION.match(body)
    if found:
        return found[0] + b"\n" + body[found.end() :]
    return b"\n" + body if body.startswith(b"<?") else body


def without_extras(body: bytes) -> bytes:
    """``body`` without what feedparser 6.0.14 may raise at and an entry can do without, so that not all are lost: a
    stray ``</height>``, ``</category>`` or ``</creativeCommons:license>``, a reference system that is no number."""
    return _EXTRAS.sub(b"", body)


def _drop_entities(body: bytes) -> bytes:
    """Only entities that stand for characters stay; feedparser ignores the others too, but slowly."""
    start = re.search(rb"<\w", body)
    head = body[: start.start()] if start else b""
    body = body[len(head) :]
    head = _LONG_SPACE.sub(b"\n", head)
    if len(head) > _MAX_HEAD:
        declaration = _XML_DECLARATION.match(head)
        return (declaration[0] if declaration else b"") + body
    return _ENTITY.sub(_plain_entity, head) + body


def _plain_entity(found: re.Match[bytes]) -> bytes:
    kept = len(found[1]) <= _MAX_ENTITY and _PLAIN_ENTITY.fullmatch(found[1])
    return found[0] if kept else b""


def _whole_letters(found: re.Match[bytes]) -> bytes:
    """``&#55357;&#56832;`` → ``&#128512;``: halves of letters, paired where they can be; feedparser raises at one."""
    stated = re.findall(rb"&#(\w+);", found[0])
    units = [int(number[1:], 16) if number[:1] in b"xX" else int(number) for number in stated]
    letters = b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be", "replace")
    return "".join(f"&#{ord(letter)};" for letter in letters).encode()


def _escape_ampersands(body: bytes) -> bytes:
    """``Q&A`` → ``Q&amp;A``: one bare ampersand sends feedparser to its loose parser, which makes it ``Q&A;``."""
    if not _BARE.search(body):
        return body
    pieces, at = [], 0
    for start, end in _markup(body):
        pieces += [body[at:start], _BARE.sub(b"&amp;", body[start:end])]
        at = end
    return b"".join(pieces)


def _fewer_attributes(found: re.Match[bytes]) -> bytes:
    if found[2].count(b"=") <= MAX_ATTRIBUTES:
        return found[0]
    kept = _ATTRIBUTE.findall(found[2])[:MAX_ATTRIBUTES]
    return b"<" + found[1] + b"".join(kept) + found[3]


def _shorter_author(found: re.Match[bytes]) -> bytes:
    text = re.sub(rb"(\S{%d})\S+" % _MAX_ADDRESS, rb"\1", found[2])[:MAX_AUTHOR]
    if len(text) == len(found[2]):
        return found[0]
    whole = re.sub(rb"&[^;\s]{0,10}$", b"", text)  # neither half a reference nor half a letter
    return found[1] + whole.rstrip(bytes(range(0x80, 0x100))) + (b"]]>" if b"]]>" in found[2] else b"")


def _fewer_items(body: bytes, context: Context) -> tuple[bytes, int]:
    """The newest MAX_ENTRIES items: the first, or the last where the feed runs from old to new."""
    starts = item_starts(body)
    surplus = len(starts) - MAX_ENTRIES
    if surplus <= 0:
        return body, 0
    if _old_to_new(body, starts, context):
        return body[: starts[0]] + body[starts[surplus] :], surplus
    end = _end_of_items(body, starts[-1])
    return body[: starts[MAX_ENTRIES]] + body[end:], surplus


def item_starts(body: bytes) -> list[int]:
    """Where items begin, outside comments and CDATA sections."""
    return [found.start() for start, end in _markup(body) for found in _ITEM.finditer(body, start, end)]


def _markup(body: bytes) -> Iterator[tuple[int, int]]:
    """Spans outside comments and CDATA sections."""
    start, at, unclosed = 0, 0, set[bytes]()
    while found := _OPENERS.search(body, at):
        at = found.end()
        end = -1 if found[0] in unclosed else body.find(_CLOSERS[found[0]], at)
        if end < 0:
            unclosed.add(found[0])  # nor will any later one be closed
            continue
        yield start, found.start()
        start = at = end
    yield start, len(body)


def _end_of_items(body: bytes, last: int) -> int:
    closers = list(re.finditer(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)\s*>", body[last:], re.I))
    return last + closers[-1].end() if closers else len(body)


def _old_to_new(body: bytes, starts: list[int], context: Context) -> bool:
    first = _date(body[starts[0] : min(starts[1], starts[0] + _LOOK)], context)
    last = _date(body[starts[-1] : starts[-1] + _LOOK], context)
    return bool(first and last and first < last)


def _date(item: bytes, context: Context) -> datetime | None:
    found = _DATE.search(item)
    return context.date(found[1].decode("latin-1")) if found else None
