"""A row of the database as plain values."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

Row = dict[str, Any]
# When an article `a` appeared: as it claims, but not after we saw it; as the index articles_appeared has it.
APPEARED = "min(coalesce(a.published, a.first_seen), a.first_seen)"
_JSON = ("scores", "reasons", "agencies", "counts", "removed")


def rows(cursor: sqlite3.Cursor) -> list[Row]:
    """The rows that are left, columns of JSON read."""
    return [{k: json.loads(r[k]) if k in _JSON and r[k] else r[k] for k in r.keys()} for r in cursor]  # noqa: SIM118
