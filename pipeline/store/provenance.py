"""Which articles are to be read for their citations and which stories to be traced; the citations, as they were read.

What comes of tracing is written by ``origins``.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from pipeline import urls
from pipeline.model import Article, Citation, Cited, Link, Place
from pipeline.provenance.citing import Via, believed, recipe
from pipeline.provenance.members import Member
from pipeline.provenance.outlets import Outlets, outlets
from pipeline.store import marks
from pipeline.store.connect import many, moment, transaction
from pipeline.store.homes import own_sites
from pipeline.store.links import links_of
from pipeline.store.signing import article

_FIELDS = (
    "kind", "outlet", "source", "media", "earlier", "via", "place", "start", "stop", "quote", "url", "confidence",
)  # fmt: skip
HEAD, TAIL = 400, 300  # characters of a text's ends: where it says that it is a translation


@dataclass(frozen=True, slots=True)
class FollowedSource:
    """A source as the table of outlets wants it."""

    key: str
    name: str
    owner: str
    homepage: str | None


class ToRead(NamedTuple):
    """An article whose citations are to be read, with what its feeds say of it."""

    article: Article
    via: tuple[Via, ...]


def table(db: sqlite3.Connection) -> Outlets:
    """The table of outlets with the sources and families of this database, and the hosts of the sources' articles."""
    known = names(db)
    return known.with_sites(own_sites(db, known))


def names(db: sqlite3.Connection) -> Outlets:
    """The same for names alone: without a look at the articles."""
    rows = db.execute("SELECT key, name, owner, homepage FROM sources ORDER BY key").fetchall()
    families = db.execute("SELECT owner, family FROM families ORDER BY owner").fetchall()
    return _table(tuple(FollowedSource(*row) for row in rows), tuple((owner, family) for owner, family in families))


@lru_cache(maxsize=2)
def _table(sources: tuple[FollowedSource, ...], families: tuple[tuple[str, str], ...]) -> Outlets:
    return outlets(sources, dict(families))


# -- citations


def reset(db: sqlite3.Connection, known: Outlets) -> None:
    """Have every article read again, and every story traced, where other rules or another table read them last; where
    but hosts of sources' articles have come or gone, those that link there or are theirs."""
    rules, sites = recipe(known), dict(known.sites)
    name = f"{rules} {json.dumps(sites)}" if sites else rules
    row = db.execute("SELECT recipe FROM cited_by").fetchone()
    if row and row[0] == name:
        return
    with transaction(db):
        if row and row[0].partition(" ")[0] == rules:
            before = json.loads(row[0].partition(" ")[2] or "{}")
            _reread(db, known, dict(before.items() ^ sites.items()), {*before.values(), *sites.values()})
        else:
            db.execute("INSERT OR IGNORE INTO uncited SELECT id FROM articles")
            db.execute("INSERT OR IGNORE INTO untraced SELECT id FROM stories")
        db.execute("INSERT INTO cited_by VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET recipe = ?1", [name])


def _reread(db: sqlite3.Connection, known: Outlets, hosts: Collection[str], outlets: Collection[str]) -> None:
    """Have read again what links to these hosts and what these outlets print: links to their own are no citations."""
    for host in hosts:
        db.execute("INSERT OR IGNORE INTO uncited SELECT article_id FROM citations WHERE instr(url, ?)", [host])
    keys = {key for name in outlets if (outlet := known.by_name.get(name)) for key in outlet.sources}
    db.execute(
        "INSERT OR IGNORE INTO uncited SELECT id FROM articles WHERE source IN (SELECT value FROM json_each(?))",
        [json.dumps(sorted(keys))],
    )


def count_uncited(db: sqlite3.Connection) -> int:
    """How many articles wait to be read."""
    return int(db.execute("SELECT count(*) FROM uncited").fetchone()[0])


def uncited(db: sqlite3.Connection, most: int) -> list[ToRead]:
    """The newest articles whose citations are to be read, ``most`` of them at the most."""
    rows = db.execute(
        "SELECT a.* FROM (SELECT article_id FROM uncited ORDER BY article_id DESC LIMIT ?) u"
        " JOIN articles a ON a.id = u.article_id ORDER BY a.id DESC",
        [most],
    ).fetchall()
    return _with_feeds(db, [article(r) for r in rows])


def to_read(db: sqlite3.Connection, article_id: int) -> ToRead | None:
    """One article as it is read for its citations."""
    row = db.execute("SELECT * FROM articles WHERE id=?", [article_id]).fetchone()
    return _with_feeds(db, [article(row)])[0] if row else None


def _with_feeds(db: sqlite3.Connection, articles: Sequence[Article]) -> list[ToRead]:
    ids = [a.id for a in articles]
    links, via = links_of(db, ids), via_of(db, ids)
    return [ToRead(_linked(a, links.get(a.id, ())), tuple(via.get(a.id, ()))) for a in articles]


def _linked(a: Article, links: tuple[Link, ...]) -> Article:
    return replace(a, links=links) if links else a


def via_of(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, list[Via]]:
    """Article id → from whom its feeds say that it was taken."""
    rows = many(
        db,
        "WITH ids AS (SELECT value AS id FROM json_each(?)) SELECT article_id, via_name, via_url FROM entries"
        " WHERE article_id IN (SELECT id FROM ids) AND via_name || via_url <> '' UNION"
        " SELECT article_id, name, url FROM imported_via WHERE article_id IN (SELECT id FROM ids) ORDER BY 1, 2, 3",
        ids,
    )
    found: dict[int, list[Via]] = defaultdict(list)
    for r in rows:
        found[r["article_id"]].append(Via(r["via_name"], r["via_url"]))
    return found


def record_citations(db: sqlite3.Connection, read: Mapping[int, Sequence[Citation]], known: Outlets) -> int:
    """Write what was read of these articles, in one transaction, but for whom people say they do not cite; how many of
    them cite otherwise than before."""
    wrong = {i: called(names, known) for i, names in marks.not_cited(db, read).items()}
    found = {i: [_values(c, known) for c in believed(cited, wrong.get(i, ()))] for i, cited in read.items()}
    with transaction(db):
        before = {r["id"]: _stored_values(db, r["id"]) for r in many(db, _HERE, read)}  # without what is gone meanwhile
        changed = [i for i, rows in before.items() if rows != found[i]]
        for article_id in changed:
            _replace(db, article_id, found[article_id])
        many(db, "DELETE FROM uncited WHERE article_id IN (SELECT value FROM json_each(?))", read)
    return len(changed)


_HERE = "SELECT id FROM articles WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"


def _stored_values(db: sqlite3.Connection, article_id: int) -> list[tuple[object, ...]]:
    sql = f"SELECT {', '.join(_FIELDS)} FROM citations WHERE article_id = ? ORDER BY n"  # noqa: S608
    return [tuple(r) for r in db.execute(sql, [article_id])]


def _replace(db: sqlite3.Connection, article_id: int, rows: Sequence[tuple[object, ...]]) -> None:
    db.execute("DELETE FROM citations WHERE article_id=?", [article_id])
    db.executemany(
        f"INSERT INTO citations (article_id, n, {', '.join(_FIELDS)})"  # noqa: S608
        f" VALUES ({','.join('?' * (len(_FIELDS) + 2))})",
        [(article_id, n, *row) for n, row in enumerate(rows)],
    )
    db.execute("INSERT OR IGNORE INTO untraced SELECT story_id FROM copies WHERE article_id = ?", [article_id])


def called(names: Collection[str], known: Outlets) -> frozenset[str]:
    """Outlets as the table calls them, and as they are named: a mark outlives a source's other name."""
    return frozenset(names) | {found.name for name in names if (found := known.called(name))}


def source_key(outlet: str, known: Outlets) -> str | None:
    """The key of the source that an outlet is, where we follow it."""
    of = known.by_name.get(outlet)
    return of.sources[0] if of and of.sources else None


def _values(c: Citation, known: Outlets) -> tuple[object, ...]:
    return (
        str(c.kind), c.outlet, source_key(c.outlet, known), int(c.media), int(c.earlier), c.via, str(c.place), c.start,
        c.end, c.quote, c.url, c.confidence,
    )  # fmt: skip


def stored(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, list[Citation]]:
    """Article id → its citations as they were read; articles without any are left out."""
    rows = many(
        db,
        "SELECT * FROM citations WHERE article_id IN (SELECT value FROM json_each(?)) ORDER BY article_id, n",
        ids,
    )
    found: dict[int, list[Citation]] = defaultdict(list)
    for r in rows:
        found[r["article_id"]].append(_citation(r))
    return found


def _citation(r: sqlite3.Row) -> Citation:
    return Citation(
        kind=Cited(r["kind"]), outlet=r["outlet"], place=Place(r["place"]), start=r["start"], end=r["stop"],
        quote=r["quote"], confidence=r["confidence"], media=bool(r["media"]), earlier=bool(r["earlier"]), via=r["via"],
        url=r["url"],
    )  # fmt: skip


# -- stories


class Told(NamedTuple):
    """A story as it is traced."""

    story: int
    members: tuple[Member, ...]
    similar: dict[tuple[int, int], float]
    denied: frozenset[str] = frozenset()  # outlets that people say are not its origin


def count_untraced(db: sqlite3.Connection) -> int:
    """How many stories wait to be traced."""
    return int(db.execute("SELECT count(*) FROM untraced").fetchone()[0])


def untraced(db: sqlite3.Connection, most: int, known: Outlets) -> list[Told]:
    """The newest stories that are to be traced and whose articles are all read, ``most`` at the most."""
    rows = db.execute(
        "SELECT story_id FROM untraced u WHERE NOT EXISTS (SELECT 1 FROM copies c JOIN uncited x ON"
        " x.article_id = c.article_id WHERE c.story_id = u.story_id)"
        " AND EXISTS (SELECT 1 FROM copies c WHERE c.story_id = u.story_id) ORDER BY story_id DESC LIMIT ?",
        [most],
    )
    return told(db, [r["story_id"] for r in rows], known)


def told(db: sqlite3.Connection, stories: Collection[int], known: Outlets) -> list[Told]:
    """These stories with all that tracing looks at."""
    rows = many(
        db,
        "SELECT c.story_id, c.copy_id, a.id, a.source, a.lang, a.key, a.published, a.first_seen,"
        " length(a.text) AS size, a.title || ' ' || a.credit || ' ' ||"
        " substr(a.text, 1, ?2) || ' ' || substr(a.text, -?3) AS head"
        " FROM copies c JOIN articles a ON a.id = c.article_id"
        " WHERE c.story_id IN (SELECT value FROM json_each(?1)) ORDER BY c.story_id, a.id",
        stories,
        HEAD,
        TAIL,
    )
    cited = stored(db, [r["id"] for r in rows])
    members: dict[int, list[Member]] = defaultdict(list)
    for r in rows:
        members[r["story_id"]].append(_member(r, tuple(cited.get(r["id"], ())), known))
    several = [m.id for own in members.values() if len(own) > 1 for m in own]
    alike = _similar(db, several) if several else {}
    denied = {story: called(names, known) for story, names in marks.not_origin(db, list(members)).items()}
    return [
        Told(story, tuple(own), _among(alike, own), denied.get(story, frozenset())) for story, own in members.items()
    ]


def _member(r: sqlite3.Row, citations: tuple[Citation, ...], known: Outlets) -> Member:
    outlet = known.of_source(r["source"])
    seen = moment(r["first_seen"])
    assert seen is not None  # NOT NULL
    return Member(
        id=r["id"], copy=r["copy_id"], outlet=outlet.name, owner=outlet.owner or outlet.name, lang=r["lang"],
        key=r["key"], published=moment(r["published"]), first_seen=seen, size=r["size"], head=r["head"],
        citations=citations, linked=tuple(urls.key(c.url) for c in citations if c.kind is Cited.LINK and c.url),
    )  # fmt: skip


def _similar(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, list[tuple[int, float]]]:
    """Smaller id → (larger id, share of the shorter text in common passages) of the stored edges among ``ids``."""
    rows = many(
        db,
        "SELECT left_id, right_id,"
        " max(coalesce(scores ->> '$.copied', 0), coalesce(scores ->> '$.containment', 0)) AS share"
        " FROM matches WHERE left_id IN (SELECT value FROM json_each(?))",
        ids,
    )
    found: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for r in rows:
        found[r["left_id"]].append((r["right_id"], r["share"]))
    return found


def _among(alike: Mapping[int, Sequence[tuple[int, float]]], members: Sequence[Member]) -> dict[tuple[int, int], float]:
    ids = {m.id for m in members}
    return {(i, other): share for i in ids for other, share in alike.get(i, ()) if other in ids}
