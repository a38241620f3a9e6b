"""Archives in: how fast `retold import` takes them, from file to stored, to stories, to stories with provenance.

usage: python -m bench.imports FILE.jsonl … [--articles N …] [--form jsonl parquet csv] [--store-only N …]
       [--pages FOLDER … --most N] [--json FILE]

FILEs are labelled articles whose words the generated ones have (bench.stages.stream: ``--per-day`` of them, most alone
with their event). ``--articles``: to stories with provenance; ``--store-only``: stored alone. ``--pages``: saved pages
(generated ones, where none are named) as a web archive, beside bare trafilatura on both cores. Each measurement is a
process of its own, in a new database. Prints Markdown: articles a second by the clock; peak memory is that of the
process (``ms of the writer``: its processor time an article), without the children that make articles.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from bench.kept import keep
from bench.loopback import made, saved_pages, some_pages
from bench.pages import Page, plain_trafilatura, score
from bench.stages import machine, stream
from pipeline import importing
from pipeline.config import Config
from pipeline.imports.opened import identified
from pipeline.labelled import Labelled, read
from pipeline.shares import cpu_seconds
from pipeline.taking import How

PART = 20_000  # articles generated at once; more events of one vocabulary than that would meet by chance


class Stages:
    """Seconds by the clock of each stage that an import tells of."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._last = perf_counter()

    def told(self, stage: str, _done: int, _total: int) -> None:
        """After each batch."""
        now = perf_counter()
        self.spent[stage] = self.spent.get(stage, 0.0) + now - self._last
        self._last = now


def imported(path: Path, form: str, group: bool) -> dict[str, Any]:
    """One import into a new database, in this process."""
    stages = Stages()
    with TemporaryDirectory(prefix="bench-imports-") as folder:
        began, cpu = perf_counter(), cpu_seconds()
        done = importing.run(
            Config(), Path(folder) / "stories.db", [identified(form, path)], How(group=group), stages.told
        )
        seconds = perf_counter() - began
        counts = done.taken[0].counts
        return {
            "form": form, "articles": counts["new"], "grouped": group, "seconds": seconds, "cpu_s": cpu_seconds() - cpu,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "stages": stages.spent,
            "refused": dict(done.taken[0].refused), "stories": done.summary.absorbed.stories,
        }  # fmt: skip


def apart(work: Any, *given: Any) -> Any:
    """``work(*given)`` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


# -- what is imported


def row_of(row: Labelled, number: int) -> dict[str, Any]:
    """A generated article as others export theirs."""
    when = row.published.isoformat() if row.published else None
    return {"title": row.title, "text": row.text, "date": when, "language": row.lang,
            "url": f"https://{row.publisher}.invalid/{number}", "source": f"{row.publisher}.invalid"}  # fmt: skip


def generated(words: Sequence[Labelled], count: int, per_day: int) -> Iterator[dict[str, Any]]:
    """``count`` rows, ``per_day`` a day."""
    for part in range(-(-count // PART)):
        size = min(PART, count - part * PART)
        for n, row in enumerate(stream(words, size, max(2, size // per_day), part, 0.5)):
            yield row_of(row, part * PART + n)


def written(rows: Iterator[dict[str, Any]], path: Path, form: str) -> None:
    """The rows as a file of this form."""
    if form == "jsonl":
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(r) + "\n" for r in rows)
    elif form == "csv":
        import csv

        first = next(rows)
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(first))
            out.writeheader()
            out.writerow(first)
            out.writerows(rows)
    else:
        import pyarrow as pa
        from pyarrow import parquet

        first_part = pa.Table.from_pylist(list(islice(rows, 10_000)))
        with parquet.ParquetWriter(path, first_part.schema, compression="zstd") as out:
            out.write_table(first_part)
            while some := list(islice(rows, 10_000)):
                out.write_table(pa.Table.from_pylist(some, schema=first_part.schema))


def web_archive(bodies: Sequence[bytes], path: Path) -> None:
    """Pages as the answers of a web archive, each packed by itself."""
    with path.open("wb") as out:
        for n, body in enumerate(bodies):
            answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://page-{n % 50}.invalid/{n}\r\n"
                "WARC-Date: 2026-11-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
                f"Content-Length: {len(answer)}\r\n\r\n"
            )
            out.write(gzip.compress(head.encode() + answer + b"\r\n\r\n", 1))


def bare(bodies: Sequence[bytes]) -> int:
    """Bare trafilatura over pages, one process; how many gave text."""
    return sum(not score(Page("", "", "https://page.invalid/", body, ""), plain_trafilatura).empty for body in bodies)


def pages(bodies: Sequence[bytes], folder: Path) -> list[dict[str, Any]]:
    """A web archive of these pages through an import, and the same pages through bare trafilatura on all cores."""
    path, cores = folder / "pages.warc.gz", os.cpu_count() or 1
    web_archive(bodies, path)
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        list(pool.map(bare, [bodies[:2]] * cores))  # loads models
        began = perf_counter()
        list(pool.map(bare, [bodies[n::cores] for n in range(cores)]))
        row = {"form": "bare trafilatura", "articles": len(bodies), "seconds": perf_counter() - began}
    return [apart(imported, path, "warc", False) | {"read": len(bodies)}, row]


# -- what is shown


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A row a measurement."""
    yield "| form | articles | as far as | seconds | articles/s | ms of the writer | peak MB | seconds by stage |"
    yield "|---" * 8 + "|"
    for r in rows:
        far = "text" if "stages" not in r else "stories, provenance" if r["grouped"] else "stored"
        count = r.get("read", r["articles"])
        cpu = f"{1000 * r['cpu_s'] / count:.2f}" if "cpu_s" in r else ""
        stages = ", ".join(f"{name} {s:.1f}" for name, s in r.get("stages", {}).items() if s >= 0.1)
        yield (
            f"| {r['form']} | {count:,} | {far} | {r['seconds']:.1f} | {count / r['seconds']:,.0f} | {cpu}"
            f" | {r.get('peak_mb', '')} | {stages} |"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="+", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--articles", nargs="*", type=int, default=[], metavar="N")
    parser.add_argument("--store-only", nargs="*", type=int, default=[], metavar="N")
    parser.add_argument("--form", nargs="+", choices=["jsonl", "csv", "parquet"], default=["jsonl"])
    parser.add_argument("--per-day", type=int, default=2740)
    parser.add_argument("--pages", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("--most", type=int, default=0, metavar="N", help="pages of a web archive; 0: none")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    words = [row for path in asked.words for row in read(path)]
    rows: list[dict[str, Any]] = []
    with TemporaryDirectory(prefix="bench-imports-") as name:
        folder = Path(name)
        for group, sizes in ((False, asked.store_only), (True, asked.articles)):
            for size, form in ((s, f) for s in sizes for f in asked.form):
                path = folder / f"{size}.{form}"
                if not path.exists():
                    written(generated(words, size, asked.per_day), path, form)
                rows.append(apart(imported, path, form, group))
                print(f"{form} {size} {rows[-1]['seconds']:.1f} s", file=sys.stderr)
        if asked.most:
            bodies = [b for f in asked.pages for b in saved_pages(f)][: asked.most]
            rows += pages(bodies or list(some_pages(made(20, -(-asked.most // 20)), asked.most)), folder)
    print(f"{machine()}\n\n" + "\n".join(table(rows)))
    keep(asked.json, machine(), rows)


if __name__ == "__main__":
    main()
