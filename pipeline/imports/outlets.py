"""Whose an archive's articles are: sources that are followed, others that are known, and new ones made for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from pipeline import urls
from pipeline.config import Config
from pipeline.endings import HOSTS, LANGUAGES, NOBODY
from pipeline.imports.records import SourceRow
from pipeline.provenance.outlets import Outlet, Outlets, known
from pipeline.subscribing import ROLES

_ROLES = frozenset({"origin", "wire", "broadcaster", "publisher", "syndicator", "aggregator"})
_HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z]{2,24}", re.IGNORECASE)


class Finder:
    """Finds the source of each article, or makes one.

    In this order: the one asked for; the one of that key; the followed one whose site has the address; the one of the
    name that the record says; the one of the address's site.
    """

    def __init__(self, config: Config, stored: Iterable[SourceRow], asked: str = "") -> None:
        self._asked = asked
        self._keys: dict[str, str] = {}  # key → language
        self._names: dict[str, str] = {}  # name, casefolded → key
        self._sites: dict[str, str] = {}
        for s in config.sources:
            self._know(s.key, s.name, s.language, s.homepage)
        for row in stored:
            self._know(row.key, row.name, row.language, row.homepage)
        self._followed: dict[str, str] = {}
        for s in config.sources:
            for url in filter(None, (s.homepage, *(f.url for f in s.feeds), *s.sitemaps)):
                self._followed.setdefault(_site(url), s.key)
        self._table = Outlets(known())
        self._made: dict[tuple[object, ...], str] = {}
        self.fresh: list[SourceRow] = []  # made since this was emptied last

    def _know(self, key: str, name: str, language: str, homepage: str | None) -> None:
        self._keys.setdefault(key, language)
        self._names.setdefault(name.casefold(), key)
        if homepage:
            self._sites.setdefault(_site(homepage), key)

    def language(self, key: str) -> str:
        """What a source prints."""
        return self._keys[key]

    def of(self, outlet: Mapping[str, str], url: str, lang: str) -> str:
        """The key of the source of an article at ``url`` (canonical), of which its record says so much."""
        host = url.split("/", 3)[2]  # as it is canonical; what is dearer is done once a host
        where = (*sorted(outlet.items()), host)
        if (found := self._made.get(where)) is None:
            said, site = outlet.get("source", ""), _site(url)
            found = self._made[where] = self._found(outlet, said, site) or self._new(outlet, said, site, url, lang)
        return found

    def _found(self, outlet: Mapping[str, str], said: str, site: str) -> str | None:
        if self._asked:
            return self._asked if self._asked in self._keys else None
        if said in self._keys:
            return said
        if site in self._followed:
            return self._followed[site]
        if _HOST.fullmatch(said):
            there = _site(f"http://{said}/")
            return self._followed.get(there) or self._sites.get(there)
        name = outlet.get("name") or said
        if name:
            called = self._table.called(name)
            keys = (self._names.get(n.casefold()) for n in (name, *([called.name] if called else [])))
            return next(filter(None, keys), None)
        return self._sites.get(site)

    def _new(self, outlet: Mapping[str, str], said: str, site: str, url: str, lang: str) -> str:
        hosted = bool(_HOST.fullmatch(said))
        home = f"https://{_site(f'http://{said}/') if hosted else site}/"
        name = outlet.get("name", "") or ("" if hosted else said)
        entry = self._table.called(name) if name else self._table.at(home if hosted or not said else url)
        given = self._asked or (said if re.fullmatch("[a-z0-9-]{1,40}", said) else "")
        title = outlet.get("name") or (entry.name if entry else "") or name or urls.host(home)
        key = given if given and given not in self._keys else _key(given or (name or urls.host(home)), self._keys)
        homepage = home if hosted or not said or outlet.get("name") else None
        made = _described(outlet, entry, key, title, home, homepage, lang)
        self._know(key, made.name, made.language, made.homepage)
        self.fresh.append(made)
        return key


def _described(
    outlet: Mapping[str, str], entry: Outlet | None, key: str, title: str, home: str, homepage: str | None, lang: str
) -> SourceRow:
    ending = urls.host(home).rpartition(".")[2]
    guessed = ("GB" if ending == "uk" else ending.upper()) if ending in LANGUAGES else NOBODY
    country = next((c for c in (outlet.get("country", ""), entry.country if entry else "") if _is_country(c)), guessed)
    role = (
        outlet.get("role", "") if outlet.get("role") in _ROLES else ROLES.get(entry.kind if entry else "", "publisher")
    )
    owner = outlet.get("owner") or (entry.owner if entry else "") or title
    language = lang if re.fullmatch("[a-z]{2}", lang) else LANGUAGES.get(ending, "und")
    return SourceRow(key, title[:100], owner[:100], country, language, role, homepage)


_is_country: Callable[[str], object] = re.compile("[A-Z]{2}").fullmatch


def _site(url: str) -> str:
    """What addresses of one publisher share: the registrable domain; below hosts of many the whole name."""
    site = urls.site(url)
    return urls.host(url).removeprefix("www.") if not site or site in HOSTS else site


def _key(wanted: str, taken: Mapping[str, str]) -> str:
    letters = unicodedata.normalize("NFKD", wanted.removeprefix("www.")).encode("ascii", "ignore").decode().lower()
    key = re.sub("[^a-z0-9-]+", "-", letters).strip("-")[:36].strip("-") or "source"
    n, made = 1, key
    while made in taken:
        n += 1
        made = f"{key}-{n}"
    return made
