"""What servers do: validators, redirects, statuses, broken bodies, bombs, slow drips (B1–B24, B30)."""

from __future__ import annotations

import gzip
import os
import socket
import time
import zlib
from collections import Counter
from pathlib import Path

import brotli
import pytest

from pipeline.model import Reason, Validators
from spiders import coding
from tests.cases import by_case
from tests.crawling import FEED, GOOD, HTTP, job, outcome, run, server, stalled
from tests.server import drip, reply, rss, slowly

__all__ = ["server"]  # a fixture
SHARED = Path(os.environ.get("RETOLD_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.mark.case("B1", "B4")
def test_304_is_a_success_and_validators_go_out_byte_for_byte(server):
    etag, date = "W/\"ä;x, '1'\"", "Thu, 32 Foo 2026 25:61:00 MEZ"  # B4: whatever it was
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
@pytest.mark.case("B2")
def test_304_keeps_what_it_does_not_repeat(server, stated, etag, date):
    server.on("/feed", reply(304, content_length=None, **stated), host="news.test")
    result = run(server, validators={FEED: Validators('"1"', "d1", "h")}).of(FEED)
    assert result.validators == Validators(etag, date, "h")


def test_200_without_validators_drops_the_old_ones(server):
    server.on("/feed", reply(200, rss()))
    result = run(server, validators={FEED: Validators('"1"', "d1", "h")}).of(FEED)
    assert (result.validators.etag, result.validators.last_modified) == (None, None)


@pytest.mark.case("B3")
def test_the_same_body_is_not_parsed_again(server):
    server.on("/feed", reply(200, rss("http://news.test/a"), etag='"2"')).on("/a", reply(404))
    first = run(server).of(FEED)
    sink = run(server, validators={FEED: first.validators})
    assert sink.of(FEED).code is Reason.SAME_BODY
    assert sink.parsed[FEED] is None and sink.of(FEED).validators.etag == '"2"'


@pytest.mark.parametrize("known", [Validators(), Validators(body_hash="cafe")])
@pytest.mark.case("B6")
def test_304_to_an_unconditional_request(server, known):
    result = outcome(server, reply(304, content_length=None), validators={FEED: known})
    assert result.code is Reason.BAD_304
    assert result.validators.etag is None


@pytest.mark.case("B7", "B17")
def test_an_unreadable_feed_keeps_the_validators_of_the_last_good_one(server):
    known = Validators('"old"', None, "cafe")
    answer = reply(200, "<html><body>Bitte zustimmen</body></html>", "text/html", etag='"new"')
    result = outcome(server, answer, validators={FEED: known})
    assert (result.code, result.validators) == (Reason.NOT_A_FEED, known)


@pytest.mark.parametrize(
    ("first", "then", "moved"),
    by_case(
        {
            "B8": [
                (301, 200, "http://news.test/b"),
                (308, 200, "http://news.test/b"),
                (301, 302, "http://news.test/b"),
                (301, 308, "http://news.test/c"),
            ],
            "B9": [(302, 200, None), (307, 200, None), (302, 301, None)],
        }
    ),
)
def test_redirects_are_followed_and_permanent_ones_reported(server, first, then, moved):
    server.on("/b", reply(200, rss()) if then == 200 else reply(then, location="/c")).on("/c", reply(200, rss()))
    result = outcome(server, reply(first, location="/b"))
    assert (result.code, result.url, result.moved_to) == (Reason.OK, FEED, moved)
    assert result.final_url == ("http://news.test/b" if then == 200 else "http://news.test/c")


@pytest.mark.case("B10")
def test_redirect_loops_end(server):
    result = outcome(server, reply(301, location="/feed"))
    assert result.code is Reason.REDIRECT_LOOP
    assert len(server.paths("news.test")) == 1 + HTTP.max_redirects


@pytest.mark.parametrize(
    ("status", "code"),
    by_case(
        {
            "B12": [(410, Reason.GONE)],
            "B13": [(404, Reason.NOT_FOUND)],
            "B14": [(429, Reason.RATE_LIMITED)],
            "B15": [(503, Reason.SERVER_ERROR), (500, Reason.SERVER_ERROR)],
            "B16": [(403, Reason.FORBIDDEN), (401, Reason.FORBIDDEN), (451, Reason.FORBIDDEN)],
            "B30": [
                *((status, Reason.BAD_STATUS) for status in (201, 204, 206, 300, 301, 400, 418, 999)),
                (520, Reason.SERVER_ERROR),
            ],
        }
    ),
)
def test_every_status_has_its_reason(server, status, code):
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
@pytest.mark.case("B16")
def test_a_bot_wall_is_called_by_its_name(server, answer):
    assert outcome(server, answer).code is Reason.CHALLENGE


def chunked(*parts, end=True):
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return head + body + (b"0\r\n\r\n" if end else b"")


ENTRY = rss().encode()
ZIPPED = gzip.compress(ENTRY)


ANSWERS = {
    "B18": [
        (reply(200, b""), Reason.EMPTY_BODY),
        (reply(200, b" \r\n"), Reason.EMPTY_BODY),
    ],
    "B19": [
        (reply(200, ENTRY, content_length=len(ENTRY) + 10), Reason.SHORT_BODY),
        (chunked(ENTRY[:50], end=False), Reason.SHORT_BODY),
        (chunked(ENTRY[:50], ENTRY[50:]), Reason.OK),
        (reply(200, ENTRY, content_length=None), Reason.OK),  # HTTP/1.0 style: ends with the connection
    ],
    "B20": [
        (reply(200, b"", content_length=2_000_000), Reason.TOO_LARGE),
        (reply(200, ENTRY + b" " * 1_100_000, content_length=None), Reason.TOO_LARGE),
    ],
    "B22": [
        (reply(200, ZIPPED, content_encoding="gzip"), Reason.OK),
        (reply(200, ZIPPED, content_encoding="x-gzip, identity"), Reason.OK),
        (reply(200, brotli.compress(ENTRY), content_encoding="br"), Reason.OK),
        (reply(200, zlib.compress(ENTRY), content_encoding="deflate"), Reason.OK),
        (reply(200, zlib.compress(ENTRY)[2:-4], content_encoding="deflate"), Reason.OK),  # without its header
        (reply(200, zlib.compress(ENTRY)[:-9], content_encoding="deflate"), Reason.BAD_ENCODING),
        (reply(200, gzip.compress(ZIPPED), content_encoding="gzip"), Reason.OK),
        (reply(200, gzip.compress(ZIPPED), content_encoding="gzip, gzip"), Reason.OK),
        (reply(200, ZIPPED), Reason.OK),
        (reply(200, ENTRY, content_encoding="gzip"), Reason.OK),
        (reply(200, b"\x00\x01\x02" + ENTRY, content_encoding="gzip"), Reason.BAD_ENCODING),
        (reply(200, ZIPPED[:-20], content_encoding="gzip"), Reason.BAD_ENCODING),
        (reply(200, ZIPPED[:-6] + b"xxxxxx", content_encoding="gzip"), Reason.BAD_ENCODING),
        (reply(200, brotli.compress(ENTRY)[:-3], content_encoding="br"), Reason.BAD_ENCODING),
        (reply(200, ENTRY, content_encoding="rot13"), Reason.BAD_ENCODING),
    ],
    "B21": [
        (reply(200, gzip.compress(b"<" + b" " * 50_000_000), content_encoding="gzip"), Reason.TOO_LARGE),
        (reply(200, brotli.compress(b"<" + b" " * 50_000_000, quality=1), content_encoding="br"), Reason.TOO_LARGE),
        (reply(200, zlib.compress(b"<" + b" " * 50_000_000), content_encoding="deflate"), Reason.TOO_LARGE),
        (reply(200, coding.zstd.compress(b"<" + b" " * 50_000_000), content_encoding="zstd"), Reason.TOO_LARGE),
        (reply(200, gzip.compress(gzip.compress(b" " * 50_000_000)), content_encoding="gzip, gzip"), Reason.TOO_LARGE),
    ],
    "B24": [
        (reply(200, rss(), x_long="y" * 65536), Reason.BAD_HTTP),
        (reply(200, rss(), set_cookie="c=" + "y" * 1_000_000), Reason.BAD_HTTP),
        (reply(200, rss(), **{f"x_{n}": n for n in range(1000)}), Reason.BAD_HTTP),
        (reply(200, rss(), **{f"x_{n}": n for n in range(100)}), Reason.OK),
        (reply(200, rss(), set_cookie="c=" + "y" * 9000), Reason.OK),
    ],
    "B30": [
        (b"<rss>\n", Reason.BAD_HTTP),  # HTTP/0.9
        (b"\x16\x03\x01\x00\x00garbage\r\n\r\n", Reason.BAD_HTTP),
        (b"HTTP/1.1 abc Fine\r\n\r\n", Reason.BAD_HTTP),
        (reply(200, ENTRY).replace(b"\r\n", b"\n"), Reason.OK),
        (reply(200, ENTRY, no_colon=None).replace(b"connection", b"bad line\r\nconnection"), Reason.OK),
        (b"", Reason.CONNECT),
    ],
}


@pytest.mark.parametrize(("answer", "code"), by_case(ANSWERS))
def test_every_kind_of_answer_has_its_reason(server, answer, code):
    result = outcome(server, answer)
    assert result.code is code, result.detail


@pytest.mark.parametrize(
    "script",
    [
        drip(reply(200, ENTRY), 0.05),  # B23: headers and body byte by byte
        lambda _: (part for part in (reply(200, ENTRY)[:-5], *stalled())),
        lambda _: stalled(),
        [reply(302, location="/feed"), slowly(0.6, reply(302, location="/feed")), slowly(0.7, reply(200, ENTRY))],
    ],
    ids=["drip", "stalls", "silence", "over-all-hops"],
)
@pytest.mark.case("B23")
def test_the_time_limit_is_for_the_whole_url(server, script):
    began = time.monotonic()
    result = outcome(server, script, http=HTTP.model_copy(update={"feed_timeout_s": 1.0}))
    assert result.code is Reason.TIMEOUT, result.detail
    assert result.seconds < 5 and time.monotonic() - began < 20


@pytest.mark.case("B20")
def test_an_endless_body_is_left_at_the_limit(server):
    """What was sent stays near the limit: nobody waits for the end of it."""
    sent = [0]

    def endless(_):
        yield reply(200, b"<rss>", content_length=None)
        while sent[0] < 40_000_000:
            sent[0] += 65_536
            yield b" " * 65_536

    assert outcome(server, endless).code is Reason.TOO_LARGE
    assert sent[0] < 20_000_000, "a megabyte, and what lay in the buffers of both sockets"


@pytest.mark.case("B5")
def test_an_answer_that_calls_itself_expired_is_still_asked_about_by_its_validators(server):
    """`Expires: 0` is about age (RFC 9111); whether it changed is another question, and a cheap one."""
    stale = reply(200, rss(), etag='"1"', expires="0", cache_control="no-cache")
    server.on("/feed", stale, reply(304, content_length=None), host="news.test")
    first = run(server).of(FEED)
    assert (first.code, first.max_age_s, first.validators.etag) == (Reason.OK, None, '"1"')
    assert run(server, validators={FEED: first.validators}).of(FEED).code is Reason.NOT_MODIFIED
    assert server.hits[-1].headers["if-none-match"] == '"1"'


@pytest.mark.case("B23")
def test_a_dead_host_harms_nobody(server):
    with socket.create_server(("127.0.0.1", 0)) as dead:  # accepts, and never says a word
        closed = ("127.0.0.1", 9)
        jobs = [job(f"s{n}", (f"http://dead{n}.test/feed",)) for n in range(6)]
        jobs += [job("good", (GOOD,)), job("refused", ("http://closed.test/feed",))]
        routes = {f"dead{n}.test": dead.getsockname() for n in range(6)} | {"closed.test": closed}
        sink = run(server, *jobs, routes=routes, http=HTTP.model_copy(update={"feed_timeout_s": 1.5}))
    codes = Counter(result.code for result in sink.results)
    assert codes == {Reason.TIMEOUT: 6, Reason.OK: 1, Reason.CONNECT: 1}


BOMBS = SHARED / "feeds/scrapy__scrapy/tests/sample_data/compressed"


@pytest.mark.parametrize("codec", ["br", "deflate", "gzip", "zstd"])
@pytest.mark.case("B21")
def test_bombs_of_every_codec(server, codec):
    if not BOMBS.is_dir():
        pytest.skip(f"needs {BOMBS.name} of the shared feeds")
    body = (BOMBS / f"bomb-{codec}.bin").read_bytes()
    assert outcome(server, reply(200, body, content_encoding=codec)).code is Reason.TOO_LARGE
