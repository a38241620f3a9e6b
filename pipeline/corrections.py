"""Make, take back, hand on: corrections by people, with the stories they touch grouped at once.

The caller holds the run lock. Articles go by key, so that a correction outlives a rebuild, works in another database,
and waits for an article that is not here yet.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pipeline import urls
from pipeline.absorb import regroup
from pipeline.constraints import contradicts
from pipeline.model import MARKS, ConfigError, Correction, Kind
from pipeline.signatures import Recipe
from pipeline.store import corrections as store
from pipeline.store import marks
from pipeline.store.connect import Connection, stamp, transaction
from pipeline.tracing import retrace

FIELDS = {"kind", "at", "by", "note", "together", "apart", "on", "outlet"}


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a correction."""

    id: int
    already: bool  # it was in force before; nothing was done
    superseded: tuple[int, ...]  # corrections that it leaves nothing of
    overruled: tuple[int, ...]  # corrections that hold no longer for some of their articles
    regrouped: bool  # False where articles wait to be compared first: the next run applies it


def make(db: Connection, recipe: Recipe, c: Correction, now: datetime) -> Made:
    """Keep a new correction and group what it touches."""
    former = store.in_force(db)
    same = next((o.id for o in former if _says(o) == _says(c)), None)
    if same is not None:
        return Made(same, True, (), (), True)
    with transaction(db):
        number, new = store.add(db, c, store.uid(c))
        if not new:  # removed within this second
            store.put_back(db, number, c.note)
        changed = [number, *store.settle(db)]
        _touch(db, changed)
    left = {o.id for o in store.in_force(db)}
    gone = tuple(o.id for o in former if o.id not in left)
    overruled = tuple(o.id for o in former if o.id in left and contradicts(c, o))
    return Made(number, False, gone, overruled, _applied(db, now, recipe, changed, c.kind not in MARKS))


def _says(c: Correction) -> tuple[object, ...]:
    return c.kind, c.together, c.apart, c.on, c.outlet


def _touch(db: Connection, ids: Collection[int]) -> None:
    store.touch(db, ids)
    marks.reopen(db, ids)


def remove(db: Connection, recipe: Recipe, ids: Collection[int], now: datetime) -> tuple[list[int], bool]:
    """Take corrections back; the ids of those that hold again because of it, and whether all is grouped."""
    before = {c.id: c for c in store.in_force(db)}
    with transaction(db):
        store.take_back(db, ids, now)
        changed = [*ids, *store.settle(db)]
        _touch(db, changed)
    again = sorted({c.id for c in store.in_force(db)} - before.keys())
    grouping = any(i not in before or before[i].kind not in MARKS for i in ids)
    return again, _applied(db, now, recipe, changed, grouping)


def _applied(db: Connection, now: datetime, recipe: Recipe, ids: Collection[int], grouping: bool = True) -> bool:
    """Group and trace what is to be, at once; False where articles wait to be signed, or read, by a run first. Marks
    alone need no grouping."""
    if grouping and not regroup(db, now, recipe):
        return False
    retrace(db, marks.marked(db, ids))
    return not marks.pending(db, ids)


# -- from one database to another


def line(c: Correction) -> str:
    """A correction as one line of JSON."""
    sides: dict[str, object] = {"together": sorted(c.together), **({"apart": sorted(c.apart)} if c.apart else {})}
    if c.kind in MARKS:
        sides = {"on": sorted(c.on), "outlet": c.outlet}
    row = {"kind": str(c.kind), "at": stamp(c.at), "by": c.by, "note": c.note, **sides}
    return json.dumps(row, ensure_ascii=False)


def read(content: bytes, name: str) -> list[Correction]:
    """The corrections of a JSONL file; raises ConfigError that names ``name`` and the line of each fault."""
    found, faults = [], []
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            if raw.strip():
                found.append(_parsed(json.loads(raw)))
        except (ValueError, RecursionError) as error:
            faults.append(f"{name}:{number}: {_words(error)}")
    if faults:
        raise ConfigError("\n".join(faults))
    return found


def _words(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} (column {error.colno})"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _parsed(row: object) -> Correction:
    """Raises ValueError that says what is wrong."""
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    if unknown := sorted(row.keys() - FIELDS):
        raise ValueError(f"unknown key {', '.join(map(repr, unknown))}")
    if row.get("kind") not in list(Kind):
        raise ValueError(f"kind must be one of {', '.join(Kind)}")
    together, apart = _articles(row, "together"), _articles(row, "apart")
    if together & apart:
        raise ValueError("an article is in 'together' and in 'apart'")
    kind = Kind(row["kind"])
    if (kind in MARKS) != bool(row.get("on") or row.get("outlet")):
        raise ValueError("'on' and 'outlet' are for marks: not_origin, not_cited")
    if kind in MARKS:
        return _mark(row, kind)
    if kind is Kind.SPLIT and not (together and apart):
        raise ValueError("a split needs articles in 'together' and in 'apart'")
    if kind is not Kind.SPLIT and (apart or len(together) < 2):
        raise ValueError(f"a {kind} needs two or more articles in 'together', and no 'apart'")
    return Correction(kind, together, apart, _time(row), _text(row, "by"), _text(row, "note"))


def _mark(row: dict[str, Any], kind: Kind) -> Correction:
    on, outlet = _articles(row, "on"), _text(row, "outlet").strip()
    if not on or not outlet or row.get("together") or row.get("apart"):
        raise ValueError(f"a {kind} needs articles in 'on' and an 'outlet', and neither 'together' nor 'apart'")
    return Correction(
        kind, frozenset(), frozenset(), _time(row), _text(row, "by"), _text(row, "note"), on=on, outlet=outlet
    )


def _articles(row: dict[str, Any], side: str) -> frozenset[str]:
    """Keys; an address, in any spelling, will do."""
    given = row.get(side, [])
    if not isinstance(given, list) or not all(isinstance(k, str) and k.strip() for k in given):
        raise ValueError(f"{side!r} must be a list of article keys or addresses")
    return frozenset(urls.key(k) if k.startswith(("http://", "https://")) and "#" not in k else k for k in given)


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name!r} must be text")
    value.encode()  # a lone surrogate cannot be stored
    return value


def _time(row: dict[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(row["at"])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError("'at' must be a time such as 2026-11-20T12:00:00Z") from error


def take_in(db: Connection, recipe: Recipe, given: Sequence[Correction], now: datetime) -> tuple[int, bool]:
    """Keep corrections from elsewhere and group what they touch; how many are new, and whether all is grouped.

    Those that were taken in before are left as they are, removed or not.
    """
    with transaction(db):
        kept = [store.add(db, _here(db, c), store.uid(c)) for c in given]
        added = [number for number, fresh in kept if fresh]
        new = len(added)
        if added:
            added += store.settle(db)
            _touch(db, added)
    return new, _applied(db, now, recipe, added)


def _here(db: Connection, c: Correction) -> Correction:
    return replace(c, together=_keys_here(db, c.together), apart=_keys_here(db, c.apart), on=_keys_here(db, c.on))


def _keys_here(db: Connection, keys: Iterable[str]) -> frozenset[str]:
    return frozenset(store.key_here(db, k) for k in keys)
