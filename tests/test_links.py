"""Links in an article's text: which of a page's or a feed's anchors count, and how they are stored."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import urls
from pipeline.articles import from_entry, from_page
from pipeline.config import loads
from pipeline.links import MAX_LINKS, MAX_WORDS, in_fragment, in_page
from pipeline.model import Entry, FetchResult, Link, ParsedFeed, Reason, TextFrom
from pipeline.newsroom import truth
from pipeline.newsroom.cast import CAST
from pipeline.signatures import paragraph_hashes, title_hash
from pipeline.store import articles as store_articles
from pipeline.store import collecting, runs
from pipeline.store.connect import open_read, open_write
from pipeline.store.links import links_of
from pipeline.text import plain
from tests.conftest import Demo
from tests.making import NOW, article

OWN = "https://www.courier.test/a"
ENTRY = Entry("https://courier.test/rss", "a", OWN, "Ferry hits quay")
SENTENCE = "The train stopped before the bridge, and nobody on board knew how long it would take to move on."
CITED = f'{SENTENCE} As <a href="https://www.spiegel.test/b">Der Spiegel</a> reports, it was the signal.'
SPIEGEL = Link("https://www.spiegel.test/b", "Der Spiegel")


def found(body: str, text: str | None = None) -> tuple[Link, ...]:
    """The links of a body of which ``text`` was extracted; all of it, if not given."""
    tree = lxml.html.document_fromstring(f"<html><body>{body or '<p>'}</body></html>")
    return in_page(tree, plain(body) if text is None else text, OWN)


def addresses(body: str) -> list[str]:
    return [link.url for link in found(f"<p>{SENTENCE} {body}</p>")]


def a(href: str, words: str = "so they say") -> str:
    return f'<a href="{href}">{words}</a>'


# -- which anchors count

CLUTTER = f"""
<nav><ul><li>{a("https://facebook.test/courier", "Facebook")}</li></ul></nav>
<aside><h3>Related</h3><p>{a("https://other.test/x", "The bridge that nobody wanted to build")}</p></aside>
<div class="related"><ul><li>{a("https://other.test/y", "Ten trains that never came")}</li></ul></div>
<div class="share">{a("https://twitter.test/share?u=1", "Share")} {a("https://facebook.test/sharer", "board")}</div>
<div class="author"><p>Nora Quill writes on {a("https://nora.test/", "bridges")}.</p></div>
<section class="comments"><p>{a("https://spam.test/", "Cheap tickets")} for all who waited</p></section>
<footer>{a("https://agency.test/", "Made by an agency")}</footer>
"""


def test_only_links_in_the_text_count() -> None:
    text = "\n".join(plain(f"<p>{p}</p>") for p in (SENTENCE, CITED, SENTENCE))
    assert found(f"{CLUTTER}<article><p>{SENTENCE}</p><p>{CITED}</p><p>{SENTENCE}</p></article>{CLUTTER}", text) == (
        SPIEGEL,
    )


def test_a_whole_page() -> None:
    body = f"<article>{f'<p>{SENTENCE}</p>' * 4}<p>{CITED}</p><p>A last {a('https://x.test/', 'line')} of it.</p>"
    html = f"<html><body>{CLUTTER}{body}</article>{CLUTTER}</body></html>"
    got = from_page(ENTRY, html.encode(), url=OWN, source="courier", language="en", now=NOW)
    assert got.text_from is TextFrom.PAGE
    assert got.links == (SPIEGEL, Link("https://x.test/", "line"))


def test_a_text_from_json_ld_has_the_anchors_of_the_page() -> None:
    told = " ".join([SENTENCE] * 6)
    head = (
        f'<script type="application/ld+json">{{"@type":"NewsArticle","articleBody":"{told} {plain(CITED)}"}}</script>'
    )
    html = f"<html><head>{head}</head><body><p>{SENTENCE}</p><div>{CITED}</div>{CLUTTER}</body></html>"
    got = from_page(ENTRY, html.encode(), url=OWN, source="courier", language="en", now=NOW)
    assert got.text.startswith(told) and got.links == (SPIEGEL,)


def test_what_is_behind_a_wall_is_no_link_of_the_free_part() -> None:
    head = (
        '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false,'
        '"hasPart":[{"isAccessibleForFree":false,"cssSelector":".plus"}]}</script>'
    )
    html = f"<html><head>{head}</head><body><article>{f'<p>{SENTENCE}</p>' * 3}<div class='plus'><p>{CITED}</p></div>"
    got = from_page(ENTRY, f"{html}</article></body></html>".encode(), url=OWN, source="c", language="en", now=NOW)
    assert got.paywalled and got.text and got.links == ()


def test_inline_tags_around_and_within() -> None:
    body = f"<p>{SENTENCE} <b><i>As {a('https://x.test/', 'the <em>Daily</em> <b>X</b><br>')}</i></b> has it.</p>"
    assert found(body) == (Link("https://x.test/", "the Daily X"),)


def test_line_breaks_and_text_beside_blocks() -> None:
    one, two = a("https://one.test/"), a("https://two.test/")
    assert [link.url for link in found(f"<div>{SENTENCE} {one}<br>{two}<p>{SENTENCE}</p>{one} {SENTENCE}</div>")] == [
        "https://one.test/",
        "https://two.test/",
    ]


def test_links_come_in_reading_order() -> None:
    hrefs = [f"https://x{n}.test/" for n in range(4)]
    inner = f"<blockquote>{SENTENCE} {a(hrefs[1])}<ul><li>{a(hrefs[2])}</ul></blockquote>"
    assert [link.url for link in found(f"<div>{a(hrefs[0])}{inner}{a(hrefs[3])}</div>")] == hrefs


def test_an_extractor_may_set_blanks_and_dashes_anew() -> None:
    body = f"<ul><li>{a('https://x.test/', 'The report')} as PDF</ul><p>Said <b>he</b>, {a('https://y.test/')}.</p>"
    text = f"- The report as PDF\nand before it {'Said he , so they say .'} and after"
    assert [link.url for link in found(body, text)] == ["https://x.test/"]  # the second is too short to be a part
    longer = body.replace("Said", f"{SENTENCE} Said")
    assert len(found(longer, text.replace("Said", f"{SENTENCE} Said"))) == 2


@pytest.mark.parametrize(
    "inner", ["", "<img src='x.png' alt='Spiegel'>", "\u200b", "<div>A card</div>", "<script>x</script>"]
)
def test_a_link_without_words_is_none(inner: str) -> None:
    assert addresses(a("https://x.test/", inner)) == []


def test_words_are_one_line_of_bounded_length() -> None:
    words = f"one\n<i>line</i> {SENTENCE} {SENTENCE} {SENTENCE}"
    (link,) = found(f"<p>{a('https://x.test/', words)}</p>")
    assert link.text.startswith("one line The train") and len(link.text) <= MAX_WORDS and link.text.endswith("…")


# -- where they lead


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("//www.spiegel.test/b", "https://www.spiegel.test/b"),
        (" HTTPS://WWW.Spiegel.test:443/b?utm_source=courier&x=1#top ", "https://www.spiegel.test/b?x=1"),
        ("https://user:secret@www.spiegel.test/b", "https://www.spiegel.test/b"),
        ("https://bücher.test/ä", "https://xn--bcher-kva.test/%C3%A4"),
        ("https://news.google.com/rss/articles/CBMi", "https://news.google.com/rss/articles/CBMi"),
    ],
)
def test_addresses_are_canonical(href: str, address: str) -> None:
    assert addresses(a(href)) == [address]


@pytest.mark.case("D3")
@pytest.mark.parametrize(
    "href",
    [
        "", "/b", "b", "#b", "?b=1", "../b", "https://courier.test/b", "//m.courier.test/b", "http://www.courier.test/",
        "javascript:alert(1)", "JaVaScRiPt://x.test/%0aalert(1)", "data:text/html,x", "mailto:x@y.test", "tel:1",
        "ftp://x.test/", "file:///etc/passwd", "https://", "https:///", "http://[", "https://[::1/", "https://x.test:99999/",
        "https://x.test:x/", "https://a..b/", "https://x.test\\@y.test/", "https://x\x01.test/", "//", "https://%zz/",
        "https://user@www.courier.test/b", "https://xn--\u00fc.test/", "https://" + "x" * 70 + ".test/",
        "https://x.test/" + "x" * 1_000_000, " " * 1_000_000 + "//", "https://" + "\u202e" * 100_000,
    ],
)  # fmt: skip
def test_own_and_hostile_addresses_are_left_out(href: str) -> None:
    assert in_fragment(f"<p>{SENTENCE} {a(href)}</p>", plain(f"{SENTENCE} so they say"), OWN) == ()


@pytest.mark.parametrize("own", ["", "http://[", "x\x00y", "data:text/html,x"])
def test_an_article_without_a_proper_address_is_read_all_the_same(own: str) -> None:
    assert in_fragment(f"<p>{CITED}", plain(CITED), own) in ((), (SPIEGEL,))


def test_a_target_counts_once_and_there_is_an_end() -> None:
    twice = [a("https://www.x.test/b"), a("http://x.test/b/?utm_medium=mail"), a("https://www.x.test/b")]
    assert addresses(" ".join(twice)) == ["https://www.x.test/b"]
    assert len(addresses(" ".join(a(f"https://x.test/{n}") for n in range(200)))) == MAX_LINKS


MANY = {
    "elsewhere": "<p>{}</p>".format(" ".join(a(f"https://x{n}.test/") for n in range(100_000))),
    "of_no_text": "".join(f"<li>{a(f'https://x.test/{n}', f'{SENTENCE} number {n}')}" for n in range(20_000)),
    "own_hosts": "<p>{}</p>".format(" ".join(a(f"https://x{n}.courier.test/") for n in range(100_000))),
    "same": "<p>{}</p>".format(" ".join(a(f"https://x.test/?utm_id={n}") for n in range(100_000))),
    "nested": "<div><b>" * 100 + "<i>" * 30 + "".join(f"{a(f'//x{n}.test/')}<div>" for n in range(20_000)),
    "elements": f"{'<p><i>x</i>' * 15_000}{a('https://x.test/')}",
}


@pytest.mark.parametrize("body", MANY.values(), ids=MANY.keys())
@pytest.mark.parametrize("long", [False, True])
def test_a_page_full_of_links_is_soon_done(body: str, long: bool) -> None:
    tree = lxml.html.document_fromstring(f"<html><body>{body}</body></html>")
    text = SENTENCE * 10_000 if long else plain(body)
    start = time.process_time()
    assert len(in_page(tree, text, OWN)) <= MAX_LINKS
    assert time.process_time() - start < 2  # quadratic, it would take minutes


# -- feeds


def test_a_feed_that_carries_the_text_carries_its_links() -> None:
    entry = replace(ENTRY, summary=f"<p>{SENTENCE} {a('https://x.test/')}</p>", content=f"<p>{CITED}</p>")
    assert from_entry(entry, source="courier", language="en", full=True).links == (SPIEGEL,)
    teaser = from_entry(entry, source="courier", language="en", full=False)
    assert (teaser.text_from, teaser.links) == (TextFrom.TEASER, (Link("https://x.test/", "so they say"),))


def test_a_page_that_says_less_than_its_feed_has_the_feeds_links() -> None:
    entry = replace(ENTRY, content=f"<p>{SENTENCE}</p>" * 5 + f"<p>{CITED}</p>")
    html = f"<html><body><article><p>{SENTENCE} {a('https://x.test/')}</p></article></body></html>"
    got = from_page(entry, html.encode(), url=OWN, source="courier", language="en", now=NOW)
    assert (got.text_from, got.links) == (TextFrom.FEED, (SPIEGEL,))


@pytest.mark.parametrize(
    "fragment", ["", SENTENCE, "a < b", "<p>x</p>", "<" * 999, "<b>" * 100_000, f"<p>{a('//x.test/', '')}"]
)
def test_a_fragment_without_links(fragment: str) -> None:
    assert in_fragment(fragment, plain(fragment), OWN) == ()


# -- whatever comes

HREFS = st.sampled_from(
    [
        "https://x.test/b",
        "//y.test",
        "/b",
        OWN,
        "http://[",
        "javascript:x",
        "https://ü.test/?utm_id=1&a",
        "https://x.test:x",
    ]
) | st.text(max_size=20)
WORDS = st.sampled_from(["Reuters", "said so", " ", "\u200b", "&amp;", "<br>", "e\u0301"]) | st.text(max_size=20)
TAGS = st.sampled_from(["p", "div", "b", "li", "a", "td", "nav", "script", "br", "head", "body", "svg", "<!--", "x"])
PIECES = st.one_of(
    st.builds(a, HREFS, WORDS), WORDS, TAGS.map("<{}>".format), TAGS.map("</{}>".format), st.just(f"<p>{SENTENCE} ")
)


def squeezed(s: str) -> str:
    return "".join(s.split())


@given(st.lists(PIECES, max_size=25).map("".join), st.integers(0, 200))
def test_any_html_gives_canonical_links_of_other_sites_that_stand_in_the_text(body: str, cut: int) -> None:
    text = plain(body)[cut:]
    links = in_fragment(body, text, OWN)
    assert len({urls.key(link.url) for link in links}) == len(links)
    for link in links:
        assert urls.canonical(link.url) == link.url and not urls.same_site(link.url, OWN)
        assert link.text and squeezed(link.text).rstrip("…") in squeezed(text)


@pytest.mark.case("C8")
@given(st.binary(max_size=300), st.lists(PIECES, max_size=10).map("".join))
def test_no_page_raises(noise: bytes, body: str) -> None:
    html = f"<p>{SENTENCE}</p><p>{CITED}</p>".encode() + noise + body.encode("utf-8", "replace")
    got = from_page(ENTRY, html, url=OWN, source="courier", language="en", now=NOW)
    assert all(urls.canonical(link.url) == link.url for link in got.links)


# -- the store

CONFIG = """
sources:
  courier: {name: Courier, owner: C, country: GB, language: en, role: publisher, feeds: [https://courier.test/rss]}
"""
ONE, TWO = Link("https://x.test/1", "one"), Link("https://y.test/2", "two")
TEXT = "Twelve people were hurt, police said."


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_write(tmp_path / "stories.db")
    collecting.sync_sources(connection, loads(CONFIG, "config.yaml").sources)
    runs.begin_run(connection, NOW, "r")
    feed = FetchResult("courier", ENTRY.feed_url, "feed", Reason.OK)
    collecting.record_feed(connection, runs.Moment(1, NOW), feed, ParsedFeed((ENTRY,)), {"a": "courier.test/a"}, 1800)
    yield connection
    connection.close()


def store(db: sqlite3.Connection, *links: Link, text: str = TEXT, **more: object) -> str:
    a = replace(article(0, ENTRY.title, text, source="courier"), key="courier.test/a", links=links, **more)  # type: ignore[arg-type]
    found = store_articles.Found(a, tuple(paragraph_hashes(a)), title_hash(a))
    return store_articles.record_article(db, runs.Moment(1, NOW), None, ENTRY, found, 3)


def stored(db: sqlite3.Connection) -> tuple[Link, ...]:
    return links_of(db, [1]).get(1, ())


def read_citations(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM uncited")


def uncited(db: sqlite3.Connection) -> list[int]:
    return [r[0] for r in db.execute("SELECT article_id FROM uncited")]


def test_links_are_stored_in_their_order(db: sqlite3.Connection) -> None:
    assert (store(db, TWO, ONE), stored(db)) == ("new", (TWO, ONE))
    assert links_of(db, []) == {} and links_of(db, [1, 2]) == {1: (TWO, ONE)}


def test_the_same_page_again_writes_nothing(db: sqlite3.Connection) -> None:
    store(db, ONE, TWO)
    store(db, ONE, TWO)
    read_citations(db)
    before = db.total_changes
    assert store(db, ONE, TWO) == "same"
    assert uncited(db) == [] and stored(db) == (ONE, TWO)
    assert db.total_changes - before == settled(db)


def settled(db: sqlite3.Connection) -> int:
    """What recording nothing at all changes: the entry's own row."""
    before = db.total_changes
    store_articles.record_article(db, runs.Moment(1, NOW), None, ENTRY, None, 3)
    return db.total_changes - before


@pytest.mark.parametrize("links", [(), (ONE,), (TWO, ONE), (ONE, Link(TWO.url, "others"))])
def test_changed_links_are_read_again_but_are_no_new_version(db: sqlite3.Connection, links: tuple[Link, ...]) -> None:
    store(db, ONE, TWO)
    read_citations(db)
    assert (store(db, *links), stored(db), uncited(db)) == ("same", links, [1])
    assert db.execute("SELECT version FROM articles").fetchone()[0] == 1


def test_a_teaser_does_not_take_the_links_of_the_text_away(db: sqlite3.Connection) -> None:
    store(db, ONE)
    assert store(db, TWO, text="Twelve hurt.", text_from=TextFrom.TEASER) == "same"
    assert stored(db) == (ONE,)


def test_an_edit_and_a_text_for_a_teaser_bring_their_links(db: sqlite3.Connection) -> None:
    store(db, ONE, text="Twelve hurt.", text_from=TextFrom.TEASER)
    assert (store(db, TWO), stored(db)) == ("edited", (TWO,))
    assert (store(db, ONE, TWO, text="Thirteen people were hurt."), stored(db)) == ("edited", (ONE, TWO))


def test_links_go_with_their_article(db: sqlite3.Connection) -> None:
    store(db, ONE)
    store_articles.delete_article(db, 1, 3)
    assert (stored(db), uncited(db)) == ((), [])


# -- the news day


def test_the_news_day_links_whom_it_cites(demo: Demo) -> None:
    """Four outlets link the names of those they cite; what any other links to is its own."""
    with open_read(demo.path) as db:
        rows = {r["key"]: r for r in db.execute("SELECT id, key, source, text FROM articles")}
        links = links_of(db, [r["id"] for r in rows.values()])
    day = {row.article: row for row in truth(date(2026, 11, 19))}
    wanted: dict[int, set[str]] = defaultdict(set)
    for row in day.values():
        mine = rows[urls.key(row.url)]
        for cited in (day[c] for c in row.cites if CAST[row.outlet].links and c in day and day[c].outlet != row.outlet):
            if CAST[cited.outlet].name in mine["text"]:
                wanted[mine["id"]].add(urls.key(cited.url))
    assert sum(map(len, wanted.values())) > 10
    assert {i: {urls.key(link.url) for link in some} for i, some in links.items()} == wanted
    assert {link.text for some in links.values() for link in some} <= {o.name for o in CAST.values()}
