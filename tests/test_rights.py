"""Who does not want to be read is not: TDMRep, robots tags, the operator's list; and all of it is on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from pipeline.cli import main
from pipeline.config import Config, loads, warnings
from pipeline.model import ArticleError, ConfigError, Entry, Reason, TextFrom
from pipeline.rights import MAX_PATTERN, heed, in_headers, left_out, reserves
from pipeline.run import Summary, run
from pipeline.store import reads
from pipeline.store.connect import open_read
from tests import crawling
from tests.conftest import FRAME, build, call
from tests.crawling import job
from tests.server import Server, page, reply, rss

NAMES = ("mybot", "retold")


# -- what is said


@pytest.mark.parametrize(
    ("body", "path", "reserved"),
    [
        (b'[{"location": "/", "tdm-reservation": 1}]', "/a", True),
        (b'[{"location": "/", "tdm-reservation": "1", "tdm-policy": "https://x.test/p"}]', "/a", True),
        (b'[{"location": "/", "tdm-reservation": 0}]', "/a", False),
        (b'[{"location": "/", "tdm-reservation": 2}]', "/a", False),  # an error of the protocol: unset
        (b'[{"location": "/", "tdm-reservation": true}]', "/a", False),
        (b'[{"location": "/open/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]', "/open/a", False),
        (b'[{"location": "/", "tdm-reservation": 1}, {"location": "/open/", "tdm-reservation": 0}]', "/open/a", True),
        (b'[{"location": "/b", "tdm-reservation": 1}]', "/a", False),
        (b'[{"location": "/*/plus/", "tdm-reservation": 1}]', "/politik/plus/x", True),
        (b'[{"location": "*.html$", "tdm-reservation": 1}]', "/a/b.html", True),
        (b'[{"location": "*.html$", "tdm-reservation": 1}]', "/a/b.html?page=2", False),
        (b'[{"location": "/a$", "tdm-reservation": 1}]', "/ab", False),
        (b'[{"location": "/*a*a$", "tdm-reservation": 1}]', "/a", False),
        (b'[{"location": "/*?id=", "tdm-reservation": 1}]', "/a?id=7", True),
        (b'[{"location": "/path/foo-%24", "tdm-reservation": 1}]', "/path/foo-%24", True),
        (b'[{"location": "/m%75ller", "tdm-reservation": 1}]', "/muller", True),
        ('[{"location": "/müll", "tdm-reservation": 1}]'.encode(), "/m%c3%bcll/x", True),
        (b'{"location": "/", "tdm-reservation": 1}', "/a", False),  # the brackets are mandatory
        (b'[1, null, {"location": 7, "tdm-reservation": 1}, {"tdm-reservation": 1}]', "/a", False),
        (b"<html>not found</html>", "/a", False),
        (b"\xff\xfe\x00", "/a", False),
        (b"[" * 100_000, "/a", False),
        (b"", "/a", False),
    ],
)  # fmt: skip
def test_a_hosts_file_reserves_by_its_first_rule_that_matches(body: bytes, path: str, reserved: bool) -> None:
    assert reserves(body, f"https://news.test{path}") is reserved


def test_no_pattern_takes_long() -> None:
    rule = b'{"location": "/' + b"*a" * (MAX_PATTERN // 2 - 1) + b'b$", "tdm-reservation": 1}'
    assert not reserves(b"[" + b",".join([rule] * 200) + b"]", "https://news.test/" + "a" * 2000)


@given(st.binary(max_size=200), st.text(max_size=50))
def test_any_file_is_read(body: bytes, path: str) -> None:
    assert reserves(body, f"https://news.test/{path}") in (True, False)


@pytest.mark.parametrize(
    ("tags", "refused"),
    [
        ([], ""), (["noindex, nofollow"], ""), (["noarchive"], ""), (["noai"], "noai"), (["NoAI, noimageai"], "noai"),
        (["noimageai"], ""), (["retold: noindex"], "noindex"), (["Retold:none"], "none"),
        (["mybot: noarchive"], "noarchive"),
        (["googlebot: noindex"], ""), (["googlebot: nofollow, noai"], ""), (["googlebot: noindex", "noai"], "noai"),
        (["googlebot: nofollow, retold: noindex"], "noindex"),
        (["unavailable_after: 25 Jun 2026 15:00:00 PST, noai"], "noai"),
        (["retold: index"], ""), (["retoldish: noindex"], ""), ([","], ""), ([": ,:"], ""),
    ],
)  # fmt: skip
def test_robots_tags_in_headers(tags: list[str], refused: str) -> None:
    assert in_headers(None, tags, NAMES).tag == refused


@pytest.mark.parametrize(
    ("head", "stated", "code"),
    [
        ("", None, None),
        ('<meta name="tdm-reservation" content="1">', None, Reason.TDM_RESERVED),
        ('<META NAME="TDM-Reservation" CONTENT=" 1 ">', None, Reason.TDM_RESERVED),
        ('<meta name="tdm-reservation" content="0">', "1", None),  # a meta element goes before the header
        ('<meta name="tdm-reservation" content="yes">', "1", Reason.TDM_RESERVED),
        ("", "1", Reason.TDM_RESERVED),
        ("", "0", None),
        ("", "1, 1", None),
        ('<meta name="robots" content="noindex, max-image-preview:large">', None, None),
        ('<meta name="robots" content="index, noai">', None, Reason.ROBOTS_TAG),
        ('<meta name="retold" content="noindex">', None, Reason.ROBOTS_TAG),
        ('<meta name="MyBot" content="none">', None, Reason.ROBOTS_TAG),
        ('<meta name="googlebot" content="noai">', None, None),
        ('<meta property="og:title" content="noai"><meta name="description" content="noai">', None, None),
    ],
)
def test_what_page_and_header_say(head: str, stated: str | None, code: Reason | None) -> None:
    tree = html.document_fromstring(f"<html><head>{head}<title>x</title></head><body><p>x</p></body></html>")
    said = in_headers(stated, [], NAMES)
    if code is None:
        return heed(tree, said)
    with pytest.raises(ArticleError) as caught:
        heed(tree, said)
    assert caught.value.code is code
    return None


@pytest.mark.parametrize(
    ("host", "out"),
    [("example.com", True), ("www.example.com", True), ("a.b.example.com", True), ("example.com.", True),
     ("badexample.com", False), ("example.com.evil.test", False), ("com", False), ("", False)],
)  # fmt: skip
def test_a_host_is_left_out_with_those_below_it(host: str, out: bool) -> None:
    assert left_out(host, {"example.com"}) is out
    assert not left_out(host, ())


def test_hosts_are_named_as_hosts() -> None:
    text = (
        "rights: {opt_out: [%s]}\nsources: {a: {name: A, owner: A, country: DE, language: de, role: wire, feeds: [%s]}}"
    )
    read = loads(text % ("Example.COM., bücher.example", "https://feeds.example.com/x"), "config.yaml")
    assert read.rights.opt_out == ("example.com", "xn--bcher-kva.example")
    assert any("never asked, by rights.opt_out" in line for line in warnings(read))
    for wrong in ("https://example.com", "example.com/x", "'*.example.com'", "a b", "''", "'@'"):
        with pytest.raises(ConfigError, match=r"config.yaml:1: rights.opt_out.*must be the name of a host"):
            loads(text % (wrong, "https://a.test/x"), "config.yaml")


# -- a crawl


FILE = '[{"location": "/free/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as made:
        made.on("/robots.txt", reply(404))
        html_page = reply(200, page(), "text/html")
        made.on("/.well-known/tdmrep.json", reply(200, FILE, "application/json"), host="reserved.test")
        made.on("/.well-known/tdmrep.json", reply(500), host="broken.test")
        made.on("/.well-known/tdmrep.json", reply(200, "<p>Not here", "text/html"), host="plain.test")
        made.on("/robots.txt", reply(200, "User-agent: *\nDisallow: /", "text/plain"), host="walled.test")
        for path in ("/a", "/free/b", "/c"):
            made.on(path, html_page)
        made.on("/header", reply(200, page(), "text/html", tdm_reservation="1"))
        made.on(
            "/released",
            reply(200, page(head='<meta name="tdm-reservation" content="0">'), "text/html", tdm_reservation="1"),
        )
        made.on("/meta", reply(200, page(head='<meta name="tdm-reservation" content="1">'), "text/html"))
        made.on("/noai", reply(200, page(), "text/html", x_robots_tag="noai"))
        made.on("/named", reply(200, page(head='<meta name="retold" content="noindex">'), "text/html"))
        made.on("/noindex", reply(200, page(head='<meta name="robots" content="noindex">'), "text/html"))
        made.on("/away", reply(302, location="http://www.out.test/a"))
        made.on("/over", reply(302, location="http://reserved.test/a"))
        yield made


def pending(*urls: str) -> list[Entry]:
    return [Entry(crawling.FEED, url, url, "Titel", summary="<p>Der Rat tagt heute.</p>") for url in urls]


CRAWLED = {
    "http://reserved.test/a": Reason.TDM_RESERVED,
    "http://reserved.test/free/b": Reason.OK,
    "http://broken.test/a": Reason.OK,
    "http://plain.test/a": Reason.OK,
    "http://plain.test/header": Reason.TDM_RESERVED,
    "http://plain.test/released": Reason.OK,
    "http://plain.test/meta": Reason.TDM_RESERVED,
    "http://plain.test/noai": Reason.ROBOTS_TAG,
    "http://plain.test/named": Reason.ROBOTS_TAG,
    "http://plain.test/noindex": Reason.OK,
    "http://walled.test/a": Reason.ROBOTS,
    "http://plain.test/over": Reason.TDM_RESERVED,
    "http://plain.test/away": Reason.OPTED_OUT,
    "http://news.out.test/a": Reason.OPTED_OUT,
}
HOSTS = ("reserved.test", "broken.test", "plain.test", "walled.test", "www.out.test", "news.out.test", "out.test")


def test_pages_are_read_as_their_publishers_say(server: Server) -> None:
    job_ = job(feeds=(), pending=pending(*CRAWLED))
    out = job("out", ("http://out.test/feed",))
    sink = crawling.run(server, job_, out, hosts=HOSTS, opt_out=["out.test"])
    assert {url: sink.of(url).code for url in CRAWLED} == CRAWLED
    assert sink.of("http://out.test/feed").code is Reason.OPTED_OUT
    kept = {e.url: a for e, a in zip(sink.entries, sink.articles, strict=True)}
    for url, code in CRAWLED.items():
        if code is Reason.OPTED_OUT:
            assert kept[url] is None
        else:
            assert kept[url].text_from is (TextFrom.PAGE if code is Reason.OK else TextFrom.TEASER), url
            assert ("Brücke" in kept[url].text) == (code is Reason.OK)
    asked = [(hit.host, hit.path) for hit in server.hits]
    assert not [host for host, _ in asked if host.endswith("out.test")]
    assert ("reserved.test", "/a") not in asked
    assert ("walled.test", "/.well-known/tdmrep.json") not in asked
    assert all(asked.count((host, "/.well-known/tdmrep.json")) == 1 for host in ("reserved.test", "plain.test"))


def test_a_licence_holds_for_the_sources_own_pages(server: Server) -> None:
    own = ("http://reserved.test/c", "http://www.reserved.test/meta", "http://reserved.test/noai")
    job_ = job(feeds=(), pending=pending(*own, "http://plain.test/header", "http://walled.test/c"),
               homepage="http://reserved.test/", tdm="licensed")  # fmt: skip
    sink = crawling.run(server, job_, hosts=(*HOSTS, "www.reserved.test"))
    assert [sink.of(url).code for url in own] == [Reason.OK] * 3
    assert sink.of("http://plain.test/header").code is Reason.TDM_RESERVED
    assert sink.of("http://walled.test/c").code is Reason.ROBOTS


# -- what is in the database already


def test_a_host_is_deleted_to_the_last_byte(tmp_path: Path) -> None:
    small = build(tmp_path)
    options = ("--db", small.path, "--config", small.config)
    refused = CliRunner().invoke(main, ["delete", "courier.example", *map(str, options)], input="n\n")
    question = "delete 3 articles and what 3 feed entries said (of The Courier) for good?"
    assert refused.exit_code == 1 and question in refused.stderr and "nothing deleted" in refused.stderr
    assert in_bytes(small.path, FRAME)
    gone = call("delete", "COURIER.example", "--yes", *options)
    assert (gone.exit_code, gone.stdout) == (0, "3 articles and what 3 feed entries said deleted\n")
    assert not in_bytes(small.path, FRAME) and not in_bytes(small.path, "Ferry Nordwind hits")
    assert call("run", "--no-fetch", *options).exit_code == 0
    with closing(open_read(small.path)) as db:
        assert {r["source"] for r in reads.grouped(db)} == {"kueste", "spoof"}
        assert db.execute("SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'breakfast'").fetchone()[0] == 0
        assert db.execute("SELECT count(*) FROM entries WHERE state = 'given_up'").fetchone()[0] == 3
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert call("story", "1", *options[:2]).exit_code == 0
    assert call("delete", "courier.example", "#999", "--yes", *options).exit_code == 1
    for nothing in ("nobody.example", "courier.example", "example"):
        assert call("delete", nothing, "--yes", *options).exit_code == 1


def in_bytes(path: Path, text: str) -> bool:
    """Whether the database, or its log, holds a text."""
    return any(text.encode() in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


# -- runs


CONFIG = """
http: {delay_s: 0, workers: 1, feed_timeout_s: 8, page_timeout_s: 8, max_body_mb: 1}
rights: {opt_out: [out.test]}
sources:
  news: {name: News, owner: N, country: DE, language: de, role: publisher, homepage: "http://news.test/",
         interval: 60, feeds: ["http://news.test/feed", "http://out.test/feed"]}
"""
START = datetime(2026, 11, 23, 6, tzinfo=UTC)


class Days:
    """Runs of one configuration over a scripted server, at hours of one's choice."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.path, self.server, self.config = folder / "stories.db", server, loads(CONFIG, "config.yaml")

    def run(self, hours: float, config: Config | None = None) -> Summary:
        routes = dict.fromkeys(("news.test", "out.test"), self.server.address)
        return run(config or self.config, self.path, routes=routes, clock=lambda: START + timedelta(hours=hours))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(open_read(self.path)) as db:
            return [tuple(row) for row in db.execute(sql)]


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    with Server() as server:
        server.on("/robots.txt", reply(404))
        yield Days(tmp_path, server)


def test_what_is_left_out_is_on_record_and_not_asked_again(days: Days) -> None:
    server = days.server
    server.on("/feed", reply(200, rss("http://news.test/a", "http://out.test/secret-words", "http://news.test/b")))
    server.on("/a", reply(200, page(), "text/html", tdm_reservation="1")).on("/b", reply(200, page(), "text/html"))
    done = days.run(0)
    assert done.failed_sources == [] and done.articles == 2
    assert done.outcomes["page"] == {"ok": 1, "opted_out": 1, "tdm_reserved": 1}
    assert done.outcomes["feed"] == {"ok": 1, "opted_out": 1}
    assert days.rows("SELECT url, state, left_out, article_id IS NULL, title = '' FROM entries ORDER BY url") == [
        ("http://news.test/a", "given_up", "tdm_reserved", 0, 0),
        ("http://news.test/b", "done", None, 0, 0),
        ("http://out.test/secret-words", "given_up", "opted_out", 1, 1),
    ]
    assert days.rows("SELECT text_from FROM articles ORDER BY url") == [("teaser",), ("page",)]
    said = call("sources", "--db", days.path).stdout
    assert "1 entry without a page: text and data mining is reserved (teaser kept)" in said
    assert "1 entry without a page: left out: rights.opt_out has its host" in said
    assert call("sources", "--failing", "--db", days.path).stdout == "0 failing feeds\n"

    count = len(server.hits)
    again = days.run(1)
    assert [hit.path for hit in server.hits[count:]] == ["/feed"]
    assert "page" not in again.outcomes

    allowed = days.config.model_copy(update={"rights": days.config.rights.model_copy(update={"opt_out": ()})})
    server.on("/secret-words", reply(200, page("Geheim"), "text/html"))
    server.on("/feed", reply(200, rss("http://out.test/secret-words", extra="<!-- -->")))
    days.run(2, allowed)
    assert days.rows("SELECT left_out, a.text_from FROM entries e JOIN articles a ON a.id = e.article_id"
                     " WHERE e.url LIKE '%secret%' AND e.feed_url LIKE '%out.test%'") == [(None, "page")]  # fmt: skip


def test_files_of_a_site_are_asked_for_once_a_day(days: Days) -> None:
    server, file = days.server, "/.well-known/tdmrep.json"
    feeds = [reply(200, rss(f"http://news.test/{n}")) for n in range(5)]
    server.on("/feed", *feeds)
    for n in range(5):
        server.on(f"/{n}", reply(200, page(f"Bericht {n}"), "text/html"))
    server.on(file, reply(404), reply(200, '[{"location": "/", "tdm-reservation": 1}]'), reply(503))
    asked = []
    for hours in (0, 1, 25, 50, 51):
        before = len(server.hits)
        done = days.run(hours)
        asked.append(
            ([hit.path for hit in server.hits[before:] if hit.path in (file, "/robots.txt")], done.outcomes["page"])
        )
    assert asked == [
        (["/robots.txt", file], {"ok": 1}),
        ([], {"ok": 1}),  # both are known
        (["/robots.txt", file], {"tdm_reserved": 1}),  # a day is over
        (["/robots.txt", file], {"tdm_reserved": 1}),  # its server fails: what it said last holds
        ([file], {"tdm_reserved": 1}),  # … and it is asked again by the next run
    ]
