"""What is being told now."""

from __future__ import annotations

from pipeline.asked import Asked
from pipeline.store import asking, reads
from pipeline.store.connect import Connection
from pipeline.web.answers import Answer, Ask, Page

PER_PAGE = 40


def page(db: Connection, ask: Ask) -> Answer:
    """Stories of several articles, those with the newest first."""
    every = Asked()
    several, single = asking.count(db, every)
    shown = asking.stories(db, every, ask.now, limit=PER_PAGE)
    context = {"stories": shown, "several": several, "single": single, "run": reads.last_run(db), "now": ask.now}
    return Page("today.html", context)
