"""The 123 cases that a collector of strangers' feeds meets, and what Retold does in each.

`A.toml` … `G.toml` hold the texts: a case, our answer, and why where it is another than usual. Tests say which
cases they show by ``@pytest.mark.case("A1", "A5")``. `python -m pytest -m case --cases docs/reliability.md tests` runs
them and writes the table.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SECTIONS = {
    "A": ("Where we connect", 18),
    "B": ("HTTP", 30),
    "C": ("Parsing", 20),
    "D": ("Markup and output", 13),
    "E": ("Identity and dates", 16),
    "F": ("Storage and cron", 19),
    "G": ("Article pages", 7),
}
NUMBERS = tuple(f"{letter}{n}" for letter, (_, count) in SECTIONS.items() for n in range(1, count + 1))
OUTCOMES = ("failed", "passed", "skipped")  # the worst first


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what comes in, what Retold does, and why where others would do it otherwise."""

    number: str
    case: str
    answer: str
    differs: str = ""


def cases() -> dict[str, Case]:
    """The texts, by number."""
    found: dict[str, Case] = {}
    for letter in SECTIONS:
        texts = tomllib.loads((HERE / f"{letter}.toml").read_text("utf-8"))
        found |= {number: Case(number, **text) for number, text in texts.items()}
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ended (with one set of parameters)."""

    test: str  # "tests/test_connect.py::test_x"
    numbers: tuple[str, ...]
    state: str  # one of OUTCOMES
    why: str = ""  # of a skip


def rows(outcomes: Iterable[Outcome]) -> dict[str, dict[str, list[Outcome]]]:
    """Case number → test → its outcomes."""
    found: dict[str, dict[str, list[Outcome]]] = {}
    for one in outcomes:
        for number in one.numbers:
            found.setdefault(number, {}).setdefault(one.test, []).append(one)
    return found


def table(outcomes: Iterable[Outcome]) -> str:
    """The cases as Markdown: case, what happens, tests, result."""
    shown, texts = rows(outcomes), cases()
    parts: list[str] = []
    for letter, (title, _) in SECTIONS.items():
        parts += [
            f"## {letter}. {title}",
            "",
            "| | case | what Retold does | shown by | result |",
            "|---|---|---|---|---|",
        ]
        for number in (n for n in NUMBERS if n[0] == letter):
            parts.append(_row(texts[number], shown.get(number, {})))
        parts.append("")
    return "\n".join(parts)


def _row(case: Case, tests: dict[str, list[Outcome]]) -> str:
    answer = case.answer + (f" *Otherwise than usual:* {case.differs}" if case.differs else "")
    names = "<br>".join(f"`{_short(test)}`" for test in sorted(tests))
    return "| " + " | ".join(_cell(x) for x in (case.number, case.case, answer, names, result(tests))) + " |"


def result(tests: dict[str, list[Outcome]]) -> str:
    """The outcomes of a case's tests in words: "12 passed", "3 passed, 1 skipped"."""
    states = [one.state for outcomes in tests.values() for one in outcomes]
    counted = ((states.count(state), state) for state in OUTCOMES)
    return ", ".join(f"{count} {state}" for count, state in counted if count) or "no test"


def _short(test: str) -> str:
    return re.sub(r"test_(\w+)\.py::", r"\1: ", test.removeprefix("tests/"))


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip()).replace("|", "\\|")


def by_case(rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> list[Any]:
    """The parameters of a test whose rows each show one case, or ("") none."""
    return [
        pytest.param(*row, marks=[pytest.mark.case(number)] if number else [])
        for number, each in rows.items()
        for row in each
    ]


def shown() -> dict[str, set[str]]:
    """Case number → files of tests that say they show it, read from their sources."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for number in re.findall(r"\"([A-G][0-9]{1,2})\"", path.read_text("utf-8")):
            found.setdefault(number, set()).add(path.name)
    return found
