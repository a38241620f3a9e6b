"""`retold outlets`: what each outlet is in the stories, and whom it leans on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from pipeline.cli.options import db_option, json_option
from pipeline.cli.output import Concessions, plain, show_json, show_lines, show_table
from pipeline.cli.query import LIMIT, known_source, since
from pipeline.cli.words import clock, count
from pipeline.store import roles
from pipeline.store.connect import reading
from pipeline.store.rows import Row

Line = tuple[str, str]
Table = Sequence[tuple[object, ...]]
HEADINGS = (
    "outlet", "stories", "first", "origin", "reports", "copies", "rewrites", "transl.", "follow-ups", "cited by",
    "leans most on", "lag",
)  # fmt: skip
# What gives way, in this order, where the terminal is narrow; outlet and origin never do.
NARROW: Concessions = (
    ("outlet", 16), ("leans most on", 16), ("transl.", 0), ("follow-ups", 0), ("lag", 0), ("rewrites", 0),
    ("reports", 0), ("leans most on", 10), ("cited by", 0), ("leans most on", 0), ("copies", 0), ("stories", 0),
    ("outlet", 8), ("first", 0),
)  # fmt: skip
RIGHT = (*HEADINGS[1:-2], "lag")
LEGEND = (
    "stories: that several outlets told; first: how often; origin … follow-ups: its articles; copies: whole +cut;"
    " cited by: articles; lag: median behind the first, where it is not"
)
FEWEST = 8  # cells of a name before it is cut no further


@click.command("outlets")
@click.option("--since", "newer", callback=since, metavar="WHEN",
              help="Only stories whose newest article is since 24h, 3d, 2w or 2026-11-20 (UTC).")  # fmt: skip
@click.option("--source", "key", metavar="KEY", help="This outlet in detail.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=LIMIT, show_default=True, help="How many at most.")
@db_option
@json_option
def outlets(path: Path, newer: str | None, key: str | None, limit: int, as_json: bool) -> None:
    """Show who tells stories first, who is where they come from, who copies, and who leans on whom.

    \b
    Examples:
      retold outlets
      retold outlets --since 2w
      retold outlets --source nos
    """
    with reading(path) as db:
        known_source(db, key)
        if key:
            return detail(_limited(roles.outlet(db, key, since=newer), limit), as_json)
        found = roles.outlets(db, since=newer)
    return show_json(found[:limit]) if as_json else show(found, limit)


def _limited(row: Row, limit: int) -> Row:
    return {**row, "leans_on": row["leans_on"][:limit], "leant_on_by": row["leant_on_by"][:limit]}


# -- all outlets


def show(rows: Sequence[Row], limit: int) -> None:
    """The table, with its legend."""
    if rows:
        show_table([HEADINGS, *(_cells(row) for row in rows[:limit])], RIGHT, NARROW)
    total = count(len(rows), "outlet")
    shown = total if len(rows) <= limit else f"the first {limit:,} of {total} (--limit shows more)"
    show_lines([*([(LEGEND, "dim")] if rows else []), (shown, "dim")])


def _cells(row: Row) -> tuple[object, ...]:
    leans = f"{plain(row['leans_most_on'])} ({row['leans_most_times']})" if row["leans_most_on"] else ""
    articles = (row["report"], _copies(row), row["rewrite"], row["translation"], row["follow_up"])
    numbers = (row["stories"], row["first"], row["origin"], *articles, row["cited_by_articles"])
    return (row["outlet"], *numbers, leans, lag(row["median_lag_s"]))


def _copies(row: Row) -> str:
    """Whole copies and cut ones: ``7 +1``."""
    return f"{row['copy']} +{row['cut_copy']}" if row["cut_copy"] else str(row["copy"])


def lag(seconds: int | None) -> str:
    """``45 min``, ``3.1 h``, ``2.5 d``; less than nothing where it came before; blank where it is not known."""
    if seconds is None:
        return ""
    size, sign = abs(seconds), "-" if seconds < 0 else ""
    if size < 3600:
        return f"{sign}{size // 60} min"
    return f"{sign}{size / 3600:.1f} h" if size < 2 * 86_400 else f"{sign}{size / 86_400:.1f} d"


# -- one outlet


def detail(row: Row, as_json: bool) -> None:
    """One outlet: counts, whom it leans on, who leans on it, its newest stories."""
    if as_json:
        return show_json(row)
    show_lines(_header(row))
    if row["leans_on"]:
        _leanings("leans on", ((r["on_outlet"], r) for r in row["leans_on"]))
    if row["leant_on_by"]:
        _leanings("leant on by", ((r["outlet"], r) for r in row["leant_on_by"]))
    return show_lines(_newest(row["newest"]))


def _header(row: Row) -> Iterator[Line]:
    yield f"{plain(row['source'])}: {plain(row['outlet'])} ({plain(row['owner'])})", "bold"
    if (n := row["roles"]) is None:
        yield "no story that several outlets told", "dim"
        return
    told = (count(n["stories"], "story", "stories"), f"first in {n['first']:,}", f"origin of {n['origin']:,}")
    yield f"{', '.join(told)}; cited by {count(n['cited_by_articles'], 'article')}", ""
    kinds = ((n["report"], "report", ""), (n["copy"], "copy", "copies"), (n["cut_copy"], "cut copy", "cut copies"),
             (n["rewrite"], "rewrite", ""), (n["translation"], "translation", ""),
             (n["follow_up"], "follow-up", ""))  # fmt: skip
    said = ", ".join(count(*kind) for kind in kinds if kind[0])
    behind = f"; median {lag(n['median_lag_s'])} behind the first" if n["median_lag_s"] is not None else ""
    yield f"{count(n['articles'], 'article')}{f', of these {said}' if said else ''}{behind}", "dim"


def _leanings(title: str, rows: Iterator[tuple[str, Row]]) -> None:
    show_lines([("", ""), (title, "bold")])
    headings = ("outlet", "times", "by", "median lag")
    cells = [(name, r["times"], _by(r["by"]), lag(r["median_lag_s"])) for name, r in rows]
    show_table(
        [headings, *cells], ("times", "median lag"), (("by", 20), ("outlet", FEWEST), ("by", 0), ("median lag", 0))
    )


def _by(by: Mapping[str, int]) -> str:
    """``credit 6, citation 2``; where there is one sort only, its name."""
    return ", ".join(f"{how} {times}" for how, times in by.items()) if len(by) > 1 else "".join(by)


def _newest(stories: Sequence[Row]) -> Iterator[Line]:
    if stories:
        yield "", ""
        yield "newest stories", "bold"
    for story in stories:
        yield f"{clock(story['newest'])}  {story['story_id']}: {plain(story['headline'] or '(no title)')}", ""
        for article in story["articles"]:
            yield f"{' ' * 18}{_part(article)}", "dim"


def _part(article: Row) -> str:
    after = f", {lag(article['lag_s'])} after the first" if article["lag_s"] else ", the first"
    on = f", leans on {plain(article['leans_on_outlet'])} ({article['how']})" if article["leans_on_outlet"] else ""
    return f"#{article['article_id']}  {article['role'].replace('_', ' ')}{after}{on}"
