"""What hostile hosts send: answers, paces, bombs, and feeds that cost their reader dearly."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache, partial
from html import escape

import brotli
from backports import zstd

from bench.reliability.wild import Request

RSS = "application/rss+xml; charset=utf-8"
HTML = "text/html; charset=utf-8"
BLOCK = 64 * 1024
GB = 1_000_000_000
Pace = Callable[[Request], AsyncIterator[bytes]]


# ── Answers ──


def head(status: int = 200, kind: str = RSS, **headers: object) -> bytes:
    """The head of an answer, after which the server hangs up; a keyword ``content_length`` is that header."""
    stated = {"Content-Type": kind, "Connection": "close"}
    stated |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in stated.items())
    return f"HTTP/1.1 {status} Wild\r\n{lines}\r\n".encode("latin-1")


def whole(body: str | bytes, kind: str = RSS, status: int = 200, **headers: object) -> bytes:
    """An answer with its length."""
    data = body.encode() if isinstance(body, str) else body
    return head(status, kind, Content_Length=len(data), **headers) + data


def moved(location: str, status: int = 302) -> bytes:
    """A redirect."""
    return whole(b"", status=status, Location=location)


# ── Paces ──


async def silence(_: Request) -> AsyncIterator[bytes]:
    """Nothing, for longer than anyone waits."""
    await asyncio.sleep(3600)
    yield b""


async def reset(_: Request) -> AsyncIterator[bytes]:
    """The connection breaks at once."""
    yield b""


def dripped(at_once: bytes, data: bytes, pause: float = 1.0) -> Pace:
    """Some bytes, then the others one by one."""

    async def pace(_: Request) -> AsyncIterator[bytes]:
        yield at_once
        for at in range(len(data)):
            yield data[at : at + 1]
            await asyncio.sleep(pause)

    return pace


def endless(at_once: bytes, block: bytes) -> Pace:
    """Some bytes, then a block for ever."""

    async def pace(_: Request) -> AsyncIterator[bytes]:
        yield at_once
        while True:
            yield block

    return pace


def measured(at_once: bytes, size: int, block: bytes = b" " * BLOCK) -> Pace:
    """Some bytes, then so many more, then the end of the connection."""

    async def pace(_: Request) -> AsyncIterator[bytes]:
        yield at_once
        for left in range(size, 0, -len(block)):
            yield block[:left]

    return pace


class Late:
    """An answer that is made once, when it is first needed: `prepare` it, or its making counts as the answer's time."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self.prepare = cache(make)

    async def __call__(self, _: Request) -> AsyncIterator[bytes]:
        """The answer."""
        yield self.prepare()


late = Late


async def onwards(asked: Request) -> AsyncIterator[bytes]:
    """A redirect to the next number, and at 21 a feed: one hop more than browsers follow."""
    number = int(asked.path[1:]) if asked.path[1:].isdigit() else 0
    yield moved(f"/{number + 1}") if number < 21 else feed_of()


# ── Bombs: a feed's beginning, then spaces ──


@cache
def bomb(coding: str, size: int = GB) -> bytes:
    """``size`` bytes in a content coding: gzip, deflate, br or zstd."""
    make: dict[str, Callable[[Iterator[bytes]], bytes]] = {
        "gzip": partial(_zlib, wbits=31),
        "deflate": partial(_zlib, wbits=15),
        "br": _brotli,
        "zstd": _zstd,
    }
    return make[coding](_plain(size))


def _plain(size: int) -> Iterator[bytes]:
    yield b"<?xml version='1.0'?><rss version='2.0'><channel><title>"
    block = b" " * 2**20
    yield from (block for _ in range(size // len(block)))


def _zlib(plain: Iterator[bytes], wbits: int) -> bytes:
    stream = zlib.compressobj(6, zlib.DEFLATED, wbits)
    return b"".join([*map(stream.compress, plain), stream.flush()])


def _brotli(plain: Iterator[bytes]) -> bytes:
    stream = brotli.Compressor(quality=1)
    return b"".join([*map(stream.process, plain), stream.finish()])


def _zstd(plain: Iterator[bytes]) -> bytes:
    stream = zstd.ZstdCompressor()
    return b"".join([*map(stream.compress, plain), stream.flush()])


@cache
def layered(layers: int, size: int, level: int) -> bytes:
    """A body in so many layers of gzip; level 0 keeps each as large as the plain one."""
    data = b" " * size
    for _ in range(layers):
        stream = zlib.compressobj(level, zlib.DEFLATED, 31)
        data = stream.compress(data) + stream.flush()
    return data


# ── Feeds ──


def rss(*items: str, extra: str = "", declaration: str = "") -> str:
    """An RSS 2.0 feed."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{declaration}<rss version="2.0"><channel><title>Wild</title>'
        f"<link>http://wild.test/</link>{extra}{''.join(items)}</channel></rss>"
    )


def item(link: str = "", title: str = "", more: str = "") -> str:
    """An entry."""
    words = title or f"Council meets about item {link.rpartition('/')[2]}"
    said = "The council met in the evening and spoke about the old bridge over the river for two hours."
    return (
        f"<item><title>{words}</title><link>{escape(link)}</link><guid>{escape(link)}</guid>"
        f"<description>{said}</description>{more}</item>"
    )


def feed_of(*links: str) -> bytes:
    """The answer of a feed with an entry for each link."""
    return whole(rss(*map(item, links)))


def many_items(count: int) -> bytes:
    """Entries of the least size."""
    return whole(rss("".join(f"<item><title>Item number {n} of the list</title></item>" for n in range(count))))


def many_attributes(count: int) -> bytes:
    """One element with so many attributes."""
    stated = " ".join(f'a{n}="{n}"' for n in range(count))
    return whole(rss(item("http://wild.test/a", more=f"<x {stated}/>")))


def nested(depth: int, tag: str = "x") -> bytes:
    """Tags within tags."""
    return whole(rss(item("http://wild.test/a", more=f"<{tag}>" * depth + f"</{tag}>" * depth)))


def author(size: int) -> bytes:
    """An address for which a regular expression of feedparser's needs quadratic time."""
    return whole(rss(item("http://wild.test/a", more=f"<author>a@{'a.' * (size // 2)}!</author>")))


def laughs() -> bytes:
    """A billion laughs: entities of entities."""
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    declared = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{lines}]>'
    return whole(rss(item("http://wild.test/a", title="&l9;"), declaration=declared))


def quadratic() -> bytes:
    """One long entity, named often."""
    declared = f'<!DOCTYPE rss [<!ENTITY a "{"a" * 100_000}">]>'
    return whole(rss(item("http://wild.test/a", title="&a;" * 5000), declaration=declared))


def outside(address: str) -> bytes:
    """An external DTD and external entities, general and by parameter."""
    declared = (
        f'<!DOCTYPE rss SYSTEM "{address}.dtd" [<!ENTITY x SYSTEM "{address}"><!ENTITY % p SYSTEM "{address}.ent">%p;]>'
    )
    return whole(rss(item("http://wild.test/a", title="Read &x; it"), declaration=declared))


def one_title(size: int) -> bytes:
    """A single title of so many bytes."""
    return whole(rss(item("http://wild.test/a", title="a " * (size // 2))))


CHALLENGE = (
    "<!doctype html><html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={};"
    "</script>Checking your browser</body></html>"
)


# ── Pages ──


def page(inside: str = "", before: str = "") -> str:
    """An article page with text enough to be taken for one."""
    said = "".join(
        f"<p>Paragraph {n}: the old bridge over the river stays closed until spring, the city says, because experts"
        f" have found cracks in pillar {n}, and repairs will take several months.</p>"
        for n in range(1, 7)
    )
    return (
        f"<!doctype html><html lang='en'><head><title>Bridge closed</title>{before}</head>"
        f"<body><main><article><h1>Bridge closed</h1>{said}{inside}</article></main></body></html>"
    )
