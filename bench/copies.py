"""How well copies are found, by kind and strength of the edit, beside stock datasketch MinHash-LSH.

usage: PYTHONPATH=. python -m bench.copies FILE… [--seed 0] [--seed 1 …] [--json FILE]

The truth is made by ``bench.syndicate`` from each FILE, once for each seed and strength. Ours is the path of
``rebuild``, boilerplate of a source left out; datasketch sees the texts as printed, word 3-grams, 128
permutations, components of what ``MinHashLSH`` answers, at the threshold of the best B³ F1 on the very set (an
oracle). Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from bench.syndicate import EDITS, STRENGTHS, Row, read, syndicate
from pipeline.blocking import signed
from pipeline.config import Config
from pipeline.labelled import moment
from pipeline.meeting import candidates
from pipeline.metrics import b_cubed
from pipeline.model import Article
from pipeline.rebuild import boilerplate
from pipeline.signatures import SCHEME, Recipe, recipe
from pipeline.stories import components, partition
from pipeline.tokens import shingles, words
from pipeline.trial import SOME_TIME
from pipeline.verdict import VERDICT, judged

Labels = list[int]  # of each row, the number of its copy group
THRESHOLDS = tuple(n / 20 for n in range(2, 18))
ORIGINAL = "original"


def article(row: Row, n: int) -> Article:
    """One row as the pipeline has it; id ``n``."""
    published = moment(row.get("published") or "")
    return Article(
        id=n, source=row.get("publisher") or "unknown", url=row["id"], key=row["id"], title=row.get("title") or "",
        text=row.get("text") or "", lang=row["lang"], published=published,
        first_seen=published or SOME_TIME, content_hash=row["id"],
    )  # fmt: skip


def labels(groups: Iterable[Sequence[int]], count: int) -> Labels:
    """Group number by row, from groups of row numbers."""
    home = {i: n for n, members in enumerate(groups) for i in members}
    return [home[i] for i in range(count)]


def ours(rows: Sequence[Row], how: Recipe | None = None) -> tuple[Labels, float]:
    """Our copy groups, by the default recipe unless another is said, and candidates an article."""
    how = how or recipe(Config(), VERDICT)
    articles = [article(row, n) for n, row in enumerate(rows)]
    ready = signed(articles, boilerplate(articles, how), how)
    profiles = {s.id: s.profile(how) for s in ready}
    pairs = candidates(ready, how)
    found = partition(profiles, judged(pairs, profiles, how), how)
    return labels((c for _, copies in found for c in copies), len(rows)), 2 * len(pairs) / len(rows)


def stock(rows: Sequence[Row]) -> tuple[Labels, float]:
    """datasketch's components, and the threshold that served them best."""
    from datasketch import MinHash, MinHashLSH

    sets = [[s.encode(errors="replace") for s in shingles(words(r.get("text") or ""), 3)] for r in rows]
    sketches = MinHash.bulk(sets, num_perm=128, seed=1, scheme=SCHEME)

    def at(threshold: float) -> Labels:
        index = MinHashLSH(threshold=threshold, num_perm=128)
        edges = []
        for n, sketch in enumerate(sketches):
            edges += [(other, n) for other in index.query(sketch)]
            index.insert(n, sketch)
        return labels(components(range(len(rows)), edges), len(rows))

    truth = [r["cluster"] for r in rows]
    found = {t: at(t) for t in THRESHOLDS}
    best = max(found, key=lambda t: b_cubed(truth, found[t])[2])
    return found[best], best


def together(of: Sequence[Hashable]) -> set[tuple[int, int]]:
    """Pairs of rows under one label."""
    members: dict[Hashable, list[int]] = defaultdict(list)
    for n, label in enumerate(of):
        members[label].append(n)
    return {p for found in members.values() for p in combinations(found, 2)}


def pair_scores(truth: Sequence[Hashable], found: Sequence[Hashable]) -> tuple[float, float]:
    """Precision and recall over pairs; 1 where there are none to be wrong about."""
    true, told = together(truth), together(found)
    both = len(true & told)
    return (both / len(told) if told else 1.0), (both / len(true) if true else 1.0)


def by_edit(rows: Sequence[Row], found: Labels) -> dict[str, tuple[int, int, float, float]]:
    """Edit → (copies, how many of them are with their original, B³ precision and recall averaged over them)."""
    at = {r["id"]: n for n, r in enumerate(rows)}
    truth = [r["cluster"] for r in rows]
    both, of_truth, of_found = Counter(zip(truth, found, strict=True)), Counter(truth), Counter(found)
    out: dict[str, list[tuple[bool, float, float]]] = defaultdict(list)
    for n, row in enumerate(rows):
        if row["edit"] != ORIGINAL:
            shared = both[truth[n], found[n]]
            joined = found[n] == found[at[row["origin"]]]
            out[row["edit"]].append((joined, shared / of_found[found[n]], shared / of_truth[truth[n]]))
    return {e: (len(v), *(sum(x[k] for x in v) for k in range(3))) for e, v in out.items()}  # type: ignore[misc]


def measure(rows: Sequence[Row], system: Callable[[Sequence[Row]], tuple[Labels, float]]) -> dict[str, Any]:
    """One system on one set."""
    began = time.perf_counter()
    found, extra = system(rows)
    truth = [r["cluster"] for r in rows]
    b3 = b_cubed(truth, found)
    precision, recall = pair_scores(truth, found)
    return {
        "articles": len(rows), "seconds": time.perf_counter() - began, "extra": extra, "b3_p": b3[0], "b3_r": b3[1],
        "b3_f1": b3[2], "pair_p": precision, "pair_r": recall, "edits": by_edit(rows, found),
    }  # fmt: skip


SYSTEMS: Mapping[str, Callable[[Sequence[Row]], tuple[Labels, float]]] = {"ours": ours, "datasketch": stock}


def run(files: Sequence[Path], seeds: Sequence[int]) -> list[dict[str, Any]]:
    """A row a file, strength, seed and system."""
    out = []
    for path in files:
        source = read([path])
        for strength in STRENGTHS:
            for seed in seeds:
                rows = syndicate(source, seed, strengths=[strength])
                where = {"set": path.stem, "strength": strength, "seed": seed}
                out += [where | {"system": name} | measure(rows, system) for name, system in SYSTEMS.items()]
    return out


def _mean(found: Sequence[Mapping[str, Any]], key: str) -> float:
    return sum(row[key] for row in found) / len(found)


def _chosen(found: Sequence[dict[str, Any]], **wanted: object) -> list[dict[str, Any]]:
    return [row for row in found if all(row[k] == v for k, v in wanted.items())]


def summary(found: Sequence[dict[str, Any]]) -> Iterable[str]:
    """The table by set and strength, means over the seeds."""
    yield "| set | changed | B³ F1 | pair P | pair R | candidates/article | datasketch B³ F1 | P | R | threshold |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name in dict.fromkeys(row["set"] for row in found):
        for s in STRENGTHS:
            a, b = (_chosen(found, set=name, strength=s, system=system) for system in SYSTEMS)
            cells = [_mean(a, k) for k in ("b3_f1", "pair_p", "pair_r")]
            theirs = [_mean(b, k) for k in ("b3_f1", "pair_p", "pair_r")]
            said = " | ".join(f"{v:.3f}" for v in cells)
            yield (
                f"| {name} | {s:.0%} | {said} | {_mean(a, 'extra'):.1f} | "
                + " | ".join(f"{v:.3f}" for v in theirs)
                + f" | {_mean(b, 'extra'):.2f} |"
            )


def edits(found: Sequence[dict[str, Any]]) -> Iterable[str]:
    """The table by edit and strength over all sets: copies that are with their original, ours / datasketch; B³ F1."""
    yield "| edit | " + " | ".join(f"{s:.0%}" for s in STRENGTHS) + " |"
    yield "|---|" + "---|" * len(STRENGTHS)
    for edit in sorted(EDITS):
        cells = []
        for s in STRENGTHS:
            said = []
            for system in SYSTEMS:
                parts = [r["edits"][edit] for r in _chosen(found, strength=s, system=system) if edit in r["edits"]]
                n, joined, p, r = (sum(x[k] for x in parts) for k in range(4))
                said.append(f"{joined / n:.2f} ({2 * p * r / (p + r) / n:.2f})" if n else "not drawn")
            cells.append(" · ".join(said))
        yield f"| {edit} | " + " | ".join(cells) + " |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="the copy level by kind and strength of the edit")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, action="append", default=[])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found = run(asked.files, asked.seed or [0])
    print("\n".join([*summary(found), "", *edits(found)]))
    for name in SYSTEMS:
        rows = _chosen(found, system=name)
        cost = 1000 * sum(r["seconds"] for r in rows) / sum(r["articles"] for r in rows)
        print(f"\n{name}: {cost:.1f} ms an article{'' if name == 'ours' else f' for {len(THRESHOLDS)} thresholds'}")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
