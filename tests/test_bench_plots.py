"""bench/plots.py: the same JSON makes the same SVG, with what was measured in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("matplotlib", reason="the extra bench is not installed")

from bench import plots

STORED = (10_000, 100_000, 1_000_000)


def index_row(stored: int) -> dict[str, Any]:
    return {
        "stored": stored, "new": 500, "per_day": 2740, "memory": 5e8, "dedup": {"processor": 0.6, "clock": 0.7},
        "runs": [{"processor": s, "clock": 2 * s, "stages": {}, "pairs": 9, "matches": 1} for s in (7.0, 5.0, 6.0)],
        "bytes": {f"table-{n}": 1000.0 * n for n in range(9)},
    }  # fmt: skip


def batch_row(what: str, on: str, articles: int, seconds: float, kill: float | None = None) -> dict[str, Any]:
    return {"what": what, "on": on, "kill": kill, "skew": False, "articles": articles, "seconds": seconds}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Made-up JSON of two benches, of one of them in two files."""
    batch = [batch_row("copies", on, n, n / 30_000) for on in ("native", "ray") for n in STORED[:2]]
    more = [batch_row("copies", "native", STORED[2], 50.0), batch_row("copies", "nodes:3", 10, 1.0, kill=25.0)]
    for name, rows in (("index", [index_row(n) for n in STORED]), ("batch", batch), ("batch-more", more)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"machine": "", "rows": rows}))
    return tmp_path


def test_lines_are_medians(results: Path) -> None:
    run = plots.run_cost(plots.kept(results, "index"))
    assert run["run, processor time"] == [(n, 12.0) for n in STORED], "6 s for 500, so 12 for 1,000"
    assert run["run, by the clock"][0] == (10_000, 24.0) and run["dedup alone, by the clock"][0] == (10_000, 1.4)
    batch = plots.batch_speed(plots.kept(results, "batch"))
    assert batch == {
        "copies, native": [(10_000, 30_000.0), (100_000, 30_000.0), (1_000_000, 20_000.0)],
        "copies, Ray, one node": [(10_000, 30_000.0), (100_000, 30_000.0)],
    }, "no rows of killed nodes"


def test_small_tables_are_drawn_together(results: Path) -> None:
    sizes, kb = plots.table_bytes(plots.kept(results, "index"))
    assert sizes == list(STORED)
    assert list(kb) == [*(f"table-{n}" for n in (8, 7, 6, 5, 4, 3, 2)), "others"]
    assert kb["others"] == [1.0] * 3 and sum(k[0] for k in kb.values()) == 36.0


def test_the_same_json_makes_the_same_svg(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [results / "first", results / "second"]
    for folder in folders:
        monkeypatch.setattr(sys, "argv", ["plots", str(results), "--to", str(folder)])
        plots.main()
    first, second = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in folders)
    assert first == second and set(first) == set(plots.PLOTS)
    for body in first.values():
        assert ElementTree.fromstring(body).tag == "{http://www.w3.org/2000/svg}svg" and b"<dc:date>" not in body
    (results / "index.json").unlink()
    plots.main()
    assert f"run.svg: left out, nothing of it was kept in {results}" in capsys.readouterr().out
