"""`retold run` among servers that mean it harm: a small edition of bench/reliability/hostile.py."""

from __future__ import annotations

import sys

import pytest

from bench.reliability.hostile import Setting, ask
from bench.reliability.report import LIMIT_MB, figures, mb, table

ATTACKS = (
    "slow-body", "endless-body", "endless-chunks", "bomb-br", "bomb-layers", "loop", "to-private", "to-file",
    "downgrade", "rebind", "mixed", "links-inside", "short", "large-16", "items", "attributes", "author-32k", "laughs",
    "xxe-http", "xxe-file", "robots-slow", "page-divs", "page-video", "to-pit",
)  # fmt: skip
DEADLINE_S = 150


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.case("A6", "A7", "A8", "A9", "A11", "B10", "B11", "B19", "B20", "B21", "B23", "B29", "F18", "G3", "G6")
@pytest.mark.case("C1", "C2", "C3", "C4", "C5")
def test_a_run_among_hostile_servers(tmp_path):
    setting = Setting(tmp_path, good=4, entries=3, only=ATTACKS)
    outcome = ask(setting, DEADLINE_S)
    said = "\n".join(figures(outcome))
    assert outcome.process.status == 1, f"{said}\n{outcome.process.said[-2000:]}"  # some sources failed
    assert outcome.starved == [], said
    assert [one for one in outcome.answers if not one.as_meant] == []
    assert len(outcome.answers) == len(ATTACKS)
    assert (outcome.private, outcome.canary, outcome.leaked) == (0, 0, False)
    assert mb(outcome.process.peak) <= LIMIT_MB, said
    assert len(list(table(outcome, {}))) == len(ATTACKS) + 2
