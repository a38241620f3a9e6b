"""Feeds in every form and in odd ones, crawled on loopback: the entries that each must give."""

from __future__ import annotations

import gzip
import json

import pytest

from pipeline.model import Entry, ParsedFeed, Reason
from tests.crawling import FEED, Memory, job, run, server
from tests.feedserver import Told, address, served
from tests.hostile_feeds import SITEMAP, item, rss
from tests.server import Server, reply

__all__ = ["server"]  # a fixture

ATOM = "http://www.w3.org/2005/Atom"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
URL = "http://news.test/1"
SHAPES: dict[str, Told] = {
    "/rss091": (rss(item(link=URL)).replace(b"2.0", b"0.91"), "text/xml"),
    "/rss092": (rss(item(link=URL)).replace(b"2.0", b"0.92"), "application/rss+xml"),
    "/rss20": (rss(item(link=URL)), "application/rss+xml"),
    "/rss10": (
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns="http://purl.org/rss/1.0/"><channel/>{item(link=URL)}</rdf:RDF>'.encode(),
        "application/rdf+xml",
    ),
    "/rss090": (
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns="http://my.netscape.com/rdf/simple/0.9/">{item(link=URL)}</rdf:RDF>'.encode(),
        "text/xml",
    ),
    "/atom03": (
        f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>Storm</title>'
        f'<link rel="alternate" href="{URL}"/></entry></feed>'.encode(),
        "application/atom+xml",
    ),
    "/atom10": (
        f'<feed xmlns="{ATOM}"><entry><title>Storm</title><link href="{URL}"/></entry></feed>'.encode(),
        "application/atom+xml",
    ),
    "/json1": (
        json.dumps(
            {"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "url": URL, "title": "Storm"}]}
        ).encode(),
        "application/json",
    ),
    "/json11": (
        json.dumps(
            {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": URL, "title": "Storm"}]}
        ).encode(),
        "application/feed+json",
    ),
    "/no-type": (rss(item(link=URL)), None),
    "/html-type": (rss(item(link=URL)), "text/html"),
}


def entries(parsed: ParsedFeed | None) -> list[Entry]:
    assert parsed is not None
    return list(parsed.entries)


@pytest.mark.case("C13")
def test_every_form_of_feed_gives_its_entry() -> None:
    sink = served(SHAPES)
    for path in SHAPES:
        assert [(e.title, e.url) for e in entries(sink.parsed[address(path)])] == [("Storm", URL)], path


TWISTED: dict[str, bytes] = {
    "/prefixed-rss": b'<a:rss version="2.0" xmlns:a="http://backend.userland.com/rss2"><a:channel><a:item>'
    b"<a:title>Storm</a:title><a:link>http://news.test/1</a:link></a:item></a:channel></a:rss>",
    "/prefixed-atom": f'<x:feed xmlns:x="{ATOM}"><x:entry><x:title>Storm</x:title><x:link href="{URL}"/></x:entry>'
    "</x:feed>".encode(),
    "/entry-of-its-own-space": f'<feed xmlns="{ATOM}"><p:entry xmlns:p="{ATOM}"><p:title>Storm</p:title>'
    f'<p:link href="{URL}"/></p:entry></feed>'.encode(),
    "/default-is-html": f'<x:feed xmlns:x="{ATOM}" xmlns="http://www.w3.org/1999/xhtml"><x:entry><x:title>Storm</x:title>'
    f'<x:link href="{URL}"/><x:content type="xhtml"><div><title>no</title>x</div></x:content></x:entry>'
    "</x:feed>".encode(),
}


@pytest.mark.case("C14")
def test_namespaces_may_be_spelled_as_they_like() -> None:
    sink = served(TWISTED)
    for path in TWISTED:
        assert [(e.title, e.url) for e in entries(sink.parsed[address(path)])] == [("Storm", URL)], path


@pytest.mark.case("C15")
def test_a_sitemap_is_read_where_it_is_followed_and_a_page_is_none() -> None:
    urls = f"<urlset {SITEMAP}><url><loc>{URL}</loc></url></urlset>".encode()
    sink = served({"/plain": urls, "/packed": gzip.compress(urls), "/page": b"<!doctype html><title>Map</title>"})
    for path in ("/plain", "/packed"):
        parsed = sink.parsed[address(path)]
        assert parsed is not None and parsed.kind == "sitemap" and [e.url for e in parsed.entries] == [URL]
    assert sink.of(address("/page")).code is Reason.NOT_A_FEED


LONG = "Der Deich hält, sagt die Gemeinde am Abend, und niemand musste sein Haus verlassen, obwohl das Wasser stieg."
UNTITLED = {
    "none": "",
    "empty": "<title/>",
    "blank": "<title> \n </title>",
    "markup alone": "<title><![CDATA[<img src=x>]]></title>",
    "invisible": "<title>&#x200b;&#xad;</title>",
}


@pytest.mark.case("C16")
def test_without_a_title_the_text_begins_it() -> None:
    items = [
        f"<item>{title}<link>http://news.test/{n}</link><description>&lt;p&gt;{LONG}&lt;/p&gt;</description></item>"
        for n, title in enumerate(UNTITLED.values())
    ]
    found = entries(served({"/feed": rss(*items)}).parsed[address("/feed")])
    assert len(found) == len(UNTITLED)
    for entry in found:
        assert len(entry.title) <= 80 and LONG.startswith(entry.title) and len(entry.title) > 60
    short = "<item><link>http://news.test/x</link><description>Nur ein Wort</description></item>"
    bare = "<item><link>http://news.test/y</link></item>"
    titles = [e.title for e in entries(served({"/feed": rss(short, bare)}).parsed[address("/feed")])]
    assert titles == ["Nur ein Wort", ""]


@pytest.mark.case("C17")
def test_relative_links_lead_where_the_feed_really_lies(server: Server) -> None:
    """xml:base of the entry, of the feed, or the address after redirects."""
    feed = (
        f'<feed xmlns="{ATOM}"><entry><title>a</title><link href="a"/></entry>'
        '<entry xml:base="http://other.test/x/"><title>b</title><link href="b"/></entry>'
        '<entry><title>c</title><link href="/c"/></entry><entry><title>d</title><link href="//third.test/d"/></entry>'
        '<entry><title>e</title><link href="javascript:e"/></entry></feed>'
    )
    server.on("/feed", reply(301, location="http://good.test/moved/feed.xml"), host="news.test")
    server.on("/moved/feed.xml", reply(200, feed), host="good.test")
    sink: Memory = run(server, job(max_pages_per_run=0))
    assert [(e.title, e.url) for e in entries(sink.parsed[FEED])] == [
        ("a", "http://good.test/moved/a"),
        ("b", "http://other.test/x/b"),
        ("c", "http://good.test/c"),
        ("d", "http://third.test/d"),
        ("e", None),
    ]


@pytest.mark.case("C18")
def test_enclosures_of_any_length_are_no_matter() -> None:
    lengths = ("", 'length=""', 'length="0"', 'length="-1"', 'length="viel"', f'length="{"9" * 400}"', 'length="1e9"')
    items = [
        item(
            f"T{n}", f"http://news.test/{n}", f'<enclosure url="http://news.test/{n}.mp3" {length} type="audio/mpeg"/>'
        )
        for n, length in enumerate(lengths)
    ]
    bare = [
        item("x", "http://news.test/x", "<enclosure/>"),
        item("y", "http://news.test/y", '<enclosure url="javascript:1"/>'),
    ]
    found = entries(served({"/feed": rss(*items, *bare)}).parsed[address("/feed")])
    assert [e.url for e in found] == [f"http://news.test/{n}" for n in [*range(len(lengths)), "x", "y"]]


ODD = {
    "Q&A AT&T": "Q&A AT&T",
    "a&nbsp;b &euml; &uuml;": "a b ë ü",
    "a & b &c; &#38; &amp;amp;": None,
    "&undefined; end": None,
    "5 &lt; 6": "5 < 6",
    "K&#246;ln &#x1F3B5;": "Köln 🎵",
    "Ko\u0308ln": "Köln",
    "abc\u202edef\u2066g\u200bh": "abcdefgh",
}


@pytest.mark.case("C11", "C12")
def test_bare_ampersands_html_entities_and_invisible_letters_cost_no_entry() -> None:
    bodies: dict[str, bytes | Told] = {
        f"/{n}": rss(item(title), item("Zwei", "http://news.test/2")) for n, title in enumerate(ODD)
    }
    bodies["/nul"] = rss(item("a\x00b\x0bc\x1b[31m\ufffed"), item("Zwei", "http://news.test/2"))
    bodies["/surrogate"] = rss(item("a&#xd800;b"), item("Zwei", "http://news.test/2"))
    sink = served(bodies)
    for n, plain in enumerate(ODD.values()):
        first, second = entries(sink.parsed[address(f"/{n}")])
        assert second.title == "Zwei"
        assert plain is None or first.title == plain
    for path in ("/nul", "/surrogate"):
        first, second = entries(sink.parsed[address(path)])
        assert second.title == "Zwei" and first.title.isprintable()
        first.title.encode()
