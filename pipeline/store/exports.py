"""The tables of `retold export`: their columns, declared, and their rows, read one after another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.asked import Asked
from pipeline.store import asking
from pipeline.store.roles import outlet_roles
from pipeline.tablefiles import Kind, Table, repaired

TEXT, INT, REAL, BOOL, TIME, LIST, JSON = (
    Kind.TEXT, Kind.INT, Kind.REAL, Kind.BOOL, Kind.TIME, Kind.LIST, Kind.JSON
)  # fmt: skip


def _columns(**by: str) -> dict[str, Kind]:
    """``INT="a b", TEXT="c"`` → {a: INT, b: INT, c: TEXT}: in this order."""
    return {name: Kind[kind.rstrip("_0123456789")] for kind, names in by.items() for name in names.split()}


STORIES = Table("stories", _columns(
    INT_1="story_id", TEXT_1="headline", INT_2="lead_article_id articles copy_groups sources", TEXT_2="languages",
    LIST_1="told_by", TIME_1="first_published last_published first_seen last_seen created updated",
    TEXT_3="origin_outlet origin_source", INT_3="origin_article_id", REAL_1="origin_confidence",
    LIST_2="origin_reasons", INT_4="outlets owners wire_texts origins unattributed",
))  # fmt: skip
ARTICLES = Table("articles", _columns(
    INT_1="article_id story_id copy_id copy_size", TEXT_1="source outlet owner country outlet_role lang title url",
    TIME_1="published updated first_seen effective", TEXT_2="author", LIST_1="agencies", TEXT_3="credit dateline",
    BOOL_1="paywalled", TEXT_4="text_from canonical_claim", INT_2="version", TEXT_5="role", INT_3="leans_on",
    TEXT_6="leans_on_outlet how quote root", INT_4="lag_s", REAL_1="confidence",
))  # fmt: skip
CITATIONS = Table("citations", _columns(
    INT_1="article_id n story_id", TEXT_1="source outlet lang title article_url kind cited cited_source",
    BOOL_1="media earlier", TEXT_2="via place", INT_2="start stop", TEXT_3="quote url", REAL_1="confidence",
))  # fmt: skip
EDGES = Table("edges", _columns(
    INT_1="left_id right_id", TEXT_1="left_source right_source left_title right_title verdict", REAL_1="probability",
    JSON_1="scores", LIST_1="reasons", TEXT_2="recipe", INT_2="run_id left_story right_story", BOOL_1="together",
))  # fmt: skip
ORIGINS = Table("origins", _columns(
    INT_1="story_id copy_id", TEXT_1="level outlet source", INT_2="article_id", TEXT_2="title url",
    TIME_1="published first_seen", REAL_1="confidence", LIST_1="reasons",
    INT_3="articles outlets owners wire_texts origins unattributed",
))  # fmt: skip
VERSIONS = Table("versions", _columns(
    INT_1="article_id version", TIME_1="seen replaced updated", BOOL_1="silent", TEXT_1="text_from title",
))  # fmt: skip
OUTLETS = Table("outlets", _columns(
    TEXT_1="source outlet owner",
    INT_1="stories articles first origin report copy cut_copy rewrite translation follow_up cited_by_articles",
    TEXT_2="leans_most_on", INT_2="leans_most_times median_lag_s",
))  # fmt: skip
FEEDS = Table("feeds", _columns(
    TEXT_1="source name url kind last_code", INT_1="failures", TIME_1="last_ok last_new next_due", TEXT_2="moved_to",
    TIME_2="disabled", TEXT_3="detail", INT_2="entries articles waiting",
))  # fmt: skip
TABLES = {t.name: t for t in (STORIES, ARTICLES, CITATIONS, EDGES, ORIGINS, VERSIONS, OUTLETS, FEEDS)}

# Whose texts can be had, and what comes with them: all of which an import makes the same article again.
WITH_TEXT = {"articles": {"text": TEXT, "links": JSON, "via": JSON}, "versions": {"text": TEXT}}
_TEXT = {
    "articles": """, a.text,
  (SELECT json_group_array(json_array(url, text)) FROM (SELECT url, text FROM links WHERE article_id = a.id
     ORDER BY n)),
  (SELECT json_group_array(json_array(name, url)) FROM (SELECT via_name AS name, via_url AS url FROM entries
     WHERE article_id = a.id AND via_name || via_url <> '' UNION SELECT name, url FROM imported_via
     WHERE article_id = a.id ORDER BY 1, 2))""",
}
BY_STORY = ("stories", "articles", "citations", "edges", "origins", "versions")  # whose rows belong to stories
BY_TIME = (*BY_STORY, "outlets")

# From v_stories, v_origins and the outlets in the order in which they told it. {of}: a condition on story_id. Each
# query is in the order of a key, so that SQLite need not sort and the first row comes at once.
_QUERIES = {
    "stories": """
SELECT v.story_id, v.headline, v.lead_article_id, v.articles, v.copy_groups, v.sources, v.languages,
  (SELECT json_group_array(outlet) FROM (SELECT s.name AS outlet FROM copies c JOIN articles a ON a.id = c.article_id
     JOIN sources s ON s.key = a.source WHERE c.story_id = v.story_id GROUP BY a.source
     ORDER BY min(min(coalesce(a.published, a.first_seen), a.first_seen)), a.source)),
  v.first_published, v.last_published, v.first_seen, v.last_seen, v.created, v.updated,
  nullif(o.outlet, ''), o.source, o.article_id, o.confidence, o.reasons,
  i.outlets, i.owners, i.wire_texts, i.origins, i.unattributed
FROM v_stories v LEFT JOIN origins o ON o.story_id = v.story_id AND o.copy_id = 0
LEFT JOIN independence i ON i.story_id = v.story_id WHERE {of} ORDER BY v.story_id""",
    # As v_story_articles and v_roles; what no run has grouped yet, too.
    "articles": """
SELECT a.id, c.story_id, c.copy_id, (SELECT count(*) FROM copies c2 WHERE c2.copy_id = c.copy_id),
  a.source, s.name, s.owner, s.country, s.role, a.lang, a.title, a.url, a.published, a.updated, a.first_seen,
  min(coalesce(a.published, a.first_seen), a.first_seen), a.author, a.agencies, a.credit, a.dateline, a.paywalled,
  a.text_from, a.canonical_claim, a.version, r.role, r.leans_on, nullif(r.outlet, ''), nullif(r.how, ''),
  nullif(r.quote, ''), r.root, r.lag_s, r.confidence{text}
FROM articles a CROSS JOIN sources s ON s.key = a.source LEFT JOIN copies c ON c.article_id = a.id
LEFT JOIN roles r ON r.article_id = a.id WHERE {of} ORDER BY a.id""",
    "citations": "SELECT {columns} FROM v_citations WHERE {of} ORDER BY article_id, n",
    "edges": "SELECT {columns} FROM v_why WHERE {of} ORDER BY left_id, right_id",
    "origins": "SELECT {columns} FROM v_origins WHERE {of} ORDER BY story_id, copy_id",
    "versions": "SELECT {columns} FROM v_versions WHERE {of} ORDER BY article_id, version",
    "outlets": "SELECT {columns} FROM ({outlets}) ORDER BY source",
    "feeds": "SELECT {columns} FROM v_source_health ORDER BY source, url",
}
_OF = {  # where a table says to which story a row belongs, if not in its story_id
    "stories": "v.story_id IN ({ids})",
    "articles": "c.story_id IN ({ids})",
    "edges": "(left_story IN ({ids}) OR right_story IN ({ids}))",
    "versions": "article_id IN (SELECT article_id FROM copies WHERE story_id IN ({ids}))",
}


def table(name: str, *, text: bool = False) -> Table:
    """The table of this name; ``text``: with the texts, where it has any."""
    found = TABLES[name]
    return Table(name, {**found.columns, **WITH_TEXT[name]}) if text and name in WITH_TEXT else found


def rows(
    db: sqlite3.Connection,
    asked: Table,
    *,
    story: int | None = None,
    since: str | None = None,
    source: str | None = None,
    lang: str | None = None,
) -> Iterator[Sequence[Any]]:
    """The rows of a table of :func:`table`, as the database has them, in a fixed order: all of one moment, none kept.

    Of the stories that the filters pick, as :func:`asking.stories` does: the stories, or all their articles, citations,
    origins and versions, and the edges that touch them. ``story``: an id that is there (:func:`reads.resolve`).
    """
    of = "true"
    ids, given = asking.all_of(db, Asked(since=since or "", source=source or "", lang=lang or "", min_articles=1))
    if story is not None:
        ids = f"{ids} AND story_id = :story" if since or source or lang else "SELECT :story"
    if story is not None or since or source or lang:
        of = _OF.get(asked.name, "story_id IN ({ids})").format(ids=ids)
    sql = _QUERIES[asked.name].format(
        of=of, columns=", ".join(asked.columns), outlets=outlet_roles(since) if asked.name == "outlets" else "",
        text=_TEXT.get(asked.name, "") if "text" in asked.columns else "",
    )  # fmt: skip
    yield from _streamed(db, sql, {**given, "since": since, "story": story})


def _streamed(db: sqlite3.Connection, sql: str, given: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    """Rows as tuples, bytes that are no UTF-8 replaced: one odd text must not end an export of a million."""
    before, db.text_factory = db.text_factory, repaired
    try:
        cursor = db.cursor()
        cursor.row_factory = None
        yield from cursor.execute(sql, given)
    finally:
        db.text_factory = before
