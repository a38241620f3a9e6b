"""Why two levels, and what bands do: two plots over the bundled news day, and the numbers in them.

usage: python -m bench.principles [--seeds N] [--to FOLDER]

``jaccard.svg``: the Jaccard of word 3-grams of every pair of the news day's articles, by what the pair is.
``lsh.svg``: how often two texts of Jaccard s share a band, by 1 − (1 − sʳ)ᵇ and as measured with the kernel's own
sketches under N seeds, over copies of the news day, and over each of its articles beside its own beginnings (the first
paragraph, the first two, …), which fill the range between. The same bytes each time (by one version of matplotlib).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from pipeline.config import Config
from pipeline.kernel import sketches
from pipeline.lsh import band_keys
from pipeline.newsroom.events import Piece, load
from pipeline.settings import WIDER
from pipeline.signatures import maps
from pipeline.tokens import shingles, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
DAY = date(2026, 11, 19)
SEEDS = 100
KINDS = ("copies of one text", "one story, one language", "one story, two languages", "any other pair")
OURS = Config().signatures
# (bands, rows): ours, twice as many bands (`rebuild --only-copies`), and two others of as many values as ours
SHAPES = (
    (OURS.bands, OURS.permutations // OURS.bands), (OURS.bands * WIDER, OURS.permutations // OURS.bands),
    (OURS.permutations // 2, 2), (OURS.permutations // 8, 8),
)  # fmt: skip
STEP = 0.05  # of Jaccard, that pairs of near values are measured together by


@dataclass(frozen=True, slots=True)
class Dot:
    """Pairs of about one Jaccard: their mean, how many, and per shape the share of (pair, seed) that met in a band."""

    jaccard: float
    pairs: int
    met: Mapping[tuple[int, int], float]


def chance(s: float, bands: int, rows: int) -> float:
    """With which chance two texts of Jaccard ``s`` share a band (Leskovec et al., MMDS, 3.4)."""
    return 1 - (1 - s**rows) ** bands


def text(piece: Piece, paragraphs: int | None = None) -> str:
    """The words of a piece, or of its first paragraphs."""
    return "\n".join(piece.paragraphs[:paragraphs])


def grams(said: str) -> frozenset[str]:
    """Its word 3-grams, as a signature takes them."""
    return shingles(words(said), OURS.shingle_words)


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared / all; 0 of two empty sets."""
    return len(a & b) / len(a | b) if a or b else 0.0


def kind(a: Piece, b: Piece) -> str:
    """What a pair is, by the truth of the news day."""
    if a.copy_group == b.copy_group:
        return KINDS[0]
    if a.event == b.event:
        return KINDS[1] if a.lang == b.lang else KINDS[2]
    return KINDS[3]


def distribution(pieces: Sequence[Piece]) -> dict[str, list[float]]:
    """Kind of pair → the Jaccard of each pair, smallest first."""
    sets = [grams(text(piece)) for piece in pieces]
    found: dict[str, list[float]] = {name: [] for name in KINDS}
    for i, j in combinations(range(len(pieces)), 2):
        found[kind(pieces[i], pieces[j])].append(jaccard(sets[i], sets[j]))
    return {name: sorted(values) for name, values in found.items()}


def pairs(pieces: Sequence[Piece]) -> tuple[list[str], list[tuple[int, int, float]]]:
    """Texts, and (one, other, Jaccard) of the pairs that are measured: copies, and articles beside their beginnings."""
    texts = [text(piece) for piece in pieces]
    found = [(i, j) for i, j in combinations(range(len(pieces)), 2) if kind(pieces[i], pieces[j]) == KINDS[0]]
    for i, piece in enumerate(pieces):
        for n in range(1, len(piece.paragraphs)):
            found.append((i, len(texts)))
            texts.append(text(piece, n))
    sets = [grams(said) for said in texts]
    return texts, [(i, j, jaccard(sets[i], sets[j])) for i, j in found]


def measured(pieces: Sequence[Piece], seeds: int) -> list[Dot]:
    """How often pairs met under ``seeds`` seeds, by Jaccard."""
    texts, found = pairs(pieces)
    left, right = (np.array(side) for side in list(zip(*found, strict=True))[:2])
    met = {shape: np.zeros(len(found)) for shape in SHAPES}
    for seed in range(1, seeds + 1):
        made = sketches(texts, OURS.shingle_words, maps(max(b * r for b, r in SHAPES), seed))
        for (bands, rows), times in met.items():
            keys = band_keys(made[:, : bands * rows], bands)
            times += (keys[left] == keys[right]).any(axis=1)
    bins: dict[int, list[int]] = defaultdict(list)
    for n, (_, _, s) in enumerate(found):
        bins[int(s / STEP)].append(n)
    return [
        Dot(
            float(np.mean([found[n][2] for n in rows_])), len(rows_),
            {shape: float(times[rows_].mean() / seeds) for shape, times in met.items()},
        )
        for _, rows_ in sorted(bins.items())
    ]  # fmt: skip


def draw_jaccard(found: Mapping[str, Sequence[float]]) -> Figure:
    """A histogram a kind, one below the other, over one scale that leaves room near 0."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

    from bench.plots import COLOURS

    figure = Figure(figsize=(7.2, 5.6), layout="constrained")
    rows = figure.subplots(len(KINDS), 1, sharex=True)
    edges = [0, *np.geomspace(0.002, 1, 28)]
    for axes, name, colour in zip(rows, KINDS, COLOURS, strict=False):
        values = found[name]
        axes.hist(values, edges, weights=[1 / len(values)] * len(values), color=colour)
        axes.set_title(f"{name}: {len(values):,} pairs, median {median(values):.3f}", loc="left", fontsize=10)
        axes.axvline(Config().copies.jaccard, color="#444444", linestyle="--", linewidth=1)
        axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
        axes.set_xscale("symlog", linthresh=0.002, linscale=0.4)
        axes.set_xlim(0, 1)
    rows[-1].set_xticks([0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1])
    rows[-1].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    rows[-1].xaxis.set_minor_locator(NullLocator())
    rows[-1].set_xlabel("Jaccard of word 3-grams (dashed: copies.jaccard)")
    return figure


def draw_lsh(dots: Sequence[Dot]) -> Figure:
    """A curve a shape, with what was measured upon it."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    from bench.plots import COLOURS, MARKERS

    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    axes = figure.subplots()
    scale = np.linspace(0, 1, 201)
    for shape, colour, marker in zip(SHAPES, COLOURS, MARKERS, strict=False):
        bands, rows = shape
        whose = {SHAPES[0]: ", ours", SHAPES[1]: ", --only-copies"}.get(shape, "")
        said = f"{bands} bands of {rows}{whose}"
        wide = 2.2 if shape == SHAPES[0] else 1.1
        axes.plot(scale, [chance(s, *shape) for s in scale], color=colour, linewidth=wide, label=said)
        axes.plot([d.jaccard for d in dots], [d.met[shape] for d in dots], marker, color=colour, markersize=4)
    axes.axvline(Config().copies.jaccard, color="#444444", linestyle="--", linewidth=1)
    axes.set(xlabel="Jaccard of word 3-grams (dashed: copies.jaccard)", ylabel="pairs that share a band", xlim=(0, 1))
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    axes.set_title("Lines: 1 − (1 − sʳ)ᵇ; dots: measured", loc="left")
    axes.legend(loc="lower right")
    return figure


def told(found: Mapping[str, Sequence[float]], dots: Sequence[Dot], seeds: int) -> Iterator[str]:
    """The numbers of both plots, in words."""
    for name, values in found.items():
        least, mid, most = values[0], median(values), values[-1]
        none = sum(value == 0 for value in values) / len(values)
        spread = f"Jaccard {least:.3f} to {most:.3f}, median {mid:.3f}"
        yield f"{name}: {len(values):,} pairs, {spread}; {none:.0%} share no 3-gram"
    for shape in SHAPES:
        off = max(abs(dot.met[shape] - chance(dot.jaccard, *shape)) for dot in dots)
        rates = ", ".join(f"{chance(s, *shape):.0%} at {s}" for s in (0.3, 0.5, 0.7))
        yield f"{shape[0]} bands of {shape[1]}: {rates}; measured within {off:.3f} of it"
    yield f"{sum(dot.pairs for dot in dots):,} pairs under {seeds} seeds, in {len(dots)} steps of Jaccard {STEP}"


def main() -> None:
    """Measure, tell and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "plots", metavar="FOLDER")
    asked = parser.parse_args()
    pieces = load(DAY)
    found, dots = distribution(pieces), measured(pieces, asked.seeds)
    print(*told(found, dots, asked.seeds), sep="\n")
    import matplotlib as mpl

    from bench.plots import STYLE

    asked.to.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({**mpl.rcParamsDefault, **STYLE}):
        for name, figure in (("jaccard.svg", draw_jaccard(found)), ("lsh.svg", draw_lsh(dots))):
            figure.savefig(asked.to / name, format="svg", metadata={"Date": None, "Creator": None})
            print(asked.to / name)


if __name__ == "__main__":
    main()
