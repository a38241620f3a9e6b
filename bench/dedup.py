"""Raw texts to clusters of copies: Retold beside its peers, each in a process of its own.

usage: PYTHONPATH=. python -m bench.dedup [--synthetic N …] [--real FILE.jsonl …] [--runs 3] [--only METHOD …]
       [--json FILE]

All take the same texts, word shingles of ``--words`` words, 128 permutations, 25 bands of 5 rows and an estimated
Jaccard of .5 or more, one thread. ``--real``: texts of labelled articles, edited by ``bench.syndicate`` (10 % of the
words changed). Runs take turns; the table has medians. Peers that are not installed are left out and named.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bench.corpus import Corpus, corpus
from bench.syndicate import read, syndicate
from pipeline.lsh import clusters, pairs
from pipeline.metrics import b_cubed, pair_counts
from pipeline.tokens import words

NUMBER, BANDS, ROWS, LEAST, SEED = 128, 25, 5, 0.5, 1
CHANGED = 0.1
WARM_UP = 20
ONE_THREAD = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS")
Spent = dict[str, float]
Pairs = np.ndarray
Method = Callable[[Sequence[str], int, Spent], Pairs]


class _Stage:
    """Adds the seconds spent within to ``spent``."""

    def __init__(self, spent: Spent, name: str) -> None:
        self.spent, self.name = spent, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.spent[self.name] = self.spent.get(self.name, 0.0) + time.perf_counter() - self.began


def _shingled(texts: Sequence[str], k: int) -> list[list[str]]:
    split = (words(text) for text in texts)
    return [[" ".join(w[i : i + k]) for i in range(max(1, len(w) - k + 1))] for w in split]


def stock(texts: Sequence[str], k: int, spent: Spent) -> Pairs:
    """datasketch as its documentation shows it: bulk MinHash with SHA-1, then query and insert."""
    from datasketch import MinHash, MinHashLSH

    with _Stage(spent, "shingles"):
        sets = [[s.encode() for s in found] for found in _shingled(texts, k)]
    with _Stage(spent, "signatures"):
        made = MinHash.bulk(sets, num_perm=NUMBER, seed=SEED)
    index, found = MinHashLSH(num_perm=NUMBER, params=(BANDS, ROWS)), []
    with _Stage(spent, "pairs"):
        for n, sketch in enumerate(made):
            found += [(other, n) for other in index.query(sketch) if made[other].jaccard(sketch) >= LEAST]
            index.insert(n, sketch, check_duplication=False)
    return np.array(found, np.int64).reshape(-1, 2)


def rensa(texts: Sequence[str], k: int, spent: Spent) -> Pairs:
    """R-MinHash in Rust, shingles from Python."""
    import rensa as library

    with _Stage(spent, "shingles"):
        sets = _shingled(texts, k)
    with _Stage(spent, "signatures"):
        made = library.RMinHash.from_token_sets(sets, num_perm=NUMBER, seed=42)
    index, found = library.RMinHashLSH(LEAST, NUMBER, 32), []
    with _Stage(spent, "pairs"):
        index.insert_many(made)
        for n, near in enumerate(index.query_all(made)):
            found += [(other, n) for other in near if other < n and made[n].jaccard(made[other]) >= LEAST]
    return np.array(found, np.int64).reshape(-1, 2)


def gaoya(texts: Sequence[str], k: int, spent: Spent) -> Pairs:
    """All in Rust, its tokeniser too."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, LEAST, BANDS, ROWS, None, "word", True, (k, k), "smallvec")
    with _Stage(spent, "signatures"):
        index.par_bulk_insert_docs(list(range(len(texts))), list(texts))
    with _Stage(spent, "pairs"):
        near = index.par_bulk_query(list(texts))
        found = [(min(n, other), max(n, other)) for n, others in enumerate(near) for other in others if other != n]
    return np.array(found, np.int64).reshape(-1, 2)


def ours(fast: bool, threads: int = 1) -> Method:
    """Retold's kernel and bands."""

    def method(texts: Sequence[str], k: int, spent: Spent) -> Pairs:
        from pipeline.kernel import sketches
        from pipeline.signatures import maps

        with _Stage(spent, "signatures"):
            made = sketches(texts, k, maps(NUMBER, SEED), fast=fast, threads=threads)
        with _Stage(spent, "pairs"):
            return pairs(made, BANDS, LEAST)

    return method


# name → (what it needs installed, how)
METHODS: Mapping[str, tuple[str, Method]] = {
    "datasketch": ("datasketch", stock),
    "rensa": ("rensa", rensa),
    "gaoya": ("gaoya", gaoya),
    "Retold, NumPy": ("numpy", ours(fast=False)),
    "Retold, compiled": ("numba", ours(fast=True)),
    "Retold, compiled, two threads": ("numba", ours(fast=True, threads=2)),
}


def measured(name: str, path: Path, k: int) -> dict[str, Any]:
    """One run of one method over the corpus at ``path``: speed, memory above what the texts take, quality."""
    given = Corpus(*pickle.loads(path.read_bytes()))
    method = METHODS[name][1]
    clusters(WARM_UP, np.vstack([method(given.texts[:WARM_UP], k, {}), [[0, 1]]]))  # loads libraries, compiled code
    before, spent = _peak(), Spent()
    began, cpu = time.perf_counter(), time.process_time()
    found = method(given.texts, k, spent)
    with _Stage(spent, "clusters"):
        labels = clusters(len(given.texts), found).tolist()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    p, r, f1 = b_cubed(given.truth, labels)
    pair_p, pair_r, _ = pair_counts(given.truth, labels).scores
    return {"method": name, "seconds": seconds, "cpu": cpu, "stages": spent, "mb": (_peak() - before) / 1e6,
            "texts": len(labels), "b3_p": p, "b3_r": r, "b3_f1": f1, "pair_p": pair_p, "pair_r": pair_r}  # fmt: skip


def _peak() -> float:
    """Peak resident bytes of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def compared(given: Corpus, methods: Sequence[str], k: int, runs: int) -> Iterator[dict[str, Any]]:
    """Every method ``runs`` times, in turns, each run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        path.write_bytes(pickle.dumps((given.texts, given.truth)))
        for run in range(runs):
            for name in methods:
                command = [sys.executable, "-m", "bench.dedup", "--one", name, str(path), "--words", str(k)]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=_alone())
                row = json.loads(done.stdout)
                print(f"{name}, run {run + 1}: {row['texts'] / row['seconds']:,.0f} texts/s", file=sys.stderr)
                yield row


def _alone() -> dict[str, str]:
    return {**os.environ, **dict.fromkeys(ONE_THREAD, "1")}


def table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Medians of each method, beside stock datasketch."""
    yield "| method | texts/s | × stock | range | peak MB besides texts | B³ F1 | pair P | pair R | seconds by stage |"
    yield "|---|---|---|---|---|---|---|---|---|"
    names = list(dict.fromkeys(r["method"] for r in rows))
    of = {name: [r for r in rows if r["method"] == name] for name in names}
    speeds = {name: [r["texts"] / r["seconds"] for r in found] for name, found in of.items()}
    base = statistics.median(speeds["datasketch"]) if "datasketch" in speeds else float("nan")
    for name, found in of.items():
        speed, last = statistics.median(speeds[name]), found[-1]
        stages = ", ".join(f"{k} {statistics.median(r['stages'][k] for r in found):.2f}" for k in last["stages"])
        yield (
            f"| {name} | {speed:,.0f} | {speed / base:.1f} | {min(speeds[name]):,.0f}–{max(speeds[name]):,.0f} "
            f"| {statistics.median(r['mb'] for r in found):,.0f} | {last['b3_f1']:.3f} | {last['pair_p']:.3f} "
            f"| {last['pair_r']:.3f} | {stages} |"
        )


def edited(path: Path, seed: int = 0) -> Corpus:
    """Real texts, and their copies as outlets edit them."""
    rows = [r for r in syndicate(read([path]), seed, strengths=[CHANGED]) if (r.get("text") or "").strip()]
    number = {cluster: n for n, cluster in enumerate(dict.fromkeys(r["cluster"] for r in rows))}
    return Corpus([r["text"] for r in rows], [number[r["cluster"]] for r in rows])


def machine() -> str:
    """What it was measured on."""
    cpu = Path("/proc/cpuinfo")
    models = [line.split(":")[1].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")]
    libraries = ", ".join(f"{name} {installed(name)}" for name in ("datasketch", "rensa", "gaoya", "numpy", "numba"))
    cores = f"{len(models)} × {models[0]}" if models else platform.processor()
    return f"{cores}, Python {platform.python_version()}, {libraries}"


def installed(name: str) -> str:
    """The version of a library, or that there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthetic", type=int, action="append", default=[], metavar="N")
    parser.add_argument("--real", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--words", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", action="append", default=[], choices=METHODS, metavar="METHOD")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("METHOD", "CORPUS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.one[0], Path(asked.one[1]), asked.words)))
        return
    methods = [m for m, (needs, _) in METHODS.items() if find_spec(needs) and (not asked.only or m in asked.only)]
    told: dict[str, Any] = {"machine": machine(), "words": asked.words, "sets": {}}
    print(told["machine"])
    sets = [(f"synthetic, {n:,}", lambda n=n: corpus(n)) for n in asked.synthetic]
    sets += [(path.stem, lambda path=path: edited(path)) for path in asked.real]
    for name, make in sets:
        given = make()
        size = sum(map(len, given.texts)) / len(given.texts)
        originals = f"{len(set(given.truth)):,} of them originals"
        print(f"\n{name}: {len(given.texts):,} texts of {size:,.0f} letters, {originals}\n")
        told["sets"][name] = list(compared(given, methods, asked.words, asked.runs))
        print("\n".join(table(told["sets"][name])), flush=True)
    if missing := [m for m, (needs, _) in METHODS.items() if not find_spec(needs)]:
        print(f"\nnot installed, left out: {', '.join(missing)}")
    if asked.json:
        asked.json.write_text(json.dumps(told, indent=1), "utf-8")


if __name__ == "__main__":
    main()
