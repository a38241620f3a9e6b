"""What the pages that tell show is what happens: the tutorial's commands, the cookbook's answers, worked examples."""

from __future__ import annotations

import doctest
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import ROOT, Demo
from tests.prose import Quick, Reader, Shell, differs, lived_in, steps
from tools import cookbook

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
COOKBOOK = (ROOT / "docs" / "cookbook.md").read_text("utf-8")
RECIPES = list(cookbook.RECIPE.finditer(COOKBOOK))
WITHIN = set(re.findall(r"(?:WITH|,) (\w+) AS \(", COOKBOOK))  # what a query names itself
DOCUMENTED = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "database.md").read_text("utf-8")))


@pytest.fixture(scope="module")
def used(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A demo that somebody has worked with, to read."""
    path = lived_in(demo.path, tmp_path_factory.mktemp("used"))
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        yield db


# -- the tutorial


def test_the_tutorial_prints_what_it_shows(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    follow(Quick(TUTORIAL, tmp_path, demo))


@pytest.mark.slow
def test_the_tutorial_in_a_shell(tmp_path: Path) -> None:
    if not (shutil.which("dot") and shutil.which("sqlite3")):
        pytest.skip("needs Graphviz and the sqlite3 shell, as its reader does")
    follow(Shell(TUTORIAL, tmp_path))
    assert "<svg" in (tmp_path / "drones.svg").read_text("utf-8")


def follow(reader: Reader) -> None:
    """Type every command of the tutorial and compare."""
    typed = list(steps(TUTORIAL))
    assert len(typed) > 25
    for command, shown in typed:
        wrong = differs(shown, reader.type(command))
        assert not wrong, f"$ {command}: {wrong}"
    told = json.loads((reader.folder / "alert.json").read_text("utf-8"))
    assert told["story"]["origin"]["outlet"] == "Der Spiegel" and told["story"]["counts"]["origins"] == 1
    assert (reader.folder / "drones.svg").read_text("utf-8").count("Der Spiegel") > 2


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        (["a #7", "…", "c"], "a #123\nb\nc", True),
        (["a", "c"], "a\nb\nc", False),
        (["a", "…"], "a\nb\nc", True),
        (["a"], "a\nb", False),
        (["a", "…", "b"], "a\nb\nc", False),
        (["story 6 has … outlets, 0.93"], "story 71   has 15 outlets, 0.93", True),
        (["story 6, 0.93"], "story 6, 0.94", False),
        (["a"], "", False),
        ([], "", True),
    ],
)
def test_comparing(shown: list[str], printed: str, fits: bool) -> None:
    assert (differs(shown, printed) is None) == fits


# -- examples that compute


def test_worked_examples_compute_what_they_say() -> None:
    page = (ROOT / "docs" / "how-it-works.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "how-it-works.md", None, None)
    said: list[str] = []
    failed, tried = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)
    assert failed == 0 and tried > 12, "".join(said)


# -- the cookbook


def test_the_cookbook_has_the_questions_that_it_promises() -> None:
    numbers = [int(number) for number in re.findall(r"^### (\d+)\. .+\?$", COOKBOOK, re.M)]
    assert numbers == list(range(1, len(RECIPES) + 1)) and len(numbers) >= 20
    assert "twenty-four" in COOKBOOK and len(numbers) == 24


@pytest.mark.parametrize("found", RECIPES, ids=[found["title"].split(".")[0] for found in RECIPES])
def test_a_recipe_answers_what_the_page_shows(used: sqlite3.Connection, found: re.Match[str]) -> None:
    assert len(cookbook.answer(used, found["sql"])) > 1, "a question without an answer shows nobody anything"
    assert found["table"], "and so does one whose answer the page does not show"
    assert found.group() == cookbook.renewed(found.group(), used), "python -m tools.cookbook writes it anew"


def test_recipes_ask_only_what_is_documented(used: sqlite3.Connection) -> None:
    asked: set[str] = set()

    def note(action: int, table: str | None, _column: str | None, _base: str | None, inside: str | None) -> int:
        if action == sqlite3.SQLITE_READ and table and not (inside or "").startswith("v_"):
            asked.add(table)
        return sqlite3.SQLITE_OK

    used.set_authorizer(note)
    try:
        for found in RECIPES:
            used.execute(found["sql"])
    finally:
        used.set_authorizer(None)
    asked = {table for table in asked if not table.startswith(("articles_fts_", "sqlite_"))}
    assert {"v_stories", "v_roles", "articles_fts"} < asked
    assert asked <= DOCUMENTED | WITHIN, f"not in docs/database.md: {asked - DOCUMENTED}"


def test_answers_are_written_where_the_questions_are(used: sqlite3.Connection) -> None:
    page = (
        "## Rooms\n\n### 1. How many?\n\n```sql\nSELECT 1 AS n UNION SELECT 2 UNION SELECT 'a | b'\n```\n\nSo many.\n"
    )
    full = cookbook.renewed(page, used)
    assert full.endswith("```\n\n| n |\n| --- |\n| 1 |\n| 2 |\n| a / b |\n\nSo many.\n")
    assert cookbook.renewed(full, used) == full
    shorter = full.replace("| 2 |\n| a / b |\n", "")
    assert "| 1 |\n| … |\n\nSo many." in cookbook.renewed(shorter, used)
