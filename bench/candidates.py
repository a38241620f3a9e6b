"""How many pairs the blockers propose in a crowd, and how many true ones: labelled articles among a background.

usage: PYTHONPATH=. python -m bench.candidates FILE.jsonl … [--most SET=N] [--background N] [--seed N]

All articles stand in one archive at one moment: no time window helps. A background article is made anew from the
labelled ones of its language and kind: each sentence is taken from another article, so its words are news, and its
subjects are those of the sets, which is harder than strangers' news; its numbers and names are drawn from the others'
so that it tells of no event. Nothing of it is stored. ``strangers``: real articles of other sets that are proposed,
per 100,000 of them: what a background of real, unrelated news would add. Candidates are counted for the labelled
articles, among everything; the counting asks for the same shared keys as ``blocking.candidates``.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline import blocking
from pipeline.background import counted
from pipeline.blocking import STORY_KEYS, Keys, signed
from pipeline.config import Config
from pipeline.copies import enough_prints
from pipeline.labelled import Labelled, most, read, timeless
from pipeline.metrics import reached
from pipeline.model import Article
from pipeline.signatures import Recipe, recipe
from pipeline.trial import labelled_articles
from pipeline.verdict import VERDICT

BATCH = 2_000
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_NAME = re.compile(r"(?<=[a-zäöüß,] )[A-ZÄÖÜ][\w-]+|\d[\d.,]*\d|\d")


class Crowd:
    """Makes articles that tell of nothing, from articles that tell of something; the same for the same seed."""

    def __init__(self, articles: Sequence[Article], seed: int) -> None:
        self._rng = random.Random(seed)
        self._models = [a for a in articles if a.text or a.title]
        self._sentences: dict[str, list[str]] = defaultdict(list)
        self._titles: dict[str, list[str]] = defaultdict(list)
        self._names: dict[str, list[str]] = defaultdict(list)
        for a in self._models:
            own = [s for s in _SENTENCE.split(a.text) if s]
            self._sentences[a.lang] += own
            self._titles[a.lang] += [a.title] if a.title else []
            self._names[a.lang] += _NAME.findall(f"{a.title}\n{a.text}")

    def _elsewhere(self, sentence: str, lang: str) -> str:
        names = self._names[lang]
        return _NAME.sub(lambda m: self._rng.choice(names) if names else m[0], sentence)

    def one(self, number: int) -> Article:
        """One more article, as long as one of the models."""
        model = self._rng.choice(self._models)
        count = len([s for s in _SENTENCE.split(model.text) if s])
        pool = self._sentences[model.lang]
        text = "\n".join(self._elsewhere(self._rng.choice(pool), model.lang) for _ in range(count)) if pool else ""
        title = self._elsewhere(self._rng.choice(self._titles[model.lang]), model.lang) if model.title else ""
        return replace(model, id=number, key=f"crowd-{number}", url="", title=title, text=text, source="crowd")


def counted_candidates(own: Sequence[Keys], everyone: Iterator[Keys]) -> dict[int, dict[str, set[int]]]:
    """Article of ``own`` → blocker → who of ``everyone`` (among them ``own``; all of one day) is proposed to it."""
    wanted: dict[int, list[tuple[int, str]]] = defaultdict(list)
    kinds = {"bands": (lambda k: k.bands, 1, False), "prints": (lambda k: k.prints, 0, False)}
    kinds |= dict(zip(("rare", "terms", "across", "facts"), STORY_KEYS, strict=True))
    by_id = {k.article_id: k for k in own}
    for k in own:
        for kind, (which, _, _) in kinds.items():
            for key in which(k):
                wanted[key].append((k.article_id, kind))
    found: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for other in everyone:
        shared: Counter[tuple[int, str]] = Counter()
        for key in other.all:
            shared.update(hit for hit in wanted.get(key, ()) if hit[0] != other.article_id)
        for (article, kind), n in shared.items():
            _, least, foreign = kinds[kind]
            mine = by_id[article]
            enough = enough_prints(n, len(mine.prints), len(other.prints)) if kind == "prints" else n >= least
            if enough and not (foreign and mine.lang == other.lang):
                found[article][kind].add(other.article_id)
    return found


def keys_of(articles: Sequence[Article], how: Recipe) -> list[Keys]:
    """Bucket keys of articles whose boilerplate is left in."""
    return [s.keys for s in signed(articles, {}, how)]


def crowd_keys(crowd: Crowd, first: int, count: int, how: Recipe) -> Iterator[Keys]:
    """Bucket keys of ``count`` background articles, made and forgotten batch by batch."""
    for start in range(first, first + count, BATCH):
        yield from keys_of([crowd.one(n) for n in range(start, min(start + BATCH, first + count))], how)


def rows(found: Mapping[int, Mapping[str, set[int]]], own: Sequence[tuple[int, Labelled]]) -> Iterator[str]:
    """The table, a row a set."""
    names = ("bands", "prints", "rare", "terms", "across", "facts")
    home, sizes_of = {i: row.set for i, row in own}, Counter(row.set for _, row in own)
    heads = ("set", "articles", "true pairs proposed", "articles reached", "candidates", "strangers / 100,000", *names)
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for name in [*dict.fromkeys(row.set for _, row in own), "all"]:
        part = [(i, row) for i, row in own if name in (row.set, "all")]
        event = {i: row.event for i, row in part}
        proposed = {i: set().union(*found[i].values()) if i in found else set() for i in event}
        pairs = {(min(i, j), max(i, j)) for i in event for j in proposed[i] if event.get(j) == event[i]}
        sizes = Counter(event.values())
        true = sum(n * (n - 1) // 2 for n in sizes.values())
        each = [sum(len(found[i].get(k, ())) for i in event) / len(part) for k in names]
        total = sum(len(p) for p in proposed.values()) / len(part)
        joined, clustered = reached([event[i] for i in event], _places(event, pairs))
        foreign = sum(home.get(j, row.set) != row.set for i, row in part for j in proposed[i])
        strangers = 100_000 * foreign / max(sum(len(own) - sizes_of[row.set] for _, row in part), 1)
        recall, share = len(pairs) / max(true, 1), joined / max(clustered, 1)
        yield (f"| {name} | {len(part)} | {recall:.3f} | {share:.3f} | {total:.1f} | {strangers:.1f} | "
               + " | ".join(f"{n:.1f}" for n in each) + " |")  # fmt: skip


def _places(event: Mapping[int, str], pairs: set[tuple[int, int]]) -> list[tuple[int, int]]:
    place = {i: n for n, i in enumerate(event)}
    return [(place[i], place[j]) for i, j in sorted(pairs)]


def main() -> None:
    """Sign, count, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--most", action="append", default=[], metavar="SET=N")
    parser.add_argument("--background", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    limits = {k: int(n) for k, n in (m.split("=") for m in asked.most)}
    told = [row for path in asked.files for row in most(read(path), limits.get(path.stem, 10**9), asked.seed)]
    own = labelled_articles(timeless(told))
    articles = [a for a, _ in own]
    how = recipe(Config(), VERDICT)
    how = replace(how, background=counted((a.lang, f"{a.title}\n{a.text}") for a in articles))
    mine = keys_of(articles, how)
    crowd = Crowd(articles, asked.seed)

    def everyone() -> Iterator[Keys]:
        yield from mine
        yield from crowd_keys(crowd, len(articles) + 1, asked.background, how)

    found = counted_candidates(mine, everyone())
    print(f"{len(articles)} labelled articles among {asked.background:,} of background; {blocking.BLOCKERS}\n")
    print("\n".join(rows(found, [(a.id, row) for a, row in own])))


if __name__ == "__main__":
    main()
