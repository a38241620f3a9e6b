"""Each page as a browser shows it: no error, no violation of the policy, accessible, and it fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests import visits
from tests.browser.conftest import Watch

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What may be otherwise on a phone: the rest has been looked at already, and axe takes seconds for a long page.
NARROWED = ("color-contrast", "target-size", "scrollable-region-focusable", "heading-order", "label", "link-name")
PHONE_RULES = {"runOnly": {"type": "rule", "values": NARROWED}}
LOOKED_AT = [name for name in visits.PAGES if name not in ("today-filtered", "article-leaning")]  # as their neighbours
PHONE, NARROW = 390, 320  # CSS pixels; the second is 1280 at 400 %, as WCAG 1.4.10 wants it
# Without a rule of ours that is broken by what is not ours: the table of a phone may scroll by itself.
OVERFLOW = """(width) => [...document.querySelectorAll("body *")]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > width + 1 && !e.closest(".scroll, svg, pre"))
  .slice(0, 3).map((e) => e.outerHTML.slice(0, 120))"""


def violations(page: Page, rules: dict[str, object] | None = None) -> list[tuple[str, str]]:
    """What axe finds: (rule, the first element)."""
    found = Axe().run(page, options=rules or RULES).response
    assert rules or len(found["passes"]) > 10, "axe did not run"
    return [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]]


@pytest.fixture(scope="module")
def shared(chromium: Browser, served: tuple[str, str]) -> Iterator[tuple[Page, Watch]]:
    """One page for all visits: nobody signs in here, hence nothing is carried from one to the next."""
    context = chromium.new_context(base_url=served[0], reduced_motion="reduce")
    page = context.new_page()
    yield page, Watch(page)
    context.close()


@pytest.fixture
def visited(shared: tuple[Page, Watch], database: Path, name: str) -> Iterator[Page]:
    """The page at an address of `tests/visits.py`; fails in the end on any fault."""
    page, watch = shared
    watch.faults.clear()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light", forced_colors="none")
    answer = page.goto(visits.addresses(database)[name])
    assert answer
    assert answer.status == 200
    yield page
    assert watch.faults == []


@pytest.mark.parametrize("name", LOOKED_AT)
def test_pages_are_accessible(visited: Page) -> None:
    expect(visited.locator("h1")).to_have_count(1)
    assert violations(visited) == []
    visited.emulate_media(color_scheme="dark")
    assert violations(visited, COLOURS) == []
    visited.set_viewport_size({"width": PHONE, "height": 844})
    assert violations(visited, PHONE_RULES) == []
    for width in (PHONE, NARROW):
        visited.set_viewport_size({"width": width, "height": 800})
        visited.wait_for_timeout(150)  # plots follow their frames
        wide = visited.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, visited.evaluate(OVERFLOW, width)


@pytest.mark.parametrize("name", ["today", "story", "article", "compare", "sources"])
def test_focus_is_seen_in_forced_colours_too(visited: Page, name: str) -> None:
    for colours in ("none", "active"):
        visited.emulate_media(forced_colors=colours)  # type: ignore[arg-type]
        for _ in range(12):
            visited.keyboard.press("Tab")
            drawn = visited.evaluate(
                "() => { const s = getComputedStyle(document.activeElement);"
                " return [s.outlineStyle, parseFloat(s.outlineWidth), document.activeElement.outerHTML]; }"
            )
            if drawn[2].startswith("<body"):
                continue
            assert drawn[0] != "none", drawn
            assert drawn[1] >= 2 or drawn[0] == "auto", drawn


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/stories?sql=select+nothing", 400)])
def test_errors_are_pages_too(watched: tuple[Page, Watch], path: str, status: int) -> None:
    page, watch = watched
    watch.expected = status
    answer = page.goto(path)
    assert answer and answer.status == status
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []


def test_paper_shows_the_table_and_no_controls(page: Page) -> None:
    page.goto("/")
    page.emulate_media(media="print")
    expect(page.get_by_role("table")).to_be_visible()
    for control in (".find", ".top nav", ".foot form"):
        assert not page.locator(control).first.is_visible(), control
