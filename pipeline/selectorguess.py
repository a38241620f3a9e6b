"""One page and what generic extraction reads of it → selectors by which the site's pages can be read. Pure.

The text's element is the smallest that holds most of the paragraphs found; an element is named by an attribute or class
that a person gave it, alone where that is unique on the page, else below its parent's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from lxml.html import HtmlElement
from trafilatura.utils import load_html

from pipeline import articles
from pipeline.credits import unprefixed
from pipeline.dates import parse
from pipeline.model import Article, ArticleError, Entry, Reason
from pipeline.pagehtml import read_html
from pipeline.pagemeta import read_meta
from pipeline.rights import Said
from pipeline.selected import BLOCKS, Selectors, found, said

LINE = 40  # characters from which on a paragraph is told from others
MOST_OF = 0.8  # of the paragraphs
ALIKE = (0.6, 1.6)  # words by selectors / words by generic extraction, beyond which the guess is none
UP = 3  # parents that a selector may name
STABLE = re.compile(r"[A-Za-z][A-Za-z]*(?:[-_]{1,2}[A-Za-z]+)*")  # no digits: build hashes and counters have them
TELLING = re.compile(
    r"artikel|article|author|autor|beitrag|body|byline|content|date|datum|head|story|te?xt|tit[el]", re.I
)
ASIDES = ("aside", "figure", "form", "nav")
DATES = (
    'meta[property="article:published_time"]',
    'meta[itemprop="datePublished"]',
    '[itemprop="datePublished"]',
    "time[datetime]",
)
AUTHORS = ('[itemprop="author"]', '[rel="author"]', '[class*="author"]', '[class*="byline"]', '[class*="autor"]')


@dataclass(frozen=True, slots=True)
class Learned:
    """What a page taught: selectors, and the article by generic extraction and by them."""

    entry: Entry
    url: str
    selectors: Selectors
    generic: Article | None
    article: Article


def learned(
    entry: Entry, body: bytes, url: str, source: str, language: str, encoding: str | None, now: datetime,
    told: Said | None = None,
) -> Learned:  # fmt: skip
    """Selectors for a page, tried on it; ``url`` "": the page's own word for its address, else the entry's.

    Raises ArticleError where the page holds no text by any means, or may not be read.
    """
    html = read_html(body, encoding)
    tree = load_html(html) if html else None
    if tree is None:
        raise ArticleError(Reason.NOT_A_PAGE, "no HTML")
    meta = read_meta(tree)
    url = url or meta.canonical or entry.url or ""
    entry = replace(entry, url=url, guid=entry.guid or url)

    def read(selectors: Selectors | None) -> Article:
        return articles.from_page(entry, body, url=url, source=source, language=language, encoding=encoding, now=now,
                                  said=told, selectors=selectors)  # fmt: skip

    generic = read(None)
    guess = guessed(tree, generic, now)
    article = read(guess)
    share = len(article.text.split()) / max(len(generic.text.split()), 1)
    if not ALIKE[0] <= share <= ALIKE[1]:
        guess = replace(guess, body="", drop=())
        article = read(guess)
    return Learned(entry, url, guess, generic, article)


def guessed(tree: HtmlElement, article: Article, now: datetime) -> Selectors:
    """Where on the page the article's title, date, author and text stand; "" where that cannot be told."""
    body = _body(tree, article.text)
    return Selectors(
        title=_named(tree, _saying(tree, ("h1", "h2", "h3"), article.title)),
        published=_date(tree, article, now),
        author=_named(tree, _saying(tree, AUTHORS, article.author)),
        body=_named(tree, body),
        drop=tuple(_asides(body, article.text)) if body is not None else (),
    )


def _line(element: HtmlElement) -> str:
    return " ".join(" ".join(map(str, element.itertext())).split())


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _body(tree: HtmlElement, text: str) -> HtmlElement | None:
    """The smallest element that holds most of the text's paragraphs."""
    wanted = {_squeezed(line) for line in text.splitlines() if len(line) >= LINE}
    held: Counter[HtmlElement] = Counter()
    for element in tree.iter(*BLOCKS, "div"):
        if _squeezed(_line(element)) in wanted:
            held.update(element.iterancestors())
    enough = [element for element, n in held.items() if n >= max(2, MOST_OF * len(wanted))]
    return max(enough, key=lambda e: sum(1 for _ in e.iterancestors()), default=None)


def _saying(tree: HtmlElement, selectors: tuple[str, ...], text: str) -> HtmlElement | None:
    """The first element that says just this, behind a "By" or not."""
    elements = (e for selector in selectors for e in found(tree, selector))
    return next((e for e in elements if text and _squeezed(unprefixed(_line(e))) == _squeezed(text)), None)


def _date(tree: HtmlElement, article: Article, now: datetime) -> str:
    for selector in DATES:
        for element in found(tree, selector):
            when = parse(said(element), now)
            if when and (article.published is None or when == article.published):
                return (
                    selector if found(tree, selector)[0] is element and selector != DATES[-1] else _named(tree, element)
                )
    return ""


def _asides(body: HtmlElement, text: str) -> Iterator[str]:
    """Kinds of elements inside the text's that hold nothing of it."""
    kept = _squeezed(text)
    for tag in ASIDES:
        inside = [e for e in body.iter(tag) if _line(e)]
        if inside and not any(_squeezed(_line(e)) in kept for e in inside):
            yield tag


# -- names of elements


def _named(tree: HtmlElement, element: HtmlElement | None) -> str:
    """A selector that finds the element, and no other, or its element first; "" of None."""
    if element is None:
        return ""
    prefix, at = "", element
    for _ in range(UP):
        for name in _names(at):
            selector = f"{name}{prefix}"
            if found(tree, selector) == [element]:
                return selector
        parent = at.getparent()
        if parent is None:
            break
        prefix, at = f" > {next(iter(_names(at)))}{prefix}", parent
    return ""


def _names(element: HtmlElement) -> list[str]:
    """What an element may be called by, the most telling first; its tag last."""
    tag = str(element.tag)
    names = [f'[itemprop="{prop}"]'] if STABLE.fullmatch(prop := element.get("itemprop") or "") else []
    names += [f"{tag}.{c}" for c in sorted(_classes(element), key=lambda c: (not TELLING.search(c), -len(c), c))]
    names += [f"{tag}#{name}"] if STABLE.fullmatch(name := element.get("id") or "") else []
    return [*names, tag]


def _classes(element: HtmlElement) -> list[str]:
    return [c for c in (element.get("class") or "").split() if STABLE.fullmatch(c) and len(c) <= 60]
