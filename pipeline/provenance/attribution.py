"""A sentence → whom it cites: names found, turned into signs, and looked at by the patterns of its language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
# "Im März hatte er der Zeit gesagt": what may stand between a time and a cue.
_WORD = r"[\w\ue000-\ue003’'-]+"
_JOINING = re.compile(rf",?(?: {_WORD}){{0,2}} ?|(?: {_WORD}){{3,4}} |,? (?:hatten?|had|hadden)(?: {_WORD}){{0,5}} ")
_SINCE = re.compile(r"(?:after|nachdem|nadat)$")  # "three weeks after the Times revealed …"
_WHEN = re.compile(r",? (?:when|als|toen) ")  # "… came to light in 2019, when the Times published …"
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
    return _each_once(_Chain(signed, grammar, one, month))


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
    before = [m for m in led if _SINCE.search(m[0]) or _WHEN.match(text, m.end()) or _leads(text[: m.start()])]
    within = [m for m in times.finditer(text, max(0, hit.start - 12), hit.end) if m.end() > hit.start]
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
    if gap in (", ", " bleek ", " blijkt "):
        return True
    most = 6 if _IN_A.match(gap) else 2 if part is Part.SAYS else 0  # "in a report released in 2022"
    return len(gap.split()) <= most and not set(gap) & set(',.;:“”"')


# -- second hand


class _Chain:
    """The names that a sentence cites, and who of them passes on whose report."""

    def __init__(self, signed: Signed, grammar: Grammar, best: Mapping[int, tuple[Hit, Said]], month: int) -> None:
        self.signed, self.grammar, self.best, self.month = signed, grammar, best, month
        self.cited = {n for n, (hit, _) in best.items() if hit.part is Part.CITED}
        self.relays = {n for n, (hit, _) in best.items() if hit.part is Part.RELAYED}
        self.others = {n for n, (_, said) in best.items() if said.media} - self.cited - self.relays
        self.inner = {n: o for n in best if (o := self._outer(n)) is not None}

    def __iter__(self) -> Iterator[Said]:
        for n in sorted(self.best):
            told = self._via(n)
            outer = n in self.inner.values()
            if n in self.others and n not in self.inner and (outer or self._passes_on(n)):
                told = replace(told, kind=Cited.SECOND_HAND, earlier=told.earlier and not self._dates_another(n))
            yield told

    def _via(self, n: int) -> Said:
        """The citation with the outlet through which it is one."""
        hit, said = self.best[n]
        if n in self.inner:
            outer, teller = self.best[self.inner[n]]
            return replace(said, via=teller.outlet, earlier=said.earlier or self._between(outer, hit))
        if n in self.cited:
            return replace(said, via=self._teller(n))
        if n in self.relays and self.others:
            return replace(said, kind=Cited.SECOND_HAND)
        if self.relays and n in self.others:
            return replace(said, via=self.best[min(self.relays)][1].outlet)
        return said

    def _teller(self, n: int) -> str:
        """Who reports in the sentence that cites ``n``: the nearest before it, else the first."""
        before = [o for o in self.others if o < n]
        return self.best[max(before) if before else min(self.others)][1].outlet if self.others else ""

    def _passes_on(self, n: int) -> bool:
        """Does the sentence say that ``n`` has it from another medium?"""
        media = (c for c in self.cited if self.best[c][1].media)
        return any(self._teller(c) == self.best[n][1].outlet for c in media)

    def _outer(self, n: int) -> int | None:
        """A of "A said that B reported", where ``n`` is B."""
        hit, said = self.best[n]
        if hit.part in (Part.CITED, Part.RELAYED):
            return None
        tellers = (o for o, (_, other) in self.best.items() if other.media and other.outlet != said.outlet)
        return next((o for o in tellers if self._holds(self.best[o][0], hit)), None)

    def _holds(self, outer: Hit, inner: Hit) -> bool:
        """Does one report end where the other, which it is about, begins?"""
        if outer.end > inner.start:
            return False
        gap = self.signed.text[outer.end : inner.start]
        if outer.part is Part.SAYS:
            return self.grammar.pattern("nested").fullmatch(gap) is not None
        return outer.part is Part.PER and inner.part is Part.SAYS and not gap.strip()

    def _dates_another(self, n: int) -> bool:
        """ "A said in January, B reported": the time is that of B's report."""
        hit = self.best[n][0]
        return any(self._between(hit, self.best[i][0]) for i, outer in self.inner.items() if outer == n)

    def _between(self, outer: Hit, inner: Hit) -> bool:
        """Does a time well before the story's stand between two cues?"""
        times = self.grammar.pattern("earlier").finditer(self.signed.text, outer.end, inner.start)
        return any(not self.grammar.is_month(m[0], self.month) for m in times)


def _each_once(found: Iterable[Said]) -> list[Said]:
    """One citation an outlet: the surest; in the order of the sentence."""
    kept: dict[str, Said] = {}
    for said in found:
        old = kept.get(said.outlet)
        if old is None or said.confidence > old.confidence:
            kept[said.outlet] = said
    return sorted(kept.values(), key=lambda s: s.start)
