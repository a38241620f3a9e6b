"""A sentence → the outlets and organisations that it names, and the sentence with a sign for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from pipeline.provenance.grammar import (
    CUE,
    DOUBTFUL,
    NEVER,
    ORG,
    ORGANISATION,
    ROLE,
    SURE,
    TITLED,
    UNKNOWN,
    Grammar,
)
from pipeline.provenance.outlets import WORD, Outlets, words

_OPEN, _CLOSE = "\"'„“”‚‘’»«›‹", "\"'“”‘’«»‹›"
_CAPITAL = re.compile(r" (?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Investigat|Report|News|Online)[A-Z][a-z]")


class Name(NamedTuple):
    """A name in a sentence, with the quotation marks around it."""

    start: int
    end: int
    outlet: str
    sign: str


class Named(NamedTuple):
    """What a sentence names, from left to right, and what its words say may be in it."""

    names: list[Name]
    clues: int


def named(sentence: str, grammar: Grammar, outlets: Outlets, own: str = "") -> Named:
    """The outlets and organisations that a sentence names, apart from each other."""
    seen = set(WORD.findall(sentence))
    clues = reduce(or_, map(grammar.clues, seen), 0)
    found = _known(sentence, grammar, outlets) if outlets.may_be_in(seen) else []
    if (not found and not clues & (CUE | ROLE)) or len(seen) < 2:
        return Named([], clues)
    found = _outlets(sentence, grammar, clues, found, own)
    if clues & ORG and (found or grammar.reads_organisations(clues)):
        found += _organisations(sentence, grammar, found)
    return Named(sorted(found), clues)


def _known(sentence: str, grammar: Grammar, outlets: Outlets) -> list[Name]:
    """The outlets of the table."""
    mentions = outlets.among(sentence, words(sentence))
    every = (_quoted(sentence, m.start, m.end, m.outlet, SURE if m.sure else DOUBTFUL) for m in mentions)
    return [n for n in every if not _is_longer(sentence, n, grammar)]


def _outlets(sentence: str, grammar: Grammar, clues: int, known: list[Name], own: str) -> list[Name]:
    """These and the outlets that only the words around them tell."""
    found = known
    if found and grammar.others != NEVER:
        others = [Name(*m.span(), "", "") for m in grammar.pattern("others").finditer(sentence)]
        found = [n for n in found if _free(n, others)]
    if own and clues & ROLE and (m := grammar.pattern("ourselves").search(sentence)):
        found += [n for n in [Name(*m.span(), own, SURE)] if _free(n, found)]
    for name in _wanted(clues):
        for n in _unknown(sentence, grammar.pattern(name)):
            if grammar.is_role(n.outlet.rpartition(" ")[2]):
                continue
            found = [o for o in found if not _ends(n, o)]
            found += [n] if _free(n, found) else []
    return [_by_role(sentence, n, grammar) for n in found] if clues & ROLE else found


def _wanted(clues: int) -> tuple[str, ...]:
    """The tables of outlets' names that are worth trying."""
    if clues & ROLE:
        return ("outlet_role", "role_after", "titled")
    return ("titled",) if clues & TITLED else ()


def _organisations(sentence: str, grammar: Grammar, found: Sequence[Name]) -> list[Name]:
    spots = [Name(*m.span(), m[0], ORGANISATION) for m in grammar.pattern("organisations").finditer(sentence)]
    return [n for n in spots if _free(n, found) and not _beside(sentence, n, found)]


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
        if not outlet.isdecimal():
            yield _quoted(sentence, start, start + len(outlet), outlet, UNKNOWN)


def _ends(longer: Name, name: Name) -> bool:
    """Is a doubtful name but the end of a longer one: the Herald of the Skerry Herald?"""
    return name.sign == DOUBTFUL and longer.start < name.start and longer.end == name.end


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
