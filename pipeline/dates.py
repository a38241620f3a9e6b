"""Date strings as feeds and pages state them → aware UTC, or None where they state none.

feedparser reads ``CEST`` as UTC (two hours wrong, silently), turns ``0000-00-00`` into year -1 and knows no
German or Dutch month; ``email.utils`` takes ``+9999`` and drops unknown zone names just as silently. So the
words are tables here and the shapes are three expressions; ISO 8601 is left to ``datetime.fromisoformat``.
No fallback guesses: a string with a word that no table knows has no date, because an order of reports built
on a wrong hour is worse than one built on the time at which we first saw them.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # no web feed is older; earlier dates are defaults and junk
AHEAD = timedelta(days=2)  # embargoes and zone errors; beyond that the clock is wrong
LONGEST = 100  # characters; the longest honest shape has about 50

# Month names and abbreviations in German (with the Austrian forms), English and Dutch, casefolded.
_MONTH_NAMES = (
    "jan jan. januar january januari jän jänner jaen jaenner",
    "feb februar february februari febr feber",
    "mar mär mrz mrt maa märz maerz march maart",
    "apr april",
    "may mai mei",
    "jun june juni",
    "jul july juli",
    "aug august augustus",
    "sep sept september",
    "oct okt october oktober",
    "nov november",
    "dec dez december dezember",
)
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}

# Words that carry no information beside a date: weekdays need no table, they stand first (see _LEAD).
FILLERS = frozenset({"at", "de", "den", "der", "om", "on", "op", "the", "u", "uhr", "um", "uur", "van", "vom"})

# Zone names → minutes east of Greenwich. RFC 822 §5, and the names printed by European publishers. Names that
# mean several zones (IST: Israel, India, Ireland) are absent on purpose.
ZONES = {
    "akdt": -480, "akst": -540, "acst": 570, "aedt": 660, "aest": 600, "awst": 480,
    "bst": 60, "cdt": -300, "cest": 120, "cet": 60, "cst": -360,
    "edt": -240, "eest": 180, "eet": 120, "est": -300,
    "gmt": 0, "hkt": 480, "hst": -600, "jst": 540, "kst": 540,
    "mdt": -360, "mest": 120, "mesz": 120, "met": 60, "mez": 60, "msk": 180, "mst": -420,
    "nzdt": 780, "nzst": 720, "oesz": 180, "oez": 120, "pdt": -420, "pst": -480,
    "sast": 120, "sgt": 480, "ut": 0, "utc": 0, "west": 60, "wesz": 60, "wet": 0, "wez": 0, "z": 0,
}  # fmt: skip

_COMMENT = re.compile(r"\([^()]*\)|\[[^\[\]]*\]$")  # RFC 2822 comments; the [Europe/Berlin] of java.time
_LEAD = re.compile(r"^([^\W\d_]+)\.?\s*[,.]?\s+")  # a weekday in any language
_EPOCH = re.compile(r"^(\d{9,10})(?:\.\d{1,9})?$|^(\d{12,13})$")  # seconds, or milliseconds
_ISO = re.compile(
    r"^(\d{4}-?\d\d-?\d\d)(?:t|\s+)(\d\d:?\d\d(?::?\d\d)?)(?:[.,](\d{1,9}))?\s*([a-z]*\s*(?:[+-][\d:]*)?)$"
)
_DAY = re.compile(r"^\d{4}-?\d\d-?\d\d$")
_SHAPES = (
    # 1 Okt 2026 · 01-Oct-26 · 1. Oktober 2026
    re.compile(r"\b(?P<d>\d{1,2})(?:st|nd|rd|th|e)?[.\s-]+(?P<m>[^\W\d_]+)[.,\s-]+(?P<y>\d{4}|\d\d)(?![\d:])"),
    # Oct 1, 2026 · Okt 1 2026
    re.compile(r"\b(?P<m>[^\W\d_]+)[.\s]+(?P<d>\d{1,2})(?:st|nd|rd|th)?[,\s]+(?P<y>\d{4})(?![\d:])"),
    # Oct 1 13:09:14 2026 (asctime); the time and a zone name stay behind
    re.compile(r"\b(?P<m>[^\W\d_]+)\s+(?P<d>\d{1,2})(?=\s+\d{1,2}:)(?P<rest>.*?)\s(?P<y>\d{4})$"),
    # 01.10.2026 · 01-10-2026: day first, as in German and Dutch
    re.compile(r"(?<!\d)(?P<d>\d{1,2})([.-])\s?(?P<m>\d{1,2})\2\s?(?P<y>\d{4})(?!\d)"),
    # 2026/10/01
    re.compile(r"(?<!\d)(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})(?!\d)"),
)  # 10/01/2026 is October in Boston and January in London: no date
_TIME = re.compile(
    r"(?<!\d)(?P<h>\d{1,2})[:.](?P<mi>\d\d)(?:[:.](?P<s>\d\d)(?:[.,]\d{1,9})?)?(?!\d)\s*(?P<ap>[ap]\.?m\b\.?)?"
)
_OFFSET = re.compile(r"^(?:gmt|utc|ut|z)?\s*([+-])(\d{1,2}):?(\d\d)?$")


def parse(raw: str | None, now: datetime, default_zone: str = "UTC") -> datetime | None:
    """The moment that ``raw`` states, in UTC, in whole seconds; None where it states none between 1995 and ``now``
    + 2 days.

    Reads RFC 822/2822 with German, Dutch and English names, ISO 8601, epoch seconds and milliseconds, and the
    printed forms ``01.10.2026 13:09``, ``1. Oktober 2026, 13:09 Uhr``. ``default_zone`` (an IANA name) is for
    times that name no zone. Never raises, whatever ``raw`` holds; an unknown ``default_zone`` does raise
    ZoneInfoNotFoundError, since it comes from the configuration.
    """
    text = _tidy(raw)
    if not text:
        return None
    zone = _zone(default_zone)
    for shape in (_epoch, _iso, _words):
        try:
            found = shape(text, zone)
            if found is not None:
                found = found.replace(microsecond=0)
                return found if EARLIEST <= found <= now + AHEAD else None
        except (ValueError, OverflowError, OSError):  # 31 Feb, 25:61, the far ends of the calendar
            return None
    return None


def _tidy(raw: str | None) -> str:
    """Casefolded, single-spaced, without comments; "" for what is too long to be a date."""
    if not raw or len(raw) > 10 * LONGEST:
        return ""
    text = unicodedata.normalize("NFC", _COMMENT.sub(_unwrap, raw.casefold()))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST and text.isprintable() else ""


def _unwrap(comment: re.Match[str]) -> str:
    word = comment[0][1:-1].strip()
    return f" {word} " if word in ZONES else " "  # "13:09 (CEST)" may be all that is said of the zone


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    # UTC must work where the system has no zone database
    return UTC if name.upper() == "UTC" else ZoneInfo(name)


def _epoch(text: str, zone: tzinfo) -> datetime | None:
    found = _EPOCH.match(text) if text.isascii() else None
    if found is None:
        return None
    seconds = int(found[1]) if found[1] else int(found[2]) / 1000
    return datetime.fromtimestamp(seconds, UTC)


def _iso(text: str, zone: tzinfo) -> datetime | None:
    if not text.isascii():
        return None
    if _DAY.match(text):
        return _to_utc(datetime.fromisoformat(text), zone)
    found = _ISO.match(text)
    if found is None:
        return None
    day, clock, _, zone_text = found.groups()
    stated = _offset(zone_text) if zone_text else zone
    if stated is None:
        return None
    clock = re.sub(r":60$", ":59", clock)  # a leap second is read as the one before
    moment = datetime.fromisoformat(f"{day.replace('-', '')}T{clock.replace(':', '')}")
    return _to_utc(moment, stated)


def _words(text: str, zone: tzinfo) -> datetime | None:
    text = _drop_weekday(text)
    for shape in _SHAPES:
        found = shape.search(text)
        if found and (month := _month(found["m"])):
            rest = text[: found.start()] + " " + found.groupdict().get("rest", "") + " " + text[found.end() :]
            return _with_time(_year(found["y"]), month, int(found["d"]), rest, zone)
    return None


def _drop_weekday(text: str) -> str:
    lead = _LEAD.match(text)
    return text if lead is None or lead[1] in MONTHS else text[lead.end() :]


def _month(text: str) -> int | None:
    return int(text) if text.isdecimal() else MONTHS.get(text)


def _year(text: str) -> int:
    """Two digits as RFC 2822 §4.3 has it: 00–49 are 20xx, 50–99 are 19xx."""
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 50 else 1900)


def _with_time(year: int, month: int, day: int, rest: str, zone: tzinfo) -> datetime | None:
    found = _TIME.search(rest)
    hour, minute, second = _clock(found) if found else (0, 0, 0)
    after = rest[: found.start()] + " " + rest[found.end() :] if found else rest
    stated = _zone_of(after, zone)
    return None if stated is None else _to_utc(datetime(year, month, day, hour, minute, second), stated)


def _clock(found: re.Match[str]) -> tuple[int, int, int]:
    hour, minute, second = int(found["h"]), int(found["mi"]), int(found["s"] or 0)
    if found["ap"]:
        hour = hour % 12 + (12 if found["ap"][0] == "p" else 0)
    return hour, minute, 59 if second == 60 else second


def _zone_of(rest: str, default: tzinfo) -> tzinfo | None:
    """The zone that the words around date and time name; None for an unknown word (so: no date)."""
    words = [word for word in re.split(r"[\s,;|·]+", rest) if word.strip(".–-") and word not in FILLERS]
    if not words:
        return default
    if len(words) == 2 and words[1] in ZONES:  # "+0200 CEST": the number says it
        words.pop()
    return _offset(" ".join(words))


def _offset(text: str) -> tzinfo | None:
    """``+0200``, ``-05:00``, ``+2``, ``GMT+2``, ``CEST``; None for what no place on earth keeps."""
    text = text.strip()
    if text in ZONES:
        return timezone(timedelta(minutes=ZONES[text]))
    found = _OFFSET.match(text)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    signed = minutes if found[1] == "+" else -minutes
    sane = -12 * 60 <= signed <= 14 * 60 and int(found[3] or 0) < 60
    return timezone(timedelta(minutes=signed)) if sane else None


def _to_utc(moment: datetime, zone: tzinfo) -> datetime:
    return moment.replace(tzinfo=zone).astimezone(UTC)
