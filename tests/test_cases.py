"""That the table of the cases is whole: each has its texts and a test, and docs/reliability.md lists them."""

from __future__ import annotations

import re

import pytest

from tests.cases import NUMBERS, ROOT, Outcome, cases, result, shown, table
from tests.cases.plugin import BEGIN, END

DOCS = ROOT / "docs/reliability.md"


def test_each_case_has_its_texts_and_a_test() -> None:
    texts, tests = cases(), shown()
    assert len(NUMBERS) == 123
    assert set(texts) == set(NUMBERS)
    assert set(NUMBERS) - set(tests) == set()
    assert all(one.case and one.answer for one in texts.values())


def test_the_document_says_what_the_cases_say() -> None:
    made = DOCS.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = {cells[1].strip(): cells for line in made.splitlines() if len(cells := re.split(r"(?<!\\)\|", line)) == 7}
    for number, case in cases().items():
        assert rows[number][2].strip() == case.case.replace("|", "\\|"), "make reliability writes it anew"
        assert rows[number][3].strip().startswith(case.answer.replace("|", "\\|"))
        assert rows[number][5].strip() not in ("", "no test") and "failed" not in rows[number][5]
        for name in re.findall(r"`([\w/]+): (\w+)`", rows[number][4]):
            path = ROOT / "tests" / re.sub(r"(\w+)$", r"test_\1.py", name[0])
            assert f"def {name[1]}(" in path.read_text("utf-8"), f"{number}: {name[1]} is gone; make reliability"


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((), "no test"),
        (("passed", "passed"), "2 passed"),
        (("skipped", "failed", "passed"), "1 failed, 1 passed, 1 skipped"),
    ],
)
def test_results_are_counted_the_worst_first(states: tuple[str, ...], words: str) -> None:
    assert result({"tests/test_x.py::test_y": [Outcome("", ("A1",), state) for state in states]}) == words


def test_a_row_names_its_tests() -> None:
    made = table([Outcome("tests/test_http.py::test_x", ("B1", "B2"), "passed")])
    row = next(line for line in made.splitlines() if line.startswith("| B1 |"))
    assert row.endswith("| `http: test_x` | 1 passed |")
