"""Measure the citations that are read off labelled passages: whom a passage cites, and how.

A passage becomes an article as in a run, and what is read off it is paired with its labels, one to one: of the same
outlet, a medium or not alike. At the level *outlet* that is all; *in full*, kind, earlier and via agree, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pipeline import metrics, wire
from pipeline.credits import unprefixed
from pipeline.labelled_citations import Label, Passage
from pipeline.model import Article, Citation, Cited
from pipeline.provenance.citing import cited
from pipeline.provenance.outlets import Outlets
from pipeline.stems import stem
from pipeline.text import one_line
from pipeline.tokens import words

ALL = "all"
ALIKE = 0.5  # more of an organisation's words than this must be another's
_ARTICLES = frozenset({"the", "der", "die", "das", "den", "dem", "des", "de", "het", "le", "la", "les", "el", "il"})


class Share(NamedTuple):
    """How many of how many; where there are none, all of them."""

    right: int
    of: int

    @property
    def value(self) -> float:
        return self.right / self.of if self.of else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, by Wilson."""
        return metrics.wilson(self.right, self.of)


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall at one level."""

    precision: Share
    recall: Share

    @property
    def f1(self) -> float:
        return metrics.f1(self.precision.value, self.recall.value)


@dataclass(frozen=True, slots=True)
class Figures:
    """A part of what was measured: a split, one language of it, one sort of its citations."""

    split: str
    lang: str
    sort: str
    passages: int
    outlet: Score
    full: Score
    silent: Share  # of the passages that cite nobody, those off which nothing was read


class Pair(NamedTuple):
    """A label, and the citation that was read for it."""

    label: Label
    citation: Citation
    full: bool  # kind, earlier and via agree


@dataclass(frozen=True, slots=True)
class Read:
    """A passage, and what was read off it beside what it says."""

    passage: Passage
    pairs: tuple[Pair, ...]
    missed: tuple[Label, ...]
    wrong: tuple[Citation, ...]


# -- reading


def evaluated(passages: Iterable[Passage], outlets: Outlets) -> list[Read]:
    """Read each passage and pair what was found with its labels."""
    return [paired(p, read_off(p, outlets), outlets) for p in passages]


def read_off(passage: Passage, outlets: Outlets) -> list[Citation]:
    """The citations of a passage, the first of each outlet and kind."""
    found: dict[tuple[str, bool, Cited], Citation] = {}
    for citation in cited(article(passage, outlets), outlets):
        found.setdefault((citation.outlet, citation.media, citation.kind), citation)
    return list(found.values())


def article(passage: Passage, outlets: Outlets) -> Article:
    """The passage as a run would have it: without credits, dateline and byline, and by its own outlet."""
    title = one_line(passage.title, 1000)
    found = wire.read(passage.text, passage.author, title)
    own = outlets.called(passage.own) if passage.own else None
    return Article(
        source=(*own.sources, own.name)[0] if own else passage.own,
        url="https://passage.invalid/",
        key="passage.invalid/",
        title=title,
        text=found.text,
        lang=passage.lang,
        author=unprefixed(passage.author or found.byline),
        agencies=found.agencies,
        credit=found.credit,
        dateline=found.dateline,
    )


# -- pairing


def paired(passage: Passage, found: Sequence[Citation], outlets: Outlets) -> Read:
    """Labels and citations one to one: those that agree in full first, then those whose names are most alike."""
    labels, lang = passage.labels, passage.lang
    likely = [
        (not in_full(label, citation, lang, outlets), -sure, n, m)
        for n, label in enumerate(labels)
        for m, citation in enumerate(found)
        if (sure := alike(label, citation, lang, outlets))
    ]
    taken: dict[int, tuple[int, bool]] = {}
    for differs, _, n, m in sorted(likely):
        if n not in taken and all(m != other for other, _ in taken.values()):
            taken[n] = m, not differs
    used = {m for m, _ in taken.values()}
    return Read(
        passage=passage,
        pairs=tuple(Pair(labels[n], found[m], full) for n, (m, full) in sorted(taken.items())),
        missed=tuple(label for n, label in enumerate(labels) if n not in taken),
        wrong=tuple(citation for m, citation in enumerate(found) if m not in used),
    )


def in_full(label: Label, citation: Citation, lang: str, outlets: Outlets) -> bool:
    """Do kind, earlier and via agree?"""
    if (label.kind, label.earlier) != (citation.kind, citation.earlier):
        return False
    return label.via == citation.via or _same_outlet(label.via, citation.via, lang, outlets)


def alike(label: Label, citation: Citation, lang: str, outlets: Outlets) -> float:
    """How sure it is that both name one outlet or organisation, 0 where they do not.

    A medium of the table by its name there, another by its words but for article and inflection, an organisation by
    more than half of the words of the shorter name.
    """
    if label.media != citation.media:
        return 0.0
    if not label.media:
        shares = [_overlap(_stems(name, lang), _stems(citation.outlet, lang)) for name in (label.outlet, label.said)]
        return max(share if share > ALIKE else 0.0 for share in shares)
    return float(_same_outlet(label.outlet, citation.outlet, lang, outlets))


def _same_outlet(one: str, other: str, lang: str, outlets: Outlets) -> bool:
    known, of_other = outlets.called(one), outlets.called(other)
    if known or of_other:
        return known == of_other
    return _stems(one, lang) == _stems(other, lang)


def _overlap(some: frozenset[str], others: frozenset[str]) -> float:
    fewer = min(len(some), len(others))
    return len(some & others) / fewer if fewer else 0.0


@lru_cache(maxsize=10_000)
def _stems(name: str, lang: str) -> frozenset[str]:
    return frozenset(stem(word, lang) for word in words(name) if word not in _ARTICLES)


# -- figures


class Seen(NamedTuple):
    """One label or citation: does the other side have it, and in full?"""

    what: Label | Citation
    there: bool
    full: bool


SORTS: dict[str, Callable[[Label | Citation], bool]] = {
    "primary": lambda c: c.kind is Cited.PRIMARY,
    "second_hand": lambda c: c.kind is Cited.SECOND_HAND,
    "wire_credit": lambda c: c.kind is Cited.WIRE_CREDIT,
    "via": lambda c: bool(c.via),
    "earlier": lambda c: c.earlier,
    "organisation": lambda c: not c.media,
}


def by_language(reads: Sequence[Read]) -> list[Figures]:
    """Each split: its languages and, where there are several, all of it; then, of several splits, all."""
    found = []
    for split in dict.fromkeys(r.passage.split for r in reads):
        own = [r for r in reads if r.passage.split == split]
        langs = list(dict.fromkeys(r.passage.lang for r in own))
        found += [figures([r for r in own if r.passage.lang == lang], split, lang) for lang in langs]
        found += [figures(own, split, ALL)] if len(langs) > 1 else []
    return [*found, figures(reads, ALL, ALL)] if len({f.split for f in found}) > 1 else found


def by_sort(reads: Sequence[Read]) -> list[Figures]:
    """Each split: its kinds, then those that are passed on or recalled, and those of no medium."""
    splits = dict.fromkeys(r.passage.split for r in reads)
    return [
        figures([r for r in reads if r.passage.split == split], split, ALL, sort) for split in splits for sort in SORTS
    ]


def figures(reads: Sequence[Read], split: str, lang: str, sort: str = ALL) -> Figures:
    """The figures of some passages, of one sort of citations where one is asked for.

    Recall is of the labels of that sort, precision of the citations that were read as such.
    """
    wanted = _every if sort == ALL else SORTS[sort]
    labels = [seen for read in reads for seen in _labels(read) if wanted(seen.what)]
    citations = [seen for read in reads for seen in _citations(read) if wanted(seen.what)]
    negatives = [read for read in reads if not read.passage.labels]
    return Figures(
        split=split,
        lang=lang,
        sort=sort,
        passages=len(reads),
        outlet=Score(_share(s.there for s in citations), _share(s.there for s in labels)),
        full=Score(_share(s.full for s in citations), _share(s.full for s in labels)),
        silent=_share(not read.wrong for read in negatives),
    )


def _every(_: Label | Citation) -> bool:
    return True


def _labels(read: Read) -> list[Seen]:
    return [*(Seen(p.label, True, p.full) for p in read.pairs), *(Seen(label, False, False) for label in read.missed)]


def _citations(read: Read) -> list[Seen]:
    return [*(Seen(p.citation, True, p.full) for p in read.pairs), *(Seen(c, False, False) for c in read.wrong)]


def _share(right: Iterable[bool]) -> Share:
    each = list(right)
    return Share(sum(each), len(each))
