"""What of the sources a run is to ask: by key, by address, by patterns of either. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase

from pipeline.config import Config, Source
from pipeline.model import ConfigError
from pipeline.values import same_address, without_password
from pipeline.yamlfile import near, shown

PATTERN = frozenset("*?[")


def addresses(source: Source) -> list[str]:
    """The feeds and sitemaps of a source."""
    return [*(f.url for f in source.feeds), *source.sitemaps]


def selected(config: Config, only: Collection[str]) -> tuple[Source, ...]:
    """The sources that ``only`` names (none: all), each with those of its feeds and sitemaps that it names.

    A name is a source's key, the address of a feed or sitemap, or a pattern of either with ``*``, ``?`` and ``[…]``.
    Raises ConfigError where one names nothing.
    """
    if not only:
        return config.sources
    for name in only:
        if not any(_names(name, s) for s in config.sources):
            raise ConfigError(f"{shown(without_password(name))} names no source and no feed of the configuration"
                              f"{near(name, [s.key for s in config.sources])}")  # fmt: skip
    return tuple(_part(s, only) for s in config.sources if any(_names(name, s) for name in only))


def left_aside(sources: Sequence[Source], chosen: Iterable[Source]) -> frozenset[str]:
    """Addresses of ``sources`` that are none of the chosen ones'."""
    return frozenset(u for s in sources for u in addresses(s)) - {u for s in chosen for u in addresses(s)}


def _names(name: str, source: Source) -> bool:
    return _is(name, source.key) or any(_meets(name, url) for url in addresses(source))


def _is(name: str, text: str) -> bool:
    return fnmatchcase(text, name) if PATTERN & set(name) else name == text


def _meets(name: str, url: str) -> bool:
    """Whether a name is an address, or a pattern that it fits; an address with a ? may be given as it is."""
    return "/" in name and (same_address(name) == same_address(url) or _is(name, url))


def _part(source: Source, only: Collection[str]) -> Source:
    """A source that is named itself whole, else with what is named of it."""
    if any(_is(name, source.key) for name in only):
        return source
    kept = {url for url in addresses(source) if any(_meets(name, url) for name in only)}
    return source.model_copy(update={
        "feeds": tuple(f for f in source.feeds if f.url in kept),
        "sitemaps": tuple(u for u in source.sitemaps if u in kept),
    })  # fmt: skip
