"""The table of outlets: who is meant by a name in a text or by the host of an address.

Built from the sources that are followed and from ``data/outlets.txt`` (agencies and large outlets). A source is the
outlet of the table that has its host or its name; any other is an outlet of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import NamedTuple, Protocol

from pipeline import urls

WORD = re.compile(r"\w+")
AGENCY = "agency"


class Followed(Protocol):
    """What is asked of a source: ``pipeline.config.Source`` has it."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def homepage(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Outlet:
    """Who publishes."""

    name: str  # canonical
    kind: str = ""  # agency, newspaper, magazine, broadcaster, site; "" of a source that the table does not have
    owner: str = ""
    hosts: tuple[str, ...] = ()  # of its sites, without "www."
    aliases: tuple[str, ...] = ()  # as spelled in texts
    doubtful: tuple[str, ...] = ()  # aliases that are other things, too: these need a strong cue
    sources: tuple[str, ...] = ()  # keys of the sources that are this outlet, sorted
    country: str = field(default="", repr=False)  # no part of the digest: citations are read without it


class Naming(NamedTuple):
    """One way to write an outlet's name."""

    alias: str
    outlet: str
    sure: bool


class Mention(NamedTuple):
    """Where a text names an outlet; in characters."""

    start: int
    end: int
    outlet: str
    sure: bool  # False where the words are other things, too


@lru_cache(maxsize=1)
def known() -> tuple[Outlet, ...]:
    """The outlets of ``data/outlets.txt``, in its order."""
    lines = (files("pipeline") / "data" / "outlets.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_outlet(line) for line in lines if line and line[0] != "#")


def _outlet(line: str) -> Outlet:
    name, kind, aliases, doubtful, hosts, owner, country = (cell.strip() for cell in line.split("|"))
    return Outlet(name, kind, owner, _cells(hosts), _cells(aliases), _cells(doubtful), country=country)


def _cells(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


Token = tuple[str, int]  # word, where it begins
Namings = Mapping[str, Mapping[str, Sequence[Naming]]]  # first word → second word, or "" → longest first


class Outlets:
    """Every outlet that is known, by name, by words of a text, by host."""

    def __init__(self, table: Iterable[Outlet]) -> None:
        self.by_name: Mapping[str, Outlet] = {o.name: o for o in table}
        self._by_source = {key: o for o in self.by_name.values() for key in o.sources}
        self._by_host = {host: o for o in self.by_name.values() for host in o.hosts}
        self._namings: Namings = _by_words(self.by_name.values())
        every = [n for seconds in self._namings.values() for some in seconds.values() for n in some]
        self._telling = _telling(n.alias for n in every)
        self._folded = {n.alias.casefold(): n.outlet for n in sorted(every, key=lambda n: n.sure)}
        self.sites: Mapping[str, str] = {}

    def with_sites(self, sites: Mapping[str, str]) -> Outlets:
        """The same table where further hosts (without "www.") are outlets', by name; those that it has stay whose they
        are. They are no names in texts, and not in the digest: whoever keeps what was read looks at them, too."""
        found = copy(self)
        found.sites = dict(sorted(sites.items()))
        found._by_host = {**{host: self.by_name[name] for host, name in found.sites.items()}, **self._by_host}
        return found

    @cached_property
    def digest(self) -> str:
        """Eight hex digits that change with anything in the table."""
        return hashlib.blake2b(repr(sorted(map(repr, self.by_name.values()))).encode(), digest_size=4).hexdigest()

    def of_source(self, key: str) -> Outlet:
        """The outlet that a source is; one named by the key where it is not known."""
        return self._by_source.get(key) or Outlet(key, sources=(key,))

    def at(self, url: str) -> Outlet | None:
        """Whose site an address is on, if that is known."""
        return self.of_host(urls.host(url).removeprefix("www."))

    def of_host(self, host: str) -> Outlet | None:
        """Whose site a host (without "www.") is, or is below."""
        while host:
            if found := self._by_host.get(host):
                return found
            host = host.partition(".")[2]
        return None

    def called(self, name: str) -> Outlet | None:
        """The outlet of this very name or alias, in any case."""
        found = self.by_name.get(name) or self.by_name.get(self._folded.get(name.strip().casefold(), ""))
        return found or self.by_name.get(self._folded.get(_without_article(name.strip()).casefold(), ""))

    def may_be_in(self, seen: Set[str]) -> bool:
        """May a text of these words name an outlet? All words of one of its names have to be there."""
        return any(more <= seen for word in self._telling.keys() & seen for more in self._telling[word])

    def mentions(self, text: str) -> list[Mention]:
        """Where ``text`` names outlets, from left to right, the longest name at each place."""
        return self.among(text, words(text))

    def among(self, text: str, tokens: Sequence[Token]) -> list[Mention]:
        """The same, for a text whose :func:`words` are known."""
        found: list[Mention] = []
        end = 0
        for n, (word, start) in enumerate(tokens):
            some = self._namings.get(word) or (self._namings.get(word[:-1]) if word[-1] == "s" else None)
            if some is None or start < end:
                continue
            second = tokens[n + 1][0] if n + 1 < len(tokens) else ""
            for naming in (*some.get(second, ()), *some.get(second[:-1], ()), *some.get("", ())):
                if ending := _stands(text, start, naming.alias):
                    end = ending
                    found.append(Mention(start, end, naming.outlet, naming.sure))
                    break
        return found


def _telling(aliases: Iterable[str]) -> dict[str, list[frozenset[str]]]:
    """The longest word of each alias → its other words; the last one may have a genitive's "s"."""
    found: dict[str, list[frozenset[str]]] = defaultdict(list)
    for alias in aliases:
        *first, last = WORD.findall(alias)
        for spelled in ({*first, last}, {*first, f"{last}s"}):
            word = max(sorted(spelled), key=len)
            found[word].append(frozenset(spelled - {word}))
    return dict(found)


def words(text: str) -> list[Token]:
    """The words of a text, each with where it begins."""
    return [(m[0], m.start()) for m in WORD.finditer(text)]


def _stands(text: str, start: int, alias: str) -> int:
    """Where the alias ends that stands at ``start`` as a name of its own, 0 where it is inside a compound, an address
    or a longer word. A German genitive ("des Spiegels") is the name."""
    end = start + len(alias)
    before = text[max(start - 1, 0) : start]
    if (
        not text.startswith(alias, start)
        or (before and before in ".-@_#")
        or (before == "/" and _in_address(text, start))
    ):
        return 0
    if len(alias) > 4 and alias[-1].isalpha() and alias[-1] != "s" and text[end : end + 1] == "s":
        end += 1
    after = text[end : end + 2]
    inside = after[:1].isalnum() or after[:1] == "_" or (after[:1] in (".", "@") and after[1:].isalnum())
    return 0 if inside else end


def _in_address(text: str, start: int) -> bool:
    return "//" in text[max(0, start - 60) : start].split(" ")[-1]


_ARTICLES = re.compile(r"(?:the|der|die|das|de|het|le|la|el)\s+", re.IGNORECASE)


def _without_article(name: str) -> str:
    return _ARTICLES.sub("", name, count=1)


def _by_words(outlets: Iterable[Outlet]) -> dict[str, dict[str, list[Naming]]]:
    """The namings by their first two words; a doubtful one that several outlets share is none of them's."""
    shared = Counter(alias for outlet in outlets for alias in outlet.doubtful if not outlet.sources)
    found: dict[str, dict[str, set[Naming]]] = defaultdict(lambda: defaultdict(set))
    for naming in (n for outlet in outlets for n in _namings(outlet)):
        if naming.sure or shared[naming.alias] < 2:
            parts = WORD.findall(naming.alias)
            found[parts[0]][parts[1] if len(parts) > 1 else ""].add(naming)
    return {
        first: {second: sorted(some, key=lambda n: (-len(n.alias), not n.sure, n)) for second, some in seconds.items()}
        for first, seconds in found.items()
    }


def _namings(outlet: Outlet) -> Iterator[Naming]:
    for sure, aliases in ((True, (outlet.name, *outlet.aliases, *outlet.hosts)), (False, outlet.doubtful)):
        for alias in aliases:
            if not (sure and alias in outlet.doubtful):
                yield from (Naming(a, outlet.name, sure) for a in _inflected(alias) if WORD.match(a))


_DECLINED = re.compile(r"(?:[A-ZÄÖÜ][\w/]*?[a-zäöü]e )+[A-ZÄÖÜ][\w-]+(?: .*)?")


def _inflected(alias: str) -> Iterator[str]:
    """The alias and, where a German adjective leads it, its other cases: "der Süddeutschen Zeitung"."""
    yield alias
    yield alias.upper() if len(alias) > 4 and alias.isalpha() else alias
    if _DECLINED.fullmatch(alias):
        first, rest = alias.split(" ", 1)
        own = re.sub(r"Allgemeine\b", "Allgemeinen", rest)
        yield from (f"{'/'.join(part + ending for part in first.split('/'))} {own}" for ending in "nr")


@lru_cache(maxsize=1)
def _bundled() -> Outlets:
    return Outlets(known())


def outlets(sources: Iterable[Followed], families: Mapping[str, str] | None = None) -> Outlets:
    """The table with these sources in it; ``families``: owner → the family that owns, where config names one."""
    table = {o.name: o for o in known()}
    lookup = _bundled()
    for source in sources:
        home = urls.host(source.homepage).removeprefix("www.") if source.homepage else ""
        same = lookup.called(source.name) or (lookup.at(source.homepage) if source.homepage else None)
        known_as = table[same.name] if same else table.get(source.name, Outlet(source.name))
        table[known_as.name] = replace(
            known_as,
            owner=source.owner or known_as.owner,
            hosts=tuple(dict.fromkeys((*known_as.hosts, *([home] if home else [])))),
            aliases=tuple(dict.fromkeys((*known_as.aliases, *_spellings(source.name)))),
            sources=tuple(sorted({*known_as.sources, source.key})),
        )
    house = families or {}
    return Outlets(replace(o, owner=house.get(o.owner, o.owner)) for o in table.values())


def _spellings(name: str) -> Iterator[str]:
    """A source's name as texts print it: with and without its article, in capitals."""
    bare = _without_article(name)
    yield name
    if len(bare) > 3 and " " in bare:
        yield bare
