"""The pages of outlets and runs: what they tell, in which order, and what their plots are made of."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from pipeline.store import days, ledger
from pipeline.store.connect import open_read
from pipeline.web.app import App, datasette
from pipeline.web.pages import outlets
from pipeline.web.plots import outlets as shares
from pipeline.web.plots import runs as history
from pipeline.web.plots import sources as plots
from tests.conftest import Demo, Small, call
from tests.webpages import copied, get, words


@pytest.fixture
def own(small: Small, tmp_path: Path) -> Path:
    """A copy of the small database, to change."""
    return copied(small.path, tmp_path)


# -- outlets


def test_outlets_are_sorted_by_any_column_through_the_address(app: App, db: sqlite3.Connection) -> None:
    rows = [{**r, "copies": r["copy"] + r["cut_copy"], "share": shares.share(r["theirs"], r["articles"])}
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


def test_outlets_come_in_pages(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = re.findall(r'class="headline" href="([^"]+)"', get(app, "/outlets?sort=lag"))
    monkeypatch.setattr(outlets, "PER_PAGE", 8)
    pieces = [get(app, f"/outlets?sort=lag&page={n}") for n in (1, 2)]
    assert re.findall(r'class="headline" href="([^"]+)"', "".join(pieces)) == whole
    assert 'rel="next" href="?sort=lag&amp;page=2"' in pieces[0] and get(app, "/outlets?page=3", 400)


def test_outlets_tell_what_the_command_tells(app: App, demo: Demo) -> None:
    text = words(get(app, "/outlets?window=all"))
    for line in call("outlets", "--db", demo.path, COLUMNS="160").stdout.splitlines()[1:4]:
        name, *numbers = re.split(r"  +", line.strip())
        assert f"{name} {' '.join(numbers[:3])}" in text
    assert "the window ends with 2026-11-21" in words(get(app, "/outlets"))


def test_dots_lie_where_the_table_says(app: App) -> None:
    page = get(app, "/outlets")
    leading, _ = (json.loads(block) for block in re.findall(r'<script type="application/json">(.*?)</script>', page))
    dots = {d["url"]: d["value"] for d in leading["series"][0]["data"]}
    told = re.findall(r'class="headline" href="([^"]+)".*?([\d.]+) %', page, re.S)
    assert len(told) == len(dots) == 15
    assert {url: round(value[1]) for url, value in dots.items()} == {url: int(share) for url, share in told}
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in dots.values())


def test_plots_of_outlets() -> None:
    row = {"source": "a", "outlet": "A {x}", "stories": 4, "articles": 80, "first": 1, "theirs": 4}
    other = {**row, "source": "b", "outlet": "B", "articles": 78}
    (first, second) = shares.leading([row, other])["series"][0]["data"]
    assert first["value"] == [25.0, 5.0] and first["url"] == "/source/a"
    assert first["symbolSize"] > second["symbolSize"]
    assert (first["label"]["show"], second["label"]["show"]) == (True, False)  # the smaller would lie on the larger
    for axis in ("xAxis", "yAxis"):  # a dot at 0 or 100 lies beside the labels, and these are round
        drawn = shares.leading([row])[axis]
        assert drawn["min"] <= -5 and drawn["max"] >= 105
        assert set(drawn["axisLabel"]["customValues"]) == {0, 20, 40, 60, 80, 100}
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
    assert plots.calendar({"2026-11-20": 3}, date(2026, 11, 20), 2) == [("2026-11-19", 0), ("2026-11-20", 3)]
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
