"""Article → profile: the weighted terms, names, numbers and dates that signals and blockers look at."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pipeline.background import RARE_CB, Background, frequencies
from pipeline.facts import Facts, facts
from pipeline.model import Article
from pipeline.stems import stem
from pipeline.tokens import cased_words, shingles, words
from pipeline.told import Told, told

COMMON_CB = 217  # e^-5, the commonest words ("the", "und"): weight 0 across languages from here up
NAME_BONUS = 1.2  # names and numbers tell events apart; measured in docs/decisions.md
LEAD_WORDS = 60
OPENING_WORDS = 15  # stand for the headline of a piece that has none

Vector = Mapping[str, float]


class Term(NamedTuple):
    """One word of a text."""

    stem: str
    word: str  # normalised
    named: bool  # a number, or capitalised inside a sentence


@dataclass(frozen=True, slots=True)
class Profile:
    """What two articles are compared by; a function of the article and the recipe alone. Weights in nats."""

    id: int
    source: str
    lang: str
    hours: float  # effective time, hours since 1970
    words: int  # of the text (of the headline, where there is no text)
    tokens: tuple[str, ...]  # the compared words in their order
    shingles: frozenset[str]
    vector: Vector  # stem -> weight, headline twice, unit length
    title: Vector  # the headline's stems (the first words' where there is none), unit length
    lead: Vector  # headline twice and first LEAD_WORDS words, unit length
    stems: Vector  # each stem of headline and text -> what it tells, in nats
    title_stems: frozenset[str]
    lead_stems: frozenset[str]
    lead_names: frozenset[str]  # stems of names in headline and lead
    lead_numbers: frozenset[str]
    nats: float  # what all stems tell together
    title_nats: float
    lead_nats: float
    lead_names_nats: float
    length: int  # words of headline and text
    told: Told
    names: Vector  # names and numbers of the whole text, language-free spelling, unit length
    numbers: frozenset[str]
    facts: Facts  # what compares across languages (pipeline/facts.py)
    vector_bytes: bytes = b""  # the sentence model's vector, float16, where one is configured


def terms(text: str, lang: str) -> list[Term]:
    """The words of ``text`` in their order; single letters are left out, single digits are not."""
    found = []
    for token, opens in cased_words(text):
        if (kinds := _kinds(token, lang)) is not None:
            found.append(kinds[opens])
    return found


@lru_cache(maxsize=50_000)
def _kinds(token: str, lang: str) -> tuple[Term, Term] | None:
    """What a token is inside a sentence, and what where one opens; None of single letters."""
    word = token.casefold()  # it is in NFKC already
    if len(word) < 2 and not word.isdigit():
        return None
    stemmed, number = stem(word, lang), token[0].isdigit()
    return Term(stemmed, word, number or token[0].isupper()), Term(stemmed, word, number)


def _unit(values: Mapping[str, float]) -> dict[str, float]:
    norm = math.sqrt(sum(v * v for v in values.values()))
    return {k: v / norm for k, v in sorted(values.items()) if v > 0} if norm else {}


def weighed(found: Iterable[Term], lang: str, background: Background) -> dict[str, float]:
    """Stem → (1 + ln count) · what it tells, names and numbers with a bonus; unit length."""
    counts: Counter[str] = Counter()
    named: set[str] = set()
    for term in found:
        counts[term.stem] += 1
        if term.named:
            named.add(term.stem)
    return _unit({
        s: (1 + math.log(n)) * weight * (NAME_BONUS if s in named else 1.0)
        for (s, n), weight in zip(counts.items(), background.weights(counts, lang), strict=True)
    })  # fmt: skip


@lru_cache(maxsize=50_000)
def rarity(stemmed: str, lang: str) -> float:
    """How rare a stem is in general, in [0, 1]: a scale that is alike in all languages."""
    centibels = frequencies(lang).get(stemmed, RARE_CB)
    return min(max((centibels - COMMON_CB) / (RARE_CB - COMMON_CB), 0.0), 1.0)


def named(found: Iterable[Term], lang: str) -> dict[str, float]:
    """Names and numbers as spelt → weight by general rarity; unit length."""
    counts = Counter(t.word for t in found if t.named)
    return _unit({w: (1 + math.log(n)) * rarity(stem(w, lang), lang) for w, n in counts.items()})


def profile(article: Article, body: str, k: int, background: Background, embedding: bytes = b"") -> Profile:
    """The profile of ``article`` whose text without its source's boilerplate is ``body``.

    ``k`` is the recipe's shingle length in words, ``background`` its weights;
    ``embedding`` the article's vector (pipeline/vectors.py), if any. ``article.first_seen`` must be set.
    """
    lang = article.lang
    title, text = terms(article.title, lang), terms(body, lang)
    opening, lead = title or text[:OPENING_WORDS], [*title, *text[:LEAD_WORDS]]
    tokens = words(body) or words(article.title)
    names = named([*title, *text], lang)
    told_stems = sorted({t.stem for t in [*title, *text]})
    stems = dict(zip(told_stems, background.weights(told_stems, lang), strict=True))
    title_stems, lead_stems = _stems(opening), _stems(lead)
    lead_names = _stems(t for t in lead if t.named and not t.word[0].isdigit())
    return Profile(
        id=article.id,
        source=article.source,
        lang=lang,
        hours=effective_hours(article),
        words=len(tokens),
        tokens=tuple(tokens),
        shingles=shingles(tokens, k),
        vector=weighed([*title, *title, *text], lang, background),
        title=weighed(opening, lang, background),
        lead=weighed([*title, *lead], lang, background),
        stems=stems,
        title_stems=title_stems,
        lead_stems=lead_stems,
        lead_names=lead_names,
        lead_numbers=frozenset(t.word for t in lead if t.word[0].isdigit()),
        nats=information(stems, stems),
        title_nats=information(title_stems, stems),
        lead_nats=information(lead_stems, stems),
        lead_names_nats=information(lead_names, stems),
        length=len(title) + len(text),
        told=told([t.word for t in [*title, *text]], article.url),
        names=names,
        numbers=frozenset(t for t in names if t[0].isdigit()),
        facts=facts(article.title, body, article.lang),
        vector_bytes=embedding,
    )


def _stems(found: Iterable[Term]) -> frozenset[str]:
    return frozenset(t.stem for t in found)


def information(stems: Iterable[str], told_by: Vector) -> float:
    """What some stems tell together, in nats, by the weights of an article that has them; whatever their order."""
    return math.fsum(told_by[s] for s in stems)


def heaviest(vector: Vector, count: int) -> Sequence[str]:
    """The ``count`` terms of the highest weight, ties by spelling; sorted by spelling."""
    return sorted(sorted(vector, key=lambda t: (-vector[t], t))[:count])


def effective_hours(article: Article) -> float:
    """When the article appeared, in hours since 1970: its claim, but never later than we saw it."""
    seen = article.first_seen
    if seen is None:
        raise ValueError(f"article {article.id} has no first_seen")
    return min(article.published or seen, seen).timestamp() / 3600
