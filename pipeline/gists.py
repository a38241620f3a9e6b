"""Profile → gist: some hundred bytes by which a proposed pair is looked at before it is judged.

Bucket keys propose whoever shares one weighty word; most of those share nothing else. To judge a pair takes both
profiles, and a stored article's must be made again from its text. A gist holds what that first look asks for: the
stems of headline and lead with what they tell, and names and facts for the look across languages. Whether a pair is
worth judging is a function of its two gists, in integers, so that nothing depends on order.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.stems import stem
from pipeline.terms import Profile, heaviest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    I64 = NDArray[np.int64]
    U16 = NDArray[np.uint16]

GISTS = "gists1"
KEY_TERMS = 12  # of title and lead
KEY_NAMES = 10  # of the whole text
HEAD, LEAD, KEY, NAME, FACT = 0x80, 1, 2, 4, 8  # what an entry is; a stem may be LEAD and KEY
MILLI = 1000  # weights of stems are kept in thousandths of a nat
UNIT = 65535  # weights of names and facts are kept in shares of a unit vector
# From how many nats on a pair is worth judging, by the words of the shorter and of the longer; what is shared among
# the key terms counts twice. A text of 60 words holds what can be asked for. Measured: docs/quality.md
BASE, PER_SHORTER, PER_LONGER, ENOUGH, LONG = 4.0, 0.28, 0.1, 22.0, 60
FOREIGN = 0.45  # cosine of names plus cosine of facts from which a pair in two languages is


def key_terms(article: Profile) -> list[str]:
    """The stems that an article is looked up by, sorted: the weightiest of title and lead, and the foremost names."""
    spelt = {stem(word, article.lang) for word in heaviest(article.names, KEY_NAMES)}
    return sorted({*heaviest(article.lead, KEY_TERMS), *(spelt & article.stems.keys())})


@lru_cache(maxsize=200_000)
def _hash(kind: str, term: str) -> int:
    data = f"{kind}\0{term}".encode(errors="replace")
    return int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "big")


def _unit(values: Mapping[str, float], kind: str, part: int) -> Iterator[tuple[int, int, int]]:
    norm = math.sqrt(sum(v * v for v in values.values()))
    yield from ((_hash(kind, term), round(UNIT * v / norm), part) for term, v in values.items() if v > 0)


def gist(article: Profile) -> bytes:
    """The gist of an article: entries of hashed term (uint32), weight (uint16) and part (uint8), as stored."""
    import numpy as np

    keys = set(key_terms(article))
    rows = [(_hash("lang", article.lang), min(article.length, UNIT), HEAD)]
    for s in sorted(article.lead_stems | keys):
        part = LEAD * (s in article.lead_stems) | KEY * (s in keys)
        rows.append((_hash(article.lang, s), round(MILLI * article.stems[s]), part))
    rows += _unit(article.names, "name", NAME)
    rows += _unit(article.facts, "fact", FACT)
    return np.array(rows, dtype=_entry()).tobytes()


@lru_cache(maxsize=1)
def _entry() -> Any:
    import numpy as np

    return np.dtype([("term", "<u4"), ("weight", "<u2"), ("part", "u1")])


def worth_judging(
    gists: Sequence[bytes], others: Sequence[bytes], left: NDArray[Any], right: NDArray[Any]
) -> NDArray[np.bool_]:
    """Of each pair (place in ``gists``, place in ``others``) whether it shares enough for a verdict to be asked for."""
    import numpy as np

    own, held = _Entries.of(gists), _Entries.of(others)
    worth = np.zeros(len(left), np.bool_)
    order = np.argsort(left, kind="stable")
    pairs = np.split(order, np.flatnonzero(np.diff(left[order])) + 1) if len(left) else []
    asked = {int(left[at[0]]): at for at in pairs}
    for lang in np.unique(own.langs[[*asked]]) if asked else []:
        home, foreign = held.langs == lang, held.langs != lang
        at_home, abroad = held.postings((LEAD, KEY), home), held.postings((NAME, FACT), foreign)
        for i in (i for i in asked if own.langs[i] == lang):
            at = asked[i]
            near, far = at[home[right[at]]], at[foreign[right[at]]]
            if len(near):
                nats = at_home.shared(own.terms_of(i, (LEAD, KEY)), weighed=False)[right[near]]
                worth[near] = nats >= _least(int(own.lengths[i]), held.lengths[right[near]]) * MILLI
            if len(far):
                alike = abroad.shared(own.terms_of(i, (NAME, FACT)), weighed=True)[right[far]]
                worth[far] = alike >= FOREIGN * UNIT * UNIT
    return worth


@dataclass(frozen=True)
class _Entries:
    """Many gists, opened: their entries one after another, and of each gist its language and length."""

    entries: np.ndarray
    starts: I64  # where each gist's entries begin, its head left out, and the end of all
    langs: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, gists: Sequence[bytes]) -> _Entries:
        import numpy as np

        every = np.frombuffer(b"".join(gists), dtype=_entry())
        heads = np.flatnonzero(every["part"] == HEAD)
        starts = np.append(heads - np.arange(len(heads)), len(every) - len(heads))
        return cls(every[every["part"] != HEAD], starts, every["term"][heads], every["weight"][heads])

    def terms_of(self, gist: int, parts: Sequence[int]) -> tuple[I64, U16]:
        """(terms, each once with its part above its hash; their weights) of one gist."""
        import numpy as np

        mine = self.entries[self.starts[gist] : self.starts[gist + 1]]
        found = [_terms(mine[mine["part"] & part > 0], part) for part in parts]
        terms, first = np.unique(np.concatenate([t for t, _ in found]), return_index=True)
        return terms, np.concatenate([w for _, w in found])[first]

    def postings(self, parts: Sequence[int], among: NDArray[np.bool_]) -> _Postings:
        """Who of the gists ``among`` these holds which term."""
        import numpy as np

        home = np.repeat(np.arange(len(among), dtype=np.int32), np.diff(self.starts))
        kept = [(self.entries["part"] & part > 0) & among[home] for part in parts]
        found = [_terms(self.entries[k], part) for k, part in zip(kept, parts, strict=True)]
        terms, weights = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.argsort(terms)  # whole numbers are summed: equal terms may stand in any order
        homes = np.concatenate([home[k] for k in kept])
        return _Postings(len(among), terms[order], homes[order], weights[order])


def _terms(entries: np.ndarray, part: int) -> tuple[I64, U16]:
    import numpy as np

    return entries["term"].astype(np.int64) | (part << 32), entries["weight"]


class _Postings(NamedTuple):
    """Terms of many gists, sorted, and beside each its gist and its weight there."""

    gists: int
    terms: I64
    homes: NDArray[np.int32]
    weights: U16

    def shared(self, own: tuple[I64, U16], weighed: bool) -> NDArray[np.float64]:
        """For each gist the weights of the terms that ``own`` has too, ``weighed`` by own's; whole numbers."""
        import numpy as np

        terms, mine = own
        first, end = np.searchsorted(self.terms, terms), np.searchsorted(self.terms, terms, side="right")
        counts = end - first
        at = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        weights = self.weights[at].astype(np.float64)
        if weighed:
            weights *= np.repeat(mine, counts)
        return np.bincount(self.homes[at], weights, self.gists).astype(np.float64)


def _least(own: int, others: np.ndarray) -> np.ndarray:
    """From how many nats on articles of ``own`` and of ``others`` words are worth judging."""
    import numpy as np

    others = others.astype(np.float64)
    shorter, longer = np.minimum(own, others), np.minimum(np.maximum(own, others), LONG)
    least: np.ndarray = np.minimum(BASE + PER_SHORTER * shorter + PER_LONGER * longer, ENOUGH)
    return least
