"""What the outlets were in the stories of each day: counted again where a story of it has changed, summed for pages.

A story is of the day on which its newest article appeared. Lags are kept in steps of a quarter octave, so that days
can be added up: a median is right to within a tenth.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from pipeline.store.rows import Row

DAY_S = 86_400
STEPS = 4  # per octave
_COUNTS = (
    "stories", "articles", "first", "origin", "report", "copy", "cut_copy", "rewrite", "translation", "follow_up",
    "cited",
)  # fmt: skip

_OF_DAY = """WITH own AS (
  SELECT l.story_id FROM listings l JOIN independence i ON i.story_id = l.story_id
  WHERE l.several AND l.newest >= strftime('%Y-%m-%dT%H:%M:%SZ', :day * 86400, 'unixepoch')
    AND l.newest < strftime('%Y-%m-%dT%H:%M:%SZ', (:day + 1) * 86400, 'unixepoch') AND i.outlets > 1
)"""
_ROLES = f"""{_OF_DAY}
SELECT a.source, r.story_id, r.role, r.outlet, coalesce(b.source, r.source) AS on_source, r.how, r.lag_s
FROM own JOIN roles r ON r.story_id = own.story_id JOIN articles a ON a.id = r.article_id
LEFT JOIN articles b ON b.id = r.leans_on"""  # noqa: S608
_CITED = f"""{_OF_DAY}
SELECT c.source, count(DISTINCT c.article_id) AS times FROM own JOIN copies p ON p.story_id = own.story_id
JOIN citations c ON c.article_id = p.article_id WHERE c.source IS NOT NULL GROUP BY c.source"""  # noqa: S608


def recount(db: sqlite3.Connection, days: Collection[int]) -> None:
    """Count these days; the caller holds the transaction."""
    for day in days:
        roles = [dict(r) for r in db.execute(_ROLES, {"day": day})]
        cited = {r["source"]: r["times"] for r in db.execute(_CITED, {"day": day})}
        for table in ("outlet_days", "leaning_days", "stale_days"):
            db.execute(f"DELETE FROM {table} WHERE day = ?", [day])  # noqa: S608
        columns = ("day", "source", *_COUNTS, "lags")
        sql = f"INSERT INTO outlet_days ({', '.join(columns)}) VALUES ({','.join('?' * len(columns))})"  # noqa: S608
        db.executemany(sql, [[day, *row] for row in _by_source(roles, cited)])
        db.executemany(
            "INSERT INTO leaning_days (day, source, outlet, on_source, how, times) VALUES (?,?,?,?,?,?)",
            [[day, *row] for row in _leanings(roles)],
        )


def _by_source(roles: Iterable[Row], cited: Mapping[str, int]) -> Iterable[list[object]]:
    own: dict[str, list[Row]] = defaultdict(list)
    for r in roles:
        own[r["source"]].append(r)
    for source in sorted(own.keys() | cited.keys()):
        rows = own.get(source, [])
        part = Counter(r["role"] for r in rows)
        first = {r["story_id"] for r in rows if r["lag_s"] == 0}
        behind: dict[int, int] = {}
        for r in rows:
            behind[r["story_id"]] = min(r["lag_s"], behind.get(r["story_id"], r["lag_s"]))
        lags = Counter(step(lag) for lag in behind.values() if lag > 0)
        counts = [part[name] for name in _COUNTS[3:-1]]
        yield [source, len(behind), len(rows), len(first), *counts, cited.get(source, 0), json.dumps(lags)]


def _leanings(roles: Iterable[Row]) -> Iterable[list[object]]:
    counted = Counter(
        (r["source"], r["outlet"], r["how"]) for r in roles if r["outlet"] and r["on_source"] != r["source"]
    )
    to = {(r["source"], r["outlet"], r["how"]): r["on_source"] for r in roles}
    return [[source, outlet, to[source, outlet, how], how, n] for (source, outlet, how), n in sorted(counted.items())]


def step(seconds: int) -> int:
    """The step of a lag of ``seconds`` > 0."""
    return round(math.log2(seconds) * STEPS)


def _median(lags: Mapping[int, int]) -> int | None:
    """Seconds, to within a tenth; None of no lags."""
    left = (sum(lags.values()) + 1) // 2
    for at, times in sorted(lags.items()):
        left -= times
        if left <= 0:
            return round(2 ** (at / STEPS))
    return None


def outlets(db: sqlite3.Connection, since: int = 0) -> list[Row]:
    """What each source was in the stories of several outlets from day ``since`` (days since 1970-01-01) on.

    As v_outlet_roles has it over all days, but ``median_lag_s`` is right to within a tenth only, and
    ``cited_by_articles`` is ``cited``: by articles of such stories.
    """
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    lags: dict[str, Counter[int]] = defaultdict(Counter)
    for r in db.execute("SELECT * FROM outlet_days WHERE day >= ?", [since]):
        sums[r["source"]].update({name: r[name] for name in _COUNTS})
        lags[r["source"]].update({int(at): n for at, n in json.loads(r["lags"]).items()})
    most = _most(leanings(db, since))
    names = {r["key"]: r for r in db.execute("SELECT key, key AS source, name AS outlet, owner FROM sources")}
    rows = [
        {**dict(names[key]), **{n: sums[key][n] for n in _COUNTS}, "median_lag_s": _median(lags[key]),
         "leans_most_on": most.get(key, (None, 0))[0], "leans_most_times": most.get(key, (None, 0))[1]}
        for key in sums if sums[key]["articles"]
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (-r["origin"], -r["first"], -r["stories"], r["source"]))


def leanings(db: sqlite3.Connection, since: int = 0) -> list[Row]:
    """Who leant on whom from day ``since`` on, and how often: source, outlet, on_source (None where it is not
    followed), times; the most frequent first."""
    sql = (
        "SELECT source, outlet, max(on_source) AS on_source, sum(times) AS times FROM leaning_days WHERE day >= ?"
        " GROUP BY source, outlet ORDER BY times DESC, source, outlet"
    )
    return [dict(r) for r in db.execute(sql, [since])]


def _most(leant: Iterable[Row]) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for r in leant:
        found.setdefault(r["source"], (r["outlet"], r["times"]))
    return found
