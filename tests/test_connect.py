"""Whole crawls that are led astray: nothing inside is ever connected to (A1–A18, B11, B25, B26)."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from pathlib import Path

import pytest

from pipeline.model import Entry, Reason, TextFrom
from spiders import loop
from spiders.crawl import Job
from spiders.guard import Guard, Refused
from tests.authority import Authority
from tests.cases import by_case
from tests.crawling import FEED, GOOD, job, outcome, run, server, source
from tests.server import Server, page, reply, rss

__all__ = ["server"]  # a fixture
NAMES = {"inside.test": ["10.0.0.7"], "mixed.test": ["8.8.8.8", "127.0.0.1"]}


@pytest.fixture
def names(monkeypatch):
    """A name server that knows two more names."""
    known = socket.getaddrinfo

    def answer(host, port, *more, **options):
        found = NAMES.get(host)
        if found is None:
            return known(host, port, *more, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    ("url", "code"),
    by_case(
        {
            "A1": [
                ("http://127.0.0.1/", Reason.BLOCKED_PRIVATE),
                ("http://[::1]/", Reason.BLOCKED_PRIVATE),
                ("http://0.0.0.0/", Reason.BLOCKED_PRIVATE),
            ],
            "A2": [("http://169.254.169.254/latest/meta-data", Reason.BLOCKED_PRIVATE)],
            "A3": [("http://2130706433/", Reason.BLOCKED_PRIVATE), ("http://0x7f.1/", Reason.BLOCKED_PRIVATE)],
            "A4": [
                ("http://[::ffff:127.0.0.1]/", Reason.BLOCKED_PRIVATE),
                ("http://[64:ff9b::7f00:1]/", Reason.BLOCKED_PRIVATE),
            ],
            "A5": [("http://localhost/", Reason.BLOCKED_PRIVATE), ("http://inside.test/", Reason.BLOCKED_PRIVATE)],
            "A7": [("http://mixed.test/", Reason.BLOCKED_PRIVATE)],
            "A10": [
                ("file:///etc/hostname", Reason.BAD_SCHEME),
                ("/etc/hostname", Reason.BAD_SCHEME),
                ("feed://news.test/", Reason.BAD_SCHEME),
            ],
            "A15": [
                ("http://news.test\\@127.0.0.1/", Reason.BAD_URL),
                ("http://news.test/\r\nHost: x", Reason.BAD_URL),
            ],
            "A17": [("http://news.test:6379/", Reason.BAD_PORT), ("http://news.test:22/", Reason.BAD_PORT)],
            "": [("http://no-such-host.invalid/", Reason.DNS)],
        }
    ),
)
def test_feeds_at_forbidden_addresses(server, names, url, code):
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
@pytest.mark.case("A8", "A9")
def test_redirects_to_forbidden_addresses(server, location, code):
    result = outcome(server, reply(302, location=location))
    assert result.code is code
    assert "/etc/passwd" not in result.detail


@pytest.mark.case("A14")
def test_a_robots_txt_that_redirects_inside_is_not_followed(server):
    server.on("/robots.txt", reply(302, location="http://127.0.0.1/robots.txt"), host="news.test")
    pending = [Entry(FEED, "g", "http://news.test/a", "T", summary="<p>Ein Satz steht hier.</p>")]
    sink = run(server, job(feeds=(), pending=pending))
    assert sink.of("http://news.test/a").code is Reason.BLOCKED_PRIVATE
    assert server.paths() == ["/robots.txt"]


@pytest.mark.case("A12")
def test_what_a_page_names_is_not_fetched(server):
    head = (
        '<meta http-equiv="refresh" content="0;url=http://good.test/inside">'
        '<link rel="canonical" href="http://good.test/inside"><link rel="amphtml" href="http://good.test/inside">'
        '<meta property="og:url" content="http://good.test/inside">'
    )
    server.on("/feed", reply(200, rss("http://news.test/a"))).on("/a", reply(200, page(head=head), "text/html"))
    run(server)
    assert "/inside" not in server.paths()


@pytest.mark.case("A13")
def test_proxies_of_the_environment_are_ignored(server, monkeypatch):
    with Server() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, "http://{}:{}".format(*proxy.address))
        assert outcome(server, reply(200, rss())).code is Reason.OK
        assert proxy.connections == 0


@pytest.mark.case("A18")
def test_nothing_listens_while_a_crawl_runs(server):
    mine = set()

    def look(_):
        open_files = [fd for fd in Path("/proc/self/fd").iterdir() if fd.exists()]
        inodes = {fd.stat().st_ino for fd in open_files}
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


@pytest.mark.case("A15", "B26")
def test_credentials_in_a_link_go_nowhere(server):
    server.on("/feed", reply(302, location="http://good.test/next", set_cookie="a=b"), host="news.test")
    server.on("/next", reply(200, rss()), host="good.test")
    result = run(server, Job(source(), ("http://user:geheim@news.test/feed",)))
    assert result.results[0].code is Reason.OK
    sent = b"".join(hit.raw for hit in server.hits).lower()
    assert all(word not in sent for word in (b"geheim", b"authorization", b"cookie", b"referer"))


@pytest.mark.case("A16")
def test_a_host_in_other_letters_is_asked_by_its_ascii_name(server):
    address = "http://münchen.test/feed"
    server.on("/feed", reply(200, rss()), host="xn--mnchen-3ya.test")
    sink = run(server, Job(source(), (address,)), hosts=("xn--mnchen-3ya.test",))
    assert sink.of(address).code is Reason.OK and sink.of(address).final_url == "http://xn--mnchen-3ya.test/feed"
    assert [hit.host for hit in server.hits] == ["xn--mnchen-3ya.test"]


@pytest.mark.case("A11")
def test_article_links_pass_the_same_guard(server):
    host, port = server.address
    inside = f"http://{host}:{port}/admin"
    links = [inside, "http://127.0.0.1/admin", "http://localhost/", "http://news.test:22/", "file:///etc/passwd"]
    pending = [Entry(FEED, link, link, "Titel", summary="<p>Ein Satz steht hier.</p>") for link in links]
    sink = run(server, job(feeds=(), pending=pending))
    assert Counter(r.code for r in sink.results) == {
        Reason.BAD_PORT: 2, Reason.BLOCKED_PRIVATE: 2, Reason.BAD_SCHEME: 1,
    }  # fmt: skip
    assert len(sink.entries) == 5
    for entry, article in zip(sink.entries, sink.articles, strict=True):
        teaser = article.text_from if article else None
        assert teaser is (TextFrom.TEASER if entry.url.startswith("http") else None)
    assert server.connections == 0


# --- TLS --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority of our own, as a function: (name, days) -> server context."""
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.mark.case("B25")
def test_tls_is_verified_against_the_hosts_name(server, authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    with Server(tls=authority.context("tls.test")) as secure:
        secure.on("/feed", reply(200, rss()))
        routes = {"tls.test": secure.address, "other.test": secure.address}
        urls = ("https://tls.test/feed", "https://other.test/feed")
        sink = run(server, Job(source(), urls), job("good", (GOOD,)), routes=routes)
    assert [sink.of(url).code for url in (*urls, GOOD)] == [Reason.OK, Reason.TLS, Reason.OK]
    assert [hit.path for hit in secure.hits] == ["/feed"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("fault", ["unknown", "expired", "old", "plain"])
@pytest.mark.case("B25")
def test_broken_tls(server, authority, monkeypatch, fault):
    if fault != "unknown":
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    context = authority.context("tls.test", days=-1 if fault == "expired" else 30, old=fault == "old")
    with Server(tls=None if fault == "plain" else context) as secure:
        secure.on("/feed", reply(200, rss()))
        sink = run(server, Job(source(), ("https://tls.test/feed",)), routes={"tls.test": secure.address})
    assert sink.results[0].code is Reason.TLS, sink.results[0].detail
    assert all(hit.method == "?" for hit in secure.hits)


@pytest.mark.case("B11")
def test_https_is_not_left_for_http(server, authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    with Server(tls=authority.context("tls.test")) as secure:
        secure.on("/feed", reply(301, location="http://news.test/feed"))
        sink = run(server, Job(source(), ("https://tls.test/feed",)), routes={"tls.test": secure.address})
    assert sink.results[0].code is Reason.DOWNGRADE
    assert server.connections == 0


@pytest.mark.case("A6")
def test_the_connection_goes_to_the_address_that_was_checked(server):
    """A resolver that answers differently the second time (DNS rebinding) is asked once a connection."""
    with Server("127.0.0.2") as inside:
        answers = [["127.0.0.1"], ["127.0.0.2"]]

        async def flips(host, port):
            return answers.pop(0)

        guard = Guard(resolve=flips, permits=lambda address: address == "127.0.0.1", ports=(server.address[1],))
        assert loop.run(reach(guard, server.address[1])) == "127.0.0.1"
        assert answers == [["127.0.0.2"]]
        with pytest.raises(Refused):
            loop.run(reach(guard, server.address[1]))
        assert inside.connections == 0


async def reach(guard, port):
    """The address that a pinned endpoint connects to."""
    from twisted.internet.protocol import Factory, Protocol  # once the reactor is there

    from spiders.handler import Pinned

    protocol = (
        await Pinned(guard, "rebind.example", port, 5)
        .connect(Factory.forProtocol(Protocol))
        .asFuture(asyncio.get_running_loop())
    )
    peer = protocol.transport.getPeer().host
    protocol.transport.abortConnection()
    return peer
