"""Remedies: what was derived is made again, by this call or by the next run; what was given is never touched."""

# ruff: noqa: S608 (put together of our own words)
from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.store import keys
from pipeline.store.connect import many, transaction
from pipeline.store.faults import lost_story_keys

Rows = Sequence[object]
_GIVEN = "(SELECT value FROM json_each(?))"


def _ids(rows: Rows) -> list[int]:
    return [int(row) for row in rows if isinstance(row, int)]


def _sign(db: sqlite3.Connection, rows: Rows) -> None:
    """Have these compared anew, with those that they share an edge with."""
    ids = _ids(rows)
    many(db, "INSERT OR IGNORE INTO ungrouped SELECT right_id FROM matches WHERE left_id IN"
             f" {_GIVEN} AND right_id IN (SELECT article_id FROM signatures)", ids)  # fmt: skip
    many(db, "INSERT OR IGNORE INTO ungrouped SELECT left_id FROM matches WHERE right_id IN"
             f" {_GIVEN} AND left_id IN (SELECT article_id FROM signatures)", ids)  # fmt: skip
    for side in ("left_id", "right_id"):
        many(db, f"DELETE FROM matches WHERE {side} IN {_GIVEN}", ids)
    many(db, f"DELETE FROM signatures WHERE article_id IN {_GIVEN}", ids)
    many(db, f"INSERT OR IGNORE INTO unsigned SELECT id FROM articles WHERE id IN {_GIVEN}", ids)


def _unsign(db: sqlite3.Connection, rows: Rows) -> None:
    many(db, f"DELETE FROM signatures WHERE article_id IN {_GIVEN}", _ids(rows))


def _sweep(db: sqlite3.Connection, _rows: Rows) -> None:
    """Drop the keys that lead nowhere and count the others."""
    lost = {r[0] for r in db.execute("SELECT DISTINCT slot FROM copy_keys WHERE slot NOT IN (SELECT slot FROM slots)")}
    lost |= set(_ids(lost_story_keys(db)))
    db.executemany("INSERT OR IGNORE INTO stale_slots VALUES (?)", [(slot,) for slot in sorted(lost)])
    keys.sweep(db)


def _levels(db: sqlite3.Connection, rows: Rows) -> None:
    db.executemany("INSERT OR IGNORE INTO copy_levels VALUES (?, 0, 0)", [(level,) for level in _ids(rows)])
    keys.sweep(db)


def _profiles(db: sqlite3.Connection, rows: Rows) -> None:
    many(db, f"DELETE FROM profiles WHERE article_id IN {_GIVEN}", _ids(rows))


def _signed(db: sqlite3.Connection, rows: Rows) -> None:
    many(db, f"DELETE FROM unsigned WHERE article_id IN {_GIVEN}", _ids(rows))


def _group(db: sqlite3.Connection, rows: Rows) -> None:
    db.executemany("INSERT OR IGNORE INTO ungrouped VALUES (?)", [(i,) for i in _ids(rows)])


def _strip(db: sqlite3.Connection, rows: Rows) -> None:
    """What has its text is not pruned: it is compared and read again. The others lose what was made of texts."""
    texts = f"SELECT id FROM articles WHERE text <> '' AND id IN {_GIVEN}"
    whole = [r[0] for r in many(db, texts, _ids(rows))]
    many(db, f"DELETE FROM pruned WHERE article_id IN {_GIVEN}", whole)
    for queue, condition in (("unsigned", "NOT IN (SELECT article_id FROM signatures)"), ("uncited", "IS NOT NULL")):
        many(db, f"INSERT OR IGNORE INTO {queue} SELECT value FROM json_each(?) WHERE value {condition}", whole)
    _group(db, [r[0] for r in many(db, f"SELECT article_id FROM signatures WHERE article_id IN {_GIVEN}", whole)])
    textless = [i for i in _ids(rows) if i not in set(whole)]
    for table in ("signatures", "unsigned"):
        many(db, f"DELETE FROM {table} WHERE article_id IN {_GIVEN}", textless)


def _edges(db: sqlite3.Connection, rows: Rows) -> None:
    """Edges come again when their articles are compared."""
    unsigned = "NOT IN (SELECT article_id FROM signatures)"
    lost = f"FROM matches WHERE left_id IN {_GIVEN} AND (left_id {unsigned} OR right_id {unsigned})"
    for side in ("left_id", "right_id"):
        many(db, f"INSERT OR IGNORE INTO ungrouped SELECT {side} {lost} AND {side} NOT IN"
                 " (SELECT article_id FROM unsigned)", _ids(rows))  # fmt: skip
    many(db, f"DELETE {lost}", _ids(rows))


def _empty(db: sqlite3.Connection, rows: Rows) -> None:
    many(db, f"DELETE FROM stories WHERE id IN {_GIVEN}", _ids(rows))


def _aliases(db: sqlite3.Connection, rows: Rows) -> None:
    """A number that is a story leads nowhere else; one that leads to an alias leads to where that leads, in turns, as a
    circle would have no end; what leads nowhere is dropped."""
    db.execute("DELETE FROM aliases WHERE id IN (SELECT id FROM stories)")
    for _ in range(len(rows)):
        db.execute(
            "UPDATE aliases SET story_id = b.story_id FROM aliases b WHERE b.id = aliases.story_id"
            " AND b.story_id <> aliases.id"
        )
    db.execute(
        "DELETE FROM aliases WHERE story_id IN (SELECT id FROM aliases) OR story_id NOT IN (SELECT id FROM stories)"
    )


def _copies(db: sqlite3.Connection, rows: Rows) -> None:
    """Group these anew; of what is pruned, the smallest gives the group its name."""
    of = f"FROM copies WHERE copy_id IN {_GIVEN}"
    many(db, f"INSERT OR IGNORE INTO ungrouped SELECT article_id {of} AND article_id IN"
             " (SELECT article_id FROM signatures)", _ids(rows))  # fmt: skip
    gone = [r[0] for r in many(db, f"SELECT DISTINCT copy_id {of} AND article_id IN (SELECT article_id FROM pruned)",
                               _ids(rows))]  # fmt: skip
    for copy in gone:
        first = db.execute("SELECT min(article_id) FROM copies WHERE copy_id = ?", [copy]).fetchone()[0]
        db.execute("UPDATE OR REPLACE origins SET copy_id = ? WHERE copy_id = ?", (first, copy))
        db.execute("UPDATE copies SET copy_id = ? WHERE copy_id = ?", (first, copy))


def _trace(db: sqlite3.Connection, rows: Rows) -> None:
    known = "IN (SELECT id FROM stories)"
    many(db, f"INSERT OR IGNORE INTO untraced SELECT value FROM json_each(?) WHERE value {known}", _ids(rows))
    many(db, "INSERT OR IGNORE INTO untraced SELECT c.story_id FROM roles r JOIN copies c"
             f" ON c.article_id = r.article_id WHERE r.story_id IN {_GIVEN}", _ids(rows))  # fmt: skip
    many(db, f"DELETE FROM roles WHERE story_id IN {_GIVEN} AND article_id NOT IN (SELECT article_id FROM copies)",
         _ids(rows))  # fmt: skip


def _list(db: sqlite3.Connection, rows: Rows) -> None:
    db.executemany("INSERT OR IGNORE INTO unlisted VALUES (?)", [(i,) for i in _ids(rows)])


def _tallies(db: sqlite3.Connection, _rows: Rows) -> None:
    db.execute("DELETE FROM tallies")
    db.execute("INSERT INTO tallies SELECT 'entries', feed_url, count(*) FROM entries GROUP BY feed_url")
    db.execute("INSERT INTO tallies SELECT 'articles', source, count(*) FROM articles GROUP BY source")


def _days(db: sqlite3.Connection, _rows: Rows) -> None:
    """Count all days anew."""
    for table in ("outlet_days", "leaning_days", "outlet_sums", "leaning_sums"):
        db.execute(f"DELETE FROM {table}")
    db.execute("INSERT OR IGNORE INTO stale_days SELECT DISTINCT unixepoch(newest) / 86400 FROM listings")


REMEDIES: dict[str, Callable[[sqlite3.Connection, Rows], None]] = {
    "sign": _sign, "unsign": _unsign, "sweep": _sweep, "levels": _levels, "profiles": _profiles, "signed": _signed,
    "group": _group, "strip": _strip, "edges": _edges, "empty": _empty, "aliases": _aliases, "copies": _copies,
    "trace": _trace, "list": _list, "tallies": _tallies, "days": _days,
}  # fmt: skip


def mend(db: sqlite3.Connection, remedy: str, rows: Rows) -> None:
    """Apply a remedy to what a fault has named, in one transaction."""
    with transaction(db):
        REMEDIES[remedy](db, rows)


# -- rows whose other half is gone


def orphans(db: sqlite3.Connection) -> dict[tuple[str, str, str], int]:
    """(table, column, table it refers to) → rows that refer to nothing."""
    found: dict[tuple[str, str, str], int] = {}
    for table, column, parent, key in references(db):
        sql = f'SELECT count(*) FROM "{table}" WHERE {_astray(column, parent, key)}'
        if n := db.execute(sql).fetchone()[0]:
            found[table, column, parent] = n
    return found


def references(db: sqlite3.Connection) -> list[tuple[str, str, str, str]]:
    """(table, column, parent, its column) of each reference that the schema makes."""
    sql = (
        'SELECT t.name, f."from", f."table", coalesce(f."to", \'id\') FROM pragma_table_list t'
        " JOIN pragma_foreign_key_list(t.name) f WHERE t.schema = 'main' AND t.type = 'table' ORDER BY 1, 2"
    )
    return [tuple(r) for r in db.execute(sql)]


def _astray(column: str, parent: str, key: str) -> str:
    return f'"{column}" IS NOT NULL AND "{column}" NOT IN (SELECT "{key}" FROM "{parent}")'


# What is put in the place of a parent that is gone, as its children cannot be made again.
_PARENTS: dict[str, str] = {
    "sources": "INSERT INTO sources SELECT DISTINCT {column}, {column}, '', '', 'en', 'publisher', NULL, 0 FROM {table}"
    " WHERE {astray}",
    "feeds": "INSERT INTO feeds (url, source, kind, followed) SELECT {column}, min(source), 'feed', 0 FROM {table}"
    " WHERE {astray} GROUP BY 1",
    "runs": "INSERT INTO runs (id, started, state, recipe) SELECT DISTINCT {column}, '1970-01-01T00:00:00Z',"
    " 'interrupted', '' FROM {table} WHERE {astray}",
}
_LOOSE = {("entries", "article_id"), ("origins", "article_id"), ("roles", "leans_on"), ("relays", "leans_on"),
          ("corrections", "superseded_by")}  # fmt: skip


def adopt(db: sqlite3.Connection) -> None:
    """Mend all :func:`orphans`: what was derived of something that is gone goes, what was given gets a parent."""
    with transaction(db):
        db.execute("PRAGMA defer_foreign_keys = ON")
        for _ in range(3):  # a parent that is made may want one itself
            for table, column, parent, key in references(db):
                names: dict[str, Any] = {"table": table, "column": column, "astray": _astray(column, parent, key)}
                if parent in _PARENTS and table != "matches":
                    db.execute(_PARENTS[parent].format(**names))
                elif (table, column) in _LOOSE or (table == "matches" and column == "run_id"):
                    db.execute("UPDATE {table} SET {column} = NULL WHERE {astray}".format(**names))
                else:
                    _drop(db, names)


def _drop(db: sqlite3.Connection, names: dict[str, Any]) -> None:
    if names["table"] in ("copies", "matches"):
        columns = ("article_id",) if names["table"] == "copies" else ("left_id", "right_id")
        for column in columns:
            db.execute(
                f"INSERT OR IGNORE INTO ungrouped SELECT {column} FROM {{table}} WHERE {{astray}} AND {column} IN"
                " (SELECT article_id FROM signatures)".format(**names)
            )
    db.execute("DELETE FROM {table} WHERE {astray}".format(**names))


def sound_index(db: sqlite3.Connection) -> bool:
    """Does the full-text index say what the articles do?"""
    try:
        db.execute("INSERT INTO articles_fts(articles_fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        return False
    return True


def index_anew(db: sqlite3.Connection) -> None:
    """Make the full-text index again."""
    with transaction(db):
        db.execute("INSERT INTO articles_fts(articles_fts) VALUES ('rebuild')")
