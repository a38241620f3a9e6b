"""bench/index.py: an archive of any size is filled once, and a run among it finds what is new and nobody else."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench import archive as archives
from bench import index
from bench.archive import filled
from pipeline.background import LAST
from pipeline.config import Config
from pipeline.labelled import read
from pipeline.signatures import recipe
from pipeline.store.backgrounds import in_force
from pipeline.store.connect import open_read
from pipeline.verdict import VERDICT
from tests.desk import faults

OWN = Path(__file__).parent / "data" / "own_crosslingual.jsonl"


@pytest.mark.slow
def test_new_articles_are_deduplicated_among_the_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apart = iter([index.stored_apart])  # one process of its own is enough
    monkeypatch.setattr(index, "stored_apart", lambda *given: next(apart, archives._stored)(*given))
    rows = read(OWN)
    archive = filled(rows, 200, 20, 90, tmp_path)
    with closing(open_read(archive.path)) as db:
        assert faults(db) == []
        assert in_force(db, recipe(Config(), VERDICT)).background.total >= LAST
    arriving = archive.arriving(0, 100)
    assert len(arriving) == 90 and arriving == sorted(arriving, key=lambda r: (r.published, r.id))
    assert archive.arriving(30, 60) == arriving[30:60]
    found = index.measured(archive, 30, 1)
    [cost] = found.costs
    assert cost.absorbed.signed == 30 and cost.absorbed.reset == 0 and cost.clock > 0
    assert cost.absorbed.matches > 0, "some of the new ones have company among the stored"
    assert cost.absorbed.pairs < 30 * 60
    assert found.memory > 0 and min(found.dedup) > 0
    assert not [*tmp_path.glob("*.copy*")], "the filled archive stays as it is, its copy goes"
    with closing(sqlite3.connect(archive.path)) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 200
    assert filled(rows, 200, 20, 90, tmp_path) == archive
    printed = list(index.table({200: found}, 30))
    assert len(printed) == 2 + len(index.STAGES) + 10
    assert found.churned.absorbed.signed >= 15 and found.swept > 0, "half of thirty were edited"
    [row] = json.loads(json.dumps(index.records({200: found}, 30, 20)))
    assert (row["stored"], row["new"], row["per_day"]) == (200, 30, 20) and row["memory"] > 2**20
    assert row["dedup"] == {"processor": found.dedup[0], "clock": found.dedup[1]}
    assert [run["stages"] for run in row["runs"]] == [cost.absorbed.spent]
    assert row["runs"][0]["processor"] == cost.absorbed.seconds and row["runs"][0]["pairs"] == cost.absorbed.pairs
    assert {"articles", "story_segments"} <= set(row["bytes"]) or not row["bytes"], "nothing without SQLite's dbstat"
