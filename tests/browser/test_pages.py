"""Each page as a browser shows it: no error, no violation of the policy, accessible, and it fits a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch

PAGES = {
    "today": "/",
    "data": "/stories",
    "view": "/stories/v_stories",
    "facets": "/stories/articles?_facet=lang&_size=20",
    "row": "/stories/articles/1",
    "sql": "/stories?sql=select+*+from+v_roles+limit+20",
    "question": "/stories/whom_others_cite_most",
    "sign-in": "/-/retold/sign-in",
}


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds: (rule, the first element)."""
    found = Axe().run(page).response
    assert len(found["passes"]) > 10, "axe did not run"
    return [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_pages_are_accessible(page: Page, path: str, scheme: str) -> None:
    answer = page.goto(path)
    assert answer and answer.status == 200
    expect(page.locator("h1")).to_have_count(1)
    assert violations(page) == []


@pytest.mark.parametrize("width", [390])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_pages_fit_a_phone(page: Page, path: str, width: int) -> None:
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/stories?sql=select+nothing", 400)])
def test_errors_are_pages_too(watched: tuple[Page, Watch], path: str, status: int) -> None:
    page, watch = watched
    watch.expected = status
    answer = page.goto(path)
    assert answer and answer.status == status
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []


def test_keyboard_reaches_the_content(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_signing_in_and_out(page: Page, served: tuple[str, str]) -> None:
    page.goto("/stories")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Your name").fill("Ada <b>")
    page.get_by_label("Token").fill(served[1])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{served[0]}/stories")
    expect(page.get_by_text("Signed in as Ada <b>.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_paper_shows_the_table_and_no_controls(page: Page) -> None:
    page.goto("/")
    page.emulate_media(media="print")
    expect(page.get_by_role("table")).to_be_visible()
    for control in (".find", ".top nav", ".foot form"):
        assert not page.locator(control).first.is_visible(), control
