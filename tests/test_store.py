"""The one door to SQL: opening, locking, and what a feed's and a page's answers leave behind."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.config import Config, loads
from pipeline.model import Entry, FetchResult, ParsedFeed, Reason, StoreError, TextFrom, Validators
from pipeline.signatures import paragraph_hashes, title_hash
from pipeline.store import articles as store_articles
from pipeline.store import collecting, entries, fulltext, reads, runs
from pipeline.store.connect import LockedError, begin, commit, lock, open_read, open_write, transaction
from tests.making import NOW, article

FEED = "https://courier.test/rss"
CONFIG = """
http: {user_agent: "Retold test (+https://example.org/bot)"}
sources:
  courier: {name: Courier, owner: C, country: GB, language: en, role: publisher,
            feeds: [https://courier.test/rss], sitemaps: [https://courier.test/news.xml]}
"""
AT = runs.Moment(1, NOW)


@pytest.fixture
def config() -> Config:
    return loads(CONFIG, "config.yaml")


@pytest.fixture
def db(tmp_path: Path, config: Config) -> Iterator[sqlite3.Connection]:
    connection = open_write(tmp_path / "stories.db")
    collecting.sync_sources(connection, config.sources)
    runs.begin_run(connection, NOW, "r")
    yield connection
    connection.close()


def entry(guid: str = "g1", **more: object) -> Entry:
    return Entry(FEED, guid, f"https://courier.test/{guid}", "Ferry hits quay", **more)  # type: ignore[arg-type]


def result(code: Reason = Reason.OK, url: str = FEED, **more: object) -> FetchResult:
    return FetchResult("courier", url, "feed", code, **more)  # type: ignore[arg-type]


def store_feed(db: sqlite3.Connection, *entries: Entry, at: runs.Moment = AT, **more: object) -> list[Entry]:
    keys = {e.guid: f"courier.test/{e.guid}" for e in entries}
    return collecting.record_feed(db, at, result(**more), ParsedFeed(entries), keys, 1800)[0]


def store_page(db: sqlite3.Connection, e: Entry, text: str | None, code: Reason = Reason.OK, **more: object) -> str:
    found = None
    if text is not None:
        a = replace(article(0, e.title, text, source="courier"), key=f"courier.test/{e.guid}", **more)
        found = store_articles.Found(a, tuple(paragraph_hashes(a)), title_hash(a))
    page = FetchResult("courier", str(e.url), "page", code)
    return store_articles.record_article(db, AT, page, e, found, 3)


def all_rows(db: sqlite3.Connection) -> list[str]:
    return [line for line in db.iterdump() if not re.match(r'INSERT INTO "?(fetches|runs|feeds|articles_fts)', line)]


@pytest.mark.case("B7")
def test_validators_are_kept_with_the_entries_they_vouch_for(db: sqlite3.Connection) -> None:
    assert store_feed(db, entry(), validators=Validators('W/"1"', "yesterday", "ab")) == [entry()]
    assert collecting.validators(db) == {FEED: Validators('W/"1"', "yesterday", "ab")}
    collecting.record_feed(db, AT, result(Reason.NOT_A_FEED), None, {}, 1800)
    assert collecting.validators(db)[FEED].etag == 'W/"1"'


@pytest.mark.case("F13")
def test_the_same_feed_twice_writes_no_row(db: sqlite3.Connection) -> None:
    store_feed(db, entry())
    assert store_page(db, entry(), "Twelve people were hurt.") == "new"
    before = all_rows(db)
    assert store_feed(db, entry()) == []
    assert all_rows(db) == before


@pytest.mark.case("E6")
def test_a_bumped_date_alone_is_no_change_and_the_first_claim_stays(db: sqlite3.Connection) -> None:
    store_feed(db, entry(published=NOW - timedelta(hours=5)))
    store_page(db, entry(), "Twelve people were hurt.")
    assert store_feed(db, entry(published=NOW)) == []
    store_feed(db, entry(published=NOW, summary="now with more"))
    assert db.execute("SELECT published FROM entries").fetchone()[0] == "2026-03-05T07:00:00Z"


@pytest.mark.case("E5")
def test_an_edited_article_is_a_new_version_of_the_same(db: sqlite3.Connection) -> None:
    store_feed(db, entry())
    store_page(db, entry(), "Twelve people were hurt.")
    changed = entry(summary="now thirteen")
    assert store_feed(db, changed) == [changed]
    assert store_page(db, changed, "Thirteen people were hurt.") == "edited"
    row = db.execute("SELECT id, version, text FROM articles").fetchall()
    assert [tuple(r) for r in row] == [(1, 2, "Thirteen people were hurt.")]
    assert [tuple(r) for r in db.execute("SELECT version, text FROM versions")] == [(1, "Twelve people were hurt.")]
    assert [r["article_id"] for r in fulltext.search(db, "thirteen")] == [1]
    assert fulltext.search(db, "twelve") == []


@pytest.mark.case("E5")
def test_a_page_that_flips_keeps_a_bounded_history(db: sqlite3.Connection) -> None:
    store_feed(db, entry())
    for n in range(60):
        store_page(db, entry(), f"Wording number {n % 2} of the page.")
    kept = [r[0] for r in db.execute("SELECT version FROM versions ORDER BY version")]
    assert len(kept) <= store_articles.MAX_VERSIONS and kept[-1] == 59


def test_a_failed_page_keeps_its_teaser_and_is_tried_again_but_not_for_ever(db: sqlite3.Connection) -> None:
    store_feed(db, entry())
    teaser = {"text_from": TextFrom.TEASER}
    assert store_page(db, entry(), "Twelve hurt.", Reason.TIMEOUT, **teaser) == "new"
    assert entries.pending(db, NOW) == []
    later = NOW + timedelta(hours=1)
    assert [e.guid for _, e in entries.pending(db, later)] == ["g1"]
    assert store_page(db, entry(), "Twelve people were hurt, police said.") == "edited"
    assert entries.pending(db, later) == []
    for n in range(store_articles.MAX_TRIES):
        store_feed(db, entry("g2"))
        store_page(db, entry("g2"), None, Reason.NOT_FOUND)
        state = db.execute("SELECT state FROM entries WHERE guid='g2'").fetchone()[0]
        assert state == ("given_up" if n == store_articles.MAX_TRIES - 1 else "wanted")


def test_a_teaser_never_replaces_a_full_text(db: sqlite3.Connection) -> None:
    store_feed(db, entry())
    store_page(db, entry(), "Twelve people were hurt, police said.")
    assert store_page(db, entry(), "Twelve hurt.", Reason.TIMEOUT, text_from=TextFrom.TEASER) == "same"
    assert db.execute("SELECT text FROM articles").fetchone()[0].startswith("Twelve people")


@pytest.mark.parametrize("code", [Reason.CANCELLED, Reason.BACKED_OFF])
def test_a_page_that_was_not_asked_stays_wanted(db: sqlite3.Connection, code: Reason) -> None:
    store_feed(db, entry())
    store_page(db, entry(), "Twelve hurt.", code, text_from=TextFrom.TEASER)
    assert [e.guid for _, e in entries.pending(db, NOW)] == ["g1"]
    assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 0


@pytest.mark.case("E8")
def test_two_feeds_of_one_site_point_at_one_article(db: sqlite3.Connection) -> None:
    store_feed(db, entry())
    store_page(db, entry(), "Twelve people were hurt.")
    other = replace(entry("x"), feed_url="https://courier.test/news.xml", url="https://courier.test/g1")
    wanted, new = collecting.record_feed(
        db, AT, result(url=other.feed_url), ParsedFeed((other,)), {"x": "courier.test/g1"}, 1800
    )
    assert (wanted, new) == ([], 1)
    assert [r[0] for r in db.execute("SELECT article_id FROM entries")] == [1, 1]


@pytest.mark.parametrize(
    ("answers", "minutes"),
    [
        ([Reason.OK], 30),
        ([Reason.TIMEOUT], 30),
        ([Reason.TIMEOUT] * 3, 120),
        ([Reason.TIMEOUT] * 20, 24 * 60),
        ([Reason.TIMEOUT] * 3 + [Reason.NOT_MODIFIED], 30),
    ],
)
@pytest.mark.case("B13")
def test_a_failing_feed_is_asked_less_and_less(db: sqlite3.Connection, answers: list[Reason], minutes: int) -> None:
    for code in answers:
        collecting.record_feed(db, AT, result(code), None, {}, 1800)
    before, after = NOW + timedelta(minutes=minutes - 2), NOW + timedelta(minutes=minutes)
    assert FEED not in collecting.due(db, before) and FEED in collecting.due(db, after)


@pytest.mark.case("B14")
def test_retry_after_outlives_the_run(db: sqlite3.Connection) -> None:
    collecting.record_feed(db, AT, result(Reason.RATE_LIMITED, retry_after_s=4 * 3600), None, {}, 1800)
    assert FEED not in collecting.due(db, NOW + timedelta(hours=4))  # the second in which it was told is not over
    assert FEED in collecting.due(db, NOW + timedelta(hours=4, seconds=1))


@pytest.mark.case("B14")
def test_forcing_does_not_override_a_server_that_asked_us_to_wait(db: sqlite3.Connection) -> None:
    collecting.record_feed(db, AT, result(Reason.RATE_LIMITED, retry_after_s=4 * 3600), None, {}, 1800)
    collecting.make_due(db, [FEED])
    assert FEED not in collecting.due(db, NOW + timedelta(hours=3))


def test_a_night_without_a_network_does_not_silence_the_next_day(db: sqlite3.Connection) -> None:
    for _ in range(20):
        collecting.record_feed(db, AT, result(Reason.DNS), None, {}, 1800)
    assert FEED in collecting.due(db, NOW + timedelta(minutes=30))


def test_a_feed_that_left_the_configuration_is_no_longer_ill(db: sqlite3.Connection, config: Config) -> None:
    collecting.record_feed(db, AT, result(Reason.TIMEOUT), None, {}, 1800)
    assert FEED in [r["url"] for r in reads.sources(db)]
    source = config.sources[0]
    collecting.sync_sources(db, [source.model_copy(update={"feeds": ()})])
    assert FEED not in [r["url"] for r in reads.sources(db)]
    collecting.sync_sources(db, [source])
    assert FEED in [r["url"] for r in reads.sources(db)]
    collecting.sync_sources(db, [source.model_copy(update={"enabled": False})])
    assert reads.sources(db) == []


@pytest.mark.case("B8")
def test_three_permanent_redirects_in_a_row_are_a_move(db: sqlite3.Connection) -> None:
    shown = []
    for target in ("a", "b", "b", None, "b", "b", "b"):
        collecting.record_feed(db, AT, result(Reason.OK, moved_to=target), None, {}, 1800)
        shown += [r["moved_to"] for r in reads.sources(db) if r["url"] == FEED]
    assert shown == [None] * 6 + ["b"]


@pytest.mark.case("B12")
def test_gone_is_not_asked_again_unless_told(db: sqlite3.Connection) -> None:
    collecting.record_feed(db, AT, result(Reason.GONE), None, {}, 1800)
    assert FEED not in collecting.due(db, NOW + timedelta(days=900))
    collecting.make_due(db, [FEED], retry_gone=True)
    assert FEED in collecting.due(db, NOW)


@pytest.mark.case("F2")
def test_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "stories.db"
    with lock(path), pytest.raises(LockedError), lock(path):
        pass
    with lock(path):
        pass  # the first holder let go


@pytest.mark.case("F5")
def test_a_busy_writer_is_said_and_loses_nothing(db: sqlite3.Connection, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "stories.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    db.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(LockedError, match="busy"):
        store_feed(db, entry())
    other.execute("ROLLBACK")
    assert store_feed(db, entry()) == [entry()]


@pytest.mark.case("F4")
def test_a_reader_sees_the_last_commit_while_a_run_writes(db: sqlite3.Connection, tmp_path: Path) -> None:
    store_feed(db, entry())
    store_page(db, entry(), "Twelve people were hurt.")
    with transaction(db):
        db.execute("DELETE FROM entries")
        reader = open_read(tmp_path / "stories.db")
        assert reader.execute("SELECT count(*) FROM entries").fetchone()[0] == 1
    reader.close()


def foreign(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE t (a)")
    other.execute("PRAGMA application_id = 7")
    other.close()


def newer(path: Path) -> None:
    open_write(path).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()


@pytest.mark.case("F7", "F8")
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: p.write_bytes(b"not a database at all, but long enough to look like one" * 20), "not a database"),
        (foreign, "another program"),
        (newer, "newer Retold"),
        (lambda p: p.mkdir(), "unable to open"),
    ],
)
def test_what_is_not_ours_is_left_alone(tmp_path: Path, make, said: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "stories.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=said):
        open_write(path)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.case("F8")
def test_reading_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such database"):
        open_read(tmp_path / "stories.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.case("F1")
def test_what_is_committed_together_is_still_whole_one_by_one(db: sqlite3.Connection, tmp_path: Path) -> None:
    begin(db)
    store_feed(db, entry("g1"))
    with pytest.raises(KeyError, match="g2"):
        collecting.record_feed(db, AT, result(), ParsedFeed((entry("g3"), entry("g2"))), {"g3": "k"}, 1800)
    store_feed(db, entry("g4"))
    with closing(open_read(tmp_path / "stories.db")) as other:
        assert other.execute("SELECT count(*) FROM entries").fetchone()[0] == 0
        commit(db)
        assert [r["guid"] for r in other.execute("SELECT guid FROM entries ORDER BY id")] == ["g1", "g4"]
        assert other.execute("SELECT count(*) FROM fetches").fetchone()[0] == 2
    store_feed(db, entry("g5"))
    assert not db.in_transaction, "alone again"


@pytest.mark.case("F6")
def test_a_full_disk_is_an_error_in_words_and_the_database_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "stories.db"
    open_write(path).close()
    script = f"""
import resource, sys
from pathlib import Path
from pipeline.model import StoreError
from pipeline.store.connect import open_write, transaction
db = open_write(Path({str(path)!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    for n in range(1000):
        with transaction(db):
            db.execute("INSERT INTO sources VALUES (?, ?, '', 'GB', 'en', 'publisher', NULL, 1)", [str(n), "x" * 5000])
except StoreError as error:
    print("said:", error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("said: the database refused a write"), done.stderr
    db = open_write(path)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()


@pytest.mark.case("D7")
@pytest.mark.parametrize(
    "words", ['"', "NEAR(", "a AND", "'); DROP TABLE articles; --", "*", "título OR", "^x", "col:y"]
)
def test_search_takes_any_words(db: sqlite3.Connection, words: str) -> None:
    assert fulltext.search(db, words) == []
    assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 0


def test_where_a_disk_is_full_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def filled(db: sqlite3.Connection) -> None:
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
        for n in range(1000):
            with transaction(db):
                db.execute("INSERT INTO sources VALUES (?, ?, '', 'GB', 'en', 'publisher', NULL, 1)", [n, "x" * 5000])

    path, full = tmp_path / "stories.db", tmp_path / "full"
    full.mkdir()
    with closing(open_write(path)) as db:
        with pytest.raises(StoreError) as told:
            filled(db)
        words = re.escape(f"{path}: database or disk is full ({path.parent} has ") + r"[\d.,]+ [GM]B free\)"
        assert re.fullmatch(words, str(told.value)), told.value
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setenv("TMPDIR", str(full))
        monkeypatch.setattr(shutil, "disk_usage", lambda of: usage._replace(free=0) if of == full else usage)
        with pytest.raises(StoreError, match=f"temporary files go to {full}, which has 0.* MB: set TMPDIR"):
            filled(db)
