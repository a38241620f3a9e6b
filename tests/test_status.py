"""`retold status`: what it finds, its exit code, and the metrics; over facts, over a database, beside a run."""

from __future__ import annotations

import fcntl
import json
import math
import re
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from pipeline.cli.status import _screen
from pipeline.exposition import Metric, Ran, _lines, exposition
from pipeline.feedhealth import State
from pipeline.findings import DAY, HOUR, Facts, Limits, findings
from pipeline.phrases import plain
from pipeline.store import health, state
from pipeline.store.connect import lock, open_read, stamp
from tests.conftest import NOW, ROOT, Demo, Small, build, call
from tests.plans import scans

ALL = re.findall(r"\b(?:problem|notice)\(\s*\"(\w+)\"|\"(feed_\w+)\"", "\n".join(
    (ROOT / "pipeline" / name).read_text("utf-8") for name in ("findings.py", "cli/status.py")))  # fmt: skip
CODES = {a or b for a, b in ALL} - {"feed_"}


def a_run(n: int, minutes: float, state: str = "done", seconds: float | None = 40) -> dict[str, Any]:
    """Run ``n``, begun so many minutes before NOW."""
    began = NOW - timedelta(minutes=minutes)
    ended = stamp(began + timedelta(seconds=seconds)) if seconds is not None and state != "running" else None
    counts = {"seconds": seconds, "fetches": {"feed": {"ok": 3}}, "new_articles": 2, "failed_sources": []}
    return {"id": n, "started": stamp(began), "finished": ended, "state": state, "duration_s": seconds,
            "counts": counts if ended else {}, "db_bytes": 1000}  # fmt: skip


RUNS = [a_run(9 - n, 5 + 15 * n) for n in range(9)]
STAGES = [{"stage": "collect", "n": 0, "after_s": 0, "wall_s": 31.5, "cpu_s": 2, "peak_mb": 90, "done": 1}]
FEED = {"source": "nos", "url": "https://nos.example/feed", "last_code": "ok", "failures": 0, "disabled": None,
        "last_ok": stamp(NOW - HOUR), "last_new": stamp(NOW - HOUR), "detail": "", "moved_to": None, "silence": None,
        "quiet_s": None, "longest_s": None, "read": 20, "usual": 20, "state": State.FINE}  # fmt: skip
FINE = Facts(
    at=NOW, locked=False, runs=RUNS, stages=STAGES, feeds=[FEED] * 5, articles=400, articles_ever=450, runs_ever=9,
    new_articles=30, lag_s=1200, queue=dict.fromkeys(("pages", "sign", "group", "cite", "trace", "list"), 0), alerts={},
    alerts_dead_lately=0, alert_waiting_since=None, db_bytes=5_000_000, wal_bytes=0, free_bytes=50_000_000_000,
    disk_bytes=10**11, growth=2e6, network="", recipe="r",
)  # fmt: skip


LIMITS = Limits()


def feed(code: str = "ok", **more: Any) -> dict[str, Any]:
    failing = {} if code == "ok" else {"failures": 4, "state": State.FAILING}
    return {**FEED, "last_code": code, **failing, **more}


def found(limits: Limits = LIMITS, /, **facts: Any) -> list[str]:
    return [f"{f.severity} {f.code}" for f in findings(replace(FINE, **facts), limits)]


def test_where_all_is_well_there_is_nothing_to_say() -> None:
    assert found() == []
    assert FINE.every == timedelta(minutes=15)


LATE = [a_run(9 - n, 50 + 15 * n) for n in range(9)]
OLD = stamp(NOW - 2 * DAY)
CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({"runs": []}, ["problem no_run"]),
    ({"runs": LATE}, ["problem run_overdue"]),
    ({"runs": [a_run(2, 23 * 60), a_run(1, 47 * 60)]}, []),  # of two runs no rhythm is known
    ({"runs": [a_run(2, 25 * 60), a_run(1, 49 * 60)]}, ["problem run_overdue"]),
    ({"runs": [a_run(10, 40, "running", None), *LATE], "locked": True}, []),  # it is under way: no run is missing
    ({"runs": [a_run(10, 70, "running", None), *LATE], "locked": True}, ["problem run_stuck"]),
    ({"runs": [a_run(10, 70, "running", None), *[a_run(9, 99, "done", 900), *LATE]], "locked": True}, []),
    ({"runs": [a_run(10, 2, "running", None), *RUNS]}, ["notice run_killed"]),  # nobody holds the lock
    ({"runs": [a_run(10, 2, "interrupted"), *RUNS]}, ["notice run_killed"]),
    ({"runs": [a_run(10 - n, 2 + n, "interrupted", None) for n in range(3)] + RUNS}, ["problem runs_killed"]),
    ({"runs": [a_run(10, 2, "failed"), *RUNS]}, ["problem run_failed"]),
    ({"runs": [a_run(10, 2), a_run(9, 5, "failed"), *RUNS[1:]]}, []),
    ({"runs": [a_run(10, -90), *RUNS]}, ["problem clock_wrong"]),
    ({"feeds": [feed("timeout"), *[FEED] * 5]}, ["notice feed_failing"]),
    ({"feeds": [feed("timeout", last_ok=OLD), *[FEED] * 5]}, ["problem feed_failing"]),
    ({"feeds": [feed("dns", last_ok=None), *[FEED] * 5]}, ["problem feed_failing"]),
    ({"feeds": [feed("not_a_feed", last_ok=OLD), *[FEED] * 5]}, ["problem feed_no_feed"]),
    ({"feeds": [feed("gone", disabled=OLD, state=State.OFF)]}, ["problem feed_off"]),
    ({"feeds": [feed("opted_out", failures=0, state=State.OFF)]}, ["notice feed_left_out"]),
    ({"feeds": [feed(state=State.SILENT, silence="no_news", quiet_s=300_000)]}, ["problem feed_silent"]),
    ({"feeds": [feed(state=State.SILENT, silence="empty", read=0)]}, ["problem feed_empty"]),
    ({"feeds": [feed(state=State.SILENT, silence="fewer", read=3)]}, ["notice feed_fewer"]),
    ({"feeds": [feed(state=State.MOVED, moved_to="https://nos.example/new")]}, ["notice feed_moved"]),
    ({"feeds": [feed("dns", last_ok=OLD)] * 3 + [FEED] * 2}, ["problem feeds_down", *["notice feed_failing"] * 3]),
    ({"lag_s": 8 * 3600}, ["problem articles_late"]),
    ({"lag_s": 8 * 3600, "runs": [a_run(9 - n, 5 + 1440 * n) for n in range(9)]}, []),  # a run a day sees no sooner
    ({"queue": {**FINE.queue, "sign": 3}}, ["notice work_left"]),
    ({"queue": {**FINE.queue, "sign": 3}, "locked": True}, []),
    ({"queue": {**FINE.queue, "pages": 20_000}}, ["notice pages_waiting"]),
    ({"alerts_dead_lately": 1}, ["problem alerts_dead"]),
    ({"alerts": {"waiting": 1}, "alert_waiting_since": NOW - DAY}, ["notice alerts_waiting"]),
    ({"free_bytes": 900_000_000}, ["problem disk_low"]),
    ({"free_bytes": 2_000_000_000, "growth": 4e8}, ["problem disk_full_soon"]),
    ({"wal_bytes": 400_000_000}, ["notice wal_large"]),
    ({"network": "nfs4"}, ["notice network_disk"]),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "codes"), CASES)
def test_what_is_found(facts: dict[str, Any], codes: list[str]) -> None:
    assert found(**facts) == codes


def test_limits_are_given() -> None:
    assert found(Limits(max_age=timedelta(minutes=4))) == ["problem run_overdue"]
    assert found(Limits(max_age=HOUR), runs=LATE) == []
    assert found(Limits(max_failing=HOUR / 2), feeds=[feed("timeout"), FEED, FEED]) == ["problem feed_failing"]
    assert found(Limits(min_free=10**11)) == ["problem disk_low"]


def test_every_code_is_documented_and_found_by_a_case() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert {c for c in CODES if f"`{c}`" not in text} == set()
    cases = {code.split()[1] for _, codes in CASES for code in codes}
    assert CODES - cases == {"config_error", "config_warning", "config_changed", "recipe_changed"}  # see below


# -- over a database


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The small database, nothing left to do, with runs each quarter of an hour up to now."""
    small = build(tmp_path_factory.mktemp("lively"))
    now = datetime.now(UTC)
    with closing(sqlite3.connect(small.path)) as db, db:
        for n in range(8, 0, -1):
            began = now - timedelta(minutes=15 * n - 10)
            db.execute("INSERT INTO runs (started, finished, state, recipe, counts) VALUES (?,?,'done','r','{}')",
                       (stamp(began), stamp(began + timedelta(seconds=9))))  # fmt: skip
        for waiting in ("uncited", "untraced", "unlisted", "stale_days"):
            db.execute(f"DELETE FROM {waiting}")
        db.execute("UPDATE feeds SET last_ok = ?, last_new = ? WHERE last_ok IS NOT NULL", [stamp(now)] * 2)
    return small


@pytest.fixture
def own(lively: Small, tmp_path: Path) -> Small:
    """A copy of it."""
    shutil.copy(lively.path, tmp_path / "stories.db")
    return replace(lively, path=tmp_path / "stories.db")


def codes(small: Small, *args: object) -> set[str]:
    shown = json.loads(call("status", "--db", small.path, "--min-free", "1MB", "--json", *args).stdout)
    return {f["code"] for f in shown["findings"]}


def test_one_screen_and_an_exit_code(own: Small) -> None:
    said = call("status", "--db", own.path, "--min-free", "1MB")
    assert said.exit_code == 1 and "last run: 10, done" in said.stdout and "runs come every 15 min" in said.stdout
    assert "feeds: 4, 3 fine, 1 switched off" in said.stdout and "articles: 8, " in said.stdout
    assert "problem feed_off: gone: switched off: it said 410 Gone" in said.stdout
    assert said.stdout.endswith("1 problem\n") and said.stderr == ""
    fine = call("status", "--db", own.path, "--min-free", "1MB", "--ignore", "feed_off:gone")
    assert fine.exit_code == 0 and fine.stdout.endswith("all fine\n")
    assert codes(own, "--ignore", "feed_off:courier") == {"feed_off"} and codes(own, "--ignore", "feed_off") == set()


def test_many_of_one_kind_are_folded_and_help_is_said_once() -> None:
    down = [feed("timeout", source=f"s{n:02}", last_ok=stamp(NOW - HOUR)) for n in range(46)]
    facts = replace(FINE, feeds=down)
    told = [line for line, _ in _screen(facts, findings(facts, LIMITS))][5:]
    assert len(told) == 7 and sum("retold sources --failing" in line for line in told) == 2, told
    assert told[-2] == "notice feed_failing: 43 more (retold sources --failing)" and told[-1] == "1 problem, 46 notices"
    facts = replace(FINE, feeds=[feed("timeout", source=f"s{n}") for n in range(2)] + [FEED] * 8)
    facts.feeds.insert(1, feed("not_a_feed"))  # type: ignore[attr-defined]
    told = [line for line, _ in _screen(facts, findings(facts, LIMITS))]
    assert [line.strip() for line in told].count("retold sources --failing") == 2, "once a kind"


def test_quiet_is_for_mail_from_cron(own: Small) -> None:
    loud = call("status", "--db", own.path, "--min-free", "1MB", "--quiet")
    assert loud.exit_code == 1 and loud.stdout.splitlines()[0].startswith("problem feed_off: gone")
    still = call("status", "--db", own.path, "--min-free", "1MB", "--quiet", "--ignore", "feed_off")
    assert (still.exit_code, still.output) == (0, "")


def test_a_run_that_is_late_and_a_run_under_way(own: Small) -> None:
    assert "run_overdue" in codes(own, "--max-age", "4m") and "run_overdue" not in codes(own, "--max-age", "2h")
    with closing(sqlite3.connect(own.path)) as db, db:
        db.execute("INSERT INTO runs (started, state, recipe) VALUES (?,'running','r')", [stamp(datetime.now(UTC))])
    assert "run_killed" in codes(own)
    with lock(own.path):
        assert "run_killed" not in codes(own)
        assert "run 11 under way for" in call("status", "--db", own.path).stdout
        assert state.held(own.path)
    assert not state.held(own.path)


def test_a_run_may_begin_while_somebody_asks_whether_one_is_under_way(
    own: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lock(own.path):
        assert state.held(own.path)
    with Path(f"{own.path}.lock").open() as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        monkeypatch.setattr(time, "sleep", lambda _: fcntl.flock(asking, fcntl.LOCK_UN))
        with lock(own.path):
            assert state.held(own.path)


def test_it_agrees_with_the_sources(demo: Demo) -> None:
    shown = json.loads(call("status", "--db", demo.path, "--json").stdout)
    ill = {r["url"] for r in json.loads(call("sources", "--failing", "--silent", "--db", demo.path, "--json").stdout)}
    assert {f["url"] for f in shown["findings"] if f["url"]} == ill and len(ill) == 3
    with closing(open_read(demo.path)) as db:
        states = [f["state"] for f in health.feeds(db)]
    assert shown["feeds"] == {s.value: states.count(s) for s in State}


def test_a_configuration_is_looked_over(own: Small, tmp_path: Path) -> None:
    assert codes(own, "--config", own.config) == {"feed_off", "config_warning"}
    other = tmp_path / "other.yaml"
    other.write_text(own.config.read_text("utf-8").replace("courier.example/feed", "courier.example/rss")
                     + "signatures: {seed: 7}\n", "utf-8")  # fmt: skip
    assert {"config_changed", "recipe_changed"} <= codes(own, "--config", other)
    other.write_text("sources: 7\nhttp: 8\n", "utf-8")
    assert "config_error" in codes(own, "--config", other)
    assert "config_error" in codes(own, "--config", tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "args", [("--max-age", "soon"), ("--max-lag", "2026-11-20"), ("--min-free", "12"), ("--min-free", "1XB")]
)
def test_a_limit_that_is_none_is_refused(small: Small, args: tuple[str, ...]) -> None:
    said = call("status", "--db", small.path, *args)
    assert said.exit_code == 2 and "such as" in said.stderr


def test_it_reads_by_index_writes_nothing_and_needs_no_right_to(own: Small) -> None:
    with closing(open_read(own.path)) as db:
        (waiting,) = scans(db, lambda: state.facts(db, own.path, NOW))
        assert waiting.startswith("SCAN entries USING INDEX entries_waiting"), "which holds no more than what waits"
    before = own.path.read_bytes()
    for name in own.path.parent.glob("stories.db-*"):
        name.unlink()
    own.path.parent.chmod(0o555)
    try:
        assert "last run: 10, done" in call("status", "--db", own.path).stdout
    finally:
        own.path.parent.chmod(0o755)
    assert own.path.read_bytes() == before


# -- metrics


def parsed(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Sample name → labels → value, by Prometheus' own parser."""
    families = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation and family.type in ("gauge", "counter"), family.name
        assert (family.type == "counter") == all(s.name.endswith("_total") for s in family.samples), family.name
        for sample in family.samples:
            families.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return families


def test_metrics_are_what_prometheus_reads(demo: Demo, tmp_path: Path) -> None:
    target = tmp_path / "retold.prom"
    said = call("status", "--db", demo.path, "--prometheus", target)
    assert (said.exit_code, said.output) == (1, "") and stat.S_IMODE(target.stat().st_mode) == 0o644
    found = parsed(target.read_text("utf-8"))
    assert found["retold_up"] == {(): 1} and found["retold_last_run_success"] == {(): 1}
    assert sum(found["retold_feeds"].values()) == 25 and found["retold_feeds"][(("state", "failing"),)] == 2
    assert found["retold_articles"] == {(): 191} == found["retold_articles_total"]
    assert found["retold_run_stage_seconds"][(("stage", "collect"),)] > 0
    problems = sum(n for labels, n in found["retold_findings"].items() if dict(labels)["severity"] == "problem")
    assert found["retold_problems"] == {(): problems}
    assert {dict(k)["source"] for k in found["retold_feed_trouble"]} == {"altlandbote", "langsam", "neonblick"}
    assert call("status", "--db", demo.path, "--prometheus", "-").stdout.startswith("# HELP retold_up ")
    assert [p.name for p in tmp_path.iterdir()] == ["retold.prom"]


def test_metrics_say_that_the_database_cannot_be_read(tmp_path: Path) -> None:
    target = tmp_path / "retold.prom"
    said = call("status", "--db", tmp_path / "none.db", "--prometheus", target)
    assert said.exit_code == 74 and parsed(target.read_text("utf-8"))["retold_up"] == {(): 0}


@given(st.text(max_size=40), st.floats(allow_nan=False, allow_infinity=False))
def test_no_label_breaks_out_of_its_quotes(text: str, value: float) -> None:
    metric = Metric("retold_x", "gauge", f'what\n"it" \\ {plain(text)}', [({"source": text, "url": "u"}, value)])
    ((labels, read),) = parsed("".join(_lines(metric)))["retold_x"].items()
    assert dict(labels) == {"source": plain(text), "url": "u"} and math.isclose(read, value)


def test_strangers_names_are_labels_alone() -> None:
    evil = feed("timeout", source='a"} 1\nretold_up 0', url="http://x/\\", last_ok=OLD)
    text = exposition(replace(FINE, feeds=[evil]), findings(replace(FINE, feeds=[evil]), Limits()), "1", Ran(1, NOW))
    found = parsed(text)
    assert found["retold_up"] == {(): 1} and found["retold_run_exit_code"] == {(): 1}
    ((labels, _),) = found["retold_feed_trouble"].items()
    assert dict(labels)["source"] == 'a"} 1 retold_up 0' and dict(labels)["url"] == "http://x/\\"
