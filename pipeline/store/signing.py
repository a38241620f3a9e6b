"""Write what makes articles comparable: paragraphs, signatures and matches (their keys: store/keys.py)."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pipeline.blocking import Kept, Signed, window_days
from pipeline.model import Article, Match, TextFrom
from pipeline.signatures import Recipe
from pipeline.store import keys
from pipeline.store.connect import many, moment, present, transaction


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
    _unsign(db, source, flipped)


def add_paragraphs(
    db: sqlite3.Connection, fresh: Iterable[tuple[int, str, Collection[int], int]], min_articles: int
) -> None:
    """:func:`replace_paragraphs` for many articles that have none yet, each (id, source, hashes, title hash)."""
    by_source: dict[str, list[tuple[str, int, int, int]]] = defaultdict(list)
    for article_id, source, hashes, title_hash in fresh:
        by_source[source] += [(source, h, article_id, title_hash) for h in set(hashes)]
    for source, rows in by_source.items():
        before = _headlines(db, source, {h for _, h, _, _ in rows})
        db.executemany("INSERT INTO paragraphs (source, hash, article_id, title_hash) VALUES (?,?,?,?)", sorted(rows))
        rare = {h for h, n in before.items() if n < min_articles}  # others are boilerplate already, or new
        became = [h for h, n in _headlines(db, source, rare).items() if n >= min_articles] if rare else []
        _unsign(db, source, became)


def _unsign(db: sqlite3.Connection, source: str, hashes: Collection[int]) -> None:
    """Unsign whoever has one of these paragraphs."""
    if not hashes:
        return
    rows = db.execute(
        "SELECT DISTINCT article_id FROM paragraphs WHERE source=? AND hash IN (SELECT value FROM json_each(?))",
        (source, json.dumps(sorted(hashes))),
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
    if db.execute("SELECT 1 FROM signed_by WHERE recipe = ?", [recipe]).fetchone():
        return 0
    stale = count_outdated(db, recipe)
    drop_signed(db, recipe)
    return stale


def drop_signed(db: sqlite3.Connection, recipe: str) -> None:
    """Drop all that was made to compare articles, for ``recipe`` to make it."""
    with transaction(db):
        if db.execute("SELECT 1 FROM pruned LIMIT 1").fetchone():  # their edges cannot be made again
            db.execute("DELETE FROM matches WHERE left_id NOT IN (SELECT article_id FROM pruned)")
        else:
            db.execute("DELETE FROM matches")
        db.execute("DELETE FROM signatures")
        keys.drop(db)
        db.execute("INSERT OR IGNORE INTO ungrouped SELECT article_id FROM copies")
        db.execute("INSERT INTO signed_by VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET recipe = ?1", [recipe])


def forget(db: sqlite3.Connection, article_id: int) -> None:
    """Unsign one article: its signature and matches go; its neighbours are to be grouped again."""
    if db.execute("SELECT 1 FROM signatures WHERE article_id=?", [article_id]).fetchone() is None:
        return
    db.execute(
        "INSERT OR IGNORE INTO ungrouped SELECT right_id FROM matches WHERE left_id=?1"
        " UNION SELECT left_id FROM matches WHERE right_id=?1"
        " UNION SELECT article_id FROM copies WHERE story_id = (SELECT story_id FROM copies WHERE article_id=?1)",
        [article_id],
    )
    db.execute("DELETE FROM matches WHERE left_id=?1 OR right_id=?1", [article_id])
    db.execute("DELETE FROM signatures WHERE article_id=?", [article_id])


def unsigned(db: sqlite3.Connection, limit: int, after: int = 0) -> list[Article]:
    """Up to ``limit`` articles of larger ids than ``after`` that have no signature, by id."""
    rows = db.execute(
        "SELECT a.* FROM (SELECT article_id FROM unsigned WHERE article_id > ? ORDER BY article_id LIMIT ?) u"
        " JOIN articles a ON a.id = u.article_id ORDER BY a.id",
        (after, limit),
    )
    return [article(r) for r in rows]


def count_unsigned(db: sqlite3.Connection) -> int:
    """How many articles have no signature."""
    return int(db.execute("SELECT count(*) FROM unsigned").fetchone()[0])


def count_outdated(db: sqlite3.Connection, recipe: str) -> int:
    """How many articles were signed by another recipe."""
    if db.execute("SELECT 1 FROM signed_by WHERE recipe = ?", [recipe]).fetchone():
        return 0
    return int(db.execute("SELECT count(*) FROM slots").fetchone()[0])


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


def record_signed(
    db: sqlite3.Connection,
    run_id: int,
    ready: Sequence[Kept],
    matches: Sequence[Match],
    recipe: Recipe,
    fresh: Sequence[Signed] = (),
) -> None:
    """Signatures, keys and matches of a batch, and what is to be grouped, all in one transaction, without articles that
    are gone meanwhile; the profiles of ``fresh`` ones are kept for those who come next."""
    with transaction(db):
        here = present(db, {s.article_id for s in ready} | {i for m in matches for i in (m.pair.left, m.pair.right)})
        ready = [s for s in ready if s.article_id in here]
        fresh = [s for s in fresh if s.id in here]
        matches = [m for m in matches if m.pair.left in here and m.pair.right in here]
        db.executemany(
            "INSERT INTO signatures (article_id, vals, shingles, removed, gist) VALUES (?,?,?,?,?)",
            [(s.article_id, s.values, s.shingles, json.dumps(s.removed, ensure_ascii=False), s.gist) for s in ready],
        )
        keys.add(db, ready, recipe)
        _keep_profiles(db, fresh, recipe)
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
        touched = {s.article_id for s in ready} | {i for m in matches for i in (m.pair.left, m.pair.right)}
        db.executemany("INSERT OR IGNORE INTO ungrouped VALUES (?)", [(i,) for i in sorted(touched)])


def _keep_profiles(db: sqlite3.Connection, fresh: Sequence[Signed], recipe: Recipe) -> None:
    """Keep the profiles of the last days: whom new articles meet within the window. A cache (store/profiles.py)."""
    (newest,) = db.execute("SELECT max(day) FROM slots").fetchone()
    if newest is None:  # nothing is signed
        return
    first = newest - window_days(recipe) - 1
    db.execute("DELETE FROM profiles WHERE day < ?", [first])
    made = ((s.id, s.keys.day, s.outline, s.packed) for s in fresh if s.keys.day >= first)
    db.executemany("INSERT INTO profiles (article_id, day, outline, data) VALUES (?,?,?,?)", made)
