"""How fast `retold export articles` writes, and what memory it takes, in each format.

usage: python -m bench.exports [--articles 200000] [--words 300] [--db FILE] [--text]

Prints a Markdown table. Makes a database of as many articles (four a story, ``--words`` of text, every second with a
role) or takes the one of ``--db``, where it is there already. Each export is a process of its own, whose peak memory is
that of the kernel (``ru_maxrss``), and whose time is its processor time: what others do on the machine does not count.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.store.connect import open_write

FORMATS = ("csv", "jsonl", "parquet")
STORY, SOURCES = 4, 50
AT = "2026-{month:02}-{day:02}T08:00:00Z"


def made(path: Path, articles: int, words: int) -> None:
    """A database of so many articles, filled past the triggers that keep an archive's indexes."""
    db = open_write(path)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    db.execute("BEGIN")
    db.executemany("INSERT INTO sources VALUES (?, ?, ?, 'NL', 'nl', 'publisher', NULL, 1)",
                   [(f"s{n}", f"Outlet {n}", f"Owner {n}") for n in range(SOURCES)])  # fmt: skip
    db.executemany("INSERT INTO stories VALUES (?, ?, ?)",
                   ((n, _at(n), _at(n)) for n in range(1, articles // STORY + 2)))  # fmt: skip
    marks = ", ".join("?" * 18)
    db.executemany(f"INSERT INTO articles VALUES ({marks}, 1)", _articles(articles, words))
    db.executemany("INSERT INTO copies VALUES (?, ?, ?)", ((n, n, 1 + n // STORY) for n in range(1, articles + 1)))
    db.executemany("INSERT INTO roles VALUES (?, ?, 'rewrite', NULL, 'dpa', NULL, 'credit', 'dpa', 'dpa', 60, .9)",
                   ((n, 1 + n // STORY) for n in range(2, articles + 1, 2)))  # fmt: skip
    db.execute("COMMIT")
    db.close()


def _at(n: int) -> str:
    return AT.format(month=1 + n % 12, day=1 + n % 28)


def _articles(articles: int, most: int) -> Iterator[tuple[object, ...]]:
    rng = random.Random(1)
    words = ["".join(rng.choices("aäbcdeéfghiklmnoprstuvwz", k=rng.randint(2, 10))) for _ in range(5_000)]
    for n in range(1, articles + 1):
        url = f"https://outlet{n % SOURCES}.example/news/{n}"
        title, text = " ".join(rng.choices(words, k=9)), " ".join(rng.choices(words, k=most))
        yield (n, f"s{n % SOURCES}", url, url[8:], title, text, "nl", _at(n), None, _at(n), "A. Author", '["dpa"]',
               "dpa", "", None, "page", None, f"{n:032x}")  # fmt: skip


def measured(path: Path, form: str, text: bool, folder: Path) -> tuple[float, float, int]:
    """Seconds of processor time, peak MB and bytes of one export."""
    out = folder / f"articles.{form}"
    asked = [sys.executable, "-m", "pipeline", "export", "articles", str(out), "--db", str(path), "--quiet"]
    process = subprocess.Popen([*asked, *(["--text"] if text else [])])
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"the export as {form} failed")
    size = out.stat().st_size
    out.unlink()
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, size


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--words", type=int, default=300, help="of an article's text")
    parser.add_argument("--db", type=Path)
    parser.add_argument("--text", action="store_true", help="with the articles' texts, too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = asked.db or Path(name) / "stories.db"
        if not path.exists():
            made(path, asked.articles, asked.words)
        print("| format | rows a second of one processor | peak memory, MB | file, MB |\n|---|---|---|---|")
        for form in FORMATS:
            seconds, peak, size = measured(path, form, asked.text, Path(name))
            print(f"| {form} | {asked.articles / seconds:,.0f} | {peak:,.0f} | {size / 1e6:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
