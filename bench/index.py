"""What a run costs as the archive grows: 1,000 new articles among 10,000, 100,000, a million stored ones.

usage: PYTHONPATH=. python -m bench.index FILE.jsonl … [--stored N] … [--new N] [--days N] [--runs N] [--keep FOLDER]

A stored article has the text and gist of a labelled one and as many bucket keys as a generated one has (bench.stages)
in the mean, drawn at random: whoever is looked up meets as many pages as in a real archive, and nobody by chance. They
lie evenly over ``--days`` days. The full-text index, which this stage does not touch, is left empty. The new articles
are generated ones of the last days, of which every seventh has company, stored as a crawl stores them; then all of a
run that comes after collecting is timed, ``--runs`` times with other articles each, the first as warm-up. Prints
Markdown: seconds of CPU and of the clock, by stage; bytes an article by table; peak memory.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from bench.stages import PAPERS, machine, stream
from pipeline.absorb import Absorbed, absorb
from pipeline.background import LAST, counted
from pipeline.blocking import COPY_KEYS, HASH_BITS, TERMS, Signed, signed
from pipeline.config import Config
from pipeline.labelled import Labelled, read
from pipeline.run import StoreSink, ledger
from pipeline.signatures import Recipe, recipe
from pipeline.store import collecting, keys
from pipeline.store.backgrounds import in_force
from pipeline.store.connect import Connection, stamp, transaction, writing
from pipeline.trial import SOME_TIME, arranged, collect, labelled_articles, sources_of
from pipeline.verdict import VERDICT

SAMPLE = 500  # generated articles whose keys are counted
AT_ONCE = 20_000
STAGES = ("sign", "propose", "recall", "judge", "group", "store")


@dataclass(frozen=True)
class Cost:
    """One run over the new articles."""

    absorbed: Absorbed
    clock: float  # seconds


def snapshot(db: Connection, rows: Sequence[Labelled]) -> None:
    """The word counts of an archive so large that no run takes them anew."""
    taken = counted((a.lang, f"{a.title}\n{a.text}") for a, _ in labelled_articles(rows))
    times = -(-LAST // taken.total)
    db.executemany(
        "INSERT INTO background (lang, articles, counts) VALUES (?,?,?)",
        [
            (lang, n * times, json.dumps({w: k * times for w, k in taken.counts.get(lang, {}).items()}, sort_keys=True))
            for lang, n in sorted(taken.articles.items())
        ],
    )


def fill(db: Connection, models: Sequence[Signed], like: Sequence[Signed], count: int, days: int, how: Recipe) -> None:
    """``count`` stored articles over ``days`` days up to ``SOME_TIME``, with the texts of ``models`` and keys drawn at
    random, as many as those of ``like`` have."""
    rng, draw = random.Random(0), np.random.default_rng(0)
    per_copy = round(mean(len(s.keys.copies) for s in like))
    per_story = round(mean(len(s.keys.stories) for s in like))
    last = int(SOME_TIME.timestamp() // 86400)
    db.execute("DROP TRIGGER articles_ai")
    db.execute("INSERT INTO signed_by VALUES (1, ?)", [how.name])
    story_start = (TERMS << HASH_BITS) - (1 << 47)
    for start in range(1, count + 1, AT_ONCE):
        ids = np.arange(start, min(start + AT_ONCE, count + 1))
        day = last - days + 1 + (ids - 1) * days // count
        with transaction(db):
            for i, d in zip(ids.tolist(), day.tolist(), strict=True):
                _one(db, i, d, rng.choice(models), last, draw)
            rows = np.repeat(day // keys.epoch_days(how), per_story), np.repeat(ids, per_story)
            drawn = draw.integers(story_start, story_start + 5 * (1 << HASH_BITS), len(rows[1]))
            order = np.lexsort((drawn, rows[0]))
            columns = (x[order].tolist() for x in (rows[0], drawn, rows[1]))
            db.executemany("INSERT INTO story_keys VALUES (?,?,?)", zip(*columns, strict=True))
    slices, level = 64, 0
    while keys.FIRST_LEVEL * keys.FAN_OUT**level < count * per_copy:
        level += 1
    width = len(COPY_KEYS) // slices
    for n in range(slices):
        with transaction(db):
            drawn = np.sort(draw.integers(0, width, count * per_copy // slices)) + COPY_KEYS.start + n * width
            slots = draw.integers(1, count + 1, len(drawn))
            rows_ = zip(drawn.tolist(), slots.tolist(), strict=True)
            db.executemany(f"INSERT INTO copy_keys VALUES ({level},?,?)", rows_)
    db.execute("INSERT INTO copy_levels SELECT level, count(*), 0 FROM copy_keys GROUP BY level")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _one(db: Connection, number: int, day: int, model: Signed, last: int, draw: np.random.Generator) -> None:
    seen = stamp(SOME_TIME + timedelta(days=day - last))
    p = model.profile
    text = " ".join(p.tokens)
    db.execute(
        "INSERT INTO articles (id, source, url, key, title, text, lang, first_seen, author, agencies, credit,"
        " dateline, text_from, content_hash) VALUES (?1,?2,?3,?3,?4,?5,?6,?7,'','[]','','','page',?3)",
        (number, f"stored-{number % PAPERS}", f"https://stored.invalid/{number}", text[:60], text, p.lang, seen),
    )
    db.execute(
        "INSERT INTO signatures VALUES (?,?,?,'[]',?)",
        (number, draw.bytes(len(model.signature.values)), model.signature.shingles, model.gist),
    )
    db.execute("INSERT INTO slots VALUES (?1,?1,?2,?3)", (number, day, len(model.keys.prints)))
    db.execute("INSERT INTO stories (id, created, updated) VALUES (?1,?2,?2)", (number, seen))
    db.execute("INSERT INTO copies VALUES (?1,?1,?1)", [number])


def run_once(db: Connection, rows: Sequence[Labelled], how: Recipe) -> Cost:
    """``rows`` stored as a crawl stores them, then signed, judged and grouped: what that took."""
    pieces = arranged(rows)
    config = Config().model_copy(update={"sources": sources_of(pieces)})
    with ledger(db, how, lambda: SOME_TIME) as summary:
        collecting.sync_sources(db, config.sources)
        collect(StoreSink(db, summary, config, how, lambda: SOME_TIME), pieces)
        began = perf_counter()
        absorbed = absorb(db, summary.run_id, SOME_TIME, how)
        return Cost(absorbed, perf_counter() - began)


def batches(rows: Sequence[Labelled], new: int, runs: int) -> list[list[Labelled]]:
    """The new articles of each run, of its last two days, each at addresses of its own."""
    found = []
    for n in range(runs + 1):
        made = stream(rows, new, 2, seed=n + 1)
        found.append([replace(r, set=f"run-{n}", url=f"https://new.invalid/{n}/{r.id}") for r in made])
    return found


def sizes(db: Connection, count: int) -> Iterator[tuple[str, float]]:
    """Bytes an article of each table and index, largest first."""
    try:
        found = db.execute(
            "SELECT name, sum(pgsize) AS n FROM dbstat GROUP BY name ORDER BY n DESC LIMIT 12"
        ).fetchall()
    except sqlite3.OperationalError:  # SQLite was built without dbstat
        return
    yield from ((r["name"], r["n"] / count) for r in found)


def filled(rows: Sequence[Labelled], stored: int, days: int, folder: Path) -> Path:
    """The archive of ``stored`` articles, made in ``folder`` unless it is there."""
    path, how = folder / f"index-{stored}.db", recipe(Config(), VERDICT)
    if path.exists():
        return path
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with writing(part) as db:
        db.executemany(
            "INSERT INTO sources (key,name,owner,country,language,role) VALUES (?1,?1,'','XX','und','publisher')",
            [(f"stored-{n}",) for n in range(PAPERS)],
        )
        snapshot(db, rows)
        here = in_force(db, how)
        models = signed([a for a, _ in labelled_articles(rows)], {}, here)
        like = signed([a for a, _ in labelled_articles(stream(rows, SAMPLE, 2, 0))], {}, here)
        fill(db, models, like, stored, days, here)
    return part.rename(path)


def measured(rows: Sequence[Labelled], path: Path, stored: int, new: int, runs: int) -> list[Cost]:
    """The costs of ``runs`` runs over ``new`` articles each in a copy of the archive; prints its bytes."""
    copy = path.with_suffix(".copy")
    shutil.copyfile(path, copy)
    try:
        with writing(copy) as db:
            print(f"bytes an article at {stored:,}: " + ", ".join(f"{n} {b:,.0f}" for n, b in sizes(db, stored)))
            how = recipe(Config(), VERDICT)
            return [run_once(db, batch, how) for batch in batches(rows, new, runs)][1:]
    finally:
        for name in (copy.name, f"{copy.name}-wal", f"{copy.name}-shm"):
            copy.with_name(name).unlink(missing_ok=True)


def table(found: dict[int, list[Cost]], new: int) -> Iterator[str]:
    """A row a stage, a column a size of archive; medians."""
    yield "| 1,000 new among | ".replace("1,000", f"{new:,}") + " | ".join(f"{n:,}" for n in found) + " |"
    yield "|---" * (len(found) + 1) + "|"
    for stage in STAGES:
        yield _line(stage, [median(c.absorbed.spent.get(stage, 0.0) for c in costs) for costs in found.values()])
    dedup = [median(c.absorbed.seconds - c.absorbed.spent["sign"] for c in costs) for costs in found.values()]
    yield _line("**dedup** (all but sign)", dedup)
    yield _line("**run**, CPU", [median(c.absorbed.seconds for c in costs) for costs in found.values()])
    yield _line("**run**, clock", [median(c.clock for c in costs) for costs in found.values()])
    rates = [new / median(c.clock for c in costs) for costs in found.values()]
    pairs = [median(c.absorbed.pairs for c in costs) for costs in found.values()]
    yield "| pairs judged | " + " | ".join(f"{n:,.0f}" for n in pairs) + " |"
    yield "| articles a second | " + " | ".join(f"{r:.0f}" for r in rates) + " |"


def _line(name: str, seconds: Sequence[float]) -> str:
    return f"| {name} | " + " | ".join(f"{s:.2f} s" for s in seconds) + " |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--stored", action="append", default=[], type=int, metavar="N")
    parser.add_argument("--new", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder of databases that are filled once and used again")
    asked = parser.parse_args()
    rows = [row for path in asked.files for row in read(path)]
    with TemporaryDirectory(prefix="retold-index-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        stored = asked.stored or [10_000, 100_000]
        paths = {n: filled(rows, n, asked.days, folder) for n in stored}
        found = {n: measured(rows, path, n, asked.new, asked.runs) for n, path in paths.items()}
    print(f"\n{machine()}\n\n" + "\n".join(table(found, asked.new)))
    print(f"\nPeak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB.")


if __name__ == "__main__":
    main()
