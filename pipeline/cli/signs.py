"""Signals and their worth as a table of the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pipeline.cli.output import padded, widest
from pipeline.cli.words import count
from pipeline.store.rows import Row
from pipeline.why.signs import divided, value

START = "any two articles, before anything is compared"


def table(edge: Row, told: Row, verbose: bool) -> Iterator[str]:
    """What the signals were worth, the weightiest first, the lesser ones summed up, and what they add up to."""
    if told["decided_by"] is None:
        yield "what its signals were worth is not known: another recipe judged it (`retold rebuild` judges anew)"
    elif told["decided_by"] == "copy":
        yield "a copy by its text alone, hence P(same event) 1: its signals were not weighed"
    elif told["decided_by"] == "window":
        yield "apart by the time between them alone, hence P(same event) 0: the signals were not weighed"
    else:
        yield "what speaks for one event and against it (log-odds: +0.7 doubles the odds, -0.7 halves them):"
        yield from (f"  {line}" for line in _table(edge, told, verbose))
        return
    if verbose:
        yield from (f"  {_line(s['label'], value(s), 30)}" for s in told["signals"])


def _table(edge: Row, told: Row, verbose: bool) -> Iterator[str]:
    shown, rest = divided(told["signals"], verbose)
    weighs = [s for s in shown if s["worth"] is not None]
    lesser = f"{count(len(rest), 'lesser signal')} together"
    width = widest([START, lesser, *(s["label"] for s in shown)])
    yield f"{_line(START, '', width)}  {told['base']:+6.2f}"
    yield from (f"{_line(s['label'], value(s), width)}  {s['worth']:+6.2f}" for s in weighs)
    if rest:
        yield f"{_line(lesser, '', width)}  {math.fsum(s['worth'] for s in rest):+6.2f}"
    yield f"{_line('together', '', width)}  {told['log_odds']:+6.2f}  = P(same event) {edge['probability']:.2f}"
    yield from (f"{_line(s['label'], value(s), width)}  not asked" for s in shown if s["worth"] is None)


def _line(label: str, said: str, width: int) -> str:
    return f"{padded(label, width)}  {said:>10}"
