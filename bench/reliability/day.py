"""A fixed day of news on loopback, small enough for a run of two seconds, and what a run has made of it.

    python -m bench.reliability.day

serves it from a process of its own: prints its port, then answers each line of its standard input, a number of hours
after the day's first article up to which it shows what was published ("": all of it), with "ok". The texts are those
of the bundled news day, 36 articles with copies, rewrites and citations in three languages; feeds carry them whole, but
for an outlet whose pages are to be asked.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from pathlib import Path

from pipeline.config import loads
from pipeline.newsroom.addresses import url
from pipeline.newsroom.cast import CAST
from pipeline.newsroom.events import Piece, bundled, load
from pipeline.newsroom.server import NewsServer
from pipeline.newsroom.site import Reply, Site
from pipeline.newsroom.text import body_html
from pipeline.store.connect import open_read
from tests.desk import faults, html

ROOT = Path(__file__).parent.parent.parent
DAY0 = date(2026, 11, 19)
CLOCK = datetime(2026, 11, 23, 6, tzinfo=UTC)  # every run's; when an article was first seen must not differ
EVENTS = ("drone-deal", "flood-nahe", "port-stake", "rail-strike-elbe")
BY_PAGE = ("nos",)
PIECES = {p.id: p for p in load(DAY0)}


# ── What is served ──


def site(hours: float | None) -> Site:
    """What stands at each (host, path) some hours after the first article; None: at the end."""
    pieces = [p for p in PIECES.values() if p.event in EVENTS]
    end = None if hours is None else min(p.at for p in pieces) + timedelta(hours=hours)
    shown = [p for p in pieces if end is None or p.at <= end]
    made: dict[tuple[str, str], Reply] = {}
    for key, outlet in CAST.items():
        own = sorted((p for p in shown if p.outlet == key), key=lambda p: p.at, reverse=True)
        made[outlet.host, "/feed"] = _reply(_feed(own), "application/rss+xml; charset=utf-8")
        for piece in own if key in BY_PAGE else ():
            made[outlet.host, url(piece).split(outlet.host, 1)[1]] = _reply(
                html(piece.title, _text(piece)), "text/html"
            )
    return made


def _reply(text: str, kind: str) -> Reply:
    body = text.encode()
    return Reply(body, kind, etag=f'"{sha256(body).hexdigest()[:16]}"')


def _feed(pieces: Sequence[Piece]) -> str:
    items = "".join(_item(p) for p in pieces)
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    head = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {space}>'
    return f"{head}<channel><title>F</title>{items}</channel></rss>"


def _item(piece: Piece) -> str:
    outlet = CAST[piece.outlet]
    whole = "" if piece.outlet in BY_PAGE else escape(body_html(outlet, piece, PIECES))
    return (
        f"<item><title>{escape(piece.title)}</title><link>{escape(url(piece))}</link><guid>{escape(url(piece))}</guid>"
        f"<description>{escape(piece.teaser)}</description><pubDate>{format_datetime(piece.at)}</pubDate>"
        f"<content:encoded>{whole}</content:encoded></item>"
    )


def _text(piece: Piece) -> str:
    return "\n".join(piece.paragraphs)


def settings() -> str:
    """A config.yaml (JSON is YAML) that follows the day's outlets."""
    told = loads((bundled() / "config.yaml").read_text("utf-8"), "config.yaml")
    kept = ("name", "owner", "country", "language", "role", "homepage")
    sources = {
        s.key: {
            **{name: getattr(s, name) for name in kept},
            "feeds": [f"http://{CAST[s.key].host}/feed"],
            "text_from": "page" if s.key in BY_PAGE else "feed",
        }
        for s in told.sources
        if s.key in CAST
    }
    http = {"user_agent": "RetoldBench/0.1 (+https://retold.example/about)", "delay_s": 0, "workers": 1}
    return json.dumps({"http": http, "sources": sources}, indent=1, default=str)


@dataclass(frozen=True)
class Web:
    """The server, as runs and benches see it."""

    process: subprocess.Popen[str]
    port: int

    @property
    def routes(self) -> Mapping[str, tuple[str, int]]:
        """Where each outlet is to be reached."""
        return {outlet.host: ("127.0.0.1", self.port) for outlet in CAST.values()}

    def show(self, hours: float | None = None) -> None:
        """Show what was published up to so many hours after the first article; None: everything."""
        assert self.process.stdin and self.process.stdout
        print("" if hours is None else hours, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "ok\n"


@contextmanager
def served() -> Iterator[Web]:
    """The day, by a process of its own: who forks runs must have no threads."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    args = [sys.executable, "-m", "bench.reliability.day"]
    with subprocess.Popen(args, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        yield Web(process, int(process.stdout.readline()))
        process.stdin.close()


def serve() -> None:
    """Serve until standard input ends."""
    now = [site(None)]
    server = NewsServer(lambda: now[0], lambda hit: None)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    print(server.server_address[1], flush=True)
    for line in sys.stdin:
        now[0] = site(float(line) if line.strip() else None)
        print("ok", flush=True)
    server.close()


# ── What runs have made of it ──


@dataclass(frozen=True)
class Outcome:
    """Everything that runs decide, by the articles' keys (their ids are given as they arrive)."""

    stories: frozenset[frozenset[str]]
    copies: frozenset[frozenset[str]]
    citations: frozenset[tuple[object, ...]]
    origins: frozenset[tuple[object, ...]]
    roles: frozenset[tuple[object, ...]]

    def differs(self, other: Outcome) -> list[str]:
        """Names of the parts that are not equal."""
        return [name for name in self.__dataclass_fields__ if getattr(self, name) != getattr(other, name)]


def outcome(path: Path) -> Outcome:
    """What the database at ``path`` says."""
    with closing(open_read(path)) as db:
        key = dict(map(tuple, db.execute("SELECT id, key FROM articles")))
        of = {r["article_id"]: (r["story_id"], r["copy_id"]) for r in db.execute("SELECT * FROM copies")}
        stories, copies = (_sets({key[i]: at[n] for i, at in of.items()}) for n in (0, 1))
        named = ({group: members for members, group in groups.items()} for groups in (stories, copies))
        return Outcome(
            frozenset(stories), frozenset(copies), _rows(db, "citations", key),
            frozenset(_origins(db, key, *named)), _rows(db, "roles", key),
        )  # fmt: skip


def _sets(of: Mapping[str, int]) -> dict[frozenset[str], int]:
    found: dict[int, set[str]] = {}
    for member, group in of.items():
        found.setdefault(group, set()).add(member)
    return {frozenset(members): group for group, members in found.items()}


def _rows(db: sqlite3.Connection, table: str, key: Mapping[int, str]) -> frozenset[tuple[object, ...]]:
    """Rows of a table whose articles go by their keys; stories, which have no name but their members, are left out."""
    ids = ("article_id", "leans_on")
    rows = db.execute(f"SELECT * FROM {table}").fetchall()
    columns = [c for c in (rows[0].keys() if rows else ()) if c != "story_id"]
    return frozenset(tuple(key.get(r[c], "") if c in ids else r[c] for c in columns) for r in rows)


def _origins(
    db: sqlite3.Connection,
    key: Mapping[int, str],
    stories: Mapping[int, frozenset[str]],
    copies: Mapping[int, frozenset[str]],
) -> Iterator[tuple[object, ...]]:
    for r in db.execute("SELECT * FROM origins"):
        at = stories[r["story_id"]], copies.get(r["copy_id"]), key.get(r["article_id"], "")
        yield (*at, r["outlet"], r["source"], r["confidence"], r["reasons"])


def broken(path: Path) -> list[str]:
    """What SQLite says is wrong with a file: pages, indexes, keys; opening it rolls back what was cut off."""
    try:
        with closing(sqlite3.connect(path)) as db:
            found = [r[0] for r in db.execute("PRAGMA integrity_check") if r[0] != "ok"]
            return [str(f) for f in found] + [
                f"foreign key: {tuple(r)}" for r in db.execute("PRAGMA foreign_key_check")
            ]
    except sqlite3.DatabaseError as error:
        return [str(error)]


def ills(path: Path) -> list[str]:
    """The same, full text search, and what one table says and another does not, of a database that a run is done
    with."""
    if found := broken(path):
        return found
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        try:
            db.execute("INSERT INTO articles_fts(articles_fts, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as error:
            return [f"full text: {error}"]
        return faults(db)


if __name__ == "__main__":
    serve()
