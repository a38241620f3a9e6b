"""Wordings of an article → what `retold history` and `retold diff` show of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from pipeline import wording
from pipeline.cli.output import console, plain, without
from pipeline.cli.words import clock, count
from pipeline.edits import Edit, edits, paragraphs
from pipeline.store.rows import Row

__all__ = ["Edit", "as_row", "diff_lines", "edits", "history_lines", "history_row", "show_marked"]

Line = tuple[str, str]
Piece = tuple[str, str]  # plain text and what it is: a key of STYLES
STYLES = {"equal": "", "delete": "red strike", "insert": "green", "head": "bold", "note": "dim", "silent": "yellow"}
MARKS = {"delete": ("[-", "-]"), "insert": ("{+", "+}")}  # where there is no colour
NUMBERS = 12  # shown of those that changed


# -- JSON


def history_row(edit: Edit) -> Row:
    """A version as `retold history --json` shows it."""
    words = sum(w != wording.BREAK for w in wording.words(edit.new["text"]))
    return {**without(edit.new, "article_id", "text"), "silent": edit.silent, "words": words, **_counts(edit)}


def _counts(edit: Edit) -> Row:
    gone, come = edit.text.numbers
    found = {"added": edit.text.added, "removed": edit.text.removed, "numbers_added": come, "numbers_removed": gone}
    return found if edit.old else dict.fromkeys(found)


def as_row(edit: Edit) -> dict[str, Any]:
    """An edit as `retold diff --json` shows it; without one, ``from`` is null and nothing changed."""
    return {
        "from": edit.old and without(edit.old, "article_id", "text", "silent"),
        "to": {**without(edit.new, "article_id", "text"), "silent": edit.silent},
        **_counts(edit),
        "title_hunks": [_hunk(h) for h in edit.title.hunks],
        "hunks": [_hunk(h) for h in edit.text.hunks],
    }


def _hunk(hunk: wording.Hunk) -> Row:
    return {"kind": hunk.kind, "old": list(hunk.old), "new": list(hunk.new)}


# -- the history


def history_lines(about: Row, found: Sequence[Edit]) -> Iterator[Line]:
    """The article, a line for each version, and how to see more."""
    yield f"#{about['article_id']}  {plain(about['title'] or '(no title)')}", "bold"
    yield f"{plain(about['outlet'])}, {plain(about['url'])}", "dim"
    yield "", ""
    yield f"version  {'seen':<16}  {'says it changed':<16}  from    words", "bold"
    for edit in found:
        yield _version(edit), "yellow" if edit.silent else ""
    silent = sum(e.silent is True for e in found)
    number = about["version"] - 1
    told = f"{count(number, 'edit')}, {silent} silent" if number else "never edited, as far as we saw"
    yield told + (f"; retold diff {about['article_id']} shows the last" if number else ""), "dim"


def _version(edit: Edit) -> str:
    row, old = edit.new, edit.old
    size = f"+{edit.text.added:,} -{edit.text.removed:,}" if old else f"{history_row(edit)['words']:,}"
    notes = "; ".join(_notes(edit))
    times = f"{clock(row['seen'])}  {clock(row['updated'])}"
    return f"{row['version']:>7}  {times}  {row['text_from']:<6}  {size:<12}  {notes}".rstrip()


def _notes(edit: Edit) -> Iterator[str]:
    if edit.silent:
        yield "silent edit"
    if edit.old and edit.old["text_from"] != edit.new["text_from"]:
        yield f"{edit.new['text_from']} in place of {edit.old['text_from']}"
    if edit.old and edit.title.changes:
        yield f"headline: {plain(edit.new['title'] or '(none)')}"


# -- the diff


def diff_lines(about: Row, edit: Edit) -> Iterator[list[Piece]]:
    """The headline, what is to be said of the edit, and the paragraphs that differ."""
    number = f"#{about['article_id']} "  # joined by a blank
    if edit.old is None:
        yield [(number, "head"), (plain(edit.new["title"] or "(no title)"), "head")]
        yield [(f"one version only, first seen {clock(edit.new['seen'])} UTC: there is nothing to compare", "note")]
        return
    yield [(number, "head"), *(piece for line in paragraphs(edit.title.hunks) for piece in line)]
    yield [(f"{plain(about['outlet'])}, {plain(about['url'])}", "note")]
    yield from ([piece] for piece in _said(edit, edit.old))
    yield []
    for unchanged, lines in groupby(paragraphs(edit.text.hunks), lambda line: [k for _, k in line] == ["equal"]):
        several = [[(" ", "equal"), *line] for line in lines]  # what stands at the left is ours
        yield from [[(f"… {count(len(several), 'paragraph')} unchanged", "note")]] if unchanged else several


def _said(edit: Edit, old: Row) -> Iterator[Piece]:
    new = edit.new
    claim = f"says it changed {clock(new['updated'])}" if new["updated"] else "names no date of change"
    size = f"+{edit.text.added:,} -{edit.text.removed:,} words"
    yield f"version {old['version']} to {new['version']}, seen {clock(new['seen'])} UTC, {claim}; {size}", "note"
    if edit.silent:
        yield "silent edit: it reads differently and claims no newer date", "silent"
    if old["text_from"] != new["text_from"]:
        yield f"the text is from the {new['text_from']}, was from the {old['text_from']}", "note"
    gone, come = ([plain(n) for n in side] for side in edit.text.numbers)
    if gone or come:
        yield "numbers: " + " ".join([*_listed("-", gone), *_listed("+", come)]), "note"


def _listed(sign: str, numbers: Sequence[str]) -> list[str]:
    more = [f"({sign}{len(numbers) - NUMBERS:,} more)"] if len(numbers) > NUMBERS else []
    return [sign + n for n in numbers[:NUMBERS]] + more


def show_marked(lines: Iterable[Sequence[Piece]]) -> None:
    """Pieces in the colours of :data:`STYLES`; without colours, what went and what came between marks."""
    from rich.text import Text

    out = console()
    coloured = bool(out.color_system) and not out.no_color
    for line in lines:
        pieces = [Text(_marked(text, "" if coloured else kind), STYLES[kind]) for text, kind in line]
        out.print(Text(" ").join(pieces), soft_wrap=True)


def _marked(text: str, kind: str) -> str:
    before, after = MARKS.get(kind, ("", ""))
    return f"{before}{text}{after}"
