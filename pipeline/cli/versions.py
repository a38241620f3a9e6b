"""`retold history ARTICLE`, `retold diff ARTICLE`: how an article was edited."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.correcting import article_id
from pipeline.cli.edits import Edit, as_row, diff_lines, edits, history_lines, history_row, show_marked
from pipeline.cli.options import db_option, json_option
from pipeline.cli.output import show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.store import wordings
from pipeline.store.connect import reading
from pipeline.store.rows import Row

NUMBER = click.IntRange(1, 2**63 - 1)


def _asked(path: Path, article: str) -> tuple[Row, list[Row]]:
    """The article that a number or an address names, and its wordings; raises NotThere."""
    with reading(path) as db:
        number = article_id(db, article, path)
        return wordings.headline(db, number), wordings.wordings(db, number)


@click.command()
@click.argument("article")
@db_option
@json_option
def history(path: Path, article: str, as_json: bool) -> None:
    """List the versions of an article (a number or an address), and flag silent edits.

    A silent edit changes the text and claims no newer date. Where a page took the place of a feed's teaser, it is
    how we got the text that changed, and nothing is flagged.

    \b
    Examples:
      retold history 12
      retold history https://a.example/x
    """
    about, rows = _asked(path, article)
    found = edits(rows)
    if as_json:
        return show_json({**about, "versions": [history_row(e) for e in found]})
    return show_lines(history_lines(about, found))


@click.command()
@click.argument("article")
@click.option("--from", "before", type=NUMBER, metavar="N", show_default="the one before", help="The older version.")
@click.option("--to", "after", type=NUMBER, metavar="N", show_default="the current one", help="The newer version.")
@db_option
@json_option
def diff(path: Path, article: str, before: int | None, after: int | None, as_json: bool) -> None:
    """Show what an edit changed in an article (a number or an address), word by word.

    Without options, the last edit; `retold history ARTICLE` lists the versions. What went stands in [-…-], what came
    in {+…+}; on a terminal with colours, struck through in red and in green.

    \b
    Examples:
      retold diff 12
      retold diff 12 --from 1 --to 2
    """
    about, rows = _asked(path, article)
    edit = _edit(about, rows, before, after or about["version"])
    if as_json:
        return show_json({**about, **as_row(edit)})
    return show_marked(diff_lines(about, edit))


def _edit(about: Row, rows: list[Row], before: int | None, after: int) -> Edit:
    """The edit between two versions; ``before`` None: what made ``after``, which for an only version is nothing."""
    new = _version(about, rows, after)
    if before is None and after == 1:
        if len(rows) > 1:
            raise click.UsageError("version 1 is the first: no edit made it")
        return Edit(new, None)
    if before == after:
        raise click.UsageError(f"both are version {after}")
    return Edit(new, _version(about, rows, before or after - 1))


def _version(about: Row, rows: list[Row], number: int) -> Row:
    found = next((r for r in rows if r["version"] == number), None)
    if found is None:
        state = "is not kept any more" if number < about["version"] else "is not there"
        kept = f"versions {rows[0]['version']} to {rows[-1]['version']} are" if len(rows) > 1 else "only version 1 is"
        raise NotThere(f"version {number} of article {about['article_id']} {state}; {kept}")
    return found
