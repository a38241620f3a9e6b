"""Blockers: profile and signature → bucket keys. They propose pairs, they never decide.

A key is a signed 64-bit integer: 16 bits of namespace (which blocker, which band), 48 bits of hash. Each is
a function of one article alone, and none is ever dropped for being crowded: that would make the partition
depend on arrival order. Crowds are bounded by conjunction instead (two rare terms, two sentences), and by the
day range within which story keys are looked up.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

from pipeline.model import Article, Pair, Signature
from pipeline.signatures import Recipe, body, sign, values
from pipeline.terms import Profile, Vector, profile
from pipeline.tokens import normalise, words
from pipeline.vectors import near, proposing

BLOCKERS = "bands-sentences2-terms12-names10-facts12"  # what proposes, by name: part of every recipe
SENTENCE = 0x4000  # namespace of the sentence blocker; MinHash bands use 0 … bands-1
TERMS = 0x5000
NAMES = 0x5001
MIN_SENTENCE_WORDS = 8
TOP_TERMS = 12
TOP_NAMES = 10
FACT_PAIRS, STRONG_FACTS = 0x5002, 0x5003
TOP_FACTS = 12
LEAST_FACT, STRONG_PAIR, WEAK_PAIR, WEAK_PAIRS = 0.2, 1.5, 0.6, 3  # measured: docs/quality-across.md
HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True)
class Keys:
    """The bucket keys of one article."""

    article_id: int
    day: int  # effective day since 1970, for keys that only pair articles of one window
    bands: tuple[int, ...]  # copies: one shared key proposes, over the whole archive
    sentences: tuple[int, ...]  # cut copies: two shared keys propose (one, where an article has but one)
    terms: tuple[int, ...]  # stories: one shared key proposes, within the recipe's window
    facts: tuple[int, ...] = ()  # across languages: three shared keys propose, within the window
    lang: str = ""

    @property
    def all(self) -> tuple[int, ...]:
        """Every key, as the index holds them."""
        return (*self.bands, *self.sentences, *self.terms, *self.facts)


def _key(namespace: int, data: bytes) -> int:
    hashed = int.from_bytes(hashlib.blake2b(data, digest_size=6).digest(), "big")
    return ((namespace << 48) | hashed) - (1 << 63)


def bands(signature: Signature, recipe: Recipe) -> Iterator[int]:
    """One key a band: articles of Jaccard s share one with probability 1 - (1 - s^rows)^bands."""
    if not signature.shingles:
        return
    sketch = values(signature.values)
    rows = recipe.permutations // recipe.bands
    for band in range(recipe.bands):
        yield _key(band, sketch[band * rows : (band + 1) * rows].tobytes())


def sentences(text: str) -> Iterator[int]:
    """One key a sentence of eight words or more: a teaser or a cut copy shares its own with the full text."""
    for line in text.split("\n"):
        for sentence in normalise(line).replace("! ", ". ").replace("? ", ". ").split(". "):
            tokens = words(sentence)
            if len(tokens) >= MIN_SENTENCE_WORDS:
                yield _key(SENTENCE, " ".join(tokens).encode(errors="replace"))


def _heaviest(vector: Vector, count: int) -> list[str]:
    return sorted(sorted(vector, key=lambda t: (-vector[t], t))[:count])


def _pairs(namespace: int, prefix: str, terms: list[str]) -> Iterator[int]:
    for a, b in combinations(terms, 2):
        yield _key(namespace, f"{prefix}\0{a}\0{b}".encode(errors="replace"))


def story_keys(profile: Profile) -> Iterator[int]:
    """Conjunctions of two of the heaviest terms: of title and lead within a language, of names across."""
    yield from _pairs(TERMS, profile.lang, _heaviest(profile.lead, TOP_TERMS))
    yield from _pairs(NAMES, "", _heaviest(profile.names, TOP_NAMES))


def _fact_pairs(profile: Profile, least: float) -> Iterator[bytes]:
    for a, b in combinations(_heaviest(profile.facts, TOP_FACTS), 2):
        weights = profile.facts[a], profile.facts[b]
        if min(weights) >= LEAST_FACT and sum(weights) >= least:
            yield f"{a}\0{b}".encode(errors="replace")


def strong_facts(profile: Profile) -> Iterator[int]:
    """Conjunctions of two facts so telling that one is enough to propose."""
    yield from (_key(STRONG_FACTS, pair) for pair in _fact_pairs(profile, STRONG_PAIR))


def fact_keys(profile: Profile) -> Iterator[int]:
    """Conjunctions of two of the weightiest facts, of which ``WEAK_PAIRS`` propose across languages.

    A pair of articles that shares three facts shares three conjunctions; two facts that everybody has (a president,
    the United States) make one key that proposes nothing by itself.
    """
    yield from (_key(FACT_PAIRS, pair) for pair in _fact_pairs(profile, WEAK_PAIR))


def keys(article: Profile, text: str, signature: Signature, recipe: Recipe) -> Keys:
    """All bucket keys of one article with the compared text ``text``, each list sorted, without repetition."""
    return Keys(
        article_id=article.id,
        day=int(article.hours // HOURS_PER_DAY),
        bands=tuple(sorted(set(bands(signature, recipe)))),
        sentences=tuple(sorted(set(sentences(text)))),
        terms=tuple(sorted({*story_keys(article), *strong_facts(article)})),
        facts=tuple(sorted(set(fact_keys(article)))),
        lang=article.lang,
    )


def window_days(recipe: Recipe) -> int:
    """How many days before and after an article a story partner may lie."""
    return -(-recipe.story_window_hours // HOURS_PER_DAY)


@dataclass(frozen=True, slots=True)
class Signed:
    """What one article needs for being compared and stored."""

    profile: Profile
    keys: Keys
    signature: Signature
    removed: tuple[str, ...]  # paragraphs left out as its source's boilerplate


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an article lies for its nearest neighbours in other languages."""

    id: int
    lang: str
    day: int
    vector: bytes

    @classmethod
    def of(cls, article: Signed) -> Spot:
        """The spot of a signed article."""
        return cls(article.profile.id, article.profile.lang, article.keys.day, article.profile.vector_bytes)


def neighbours(fresh: Sequence[Spot], held: Sequence[Spot], recipe: Recipe) -> set[Pair]:
    """Pairs of a fresh and another article in two languages whose vectors are as close as the model asks for.

    All that are close enough, not the k closest: which are the k closest would depend on who arrived when.
    """
    new = {s.id: s for s in fresh if s.vector}
    known = {s.id: s for s in held if s.vector} | new
    close = near(
        {i: s.vector for i, s in new.items()}, {i: s.vector for i, s in known.items()}, proposing(recipe.model)
    )
    reach = window_days(recipe)
    return {
        Pair(*sorted((a, b)))
        for a, b in close
        if known[a].lang != known[b].lang and abs(known[a].day - known[b].day) <= reach
    }


def signed(
    articles: Sequence[Article],
    frames: Mapping[str, Collection[int]],
    recipe: Recipe,
    vectors: Mapping[str, bytes] = MappingProxyType({}),
) -> list[Signed]:
    """Profile, signature and bucket keys of each article, in their order.

    ``frames``: source → hashes (``signatures.paragraph_hashes``) of the paragraphs that are its boilerplate;
    ``vectors``: content hash → the sentence model's vector.
    """
    bodies = [body(a, frames.get(a.source, ()), recipe) for a in articles]
    profiles = [
        profile(a, text, recipe.shingle_words, vectors.get(a.content_hash, b""))
        for a, (text, _) in zip(articles, bodies, strict=True)
    ]
    return [
        Signed(p, keys(p, text, signature, recipe), signature, removed)
        for p, (text, removed), signature in zip(profiles, bodies, sign(profiles, recipe), strict=True)
    ]


def enough_sentences(shared: int, one: int, other: int) -> bool:
    """Do ``shared`` equal sentences propose two articles that have ``one`` and ``other`` of them?

    A single stock sentence ("… did not respond to a request for comment") must not pair all who print it.
    """
    return shared >= min(2, one, other)


def candidates(articles: Sequence[Signed], recipe: Recipe) -> set[Pair]:
    """Every pair among ``articles`` that its bucket keys propose (see :class:`Keys`)."""
    by_id = {s.profile.id: s.keys for s in articles}
    reach = window_days(recipe)
    found = _sharing(by_id, lambda k: k.bands).keys() | {
        p for p in _sharing(by_id, lambda k: k.terms) if abs(by_id[p.left].day - by_id[p.right].day) <= reach
    }
    for pair, shared in _sharing(by_id, lambda k: k.sentences).items():
        if enough_sentences(shared, len(by_id[pair.left].sentences), len(by_id[pair.right].sentences)):
            found.add(pair)
    for pair, shared in _sharing(by_id, lambda k: k.facts).items():
        one, other = by_id[pair.left], by_id[pair.right]
        if shared >= WEAK_PAIRS and one.lang != other.lang and abs(one.day - other.day) <= reach:
            found.add(pair)
    return found | neighbours([Spot.of(s) for s in articles], (), recipe)


def _sharing(by_id: Mapping[int, Keys], which: Callable[[Keys], tuple[int, ...]]) -> Counter[Pair]:
    """How many keys of one kind each pair shares."""
    buckets: dict[int, list[int]] = defaultdict(list)
    for i in sorted(by_id):
        for key in which(by_id[i]):
            buckets[key].append(i)
    return Counter(Pair(a, b) for members in buckets.values() for a, b in combinations(members, 2))
