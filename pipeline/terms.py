"""Article → profile: the weighted terms, names and numbers that signals and blockers look at.

Weights come from a frozen background table (summed word frequency per stem, made from wordfreq by
``tools/background.py``), never from what is in the archive today: IDF of the archive would make a verdict
depend on arrival order. ``BACKGROUND`` names the table's version and is part of every recipe.
"""

from __future__ import annotations

import gzip
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pipeline.facts import Facts, facts
from pipeline.model import Article
from pipeline.stems import STEMMERS, stem
from pipeline.tokens import cased_words, normalise, shingles, words

BACKGROUND = "wordfreq3-120k-1"
COMMON_CB = 217  # e^-5, the commonest words ("the", "und"): weight 0 from here up
RARE_CB = 782  # e^-18: the weight of a word that the table does not know is 1
NAME_BONUS = 1.5  # names and numbers tell events apart; measured in docs/decisions.md
LEAD_WORDS = 60

Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """What two articles are compared by; a function of the article and the recipe alone."""

    id: int
    source: str
    lang: str
    hours: float  # effective time, hours since 1970
    words: int
    shingles: frozenset[str]
    vector: Vector  # stem -> weight, unit length
    title: Vector  # the title's stems, unit length
    lead: Vector  # title and first LEAD_WORDS words, unit length
    names: Vector  # names and numbers of the whole text, language-free spelling, unit length
    numbers: frozenset[str]
    facts: Facts  # what compares across languages (pipeline/facts.py)
    vector_bytes: bytes = b""  # the sentence model's vector, float16, where one is configured


def data_path(lang: str) -> Traversable:
    """Where the background table of ``lang`` (ISO 639-1) lies inside the package."""
    return files("pipeline") / "data" / f"background-{lang}.txt.gz"


@lru_cache(maxsize=8)
def background(lang: str) -> Mapping[str, int]:
    """Stem → centibels below certainty (217 commonest, 782 rarest) for de, en, nl; empty for others."""
    if lang not in STEMMERS:
        return {}
    table: dict[str, int] = {}
    for line in gzip.decompress(data_path(lang).read_bytes()).decode().splitlines():
        centibels, *stems = line.split(" ")
        table.update(dict.fromkeys(stems, int(centibels)))
    return table


def weight(stemmed: str, lang: str) -> float:
    """How much a stem tells, in [0, 1]: 0 for the commonest words, 1 for one the table does not know."""
    centibels = background(lang).get(stemmed, RARE_CB)
    return min(max((centibels - COMMON_CB) / (RARE_CB - COMMON_CB), 0.0), 1.0)


def _unit(values: Mapping[str, float]) -> dict[str, float]:
    norm = math.sqrt(sum(v * v for v in values.values()))
    return {k: v / norm for k, v in sorted(values.items())} if norm else {}


def _is_name(token: str, opens: bool) -> bool:
    return token[0].isdigit() or (token[0].isupper() and not opens)


def vectors(text: str, lang: str) -> tuple[dict[str, float], dict[str, float]]:
    """Two unit vectors of ``text``: all weighted stems, and names and numbers in their own spelling."""
    counts: Counter[str] = Counter()
    named: Counter[str] = Counter()
    bonus: set[str] = set()
    for token, opens in cased_words(text):
        low = normalise(token)
        if len(low) < 2 and not low.isdigit():
            continue
        stemmed = stem(low, lang)
        counts[stemmed] += 1
        if _is_name(token, opens):
            bonus.add(stemmed)
            named[low] += 1
    weighted = {s: (1 + math.log(n)) * weight(s, lang) * (NAME_BONUS if s in bonus else 1.0) for s, n in counts.items()}
    names = {t: (1 + math.log(n)) * weight(stem(t, lang), lang) for t, n in named.items()}
    return _unit({s: w for s, w in weighted.items() if w > 0}), _unit({t: w for t, w in names.items() if w > 0})


def profile(article: Article, body: str, k: int, embedding: bytes = b"") -> Profile:
    """The profile of ``article`` whose text without its source's boilerplate is ``body``.

    ``k`` is the recipe's shingle length in words;
    ``embedding`` the article's vector (pipeline/vectors.py), if any. ``article.first_seen`` must be set.
    """
    vector, names = vectors(f"{article.title}\n{article.title}\n{body}", article.lang)
    lead = " ".join(body.split()[:LEAD_WORDS])
    tokens = words(body) or words(article.title)
    return Profile(
        id=article.id,
        source=article.source,
        lang=article.lang,
        hours=effective_hours(article),
        words=len(tokens),
        shingles=shingles(tokens, k),
        vector=vector,
        title=vectors(article.title, article.lang)[0],
        lead=vectors(f"{article.title}\n{lead}", article.lang)[0],
        names=names,
        numbers=frozenset(t for t in names if t[0].isdigit()),
        facts=facts(article.title, body, article.lang),
        vector_bytes=embedding,
    )


def effective_hours(article: Article) -> float:
    """When the article appeared, in hours since 1970: its claim, but never later than we saw it."""
    seen = article.first_seen
    if seen is None:
        raise ValueError(f"article {article.id} has no first_seen")
    return min(article.published or seen, seen).timestamp() / 3600
