"""Title, date and text of a page by CSS selectors, for sites whose pages generic extraction reads badly. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from lxml.cssselect import CSSSelector
from lxml.etree import iterwalk
from lxml.html import HtmlElement

from pipeline.text import clean, one_line

BLOCKS = frozenset({"blockquote", "dd", "dt", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "pre", "td"})
SILENT = frozenset({"button", "form", "iframe", "nav", "noscript", "script", "style", "svg", "template"})


@dataclass(frozen=True, slots=True)
class Selectors:
    """Where on a site's pages its articles stand: CSS selectors; what one does not find, generic extraction does.

    ``published``: of a ``<meta>`` its content counts, of a ``<time>`` its ``datetime``, else the text. ``body``: all
    elements found, in the page's order, without what ``drop`` finds in them.
    """

    title: str = ""
    published: str = ""
    author: str = ""
    body: str = ""
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picked:
    """What selectors found; "" where nothing. ``text``: paragraphs separated by newlines."""

    title: str = ""
    published: str = ""  # as it stands
    author: str = ""
    text: str = ""


def pick(tree: HtmlElement, selectors: Selectors) -> Picked:
    """What the selectors find. Raises lxml's SelectorError, a ValueError or a SyntaxError where one is none."""
    dropped = {element for selector in selectors.drop for element in found(tree, selector)}
    bodies = found(tree, selectors.body)
    inner = {e for body in bodies for e in body.iterdescendants()}
    lines = [line for body in bodies if body not in inner for line in _lines(body, dropped)]
    return Picked(
        title=one_line(_first(tree, selectors.title), 1000),
        published=one_line(_first(tree, selectors.published), 100),
        author=one_line(_first(tree, selectors.author), 300),
        text=clean("\n".join(lines)),
    )


def found(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a selector finds, in the page's order; none for ""."""
    matched: list[HtmlElement] = _compiled(selector)(tree) if selector else []  # type: ignore[assignment]
    return matched


@cache
def _compiled(selector: str) -> CSSSelector:
    return CSSSelector(selector, translator="html")


def _first(tree: HtmlElement, selector: str) -> str:
    return next((value for element in found(tree, selector) if (value := said(element))), "")


def said(element: HtmlElement) -> str:
    """What an element says: content of a meta, datetime of a time, else its text in one line."""
    stated = element.get("content") or element.get("datetime")
    return (stated or " ".join(" ".join(map(str, element.itertext())).split())).strip()


def _lines(body: HtmlElement, dropped: set[HtmlElement]) -> Iterator[str]:
    """One line for each block of text, in order; text outside of any block is one, too."""
    parts: list[str] = []
    walk = iterwalk(body, events=("start", "end"))
    for event, element in walk:
        silent = not isinstance(element.tag, str) or element.tag in SILENT or element in dropped
        if event == "start" and silent:
            walk.skip_subtree()
        elif event == "start":
            if element.tag in BLOCKS or element.tag in ("div", "section", "br"):
                yield " ".join("".join(parts).split())
                parts = []
            parts.append(element.text or "")
            continue
        if event == "end":
            if element.tag in BLOCKS or element.tag in ("div", "section"):
                yield " ".join("".join(parts).split())
                parts = []
            if element is not body:
                parts.append(element.tail or "")
    yield " ".join("".join(parts).split())
