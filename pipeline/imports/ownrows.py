"""Rows of Retold's own export → articles, taken as they stand: what no export writes there is refused, not bent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from pipeline import urls
from pipeline.imports.fields import language, moment
from pipeline.imports.records import Made, Reading, Refused, finished
from pipeline.model import Article, Link, TextFrom
from pipeline.tablefiles import original
from pipeline.text import clean, content_hash, one_line

TEXTLESS = "exported without --text"  # detail of what an export leaves out by default
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_SHOWN = 100  # characters of a value in a detail


class _WrongError(Exception):
    """A value that is none; ``args``: reason and detail."""


def own_article(row: Mapping[str, Any], how: Reading, now: datetime, spreadsheet: bool) -> Made | Refused:
    """The article of a row, or why there is none. ``spreadsheet``: its cells are those of CSV."""
    try:
        return _article(_Cells(row, spreadsheet), how, now)
    except _WrongError as wrong:
        return Refused(*wrong.args)


def _article(cells: _Cells, how: Reading, now: datetime) -> Made | Refused:
    url = cells.address("url")
    if url is None:
        return Refused("no_url")
    title, body, kind = one_line(cells.text("title"), 1000), clean(cells.text("text")), cells.kind()
    if not body and not (title and kind is TextFrom.TEASER):
        return Refused("no_text")
    published, updated, seen = (cells.time(n, now, how.undated) for n in ("published", "updated", "first_seen"))
    seen = seen if seen and seen <= now else None
    if published is None and seen is None and not how.undated:
        return Refused("no_date")
    article = Article(
        source="", url=url, key=one_line(cells.text("key"), 2000) or urls.key(url), title=title, text=body,
        lang=cells.language(), published=published, updated=updated, first_seen=seen,
        author=one_line(cells.text("author"), 300), agencies=cells.names("agencies"),
        credit=one_line(cells.text("credit"), 1000), dateline=one_line(cells.text("dateline"), 1000),
        paywalled=cells.truth("paywalled"), text_from=kind, canonical_claim=cells.address("canonical_claim"),
        links=tuple(Link(at, one_line(said, 300)) for raw, said in cells.pairs("links") if (at := urls.canonical(raw))),
        content_hash=content_hash(title, body), version=cells.count("version"),
    )  # fmt: skip
    outlet = {field: one_line(said, 200) for field, column in _OUTLET.items() if (said := cells.text(column))}
    return replace(finished(article, outlet, seen, ("own",)), via=cells.pairs("via"))


_OUTLET = {"source": "source", "name": "outlet", "owner": "owner", "country": "country", "role": "outlet_role"}


class _Cells:
    """The values of a row, each as what it must be; what is empty, or not there, is nothing."""

    def __init__(self, row: Mapping[str, Any], spreadsheet: bool) -> None:
        self._row, self._spreadsheet = row, spreadsheet

    def _value(self, name: str) -> Any:
        value = self._row.get(name)
        return None if value == "" or value != value else value  # a table of numbers has NaN for nothing

    def text(self, name: str) -> str:
        value = self._value(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self._wrong(name, "no text")
        return original(value) if self._spreadsheet else value

    def address(self, name: str) -> str | None:
        stated = self.text(name)
        found = urls.canonical(stated) if stated else None
        if stated and found is None:
            raise self._wrong(name, "no address", "bad_url")
        return found

    def time(self, name: str, now: datetime, undated: bool) -> datetime | None:
        value = self._value(name)
        found = None if value is None else moment(value, now)
        if value is not None and found is None and not undated:
            raise self._wrong(name, "no date between 1995 and now", "bad_date")
        return found

    def language(self) -> str:
        stated = self.text("lang")
        found = language(stated)
        if found == "und" and stated not in ("", "und"):
            raise self._wrong("lang", "no code of a language")
        return found

    def kind(self) -> TextFrom:
        with suppress(ValueError):
            return TextFrom(self.text("text_from"))
        raise self._wrong("text_from", f"none of {', '.join(TextFrom)}")

    def truth(self, name: str) -> bool | None:
        value = self._value(name)
        if value is not None and str(value).lower() not in _TRUTHS:
            raise self._wrong(name, "neither true nor false")
        return _TRUTHS.get(str(value).lower())

    def count(self, name: str) -> int:
        value = self._value(name)
        value = int(value) if isinstance(value, float) and value.is_integer() else value
        text = "1" if value is None else str(value)
        if isinstance(value, bool) or not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 100_000):
            raise self._wrong(name, "no number from 1")
        return int(text)

    def names(self, name: str) -> tuple[str, ...]:
        found = self._listed(name)
        if not all(isinstance(v, str) for v in found):
            raise self._wrong(name, "no list of texts")
        return tuple(sorted(one_line(v, 200) for v in found if v.strip()))

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        found = self._listed(name)
        if not all(isinstance(p, list) and len(p) == 2 and all(isinstance(v, str) for v in p) for p in found):
            raise self._wrong(name, "no list of pairs of texts")
        return tuple((one_line(one, 2000), one_line(other, 2000)) for one, other in found)

    def _listed(self, name: str) -> list[Any]:
        value = self._value(name)
        if isinstance(value, str):
            with suppress(ValueError, RecursionError):
                value = json.loads(value)
        if not isinstance(value, list | None):
            raise self._wrong(name, "no list")
        return value or []

    def _wrong(self, name: str, what: str, why: str = "bad_value") -> _WrongError:
        return _WrongError(why, f"{name} is {what}: {str(self._row.get(name))[:_SHOWN]}")
