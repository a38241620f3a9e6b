"""`retold eval`: labelled articles through the path of a run, measured against their truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import config_option, json_option
from pipeline.cli.output import padded, plain, show_json, show_lines, show_table
from pipeline.cli.words import count

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.evaluate import Fault, Report
    from pipeline.labelled import Labelled
    from pipeline.probabilities import Calibration, PairReport

Line = tuple[str, str]
Sets = dict[str, list["Labelled"]]
POOLED, POOL = "pooled", "pool"
HEADINGS = (
    "set", "lang", "articles", "true", "found", "B³ P", "B³ R", "B³ F1", "pair P", "pair R", "pair F1", "ARI",
    "proposed", "reached", "cand.",
)  # fmt: skip
# What gives way, in this order, where the terminal is narrow; B³ never does.
NARROW = (("set", 12), ("found", 0), ("true", 0), ("proposed", 0), ("ARI", 0), ("pair P", 0), ("pair R", 0),
          ("cand.", 0), ("reached", 0), ("articles", 0), ("pair F1", 0), ("lang", 0), ("set", 6))  # fmt: skip
LEGEND = (
    "true, found: clusters; proposed: share of the true pairs that blocking proposes; reached: share of the articles"
    " that it joins to their cluster; cand.: candidates an article"
)
TITLE_CELLS = 60


def _most(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    """``600`` or ``uci_subset=600`` → set name ("" for every set) → articles."""
    found = {}
    for value in values:
        name, _, number = value.rpartition("=")
        if not number.isdecimal() or int(number) < 1:
            raise click.BadParameter(f"{plain(value)!r} is neither a number of articles nor SET=NUMBER")
        found[name] = int(number)
    return found


FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("eval")
@click.argument("files", metavar="[FILE...]", type=FILE, nargs=-1)
@click.option("--level", type=click.Choice(["stories", "copies"]), default="stories", show_default=True,
              help="What to measure: one event, or one text.")  # fmt: skip
@click.option("--errors", type=click.IntRange(0, 100_000), default=2, show_default=True, metavar="N",
              help="How many errors of each sort to tell: the worst merges and splits, first citations.")  # fmt: skip
@click.option("--calibration", is_flag=True, help="What P(same event) is worth, over all proposed pairs.")
@click.option("--pool", is_flag=True, help="One archive as a real feed has it: 85 % of the clusters cut to one article,"
              " the others to four at most.")  # fmt: skip
@click.option("--most", multiple=True, callback=_most, metavar="[SET=]N",
              help="Use N articles of each set at most, or of one set (a file's name without its ending).")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of --pool and --most.")
@click.option("--no-times", is_flag=True, help="As if all had appeared at one moment.")
@click.option("--citations", is_flag=True, help="Citations that are read off labelled sentences, the bundled ones where"
              " no FILE is named.")  # fmt: skip
@click.option("--pairs", type=FILE, help="A file of labelled pairs: how well P(same event) tells them.")
@config_option
@json_option
def evaluate(
    files: tuple[Path, ...],
    config_path: Path | None,
    pairs: Path | None,
    as_json: bool,
    citations: bool,
    **asked: Any,
) -> None:
    """Measure copies or stories on labelled articles, which go through the path of a run, or citations.

    FILE is JSONL, one article a line: id, lang, cluster, title or text, and published, publisher, url where known.
    Each file is measured by itself, and all together as one archive. Nothing is written but a throw-away database.
    With --citations it is JSONL of labelled sentences: id, lang, title or text, citations.

    \b
    Examples:
      retold eval labelled.jsonl --errors 10
      retold eval a.jsonl b.jsonl --pool --most 600
      retold eval --pairs pairs.jsonl --json
      retold eval --citations --errors 10
    """
    if citations:
        from pipeline.cli import evaluating_citations

        _alone("citations", "errors")
        return evaluating_citations.evaluate(files, config_path, asked["errors"], as_json)
    if not files and not pairs:
        raise click.UsageError("name a file of labelled articles, or --pairs FILE, or --citations")
    from pipeline import config

    settings = config.load(config_path or config.default_path())
    archives = _archives(files, **{k: asked.pop(k) for k in ("pool", "most", "seed", "no_times")})
    reports, told = _measured(archives, pairs, settings, as_json, asked)
    if as_json:
        return show_json({"sets": [as_row(r) for r in reports], "pairs": [asdict(p) for p in told]})
    return show(reports, told)


def _alone(mode: str, *fitting: str) -> None:
    """Refuse options that do not go with ``mode``."""
    ctx = click.get_current_context()
    fine = {mode, "files", "config_path", "as_json", *fitting}
    for param in ctx.command.params:
        name = param.name or ""
        if name not in fine and ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"{param.opts[-1]} does not go with --{mode}")


def _archives(files: Sequence[Path], pool: bool, most: dict[str, int], seed: int, no_times: bool) -> Sets:
    """Name → articles of each archive that is asked for."""
    from pipeline import labelled

    sets = labelled.read_all(files)
    if strange := sorted(set(most) - {*sets, ""}):
        raise click.UsageError(f"--most: no set {plain(strange[0])}; there are {', '.join(map(plain, sets)) or 'none'}")
    limits = {name: most.get(name, most.get("")) for name in sets}
    for name, limit in limits.items():
        sets[name] = labelled.most(sets[name], limit, seed) if limit else sets[name]
        sets[name] = labelled.thinned(sets[name], seed) if pool else sets[name]
        sets[name] = labelled.timeless(sets[name]) if no_times else sets[name]
    together = [row for rows in sets.values() for row in rows]
    if pool and sets:
        return {POOL: together}
    return {**sets, POOLED: together} if len(sets) > 1 else sets


def _measured(
    archives: Sets, pairs: Path | None, config: Config, quiet: bool, asked: dict[str, Any]
) -> tuple[list[Report], list[PairReport]]:
    from pipeline.cli.progress import watching
    from pipeline.evaluate import evaluated
    from pipeline.labelled import read_pairs
    from pipeline.probabilities import pairs_measured

    judged = read_pairs(pairs) if pairs else []
    reports = []
    for name, rows in archives.items():
        with watching(quiet, 0) as watch:
            reports.append(evaluated(name, rows, config, tell=watch.told, **asked))
    return reports, pairs_measured(judged, config) if judged else []


# -- as JSON


def as_row(report: Report) -> dict[str, Any]:
    """A report as JSON shows it."""
    return {
        "name": report.name,
        "level": report.level,
        "recipe": report.recipe,
        "parts": [{**asdict(p), "b_cubed": _named(p.b_cubed), "pairs": _named(p.pairs)} for p in report.parts],
        "false_merges": {"count": report.merges.count, "worst": [_fault_row(f) for f in report.merges.worst]},
        "false_splits": {"count": report.splits.count, "worst": [_fault_row(f) for f in report.splits.worst]},
        "calibration": asdict(report.calibration) if report.calibration else None,
    }


def _named(values: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("precision", "recall", "f1"), values, strict=True))


def _fault_row(fault: Fault) -> dict[str, Any]:
    sides = {side: {"set": a.set, "id": a.id, "title": a.title} for side, a in _sides(fault)}
    return {**asdict(fault), **sides}


def _sides(fault: Fault) -> tuple[tuple[str, Labelled], ...]:
    return (("left", fault.left), ("right", fault.right))


# -- in words


def show(reports: Sequence[Report], pairs: Sequence[PairReport]) -> None:
    """The tables, then what went wrong."""
    if reports:
        rows = [row for report in reports for row in _cells(report)]
        show_table([HEADINGS, *rows], HEADINGS[2:], NARROW)
        show_lines([(LEGEND, "dim")])
    for report in reports:
        show_lines(_faults(report, len(reports) > 1))
    for report in reports:
        if report.calibration:
            show_lines([("", ""), (f"P(same event) on {plain(report.name)}", "bold")])
            _curve(report.calibration)
    if pairs:
        show_lines([("", ""), ("P(same event) against people's pairs", "bold")])
        _pairs(pairs)


def _cells(report: Report) -> Iterator[tuple[object, ...]]:
    for p in report.parts:
        scores = [*p.b_cubed, *p.pairs, p.adjusted_rand, p.pair_recall, p.reached]
        numbers = ("" if s is None else f"{s:.3f}" for s in scores)
        yield report.name, p.part, p.articles, p.clusters, p.groups, *numbers, f"{p.candidates:.1f}"


def _faults(report: Report, several: bool) -> Iterator[Line]:
    where = f"{plain(report.name)}: " if several else ""
    what = "event" if report.level == "stories" else "text"
    group = "story" if report.level == "stories" else "copy group"
    for kind, faults, means in (
        ("false merge", report.merges, f"two {what}s in one {group}"),
        ("false split", report.splits, f"one {what} in two {group.replace('story', 'storie')}s"),
    ):
        yield "", ""
        more = ", the worst:" if faults.worst else ""
        yield f"{where}{count(faults.count, kind)} ({means}){more}", "bold"
        for fault in faults.worst:
            yield from _fault(fault)


def _fault(fault: Fault) -> Iterator[Line]:
    for _, side in _sides(fault):
        yield f"  {plain(side.id)}  {side.lang}  {padded(side.title or side.text, TITLE_CELLS).rstrip()}", ""
    likely = "" if fault.probability is None else f"P {fault.probability:.2f}: "
    link = "" if fault.link is None else f"; the two stories reach {fault.link:.2f}"
    yield f"      {count(fault.pairs, 'wrong pair')}; {likely}{'; '.join(map(plain, fault.reasons))}{link}", "dim"


def _curve(calibration: Calibration) -> None:
    headings = ("P from", "to", "pairs", "mean P", "share true")
    rows = [(f"{b.low:.1f}", f"{b.high:.1f}", b.count, *_shares(b.count, b.mean, b.share)) for b in calibration.curve]
    show_table([headings, *rows], headings, ())
    total = f"{count(calibration.pairs, 'proposed pair')}, Brier score {calibration.brier:.4f}"
    show_lines([(f"{total}, expected calibration error {calibration.error:.4f}", "dim")])


def _shares(pairs: int, *values: float) -> Iterator[str]:
    for value in values:
        yield f"{value:.3f}" if pairs else ""


def _pairs(reports: Sequence[PairReport]) -> None:
    headings = ("languages", "pairs", "same", "proposed", "AUC", "best F1", "at P")
    rows = [
        (r.languages, r.pairs, r.same, f"{r.proposed:.3f}", "" if r.auc is None else f"{r.auc:.3f}", f"{r.best_f1:.3f}",
         f"{r.threshold:.2f}")
        for r in reports
    ]  # fmt: skip
    show_table([headings, *rows], headings[1:], ())
    show_lines([("proposed: share of the same pairs that blocking proposes", "dim")])
