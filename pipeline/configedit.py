"""The text of config.yaml with something more in a block that is there: a feed, a setting. All other bytes stay. Pure.

As in `configtext`, characters are put in where the parser says that a value stands, and nothing is written anew; what
comes out is read again, and must hold what it held and the change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.config import Config, loads
from pipeline.configtext import scalar
from pipeline.model import ConfigError
from pipeline.yamlfile import Span, Where, spans

Places = Mapping[Where, Span]


def with_addresses(text: str, key: str, added: Mapping[str, Sequence[str]], name: str) -> str:
    """``text`` in which the source has these addresses more, behind those it has.

    ``added``: ``feeds`` or ``sitemaps`` → addresses. Raises ConfigError where the source is not there, or its block
    cannot be added to; ``name`` stands for the file in messages.
    """
    new = text
    for field, urls in added.items():
        if urls:
            new = _changed(new, lambda body, at, f=field, u=urls: _listed(body, at, ("sources", key, f), u), name)
    before = _read(text, name).source(key)
    feeds = [f.model_dump() for f in before.feeds] + [{"url": u, "language": None} for u in added.get("feeds", ())]
    sitemaps = (*before.sitemaps, *added.get("sitemaps", ()))
    _verify(text, new, key, {"feeds": feeds, "sitemaps": sitemaps}, name)
    return new


def with_spider(text: str, key: str, spider: str, folder: str, name: str) -> str:
    """``text`` in which the source has this spider, and ``spiders`` names the folder where no folder is named.

    Raises ConfigError as `with_addresses`.
    """
    new = _changed(text, lambda body, at: _set(body, at, ("sources", key, "spider"), spider), name)
    if ("spiders",) not in _places(new, name):
        new = _changed(new, lambda body, at: _top(body, at, f"spiders: {folder}"), name)
    _verify(text, new, key, {"spider": spider}, name)
    return new


def _read(text: str, name: str) -> Config:
    return loads(text.removeprefix("\ufeff"), name)


def _places(text: str, name: str) -> Places:
    return spans(text.removeprefix("\ufeff"), name)


def _changed(text: str, change: Any, name: str) -> str:
    """``text`` after a change of its lines, which keep their line ends."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    end = "\r\n" if "\r\n" in body else "\n"
    lines = [line.removesuffix("\r") for line in body.split("\n")]
    ended = ["\r" * line.endswith("\r") for line in body.split("\n")]
    at, taken, put = change(lines, spans(body, name))  # first line, how many are replaced, lines instead
    if taken == 0 and at == len(lines):  # behind a last line without an end
        ended[-1] = end.removesuffix("\n")
    new = [line + (ended[at + n] if n < taken else end.removesuffix("\n")) for n, line in enumerate(put)]
    if taken == 0 and at == len(lines) and new:
        new[-1] = new[-1].removesuffix("\r")
    old = [line + was for line, was in zip(lines, ended, strict=True)]
    return mark + "\n".join([*old[:at], *new, *old[at + taken :]])


Change = tuple[int, int, list[str]]


def _listed(lines: Sequence[str], at: Places, where: Where, urls: Sequence[str]) -> Change:
    """The addresses behind the last of a list, or as a list of their own behind the last of the block."""
    there, block = at.get(where), at.get(where[:-1])
    if there is None and block and block.kind == "mapping":
        return _added(lines, at, where, urls, block)
    if there is None or there.kind != "list":
        return len(lines), 0, []  # and is refused
    items = [span for place, span in at.items() if place[:-1] == where]
    if not there.flow and items:
        dash = " " * there.start[1]
        return max(items, key=lambda s: s.end).end[0] + 1, 0, [f"{dash}- {scalar(url)}" for url in urls]
    told = ", ".join(map(_quoted, urls))
    return _put(lines, max(s.end for s in items), f", {told}") if items else _put(lines, _inside(there), told)


def _added(lines: Sequence[str], at: Places, where: Where, urls: Sequence[str], block: Span) -> Change:
    last = max((span.end for place, span in at.items() if place[:-1] == where[:-1]), default=block.end)
    if block.flow:
        return _put(lines, last, f", {where[-1]}: [{', '.join(map(_quoted, urls))}]")
    indent = " " * block.start[1]
    return last[0] + 1, 0, [f"{indent}{where[-1]}:", *(f"{indent}  - {scalar(url)}" for url in urls)]


def _set(lines: Sequence[str], at: Places, where: Where, value: str) -> Change:
    """A scalar in the place of one, or behind the last of the block."""
    there, block = at.get(where), at.get(where[:-1])
    if there and there.kind == "scalar" and there.start[0] == there.end[0]:
        row, (first, last) = there.start[0], (there.start[1], there.end[1])
        return row, 1, [f"{lines[row][:first]}{_quoted(value) if first == last else value}{lines[row][last:]}"]
    if there or block is None or block.kind != "mapping":
        return len(lines), 0, []
    last = max((span.end for place, span in at.items() if place[:-1] == where[:-1]), default=block.end)  # type: ignore[assignment]
    if block.flow:
        return _put(lines, last, f", {where[-1]}: {value}")  # type: ignore[arg-type]
    return last[0] + 1, 0, [f"{' ' * block.start[1]}{where[-1]}: {value}"]  # type: ignore[index]


def _top(lines: Sequence[str], at: Places, line: str) -> Change:
    """A line of its own before ``sources`` and the comments that lead to it."""
    row = next((n for n, text in enumerate(lines) if text.startswith("sources")), len(lines))
    while row and lines[row - 1].startswith("#"):
        row -= 1
    return row, 0, [line, ""]


def _put(lines: Sequence[str], place: tuple[int, int], text: str) -> Change:
    row, column = place
    return row, 1, [lines[row][:column] + text + lines[row][column:]]


def _inside(there: Span) -> tuple[int, int]:
    return there.start[0], there.start[1] + 1


def _quoted(text: str) -> str:
    """In brackets and braces a comma would end a plain address."""
    return json.dumps(text)


def _verify(old: str, new: str, key: str, changed: Mapping[str, Any], name: str) -> None:
    """Raise ConfigError unless all that was there is there as it was, with the change and nothing else."""
    try:
        before, after = _read(old, name), _read(new, name)
        wanted = [s.model_dump() | (dict(changed) if s.key == key else {}) for s in before.sources]
        same = [s.model_dump() for s in after.sources] == [{**w, "feeds": tuple(w["feeds"])} for w in wanted]
        rest = {"sources": (), "spiders": None}
        same = same and before.model_copy(update=rest) == after.model_copy(update=rest)
    except ConfigError:
        same = False
    if not same:
        raise ConfigError(
            f"{name}: sources.{key} cannot be changed in a file that is laid out like this; left as it was"
        )
