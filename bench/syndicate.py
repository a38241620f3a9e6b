"""A seeded generator of syndication: real texts, edited as outlets edit what they reprint, with the truth.

usage: PYTHONPATH=. python -m bench.syndicate FILE… --seed 0 --out FILE [--strength 0.2] [--edit cut]

Takes JSONL of the form ``id title text lang published publisher url cluster`` and gives the same form, where
``cluster`` names the copy group, with ``edit`` (what was done, "original" for a text left alone), ``strength``
(share of the words changed afterwards), ``origin`` (id of the text it was made from) and ``event`` (the
source's own cluster) added.

The truth. An edited text is a copy of the one it was made from. Different texts about one event, as they stand
in the source, are not copies: they stay as hard negatives. Source texts that share 30 % or more of the shorter's
word 3-grams with an earlier one are left out, for nobody has said whether they are copies. A page merged from
two texts belongs to the one that gives it more words, and the two originals stay apart: a reader who asks who
printed a text wants to see that page, and does not want to be told that two reports are one.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.outlets import OUTLETS, PLACES, Outlet
from pipeline.tokens import shingles, words

Row = dict[str, Any]
STRENGTHS = (0.0, 0.05, 0.1, 0.2, 0.3)
MIN_WORDS = 60  # shorter texts are left alone: a third of them says nothing
MIN_PART = 15  # words that a teaser or a shortened copy keeps at least
COPIED = 0.6  # share of the texts that are reprinted, each 1 to 3 times
KNOWN_COPY = 0.3
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(]?[A-ZÄÖÜ0-9])")


@dataclass(frozen=True, slots=True)
class Scene:
    """What an edit may draw from."""

    rng: random.Random
    outlet: Outlet
    place: str
    other: str  # another text of the same language
    vocabulary: Sequence[str]  # running words of that language, so common ones come often


Edit = Callable[[str, Scene], str]


def sentences(text: str) -> list[list[str]]:
    """Paragraphs, each a list of its sentences."""
    return [found for line in text.split("\n") if (found := [s for s in _SENTENCE.split(line.strip()) if s])]


def joined(paragraphs: Iterable[Sequence[str]]) -> str:
    """The text of such paragraphs."""
    return "\n".join(" ".join(p) for p in paragraphs if p)


def first(text: str, count: int) -> str:
    """The first sentences of ``text`` that hold at least ``count`` words together, as one paragraph."""
    kept: list[str] = []
    for sentence in (s for p in sentences(text) for s in p):
        if len(words(" ".join(kept))) >= count:
            break
        kept.append(sentence)
    return " ".join(kept)


def cut(text: str, scene: Scene) -> str:
    """Only the first third."""
    tokens = text.split(" ")
    return " ".join(tokens[: max(MIN_PART, len(tokens) // 3)]).rstrip()


def drop(text: str, scene: Scene) -> str:
    """About three in ten sentences left out."""
    kept = [[s for s in p if scene.rng.random() > 0.3] for p in sentences(text)]
    found = joined(kept)
    return found if len(words(found)) >= MIN_PART else text


def reorder(text: str, scene: Scene) -> str:
    """Paragraphs in another order; sentences, where there is but one paragraph."""
    parts = sentences(text)
    units = parts if len(parts) > 2 else [[s] for p in parts for s in p]
    return joined(scene.rng.sample(units, len(units)))


def credit(text: str, scene: Scene) -> str:
    """Dateline before, agency credit after (the headline is new for every edit but plain word changes)."""
    return f"{scene.outlet.dateline.format(scene.place)} {text}\n{scene.outlet.credit}"


def frame(text: str, scene: Scene) -> str:
    """The outlet's boilerplate before and after."""
    return f"{scene.outlet.before}\n{text}\n{scene.outlet.after}"


def merge(text: str, scene: Scene) -> str:
    """One page with two texts: this one, and behind or before it another, three quarters as long at most."""
    own, other = text.split(" "), scene.other.split(" ")
    rest = " ".join(other[: 3 * len(own) // 4])
    return f"{text}\n{rest}" if scene.rng.random() < 0.5 else f"{rest}\n{text}"


def teaser(text: str, scene: Scene) -> str:
    """The first one to three sentences (15 words at least) and the line that asks for money."""
    count = scene.rng.choice((MIN_PART, 2 * MIN_PART, 3 * MIN_PART))
    return f"{first(text, count)}\n{scene.outlet.wall}"


def plain(text: str, scene: Scene) -> str:
    """As it is; for word changes alone."""
    return text


def mixed(text: str, scene: Scene) -> str:
    """Two or three of the edits above, one that shortens or reorders and what dresses it."""
    text = scene.rng.choice((cut, drop, reorder))(text, scene)
    for edit in scene.rng.sample((credit, frame), scene.rng.choice((1, 2))):
        text = edit(text, scene)
    return text


EDITS: dict[str, Edit] = {
    "credit": credit, "cut": cut, "drop": drop, "frame": frame, "merge": merge,
    "mixed": mixed, "reorder": reorder, "teaser": teaser, "words": plain,
}  # fmt: skip


def change(text: str, strength: float, scene: Scene) -> str:
    """That share of the words substituted, deleted or given a new neighbour, a third each; lines stay."""
    rng = scene.rng

    def one(word: str) -> list[str]:
        if rng.random() >= strength:
            return [word]
        new = rng.choice(scene.vocabulary)
        return rng.choice(([new], [], [word, new]))

    return "\n".join(" ".join(w for word in line.split(" ") for w in one(word)) for line in text.split("\n"))


def headline(text: str, rng: random.Random) -> str:
    """A new headline: the longest words of some sentence, in its order."""
    chosen = rng.choice([s for p in sentences(text) for s in p]).split()
    weighty = set(sorted(chosen, key=lambda w: (-len(w), w))[:7])
    return " ".join(w.strip(',;:"“”()') for w in chosen if w in weighty)[:120]


def base(rows: Iterable[Row]) -> list[Row]:
    """The rows with text, without those that may be copies of an earlier one (see above)."""
    kept: list[Row] = []
    sets: list[frozenset[str]] = []
    where: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        own = shingles(words(row.get("text") or ""), 3)
        shared = Counter(n for s in own for n in where[s])
        if not own or any(c >= KNOWN_COPY * min(len(own), len(sets[n])) for n, c in shared.items()):
            continue
        for s in own:
            where[s].append(len(kept))
        kept.append(row)
        sets.append(own)
    return kept


def later(stated: str | None, rng: random.Random) -> str | None:
    """A moment up to two days after ``stated``, where that is a full one."""
    delay = timedelta(minutes=rng.randrange(1, 2880))
    try:
        return (datetime.fromisoformat(stated) + delay).isoformat() if stated else stated
    except ValueError:
        return stated


def copy_of(row: Row, n: int, kind: str, strength: float, scene: Scene) -> Row:
    """The ``n``-th copy of ``row``: its words changed first, then edited, so that a frame stays as printed."""
    if kind == "merge":  # both its texts are changed, or the untouched one would outweigh the other
        text = change(merge(row["text"], scene), strength, scene)
    else:
        text = EDITS[kind](change(row["text"], strength, scene), scene)
    title = row["title"] if kind == "words" else headline(row["text"], scene.rng)
    key = f"{row['id']}~{n}"
    return row | {
        "id": key, "title": title, "text": text, "published": later(row.get("published"), scene.rng),
        "publisher": scene.outlet.name, "url": f"https://{scene.outlet.name.lower().replace(' ', '-')}.test/{key}",
        "edit": kind, "strength": strength,
    }  # fmt: skip


def syndicate(
    rows: Iterable[Row], seed: int = 0, edits: Sequence[str] = (), strengths: Sequence[float] = ()
) -> list[Row]:
    """``rows`` without doubtful ones, and copies of them made with ``edits`` and ``strengths`` (all by default).

    Equal arguments give equal rows. Raises KeyError for an edit that is not in ``EDITS``.
    """
    rng = random.Random(seed)
    kept = base(rows)
    texts = defaultdict(list)
    for row in kept:
        texts[row["lang"]].append(row["text"])
    vocabulary = {lang: [w for t in found for w in t.split()] for lang, found in texts.items()}
    out: list[Row] = []
    for row in kept:
        lang = row["lang"]
        out.append(row | {"cluster": row["id"], "event": row["cluster"], "origin": row["id"],
                          "edit": "original", "strength": 0.0})  # fmt: skip
        if len(words(row["text"])) < MIN_WORDS or rng.random() >= COPIED:
            continue
        others = [t for t in texts[lang] if t != row["text"]] or [row["text"]]
        for n in range(1, rng.randint(1, 3) + 1):
            kind, strength = rng.choice(tuple(edits) or tuple(sorted(EDITS))), rng.choice(tuple(strengths) or STRENGTHS)
            own = OUTLETS.get(lang, OUTLETS["en"])
            scene = Scene(rng, rng.choice(own), rng.choice(PLACES.get(lang, PLACES["en"])), rng.choice(others),
                          vocabulary[lang])  # fmt: skip
            out.append(copy_of(out[-n], n, kind, strength, scene))
    return out


def read(paths: Iterable[Path]) -> list[Row]:
    """The rows of JSONL files."""
    return [json.loads(line) for p in paths for line in p.read_text(encoding="utf-8").splitlines() if line.strip()]


def main() -> None:
    """Write what the arguments ask for."""
    parser = argparse.ArgumentParser(description="edit real texts as outlets do; the truth comes with them")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--edit", action="append", choices=sorted(EDITS), default=[])
    parser.add_argument("--strength", action="append", type=float, default=[])
    asked = parser.parse_args()
    made = syndicate(read(asked.files), asked.seed, asked.edit, asked.strength)
    asked.out.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in made), encoding="utf-8")
    copies = sum(r["edit"] != "original" for r in made)
    print(f"{len(made)} articles: {len(made) - copies} texts as they were, {copies} copies")


if __name__ == "__main__":
    main()
