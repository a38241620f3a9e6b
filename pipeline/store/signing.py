"""Write what makes articles comparable: paragraphs, signatures, bands and matches."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pipeline.blocking import Signed, proposed
from pipeline.model import Article, Match, Pair, TextFrom
from pipeline.signatures import Recipe
from pipeline.store.connect import moment, transaction

KEEP_GISTS = 20_000  # some 700 bytes each


def many(db: sqlite3.Connection, sql: str, ids: Collection[int], *more: object) -> list[sqlite3.Row]:
    """Rows of ``sql``, whose first parameter is a JSON list that stands where IN wants one."""
    return db.execute(sql, [json.dumps(sorted(ids)), *more]).fetchall()


def article(row: sqlite3.Row) -> Article:
    """The noun of an ``articles`` row."""
    return Article(
        id=row["id"], source=row["source"], url=row["url"], key=row["key"], title=row["title"],
        text=row["text"], lang=row["lang"], published=moment(row["published"]), updated=moment(row["updated"]),
        first_seen=moment(row["first_seen"]), author=row["author"], agencies=tuple(json.loads(row["agencies"])),
        credit=row["credit"], dateline=row["dateline"],
        paywalled=None if row["paywalled"] is None else bool(row["paywalled"]),
        text_from=TextFrom(row["text_from"]), canonical_claim=row["canonical_claim"],
        content_hash=row["content_hash"], version=row["version"],
    )  # fmt: skip


# -- boilerplate


def _headlines(db: sqlite3.Connection, source: str, hashes: Collection[int]) -> dict[int, int]:
    """Paragraph hash → under how many headlines of ``source`` it stands."""
    rows = db.execute(
        "SELECT hash, count(DISTINCT title_hash) AS n FROM paragraphs WHERE source=? AND hash IN"
        " (SELECT value FROM json_each(?)) GROUP BY hash",
        (source, json.dumps(sorted(hashes))),
    )
    return {r["hash"]: r["n"] for r in rows}


def replace_paragraphs(
    db: sqlite3.Connection,
    article_id: int,
    source: str,
    hashes: Sequence[int],
    title_hash: int,
    min_articles: int,
) -> None:
    """Set an article's paragraphs; whoever shares one that just became (or stopped being) boilerplate is
    unsigned. So what is boilerplate is a function of the stored articles, not of their order."""
    old = {r["hash"] for r in db.execute("SELECT hash FROM paragraphs WHERE article_id=?", [article_id])}
    touched = old | set(hashes)
    before = _headlines(db, source, touched)
    db.execute("DELETE FROM paragraphs WHERE article_id=?", [article_id])
    db.executemany(
        "INSERT INTO paragraphs (source, hash, article_id, title_hash) VALUES (?,?,?,?)",
        [(source, h, article_id, title_hash) for h in sorted(set(hashes))],
    )
    after = _headlines(db, source, touched)
    flipped = [h for h in touched if (before.get(h, 0) >= min_articles) != (after.get(h, 0) >= min_articles)]
    if flipped:
        rows = db.execute(
            "SELECT DISTINCT article_id FROM paragraphs WHERE source=? AND hash IN (SELECT value FROM json_each(?))",
            (source, json.dumps(sorted(flipped))),
        ).fetchall()
        for row in rows:
            forget(db, row["article_id"])


def boilerplate(db: sqlite3.Connection, articles: Iterable[Article], min_articles: int) -> dict[str, set[int]]:
    """Source → hashes of those paragraphs of ``articles`` that are its boilerplate."""
    by_source: dict[str, list[int]] = defaultdict(list)
    for a in articles:
        by_source[a.source].append(a.id)
    found: dict[str, set[int]] = {}
    for source, ids in by_source.items():
        rows = many(
            db,
            "SELECT DISTINCT hash FROM paragraphs WHERE article_id IN (SELECT value FROM json_each(?))",
            ids,
        )
        counts = _headlines(db, source, [r["hash"] for r in rows])
        found[source] = {h for h, n in counts.items() if n >= min_articles}
    return found


# -- signing


def reset_recipe(db: sqlite3.Connection, recipe: str) -> int:
    """Drop whatever another recipe made, for unequal recipes are never compared; how many articles that was."""
    with transaction(db):
        stale = db.execute("SELECT count(*) FROM signatures WHERE recipe <> ?", [recipe]).fetchone()[0]
        if stale:
            db.execute("DELETE FROM bands")
            db.execute("DELETE FROM matches")
            db.execute("DELETE FROM gists")
            db.execute("DELETE FROM signatures")
            db.execute("INSERT OR IGNORE INTO ungrouped SELECT article_id FROM copies")
    return int(stale)


def forget(db: sqlite3.Connection, article_id: int) -> None:
    """Unsign one article: its signature, bands and matches go; its neighbours are to be grouped again."""
    row = db.execute("SELECT keys, day FROM signatures WHERE article_id=?", [article_id]).fetchone()
    if row is None:
        return
    keys = array("q", row["keys"])
    db.executemany(
        "DELETE FROM bands WHERE key=? AND day=? AND article_id=?",
        [(k, row["day"], article_id) for k in keys],
    )
    db.execute(
        "INSERT OR IGNORE INTO ungrouped SELECT right_id FROM matches WHERE left_id=?1"
        " UNION SELECT left_id FROM matches WHERE right_id=?1"
        " UNION SELECT article_id FROM copies WHERE story_id = (SELECT story_id FROM copies WHERE article_id=?1)",
        [article_id],
    )
    db.execute("DELETE FROM matches WHERE left_id=?1 OR right_id=?1", [article_id])
    db.execute("DELETE FROM gists WHERE article_id=?", [article_id])
    db.execute("DELETE FROM signatures WHERE article_id=?", [article_id])


def unsigned(db: sqlite3.Connection, limit: int) -> list[Article]:
    """Up to ``limit`` articles that have no signature, by id."""
    rows = db.execute(
        "SELECT * FROM articles WHERE NOT EXISTS (SELECT 1 FROM signatures s WHERE s.article_id = articles.id)"
        " ORDER BY id LIMIT ?",
        [limit],
    )
    return [article(r) for r in rows]


def count_unsigned(db: sqlite3.Connection) -> int:
    """How many articles have no signature."""
    return int(db.execute("SELECT (SELECT count(*) FROM articles) - (SELECT count(*) FROM signatures)").fetchone()[0])


def count_outdated(db: sqlite3.Connection, recipe: str) -> int:
    """How many articles were signed by another recipe."""
    return int(db.execute("SELECT count(*) FROM signatures WHERE recipe <> ?", [recipe]).fetchone()[0])


class StoredIndex:
    """The signed articles of the database by their bucket keys: a :class:`pipeline.blocking.Index`.

    Good while nothing else signs; gists once read are kept, the oldest forgotten first.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._gists: OrderedDict[int, bytes] = OrderedDict()

    def holders(self, keys: Collection[int]) -> Iterable[int]:
        """Ids of the articles that have any of ``keys``, once for each that they have."""
        sql = "SELECT article_id FROM bands WHERE key IN (SELECT value FROM json_each(?))"
        return (r[0] for r in many(self._db, sql, keys))

    def holders_within(self, keys: Collection[int], first_day: int, last_day: int) -> Iterable[int]:
        """Those of them whose day lies in the range, ends included."""
        sql = "SELECT article_id FROM bands WHERE key IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ?"
        return (r[0] for r in many(self._db, sql, keys, first_day, last_day))

    def print_counts(self, ids: Collection[int]) -> dict[int, int]:
        """Id → how many fingerprints the article has."""
        sql = "SELECT article_id, sentences FROM signatures WHERE article_id IN (SELECT value FROM json_each(?))"
        return dict(tuple(r) for r in many(self._db, sql, ids))

    def gists(self, ids: Collection[int]) -> dict[int, bytes]:
        """Id → the article's gist."""
        sql = "SELECT article_id, gist FROM gists WHERE article_id IN (SELECT value FROM json_each(?))"
        self._gists.update(tuple(r) for r in many(self._db, sql, ids - self._gists.keys()))
        found = {i: self._gists[i] for i in sorted(ids)}
        while len(self._gists) > KEEP_GISTS:
            self._gists.popitem(last=False)
        return found


def candidates(db: sqlite3.Connection, articles: Iterable[Signed], recipe: Recipe) -> set[Pair]:
    """Pairs of these articles with stored ones that are to be judged."""
    index = StoredIndex(db)
    return {Pair(*sorted((a.profile.id, other))) for a in articles for other in proposed(a, index, recipe)}


@dataclass(frozen=True, slots=True)
class Stored:
    """A signed article as it is compared: with the paragraphs that its profile leaves out."""

    article: Article
    removed: tuple[str, ...]


def signed_articles(db: sqlite3.Connection, ids: Collection[int]) -> list[Stored]:
    """The signed articles among ``ids``, for making their profiles."""
    rows = many(
        db,
        "SELECT a.*, s.removed FROM articles a JOIN signatures s ON s.article_id = a.id"
        " WHERE a.id IN (SELECT value FROM json_each(?))",
        ids,
    )
    return [Stored(article(r), tuple(json.loads(r["removed"]))) for r in rows]


def record_signed(db: sqlite3.Connection, run_id: int, ready: Sequence[Signed], matches: Sequence[Match]) -> None:
    """Signatures, bands and matches of a batch, and what is to be grouped, all in one transaction."""
    with transaction(db):
        for s in ready:
            keys = array("q", s.keys.all)
            db.execute(
                "INSERT INTO signatures (article_id, recipe, vals, shingles, day, keys, sentences, removed)"
                " VALUES (?,?,?,?,?,?,?,?)",
                (
                    s.profile.id, s.signature.recipe, s.signature.values, s.signature.shingles, s.keys.day,
                    keys.tobytes(), len(s.keys.prints), json.dumps(s.removed, ensure_ascii=False),
                ),
            )  # fmt: skip
            db.execute("INSERT INTO gists (article_id, gist) VALUES (?,?)", (s.profile.id, s.gist))
        rows = sorted((k, s.keys.day, s.profile.id) for s in ready for k in s.keys.all)
        db.executemany("INSERT INTO bands (key, day, article_id) VALUES (?,?,?)", rows)
        db.executemany(
            "INSERT INTO matches (left_id, right_id, verdict, probability, scores, reasons, recipe, run_id)"
            " VALUES (?,?,?,?,?,?,?,?)",
            [
                (
                    m.pair.left, m.pair.right, str(m.verdict), m.probability, json.dumps(m.scores),
                    json.dumps(m.reasons, ensure_ascii=False), m.recipe, run_id,
                )
                for m in matches
            ],
        )  # fmt: skip
        touched = {s.profile.id for s in ready} | {i for m in matches for i in (m.pair.left, m.pair.right)}
        db.executemany("INSERT OR IGNORE INTO ungrouped VALUES (?)", [(i,) for i in sorted(touched)])
