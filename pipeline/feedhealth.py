"""How a feed is: off, failing, silent, moved, not asked yet, or fine; and in which words. Pure.

A feed is silent where it answers well but

- has had nothing new for at least a day, and for more than twice as long as ever between two of its last answers that
  had something. Measured up to its last good answer: that nobody asked is not the feed's silence. Where fewer than five
  such answers are known, a week is the measure;
- or is valid and empty, or has at most a third of the entries that it usually has, and was not so before: see
  :func:`shrunken`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Any

from pipeline.phrases import FINE, LEFT_OUT, ago, count, plain, reason, stored

DAY_S = 86_400
NEWS = 200  # answers with something new whose gaps are a feed's habit
FEWEST = 5  # gaps that make a habit
TIMES = 2  # as long as the longest of them is silence
UNKNOWN_S = 7 * DAY_S
READ = 100  # newest answers that were read, whose entries are a feed's habit
SHARE = 3  # a third of what is usual is few
LEAST = 5  # of less than so many a feed may well have a third
RARELY = 10  # of so many answers one that is as small makes it a habit

Feed = Mapping[str, Any]  # a row of v_source_health


class State(StrEnum):
    """How a feed is, the worst first."""

    OFF = "switched off"
    FAILING = "failing"
    SILENT = "silent"
    MOVED = "moved"
    NEW = "not asked yet"
    FINE = "fine"


class Silence(StrEnum):
    """Why a feed that answers well is called silent."""

    NO_NEWS = "no_news"
    EMPTY = "empty"
    FEWER = "fewer"


ORDER = {state: n for n, state in enumerate(State)}
TROUBLE = frozenset({State.OFF, State.FAILING, State.SILENT, State.MOVED})


def is_failing(feed: Feed) -> bool:
    """Whether a feed is switched off, or its last answer was not what it should be (not to be asked is no failure)."""
    fine = not feed["last_code"] or feed["last_code"] in FINE | LEFT_OUT
    return bool(feed["disabled"] or feed["failures"] or not fine)


def state(feed: Feed, silent: bool) -> State:
    """How ``feed`` is; ``silent`` as :func:`is_silent` says."""
    if feed["disabled"] or feed["last_code"] in LEFT_OUT:
        return State.OFF
    if is_failing(feed):
        return State.FAILING
    if silent:
        return State.SILENT
    if feed["moved_to"]:
        return State.MOVED
    return State.FINE if feed["last_code"] else State.NEW


# -- silence


def may_be_silent(feed: Feed) -> bool:
    """Whether its habit has to be looked up: it answers well, and without news for a day, or ever."""
    if is_failing(feed) or not feed["last_ok"]:
        return False
    quiet = quiet_s(feed, None)
    return quiet is None or quiet >= DAY_S


def quiet_s(feed: Feed, asked_since: str | None) -> int | None:
    """Seconds from its last news (without any, from ``asked_since``: its first answer) to its last good answer."""
    begin, end = stored(feed["last_new"] or asked_since), stored(feed["last_ok"])
    return int((end - begin).total_seconds()) if begin and end else None


def is_silent(quiet: int | None, longest: int | None, gaps: int) -> bool:
    """Whether ``quiet`` seconds without news are more than this feed's habit: the ``longest`` of its ``gaps``."""
    if quiet is None:
        return False
    if gaps < FEWEST or longest is None:
        return quiet > UNKNOWN_S
    return quiet > max(DAY_S, TIMES * longest)


def shrunken(entries: Sequence[int]) -> Silence | None:
    """Whether a feed is empty, or far smaller than usual, by the ``entries`` of its newest answers that were read, the
    newest first.

    What is usual is their median. The answers since it shrank do not speak for it; among those before, fewer than one
    in ten may have been nearly as small, else it varies by nature, and five at least must be known.
    """
    usual = median(entries) if entries else 0
    few = next((n for n, size in enumerate(entries) if size * SHARE > usual), len(entries))
    habit = sorted(entries[few:])
    if not few or not usual or len(habit) < FEWEST:
        return None
    smallest = habit[len(habit) // RARELY]
    if not entries[0]:
        return Silence.EMPTY if smallest else None
    return Silence.FEWER if usual >= LEAST and entries[0] * 2 <= smallest else None


# -- words


def silence(feed: Feed) -> str:
    """Why a feed is called silent (``silence``), in words."""
    if feed["silence"] == Silence.NO_NEWS:
        before = f"; never for longer than {span(feed['longest_s'])} before" if feed["longest_s"] else ""
        return f"nothing new for {span(feed['quiet_s'])}{before}"
    size = count(feed["read"], "entry", "entries") if feed["read"] else "valid, but empty"
    return f"{size}; usually {feed['usual']:,}"


def due(feed: Feed, now: datetime) -> str:
    """When it is asked again: ``in 20 min``, ``next run``, ``switched off``."""
    if feed["disabled"]:
        return "switched off"
    when = stored(feed["next_due"])
    return ago(when, now) if when and when > now else "next run"


def pace(feed: Feed) -> str:
    """How often it is asked, by us or as its server has it: ``30 min``; blank where it was not asked yet."""
    return span(max(feed["pace_s"], feed["told_s"] or 0)) if feed["pace_s"] else ""


def missing(row: Mapping[str, Any]) -> str:
    """``1 entry without a page: robots.txt forbids it (teaser kept)``, of a row of reads.waiting."""
    kept = " (teaser kept)" if row["state"] == "partial" else ""
    return f"{count(row['entries'], 'entry', 'entries')} without a page: {plain(reason(row['code']))}{kept}"


def span(seconds: float | None) -> str:
    """``0.2 s``, ``40 s``, ``45 min``, ``3.1 h``, ``2.5 d``, with a minus sign below nothing; blank of None."""
    if seconds is None:
        return ""
    size, sign = abs(seconds), "−" if seconds < 0 else ""
    if size < 60:
        return f"{sign}{size:.{0 if size >= 10 or size == int(size) else 1}f} s"
    if size < 3600:
        return f"{sign}{size / 60:.0f} min"
    return f"{sign}{size / 3600:.1f} h" if size < 2 * DAY_S else f"{sign}{size / DAY_S:.1f} d"
