"""Wire copy: which agency a text credits, and the text without datelines, credits and boilerplate.

Facts are sorted tables; every pattern is tried on one short paragraph, so the work is linear in the
text. Only whole short paragraphs and the two ends of the text are touched: an agency named in
prose ("AFP reported that …") is a citation and stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.boilerplate import LINE_MAX, is_boilerplate
from pipeline.text import paragraphs

__all__ = ["AGENCIES", "Agency", "Wire", "agencies_in", "is_credit", "read"]

_HEAD = 3  # paragraphs from the top among which dateline and byline stand
_TAIL = 4  # paragraphs from the end whose last words may be a credit


class Agency(NamedTuple):
    """A wire service: ``names`` in any case, ``exact`` ones as spelled (words or names otherwise)."""

    name: str
    names: str = ""
    exact: str = ""


# Sorted by name; aliases separated by "|". Forms as printed by German, Dutch and British pages.
AGENCIES = (
    Agency("AAP", "Australian Associated Press", "AAP"),
    Agency("AFP", "AFP|Agence France-Presse|Agence France Presse"),
    Agency("ANP", "ANP|Algemeen Nederlands Persbureau"),
    Agency("ANSA", "Agenzia ANSA", "ANSA|Ansa|ansa"),
    Agency("AP", "Associated Press|AP News", "AP|ap|A.P."),
    Agency("APA", "Austria Presse Agentur|APA/dpa", "APA|apa"),
    Agency("Anadolu", "Anadolu|Anadolu Agency|Anadolu Ajansı", "AA"),
    Agency("BNS", "Baltic News Service", "BNS"),
    Agency("Belga", "Belga"),
    Agency("Bloomberg", "Bloomberg|Bloomberg News"),
    Agency("CP", "Canadian Press"),
    Agency("CTK", "ČTK|Czech News Agency", "CTK"),
    Agency("EFE", "Agencia EFE", "EFE|efe"),
    Agency("Europa Press", "Europa Press"),
    Agency("IANS", "IANS"),
    Agency("Interfax", "Interfax|Interfax-Ukraine"),
    Agency("KNA", "KNA|Katholische Nachrichten-Agentur"),
    Agency("Keystone-SDA", "Keystone-SDA|Keystone-ATS|Schweizerische Depeschenagentur", "SDA|sda|ATS"),
    Agency("Kyodo", "Kyodo|Kyodo News"),
    Agency("NTB", "Norsk Telegrambyrå", "NTB"),
    Agency("PA Media", "PA Media|Press Association|PA News Agency", "PA"),
    Agency("PAP", "Polska Agencja Prasowa", "PAP"),
    Agency("PTI", "Press Trust of India", "PTI"),
    Agency("RIA", "RIA Novosti|RIA Nowosti", "RIA"),
    Agency("Reuters", "Reuters|Thomson Reuters|Reuters Staff", "rtr|RTR|rtrs"),
    Agency("Ritzau", "Ritzau"),
    Agency("SID", "Sport-Informations-Dienst", "SID|sid"),
    Agency("TASS", "TASS|ITAR-TASS"),
    Agency("TT", "TT Nyhetsbyrån", "TT"),
    Agency("UNIAN", "UNIAN"),
    Agency("UPI", "United Press International", "UPI"),
    Agency("Ukrinform", "Ukrinform"),
    Agency("Xinhua", "Xinhua"),
    Agency("Yonhap", "Yonhap"),
    Agency("dpa", "dpa|Deutsche Presse-Agentur|Deutsche Presseagentur"),
    Agency("dpa-AFX", "dpa-AFX|dpa-afx"),
    Agency("dts", "dts Nachrichtenagentur", "dts"),
    Agency("epd", "Evangelischer Pressedienst|Evangelische Pressedienst", "epd|EPD"),
)
_LOOSE = {alias.casefold(): a.name for a in AGENCIES for alias in a.names.split("|") if alias}
_EXACT = {alias.strip("."): a.name for a in AGENCIES for alias in a.exact.split("|") if alias}

# "dpa-infocom", "dpa/lsw", "dpa:230224-99-718912/3": services, state desks and job numbers of dpa.
_DPA_SERVICE = re.compile(r"dpa(?:-[a-z]{2,12}|:\d{6}-[\d/-]+)", re.IGNORECASE)
_AROUND_NAME = re.compile(
    r"^(?:the |von |der |den |het |de )?(?:(?:nachrichten|presse)agentur(?:en)? |persbureau |news agency )?"
    r"|(?: news agency| newswire|-material|-content)$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*(?:[/,;|+&•·()\[\]]|\s-\s|\b(?:and|en|met|mit|sowie|und|with)\b(?!-))\s*")
_BESIDE = re.compile(  # what stands next to an agency in a credit: who edited ("sak"), for whom, when
    r"[a-zäöü]{2,6}|[A-Z]{2,4}|[a-z]{1,4}\.|(?:[\w-]+\.)+(?:at|be|ch|com|de|eu|net|nl|org|uk)"
    r"|(?:DER )?SPIEGEL|Agenturen|agencies|Redaktion|redactie|\d{1,2}(?:\.\s?\d{1,2}\.\s?\d{4})?"
)
_RIGHTS = re.compile(
    r"(?<!\.)\b(?:19|20)\d\d\b(?!\.)|\b(?:all rights reserved|alle rechte vorbehalten)\b\.?", re.IGNORECASE
)
_NAME = re.compile(r"(?:(?:\b[A-ZÄÖÜ][\w'’.-]*|\bde[nr]?|\bt[eo]|\bv[ao]n|\bzu)(?:\s+|$)){1,5}")
_CREDIT_OPENER = re.compile(
    r"(?:quellen?|sources?|bron(?:nen)?|credits?|agentur(?:en)?|text|tekst)\s*:\s*"
    r"|(?:©|\(c\)|copyright)[\s:©]*"
    r"|\(?mit (?:agenturmaterial|informationen|inhalten|material|texten)(?: (?:der|des|durch|von))*[:\s]+"
    r"|(?:with )?(?:additional |some )?(?:reporting|information|material|files|inputs?|contributions) (?:by|from) "
    r"|(?:mede |deels )?(?:gebaseerd op|met) (?:informatie|materiaal|medewerking) van "
    r"|(?:this (?:article|story|report) was (?:written|provided|produced|supplied|compiled)"
    r" (?:by|(?:with|from) (?:reporting|information|material|files|inputs?) (?:by|from))|published by|provided by) ",
    re.IGNORECASE,
)
_BYLINE_OPENER = re.compile(r"(?:Von|By|Door|VON|BY|DOOR|Autor(?:in)?:|Author:|Auteur:)\s+")
_UNNAMED_CREDIT = re.compile(
    r"\(?(?:mit (?:agenturmaterial|agenturen|material von agenturen|informationen der agenturen)|agenturen|agencies"
    r"|(?:from )?(?:wire|agency) reports|(?:staff|guardian staff) and agenc(?:ies|y)|met persbureaus"
    r"|[a-zäöü]{2,6}/agenturen)\)?\.?",
    re.IGNORECASE,
)
_REPORTERS = re.compile(  # Reuters' closing line; others use it too, so it names no agency
    r"\(?(?:additional )?(?:reporting|writing|editing)(?: and (?:writing|editing))? by [^;]{3,120};.{3,300}?\)?\.?",
    re.IGNORECASE,
)

_DATE = r"(?:[A-Z][a-zä]{2,8}\.? \d{1,2}|\d{1,2}\.? [A-Z]?[a-zä]{2,8}\.?)(?:,? \d{4})?"
_PLACE = r"[A-ZÄÖÜ'’][\w.'’]*(?:[ ,/-]{1,2}[\w.'’]+){0,6}"
_DATELINE = re.compile(
    rf"(?:(?P<place>{_PLACE})[.,]?\s*(?:,? ?{_DATE},? ?)?)?"
    r"\((?P<by>[^()]{2,60})\)\s*(?:[-–—:.]{1,2}\s*|(?=[A-ZÄÖÜ„\"“]))"
)
_BARE_DATELINE = re.compile(
    rf"(?P<place>[A-ZÄÖÜ][A-ZÄÖÜ.'’]{{2,}}(?:[ ,/-]{{1,2}}[A-ZÄÖÜ.'’]{{2,}}){{0,4}})(?:, {_DATE})?\s*(?:[–—]|--?|:)\s+"
)
_SPEAKER = re.compile(r"[A-ZÄÖÜ][A-ZÄÖÜ .'’-]{0,40}:\s")
_AGENCY_DASH = re.compile(r"(?P<by>[A-Za-z/-]{2,20})\s[-–—]\s+(?=[A-ZÄÖÜ„\"“])")
# Capitals before a colon or dash that are no place.
_NO_PLACE_WORDS = """
AFD ANALYSE ANALYSIS BBC BREAKING CDA CDU CIA COMMENT CORRECTION COVID CSU DFB EIL EILMELDUNG EXCLUSIVE EXKLUSIV
EXPLAINER FAQ FBI FDP GOP ISS IWF KNVB KOMMENTAR LIVE LIVEBLOG MEINUNG NASA NATO NAVO NOS NOTE OPINIE OPINION
PODCAST PVV RECAP REVIEW SPD THE TICKER UNO UPDATE USA VIDEO VVD WARNING WATCH WHO
"""
_NO_PLACE = frozenset(_NO_PLACE_WORDS.split())
_TAIL_PARENS = re.compile(r"(?<=[.!?\"“”»’…])\s*[(\[](?P<credit>[^()\[\]]{2,80})[)\]]\.?$")
_TAIL_BARE = re.compile(r"(?<=[.!?\"“”»’…])\s+(?P<credit>[\w-]{2,10}(?:[/,] ?[\w-]{2,10}){0,3})\.?$")
_TITLE_TAG = re.compile(r"(?:\s[-|–—]\s+|\s\()(?P<by>[\w /-]{2,30})\)?$")


@dataclass(frozen=True, slots=True)
class Wire:
    """What :func:`read` found: the text that is left, and what was printed around it."""

    text: str
    agencies: tuple[str, ...] = ()  # canonical names, sorted
    dateline: str = ""  # "DEN HAAG (ANP)"
    credit: str = ""  # "sak/Reuters"; the last one printed
    byline: str = ""  # "Von Anna Müller"
    removed: tuple[str, ...] = ()  # whole lines first, then what was cut off a paragraph


def read(text: str, author: str = "", title: str = "") -> Wire:
    """Separate an article's text from datelines, bylines, credits and boilerplate.

    ``text`` is paragraphs separated by newlines; ``author`` the author field (an agency there counts);
    ``title`` serves to drop a repeated headline and to read a tag such as "(AP)".
    """
    lines = paragraphs(text)
    kept: list[str] = []
    removed: list[str] = []
    agencies = set(agencies_in(author)) | set(_title_agencies(title))
    credit = byline = ""
    for at, line in enumerate(lines):
        near_end = at < _HEAD or at >= len(lines) - _TAIL
        if (found := _credit(line)) is not None:
            credit, agencies = _bare(line), agencies | found
        elif near_end and not byline and _is_byline(line):
            byline, agencies = line, agencies | set(agencies_in(line))
        elif not (is_boilerplate(line) or (at < _HEAD and line == title)):
            kept.append(line)
            continue
        removed.append(line)
        agencies |= {"Reuters"} if "Thomson Reuters Trust" in line else set()
    dateline, by_dateline = _cut_dateline(kept, removed)
    closing, by_closing = _cut_closing(kept, removed)
    names = tuple(sorted(agencies | by_dateline | by_closing))
    return Wire("\n".join(kept), names, dateline, credit or closing, byline, tuple(removed))


def is_credit(line: str) -> bool:
    """Is this whole line a credit that names an agency?"""
    return len(line) <= LINE_MAX and bool(_credit(line))


def agencies_in(credit: str) -> tuple[str, ...]:
    """Agencies named in an author field or byline ("Von unserem Korrespondenten / AFP"), sorted."""
    tokens = _SEPARATOR.split(_BYLINE_OPENER.sub("", credit[: 2 * LINE_MAX], count=1))
    found = {_agency(t) or _agency_at_end(t) for t in tokens}
    return tuple(sorted(name for name in found if name))


def _agency(token: str) -> str | None:
    token = token.strip(" .:*")
    if token in _EXACT:
        return _EXACT[token]
    bare = _AROUND_NAME.sub("", token)
    if _DPA_SERVICE.fullmatch(bare) and bare.casefold() not in _LOOSE:
        return "dpa"
    return _LOOSE.get(bare.casefold()) or _EXACT.get(bare)


def _agency_at_end(token: str) -> str | None:
    """ "By JANE DOE Associated Press" and "Anna Müller dpa": a name, then the agency."""
    words = token.split()
    return next((n for k in (2, 1) if len(words) > k + 1 and (n := _agency(" ".join(words[-k:])))), None)


def _bare(line: str) -> str:
    """A credit without opener and full stop: "Quelle: ntv.de, ino/dpa" as "ntv.de, ino/dpa"."""
    line = line.strip(" .*•·–—-")
    if line[:1] in "([" and line[-1:] in ")]":
        line = line[1:-1]
    return _CREDIT_OPENER.sub("", line, count=1).strip(" .*:") or line


def _credit(line: str) -> set[str] | None:
    """Agencies of a paragraph that is nothing but a credit; None where it is anything else."""
    if len(line) > LINE_MAX:
        return set() if len(line) < 3 * LINE_MAX and _REPORTERS.fullmatch(line) else None
    if _REPORTERS.fullmatch(line) or _UNNAMED_CREDIT.fullmatch(line):
        return set()
    bare = _bare(line)
    marked = len(bare) + 1 < len(line)  # an opener or brackets were taken off
    tokens = [t for raw in _SEPARATOR.split(bare) if (t := _RIGHTS.sub("", raw).strip(" ."))]
    names = [_agency(t) for t in tokens]
    rest = [t for t, name in zip(tokens, names, strict=True) if name is None]
    if len(tokens) > 8 or len(rest) == len(tokens):
        return None
    # A person's name needs an opener before it: "AFP, Berlin" may begin a sentence.
    fits = all(_BESIDE.fullmatch(t) or (marked and _NAME.fullmatch(t)) for t in rest)
    return {name for name in names if name} if fits else None


def _is_byline(line: str) -> bool:
    opener = _BYLINE_OPENER.match(line)
    if opener is None or len(line) > 100:
        return False
    tokens = [t for t in _SEPARATOR.split(line[opener.end() :]) if t]
    return bool(tokens) and all(_NAME.fullmatch(t) or _agency(t) or _BESIDE.fullmatch(t) for t in tokens)


def _cut_dateline(kept: list[str], removed: list[str]) -> tuple[str, set[str]]:
    """Take the dateline off the first of the opening paragraphs that has one; changes both lists."""
    # Capitals and a colon before many paragraphs are the speakers of an interview.
    alone = sum(_SPEAKER.match(line) is not None for line in kept) < 2
    for at, line in enumerate(kept[:_HEAD]):
        if (found := _dateline(line, alone)) is not None:
            end, names = found
            removed.append(line[:end])
            kept[at] = line[end:]
            return line[:end].rstrip(" -–—:."), names
    return "", set()


def _dateline(line: str, alone: bool) -> tuple[int, set[str]] | None:
    """Where the dateline of a paragraph ends and the agencies that it names; one without agency only if ``alone``."""
    start = line[:LINE_MAX]
    for pattern in (_DATELINE, _AGENCY_DASH):
        if (m := pattern.match(start)) and (found := _credit(m["by"])):
            return m.end(), found
    m = _BARE_DATELINE.match(start) if alone else None
    if m and m.end() < len(line) and len(m["place"]) <= 40 and not _NO_PLACE & set(m["place"].split()):
        return m.end(), set()
    return None


def _cut_closing(kept: list[str], removed: list[str]) -> tuple[str, set[str]]:
    """Take "(dpa)" or "dpa/rtr" off the end of one of the last paragraphs; changes both lists."""
    for at in range(len(kept) - 1, max(len(kept) - 1 - _TAIL, -1), -1):
        tail = kept[at][-LINE_MAX:]
        for pattern in (_TAIL_PARENS, _TAIL_BARE):
            if (m := pattern.search(tail)) and (found := _credit(m["credit"])):
                removed.append(m[0].strip())
                kept[at] = kept[at][: len(kept[at]) - len(tail) + m.start()]
                return _bare(m["credit"]), found
    return "", set()


def _title_agencies(title: str) -> tuple[str, ...]:
    tag = _TITLE_TAG.search(title[-60:])
    return tuple(sorted(_credit(tag["by"]) or ())) if tag else ()
