"""config.yaml → frozen settings; every fault is a ConfigError that names key and line.

Read once at start and handed down: the models below validate and do nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field
from pydantic import model_validator as check

from pipeline import spiderfolder
from pipeline.alertrules import AlertRule, MailSettings, unfound, unheard, unset
from pipeline.model import ConfigError
from pipeline.rights import left_out
from pipeline.settings import (
    EXAMPLE_AGENT,
    WIDER,
    AcrossSettings,
    BoilerplateSettings,
    CopySettings,
    HttpSettings,
    KeepSettings,
    OwnerSettings,
    PollingSettings,
    RightsSettings,
    SignatureSettings,
    StorySettings,
    WebSettings,
)
from pipeline.sourcesettings import Feed, Source
from pipeline.values import SPIDERS, Folder, Key, Settings, is_private, same_address
from pipeline.yamlfile import Where, build, near, parse, read, refuse, shown

__all__ = [
    "EXAMPLE_AGENT", "WIDER", "AcrossSettings", "Config", "Feed", "HttpSettings", "Source", "default_path", "load",
    "loads", "warnings",
]  # fmt: skip

# --- settings -------------------------------------------------------------------------------------------


class Config(Settings):
    """Everything config.yaml says."""

    http: HttpSettings = HttpSettings()
    polling: PollingSettings = PollingSettings()
    signatures: SignatureSettings = SignatureSettings()
    copies: CopySettings = CopySettings()
    stories: StorySettings = StorySettings()
    boilerplate: BoilerplateSettings = BoilerplateSettings()
    across: AcrossSettings = AcrossSettings()
    owners: OwnerSettings = OwnerSettings()
    rights: RightsSettings = RightsSettings()
    keep: KeepSettings = KeepSettings()
    web: WebSettings = WebSettings()
    spiders: Folder | None = Field(
        default=None,
        description="A file `<name>.py` in it is the spider `<name>`, which a source names by `spider`. A path "
        "that is not absolute counts from the folder of config.yaml.",
    )
    alerts: dict[Key, AlertRule] = Field(default={})  # name → rule
    sources: tuple[Source, ...] = ()

    def source(self, key: str) -> Source:
        """Return the source of that key; raises ConfigError (with the nearest key) where there is none."""
        keys = {source.key: source for source in self.sources}
        if key not in keys:
            raise ConfigError(f"no source {shown(key)} in the configuration{near(key, keys)}")
        return keys[key]

    def slowest_s(self, source: Source) -> int | None:
        """Seconds after which its feeds are asked at the latest; None: always at its interval."""
        if not self.polling.adaptive:
            return None
        return self.polling.slowest_s if source.slowest_s is None else source.slowest_s

    @check(mode="before")
    @classmethod
    def _from_blocks(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        said = {key: part for key, part in value.items() if part is not None}  # all its keys commented out
        return said | {"sources": _listed(said["sources"])} if isinstance(said.get("sources"), dict) else said

    @check(mode="after")
    def _consistent(self) -> Config:
        found = [
            *_twice(self.sources),
            *_closed_ports(self),
            *_early(self),
            *_no_spiders(self),
            *unheard(self.alerts, [s.key for s in self.sources]),
        ]
        if found:
            refuse(*found)
        return self


def _early(config: Config) -> Iterator[tuple[Where, str]]:
    least = 2 * config.stories.window_hours * 3600
    if config.keep.texts is not None and config.keep.texts < least:
        yield ("keep", "texts"), f"must be two windows of stories at least ({least // 86_400}d)"


def _listed(blocks: dict[str, Any]) -> list[Any]:
    """Give every block of the ``sources`` mapping its key as a field."""
    return [{**block, "key": key} if isinstance(block, dict) else block for key, block in blocks.items()]


def _addresses(sources: Iterable[Source]) -> Iterator[tuple[Where, str, str]]:
    """Yield (place, source key, URL) of every feed and sitemap."""
    for i, source in enumerate(sources):
        yield from ((("sources", i, "feeds", j), source.key, feed.url) for j, feed in enumerate(source.feeds))
        yield from ((("sources", i, "sitemaps", j), source.key, url) for j, url in enumerate(source.sitemaps))


def _twice(sources: Iterable[Source]) -> Iterator[tuple[Where, str]]:
    seen: dict[str, str] = {}
    for where, key, url in _addresses(sources):
        address = same_address(url)
        if address in seen:
            yield where, f"{url} is followed twice: by {seen[address]} and by {key}"
        seen.setdefault(address, key)


def _closed_ports(config: Config) -> Iterator[tuple[Where, str]]:
    for where, _, url in _addresses(config.sources):
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        if port not in config.http.ports:
            yield where, f"port {port} is not among http.ports {config.http.ports}"


def _no_spiders(config: Config) -> Iterator[tuple[Where, str]]:
    if config.spiders and not _is_folder(config.spiders):
        yield ("spiders",), f"no such folder (got {shown(config.spiders)})"
    there = set(spiderfolder.own(config.spiders)) | set(SPIDERS)
    for i, source in enumerate(config.sources):
        if source.spider not in there:
            yield ("sources", i, "spider"), spiderfolder.fault(source.spider, config.spiders)


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


# --- reading --------------------------------------------------------------------------------------------


def load(path: Path) -> Config:
    """Return the configuration in a file; raises ConfigError with one line per problem."""
    return loads(read(path), str(path))


def loads(text: str, name: str) -> Config:
    """Return the configuration in ``text``; ``name`` stands for the file in messages.

    Raises ConfigError, each line of which is ``name:line: key.path: what is wrong (what was found)``.
    """
    document = parse(text, name)
    blocks = document.value.get("sources")
    if not blocks:
        document.problems.append((("sources",), "at least one source is needed"))
    if isinstance(folder := document.value.get("spiders"), str) and folder:
        document.value["spiders"] = str(Path(name).absolute().parent / folder)
    keys = list(blocks) if isinstance(blocks, dict) else []
    inner = [("sources", key, "key") for key in keys]
    document.problems += [(at, "is the name of the block; leave it out") for at in inner if at in document.lines]

    def place(where: Where) -> Where:
        if len(where) > 1 and where[0] == "sources" and isinstance(where[1], int) and where[1] < len(keys):
            return ("sources", keys[where[1]], *where[2:])
        return where

    return build(Config, document, _valid_keys, place)


def default_path() -> Path:
    """Return ./config.yaml where there is one, else the one that ships with Retold."""
    here = Path(__file__).parent
    candidates = (Path("config.yaml"), here / "data" / "config.yaml", here.parent / "config.yaml")
    return next((path for path in candidates if path.is_file()), candidates[0])


_NAMED: dict[str, type[BaseModel]] = {"sources": Source, "alerts": AlertRule}  # mappings of names to blocks
_SECTIONS = {name: type(i.default) for name, i in Config.model_fields.items() if isinstance(i.default, BaseModel)}
_BLOCKS: dict[str, type[BaseModel]] = {**_SECTIONS, **_NAMED, "feeds": Feed, "mail": MailSettings}


def _valid_keys(where: Where) -> list[str]:
    """Return the keys that config.yaml may have beside the unknown one at ``where``."""
    steps = [step for n, step in enumerate(where[:-1]) if n != 1 or where[0] not in _NAMED]
    inside = [_BLOCKS[step] for step in steps if isinstance(step, str) and step in _BLOCKS]
    fields = (inside[-1] if inside else Config).model_fields
    return [str(info.validation_alias or name) for name, info in fields.items() if name != "key"]


# --- advice ---------------------------------------------------------------------------------------------


def warnings(config: Config) -> list[str]:
    """Return what is allowed and yet hardly meant, one line each."""
    advice = (_contact, _unreachable, _opted_out, _headlines, _deadline, _thresholds, _namesakes)
    rules = (*unset(config.alerts), *unfound(config.alerts))
    return [*(line for advise in advice for line in advise(config)), *rules]


def _contact(config: Config) -> Iterator[str]:
    if re.search(r"[./@]example\b|\bexample\.(com|net|org)\b", config.http.user_agent):
        yield "http.user_agent: still the example; put a page or address where publishers can reach you"


def _unreachable(config: Config) -> Iterator[str]:
    for _, key, url in _addresses(config.sources):
        if is_private(urlsplit(url).hostname or ""):
            yield f"sources.{key}: {url} is not on the public internet and will be refused"


def _opted_out(config: Config) -> Iterator[str]:
    for _, key, url in _addresses(config.sources):
        if left_out(urlsplit(url).hostname or "", config.rights.opt_out):
            yield f"sources.{key}: {url} is never asked, by rights.opt_out"


def _namesakes(config: Config) -> Iterator[str]:
    first: dict[str, str] = {}
    for source in config.sources:
        name = source.name.casefold()
        if name in first:
            yield f"sources.{source.key}.name: {first[name]} has the same; people cannot tell the two apart"
        first.setdefault(name, source.key)


def _headlines(config: Config) -> Iterator[str]:
    for source in config.sources:
        if source.role == "aggregator" and source.text_from == "page":
            yield f"sources.{source.key}.text_from: an aggregator's pages are others' headlines; use feed"


def _deadline(config: Config) -> Iterator[str]:
    http = config.http
    if max(http.feed_timeout_s, http.page_timeout_s) >= http.max_seconds:
        yield f"http.max_seconds: one slow answer may last the whole run ({http.max_seconds} s)"
    for source in config.sources:
        needed = source.max_pages_per_run * http.delay_s / http.per_host
        if source.text_from == "page" and needed > http.max_seconds:
            limit = f"a run ends after {http.max_seconds} s"
            yield f"sources.{source.key}.max_pages_per_run: takes {needed:.0f} s, {limit}"


def _thresholds(config: Config) -> Iterator[str]:
    """b bands of r rows let a pair of Jaccard s meet with chance 1-(1-s^r)^b (Leskovec et al., MMDS §3.4). Where there
    are fingerprints these find what bands do not; where there are none, as many bands again do."""
    signatures, copies = config.signatures, config.copies
    rows, bands = signatures.permutations // signatures.bands, signatures.bands * WIDER
    found = 1 - (1 - copies.jaccard**rows) ** bands
    if found < 0.8:
        pairs = f"pairs at copies.jaccard {copies.jaccard:g}"
        yield f"signatures.bands: only {found:.0%} of {pairs} ever meet in `rebuild --only-copies`; use more bands"
    if copies.containment <= copies.jaccard:  # containment is never the smaller of the two
        yield "copies.jaccard: has no effect, as copies.containment is not above it"
