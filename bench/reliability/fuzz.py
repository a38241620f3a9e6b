"""Ten thousand feeds and pages made bad, parsed as the crawl parses them, some of them through whole runs.

    python -m bench.reliability.fuzz [--feeds N] [--pages N] [--runs N] [--shared FOLDER] [--json FILE]
    python -m bench.reliability.fuzz --show feed:123 > FILE

Real feeds and saved pages are changed by number (mutate.py), so that whatever is found can be made again. Each goes to
`feeds.parse` or `spiders.base.extract` in the sandbox's children under the crawl's limits; feeds to feedparser, too (in
a limited child, 15 s). Prints the codes, by what was done to the document, the slowest, and why entries differ in
number; lists whatever is a fault, and then exits with 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import astuple, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.reliability import collection, compare, files
from bench.reliability.collection import Document
from bench.reliability.mutate import mutated
from pipeline import feeds
from pipeline.model import Article, Entry, FeedError, ParsedFeed
from pipeline.sandbox import Sandbox
from spiders.base import extract
from spiders.crawl import PARSERS

URL, PAGE = "http://f.feeds.test/feed", "http://f.feeds.test/article"
ENTRY = Entry(feed_url=URL, guid=PAGE, url=PAGE, title="A title", summary="<p>A sentence that the feed gives.</p>")
SMALLEST, LARGEST_FEED, LARGEST_PAGE = 2_048, 200_000, 500_000  # bytes of the documents that are changed
AT_ONCE = 64
SLOWEST = 10


@dataclass
class Fuzzed:
    """What came of one kind of document."""

    codes: Counter[str] = field(default_factory=Counter)
    by_change: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: Counter[str] = field(default_factory=Counter)  # why counts differ
    entries: Counter[str] = field(default_factory=Counter)  # reader → entries
    faults: list[str] = field(default_factory=list)
    seconds: list[tuple[float, str]] = field(default_factory=list)  # of a child, the slowest

    def took(self, name: str, code: str, change: str, detail: str, seconds: float = 0.0) -> None:
        """Count one."""
        self.codes[code] += 1
        for one in change.split("+"):
            self.by_change[one][code] += 1
        if code in files.OURS:
            self.faults.append(f"{name} ({change}): {code}: {detail}")
        self.seconds = sorted([*self.seconds, (round(seconds, 2), name)], reverse=True)[:SLOWEST]


# ── In the child ──


def parse_timed(body: bytes) -> tuple[float, ParsedFeed | FeedError]:
    """`feeds.parse`, and what it took; every string of the result can be stored."""
    return _timed(feeds.parse, body, URL, "application/xml")


def extract_timed(body: bytes) -> tuple[float, Article | FeedError]:
    """`spiders.base.extract`, likewise."""
    return _timed(extract, "generic", ENTRY, body, PAGE, "f", "de", None)


def _timed(parse: Callable[..., Any], *args: Any) -> tuple[float, Any]:
    began = time.process_time()
    try:
        found = parse(*args)
    except FeedError as error:
        return time.process_time() - began, error.with_traceback(None)
    spent = time.process_time() - began
    for one in found.entries if isinstance(found, ParsedFeed) else (found,):
        "".join(value for value in astuple(one) if isinstance(value, str)).encode()  # no lone surrogates
    return spent, found


# ── Around it ──


def documents(shared: Path) -> tuple[list[bytes], list[bytes]]:
    """Real feeds of more than 2 KB, and saved pages."""
    some = [d.body for d in collection.feeds(shared) if d.kind.startswith("feed-real")]
    kept = [d.body for d in collection.pages(shared) if d.content_type == "text/html"]
    return (
        [b for b in some if SMALLEST < len(b) <= LARGEST_FEED],
        [b for b in kept if SMALLEST < len(b) <= LARGEST_PAGE],
    )


def fuzz(
    parse: Callable[[bytes], Any], count: int, of: Sequence[bytes], kind: str, tell: Callable[[str], None]
) -> Fuzzed:
    """So many changed documents, each in a child."""
    found = Fuzzed()
    with Sandbox(2, preload=PARSERS) as sandbox:
        for start in range(0, count, AT_ONCE):
            made = {n: mutated(n, of) for n in range(start, min(start + AT_ONCE, count))}
            for n, future in [(n, sandbox.submit(parse, body)) for n, (_, body) in made.items()]:
                spent, result = _result(future)
                code, detail = (str(result.code), result.detail) if isinstance(result, FeedError) else ("ok", "")
                found.took(f"{kind}:{n}", code, made[n][0], detail, spent)
            if not (start // AT_ONCE) % 10:
                tell(f"{start + len(made)} of {count} {kind}s: {dict(found.codes)}")
    return found


def _result(future: Future[tuple[float, Any]]) -> tuple[float, Any]:
    """(seconds, what came of it); a child that was killed says no seconds."""
    error = future.exception()
    if error is not None and not isinstance(error, FeedError):
        raise error
    return (0.0, error) if error else future.result()


def beside(count: int, of: Sequence[bytes], found: Fuzzed, tell: Callable[[str], None]) -> None:
    """The entries of the changed feeds beside feedparser's."""
    given = ((mutated(n, of)[1], URL, "application/xml") for n in range(count))
    with (
        Sandbox(2, preload=PARSERS) as ours,
        Sandbox(2, wall_s=compare.THEIR_SECONDS, cpu_s=15, preload=["feedparser"]) as theirs,
    ):
        read = compare.compared(ours, theirs, given, lambda n: None if n % 640 else tell(f"{n} of {count} compared"))
        for n, one in enumerate(read):
            found.reasons[one.reason] += 1
            found.entries.update(ours=one.entries, dropped=one.dropped, feedparser=one.theirs or 0)
            if one.reason.startswith("unexplained"):
                found.faults.append(
                    f"feed:{n}: {one.entries} entries for {one.theirs}, {one.reason}; {one.code} {one.detail}"
                )


def through_runs(
    of: tuple[Sequence[bytes], Sequence[bytes]], counts: tuple[int, int], tell: Callable[[str], None]
) -> dict[str, Any]:
    """Some of them through whole runs over HTTP."""
    changed = [[mutated(n, some)[1] for n in range(count)] for some, count in zip(of, counts, strict=True)]
    some = [Document(f"feed:{n}", "fuzz", "feed", body, "application/xml") for n, body in enumerate(changed[0])]
    pages = [Document(f"page:{n}", "fuzz", "page", body, "text/html") for n, body in enumerate(changed[1])]
    with TemporaryDirectory(prefix="retold-fuzz-") as folder:
        web, found = files.sweep(some, pages, Path(folder) / "fuzz.db", 640, tell)
    return files.figures(web, found)


def shown(kind: str, found: Fuzzed) -> Iterator[str]:
    """One kind of document, in Markdown and lines."""
    codes = [code for code, _ in found.codes.most_common()]
    yield f"| {kind}s | {' | '.join(codes)} |"
    yield "|---" * (len(codes) + 1) + "|"
    for name, some in [*sorted(found.by_change.items()), ("all", found.codes)]:
        yield f"| {name} | {' | '.join(f'{some[code]:,}' for code in codes)} |"
    yield f"\nslowest, seconds of processor time: {', '.join(f'{name} {s:.2f}' for s, name in found.seconds)}"
    if found.entries:
        yield f"entries: {', '.join(f'{name} {n:,}' for name, n in found.entries.items())}"
        yield from (f"  {reason}: {n:,}" for reason, n in found.reasons.most_common())
    yield f"faults: {len(found.faults)}"
    yield from (f"  {text}" for text in found.faults[:50])


def kept(found: Fuzzed) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "codes": dict(found.codes), "by_change": {k: dict(v) for k, v in sorted(found.by_change.items())},
        "reasons": dict(found.reasons.most_common()), "entries": dict(found.entries), "slowest": found.seconds,
        "faults": found.faults,
    }  # fmt: skip


def main() -> int:
    """Change, parse, compare, run; print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=7_000)
    parser.add_argument("--pages", type=int, default=3_000)
    parser.add_argument("--runs", type=int, default=600, help="so many feeds, and a fifth as many pages, through runs")
    parser.add_argument("--shared", type=Path, default=collection.SHARED)
    parser.add_argument("--show", metavar="KIND:NUMBER", help="write one changed document and end")
    parser.add_argument("--json", type=Path, default=files.RESULTS / "reliability-fuzz.json")
    asked = parser.parse_args()
    some, pages = documents(asked.shared)
    if asked.show:
        kind, _, number = asked.show.partition(":")
        sys.stdout.buffer.write(mutated(int(number), pages if kind == "page" else some)[1])
        return 0

    def tell(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    of_feeds = fuzz(parse_timed, asked.feeds, some, "feed", tell)
    of_pages = fuzz(extract_timed, asked.pages, pages, "page", tell)
    beside(asked.feeds, some, of_feeds, tell)
    ran = through_runs((some, pages), (asked.runs, asked.runs // 5), tell)
    print(f"{len(some)} feeds and {len(pages)} pages changed\n")
    for kind, found in (("feed", of_feeds), ("page", of_pages)):
        print("\n".join([*shown(kind, found), ""]))
    print(f"{asked.runs} feeds and {asked.runs // 5} pages through runs:")
    print("\n".join(files.shown(ran)))
    files.write(
        asked.json, documents=[len(some), len(pages)], feeds=kept(of_feeds), pages=kept(of_pages), through_runs=ran
    )
    return int(bool(of_feeds.faults or of_pages.faults or ran["faults"]))


if __name__ == "__main__":
    sys.exit(main())
