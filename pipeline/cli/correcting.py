"""`retold merge`, `split`, `pin`, `wrong`: a person knows better."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import wanted
from pipeline.cli.corrected import lines
from pipeline.cli.options import Command, config_option, db_option, json_option, now
from pipeline.cli.output import show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.model import MARKS, Kind, StoreError
from pipeline.store import corrections as stored
from pipeline.store.connect import lock, writing
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.correcting import Attempt
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection

DOOR = "shell"


@contextmanager
def editing(path: Path) -> Iterator[Connection]:
    """The database to be corrected, under the run lock; raises LockedError while a run is on, StoreError where
    there is none."""
    if not path.is_file():
        raise StoreError(f"{path}: no such database; `retold run` or `retold demo` makes one")
    with lock(path), writing(path) as db:
        yield db


def by_name() -> str:
    """The login name, or "unknown" where the system has none for us."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def recipe_of(config_path: Path | None) -> Recipe:
    """The recipe of the configuration."""
    from pipeline import config
    from pipeline.signatures import recipe
    from pipeline.verdict import VERDICT

    return recipe(config.load(config_path or config.default_path()), VERDICT)


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """What cannot be, in the shell's words: click's error of wrong usage, NotThere of what is not in ``path``."""
    try:
        yield
    except wanted.AbsentError as error:
        raise NotThere(f"{error} in {path}; {error.hint}" if error.hint else str(error)) from error
    except wanted.RefusedError as error:
        raise click.UsageError(f"{error}; {error.hint}" if error.hint else str(error)) from error


def article_id(db: Connection, text: str, path: Path) -> int:
    """The article that ``#12``, ``a12``, ``12`` or an address names; raises NotThere."""
    with refusals(path):
        return wanted.article_id(db, text)


def named(db: Connection, text: str, path: Path) -> wanted.Named:
    """What ``7`` (a story) or ``#12``, ``a12``, an address (an article) names; raises NotThere."""
    with refusals(path):
        return wanted.named(db, text)


# -- the commands


def _text(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Text that can be stored: bytes of the command line that are no UTF-8 become question marks."""
    return value.encode("utf-8", "replace").decode() if value else value


def shared_options(command: Command) -> Command:
    """The options that all corrections have in common."""
    for option in (
        click.option("--note", default="", callback=_text, metavar="TEXT", help="Why, for those who read it later."),
        click.option("--by", callback=_text, metavar="NAME", show_default="your login name", help="Who says so."),
        click.option("--undo", is_flag=True, help="Take back the newest one that names these (none: the newest)."),
        config_option, db_option, json_option,
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.argument("what", metavar="A B...", nargs=-1)
@shared_options
def merge(what: tuple[str, ...], **options: Any) -> None:
    """Make one story of stories (7) or articles ('#12', a12 or an address).

    A story comes with all the articles it has now, an article by itself. The oldest story keeps its number, the
    others redirect to it.

    \b
    Examples:
      retold merge 7 31 --note "same strike, told from the depot"
      retold merge 7 a12
      retold merge --undo 7
    """
    _correct("merge", what, **options)


@click.command()
@click.argument("what", metavar="STORY ARTICLE...", nargs=-1)
@shared_options
def split(what: tuple[str, ...], **options: Any) -> None:
    """Take articles out of a story, as one story together.

    The larger part keeps the number, but stories that had merged have theirs again. What
    stays is grouped as if the others were not there.

    \b
    Examples:
      retold split 7 12 15 --note "another ferry"
      retold split 7 https://courier.example/ferry
      retold split --undo 7
    """
    _correct("split", what, **options)


@click.command()
@click.argument("what", metavar="STORY|ARTICLE...", nargs=-1)
@shared_options
def pin(what: tuple[str, ...], **options: Any) -> None:
    """Keep together what is together: a story (7), or an article ('#12', a12, an address) in its story.

    Of a story, all articles that it has now stay in one story. An article stays with its story's lead article, the
    earliest. New articles may still join.

    \b
    Examples:
      retold pin 7
      retold pin a12 a15 --note "checked by the desk"
      retold pin --undo 7
    """
    _correct("pin", what, **options)


@click.group()
def wrong() -> None:
    """Say that something is wrong, without saying what is right.

    \b
    Examples:
      retold wrong origin 7 "Der Spiegel" --note "it prints what dpa sent"
      retold wrong citation a12 Reuters
      retold wrong article a12
      retold wrong origin --undo 7
    """


@wrong.command()
@click.argument("what", metavar="STORY OUTLET", nargs=-1)
@shared_options
def origin(what: tuple[str, ...], **options: Any) -> None:
    """An outlet (its name, or a source's key) is not the origin of a story: another one is found, or none."""
    _correct("not_origin", what, **options)


@wrong.command()
@click.argument("what", metavar="ARTICLE OUTLET", nargs=-1)
@shared_options
def citation(what: tuple[str, ...], **options: Any) -> None:
    """An article ('#12', a12, 12, an address) does not cite an outlet, whatever its words look like."""
    _correct("not_cited", what, **options)


@wrong.command()
@click.argument("what", metavar="ARTICLE...", nargs=-1)
@shared_options
def article(what: tuple[str, ...], **options: Any) -> None:
    """An article does not belong into its story: it is split off by itself."""
    _correct("out", what, **options)


# -- doing it


def _correct(action: str, what: Sequence[str], *, path: Path, config_path: Path | None, note: str, by: str | None,
             undo: bool, as_json: bool) -> None:  # fmt: skip
    from pipeline import correcting

    recipe = recipe_of(config_path)
    tried = correcting.Attempt(action, what, by or by_name(), DOOR, now(), note)
    with editing(path) as db, refusals(path):
        if undo:
            kind = Kind.SPLIT if action == "out" else Kind(action)
            return taken_back(db, recipe, undoing([_newest(db, kind, what)], tried), as_json)
        done = correcting.correct(db, recipe, tried)
    if as_json:
        return show_json(done)
    return show_lines(lines(text for one in done for text in correcting.said(one)))


def undoing(ids: Sequence[int], tried: Attempt | None = None, by: str | None = None) -> Attempt:
    """The attempt to take corrections back, by whoever tried, else by ``by`` or whoever is logged in."""
    from pipeline import correcting

    person = tried.person if tried else by or by_name()
    return correcting.Attempt(correcting.REMOVE, [str(i) for i in ids], person, DOOR, now())


def taken_back(db: Connection, recipe: Recipe, tried: Attempt, as_json: bool) -> None:
    """Take corrections back and say so."""
    from pipeline import correcting

    found, rows, again = correcting.take_back(db, recipe, tried)
    if as_json:
        return show_json(found)
    return show_lines(lines(correcting.said_back(found, rows, again)))


def _newest(db: Connection, kind: Kind, what: Sequence[str]) -> int:
    """The newest correction in force of this kind that names an article of each of ``what``; of marks, the outlet
    comes last."""
    *what, outlet = what if kind in MARKS and len(what) > 1 else (*what, "")
    first = wanted.article_id if kind is Kind.NOT_CITED else None
    parts = [{first(db, text)} if first else set(wanted.named(db, text).ids) for text in what]
    rows = stored.naming(db, sorted(set().union(*parts)), kind) if parts else stored.in_force_rows(db, kind)
    fitting = [r for r in rows if all(_ids(r) & part for part in parts) and _is_about(r, outlet)]
    if not fitting:
        said = f"no {kind.replace('_', ' ')} {'of that ' if parts else ''}is in force"
        raise NotThere(f"{said}; `retold corrections` lists them")
    return int(fitting[-1]["id"])


def _ids(row: Row) -> set[int]:
    return {a["article_id"] for a in row["together"] + row["apart"] + row["on"]}


def _is_about(row: Row, outlet: str) -> bool:
    return not outlet or outlet.casefold() == (row["outlet"] or "").casefold()
