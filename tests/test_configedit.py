"""config.yaml as people lay it out, with an address, a setting or a source more: every byte that was there stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Config, loads
from pipeline.configedit import with_addresses, with_spider
from pipeline.configtext import Block, inserted
from pipeline.model import ConfigError
from tests.oddconfigs import added, odd

NEW = "https://first.example/new?a=1,b"
SOURCE = loads(
    "sources: {n: {name: N, owner: N, country: NL, language: nl, role: wire, feeds: ['https://n.nl/f']}}", "c"
)
FIRST = "  first: {name: A, owner: A, country: NL, language: nl, role: wire, feeds: ['https://a.nl/f']}\n"


def read(text: str) -> Config:
    return loads(text.removeprefix("\ufeff"), "c")


@given(odd(), st.sampled_from(("feeds", "sitemaps")))
@settings(max_examples=40)
def test_an_address_is_put_in_and_nothing_else_changes(text: str, field: str) -> None:
    new = with_addresses(text, "first", {field: [NEW]}, "c")
    put = added(text, new)
    assert put is not None and NEW in put
    before, after = read(text).source("first"), read(new).source("first")
    had, has = ([*(f.url for f in s.feeds), *s.sitemaps] for s in (before, after))
    assert sorted(has) == sorted([*had, NEW]) and ("\r" in put) <= ("\r" in text)
    if "\r\n" in text:
        assert "\n" not in new.replace("\r\n", ""), "no line ends otherwise than the others"


@given(odd())
@settings(max_examples=25)
def test_a_source_is_put_in_and_nothing_else_changes(text: str) -> None:
    new = inserted(text, [Block(SOURCE.sources[0], {"name": "guessed"})], "c")
    assert added(text, new) is not None and read(new).sources[-1] == SOURCE.sources[0]


@given(odd())
@settings(max_examples=25)
def test_a_setting_is_put_in_or_changed(text: str) -> None:
    new = with_spider(text, "first", "spiegel", "./tests", "c")
    assert read(new).source("first").spider == "spiegel" and (read(new).spiders or "").endswith("tests")
    kept = [line for line in text.removeprefix("\ufeff").splitlines() if "spider:" not in line]
    rest = iter(new.removeprefix("\ufeff").replace(", spider: spiegel", "").splitlines())
    assert all(any(was == line for line in rest) for was in kept), "every other line, in its order"
    there = [line.partition("#")[2] for line in text.splitlines() if "spider:" in line]
    assert all(any(comment in line for line in new.splitlines()) for comment in there), "comments behind it stay"


@pytest.mark.parametrize(
    "text",
    [
        f"base: &feeds ['https://a.nl/f']\nsources:\n{FIRST}".replace("base", "x"),
        "sources:\n  first: &a\n    name: A\n    owner: A\n    country: NL\n    language: nl\n    role: wire\n"
        "    feeds: &f [https://a.nl/f]\n  second: {name: B, owner: B, country: NL, language: nl, role: wire,"
        " feeds: [https://b.nl/f], sitemaps: *f}\n",
        f"sources:\n{FIRST}{FIRST}",
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        with_addresses(text, "first", {"feeds": [NEW]}, "c")


def test_who_is_not_there_is_told_with_who_is_near() -> None:
    with pytest.raises(ConfigError, match="no source 'frist' in the configuration; did you mean first"):
        with_addresses(f"sources:\n{FIRST}", "frist", {"feeds": [NEW]}, "c")
