"""`retold merge`, `split`, `pin`: a person knows better."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.corrected import report, said, taken_back
from pipeline.cli.options import Command, config_option, db_option, json_option, now
from pipeline.cli.output import plain, show_json, show_lines
from pipeline.cli.query import NotThere
from pipeline.model import StoreError
from pipeline.store import corrections as stored
from pipeline.store import reads
from pipeline.store.connect import lock, writing
from pipeline.store.rows import Row

if TYPE_CHECKING:
    from pipeline.signatures import Recipe
    from pipeline.store.connect import Connection


@dataclass(frozen=True, slots=True)
class Named:
    """What an argument names: a story with all its articles, or one article."""

    ids: tuple[int, ...]  # in the order they appeared
    story: int | None  # the story that it names, as it is called now


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


def number_of(text: str) -> int | None:
    """The article number of ``#12`` or ``a12``, else None."""
    match = re.fullmatch(r"[#aA](\d{1,18})", text)
    return int(match[1]) if match else None


def article_id(db: Connection, text: str, path: Path) -> int:
    """The article that ``#12``, ``a12``, ``12`` or an address names; raises NotThere."""
    from pipeline import urls

    number = number_of(text) or (int(text) if re.fullmatch(r"\d{1,18}", text) else None)
    found = reads.article(db, number) if number else None
    number = int(found["id"]) if found else None if number else reads.find(db, text, urls.key(text))
    if number is None:
        raise NotThere(f"no article {plain(text)} in {path}; `retold search WORDS` finds some")
    return number


def named(db: Connection, text: str, path: Path) -> Named:
    """What ``7`` (a story) or ``#12``, ``a12``, an address (an article) names; raises NotThere."""
    if not re.fullmatch(r"\d{1,18}", text):
        return Named((article_id(db, text, path),), None)
    story = reads.resolve(db, int(text))
    if story is None:
        raise NotThere(f"no story {text} in {path}; `retold stories` lists them (an article is '#{text}' or a{text})")
    return Named(tuple(stored.members(db, story)), story)


# -- the commands


def _text(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Text that can be stored: bytes of the command line that are no UTF-8 become question marks."""
    return value.encode("utf-8", "replace").decode() if value else value


def shared_options(command: Command) -> Command:
    """The options that merge, split and pin have in common."""
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
    _correct("merge", what, _merged, **options)


def _merged(db: Connection, what: Sequence[str], path: Path) -> list[tuple[list[int], list[int]]]:
    if len(what) < 2:
        raise click.UsageError("name two stories or articles, or more")
    parts = [named(db, text, path) for text in what]
    ids = sorted({i for part in parts for i in part.ids})
    stories = stored.stories_of(db, ids)
    if len(stories) == 1 and set(ids) <= set(stored.members(db, stories[0])):
        raise click.UsageError(f"all of that is in story {stories[0]}; `retold pin` keeps it there")
    return [(ids, [])]


@click.command()
@click.argument("what", metavar="STORY ARTICLE...", nargs=-1)
@shared_options
def split(what: tuple[str, ...], **options: Any) -> None:
    """Take articles out of a story, as one story together.

    The larger part keeps the number. What stays is grouped as if the others were not there.

    \b
    Examples:
      retold split 7 12 15 --note "another ferry"
      retold split 7 https://courier.example/ferry
      retold split --undo 7
    """
    _correct("split", what, _divided, **options)


def _divided(db: Connection, what: Sequence[str], path: Path) -> list[tuple[list[int], list[int]]]:
    if len(what) < 2 or not what[0].isdecimal():
        raise click.UsageError("name a story, then the articles that do not belong to it")
    story = named(db, what[0], path)
    out = {article_id(db, text, path) for text in what[1:]}
    for i in sorted(out - set(story.ids)):
        place = (reads.article(db, i) or {})["story_id"]
        raise click.UsageError(f"article #{i} is in {f'story {place}' if place else 'no story'}, not in {story.story}")
    if out == set(story.ids):
        raise click.UsageError(f"that is all of story {story.story}: leave something in it")
    return [(sorted(out), sorted(set(story.ids) - out))]


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
    _correct("pin", what, _pinned, **options)


def _pinned(db: Connection, what: Sequence[str], path: Path) -> list[tuple[list[int], list[int]]]:
    if not what:
        raise click.UsageError("name a story or an article")
    return [(_held(db, named(db, text, path)), []) for text in dict.fromkeys(what)]


def _held(db: Connection, part: Named) -> list[int]:
    """The articles that pinning ``part`` binds."""
    ids = part.ids
    if part.story is None:
        article = reads.article(db, ids[0]) or {}
        if not article["story_id"]:
            raise click.UsageError(f"article #{ids[0]} is in no story yet")
        lead = stored.members(db, article["story_id"])[0]
        if lead == ids[0]:
            raise click.UsageError(f"article #{lead} leads story {article['story_id']}: pin the story")
        ids = (lead, *ids)
    if len(ids) < 2:
        raise click.UsageError(f"story {part.story} has one article: there is nothing to keep together")
    return sorted(ids)


# -- doing it

Wanted = Callable[["Connection", Sequence[str], Path], list[tuple[list[int], list[int]]]]


def _correct(kind: str, what: Sequence[str], wanted: Wanted, *, path: Path, config_path: Path | None, note: str,
             by: str | None, undo: bool, as_json: bool) -> None:  # fmt: skip
    from pipeline import corrections
    from pipeline.model import Correction, Kind

    recipe = recipe_of(config_path)
    with editing(path) as db:
        if undo:
            return taken_back(db, recipe, [_newest(db, Kind(kind), what, path)], as_json)
        done = []
        at = now().replace(microsecond=0)
        for together, apart in wanted(db, what, path):
            keys = stored.keys(db, together), stored.keys(db, apart)
            made = corrections.make(db, recipe, Correction(Kind(kind), *keys, at, by or by_name(), note), at)
            done.append(report(db, made, together, apart))
    if as_json:
        return show_json(done)
    return show_lines(line for one in done for line in said(one))


def _newest(db: Connection, kind: Any, what: Sequence[str], path: Path) -> int:
    """The newest correction in force of this kind that names an article of each of ``what``."""
    parts = [set(named(db, text, path).ids) for text in what]
    rows = stored.naming(db, sorted(set().union(*parts)), kind) if parts else stored.in_force_rows(db, kind)
    fitting = [r for r in rows if all(_ids(r) & part for part in parts)]
    if not fitting:
        raise NotThere(f"no {kind} {'of that ' if what else ''}is in force; `retold corrections` lists them")
    return int(fitting[-1]["id"])


def _ids(row: Row) -> set[int]:
    return {a["article_id"] for a in row["together"] + row["apart"]}
