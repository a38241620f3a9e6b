"""The batch engine (Daft): the database and Parquet files rebuilt whole, to the very groups of a run."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline import archive, corrections, parquet
from pipeline.absorb import absorb
from pipeline.archive import Engine
from pipeline.config import Config
from pipeline.rebuild import partition
from pipeline.signatures import maps
from pipeline.store import backgrounds, runs, signing
from pipeline.store import corrections as store_corrections
from pipeline.store.connect import LockedError, lock, open_read, open_write
from tests.conftest import ROOT, call, command, once
from tests.desk import faults, prose, stored_partition, story_keys
from tests.making import NOW, RECIPE
from tests.test_law import articles, correction, fresh, put
from tests.test_sweep import archive as tellings

pytest.importorskip("daft", reason="the extra batch is not installed")


def filled(folder: Path) -> Path:
    """An archive of forty days as runs of some articles each left it, with corrections."""
    folder.mkdir(exist_ok=True)
    db = fresh(str(folder))
    told = tellings(5, 110, 40)
    for n, a in enumerate(told):
        put(db, a)
        if n % 30 == 29:
            absorb(db, 1, NOW, RECIPE)
    for n in range(4):
        corrections.make(db, RECIPE, correction(n, told, 7 * n, n), NOW)
    absorb(db, 1, NOW, RECIPE, anew=True)
    db.close()
    return folder / "stories.db"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every worker's: copied by whoever writes."""
    return once(tmp_path_factory, "archive", filled)[0] / "stories.db"


def copy(path: Path, folder: Path) -> Path:
    with closing(sqlite3.connect(path)) as source:
        source.execute("VACUUM INTO ?", [str(folder / "stories.db")])
    return folder / "stories.db"


def edges(path: Path) -> list[tuple[Any, ...]]:
    with closing(open_read(path)) as db:
        columns = "left_id, right_id, verdict, probability, scores, reasons, recipe"
        return [tuple(r) for r in db.execute(f"SELECT {columns} FROM matches ORDER BY 1, 2")]


def made_of(path: Path) -> list[tuple[Any, ...]]:
    with closing(open_read(path)) as db:
        rows = db.execute("SELECT s.*, day, prints FROM signatures s JOIN slots USING (article_id) ORDER BY 1")
        return [tuple(r) for r in rows]


def keys_of(path: Path) -> list[tuple[Any, ...]]:
    copies = "SELECT article_id, -1, key FROM copy_keys JOIN slots USING (slot)"
    with closing(open_read(path)) as db:
        of = {r["slot"]: r["article_id"] for r in db.execute("SELECT slot, article_id FROM slots")}
        stories = [(of[slot], epoch, key) for epoch, key, slot in story_keys(db) if slot in of]
        return sorted([*(tuple(r) for r in db.execute(copies)), *stories])


def groups(path: Path) -> Any:
    with closing(open_read(path)) as db:
        return stored_partition(db), [tuple(r) for r in db.execute("SELECT id, created FROM stories ORDER BY id")]


def sound(path: Path) -> None:
    with closing(open_read(path)) as db:
        assert faults(db) == []
        how = backgrounds.in_force(db, RECIPE)
        assert stored_partition(db) == partition(articles(db), how, store_corrections.in_force(db))


def test_a_rebuild_by_the_engine_leaves_what_runs_leave(path: Path, tmp_path: Path) -> None:
    own = copy(path, tmp_path)
    done = archive.rebuild(Config(), own, Engine(scratch=str(tmp_path / "scratch")), clock=lambda: NOW)
    assert done.absorbed.signed == 110 and done.absorbed.stories == 0, "the same articles give the same groups"
    assert done.absorbed.matches == len(edges(path)) > 100
    assert edges(own) == edges(path)
    assert made_of(own) == made_of(path) and keys_of(own) == keys_of(path)
    assert groups(own) == groups(path), "story ids stay"
    sound(own)
    assert not list((tmp_path / "scratch").iterdir()), "nothing is left behind"


@pytest.mark.slow
def test_it_mends_what_was_made_with_old_weights(path: Path, tmp_path: Path) -> None:
    own = copy(path, tmp_path)
    with closing(sqlite3.connect(own)) as db:
        db.execute("UPDATE background SET articles = 60, counts = '{}'")
        db.execute("UPDATE signed_by SET recipe = 'another'")
        db.execute("DELETE FROM matches")
        db.commit()
    archive.rebuild(Config(), own, Engine(), clock=lambda: NOW)
    assert edges(own) == edges(path)
    sound(own)


def test_killed_while_it_writes_it_leaves_what_the_next_run_goes_on_with(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, real, calls = copy(path, tmp_path), signing.record_signed, []

    def dies(*given: Any) -> None:
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(1)
        real(*given)

    monkeypatch.setattr(archive, "AT_ONCE", 20)
    monkeypatch.setattr(signing, "record_signed", dies)
    with pytest.raises(KeyboardInterrupt):
        archive.rebuild(Config(), own, Engine(), clock=lambda: NOW)
    monkeypatch.undo()
    with closing(open_write(own)) as db:
        assert db.execute("SELECT count(*) FROM signatures").fetchone()[0] == 60
        assert db.execute("SELECT state FROM runs ORDER BY id DESC LIMIT 1").fetchone()[0] == "interrupted"
        absorb(db, runs.begin_run(db, NOW, RECIPE.name), NOW, RECIPE)
    assert edges(own) == edges(path)
    sound(own)


def test_a_signal_ends_it_with_nothing_left_behind(path: Path, tmp_path: Path) -> None:
    own, scratch, before = copy(path, tmp_path), tmp_path / "scratch", edges(path)
    asked = command("rebuild", "--db", str(own), "--scratch", str(scratch))
    with subprocess.Popen(asked, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        while not list(scratch.glob("*/survey-1")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 143, said
    assert said.startswith("retold: interrupted")
    assert not list(scratch.iterdir())
    assert edges(own) == before
    sound(own)


def test_a_run_that_is_under_way_is_not_disturbed(path: Path, tmp_path: Path) -> None:
    own = copy(path, tmp_path)
    with lock(own), pytest.raises(LockedError):
        archive.rebuild(Config(), own, Engine(), clock=lambda: NOW)


def test_an_empty_database_is_rebuilt_too(tmp_path: Path) -> None:
    fresh(str(tmp_path)).close()
    done = archive.rebuild(Config(), tmp_path / "stories.db", Engine(), clock=lambda: NOW)
    assert done.absorbed.signed == done.absorbed.stories == 0


# -- files


def told(folder: Path) -> list[dict[str, Any]]:
    from pyarrow import parquet as files

    rows: list[dict[str, Any]] = files.read_table(folder / "stories.parquet").to_pylist()
    return rows


def as_partition(rows: list[dict[str, Any]]) -> list[Any]:
    stories: dict[int, dict[int, list[int]]] = {}
    for r in rows:
        stories.setdefault(r["story"], {}).setdefault(r["copy"], []).append(r["article"])
    return sorted(
        (tuple(sorted(i for c in copies.values() for i in c)), tuple(sorted(map(tuple, copies.values()))))
        for copies in stories.values()
    )


def test_what_is_exported_comes_to_the_same_groups_elsewhere(path: Path, tmp_path: Path) -> None:
    said = tmp_path / "corrections.jsonl"
    assert call("corrections", "export", said, "--db", path).exit_code == 0
    out = call("export", "--parquet", tmp_path / "archive", "--db", path)
    assert out.exit_code == 0 and "110 articles" in out.output
    from pyarrow import parquet as files

    kept = files.read_table(tmp_path / "archive" / "matches.parquet")
    assert kept.column_names == ["left", "right", "verdict", "probability", "scores", "reasons", "recipe"]
    assert len(kept) == len(edges(path))
    found = files.read_table(tmp_path / "archive" / "articles").to_pylist()
    with closing(open_read(path)) as db:
        stored = articles(db)
        assert as_partition(told(tmp_path / "archive")) == stored_partition(db)
    assert [(r["id"], r["title"], r["text"], r["published"], r["agencies"]) for r in found] == [
        (a.id, a.title, a.text, a.published, list(a.agencies)) for a in stored
    ]
    asked = ("--from", tmp_path / "archive" / "articles" / "*.parquet", "--corrections", said)
    again = call("rebuild", *asked, "--to", tmp_path / "groups", "--json")
    assert again.exit_code == 0, again.output
    shown = json.loads(again.stdout)
    assert shown["articles"] == 110 and shown["matches"] == len(edges(path))
    assert as_partition(told(tmp_path / "groups")) == as_partition(told(tmp_path / "archive"))
    assert shown["stories"] == len({r["story"] for r in told(tmp_path / "groups")})


def test_copies_alone_are_those_of_minhash(path: Path, tmp_path: Path) -> None:
    import numpy as np

    from pipeline.config import WIDER
    from pipeline.kernel import sketches
    from pipeline.lsh import clusters, pairs

    call("export", "--parquet", tmp_path / "archive", "--db", path)
    shown = call("rebuild", "--from", tmp_path / "archive", "--to", tmp_path / "groups", "--only-copies")
    assert shown.exit_code == 0 and "stor" not in shown.output.partition(":")[2]
    with closing(open_read(path)) as db:
        stored = articles(db)
    texts = [a.text or a.title for a in stored]
    made = sketches(texts, RECIPE.shingle_words, maps(WIDER * RECIPE.permutations, RECIPE.seed))
    home = clusters(len(texts), pairs(made, WIDER * RECIPE.bands, RECIPE.copy_jaccard))
    rows = told(tmp_path / "groups")
    assert [r["copy"] for r in rows] == [stored[i].id for i in home.tolist()]
    assert len(np.unique(home)) < len(texts)


def test_files_of_others_need_little(tmp_path: Path) -> None:
    """Five columns, whatever else: here an Arrow table of another tool's, with strings that are null."""
    import pyarrow as pa
    from pyarrow import parquet as files

    text = prose(1, 5)
    rows = [
        ("de", "a", "Die Fähre", text),
        ("de", "b", None, text),
        ("en", "c", "Owl", prose(2, 5)),
        ("en", "d", "", ""),
    ]
    table = pa.table({
        "text": [r[3] for r in rows], "title": [r[2] for r in rows], "lang": [r[0] for r in rows],
        "source": [r[1] for r in rows], "id": pa.array([7, 9, 12, 40], pa.int32()), "mine": ["x"] * 4,
    })  # fmt: skip
    files.write_table(table, tmp_path / "theirs.parquet")
    found = parquet.rebuild(Config(), str(tmp_path / "theirs.parquet"), tmp_path / "groups", Engine())
    assert (found.articles, found.copies, found.stories) == (4, 3, 3)
    assert {r["article"]: r["copy"] for r in told(tmp_path / "groups")} == {7: 7, 9: 7, 12: 12, 40: 40}


def faulty(tmp_path: Path, **columns: Any) -> str:
    import pyarrow as pa
    from pyarrow import parquet as files

    files.write_table(pa.table(columns), tmp_path / "bad.parquet")
    return str(tmp_path / "bad.parquet")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    def fails(*given: object) -> str:
        result = call("rebuild", *given)
        assert result.exit_code == 2, result.output
        assert not (tmp_path / "groups").exists() and not list(tmp_path.glob(".groups*")), "nothing is left behind"
        return result.stderr

    to = ("--to", tmp_path / "groups")
    bad = faulty(tmp_path, id=[1, 2], title=["a", "b"], text=["c", "d"])
    assert "lacks the columns source, lang" in fails("--from", bad, *to)
    twice = faulty(tmp_path, id=[1, 1], title=["a", "b"], text=["c", "d"], source=["a", "b"], lang=["de", "de"])
    assert "there is article 1 more than once" in fails("--from", twice, *to)
    nobody = faulty(tmp_path, id=[1, None], title=["a", "b"], text=["c", "d"], source=["a", "b"], lang=["de", "de"])
    assert "article without an id" in fails("--from", nobody, *to)
    assert "no such files" in fails("--from", tmp_path / "none" / "*.parquet", *to)
    (tmp_path / "text.parquet").write_text("no Parquet")
    assert "text.parquet" in fails("--from", tmp_path / "text.parquet", *to)
    assert "--from and --to go together" in fails("--from", bad)
    assert "go with --from" in fails("--only-copies", "--db", tmp_path / "stories.db")
    assert "leave --db out" in fails("--from", bad, *to, "--db", tmp_path / "stories.db")


def test_a_folder_that_holds_something_is_left_alone(path: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    result = call("export", "--parquet", tmp_path / "there", "--db", path)
    assert result.exit_code == 2 and "is there already" in result.stderr
    assert [p.name for p in (tmp_path / "there").iterdir()] == ["mine.txt"]


def test_no_cluster_no_rebuild(path: Path, tmp_path: Path) -> None:
    before = edges(path)
    result = call("rebuild", "--db", path, "--ray", "127.0.0.1:1")
    assert result.exit_code in (1, 2), result.output
    assert "127.0.0.1:1" in result.stderr or "retold[cluster]" in result.stderr
    assert edges(path) == before


# -- what dies under it


def test_a_stage_whose_machine_died_is_asked_again(tmp_path: Path) -> None:
    import daft

    from pipeline.batch.stages import TRIES, ClusterError, Scratch

    scratch = Scratch(str(tmp_path / "scratch"), 2)

    class Lost(Exception):
        pass

    Lost.__module__ = "ray.exceptions"

    def dying(times: int, error: Exception) -> Any:
        """A query that fails so often, leaving a file of a task that was done by then."""
        frame, tries = daft.from_pydict({"id": [1, 2, 3]}), []

        class Query:
            def write_parquet(self, where: str) -> Any:
                tries.append(where)
                if len(tries) <= times:
                    frame.write_parquet(where)
                    raise error
                return frame.write_parquet(where)

        return Query(), tries

    query, tries = dying(TRIES - 1, Lost("a node died"))
    assert scratch.kept("sign", query).to_pydict() == {"id": [1, 2, 3]}, "not twice"
    assert len(set(tries)) == TRIES
    with pytest.raises(ClusterError, match="failed 3 times"):
        scratch.kept("other", dying(99, Lost("a node died"))[0])
    query, tries = dying(99, ValueError("our own mistake"))
    with pytest.raises(ValueError, match="our own mistake"):
        scratch.kept("third", query)
    assert len(tries) == 1


@pytest.mark.slow
@pytest.mark.timeout(660)
def test_a_cluster_of_which_a_node_is_killed_comes_to_the_same_groups(tmp_path: Path) -> None:
    """Three Ray nodes on this machine; the bench names the partition by its digest."""
    pytest.importorskip("ray", reason="the extra cluster is not installed")
    kept = tmp_path / "rows.json"
    asked = ["--stories", "3000", "--on", "native", "--on", "nodes:3", "--kill", "8", "--json", str(kept)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.batch", *asked], cwd=ROOT, capture_output=True, text=True, timeout=600,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    native, nodes = json.loads(kept.read_text("utf-8"))["rows"]
    assert nodes["lost"] == 1 and native["digest"] == nodes["digest"]
    assert native["stories"] > 100
