"""bench/reliability/week: hours of weather over feeds on loopback, played to the real pipeline in cron's steps.

What is polite, is judged by the sites' own log; what is lost, by what they know to be true.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bench.reliability.week.manners import Manners, manners
from bench.reliability.week.outcome import Outcome, outcome
from bench.reliability.week.play import config, play, prepared
from tests.desk import sound

SLOW = ("silent", "limited_briefly", "delay")  # real seconds go by; tests/test_waits.py has them singly


def played(path: Path, feeds: int, days: float, seed: int, without: tuple[str, ...] = ()) -> tuple[Manners, Outcome]:
    """What so much of a week came to; the database is sound."""
    week = play(prepared(feeds, days, seed, path, without), seed)
    with sqlite3.connect(path) as db:
        db.row_factory = sqlite3.Row
        sound(db, config(week.world.press))
    return manners(week), outcome(week)


@pytest.mark.case("B14", "B27", "E14")
def test_four_hours_of_weather_are_met_politely(tmp_path: Path) -> None:
    polite, kept = played(tmp_path / "week.db", 8, 4 / 24, 3, SLOW)
    assert (polite.violations(), polite.examples) == (0, [])
    assert (kept.faults(), kept.examples) == (0, [])
    assert polite.waits_told and polite.not_modified and kept.found


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.case(
    "B8", "B9", "B12", "B13", "B14", "B15", "B27", "B29", "E5", "E6", "E7", "E8", "E10", "E14", "E15", "E16"
)
def test_half_a_day_of_weather_loses_nothing_and_offends_nobody(tmp_path: Path) -> None:
    polite, kept = played(tmp_path / "week.db", 24, 0.5, 1)
    assert (polite.violations(), polite.examples) == (0, [])
    assert (kept.faults(), kept.examples) == (0, [])
    assert polite.waits_told > 10 and polite.gone_feeds and polite.crawl_delay_pairs
    assert kept.repost_kept and kept.edits_kept and kept.moved["noted"]
