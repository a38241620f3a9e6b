"""What a form was shown → whether the story is still that: its articles, in a hidden field. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

LISTED = 800  # articles up to which a form carries their numbers, and can say which came or went
UNSAID = ("csrftoken",)


class News(NamedTuple):
    """How a story changed since a form was shown; both empty where only that it changed is known."""

    come: tuple[int, ...]
    gone: tuple[int, ...]


def seen(ids: Collection[int]) -> str:
    """The articles as a form carries them: their numbers or, of many, how many and a digest."""
    listed = ".".join(map(str, sorted(ids)))
    if len(ids) <= LISTED:
        return listed
    return f"{len(ids)}:{hashlib.sha256(listed.encode()).hexdigest()[:24]}"


def news(then: str, ids: Collection[int]) -> News | None:
    """What is new since a form carried ``then``; None where nothing is."""
    if then == seen(ids):
        return None
    if not re.fullmatch(r"\d{1,18}(\.\d{1,18})*", then):
        return News((), ())
    before = set(map(int, then.split(".")))
    return News(tuple(sorted(set(ids) - before)), tuple(sorted(before - set(ids))))


def digest(path: str, form: Mapping[str, str]) -> str:
    """What a form says, and where: the same when it is sent twice."""
    said = sorted((name, text) for name, text in form.items() if name not in UNSAID)
    return hashlib.sha256(json.dumps([path, said]).encode()).hexdigest()[:24]
