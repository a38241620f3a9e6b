"""Wordings of an article → its edits: what each changed, and whether it says so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from pipeline import wording
from pipeline.phrases import plain

__all__ = ["PILCROW", "Edit", "edits", "paragraphs"]

Row = dict[str, Any]
Piece = tuple[str, str]  # plain text and what became of it: equal, delete, insert
PILCROW = "¶"  # a paragraph's end that came or went


@dataclass(frozen=True)
class Edit:
    """A wording and the one before it, if that is kept."""

    new: Row
    old: Row | None

    @cached_property
    def text(self) -> wording.Diff:
        """What changed in the text."""
        return wording.diff(self.old["text"] if self.old else self.new["text"], self.new["text"])

    @cached_property
    def title(self) -> wording.Diff:
        """What changed in the headline."""
        return wording.diff(self.old["title"] if self.old else self.new["title"], self.new["title"])

    @property
    def one_step(self) -> bool:
        """Whether the one came right after the other, so that what is told of that edit holds."""
        return bool(self.old and self.old["version"] + 1 == self.new["version"])

    @property
    def silent(self) -> bool | None:
        """Whether it claimed no newer date; None where that cannot be said."""
        return bool(self.new["silent"]) if self.one_step and self.new["silent"] is not None else None


def edits(rows: Sequence[Row]) -> list[Edit]:
    """Each wording with the one before it."""
    return [Edit(new, old) for new, old in zip(rows, [None, *rows[:-1]], strict=True)]


# -- as text


def paragraphs(hunks: Iterable[wording.Hunk]) -> Iterator[list[Piece]]:
    """The hunks line by line; where a break came or went inside of what stayed, a pilcrow tells."""
    line: list[Piece] = []
    for kind, run in _sides(hunks):
        for is_break, several in groupby(run, lambda word: word == wording.BREAK):
            if not is_break:
                line.append((plain(" ".join(several)), kind))
                continue
            if kind != "equal" and {k for _, k in line} != {kind}:
                line.append((PILCROW, kind))
            yield line
            line = []
    if line:
        yield line


def _sides(hunks: Iterable[wording.Hunk]) -> Iterator[tuple[str, wording.Unit]]:
    for hunk in hunks:
        if hunk.kind == "equal":
            yield "equal", hunk.new
        else:
            yield "delete", hunk.old
            yield "insert", hunk.new
