"""`retold why A B`: what two articles are to each other, and by what. (`retold why STORY`: cli/whystory.py.)"""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.correcting import article_id, recipe_of
from pipeline.cli.options import config_option, db_option, json_option
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.store import reads
from pipeline.store.connect import Connection, reading
from pipeline.store.rows import Row
from pipeline.why import NotComparedError


@click.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="[B]", required=False)
@config_option
@db_option
@json_option
@click.option("-v", "--verbose", is_flag=True, help="Every signal, and the recipe.")
def why(path: Path, left: str, right: str | None, config_path: Path | None, as_json: bool, verbose: bool) -> None:
    """Tell why two articles (numbers or addresses) are in one story, or why they are not.

    One number alone is a story: what joined each of its articles, and which others were nearly joined. One article
    alone ('#12', a12 or an address) stands for its story.

    \b
    Examples:
      retold why 12 31
      retold why 7
      retold why https://a.example/x https://b.example/y
    """
    with reading(path) as db:
        from pipeline.store.backgrounds import in_force

        if right is None:
            from pipeline.cli import whystory

            return whystory.show(db, left, path, in_force(db, recipe_of(config_path)), as_json, verbose)
        a, b = (_article(db, text, path) for text in (left, right))
        if a["id"] == b["id"]:
            raise click.UsageError(f"both are article {a['id']}: {plain(a['title'])}")
        from pipeline.why.pairs import as_row, explain

        try:
            answer = explain(db, a, b, in_force(db, recipe_of(config_path)))
        except NotComparedError as error:
            raise NotThere(str(error)) from error
    if as_json:
        return show_json(as_row(answer))
    from pipeline.cli.whypair import lines

    return show_lines(lines(answer, verbose))


def _article(db: Connection, text: str, path: Path) -> Row:
    """The article that a number or an address names."""
    return reads.article(db, article_id(db, text, path)) or {}
