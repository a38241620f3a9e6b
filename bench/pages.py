"""Extraction against saved pages whose true text is known: ours beside plain trafilatura.

    python -m bench.pages [--sample N] [--shared DIR] [--worst N]

Prints per origin the mean and median token F1 (goose3: recall, its truth is a prefix), then pages per
second, empty results and refusals. Pages whose publisher walls off parts of the text are counted apart:
ours keeps to the free part on purpose.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lxml.html
import trafilatura

from pipeline.articles import from_page
from pipeline.model import ArticleError, Entry

SHARED = Path(os.environ.get("RETOLD_SHARED", Path(__file__).parents[1] / ".." / "shared"))
_TOKEN = re.compile(r"\w+")
_WALLED = re.compile(rb"cssSelector")
_NOT_FREE = re.compile(rb'isAccessibleForFree"?\s*:\s*"?false', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """A saved page: its bytes, its address if known, and the text a person would keep."""

    origin: str
    path: str
    url: str
    body: bytes
    truth: str

    @property
    def walled(self) -> bool:
        """Does the page mark parts of its text as not free?"""
        return bool(_WALLED.search(self.body) and _NOT_FREE.search(self.body))


@dataclass(frozen=True, slots=True)
class Score:
    """One page's outcome: F1 (recall for goose3) and the CPU seconds it took; ``error`` names a refusal."""

    page: Page
    value: float
    seconds: float
    empty: bool
    error: str = ""


def overlap(truth: str, got: str) -> tuple[float, float]:
    """(F1, recall) over multisets of case-folded words."""
    wanted, found = (Counter(t.lower() for t in _TOKEN.findall(s)) for s in (truth, got))
    shared = (wanted & found).total()
    if not shared:
        return (1.0, 1.0) if not wanted and not found else (0.0, 0.0)
    precision, recall = shared / found.total(), shared / wanted.total()
    return 2 * precision * recall / (precision + recall), recall


def pages(shared: Path = SHARED, rng: random.Random | None = None) -> Iterator[Page]:
    """All saved pages that come with their true text, in the order that ``rng`` draws; nothing where the folder is
    absent. Each is read when it is asked for."""
    manifest = shared / "pages" / "MANIFEST.csv"
    rows = list(csv.DictReader(manifest.read_text("utf-8").splitlines())) if manifest.exists() else []
    for row in rng.sample(rows, len(rows)) if rng else rows:
        reader = _TRUTHS.get(row["origin_repo"])
        path = shared / row["path"]
        if not row["expected"] or reader is None or not path.exists():
            continue
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        name, read = reader
        truth = read(shared / row["expected"], body)
        if truth.strip():
            url = row["url"] if row["url"].startswith("http") else "https://page.example/a"
            yield Page(name, row["path"], url, body, truth)


def _fundus(expected: Path, body: bytes) -> str:
    """One file holds several versions of a parser's output: the one whose words are on the page."""
    page = set(_TOKEN.findall(body.decode("utf-8", "replace").lower()))
    best, best_share = "", 0.9
    for version in json.loads(expected.read_text("utf-8")).values():
        text = _fundus_text((version or {}).get("body") or {})
        words = set(_TOKEN.findall(text.lower()))
        if words and len(words & page) / len(words) > best_share:
            best, best_share = text, len(words & page) / len(words)
    return best


def _fundus_text(body: dict[str, Any]) -> str:
    sections = body.get("sections") or []
    parts = [
        *(body.get("summary") or []),
        *(p for s in sections for k in ("headline", "paragraphs") for p in s[k] or []),
    ]
    return "\n".join(parts)


def _readability(expected: Path, _: bytes) -> str:
    return "".join(map(str, lxml.html.fromstring(_bytes(expected).decode("utf-8")).itertext()))


def _goose(expected: Path, _: bytes) -> str:
    return str(json.loads(_bytes(expected)).get("expected", {}).get("cleaned_text") or "")


def _text(expected: Path, _: bytes) -> str:
    return _bytes(expected).decode("utf-8", "replace")


def _bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


_TRUTHS: dict[str, tuple[str, Callable[[Path, bytes], str]]] = {
    "AndyTheFactory/newspaper4k": ("newspaper", _text),
    "codelucas/newspaper": ("newspaper", _text),
    "flairNLP/fundus": ("fundus", _fundus),
    "goose3/goose3": ("goose3", _goose),
    "mozilla/readability": ("readability", _readability),
}


def ours(page: Page) -> str:
    """The text of :func:`pipeline.articles.from_page`; raises ArticleError where it refuses."""
    entry = Entry(feed_url="https://page.example/feed", guid=page.path, url=page.url, title="")
    return from_page(entry, page.body, url=page.url, source="bench", language="en").text


def plain_trafilatura(page: Page) -> str:
    """What trafilatura gives by default, without comments."""
    return trafilatura.extract(page.body, include_comments=False) or ""


def score(page: Page, extract: Callable[[Page], str]) -> Score:
    """Run one extractor on one page."""
    start = time.process_time()
    try:
        text, error = extract(page), ""
    except ArticleError as refusal:
        text, error = "", str(refusal)
    seconds = time.process_time() - start
    f1, recall = overlap(page.truth, text)
    return Score(page, recall if page.origin == "goose3" else f1, seconds, not text.strip(), error)


def groups(scores: list[Score]) -> dict[str, list[Score]]:
    """Scores by origin, fundus' German ones once more on their own, walled pages apart."""
    out: dict[str, list[Score]] = defaultdict(list)
    for s in scores:
        out["walled" if s.page.walled else s.page.origin].append(s)
        if s.page.origin == "fundus" and "/test_data/de/" in s.page.path and not s.page.walled:
            out["fundus DE"].append(s)
    return dict(sorted(out.items()))


def _row(name: str, scores: list[Score], base: list[Score]) -> str:
    a, b = [s.value for s in scores], [s.value for s in base]
    figures = (statistics.mean(a), statistics.median(a), statistics.mean(b), statistics.median(b))
    return f"{name:14} {len(a):5}  " + "  ".join(f"{f:.3f}" for f in figures)


def _speed(name: str, scores: list[Score]) -> str:
    seconds = sum(s.seconds for s in scores)
    slowest = max(s.seconds for s in scores)
    empty, errors = sum(s.empty for s in scores), Counter(s.error for s in scores if s.error)
    speed = f"{len(scores) / seconds:6.1f} pages/s  slowest {slowest:.2f} s"
    return f"{name:14} {speed}  empty {empty}  refused {dict(errors)}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sample", type=int, default=0, metavar="N", help="only N pages, drawn with a fixed seed")
    options.add_argument("--shared", type=Path, default=SHARED)
    options.add_argument("--worst", type=int, default=0, metavar="N", help="list the N pages where ours loses most")
    args = options.parse_args()
    chosen = list(pages(args.shared))
    if args.sample and args.sample < len(chosen):
        chosen = random.Random(7).sample(chosen, args.sample)
    if not chosen:
        raise SystemExit(f"no pages with truth under {args.shared}")
    ours(chosen[0])  # load models before the clock starts
    pairs = [(score(p, ours), score(p, plain_trafilatura)) for p in chosen]  # by turns: a busy machine hits both
    mine, base = [a for a, _ in pairs], [b for _, b in pairs]
    print(f"{'origin':14} {'pages':>5}  ours: mean, median  trafilatura: mean, median")
    by_base = groups(base)
    for name, scores in groups(mine).items():
        print(_row(name, scores, by_base[name]))
    print(_speed("ours", mine), _speed("trafilatura", base), sep="\n")
    worst = sorted(pairs, key=lambda ab: ab[0].value - ab[1].value)
    for a, b in worst[: args.worst]:
        print(f"{a.value:.3f} {b.value:.3f} {a.page.path} {'walled ' if a.page.walled else ''}{a.error}")


if __name__ == "__main__":
    main()
