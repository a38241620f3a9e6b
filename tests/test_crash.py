"""What is left when a run is killed, shut out, starved of its disk or read while it writes.

Elsewhere: whole runs killed, signalled, repeated and shuffled in test_run, by the hundred in test_kills; full disks,
foreign and newer databases in test_store; failing feeds, the time limit and a broken sink in test_crawl; empty
environments in test_cli_ends; network file systems and growth in test_storage; deletions in test_deleting.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pipeline import corrections
from pipeline.absorb import absorb
from pipeline.config import loads
from pipeline.model import Correction, Kind, StoreError
from pipeline.run import ledger, run
from pipeline.store import articles as store_articles
from pipeline.store import connect
from pipeline.store import corrections as store_corrections
from pipeline.store.connect import LockedError, lock, open_read, open_write
from tests.desk import CONFIG as OUTLETS
from tests.desk import COURIER, HERALD, Desk, cron, entry, item, killed_at, one_source, prose, rss, sound
from tests.making import NOW
from tests.server import Server, reply

ROOT = Path(__file__).parent.parent
FRAME = "Follow the Courier on every channel you like"

CONFIG = OUTLETS + "stories: {link: 0.38}\n"  # low enough for one page with two reports to merge two stories


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stories.db"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        made.on("/robots.txt", reply(404))
        made.on("/1.xml", reply(200, rss(*(item(str(n), f"http://courier.test/{n}", "T", prose(n)) for n in range(6)))))
        yield made


def day(path: Path) -> Desk:
    """A database with an absorbed morning, and an afternoon yet to be: a merge, an edit, a frame, a deletion."""
    desk = Desk(path, loads(CONFIG, "config.yaml"))
    for n in range(5):
        desk.print(entry(str(n)), prose(n) + (f"\n{FRAME}" if n < 2 else ""))
    desk.absorb()
    desk.next_run()
    desk.print(entry("both", "http://herald.test/both", feed=HERALD), f"{prose(2)}\n{prose(3)}")
    desk.print(entry("copy", "http://herald.test/copy", feed=HERALD), prose(4))
    desk.print(entry("framed"), f"{prose(7)}\n{FRAME}")
    desk.page(entry("0"), f"{prose(8)}\n{FRAME}")
    store_articles.delete_article(desk.db, 2, desk.how.boilerplate_min_articles)
    desk.print(entry("again"), f"{prose(9)}\n{FRAME}")
    return desk


def finished(path: Path) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """After one more absorb: groups and aliases, of a database in which everything agrees."""
    desk = Desk(path, loads(CONFIG, "config.yaml"))
    desk.absorb()
    desk.sound()
    found = desk.rows("SELECT * FROM copies ORDER BY 1"), desk.rows("SELECT id, story_id FROM aliases ORDER BY 1")
    desk.db.close()
    return found


def every(step: int, work: Callable[[], object], after: Callable[[int], None]) -> int:
    """Kill ``work`` before its 1st, (1 + step)th, … SQL call until it runs through; how often it was killed."""
    kills = 0
    while killed_at(1 + kills * step, work):
        after(kills)
        kills += 1
    return kills


# -- killed anywhere


@pytest.mark.case("F1")
def test_absorbing_may_be_killed_before_any_statement(path: Path) -> None:
    """State is absence: what the next run finds undone it does, and story ids are those of an undisturbed run."""
    day(path).db.close()
    begun = path.read_bytes()
    expected = finished(path)
    assert len(expected[0]) == 8 and expected[1] == [(4, 3)]

    def work() -> None:
        desk = Desk(path, loads(CONFIG, "config.yaml"))
        absorb(desk.db, desk.summary.run_id, desk.now, desk.how)

    def restart() -> None:
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.write_bytes(begun)

    def check(_: int) -> None:
        assert finished(path) == expected
        restart()

    restart()
    assert every(5, work, check) > 20


@pytest.mark.case("F1")
def test_correcting_may_be_killed_before_any_statement(path: Path) -> None:
    """A correction is kept whole or not at all, and what it touches is grouped by the next run at the latest."""
    day(path).db.close()
    finished(path)
    begun = path.read_bytes()

    def work() -> None:
        desk = Desk(path, loads(CONFIG, "config.yaml"))
        keys = store_corrections.keys(desk.db, (1, 3, 5))
        corrections.make(desk.db, desk.how, Correction(Kind.MERGE, keys, frozenset(), NOW, "ada"), desk.now)

    outcomes = set()

    def check(_: int) -> None:
        copies, _aliases = finished(path)
        kept = len({story for article, _, story in copies if article in (1, 3, 5)}) == 1
        with closing(open_read(path)) as db:
            assert [r["side"] for r in db.execute("SELECT side FROM corrected")] == ["together"] * 3 * kept
        outcomes.add(kept)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.write_bytes(begun)

    assert every(5, work, check) > 10
    assert outcomes == {False, True}


@pytest.mark.case("B7", "F1")
def test_storing_may_be_killed_before_any_statement(path: Path) -> None:
    """A feed, its articles, an edit and a deletion: whatever was cut off is done again, and nothing twice."""
    day(path).db.close()
    expected = finished(path)

    def work() -> None:
        day(path.with_name("killed.db"))

    def check(_: int) -> None:
        desk = Desk(path.with_name("killed.db"), loads(CONFIG, "config.yaml"))
        desk.absorb()
        desk.sound()
        desk.db.close()
        for file in path.parent.glob("killed.db*"):
            file.unlink()

    assert every(43, work, check) > 10
    assert finished(path.with_name("killed.db")) == expected


@pytest.mark.case("F9")
@pytest.mark.parametrize("step", [14, pytest.param(3, marks=pytest.mark.slow)])
def test_a_migration_killed_half_way_is_begun_again(path: Path, step: int) -> None:
    """Never may the half-made file pass for another program's, or the run would refuse it for ever."""
    import sqlite_utils  # noqa: F401  (before the forks)

    def check(_: int) -> None:
        with closing(open_write(path)) as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] == connect.SCHEMA_VERSION
            assert db.execute("SELECT count(*) FROM stories").fetchone()[0] == 0
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        for file in path.parent.iterdir():
            file.unlink()

    assert every(step, lambda: open_write(path), check) > 15


# -- one run at a time

HOLD = """
import sys, time
from pathlib import Path
from pipeline.store.connect import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(script: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that says "held" and holds on until it is killed."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    args = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(args, env=env, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout and child.stdout.readline() == "held\n"
            yield child
        finally:
            child.kill()


@pytest.mark.case("F2", "F3")
def test_the_lock_of_a_killed_run_is_free(path: Path) -> None:
    with holder(HOLD, path) as child:
        with pytest.raises(LockedError, match="another run"), lock(path):
            pass
        child.send_signal(signal.SIGKILL)
        child.wait()
        with lock(path):
            assert not path.exists(), "the lock is a file of its own"


@pytest.mark.case("F2")
def test_of_five_runs_at_once_one_goes(path: Path) -> None:
    """The four others say so at once and touch nothing."""
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from pipeline.store.connect import LockedError, lock
        try:
            with lock(Path(sys.argv[1])):
                print("in", flush=True); sys.stdin.read()
        except LockedError:
            print("out", flush=True)
    """)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    args = [sys.executable, "-c", script, str(path)]
    five = [subprocess.Popen(args, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    said = [child.stdout.readline().strip() for child in five if child.stdout]
    for child in five:
        child.communicate()
    assert sorted(said) == ["in", "out", "out", "out", "out"]


@pytest.mark.case("F2")
def test_two_names_of_one_database_are_one_lock(path: Path) -> None:
    other = path.with_name("link.db")
    other.symlink_to(path)
    with lock(path), pytest.raises(LockedError), lock(other):
        pass


# -- other programs at the same file


@pytest.mark.case("F4")
def test_a_reader_that_never_ends_its_query_stops_no_run(server: Server, path: Path) -> None:
    config = one_source(text_from="feed")
    cron(server, config, path)
    server.on("/1.xml", reply(200, rss(*(item(str(n), f"http://courier.test/{n}", "T", prose(n)) for n in range(30)))))
    with closing(open_read(path)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM articles").fetchone()[0] == 6
        assert cron(server, config, path, 1).articles == 24
        assert reader.execute("SELECT count(*) FROM articles").fetchone()[0] == 6, "its own moment, undisturbed"
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM articles").fetchone()[0] == 30
    cron(server, config, path, 2)
    log = path.with_name(path.name + "-wal")
    assert not log.exists() or log.stat().st_size == 0, "the log is gone with the last reader"


BUSY = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(60)
"""


@pytest.mark.case("F5")
def test_a_writer_that_does_not_let_go_ends_the_run_in_words(
    server: Server, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "BUSY_MS", 100)
    config = one_source(text_from="feed")
    cron(server, config, path)
    with holder(BUSY, path), pytest.raises(LockedError, match="busy"):
        cron(server, config, path, 1)
    with holder(BUSY, path), closing(open_read(path)) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 6
    assert cron(server, config, path, 2).failed_sources == []


@pytest.mark.case("F5")
def test_a_writer_at_a_database_that_is_yet_to_be_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "BUSY_MS", 100)
    with holder(BUSY, path), pytest.raises(LockedError, match="locked"):
        open_write(path)
    open_write(path).close()


@pytest.mark.case("F5")
def test_a_writer_that_comes_while_pages_are_stored_loses_nothing(
    server: Server, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the crawl: the run stops, and the next one gets what is missing."""
    monkeypatch.setattr(connect, "BUSY_MS", 100)
    config = one_source(COURIER[:2], "feed")
    other: list[sqlite3.Connection] = []

    def grab(_: object) -> bytes:
        other.append(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
        other[0].execute("BEGIN IMMEDIATE")
        return reply(200, rss(item("late", "http://courier.test/late", "Late", prose(99))))

    server.on("/2.xml", grab, reply(200, rss(item("late", "http://courier.test/late", "Late", prose(99)))))
    with pytest.raises(LockedError):
        cron(server, config, path)
    other[0].close()
    cron(server, config, path, 1)
    with closing(open_write(path)) as db:
        assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 7
        sound(db, config)


@pytest.mark.case("F5", "F11")
@pytest.mark.parametrize("ending", [KeyboardInterrupt, StoreError])
def test_what_ended_a_run_is_told_even_where_the_ledger_cannot_be_closed(
    path: Path, monkeypatch: pytest.MonkeyPatch, ending: type[BaseException]
) -> None:
    """Else a signal would come out as a busy database."""
    monkeypatch.setattr(connect, "BUSY_MS", 100)
    desk = day(path)
    with closing(open_write(path)) as db, pytest.raises(ending) as told, ledger(db, desk.how, lambda: NOW):
        desk.db.execute("BEGIN IMMEDIATE")
        raise ending
    assert told.type is ending
    desk.db.execute("ROLLBACK")
    assert desk.rows("SELECT state FROM runs ORDER BY id DESC LIMIT 1") == [("running",)]
    desk.next_run()
    assert desk.rows("SELECT state FROM runs ORDER BY id DESC LIMIT 2") == [("running",), ("interrupted",)]


def vacuumed(db: sqlite3.Connection, copy: Path) -> None:
    db.execute("VACUUM INTO ?", [str(copy)])


def backed_up(db: sqlite3.Connection, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as into:
        db.backup(into)


@pytest.mark.case("F19")
@pytest.mark.parametrize("copied", [vacuumed, backed_up])
def test_a_copy_made_while_a_run_writes_is_whole(
    path: Path, copied: Callable[[sqlite3.Connection, Path], None]
) -> None:
    """As docs/database.md says: by another connection, in the middle of a transaction."""
    desk = day(path)
    copy = path.with_name("copy.db")
    with connect.transaction(desk.db):
        desk.db.execute("DELETE FROM entries")
        with closing(sqlite3.connect(path)) as other:
            copied(other, copy)
    desk.db.close()
    taken = finished(copy)
    assert taken == finished(path), "the copy is a database that a run goes on with"
    with closing(open_read(copy)) as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone()[0] == 9


# -- the disk


@pytest.mark.case("F8")
def test_a_damaged_file_is_said_in_one_line(path: Path) -> None:
    desk = day(path)
    [(root,)] = desk.rows("SELECT rootpage FROM sqlite_master WHERE name = 'articles'")
    [(size,)] = desk.rows("PRAGMA page_size")
    desk.db.close()
    damaged = bytearray(path.read_bytes())
    start = (int(str(root)) - 1) * int(str(size))
    damaged[start : start + int(str(size))] = b"\xff" * int(str(size))
    path.write_bytes(damaged)
    with pytest.raises(StoreError, match="malformed") as told:
        run(loads(CONFIG, "config.yaml"), path, fetch=False, clock=lambda: NOW)
    assert not isinstance(told.value, LockedError) and "\n" not in str(told.value)


@pytest.mark.case("F6")
def test_a_disk_that_fills_while_absorbing_keeps_what_was_there(path: Path) -> None:
    day(path).db.close()
    begun = path.read_bytes()
    expected = finished(path)
    path.write_bytes(begun)
    script = f"""
        import resource, signal, sys
        sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from pipeline.config import loads
        from pipeline.model import StoreError
        from pipeline.run import ledger, run
        from tests.test_crash import CONFIG
        import datasketch
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        try:
            run(loads(CONFIG, "c"), Path({str(path)!r}), fetch=False)
        except StoreError as error:
            print("said:", error)
    """
    args = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(args, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("said: "), done.stderr
    assert finished(path) == expected


NOBODY = 65534


@pytest.mark.case("F7")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
@pytest.mark.parametrize(
    ("file", "folder", "said"),
    [(0o644, 0o777, "readonly"), (0o644, 0o755, "Permission denied"), (0o600, 0o777, "unable to open")],
)
def test_what_may_not_be_written_is_no_lock(file: int, folder: int, said: str) -> None:
    """Cron must not be told to try again: the database is not busy, it is not ours to write."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "stories.db"
        day(path).db.close()
        before = path.read_bytes()
        path.chmod(file)
        Path(name).chmod(folder)
        error = as_nobody(lambda: run(loads(CONFIG, "config.yaml"), path, fetch=False))
        assert error.startswith("StoreError") and said in error
        assert path.read_bytes() == before


def as_nobody(work: Callable[[], object]) -> str:
    """The error that ``work`` ends with in a child process of another user."""
    here, there = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(NOBODY)
            work()
        except BaseException as error:
            os.write(there, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(there)
    with os.fdopen(here) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


# -- articles are deleted while a run goes on


@pytest.mark.case("F16")
def test_articles_deleted_between_the_batches_of_a_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.absorb.BATCH", 2)
    desk = day(path)
    gone = iter((1, 7, 5, 6))
    with closing(open_write(path)) as other:

        def delete(_: str, __: int, ___: int) -> None:
            store_articles.delete_article(other, next(gone, 0), desk.how.boilerplate_min_articles)

        absorb(desk.db, desk.summary.run_id, desk.now, desk.how, delete)
    assert next(gone, None) is None
    desk.absorb()
    desk.sound()
    desk.db.close()
