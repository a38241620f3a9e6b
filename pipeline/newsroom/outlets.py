"""What an outlet of the news day is, as seen from outside, and its clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """One feed address and which of its outlet's articles it lists."""

    path: str
    form: str  # "rss" | "nos" | "atom" | "json" | "sitemap"
    host: str = ""  # "" is the outlet's own
    lang: str = ""  # only articles in this language
    section: str = ""  # only articles of this section
    tops: bool = False  # about half of them, as a front page does


@dataclass(frozen=True, slots=True)
class Outlet:
    """How one outlet looks from outside; times of day are local ones (``utc_offset`` hours in winter)."""

    key: str
    name: str
    lang: str
    host: str
    path: str  # pattern of article addresses; see addresses.path
    template: str
    feeds: tuple[FeedSpec, ...]
    section: str  # where a piece goes that names none
    utc_offset: int = 0
    summer_time: bool = True  # changes the clock as Europe does
    stamp: str = "rfc"  # how feeds write dates; see stamp
    feed_body: str = "teaser"  # "teaser" | "excerpt" | "full"
    validators: str = "both"  # "etag" | "weak" | "modified" | "both" | "none"
    json_ld: str = "single"  # "single" | "list" | "graph"
    ld_body: bool = False  # articleBody in the JSON-LD
    charset: str = "utf-8"
    link_tail: str = ""  # what feeds append to a link
    short_host: str = ""  # feeds link to this host, which redirects
    links: bool = False  # the names of cited outlets are links to their articles
    always_304: bool = False  # answers 304 to any conditional request
    top: str = ""  # own line in front of the text
    bottom: str = ""  # own line after it
    lines: bool = False  # those lines stand in every article, not only in copies marked so
    robots: tuple[str, ...] = ()  # rules besides the usual ones
    aliases: tuple[str, ...] = ()  # further hosts with the same pages

    @property
    def home(self) -> str:
        """``http://host``, without a slash at its end."""
        return f"http://{self.host}"


def eu_summer_time(when: datetime) -> bool:
    """Whether European clocks are one hour ahead at ``when`` (UTC): directive 2000/84/EC.

    Written out because a system without the tz database shall serve the same bytes.
    """

    def last_sunday(month: int) -> datetime:
        day = datetime(when.year, month, 31, 1, tzinfo=UTC)
        return day - timedelta(days=(day.weekday() + 1) % 7)

    return last_sunday(3) <= when < last_sunday(10)


def local_time(outlet: Outlet, when: datetime) -> datetime:
    """``when`` on the outlet's wall clock."""
    ahead = int(outlet.summer_time and eu_summer_time(when))
    return when.astimezone(timezone(timedelta(hours=outlet.utc_offset + ahead)))


_ENGLISH = ("Mon Tue Wed Thu Fri Sat Sun", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_GERMAN = ("Mo Di Mi Do Fr Sa So", "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez")
_DUTCH = ("ma di wo do vr za zo", "jan feb mrt apr mei jun jul aug sep okt nov dec")


def _dated(names: tuple[str, str], t: datetime, zone: str, day: str = "02") -> str:
    days, months = names[0].split(), names[1].split()
    return f"{days[t.weekday()]}, {t.day:{day}} {months[t.month - 1]} {t.year} {t:%H:%M:%S} {zone}"


_STAMPS: Mapping[str, Callable[[datetime], str]] = {
    "dutch": lambda t: _dated(_DUTCH, t, f"{t:%z}"),
    "german": lambda t: _dated(_GERMAN, t, f"{t:%z}"),
    "gmt": lambda t: _dated(_ENGLISH, t.astimezone(UTC), "GMT"),
    "one_digit": lambda t: _dated(_ENGLISH, t, f"{t:%z}", day=""),
    "rfc": lambda t: _dated(_ENGLISH, t, f"{t:%z}"),
    "utc": lambda t: _dated(_ENGLISH, t.astimezone(UTC), "+0000"),
    "zone_name": lambda t: _dated(_ENGLISH, t, "CEST" if f"{t:%z}" == "+0200" else "CET"),
}


def stamp(outlet: Outlet, when: datetime) -> str:
    """``when`` as the outlet's RSS feeds write dates."""
    return _STAMPS[outlet.stamp](local_time(outlet, when))
