"""The bench of dedup: every method that is installed, in processes of their own, from texts to clusters."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import dedup
from bench.corpus import COPIES, corpus


@pytest.mark.slow
def test_measures_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.json"
    asked = [
        "--synthetic",
        "300",
        "--runs",
        "1",
        "--json",
        str(kept),
        "--only",
        "datasketch",
        "--only",
        "Retold, NumPy",
    ]
    monkeypatch.setattr(sys, "argv", ["dedup", *asked])
    dedup.main()
    said = capsys.readouterr().out
    assert "synthetic, 300: 300 texts" in said and "| Retold, NumPy |" in said
    stock, ours = json.loads(kept.read_text("utf-8"))["sets"]["synthetic, 300"]
    assert stock["pair_p"] == ours["pair_p"] == 1.0
    assert ours["b3_f1"] == pytest.approx(stock["b3_f1"], abs=0.05) and ours["b3_f1"] > 0.8
    assert set(ours["stages"]) == {"signatures", "pairs", "clusters"}


@pytest.mark.slow
def test_the_corpus_is_what_it_says() -> None:
    made, again = corpus(400), corpus(400)
    assert made == again and corpus(400, seed=8) != made
    assert len(made.texts) == len(made.truth) == 400
    copied = 400 - len(set(made.truth))
    assert abs(copied / 400 - COPIES) < 0.1
    assert 250 < sum(len(t.split()) for t in made.texts) / 400 < 600
