"""What came of a correction, for programs and for people."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.cli.options import now
from pipeline.cli.output import show_json, show_lines
from pipeline.cli.words import count
from pipeline.phrases import correction
from pipeline.store import corrections as stored

if TYPE_CHECKING:
    from pipeline.corrections import Made
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection

LATER = "articles wait to be compared first; the next run (or `retold run --no-fetch`) applies it"
Line = tuple[str, str]


def report(db: Connection, made: Made, together: Collection[int], apart: Collection[int]) -> dict[str, Any]:
    """What came of one correction, as JSON shows it."""
    [row] = stored.listed(db, "id=?", made.id)
    return {
        "correction": row,
        "already": made.already,
        "superseded": [r for i in made.superseded for r in stored.listed(db, "id=?", i)],
        "overruled": [r for i in made.overruled for r in stored.listed(db, "id=?", i)],
        "regrouped": made.regrouped,
        "stories": stored.stories_of(db, together),
        "others": stored.stories_of(db, apart),
    }


def said(report: dict[str, Any]) -> Iterator[Line]:
    """:func:`report` for people."""
    row = report["correction"]
    if report["already"]:
        yield f"nothing to do: correction {row['id']} says so already", ""
        return
    yield f"correction {row['id']}: {row['kind']} of {count(len(row['together']), 'article')}{_where(report)}", ""
    for old in report["superseded"]:
        yield f"  replaces {correction(old)}", ""
    for old in report["overruled"]:
        yield f"  overrules in part {correction(old)}", ""
    if not report["regrouped"]:
        yield f"  {LATER}", "yellow"


def _where(report: dict[str, Any]) -> str:
    if not report["regrouped"]:
        return ""
    others = sorted(set(report["others"]) - set(report["stories"]))
    rest = f"; the rest is {_stories(others)}" if others else ""
    return f", now {_stories(report['stories'])}{rest}"


def _stories(ids: Sequence[int]) -> str:
    return ("story " if len(ids) == 1 else "stories ") + ", ".join(map(str, ids))


def taken_back(db: Connection, recipe: Recipe, ids: Sequence[int], as_json: bool) -> None:
    """Take corrections back and say so."""
    from pipeline import corrections

    rows = [r for i in ids for r in stored.listed(db, "id=?", i)]
    again, regrouped = corrections.remove(db, recipe, ids, now().replace(microsecond=0))
    named_in = {a["article_id"] for r in rows for a in r["together"] + r["apart"] if a["article_id"]}
    stories = stored.stories_of(db, named_in)
    if as_json:
        return show_json({"removed": list(ids), "in_force_again": again, "regrouped": regrouped, "stories": stories})
    lines: list[Line] = [(f"taken back: {correction(r)}", "") for r in rows]
    lines += [(f"  in force again: {correction(r)}", "") for i in again for r in stored.listed(db, "id=?", i)]
    if not regrouped:
        lines.append((f"  {LATER}", "yellow"))
    elif stories:
        lines.append((f"  its articles are now in {_stories(stories)}", ""))
    return show_lines(lines)
