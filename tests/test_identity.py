"""E1–E16: what is the same piece, whatever the feed calls it, and what of it stays when feeds and clocks misbehave.

Elsewhere: E2 and the guids inside one fetch in test_feeds, E9 in test_urls, E10–E13 in test_dates.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Config, loads
from pipeline.model import Reason, TextFrom
from pipeline.store import articles as store_articles
from pipeline.store import collecting, entries, grouping, reads
from pipeline.stories import heirs
from tests.desk import (
    CONFIG,
    COURIER,
    HERALD,
    Desk,
    cron,
    entry,
    html,
    item,
    one_source,
    prose,
    rss,
    sound,
    stored_partition,
)
from tests.making import NOW
from tests.server import Server, reply

TEASER = {"text_from": TextFrom.TEASER}
ARTICLE = "http://courier.test/ferry"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "stories.db", loads(CONFIG, "config.yaml"))
    yield made
    made.db.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        yield made.on("/robots.txt", reply(404))


# -- the guid changes


@pytest.mark.case("E3")
def test_another_guid_for_the_same_address_is_the_same_article(desk: Desk) -> None:
    desk.print(entry("http://courier.test/ferry", title="Ferry"), prose(1))
    moved = entry("https://www.courier.test/ferry/?utm_source=rss", title="Ferry")
    assert desk.feed(moved) == [], "the page is not asked again"
    assert desk.rows("SELECT count(*), count(DISTINCT article_id) FROM entries") == [(2, 1)]
    assert desk.one("SELECT count(*) FROM articles") == 1


@pytest.mark.case("E4")
def test_a_guid_that_counts_its_revisions_brings_the_new_wording(desk: Desk) -> None:
    first = entry(f"{ARTICLE}#0", ARTICLE, title="Ferry hits quay")
    desk.print(first, prose(1))
    second = replace(first, guid=f"{ARTICLE}#1")
    assert desk.feed(second) == [second]
    desk.page(second, f"{prose(1)}\nThe captain was heard in the evening.")
    assert desk.rows("SELECT version, count(*) OVER () FROM articles") == [(2, 1)]
    assert desk.feed(second, first) == [], "both revisions in one feed: neither is news"
    desk.absorb()
    desk.sound()


@pytest.mark.case("E3", "E5")
def test_a_new_guid_with_new_words_is_read_again(desk: Desk) -> None:
    desk.print(entry("one", ARTICLE, title="Ferry hits quay", summary="Two hurt."), prose(1))
    edited = entry("two", ARTICLE, title="Ferry hits quay", summary="Twelve hurt.")
    assert desk.feed(edited) == [edited]


@pytest.mark.case("E16")
def test_guids_made_anew_for_each_answer_ask_for_nothing(desk: Desk) -> None:
    desk.print(entry("0", ARTICLE, title="Ferry"), prose(1))
    assert [desk.feed(entry(str(n), ARTICLE, title="Ferry")) for n in range(1, 6)] == [[]] * 5
    assert desk.one("SELECT count(*) FROM articles") == 1


@pytest.mark.case("E1")
def test_one_guid_for_different_links_over_two_runs(server: Server, tmp_path: Path) -> None:
    """Of two entries with one guid each goes by its link; when only one is left, it goes by its guid again."""
    both = rss(*(item("same", f"http://courier.test/{n}", f"Title {n}", prose(n)) for n in (1, 2)))
    left = rss(item("same", "http://courier.test/2", "Title 2", prose(2)))
    server.on("/1.xml", reply(200, both), reply(200, left), reply(200, both))
    config, path = one_source(text_from="feed"), tmp_path / "stories.db"
    assert [cron(server, config, path, n).articles for n in range(3)] == [2, 0, 0]
    desk = Desk(path, config)
    assert desk.one("SELECT count(*) FROM articles") == 2
    desk.sound()


@pytest.mark.case("E16")
def test_a_whole_feed_with_new_guids_makes_no_new_story(server: Server, tmp_path: Path) -> None:
    """First under the addresses that we know, then under others: matched by address, then by content."""

    def feed(mark: str, path: str) -> bytes:
        items = (item(f"{mark}{n}", f"http://courier.test/{path}/{n}", f"Report {n}", prose(n)) for n in range(40))
        return reply(200, rss(*items))

    server.on("/1.xml", feed("a", "old"), feed("b", "old"), feed("c", "new"))
    config, path = one_source(text_from="feed"), tmp_path / "stories.db"
    assert [cron(server, config, path, n).articles for n in range(3)] == [40, 0, 40]
    desk = Desk(path, config)
    assert desk.rows("SELECT count(*), max(id) FROM stories") == [(40, 40)]
    assert desk.one("SELECT count(*) FROM copies WHERE copy_id > 40") == 0
    desk.sound()


# -- one piece behind several entries


@pytest.mark.case("E7", "E8")
def test_an_article_in_five_feeds_is_asked_once_and_may_leave_and_come_back(server: Server, tmp_path: Path) -> None:
    """E7, E8."""
    links = [f"{ARTICLE}?utm_source=rss{n}" for n in range(1, 6)]
    listed = [reply(200, rss(item(f"g{n}", link, "Ferry hits the quay"))) for n, link in enumerate(links)]
    server.on("/1.xml", listed[0], reply(200, rss()), listed[0])
    for n in range(2, 6):
        server.on(f"/{n}.xml", listed[n - 1])
    for n in range(6):
        server.on(f"/ferry?utm_source=rss{n}", reply(200, html("Ferry hits the quay", prose(1)), "text/html"))
    config, path = one_source(COURIER), tmp_path / "stories.db"
    runs = [cron(server, config, path, n) for n in range(3)]
    assert [r.articles for r in runs] == [1, 0, 0]
    assert [r.edited for r in runs] == [0, 0, 0]
    assert len([p for p in server.paths() if p.startswith("/ferry")]) == 1
    desk = Desk(path, config)
    assert desk.rows("SELECT count(*), count(DISTINCT article_id), max(state) FROM entries") == [(5, 1, "done")]
    desk.sound()


def test_a_page_that_failed_for_two_entries_is_asked_again(server: Server, tmp_path: Path) -> None:
    """The page is asked once for both; that the second is told nothing new must not settle it."""
    both = reply(200, rss(*(item(g, ARTICLE, "Ferry hits the quay", "Twelve hurt.") for g in ("a", "b"))))
    server.on("/1.xml", both).on("/2.xml", both)
    server.on("/ferry", reply(500), reply(200, html("Ferry hits the quay", prose(1)), "text/html"))
    config, path = one_source(COURIER[:2]), tmp_path / "stories.db"
    cron(server, config, path)
    desk = Desk(path, config)
    assert desk.rows("SELECT DISTINCT state, tries FROM entries") == [("partial", 1)]
    assert cron(server, config, path, 1).edited == 1
    assert desk.rows("SELECT text_from, version FROM articles") == [("page", 2)]
    assert desk.rows("SELECT DISTINCT state FROM entries") == [("done",)]
    desk.sound()


@pytest.mark.parametrize("teaser", ["Twelve hurt.", None])
@pytest.mark.parametrize("late", [0, 4])
def test_five_entries_of_a_failing_page_are_one_try(desk: Desk, teaser: str | None, late: int) -> None:
    """Whether the other feeds came before the page's answer or (``late`` of them) after it."""
    five = [entry(str(n), ARTICLE, feed=feed) for n, feed in enumerate(COURIER)]
    for each in five[: 5 - late]:
        desk.feed(each)
    for n, each in enumerate(five):
        desk.feed(each)
        desk.page(each, teaser, code=Reason.TIMEOUT, asked=n == 0, **TEASER if teaser else {})
    assert desk.rows("SELECT DISTINCT tries FROM entries") == [(1,)]
    assert desk.pending() == [] and len(desk.pending(hours=1)) == 5
    desk.page(five[0], prose(1))
    assert desk.rows("SELECT DISTINCT state, article_id FROM entries") == [("done", 1)]


@pytest.mark.case("E8")
def test_a_link_that_redirects_is_known_in_the_next_feed(desk: Desk) -> None:
    """The page names another address than the entries do."""
    short = "http://courier.test/r?id=7"
    desk.print(entry("a", short), prose(1), url=ARTICLE)
    assert desk.feed(entry("b", short, feed=COURIER[1])) == []
    changed = entry("a", short, summary="changed")
    assert desk.feed(changed) == [changed]
    assert desk.one("SELECT count(*) FROM entries WHERE article_id IS NULL") == 0, "known while it is asked again"


def test_a_teaser_becomes_the_article_whose_page_has_another_address(desk: Desk) -> None:
    """While the page failed only the entry's address was known: the stub is no second article."""
    short = entry("a", "http://courier.test/r?id=7")
    desk.print(short, "Twelve hurt in the harbour.", code=Reason.TIMEOUT, **TEASER)
    desk.absorb()
    desk.page(short, prose(1), url=ARTICLE)
    assert desk.rows("SELECT id, url, version FROM articles") == [(1, ARTICLE, 2)]
    desk.absorb()
    desk.sound()
    assert reads.find(desk.db, short.url or "", "courier.test/r?id=7") == 1


def test_an_aggregators_link_is_its_owners_piece(desk: Desk) -> None:
    linked = entry("h1", ARTICLE, feed=HERALD)
    desk.print(linked, prose(1))
    assert desk.feed(entry("c1", ARTICLE)) == []
    assert desk.rows("SELECT source FROM articles") == [("courier",)]
    assert desk.rows("SELECT DISTINCT article_id FROM entries") == [(1,)]


def test_redirected_feeds_and_child_sitemaps_store_their_entries(server: Server, tmp_path: Path) -> None:
    """Under the address in config.yaml, whatever address answered: the only one that is sure to last."""
    day = NOW.isoformat()  # a sitemap's entries must be recent by the run's clock
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    news = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    index = f"<sitemapindex {space}><sitemap><loc>http://courier.test/child.xml</loc></sitemap></sitemapindex>"

    def child(*names: str) -> bytes:
        found = "".join(
            f"<url><loc>http://courier.test/{name}</loc><news:news><news:publication_date>{day}"
            f"</news:publication_date><news:title>The {name} of Tarnwick</news:title></news:news></url>"
            for name in names
        )
        return reply(200, f'<?xml version="1.0"?><urlset {space} {news}>{found}</urlset>', "application/xml")

    for n, name in enumerate(("ferry", "bell", "owl")):
        server.on(f"/{name}", reply(200, html(f"The {name} of Tarnwick", prose(n)), "text/html"))
    server.on("/1.xml", reply(302, location="http://courier.test/token-1"), reply(302, location="/token-2"))
    for token in ("/token-1", "/token-2"):
        server.on(token, reply(200, rss(item("f", ARTICLE, "The ferry of Tarnwick"))))
    server.on("/map.xml", reply(200, index, "application/xml", etag='"same"'))
    server.on("/child.xml", child("bell"), child("bell", "owl"))
    config = one_source()
    only = config.sources[0].model_copy(update={"sitemaps": ("http://courier.test/map.xml",)})
    config, path = config.model_copy(update={"sources": (only,)}), tmp_path / "stories.db"
    runs = [cron(server, config, path, n) for n in range(2)]
    assert [r.articles for r in runs] == [2, 1], "an index that did not change hides no children that did"
    assert [r.failed_sources for r in runs] == [[], []]
    desk = Desk(path, config)
    assert desk.rows("SELECT feed_url, count(*) FROM entries GROUP BY 1") == [
        (COURIER[0], 1), ("http://courier.test/map.xml", 2),
    ]  # fmt: skip
    desk.sound()


# -- clocks, dates, languages


@pytest.mark.parametrize("hours", [24, 24 * 400])
@pytest.mark.case("E14")
def test_a_clock_that_ran_ahead_silences_no_feed(desk: Desk, hours: int) -> None:
    desk.next_run(hours=hours)
    desk.feed(entry("a"))
    desk.page(entry("a"), None, code=Reason.TIMEOUT)
    desk.feed(url=HERALD)
    due = collecting.due(desk.db, NOW + timedelta(hours=2))
    assert {COURIER[0], HERALD} <= due
    assert hours < 48 or [e.guid for _, e in entries.pending(desk.db, NOW)] == ["a"]


@pytest.mark.case("E14")
def test_a_clock_that_goes_back_an_hour_keeps_what_was_seen(desk: Desk) -> None:
    desk.print(entry("a", published=NOW + timedelta(hours=1)), prose(1))
    desk.absorb()
    seen = desk.rows("SELECT first_seen FROM articles")
    desk.next_run(hours=-1)
    assert desk.feed(entry("a", published=NOW)) == []
    desk.print(entry("b"), prose(1))
    desk.absorb()
    assert desk.rows("SELECT first_seen FROM articles WHERE id=1") == seen
    assert stored_partition(desk.db)[0][0] == (1, 2)
    desk.sound()


@pytest.mark.case("E10")
def test_a_date_in_the_future_is_kept_but_counts_as_now(desk: Desk) -> None:
    desk.print(entry("a", published=NOW + timedelta(hours=30)), prose(1))
    desk.absorb()
    assert desk.rows("SELECT published, first_seen, effective FROM v_story_articles") == [
        ("2026-03-06T18:00:00Z", "2026-03-05T13:00:00Z", "2026-03-05T13:00:00Z")
    ]


def test_a_date_that_is_known_later_counts_in_the_comparison(desk: Desk) -> None:
    """Bucket keys and the window depend on it, so the article is signed anew."""
    text = "Captain Harms of the Nordwind said twelve people were hurt at Buesum quay wall on Monday."
    desk.print(entry("a", published=None, title="Ferry Nordwind hits Buesum quay wall"), text)
    desk.print(
        entry("b", feed=HERALD, url="http://herald.test/b", title="Buesum quay wall hit by ferry Nordwind"),
        "Twelve hurt as the Nordwind hits the Buesum quay wall, says Harms, its captain.",
    )
    desk.absorb()
    desk.page(entry("a", title="Ferry Nordwind hits Buesum quay wall"), text, published=NOW - timedelta(days=40))
    assert desk.one("SELECT published FROM articles WHERE id=1") == "2026-01-24T12:00:00Z"
    desk.absorb()
    desk.sound()
    assert [ids for ids, _ in stored_partition(desk.db)] == [(1,), (2,)]


@pytest.mark.case("E15")
def test_an_article_read_as_another_language_is_signed_anew(desk: Desk) -> None:
    for guid in ("a", "b"):
        desk.print(entry(guid), f"{prose(1)}\nOnly in {guid}.")
    desk.absorb()
    desk.page(entry("a"), f"{prose(1)}\nOnly in a.", lang="nl")
    assert desk.rows("SELECT lang, version FROM articles") == [("nl", 1), ("en", 1)]
    desk.absorb()
    desk.sound()


@pytest.mark.case("E15")
def test_an_empty_feed_and_another_language_delete_nothing(server: Server, tmp_path: Path) -> None:
    full = rss(*(item(str(n), f"http://courier.test/{n}", f"Report {n}", prose(n)) for n in range(6)))
    dutch = "De burgemeester van Haarlem heeft gisteren gezegd dat de brug over het Spaarne pas na de zomer opengaat."
    other = rss(item("nl", "http://courier.test/nl", "De brug blijft dicht", dutch), extra="<language>nl</language>")
    server.on("/1.xml", reply(200, full), reply(200, rss()), reply(200, other))
    config, path = one_source(text_from="feed"), tmp_path / "stories.db"
    assert [cron(server, config, path, n).articles for n in range(3)] == [6, 0, 1]
    desk = Desk(path, config)
    assert desk.rows("SELECT lang, count(*) FROM articles GROUP BY 1 ORDER BY 2") == [("nl", 1), ("en", 6)]
    desk.sound()


# -- config.yaml changes


def config_with(courier: str, feeds: str) -> Config:
    made = CONFIG.replace("courier: {name", f"{courier}: {{name").replace(", ".join(COURIER), feeds)
    return loads(made, "config.yaml")


def test_what_a_feed_left_open_goes_with_it_to_its_new_source(desk: Desk) -> None:
    desk.print(entry("done"), prose(1))
    desk.feed(entry("open"))
    desk.next_run(config_with("post", ", ".join(COURIER)))
    assert [(key, e.guid) for key, e in entries.pending(desk.db, desk.now)] == [("post", "open")]
    desk.page(entry("open"), prose(2))
    desk.page(entry("done"), prose(3))
    desk.absorb()
    assert desk.rows("SELECT source FROM articles") == [("courier",), ("post",)], "an article stays whose it was"
    assert desk.rows("SELECT key, enabled FROM sources ORDER BY 1") == [("courier", 0), ("herald", 1), ("post", 1)]
    desk.sound()


def test_a_source_that_is_gone_from_the_configuration_keeps_its_articles(desk: Desk) -> None:
    desk.print(entry("a"), prose(1))
    desk.absorb()
    desk.next_run(loads(CONFIG.replace(CONFIG[CONFIG.index("  courier") : CONFIG.index("  herald")], ""), "c"))
    desk.print(entry("b", "http://herald.test/b", feed=HERALD), prose(1))
    desk.absorb()
    assert stored_partition(desk.db) == [((1, 2), ((1, 2),))]
    desk.sound()


# -- odd articles, deletions


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", ""),
        ("…", "—"),
        ("🚢", "🚢🚢"),
        ("\x00\x07\x1b[31m", "\x00\n\x0b"),
        ("a", "a"),
        ("İ" * 900, "ß ſ ﬀ"),
        ("", "٣ ٤"),
    ],
)
def test_articles_of_few_words_or_none(desk: Desk, title: str, text: str) -> None:
    for n in range(3):
        desk.print(entry(str(n)), text, title=title)
    desk.print(entry("x"), prose(1))
    desk.absorb()
    desk.sound()
    assert ((4,), ((4,),)) in stored_partition(desk.db)


def test_a_deleted_article_stays_away_until_its_entry_changes(desk: Desk) -> None:
    for guid in ("a", "b"):
        desk.print(entry(guid), prose(1))
    desk.absorb()
    store_articles.delete_article(desk.db, 1, desk.how.boilerplate_min_articles)
    assert desk.feed(entry("a")) == []
    desk.absorb()
    desk.sound()
    assert desk.rows("SELECT article_id, copy_id, story_id FROM copies") == [(2, 2, 1)]
    again = entry("a", summary="corrected")
    assert desk.feed(again) == [again]
    desk.page(again, prose(1))
    desk.absorb()
    desk.sound()
    assert desk.rows("SELECT article_id, copy_id, story_id FROM copies") == [(2, 2, 1), (3, 2, 1)]


def test_an_article_that_comes_back_in_one_feed_is_linked_from_all(desk: Desk) -> None:
    desk.print(entry("a", ARTICLE), prose(1))
    store_articles.delete_article(desk.db, 1, desk.how.boilerplate_min_articles)
    desk.print(entry("b", ARTICLE, feed=COURIER[1]), prose(1))
    assert desk.rows("SELECT guid, article_id FROM entries") == [("a", 2), ("b", 2)]


def test_deleting_what_is_unsigned_in_a_story_leaves_nothing_behind(desk: Desk) -> None:
    """Edited, and deleted before the next run came to it; its frame stops being one at the same moment."""
    frame = "Follow the Courier on every channel you like"
    for n in range(3):
        desk.print(entry(str(n)), f"{prose(n)}\n{frame}")
    desk.absorb()
    assert desk.one("SELECT count(*) FROM signatures WHERE removed <> '[]'") == 3
    desk.page(entry("0"), f"{prose(9)}\n{frame}")
    store_articles.delete_article(desk.db, 1, desk.how.boilerplate_min_articles)
    desk.absorb()
    desk.sound()
    assert desk.one("SELECT count(*) FROM signatures WHERE removed <> '[]'") == 0


# -- story ids


def merge(desk: Desk, guid: str, *seeds: int) -> None:
    """An article that holds the texts of others, whole."""
    desk.print(entry(guid, feed=HERALD, url=f"http://herald.test/{guid}"), "\n".join(map(prose, seeds)))
    desk.absorb()


def test_an_alias_of_an_alias_leads_to_what_lives(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "chains.db", loads(CONFIG + "\nstories: {link: 0.05}\n", "config.yaml"))
    for n in range(1, 5):
        desk.print(entry(str(n)), prose(n))
        desk.absorb()
    merge(desk, "34", 3, 4)
    merge(desk, "23", 2, 3)
    merge(desk, "12", 1, 2)
    desk.sound()
    assert [reads.resolve(desk.db, n) for n in (1, 2, 3, 4)] == [1] * 4
    for n in range(1, 8):
        store_articles.delete_article(desk.db, n, desk.how.boilerplate_min_articles)
    desk.absorb()
    assert [reads.resolve(desk.db, n) for n in (1, 2, 3, 4)] == [None] * 4
    desk.print(entry("new"), prose(8))
    desk.absorb()
    assert desk.rows("SELECT id FROM stories") == [(5,)], "no id is used twice"


def test_a_story_that_gives_an_article_away_has_changed(desk: Desk) -> None:
    for n in range(3):
        desk.print(entry(str(n)), prose(n))
    ids, later = {1, 2, 3}, NOW + timedelta(days=2)
    grouping.record_groups(desk.db, NOW, ids, [((1,), ((1,),)), ((2, 3), ((2,), (3,)))], {}, {})
    new = [((1, 2), ((1,), (2,))), ((3,), ((3,),))]
    assert grouping.record_groups(desk.db, later, ids, new, {0: 1, 1: 2}, {}) == 2
    assert desk.rows("SELECT DISTINCT updated FROM stories") == [("2026-03-07T12:00:00Z",)]


labels = st.lists(st.integers(0, 4), min_size=7, max_size=7)


@settings(max_examples=40)
@given(st.lists(labels, min_size=2, max_size=6))
def test_any_regrouping_keeps_ids_findable(tmp_path_factory: pytest.TempPathFactory, history: list[list[int]]) -> None:
    """Whatever partition follows on which: it is stored as it is, and every id ever given leads to a story. What merges
    and parts again has the ids that it had."""
    desk = Desk(tmp_path_factory.mktemp("any") / "stories.db", loads(CONFIG, "config.yaml"))
    for n in range(7):
        desk.print(entry(str(n)), prose(n))
    given_out: set[int] = set()
    there_and_back = [history[-1], [0] * 7, history[-1]]
    ids: list[list[tuple[object, ...]]] = []
    for labelling in [*history, *there_and_back]:
        members = [tuple(i + 1 for i in range(7) if labelling[i] == label) for label in sorted(set(labelling))]
        groups = sorted((m, tuple((i,) for i in m)) for m in members)
        former = grouping.former(desk.db, range(1, 8))
        keeps, aliases = heirs(grouping.old_stories(desk.db, range(1, 8)), [m for m, _ in groups], former)
        grouping.record_groups(desk.db, NOW, range(1, 8), groups, keeps, aliases)
        assert stored_partition(desk.db) == groups
        given_out |= {int(str(i)) for (i,) in desk.rows("SELECT id FROM stories")}
        assert all(reads.resolve(desk.db, i) for i in given_out)
        assert desk.rows("SELECT 1 FROM aliases WHERE story_id IN (SELECT id FROM aliases)") == []
        assert desk.rows("PRAGMA foreign_key_check") == []
        ids.append(desk.rows("SELECT article_id, story_id FROM copies ORDER BY 1"))
    assert ids[-1] == ids[-3]
    desk.db.close()


def test_the_checks_of_this_file_can_fail(desk: Desk) -> None:
    """`sound` sees an index that disagrees with its table, and a group that a rebuild would not make."""
    desk.print(entry("a"), prose(1))
    desk.print(entry("b"), prose(2))
    desk.absorb()
    desk.sound()
    desk.db.execute("UPDATE copies SET story_id = 1")
    with pytest.raises(AssertionError):
        sound(desk.db, desk.config)
    desk.db.execute("UPDATE copies SET story_id = article_id")
    desk.sound()
    desk.db.execute("DROP TRIGGER articles_au")
    desk.db.execute("UPDATE articles SET title = 'unheard of' WHERE id = 1")
    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        desk.sound()


# -- all of it at once

moves = st.lists(
    st.tuples(
        st.sampled_from(["page", "page", "fail", "refused", "feed", "delete", "absorb", "later"]),
        st.integers(0, 3),  # feed
        st.integers(0, 3),  # piece
        st.integers(0, 2),  # wording
        st.sampled_from([None, None, "http://courier.test/moved"]),  # where its page leads to
        st.sampled_from(["", "#0", "#1"]),  # of its guid
    ),
    min_size=4,
    max_size=24,
)


@pytest.mark.case("F16")
@settings(max_examples=60)
@given(moves)
def test_whatever_feeds_and_pages_do_the_tables_agree(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int, int, int, str | None, str]]
) -> None:
    """Entries of four feeds that come, change and go, with pages that answer, fail or lead to one another."""
    desk = Desk(tmp_path_factory.mktemp("all") / "stories.db", loads(CONFIG, "config.yaml"))
    for what, feed, piece, wording, leads, mark in history:
        summary = f"Wording {wording} of piece {piece} in short."
        at = entry(f"{piece}{mark}", f"http://courier.test/{piece}", feed=COURIER[feed], summary=summary)
        if what == "delete":
            store_articles.delete_article(desk.db, piece + 1, desk.how.boilerplate_min_articles)
        elif what == "absorb":
            desk.absorb()
        elif what == "later":
            desk.next_run(hours=1 + 30 * wording)
        elif desk.feed(at) and what == "page":
            desk.page(at, f"{prose(piece)}\n{prose(10 + wording, 2)}", url=leads)
        elif what == "fail":
            desk.page(at, summary, code=Reason.TIMEOUT, text_from=TextFrom.TEASER)
        elif what == "refused":
            desk.page(at, None, code=Reason.ROBOTS, asked=bool(wording))
    desk.absorb()
    desk.sound()
    assert desk.rows("SELECT 1 FROM entries WHERE tries > 0 AND next_try IS NULL AND state <> 'done'") == []
    assert desk.rows("SELECT 1 FROM entries WHERE state = 'partial' AND tries >= ?", store_articles.MAX_TRIES) == []
    deleted = any(what == "delete" for what, *_ in history)
    assert deleted or desk.rows("SELECT 1 FROM entries WHERE state = 'done' AND article_id IS NULL") == []
    before = desk.db.total_changes
    desk.absorb()
    assert desk.db.total_changes == before, "a second time there is nothing to do"
    desk.db.close()
