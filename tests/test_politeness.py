"""Manners: robots.txt, Retry-After, one host's pace, who we say we are (B14, B15, B27–B29)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from scrapy.http import Headers

from pipeline.model import Entry, Reason, TextFrom
from spiders.outcome import max_age, retry_after
from tests.crawling import FEED, GOOD, HTTP, job, outcome, run, server
from tests.desk import COURIER, Desk, cron, item, one_source
from tests.desk import rss as deskrss
from tests.server import Gauge, page, reply, rss

__all__ = ["server"]  # a fixture

DAY = 24 * 3600
DATE = "Thu, 01 Oct 2026 12:00:00 GMT"


def pending(*paths, host="news.test"):
    links = [f"http://{host}{path}" for path in paths]
    return [Entry(FEED, link, link, "Titel", summary="<p>Der Rat tagt heute.</p>") for link in links]


def pages(server, robots, *paths, http=HTTP, **more):
    """The results of asking for pages of a site with this robots.txt."""
    server.on("/robots.txt", *(robots if isinstance(robots, list) else [robots]), host="news.test")
    for path in paths:
        server.on(path, reply(200, page(), "text/html"))
    return run(server, job(feeds=(), pending=pending(*paths)), http=http, **more)


def text(body):
    return reply(200, body, "text/plain")


# --- robots.txt -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("robots", "code"),
    [
        (text("User-agent: *\nDisallow: /a\n"), Reason.ROBOTS),
        (text("User-agent: *\nDisallow: /b\n"), Reason.OK),
        (text("User-agent: *\nDisallow: /\nAllow: /a\n"), Reason.OK),
        (text("User-agent: Retold\nDisallow: /\n"), Reason.ROBOTS),
        (text("User-agent: *\nDisallow: /\n\nUser-agent: retold\nDisallow: /b\n"), Reason.OK),
        (text("User-agent: Googlebot\nDisallow: /\n"), Reason.OK),
        (text("\ufeffUser-agent: *\r\nDisallow: /a\r\n"), Reason.ROBOTS),
        (text(""), Reason.OK),
        (reply(200, b"\xff\xfe\x00\x01" * 500), Reason.OK),
        (reply(404), Reason.OK),
        (reply(403), Reason.OK),
        (reply(410), Reason.OK),
        (reply(500), Reason.ROBOTS),  # B29
        (reply(503), Reason.ROBOTS),
        (reply(429), Reason.ROBOTS),
        (text("User-agent: *\nDisallow: /a\n" + "# and so on\n" * 60_000), Reason.ROBOTS),  # 720 KB
        (text("# and so on\n" * 60_000 + "User-agent: *\nDisallow: /a\n"), Reason.OK),  # beyond 500 KB
        (text("User-agent: *\nDisallow:\n" + "#" * 1_200_000), Reason.TOO_LARGE),
        (b"HTTP/1.1 garbage\r\n\r\n", Reason.BAD_HTTP),
        (b"", Reason.CONNECT),
    ],
)
@pytest.mark.case("B29")
def test_robots_txt_is_obeyed_for_pages(server, robots, code):
    sink = pages(server, robots, "/a")
    assert sink.results[0].code is code, sink.results[0].detail
    assert ("/a" in server.paths()) == (code is Reason.OK)
    assert sink.articles[0].text_from is (TextFrom.PAGE if code is Reason.OK else TextFrom.TEASER)


@pytest.mark.case("B29")
def test_robots_txt_is_asked_once_for_a_host(server):
    paths = [f"/a{n}" for n in range(6)]
    pages(server, text("User-agent: *\nDisallow: /a3\n"), *paths)
    assert server.paths().count("/robots.txt") == 1
    assert "/a3" not in server.paths()


@pytest.mark.case("B29")
def test_robots_txt_does_not_hold_for_feeds_but_for_sitemaps(server):
    server.on("/robots.txt", text("User-agent: *\nDisallow: /\n"))
    server.on("/feed", reply(200, rss()))
    made = job(sitemaps=("http://news.test/sm.xml",))
    sink = run(server, made)
    assert sink.of(FEED).code is Reason.OK
    assert sink.of("http://news.test/sm.xml").code is Reason.ROBOTS
    assert server.paths() == ["/feed", "/robots.txt"] or server.paths() == ["/robots.txt", "/feed"]


def test_a_page_redirected_to_another_host_is_judged_by_that_hosts_robots_txt(server):
    server.on("/robots.txt", text("User-agent: *\nDisallow: /b\n"), host="good.test")
    server.on("/a", reply(302, location="http://good.test/b")).on("/b", reply(200, page(), "text/html"))
    sink = run(server, job(feeds=(), pending=pending("/a")))
    assert sink.results[0].code is Reason.ROBOTS
    assert "/b" not in server.paths()


@pytest.mark.case("B28", "B29")
def test_a_crawl_delay_is_kept(server):
    pages(server, text("User-agent: *\nCrawl-delay: 0.6\n"), "/a", "/b", "/c")
    began = sorted(hit.began for hit in server.hits if hit.path in ("/a", "/b", "/c"))
    assert all(later - earlier > 0.25 for earlier, later in pairwise(began))  # ± 50 % jitter


# --- Retry-After ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("120", 120), (" 120 ", 120), ("1", 1), ("1000000000", DAY), ("9" * 18, DAY), ("9" * 400, None),
        ("Thu, 01 Oct 2026 12:02:00 GMT", 120), ("Thu, 01 Oct 2026 11:00:00 GMT", None),
        ("Sat, 01 Oct 2050 12:00:00 GMT", DAY), ("Thursday, 01-Oct-26 12:02:00 GMT", 120),
        ("Thu, 01 Oct 2026 14:02:00 +0200", 120), ("0", None), ("-5", None), ("+5", None), ("1.5", None),
        ("soon", None), ("", None), ("١٢٠", None), ("Thu, 99 Foo 2026", None),
    ],
)  # fmt: skip
@pytest.mark.case("B14")
def test_retry_after(stated, seconds):
    headers = Headers({"Retry-After": stated.encode(), "Date": DATE})
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "max-age=600"}, 600),  # B27
        ({"Cache-Control": "public, MAX-AGE = 600, must-revalidate"}, 600),
        ({"Cache-Control": "s-maxage=600"}, None),
        ({"Cache-Control": "max-age=9999999"}, DAY),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "no-cache, max-age=600"}, None),
        ({"Cache-Control": "no-store"}, None),
        ({"Cache-Control": "max-age=600", "Expires": "Thu, 01 Oct 2026 12:01:00 GMT"}, 600),
        ({"Expires": "Thu, 01 Oct 2026 12:01:00 GMT"}, 60),
        ({"Expires": "0"}, None),  # B5
        ({"Expires": "-1"}, None),
        ({}, None),
    ],
)
@pytest.mark.case("B5", "B27")
def test_how_long_an_answer_stays_fresh(headers, seconds):
    assert max_age(Headers({"Date": DATE, **headers})) == seconds


@pytest.mark.case("B27")
def test_the_feeds_own_ttl_counts_where_it_is_longer(server):
    ttl = rss(extra="<ttl>60</ttl>")
    assert outcome(server, reply(200, ttl, cache_control="max-age=600")).max_age_s == 3600
    assert outcome(server, reply(200, ttl, cache_control="max-age=7200")).max_age_s == 7200


@pytest.mark.case("B14")
def test_after_429_a_host_is_left_alone_for_the_rest_of_the_run(server):
    server.on("/feed", reply(429, retry_after=600), host="news.test")
    later = "http://news.test/later"
    sink = run(server, job(feeds=(FEED, later), pending=pending("/a")), job("good", (GOOD,)))
    assert (sink.of(FEED).code, sink.of(FEED).retry_after_s) == (Reason.RATE_LIMITED, 600)
    for url in (later, "http://news.test/a"):
        assert sink.of(url).code is Reason.BACKED_OFF
        assert 590 < sink.of(url).retry_after_s <= 600
    assert sink.articles == [None]  # not asked: the next run does, so no teaser takes its place
    assert server.paths("news.test") == ["/feed"]
    assert sink.of(GOOD).code is Reason.OK


@pytest.mark.case("B14")
def test_a_short_retry_after_is_waited_out(server):
    server.on("/feed", reply(429, retry_after=1), host="news.test").on("/later", reply(200, rss()))
    later = "http://news.test/later"
    sink = run(server, job(feeds=(FEED, later)))
    assert sink.of(later).code is Reason.OK
    first, second = [hit for hit in server.hits if hit.host == "news.test"]
    assert second.began - first.ended > 0.9


@pytest.mark.case("B15")
def test_one_503_backs_off_one_feed_and_three_the_host(server):
    urls = [f"http://news.test/f{n}" for n in range(6)]
    for n in range(6):
        server.on(f"/f{n}", reply(503, retry_after=900) if n != 1 else reply(200, rss()))
    sink = run(server, job(feeds=urls))
    codes = [sink.of(url).code for url in urls]
    assert codes == [
        Reason.SERVER_ERROR, Reason.OK, Reason.SERVER_ERROR, Reason.SERVER_ERROR,
        Reason.BACKED_OFF, Reason.BACKED_OFF,
    ]  # fmt: skip


@pytest.mark.case("B14")
def test_a_host_that_asked_to_be_left_alone_is_so_over_the_next_runs(server, tmp_path):
    """Whichever of its pages and feeds said so: none of them is asked before the time, and all are after it."""
    feed = deskrss(*(item(str(n), f"http://courier.test/{n}", f"Report {n}") for n in range(3)))
    article = reply(200, page(), "text/html")
    server.on("/1.xml", reply(200, feed)).on("/2.xml", reply(200, feed))
    server.on("/0", article).on("/1", reply(429, retry_after=7200), article).on("/2", article)
    config, path = one_source(COURIER[:2]), tmp_path / "stories.db"

    def asked(hours):
        before = len(server.hits)
        cron(server, config, path, hours)
        return [hit.path for hit in server.hits[before:] if hit.path[-1] in "012l"]

    assert asked(0)[-1] == "/1"
    assert asked(0.5) == asked(1.9) == []
    assert sorted(asked(2.001)) == ["/1", "/1.xml", "/2", "/2.xml"]
    desk = Desk(path, config)
    assert desk.rows("SELECT count(*), min(text_from), max(text_from) FROM articles") == [(3, "page", "page")]
    assert desk.rows("SELECT * FROM host_waits") == [("courier.test", "2026-03-05T14:00:01Z")]


# --- pace and name ----------------------------------------------------------------------------------------


@pytest.mark.case("B28")
def test_a_host_gets_one_request_at_a_time_whoever_asks(server):
    gauge = Gauge(0.05)
    jobs = [job(f"s{n}", (f"http://news.test/f{n}",)) for n in range(6)]
    for n in range(6):
        server.on(f"/f{n}", gauge.script(reply(200, rss())))
    run(server, *jobs)
    assert (len(server.hits), gauge.most) == (6, 1)


@pytest.mark.case("B28")
def test_the_delay_between_requests_is_kept(server):
    for n in range(4):
        server.on(f"/f{n}", reply(200, rss()))
    http = HTTP.model_copy(update={"delay_s": 0.5})
    run(server, job(feeds=[f"http://news.test/f{n}" for n in range(4)]), http=http)
    began = [hit.began for hit in server.hits]
    assert all(later - earlier > 0.2 for earlier, later in pairwise(began))


def test_hosts_have_turns_and_each_is_asked_in_order(server):
    hosts = [f"h{n}.test" for n in range(20)]
    paths = [f"/a{n}" for n in range(3)]
    for path in paths:
        server.on(path, reply(200, "<p>", "text/html"))
    jobs = [job(host[:-5], (), pending=pending(*paths, host=host)) for host in hosts]
    run(server, *jobs, hosts=hosts, http=HTTP.model_copy(update={"concurrency": 2}))
    asked = [hit for hit in server.hits if hit.path in paths]
    assert all([hit.path for hit in asked if hit.host == host] == paths for host in hosts)
    # host after host it would be seven; those that line up first have a second turn before the last ones came
    assert len({hit.host for hit in asked[:20]}) > 12


@pytest.mark.parametrize(("concurrency", "most"), [(16, range(3, 7)), (2, range(1, 3))])
def test_hosts_are_asked_side_by_side_up_to_the_limit(server, concurrency, most):
    gauge = Gauge(0.4)
    hosts = [f"h{n}.test" for n in range(6)]
    server.on("/slow", gauge.script(reply(200, rss())))
    http = HTTP.model_copy(update={"concurrency": concurrency})
    run(server, *[job(f"s{n}", (f"http://{host}/slow",)) for n, host in enumerate(hosts)], hosts=hosts, http=http)
    assert len(server.hits) == 6 and gauge.most in most


def test_we_say_who_we_are_and_nothing_else(server):
    server.on("/feed", reply(200, rss("http://news.test/a"), set_cookie="id=1")).on("/a", reply(404))
    run(server)
    assert len(server.hits) == 4  # robots.txt and tdmrep.json among them
    for hit in server.hits:
        assert hit.headers["user-agent"] == HTTP.user_agent and "http" in HTTP.user_agent
        assert set(hit.headers) <= {"host", "user-agent", "accept", "accept-encoding"}
        assert hit.method == "GET"
