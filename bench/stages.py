"""What each stage of a run after collecting costs per article.

usage: PYTHONPATH=. python -m bench.stages FILE.jsonl … [--most SET=N] [--stream N] … [--days N] [--seed N]
       [--runs N] [--json FILE]

Every FILE of labelled articles (as for ``retold eval``) is a column; so is every ``--stream N``: N generated articles
over ``--days`` days. A generated article has the length of a labelled one and its words, each replaced by any of the
sets' in its language; as in a real feed 85 % are alone with their event, the others come in twos to fours that share
half their words. All go through the path of a run, ``--runs`` times in turns. Prints Markdown: milliseconds of this
process's CPU time per article, which neighbours on the machine hardly change, and the share of the whole, of the median
run.
"""

from __future__ import annotations

import argparse
import platform
import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import urlsplit

from bench.candidates import Crowd
from bench.kept import keep, middle
from pipeline.absorb import Absorbed
from pipeline.articles import from_page
from pipeline.blocking import keys
from pipeline.config import Config
from pipeline.gists import gist
from pipeline.labelled import Labelled, most, read, timeless
from pipeline.model import Article, Entry
from pipeline.newsroom import addresses, events, site
from pipeline.signatures import Recipe, sign
from pipeline.terms import profile
from pipeline.trial import SOME_TIME, labelled_articles, tried

ALONE, AGAIN, EDITED = 0.85, 0.5, 0.03  # share of events with one article; of words a retelling changes, and a copy
PAPERS = 30  # sources
WARM_UP = 120
STAGES = {
    "weigh": "count the archive's words",
    "sign": "sign",
    "propose": "propose pairs",
    "recall": "profiles of stored articles, made again",
    "judge": "judge pairs",
    "group": "group",
    "store": "store",
}  # in the order of a run; "sign" is told in parts, too


@dataclass(frozen=True)
class Cost:
    """What one archive cost: seconds of CPU time."""

    name: str
    articles: int
    absorbed: Absorbed
    signing: dict[str, float]  # part of "sign" → seconds, measured by itself

    def row(self, what: str) -> str:
        """Milliseconds per article of a stage or a part of one, and its share of the whole."""
        spent = {**self.absorbed.spent, **self.signing, "": self.absorbed.seconds}
        seconds = self.unstaged if what == "rest" else spent.get(what, 0.0)
        return f"{1000 * seconds / self.articles:.2f} ({seconds / self.absorbed.seconds:.0%})"

    @property
    def unstaged(self) -> float:
        """Seconds that no stage counts."""
        return self.absorbed.seconds - sum(self.absorbed.spent.values())


def stream(rows: Sequence[Labelled], count: int, days: int, seed: int, copied: float = 0.0) -> list[Labelled]:
    """``count`` generated articles with words of ``rows``, each event on a day of its own.

    ``copied``: share of the retellings that are copies: of their words few differ."""
    rng = random.Random(seed)
    crowd = Crowd([a for a, _ in labelled_articles(timeless(rows))], seed)
    made: list[Labelled] = []
    while len(made) < count:
        first, n = crowd.one(len(made)), len(made)
        size = 1 if rng.random() < ALONE else rng.randint(2, 4)
        shares = [EDITED if copied and rng.random() < copied else AGAIN for _ in range(size - 1)]
        told = [first, *(crowd.again(n, first, share) for share in shares)]
        day = rng.randrange(days)
        made += [_row(n + k, a, n, day, rng) for k, a in enumerate(told)]
    return made[:count]


def _row(number: int, article: Article, event: int, day: int, rng: random.Random) -> Labelled:
    paper, when = f"paper-{rng.randrange(PAPERS)}", SOME_TIME + timedelta(days=day, hours=rng.randrange(24))
    told = (article.title, article.text, article.lang, when, paper, "", f"stream:{event}", f"stream:{number}")
    return Labelled("stream", str(number), *told)


def measured(name: str, rows: Sequence[Labelled]) -> Cost:
    """``rows`` through a run, in a throw-away database."""
    with tried(rows, Config()) as trial:
        parts = signing_parts([a for a, _ in labelled_articles(rows)], trial.recipe)
        return Cost(name, len(rows), trial.absorbed, parts)


def signing_parts(articles: Sequence[Article], how: Recipe) -> dict[str, float]:
    """Part of signing → seconds for ``articles``."""
    done = Absorbed()
    with done.stage("profiles"):
        profiles = [profile(a, a.text, how.shingle_words, how.background) for a in articles]
    with done.stage("signatures"):
        signatures = sign(profiles, how)
    with done.stage("bucket keys"):
        _ = [keys(p, s, how) for p, s in zip(profiles, signatures, strict=True)]
    with done.stage("gists"):
        _ = [gist(p) for p in profiles]
    return done.spent


def page_seconds() -> tuple[int, float]:
    """How many pages the bundled news day has, and seconds to make articles of them."""
    day0 = date(2026, 3, 2)
    pieces = events.load(day0)
    shown = site.build(pieces, {p.id: p for p in pieces}, day0, SOME_TIME + timedelta(days=365))
    pages = [(p, url, shown[parts.netloc, parts.path].body) for p in pieces
             if (parts := urlsplit(url := addresses.url(p))) and (parts.netloc, parts.path) in shown]  # fmt: skip
    began = process_time()
    for piece, url, body in pages:
        entry = Entry(feed_url=url, guid=url, url=url, title=piece.title)
        from_page(entry, body, url=url, source=piece.outlet, language=piece.lang)
    return len(pages), process_time() - began


def record(cost: Cost, run: int) -> dict[str, Any]:
    """All that run number ``run`` of an archive cost, in seconds of CPU time, as it is kept."""
    done = cost.absorbed
    return {"name": cost.name, "run": run, "articles": cost.articles, "seconds": done.seconds, "stages": done.spent,
            "signing": cost.signing, "rest": cost.unstaged, "pairs": done.pairs, "matches": done.matches}  # fmt: skip


def machine() -> str:
    """What it was measured on."""
    cpu = Path("/proc/cpuinfo")
    found = [line.split(":")[1].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")]
    name = f"{len(found)} × {found[0]}" if found else platform.processor()
    return f"{name}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


def table(costs: Sequence[Cost]) -> Iterator[str]:
    """A row a stage, a column an archive."""
    yield "| stage, ms an article | " + " | ".join(c.name for c in costs) + " |"
    yield "|---" * (len(costs) + 1) + "|"
    for stage, called in STAGES.items():
        yield _line(called, (c.row(stage) for c in costs))
        parts = costs[0].signing if stage == "sign" else {}
        yield from (_line(f"· {part}", (c.row(part) for c in costs)) for part in parts)
    yield _line("rest", (c.row("rest") for c in costs))
    yield _line("**all**", (c.row("") for c in costs))
    yield _line("articles a second", (f"{c.articles / c.absorbed.seconds:.0f}" for c in costs))
    yield _line("pairs judged an article", (f"{c.absorbed.pairs / c.articles:.1f}" for c in costs))
    yield _line("edges kept an article", (f"{c.absorbed.matches / c.articles:.1f}" for c in costs))


def _line(first: str, cells: Iterator[str]) -> str:
    return f"| {first} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--most", action="append", default=[], metavar="SET=N", help="articles of it at most")
    parser.add_argument("--stream", action="append", default=[], type=int, metavar="N", help="generated articles")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    limits = {k: int(n) for k, n in (m.split("=") for m in asked.most)}
    sets = {path.stem: most(read(path), limits.get(path.stem, 10**9), asked.seed) for path in asked.files}
    every = [row for rows in sets.values() for row in rows]
    measured("warm-up", every[:WARM_UP])  # tables and libraries are loaded before anything is timed
    archives = [*sets.items(), *((f"stream {n}", stream(every, n, asked.days, asked.seed)) for n in asked.stream)]
    runs = [[measured(f"{name}, {len(rows):,}", rows) for name, rows in archives] for _ in range(asked.runs)]
    costs = [middle(own, lambda c: c.absorbed.seconds) for own in zip(*runs, strict=True)]
    pages, seconds = page_seconds()
    print(f"{machine()}\n\n" + "\n".join(table(costs)))
    print(f"\nBefore it, collecting: {1000 * seconds / pages:.1f} ms to make an article of a page (news day, {pages}).")
    rows = [record(cost, n) for n, run in enumerate(runs) for cost in run]
    keep(asked.json, machine(), rows, collecting={"pages": pages, "seconds": seconds})


if __name__ == "__main__":
    main()
