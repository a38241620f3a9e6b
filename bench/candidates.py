"""How many pairs the blockers propose in a crowd, and how many true ones: labelled articles among a background.

usage: PYTHONPATH=. python -m bench.candidates FILE.jsonl … [--most SET=N] [--background N] [--days N] [--seed N]

With ``--days 1`` all articles stand in one archive at one moment: no time window helps. With more, each event and
each background article has a day of its own, drawn by the seed. A background article is one of the labelled ones with
each of its words replaced by any of the sets' in its language: as long, its words those of news and as frequent, of
no event. It is somewhat nearer to the labelled ones than real articles of other sets are. ``strangers``: real articles
of other sets that are proposed, per 100,000 of them: what a background of real, unrelated news would add. ``looked
at``: gists that were compared for it. Candidates are counted for the labelled articles, among everything, by the very
function of a run.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path

from pipeline import blocking
from pipeline.background import LAST, counted
from pipeline.blocking import Signed, signed
from pipeline.config import Config
from pipeline.labelled import Labelled, most, read, timeless
from pipeline.meeting import held, met, proposed
from pipeline.metrics import reached
from pipeline.model import Article
from pipeline.signatures import Recipe, recipe
from pipeline.trial import SOME_TIME, labelled_articles
from pipeline.verdict import VERDICT

BATCH = 2_000
_WORD = re.compile(r"\w[\w-]*")


class Crowd:
    """Makes articles that tell of nothing, from articles that tell of something; the same for the same seed."""

    def __init__(self, articles: Sequence[Article], seed: int) -> None:
        self._rng = random.Random(seed)
        self._models = [a for a in articles if a.text or a.title]
        self._words: dict[str, list[str]] = defaultdict(list)
        for a in self._models:
            self._words[a.lang] += _WORD.findall(f"{a.title}\n{a.text}")

    def one(self, number: int) -> Article:
        """One more article: each word of one of the models is replaced by some word of its language."""
        model = self._rng.choice(self._models)
        words = self._words[model.lang]
        title, text = (_WORD.sub(lambda _: self._rng.choice(words), told) for told in (model.title, model.text))
        return replace(model, id=number, key=f"crowd-{number}", url="", title=title, text=text, source="crowd")

    def again(self, number: int, article: Article, share: float) -> Article:
        """Another telling of ``article``: each word is replaced with probability ``share``."""
        words = self._words[article.lang]

        def one(found: re.Match[str]) -> str:
            return self._rng.choice(words) if self._rng.random() < share else found[0]

        title, text = (_WORD.sub(one, told) for told in (article.title, article.text))
        return replace(article, id=number, key=f"crowd-{number}", title=title, text=text)


@dataclass
class Found:
    """What was proposed to the labelled articles."""

    candidates: dict[int, set[int]]  # labelled article → who is proposed to it
    looked_at: Counter[int]  # labelled article → how many gists were looked at for that


def counted_candidates(own: Sequence[Signed], crowd: Iterable[Signed], how: Recipe) -> Found:
    """Who of ``own`` and of ``crowd`` is proposed to each of ``own``, by the very function of a run."""
    index = held(own)
    places: Counter[int] = Counter()
    found: dict[int, set[int]] = {s.id: set() for s in own}
    others = chain(own, crowd)
    while part := list(islice(others, BATCH)):
        places.update(met([s.keys for s in part], index, how).hinted[1].tolist())
        for pair in proposed(part, index, how):
            for one, other in ((pair.left, pair.right), (pair.right, pair.left)):
                if one in found:
                    found[one].add(other)
    return Found(found, Counter({own[place].id: n for place, n in places.items()}))


def spread(articles: Iterable[Article], days: int, when: Callable[[Article], object]) -> Iterator[Article]:
    """Articles with a time: the day of each drawn from ``days`` by what ``when`` says of it."""
    for a in articles:
        drawn = random.Random(f"{when(a)}").randrange(days)
        yield replace(a, published=None, first_seen=SOME_TIME + timedelta(days=drawn))


def sample(articles: Sequence[Article], seed: int, count: int) -> Iterator[Article]:
    """The first articles of the crowd, for counting words: an archive's snapshot knows its background."""
    crowd = Crowd(articles, seed)
    return (crowd.one(n) for n in range(count))


def crowd_signed(crowd: Crowd, first: int, count: int, days: int, how: Recipe) -> Iterator[Signed]:
    """``count`` signed background articles, made and forgotten batch by batch."""
    for start in range(first, first + count, BATCH):
        made = (crowd.one(n) for n in range(start, min(start + BATCH, first + count)))
        yield from signed(list(spread(made, days, lambda a: a.id)), {}, how)


def rows(found: Found, own: Sequence[tuple[int, Labelled]]) -> Iterator[str]:
    """The table, a row a set."""
    home, sizes_of = {i: row.set for i, row in own}, Counter(row.set for _, row in own)
    heads = ("set", "articles", "true pairs proposed", "articles reached", "candidates", "of the background",
             "strangers / 100,000", "looked at")  # fmt: skip
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for name in [*dict.fromkeys(row.set for _, row in own), "all"]:
        part = [(i, row) for i, row in own if name in (row.set, "all")]
        event = {i: row.event for i, row in part}
        proposed = {i: found.candidates[i] for i in event}
        pairs = {(min(i, j), max(i, j)) for i in event for j in proposed[i] if event.get(j) == event[i]}
        true = sum(n * (n - 1) // 2 for n in Counter(event.values()).values())
        joined, clustered = reached([event[i] for i in event], _places(event, pairs))
        foreign = sum(home.get(j, row.set) != row.set for i, row in part for j in proposed[i])
        cells = (
            f"{len(pairs) / max(true, 1):.3f}",
            f"{joined / max(clustered, 1):.3f}",
            f"{sum(map(len, proposed.values())) / len(part):.1f}",
            f"{sum(j not in home for own in proposed.values() for j in own) / len(part):.1f}",
            f"{100_000 * foreign / max(sum(len(own) - sizes_of[row.set] for _, row in part), 1):.1f}",
            f"{sum(found.looked_at[i] for i in event) / len(part):.0f}",
        )
        yield f"| {name} | {len(part)} | " + " | ".join(cells) + " |"


def _places(event: Mapping[int, str], pairs: set[tuple[int, int]]) -> list[tuple[int, int]]:
    place = {i: n for n, i in enumerate(event)}
    return [(place[i], place[j]) for i, j in sorted(pairs)]


def main() -> None:
    """Sign, count, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--most", action="append", default=[], metavar="SET=N")
    parser.add_argument("--background", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    limits = {k: int(n) for k, n in (m.split("=") for m in asked.most)}
    told = [row for path in asked.files for row in most(read(path), limits.get(path.stem, 10**9), asked.seed)]
    own = labelled_articles(timeless(told))
    event = {a.id: row.event for a, row in own}
    articles = list(spread((a for a, _ in own), asked.days, lambda a: f"{asked.seed} {event[a.id]}"))
    how = recipe(Config(), VERDICT)
    known = chain(articles, sample(articles, asked.seed, min(asked.background, LAST - len(articles))))
    how = replace(how, background=counted((a.lang, f"{a.title}\n{a.text}") for a in known))
    crowd = crowd_signed(Crowd(articles, asked.seed), len(articles) + 1, asked.background, asked.days, how)
    found = counted_candidates(signed(articles, {}, how), crowd, how)
    print(f"{len(articles)} labelled articles among {asked.background:,} of background, {asked.days} days;")
    print(f"{blocking.BLOCKERS}\n")
    print("\n".join(rows(found, [(a.id, row) for a, row in own])))


if __name__ == "__main__":
    main()
