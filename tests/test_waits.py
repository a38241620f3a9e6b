"""Until when hosts asked us to stay away: it holds for all that is theirs, from run to run, whatever our clock does."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from pipeline.model import Reason
from pipeline.run import run
from tests.crawling import HTTP, job
from tests.crawling import run as crawl
from tests.crawling import server as server
from tests.desk import COURIER, Desk, html, item, one_source, rss
from tests.making import NOW
from tests.server import Server, reply
from tests.test_politeness import pending, text

ONE, OTHER = COURIER[:2]
PAGE = "http://courier.test/a"


@pytest.fixture
def site(tmp_path):
    """The Courier's site, and a function that runs the pipeline so many hours after NOW; it answers what was asked."""
    with Server() as made:
        made.on("/robots.txt", reply(404))
        made.on("/1.xml", reply(200, rss(item("a", PAGE, "Bridge closed"))))
        made.on("/2.xml", reply(200, rss()))
        made.on("/a", reply(200, html("Bridge closed", "The old bridge is closed until spring.\n" * 5), "text/html"))
        config = one_source((ONE, OTHER))

        def cron(hours, **more):
            before = len(made.hits)
            routes = {"courier.test": made.address}
            now = NOW + timedelta(hours=hours)
            run(config, tmp_path / "w.db", routes=routes, clock=lambda: now, **more)
            return [hit.path for hit in made.hits[before:]]

        made.cron, made.desk = cron, lambda: Desk(tmp_path / "w.db", config)
        yield made


@pytest.mark.case("B14")
def test_a_429_holds_for_the_whole_host_in_later_runs(site):
    site.cron(0)
    site.on("/1.xml", reply(429, retry_after=5400))
    site.cron(1, only=["courier"], force=True)
    assert site.cron(2, force=True) == []
    assert site.cron(2.5, force=True) == []  # the second in which it was told is not over
    assert site.cron(2.5 + 2 / 3600, force=True) == [
        "/1.xml",
    ]


@pytest.mark.case("B14")
@pytest.mark.parametrize("where", ["/a", "/robots.txt"])
def test_a_429_of_a_page_or_of_robots_txt_holds_for_feeds_too(site, where):
    site.on(where, reply(429, retry_after=7200))
    assert where in site.cron(0)
    assert site.cron(1, force=True) == []
    assert "/1.xml" in site.cron(2.01, force=True)


@pytest.mark.case("B15")
def test_a_page_that_answers_503_is_asked_when_it_says_and_its_site_as_ever(site):
    site.on("/a", reply(503, retry_after=7200))
    assert "/a" in site.cron(0)
    assert sorted(site.cron(1)) == ["/1.xml", "/2.xml"]
    assert "/a" in site.cron(2.01)


@pytest.mark.case("B15")
def test_a_page_that_two_feeds_point_at_waits_as_long_as_it_says(site):
    site.on("/2.xml", reply(200, rss(item("b", PAGE, "Bridge closed"))))
    site.on("/a", reply(503, retry_after=7200))
    assert site.cron(0).count("/a") == 1
    assert "/a" not in site.cron(1)
    assert "/a" in site.cron(2.01)


@pytest.mark.case("B15")
def test_a_page_that_was_told_to_wait_is_not_asked_for_an_edit_of_its_entry(site):
    site.on("/a", reply(503, retry_after=7200))
    assert "/a" in site.cron(0)
    site.on("/1.xml", reply(200, rss(item("a", PAGE, "Bridge closed until spring"))))
    site.on("/2.xml", reply(200, rss(item("b", PAGE, "Bridge closed"))))
    assert sorted(site.cron(1)) == ["/1.xml", "/2.xml"]
    assert "/a" in site.cron(2.01)


def test_a_page_that_is_gone_is_not_asked_again(site):
    site.on("/a", reply(410))
    assert "/a" in site.cron(0)
    for hours in (1, 10, 30):
        assert "/a" not in site.cron(hours)


@pytest.mark.case("E14")
@pytest.mark.parametrize("where", ["/1.xml", "/robots.txt", "/a"])
def test_a_wait_told_while_our_clock_was_a_day_ahead_is_counted_from_when_it_is_right(site, where):
    site.on(where, reply(429, retry_after=5400))
    site.cron(24)
    assert site.cron(0.25) == []
    assert site.cron(1.5) == []
    assert "/1.xml" in site.cron(2)  # and not in a day


@pytest.mark.case("B29", "E14")
def test_a_robots_txt_read_while_our_clock_was_a_day_ahead_is_no_newer_for_it(site):
    assert "/robots.txt" in site.cron(24)
    site.cron(0.25, force=True)
    site.on("/1.xml", reply(200, rss(item("b", "http://courier.test/b", "Bridge open")))).on("/b", reply(404))
    assert "/robots.txt" in site.cron(30, force=True)


@pytest.mark.case("E14")
def test_a_wait_outlasts_a_clock_that_is_an_hour_behind_for_a_while(site):
    site.on("/1.xml", reply(429, retry_after=5400))
    site.cron(2)
    assert site.cron(1.25) == []
    assert site.cron(3.4) == []
    assert "/1.xml" in site.cron(3.6)


@pytest.mark.case("B14")
def test_a_date_without_the_servers_own_is_read_by_our_clock(site):
    until = NOW + timedelta(hours=3)
    site.on("/1.xml", reply(503, retry_after=f"{until:%a, %d %b %Y %H:%M:%S GMT}"))
    site.cron(0)
    assert "/1.xml" not in site.cron(2.9, force=True)
    assert "/1.xml" in site.cron(3.1, force=True)


@pytest.mark.case("B27")
@pytest.mark.parametrize("known", [304, 200])
def test_a_ttl_holds_as_long_as_the_feed_does_not_change(site, known):
    feed = rss(item("a", PAGE, "Bridge closed"), extra="<ttl>180</ttl>")
    again = reply(304, etag='"1"', content_length=None) if known == 304 else reply(200, feed)
    site.on("/1.xml", reply(200, feed, etag='"1"'), again)
    assert "/1.xml" in site.cron(0)
    for hours, asked in ((2.9, False), (3.1, True), (5.9, False), (6.2, True), (9.1, False), (9.3, True)):
        assert ("/1.xml" in site.cron(hours)) == asked, hours


@pytest.mark.case("B29")
def test_a_crawl_delay_is_kept_to_the_second_whatever_else_is_asked(server):
    server.on("/robots.txt", text("User-agent: *\nCrawl-delay: 0.4\n"), host="news.test")
    feeds = [f"http://news.test/f{n}" for n in range(3)]
    for path in ("/f0", "/f1", "/f2", "/a", "/b"):
        server.on(path, reply(200, "<p>", "text/html"))
    crawl(server, job(feeds=feeds, pending=pending("/a", "/b")), http=HTTP.model_copy(update={"per_host": 1}))
    hits = [hit for hit in server.hits if hit.host == "news.test"]
    after = hits[next(n for n, hit in enumerate(hits) if hit.path == "/robots.txt") :]
    assert len(after) > 2 and all(later.began - earlier.began >= 0.4 for earlier, later in pairwise(after))


@pytest.mark.case("B29")
def test_a_crawl_delay_of_minutes_leaves_the_rest_to_the_next_run(server):
    server.on("/robots.txt", text("User-agent: *\nCrawl-delay: 300\n"), host="news.test")
    server.on("/a", reply(404)).on("/b", reply(404))
    sink = crawl(server, job(feeds=(), pending=pending("/a", "/b")))
    assert [r.code for r in sink.results] == [Reason.BACKED_OFF] * 2
    assert server.paths("news.test") == ["/robots.txt"]
