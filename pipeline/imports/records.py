"""What readers of archives hand on, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.model import Article, RetoldError
from pipeline.rights import Said
from pipeline.signatures import paragraph_hashes, title_hash

ROWS, PAGES = ("jsonl", "csv", "parquet"), ("warc", "pages")
KINDS = (*ROWS, *PAGES, "database")


class DamagedError(RetoldError):
    """An archive that ends too soon or cannot be read on; ``before``: the records since the last batch."""

    before: Sequence[Record] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was saved or crawled."""

    body: bytes
    url: str = ""  # "": it is to be found in the page
    base: str = ""  # address of the page where it names none
    encoding: str | None = None  # as the HTTP header had it
    seen: datetime | None = None  # when it was crawled
    said: Said | None = None  # what its headers reserve
    about: Mapping[str, Any] | None = None  # what a file beside it says
    coded: tuple[str, ...] = ()  # Transfer-Encoding and Content-Encoding as its headers have them


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an archive: a row, a page, or ``why`` it is neither. ``position``: where the next one begins."""

    position: int
    line: int  # its number, from 1
    row: Mapping[str, Any] | None = None
    page: Page | None = None
    why: str = ""  # a reason
    detail: str = ""
    name: str = ""  # of the page's file, or its address


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as the database keeps it."""

    key: str
    name: str
    owner: str
    country: str
    language: str
    role: str
    homepage: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """The article of a record, with the hashes of its paragraphs and title (pipeline/signatures.py)."""

    article: Article
    paragraphs: tuple[int, ...]
    title_hash: int
    outlet: Mapping[str, str]  # what the record says of its source: source, name, owner, country, role
    read: datetime | None = None  # when somebody had this wording before them
    notes: tuple[str, ...] = ()  # "html", "no_zone", "bad_date", "own"
    via: tuple[tuple[str, str], ...] = ()  # (name, address) of whom its feed says it was taken from


def finished(
    article: Article, outlet: Mapping[str, str], read: datetime | None = None, notes: Sequence[str] = ()
) -> Made:
    """An article with the hashes that storing it takes."""
    return Made(article, tuple(paragraph_hashes(article)), title_hash(article), outlet, read, tuple(notes))


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a record yields no article."""

    why: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How an archive is to be read."""

    mapping: tuple[tuple[str, str], ...] = ()  # (field, column), as people asked for it
    zone: str = "UTC"  # of times that name none
    base: str = ""  # address below which records without one lie
    undated: bool = False  # take articles that have no date
    encoding: str = ""  # of the text; "": UTF-8, or what the bytes look like
    delimiter: str = ""  # of CSV; "": what the first line looks like
    max_body: int = 15_000_000  # bytes of a page
    names: tuple[str, ...] = ()  # by which publishers address us
    opt_out: frozenset[str] = frozenset()  # hosts that are left out
    licensed: tuple[str, ...] = ()  # addresses whose sites may be mined whatever they say


@dataclass(slots=True)
class Input:
    """One file or folder to import."""

    kind: str
    path: Path | None  # None: standard input
    identity: str  # what it is known by; "" where it cannot be known again
    share: Callable[[], float] = lambda: 0.0  # how much of it is read, in [0, 1]; set by its reader

    @property
    def name(self) -> str:
        """As people know it."""
        return "standard input" if self.path is None else str(self.path)
