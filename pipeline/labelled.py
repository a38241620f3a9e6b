"""Labelled articles and pairs: JSONL whose truth is known, read with care, and pools made of it.

A line of labelled articles has ``id``, ``lang`` and ``cluster`` (which event), ``title`` or ``text``, and, where
the source has them, ``published``, ``publisher``, ``url`` and ``copy`` (which text). A line of labelled pairs has
two such articles, ``a`` and ``b``, without truth, and ``overall``: people's similarity from 1, the same, to 4.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pipeline.model import ConfigError

SAME_UP_TO = 2.0  # "overall" of a pair that people call the same story (SemEval-2022 task 8)
CUT_SHARE = 0.85  # of a pool's clusters that keep one article, as most events of a real feed have
CUT_MOST = 4  # articles that the other clusters of a pool keep
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?")  # a month is no time


class LabelledError(ConfigError):
    """A labelled file that cannot be used; names file and line."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled article."""

    set: str  # which file it is from
    id: str  # unique within its set
    title: str
    text: str
    lang: str  # ISO 639-1
    published: datetime | None  # aware; None where the source has no full date
    publisher: str
    url: str
    event: str  # articles of one event are one story; unique over all sets
    copy: str  # articles of one text are one copy group; unique over all sets


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two articles and whether people call them one story."""

    left: Labelled
    right: Labelled
    same: bool


def read(path: Path, name: str = "") -> list[Labelled]:
    """The articles of a labelled file, under the set name ``name`` (default: the file's, without its ending).

    Raises LabelledError, OSError.
    """

    def article(where: str, row: Mapping[str, Any]) -> Labelled:
        if "a" in row and "b" in row:
            raise LabelledError(f"{where}: a file of pairs, not of articles; give it as --pairs {path}")
        return _labelled(where, row, name or path.stem, truth=True)

    return distinct(path, "article", article)


def read_all(paths: Sequence[Path]) -> dict[str, list[Labelled]]:
    """Set name → its articles, of several files; files of one name are told apart by their paths.

    Raises LabelledError, also for a file that is named twice.
    """
    twice = [p for p, n in Counter(p.resolve() for p in paths).items() if n > 1]
    if twice:
        raise LabelledError(f"{twice[0]}: named twice")
    stems = Counter(p.stem for p in paths)
    names = [p.stem if stems[p.stem] == 1 else str(p) for p in paths]
    return {name: read(path, name) for name, path in zip(names, paths, strict=True)}


def read_pairs(path: Path) -> list[LabelledPair]:
    """The pairs of a file of labelled pairs; raises LabelledError, OSError."""
    found = []
    for where, row in lines(path):
        left, right, overall = row.get("a"), row.get("b"), row.get("overall")
        if not isinstance(left, dict) or not isinstance(right, dict) or not isinstance(overall, (int, float)):
            raise LabelledError(f"{where}: no labelled pair: wants the articles a and b and the number overall")
        a, b = (_labelled(where, side, path.stem, truth=False) for side in (left, right))
        found.append(LabelledPair(a, b, overall <= SAME_UP_TO))
    if not found:
        raise LabelledError(f"{path}: holds no pair")
    return found


class _Known(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Known)


def distinct(path: Path, noun: str, read: Callable[[str, Mapping[str, Any]], T]) -> list[T]:
    """What ``read`` makes of each line, as :func:`lines` has it; raises LabelledError where there is none or an id
    stands twice."""
    found: dict[str, T] = {}
    for where, row in lines(path):
        one = read(where, row)
        if one.id in found:
            raise LabelledError(f"{where}: id {one.id!r} stands in an earlier line, too")
        found[one.id] = one
    if not found:
        raise LabelledError(f"{path}: holds no {noun}")
    return list(found.values())


def lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """("file:line", object) of each line that is not blank."""
    # Split as bytes: str.splitlines would also break at U+2028, which JSON strings may hold.
    for n, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode())
        except (ValueError, RecursionError) as error:
            raise LabelledError(f"{path}:{n}: no JSON: {' '.join(str(error).split())}") from error
        if not isinstance(row, dict):
            raise LabelledError(f"{path}:{n}: no JSON object")
        yield f"{path}:{n}", row


def _labelled(where: str, row: Mapping[str, Any], name: str, truth: bool) -> Labelled:
    title, text, event = _string(row, "title"), _string(row, "text"), _string(row, "cluster")
    key, lang = _string(row, "id"), _string(row, "lang")
    said = {"id": key, "lang": lang, "cluster": event or not truth, "title or text": title or text}
    missing = [field for field, value in said.items() if not value]
    if missing:
        raise LabelledError(f"{where}: has no {', no '.join(missing)}")
    return Labelled(
        set=name,
        id=key,
        title=title,
        text=text,
        lang=lang.lower()[:2],
        published=moment(_string(row, "published")),
        publisher=_string(row, "publisher"),
        url=_string(row, "url"),
        event=f"{name}:{event}",
        copy=f"{name}:{_string(row, 'copy') or event}",
    )


def _string(row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    text = "" if value is None or isinstance(value, (dict, list)) else str(value).strip()
    return text.encode(errors="replace").decode()  # half a surrogate pair is valid JSON, but no text


def moment(stated: str) -> datetime | None:
    """A full date or timestamp, UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(stated) if _DAY.fullmatch(stated) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and not found.tzinfo else found


def timed(rows: Sequence[Labelled]) -> list[Labelled]:
    """The rows as one archive: with their times where every one has a full date, else without any.

    Times that only some have would tell the sets apart.
    """
    return list(rows) if all(r.published for r in rows) else timeless(rows)


def timeless(rows: Sequence[Labelled]) -> list[Labelled]:
    """The rows without any times."""
    return [replace(r, published=None) for r in rows]


# -- pools


def most(rows: Sequence[Labelled], count: int, seed: int = 0) -> list[Labelled]:
    """``count`` articles of a set, chosen by ``seed``; all where there are no more."""
    ordered = sorted(rows, key=lambda r: r.id)
    return ordered if len(ordered) <= count else _rng(ordered, seed).sample(ordered, count)


def thinned(rows: Sequence[Labelled], seed: int = 0) -> list[Labelled]:
    """A set as a real feed would have it: 85 % of its events cut to one article, the others to four at most.

    What is kept depends on the set and on ``seed``, not on the order of the rows.
    """
    events: dict[str, list[Labelled]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: r.id):
        events[row.event].append(row)
    rng = _rng(rows, seed)
    shuffled = rng.sample(sorted(events), len(events))
    single = set(shuffled[: round(CUT_SHARE * len(shuffled))])
    kept = ((events[e], 1 if e in single else CUT_MOST) for e in shuffled)
    return [row for own, n in kept for row in rng.sample(own, min(n, len(own)))]


def _rng(rows: Sequence[Labelled], seed: int) -> random.Random:
    return random.Random(f"{seed}:{rows[0].set}" if rows else seed)
