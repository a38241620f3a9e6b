"""The bench of the pages: a small archive, every kind of page once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import web
from bench.newsarchive import Counts, make
from pipeline.store.connect import open_read
from pipeline.store.faults import FAULTS


@pytest.mark.slow
def test_every_kind_of_page_answers(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    make(path, Counts(400, sources=12, days=4, runs_a_day=5))
    with pytest.raises(FileExistsError):
        make(path, Counts(1))
    archive = web.Archive(path)
    kinds = archive.kinds()
    with web.served(path) as port:
        alone = web.asked(port, ((k, draw()) for k, draw in kinds.items() for _ in range(2)))
        several = web.together(port, archive, 2, 5)
    assert alone.keys() == kinds.keys() and several.keys() <= kinds.keys()
    assert sum(t.failed for t in (*alone.values(), *several.values())) == 0
    said = "\n".join(web.markdown(archive, alone, 2, several))
    assert "| Story, the 50 largest | 2 |" in said and said.endswith("0 answers other than 200")
    db = open_read(path)  # lists and sums are those of the project's own code
    lists = [f for f in FAULTS if "lists" in f.name or "filter" in f.name or "tally" in f.name]
    assert lists and [f.name for f in lists if db.execute(f.sql).fetchone()] == []
