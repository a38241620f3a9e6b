"""Sweep a collection of feeds through pipeline.feeds and through feedparser alone, each in the sandbox.

    python bench/feeds.py --shared ../shared [--workers 2]

The collection is a folder with ``feeds/MANIFEST.csv`` (columns ``path`` and ``kind`` are read); lists of feeds
(OPML) and what is no feed document (compressed test data) are left out. Counts are compared where feedparser finds
entries: ours plus those that we drop and say so.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline import feeds
from pipeline.model import FeedError, ParsedFeed
from pipeline.sandbox import Sandbox

URL = "https://feeds.example/feed.xml"
SKIPPED_KINDS = ("opml", "compressed")


def manifest(shared: Path) -> list[Path]:
    """Feed documents of the collection that exist on disk, in the manifest's order."""
    with (shared / "feeds" / "MANIFEST.csv").open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["path"] and row["kind"]]
    wanted = (shared / row["path"] for row in rows if not row["kind"].startswith(SKIPPED_KINDS))
    return [path for path in wanted if path.is_file()]


def ours(path: str) -> ParsedFeed:
    """What pipeline.feeds makes of a file."""
    return feeds.parse(Path(path).read_bytes(), URL)


def theirs(path: str) -> tuple[int, str]:
    """(entries, version) that feedparser with its defaults finds in a file."""
    import feedparser

    found = feedparser.parse(io.BytesIO(Path(path).read_bytes()))
    return len(found.entries), found.version


def outcomes(sandbox: Sandbox, fn: Callable[[str], Any], paths: Sequence[Path]) -> list[Any]:
    """Per path, the result or the FeedError."""
    futures = [sandbox.submit(fn, str(path)) for path in paths]
    return [future.exception() or future.result() for future in futures]


def timed(sandbox: Sandbox, fn: Callable[[str], Any], paths: Sequence[Path]) -> tuple[list[Any], float]:
    """Outcomes, and the seconds they took together; the children are started before the clock is."""
    sandbox.submit(os.getpid).result()
    start = time.perf_counter()
    return outcomes(sandbox, fn, paths), time.perf_counter() - start


def entries(outcome: Any) -> int:
    """Entries of either parser's outcome; 0 for a failure."""
    if isinstance(outcome, ParsedFeed):
        return len(outcome.entries) + outcome.dropped
    return 0 if isinstance(outcome, FeedError) else outcome[0]


def codes(found: Iterable[Any]) -> str:
    """``not_a_feed 12, empty_body 1``."""
    failed = Counter(str(one.code) for one in found if isinstance(one, FeedError))
    return ", ".join(f"{code} {count}" for code, count in failed.most_common()) or "none"


def report(name: str, found: Sequence[Any], seconds: float) -> None:
    """Three lines about one parser."""
    parsed = sum(not isinstance(one, FeedError) for one in found)
    print(f"{name:11} {len(found)} files, {parsed} parsed, {sum(map(entries, found))} entries, {seconds:.1f} s")
    print(f"{'':11} failures: {codes(found)}")


def main() -> None:
    """Print the comparison."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = Path(os.environ.get("RETOLD_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
    arguments.add_argument("--shared", type=Path, default=default)
    arguments.add_argument("--workers", type=int, default=2)
    options = arguments.parse_args()
    paths = manifest(options.shared)
    with Sandbox(options.workers, preload=["pipeline.feeds"]) as sandbox:
        mine, my_seconds = timed(sandbox, ours, paths)
        other, other_seconds = timed(sandbox, theirs, paths)
    report("ours", mine, my_seconds)
    report("feedparser", other, other_seconds)
    both = [(path, entries(a), entries(b)) for path, a, b in zip(paths, mine, other, strict=True) if entries(b)]
    unequal = [row for row in both if row[1] != row[2]]
    share = 1 - len(unequal) / max(1, len(both))
    print(f"same count  {share:.2%} of {len(both)} files in which feedparser finds entries")
    for path, a, b in unequal[:20]:
        print(f"            {a} for {b}: {path.relative_to(options.shared)}")
    only_ours = sum(bool(entries(a)) and not entries(b) for a, b in zip(mine, other, strict=True))
    print(f"only ours   {only_ours} files (JSON Feed, sitemaps)")


if __name__ == "__main__":
    main()
