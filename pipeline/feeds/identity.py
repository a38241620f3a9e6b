"""One guid per entry: what the feed says, unless it says the same of different entries.

Feeds that give all entries one guid exist (Miniflux #4197, FreshRSS #1887), as do feeds without any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from pipeline.feeds import plain
from pipeline.model import Entry

_LONGEST = 2_000  # characters of a guid that are kept as they stand


def settle(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], int]:
    """The entries with unique guids, and how many were dropped: without link, title and text, or repeated.

    guid → link where the guid names entries with different links, or none → hash of title and date where
    neither tells them apart.
    """
    usable = [_tidied(entry) for entry in entries if entry.url or entry.title]
    shared = _shared(usable)
    kept: dict[str, Entry] = {}
    for entry in usable:
        entry = replace(entry, guid=_first_choice(entry, shared))
        twin = kept.get(entry.guid)
        if twin is not None and _shown(twin) != _shown(entry):
            entry = replace(entry, guid=_digest(entry.url or "", entry.title, entry.date_raw, *_shown(entry)[2:]))
        kept.setdefault(entry.guid, entry)
    return tuple(kept.values()), len(entries) - len(kept)


def _tidied(entry: Entry) -> Entry:
    guid = plain.line(entry.guid, _LONGEST + 1)
    return replace(entry, guid=guid if len(guid) <= _LONGEST else _digest(guid))


def _shown(entry: Entry) -> tuple[str, ...]:
    """What tells entries of one guid apart: title and link, and without a link the text, too."""
    return (entry.title, entry.url) if entry.url else (entry.title, "", entry.summary, entry.content)


def _shared(entries: Sequence[Entry]) -> set[str]:
    """Guids that stand for more than one link."""
    links: defaultdict[str, set[str | None]] = defaultdict(set)
    for entry in entries:
        links[entry.guid].add(entry.url)
    return {guid for guid, urls in links.items() if len(urls) > 1}


def _first_choice(entry: Entry, shared: set[str]) -> str:
    if entry.guid and entry.guid not in shared:
        return entry.guid
    return entry.url or _digest(entry.title, entry.date_raw)


def _digest(*parts: str) -> str:
    return "blake2b:" + blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
