"""The date layer: what feeds print, in three languages, and what is no date at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dates import EARLIEST, MONTHS, ZONES, parse

NOW = datetime(2026, 10, 2, 8, 0, tzinfo=UTC)
THEN = datetime(2026, 10, 1, 11, 9, 14, tzinfo=UTC)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "Thu, 1 Oct 2026 13:09:14 +0200",  # NOS: one-digit day
        "Thu, 01 Oct 2026 13:09:14 CEST",
        "Thu, 01 Oct 2026 13:09:14 MESZ",
        "Thu, 01 Oct 2026 12:09:14 MEZ",
        "Thu, 01 Oct 2026 12:09:14 BST",
        "Thu, 01 Oct 2026 11:09:14 GMT",
        "Thu, 01 Oct 2026 11:09:14 -0000",
        "Thu, 01 Oct 2026 07:09:14 EDT",
        "Thu, 01 Oct 26 06:09:14 EST",
        "Thu, 01 Oct 2026 04:09:14 PDT",
        "Thu, 01 Oct 2026 03:09:14 PST",
        "Thu, 02 Oct 2026 01:09:14 +1400",
        "Thu, 01 Oct 2026 13:09:14 +0200 (CEST)",
        "Thu, 01 Oct 2026 13:09:14 (CEST)",
        "Thu, 01 Oct 2026 13:09:14 GMT+2",
        "Thu, 01 Oct 2026 13:09:14 +2:00",
        "Do, 01 Okt 2026 13:09:14 +0200",
        "Donnerstag, 1. Oktober 2026, 13:09:14 MESZ",
        "do 1 okt. 2026 13:09:14 CEST",
        "donderdag 1 oktober 2026 om 13.09.14 uur CEST",
        "jeu., 01 Oct 2026 11:09:14 UTC",  # a weekday that no table knows
        "01-Oct-26 11:09:14 Z",
        "Oct 1, 2026 11:09:14 AM UTC",
        "Thu Oct  1 11:09:14 2026",  # asctime
        "Thu Oct  1 13:09:14 CEST 2026",  # date(1)
        "01.10.2026 11:09:14",
        "2026/10/01 11:09:14",
        "2026-10-01T13:09:14+02:00",
        "2026-10-01T11:09:14Z",
        "2026-10-01t11:09:14z",
        "2026-10-01 13:09:14 +0200",
        "2026-10-01T13:09:14 CEST",
        "2026-10-01T13:09:14+02:00[Europe/Amsterdam]",
        "20261001T110914Z",
        "  2026-10-01T11:09:14\n\tZ ",
        "1790852954",
        "1790852954.0",
        "1790852954000",
    ],
)
@pytest.mark.case("E12")
def test_one_moment_in_many_shapes(raw: str) -> None:
    assert parse(raw, NOW) == THEN


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("1 Okt 2026", (2026, 10, 1)),
        ("3. März 2026", (2026, 3, 3)),
        ("3 Ma\u0308r 2026", (2026, 3, 3)),  # decomposed
        ("12 mrt 2026", (2026, 3, 12)),
        ("4 maart 2026", (2026, 3, 4)),
        ("5 mei 2026", (2026, 5, 5)),
        ("5. Mai 2026", (2026, 5, 5)),
        ("24. Dez. 2025", (2025, 12, 24)),
        ("1. Jänner 2026", (2026, 1, 1)),
        ("01-10-2026", (2026, 10, 1)),  # Dutch: day first
        ("2026-10-01", (2026, 10, 1)),
        ("20261001", (2026, 10, 1)),
        ("1st October 2026", (2026, 10, 1)),
    ],
)
@pytest.mark.case("E12")
def test_days(raw: str, day: tuple[int, int, int]) -> None:
    assert parse(raw, NOW) == datetime(*day, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "   ",
        "yesterday",
        "31 Feb 2026 25:61",
        "Mon, 31 Feb 2026 10:00:00 +0200",
        "Thu, 01 Oct 2026 24:61:00 GMT",
        "0000-00-00",
        "-0001-11-30T00:00:00+00:00",
        "0001-01-01T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "1 Jan 1790 00:00:00 GMT",
        "31 Dec 1994 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0",
        "179085295",  # seconds, 1975
        "Thu, 01 Oct 2026 13:09:14 +9999",
        "Thu, 01 Oct 2026 13:09:14 +1401",
        "2026-10-01T13:09:14+99:99",
        "Thu, 01 Oct 2099 00:00:00 GMT",
        "Sun, 04 Oct 2026 08:00:01 GMT",  # two days and a second ahead
        "Thu, 01 Oct 2026 13:09:14 IST",  # India, Israel or Ireland
        "Thu, 01 Oct 2026 13:09:14 XYZ",
        "10/01/2026",  # October or January
        "1 Foo 2026",
        "2026",
        "2026-10",
        "٢٠٢٦",
        "1 Oct 2026\x00",
        "1" * 5000,
        "(" * 5000,
    ],
)
@pytest.mark.case("E11", "E13")
def test_no_date(raw: str | None) -> None:
    assert parse(raw, NOW) is None


@pytest.mark.case("E11")
def test_bounds_are_part_of_the_range() -> None:
    assert parse("1995-01-01T00:00:00Z", NOW) == EARLIEST
    assert parse("2026-10-04T08:00:00Z", NOW) == NOW + timedelta(days=2)


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("1. Oktober 2026, 13:09 Uhr", "2026-10-01T11:09"),
        ("1 oktober 2026 13:09", "2026-10-01T11:09"),
        ("01.02.2026 13:09", "2026-02-01T12:09"),
        ("2026-03-29T02:30:00", "2026-03-29T01:30"),  # the hour that does not exist
        ("2025-10-26T02:30:00", "2025-10-26T00:30"),  # the hour that comes twice: its first time
        ("2026-10-01T13:09:00Z", "2026-10-01T13:09"),  # a stated zone wins
        ("1 Okt 2026 13:09 UTC", "2026-10-01T13:09"),
    ],
)
@pytest.mark.case("E13")
def test_default_zone(raw: str, utc: str) -> None:
    assert parse(raw, NOW, "Europe/Berlin") == datetime.fromisoformat(utc + "+00:00")


def test_an_unknown_default_zone_is_loud() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        parse("2026-10-01", NOW, "Europe/Atlantis")


@pytest.mark.case("E13")
def test_leap_second() -> None:
    assert parse("2016-12-31T23:59:60Z", NOW) == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert parse("Sat, 31 Dec 2016 23:59:60 GMT", NOW) == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_fractions_of_seconds_are_kept() -> None:
    assert parse("2026-10-01T11:09:14.923456789Z", NOW) == THEN  # whole seconds, as the database keeps them


@given(st.text() | st.from_regex(r"[0-9 .,:+TZ/-]{1,40}") | st.binary().map(lambda raw: raw.decode("latin-1")))
@pytest.mark.case("E11")
def test_never_raises(raw: str) -> None:
    found = parse(raw, NOW, "Europe/Amsterdam")
    assert found is None or (found.tzinfo is UTC and EARLIEST <= found <= NOW + timedelta(days=2))


WORDS = st.sampled_from(["Do,", "1", "31", "Okt", "mei", "Feb", "2026", "0", "25:61", "13:09", "CEST", "+9999", "pm"])


@given(st.lists(WORDS | st.integers().map(str), max_size=9).map(" ".join))
@pytest.mark.case("E11")
def test_never_raises_on_nearly_dates(raw: str) -> None:
    found = parse(raw, NOW)
    assert found is None or found.year >= 1995


MOMENTS = st.datetimes(datetime(1995, 1, 2), datetime(2029, 12, 30)).map(
    lambda moment: moment.replace(microsecond=0, fold=0)
)
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DE = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
DE_SHORT = ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
NL = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]
NL_SHORT = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
SHAPES = [
    (EN, "Thu, {d} {m} {y} {t} {z}"),
    (EN, "{d:02} {m} {y} {t} {z}"),
    (EN, "{m} {d}, {y} {t} {z}"),
    (DE_SHORT, "Do, {d:02} {m} {y} {t} {z}"),
    (DE, "Donnerstag, {d}. {m} {y}, {t} Uhr {z}"),
    (DE, "{d}. {m} {y} um {t} Uhr {z}"),
    (NL_SHORT, "do {d} {m} {y} {t} {z}"),
    (NL_SHORT, "do, {d:02} {m}. {y} {t} {z}"),
    (NL, "donderdag {d} {m} {y} om {t} uur {z}"),
    (NL, "{d} {m} {y} {t} {z}"),
]


@given(MOMENTS, OFFSETS, st.sampled_from(SHAPES))
def test_what_is_printed_is_read(moment: datetime, zone: timezone, shape: tuple[list[str], str]) -> None:
    months, pattern = shape
    stated = moment.replace(tzinfo=zone)
    raw = pattern.format(
        d=stated.day, m=months[stated.month - 1], y=stated.year, t=f"{stated:%H:%M:%S}", z=f"{stated:%z}"
    )
    assert parse(raw, LATER) == stated
    assert parse(raw.upper(), LATER) == stated


@given(MOMENTS, st.sampled_from(sorted(ZONES)))
@pytest.mark.case("E12")
def test_zone_names(moment: datetime, name: str) -> None:
    stated = moment.replace(tzinfo=timezone(timedelta(minutes=ZONES[name])))
    assert parse(f"{moment.day} {EN[moment.month - 1]} {moment:%Y %H:%M:%S} {name.upper()}", LATER) == stated


@given(MOMENTS, OFFSETS)
def test_iso_8601(moment: datetime, zone: timezone) -> None:
    stated = moment.replace(tzinfo=zone)
    assert parse(stated.isoformat(), LATER) == stated


@given(MOMENTS)
def test_naive_german_times_are_local(moment: datetime) -> None:
    stated = moment.replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert parse(f"{moment:%d.%m.%Y %H:%M:%S}", LATER, "Europe/Berlin") == stated.astimezone(UTC)


def test_every_month_of_every_language_is_known() -> None:
    for months in (EN, DE, DE_SHORT, NL, NL_SHORT):
        assert [MONTHS[name.casefold()] for name in months] == list(range(1, 13))
