"""Where a site publishes what is new: its feeds and news sitemaps, its rules, and three of its articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from pipeline import sitefindings, urls
from pipeline.config import Source
from pipeline.model import ParsedFeed, Reason
from pipeline.sitefindings import Feed, Findings, Rules
from pipeline.sitelook import FeedLink, SitePage, is_feedish
from pipeline.values import same_address, url_fault
from spiders.guard import Refused
from spiders.reservations import Reservations
from spiders.robots import Robots
from spiders.scout import MOST, Scout

FEEDS = 8  # that a page names and that are asked for
SAMPLES = 3
GUESSES = ("/feed/", "/rss.xml", "/rss", "/feed.xml", "/atom.xml", "/index.xml")  # where no page names a feed
MAP_GUESSES = ("/news-sitemap.xml", "/sitemap-news.xml")  # where robots.txt names none
MAPS = 3
CHILDREN = 2  # of a sitemap index
UNREAD = sitefindings.KEPT_OFF | {Reason.NOT_A_PAGE}  # a page; its host may have feeds all the same
RESERVED = SAMPLES + 2  # requests that are kept for the articles, and robots.txt of another host


def room(scout: Scout, of: int = MOST - RESERVED) -> bool:
    """Whether more may be asked on the way to the articles."""
    return not scout.stop and scout.requests < of


async def explore(scout: Scout, url: str) -> Findings:
    """All that can be found out about the site behind ``url``, its articles not yet read."""
    found = Findings(url)
    kind = "feed" if is_feedish(url) else "page"
    found.start, seen = await scout.look(url, kind)
    if kind == "feed" and isinstance(seen, SitePage):  # a page after all, which robots.txt has a say in
        found.start, seen = await scout.look(url, "page")
    elif kind == "page" and seen is None and found.start.code is Reason.NOT_A_PAGE:
        found.start, seen = await scout.look(url, "feed")  # its type is no page's: a feed by another name
    at = found.start.final_url or url
    if isinstance(seen, ParsedFeed):
        await _from_feed(scout, found, seen)
    else:
        found.home = urljoin(at, "/")
        await _from_page(scout, found, seen if isinstance(seen, SitePage) else None, at)
    found.requests, found.cut = scout.requests, scout.stop.why
    return found


async def _from_feed(scout: Scout, found: Findings, parsed: ParsedFeed) -> None:
    assert found.start is not None
    if parsed.links or parsed.kind in ("sitemap", "news-sitemap"):
        result, url = found.start, found.url
        found.sitemaps += await _maps(scout, url, await scout.taken(url, result, parsed))
    else:
        found.feeds.append(await scout.taken(found.url, found.start, parsed))
    entries = [e.url for f in (*found.feeds, *found.sitemaps) for e in f.entries if e.url]
    own = [url for url in entries if urls.same_site(url, found.url)] or entries
    found.home = urljoin(own[0] if own else found.url, "/")
    await rules(scout, found, found.home)
    _, seen = await scout.look(found.home, "page")
    if isinstance(seen, SitePage):
        _said(found, seen)


async def _from_page(scout: Scout, found: Findings, page: SitePage | None, at: str) -> None:
    if page is None and found.start and found.start.code not in UNREAD:
        return
    links = list(page.feeds) if page else []
    if page:
        _said(found, page)
    if not links and urlsplit(at).path.strip("/") and page:
        _, home = await scout.look(found.home, "page")
        if isinstance(home, SitePage):
            _said(found, home)
            links = list(home.feeds)
    own = await rules(scout, found, found.home)
    for link in _each(links)[:FEEDS]:
        if room(scout):
            found.feeds.append(await scout.feed(link.url, "feed", link.title))
    if not any(f.entries for f in found.feeds):
        await _guess(scout, found, "feed", GUESSES)
    for url in sorted(own.sitemaps, key=lambda u: "news" not in u.lower())[:MAPS]:
        if room(scout):
            found.sitemaps += await _maps(scout, url, await scout.feed(url, "sitemap"))
    if not own.sitemaps:
        await _guess(scout, found, "sitemap", MAP_GUESSES)


def _each(links: Iterable[FeedLink]) -> list[FeedLink]:
    """Each address once, those that no run would ask left out."""
    found: dict[str, FeedLink] = {}
    for link in links:
        if not url_fault(link.url):
            found.setdefault(same_address(link.url), link)
    return list(found.values())


async def _guess(scout: Scout, found: Findings, kind: str, paths: Iterable[str]) -> None:
    """Try the usual addresses until one answers as what it is taken for; those that do not are not told of."""
    for path in paths:
        if not room(scout):
            return
        one = await scout.feed(urljoin(found.home, path), kind)
        if one.entries and (kind == "feed" or (one.parsed and one.parsed.kind == "news-sitemap")):
            (found.feeds if kind == "feed" else found.sitemaps).append(one)
            return


async def _maps(scout: Scout, url: str, one: Feed) -> list[Feed]:
    """A sitemap where it lists news, or those children of an index that do, newest names first."""
    if one.parsed is None:
        return [one]
    if not one.parsed.links:
        return [one] if one.parsed.kind == "news-sitemap" else []
    children: list[Feed] = []
    for link in list(_likely(one.parsed.links))[:CHILDREN]:
        if room(scout):
            child = await scout.feed(link, "sitemap")
            children += [child] if child.parsed and child.parsed.kind == "news-sitemap" else []
    return children


def _likely(links: Iterable[str]) -> Iterator[str]:
    named = list(links)
    news = [link for link in named if "news" in urlsplit(link).path.lower()]
    yield from (news or reversed(named))


def _said(found: Findings, page: SitePage) -> None:
    found.names = tuple(dict.fromkeys((*found.names, *page.names)))
    found.owner = found.owner or page.owner
    found.language = found.language or page.language


async def rules(scout: Scout, found: Findings, url: str) -> Rules:
    """What the host of an address says of being read; told once a host."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if known := next((r for r in found.rules if r.host == host), None):
        return known
    robots = scout.crawler.get_downloader_middleware(Robots)
    said = await robots.rules_of(f"{parts.scheme}://{parts.netloc}")
    reserved = await scout.crawler.get_downloader_middleware(Reservations).reserved(url)
    if isinstance(said, Refused):
        made = Rules(host, robots=f"{said.code}: {said.detail}", reserved=reserved)
    else:
        kept_off = "" if said.can_fetch(url, robots.agent) else "disallowed by robots.txt"
        maps = tuple(u for u in dict.fromkeys(said.sitemaps) if not url_fault(u))
        made = Rules(host, kept_off, said.crawl_delay(robots.agent), reserved, maps)
    found.rules.append(made)
    return made


async def samples(scout: Scout, found: Findings, source: Source, feeds: Iterable[Feed]) -> None:
    """Read the newest articles of these feeds, their hosts' rules first."""
    for entry in sitefindings.newest(feeds, SAMPLES):
        await rules(scout, found, entry.url or "")
        found.samples.append(await scout.sample(source, entry))
    for page in scout.said:
        _said(found, page)
    found.requests, found.cut = scout.requests, scout.stop.why
