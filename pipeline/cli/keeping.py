"""`retold backup`, `restore`, `migrate`: copies of the database, and its way to a newer schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import owners
from pipeline.cli.options import db_option, json_option, now
from pipeline.cli.output import plain, show_json
from pipeline.cli.words import count
from pipeline.model import StoreError
from pipeline.store import copying
from pipeline.store.connect import SCHEMA_VERSION, lock, open_read

if TYPE_CHECKING:
    from pipeline.store.migrating import Plan

SHOWN = ("articles", "stories", "matches", "entries", "runs")  # of the tables that were counted
ENDINGS = r"\.db(\.gz)?"


@click.command()
@click.argument("named", metavar="[FILE|FOLDER]", type=click.Path(), required=False)
@click.option("--compress", is_flag=True, help="By gzip; so is a FILE that ends in .gz.")
@click.option("--keep", type=click.IntRange(1, 10_000), metavar="N",
              help="In a FOLDER: keep the newest N backups of this database.")  # fmt: skip
@db_option
@json_option
def backup(named: str | None, compress: bool, keep: int | None, path: Path, as_json: bool) -> None:
    """Copy the database, while a run and readers go on, and prove the copy by opening and counting it.

    Into FILE, which is replaced as a whole or not at all; or into a FOLDER (./backups beside the database, where
    nothing is said) under a name with the date. With a slash at its end it is a FOLDER that is made if need be. Only
    its owner may read it.

    \b
    Examples:
      retold backup
      retold backup /mnt/disk/retold/ --compress --keep 14
      retold backup before-the-move.db
    """
    open_read(path, older=True).close()
    target = Path(named) if named else None  # a path forgets the slash
    slash = (named or "").endswith("/")
    folder = target is None or target.is_dir() or slash or keep is not None
    compress = compress or (target is not None and target.suffix == ".gz")
    if target is not None and folder and target.is_file():
        raise click.UsageError(f"{'a slash' if slash else '--keep'} is for a folder, and {plain(target)} is a file")
    place = _dated(path, target, compress) if folder else _named(path, target or path)
    done = copying.copied(path, place, compress=compress)
    gone = _rotated(place, path, keep) if keep else []
    if as_json:
        return show_json({**done._asdict(), "path": str(place), "removed": [str(p) for p in gone]})
    said = ", ".join(count(done.rows[t], *_noun(t)) for t in SHOWN if t in done.rows)
    older = f"; {count(len(gone), 'older backup')} removed" if gone else ""
    return click.echo(f"{plain(place)}: {copying.amount(done.bytes)}, proved: {said}{older}")


def _noun(table: str) -> tuple[str, str]:
    one = {"stories": "story", "matches": "edge", "entries": "entry"}.get(table, table[:-1])
    return one, {"matches": "edges"}.get(table, table)


def _dated(path: Path, folder: Path | None, compress: bool) -> Path:
    """A name with the date, in a folder that is made if need be."""
    place = folder or path.resolve().parent / "backups"
    try:
        owners.folder(place)
    except OSError as error:
        raise StoreError(f"{place}: {error.strerror}") from error
    return place / f"{path.resolve().stem}-{now():%Y%m%dT%H%M%SZ}.db{'.gz' * compress}"


def _named(path: Path, target: Path) -> Path:
    """``target``, which must not be something else than a backup already."""
    real, own = target.resolve(), path.resolve()
    if real in [own.with_name(own.name + more) for more in ("", "-wal", "-shm", ".lock")]:
        raise StoreError(f"{target}: belongs to the database itself")
    if real.exists() and real.stat().st_size and not copying.is_backup(real):
        raise StoreError(f"{target}: is there already and is no backup; left as it is")
    return target


def _rotated(place: Path, path: Path, keep: int) -> list[Path]:
    """Remove all dated backups of this database but the newest; which those were."""
    form = re.compile(rf"{re.escape(path.resolve().stem)}-\d{{8}}T\d{{6}}Z{ENDINGS}")
    found = sorted((p for p in place.parent.iterdir() if form.fullmatch(p.name)), key=lambda p: p.name)
    gone = [p for p in found[:-keep] if p.name != place.name]
    for old in gone:
        old.unlink(missing_ok=True)
    return gone


@click.command()
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--keep-old", "aside", type=click.Path(path_type=Path), metavar="FILE",
              help="Keep what stood there under this name, on the same file system.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask first.")
@db_option
@json_option
def restore(source: Path, aside: Path | None, yes: bool, path: Path, as_json: bool) -> None:
    """Put a backup (also a compressed one) in the place of the database.

    It is proved first and brought to the present schema; the database is as it was until then, and again if anything
    fails. The next run goes on from there. Start `retold serve` anew: what has the old file open still reads that.

    \b
    Examples:
      retold restore backups/stories-20261120T033000Z.db.gz
      retold restore yesterday.db --db /var/lib/retold/stories.db --yes
    """
    from pipeline.store import restoring

    if aside is not None and aside.exists():
        raise StoreError(f"{aside}: is there already; left as it is")
    with restoring.prepared(source, path) as ready:
        held, new = restoring.standing(path) if path.exists() else None, ready.proof
        if held and not yes:
            _agreed(f"{plain(path)} ({_holds(held)}): replace it by {plain(source)}"
                    f" ({count(new.rows['articles'], 'article')}, {count(new.rows['runs'], 'run')})?")  # fmt: skip
        done = restoring.replace(ready, path, aside)
    migrated = f", brought from schema {new.schema} to {SCHEMA_VERSION}" if new.schema < SCHEMA_VERSION else ""
    if as_json:
        replaced = {"articles": held[0], "runs": held[1], "last_run": held[2]} if held else None
        return show_json({**new._asdict(), "path": str(path), "source": str(source), "replaced": replaced,
                          "kept": str(aside) if aside else None, "former_owner": done.owner or None,
                          "still_read": done.read})  # fmt: skip
    said = f"{count(new.rows['articles'], 'article')}, {count(new.rows['stories'], 'story', 'stories')}"
    click.echo(f"{plain(path)}: {said}{migrated}; retold run goes on from there")
    if done.owner:
        said = f"it was {plain(done.owner)}'s, and only root can give it back: chown {done.owner} {plain(path)}"
        click.echo(said, err=True)
    if done.read:
        click.echo("some program has the former one open and goes on reading it: start retold serve anew", err=True)
    return None


def _holds(held: tuple[int | None, int | None, str | None]) -> str:
    articles, runs, last = held
    if articles is None or runs is None:
        return "cannot be read"
    return f"{count(articles, 'article')}, {count(runs, 'run')}" + (f", the last {last}" if last else "")


def _agreed(question: str) -> None:
    try:
        if click.confirm(question, err=True):
            return
    except click.Abort:
        pass
    raise click.ClickException("nothing restored; --yes does not ask")


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--backup/--no-backup", "keep", default=True, help="Keep the database as it was, beside it.  [default: yes]"
)
@db_option
@json_option
def migrate(dry_run: bool, keep: bool, path: Path, as_json: bool) -> None:
    """Bring the database to the schema of this Retold, all steps or none.

    Every run does so by itself; this is for doing it at a quiet hour, or where a copy has no room. It is kept as it was
    under NAME.before-N, and what the migration before kept goes.

    \b
    Examples:
      retold migrate --dry-run
      retold migrate --db /var/lib/retold/stories.db
    """
    from pipeline.store import migrating

    with _locked(path, dry_run):
        todo = migrating.plan(path)
        if todo and not dry_run:
            done = migrating.migrate(path, keep=keep)
            if as_json:
                return show_json({**_facts(todo), "done": True, "copy": str(done.copy) if done and done.copy else None})
            return click.echo(plain(migrating.told(done)) if done else "")
    if as_json:
        facts = _facts(todo) if todo else {"path": str(path), "from": SCHEMA_VERSION, "to": SCHEMA_VERSION, "steps": 0}
        return show_json({**facts, "done": False, "copy": str(todo.copy) if todo and keep and todo.filled else None})
    if not todo:
        return click.echo(f"{plain(path)}: schema {SCHEMA_VERSION}, nothing to do")
    kept = f", keeping {copying.amount(todo.bytes)} as it is in {plain(todo.copy)}" if keep and todo.filled else ""
    return click.echo(f"{plain(path)}: would be brought from schema {todo.schema} to {SCHEMA_VERSION}{kept}")


@contextmanager
def _locked(path: Path, dry_run: bool) -> Iterator[None]:
    open_read(path, older=True).close()
    if dry_run:
        yield
        return
    with lock(path):
        yield


def _facts(todo: Plan) -> dict[str, object]:
    return {"path": str(todo.path), "from": todo.schema, "to": SCHEMA_VERSION, "steps": todo.steps, "bytes": todo.bytes}
