"""The bench of the batch engine, and the capacity plan that stands on it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("daft", reason="the extra batch is not installed")

from bench import batch, capacity


def row(articles: int, days: int, sweep_s: float) -> dict[str, object]:
    return {
        "what": "stories", "on": "native", "skew": False, "articles": articles, "days": days, "cores": 2,
        "stages": {"survey": 1.0, "sweep": sweep_s, "judge": 1.0}, "scratch": {"sweep": 2000 * articles},
        "source": 1000 * articles, "matches": articles // 2, "peak": 32 * 10**6,
    }  # fmt: skip


@pytest.mark.slow
def test_measures_copies_and_stories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "rows.json"
    monkeypatch.setattr(
        sys, "argv", ["batch", "--copies", "300", "--stories", "120", "--skew", "--per-day", "40", "--json", str(kept)]
    )
    batch.main()
    copies, stories = json.loads(kept.read_text("utf-8"))["rows"]
    assert copies["articles"] == 300 and 200 < copies["copies"] < 300 and copies["matches"] > 20
    assert stories["articles"] == 120 and stories["stories"] <= stories["copies"] <= 120
    assert stories["days"] == 3 and stories["run"] == 0
    assert set(stories["stages"]) == {"survey", "sweep", "propose", "judge", "unite"}
    assert stories["peak"] > 2**20 and sum(stories["scratch"].values()) > 120 * 500
    assert "| stories, skewed | 120 | native |" in capsys.readouterr().out


def test_a_plan_grows_with_the_archive_and_with_its_density() -> None:
    unit = capacity.measured([row(10_000, 100, 20.0), row(10_000, 10, 29.0)])
    assert unit.sweep == pytest.approx(0.0038) and unit.crowd == pytest.approx(2e-6)
    assert unit.linear == pytest.approx(0.0004) and unit.edges == 0.5
    price = capacity.Price()
    small, large = (capacity.plan(n, 1, 2, unit, price) for n in (10**5, 10**6))
    assert 10 < large.core_hours / small.core_hours < 40, "denser, so more than ten times"
    assert large.stored_gb == pytest.approx(10 * small.stored_gb) and large.edges == 10 * small.edges
    assert small.busy > 0.7 and 1 < large.signed < 3
    more = capacity.plan(10**6, 1, 16, unit, price)
    assert large.hours / 8 < more.hours < large.hours / 4, "eight times the cores"


def test_tasks_wait_for_memory_and_for_nodes_that_died() -> None:
    rng = np.random.default_rng(1)
    calm = capacity.Price(deaths=0.0, node_cores=4, node_gb=16.0)
    assert capacity.played([(3600.0, 1.0)] * 8, 4, calm, rng) == (7200.0, 0)
    assert capacity.played([(3600.0, 16.0)] * 8, 4, calm, rng) == (7200.0, 0), "one fills a node, and has its cores"
    assert capacity.played([(4 * 3600.0, 1.0)], 4, calm, rng) == (3600.0, 0), "a long one is not left to one core"
    ends, lost = capacity.played([(3600.0, 1.0)] * 8, 4, capacity.Price(deaths=1.0, node_cores=4), rng)
    assert lost > 0 and ends > 7200.0


def test_a_window_that_no_node_holds_is_divided() -> None:
    price = capacity.Price(node_cores=4, node_gb=16.0)
    assert [capacity.divided(60.0, gb, price) for gb in (1.0, 16.0, 17.0, 80.0)] == [1, 1, 3, 10]
    parts = capacity.divided(100 * 4 * 3600.0, 1.0, price)
    assert parts * (parts - 1) // 2 < 100 <= parts * (parts + 1) // 2, "nor does one keep a node for days"
