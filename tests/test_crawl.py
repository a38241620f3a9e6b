"""A whole crawl against a scripted loopback server: each URL one outcome, and never harm to its neighbours."""

from __future__ import annotations

import gzip
import logging
import os
import signal
import socket
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
from server import Server, drip, page, reply, rss, slowly

from pipeline.config import HttpSettings, Source
from pipeline.model import ConfigError, Entry, Reason, StoreError, TextFrom, Validators
from spiders.crawl import Interrupted, Job, collect

FEED = "http://news.test/feed"
GOOD = "http://good.test/feed"
HTTP = HttpSettings(delay_s=0, feed_timeout_s=2, page_timeout_s=2, max_body_mb=1, workers=1)
SHARED = Path(os.environ.get("RETOLD_SHARED", Path(__file__).parents[2] / "shared"))


class Memory:
    """A sink that keeps what it gets, and wants an article for every entry."""

    def __init__(self):
        self.results, self.parsed, self.articles, self.entries = [], {}, [], []

    def feed(self, result, parsed):
        self.results.append(result)
        self.parsed[result.url] = parsed
        return parsed.entries if parsed else ()

    def article(self, result, entry, article):
        if result:
            self.results.append(result)
        self.entries.append(entry)
        self.articles.append(article)

    def of(self, url):
        found = [result for result in self.results if result.url == url]
        assert len(found) == 1, f"{len(found)} results for {url}"
        return found[0]


def source(key="news", feeds=(FEED,), **more):
    return Source(
        key=key, name=key.title(), owner=key.title(), country="DE", language="de", role="publisher",
        **{"feeds": feeds or ({"url": "http://unused.test/"},), **more},
    )  # fmt: skip


def job(key="news", feeds=(FEED,), pending=(), **more):
    made = source(key, feeds, **more)
    return Job(made, tuple(feeds), made.sitemaps, tuple(pending))


def run(server, *jobs, validators=None, http=HTTP, sink=None, hosts=("news.test", "good.test"), routes=None, **more):
    sink = sink or Memory()
    given = dict.fromkeys(hosts, server.address) | (routes or {})
    collect(jobs or [job()], http, validators or {}, sink, routes=given, **more)
    return sink


@pytest.fixture
def server():
    with Server() as made:
        made.on("/robots.txt", reply(404)).on("/feed", reply(200, rss()), host="good.test")
        yield made


def outcome(server, script, url=FEED, **more):
    """The result of a feed that answers with a script, next to a good feed that must not suffer."""
    server.on("/feed", *(script if isinstance(script, list) else [script]), host="news.test")
    sink = run(server, job(feeds=(url,)), job("good", (GOOD,)), **more)
    assert sink.of(GOOD).code is Reason.OK
    assert len(sink.results) == 2
    return sink.of(url)


# --- what a run does --------------------------------------------------------------------------------------


def test_a_feed_its_entries_and_their_pages(server):
    links = [f"http://news.test/a{n}" for n in range(3)]
    server.on("/feed", reply(200, rss(*links), etag='"v1"', last_modified="gestern"))
    for n in range(3):
        server.on(f"/a{n}", reply(200, page(f"Titel {n}"), "text/html"))
    sink = run(server)
    result = sink.of(FEED)
    assert (result.code, result.status, result.final_url, result.kind) == (Reason.OK, 200, FEED, "feed")
    assert (result.validators.etag, result.validators.last_modified) == ('"v1"', "gestern")
    assert len(result.validators.body_hash) == 32
    assert result.bytes == len(rss(*links).encode())
    assert sorted(entry.url for entry in sink.entries) == links
    assert all("Pfeiler" in article.text and article.source == "news" for article in sink.articles)
    assert [r.code for r in sink.results] == [Reason.OK] * 4
    assert sorted(server.paths()) == ["/a0", "/a1", "/a2", "/feed", "/robots.txt"]


def test_a_crawl_can_be_run_again_in_the_same_process(server):
    server.on("/feed", reply(200, rss()))
    assert [run(server).of(FEED).code for _ in range(3)] == [Reason.OK] * 3


def test_nothing_to_do():
    with Server() as server:
        sink = Memory()
        collect([], HTTP, {}, sink)
        assert sink.results == [] and server.connections == 0


def test_a_page_is_fetched_once_for_all_entries_that_point_at_it(server):
    server.on("/feed", reply(200, rss("http://news.test/a?utm_source=x", "http://news.test/a")))
    server.on("/more", reply(200, rss("http://news.test/a#top")))
    server.on("/a", reply(200, page(), "text/html")).on("/a?utm_source=x", reply(200, page(), "text/html"))
    sink = run(server, job(feeds=(FEED, "http://news.test/more")))
    assert len([path for path in server.paths() if path.startswith("/a")]) == 1
    assert len(sink.entries) == len(sink.articles) == 3
    assert all(sink.articles)
    assert len([r for r in sink.results if r.kind == "page"]) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(404), Reason.NOT_FOUND),
        (reply(410), Reason.GONE),
        (reply(403), Reason.FORBIDDEN),
        (reply(500), Reason.SERVER_ERROR),
        (reply(200, "<html><p>kurz", "text/html"), Reason.NO_TEXT),
        (reply(200, b"%PDF-1.7" + b"x" * 5000, "application/pdf"), Reason.NOT_A_PAGE),  # G6
        (reply(200, b"", "text/html"), Reason.EMPTY_BODY),
    ],
)
def test_a_page_that_fails_leaves_the_teaser(server, answer, code):
    server.on("/feed", reply(200, rss("http://news.test/a"))).on("/a", answer)
    sink = run(server)
    assert sink.of("http://news.test/a").code is code
    assert [article.text_from for article in sink.articles] == [TextFrom.TEASER]


def test_article_links_pass_the_same_guard(server):  # A11
    host, port = server.address
    inside = f"http://{host}:{port}/admin"
    links = [inside, "http://127.0.0.1/admin", "http://localhost/", "http://news.test:22/", "file:///etc/passwd"]
    pending = [Entry(FEED, link, link, "Titel", summary="<p>Ein Satz steht hier.</p>") for link in links]
    sink = run(server, job(feeds=(), pending=pending))
    assert Counter(r.code for r in sink.results) == {
        Reason.BAD_PORT: 2, Reason.BLOCKED_PRIVATE: 2, Reason.BAD_SCHEME: 1,
    }  # fmt: skip
    assert len(sink.entries) == 5 and all(a and a.text_from is TextFrom.TEASER for a in sink.articles)
    assert server.connections == 0


def test_text_from_the_feed_asks_for_no_page(server):
    server.on("/feed", reply(200, rss("http://news.test/l/1", "http://news.test/l/2")))
    sink = run(server, job(text_from="feed"))
    assert server.paths() == ["/feed"]
    assert [article.text_from for article in sink.articles] == [TextFrom.FEED] * 2
    assert [r.kind for r in sink.results] == ["feed"]


def test_links_that_a_site_says_hold_no_article_are_not_asked(server):
    server.on("/feed", reply(200, rss("http://news.test/video/x-1", "http://news.test/politik/y-2")))
    server.on("/politik/y-2", reply(200, page(), "text/html"))
    sink = run(server, job(spider="spiegel"))
    assert sorted(server.paths()) == ["/feed", "/politik/y-2", "/robots.txt"]
    assert {a.text_from for a in sink.articles} == {TextFrom.TEASER, TextFrom.PAGE}


def test_a_spider_that_does_not_exist_is_a_config_error(server):
    with pytest.raises(ConfigError, match="no_such"):
        run(server, Job(source().model_copy(update={"spider": "no_such"}), (FEED,)))


def test_pages_of_a_source_are_capped_and_the_rest_stays_pending(server):
    pending = [Entry(FEED, f"g{n}", f"http://news.test/a{n}", "T") for n in range(5)]
    sink = run(server, job(feeds=(), pending=pending, max_pages_per_run=2))
    assert len(sink.results) == len(sink.entries) == 2


def test_a_feeds_own_language_goes_before_its_sources(server):
    server.on("/feed", reply(200, rss("http://news.test/a"))).on("/a", reply(404))
    made = source(feeds=({"url": FEED, "language": "nl"},))
    sink = run(server, Job(made, (FEED,)))
    assert sink.articles[0].lang in ("nl", "de")  # a hint: the text may say otherwise


# --- sitemaps ---------------------------------------------------------------------------------------------


def sitemap(*entries):
    body = "".join(
        f"<url><loc>{loc}</loc><news:news><news:publication><news:name>N</news:name><news:language>de"
        f"</news:language></news:publication><news:publication_date>{day.isoformat()}</news:publication_date>"
        f"<news:title>{title}</news:title></news:news></url>"
        for loc, day, title in entries
    )
    spaces = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {spaces}>{body}</urlset>'


def index(*links):
    body = "".join(f"<sitemap><loc>{link}</loc></sitemap>" for link in links)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</sitemapindex>'


def test_a_sitemap_gives_only_what_is_recent(server):
    now = datetime.now(UTC).replace(microsecond=0)
    old = [(f"http://news.test/old{n}", now - timedelta(days=4 + n), "Alt") for n in range(3)]
    new = [(f"http://news.test/new{n}", now - timedelta(minutes=n), "Neu") for n in range(205)]
    server.on("/sm.xml", reply(200, sitemap(*old, *new), "application/xml"))
    made = source(feeds=(), sitemaps=("http://news.test/sm.xml",), max_pages_per_run=0)
    sink = run(server, Job(made, (), made.sitemaps))
    parsed = sink.parsed["http://news.test/sm.xml"]
    assert [entry.url for entry in parsed.entries] == [f"http://news.test/new{n}" for n in range(200)]
    assert parsed.dropped == 8
    assert sink.of("http://news.test/sm.xml").kind == "sitemap"


def test_a_sitemap_index_is_followed_one_level_and_five_children(server):
    children = [f"http://news.test/c{n}.xml" for n in range(7)]
    server.on("/sm.xml", reply(200, index(*children), "application/xml"))
    for n in range(7):
        server.on(f"/c{n}.xml", reply(200, index("http://news.test/deep.xml"), "application/xml"))
    made = source(feeds=(), sitemaps=("http://news.test/sm.xml",))
    sink = run(server, Job(made, (), made.sitemaps))
    assert sorted(r.url for r in sink.results) == [*children[:5], "http://news.test/sm.xml"]
    assert "/deep.xml" not in server.paths()


def test_a_gzipped_sitemap_file(server):
    now = datetime.now(UTC).replace(microsecond=0)
    body = gzip.compress(sitemap(("http://news.test/a", now, "Neu")).encode())
    server.on("/sm.xml.gz", reply(200, body, "application/gzip"))
    made = source(feeds=(), sitemaps=("http://news.test/sm.xml.gz",), max_pages_per_run=0)
    sink = run(server, Job(made, (), made.sitemaps))
    assert len(sink.parsed["http://news.test/sm.xml.gz"].entries) == 1


# --- where we connect (A) ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1/", Reason.BLOCKED_PRIVATE),  # A1
        ("http://[::1]/", Reason.BLOCKED_PRIVATE),
        ("http://0.0.0.0/", Reason.BLOCKED_PRIVATE),
        ("http://169.254.169.254/latest/meta-data", Reason.BLOCKED_PRIVATE),  # A2
        ("http://2130706433/", Reason.BLOCKED_PRIVATE),  # A3
        ("http://[::ffff:127.0.0.1]/", Reason.BLOCKED_PRIVATE),  # A4
        ("http://localhost/", Reason.BLOCKED_PRIVATE),  # A5
        ("http://no-such-host.invalid/", Reason.DNS),
        ("file:///etc/hostname", Reason.BAD_SCHEME),  # A10
        ("http://news.test:6379/", Reason.BAD_PORT),  # A17
    ],
)
def test_feeds_at_forbidden_addresses(server, url, code):
    made = source(feeds=(FEED,))
    sink = run(server, Job(made, (url,)), job("good", (GOOD,)))
    assert sink.of(url).code is code
    assert sink.of(GOOD).code is Reason.OK
    assert server.connections == 1


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://127.0.0.1/", Reason.BLOCKED_PRIVATE),  # A8
        ("//localhost/x", Reason.BLOCKED_PRIVATE),
        ("http://[::1]/", Reason.BLOCKED_PRIVATE),
        ("file:///etc/passwd", Reason.BAD_SCHEME),  # A9
        ("ftp://news.test/x", Reason.BAD_SCHEME),
        ("data:text/html,x", Reason.BAD_SCHEME),
        ("gopher://news.test/", Reason.BAD_SCHEME),
        ("http://news.test:8080/", Reason.BAD_PORT),
        ("http://a\\@127.0.0.1/", Reason.BAD_URL),
    ],
)
def test_redirects_to_forbidden_addresses(server, location, code):
    result = outcome(server, reply(302, location=location))
    assert result.code is code
    assert "/etc/passwd" not in result.detail


def test_a_robots_txt_that_redirects_inside_is_not_followed(server):  # A14
    server.on("/robots.txt", reply(302, location="http://127.0.0.1/robots.txt"), host="news.test")
    pending = [Entry(FEED, "g", "http://news.test/a", "T", summary="<p>Ein Satz steht hier.</p>")]
    sink = run(server, job(feeds=(), pending=pending))
    assert sink.of("http://news.test/a").code is Reason.BLOCKED_PRIVATE
    assert server.paths() == ["/robots.txt"]


def test_what_a_page_names_is_not_fetched(server):  # A12
    head = (
        '<meta http-equiv="refresh" content="0;url=http://good.test/inside">'
        '<link rel="canonical" href="http://good.test/inside"><link rel="amphtml" href="http://good.test/inside">'
        '<meta property="og:url" content="http://good.test/inside">'
    )
    server.on("/feed", reply(200, rss("http://news.test/a"))).on("/a", reply(200, page(head=head), "text/html"))
    run(server)
    assert "/inside" not in server.paths()


def test_proxies_of_the_environment_are_ignored(server, monkeypatch):  # A13
    with Server() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, "http://{}:{}".format(*proxy.address))
        assert outcome(server, reply(200, rss())).code is Reason.OK
        assert proxy.connections == 0


def test_nothing_listens_while_a_crawl_runs(server):  # A18
    mine = set()

    def look(_):
        inodes = {os.stat(f"/proc/self/fd/{fd}").st_ino for fd in os.listdir("/proc/self/fd") if Path(f"/proc/self/fd/{fd}").exists()}
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            for row in Path(table).read_text().splitlines()[1:]:
                cells = row.split()
                if cells[3] == "0A" and int(cells[9]) in inodes:
                    mine.add(int(cells[1].rpartition(":")[2], 16))
        return reply(200, rss())

    if not Path("/proc/net/tcp").exists():
        pytest.skip("needs /proc")
    server.on("/feed", look)
    run(server)
    assert mine <= {server.address[1]}


def test_credentials_in_a_link_go_nowhere(server):  # A15, B26
    server.on("/feed", reply(302, location="http://good.test/next", set_cookie="a=b"), host="news.test")
    server.on("/next", reply(200, rss()), host="good.test")
    result = run(server, Job(source(), ("http://user:geheim@news.test/feed",)))
    assert result.results[0].code is Reason.OK
    sent = b"".join(hit.raw for hit in server.hits).lower()
    assert all(word not in sent for word in (b"geheim", b"authorization", b"cookie", b"referer"))


# --- HTTP (B) ---------------------------------------------------------------------------------------------


def test_304_is_a_success_and_validators_go_out_byte_for_byte(server):  # B1
    etag, date = 'W/"ä;x, \'1\'"', "Thu, 32 Foo 2026 25:61:00 MEZ"  # B4: whatever it was
    known = Validators(etag, date, "cafe")
    server.on("/feed", reply(304, content_length=None, etag=etag), host="news.test")
    result = run(server, validators={FEED: known}).of(FEED)
    assert (result.code, result.status, result.validators) == (Reason.NOT_MODIFIED, 304, known)
    raw = server.hits[0].raw
    assert b"If-None-Match: " + etag.encode("latin-1") + b"\r\n" in raw
    assert b"If-Modified-Since: " + date.encode() + b"\r\n" in raw


@pytest.mark.parametrize(
    ("stated", "etag", "date"),
    [({}, '"1"', "d1"), ({"etag": '"2"'}, '"2"', "d1"), ({"last_modified": "d2"}, '"1"', "d2")],
)
def test_304_keeps_what_it_does_not_repeat(server, stated, etag, date):  # B2
    server.on("/feed", reply(304, content_length=None, **stated), host="news.test")
    result = run(server, validators={FEED: Validators('"1"', "d1", "h")}).of(FEED)
    assert result.validators == Validators(etag, date, "h")


def test_200_without_validators_drops_the_old_ones(server):
    server.on("/feed", reply(200, rss()))
    result = run(server, validators={FEED: Validators('"1"', "d1", "h")}).of(FEED)
    assert (result.validators.etag, result.validators.last_modified) == (None, None)


def test_the_same_body_is_not_parsed_again(server):  # B3
    server.on("/feed", reply(200, rss("http://news.test/a"), etag='"2"')).on("/a", reply(404))
    first = run(server).of(FEED)
    sink = run(server, validators={FEED: first.validators})
    assert sink.of(FEED).code is Reason.SAME_BODY
    assert sink.parsed[FEED] is None and sink.of(FEED).validators.etag == '"2"'


@pytest.mark.parametrize("known", [Validators(), Validators(body_hash="cafe")])
def test_304_to_an_unconditional_request(server, known):  # B6
    result = outcome(server, reply(304, content_length=None), validators={FEED: known})
    assert result.code is Reason.BAD_304
    assert result.validators.etag is None


def test_an_unreadable_feed_keeps_the_validators_of_the_last_good_one(server):  # B7, B17
    known = Validators('"old"', None, "cafe")
    answer = reply(200, "<html><body>Bitte zustimmen</body></html>", "text/html", etag='"new"')
    result = outcome(server, answer, validators={FEED: known})
    assert (result.code, result.validators) == (Reason.NOT_A_FEED, known)


@pytest.mark.parametrize(
    ("first", "then", "moved"),
    [
        (301, 200, "http://news.test/b"),  # B8
        (308, 200, "http://news.test/b"),
        (302, 200, None),  # B9
        (307, 200, None),
        (301, 302, "http://news.test/b"),
        (302, 301, None),
        (301, 308, "http://news.test/c"),
    ],
)
def test_redirects_are_followed_and_permanent_ones_reported(server, first, then, moved):
    server.on("/b", reply(200, rss()) if then == 200 else reply(then, location="/c")).on("/c", reply(200, rss()))
    result = outcome(server, reply(first, location="/b"))
    assert (result.code, result.url, result.moved_to) == (Reason.OK, FEED, moved)
    assert result.final_url == ("http://news.test/b" if then == 200 else "http://news.test/c")


def test_redirect_loops_end(server):  # B10
    result = outcome(server, reply(301, location="/feed"))
    assert result.code is Reason.REDIRECT_LOOP
    assert len(server.paths("news.test")) == 1 + HTTP.max_redirects


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (201, Reason.BAD_STATUS), (204, Reason.BAD_STATUS), (206, Reason.BAD_STATUS), (300, Reason.BAD_STATUS),
        (301, Reason.BAD_STATUS), (400, Reason.BAD_STATUS), (401, Reason.FORBIDDEN), (403, Reason.FORBIDDEN),
        (404, Reason.NOT_FOUND), (410, Reason.GONE), (418, Reason.BAD_STATUS), (429, Reason.RATE_LIMITED),
        (451, Reason.FORBIDDEN), (500, Reason.SERVER_ERROR), (503, Reason.SERVER_ERROR),
        (520, Reason.SERVER_ERROR), (999, Reason.BAD_STATUS),
    ],
)  # fmt: skip
def test_every_status_has_its_reason(server, status, code):  # B12, B13, B30
    known = Validators('"v"', None, "h")
    body = b"" if status == 204 else rss()
    result = outcome(server, reply(status, body), validators={FEED: known})
    assert (result.code, result.status, result.validators) == (code, status, known)
    assert len(server.paths("news.test")) == 1  # an answer is an answer: not asked twice


@pytest.mark.parametrize(
    "answer",
    [
        reply(403, "Just a moment", "text/html", cf_mitigated="challenge"),
        reply(503, "<script src='/cdn-cgi/challenge-platform/h/b'></script>", "text/html"),
    ],
)
def test_a_bot_wall_is_called_by_its_name(server, answer):  # B16
    assert outcome(server, answer).code is Reason.CHALLENGE


def chunked(*parts, end=True):
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return head + body + (b"0\r\n\r\n" if end else b"")


ENTRY = rss().encode()
ZIPPED = gzip.compress(ENTRY)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(200, b""), Reason.EMPTY_BODY),  # B18
        (reply(200, b" \r\n"), Reason.EMPTY_BODY),
        (reply(200, ENTRY, content_length=len(ENTRY) + 10), Reason.SHORT_BODY),  # B19
        (chunked(ENTRY[:50], end=False), Reason.SHORT_BODY),
        (chunked(ENTRY[:50], ENTRY[50:]), Reason.OK),
        (reply(200, ENTRY, content_length=None), Reason.OK),  # HTTP/1.0 style: ends with the connection
        (reply(200, b"", content_length=2_000_000), Reason.TOO_LARGE),  # B20
        (reply(200, ENTRY + b" " * 1_100_000, content_length=None), Reason.TOO_LARGE),
        (reply(200, ZIPPED, content_encoding="gzip"), Reason.OK),
        (reply(200, ZIPPED, content_encoding="x-gzip, identity"), Reason.OK),
        (reply(200, brotli.compress(ENTRY), content_encoding="br"), Reason.OK),
        (reply(200, gzip.compress(ZIPPED), content_encoding="gzip"), Reason.OK),  # B22
        (reply(200, gzip.compress(ZIPPED), content_encoding="gzip, gzip"), Reason.OK),
        (reply(200, ZIPPED), Reason.OK),
        (reply(200, ENTRY, content_encoding="gzip"), Reason.OK),
        (reply(200, b"\x00\x01\x02" + ENTRY, content_encoding="gzip"), Reason.BAD_ENCODING),
        (reply(200, ZIPPED[:-20], content_encoding="gzip"), Reason.BAD_ENCODING),
        (reply(200, ZIPPED[:-6] + b"xxxxxx", content_encoding="gzip"), Reason.BAD_ENCODING),
        (reply(200, brotli.compress(ENTRY)[:-3], content_encoding="br"), Reason.BAD_ENCODING),
        (reply(200, ENTRY, content_encoding="rot13"), Reason.BAD_ENCODING),
        (reply(200, gzip.compress(b"<" + b" " * 50_000_000), content_encoding="gzip"), Reason.TOO_LARGE),  # B21
        (reply(200, brotli.compress(b"<" + b" " * 50_000_000, quality=1), content_encoding="br"), Reason.TOO_LARGE),
        (reply(200, rss(), x_long="y" * 65536), Reason.CONNECT),  # B24: Twisted hangs up on such a line
        (reply(200, rss(), **{f"x_{n}": n for n in range(1000)}), Reason.BAD_HTTP),
        (reply(200, rss(), **{f"x_{n}": n for n in range(100)}), Reason.OK),
        (reply(200, rss(), set_cookie="c=" + "y" * 9000), Reason.OK),
        (b"<rss>\n", Reason.BAD_HTTP),  # B30: HTTP/0.9
        (b"\x16\x03\x01\x00\x00garbage\r\n\r\n", Reason.BAD_HTTP),
        (b"HTTP/1.1 abc Fine\r\n\r\n", Reason.BAD_HTTP),
        (reply(200, ENTRY).replace(b"\r\n", b"\n"), Reason.OK),
        (reply(200, ENTRY, no_colon=None).replace(b"connection", b"bad line\r\nconnection"), Reason.OK),
        (b"", Reason.CONNECT),
        (reply(200, "CRASHME"), Reason.NOT_A_FEED),
    ],
)
def test_every_kind_of_answer_has_its_reason(server, answer, code):
    result = outcome(server, answer)
    assert result.code is code, result.detail


@pytest.mark.parametrize(
    "script",
    [
        drip(reply(200, ENTRY), 0.05),  # B23: headers and body byte by byte
        lambda _: (part for part in (reply(200, ENTRY)[:-5], *slowly_nothing())),
        lambda _: slowly_nothing(),
        [reply(302, location="/feed"), slowly(0.6, reply(302, location="/feed")), slowly(0.7, reply(200, ENTRY))],
    ],
    ids=["drip", "stalls", "silence", "over-all-hops"],
)
def test_the_time_limit_is_for_the_whole_url(server, script):
    began = time.monotonic()
    result = outcome(server, script, http=HTTP.model_copy(update={"feed_timeout_s": 1.0}))
    assert result.code is Reason.TIMEOUT, result.detail
    assert result.seconds < 5 and time.monotonic() - began < 20


def slowly_nothing():
    time.sleep(4)
    yield b""


def test_a_dead_host_harms_nobody(server):
    with socket.create_server(("127.0.0.1", 0)) as dead:  # accepts, and never says a word
        closed = ("127.0.0.1", 9)
        jobs = [job(f"s{n}", (f"http://dead{n}.test/feed",)) for n in range(6)]
        jobs += [job("good", (GOOD,)), job("refused", ("http://closed.test/feed",))]
        routes = {f"dead{n}.test": dead.getsockname() for n in range(6)} | {"closed.test": closed}
        sink = run(server, *jobs, routes=routes, http=HTTP.model_copy(update={"feed_timeout_s": 0.5}))
    codes = Counter(result.code for result in sink.results)
    assert codes == {Reason.TIMEOUT: 6, Reason.OK: 1, Reason.CONNECT: 1}


BOMBS = SHARED / "feeds/scrapy__scrapy/tests/sample_data/compressed"


@pytest.mark.parametrize("codec", ["br", "deflate", "gzip", "zstd"])
def test_bombs_of_every_codec(server, codec):  # B21
    if not BOMBS.is_dir():
        pytest.skip(f"needs {BOMBS.name} of the shared feeds")
    body = (BOMBS / f"bomb-{codec}.bin").read_bytes()
    assert outcome(server, reply(200, body, content_encoding=codec)).code is Reason.TOO_LARGE


# --- trouble of our own -----------------------------------------------------------------------------------


class Broken(Memory):
    """A sink that raises for one URL."""

    def __init__(self, error, url=FEED, times=1):
        super().__init__()
        self.error, self.url, self.times = error, url, times

    def feed(self, result, parsed):
        if result.url == self.url and self.times:
            self.times -= 1
            raise self.error
        return super().feed(result, parsed)


def test_a_bug_costs_one_url(server, caplog):
    server.on("/feed", reply(200, rss(), etag='"1"'), host="news.test")
    sink = run(server, job(), job("good", (GOOD,)), sink=Broken(ValueError("lone surrogate")))
    assert sink.of(FEED).code is Reason.INTERNAL and "lone surrogate" in sink.of(FEED).detail
    assert sink.of(FEED).validators == Validators()  # or the entries would never come again
    assert sink.of(GOOD).code is Reason.OK
    assert "lone surrogate" in caplog.text and "Traceback" in caplog.text


@pytest.mark.parametrize("sink", [Broken(StoreError("disk full")), Broken(ValueError("twice"), times=2)])
def test_a_broken_store_ends_the_crawl(server, sink):
    server.on("/feed", reply(200, rss()))
    with pytest.raises(type(sink.error), match=str(sink.error)):
        run(server, job(), job("good", (GOOD,)), sink=sink)


def test_a_time_limit_reports_the_rest_as_cancelled(server):
    pending = [Entry(FEED, f"g{n}", f"http://news.test/a{n}", "T", summary="<p>Satz.</p>") for n in range(40)]
    for n in range(40):
        server.on(f"/a{n}", slowly(0.2, reply(200, page(), "text/html")))
    sink = run(server, job(feeds=(), pending=pending), max_seconds=0.7)
    codes = Counter(result.code for result in sink.results)
    assert sum(codes.values()) == 40 and set(codes) == {Reason.OK, Reason.CANCELLED}
    assert len({result.url for result in sink.results}) == 40
    undecided = [a for a, r in zip(sink.articles, sink.results, strict=True) if r.code is Reason.CANCELLED]
    assert undecided and not any(undecided)  # no teaser in their place: the next run asks for the page
    assert len(server.hits) < 20


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_a_crawl_gracefully(server, signum):  # F11
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    server.on("/feed", lambda _: slowly_nothing(), host="news.test")
    sink = Memory()
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signum))
    began = time.monotonic()
    timer.start()
    with pytest.raises(Interrupted) as interrupted:
        run(server, job(), job("good", (GOOD,)), sink=sink, http=HTTP.model_copy(update={"feed_timeout_s": 30.0}))
    assert interrupted.value.signum == signum
    assert time.monotonic() - began < 5.5
    assert (sink.of(FEED).code, sink.of(GOOD).code) == (Reason.CANCELLED, Reason.OK)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_progress_counts_every_url(server):
    server.on("/feed", reply(200, rss("http://news.test/a", "http://news.test/b")))
    server.on("/a", reply(200, page(), "text/html"))
    seen = []
    run(server, on_progress=seen.append)
    assert [(p.asked, p.done) for p in seen][-1] == (3, 3)
    assert (seen[-1].failed, [p.done for p in seen]) == (1, [1, 2, 3])


def test_a_crawl_leaves_logging_alone(server, caplog):
    with caplog.at_level(logging.INFO):
        outcome(server, reply(500))
    assert [record.message for record in caplog.records if record.name.startswith("scrapy")] == []
