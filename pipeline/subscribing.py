"""A list of feeds and what is followed already → the sources that are new, each with what of it was guessed. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from pipeline import spiderfolder, urls
from pipeline.config import Config, Source
from pipeline.configtext import Block
from pipeline.endings import BILINGUAL, HOSTS, LANGUAGES, NOBODY, label
from pipeline.feeds import plain
from pipeline.model import ConfigError
from pipeline.opml import OWN, Listed
from pipeline.provenance.outlets import Outlet, Outlets, known
from pipeline.values import is_private, same_address, url_fault, without_password
from pipeline.yamlfile import shown

SAME_NAME = "the name of"  # how the note begins on a name that another source has
ROLES = {"agency": "wire", "broadcaster": "broadcaster"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A feed of the list that is not followed, and why."""

    url: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a site says of itself, one line each or ""; and what somebody wants of the source that it becomes."""

    name: str = ""
    owner: str = ""
    language: str = ""
    homepage: str = ""
    sitemaps: tuple[str, ...] = ()
    text_from: str = "page"
    why: str = ""  # of text_from
    key: str = ""  # as somebody typed it


@dataclass(slots=True)
class Plan:
    """What becomes of a list."""

    blocks: list[Block] = field(default_factory=list)
    followed: list[LeftOut] = field(default_factory=list)  # already, or twice in the list
    left_out: list[LeftOut] = field(default_factory=list)


def plan(listed: Iterable[Listed], config: Config) -> Plan:
    """New sources for the feeds that ``config`` does not follow, those of one site together, in the list's order."""
    found, groups = Plan(), dict[str, list[Listed]]()
    followed = _followed(config)
    for one in listed:
        feed = replace(one, url=_address(one.url), homepage=_homepage(one.homepage))
        if why := _fault(feed.url, config.http.ports):
            found.left_out.append(LeftOut(without_password(one.url), one.title, why))
        elif by := followed.get(same_address(feed.url)):
            found.followed.append(LeftOut(feed.url, feed.title, by))
        else:
            group = _group(feed)
            followed[same_address(feed.url)] = "this list"
            groups.setdefault(group, []).append(feed)
    table, taken = _outlets(), {s.key for s in config.sources}
    for feeds in groups.values():
        block = _block(feeds, config, table, taken)
        taken.add(block.source.key)
        found.blocks.append(block)
    return found


def described(feeds: Sequence[Listed], said: Said, config: Config) -> Block:
    """The source that a site becomes, by its feeds and what it says of itself; there is a feed or a sitemap.

    Raises ConfigError where the key that somebody typed is none, or taken.
    """
    taken = {s.key for s in config.sources}
    if said.key and (said.key in taken or not re.fullmatch("[a-z0-9-]{1,40}", said.key)):
        why = "is taken by another source" if said.key in taken else "must be 1 to 40 of a-z, 0-9 and -"
        raise ConfigError(f"--key: {shown(said.key)} {why}")
    return _block(feeds, config, _outlets(), taken, said)


def follower(config: Config, url: str) -> str:
    """The key of the source that follows this very feed or sitemap, or ""."""
    return _followed(config).get(same_address(url), "")


def sibling(config: Config, url: str) -> Source | None:
    """The source that is followed of the site at this address."""
    site = urls.site(url)
    return next((s for s in config.sources if site and site not in HOSTS and urls.site(_home(s)) == site), None)


def refusal(url: str, ports: Sequence[int]) -> str:
    """Why no run would ask for this address; "" where one would."""
    return _fault(url, ports)


def _followed(config: Config) -> dict[str, str]:
    return {same_address(url): s.key for s in config.sources for url in _addresses(s)}


@lru_cache(maxsize=1)
def _outlets() -> Outlets:
    return Outlets(known())


def _addresses(source: Source) -> list[str]:
    return [*(f.url for f in source.feeds), *source.sitemaps]


def _address(url: str) -> str:
    """``feed:`` addresses as what they stand for."""
    return re.sub(
        r"\Afeed:(//)?(?=https?:)", "", re.sub(r"\Afeed://(?!https?:)", "http://", url, flags=re.I), flags=re.I
    )


def _homepage(url: str) -> str:
    return "" if url_fault(url) else url


def _fault(url: str, ports: Sequence[int]) -> str:
    """Why no run would ask for this address; "" where one would."""
    if fault := url_fault(url):
        return fault
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    if port not in ports:
        return f"port {port} is not among http.ports"
    return "is not on the public internet" if is_private(parts.hostname or "") else ""


def _group(feed: Listed) -> str:
    """What feeds of one source share: the key that a Retold gave it, else the site."""
    if feed.own:
        return f"key {feed.own['key']}"
    home = feed.homepage or feed.url
    site = urls.site(home)
    return f"site {urls.key(home) if not site or site in HOSTS else site}"


# -- one source


def _block(feeds: Sequence[Listed], config: Config, table: Outlets, taken: set[str], said: Said | None = None) -> Block:
    own = feeds[0].own if feeds else {}
    if own and (source := _as_told(feeds, own, config, taken)):
        return Block(source)
    said = said or Said()
    home = said.homepage or next((f.homepage for f in feeds if f.homepage), "")
    at = home or (feeds[0].url if feeds else said.sitemaps[0])
    site = urls.site(at)
    outlet = None if site in HOSTS else table.at(at)
    other = sibling(config, at)
    notes: dict[str, str] = {"": f"{site} is followed by {other.key}, too: one source?"} if other else {}
    name = _name(feeds, outlet, site, notes, said)
    country = _country(outlet, other, site, notes)
    language = _language(feeds, site, country, notes, said)
    values = {
        "key": said.key or _key(name if site in HOSTS or not site else label(site), taken), "name": name,
        "owner": _owner(name, outlet, other, notes, said), "country": country,
        "language": language, "role": _role(outlet, notes), "homepage": home or None,
        "feeds": _feeds(feeds, language), "sitemaps": said.sitemaps, "text_from": said.text_from,
    }  # fmt: skip
    notes |= {"text_from": said.why} if said.why else {}
    if same := next((s for s in config.sources if s.name.casefold() == name.casefold()), None):
        notes["name"] = f"{SAME_NAME} {same.key}, too: give one of them another"
    return Block(Source.model_validate(values), notes)


def _as_told(feeds: Sequence[Listed], own: Mapping[str, str], config: Config, taken: set[str]) -> Source | None:
    """The source as a Retold wrote it; None where that cannot be one any more."""
    values: dict[str, Any] = {k: v for k, v in own.items() if k in (*OWN, "name", "homepage", "language") and v}
    followed = {same_address(url) for s in config.sources for url in _addresses(s)}
    maps = [url for url in own.get("sitemaps", "").split() if not _fault(url, config.http.ports)]
    pages = own.get("max_pages_per_run", "")
    more = {"max_pages_per_run": int(pages)} if pages.isascii() and pages.isdigit() and len(pages) < 9 else {}
    values.pop("max_pages_per_run", None)
    values |= {"key": _key(own["key"], taken), "feeds": _feeds(feeds, own.get("language", "")), **more,
               "sitemaps": [url for url in maps if same_address(url) not in followed]}  # fmt: skip
    try:
        source = Source.model_validate(values)
    except ValidationError:
        return None
    return None if spiderfolder.fault(source.spider, config.spiders) else source


def _home(source: Source) -> str:
    return source.homepage or _addresses(source)[0]


def _feeds(feeds: Sequence[Listed], language: str) -> list[dict[str, str]]:
    return [{"url": f.url, **({"language": f.language} if f.language not in ("", language) else {})} for f in feeds]


def _key(wanted: str, taken: set[str]) -> str:
    """A key that is not taken, made of these words."""
    letters = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode().lower()
    key = re.sub("[^a-z0-9-]+", "-", letters).strip("-")[:40].strip("-") or "source"
    n = 1
    made = key
    while made in taken:
        n += 1
        made = f"{key[: 39 - len(str(n))]}-{n}"
    return made


def _name(feeds: Sequence[Listed], outlet: Outlet | None, site: str, notes: dict[str, str], said: Said) -> str:
    """As the table of outlets has it; else as the site says, the title of the only feed, what all titles begin with,
    or the site."""
    titles = "; ".join(dict.fromkeys(f.title for f in feeds if f.title))
    if outlet:
        if titles.casefold() != outlet.name.casefold() and titles:
            notes["name"] = f"listed as: {plain.line(titles, 120)}"
        return outlet.name
    if said.name:
        return said.name
    if len({f.title for f in feeds if f.title}) == 1 and titles:
        return titles
    common = _common([f.title for f in feeds if f.title])
    notes["name"] = f"guessed; listed as: {plain.line(titles, 120)}" if titles else "guessed by the address"
    return common or site or urls.host(feeds[0].url if feeds else said.sitemaps[0]) or "unnamed"


def _common(titles: Sequence[str]) -> str:
    """The words with which all titles begin, without what parts them from the rest."""
    shared: list[str] = []
    for words in zip(*(t.split() for t in titles), strict=False):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    return " ".join(shared).rstrip(" -–—|:>»/·").strip()


def _owner(name: str, outlet: Outlet | None, other: Source | None, notes: dict[str, str], said: Said) -> str:
    if other:
        return other.owner
    if outlet and outlet.owner:
        return outlet.owner[:100].strip()
    if said.owner:
        notes["owner"] = "guessed by what its pages call the publisher"
        return said.owner
    notes["owner"] = "guessed: its name; whose is it?"
    return name


def _country(outlet: Outlet | None, other: Source | None, site: str, notes: dict[str, str]) -> str:
    if other:
        return other.country
    if outlet and re.fullmatch("[A-Z]{2}", outlet.country):
        return outlet.country
    ending = site.rpartition(".")[2]
    if ending in LANGUAGES or ending in BILINGUAL:
        notes["country"] = f"guessed by .{ending}"
        return "GB" if ending == "uk" else ending.upper()
    notes["country"] = "not known"
    return NOBODY


def _language(feeds: Sequence[Listed], site: str, country: str, notes: dict[str, str], said: Said) -> str:
    """What its articles are in, or most of the feeds say; else by the site's ending or the country, else English."""
    if said.language:
        return said.language
    stated = [f.language for f in feeds if f.language]
    if stated:
        return max(stated, key=stated.count)
    ending, by = site.rpartition(".")[2], country.lower().replace("gb", "uk")
    known_by = f".{ending}" if ending in LANGUAGES else country if by in LANGUAGES else ""
    notes["language"] = f"guessed by {known_by}" if known_by else "guessed"
    return LANGUAGES.get(ending) or LANGUAGES.get(by, "en")


def _role(outlet: Outlet | None, notes: dict[str, str]) -> str:
    if outlet is None or not outlet.kind:
        notes["role"] = "guessed"
    return ROLES.get(outlet.kind if outlet else "", "publisher")
