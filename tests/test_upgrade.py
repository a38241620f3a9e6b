"""Databases of every released schema (tools/schemas.py) are brought to the present one, and a run goes on with them."""

from __future__ import annotations

import gzip
import re
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.config import loads
from pipeline.model import StoreError
from pipeline.run import run
from pipeline.store import copying, migrating, runs, schema
from pipeline.store.connect import SCHEMA_VERSION, lock, open_read, open_write, reading
from tests.conftest import ROOT, call
from tests.desk import killed_at, sound
from tests.making import NOW, opened
from tools import schemas

FILES = sorted((ROOT / "tests/data/schemas").glob("*.sql.gz"))
NUMBERS = [int(f.name[:2]) for f in FILES]
QUICK = (1, 10, NUMBERS[-1])
CONFIG = loads(schemas.CONFIG, "config.yaml")
# What people, publishers and the web gave: none of it can be made again.
GIVEN = (
    "articles",
    "versions",
    "entries",
    "feeds",
    "sources",
    "runs",
    "fetches",
    "corrections",
    "corrected",
    "stories",
)
LATER = NOW + timedelta(days=1)


def released(number: int, path: Path) -> Path:
    """The database of a schema."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(gzip.decompress((ROOT / f"tests/data/schemas/{number:02}.sql.gz").read_bytes()).decode())
    return path


def made_of(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    return [tuple(r) for r in db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")]


def given(path: Path) -> dict[tuple[str, str], list[object]]:
    """(table, column) → its values, row by row."""
    found = {}
    with closing(sqlite3.connect(path)) as db:
        for table in GIVEN:
            columns = [r[1] for r in db.execute(f"PRAGMA table_info({table})")]
            for c in columns:
                found[table, c] = [r[0] for r in db.execute(f"SELECT {c} FROM {table} ORDER BY 1")]
    return found


def groups(db: sqlite3.Connection) -> set[frozenset[str]]:
    sql = "SELECT group_concat(a.url, ' ') FROM copies c JOIN articles a ON a.id = c.article_id GROUP BY c.story_id"
    return {frozenset(r[0].split()) for r in db.execute(sql)}


def test_every_released_schema_has_its_file() -> None:
    steps = [int(m[1]) for m in re.finditer(r"def m(\d{4})_", (ROOT / "pipeline/store/schema.py").read_text("utf-8"))]
    newer = [n for n in steps if n > NUMBERS[-1]]
    assert [n for n in steps if n not in newer] == NUMBERS and steps[-1] == SCHEMA_VERSION
    assert len(newer) <= 4, "of the last release there is none: in its checkout, PYTHONPATH=. python tools/schemas.py"
    assert sum(f.stat().st_size for f in FILES) < 1_000_000


@pytest.mark.parametrize("number", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in NUMBERS])
def test_a_database_of_each_schema_goes_on(number: int, tmp_path: Path) -> None:
    path = released(number, tmp_path / "stories.db")
    before = given(path)
    done = call("migrate", "--db", path)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.strip() == (
        f"{path}: brought from schema {number} to {SCHEMA_VERSION}; as it was: {path}.before-{SCHEMA_VERSION}"
    )
    assert given(Path(f"{path}.before-{SCHEMA_VERSION}")) == before
    after = given(path)
    assert {key: after[key] for key in before} == before
    with closing(opened(tmp_path / "fresh.db")) as fresh, reading(path) as db:
        assert made_of(db) == made_of(fresh)
    run(CONFIG, path, fetch=False, clock=lambda: LATER)
    with closing(open_write(path)) as db:
        sound(db, CONFIG)
        if number > 1:
            assert any({schemas.OWL_AT, schemas.BELL_AT} <= story for story in groups(db)), "a person said so"
        written = sorted(runs.contents(db))
    run(CONFIG, path, fetch=False, clock=lambda: LATER)
    with reading(path) as db:
        assert sorted(runs.contents(db)) == written, "the second run wrote"


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_a_whole_run_follows(number: int, tmp_path: Path) -> None:
    path = released(number, tmp_path / "stories.db")
    with schemas.Site(("127.0.0.1", 0), schemas.Answer) as site:
        site.pieces = schemas.FIRST + schemas.LATER
        schemas.serve(site)
        routes = dict.fromkeys(("courier.test", "kueste.test", "spoof.test"), site.server_address[:2])
        done = run(CONFIG, path, force=True, routes=routes, clock=lambda: LATER)  # type: ignore[arg-type]
        site.shutdown()
    assert (done.articles, done.entries, done.failed_sources) == (0, 0, [])
    with closing(open_write(path)) as db:
        sound(db, CONFIG)


def test_an_old_database_is_brought_up_by_a_run_that_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = released(9, tmp_path / "stories.db")
    run(CONFIG, path, fetch=False, clock=lambda: LATER)
    kept = f"{path}.before-{SCHEMA_VERSION}"
    assert caplog.messages == [f"{path}: brought from schema 9 to {SCHEMA_VERSION}; as it was: {kept}"]
    assert copying.proved(Path(kept)).schema == 9


def test_what_former_migrations_kept_goes(tmp_path: Path) -> None:
    path = released(8, tmp_path / "stories.db")
    former, other = tmp_path / "stories.db.before-8", tmp_path / "stories.db.beforehand"
    former.write_text("old")
    other.write_text("not ours")
    assert "--" not in call("migrate", "--db", path).stdout
    assert not former.exists() and other.exists()


def test_a_dry_run_does_nothing(tmp_path: Path) -> None:
    path = released(10, tmp_path / "stories.db")
    before = path.read_bytes()
    said = call("migrate", "--dry-run", "--db", path).stdout
    assert f"would be brought from schema 10 to {SCHEMA_VERSION}, keeping" in said
    assert path.read_bytes() == before and not list(tmp_path.glob("*before*"))
    call("migrate", "--no-backup", "--db", path)
    assert not list(tmp_path.glob("*before*"))
    assert call("migrate", "--db", path).stdout == f"{path}: schema {SCHEMA_VERSION}, nothing to do\n"


def test_without_room_for_a_copy_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = released(12, tmp_path / "stories.db")
    usage = copying.shutil.disk_usage(tmp_path)._replace(free=17_000_000)
    monkeypatch.setattr(copying.shutil, "disk_usage", lambda _: usage)
    monkeypatch.setattr(copying, "SPARE", 17_000_000)
    done = call("migrate", "--db", path)
    assert done.exit_code == 74 and "are needed and 17.0 MB free" in done.stderr
    assert "`retold migrate --no-backup`" in done.stderr and not list(tmp_path.glob("*before*"))
    assert open_read(path, older=True).execute("PRAGMA user_version").fetchone()[0] == 12
    assert call("migrate", "--no-backup", "--db", path).exit_code == 0


def test_a_step_that_fails_leaves_the_old_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = released(5, tmp_path / "stories.db")
    before = "\n".join(schemas.dump(sqlite3.connect(path)))
    monkeypatch.setattr(schema, "KEEPING", "CREATE TABLE pruned (article_id INTEGER);\nSELECT 1 FROM nowhere;\n")
    with pytest.raises(StoreError, match="cannot make the tables: no such table: nowhere"):
        migrating.migrate(path)
    assert "\n".join(schemas.dump(sqlite3.connect(path))) == before
    assert not list(tmp_path.glob("*before*"))
    monkeypatch.undo()
    assert migrating.migrate(path)


@pytest.mark.case("F4")
@pytest.mark.parametrize(
    "statement", [200, *(pytest.param(n, marks=pytest.mark.slow) for n in (5, 30, 55, 80, 120, 280, 350))]
)
def test_killed_while_it_is_migrated(tmp_path: Path, statement: int) -> None:
    """All steps or none, wherever it dies; the next one begins anew."""
    path = released(4, tmp_path / "stories.db")
    before = "\n".join(schemas.dump(sqlite3.connect(path)))
    assert killed_at(statement, lambda: migrating.migrate(path)), "it was done before"
    assert "\n".join(schemas.dump(sqlite3.connect(path))) == before
    assert migrating.migrate(path)
    run(CONFIG, path, fetch=False, clock=lambda: LATER)
    with closing(open_write(path)) as db:
        sound(db, CONFIG)


def test_it_waits_for_no_run(tmp_path: Path) -> None:
    path = released(11, tmp_path / "stories.db")
    with lock(path):
        began = time.monotonic()
        assert call("migrate", "--db", path).exit_code == 75
        assert time.monotonic() - began < 20
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    assert call("migrate", "--db", path).exit_code == 74
