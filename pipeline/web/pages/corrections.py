"""All corrections, with those in force to be taken back, and who tried what."""

from __future__ import annotations

from pathlib import Path

from pipeline import correcting
from pipeline.store import audit, corrections
from pipeline.store.connect import Connection
from pipeline.web import writing
from pipeline.web.answers import Answer, Ask, Page
from pipeline.web.writing import Form, sent

EACH = 20  # corrections a page
TRAIL = 20  # attempts a page
ARTICLES = 5  # of each side
STATES = {"in-force": corrections.IN_FORCE, "all": "true"}


def page(db: Connection, ask: Ask) -> Answer:
    """The corrections, newest first (``show``: in-force or all), and the record of attempts (``trail``: its page)."""
    show = ask.choice("show", STATES, "in-force")
    count, tried = corrections.count(db, STATES[show]), audit.newest(db)
    pages, trails = max(-(-count // EACH), 1), max(-(-tried // TRAIL), 1)
    number, trail = ask.number("page", 1, 1, pages), ask.number("trail", 1, 1, trails)
    context = {
        "now": ask.now,
        "rows": corrections.brief(db, STATES[show], EACH, (number - 1) * EACH, ARTICLES),
        "count": count,
        "show": show,
        "page": number,
        "pages": pages,
        "attempts": audit.listed(db, TRAIL, tried - (trail - 1) * TRAIL),
        "trail": trail,
        "trails": trails,
        "correct": {"once": tried, "back": "/corrections"} if ask.corrections and ask.person else None,
        "done": writing.told(db, ask),
    }
    return Page("corrections.html", context)


def remove(path: Path, ask: Ask) -> Answer:
    """A correction is taken back; ``back``: the page that it leads to."""
    back = ask.form.get("back", "")
    return sent(path, ask, lambda db: Form(correcting.REMOVE, [str(ask.id())], "Take back", back, {}))
