"""How a language attributes, as tables of patterns over sentences whose names are single signs.

Before a pattern is tried, every name of an outlet or an organisation in the sentence becomes one sign, quotation
marks around it included; what is left is the grammar. The tables write ``<L>`` for one such name or several ("NDR, WDR
und SZ"), ``<D>`` for what may stand between a cue and a name (article, adjectives, what the outlet is), ``<O>`` for
an organisation that is no medium, ``<R>`` for a report, ``<V>`` for a verb of reporting, ``<A>`` for adverbs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import groupby
from typing import NamedTuple

SURE, DOUBTFUL, UNKNOWN, ORGANISATION = "\ue000", "\ue001", "\ue002", "\ue003"
NAMES = SURE + DOUBTFUL + UNKNOWN
NEVER = r"(?!x)x"  # a pattern of nothing


class Part(StrEnum):
    """What a cue says of the names in it."""

    SAYS = "says"  # the name reports
    PER = "per"  # according to the name, told to it, reported by it
    CITED = "cited"  # somebody cites the name: who reports in the same sentence does so at second hand
    RELAYED = "relayed"  # the name cites somebody: "as quoted by"


class Cue(NamedTuple):
    """One way to cite. ``hint``: a pattern of one word, which every sentence that the cue reads has in it."""

    part: Part
    sure: float
    pattern: str
    hint: str = ""


class Tried(NamedTuple):
    """A cue, ready to be tried."""

    part: Part
    sure: float
    pattern: re.Pattern[str]
    organisation: bool  # about an organisation
    hint: re.Pattern[str] | None
    bit: int  # by which a word's clues tell of it


def words(table: str, phrases: str = "") -> str:
    """A pattern for any word of a table, the longest that fits, and for phrases, one a line, which may be patterns."""
    lines = [line for line in phrases.split("\n") if line]
    return f"(?:{'|'.join((*lines, *_branches(set(table.split()))))})"


def either_case(table: str, phrases: str = "") -> str:
    """The same, where each word may begin with a capital."""
    return words(f"{table} {' '.join(word[0].upper() + word[1:] for word in table.split())}", phrases)


def _branches(some: Iterable[str]) -> Iterator[str]:
    """The words, those of one beginning together: a word is looked for letter by letter, not word by word."""
    for first, group in groupby(sorted(some), key=lambda word: word[0]):
        yield re.escape(first) + _rest([word[1:] for word in group])


def _rest(ends: list[str]) -> str:
    branches = list(_branches(filter(None, ends)))
    if len(branches) == 1 and all(ends):
        return branches[0]
    return f"(?:{'|'.join(branches)}){'' if all(ends) else '?'}" if branches else ""


# What one word says may be in its sentence, as bits: a quick look before any pattern is tried. An attribution; an
# outlet that is called so ("newspaper"); an organisation; a newspaper's name by its last word ("Courier").
CUE, ROLE, ORG, TITLED, FIRST_CUE = 1, 2, 4, 8, 16  # … and each cue a bit


@dataclass(frozen=True)
class Grammar:
    """One language's way to attribute."""

    lang: str
    macros: Mapping[str, str]
    cues: tuple[Cue, ...]
    refused: str  # what stands right before a name (or a cue's subject) where it is no source
    not_after: str  # what stands right after one where it is none
    about_itself: str  # what follows a verb where an outlet speaks of itself
    outlet_role: str  # words that say what an outlet is, before its name
    role_after: str  # … and after it
    organisations: str  # an organisation that is no medium, as printed
    earlier: str  # a time well before the story's
    titled: str  # a name that is a newspaper's by its last word
    ourselves: str  # how an outlet calls itself
    others: str  # what looks like an outlet's name and is none
    cue_words: str  # lower-case
    organisation_words: str  # the last word of an organisation's name, or of its head
    titled_words: str
    months: str
    nested: str  # what stands between one report and the one that it passes on

    def expanded(self, pattern: str) -> str:
        """The pattern with its macros filled in."""
        name = f"[{NAMES}]<tail>(?!-\\w)"
        last = f"(?:{self.macros['and']}| ?& )<D>{name}"  # commas only before an "and": "citing A, B said" is no list
        macros = {
            **self.macros,
            "earlier": self.earlier,
            "L": f"{name}(?: ?/ ?{name}|(?:, <D>{name}){{0,3}},?{last}){{0,2}}",
            "O": f"{ORGANISATION}(?:{self.macros['and']}<article> {ORGANISATION}|{self.macros['and']}{ORGANISATION})?",
            "M": f"[{NAMES}]",
            "S": NAMES + ORGANISATION,
        }
        for _ in range(6):  # macros use macros
            pattern = _MACRO.sub(lambda m: macros[m[1]], pattern)
        return pattern

    @cached_property
    def _compiled(self) -> tuple[Tried, ...]:
        return tuple(self._tried(n, cue) for n, cue in enumerate(self.cues))

    def _tried(self, n: int, cue: Cue) -> Tried:
        pattern = re.compile(rf"(?:(?<!\w)|(?!\w))(?:{self.expanded(cue.pattern)})", re.IGNORECASE)
        hint = re.compile(self.expanded(cue.hint), re.IGNORECASE) if cue.hint else None
        return Tried(cue.part, cue.sure, pattern, "<O>" in cue.pattern, hint, FIRST_CUE << n)

    @cached_property
    def _always(self) -> int:
        return sum(cue.bit for cue in self._compiled if cue.hint is None)

    def tried(self, text: str, clues: int) -> Iterator[Tried]:
        """The cues that are worth trying on a sentence with these signs and clues."""
        media, organisation = not _MEDIA.isdisjoint(text), ORGANISATION in text
        clues |= self._always
        for cue in self._compiled:
            if clues & cue.bit and (organisation if cue.organisation else media):
                yield cue

    @cached_property
    def _organisation_bits(self) -> int:
        return sum(cue.bit for cue in self._compiled if cue.organisation)

    def reads_organisations(self, clues: int) -> bool:
        """May a sentence with these clues cite an organisation?"""
        return bool((clues | self._always) & self._organisation_bits)

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {}

    def pattern(self, name: str) -> re.Pattern[str]:
        """One of the other tables, compiled and kept."""
        found = self._patterns.get(name)
        if found is None:
            flags = 0 if name in CASED else re.IGNORECASE
            found = self._patterns[name] = re.compile(self.expanded(getattr(self, name)), flags)
        return found

    @cached_property
    def _role(self) -> re.Pattern[str]:
        return re.compile(rf"\b{self.expanded(self.macros['role'])}\b", re.IGNORECASE)

    def is_role(self, word: str) -> bool:
        """Is this word one that says what an outlet is?"""
        return self._role.fullmatch(word) is not None

    @cached_property
    def _common(self) -> re.Pattern[str]:
        return re.compile(self.macros["common"], re.IGNORECASE)

    def is_common(self, before: str) -> bool:
        """Does what stands before a doubtful name make it a word like any other ("ein Blick")?"""
        return self._common.search(before) is not None

    @cached_property
    def clues(self) -> Callable[[str], int]:
        """What a word says may be in its sentence: ``CUE``, ``ROLE``, …, and a bit for each cue that it hints at."""
        return lru_cache(maxsize=100_000)(self._clues)

    def _clues(self, word: str) -> int:
        cues, hints, organisations, titled = self._kinds
        return (
            CUE * (word.lower() in cues)
            | ROLE * self.is_role(word)
            | ORG * (organisations.fullmatch(word) is not None)
            | TITLED * (titled.fullmatch(word) is not None)
            | (self._hints(word) if hints.fullmatch(word) else 0)
        )

    def _hints(self, word: str) -> int:
        return sum(cue.bit for cue in self._compiled if cue.hint and cue.hint.fullmatch(word))

    @cached_property
    def _kinds(self) -> tuple[frozenset[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
        hints = "|".join({self.expanded(cue.hint) for cue in self.cues if cue.hint} or {NEVER})
        return (
            frozenset(self.cue_words.split()),
            re.compile(hints, re.IGNORECASE),
            re.compile(self.organisation_words),
            re.compile(self.titled_words),
        )

    def is_month(self, time: str, month: int) -> bool:
        """Is this time nothing but the month of this number?"""
        name = self.months.split()[month - 1] if month else ""
        return bool(name) and name in time and not _OTHER_YEAR.search(time)


_MACRO = re.compile(r"(?<!\?P)<(\w+)>")
CASED = ("organisations", "outlet_role", "role_after", "titled", "others")
_MEDIA = frozenset(NAMES)
_OTHER_YEAR = re.compile(r"\d{4}|last|vergangen|vorig|letzte", re.IGNORECASE)
