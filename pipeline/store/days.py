"""What the outlets were in the stories of each day: counted again where a story of it has changed, summed for pages.

A story is of the day on which its newest article appeared. Lags are kept in steps of a quarter octave, so that days
can be added up: a median is right to within a tenth. The sums over the :data:`WINDOWS` are kept as well, for a page
should not add up tens of thousands of rows: a day's rows are added when it comes in, and taken away when it goes.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from pipeline.store.rows import Row

DAY_S = 86_400
STEPS = 4  # per octave
WINDOWS = (7, 30, 0)  # days up to the last that there is, whose sums are kept; 0: ever
_COUNTS = (
    "stories", "articles", "first", "origin", "report", "copy", "cut_copy", "rewrite", "translation", "follow_up",
    "theirs", "cited",
)  # fmt: skip

_OF_DAY = """WITH own AS (
  SELECT l.story_id FROM listings l JOIN independence i ON i.story_id = l.story_id
  WHERE l.several AND l.newest >= strftime('%Y-%m-%dT%H:%M:%SZ', :day * 86400, 'unixepoch')
    AND l.newest < strftime('%Y-%m-%dT%H:%M:%SZ', (:day + 1) * 86400, 'unixepoch') AND i.outlets > 1
)"""
_THEIRS = {"copy", "cut_copy", "rewrite", "translation"}  # roles that tell what somebody else has told
_ROLES = f"""{_OF_DAY}
SELECT a.source, r.story_id, r.role, r.outlet, coalesce(b.source, r.source) AS on_source, r.how, r.lag_s
FROM own JOIN roles r ON r.story_id = own.story_id JOIN articles a ON a.id = r.article_id
LEFT JOIN articles b ON b.id = r.leans_on"""  # noqa: S608
_CITED = """
SELECT c.source, count(DISTINCT c.article_id) AS times FROM listings l JOIN copies p ON p.story_id = l.story_id
JOIN citations c ON c.article_id = p.article_id WHERE c.source IS NOT NULL
  AND l.newest >= strftime('%Y-%m-%dT%H:%M:%SZ', :day * 86400, 'unixepoch')
  AND l.newest < strftime('%Y-%m-%dT%H:%M:%SZ', (:day + 1) * 86400, 'unixepoch') GROUP BY c.source"""


def recount(db: sqlite3.Connection, days: Collection[int]) -> None:
    """Count these days; the caller holds the transaction."""
    for day in days:
        roles = [dict(r) for r in db.execute(_ROLES, {"day": day})]
        exchange(db, day, roles, {r["source"]: r["times"] for r in db.execute(_CITED, {"day": day})})


def exchange(db: sqlite3.Connection, day: int, roles: Sequence[Row], cited: Mapping[str, int]) -> None:
    """Put what these roles of a day's articles (source, story_id, role, outlet, on_source, how, lag_s) and the articles
    that cite each source come to in the place of what is kept of it, also in the sums."""
    before = last(db)
    for window in WINDOWS:
        if _within(day, window, before):
            _add(db, window, day, -1)
    _replace(db, day, roles, cited)
    after = last(db)
    for window in WINDOWS:
        _move(db, window, day, before, after)


def _replace(db: sqlite3.Connection, day: int, roles: Sequence[Row], cited: Mapping[str, int]) -> None:
    for table in ("outlet_days", "leaning_days", "stale_days"):
        db.execute(f"DELETE FROM {table} WHERE day = ?", [day])  # noqa: S608
    columns = ("day", "source", *_COUNTS, "lags")
    sql = f"INSERT INTO outlet_days ({', '.join(columns)}) VALUES ({','.join('?' * len(columns))})"  # noqa: S608
    db.executemany(sql, [[day, *row] for row in _by_source(roles, cited)])
    db.executemany(
        "INSERT INTO leaning_days (day, source, outlet, on_source, how, times) VALUES (?,?,?,?,?,?)",
        [[day, *row] for row in _leanings(roles)],
    )


# -- the sums


def _within(day: int, window: int, end: int | None) -> bool:
    """Whether ``day`` is one of the ``window`` days up to ``end``."""
    return end is not None and (not window or end - window < day <= end)


def _move(db: sqlite3.Connection, window: int, day: int, before: int | None, end: int | None) -> None:
    """Add the ``day`` that was counted; where the window's end has moved from ``before`` to ``end``, the days that came
    in and not those that went out."""
    if _within(day, window, end):
        _add(db, window, day, 1)
    if not window or before == end:
        return
    reach = {d for e in (before, end) if e is not None for d in range(e - window + 1, e + 1)} - {day}
    for other in sorted(reach):
        moved = _within(other, window, end) - _within(other, window, before)
        if moved:
            _add(db, window, other, moved)


def _add(db: sqlite3.Connection, window: int, day: int, sign: int) -> None:
    """Add a day's rows to the sums of a window; with ``sign`` -1, take them away."""
    given = {"window": window, "day": day, "sign": sign}
    counts, names = ", ".join(f":sign * {name}" for name in _COUNTS), ", ".join(_COUNTS)
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in _COUNTS)
    db.execute(
        f"INSERT INTO outlet_sums (window, source, {names}, lags) SELECT :window, source, {counts}, '{{}}'"  # noqa: S608
        f" FROM outlet_days WHERE day = :day ON CONFLICT (window, source) DO UPDATE SET {added}",
        given,
    )
    sql = (
        "SELECT t.source, t.lags AS had, d.lags FROM outlet_days d"
        " JOIN outlet_sums t ON t.window = :window AND t.source = d.source WHERE d.day = :day"
    )
    lags = [(_shifted(r["had"], r["lags"], sign), window, r["source"]) for r in db.execute(sql, given)]
    db.executemany("UPDATE outlet_sums SET lags = ? WHERE window = ? AND source = ?", lags)
    db.execute(
        "INSERT INTO leaning_sums (window, source, outlet, on_source, times)"
        " SELECT :window, source, outlet, max(on_source), :sign * sum(times) FROM leaning_days WHERE day = :day"
        " GROUP BY source, outlet ON CONFLICT (window, source, outlet) DO UPDATE SET"
        " times = times + excluded.times, on_source = coalesce(excluded.on_source, on_source)",
        given,
    )
    zero = ", ".join("0" for _ in _COUNTS)
    db.execute(f"DELETE FROM outlet_sums WHERE window = ? AND ({names}) = ({zero})", [window])  # noqa: S608
    db.execute("DELETE FROM leaning_sums WHERE window = ? AND times = 0", [window])


def _shifted(had: str, lags: str, sign: int) -> str:
    kept: Counter[str] = Counter(json.loads(had))
    kept.update({at: sign * n for at, n in json.loads(lags).items()})
    return json.dumps({at: n for at, n in kept.items() if n})


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
        theirs = sum(r["role"] in _THEIRS and r["on_source"] != source for r in rows)
        counts = [*(part[name] for name in _COUNTS[3:-2]), theirs]
        yield [source, len(behind), len(rows), len(first), *counts, cited.get(source, 0), json.dumps(lags)]


def _leanings(roles: Iterable[Row]) -> Iterable[list[object]]:
    leant = [r for r in roles if r["outlet"] and r["on_source"] != r["source"]]
    counted = Counter((r["source"], r["outlet"], r["how"]) for r in leant)
    to = {(r["source"], r["outlet"]): r["on_source"] for r in leant if r["on_source"]}
    return [[source, outlet, to.get((source, outlet)), how, n] for (source, outlet, how), n in sorted(counted.items())]


def step(seconds: int) -> int:
    """The step of a lag of ``seconds`` > 0."""
    return round(math.log2(seconds) * STEPS)


def _median(lags: Mapping[int, int]) -> int | None:
    """Seconds: of an even number of lags, the mean of the two in the middle; None of no lags."""
    of = sum(lags.values())
    if not of:
        return None
    low, high = _nth(lags, (of + 1) // 2), _nth(lags, (of + 2) // 2)
    return round((2 ** (low / STEPS) + 2 ** (high / STEPS)) / 2)


def _nth(lags: Mapping[int, int], n: int) -> int:
    for at, times in sorted(lags.items()):
        n -= times
        if n <= 0:
            return at
    raise ValueError("fewer lags than that")


# -- read


def last(db: sqlite3.Connection) -> int | None:
    """The last day of which anything is known (days since 1970-01-01); None without a story of several outlets."""
    day = db.execute("SELECT max(day) FROM outlet_days").fetchone()[0]
    return None if day is None else int(day)


def outlets(db: sqlite3.Connection, window: int = 0, *, source: str | None = None) -> list[Row]:
    """What each source (or ``source`` alone) was in the stories of several outlets, in the ``window`` of days up to the
    :func:`last` one (1, or one of :data:`WINDOWS`; else ValueError).

    As v_outlet_roles has it over all days, but ``median_lag_s`` is right to within a tenth only; ``cited`` is its
    ``cited_by_articles``, and ``theirs`` how many articles print, rewrite or translate what another outlet has.
    """
    table, where, given = _rows_of("outlet", window, db, source and "source", source)
    sql = (
        f"SELECT o.*, s.name AS outlet, s.owner FROM (SELECT * FROM {table} WHERE {where} AND articles > 0) o"  # noqa: S608
        " JOIN sources s ON s.key = o.source"
    )
    most = _most(db, window, source)
    rows = [_summed(r, most.get(r["source"], (None, 0))) for r in db.execute(sql, given)]
    return sorted(rows, key=lambda r: (-r["origin"], -r["first"], -r["stories"], r["source"]))


def _summed(row: sqlite3.Row, most: tuple[str | None, int]) -> Row:
    lags = {int(at): n for at, n in json.loads(row["lags"]).items()}
    counts = {name: row[name] for name in ("source", "outlet", "owner", *_COUNTS)}
    return {**counts, "median_lag_s": _median(lags), "leans_most_on": most[0], "leans_most_times": most[1]}


def leanings(
    db: sqlite3.Connection,
    window: int = 0,
    *,
    source: str | None = None,
    on_source: str | None = None,
    limit: int = -1,
) -> list[Row]:
    """Who (or ``source`` alone) leant on whom (or on ``on_source`` alone) in a window as of :func:`outlets`, and how
    often: source, outlet, on_source (None where it is not followed), times; the ``limit`` most frequent (-1: all)."""
    column = (source and "source") or (on_source and "on_source")
    table, where, given = _rows_of("leaning", window, db, column, source or on_source)
    summed = f"SELECT source, outlet, max(on_source) AS on_source, sum(times) AS times FROM {table} WHERE {where}"  # noqa: S608
    kept = f"SELECT source, outlet, on_source, times FROM {table} WHERE {where}"  # noqa: S608
    by = f"{summed} GROUP BY source, outlet" if window == 1 else kept  # of a day, a row each way of leaning
    sql = f"{by} ORDER BY times DESC, source, outlet LIMIT :limit"
    return [dict(r) for r in db.execute(sql, {**given, "limit": limit})]


def _rows_of(
    what: str, window: int, db: sqlite3.Connection, column: str | None, key: str | None
) -> tuple[str, str, Row]:
    if window != 1 and window not in WINDOWS:
        raise ValueError(f"no sums are kept of {window} days")
    only = f" AND {column} = :key" * bool(column)
    if window == 1:
        return f"{what}_days", f"day = :day{only}", {"day": last(db), "key": key}
    return f"{what}_sums", f"window = :window{only}", {"window": window, "key": key}


def _most(db: sqlite3.Connection, window: int, source: str | None) -> dict[str, tuple[str, int]]:
    """Source → the outlet that it leant on most often, and how often (SQLite keeps the first of the greatest)."""
    table, where, given = _rows_of("leaning", window, db, source and "source", source)
    rows = f"{table} WHERE {where}"
    if window == 1:
        rows = f"(SELECT source, outlet, sum(times) AS times FROM {rows} GROUP BY source, outlet)"  # noqa: S608
    sql = f"SELECT source, outlet, max(times) AS times FROM {rows} GROUP BY source"  # noqa: S608
    return {r["source"]: (r["outlet"], r["times"]) for r in db.execute(sql, given)}
