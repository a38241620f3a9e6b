"""A newsroom's desk for tests: runs over a scripted server, and runs whose web is a list of entries and texts.

The second kind goes through the run's own sink (`pipeline.run.StoreSink`), so that what is stored is what a
crawl would store; only the crawl is left out.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from xml.sax.saxutils import escape

from pipeline import urls
from pipeline.absorb import Absorbed, absorb
from pipeline.config import Config, loads
from pipeline.model import Article, Entry, FetchResult, ParsedFeed, Reason
from pipeline.rebuild import partition
from pipeline.run import StoreSink, Summary, run
from pipeline.signatures import recipe
from pipeline.store import backgrounds, collecting, corrections, entries, runs, segments, signing
from pipeline.store.faults import found, waiting
from pipeline.text import content_hash
from pipeline.verdict import VERDICT
from tests.making import NOW, opened
from tests.server import Server

COURIER = tuple(f"http://courier.test/{n}.xml" for n in range(1, 6))  # five feeds of one site
HERALD = "http://herald.test/feed"
CONFIG = f"""
http: {{delay_s: 0, workers: 1, feed_timeout_s: 8, page_timeout_s: 8, max_body_mb: 1}}
sources:
  courier: {{name: Courier, owner: Courier Trust, country: GB, language: en, role: publisher,
             homepage: "http://courier.test/", feeds: [{", ".join(COURIER)}]}}
  herald: {{name: Herald, owner: Herald Ltd, country: GB, language: en, role: aggregator,
            homepage: "http://herald.test/", feeds: ["{HERALD}"]}}
"""
VOCABULARY = [
    "".join(parts)
    for parts in product("bcdfghklmnprstvz", "aeiou", ("ng", "rt", "lm", "ks"), ("ey", "or", "ine", "uth"))
]


def prose(seed: int, sentences: int = 6) -> str:
    """Paragraphs that no other seed shares a sentence with."""
    rng = random.Random(seed)
    return "\n".join(
        f"{' '.join(rng.choices(VOCABULARY, k=11)).capitalize()}, said {rng.choice(VOCABULARY).capitalize()}."
        for _ in range(sentences)
    )


def entry(guid: str, url: str | None = None, *, feed: str = COURIER[0], title: str = "", **more: object) -> Entry:
    """An entry of one of the desk's feeds; its link is made of its guid unless told."""
    address = guid if guid.startswith("http") else f"http://courier.test/{guid}"
    return Entry(feed, guid, url or address, title or f"Report on {guid}", **more)  # type: ignore[arg-type]


def article(at: Entry, source: str, text: str, url: str | None = None, **more: object) -> Article:
    """What an entry's page gave, at ``url`` after redirects."""
    address = urls.canonical(url or at.url or "") or ""
    title = str(more.pop("title", at.title))
    return replace(
        Article(
            source=source, url=address, key=urls.key(address), title=title, text=text, lang="en",
            published=at.published, content_hash=content_hash(title, text),
        ),
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


class Desk:
    """One database, and the runs that fill it."""

    def __init__(self, path: Path, config: Config) -> None:
        self.path, self.config, self.now = path, config, NOW
        self.how = recipe(config, VERDICT)
        self.db = opened(path)
        self.next_run()

    def next_run(self, config: Config | None = None, hours: float = 1) -> None:
        """A new run, some hours later, with the sources of ``config``."""
        self.config, self.now = config or self.config, self.now + timedelta(hours=hours)
        collecting.sync_sources(self.db, self.config.sources)
        self.summary = Summary(runs.begin_run(self.db, self.now, self.how.name))
        self.sink = StoreSink(self.db, self.summary, self.config, self.how, lambda: self.now)

    def feed(self, *entries: Entry, url: str = "") -> Sequence[Entry]:
        """A feed answered with these entries; the ones that want an article."""
        address = url or entries[0].feed_url
        source = next(s.key for s in self.config.sources if address in [f.url for f in s.feeds])
        return self.sink.feed(FetchResult(source, address, "feed", Reason.OK, status=200), ParsedFeed(entries))

    def page(
        self, at: Entry, text: str | None, *, code: Reason = Reason.OK, asked: bool = True, **more: object
    ) -> None:
        """An entry's page answered (or, ``asked=False``, another entry of this page was told so already)."""
        source = self.source_of(at)
        result = FetchResult(source, str(at.url), "page", code) if asked else None
        self.sink.article(result, at, None if text is None else article(at, source, text, **more))  # type: ignore[arg-type]

    def source_of(self, at: Entry) -> str:
        return next(s.key for s in self.config.sources if at.feed_url in [f.url for f in s.feeds])

    def print(self, at: Entry, text: str, **more: object) -> None:
        """A feed with one entry, and its page."""
        self.feed(at)
        self.page(at, text, **more)  # type: ignore[arg-type]

    def absorb(self) -> Absorbed:
        return absorb(self.db, self.summary.run_id, self.now, self.how)

    def rows(self, sql: str, *given: object) -> list[tuple[object, ...]]:
        return [tuple(r) for r in self.db.execute(sql, given)]

    def one(self, sql: str, *given: object) -> object:
        """The only value of the only row."""
        [(value,)] = self.rows(sql, *given)
        return value

    def pending(self, hours: float = 0) -> list[str]:
        """Guids of the entries that would be asked for so many hours from now."""
        return [e.guid for _, e in entries.pending(self.db, self.now + timedelta(hours=hours))]

    def sound(self) -> None:
        sound(self.db, self.config)


def stored_partition(db: sqlite3.Connection) -> list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]]:
    """What `pipeline.rebuild.partition` answers, as the store has it."""
    stories: dict[int, dict[int, list[int]]] = {}
    for r in db.execute("SELECT story_id, copy_id, article_id FROM copies ORDER BY article_id"):
        stories.setdefault(r["story_id"], {}).setdefault(r["copy_id"], []).append(r["article_id"])
    return sorted(
        (tuple(sorted(i for c in copies.values() for i in c)), tuple(sorted(map(tuple, copies.values()))))
        for copies in stories.values()
    )


def story_keys(db: sqlite3.Connection) -> Iterator[tuple[int, int, int]]:
    """(epoch, key, slot) of all story keys."""
    for epoch, data in db.execute("SELECT epoch, data FROM story_segments"):
        keys, slots = segments.unpacked(data)
        yield from ((epoch, k, s) for k, s in zip(keys.tolist(), slots.tolist(), strict=True))


def faults(db: sqlite3.Connection) -> list[str]:
    """What one table says and another does not, by name, and what is left to be compared or grouped."""
    left = [words for words in waiting(db) if words.startswith("articles to be") and "read" not in words]
    return [fault.name for fault, _ in found(db)] + left


def sound(db: sqlite3.Connection, config: Config) -> None:
    """Does every table agree with every other, and the groups with a rebuild?"""
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.execute("INSERT INTO articles_fts(articles_fts, rank) VALUES ('integrity-check', 1)")  # raises if it disagrees
    assert faults(db) == []
    stored = [signing.article(r) for r in db.execute("SELECT * FROM articles ORDER BY id")]
    assert stored_partition(db) == partition(
        stored, backgrounds.in_force(db, recipe(config, VERDICT)), corrections.in_force(db)
    )


# -- over a scripted server


def item(guid: str, link: str, title: str, text: str = "", extra: str = "") -> str:
    """One RSS item."""
    return (
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
        f'<guid isPermaLink="false">{escape(guid)}</guid><description>{escape(text)}</description>{extra}</item>'
    )


def rss(*items: str, extra: str = "") -> str:
    """An RSS 2.0 feed."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Courier</title>'
        f"<link>http://courier.test/</link>{extra}{''.join(items)}</channel></rss>"
    )


def html(title: str, text: str) -> str:
    """An article page."""
    body = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body><main><article><h1>{escape(title)}</h1>{body}</article></main></body></html>"
    )


def one_source(
    feeds: Sequence[str] = COURIER[:1], text_from: str = "page", *, more: str = "", before: str = ""
) -> Config:
    """The Courier alone, with more keys of it and blocks before it."""
    return loads(
        f"{before}http: {{delay_s: 0, workers: 1, feed_timeout_s: 8, page_timeout_s: 8, max_body_mb: 1}}\nsources:\n"
        "  courier: {name: Courier, owner: Courier Trust, country: GB, language: en, role: publisher,"
        f" text_from: {text_from}, feeds: [{', '.join(feeds)}]{more}}}",
        "config.yaml",
    )


def cron(server: Server, config: Config, path: Path, hours: float = 0, **more: object) -> Summary:
    """One whole run against the server, some hours after NOW."""
    now: datetime = NOW + timedelta(hours=hours)
    routes = dict.fromkeys(("courier.test", "herald.test"), server.address)
    return run(config, path, force=True, routes=routes, clock=lambda: now, **more)  # type: ignore[arg-type]


# -- killed at a chosen statement


def killed_at(statement: int, work: Callable[[], object]) -> bool:
    """Do ``work`` in a forked child that kills itself before its n-th SQL call; was there such a call?"""
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the work failed by itself"
        return os.WIFSIGNALED(status)
    status = 1
    try:
        sys.setprofile(_killer(statement))
        work()
        status = 0
    except BaseException:
        sys.setprofile(None)
        traceback.print_exc()
    finally:
        os._exit(status)  # no pytest in the child


def _killer(statement: int) -> Callable[[object, str, object], None]:
    seen = 0

    def look(_: object, event: str, called: object) -> None:
        nonlocal seen
        if event == "c_call" and isinstance(getattr(called, "__self__", None), sqlite3.Connection | sqlite3.Cursor):
            seen += 1
            if seen == statement:
                os.kill(os.getpid(), 9)

    return look
