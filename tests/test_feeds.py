"""Feed bytes → entries: formats, identity, injection, charsets, hostile and damaged input."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.feeds import MAX_ENTRIES, parse
from pipeline.model import Entry, FeedError, ParsedFeed, Reason

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("RETOLD_SHARED", ROOT.parent / "shared"))
URL = "https://news.example/feeds/index.xml"
NOW = datetime(2026, 10, 2, 8, 0, tzinfo=UTC)
NOON = datetime(2026, 10, 1, 11, 9, 14, tzinfo=UTC)


def rss(*items: str, head: str = "", version: str = "2.0") -> bytes:
    channel = f"<title>Kustkrant</title><link>https://news.example/</link>{head}{''.join(items)}"
    return f'<?xml version="1.0"?><rss version="{version}"><channel>{channel}</channel></rss>'.encode()


def item(title: str = "Storm", link: str = "https://news.example/a", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def read(body: bytes, content_type: str = "") -> ParsedFeed:
    return parse(body, URL, content_type, NOW)


def only(body: bytes, content_type: str = "") -> Entry:
    (entry,) = read(body, content_type).entries
    return entry


def refused(body: bytes) -> FeedError:
    with pytest.raises(FeedError) as caught:
        read(body)
    return caught.value


# ── formats ──


@pytest.mark.case("C13")
def test_rss_20() -> None:
    body = rss(
        """<item><title>Storm trifft K&#252;ste</title><link>https://news.example/storm</link>
        <guid isPermaLink="false">id-1</guid><pubDate>Thu, 1 Oct 2026 13:09:14 +0200</pubDate>
        <description>&lt;p&gt;Kurz&lt;/p&gt;</description><dc:creator>A. Meer</dc:creator>
        <content:encoded><![CDATA[<p>Der ganze lange Bericht</p>]]></content:encoded>
        <category>Wetter</category><category>K&#252;ste</category><category>Wetter</category>
        <source url="https://other.example/rss">Hafenblatt</source></item>""",
        head="<language>de-DE</language><ttl>30</ttl>",
    ).replace(
        b'version="2.0"',
        b'version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        b' xmlns:dc="http://purl.org/dc/elements/1.1/"',
    )
    feed = read(body)
    assert (feed.title, feed.language, feed.kind, feed.bozo, feed.ttl_s) == ("Kustkrant", "de", "rss20", False, 1800)
    assert feed.entries == (
        Entry(
            feed_url=URL,
            guid="id-1",
            url="https://news.example/storm",
            title="Storm trifft Küste",
            summary="<p>Kurz</p>",
            content="<p>Der ganze lange Bericht</p>",
            author="A. Meer",
            published=NOON,
            date_raw="Thu, 1 Oct 2026 13:09:14 +0200",
            language="de",
            via_name="Hafenblatt",
            via_url="https://other.example/rss",
            categories=("Wetter", "Küste"),
        ),
    )


ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nl-NL" xml:base="https://atom.example/dir/">
<title>Waddenpost</title><updated>2026-10-01T12:00:00Z</updated>
<entry><title type="html">Zeehond &amp;lt;gered&amp;gt; &lt;b&gt;vandaag&lt;/b&gt;</title>
<link rel="enclosure" href="x.mp3"/><link href="artikel?a=1&amp;b=2"/><id>tag:atom.example,2026:1</id>
<published>2026-10-01T13:09:14+02:00</published><updated>2026-10-01T14:00:00+02:00</updated>
<author><name>J. Duin</name></author><summary>kort</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>het hele verhaal</p></div></content>
<source><title>Eilandkrant</title><link href="https://eiland.example/"/></source></entry></feed>"""


@pytest.mark.case("C13", "C17")
def test_atom_10() -> None:
    feed = read(ATOM.encode())
    (entry,) = feed.entries
    assert (feed.kind, feed.language, feed.title) == ("atom10", "nl", "Waddenpost")
    assert entry.url == "https://atom.example/dir/artikel?a=1&b=2"
    assert entry.title == "Zeehond <gered> vandaag"
    assert (entry.guid, entry.author, entry.language) == ("tag:atom.example,2026:1", "J. Duin", "nl")
    assert (entry.published, entry.updated) == (NOON, datetime(2026, 10, 1, 12, tzinfo=UTC))
    assert (entry.summary, entry.content) == ("kort", "<p>het hele verhaal</p>")
    assert (entry.via_name, entry.via_url) == ("Eilandkrant", "https://eiland.example/")


RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel rdf:about="https://r.example/"><title>R</title>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel>
<item rdf:about="https://r.example/1"><title>Eins</title><link>https://r.example/1</link>
<dc:date>2026-10-01T13:09:14+02:00</dc:date></item></rdf:RDF>"""


@pytest.mark.case("C13")
def test_rss_10_with_dublin_core_date_and_update_period() -> None:
    feed = read(RDF.encode())
    assert (feed.kind, feed.ttl_s) == ("rss10", 900)
    assert (feed.entries[0].guid, feed.entries[0].published) == ("https://r.example/1", NOON)


@pytest.mark.case("C13")
@pytest.mark.parametrize("version", ["0.91", "0.92", "0.93", "0.94", "2.0"])
def test_rss_versions(version: str) -> None:
    feed = read(rss(item(), version=version))
    assert feed.kind.startswith("rss")
    assert [entry.title for entry in feed.entries] == ["Storm"]


@pytest.mark.case("C13")
def test_atom_03() -> None:
    body = b"""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>Alt</title>
    <link rel="alternate" type="text/html" href="https://a.example/1"/><issued>2026-10-01T13:09:14+02:00</issued>
    </entry></feed>"""
    assert (read(body).kind, only(body).url, only(body).published) == ("atom03", "https://a.example/1", NOON)


@pytest.mark.case("C14")
def test_prefixed_rss() -> None:
    body = b"""<a:rss version="2.0" xmlns:a="http://backend.userland.com/rss2"><a:channel><a:item>
    <a:title>Genamespacet</a:title><a:link>https://a.example/1</a:link></a:item></a:channel></a:rss>"""
    assert only(body).title == "Genamespacet"


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Deichbote",
    "language": "de",
    "items": [
        {
            "id": 7,
            "url": "/a/7",
            "title": "Flut",
            "content_html": "<p>lang und breit</p>",
            "summary": "kurz & <gut>",
            "date_published": "2026-10-01T13:09:14+02:00",
            "authors": [{"name": "B. Siel"}, {"name": "C. Priel"}],
            "tags": ["Meer", 3, "Meer"],
        },
        {"id": "https://d.example/8", "content_text": "Nur ein Text & <kein> Titel"},
        "not an item",
        {"id": "9"},
    ],
}


@pytest.mark.case("C13")
def test_json_feed() -> None:
    feed = read(json.dumps(JSON_FEED).encode())
    first, second = feed.entries
    assert (feed.kind, feed.title, feed.language, feed.dropped) == ("json11", "Deichbote", "de", 1)
    assert (first.guid, first.url, first.title) == ("7", "https://news.example/a/7", "Flut")
    assert (first.summary, first.content) == ("kurz &amp; &lt;gut>", "<p>lang und breit</p>")
    assert (first.author, first.published, first.categories) == ("B. Siel, C. Priel", NOON, ("Meer",))
    assert (second.url, second.title) == ("https://d.example/8", "Nur ein Text & <kein> Titel")


@pytest.mark.case("C10", "C13")
def test_json_feed_1_has_one_author_and_may_begin_with_a_byte_order_mark() -> None:
    top = {"version": "https://jsonfeed.org/version/1", "items": [{"id": "a", "title": "T", "author": {"name": "N"}}]}
    for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        assert (only(json.dumps(top).encode(codec)).author, read(json.dumps(top).encode(codec)).kind) == ("N", "json10")


NEWS = """<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc> https://s.example/1 </loc>
<news:news><news:publication><news:name>S</news:name><news:language>nl</news:language></news:publication>
<news:publication_date>2026-10-01T13:09:14+02:00</news:publication_date><news:title>Dijk &amp;amp; duin</news:title>
<news:keywords>dijk, duin</news:keywords></news:news></url><url><loc>javascript:alert(1)</loc></url></urlset>"""


@pytest.mark.case("C15")
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_news_sitemap(pack: type[bytes]) -> None:
    feed = read(pack(NEWS.encode()))
    (entry,) = feed.entries
    assert (feed.kind, feed.dropped) == ("news-sitemap", 1)
    assert (entry.url, entry.guid, entry.title) == ("https://s.example/1", "https://s.example/1", "Dijk & duin")
    assert (entry.published, entry.language, entry.categories) == (NOON, "nl", ("dijk", "duin"))


@pytest.mark.case("C15")
def test_plain_sitemap_and_index() -> None:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    urls = f"<urlset {space}><url><loc>https://s.example/1</loc><lastmod>2026-10-01</lastmod></url></urlset>"
    entry = only(urls.encode())
    assert (entry.url, entry.title, entry.published) == ("https://s.example/1", "", None)
    assert entry.updated == datetime(2026, 10, 1, tzinfo=UTC)
    index = "".join(f"<sitemap><loc>{loc}</loc></sitemap>" for loc in ("https://s.example/a.xml", "b.xml", "file:///c"))
    feed = read(f"<sitemapindex {space}>{index}</sitemapindex>".encode())
    assert (feed.kind, feed.entries) == ("sitemap-index", ())
    assert feed.links == ("https://s.example/a.xml", "https://news.example/feeds/b.xml")


@pytest.mark.case("C5", "C15")
def test_a_large_sitemap_keeps_the_newest() -> None:
    rows = "".join(
        f"<url><loc>https://s.example/{n}</loc><lastmod>{2000 + n % 26}-01-01</lastmod></url>" for n in range(5200)
    )
    feed = read(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'.encode())
    assert (len(feed.entries), feed.dropped) == (MAX_ENTRIES, 5200 - MAX_ENTRIES)
    years = [entry.updated.year for entry in feed.entries if entry.updated]
    assert (min(years), len(years)) == (2016, MAX_ENTRIES)


@pytest.mark.case("C18")
def test_nos_shape_full_text_in_the_description() -> None:
    text = "<p>Een lang bericht over het weer.</p><h2>Verder</h2><p>Meer.</p>"
    entry = only(
        rss(
            f"""<item><title>Weer</title><link>https://nos.nl/l/2600001</link>
            <description><![CDATA[{text}]]></description><pubDate>Thu, 1 Oct 2026 13:09:14 +0200</pubDate>
            <guid isPermaLink="true">https://nos.nl/l/2600001</guid><enclosure url="https://x.example/i.jpg"/></item>"""
        )
    )
    assert (entry.guid, entry.url) == ("https://nos.nl/l/2600001", "https://nos.nl/l/2600001")
    assert (entry.summary, entry.content, entry.published) == (text, "", NOON)


@pytest.mark.case("C18")
def test_spiegel_shape_the_content_repeats_the_teaser() -> None:
    body = rss(
        """<item><title>Wetter</title><link>https://www.spiegel.de/x-a-0b1c#ref=rss</link>
        <description>Ein Anriss.</description><content:encoded>Ein Anriss.</content:encoded>
        <guid>https://www.spiegel.de/x-a-0b1c</guid><enclosure url="https://x.example/i.jpg" length=""/></item>"""
    ).replace(b'"2.0"', b'"2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"')
    entry = only(body)
    assert (entry.url, entry.guid) == ("https://www.spiegel.de/x-a-0b1c#ref=rss", "https://www.spiegel.de/x-a-0b1c")
    assert (entry.summary, entry.content) == ("Ein Anriss.", "")


# ── identity ──


@pytest.mark.case("E1")
def test_one_guid_for_all_entries_gives_way_to_the_links() -> None:
    items = [item(f"T{n}", f"https://news.example/{n}", "<guid>same</guid>") for n in range(3)]
    assert [entry.guid for entry in read(rss(*items)).entries] == [f"https://news.example/{n}" for n in range(3)]


@pytest.mark.case("E2")
def test_without_guid_the_link_and_without_link_a_hash() -> None:
    untitled = [f"<item><title>{title}</title></item>" for title in "BC"]
    guids = [entry.guid for entry in read(rss(item("A", "https://news.example/1"), *untitled)).entries]
    assert guids[0] == "https://news.example/1"
    assert all(guid.startswith("blake2b:") for guid in guids[1:])
    assert len(set(guids)) == 3
    assert [entry.guid for entry in read(rss(*untitled[::-1])).entries] == guids[:0:-1]  # the same next time


@pytest.mark.case("E2")
def test_one_guid_and_no_links_gives_way_to_hashes() -> None:
    items = [f"<item><title>T{n}</title><guid isPermaLink='false'>same</guid></item>" for n in range(3)]
    feed = read(rss(*items))
    assert [entry.title for entry in feed.entries] == ["T0", "T1", "T2"]
    assert len({entry.guid for entry in feed.entries}) == 3


def test_exact_repetitions_and_empty_entries_are_dropped_and_counted() -> None:
    feed = read(rss(item(), item(), "<item><author>nobody</author></item>"))
    assert (len(feed.entries), feed.dropped) == (1, 2)


@pytest.mark.case("C16")
def test_an_entry_without_link_or_title_stays_if_it_has_text() -> None:
    entry = only(rss("<item><description>Nur &lt;b&gt;Text&lt;/b&gt;, " + "wort " * 40 + "</description></item>"))
    assert entry.url is None
    assert entry.title == "Nur Text, " + " ".join(["wort"] * 14)
    assert len(entry.title) <= 80


# ── injection ──


@pytest.mark.case("C11", "C12", "D1")
@pytest.mark.parametrize(
    ("stated", "plain"),
    [
        ("&lt;script&gt;alert(1)&lt;/script&gt;Hallo &lt;img src=x onerror=alert(1)&gt;", "Hallo"),
        ("<![CDATA[<svg/onload=alert(1)><a href='javascript:1'>x</a>]]>", "x"),
        ("<![CDATA[Ende <img src=x onerror=alert(1)]]>", "Ende"),
        ("A<![CDATA[<br>]]>B", "A B"),
        ("5 &lt; 6 &gt; 4", "5 < 6 > 4"),
        ("Q&amp;A AT&amp;T", "Q&A AT&T"),
        ("Q&amp;amp;A", "Q&A"),
        ("&amp;lt;script&amp;gt;", "<script>"),  # text about markup; escaped at output
        ("Q&A AT&T", "Q&A AT&T"),  # not well-formed
        ("a&nbsp;b&euml;c", "a bëc"),
        ("a\x00b\x0bc\x1b]0;x\x07d", "ab c]0;xd"),
        ("a\u202eb\u2066c\u200bd\ufeffe\u00adf\ufffe", "abcdef"),
        ("zwei\n\t Zeilen\u2028drei", "zwei Zeilen drei"),
        ("Ko\u0308ln", "Köln"),
        ("&#x1F3B5; &#8211;", "🎵 –"),
        ("&#55357;&#56832; &#xD83D;&#xDE00; &#x0d83d;&#56832;", "😀 😀 😀"),  # as programs that count in UTF-16 write
        ("a&#xd800;b &#57343; &#55203;", "a�b � 힣"),
    ],
)
def test_titles_are_plain_text(stated: str, plain: str) -> None:
    assert only(rss(item(stated))).title == plain


@pytest.mark.case("C6")
def test_titles_are_bounded() -> None:
    assert only(rss(item("x" * 3_000_000))).title == "x" * 1000


@pytest.mark.case("C17", "D3")
@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://n.example/a?b=1&amp;c=2#d", "https://n.example/a?b=1&c=2#d"),
        ("  https://n.example/a\n", "https://n.example/a"),
        ("HTTPS://N.example/a", "https://N.example/a"),
        ("/a/b", "https://news.example/a/b"),
        ("b", "https://news.example/feeds/b"),
        ("//evil.example/x", "https://evil.example/x"),
        ("https://n.example/mit leer", "https://n.example/mit%20leer"),
        ("https://n.example/\u200ba\u202eb", "https://n.example/%E2%80%8Ba%E2%80%AEb"),
        ("https://n\u202e.example/", None),
        ("https://n.example/größe", "https://n.example/größe"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java&#10;script:alert(1)", None),
        ("data:text/html,x", None),
        ("vbscript:x", None),
        ("file:///etc/passwd", None),
        ("feed:https://n.example/", None),
        ("https://", None),
        ("https:///n.example/a", "https://n.example/a"),  # as feedparser mends it
        ("http://[::1", None),
        ("http://n.example:99999/", None),
        ("http://user:secret@n.example/", None),
        ("https://n.example/&quot;&gt;&lt;script&gt;", None),
        ("https://n.example\\@evil.example/", None),
        ("https://n.example/" + "x" * 5000, None),
    ],
)
def test_links_are_http_with_a_host(link: str, url: str | None) -> None:
    assert only(rss(item(link=link))).url == url


@pytest.mark.case("D3")
@pytest.mark.parametrize(
    ("guid", "url"),
    [
        ("<guid>https://n.example/1</guid>", "https://n.example/1"),
        ("<guid isPermaLink='false'>urn:1</guid>", None),
        ("<guid>javascript:alert(1)</guid>", None),
    ],
)
def test_an_unusable_link_gives_way_to_a_permalink(guid: str, url: str | None) -> None:
    assert only(rss(item(link="javascript:alert(1)", more=guid))).url == url


def test_the_scheme_is_lower_case() -> None:
    top = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": "hTTps://n.example/A"}]}
    assert only(json.dumps(top).encode()).url == "https://n.example/A"


@pytest.mark.case("D3")
def test_a_guid_that_says_it_is_no_link_is_none() -> None:
    body = rss("<item><title>x</title><guid isPermaLink='false'>https://n.example/1</guid></item>")
    assert only(body).url is None


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "secret.xml"
    file.write_bytes(rss(item("secret")))
    for path in (str(file), file.as_uri()):
        assert refused(path.encode()).code is Reason.NOT_A_FEED


@pytest.mark.case("C2")
def test_external_entities_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("TOPSECRET")
    kinds = [
        f'<!ENTITY a SYSTEM "{(tmp_path / "secret.txt").as_uri()}">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;',
    ]
    for entity in kinds:
        for body in (rss(item("A&a;B")), NEWS.replace("Dijk", "&a;").encode()):
            start = body.index(b"?>") + 2
            feed = read(body[:start] + f"<!DOCTYPE x [{entity}]>".encode() + body[start:])
            assert "TOPSECRET" not in repr(feed)
            assert len(feed.entries) == 1


def test_str_is_refused() -> None:
    for wrong in ("/etc/hostname", "<rss/>", None, bytearray(b"x")):
        with pytest.raises(TypeError):
            parse(wrong, URL)  # type: ignore[arg-type]


# ── what is no feed ──


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (b"", Reason.EMPTY_BODY, "0 bytes"),
        (b" \r\n\t\x00 ", Reason.EMPTY_BODY, "blank"),
        (b"\xef\xbb\xbf\n", Reason.EMPTY_BODY, "blank"),
        (gzip.compress(b"", mtime=0), Reason.EMPTY_BODY, "0 bytes"),
        (b"Moin", Reason.NOT_A_FEED, "text"),
        (b"<!doctype html><title>Just a moment...</title>", Reason.NOT_A_FEED, "challenge page: 'Just a moment...'"),
        (b"<html><head><title>Ihre Consent-Wahl</title></head></html>", Reason.NOT_A_FEED, "consent page"),
        (b"<html><form><input type='password'></form>", Reason.NOT_A_FEED, "login page"),
        (b"<!-- x --><HTML><title>Nichts &amp; da</title>", Reason.NOT_A_FEED, "an HTML page: 'Nichts & da'"),
        (b"<opml version='2.0'><body/></opml>", Reason.NOT_A_FEED, "OPML"),
        (b"<?xml version='1.0'?><note>x</note>", Reason.NOT_A_FEED, "root <note>"),
        (b"%PDF-1.7 ...", Reason.NOT_A_FEED, "a PDF"),
        (b"\x89PNG\r\n\x1a\n....", Reason.NOT_A_FEED, "PNG"),
        (b'{"items": []}', Reason.NOT_A_FEED, "JSON that is no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", ', Reason.NOT_A_FEED, "broken JSON"),
        (b'{"version":' + b"[" * 100_000, Reason.NOT_A_FEED, "broken JSON"),
        (gzip.compress(b"x" * 100, mtime=0)[:-20], Reason.BAD_ENCODING, "gzip"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 50, Reason.BAD_ENCODING, "gzip"),
        (gzip.compress(b"\x1f\x8b...", mtime=0), Reason.NOT_A_FEED, "gzip within gzip"),
        (gzip.compress(bytes(20 * 2**20), mtime=0), Reason.TOO_LARGE, "bytes"),
        (b"<rss>" + b" " * 16 * 2**20, Reason.TOO_LARGE, "bytes"),
    ],
)
def test_refusals_say_what_they_saw(body: bytes, code: Reason, detail: str) -> None:
    error = refused(body)
    assert error.code is code
    assert detail in error.detail


def test_an_empty_feed_is_a_feed() -> None:
    assert read(rss()).entries == ()
    assert read(rss()).kind == "rss20"


# ── charsets ──

WORDS = "Grüße aus Köln – „schön“ für 5 €"


@pytest.mark.case("C9")
@pytest.mark.parametrize("declared", ["", "utf-8", "iso-8859-1", "windows-1252", "us-ascii"])
@pytest.mark.parametrize("header", ["", "utf-8", "iso-8859-1"])
@pytest.mark.parametrize("media", ["text/xml", "application/rss+xml", "text/html", ""])
def test_utf_8_is_read_as_such_whatever_is_declared(declared: str, header: str, media: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = rss(item(WORDS)).replace(b'<?xml version="1.0"?>', declaration.encode())
    content_type = f"{media}; charset={header}" if header else media
    assert only(body, content_type).title == WORDS


@pytest.mark.case("C9", "C10")
@pytest.mark.parametrize(
    ("codec", "declared", "content_type", "words"),
    [
        ("cp1252", "windows-1252", "", WORDS),
        ("cp1252", "utf-8", "text/xml; charset=utf-8", WORDS),
        ("cp1252", "iso-8859-1", "", WORDS),
        ("latin-1", "iso-8859-1", "text/xml", "Grüße"),
        ("latin-1", "utf-8", "application/xml; charset=ISO-8859-1", "Grüße"),
        ("koi8-r", "koi8-r", "text/xml; charset=iso-8859-1", "Новости дня"),
        ("gb2312", "gb2312", "", "新闻"),
        ("shift_jis", "shift_jis", "text/xml", "ニュース"),
        ("utf-16", "utf-16", "", WORDS),
        ("utf-16-le", "utf-16", "", WORDS),
        ("utf-16-be", "utf-16", "text/xml; charset=utf-8", WORDS),
        ("utf-32", "utf-32", "", WORDS),
        ("utf-8-sig", "utf-8", "", WORDS),
    ],
)
def test_other_charsets(codec: str, declared: str, content_type: str, words: str) -> None:
    text = rss(item(words)).decode().replace('version="1.0"', f'version="1.0" encoding="{declared}"', 1)
    assert only(text.encode(codec), content_type).title == words


@pytest.mark.case("C9")
def test_one_stray_byte_does_not_spoil_the_rest() -> None:
    body = rss(item(WORDS), item("Stra\x00e", "https://news.example/b")).replace(b"\x00", b"\xdf")
    assert [entry.title for entry in read(body).entries] == [WORDS, "Straße"]
    cut = rss(item(WORDS)).replace("schön".encode(), "schö".encode()[:-1])
    assert only(cut).title.startswith("Grüße aus Köln – „sch")


# ── hostile ──


def dated(count: int, newest_first: bool) -> bytes:
    days = range(count, 0, -1) if newest_first else range(1, count + 1)
    row = "<item><title>T{0}</title><pubDate>{1} Jan {2} 00:00:00 GMT</pubDate></item>"
    return rss(*(row.format(n, n % 28 + 1, 1996 + n * 25 // count) for n in days))


@pytest.mark.case("C5")
@pytest.mark.parametrize("newest_first", [True, False])
def test_the_newest_items_are_kept_and_the_rest_counted(newest_first: bool) -> None:
    feed = read(dated(MAX_ENTRIES + 500, newest_first))
    numbers = sorted(int(entry.title[1:]) for entry in feed.entries)
    assert (len(numbers), feed.dropped, feed.bozo) == (MAX_ENTRIES, 500, False)
    assert (numbers[0], numbers[-1]) == (501, MAX_ENTRIES + 500)


def test_what_only_looks_like_an_item_is_not_counted() -> None:
    text = "<description><![CDATA[" + "<item>" * 3000 + "]]></description>"
    feed = read(rss("<!--" + "<item>" * 3000 + "-->", item(more=text), item("Zwei", "https://news.example/2")))
    assert (len(feed.entries), feed.dropped) == (2, 0)


@pytest.mark.case("C3", "C4")
def test_long_bylines_and_many_attributes_of_honest_feeds_stay_whole() -> None:
    names = ", ".join(f"Vorname{n} Nachname{n}" for n in range(12))
    attributes = " ".join(f'a{n}="{"x" * 20}"' for n in range(100))
    entry = only(rss(item(more=f"<author>{names}</author><x {attributes}>y</x>")))
    assert entry.author == names[:300]


# ── damaged ──


@pytest.mark.case("C8")
@pytest.mark.parametrize(
    "broken",
    [
        "</height>",
        "</width>",
        "</category>",
        "</creativeCommons:license>",
        '<g:where><g:Point srsName="EPSG:x"><g:pos>1 2</g:pos></g:Point></g:where>',
        "<g:where></g:pos></g:where>",
        "<g:point>north</g:point>",
    ],
)
def test_what_feedparser_stumbles_over_costs_no_entry(broken: str) -> None:
    for name, space in (("georss", "http://www.georss.org/georss"), ("gml", "http://www.opengis.net/gml")):
        items = item(more=broken.replace("g:", f"{name}:")), item("Zwei", "https://news.example/2")
        body = rss(*items).replace(b'"2.0"', f'"2.0" xmlns:{name}="{space}"'.encode())
        assert [entry.title for entry in read(body + b"<").entries] == ["Storm", "Zwei"]


def sample() -> bytes:
    items = [
        f"""<item><title>Meldung {n}: Grüße &amp; mehr</title><link>https://news.example/{n}</link>
        <guid>https://news.example/{n}</guid><pubDate>Thu, 1 Oct 2026 13:0{n}:14 +0200</pubDate>
        <description><![CDATA[<p>Text {n} mit „Zitat“.</p>]]></description></item>"""
        for n in range(8)
    ]
    return rss(*items)


@pytest.mark.case("C7")
def test_truncated_feeds_keep_their_whole_items() -> None:
    body = sample()
    whole = read(body).entries
    for n in range(100):
        cut = body[: len(body) * (n + 1) // 101]
        complete = cut.count(b"</item>")
        try:
            feed = read(cut)
        except FeedError as error:
            assert error.code is Reason.NOT_A_FEED
            assert b"<rss version" not in cut or cut.endswith(b'"2.0"')
            continue
        assert feed.entries[:complete] == whole[:complete]
        assert len(feed.entries) <= complete + 1
        assert feed.bozo


@pytest.mark.case("C8")
@pytest.mark.parametrize("broken", ["<textInput><link>x</link>", "<textInput></guid>"])
def test_an_item_at_which_feedparser_raises_costs_no_other(broken: str) -> None:
    items = [item(f"T{n}", f"https://news.example/{n}", broken if n == 3 else "") for n in range(6)]
    feed = read(rss(*items) + b"<")
    assert [entry.title for entry in feed.entries] == ["T0", "T1", "T2", "T4", "T5"]
    assert (feed.dropped, feed.bozo, feed.kind) == (1, True, "rss20")


@pytest.mark.case("C8")
def test_a_charset_that_is_no_name_costs_no_entry() -> None:
    body = rss(item()).replace(b'<?xml version="1.0"?>', b'<?xml version="1.0" encoding="\xedtf-8"?>')
    assert only(body).title == "Storm"


def is_sound(feed: ParsedFeed) -> None:
    assert len({entry.guid for entry in feed.entries}) == len(feed.entries) <= MAX_ENTRIES
    for entry in feed.entries:
        repr(entry).encode()  # no lone surrogates: SQLite takes UTF-8 only
        assert entry.guid
        assert entry.url is None or entry.url.startswith(("http://", "https://"))
        assert entry.title.replace(" ", "x").isprintable() or any(ord(char) > 0xFF for char in entry.title)
        assert not set(entry.title + entry.guid) & set(map(chr, [*range(32), *range(0x7F, 0xA0), 0x202E]))


@pytest.mark.case("C8")
@pytest.mark.parametrize("seed", range(60))
def test_flipped_bits_and_shuffled_bytes(seed: int) -> None:
    dice = random.Random(seed)
    body = bytearray([sample(), ATOM.encode(), RDF.encode(), NEWS.encode(), json.dumps(JSON_FEED).encode()][seed % 5])
    for _ in range(dice.choice([1, 3, 30])):
        at = dice.randrange(len(body))
        body[at] ^= 1 << dice.randrange(8)
    if seed % 3 == 0:
        at = dice.randrange(len(body))
        body[at : at + dice.randrange(200)] = dice.randbytes(dice.randrange(20))
    try:
        is_sound(read(bytes(body)))
    except FeedError as error:
        assert error.code in (Reason.NOT_A_FEED, Reason.EMPTY_BODY, Reason.BAD_ENCODING)


PIECES = st.sampled_from(
    [
        *(b"<rss>", b"<item>", b"</item>", b"<title>", b"<link href='", b"<feed ", b"<entry>", b"<guid>", b"<urlset>"),
        *(b"<![CDATA[", b"]]>", b"<!--", b"<?xml ", b"<!DOCTYPE", b"<!ENTITY a '", b"&#x0;", b"&", b"{"),
        *(b"\xff\xfe", b"\x00", b"\xed\xa0\x80"),
    ]
)


@pytest.mark.case("C8")
@settings(max_examples=300)
@given(st.binary(max_size=400) | st.lists(PIECES | st.binary(max_size=8), max_size=30).map(b"".join))
@example(b"<rss><item><title>&#xD800;</title><link>http://[")
@example(b"\xff\xfe\x00")
@example(b"<rss><channel><item><guid>&#99999999999;</guid><title>x")
def test_any_bytes_give_a_feed_or_a_feed_error(body: bytes) -> None:
    try:
        is_sound(read(body))
    except FeedError:
        return


@pytest.mark.case("C8", "C11")
@settings(max_examples=200)
@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=100))
def test_any_text_in_any_field(title: str, text: str, link: str) -> None:
    date = f"<pubDate>{escape(link)}</pubDate>"
    items = item(escape(title), escape(link), f"<description>{escape(text)}</description>{date}")
    is_sound(read(f"<rss version='2.0'><channel>{items}</channel></rss>".encode("utf-8", "replace")))


# ── the collection ──


def load_bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_feeds", ROOT / "bench" / "feeds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_feeds"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.case("C19")
@pytest.mark.skipif(not (SHARED / "feeds" / "MANIFEST.csv").is_file(), reason=f"no collection of feeds in {SHARED}")
def test_the_collection_gives_feedparsers_entries() -> None:
    """A seeded sample of the conformance files: never an exception, and feedparser's count where it finds entries.

    Ours counts what it drops (an entry of nothing but an author). JSON Feeds and sitemaps are ours alone.
    """
    bench = load_bench()
    paths = random.Random(19).sample(bench.manifest(SHARED), 400)
    for path in paths:
        expected = min(bench.theirs(str(path))[0], MAX_ENTRIES)
        try:
            feed = bench.ours(str(path))
        except FeedError as error:
            assert (error.code, expected) == (Reason.NOT_A_FEED, 0), path
            continue
        is_sound(feed)
        if expected:
            assert len(feed.entries) + feed.dropped == expected, path
