"""What a page says about itself: JSON-LD first, then meta and OpenGraph, then its own markup.

The publisher's claims are read, never believed: dates stay raw strings, links stay as stated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from pipeline.text import one_line, plain

__all__ = ["PageMeta", "publishers", "read_meta"]

# schema.org: Article and its subtypes that carry news (https://schema.org/Article).
_ARTICLE_TYPES = frozenset(
    {
        "AnalysisNewsArticle",
        "Article",
        "AskPublicNewsArticle",
        "BackgroundNewsArticle",
        "BlogPosting",
        "LiveBlogPosting",
        "NewsArticle",
        "OpinionNewsArticle",
        "Report",
        "ReportageNewsArticle",
        "ReviewNewsArticle",
        "SatiricalArticle",
        "SocialMediaPosting",
    }
)
_NESTING = ("@graph", "mainEntity", "itemReviewed")  # where publishers put the article one level down
_ORGANIZATIONS = frozenset({"Corporation", "NewsMediaOrganization", "Organization"})
_MAX_SCRIPT = 2_000_000  # characters of one JSON-LD block
_MAX_NODES = 2_000
_COMMENT = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$")
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")

# Meta names in order of trust; the part after "=" is the attribute's value in lower case.
_META = {
    "author": ("author", "dc.creator", "article:author", "parsely-author", "sailthru.author"),
    "description": ("og:description", "description", "twitter:description"),
    "language": ("content-language", "dc.language", "og:locale"),
    "published": (
        "article:published_time",
        "og:article:published_time",
        "date",
        "dc.date.issued",
        "dc.date",
        "pubdate",
    ),
    "site": ("og:site_name", "application-name"),
    "tier": ("article:content_tier",),
    "title": ("og:title", "twitter:title", "dc.title"),
    "updated": ("article:modified_time", "og:updated_time", "last-modified", "dc.date.modified"),
    "url": ("og:url",),
}
# Elements by which named publishers mark a wall without saying so in JSON-LD.
# Spiegel; DPG (AD, Volkskrant, Trouw, Parool); Piano.
_WALLS = "//*[@data-area='paywall' or self::dpp_paid or self::dpp-paid or @id='piano-paywall']"


@dataclass(frozen=True, slots=True)
class PageMeta:
    """A page's claims about itself; "" and None where it makes none."""

    title: str = ""
    author: str = ""
    published: str = ""  # raw
    updated: str = ""  # raw
    description: str = ""
    language: str = ""  # ISO 639-1, lower case
    canonical: str = ""  # rel=canonical, else og:url; as stated
    sites: tuple[str, ...] = ()  # names of the outlet, for stripping from titles
    paywalled: bool | None = None
    walled: tuple[str, ...] = ()  # CSS selectors of the parts that are not free
    body: str = ""  # JSON-LD articleBody as plain text
    headings: tuple[str, ...] = field(default=())  # <title> and the first <h1>


def read_meta(tree: HtmlElement) -> PageMeta:
    """All that the page claims. Malformed JSON-LD is mended where a comma or comment is at fault, else skipped."""
    nodes = _json_ld(tree)
    node = _article_node(nodes)
    wall, meta = _wall_node(node, nodes), _meta_values(tree)
    title = _string(node.get("headline")) or meta["title"]
    headings = tuple(h for tag in ("title", "h1") if (h := _first_text(tree, tag)))
    publisher = _names(node.get("publisher"))
    return PageMeta(
        title=one_line(plain(title), 1000) or next(iter(headings[::-1]), ""),
        author=", ".join(_names(node.get("author"))) or meta["author"],
        published=_string(node.get("datePublished")) or meta["published"] or _string(node.get("dateCreated")),
        updated=_string(node.get("dateModified")) or meta["updated"],
        description=plain(_string(node.get("description")) or meta["description"]),
        language=_language(node, meta, tree),
        canonical=_canonical(tree) or meta["url"],
        sites=tuple(dict.fromkeys((*publisher, meta["site"]))),
        paywalled=_paywalled(wall, meta, tree),
        walled=tuple(_walled(wall)),
        body=plain(_string(node.get("articleBody"))),
        headings=headings,
    )


def publishers(tree: HtmlElement) -> tuple[str, str]:
    """(who publishes the page, whose that publisher is) by its JSON-LD, as stated; "" where it does not say."""
    nodes = _json_ld(tree)
    stated = [p for n in nodes for p in _listed(n.get("publisher"))]
    stated += [n for n in nodes if _types(n) & _ORGANIZATIONS]
    named = [n for n in stated if isinstance(n, dict) and _string(n.get("name"))]
    parent = next((p for n in named for p in _names(n.get("parentOrganization"))), "")
    return next((_names(n.get("name")) or [""] for n in named), [""])[0], parent


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _json_ld(tree: HtmlElement) -> list[dict[str, Any]]:
    return [n for script in tree.iterfind(".//script") if _is_json_ld(script) for n in _nodes(_loads(script.text))]


def _article_node(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The JSON-LD object that describes the page's article; {} where there is none."""
    articles = [n for n in nodes if _types(n) & _ARTICLE_TYPES]
    # The fullest one: some pages state a bare Article beside the NewsArticle proper.
    return max(articles, key=lambda n: bool(n.get("headline")) + bool(n.get("datePublished")), default={})


def _wall_node(article: dict[str, Any], nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The object that says whether the page is free: the article's own, else another of an article or of the page."""
    others = (n for n in nodes if _types(n) & (_ARTICLE_TYPES | {"WebPage"}))
    stated = (n for n in (article, *others) if _is_false(n.get("isAccessibleForFree")) is not None or any(_walled(n)))
    return next(stated, article)


def _is_json_ld(script: HtmlElement) -> bool:
    return (script.get("type") or "").strip().lower().startswith("application/ld+json")


def _loads(text: str | None) -> Any:
    """JSON as publishers write it: control characters, comments and trailing commas are forgiven; else None."""
    if not text or len(text) > _MAX_SCRIPT:
        return None
    for mended in (text, _TRAILING_COMMA.sub("", _COMMENT.sub("", _COMMENT.sub("", text)))):
        try:
            return json.loads(mended, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Top-level objects and those one known level down, in document order; related pieces are not entered."""
    queue = [value]
    for _ in range(_MAX_NODES):
        if not queue:
            return
        item = queue.pop(0)
        if isinstance(item, list):
            queue[:0] = item[:_MAX_NODES]
        elif isinstance(item, dict):
            yield item
            queue[:0] = [item[k] for k in _NESTING if k in item]


def _types(node: dict[str, Any]) -> set[str]:
    stated = node.get("@type")
    found = stated if isinstance(stated, list) else [stated]
    return {t.rsplit("/", 1)[-1].rsplit(":", 1)[-1] for t in found if isinstance(t, str)}


def _string(value: Any) -> str:
    """The first string in a JSON-LD value: itself, of a list, or its "@value" or name."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if value else ""
        elif isinstance(value, dict):
            value = value.get("@value") or value.get("name") or ""
        else:
            break
    return value.strip() if isinstance(value, str) else ""


def _names(value: Any) -> list[str]:
    """Names of people or organisations in a JSON-LD value, once each, without addresses."""
    found = [one_line(plain(_string(v)), 200) for v in (value if isinstance(value, list) else [value])]
    return [n for n in dict.fromkeys(found) if n and "://" not in n]


def _is_false(value: Any) -> bool | None:
    """schema.org booleans as printed: true, "True", "http://schema.org/False"; None for neither."""
    word = str(value).strip().rsplit("/", 1)[-1].lower()
    return {"false": True, "0": True, "no": True, "true": False, "1": False, "yes": False}.get(word)


def _parts(node: dict[str, Any]) -> list[dict[str, Any]]:
    parts = node.get("hasPart")
    return [p for p in (parts if isinstance(parts, list) else [parts]) if isinstance(p, dict)]


def _walled(node: dict[str, Any]) -> Iterator[str]:
    for part in _parts(node):
        selectors = part.get("cssSelector")
        if _is_false(part.get("isAccessibleForFree")):
            yield from (s for s in (selectors if isinstance(selectors, list) else [selectors]) if isinstance(s, str))


def _paywalled(node: dict[str, Any], meta: dict[str, str], tree: HtmlElement) -> bool | None:
    """The article's own statement first: parts of a free piece may be walled for other reasons."""
    stated = _is_false(node.get("isAccessibleForFree"))
    if stated is not None:
        return stated
    if any(_is_false(p.get("isAccessibleForFree")) for p in _parts(node)) or meta["tier"] == "locked":
        return True
    if tree.xpath(_WALLS):
        return True
    return False if meta["tier"] == "free" else None


def _meta_values(tree: HtmlElement) -> dict[str, str]:
    stated: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        content = (element.get("content") or "").strip()
        if name and content and not (name.endswith("author") and "://" in content):
            stated.setdefault(name.strip().lower(), one_line(content, 2000))
    return {field: next((stated[n] for n in names if n in stated), "") for field, names in _META.items()}


def _language(node: dict[str, Any], meta: dict[str, str], tree: HtmlElement) -> str:
    for stated in (tree.get("lang"), tree.get("xml:lang"), _string(node.get("inLanguage")), meta["language"]):
        code = re.match(r"\s*([A-Za-z]{2})(?![A-Za-z])", stated or "")
        if code:
            return code[1].lower()
    return ""


def _canonical(tree: HtmlElement) -> str:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return (link.get("href") or "").strip()
    return ""


def _first_text(tree: HtmlElement, tag: str) -> str:
    return next((one_line(" ".join(map(str, e.itertext())), 1000) for e in tree.iter(tag)), "")
