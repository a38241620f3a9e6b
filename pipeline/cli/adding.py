"""`retold adds ARTICLE`: what a member of a story adds to another, or to all that came before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.correcting import article_id, recipe_of
from pipeline.cli.options import config_option, db_option, json_option
from pipeline.cli.output import padded, plain, show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.cli.words import clock, count
from pipeline.extras import install
from pipeline.store import reads
from pipeline.store.connect import reading
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.provenance.adds import Added, Aligned, Text
    from pipeline.store.connect import Connection
    from pipeline.vectors import Embedder

WIDTH = 10
SHOWN = 25  # sentences of a kind
ABOUT = ("article_id", "outlet", "lang", "title", "url", "effective")
Line = tuple[str, str]


@click.command()
@click.argument("article", metavar="ARTICLE")
@click.option("--against", metavar="ARTICLE", help="Compare with this one, of any story.")
@click.option("--rest", is_flag=True, help="Compare with all earlier articles of its story together.")
@config_option
@db_option
@json_option
def adds(path: Path, article: str, against: str | None, rest: bool, config_path: Path | None, as_json: bool) -> None:
    """Tell what an article (a number or an address) adds to another of its story.

    By default that other is what it has its story from (`retold trace`), else another print of its text, else the
    earliest. Sentences that it copied, reworded, added or left out; numbers that differ; the headline. Across
    languages, sentences need a model (the extra [xl]); numbers do not.

    \b
    Examples:
      retold adds 31
      retold adds 31 --rest
      retold adds 31 --against https://a.example/x
    """
    if against and rest:
        raise click.UsageError("--against and --rest exclude each other")
    with reading(path) as db:
        here = article_id(db, article, path)
        rows = _rows(db, here)
        ids = _others(here, rows, against and article_id(db, against, path), rest)
        known = {r["article_id"]: r for r in [*rows, *(r for i in ids for r in _rows(db, i))]}
        told = _added(db, here, ids, config_path) if ids else None
    if as_json:
        return show_json(_as_row(known, here, ids, told))
    return show_lines(_lines(known, here, told) if told else _alone(known, here, rest))


def _rows(db: Connection, article: int) -> list[Row]:
    """The members of the article's story, itself among them; raises NotThere where it is in none yet."""
    from pipeline.store.adding import members

    story = (reads.article(db, article) or {})["story_id"]
    if not story:
        raise NotThere(f"article {article} is not compared yet; `retold run --no-fetch` does it")
    return members(db, story)


def _others(here: int, rows: Sequence[Row], against: int | str | None, rest: bool) -> list[int]:
    """Whom the article is compared with; none where it is alone or, with --rest, the first."""
    if against == here:
        raise click.UsageError(f"both are article {here}")
    if isinstance(against, int):
        return [against]
    ids = [r["article_id"] for r in rows]
    if rest:
        return ids[: ids.index(here)]
    own = next(r for r in rows if r["article_id"] == here)
    prints = [r["article_id"] for r in rows if r["copy_id"] == own["copy_id"]]
    leant = [own["leans_on"]] if own["leans_on"] in ids else []
    return [i for i in (*leant, *prints, *ids) if i != here][:1]


def _added(db: Connection, here: int, ids: Sequence[int], config_path: Path | None) -> Added:
    from pipeline.provenance.adds import added
    from pipeline.store.adding import texts

    found = texts(db, [here, *ids])
    missing = [i for i in (here, *ids) if i not in found]
    if missing:
        raise NotThere(f"article {missing[0]} is not compared yet; `retold run --no-fetch` does it")
    return added(found[here], [found[i] for i in ids], _embedder(found, config_path))


def _embedder(found: Mapping[int, Text], config_path: Path | None) -> Embedder | None:
    """The configured sentence model, where it is needed at all: loading it takes a second."""
    if len({text.lang for text in found.values()}) == 1:
        return None
    from pipeline import vectors

    return vectors.load(recipe_of(config_path).model)


def _as_row(known: Mapping[int, Row], here: int, ids: Sequence[int], told: Added | None) -> Row:
    """The answer as JSON shows it."""
    return {
        "article": {k: known[here][k] for k in ABOUT},
        "against": [{k: known[i][k] for k in ABOUT} for i in ids],
        "adds": told and asdict(told),
    }


# -- for people


def _alone(known: Mapping[int, Row], here: int, rest: bool) -> Iterator[Line]:
    yield _title(known[here]), "bold"
    if rest and len(known) > 1:
        yield "the earliest of its story: nothing was there to add to; --against compares it with a later one", ""
    else:
        yield "alone in its story: there is nothing to compare it with; --against takes any article", ""


def _title(row: Row) -> str:
    when = clock(row["effective"])
    return f"#{row['article_id']}  {plain(row['outlet'])}, {row['lang']}, {when} UTC: {plain(row['title'])}"


def _lines(known: Mapping[int, Row], here: int, told: Added) -> Iterator[Line]:
    yield _title(known[here]), "bold"
    for n in told.against:
        yield f"against  {_title(known[n])}", "dim"
    yield "", ""
    yield f"{told.copied:.0%} of its words stand in passages that both print", "bold"
    yield from _sentences(told)
    yield from _numbers(told)
    yield from _headline(told)
    if told.sentences is not None:
        yield "", ""
        yield _in_short(told), "bold"


def _in_short(told: Added) -> str:
    """The answer in one line: it stands where a long answer ends."""
    sentences, own, left = told.sentences or (), told.of("new"), told.left_out or ()
    numbers = len(told.changed) + len(told.numbers_here) + len(told.numbers_there)
    new = f"{len(own)} of {count(len(sentences), 'sentence')} new, {len(left)} left out"
    return f"in short: {new}, numbers that differ: {numbers}"


def _sentences(told: Added) -> Iterator[Line]:
    if told.not_compared:
        others = ", ".join(f"#{n}" for n in told.not_compared)
        yield (
            f"sentences not compared with {others}, in another language: no model ({install('xl')})",
            "yellow",
        )
    if told.sentences is None:
        return
    new, reworded = told.of("new"), told.of("reworded")
    left = told.left_out or ()
    yield "", ""
    yield (
        (
            f"{count(len(told.sentences), 'sentence')}: {len(told.of('copied'))} copied, {len(reworded)} reworded, "
            f"{len(new)} new; {len(left)} left out"
        ),
        "bold",
    )
    yield from _each("new", new)
    yield from _each("reworded", reworded)
    yield from _each("left out", left)


def _each(what: str, found: Sequence[Aligned]) -> Iterator[Line]:
    for a in found[:SHOWN]:
        yield f"  {padded(what, WIDTH)}  {plain(a.text)}", ""
        if a.counterparts:
            yield f"  {padded('', WIDTH)}  = #{a.article} {plain(' '.join(a.counterparts))}", "dim"
    if found[SHOWN:]:
        yield f"  {padded(what, WIDTH)}  … and {len(found) - SHOWN} more (--json)", "dim"


def _numbers(told: Added) -> Iterator[Line]:
    if told.changed or told.numbers_here or told.numbers_there:
        yield "", ""
        yield "numbers", "bold"
    for c in told.changed:
        yield f"  {padded('changed', WIDTH)}  {plain(c.there)} → {plain(c.here)}", ""
    for what, found in (("only here", told.numbers_here), ("only there", told.numbers_there)):
        if found:
            yield f"  {padded(what, WIDTH)}  {plain(', '.join(found))}", ""


def _headline(told: Added) -> Iterator[Line]:
    head = told.headline
    yield "", ""
    yield f"headline{', the same' if head.same else ''}", "bold"
    if not head.same:
        yield f"  {padded('there', WIDTH)}  {plain(head.there)}", ""
        for what, found in (("only here", head.only_here), ("only there", head.only_there)):
            if found:
                yield f"  {padded(what, WIDTH)}  {plain(', '.join(found))}", ""
