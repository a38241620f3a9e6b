"""python -m bench: each bench in a process of its own, what it kept beside what it said, and none stops the others."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import extraction, kept
from bench.stages import machine

CHEAP = """
import json, sys
from pathlib import Path
*given, _, path = sys.argv[1:]
print("a machine, 1 core; in passing\\n\\n\\n\\n| what |\\n|---|\\n| " + " ".join(given) + " |")
print("half way", file=sys.stderr)
Path(path).write_text(json.dumps({"machine": "a machine, 1 core", "rows": [given]}))
"""
BROKEN = "raise SystemExit('no such luck')"
TABLE = (
    bench.Bench("broken", "a_broken_bench", "", ""),
    bench.Bench("cheap", "a_cheap_bench", "--n 1 --real={text}", "--n 2 --real={texts} {labelled} --keep={keep}"),
    bench.Bench("absent", "a_cheap_bench", "", "", needs=("a_module_of_nobodys", "moon")),
)


def called(monkeypatch: pytest.MonkeyPatch, folder: Path, *options: str) -> int:
    """The exit code of a run over the table above."""
    (folder / "a_cheap_bench.py").write_text(CHEAP)
    (folder / "a_broken_bench.py").write_text(BROKEN)
    monkeypatch.setattr(bench, "BENCHES", TABLE)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(sys, "argv", ["bench", *options])
    return bench.main()


def shared(folder: Path) -> Path:
    """Real material: a labelled set of texts, one of headlines, pairs, and a saved page."""
    (folder / "data").mkdir(parents=True)
    (folder / "pages" / "deep").mkdir(parents=True)
    rows = {"told": {"cluster": "a", "text": "It rained."}, "heads": {"cluster": "a", "text": None}, "pairs": {"a": 1}}
    for name, row in rows.items():
        (folder / "data" / f"{name}.jsonl").write_text(json.dumps(row) + "\n")
    (folder / "pages" / "deep" / "page.html.gz").write_bytes(gzip.compress(b"<p>It rained.</p>"))
    return folder


def test_one_that_fails_is_told_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "broken.json").write_text("{}")
    assert called(monkeypatch, tmp_path, "--small", "--out", str(out), "--real", str(tmp_path / "nowhere")) == 1
    said = capsys.readouterr().out
    assert said.count(machine()) == 1
    assert "Real texts: none found, so the bundled ones: own_crosslingual; no saved pages." in said
    assert "**failed** with exit code 1:\n\n    no such luck\n" in said and "failed: broken" in said
    own = bench.BUNDLED / "own_crosslingual.jsonl"
    assert f"## cheap\n\nin passing\n\n| what |\n|---|\n| --n 1 --real={own} |\n" in said
    assert "left out: a_module_of_nobodys is not installed (pip install 'retold[moon]')" in said
    assert not (out / "broken.json").exists(), "an old one would pass for this run's"
    assert (out / "cheap.log").read_text() == "half way\n"
    told = json.loads((out / "run.json").read_text("utf-8"))
    assert [(r["name"], r["code"]) for r in told["rows"]] == [("broken", 1), ("cheap", 0)] and told["small"]
    assert str(tmp_path) not in json.dumps(told), "no places of this machine"


def test_real_material_is_given_to_the_benches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, out = shared(tmp_path / "shared"), tmp_path / "out"
    options = ["--only", "cheap", "--out", str(out), "--real", str(real), "--keep", str(tmp_path / "kept")]
    assert called(monkeypatch, tmp_path, *options) == 0
    assert "Real texts: heads, told; saved pages of shared/pages." in capsys.readouterr().out
    told, heads = real / "data" / "told.jsonl", real / "data" / "heads.jsonl"
    given = json.loads((out / "cheap.json").read_text("utf-8"))["rows"][0]
    assert given == ["--n", "2", f"--real={told}", str(heads), str(told), f"--keep={tmp_path / 'kept'}"]
    assert bench.real([told]) == bench.Real((told,))


def test_every_row_of_the_table_can_be_run() -> None:
    places = {name: [Path("a b")] for name in ("text", "texts", "labelled", "pages", "keep")}
    for row in bench.BENCHES:
        assert (bench.ROOT / f"{row.module.replace('.', '/')}.py").exists()
        for line in (row.small, row.full):
            assert not [word for word in bench.arguments(line, places) if "{" in word]
    assert list(bench.arguments("--x={texts} -y {texts} 3", {"texts": []})) == ["-y", "3"]


def test_the_median_run_is_a_run() -> None:
    assert kept.middle([3.0, 1.0, 2.0], float) == 2.0 and kept.middle([4.0, 1.0, 2.0, 3.0], float) == 2.0


def test_extraction_takes_turns_over_generated_and_saved_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, path = shared(tmp_path / "shared"), tmp_path / "extraction.json"
    options = ["--generated", "3", "--pages", str(real / "pages"), "--runs", "2", "--json", str(path)]
    monkeypatch.setattr(sys, "argv", ["extraction", *options])
    extraction.main()
    rows = json.loads(path.read_text("utf-8"))["rows"]
    assert [(r["pages"], r["count"], r["run"]) for r in rows] == [
        ("generated", 3, 0), ("saved, pages", 1, 0), ("generated", 3, 1), ("saved, pages", 1, 1),
    ]  # fmt: skip
    assert all(r["ours_s"] > 0 and r["bare_s"] > 0 for r in rows)
    assert rows[0]["ours_empty"] == rows[0]["bare_empty"] == rows[0]["refused"] == 0
    assert "| generated | 3 | " in capsys.readouterr().out
