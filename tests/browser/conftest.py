"""A Chromium and a `retold serve` for all browser tests; a page that tells on whatever goes wrong in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.conftest import Demo, command

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update")  # fmt: skip
LOOPBACK = ("127.0.0.1", "localhost")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder want a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium; Playwright's own downloads are not used."""
    if not CHROMIUM or not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: install Debian's package chromium, or set $CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGS])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> Path:
    """The news day, or the database that $RETOLD_BROWSER_DB names."""
    given = os.environ.get("RETOLD_BROWSER_DB")
    if given:
        return Path(given)
    demo: Demo = request.getfixturevalue("demo")
    assert demo.ended.returncode == 0, demo.ended.stderr
    return demo.path


@contextmanager
def serving(database: Path) -> Iterator[tuple[str, str]]:
    """(address without its last slash, token) of a running `retold serve`."""
    start = command("serve", "--db", str(database), "--port", "0")
    pipes = {"stdout": subprocess.PIPE, "text": True, "env": {"PYTHONUNBUFFERED": "1"}}
    with subprocess.Popen(start, **pipes) as process:  # type: ignore[call-overload]
        url = re.search(r"http://[^\s/]+", process.stdout.readline())
        token = re.search(r"the token (\S+)", process.stdout.readline())
        assert url and token
        yield url[0], token[1]
        process.terminate()


@pytest.fixture(scope="session")
def served(database: Path) -> Iterator[tuple[str, str]]:
    """The news day, served."""
    with serving(database) as there:
        yield there


class Watch:
    """What must not happen in a page: errors on the console, exceptions, violations of the policy, requests that
    leave this machine. ``expected`` is the status of documents that may be none of 200."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        self.expected = 200
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url} {request.failure}"))

    def _console(self, message: ConsoleMessage) -> None:
        told = f"status of {self.expected} " in message.text and self.expected != 200
        if message.type in ("error", "warning") and not told:
            self.faults.append(f"console: {message.text}")

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in LOOPBACK:
            self.faults.append(f"left loopback: {url}")


@pytest.fixture
def scheme() -> str:
    """Override by parametrizing: light or dark."""
    return "light"


@pytest.fixture
def width() -> int:
    """Override by parametrizing: pixels."""
    return 1280


@pytest.fixture
def watched(chromium: Browser, served: tuple[str, str], scheme: str, width: int) -> Iterator[tuple[Page, Watch]]:
    """A fresh page with relative addresses on the server, and its watch; fails in the end on any fault."""
    how = {"base_url": served[0], "color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    context = chromium.new_context(**how)  # type: ignore[arg-type]
    page = context.new_page()
    watch = Watch(page)
    yield page, watch
    page.wait_for_load_state("load")
    context.close()
    assert watch.faults == []


@pytest.fixture
def page(watched: tuple[Page, Watch]) -> Page:
    """The page of ``watched``."""
    return watched[0]
