"""Article → signature by a named recipe, as datasketch makes it.

MinHash (Broder 1997) over word shingles; values are those of ``datasketch.MinHash(hashfunc=wordhash.poly32)`` with the
same parameters, little-endian uint32, made in bulk (pipeline/kernel.py), so a signature from either opens in the other.
Source paragraphs that recur in a source's articles are taken out before shingling (:func:`body`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.background import GENERAL, Background
from pipeline.config import Config
from pipeline.model import Article, Signature
from pipeline.terms import Profile
from pipeline.tokens import NORMALISER, normalise
from pipeline.vectors import model_id

if TYPE_CHECKING:
    import numpy as np

SCHEME = "affine32"  # datasketch 2 changed its default: said explicitly, never left to the library
HASH = "poly32"  # pipeline/wordhash.py
WIDTH = 4  # bytes a value
MIN_PARAGRAPH_WORDS = 3  # shorter lines (a name, "Foto: dpa") say nothing about their neighbours


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a signature, its bucket keys and its matches depend on besides the article."""

    shingle_words: int
    permutations: int
    bands: int
    seed: int
    copy_jaccard: float
    copy_containment: float
    copy_passages: float
    copy_min_words: int
    story_probability: float
    story_window_hours: int
    story_link: float
    boilerplate_min_articles: int
    boilerplate_max_share: float
    verdict: str = ""
    background: Background = GENERAL  # the weights of words
    model: str = "none"  # id of the sentence model (pipeline/vectors.py)

    @property
    def name(self) -> str:
        """The recipe as one word, readable and complete; equal names mean comparable artefacts."""
        sketch = f"{NORMALISER}-w{self.shingle_words}-{SCHEME}-{HASH}-p{self.permutations}-b{self.bands}"
        copy = f"j{self.copy_jaccard:g}-c{self.copy_containment:g}-o{self.copy_passages:g}-m{self.copy_min_words}"
        story = f"p{self.story_probability:g}-h{self.story_window_hours}-l{self.story_link:g}"
        paper = f"bp{self.boilerplate_min_articles}-{self.boilerplate_max_share:g}"
        return f"{sketch}-s{self.seed}/{copy}/{story}/{paper}/{self.background.version}/{self.verdict}/{self.model}"


def recipe(config: Config, verdict: str) -> Recipe:
    """The recipe that ``config`` asks for; ``verdict`` is the version of the verdict's coefficients."""
    return Recipe(
        shingle_words=config.signatures.shingle_words,
        permutations=config.signatures.permutations,
        bands=config.signatures.bands,
        seed=config.signatures.seed,
        copy_jaccard=config.copies.jaccard,
        copy_containment=config.copies.containment,
        copy_passages=config.copies.passages,
        copy_min_words=config.copies.min_words,
        story_probability=config.stories.probability,
        story_window_hours=config.stories.window_hours,
        story_link=config.stories.link,
        boilerplate_min_articles=config.boilerplate.min_articles,
        boilerplate_max_share=config.boilerplate.max_share,
        verdict=verdict,
        model=model_id(config.across.model),
    )


def _hash64(text: str) -> int:
    digest = hashlib.blake2b(normalise(text).encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def paragraph_hashes(article: Article) -> dict[int, str]:
    """Signed 64-bit hash → paragraph, for each paragraph of ``article`` long enough to be boilerplate."""
    lines = article.text.split("\n")
    return {_hash64(line): line for line in lines if len(line.split()) >= MIN_PARAGRAPH_WORDS}


def title_hash(article: Article) -> int:
    """Signed 64-bit hash of the headline; of the content where there is none."""
    return _hash64(article.title or article.content_hash)


def body(article: Article, boilerplate: Collection[int], recipe: Recipe) -> tuple[str, tuple[str, ...]]:
    """The text to compare, and the paragraphs left out as its source's boilerplate.

    ``boilerplate`` holds hashes of :func:`paragraph_hashes`. Where more than ``boilerplate_max_share`` of
    the words would go, all stay: that is a piece its source printed several times, not a frame.
    """
    frame = {line for key, line in paragraph_hashes(article).items() if key in boilerplate}
    if not frame:
        return article.text, ()
    lines = article.text.split("\n")
    kept = [line for line in lines if line not in frame]
    total, left = (sum(len(line.split()) for line in part) for part in (lines, kept))
    if total - left > recipe.boilerplate_max_share * total:
        return article.text, ()
    return "\n".join(kept), tuple(line for line in lines if line in frame)


def sign(profiles: Sequence[Profile], recipe: Recipe) -> list[Signature]:
    """One signature a profile, in their order; an article without a word has the empty sketch."""
    from pipeline.kernel import sketches  # here, because `retold why` never signs

    texts = [" ".join(p.tokens) for p in profiles]
    made = sketches(texts, recipe.shingle_words, maps(recipe.permutations, recipe.seed), normalised=True)
    return [
        Signature(p.id, recipe.name, row.astype("<u4").tobytes(), len(p.shingles))
        for p, row in zip(profiles, made, strict=True)
    ]


@lru_cache(maxsize=8)
def maps(number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(a, b) of ``number`` maps h → a·h + b mod 2^32, uint32: the very ones that datasketch draws for ``SCHEME``,
    without loading it (0.5 s and 57 MB, most of it scipy)."""
    import numpy as np

    draw = np.random.RandomState(seed)  # its numbers are frozen (NEP 19)
    a = draw.randint(0, 1 << 31, number, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return a, draw.randint(0, 1 << 32, number, dtype=np.uint32)


def values(signature: bytes) -> np.ndarray:
    """Stored signature bytes → uint32 array of ``permutations`` values, as datasketch takes them."""
    import numpy as np

    return np.frombuffer(signature, dtype="<u4")


def estimated_jaccard(left: bytes, right: bytes) -> float:
    """Estimated Jaccard of two signatures of one recipe, in [0, 1]; raises ValueError on unequal widths."""
    if len(left) != len(right):
        raise ValueError(f"signatures of {len(left)} and {len(right)} bytes are not comparable")
    positions = range(0, len(left), WIDTH)
    return sum(left[i : i + WIDTH] == right[i : i + WIDTH] for i in positions) / len(positions)
