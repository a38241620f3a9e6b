"""How much a word tells: frozen background tables, general and of the archive.

General: summed word frequency per stem, made from wordfreq by ``tools/background.py``. It does not know what news
is full of this year ("senate", "vaccine", "coalitie"), so a *snapshot* counts in how many of the archive's articles
each stem stands, and the two are mixed as a Bayesian would (a Dirichlet prior of ``PRIOR`` articles). A snapshot is
taken now and then, has a version and is part of every recipe: weights of whatever is in the archive today would
make a verdict depend on arrival order.
"""

from __future__ import annotations

import gzip
import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pipeline.stems import STEMMERS, stem
from pipeline.tokens import words

TABLES = "wordfreq3-120k-1"
RARE_CB = 782  # 10^-7.82: the frequency of a word that the table does not know
TYPICAL_WORDS = 300  # length of the article that the general table speaks of
PRIOR = 500  # articles that the general table counts as; measured in docs/decisions.md
FIRST = 100  # articles from which a snapshot says more than nothing
LAST = 20_000  # articles from which a larger one would say nothing new
MOST = 1_500  # articles that a snapshot counts as at most: the scale on which the verdict was fitted


def data_path(lang: str) -> Traversable:
    """Where the general table of ``lang`` (ISO 639-1) lies inside the package."""
    return files("pipeline") / "data" / f"background-{lang}.txt.gz"


@lru_cache(maxsize=8)
def frequencies(lang: str) -> Mapping[str, int]:
    """Stem → centibels below certainty (217 commonest, 782 rarest) for de, en, nl; empty for others."""
    if lang not in STEMMERS:
        return {}
    table: dict[str, int] = {}
    for line in gzip.decompress(data_path(lang).read_bytes()).decode().splitlines():
        centibels, *stems = line.split(" ")
        table.update(dict.fromkeys(stems, int(centibels)))
    return table


def general(stemmed: str, lang: str) -> float:
    """P(an article of ``TYPICAL_WORDS`` words holds the stem), in (0, 1), by general word frequency."""
    frequency = 10 ** (-frequencies(lang).get(stemmed, RARE_CB) / 100)
    return -math.expm1(-frequency * TYPICAL_WORDS)


@dataclass(frozen=True)
class Background:
    """A snapshot of the archive over the general tables; without one, the general tables alone."""

    articles: Mapping[str, int] = field(default_factory=dict)  # language → articles counted
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # language → stem → articles that hold it
    _known: dict[str, dict[str, float]] = field(default_factory=dict, compare=False, repr=False)  # by language

    @property
    def total(self) -> int:
        """How many articles were counted."""
        return sum(self.articles.values())

    @cached_property
    def version(self) -> str:
        """The tables' name and, of a snapshot, a digest: equal versions give equal weights."""
        if not self.articles:
            return TABLES
        told = repr([(lang, n, sorted(self.counts.get(lang, {}).items())) for lang, n in sorted(self.articles.items())])
        return f"{TABLES}+{hashlib.blake2b(told.encode(errors='replace'), digest_size=5).hexdigest()}"

    def weight(self, stemmed: str, lang: str) -> float:
        """What the stem tells, in nats: -ln P(an article holds it), 0 … 7.6. A stem counts as held by one article
        at least (the one that asks)."""
        return self.weights((stemmed,), lang)[0]

    def weights(self, stems: Collection[str], lang: str) -> list[float]:
        """What each stem tells, as :meth:`weight`, in their order."""
        known = self._known.setdefault(lang, {})
        try:
            return [known[s] for s in stems]
        except KeyError:
            known.update((s, self._weight(s, lang)) for s in stems if s not in known)
        return [known[s] for s in stems]

    def _weight(self, stemmed: str, lang: str) -> float:
        counted = self.articles.get(lang, 0)
        scale = _scale(counted)
        held = max(self.counts.get(lang, {}).get(stemmed, 0) * scale, 1.0)
        return -math.log(min((held + PRIOR * general(stemmed, lang)) / (counted * scale + PRIOR), 1.0))


GENERAL = Background()


def _scale(counted: int) -> float:
    return min(1.0, MOST / counted) if counted else 1.0


Tally = tuple[Counter[str], dict[str, Counter[str]]]  # language → articles; language → stem → articles that hold it


def tallied(texts: Iterable[tuple[str, str]]) -> Tally:
    """Count (language, text)s; tallies of parts of an archive add up."""
    articles: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for lang, text in texts:
        articles[lang] += 1
        counts[lang].update({stem(token, lang) for token in words(text)})
    return articles, dict(counts)


def added(tallies: Iterable[Tally]) -> Tally:
    """The tally of all."""
    articles: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for some, held in tallies:
        articles.update(some)
        for lang, found in held.items():
            counts[lang].update(found)
    return articles, dict(counts)


def snapshot(tally: Tally) -> Background:
    """The snapshot that an archive of this tally gives; stems that :meth:`Background.weight` would give no more than
    the one article that it takes for granted are left out."""
    articles, counts = tally
    shared = {
        lang: {s: n for s, n in found.items() if n * _scale(articles[lang]) > 1} for lang, found in counts.items()
    }
    return Background(dict(articles), shared)


def counted(texts: Iterable[tuple[str, str]]) -> Background:
    """The snapshot of (language, text)s."""
    return snapshot(tallied(texts))


def due(counted: int, stored: int) -> bool:
    """Whether an archive of ``stored`` articles wants a new snapshot, the last having counted ``counted``.

    At each doubling, so that all articles together are signed anew about twice; not beyond ``LAST``.
    """
    return stored >= FIRST and 2 * counted <= stored and counted < LAST
