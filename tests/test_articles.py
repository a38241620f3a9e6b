"""Pages and entries to articles: text, title, dates, paywall, canonical claims, charset, hostile input."""

from __future__ import annotations

import os
import pickle
import random
import statistics
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from bench.pages import SHARED, ours, pages, plain_trafilatura, score
from pipeline.articles import MAX_ELEMENTS, from_entry, from_page
from pipeline.model import Article, ArticleError, Entry, FeedError, Reason, TextFrom
from pipeline.sandbox import Sandbox
from pipeline.text import content_hash
from spiders.base import extract

PAGES = Path(__file__).parent / "fixtures" / "pages"
ENTRY = Entry(feed_url="https://example.org/feed", guid="1", url="https://example.org/a", title="From the feed")
NOW = datetime(2026, 3, 10, tzinfo=UTC)
SENTENCE = "The train stopped before the bridge, and nobody on board knew how long it would take to move on."


def read(name: str, url: str, entry: Entry = ENTRY, language: str = "de") -> Article:
    body = (PAGES / f"{name}.html").read_bytes()
    return from_page(entry, body, url=url, source="test", language=language, now=NOW)


def page(inner: str, head: str = "", **given: object) -> Article:
    html = f'<html><head><meta charset="utf-8">{head}</head><body><article>{inner}</article></body></html>'
    return from_page(ENTRY, html.encode(), url="https://example.org/a", source="test", language="en", now=NOW)


def refusal(body: bytes, url: str = "https://example.org/a") -> Reason:
    with pytest.raises(ArticleError) as caught:
        from_page(ENTRY, body, url=url, source="test", language="en", now=NOW)
    return caught.value.code


def prose(n: int = 6) -> str:
    return "".join(f"<p>{i}. {SENTENCE}</p>" for i in range(1, n + 1))


def test_a_free_magazine_page() -> None:
    got = read("magazin_frei", "https://www.spiegel.test/panorama/x-a-0f3c1d2e-1111-4222-8333-444455556666?sara_ref=y")
    assert got.title == "Hafenbrücke: Ingenieure warnen seit Jahren"
    assert got.key == "spiegel.test/a-0f3c1d2e-1111-4222-8333-444455556666"
    assert got.url.endswith(
        "/panorama/hafenbruecke-ingenieure-warnen-seit-jahren-a-0f3c1d2e-1111-4222-8333-444455556666"
    )
    assert got.published == datetime(2026, 3, 2, 7, 15, tzinfo=UTC)
    assert got.updated == datetime(2026, 3, 2, 8, 40, tzinfo=UTC)
    assert (got.lang, got.author, got.paywalled, got.text_from) == ("de", "DER SPIEGEL", False, TextFrom.PAGE)
    assert (got.agencies, got.credit, got.canonical_claim) == (("Reuters",), "sak/Reuters", None)
    assert got.text.startswith("Die Brücke über den alten Hafen")
    assert got.text.endswith("dort staut er sich.")
    assert got.content_hash == content_hash(got.title, got.text)
    assert len(got.text.split("\n")) == 4


@pytest.mark.case("G2")
def test_a_walled_page_keeps_its_free_part_only() -> None:
    got = read(
        "magazin_plus", "https://www.spiegel.test/kultur/das-archiv-im-keller-a-11112222-3333-4444-8555-666677778888"
    )
    assert got.paywalled is True
    assert got.author == "Jonte Brandwein"
    assert "Vierzig Kisten" in got.text
    assert "Anwalt" not in got.text
    assert "Neffe" not in got.text
    assert "weiterlesen" not in got.text
    assert "Abonnement" not in got.text


@pytest.mark.case("G2")
def test_a_page_that_walls_everything_gives_its_description() -> None:
    head = (
        '<script type="application/ld+json">'
        '{"@type":"NewsArticle","headline":"Bridge closed","isAccessibleForFree":false,'
        f'"description":"{SENTENCE}","hasPart":[{{"isAccessibleForFree":false,"cssSelector":"article"}}]}}</script>'
    )
    got = page(prose(), head)
    assert (got.text, got.text_from, got.paywalled) == (SENTENCE, TextFrom.TEASER, True)


@pytest.mark.case("G5")
def test_a_broadcasters_page_with_an_agency_dateline() -> None:
    got = read("omroep", "https://nos.test/l/2500001", language="nl")
    assert (got.key, got.lang, got.agencies, got.dateline) == ("nos.test/l/2500001", "nl", ("ANP",), "DELFZIJL (ANP)")
    assert got.title == "Sluis bij Delfzijl dicht na aanvaring"
    assert got.url == "https://nos.test/artikel/2500001-sluis-bij-delfzijl-dicht-na-aanvaring"
    assert got.published == datetime(2026, 3, 3, 12, 9, 14, tzinfo=UTC)
    assert got.text.startswith("De zeesluis bij Delfzijl is dicht")
    assert "Lees ook" not in got.text
    assert got.paywalled is None


@pytest.mark.case("G5")
def test_syndicated_wire_copy_names_the_agency_and_the_original() -> None:
    got = read("syndicator", "https://courier.example/ferry?fbclid=1", language="en")
    assert got.title == "Ferry stranded off Fehmarn overnight & towed at dawn"
    assert (got.url, got.canonical_claim) == (
        "https://courier.example/ferry",
        "https://agency.example/article/ferry-stranded-off-fehmarn",
    )
    assert (got.agencies, got.author, got.dateline) == (("AP",), "Associated Press", "FEHMARN, Germany (AP)")
    assert got.text.startswith("A ferry with 212 people")
    assert "AFP reported" in got.text
    assert "Google News" not in got.text
    assert "Copyright" not in got.text


@pytest.mark.case("G4")
@pytest.mark.parametrize("name", ["consent", "niet_gevonden"])
def test_a_wall_or_a_soft_404_is_no_article(name: str) -> None:
    assert refusal((PAGES / f"{name}.html").read_bytes()) is Reason.NOT_A_PAGE


@pytest.mark.case("G4")
def test_a_long_article_about_missing_pages_is_an_article() -> None:
    assert "bridge" in page(f"<h1>Page not found</h1>{prose(12)}", "<title>Page not found</title>").text


@pytest.mark.case("G6")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY_BODY),
        (b" \n\t ", Reason.EMPTY_BODY),
        (b"%PDF-1.7\n<<", Reason.NOT_A_PAGE),
        (b"\x89PNG\r\n\x1a\n<", Reason.NOT_A_PAGE),
        (b'{"error": "no"}', Reason.NOT_A_PAGE),
        (b"just words", Reason.NOT_A_PAGE),
        (b"<html><head><title>Some title</title></head><body></body></html>", Reason.NO_TEXT),
    ],
)
def test_what_is_no_page_is_refused_with_its_reason(body: bytes, reason: Reason) -> None:
    assert refusal(body) is reason


@pytest.mark.case("G4")
def test_a_consent_host_is_no_article() -> None:
    body = f"<html><body><p>{SENTENCE}</p></body></html>".encode()
    assert refusal(body, "https://consent.yahoo.com/v2/collect?session=1") is Reason.NOT_A_PAGE


@pytest.mark.case("G7")
@pytest.mark.parametrize(
    ("encoding", "header", "meta"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", None, ""),
        ("utf-8", None, "iso-8859-15"),  # converted, the old declaration kept
        ("cp1252", "windows-1252", ""),
        ("cp1252", "iso-8859-1", ""),
        ("cp1252", None, "iso-8859-1"),
        ("cp1252", "utf-8", "iso-8859-1"),  # the header is wrong
        ("cp1252", None, ""),
        ("cp1252", "no-such-charset", ""),
        ("iso8859-15", None, "iso-8859-15"),
        ("utf-16", None, ""),  # with byte order mark
        ("koi8-r", None, "koi8-r"),
    ],
)
@pytest.mark.parametrize("distance", [0, 1500, 9000])
def test_charset(encoding: str, header: str | None, meta: str, distance: int) -> None:
    special = "Привет, мост закрыт" if encoding == "koi8-r" else "Grüße über die Brücke"
    declared = f"<meta http-equiv=Content-Type content='text/html; charset={meta}'>" if meta else ""
    head = f"<!--{'x' * distance}-->{declared}"
    html = f"<html><head>{head}</head><body><article><p>{special}</p>{prose()}</article></body></html>"
    got = from_page(
        ENTRY, html.encode(encoding), url="https://example.org/a", source="t", language="de", encoding=header
    )
    assert special in got.text


def test_the_feeds_text_wins_where_the_page_is_much_shorter() -> None:
    entry = replace(ENTRY, content=prose(12))
    body = f"<html><body><article><p>{SENTENCE}</p></article></body></html>".encode()
    got = from_page(entry, body, url="https://example.org/a", source="t", language="en")
    assert (got.text_from, got.text.count("bridge")) == (TextFrom.FEED, 12)


def test_json_ld_body_is_taken_where_it_continues_the_visible_text() -> None:
    full = " ".join(f"Carriage {i} held {i * 7} people who waited for news of the bridge." for i in range(40))
    ld = '<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"%s"}</script>'
    visible = "".join(f"<p>{s}.</p>" for s in full.split(". ")[:12])
    assert "Carriage 39" in page(visible, ld % full).text
    assert "Carriage 39" not in page(prose(12), ld % full).text  # another text altogether


def test_the_homepage_as_canonical_is_ignored() -> None:
    for home in ("https://example.org/", "https://other.example/", "/", "javascript:void(0)"):
        got = page(prose(), f'<link rel="canonical" href="{home}">')
        assert (got.url, got.canonical_claim) == ("https://example.org/a", None)


@pytest.mark.case("G2")
@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("true", False),
        ("false", True),
        ('"False"', True),
        ('"https://schema.org/False"', True),
        ('"maybe"', None),
        ("null", None),
    ],
)
def test_paywall_flag(stated: str, expected: bool | None) -> None:
    ld = f'<script type="application/ld+json">{{"@type":"NewsArticle","isAccessibleForFree":{stated}}}</script>'
    assert page(prose(), ld).paywalled is expected


@pytest.mark.case("C8")
@pytest.mark.parametrize(
    "ld",
    [
        "{",
        "[" * 100_000,
        "null",
        "[[[]]]",
        '{"@type":5,"headline":{}}',
        '{"@graph":7}',
        '{"@type":"NewsArticle","author":[[[1]]]}',
        "\x00",
    ],
)
def test_malformed_json_ld_costs_nothing_but_itself(ld: str) -> None:
    got = page(prose(), f'<title>Train waits at bridge</title><script type="application/ld+json">{ld}</script>')
    assert (got.title, got.text.count("bridge")) == ("Train waits at bridge", 6)


def test_dates_fall_back_from_page_to_entry_to_print() -> None:
    meta = '<meta property="article:published_time" content="{}">'
    claimed = datetime(2026, 3, 1, tzinfo=UTC)
    entry = replace(ENTRY, published=claimed)
    html = "<html><head>{}</head><body><article>{}</article></body></html>"

    def published(e: Entry, head: str, inner: str = "") -> datetime | None:
        body = html.format(head, inner + prose()).encode()
        return from_page(e, body, url="https://example.org/a", source="t", language="en", now=NOW).published

    assert published(entry, meta.format("2026-02-20T10:00:00Z")) == datetime(2026, 2, 20, 10, tzinfo=UTC)
    assert published(entry, meta.format("2099-02-20T10:00:00Z")) == claimed
    assert published(ENTRY, "", '<time datetime="2026-02-03">3 Feb</time>') == datetime(2026, 2, 3, tzinfo=UTC)


@pytest.mark.case("G3")
def test_hostile_pages_give_text_or_a_reason() -> None:
    script = f"<script>{'x<a>' * 1_000_000}</script>"
    assert "bridge" in page(script + prose()).text
    assert "bridge" in page("<br>" * (2 * MAX_ELEMENTS) + prose()).text
    assert "bridge" in page(prose() + "<script>" * 100_000).text
    attributes = " ".join(f"x{i}=y" for i in range(100_000))
    assert "bridge" in page(f"<a {attributes}>t</a>{prose()}").text
    assert "bridge" in page("<div>" * 50_000 + prose()).text
    assert page(f"<p>\x1b]0;x\x07\u202e{SENTENCE}\u200b</p>{prose()}").text.isprintable() is False  # newlines only
    assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(
        page(f"<p>\x1b]0;x\x07\u202e{SENTENCE}\u200b</p>{prose()}").text
    )


@pytest.mark.case("G3")
def test_a_page_that_wants_more_memory_than_there_is_says_so() -> None:
    """And the next page of the same process, which has no HTML, is not taken for another one."""
    large, small = b"<html><body>" + b"<a>b</a><p>" * 300_000, b"\x00"
    about = ("http://news.test/a", "news", "en", None)
    with Sandbox(1, memory_mb=60, preload=("spiders.parsers",)) as sandbox:
        for body, code in ((large, Reason.PARSE_MEMORY), (small, Reason.NOT_A_PAGE)):
            with pytest.raises(FeedError) as told:
                sandbox.submit(extract, "generic", ENTRY, body, *about).result()
            assert told.value.code is code


def test_an_entry_with_full_text_and_one_with_a_teaser() -> None:
    entry = replace(
        ENTRY,
        summary="<p>Nur ein <b>Anriss</b>.</p>",
        content=f"<p>BERLIN (AFP) - {SENTENCE}</p>{prose(3)}",
        language="en",
    )
    full = from_entry(entry, source="s", language="de", full=True)
    teaser = from_entry(entry, source="s", language="de", full=False)
    assert (full.text_from, full.agencies, full.dateline, full.lang) == (TextFrom.FEED, ("AFP",), "BERLIN (AFP)", "en")
    assert full.text.startswith("The train stopped")
    assert (teaser.text_from, teaser.text, teaser.lang) == (TextFrom.TEASER, "Nur ein Anriss.", "en")
    assert from_entry(replace(entry, language=None), source="s", language="de", full=False).lang == "de"


def test_an_entry_without_text_or_address() -> None:
    assert from_entry(ENTRY, source="s", language="en", full=False).text == ""
    for entry, full, code in [
        (ENTRY, True, Reason.NO_TEXT),
        (replace(ENTRY, title=""), False, Reason.NO_TEXT),
        (replace(ENTRY, url=None), False, Reason.NOT_A_PAGE),
        (replace(ENTRY, url="javascript:x"), True, Reason.NOT_A_PAGE),
    ]:
        with pytest.raises(ArticleError) as caught:
            from_entry(entry, source="s", language="en", full=full)
        assert caught.value.code is code


def test_both_functions_and_their_results_can_be_sent_to_a_child() -> None:
    article = page(prose())
    assert pickle.loads(pickle.dumps(article)) == article
    assert pickle.loads(pickle.dumps(from_page)) is from_page
    assert pickle.loads(pickle.dumps(from_entry)) is from_entry


def test_the_same_bytes_give_the_same_article() -> None:
    assert page(prose()) == page(prose())


@pytest.mark.case("G5")
def test_a_credit_that_the_extractor_drops_is_read_off_the_page() -> None:
    html = (
        "<html><body><main><section>{}</section><div><div>{}</div></div></main><aside><p>dpa</p></aside></body></html>"
    )
    picture = "<figure><figcaption>Kim / AP</figcaption></figure>"

    def credit(inner: str, line: str) -> tuple[str, tuple[str, ...]]:
        body = html.format(inner, line).encode()
        got = from_page(ENTRY, body, url="https://example.org/a", source="t", language="en", now=NOW)
        assert line not in got.text or not line
        return got.credit, got.agencies

    assert credit(prose() + picture, "sak/Reuters") == ("sak/Reuters", ("Reuters",))
    assert credit(prose() + picture, "") == ("", ())


def test_a_language_that_is_not_asked_about_is_taken_as_stated() -> None:
    html = f'<html lang="da"><body><article>{prose()}</article></body></html>'.encode()
    assert from_page(ENTRY, html, url="https://example.org/a", source="t", language="en", now=NOW).lang == "da"
    assert page(prose()).lang == "en"


SAMPLE = int(os.environ.get("RETOLD_PAGES", "40"))


@pytest.mark.slow
@pytest.mark.case("G1")
@pytest.mark.skipif(not (SHARED / "pages").is_dir(), reason="no saved pages: set RETOLD_SHARED")
def test_saved_pages_are_read_as_well_as_plain_trafilatura_reads_them() -> None:
    chosen = list(islice((p for p in pages(rng=random.Random(11)) if not p.walled), SAMPLE))
    mine = [score(p, ours) for p in chosen]
    base = [score(p, plain_trafilatura) for p in chosen]
    assert statistics.median(s.value for s in mine) >= statistics.median(s.value for s in base) - 0.005
    assert [s.error for s in mine if s.error] == []
