"""The page of full text: what it finds, under which stories, and that any text may be typed."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.model import StoreError
from pipeline.store import fulltext
from pipeline.store.connect import open_read
from pipeline.web.app import App, datasette
from pipeline.web.markup import marked
from pipeline.web.pages.search import grouped, named
from tests.conftest import MARKS, Demo, Small
from tests.plans import scans


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def fetch(app: App, **query: object) -> httpx.Response:
    return asyncio.run(app.client.get(f"/search?{urlencode(query)}", follow_redirects=False))


def found(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'<span class="id">#(\d+)</span>', page)]


def test_articles_are_those_of_the_command_under_their_stories(db: Any, app: App) -> None:
    hits = fulltext.search(db, "drohne* OR drone*", limit=20)
    page = fetch(app, q="drohne* OR drone*").text
    assert sorted(found(page)) == sorted(h["article_id"] for h in hits) and found(page)[0] == hits[0]["article_id"]
    assert "the best first" in page and "<mark>Drohnen</mark>" in page
    for story in {h["story_id"] for h in hits}:
        size = db.execute("SELECT articles FROM listings WHERE story_id = ?", [story]).fetchone()[0]
        inner = page.partition('id="articles"')[2]
        assert inner.count(f'href="/story/{story}"') == (1 if size > 1 else 0)  # its articles stand together below it


def test_stories_that_tell_of_it_come_first(db: Any, app: App) -> None:
    page = unescape(fetch(app, q="drohne* OR drone*").text)
    above = page[: page.index('id="articles"')]
    origins = [int(n) for n in re.findall(r"(\d+) independent origin", above)]
    assert origins == sorted(origins, reverse=True) and origins
    assert 'href="/?q=drohne%2A+OR+drone%2A&since=all"' in above


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"lang": "nl"}, "lang = 'nl'"),
        ({"source": "nos"}, "source = 'nos'"),
        ({"until": "2026-11-19"}, "effective < '2026-11-20'"),
        ({"since": "2026-11-20", "lang": "de"}, "lang = 'de' AND effective >= '2026-11-20'"),
    ],
)
def test_filters_and_pages(db: Any, app: App, query: dict[str, str], where: str) -> None:
    expected = {r[0] for r in db.execute(
        f"SELECT article_id FROM v_story_articles WHERE {where} AND article_id IN"
        " (SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'die OR het OR the')")}  # fmt: skip
    seen: list[int] = []
    for number in range(1, 12):
        page = fetch(app, q="die OR het OR the", page=number, **query).text
        seen += found(page)
        if 'rel="next"' not in page:
            break
    assert sorted(seen) == sorted(expected) and expected


def test_what_is_too_much_is_said_and_the_newest_come_first(db: Any, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "RANKED", 30)
    page = fetch(app, q="die OR the").text
    sql = "SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'die OR the' ORDER BY rowid DESC LIMIT 20"
    ids = [r[0] for r in db.execute(sql)]
    assert sorted(found(page)) == sorted(ids) and "the newest come first" in page
    assert 'rel="next"' not in fetch(app, q="die OR the", page=2).text  # only the newest 30 are looked at


def test_a_number_or_an_address_leads_to_its_article(db: Any, app: App) -> None:
    number, url = db.execute("SELECT id, url FROM articles LIMIT 1").fetchone()
    for typed in (f"#{number}", f"# {number}", url, f"  {url}?utm_source=x "):
        answer = fetch(app, q=typed)
        assert (answer.status_code, answer.headers.get("location")) == (303, f"/article/{number}"), typed
    for typed in ("#99999999", "#9999999999999999999", "https://nowhere.example/x"):
        answer = fetch(app, q=typed)
        assert answer.status_code == 200 and "There is no article of that" in answer.text
    assert named(db, f"news of #{number}") is None


def test_without_words_it_says_how_to_search(app: App) -> None:
    assert '<details class="how" open>' in fetch(app).text
    nothing = fetch(app, q="-toy")
    assert nothing.status_code == 200 and "name a word that is to be there" in nothing.text
    assert "No article holds all of that" in fetch(app, q="zzzz yyyy").text


@pytest.mark.parametrize(
    "query",
    [
        {"lang": "x"},
        {"source": "nobody"},
        {"since": "x"},
        {"page": "0"},
        {"since": "1d", "until": "2d"},
        {"q": "x" * 501},
    ],
)
def test_wrong_values_are_refused(app: App, query: dict[str, str]) -> None:
    assert fetch(app, **query).status_code == 400


@pytest.mark.case("D7")
@settings(max_examples=25)
@given(st.text(max_size=80) | st.text('ab"*-()^:+NEAROT ', max_size=60))
@example("a " * 249)
@example(" OR ".join("ab" * 50))
@example('NEAR("a" b, 3)')
@example("title:drone AND {text}")
@example("\0\x1b[31m\ue000\u202e")
def test_any_text_may_be_typed(loop: asyncio.Runner, app: App, text: str) -> None:
    answer = loop.run(app.client.get(f"/search?{urlencode({'q': text})}", follow_redirects=False))
    assert answer.status_code in (200, 303), (text, answer.text)
    assert not set(MARKS.findall(answer.text)) - {"\n", "\t"}


@pytest.mark.case("D1")
@given(st.text(alphabet="\ue000\ue001<&a b\u202e", max_size=30))
def test_marks_never_make_markup_of_text(text: str) -> None:
    made = str(marked(text))
    bare = made.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare and not re.search("[\ue000\ue001\u202e]", made)
    assert re.fullmatch(r"(?:(?!</?mark>).)*(?:<mark>(?:(?!</?mark>).)*</mark>(?:(?!</?mark>).)*)*", made)


@pytest.mark.case("D1", "D3")
def test_hostile_text_is_text(small: Small, tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    with closing(sqlite3.connect(small.path)) as there, closing(sqlite3.connect(path)) as own:
        there.backup(own)
        own.execute("PRAGMA journal_mode=WAL")
        own.execute("UPDATE articles SET title = '<b>owl</b> \ue000', text = '<script>owl</script> \u202e \ue001'")
        own.execute("UPDATE articles SET url = 'javascript:alert(' || id || ')'")
        own.commit()
    page = fetch(datasette(path), q="owl").text
    assert "<b>" not in page and "<script>owl" not in page and 'href="javascript' not in page
    assert "&lt;script&gt;<mark>owl</mark>&lt;/script&gt;" in page


def test_hits_stand_under_their_stories_in_the_order_of_the_best() -> None:
    hits = [{"article_id": n, "story_id": s, "url": ""} for n, s in ((1, 7), (2, None), (3, 8), (4, 7))]
    groups = grouped(hits, {7: {"story_id": 7, "several": 1}, 8: {"story_id": 8, "several": 0}})
    assert [(g["story"] and g["story"]["story_id"], [h["article_id"] for h in g["hits"]]) for g in groups] == [
        (7, [1, 4]), (None, [2]), (None, [3]),
    ]  # fmt: skip


def test_a_search_without_end_is_ended_with_a_sentence(demo: Demo) -> None:
    with closing(open_read(demo.path)) as own:
        assert fulltext.find(own, "a* OR b*").hits
        own.set_progress_handler(lambda: 1, 1)
        with pytest.raises(StoreError, match="takes too long"):
            fulltext.find(own, "a* OR b*")


def test_every_read_has_an_index(db: Any) -> None:
    def ask() -> None:
        fulltext.find(
            db, "die OR the", lang="de", source="nos", since="2026-11-19T00:00:00Z", until="2026-11-21T00:00:00Z"
        )
        named(db, "https://nowhere.example/x")

    assert scans(db, ask) == []


# -- snippets

PHRASES = st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "owl", "snowy owl", "a b c d e f g h i j k l m n"])))


@given(PHRASES)
def test_snippets_are_short_and_their_marks_come_in_pairs(phrases: list[tuple[bool, str]]) -> None:
    text = " ".join(f"\ue000{words}\ue001" if hit else words for hit, words in phrases)
    shown = fulltext.snippet(text, ("<", ">"))
    assert re.fullmatch(r"[^<>]*(<[^<>]+>[^<>]*)*", shown)
    assert len(re.findall(r"\w+", shown)) <= fulltext.WINDOW
    assert ("<" in shown) == any(hit for hit, _ in phrases)


def test_a_snippet_holds_most_of_what_was_found() -> None:
    filler = " ".join(["and"] * 30)
    text = f"{filler} \ue000owl\ue001 {filler} the \ue000snowy\ue001 white \ue000owl\ue001 in {filler}"
    assert "the [snowy] white [owl] in" in fulltext.snippet(text)
    assert fulltext.snippet("No mark here") == "No mark here"


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("times", "marked"), [(14_000, 12), (200_000, 0)])
def test_words_said_over_and_over_take_no_time(small: Small, tmp_path: Path, times: int, marked: int) -> None:
    """FTS5's own snippet() takes minutes here, and cannot be interrupted."""
    path = tmp_path / "own.db"
    with closing(sqlite3.connect(small.path)) as there, closing(sqlite3.connect(path)) as db, db:
        there.backup(db)
        db.execute("UPDATE articles SET text = ? WHERE title LIKE '%owl%'", ["owl " * times])
    with closing(open_read(path)) as db:
        [first, *_] = fulltext.search(db, "owl " * 100)
    assert first["snippet"].count("owl") == fulltext.WINDOW and first["snippet"].count("[owl]") == marked
