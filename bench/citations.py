"""How many articles a second are read for their citations, and traced.

usage: PYTHONPATH=. python -m bench.citations FILE.jsonl … [--most N] [--runs N] [--json FILE]

Every FILE of labelled articles (as for ``retold eval``) is a row. ``read``: articles a second of this process's
processor time, the median of ``--runs`` after one to warm up; ``all processors``: by the clock, as a run does it.
``stored``: read, written and traced in a database, by this process's and its children's processor time. Prints
Markdown.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from bench.kept import keep
from bench.stages import machine
from pipeline import config, tracing
from pipeline.labelled import most, read
from pipeline.model import Article
from pipeline.provenance.citing import cited
from pipeline.provenance.outlets import Outlets, outlets
from pipeline.shares import cpu_seconds, shared
from pipeline.store import provenance
from pipeline.trial import labelled_articles, tried

HEADINGS = ("texts", "articles", "words each", "citations each", "read", "all processors", "stored and traced")


@dataclass(frozen=True)
class Row:
    """What one set of articles took; articles a second."""

    name: str
    articles: int
    words: float
    citations: float
    read: float
    clock: float
    stored: float

    def cells(self) -> tuple[str, ...]:
        """The row as the table shows it."""
        speeds = (f"{speed:,.0f}/s" for speed in (self.read, self.clock, self.stored))
        return (self.name, f"{self.articles:,}", f"{self.words:.0f}", f"{self.citations:.2f}", *speeds)


def measured(file: Path, limit: int, runs: int, settings: config.Config) -> Row:
    """One file's row."""
    rows = most(read(file), limit, 0) if limit else read(file)
    articles = [a for a, _ in labelled_articles(rows)]
    known = outlets(settings.sources)
    found = sum(len(cited(a, known)) for a in articles)  # warms up, too
    with tried(rows, settings) as trial:
        began = cpu_seconds()
        tracing.trace(trial.db, most=len(rows))
        stored = cpu_seconds() - began
        assert provenance.count_untraced(trial.db) == 0
    return Row(
        name=file.stem,
        articles=len(articles),
        words=sum(len(a.text.split()) for a in articles) / len(articles),
        citations=found / len(articles),
        read=len(articles) / median(_seconds(articles, known) for _ in range(runs)),
        clock=len(articles) / median(_by_the_clock(articles, known) for _ in range(runs)),
        stored=len(articles) / stored,
    )


def _seconds(articles: Sequence[Article], known: Outlets) -> float:
    began = process_time()
    for article in articles:
        cited(article, known)
    return process_time() - began


def _by_the_clock(articles: Sequence[Article], known: Outlets) -> float:
    began = perf_counter()
    shared(partial(_all, known=known), articles, tracing.READ_EACH)
    return perf_counter() - began


def _all(articles: Sequence[Article], known: Outlets) -> list[int]:
    return [len(cited(a, known)) for a in articles]


def main() -> None:
    """Measure each file and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    settings = config.load(config.default_path())
    rows = [measured(file, asked.most, asked.runs, settings) for file in asked.files]
    print(machine(), end="\n\n")
    print(f"| {' | '.join(HEADINGS)} |\n|---|{'---:|' * (len(HEADINGS) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row.cells())} |")
    keep(asked.json, machine(), [asdict(row) for row in rows])


if __name__ == "__main__":
    main()
