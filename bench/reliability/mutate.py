"""Documents made bad, each by its number: the same number gives the same bytes.

Truncations, flipped bits, bytes put in and taken out, two documents spliced, other charsets declared, pieces and tags
repeated.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

FLIPS, PLACES, LONGEST = 64, 12, 400  # bits flipped, places changed, bytes put in or taken out: at most
REPEATS = 3_000  # of one tag, at most
LARGEST = 2_000_000  # bytes of what is made
STRUCTURE = (
    b"<", b">", b"&", b'"', b"'", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"</", b"/>", b"<?xml ", b"\x00", b"\xff\xfe",
    b"\xed\xa0\x80", b"&#xD800;", b"&#0;", b"&#99999999;", b"&nbsp", b"<!DOCTYPE x [", b"<item>", b"<entry>",
    b"</item>", b"</channel>", b"<p>", b"<script>", b"<table>", b"<base href='//x'>", b"\x1f\x8b", b"{",
    b"\xe2\x80\xae", b"\r",
)  # fmt: skip
CHARSETS = (
    "utf-8", "iso-8859-1", "windows-1252", "utf-16", "utf-16le", "utf-32", "utf-7", "koi8-r", "big5", "shift_jis",
    "gb18030", "euc-kr", "iso-2022-jp", "us-ascii", "cp037", "idna", "rot13", "hex", "zlib", "unicode_escape",
    "none", "x" * 60,
)  # fmt: skip
_DECLARED = re.compile(rb"""((?:encoding|charset)\s*=\s*["']?)([\w.:-]+)""", re.I)
_TAG = re.compile(rb"<[^<>]{1,400}>")

Change = Callable[[random.Random, bytes, bytes], bytes]


def mutated(number: int, documents: Sequence[bytes]) -> tuple[str, bytes]:
    """(what was done, the bytes) of this number: one to three changes to one of the documents."""
    rng = random.Random(f"retold {number}")
    body = documents[rng.randrange(len(documents))]
    names = [rng.choice(tuple(CHANGES)) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    for name in names:
        body = CHANGES[name](rng, body, documents[rng.randrange(len(documents))])[:LARGEST]
    return "+".join(names), body


def _truncated(rng: random.Random, body: bytes, _: bytes) -> bytes:
    return body[: rng.randrange(len(body) + 1)]


def _flipped(rng: random.Random, body: bytes, _: bytes) -> bytes:
    made = bytearray(body)
    for _n in range(rng.randint(1, FLIPS) if made else 0):
        made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def _inserted(rng: random.Random, body: bytes, _: bytes) -> bytes:
    for _n in range(rng.randint(1, PLACES)):
        at = rng.randrange(len(body) + 1)
        new = rng.choice(STRUCTURE) if rng.random() < 0.7 else rng.randbytes(rng.randint(1, LONGEST))
        body = body[:at] + new + body[at:]
    return body


def _deleted(rng: random.Random, body: bytes, _: bytes) -> bytes:
    for _n in range(rng.randint(1, PLACES)):
        at = rng.randrange(len(body) + 1)
        body = body[:at] + body[at + rng.randint(1, LONGEST) :]
    return body


def _spliced(rng: random.Random, body: bytes, other: bytes) -> bytes:
    return body[: rng.randrange(len(body) + 1)] + other[rng.randrange(len(other) + 1) :]


def _recharged(rng: random.Random, body: bytes, _: bytes) -> bytes:
    charset = rng.choice(CHARSETS).encode()
    if _DECLARED.search(body):
        return _DECLARED.sub(lambda found: found[1] + charset, body, count=rng.choice((0, 1)))
    return b'<?xml version="1.0" encoding="%b"?>' % charset + body


def _duplicated(rng: random.Random, body: bytes, _: bytes) -> bytes:
    start = rng.randrange(len(body) + 1)
    piece = body[start : start + rng.choice((50, 500, 5_000, 50_000))]
    at = rng.randrange(len(body) + 1)
    return body[:at] + piece * rng.randint(1, 8) + body[at:]


def _retagged(rng: random.Random, body: bytes, _: bytes) -> bytes:
    tags = _TAG.findall(body)
    if not tags:
        return body
    found = body.find(rng.choice(tags))
    tag = body[found : body.find(b">", found) + 1]
    return body[:found] + tag * rng.choice((2, 20, 200, REPEATS)) + body[found:]


CHANGES: dict[str, Change] = {
    "truncated": _truncated, "bits flipped": _flipped, "bytes put in": _inserted, "bytes taken out": _deleted,
    "spliced": _spliced, "charset told otherwise": _recharged, "piece repeated": _duplicated, "tag repeated": _retagged,
}  # fmt: skip
