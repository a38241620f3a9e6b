"""Text → language-free facts: what an English, a German and a Dutch report of one event have in common.

A fact is a short string whose first two characters say what kind it is: ``@:`` a place or an institution, ``#:`` a
number, ``=:`` a score, ``n:`` a name by how it sounds, ``c:`` something that happens in the news
(``data/glossary.txt``). All tables are frozen and part of the recipe by ``FACTS``: nothing here looks at the archive.
"""

from __future__ import annotations

import gzip
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pipeline.phonetic import sound
from pipeline.stems import stem
from pipeline.tokens import cased_words, normalise

FACTS = "facts1"
LANGUAGES = ("en", "de", "nl")  # the order of the columns in the tables
LEAD_WORDS = 80
AGENCIES = frozenset(
    {"afp", "anp", "ap", "apa", "belga", "bloomberg", "dapd", "dpa", "efe", "epd"}
    | {"kna", "reuters", "sda", "sid", "tass", "upi", "xinhua"}
)
LONGEST = 4  # words in a name of the tables
LONGEST_WORD = 100  # letters; what is longer is no name and no compound (nor may it take time: stems of all its ends)
MIN_PART = 4  # letters of a compound's part that may speak for itself
COMMON_CB, RARE_CB = 300, 720  # centibels (see terms.background) at which a name's weight is 0 and 1
LETTERS = re.compile(r"[^\W\d_]+")
SCORE = re.compile(r"(?<![\d.,:/–-])(\d)\s?[:–-]\s?(\d)(?![\d:/–-]|[.,]\d)")
NUMBER = re.compile(r"\d{1,12}(?:[.,]\d{1,6}){0,4}")

Facts = Mapping[str, float]  # fact -> weight, in the order of the facts


def data(name: str) -> Traversable:
    """Where a table lies inside the package."""
    return files("pipeline") / "data" / name


def _rows(name: str) -> Iterator[str]:
    return (line for line in data(name).read_text(encoding="utf-8").splitlines() if line and line[0] != "#")


@lru_cache(maxsize=1)
def places() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """(whole name → code, beginning of a name → code) from CLDR's country names and our own exonyms."""
    whole: dict[str, str] = {}
    begins: dict[str, str] = {}
    for line in (*_rows("places.txt"), *_rows("exonyms.txt")):
        code, *names = line.split()
        for name in names:
            (begins if name.endswith("*") else whole)[normalise(name.rstrip("*"))] = code
    return whole, begins


@lru_cache(maxsize=4)
def glossary(lang: str) -> Mapping[str, str]:
    """Stem (of several words: joined by underscores) → concept, for one of ``LANGUAGES``; else empty."""
    if lang not in LANGUAGES:
        return {}
    column = LANGUAGES.index(lang)
    found: dict[str, str] = {}
    for line in _rows("glossary.txt"):
        cells = [cell.split() for cell in line.split("|")]
        for word in cells[column]:
            found.setdefault("_".join(stem(part, lang) for part in normalise(word).split("_")), cells[0][0])
    return found


@lru_cache(maxsize=4)
def numerals(lang: str) -> Mapping[str, tuple[bool, float]]:
    """Number word → (does it multiply the number before it, value), for one of ``LANGUAGES``; else empty."""
    if lang not in LANGUAGES:
        return {}
    column = LANGUAGES.index(lang)
    found: dict[str, tuple[bool, float]] = {}
    for line in _rows("numerals.txt"):
        head, *first = line.split("|")
        value, *english = head.split()
        cells = [english, *(cell.split() for cell in first)]
        found |= {normalise(word): (value[0] == "x", float(value.lstrip("x"))) for word in cells[column]}
    return found


@lru_cache(maxsize=1)
def sounds() -> Mapping[str, tuple[int, ...]]:
    """Sound of a word → centibels (see terms.background) in each of ``LANGUAGES``; 999 where it is not known."""
    lines = gzip.decompress(data("sounds.txt.gz").read_bytes()).decode().splitlines()
    return {key: tuple(int(c) * 10 for c in cells) for key, *cells in (line.split(" ") for line in lines)}


UNKNOWN = 990


@lru_cache(maxsize=50_000)
def name_weight(key: str, lang: str) -> float:
    """How much a shared sound tells, in [0, 1]: by the language in which it is commonest.

    German writes every noun like a name. One that only German knows finds no partner: it weighs little.
    """
    known = sounds().get(key)
    if known is None:
        return 1.0
    rarity = min(max((min(known) - COMMON_CB) / (RARE_CB - COMMON_CB), 0.0), 1.0)
    alone = lang == "de" and all(c == UNKNOWN for c, other in zip(known, LANGUAGES, strict=True) if other != lang)
    return rarity * (0.3 if alone else 1.0)


@lru_cache(maxsize=1)
def _first_words() -> frozenset[str]:
    return frozenset(name.split("_")[0] for names in places() for name in names)


@lru_cache(maxsize=50_000)
def _opens_place(word: str) -> bool:
    """Whether any name of a place can begin with this word: few do, so the others are passed over at once."""
    if len(word) > LONGEST_WORD:
        return False
    begins = (word[:end] for end in range(len(word), 2, -1))
    return bool({word, word.removesuffix("s")} & _first_words()) or any(b in places()[1] for b in begins)


def place(words: list[str], at: int) -> tuple[str, int]:
    """(code of the place or institution named from word ``at`` on, how many words its name has); ("", 0) if none."""
    if not _opens_place(words[at]):
        return "", 0
    whole, begins = places()
    for n in range(min(LONGEST, len(words) - at), 0, -1):
        name = "_".join(word[:LONGEST_WORD] for word in words[at : at + n])
        for form in (name, name.removesuffix("s")):
            if form in whole:
                return whole[form], n
        for end in range(len(name), 2, -1):
            if name[:end] in begins and "_" not in name[end:]:
                return begins[name[:end]], n
    return "", 0


@lru_cache(maxsize=50_000)
def concepts(word: str, lang: str) -> tuple[str, ...]:
    """What a normalised word means in the glossary; a German or Dutch compound: what its two parts mean."""
    known = glossary(lang)
    if found := known.get(stem(word, lang)):
        return (found,)
    if lang == "en" or not 2 * MIN_PART <= len(word) <= LONGEST_WORD:
        return ()
    for cut in range(MIN_PART, len(word) - MIN_PART + 1):  # the longest last part first: it is the head
        if head := known.get(stem(word[cut:], lang)):
            first = word[:cut]
            stems = [stem(form, lang) for form in (first, first.rstrip("s"), first[:-2])]
            lead = next((known[s] for s in stems if s in known), None)
            return (head, lead) if lead else (head,)
    return ()


def number(token: str) -> float:
    """The value of digits as any of the three languages prints them: 2.0, 13.000, 1,250.5."""
    parts = re.split(r"[.,]", token)
    if len(parts) == 1 or (all(len(p) == 3 for p in parts[1:]) and parts[0] != "0" and len(parts[0]) <= 3):
        return float("".join(parts))
    return float("".join(parts[:-1]) + "." + parts[-1])


def number_weight(value: float) -> float:
    """How much a shared number tells: little for small and round ones and for years."""
    if value != int(value):
        return 0.9
    if 1950 <= value <= 2050:
        return 0.25
    if value <= 12:
        return 0.25 if value > 2 else 0.1
    digits = str(int(value)).rstrip("0")
    return 0.45 if len(digits) == 1 else 0.65 if len(digits) == 2 else 0.9


def _numbers(text: str, lang: str) -> Iterator[float]:
    """Every number of a text, digits and words, with a million or a hundred after it multiplied in."""
    words = numerals(lang)
    value: float | None = None
    for token in re.findall(rf"{NUMBER.pattern}|[^\W\d_]+", normalise(text)):
        times, n = words.get(token, (False, number(token) if token[0].isdecimal() else None))
        if n is None:
            if value is not None:
                yield value
            value = None
        elif times:
            value = n * value if value is not None else None
        else:
            if value is not None:
                yield value
            value = n
    if value is not None:
        yield value


def _spelt(text: str, lang: str) -> Iterator[tuple[str, float, str]]:
    """Places, concepts and names of a text, each with its weight and how it is spelt, as often as they stand there."""
    tokens = [(t, opens) for t, opens in cased_words(text) if not t.isdigit()]
    low = [t.casefold() for t, _ in tokens]
    known, counting, stems = glossary(lang), numerals(lang), [stem(w, lang) for w in low]
    skip = 0
    for i, (token, opens) in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        code, n = place(low, i)
        if code:
            skip = n - 1
            yield f"@:{code}", 0.75, " ".join(t for t, _ in tokens[i : i + n])
            continue
        if low[i] in AGENCIES or low[i] in counting:
            continue
        joined = "_".join(stems[i : i + 2])
        meant = (known[joined],) if joined in known else concepts(low[i], lang)
        for n, concept in enumerate(meant):
            yield f"c:{concept}", concept_weight(concept) * (1.0 if n == 0 or len(meant) == 1 else 0.8), token
        if meant or not LETTERS.search(token) or len(token) < 3:
            continue
        key = sound(low[i])
        named = token[0].isupper() and (not opens or name_weight(key, lang) > 0.8)
        weight = name_weight(key, lang) * (1.0 if named else 0.4)
        if len(key) >= 3 and weight > 0.05:
            yield f"n:{key}", weight, token


@lru_cache(maxsize=2_000)
def concept_weight(concept: str) -> float:
    """How much a shared concept tells, in [0.15, 0.8], by how common its sound is."""
    known = sounds().get(sound(concept.split("_")[0]))
    rarity = 1.0 if known is None else min(max((known[0] - COMMON_CB) / 300, 0.0), 1.0)
    return 0.15 + 0.65 * rarity


def facts(title: str, text: str, lang: str) -> dict[str, float]:
    """The facts of title and first ``LEAD_WORDS`` words, with their weights; said again in the title counts more."""
    counts: dict[str, float] = defaultdict(float)
    weights: dict[str, float] = {}
    for part in (title, _lead(text)):
        plain = SCORE.sub(" ", part)
        found = [(f"=:{min(m)}-{max(m)}", 0.8) for m in SCORE.findall(part)]
        found += [(f"#:{v:.10g}", number_weight(v)) for v in _numbers(plain, lang) if v > 1]
        found += [(fact, weight) for fact, weight, _ in _spelt(plain, lang)]
        for fact, weight in found:
            counts[fact] += 1
            weights[fact] = max(weight, weights.get(fact, 0.0))
    return {f: round(w * (1 + 0.5 * math.log(counts[f])), 4) for f, w in sorted(weights.items())}


def _lead(text: str) -> str:
    return " ".join(text.split()[:LEAD_WORDS])


def spellings(title: str, text: str, lang: str) -> dict[str, str]:
    """Places, happenings and names among the :func:`facts` → how the article first spells them."""
    found: dict[str, str] = {}
    for part in (title, _lead(text)):
        for fact, _, printed in _spelt(SCORE.sub(" ", part), lang):
            found.setdefault(fact, printed)
    return found
