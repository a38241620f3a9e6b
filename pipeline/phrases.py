"""Values → plain words, for terminal and browser alike: harmless text, times as people say them, reason codes. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

# Controls (C0, DEL, C1, which hold the ANSI and OSC sequences), line separators, and marks that reorder or hide.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MARKS = r"\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
INVISIBLE = re.compile(rf"[\u00ad{_MARKS}\U000e0000-\U000e007f]")
_UNSAFE_JSON = re.compile(rf"[\x7f-\x9f{_MARKS}]")


def plain(text: object) -> str:
    """Anything as one harmless line: controls as U+FFFD, invisible and reordering marks gone, blanks single."""
    line = " ".join(str(text).split())  # line separators first, for they part words and go with the invisible
    return _CONTROL.sub("\ufffd", " ".join(INVISIBLE.sub("", line).split()))


def dumps(value: object) -> str:
    """``value`` as JSON for people and programs: readable letters, but nothing that a terminal would act on."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return escaped(text, "\\u{:04x}")


def escaped(text: str, form: str) -> str:
    """``text`` with what a terminal would act on spelled as ``form`` says, such as ``&#x{:x};``."""
    return _UNSAFE_JSON.sub(lambda m: form.format(ord(m[0])), text)


# -- times, counts, reasons

# model.Reason → what it means to the reader of `retold sources` (tested to be complete).
REASONS: Mapping[str, str] = {
    "backed_off": "not asked: left alone for now",
    "bad_304": "says 'unchanged' to a first request",
    "bad_encoding": "compression cannot be undone",
    "bad_http": "answer is not proper HTTP",
    "bad_port": "port that we never connect to",
    "bad_scheme": "not an http(s) address",
    "bad_status": "unexpected HTTP status",
    "bad_url": "address cannot be used",
    "blocked_private": "address is not on the public internet",
    "cancelled": "not asked: the run's time was over",
    "challenge": "asks for a browser or a person",
    "connect": "no connection",
    "dns": "host name not found",
    "downgrade": "redirects from https to http",
    "empty_body": "empty answer",
    "forbidden": "access refused (401/403)",
    "gone": "gone for good (410)",
    "internal": "a fault of Retold: please report it",
    "no_text": "page without an article",
    "not_a_feed": "answer is no feed",
    "not_a_page": "answer is no web page",
    "not_found": "not found (404)",
    "not_modified": "ok, unchanged",
    "ok": "ok",
    "opted_out": "left out: rights.opt_out has its host",
    "parse_crash": "crashed the parser",
    "parse_memory": "too big to parse",
    "parse_timeout": "took too long to parse",
    "rate_limited": "too many requests (429)",
    "redirect_loop": "redirects without end",
    "robots": "robots.txt forbids it",
    "robots_tag": "its robots tag forbids it",
    "same_body": "ok, unchanged",
    "server_error": "its server fails (5xx)",
    "short_body": "answer breaks off",
    "tdm_reserved": "text and data mining is reserved",
    "timeout": "no answer in time",
    "tls": "certificate or TLS fails",
    "too_large": "answer is too large",
    "too_old": "from before run --since",
}
FINE: Final = frozenset({"ok", "not_modified", "same_body"})  # Reason.ok
LEFT_OUT: Final = frozenset({"opted_out", "robots_tag", "tdm_reserved"})  # somebody's word; not asked again

_STEPS = ((60, "min"), (3600, "h"), (86_400, "d"))
_FAR_DAYS = 60  # further off than this, a date says more
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def reason(code: str | None) -> str:
    """A stored reason code in plain words; "not asked yet" where there is none."""
    return REASONS.get(code, code) if code else "not asked yet"


def ago(when: datetime | None, now: datetime) -> str:
    """How long before (or after) ``now`` something is: "3 h ago", "in 20 min", "now", "never"; far off, the date."""
    if when is None:
        return "never"
    seconds = round((now - when).total_seconds())
    size = abs(seconds)
    if size >= _FAR_DAYS * 86_400:
        return f"{when:%Y-%m-%d}"
    fitting = [(size // length, unit) for length, unit in _STEPS if size >= length]
    if not fitting:
        return "now"
    words = f"{fitting[-1][0]} {fitting[-1][1]}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def stored(stamp: str | None) -> datetime | None:
    """The aware UTC time of a stamp as rows carry it."""
    return datetime.fromisoformat(stamp) if stamp else None


def clock(stamp: str | None) -> str:
    """A stored stamp as ``2026-11-19 09:30`` (UTC), or blanks."""
    return stamp[:16].replace("T", " ") if stamp else " " * 16


def since(text: str, now: datetime) -> str:
    """``24h``, ``3d``, ``2w``, ``90m``, a date or an ISO time (UTC unless it says otherwise) → a stored stamp.

    Raises ValueError for anything else.
    """
    try:
        span = duration(text)
        when = now - span if span is not None else datetime.fromisoformat(text.strip())
        aware = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is neither a span such as 24h or 3d nor a date such as 2026-11-20") from error
    return aware.isoformat(timespec="seconds").replace("+00:00", "Z")


def duration(text: str) -> timedelta | None:
    """``90m``, ``24h``, ``3d``, ``2w`` → a span of time; None of anything else."""
    span = re.fullmatch(r"(\d{1,6})\s*([mhdw])", text.strip())
    return timedelta(**{_UNITS[span[2]]: int(span[1])}) if span else None


def sure(confidence: float) -> str:
    """A confidence in [0, 1] in words, as certain as they can be read: "almost certain" to "a guess"."""
    steps = ((0.95, "almost certain"), (0.8, "very likely"), (0.65, "likely"), (0.5, "rather likely"))
    return next((word for least, word in steps if confidence >= least), "a guess")


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 article``, ``1,204 articles``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def megabytes(size: float) -> str:
    """Bytes as ``0.3 MB``, ``41 MB``, ``1.2 GB``, with a minus sign below nothing."""
    sign, size = "−" if size < 0 else "", abs(size) / 1e6
    if size < 1000:
        return f"{sign}{size:.{1 if size < 10 else 0}f} MB"
    return f"{sign}{size / 1000:,.{1 if size < 100_000 else 0}f} GB"


SIZE_UNITS: Mapping[str, int] = {"MB": 10**6, "GB": 10**9, "TB": 10**12}


def size(text: str) -> int | None:
    """``500MB``, ``1.5GB``, ``2TB`` in bytes; None of anything else."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)\s*([MGT]B)", text.strip().upper())
    return round(float(found[1]) * SIZE_UNITS[found[2]]) if found else None


WEAK = "weak link"


def relation(edge: Mapping[str, Any], inside: bool) -> str:
    """What an edge says of its two articles: ``copy``, ``same story``, ``different``. ``inside`` one story, the last is
    a :data:`WEAK`: it joins them only along with others, or a person does."""
    verdict = str(edge["verdict"])
    return WEAK if inside and verdict == "different" else verdict.replace("_", " ")


def correction(row: Mapping[str, Any]) -> str:
    """A correction by a person: ``correction 3 (split by ada, 2026-11-20 12:00: another ferry)``."""
    note = f": {plain(row['note'])}" if row["note"] else ""
    return f"correction {row['id']} ({correction_kind(row)} by {plain(row['by'])}, {clock(row['at'])}{note})"


def correction_kind(row: Mapping[str, Any]) -> str:
    """What a correction does: ``split``, ``not the origin: Der Spiegel``."""
    outlet = plain(row["outlet"] or "")
    marks = {"not_origin": f"not the origin: {outlet}", "not_cited": f"not cited: {outlet}"}
    return marks.get(row["kind"], str(row["kind"]))
