"""Archives, taken in: records made articles in limited processes, and stored a batch at a time."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any

from pipeline import urls
from pipeline.absorb import Tell
from pipeline.config import Config
from pipeline.imports import making, ownrows, tables, warc
from pipeline.imports.outlets import Finder
from pipeline.imports.pagefiles import pages
from pipeline.imports.records import ROWS, DamagedError, Input, Made, Reading, Record, Refused
from pipeline.model import FeedError
from pipeline.rights import left_out
from pipeline.run import Clock
from pipeline.sandbox import Sandbox
from pipeline.signatures import Recipe
from pipeline.store import importing, other
from pipeline.store.articles import Found
from pipeline.store.connect import Connection, transaction
from pipeline.store.importing import Archived
from pipeline.store.runs import Moment

BATCH = 500  # records of one transaction …
BATCH_SIZE = 4_000_000  # … of about so many characters at the most
TASK = 125  # rows that a child process makes articles of at once
AHEAD = 2  # batches that are being made while one is stored
WALL_S, CPU_S, MEMORY_MB = 60, 30, 256  # of one task
CHILDREN = ("spiders.parsers", "pipeline.imports.making")  # what they are forked with

READERS: Mapping[str, Callable[[Input, Reading, int, int], Generator[Record, None, None]]] = {
    "jsonl": tables.jsonl, "csv": tables.csv_rows, "parquet": tables.parquet, "warc": warc.warc, "pages": pages,
}  # fmt: skip


RESERVED = frozenset({"opted_out", "robots_tag", "tdm_reserved"})  # what publishers keep from us is no failure
TEXTLESS = "textless"  # note: rows that an export without texts has

Rejected = Callable[[Input, Record, Refused], None]


@dataclass
class Taken:
    """What came of one input."""

    input: Input
    counts: Counter[str] = field(default_factory=Counter)  # read, new, edited, older, same
    refused: Counter[str] = field(default_factory=Counter)  # reason → records
    notes: Counter[str] = field(default_factory=Counter)
    columns: dict[str, set[str]] = field(default_factory=dict)  # field → columns that it was taken from
    sources: int = 0  # made for it
    line: int = 0
    position: int = 0
    before: datetime | None = None  # when it was imported already; nothing was done
    resumed: int = 0  # records that an earlier call had stored
    damaged: str = ""  # why it was read no further

    @property
    def nothing(self) -> bool:
        """Whether there was something to take and all of it was left out, for want of more than a right to it."""
        return 0 < self.counts["read"] == self.refused.total() and bool(self.refused.keys() - RESERVED)

    def stored(self) -> dict[str, Any]:
        """What is kept of it between calls."""
        return {"counts": dict(self.counts), "refused": dict(self.refused), "notes": dict(self.notes),
                "columns": {k: sorted(v) for k, v in self.columns.items()}, "line": self.line,
                "sources": self.sources}  # fmt: skip

    def recall(self, known: Mapping[str, Any]) -> None:
        """Go on with what an earlier call had."""
        self.counts, self.refused = Counter(known.get("counts", {})), Counter(known.get("refused", {}))
        self.notes = Counter(known.get("notes", {}))
        self.line, self.sources = known.get("line", 0), known.get("sources", 0)  # none before the first batch
        self.columns = {k: set(v) for k, v in known.get("columns", {}).items()}


@dataclass(frozen=True, slots=True)
class How:
    """What an import does."""

    reading: Reading = field(default_factory=Reading)
    source: str = ""  # of all articles
    group: bool = True
    again: bool = False  # read what was imported before


class Taker:
    """Takes one input after another."""

    def __init__(
        self, db: Connection, config: Config, how: How, made_with: Recipe, run_id: int, sandbox: Sandbox, tell: Tell,
        rejected: Rejected, clock: Clock,
    ) -> None:  # fmt: skip
        self.db, self.how, self.sandbox, self.tell, self.rejected, self.clock = db, how, sandbox, tell, rejected, clock
        self.run_id, self.min_articles = run_id, made_with.boilerplate_min_articles
        self.finder = Finder(config, importing.sources(db), how.source)
        self.opt_out = frozenset(config.rights.opt_out)
        self.options = blake2b(repr((how.reading, how.source)).encode(), digest_size=8).hexdigest()
        self.columns: dict[str, set[str]] = {}
        self.import_id = 0
        self.now = clock()

    def take(self, taken: Taken) -> None:
        """All that is left of an input."""
        one = taken.input
        if not self._begin(taken):
            return
        try:
            batches = self._made(one, self._records(taken))
            for records, articles in batches:
                self._store(taken, records, articles)
                self.tell("import", taken.counts["read"], self._expected(taken))
        except DamagedError as error:
            taken.damaged = str(error)
            return
        with transaction(self.db):
            importing.finish(self.db, self.import_id, self.clock())
        self.tell("import", taken.counts["read"], taken.counts["read"])

    def _begin(self, taken: Taken) -> bool:
        """Whether there is anything to do, from the place that an earlier call came to."""
        one, db = taken.input, self.db
        known = importing.begun(db, one.identity, self.options) if one.identity and not self.how.again else None
        if known and known.finished:
            taken.before = known.finished
            return False
        if known:
            self.import_id, taken.position = known.id, known.position
            taken.recall(known.counts)
            taken.resumed = taken.counts["read"]
            return True
        identity = one.identity or f"{one.kind} of run {self.run_id}"
        with transaction(db):
            self.import_id = importing.begin(db, self._at(), one.kind, one.name, identity, self.options)
        return True

    def _at(self) -> Moment:
        return Moment(self.run_id, self.now)

    def _expected(self, taken: Taken) -> int:
        """About how many records there will be; what is read where that cannot be told."""
        read, share = taken.counts["read"], min(taken.input.share(), 1.0)
        return max(read, round(read / share)) if share > 0 else read

    # -- reading and making

    def _records(self, taken: Taken) -> Iterator[Record]:
        one = taken.input
        if one.kind == "database":
            return of_database(one, taken.position)
        return READERS[one.kind](one, self.how.reading, taken.position, taken.line)

    def _made(
        self, one: Input, records: Iterable[Record]
    ) -> Iterator[tuple[list[Record], list[Made | Refused | Archived]]]:
        """Batches of records, each with what came of it, in order; a few are being made ahead. Where reading fails,
        what was read before is handed on first."""
        waiting: deque[tuple[list[Record], Callable[[], list[Any]]]] = deque()
        failed: Exception | None = None
        rest = batches(records)
        while True:
            try:
                batch = next(rest, None)
            except DamagedError as error:
                batch, failed = list(error.before), error
            if batch:
                waiting.append((batch, self._submitted(one, batch)))
            while waiting and (not batch or failed or len(waiting) > AHEAD):
                some, answer = waiting.popleft()
                yield some, answer()
            if failed:
                raise failed
            if not batch:
                return

    def _submitted(self, one: Input, batch: Sequence[Record]) -> Callable[[], list[Any]]:
        if one.kind == "database":
            return lambda: [r.row["archived"] for r in batch if r.row]
        if one.kind in ROWS:
            return self._rows_submitted(one, batch)
        tasks = [
            self.sandbox.submit(making.made_page, r.page, self.how.reading, self.now) if r.page else r for r in batch
        ]
        return lambda: [answer_of(t) if isinstance(t, Future) else Refused(t.why, t.detail) for t in tasks]

    def _rows_submitted(self, one: Input, batch: Sequence[Record]) -> Callable[[], list[Any]]:
        rows = [r.row for r in batch if r.row is not None]
        parts = [rows[n : n + TASK] for n in range(0, len(rows), TASK)]
        make = partial(making.made_rows, asked=self.how.reading.mapping, how=self.how.reading, now=self.now,
                       spreadsheet=one.kind == "csv")  # fmt: skip
        futures = [self.sandbox.submit(make, part) for part in parts]

        def answer() -> list[Any]:
            made = iter(
                [a for future, part in zip(futures, parts, strict=True) for a in self._answers(make, future, part)]
            )
            return [Refused(r.why, r.detail) if r.row is None else next(made) for r in batch]

        return answer

    def _answers(self, make: Callable[..., Any], future: Future[Any], part: Sequence[Any]) -> list[Any]:
        """What a task made of its rows; where it failed, each row in a task of its own, so that only one is lost."""
        try:
            made, columns = future.result()
        except FeedError:
            alone = [self.sandbox.submit(make, [row]) for row in part]
            return [a[0][0] if not isinstance(a := answer_of(f), Refused) else a for f in alone]
        for name, found in columns.items():
            self.columns.setdefault(name, set()).update(found)
        return list(made)

    # -- storing

    def _store(self, taken: Taken, records: Sequence[Record], made: Sequence[Any]) -> None:
        sure = [self._owned(m) for m in made]
        kept = [m for m in sure if isinstance(m, Archived)]
        refused = [(r, m) for r, m in zip(records, sure, strict=True) if isinstance(m, Refused)]
        taken.position, taken.line = records[-1].position, records[-1].line
        taken.counts["read"] += len(records)
        taken.refused.update(m.why for _, m in refused)
        taken.notes.update(note for m in made if isinstance(m, Made) for note in m.notes)
        taken.notes.update(TEXTLESS for _, m in refused if m.detail == ownrows.TEXTLESS)
        taken.sources += len(self.finder.fresh)
        for name, found in self.columns.items():
            taken.columns.setdefault(name, set()).update(found)
        with transaction(self.db):
            importing.add_sources(self.db, self.finder.fresh)
            outcomes = importing.record_archived(self.db, self._at(), self.import_id, kept, self.min_articles)
            taken.counts.update(outcomes)
            importing.advance(self.db, self.import_id, taken.position, taken.stored())
        self.finder.fresh.clear()
        for record, why in refused:
            self.rejected(taken.input, record, why)

    def _owned(self, made: Any) -> Archived | Refused:
        """The article under its source, unless its host is left out."""
        if isinstance(made, Refused):
            return made
        article = made.found.article if isinstance(made, Archived) else made.article
        if self.opt_out and left_out(urls.host(article.url), self.opt_out):
            return Refused("opted_out", article.url)
        outlet = made.outlet
        key = self.finder.of(outlet, article.url, article.lang)
        lang = self.finder.language(key) if article.lang == "und" else article.lang
        owned = replace(article, source=key, lang=lang)
        if isinstance(made, Archived):
            return replace(made, found=replace(made.found, article=owned))
        return Archived(Found(owned, made.paragraphs, made.title_hash), made.read, via=made.via)


def look(one: Input, how: Reading) -> None:
    """Read the beginning, while nothing is touched yet: raises ConfigError where this is no archive of its kind, or
    what reads it is not installed; OSError."""
    if one.path is None:
        if one.kind == "jsonl":
            tables.no_list(sys.stdin.buffer, one.name)
        return
    if one.kind != "database":
        with suppress(DamagedError), closing(READERS[one.kind](one, how, 0, 0)) as records:
            next(records, None)


def of_database(one: Input, position: int) -> Iterator[Record]:
    assert one.path is not None  # a database is no stdin
    for number, last, archived in other.articles(one.path, position):
        one.share = partial(float, number / last)
        yield Record(number, number, row={"archived": archived})


def answer_of(future: Future[Any]) -> Any:
    """What a task gave, or why it gave nothing."""
    try:
        return future.result()
    except FeedError as error:
        return Refused(str(error.code), error.detail)


def batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in lists of a transaction; where reading fails, what was read stands in the error."""
    some: list[Record] = []
    size = 0
    try:
        for record in records:
            some.append(record)
            size += weight(record)
            if len(some) >= BATCH or size >= BATCH_SIZE:
                yield some
                some, size = [], 0
    except DamagedError as error:
        error.before = some
        raise
    if some:
        yield some


def weight(record: Record) -> int:
    """About how many characters it is."""
    if record.page:
        return len(record.page.body)
    return sum(len(v) for v in (record.row or {}).values() if isinstance(v, str))
