"""A sentence → whom it cites: names found, turned into signs, and looked at by the patterns of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from pipeline.model import Cited
from pipeline.provenance.dutch import DUTCH
from pipeline.provenance.english import ENGLISH
from pipeline.provenance.german import GERMAN
from pipeline.provenance.grammar import DOUBTFUL, ORGANISATION, UNKNOWN, Grammar, Part, Tried
from pipeline.provenance.naming import Signed, named
from pipeline.provenance.outlets import Outlets

RULES = "cite1"  # changes with anything that is read differently
GRAMMARS = {g.lang: g for g in (ENGLISH, GERMAN, DUTCH)}
LONGEST = 1_500  # characters of a sentence; what is longer is a list or a table
CROWD = 24  # names in one sentence; more are a list
STRONG = 0.85  # confidence of a cue from which a doubtful name is believed


@dataclass(frozen=True, slots=True)
class Said:
    """One name that a sentence cites."""

    outlet: str
    kind: Cited
    media: bool
    confidence: float
    start: int  # of the name, in the sentence
    end: int
    cue: tuple[int, int]  # the words by which it is cited, in the sentence
    earlier: bool = False
    via: str = ""


def attributed(sentence: str, lang: str, outlets: Outlets, month: int = 0, own: str = "") -> list[Said]:
    """The citations of one sentence, from left to right, each outlet once.

    ``month``: the article's, 1 to 12, where it is known: a report of this month is no earlier one. ``own``: the outlet
    that calls itself "this newspaper".
    """
    grammar = GRAMMARS.get(lang, ENGLISH)
    if len(sentence) > LONGEST:
        return []
    names, clues = named(sentence, grammar, outlets, own)
    if not names or len(names) > CROWD or _UNBROKEN.search(sentence):
        return []
    return _said(Signed(sentence, names), grammar, clues, month)


# -- cues

_UNBROKEN = re.compile(r"[\w-]{100}")  # no word of any language
_CLAUSE = {"and", "but", "while", "when", "although", "und", "aber", "während", "als", "en", "maar", "terwijl", "toen"}
_JOINING = re.compile(r",?(?: [\w’'-]+){0,2} ?")
_IN_A = re.compile(r" in (?:an?|einem|einer|een) ")


class Hit(NamedTuple):
    """A cue's match: which names it is about and where."""

    part: Part
    sure: float
    names: tuple[int, ...]
    start: int
    end: int


def _said(signed: Signed, grammar: Grammar, clues: int, month: int) -> list[Said]:
    best: dict[int, Hit] = {}
    for hit in (hit for cue in grammar.tried(signed.text, clues) for hit in _hits(signed, grammar, cue)):
        for n in hit.names:
            if n not in best or _rank(hit) > _rank(best[n]):
                best[n] = hit
    one = {n: (hit, _one(signed, grammar, hit, n, month)) for n, hit in best.items()}
    return _each_once(_chained(signed, grammar, one, month))


def _rank(hit: Hit) -> tuple[bool, float, int]:
    """What a name is cited by counts more than that it reports, and the surer cue more than the less sure."""
    return hit.part in (Part.CITED, Part.RELAYED), hit.sure, hit.start - hit.end


def _hits(signed: Signed, grammar: Grammar, cue: Tried) -> Iterator[Hit]:
    for m in cue.pattern.finditer(signed.text):
        if _is_none(signed.text, m, cue, grammar):
            continue
        places = (signed.places[i] for i in range(*m.span("n")) if i in signed.places)
        believed = tuple(n for n in places if _believed(signed, n, cue.sure, grammar))
        if believed:
            yield Hit(cue.part, cue.sure, believed, m.start(), m.end())


def _believed(signed: Signed, n: int, sure: float, grammar: Grammar) -> bool:
    """Is a name an outlet's? Of a doubtful one, the strength of the cue and what stands before it tell."""
    name = signed.names[n]
    return name.sign != DOUBTFUL or (sure >= STRONG and not grammar.is_common(signed.sentence[: name.start]))


def _is_none(text: str, m: re.Match[str], cue: Tried, grammar: Grammar) -> bool:
    """Does what stands around a name say that it is no source: "the BBC building", "the editor of …"?"""
    start, end = m.span("n")
    if text[start] != ORGANISATION and grammar.pattern("not_after").match(text, end):
        return True
    return cue.part is Part.SAYS and (_is_object(text, m, grammar) or _is_of_itself(text, m, grammar))


def _is_object(text: str, m: re.Match[str], grammar: Grammar) -> bool:
    if "v" in m.re.groupindex:  # the verb stands before its subject
        return False
    return grammar.pattern("refused").search(text[: m.start("n")]) is not None


def _is_of_itself(text: str, m: re.Match[str], grammar: Grammar) -> bool:
    """Does the outlet speak of itself: "the BBC said it would …"?"""
    return grammar.pattern("about_itself").match(text, m.end()) is not None


def _one(signed: Signed, grammar: Grammar, hit: Hit, n: int, month: int) -> Said:
    name = signed.names[n]
    cut = 0.1 if name.sign in (DOUBTFUL, UNKNOWN) else 0.0
    return Said(
        outlet=name.outlet,
        kind=Cited.PRIMARY,
        media=name.sign != ORGANISATION,
        confidence=round(hit.sure - cut, 2),
        start=name.start,
        end=name.end,
        cue=(signed.back(hit.start), signed.back(hit.end)),
        earlier=_is_earlier(signed.text, hit, grammar, month),
    )


def _is_earlier(text: str, hit: Hit, grammar: Grammar, month: int) -> bool:
    """Does a time well before the story's stand in the cue, right before it or right after it?"""
    times = grammar.pattern("earlier")
    led = [m for m in times.finditer(text, max(0, hit.start - 60), hit.start) if _joins(text[m.end() : hit.start])]
    before = [m for m in led if _leads(text[: m.start()])]
    within = list(times.finditer(text, hit.start, hit.end))
    after = times.search(text, hit.end, hit.end + 45)
    near = [after] if after and _follows(text[hit.end : after.start()], hit.part) else []
    return any(not grammar.is_month(m[0], month) for m in (*before, *within, *near))


def _joins(gap: str) -> bool:
    return _JOINING.fullmatch(gap) is not None


def _leads(before: str) -> bool:
    """Does a sentence or a clause begin here?"""
    clause = re.split(r"[,;:–—(“„\"»]", before)[-1].split()
    return len(clause) <= 1 or clause[-1].lower() in _CLAUSE


def _follows(gap: str, part: Part) -> bool:
    if gap == ", ":
        return True
    most = 6 if _IN_A.match(gap) else 2 if part is Part.SAYS else 0  # "in a report released in 2022"
    return len(gap.split()) <= most and not set(gap) & set(',.;:“”"')


# -- second hand


def _chained(signed: Signed, grammar: Grammar, best: dict[int, tuple[Hit, Said]], month: int) -> Iterator[Said]:
    """The citations, with who passes on whose report."""
    cited = {n for n, (hit, said) in best.items() if hit.part is Part.CITED}
    relays = {n for n, (hit, _) in best.items() if hit.part is Part.RELAYED}
    others = {n for n, (_, said) in best.items() if said.media and n not in cited | relays}
    inner = dict(_nested(signed, grammar, best, cited, month))
    for n, (hit, said) in sorted(best.items()):
        told = said
        if n in inner:
            earlier = said.earlier or _between(signed, grammar, best[inner[n]][0], hit, month)
            told = replace(said, via=best[inner[n]][1].outlet, earlier=earlier)
        elif n in cited:
            told = replace(said, via=_teller(best, n, others))
        elif n in relays and others:
            told = replace(said, kind=Cited.SECOND_HAND)
        elif relays and n in others:
            told = replace(said, via=best[min(relays)][1].outlet)
        if n in others and (_passes_on(best, n, cited, others) or n in inner.values()) and n not in inner:
            told = replace(told, kind=Cited.SECOND_HAND)
            # "A said in January, B reported": the time is that of B's report
            dated = [i for i, o in inner.items() if o == n and _between(signed, grammar, hit, best[i][0], month)]
            told = replace(told, earlier=told.earlier and not dated)
        yield told


def _teller(best: dict[int, tuple[Hit, Said]], n: int, others: set[int]) -> str:
    """Who reports in the sentence that cites ``n``: the nearest before it, else the first."""
    before = [o for o in others if o < n]
    return best[max(before) if before else min(others)][1].outlet if others else ""


def _passes_on(best: dict[int, tuple[Hit, Said]], n: int, cited: set[int], others: set[int]) -> bool:
    """Does the sentence say that ``n`` has it from another medium?"""
    media = [c for c in cited if best[c][1].media]
    return any(_teller(best, c, others) == best[n][1].outlet for c in media)


def _nested(
    signed: Signed, grammar: Grammar, best: dict[int, tuple[Hit, Said]], cited: set[int], month: int
) -> Iterator[tuple[int, int]]:
    """(inner, outer) of "A said that B reported"."""
    outer = [(n, hit) for n, (hit, said) in best.items() if said.media and hit.part in (Part.SAYS, Part.PER)]
    for n, (hit, said) in best.items():
        if hit.part in (Part.CITED, Part.RELAYED):
            continue
        for o, reporting in outer:
            gap = signed.text[reporting.end : hit.start]
            if o == n or said.outlet == best[o][1].outlet or reporting.end > hit.start:
                continue
            says = reporting.part is Part.SAYS
            if grammar.pattern("nested").fullmatch(gap) if says else (not gap.strip() and hit.part is Part.SAYS):
                yield n, o
                break


def _between(signed: Signed, grammar: Grammar, outer: Hit, inner: Hit, month: int) -> bool:
    """Does a time well before the story's stand between two cues?"""
    times = grammar.pattern("earlier").finditer(signed.text, outer.end, inner.start)
    return any(not grammar.is_month(m[0], month) for m in times)


def _each_once(found: Iterator[Said]) -> list[Said]:
    """One citation an outlet: the surest; in the order of the sentence."""
    kept: dict[str, Said] = {}
    for said in found:
        old = kept.get(said.outlet)
        if old is None or said.confidence > old.confidence:
            kept[said.outlet] = said
    return sorted(kept.values(), key=lambda s: s.start)
