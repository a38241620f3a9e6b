"""Logs as JSON lines and in files, marked with their run; and the metrics that a run leaves, however it ends."""

from __future__ import annotations

import json
import logging
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import run as running
from pipeline.cli.logs import JsonLines, Logs, logged, marked
from pipeline.cli.output import console
from pipeline.config import loads
from pipeline.run import run
from pipeline.runlog import at_run
from pipeline.store.connect import lock, open_read
from tests.conftest import CONFIG, MARKS, Small, build, call
from tests.server import Server, page, reply, rss
from tests.test_status import parsed


def rows(text: str) -> list[dict[str, Any]]:
    """The records of a log, each a line."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return build(tmp_path_factory.mktemp("logs"))


@pytest.fixture
def hooks() -> Iterator[None]:
    """What a process that ends badly leaves set."""
    before = sys.excepthook, warnings.showwarning
    yield
    sys.excepthook, warnings.showwarning = before


def no_fetch(base: Small, *args: object) -> Any:
    return call("run", "--no-fetch", "--db", base.path, "--config", base.config, *args)


def test_stderr_is_json_and_nothing_else(base: Small) -> None:
    done = no_fetch(base, "--log-format", "json")
    found = rows(done.stderr)
    assert done.exit_code == 0 and done.stdout.startswith("run ")
    number = int(done.stdout.split()[1].rstrip(":"))
    assert [r["message"] for r in found] == [f"run {number} begins", found[-1]["message"]]
    assert found[-1]["message"].startswith(f"run {number} done after ") and found[-1]["counts"]["signed"] == 0
    for row in found:
        assert (row["run"], row["level"], row["logger"]) == (number, "info", "retold.run")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["ts"])
        assert abs((datetime.now(UTC) - datetime.fromisoformat(row["ts"])).total_seconds()) < 60
    assert no_fetch(base, "--log-format", "json", "--quiet").output == ""


def test_a_file_takes_what_stderr_is_spared(base: Small, tmp_path: Path) -> None:
    log = tmp_path / "retold.log"
    for form in (("--log-format", "json"), ("--log-format", "json"), ()):
        assert no_fetch(base, "--quiet", "--log-file", log, *form).output == ""
    *first, begin, end = log.read_text("utf-8").splitlines()
    runs = [row["run"] for row in rows("\n".join(first))]
    assert runs == [runs[0], runs[0], runs[0] + 1, runs[0] + 1]
    assert f"INFO retold.run: run {runs[0] + 2}: run {runs[0] + 2} begins" in begin and " done after " in end
    gone = no_fetch(base, "--log-file", tmp_path / "none" / "x.log")
    assert (gone.exit_code, gone.stderr) == (74, f"retold: {tmp_path}/none/x.log: No such file or directory\n")


def test_the_environment_says_it_for_every_long_command(base: Small, tmp_path: Path) -> None:
    log = tmp_path / "retold.log"
    at = ("--db", base.path, "--config", base.config)
    assert call("rebuild", *at, RETOLD_LOG_FORMAT="json", RETOLD_LOG_FILE=str(log)).exit_code == 0
    assert rows(log.read_text("utf-8"))[0]["message"].endswith(" begins")
    wrong = call("rebuild", *at, RETOLD_LOG_FORMAT="xml")
    assert (wrong.exit_code, "neither text nor json" in wrong.stderr) == (2, True)


@pytest.mark.usefixtures("hooks")
def test_what_ends_a_run_is_in_its_log_and_its_metrics(
    base: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log, metrics = tmp_path / "log", tmp_path / "retold.prom"
    assert no_fetch(base, "--metrics", metrics).exit_code == 0
    assert parsed(metrics.read_text("utf-8"))["retold_run_exit_code"] == {(): 0}
    with lock(base.path):
        held = no_fetch(base, "--log-format", "json", "--metrics", metrics)
        no_fetch(base, "--log-format", "json", "--log-file", log)
    (row,) = rows(held.stderr)
    assert held.exit_code == 75 and row["level"] == "error" and row["message"].startswith("another run holds ")
    assert rows(log.read_text("utf-8"))[0]["message"] == row["message"]
    assert parsed(metrics.read_text("utf-8"))["retold_run_exit_code"] == {(): 75}

    def broken(*_: object, **__: object) -> None:
        warnings.warn("old\nthing", stacklevel=1)
        raise KeyError("x\nERROR forged \x1b[31m")

    monkeypatch.setattr(running, "absorb", broken)
    failed = no_fetch(base, "--log-format", "json", "--metrics", metrics)
    assert isinstance(failed.exception, KeyError)
    sys.excepthook(KeyError, failed.exception, failed.exception.__traceback__)  # as Python calls it when it ends
    warned, fault = rows(failed.stderr)[1], rows(capsys.readouterr().err)[-1]
    assert (warned["level"], warned["message"]) == ("warning", "UserWarning: old\nthing") and warned["run"]
    assert fault["level"] == "error" and "in broken" in fault["exc"] and "forged" in fault["message"]
    found = parsed(metrics.read_text("utf-8"))
    assert found["retold_last_run_success"] == {(): 0} and found["retold_run_exit_code"] == {(): 70}
    assert found["retold_findings"][(("code", "run_failed"), ("severity", "problem"))] == 1
    assert call("run", "--metrics", tmp_path / "no" / "x", "--config", base.config).exit_code == 2


@given(st.text(), st.text())
def test_no_text_leaves_its_line(message: str, url: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (message,), None)
    record.url = url
    with at_run(7):
        marked(record)
    line = JsonLines().format(record)
    assert len(line.splitlines()) == 1 and not MARKS.search(line)
    read = json.loads(line)
    assert (read["message"], read["url"], read["run"]) == (message, url, 7)


def test_an_answer_that_failed_is_logged_with_its_source(tmp_path: Path) -> None:
    """By a real crawl: the feed is fine, one page is not there; nothing of Twisted's is printed."""
    log, path = tmp_path / "log", tmp_path / "stories.db"
    with Server() as server:
        server.on("/robots.txt", reply(404)).on(
            "/feed", reply(200, rss("http://courier.example/a", "http://courier.example/b"))
        )
        server.on("/a", reply(200, page(), "text/html"))
        config = loads(CONFIG.replace("https://courier.example/feed", "http://courier.example/feed"), "c")
        config = config.model_copy(update={"http": config.http.model_copy(update={"delay_s": 0, "workers": 1})})
        with logged(console(stderr=True), True, 0, Logs("json", log)):
            run(config, path, only=["courier"], routes={"courier.example": server.address})
    (row,) = [r for r in rows(log.read_text("utf-8")) if r["logger"] == "retold.spiders"]
    assert row["message"] == "page http://courier.example/b: not_found HTTP 404"
    expected = {"run": 1, "stage": "collect", "source": "courier", "url": "http://courier.example/b", "kind": "page",
                "code": "not_found", "detail": "HTTP 404", "level": "info"}  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    with closing(open_read(path)) as db:
        stages = [r["stage"] for r in db.execute("SELECT stage FROM run_stages ORDER BY n LIMIT 2")]
    assert stages == ["collect", "weigh"]


def test_twisted_logs_as_others_do(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    from twisted.logger import Logger

    from spiders import loop

    loop.started()
    Logger("web").critical("lost {what}", what="a\nbody")
    (record,) = [r for r in caplog.records if r.name == "twisted"]
    assert record.getMessage() == "lost a\nbody" and capfd.readouterr().err == ""
