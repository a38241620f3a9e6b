"""Forms that correct: under the run's lock, once however often they are sent, and only on what their sender saw."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import correcting
from pipeline.model import StoreError
from pipeline.store import audit, corrections, members, reads
from pipeline.store.connect import Connection, LockedError, lock, writing
from pipeline.store.rows import Row
from pipeline.wanted import AbsentError, RefusedError
from pipeline.web.answers import Answer, Ask, Page, Redirect, Way
from pipeline.web.recipes import recipe_of
from pipeline.web.seen import digest, news, seen

WAIT_S = 10.0  # for a run to end
AGAIN_S = 30  # until a browser is to try again
DOOR = "page"
LONGEST_NOTE = 1000
TOLD_S = 600  # how long what came of a form may be told
SHOWN = 12  # articles that came or went
OURS = ("csrftoken", "note", "once")


class UnfinishedError(RefusedError):
    """A form that can only fail again as it is; ``way`` (address, words) leads to where it can be filled in."""

    def __init__(self, words: str, way: Way) -> None:
        super().__init__(words)
        self.way = way


@dataclass(frozen=True)
class Form:
    """A form: what it does (pipeline.wanted.ACTIONS, correcting.REMOVE) to what, its title, where it leads back to,
    and hidden field → story whose articles its sender saw."""

    action: str
    what: Sequence[str]
    title: str
    back: str
    saw: Mapping[str, int]


@contextmanager
def editing(path: Path) -> Iterator[Connection]:
    """The database under the run's lock; raises LockedError where a run goes on for longer than we wait."""
    with ExitStack() as held:
        until = time.monotonic() + WAIT_S
        while True:
            try:
                held.enter_context(lock(path))
                break
            except LockedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield held.enter_context(writing(path))


def sent(path: Path, ask: Ask, read: Callable[[Connection], Form]) -> Answer:
    """What becomes of a form; ``read`` says what it asks for, and may refuse."""
    tried = _attempt(ask)
    try:
        with editing(path) as db:
            return _sent(db, ask, read)
    except LockedError:
        _busy(path, tried)
        words = "A run is under way and holds the database. What you typed is kept here: send it again in a while."
        shown = again(ask, "Not now", words)
        return Page("correct.html", shown, 503, {"retry-after": str(AGAIN_S)})
    except RefusedError as error:
        status = 404 if isinstance(error, AbsentError) else 400
        shown = again(ask, "Not done", sentence(error))
        return Page(
            "correct.html", {**shown, "way": error.way} if isinstance(error, UnfinishedError) else shown, status
        )


def _sent(db: Connection, ask: Ask, read: Callable[[Connection], Form]) -> Answer:
    if earlier := _earlier(db, ask):
        return home(db, ask.form.get("back", ""), earlier)
    form = _read(db, ask, read)
    tried = _attempt(ask, form)
    changed = [
        (story, new) for name, story in form.saw.items() if (new := news(ask.form.get(name, ""), _ids(db, story)))
    ]
    if changed:
        correcting.put_down(db, tried, "asked", "the story had changed: asked again")
        return Page("correct.html", {**again(ask, form.title), **_fresh(db, ask, form), **_news(db, changed)}, 409)
    if form.action == correcting.REMOVE:
        correcting.take_back(db, recipe_of(db, ask.config), tried)
    else:
        correcting.correct(db, recipe_of(db, ask.config), tried)
    return home(db, form.back, audit.newest(db))


def _read(db: Connection, ask: Ask, read: Callable[[Connection], Form]) -> Form:
    """The form; raises RefusedError, which goes on record."""
    try:
        if len(ask.form.get("note", "")) > LONGEST_NOTE:
            raise RefusedError(f"a note has {LONGEST_NOTE:,} letters at most")
        return read(db)
    except RefusedError as error:
        correcting.put_down(db, _attempt(ask), "refused", str(error))
        raise


def _attempt(ask: Ask, form: Form | None = None) -> correcting.Attempt:
    action, what = (form.action, form.what) if form else (ask.path.rsplit("/", 1)[-1], [ask.path])
    note, said = ask.form.get("note", "").strip()[:LONGEST_NOTE], digest(ask.path, ask.form)
    return correcting.Attempt(action, what, ask.person or "", DOOR, ask.now, note, {"form": said})


def _busy(path: Path, tried: correcting.Attempt) -> None:
    """On record, if the run that is in the way lets us."""
    try:
        with writing(path) as db:
            audit.hurry(db)
            correcting.put_down(db, tried, "busy", "a run was under way")
    except StoreError as error:
        logging.getLogger("retold.web").warning("not on record: %s of %s: %s", tried.action, tried.person, error)


def _earlier(db: Connection, ask: Ask) -> int | None:
    """The number of the attempt that this very form was, where it was sent before and done."""
    once, said = ask.form.get("once", ""), digest(ask.path, ask.form)
    if not re.fullmatch(r"\d{1,18}", once):
        return None
    before = audit.since(db, int(once), ask.person or "")
    return next((r["id"] for r in before if r["detail"].get("form") == said and r["detail"]["state"] == "done"), None)


def _ids(db: Connection, story: int) -> list[int]:
    return corrections.members(db, story)


# -- asking again


def again(ask: Ask, title: str, problem: str = "") -> dict[str, Any]:
    """What the page shows that has a form's fields and sends them again."""
    kept = {name: text for name, text in ask.form.items() if name not in OURS}
    return {"now": ask.now, "title": title, "problem": problem, "kept": kept, "note": ask.form.get("note", ""),
            "once": ask.form.get("once", ""), "action": ask.path, "news": []}  # fmt: skip


def _fresh(db: Connection, ask: Ask, form: Form) -> dict[str, Any]:
    """The hidden fields of a form that is shown again, as things are now."""
    kept = {name: text for name, text in ask.form.items() if name not in OURS}
    now = {name: seen(_ids(db, story)) for name, story in form.saw.items()}
    return {"kept": {**kept, **now}, "once": audit.newest(db)}


def _news(db: Connection, changed: Sequence[tuple[int, Any]]) -> dict[str, Any]:
    ids = {i for _, new in changed for i in (*new.come[:SHOWN], *new.gone[:SHOWN])}
    known = members.details(db, ids)
    listed = [
        {"story": story, "come": _titles(new.come, known), "gone": _titles(new.gone, known),
         "more": sum(max(len(side) - SHOWN, 0) for side in new)}
        for story, new in changed
    ]  # fmt: skip
    return {"news": listed}


def _titles(ids: Sequence[int], known: Mapping[int, Row]) -> list[Row]:
    return [known.get(i, {"article_id": i, "title": f"#{i}", "lang": "", "outlet": ""}) for i in ids[:SHOWN]]


def sentence(error: Exception) -> str:
    """An error's words as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


# -- where it leads, and what is told there


def home(db: Connection, back: str, attempt: int) -> Redirect:
    """Back to the story or article, as it is called now, where what came of the attempt is told."""
    found = re.fullmatch(r"/(story|article)/(\d{1,18})", back)
    if found and found[1] == "article":
        return Redirect(f"{back}?done={attempt}")
    story = reads.resolve(db, int(found[2])) if found else None
    return Redirect(f"/story/{story}?done={attempt}" if story else f"/corrections?done={attempt}")


def told(db: Connection, ask: Ask) -> Row | None:
    """What came of the attempt that the address names (``done``): for who made it, and for a while."""
    number = next(iter(ask.query.get("done", ())), "")
    row = audit.attempt(db, int(number)) if re.fullmatch(r"\d{1,18}", number) else None
    if row is None or row["person"] != ask.person or not 0 <= audit.age(row, ask.now) <= TOLD_S:
        return None
    return {"words": row["result"], "stories": row["detail"].get("stories", [])}
