"""What people name, in the shell or on a page → which articles a correction is about; what cannot be is refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.model import Kind, RetoldError
from pipeline.phrases import plain
from pipeline.store import corrections as stored
from pipeline.store import marks, reads
from pipeline.store.stubs import is_pruned

if TYPE_CHECKING:
    from pipeline.provenance.outlets import Outlets
    from pipeline.store.connect import Connection

NAMED = 8  # outlets that a refusal lists


class RefusedError(RetoldError):
    """A correction that cannot be; ``hint``: what to type instead in the shell."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.hint = hint


class AbsentError(RefusedError):
    """It names a story, article or correction that is not here."""


@dataclass(frozen=True, slots=True)
class Named:
    """What an argument names: a story with all its articles, or one article."""

    ids: tuple[int, ...]  # in the order they appeared
    story: int | None  # the story that it names, as it is called now


@dataclass(frozen=True, slots=True)
class Wanted:
    """One correction to be made, by article ids (model.Correction says it by keys)."""

    kind: Kind
    together: tuple[int, ...] = ()
    apart: tuple[int, ...] = ()
    on: tuple[int, ...] = ()
    outlet: str = ""

    @property
    def about(self) -> tuple[int, ...]:
        """The articles that it is first of all about."""
        return self.together or self.on


def number_of(text: str) -> int | None:
    """The article number of ``#12`` or ``a12``, else None."""
    match = re.fullmatch(r"[#aA](\d{1,18})", text)
    return int(match[1]) if match else None


def article_id(db: Connection, text: str) -> int:
    """The article that ``#12``, ``a12``, ``12`` or an address names; raises AbsentError."""
    from pipeline import urls

    number = number_of(text) or (int(text) if re.fullmatch(r"\d{1,18}", text) else None)
    found = reads.article(db, number) if number else None
    number = int(found["id"]) if found else None if number else reads.find(db, text, urls.key(text))
    if number is None:
        raise AbsentError(f"no article {plain(text)}", "`retold search WORDS` finds some")
    return number


def named(db: Connection, text: str) -> Named:
    """What ``7`` (a story) or ``#12``, ``a12``, an address (an article) names; raises AbsentError."""
    if not re.fullmatch(r"\d{1,18}", text):
        return Named((article_id(db, text),), None)
    story = reads.resolve(db, int(text))
    if story is None:
        raise AbsentError(f"no story {text}", f"`retold stories` lists them (an article is '#{text}' or a{text})")
    return Named(tuple(stored.members(db, story)), story)


def merged(db: Connection, what: Sequence[str]) -> list[Wanted]:
    """One story of stories or articles; raises RefusedError."""
    if len(what) < 2:
        raise RefusedError("name two stories or articles, or more")
    parts = [named(db, text) for text in what]
    ids = sorted({i for part in parts for i in part.ids})
    stories = stored.stories_of(db, ids)
    if len(stories) == 1 and set(ids) <= set(stored.members(db, stories[0])):
        raise RefusedError(f"all of that is in story {stories[0]}", "`retold pin` keeps it there")
    return [Wanted(Kind.MERGE, tuple(ids))]


def divided(db: Connection, what: Sequence[str]) -> list[Wanted]:
    """Articles (all but the first argument) out of a story; raises RefusedError."""
    if len(what) < 2 or not what[0].isdecimal():
        raise RefusedError("name a story, then the articles that do not belong to it")
    story = named(db, what[0])
    out = {article_id(db, text) for text in what[1:]}
    for i in sorted(out - set(story.ids)):
        place = (reads.article(db, i) or {})["story_id"]
        raise RefusedError(f"article #{i} is in {f'story {place}' if place else 'no story'}, not in {story.story}")
    if out == set(story.ids):
        raise RefusedError(f"that is all of story {story.story}: leave something in it")
    return [Wanted(Kind.SPLIT, tuple(sorted(out)), tuple(sorted(set(story.ids) - out)))]


def put_out(db: Connection, what: Sequence[str]) -> list[Wanted]:
    """Articles that do not belong into their story, each by itself; raises RefusedError."""
    if not what:
        raise RefusedError("name the article that does not belong into its story")
    return [wanted for text in dict.fromkeys(what) for wanted in _out(db, article_id(db, text))]


def _out(db: Connection, article: int) -> list[Wanted]:
    stories = stored.stories_of(db, [article])
    if not stories or len(stored.members(db, stories[0])) < 2:
        raise RefusedError(f"article #{article} is in no story with others")
    return divided(db, [str(stories[0]), f"#{article}"])


def pinned(db: Connection, what: Sequence[str]) -> list[Wanted]:
    """Each story, or article with its story's lead, is to stay together; raises RefusedError."""
    if not what:
        raise RefusedError("name a story or an article")
    return [Wanted(Kind.PIN, _held(db, named(db, text))) for text in dict.fromkeys(what)]


def _held(db: Connection, part: Named) -> tuple[int, ...]:
    """The articles that pinning ``part`` binds."""
    ids = part.ids
    if part.story is None:
        article = reads.article(db, ids[0]) or {}
        if not article["story_id"]:
            raise RefusedError(f"article #{ids[0]} is in no story yet")
        lead = stored.members(db, article["story_id"])[0]
        if lead == ids[0]:
            raise RefusedError(f"article #{lead} leads story {article['story_id']}: pin the story")
        ids = (lead, *ids)
    if len(ids) < 2:
        raise RefusedError(f"story {part.story} has one article: there is nothing to keep together")
    return tuple(sorted(ids))


# -- marks: what is wrong


def not_origin(db: Connection, what: Sequence[str]) -> list[Wanted]:
    """``what``: a story, and an outlet (name, alias or source key) that it does not come from; raises RefusedError."""
    if len(what) != 2 or not what[0].isdecimal():
        raise RefusedError("name a story, then the outlet that is not its origin")
    story = named(db, what[0])
    assert story.story is not None  # named by digits
    outlet = _outlet(db, what[1], suspects(db, story.story), f"is where nobody in story {story.story} has it from")
    return [Wanted(Kind.NOT_ORIGIN, on=story.ids, outlet=outlet)]


def suspects(db: Connection, story: int) -> list[str]:
    """The outlets that may be taken for a story's origin: those at which ways back end, then all that tell it."""
    known = _table(db)
    telling = (known.of_source(key).name for key in marks.sources_of(db, story))
    return list(dict.fromkeys((*marks.told_by(db, story), *telling, *sorted(marks.not_origin(db, [story])[story]))))


def not_cited(db: Connection, what: Sequence[str]) -> list[Wanted]:
    """``what``: an article, and an outlet (name, alias or source key) that it does not cite; raises RefusedError."""
    if len(what) != 2:
        raise RefusedError("name an article, then the outlet that it does not cite")
    article = article_id(db, what[0])
    cited = [*marks.cited_by(db, article), *sorted(marks.not_cited(db, [article])[article])]
    outlet = _outlet(db, what[1], cited, f"is not cited by article #{article}")
    return [Wanted(Kind.NOT_CITED, on=(article,), outlet=outlet)]


def _outlet(db: Connection, text: str, among: Collection[str], otherwise: str) -> str:
    """The one of ``among`` that ``text`` names; raises RefusedError that says so with ``otherwise``."""
    known, name = _table(db), text.strip()
    called = known.called(name)
    spelled = {name, called.name if called else name, *(o.name for o in known.by_name.values() if name in o.sources)}
    folded = {plain(spelling).casefold() for spelling in spelled}
    found = next((outlet for outlet in among if plain(outlet).casefold() in folded), None)
    if found is None:
        those = ", ".join(plain(outlet) for outlet in list(among)[:NAMED])
        raise RefusedError(f"{plain(name) or 'nobody'} {otherwise}", f"there is {those}" if those else "")
    return found


def _table(db: Connection) -> Outlets:
    from pipeline.store import provenance

    return provenance.table(db)


def resolved(db: Connection, action: str, what: Sequence[str]) -> list[Wanted]:
    """What an action (of ACTIONS) on ``what`` is about; raises RefusedError."""
    found = ACTIONS[action](db, what)
    for one in found:
        if gone := is_pruned(db, {*one.together, *one.apart, *one.on}):
            raise RefusedError(f"the text of article #{min(gone)} is gone (pruned): what its story is stays as it is")
    return found


ACTIONS = {
    "merge": merged, "split": divided, "pin": pinned, "out": put_out, "not_origin": not_origin, "not_cited": not_cited,
}  # fmt: skip
