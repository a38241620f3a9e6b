"""The nouns of Retold: frozen, slotted, imported by every room, importing none.

All datetimes are timezone-aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class RetoldError(Exception):
    """Base of every error that Retold raises on purpose; its text is one line for people."""


class ConfigError(RetoldError):
    """config.yaml (or an option) cannot be used; names the key and the line."""


class FeedError(RetoldError):
    """Bytes that are no feed, or that no child process could parse within its limits.

    ``code`` is the :class:`Reason` that goes to the ``fetches`` table.
    """

    def __init__(self, code: Reason, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail


class ArticleError(FeedError):
    """A page that yields no article."""


class StoreError(RetoldError):
    """The database cannot be used (not ours, newer schema, locked, read-only, full)."""


class Reason(StrEnum):
    """Fixed outcome codes of a fetch (``fetches.code``); ``ok`` and ``not_modified`` are successes."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    SAME_BODY = "same_body"  # 200 with the bytes we already parsed
    # where we may connect
    BLOCKED_PRIVATE = "blocked_private"
    BAD_SCHEME = "bad_scheme"
    BAD_PORT = "bad_port"
    BAD_URL = "bad_url"
    # transport
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    SHORT_BODY = "short_body"
    BAD_HTTP = "bad_http"
    BAD_ENCODING = "bad_encoding"
    TOO_LARGE = "too_large"
    REDIRECT_LOOP = "redirect_loop"
    DOWNGRADE = "downgrade"  # https -> http
    # HTTP status
    BAD_304 = "bad_304"
    NOT_FOUND = "not_found"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    CHALLENGE = "challenge"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    BAD_STATUS = "bad_status"
    ROBOTS = "robots"
    ROBOTS_TAG = "robots_tag"  # a robots tag of the page: noai, or what is said to us by name
    TDM_RESERVED = "tdm_reserved"  # TDMRep: the publisher reserves text and data mining
    TOO_OLD = "too_old"  # not asked: from before what `run --since` takes
    OPTED_OUT = "opted_out"  # not asked: config.yaml's rights.opt_out has the host
    BACKED_OFF = "backed_off"  # not asked: Retry-After still holds, or it wasted its share of the run
    # content
    EMPTY_BODY = "empty_body"
    NOT_A_FEED = "not_a_feed"
    NOT_A_PAGE = "not_a_page"
    PARSE_TIMEOUT = "parse_timeout"
    PARSE_MEMORY = "parse_memory"
    PARSE_CRASH = "parse_crash"
    NO_TEXT = "no_text"
    CANCELLED = "cancelled"  # the run's deadline came first; asked again by the next run
    INTERNAL = "internal"  # our own bug; logged with its traceback

    @property
    def ok(self) -> bool:
        """True where the source answered as it should, new or not."""
        return self in (Reason.OK, Reason.NOT_MODIFIED, Reason.SAME_BODY)


class TextFrom(StrEnum):
    """Where an article's text came from."""

    PAGE = "page"
    FEED = "feed"  # the feed carries the full text (NOS)
    TEASER = "teaser"  # only title and summary: page not to be had (paywall, robots, failure)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a feed's server gave us to ask "changed since?" with; opaque, echoed byte for byte."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None  # hex blake2b-128 of the last body that was parsed and stored


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as a feed or news sitemap states it, made safe: plain-text title, http(s) links."""

    feed_url: str
    guid: str  # unique within its feed
    url: str | None  # absolute http(s), as stated (tracking parameters and all), or None
    title: str  # plain text, at most 1,000 characters
    summary: str = ""  # HTML as the feed gives it; may hold anything, never shown unescaped
    content: str = ""  # the fuller body (content:encoded, Atom content, content_html), HTML or ""
    author: str = ""
    published: datetime | None = None  # the source's claim, within [1995, now + 2 days], else None
    updated: datetime | None = None
    date_raw: str = ""  # the claim as it stood
    language: str | None = None  # ISO 639-1, as the feed claims
    via_name: str = ""  # RSS <source> text / Atom <source><title>: whom it was taken from
    via_url: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What one feed document holds."""

    entries: tuple[Entry, ...]
    title: str = ""
    language: str | None = None
    kind: str = ""  # "rss20", "atom10", "json11", "news-sitemap", "sitemap-index" …
    bozo: bool = False  # ill-formed, read all the same
    dropped: int = 0  # entries beyond the cap or unusable (neither link nor title)
    ttl_s: int | None = None  # <ttl>, sy:updatePeriod: seconds the publisher asks us to wait
    links: tuple[str, ...] = ()  # child sitemaps of a sitemap index


class Link(NamedTuple):
    """A link in an article's text to another site."""

    url: str  # canonical, http(s)
    text: str  # what is clicked on, one line


@dataclass(frozen=True, slots=True)
class Article:
    """One published piece at one canonical URL, with cleaned text: the unit of comparison."""

    source: str  # key of its source in config.yaml
    url: str  # canonical, openable
    key: str  # identity: what stays the same when the URL's spelling changes (see urls.key)
    title: str
    text: str  # paragraphs separated by "\n"; without boilerplate that is known to be such
    lang: str  # ISO 639-1; "und" where it cannot be told
    published: datetime | None = None
    updated: datetime | None = None
    first_seen: datetime | None = None  # ours; set by the store
    author: str = ""
    agencies: tuple[str, ...] = ()  # wire agencies credited, canonical names, sorted
    credit: str = ""  # the credit line as printed ("sak/Reuters")
    dateline: str = ""  # "DEN HAAG (ANP)"
    paywalled: bool | None = None  # isAccessibleForFree is false; None where nothing is said
    text_from: TextFrom = TextFrom.PAGE
    canonical_claim: str | None = None  # rel=canonical to another host: whose piece this page says it is
    links: tuple[Link, ...] = ()  # in the text, to other sites, in reading order
    content_hash: str = ""  # hex blake2b-128 of title and text as cleaned
    id: int = 0  # row id in the store; 0 before
    version: int = 1


@dataclass(frozen=True, slots=True)
class FetchResult:
    """The outcome of asking for one URL: a value, never an exception."""

    source: str
    url: str
    kind: str  # "feed" | "sitemap" | "page"
    code: Reason
    status: int | None = None  # HTTP status of the last hop
    detail: str = ""  # one line, no control characters
    bytes: int = 0  # body after decompression
    seconds: float = 0.0
    final_url: str = ""  # after redirects
    moved_to: str | None = None  # target of a permanent redirect
    validators: Validators = field(default_factory=Validators)  # to be stored with the entries
    retry_after_s: int | None = None  # wait that the server asked for, capped at 24 h
    max_age_s: int | None = None  # Cache-Control / Expires / ttl, capped at 24 h


@dataclass(frozen=True, slots=True)
class Signature:
    """An article's MinHash values together with the recipe that made them."""

    article_id: int
    recipe: str
    values: bytes  # num_perm little-endian uint32
    shingles: int  # how many distinct shingles were hashed


class Pair(NamedTuple):
    """Two article ids that share a bucket; ``left < right``."""

    left: int
    right: int


class Verdict(StrEnum):
    """What two articles are to each other."""

    COPY = "copy"
    SAME_STORY = "same_story"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Match:
    """A judged pair: the edge of the graph, with its scores and the reasons in words."""

    pair: Pair
    verdict: Verdict
    probability: float  # P(same event), in [0, 1]
    scores: dict[str, float]  # signal name -> value in [0, 1]
    reasons: tuple[str, ...]
    recipe: str


class Kind(StrEnum):
    """What a person's correction does."""

    MERGE = "merge"  # these are one story
    SPLIT = "split"  # these are one story, and not that of those
    PIN = "pin"  # these stay together
    NOT_ORIGIN = "not_origin"  # an outlet is not where their story comes from
    NOT_CITED = "not_cited"  # they do not cite an outlet


MARKS = frozenset({Kind.NOT_ORIGIN, Kind.NOT_CITED})  # they say what is wrong, not what is right


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said about articles, which go by their keys, so that it outlives a rebuild."""

    kind: Kind
    together: frozenset[str]  # these belong to one story
    apart: frozenset[str]  # of a split: none of these belongs to that story
    at: datetime
    by: str
    note: str = ""
    id: int = 0  # row id in the store; 0 before
    on: frozenset[str] = frozenset()  # of a mark: the articles that it is about
    outlet: str = ""  # of a mark: whom it is about


class Cited(StrEnum):
    """What a cited outlet is to what is told."""

    PRIMARY = "primary"  # it makes the claim itself: "Der Spiegel reports"
    SECOND_HAND = "second_hand"  # it passes on another's: "Reuters, citing Der Spiegel"
    WIRE_CREDIT = "wire_credit"  # it delivered the text: "sak/Reuters"
    LINK = "link"  # the feed's <source>, rel=canonical, a link in the text


class Place(StrEnum):
    """Where in an article a citation stands."""

    TITLE = "title"
    TEXT = "text"
    CREDIT = "credit"  # credit line, byline or author field
    DATELINE = "dateline"
    FEED = "feed"  # RSS <source>, Atom <source>
    CANONICAL = "canonical"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Citation:
    """Whom an article says it has something from, and where it says so."""

    kind: Cited
    outlet: str  # canonical name where it is known, else as printed
    place: Place
    start: int  # of the naming, in characters of the title or text; 0 elsewhere
    end: int
    quote: str  # the words by which it is cited, one line
    confidence: float  # in (0, 1]
    media: bool = True  # False: a source that is no medium ("an analysis by the Ukrainian forces")
    earlier: bool = False  # an earlier report that the story recalls, not where it comes from
    via: str = ""  # the outlet through which this one is cited; "" where directly
    url: str = ""  # of a link
