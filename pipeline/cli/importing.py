"""`retold import`: archives into the database, and the feeds of another reader into config.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from pipeline.cli import imported
from pipeline.cli.configfile import CONFIG
from pipeline.cli.importing_opml import follow
from pipeline.cli.options import config_option, db_option, json_option
from pipeline.cli.output import plain, say, show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.cli.running import settled, stoppable
from pipeline.cli.words import SOME_FAILED
from pipeline.model import StoreError

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.importing import Imported
    from pipeline.imports.records import Input
    from pipeline.taking import How, Rejected

OPML, STDIN = "opml", "-"
KINDS = (OPML, "jsonl", "csv", "parquet", "warc", "database", "pages")
SHOWN = 10  # records of --dry-run


@click.command("import")
@click.argument("args", nargs=-1, required=True, metavar="[KIND] PATH...")
@config_option
@db_option
@click.option("--map", "mapping", metavar="FIELD=COLUMN,…", default="",
              help="Which column is what: title=headline,text=body,published=date,url=link,source=outlet.")  # fmt: skip
@click.option("--source", metavar="KEY", default="", help="All of it is of this source.")
@click.option("--timezone", "zone", metavar="ZONE", default="UTC", show_default=True,
              help="Of times that name none, like Europe/Berlin.")  # fmt: skip
@click.option("--base", metavar="URL", default="", help="Address below which records that name none lie.")
@click.option("--undated", is_flag=True, help="Take articles without a date, too: they count as of now.")
@click.option("--encoding", metavar="NAME", default="", help="Of CSV and JSON lines.  [default: UTF-8, or as it looks]")
@click.option("--delimiter", metavar="CHAR", default="", help="Of CSV.  [default: as the first line looks]")
@click.option("--rejects", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write what was left out, with line and reason, as JSON lines.")  # fmt: skip
@click.option("--no-group", is_flag=True, help="Only store; the next run compares and groups.")
@click.option("--again", is_flag=True, help="Read what was imported before, too.")
@click.option("--dry-run", is_flag=True, help=f"Show the first {SHOWN} records as they would be taken; write nothing.")
@json_option
@click.option("-q", "--quiet", is_flag=True, help="Nothing but errors.")
def import_(args: tuple[str, ...], config_path: Path | None, path: Path, dry_run: bool,
            as_json: bool, quiet: bool, rejects: Path | None, **asked: Any) -> None:  # fmt: skip
    """Take articles from archives: JSON lines, CSV, Parquet, WARC, another Retold's database, a folder of saved pages;
    or (opml) follow the feeds of another reader.

    KIND is one of jsonl, csv, parquet, warc, database, pages, opml; left out, it is told by each PATH's name. Files may
    be packed (.gz, .bz2, .xz, .zst); - is stdin. What was stored stays when an import is interrupted, and the same
    command goes on there; what is here already is not added again.

    \b
    Examples:
      retold import articles.jsonl.gz --dry-run
      retold import csv press.csv --map title=headline,text=body,published=date
      retold import CC-NEWS-20261101.warc.gz --no-group
      retold import database old/stories.db
      retold import opml subscriptions.opml
    """
    kind, paths = (args[0], args[1:]) if args[0] in KINDS else ("", args)
    if not paths:
        raise click.UsageError(f"which {plain(kind)}? Name a PATH")
    if kind == OPML or (not kind and all(p.lower().endswith(".opml") for p in paths)):
        given = asked | {"rejects": rejects, "quiet": quiet}
        _opml(paths, given, config_path or CONFIG, dry_run, as_json)
        return
    settings = settled(config_path, path, no_fetch=True)
    inputs, how = [_input(kind, p, path) for p in paths], _how(settings, asked)
    if dry_run:
        _preview(settings, inputs, how, as_json)
        return
    done = _run(settings, path, inputs, how, rejects, quiet)
    if as_json:
        show_json(imported.document(done))
    elif not quiet:
        show_lines(line for taken in done.taken for line in imported.lines(taken))
        show_lines(imported.run_lines(done, how))
    failed = [t.damaged for t in done.taken if t.damaged]
    for reason in failed:
        say(f"{reason}; what came before it was taken")
    nothing = [t for t in done.taken if t.nothing]
    for taken in nothing:
        say(imported.nothing(taken))
    click.get_current_context().exit(SOME_FAILED if failed or nothing else 0)


def _opml(paths: Sequence[str], given: dict[str, Any], config_path: Path, dry_run: bool, as_json: bool) -> None:
    if any(value for name, value in given.items() if name != "zone"):
        raise click.UsageError("opml takes --config, --dry-run and --json alone: it adds sources, no articles")
    if len(paths) != 1:
        raise click.UsageError("opml takes one FILE")
    follow(paths[0], config_path, dry_run, as_json)


def _input(kind: str, name: str, target: Path) -> Input:
    """What is to be imported; raises NotThere, ConfigError, StoreError, UsageError."""
    from pipeline.imports import opened, pagefiles
    from pipeline.imports.records import Input
    from pipeline.store import other

    if name.startswith(("http://", "https://")):
        raise click.UsageError(f"an address is not fetched: curl -fsSLO '{plain(name)}', then import the file")
    if name == STDIN:
        if kind not in ("jsonl", "csv"):
            raise click.UsageError("standard input must be jsonl or csv: retold import jsonl -")
        return Input(kind, None, "")
    path = Path(name)
    if not path.exists():
        raise NotThere(f"{plain(name)}: no such file or folder")
    kind = kind or opened.kind_of(path)
    if kind == "database":
        if target.exists() and path.samefile(target):
            raise click.UsageError(f"{plain(name)} is the database that it would go into")
        return Input(kind, path, other.identity(path))
    if kind == "pages":
        return pagefiles.identified(path, pagefiles.found(path))
    if path.is_dir():
        raise NotThere(f"{plain(name)}: is a folder; its files: retold import {kind} {plain(name)}/*")
    return opened.identified(kind, path)


def _how(settings: Config, asked: dict[str, Any]) -> How:
    """Raises UsageError, ConfigError for options that mean nothing."""
    import codecs
    import re

    from pipeline import urls
    from pipeline.imports.fields import mapped
    from pipeline.imports.records import Reading
    from pipeline.taking import How

    try:
        ZoneInfo(asked["zone"])
        codecs.lookup(asked["encoding"] or "utf-8")
    except (LookupError, ValueError, OSError) as error:
        raise click.UsageError(f"no such time zone or encoding: {plain(error)}") from error
    if asked["base"] and urls.canonical(asked["base"]) is None:
        raise click.UsageError("--base must be an address: https://…")
    if asked["source"] and not re.fullmatch("[a-z0-9-]{1,40}", asked["source"]):
        raise click.UsageError("--source must be 1 to 40 of a-z, 0-9 and -")
    delimiter = {"\\t": "\t", "tab": "\t"}.get(asked["delimiter"], asked["delimiter"])
    if len(delimiter) > 1:
        raise click.UsageError("--delimiter must be one character, or tab")
    licensed = [u for s in settings.sources if s.tdm == "licensed"
                for u in (s.homepage, *(f.url for f in s.feeds)) if u]  # fmt: skip
    reading = Reading(
        mapping=mapped(asked["mapping"]), zone=asked["zone"], base=asked["base"], undated=asked["undated"],
        encoding=asked["encoding"], delimiter=delimiter, max_body=settings.http.max_body_mb * 10**6,
        names=(settings.http.user_agent.split("/")[0].lower(), "retold"),
        opt_out=frozenset(settings.rights.opt_out), licensed=tuple(licensed),
    )  # fmt: skip
    return How(reading, asked["source"], group=not asked["no_group"], again=asked["again"])


def _run(
    settings: Config, path: Path, inputs: Sequence[Input], how: How, rejects: Path | None, quiet: bool
) -> Imported:
    from pipeline import importing
    from pipeline.cli.batch import gone_at_once
    from pipeline.cli.progress import watching

    with _rejects(rejects) as rejected, watching(quiet, 0) as watch, stoppable(), gone_at_once():
        return importing.run(settings, path, inputs, how, watch.told, rejected)


@contextmanager
def _rejects(path: Path | None) -> Iterator[Rejected]:
    """What writes the records that are left out; an import that goes on adds to the file."""
    if path is None:
        yield lambda *_: None
        return
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error
    with file:

        def write(one: Input, record: Any, why: Any) -> None:
            row = {"file": one.name, "line": record.line, "reason": why.why, "detail": why.detail}
            row |= {"name": record.name} if record.name else {}
            file.write(json.dumps(row) + "\n")

        yield write


def _preview(settings: Config, inputs: Sequence[Input], how: How, as_json: bool) -> None:
    from pipeline.importing import preview

    found = {one.name: preview(settings, one, how, SHOWN) for one in inputs}
    if as_json:
        return show_json(
            [{"path": name, "records": [imported.previewed(p) for p in some]} for name, some in found.items()]
        )
    return show_lines(line for name, some in found.items() for line in imported.preview_lines(name, some))
