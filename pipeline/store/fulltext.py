"""Full-text search: what people type, as an FTS5 query, and the articles that it finds."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.model import StoreError
from pipeline.store.rows import Row, rows

_TERM = re.compile(r'(?P<no>-*)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))(?P<star>\*?)')
RANKED = 2_000  # articles found up to which the best come first; of more than that, the newest
SIFTED = 100  # articles that are read at a time where only some are wanted
MARKS = ("[", "]")
_ON, _OFF = "\ue000", "\ue001"  # around what was found, before it gets the marks that the caller wants
WINDOW = 12  # words of a snippet
LONGEST = 60_000  # characters; of a longer text the beginning is shown, as FTS5's time grows with the square of hits
SCORED = 200  # places in a text among which the best is looked for


def fts_query(words: str) -> str:
    """What people type → an FTS5 query, or "" where nothing is asked for.

    Words, all of them wanted; ``"quoted words"`` next to each other; ``word*`` a beginning; ``-word`` or
    ``NOT word`` unwanted; ``OR`` between two such searches, each of which wants something. Every term is quoted,
    hence never an operator; the parentheses make FTS5's precedence ours.
    """
    parts: list[tuple[list[str], list[str]]] = [([], [])]
    unwanted = False
    for m in _TERM.finditer(words.replace("\0", " ")):
        if m[0] == "OR":
            parts.append(([], []))
        text = m["phrase"] if m["word"] is None else m["word"]
        if m[0] not in ("AND", "OR", "NOT") and any(c.isalnum() for c in text):
            star = "*" if text.endswith("*") or m["star"] else ""
            _once(parts[-1][bool(m["no"]) or unwanted], f'"{text}"{star}')
        unwanted = m[0] == "NOT"
    asked = [p for p in parts if any(p)]
    if not all(wanted for wanted, _ in asked):
        return ""
    return " OR ".join(_all_but(*p) for p in asked)


def _once(terms: list[str], term: str) -> None:
    """A word said twice asks for nothing more, and costs FTS5 each time."""
    if term not in terms:
        terms.append(term)


def _all_but(wanted: list[str], unwanted: list[str]) -> str:
    without = f" NOT ({' OR '.join(unwanted)})" if unwanted else ""
    return f"(({' AND '.join(wanted)}){without})"


def search(
    db: sqlite3.Connection, words: str, *, limit: int = 20, offset: int = 0, marks: tuple[str, str] = MARKS
) -> list[Row]:
    """Articles that :func:`fts_query` of these words finds, with their story and a snippet in which ``marks`` stand
    around what was found: best first (BM25), or the newest to come in first where there are more than :data:`RANKED`
    (``ranked`` is 0)."""
    query = fts_query(words)
    if not query:
        return []
    ranked = len(newest_found(db, query, RANKED + 1)) <= RANKED
    picked = _ordered(db, query, ranked, limit, offset)
    return [{k: v for k, v in row.items() if k != "marked"} for row in _hits(db, query, picked, marks, ranked)]


@dataclass(frozen=True)
class Found:
    """A page of what a search finds. ``ranked``: the best come first; else there were more than :data:`RANKED`, and
    these are of the newest of them. ``more``: others follow. ``total``: how many pass, None where that was not counted.
    """

    hits: Sequence[Row]
    ranked: bool = True
    more: bool = False
    total: int | None = 0


def find(
    db: sqlite3.Connection, words: str, *, lang: str = "", source: str = "", since: str = "", until: str = "",
    limit: int = 20, offset: int = 0, marks: tuple[str, str] = MARKS,
) -> Found:  # fmt: skip
    """As :func:`search`, of articles in ``lang`` and of ``source`` alone that appeared from ``since`` on and before
    ``until`` (stamps); each hit also has ``marked``, its title with the marks. Looks at :data:`RANKED` articles at the
    most."""
    query = fts_query(words)
    if not query:
        return Found([])
    ranked = len(newest_found(db, query, RANKED + 1)) <= RANKED
    ids = _ordered(db, query, ranked, RANKED, 0)
    if source:
        own = _of_source(db, ids, source)
        ids = [i for i in ids if i in own]
    sifted = bool(lang or since or until)
    if sifted:
        ids = _sifted(db, ids, lang, since, until, offset + limit + 1)
    hits = _hits(db, query, ids[offset : offset + limit], marks, ranked)
    whole = not sifted or len(ids) <= offset + limit
    return Found(hits, ranked, len(ids) > offset + limit, len(ids) if whole else None)


def _ordered(db: sqlite3.Connection, query: str, ranked: bool, limit: int, offset: int) -> list[int]:
    order = "bm25(articles_fts, 4.0, 1.0), rowid" if ranked else "rowid DESC"
    sql = f"SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
    return _in_time(db, sql, (query, limit, offset))


def _in_time(db: sqlite3.Connection, sql: str, given: Sequence[object]) -> list[int]:
    """The first column; raises StoreError where the time that the connection has for a query (if any) is over."""
    try:
        return [r[0] for r in db.execute(sql, given)]
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise StoreError("such a search takes too long; longer words, or fewer of them, are faster") from error


def _of_source(db: sqlite3.Connection, ids: Sequence[int], source: str) -> set[int]:
    sql = (
        "SELECT a.id FROM json_each(?) j CROSS JOIN articles a INDEXED BY articles_source"
        " ON a.source = ? AND a.id = j.value"
    )
    return {r["id"] for r in db.execute(sql, (json.dumps(list(ids)), source))}


def _sifted(db: sqlite3.Connection, ids: Sequence[int], lang: str, since: str, until: str, most: int) -> list[int]:
    """The first ``most`` of ``ids`` that pass, in their order: rows of articles are long, and are read a few at a time
    until there are enough."""
    sql = (
        "SELECT id FROM (SELECT id, lang, min(coalesce(published, first_seen), first_seen) AS appeared FROM articles"
        " WHERE id IN (SELECT value FROM json_each(:ids))) WHERE :lang IN ('', lang) AND appeared >= :since"
        " AND (:until = '' OR appeared < :until)"
    )
    found: list[int] = []
    for at in range(0, len(ids), SIFTED):
        few = ids[at : at + SIFTED]
        given = {"ids": json.dumps(list(few)), "lang": lang, "since": since, "until": until}
        passed = {r["id"] for r in db.execute(sql, given)}
        found += [i for i in few if i in passed]
        if len(found) >= most:
            break
    return found[:most]


def _hits(db: sqlite3.Connection, query: str, ids: Sequence[int], marks: tuple[str, str], ranked: bool) -> list[Row]:
    """The rows of these articles, in this order; the index is asked once, as a beginning (`a*`) costs it each time."""
    if not ids:
        return []
    sql = (
        "SELECT a.id AS article_id, c.story_id, s.name AS outlet, a.source, a.lang, a.title, a.url,"
        " a.published, a.first_seen, CASE WHEN length(a.text) <= :longest"
        " THEN highlight(articles_fts, 1, :begin, :end) ELSE substr(a.text, 1, 400) END AS snippet, :ranked AS ranked,"
        " highlight(articles_fts, 0, :on, :off) AS marked FROM articles_fts CROSS JOIN articles a"
        " ON a.id = articles_fts.rowid JOIN sources s ON s.key = a.source LEFT JOIN copies c ON c.article_id = a.id"
        " WHERE articles_fts MATCH :query AND articles_fts.rowid BETWEEN :low AND :high"
        " AND +articles_fts.rowid IN (SELECT value FROM json_each(:ids))"
    )
    given = {"query": query, "on": marks[0], "off": marks[1], "ranked": int(ranked), "ids": json.dumps(list(ids)),
             "begin": _ON, "end": _OFF, "longest": LONGEST, "low": min(ids), "high": max(ids)}  # fmt: skip
    found = {r["article_id"]: {**r, "snippet": snippet(r["snippet"], marks)} for r in rows(db.execute(sql, given))}
    return [found[i] for i in ids]


def snippet(text: str, marks: tuple[str, str] = MARKS) -> str:
    """The :data:`WINDOW` words of ``text`` that hold most of what was found, which stands between private marks; with
    ``marks`` instead of these. FTS5's own snippet() takes minutes where the words stand there thousands of times, and
    cannot be interrupted meanwhile."""
    words = text.split()
    places = [n for n, word in enumerate(words) if _ON in word][:SCORED]
    told = [{words[p].casefold() for p in places if at <= p < at + WINDOW} for at in places]
    best = max(range(len(places)), key=lambda n: len(told[n]), default=None)
    begin = 0 if best is None else _begin(places, best, len(words))
    shown = " ".join(words[begin : begin + WINDOW])
    shown = f"{_ON * _inside(shown[::-1], _ON, _OFF)}{shown}{_OFF * _inside(shown, _OFF, _ON)}"
    before, after = " … " if begin else "", " … " if begin + WINDOW < len(words) else ""
    return f"{before}{shown}{after}".replace(_ON, marks[0]).replace(_OFF, marks[1])


def _inside(text: str, closing: str, opening: str) -> bool:
    """Does a phrase go on beyond the end?"""
    return text.rfind(closing) < text.rfind(opening)


def _begin(places: Sequence[int], best: int, words: int) -> int:
    """Where a window begins that has what follows the best place in its middle."""
    last = max(p for p in places if p < places[best] + WINDOW)
    spare = WINDOW - (last - places[best] + 1)
    return max(0, min(places[best] - spare // 2, words - WINDOW))


def newest_found(db: sqlite3.Connection, query: str, most: int) -> list[int]:
    """The newest articles that an FTS5 query finds, by id downwards, ``most`` at the most.

    Raises StoreError where it takes too long.
    """
    sql = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? ORDER BY rowid DESC LIMIT ?"
    return _in_time(db, sql, (query, most))
