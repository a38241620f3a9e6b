"""Feeds by the dozen: served on loopback, crawled once, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping

from tests.crawling import HTTP, Memory, job, run
from tests.server import Server, reply

BIG = HTTP.model_copy(update={"max_body_mb": 15, "workers": 2, "feed_timeout_s": 60})
Told = tuple[bytes, str | None]  # body, Content-Type


def served(bodies: Mapping[str, bytes | Told], hosts: int = 1) -> Memory:
    """Crawl them, by path, as feeds of so many hosts; each has exactly one outcome, under ``address(path)``."""
    jobs: list[list[str]] = [[] for _ in range(hosts)]
    with Server() as web:
        for n, (path, given) in enumerate(bodies.items()):
            body, kind = given if isinstance(given, tuple) else (given, "application/xml")
            web.on(path, reply(200, body, kind, **({} if kind else {"content-type": None})))  # type: ignore[arg-type]
            jobs[n % hosts].append(f"http://news{n % hosts}.test{path}")
        sink = run(
            web,
            *(job(f"news{n}", feeds, max_pages_per_run=0) for n, feeds in enumerate(jobs) if feeds),
            http=BIG,
            hosts=[f"news{n}.test" for n in range(hosts)],
        )
    assert sorted(r.url for r in sink.results if r.kind == "feed") == sorted(u for urls in jobs for u in urls)
    return sink


def address(path: str, host: int = 0) -> str:
    """Where ``served`` has a path."""
    return f"http://news{host}.test{path}"
