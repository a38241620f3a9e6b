"""What the crawl tests share: a sink in memory, sources, and a crawl against a scripted server."""

from __future__ import annotations

import time

import pytest

from pipeline.config import HttpSettings, Source
from pipeline.model import Reason
from spiders.crawl import Job, collect
from tests.server import Server, reply, rss

FEED = "http://news.test/feed"
GOOD = "http://good.test/feed"
HTTP = HttpSettings(delay_s=0, feed_timeout_s=8, page_timeout_s=8, max_body_mb=1, workers=1)


class Memory:
    """A sink that keeps what it gets, and wants an article for every entry."""

    def __init__(self):
        self.results, self.parsed, self.articles, self.entries = [], {}, [], []

    def begin(self):
        """Nothing is kept together."""

    commit = begin

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


def stalled():
    """A server that says nothing for longer than anyone waits."""
    time.sleep(4)
    yield b""
