"""`retold rebuild` and `retold export --parquet`: the archive as a whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from pipeline.cli.logs import Logs, log_options
from pipeline.cli.options import config_option, db_option, exit_code, json_option
from pipeline.cli.output import say, show_json
from pipeline.cli.running import load, settled, stoppable
from pipeline.cli.words import count
from pipeline.model import StoreError

if TYPE_CHECKING:
    from pipeline.absorb import Tell
    from pipeline.archive import Engine
    from pipeline.config import Config
    from pipeline.model import Correction
    from pipeline.parquet import Groups
    from pipeline.run import Summary

quiet_option = click.option("-q", "--quiet", is_flag=True, help="Nothing but errors.")


@click.command()
@config_option
@db_option
@click.option("--ray", metavar="ADDRESS", help="Work on this Ray cluster (host:port, or auto) instead of this machine.")
@click.option("--scratch", metavar="PLACE", help="Where intermediate files go; on a cluster, a folder that all machines"
              " see or s3://…  [default: the system's temporary folder]")  # fmt: skip
@click.option("--from", "source", metavar="FILES", help="Group the articles of these Parquet files ('*' allowed, also"
              " s3://…), not of a database.")  # fmt: skip
@click.option("--to", "target", type=click.Path(path_type=Path), metavar="FOLDER",
              help="With --from: the new folder for stories.parquet and matches.parquet.")  # fmt: skip
@click.option("--only-copies", is_flag=True, help="With --from: near-duplicates by MinHash alone, many times as fast.")
@click.option("--corrections", "corrected", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              metavar="FILE", help="With --from: honour these (of `retold corrections export`).")  # fmt: skip
@json_option
@log_options
@quiet_option
def rebuild(config_path: Path | None, path: Path, ray: str | None, scratch: str | None, source: str | None,
            target: Path | None, only_copies: bool, corrected: Path | None, as_json: bool, log_format: str | None,
            log_file: Path | None, quiet: bool) -> None:  # fmt: skip
    """Weigh words by the archive as it is now, and judge and group everything again. Nothing is fetched.

    Story ids, corrections and articles stay. A run does this by itself at 100 articles and at each doubling. Large
    archives are rebuilt on all cores where the batch engine is installed (pip install 'retold[batch]'), or on a
    cluster ('retold[cluster]'); the groups are the same.

    \b
    Examples:
      retold rebuild
      retold rebuild --db stories.db --json
      retold rebuild --ray head.example:6379 --scratch s3://bucket/scratch
      retold rebuild --from 'archive/articles/*.parquet' --to groups
    """
    from pipeline.cli.progress import watching

    if (source is None) != (target is None):
        raise click.UsageError("--from and --to go together")
    if source is None and (only_copies or corrected):
        raise click.UsageError("--only-copies and --corrections go with --from")
    if source and click.get_current_context().get_parameter_source("path") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--from reads files and no database: leave --db out")
    settings = load(config_path) if source else settled(config_path, path, no_fetch=True)
    from pipeline.archive import Engine

    on = Engine(ray, scratch)
    with watching(quiet, 0, Logs.asked(log_format, log_file)) as watch, stoppable(), gone_at_once():
        if source is not None and target is not None:
            from pipeline import parquet

            said = _corrections(corrected)
            groups = parquet.rebuild(settings, source, target, on, only_copies=only_copies, corrections=said,
                                     tell=watch.told)  # fmt: skip
            return _show_groups(groups, target, as_json, quiet)
        done = _in_place(settings, path, on, watch.told)
    return _show_rebuilt(done, as_json, quiet)


@contextmanager
def gone_at_once() -> Iterator[None]:
    """End the process right here where it is interrupted, all being put away: the engine's threads cannot be told to
    stop, and Python aborts (134) when it ends under them."""
    try:
        yield
    except KeyboardInterrupt as error:
        if "daft" not in sys.modules:
            raise
        say("interrupted; a database that was being written is gone on with by the next run")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_code(error))


def _in_place(settings: Config, path: Path, on: Engine, tell: Tell) -> Summary:
    """The database by the batch engine where that was asked for or pays, else as a run does: the groups are the
    same."""
    from pipeline import archive
    from pipeline.run import run as run_once

    if not path.is_file():
        raise StoreError(f"{path}: no such database; `retold run` or `retold demo` makes one")
    if on.ray or on.scratch or archive.pays(path):
        return archive.rebuild(settings, path, on, tell)
    return run_once(settings, path, fetch=False, anew=True, tell=tell)


def _corrections(path: Path | None) -> list[Correction]:
    """Those of a file that hold, oldest first."""
    if path is None:
        return []
    from pipeline.constraints import replaced
    from pipeline.corrections import read

    said = sorted(read(path.read_bytes(), str(path)), key=lambda c: c.at)
    numbered = [replace(c, id=n) for n, c in enumerate(said, 1)]
    gone = replaced(numbered)
    return [c for c in numbered if c.id not in gone]


def _show_rebuilt(done: Summary, as_json: bool, quiet: bool) -> None:
    if as_json:
        show_json({"run_id": done.run_id, **done.counts()})
    elif not quiet:
        judged = f"{count(done.absorbed.signed, 'article')} judged again"
        changed = f"{count(done.absorbed.stories, 'story', 'stories')} changed"
        click.echo(f"run {done.run_id}: {judged}, {changed}, {done.seconds:.1f} s")


def _show_groups(groups: Groups, target: Path, as_json: bool, quiet: bool) -> None:
    if as_json:
        show_json({"folder": str(target), "articles": groups.articles, "stories": groups.stories,
                   "copies": groups.copies, "matches": groups.matches})  # fmt: skip
    elif not quiet:
        told = [
            count(groups.articles, "article"),
            count(groups.copies, "text"),
            count(groups.matches, "match", "matches"),
        ]
        if groups.stories is not None:
            told.insert(1, count(groups.stories, "story", "stories"))
        click.echo(f"{target}: {', '.join(told)}")


def folder(config_path: Path | None, path: Path, target: Path, as_json: bool, quiet: bool) -> None:
    """What the database holds as a folder of Parquet files (`retold export --parquet`)."""
    from pipeline import parquet
    from pipeline.cli.progress import watching

    with watching(quiet, 0) as watch:
        groups = parquet.export(load(config_path), path, target, watch.told)
    _show_groups(groups, target, as_json, quiet)
