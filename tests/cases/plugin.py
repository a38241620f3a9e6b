"""``--cases FILE``: what became of the tests that show a case, as a table between two marks in a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cases import OUTCOMES, Outcome, table

BEGIN, END = "<!-- cases: begin -->", "<!-- cases: end -->"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.addoption("--cases", metavar="FILE", help="write the table of the cases into FILE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Numbers travel with the reports, also between processes."""
    for item in items:
        numbers = sorted({n for mark in item.iter_markers("case") for n in mark.args})
        if numbers:
            item.user_properties.append(("cases", numbers))


def pytest_configure(config: pytest.Config) -> None:
    """Listen where the reports come together."""
    if config.getoption("--cases") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Listener(Path(config.getoption("--cases"))))


class Listener:
    """Keeps the outcomes and writes them at the end."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.outcomes: dict[str, Outcome] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test: a failure of any counts, else its call's outcome."""
        numbers = dict(report.user_properties).get("cases")
        if not numbers or (report.when != "call" and report.outcome == "passed"):
            return
        before = self.outcomes.get(report.nodeid)
        if before is None or OUTCOMES.index(report.outcome) < OUTCOMES.index(before.state):
            name = re.sub(r"\[.*", "", report.nodeid, flags=re.S)
            self.outcomes[report.nodeid] = Outcome(name, tuple(map(str, numbers)), report.outcome)

    def pytest_sessionfinish(self) -> None:
        """Put the table between its marks."""
        text = self.file.read_text("utf-8")
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        made = f"{before}{BEGIN}\n\n{table(self.outcomes.values())}\n{END}{after}"
        self.file.write_text(made, "utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say where it is."""
        terminalreporter.write_line(f"{len(self.outcomes)} tests of cases: {self.file}")
