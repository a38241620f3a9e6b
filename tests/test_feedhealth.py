"""Feeds that answer well and yet have fallen silent: empty, or far smaller than ever."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.feedhealth import READ, Silence, shrunken
from pipeline.store.connect import open_read, stamp
from pipeline.web.app import datasette
from tests.conftest import NOW, build, call
from tests.plans import scans
from tests.test_web_sources import get, words

SIZES = st.lists(st.integers(0, 60), max_size=READ)


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([0] + [40] * 9, Silence.EMPTY),
        ([0] * 30 + [40] * 40, Silence.EMPTY),  # since yesterday, and still
        ([12, 11] + [40, 38, 41] * 5, Silence.FEWER),
        ([14] + [40] * 20, None),  # a third is few, more is not
        ([0] * 51 + [40] * 49, None),  # the new habit
        ([0, 40, 40, 40], None),  # too little is known
        ([0] + [3, 0, 4, 2, 0, 5] * 5, None),  # it is empty now and then
        ([4] + [5, 40, 35, 8, 50, 20] * 5, None),  # it varies
        ([0] + [2, 1, 3] * 5, Silence.EMPTY),
        ([1] + [4] * 20, None),  # a small feed
        ([0] * 50, None),  # it never had any
        ([], None),
    ],
)
def test_a_feed_that_shrinks_is_told_from_one_that_varies(entries: list[int], found: Silence | None) -> None:
    assert shrunken(entries) is found


@given(SIZES, st.integers(1, 60))
def test_what_a_feed_often_was_is_no_silence(entries: list[int], size: int) -> None:
    """Neither of a feed of one size, nor where it is as large as ever, nor where one in five answers was as small."""
    assert shrunken([size] * len(entries)) is None
    if entries:
        assert shrunken([max(entries), *entries]) is None
    often = [small for n, e in enumerate(entries) for small in ([e, size] if n % 4 == 3 else [e])]
    assert shrunken([size, *often]) is None


@given(SIZES, st.integers(2, 9))
def test_it_is_a_matter_of_proportion_from_a_few_entries_on(entries: list[int], times: int) -> None:
    larger = [e * 20 * times for e in entries]
    assert shrunken(larger) is shrunken([e * 20 for e in entries])


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Courier's feed is empty now, Küstenblatt's has four entries of usually thirty."""
    path = build(tmp_path_factory.mktemp("own")).path
    with closing(sqlite3.connect(path)) as db, db:
        for source, sizes in (("courier", [22] * 8 + [0]), ("kueste", [30] * 8 + [4])):
            db.execute("DELETE FROM fetches WHERE url = ?", [f"https://{source}.example/feed"])
            db.executemany(
                "INSERT INTO fetches (run_id, source, url, kind, at, code, bytes, seconds, entries, new_entries)"
                " VALUES (1, ?, ?, 'feed', ?, 'ok', 1, 1, ?, 0)",
                [(source, f"https://{source}.example/feed", stamp(NOW + timedelta(hours=n + 1)), size)
                 for n, size in enumerate(sizes)])  # fmt: skip
    return path


def test_commands_and_pages_call_it_silent_alike(own: Path) -> None:
    shown = call("sources", "--silent", "--db", own).stdout
    assert "courier: https://courier.example/feed is silent: valid, but empty; usually 22" in shown
    assert "kueste: https://kueste.example/feed is silent: 4 entries; usually 30" in shown
    assert "2 silent feeds" in shown and "gone" not in shown
    rows = {r["source"]: r for r in json.loads(call("sources", "--silent", "--failing", "--db", own, "--json").stdout)}
    assert {k: (r["state"], r["silence"]) for k, r in rows.items()} == {
        "courier": ("silent", "empty"), "kueste": ("silent", "fewer"), "gone": ("switched off", None)}  # fmt: skip
    page = words(get(datasette(own), "/sources?show=silent"))
    assert "silent ok valid, but empty; usually 22" in page and "silent ok 4 entries; usually 30" in page


def test_habits_are_read_by_index(own: Path) -> None:
    from pipeline.store import health

    with closing(open_read(own)) as db:
        assert scans(db, lambda: health.feeds(db)) == []
