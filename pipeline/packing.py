"""Profile ↔ bytes: to read a profile again takes a tenth of the time that making it from its text takes.

Bytes mean something only beside the recipe that made the profile: what its background and its shingle length give is
left out and put back by :func:`unpacked`.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

from pipeline.background import Background
from pipeline.terms import Profile
from pipeline.tokens import shingles
from pipeline.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SIZES = struct.Struct(
    "<6I"
)  # bytes of the words; places of title, lead and names in the lead; weights; bytes of a vector


def packed(profile: Profile) -> bytes:
    """The profile as bytes: its words, places among its stems as uint32, weights as float64; little-endian."""
    p, told = profile, profile.told
    head = [
        p.id, p.source, p.lang, p.hours, p.words, p.length, p.nats, p.title_nats, p.lead_nats, p.lead_names_nats,
        sorted(p.lead_numbers), sorted(told.weekdays), sorted(told.days), sorted(told.years), told.address_day,
    ]  # fmt: skip
    listed = (" ".join(words) for words in (p.tokens, p.stems, p.names, p.facts))
    words = "\n".join([json.dumps(head), *listed]).encode("utf-8", "surrogatepass")
    place = {s: n for n, s in enumerate(p.stems)}
    places = [sorted(place[s] for s in found) for found in (p.title_stems, p.lead_stems, p.lead_names)]
    weights = [w for vector in (p.vector, p.title, p.lead, p.names, p.facts) for w in vector.values()]
    sizes = _SIZES.pack(len(words), *map(len, places), len(weights), len(p.vector_bytes))
    flat = [n for found in places for n in found]
    return b"".join((sizes, words, struct.pack(f"<{len(flat)}I{len(weights)}d", *flat, *weights), p.vector_bytes))


def unpacked(data: bytes, k: int, background: Background) -> Profile:
    """The very profile that was packed, by the same recipe: ``k`` is its shingle length, ``background`` its weights."""
    size, *counts, weighed, vector = _SIZES.unpack_from(data)
    start = _SIZES.size + size
    lines = data[_SIZES.size : start].decode("utf-8", "surrogatepass").split("\n")
    numbers = struct.unpack_from(f"<{sum(counts)}I{weighed}d", data, start)
    tokens, stems, names, facts = (line.split() for line in lines[1:])
    (number, source, lang, hours, words, length, nats, title_nats, lead_nats, lead_names_nats,
     lead_numbers, weekdays, days, years, address_day) = json.loads(lines[0])  # fmt: skip
    title_stems, lead_stems, lead_names = _taken(stems, numbers, counts)
    told = dict(zip(stems, background.weights(stems, lang), strict=True))
    weights = iter(numbers[sum(counts) :])
    vector_, title, lead = (_weighed(found, told, weights) for found in (stems, title_stems, lead_stems))
    named = dict(zip(names, weights, strict=False))
    return Profile(
        id=number, source=source, lang=lang, hours=hours, words=words, tokens=tuple(tokens),
        shingles=shingles(tokens, k), vector=vector_, title=title, lead=lead, stems=told,
        title_stems=frozenset(title_stems), lead_stems=frozenset(lead_stems), lead_names=frozenset(lead_names),
        lead_numbers=frozenset(lead_numbers), nats=nats, title_nats=title_nats, lead_nats=lead_nats,
        lead_names_nats=lead_names_nats, length=length,
        told=Told(frozenset(weekdays), frozenset((m, d) for m, d in days), frozenset(years), address_day),
        names=named, numbers=frozenset(t for t in named if t[0].isdigit()),
        facts=dict(zip(facts, weights, strict=False)), vector_bytes=data[len(data) - vector :],
    )  # fmt: skip


def _taken(stems: Sequence[str], places: Sequence[int], counts: Iterable[int]) -> list[list[str]]:
    found, at = [], 0
    for count in counts:
        found.append([stems[n] for n in places[at : at + count]])
        at += count
    return found


def _weighed(stems: Iterable[str], told: dict[str, float], weights: Iterable[float]) -> dict[str, float]:
    """A unit vector holds those of its stems that tell anything."""
    return dict(zip([s for s in stems if told[s] > 0], weights, strict=False))
