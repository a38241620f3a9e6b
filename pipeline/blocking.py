"""Blockers: profile and signature → bucket keys. They propose pairs, they never decide.

A key is a signed 64-bit integer: 16 bits of namespace (which blocker, which band), 48 bits of hash. Each is
a function of one article alone, and none is ever dropped for being crowded: that would make the partition
depend on arrival order. Crowds are bounded by conjunction instead (two rare terms, a share of the fingerprints), and by
the day range within which story keys are looked up.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

from pipeline.copies import enough_prints, prints
from pipeline.model import Article, Pair, Signature
from pipeline.signatures import Recipe, body, sign, values
from pipeline.stems import stem
from pipeline.terms import Profile, heaviest, profile
from pipeline.vectors import near, proposing

BLOCKERS = "bands-prints3-terms12-title8-names10x2-facts12"  # what proposes, by name: part of every recipe
PRINTS = 0x4001  # namespace of the fingerprints; MinHash bands use 0 … bands-1
TERMS = 0x5000
RARE = 0x5001
NAMES = 0x5002
FACT_PAIRS, STRONG_FACTS = 0x5003, 0x5004
TOP_TERMS = 12  # of title and lead
TOP_TITLE = 8
TOP_NAMES = 10  # of the whole text
ENOUGH = 9.5  # nats from which one shared key proposes by itself
SHORT_WORDS = 40  # of a headline or a stub there is no second key to wait for
TOP_FACTS = 12
LEAST_FACT, STRONG_PAIR, WEAK_PAIR, WEAK_PAIRS = 0.2, 1.5, 0.6, 3  # measured: docs/quality.md
HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True)
class Keys:
    """The bucket keys of one article."""

    article_id: int
    day: int  # effective day since 1970, for keys that only pair articles of one window
    bands: tuple[int, ...]  # copies: one shared key proposes, over the whole archive
    prints: tuple[int, ...]  # cut, merged and changed copies: a share of the fewer proposes
    rare: tuple[int, ...]  # stories: one shared key proposes, within the recipe's window
    terms: tuple[int, ...]  # stories: two shared keys propose, within the window
    across: tuple[int, ...]  # stories: one shared key proposes another language's, within the window
    facts: tuple[int, ...]  # stories: three shared keys propose another language's, within the window
    lang: str

    @property
    def all(self) -> tuple[int, ...]:
        """Every key, as the index holds them."""
        return (*self.bands, *self.prints, *self.rare, *self.terms, *self.across, *self.facts)


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


def copy_keys(article: Profile) -> list[int]:
    """One key a fingerprint, sorted: of a cut, merged or changed copy a share is the original's."""
    return [((PRINTS << 48) | hashed) - (1 << 63) for hashed in prints(article.tokens, article.lang)]


def _conjunctions(article: Profile) -> Iterator[tuple[str, str, str, float]]:
    """(kind, term, term, nats) of each pair of weighty terms: of title and lead, of the title, of names."""
    title = heaviest({s: article.stems[s] for s in article.title_stems}, TOP_TITLE)
    spelt = {stem(word, article.lang) for word in heaviest(article.names, TOP_NAMES)}
    kinds = (
        ("", heaviest(article.lead, TOP_TERMS)),
        ("", title),
        ("name", sorted(spelt & article.stems.keys())),
    )
    for kind, terms in kinds:
        for a, b in combinations(terms, 2):
            yield kind, a, b, article.stems[a] + article.stems[b]


def story_keys(article: Profile) -> tuple[set[int], set[int]]:
    """(keys of which one proposes, keys of which two do): conjunctions of two weighty terms of one language.

    Of conjunctions that many share two are wanted, which is three terms; one that tells very much proposes by itself.
    """
    rare: set[int] = set()
    common: set[int] = set()
    short = article.length < SHORT_WORDS
    for kind, a, b, nats in _conjunctions(article):
        data = f"{article.lang}\0{kind}\0{a}\0{b}".encode(errors="replace")
        if nats >= ENOUGH or short:
            rare.add(_key(RARE, data))
        if nats < ENOUGH:
            common.add(_key(TERMS, data))
    return rare, common


def across_keys(article: Profile) -> Iterator[int]:
    """Conjunctions of two of the heaviest names and numbers: across languages, too."""
    for a, b in combinations(heaviest(article.names, TOP_NAMES), 2):
        yield _key(NAMES, f"{a}\0{b}".encode(errors="replace"))


def _fact_pairs(profile: Profile, least: float) -> Iterator[bytes]:
    for a, b in combinations(heaviest(profile.facts, TOP_FACTS), 2):
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


def keys(article: Profile, signature: Signature, recipe: Recipe) -> Keys:
    """All bucket keys of one article, each list sorted, without repetition."""
    rare, terms = story_keys(article)
    return Keys(
        article_id=article.id,
        day=int(article.hours // HOURS_PER_DAY),
        bands=tuple(sorted(set(bands(signature, recipe)))),
        prints=tuple(copy_keys(article)),
        rare=tuple(sorted(rare)),
        terms=tuple(sorted(terms)),
        across=tuple(sorted({*across_keys(article), *strong_facts(article)})),
        facts=tuple(sorted(set(fact_keys(article)))),
        lang=article.lang,
    )


# (which keys, how many shared ones propose, whether only another language's)
STORY_KEYS: Sequence[tuple[Callable[[Keys], tuple[int, ...]], int, bool]] = (
    (lambda k: k.rare, 1, False),
    (lambda k: k.terms, 2, False),
    (lambda k: k.across, 1, True),
    (lambda k: k.facts, WEAK_PAIRS, True),
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
        profile(a, text, recipe.shingle_words, recipe.background, vectors.get(a.content_hash, b""))
        for a, (text, _) in zip(articles, bodies, strict=True)
    ]
    return [
        Signed(p, keys(p, signature, recipe), signature, removed)
        for p, (_, removed), signature in zip(profiles, bodies, sign(profiles, recipe), strict=True)
    ]


def candidates(articles: Sequence[Signed], recipe: Recipe) -> set[Pair]:
    """Every pair among ``articles`` that its bucket keys propose (see :class:`Keys`)."""
    by_id = {s.profile.id: s.keys for s in articles}
    reach = window_days(recipe)
    found = set(_sharing(by_id, lambda k: k.bands))
    for pair, shared in _sharing(by_id, lambda k: k.prints).items():
        if enough_prints(shared, len(by_id[pair.left].prints), len(by_id[pair.right].prints)):
            found.add(pair)
    for which, least, foreign in STORY_KEYS:
        for pair, shared in _sharing(by_id, which).items():
            one, other = by_id[pair.left], by_id[pair.right]
            near = shared >= least and abs(one.day - other.day) <= reach
            if near and not (foreign and one.lang == other.lang):
                found.add(pair)
    return found | neighbours([Spot.of(s) for s in articles], (), recipe)


def _sharing(by_id: Mapping[int, Keys], which: Callable[[Keys], tuple[int, ...]]) -> Counter[Pair]:
    """How many keys of one kind each pair shares."""
    buckets: dict[int, list[int]] = defaultdict(list)
    for i in sorted(by_id):
        for key in which(by_id[i]):
            buckets[key].append(i)
    return Counter(Pair(a, b) for members in buckets.values() for a, b in combinations(members, 2))
