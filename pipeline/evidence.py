"""What two articles can be shown to share, as they print it, and what they contradict each other in.

For people who ask why; no verdict depends on it. What compares are stems, sounds and codes; what is shown are the words
that they stand for.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

from pipeline.across import TELLING
from pipeline.facts import Facts, spellings
from pipeline.signals import shared
from pipeline.stems import stem
from pipeline.terms import Profile
from pipeline.tokens import Printed, printed_words

RUN_WORDS = 5  # shorter agreements are idiom
CROWD = 8  # places of one word run that are looked at in the other text
PASSAGES = 3
QUOTED_WORDS = 30  # of a longer passage the beginning is quoted
SHOWN = 8  # of each kind of words
TELLING_NATS = 2.5  # a word that more than 8 % of articles hold is no reason to show
FAR_DAYS = 5  # from which on addresses contradict each other (signals.addresses_differ)
_JOINS = re.compile(r"[ \-\u2010'’]|(?<=\d)[.,](?=\d)")  # what may stand between two words of one name or number


class Piece(NamedTuple):
    """An article as it is compared."""

    profile: Profile
    title: str
    body: str  # without its source's boilerplate


class Quote(NamedTuple):
    """A run of words that two texts share."""

    text: str  # as the first prints it; its beginning, where it is long
    words: int  # of the whole run


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a pair shares and contradicts itself in, in words, the weightiest first."""

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    places: tuple[str, ...] = ()  # these two only across languages, as both spell them: "Russland / Russia"
    sounds: tuple[str, ...] = ()  # names that are spelt differently
    happenings: tuple[str, ...] = ()  # across languages: words of one meaning
    dates: tuple[str, ...] = ()
    passages: tuple[Quote, ...] = ()  # the longest first
    against: tuple[str, ...] = ()


def evidence(one: Piece, other: Piece) -> Evidence:
    """What can be shown of two articles; spellings are those of ``one``."""
    a, b = one.profile, other.profile
    named = [w for w in shared(a.names, b.names, len(a.names)) if _tells(w, a) and len(w) > 1]
    spelt = spellings_of(named, one, other)
    names, numbers = ([s for s in spelt if s[0].isdigit() is digits][:SHOWN] for digits in (False, True))
    found = Evidence(tuple(names), tuple(numbers), dates=tuple(_dates(a, b)), passages=quoted(one.body, other.body))
    if a.lang == b.lang:
        return replace(found, words=tuple(_words(one, other, named)[:SHOWN]), against=tuple(_against(a, b)))
    return replace(found, **_foreign(one, other, named))


def _tells(word: str, article: Profile) -> bool:
    return article.stems.get(stem(word, article.lang), TELLING_NATS) >= TELLING_NATS


# -- names, numbers and words, as printed


def spellings_of(wanted: Sequence[str], one: Piece, other: Piece) -> list[str]:
    """Shared normalised words → as ``one`` prints them: "Angela Merkel", "ZT-180", where both print them next to each
    other; each phrase once, in the order of its weightiest word."""
    theirs = {(x.word, y.word) for part in (other.title, other.body) for x, y in pairwise(printed_words(part)[1])}
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for part in (one.title, one.body):
        for phrase, keys in _phrases(*printed_words(part), set(wanted), theirs):
            for key in keys:
                spelt[key][phrase] += 1
    found: list[str] = []
    for key in wanted:
        phrase = spelt[key].most_common(1)[0][0] if spelt[key] else key
        if not any(_within(phrase, known) for known in found):
            found = [*(known for known in found if not _within(known, phrase)), phrase]
    return found


def _phrases(
    plain: str, words: Sequence[Printed], wanted: Collection[str], theirs: Collection[tuple[str, str]]
) -> Iterator[tuple[str, list[str]]]:
    """Runs of wanted words that the other text prints in a row too, each with its words."""
    run: list[Printed] = []
    for word in words:
        if run and not (
            word.word in wanted
            and (run[-1].word, word.word) in theirs
            and _JOINS.fullmatch(plain, run[-1].end, word.start)
        ):
            yield plain[run[0].start : run[-1].end], [w.word for w in run]
            run = []
        if word.word in wanted:
            run.append(word)
    if run:
        yield plain[run[0].start : run[-1].end], [w.word for w in run]


def _within(phrase: str, known: str) -> bool:
    return f" {phrase} ".casefold() in f" {known} ".casefold()


def _words(one: Piece, other: Piece, named: Collection[str]) -> list[str]:
    """The weightiest shared words besides the names, as ``one`` prints them most often."""
    a, b = one.profile, other.profile
    stems = [s for s in shared(a.vector, b.vector, 40) if _weighs(a, s) and s not in named]
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for part in (one.title, one.body):
        plain, words = printed_words(part)
        for w in words:
            spelt[stem(w.word, a.lang)][plain[w.start : w.end]] += 1
    shown = [spelt[s].most_common(1)[0][0] for s in stems if spelt[s]]
    return [w for w in shown if w.casefold() not in named]


def _weighs(article: Profile, stemmed: str) -> bool:
    return len(stemmed) > 1 and article.stems.get(stemmed, 0.0) >= TELLING_NATS


# -- across languages


def _foreign(one: Piece, other: Piece, named: Collection[str]) -> dict[str, Any]:
    """What compares across languages, each as both spell it."""
    a, b = one.profile.facts, other.profile.facts
    ours, theirs = (spellings(p.title, p.body, p.profile.lang) for p in (one, other))
    both = sorted((f for f in a if f in b), key=lambda f: (-a[f] * b[f], f))
    pairs = {f: _pair(ours[f], theirs[f]) for f in both if f in ours and f in theirs}
    new = {f: text for f, text in pairs.items() if f[0] != "n" or ours[f].casefold() not in named}
    kinds = {"places": "@", "sounds": "n", "happenings": "c"}
    found = {k: tuple(dict.fromkeys(t for f, t in new.items() if f[0] == kind))[:SHOWN] for k, kind in kinds.items()}
    return {**found, "against": tuple(_foreign_against(a, b, ours, theirs))}


def _pair(one: str, other: str) -> str:
    return one if one.casefold() == other.casefold() else f"{one} / {other}"


def _foreign_against(a: Facts, b: Facts, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    for kind, least, what in (("@", 0.0, "places"), ("#", TELLING, "numbers"), ("=", 0.0, "scores")):
        one, other = ({f for f, w in facts.items() if f[0] == kind and w >= least} for facts in (a, b))
        if one and other and not one & other:
            told = ((one, ours), (other, theirs))
            sides = (_some(sorted(spelt.get(f, f[2:]) for f in side)) for side, spelt in told)
            yield f"they name other {what}: {'; '.join(sides)}"


# -- dates and contradictions

DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTH_NAMES = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December"]  # fmt: skip


def _dates(a: Profile, b: Profile) -> Iterator[str]:
    """The weekdays, days and years that both name."""
    yield from _weekdays(a.told.weekdays & b.told.weekdays)
    yield from (f"{day} {MONTH_NAMES[month - 1]}" for month, day in sorted(a.told.days & b.told.days))
    yield from sorted(a.told.years & b.told.years)


def _against(a: Profile, b: Profile) -> Iterator[str]:
    """What two articles of one language contradict each other in, as the signals see it."""
    for what, one, other in (
        ("name other weekdays", _weekdays(a.told.weekdays), _weekdays(b.told.weekdays)),
        ("name other years", sorted(a.told.years), sorted(b.told.years)),
        ("give other numbers in their first words", _ascending(a.lead_numbers), _ascending(b.lead_numbers)),
    ):
        if one and other and not set(one) & set(other):
            yield f"they {what}: {_some(one)}; {_some(other)}"
    if a.told.address_day is not None and b.told.address_day is not None:
        gap = abs(a.told.address_day - b.told.address_day)
        if gap >= FAR_DAYS:
            yield f"their addresses state days {gap} days apart"


def _weekdays(numbers: Collection[int]) -> list[str]:
    return [DAY_NAMES[n] for n in sorted(numbers)]


def _ascending(numbers: Collection[str]) -> list[str]:
    return sorted(numbers, key=lambda n: (len(n), n))


def _some(said: Sequence[str]) -> str:
    return ", ".join(said[:4]) + (", …" if len(said) > 4 else "")


# -- passages


def quoted(one: str, other: str) -> tuple[Quote, ...]:
    """The ``PASSAGES`` longest word runs of ``one`` that ``other`` holds too, none over another; ties: the first."""
    plain, words = printed_words(one)
    _, theirs = printed_words(other)
    found: list[tuple[int, int]] = []
    longest = sorted(runs([w.word for w in words], [w.word for w in theirs]), key=lambda r: (r[0] - r[1], r))
    for start, end in longest:
        if len(found) < PASSAGES and all(end <= s or e <= start for s, e in found):
            found.append((start, end))
    return tuple(_quote(plain, words[start:end]) for start, end in found)


def _quote(plain: str, words: Sequence[Printed]) -> Quote:
    shown = words[:QUOTED_WORDS]
    text = " ".join(plain[shown[0].start : shown[-1].end].split())
    return Quote(text + (" …" if len(shown) < len(words) else ""), len(words))


def runs(one: Sequence[str], other: Sequence[str]) -> set[tuple[int, int]]:
    """(first, past the last) of each run of ``RUN_WORDS`` words or more of ``one`` that ``other`` holds, as long as it
    goes on in both."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for j, run in _windows(other):
        places[run].append(j)
    ends: dict[int, tuple[int, int]] = {}  # offset between the two texts → the run that goes on there
    found: set[tuple[int, int]] = set()
    for i, run in _windows(one):
        for j in places.get(run, ())[:CROWD]:
            start, end = ends.get(j - i, (i, i))
            if start < end <= i:  # words lie between: another run
                found.add((start, end))
                start = i
            ends[j - i] = (start, i + RUN_WORDS)
    return found | set(ends.values())


def _windows(words: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    return ((i, tuple(words[i : i + RUN_WORDS])) for i in range(len(words) - RUN_WORDS + 1))
