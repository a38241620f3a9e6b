"""Synthetic news with known copies: Zipfian words, topics, set phrases, boilerplate, four strengths of rewriting.

Real archives of the size that speed is measured at cannot be handed out; ``bench.syndicate`` edits real texts instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

VOCABULARY, PHRASES, FRAMES = 80_000, 5_000, 300
COPIES = 0.2  # share of texts that are a copy of another
AGAIN = 0.45  # an article that is copied at all is so 1 + geometric(AGAIN) times
# syndicated copy, light edit, edit and reordering, heavy rewrite:
# sentences dropped, words changed, chance of another order, sentences added
STRENGTHS = ((0.03, 0.005, 0.0, 0.0), (0.10, 0.015, 0.0, 0.05), (0.15, 0.04, 0.3, 0.10), (0.25, 0.08, 1.0, 0.15))
Words = NDArray[np.int64]


class Corpus(NamedTuple):
    """Texts, and of each the number of the text that it is a copy of or of itself."""

    texts: list[str]
    truth: list[int]


def corpus(count: int, seed: int = 7) -> Corpus:
    """``count`` texts of some 420 words, in random order."""
    made = _Writer(np.random.default_rng(seed))
    texts, truth = [], []
    while len(texts) < count:
        article, number = made.article(), len(texts)
        told = [article, *made.copies(article)]
        texts += [made.text(sentences) for sentences in told]
        truth += [number] * len(told)
    order = made.rng.permutation(count).tolist()
    return Corpus([texts[i] for i in order], [truth[i] for i in order])


class _Writer:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.words = np.array(list(_vocabulary(rng)), dtype=object)
        self.common = np.cumsum(_zipf(VOCABULARY, 1.05, 2.7))
        self.frames = [self.some(n) for n in rng.integers(12, 40, FRAMES)]
        self.phrases = [self.some(n) for n in rng.integers(3, 7, PHRASES)]
        self.known = np.cumsum(_zipf(PHRASES, 0.9, 1.0))

    def some(self, count: int) -> Words:
        """Words as frequent as in a language."""
        return np.minimum(np.searchsorted(self.common, self.rng.random(count)), VOCABULARY - 1)

    def sentence(self, topic: Words) -> Words:
        """About twenty words, a quarter of them of the topic, often with a set phrase."""
        said = self.some(max(4, int(self.rng.normal(20, 7))))
        of_topic = self.rng.random(len(said)) < 0.25
        said[of_topic] = self.rng.choice(topic, of_topic.sum())
        if self.rng.random() < 0.3:
            phrase = self.phrases[min(np.searchsorted(self.known, self.rng.random()), PHRASES - 1)]
            said = np.insert(said, self.rng.integers(0, len(said)), phrase)
        return said

    def article(self) -> list[Words]:
        """About nineteen sentences on one topic, a third of them above a frame."""
        topic = self.rng.integers(200, VOCABULARY, 60)
        said = [self.sentence(topic) for _ in range(max(5, int(self.rng.lognormal(np.log(19), 0.35))))]
        return [*said, self.frame()] if self.rng.random() < 0.35 else said

    def frame(self) -> Words:
        """A paragraph that many articles carry."""
        return self.frames[min(FRAMES - 1, int(self.rng.exponential(40)))]

    def copies(self, article: list[Words]) -> Iterator[list[Words]]:
        """So many that ``COPIES`` of all texts are one."""
        if self.rng.random() < COPIES / (1 - COPIES) / (1 + 1 / AGAIN):
            for _ in range(1 + int(self.rng.geometric(AGAIN))):
                yield self.rewritten(article, *STRENGTHS[self.rng.choice(4, p=[0.3, 0.3, 0.2, 0.2])])

    def rewritten(
        self, article: list[Words], dropped: float, changed: float, mixed: float, added: float
    ) -> list[Words]:
        """The article as another outlet prints it."""
        kept = [s.copy() for s in article if self.rng.random() >= dropped] or [article[0].copy()]
        told: list[Words] = []
        for sentence in kept:
            other = self.rng.random(len(sentence)) < changed
            sentence[other] = self.some(int(other.sum()))
            told.append(sentence)
            if self.rng.random() < added:
                told.append(self.sentence(self.rng.integers(200, VOCABULARY, 60)))
        if self.rng.random() < mixed:
            told = [told[i] for i in self.rng.permutation(len(told))]
        return [*told, self.frame()] if self.rng.random() < 0.2 else told

    def text(self, sentences: list[Words]) -> str:
        """As printed: capitals, commas and full stops."""
        return " ".join(_printed(list(self.words[s])) for s in sentences)


def _printed(words: list[str]) -> str:
    words[0] = words[0].capitalize()
    if len(words) > 9:
        words[len(words) // 2] += ","
    return " ".join(words) + "."


def _zipf(count: int, steep: float, offset: float) -> NDArray[np.float64]:
    weights = 1 / (np.arange(count) + offset) ** steep
    return np.asarray(weights / weights.sum())


def _vocabulary(rng: np.random.Generator) -> Iterator[str]:
    """Words that can be spoken, the frequent ones short."""
    consonants, vowels, seen, used = "bcdfghklmnprstvw", "aeiou", set(), 0
    ahead = deepcopy(rng).integers(0, 1 << 32, 12 * VOCABULARY, dtype=np.uint32).tolist()  # one by one is slow

    def below(limit: int) -> int:
        """As ``rng.integers(limit)`` would draw it."""
        nonlocal used
        used += 1
        return int(ahead[used - 1] * limit >> 32)

    for rank in range(VOCABULARY):
        size = 1 + (rank > 30) + (rank > 800) * below(2) + (rank > 8000) * below(2)
        word = "".join(consonants[below(16)] + vowels[below(5)] for _ in range(size))
        while word in seen:
            word += consonants[below(16)] + vowels[below(5)]
        seen.add(word)
        yield word
    rng.integers(0, 1 << 32, used, dtype=np.uint32)
