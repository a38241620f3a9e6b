"""Rows of the store → what the terminal shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from pipeline.cli.output import padded, plain, show_lines, show_table, widest
from pipeline.cli.words import ago, clock, count, reason, stored
from pipeline.store.reads import Row

Line = tuple[str, str]  # text, style
NAME_CELLS = 22  # of an outlet's name
EDGES = 6  # shown of a story


# -- stories


def stories(rows: Sequence[Row], counts: tuple[int, int], everything: bool, now: datetime) -> None:
    """The table of stories, and below it what it leaves out."""
    columns = [("id", "right"), ("newest", ""), ("headline", "wide"), ("lang", ""), ("outlets", ""),
               ("articles", "right"), ("texts", "right")]  # fmt: skip
    if rows:
        show_table(columns, (_story_cells(row, now) for row in rows))
    show_lines([(_footer(len(rows), counts, everything), "dim")])


def _story_cells(row: Row, now: datetime) -> tuple[object, ...]:
    newest = stored(row["last_published"] or row["last_seen"])
    headline = row["headline"] or "(no title)"
    numbers = (row["articles"], row["copy_groups"])
    return (row["story_id"], ago(newest, now), headline, row["languages"], outlets(row["outlets"]), *numbers)


def outlets(names: Sequence[str]) -> str:
    """The first outlet and how many more: ``Der Spiegel +10``."""
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return padded(names[0], widest(names[:1], NAME_CELLS)) + more if names else ""


def _footer(shown: int, counts: tuple[int, int], everything: bool) -> str:
    several, single = counts
    total = several + single if everything else several
    head = f"{shown:,} of {count(total, 'story', 'stories')}" if shown < total else count(total, "story", "stories")
    hidden = f", {count(single, 'single article')} not shown (--all)" if single and not everything else ""
    return f"{head}{hidden}" + ("; retold story ID shows one" if shown else "")


# -- one story


def story(row: Row, now: datetime) -> None:
    """Header, articles, and the edges that hold them together."""
    show_lines([*_header(row, now), ("", ""), *_members(row), *_held(row)])


def _header(row: Row, now: datetime) -> Iterator[Line]:
    if row["asked_id"] != row["story_id"]:
        yield f"story {row['asked_id']} is now story {row['story_id']}", ""
    yield f"story {row['story_id']}: {plain(row['headline'] or '(no title)')}", "bold"
    first, last = row["first_published"] or row["first_seen"], row["last_published"] or row["last_seen"]
    size = (
        f"{count(row['articles'], 'article')}, {count(row['copy_groups'], 'text')}, {count(row['sources'], 'outlet')}"
    )
    span = f"{clock(first)} to {clock(last)} UTC, the newest {ago(stored(last), now)}"
    yield f"{size}; {row['languages']}; {span}", "dim"


def ordered(members: Sequence[Row]) -> list[Row]:
    """Articles by the first appearance of their text, copies after the one that had it first."""
    first: dict[int, tuple[str, int]] = {}
    for m in members:  # in order of appearance
        first.setdefault(m["copy_id"], (m["effective"], m["article_id"]))
    return sorted(members, key=lambda m: (first[m["copy_id"]], m["effective"], m["article_id"]))


def _members(row: Row) -> Iterator[Line]:
    members = ordered(row["members"])
    name = widest((m["outlet"] for m in members), NAME_CELLS)
    number = max(len(str(m["article_id"])) for m in members) + 1
    for _, texts in groupby(members, itemgetter("copy_id")):
        lead, *copies = texts
        yield from _article(lead, "", name, number)
        for copy in copies:
            yield from _article(copy, f"copy of #{lead['article_id']}", name, number)


def _article(m: Row, relation: str, name: int, number: int) -> Iterator[Line]:
    mark = "  └ " if relation else ""
    notes = ", ".join([*([relation] if relation else []), *_notes(m)])
    place = mark + padded(m["outlet"], name + 4 - len(mark))
    title = plain(m["title"] or "(no title)")
    article_id = f"#{m['article_id']}".rjust(number)
    yield f"{clock(m['effective'])}  {article_id}  {place}  {m['lang']:<3}  {title}", ""
    indent = " " * (18 + number + 2 + (4 if relation else 0))
    if notes:
        yield f"{indent}{notes}", "italic" if relation else "dim"
    yield f"{indent}{plain(m['url'])}", "dim"


def _notes(m: Row) -> Iterator[str]:
    """What is special about an article."""
    if m["agencies"]:
        yield "from " + ", ".join(plain(a) for a in m["agencies"])
    if m["credit"]:
        yield f"credit {plain(m['credit'])}"
    if m["paywalled"]:
        yield "paywalled"
    if m["text_from"] == "teaser":
        yield "teaser only"
    if m["version"] > 1:
        yield f"version {m['version']}"


def _held(row: Row) -> Iterator[Line]:
    """The edges between its texts that hold a story together, in words."""
    edges = backbone(row["members"], row["edges"])
    if not edges:
        return
    yield "", ""
    yield "why together, the strongest first (retold why A B tells more):", "bold"
    for edge in edges[:EDGES]:
        yield edge_line(edge), ""
    if len(edges) > EDGES:
        yield f"  and {count(len(edges) - EDGES, 'more edge')}", "dim"


def backbone(members: Sequence[Row], edges: Sequence[Row]) -> list[Row]:
    """A maximum spanning tree over the story's texts (Kruskal 1956); of a single text, over its copies.

    ``edges`` come strongest first.
    """
    home = {m["article_id"]: m["copy_id"] for m in members}
    if len(set(home.values())) == 1:
        home = {i: i for i in home}
    kept = []
    for edge in edges:
        a, b = home[edge["left_id"]], home[edge["right_id"]]
        if a != b:
            kept.append(edge)
            home = {i: a if h == b else h for i, h in home.items()}
    return kept


def edge_line(edge: Row) -> str:
    """``#3 and #9, same story (0.97): shared names …; 2.1 h apart``."""
    reasons = "; ".join(plain(r) for r in edge["reasons"])
    verdict = edge["verdict"].replace("_", " ")
    return f"  #{edge['left_id']} and #{edge['right_id']}, {verdict} ({edge['probability']:.2f}): {reasons}"


# -- search, sources


def hits(rows: Sequence[Row], limit: int, now: datetime) -> None:
    """Articles found, each with where the words stand."""
    show_lines(line for row in rows for line in _hit(row, now))
    show_lines([(f"{count(len(rows), 'article')} found" + (" (--limit)" if len(rows) == limit else ""), "dim")])


def _hit(row: Row, now: datetime) -> Iterator[Line]:
    place = f"story {row['story_id']}" if row["story_id"] else "in no story yet"
    yield f"#{row['article_id']}  {plain(row['title'] or '(no title)')}", "bold"
    when = ago(stored(row["published"] or row["first_seen"]), now)
    yield f"    {place}, {plain(row['outlet'])}, {row['lang']}, {when}", ""
    yield f"    {plain(row['snippet'])}", ""
    yield f"    {plain(row['url'])}", "dim"


def sources(rows: Sequence[Row], failing: bool, now: datetime) -> None:
    """Every feed and how it is."""
    columns = [("source", ""), ("feed", "wide"), ("last answer", ""), ("last ok", ""), ("last new", ""),
               ("fails", "right"), ("next due", ""), ("entries", "right"), ("waiting", "right")]  # fmt: skip
    if rows:
        show_table(columns, (_feed_cells(row, now) for row in rows))
        show_lines(line for row in rows for line in _feed_detail(row))
    what = "failing feed" if failing else "feed"
    show_lines([(count(len(rows), what), "dim")])


def _feed_cells(row: Row, now: datetime) -> tuple[object, ...]:
    times = [ago(stored(row[k]), now) for k in ("last_ok", "last_new")]
    feed = row["url"].partition("://")[2].removeprefix("www.")
    answer = reason(row["last_code"])
    return (row["source"], feed, answer, *times, row["failures"], _due(row, now), row["entries"], row["waiting"])


def _due(row: Row, now: datetime) -> str:
    if row["disabled"]:
        return "switched off"
    due = stored(row["next_due"])
    return ago(due, now) if due and due > now else "next run"


def _feed_detail(row: Row) -> Iterator[Line]:
    """What the server said, for feeds that fail; and where a feed says it moved to."""
    if row["failures"] and row["detail"]:
        yield f"{plain(row['source'])}: {plain(row['url'])}: {plain(row['detail'])}", "dim"
    if row["moved_to"]:
        yield f"{plain(row['source'])}: {plain(row['url'])} has moved to {plain(row['moved_to'])}", "yellow"


def boilerplate(rows: Iterable[Row]) -> None:
    """Paragraphs left out, by source."""
    found = list(rows)
    if found:
        columns = [("source", ""), ("articles", "right"), ("paragraph", "fold")]
        show_table(columns, ((r["source"], r["articles"], r["paragraph"]) for r in found))
    show_lines([(f"{count(len(found), 'paragraph')} left out as boilerplate", "dim")])
