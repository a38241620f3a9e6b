"""What the news day knows about itself, for measuring against: which articles are one event, one copy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources.abc import Traversable

from pipeline.newsroom.addresses import other_urls, url
from pipeline.newsroom.events import Piece, load


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One article that the newsroom serves."""

    url: str  # its page's own address
    aliases: tuple[str, ...]  # further addresses of it, among them the one in its feeds; sorted
    article: str  # its id in the event files
    event: str  # articles of one event are one story
    copy_group: str  # id of the original; equal for all copies of one text
    outlet: str
    lang: str
    relation: str  # origin | wire | rewrite | translation | followup | report | copy
    cites: tuple[str, ...]  # ids of the articles it takes the story from
    paywalled: bool
    published: datetime
    edited: datetime | None


def truth(day0: date, *, events: Traversable | None = None, hide: Collection[str] = ()) -> list[TruthRow]:
    """One row per article of the news day (parameters as :func:`pipeline.newsroom.events.load`), by time."""
    return rows(load(day0, events, hide))


def rows(pieces: Sequence[Piece]) -> list[TruthRow]:
    """The same for pieces that are loaded already."""
    return [_row(piece) for piece in pieces]


def _row(piece: Piece) -> TruthRow:
    return TruthRow(
        url=url(piece),
        aliases=other_urls(piece),
        article=piece.id,
        event=piece.event,
        copy_group=piece.copy_group,
        outlet=piece.outlet,
        lang=piece.lang,
        relation=piece.relation,
        cites=piece.cites,
        paywalled=piece.paywalled,
        published=piece.at,
        edited=piece.edit.at if piece.edit else None,
    )
