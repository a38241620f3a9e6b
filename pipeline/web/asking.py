"""The parameters of an address → which stories are asked for: the same for pages, feeds and the API. Pure.

``q`` words, ``lang``, ``source``, ``origin``, ``cites``, ``min_origins``, ``min_articles`` (1: single articles too),
``order``, ``since`` and ``until``. A parameter that is left empty counts as one that is not given.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from difflib import get_close_matches

from pipeline import phrases
from pipeline.asked import Asked, Order
from pipeline.store.fulltext import fts_query
from pipeline.web.answers import Ask, BadRequestError

PARAMETERS = ("q", "lang", "source", "origin", "cites", "min_origins", "min_articles", "order", "since", "until")
ALL = "all"  # as `since`: from the beginning, where a page has another default
MOST = 1_000_000  # articles or origins that may be asked for
LONGEST_NAME = 200
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def asked(
    ask: Ask,
    *,
    since: str = ALL,
    min_articles: int = 2,
    order: Order = Order.ORIGINS,
    sources: Collection[str] | None = None,
) -> Asked:
    """The stories that the request names; ``since``, ``min_articles`` and ``order`` count where it does not say.

    ``since`` and ``until`` are spans before the request (``24h``, ``3d``, ``2w``), dates or ISO times (UTC unless they
    say otherwise), ``since`` also ``all``; a date as ``until`` is meant with all of its day. ``sources`` are the keys
    that there are (None: any will do). Raises BadRequestError with a sentence for anything else.
    """
    found = Asked(
        words=words(ask),
        lang=lang(ask),
        source=source(ask, sources),
        origin=ask.text("origin", longest=LONGEST_NAME),
        cites=ask.text("cites", longest=LONGEST_NAME),
        since=begin(ask, since),
        until=end(ask),
        min_origins=ask.number("min_origins", 0, 0, MOST),
        min_articles=ask.number("min_articles", min_articles, 1, MOST),
        order=Order(ask.choice("order", [*Order], order)),
    )
    return ordered(found)


def ordered(found: Asked) -> Asked:
    """``found``; raises BadRequestError where no time lies between its ends."""
    if found.until and found.since >= found.until:
        raise BadRequestError("since is not before until: no time is left between them.")
    return found


def kept(ask: Ask, names: Collection[str] = PARAMETERS) -> dict[str, str]:
    """Those of these parameters that the request gives: what links to further pages, and to feeds, carry on."""
    given = {name: ask.text(name) for name in names}
    return {name: text for name, text in given.items() if text}


def words(ask: Ask) -> str:
    """``q``; raises BadRequestError where it names no word that is to be there."""
    text = ask.text("q")
    if text and not fts_query(text):
        raise BadRequestError(f"q names no word that is to be there: {text[:60]!r}.")
    return text


def lang(ask: Ask) -> str:
    """``lang``, in small letters; raises BadRequestError."""
    text = ask.text("lang", longest=20)
    if text and not re.fullmatch("[A-Za-z]{2}", text):
        raise BadRequestError(f"lang is a code of two letters such as de or en, not {text!r}.")
    return text.lower()


def source(ask: Ask, known: Collection[str] | None = None) -> str:
    """``source``; raises BadRequestError where it is none of ``known``."""
    key = ask.text("source", longest=LONGEST_NAME)
    if not key or known is None or key in known:
        return key
    close = get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "the page of sources lists them."
    raise BadRequestError(f"There is no source {key!r}; {hint}")


def begin(ask: Ask, default: str = ALL) -> str:
    """``since`` as a stored stamp, "" from the beginning; raises BadRequestError."""
    text = ask.text("since", longest=40) or default
    return "" if text == ALL else _stamp("since", text, ask.now)


def end(ask: Ask) -> str:
    """``until`` as a stored stamp, "" without an end; raises BadRequestError."""
    text = ask.text("until", longest=40)
    if not _DAY.fullmatch(text):
        return _stamp("until", text, ask.now) if text else ""
    midnight = datetime.fromisoformat(_stamp("until", text, ask.now))
    try:
        return phrases.since((midnight + timedelta(days=1)).isoformat(), ask.now)
    except OverflowError as error:
        raise BadRequestError(f"until is too late: {text}.") from error


def _stamp(name: str, text: str, now: datetime) -> str:
    try:
        return phrases.since(text, now)
    except ValueError as error:
        raise BadRequestError(f"{name}: {error}.") from error
