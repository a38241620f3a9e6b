from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.background import FIRST, GENERAL, LAST, MOST, PRIOR, Background, counted, due
from pipeline.tokens import words
from pipeline.told import address_day, told

stories = st.lists(st.tuples(st.sampled_from(["de", "en", "nl"]), st.text("abc dé", max_size=30)), max_size=20)


def test_what_the_archive_is_full_of_tells_less() -> None:
    taken = counted([("en", f"The senate met again, day {n}.") for n in range(200)])
    assert taken.weight("senat", "en") < GENERAL.weight("senat", "en") / 2
    assert taken.weight("nautilus", "en") > 5 > taken.weight("the", "en")
    assert taken.weight("senat", "de") == GENERAL.weight("senat", "de"), "languages are counted apart"


@given(stories)
def test_a_snapshot_does_not_know_the_order_and_weighs_within_bounds(texts: list[tuple[str, str]]) -> None:
    taken = counted(texts)
    assert taken.version == counted(texts[::-1]).version
    assert taken.total == len(texts)
    for lang, text in texts:
        for token in words(text):
            assert 0 <= taken.weight(token, lang) <= 7.7


def test_a_large_snapshot_speaks_as_a_small_one_does() -> None:
    def seen(articles: int) -> Background:
        return Background({"en": articles}, {"en": {"senat": articles // 10}})

    assert seen(MOST).weight("senat", "en") == pytest.approx(seen(40 * MOST).weight("senat", "en"), abs=0.01)
    assert seen(MOST).weight("unheard-of", "en") == pytest.approx(seen(40 * MOST).weight("unheard-of", "en"))
    assert PRIOR < MOST


def test_a_snapshot_is_due_at_each_doubling() -> None:
    assert not due(0, FIRST - 1) and due(0, FIRST)
    assert not due(FIRST, 2 * FIRST - 1) and due(FIRST, 2 * FIRST)
    assert not due(LAST, 100 * LAST)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2026/11/19/drohnen.html", date(2026, 11, 19)),
        ("https://a.example/news/2026/nov/5/drones", date(2026, 11, 5)),
        ("https://a.example/politics/2026-11-19-drones", date(2026, 11, 19)),
        ("https://a.example/story-20261119", date(2026, 11, 19)),
        ("https://a.example/jobs-11-05-2026", date(2026, 11, 5)),
        ("https://a.example/2026/02/31/no-such-day", None),
        ("https://2026-11-19.example/drones", None),
        ("https://a.example/a/20261119123", None),
        ("https://a.example/4711", None),
    ],
)
def test_the_day_that_an_address_states(url: str, day: date | None) -> None:
    assert address_day(url) == (day.toordinal() if day else None)


def test_dates_in_the_text_in_three_languages() -> None:
    de = told(words("Am Donnerstag, dem 19. November 2026, in Büsum"), "")
    nl = told(words("Op donderdag 19 november 2026 in Den Haag"), "")
    en = told(words("On Thursday, November 19, 2026, in Leeds"), "")
    assert de == nl == en
    assert (de.weekdays, de.days, de.years) == ({3}, {(11, 19)}, {"2026"})
