"""`retold doctor`, `retold vacuum`: is the database well, and no larger than it must be?"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.correcting import recipe_of
from pipeline.cli.options import config_option, db_option, json_option, now
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.words import SOME_FAILED
from pipeline.extras import install
from pipeline.model import ConfigError, StoreError

if TYPE_CHECKING:
    from pipeline.doctor import Finding

STYLES = {"ok": "green", "note": "yellow", "mended": "cyan", "fault": "bold red"}


@click.command()
@click.option("--fix", is_flag=True, help="Mend what can be mended; the database is kept as it was first.")
@click.option("--full", is_flag=True, help="Look at every index, too: takes longer.")
@config_option
@db_option
@json_option
@click.pass_context
def doctor(ctx: click.Context, fix: bool, full: bool, config_path: Path | None, path: Path, as_json: bool) -> None:
    """Look over the database, the configuration and what is installed; say what is wrong and what to do.

    Ends with 0 where all is well or mended, with 1 where something is left.

    \b
    Examples:
      retold doctor
      retold doctor --full
      retold doctor --fix
    """
    from pipeline import doctor as doctors

    how = None
    with suppress(ConfigError):
        how = recipe_of(config_path)
    visit = doctors.Visit(path, now(), full, how)
    found = [*_installed(), *_configured(config_path), *(doctors.mend(visit) if fix else doctors.examine(visit))]
    left = [f for f in found if f.state == doctors.FAULT]
    if as_json:
        show_json({"path": str(path), "healthy": not left, "checks": [f._asdict() for f in found]})
    else:
        show_lines((_line(f), STYLES[f.state] if f.state != "ok" else "") for f in found)
        verdict = f"{len(left)} left to be done" if left else "all is well"
        click.echo(f"{plain(path)}: {verdict}")
    ctx.exit(SOME_FAILED if left else 0)


def _line(f: Finding) -> str:
    remedy = f" → {f.remedy}" if f.remedy and f.state == "fault" else ""
    return f"{f.state:<7} {f.name:<10} {plain(f.detail + remedy)}"


def _configured(config_path: Path | None) -> Iterator[Finding]:
    from pipeline import config
    from pipeline.doctor import FAULT, NOTE, OK, Finding

    path = config_path or config.default_path()
    try:
        settings = config.load(path)
    except ConfigError as error:
        yield from (Finding(FAULT, "config", line, "retold check") for line in str(error).splitlines())
        return
    warned = config.warnings(settings)
    yield from (Finding(NOTE, "config", line) for line in warned)
    if not warned:
        yield Finding(OK, "config", str(path))


# -- what is installed


def _installed() -> Iterator[Finding]:
    from pipeline.doctor import FAULT, NOTE, OK, Finding
    from pipeline.store import checks

    version, lacks = checks.sqlite()
    yield Finding(OK, "python", f"{'.'.join(map(str, sys.version_info[:3]))}, SQLite {version}")
    for words in lacks:
        yield Finding(FAULT, "sqlite", f"was built without {words}", "another build of Python")
    for extra, names in _extras().items():
        have = {name: _version(name) for name in names}
        missing = [name for name, version in have.items() if version is None]
        if not extra:
            state = FAULT if missing else OK
            said = f"missing: {', '.join(missing)}" if missing else f"{len(names)} that are always needed"
            yield Finding(state, "packages", said, install())
        elif missing:
            said = f"without {extra}: {', '.join(missing)} ({install(extra)})"
            yield Finding(NOTE, "packages", said)
        else:
            yield Finding(OK, "packages", f"{extra}: {', '.join(f'{n} {v}' for n, v in have.items())}")


def _extras() -> dict[str, list[str]]:
    """Extra ("": none) → the packages that it wants, without those for working on Retold; {} in a bare checkout."""
    found: dict[str, list[str]] = {}
    try:
        wanted = metadata.requires("retold") or []
    except metadata.PackageNotFoundError:
        return found
    for line in wanted:
        extra = re.search(r"extra == ['\"]([\w-]+)", line)
        name = re.match(r"[\w.-]+", line)
        if name and name[0] != "retold" and (extra is None or extra[1] not in ("dev", "bench", "docs")):
            found.setdefault(extra[1] if extra else "", []).append(name[0])
    return found


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


# -- vacuum


@click.command()
@click.option("--force", is_flag=True, help="Even where little is free.")
@db_option
@json_option
def vacuum(force: bool, path: Path, as_json: bool) -> None:
    """Give the disk back what the database does not use, and have SQLite know its tables anew.

    Where a fifth is free or more: a file that grows again has use for the rest. Readers go on; a run waits (75).

    \b
    Examples:
      retold vacuum
      retold vacuum --force
    """
    from pipeline.store import rooms
    from pipeline.store.connect import lock, writing

    if not path.is_file():
        raise StoreError(f"{path}: no such database; `retold run` or `retold demo` makes one")
    with lock(path), writing(path) as db:
        done = rooms.tidied(db, path, force=force)
    if as_json:
        return show_json({"path": str(path), **done._asdict()})
    return click.echo(f"{plain(path)}: {rooms.told(done)}")
