"""Rows of the store → what the terminal shows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from pipeline.cli import lineage
from pipeline.cli.output import padded, plain, show_lines, show_table, widest
from pipeline.cli.words import ago, clock, count, stored
from pipeline.credits import beyond
from pipeline.lineage import part
from pipeline.phrases import WEAK, correction, relation
from pipeline.store.rows import Row
from pipeline.why.backbone import backbone, binding, bound_by

Line = tuple[str, str]  # text, style
Block = tuple[int, list[Line]]  # article id or 0, lines
NAME_CELLS = 22  # of an outlet's name
EDGES = 6  # shown of a story
COLUMNS = ("id", "newest", "headline", "lang", "outlets", "articles", "texts")
# What gives way, in this order, where the terminal is narrow; ids and ages never do.
NARROW = (
    ("headline", 20),
    ("texts", 0),
    ("lang", 0),
    ("outlets", 10),
    ("articles", 0),
    ("outlets", 0),
    ("headline", 1),
)


# -- stories


def stories(rows: Sequence[Row], counts: tuple[int, int], everything: bool, now: datetime, empty: str = "") -> None:
    """The table of stories, and below it what it leaves out; ``empty``: what to say where there are none."""
    if rows:
        show_table([COLUMNS, *(story_cells(row, now) for row in rows)], ("id", "articles", "texts"), NARROW)
    show_lines([(_footer(len(rows), counts, everything, empty), "dim")])


def story_cells(row: Row, now: datetime) -> tuple[object, ...]:
    """A story's cells under :data:`COLUMNS`."""
    newest = stored(row["newest"])
    headline = row["headline"] or "(no title)"
    numbers = (row["articles"], row["copy_groups"])
    return (row["story_id"], ago(newest, now), headline, row["languages"], outlets(row["outlets"]), *numbers)


def outlets(names: Sequence[str]) -> str:
    """The first outlet and how many more: ``Der Spiegel +10``."""
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return padded(names[0], widest(names[:1], NAME_CELLS)) + more if names else ""


def _footer(shown: int, counts: tuple[int, int], everything: bool, empty: str) -> str:
    several, single = counts
    total = several + single if everything else several
    head = count(total, "story", "stories")
    if shown < total:
        head = f"{shown:,} of {head} (--limit shows more)"
    hidden = f", {count(single, 'single article')} not shown (--all)" if single and not everything else ""
    return f"{head if shown or not empty else empty}{hidden}" + ("; retold story ID shows one" if shown else "")


# -- one story


def story(row: Row, now: datetime, held: Sequence[Row] = ()) -> None:
    """Header, articles, and the edges that hold them together; ``held``: the corrections in force that name them."""
    show_lines(line for _, lines in blocks(row, now, held) for line in lines)


def blocks(row: Row, now: datetime, held: Sequence[Row] = ()) -> Iterator[Block]:
    """What `retold story` prints: an article's lines in one block with its number, every other line with 0."""
    above = [*_header(row, now), *lineage.origin_lines(row), *lineage.recalled_lines(row["recalled"]), ("", "")]
    yield from ((0, [line]) for line in above)
    yield from _members(row)
    yield from ((0, [line]) for line in (*_tree(row), *_held(row, held)))


def _tree(row: Row) -> Iterator[Line]:
    lines = list(lineage.tree(row))
    if lines:
        yield "", ""
        yield "who has it from whom (retold trace ARTICLE tells the way back):", "bold"
        yield from lines


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
    if gone := max((m["pruned"] or "" for m in row["members"]), default=""):
        yield f"its texts are gone, pruned {gone[:10]}: what is told here is how it was then", ""


def ordered(members: Sequence[Row]) -> list[Row]:
    """Articles by the first appearance of their text, copies after the one that had it first."""
    first: dict[int, tuple[str, int]] = {}
    for m in members:  # in order of appearance
        first.setdefault(m["copy_id"], (m["effective"], m["article_id"]))
    return sorted(members, key=lambda m: (first[m["copy_id"]], m["effective"], m["article_id"]))


def _members(row: Row) -> Iterator[Block]:
    members = ordered(row["members"])
    name = widest((m["outlet"] for m in members), NAME_CELLS)
    number = max(len(str(m["article_id"])) for m in members) + 1
    for _, texts in groupby(members, itemgetter("copy_id")):
        lead, *copies = texts
        yield lead["article_id"], [*_article(lead, "", name, number)]
        for copy in copies:
            kind = "cut copy" if copy["story_role"] == "cut_copy" else "copy"
            yield copy["article_id"], [*_article(copy, f"{kind} of #{lead['article_id']}", name, number)]


def _article(m: Row, relation: str, name: int, number: int) -> Iterator[Line]:
    mark = "  └ " if relation else ""
    late = bool(m["published"]) and m["first_seen"][:16] != m["published"][:16]
    seen = f"first seen {clock(m['first_seen'])}" if late else ""
    said = ", ".join(filter(None, [relation, *notes(m), seen]))
    place = mark + padded(m["outlet"], name + 4 - len(mark))
    title = plain(m["title"] or "(no title)")
    article_id = f"#{m['article_id']}".rjust(number)
    yield f"{clock(m['effective'])}  {article_id}  {place}  {m['lang']:<3}  {title}", ""
    indent = " " * (18 + number + 2 + (4 if relation else 0))
    if said:
        yield f"{indent}{said}", "italic" if relation else "dim"
    yield f"{indent}{plain(m['url'])}", "dim"


def notes(m: Row) -> Iterator[str]:
    """What is special about an article."""
    if (role := part(m)) and m["story_role"] not in ("copy", "cut_copy"):
        yield role
    if m["agencies"]:
        yield "from " + ", ".join(plain(a) for a in m["agencies"])
    if credit := beyond(m["credit"], m["agencies"]):
        yield f"credit {plain(credit)}"
    if m["paywalled"]:
        yield "paywalled"
    if m["text_from"] == "teaser":
        yield "teaser only"
    if m["version"] > 1:
        yield f"version {m['version']}"


def _held(row: Row, held: Sequence[Row]) -> Iterator[Line]:
    """The edges between its texts that hold a story together, in words, and the corrections where edges do not."""
    edges = backbone(row["members"], row["edges"])
    bound = binding(row["members"], edges, held)
    if not edges and not bound:
        return
    yield "", ""
    yield "why together, the strongest first (retold why A B tells more):", "bold"
    for edge in edges[:EDGES]:
        yield edge_line(edge), ""
        if relation(edge, inside=True) == WEAK:
            yield from ((f"    held together by {correction(c)}", "") for c in bound_by(edge, held))
    if len(edges) > EDGES:
        yield f"  and {count(len(edges) - EDGES, 'more edge')}", "dim"
    yield from ((f"  no edge, but {correction(c)} holds {count(len(c['together']), 'article')}", "") for c in bound)
    if any(relation(edge, inside=True) == WEAK for edge in edges[:EDGES]):
        joins = "stories join by the three best links of each text together, or by a correction"
        more = f"retold why {row['story_id']} tells the threshold"
        yield f"  a {WEAK} is not one event by itself; {joins} ({more})", "dim"


def edge_line(edge: Row) -> str:
    """An edge inside a story: ``#3 and #9, same story (0.97): shared names …; 2.1 h apart``."""
    reasons = "; ".join(plain(r) for r in edge["reasons"])
    words = relation(edge, inside=True)
    return f"  #{edge['left_id']} and #{edge['right_id']}, {words} ({edge['probability']:.2f}): {reasons}"


# -- one article


def article_lines(row: Row, member: Row) -> Iterator[Line]:
    """An article (a row of ``reads.article``, and what it is in its story) with its text."""
    yield f"#{row['id']} {plain(row['title'] or '(no title)')}", "bold"
    times = f"says {clock(row['published']).strip() or 'nothing'}, first seen {clock(row['first_seen'])} UTC"
    yield f"{plain(member['outlet'])} ({row['lang']}), {times}", ""
    if said := ", ".join(notes(member)):
        yield said, "dim"
    yield plain(row["url"]), "dim"
    for paragraph in row["text"].splitlines():
        yield from (("", ""), (plain(paragraph), ""))


# -- search


def hits(rows: Sequence[Row], more: bool, now: datetime) -> None:
    """Articles found, each with where the words stand; ``more``: these are not all."""
    show_lines(line for row in rows for line in _hit(row, now))
    found = f"the first {len(rows):,} (--limit shows more)" if more else f"{count(len(rows), 'article')} found"
    show_lines([(found, "dim")])


def _hit(row: Row, now: datetime) -> Iterator[Line]:
    place = f"story {row['story_id']}" if row["story_id"] else "in no story yet"
    yield f"#{row['article_id']}  {plain(row['title'] or '(no title)')}", "bold"
    when = ago(stored(row["published"] or row["first_seen"]), now)
    yield f"    {place}, {plain(row['outlet'])}, {row['lang']}, {when}", ""
    yield f"    {plain(row['snippet'])}", ""
    yield f"    {plain(row['url'])}", "dim"
