"""The batch engine over archives of growing size, on this machine and on Ray clusters, with a node that dies.

usage: PYTHONPATH=. python -m bench.batch [--copies N …] [--stories N …] [--on native|ray|nodes:K …] [--kill SECONDS]
       [--skew] [--days D | --per-day N] [--runs N] [--keep FOLDER] [--json FILE] [--words FILE.jsonl …]

``--copies N``: near-duplicates alone (``retold rebuild --only-copies``) among N synthetic texts (bench.corpus).
``--stories N``: signed, judged and grouped whole, N generated articles (bench.stages) of ``--days`` days, or
of ``--per-day`` articles a day whatever N is, made of the words of labelled FILEs, one in fifty a copy of one of any
other day. ``--on``: this machine's cores; one Ray node with as many; a Ray cluster of K nodes simulated on this
machine, one core each. ``--kill S``: S seconds after a cluster's start of work one of its nodes is killed. ``--skew``:
one paragraph stands in every twentieth text. Each measurement has a process of its own; the table has the median of
``--runs``. Peak memory is PSS of all its processes. The digest is that of the whole partition: rows of one archive must
have one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.corpus import corpus
from bench.kept import keep, middle
from bench.stages import machine, stream
from bench.tree import most, sampled
from pipeline.archive import FILE, Engine
from pipeline.config import Config
from pipeline.labelled import read
from pipeline.text import content_hash
from pipeline.trial import SOME_TIME, labelled_articles

HEADS = ("what", "articles", "on", "seconds", "articles/s", "peak MB", "copy groups", "stories", "matches", "digest",
         "seconds by stage")  # fmt: skip
FAR = 0.02  # share of articles that are a copy of one of any other day
SKEWED = 0.05
WORDS = [Path("tests/data/own_crosslingual.jsonl")]
NOTICE = (
    "Dieser Beitrag ist Teil einer Zusammenarbeit mehrerer Redaktionen; Hinweise an die Redaktion nehmen wir"
    " vertraulich entgegen und prüfen sie, bevor wir darüber berichten, und wer uns dabei unterstützen möchte,"
    " findet im Impressum die Anschrift, den Fernsprecher und den öffentlichen Schlüssel"
)


def texts(count: int, skew: bool) -> Iterator[dict[str, Any]]:
    """Rows of a synthetic archive, as far as copies alone ask for them."""
    rng = random.Random(1)
    for n, text in enumerate(corpus(count).texts, 1):
        more = f"\n{NOTICE}" if skew and rng.random() < SKEWED else ""
        yield {"id": n, "source": "synthetic", "title": "", "text": text + more, "lang": "de"}


def articles(count: int, days: int, skew: bool, words: Sequence[Path]) -> list[Any]:
    """Generated articles, each its own source's."""
    rng = random.Random(2)
    rows = stream([r for path in words for r in read(path)], count, days, 1)
    made = [
        replace(a, id=n, first_seen=a.published or SOME_TIME) for n, (a, _) in enumerate(labelled_articles(rows), 1)
    ]
    for n, a in enumerate(made):
        if rng.random() < FAR:
            of = made[rng.randrange(count)]
            a = replace(a, title=of.title, text=of.text, lang=of.lang)
        if skew and rng.random() < SKEWED:
            a = replace(a, text=f"{a.text}\n{NOTICE}")
        made[n] = replace(a, content_hash=content_hash(a.title, a.text))
    return made


def written(what: str, count: int, days: int, asked: argparse.Namespace, folder: Path) -> Path:
    """The archive as Parquet files in ``folder``, made unless it is there."""
    import pyarrow as pa
    from pyarrow import parquet

    from pipeline.batch.columns import article_table

    made = folder / f"{what}-{count}-{days}{'-skew' * asked.skew}"
    if made.exists():
        return made
    part = made.with_suffix(".part")
    part.mkdir(parents=True)
    if what == "copies":
        table = pa.Table.from_pylist(list(texts(count, asked.skew)))
    else:
        table = article_table(articles(count, days, asked.skew, asked.words), {})
    for n, start in enumerate(range(0, count, FILE)):
        parquet.write_table(table.slice(start, FILE), part / f"part-{n:05}.parquet")
    return part.rename(made)


def digest(folder: Path) -> str:
    """Of the whole partition: who is with whom, in copies and stories."""
    from pyarrow import parquet

    table = parquet.read_table(folder / "stories.parquet")
    return hashlib.blake2b(repr(table.to_pydict()).encode(), digest_size=4).hexdigest()


def measured(what: str, source: Path, on: str, kill: float | None) -> dict[str, Any]:
    """One rebuild in this process."""
    from pipeline import parquet

    with TemporaryDirectory(prefix="retold-bench-") as made, sampled() as memory:
        address, nodes = cluster(on)
        if kill is not None and nodes:
            threading.Timer(kill, nodes.pop).start()
        stages: dict[str, float] = {}
        scratch: dict[str, int] = {}
        began = last = time.perf_counter()

        def tell(stage: str, done: int, total: int) -> None:
            nonlocal last
            now = time.perf_counter()
            stages[stage], last = stages.get(stage, 0.0) + now - last, now
            scratch[stage] = held(Path(made)) - sum(scratch.values())

        engine = Engine(address, made)
        target = Path(made) / "groups"
        found = parquet.rebuild(
            Config(), f"{source}/*.parquet", target, engine, only_copies=what == "copies", tell=tell
        )
        seconds = time.perf_counter() - began
        return {
            "what": what, "on": on, "kill": kill, "articles": found.articles, "stories": found.stories,
            "copies": found.copies, "matches": found.matches, "seconds": seconds, "digest": digest(target),
            "stages": {**stages, "unite": began + seconds - last}, "peak": most(memory), "lost": lost(address),
            "cpu": cpu(), "scratch": scratch, "source": held(source),
        }  # fmt: skip


def cluster(on: str) -> tuple[str | None, list[Any]]:
    """(address, what kills a node when popped) of a Ray cluster on this machine, or (None, [])."""
    if on == "native":
        return None, []
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    count = int(on.partition(":")[2] or 1)
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1 if count > 1 else os.cpu_count()})
    others = [made.add_node(num_cpus=1) for _ in range(count - 1)]
    return made.address, _Nodes(made, others)


def held(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def cpu() -> float:
    """Processor seconds of this process and of those below it that are over."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)


def lost(address: str | None) -> int:
    """How many nodes of the cluster are gone."""
    if address is None:
        return 0
    import ray

    return sum(not node["Alive"] for node in ray.nodes())


class _Nodes(list[Any]):
    """The nodes that can be killed: popping one kills it."""

    def __init__(self, of: Any, nodes: Sequence[Any]) -> None:
        super().__init__(nodes)
        self.of = of

    def pop(self, at: Any = -1) -> Any:
        """Kill the last node, at once."""
        node = super().pop(at)
        self.of.remove_node(node, allow_graceful=False)
        return node


def apart(*given: str) -> dict[str, Any]:
    """:func:`measured` in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.batch", "--one", *given], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(given)}: {done.stderr[-3000:]}")
    row: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return row


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A row a measurement."""
    yield f"| {' | '.join(HEADS)} |"
    yield "|---" * len(HEADS) + "|"
    for r in rows:
        on = r["on"] + (f", {r['lost']} killed after {r['kill']:g} s" if r["kill"] is not None else "")
        stages = ", ".join(f"{k} {v:.1f}" for k, v in r["stages"].items())
        stories = f"{r['stories']:,}" if r["stories"] is not None else ""
        cells = [r["what"] + ", skewed" * r["skew"], f"{r['articles']:,}", on, f"{r['seconds']:.1f}"]
        cells += [f"{r['articles'] / r['seconds']:,.0f}", f"{r['peak'] / 2**20:,.0f}", f"{r['copies']:,}"]
        cells += [stories, f"{r['matches']:,}", r["digest"], stages]
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--one"]:
        what, source, on, kill = sys.argv[2:6]
        print(json.dumps(measured(what, Path(source), on, float(kill) if kill else None)))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", action="append", default=[], type=int, metavar="N")
    parser.add_argument("--stories", action="append", default=[], type=int, metavar="N")
    parser.add_argument("--on", action="append", default=[], metavar="native|ray|nodes:K")
    parser.add_argument("--kill", type=float, metavar="SECONDS")
    parser.add_argument("--skew", action="store_true")
    lie = parser.add_mutually_exclusive_group()
    lie.add_argument("--days", type=int, default=73)
    lie.add_argument("--per-day", type=int, metavar="N")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--words", nargs="+", type=Path, default=WORDS, metavar="FILE")
    parser.add_argument("--keep", type=Path, help="folder of archives that are made once and used again")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="retold-batch-") as made:
        folder = asked.keep or Path(made)
        rows, shown = [], []
        for what in ("copies", "stories"):
            for count in getattr(asked, what):
                days = max(1, round(count / asked.per_day)) if asked.per_day else asked.days
                source = written(what, count, days, asked, folder)
                for on in asked.on or ["native"]:
                    kill = str(asked.kill) if asked.kill is not None and on.startswith("nodes") else ""
                    known = {"skew": asked.skew, "days": days, "cores": os.cpu_count()}
                    runs = [{**apart(what, str(source), on, kill), **known, "run": n} for n in range(asked.runs)]
                    rows += runs
                    shown.append(middle(runs, lambda r: r["seconds"]))
                    print(list(table(shown[-1:]))[-1], file=sys.stderr, flush=True)
    print(f"{machine()}\n\n" + "\n".join(table(shown)))
    keep(asked.json, machine(), rows)


if __name__ == "__main__":
    main()
