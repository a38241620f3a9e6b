"""What one source may take of a run: connections, parsers' time, memory; the others have theirs."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections import Counter

import pytest
from scrapy.http import Request, Response

from pipeline.config import HttpSettings
from pipeline.model import Entry, Reason
from spiders import news
from spiders.guard import Refused
from spiders.patience import KILLED, LATE, Patience
from spiders.room import LARGE, SOON_S, Room
from tests.crawling import FEED, GOOD, job, outcome, run, server
from tests.server import page, reply, rss

__all__ = ["server"]  # a fixture
HINT = b"HTTP/1.1 103 Early Hints\r\n\r\n"
CHUNKED = reply(200, b"", content_length=None, transfer_encoding="chunked")
QUICK = HttpSettings(delay_s=0, feed_timeout_s=0.3, page_timeout_s=0.3, max_body_mb=4, workers=1, concurrency=4)


def silent(_):
    """An answer that does not come."""
    time.sleep(1)
    yield b""


@pytest.mark.case("B23", "B30")
@pytest.mark.parametrize(
    ("script", "code"),
    [
        (HINT * 1000, Reason.BAD_HTTP),
        (HINT * 3 + reply(200, rss()), Reason.OK),
        (CHUNKED + b"1\r\na\r\n" * 20_000 + b"0\r\n\r\n", Reason.BAD_HTTP),
        (CHUNKED + b"5;a=" + b"a" * 100_000, Reason.BAD_HTTP),
        (b"HTTP/1.1 200 " + b"a" * 100_000, Reason.BAD_HTTP),
        (reply(200, rss(), x_a="a" * 100_000), Reason.BAD_HTTP),
    ],
    ids=["interim", "few-interim", "crumbs", "extension", "status", "header"],
)
def test_what_costs_more_than_it_brings_is_given_up(server, script, code):
    assert outcome(server, script).code is code


@pytest.mark.case("B21", "B22")
def test_layers_of_encodings_are_few(server):
    body = rss().encode()
    for _ in range(5):
        body = gzip.compress(body, 0)
    assert outcome(server, reply(200, body, content_encoding=", ".join(["gzip"] * 5))).code is Reason.OK
    many = reply(200, gzip.compress(body, 0), content_encoding=", ".join(["gzip"] * 6))
    assert outcome(server, many).code is Reason.BAD_ENCODING


@pytest.mark.case("B23")
def test_a_host_that_has_fallen_silent_is_left_alone(server):
    """200 pages of a dead host would take an hour, a timeout each."""
    server.on("/robots.txt", reply(404))
    entries = [Entry(FEED, f"g{n}", f"http://news.test/{n}", f"Title {n}") for n in range(9)]
    for n in range(9):
        server.on(f"/{n}", silent, host="news.test")
    sink = run(server, job(feeds=(), pending=entries), job("good", (GOOD,)), http=QUICK)
    pages = [result for result in sink.results if result.kind == "page"]
    assert Counter(result.code for result in pages) == {Reason.TIMEOUT: 3, Reason.BACKED_OFF: 6}
    assert sink.of(GOOD).code is Reason.OK
    assert len(sink.entries) == len(sink.results) - 1  # each was handed over: those not asked for stay pending


@pytest.mark.case("B23")
def test_links_to_many_silent_hosts_do_not_fill_the_run(server):
    hosts = [f"pit{n}.test" for n in range(40)]
    entries = [Entry(FEED, host, f"http://{host}/a", host) for host in hosts]
    for host in hosts:
        server.on("/robots.txt", silent, host=host)
    good = [Entry(GOOD, "g", "http://good.test/a", "Title")]
    server.on("/a", reply(200, page(), "text/html"), host="good.test").on("/robots.txt", reply(404), host="good.test")
    jobs = (job(feeds=(), pending=entries), job("good", (), pending=good))
    sink = run(server, *jobs, http=QUICK, hosts=(*hosts, "good.test"))
    codes = Counter(result.code for result in sink.results)
    assert codes[Reason.OK] == 1
    assert LATE <= codes[Reason.TIMEOUT] <= LATE + 3 * QUICK.concurrency  # what was under way by then, and queued
    assert codes[Reason.BACKED_OFF] == len(hosts) - codes[Reason.TIMEOUT]


@pytest.mark.case("C3", "G3")
@pytest.mark.parametrize(("code", "most"), [(Reason.PARSE_TIMEOUT, KILLED), (Reason.PARSE_MEMORY, KILLED),
                                            (Reason.TIMEOUT, LATE)])  # fmt: skip
def test_a_source_wastes_its_own_share_only(code, most):
    patience = Patience()
    for _ in range(most - 1):
        patience.note("evil", code)
        patience.note("evil", Reason.NO_TEXT)
    patience.check("evil")
    patience.note("evil", code)
    with pytest.raises(Refused) as refused:
        patience.check("evil")
    assert refused.value.code is Reason.BACKED_OFF
    patience.check("good")


@pytest.mark.slow
@pytest.mark.case("B20")
def test_large_bodies_come_one_at_a_time_and_all_of_them(server, monkeypatch):
    """Plain and compressed ones, feeds and pages: what finds no room is asked for again, and none is lost."""
    http = QUICK.model_copy(update={"feed_timeout_s": 8, "page_timeout_s": 8})
    held, most = 0, 0
    genuine = news.Children.run

    async def counted(self, work, *args):
        nonlocal held, most
        large = any(isinstance(arg, bytes) and len(arg) > LARGE for arg in args)
        held += large
        most = max(most, held)
        try:
            return await genuine(self, work, *args)
        finally:
            held -= large

    monkeypatch.setattr(news.Children, "run", counted)
    blank = " " * 2_200_000
    hosts = [f"large{n}.test" for n in range(6)]
    for n, host in enumerate(hosts):
        body = (rss() + blank).encode()
        stated = {"content_encoding": "gzip"} if n % 2 else {}
        server.on("/feed", reply(200, gzip.compress(body, 1) if n % 2 else body, **stated), host=host)
    server.on("/a", reply(200, page() + blank, "text/html"), host="good.test")
    jobs = [job(f"large{n}", (f"http://{host}/feed",)) for n, host in enumerate(hosts)]
    good = [Entry(GOOD, "g", "http://good.test/a", "Title")]
    sink = run(server, *jobs, job("good", (), pending=good), http=http, hosts=(*hosts, "good.test"))
    assert {result.code for result in sink.results} == {Reason.OK}
    assert len(sink.results) == len(hosts) + 1
    assert most == 1


def test_a_place_goes_to_the_next_in_line():
    async def play():
        room = Room()
        asked = [Request("http://news.test/", meta={"kind": "feed"}) for _ in range(3)]
        places = [room.claim(request.meta) for request in asked]
        assert [place.done() for place in places] == [True, False, False]
        metas = [request.meta for request in asked]
        assert room.fits(metas[1], LARGE) and not room.fits(metas[1], LARGE + 1) and room.fits({}, LARGE + 1)
        room.leave(Response("http://news.test/", request=asked[1]))  # gave up waiting
        copied = asked[0].copy()
        room.leave(Response("http://news.test/", request=asked[0]))
        await asyncio.wait_for(places[2], 5)
        assert room.fits(metas[2], LARGE + 1)
        room.leave(Response("http://news.test/", request=copied))  # a redirect's copy: given back once only
        await asyncio.sleep(2 * SOON_S)
        assert not room.claim({"kind": "page"}).done()

    asyncio.run(play())
