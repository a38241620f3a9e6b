"""Feeds and pages as bytes: RSS, Atom, JSON Feed and HTML, with dates as publishers write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from bench.reliability.week.press import Edit, Feed, Piece

HERE = ZoneInfo("Europe/Berlin")
AHEAD = timedelta(hours=3)  # of feeds that date their pieces in the future
_DAYS = (("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"))
_OCT = {True: {9: "Sep", 10: "Okt", 11: "Nov"}, False: {9: "Sep", 10: "Oct", 11: "Nov"}}


def moment(piece: Piece, feed: Feed, now: datetime) -> datetime:
    """The moment that a feed means by a piece's date, before it is written wrongly."""
    return piece.bumped if piece.bumped and now >= piece.bumped else piece.born


def states(piece: Piece, feed: Feed, now: datetime) -> datetime | None:
    """The moment that a feed states, read as it is written; None where nobody could tell, or believe, one."""
    meant = moment(piece, feed, now)
    if feed.dates == "future":
        return meant + AHEAD
    if feed.dates == "winter":  # summer's clock under winter's name
        return meant + (meant.astimezone(HERE).dst() or timedelta())
    return None if feed.dates in ("none", "2099") else meant


def written(piece: Piece, feed: Feed, now: datetime) -> str:
    """A piece's date as the feed writes it, "" where it has none."""
    meant, style = moment(piece, feed, now), feed.dates
    if style == "none":
        return ""
    if style == "2099":
        meant = meant.replace(year=2099)
    meant += AHEAD if style == "future" else timedelta()
    local = meant.astimezone(HERE)
    if style == "iso" or feed.format != "rss":
        return local.isoformat() if style != "gmt" else meant.strftime("%Y-%m-%dT%H:%M:%SZ")
    return _rfc822(style, meant, local)


def _rfc822(style: str, meant: datetime, local: datetime) -> str:
    german = style in ("german", "winter")
    zone = {
        "names": local.tzname() or "",
        "german": "MESZ" if local.dst() else "MEZ",
        "winter": "MEZ",
        "gmt": "GMT",
        "minus": "-0000",
    }.get(style, local.strftime("%z"))
    shown = meant if style in ("gmt", "minus") else local
    day = _DAYS[german][shown.weekday()]
    return f"{day}, {shown.day} {_OCT[german][shown.month]} {shown:%Y %H:%M:%S} {zone}"


def guid(piece: Piece, feed: Feed, now: datetime) -> str:
    """By what the feed tells its items apart."""
    own = f"{'new' if piece.renamed and now >= piece.renamed else 'item'}-{piece.number}"
    return f"tag:{feed.site.host},2026:{own}" if feed.renamed and now >= feed.renamed else f"{feed.site.host}/{own}"


def feed_body(feed: Feed, now: datetime, items: list[Piece]) -> bytes:
    """The whole feed."""
    charset = feed.charsets[bool(feed.switched and now >= feed.switched)]
    if feed.format == "json":
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": _title(feed),
                           "items": [_json_item(p, feed, now) for p in items]}).encode()  # fmt: skip
    wrap, item = (_atom, _atom_item) if feed.format == "atom" else (_rss, _rss_item)
    made = wrap(feed, "".join(item(p, feed, now) for p in items))
    return f'<?xml version="1.0" encoding="{charset}"?>{made}'.encode(charset, "xmlcharrefreplace")


def _title(feed: Feed) -> str:
    return f"Blätter und Löwen, {feed.site.host} {feed.name}"


def _link(piece: Piece) -> str:
    return f"{piece.url}?utm_source=rss"


def _markup(piece: Piece, feed: Feed, said: Edit) -> str:
    """What the feed gives of the text: all of it, or its first sentence."""
    if feed.site.text_from == "feed":
        return "".join(f"<p>{escape(p)}</p>" for p in said.paragraphs)
    return f"<p>{escape(said.paragraphs[0].split('. ')[0])}.</p>"


def _rss(feed: Feed, items: str) -> str:
    ttl = f"<ttl>{feed.ttl_min}</ttl>" if feed.ttl_min else ""
    head = f"<title>{_title(feed)}</title><link>http://{feed.site.host}/</link><language>en</language>{ttl}"
    return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'


def _rss_item(piece: Piece, feed: Feed, now: datetime) -> str:
    said, date = piece.at(now), written(piece, feed, now)
    return (
        f"<item><title>{escape(said.title)}</title><link>{_link(piece)}</link>"
        f'<guid isPermaLink="false">{guid(piece, feed, now)}</guid>{f"<pubDate>{date}</pubDate>" if date else ""}'
        f"<description>{escape(_markup(piece, feed, said))}</description></item>"
    )


def _atom(feed: Feed, items: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>{_title(feed)}</title>{items}</feed>'


def _atom_item(piece: Piece, feed: Feed, now: datetime) -> str:
    said, date = piece.at(now), written(piece, feed, now)
    return (
        f'<entry><title>{escape(said.title)}</title><link href="{_link(piece)}"/><id>{guid(piece, feed, now)}</id>'
        f"{f'<published>{date}</published>' if date else ''}"
        f'<content type="html">{escape(_markup(piece, feed, said))}</content></entry>'
    )


def _json_item(piece: Piece, feed: Feed, now: datetime) -> dict[str, str]:
    said, date = piece.at(now), written(piece, feed, now)
    made = {"id": guid(piece, feed, now), "url": _link(piece), "title": said.title,
            "content_html": _markup(piece, feed, said)}  # fmt: skip
    return made | ({"date_published": date} if date else {})


def page(piece: Piece, now: datetime) -> bytes:
    """The article page."""
    said = piece.at(now)
    stated = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": said.title,
              "datePublished": piece.born.astimezone(HERE).isoformat()}  # fmt: skip
    told = f"<script type='application/ld+json'>{json.dumps(stated)}</script>" if piece.site.structured else ""
    body = "".join(f"<p>{escape(p)}</p>" for p in said.paragraphs)
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(said.title)}</title>{told}</head>"
        f"<body><nav><a href='/'>Home</a></nav><main><article><h1>{escape(said.title)}</h1>{body}</article></main>"
        "</body></html>"
    ).encode()


def http_date(when: datetime) -> str:
    """A moment as HTTP headers have it."""
    return when.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
