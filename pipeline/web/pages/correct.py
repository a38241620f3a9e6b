"""The forms on a story's and an article's page, and the page that shows what a merge would join."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline import wanted
from pipeline.store import audit, corrections, members, reads
from pipeline.store.connect import Connection
from pipeline.store.rows import Row
from pipeline.wanted import AbsentError, RefusedError
from pipeline.web import writing
from pipeline.web.answers import Answer, Ask, Page
from pipeline.web.seen import seen
from pipeline.web.writing import Form, UnfinishedError, sent

SUSPECTS = 60  # outlets to choose from
PREVIEWED = 8  # articles of each side
LONGEST = 2000  # characters of an address
_HERE = re.compile(r"/(story|article)/(\d{1,18})")


def forms(db: Connection, ask: Ask, story: int, bones: Sequence[Row]) -> Row:
    """What the forms of a story's page need, and what came of the last one; nothing for who may not correct."""
    if not (ask.corrections and ask.person):
        return {"correct": None, "done": None}
    shown = {
        "seen": seen([b["article_id"] for b in bones]),
        "once": audit.newest(db),
        "suspects": wanted.suspects(db, story)[:SUSPECTS],
        "back": f"/story/{story}",
    }
    return {"correct": shown, "done": writing.told(db, ask)}


def article_forms(db: Connection, ask: Ask, article: int) -> Row:
    """The same of an article's page."""
    if not (ask.corrections and ask.person):
        return {"correct": None, "done": None}
    return {"correct": {"once": audit.newest(db), "back": f"/article/{article}"}, "done": writing.told(db, ask)}


# -- what is sent


def _story(db: Connection, ask: Ask) -> int:
    story = reads.resolve(db, ask.id())
    if story is None:
        raise AbsentError(f"no story {ask.id()}")
    return story


def _home(ask: Ask) -> str:
    return f"/story/{ask.id()}"


def pin(path: Path, ask: Ask) -> Answer:
    """The story's articles stay together."""

    def read(db: Connection) -> Form:
        story = _story(db, ask)
        return Form("pin", [str(story)], "Keep together", _home(ask), {"seen": story})

    return sent(path, ask, read)


def split(path: Path, ask: Ask) -> Answer:
    """The chosen articles (fields ``article-12``) leave the story, as one story together."""

    def read(db: Connection) -> Form:
        story = _story(db, ask)
        chosen = [f"#{m[1]}" for name in sorted(ask.form) if (m := re.fullmatch(r"article-(\d{1,18})", name))]
        if not chosen:
            way = (f"/story/{story}#articles", f"To the articles of story {story}")
            raise UnfinishedError("tick the articles that do not belong here, then send the form", way)
        return Form("split", [str(story), *chosen], "Take articles out", _home(ask), {"seen": story})

    return sent(path, ask, read)


def not_origin(path: Path, ask: Ask) -> Answer:
    """An outlet (field ``outlet``) is not the story's origin."""

    def read(db: Connection) -> Form:
        story, outlet = _story(db, ask), ask.form.get("outlet", "")
        return Form("not_origin", [str(story), outlet], "Not the origin", _home(ask), {"seen": story})

    return sent(path, ask, read)


def not_cited(path: Path, ask: Ask) -> Answer:
    """The article does not cite an outlet (field ``outlet``)."""
    what = [f"#{ask.id()}", ask.form.get("outlet", "")]
    return sent(path, ask, lambda db: Form("not_cited", what, "Not cited", f"/article/{ask.id()}", {}))


def out(path: Path, ask: Ask) -> Answer:
    """The article does not belong into its story."""
    return sent(path, ask, lambda db: Form("out", [f"#{ask.id()}"], "Does not belong", f"/article/{ask.id()}", {}))


def merge(path: Path, ask: Ask) -> Answer:
    """The story and another one, or an article (field ``with``), become one."""

    def read(db: Connection) -> Form:
        story = _story(db, ask)
        other = _other(ask, ask.form.get("with", ""))
        also = wanted.named(db, other).story
        saw = {"seen": story, **({"seen_other": also} if also else {})}
        return Form("merge", [str(story), other], "Merge", _home(ask), saw)

    return sent(path, ask, read)


def _other(ask: Ask, text: str) -> str:
    """What was typed as pipeline.wanted names things; an address of a page of ours is what that page shows."""
    text = text.strip()[:LONGEST]
    ours = _HERE.match(text.removeprefix(ask.base))
    if ours:
        return ours[2] if ours[1] == "story" else f"#{ours[2]}"
    if not text:
        raise RefusedError("say with what: a story's number, or an article's address")
    return text


# -- before a merge is done


def preview(db: Connection, ask: Ask) -> Answer:
    """What a merge would join: both sides with their headlines and counts, and the button that does it."""
    story, other = reads.resolve(db, ask.id()), ask.text("with", longest=LONGEST)
    shown: Row = {"now": ask.now, "story_id": story, "with": other, "sides": [], "problem": ""}
    if story is None:
        return Page("merge.html", {**shown, "problem": f"There is no story {ask.id()}."}, 404)
    shown["sides"] = [_side(db, wanted.named(db, str(story)))]
    if not other:
        return Page("merge.html", shown)
    try:
        [merged] = wanted.merged(db, [str(story), _other(ask, other)])
        part = wanted.named(db, _other(ask, other))
    except RefusedError as error:
        status = 404 if isinstance(error, AbsentError) else 400
        return Page("merge.html", {**shown, "problem": writing.sentence(error)}, status)
    shown["sides"].append(_side(db, part))
    return Page("merge.html", {**shown, "total": len(merged.together), "once": audit.newest(db)})


def _side(db: Connection, part: wanted.Named) -> Row:
    known = members.details(db, part.ids[:PREVIEWED])
    about = members.about(db, part.story) if part.story else None
    place = None if part.story else next(iter(corrections.stories_of(db, part.ids)), None)
    return {"story": part.story, "about": about, "size": len(part.ids), "seen": seen(part.ids), "place": place,
            "articles": [known[i] for i in part.ids[:PREVIEWED] if i in known]}  # fmt: skip
