"""Labelled passages: sentences of news whose citations are known, read with care.

A line has ``id``, ``lang``, ``title`` or ``text``, where there are such ``author`` (the author field) and ``self`` (the
article's own outlet), ``split`` (which part of the file it is measured with), and ``citations``: of each ``outlet``,
``kind``, and, unless they are true, false, empty and empty, ``media``, ``earlier``, ``via`` and ``said``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import labelled
from pipeline.labelled import LabelledError
from pipeline.model import Cited

BUNDLED = Path(__file__).parent / "data" / "citations.jsonl"
KINDS = (Cited.PRIMARY, Cited.SECOND_HAND, Cited.WIRE_CREDIT)  # those that words can state
PRINTED = ("title", "text", "author")


@dataclass(frozen=True, slots=True)
class Label:
    """Whom a passage cites, by people's reading."""

    outlet: str
    kind: Cited
    media: bool = True  # False: an organisation that is no medium
    earlier: bool = False  # an earlier report than the one that is told
    via: str = ""  # the outlet through which this one is known
    said: str = ""  # as the passage names it


@dataclass(frozen=True, slots=True)
class Passage:
    """A few sentences of one article, with what they cite."""

    id: str
    split: str
    lang: str  # ISO 639-1
    title: str
    text: str
    author: str
    own: str  # the article's own outlet, "" where it does not matter
    labels: tuple[Label, ...]


def read(path: Path = BUNDLED) -> list[Passage]:
    """The passages of a file in its order; those without a split have the file's name without its ending for one.

    Raises LabelledError, OSError.
    """
    return labelled.distinct(path, "passage", lambda where, row: _passage(where, row, path.stem))


def _passage(where: str, row: Mapping[str, Any], name: str) -> Passage:
    words = {field: _string(where, row, field) for field in ("id", "lang", "split", "self", *PRINTED)}
    wanted = {"id": words["id"], "lang": words["lang"], "title or text": words["title"] or words["text"]}
    if missing := [field for field, value in wanted.items() if not value]:
        raise LabelledError(f"{where}: has no {', no '.join(missing)}")
    passage = Passage(
        id=words["id"],
        split=words["split"] or name,
        lang=words["lang"].lower()[:2],
        title=words["title"],
        text=words["text"],
        author=words["author"],
        own=words["self"],
        labels=tuple(_labels(where, row)),
    )
    _sound(where, passage)
    return passage


def _labels(where: str, row: Mapping[str, Any]) -> Iterator[Label]:
    labels = row.get("citations")
    if not isinstance(labels, list) or not all(isinstance(label, dict) for label in labels):
        raise LabelledError(f"{where}: citations is no list of objects")
    for n, label in enumerate(labels, 1):
        yield _label(f"{where}: citation {n}", label)


def _label(where: str, row: Mapping[str, Any]) -> Label:
    outlet, kind, via, said = (_string(where, row, field) for field in ("outlet", "kind", "via", "said"))
    if not outlet:
        raise LabelledError(f"{where}: has no outlet")
    if kind not in KINDS:
        raise LabelledError(f"{where}: kind {kind!r} is none of {', '.join(KINDS)}")
    media, earlier = _yes(where, row, "media", True), _yes(where, row, "earlier", False)
    return Label(outlet, Cited(kind), media, earlier, via, said)


def _sound(where: str, passage: Passage) -> None:
    """Is what is labelled there: the words, and the outlet through which another is known?"""
    outlets = {label.outlet for label in passage.labels}
    printed = (passage.title, passage.text, passage.author)
    for label in passage.labels:
        if label.via and label.via not in outlets - {label.outlet}:
            raise LabelledError(f"{where}: via {label.via!r} is no other outlet that is cited in this line")
        if not any(label.said in part for part in printed):
            raise LabelledError(f"{where}: {label.said!r} stands in none of {', '.join(PRINTED)}")


def _string(where: str, row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str | int | None) or isinstance(value, bool):
        raise LabelledError(f"{where}: {field} is no string")
    # half a surrogate pair is valid JSON, but no text
    return "" if value is None else str(value).strip().encode(errors="replace").decode()


def _yes(where: str, row: Mapping[str, Any], field: str, default: bool) -> bool:
    value = row.get(field, default)
    if not isinstance(value, bool):
        raise LabelledError(f"{where}: {field} is neither true nor false")
    return value


def read_all(paths: Sequence[Path]) -> list[Passage]:
    """The passages of several files, of the bundled one where none is named; raises LabelledError, OSError."""
    if not paths:
        return read()
    if twice := [p for n, p in enumerate(paths) if p.resolve() in {q.resolve() for q in paths[:n]}]:
        raise LabelledError(f"{twice[0]}: named twice")
    return [passage for path in paths for passage in read(path)]
