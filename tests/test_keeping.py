"""Backups are whole or not there; what they are restored over is there until they are."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.model import StoreError
from pipeline.newfile import replacing
from pipeline.store import copying, restoring, runs
from pipeline.store.connect import lock, open_write, reading, transaction
from tests.conftest import ROOT, Small, build, call, command
from tests.desk import Desk, entry, killed_at, one_source, prose
from tests.making import opened


@pytest.fixture
def path(small: Small, tmp_path: Path) -> Path:
    """A database of one's own."""
    shutil.copy(small.path, tmp_path / "stories.db")
    return tmp_path / "stories.db"


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [line for line in db.iterdump() if "articles_fts" not in line]


def names(folder: Path) -> list[str]:
    """What is in a folder, but what a reader leaves beside a database: an empty log."""
    empty = [p.name for p in folder.glob("*-wal") if not p.stat().st_size]
    left = {*empty, *(n.replace("-wal", "-shm") for n in empty)}
    return sorted(p.name for p in folder.iterdir() if p.name not in left)


# -- backup


def test_a_backup_is_the_database_and_nobody_elses(path: Path, tmp_path: Path) -> None:
    said = json.loads(call("backup", tmp_path / "kept.db", "--db", path, "--json").stdout)
    kept = tmp_path / "kept.db"
    assert dump(kept) == dump(path) and said["rows"]["articles"] == 8
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert call("backup", tmp_path / "kept.db.gz", "--db", path).exit_code == 0
    assert gzip.decompress((tmp_path / "kept.db.gz").read_bytes()) == kept.read_bytes()
    assert not [n for n in names(tmp_path) if n.endswith((".part", "kept.db-wal", "kept.db-shm"))]


def test_the_newest_are_kept(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    old = [folder / f"stories-2026110{n}T030000Z.db{'.gz' * (n % 2)}" for n in range(1, 5)]
    others = [folder / "stories-last-good.db", folder / "other-20261101T030000Z.db"]
    for file in old + others:
        file.write_bytes(b"")
    call("backup", "--keep", 3, "--db", path)
    left = names(folder)
    assert [p.exists() for p in old] == [False, False, True, True] and all(p.exists() for p in others)
    assert (
        len(left) == 5 and copying.proved(folder / max(n for n in left if n.startswith("stories-2"))).rows["runs"] == 2
    )


def test_a_slash_at_the_end_is_a_folder_that_is_made(path: Path, tmp_path: Path) -> None:
    for n in range(2):
        done = call("backup", f"{tmp_path}/new/deep/", "--db", path)
        assert done.exit_code == 0, done.output
        assert len(list((tmp_path / "new/deep").glob("stories-2*Z.db"))) in (1, n + 1)
    assert call("backup", f"{path}/", "--db", path).exit_code == 2


@pytest.mark.parametrize("name", ["notes.txt", "stories.db", "stories.db-wal", "stories.db.lock"])
def test_nothing_else_is_overwritten(path: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with closing(open_write(path)):
        before = {n: (tmp_path / n).read_bytes() for n in names(tmp_path) if not n.endswith("-shm")}
        assert call("backup", tmp_path / name, "--db", path).exit_code == 74
        assert {n: (tmp_path / n).read_bytes() for n in before} == before


def test_a_copy_is_one_moment_of_a_database_that_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "stories.db"
    db = opened(path)
    monkeypatch.setattr(copying, "PAGES", 3)
    written = []

    def meanwhile(done: int, total: int) -> None:
        n = len(written)
        with transaction(db):
            db.execute("INSERT INTO runs (started, state, recipe) VALUES (?, 'done', 'r')", [str(n)])
            db.execute("INSERT INTO families VALUES (?, ?)", [str(n), "x" * 3000])
        written.append((done, total))

    found = copying.copied(path, tmp_path / "kept.db", tell=meanwhile)
    assert len(written) > 20 and written[-1][0] == written[-1][1]
    assert (found.rows["runs"], found.rows["families"]) == (0, 0), "what came after the moment is not in it"
    assert db.execute("SELECT count(*) FROM runs").fetchone()[0] == len(written), "the writer waited for nobody"
    db.close()


@pytest.mark.case("F6")
def test_a_full_disk_leaves_nothing(path: Path, tmp_path: Path) -> None:
    script = f"""
import resource, signal, sys
sys.path.insert(0, {str(ROOT)!r})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from pipeline.cli import main
main(["backup", {str(tmp_path / "kept.db")!r}, "--db", {str(path)!r}], prog_name="retold")
"""
    before = names(tmp_path)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 74 and done.stderr.startswith("retold: "), done.stderr
    assert names(tmp_path) == before


def test_no_room_is_seen_before_anything_is_written(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "SPARE", 1 << 60)
    done = call("backup", tmp_path / "kept.db", "--db", path)
    assert done.exit_code == 74 and "nothing was done" in done.stderr and not (tmp_path / "kept.db").exists()


def test_a_damaged_database_gives_no_backup(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        root, size = db.execute("SELECT rootpage, (SELECT * FROM pragma_page_size) FROM sqlite_master"
                                " WHERE name = 'entries_key'").fetchone()  # fmt: skip
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    done = call("backup", tmp_path / "kept.db", "--db", path)
    assert done.exit_code == 74 and not (tmp_path / "kept.db").exists(), done.stderr


@pytest.mark.case("F4")
def test_killed_while_it_copies_leaves_no_half_file(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "PAGES", 50)
    whole, target = dump(path), tmp_path / "kept.db"
    target.write_bytes(b"")
    killed = [killed_at(n, lambda: copying.copied(path, target)) for n in (70, 135, 150)]
    assert any(killed) and target.stat().st_size in (0, path.stat().st_size)
    copying.copied(path, target)
    assert dump(target) == whole and not [n for n in names(tmp_path) if ".part" in n]


# -- restore


def grown(path: Path) -> None:
    """Let one more run be in the database."""
    with closing(open_write(path)) as db:
        db.execute("INSERT INTO runs (started, state, recipe) VALUES ('2030-01-01T00:00:00Z', 'done', 'r')")


@pytest.mark.parametrize("name", ["kept.db", "kept.db.gz"])
def test_a_backup_comes_back(path: Path, tmp_path: Path, name: str) -> None:
    before = dump(path)
    path.chmod(0o640)
    call("backup", tmp_path / name, "--db", path)
    grown(path)
    assert call("restore", tmp_path / name, "--db", path).exit_code == 1, "nobody said yes"
    assert dump(path) != before
    done = call("restore", tmp_path / name, "--db", path, "--yes")
    assert done.output == f"{path}: 8 articles, 3 stories; retold run goes on from there\n"
    assert dump(path) == before and stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(tmp_path) == sorted([name, "stories.db", "stories.db.lock"])
    assert call("stories", "--db", path).exit_code == 0


def test_into_an_empty_place_nobody_is_asked(path: Path, tmp_path: Path) -> None:
    call("backup", tmp_path / "kept.db", "--db", path)
    assert call("restore", tmp_path / "kept.db", "--db", tmp_path / "new.db").exit_code == 0
    assert dump(tmp_path / "new.db") == dump(path)


SERVICE, NEWS = 61_234, 61_235  # nobody's numbers here


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_makes_is_still_the_services(path: Path, tmp_path: Path) -> None:
    def whose(file: Path) -> tuple[int, int]:
        return file.stat().st_uid, file.stat().st_gid

    tmp_path.chmod(0o755)
    for file in (tmp_path, path):
        os.chown(file, SERVICE, NEWS)
    assert call("backup", tmp_path / "kept.db", "--db", path).exit_code == 0
    assert call("backup", "--db", path).exit_code == 0
    assert call("restore", tmp_path / "kept.db", "--db", path, "--yes").exit_code == 0
    assert call("restore", tmp_path / "kept.db", "--db", tmp_path / "drill.db").exit_code == 0
    assert call("vacuum", "--force", "--db", path).exit_code == 0
    child = os.fork()
    if not child:  # root's run, killed: its log and lock stay
        with lock(path):
            db = open_write(path)
            runs.begin_run(db, datetime(2030, 1, 1, tzinfo=UTC), "r")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    backups = tmp_path / "backups"
    left = [*tmp_path.iterdir(), *backups.iterdir()]
    assert {p.name for p in left} >= {"stories.db-wal", "stories.db.lock", "drill.db", "drill.db.lock"}
    assert {p.name: whose(p) for p in left} == {p.name: (SERVICE, NEWS) for p in left}
    config = tmp_path / "config.yaml"
    with replacing(config) as out:
        out.write(b"a: 1")
    os.chown(config, SERVICE, NEWS)
    with replacing(config) as out:
        out.write(b"a: 2")
    assert whose(config) == (SERVICE, NEWS), "and so is a file that a command writes anew"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_gives_no_file_away_that_is_put_under_a_name_of_the_services(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root's")
    os.chown(path, SERVICE, NEWS)
    for made in (os.symlink, os.link):
        made(secret, tmp_path / "stories.db.lock")
        with lock(path):
            assert secret.stat().st_uid == 0
        (tmp_path / "stories.db.lock").unlink()


def test_an_owner_that_cannot_be_kept_is_said(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "not permitted")

    call("backup", tmp_path / "kept.db", "--db", path)
    if os.geteuid() == 0:
        os.chown(path, SERVICE, NEWS)
    monkeypatch.setattr(os, "fchown", refused)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    done = call("restore", tmp_path / "kept.db", "--db", path, "--yes")
    assert done.exit_code == 0
    if os.getuid() == 0:
        assert f"it was {SERVICE}:{NEWS}'s" in done.stderr and f"chown {SERVICE}:{NEWS} {path}" in done.stderr


def test_what_is_left_in_a_log_does_not_get_into_what_is_restored(path: Path, tmp_path: Path) -> None:
    """A run was killed: its last commits are in the log only."""
    call("backup", tmp_path / "kept.db", "--db", path)
    before = dump(path)
    child = os.fork()
    if not child:
        db = open_write(path)
        db.execute("INSERT INTO runs (started, state, recipe) VALUES ('2030-01-01T00:00:00Z', 'done', 'r')")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert path.with_name("stories.db-wal").stat().st_size > 0
    call("restore", tmp_path / "kept.db", "--db", path, "--yes", "--keep-old", tmp_path / "old.db")
    assert dump(path) == before
    assert any("2030-01-01" in line for line in dump(tmp_path / "old.db")), "and what was there is whole"


def test_readers_go_on_with_what_they_have_open(path: Path, tmp_path: Path) -> None:
    call("backup", tmp_path / "kept.db", "--db", path)
    grown(path)
    with reading(path) as db:
        assert db.execute("SELECT count(*) FROM runs").fetchone()[0] == 3
        done = call("restore", tmp_path / "kept.db", "--db", path, "--yes")
        assert done.exit_code == 0 and "start retold serve anew" in done.stderr
        with closing(open_write(path)) as new:
            new.execute("DELETE FROM paragraphs")
            new.execute("INSERT INTO runs (started, state, recipe) VALUES ('2031-01-01T00:00:00Z', 'done', 'r')")
        assert db.execute("SELECT max(started) FROM runs").fetchone()[0].startswith("2030")
        assert db.execute("SELECT count(*) FROM paragraphs").fetchone()[0] > 0
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    with reading(path) as db:
        assert db.execute("SELECT max(started) FROM runs").fetchone()[0].startswith("2031")


def broken(kept: Path) -> dict[str, Callable[[], object]]:
    """What may be wrong with a backup."""

    def changed(sql: str) -> None:
        with closing(sqlite3.connect(kept, isolation_level=None)) as db:
            db.execute(sql)

    def overwritten(at: int) -> None:
        data = bytearray(kept.read_bytes())
        data[at : at + 4096] = b"\xff" * 4096
        kept.write_bytes(data)

    return {
        "made by a newer Retold (schema 99": lambda: changed("PRAGMA user_version = 99"),
        "is no database of Retold": lambda: changed("PRAGMA application_id = 7"),
        "is damaged|malformed": lambda: overwritten(8 * 4096),
        "is no database of Retold, and no compressed one": lambda: kept.write_text("nothing"),
        "is damaged: Compressed": lambda: kept.write_bytes(gzip.compress(kept.read_bytes())[:5000]),
        "is damaged|malformed|not a database": lambda: os.truncate(kept, 300_000),
        "no such file": kept.unlink,
    }


@pytest.mark.parametrize("fault", [*broken(Path())])
def test_what_is_not_sound_replaces_nothing(path: Path, tmp_path: Path, fault: str) -> None:
    kept = tmp_path / "kept.db"
    copying.copied(path, kept)
    broken(kept)[fault]()
    before, there = path.read_bytes(), [n for n in names(tmp_path) if n.startswith("kept")]
    done = call("restore", kept, "--db", path, "--yes")
    assert done.exit_code == 74 and any(f in done.stderr for f in fault.split("|")), done.stderr
    assert path.read_bytes() == before and names(tmp_path)[: len(there) + 1] == [*there, "stories.db"]


def test_a_damaged_database_is_replaced(path: Path, tmp_path: Path) -> None:
    copying.copied(path, tmp_path / "kept.db")
    before = dump(path)
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 50_000)
    assert call("restore", tmp_path / "kept.db", "--db", path, "--yes").exit_code == 0
    assert dump(path) == before


def test_while_a_run_is_on_nothing_is_replaced(path: Path, tmp_path: Path) -> None:
    copying.copied(path, tmp_path / "kept.db")
    with lock(path):
        assert call("restore", tmp_path / "kept.db", "--db", path, "--yes").exit_code == 75
        assert call("backup", tmp_path / "kept.db", "--db", path).exit_code == 0, "a copy waits for nobody"


def test_a_backup_of_an_older_schema_is_brought_up(tmp_path: Path) -> None:
    path = tmp_path / "stories.db"
    call("restore", ROOT / "tests/data/schemas/09.sql.gz", "--db", path)
    assert not path.exists(), "that is SQL"
    with closing(sqlite3.connect(tmp_path / "old.db")) as db:
        db.executescript(gzip.decompress((ROOT / "tests/data/schemas/09.sql.gz").read_bytes()).decode())
    said = call("restore", tmp_path / "old.db", "--db", path)
    assert "brought from schema 9 to" in said.stdout
    assert call("stories", "--db", path).exit_code == 0


def killer(n: int) -> Callable[[object, str, object], None]:
    """Kill this process at the n-th change to the file system."""
    seen = 0

    def look(_: object, event: str, called: object) -> None:
        nonlocal seen
        if event == "c_call" and getattr(called, "__name__", "") in ("link", "replace", "unlink", "rename", "fsync"):
            seen += 1
            if seen == n:
                os.kill(os.getpid(), signal.SIGKILL)

    return look


@pytest.mark.case("F4")
@pytest.mark.slow
def test_killed_while_it_restores_there_is_always_a_whole_database(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    copying.copied(path, kept)
    new = dump(path)
    grown(path)
    old = dump(path)
    original = path.read_bytes()
    seen, finished = set(), False
    for n in range(1, 30):
        path.write_bytes(original)
        child = os.fork()
        if not child:
            with restoring.prepared(kept, path) as ready:
                sys.setprofile(killer(n))
                restoring.replace(ready, path, None)
            os._exit(0)
        finished = os.WIFEXITED(os.waitpid(child, 0)[1])
        now = dump(path)
        assert now in (old, new), n
        seen.add(now == new)
        if finished:
            break
    assert finished and seen == {True, False}
    assert not [p for p in names(tmp_path) if p.endswith((".replaced", "-wal"))]


def test_after_a_restore_runs_go_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    """A run, a backup, a run; restored, that run once more."""
    path, kept = tmp_path / "stories.db", tmp_path / "kept.db"
    desk = Desk(path, one_source())

    def second() -> list[tuple[str, int]]:
        desk.print(entry("b"), prose(1) + "\n" + prose(2, 1))
        desk.print(entry("a", summary="edited"), prose(1).replace("said", "says"))
        desk.absorb()
        desk.sound()
        return sorted(runs.contents(desk.db))

    desk.print(entry("a"), prose(1))
    desk.print(entry("c"), prose(3))
    desk.absorb()
    desk.next_run()
    copying.copied(path, kept)
    expected = second()
    desk.db.close()
    call("restore", kept, "--db", path, "--yes")
    desk.db = open_write(path)
    desk.sink.db = desk.db
    assert second() == expected
    desk.db.close()


@pytest.mark.slow
def test_a_run_writes_while_it_is_copied(small: Small, tmp_path: Path) -> None:
    """By processes of their own: many short transactions, and copies one after the other."""
    path = build(tmp_path).path
    halt = threading.Event()

    def write() -> None:
        with closing(open_write(path)) as db:
            n = 0
            while not halt.is_set():
                with transaction(db):
                    db.execute("INSERT INTO runs (started, state, recipe) VALUES (?, 'done', 'r')", [f"w{n}"])
                    db.execute("INSERT INTO families VALUES (?, 'x')", [str(n)])
                n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = subprocess.run(command("backup", str(tmp_path / "kept.db"), "--db", str(path), "--json"),
                              capture_output=True, text=True, timeout=60)  # fmt: skip
    finally:
        halt.set()
        writer.join()
    rows = json.loads(done.stdout)["rows"]
    assert rows["families"] == rows["runs"] - 2
    with closing(sqlite3.connect(tmp_path / "kept.db")) as db:
        assert db.execute("SELECT count(*) FROM runs WHERE started LIKE 'w%'").fetchone()[0] == rows["families"]


def test_what_cannot_be_copied_is_said(tmp_path: Path) -> None:
    assert call("backup", tmp_path / "kept.db", "--db", tmp_path / "none.db").exit_code == 74
    with pytest.raises(StoreError):
        copying.copied(tmp_path / "none.db", tmp_path / "kept.db")
    assert names(tmp_path) == []
