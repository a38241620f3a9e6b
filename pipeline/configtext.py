"""The text of config.yaml with more sources in it: what was there stays, byte for byte. Pure.

Lines are put in, nothing is parsed and written anew, so that comments, order and layout of a file that people keep stay
theirs without a second YAML library (ruamel.yaml would bring one, and still move some comments about).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.config import Config, Source, loads
from pipeline.model import ConfigError
from pipeline.yamlfile import Document, parse

INDENT = 2
NAMES = {"interval_s": "interval", "slowest_s": "slowest"}  # where config.yaml has another name for a field


@dataclass(frozen=True, slots=True)
class Block:
    """A source to be written."""

    source: Source
    notes: Mapping[str, str] = field(default_factory=dict)  # field ("" for the block) → comment


def inserted(text: str, blocks: Sequence[Block], name: str) -> str:
    """``text`` with the blocks behind the last of its sources, before whatever follows them.

    Raises ConfigError where that cannot be done or would not be a valid configuration with just these sources more;
    ``name`` stands for the file in messages.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    document = parse(body, name) if _content(body) else Document(name)
    new = mark + _put(body, document, blocks, name)
    _verify(document, loads(new.removeprefix("\ufeff"), name), blocks, name)
    return new


def settings(text: str, name: str) -> Config:
    """The configuration in ``text``, which may have no source yet; raises ConfigError."""
    body = text.removeprefix("\ufeff")
    value = parse(body, name).value if _content(body) else {}
    if value.get("sources"):
        return loads(body, name)
    return Config.model_construct(**{**dict(Config()), "http": _http(value)})


def _http(value: Mapping[str, object]) -> object:
    """The section of ports; what is wrong with it is told when the new text is read."""
    kind = type(Config().http)
    try:
        return kind.model_validate(value.get("http") or {})
    except ValueError:
        return kind()


def _content(body: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in body.splitlines())


def _put(body: str, document: Document, blocks: Sequence[Block], name: str) -> str:
    end = "\r\n" if "\r\n" in body else "\n"
    lines = body.split("\n")
    at, indent, head = _place(lines, document, name)
    if at and not lines[at - 1].endswith("\r") and end == "\r\n" and at == len(lines):
        lines[at - 1] += "\r"
    told = [*head, *(line for block in blocks for line in ("", *block_lines(block, indent)))]
    put = [line + end.removesuffix("\n") for line in told]
    rest = lines[at:]
    return "\n".join([*lines[:at], *put, *(rest or [""])])


def _place(lines: list[str], document: Document, name: str) -> tuple[int, int, list[str]]:
    """Before which line (from 0) to put them, how far in, and what is to stand before them."""
    where = document.lines.get(("sources",))
    if where is None:
        return _last(lines, len(lines)), INDENT, [*([""] if _content("\n".join(lines)) else []), "sources:"]
    sources = document.value["sources"]
    line = lines[where - 1]
    if not sources:
        if not (empty := re.fullmatch(r"sources[ ]*:[ ]*(?:\{[ ]*\}|~|null)?[ ]*(#.*)?\r?", line)):
            raise ConfigError(f"{name}:{where}: sources must stand alone on its line to be added to")
        lines[where - 1] = f"sources:{'  ' + empty[1].rstrip() if empty[1] else ''}" + "\r" * line.endswith("\r")
        return where, INDENT, []
    first = min(n for place, n in document.lines.items() if len(place) == 2 and place[0] == "sources")
    indent = len(lines[first - 1]) - len(lines[first - 1].lstrip(" "))
    if first <= where or not indent:
        raise ConfigError(f"{name}:{where}: sources are written in braces; give each a line of its own first")
    following = [n for place, n in document.lines.items() if len(place) == 1 and n > where]
    return _last(lines, min(following) - 1 if following else len(lines), indent), indent, []


def _last(lines: Sequence[str], end: int, indent: int = 0) -> int:
    """The line behind the last of ``lines[:end]`` that says something, an indented comment, too."""
    for n in range(end, 0, -1):
        line = lines[n - 1]
        outside = line.startswith(("#", "...")) and indent
        if line.strip() and not outside:
            return n
    return 0


def _verify(before: Document, after: Config, blocks: Sequence[Block], name: str) -> None:
    """Raise ConfigError unless all that was there is there as it was, and the blocks behind it."""
    new = [b.source for b in blocks]
    old = before.value.get("sources") or {}
    kept = list(after.sources[: len(old)])
    same = [s.key for s in kept] == list(old) and list(after.sources[len(old) :]) == new
    if same and old:
        said = {**before.value, "sources": old, "spiders": after.spiders}
        same = Config.model_validate(said) == after.model_copy(update={"sources": tuple(kept)})
    if not same:
        raise ConfigError(f"{name}: sources cannot be added to a file that is laid out like this; left as it was")


# -- a block


def block_lines(block: Block, indent: int = INDENT) -> Iterator[str]:
    """The lines of a source, the first with its key; without line ends."""
    source, notes = block.source, block.notes
    one, two, three = " " * indent, " " * (2 * indent), " " * (3 * indent)
    if note := notes.get(""):
        yield f"{one}# {note}"
    yield f"{one}{scalar(source.key)}:"
    for name in ("name", "owner", "country", "language", "role", "homepage"):
        if (value := getattr(source, name)) is not None:
            yield f"{two}{name}: {scalar(value)}{_note(notes, name)}"
    if source.feeds:
        yield f"{two}feeds:"
    for feed in source.feeds:
        yield f"{three}- {scalar(feed.url)}" if feed.language is None else f"{three}- url: {scalar(feed.url)}"
        if feed.language is not None:
            yield f"{three}  language: {scalar(feed.language)}"
    if source.sitemaps:
        yield f"{two}sitemaps:"
        yield from (f"{three}- {scalar(url)}" for url in source.sitemaps)
    for field_ in ("spider", "text_from", "interval_s", "slowest_s", "max_pages_per_run"):
        value = getattr(source, field_)
        if value != Source.model_fields[field_].default:
            yield f"{two}{NAMES.get(field_, field_)}: {value}{_note(notes, field_)}"


def _note(notes: Mapping[str, str], name: str) -> str:
    return f"  # {notes[name]}" if name in notes else ""


_PLAIN = re.compile(r"https?://[\w.~/?#@!$&()*+,;=%:'-]*[\w/=]|[^\W\d_][\w.'’&()/-]*(?: [\w.'’&()/+–-]+)*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "none"}  # to one reader of YAML or another


def scalar(text: str) -> str:
    """``text`` as YAML has it: plain where no reader takes it for anything else, in double quotes otherwise."""
    if _PLAIN.fullmatch(text) and text.isprintable() and text.lower() not in _WORDS:
        return text
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return f"\\{c}"
    if c.isprintable():
        return c
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"
