"""What people ask of provenance: plain rows of a story's origin, counts, roles and relays."""

from __future__ import annotations

import sqlite3

from pipeline.store.rows import Row, rows


def origin(db: sqlite3.Connection, story_id: int) -> Row | None:
    """The origin of a story as ``v_origins`` has it; None of a single article that leans on nobody, or before a run."""
    found = rows(db.execute("SELECT * FROM v_origins WHERE story_id=? AND copy_id=0", [story_id]))
    return found[0] if found else None


def outlets(db: sqlite3.Connection) -> dict[int, str | None]:
    """Story id → key of the source that is its origin ("" of one that we do not follow); None where it is unknown."""
    rows = db.execute("SELECT story_id, outlet, coalesce(source, '') FROM origins WHERE copy_id=0")
    return {story: source if outlet else None for story, outlet, source in rows}


def copy_origins(db: sqlite3.Connection, story_id: int) -> list[Row]:
    """The origins of a story's copy groups, by group."""
    columns = "copy_id, outlet, source, article_id, confidence, reasons"
    sql = f"SELECT {columns} FROM v_origins WHERE story_id=? AND copy_id<>0 ORDER BY copy_id"  # noqa: S608
    return rows(db.execute(sql, [story_id]))


def relays(db: sqlite3.Connection, story_id: int) -> list[Row]:
    """Outlets without an article in the story that have it from others, with from whom and how."""
    sql = "SELECT outlet, leans_on, leans_on_outlet, how, quote FROM relays WHERE story_id=? ORDER BY outlet"
    return rows(db.execute(sql, [story_id]))


def outside_sources(db: sqlite3.Connection, story_id: int) -> list[Row]:
    """Sources that are no media, and earlier reports that the story recalls; with how many articles cite each."""
    return rows(
        db.execute(
            "SELECT c.outlet AS cited, media, earlier, count(DISTINCT c.article_id) AS articles, min(quote) AS quote"
            " FROM copies p JOIN citations c ON c.article_id = p.article_id"
            " WHERE p.story_id=? AND (NOT media OR earlier) AND kind <> 'link' GROUP BY c.outlet, media, earlier"
            " ORDER BY articles DESC, cited",
            [story_id],
        )
    )


def waiting(db: sqlite3.Connection, story_id: int) -> bool:
    """Is the story still to be traced, or are articles of it to be read?"""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM untraced WHERE story_id=?1) OR EXISTS (SELECT 1 FROM copies c JOIN uncited u"
        " ON u.article_id = c.article_id WHERE c.story_id=?1)"
    )
    return bool(db.execute(sql, [story_id]).fetchone()[0])
