"""What a member of a story adds to another, or to the rest: copied, said anew, left out, given otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.copies import COMMON, passages
from pipeline.facts import facts, spellings
from pipeline.provenance import numbers
from pipeline.provenance.aligning import COPIED, NEW, REWORDED, Aligned, Kept, Text, both_ways, key
from pipeline.provenance.numbers import Changed, Number, values
from pipeline.terms import rarity
from pipeline.tokens import printed_words, words

if TYPE_CHECKING:
    from pipeline.vectors import Embedder

__all__ = ["Added", "Aligned", "Changed", "Headline", "Text", "added"]

NAMED = 0.4  # a name's weight (pipeline.facts) from which on it is one: English headlines capitalise every word
_RANK = {COPIED: 2, REWORDED: 1, NEW: 0}


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline beside the other's that is nearest to it: telling words (across languages: names, places, numbers)."""

    here: str
    there: str
    same: bool  # word for word, but for case and punctuation
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """What an article adds to others; ``dataclasses.asdict`` makes JSON of it."""

    article: int
    against: tuple[int, ...]
    copied: float  # share of the article's words that stand in passages shared with any of the others
    sentences: tuple[Aligned, ...] | None  # of the article; None where nothing could be compared
    left_out: tuple[Aligned, ...] | None  # sentences of the others that it has none for; ``article``: whose
    not_compared: tuple[int, ...]  # those of the others that are in another language, where there is no model
    changed: tuple[Changed, ...]
    numbers_here: tuple[str, ...]  # numbers that no other gives
    numbers_there: tuple[str, ...]  # … that only others give
    headline: Headline

    def of(self, kind: str) -> tuple[Aligned, ...]:
        """The article's sentences of one kind."""
        return tuple(s for s in self.sentences or () if s.kind == kind)


def added(member: Text, others: Sequence[Text], embedder: Embedder | None = None) -> Added:
    """What ``member`` adds to ``others``, of which there must be one at least.

    Numbers are compared whatever the languages; sentences of another language only by an ``embedder``.
    """
    skipped = tuple(t.id for t in others if t.lang != member.lang and embedder is None)
    kept = Kept(embedder) if embedder else None
    compared = [(t.id, *both_ways(member, t, kept)) for t in others if t.id not in skipped]
    best = _best([here for _, here, _ in compared])
    left = [replace(a, article=i) for i, _, there in compared for a in there if a.kind == NEW]
    changed = list(_changed(best, member, {t.id: t for t in others}))
    ours, theirs = _numbers(member), [n for t in others for n in _numbers(t)]
    told = values([*theirs, *(x for _, x, _ in changed)]), values([*ours, *(y for _, _, y in changed)])
    return Added(
        article=member.id,
        against=tuple(t.id for t in others),
        copied=copied(member, others),
        sentences=tuple(best) if compared else None,
        left_out=tuple(_once(left)) if compared else None,
        not_compared=skipped,
        changed=tuple(c for c, _, _ in changed),
        numbers_here=numbers.only(ours, told[0]),
        numbers_there=numbers.only(theirs, told[1]),
        headline=_nearest_headline(member, others),
    )


# -- text


def copied(member: Text, others: Sequence[Text]) -> float:
    """The share of a text's words that stand in passages shared with any of the others, as copies are judged by."""
    tokens = words(member.body) or words(member.title)
    found: set[int] = set()
    for other in others:
        theirs = words(other.body) or words(other.title)
        if tokens == theirs:
            return 1.0
        found.update(i for p in passages(tokens, theirs) for i in range(p.start, p.end))
    return round(len(found) / len(tokens), 6) if tokens else 0.0


def _best(found: Sequence[Sequence[Aligned]]) -> list[Aligned]:
    """Of each sentence what it is to the text that holds most of it; ties: the first."""
    return [max(rows, key=lambda a: (_RANK[a.kind], a.share)) for rows in zip(*found, strict=True)]


def _once(found: Sequence[Aligned]) -> list[Aligned]:
    """Without sentences that an earlier text has word for word."""
    seen: dict[str, Aligned] = {}
    for a in found:
        held = seen.setdefault(" ".join(words(a.text)), a)
        if held.article == a.article and held is not a:
            seen[f"{a.text}\0{len(seen)}"] = a  # said twice in one text
    return list(seen.values())


# -- numbers


def _numbers(text: Text) -> list[Number]:
    return [*_read(text.title, text), *_read(text.body, text)]


def _read(printed: str, text: Text) -> list[Number]:
    """The numbers of a stretch of ``text``, but for those in outlets' names."""
    for name in sorted(text.outlets, key=len, reverse=True):
        printed = printed.replace(name, "\0" * len(name))
    return numbers.read(printed, text.lang)


def _changed(
    found: Sequence[Aligned], member: Text, others: dict[int, Text]
) -> Iterator[tuple[Changed, Number, Number]]:
    """Numbers of sentences that others have with other ones. Of reworded sentences, one that counts nothing named is
    left out where it stands elsewhere in the other text."""
    known = {i: values(_numbers(t)) for i, t in others.items()}
    own = values(_numbers(member))
    for a in found:
        if a.kind == NEW:
            continue
        other, there = others[a.article], " ".join(a.counterparts)
        one, two = _read(a.text, member), _read(there, other)
        if a.kind != COPIED:
            one = [n for n in one if n.unit or n.value not in known[a.article]]
            two = [n for n in two if n.unit or n.value not in own]
        pairs = numbers.changed(one, two, in_order=a.kind == COPIED, alike=member.lang == other.lang)
        yield from ((Changed(x.printed, y.printed, a.text, there), x, y) for x, y in pairs)


# -- headlines


def _nearest_headline(member: Text, others: Sequence[Text]) -> Headline:
    """Beside one in the same language, if there is any; of those the one that has most of its words."""
    alike = [t for t in others if t.lang == member.lang]
    return min((_headline(member, t) for t in alike or others), key=lambda h: len(h.only_here))


def _headline(member: Text, other: Text) -> Headline:
    telling = _words if member.lang == other.lang else _facts
    one, two = telling(member), telling(other)
    return Headline(
        member.title,
        other.title,
        words(member.title) == words(other.title),
        tuple(printed for k, printed in one.items() if k not in two and not _begins(k, printed, other)),
        tuple(printed for k, printed in two.items() if k not in one and not _begins(k, printed, member)),
    )


def _begins(key: str, printed: str, other: Text) -> bool:
    """Is this a name with which a word of the other headline begins (Kamikaze, Kamikazedrohnen)?"""
    return key.startswith("n:") and printed.casefold() in other.title.casefold()


def _words(text: Text) -> dict[str, str]:
    """What each telling word of the headline compares by → as printed."""
    plain, found = printed_words(text.title)
    keyed = {key(w.word, text.lang): plain[w.start : w.end] for w in found}
    return {k: printed for k, printed in keyed.items() if rarity(k, text.lang) > COMMON}


def _facts(text: Text) -> dict[str, str]:
    """Places and numbers of a headline, and names by how they sound, in any language → as printed."""
    weights = facts(text.title, "", text.lang)
    spelt = spellings(text.title, "", text.lang)
    found = {f: spelt[f] for f, w in weights.items() if f[0] == "@" or (f[0] == "n" and w >= NAMED)}
    return found | {f"#{n.value}": n.printed for n in _read(text.title, text)}
