"""Entry and page to article: clean text, language, dates, paywall flag, content hash.

With `sitelook` the only user of trafilatura, and never of its fetcher. Both public functions are pure but for the
clock that bounds dates, and may be sent to a child process.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from htmldate import find_date
from lxml.cssselect import CSSSelector
from lxml.etree import ErrorTypes, XPath, iterwalk
from lxml.html import HtmlElement
from trafilatura import baseline, extract
from trafilatura.external import try_justext
from trafilatura.utils import HTML_PARSER, load_html

from pipeline import links, urls, wire
from pipeline.credits import unprefixed
from pipeline.dates import parse
from pipeline.model import Article, ArticleError, Entry, Link, Reason, TextFrom
from pipeline.pagehtml import read_html
from pipeline.pagemeta import PageMeta, read_meta
from pipeline.rights import Said, heed
from pipeline.selected import Picked, Selectors, pick
from pipeline.text import clean, content_hash, one_line, paragraphs, plain
from pipeline.walls import is_hint, is_no_article, is_off_topic

__all__ = ["from_entry", "from_page", "warm_up"]

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it calls every page without text an error
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

MAX_TEXT = 1_000_000  # characters of an article
# The cascade is quadratic: 4 s for 40,000 elements, 80 s for 160,000. Real pages measured have 4,300 at most.
MAX_ELEMENTS = 30_000
_TOO_MANY = XPath(f"count(//*) > {MAX_ELEMENTS}")
_MIN_WORDS = 20  # below this a language cannot be told
# Languages that the followed sources print; the fewer, the surer (ISO 639-1).
_LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "ru", "uk")

_CREDIT_WITHIN = 6  # lines
_ASIDES = frozenset(
    {"aside", "figcaption", "figure", "form", "header", "nav", "noscript", "picture", "script", "style"}
)

# Outlet names as titles end with them, where a page does not name itself; sorted, casefolded, letters only.
_OUTLET_NAMES = """
ad apnews bbc bbcnews bild derspiegel derstandard dw faz focusonline guardian nos nosnieuws nosnl ntv ntvde nu
nunl nzz orf politico reuters rtlnieuws spiegel spiegelonline stern sueddeutschede süddeutsche süddeutschezeitung
sz tagesschau tagesschaude taz tazde theguardian tonline welt yahoonews zeitonline
"""
_OUTLETS = frozenset(_OUTLET_NAMES.split())
_DAY = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")
_TITLE_TAIL = re.compile(r"^(?P<head>.{8,}?)\s+[|–—·-]\s+(?P<tail>[^|–—·]{2,40})$", re.DOTALL)


def from_page(
    entry: Entry,
    body: bytes,
    *,
    url: str,
    source: str,
    language: str,
    encoding: str | None = None,
    now: datetime | None = None,
    said: Said | None = None,
    selectors: Selectors | None = None,
) -> Article:
    """The article on a fetched page.

    ``url`` is the final one, after redirects; ``encoding`` what the HTTP header says; ``language`` the
    source's, the last resort; ``now`` bounds dates (the clock, if not given); ``said`` what its headers reserve (None:
    reservations do not count); ``selectors``: where a site's own spider says that things stand. Raises
    ArticleError: EMPTY_BODY, NOT_A_PAGE (no HTML, a consent wall, a soft 404), TDM_RESERVED, ROBOTS_TAG or NO_TEXT.
    """
    if not body.strip():
        raise ArticleError(Reason.EMPTY_BODY)
    tree = _tree(body, encoding)
    if said:
        heed(tree, said)
    meta = read_meta(tree)
    picked = pick(tree, selectors) if selectors else Picked()
    text, text_from = (_credited(tree, picked.text), TextFrom.PAGE) if picked.text else _best_text(tree, meta, entry)
    shown = (meta.title, meta.description, *meta.headings, text)
    if is_no_article(urls.host(url), meta.headings, text) or is_off_topic((entry.title, plain(entry.summary)), shown):
        raise ArticleError(Reason.NOT_A_PAGE, one_line(" / ".join(meta.headings), 120))
    address, claim = _addresses(meta.canonical, url)
    draft = Article(
        source=source,
        url=address,
        key=urls.key(address),
        title=picked.title or _title(meta, address) or entry.title,
        text=text,
        lang=meta.language or entry.language or language,
        author=one_line(picked.author or meta.author or entry.author, 300),
        paywalled=meta.paywalled,
        text_from=text_from,
        canonical_claim=claim,
        links=_links(tree, entry, text, text_from, address),
    )
    when = now or datetime.now(UTC)
    dated = _dated(draft, entry, meta, tree, when)
    printed = "" if draft.author or not picked.text else _byline(_best_text(tree, meta, entry)[0], draft.title)
    return _finish(replace(dated, published=parse(picked.published, when) or dated.published), printed)


def from_entry(entry: Entry, *, source: str, language: str, full: bool) -> Article:
    """The article as far as the feed gives it.

    ``full``: the feed carries the whole text (NOS); else its summary is a teaser. Raises ArticleError:
    NOT_A_PAGE without an address, NO_TEXT where neither text nor title is left.
    """
    address = urls.canonical(entry.url or "")
    if address is None:
        raise ArticleError(Reason.NOT_A_PAGE, "entry without an address")
    fragment = entry.content or entry.summary if full else entry.summary or entry.content
    text = plain(fragment)
    return _finish(
        Article(
            source=source,
            url=address,
            key=urls.key(address),
            title=entry.title,
            text=text,
            lang=entry.language or language,
            published=entry.published,
            updated=entry.updated,
            author=one_line(entry.author, 300),
            text_from=TextFrom.FEED if full else TextFrom.TEASER,
            links=links.in_fragment(fragment, text, address),
        )
    )


def _finish(draft: Article, printed: str = "") -> Article:
    """Wire copy read off, language told, hashed: the same for both ways in. ``printed``: a byline that stands outside
    of the text."""
    title = one_line(draft.title, 1000)
    read = wire.read(draft.text[:MAX_TEXT], draft.author or printed, title)
    text = "\n".join(p for p in paragraphs(read.text) if draft.paywalled is False or not is_hint(p))
    if not text and not (title and draft.text_from is TextFrom.TEASER):
        raise ArticleError(Reason.NO_TEXT)
    return replace(
        draft,
        title=title,
        text=text,
        lang=_language(f"{title}\n{text}", draft.lang),
        author=unprefixed(draft.author or read.byline or printed),
        agencies=read.agencies,
        credit=read.credit,
        dateline=read.dateline,
        content_hash=content_hash(title, text),
    )


def _dated(draft: Article, entry: Entry, meta: PageMeta, tree: HtmlElement, now: datetime) -> Article:
    published = parse(meta.published, now) or entry.published or parse(_printed_date(tree), now)
    return replace(draft, published=published, updated=parse(meta.updated, now) or entry.updated)


def _printed_date(tree: HtmlElement) -> str:
    """The day that the page prints somewhere, by htmldate; "" where it finds none."""
    return "" if _TOO_MANY(tree) else find_date(copy(tree), original_date=True, extensive_search=False) or ""


def _tree(body: bytes, encoding: str | None) -> HtmlElement:
    """The page's tree, parsed once for all readers; raises ArticleError(NOT_A_PAGE), MemoryError."""
    html = read_html(body, encoding)
    tree = load_html(html) if html else None
    if tree is None:
        if html and any(fault.type == ErrorTypes.ERR_NO_MEMORY for fault in HTML_PARSER.error_log):
            raise MemoryError  # load_html only logs it
        raise ArticleError(Reason.NOT_A_PAGE, "no HTML")
    return tree


# --- tree to text


def _best_text(tree: HtmlElement, meta: PageMeta, entry: Entry) -> tuple[str, TextFrom]:
    """The fullest honest text: the page's, its JSON-LD's if that is the same but fuller, or the feed's."""
    tree = _free_part(tree, meta)
    page = _without_headings(_page_text(tree), meta.headings)
    page = _credited(tree, page)
    if not meta.paywalled and _is_fuller(meta.body, page):
        page = meta.body
    feed = plain(entry.content or entry.summary)
    if len(feed.split()) > 1.5 * len(page.split()) + 30:
        return feed, TextFrom.FEED
    if meta.paywalled and not page:
        return meta.description, TextFrom.TEASER
    return page, TextFrom.PAGE


def _links(tree: HtmlElement, entry: Entry, text: str, text_from: TextFrom, own: str) -> tuple[Link, ...]:
    """The links that stand in the text, from where it was taken."""
    if text_from is TextFrom.FEED:
        return links.in_fragment(entry.content or entry.summary, text, own)
    return links.in_page(tree, text, own)


def _page_text(tree: HtmlElement) -> str:
    """Main text by trafilatura's full cascade, by its linear baseline on pages of absurd size."""
    if _TOO_MANY(tree):
        return clean(baseline(tree)[1])
    return clean(extract(tree, include_comments=False, output_format="txt") or "")


def _credited(tree: HtmlElement, page: str) -> str:
    """The text with the credit that is printed below it."""
    return "\n".join(filter(None, (page, _closing_credit(tree, page))))


def _byline(text: str, title: str) -> str:
    return wire.read(text[:MAX_TEXT], title=one_line(title, 1000)).byline


def _closing_credit(tree: HtmlElement, page: str) -> str:
    """The credit line printed within a few lines after the text ("sak/Reuters"), which extractors drop as too short."""
    end, near = page[-40:], 0
    word = end.rpartition(" ")[2]  # looked for before an element's text is put in order
    walk = iterwalk(tree, events=("start",))
    for _, element in walk:
        if element.tag in _ASIDES:
            walk.skip_subtree()
        elif element.tag == "p" or not len(element):
            text = "".join(element.itertext())
            if not near and word not in text:
                continue
            line = " ".join(text.split())
            if near and wire.is_credit(line):
                return line
            near = _CREDIT_WITHIN if line and line.endswith(end) else max(near - bool(line), 0)
    return ""


def _without_headings(page: str, headings: tuple[str, ...]) -> str:
    """The text without a headline repeated on top, which need not be the title (a kicker before it)."""
    lines = paragraphs(page)
    return "\n".join([line for line in lines[:2] if line not in headings] + lines[2:])


def _is_fuller(body: str, page: str) -> bool:
    """Does ``body`` hold nearly all words of ``page`` and many more?"""
    ours, theirs = page.split(), body.split()
    if len(theirs) < max(1.3 * len(ours), 50):
        return False
    return len(set(ours) & set(theirs)) >= 0.8 * len(set(ours))


def _free_part(tree: HtmlElement, meta: PageMeta) -> HtmlElement:
    """The tree without the parts that the publisher says are for subscribers."""
    if not meta.paywalled or not meta.walled:
        return tree
    tree = copy(tree)
    for element in _selected(tree, meta.walled):
        if element.getparent() is not None:
            element.drop_tree()
    return tree


def _selected(tree: HtmlElement, selectors: Iterable[str]) -> list[Any]:
    found: list[Any] = []
    for selector in selectors:
        with suppress(Exception):  # a publisher's string: cssselect raises five unrelated types on it
            found.extend(CSSSelector(selector, translator="html")(tree))  # type: ignore[arg-type]
    return found


# --- names and addresses


def _title(meta: PageMeta, url: str) -> str:
    """The page's title without the outlet's name at its end."""
    own = {_squeezed(name) for name in (*meta.sites, *urls.host(url).removeprefix("www.").split(".")[:1])} - {""}
    title = meta.title
    while (m := _TITLE_TAIL.match(title)) and (_squeezed(m["tail"]) in own | _OUTLETS or _DAY.fullmatch(m["tail"])):
        title = m["head"]
    return title


def _squeezed(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _addresses(stated: str, url: str) -> tuple[str, str | None]:
    """(the article's URL, whose piece the page says it is): a canonical link counts on its own site only."""
    own = urls.canonical(url) or url
    claim = urls.canonical(stated, base=url) if stated else None
    if claim is None or urlsplit(claim).path in ("", "/"):  # the homepage, for every page: a common slip
        return own, None
    return (claim, None) if urls.same_site(claim, own) or urls.key(claim) == urls.key(own) else (own, claim)


def _language(text: str, stated: str) -> str:
    """ISO 639-1: by the words where there are enough, else as stated; "und" where neither helps."""
    stated = stated.lower()[:2]
    # What the identifier is not asked about it would mistake for a neighbour: Danish for Dutch.
    if len(text.split()) >= _MIN_WORDS and (not stated or stated in _LANGUAGES):
        return str(_identifier().classify(text[:2000])[0])
    return stated or "und"


def warm_up() -> None:
    """Load what the first articles would load: 0.4 s and 110 MB, which processes forked after it share."""
    _identifier()
    try_justext(HtmlElement(), None, None)  # its stop words


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(_LANGUAGES))
    return identifier
