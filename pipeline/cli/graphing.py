"""`retold graph`: who has it from whom, for Gephi, networkx and Graphviz."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import db_option
from pipeline.cli.output import dumps, escaped
from pipeline.cli.query import NotThere, since
from pipeline.newfile import replacing
from pipeline.store import reads, roles
from pipeline.store.connect import Connection, reading

if TYPE_CHECKING:
    from pipeline.graph import Graph

FORMATS = ("graphml", "dot", "json")
STDOUT = Path("-")


@click.command("graph")
@click.argument("story_id", metavar="[STORY]", type=click.IntRange(1, 2**63 - 1), required=False)
@click.option("--format", "form", type=click.Choice(FORMATS), default="graphml", show_default=True,
              help="For Gephi and networkx, for Graphviz, or node-link JSON.")  # fmt: skip
@click.option("--what", type=click.Choice(["articles", "outlets"]),
              help="The articles of STORY, or the outlets of the archive.  [default: what there is]")  # fmt: skip
@click.option("--citations", is_flag=True, help="With STORY: whatever else its articles cite, too.")
@click.option("--since", "newer", callback=since, metavar="WHEN",
              help="Outlets: in stories whose newest article is since 24h, 3d, 2w or 2026-11-20 (UTC).")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default=STDOUT, metavar="FILE",
              help="Into this file, which is replaced as a whole, not to stdout.")  # fmt: skip
@db_option
def graph(path: Path, story_id: int | None, form: str, what: str | None, citations: bool, newer: str | None,
          out: Path) -> None:  # fmt: skip
    """Write who has it from whom as a graph: the articles of a story, or how often outlets lean on each other.

    An edge leads from who has it to whom it is from.

    \b
    Examples:
      retold graph 3 --format dot | dot -Tsvg > story.svg
      retold graph 3 --citations --out story.graphml
      retold graph --since 2w --out outlets.graphml
    """
    _fitting(story_id, what, citations, newer)
    if out != STDOUT and out.resolve() == path.resolve():
        raise click.UsageError("--out is the database")
    with reading(path) as db:
        found = _outlets(db, newer) if story_id is None else _story(db, path, story_id, citations)
    _write(out, _text(found, form).encode("utf-8", "replace"))


def _fitting(story_id: int | None, what: str | None, citations: bool, newer: str | None) -> None:
    """Refuse options that do not go together."""
    if story_id is None and what == "articles":
        raise click.UsageError("--what articles wants a STORY")
    if story_id is not None and what == "outlets":
        raise click.UsageError("--what outlets is over the archive: leave STORY out")
    if story_id is None and citations:
        raise click.UsageError("--citations goes with a STORY")
    if story_id is not None and newer:
        raise click.UsageError("--since goes with outlets: leave STORY out")


def _story(db: Connection, path: Path, asked: int, citations: bool) -> Graph:
    from pipeline.graph import of_story

    story = reads.resolve(db, asked)
    if story is None:
        raise NotThere(f"no story {asked} in {path}; `retold stories` lists them")
    cited = roles.citations(db, story) if citations else None
    return of_story(story, roles.members(db, story), roles.relays(db, story), cited)


def _outlets(db: Connection, newer: str | None) -> Graph:
    from pipeline.graph import of_outlets

    return of_outlets(roles.outlets(db, since=newer), roles.leanings(db, since=newer), roles.sources(db))


def _text(found: Graph, form: str) -> str:
    """The graph in this format; what a terminal would act on is spelled out, which every reader undoes."""
    from pipeline import graphfiles

    if form == "json":
        return dumps(graphfiles.node_link(found)) + "\n"
    text = graphfiles.graphml(found) if form == "graphml" else graphfiles.dot(found)
    return escaped(text, "&#x{:x};")


def _write(out: Path, data: bytes) -> None:
    """To stdout, into a device or pipe, or in place of a file, which is there as a whole or not at all."""
    if out == STDOUT:
        sys.stdout.buffer.write(data)
    else:
        with replacing(out) as file:
            file.write(data)
