"""Blockers: profile and signature → bucket keys. They propose pairs, they never decide.

A key is a signed 48-bit integer, which SQLite keeps in six bytes: 4 bits of namespace (which blocker), 44 of hash.
Each is a function of one article alone, and none is ever dropped for being crowded: that would make the partition
depend on arrival order. Crowds are bounded by conjunction instead (two rare terms, a share of the fingerprints), and by
the day range within which story keys are looked up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

from pipeline.copies import prints
from pipeline.gists import GISTS, KEY_NAMES, gist, key_terms
from pipeline.lsh import band_keys
from pipeline.model import Article, Pair, Signature
from pipeline.outlines import outline
from pipeline.packing import packed, unpacked
from pipeline.signatures import Recipe, body, sign, values
from pipeline.terms import Profile, heaviest, profile
from pipeline.vectors import near, proposing

BLOCKERS = f"bands-prints3-terms12+10-names10x2-facts12-k48-{GISTS}"  # what proposes, by name: part of every recipe
HASH_BITS = 44
NAMESPACES = ("bands", "prints", "terms", "term_pairs", "names", "fact_pairs", "strong_facts")
BANDS, PRINTS, TERMS, TERM_PAIRS, NAMES, FACT_PAIRS, STRONG_FACTS = range(len(NAMESPACES))
COPY_KEYS = range(-(1 << 47), (2 << HASH_BITS) - (1 << 47))  # where bands and fingerprints lie
WEIGHTY = 5.0  # nats from which one stem is a key, and from which two lesser ones together are
WEIGHTY_SHORT = 4.0  # in a headline or a stub, of which any two stems are a key
SHORT_WORDS = 40
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
    terms: tuple[int, ...]  # stories: one shared key proposes, within the recipe's window
    across: tuple[int, ...]  # stories, in whatever language: one shared key proposes, within the window
    facts: tuple[int, ...]  # stories, in whatever language: three shared keys propose, within the window

    @property
    def copies(self) -> tuple[int, ...]:
        """The keys that are looked up over the whole archive."""
        return (*self.bands, *self.prints)

    @property
    def stories(self) -> tuple[int, ...]:
        """The keys that are looked up within the window."""
        return (*self.terms, *self.across, *self.facts)

    @property
    def all(self) -> tuple[int, ...]:
        """Every key."""
        return (*self.copies, *self.stories)


def _packed(namespace: int, hashed: int) -> int:
    return ((namespace << HASH_BITS) | (hashed & ((1 << HASH_BITS) - 1))) - (1 << 47)


def _key(namespace: int, data: bytes) -> int:
    return _packed(namespace, int.from_bytes(hashlib.blake2b(data, digest_size=6).digest(), "big"))


def namespace(key: int) -> str:
    """Which blocker made a key: one of ``NAMESPACES``."""
    return NAMESPACES[(key + (1 << 47)) >> HASH_BITS]


def bands(signature: Signature, recipe: Recipe) -> Iterator[int]:
    """One key a band: articles of Jaccard s share one with probability 1 - (1 - s^rows)^bands."""
    if not signature.shingles:
        return
    # the bands' own number, above these bits, is not needed: which values fall into a band differs from band to band
    yield from (_packed(BANDS, k) for k in band_keys(values(signature.values)[None, :], recipe.bands)[0].tolist())


def copy_keys(article: Profile) -> list[int]:
    """One key a fingerprint, sorted: of a cut, merged or changed copy a share is the original's."""
    return sorted({_packed(PRINTS, hashed) for hashed in prints(article.tokens, article.lang)})


def story_keys(article: Profile) -> Iterator[int]:
    """The weighty ones among the key terms, each by itself, and those conjunctions of two lesser ones that together
    weigh as much: of a text's dozens of words, those few dozen keys that tell it from the crowd."""
    short, told = article.length < SHORT_WORDS, article.stems
    alone = WEIGHTY_SHORT if short else WEIGHTY
    terms = key_terms(article)
    for s in terms:
        if told[s] >= alone:
            yield _key(TERMS, f"{article.lang}\0{s}".encode(errors="replace"))
    for a, b in combinations([s for s in terms if told[s] < alone], 2):
        if short or told[a] + told[b] >= WEIGHTY:
            yield _key(TERM_PAIRS, f"{article.lang}\0{a}\0{b}".encode(errors="replace"))


def across_keys(article: Profile) -> Iterator[int]:
    """Conjunctions of two of the heaviest names and numbers: across languages, too."""
    for a, b in combinations(heaviest(article.names, KEY_NAMES), 2):
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
    return Keys(
        article_id=article.id,
        day=int(article.hours // HOURS_PER_DAY),
        bands=tuple(sorted(set(bands(signature, recipe)))),
        prints=tuple(copy_keys(article)),
        terms=tuple(sorted(set(story_keys(article)))),
        across=tuple(sorted({*across_keys(article), *strong_facts(article)})),
        facts=tuple(sorted(set(fact_keys(article)))),
    )


# (which keys, how many shared ones propose)
STORY_KEYS: Sequence[tuple[Callable[[Keys], tuple[int, ...]], int]] = (
    (lambda k: k.terms, 1),
    (lambda k: k.across, 1),
    (lambda k: k.facts, WEAK_PAIRS),
)


def window_days(recipe: Recipe) -> int:
    """How many days before and after an article a story partner may lie."""
    return -(-recipe.story_window_hours // HOURS_PER_DAY)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of a signed article: all that others are proposed by, and what its profile is made again with."""

    article_id: int
    day: int
    prints: int  # how many fingerprints are among ``copies``
    copies: tuple[int, ...]  # as of Keys
    stories: tuple[int, ...]
    values: bytes  # of the signature
    shingles: int
    gist: bytes
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """What one article needs for being compared and stored."""

    lang: str
    keys: Keys
    signature: Signature
    vector: bytes  # the sentence model's, where one is configured
    gist: bytes  # what story keys propose is looked at by (pipeline/gists.py)
    outline: bytes  # what is proposed then is looked at by (pipeline/outlines.py)
    packed: bytes  # the profile (pipeline/packing.py): a tenth of what it takes when it is open
    removed: tuple[str, ...]  # paragraphs left out as its source's boilerplate

    @property
    def id(self) -> int:
        """Of the article."""
        return self.keys.article_id

    def profile(self, recipe: Recipe) -> Profile:
        """What it is judged by; ``recipe`` must be the one that signed it."""
        return unpacked(self.packed, recipe.shingle_words, recipe.background)

    @property
    def kept(self) -> Kept:
        """What is stored of it."""
        k, s = self.keys, self.signature
        return Kept(
            k.article_id, k.day, len(k.prints), k.copies, k.stories, s.values, s.shingles, self.gist, self.removed
        )


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
        return cls(article.id, article.lang, article.keys.day, article.vector)


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
    profiles, removed = profiled(articles, frames, recipe, vectors)
    return [
        made(p, signature, keys(p, signature, recipe), lines)
        for p, lines, signature in zip(profiles, removed, sign(profiles, recipe), strict=True)
    ]


def made(article: Profile, signature: Signature, own: Keys, removed: tuple[str, ...] = ()) -> Signed:
    """An article with all that it is compared and stored by."""
    p = article
    return Signed(p.lang, own, signature, p.vector_bytes, gist(p), outline(p), packed(p), removed)


def profiled(
    articles: Sequence[Article],
    frames: Mapping[str, Collection[int]],
    recipe: Recipe,
    vectors: Mapping[str, bytes] = MappingProxyType({}),
) -> tuple[list[Profile], list[tuple[str, ...]]]:
    """The profile of each article and the paragraphs that it leaves out; as :func:`signed`."""
    bodies = [body(a, frames.get(a.source, ()), recipe) for a in articles]
    found = [
        profile(a, text, recipe.shingle_words, recipe.background, vectors.get(a.content_hash, b""))
        for a, (text, _) in zip(articles, bodies, strict=True)
    ]
    return found, [lines for _, lines in bodies]
