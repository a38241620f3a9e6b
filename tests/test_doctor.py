"""Each thing that must hold is broken by hand: the doctor finds and mends it, and what comes of it is what was."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline import doctor
from pipeline.config import loads
from pipeline.run import run
from pipeline.store import faults, mending, rooms
from pipeline.store.connect import LockedError, lock, open_write, reading
from tests.conftest import CONFIG, NOW, ROOT, build, call
from tests.desk import sound, stored_partition

CONF = loads(CONFIG, "config.yaml")
# What breaks each rule, by name.
BREAKS = {
    "signature without a slot": "DELETE FROM slots WHERE article_id = 1",
    "signature without an article": "INSERT INTO signatures VALUES (999, x'00', 1, '[]', x'00')",
    "copy key of nobody": "INSERT INTO copy_keys VALUES (0, 12345, 99999)",
    "level miscounted": "UPDATE copy_levels SET keys = keys + 5",
    "keys in a level that is not looked up": "UPDATE copy_keys SET level = 7",
    "profile of nobody": "INSERT INTO profiles VALUES (999, 1, x'00', x'00')",
    "queued though signed": "INSERT INTO unsigned VALUES (1)",
    "article that nobody will sign": "DELETE FROM signatures WHERE article_id = 1; DELETE FROM unsigned",
    "article that nobody will group": "DELETE FROM copies WHERE article_id = 2",
    "pruned article that has its text": "INSERT INTO pruned VALUES (1, '2026-01-01T00:00:00Z')",
    "edge by another recipe": "UPDATE matches SET recipe = 'old' WHERE left_id = (SELECT min(left_id) FROM matches)",
    "edge of an article that is not signed": "DELETE FROM signatures WHERE article_id ="
    " (SELECT min(left_id) FROM matches)",
    "empty story": "INSERT INTO stories VALUES (999, '2026', '2026')",
    "alias of an alias": "INSERT INTO aliases (id, story_id, at) VALUES (900, 901, ''), (901, 1, '')",
    "alias that lives": "INSERT INTO aliases (id, story_id, at) SELECT min(id), max(id), '' FROM stories",
    "copy group without its first": "UPDATE copies SET copy_id = 999 WHERE article_id = 1",
    "copy group in two stories": "UPDATE copies SET copy_id = 1 WHERE article_id = (SELECT article_id FROM copies"
    " WHERE story_id <> (SELECT story_id FROM copies WHERE article_id = 1) LIMIT 1)",
    "story that nobody will trace": "DELETE FROM independence",
    "role in another story": "UPDATE roles SET story_id = (SELECT max(id) FROM stories WHERE id <> roles.story_id)",
    "story without a row in lists": "DELETE FROM listings WHERE story_id = 1",
    "row in lists that is outdated": "UPDATE listings SET headline = 'nonsense'",
    "filter that misses a story": "DELETE FROM facets",
    "tally of entries": "UPDATE tallies SET n = n + 1 WHERE name = 'entries'",
    "tally of articles": "UPDATE tallies SET n = n - 1 WHERE name = 'articles'",
    "sums of outlets that are none of their days": "UPDATE outlet_sums SET stories = stories + 1",
    "sums of leanings that are none of their days": "UPDATE leaning_sums SET times = times + 1",
    "sum over days that are gone": "INSERT INTO outlet_sums SELECT 0, 'gone', 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}'",
    "day that nobody will count": "DELETE FROM outlet_days; DELETE FROM leaning_days; DELETE FROM outlet_sums;"
    " DELETE FROM leaning_sums",
    "story key of nobody": "UPDATE story_segments SET epoch = epoch; DELETE FROM slots WHERE article_id = 3;"
    " DELETE FROM stale_slots; DELETE FROM copy_keys WHERE slot NOT IN (SELECT slot FROM slots)",
}
ORPHANS = (
    "DELETE FROM sources WHERE key = 'courier'",
    "DELETE FROM feeds",
    "DELETE FROM runs WHERE id = 1",
    "DELETE FROM stories WHERE id = (SELECT min(id) FROM stories)",
    "DELETE FROM articles WHERE id = 2",
    "UPDATE entries SET article_id = 999 WHERE id = 1",
)
QUICK = (
    "copy key of nobody",
    "article that nobody will group",
    "sum over days that are gone",
    "edge by another recipe",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small database after a run that had nothing to fetch."""
    path = build(tmp_path_factory.mktemp("well")).path
    run(CONF, path, fetch=False, clock=lambda: NOW)
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    shutil.copy(whole, tmp_path / "stories.db")
    return tmp_path / "stories.db"


def broken(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(sql)  # without foreign keys


def told(path: Path) -> dict[str, object]:
    """What people see of a database."""
    tables = ("listings", "facets", "roles", "citations", "outlet_days", "outlet_sums", "leaning_sums", "tallies")
    with reading(path) as db:
        found: dict[str, object] = {t: sorted(map(tuple, db.execute(f"SELECT * FROM {t}"))) for t in tables}
        edges = db.execute("SELECT left_id, right_id, verdict, probability, recipe FROM matches")
        return {**found, "groups": stored_partition(db), "edges": sorted(map(tuple, edges))}


def doctored(path: Path, *more: str) -> tuple[int, list[dict[str, str]]]:
    done = call("doctor", "--json", *more, "--db", path, "--config", path.parent / "config.yaml")
    assert done.stdout, done.stderr
    return done.exit_code, json.loads(done.stdout)["checks"]


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> None:
    agent = 'http: {user_agent: "Desk/1 (+https://desk.example.org/bot)"}\n'
    (tmp_path / "config.yaml").write_text(CONFIG + agent, "utf-8")


def test_each_rule_is_broken_by_a_test() -> None:
    assert set(BREAKS) == {f.name for f in faults.FAULTS} | {"story key of nobody"}
    assert {f.remedy for f in faults.FAULTS} <= mending.REMEDIES.keys()


def test_a_sound_database_is_left_alone(path: Path) -> None:
    before = path.read_bytes()
    for more in ((), ("--full",), ("--fix",)):
        code, found = doctored(path, *more)
        assert code == 0 and {f["state"] for f in found} <= {"ok", "note"}, found
    assert told(path) and not list(path.parent.glob("*before*"))
    with closing(open_write(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in BREAKS], ids=lambda n: n
)
def test_what_is_broken_is_found_and_mended(path: Path, whole: Path, name: str) -> None:
    broken(path, BREAKS[name])
    code, found = doctored(path)
    assert code == 1 and name in {f["detail"].rpartition(" (")[0] for f in found if f["state"] == "fault"}, found
    code, found = doctored(path, "--fix")
    assert code == 0 and any(f["state"] == "mended" for f in found), found
    assert path.with_name("stories.db.before-doctor").exists()
    assert doctored(path)[0] == 0
    run(CONF, path, fetch=False, clock=lambda: NOW)
    with closing(open_write(path)) as db:
        sound(db, CONF)
    after, before = told(path), told(whole)
    if "stor" in name or "alias" in name or "group" in name or "role" in name:  # numbers of stories may be new ones
        assert after["groups"] == before["groups"] and after["edges"] == before["edges"]
    else:
        assert after == before


@pytest.mark.parametrize("sql", [ORPHANS[0], *(pytest.param(s, marks=pytest.mark.slow) for s in ORPHANS[1:])])
def test_rows_whose_other_half_is_gone(path: Path, sql: str) -> None:
    broken(path, sql)
    code, found = doctored(path)
    assert code == 1 and any(f["name"] == "orphans" for f in found), found
    assert doctored(path, "--fix")[0] == 0
    with closing(open_write(path)) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    run(CONF, path, fetch=False, clock=lambda: NOW)
    with closing(open_write(path)) as db:
        sound(db, CONF)


def test_the_full_text_index_is_made_anew(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO articles_fts(articles_fts, rowid, title, text) SELECT 'delete', id, title, text"
                   " FROM articles WHERE id = 1")  # fmt: skip
        db.commit()
    code, found = doctored(path)
    assert code == 1 and any("not in the index" in f["detail"] for f in found), found
    assert doctored(path, "--fix")[0] == 0 and doctored(path)[0] == 0
    broken(path, "INSERT INTO articles_fts(articles_fts, rowid, title, text) VALUES ('delete', 1, 'a', 'b');"
                 "INSERT INTO articles_fts(rowid, title, text) VALUES (1, 'quite', 'different')")  # fmt: skip
    assert any("index made anew" in f["detail"] for f in doctored(path, "--fix")[1]), "what it says is looked at, too"


def test_views_triggers_and_indexes_are_made_anew(path: Path, whole: Path) -> None:
    broken(path, "DROP TRIGGER untraced_in; DROP INDEX articles_source; DROP VIEW v_why; DROP TABLE host_waits;"
                 "DROP VIEW v_roles; CREATE VIEW v_roles AS SELECT 1 AS one")  # fmt: skip
    code, found = doctored(path)
    assert code == 1 and "articles_source" in str(found) and "v_roles" in str(found)
    code, found = doctored(path, "--fix")
    assert code == 0, found
    assert told(path) == told(whole)


def test_an_index_that_differs_is_made_anew(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript("""PRAGMA writable_schema = ON;
          UPDATE sqlite_master SET sql = 'CREATE INDEX articles_source ON articles(url)' WHERE name = 'articles_source';
          PRAGMA writable_schema = RESET; DELETE FROM versions;""")
    with closing(sqlite3.connect(path)) as db:
        db.executescript("""REINDEX articles_source; PRAGMA writable_schema = ON;
          UPDATE sqlite_master SET sql = 'CREATE INDEX articles_source ON articles(source)' WHERE name
            = 'articles_source';
          PRAGMA writable_schema = RESET;""")
    assert doctored(path, "--full")[0] == 1
    code, found = doctored(path, "--fix", "--full")
    assert code == 0 and any("indexes made anew" in f["detail"] for f in found), found


def test_what_is_damaged_is_not_mended_but_said(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xff" * 4096 * 3)
    before = path.read_bytes()
    code, found = doctored(path)
    assert code == 1 and any("retold restore" in f["remedy"] for f in found if f["state"] == "fault"), found
    done = call("doctor", "--fix", "--db", path, "--config", path.parent / "config.yaml")
    assert done.exit_code == 74 and "nothing was mended" in done.stderr, done.output
    assert path.read_bytes() == before


def test_a_killed_run_is_said_to_be_one(path: Path) -> None:
    broken(path, "INSERT INTO runs (started, state, recipe) VALUES ('2026-11-20T12:00:00Z', 'running', 'r')")
    with lock(path):
        assert doctored(path)[0] == 0, "it is under way"
        assert call("doctor", "--fix", "--db", path).exit_code == 75
    with path.with_name("stories.db-wal").open("wb") as log:
        log.truncate(70_000_000)
    code, found = doctored(path)
    said = [f["detail"] for f in found if f["state"] == "note"]
    assert code == 0 and any(d.startswith("killed: ") for d in said), "status has a notice, too"
    assert any("left by the run that was killed" in d for d in said) and not any("reader" in d for d in said)
    code, found = doctored(path, "--fix")
    assert code == 0 and any(f["state"] == "mended" and f["name"] == "runs" for f in found)
    assert not path.with_name("stories.db.before-doctor").exists(), "nothing was wrong with the database"
    assert not any(f["name"] == "runs" for f in doctored(path)[1])


def test_the_manual_has_as_many_rules() -> None:
    assert f" {faults.RULES} rules that hold" in (ROOT / "docs/cli.md").read_text("utf-8")


def test_the_configuration_and_an_older_schema_are_looked_at(path: Path) -> None:
    (path.parent / "config.yaml").write_text("http: {workers: many}\n", "utf-8")
    code, found = doctored(path)
    assert code == 1 and any(f["name"] == "config" and "workers" in f["detail"] for f in found)
    assert any(f["name"] == "python" for f in found)
    broken(path, "PRAGMA user_version = 12")
    assert any(f["remedy"] == "retold migrate" for f in doctored(path)[1])
    gone = call("doctor", "--db", path.with_name("none.db"))
    assert gone.exit_code == 74 and "none.db: no such database" in gone.stderr


# -- vacuum


def test_vacuum_gives_back_what_is_free(path: Path) -> None:
    assert "not worth it" in call("vacuum", "--db", path).stdout
    broken(path, "CREATE TABLE big (x); INSERT INTO big VALUES (zeroblob(2000000)); DROP TABLE big")
    before, size = told(path), path.stat().st_size
    with reading(path) as reader:
        reader.execute("SELECT count(*) FROM articles").fetchone()
        said = json.loads(call("vacuum", "--db", path, "--json").stdout)
    assert said["vacuumed"] and said["free"] > 2_000_000 and path.stat().st_size == said["after"] < size - 2_000_000
    assert told(path) == before and doctored(path)[0] == 0


def test_vacuum_waits_for_nobody_and_wants_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with lock(path):
        assert call("vacuum", "--db", path).exit_code == 75
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchone()
        with closing(open_write(path)) as db:
            db.execute("PRAGMA busy_timeout = 100")
            with pytest.raises(LockedError, match="a reader is in the middle"):
                rooms.tidied(db, path, force=True)
    monkeypatch.setattr(rooms, "SPARE", 1 << 60)
    done = call("vacuum", "--force", "--db", path)
    assert done.exit_code == 74 and "nothing was done" in done.stderr
    assert doctor.ROUNDS > 1
