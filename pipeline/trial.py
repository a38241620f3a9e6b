"""Labelled articles through the very path of a run, in a throw-away database: sink, store, absorb.

Only the crawl is left out: an article is made of its labelled text as of a feed's full text, so that wire credits
are read off and its language is told as in a run.
"""

from __future__ import annotations

import hashlib
import html
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline import rebuild, urls
from pipeline.absorb import Absorbed, Tell, absorb, quiet
from pipeline.articles import from_entry
from pipeline.blocking import Signed, signed
from pipeline.config import Config, Feed, Source
from pipeline.labelled import Labelled, timed
from pipeline.meeting import candidates
from pipeline.model import Article, ArticleError, Entry, FetchResult, Pair, ParsedFeed, Reason
from pipeline.run import StoreSink, entry_key, ledger
from pipeline.signatures import Recipe, recipe
from pipeline.store import collecting, edges, embedding, reads, signing
from pipeline.store.backgrounds import in_force
from pipeline.store.connect import Connection, writing
from pipeline.store.rows import Row
from pipeline.verdict import VERDICT

SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)  # the one moment of an archive whose times are not known
HOST = "retold.invalid"  # RFC 2606: addresses for what has none, saying nothing of set, id or event


@dataclass(frozen=True, slots=True)
class Piece:
    """A labelled article with the source that we say it has."""

    row: Labelled
    source: str
    entry: Entry


@dataclass(frozen=True)
class Trial:
    """What a run made of labelled articles; good while its database is open."""

    db: Connection
    recipe: Recipe
    rows: dict[int, Labelled]  # by article id
    stories: dict[int, int]  # article id → story id
    copies: dict[int, int]  # article id → copy group
    absorbed: Absorbed  # what it took

    @cached_property
    def signed(self) -> list[Signed]:
        """Profiles, signatures and bucket keys of all articles, as the run made them; by id."""
        articles = [s.article for s in signing.signed_articles(self.db, self.rows)]
        articles.sort(key=lambda a: a.id)
        made = embedding.vectors(self.db, [a.content_hash for a in articles], self.recipe.model)
        return signed(articles, rebuild.boilerplate(articles, self.recipe), self.recipe, made)

    @cached_property
    def candidates(self) -> list[Pair]:
        """Every pair that the blockers propose, sorted."""
        return sorted(candidates(self.signed, self.recipe))

    def edge(self, left: int, right: int) -> Row | None:
        """The stored edge between two articles, if there is one."""
        return reads.match(self.db, left, right)

    def link(self, left: int, right: int) -> float | None:
        """How strongly the stories of two articles hang together (``stories.bond``); None where that is one story."""
        one, other = self.stories[left], self.stories[right]
        return None if one == other else edges.between(self.db, one, other, self.recipe).bond.strength


@contextmanager
def tried(rows: Sequence[Labelled], config: Config, tell: Tell = quiet) -> Iterator[Trial]:
    """``rows`` as one archive, signed, judged and grouped by the thresholds of ``config``.

    Their times are used where all have a full date; else all appeared at one moment. ``tell`` as in absorb.
    """
    how = recipe(config, VERDICT)
    pieces = arranged(timed(rows))
    now = max((p.row.published for p in pieces if p.row.published), default=SOME_TIME)
    ours = config.model_copy(update={"sources": sources_of(pieces)})
    with TemporaryDirectory(prefix="retold-eval-") as folder, writing(Path(folder) / "stories.db") as db:
        with ledger(db, how, lambda: now) as summary:
            collecting.sync_sources(db, ours.sources)
            collect(StoreSink(db, summary, ours, how, lambda: now), pieces)
            summary.absorbed = absorb(db, summary.run_id, now, how, tell, stages=summary.stages)
        yield _read(db, in_force(db, how), pieces, summary.absorbed)


def collect(sink: StoreSink, pieces: Sequence[Piece]) -> None:
    """Each source's feed, then each entry's article, as a crawl hands them over."""
    feeds: dict[str, list[Piece]] = {}
    for piece in pieces:
        feeds.setdefault(piece.source, []).append(piece)
    for source, own in feeds.items():
        answer = FetchResult(source, _feed(source), "feed", Reason.OK, status=200)
        sink.feed(answer, ParsedFeed(tuple(p.entry for p in own)))
    for piece in pieces:
        sink.article(None, piece.entry, article(piece))


def _read(db: Connection, how: Recipe, pieces: Sequence[Piece], absorbed: Absorbed) -> Trial:
    rows = {entry_key(p.entry): p.row for p in pieces}
    found = reads.grouped(db)
    return Trial(
        db=db,
        recipe=how,
        rows={r["article_id"]: rows[r["key"]] for r in found},
        stories={r["article_id"]: r["story_id"] for r in found},
        copies={r["article_id"]: r["copy_id"] for r in found},
        absorbed=absorbed,
    )


def labelled_articles(rows: Sequence[Labelled]) -> list[tuple[Article, Labelled]]:
    """The articles that a trial stores, each with its row, without a database: ids and ``first_seen`` set."""
    pieces = arranged(timed(rows))
    now = max((p.row.published for p in pieces if p.row.published), default=SOME_TIME)
    return [(replace(article(p), id=n, first_seen=now), p.row) for n, p in enumerate(pieces, 1)]


def article(piece: Piece) -> Article:
    """The article as a run makes it of a feed's full text, at an identity of its own."""
    row = piece.row
    try:
        made = from_entry(piece.entry, source=piece.source, language=row.lang, full=bool(row.text))
    except ArticleError:  # nothing but credits and hints: a run would drop it, a ruler must count it
        made = Article(piece.source, str(piece.entry.url), "", row.title, row.text, row.lang, row.published)
    return replace(made, key=entry_key(piece.entry))


def arranged(rows: Sequence[Labelled]) -> list[Piece]:
    """Rows as entries of their publishers' feeds, in an order that says nothing about the truth.

    A row without a publisher has a source of its own: what strangers share is no boilerplate.
    """
    ordered = sorted(rows, key=lambda r: hashlib.blake2b(f"{r.set}\0{r.id}".encode()).digest())
    sources: dict[object, str] = {}
    known = Counter(urls.key(url) for r in rows if (url := urls.canonical(r.url)))
    pieces = []
    for n, row in enumerate(ordered, 1):
        source = sources.setdefault(row.publisher or n, f"source-{len(sources) + 1}")
        stated = urls.canonical(row.url)
        address = stated if stated and known[urls.key(stated)] == 1 else f"https://{source}.{HOST}/{n}"
        entry = Entry(
            feed_url=_feed(source),
            guid=str(n),
            url=address,
            title=row.title,
            content=html.escape(row.text, quote=False),  # it is text: "<" in it begins no tag
            published=row.published,
            language=row.lang,
        )
        pieces.append(Piece(row, source, entry))
    return pieces


def _feed(source: str) -> str:
    return f"https://{source}.{HOST}/feed"


def sources_of(pieces: Sequence[Piece]) -> tuple[Source, ...]:
    names = {p.source: p.row.publisher or "unknown" for p in pieces}
    return tuple(
        Source.model_construct(
            key=key,
            name=name,
            owner=name,
            country="XX",
            language="und",
            role="publisher",
            feeds=(Feed.model_construct(url=_feed(key)),),
        )
        for key, name in names.items()
    )
