"""A whole crawl against a scripted loopback server: each URL one outcome, and never harm to its neighbours."""

from __future__ import annotations

import gzip
import logging
import os
import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.model import ConfigError, Entry, Reason, StoreError, TextFrom, Validators
from spiders.crawl import Interrupted, Job, collect
from tests.crawling import FEED, GOOD, HTTP, Memory, job, outcome, run, server, source, stalled
from tests.server import Server, page, reply, rss, slowly

__all__ = ["server"]  # a fixture


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
    assert sorted(server.paths()) == ["/.well-known/tdmrep.json", "/a0", "/a1", "/a2", "/feed", "/robots.txt"]


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


def test_an_entry_that_comes_long_after_its_page_waits_for_the_next_run(server, monkeypatch):
    monkeypatch.setattr("spiders.news.KEPT", 1)
    pages = [f"/a{n}" for n in range(3)]
    for path in pages:
        server.on(path, reply(200, page(path), "text/html"))
    server.on("/feed", reply(200, rss(*(f"http://news.test{path}" for path in pages))))

    def late(_):
        while len(server.paths("news.test")) < 5 or len(sink.articles) < 3:
            time.sleep(0.05)
        return reply(200, rss(*(f"http://news.test{path}" for path in pages)))

    server.on("/late", late, host="good.test")
    sink = Memory()
    run(server, job(), job("good", ("http://good.test/late",)), sink=sink)
    assert [path for path in server.paths() if path.startswith("/a")] == pages, "no page is asked for twice"
    assert [article.title for article in sink.articles[:3]] == pages
    assert [article.title for article in sink.articles[3:]] == ["/a2"], "the one that is still at hand"


@pytest.mark.case("G4", "G6")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(404), Reason.NOT_FOUND),
        (reply(410), Reason.GONE),
        (reply(403), Reason.FORBIDDEN),
        (reply(500), Reason.SERVER_ERROR),
        (reply(200, "only text", "text/html"), Reason.NOT_A_PAGE),
        (reply(200, b"%PDF-1.7" + b"x" * 5000, "application/pdf"), Reason.NOT_A_PAGE),
        (reply(200, b"", "text/html"), Reason.EMPTY_BODY),
    ],
)
def test_a_page_that_fails_leaves_the_teaser(server, answer, code):
    server.on("/feed", reply(200, rss("http://news.test/a"))).on("/a", answer)
    sink = run(server)
    assert sink.of("http://news.test/a").code is code
    assert [article.text_from for article in sink.articles] == [TextFrom.TEASER]


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
    assert sorted(server.paths()) == ["/.well-known/tdmrep.json", "/feed", "/politik/y-2", "/robots.txt"]
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


# --- sitemaps ---


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


@pytest.mark.case("C15")
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


@pytest.mark.case("C15")
def test_a_sitemap_index_is_followed_one_level_and_five_children(server):
    children = [f"http://news.test/c{n}.xml" for n in range(7)]
    server.on("/sm.xml", reply(200, index(*children), "application/xml"))
    for n in range(7):
        server.on(f"/c{n}.xml", reply(200, index("http://news.test/deep.xml"), "application/xml"))
    made = source(feeds=(), sitemaps=("http://news.test/sm.xml",))
    sink = run(server, Job(made, (), made.sitemaps))
    assert sorted(r.url for r in sink.results) == [*children[:5], "http://news.test/sm.xml"]
    assert "/deep.xml" not in server.paths()


@pytest.mark.case("C15")
def test_a_gzipped_sitemap_file(server):
    now = datetime.now(UTC).replace(microsecond=0)
    body = gzip.compress(sitemap(("http://news.test/a", now, "Neu")).encode())
    server.on("/sm.xml.gz", reply(200, body, "application/gzip"))
    made = source(feeds=(), sitemaps=("http://news.test/sm.xml.gz",), max_pages_per_run=0)
    sink = run(server, Job(made, (), made.sitemaps))
    assert len(sink.parsed["http://news.test/sm.xml.gz"].entries) == 1


# --- trouble of our own ---


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


@pytest.mark.case("F12")
def test_a_bug_costs_one_url(server, caplog):
    server.on("/feed", reply(200, rss(), etag='"1"'), host="news.test")
    sink = run(server, job(), job("good", (GOOD,)), sink=Broken(ValueError("lone surrogate")))
    assert sink.of(FEED).code is Reason.INTERNAL and "lone surrogate" in sink.of(FEED).detail
    assert sink.of(FEED).validators == Validators()  # or the entries would never come again
    assert sink.of(GOOD).code is Reason.OK
    assert "lone surrogate" in caplog.text and "Traceback" in caplog.text


class Grouping(Memory):
    """A sink that counts what is not committed yet, and may fail to commit."""

    def __init__(self, error=None):
        super().__init__()
        self.error, self.open, self.committed, self.told = error, False, 0, []

    def begin(self):
        assert not self.open
        self.open = True

    def commit(self):
        self.open, self.committed = False, len(self.results)
        if self.error:
            raise self.error


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.case("F11")
def test_what_came_is_committed_while_others_are_waited_for(server):
    sink, seen = Grouping(), []

    def slow(_):
        until = time.monotonic() + 7
        while not sink.committed and time.monotonic() < until:
            time.sleep(0.05)
        seen.append((sink.open, sink.committed))
        return reply(200, rss())

    server.on("/feed", slow, host="news.test")
    run(server, job(), job("good", (GOOD,)), sink=sink)
    assert seen == [(False, 1)], "no write lock is held while nothing happens"
    assert (sink.open, sink.committed) == (False, 2)


@pytest.mark.case("F6")
def test_a_commit_that_fails_ends_the_crawl(server):
    server.on("/feed", reply(200, rss()))
    with pytest.raises(StoreError, match="disk full"):
        run(server, job(), job("good", (GOOD,)), sink=Grouping(StoreError("disk full")))


@pytest.mark.case("F6", "F12")
@pytest.mark.parametrize("sink", [Broken(StoreError("disk full")), Broken(ValueError("twice"), times=2)])
def test_a_broken_store_ends_the_crawl(server, sink):
    server.on("/feed", reply(200, rss()))
    with pytest.raises(type(sink.error), match=str(sink.error)):
        run(server, job(), job("good", (GOOD,)), sink=sink)


@pytest.mark.case("F18")
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


@pytest.mark.case("F11")
@pytest.mark.parametrize("signum", [*ENDING[:2], pytest.param(ENDING[2], marks=pytest.mark.slow)])
def test_signals_end_a_crawl_gracefully(server, signum):
    before = [signal.getsignal(number) for number in ENDING]
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(time.monotonic())
        os.kill(os.getpid(), signum)

    def asked(_: object) -> object:  # from when the crawl runs, however long it took to start
        threading.Timer(1.5, interrupt).start()
        return stalled()

    server.on("/feed", asked, host="news.test")
    sink = Memory()
    with pytest.raises(Interrupted) as interrupted:
        run(server, job(), job("good", (GOOD,)), sink=sink, http=HTTP.model_copy(update={"feed_timeout_s": 30.0}))
    assert interrupted.value.signum == signum
    assert time.monotonic() - sent[0] < 5
    assert (sink.of(FEED).code, sink.of(GOOD).code) == (Reason.CANCELLED, Reason.OK)
    assert [signal.getsignal(number) for number in ENDING] == before


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
