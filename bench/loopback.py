"""A thousand outlets on loopback: feeds that say what changed, article pages in frames of a real page's size.

    python -m bench.loopback --feeds N --entries N [--pages FOLDER]

A process of its own, so that what it costs is nobody else's; prints its port. ``GET http://control.test/turn/N`` sets
the turn: at turn t each feed has its ``entries`` latest articles, the newest of them number ``entries - 1 + t``.
Conditional requests are answered 304, connections are kept. With ``--pages`` the pages are those of a folder
(``*.html``, ``*.html.gz``) by turns, instead of generated ones.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from bench.corpus import corpus

CONTROL = "control.test"
NEWEST = datetime.now(UTC).replace(microsecond=0)
FRAMES = 40
FRAME_BYTES = (25_000, 95_000)  # smallest and largest; a page is that and its article
ROBOTS = b"User-agent: *\nDisallow: /search\nDisallow: /account/\n\nUser-agent: GPTBot\nDisallow: /\n"


def host(outlet: int) -> str:
    """The name of an outlet's site."""
    return f"outlet{outlet}.test"


@dataclass
class Web:
    """What the outlets publish."""

    outlets: int
    entries: int
    texts: Sequence[str]
    frames: Sequence[tuple[str, str]]
    saved: Sequence[bytes] = ()
    turn: int = 0
    _feeds: dict[tuple[int, int], tuple[bytes, bytes]] = field(default_factory=dict)  # (outlet, turn) → ETag, body

    def page(self, outlet: int, number: int) -> bytes:
        """The page of an outlet's article."""
        at = outlet * (self.entries + 2) + number
        if self.saved:
            return self.saved[at % len(self.saved)]
        before, after = self.frames[at % len(self.frames)]
        title, paragraphs = self._told(at)
        url = f"http://{host(outlet)}/news/{number}"
        head = _head(title, url, f"Outlet {outlet}", when(number), structured=at % 4 > 0)
        body = "".join(f"<p>{p}</p>{_aside(i)}" for i, p in enumerate(paragraphs))
        told = f"<article><h1>{title}</h1><p class='by'>By Anna Muster</p>{_figure(at)}<div>{body}</div></article>"
        return f"<!doctype html><html lang='en'>{head}{before}{told}{after}</html>".encode()

    def feed(self, outlet: int) -> tuple[bytes, bytes]:
        """ETag and RSS of an outlet now."""
        if (outlet, self.turn) not in self._feeds:
            items = "".join(self._item(outlet, n) for n in reversed(range(self.turn, self.turn + self.entries)))
            made = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Outlet {outlet}</title>'
            body = f"{made}<link>http://{host(outlet)}/</link>{items}</channel></rss>".encode()
            self._feeds[outlet, self.turn] = (b'"' + hashlib.md5(body).hexdigest().encode() + b'"', body)
        return self._feeds[outlet, self.turn]

    def _item(self, outlet: int, number: int) -> str:
        title, paragraphs = self._told(outlet * (self.entries + 2) + number)
        url = f"http://{host(outlet)}/news/{number}?utm_source=rss"
        return (
            f"<item><title>{title}</title><link>{url}</link><guid>{url}</guid><category>News</category>"
            f"<description>&lt;p&gt;{paragraphs[0]}&lt;/p&gt;</description>"
            f"<pubDate>{format_datetime(when(number))}</pubDate></item>"
        )

    def _told(self, at: int) -> tuple[str, list[str]]:
        """Title and paragraphs of a text: its first words, and three sentences each."""
        sentences = self.texts[at % len(self.texts)].split(". ")
        title = " ".join(sentences[0].replace(",", "").split()[:9]).rstrip(".")
        lines = [". ".join(sentences[i : i + 3]).rstrip(".") + "." for i in range(0, len(sentences), 3)]
        return title, lines


def when(number: int) -> datetime:
    """When article ``number`` of any outlet appeared: an hour apart, the latest of turn 0 a day ago."""
    return NEWEST - timedelta(days=5) + timedelta(hours=number)


def _head(title: str, url: str, site: str, at: datetime, structured: bool) -> str:
    """Metadata as outlets print it; a quarter of the pages come without JSON-LD and dates."""
    plain = (
        f"<head><meta charset='utf-8'><title>{title} | {site}</title><link rel='canonical' href='{url}'>"
        f"<meta property='og:title' content='{title}'><meta property='og:site_name' content='{site}'>"
        f"<meta property='og:url' content='{url}'><meta name='description' content='{title}'>"
    )
    stated = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "datePublished": at.isoformat(),
        "author": [{"@type": "Person", "name": "Anna Muster"}], "publisher": {"@type": "Organization", "name": site},
        "isAccessibleForFree": True,
    }  # fmt: skip
    told = f"<script type='application/ld+json'>{json.dumps(stated)}</script>" if structured else ""
    return f"{plain}{told}</head>"


def _aside(after: int) -> str:
    """What stands between two paragraphs."""
    share = "<div class='share'><a href='/s/fb'>Facebook</a><a href='/s/x'>X</a><button>Copy link</button></div>"
    return share if after == 1 else "<aside><h4>Read more</h4><a href='/news/1'>Earlier</a></aside>" * (after == 3)


def _figure(at: int) -> str:
    return (
        f"<figure><img src='/i/{at}.jpg' srcset='/i/{at}-2.jpg 2x'><figcaption>A view. Photo: N.</figcaption></figure>"
    )


def frames(rng: random.Random) -> list[tuple[str, str]]:
    """What stands around articles: scripts, styles, menus before; teasers, menus, scripts after."""
    low, high = FRAME_BYTES
    return [_frame(rng, low + (high - low) * n // (FRAMES - 1)) for n in range(FRAMES)]


def _frame(rng: random.Random, size: int) -> tuple[str, str]:
    """Of a real page's bytes two thirds are scripts and styles, the rest some hundred links and teasers."""
    syllables = [f"{c}{v}" for c in "bdfgklmnprst" for v in "aeiou"]
    words = ["".join(rng.choices(syllables, k=2)) for _ in range(200)]
    style = ".card{margin:0;padding:4px}"
    before = (
        f"<style>{style * (size * 12 // 100 // len(style))}</style>{_script(rng, words, size * 30 // 100)}"
        f"<body><header><a href='/'>Home</a>{_menu(rng, words, size // 875)}</header><main><div class='layout'>"
    )
    teasers = "".join(_teaser(rng, words, n) for n in range(size // 1045))
    after = (
        f"<section class='teasers'><h2>More</h2>{teasers}</section></div></main>"
        f"<footer>{_menu(rng, words, size // 1167)}<p>{_said(rng, words, 30)}.</p></footer>"
        f"{_script(rng, words, size * 22 // 100)}</body>"
    )
    return before, after


def _said(rng: random.Random, words: Sequence[str], count: int) -> str:
    return " ".join(rng.choices(words, k=count)).capitalize()


def _script(rng: random.Random, words: Sequence[str], size: int) -> str:
    code = ";".join(f"var {rng.choice(words)}{i}=function(a,b){{return a<b?a:b+{i}}}" for i in range(size // 48))
    return f"<script>{code}</script>"


def _menu(rng: random.Random, words: Sequence[str], count: int) -> str:
    links = (
        f"<li class='m-{i}'><a href='/{rng.choice(words)}/{i}'>{_said(rng, words, 2)}</a></li>" for i in range(count)
    )
    return f"<nav class='menu'><ul>{''.join(links)}</ul></nav>"


def _teaser(rng: random.Random, words: Sequence[str], number: int) -> str:
    return (
        f"<div class='card'><a href='/news/old-{number}'><img src='/t/{number}.jpg' loading='lazy' alt=''>"
        f"<h3>{_said(rng, words, 8)}</h3></a><p>{_said(rng, words, 18)}.</p>"
        f"<span class='tag'>{_said(rng, words, 1)}</span></div>"
    )


class Connection(asyncio.Protocol):
    """HTTP/1.1 as far as a polite reader needs it: GET, kept alive."""

    def __init__(self, web: Web) -> None:
        self.web, self.left = web, b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the way back."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self.left += data
        while b"\r\n\r\n" in self.left:
            head, _, self.left = self.left.partition(b"\r\n\r\n")
            self.transport.write(answer(self.web, head))


def answer(web: Web, head: bytes) -> bytes:
    """The whole response to a request's head."""
    first, *lines = head.split(b"\r\n")
    path = first.split(b" ")[1].decode().partition("?")[0]
    stated = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    name = stated.get(b"host", b"").decode().partition(":")[0]
    if name == CONTROL:
        web.turn = int(path.rpartition("/")[2])
        return _response(200, b"", b"text/plain")
    outlet = int(name.removeprefix("outlet").removesuffix(".test"))
    if path == "/robots.txt":
        return _response(200, ROBOTS, b"text/plain")
    if path == "/feed":
        etag, body = web.feed(outlet)
        same = stated.get(b"if-none-match") == etag
        return _response(304 if same else 200, b"" if same else body, b"application/rss+xml", etag)
    if path.startswith("/.well-known/"):
        return _response(404, b"", b"text/plain")
    return _response(200, web.page(outlet, int(path.rpartition("/")[2])), b"text/html; charset=utf-8")


def _response(status: int, body: bytes, kind: bytes, etag: bytes = b"") -> bytes:
    seen = b"ETag: %b\r\nCache-Control: no-cache\r\n" % etag if etag else b""
    length = b"" if status == 304 else b"Content-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 %d OK\r\nContent-Type: %b\r\n%b%b\r\n" % (status, kind, length, seen) + body


def saved_pages(folder: Path) -> list[bytes]:
    """All pages below a folder, in a fixed mixture."""
    found = sorted([*folder.rglob("*.html"), *folder.rglob("*.html.gz")])
    random.Random(7).shuffle(found)
    return [gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes() for p in found]


def made(outlets: int, entries: int, pages: Path | None = None) -> Web:
    """Outlets with enough texts for two turns more."""
    needed = outlets * (entries + 2)
    return Web(outlets, entries, corpus(needed).texts, frames(random.Random(5)), saved_pages(pages) if pages else ())


def some_pages(web: Web, limit: int) -> Iterator[bytes]:
    """Pages of the outlets as they are asked for: the first of each, then the second."""
    order = ((outlet, number) for number in range(web.entries) for outlet in range(web.outlets))
    return (web.page(*at) for at, _ in zip(order, range(limit), strict=False))


async def serve(web: Web) -> None:
    """Listen until the parent closes our input; prints the port."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Connection(web), "127.0.0.1", 0, backlog=1024)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Make the outlets and serve them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=40)
    parser.add_argument("--pages", type=Path)
    asked = parser.parse_args()
    asyncio.run(serve(made(asked.feeds, asked.entries, asked.pages)))


if __name__ == "__main__":
    main()
