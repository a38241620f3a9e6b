"""One attempt to correct, by the shell or by a page: made or refused, applied at once, told, and put on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.model import MARKS, Correction, Kind
from pipeline.phrases import correction, count, plain
from pipeline.store import audit, origins
from pipeline.store import corrections as stored
from pipeline.store.rows import Row
from pipeline.wanted import AbsentError, RefusedError, Wanted, resolved

if TYPE_CHECKING:
    from pipeline.corrections import Made
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection

Report = dict[str, Any]
LATER = "articles wait to be compared first; the next run (or `retold run --no-fetch`) applies it"
REMOVE = "take back"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries what: ``action`` of ACTIONS or REMOVE, ``what`` it names, through which ``door`` (page, shell);
    ``more`` goes on record with it."""

    action: str
    what: Sequence[str]
    person: str
    door: str
    at: datetime
    note: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


def correct(db: Connection, recipe: Recipe, tried: Attempt) -> list[Report]:
    """Make the corrections that an attempt asks for; what came of each.

    The caller holds the run lock. Raises RefusedError, which is on record, too.
    """
    from pipeline import corrections

    try:
        wanted = resolved(db, tried.action, tried.what)
    except RefusedError as error:
        put_down(db, tried, "refused", str(error))
        raise
    at = tried.at.replace(microsecond=0)
    done = []
    for one in wanted:
        made = corrections.make(db, recipe, _said(db, one, tried, at), at)
        done.append(report(db, made, one))
    words = "; ".join(line.strip() for one in done for line in said(one))
    stories = sorted({s for one in done for s in (*one["stories"], *one["others"])})
    ids = [one["correction"]["id"] for one in done]
    put_down(db, tried, "done", words, corrections=ids, stories=stories)
    return done


def _said(db: Connection, one: Wanted, tried: Attempt, at: datetime) -> Correction:
    together, apart, on = (stored.keys(db, ids) for ids in (one.together, one.apart, one.on))
    return Correction(one.kind, together, apart, at, tried.person, tried.note, on=on, outlet=one.outlet)


class TakenBack(NamedTuple):
    """What came of taking corrections back."""

    report: Report
    rows: list[Row]  # these
    again: list[Row]  # those that hold again because of it


def take_back(db: Connection, recipe: Recipe, tried: Attempt) -> TakenBack:
    """Take back the corrections whose numbers ``tried.what`` are.

    The caller holds the run lock. Raises AbsentError, which is on record, too.
    """
    from pipeline import corrections

    ids = [int(n) for n in dict.fromkeys(tried.what)]
    try:
        rows = [_standing(db, i) for i in ids]
    except AbsentError as error:
        put_down(db, tried, "refused", str(error))
        raise
    again, regrouped = corrections.remove(db, recipe, ids, tried.at.replace(microsecond=0))
    named_in = {a["article_id"] for r in rows for a in r["together"] + r["apart"] + r["on"] if a["article_id"]}
    found: Report = {
        "removed": ids,
        "in_force_again": again,
        "regrouped": regrouped,
        "stories": stored.stories_of(db, named_in),
    }
    back = [r for i in again for r in stored.listed(db, "id=?", i)]
    words = "; ".join(line.strip() for line in said_back(found, rows, back))
    put_down(db, tried, "done", words, corrections=ids, stories=found["stories"])
    return TakenBack(found, rows, back)


def _standing(db: Connection, number: int) -> Row:
    """The row of a correction that was not taken back; raises AbsentError."""
    rows = stored.listed(db, "id=?", number)
    if not rows:
        raise AbsentError(f"no correction {number}", "`retold corrections` lists them")
    if rows[0]["removed"]:
        raise AbsentError(f"correction {number} was taken back already")
    return rows[0]


def put_down(db: Connection, tried: Attempt, state: str, words: str, **more: Any) -> int:
    """Put an attempt on record: ``state`` is done, refused, asked (again, as things had changed) or busy."""
    detail = {"state": state, "what": list(tried.what), "note": tried.note, **tried.more, **more}
    return audit.record(db, tried.at, tried.person, tried.door, tried.action, detail, words)


# -- in words


def report(db: Connection, made: Made, one: Wanted) -> Report:
    """What came of one correction, as JSON shows it."""
    [row] = stored.listed(db, "id=?", made.id)
    stories = stored.stories_of(db, one.about)
    return {
        "correction": row,
        "already": made.already,
        "superseded": [r for i in made.superseded for r in stored.listed(db, "id=?", i)],
        "overruled": [r for i in made.overruled for r in stored.listed(db, "id=?", i)],
        "regrouped": made.regrouped,
        "stories": stories,
        "others": stored.stories_of(db, one.apart),
        **({"origins": {s: _origin(db, s) for s in stories}} if one.kind in MARKS else {}),
    }


def _origin(db: Connection, story: int) -> str | None:
    found = origins.origin(db, story)
    return found["outlet"] if found else None


def said(report: Report) -> Iterator[str]:
    """:func:`report` for people, line by line."""
    row = report["correction"]
    if report["already"]:
        yield f"nothing to do: correction {row['id']} says so already"
        return
    yield f"correction {row['id']}: {_what(row)}{_where(report)}"
    yield from (f"  replaces {correction(old)}" for old in report["superseded"])
    yield from (f"  overrules in part {correction(old)}" for old in report["overruled"])
    if not report["regrouped"]:
        yield f"  {LATER}"


def said_back(report: Report, rows: Sequence[Row], again: Sequence[Row]) -> Iterator[str]:
    """What came of taking ``rows`` back, line by line; ``again``: those that hold again."""
    yield from (f"taken back: {correction(r)}" for r in rows)
    yield from (f"  in force again: {correction(r)}" for r in again)
    if not report["regrouped"]:
        yield f"  {LATER}"
    elif report["stories"]:
        yield f"  its articles are now in {_stories(report['stories'])}"


def _what(row: Mapping[str, Any]) -> str:
    if row["kind"] == Kind.NOT_ORIGIN:
        return f"{plain(row['outlet'])} is not the origin"
    if row["kind"] == Kind.NOT_CITED:
        return f"article #{row['on'][0]['article_id']} does not cite {plain(row['outlet'])}"
    return f"{row['kind']} of {count(len(row['together']), 'article')}"


def _where(report: Report) -> str:
    if not report["regrouped"]:
        return ""
    if report["correction"]["kind"] in MARKS:
        return _origins(report) if report["correction"]["kind"] == Kind.NOT_ORIGIN else ""
    others = sorted(set(report["others"]) - set(report["stories"]))
    rest = f"; the rest is {_stories(others)}" if others else ""
    return f", now {_stories(report['stories'])}{rest}"


def _origins(report: Report) -> str:
    named = ((story, plain(outlet) if outlet else "unknown") for story, outlet in report["origins"].items())
    return "".join(f"; that of story {story} is now {outlet}" for story, outlet in named)


def _stories(ids: Sequence[int]) -> str:
    return ("story " if len(ids) == 1 else "stories ") + ", ".join(map(str, ids))
