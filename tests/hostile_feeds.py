"""Feeds that are meant to hurt: each is some bytes, and what a run must make of them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pipeline.feeds import MAX_ENTRIES, parse
from pipeline.model import Reason

SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def rss(*items: str, doctype: str = "") -> bytes:
    """An RSS 2.0 feed, behind a document type where one is given."""
    return f'<?xml version="1.0"?>{doctype}<rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode()


def sitemap(locations: str, doctype: str = "") -> bytes:
    """A sitemap of one address, with whatever more stands in its element."""
    url = f"<url><loc>https://s.example/1</loc>{locations}</url>"
    return f'<?xml version="1.0"?>{doctype}<urlset {SITEMAP}>{url}</urlset>'.encode()


def item(title: str = "Storm", link: str = "https://news.example/a", more: str = "") -> str:
    """One item."""
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def laughs() -> str:
    """Ten entities, each ten times the one before."""
    names = [f"&{name};" for name in "abcdefghij"]
    tenfold = "".join(f'<!ENTITY {b[1:-1]} "{10 * a}">' for a, b in pairwise(names))
    return f'<!DOCTYPE x [<!ENTITY a "haha">{tenfold}]>'


def quadratic() -> str:
    """One long entity, to be named often."""
    return f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>'


def attributes(count: int) -> str:
    """Attributes of one element, no two alike."""
    return " ".join(f'a{n}="1"' for n in range(count))


def hidden_attributes(count: int) -> bytes:
    """Behind a ">" within a value, where no search for the end of a tag finds them."""
    return rss(item()).replace(b"<item>", f"<item b='>' {attributes(count)}>".encode())


def nested(depth: int) -> bytes:
    """Elements within each other, as markup of the feed itself."""
    return rss(item(more="<description>" + "<a>" * depth + "x" + "</a>" * depth + "</description>"))


def redos(tag: str, before: str = "", after: str = "") -> bytes:
    """32 KB that feedparser's expression for addresses takes 11 s for (kurtmckee/feedparser#562)."""
    return rss(item(more=f"<{tag}>{before}a@{'a.' * 16_000}!{after}</{tag}>"))


def many(count: int) -> bytes:
    """Items, the newest first as usual."""
    return rss(*(item(f"T{n}", f"https://news.example/{n}") for n in range(count)))


def many_json(count: int) -> bytes:
    """The same as a JSON Feed."""
    items = [{"id": str(n), "url": f"https://news.example/{n}", "title": f"T{n}"} for n in range(count)]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()


@dataclass(frozen=True, slots=True)
class Hostile:
    """Bytes, and what becomes of them: the code, how many entries are kept and how many are counted as dropped."""

    body: Callable[[], bytes]
    entries: int | None = 1
    dropped: int | None = 0
    code: Reason = Reason.OK


ENTITIES = {  # C1, C2
    "billion laughs": Hostile(lambda: rss(item("&j;"), doctype=laughs())),
    "billion laughs in a sitemap": Hostile(lambda: sitemap("<x>&j;</x>", laughs())),
    "quadratic blow-up": Hostile(lambda: rss(item("&a;" * 5000), doctype=quadratic())),
    "quadratic blow-up in a sitemap": Hostile(lambda: sitemap("<x>" + "&a;" * 5000 + "</x>", quadratic())),
    "a DTD of 4 MB": Hostile(lambda: rss(item(), doctype="<!ENTITY " * 450_000)),
    "200,000 bare ampersands": Hostile(lambda: rss(item("&" * 200_000))),
}
MARKUP = {  # C3
    "100,000 attributes": Hostile(lambda: rss(item()).replace(b"<item>", f"<item {attributes(100_000)}>".encode())),
    "10,000 nested elements": Hostile(lambda: nested(10_000)),
    "30,000 unclosed tags": Hostile(
        lambda: rss(item(more="<description><![CDATA[" + "<b>" * 30_000 + "x]]></description>"))
    ),
    "unclosed comments": Hostile(lambda: rss(item()) + b"<!--" * 20_000),
    "unclosed CDATA": Hostile(lambda: rss(item()) + b"<![CDATA[" * 20_000),
}
AUTHORS = {  # C4
    **{f"{tag} of 32 KB": Hostile(lambda tag=tag: redos(tag)) for tag in ("author", "managingEditor", "dc:creator")},
    "itunes:author of 32 KB": Hostile(lambda: redos("itunes:author")),
    "an author in CDATA": Hostile(lambda: redos("author", "<![CDATA[", "]]>")),
}
MANY = {"50,000 items": Hostile(lambda: many(50_000), MAX_ENTRIES, 50_000 - MAX_ENTRIES)}  # C5
LONG = {  # C6
    "one text of 14 MB": Hostile(lambda: rss(item(more=f"<description>{'x' * 14_000_000}</description>"))),
    "one title of 3 MB": Hostile(lambda: rss(item("x" * 3_000_000))),
    "one text of 30 MB": Hostile(
        lambda: rss(item(more=f"<description>{'x' * 30_000_000}</description>")), None, None, Reason.TOO_LARGE
    ),
}
ALL = {**ENTITIES, **MARKUP, **AUTHORS, **MANY, **LONG}

MANY_SLOW = {  # C5
    "200,000 items": Hostile(lambda: many(200_000), MAX_ENTRIES, 200_000 - MAX_ENTRIES),
    "200,000 items of a JSON Feed": Hostile(lambda: many_json(200_000), MAX_ENTRIES, 200_000 - MAX_ENTRIES),
}
SLOW = {  # C3: what only the limits of the child end, and what is read where the machine is not too busy
    "100,000 nested elements": (lambda: nested(100_000), {Reason.OK, Reason.PARSE_TIMEOUT}),
    "1,000,000 nested elements": (lambda: nested(1_000_000), {Reason.PARSE_TIMEOUT, Reason.PARSE_MEMORY}),
    "100,000 attributes behind a >": (lambda: hidden_attributes(100_000), {Reason.PARSE_TIMEOUT}),
}


def cost(body: bytes) -> tuple[int, float, float]:
    """(entries, CPU seconds, MB of memory more than before, at most) of a parse; for a child process, on Linux."""
    before, began = _megabytes("VmRSS"), time.process_time()
    entries = len(parse(body, "http://news.test/feed").entries)
    return entries, time.process_time() - began, _megabytes("VmHWM") - before


def _megabytes(name: str) -> float:
    """The memory that this process holds (VmRSS), or the most that it ever held (VmHWM)."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 1024
