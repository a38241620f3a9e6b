"""What was found out about a site, as lines for people and as rows for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pipeline.cli.output import plain
from pipeline.cli.words import ago, count, reason
from pipeline.model import Article, Entry, FetchResult, TextFrom
from pipeline.sitefindings import Feed, Findings, Sample, words

Line = tuple[str, str]
WALLS = {True: "behind a paywall", False: "free"}


def rules(found: Findings) -> Iterator[Line]:
    """What each host says of being read."""
    for rule in found.rules:
        told = [f"robots.txt: {rule.robots or 'lets us read its pages'}"]
        told += [f"Crawl-delay {rule.crawl_delay:g} s"] if rule.crawl_delay else []
        told += ["tdmrep.json reserves text and data mining"] if rule.reserved else []
        yield f"{plain(rule.host)}: {plain('; '.join(told))}", ""


def feeds(kept: Iterable[Feed], others: Iterable[Feed], now: datetime, mark: bool = True) -> Iterator[Line]:
    """Each feed and how it answers, those to follow first."""
    for sign, some in (("+", kept), ("-", others)):
        for feed in some:
            yield f"  {f'{sign} ' if mark else ''}{plain(feed.url)}", ""
            yield f"    {plain(how(feed, now))}", "dim" if feed.result.code.ok else "yellow"


def how(feed: Feed, now: datetime) -> str:
    """``ok, rss20, 24 entries, newest 10 min ago, full text in 0 of 24: Morgenblatt``."""
    if feed.parsed is None or not feed.result.code.ok:
        return why(feed.result)
    total = len(feed.entries)
    told = ["ok", *([feed.parsed.kind] if feed.parsed.kind else []), count(total, "entry", "entries")]
    told += [f"newest {ago(feed.newest, now)}" if feed.newest else "without dates"] if total else []
    told += [f"full text in {feed.full} of {total}"] if total and feed.result.kind == "feed" else []
    told += [f"nearly all of it is in {feed.within}"] if feed.within else []
    return f"{', '.join(told)}{f': {feed.title}' if feed.title else ''}"


def why(result: FetchResult) -> str:
    """A reason code with its words, and what the server said."""
    return f"{result.code}: {reason(result.code)}{f' ({result.detail})' if result.detail else ''}"


def samples(some: Iterable[Sample]) -> Iterator[Line]:
    """What would be extracted of each article."""
    for sample in some:
        article = sample.best
        yield f"  {plain((article.title if article else '') or sample.entry.title or '(no title)')}", ""
        yield f"    {plain(sample.entry.url)}", "dim"
        if article:
            yield f"    {plain(', '.join(_told(article, sample.entry)))}", ""
        yield f"    {plain(_text(sample))}", "dim" if sample.by_page else "yellow"


def _told(article: Article, entry: Entry) -> Iterator[str]:
    when = article.published or entry.published
    yield f"{when:%Y-%m-%d %H:%M}" if when else "no date"
    yield article.lang
    yield "no word of a paywall" if article.paywalled is None else WALLS[article.paywalled]
    if article.author:
        yield f"by {article.author}"
    if article.agencies or article.credit:
        yield f"credit {' '.join(article.agencies) or article.credit}"


def _text(sample: Sample) -> str:
    """``312 words from the page, 24 in the feed``, or why there is none."""
    feed = f"{sample.feed_words} in the feed"
    if sample.by_page and sample.page and sample.page.code.ok:
        origin = {TextFrom.PAGE: "from the page", TextFrom.FEED: "from the feed, which has more than the page"}
        told = origin.get(sample.by_page.text_from, "of a teaser on the page")
        return f"{count(sample.page_words, 'word')} {told}, {feed}"
    if sample.page is None:
        return f"{count(sample.feed_words, 'word')} from the feed; its page is not asked for"
    return f"page: {why(sample.page)}; {feed}"


# -- rows


def feed_row(feed: Feed, follow: bool | None = None) -> dict[str, Any]:
    """A feed for JSON."""
    row = {
        "url": feed.url, "kind": feed.result.kind, "code": str(feed.result.code), "detail": feed.result.detail,
        "format": feed.parsed.kind if feed.parsed else "", "title": feed.title, "entries": len(feed.entries),
        "newest": feed.newest.isoformat() if feed.newest else None, "full_text": feed.full,
        "within": feed.within or None,
    }  # fmt: skip
    return row if follow is None else {**row, "follow": follow}


def sample_row(sample: Sample) -> dict[str, Any]:
    """An article for JSON."""
    article, page = sample.best, sample.page
    return {
        "url": sample.entry.url, "title": article.title if article else sample.entry.title,
        "published": article.published.isoformat() if article and article.published else None,
        "language": article.lang if article else None, "paywalled": article.paywalled if article else None,
        "author": article.author if article else "", "agencies": list(article.agencies) if article else [],
        "credit": article.credit if article else "", "words": words(article.text) if article else 0,
        "text_from": str(article.text_from) if article else None, "page_words": sample.page_words,
        "feed_words": sample.feed_words, "code": str(page.code) if page else None,
        "detail": page.detail if page else "",
    }  # fmt: skip


def rule_row(found: Findings) -> list[dict[str, Any]]:
    """What hosts say, for JSON."""
    return [
        {"host": r.host, "robots": r.robots or None, "crawl_delay": r.crawl_delay, "tdm_reserved": r.reserved}
        for r in found.rules
    ]
