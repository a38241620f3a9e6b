"""bench/principles.py: what the two plots say is what the news day and the kernel say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import principles
from bench.principles import KINDS, SHAPES, chance
from pipeline.newsroom.events import load

PIECES = load(principles.DAY)


def test_copies_stand_apart_from_stories_and_stories_do_not_from_others() -> None:
    found = principles.distribution(PIECES[:110])
    copies, story, across, other = (found[name] for name in KINDS)
    assert sum(map(len, found.values())) == 110 * 109 // 2
    assert copies[0] > 0.3 > 0.05 > story[-1]
    assert story[0] == across[0] == other[0] == 0 and other[-1] > story[len(story) // 2]


def test_what_is_measured_lies_by_the_curve() -> None:
    dots = principles.measured(PIECES[:60], seeds=6)
    assert sum(dot.pairs for dot in dots) > 200
    for dot in dots:
        for shape in SHAPES:
            noise = 4 * (0.25 / (6 * dot.pairs)) ** 0.5  # seeds and pairs are draws; four standard errors at the worst
            assert abs(dot.met[shape] - chance(dot.jaccard, *shape)) < noise + 0.06, (dot.jaccard, shape)


def test_the_chance_is_that_of_the_manual() -> None:
    assert [round(chance(s, *SHAPES[0]), 2) for s in (0.5, 0.7)] == [0.64, 0.99]


@pytest.mark.slow
def test_the_plots_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="the extra bench is not installed")
    monkeypatch.setattr("sys.argv", ["principles", "--seeds", "2", "--to", str(tmp_path)])
    principles.main()
    assert {path.name for path in tmp_path.iterdir()} == {"jaccard.svg", "lsh.svg"}
    assert "one story, one language: 156 pairs" in capsys.readouterr().out
