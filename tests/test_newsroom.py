"""The newsroom serves the news day as real sites would, the same bytes every time, with full truth."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import threading
import urllib.robotparser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
from lxml import etree, html

from pipeline import config, feeds, urls
from pipeline.model import ConfigError
from pipeline.newsroom import Newsroom, TruthRow, truth
from pipeline.newsroom.addresses import feed_url
from pipeline.newsroom.cast import CAST
from pipeline.newsroom.events import bundled, load
from pipeline.newsroom.outlets import FeedSpec, eu_summer_time, stamp

DAY0 = date(2026, 11, 19)
EVENTS = Path(__file__).parent / "fixtures" / "newsday"
FEEDS = [(key, spec) for key, outlet in CAST.items() for spec in outlet.feeds]
SITEMAP = {
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(room: Newsroom, url: str, method: str = "GET", **headers: str) -> Answer:
    """One request by the routes table, as the crawler sends it; no redirect is followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(*room.routes[parts.netloc], timeout=10)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, headers={"Host": parts.netloc, **fields})
    response = connection.getresponse()
    answer = Answer(response.status, response.headers, response.read())
    connection.close()
    return answer


def follow(room: Newsroom, url: str) -> tuple[str, Answer]:
    for _ in range(5):
        answer = ask(room, url)
        if answer.status not in (301, 302):
            return url, answer
        url = urljoin(url, answer.headers["Location"])
    raise AssertionError(f"redirect loop at {url}")


def links(spec: FeedSpec, answer: Answer) -> set[str]:
    """The article addresses that a feed gives."""
    if spec.form == "json":
        return {item["url"] for item in json.loads(answer.body)["items"]}
    if spec.form == "sitemap":
        return set(etree.fromstring(answer.body).xpath("//s:loc/text()", namespaces=SITEMAP))
    return {entry.link for entry in feedparser.parse(answer.body).entries}


def at(day: int, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(DAY0.year, DAY0.month, DAY0.day, hour, minute, tzinfo=UTC) + timedelta(days=day)


def row(room: Newsroom, article: str) -> TruthRow:
    return next(r for r in room.truth() if r.article == article)


def page_text(room: Newsroom, article: str) -> str:
    answer = ask(room, row(room, article).url)
    return html.fromstring(answer.body).xpath("string(//article | //div[@class='article'])")


def json_ld(answer: Answer) -> dict[str, object]:
    """The NewsArticle of a page, whether alone, in a list or in a graph."""
    (text,) = html.fromstring(answer.body).xpath("//script[@type='application/ld+json']/text()")
    found = json.loads(text)
    nodes = found.get("@graph", [found]) if isinstance(found, dict) else found
    return next(node for node in nodes if node["@type"] == "NewsArticle")


@pytest.fixture
def room() -> Iterator[Newsroom]:
    with Newsroom(DAY0, events=EVENTS) as running:
        yield running


@pytest.fixture(scope="module")
def whole_day() -> Iterator[Newsroom]:
    """The bundled events; shared, so never advanced."""
    with Newsroom(DAY0) as running:
        yield running


# --- feeds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "spec"), FEEDS, ids=[f"{k}{s.path}" for k, s in FEEDS])
def test_feed_is_well_formed_and_says_what_it_is(whole_day: Newsroom, key: str, spec: FeedSpec) -> None:
    answer = ask(whole_day, feed_url(key, spec))
    assert answer.status == 200
    if spec.form == "json":
        assert json.loads(answer.body)["version"] == "https://jsonfeed.org/version/1.1"
    elif spec.form == "sitemap":
        languages = etree.fromstring(answer.body).xpath("//n:language/text()", namespaces=SITEMAP)
        assert languages
    else:
        stated = {name.lower(): value for name, value in answer.headers.items()}
        parsed = feedparser.parse(answer.body, response_headers=stated)
        assert not parsed.bozo
        assert parsed.version == ("atom10" if spec.form == "atom" else "rss20")
        assert all(entry.title and entry.id and entry.published for entry in parsed.entries)


def test_every_article_is_in_a_feed_of_its_outlet_and_every_entry_is_an_article(whole_day: Newsroom) -> None:
    known = {url: r for r in whole_day.truth() for url in (r.url, *r.aliases)}
    fed: set[str] = set()
    for key, spec in FEEDS:
        found = [known[link] for link in links(spec, ask(whole_day, feed_url(key, spec)))]
        assert {r.outlet for r in found} == {key}
        fed |= {r.article for r in found} if spec.form != "sitemap" else set()
    assert fed == {r.article for r in whole_day.truth()}


@pytest.mark.parametrize(("key", "spec"), FEEDS, ids=[f"{k}{s.path}" for k, s in FEEDS])
def test_our_own_reader_finds_what_was_published(whole_day: Newsroom, key: str, spec: FeedSpec) -> None:
    """Dates above all: German and Dutch names, zone names, one-digit days."""
    known = {url: r for r in whole_day.truth() for url in (r.url, *r.aliases)}
    url, answer = feed_url(key, spec), ask(whole_day, feed_url(key, spec))
    parsed = feeds.parse(answer.body, url, answer.headers["Content-Type"], now=at(3, "00:00"))
    assert parsed.entries
    assert [e.published for e in parsed.entries] == [known[e.url or ""].published for e in parsed.entries]


def test_all_addresses_of_an_article_have_one_key_but_short_links(whole_day: Newsroom) -> None:
    for r in whole_day.truth():
        direct = [url for url in r.aliases if urlsplit(url).netloc != "riv.test"]
        assert {urls.key(url) for url in direct} <= {urls.key(r.url)}
    assert len({urls.key(r.url) for r in whole_day.truth()}) == len(whole_day.truth())


def test_an_article_is_in_no_feed_and_on_no_page_before_its_time(room: Newsroom) -> None:
    nos = row(room, "toll-bridge-nos-nl")
    spec = CAST["nos"].feeds[0]
    before_and_after = []
    for when in (at(1, "08:59"), at(1, "09:00")):
        room.advance(when)
        fed = bool(links(spec, ask(room, feed_url("nos", spec))) & set(nos.aliases))
        before_and_after.append((fed, ask(room, nos.url).status, ask(room, nos.aliases[0]).status))
    assert before_and_after == [(False, 404, 404), (True, 200, 301)]


def test_advance_can_go_back_and_none_means_everything(room: Newsroom) -> None:
    url = row(room, "toll-bridge-meridian-en").url
    statuses = []
    for when in (None, at(0, "00:00"), None):
        room.advance(when)
        statuses.append(ask(room, url).status)
    assert statuses == [200, 404, 200]


def test_spiegel_shape(room: Newsroom) -> None:
    answer = ask(room, "http://www.spiegel.test/schlagzeilen/index.rss")
    (entry,) = feedparser.parse(answer.body).entries
    assert re.fullmatch(r"http://www\.spiegel\.test/panorama/[a-z0-9-]+-a-[0-9a-f-]{36}#ref=rss", entry.link)
    assert entry.id == entry.link.removesuffix("#ref=rss")
    assert entry.title == "Kran kippt im Hafen um: »Es war ohrenbetäubend« & laut"
    (encoded,) = etree.fromstring(answer.body).xpath("//*[local-name()='encoded']/text()")
    assert html.fromstring(encoded).text_content() == "Zwei Arbeiter sind leicht verletzt, ein Kai ist <gesperrt>."


def test_nos_shape(room: Newsroom) -> None:
    answer = ask(room, "http://feeds.nos.test/nosnieuwsalgemeen")
    assert b"<?xml-stylesheet" in answer.body
    later, toll, crane = feedparser.parse(answer.body).entries
    assert toll.link == toll.id and re.fullmatch(r"http://nos\.test/l/\d{7}", toll.link)
    assert "<h2>" in crane.summary and crane.summary.count("<p>") == 5
    assert f'<a href="{row(room, "toll-bridge-nos-nl").url}">Alle 212 werkplekken blijven</a>' in later.summary
    assert f'Lees ook: <a href="{row(room, "harbour-crane-nos-nl").url}">Kraan om' in toll.summary
    assert follow(room, toll.link)[0] == row(room, "toll-bridge-nos-nl").url
    assert b"<description><![CDATA[<p>" in answer.body


def test_nos_dates_have_no_leading_zero() -> None:
    assert stamp(CAST["nos"], datetime(2026, 10, 1, 11, 9, 14, tzinfo=UTC)) == "Thu, 1 Oct 2026 13:09:14 +0200"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("bergecho", "Thu, 19 Mar 2026 13:00:00 CET"),
        ("hafenkurier", "Do, 19 Mär 2026 13:00:00 +0100"),
        ("indus", "Thu, 19 Mar 2026 12:00:00 +0000"),
        ("polderpost", "do, 19 mrt 2026 13:00:00 +0100"),
        ("tideline", "Thu, 19 Mar 2026 12:00:00 GMT"),
    ],
)
def test_dates_are_written_as_each_outlet_writes_them(key: str, expected: str) -> None:
    assert stamp(CAST[key], datetime(2026, 3, 19, 12, tzinfo=UTC)) == expected


def test_summer_time_changes_at_one_utc_on_the_last_sundays() -> None:
    edges = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
    step = timedelta(seconds=1)
    assert [(eu_summer_time(e - step), eu_summer_time(e)) for e in edges] == [(False, True), (True, False)]


def test_latin1_is_declared_and_true(room: Newsroom) -> None:
    answer = ask(room, "http://www.bergecho.test/rss/alle.xml")
    assert answer.body.startswith(b'<?xml version="1.0" encoding="ISO-8859-1"?>')
    assert "fällt".encode("latin-1") in answer.body
    assert feedparser.parse(answer.body).entries[0].title == "Hamburg: Kran fällt um – „riesiger“ Schaden"
    page = ask(room, row(room, "harbour-crane-bergecho-de").url)
    assert "iso-8859-1" in page.headers["Content-Type"] and "fällt".encode("latin-1") in page.body


def test_aggregator_names_its_source_and_points_home(room: Newsroom) -> None:
    (entry,) = feedparser.parse(ask(room, "http://www.wireyard.test/feeds/all.rss").body).entries
    assert entry.source.title == "The Tideline"
    page = html.fromstring(ask(room, row(room, "seed-vault-wireyard-en").url).body)
    assert page.xpath("//link[@rel='canonical']/@href") == [row(room, "seed-vault-tideline-en").url]


def test_tracking_parameters_and_short_links_lead_to_the_article(room: Newsroom) -> None:
    lowlands = feedparser.parse(ask(room, "http://www.lowlandsobserver.test/feed/").body).entries[0].link
    riviera = feedparser.parse(ask(room, "http://www.rivieratoday.test/en/atom").body).entries[0].link
    assert "utm_source=rss" in lowlands and urlsplit(riviera).netloc == "riv.test"
    assert follow(room, lowlands)[1].status == 200
    assert follow(room, riviera)[0] == row(room, "seed-vault-riviera-en").url


def test_mobile_and_amp_pages_name_the_canonical_one(room: Newsroom) -> None:
    article = row(room, "harbour-crane-tagwerk-de")
    for other in article.aliases:
        page = html.fromstring(ask(room, other).body)
        assert page.xpath("//link[@rel='canonical']/@href") == [article.url]
    assert {urlsplit(u).netloc for u in article.aliases} == {"m.tagwerk24.test", "www.tagwerk24.test"}


# --- pages ----------------------------------------------------------------------------------------------


def test_every_page_is_complete(whole_day: Newsroom) -> None:
    for r in whole_day.truth():
        answer = ask(whole_day, r.url)
        assert answer.status == 200
        article = json_ld(answer)
        assert article["isAccessibleForFree"] in ((False, "False") if r.paywalled else (True, "True"))
        assert datetime.fromisoformat(str(article["datePublished"])) == r.published
        page = html.fromstring(answer.body)
        assert page.xpath("//html/@lang") == [r.lang]
        assert page.xpath("//meta[@property='og:title']/@content") == [article["headline"]]


def test_paywall_shows_teaser_and_first_paragraph_only(room: Newsroom) -> None:
    text = page_text(room, "harbour-crane-spiegel-de")
    assert "60 Meter hoher Kran" in text and "Kai ist <gesperrt>" in text
    assert "Windböe" not in ask(room, row(room, "harbour-crane-spiegel-de").url).body.decode()


def test_own_lines_stand_in_every_article_of_an_outlet_that_has_them(whole_day: Newsroom) -> None:
    for r in whole_day.truth():
        outlet = CAST[r.outlet]
        if outlet.lines:
            text = html.fromstring(ask(whole_day, r.url).body).text_content()
            assert outlet.top in text and outlet.bottom in text


def test_cited_outlets_are_links(room: Newsroom) -> None:
    for article, cited in [
        ("toll-bridge-dnipro-en", "toll-bridge-nos-nl"),
        ("seed-vault-indus-en", "seed-vault-tideline-en"),
    ]:
        page = html.fromstring(ask(room, row(room, article).url).body)
        assert row(room, cited).url in page.xpath("//article//p/a/@href")


def test_edit_changes_page_and_feed(room: Newsroom) -> None:
    tideline = row(room, "seed-vault-tideline-en")
    seen = []
    for when in (at(0, "14:59"), at(0, "15:00")):
        room.advance(when)
        page = ask(room, tideline.url)
        (entry,) = feedparser.parse(ask(room, "http://www.tideline.test/news/rss.xml").body).entries
        modified = datetime.fromisoformat(str(json_ld(page)["dateModified"]))
        seen.append((entry.title, entry.id[-2:], "updated" in entry, b"Correction" in page.body, modified))
    assert seen == [
        ("Seed bank opens its doors in Leeds", "#0", False, False, at(0, "12:00")),
        ("Seed bank with 9,000 varieties opens in Leeds", "#1", True, True, at(0, "15:00")),
    ]


# --- copies ---------------------------------------------------------------------------------------------


def test_copy_ops(room: Newsroom) -> None:
    cut, dropped = page_text(room, "harbour-crane-bergecho-de"), page_text(room, "harbour-crane-tagwerk-de")
    assert "Bergung soll" in cut and "1998" not in cut and "Hamburg (sda) –" in cut
    assert CAST["bergecho"].top in cut and CAST["bergecho"].bottom in cut
    assert "Reedereien" not in dropped and "1998" not in dropped and "Hotline" not in dropped
    assert "Reeder rechnen" in dropped and "Quelle: dpa" in dropped and CAST["tagwerk"].bottom not in dropped


def test_copy_of_a_copy_belongs_to_the_first_original(room: Newsroom) -> None:
    groups = {r.article: r.copy_group for r in room.truth() if r.event == "harbour-crane"}
    assert groups["harbour-crane-donaublatt-de"] == "harbour-crane-hafenkurier-de"
    assert groups["harbour-crane-polderpost-nl"] == "harbour-crane-nos-nl"
    assert groups["harbour-crane-spiegel-de"] == "harbour-crane-spiegel-de"


def test_a_copy_keeps_the_text_from_before_the_edit(room: Newsroom) -> None:
    assert "Correction" not in page_text(room, "seed-vault-wireyard-en")


# --- truth ----------------------------------------------------------------------------------------------


def test_truth_has_one_row_for_every_page_that_is_served(whole_day: Newsroom) -> None:
    site = whole_day._at(None)
    pages = {f"http://{host}{path}" for (host, path), reply in site.items() if b"application/ld+json" in reply.body}
    said = [url for r in whole_day.truth() for url in (r.url, *r.aliases)]
    served = {url.split("#")[0].split("?")[0] for url in said}
    assert pages <= served
    assert len({r.url for r in whole_day.truth()}) == len(whole_day.truth())
    assert len({r.article for r in whole_day.truth()}) == len(whole_day.truth())


def test_truth_of_the_bundled_day_is_sound() -> None:
    found = truth(DAY0)
    by_id = {r.article: r for r in found}
    assert sum(r.article != r.copy_group for r in found) >= 30
    assert all(by_id[r.copy_group].event == r.event for r in found)
    assert all(by_id[c].published <= r.published for r in found for c in r.cites)
    assert [r.published for r in found] == sorted(r.published for r in found)


def test_hide_leaves_out_outlet_event_or_article_but_keeps_copies_of_it() -> None:
    hide = {"spiegel", "toll-bridge", "harbour-crane-hafenkurier-de"}
    left = {r.article for r in truth(DAY0, events=EVENTS, hide=hide)}
    assert "harbour-crane-bergecho-de" in left and "seed-vault-indus-en" in left
    assert not {a for a in left if "spiegel" in a or a.startswith("toll-") or a in hide}
    with Newsroom(DAY0, events=EVENTS, hide=hide) as room:
        assert "Bergung soll" in page_text(room, "harbour-crane-bergecho-de")


# --- the same every time --------------------------------------------------------------------------------


def test_same_day_and_events_give_the_same_bytes() -> None:
    first, second = Newsroom(DAY0, events=EVENTS)._at(None), Newsroom(DAY0, events=EVENTS)._at(None)
    assert first == second
    assert first != Newsroom(DAY0 + timedelta(days=1), events=EVENTS)._at(None)


def test_older_pages_stay_as_they_are_when_news_comes_in(room: Newsroom) -> None:
    """Else a page would look edited to a crawler whenever its sidebar moves."""
    url = row(room, "harbour-crane-nos-nl").url
    room.advance(at(0, "09:00"))
    before = ask(room, url)
    room.advance()
    assert ask(room, url).body == before.body


# --- HTTP -----------------------------------------------------------------------------------------------

CHECKED = ["http://www.spiegel.test/schlagzeilen/index.rss", "http://www.donaublatt.test/atom/neueste.xml"]


@pytest.mark.parametrize("url", CHECKED)
def test_304_for_the_tag_as_given_and_200_for_another(room: Newsroom, url: str) -> None:
    tag = ask(room, url).headers["ETag"]
    same, other = ask(room, url, If_None_Match=tag), ask(room, url, If_None_Match='"other"')
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
    assert other.status == 200 and other.body
    assert [hit.conditional for hit in room.log] == [False, True, True]


def test_weak_tags_are_really_weak(room: Newsroom) -> None:
    assert ask(room, CHECKED[1]).headers["ETag"].startswith('W/"')


def test_304_by_date(room: Newsroom) -> None:
    url = "http://www.hafenkurier.test/feed/nachrichten.rss"
    first = ask(room, url)
    stated = first.headers["Last-Modified"]
    assert first.headers["ETag"] is None and parsedate_to_datetime(stated) == at(0, "07:00")
    earlier = "Thu, 19 Nov 2026 06:59:59 GMT"
    asked = [ask(room, url, If_Modified_Since=text).status for text in (stated, earlier, "nonsense")]
    assert asked == [304, 200, 200]


def test_some_give_no_validators(room: Newsroom) -> None:
    answer = ask(room, "http://www.polderpost.test/rss.xml")
    assert answer.headers["ETag"] is None and answer.headers["Last-Modified"] is None


def test_feed_changes_its_validators_with_the_news(room: Newsroom) -> None:
    url = "http://www.tideline.test/news/rss.xml"
    room.advance(at(0, "13:00"))
    tag = ask(room, url).headers["ETag"]
    room.advance(at(0, "15:30"))
    assert ask(room, url, If_None_Match=tag).status == 200


def test_gzip_only_where_accepted(room: Newsroom) -> None:
    url = row(room, "seed-vault-tideline-en").url
    plain, packed = ask(room, url), ask(room, url, Accept_Encoding="gzip, br")
    assert plain.headers["Content-Encoding"] is None and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body and len(packed.body) < len(plain.body)


def test_head_has_the_length_and_no_body(room: Newsroom) -> None:
    url = row(room, "seed-vault-tideline-en").url
    head, get = ask(room, url, method="HEAD"), ask(room, url)
    assert head.body == b"" and head.headers["Content-Length"] == str(len(get.body))


def test_unknown_path_and_unknown_host(room: Newsroom) -> None:
    assert ask(room, "http://nos.test/niets").status == 404
    connection = http.client.HTTPConnection(*room.routes["nos.test"], timeout=10)
    connection.request("GET", "/", headers={"Host": "elsewhere.test"})
    assert connection.getresponse().status == 421
    connection.close()


def test_port_in_host_and_keep_alive(room: Newsroom) -> None:
    connection = http.client.HTTPConnection(*room.routes["nos.test"], timeout=10)
    for _ in range(3):
        connection.request("GET", "/robots.txt", headers={"Host": "NOS.test:80"})
        response = connection.getresponse()
        assert response.status == 200 and response.read()
    connection.close()


def test_log_says_who_asked_for_what(room: Newsroom) -> None:
    ask(room, CHECKED[0] + "?x=1", User_Agent="probe/1")
    (hit,) = room.log
    assert (hit.host, hit.path, hit.user_agent) == (
        "www.spiegel.test",
        "/schlagzeilen/index.rss?x=1",
        "probe/1",
    )
    assert (hit.status, hit.method, hit.conditional) == (200, "GET", False) and hit.bytes > 500


def test_many_at_once(room: Newsroom) -> None:
    urls = [r.url for r in room.truth()] * 4
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda u=u: statuses.append(ask(room, u).status)) for u in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * len(urls) and len(room.log) == len(urls)


def test_closing_cuts_connections_that_are_kept_alive() -> None:
    with Newsroom(DAY0, events=EVENTS) as room:
        address = room.routes["nos.test"]
        connection = socket.create_connection(address, timeout=10)
        connection.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: nos.test\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert connection.recv(4096) == b""
    connection.close()
    with pytest.raises(OSError):
        socket.create_connection(address, timeout=1)


# --- robots and outlets that fail -----------------------------------------------------------------------


def rules(room: Newsroom, host: str) -> urllib.robotparser.RobotFileParser:
    parser = urllib.robotparser.RobotFileParser()
    parser.parse(ask(room, f"http://{host}/robots.txt").body.decode().splitlines())
    return parser


def test_every_host_has_a_robots_file(room: Newsroom) -> None:
    assert {ask(room, f"http://{host}/robots.txt").status for host in room.routes} == {200}


def test_robots_forbid_the_publishers_own_notices(room: Newsroom) -> None:
    forbidden = [r.article for r in room.truth() if not rules(room, urlsplit(r.url).netloc).can_fetch("x", r.url)]
    assert forbidden == ["hafenkurier-hausmitteilung-hafenkurier-de"]
    assert b"Crawl-delay: 0.5" in ask(room, "http://www.stillwasser.test/robots.txt").body
    assert rules(room, "www.spiegel.test").site_maps() == ["http://www.spiegel.test/sitemaps/news-de.xml"]


def test_dead_feed_is_first_missing_and_then_gone(room: Newsroom) -> None:
    statuses = []
    for when in (at(0, "23:59"), at(1, "00:00")):
        room.advance(when)
        statuses.append(ask(room, "http://www.altlandbote.test/rss.xml").status)
    assert statuses == [404, 410]


def test_consent_page_in_place_of_a_feed(room: Newsroom) -> None:
    answer = ask(room, "http://www.neonblick.test/feed")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/html")
    assert not feedparser.parse(answer.body).version


def test_rate_limit(room: Newsroom) -> None:
    answer = ask(room, "http://www.langsam.test/rss")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3600")


def test_quiet_outlet_has_three_old_entries_and_says_304_to_any_condition(room: Newsroom) -> None:
    url = "http://www.stillwasser.test/feed.xml"
    assert len(feedparser.parse(ask(room, url).body).entries) == 3
    assert ask(room, url, If_None_Match='"never-given"').status == 304


# --- config and event files -----------------------------------------------------------------------------


def test_config_follows_every_feed_and_sitemap_of_the_cast(whole_day: Newsroom) -> None:
    settings = config.loads(whole_day.config_text(), "newsday/config.yaml")
    said = {(s.key, str(url)) for s in settings.sources for url in (*(f.url for f in s.feeds), *s.sitemaps)}
    healthy = {(key, url) for key, url in said if key in CAST}
    assert healthy == {(key, feed_url(key, spec)) for key, spec in FEEDS}
    assert {key for key, _ in said - healthy} == {"altlandbote", "langsam", "neonblick"}
    assert {urlsplit(url).netloc for _, url in said} <= set(whole_day.routes)
    assert settings.http.delay_s == 0
    names = {s.key: (s.name, s.language) for s in settings.sources if s.key in CAST}
    assert names == {key: (outlet.name, outlet.lang) for key, outlet in CAST.items()}


GOOD = {
    "id": "a-nos-nl",
    "outlet": "nos",
    "lang": "nl",
    "at": "0 10:00",
    "title": "T",
    "teaser": "S",
    "relation": "origin",
    "body": "B",
}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"outlet": "nobody"}, "no outlet nobody"),
        ({"at": "10:00"}, "no time"),
        ({"cites": ["x"]}, "cites x"),
        ({"copy_of": "x"}, "leads nowhere"),
        ({"copy_of": "a-nos-nl"}, "leads nowhere"),
        ({"relation": "guess"}, "unknown relation"),
        ({"ops": ["fold"]}, "unknown op fold"),
        ({"tiitle": "x"}, "unknown key tiitle"),
        ({"title": None}, "title is missing"),
        ({"edit": {"at": "0 09:00"}}, "edited before"),
    ],
)
def test_a_faulty_event_file_is_refused_by_name(tmp_path: Path, change: dict[str, object], complaint: str) -> None:
    article = {k: v for k, v in (GOOD | change).items() if v is not None}
    (tmp_path / "bad.yaml").write_text(json.dumps({"event": "a", "articles": [article]}), "utf-8")
    with pytest.raises(ConfigError, match=complaint) as caught:
        load(DAY0, tmp_path)
    assert "bad.yaml" in str(caught.value)


@pytest.mark.parametrize("text", ["[1, 2]", "a: {", "just words", "articles: []\nevents: [3]"])
def test_a_file_that_is_no_event_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"odd\.yaml"):
        load(DAY0, tmp_path)


def test_two_articles_at_one_address_are_refused(tmp_path: Path) -> None:
    twins = [GOOD | {"id": key, "outlet": "indus", "lang": "en"} for key in ("a", "b")]
    (tmp_path / "twins.yaml").write_text(json.dumps({"event": "a", "articles": twins}), "utf-8")
    with pytest.raises(ConfigError, match="same address"):
        Newsroom(DAY0, events=tmp_path)


def test_bundled_teasers_are_not_the_first_paragraph() -> None:
    assert [p.id for p in load(DAY0) if p.teaser == p.paragraphs[0]] == []


def test_the_news_day_is_package_data() -> None:
    assert (bundled() / "config.yaml").is_file() and (bundled() / "extra.yaml").is_file()
