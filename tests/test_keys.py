"""Bucket keys in the database: every key is found wherever it lies, and a batch writes little."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import meeting
from pipeline.blocking import COPY_KEYS, Kept, Keys
from pipeline.config import Config
from pipeline.signatures import recipe
from pipeline.store import keys, segments
from pipeline.store.connect import APPLICATION_ID, open_write, transaction
from pipeline.store.schema import steps
from pipeline.verdict import VERDICT
from tests.desk import faults, story_keys

HOW = recipe(Config(), VERDICT)
PER_ARTICLE = 20


def made(number: int, rng: random.Random) -> Keys:
    """Keys as of an article of some day: hashes, and one that every tenth article holds."""
    drawn = sorted(rng.sample(COPY_KEYS, PER_ARTICLE - 1))
    shared = COPY_KEYS[number % 10]
    return Keys(number, number // 100, (shared,), tuple(drawn), (rng.randrange(2**46),), (number % 7,), ())


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_write(tmp_path / "stories.db")) as db:
        db.execute(
            "INSERT INTO sources (key,name,owner,country,language,role) VALUES ('a','A','','XX','en','publisher')"
        )
        yield db


def kept(k: Keys) -> Kept:
    return Kept(k.article_id, k.day, len(k.prints), k.copies, k.stories, b"", 0, b"", ())


def store(db: sqlite3.Connection, batch: list[Keys]) -> None:
    """Articles with these keys and nothing else."""
    for k in batch:
        db.execute(
            "INSERT INTO articles (id, source, url, key, title, text, lang, first_seen, author, agencies, credit,"
            " dateline, text_from, content_hash) VALUES (?1,'a',?1,?1,'','','en','','','[]','','','page','')",
            [k.article_id],
        )
        db.execute("INSERT INTO signatures VALUES (?, x'', 0, '[]', x'')", [k.article_id])
    with transaction(db):
        keys.add(db, [kept(k) for k in batch], HOW)


def sound(db: sqlite3.Connection) -> None:
    assert not [f for f in faults(db) if "key of" in f or "miscounted" in f or "signature" in f]


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "FIRST_LEVEL", 200)
    monkeypatch.setattr(keys, "FAN_OUT", 3)
    monkeypatch.setattr(keys, "SLICES", 32)
    monkeypatch.setattr(keys, "STALE", 5)


def test_each_key_is_found_whatever_level_it_sank_to(db: sqlite3.Connection, tiny: None) -> None:
    rng, all_keys = random.Random(1), []
    for start in range(1, 301, 10):
        batch = [made(n, rng) for n in range(start, start + 10)]
        store(db, batch)
        all_keys += batch
        sound(db)
    held = dict(tuple(r) for r in db.execute("SELECT level, keys FROM copy_levels"))
    assert len(held) >= 3 and sum(held.values()) == 300 * PER_ARTICLE
    assert held[0] <= 200 and held[1] <= 600
    found = keys.held(db, all_keys, HOW)
    number = {n: place for place, n in enumerate(found.ids.tolist())}
    for k in all_keys:
        place = number[k.article_id]
        held_keys = set(found.keys[found.homes == place].tolist())
        assert held_keys >= {*k.copies, *k.stories}
        assert (found.days[place], found.prints[place]) == (k.day, len(k.prints))
    met = meeting.met(all_keys, found, HOW)
    theirs = found.ids[met.copies[1]].tolist()
    pairs = {(all_keys[i].article_id, j) for i, j in zip(met.copies[0].tolist(), theirs, strict=True)}
    every = range(1, 301)
    assert pairs == {(i, j) for i in every for j in every if i != j and i % 10 == j % 10}
    hinted = {
        (all_keys[i].article_id, int(found.ids[j])) for i, j in zip(*(a.tolist() for a in met.hinted), strict=True)
    }
    day = {k.article_id: k.day for k in all_keys}
    near = {(i, j) for i in every for j in every if i != j and i % 7 == j % 7 and abs(day[i] - day[j]) <= 3}
    assert hinted == near - pairs


NUMBERS = st.integers(-(2**47), 2**47 - 1)


@given(st.lists(st.tuples(NUMBERS, st.integers(1, 2**40)), min_size=1, max_size=50))
def test_a_segment_is_read_as_it_was_written(rows: list[tuple[int, int]]) -> None:
    held, slots = (np.array(column, np.int64) for column in zip(*sorted(rows), strict=True))
    again = segments.unpacked(segments.packed(held, slots))
    assert [again[0].tolist(), again[1].tolist()] == [held.tolist(), slots.tolist()]


def test_story_keys_are_found_whatever_segment_they_were_merged_into(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "CHUNK", 7)
    rng, held = random.Random(5), []
    for batch in range(1, 91):
        rows = [(batch // 80, rng.randrange(60), slot) for slot in rng.sample(range(batch * 40), 12)]
        held += rows
        with transaction(db):
            segments.add(db, *(np.array(column, np.int64) for column in zip(*rows, strict=True)))
    for epoch, wanted in ((0, range(0, 60, 7)), (1, range(60)), (0, [61]), (0, []), (9, range(60))):
        found = segments.holders(db, epoch, np.array(wanted, np.int64))
        got = sorted(zip(*(column.tolist() for column in found), strict=True))
        assert got == sorted((k, s) for e, k, s in held if e == epoch and k in wanted)
    tiers = {r[0]: r[1] for r in db.execute("SELECT tier, count(DISTINCT segment) FROM story_segments GROUP BY tier")}
    assert set(tiers) == {0, 1, 2} and all(n < 2 * segments.FAN for n in tiers.values())


def test_what_was_unsigned_is_not_found_and_its_keys_are_swept(db: sqlite3.Connection, tiny: None) -> None:
    rng = random.Random(2)
    batch = [made(n, rng) for n in range(1, 41)]
    store(db, batch)
    db.execute("DELETE FROM signatures WHERE article_id <= 8")
    gone = [k for k in batch if k.article_id <= 8]
    found = keys.held(db, gone, HOW)
    assert {9, 11} <= set(found.ids.tolist()) and not set(found.ids.tolist()) & {k.article_id for k in gone}
    assert [r[0] for r in db.execute("SELECT article_id FROM unsigned")] == [*range(1, 9)]
    store(db, [made(100, rng)])
    sound(db)
    assert not db.execute("SELECT 1 FROM stale_slots").fetchall()
    assert db.execute("SELECT count(DISTINCT slot) FROM copy_keys").fetchone()[0] == 33


def test_an_archive_that_forgets_as_much_as_it_learns_does_not_grow(db: sqlite3.Connection, tiny: None) -> None:
    """Retention: each round brings forty articles and deletes the forty oldest; keys and pages stay bounded."""
    rng, sizes = random.Random(3), []
    for start in range(1, 1601, 40):
        store(db, [made(n, rng) for n in range(start, start + 40)])
        db.execute("DELETE FROM articles WHERE id <= ?", [start - 160])
        stale = db.execute("SELECT count(*) FROM stale_slots").fetchone()[0]
        assert stale <= 40 + 200 // keys.STALE_SHARE, "what one round leaves, and a share"
        copies, stories = db.execute("SELECT count(*) FROM copy_keys").fetchone()[0], sum(1 for _ in story_keys(db))
        assert copies <= 280 * PER_ARTICLE and stories <= 280 * 2
        sizes.append(db.execute("PRAGMA page_count").fetchone()[0])
    sound(db)
    assert max(sizes[20:]) <= 1.2 * max(sizes[10:20])


def test_keys_of_an_older_database_are_packed(tmp_path: Path) -> None:
    from sqlite_utils import Database

    path, rng = tmp_path / "stories.db", random.Random(6)
    old = Database(path)
    old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    steps().apply(old, stop_before="m0008_segments")
    rows = {(rng.randrange(3), rng.randrange(50), slot) for slot in range(1, 40) for _ in range(9)}
    old.conn.executemany("INSERT INTO story_keys VALUES (?,?,?)", rows)
    old.conn.commit()
    old.close()
    with closing(open_write(path)) as db:
        assert {tuple(row) for row in story_keys(db)} == rows
        assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'story_keys'").fetchall()
