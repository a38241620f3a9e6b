"""The ledger of runs: what each stage took, kept while the run goes on, and where it is shown."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import loads
from pipeline.model import StoreError
from pipeline.run import ledger, utc_now
from pipeline.runlog import HERE
from pipeline.signatures import recipe
from pipeline.stages import Stages
from pipeline.store.connect import lock, open_read, open_write, transaction
from pipeline.store.runs import begin_run
from pipeline.verdict import VERDICT
from tests.conftest import CONFIG, NOW, Demo, call

HOW = recipe(loads(CONFIG, "config.yaml"), VERDICT)


def test_a_stage_that_is_entered_by_turns_is_one_row_in_the_order_of_beginning() -> None:
    kept: list[str] = []
    stages = Stages(lambda costs: kept.extend(c.stage for c in costs))
    for name in ("collect", "sign", "judge", "sign"):
        with stages.stage(name):
            assert HERE.stage == name
            time.sleep(0.01)
    stages.end()
    costs = [*stages.costs.values()]
    assert [(c.stage, c.n, c.done) for c in costs] == [("collect", 0, True), ("sign", 1, True), ("judge", 2, True)]
    assert costs[1].wall_s >= 0.02 and costs[0].after_s <= costs[1].after_s <= costs[2].after_s
    assert costs[1].peak_mb > 1 and (kept[-2:], HERE.stage) == (["sign", "judge"], "")
    with stages.stage("alert"):
        pass
    assert "alert" not in kept, "nothing is kept after the end"


def test_what_fails_within_a_stage_is_counted_and_not_called_done() -> None:
    stages = Stages()
    with pytest.raises(KeyError), stages.stage("group"):
        raise KeyError
    assert stages.costs["group"].wall_s > 0 and not stages.costs["group"].done and HERE.stage == ""


def killed(path: Path) -> None:
    """A run that is killed in its second stage, within a transaction."""
    pid = os.fork()
    if pid == 0:
        try:
            with closing(open_write(path)) as db, ledger(db, HOW, lambda: NOW) as summary:
                with summary.stages.stage("collect"):
                    time.sleep(0.05)
                with summary.stages.stage("sign"), transaction(db):
                    os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def test_a_killed_run_keeps_the_stages_that_it_had_finished(tmp_path: Path) -> None:
    path = tmp_path / "stories.db"
    killed(path)
    with closing(open_read(path)) as db:
        rows = [dict(r) for r in db.execute("SELECT * FROM v_run_stages")]
        assert [dict(r)["seconds"] for r in db.execute("SELECT * FROM v_runs")] == [None]
    assert [(r["stage"], r["done"], r["state"]) for r in rows] == [("collect", 1, "running"), ("sign", 0, "running")]
    assert rows[0]["wall_s"] >= 0.05
    listed, one = call("runs", "--db", path), call("runs", 1, "--db", path)
    assert "in sign, collect 0." in listed.stdout and " killed " in listed.stdout and "run 1: killed," in one.stdout
    with lock(path):
        assert " running " in call("runs", "--db", path).stdout
    assert "nothing counted: it has just begun, or was killed" in one.stdout and "not done" in one.stdout


def test_what_a_killed_run_got_is_in_its_numbers(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "stories.db"
    shutil.copy(demo.path, path)
    before = json.loads(call("runs", 3, "--db", path, "--json").stdout)
    got = {k: before["counts"][k] for k in ("fetches", "failed_sources", "new_entries", "new_articles")}
    assert got["new_articles"] > 0
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DELETE FROM runs WHERE id=4")
        db.execute("UPDATE runs SET state='running', finished=NULL, counts='{}' WHERE id=3")
    killed = json.loads(call("runs", 3, "--db", path, "--json").stdout)
    assert killed["counts"] == got and killed["duration_s"] is None
    told = call("runs", 3, "--db", path).stdout
    assert f"{got['new_articles']} new articles so far" in told and "edited" not in told
    metrics = call("status", "--prometheus", "-", "--db", path).stdout
    assert f"retold_last_run_new_articles {got['new_articles']}\n" in metrics and "run_duration" not in metrics
    with closing(open_write(path)) as db:
        begin_run(db, NOW, "r")
    marked = json.loads(call("runs", 3, "--db", path, "--json").stdout)
    assert marked["state"] == "interrupted" and marked["counts"] == {**got, "seconds": marked["duration_s"]}
    assert marked["duration_s"] + 0.1 >= max(s["after_s"] for s in before["stages"])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreError("/var/lib/retold/stories.db: database or disk is full"), "…/stories.db: database or disk is full"),
        (ZeroDivisionError("by <script>"), "ZeroDivisionError, a fault of Retold's own"),
    ],
)
def test_why_a_run_failed_is_in_the_ledger_and_said(tmp_path: Path, error: Exception, said: str) -> None:
    path = tmp_path / "stories.db"
    with closing(open_write(path)) as db, pytest.raises(type(error)), ledger(db, HOW, utc_now):
        raise error
    told = call("status", "--db", path).stdout
    assert "problem run_failed: run 1 failed " in told and f" ago: {said}\n" in told, told
    assert "still scheduled" not in told and "runs begin and do not end well" in told
    assert said in call("runs", 1, "--db", path).stdout


def test_each_run_of_the_demo_tells_what_it_took(demo: Demo, db: sqlite3.Connection) -> None:
    shown = json.loads(call("runs", "--db", demo.path, "--json").stdout)
    assert len(shown) == 4
    for run in shown:
        own = {s["stage"]: s for s in run["stages"]}
        assert {"collect", "weigh", "cite", "trace", "list", "alert"} <= own.keys() and all(
            s["done"] for s in own.values()
        )
        assert sum(s["wall_s"] for s in own.values()) <= run["duration_s"] + 0.1
        assert run["db_bytes"] > 100_000
    rows = db.execute("SELECT run_id, seconds, cpu_s, peak_mb, new_articles, failed_sources FROM v_runs ORDER BY 1")
    first = dict(next(rows))
    assert first["new_articles"] > 50 and first["cpu_s"] > 0 and first["peak_mb"] > 20
    one = json.loads(call("runs", 1, "--db", demo.path, "--json").stdout)
    assert {a["code"] for a in one["answers"]} >= {"ok", "not_found"} and one["stages"] == shown[-1]["stages"]


def test_a_demo_is_rebuilt_by_its_own_configuration_alone(demo: Demo, tmp_path: Path) -> None:
    other = tmp_path / "config.yaml"
    other.write_text(CONFIG, "utf-8")
    before = demo.path.read_bytes()
    refused = call("rebuild", "--db", demo.path, "--config", other)
    assert (refused.exit_code, "is a demo's database" in refused.stderr) == (2, True)
    assert demo.path.read_bytes() == before


def test_a_run_that_there_is_not(demo: Demo) -> None:
    gone = call("runs", 99, "--db", demo.path)
    assert (gone.exit_code, gone.stderr) == (1, f"retold: no run 99 in {demo.path}; `retold runs` lists them\n")


def test_the_pages_show_the_stages(app: Any) -> None:
    listed, one = (asyncio.run(app.client.get(address)).text for address in ("/runs", "/run/1"))
    assert "Longest stages" in listed and '<span class="t">collect' in listed
    assert "What its stages took" in one and '<th scope="row">judge</th>' in one and "The database was" in one
