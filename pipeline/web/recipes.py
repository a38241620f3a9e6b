"""The recipe by which pages explain: the configuration's thresholds with the archive's weights, read once."""

from __future__ import annotations

import threading

from pipeline import config
from pipeline.model import ConfigError
from pipeline.signatures import Recipe, recipe
from pipeline.store import backgrounds, reads
from pipeline.store.connect import Connection
from pipeline.verdict import VERDICT
from pipeline.web.answers import ProblemError

_lock = threading.Lock()
_held: dict[tuple[object, ...], Recipe] = {}  # the newest one only


def recipe_of(db: Connection) -> Recipe:
    """The recipe in force, as `retold why` takes it without --config; raises ProblemError of a bad configuration."""
    path = config.default_path()
    try:
        mark = (path, path.stat().st_mtime_ns, reads.signed_by(db))
        with _lock:
            if mark not in _held:
                made = backgrounds.in_force(db, recipe(config.load(path), VERDICT))
                _held.clear()
                _held[mark] = made
            return _held[mark]
    except (OSError, ConfigError) as error:
        raise ProblemError(f"The configuration cannot be read: {error}") from error
