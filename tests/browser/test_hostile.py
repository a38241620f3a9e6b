"""What strangers may send (tests/hostile.py) as a browser takes it: nothing of it runs, loads, or takes a form."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pipeline.config import loads
from pipeline.web.security import HEADERS
from tests import hostile, visits
from tests.browser.conftest import Watch, serving
from tests.desk import cron, html, item, rss
from tests.server import Server

# Whatever a script of theirs would do is written down in `__told`; runs in each frame before anything of the page does.
CANARY = """
window.__told = [];
for (const name of ["alert", "confirm", "prompt", "open", "print"])
  window[name] = () => { window.__told.push(name); return null; };
for (const name of ["WebSocket", "EventSource", "Worker", "RTCPeerConnection"])
  window[name] = function () { window.__told.push(name); };
window.fetch = (...a) => { window.__told.push("fetch " + a[0]); return Promise.reject(new Error("no")); };
navigator.sendBeacon = (url) => { window.__told.push("beacon " + url); return false; };
Object.defineProperty(window, "__pwned", { set: () => window.__told.push("a script ran"), get: () => undefined });
window.addEventListener("hashchange", () => window.__told.push("moved to " + location.hash));
"""
# Elements and attributes that no page of ours has but by itself; the harmless twin tells how many these are.
COUNT = """() => {
  const count = (css) => document.querySelectorAll(css).length;
  const found = Object.fromEntries(["script", "iframe", "frame", "object", "embed", "base", "meta", "link", "style",
    "form", "input", "button", "select", "textarea", "template", "noscript", "math", "img", "video", "audio", "marquee",
    "foreignObject", "animate", "[style]:not(.canvas, .canvas *)", "[srcdoc]", "[formaction]", "[autofocus]", "h1",
    "main", "body", "title:not(svg *)",
  ].map((css) => [css, count(css)]));
  const names = [...document.querySelectorAll("*")].flatMap((e) => [...e.attributes].map((a) => a.name));
  found["on*"] = names.filter((name) => name.startsWith("on")).length;
  found.frames = window.length;
  return found;
}"""
NEVER = ("iframe", "object", "embed", "base", "style", "img", "[style]:not(.canvas, .canvas *)", "on*")
STATE = """() => ({
  told: window.__told,
  links: [...document.querySelectorAll("a, area, form, [src], use, image")]
    .map((e) => e.href || e.src || e.getAttribute("action") || "")
    .map((u) => (typeof u === "string" ? u : u.baseVal))
    .filter((u) => u && !/^(https?:|data:image|#|\\/(?![\\/\\\\]))/i.test(u)),
  clobbered: ["querySelectorAll", "body", "forms", "cookie"].filter((n) => Object.hasOwn(document, n)),
  echarts: typeof window.echarts, media: typeof window.matchMedia,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""


@pytest.fixture(scope="module")
def twins(database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The news day with a story of hundreds, in strangers' words and in as many harmless ones."""
    folder = tmp_path_factory.mktemp("hostile")
    base = hostile.copied(database, folder / "poisoned.db")
    hostile.crowd(base)
    harmless = hostile.copied(base, folder / "harmless.db")
    hostile.poison(base)
    hostile.poison(harmless, hostile.HARMLESS, hostile.HARMLESS_ADDRESSES)
    return base, harmless


@pytest.fixture(scope="module")
def canary(chromium: Browser) -> Iterator[tuple[Page, Watch]]:
    """A page for all visits of this module; a dialog or a window that opens is a fault."""
    context = chromium.new_context()
    context.add_init_script(CANARY)
    page = context.new_page()
    watch = Watch(page)
    page.on("dialog", lambda d: (watch.faults.append(f"dialog: {d.message}"), d.dismiss())[1])
    context.on("page", lambda opened: watch.faults.append(f"opened: {opened.url}"))
    page.on("download", lambda d: watch.faults.append(f"download: {d.url}"))
    yield page, watch
    context.close()


@pytest.fixture(scope="module")
def sites(twins: tuple[Path, Path]) -> Iterator[tuple[str, str]]:
    """Servers of both."""
    with serving(twins[0]) as poisoned, serving(twins[1]) as harmless:
        yield poisoned[0], harmless[0]


def visit(seen: tuple[Page, Watch], url: str) -> dict[str, int]:
    """Go there, press what can be pressed without leaving; the counts of elements. Fails on whatever happened."""
    page, watch = seen
    watch.faults.clear()
    answer = page.goto(url)
    assert answer
    assert answer.status == 200
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.mouse.move(400, 300)
    page.mouse.wheel(0, 600)
    for _ in range(6):
        page.keyboard.press("Tab")
    state = page.evaluate(STATE)
    counts: dict[str, int] = page.evaluate(COUNT)
    assert state == {**state, "told": [], "links": [], "clobbered": [], "media": "function"}
    assert state["echarts"] in ("object", "undefined")
    assert page.url.partition("#")[0] == url
    assert "pwned" not in page.title().partition(" · Retold")[2]
    assert watch.faults == []
    return counts


@pytest.mark.case("D1", "D2")
@pytest.mark.parametrize("name", visits.PAGES)
def test_no_word_of_strangers_becomes_markup(
    canary: tuple[Page, Watch], sites: tuple[str, str], twins: tuple[Path, Path], name: str
) -> None:
    address = visits.addresses(twins[0])[name]
    theirs, harmless = (visit(canary, site + address) for site in sites)
    assert theirs == harmless


# -- what the sanitizer tests of feed readers carry


@pytest.fixture(scope="module")
def payloads() -> list[str]:
    found = hostile.harvested()
    if not found:
        pytest.skip("no collected feeds: set RETOLD_SHARED")
    return found


@pytest.fixture(scope="module")
def harvested(
    database: Path, payloads: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """The news day in these words, served."""
    path = hostile.copied(database, tmp_path_factory.mktemp("harvested") / "news.db")
    hostile.crowd(path, len(payloads))
    hostile.poison(path, payloads, [p for p in payloads if ":" in p] or hostile.ADDRESSES)
    with serving(path) as (url, _):
        yield path, url


@pytest.mark.case("D2")
@pytest.mark.parametrize("name", ["today", "story", "article", "compare", "search", "source", "view", "facets"])
def test_no_case_of_other_readers_becomes_markup(
    canary: tuple[Page, Watch], harvested: tuple[Path, str], name: str
) -> None:
    counts = visit(canary, harvested[1] + visits.addresses(harvested[0])[name])
    assert counts["body"] == counts["main"] == counts["h1"] == 1
    assert {n: counts[n] for n in NEVER} == dict.fromkeys(NEVER, 0)


@pytest.fixture(scope="module")
def collected(payloads: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A database that `retold run` filled: the files of those tests as feeds, and their texts as items and pages."""
    path = tmp_path_factory.mktemp("collected") / "stories.db"
    files = sorted(hostile.SHARED.rglob("sanitize/*.xml"))
    mine = rss(*(item(f"own-{n}", f"http://courier.test/a/{n}", words, words) for n, words in enumerate(payloads)))
    with Server() as server:
        feeds = [f"http://courier.test/f/{n}.xml" for n in range(len(files))]
        for address, file in zip(feeds, files, strict=True):
            server.on(address.removeprefix("http://courier.test"), answer(file.read_bytes(), "application/xml"))
        server.on("/own.xml", answer(mine.encode(), "application/rss+xml"))
        for n, words in enumerate(payloads):
            raw = html("A page", "x").replace(
                "<p>x</p>", f"<p>{words}</p><p>{'The harbour was closed on Friday. ' * 9}</p>"
            )
            server.on(f"/a/{n}", answer(raw.encode("utf-8", "replace"), "text/html; charset=utf-8"))
        config = loads(
            "http: {delay_s: 0, workers: 4, feed_timeout_s: 8, page_timeout_s: 8, max_body_mb: 1}\nsources:\n"
            '  courier: {name: "Courier <script>window.__pwned=1</script>", owner: "<img src=x onerror=alert(1)>"'
            f", country: GB, language: en, role: publisher,"
            f" feeds: [{', '.join([*feeds, 'http://courier.test/own.xml'])}]}}",
            "config.yaml",
        )
        with ThreadPoolExecutor(1) as thread:  # this one has Playwright's event loop
            summary = thread.submit(cron, server, config, path).result()
    assert summary.articles > 50
    with serving(path) as (url, _):
        yield path, url


def answer(body: bytes, kind: str) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind.encode(), len(body), body)


@pytest.mark.case("D2")
@pytest.mark.parametrize("name", ["today", "story", "article", "compare", "source", "runs", "run", "row", "facets"])
def test_what_a_run_collects_of_them_is_harmless(
    canary: tuple[Page, Watch], collected: tuple[Path, str], name: str
) -> None:
    counts = visit(canary, collected[1] + visits.addresses(collected[0])[name])
    assert {n: counts[n] for n in NEVER} == dict.fromkeys(NEVER, 0)
