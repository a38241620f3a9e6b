"""Regions that a text lacks, put where they belong: into the section that is there, else into a new one. Pure."""

from __future__ import annotations

import inspect
import re

from tools.reference import commands, settings
from tools.reference.documents import MAKERS, missing
from tools.reference.regions import marked, section

_BULLET = re.compile(r"^- `-", re.M)
_TABLE = re.compile(r"^\|.*(?:\n\|.*)*", re.M)
_AS_ABOVE = re.compile(r"^- (?:(?:`-[^`]+`|and)(?:, | )?)+ ?as (?:above|for `\w+`)\.\n", re.M)


def added(name: str, text: str) -> str:
    """docs/``name`` with every region that it should have; sections that are new are skeletons to write on."""
    for kind, what in missing(name, text):
        region = marked(kind, what, MAKERS[kind](what, text))
        place = section(text, _begins(kind, what))
        if place is None:
            before = text.find("\n## Tables\n") + 1 if kind == "view" else 0
            at = before or len(text.rstrip("\n")) + 1
            text = f"{text[:at].rstrip()}\n\n{_skeleton(kind, what)}\n\n{region}\n{_gap(text[at:])}"
        else:
            at, end = place
            text = text[:at] + _placed(kind, text[at:end], region) + text[end:]
    return text


def _gap(rest: str) -> str:
    return f"\n{rest.lstrip()}" if rest.strip() else ""


def _begins(kind: str, what: str) -> str:
    """How the heading of a region's section begins."""
    fixed = {"commands": "Commands", "tables": "Tables"}
    codes = {"EXITS": "Exit codes", "REASONS": "Reason codes"}
    if kind == "codes":
        return codes.get(what.rpartition(":")[2], what)
    return fixed.get(kind) or {"options": f"`retold {what}", "config": what, "view": f"`{what}"}[kind]


def _placed(kind: str, text: str, region: str) -> str:
    """A section with its region: for the table that it has, or (options) in front of what it says of single options."""
    if kind != "options":
        found = _TABLE.search(text)
        return text[: found.start()] + region + text[found.end() :] if found else f"{text.rstrip()}\n\n{region}\n\n"
    text = _AS_ABOVE.sub("", text)
    bullet = _BULLET.search(text)
    head, rest = (text[: bullet.start()], text[bullet.start() :]) if bullet else (text, "")
    return f"{head.rstrip()}\n\n{region}\n\n{rest}"


def _skeleton(kind: str, what: str) -> str:
    if kind == "options":
        command = commands.main.commands[what]
        called = commands.usage(what, command).replace(" [OPTIONS]", "")
        words = inspect.cleandoc(command.help or "").split("\n\n\b")[0].split("\b")[0].strip()
        return f"## `{called}`\n\n{words}"
    if kind == "config":
        model = settings.model(what)
        return f"## {what}\n\n{inspect.cleandoc(model.__doc__ or '').splitlines()[0] if model else ''}".rstrip()
    return f"## `{what}`\n\nOne row …" if kind == "view" else f"## {_begins(kind, what)}"
