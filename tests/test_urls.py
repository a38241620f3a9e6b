"""Addresses: one spelling that opens, one identity whatever the spelling."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.urls import SITE_RULES, canonical, host, key, same_site

UUID = "0f3c1d2e-1111-4222-8333-444455556666"

CANONICAL = {
    "https://www.example.org/a?utm_source=x&utm_medium=rss&id=7": "https://www.example.org/a?id=7",
    "https://example.org/a#ref=rss": "https://example.org/a",
    "https://example.org/a?ref=rss": "https://example.org/a",
    "https://example.org/a?ref=main": "https://example.org/a?ref=main",
    "https://example.org/a?b=2&a=1": "https://example.org/a?b=2&a=1",
    "https://example.org/a?fbclid=1&gclid=2&xtor=RSS-1&CMP=share&wt_zmc=a&mc_cid=b&igshid=c&sara_ref=d": "https://example.org/a",
    "https://example.org/n?at_medium=RSS&at_campaign=rss#0": "https://example.org/n",
    "https://example.org/n?maca=de-rss": "https://example.org/n",
    "https://example.org/a?page=2&&": "https://example.org/a?page=2",
    "https://example.org/a?x=1&amp;amp;y=2": "https://example.org/a?x=1&y=2",
    "HTTPS://Example.ORG:443": "https://example.org/",
    "http://example.org:80/a": "http://example.org/a",
    "http://example.org:8080/a": "http://example.org:8080/a",
    "https://user:secret@example.org/a": "https://example.org/a",
    "https://bücher.example/straße": "https://xn--bcher-kva.example/stra%C3%9Fe",
    "https://straße.example/": "https://xn--strae-oqa.example/",
    "https://example.org./a": "https://example.org/a",
    "https://example.org/%7euser/%c3%bc/100%": "https://example.org/~user/%C3%BC/100%25",
    "https://example.org/a/../b/./c": "https://example.org/b/c",
    "https://example.org/../../a": "https://example.org/a",
    " https://example.org/a b ": "https://example.org/a%20b",
    "https://example.org/a;jsessionid=0F3C": "https://example.org/a",
    "https://example.org/story/amp": "https://example.org/story",
    "https://example.org/story/amp/": "https://example.org/story",
    "https://amp.example.org/story": "https://example.org/story",
    "https://amp.dev/story": "https://amp.dev/story",
    "https://example.org/story?outputType=amp": "https://example.org/story",
    "https://www.google.com/amp/s/www.example.org/story": "https://www.example.org/story",
    "https://example-org.cdn.ampproject.org/c/s/example.org/story": "https://example.org/story",
    "http://[2001:DB8::1]:8000/a": "http://[2001:db8::1]:8000/a",
    "http://127.0.0.1:8000/a": "http://127.0.0.1:8000/a",
}
REFUSED = (
    "",
    "/a",
    "example.org/a",
    "javascript:alert(1)",
    "data:text/html,hi",
    "file:///etc/passwd",
    "ftp://example.org/a",
    "mailto:a@example.org",
    "http://",
    "http:///a",
    "http://?a",
    "http://a..b/",
    "http://exa mple.org/",
    "http://example.org\\@evil.example/",
    "https://example.org/a\nb",
    "https://example.org/a\tb",
    "https://example.org/\x00",
    "https://example.org/\x1b]0;x\x07",
    "https://exa\u202emple.org/",
    "http://example.org:99999/",
    "http://example.org:port/",
    "http://[::1/",
    "http://[::zz]/",
    "http://%65xample.org/",
    "https://example.org/" + "a" * 3000,
)
# Spellings of one piece, and its identity.
SAME = {
    f"spiegel.de/a-{UUID}": (
        f"https://www.spiegel.de/ausland/ein-titel-a-{UUID}#ref=rss",
        f"http://spiegel.de/ausland/ein-anderer-titel-a-{UUID}?sara_ref=re-so-tw",
        f"https://www.spiegel.de/ausland/ein-titel-a-{UUID}-amp",
        f"https://www.spiegel.de/a-{UUID}",
    ),
    "spiegel.de/a-1128996": ("http://www.spiegel.de/politik/titel-a-1128996.html#ref=rss",),
    f"spiegel.test/a-{UUID}": (f"http://www.spiegel.test/politik/x-a-{UUID}",),
    "nos.nl/l/2500001": (
        "https://nos.nl/l/2500001",
        "https://nos.nl/artikel/2500001-een-titel",
        "https://www.nos.nl/artikel/2500001-een-betere-titel.html",
        "http://nos.nl/nieuwsuur/artikel/2500001-een-titel",
        "https://nos.nl/collectie/13900/artikel/2500001-een-titel",
        "https://nos.nl/liveblog/2500001-een-titel#UPDATE-1",
        "https://nos.nl/video/2500001-een-titel",
        "https://m.nos.nl/l/2500001/",
    ),
    "nos.test/l/123": ("http://nos.test/l/123", "http://nos.test:8080/artikel/123-een-titel"),
    "bbc.com/cq59abcdefgo": (
        "https://www.bbc.co.uk/news/articles/cq59abcdefgo#0",
        "https://www.bbc.com/news/articles/cq59abcdefgo?at_medium=RSS&at_campaign=rss#1",
        "https://www.bbc.com/sport/articles/cq59abcdefgo",
    ),
    "bbc.com/64760000": ("https://www.bbc.co.uk/news/world-europe-64760000", "http://bbc.com/news/64760000"),
    "dw.com/a-68110000": (
        "https://www.dw.com/de/ein-titel/a-68110000?maca=de-rss-de-all",
        "https://amp.dw.com/de/neuer-titel/a-68110000",
    ),
    "n-tv.de/24070000": (
        "https://www.n-tv.de/politik/Titel-article24070000.html",
        "http://n-tv.de/24070000/article24070000",
    ),
    "n-tv.de/30130000": ("https://www.n-tv.de/politik/Titel-id30130000.html",),
    "tagesschau.de/inland/titel-100.html": (
        "https://www.tagesschau.de/inland/titel-100.html",
        "https://www.tagesschau.de/inland/titel-100~amp.html",
        f"https://www.tagesschau.de/inland/titel-100~_origin-{UUID}.html",
    ),
    "theguardian.com/world/2024/feb/24/a-title": (
        "https://www.theguardian.com/world/2024/feb/24/a-title?CMP=twt_gu",
        "https://amp.theguardian.com/world/2024/feb/24/a-title",
        "https://www.theguardian.com/world/2024/feb/24/a-title?page=with:block-1",
    ),
    "yahoo.com/a-title-090000123.html": (
        "https://news.yahoo.com/a-title-090000123.html?guccounter=1",
        "https://www.yahoo.com/news/articles/a-title-090000123.html",
        "https://ca.news.yahoo.com/a-title-090000123.html",
    ),
    "faz.net/18850000": ("https://www.faz.net/aktuell/x/titel-18850000.html", "https://m.faz.net/titel-18850000.html"),
    "zeit.de/politik/2023-04/titel": (
        "https://www.zeit.de/politik/2023-04/titel",
        "https://www.zeit.de/politik/2023-04/titel/komplettansicht",
        "https://www.zeit.de/politik/2023-04/titel/seite-2",
    ),
    "nu.nl/6250000": ("https://www.nu.nl/buitenland/6250000/titel.html", "https://nu.nl/6250000"),
    "pravda.com.ua/eng/7390000": ("https://www.pravda.com.ua/eng/news/2023/02/24/7390000/",),
    "pravda.com.ua/7390000": ("https://www.pravda.com.ua/news/2023/02/24/7390000/",),
    "example.org/a/b?x=1&y=2": (
        "http://example.org/a/b?x=1&y=2",
        "https://www.example.org/a/b/?y=2&x=1",
        "https://m.example.org//a/b/index.html?x=1&y=2&utm_source=z",
        "https://example.org:443/a/amp/b?x=1&y=2",
    ),
}


@pytest.mark.case("D6")
@pytest.mark.parametrize("url", CANONICAL)
def test_canonical_spelling(url: str) -> None:
    assert canonical(url) == CANONICAL[url]


@pytest.mark.case("D3")
@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert canonical(url) is None
    assert key(url) == url.strip()
    assert host(url) == ""


@pytest.mark.case("D6")
@pytest.mark.parametrize("identity", SAME)
@pytest.mark.case("E9")
def test_every_spelling_has_the_same_identity(identity: str) -> None:
    assert {key(url) for url in SAME[identity]} == {identity}


def test_different_pieces_have_different_identities() -> None:
    urls = [spellings[0] for spellings in SAME.values()]
    assert len({key(u) for u in urls}) == len(urls)
    assert key("https://nos.nl/artikel/1") != key("https://nos.nl/artikel/12")
    assert key("https://example.org/a?id=1") != key("https://example.org/a?id=2")


def test_a_relative_address_needs_its_base() -> None:
    assert canonical("../x?utm_source=a", base="https://example.org/a/b/c") == "https://example.org/a/x"
    assert canonical("//other.example/x", base="https://example.org/") == "https://other.example/x"
    assert canonical("javascript:x", base="https://example.org/") is None
    assert canonical("x", base="nonsense") is None


def test_host_and_site() -> None:
    assert host("https://User@News.Example.org:8443/x") == "news.example.org"
    assert same_site("https://news.yahoo.com/a", "http://www.yahoo.com/b")
    assert same_site("http://a.spiegel.test/", "https://spiegel.test/x")
    assert not same_site("https://a.co.uk/", "https://b.co.uk/")
    assert not same_site("https://127.0.0.1/", "https://10.0.0.1/")
    assert not same_site("", "")


def test_site_rules_are_sorted_and_each_is_named_once() -> None:
    names = [rule.name for rule in SITE_RULES]
    assert names == sorted(set(names))


hosts = st.sampled_from(
    ["example.org", "nos.nl", "www.spiegel.de", "bbc.co.uk", "bücher.example", "10.0.0.1", "m.faz.net"]
)
paths = st.lists(
    st.sampled_from(
        ["a", "amp", "..", ".", "", "index.html", f"x-a-{UUID}", "artikel", "12-x", "ü", "%7e", "%zz", "a b", "~"]
    ),
    max_size=6,
).map("/".join)
queries = st.lists(
    st.sampled_from(["a=1", "b", "utm_source=x", "ref=rss", "amp", "&", "amp;c=1", "%26=%3d", "x=ü", "=", "a=b=c"]),
    max_size=5,
).map("&".join)
addresses = st.builds(
    lambda s, h, p, q, f: f"{s}://{h}/{p}?{q}{f}",
    st.sampled_from(["http", "https"]),
    hosts,
    paths,
    queries,
    st.sampled_from(["", "#x"]),
)


@given(st.one_of(addresses, st.text(), st.text().map("https://".__add__), st.text().map("http://example.org/".__add__)))
@example("http://0/&amp;amp;")
@example("https://a/amp/amp.html/amp")
@example("https://[::1%eth0]/")
def test_both_are_idempotent_and_never_raise(text: str) -> None:
    address = canonical(text)
    assert key(key(text)) == key(text)
    if address is not None:
        assert canonical(address) == address
        assert address.startswith(("http://", "https://"))
        assert address.isascii()
        assert key(address) == key(text)


@pytest.mark.case("D6")
@given(addresses, st.sampled_from(["utm_campaign=a%20b", "fbclid=1", "at_medium=RSS", "ref=rss", "wt_mc=x.y"]))
def test_tracking_scheme_and_host_prefix_do_not_change_the_identity(address: str, tracking: str) -> None:
    scheme, _, rest = address.partition("://")
    bare = rest.removeprefix("www.").removeprefix("m.")
    plain = address.partition("#")[0]
    assert key(f"{plain}&{tracking}") == key(address)
    for variant in (f"http://{rest}", f"https://{rest}", f"{scheme}://{bare}"):
        assert key(variant) == key(address)
    if not bare.startswith("10."):
        assert key(f"{scheme}://www.{bare}") == key(f"{scheme}://m.{bare}") == key(address)
