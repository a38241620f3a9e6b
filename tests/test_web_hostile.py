"""Words of strangers on each page: no element, attribute, link or header of theirs; `tests/browser/test_hostile.py` has
a browser look at the same."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from lxml import etree

from pipeline.web.app import App, datasette
from pipeline.web.markup import web_address
from pipeline.web.people import People
from pipeline.web.security import HEADERS
from tests import hostile, visits
from tests.conftest import Demo

# Elements whose number strangers must not change, and attributes that there must be none of.
COUNTED = ("script", "iframe", "frame", "object", "embed", "base", "meta", "link", "style", "form", "input", "button",
           "select", "textarea", "template", "noscript", "math", "foreignobject", "animate", "title", "body", "html",
           "img", "video", "audio", "marquee", "main", "h1", "figure")  # fmt: skip
FORBIDDEN = re.compile(r"on\w+|style|srcdoc|formaction|background|xlink:href|http-equiv|manifest|ping|autofocus")
HARMLESS = {"bdi", "mark", "span", "del", "ins", "a", "td"}  # ours, which come and go with what texts have in common
Element = tuple[str, dict[str, str]]


class Elements(HTMLParser):
    """The start tags of a page, and what its data blocks hold."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Element] = []
        self.blocks: list[str] = []
        self._block = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        self._block = tag == "script" and dict(attrs).get("type") == "application/json"
        if self._block:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self._block = self._block and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._block:
            self.blocks[-1] += data


def served(path: Path) -> App:
    return datasette(path, people=People("a-token-that-nobody-guesses"))


def ask(app: App, path: str) -> httpx.Response:
    """An answer, which has all of our headers."""
    answer = asyncio.run(app.client.get(path))
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
    return answer


@pytest.fixture(scope="module")
def base(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The news day with a story of hundreds."""
    path = hostile.copied(demo.path, tmp_path_factory.mktemp("words") / "base.db")
    hostile.crowd(path)
    return path


@pytest.fixture(scope="module")
def poisoned(base: Path) -> Path:
    path = hostile.copied(base, base.with_name("poisoned.db"))
    hostile.poison(path)
    return path


@pytest.fixture(scope="module")
def apps(base: Path, poisoned: Path) -> tuple[App, App]:
    """The pages over strangers' words, and over as many harmless ones."""
    harmless = hostile.copied(base, base.with_name("harmless.db"))
    hostile.poison(harmless, hostile.HARMLESS, hostile.HARMLESS_ADDRESSES)
    return served(poisoned), served(harmless)


@pytest.fixture
def pages(apps: tuple[App, App], poisoned: Path, name: str) -> tuple[Elements, Elements]:
    """One page of both."""
    address = visits.addresses(poisoned)[name]
    answers = [ask(app, address) for app in apps]
    assert [a.status_code for a in answers] == [200, 200]
    return Elements(answers[0].text), Elements(answers[1].text)


@pytest.mark.case("D1", "D2")
@pytest.mark.parametrize("name", visits.PAGES)
def test_strangers_add_nothing_to_a_page(pages: tuple[Elements, Elements]) -> None:
    theirs, harmless = (Counter(tag for tag, _ in p.found if tag in COUNTED) for p in pages)
    assert theirs == harmless
    kinds = [{(tag, name) for tag, attrs in p.found for name in attrs} for p in pages]
    assert {name for _, name in kinds[0] if FORBIDDEN.fullmatch(name)} == set()
    assert {tag for tag, _ in kinds[0]} - {tag for tag, _ in kinds[1]} <= HARMLESS
    for block in pages[0].blocks:
        json.loads(block)
    for tag, attrs in pages[0].found:
        for name in ("href", "src", "action"):
            if name in attrs:
                assert leads_somewhere_good(tag, attrs[name], attrs), (tag, attrs)
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", attrs.get("id", "a")), attrs


def leads_somewhere_good(tag: str, address: str, attrs: dict[str, str]) -> bool:
    """A path of this server; on links also a page of the web that is told nothing of us."""
    address = address.removeprefix("http://localhost")  # Datasette says it in full
    if re.match(r"[/?#](?![/\\])|$", address) or re.match(r"[\w.-]+\?|[\w.-]+$", address):
        return True
    away = tag == "a" and web_address(address) is not None
    return away and {"noopener", "noreferrer"} <= set(attrs.get("rel", "").split())


@pytest.mark.case("D11")
@pytest.mark.parametrize("name", visits.FILES)
def test_files_stay_well_formed(apps: tuple[App, App], poisoned: Path, name: str) -> None:
    answer = ask(apps[0], visits.addresses(poisoned, visits.FILES)[name])
    kind = answer.headers["content-type"].partition(";")[0]
    assert answer.status_code == 200
    assert "html" not in kind
    if kind.endswith("json"):
        assert answer.json()
    elif kind.endswith("xml") or name == "graphml":
        etree.fromstring(answer.content, etree.XMLParser(resolve_entities=False))
    elif name.endswith(".csv"):
        rows = [*csv.reader(io.StringIO(answer.text, newline=""))]
        assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize(("path", "status"), visits.ERRORS.items())
def test_errors_have_the_headers_too(apps: tuple[App, App], path: str, status: int) -> None:
    assert ask(apps[0], path).status_code == status


FIELDS = {"/": ("q", "origin", "cites", "lang", "source", "since", "until", "order", "page"), "/search": ("q", "since"),
          "/compare": ("left",), "/outlets": ("window", "sort"), "/stories": ("sql",),
          "/-/retold/sign-in": ("next",)}  # fmt: skip


@pytest.mark.parametrize("path", FIELDS)
def test_whatever_is_typed_is_answered_and_escaped(apps: tuple[App, App], path: str) -> None:
    typed = [s[:490] for s in hostile.STRINGS + hostile.ADDRESSES]
    fields = FIELDS[path]
    for n, words in enumerate(typed):
        answer = ask(apps[0], f"{path}?{urlencode({fields[n % len(fields)]: words, 'right': '1'})}")
        assert answer.status_code in (200, 302, 303, 400, 404), (words, answer.text)
        found = Elements(answer.text).found
        assert not any(FORBIDDEN.fullmatch(name) and name != "autofocus" for _, attrs in found for name in attrs), words
        assert not {tag for tag, _ in found} & {"iframe", "img", "object", "base", "math", "style", "animate"}, words
        assert all(attrs.get("src", "/-/").startswith("/-/") for tag, attrs in found if tag == "script"), words
        assert "window.__pwned=1</script>" not in answer.text, words


def test_bytes_that_are_no_text_are_shown_as_such(base: Path) -> None:
    path = hostile.copied(base, base.with_name("bytes.db"))
    hostile.undecodable(path)
    app = served(path)
    for address in (visits.addresses(path) | visits.addresses(path, visits.FILES)).values():
        assert ask(app, address).status_code == 200, address
    assert "a\ufffd" in ask(app, visits.addresses(path)["article"]).text
