"""A document that feedparser fails on, read in parts: one item that it cannot read costs that item, not the feed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from pipeline.feeds import prescan, sniff
from pipeline.model import FeedError

Parse = Callable[[bytes], Any]  # bytes → feedparser's result; raises FeedError or RecursionError where it fails
FAILURES = (FeedError, RecursionError)

_START = re.compile(rb"\s*(?:<\?xml[^>]{0,500}>)?")
_AROUND = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:rss|rdf|feed|channel)(?:\s[^<>]*)?>", re.I)


def read(body: bytes, parse: Parse) -> tuple[Any, list[Any], int] | None:
    """(result for what stands before the items, entries, how many items were lost); None where its items stand where
    we do not find them.

    Halves what fails until the items that do are found: each costs some twenty times the parsing of its share.
    """
    starts = prescan.item_starts(body)
    if not starts and sniff.has_entry(body):
        return None
    head, around = _head(body[: starts[0]] if starts else body, parse)
    items = [body[start:end] for start, end in pairwise([*starts, len(body)])]
    entries = _entries(head, items, parse) if items else []
    return around, entries, max(0, len(items) - len(entries))


def _head(head: bytes, parse: Parse) -> tuple[bytes, Any]:
    """What stands before the items, and what feedparser makes of it; without what it cannot read there."""
    try:
        return head, parse(head)
    except FAILURES:
        start = _START.match(head)
        bare = (start[0] if start else b"") + b"".join(_AROUND.findall(head)[:2])
        return bare, parse(bare)


def _entries(head: bytes, items: Sequence[bytes], parse: Parse) -> list[Any]:
    try:
        return list(parse(head + b"".join(items))["entries"])
    except FAILURES:
        if len(items) == 1:
            return []
    half = len(items) // 2
    return _entries(head, items[:half], parse) + _entries(head, items[half:], parse)
