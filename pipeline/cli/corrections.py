"""`retold corrections`: what people said, taken back, and handed on."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from pipeline.cli.corrected import Line, lines
from pipeline.cli.correcting import DOOR, by_name, editing, recipe_of, refusals, taken_back, undoing
from pipeline.cli.options import config_option, db_option, json_option, now
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.words import count
from pipeline.phrases import correction
from pipeline.store import corrections as stored
from pipeline.store.connect import reading
from pipeline.store.rows import Row

SHOWN = 6  # articles of each side


class Listing(click.Group):
    """A group that lists where no subcommand is named."""

    usual = "list"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click's, with :attr:`usual` before options that are not the group's."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [self.usual, *args]
        return super().parse_args(ctx, args)


@click.group(cls=Listing)
def corrections() -> None:
    """List the corrections that people made; take them back, hand them on.

    \b
    Examples:
      retold corrections
      retold corrections list --all --json
      retold corrections remove 4
      retold corrections export corrections.jsonl
      retold corrections import corrections.jsonl --db other.db
    """


@corrections.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are superseded or removed, too.")
@db_option
@json_option
def list_(path: Path, everything: bool, as_json: bool) -> None:
    """List the corrections, oldest first (what `retold corrections` does by itself)."""
    with reading(path) as db:
        rows = stored.listed(db, "true" if everything else stored.IN_FORCE)
        hidden = len(stored.listed(db)) - len(rows)
    if as_json:
        return show_json(rows)
    return show_lines(_lines(rows, hidden))


def _lines(rows: Sequence[Row], hidden: int) -> Iterator[Line]:
    for row in rows:
        yield f"{correction(row)}{_state(row)}", "bold" if row["state"] == "in force" else "dim"
        yield from _articles(row["together"] or row["on"], "apart from" if row["apart"] else "", row["apart"])
    more = f", {hidden:,} superseded or removed not shown (--all)" if hidden else ""
    yield f"{count(len(rows), 'correction')}{more}", "dim"


def _state(row: Row) -> str:
    if row["removed"]:
        return f"; taken back {row['removed'][:10]}"
    return f"; replaced by correction {row['superseded_by']}" if row["superseded"] else ""


def _articles(together: Sequence[Row], between: str, apart: Sequence[Row]) -> Iterator[Line]:
    for articles in (together, apart):
        for a in articles[:SHOWN]:
            yield f"    {_article(a)}", ""
        if len(articles) > SHOWN:
            yield f"    and {count(len(articles) - SHOWN, 'more article')}", "dim"
        if articles is together and between:
            yield f"  {between}", ""


def _article(a: Row) -> str:
    if a["article_id"] is None:
        return f"not here yet: {plain(a['key'])}"
    place = f"story {a['story_id']}" if a["story_id"] else "no story yet"
    return f"#{a['article_id']} ({place}) {plain(a['title'])}"


@corrections.command()
@click.argument("numbers", metavar="N...", nargs=-1, required=True, type=click.IntRange(1, 2**63 - 1))
@config_option
@db_option
@json_option
def remove(path: Path, config_path: Path | None, numbers: tuple[int, ...], as_json: bool) -> None:
    """Take corrections back: the stories become what they would be without them."""
    recipe = recipe_of(config_path)
    with editing(path) as db, refusals(path):
        taken_back(db, recipe, undoing(numbers), as_json)


@corrections.command("export")
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path, allow_dash=True))
@db_option
def export(path: Path, file: Path) -> None:
    """Write the corrections that were not taken back as JSON lines; articles go by their keys."""
    from pipeline.corrections import line

    with reading(path) as db:
        lines = [line(c) for c in stored.kept(db)]
    content = "".join(f"{text}\n" for text in lines).encode()
    if str(file) == "-":
        return click.echo(content, nl=False)
    file.write_bytes(content)
    return click.echo(f"{count(len(lines), 'correction')} written to {plain(file)}")


@corrections.command("import")
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path, allow_dash=True))
@config_option
@db_option
@json_option
def import_(path: Path, config_path: Path | None, file: Path, as_json: bool) -> None:
    """Read corrections that an export wrote; those that are known are left as they are.

    An article that is not here yet keeps its place: the correction takes effect when it arrives.
    """
    from pipeline import correcting
    from pipeline.corrections import read, take_in

    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    given, recipe = read(content, plain(file)), recipe_of(config_path)
    with editing(path) as db:
        new, regrouped = take_in(db, recipe, given, now().replace(microsecond=0))
        waiting = stored.count_waiting(db)
        tried = correcting.Attempt("import", [str(file)], by_name(), DOOR, now())
        correcting.put_down(db, tried, "done", f"{count(new, 'new correction')} of {len(given):,}")
    report = {"read": len(given), "new": new, "known": len(given) - new, "waiting": waiting, "regrouped": regrouped}
    if as_json:
        return show_json(report)
    said = f"{count(new, 'new correction')}, {report['known']:,} known before"
    missing = f"; {count(waiting, 'article')} that corrections name not here yet" if waiting else ""
    return show_lines(lines([f"{said}{missing}", *([] if regrouped else [correcting.LATER])]))
