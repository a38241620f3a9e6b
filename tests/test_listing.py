"""The rows that lists are read from: which stories are found, in which order, and the days of the outlets."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.asked import Asked, Order
from pipeline.store import asking, days, roles
from pipeline.store.faults import FAULTS
from pipeline.store.listing_tables import LISTINGS
from tests.plans import scans

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def everything(db: Any, asked: Asked, now: datetime = NOW) -> list[dict[str, Any]]:
    return asking.stories(db, asked, now, limit=10_000)


CITING = "l.story_id IN (SELECT story_id FROM v_citations WHERE cited = 'Der Spiegel' AND kind <> 'link')"
FILTERS = [
    (Asked(), "l.articles > 1"),
    (Asked(min_articles=1), "1"),
    (Asked(min_articles=4), "l.articles >= 4"),
    (Asked(lang="nl"), "l.articles > 1 AND ' ' || l.languages || ' ' LIKE '% nl %'"),
    (Asked(source="nos", min_articles=1), "l.story_id IN (SELECT story_id FROM v_story_articles WHERE source = 'nos')"),
    (Asked(origin="der spiegel"), "l.articles > 1 AND l.origin = 'Der Spiegel'"),
    (Asked(origin="spiegel"), "l.articles > 1 AND l.origin_source = 'spiegel'"),
    (Asked(cites="Der Spiegel", min_articles=1), CITING),
    (Asked(cites="Der Spiegel", lang="nl"),
     f"l.articles > 1 AND {CITING}"
     " AND l.story_id IN (SELECT story_id FROM v_story_articles WHERE lang = 'nl')"),
    (Asked(min_origins=2), "l.articles > 1 AND l.origins >= 2"),
    (Asked(since="2026-11-20T06:00:00Z"), "l.articles > 1 AND l.newest >= '2026-11-20T06:00:00Z'"),
    (Asked(until="2026-11-20T06:00:00Z", lang="de"),
     "l.articles > 1 AND l.newest < '2026-11-20T06:00:00Z' AND ' ' || l.languages || ' ' LIKE '% de %'"),
    (Asked(words="drohne* OR drone*"), "l.articles > 1 AND l.story_id IN (SELECT c.story_id FROM articles_fts f"
     " JOIN copies c ON c.article_id = f.rowid WHERE articles_fts MATCH 'drohne* OR drone*')"),
    (Asked(words="-nothing"), "0"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "where"), FILTERS, ids=[str(n) for n in range(len(FILTERS))])
def test_what_is_asked_for_is_found(db: Any, asked: Asked, where: str) -> None:
    expected = {r[0] for r in db.execute(f"SELECT story_id FROM listings l WHERE {where}")}
    found = [r["story_id"] for r in everything(db, asked)]
    assert sorted(found) == sorted(expected)
    assert expected or where == "0"
    several = {i for i in expected if db.execute("SELECT several FROM listings WHERE story_id=?", [i]).fetchone()[0]}
    if asked.min_articles == 2:
        assert asking.count(db, asked)[0] == len(several)


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(
    "asked", [Asked(), Asked(lang="de"), Asked(words="die OR the OR het")], ids=["all", "de", "words"]
)
def test_pages_are_pieces_of_the_whole_list_in_its_order(db: Any, order: Order, asked: Asked) -> None:
    asked = Asked(words=asked.words, lang=asked.lang, order=order)
    now = NOW - timedelta(hours=12)
    whole = everything(db, asked, now)
    keys = {
        Order.ORIGINS: ("origins", "growth", "newest"), Order.GROWTH: ("growth", "origins", "newest"),
        Order.NEWEST: ("newest",), Order.ARTICLES: ("articles", "newest"),
    }[order]  # fmt: skip
    values = [tuple(r[k] for k in keys) for r in whole]
    assert values == sorted(values, reverse=True) and len(whole) > 3
    pieces = [r for at in range(0, len(whole), 3) for r in asking.stories(db, asked, now, limit=3, offset=at)]
    assert pieces == whole


def test_growth_counts_the_articles_of_the_last_hours(db: Any) -> None:
    for row in everything(db, Asked(order=Order.GROWTH)):
        counted = db.execute(
            "SELECT count(*) FROM v_story_articles WHERE story_id = ? AND effective > '2026-11-20T02:00:00Z'",
            [row["story_id"]],
        ).fetchone()[0]
        assert row["growth"] == counted > 0


def test_values_are_those_of_the_stories(db: Any) -> None:
    assert asking.values(db, "lang") == ["de", "en", "nl"]
    keys = [r[0] for r in db.execute("SELECT DISTINCT source FROM articles ORDER BY 1")]
    assert asking.values(db, "source") == keys
    assert asking.values(db, "source", most=2) == keys[:2]


def test_days_add_up_to_what_the_view_says(db: Any) -> None:
    summed, viewed = days.outlets(db), roles.outlets(db)
    names = ("source", "outlet", "owner", "stories", "articles", "first", "origin", "report", "copy", "cut_copy",
             "rewrite", "translation", "follow_up", "leans_most_times")  # fmt: skip
    assert [[r[n] or 0 for n in names] for r in summed] == [[r[n] or 0 for n in names] for r in viewed]
    for mine, theirs in zip(summed, viewed, strict=True):
        assert mine["cited"] == theirs["cited_by_articles"]
        if theirs["median_lag_s"]:
            assert mine["median_lag_s"] == pytest.approx(theirs["median_lag_s"], rel=0.5)
    assert 0 < sum(r["articles"] for r in days.outlets(db, 1)) < sum(r["articles"] for r in summed)
    assert days.outlets(db, 30) == days.outlets(db, 7) == summed  # it is three days old
    spiegel = next(r for r in summed if r["source"] == "spiegel")  # it translates itself: that is nobody else's text
    assert (
        spiegel["translation"] == 2 and spiegel["theirs"] == spiegel["copy"] + spiegel["cut_copy"] + spiegel["rewrite"]
    )
    for row in summed:
        assert days.outlets(db, source=row["source"]) == [row]
        own = days.leanings(db, source=row["source"])
        assert [r["times"] for r in own[:1]] == [row["leans_most_times"]] * bool(own)
        assert {r["on_source"] for r in days.leanings(db, on_source=row["source"])} <= {row["source"]}


@given(st.lists(st.tuples(st.integers(0, 70), st.integers(0, 3)), max_size=12))
def test_sums_are_those_of_the_days_however_these_come_and_go(changes: list[tuple[int, int]]) -> None:
    with closing(open_memory()) as db:
        for day, articles in changes:
            counted = [{"source": "a", "story_id": n, "role": "copy", "outlet": "B", "on_source": None, "how": "copy",
                        "lag_s": 60 * n} for n in range(articles)]  # fmt: skip
            days.exchange(db, day, counted, {"c": articles} if articles else {})
        sums = [fault for fault in FAULTS if fault.name.startswith("sum")]
        assert len(sums) == 3 and [fault.name for fault in sums if db.execute(fault.sql).fetchone()] == []
        for window in (7, 30, 0):
            told = [r["articles"] for r in days.outlets(db, window)]
            least = max((d for d, n in dict(changes).items() if n), default=0) - (window or 1000)
            assert told == [n for n in [sum(n for d, n in dict(changes).items() if d > least)] if n]


def open_memory() -> sqlite3.Connection:
    """The tables of days and sums alone."""
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    for table in re.findall(r"CREATE TABLE \w+_(?:days|sums) \(.*?;\n", LISTINGS, re.S):
        db.execute(table)
    db.execute("CREATE TABLE sources (key TEXT, name TEXT, owner TEXT)")
    db.execute("INSERT INTO sources VALUES ('a', 'A', 'A')")
    return db


def test_every_list_has_an_index(db: Any) -> None:
    """No list of stories reads a whole table, whatever is asked for."""
    asks = [asked for asked, _ in FILTERS if asked.min_articles == 2 and asked.words != "-nothing"]
    for asked in asks:
        for order in Order:
            ordered = replace(asked, order=order)
            assert scans(db, lambda o=ordered: asking.stories(db, o, NOW, limit=5)) == []  # type: ignore[misc]
        assert scans(db, lambda a=asked: asking.count(db, a)) == []  # type: ignore[misc]
    assert scans(db, lambda: db.execute("SELECT count(*) FROM listings l")) != []
