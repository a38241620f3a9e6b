"""Event files -> pieces: what each outlet publishes on the news day, copies worked out.

A file is one event (``event``, ``summary``, ``articles``) or a list of them under ``events``. An article
has ``id``, ``outlet`` (a key of the cast), ``lang``, ``at`` ("day HH:MM", UTC), ``section``, ``title``,
``teaser``, ``author``, ``dateline``, ``credit``, ``paywalled``, ``relation``, ``cites`` (ids it takes the
story from), ``body`` (paragraphs between empty lines) and ``edit`` (``at``, ``title``, ``append``).
A copy has ``copy_of`` instead of a body, and ``ops`` that say what the copying outlet did to the text:
``whole`` nothing, ``cut`` first third only, ``drop`` every third paragraph left out, ``retitle``,
``redate`` and ``credit`` its own title, dateline, credit line, ``boilerplate`` its own lines around it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from pipeline.model import ConfigError
from pipeline.newsroom.cast import CAST

OPS = frozenset({"boilerplate", "credit", "cut", "drop", "redate", "retitle", "whole"})
RELATIONS = frozenset({"followup", "origin", "report", "rewrite", "translation", "wire"})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Edit:
    """A later correction: a new title, one more paragraph, or both."""

    at: datetime
    title: str
    append: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One article as its outlet publishes it, at one moment (see :meth:`as_of`)."""

    id: str
    event: str
    outlet: str
    lang: str
    at: datetime
    section: str
    title: str
    first_title: str
    teaser: str
    author: str
    dateline: str
    credit: str
    paywalled: bool
    relation: str
    cites: tuple[str, ...]
    copy_of: str
    copy_group: str
    paragraphs: tuple[str, ...]
    own_lines: bool  # the outlet's own lines stand around the text
    edit: Edit | None
    updated: datetime
    revision: int = 0

    def as_of(self, when: datetime) -> Piece:
        """This piece with its edit applied, where that was made by ``when``."""
        if self.edit is None or self.edit.at > when:
            return self
        more = (self.edit.append,) if self.edit.append else ()
        return replace(
            self,
            title=self.edit.title or self.title,
            paragraphs=self.paragraphs + more,
            updated=self.edit.at,
            revision=1,
        )


def bundled() -> Traversable:
    """The directory with the news day that comes with the package."""
    return files("pipeline") / "newsday"


def load(day0: date, events: Traversable | None = None, hide: Collection[str] = ()) -> tuple[Piece, ...]:
    """All pieces, by time; ``hide`` leaves out outlets, events or articles by key or id.

    ``events`` is a directory of event files (default: the bundled ones). The old articles of the outlet
    that never changes, and one that robots.txt keeps from us, are always there. Raises ConfigError,
    naming file and article, for whatever the format does not allow.
    """
    raw = _index([*_read_dir(events or bundled() / "events"), *_read(bundled() / "extra.yaml")])
    pieces = (_piece(raw, key, day0) for key in raw)
    shown = [p for p in pieces if not {p.outlet, p.event, p.id} & set(hide)]
    return tuple(sorted(shown, key=lambda p: (p.at, p.id)))


def _read_dir(folder: Traversable) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            yield from _read(file)


def _read(file: Traversable) -> Iterator[dict[str, Any]]:
    """The file's articles as they stand, each with its event's id and the file's name."""
    try:
        top = yaml.load(file.read_text("utf-8"), Loader=_LOADER)
        for event in top.get("events", [top]):
            for article in event["articles"]:
                yield article | {"event": event["event"], "file": file.name}
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise ConfigError(f"{file.name}: no event file: {' '.join(str(error).split())}") from error


def _index(articles: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By id; also checks what can be checked one by one."""
    found: dict[str, dict[str, Any]] = {}
    for article in articles:
        for fault in _faults(article, found):
            raise ConfigError(f"{article['file']}: {article.get('id', 'an article without id')}: {fault}")
        found[article["id"]] = article
    return found


def _faults(article: Mapping[str, Any], found: Collection[str]) -> Iterator[str]:
    needed = {"id", "outlet", "at", "copy_of"} if "copy_of" in article else _NEEDED
    yield from (f"{key} is missing" for key in sorted(needed - article.keys()))
    yield from (f"unknown key {key}" for key in sorted(article.keys() - _KNOWN))
    if article.get("id") in found:
        yield "the id is taken"
    if article.get("outlet") not in CAST:
        yield f"no outlet {article.get('outlet')} in the cast"
    if article.get("relation", "wire") not in RELATIONS | {"copy"}:
        yield f"unknown relation {article['relation']}"
    yield from (f"unknown op {op}" for op in article.get("ops", ()) if op not in OPS)


_NEEDED = frozenset({"id", "outlet", "lang", "at", "title", "teaser", "relation", "body"})
_KNOWN = _NEEDED | {
    "author",
    "cites",
    "copy_of",
    "credit",
    "dateline",
    "edit",
    "event",
    "file",
    "ops",
    "paywalled",
    "section",
}


def _piece(raw: Mapping[str, Mapping[str, Any]], key: str, day0: date) -> Piece:
    """The piece with what a copy takes from its original; the outlet's defaults fill the rest."""
    own, root = raw[key], raw[_root(raw, key)]
    source = {k: root[k] for k in _INHERITED if k in root} | dict(own)
    outlet = CAST[own["outlet"]]
    at = moment(day0, own["at"], own)
    title = _line(source["title"])
    return Piece(
        id=key,
        event=own["event"],
        outlet=outlet.key,
        lang=source["lang"],
        at=at,
        section=own.get("section") or _section(own["outlet"], source["lang"]),
        title=title,
        first_title=title,
        teaser=_line(source["teaser"]),
        author=_line(source.get("author", "")),
        dateline=_line(source.get("dateline", "")),
        credit=_line(source.get("credit", "")),
        paywalled=bool(own.get("paywalled", False)),
        relation=own.get("relation") or "copy",
        cites=_cites(raw, own),
        copy_of=own.get("copy_of", ""),
        copy_group=root["id"],
        paragraphs=_body(raw, key),
        own_lines=outlet.lines or "boilerplate" in own.get("ops", ()),
        edit=_edit(own, day0, at),
        updated=at,
    )


_INHERITED = ("author", "credit", "dateline", "lang", "teaser", "title")


def _root(raw: Mapping[str, Mapping[str, Any]], key: str) -> str:
    """The id of the first original that ``key`` goes back to by copying."""
    seen = [key]
    while before := raw[seen[-1]].get("copy_of"):
        if before not in raw or before in seen:
            raise ConfigError(f"{raw[key]['file']}: {key}: copy_of {before} leads nowhere")
        seen.append(before)
    return seen[-1]


def _body(raw: Mapping[str, Mapping[str, Any]], key: str) -> tuple[str, ...]:
    article = raw[key]
    if "copy_of" not in article:
        return tuple(_line(part) for part in re.split(r"\n\s*\n", article["body"].strip()))
    kept = _body(raw, article["copy_of"])
    ops = article.get("ops", ())
    if "drop" in ops:
        kept = tuple(p for n, p in enumerate(kept, 1) if n % 3)
    return kept[: max(2, -(-len(kept) // 3))] if "cut" in ops else kept


def _cites(raw: Mapping[str, Mapping[str, Any]], own: Mapping[str, Any]) -> tuple[str, ...]:
    """Stated citations; a copy without any cites what it copies."""
    cites = tuple(own.get("cites") or filter(None, [own.get("copy_of")]))
    for cited in cites:
        if cited not in raw:
            raise ConfigError(f"{own['file']}: {own['id']}: cites {cited}, which is not there")
    return cites


def _section(outlet: str, lang: str) -> str:
    return CAST[outlet].section if lang == CAST[outlet].lang else "international"


def _edit(own: Mapping[str, Any], day0: date, at: datetime) -> Edit | None:
    edit = own.get("edit")
    if not edit:
        return None
    when = moment(day0, edit["at"], own)
    if when <= at:
        raise ConfigError(f"{own['file']}: {own['id']}: edited before it was published")
    return Edit(when, _line(edit.get("title", "")), _line(edit.get("append", "")))


def moment(day0: date, text: str, own: Mapping[str, Any]) -> datetime:
    """``"1 09:30"`` -> 09:30 UTC on the day after ``day0``."""
    match = re.fullmatch(r"(-?\d+) (\d\d?):(\d\d)", str(text))
    if not match:
        raise ConfigError(f'{own["file"]}: {own["id"]}: {text!r} is no time such as "0 09:30"')
    day, hour, minute = map(int, match.groups())
    return datetime.combine(day0 + timedelta(days=day), time(hour, minute), UTC)


def _line(text: str) -> str:
    return " ".join(str(text).split())
