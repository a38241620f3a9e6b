"""Full text: articles that hold the words, under their stories; a number or an address leads to its article."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pipeline import urls
from pipeline.asked import Asked
from pipeline.phrases import plain
from pipeline.store import asking, fulltext, glances, reads
from pipeline.store.connect import Connection
from pipeline.store.fulltext import RANKED, Found, fts_query
from pipeline.store.rows import Row
from pipeline.web.answers import Answer, Ask, Page, Redirect
from pipeline.web.asking import begin, end, kept, lang, ordered, source
from pipeline.web.markup import MARKS

PER_PAGE = 20
PAGES = RANKED // PER_PAGE
STORIES = 5  # shown above the articles
PARAMETERS = ("q", "lang", "source", "since", "until")
WINDOWS = {"": "any time", "24h": "last 24 hours", "7d": "last 7 days", "30d": "last 30 days", "365d": "last year"}
ARTICLE = re.compile(r"#\s?(\d{1,19})")
ADDRESS = re.compile(r"(https?://|www\.)\S+", re.I)


def page(db: Connection, ask: Ask) -> Answer:
    """What ``q`` finds; without it, how to search."""
    sources = glances.outlets(db)
    wanted = filters(ask, [s["key"] for s in sources])
    number = ask.number("page", 1, 1, PAGES)
    if article := named(db, wanted.words):
        return Redirect(f"/article/{article}")
    query = kept(ask, PARAMETERS)
    offered = {"windows": WINDOWS, "langs": asking.values(db, "lang"), "sources": sources}
    state = {"query": query, "filtered": len(query) > 1, "page": number, "per_page": PER_PAGE, "now": ask.now}
    return Page("search.html", {**offered, **state, **_answer(db, wanted, number, ask.now)})


def filters(ask: Ask, sources: Collection[str]) -> Asked:
    """What is asked for: unlike on other pages, words that name nothing are no mistake, and times are those of the
    articles. Raises BadRequestError."""
    found = Asked(ask.text("q"), lang(ask), source(ask, sources), since=begin(ask), until=end(ask), min_articles=1)
    return ordered(found)


def _answer(db: Connection, asked: Asked, number: int, now: datetime) -> dict[str, Any]:
    """The articles and stories found, and what to say where there are none."""
    words, found = asked.words, _found(db, asked, number)
    stories = asking.listed(db, [h["story_id"] for h in found.hits if h["story_id"]])
    return {
        "asked": plain(words),
        "searched": bool(fts_query(words)),
        "unknown": bool(ARTICLE.fullmatch(words) or ADDRESS.fullmatch(words)),
        "found": found,
        "more": found.more and number < PAGES,
        "groups": grouped(found.hits, stories),
        "stories": _stories(db, asked, now) if number == 1 else [],
        "ranked_most": RANKED,
    }


def named(db: Connection, words: str) -> int | None:
    """The article that ``#12`` or an address names, where there is one."""
    if number := ARTICLE.fullmatch(words):
        return next(iter(glances.titles(db, [int(number[1])])), None)
    if not ADDRESS.fullmatch(words):
        return None
    address = urls.canonical(words if "://" in words else f"https://{words}")
    return reads.keyed(db, urls.key(address)) if address else None


def _found(db: Connection, asked: Asked, number: int) -> Found:
    return fulltext.find(
        db, asked.words, lang=asked.lang, source=asked.source, since=asked.since, until=asked.until, limit=PER_PAGE,
        offset=(number - 1) * PER_PAGE, marks=MARKS,
    )  # fmt: skip


def _stories(db: Connection, asked: Asked, now: datetime) -> list[Row]:
    """The stories of several articles that tell of it, by independent origins."""
    if not fts_query(asked.words):
        return []
    return asking.stories(db, replace(asked, min_articles=2), now, limit=STORIES)


def grouped(hits: Sequence[Row], listed: dict[int, Row]) -> list[dict[str, Any]]:
    """The hits under their stories, in the order of the first of each: ``story`` (None for an article that is in none
    yet, or alone in one) and its ``hits``."""
    groups: dict[object, dict[str, Any]] = {}
    for hit in hits:
        story = listed.get(hit["story_id"] or 0)
        several = story if story and story["several"] else None
        key = ("story", hit["story_id"]) if several else ("article", hit["article_id"])
        groups.setdefault(key, {"story": several, "hits": []})["hits"].append({**hit, "host": urls.host(hit["url"])})
    return [*groups.values()]
