"""An article → whom it cites, in its words, its credits, its links and its feed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from pipeline import urls
from pipeline.model import Article, Citation, Cited, Place
from pipeline.provenance.attribution import RULES, Said, attributed
from pipeline.provenance.outlets import AGENCY, Outlets
from pipeline.sentences import spans
from pipeline.text import one_line

QUOTE = 300  # characters
MOST = 200  # citations of one article
CREDITED, STATED, LINKED, ELSEWHERE = 0.97, 0.9, 0.5, 0.3
ENDS = 120  # characters at either end of a text, where credits stand
CLOSING, LINE = 3, 200  # lines at the end that may be credits, and how long they are
_CONTRIBUTED = re.compile(
    r"^(?:(?:additional |with )?(?:reporting|editing|inputs?|material|files) (?:by|from)\b"
    r"|with (?:additional|reporting|inputs?|material|files)"
    r"|sources?:|quellen?:|bron(?:nen)?:|agenc(?:y|ies):|agenturen:|text:|tekst:|©.{0,60}$"
    r"|mit (?:material|informationen|agentur\w*)"
    r"|(?:dit|deze) (?:artikel|bericht|tekst) (?:is|werd|kwam)"
    r"|diese[rs]? (?:text|artikel|beitrag|meldung) (?:ist|wurde|erschien|basiert|stammt)"
    r"|this (?:article|story|report) (?:was|is|by|first|originally))|contributed to this (?:report|article|story)\.?$",
    re.IGNORECASE,
)
_LAST_SOURCE = re.compile(r"(?<=[.!?”\"] )(?:Source|Quelle|Bron): [^\n.,;:]{2,40}\.?$")
_SOURCE = re.compile(r"(?:Quelle|Source|Bron): (?P<by>[^,;]{3,40}?)\.?")
# Credits at either end that wire.read leaves: "… permitting. — AFP", "BRUSSEL 14/03 (BELGA) =", "© dpa-infocom, …".
_STRAY = re.compile(
    r"(?<=[.!?”\"] )(?:—|–|©.{0,60}$|\(c\)) ?(?P<by>[\w/ -]{2,30})(?:,[^\n]{0,50})?$"
    r"|(?<=[.!?”\"] )(?:Source|Quelle|Bron): (?P<src>[^\n.,;:]{2,40})\.?$"
    r"|(?<=[.!?”\"] )\((?P<end>(?-i:[A-Z]{2,6})(?:/[\w-]{2,8})*)\)\.?$"
    r"|^(?-i:[A-Z])[^()\n]{0,40}\((?P<at>[\w/ -]{2,30})\) ?[=–—:-] "
    r"|\((?:with )?(?:additional )?(?:inputs?|reporting|material) (?:from|by) (?P<of>[\w/ ,-]{2,40})\)$",
    re.MULTILINE | re.IGNORECASE,
)
_GOES_ON = re.compile(r" (?!and |en |und |with |met |mit |via |contributed)[a-zäöü]{3}")


class Via(NamedTuple):
    """Whom a feed says an entry was taken from (RSS ``<source>``, Atom ``<source>``)."""

    name: str
    url: str


def believed(citations: Iterable[Citation], wrong: Collection[str]) -> list[Citation]:
    """The citations without those of outlets that people say are not cited (``wrong``): whom such an outlet was said
    to pass on is cited directly."""
    return [replace(c, via="") if c.via in wrong else c for c in citations if c.outlet not in wrong]


def recipe(outlets: Outlets) -> str:
    """The name of what reads the citations: the rules and the table of outlets."""
    return f"{RULES}/{outlets.digest}"


def cited(article: Article, outlets: Outlets, via: Sequence[Via] = ()) -> list[Citation]:
    """All that an article says of where it has something from: its words first, in their order.

    ``via``: what the feeds say of it. An outlet that speaks of its own reporting is cited by itself; credits and
    links to the article's own outlet are none. 200 citations at most.
    """
    own = outlets.of_source(article.source).name
    title = list(_in_words(article, Place.TITLE, [(0, len(article.title))], outlets, own))
    body, closing = _parted(article.text)
    words = _in_words(article, Place.TEXT, [s for s in spans(article.text) if s[0] < body], outlets, own)
    around = (c for c in _around(article, closing, outlets, via) if c.outlet != own and not _told_by(c, article, title))
    return [*title, *words, *around][:MOST]


def _in_words(
    article: Article, place: Place, stretches: Iterable[tuple[int, int]], outlets: Outlets, own: str
) -> Iterator[Citation]:
    text = article.title if place is Place.TITLE else article.text
    month = article.published.month if article.published else 0
    last = _LAST_SOURCE.search(text)
    for start, end in stretches:
        if place is Place.TEXT and last and start >= last.start():
            break  # a credit, not words
        for said in attributed(text[start:end], article.lang, outlets, month, own):
            if place is Place.TEXT or not _is_tag(text, said, outlets):
                yield _citation(said, text[start:end], start, place)


def _is_tag(title: str, said: Said, outlets: Outlets) -> bool:
    """ "(AP)" after a headline credits an agency, while " - Reuters" says who reports."""
    outlet = outlets.by_name.get(said.outlet)
    return bool(outlet and outlet.kind == AGENCY) and title[said.end :].startswith(")")


def _told_by(credit: Citation, article: Article, title: Sequence[Citation]) -> bool:
    """Was the agency read off a headline that says it reports?"""
    printed = f"{article.credit}{article.dateline}{article.author}"
    return credit.kind is Cited.WIRE_CREDIT and not printed and any(c.outlet == credit.outlet for c in title)


def _parted(text: str) -> tuple[int, list[str]]:
    """Where the closing credits begin, and they: lines at the end that say who contributed."""
    lines, end = [], len(text)
    for line in reversed(text.split("\n")[-CLOSING:]):
        if len(line) > LINE or not _CONTRIBUTED.search(line):
            break
        lines.append(line)
        end -= len(line) + 1
    return max(end, 0), lines


def _citation(said: Said, sentence: str, offset: int, place: Place) -> Citation:
    return Citation(
        kind=said.kind,
        outlet=said.outlet,
        place=place,
        start=offset + said.start,
        end=offset + said.end,
        quote=one_line(sentence[said.cue[0] : said.cue[1]].strip(" ,;:"), QUOTE),
        confidence=said.confidence,
        media=said.media,
        earlier=said.earlier,
        via=said.via,
    )


def _around(article: Article, closing: Sequence[str], outlets: Outlets, via: Sequence[Via]) -> Iterator[Citation]:
    yield from _credits(article, closing, outlets)
    for name, url in via:
        yield _linked(outlets, Place.FEED, url, name or urls.host(url), name, STATED)
    if article.canonical_claim:
        claim = article.canonical_claim
        yield _linked(outlets, Place.CANONICAL, claim, _site(claim), claim, STATED)
    for link in article.links:
        yield _linked(outlets, Place.LINK, link.url, _site(link.url), link.text, LINKED)


def _credits(article: Article, closing: Sequence[str], outlets: Outlets) -> Iterator[Citation]:
    """Agencies, and outlets that the dateline, the credit lines or the author field name; each once."""
    seen = set()
    for place, name, quote, sure in _credited(article, closing, outlets):
        if name not in seen:
            seen.add(name)
            yield Citation(Cited.WIRE_CREDIT, name, place, 0, 0, one_line(quote, QUOTE), sure)


def _credited(article: Article, closing: Sequence[str], outlets: Outlets) -> Iterator[tuple[Place, str, str, float]]:
    for place, printed in _printed(article, closing):
        for mention in outlets.mentions(printed) if len(printed) <= LINE else ():
            if not _GOES_ON.match(printed, mention.end):
                yield place, mention.outlet, printed, CREDITED
    last = _LAST_SOURCE.search(article.text[-ENDS:])
    for line in (*closing, last[0] if last else ""):
        if (m := _SOURCE.fullmatch(line)) and not outlets.mentions(line):
            yield Place.CREDIT, m["by"], line, STATED
    for agency in article.agencies:
        known = outlets.called(agency)
        yield Place.CREDIT, known.name if known else agency, agency, CREDITED


def _printed(article: Article, closing: Sequence[str]) -> Iterator[tuple[Place, str]]:
    """What may credit somebody, from the surest."""
    yield Place.DATELINE, article.dateline
    for printed in (article.credit, article.author, *closing):
        yield Place.CREDIT, printed
    for m in _STRAY.finditer(article.text[:ENDS] + "\n" + article.text[-ENDS:]):
        yield Place.CREDIT, next(filter(None, m.groups()))


def _linked(outlets: Outlets, place: Place, url: str, stated: str, words: str, sure: float) -> Citation:
    """A link to an outlet that is known, or to a site whose name stays as it stands."""
    known = (outlets.at(url) if url else None) or outlets.called(stated)
    told = known is not None or place is not Place.LINK
    name, quote = known.name if known else stated, one_line(words or url, QUOTE)
    return Citation(Cited.LINK, name, place, 0, 0, quote, sure if told else ELSEWHERE, told, url=url)


def _site(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")
