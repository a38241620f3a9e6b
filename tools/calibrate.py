"""Fit ``coefficients.SAME_LANGUAGE`` on labelled articles, print it, and say what it is worth on sets not fitted on.

usage: PYTHONPATH=. python tools/calibrate.py [--most SET=N] [--pool SEED] [--link CUT] [--held-out] [--write]
       FILE.jsonl …

Each file is one archive: its own background snapshot, its own candidate pairs, which alone are fitted on, for those
are the pairs that a verdict is asked about. So is each ``--pool``: all files together as a real feed has them, most
events told once (``labelled.thinned``). Pairs weigh so that each archive counts alike. ``--held-out`` refits without
each file in turn, in the pools too, and measures on that file. Penalised maximum likelihood by L-BFGS-B, whose bounds
keep every signal monotone.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline import coefficients
from pipeline.coefficients import Model, Stretch
from pipeline.config import load
from pipeline.labelled import most, read, thinned
from pipeline.model import Pair
from pipeline.signals import scores
from pipeline.signatures import recipe
from pipeline.verdict import VERDICT
from tools.archives import Archive, archive, likeliest

FOR = (
    "cosine", "title", "lead", "information", "overlap", "lead_overlap", "lead_names", "title_in_text",
    "title_in_lead", "titles_in_leads", "phrases", "lead_numbers", "same_day", "same_year", "addresses_agree",
)  # fmt: skip
AGAINST = ("numbers_differ", "weekdays_differ", "years_differ", "addresses_differ")
EITHER = ("shorter", "longer")
KNOTS = 5
RIDGE = 1.0
PER_ARTICLE = 2000.0
WORTH = 0.005  # log-odds below which a stretch is left out


@dataclass
class Fitted:
    """One archive's candidate pairs in one language: their signals' values, and which are of one event."""

    on: Archive
    pairs: list[Pair]
    values: dict[str, np.ndarray]
    same: np.ndarray

    @property
    def name(self) -> str:
        return self.on.name


def fitted_on(on: Archive) -> Fitted:
    """What an archive gives to fit on."""
    pairs, truth, profiles = on.pairs(foreign=False), on.truth, on.profiles
    values = [scores(profiles[p.left], profiles[p.right]) for p in pairs]
    return Fitted(
        on,
        pairs,
        {signal: np.array([v[signal] for v in values]) for signal in (*FOR, *AGAINST, *EITHER)},
        np.array([truth[p.left] == truth[p.right] for p in pairs]),
    )


def knots(name: str, archives: Sequence[Fitted]) -> list[tuple[float, float]]:
    """Stretches between quantiles of the same pairs; one, where the signal only says yes or no."""
    every = np.concatenate([a.values[name] for a in archives])
    if len(np.unique(every)) <= 3:
        return [(0.0, 1.0)]
    same = np.concatenate([a.values[name][a.same] for a in archives])
    marks = np.unique(np.round([0.0, *np.quantile(same, np.linspace(0.05, 0.95, KNOTS))], 3))
    return list(zip(marks[:-1].tolist(), marks[1:].tolist(), strict=True))


def fit(archives: Sequence[Fitted], name: str) -> Model:
    """The model of most penalised likelihood on the pairs of ``archives``."""
    cut = {signal: knots(signal, archives) for signal in (*FOR, *AGAINST, *EITHER)}
    columns = [(signal, low, high) for signal, marks in cut.items() for low, high in marks]
    x = np.vstack([np.column_stack([np.clip((a.values[s] - lo) / (hi - lo), 0, 1) for s, lo, hi in columns])
                   for a in archives])  # fmt: skip
    y = np.concatenate([a.same for a in archives]).astype(float)
    w = np.concatenate([np.full(len(a.pairs), PER_ARTICLE / len(a.on.rows)) for a in archives])
    w *= 1000 * len(archives) / w.sum()
    sides = {
        **dict.fromkeys(FOR, (0, None)),
        **dict.fromkeys(AGAINST, (None, 0)),
        **dict.fromkeys(EITHER, (None, None)),
    }

    best = likeliest(x, y, w, [sides[signal] for signal, _, _ in columns], RIDGE)
    gains: dict[str, list[Stretch]] = {}
    for (signal, low, high), gain in zip(columns, best[1:], strict=True):
        if abs(gain) >= WORTH:
            gains.setdefault(signal, []).append((round(low, 3), round(high, 3), round(float(gain), 2)))
    return Model(name, round(float(best[0]), 2), {s: tuple(g) for s, g in gains.items()})


def measured(a: Fitted, model: Model, cut: float) -> tuple[float, float, float]:
    """B³ of the stories that ``model`` gives on an archive."""
    coefficients.SAME_LANGUAGE = model
    return a.on.b_cubed(a.on.found(a.pairs, replace(a.on.how, story_link=cut)))


def source(model: Model) -> Iterator[str]:
    """The model as it stands in pipeline/coefficients.py."""
    yield f"SAME_LANGUAGE = Model(\n    {model.name!r},\n    {model.base},\n    {{"
    for signal, gains in model.gains.items():
        yield f"        {signal!r}: ({', '.join(map(str, gains))},),"
    yield "    },\n)\n"


def write(model: Model) -> None:
    """Put the model where the pipeline reads it."""
    path = Path(coefficients.__file__)
    text = path.read_text(encoding="utf-8")
    shape = re.compile(r"^SAME_LANGUAGE = Model\(.*?(?=^ACROSS|^[A-Z_]+ = )", re.M | re.S)
    path.write_text(shape.sub("\n".join(source(model)).replace("'", '"') + "\n", text), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--most", action="append", default=[], metavar="SET=N")
    parser.add_argument("--pool", action="append", type=int, default=[], metavar="SEED")
    parser.add_argument("--link", action="append", type=float)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--name", default="same-2")
    asked = parser.parse_args()
    limits = {k: int(n) for k, n in (m.split("=") for m in asked.most)}
    how = recipe(load(Path("config.yaml")), VERDICT)
    sets = {path.stem: most(read(path), limits.get(path.stem, 10**9), 0) for path in asked.files}
    archives = [fitted_on(archive(name, rows, how)) for name, rows in sets.items()]
    for a in archives:
        print(
            f"{a.name}: {len(a.on.rows)} articles, {2 * len(a.pairs) / len(a.on.rows):.1f} candidates each", flush=True
        )

    def fitted(without: str = "") -> Model:
        used = {name: rows for name, rows in sets.items() if name != without}
        pools = [[row for rows in used.values() for row in thinned(rows, seed)] for seed in asked.pool]
        whole = [a for a in archives if a.name != without]
        return fit([*whole, *(fitted_on(archive(f"pool {n}", rows, how)) for n, rows in enumerate(pools))], asked.name)

    whole = fitted()
    rest = {name: fitted(without=name) for name in sets} if asked.held_out else {}
    for cut in asked.link or [how.story_link]:
        for title, models in (("fitted on", {}), ("held out", rest)):
            if title == "held out" and not rest:
                continue
            told = [(a.name, measured(a, models.get(a.name, whole), cut)) for a in archives]
            print(
                f"link {cut:.2f} {title}: " + "  ".join(f"{n} {f:.3f} ({p:.3f}/{r:.3f})" for n, (p, r, f) in told),
                flush=True,
            )
    print("\n".join(source(whole)))
    if asked.write:
        write(whole)


if __name__ == "__main__":
    main()
