"""Cost curves of what benches kept, as SVG: a run, the size of the archive, the batch engine.

usage: python -m bench.plots [FOLDER] [--to FOLDER]

Reads the JSON of bench.index (``index*.json``) and of bench.batch (``batch*.json``) in FOLDER (``bench/results``) and
draws into ``--to`` (``docs/plots``); what there is no JSON of is left out and named. The same JSON makes the same
bytes (by one version of matplotlib).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from bench.__main__ import RESULTS, ROOT

Row = Mapping[str, Any]
Points = list[tuple[float, float]]
STYLE = {
    "svg.hashsalt": "retold", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 10,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#dddddd",
    "axes.axisbelow": True, "legend.frameon": False, "figure.facecolor": "white",
}  # fmt: skip
# Told apart without colour sight, too (Okabe and Ito), and by their markers.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#666666")
MARKERS, DASHES = "osD^vP", ("-", "--", ":")
TABLES = 7  # tables and indexes by name; the others together


def kept(folder: Path, start: str) -> list[dict[str, Any]]:
    """The rows of all JSON files in ``folder`` whose name begins so."""
    files = sorted(folder.glob(f"{start}*.json"))
    return [row for path in files for row in json.loads(path.read_text("utf-8"))["rows"]]


def medians(pairs: Sequence[tuple[float, float]]) -> Points:
    """One point an x: the median of its ys, in the order of x."""
    return [(x, median(b for a, b in pairs if a == x)) for x in sorted({a for a, _ in pairs})]


def run_cost(rows: Sequence[Row]) -> dict[str, Points]:
    """Line → (articles stored, seconds for 1,000 new ones), of rows of bench.index."""
    measured: dict[str, Callable[[Row], Sequence[Row]]] = {
        "run": lambda r: r["runs"],
        "dedup alone": lambda r: [r["dedup"]],
    }
    return {
        f"{what}, {name}": medians([(r["stored"], 1000 * cost[by] / r["new"]) for r in rows for cost in costs(r)])
        for what, costs in measured.items()
        for by, name in (("processor", "processor time"), ("clock", "by the clock"))
    }


def table_bytes(rows: Sequence[Row]) -> tuple[list[int], dict[str, list[float]]]:
    """(articles stored, table → kB an article at each), of rows of bench.index: the largest tables, and the others."""
    of = {r["stored"]: r["bytes"] for r in rows if r["bytes"]}
    most = {table: max(b.get(table, 0) for b in of.values()) for b in of.values() for table in b}
    named = sorted(most, key=lambda table: (-most[table], table))[:TABLES]
    sizes = sorted(of)
    kb = {table: [of[n].get(table, 0) / 1000 for n in sizes] for table in named}
    if len(most) > TABLES:
        kb["others"] = [sum(b for table, b in of[n].items() if table not in named) / 1000 for n in sizes]
    return sizes, kb


def batch_speed(rows: Sequence[Row]) -> dict[str, Points]:
    """Line → (articles of the archive, articles a second), of rows of bench.batch without skew and killed nodes."""
    plain = [r for r in rows if not r["skew"] and r["kill"] is None]
    kinds = sorted({(r["what"], r["on"]) for r in plain})
    return {
        f"{what}, {_called(on)}": medians(
            [(r["articles"], r["articles"] / r["seconds"]) for r in plain if (r["what"], r["on"]) == (what, on)]
        )
        for what, on in kinds
    }


def _called(on: str) -> str:
    kind, _, nodes = on.partition(":")
    return {"native": "native", "ray": "Ray, one node"}.get(kind, f"Ray, {nodes} nodes")


def draw_run(rows: Sequence[Row]) -> Figure:
    """What a run costs, by the size of the archive."""
    figure, axes = _canvas(
        "1,000 new articles in a growing archive", "articles stored", "seconds for 1,000 new articles"
    )
    _lines(axes, run_cost(rows))
    return figure


def draw_bytes(rows: Sequence[Row]) -> Figure:
    """Bytes an article by table, by the size of the archive: bars, one upon the other."""
    sizes, kb = table_bytes(rows)
    figure, axes = _canvas("Size of the archive by table", "articles stored", "kB an article")
    below = [0.0] * len(sizes)
    for (table, heights), colour in zip(kb.items(), COLOURS, strict=False):
        axes.bar(range(len(sizes)), heights, 0.6, below, label=table, color=colour)
        below = [a + b for a, b in zip(below, heights, strict=True)]
    for at, total in enumerate(below):
        axes.annotate(f"{total:.1f}", (at, total), (0, 3), textcoords="offset points", ha="center")
    axes.set_xscale("linear")
    axes.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes])
    axes.grid(False, axis="x")
    axes.legend(
        *(found[::-1] for found in axes.get_legend_handles_labels()), loc="center left", bbox_to_anchor=(1, 0.5)
    )
    return figure


def draw_batch(rows: Sequence[Row]) -> Figure:
    """How fast the batch engine is, by the size of the archive."""
    figure, axes = _canvas("Batch engine, the whole archive at once", "articles of the archive", "articles a second")
    _lines(axes, batch_speed(rows))
    return figure


# file → (beginning of the JSONs' names, how it is drawn)
PLOTS: Mapping[str, tuple[str, Callable[[Sequence[Row]], Figure]]] = {
    "run.svg": ("index", draw_run),
    "bytes.svg": ("index", draw_bytes),
    "batch.svg": ("batch", draw_batch),
}


def _canvas(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left")
    axes.set(xlabel=across, ylabel=up, xscale="log")
    _plain(axes.xaxis)
    return figure, axes


def _lines(axes: Axes, lines: Mapping[str, Points]) -> None:
    """Lines named "what, how": a colour for each what, marker and dashes for each how; a tick where measured."""
    parts = {name: tuple(name.split(", ", 1)) for name in lines}
    what, how = (list(dict.fromkeys(part[n] for part in parts.values())) for n in (0, 1))
    for name, points in lines.items():
        colour, n = COLOURS[what.index(parts[name][0]) % len(COLOURS)], how.index(parts[name][1])
        style = {"marker": MARKERS[n % len(MARKERS)], "linestyle": DASHES[n % len(DASHES)]}
        axes.plot(*zip(*points, strict=True), label=name, color=colour, **style)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    axes.set_xticks(sorted({x for points in lines.values() for x, _ in points}))
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    _plain(axes.yaxis)


def _plain(axis: Any) -> None:
    """Numbers as people write them, not powers of ten."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def drawn(folder: Path, to: Path) -> Iterator[tuple[Path, bool]]:
    """Draw what there is JSON of in ``folder``; (file, was there any?) of each plot."""
    to.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({**mpl.rcParamsDefault, **STYLE}):
        for name, (start, draw) in PLOTS.items():
            if rows := kept(folder, start):
                draw(rows).savefig(to / name, format="svg", metadata={"Date": None, "Creator": None})
            yield to / name, bool(rows)


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=RESULTS)
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "plots", metavar="FOLDER")
    asked = parser.parse_args()
    for path, made in drawn(asked.folder, asked.to):
        print(path if made else f"{path.name}: left out, nothing of it was kept in {asked.folder}")


if __name__ == "__main__":
    main()
