"""The ``sources`` of config.yaml: whom we follow. They validate and do nothing else."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic import model_validator as check

from pipeline.values import Country, Key, Language, Line, Settings, Span, Spider, Takes, Url, Whole
from pipeline.yamlfile import refuse


class Feed(Settings):
    """One RSS, Atom or JSON feed; ``language`` overrides its source's."""

    url: Url = Field(description="The feed's address.")
    language: Language | None = Field(default=None, description="Where a feed is not in the source's language.")

    @check(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value


class Source(Settings):
    """A publisher we follow."""

    key: Key
    name: Line = Field(description="As people know it.")
    owner: Line = Field(
        description="Who publishes it. Two sources with the same owner are not two independent witnesses, so spell it"
        " the same "
        "way."
    )
    country: Country = Field(description="Where it is made. Britain is `GB`.")
    language: Language = Field(description="Of its articles, unless feed or text say otherwise.")
    role: Literal["origin", "wire", "broadcaster", "publisher", "syndicator", "aggregator"] = Field(
        description="See below."
    )
    homepage: Url | None = Field(default=None, description="For people. Never fetched.")
    feeds: Annotated[tuple[Feed, ...], Takes("list of URLs or of `url:` and `language:`")] = Field(
        default=(), description="RSS, Atom or JSON Feed."
    )
    sitemaps: tuple[Url, ...] = Field(default=(), description="News sitemaps, or indexes of them.")
    spider: Spider = Field(
        default="generic", description="Who reads its pages. `generic` does unless the site needs a reader of its own."
    )
    text_from: Literal["feed", "page"] = Field(
        default="page",
        description="`feed`: take what the feed has and never ask for pages. For feeds with the full text, and for "
        "publishers "
        "who do not allow more.",
    )
    tdm: Literal["respect", "licensed"] = Field(
        default="respect",
        description="`licensed`: what the publisher reserves for all (TDMRep, robots tags) does not hold for this "
        "source's own "
        "pages, because you may mine them, by licence or by law: [rights.md](rights.md). robots.txt holds all the "
        "same.",
    )
    interval_s: Span = Field(
        default=1800,
        validation_alias="interval",
        description="How often its feeds are asked, at most. What they bring ([polling](#polling-how-often-feeds-"
        "are-asked)) and what the server says (Retry-After, Cache-Control) can make it longer.",
    )
    slowest_s: Span | None = Field(
        default=None,
        validation_alias="slowest",
        description="`polling.slowest` for this source. The same as `interval`: always at the interval.",
    )
    enabled: bool = Field(default=True, description="`false`: not fetched; what was collected stays.")
    max_pages_per_run: Whole = Field(
        default=200,
        ge=0,
        le=10_000,
        description="Pages of this source that one run asks for; the rest waits for the next run.",
    )

    @check(mode="after")
    def _something_to_ask(self) -> Source:
        if not self.feeds and not self.sitemaps:
            refuse(((), "needs at least one feed or sitemap"))
        if self.slowest_s is not None and self.slowest_s < self.interval_s:
            refuse((("slowest",), f"must not be below interval ({self.slowest_s} s < {self.interval_s} s)"))
        return self
