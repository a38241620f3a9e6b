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
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.stems import stem
from pipeline.terms import Profile, heaviest

if TYPE_CHECKING:
    import numpy as np

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


def worth_judging(own: bytes, others: Sequence[bytes]) -> list[bool]:
    """For each of ``others`` whether the pair with ``own`` shares enough for a verdict to be asked for."""
    import numpy as np

    if not others:
        return []
    entries = np.frombuffer(own, dtype=_entry())
    all_others = np.frombuffer(b"".join(others), dtype=_entry())
    starts = np.flatnonzero(all_others["part"] == HEAD)
    heads = all_others[starts]
    foreign = heads["term"] != entries[0]["term"]
    nats, alike = _shared(entries[1:], all_others, starts)
    least = _least(int(entries[0]["weight"]), heads["weight"].astype(np.float64))
    found = np.where(foreign, alike >= FOREIGN * UNIT * UNIT, nats >= least * MILLI)
    return [bool(worth) for worth in found]


def _least(own: int, others: np.ndarray) -> np.ndarray:
    """From how many nats on articles of ``own`` and of ``others`` words are worth judging."""
    import numpy as np

    shorter, longer = np.minimum(own, others), np.minimum(np.maximum(own, others), LONG)
    least: np.ndarray = np.minimum(BASE + PER_SHORTER * shorter + PER_LONGER * longer, ENOUGH)
    return least


def _shared(own: np.ndarray, others: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each gist that begins at ``starts``: what it shares with ``own`` (milli-nats; squared units)."""
    import numpy as np

    known = np.sort(own["term"])
    terms = np.ascontiguousarray(others["term"])
    at = np.minimum(np.searchsorted(known, terms), max(len(known) - 1, 0))
    met = np.flatnonzero(known[at] == terms) if len(known) else np.empty(0, np.int64)
    found = others[met]  # few: whatever else is asked, is asked of these only
    home = np.searchsorted(starts, met, side="right") - 1
    worth = found["weight"].astype(np.int64)
    totals = []
    for parts in ((LEAD, KEY), (NAME, FACT)):
        total = np.zeros(len(starts), dtype=np.int64)
        for part in parts:
            mine = own[own["part"] & part > 0]
            mine = mine[np.argsort(mine["term"], kind="stable")]
            if len(mine):
                at = np.minimum(np.searchsorted(mine["term"], found["term"]), len(mine) - 1)
                both = (mine["term"][at] == found["term"]) & (found["part"] & part > 0)
                np.add.at(total, home, both * (worth if part in (LEAD, KEY) else worth * mine["weight"][at]))
        totals.append(total)
    return totals[0], totals[1]
