"""bench/collect.py: passes over a few outlets, each with what it is to fetch and nothing else."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


def bench(*options: str, files: int = 1000) -> tuple[dict[str, dict[str, Any]], str]:
    """(cost by pass, what is printed) of a bench that may have so many files open."""
    args = [sys.executable, "-m", "bench.collect", "--workers", "1", *options]
    limit = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (files, files))
    done = subprocess.run(args, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True, preexec_fn=limit)
    return {cost["name"]: cost for cost in map(json.loads, done.stderr.splitlines())}, done.stdout


@pytest.mark.slow
def test_every_pass_fetches_what_is_new_and_no_more(tmp_path: Path) -> None:
    costs, printed = bench(
        "--feeds", "3", "--entries", "2", "--only", "first,same,new", "--json", str(tmp_path / "collect.json")
    )
    kept = json.loads((tmp_path / "collect.json").read_text("utf-8"))
    assert kept["rows"] == [{**cost, "run": 0} for cost in costs.values()]
    assert [b["processes"] for b in kept["bare"]] == [1, 2] and kept["feeds"] == 3
    assert {name: cost["outcomes"] for name, cost in costs.items()} == {
        "first": {"feed": {"ok": 3}, "page": {"ok": 6}},
        "same": {"feed": {"not_modified": 3}},
        "new": {"feed": {"ok": 3}, "page": {"ok": 3}},
    }
    assert [cost["articles"] for cost in costs.values()] == [6, 0, 3]
    assert all(cost["clock"] > 0 and cost["run_cpu"] > 0 for cost in costs.values())
    assert costs["first"]["absorb"] > costs["same"]["absorb"] > 0
    assert "| first | 9 | 6 | 6 |" in printed and "bare trafilatura, 2 processes: " in printed


@pytest.mark.slow
def test_more_hosts_than_files_may_be_open() -> None:
    """The pass over feeds alone; idle connections are kept, but not so many that the database finds no file to open."""
    costs, _ = bench("--feeds", "100", "--entries", "1", "--only", "feed", "--no-absorb", "--no-bare", files=100)
    assert costs["feed"]["outcomes"] == {"feed": {"ok": 100}} and costs["feed"]["articles"] == 100
