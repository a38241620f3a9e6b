"""How long the pages take in a large archive: a user over HTTP, page by page, and several at once.

usage: PYTHONPATH=. python -m bench.web [--articles N] [--keep FOLDER] [--each N] [--users N] [--json FILE]

Makes an archive of N generated articles (bench/newsarchive.py; kept in FOLDER and used again where there is one),
starts `retold serve` on it, and asks each kind of page ``--each`` times with parameters drawn at random: what people
filter by, any story, the largest stories, words from the most frequent to the rarest. First one user, then ``--users``
at once, each with a mix of all pages. Prints Markdown: milliseconds from request to the last byte, by kind.
"""

from __future__ import annotations

import argparse
import http.client
import random
import re
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter
from urllib.parse import urlencode

from bench.kept import keep
from bench.newsarchive import LANGUAGES, Counts, make
from bench.stages import machine

TIMEOUT_S = 60
AIM_MS = 200
Draw = Callable[[], str]


@dataclass(frozen=True)
class Times:
    """Of one kind of page: milliseconds, sorted, and how many answers were no 200."""

    ms: Sequence[float]
    failed: int

    def at(self, share: float) -> float:
        """The quantile, by nearest rank."""
        return self.ms[min(int(share * len(self.ms)), len(self.ms) - 1)]


class Archive:
    """What of an archive can be asked for."""

    def __init__(self, path: Path, seed: int = 7) -> None:
        self.rng = random.Random(seed)
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.articles, self.runs = (db.execute(f"SELECT max(id) FROM {t}").fetchone()[0] for t in ("articles", "runs"))
        self.stories = [
            r[0] for r in db.execute("SELECT story_id FROM listings WHERE several ORDER BY random() LIMIT 3000")
        ]
        self.largest = [r[0] for r in db.execute("SELECT story_id FROM listings ORDER BY articles DESC LIMIT 50")]
        self.sources = [tuple(r) for r in db.execute("SELECT key, name FROM sources")]
        self.words = self._words(db)
        self.edges = [tuple(r) for r in db.execute("SELECT left_id, right_id FROM matches ORDER BY left_id LIMIT 3000")]
        self.size = path.stat().st_size
        db.close()

    def _words(self, db: sqlite3.Connection) -> list[str]:
        texts = [
            r[0] for r in db.execute("SELECT text FROM articles WHERE id % ? = 0 LIMIT 200", [self.articles // 200 + 1])
        ]
        return sorted({w.lower() for text in texts for w in re.findall(r"\w+", text)})

    def filters(self) -> dict[str, str]:
        """What somebody filters the stories by."""
        name = self.rng.choice(self.sources)[1]
        every: tuple[dict[str, str], ...] = (
            {}, {"lang": self.rng.choice([*LANGUAGES])}, {"source": self.rng.choice(self.sources)[0]}, {"origin": name},
            {"cites": name}, {"min_origins": "3"}, {"q": self.rng.choice(self.words)},
            {"lang": self.rng.choice([*LANGUAGES]), "cites": name},
        )  # fmt: skip
        return {**self.rng.choice(every), "since": self.rng.choice(("24h", "3d", "7d", "30d", "all")),
                "order": self.rng.choice(("origins", "growth", "newest", "articles"))}  # fmt: skip

    def query(self) -> str:
        """What somebody searches for: one word, several, a phrase, a beginning, one thing or the other."""
        one, other, third = self.rng.sample(self.words, 3)
        forms = (one, f"{one} {other}", f'"{one} {other}"', f"{one[:3]}*", f"{one} OR {third}", f"{one} -{other}")
        return self.rng.choice(forms)

    def kinds(self) -> Mapping[str, Draw]:
        """Kind of page → an address of it, drawn anew each time."""
        pick = self.rng.choice

        def compared() -> str:
            left, right = pick(self.edges)
            return f"/compare?left={left}&right={right}"

        return {
            "Today": lambda: "/",
            "Today, filtered": lambda: f"/?{urlencode(self.filters())}",
            "Story": lambda: f"/story/{pick(self.stories)}",
            "Story, the 50 largest": lambda: f"/story/{pick(self.largest)}",
            "Article": lambda: f"/article/{self.rng.randint(1, self.articles)}",
            "Compare": compared,
            "Search": lambda: f"/search?{urlencode({'q': self.query()})}",
            "Sources": lambda: "/sources",
            "Source": lambda: f"/source/{pick(self.sources)[0]}",
            "Outlets": lambda: f"/outlets?since={pick(('1d', '7d', '30d', 'all'))}",
            "Runs": lambda: f"/runs?page={self.rng.randint(1, max(min(self.runs // 50, 20), 1))}",
            "Run": lambda: f"/run/{self.rng.randint(1, self.runs)}",
            "Corrections": lambda: "/corrections",
            "Atom": lambda: f"/-/retold/stories.atom?{urlencode(self.filters())}",
            "JSON Feed": lambda: f"/-/retold/stories.json?{urlencode(self.filters())}",
            "Story as JSON": lambda: f"/-/retold/story/{pick(self.stories)}.json",
            "Datasette: a table": lambda: f"/stories/listings?_sort_desc=story_id&articles={self.rng.randint(2, 9)}",
        }


@contextmanager
def served(path: Path) -> Iterator[int]:
    """`retold serve` on a free port of loopback."""
    start = [sys.executable, "-u", "-m", "pipeline", "serve", "--db", str(path), "--port", "0"]
    with subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        found = re.search(r"http://[^/]*:(\d+)", process.stdout.readline())
        if not found:
            raise RuntimeError("the server did not start")
        try:
            yield int(found[1])
        finally:
            process.terminate()


def asked(port: int, addresses: Iterator[tuple[str, str]]) -> dict[str, Times]:
    """Kind → times of these (kind, address), one after another over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    ms: dict[str, list[float]] = defaultdict(list)
    failed: dict[str, int] = defaultdict(int)
    for kind, address in addresses:
        began = perf_counter()
        connection.request("GET", address)
        answer = connection.getresponse()
        answer.read()
        ms[kind].append((perf_counter() - began) * 1000)
        if answer.status != 200:
            failed[kind] += 1
            print(f"  {answer.status} {address}", file=sys.stderr)
    connection.close()
    return {kind: Times(sorted(some), failed[kind]) for kind, some in ms.items()}


def together(port: int, archive: Archive, users: int, each: int) -> dict[str, Times]:
    """As :func:`asked` of several users at once, each with a mix of all kinds."""
    kinds = archive.kinds()
    plans = [[(k, kinds[k]()) for k in archive.rng.choices([*kinds], k=each)] for _ in range(users)]
    found: list[dict[str, Times]] = []
    threads = [Thread(target=lambda p=plan: found.append(asked(port, iter(p)))) for plan in plans]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {k: Times(sorted(m for f in found if k in f for m in f[k].ms), sum(f[k].failed for f in found if k in f))
            for k in kinds if any(k in f for f in found)}  # fmt: skip


def markdown(archive: Archive, alone: Mapping[str, Times], users: int, several: Mapping[str, Times]) -> Iterator[str]:
    """The table."""
    yield f"{archive.articles:,} articles, {archive.size / 1e9:.1f} GB; ms from request to the last byte"
    yield ""
    yield f"| page | asked | median | p95 | slowest | p95, {users} users at once |"
    yield "|---|---:|---:|---:|---:|---:|"
    for kind, t in alone.items():
        crowd = f"{several[kind].at(0.95):.0f}" if kind in several else ""
        mark = " **over**" if t.at(0.95) > AIM_MS else ""
        yield f"| {kind} | {len(t.ms)} | {t.at(0.5):.0f} | {t.at(0.95):.0f}{mark} | {t.ms[-1]:.0f} | {crowd} |"
    failed = sum(t.failed for t in (*alone.values(), *several.values()))
    yield ""
    yield f"{failed} answers other than 200"


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="the folder where the archive is kept; else a temporary one")
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--users", type=int, default=4)
    parser.add_argument("--only", default="", help="a regular expression of kinds")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        measure(args, (args.keep or Path(folder)) / f"newsarchive-{args.articles}.db")


def measure(args: argparse.Namespace, path: Path) -> None:
    """Make the archive if need be, ask, print."""
    if not path.exists():
        make(path, Counts(args.articles))
    archive = Archive(path)
    kinds = {k: draw for k, draw in archive.kinds().items() if re.search(args.only, k)}
    with served(path) as port:
        asked(port, iter([(k, draw()) for k, draw in kinds.items()]))  # the first of each reads templates
        alone = {
            k: t for k, draw in kinds.items() for t in asked(port, ((k, draw()) for _ in range(args.each))).values()
        }
        several = together(port, archive, args.users, args.each) if args.users > 1 else {}
    print("\n".join(markdown(archive, alone, args.users, several)))
    if args.json:
        rows = [{"page": k, "median": t.at(0.5), "p95": t.at(0.95), "slowest": t.ms[-1], "failed": t.failed}
                for k, t in alone.items()]  # fmt: skip
        keep(args.json, machine(), rows, articles=archive.articles, bytes=archive.size)


if __name__ == "__main__":
    main()
