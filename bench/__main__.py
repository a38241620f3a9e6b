"""All benches of speed, one after another, each a child of this process: what they print, and what they keep.

usage: python -m bench [--small] [--only NAME …] [--real PLACE …] [--out FOLDER] [--keep FOLDER]

Prints what the machine is, then the Markdown of each bench as it ends. Each keeps what it measured as JSON in ``--out``
(``bench/results``, or ``bench/results/small``) and what it said meanwhile beside it (``*.log``); ``python -m
bench.plots`` draws what is there. A bench that fails is told with the end of its log, the others go on; the exit code
is 1 then.

``--real``: real texts and pages, as files of labelled articles (as for ``retold eval``) or folders: labelled
``*.jsonl`` in them or their ``data``, saved pages below their ``pages``. Unless said, ``../shared`` beside the project.
``--keep``: a folder for the archives of bench.index and bench.batch, which are made once and used again (with the same
texts).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.dedup import installed
from bench.kept import keep
from bench.stages import machine

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
BUNDLED = ROOT / "tests" / "data"
RESULTS = ROOT / "bench" / "results"
LIBRARIES = ("numpy", "numba", "datasketch", "rensa", "gaoya", "trafilatura", "lxml", "scrapy", "daft", "ray")
LAST_LINES = 15  # of a failed bench's log


@dataclass(frozen=True)
class Bench:
    """One row of the table: a module of this package and its arguments, small and full.

    An argument that names places stands once for each of them: ``{labelled}`` are all files of labelled articles,
    ``{texts}`` those with texts, ``{text}`` the one of them of middle size, ``{pages}`` the folders of saved pages,
    ``{keep}`` the folder of ``--keep``."""

    name: str
    module: str
    small: str
    full: str
    needs: tuple[str, str] = ("sys", "")  # (module without which it is left out, extra that brings it)


BENCHES = (
    Bench("dedup", "bench.dedup", "--synthetic 1000 --real={text} --runs 3", "--synthetic 20000 --real={texts}"),
    Bench("stages", "bench.stages", "{text} --stream 200", "{labelled} --stream 3000 --runs 3"),
    Bench("citations", "bench.citations", "{text} --most 60 --runs 1", "{texts} --runs 3"),
    Bench("index", "bench.index", "{text} --stored 500 --stored 5000 --per-day 50 --new 50",
          "{texts} --stored 10000 --stored 100000 --stored 1000000 --keep={keep}"),
    Bench("extraction", "bench.extraction", "--generated 40 --pages={pages} --most 40",
          "--generated 400 --pages={pages}"),
    Bench("collect", "bench.collect", "--feeds 20 --entries 3 --no-bare", "--feeds 1000 --entries 3 --runs 3"),
    Bench("imports", "bench.imports", "{text} --store-only 300 --articles 100 --per-day 50 --pages={pages} --most 20",
          "{texts} --store-only 10000 --articles 10000 20000 --form jsonl parquet --pages={pages} --most 400",
          needs=("pyarrow", "batch")),
    Bench("web", "bench.web", "--articles 2000 --each 2 --users 2", "--keep={keep}",
          needs=("datasette", "web")),
    Bench("batch", "bench.batch", "--copies 2000 --stories 200 --words {text}",
          "--copies 10000 --copies 100000 --copies 1000000 --stories 10000 --stories 100000 --per-day 2740 --runs 3"
          " --words {texts} --keep={keep}"),
    Bench("batch-ray", "bench.batch", "--copies 2000 --on ray",
          "--copies 10000 --copies 100000 --stories 10000 --stories 100000 --per-day 2740 --runs 3 --on ray"
          " --words {texts} --keep={keep}", needs=("ray", "cluster")),
)  # fmt: skip


@dataclass(frozen=True)
class Real:
    """What real material there is: files of labelled articles, and folders of saved pages."""

    labelled: tuple[Path, ...] = ()
    pages: tuple[Path, ...] = ()

    @property
    def texts(self) -> list[Path]:
        """Those with texts, not with headlines alone, largest first."""
        return sorted((p for p in self.labelled if _has(p, "text")), key=lambda p: (-p.stat().st_size, p))


@dataclass(frozen=True)
class Done:
    """What became of one bench."""

    name: str
    arguments: str  # as in the table
    seconds: float  # by the clock
    code: int  # exit code


def real(places: Sequence[Path]) -> Real:
    """The labelled articles and saved pages of files and folders; what is neither is passed over."""
    folders = [p for p in places if p.is_dir()]
    files = [p for p in places if p.is_file()]
    files += sorted(f for p in folders for f in (*p.glob("*.jsonl"), *p.glob("data/*.jsonl")))
    pages = [p / "pages" if (p / "pages").is_dir() else p for p in folders]
    saved = (p for p in pages if any(True for ending in (".html", ".html.gz") for _ in p.rglob(f"*{ending}")))
    return Real(tuple(f for f in files if _has(f, "cluster")), tuple(saved))


def _has(path: Path, key: str) -> bool:
    """Does the first line of a JSONL file have it?"""
    with path.open(encoding="utf-8") as lines:
        return bool(json.loads(next(lines, "{}")).get(key))


def arguments(line: str, places: Mapping[str, Sequence[Path]]) -> Iterator[str]:
    """The arguments of a table's line; one that names places, once for each of them."""
    for word in line.split():
        before, named, name = re.fullmatch(r"([^{]*)(?:(\{)(\w+)\})?", word).groups()  # type: ignore[union-attr]
        yield from (f"{before}{place}" for place in places[name]) if named else (before,)


def run(bench: Bench, line: str, places: Mapping[str, Sequence[Path]], out: Path) -> tuple[Done, str]:
    """Run one bench in a process of its own; what became of it, and the Markdown to show."""
    kept, log = out / f"{bench.name}.json", out / f"{bench.name}.log"
    kept.unlink(missing_ok=True)  # an old one would pass for this run's
    command = [sys.executable, "-m", bench.module, *arguments(line, places), "--json", str(kept)]
    began = time.perf_counter()
    with log.open("w", encoding="utf-8") as errors:
        ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    done = Done(bench.name, line, time.perf_counter() - began, ended.returncode or int(not kept.exists()))
    if done.code:
        last = log.read_text("utf-8").splitlines()[-LAST_LINES:]
        return done, "\n".join([f"**failed** with exit code {done.code}:", "", *(f"    {text}" for text in last)])
    return done, shown(ended.stdout, json.loads(kept.read_text("utf-8"))["machine"])


def shown(printed: str, described: str) -> str:
    """What a bench printed, without its own description of the machine."""
    left = "\n".join(line.removeprefix(described).removeprefix("; ") for line in printed.splitlines())
    return re.sub(r"\n{3,}", "\n\n", left).strip()


def described() -> str:
    """The machine and the libraries that are measured, in two lines."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    load = f"load {os.getloadavg()[0]:.1f} before the first bench"
    libraries = ", ".join(f"{name} {installed(name)}" for name in LIBRARIES)
    return f"{machine()}, {pages * size / 2**30:.0f} GB, {platform.system()} {platform.release()}; {load}\n{libraries}"


def main() -> int:
    """Run what is asked for; 1 if a bench failed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [b.name for b in BENCHES]
    parser.add_argument("--small", action="store_true", help="small sizes: all in two minutes")
    parser.add_argument("--only", nargs="+", default=names, choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--real", nargs="+", type=Path, default=[SHARED], metavar="PLACE")
    parser.add_argument("--out", type=Path, metavar="FOLDER")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    out = (asked.out or RESULTS / ("small" if asked.small else "")).resolve()
    out.mkdir(parents=True, exist_ok=True)
    found = real([place.resolve() for place in asked.real])
    used = found if found.texts else Real(real([BUNDLED]).labelled, found.pages)
    places = {
        "labelled": used.labelled, "texts": used.texts, "text": used.texts[len(used.texts) // 2 :][:1],
        "pages": used.pages, "keep": [asked.keep.resolve()] if asked.keep else [],
    }  # fmt: skip
    print(f"{described()}\n\n{_material(used, bundled=used is not found)}", flush=True)
    rows: list[Done] = []
    for bench in (b for b in BENCHES if b.name in asked.only):
        print(f"\n## {bench.name}\n", flush=True)
        module, extra = bench.needs
        if not find_spec(module):
            print(f"left out: {module} is not installed (pip install 'retold[{extra}]')", flush=True)
            continue
        done, text = run(bench, bench.small if asked.small else bench.full, places, out)
        rows.append(done)
        print(f"{text}\n\n{bench.module} {done.arguments}: {done.seconds:.0f} s", flush=True)
    failed = [done.name for done in rows if done.code]
    print(f"\n{sum(d.seconds for d in rows):.0f} s in all" + (f"; failed: {', '.join(failed)}" if failed else ""))
    keep(out / "run.json", described(), [asdict(done) for done in rows], small=asked.small,
         texts=[p.name for p in used.labelled])  # fmt: skip
    return int(bool(failed))


def _material(used: Real, bundled: bool) -> str:
    """One line: which real texts and pages are measured."""
    texts = ", ".join(p.stem for p in used.labelled)
    pages = (
        f"saved pages of {', '.join(f'{p.parent.name}/{p.name}' for p in used.pages)}"
        if used.pages
        else "no saved pages"
    )
    return f"Real texts: {'none found, so the bundled ones: ' * bundled}{texts}; {pages}."


if __name__ == "__main__":
    sys.exit(main())
