"""What click knows of the commands, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click

from pipeline.cli import main
from tools.reference.regions import headings, slug, table

_DEFAULT = re.compile(r"\s*\[default: (.+?)\]$")
_KINDS = {"integer": "N", "integer range": "N", "float": "X", "float range": "X"}


def leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """(full name, command) of ``command`` or, where it is a group, of each command in it that does something."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    if command.invoke_without_command and options_of(command):
        yield name, command
    for sub, below in command.commands.items():
        yield from leaves(f"{name} {sub}", below)


def options_of(command: click.Command) -> list[click.Option]:
    """Its options but ``--help``, those that are hidden left out."""
    return [p for p in command.params if isinstance(p, click.Option) and not p.hidden]


def arguments_of(command: click.Command) -> list[str]:
    """The names of its arguments, as its usage has them."""
    shown = [p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)]
    return [word for text in shown for word in re.findall(r"[A-Z]+", text)]


def usage(name: str, command: click.Command) -> str:
    """How it is called, in one line."""
    return " ".join(
        ["retold", name, *command.collect_usage_pieces(click.Context(command, info_name=name, **main.context_settings))]
    )


def options(what: str, _: str = "") -> str:
    """Usage and options of a command, or of all commands of a group."""
    found = list(leaves(what, main.commands[what]))
    calls = "\n".join(f"    {usage(name, command)}" for name, command in found)
    if len(found) == 1 and found[0][0] == what:
        rows = rows_of(found[0][1])
        return f"{calls}\n\n{table(('option', 'meaning', 'default'), rows)}" if rows else calls
    return f"{calls}\n\n{table(('option', 'of', 'meaning', 'default'), _shared(what, found))}"


def _shared(group: str, found: list[tuple[str, click.Command]]) -> Iterator[tuple[str, str, str, str]]:
    """The options of a group's commands, each once with the commands that have it."""
    having: dict[tuple[str, str, str], list[str]] = {}
    for name, command in found:
        for one in rows_of(command):
            having.setdefault(one, []).append(name.removeprefix(group).strip() or group)
    for (option_, meaning, default), names in having.items():
        of = "all" if len(names) == len(found) else ", ".join(f"`{name}`" for name in names)
        yield option_, of, meaning, default


def rows_of(command: click.Command) -> list[tuple[str, str, str]]:
    """(option, meaning, default) of arguments that are one of some words, and of all options."""
    words = [p for p in command.params if isinstance(p, click.Argument) and isinstance(p.type, click.Choice)]
    named = [(f"`{str(p.metavar or p.name).upper().strip('[]')}`", f"{_one_of(p.type)}.", "") for p in words]
    return [*named, *map(row, options_of(command))]


def _one_of(choices: Any) -> str:
    *others, last = (f"`{choice}`" for choice in choices.choices)
    return f"{', '.join(others)} or {last}" if others else last


def row(option: click.Option) -> tuple[str, str, str]:
    """(option, meaning, default) of the table."""
    words = (option.help or "").replace("\n", " ").strip()
    inline = _DEFAULT.search(words)
    words = _DEFAULT.sub("", words)
    if isinstance(option.type, click.Choice):
        words = f"{_one_of(option.type)}: {words[:1].lower()}{words[1:]}"
    if option.multiple and "several" not in words and "repeatable" not in words:
        words += " May be given several times."
    return _called(option), words, inline[1] if inline else _default(option)


def _called(option: click.Option) -> str:
    takes = "" if option.is_flag or option.count else f" {_takes(option)}"
    return ", ".join(f"`{name}{takes}`" for name in [*option.opts, *option.secondary_opts])


def _takes(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return str(option.name).upper().replace("_", "-")
    return _KINDS.get(option.type.name, option.type.name.upper())


def _default(option: click.Option) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    value: Any = option.get_default(click.Context(click.Command("x")))
    unsaid = value is None or value is False or (value in ("", 0, ()) and not option.show_default)
    return "" if unsaid or repr(value).startswith("Sentinel") else f"`{value}`"


def index(_: str, text: str) -> str:
    """All commands, with what they do; each leads to its section in ``text``."""
    anchors = {words.split("`")[1]: slug(words) for level, words, _ in headings(text) if level == 2 and "`" in words}
    rows = []
    for name, command in main.commands.items():
        at = next((anchor for said, anchor in anchors.items() if f"{said} ".startswith(f"retold {name} ")), "")
        called = f"[`retold {name}`](#{at})" if at else f"`retold {name}`"
        rows.append((called, command.get_short_help_str(300)))
    return table(("command", "does"), rows)
