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
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.reliability import collection, compare, files, runs
from bench.reliability.collection import Document
from bench.reliability.mutate import mutated
from pipeline.model import Entry, FeedError
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


# ── Around it ──


def documents(shared: Path) -> tuple[list[bytes], list[bytes]]:
    """Real feeds of more than 2 KB, and saved pages."""
    some = [d.body for d in collection.feeds(shared) if d.kind.startswith("feed-real")]
    kept = [d.body for d in collection.pages(shared) if d.content_type == "text/html"]
    return (
        [b for b in some if SMALLEST < len(b) <= LARGEST_FEED],
        [b for b in kept if SMALLEST < len(b) <= LARGEST_PAGE],
    )


def fuzz_feeds(count: int, of: Sequence[bytes], tell: Callable[[str], None]) -> Fuzzed:
    """So many changed feeds, each by our parser and by feedparser, in children."""
    found, changes = Fuzzed(), [mutated(n, of)[0] for n in range(count)]
    given = ((mutated(n, of)[1], URL, "application/xml") for n in range(count))
    with (
        Sandbox(2, preload=PARSERS) as ours,
        Sandbox(2, wall_s=compare.THEIR_SECONDS, cpu_s=15, preload=["feedparser"]) as theirs,
    ):
        read = compare.compared(ours, theirs, given, lambda n: None if n % 640 else tell(f"{n} of {count} feeds"))
        for n, one in enumerate(read):
            found.took(f"feed:{n}", one.code, changes[n], one.detail, one.seconds)
            found.reasons[one.reason] += 1
            found.entries.update(ours=one.entries, dropped=one.dropped, feedparser=one.theirs or 0)
            if one.reason.startswith("unexplained"):
                told = f"{one.entries} entries for {one.theirs}, {one.reason}; {one.code} {one.detail}"
                found.faults.append(f"feed:{n} ({changes[n]}): {told}")
    return found


def fuzz_pages(count: int, of: Sequence[bytes], tell: Callable[[str], None]) -> Fuzzed:
    """So many changed pages, each in a child."""
    found = Fuzzed()
    with Sandbox(2, preload=PARSERS) as sandbox:
        for start in range(0, count, AT_ONCE):
            made = {n: mutated(n, of) for n in range(start, min(start + AT_ONCE, count))}
            asked = {n: sandbox.submit(compare.timed, extract, *_page(body)) for n, (_, body) in made.items()}
            for n, future in asked.items():
                spent, result = compare.timed_outcome(future)
                code, detail = (str(result.code), result.detail) if isinstance(result, FeedError) else ("ok", "")
                found.took(f"page:{n}", code, made[n][0], detail, spent)
            if not (start // AT_ONCE) % 10:
                tell(f"{start + len(made)} of {count} pages: {dict(found.codes)}")
    return found


def _page(body: bytes) -> tuple[Any, ...]:
    """The arguments with which the crawl hands a page to `extract`."""
    return "generic", ENTRY, body, PAGE, "f", "de", None


def through_runs(
    of: tuple[Sequence[bytes], Sequence[bytes]], counts: tuple[int, int], tell: Callable[[str], None]
) -> dict[str, Any]:
    """Some of them through whole runs over HTTP."""
    changed = [[mutated(n, some)[1] for n in range(count)] for some, count in zip(of, counts, strict=True)]
    some = [Document(f"feed:{n}", "fuzz", "feed", body, "application/xml") for n, body in enumerate(changed[0])]
    pages = [Document(f"page:{n}", "fuzz", "page", body, "text/html") for n, body in enumerate(changed[1])]
    with TemporaryDirectory(prefix="retold-fuzz-") as folder:
        web, found = files.sweep(some, pages, Path(folder) / "fuzz.db", 640, tell, runs.PER_FEED)
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

    of_feeds = fuzz_feeds(asked.feeds, some, tell)
    of_pages = fuzz_pages(asked.pages, pages, tell)
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
