"""The bench of copies: both systems on edited texts, from the file to the printed tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import copies
from tests.desk import prose


@pytest.mark.slow
def test_prints_both_systems_by_strength_and_by_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept = tmp_path / "own.jsonl", tmp_path / "kept.json"
    rows = [{"set": "own", "id": f"own-{n}", "cluster": f"own-{n}", "lang": "en", "title": f"Title {n}",
             "text": prose(n, 14), "published": "2026-03-02"} for n in range(4)]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    monkeypatch.setattr(sys, "argv", ["copies", str(path), "--seed", "3", "--json", str(kept)])
    copies.main()
    said = capsys.readouterr().out
    assert said.count("| own |") == len(copies.STRENGTHS)
    assert all(f"| {edit} |" in said for edit in copies.EDITS)
    found = json.loads(kept.read_text("utf-8"))
    gentle = [r for r in found if r["strength"] <= 0.1]
    ours, theirs = ([r for r in gentle if r["system"] == s] for s in ("ours", "datasketch"))
    assert sum(r["b3_f1"] for r in ours) > sum(r["b3_f1"] for r in theirs)
