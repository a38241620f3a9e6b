"""B³ of the story level on a pool of labelled sets that is mostly singletons, as a real feed is.

usage: PYTHONPATH=. python tools/pool.py FOLDER   (with daeso_nl, ecbplus, basil, allsides_roundup, uci_subset as JSONL)

85 % of the clusters are cut to one article, the others to four at most; 600 articles of uci; times are not used.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from pipeline.config import Config
from pipeline.metrics import b_cubed
from pipeline.model import Article
from pipeline.rebuild import partition
from pipeline.signatures import recipe
from pipeline.verdict import VERDICT
from tools.labelled import EPOCH, read

SETS = ("daeso_nl", "ecbplus", "basil", "allsides_roundup", "uci_subset")
NO_WINDOW = 10**6  # hours
NO_BOILERPLATE = 10**9  # headlines


def pool(folder: Path, seed: int = 0) -> list[tuple[Article, str]]:
    """(article, cluster) of the pooled sets, thinned out by ``seed``."""
    rng = random.Random(seed)
    found: list[tuple[Article, str]] = []
    for name in SETS:
        rows = read(folder / f"{name}.jsonl")
        if name == "uci_subset":
            rng.shuffle(rows)
            rows = rows[:600]
        clusters: dict[str, list[Article]] = defaultdict(list)
        for article, cluster in rows:
            clusters[cluster].append(article)
        for cluster in rng.sample(sorted(clusters), len(clusters)):
            kept = rng.sample(clusters[cluster], len(clusters[cluster]))[: 1 if rng.random() < 0.85 else 4]
            found += [(article, cluster) for article in kept]
    return [(replace(a, id=n, published=None, first_seen=EPOCH), c) for n, (a, c) in enumerate(found, 1)]


if __name__ == "__main__":
    labelled = pool(Path(sys.argv[1]))
    how = replace(recipe(Config(), VERDICT), story_window_hours=NO_WINDOW, boilerplate_min_articles=NO_BOILERPLATE)
    stories = partition([a for a, _ in labelled], how)
    home = {i: n for n, (members, _) in enumerate(stories) for i in members}
    score = b_cubed([c for _, c in labelled], [home[a.id] for a, _ in labelled])
    print(f"{len(labelled)} articles, {len({c for _, c in labelled})} clusters, {len(stories)} stories found")
    print("B³ precision {:.3f}, recall {:.3f}, F1 {:.3f}".format(*score))
