"""Datasette over stories.db, made ours: read-only, under the name ``stories``, with our pages in front."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

from datasette.app import Datasette, wrap_view
from datasette.database import Database
from datasette.plugins import pm

from pipeline.model import StoreError
from pipeline.store.connect import Connection, open_read
from pipeline.store.reader import Reader
from pipeline.web.catalogue import metadata
from pipeline.web.failures import guarded
from pipeline.web.markup import STATIC, STATIC_URL
from pipeline.web.people import People
from pipeline.web.security import LOOPBACK
from pipeline.web.serving import nowhere

Answered = TypeVar("Answered")
NAME = "stories"  # of the database in addresses, whatever the file is called
ANY = re.compile(".*")
SETTINGS = {
    "sql_time_limit_ms": 1000,
    "max_returned_rows": 2000,
    "default_page_size": 100,
    "num_sql_threads": 4,
    "allow_download": False,
    "suggest_facets": False,  # one query a column, whoever looks
    "force_https_urls": False,
    "default_cache_ttl": 0,
    "truncate_cells_html": 120,  # characters, as plugin.CELL
}


class Stories(Database):
    """The database of Retold: read through :class:`Reader`, never written by Datasette."""

    def __init__(self, app: App, path: Path) -> None:
        super().__init__(app, path=str(path), is_mutable=True)
        self._reader = Reader(path, lambda db: app._prepare_connection(db, NAME))

    def connect(self, write: bool = False) -> Connection:
        """A connection to read by; raises StoreError for one to write by."""
        if write:
            raise StoreError("the web pages only read; corrections go another way")
        return open_read(Path(self.path))

    async def execute_fn(self, fn: Callable[[Connection], Answered]) -> Answered:
        """What ``fn`` makes of this thread's connection; raises StoreError where there is no database to read."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.ds.executor, lambda: fn(self._reader.connection()))


class App(Datasette):
    """What `retold serve` serves. ``path`` is the database, ``names`` the host names it answers to, ``people`` who
    may correct (None: nobody), ``config`` the configuration by which pages explain and correct (None: the default)."""

    def __init__(self, path: Path, names: Collection[str], people: People | None, config: Path | None) -> None:
        self.path, self.names, self.people, self.config_path = path, names, people, config

        super().__init__(
            memory=False,
            metadata=metadata(),
            settings=SETTINGS,
            template_dir=str(STATIC.parent / "templates"),
            static_mounts=[(STATIC_URL.lstrip("/"), str(STATIC))],
            secret=people.secret if people else secrets.token_hex(32),
        )
        self.remove_database("_memory")
        self.add_database(Stories(self, path), name=NAME)

    def _routes(self) -> list[tuple[re.Pattern[str], Any]]:
        routes = [*super()._routes(), (ANY, wrap_view(nowhere, self))]
        return [(pattern, guarded(self, view)) for pattern, view in routes]


def datasette(
    path: Path, *, names: Collection[str] = LOOPBACK, people: People | None = None, config: Path | None = None
) -> App:
    """The app over the database at ``path``; raises StoreError where there is none that we can read."""
    from pipeline.web import plugin

    open_read(path).close()
    if not pm.is_registered(plugin):
        pm.register(plugin)
    return App(path, names, people, config)
