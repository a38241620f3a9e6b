"""The pages of sources: what they tell, how they are filtered; and what these, outlets and runs read."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import feedhealth
from pipeline.feedhealth import DAY_S, State
from pipeline.store import days, health, ledger, reads
from pipeline.store.connect import open_read, stamp
from pipeline.web.app import App, datasette
from pipeline.web.pages import sources
from tests.conftest import MARKS, Demo, Small, call
from tests.plans import scans
from tests.webpages import copied, get, words

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\u202etxet &amp;"


@pytest.fixture
def own(small: Small, tmp_path: Path) -> Path:
    """A copy of the small database, to change."""
    return copied(small.path, tmp_path)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        for sql in statements:
            db.execute(sql)


# -- sources


def test_sources_tell_what_the_command_tells_the_worst_first(app: App, demo: Demo) -> None:
    page = get(app, "/sources")
    order = re.findall(r'class="headline" href="/source/([^"]+)"', page)
    assert order[:3] == ["altlandbote", "neonblick", "langsam"]
    text = words(page)
    assert "switched off gone for good (410) (2 failures in a row: HTTP 410)" in text
    assert "looks like a consent page" in text  # the detail of the last answer
    printed = call("sources", "--json", "--db", demo.path).stdout
    for url in re.findall(r'"url": "(.+?)"', printed):
        assert f'href="{url}"' in page
    assert len(order) == 19 and "19 sources, 25 feeds; 3 of them in trouble" in text


def test_sources_are_filtered_and_say_so_where_there_is_none(app: App) -> None:
    failing = get(app, "/sources?show=failing")
    assert set(re.findall(r'href="/source/([a-z0-9]+)"', failing)) == {"altlandbote", "neonblick", "langsam"}
    assert "No source is silent. Show all 19." in words(get(app, "/sources?show=silent"))
    assert "show is one of all, failing, silent, not 'ill'" in words(get(app, "/sources?show=ill", 400))
    assert "page is a number from 1 to 1" in words(get(app, "/sources?page=2", 400))


def test_sources_come_in_pages(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PER_PAGE", 10)
    whole = [
        *re.findall(r'class="headline" href="(/source/[^"]+)"', get(app, "/sources") + get(app, "/sources?page=2"))
    ]
    assert len(whole) == len(set(whole)) == 19
    assert 'rel="next" href="?page=2"' in get(app, "/sources")


def test_a_source_that_is_followed_no_more_stays(own: Path) -> None:
    change(own, "UPDATE feeds SET followed = 0 WHERE source = 'courier'")
    app = datasette(own)
    assert "The Courier followed no more" in words(get(app, "/sources"))
    assert "names no feed of it; its articles stay" in words(get(app, "/source/courier"))


def test_one_source(app: App, db: sqlite3.Connection) -> None:
    page = get(app, "/source/nos")
    text = words(page)
    (row,) = days.outlets(db, 30, source="nos")
    assert (
        f"{row['stories']} stories that several outlets told: first in {row['first']}, origin of {row['origin']}"
        in text
    )
    assert f"cited by {row['cited']} articles" in text and "about" in text
    assert "Leant on by Outlet Times Lowlands Observer 4" in text
    assert page.count('href="/article/') == len(health.newest(db, "nos", sources.NEWEST)) > 10
    assert re.search(r'lang="nl" dir="auto">Treinstaking', page)
    assert "Hoe nu verder? in 4 articles" in text
    assert "lately: 3 × ok; 1 × ok, unchanged" in text and 'href="/run/4"' in page
    gone = words(get(app, "/source/altlandbote"))
    assert "No article yet. Its feeds are switched off." in gone and "No story that several outlets told" in gone
    assert "robots.txt forbids it" in words(get(app, "/source/hafenkurier"))  # the page that an entry waits for


def test_what_is_not_there(app: App) -> None:
    assert "There is no source nobody" in words(get(app, "/source/nobody", 404))
    assert "There is no run 99" in words(get(app, "/run/99", 404))
    assert "There is no number" in words(get(app, "/run/99999999999999999999", 404))
    get(app, "/source/No%20Body", 404)
    assert "window is one of" in words(get(app, "/source/nos?window=2d", 400))


def test_strangers_words_are_harmless(own: Path) -> None:
    text = HOSTILE.replace("'", "''")
    change(
        own, f"UPDATE sources SET name = '{text}', owner = '{text}', homepage = 'javascript:alert(1)'",
        f"UPDATE articles SET title = '{text}'", f"UPDATE fetches SET detail = '{text}', code = '{text}' WHERE id % 2",
        f"UPDATE fetches SET detail = '{text}'",
        f"UPDATE feeds SET moved_to = '{text}', failures = 1, last_code = '{text}'",
    )  # fmt: skip
    with closing(sqlite3.connect(own)) as db, db:
        db.row_factory = sqlite3.Row
        role = {"story_id": 1, "source": "courier", "role": "copy", "outlet": HOSTILE, "on_source": None, "how": "copy"}
        days.exchange(db, 20_777, [{**role, "lag_s": 60}], {})
    app = datasette(own)
    for path in ("/sources", "/source/courier", "/outlets", "/runs", "/run/1"):
        page = get(app, path)
        assert "<script>alert" not in page and 'href="javascript' not in page, path
        assert not MARKS.search(page.replace("\n", "")), path
        if path != "/runs":
            assert "alert(1)" in page and "txet" in page, path


def test_an_empty_database_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    from pipeline.store.connect import open_write

    open_write(path).close()
    app = datasette(path)
    assert "No source yet: retold init" in words(get(app, "/sources"))
    assert "yet: retold run collects and groups" in words(get(app, "/outlets"))
    assert "No run yet: retold run is one" in words(get(app, "/runs"))


# -- silence

FEED = {"disabled": None, "failures": 0, "last_code": "ok", "moved_to": None}


def test_a_feed_is_silent_by_its_own_habit(own: Path) -> None:
    """The Courier's feed brought news each ten hours, Küstenblatt's each four days; both have been quiet for two."""
    with closing(sqlite3.connect(own)) as db, db:
        for url, hours in (("https://courier.example/feed", 10), ("https://kueste.example/feed", 96)):
            db.execute("DELETE FROM fetches WHERE url = ?", [url])
            times = [stamp(NOW - timedelta(hours=48 + hours * n)) for n in reversed(range(8))]
            db.executemany(
                "INSERT INTO fetches (run_id, source, url, kind, at, code, bytes, seconds, entries, new_entries)"
                " VALUES (1, 'courier', ?, 'feed', ?, 'ok', 1, 1, 5, 1)", [(url, at) for at in times])  # fmt: skip
            db.execute("UPDATE feeds SET last_new = ?, last_ok = ? WHERE url = ?", [times[-1], stamp(NOW), url])
    with closing(open_read(own)) as db:
        found = {f["source"]: f for f in health.feeds(db)}
    assert found["courier"]["state"] is State.SILENT and found["kueste"]["state"] is State.FINE
    assert (found["courier"]["quiet_s"], found["courier"]["longest_s"]) == (48 * 3600, 10 * 3600)
    page = words(get(datasette(own), "/sources?show=silent"))
    assert "silent ok nothing new for 2.0 d; never for longer than 10.0 h before" in page and "Küstenblatt" not in page


@given(st.integers(0, 30 * DAY_S), st.integers(0, 30 * DAY_S), st.integers(0, 200), st.integers(0, DAY_S))
def test_silence_grows_with_quiet_and_never_within_a_day(quiet: int, longest: int, gaps: int, more: int) -> None:
    silent = feedhealth.is_silent(quiet, longest, gaps)
    assert not (silent and quiet <= max(DAY_S, longest if gaps >= feedhealth.FEWEST else 0))
    assert feedhealth.is_silent(quiet + more, longest, gaps) or not silent


def test_the_state_is_the_worst_that_holds() -> None:
    assert feedhealth.state({**FEED, "disabled": "2026", "failures": 3}, True) is State.OFF
    assert feedhealth.state({**FEED, "failures": 1, "moved_to": "x"}, True) is State.FAILING
    assert feedhealth.state({**FEED, "moved_to": "x"}, True) is State.SILENT
    assert feedhealth.state({**FEED, "moved_to": "x"}, False) is State.MOVED
    assert feedhealth.state({**FEED, "last_code": None}, False) is State.NEW
    assert [feedhealth.span(s) for s in (None, 0, 0.18, 90, 4000, 3 * DAY_S, -90)] == [
        "", "0 s", "0.2 s", "2 min", "1.1 h", "3.0 d", "−2 min"]  # fmt: skip


# -- what they read


def test_every_page_reads_by_index(db: sqlite3.Connection) -> None:
    key, feed = "nos", "http://feeds.nos.test/nosnieuwsalgemeen"
    asks: dict[str, Any] = {
        "feeds": lambda: health.feeds(db), "sources": lambda: health.sources(db),
        "source": lambda: health.source(db, key),
        "habit": lambda: health._habit(db, feed), "asked since": lambda: health._asked_since(db, feed),
        "lags": lambda: health.lags(db, key), "left out": lambda: health.left_out(db, key),
        "days": lambda: health.days(db, key, "2026-11-01"), "newest": lambda: health.newest(db, key, 20),
        "answers": lambda: health.answers(db, key, 20), "codes": lambda: health.codes(db, [feed], 20),
        "waiting": lambda: health.waiting(db, "hafenkurier"),
        "outlets": lambda: [days.outlets(db, n) for n in (0, 1, 7, 30)], "last": lambda: days.last(db),
        "leanings": lambda: [days.leanings(db, 30, source=key), days.leanings(db, 30, on_source=key)],
        "runs": lambda: [ledger.pages(db, 50), ledger.page(db, 1, 50), ledger.run(db, 2), ledger.stages(db, [1, 2])],
        "outcomes": lambda: ledger.outcomes(db, 2), "fetches": lambda: ledger.fetches(db, 2, failing=True),
    }  # fmt: skip
    assert {name: found for name, ask in asks.items() if (found := scans(db, ask))} == {}
    wait, left = scans(db, lambda: reads.waiting(db))
    assert wait.startswith("SCAN e USING INDEX entries_open")  # which holds those that wait, and no others
    assert left.startswith("SCAN entries USING INDEX entries_left_out")  # … those that were left out
    plan = [r[3] for r in db.execute("EXPLAIN QUERY PLAN SELECT first_seen, published FROM articles WHERE source = 'x'"
                                     " ORDER BY first_seen DESC LIMIT 100")]  # fmt: skip
    assert plan == ["SEARCH articles USING COVERING INDEX articles_seen (source=?)"]
