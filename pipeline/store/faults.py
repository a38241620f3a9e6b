"""What must hold between the tables, wherever a run was stopped: `retold doctor` and the tests look by one list."""

# ruff: noqa: S608 (put together of our own words)
from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    """Rows that must not be: what one table says and another does not."""

    name: str
    sql: str  # finds them; its first column is what the remedy takes
    remedy: str  # of store/mending.py


_PRUNED = "(SELECT article_id FROM pruned)"
_WAITING = "(SELECT article_id FROM ungrouped UNION SELECT article_id FROM unsigned)"  # what a run sees to
_WINDOWS = "(SELECT 7 AS window UNION SELECT 30 UNION SELECT 0)"
_LAST = "(SELECT max(day) FROM outlet_days)"

FAULTS = (
    Fault(
        "signature without a slot",
        "SELECT article_id FROM signatures WHERE article_id NOT IN (SELECT article_id FROM slots)",
        "sign",
    ),
    Fault(
        "signature without an article",
        "SELECT article_id FROM signatures WHERE article_id NOT IN (SELECT id FROM articles)",
        "unsign",
    ),
    Fault(
        "copy key of nobody",
        "SELECT slot FROM copy_keys WHERE slot NOT IN (SELECT slot FROM slots)"
        " AND slot NOT IN (SELECT slot FROM stale_slots)",
        "sweep",
    ),
    Fault(
        "level miscounted",
        "SELECT level FROM copy_levels l WHERE keys <> (SELECT count(*) FROM copy_keys k WHERE k.level = l.level)",
        "sweep",
    ),
    Fault(
        "keys in a level that is not looked up",
        "SELECT DISTINCT level FROM copy_keys WHERE level NOT IN (SELECT level FROM copy_levels)",
        "levels",
    ),
    Fault(
        "profile of nobody",
        "SELECT article_id FROM profiles WHERE article_id NOT IN (SELECT article_id FROM signatures)",
        "profiles",
    ),
    Fault(
        "queued though signed",
        "SELECT article_id FROM unsigned WHERE article_id IN (SELECT article_id FROM signatures)",
        "signed",
    ),
    Fault(
        "article that nobody will sign",
        "SELECT id FROM articles WHERE id NOT IN (SELECT article_id FROM signatures)"
        f" AND id NOT IN (SELECT article_id FROM unsigned) AND id NOT IN {_PRUNED}",
        "sign",
    ),
    Fault(
        "article that nobody will group",
        "SELECT article_id FROM signatures WHERE article_id NOT IN (SELECT article_id FROM copies)"
        " AND article_id NOT IN (SELECT article_id FROM ungrouped)",
        "group",
    ),
    Fault(
        "pruned article that has its text",
        f"SELECT id FROM articles WHERE id IN {_PRUNED} AND (text <> ''"
        " OR id IN (SELECT article_id FROM signatures UNION SELECT article_id FROM unsigned))",
        "strip",
    ),
    Fault(
        "edge by another recipe",
        f"SELECT left_id FROM matches WHERE recipe IS NOT (SELECT recipe FROM signed_by) AND left_id NOT IN {_PRUNED}",
        "sign",
    ),
    Fault(
        "edge of an article that is not signed",
        f"SELECT left_id FROM matches WHERE left_id NOT IN {_PRUNED}"
        " AND (left_id NOT IN (SELECT article_id FROM signatures)"
        " OR right_id NOT IN (SELECT article_id FROM signatures))",
        "edges",
    ),
    Fault("empty story", "SELECT id FROM stories WHERE id NOT IN (SELECT story_id FROM copies)", "empty"),
    Fault("alias of an alias", "SELECT id FROM aliases WHERE story_id IN (SELECT id FROM aliases)", "aliases"),
    Fault("alias that lives", "SELECT id FROM aliases WHERE id IN (SELECT id FROM stories)", "aliases"),
    Fault(
        "copy group without its first",
        "SELECT copy_id FROM copies WHERE copy_id NOT IN (SELECT article_id FROM copies)"
        f" GROUP BY copy_id HAVING max(article_id IN {_WAITING}) = 0",
        "copies",
    ),
    Fault(
        "copy group in two stories",
        "SELECT copy_id FROM copies GROUP BY copy_id"
        f" HAVING count(DISTINCT story_id) > 1 AND max(article_id IN {_WAITING}) = 0",
        "copies",
    ),
    Fault(
        "story that nobody will trace",
        "SELECT story_id FROM copies c WHERE story_id NOT IN (SELECT story_id FROM untraced)"
        f" AND article_id NOT IN {_PRUNED} GROUP BY story_id HAVING count(*) > 1"
        " AND count(*) IS NOT (SELECT articles FROM independence i WHERE i.story_id = c.story_id)",
        "trace",
    ),
    Fault(
        "role in another story",
        "SELECT r.story_id FROM roles r LEFT JOIN copies c ON c.article_id = r.article_id"
        " WHERE c.story_id IS NOT r.story_id AND r.story_id NOT IN (SELECT story_id FROM untraced)"
        " AND c.story_id NOT IN (SELECT story_id FROM untraced)",
        "trace",
    ),
    Fault(
        "story without a row in lists",
        "SELECT id FROM stories WHERE id NOT IN (SELECT story_id FROM listings)"
        " AND id NOT IN (SELECT story_id FROM unlisted)",
        "list",
    ),
    Fault(
        "row in lists that is outdated",
        "SELECT v.story_id FROM v_stories v JOIN listings l ON l.story_id = v.story_id"
        " LEFT JOIN independence i ON i.story_id = v.story_id"
        " LEFT JOIN origins o ON o.story_id = v.story_id AND o.copy_id = 0"
        " WHERE v.story_id NOT IN (SELECT story_id FROM unlisted UNION SELECT story_id FROM untraced) AND"
        " (v.headline, v.lead_article_id, v.articles, v.copy_groups, v.sources, v.languages, v.first_seen, v.last_seen,"
        "  coalesce(i.origins, 1), v.first_published, v.last_published, nullif(o.outlet, ''))"
        " IS NOT (l.headline, l.lead_article_id, l.articles, l.copy_groups, l.sources, l.languages, l.first_seen,"
        "  l.last_seen, l.origins, l.first_published, l.last_published, l.origin)",
        "list",
    ),
    Fault(
        "filter that misses a story",
        "SELECT c.story_id FROM copies c JOIN articles a ON a.id = c.article_id LEFT JOIN facets f"
        " ON f.story_id = c.story_id WHERE c.story_id NOT IN (SELECT story_id FROM unlisted)"
        " AND c.story_id IN (SELECT story_id FROM listings) GROUP BY c.article_id"
        " HAVING NOT coalesce(max(f.kind = 'lang' AND f.value = a.lang), 0)"
        " OR NOT coalesce(max(f.kind = 'source' AND f.value = a.source), 0)",
        "list",
    ),
    Fault(
        "tally of entries",
        "SELECT feed_url FROM entries e GROUP BY feed_url HAVING count(*) IS NOT"
        " (SELECT n FROM tallies WHERE name = 'entries' AND of = e.feed_url)",
        "tallies",
    ),
    Fault(
        "tally of articles",
        "SELECT source FROM articles a GROUP BY source HAVING count(*) IS NOT"
        " (SELECT n FROM tallies WHERE name = 'articles' AND of = a.source)",
        "tallies",
    ),
    Fault(
        "sums of outlets that are none of their days",
        f"WITH o AS (SELECT w.window, d.* FROM {_WINDOWS} w JOIN outlet_days d ON w.window = 0"
        f" OR d.day > {_LAST} - w.window) SELECT window, source, sum(stories), sum(articles),"
        " sum(cited), (SELECT sum(j.value) FROM o x, json_each(x.lags) j"
        " WHERE (x.window, x.source) = (o.window, o.source))"
        " FROM o GROUP BY 1, 2 EXCEPT SELECT window, source, stories, articles, cited,"
        " (SELECT sum(j.value) FROM json_each(t.lags) j) FROM outlet_sums t",
        "days",
    ),
    Fault(
        "sums of leanings that are none of their days",
        f"SELECT w.window, source, outlet, sum(times) FROM {_WINDOWS} w JOIN leaning_days d ON w.window = 0"
        f" OR d.day > {_LAST} - w.window GROUP BY 1, 2, 3"
        " EXCEPT SELECT window, source, outlet, times FROM leaning_sums",
        "days",
    ),
    Fault(
        "sum over days that are gone",
        "SELECT window, source FROM outlet_sums t WHERE NOT EXISTS (SELECT 1 FROM"
        f" outlet_days d WHERE d.source = t.source AND (t.window = 0 OR d.day > {_LAST} - t.window))",
        "days",
    ),
    Fault(
        "day that nobody will count",
        "SELECT DISTINCT unixepoch(l.newest) / 86400 AS day FROM listings l"
        " JOIN independence i ON i.story_id = l.story_id WHERE i.outlets > 1"
        " AND unixepoch(l.newest) / 86400 NOT IN (SELECT day FROM outlet_days UNION SELECT day FROM stale_days)"
        " AND l.story_id NOT IN (SELECT story_id FROM untraced UNION SELECT story_id FROM unlisted)",
        "days",
    ),
)

RULES = len(FAULTS) + 1  # and that of story keys, which SQL cannot ask for

# Work that a run does; when one has ended well there is none.
WAITING = {
    "articles to be compared": "unsigned",
    "articles to be grouped": "ungrouped",
    "articles to be read for citations": "uncited",
    "stories to be traced": "untraced",
    "stories to be listed": "unlisted",
    "days to be counted": "stale_days",
}


def rows(db: sqlite3.Connection, fault: Fault) -> list[object]:
    """What the remedy takes, of each row that is at fault, each once."""
    return list(dict.fromkeys(r[0] for r in db.execute(fault.sql)))


def found(db: sqlite3.Connection) -> Iterator[tuple[Fault, Sequence[object]]]:
    """The faults that there are, with what their remedies take. Looks at every table as a whole."""
    for fault in FAULTS:
        if at := rows(db, fault):
            yield fault, at
    if lost := lost_story_keys(db):
        yield Fault("story key of nobody", "", "sweep"), lost


def lost_story_keys(db: sqlite3.Connection) -> list[int]:
    """The slots that story keys name and that are neither there nor stale."""
    import numpy as np

    from pipeline.store.segments import unpacked

    known = np.array([r[0] for r in db.execute("SELECT slot FROM slots UNION SELECT slot FROM stale_slots")], np.int64)
    lost: set[int] = set()
    for row in db.execute("SELECT data FROM story_segments"):
        slots = np.unique(unpacked(row[0])[1])
        lost |= set(slots[~np.isin(slots, known)].tolist())
    return sorted(lost)


def waiting(db: sqlite3.Connection) -> dict[str, int]:
    """What waits for a run, in words, and how much."""
    counts = {words: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for words, table in WAITING.items()}
    return {words: n for words, n in counts.items() if n}
