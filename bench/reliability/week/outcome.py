"""What became of the pieces: missed and why, twice, misdated, misread, edits, stories; and what the database weighs."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

from bench.reliability.week import printed
from bench.reliability.week.missing import LATER, NEAR, Chances, decided
from bench.reliability.week.play import Played
from bench.reliability.week.press import START, Piece
from pipeline.metrics import b_cubed


@dataclass
class Outcome:
    """The figures."""

    pieces: int = 0  # that stood in a feed while the week lasted
    found: int = 0
    missed: dict[str, int] = field(default_factory=dict)  # reason → pieces
    avoidable: int = 0
    still_to_come: int = 0  # stood in a feed or waited for its page when the week ended
    duplicated: int = 0
    unknown: int = 0
    wrongly_new: int = 0  # articles that runs called new, beyond one a piece
    dated_truly: int = 0  # found, and their feed stated the truth when it was first read
    misdated: int = 0  # of those, by more than a minute
    misread_dates: int = 0  # neither what the feed first stated nor what the page says
    believed_future: int = 0  # stories that lists show as newer than we saw any of their articles
    misread_titles: int = 0
    misread_texts: int = 0
    edits_served: int = 0
    edits_kept: int = 0
    edits_lost: int = 0  # of feeds that carry the text
    edits_false: int = 0
    repost_kept: int = 0  # re-posted, bumped, renamed: one article
    texts: dict[str, int] = field(default_factory=dict)  # page, feed, teaser → articles
    minutes_until_seen: dict[str, float] = field(default_factory=dict)  # p50, p95
    stories: dict[str, float] = field(default_factory=dict)  # B³
    moved: dict[str, int] = field(default_factory=dict)
    unsound: list[str] = field(default_factory=list)
    bytes_by_day: list[int] = field(default_factory=list)
    bytes_an_article: int = 0
    wal_most: int = 0
    shares: dict[str, int] = field(default_factory=dict)  # table or index → bytes, the ten largest
    examples: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def faults(self) -> int:
        """What should be nought."""
        return (
            self.avoidable + self.duplicated + self.unknown + self.wrongly_new + self.misdated + self.misread_dates
            + self.believed_future + self.misread_titles + self.misread_texts + self.edits_lost + self.edits_false
            + self.moved.get("wrong", 0) + len(self.unsound)
        )  # fmt: skip


class _Judge:
    def __init__(self, played: Played, db: sqlite3.Connection) -> None:
        self.played, self.world, self.db, self.found = played, played.world, db, Outcome()
        self.chances = Chances(played, db)
        self.carriers, self.asks = self.chances.carriers, self.chances.asks
        self.rows: dict[int, list[sqlite3.Row]] = defaultdict(list)
        for row in db.execute("SELECT * FROM articles ORDER BY id"):
            self.rows[self.number(row["url"])].append(row)

    def number(self, url: str) -> int:
        """Of the piece at an address, -1 for none."""
        parts = urlsplit(url)
        piece = self.world.pages.get((parts.hostname or "", parts.path))
        return piece.number if piece else -1

    def blame(self, why: str, piece: Piece, more: object = "") -> None:
        """Keep the first examples of a fault."""
        if sum(e.startswith(why) for e in self.found.examples) < 6:
            self.found.examples.append(f"{why}: {piece.kind} {piece.url} {piece.born:%a %H:%M} {more}")

    def presence(self) -> None:
        """Each piece: found once, twice, or missed and why."""
        found = self.found
        found.unknown = len(self.rows.pop(-1, ()))
        for piece in self.world.press.pieces:
            if not any(True for _ in self.chances.windows(piece)):
                continue
            found.pieces += 1
            rows = self.rows.get(piece.number, [])
            found.found += bool(rows)
            found.duplicated += max(0, len(rows) - 1)
            if len(rows) > 1:
                self.blame("duplicated", piece, [r["key"] for r in rows])
            if not rows:
                self.missed(piece)
        found.wrongly_new = sum(r.articles for r in self.played.runs) - len(self.rows)
        found.missed = dict(sorted(found.missed.items()))

    def missed(self, piece: Piece) -> None:
        """Count a piece that never came, by the best chance that we had to get it."""
        reasons = {why for window in self.chances.windows(piece) for why in self.chances.reasons(piece, *window)}
        faults, why = decided(reasons)
        if why in LATER:
            self.found.still_to_come += 1
            return
        self.found.missed[why] = self.found.missed.get(why, 0) + 1
        if faults:
            self.found.avoidable += 1
            self.blame(f"missed, {why}", piece)

    def dates(self) -> None:
        """Dates as stored, against the truth and against what was stated."""
        for piece in self.world.press.pieces:
            for row in self.rows.get(piece.number, [])[:1]:
                self.date(piece, row, self.stated(piece))

    def stated(self, piece: Piece) -> list[datetime | None]:
        """What the feeds that brought the piece stated when they first did, in that order."""
        given = [
            (a.at, feed)
            for feed in self.carriers[piece.number]
            if (a := next((a for a in self.asks[feed.number] if a.state >= 0 and piece in feed.items(a.at)), None))
        ]
        return [printed.states(piece, feed, at) for at, feed in sorted(given, key=lambda g: g[0])]

    def date(self, piece: Piece, row: sqlite3.Row, stated: list[datetime | None]) -> None:
        """One article's: as the first feed has it, or the first that has one, or the page."""
        stored = datetime.fromisoformat(row["published"]) if row["published"] else None
        truly = bool(stated) and stated[0] is not None and abs(stated[0] - piece.born) <= NEAR
        self.found.dated_truly += truly
        if truly and (stored is None or abs(stored - piece.born) > NEAR):
            self.found.misdated += 1
            self.blame("misdated", piece, (row["published"], row["text_from"]))
        said = [*stated[:1], *[s for s in stated if s][:1], *([piece.born] if piece.site.structured else [])]
        if stated and not any(s == stored or (s and stored and abs(s - stored) <= NEAR) for s in said):
            self.found.misread_dates += 1
            self.blame("misread date", piece, (row["published"], stated[0]))

    def words(self) -> None:
        """Titles and texts as stored are wordings of the piece; edits are kept, and none are made up."""
        silent = Counter(r[0] for r in self.db.execute("SELECT article_id FROM versions WHERE silent IS NOT NULL"))
        for piece in self.world.press.pieces:
            for row in self.rows.get(piece.number, [])[:1]:
                self.found.texts[row["text_from"]] = self.found.texts.get(row["text_from"], 0) + 1
                self.wording(piece, row)
                self.edits(piece, row, silent[row["id"]])

    def wording(self, piece: Piece, row: sqlite3.Row) -> None:
        """One article's title and text."""
        if row["title"] not in [w.title for w in piece.wordings]:
            self.found.misread_titles += 1
            self.blame("misread title", piece, row["title"])
        whole = [_plain("\n".join(w.paragraphs)) for w in piece.wordings]
        if row["text_from"] != "teaser" and _plain(row["text"]) not in whole:
            self.found.misread_texts += 1
            self.blame("misread text", piece, (row["text_from"], row["text"][:80]))

    def edits(self, piece: Piece, row: sqlite3.Row, kept: int) -> None:
        """One article's edits: wordings that were served against versions that were kept."""
        served = {
            piece.wordings.index(piece.at(a.at))
            for feed in self.carriers[piece.number]
            for a in self.asks[feed.number]
            if a.state >= 0 and a.status == 200 and piece in feed.items(a.at)
        } if len(piece.wordings) > 1 or kept else {0}  # fmt: skip
        expected = max(0, len(served) - 1)
        self.found.edits_served += expected
        self.found.edits_kept += min(kept, expected)
        if kept > expected:
            self.found.edits_false += kept - expected
            self.blame("edit that was none", piece, (kept, expected))
        elif kept < expected and row["text_from"] == "feed":
            self.found.edits_lost += expected - kept
            self.blame("edit lost", piece, (kept, expected))

    def rest(self) -> None:
        """Re-posts, delays, stories, feeds that moved."""
        one = [p for p in self.world.press.pieces if (p.away or p.bumped or p.renamed) and p.number in self.rows]
        self.found.repost_kept = sum(len(self.rows[p.number]) == 1 for p in one)
        ahead = self.db.execute("SELECT count(*) FROM listings WHERE newest > last_seen").fetchone()
        self.found.believed_future = ahead[0]
        self.delays()
        told = {r[0]: r[1] for r in self.db.execute("SELECT article_id, story_id FROM copies")}
        pieces = self.world.press.pieces
        pairs = [(pieces[n].event, told.get(rows[0]["id"], -rows[0]["id"])) for n, rows in self.rows.items()]
        names = ("precision", "recall", "f1")
        if pairs:
            scores = b_cubed([p[0] for p in pairs], [p[1] for p in pairs])
            self.found.stories = dict(zip(names, (round(s, 4) for s in scores), strict=True))
        self.moved()

    def delays(self) -> None:
        """From publication to the moment at which we saw it, where our clock was right."""
        wrong = self.played.clock.wrong
        waits = [
            (seen - piece.born).total_seconds() / 60
            for piece in self.world.press.pieces
            for row in self.rows.get(piece.number, [])[:1]
            if piece.born > START and not wrong.wrong(seen := datetime.fromisoformat(row["first_seen"]))
            and not wrong.wrong(seen - timedelta(days=1))
        ]  # fmt: skip
        if len(waits) > 1:
            self.found.minutes_until_seen = {
                "p50": round(median(waits), 1),
                "p95": round(quantiles(waits, n=20)[-1], 1),
            }

    def moved(self) -> None:
        """Three answers 301 in a row: the new address is written down; 302: none is."""
        stored = {r["url"]: r for r in self.db.execute("SELECT url, moved_to, moved_seen FROM feeds")}
        for feed in self.world.press.feeds:
            hops = [a.status for a in self.asks[feed.number] if a.path == feed.path and a.host == feed.site.host]
            last = hops[-1] if hops else 0
            to = stored[feed.url]["moved_to"]
            self.found.moved["noted"] = self.found.moved.get("noted", 0) + (last == 301 and to is not None)
            wrong = (last == 301) != (to is not None) and last in (200, 301, 302, 304)
            self.found.moved["wrong"] = self.found.moved.get("wrong", 0) + wrong

    def weight(self) -> None:
        """Bytes by day, an article, of the log, and of what."""
        found, runs = self.found, self.played.runs
        by_day = {(r.at - START).days: r.bytes for r in runs}
        found.bytes_by_day = [by_day[day] for day in sorted(by_day)]
        found.bytes_an_article = round(found.bytes_by_day[-1] / max(1, found.found))
        found.wal_most = self.played.wal
        try:
            rows = self.db.execute("SELECT name, sum(pgsize) AS n FROM dbstat GROUP BY 1 ORDER BY 2 DESC LIMIT 10")
            found.shares = {r["name"]: r["n"] for r in rows}
        except sqlite3.OperationalError:
            found.shares = {}  # SQLite was built without

    def sound(self) -> None:
        """Is the database whole, and every article signed and grouped?"""
        checks = {
            "integrity": "SELECT 1 FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
            "foreign keys": "SELECT 1 FROM pragma_foreign_key_check",
            "unsigned": "SELECT 1 FROM articles WHERE id NOT IN (SELECT article_id FROM signatures)",
            "ungrouped": "SELECT 1 FROM articles WHERE id NOT IN (SELECT article_id FROM copies)",
        }
        self.found.unsound = [name for name, sql in checks.items() if self.db.execute(sql).fetchone()]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def outcome(played: Played) -> Outcome:
    """What the database holds, against the truth."""
    db = sqlite3.connect(played.path)
    db.row_factory = sqlite3.Row
    try:
        judge = _Judge(played, db)
        for look in (judge.presence, judge.dates, judge.words, judge.rest, judge.weight, judge.sound):
            look()
    finally:
        db.close()
    return judge.found
