"""What the models of config.yaml know of its keys, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pipeline.config import Config
from pipeline.values import Takes
from tools.reference.regions import table

NAMED = {"sources": "sources.<key>", "alerts": "alerts.<name>"}  # mappings of names to blocks
_UNITS = {"_s": "seconds", "seconds": "seconds", "hours": "hours", "days": "days", "words": "words",
          "_mb": "MB of 10⁶ bytes"}  # fmt: skip
_PLAIN = {bool: "true or false", str: "text", int: "whole number", float: "number"}


def sections() -> list[str]:
    """The blocks of config.yaml."""
    return list(Config.model_fields)


def keys(section: str) -> dict[str, FieldInfo]:
    """Full key → field of every key of a block, those of blocks within it too; keys of the file itself as they are."""
    return {key: block.model_fields[name] for key, (block, name) in owners(section).items()}


def owners(section: str) -> dict[str, tuple[type[BaseModel], str]]:
    """Full key → the model that has it, and its name there."""
    block = model(section)
    return dict(_fields(block, NAMED.get(section, section))) if block else {section: (Config, section)}


def model(section: str) -> type[BaseModel] | None:
    """The model of a block; None of a key that stands by itself."""
    return _model(Config.model_fields[section].annotation)


def _fields(block: type[BaseModel], prefix: str) -> Iterator[tuple[str, tuple[type[BaseModel], str]]]:
    for name, info in block.model_fields.items():
        if name == "key":
            continue  # of a source: the name of its block
        key = f"{prefix}.{info.validation_alias or name}"
        yield key, (block, name)
        below = _model(info.annotation)
        if below is not None:
            several = get_origin(_one(info.annotation)) is tuple
            yield from _fields(below, f"{key}[]" if several else key)


def _model(annotation: Any) -> type[BaseModel] | None:
    """The block that an annotation is of, through options, lists and mappings."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model(arg))), None)


def meanings(section: str, _: str = "") -> str:
    """The table of a block."""
    rows = [(f"`{key}`", takes(key, i), default(i), i.description or "") for key, i in keys(section).items()]
    return table(("key", "takes", "default", "meaning"), rows)


def default(info: FieldInfo) -> str:
    """The default as the file would have it."""
    value = info.get_default()
    if value is PydanticUndefined or value is None:
        return "required" if value is PydanticUndefined else "none"
    if isinstance(value, tuple):
        return f"`{list(value)}`"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def takes(key: str, info: FieldInfo) -> str:
    """What a key may have, in words."""
    return _words(info.annotation, info.metadata, next((u for end, u in _UNITS.items() if key.endswith(end)), ""))


def _words(annotation: Any, said: list[Any], unit: str = "", many: bool = False) -> str:
    annotation, said = _opened(annotation, said)
    own = next((x for x in reversed(said) if isinstance(x, Takes)), None)
    unit = (own.many if many and own.many else own.one) if own else unit
    if get_origin(annotation) is tuple and own is None:
        return _list(annotation, said)
    bounds = _bounds(said)
    if bounds or own:
        return f"{bounds} {unit}".strip()
    if get_origin(annotation) is Literal:
        *others, last = (f"`{value}`" for value in get_args(annotation))
        return f"{', '.join(others)} or {last}" if others else last
    return "the following keys" if _model(annotation) else _PLAIN.get(annotation, "text")


def _opened(annotation: Any, said: list[Any]) -> tuple[Any, list[Any]]:
    """The annotation without ``Annotated`` and ``| None``, and what they said."""
    one = _one(annotation)
    if get_origin(one) is Annotated:
        inner, *more = get_args(one)
        flat = [x for m in more for x in (m.metadata if isinstance(m, FieldInfo) else [m])]
        return _opened(inner, [*flat, *said])
    return one, said


def _one(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        return next(arg for arg in get_args(annotation) if arg is not type(None))
    return annotation


def _list(annotation: Any, said: list[Any]) -> str:
    item = get_args(annotation)[0]
    least, most = (
        next((getattr(x, end) for x in said if hasattr(x, end)), None) for end in ("min_length", "max_length")
    )
    words = _words(item, [], many=True)
    return f"list of {least} to {most} {words}" if least and most and words[:1].isalpha() else f"list of {words}"


def _bounds(said: list[Any]) -> str:
    low = next((x for x in said if isinstance(x, Ge | Gt)), None)
    high = next((x for x in said if isinstance(x, Le | Lt)), None)
    if isinstance(low, Ge) and isinstance(high, Le):
        return f"{low.ge:g}–{high.le:g}" if isinstance(low.ge, float) else f"{low.ge}–{high.le}"
    words = []
    if low is not None:
        words.append(f"at least {low.ge}" if isinstance(low, Ge) else f"above {low.gt}")
    if high is not None:
        words.append(f"at most {high.le}" if isinstance(high, Le) else f"below {high.lt}")
    return ", ".join(words)
