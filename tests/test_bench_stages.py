"""bench/stages.py: the stages make up the whole, and the stream is what it says."""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from bench import stages
from pipeline.labelled import Labelled, read
from pipeline.terms import terms
from tests.test_evaluate import OWN


@pytest.fixture(scope="module")
def own() -> list[Labelled]:
    return read(OWN)


def test_stages_make_up_the_whole(own: list[Labelled]) -> None:
    cost = stages.measured("own", own)
    assert set(cost.absorbed.spent) <= set(stages.STAGES) and min(cost.absorbed.spent.values()) >= 0
    assert {"sign", "propose", "judge", "group", "store"} <= {k for k, v in cost.absorbed.spent.items() if v > 0}
    assert 0 <= cost.unstaged < cost.absorbed.seconds / 5
    assert set(cost.signing) == {"profiles", "signatures", "bucket keys", "gists"}
    shown = list(stages.table([cost, cost]))
    assert {line.count("|") for line in shown} == {4}
    every = next(line for line in shown if line.startswith("| **all** |"))
    assert f"{1000 * cost.absorbed.seconds / 45:.2f} (100%)" in every


def test_a_stream_is_mostly_single_articles_of_the_models_words(own: list[Labelled]) -> None:
    made = stages.stream(own, 300, 10, 1)
    assert made == stages.stream(own, 300, 10, 1) != stages.stream(own, 300, 10, 2)
    sizes = Counter(Counter(r.event for r in made).values())
    assert 0.7 < sizes[1] / sizes.total() < 0.95 and set(sizes) <= {1, 2, 3, 4}
    assert 5 < len({r.published.date() for r in made if r.published}) <= 10
    known = {t.word for r in own for t in terms(f"{r.title}\n{r.text}", r.lang)}
    assert {t.word for r in made for t in terms(r.text, r.lang) if t.word.isalpha()} <= known


def test_retellings_share_half_their_words(own: list[Labelled]) -> None:
    events = defaultdict(list)
    for row in stages.stream(own, 300, 10, 1):
        events[row.event].append(row.text.split())
    pairs = [(a, b) for a, b, *_ in (told for told in events.values() if len(told) > 1)]
    same = [sum(v == w for v, w in zip(a, b, strict=True)) / len(a) for a, b in pairs if len(a) > 10]
    assert 0.4 < sum(same) / len(same) < 0.65


@pytest.mark.slow
def test_every_page_of_the_news_day_is_measured() -> None:
    pages, seconds = stages.page_seconds()
    assert pages > 150 and seconds > 0


@pytest.mark.slow
def test_every_run_is_kept_and_the_median_one_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "stages.json"
    monkeypatch.setattr(sys, "argv", ["stages", str(OWN), "--stream", "20", "--runs", "3", "--json", str(path)])
    stages.main()
    kept = json.loads(path.read_text("utf-8"))
    assert kept["machine"] == stages.machine() and kept["collecting"]["pages"] > 150
    assert [(r["name"], r["run"]) for r in kept["rows"]] == [
        (name, run) for run in range(3) for name in (f"{OWN.stem}, 45", "stream 20, 20")
    ]
    for row in kept["rows"]:
        assert sum(row["stages"].values()) + row["rest"] == pytest.approx(row["seconds"])
        assert row["signing"] and row["pairs"] >= row["matches"] >= 0
    own = sorted(r["seconds"] for r in kept["rows"] if r["articles"] == 45)
    assert f"| **all** | {1000 * own[1] / 45:.2f} (100%)" in capsys.readouterr().out
