"""What a run costs as the archive grows: 1,000 new articles among 10,000, 100,000, a million stored ones.

usage: PYTHONPATH=. python -m bench.index FILE.jsonl … [--stored N] … [--per-day N] [--new N] [--runs N] [--keep FOLDER]
       [--json FILE]

The archive (bench/archive.py) is as dense whatever its size: ``--per-day`` articles a day, 2,740 unless said, a million
a year; a larger one goes further back. The new articles are the next ones by time, of which every seventh has company,
stored as a crawl stores them; then all of a run that comes after collecting is timed, ``--runs`` times with other
articles each, in a process that has collected nothing. A run before them warms up; of that the memory is measured,
with all children (PSS). *Churn* is a run after half as many articles were edited and half as many deleted. At last
*dedup* is timed by itself, over as many articles: from their profiles to copies found and stored (signature, copy keys,
lookup, verdict, insert, commit), no story keys.
Prints Markdown: seconds of processor time (of children, too) and of the clock, by stage; memory; bytes an article by
table.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from bench.archive import Archive, Cost, absorbed, address, filled, sizes, stored_apart
from bench.kept import keep
from bench.stages import machine
from bench.tree import most, sampled
from pipeline import urls
from pipeline.absorb import BATCH
from pipeline.blocking import Signed, keys
from pipeline.config import Config
from pipeline.labelled import Labelled, read
from pipeline.meeting import candidates
from pipeline.packing import packed
from pipeline.pruning import in_turns
from pipeline.shares import cpu_seconds
from pipeline.signatures import Recipe, recipe, sign
from pipeline.store import keys as stored_keys
from pipeline.store import profiles, signing
from pipeline.store.articles import delete_article
from pipeline.store.backgrounds import in_force
from pipeline.store.connect import Connection, transaction, writing
from pipeline.terms import Profile, profile
from pipeline.verdict import VERDICT, verdicts

STAGES = ("sign", "propose", "recall", "judge", "group", "store")
PER_DAY = 2_740
CORRECTION = "In an earlier version of this report a figure was wrong; the editors have put it right since then."


@dataclass(frozen=True)
class Measured:
    """What the runs in one archive took."""

    costs: list[Cost]
    churned: Cost  # a run after as many edits and deletions, half of each
    swept: float  # seconds by the clock of dropping all keys that lead nowhere
    dedup: tuple[float, float]  # (processor seconds, seconds by the clock) of finding and storing copies alone
    memory: float  # MB, the most that the process and its children had together
    bytes: list[tuple[str, float]]  # table or index → bytes an article


def dedup(db: Connection, run_id: int, how: Recipe) -> tuple[float, float]:
    """(processor seconds, seconds by the clock) of finding and storing the copies among and of what is not signed."""
    here = in_force(db, how)
    articles = signing.unsigned(db, signing.count_unsigned(db))
    waiting = [profile(a, a.text, how.shingle_words, here.background) for a in articles]
    began, clock = cpu_seconds(), perf_counter()
    for start in range(0, len(waiting), BATCH):
        ready = list(_signed_for_copies(waiting[start : start + BATCH], here))
        pairs = candidates(ready, here) | stored_keys.candidates(db, ready, here)
        fresh = {s.id: s.packed for s in ready}
        stored = profiles.recalled(db, {i for p in pairs for i in p} - fresh.keys(), here)
        matches = verdicts(in_turns(pairs), stored | fresh, here)
        signing.record_signed(db, run_id, [s.kept for s in ready], matches, here)
    return cpu_seconds() - began, perf_counter() - clock


def _signed_for_copies(fresh: Sequence[Profile], how: Recipe) -> Iterator[Signed]:
    for p, signature in zip(fresh, sign(fresh, how), strict=True):
        own = replace(keys(p, signature, how), terms=(), across=(), facts=())
        yield Signed(p.lang, own, signature, b"", b"", b"", packed(p), ())


def measured(archive: Archive, new: int, runs: int) -> Measured:
    """``runs`` runs over ``new`` articles each, after one that warms up, of which the memory is measured: looking at
    that takes time. In a copy of the archive."""
    copy, how = archive.path.with_suffix(".copy"), recipe(Config(), VERDICT)
    shutil.copyfile(archive.path, copy)

    def stored(n: int) -> tuple[int, datetime]:
        return stored_apart(copy, archive.arriving(n * new, (n + 1) * new), how)

    try:
        with writing(copy) as db:
            table = list(sizes(db, archive.stored))
            at = stored(0)
            with sampled(every=0.05) as memory:
                absorbed(db, *at, how)
            costs = [absorbed(db, *stored(n), how) for n in range(1, runs + 1)]
            churned, swept = churn(db, archive.arriving(new, 2 * new), how, copy)
            alone = dedup(db, stored(runs + 1)[0], how)
            return Measured(costs, churned, swept, alone, most(memory) / 2**20, table)
    finally:
        for name in (copy.name, f"{copy.name}-wal", f"{copy.name}-shm"):
            copy.with_name(name).unlink(missing_ok=True)


def churn(db: Connection, known: Sequence[Labelled], how: Recipe, path: Path) -> tuple[Cost, float]:
    """Half of ``known``, stored articles, edited and half deleted, then a run: its cost, and the seconds by the clock
    of a sweep of the keys that nobody holds any longer."""
    edited, gone = known[: len(known) // 2], known[len(known) // 2 :]
    for row in gone:
        found = db.execute("SELECT id FROM articles WHERE key = ?", [urls.key(address(row))]).fetchone()
        delete_article(db, found["id"], how.boilerplate_min_articles)
    at = stored_apart(path, [replace(r, text=f"{r.text}\n{CORRECTION}") for r in edited], how)
    cost, began = absorbed(db, *at, how), perf_counter()
    with transaction(db):
        stored_keys.sweep(db)
    return cost, perf_counter() - began


def apart(archive: Archive, new: int, runs: int) -> Measured:
    """As :func:`measured`, in a process of its own: so that memory is that of runs."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measured, archive, new, runs).result()


def table(found: dict[int, Measured], new: int) -> Iterator[str]:
    """A row a stage, a column a size of archive; medians."""
    costs = [m.costs for m in found.values()]
    yield f"| {new:,} new among | " + " | ".join(f"{n:,}" for n in found) + " |"
    yield "|---" * (len(found) + 1) + "|"
    for stage in STAGES:
        yield _line(stage, [median(c.absorbed.spent.get(stage, 0.0) for c in own) for own in costs])
    yield _line("**run**, processor", [median(c.absorbed.seconds for c in own) for own in costs])
    yield _line("**run**, clock", [median(c.clock for c in own) for own in costs])
    yield _line("**dedup** alone, processor", [m.dedup[0] for m in found.values()])
    yield _line("**dedup** alone, clock", [m.dedup[1] for m in found.values()])
    yield _line("run after churn, processor", [m.churned.absorbed.seconds for m in found.values()])
    yield _line("run after churn, clock", [m.churned.clock for m in found.values()])
    yield _line("sweep of all keys, clock", [m.swept for m in found.values()])
    rates = [new / median(c.clock for c in own) for own in costs]
    yield "| articles a second | " + " | ".join(f"{r:.0f}" for r in rates) + " |"
    pairs = [median(c.absorbed.pairs for c in own) for own in costs]
    yield "| pairs judged | " + " | ".join(f"{n:,.0f}" for n in pairs) + " |"
    yield "| peak memory | " + " | ".join(f"{m.memory:.0f} MB" for m in found.values()) + " |"


def records(found: dict[int, Measured], new: int, per_day: int) -> list[dict[str, Any]]:
    """A row a size of archive, as it is kept: every run, dedup alone, memory and bytes an article by table.

    ``processor`` and ``clock`` are seconds for ``new`` articles, ``stages`` of the former; ``memory`` is bytes."""
    return [
        {
            "stored": stored, "new": new, "per_day": per_day,
            "runs": [{"processor": c.absorbed.seconds, "clock": c.clock, "stages": c.absorbed.spent,
                      "pairs": c.absorbed.pairs, "matches": c.absorbed.matches} for c in m.costs],
            "churn": {"processor": m.churned.absorbed.seconds, "clock": m.churned.clock,
                      "signed": m.churned.absorbed.signed, "sweep": m.swept},
            "dedup": dict(zip(("processor", "clock"), m.dedup, strict=True)),
            "memory": m.memory * 2**20, "bytes": dict(m.bytes),
        }
        for stored, m in found.items()
    ]  # fmt: skip


def _line(name: str, seconds: Sequence[float]) -> str:
    return f"| {name} | " + " | ".join(f"{s:.2f} s" for s in seconds) + " |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--stored", action="append", default=[], type=int, metavar="N")
    parser.add_argument("--per-day", type=int, default=PER_DAY, metavar="N")
    parser.add_argument("--new", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder of databases that are filled once and used again")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    rows = [row for path in asked.files for row in read(path)]
    with TemporaryDirectory(prefix="retold-index-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        found = {}
        for n in asked.stored or [10_000, 100_000]:
            archive = filled(rows, n, asked.per_day, asked.new * (asked.runs + 2), folder)
            found[n] = apart(archive, asked.new, asked.runs)
            print(f"bytes an article at {n:,}: " + ", ".join(f"{t} {b:,.0f}" for t, b in found[n].bytes), flush=True)
    print(f"\n{machine()}\n\n" + "\n".join(table(found, asked.new)))
    keep(asked.json, machine(), records(found, asked.new, asked.per_day))


if __name__ == "__main__":
    main()
