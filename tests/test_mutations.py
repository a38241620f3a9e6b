"""Documents made bad: whatever is done to a feed or page, there is a result or a reason, and little is lost."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.reliability import collection, compare, files, fuzz, mutate
from pipeline import feeds
from pipeline.model import ArticleError, Entry, FeedError, ParsedFeed, Reason
from spiders.base import extract
from tests.conftest import NOW
from tests.server import page, rss

URL = "http://news.test/feed"
SHARED = Path(os.environ.get("RETOLD_SHARED", Path(__file__).parents[2] / "shared"))
MANIFEST = SHARED / "feeds" / "MANIFEST.csv"
needs_collection = pytest.mark.skipif(not MANIFEST.is_file(), reason=f"no collection of feeds in {SHARED}")

ATOM = """<?xml version="1.0" encoding="iso-8859-1"?><!DOCTYPE feed [<!ENTITY euro "&#8364;">]>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://news.test/" xml:lang="de"><title>Amtsblatt</title>
<!-- <entry> of tomorrow --><entry><id>tag:1</id><title type="html">Rat &amp;amp; Tat</title><link href="1"/>
<author><name>A. Muster</name><email>a@news.test</email></author><updated>2026-11-19T09:30:00+01:00</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Der Rat tagt, 5 &euro;.</p></div></content></entry>
<entry><id>tag:2</id><link href="2"/><summary><![CDATA[<p>Nur <b>Text</b>]]></summary></entry></feed>"""
JSON = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "Blatt", "items": ['
    '{"id": 1, "url": "http://news.test/1", "title": "Eins", "content_html": "<p>a</p>", "date_published": "2026"},'
    '{"id": "2", "url": "http://news.test/2", "content_text": "Zwei", "authors": [{"name": "B"}], "tags": ["x"]}]}'
)
SITEMAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://news.test/1</loc>'
    "<lastmod>2026-11-19</lastmod></url><url><loc>http://news.test/2</loc></url></urlset>"
)
FEEDS = tuple(text.encode() for text in (rss("http://news.test/1", "http://news.test/2"), ATOM, JSON, SITEMAP))
HEAD = (
    '<base href="/a/"><link rel="canonical" href="/1"><meta property="article:published_time" content="2026-11-19">'
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Brücke", "isAccessibleForFree": "False",'
    '"hasPart": {"isAccessibleForFree": false, "cssSelector": ".wall"}, "articleBody": "Der Rat sagt ja."}</script>'
)
PAGES = (page().encode(), page(head=HEAD).encode(), page(paragraphs=1).encode("utf-16"))
ENTRY = Entry(
    feed_url=URL, guid="1", url="http://news.test/1", title="Brücke", summary="<p>Die Brücke ist gesperrt.</p>"
)
EDITS = st.lists(  # (where, from 0 to 1; how many bytes go; what comes in their place)
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 60) | st.just(100_000),
        st.sampled_from((b"", *mutate.STRUCTURE)) | st.binary(max_size=8),
    ),
    max_size=6,
)


def edited(body: bytes, edits: Sequence[tuple[float, int, bytes]]) -> bytes:
    for where, gone, new in edits:
        at = int(where * len(body))
        body = body[:at] + new + body[at + gone :]
    return body


# ── whatever is done ──


@pytest.mark.case("C7", "C8")
@settings(max_examples=100)
@given(st.sampled_from(FEEDS), EDITS)
def test_a_feed_that_was_damaged_gives_entries_or_a_reason(
    body: bytes, edits: Sequence[tuple[float, int, bytes]]
) -> None:
    try:
        feed = feeds.parse(edited(body, edits), URL, "application/xml", NOW)
    except FeedError as error:
        assert error.code in (Reason.NOT_A_FEED, Reason.EMPTY_BODY, Reason.BAD_ENCODING), error
        return
    assert len({e.guid for e in feed.entries}) == len(feed.entries)
    for entry in feed.entries:
        assert entry.url or entry.title
        "".join((entry.title, entry.summary, entry.content, entry.author, entry.guid)).encode()  # SQLite wants UTF-8


@pytest.mark.case("C8", "G1")
@settings(max_examples=12)
@given(st.sampled_from(PAGES), EDITS)
def test_a_page_that_was_damaged_gives_an_article_or_a_reason(
    body: bytes, edits: Sequence[tuple[float, int, bytes]]
) -> None:
    try:
        article = extract("generic", ENTRY, edited(body, edits), "http://news.test/1", "news", "de", None, NOW)
    except ArticleError as error:
        assert error.code in (Reason.NOT_A_PAGE, Reason.EMPTY_BODY, Reason.NO_TEXT), error
        return
    assert article.title or article.text
    "".join((article.title, article.text, article.author, article.url, article.key)).encode()


# ── what feedparser fails on ──


def item(number: int, extra: str = "") -> str:
    return f"<item><title>Bericht {number}</title><link>http://news.test/{number}</link>{extra}</item>"


def feed_of(*items: str, head: str = "") -> ParsedFeed:
    spaces = 'xmlns:ort="http://www.opengis.net/gml"'
    text = f'<rss version="2.0" {spaces}><channel><title>Blatt</title>{head}{"".join(items)}</channel></rss>'
    return feeds.parse(text.encode(), URL, "application/xml", NOW)


def numbers(feed: ParsedFeed) -> list[str]:
    return [(e.url or "").rpartition("/")[2] for e in feed.entries]


# Outside georss:where feedparser 6.0.14 raises a KeyError; under its usual prefix, gml, we would leave it out.
POSITION = "<ort:pos>52.5 13.4</ort:pos>"


@pytest.mark.case("C8")
def test_an_item_that_feedparser_fails_on_costs_that_item_only() -> None:
    made = [item(n, POSITION if n in (3, 7) else "") for n in range(10)]
    feed = feed_of(*made)
    assert numbers(feed) == list("01245689")
    assert (feed.title, feed.kind, feed.dropped, feed.bozo) == ("Blatt", "rss20", 2, True)


@pytest.mark.case("C8")
def test_what_feedparser_fails_on_before_the_items_costs_none_of_them() -> None:
    assert numbers(feed_of(item(1), item(2), head=POSITION)) == ["1", "2"]


def test_a_feed_without_items_is_empty_whatever_feedparser_fails_on() -> None:
    assert (feed_of(head=POSITION).kind, feed_of(head=POSITION).entries) == ("rss20", ())


def test_where_items_cannot_be_told_apart_the_reason_says_what_failed() -> None:
    with pytest.raises(FeedError, match="parse_crash: feedparser: KeyError"):
        feed_of(head=f"{POSITION}<!-- {item(1)} -->")


@pytest.mark.case("C8")
@pytest.mark.parametrize("reference", ["&#xD800;", "&#99999999;", "&#x110000;", f"&#{'9' * 5000};"])
def test_references_to_what_is_no_character_cost_nothing(reference: str) -> None:
    feed = feed_of(item(1, f"<description>Eins {reference} <b></description>"), item(2))
    assert numbers(feed) == ["1", "2"]
    assert (feed.dropped, feed.entries[0].summary.startswith("Eins \ufffd")) == (0, True)


@pytest.mark.parametrize("noise", ["{", "{}", '{"debug": 1}\n'])
def test_what_a_program_printed_before_the_feed_is_passed_over(noise: str) -> None:
    feed = feeds.parse(noise.encode() + FEEDS[0], URL, "application/xml", NOW)
    assert (feed.kind, len(feed.entries)) == ("rss20", 2)


@pytest.mark.case("C3")
@pytest.mark.parametrize(
    "start",
    [
        b"<?xml " + b'encoding="a" ' * 2_000,
        b"<?php " + b"encoding='a' " * 2_000,
        b"\n" * 32_000,
        b"\n \t" * 10_000 + b"<!--",
    ],
    ids=["declaration", "instruction", "blank lines", "blank before a comment"],
)
def test_no_beginning_of_a_feed_costs_feedparser_its_time(start: bytes) -> None:
    """The first two would take it half a minute, the others six seconds."""
    began = time.process_time()
    feed = feeds.parse(
        start + b"-->" * start.endswith(b"--") + FEEDS[0].partition(b"?>")[2], URL, "application/xml", NOW
    )
    assert time.process_time() - began < 3
    assert len(feed.entries) == 2


@pytest.mark.case("C9")
@pytest.mark.parametrize(
    ("declared", "title"),
    [
        (b'<?xml version="1.0" encoding="IS\xcf-8859-1"?>', "Br\xfccke"),
        (b'<?xml version="1.0" encoding="koi8-r"?>', "\u042d"),
    ],
    ids=["letters in the name of a charset", "another charset in the first line"],
)
def test_the_charset_is_that_of_the_declaration(declared: bytes, title: str) -> None:
    codec = "koi8-r" if b"koi8" in declared else "latin-1"
    text = f"<?page encoding='cp1251' ?><rss><channel><item><title>{title}</title></item></channel></rss>"
    feed = feeds.parse(declared + text.encode(codec), URL, "application/xml", NOW)
    assert [e.title for e in feed.entries] == [title]


@pytest.mark.case("C9")
@pytest.mark.parametrize(
    "charset", ["utf-16", "UTF-16LE", "utf-32", "cp037", "idna", "utf-7", "none", "utf\x00-8", "hex"]
)
@pytest.mark.parametrize("filler", ["", " "])
def test_a_charset_that_the_bytes_cannot_have_is_not_believed(charset: str, filler: str) -> None:
    """An odd number of bytes is no UTF-16, an even one is any letters: both are read as what they are."""
    text = f'<?xml version="1.0" encoding="{charset}"?>{filler}' + rss("http://news.test/1", title="Brücke + Übergang")
    feed = feeds.parse(text.replace('<?xml version="1.0" encoding="utf-8"?>', "").encode(), URL, "", NOW)
    assert (feed.title, len(feed.entries)) == ("Brücke + Übergang", 1)
    stated = f"application/xml; charset={charset}"
    assert feeds.parse(text.encode(), URL, stated, NOW).title == "Brücke + Übergang"


def test_entries_that_begin_alike_and_have_no_address_are_all_kept() -> None:
    texts = [f"{'Der Rat tagt in dieser Woche an jedem Abend. ' * 3}{n}" for n in (1, 2, 2, 3)]
    items = "".join(f"<item><description>{text}</description></item>" for text in texts)
    feed = feed_of(items)
    assert [e.summary[-1] for e in feed.entries] == ["1", "2", "3"]
    assert (feed.dropped, len({e.guid for e in feed.entries})) == (1, 3)


# ── the comparison itself ──


def why(*items: str, kept: int) -> str:
    """Why our first ``kept`` of these items would be fewer than feedparser's."""
    text = f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'
    shown = [(f"Bericht {n}", f"http://news.test/{n}") for n in range(kept)]
    return compare.explain(text.encode(), URL, "application/xml", "rss20", shown)


def test_a_lost_entry_is_not_explained_away() -> None:
    assert why(item(0), item(1), item(2), kept=2) == "unexplained"
    assert why(item(0), item(1), item(1), kept=2) == "repeated"
    assert why(item(0), "<item><author>B</author></item>", kept=1) == "without link, title and text"
    assert why(item(0), item(1), "<item><author>B</author></item>", kept=1) == "unexplained"
    assert why(item(0), kept=2) == "unexplained"


def test_the_same_number_gives_the_same_bytes() -> None:
    made = [mutate.mutated(n, FEEDS) for n in range(60)]
    assert made == [mutate.mutated(n, FEEDS) for n in range(60)]
    assert len({body for _, body in made}) > 50
    assert {one for change, _ in made for one in change.split("+")} == set(mutate.CHANGES)


# ── the collection ──


@needs_collection
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.case("C19", "G1")
def test_all_files_go_through_real_runs_and_nothing_is_lost(tmp_path: Path) -> None:
    some, pages = collection.feeds(SHARED), collection.pages(SHARED)
    web, found = files.sweep(some, pages, tmp_path / "sweep.db", 640, lambda _: None)
    assert found.faults == []
    assert (len(web.feeds), len(web.pages)) == (len(some), len(pages))


@needs_collection
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.case("C8", "G1")
def test_a_thousand_damaged_documents_have_no_fault() -> None:
    some, pages = fuzz.documents(SHARED)
    of_feeds = fuzz.fuzz_feeds(700, some, lambda _: None)
    of_pages = fuzz.fuzz_pages(300, pages, lambda _: None)
    assert of_feeds.faults + of_pages.faults == []
    assert of_feeds.codes["ok"] > 400
