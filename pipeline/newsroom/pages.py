"""Pieces -> HTML pages as rich as real ones: what an extractor has to cut away is part of the exercise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from pipeline.newsroom.addresses import amp_path, digest, feed_url, nos_id, slug, url
from pipeline.newsroom.events import Piece
from pipeline.newsroom.outlets import Outlet, local_time
from pipeline.newsroom.text import Library, body_html, shown_paragraphs, word_list, words


@cache
def _template(name: str) -> Template:
    return Template((files("pipeline.newsroom") / "templates" / f"{name}.html").read_text("utf-8"))


def article_page(outlet: Outlet, piece: Piece, earlier: Sequence[Piece], library: Library) -> bytes:
    """The article's page; ``earlier`` are the outlet's older pieces, which its sidebar and links show.

    Titles of other pieces are shown as first published, so a page changes only with its own article.
    """
    fragments = _words_of(outlet, piece.lang) | _about(outlet, piece, library) | _around(piece, earlier)
    html = _template(outlet.template).substitute(fragments)
    return html.encode(outlet.charset, "xmlcharrefreplace")


def front_page(outlet: Outlet, pieces: Sequence[Piece]) -> bytes:
    """The home page: headlines and teasers, newest first."""
    teasers = "\n".join(_teaser(p) for p in reversed(pieces))
    html = (
        f'<!DOCTYPE html>\n<html lang="{outlet.lang}"><head><meta charset="{outlet.charset}">'
        f'<title>{escape(outlet.name)}</title><link rel="canonical" href="{outlet.home}/"></head>\n'
        f"<body><h1>{escape(outlet.name)}</h1>\n{teasers}\n</body></html>\n"
    )
    return html.encode(outlet.charset, "xmlcharrefreplace")


def _words_of(outlet: Outlet, lang: str) -> dict[str, str]:
    """What is the same on every page of the outlet."""
    plain = {k: escape(words(lang, k)) for k in _PLAIN}
    lists = {k: _list(word_list(lang, k), outlet.home) for k in ("imprint", "menu", "share")}
    titles = {f"{k}_title": escape(words(lang, k)) for k in ("comments", "latest", "related")}
    site = {"site": escape(outlet.name), "home": outlet.home, "charset": outlet.charset, "lang": lang}
    site["feed"] = feed_url(outlet.key, outlet.feeds[0])
    return plain | lists | titles | site


_PLAIN = ("advert", "cookies", "cookies_no", "cookies_yes", "newsletter", "newsletter_do", "rights")


def _list(labels: Sequence[str], home: str) -> str:
    return "\n".join(f'<li><a href="{home}/{slug(label)}">{escape(label)}</a></li>' for label in labels)


def _about(outlet: Outlet, piece: Piece, library: Library) -> dict[str, str]:
    """What is this article's own."""
    by = f"{words(piece.lang, 'by')} {escape(piece.author)}" if piece.author else ""
    wall = f'<div data-area="paywall" class="paywall"><p>{words(piece.lang, "paywall")}</p></div>'
    teaser = "" if outlet.key == "nos" else escape(piece.teaser)
    return {
        "body": body_html(outlet, piece, library),
        "byline": by,
        "crumbs": f'<a href="{outlet.home}/">{words(piece.lang, "home")}</a> › {escape(piece.section)}',
        "data": _next_data(piece, outlet),
        "dates": _dates(outlet, piece),
        "head": _head(outlet, piece, library),
        "headline": escape(piece.title),
        "image": _image(outlet, piece),
        "paywall": wall if piece.paywalled else "",
        "published_iso": local_time(outlet, piece.at).isoformat(),
        "section": escape(piece.section.replace("-", " ").title()),
        "section_slug": slug(piece.section),
        "teaser": f"<p>{teaser}</p>" if teaser else "",
        "teaser_text": teaser,
    }


def _dates(outlet: Outlet, piece: Piece) -> str:
    first = f"{words(piece.lang, 'published')} {local_time(outlet, piece.at):%d.%m.%Y, %H:%M}"
    if not piece.revision:
        return first
    return f"{first}, {words(piece.lang, 'updated')} {local_time(outlet, piece.updated):%d.%m.%Y, %H:%M}"


def _image(outlet: Outlet, piece: Piece) -> str:
    return f"{outlet.home}/img/{digest(piece.id):032x}.jpg"


# --- around the article ---------------------------------------------------------------------------------


def _around(piece: Piece, earlier: Sequence[Piece]) -> dict[str, str]:
    """Sidebar, related links and readers' comments."""
    related = sorted(earlier, key=lambda p: (p.section != piece.section, -p.at.timestamp(), p.id))
    return {
        "sidebar": "\n".join(_teaser(p) for p in list(reversed(earlier))[:5]),
        "related": "\n".join(f'<a href="{url(p)}">{escape(p.first_title)}</a>' for p in related[:3]),
        "comments": "\n".join(_comments(piece)),
    }


def _teaser(piece: Piece) -> str:
    title, teaser = escape(piece.first_title), escape(piece.teaser)
    return f'<div class="teaser"><h3><a href="{url(piece)}">{title}</a></h3><p>{teaser}</p></div>'


_NAMES = ("gulliver67", "Frau_Holle", "Reader from Utrecht", "nachteule", "tinker")


def _comments(piece: Piece) -> list[str]:
    seed = digest(piece.id)
    said = word_list(piece.lang, "readers")[: seed % 3 + 1]
    name = [_NAMES[(seed + n) % len(_NAMES)] for n in range(len(said))]
    return [f'<div class="comment"><b>{n}</b><p>{escape(s)}</p></div>' for n, s in zip(name, said, strict=True)]


# --- head -----------------------------------------------------------------------------------------------


def canonical(piece: Piece, library: Library) -> str:
    """What ``rel=canonical`` says: an aggregator points to the page it took the piece from."""
    if piece.outlet == "wireyard" and piece.copy_of in library:
        return canonical(library[piece.copy_of], library)
    return url(piece)


def _head(outlet: Outlet, piece: Piece, library: Library) -> str:
    here = canonical(piece, library)
    tags = [
        f'<meta name="description" content="{escape(piece.teaser)}">',
        f'<link rel="canonical" href="{here}">',
        *([f'<link rel="amphtml" href="{outlet.home}{amp_path(piece)}">'] if outlet.aliases else []),
        *(f'<meta property="{k}" content="{escape(v)}">' for k, v in _open_graph(outlet, piece, here)),
        f'<script type="application/ld+json">{_script(_json_ld(outlet, piece, here))}</script>',
    ]
    return "\n".join(tags)


def _open_graph(outlet: Outlet, piece: Piece, here: str) -> list[tuple[str, str]]:
    return [
        ("og:type", "article"),
        ("og:title", piece.title),
        ("og:description", piece.teaser),
        ("og:url", here),
        ("og:site_name", outlet.name),
        ("og:image", _image(outlet, piece)),
        ("article:published_time", local_time(outlet, piece.at).isoformat()),
        ("article:modified_time", local_time(outlet, piece.updated).isoformat()),
        ("article:section", piece.section),
    ]


def _script(value: object) -> str:
    """JSON that may stand in a script element: ASCII, and no ``</script>`` can come up."""
    return json.dumps(value).replace("<", "\\u003c")


def _json_ld(outlet: Outlet, piece: Piece, here: str) -> object:
    """The article's JSON-LD: alone, in a list, or in an ``@graph``, as the outlet does it."""
    article = _news_article(outlet, piece, here)
    crumbs = {"@type": "BreadcrumbList", "itemListElement": []}
    site = {"@type": "WebSite", "@id": f"{outlet.home}/#website", "name": outlet.name}
    context = {"@context": "https://schema.org"}
    if outlet.json_ld == "graph":
        return context | {"@graph": [site, article]}
    return [context | article, context | crumbs] if outlet.json_ld == "list" else context | article


def _news_article(outlet: Outlet, piece: Piece, here: str) -> dict[str, Any]:
    kind = "Person" if piece.author else "Organization"
    article: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": piece.title,
        "description": piece.teaser,
        "inLanguage": piece.lang,
        "datePublished": local_time(outlet, piece.at).isoformat(),
        "dateModified": local_time(outlet, piece.updated).isoformat(),
        "author": [{"@type": kind, "name": piece.author or outlet.name}],
        "publisher": {"@type": "Organization", "name": outlet.name, "url": outlet.home},
        "mainEntityOfPage": {"@type": "WebPage", "@id": here},
        "image": [_image(outlet, piece)],
        "articleSection": piece.section,
    }
    return article | _access(outlet, piece)


def _access(outlet: Outlet, piece: Piece) -> dict[str, Any]:
    """Free or not, and the full text where the outlet gives it away."""
    free: object = not piece.paywalled
    if outlet.key == "donaublatt":
        free = str(free)  # "True"/"False": a frequent mistake
    body = {"articleBody": "\n\n".join(shown_paragraphs(outlet, piece))} if outlet.ld_body else {}
    return {"isAccessibleForFree": free} | ({} if piece.paywalled else body)


def _next_data(piece: Piece, outlet: Outlet) -> str:
    """The page's state as a React site leaves it in ``__NEXT_DATA__``."""
    data = {
        "id": nos_id(piece),
        "title": piece.title,
        "description": piece.teaser,
        "categories": [piece.section],
        "publishedAt": local_time(outlet, piece.at).isoformat(),
        "modifiedAt": local_time(outlet, piece.updated).isoformat(),
    }
    return _script({"props": {"pageProps": {"data": data}}, "page": "/artikel/[id]", "buildId": "k2V9"})
