"""Pieces -> feed bytes: RSS 2.0 (in several dialects), Atom, JSON Feed 1.1 and Google news sitemaps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from html import escape
from string import Template
from typing import Any

from pipeline.newsroom.addresses import digest, feed_link, feed_url, url
from pipeline.newsroom.cast import CAST
from pipeline.newsroom.events import Piece
from pipeline.newsroom.outlets import FeedSpec, Outlet, local_time, stamp
from pipeline.newsroom.text import Library, body_html, words


def listed(spec: FeedSpec, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces that this feed carries, newest first."""
    return [p for p in reversed(pieces) if _carries(spec, p)]


def _carries(spec: FeedSpec, piece: Piece) -> bool:
    return (
        spec.lang in ("", piece.lang)
        and spec.section in ("", piece.section)
        and not (spec.tops and digest(piece.id) % 2)
    )


def render(outlet: Outlet, spec: FeedSpec, pieces: Sequence[Piece], library: Library) -> tuple[bytes, str]:
    """The feed's bytes and content type; ``pieces`` are the outlet's published ones, oldest first."""
    text, kind = _FORMS[spec.form](outlet, spec, listed(spec, pieces), library)
    if kind == "application/feed+json":
        return text.encode(), kind
    return text.encode(outlet.charset, "xmlcharrefreplace"), f"{kind}; charset={outlet.charset}"


def _e(text: str) -> str:
    return escape(text, quote=True).replace("&#x27;", "&#39;")


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>"


def _latest(outlet: Outlet, pieces: Sequence[Piece]) -> str:
    return stamp(outlet, max(p.updated for p in pieces)) if pieces else ""


def _language(spec: FeedSpec, outlet: Outlet) -> str:
    return spec.lang or outlet.lang


# --- RSS ------------------------------------------------------------------------------------------------

_RSS = Template("""<?xml version="1.0" encoding="$charset"?>
$pi<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" \
xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
<title>$title</title>
<link>$home/</link>
<description>$about</description>
<language>$language</language>
<atom:link href="$self" rel="self" type="application/rss+xml"/>
$built$items
</channel>
</rss>
""")


def _rss(outlet: Outlet, spec: FeedSpec, pieces: Sequence[Piece], library: Library) -> tuple[str, str]:
    nos = spec.form == "nos"
    item = _nos_item if nos else _rss_item
    latest = _latest(outlet, pieces)
    text = _RSS.substitute(
        charset=outlet.charset.upper(),
        pi='<?xml-stylesheet type="text/xsl" href="/rss.xsl"?>\n' if nos else "",
        title=_e(outlet.name),
        home=outlet.home,
        about=_e(words(_language(spec, outlet), "feed_about").format(name=outlet.name)),
        language=_language(spec, outlet),
        self=feed_url(outlet.key, spec),
        built=f"<lastBuildDate>{latest}</lastBuildDate>\n" if latest else "",
        items="\n".join(item(outlet, p, library) for p in pieces),
    )
    return text, "application/rss+xml"


def _rss_item(outlet: Outlet, piece: Piece, library: Library) -> str:
    tags = [
        f"<title>{_e(piece.title)}</title>",
        f"<link>{_e(feed_link(piece))}</link>",
        f'<guid isPermaLink="false">{_e(guid(outlet, piece))}</guid>',
        f"<pubDate>{stamp(outlet, piece.at)}</pubDate>",
        *_bodies(outlet, piece, library),
        f"<category>{_e(piece.section)}</category>",
        *([f"<dc:creator>{_e(piece.author)}</dc:creator>"] if piece.author else []),
        *([f"<atom:updated>{_iso(piece.updated)}</atom:updated>"] if piece.revision else []),
        *_source(outlet, piece, library),
        *_enclosure(outlet, piece),
    ]
    return "<item>\n" + "\n".join(tags) + "\n</item>"


def _bodies(outlet: Outlet, piece: Piece, library: Library) -> list[str]:
    """Teaser, and for some the fuller text; no CDATA where character references must stand."""
    teaser = f"<description>{_e(piece.teaser)}</description>"
    if outlet.key == "spiegel":
        return [teaser, f"<content:encoded>{_cdata(_e(piece.teaser))}</content:encoded>"]
    if outlet.feed_body != "full":
        return [teaser]
    excerpt = " ".join(piece.paragraphs[0].split()[:40])
    credit = f"<p>The post <a href='{url(piece)}'>{_e(piece.title)}</a> appeared first on {outlet.name}.</p>"
    return [
        f"<description>{_cdata(f'<p>{_e(excerpt)} [&#8230;]</p> {credit}')}</description>",
        f"<content:encoded>{_cdata(body_html(outlet, piece, library))}</content:encoded>",
    ]


def _nos_item(outlet: Outlet, piece: Piece, library: Library) -> str:
    link = feed_link(piece)
    return "\n".join(
        [
            "<item>",
            f"<title>{_cdata(piece.title)}</title>",
            f"<link>{link}</link>",
            f"<description>{_cdata(body_html(outlet, piece, library))}</description>",
            f"<pubDate>{stamp(outlet, piece.at)}</pubDate>",
            f'<guid isPermaLink="true">{link}</guid>',
            *_enclosure(outlet, piece),
            "</item>",
        ]
    )


def guid(outlet: Outlet, piece: Piece) -> str:
    """The entry's identifier in feeds."""
    if outlet.key == "tideline":
        return f"{url(piece)}#{piece.revision}"  # counts revisions, as the BBC's does
    if outlet.key in ("indus", "lowlands"):
        return f"{outlet.home}/?p={digest(piece.id) % 900_000 + 100_000}"
    return url(piece)


def _source(outlet: Outlet, piece: Piece, library: Library) -> list[str]:
    """Whom an aggregator took the piece from."""
    if outlet.key != "wireyard" or piece.copy_of not in library:
        return []
    origin = CAST[library[piece.copy_of].outlet]
    feed = feed_url(origin.key, next(f for f in origin.feeds if f.lang in ("", piece.lang)))
    return [f'<source url="{feed}">{_e(origin.name)}</source>']


def _enclosure(outlet: Outlet, piece: Piece) -> list[str]:
    if outlet.key not in ("nos", "spiegel", "tideline"):
        return []
    return [f'<enclosure type="image/jpeg" url="{outlet.home}/img/{digest(piece.id):032x}.jpg"/>']


# --- Atom -----------------------------------------------------------------------------------------------

_ATOM = Template("""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="$language">
<title>$title</title>
<id>$self</id>
<link rel="self" type="application/atom+xml" href="$self"/>
<link rel="alternate" type="text/html" href="$home/"/>
$updated$entries
</feed>
""")


def _atom(outlet: Outlet, spec: FeedSpec, pieces: Sequence[Piece], library: Library) -> tuple[str, str]:
    latest = max((p.updated for p in pieces), default=None)
    text = _ATOM.substitute(
        language=_language(spec, outlet),
        title=_e(outlet.name),
        self=feed_url(outlet.key, spec),
        home=outlet.home,
        updated=f"<updated>{_iso(latest)}</updated>\n" if latest else "",
        entries="\n".join(_atom_entry(outlet, p) for p in pieces),
    )
    return text, "application/atom+xml"


def _atom_entry(outlet: Outlet, piece: Piece) -> str:
    when = local_time(outlet, piece.at).isoformat()
    changed = local_time(outlet, piece.updated).isoformat()
    name = _e(piece.author or outlet.name)
    tags = [
        f'<title type="html">{_e(_e(piece.title))}</title>',
        f'<link rel="alternate" type="text/html" href="{_e(feed_link(piece))}"/>',
        f"<id>tag:{outlet.host},{when[:4]}:{digest(piece.id):032x}</id>",
        f"<published>{when}</published><updated>{changed}</updated>",
        f"<author><name>{name}</name></author>",
        f'<category term="{_e(piece.section)}"/>',
        f"<summary>{_e(piece.teaser)}</summary>",
    ]
    if outlet.feed_body == "excerpt":
        tags.append(f'<content type="html">{_e(f"<p>{_e(piece.paragraphs[0])}</p>")}</content>')
    return "<entry>\n" + "\n".join(tags) + "\n</entry>"


# --- JSON Feed ------------------------------------------------------------------------------------------


def _json(outlet: Outlet, spec: FeedSpec, pieces: Sequence[Piece], library: Library) -> tuple[str, str]:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{outlet.home}/",
        "feed_url": feed_url(outlet.key, spec),
        "language": _language(spec, outlet),
        "items": [_json_item(outlet, p) for p in pieces],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1), "application/feed+json"


def _json_item(outlet: Outlet, piece: Piece) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": f"{digest(piece.id):032x}",
        "url": feed_link(piece),
        "title": piece.title,
        "summary": piece.teaser,
        "date_published": local_time(outlet, piece.at).isoformat(),
        "authors": [{"name": piece.author or outlet.name}],
        "tags": [piece.section],
    }
    if outlet.feed_body == "excerpt":
        item["content_html"] = f'<p>{_e(piece.teaser)} [<a href="{url(piece)}">mehr</a>]</p>'
    else:
        item["content_text"] = piece.teaser
    if piece.revision:
        item["date_modified"] = local_time(outlet, piece.updated).isoformat()
    return item


# --- news sitemap ---------------------------------------------------------------------------------------

_SITEMAP = Template("""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" \
xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
$urls
</urlset>
""")


def _sitemap(outlet: Outlet, spec: FeedSpec, pieces: Sequence[Piece], library: Library) -> tuple[str, str]:
    urls = "\n".join(_sitemap_url(outlet, p) for p in pieces)
    return _SITEMAP.substitute(urls=urls), "application/xml"


def _sitemap_url(outlet: Outlet, piece: Piece) -> str:
    news = (
        f"<news:publication><news:name>{_e(outlet.name)}</news:name>"
        f"<news:language>{piece.lang}</news:language></news:publication>"
        f"<news:publication_date>{_iso(piece.at)}</news:publication_date>"
        f"<news:title>{_e(piece.title)}</news:title>"
    )
    return (
        f"<url><loc>{_e(url(piece))}</loc><lastmod>{_iso(piece.updated)}</lastmod><news:news>{news}</news:news></url>"
    )


def _iso(when: datetime) -> str:
    return re.sub(r"\+00:00$", "Z", when.isoformat())


_Form = Callable[[Outlet, FeedSpec, Sequence[Piece], Library], tuple[str, str]]
_FORMS: Mapping[str, _Form] = {
    "atom": _atom,
    "json": _json,
    "nos": _rss,
    "rss": _rss,
    "sitemap": _sitemap,
}
