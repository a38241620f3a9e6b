"""A stories.db as years of collecting leave it, for measuring what is read from it: rows without the work of a run.

Articles of a few languages and many outlets over ``days`` days, with copies, rewrites, citations, origins, edges,
fetches and runs; what lists and pages read is derived from them by the project's own code. Signatures and keys, which
no page reads, are left out. The words are drawn so that some are in every second text and most in few (Zipf 1949).
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from pipeline.store.connect import open_write, stamp, transaction
from pipeline.store.listing import relist_all

LANGUAGES = {"de": 0.4, "en": 0.4, "nl": 0.2}
SYLLABLES = [c + v for c in "bdfghklmnprstvwz" for v in ("a", "e", "i", "o", "u", "ei", "au")]
VOCABULARY = 60_000  # words of a language
WORDS = (40, 400)  # of a text: from, to; the logarithm of the length is even
ALONE = 0.6  # of the stories: one article
MOST = 800  # articles of a story
END = datetime(2026, 11, 27, 18, tzinfo=UTC)
BATCH = 2_000  # stories a transaction


@dataclass
class Counts:
    """How large an archive is to be."""

    articles: int
    sources: int = 300
    days: int = 120
    runs_a_day: int = 96


class Maker:
    """Draws an archive; the same one for the same counts and seed."""

    def __init__(self, counts: Counts, seed: int = 1) -> None:
        self.counts, self.rng = counts, random.Random(seed)
        self.words = {lang: self._vocabulary(lang) for lang in LANGUAGES}
        self.weights = list(accumulate(1 / (n + 3) for n in range(VOCABULARY)))
        langs = self.rng.choices([*LANGUAGES], [*LANGUAGES.values()], k=counts.sources)
        self.sources = [(f"s{n:03}", f"{_named(n)} {lang.upper()}", lang) for n, lang in enumerate(langs)]
        self.reach = list(accumulate(1 / (n + 10) for n in range(counts.sources)))  # some write more than others
        self.article = 0

    def _vocabulary(self, lang: str) -> list[str]:
        rng = random.Random(lang)
        return ["".join(rng.choices(SYLLABLES, k=rng.choice((1, 2, 2, 3, 3, 4)))) for _ in range(VOCABULARY)]

    def text(self, lang: str, count: int) -> str:
        """``count`` words in sentences and paragraphs."""
        words = self.rng.choices(self.words[lang], cum_weights=self.weights, k=count)
        cut = [" ".join(words[at : at + 14]).capitalize() + "." for at in range(0, count, 14)]
        return "\n".join(" ".join(cut[at : at + 3]) for at in range(0, len(cut), 3))

    def stories(self) -> Iterator[list[dict[str, Any]]]:
        """Stories by the time of their first article, each with its articles as rows."""
        span = self.counts.days * 86_400
        at = 0.0
        step = span / self.counts.articles * 2.9  # articles of a story on average
        while self.article < self.counts.articles and at < span:
            at += self.rng.expovariate(1 / step)
            yield self._story(END - timedelta(seconds=max(span - at, 0)))

    def _size(self) -> int:
        if self.rng.random() < ALONE:
            return 1
        return min(2 + int(self.rng.paretovariate(1.15)) - 1, MOST, self.counts.articles)

    def _story(self, first: datetime) -> list[dict[str, Any]]:
        size = self._size()
        chosen = self.rng.choices(self.sources, cum_weights=self.reach, k=size)
        length = int(WORDS[0] * (WORDS[1] / WORDS[0]) ** self.rng.random())
        prints: dict[str, str] = {}
        rows = []
        when = first
        for n, (key, name, lang) in enumerate(chosen):
            when = min(when + timedelta(seconds=self.rng.expovariate(1 / 2_400) if n else 0), END)
            copied = lang in prints and self.rng.random() < 0.45
            text = prints[lang] if copied else self.text(lang, length)
            prints.setdefault(lang, text)
            self.article += 1
            rows.append({
                "id": self.article, "source": key, "outlet": name, "lang": lang, "copied": copied, "text": text,
                "title": self.text(lang, 9).replace("\n", " ")[:-1], "published": when,
                "first_seen": when + timedelta(seconds=self.rng.expovariate(1 / 900)),
            })  # fmt: skip
        return rows


def _named(n: int) -> str:
    first = ("Courier", "Herald", "Tribune", "Gazette", "Echo", "Bode", "Kurier", "Anzeiger", "Post", "Blatt")
    return f"{first[n % 10]} {SYLLABLES[n % len(SYLLABLES)].capitalize()}{SYLLABLES[(n * 7) % len(SYLLABLES)]}"


ARTICLE = "INSERT INTO articles (id, source, url, key, title, text, lang, published, updated, first_seen, author, agencies, credit, dateline, paywalled, text_from, content_hash) VALUES (?,?,?,?,?,?,?,?,NULL,?,'','[]','','',0,'page',?)"  # noqa: E501
MATCH = "INSERT INTO matches (left_id, right_id, verdict, probability, scores, reasons, recipe) VALUES (?,?,?,?,?,?,'bench')"  # noqa: E501
ROLE = "INSERT INTO roles (article_id, story_id, role, leans_on, outlet, source, how, quote, root, lag_s, confidence) VALUES (?,?,?,?,?,?,?,?,?,?,?)"  # noqa: E501
CITATION = "INSERT INTO citations (article_id, n, kind, outlet, source, media, earlier, via, place, start, stop, quote, url, confidence) VALUES (?,0,'primary',?,?,1,0,'','text',0,12,?,'',0.9)"  # noqa: E501
ENTRY = "INSERT INTO entries (feed_url, guid, source, url, key, title, summary, content, author, published, date_raw, via_name, via_url, categories, hash, first_seen, article_id, state) VALUES (?,?,?,?,?,?,'','','',?,'','','','[]','',?,?,'done')"  # noqa: E501


def make(path: Path, counts: Counts) -> None:
    """The archive at ``path``, which is new; raises FileExistsError where there is one."""
    if path.exists():
        raise FileExistsError(path)
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    db = open_write(unfinished)
    db.execute("PRAGMA synchronous = OFF")
    maker = Maker(counts)
    _sources(db, maker)
    batch: list[list[dict[str, Any]]] = []
    for story in maker.stories():
        batch.append(story)
        if len(batch) == BATCH:
            _store(db, batch)
            batch = []
            print(f"  {maker.article:,} articles", end="\r", file=sys.stderr)
    _store(db, batch)
    _collected(db, maker)
    print("\n  lists", file=sys.stderr)
    relist_all(db)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    unfinished.rename(path)


def _sources(db: sqlite3.Connection, maker: Maker) -> None:
    with transaction(db):
        for key, name, lang in maker.sources:
            row = (key, name, f"{name} Ltd", "DE", lang, "publisher", f"https://{key}.test/", 1)
            db.execute("INSERT INTO sources VALUES (?,?,?,?,?,?,?,?)", row)
            db.execute(
                "INSERT INTO feeds (url, source, kind, last_code, last_ok, last_new) VALUES (?,?,'feed','ok',?,?)",
                [f"https://{key}.test/feed", key, stamp(END), stamp(END)],
            )


def _store(db: sqlite3.Connection, stories: Sequence[Sequence[dict[str, Any]]]) -> None:
    with transaction(db):
        for story in stories:
            _record(db, story)
        for queue in ("unsigned", "uncited", "untraced", "ungrouped"):
            db.execute(f"DELETE FROM {queue}")


def _record(db: sqlite3.Connection, rows: Sequence[dict[str, Any]]) -> None:
    first = rows[0]
    seen = [stamp(r["first_seen"]) for r in rows]
    story = db.execute("INSERT INTO stories (created, updated) VALUES (?,?)", (seen[0], seen[-1])).lastrowid
    lead: dict[str, int] = {}
    for r, when in zip(rows, seen, strict=True):
        url = f"https://{r['source']}.test/{r['id']}"
        db.execute(ARTICLE, (r["id"], r["source"], url, url[8:], r["title"], r["text"], r["lang"],
                             stamp(r["published"]), when, str(r["id"])))  # fmt: skip
        db.execute(ENTRY, (f"https://{r['source']}.test/feed", str(r["id"]), r["source"], url, url[8:], r["title"],
                           stamp(r["published"]), when, r["id"]))  # fmt: skip
        lead.setdefault(r["lang"], r["id"])
        copy = lead[r["lang"]] if r["copied"] else r["id"]
        db.execute("INSERT INTO copies VALUES (?,?,?)", (r["id"], copy, story))
    if len(rows) > 1:
        _trace(db, int(story or 0), first, rows, lead)


def _trace(
    db: sqlite3.Connection, story: int, first: dict[str, Any], rows: Sequence[dict[str, Any]], lead: dict[str, int]
) -> None:
    outlets = len({r["source"] for r in rows})
    origins = max(1, outlets // 4)
    reasons = json.dumps(["the earliest", f"cited by {outlets - 1} outlets"])
    db.execute(
        "INSERT INTO origins VALUES (?,0,?,?,?,0.8,?)", (story, first["outlet"], first["source"], first["id"], reasons)
    )
    db.execute("INSERT INTO independence VALUES (?,?,?,?,0,?,0)", (story, len(rows), outlets, outlets, origins))
    for n, r in enumerate(rows):
        lag = int((r["published"] - first["published"]).total_seconds())
        role = "origin" if not n else "copy" if r["copied"] else "rewrite"
        on = lead[r["lang"]] if r["copied"] else first["id"]
        leaning = ("", None, "") if not n else (first["outlet"], first["source"], "copy" if r["copied"] else "citation")
        quote = f"reported {first['outlet']}" if n and not r["copied"] else ""
        values = (r["id"], story, role, on if n else None, *leaning, quote, first["outlet"], lag, 0.8)
        db.execute(ROLE, values)
        if quote:
            db.execute(CITATION, (r["id"], first["outlet"], first["source"], quote))
        for other in {on, rows[max(n - 1, 0)]["id"], rows[max(n - 2, 0)]["id"]} - {r["id"]} if n else ():
            left, right = sorted((other, r["id"]))
            verdict = "copy" if r["copied"] and other == on else "same_story"
            scores = json.dumps({"copied": 0.97 if verdict == "copy" else 0.1, "jaccard": 0.2, "names": 0.6})
            said = json.dumps(["names and numbers alike", "1.2 h apart"])
            db.execute(MATCH, (left, right, verdict, 0.93, scores, said))


def _collected(db: sqlite3.Connection, maker: Maker) -> None:
    """Runs, and what each asked: every feed once in four runs."""
    runs = maker.counts.days * maker.counts.runs_a_day
    for at in range(0, runs, 500):
        with transaction(db):
            for n in range(at, min(at + 500, runs)):
                started = END - timedelta(minutes=15 * (runs - n))
                counts = json.dumps({"articles": 87, "stories": 51, "fetched": 75})
                db.execute("INSERT INTO runs (started, finished, state, recipe, counts) VALUES (?,?,'done','bench',?)",
                           (stamp(started), stamp(started + timedelta(seconds=48)), counts))  # fmt: skip
                asked = [s for m, s in enumerate(maker.sources) if m % 4 == n % 4]
                db.executemany(
                    "INSERT INTO fetches (run_id, source, url, kind, at, code, status, bytes, seconds, entries,"
                    " new_entries) VALUES (?,?,?,'feed',?,?,200,20000,0.4,30,1)",
                    [(n + 1, s[0], f"https://{s[0]}.test/feed", stamp(started), "ok" if (n + m) % 9 else "timeout")
                     for m, s in enumerate(asked)],
                )  # fmt: skip
