"""A large archive to measure a run among: what is recent comes of the pipeline itself, what is old is filled in.

An old article has the text and gist of a labelled one and as many bucket keys as a generated one has in the mean,
drawn at random: whoever is looked up meets as many pages as in a real archive, and nobody by chance. It has no entry
and stands in no full-text index: a run touches neither. The recent articles, all that the window reaches, are generated
(bench.stages), collected and run, so that their keys, gists, edges and stories are those of an archive as dense.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

import numpy as np

from bench.stages import PAPERS, stream
from pipeline.absorb import Absorbed, absorb
from pipeline.background import LAST, counted
from pipeline.blocking import COPY_KEYS, HASH_BITS, TERMS, Signed, signed, window_days
from pipeline.config import Config
from pipeline.labelled import Labelled
from pipeline.run import StoreSink, ledger
from pipeline.signatures import Recipe, recipe
from pipeline.store import collecting, keys, segments
from pipeline.store.backgrounds import in_force
from pipeline.store.connect import Connection, stamp, transaction, writing
from pipeline.trial import SOME_TIME, arranged, collect, labelled_articles, sources_of
from pipeline.verdict import VERDICT

COPIED = 0.5  # of the retellings: as many print a text as tell an event in words of their own
SAMPLE = 500  # generated articles whose keys are counted
AT_ONCE = 20_000
SLICES = 64  # of the key range; what is drawn and sorted at once


@dataclass(frozen=True)
class Cost:
    """What one run over new articles took after collecting."""

    absorbed: Absorbed
    clock: float  # seconds


@dataclass(frozen=True)
class Archive:
    """A filled database and what arrives in it next, in the order of time."""

    path: Path
    stored: int
    later: Path

    def arriving(self, start: int, end: int) -> list[Labelled]:
        """What arrives next, from place to place."""
        with self.later.open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in islice(lines, start, end)]
        return [Labelled(**{**r, "published": datetime.fromisoformat(r["published"])}) for r in rows]


def filled(rows: Sequence[Labelled], stored: int, per_day: int, arriving: int, folder: Path) -> Archive:
    """An archive of ``stored`` articles, ``per_day`` a day, made in ``folder`` unless it is there."""
    name = f"index-{stored}-{per_day}-{arriving}"
    path, later = folder / f"{name}.db", folder / f"{name}.jsonl"
    if not path.exists():
        part, how = path.with_suffix(".part"), recipe(Config(), VERDICT)
        part.unlink(missing_ok=True)
        days = window_days(how) + 1 + -(-arriving // per_day)
        made = stream(rows, per_day * days, days, 0, COPIED)
        made.sort(key=lambda r: (r.published, r.id))
        recent = made[max(0, len(made) - arriving - stored) : len(made) - arriving]
        with writing(part) as db:
            _snapshot(db, rows)
            _fill(db, rows, stored - len(recent), per_day, in_force(db, how))
            run_once(db, recent, how)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        later.write_text("".join(json.dumps(asdict(r), default=str) + "\n" for r in made[-arriving:]))
        part.rename(path)
    return Archive(path, stored, later)


def run_once(db: Connection, rows: Sequence[Labelled], how: Recipe) -> Cost:
    """``rows`` stored as a crawl stores them, then signed, judged and grouped: what that took."""
    return absorbed(db, stored_articles(db, rows, how), _now(rows), how)


def absorbed(db: Connection, run_id: int, now: datetime, how: Recipe) -> Cost:
    """Whatever is not signed yet signed, judged and grouped: what that took."""
    began = perf_counter()
    done = absorb(db, run_id, now, how)
    return Cost(done, perf_counter() - began)


def stored_apart(path: Path, rows: Sequence[Labelled], how: Recipe) -> tuple[int, datetime]:
    """``rows`` stored as a crawl stores them, by a process of its own: what collecting loads stays there; (id of the
    run that did, now)."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_stored, path, rows, how).result()


def _stored(path: Path, rows: Sequence[Labelled], how: Recipe) -> tuple[int, datetime]:
    with writing(path) as db:
        return stored_articles(db, rows, how), _now(rows)


def stored_articles(db: Connection, rows: Sequence[Labelled], how: Recipe) -> int:
    """``rows`` stored as a crawl stores them; the id of the run that did."""
    pieces = arranged([replace(r, set=r.id, url=address(r)) for r in rows])
    config = Config().model_copy(update={"sources": sources_of(pieces)})
    with ledger(db, how, lambda: _now(rows)) as summary:
        collecting.sync_sources(db, config.sources)
        collect(StoreSink(db, summary, config, how, lambda: _now(rows)), pieces)
        return summary.run_id


def address(row: Labelled) -> str:
    """Under which a generated article is stored."""
    return f"https://new.invalid/{row.id}"


def _now(rows: Sequence[Labelled]) -> datetime:
    return max((r.published for r in rows if r.published), default=SOME_TIME)


def _snapshot(db: Connection, rows: Sequence[Labelled]) -> None:
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


def _fill(db: Connection, rows: Sequence[Labelled], count: int, per_day: int, how: Recipe) -> None:
    """``count`` old articles, the last of them of the day before ``SOME_TIME``."""
    db.execute("INSERT INTO signed_by VALUES (1, ?)", [how.name])
    db.executemany(
        "INSERT INTO sources (key,name,owner,country,language,role) VALUES (?1,?1,'','XX','und','publisher')",
        [(f"stored-{n}",) for n in range(PAPERS)],
    )
    if count <= 0:
        return
    models = signed([a for a, _ in labelled_articles(rows)], {}, how)
    like = signed([a for a, _ in labelled_articles(stream(rows, SAMPLE, 2, 0))], {}, how)
    trigger = db.execute("SELECT sql FROM sqlite_master WHERE name='articles_ai'").fetchone()[0]
    db.execute("DROP TRIGGER articles_ai")
    texts = [" ".join(s.profile(how).tokens) for s in models]
    _articles(
        db, list(zip(models, texts, strict=True)), round(mean(len(s.keys.stories) for s in like)), count, per_day, how
    )
    _copy_keys(db, round(mean(len(s.keys.copies) for s in like)), count)
    db.execute(trigger)


def _articles(
    db: Connection, models: Sequence[tuple[Signed, str]], per_story: int, count: int, per_day: int, how: Recipe
) -> None:
    rng, draw = random.Random(0), np.random.default_rng(0)
    before, story_start = int(SOME_TIME.timestamp() // 86400), (TERMS << HASH_BITS) - (1 << 47)
    for start in range(1, count + 1, AT_ONCE):
        ids = np.arange(start, min(start + AT_ONCE, count + 1))
        day = before - 1 - (count - ids) // per_day
        with transaction(db):
            for i, d in zip(ids.tolist(), day.tolist(), strict=True):
                _article(db, i, d, *rng.choice(models), draw)
            rows = np.repeat(day // keys.epoch_days(how), per_story), np.repeat(ids, per_story)
            drawn = draw.integers(story_start, story_start + 5 * (1 << HASH_BITS), len(rows[1]))
            segments.add(db, rows[0], drawn, rows[1])


def _article(db: Connection, number: int, day: int, model: Signed, text: str, draw: Any) -> None:
    seen = stamp(SOME_TIME + timedelta(days=day - int(SOME_TIME.timestamp() // 86400)))
    db.execute(
        "INSERT INTO articles (id, source, url, key, title, text, lang, first_seen, author, agencies, credit,"
        " dateline, text_from, content_hash) VALUES (?1,?2,?3,?3,?4,?5,?6,?7,'','[]','','','page',?3)",
        (number, f"stored-{number % PAPERS}", f"https://stored.invalid/{number}", text[:60], text, model.lang, seen),
    )
    db.execute(
        "INSERT INTO signatures VALUES (?,?,?,'[]',?)",
        (number, draw.bytes(len(model.signature.values)), model.signature.shingles, model.gist),
    )
    db.execute("INSERT INTO slots VALUES (?1,?1,?2,?3)", (number, day, len(model.keys.prints)))
    db.execute("INSERT INTO stories (id, created, updated) VALUES (?1,?2,?2)", (number, seen))
    db.execute("INSERT INTO copies VALUES (?1,?1,?1)", [number])


def _copy_keys(db: Connection, per_copy: int, count: int) -> None:
    """All in the level that has room for them."""
    draw, level = np.random.default_rng(1), 0
    while keys.FIRST_LEVEL * keys.FAN_OUT**level < count * per_copy:
        level += 1
    width = len(COPY_KEYS) // SLICES
    for n in range(SLICES):
        with transaction(db):
            drawn = np.sort(draw.integers(0, width, count * per_copy // SLICES)) + COPY_KEYS.start + n * width
            slots = draw.integers(1, count + 1, len(drawn))
            db.executemany(
                "INSERT INTO copy_keys VALUES (?,?,?)",
                ((level, key, slot) for key, slot in zip(drawn.tolist(), slots.tolist(), strict=True)),
            )
    db.executemany("INSERT INTO copy_levels VALUES (?, 0, 0)", [(n,) for n in range(level)])
    db.execute("INSERT INTO copy_levels SELECT level, count(*), 0 FROM copy_keys GROUP BY level")


def sizes(db: Connection, count: int) -> Iterator[tuple[str, float]]:
    """Bytes an article of each table and index, largest first; nothing where SQLite was built without dbstat."""
    import sqlite3

    try:
        rows = db.execute("SELECT name, sum(pgsize) AS n FROM dbstat GROUP BY name ORDER BY n DESC LIMIT 12").fetchall()
    except sqlite3.OperationalError:
        return
    yield from ((r["name"], r["n"] / count) for r in rows)
