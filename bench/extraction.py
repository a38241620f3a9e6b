"""Article pages to articles: ``articles.from_page`` beside bare ``trafilatura.extract``, page by page in turns.

usage: PYTHONPATH=. python -m bench.extraction [--generated N] [--pages FOLDER …] [--most N] [--runs 3] [--json FILE]

One process, one thread; whoever is first changes with every page. ``--generated N``: pages of the outlets of
bench/loopback.py. ``--pages``: saved ones (``*.html``, ``*.html.gz``) of a folder and all below it, ``--most`` N of
them. Prints Markdown: pages a second of processor time, which neighbours on the machine hardly change, medians.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.kept import keep
from bench.loopback import made, saved_pages, some_pages
from bench.pages import Page, ours, plain_trafilatura, score
from bench.stages import machine

OUTLETS = 20


def by_turns(name: str, bodies: Sequence[bytes]) -> dict[str, Any]:
    """One run over all pages: seconds of processor time of each extractor, and how often it had no text to give.

    ``refused`` counts pages that are no article of one text to us (ArticleError)."""
    row = {"pages": name, "count": len(bodies), "bytes": sum(map(len, bodies)),
           "ours_s": 0.0, "ours_empty": 0, "bare_s": 0.0, "bare_empty": 0, "refused": 0}  # fmt: skip
    for n, body in enumerate(bodies):
        page = Page(name, f"page-{n}", "https://page.example/a", body, "")
        turns = [("ours", ours), ("bare", plain_trafilatura)]
        for who, extract in turns if n % 2 else reversed(turns):
            found = score(page, extract)
            row[f"{who}_s"] += found.seconds
            row[f"{who}_empty"] += found.empty
            row["refused"] += bool(found.error)
    return row


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A row a set of pages; medians of its runs."""
    yield "| pages | count | kB a page | from_page, pages/s | bare, pages/s | from_page, times as long | refused |"
    yield "|---" * 7 + "|"
    for name in dict.fromkeys(r["pages"] for r in rows):
        runs = [r for r in rows if r["pages"] == name]
        count = runs[0]["count"]
        rate = {who: median(count / r[f"{who}_s"] for r in runs) for who in ("ours", "bare")}
        longer = median(r["ours_s"] / r["bare_s"] for r in runs)
        yield (
            f"| {name} | {count:,} | {runs[0]['bytes'] / count / 1000:.0f} | {rate['ours']:.1f} | {rate['bare']:.1f}"
            f" | {longer:.2f} | {runs[0]['refused']} |"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generated", type=int, default=200, metavar="N")
    parser.add_argument("--pages", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("--most", type=int, metavar="N", help="saved pages of a folder at most")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    web = made(OUTLETS, -(-asked.generated // OUTLETS))
    sets = {"generated": list(some_pages(web, asked.generated))}
    sets |= {f"saved, {folder.resolve().name}": saved_pages(folder)[: asked.most] for folder in asked.pages}
    sets = {name: bodies for name, bodies in sets.items() if bodies}
    for bodies in sets.values():
        by_turns("warm-up", bodies[:2])  # loads models, compiles expressions
    rows = [{**by_turns(name, bodies), "run": run} for run in range(asked.runs) for name, bodies in sets.items()]
    print(f"{machine()}\n\n" + "\n".join(table(rows)))
    keep(asked.json, machine(), rows)


if __name__ == "__main__":
    main()
