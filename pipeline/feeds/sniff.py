"""What bytes are, told from their beginning; and, where they are no feed, what they look like."""

from __future__ import annotations

import re

from pipeline.feeds import plain
from pipeline.model import FeedError, Reason

_NAME = re.compile(rb"<([A-Za-z_][\w.:-]{0,60})")
_SKIPPED = ((b"<?", b"?>"), (b"<!--", b"-->"), (b"<!", b">"))
_FEED_INSIDE = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:rss|feed|rdf|channel|item|entry)[\s>]", re.I)
_ENTRY_INSIDE = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.I)
_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{0,300})", re.I)

# Words of a page → what it is; the first that occurs in its first 20,000 bytes.
_PAGES = (
    (rb"cf-chl|cf_chl|just a moment|attention required|captcha|are you a robot|datadome", "a challenge page"),
    (rb"consent|cookie-?wall|privacy-?(?:gate|wall)", "a consent page"),
    (rb"type=[\"']?password", "a login page"),
)
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "gzip within gzip"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


def root(body: bytes) -> str:
    """Lower-case local name of the first element; "{" for JSON; "" where there is none."""
    at = 0
    while at < len(body):
        at += len(body[at : at + 4096]) - len(body[at : at + 4096].lstrip())
        skipped = next((end for start, end in _SKIPPED if body.startswith(start, at)), None)
        if skipped is None:
            return _name(body, at)
        found = body.find(skipped, at)
        if found < 0:
            return ""
        at = found + len(skipped)
    return ""


def _name(body: bytes, at: int) -> str:
    if body.startswith(b"{", at):
        return "{"
    found = _NAME.match(body, at) or _NAME.search(body, at, at + 4096)  # after a DTD's end, or stray text
    return found[1].rsplit(b":", 1)[-1].decode("ascii", "replace").lower() if found else ""


def has_entry(body: bytes) -> bool:
    """Is there an item's element anywhere in it?"""
    return bool(_ENTRY_INSIDE.search(body))


def has_feed(body: bytes) -> bool:
    """Is there any feed's element in it?"""
    return bool(_FEED_INSIDE.search(body))


def hopeless(body: bytes, root: str) -> bool:
    """An HTML page without any feed's element: not worth feedparser's seconds."""
    return root == "html" and not has_feed(body)


def refusal(body: bytes, root: str) -> FeedError:
    """The not_a_feed error that says what ``body`` looks like."""
    return FeedError(Reason.NOT_A_FEED, "looks like " + _looks_like(body, root))


def _looks_like(body: bytes, root: str) -> str:
    magic = next((name for start, name in _MAGIC if body.startswith(start)), None)
    if magic:
        return magic
    if root == "html" or b"<!doctype html" in body[:1000].lower():
        return _page(body[:20_000])
    if root == "opml":
        return "an OPML list of feeds"
    return f"XML with the root <{plain.line(root, 60)}>" if root else "text"


def _page(head: bytes) -> str:
    kind = next((name for words, name in _PAGES if re.search(words, head, re.I)), "an HTML page")
    found = _TITLE.search(head)
    title = plain.title(found[1].decode("utf-8", "replace"))[:80] if found else ""
    return f"{kind}: {title!r}" if title else kind
