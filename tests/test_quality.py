"""Quality floors: what story groups reached on labelled data, to be reached by whatever comes after.

Floors are only ever raised. Each goes with a digest of the articles it was measured on: change the data, and the
floor is to be measured anew. Figures are B³ precision and F1 of the story level; of the news day, of copies too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from pipeline.config import Config
from pipeline.evaluate import Level, evaluated
from pipeline.labelled import Labelled, most, read, thinned
from pipeline.newsroom.addresses import url
from pipeline.newsroom.events import Piece, load
from tests.conftest import ROOT

OWN = ROOT / "tests" / "data" / "own_crosslingual.jsonl"
SHARED = Path(os.environ.get("RETOLD_SHARED", ROOT.parent / "shared")) / "data"
SETS = ("daeso_nl", "ecbplus", "basil", "allsides_roundup", "uci_subset")
POOL_MOST = {"uci_subset": 600}
NEWS_DAY = "1723c6af411ab9a7"  # digest


@dataclass(frozen=True)
class Floor:
    """What must be reached on one archive."""

    digest: str
    precision: float
    f1: float


def digest(rows: Sequence[Labelled]) -> str:
    """BLAKE2b-64 of all that is measured on, in any order of the rows."""
    lines = sorted(repr((r.id, r.title, r.text, r.lang, r.published, r.publisher, r.event, r.copy)) for r in rows)
    return hashlib.blake2b("\n".join(lines).encode(errors="replace"), digest_size=8).hexdigest()


def check(rows: Sequence[Labelled], floor: Floor, level: Level = "stories") -> None:
    assert digest(rows) == floor.digest, "other articles than those the floor was measured on"
    report = evaluated("floor", rows, Config(), level, errors=3)
    precision, recall, f1 = report.parts[0].b_cubed
    told = [*report.merges.worst, *report.splits.worst]
    assert precision >= floor.precision and f1 >= floor.f1, (precision, recall, f1, told)


# -- our own writing: always


def news_day() -> list[Labelled]:
    """The bundled news day as labelled articles: one page each, as it was in the end, with its outlet and time."""
    pieces = [p.as_of(p.edit.at) if p.edit else p for p in load(date(2026, 11, 19))]
    return [_labelled(p) for p in pieces]


def _labelled(p: Piece) -> Labelled:
    first, *rest = p.paragraphs
    text = "\n".join([f"{p.dateline} {first}".strip(), *rest, p.credit]).strip()
    return Labelled("newsday", p.id, p.title, text, p.lang, p.at, p.outlet, url(p), p.event, p.copy_group)


def test_the_news_day_keeps_its_stories() -> None:
    check(news_day(), Floor(NEWS_DAY, precision=1.0, f1=0.915))


def test_the_news_day_keeps_its_copies() -> None:
    check(news_day(), Floor(NEWS_DAY, precision=1.0, f1=1.0), "copies")


def test_events_told_in_three_languages() -> None:
    check(read(OWN), Floor("80e81f6cd1ba70b4", precision=0.96, f1=0.91))


# -- data that is not ours: where it is


def shared(name: str) -> list[Labelled]:
    path = SHARED / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path.name}: set RETOLD_SHARED")
    return read(path)


FLOORS = {
    "daeso_nl": Floor("ec9c37df929f57fe", precision=0.925, f1=0.95),
    "ecbplus": Floor("5f3be946d27adfea", precision=0.913, f1=0.93),
    "basil": Floor("ac99e4519fdf7443", precision=0.995, f1=0.99),
    "allsides_roundup": Floor("481c2118129e0bc7", precision=0.938, f1=0.839),
    "ntrex": Floor("ce2b664280f5932c", precision=0.92, f1=0.957),
    "uci_subset": Floor("2d5de6cc6ab3303e", precision=0.827, f1=0.829),
}
# the largest, which the pool below has thinned; make test-all
SLOW = {"allsides_roundup", "basil", "ecbplus", "uci_subset"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in FLOORS])
def test_labelled_news(name: str) -> None:
    check(shared(name), FLOORS[name])


@pytest.mark.slow
def test_a_pool_of_mostly_single_articles() -> None:
    sets = {name: shared(name) for name in SETS}
    pool = [row for name, rows in sets.items() for row in thinned(most(rows, POOL_MOST.get(name, len(rows))))]
    check(pool, Floor("1d69d3f496c888be", precision=0.932, f1=0.94))
