"""Rows of feeds and of what is left out → what `retold sources` shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from pipeline.cli.output import console, needed, plain, show_lines, show_table, taken
from pipeline.cli.words import ago, count, reason, stored
from pipeline.feedhealth import due, pace, silence
from pipeline.feedhealth import missing as without_page
from pipeline.store.rows import Row

Line = tuple[str, str]
RECENT = timedelta(days=7)
COLUMNS = ("source", "feed", "last answer", "last ok", "last new", "fails", "every", "next due", "entries", "waiting")


def sources(rows: Sequence[Row], waiting: Sequence[Row], kind: str, now: datetime) -> None:
    """Feeds (of some ``kind``, such as failing) and how they are: a table where it fits whole, else a record each, for
    no address is ever cut."""
    table = [[plain(c) for c in cells] for cells in (COLUMNS, *(_cells(row, now) for row in rows))]
    if rows and taken(needed(table)) <= console().width:
        show_table(table, ("fails", "every", "entries", "waiting"), ())
    else:
        show_lines(line for cells in table[1:] for line in _record(cells))
    shown = {row["url"] for row in rows}
    show_lines(line for row in rows for line in (*_detail(row), *_gaps(row, now)))
    show_lines((missing(w), "dim") for w in waiting if w["feed_url"] in shown)
    show_lines([(count(len(rows), f"{kind} feed".lstrip()), "dim")])


def _cells(row: Row, now: datetime) -> tuple[object, ...]:
    times = [ago(stored(row[k]), now) for k in ("last_ok", "last_new")]
    answer = reason(row["last_code"])
    return (row["source"], row["url"], answer, *times, row["failures"], pace(row), due(row, now), row["entries"],
            row["waiting"])  # fmt: skip


def _record(cells: Sequence[str]) -> Iterator[Line]:
    """One feed below the other: who and what it answered, its address, then the rest, each line a short one."""
    source, url, answer, ok, new, fails, every, due, entries, waiting = cells
    yield f"{source}: {answer}", "bold"
    yield f"  {url}", ""
    yield f"  last ok {ok}, last new {new}, fails {fails}", "dim"
    asked = f"asked every {every}, " if every else ""
    yield f"  {asked}next due {due}, entries {entries}, waiting {waiting}", "dim"


def _detail(row: Row) -> Iterator[Line]:
    """What the server said, for feeds that fail; why a feed is silent; and where a feed says it moved to."""
    if row["failures"] and row["detail"]:
        yield f"{plain(row['source'])}: {plain(row['url'])}: {plain(row['detail'])}", "dim"
    if row["silence"]:
        yield f"{plain(row['source'])}: {plain(row['url'])} is silent: {silence(row)}", "yellow"
    if row["moved_to"]:
        yield f"{plain(row['source'])}: {plain(row['url'])} has moved to {plain(row['moved_to'])}", "yellow"


def _gaps(row: Row, now: datetime) -> Iterator[Line]:
    """That a feed's items may have come and gone unseen, where that was lately."""
    last = stored(row["last_gap"])
    if last and now - last < RECENT:
        often = count(row["gaps"], "gap")
        why = "an answer held nothing that was known, so items may have been missed: a shorter interval helps"
        yield f"{plain(row['source'])}: {plain(row['url'])}: {often}, the last {ago(last, now)}: {why}", "yellow"


def missing(row: Row) -> str:
    """``hafenkurier: 1 entry without its page: robots.txt forbids it (teaser kept)``."""
    return f"{plain(row['source'])}: {without_page(row)}"


def boilerplate(rows: Iterable[Row]) -> None:
    """Paragraphs left out, by source."""
    found = list(rows)
    for row in found:
        head = f"{plain(row['source'])}, in {count(row['articles'], 'article')}:"
        show_lines([(head, "bold"), (f"  {plain(row['paragraph'])}", "")])
    show_lines([(f"{count(len(found), 'paragraph')} left out as boilerplate", "dim")])
