"""The database's place, growth and look-ups, and runs as cron starts them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.reliability.killing import may_mount, mounted
from pipeline.config import Config
from pipeline.model import StoreError
from pipeline.run import run
from pipeline.store import articles as store_articles
from pipeline.store import connect, mounts
from pipeline.store.connect import open_write
from pipeline.tracing import trace
from tests.conftest import Small, build, call, command
from tests.desk import COURIER, Desk, cron, entry, item, one_source, prose, rss, sound
from tests.plans import scans
from tests.server import Server, reply


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stories.db"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        made.on("/robots.txt", reply(404))
        yield made


def feed(*numbers: int) -> bytes:
    """A feed of whole articles."""
    return reply(200, rss(*(item(str(n), f"http://courier.test/{n}", f"Report {n}", prose(n)) for n in numbers)))


# -- where it is

ROOT_MOUNT = "22 1 0:20 / / rw,relatime - ext4 /dev/sda1 rw\n"


@pytest.mark.case("F10")
@pytest.mark.parametrize(
    ("mounted", "kind"),
    [
        ("", ""),
        ("40 22 0:35 / {place} rw shared:7 master:1 - nfs4 server:/export rw\n", "nfs4"),
        ("40 22 0:35 / {place}/elsewhere rw - cifs //server/share rw\n", ""),
        ("40 22 0:35 / {place} rw - cifs //server/share rw\n41 40 8:2 / {place}/sub\\040dir rw - xfs /dev/b rw\n", ""),
        ("40 22 0:35 / {place} rw - xfs /dev/b rw\n41 22 0:36 / {place} rw - fuse.sshfs host:/ rw\n", "fuse.sshfs"),
    ],
)
def test_network_file_systems_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: str, kind: str
) -> None:
    place = tmp_path / "sub dir"
    place.mkdir()
    told = tmp_path / "mountinfo"
    told.write_text(ROOT_MOUNT + mounted.format(place=tmp_path), "utf-8")
    monkeypatch.setattr(mounts, "MOUNTS", told)
    assert mounts.network(place / "stories.db") == kind
    monkeypatch.setattr(mounts, "MOUNTS", tmp_path / "no proc here")
    assert mounts.network(place / "stories.db") == ""


@pytest.mark.case("F10")
def test_a_run_warns_of_a_network_file_system_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = build(tmp_path)
    told = tmp_path / "mountinfo"
    told.write_text(f"{ROOT_MOUNT}40 22 0:35 / {tmp_path.resolve()} rw - nfs4 server:/export rw\n", "utf-8")
    args = ("run", "--no-fetch", "--config", own.config, "--db", own.path)
    assert call(*args).stderr == "", "a local disk"
    monkeypatch.setattr(mounts, "MOUNTS", told)
    done = call(*args)
    assert (done.exit_code, done.stderr.count("\n")) == (0, 1)
    assert done.stderr.startswith("retold: warning: ") and "network file system (nfs4)" in done.stderr
    assert call(*args, "--quiet").output == ""


@pytest.mark.case("F10")
def test_where_no_shared_memory_can_be_made_a_run_says_so(path: Path) -> None:
    open_write(path).close()
    before = path.read_bytes()
    path.with_name(f"{path.name}-shm").mkdir()
    with pytest.raises(StoreError, match="database"):
        run(one_source(), path, fetch=False)
    assert path.read_bytes() == before


# -- as cron starts it


@pytest.mark.case("F9")
def test_a_database_whose_making_was_cut_off_is_finished(small: Small, path: Path) -> None:
    """Killed after the file was marked as ours and before its first tables."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA application_id = {connect.APPLICATION_ID}")
        db.execute("CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT)")
    assert call("stories", "--db", path).exit_code == 74
    done = call("run", "--no-fetch", "--config", small.config, "--db", path)
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert call("stories", "--db", path).exit_code == 0


@pytest.mark.case("F5")
def test_a_writer_that_does_not_let_go_is_told_as_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """75, in a line: cron's next run may well succeed."""
    monkeypatch.setattr(connect, "BUSY_MS", 100)
    own = build(tmp_path)
    args = ("run", "--no-fetch", "--config", own.config, "--db", own.path)
    with closing(sqlite3.connect(own.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = call(*args)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (75, "", 1)
    assert done.stderr.startswith("retold: ") and "another program keeps it busy" in done.stderr
    assert call(*args).exit_code == 0


@pytest.mark.case("F6")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_summary_that_cannot_be_written_is_an_error(small: Small) -> None:
    """What prints goes to a full disk, say cron's log: not 0, and no traceback."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("stories", "--db", str(small.path)), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert (done.returncode, done.stderr) == (74, "retold: [Errno 28] No space left on device\n")


@pytest.mark.case("F6")
@pytest.mark.skipif(not may_mount(), reason="may not mount a file system")
def test_without_room_for_temporary_files_nobody_is_asked(
    server: Server, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = path.parent / "tmp"
    place.mkdir()
    with mounted(place, 1000) as usable:
        if not usable:
            pytest.skip("may not mount a file system")
        monkeypatch.setattr("tempfile.tempdir", str(place))
        with pytest.raises(OSError, match="no room for temporary files"):
            cron(server, one_source(), path)
    assert server.hits == []
    with closing(open_write(path)) as db:
        assert tuple(db.execute("SELECT failures, last_code FROM feeds").fetchone()) == (0, None)


@pytest.mark.case("F17", "F18")
def test_a_run_leaves_the_database_and_nothing_else(
    server: Server, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No log files that would have to be rotated; nothing that others may read under cron's umask 077."""
    server.on("/1.xml", feed(1, 2))
    before = os.umask(0o077)
    try:
        cron(server, one_source(text_from="feed"), path)
    finally:
        os.umask(before)
    left = {p.name: p.stat().st_mode & 0o777 for p in path.parent.iterdir()}
    assert left == {"stories.db": 0o600, "stories.db.lock": 0o600}
    assert capfd.readouterr() == ("", "")


@pytest.mark.case("F18")
@pytest.mark.slow
def test_a_run_ends_at_its_deadline_and_the_next_one_goes_on(server: Server, path: Path) -> None:
    config = one_source(COURIER[:2], "feed")
    short = config.model_copy(update={"http": config.http.model_copy(update={"max_seconds": 1, "feed_timeout_s": 60})})
    over = threading.Event()

    def silent(_: object) -> bytes:
        over.wait(60)
        return b""

    server.on("/1.xml", feed(1, 2)).on("/2.xml", silent, feed(3))
    began = time.monotonic()
    first = cron(server, short, path)
    assert time.monotonic() - began < 30 and not over.is_set()
    over.set()
    assert (first.outcomes["feed"], first.articles) == ({"cancelled": 1, "ok": 1}, 2)
    assert first.failed_sources == [], "the source did nothing wrong"
    second = cron(server, config, path, 0.25)
    assert second.articles == 1
    check(path, config, 3)


def check(path: Path, config: Config, articles: int) -> None:
    with closing(open_write(path)) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == articles
        sound(db, config)


# -- as it grows


@pytest.mark.case("F15")
def test_what_a_run_does_to_new_articles_reads_no_table_whole(path: Path) -> None:
    """But counts, once a run, and what has a row a language or a level of the index."""
    desk = Desk(path, one_source())
    for n in range(6):
        desk.print(entry(str(n)), prose(n))
    desk.absorb()
    trace(desk.db)
    desk.next_run()

    def grow() -> None:
        desk.print(entry("new"), f"{prose(7)}\n{prose(3)}")
        desk.absorb()
        trace(desk.db)

    found = {line.split(" ← ")[0] for line in scans(desk.db, grow)}
    counted = {"SCAN articles USING COVERING INDEX articles_appeared", "SCAN stale_slots"}
    assert found <= counted | {"SCAN background", "SCAN l", "SCAN pruned"}
    desk.db.close()


@pytest.mark.case("F15")
def test_room_that_deletions_leave_is_used_again(tmp_path: Path) -> None:
    """No VACUUM is needed: what stays of deleted articles are their entries, so that they are not asked for again."""

    def pages_more(path: Path, deleting: bool) -> int:
        desk = Desk(path, one_source())
        pages = []
        for turn in range(4):
            for n in range(8):
                desk.print(entry(f"{turn}-{n}"), prose(100 * turn + n))
            desk.absorb()
            pages.append(int(str(desk.one("PRAGMA page_count"))))
            for (n,) in desk.rows("SELECT id FROM articles") if deleting else ():
                store_articles.delete_article(desk.db, int(str(n)), 3)
            desk.next_run()
        desk.db.close()
        return pages[-1] - pages[0]

    assert pages_more(tmp_path / "a.db", True) < pages_more(tmp_path / "b.db", False) / 2
