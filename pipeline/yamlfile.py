"""YAML text → plain values that know their lines, and pydantic's errors → one line each. The door to yaml.

Read by the rules of YAML 1.2 where 1.1 surprises: only true and false are booleans (so ``country: NO`` is
Norway), 010 is ten and 1:30 no number. Aliases work, up to a bound; merge keys and tags do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from pipeline.model import ConfigError
from pipeline.phrases import megabytes

MAX_BYTES = 1_000_000
MAX_NODES = 200_000  # with aliases written out: what stops a "billion laughs" file
MAX_DEPTH = 16
MISSING = "is missing"
TOO_LARGE = f"is larger than {MAX_BYTES:,} bytes"
TOO_DEEP = "is nested too deeply"

Where = tuple[str | int, ...]  # keys and indexes from the top: ("sources", "nos", "feeds", 0)
M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Document:
    """A YAML mapping as plain values, the line (from 1) of each of its places, and what is wrong with it."""

    name: str
    value: dict[str, Any] = field(default_factory=dict)
    lines: dict[Where, int] = field(default_factory=dict)
    problems: list[tuple[Where, str]] = field(default_factory=list)
    nodes: int = 0

    def place(self, where: Where) -> Where:
        """Cut a path back to what the file really holds."""
        while where and where not in self.lines:
            where = where[:-1]
        return where

    def line(self, where: Where) -> int:
        """Return the line of a place; what is missing has that of its parent."""
        return self.lines.get(self.place(where), 1)

    def report(self, where: Where, message: str) -> str:
        """Say it as ``name:line: path: message``."""
        return ": ".join(filter(None, (f"{self.name}:{self.line(where)}", _path(where), message)))

    def error(self) -> ConfigError:
        """Return all problems, one line each, in the order of the file."""
        ordered = sorted(self.problems, key=lambda problem: self.line(problem[0]))
        return ConfigError("\n".join(dict.fromkeys(self.report(*problem) for problem in ordered)))


def read(path: Path) -> str:
    """Return a file's text; ConfigError where it is missing, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1).decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        if len(error.object) > MAX_BYTES:  # the cut may have split a character
            raise ConfigError(f"{path}: {TOO_LARGE}") from error
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8 text") from error


def parse(text: str, name: str) -> Document:
    """Return the document in ``text``; its ``problems`` hold doubled keys and unwanted tags.

    Raises ConfigError where it is no YAML, not one mapping, or beyond the bounds above.
    """
    if len(text) > MAX_BYTES:
        raise ConfigError(f"{name}: {TOO_LARGE}")
    document = Document(name)
    root = _compose(text, name)
    value = None if root is None else _value(root, (), document)
    if not isinstance(value, dict):
        raise ConfigError(f"{name}:1: must be a mapping of keys to values, {shown(value)} found")
    document.value = value
    return document


class Span(NamedTuple):
    """Where a value stands: lines and columns from 0; ``end``: of the last scalar or bracket in it."""

    start: tuple[int, int]
    end: tuple[int, int]
    kind: str  # "scalar", "list" or "mapping"
    flow: bool  # in brackets or braces


def spans(text: str, name: str) -> dict[Where, Span]:
    """The place of each value in ``text``; raises ConfigError as `parse`. Values of aliases have none."""
    root, found = _compose(text, name), dict[Where, Span]()
    if root is not None:
        _span(root, (), found, set())
    return found


def _span(node: yaml.Node, where: Where, found: dict[Where, Span], seen: set[int]) -> tuple[int, int]:
    start, end = ((mark.line, mark.column) for mark in (node.start_mark, node.end_mark))
    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        kind, flow = "scalar", True
    else:
        kind, flow = (
            ("mapping" if isinstance(node, yaml.MappingNode) else "list"),
            bool(getattr(node, "flow_style", False)),
        )
        pairs = node.value if kind == "mapping" else list(enumerate(node.value))
        inner = [_span(child, (*where, _step(key)), found, {*seen, id(node)}) for key, child in pairs]
        end = end if flow else max(inner, default=end)
    found.setdefault(where, Span(start, end, kind, flow))
    return end


def _step(key: Any) -> str | int:
    return key if isinstance(key, int) else str(key.value)


def build(
    model: type[M],
    document: Document,
    names: Callable[[Where], Iterable[str]],
    place: Callable[[Where], Where] = lambda where: where,
) -> M:
    """Validate the document as ``model``; raises ConfigError with every problem, those of parse included.

    ``names`` gives the keys that are valid beside an unknown one; ``place`` maps pydantic's location to
    the file's where a validator has moved things about.
    """
    built = None
    try:
        built = model.model_validate(document.value)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            for where, message in ((place(loc), message) for loc, message in _told(each, names)):
                document.problems.append((where if message == MISSING else document.place(where), message))
    if built is None or document.problems:
        raise document.error()
    return built


# --- YAML -----------------------------------------------------------------------------------------------


_SCALARS: dict[str, tuple[str, Callable[[str], Any]]] = {  # tag: pattern of plain scalars, its value
    "bool": ("true|True|TRUE|false|False|FALSE", lambda text: {"true": True, "false": False}[text.lower()]),
    "float": (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?", float),
    "int": ("[-+]?[0-9]{1,18}", int),
    "null": ("~|null|Null|NULL|", lambda text: None),
    "str": ("(?!)", str),
}
_TAG = "tag:yaml.org,2002:"
_UNPRINTABLE = yaml.reader.Reader.NON_PRINTABLE


def _loader(base: Any) -> Any:
    """Return a safe loader with YAML 1.2's idea of which plain words are no text."""
    loader: Any = type("Loader", (base,), {"yaml_implicit_resolvers": {}})
    for kind in ("bool", "int", "float", "null"):  # the first that fits: 1 is a whole number
        loader.add_implicit_resolver(_TAG + kind, re.compile(f"(?:{_SCALARS[kind][0]})\\Z"), None)
    return loader


_LOADER = _loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # libyaml, where there, is ten times as fast


def _compose(text: str, name: str) -> yaml.Node | None:
    strange = _UNPRINTABLE.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        raise ConfigError(f"{name}:{line}: character U+{ord(strange[0]):04X} is not allowed")
    try:
        _shallow(text, name)
        root: yaml.Node | None = yaml.compose(text, _LOADER)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_syntax(error, text, name)) from error
    except (yaml.YAMLError, ArithmeticError, ValueError) as error:  # OverflowError at "\UFFFFFFFF"
        raise ConfigError(f"{name}:1: is no usable YAML ({type(error).__name__})") from error
    return root


def _shallow(text: str, name: str) -> None:
    """Refuse deep nesting before anything recursive sees it: libyaml's composer overflows the C stack."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ConfigError(f"{name}:{_line(event.start_mark)}: {TOO_DEEP}")


def _syntax(error: yaml.MarkedYAMLError, text: str, name: str) -> str:
    lines = text.splitlines()
    line = min(_line(error.problem_mark), len(lines) or 1)
    if "\t" in re.match(r"\s*", lines[line - 1] if lines else "")[0]:  # type: ignore[index]
        return f"{name}:{line}: a tab cannot indent; use spaces"
    reason = " ".join(f"{error.problem or ''} {error.context or ''}".split())
    if "nesting depth" in reason:  # libyaml 0.2.6 has a bound of its own
        return f"{name}:{line}: {TOO_DEEP}"
    begun = f" that began on line {_line(error.context_mark)}" if error.context_mark else ""
    return f"{name}:{line}: is no YAML: {reason}{begun}"


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


def _value(node: yaml.Node, where: Where, document: Document) -> Any:
    """Write a node out as dict, list or scalar, noting lines and problems; aliases are followed."""
    document.nodes += 1
    document.lines.setdefault(where, _line(node.start_mark))
    if document.nodes > MAX_NODES or len(where) > MAX_DEPTH:
        raise ConfigError(document.report(where[:MAX_DEPTH], "has too many values, or an alias inside itself"))
    if isinstance(node, yaml.CollectionNode) and node.tag not in (_TAG + "map", _TAG + "seq"):
        _odd_tag(node, where, document)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, where, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*where, i), document) for i, child in enumerate(node.value)]
    return _scalar(node, where, document)


def _odd_tag(node: yaml.Node, where: Where, document: Document) -> None:
    document.problems.append((where, f"the tag {shown(node.tag.replace(_TAG, '!!'))} is not supported"))


def _mapping(node: yaml.MappingNode, where: Where, document: Document) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode):
            document.problems.append((where, "a key must be one word"))
            continue
        inner = (*where, str(key.value))
        if key.value in values:
            again = f"given twice, on lines {document.lines[inner]} and {_line(key.start_mark)}"
            document.problems.append((inner, again))
            if not values[key.value]:  # else what is missing in the first would be told, too
                values[key.value] = _value(child, inner, document)
            continue
        document.lines[inner] = _line(key.start_mark)
        values[key.value] = _value(child, inner, document)
    return values


def _scalar(node: yaml.Node, where: Where, document: Document) -> Any:
    try:
        return _SCALARS[node.tag.removeprefix(_TAG)][1](node.value)
    except (KeyError, ValueError):  # !python/object, !!binary, "!!int x"
        _odd_tag(node, where, document)
        return str(node.value)


# --- messages -------------------------------------------------------------------------------------------


def shown(value: object) -> str:
    """Return a value for a message: one line, at most 60 characters, without a user's name and password in it."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, (dict, list, tuple)):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, float):
        return _number(value)
    text = _LOGIN.sub(lambda found: "…@" if ":" in found[0][1:] else found[0], repr(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _number(value: float) -> str:
    """As people write it: no exponent, no ``.0``."""
    if value != value or value in (float("inf"), float("-inf")):
        return repr(value)
    text = f"{Decimal(repr(value)):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if len(text) <= 30 else f"a number of {sum(map(str.isdigit, text))} digits"


def near(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean …?" with the known word closest to ``word``, or "" where none is close."""
    found = get_close_matches(word, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _path(where: Where) -> str:
    plain = (step if isinstance(step, int) or re.fullmatch(r"[\w<-]{1,60}", step) else shown(step) for step in where)
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in plain).lstrip(".")


_LOGIN = re.compile(r"(?<![^\s/'\"])[^\s/'\"]+@")  # wherever somebody put an address; linear, whatever it stands in
_SECRET = {"webhook", "secret_env", "password_env", "command"}  # keys whose values no message shows
_UNITS = {
    "interval": " s", "slowest": " s", "within": " s", "_s": " s", "_seconds": " s", "texts": " s", "ledger": " s",
    "_mb": " MB", "_hours": " h", "size": " bytes",
}  # fmt: skip
_BOUNDS = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than"}
_WANTED = (  # start of pydantic's error type: what we ask for
    ("bool", "true or false"),
    ("dict", "a mapping of keys to values"),
    ("finite_number", "a finite number"),
    ("float", "a number"),
    ("int", "a whole number"),
    ("model", "a mapping of keys to values"),
    ("string", "text, in quotes"),
    ("tuple", "a list"),
)


def _told(error: ErrorDetails, names: Callable[[Where], Iterable[str]]) -> Iterator[tuple[Where, str]]:
    """Yield pydantic's error as (place, message): one, or as many as a check between fields found."""
    where: Where = error["loc"]
    kind, context = error["type"], error.get("ctx", {})
    if kind == "between_fields":
        yield from ((where + inner, message) for inner, message in context["found"])
    elif kind == "extra_forbidden":
        yield where, "unknown key" + _instead(str(where[-1]), names(where))
    elif kind == "missing":
        yield where, MISSING
    elif kind == "value_error":
        yield where, str(context["error"])
    elif kind in ("too_short", "too_long"):
        words, limit = ("least", context["min_length"]) if kind == "too_short" else ("most", context["max_length"])
        has = "" if context["actual_length"] is None else f" (has {context['actual_length'] or 'none'})"
        yield where, f"must have at {words} {limit} {'entry' if limit == 1 else 'entries'}{has}"
    else:
        got = "" if _SECRET & set(where) else f" (got {shown(error['input'])}{_unit(where, error['input'])})"
        yield where, f"must be {_wanted(error)}{got}"


def refuse(*found: tuple[Where, str]) -> NoReturn:
    """Fail a model for what is wrong between its fields; paths are relative to that model."""
    text = "; ".join(message for _, message in found)
    raise PydanticCustomError("between_fields", "{text}", {"text": text, "found": list(found)})


def _instead(word: str, known: Iterable[str]) -> str:
    valid = sorted(known)
    return near(word, valid) or f"; valid here: {', '.join(valid)}"


def _wanted(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    for bound, words in _BOUNDS.items():
        if bound in context:
            return f"{words} {_bound(error['loc'], context[bound])}"
    if error["type"] == "literal_error":
        return f"one of {context['expected']}"
    found = [words for start, words in _WANTED if error["type"].startswith(start)]
    return found[0] if found else error["msg"]


def _bound(where: Where, limit: float) -> str:
    unit = _unit(where, limit)
    return megabytes(limit) if unit == " bytes" else f"{_number(limit)}{unit}"


def _unit(where: Where, value: object) -> str:
    named = [unit for end, unit in _UNITS.items() if where and str(where[-1]).endswith(end)]
    return named[0] if named and type(value) in (int, float) else ""
