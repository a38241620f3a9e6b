"""Which regions stand where, what should stand in them, and what is missing in code or text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

from tools.reference import commands, database, settings
from tools.reference.regions import BrokenError, named, regions, rewritten, table

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXITS, REASONS = "pipeline.cli.words:EXITS", "pipeline.phrases:REASONS"


def codes(what: str, _: str = "") -> str:
    """A mapping of codes to words, named as ``module:NAME``."""
    module, _, name = what.partition(":")
    found: Mapping[object, str] = getattr(import_module(module), name)
    mark = "`{}`" if any(isinstance(code, str) for code in found) else "{}"
    return table(("code", "meaning"), [(mark.format(code), words) for code, words in found.items()])


# kind → maker of (what, the whole text) → Markdown
MAKERS: Mapping[str, Callable[[str, str], str]] = {
    "commands": commands.index, "options": commands.options, "config": settings.meanings, "view": database.view,
    "tables": database.tables, "codes": codes,
}  # fmt: skip


def wanted() -> dict[str, list[tuple[str, str]]]:
    """File in docs/ → the regions that it must have."""
    return {
        "cli.md": [("commands", ""), ("codes", EXITS), *(("options", name) for name in commands.main.commands)],
        "configuration.md": [("config", section) for section in settings.sections()],
        "database.md": [*(("view", name) for name in database.VIEWS), ("tables", ""), ("codes", REASONS)],
    }


def made(text: str) -> str:
    """``text`` with its regions as the code has them; raises BrokenError where nothing is known of one."""

    def make(kind: str, what: str) -> str:
        try:
            return MAKERS[kind](what, text)
        except (KeyError, AttributeError, ImportError) as error:
            raise BrokenError(f"nothing in the code is called `{kind} {what}`") from error

    return rewritten(text, make)


def missing(name: str, text: str) -> list[tuple[str, str]]:
    """The regions that docs/``name`` should have and has not."""
    there = {(r.kind, r.what) for r in regions(text)}
    return [mark for mark in wanted()[name] if mark not in there]


def unexplained(text: str) -> Iterator[str]:
    """A line for everything in the code that has no meaning there; ``text``: docs/database.md, which may have one."""
    yield from _without_help()
    for name in settings.sections():
        for key, info in settings.keys(name).items():
            if not info.description:
                yield f"config {key}: no Field(description=…)"
    tables, views = database.schema()
    held = {name: words for names, words in named(text, "Tables").items() for name in names.split(", ")}
    for name in sorted(tables):
        if not database.told().get(name):
            yield f"table {name}: not in pipeline/store/table_meanings.py{_take(held.get(name))}"
    for name, columns in views.items():
        said = named(text, f"`{name}`")
        for column in [c for c in columns if not database.VIEWS.get(name, {}).get(c)]:
            yield f"view {name}.{column}: not in pipeline/store/view_meanings.py{_take(said.get(column))}"


def _take(words: str | None) -> str:
    return f"; the docs say: {words} (python -m tools.reference --take)" if words else ""


def _without_help() -> Iterator[str]:
    for top, command in commands.main.commands.items():
        for name, leaf in commands.leaves(top, command):
            for option in commands.options_of(leaf):
                if not option.help:
                    yield f"retold {name} {option.opts[-1]}: no help"


def superfluous() -> Iterator[str]:
    """A line for everything that is explained and is not there."""
    tables, views = database.schema()
    yield from (f"table {name}: explained, not there" for name in sorted(database.told().keys() - tables))
    for name, columns in database.VIEWS.items():
        there = views.get(name, [])
        yield from (f"view {name}.{column}: explained, not there" for column in columns if column not in there)
        if set(columns) == set(there) and list(columns) != there:
            yield f"view {name}: its columns are explained in another order: it has {', '.join(there)}"
