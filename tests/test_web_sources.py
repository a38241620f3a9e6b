"""The pages of sources, outlets and runs: what they tell, how they are filtered, what they read."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import feedhealth
from pipeline.feedhealth import DAY_S, State
from pipeline.store import days, health, ledger, reads
from pipeline.store.connect import open_read, stamp
from pipeline.web.app import App, datasette
from pipeline.web.pages import outlets, sources
from pipeline.web.plots import outlets as shares
from pipeline.web.plots import runs as history
from pipeline.web.plots import sources as plots
from tests.conftest import MARKS, Demo, Small, call
from tests.plans import scans

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\u202etxet &amp;"


def get(app: App, path: str, status: int = 200) -> str:
    answer: httpx.Response = asyncio.run(app.client.get(path))
    assert answer.status_code == status, answer.text
    return answer.text


def words(html: str) -> str:
    """What the page says, without markup, blanks single."""
    body = re.sub(r"<script.*?</script>", " ", html.partition("<main")[2], flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture(scope="module")
def app(demo: Demo) -> App:
    return datasette(demo.path)


@pytest.fixture(scope="module")
def db(demo: Demo) -> Iterator[sqlite3.Connection]:
    with closing(open_read(demo.path)) as db:
        yield db


@pytest.fixture
def own(small: Small, tmp_path: Path) -> Path:
    """A copy of the small database, to change."""
    path = tmp_path / "own.db"
    with closing(sqlite3.connect(small.path)) as there, closing(sqlite3.connect(path)) as here:
        there.backup(here)
        here.execute("PRAGMA journal_mode=WAL")
    return path


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
        f"UPDATE leaning_sums SET outlet = '{text}' || outlet",
    )  # fmt: skip
    app = datasette(own)
    for path in ("/sources", "/source/courier", "/outlets", "/runs", "/run/1"):
        page = get(app, path)
        assert "<script>alert" not in page and 'href="javascript' not in page, path
        assert not MARKS.search(page.replace("\n", "")), path
        if path != "/runs":
            assert "alert(1)" in page, path


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


# -- outlets


def test_outlets_are_sorted_by_any_column_through_the_address(app: App, db: sqlite3.Connection) -> None:
    rows = [{**r, "copies": r["copy"] + r["cut_copy"], "theirs": shares.share(shares.copied(r), r["articles"])}
            for r in days.outlets(db, 30)]  # fmt: skip
    for sort in outlets.COLUMNS:
        for up in ("", "&up=1"):
            page = get(app, f"/outlets?sort={sort}{up}")
            shown = re.findall(r'class="headline" href="/source/([^"]+)"', page)
            assert shown == [r["source"] for r in outlets.ordered(rows, sort, bool(up))]
            assert len(re.findall("aria-sort=", page)) == 1
    least = outlets.ordered(rows, "lag", True)
    assert [r["median_lag_s"] for r in least] == sorted(r["median_lag_s"] for r in least)
    assert "sort is one of" in words(get(app, "/outlets?sort=x", 400))
    assert 'href="?sort=lag&amp;window=7d"' in get(app, "/outlets?sort=lag")


def test_outlets_tell_what_the_command_tells(app: App, demo: Demo) -> None:
    text = words(get(app, "/outlets?window=all"))
    for line in call("outlets", "--db", demo.path, COLUMNS="160").stdout.splitlines()[1:4]:
        name, *numbers = re.split(r"  +", line.strip())
        assert f"{name} {' '.join(numbers[:3])}" in text
    assert "the window ends with 2026-11-21" in words(get(app, "/outlets"))


def test_plots_of_outlets() -> None:
    row = {"source": "a", "outlet": "A {x}", "stories": 4, "articles": 80, "first": 1, "copy": 1, "cut_copy": 1,
           "rewrite": 1, "translation": 1}  # fmt: skip
    other = {**row, "source": "b", "outlet": "B", "articles": 78}
    (first, second) = shares.leading([row, other])["series"][0]["data"]
    assert first["value"] == [25.0, 5.0] and first["url"] == "/source/a"
    assert first["symbolSize"] > second["symbolSize"]
    assert (first["label"]["show"], second["label"]["show"]) == (True, False)  # the smaller would lie on the larger
    assert shares.leading([])["series"][0]["data"] == []
    both = [
        {"source": "a", "outlet": "B", "on_source": "b", "times": 3},
        {"source": "b", "outlet": "A", "on_source": "a", "times": 1},
    ]
    drawn = shares.leaning(both, {"a": "A", "b": "B"})["series"][0]
    names = [n["name"] for n in drawn["data"]]
    assert len(set(names)) == 4, "an outlet on both sides is two nodes: a band never leads back"
    assert {x["target"] for x in drawn["links"]}.isdisjoint(x["source"] for x in drawn["links"])


def test_plots_of_a_source() -> None:
    assert plots.calendar({"2026-11-20": 3}, NOW.date(), 2) == [("2026-11-19", 0), ("2026-11-20", 3)]
    late = dict(plots.lateness([-1, 0, 299, 300, 86_400 * 8]))
    assert late["before its time"] == 1 and late["under 5 min"] == 2 and late["5–15 min"] == 1
    assert late[plots.LATEST] == 1 and sum(late.values()) == 5
    killed = {"id": 2, "started": "2026-11-20T12:00:00Z", "counts": {}, "duration_s": None}
    before = {**killed, "id": 1, "counts": {"new_articles": 3}, "duration_s": 2.5}
    drawn = history.history([killed, before])
    assert [d["value"] for d in drawn["series"][0]["data"]] == [3, None], "the oldest is on the left"


# -- runs


def test_runs_and_their_answers(app: App, db: sqlite3.Connection) -> None:
    page = get(app, "/runs")
    assert re.findall(r'scope="row" class="n id"><a href="(/run/\d+)"', page) == [
        "/run/4",
        "/run/3",
        "/run/2",
        "/run/1",
    ]
    assert "1 × robots.txt forbids it" in words(page) and "/run/1?code=robots" in page
    one = get(app, "/run/1")
    text = words(one)
    total = db.execute("SELECT count(*) FROM fetches WHERE run_id = 1").fetchone()[0]
    assert f"{total} answers, those that failed first" in text and "new articles 93" in text
    assert one.index("not found (404)") < one.index("looks like a consent page") < one.rindex("dniprodispatch.test")
    assert "1 answer." in words(get(app, "/run/1?code=robots")) and "Page 1 of" in text
    failing = words(get(app, "/run/1?show=failing"))
    assert "4 answers." in failing and "dniprodispatch" not in failing
    assert "No such answer" in words(get(app, "/run/4?code=gone"))
    assert "code is one of" in words(get(app, "/run/1?code=x", 400)) and get(app, "/run/1?page=77", 400)


def test_runs_come_in_pages_and_answers_too(own: Path) -> None:
    with closing(sqlite3.connect(own)) as db, db:
        db.executemany("INSERT INTO runs (started, state, recipe) VALUES (?, 'interrupted', 'r')",
                       [("2026-11-20T12:00:00Z",)] * 118)  # fmt: skip
        db.execute("UPDATE runs SET state = 'running' WHERE id = 120")
    app = datasette(own)
    pages = [get(app, f"/runs?page={n}") for n in (1, 2, 3)]
    shown = [int(i) for page in pages for i in re.findall(r'class="n id"><a href="/run/(\d+)"', page)]
    assert shown == list(range(120, 0, -1))
    assert "under way" in words(pages[0]) and "not counted: it was killed" in words(pages[1])
    assert "What it came to was not counted" in words(get(app, "/run/50"))
    with closing(open_read(own)) as db:
        whole = ledger.fetches(db, 1, limit=1000)
        pieces = [f for n in range(0, len(whole), 3) for f in ledger.fetches(db, 1, limit=3, offset=n)]
        assert pieces == whole and [f["failed"] for f in whole] == sorted((f["failed"] for f in whole), reverse=True)


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
        "runs": lambda: [ledger.pages(db, 50), ledger.page(db, 1, 50), ledger.run(db, 2)],
        "outcomes": lambda: ledger.outcomes(db, 2), "fetches": lambda: ledger.fetches(db, 2, failing=True),
    }  # fmt: skip
    assert {name: found for name, ask in asks.items() if (found := scans(db, ask))} == {}
    (walk,) = scans(db, lambda: reads.waiting(db))
    assert walk.startswith("SCAN e USING INDEX entries_open")  # which holds those that wait, and no others
    plan = [r[3] for r in db.execute("EXPLAIN QUERY PLAN SELECT first_seen, published FROM articles WHERE source = 'x'"
                                     " ORDER BY first_seen DESC LIMIT 100")]  # fmt: skip
    assert plan == ["SEARCH articles USING COVERING INDEX articles_seen (source=?)"]
