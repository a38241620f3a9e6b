"""Whole runs over feeds that say the same piece again: other dates, other guids, other words, or a while later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.config import Config, loads
from tests.desk import Desk, cron, item, one_source, prose, rss
from tests.making import NOW
from tests.server import Server, reply

LINK = "http://courier.test/ferry"
FULL = one_source(text_from="feed")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        yield made.on("/robots.txt", reply(404))


def dated(raw: str) -> str:
    return f"<pubDate>{raw}</pubDate>"


def played(server: Server, tmp_path: Path, *answers: str, config: Config = FULL) -> tuple[Desk, list[tuple[int, int]]]:
    """A run an hour for each answer of the feed; the database, and how many articles each run found new and edited."""
    server.on("/1.xml", *(reply(200, answer) for answer in answers))
    path = tmp_path / "stories.db"
    runs = [cron(server, config, path, n) for n in range(len(answers))]
    assert [r.failed_sources for r in runs] == [[]] * len(runs)
    return Desk(path, config), [(r.articles, r.edited) for r in runs]


@pytest.mark.case("E4", "E5", "E6", "E7")
def test_one_piece_over_a_day(server: Server, tmp_path: Path) -> None:
    """Its date is bumped, its guid counts up, its text is edited, it leaves the feed and comes back."""
    first, bumped = "Thu, 05 Mar 2026 10:00:00 GMT", "Thu, 05 Mar 2026 13:30:00 GMT"
    text, longer = prose(1), f"{prose(1)}\nThe captain was heard in the evening."
    desk, found = played(
        server, tmp_path,
        rss(item(f"{LINK}#0", LINK, "Ferry hits quay", text, dated(first))),
        rss(item(f"{LINK}#0", LINK, "Ferry hits quay", text, dated(bumped))),
        rss(item(f"{LINK}#1", LINK, "Ferry hits quay", longer, dated(bumped))),
        rss(),
        rss(item(f"{LINK}#1", LINK, "Ferry hits quay", longer, dated(bumped))),
    )  # fmt: skip
    assert found == [(1, 0), (0, 0), (0, 1), (0, 0), (0, 0)]
    assert desk.rows("SELECT published, first_seen, version FROM articles") == [
        ("2026-03-05T10:00:00Z", "2026-03-05T12:00:00Z", 2)
    ]
    assert desk.one("SELECT count(*) FROM stories") == 1
    assert desk.one("SELECT text FROM versions") == text
    desk.sound()


@pytest.mark.case("E3")
def test_addresses_that_are_spelled_another_way(server: Server, tmp_path: Path) -> None:
    spellings = (
        LINK,
        LINK.replace("http:", "https:"),
        f"{LINK}?utm_source=rss",
        LINK.replace("//", "//www."),
        f"{LINK}/",
    )
    answers = [rss(item(link, link, "Ferry hits quay", prose(1))) for link in spellings]
    desk, found = played(server, tmp_path, *answers)
    assert found == [(1, 0)] + [(0, 0)] * 4
    assert desk.one("SELECT count(DISTINCT article_id) FROM entries") == 1


@pytest.mark.case("E2")
def test_items_that_carry_no_name(server: Server, tmp_path: Path) -> None:
    """Known by the link, or by what they say; without a link there is no article, and it is given up in time."""
    nameless = "<item><title>Bell cracked</title><link>http://courier.test/bell</link>" + (
        f"<description>{prose(2)}</description></item>"
    )
    bare = f"<item><title>Owl in the belfry</title><description>{prose(3)}</description></item>"
    desk, found = played(server, tmp_path, rss(nameless, bare), rss(bare, nameless))
    assert found == [(1, 0), (0, 0)]
    assert desk.rows("SELECT title, url IS NULL, state FROM entries ORDER BY title") == [
        ("Bell cracked", 0, "done"),
        ("Owl in the belfry", 1, "wanted"),
    ]


@pytest.mark.case("E9")
def test_a_broadcasters_two_addresses_are_one_piece(server: Server, tmp_path: Path) -> None:
    config = loads(
        "http: {delay_s: 0, workers: 1}\nsources:\n  nos: {name: NOS, owner: NOS, country: NL, language: nl,"
        " role: publisher, text_from: feed, feeds: ['http://courier.test/1.xml']}",
        "config.yaml",
    )
    links = ("https://nos.nl/l/2600001", "https://nos.nl/artikel/2600001-veerboot-raakt-kade")
    desk, found = played(server, tmp_path, *(rss(item(x, x, "Veerboot", prose(1))) for x in links), config=config)
    assert (found, desk.one("SELECT count(*) FROM articles")) == ([(1, 0), (0, 0)], 1)


STATED = {
    "E10": [
        ("Fri, 06 Mar 2026 15:00:00 GMT", "2026-03-06T15:00:00Z", "2026-03-05T12:00:00Z"),
        ("Thu, 05 Mar 2026 15:00:00 GMT", "2026-03-05T15:00:00Z", "2026-03-05T12:00:00Z"),
        ("Wed, 05 Mar 2099 12:00:00 GMT", None, "2026-03-05T12:00:00Z"),
    ],
    "E11": [
        (raw, None, "2026-03-05T12:00:00Z")
        for raw in ("", "soon", "31 Feb 2026 25:61", "0000-00-00", "1 Jan 1790 00:00:00 GMT", "99999-01-01T00:00:00Z")
    ]
    + [("1772704800", "2026-03-05T10:00:00Z", "2026-03-05T10:00:00Z")],
    "E12": [
        (raw, "2026-03-05T10:00:00Z", "2026-03-05T10:00:00Z")
        for raw in ("Thu, 05 Mar 2026 11:00:00 MEZ", "Do, 05 Mär 2026 11:00:00 +0100", "do 5 mrt. 2026 11:00:00 CET")
    ],
    "E13": [
        ("Thu, 05 Mar 2026 10:00:00 -0000", "2026-03-05T10:00:00Z", "2026-03-05T10:00:00Z"),
        ("Fri, 06 Mar 2026 00:00:00 +1400", "2026-03-05T10:00:00Z", "2026-03-05T10:00:00Z"),
        ("Sun, 29 Mar 2025 02:30:00 +0100", "2025-03-29T01:30:00Z", "2025-03-29T01:30:00Z"),
        ("Sun, 26 Oct 2025 02:30:00 CEST", "2025-10-26T00:30:00Z", "2025-10-26T00:30:00Z"),
        ("Sun, 26 Oct 2025 02:30:00 CET", "2025-10-26T01:30:00Z", "2025-10-26T01:30:00Z"),
    ],
}


@pytest.mark.case("E10", "E11", "E12", "E13")
def test_dates_as_feeds_state_them(server: Server, tmp_path: Path) -> None:
    """What is kept of each, and what counts in a story: never later than we saw it."""
    rows = [row for each in STATED.values() for row in each]
    items = (
        item(str(n), f"http://courier.test/{n}", f"Report {n}", prose(n), dated(raw))
        for n, (raw, _, _) in enumerate(rows)
    )
    desk, found = played(server, tmp_path, rss(*items))
    assert found == [(len(rows), 0)]
    kept = desk.rows(
        "SELECT e.date_raw, v.published, v.effective FROM v_story_articles v"
        " JOIN entries e ON e.article_id = v.article_id ORDER BY v.article_id"
    )
    assert kept == rows


@pytest.mark.case("E14")
def test_a_clock_that_jumps_between_runs(server: Server, tmp_path: Path) -> None:
    """A day ahead, then back: the feed is asked all the same, and nothing comes twice."""
    feed = [
        rss(*(item(str(i), f"http://courier.test/{i}", f"Report {i}", prose(i)) for i in range(n))) for n in (2, 3, 4)
    ]
    server.on("/1.xml", *(reply(200, f) for f in feed))
    path = tmp_path / "stories.db"
    assert [cron(server, FULL, path, hours).articles for hours in (0, 24, -1)] == [2, 1, 1]
    desk = Desk(path, FULL)
    assert (
        desk.one("SELECT count(*) FROM articles WHERE first_seen > ?", f"{NOW + timedelta(hours=30):%Y-%m-%dT%TZ}") == 0
    )
    desk.sound()
