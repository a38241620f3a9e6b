"""Our entries beside feedparser's on the same bytes, and why the two differ, worked out from the bytes.

Both run in limited children. Where the counts differ, feedparser is asked again after each step that our reader takes
before it calls it, and its own entries are looked through for those that we drop: the first that gives our count is the
reason. What no step explains is ``unexplained``, and a fault.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from pipeline import feeds
from pipeline.feeds import MAX_ENTRIES, intake, prescan, xmlfeed
from pipeline.feeds.context import Context
from pipeline.model import Entry, FeedError, ParsedFeed
from pipeline.sandbox import Sandbox

THEIR_SECONDS = 15.0
SAME = "the same"
MENDED = "ampersands, entities or lengths mended"
AT_ONCE = 64  # documents that are on their way to the children

Bytes = tuple[bytes, str, str]  # body, address, content type
Shown = tuple[str, str]  # title of an entry, and its link or the beginning of its text


@dataclass(frozen=True, slots=True)
class Compared:
    """One document by both readers."""

    code: str  # of ours: "ok", or the reason it was refused
    entries: int
    dropped: int
    kind: str
    detail: str
    theirs: int | None  # None: no answer in time, or none at all
    their_error: str
    reason: str  # SAME, or why the counts differ
    seconds: float = 0.0  # of processor time, ours
    links: tuple[str, ...] = ()  # of a sitemap index
    shown: tuple[Shown, ...] = ()  # by our entries


def compared(
    sandbox: Sandbox, limited: Sandbox, given: Iterable[Bytes], tell: Callable[[int], None] = lambda _: None
) -> Iterator[Compared]:
    """All documents by both, in their order; ``sandbox`` is the crawl's, ``limited`` feedparser's."""
    done, rest = 0, iter(given)
    while some := list(islice(rest, AT_ONCE)):
        ours = [sandbox.submit(timed, feeds.parse, body, url, kind) for body, url, kind in some]
        theirs = [limited.submit(count, body) for body, _, _ in some]
        read = [_one(a, b) for a, b in zip(ours, theirs, strict=True)]
        asked = {n: limited.submit(explain, *some[n], r.kind, r.shown) for n, r in enumerate(read) if _differ(r)}
        yield from (replace(r, reason=_reason(asked[n])) if n in asked else r for n, r in enumerate(read))
        done += len(some)
        tell(done)


def _differ(read: Compared) -> bool:
    return read.theirs is not None and read.theirs != read.entries


def _one(ours: Future[Any], theirs: Future[Any]) -> Compared:
    (spent, a), b = timed_outcome(ours), _outcome(theirs)
    their_error = f"{b.code}: {b.detail}" if isinstance(b, FeedError) else ""
    count = None if isinstance(b, FeedError) else int(b)
    fails = ":".join(their_error.split(":")[: 2 if their_error.startswith("internal") else 1])
    reason = SAME if count is not None else f"feedparser fails ({fails})"
    if isinstance(a, FeedError):
        return Compared(str(a.code), 0, 0, "", a.detail, count, their_error, reason, spent)
    assert isinstance(a, ParsedFeed)
    shown = tuple(map(show, a.entries))
    return Compared("ok", len(shown), a.dropped, a.kind, "", count, their_error, reason, spent, a.links, shown)


def timed_outcome(future: Future[Any]) -> tuple[float, Any]:
    """(seconds, result or FeedError) of what ran as `timed`; a child that was killed says no seconds."""
    found = _outcome(future)
    return (0.0, found) if isinstance(found, FeedError) else found


def _outcome(future: Future[Any]) -> Any:
    error = future.exception()
    if error is not None and not isinstance(error, FeedError):
        raise error
    return error or future.result()


def _reason(future: Future[Any]) -> str:
    found = _outcome(future)
    return f"unexplained ({found.code}: {found.detail})" if isinstance(found, FeedError) else str(found)


# ── In the child ──


def timed(parse: Callable[..., Any], *args: Any) -> tuple[float, Any]:
    """(seconds of processor time, what ``parse`` gives or the FeedError that it raises); what cannot be stored for its
    lone surrogates raises UnicodeEncodeError."""
    began = time.process_time()
    try:
        found = parse(*args)
    except FeedError as error:
        return time.process_time() - began, error.with_traceback(None)
    spent = time.process_time() - began
    for one in found.entries if isinstance(found, ParsedFeed) else (found,):
        "".join(value for value in astuple(one) if isinstance(value, str)).encode()
    return spent, found


def count(body: bytes) -> int:
    """How many entries feedparser with its defaults finds."""
    import feedparser

    return len(feedparser.parse(io.BytesIO(body)).entries)


def explain(body: bytes, url: str, content_type: str, kind: str, ours: Sequence[Shown]) -> str:
    """Why our count is another than feedparser's; ``ours`` is what each of our entries shows."""
    if kind.startswith("json") or "sitemap" in kind:
        return f"feedparser does not read it: {kind.rstrip('0123456789')}"
    first = None
    for step, prepared in _steps(body, url, content_type):
        try:
            found = prepared()
        except FeedError as error:  # of our intake: it has a code
            return f"refused: {error.code}"
        first = len(found) if first is None else first
        dropped = _dropped(found, ours, url)
        if dropped is not None:
            if step == MENDED and prescan.trim(body, Context(url, now=datetime.now(UTC)))[1]:
                step = f"more than {MAX_ENTRIES} beginnings of items"
            than = "more than" if len(found) > first else "fewer than" if len(found) < first else "as many as"
            told = f"{step} ({than} without)" if step else ""
            return ", ".join(filter(None, (told, dropped))) or "with our settings feedparser gives the same"
    return "unexplained"


def _steps(body: bytes, url: str, content_type: str) -> list[tuple[str, Callable[[], list[Any]]]]:
    """(what our reader does first, feedparser's entries after it), each with all before it."""
    context = Context(url, now=datetime.now(UTC))

    def whole() -> bytes:
        return intake.unpack(body)

    def recoded() -> tuple[bytes, str]:
        return intake.recode(whole(), content_type)

    def trimmed() -> tuple[bytes, str]:
        plain_body, charset = recoded()
        return prescan.trim(plain_body, context)[0], charset

    return [
        ("", lambda: _parsed(body, None, url)),
        ("gunzipped", lambda: _parsed(whole(), None, url)),
        ("charset told otherwise", lambda: _parsed(*recoded(), url)),
        (MENDED, lambda: _parsed(*trimmed(), url)),
    ]


def _parsed(body: bytes, charset: str | None, url: str) -> list[Any]:
    """feedparser's entries; a ``charset`` that is not None goes with our headers."""
    import feedparser

    stated = "application/xml" + (f"; charset={charset}" if charset else "")
    headers = {} if charset is None else {"content-type": stated, "content-location": url}
    parsed = feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    return list(parsed.entries)


def show(entry: Entry) -> Shown:
    """What an entry shows."""
    return entry.title, entry.url or f"{entry.summary}{entry.content}"[:2_000]


def _dropped(entries: list[Any], ours: Sequence[Shown], url: str) -> str | None:
    """Why our entries are fewer than these, in words; None where that leaves some of them out, or they are not fewer.

    A repetition shows what an entry of ours shows: the same title, or text without one, and the same link, or without
    one the same text.
    """
    context = Context(url, now=datetime.now(UTC))
    made = [xmlfeed._entry(e, None, context) for e in entries]
    shown = [show(e) if e.url or e.title else ("", "") for e in made]
    usable = [one for one in shown if any(one)]
    beyond = max(0, len(entries) - MAX_ENTRIES)
    attached = sum(1 for e, one in zip(entries, shown, strict=True) if e.get("links") and not any(one))
    kept = set(ours)
    if len(ours) > len(usable) or sum(one not in kept for one in usable) > beyond:
        return None
    told = {
        f"more than {MAX_ENTRIES}": beyond,
        "without link, title and text": len(shown) - len(usable) - attached,
        "nothing but an attachment, or a link to no article": attached,
        "repeated": len(usable) - len(ours) - beyond,
    }
    return ", ".join(name for name, n in told.items() if n > 0)
