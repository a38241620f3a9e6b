"""A sentence → whom it cites: names found, turned into signs, and looked at by the patterns of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from pipeline.model import Cited
from pipeline.provenance.dutch import DUTCH
from pipeline.provenance.english import ENGLISH
from pipeline.provenance.german import GERMAN
from pipeline.provenance.grammar import (
    CUE,
    DOUBTFUL,
    NAMES,
    ORG,
    ORGANISATION,
    ROLE,
    SURE,
    TITLED,
    UNKNOWN,
    Grammar,
    Part,
)
from pipeline.provenance.outlets import Outlets, Token, words

RULES = "cite1"  # changes with anything that is read differently
GRAMMARS = {g.lang: g for g in (ENGLISH, GERMAN, DUTCH)}
LONGEST = 1_500  # characters of a sentence; what is longer is a list or a table
STRONG = 0.85  # confidence of a cue from which a doubtful name is believed
SIGNS = NAMES + ORGANISATION
_SIGN = re.compile(f"[{SIGNS}]")
_OPEN, _CLOSE = "\"'„“”‚‘’»«›‹", "\"'“”‘’«»‹›"


class Name(NamedTuple):
    """A name in a sentence, with the quotation marks around it."""

    start: int
    end: int
    outlet: str
    sign: str


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
    names = named(sentence, grammar, outlets, own)
    return _said(Signed(sentence, names), grammar, month) if names else []


# -- names


def named(sentence: str, grammar: Grammar, outlets: Outlets, own: str = "") -> list[Name]:
    """The outlets and organisations that a sentence names, apart from each other."""
    tokens = words(sentence)
    found = [n for n in _known(sentence, tokens, outlets) if not _is_longer(sentence, n, grammar)]
    clues = 0
    for word, _ in tokens:
        clues |= _clues(grammar.lang, word)
    if not found and not clues & CUE:
        return []
    others = [Name(*m.span(), "", "") for m in grammar.pattern("others").finditer(sentence)]
    found = [n for n in found if _free(n, others)]
    if own and clues & ROLE and (m := grammar.pattern("ourselves").search(sentence)):
        found += [n for n in [Name(*m.span(), own, SURE)] if _free(n, found)]
    wanted = ["outlet_role", "role_after", "titled"] if clues & ROLE else ["titled"] if clues & TITLED else []
    for name in wanted:
        spots = _unknown(sentence, grammar.pattern(name))
        found += [n for n in spots if _free(n, found) and not grammar.is_role(n.outlet.rpartition(" ")[2])]
    if clues & ROLE:
        found = [_by_role(sentence, n, grammar) for n in found]
    if clues & ORG:
        spots = (Name(*m.span(), m[0], ORGANISATION) for m in grammar.pattern("organisations").finditer(sentence))
        found += [n for n in list(spots) if _free(n, found) and not _beside(sentence, n, found)]
    return sorted(found)


@lru_cache(maxsize=100_000)
def _clues(lang: str, word: str) -> int:
    return GRAMMARS[lang].clues(word)


def _known(sentence: str, tokens: Sequence[Token], outlets: Outlets) -> Iterator[Name]:
    for m in outlets.among(sentence, tokens):
        yield _quoted(sentence, m.start, m.end, m.outlet, SURE if m.sure else DOUBTFUL)


def _is_longer(sentence: str, name: Name, grammar: Grammar) -> bool:
    """Is a doubtful name the beginning of another: "The National Disaster Management Authority"?"""
    return name.sign == DOUBTFUL and grammar.lang != "de" and _CAPITAL.match(sentence, name.end) is not None


def _quoted(sentence: str, start: int, end: int, outlet: str, sign: str) -> Name:
    """The name with the quotation marks around it, which make a doubtful one sure."""
    before, after = sentence[max(start - 1, 0) : start], sentence[end : end + 1]
    if before and after and before in _OPEN and after in _CLOSE:
        return Name(start - 1, end + 1, outlet, SURE if sign == DOUBTFUL else sign)
    return Name(start, end, outlet, sign)


def _unknown(sentence: str, pattern: re.Pattern[str]) -> Iterator[Name]:
    for m in pattern.finditer(sentence):
        group = "name" if m["name"] else "name2"
        start = m.start(group)
        outlet = m[group].rstrip(".,;:’'-")
        yield _quoted(sentence, start, start + len(outlet), outlet, UNKNOWN)


def _free(name: Name, others: Sequence[Name]) -> bool:
    return all(name.end <= o.start or o.end <= name.start for o in others)


def _beside(sentence: str, name: Name, outlets: Sequence[Name]) -> bool:
    """Is this but what an outlet is called: "the news agency TASS", "Inlandsagentur Tass"?"""
    gaps = [sentence[min(name.end, o.end) : max(name.start, o.start)] for o in outlets]
    return sentence[: name.start].endswith("news ") or any(gap in (" ", " news ", " »", ' "', " „") for gap in gaps)


def _by_role(sentence: str, name: Name, grammar: Grammar) -> Name:
    """A doubtful name that is called a newspaper is one."""
    if name.sign != DOUBTFUL:
        return name
    before = sentence[: name.start].rstrip(" ,").rpartition(" ")[2]
    after = sentence[name.end :].lstrip(" -").partition(" ")[0].strip(".,;:")
    called = grammar.is_role(before) or (grammar.lang == "en" and grammar.is_role(after))
    return name._replace(sign=SURE) if called else name


class Signed:
    """A sentence with a sign for each name, and the way back to its characters."""

    def __init__(self, sentence: str, names: Sequence[Name]) -> None:
        self.sentence, self.names = sentence, names
        parts: list[str] = []
        self._steps: list[tuple[int, int]] = [(0, 0)]  # (place here, place in the sentence) after each name
        at = length = 0
        for name in names:
            parts += [sentence[at : name.start], name.sign]
            length += name.start - at + 1
            at = name.end
            self._steps.append((length, at))
        self.text = "".join((*parts, sentence[at:]))
        self.places = {here - 1: n for n, (here, _) in enumerate(self._steps[1:])}

    def back(self, place: int) -> int:
        """Where in the sentence ``place`` is."""
        here, there = max((step for step in self._steps if step[0] <= place), default=(0, 0))
        return there + place - here


# -- cues


_CAPITAL = re.compile(r" (?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Investigat|Report|News|Online)[A-Z][a-z]")
_CLAUSE = frozenset("and but while when although und aber während als en maar terwijl toen".split())
_JOINING = re.compile(r",?(?: [\w’'-]+){0,2} ?")
_IN_A = re.compile(r" in (?:an?|einem|einer|een) ")


class Hit(NamedTuple):
    """A cue's match: which names it is about and where."""

    part: Part
    sure: float
    names: tuple[int, ...]
    start: int
    end: int
    first: int  # place of the first name's sign


def _said(signed: Signed, grammar: Grammar, month: int) -> list[Said]:
    hits = [hit for part, sure, cue in grammar.tried(signed.text) for hit in _hits(signed, grammar, part, sure, cue)]
    best: dict[int, tuple[Hit, Said]] = {}
    for hit in hits:
        for n in hit.names:
            if n not in best or _rank(hit) > _rank(best[n][0]):
                best[n] = (hit, _one(signed, grammar, hit, n, month))
    return _each_once(_chained(signed, grammar, best, month))


def _rank(hit: Hit) -> tuple[bool, float, int]:
    """What a name is cited by counts more than that it reports, and the surer cue more than the less sure."""
    return hit.part in (Part.CITED, Part.RELAYED), hit.sure, hit.start - hit.end


def _hits(signed: Signed, grammar: Grammar, part: Part, sure: float, cue: re.Pattern[str]) -> Iterator[Hit]:
    text = signed.text
    for m in cue.finditer(text):
        start, end = m.span("n")
        if (text[start] != ORGANISATION and grammar.pattern("not_after").match(text, end)) or _is_refused(
            text, m, part, grammar
        ):
            continue
        names = tuple(signed.places[i] for i in range(start, end) if i in signed.places)
        believed = tuple(n for n in names if signed.names[n].sign != DOUBTFUL or _believed(signed, n, sure, grammar))
        if believed:
            yield Hit(part, sure, believed, m.start(), m.end(), start)


def _believed(signed: Signed, n: int, sure: float, grammar: Grammar) -> bool:
    """Is a doubtful name an outlet's, by the strength of the cue and what stands before it?"""
    return sure >= STRONG and not grammar.is_common(signed.sentence[: signed.names[n].start])


def _is_refused(text: str, m: re.Match[str], part: Part, grammar: Grammar) -> bool:
    """Is the name that reports no subject ("the editor of …"), or does it speak of itself?"""
    if part is not Part.SAYS:
        return False
    led = "v" in m.re.groupindex  # the verb stands before its subject
    object_ = not led and grammar.pattern("refused").search(text[: m.start("n")])
    return bool(object_ or grammar.pattern("about_itself").match(text, m.end()))


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
