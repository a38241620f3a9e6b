"""The command line: how commands end, what they leave alone, and where they run."""

from __future__ import annotations

import fcntl
import json
import re
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cli import words
from pipeline.cli.options import exit_code
from pipeline.cli.running import Stopped, stoppable
from tests.conftest import ROOT, Retold, Small, build, call, command

# -- exit codes and errors


@pytest.mark.case("F7")
@pytest.mark.parametrize(
    ("args", "code"),
    [(("stories", "--limit", "0"), 2), (("stories", "--since", "soon"), 2), (("nonsense",), 2), (("story", "x"), 2),
     (("stories", "--db", "/nowhere/x.db"), 74), (("run", "--config", "/nowhere/config.yaml"), 2)],
)  # fmt: skip
def test_errors_are_one_line(args: tuple[str, ...], code: int) -> None:
    result = call(*args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith("retold: ") and result.stderr.count("\n") == 1


def test_bad_configuration_touches_nothing(small: Small, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("http: {delay_s: soon}\nsources: {}\n", "utf-8")
    db = tmp_path / "stories.db"
    for args in (("--config", config), ("--config", small.config, "--source", "nobody")):
        result = call("run", "--db", db, *args)
        assert result.exit_code == 2 and result.stderr.startswith("retold: "), result.output
    assert [p.name for p in tmp_path.iterdir()] == ["config.yaml"]


@pytest.mark.case("F7", "F8")
def test_foreign_database_is_left_alone(small: Small, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE precious (x)")
    db.commit()
    db.close()
    before = path.read_bytes()
    text = tmp_path / "text.db"
    text.write_text("not a database, only a rather long text that somebody wrote\n" * 40, "utf-8")
    for args in (("run", "--no-fetch", "--config", small.config), ("stories",)):
        for file in (path, text, tmp_path):
            result = call(*args, "--db", file)
            assert result.exit_code == 74 and result.stderr.startswith("retold: "), result.output
    assert path.read_bytes() == before


@pytest.mark.case("F2")
def test_second_run_is_locked_out(small: Small, tmp_path: Path) -> None:
    own = build(tmp_path)
    with own.path.with_name("stories.db.lock").open("a") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        result = call("run", "--no-fetch", "--config", own.config, "--db", own.path)
    assert result.exit_code == 75 and "another run holds" in result.stderr


def test_run_without_fetching(tmp_path: Path) -> None:
    own = build(tmp_path)
    result = call("run", "--no-fetch", "--config", own.config, "--db", own.path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"run 3: 0 feeds, 0 new articles, 0 edited, 0 stories changed, \d+\.\d s\n", result.stdout)
    assert call("run", "--no-fetch", "-q", "--config", own.config, "--db", own.path).output == ""
    done = json.loads(call("run", "--no-fetch", "--json", "--config", own.config, "--db", own.path).output)
    assert (done["run_id"], done["new_entries"], done["new_articles"], done["edited"]) == (5, 0, 0, 0)


@pytest.mark.case("F12", "F17")
def test_failed_sources_are_named(tmp_path: Path, retold: Retold) -> None:
    """A source inside the own network is refused by the guard, hence fails without asking anybody."""
    config = tmp_path / "config.yaml"
    config.write_text(
        "sources:\n  inside: {name: I, owner: I, country: GB, language: en, role: publisher, feeds: ['http://127.0.0.1/f']}\n",
        "utf-8",
    )
    db = str(tmp_path / "stories.db")
    done = retold("run", "--config", str(config), "--db", db)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("run 1: 1 feed (1 failed), 0 new") and done.stdout.endswith(
        "; failed: inside\naddress is not on the public internet; see retold sources --failing\n"
    )
    quiet = call("run", "--force", "-q", "--config", config, "--db", db)
    assert (quiet.exit_code, quiet.stdout) == (1, "") and "failed: inside" in quiet.stderr
    assert "not on the public internet" in call("sources", "--db", db, COLUMNS="150").stdout


def test_a_run_with_nothing_due_says_when(tmp_path: Path, retold: Retold) -> None:
    own = build(tmp_path)
    db = sqlite3.connect(own.path)
    db.execute("UPDATE feeds SET next_due = ?", [f"{datetime.now(UTC) + timedelta(minutes=35):%Y-%m-%dT%H:%M:%SZ}"])
    db.commit()
    db.close()
    done = retold("run", "--config", str(own.config), "--db", str(own.path))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"nothing due; the next feed is due in 3\d min; gone is switched off \(410 Gone\), asked again by --retry-gone",
        done.stdout.splitlines()[1],
    )


def test_a_missing_database_points_to_the_demos(tmp_path: Path, retold: Retold) -> None:
    assert "demo.db" not in retold("stories", cwd=tmp_path).stderr
    (tmp_path / "demo.db").touch()
    done = retold("stories", cwd=tmp_path)
    assert done.returncode == 74 and done.stderr.endswith("; demo.db is here: --db demo.db\n")


@pytest.mark.case("F11")
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_sigterm_and_sighup_outside_the_crawl_end_a_run(signum: signal.Signals) -> None:
    before = signal.getsignal(signum)
    with pytest.raises(Stopped) as caught, stoppable():
        signal.raise_signal(signum)
    assert exit_code(caught.value) == 128 + signum and exit_code(KeyboardInterrupt()) == 130
    assert signal.getsignal(signum) is before


@pytest.mark.case("F11")
def test_under_nohup_a_hangup_ends_nothing() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


# -- a broken installation


def broken(folder: Path, module: str, *args: object, **env: str) -> subprocess.CompletedProcess[str]:
    """`python -m pipeline ARGS` where importing a module fails, as where a library of the system's has gone."""
    (folder / f"{module}.py").write_text("raise ImportError('libgone.so.2: cannot open shared object file')\n", "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, args)], cwd=ROOT, env={"PYTHONPATH": str(folder), **env},
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("module", "args"), [("click", ("status",)), ("scrapy", ("run",)), ("rich", ("status",)), ("lxml", ("run",))]
)
def test_a_broken_installation_is_not_some_failed_sources(tmp_path: Path, module: str, args: tuple[str, ...]) -> None:
    """70 with its traceback: 1 is what schedulers tell nobody of."""
    own = build(tmp_path)
    more = ("--config", own.config) if args == ("run",) else ()
    done = broken(tmp_path, module, *args, "--db", own.path, *more)
    assert (done.returncode, done.stdout) == (words.FAULT, ""), done.stderr
    assert done.stderr.startswith("Traceback") and "libgone.so.2" in done.stderr


def test_what_is_broken_is_told_in_the_form_that_was_asked_for(tmp_path: Path) -> None:
    own, log, metrics = build(tmp_path), tmp_path / "run.log", tmp_path / "retold.prom"
    args = ("run", "--config", own.config, "--db", own.path, "--log-format", "json", "--metrics", metrics)
    for more in ((), ("--log-file", log)):
        done = broken(tmp_path, "scrapy", *args, *more)
        told = log.read_text("utf-8") if more else done.stderr
        rows = [json.loads(line) for line in told.splitlines()]
        assert done.returncode == 70 and "libgone.so.2" in rows[-1]["exc"] and rows[-1]["level"] == "error"
    assert "retold_run_exit_code 70\n" in metrics.read_text("utf-8")


def test_check(small: Small, tmp_path: Path) -> None:
    good = json.loads(call("check", "--config", small.config, "--json").output)
    assert (good["enabled"], good["feeds"], good["sitemaps"], good["errors"]) == (4, 4, 0, [])
    shown = call("check", "--config", small.config).output
    assert (
        "4 sources, 4 feeds, 0 sitemaps; recipe nfkc" in shown
        and good["recipe"][:20] in shown
        and good["recipe"] not in shown
    )
    bad = tmp_path / "bad.yaml"
    bad.write_text("htttp: {}\nsources: {x: {}}\n", "utf-8")
    plainly = call("check", "--config", bad)
    assert plainly.exit_code == 2 and plainly.stderr.startswith(f"retold: {bad}:1: htttp") and plainly.stdout == ""
    listed = call("check", "--config", bad, "--json")
    assert listed.exit_code == 2 and json.loads(listed.stdout)["errors"] == plainly.stderr[8:].splitlines()


def test_init(tmp_path: Path, retold: Retold) -> None:
    assert retold("init", cwd=tmp_path).returncode == 0
    assert (tmp_path / "config.yaml").read_text("utf-8") == (ROOT / "config.yaml").read_text("utf-8")
    (tmp_path / "config.yaml").write_text("mine", "utf-8")
    again = retold("init", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (1, "retold: config.yaml is there already; left as it is\n")
    assert (tmp_path / "config.yaml").read_text("utf-8") == "mine"


# -- where and how it runs


@pytest.mark.case("F17")
def test_empty_environment(small: Small, retold: Retold) -> None:
    done = retold("stories", "--db", str(small.path))
    assert done.returncode == 0 and done.stderr == "" and "Fähre Nordwind" in done.stdout


@pytest.mark.case("F17")
def test_poor_terminal(small: Small, retold: Retold) -> None:
    done = retold("stories", RETOLD_DB=str(small.path), PYTHONIOENCODING="ascii", COLUMNS="60")
    assert (done.returncode, done.stderr) == (0, "") and "F?hre" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()[:-1]) <= 60


@pytest.mark.parametrize("columns", ["30", "40", "60", "80", "200"])
def test_narrow_terminals_keep_ids_and_addresses(small: Small, retold: Retold, columns: str) -> None:
    told = retold("stories", "--all", RETOLD_DB=str(small.path), COLUMNS=columns).stdout.splitlines()
    assert told[0].split()[:2] == ["id", "newest"] and "headline" in told[0]
    assert all(re.match(r" ?\d+  (now|\d+ (min|h|d) ago|in \d+ \w+|\d{4}-\d\d-\d\d)  ", line) for line in told[1:-1])
    health = retold("sources", RETOLD_DB=str(small.path), COLUMNS=columns).stdout
    assert all(f"https://{key}.example/feed" in health for key in ("kueste", "courier", "spoof", "gone"))
    assert "…" not in health


@pytest.mark.case("F17")
def test_no_colour(small: Small, retold: Retold) -> None:
    coloured = retold("story", "1", "--db", str(small.path), FORCE_COLOR="1", TERM="xterm-256color").stdout
    assert "\x1b[" in coloured
    bare = retold("story", "1", "--db", str(small.path), FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="1").stdout
    assert not re.search(r"\x1b\[[0-9;]*3\d", bare)


@pytest.mark.case("F17")
@pytest.mark.parametrize("args", [("stories", "--all"), ("stories", "--json"), ("--help",)])
def test_broken_pipe_is_silent(small: Small, args: tuple[str, ...]) -> None:
    started = subprocess.Popen(
        command(*args), env={"RETOLD_DB": str(small.path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert started.stdout and started.stderr
    started.stdout.close()  # as `| head -0` does, long before anything is printed
    told = started.stderr.read()
    started.stderr.close()
    assert started.wait(60) in (0, 1) and told == b""


def test_now_is_aware() -> None:
    from pipeline.cli.options import now

    assert abs(now() - datetime.now(UTC)) < timedelta(minutes=1)
