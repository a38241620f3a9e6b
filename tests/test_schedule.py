"""`retold schedule`: entries that cron, systemd and launchd take as they are, and the runs that they start."""

from __future__ import annotations

import json
import os
import plistlib
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.cli.whose import owner
from pipeline.schedules import EVERY, Job, nearest, suited
from pipeline.schedules.cron import cron, in_crontab, shell, times
from pipeline.schedules.launchd import launchd, turns
from pipeline.schedules.systemd import calendar, systemd
from pipeline.store.connect import lock
from tests.conftest import ROOT, Small, build, call, command
from tests.desk import html, item, prose, rss
from tests.server import Server, reply

ODD = 'it\'s 50% of a "b" $HOME \\n & <c>'  # a folder that shells, crontabs, units and XML would each act on
AWKWARD = st.text(st.sampled_from("a /.%$`'\"\\&<>;é#*~!(){}-="), min_size=1, max_size=20)
BARE = {"PATH": "/usr/bin:/bin"}


def job(**more: Any) -> Job:
    given = {
        "program": ("/opt/re told/bin/retold",), "pythonpath": "", "config": Path("/etc/retold.yaml"),
        "db": Path("/var/lib/retold/stories.db"), "every_s": 900, "max_seconds": 600, "log": None, "mail": None,
        "strict": False, "user": "news", "timeout": "/usr/bin/timeout",
    }  # fmt: skip
    return Job(**{**given, **more})


# -- how often


@pytest.mark.parametrize("every", EVERY)
def test_turns_are_as_far_apart_as_told_over_hours_and_days(every: int) -> None:
    minutes = sorted(
        t.get("Hour", hour) * 60 + t["Minute"]
        for t in turns(job(every_s=every))
        for hour in ([0] if "Hour" in t else range(24))
    )
    steps = {b - a for a, b in zip(minutes, [*minutes[1:], minutes[0] + 24 * 60], strict=True)}
    assert steps == {every // 60}


@pytest.mark.parametrize(
    ("every", "fields", "moments"),
    [(60, r"\*/1 \* \* \* \*", r"\*-\*-\* \*:00/1:00"), (900, r"\d+-59/15 \* \* \* \*", r"\*-\*-\* \*:\d\d/15:00"),
     (3600, r"\d+ \* \* \* \*", r"\*-\*-\* \*:\d\d:00"), (7200, r"\d+ \*/2 \* \* \*", r"\*-\*-\* 00/2:\d\d:00"),
     (86_400, r"\d+ 4 \* \* \*", r"\*-\*-\* 04:\d\d:00")],
)  # fmt: skip
def test_turns_as_crontabs_and_timers_have_them(every: int, fields: str, moments: str) -> None:
    assert re.fullmatch(fields, times(job(every_s=every))) and re.fullmatch(moments, calendar(job(every_s=every)))


@given(st.integers(60, 7 * 86_400))
def test_as_often_as_the_busiest_source_in_five_to_sixty_minutes(interval: int) -> None:
    assert 300 <= suited(interval) <= 3600 and suited(interval) <= max(interval, 300) and suited(interval) in EVERY
    assert all(e in EVERY for e in nearest(interval)) and nearest(interval)


@pytest.mark.parametrize(
    ("given", "said"), [("45m", "take 30m or 1h"), ("7m", "take 6m or 10m"), ("5x", "a span like")]
)
def test_what_no_clock_can_divide_is_refused(small: Small, given: str, said: str) -> None:
    done = call("schedule", "cron", "--every", given, "--config", small.config, "--db", small.path)
    assert done.exit_code == 2 and said in done.stderr


# -- quoting


@settings(max_examples=40)
@given(AWKWARD, AWKWARD)
@example(ODD, ODD)
def test_any_path_comes_out_of_each_entry_as_it_went_in(folder: str, name: str) -> None:
    odd = job(
        program=(f"/{folder}/retold", "-P"), db=Path(f"/{name}/s.db"), config=Path(f"/x/{folder}{name}"), mail="a@b.c"
    )
    wanted = list(odd.command)
    line = run_line(*cron(odd).values()).replace(r"\%", "\0")
    assert "%" not in line, "a bare one ends the command"
    [inner] = re.findall(r"^\S+ \S+ \S+ \S+ \S+ o=\$\((.*) 2>&1 </dev/null\); s=", line.replace("\0", "%"))
    assert shlex.split(inner)[4:] == wanted
    units = systemd(odd, own=False)
    [start] = re.findall(r"^ExecStart=(.*)", units["retold.service"], re.M)
    assert unquoted(start) == wanted
    [plist] = launchd(odd).values()
    assert plistlib.loads(plist.encode())["ProgramArguments"] == wanted


def run_line(text: str) -> str:
    """The line of a crontab that starts runs."""
    [line] = [line for line in text.splitlines() if " run --config " in line]
    return line


def unquoted(setting: str) -> list[str]:
    """The words of an ExecStart as systemd.service(5), "Command lines", reads them."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', setting)
    plain = [re.sub(r"\\(.)", r"\1", quoted) if quoted else bare for quoted, bare in words]
    first, *rest = [word.replace("%%", "%") for word in plain]
    return [first, *(word.replace("$$", "$") for word in rest)]


# -- what is in them


@pytest.fixture
def odd(tmp_path: Path) -> Small:
    """The small database in a folder that every syntax would act on."""
    folder = tmp_path / ODD
    folder.mkdir()
    return build(folder)


def entry(small: Small, kind: str, *more: str) -> dict[str, Any]:
    done = call("schedule", kind, "--config", small.config, "--db", small.path, "--json", *more)
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return json.loads(done.stdout)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
@pytest.mark.parametrize("more", [(), ("--user", "--every", "1h"), ("--mail", "me@x.org", "--strict")])
def test_systemd_finds_nothing_wrong_with_its_units(odd: Small, tmp_path: Path, more: Sequence[str]) -> None:
    units = tmp_path / "units"
    units.mkdir()
    done = call("schedule", "systemd", "--config", odd.config, "--db", odd.path, "--to", units, *more)
    assert done.exit_code == 0, done.output
    assert "systemctl --user" in done.stderr if "--user" in more else "systemctl daemon-reload" in done.stderr
    manager = ["--user"] if "--user" in more else []
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *manager, *map(str, units.iterdir())],
        capture_output=True, text=True, timeout=60, env={**BARE, "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    about = [line for line in found.stderr.splitlines() if "retold" in line]
    assert about == [], found.stderr
    service = (units / "retold.service").read_text()
    assert ("ProtectSystem=strict" in service) == ("--user" not in more)
    assert ("SuccessExitStatus=75\n" in service) == ("--strict" in more)
    assert ("OnFailure=retold-failed.service" in service) == ("--mail" in more)
    assert ("retold.timer retold-status.timer" in done.stderr) == ("--mail" in more)
    if "--mail" in more:
        look = (units / "retold-status.service").read_text()
        assert " status --quiet --db " in look and "SuccessExitStatus" not in look, "1 is what is to be told"
        assert "-u retold-status.service" in (units / "retold-status-failed.service").read_text()


def test_files_that_are_there_are_left_alone(small: Small, tmp_path: Path) -> None:
    args = ("schedule", "systemd", "--config", small.config, "--db", small.path, "--to", tmp_path)
    assert call(*args).exit_code == call(*args).exit_code == 0, "the same again is no change"
    done = call(*args, "--every", "5m")
    assert done.exit_code == 1 and "is there already; left as it is" in done.stderr
    assert "every 15m" not in (tmp_path / "retold.timer").read_text().replace("every 30m", "")


def test_what_is_to_be_minded_is_told_on_stderr(small: Small, tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    alerts = "alerts: {a: {words: ferry, webhook: 'http://127.0.0.1/', secret_env: HOOK}}\n"
    config.write_text(small.config.read_text("utf-8") + alerts, "utf-8")
    args = ("--config", config, "--every", "15m", "--db", tmp_path / "none" / "s.db")
    done = call("schedule", "cron", *args)
    assert "no such folder" in done.stderr and "alerts need HOOK" in done.stderr
    assert "http.max_seconds is 1500 s, not below 15m" in done.stderr and "--max-seconds 840" in done.stdout
    assert all(line.startswith("retold: warning: ") for line in done.stderr.splitlines())
    assert re.search(r"^# needs +HOOK", done.stdout, re.M)
    assert "EnvironmentFile=-/etc/retold.env" in call("schedule", "systemd", *args).stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [(("cron", "--user"), "--user is systemd's"), (("cron", "--as", "root"), "--as is for units"),
     (("systemd", "--as", "nobody-at-all"), "no user of this system"),
     (("systemd", "--user", "--as", "root"), "--as is for units"), (("systemd", "--log", "x"), "journal"),
     (("cron", "--mail", "a b; rm"), "plain mail address"), (("cron", "--name", "a b"), "a letter first"),
     (("upstart",), "'upstart' is not one of")],
)  # fmt: skip
def test_wrong_usage(small: Small, args: Sequence[str], said: str) -> None:
    done = call("schedule", *args, "--config", small.config, "--db", small.path)
    assert done.exit_code == 2 and said in done.stderr and done.stdout == ""


@pytest.mark.skipif(not shutil.which("logrotate"), reason="no logrotate here")
@pytest.mark.parametrize("folder", ["plain", ODD, "a*b?[c]{d}"])
def test_logrotate_takes_the_stanza_of_the_comments(tmp_path: Path, folder: str) -> None:
    log, config = tmp_path / folder / "stories.log", tmp_path / "logrotate.conf"
    log.parent.mkdir()
    log.write_text("said so\n", "utf-8")
    user, group = owner(log)
    [text] = cron(job(log=log, owner=user, group=group)).values()
    lines = [line.removeprefix("# ").strip() for line in text.splitlines()]
    first = next(n for n, line in enumerate(lines) if line.endswith('stories.log" {'))
    config.write_text("\n".join(lines[first : lines.index("}") + 1]) + "\n", "utf-8")
    done = subprocess.run(["logrotate", "-d", "-s", str(tmp_path / "state"), str(config)], capture_output=True,
                          text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0 and "error" not in done.stderr, done.stderr
    assert f"considering log {log}\n" in done.stderr and "weekly (8 rotations)" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_units_run_as_whom_the_database_belongs_to(tmp_path: Path) -> None:
    """Not as root, who had to call it: root's files in another's folder end each run of theirs, and of root's own."""
    theirs = tmp_path / "lib"
    theirs.mkdir()
    own = build(theirs)
    os.chown(theirs, 65534, 65534)  # nobody
    os.chown(own.path, 65534, 65534)
    nobody = owner(own.path)[0]
    args = ("systemd", "--config", own.config, "--db")
    for path in (own.path, theirs / "yet to come.db"):
        done = call("schedule", *args, path)
        assert f"\nUser={nobody}\n" in done.stdout and "as root" not in done.stderr
        assert f"the unit runs as {nobody}, whom {path} belongs to" in done.stderr
    named = call("schedule", *args, own.path, "--as", "root")
    assert "\nUser=root\n" in named.stdout and "a user of its own" in named.stderr
    assert f"belongs to {nobody}: root has no privileges there" in named.stderr
    assert f"(crontab -u {nobody} -e)" in call("schedule", "cron", *args[1:], own.path).stderr
    theirs.parent.chmod(0o700)
    assert f"{nobody} cannot get to {own.config}" in call("schedule", *args, own.path).stderr


def test_what_is_there_must_be_there_in_each_run(small: Small, tmp_path: Path) -> None:
    for kind in ("cron", "systemd", "launchd"):
        assert "--must-exist" in entry(small, kind)["command"]
        done = call("schedule", kind, "--config", small.config, "--db", tmp_path / "new.db")
        assert "must-exist" not in done.stdout and "run once and print this again" in done.stdout


def test_what_is_beside_runs_says_nothing_where_all_is_well(odd: Small) -> None:
    """And what is wrong where something is: that is the mail. A backup's line is ready, but for its folder."""
    text = "".join(entry(odd, "cron", "--mail", "me")["files"].values())
    status, doctor, backup = (
        next(
            line for line in text.splitlines() if f" {what} " in line and str(odd.path.name) in line and " * * " in line
        )
        for what in ("status --quiet", "doctor --config", "backup /ANOTHER/DISK/")
    )
    assert backup.startswith("# ") and not status.startswith("#") and not doctor.startswith("#")
    place = odd.path.parent / "kept"
    place.mkdir()
    backup = backup.removeprefix("# ").replace("/ANOTHER/DISK/", shlex.quote(str(place)).replace("%", r"\%"))
    assert (started(backup), len([*place.glob("*.gz")])) == ("", 1)
    assert started(doctor) == ""
    assert "problem run_overdue" in started(status)
    odd.path.write_bytes(b"")
    assert "is empty" in started(status) and "retold backup ended with 74\n" in started(backup)


def started(line: str) -> str:
    """What a line of a crontab prints, as cron runs it."""
    done = subprocess.run(["/bin/sh", "-c", line.split(" ", 5)[5].replace(r"\%", "%")], cwd="/", env=BARE,
                          capture_output=True, text=True, timeout=110)  # fmt: skip
    return done.stdout + done.stderr


# -- the command of a crontab, run


def cronned(found: dict[str, Any], **env: str) -> subprocess.CompletedProcess[str]:
    """As cron runs it: by /bin/sh, with next to nothing in the environment, no HOME and no terminal, from /."""
    line = run_line(*found["files"].values()).split(" ", 5)[5].replace(r"\%", "%")
    line = line.replace(" --config ", " --no-fetch --config ")
    return subprocess.run(["/bin/sh", "-c", line], cwd="/", env={**BARE, **env}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=110)  # fmt: skip


def test_a_crontabs_command_runs_says_nothing_and_keeps_a_log(odd: Small) -> None:
    done = cronned(entry(odd, "cron", "--mail", "me"), LC_ALL="C")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    log = odd.path.with_suffix(".log").read_text("utf-8")
    assert re.search(r"UTC \d{4}\nrun 3: 0 feeds, 0 new articles", log), log
    with closing(sqlite3.connect(odd.path)) as db:
        assert db.execute("SELECT state FROM runs ORDER BY id DESC LIMIT 1").fetchone() == ("done",)


@pytest.mark.slow
def test_another_run_is_no_failure_and_a_broken_configuration_is(odd: Small) -> None:
    found = entry(odd, "cron")
    with lock(odd.path):
        done = cronned(found)
    assert (done.returncode, done.stdout) == (0, "")
    log = odd.path.with_suffix(".log")
    assert "another run holds" in log.read_text("utf-8")
    odd.config.write_text("sources: {}\n", "utf-8")
    done = cronned(found)
    assert done.returncode == 2 and done.stdout.startswith("retold run ended with 2\nretold: "), done.stdout
    odd.path.write_bytes(b"")
    done = cronned(found)
    assert done.returncode == 74 and "is empty, 0 bytes" in done.stdout, "a lost database is not begun anew"
    shutil.rmtree(odd.path.parent)
    done = cronned(found)
    assert "ended with" in done.stdout and done.stderr, "a log that cannot be written is told, too"


def test_a_python_that_has_lost_the_package_is_told_though_it_ends_with_1(odd: Small, tmp_path: Path) -> None:
    lost = job(program=(sys.executable, "-I", "-m", "no_such_package"), db=odd.path, log=tmp_path / "l.log")
    done = subprocess.run(["/bin/sh", "-c", shell(lost)], env=BARE, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "No module named no_such_package" in done.stdout


@pytest.mark.parametrize(
    ("status", "strict", "told"),
    [
        (0, False, False),
        (1, False, False),
        (1, True, True),
        (75, True, False),
        (2, False, True),
        (70, False, True),
        (74, False, True),
        (124, False, True),
        (129, False, True),
    ],
)
def test_which_ends_are_told(tmp_path: Path, status: int, strict: bool, told: bool) -> None:
    fake = tmp_path / "retold"
    fake.write_text(f"#!/bin/sh\necho 'said so'\necho 'run 7: 2 feeds (1 failed); failed: x'\nexit {status}\n")
    fake.chmod(0o755)
    line = shell(job(program=(str(fake),), strict=strict, log=tmp_path / "l.log", timeout=""))
    done = subprocess.run(["/bin/sh", "-c", line], env=BARE, capture_output=True, text=True, timeout=60)
    assert bool(done.stdout) == told and (done.returncode == status) == (told or status == 0)
    assert "said so" in (tmp_path / "l.log").read_text()


def test_a_percent_sign_is_the_only_thing_that_a_crontab_changes() -> None:
    assert in_crontab("echo 5% \\% $x") == "echo 5\\% \\\\% $x"


# -- with nothing of a session


@pytest.mark.slow
@pytest.mark.parametrize("streams", ["</dev/null", "<&- >&- 2>&-", "<&-"])
def test_a_run_needs_no_home_no_locale_no_streams(tmp_path: Path, streams: str) -> None:
    """env -i, LC_ALL=C, umask 077, a working directory that cannot be written."""
    own = build(tmp_path)
    found = entry(own, "cron", "--no-log")
    line = shlex.join([*("env", *(f"{k}={v}" for k, v in found["environment"].items())), *found["command"]])
    done = subprocess.run(
        ["/bin/sh", "-c", f"umask 077; {line} --no-fetch {streams}"],
        cwd="/proc", env={"LC_ALL": "C"}, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    with closing(sqlite3.connect(own.path)) as db:
        assert db.execute("SELECT count(*), max(state) FROM runs").fetchone() == (3, "done")
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_closed_streams_are_no_error_and_no_place_to_write(tmp_path: Path) -> None:
    """Else the database would be opened under the number of stdout, and what is printed be written into it."""
    own = build(tmp_path)
    before = own.path.read_bytes()
    call_ = shlex.join([*command("stories", "--all", "--db", str(own.path))])
    done = subprocess.run(["/bin/sh", "-c", f"{call_} <&- >&- 2>&-"], cwd="/", env=BARE, timeout=60)
    assert done.returncode == 0 and own.path.read_bytes() == before


def test_names_in_other_letters_are_told_in_a_c_locale(tmp_path: Path) -> None:
    own = build(tmp_path)
    base = entry(own, "cron", "--no-log")
    start = [*base["command"][: base["command"].index("run")], "stories", "--all", "--db", str(own.path)]
    env = {"LC_ALL": "C", **base["environment"]}
    done = subprocess.run(start, cwd="/", env=env, capture_output=True, timeout=60)
    assert done.returncode == 0 and "Fähre" in done.stdout.decode("utf-8"), done.stderr
    assert os.environ.get("HOME") is None or b"HOME" not in done.stderr


@pytest.mark.slow
def test_a_run_that_fetches_needs_nothing_of_a_session_either(tmp_path: Path) -> None:
    """Feeds and pages from loopback, as nobody in particular: a user whom the system does not know has no home."""
    place = tmp_path / "w"
    place.mkdir()
    with Server() as server:
        server.on("/robots.txt", reply(404)).on("/1.xml", reply(200, rss(
            item("a", "http://courier.test/a", "Brücke gesperrt: “Größe” zählt"))))  # fmt: skip
        server.on("/a", reply(200, html("Brücke gesperrt: “Größe” zählt", prose(1)), "text/html"))
        script = (
            "import pwd, sys\n"
            "def unknown(uid): raise KeyError(uid)\n"
            f"pwd.getpwuid = unknown; sys.path.insert(0, {str(ROOT)!r})\n"
            "from pathlib import Path; from pipeline.run import run; from tests.desk import one_source\n"
            f"done = run(one_source(), Path({str(place / 's.db')!r}), routes={{'courier.test': {server.address!r}}})\n"
            "print(done.articles, done.failed_sources)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd="/proc", env={"LC_ALL": "C"}, stdin=subprocess.DEVNULL, umask=0o077,
            capture_output=True, text=True, timeout=110,
        )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 []\n", "")
    assert {p.stat().st_mode & 0o777 for p in place.iterdir()} == {0o600}


@pytest.mark.slow
def test_without_a_place_for_what_numba_compiles_it_compiles_all_the_same() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom numba.core import caching\n"
        "caching.CompileResultCacheImpl._locator_classes = []\nfrom pipeline import kernel_numba\nprint('made')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd="/", env={}, capture_output=True, text=True, timeout=110)
    assert (done.returncode, done.stdout) == (0, "made\n"), done.stderr
