"""How often feeds are asked: between two bounds, by what their answers bring and what their servers say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.polling import RHYTHMS, Rhythm, fixed, measured, played
from pipeline.config import loads
from pipeline.model import ConfigError, Entry, FetchResult, ParsedFeed, Reason
from pipeline.polling import STEP, Answer, Bounds, Pace, first, paced
from pipeline.store import collecting, reads
from pipeline.store.connect import APPLICATION_ID, open_write, stamp
from pipeline.store.schema import steps
from tests.conftest import ROOT, call
from tests.desk import COURIER, Desk, entry, one_source
from tests.making import NOW

FEED = COURIER[0]
HOUR = 3600

BOUNDS = st.builds(Bounds.of, st.integers(60, 7 * 86_400), st.none() | st.integers(60, 7 * 86_400))
ANSWERS = st.builds(
    lambda elapsed, entries, share: Answer(elapsed, entries, round(entries * share)),
    st.floats(-HOUR, 30 * 86_400), st.integers(0, 2000), st.sampled_from([0, 0, 0, 0.05, 0.5, 1]),
)  # fmt: skip
PACES = st.builds(Pace, st.integers(1, 7 * 86_400), st.floats(0, 8 * 86_400), st.floats(0, 10_000), st.floats(1))


# -- the function


@settings(max_examples=50)
@given(PACES, st.lists(ANSWERS, min_size=1, max_size=20), BOUNDS)
def test_whatever_was_stored_and_whatever_comes_the_bounds_hold(
    pace: Pace, answers: list[Answer], bounds: Bounds
) -> None:
    for answer in answers:
        pace = paced(pace, answer, bounds)
        assert bounds.fastest <= pace.wait_s <= bounds.slowest


@settings(max_examples=50)
@given(PACES, st.integers(1, 2000), st.data(), BOUNDS)
def test_the_more_was_known_the_longer_the_wait(pace: Pace, entries: int, data: st.DataObject, bounds: Bounds) -> None:
    fewer, more = sorted(data.draw(st.tuples(st.integers(0, entries), st.integers(0, entries))))
    elapsed = data.draw(st.floats(0, 86_400))
    waits = [paced(pace, Answer(elapsed, entries, new), bounds).wait_s for new in (fewer, more)]
    assert waits[0] >= waits[1]


@settings(max_examples=50)
@given(PACES, ANSWERS, BOUNDS)
def test_a_wait_grows_by_a_step_and_shrinks_by_half_at_least(pace: Pace, answer: Answer, bounds: Bounds) -> None:
    wait = paced(pace, answer, bounds).wait_s
    if answer.new:
        assert wait <= max(bounds.fastest, pace.wait_s / 2)
    assert wait <= max(bounds.fastest, STEP * pace.wait_s)
    assert wait == bounds.fastest or answer.new < answer.entries or not answer.entries


@settings(max_examples=50)
@given(PACES, st.floats(0, 60), BOUNDS)
def test_asked_too_early_a_feed_is_not_asked_more_seldom(pace: Pace, elapsed: float, bounds: Bounds) -> None:
    assert paced(pace, Answer(elapsed, 20, 0), bounds).wait_s <= max(pace.wait_s, bounds.fastest, STEP * elapsed)


def test_without_a_slowest_or_with_one_below_the_interval_it_is_the_interval() -> None:
    for slowest in (None, 60, 1800):
        pace = first(bounds := Bounds.of(1800, slowest))
        for _ in range(50):
            pace = paced(pace, Answer(1800, 20, 0), bounds)
        assert pace.wait_s == 1800


# -- days that are generated


@pytest.mark.parametrize("rhythm", [r for r in RHYTHMS if r.night], ids=lambda r: r.name)
def test_the_first_piece_after_a_silent_night_is_not_missed(rhythm: Rhythm) -> None:
    """Two weeks of days and silent nights: each morning's first piece is had in time; what a feed loses is told."""
    before, adaptive = (played(rhythm, policy, 14) for policy in (fixed, paced))
    assert before.lost == 0 and adaptive.lost <= adaptive.gaps <= 1
    assert len(adaptive.mornings) > 10 and max(adaptive.mornings) <= 6 * HOUR + 900
    assert max(adaptive.mornings) <= 2.5 * HOUR, "one that wakes every day is known to"
    assert adaptive.asked < 0.85 * before.asked


@pytest.mark.slow
def test_the_figures_that_are_kept_are_those_of_this_function() -> None:
    kept = json.loads((ROOT / "bench/results/polling.json").read_text("utf-8"))
    assert kept == measured(kept["days"])
    ours, fixed_, steps_ = (kept["together"][name] for name in ("adaptive", "interval", "steps alone"))
    assert ours["requests_a_day"] < 0.6 * fixed_["requests_a_day"]
    assert ours["lag_min"]["mean"] < fixed_["lag_min"]["mean"] + 5 < steps_["lag_min"]["mean"]


def test_a_feed_that_was_once_filled_in_an_hour_is_not_left_alone_for_one() -> None:
    """It gets ten pieces at once each morning, and shows twelve: by its mean alone it would be asked every hour."""
    bounds = Bounds.of(900, 6 * HOUR)
    pace = Pace(HOUR, 7 * 86_400, 70)
    busy = paced(pace, Answer(HOUR, 12, 10), bounds)
    for _ in range(50):
        busy, pace = (paced(p, Answer(p.wait_s, 12, 0), bounds) for p in (busy, pace))
    assert busy.wait_s < 0.75 * HOUR < HOUR < pace.wait_s


def test_a_feed_that_fell_silent_is_had_back_within_its_slowest() -> None:
    bounds, pace = Bounds.of(900, 6 * HOUR), Pace(900, 0, 0)
    for _ in range(100):
        pace = paced(pace, Answer(pace.wait_s, 20, 0), bounds)
    assert pace.wait_s == 6 * HOUR
    waits = []
    for _ in range(5):
        pace = paced(pace, Answer(pace.wait_s, 20, 1), bounds)
        waits.append(pace.wait_s)
    assert waits[-1] == 900 and waits == sorted(waits, reverse=True)


# -- what is stored


class Site:
    """One feed on a database without a web: ``answer`` is what it says, cron comes every quarter of an hour."""

    def __init__(self, path: Path) -> None:
        self.desk, self.path, self.now = Desk(path, one_source(text_from="feed")), path, NOW
        self.entries: tuple[Entry, ...] = ()
        self.said: dict[str, Any] = {}
        self.ttl: int | None = None

    def cron(self, hours: float) -> list[float]:
        """So many hours; after how many each time that the feed was asked, an answer taking 20 seconds."""
        began, asked = self.now, []
        while self.now < began + timedelta(hours=hours):
            if FEED in collecting.due(self.desk.db, self.now):
                asked.append((self.now - began) / timedelta(hours=1))
                self.desk.now = self.now + timedelta(seconds=20)
                self.answer()
            self.now += timedelta(minutes=15)
        return asked

    def answer(self) -> None:
        """As a run's sink takes it."""
        result = FetchResult("courier", FEED, "feed", **({"code": Reason.OK, "status": 200} | self.said))
        parsed = ParsedFeed(self.entries, ttl_s=self.ttl) if result.code is Reason.OK else None
        self.desk.sink.feed(result, parsed)

    def news(self, *guids: str, ttl: int | None = None) -> None:
        """From now on its entries are these."""
        self.entries, self.ttl = tuple(entry(g) for g in guids), ttl

    def health(self) -> dict[str, Any]:
        """Its row in v_source_health."""
        [row] = reads.sources(self.desk.db)
        return row


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path / "p.db")
    made.news("1", "2", "3")
    return made


def gaps(times: list[float]) -> list[float]:
    return [b - a for a, b in pairwise(times)]


def test_a_feed_without_news_is_asked_less_and_comes_back_with_it(site: Site) -> None:
    waits = gaps(site.cron(48))
    assert waits[0] == 0.5 and waits == sorted(waits) and 3 < waits[-1] <= 6
    slow = site.health()
    site.news("2", "3", "4")
    paces = [site.health()["pace_s"] for _ in range(25) if site.cron(0.25)]
    assert paces[0] <= slow["pace_s"] / 2 and len(paces) >= 2, "within six hours, and soon again"
    assert site.health()["gaps"] == 0 and 0 < site.health()["per_day"] < 1
    shown = call("sources", "--db", site.path, COLUMNS="200").stdout
    assert re.search(r"fails +every +next due", shown) and "gap" not in shown


def test_a_cron_as_often_as_the_interval_asks_in_every_run(site: Site) -> None:
    """An answer comes seconds after its run began: the next run must not be a moment too early for it."""
    site.desk.config = site.desk.sink.config = quarter = one_source(
        text_from="feed", more=", interval: 15m, slowest: 15m"
    )
    site.desk.next_run(quarter, 0)
    assert set(gaps(site.cron(5))) == {0.25}


def test_an_answer_of_which_nothing_was_known_is_a_gap_and_asked_again_soon(site: Site) -> None:
    site.cron(12)
    site.news("4", "5", "6")
    site.now = datetime.now(UTC).replace(microsecond=0)
    site.cron(0.25)
    row = site.health()
    assert (row["gaps"], row["entries"], row["pace_s"]) == (1, 6, 1800) and row["last_gap"] > stamp(NOW)
    assert "1 gap, the last now: an answer held nothing that was known" in call("sources", "--db", site.path).stdout


def test_new_guids_for_known_articles_are_no_gap(site: Site) -> None:
    site.cron(1)
    site.entries = tuple(replace(e, guid=f"again-{e.guid}") for e in site.entries)
    site.cron(2)
    assert (site.health()["gaps"], site.health()["entries"]) == (0, 6)


@pytest.mark.case("B27")
def test_a_feed_is_never_asked_sooner_than_its_ttl_or_its_server_allow(site: Site) -> None:
    """Not with all of it new, and not when a 304 names a shorter age than the ttl of what it confirms."""
    site.news("4", ttl=4 * HOUR)
    site.cron(4.25)
    site.news("5", ttl=4 * HOUR)
    site.cron(4.25)
    site.said = {"code": Reason.NOT_MODIFIED, "status": 304, "max_age_s": 60}
    assert site.cron(9) == [0, 4.25, 8.5] and site.health()["told_s"] == 4 * HOUR
    site.news("6")
    site.said = {"max_age_s": 5 * HOUR}
    assert site.cron(11) == [3.75, 9.0], "the ttl is gone with the answer that had it"


def test_after_a_failure_a_feed_keeps_its_pace(site: Site) -> None:
    site.cron(24)
    before = site.health()["pace_s"]
    site.said = {"code": Reason.TIMEOUT, "status": None}
    assert gaps(site.cron(9))[:3] == [0.5, 1, 2], "a failure's turn is no moment too late for cron, either"
    assert site.health()["failures"] and site.health()["pace_s"] == before
    site.said = {"code": Reason.NOT_MODIFIED, "status": 304}
    site.cron(6)
    assert site.health()["pace_s"] >= before


def test_an_interval_of_days_is_one(site: Site) -> None:
    site.desk.next_run(one_source(text_from="feed", more=", interval: 3d"), 0)
    assert site.cron(80) == [0, 72]


def test_adaptive_switched_off_every_feed_is_asked_at_its_interval(site: Site) -> None:
    site.desk.next_run(one_source(text_from="feed", before="polling: {adaptive: false}\n"), 0)
    assert set(gaps(site.cron(5))) == {0.5}


def test_a_slowest_below_the_interval_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"sources.a.slowest: must not be below interval \(1800 s < 7200 s\)"):
        loads(
            "sources: {a: {name: A, owner: A, country: DE, language: de, role: publisher, feeds: ['https://a.test/'],"
            " interval: 2h, slowest: 30m}}", "c")  # fmt: skip


# -- databases from before


def test_an_older_database_keeps_what_its_servers_asked_for(tmp_path: Path) -> None:
    from sqlite_utils import Database

    path = tmp_path / "old.db"
    old = Database(path)
    old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    steps().apply(old, stop_before="m0014_schedule")
    old.execute("INSERT INTO sources VALUES ('courier','Courier','C','GB','en','publisher',NULL,1)")
    row = {"url": FEED, "source": "courier", "kind": "feed", "last_ok": stamp(NOW)}
    old["feeds"].insert({**row, "next_due": stamp(NOW + timedelta(hours=5))})
    old.conn.commit()
    old.close()
    db = open_write(path)
    assert tuple(db.execute("SELECT fresh_s, pace_s, gaps FROM feeds").fetchone()) == (5 * HOUR, None, 0)
    assert FEED not in collecting.due(db, NOW + timedelta(hours=4.9))
    db.close()
