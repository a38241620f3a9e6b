"""What a person does, from page to page: by keys alone, without scripts, on a phone, signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import hostile
from tests.browser.conftest import Watch, serving


def tab_to(page: Page, wanted: Locator, most: int = 400) -> None:
    """Press Tab until it has the focus, as somebody without a mouse does."""
    target = wanted.element_handle()
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(e) => document.activeElement === e", target):
            expect(wanted).to_be_in_viewport()
            return
    raise AssertionError(f"not reached by {most} Tabs: {wanted}")


def follow(page: Page, wanted: Locator, address: str) -> None:
    """By keys, along a link."""
    tab_to(page, wanted)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(address))


def test_the_skip_link_leads_to_the_content(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_by_keys_from_today_to_a_comparison_and_back(page: Page) -> None:
    page.goto("/")
    follow(page, page.locator("table.told a.headline").first, r"/story/\d+$")
    story = page.url
    follow(page, page.locator("#articles ~ ol .member a.headline").nth(1), r"/article/\d+$")
    article = page.url
    follow(page, page.get_by_role("link", name=re.compile("Side by side")).first, r"/compare\?")
    expect(page.get_by_role("heading", level=1)).to_have_text("Two articles side by side")
    for before in (article, story):
        page.go_back()
        expect(page).to_have_url(before)
    follow(page, page.locator(".crumbs a").first, r"/$")


def test_by_keys_filter_sort_and_search(page: Page) -> None:
    page.goto("/?since=all")
    tab_to(page, page.get_by_label("Told in"))
    page.keyboard.type("nl")
    tab_to(page, page.get_by_label("First"))
    page.keyboard.press("End")
    tab_to(page, page.get_by_role("button", name="Show"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("lang=nl.*order=articles"))
    expect(page.get_by_label("Told in")).to_have_value("nl")
    rows = page.locator("table.told tbody tr")
    assert rows.count() == page.locator("table.told tbody tr", has=page.locator("abbr.lang", has_text="nl")).count() > 0
    follow(page, page.locator("th.n a", has_text="Origins"), "order=origins")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Origins")
    tab_to(page, page.get_by_role("searchbox", name="Search articles"))
    page.keyboard.type("drohne* OR drone*")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q=drohne"))
    expect(page.locator("mark").first).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_without_scripts_all_is_there(chromium: Browser, served: tuple[str, str], width: int, scheme: str) -> None:
    context = chromium.new_context(
        base_url=served[0], java_script_enabled=False, viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
    )  # fmt: skip
    page = context.new_page()
    page.goto("/?since=all")
    page.locator("table.told a.headline").first.click()
    expect(page.locator(".canvas").first).not_to_be_visible()
    expect(page.get_by_role("table").first).to_be_visible()
    page.locator("#articles ~ ol a.headline").nth(1).click()
    expect(page.locator("#text ~ .reading")).not_to_be_empty()
    page.get_by_role("link", name=re.compile("Side by side")).first.click()
    expect(page.locator("meter").first).to_be_visible()
    page.get_by_role("searchbox").fill("drone*")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("mark").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [640])  # 1280 at 200 %
def test_at_double_size_nothing_is_cut(page: Page, width: int) -> None:
    page.goto("/")
    page.locator("table.told a.headline").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("searchbox")).to_be_in_viewport()


# -- with a name


@pytest.fixture
def own(chromium: Browser, database: Path, tmp_path: Path) -> Iterator[tuple[Page, str, Watch]]:
    """A page over a database of one's own on a phone in the dark, the token, and the watch."""
    path = hostile.copied(database, tmp_path / "own.db")
    with serving(path) as (url, token):
        context = chromium.new_context(base_url=url, viewport={"width": 390, "height": 844}, color_scheme="dark")
        page = context.new_page()
        watch = Watch(page)
        yield page, token, watch
        arrived(page)
        context.close()
    assert watch.faults == []


def arrived(page: Page) -> None:
    """Wait until nothing is on its way: to go on would abort it, and look like a fault."""
    page.wait_for_load_state("networkidle")


def sign_in(page: Page, token: str, name: str) -> None:
    arrived(page)
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_sign_in_correct_take_back_sign_out(own: tuple[Page, str, Watch]) -> None:
    page, token, _ = own
    page.goto("/?since=all")
    arrived(page)
    page.locator("table.told a.headline").first.click()
    story = page.url
    sign_in(page, token, "Ada <b>")
    expect(page).to_have_url(story)
    expect(page.get_by_text("Signed in as Ada <b>.")).to_be_visible()
    arrived(page)
    pin = page.locator("form[action$='/pin']")
    for closed in page.locator("details:has(form[action$='/pin']):not([open]) > summary").all():
        closed.click()
    pin.get_by_label("Note").fill("<img src=x onerror=alert(1)> seen")
    pin.get_by_role("button").click()
    page.wait_for_url(re.compile("done="))
    arrived(page)
    page.goto("/corrections")
    arrived(page)
    row = page.locator("li.correction").first
    expect(row).to_contain_text("by Ada <b>")
    expect(row).to_contain_text("<img src=x onerror=alert(1)> seen")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    row.get_by_role("button", name=re.compile("Take back")).click()
    page.wait_for_url(re.compile("done="))
    arrived(page)
    page.goto("/corrections?show=all")
    expect(page.locator("li.correction").first).to_contain_text("taken back")
    arrived(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_a_wrong_token_is_told(own: tuple[Page, str, Watch]) -> None:
    page, _, watch = own
    watch.expected = 403
    page.goto("/-/retold/sign-in?next=//evil.test/")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Token").fill("wrong")
    with page.expect_response(lambda r: r.request.method == "POST") as answered:
        page.get_by_role("button", name="Sign in").click()
    assert answered.value.status in (400, 403)
    expect(page.get_by_role("alert")).to_be_visible()
    assert not page.context.cookies("http://evil.test/")
