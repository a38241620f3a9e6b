"""Files of other readers' tests and saved feeds of publishers, served to the crawl; without them, nothing to show."""

from __future__ import annotations

import html
import io
import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import pytest

from bench import feeds as bench
from pipeline.feeds import MAX_ENTRIES
from pipeline.model import ParsedFeed, Reason
from pipeline.sandbox import Sandbox
from tests.feedserver import Told, address, served
from tests.test_hostile_feeds import READ, damaged

SHARED = Path(os.environ.get("RETOLD_SHARED", Path(__file__).parents[2] / "shared"))
FEEDS = SHARED / "feeds"
OTHERS = FEEDS / "kurtmckee__feedparser" / "tests"
NEWS = FEEDS / "codehollow__FeedReader" / "FeedReader.Tests" / "Feeds"
DECLARED = re.compile(rb"^\s*<\?xml[^>]*\?>")

pytestmark = pytest.mark.skipif(not (FEEDS / "MANIFEST.csv").is_file(), reason="no collected feeds: set RETOLD_SHARED")


def theirs(path: Path, kind: str = "application/xml") -> Any:
    """What feedparser reads in a file."""
    headers = {"content-type": kind, "content-location": address(f"/{path.name}")}
    return feedparser.parse(io.BytesIO(path.read_bytes()), response_headers=headers)


def each(paths: list[Path], kind: Callable[[bytes], str] = lambda _: "application/xml") -> dict[Path, ParsedFeed]:
    """What the crawl reads in files, by file; nothing for what is no feed."""
    assert paths
    sink = served({f"/{n}": (p.read_bytes(), kind(p.read_bytes())) for n, p in enumerate(paths)})
    assert {r.code for r in sink.results} <= {Reason.OK, Reason.NOT_A_FEED}
    return {p: found for n, p in enumerate(paths) if (found := sink.parsed[address(f"/{n}")])}


# -- charsets


def titles_as_written(body: bytes, charset: str) -> list[str]:
    """The items' titles, read off the bytes by nothing but an expression."""
    found = re.findall(r"<item\b.*?<title>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</title>", body.decode(charset), re.S)
    return [" ".join(re.sub("<[^>]*>", "", html.unescape(title)).split()) for title in found]


def as_published(path: Path) -> str:
    """A saved feed's text; these were saved, in parts, as UTF-8 within UTF-8."""

    def once(found: re.Match[str]) -> str:
        known = (bytes([ord(c)]) if ord(c) < 0x100 else c.encode("cp1252") for c in found[0])
        try:
            return b"".join(known).decode()
        except UnicodeError:
            return found[0]

    return re.sub("[^\x00-\x7f]+", once, path.read_bytes().decode("utf-8-sig"))


def declaring(body: bytes, charset: str) -> bytes:
    stated = f'<?xml version="1.0" encoding="{charset}"?>' if charset else '<?xml version="1.0"?>'
    return DECLARED.sub(stated.encode(), body.removeprefix(b"\xef\xbb\xbf"), count=1)


@pytest.mark.case("C9")
@pytest.mark.parametrize(
    "name", ["LeMonde", *(pytest.param(n, marks=pytest.mark.slow) for n in ("LeFigaro", "LeParisien", "MassaNews"))]
)
def test_saved_feeds_keep_their_letters_whatever_is_declared_and_stated(name: str) -> None:
    text = as_published(NEWS / f"Rss20{name}.xml")
    body, cp1252 = text.encode(), text.encode("cp1252", "xmlcharrefreplace")
    variants: dict[str, Told] = {
        f"/utf8-{declared}-{stated}": (
            declaring(body, declared),
            f"text/xml; charset={stated}" if stated else "text/xml",
        )
        for declared in ("", "utf-8", "iso-8859-1", "windows-1252")
        for stated in ("", "utf-8", "iso-8859-1")
    }
    variants |= {
        f"/cp1252-{declared}-{stated}": (declaring(cp1252, declared), f"application/rss+xml; charset={stated}")
        for declared, stated in (("windows-1252", "utf-8"), ("iso-8859-1", "windows-1252"), ("utf-8", "iso-8859-1"))
    }
    sink, right = served(variants), titles_as_written(body, "utf-8")
    first = sink.parsed[address("/utf8-utf-8-utf-8")]
    assert first is not None and any(not e.title.isascii() for e in first.entries)
    assert len(first.entries) + first.dropped == len(right)
    assert {e.title for e in first.entries} <= set(right)
    for path in variants:
        parsed = sink.parsed[address(path)]
        assert parsed is not None
        assert [e.title for e in parsed.entries] == [e.title for e in first.entries], path


@pytest.mark.case("C9", "C10")
def test_other_readers_charsets() -> None:
    paths = sorted((OTHERS / "encoding").glob("*.xml"))
    stated = re.compile(rb"Header:\s*Content-type:\s*([^\r\n]+)", re.I)

    def kind(body: bytes) -> str:
        found = stated.search(body)
        return found[1].decode().strip() if found else "application/xml"

    read = each(paths, kind)
    for path, parsed in read.items():
        found = theirs(path, kind(path.read_bytes()))
        for ours, entry in zip(parsed.entries, found.entries, strict=False):
            assert ours.title == entry.get("title", ours.title), path.name
        assert parsed.title == found.feed.get("title", parsed.title), path.name
    assert len(read) > 60


@pytest.mark.case("C9", "C10")
def test_a_cyrillic_and_two_latin_feeds_of_another_reader() -> None:
    charsets = {
        "encoding_WINDOWS-1251": "cp1251",
        "encoding_ISO-8859-1": "latin-1",
        "no_encoding_ISO-8859-1": "latin-1",
    }
    folder = FEEDS / "miniflux__v2/internal/reader/parser/testdata"
    read = each([folder / f"{name}.xml" for name in charsets])
    for (path, parsed), charset in zip(read.items(), charsets.values(), strict=True):
        right = titles_as_written(path.read_bytes(), charset)
        assert any(not title.isascii() for title in right)
        assert {e.title for e in parsed.entries} >= set(right) - {""}


# -- formats


@pytest.mark.case("C13")
def test_json_feeds_of_other_readers() -> None:
    """As many as the file has; what holds neither link, nor title, nor text is counted."""
    bodies = {p: p.read_bytes() for p in FEEDS.rglob("*.json")}
    paths = sorted(p for p, b in bodies.items() if b.lstrip()[:1] == b"{" and b"jsonfeed.org/version/1" in b[:3000])
    read = each(paths, lambda _: "application/feed+json")
    for path, parsed in read.items():
        items = json.loads(bodies[path].decode("utf-8-sig")).get("items", [])
        assert parsed.kind.startswith("json1")
        assert len(parsed.entries) + parsed.dropped == sum(isinstance(one, dict) for one in items), path
    assert len(read) >= 15


@pytest.mark.case("C13")
def test_channel_definitions_are_read_as_far_as_feedparser_reads_them() -> None:
    paths = sorted((OTHERS / "wellformed" / "cdf").glob("*.xml"))
    read = each(paths)
    assert {e.title for parsed in read.values() for e in parsed.entries} >= {"Example item"}
    for path in set(paths) - set(read):
        assert theirs(path).entries == []


@pytest.mark.case("C13")
def test_an_example_of_every_rss_and_atom() -> None:
    names = {
        "Rss091FullSample": "rss091n", "Rss092FullSample": "rss092", "Rss10OrfAt": "rss10", "Rss20Reuters": "rss20",
        "AtomTheVerge": "atom10",
    }  # fmt: skip
    old = FEEDS / "kurtmckee__feedparser/tests/wellformed/atom/entry_title.xml"
    read = each([*(NEWS / f"{name}.xml" for name in names), old])
    assert [parsed.kind for parsed in read.values()] == [*names.values(), "atom03"]
    for path, parsed in read.items():
        assert len(parsed.entries) + parsed.dropped == len(theirs(path).entries) > 0


@pytest.mark.case("C14")
def test_namespaces_in_other_words() -> None:
    twisted = FEEDS / "danmactough__node-feedparser/test/feeds/complexNamespaceFeed.xml"
    paths = [twisted, *sorted((OTHERS / "wellformed" / "namespace").glob("*.xml"))]
    read = each(paths)
    assert [e.title for e in read[twisted].entries] == ["This is the title"]
    for path, parsed in read.items():
        assert len(parsed.entries) + parsed.dropped == len(theirs(path).entries), path.name


@pytest.mark.case("C15")
def test_sitemaps_of_another_tool() -> None:
    folder = FEEDS / "adbar__trafilatura/tests/resources"
    read = each(
        [folder / name for name in ("sitemap.xml", "sitemap.xml.gz", "sitemap-hreflang.xml", "webpage.html.gz")]
    )
    plain, packed, languages = read.values()
    assert plain.kind == packed.kind == "sitemap"
    assert [e.url for e in plain.entries] == [e.url for e in packed.entries]
    assert (len(plain.entries), len(languages.entries)) == (84, 3)


@pytest.mark.case("C17")
def test_links_are_resolved_as_feedparser_resolves_them() -> None:
    paths = sorted((OTHERS / "wellformed" / "base").glob("*.xml"))
    links = [
        (path.name, ours.url, entry.get("link"))
        for path, parsed in each(paths).items()
        for ours, entry in zip(parsed.entries, theirs(path).entries, strict=False)
    ]
    assert [row for row in links if (row[1] or "") != (row[2] or "")] == []
    assert sum(bool(link) for _, link, _ in links) >= 7


# -- all of it


@pytest.mark.case("C8")
def test_saved_feeds_damaged_have_an_outcome_each() -> None:
    damage_of_saved(40)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.case("C8")
def test_2000_times_damaged_feeds_have_an_outcome_each() -> None:
    damage_of_saved(2000)


def damage_of_saved(times: int) -> None:
    """Twenty saved feeds, damaged so often: one outcome each (`served` looks), none of them our fault."""
    rng = random.Random(times)
    smallest = sorted(NEWS.glob("*.xml"), key=lambda p: p.stat().st_size)
    bodies = [path.read_bytes() for path in smallest[5:25]]
    sink = served({f"/{n}": damaged(bodies[n % 20], rng) for n in range(times)}, hosts=4)
    assert {r.code for r in sink.results} <= READ
    assert sum(bool(p and p.entries) for p in sink.parsed.values()) > times / 2


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.case("C13", "C19")
def test_a_crawl_over_all_of_it_gives_feedparsers_entries() -> None:
    """Every file of the collection as a feed on loopback: its reason, and feedparser's count where it finds entries."""
    paths = [p for p in sorted(FEEDS.rglob("*")) if p.is_file() and p.name != "MANIFEST.csv"]
    sink = served({f"/{n}": p.read_bytes() for n, p in enumerate(paths)}, hosts=16)
    outcomes = {r.url: r for r in sink.results if r.kind == "feed"}  # sitemaps of others are not to be had
    assert {r.code for r in outcomes.values()} <= READ | {Reason.TOO_LARGE}
    assert all(r.detail for r in outcomes.values() if not r.code.ok)
    feeds = set(bench.manifest(SHARED))
    at = {p: address(f"/{n}", n % 16) for n, p in enumerate(paths) if p in feeds}
    with Sandbox(2, preload=["pipeline.feeds"]) as sandbox:
        counts = dict(zip(at, bench.outcomes(sandbox, bench.theirs, list(at)), strict=True))
    unequal = {
        p: (expected, counted(sink.parsed[url]))
        for p, url in at.items()
        if (expected := min(bench.entries(counts[p]), MAX_ENTRIES)) and counted(sink.parsed[url]) != expected
    }
    assert unequal == {}
    assert len(at) > 4900


def counted(parsed: ParsedFeed | None) -> int:
    return len(parsed.entries) + parsed.dropped if parsed else 0
