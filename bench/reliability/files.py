"""A whole collection of feeds and pages through real runs: is anything lost without a reason?

    python -m bench.reliability.files [--shared FOLDER] [--most N] [--per-run N] [--keep FILE] [--json FILE]

Every file is the feed of a source of its own, its bytes as they are; every saved page an article that a feed of ours
links to; lists of feeds go through the reader of `retold import opml` besides. Beforehand each feed is read by our
parser and by feedparser (in a limited child, 15 s), and where the counts differ the reason is worked out from the bytes
(compare.py). Prints a table by kind and by origin, the differences by reason, and what became of every feed, entry and
page; whatever is a fault is listed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.reliability import collection, compare, fates, runs
from bench.reliability.collection import Document
from bench.reliability.compare import Compared
from bench.stages import machine
from pipeline import opml
from pipeline.model import ConfigError, FeedError
from pipeline.sandbox import Sandbox
from spiders import coding
from spiders.crawl import PARSERS
from spiders.guard import Refused

RESULTS = Path(__file__).parents[1] / "results"
LIBRARIES = ("feedparser", "lxml", "trafilatura", "Scrapy")
OURS = ("internal", "parse_crash")  # codes that say the fault is ours


@dataclass
class Swept:
    """What was found."""

    compared: dict[str, Compared] = field(default_factory=dict)  # feed's address → by both readers
    lists: Counter[str] = field(default_factory=Counter)  # OPML: outcome → files
    listed: int = 0  # feeds in them
    ran: runs.Ran = field(default_factory=runs.Ran)
    told: fates.Told = field(default_factory=fates.Told)
    faults: list[str] = field(default_factory=list)


def sweep(
    feeds: Sequence[Document],
    pages: Sequence[Document],
    database: Path,
    per_run: int,
    tell: Callable[[str], None],
    most_pages: int = 200,
) -> tuple[runs.Web, Swept]:
    """Read by both parsers, then run; what was served, and what came of it. ``most_pages``: of a source in a run."""
    web, found = runs.Web(most_pages), Swept()
    for document in feeds:
        web.feed(document)
    web.page_feeds(pages)
    found.compared = read_by_both(web, tell)
    leads = (a for one in found.compared.values() for a in (*one.links, *(url for _, url in one.shown)))
    web.hosts |= runs.outside(leads)
    _read_lists(feeds, found)
    found.ran = runs.run_all(web, database, per_run, tell)
    found.told = fates.told(database)
    found.faults = list(faults(web, found))
    return web, found


def read_by_both(web: runs.Web, tell: Callable[[str], None]) -> dict[str, Compared]:
    """Each feed by our parser and feedparser, as the crawl would hand it over: without its Content-Encoding."""
    given: list[compare.Bytes] = []
    for url, document in web.feeds.items():
        body = _decoded(document)
        if body is not None and body.strip():
            given.append((body, url, document.content_type))
    with (
        Sandbox(2, preload=PARSERS) as ours,
        Sandbox(2, wall_s=compare.THEIR_SECONDS, cpu_s=15, preload=["feedparser"]) as theirs,
    ):
        read = compare.compared(
            ours, theirs, given, lambda n: tell(f"{n} of {len(given)} read") if not n % 1024 else None
        )
        return {url: one for (_, url, _), one in zip(given, read, strict=True)}


def _decoded(document: Document) -> bytes | None:
    """The body as the crawl hands it to the parser; None where it refuses to."""
    codings = [name.strip() for name in document.encoding.split(",") if name.strip()]
    try:
        return coding.decode(document.body, codings, runs.HTTP.max_body_mb * 1_000_000)
    except Refused:
        return None


def _read_lists(feeds: Sequence[Document], found: Swept) -> None:
    lists = [d for d in feeds if d.kind.startswith("opml")]
    with Sandbox(2, preload=["pipeline.opml"]) as sandbox:
        for document, future in [(d, sandbox.submit(read_list, d.body, Path(d.name).name)) for d in lists]:
            error = future.exception()
            if isinstance(error, FeedError):
                found.faults.append(f"{document.name}: {error}")
            outcome, count = ("failed", 0) if error else future.result()
            found.lists[outcome] += 1
            found.listed += count


def read_list(body: bytes, name: str) -> tuple[str, int]:
    """How `retold import opml` reads a list: whole, in part or not at all; and how many feeds."""
    try:
        feeds, whole = opml.read(body, name)
    except ConfigError as error:
        return f"refused: {str(error).partition(': ')[2].partition(':')[0]}", 0
    return ("whole" if whole else "in part"), len(feeds)


# ── What must not be ──


def faults(web: runs.Web, found: Swept) -> Iterator[str]:
    """Everything that the figures ask to be nought, in words."""
    yield from found.faults
    yield from (f"a run ended: {text}" for text in found.ran.ended)
    yield from (f"logged: {text}" for text in found.ran.logged)
    yield from (f"entry lost: {text}" for text in found.told.lost)
    if found.told.runs != {"done": found.ran.runs} or found.told.integrity != "ok":
        yield f"runs {dict(found.told.runs)}, integrity {found.told.integrity}"
    if found.told.unsigned or found.told.ungrouped:
        yield f"{found.told.unsigned} articles without signature, {found.told.ungrouped} without group"
    for url, document in web.feeds.items():
        yield from (f"{document.name}: {text}" for text in _feed_faults(url, found))
    for url, document in web.pages.items():
        answers = found.told.answers.get(url, [])
        if len(answers) != 1 or answers[0]["code"] in OURS:
            yield f"{document.name}: {answers or 'no answer'}"


def _feed_faults(url: str, found: Swept) -> Iterator[str]:
    answers, read = found.told.answers.get(url, []), found.compared.get(url)
    if len(answers) != 1:
        yield f"{len(answers)} answers"
        return
    answer, stored = answers[0], found.told.stored[url]
    if answer["code"] in OURS:
        yield f"{answer['code']}: {answer['detail']}"
    if stored != (answer["new_entries"] or 0):
        yield f"{stored} entries stored, {answer['new_entries']} said to be"
    if read and read.kind != "sitemap-index":
        if read.code != answer["code"] or read.entries != stored:
            yield f"{answer['code']}, {stored} entries stored; read as {read.code}, {read.entries}"
        if read.reason.startswith("unexplained"):
            yield f"{read.entries} entries for {read.theirs}, {read.reason}"


# ── What is shown ──


def table(web: runs.Web, found: Swept, by: Callable[[Document], str], title: str) -> Iterator[str]:
    """Markdown: a row a group of feeds."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for url, document in web.feeds.items():
        groups[by(document)].append(url)
    yield f"| {title} | files | read | refused, by code | entries | feedparser's | as many | explained | unexplained |"
    yield "|---" * 9 + "|"
    for name, some in [*sorted(groups.items(), key=lambda g: -len(g[1])), ("all", list(web.feeds))]:
        yield f"| {name} | {_row(some, found)} |"


def _row(some: Sequence[str], found: Swept) -> str:
    read = [found.compared[url] for url in some if url in found.compared]
    codes = Counter(found.told.answers[url][-1]["code"] for url in some if found.told.answers.get(url))
    refused = ", ".join(f"{code} {n:,}" for code, n in sorted(codes.items()) if code != "ok") or "–"
    same = sum(r.reason == compare.SAME for r in read)
    unexplained = sum(r.reason.startswith("unexplained") for r in read)
    cells = (len(some), codes["ok"], refused, sum(r.entries for r in read), sum(r.theirs or 0 for r in read), same,
             len(read) - same - unexplained, unexplained)  # fmt: skip
    return " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells)


def reasons(found: Swept) -> Counter[str]:
    """Why counts differ → how many files."""
    return Counter(r.reason for r in found.compared.values())


def page_codes(web: runs.Web, found: Swept) -> dict[str, dict[str, int]]:
    """Kind of page (saved page, metadata) → code → how many."""
    codes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for url, page in web.pages.items():
        kind = "saved pages" if page.content_type == "text/html" else "metadata (JSON) as pages"
        codes[kind][found.told.answers[url][-1]["code"] if found.told.answers.get(url) else fates.LOST] += 1
    return {kind: dict(some.most_common()) for kind, some in codes.items()}


def figures(web: runs.Web, found: Swept) -> dict[str, Any]:
    """All of it in numbers."""
    return {
        "files": len(web.feeds), "pages": len(web.pages), "runs": found.ran.runs, "seconds": found.ran.seconds,
        "ended": len(found.ran.ended), "errors_logged": len(found.ran.logged), "faults": found.faults,
        "codes": dict(Counter(found.told.answers[u][-1]["code"] for u in web.feeds if found.told.answers.get(u))),
        "reasons": dict(reasons(found).most_common()),
        "entries": sum(r.entries for r in found.compared.values()),
        "feedparser_entries": sum(r.theirs or 0 for r in found.compared.values()),
        "dropped": sum(r.dropped for r in found.compared.values()),
        "stored": sum(found.told.stored.values()), "page_codes": page_codes(web, found),
        "fates": dict(found.told.fates.most_common()), "articles": found.told.articles,
        "opml": dict(found.lists), "opml_feeds": found.listed,
    }  # fmt: skip


def shown(made: dict[str, Any]) -> Iterator[str]:
    """The numbers in lines."""
    for name in ("reasons", "codes", "page_codes", "fates", "opml"):
        yield f"\n{name.replace('_', ' ')}:"
        yield from (f"  {what}: {n}" for what, n in made[name].items())
    rest = {k: v for k, v in made.items() if isinstance(v, int | float)}
    yield "\n" + ", ".join(f"{k.replace('_', ' ')} {v:,}" for k, v in rest.items())
    yield f"faults: {len(made['faults'])}"
    yield from (f"  {text}" for text in made["faults"][:50])


def versions() -> dict[str, str]:
    """Of Python and of the libraries that read foreign bytes."""
    return {"python": sys.version.split()[0], **{name: version(name) for name in LIBRARIES}}


def write(path: Path, **made: Any) -> None:
    """Figures as JSON, with the machine, versions and command line."""
    command = " ".join(["python", "-m", f"bench.reliability.{Path(sys.argv[0]).stem}", *sys.argv[1:]])
    told = {"machine": machine(), "versions": versions(), "command": command, **made}
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")


def main() -> int:
    """Sweep, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=collection.SHARED)
    parser.add_argument("--most", type=int, default=None, help="so many feeds and pages only")
    parser.add_argument("--per-run", type=int, default=640, help="sources of one run")
    parser.add_argument("--keep", type=Path, help="where the database goes (default: nowhere)")
    parser.add_argument("--json", type=Path, default=RESULTS / "reliability-files.json")
    asked = parser.parse_args()
    feeds, pages = (some(asked.shared)[: asked.most] for some in (collection.feeds, collection.pages))
    with TemporaryDirectory(prefix="retold-sweep-") as folder:
        database = asked.keep or Path(folder) / "sweep.db"
        web, found = sweep(feeds, pages, database, asked.per_run, lambda text: print(text, file=sys.stderr, flush=True))
    made = figures(web, found)
    print(
        "\n".join([*table(web, found, lambda d: d.kind, "kind"), "", *table(web, found, lambda d: d.origin, "origin")])
    )
    print("\n".join(shown(made)))
    differing = [
        {"file": web.feeds[url].name, **{k: v for k, v in asdict(r).items() if k not in ("links", "shown")}}
        for url, r in found.compared.items() if r.reason != compare.SAME and "without link" not in r.reason
    ]  # fmt: skip
    write(asked.json, figures=made, differing=differing)
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main())
