"""The main job over the bundled newsroom, as cron runs it: whole, twice, killed, interrupted, in pieces."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline import urls
from pipeline.config import Config, loads
from pipeline.metrics import b_cubed
from pipeline.model import StoreError
from pipeline.newsroom import Newsroom, TruthRow
from pipeline.rebuild import partition
from pipeline.run import Summary, recipe, run
from pipeline.store import backgrounds, runs, signing
from pipeline.store.connect import LockedError, lock, open_read
from pipeline.verdict import VERDICT
from tests.conftest import once

DAY0 = date(2026, 11, 19)
CLOCK = datetime(2026, 11, 23, 6, tzinfo=UTC)
LEDGER = ("fetches", "runs", "run_stages", "feeds", "sqlite_sequence")


@pytest.fixture(scope="module")
def room() -> Iterator[Newsroom]:
    with Newsroom(DAY0) as opened:
        yield opened


@pytest.fixture(scope="module")
def config(room: Newsroom) -> Config:
    return loads(room.config_text(), "config.yaml")


@pytest.fixture(scope="module")
def whole(room: Newsroom, config: Config, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    """The whole news day in one undisturbed run; the database is this module's own."""
    room.advance()
    folder, summary = once(tmp_path_factory, "whole", lambda folder: collected(room, config, folder / "stories.db"))
    return copied(folder / "stories.db", tmp_path_factory.mktemp("whole")), summary


def copied(path: Path, folder: Path) -> Path:
    """The database as it is now, in another folder."""
    with closing(sqlite3.connect(path)) as source:
        source.execute("VACUUM INTO ?", [str(folder / "stories.db")])
    return folder / "stories.db"


def collected(room: Newsroom, config: Config, path: Path, **more: object) -> Summary:
    return run(config, path, force=True, routes=room.routes, clock=lambda: CLOCK, **more)  # type: ignore[arg-type]


def stored(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the data tables (not the ledger of what was asked when)."""
    db = sqlite3.connect(path)
    tables = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
    kept = [t for t in tables if t not in LEDGER and not t.startswith(("_sqlite", "articles_fts"))]
    rows = {t: sorted(db.execute(f"SELECT * FROM {t}").fetchall(), key=repr) for t in kept}
    db.close()
    return rows


def groups(path: Path) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """(stories, copy groups) as sets of article keys."""
    db = open_read(path)
    found: tuple[dict[int, set[str]], dict[int, set[str]]] = ({}, {})
    for r in db.execute("SELECT c.story_id, c.copy_id, a.key FROM copies c JOIN articles a ON a.id = c.article_id"):
        found[0].setdefault(r["story_id"], set()).add(r["key"])
        found[1].setdefault(r["copy_id"], set()).add(r["key"])
    db.close()
    return {frozenset(v) for v in found[0].values()}, {frozenset(v) for v in found[1].values()}


def labelled(room: Newsroom, path: Path) -> list[tuple[TruthRow, int, int, str]]:
    """(truth, story, copy group, language found) of each article."""
    truth = {urls.key(u): row for row in room.truth() for u in (row.url, *row.aliases)}
    db = open_read(path)
    rows = db.execute(
        "SELECT a.key, a.lang, c.story_id, c.copy_id FROM articles a JOIN copies c ON c.article_id = a.id"
    ).fetchall()
    db.close()
    return [(truth[r["key"]], r["story_id"], r["copy_id"], r["lang"]) for r in rows]


def test_every_article_of_the_day_is_collected_once(room: Newsroom, whole: tuple[Path, Summary]) -> None:
    found = [row.article for row, *_ in labelled(room, whole[0])]
    assert sorted(found) == sorted(row.article for row in room.truth())


@pytest.mark.case("F12")
def test_sick_feeds_are_named_and_stop_nothing(whole: tuple[Path, Summary]) -> None:
    path, summary = whole
    assert summary.failed_sources == ["altlandbote", "langsam", "neonblick"]
    db = open_read(path)
    health = {r["source"]: r["last_code"] for r in db.execute("SELECT source, last_code FROM v_source_health")}
    db.close()
    assert (health["altlandbote"], health["langsam"], health["neonblick"]) == ("gone", "rate_limited", "not_a_feed")


def test_copies_are_found_without_a_fault(room: Newsroom, whole: tuple[Path, Summary]) -> None:
    rows = labelled(room, whole[0])
    assert b_cubed([t.copy_group for t, *_ in rows], [copy for _, _, copy, _ in rows]) == (1.0, 1.0, 1.0)


def test_stories_hold_their_quality(room: Newsroom, whole: tuple[Path, Summary]) -> None:
    rows = labelled(room, whole[0])
    precision, recall, _ = b_cubed([t.event for t, *_ in rows], [story for _, story, *_ in rows])
    assert precision >= 0.99 and recall >= 0.78
    one_language = b_cubed([(t.event, t.lang) for t, *_ in rows], [(story, lang) for _, story, _, lang in rows])
    assert one_language[1] >= 0.85


def test_the_case_is_one_story_in_three_languages_and_the_other_drones_stay_apart(
    room: Newsroom, whole: tuple[Path, Summary]
) -> None:
    rows = labelled(room, whole[0])
    case = [story for t, story, *_ in rows if t.event == "drone-deal"]
    deal = max(set(case), key=case.count)
    assert case.count(deal) >= len(case) - 1 == 15, "all but a paywalled stub of three sentences"
    assert {lang for _, story, _, lang in rows if story == deal} == {"de", "en", "nl"}
    assert {t.event for t, story, *_ in rows if story == deal} == {"drone-deal"}
    origin = min((t for t, story, *_ in rows if story == deal), key=lambda t: t.published)
    assert origin.outlet == "spiegel"


@pytest.mark.case("F13")
def test_the_same_run_twice_writes_nothing(room: Newsroom, config: Config, whole: tuple[Path, Summary]) -> None:
    before = stored(whole[0])
    again = collected(room, config, whole[0])
    assert stored(whole[0]) == before
    assert (again.entries, again.articles, again.edited, again.absorbed.signed) == (0, 0, 0, 0)


def test_the_second_run_is_conditional(room: Newsroom, config: Config, whole: tuple[Path, Summary]) -> None:
    start = len(room.log)
    collected(room, config, whole[0])
    hits = room.log[start:]
    assert sum(h.status == 304 for h in hits) >= 15
    assert not [h for h in hits if "artikel" in h.path], "no page is asked again"


@pytest.mark.case("F14")
def test_incremental_equals_rebuild_on_the_whole_day(config: Config, whole: tuple[Path, Summary]) -> None:
    db = open_read(whole[0])
    articles = [signing.article(r) for r in db.execute("SELECT * FROM articles")]
    how = backgrounds.in_force(db, recipe(config, VERDICT))
    db.close()
    key = {a.id: a.key for a in articles}
    rebuilt = partition(articles, how)
    stories = {frozenset(key[i] for i in ids) for ids, _ in rebuilt}
    copies = {frozenset(key[i] for i in c) for _, cs in rebuilt for c in cs}
    assert groups(whole[0]) == (stories, copies)


@pytest.mark.case("F14")
def test_a_day_in_pieces_gives_what_the_whole_day_gives(
    room: Newsroom, config: Config, whole: tuple[Path, Summary], tmp_path: Path
) -> None:
    moments = room.moments
    stops = (moments[len(moments) // 3], moments[-2])
    for when in stops:
        room.advance(when)
        collected(room, config, tmp_path / "stories.db")
    room.advance()
    last = collected(room, config, tmp_path / "stories.db")
    run(config, tmp_path / "stories.db", fetch=False, anew=True, clock=lambda: CLOCK)  # words weighed by the whole day
    assert groups(tmp_path / "stories.db") == groups(whole[0])
    db = open_read(tmp_path / "stories.db")
    edited = {r[0] for r in db.execute("SELECT DISTINCT article_id FROM versions")}
    db.close()
    seen_before = [r for r in room.truth() if r.edited and any(r.published <= m < r.edited for m in stops)]
    assert len(edited) == len(seen_before) > 0
    assert last.run_id == 3


def test_a_rebuild_weighs_words_by_the_whole_archive(
    config: Config, whole: tuple[Path, Summary], tmp_path: Path
) -> None:
    path = copied(whole[0], tmp_path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE background SET articles = 60, counts = '{}'")  # as if an old snapshot were in force
    outdated = run(config, path, fetch=False, clock=lambda: CLOCK)
    assert outdated.absorbed.signed == 191, "other weights are another recipe"
    anew = run(config, path, fetch=False, anew=True, clock=lambda: CLOCK)
    assert anew.absorbed.signed == 191 and groups(path) == groups(whole[0])
    again = run(config, path, fetch=False, anew=True, clock=lambda: CLOCK)
    assert again.absorbed.signed == again.absorbed.stories == 0, "the same articles give the same weights"


@pytest.mark.slow
@pytest.mark.case("F14")
def test_sources_in_another_order_give_the_same_groups(
    room: Newsroom, config: Config, whole: tuple[Path, Summary], tmp_path: Path
) -> None:
    shuffled = config.model_copy(update={"sources": tuple(reversed(config.sources))})
    collected(room, shuffled, tmp_path / "stories.db")
    assert groups(tmp_path / "stories.db") == groups(whole[0])


@pytest.mark.case("F2")
def test_a_second_run_at_the_same_time_is_refused(room: Newsroom, config: Config, tmp_path: Path) -> None:
    path = tmp_path / "stories.db"
    with lock(path), pytest.raises(LockedError):
        collected(room, config, path)
    assert not path.exists()


def test_another_recipe_signs_anew_and_compares_nothing_old(
    config: Config, whole: tuple[Path, Summary], tmp_path: Path
) -> None:
    path = copied(whole[0], tmp_path)
    other = config.model_copy(update={"signatures": config.signatures.model_copy(update={"shingle_words": 5})})
    summary = run(other, path, fetch=False, clock=lambda: CLOCK)
    assert summary.absorbed.reset == summary.absorbed.signed == 191
    db = open_read(path)
    assert db.execute("SELECT count(*) FROM signed_by").fetchone()[0] == 1
    assert {r[0] for r in db.execute("SELECT recipe FROM matches")} == {
        backgrounds.in_force(db, recipe(other, VERDICT)).name
    }
    db.close()


CHILD = """
import json, logging, sys
from datetime import datetime
from pathlib import Path
from pipeline.config import load
from pipeline.run import run
logging.disable(logging.CRITICAL)
path, config, routes, clock = sys.argv[1:]
routes = {host: tuple(at) for host, at in json.loads(routes).items()}
if __name__ == "__main__":
    run(load(Path(config)), Path(path), force=True, routes=routes, clock=lambda: datetime.fromisoformat(clock))
"""


def start(room: Newsroom, folder: Path) -> subprocess.Popen[bytes]:
    config, script = folder / "config.yaml", folder / "child.py"
    config.write_text(room.config_text(), encoding="utf-8")
    script.write_text(CHILD, encoding="utf-8")
    args = [str(folder / "stories.db"), str(config), json.dumps(dict(room.routes)), CLOCK.isoformat()]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.Popen([sys.executable, str(script), *args], env=env, stderr=subprocess.DEVNULL)


def killed_again_and_again(room: Newsroom, folder: Path, kills: int, seed: int) -> None:
    """Runs killed wherever they are, each further on than the one before: while collecting, while comparing."""
    path, rng = folder / "stories.db", random.Random(seed)
    for stop in sorted(rng.sample(range(2 * 191), kills)):
        child = start(room, folder)
        while child.poll() is None and not (path.exists() and rows_in(path) >= stop):
            time.sleep(0.02)
        child.kill()
        child.wait()
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.case("F1")
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_kills(room: Newsroom, config: Config, whole: tuple[Path, Summary], tmp_path: Path) -> None:
    for seed in range(20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        killed_again_and_again(room, folder, 3, 100 + seed)
        collected(room, config, folder / "stories.db")
        assert groups(folder / "stories.db") == groups(whole[0])


def interrupted(room: Newsroom, folder: Path, sent: signal.Signals) -> None:
    """A run that a signal ends while it collects: quickly, and what it had stays."""
    path, child = folder / "stories.db", start(room, folder)
    had = articles_in(path)
    while articles_in(path) < had + 5:
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(sent)
    asked = time.monotonic()
    child.wait(timeout=60)
    assert time.monotonic() - asked < 10
    with closing(open_read(path)) as db:
        assert db.execute("SELECT state FROM runs ORDER BY id DESC LIMIT 1").fetchone()[0] == "interrupted"
    assert had + 5 <= articles_in(path) < 191


@pytest.mark.case("F1", "F11")
@pytest.mark.timeout(300)  # five runs, on a busy machine
def test_a_run_that_is_signalled_or_killed_is_completed_by_the_next(
    room: Newsroom, config: Config, whole: tuple[Path, Summary], tmp_path: Path
) -> None:
    room.advance()
    interrupted(room, tmp_path, signal.SIGTERM)
    interrupted(room, tmp_path, signal.SIGINT)
    killed_again_and_again(room, tmp_path, 2, 1)
    collected(room, config, tmp_path / "stories.db")
    assert groups(tmp_path / "stories.db") == groups(whole[0])


def articles_in(path: Path) -> int:
    return counted(path, "articles")


def rows_in(path: Path) -> int:
    """Articles, and once more those that are signed: how far a run has come."""
    return counted(path, "articles") + counted(path, "signatures")


def counted(path: Path, table: str) -> int:
    try:
        with closing(open_read(path)) as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except StoreError:  # not made yet
        return 0


def test_the_ledger_says_what_a_run_did(whole: tuple[Path, Summary]) -> None:
    path, summary = whole
    db = open_read(path)
    row = db.execute("SELECT state, counts FROM runs WHERE id=?", [summary.run_id]).fetchone()
    assert row["state"] == "done"
    assert json.loads(row["counts"])["new_articles"] == 191
    assert runs.run_outcomes(db, summary.run_id)["page"] == {"ok": 175, "robots": 1}
    db.close()
