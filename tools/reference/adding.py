"""Regions that a text lacks, put where they belong: into the section that is there, else into a new one. Pure."""

from __future__ import annotations

import inspect
import re

from tools.reference import commands, settings
from tools.reference.documents import MAKERS, missing
from tools.reference.regions import marked, section

_BULLET = re.compile(r"^- `-", re.M)
_TABLE = re.compile(r"^\|.*(?:\n\|.*)*", re.M)
_POINT = re.compile(r"^- `-.*\n(?:  .*\n)*", re.M)
_SMALL = {"a", "an", "the", "of", "to", "is", "are", "in", "on", "it", "its", "at", "for", "or", "and", "with", "by",
          "as", "this", "that", "only", "be", "from", "not", "too"}  # fmt: skip
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
            text = (
                text[:at] + _placed(kind, text[at:end], region, _helps(what) if kind == "options" else {}) + text[end:]
            )
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


def _placed(kind: str, text: str, region: str, helps: dict[str, str]) -> str:
    """A section with its region: for the table that it has, or (options) in front of what it says of single options.

    Points that say no more of an option than its help (``helps``) go: the table has it.
    """
    if kind != "options":
        found = _TABLE.search(text)
        return text[: found.start()] + region + text[found.end() :] if found else f"{text.rstrip()}\n\n{region}\n\n"
    text = _POINT.sub(lambda m: "" if _said(m[0], helps) else m[0], _AS_ABOVE.sub("", text))
    bullet = _BULLET.search(text)
    head, rest = (text[: bullet.start()], text[bullet.start() :]) if bullet else (text, "")
    return f"{head.rstrip()}\n\n{region}\n\n{rest}"


def _helps(what: str) -> dict[str, str]:
    """Option → what its help and its default say, of all commands in ``what``."""
    found = [o for _, leaf in commands.leaves(what, commands.main.commands[what]) for o in commands.options_of(leaf)]
    return {name: " ".join(commands.row(option)) for option in found for name in option.opts + option.secondary_opts}


def _said(point: str, helps: dict[str, str]) -> bool:
    """Whether a point says of its options what their help says: but for one word all of its own stand there."""
    named = re.findall(r"`(--?[a-z-]+)", point.split("\n")[0])
    own = _stems(re.sub(r"`--?[^`]+`", "", point)) - _stems(" ".join(helps.get(name, "") for name in named))
    return bool(named) and len(own) <= 1


def _stems(text: str) -> set[str]:
    return {re.sub(r"(es|s|ed|ing|e)$", "", w) for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in _SMALL}


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
