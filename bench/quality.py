"""Story groups beside those of other ways, on the same articles in one run, and what each of our parts is worth.

    python bench/quality.py FILE… [--pool-most uci_subset=600] [--no-ablation]

Every FILE of labelled articles (as for `retold eval`) is a column, and all together, thinned out as a real feed is,
the last one. Prints Markdown: B³ F1 (precision / recall). What says "oracle" had its threshold picked on the very set.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from datasketch import MinHash, MinHashLSH
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix, diags
from scipy.spatial.distance import squareform

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import ablation
from pipeline import blocking
from pipeline.config import Config
from pipeline.evaluate import evaluated
from pipeline.labelled import Labelled, most, read_all, thinned, timeless
from pipeline.metrics import Triple, b_cubed
from pipeline.model import Article
from pipeline.signatures import recipe
from pipeline.stories import components
from pipeline.terms import stem
from pipeline.tokens import shingles, words
from pipeline.trial import labelled_articles
from pipeline.verdict import VERDICT

CUTS = np.arange(0.02, 0.9, 0.02)  # similarities from which a pair is one event: what an oracle may choose from
LSH_CUTS = np.arange(0.1, 1.0, 0.1)
COPIES = 3  # words of a shingle
# NewsBlur's rule for one story in two feeds, by titles alone.
OVERLAP, SHARED, LEAST = 0.6, 3, 5
STOPWORDS = (
    "the a an of to in on for and or is are was were as at by with from that this it its be has have had will not but"
    " he she they his her their over after into out up new says said what who how why"
)
STOP = frozenset(STOPWORDS.split())
Labels = Sequence[int]


@dataclass(frozen=True)
class Column:
    """One set, or the pool: its articles with their truth."""

    name: str
    rows: Sequence[Labelled]
    articles: Sequence[Article]
    truth: Sequence[str]

    def score(self, found: Labels) -> Triple:
        """B³ of a labelling of the articles."""
        return b_cubed(self.truth, found)


@dataclass(frozen=True)
class Cell:
    """What one way reached on one column."""

    b_cubed: Triple
    cut: float | None = None  # the threshold that an oracle chose

    def __str__(self) -> str:
        p, r, f = (f"{v:.3f}".lstrip("0") if v < 1 else "1.000" for v in self.b_cubed)
        return f"{f} ({p} / {r})" + (f" at {self.cut:.2f}" if self.cut is not None else "")


def column(name: str, rows: Sequence[Labelled]) -> Column:
    """The articles of ``rows`` as a run makes them."""
    made = labelled_articles(rows)
    return Column(name, rows, [a for a, _ in made], [row.event for _, row in made])


# -- other ways


def best(col: Column, found: Mapping[float, Labels]) -> Cell:
    """The oracle: of the labellings by threshold, the one with the highest F1."""
    scored = {cut: col.score(labels) for cut, labels in found.items()}
    cut = max(scored, key=lambda c: scored[c][2])
    return Cell(scored[cut], float(cut))


def linked(n: int, pairs: set[tuple[int, int]]) -> Labels:
    """Connected components of ``n`` articles."""
    home = {i: g for g, members in enumerate(components(range(n), sorted(pairs))) for i in members}
    return [home[i] for i in range(n)]


def stock_lsh(col: Column) -> Cell:
    """datasketch as its documentation uses it: whatever MinHashLSH answers is one group."""
    texts = [words(f"{a.title}\n{a.text}") for a in col.articles]
    sketches = MinHash.bulk([[s.encode() for s in shingles(t, COPIES)] or [b""] for t in texts], num_perm=128)
    found = {}
    for cut in LSH_CUTS:
        index = MinHashLSH(threshold=cut, num_perm=128)
        pairs = set()
        for i, sketch in enumerate(sketches):
            pairs.update((j, i) for j in index.query(sketch))
            index.insert(i, sketch)
        found[float(cut)] = linked(len(sketches), pairs)
    return best(col, found)


def titles(col: Column) -> Cell:
    """NewsBlur's title rule with connected components."""
    kept = [{w for w in words(a.title) if len(w) > 2 and w not in STOP} for a in col.articles]
    holds: dict[str, list[int]] = defaultdict(list)
    for i, own in enumerate(kept):
        for word in own:
            holds[word].append(i)
    shared = Counter(pair for members in holds.values() for pair in combinations(members, 2))
    pairs = set()
    for (a, b), n in shared.items():
        shorter = min(len(kept[a]), len(kept[b]))
        if n >= SHARED and shorter >= LEAST and n / shorter >= OVERLAP:
            pairs.add((a, b))
    return Cell(col.score(linked(len(kept), pairs)))


def matrix(rows: Sequence[Mapping[str, float]]) -> csr_matrix:
    """Term weights, a row an article, each of unit length."""
    place: dict[str, int] = {}
    entries = [(n, place.setdefault(t, len(place)), w) for n, row in enumerate(rows) for t, w in row.items()]
    at, term, weight = zip(*entries, strict=True)
    made = csr_matrix((weight, (at, term)), shape=(len(rows), len(place)))
    norms = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).ravel())
    return diags(1 / np.where(norms, norms, 1)) @ made


def cosine(rows: Sequence[Mapping[str, float]]) -> np.ndarray:
    """Cosine of every two articles, n × n."""
    made = matrix(rows)
    return np.asarray((made @ made.T).todense())


def tf_idf(articles: Sequence[Article]) -> list[dict[str, float]]:
    """Sublinear tf (1 + ln n), smooth idf (ln((1 + N) / (1 + df)) + 1), stems, the title twice: sklearn's usual."""
    counts = [
        Counter(stem(w, a.lang) for w in words(f"{a.title}\n{a.title}\n{a.text}") if len(w) > 1) for a in articles
    ]
    held = Counter(t for own in counts for t in own)
    idf = {t: np.log((1 + len(articles)) / (1 + n)) + 1 for t, n in held.items()}
    return [{t: (1 + np.log(n)) * idf[t] for t, n in own.items()} for own in counts]


def hierarchy(col: Column, similar: np.ndarray, method: str) -> Cell:
    """scipy's linkage cut at the best similarity; "single" gives connected components."""
    apart = np.clip(1 - (similar + similar.T) / 2, 0, None)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), method)
    return best(col, {float(cut): fcluster(tree, 1 - cut, "distance").tolist() for cut in CUTS})


def ours(col: Column, rows: Sequence[Labelled]) -> Cell:
    """Retold: through its store, as `retold eval` does."""
    return Cell(evaluated(col.name, rows, Config()).parts[0].b_cubed)


def others(col: Column) -> Iterator[tuple[str, Cell]]:
    """(what it is, what it reached), one way after the other."""
    yield "**Retold**, one configuration", ours(col, col.rows)
    yield "Retold without times, as all below", ours(col, timeless(col.rows))
    yield "stock datasketch MinHash-LSH, components (oracle)", stock_lsh(col)
    yield "title rules as NewsBlur's, components", titles(col)
    lexical = cosine(tf_idf(col.articles))
    how = recipe(Config(), VERDICT)
    frozen = cosine([s.profile(how).vector for s in blocking.signed(col.articles, {}, how)])
    yield "tf-idf cosine, components (oracle)", hierarchy(col, lexical, "single")
    yield "tf-idf cosine, average link (oracle)", hierarchy(col, lexical, "average")
    yield "background-frequency cosine, average link (oracle)", hierarchy(col, frozen, "average")
    yield "mean of these two, average link (oracle)", hierarchy(col, (lexical + frozen) / 2, "average")


# -- ablation


def ablated(col: Column) -> Iterator[tuple[str, Cell]]:
    """(what is left out, what the rest reaches)."""
    yield from ((what, Cell(col.score(found))) for what, found in ablation.ablated(col.articles))


# -- output


def table(columns: Sequence[Column], measure: Callable[[Column], Iterator[tuple[str, Cell]]], first: str) -> list[str]:
    """A Markdown table: a row for whatever ``measure`` yields, a column for each of ``columns``."""
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for col in columns:
        for what, cell in measure(col):
            print(f"{time.strftime('%H:%M:%S')} {col.name}: {what} {cell}", file=sys.stderr, flush=True)
            rows[what][col.name] = str(cell)
    names = [col.name for col in columns]
    lines = [f"| {first} | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    return lines + [f"| {what} | {' | '.join(own.get(n, '–') for n in names)} |" for what, own in rows.items()]


def sizes(columns: Sequence[Column]) -> list[str]:
    """What the columns are."""
    rows = [f"| {c.name} | {len(c.truth)} | {len(set(c.truth))} | {single(c):.0%} |" for c in columns]
    return ["| set | articles | events | of them with one article |", "|---|---|---|---|", *rows]


def single(col: Column) -> float:
    """Share of the events that have but one article."""
    counts = Counter(col.truth).values()
    return sum(n == 1 for n in counts) / len(counts)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--pool-most", action="append", default=[], metavar="SET=N", help="articles of it in the pool")
    parser.add_argument("--no-pool", action="store_true")
    parser.add_argument("--no-ablation", action="store_true")
    parser.add_argument("--seed", type=int, default=0, help="of the pool")
    args = parser.parse_args()
    sets = read_all(args.files)
    limits = {name: int(n) for name, n in (re.split("=", m) for m in args.pool_most)}
    columns = [column(name, rows) for name, rows in sets.items()]
    if not args.no_pool:
        cut = [thinned(most(r, limits.get(n, len(r)), args.seed), args.seed) for n, r in sets.items()]
        columns.append(column("pool", [row for rows in cut for row in rows]))
    parts = [sizes(columns), table(columns, others, "way")]
    parts += [] if args.no_ablation else [table(columns, ablated, "left out")]
    print("\n\n".join("\n".join(lines) for lines in parts))


if __name__ == "__main__":
    main()
