"""What a page is given (:class:`Ask`) and what it gives: a :class:`Page`, :class:`Raw` data or a :class:`Redirect`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

Way = tuple[str, str]  # address, words: a link onward


class ProblemError(Exception):
    """Why a page cannot be shown, as one sentence, and the ways on from there, where today's page is not the best."""

    status = 400

    def __init__(self, sentence: str = "", ways: Sequence[Way] = ()) -> None:
        super().__init__(sentence)
        self.ways = ways


class BadRequestError(ProblemError):
    """A parameter that is none (400)."""


class ForbiddenError(ProblemError):
    """Only for somebody else, or from somewhere else (403)."""

    status = 403


class NotThereError(ProblemError):
    """There is no such page, story or article (404)."""

    status = 404


class NotThisWayError(ProblemError):
    """A method that an address does not have (405)."""

    status = 405


class SlowDownError(ProblemError):
    """Too often (429); ``seconds`` until it may be tried again."""

    status = 429

    def __init__(self, sentence: str, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds


@dataclass(frozen=True)
class Ask:
    """One request, read.

    ``base`` is the scheme and host it was sent to (``http://localhost:8001``), ``vars`` what the address holds,
    ``now`` the moment of the request (aware, UTC), ``person`` who is signed in, ``corrections`` whether this server
    takes any, ``config`` the configuration that it was given.
    """

    path: str
    now: datetime
    base: str = ""
    vars: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    person: str | None = None
    corrections: bool = False
    config: Path | None = None

    def id(self, name: str = "id") -> int:
        """The number in the address; raises NotThereError where SQLite could not hold it."""
        value = int(self.vars[name])
        if not 0 < value < 2**63:
            raise NotThereError(f"There is no number {self.vars[name][:40]}.")
        return value

    def text(self, name: str, default: str = "", longest: int = 500) -> str:
        """A parameter, without blanks around it; raises BadRequestError where it is given twice or too long."""
        given = self.query.get(name, [default])
        if len(given) > 1:
            raise BadRequestError(f"{name} is given more than once.")
        if len(given[0]) > longest:
            raise BadRequestError(f"{name} is longer than {longest} characters.")
        return given[0].strip()

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number in [low, high]; raises BadRequestError."""
        text = self.text(name, str(default), 20) or str(default)
        if not text.isascii() or not text.isdecimal() or not low <= int(text) <= high:
            raise BadRequestError(f"{name} is a number from {low:,} to {high:,}, not {text!r}.")
        return int(text)

    def choice(self, name: str, among: Collection[str], default: str = "") -> str:
        """One of several words, or ``default``; raises BadRequestError."""
        text = self.text(name) or default
        if text != default and text not in among:
            raise BadRequestError(f"{name} is one of {', '.join(sorted(among))}, not {text!r}.")
        return text


@dataclass(frozen=True)
class Page:
    """A template of pipeline/web/templates and what it shows."""

    template: str
    context: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """A body as it is: JSON, a feed, a file."""

    body: str | bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Redirect:
    """Another address of this server; 303 after a form, 308 where the old one is never right again."""

    path: str
    status: int = 303


Answer = Page | Raw | Redirect
