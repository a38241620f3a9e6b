"""What a signature's width and its bands are worth: quality of copies against bytes an article.

usage: PYTHONPATH=. python -m bench.widths FILE… [--layout PERMUTATIONS/BANDS …] [--seed 0] [--json FILE]

The sets and their truth are those of bench.copies: copies of each FILE's articles, cut, merged, framed and changed to
several strengths. ``--layout``: 128/32 to 16/4 unless said. Bytes: the values of a signature and its band keys as rows
of the index (``KEY_BYTES`` each, as bench.index measures them). Prints Markdown: means over all sets.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from bench.copies import measure, ours
from bench.kept import keep
from bench.stages import machine
from bench.syndicate import STRENGTHS, read, syndicate
from pipeline.config import Config
from pipeline.signatures import WIDTH, recipe
from pipeline.verdict import VERDICT

LAYOUTS = ("128/32", "128/16", "64/16", "64/8", "32/8", "16/4")
KEY_BYTES = 23  # of a key of copies in the index
Layout = tuple[int, int]  # permutations, bands


def measured(files: Sequence[Path], layouts: Sequence[Layout], seed: int) -> Iterator[dict[str, Any]]:
    """A row a layout and set."""
    sets = [(path.stem, s, syndicate(read([path]), seed, strengths=[s])) for path in files for s in STRENGTHS]
    usual = recipe(Config(), VERDICT)
    for permutations, bands in layouts:
        how = replace(usual, permutations=permutations, bands=bands)
        for name, strength, rows in sets:
            where = {"permutations": permutations, "bands": bands, "set": name, "strength": strength, "seed": seed}
            yield where | measure(rows, partial(ours, how=how))


def layout_bytes(permutations: int, bands: int) -> tuple[int, int]:
    """(bytes of the values, of the band keys) of an article."""
    return permutations * WIDTH, bands * KEY_BYTES


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A row a layout; means over the sets; candidates an article."""
    yield "| permutations | bands | rows | value bytes | band key bytes | B³ F1 | pair P | pair R | candidates |"
    yield "|---" * 9 + "|"
    for permutations, bands in dict.fromkeys((r["permutations"], r["bands"]) for r in rows):
        own = [r for r in rows if (r["permutations"], r["bands"]) == (permutations, bands)]
        scores = " | ".join(f"{mean(r[k] for r in own):.4f}" for k in ("b3_f1", "pair_p", "pair_r"))
        sizes = " | ".join(f"{b:,}" for b in layout_bytes(permutations, bands))
        extra = mean(r["extra"] for r in own)
        yield f"| {permutations} | {bands} | {permutations // bands} | {sizes} | {scores} | {extra:.2f} |"


def _layout(said: str) -> Layout:
    permutations, bands = map(int, said.split("/"))
    return permutations, bands


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--layout", action="append", type=_layout, metavar="PERMUTATIONS/BANDS")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    rows = list(measured(asked.files, asked.layout or [_layout(said) for said in LAYOUTS], asked.seed))
    print(f"{machine()}\n\n" + "\n".join(table(rows)))
    keep(asked.json, machine(), rows)


if __name__ == "__main__":
    main()
