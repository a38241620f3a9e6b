"""A news day on loopback: fifteen invented outlets, served as real sites serve, with known truth.

``retold demo`` and the tests crawl it like the web: own host names under ``.test``, feeds in every form,
pages full of clutter, conditional GET, redirects, robots.txt, and four outlets that fail.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from importlib.resources.abc import Traversable
from types import TracebackType
from typing import Self

from pipeline.model import ConfigError
from pipeline.newsroom.addresses import url
from pipeline.newsroom.events import Piece, bundled, load
from pipeline.newsroom.server import Hit, NewsServer
from pipeline.newsroom.site import Site, build, hosts
from pipeline.newsroom.truth import TruthRow, rows, truth

__all__ = ["Hit", "Newsroom", "TruthRow", "truth"]

_END = datetime.max.replace(tzinfo=UTC)


class Newsroom:
    """The bundled news day as running web sites; use as a context manager.

    ``day0`` is the calendar date of the files' day 0. ``events`` is a directory of event files instead of
    the bundled ones; ``hide`` leaves out outlets, events or articles by key or id. Raises ConfigError
    where an event file is faulty. Everything is shown until :meth:`advance` says otherwise.
    """

    def __init__(self, day0: date, *, events: Traversable | None = None, hide: Collection[str] = ()) -> None:
        self.day0 = day0
        self.log: list[Hit] = []  # requests served so far, in order; append is atomic
        self._library = {p.id: p for p in load(day0, events)}
        self._pieces = load(day0, events, hide)
        _check_addresses(self._pieces)
        self._site = self._at(None)
        self._server = NewsServer(lambda: self._site, self.log.append)

    def __enter__(self) -> Self:
        serve = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        serve.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    @property
    def routes(self) -> Mapping[str, tuple[str, int]]:
        """Where each host name is to be reached: the same loopback address and port for all."""
        return dict.fromkeys(hosts(), ("127.0.0.1", int(self._server.server_address[1])))

    @property
    def moments(self) -> tuple[datetime, ...]:
        """Every time at which something is published or edited, sorted."""
        edits = {p.edit.at for p in self._pieces if p.edit}
        return tuple(sorted({p.at for p in self._pieces} | edits))

    def advance(self, when: datetime | None = None) -> None:
        """Show what was published and edited up to ``when`` (aware; default: everything)."""
        self._site = self._at(when)

    def _at(self, when: datetime | None) -> Site:
        return build(self._pieces, self._library, self.day0, when or _END)

    def config_text(self) -> str:
        """A config.yaml that follows all these outlets."""
        return (bundled() / "config.yaml").read_text("utf-8")

    def truth(self) -> list[TruthRow]:
        """What is to be found out, one row per article, whether shown already or not."""
        return rows(self._pieces)


def _check_addresses(pieces: Collection[Piece]) -> None:
    """Two articles at one address would be one article."""
    found: dict[str, str] = {}
    for piece in pieces:
        if other := found.get(url(piece)):
            raise ConfigError(f"{piece.id} and {other} have the same address: give one another title")
        found[url(piece)] = piece.id
