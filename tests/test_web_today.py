"""The page of the day: which stories it lists, what it says of each, and what it refuses."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.asked import Asked, Order
from pipeline.store import asking, glances
from pipeline.web.answers import Ask, BadRequestError, Page
from pipeline.web.app import App, datasette
from pipeline.web.markup import STATIC
from pipeline.web.pages import today
from pipeline.web.plots import story
from pipeline.web.timeline import LANES, RADIUS, SHAPES, WIDTH, lanes, shapes, timeline
from tests.conftest import MARKS, Small
from tests.plans import scans
from tests.webpages import copied

NOON = datetime(2026, 11, 20, 8, tzinfo=UTC)  # inside the news day
HOSTILE = "<script>alert(1)</script>\u202etxet \ue000&amp;"


def fetch(app: App, path: str, **query: object) -> httpx.Response:
    address = f"{path}?{urlencode(query)}" if query else path
    return asyncio.run(app.client.get(address, follow_redirects=False))


def shown(db: Any, now: datetime = NOON, **query: str) -> Mapping[str, Any]:
    """What the page gives its template."""
    answer = today.page(db, Ask("/", now, query={name: [text] for name, text in query.items()}))
    assert isinstance(answer, Page)
    return answer.context


def ids(context: Mapping[str, Any]) -> list[int]:
    return [s["story_id"] for s in context["stories"]]


def test_the_last_day_by_independent_origins(db: Any) -> None:
    context = shown(db)
    every = asking.stories(db, Asked(since="2026-11-19T08:00:00Z"), NOON, limit=100)
    assert ids(context) == [s["story_id"] for s in every][: today.PER_PAGE] and not context["shown"].back
    assert [s["origins"] for s in context["stories"]] == sorted((s["origins"] for s in every), reverse=True)
    assert context["total"] == len(every)
    appeared = "SELECT count(*) FROM v_story_articles WHERE effective >= '2026-11-19T08:00:00Z'"
    assert context["appeared"] == db.execute(appeared).fetchone()[0]


def test_a_day_without_news_falls_back_to_the_last_that_has_some(db: Any, app: App) -> None:
    late = shown(db, datetime(2027, 3, 1, tzinfo=UTC))
    newest = db.execute("SELECT max(newest) FROM listings WHERE several").fetchone()[0]
    assert late["shown"].back and late["last"] == newest and ids(late)
    assert any(s["growth"] for s in late["stories"])  # of the hours before that moment
    assert ids(shown(db, datetime(2027, 3, 1, tzinfo=UTC), since="24h")) == []  # who asks for a time gets that
    assert ids(shown(db, datetime(2027, 3, 1, tzinfo=UTC), order="newest"))
    empty = fetch(app, "/", since="2001-01-01", until="2001-01-02")
    assert "No story of that kind in that time" in empty.text and "Look at all times" in empty.text


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"lang": "nl"}, "articles > 1 AND ' ' || languages || ' ' LIKE '% nl %'"),
        ({"source": "nos", "min_articles": "1"},
         "story_id IN (SELECT story_id FROM v_story_articles WHERE source = 'nos')"),
        ({"origin": "Der Spiegel"}, "articles > 1 AND origin = 'Der Spiegel'"),
        ({"min_origins": "3"}, "articles > 1 AND origins >= 3"),
        ({"min_articles": "6"}, "articles >= 6"),
        ({"until": "2026-11-19"}, "articles > 1 AND newest < '2026-11-20'"),
        ({"q": "drohne* OR drone*"}, "articles > 1 AND story_id IN (SELECT c.story_id FROM articles_fts f JOIN copies c"
         " ON c.article_id = f.rowid WHERE articles_fts MATCH 'drohne* OR drone*')"),
    ],
)  # fmt: skip
def test_filters(db: Any, query: dict[str, str], where: str) -> None:
    expected = {r[0] for r in db.execute(f"SELECT story_id FROM listings WHERE {where}")}
    context = shown(db, since="all", **query)
    assert set(ids(context)) == expected and expected
    assert context["total"] == len(expected)


def test_filters_stay_in_every_link_and_field(app: App) -> None:
    query = {
        "q": "die OR the",
        "lang": "de",
        "source": "hafenkurier",
        "since": "all",
        "order": "newest",
        "min_articles": "3",
    }
    page = fetch(app, "/", **query).text
    links = [parse_qs(urlsplit(unescape(a)).query) for a in re.findall(r'href="(\?[^"]+)"', page)]
    assert len(links) > 8
    for link in links:
        assert len([k for k in query if link.get(k) != [query[k]]]) <= 1, link  # each changes one thing
    for feed in ("atom", "json"):
        address = re.search(rf'href="(/-/retold/stories\.{feed}[^"]+)"', page)
        assert address and parse_qs(urlsplit(unescape(address[1])).query) == {k: [v] for k, v in query.items()}
    for value in ("de", "hafenkurier", "newest", "3"):
        assert f'<option value="{value}" selected>' in page
    assert 'value="die OR the"' in page


def test_pages_are_pieces_of_the_list(db: Any, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ids(shown(db, since="all"))
    monkeypatch.setattr(today, "PER_PAGE", 10)
    pieces = [i for n in ("1", "2", "3") for i in ids(shown(db, since="all", page=n))]
    assert pieces == whole[:30] and len(whole) > 20
    middle = unescape(fetch(app, "/", since="all", lang="en", page=2).text)
    assert re.search(r'rel="prev" href="\?lang=en&since=all"', middle)
    with pytest.raises(BadRequestError, match="no page 9"):
        shown(db, since="all", page="9")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"lang": "klingon"}, "lang is a code of two letters"),
        ({"source": "spiegell"}, "did you mean spiegel?"),
        ({"since": "soon"}, "neither a span"),
        ({"min_origins": "many"}, "min_origins is a number"),
        ({"order": "luck"}, "order is one of"),
        ({"page": "51"}, "page is a number from 1 to 50"),
        ({"q": '"'}, "names no word"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(app: App, query: dict[str, str], sentence: str) -> None:
    answer = fetch(app, "/", **query)
    assert answer.status_code == 400 and sentence in unescape(answer.text)


def test_a_story_is_told_as_the_command_tells_it(db: Any, app: App) -> None:
    row = db.execute("SELECT * FROM listings WHERE origin = 'Der Spiegel' ORDER BY articles DESC LIMIT 1").fetchone()
    page = unescape(fetch(app, "/", since="all", origin="spiegel").text)
    part = page[page.index(f'href="/story/{row["story_id"]}"') :].partition("</tr>")[0]
    for name in ("origins", "articles"):
        assert f'data-name="{name}">{row[name]}</td>' in part
    assert (
        f'data-name="texts">{row["copy_groups"]}</td>' in part and f'data-name="outlets">{row["sources"]}</td>' in part
    )
    assert re.search(r"almost certain\s+<span class=\"sure\">\(1\.00\)", part)
    sql = "SELECT lang, title, min(effective) FROM v_story_articles WHERE story_id=? GROUP BY lang"
    others = {r["lang"]: r["title"] for r in db.execute(sql, [row["story_id"]])}
    assert others.keys() == {"de", "en", "nl"}
    for lang, title in others.items():
        assert re.search(rf'lang="{lang}" dir="auto">{re.escape(title)}<', part), title
    assert part.count("<use ") == row["articles"]  # a dot each
    assert f'aria-label="{row["articles"]} articles, 2026-11-19' in part and "(de)</title>" in part


def test_an_unknown_origin_has_no_number(db: Any, app: App) -> None:
    row = db.execute("SELECT story_id FROM listings WHERE several AND origin IS NULL AND confidence > 0").fetchone()
    today = unescape(fetch(app, "/", since="all").text)
    part = today[today.index(f'href="/story/{row["story_id"]}"') :].partition("</tr>")[0]
    assert "origin unknown;" in part and 'class="sure"' not in part
    about = fetch(app, f"/story/{row['story_id']}").text.partition("<dt>Origin</dt>")[2].partition("</dd>")[0]
    assert "unknown" in about and 'class="reasons"' in about
    assert "confidence" not in about and "<meter" not in about


def test_stories_that_do_not_grow_are_counted_but_not_listed(db: Any, app: App) -> None:
    for now in (NOON, NOON - timedelta(hours=4)):
        context = shown(db, now, order="growth", lang="de")
        grew = [s for s in shown(db, now, lang="de")["stories"] if s["growth"]]
        assert context["grown"] == len(ids(context)) == len(grew) < context["total"]
    page = " ".join(fetch(app, "/", order="growth").text.split())  # the last day that has any
    assert re.search(
        r"<p class=\"lead today-state\"> 3 of 9 stories .{,40}grew in the last 6 hours of that day; ", page
    )
    page = " ".join(fetch(app, "/", since="2026-11-19", until="2026-11-20", order="growth").text.split())
    assert re.search(r"None of (\d+) stories .{,50}grew in the last 6 hours; .*None of the \1 stories grew", page)
    assert shown(db)["grown"] is None and "grew" not in fetch(app, "/").text


def test_the_first_lines_say_how_the_last_run_went(app: App, small: Small, tmp_path: Path) -> None:
    page = fetch(app, "/").text
    assert re.search(r'<a href="/run/\d+">Last run</a>\s+<span class="badge good">done</span>', page)
    path = copied(small.path, tmp_path)
    with closing(sqlite3.connect(path)) as own, own:
        own.execute("INSERT INTO runs (started, state, recipe) VALUES ('2026-11-20T12:00:00Z', 'running', 'x')")
        own.execute("INSERT INTO unlisted SELECT story_id FROM listings WHERE story_id NOT IN unlisted LIMIT 2")
        own.execute("INSERT INTO untraced SELECT story_id FROM listings WHERE several AND story_id NOT IN untraced")
        own.execute(
            "INSERT INTO corrections (uid, kind, at, made_by, note) VALUES ('u', 'pin', '2026-11-20', 'Ada', '')"
        )
        own.execute("INSERT INTO corrected SELECT 1, key, 'together' FROM articles WHERE url LIKE '%/ferry'")
    page = fetch(datasette(path), "/").text
    assert "under way" in page and "2 stories wait to be worked out" in page
    assert "origin to be worked out by the next run" in page
    assert page.count(">corrected</span>") == 1
    with closing(sqlite3.connect(path)) as own, own:
        own.execute("UPDATE corrections SET removed = at")
    assert ">corrected</span>" not in fetch(datasette(path), "/").text


def test_hostile_text_is_text(small: Small, tmp_path: Path) -> None:
    path = copied(small.path, tmp_path)
    with closing(sqlite3.connect(path)) as own, own:
        own.execute("UPDATE articles SET title = ?", [HOSTILE])
        own.execute("UPDATE sources SET name = ?", [HOSTILE])
        own.execute(
            "UPDATE listings SET headline = ?1, origin = ?1, outlets = json_array(?1), confidence = 0.5", [HOSTILE]
        )
    page = fetch(datasette(path), "/", since="all", min_articles=1, q="the OR die", origin="").text
    assert "<script>alert" not in page and page.count("&lt;script&gt;") > 6
    assert not set(MARKS.findall(page)) - {"\n", "\t"}


def test_an_empty_database_says_what_to_do(tmp_path: Path) -> None:
    from pipeline.store.connect import open_write

    open_write(tmp_path / "empty.db").close()
    answer = fetch(datasette(tmp_path / "empty.db"), "/")
    assert answer.status_code == 200 and "<code>retold run</code>" in answer.text


def test_every_read_has_an_index(db: Any) -> None:
    for query in ({}, {"since": "all", "lang": "de"}, {"since": "3d", "q": "die", "order": "growth", "source": "nos"},
                  {"since": "2026-11-19", "until": "2026-11-20", "origin": "dpa", "cites": "NOS"}):  # fmt: skip
        assert scans(db, lambda q=query: shown(db, **q)) == []  # type: ignore[misc]


# -- timelines


def dots(hours: list[float], langs: str = "de") -> list[dict[str, Any]]:
    begin = datetime(2026, 11, 19, tzinfo=UTC)
    return [
        {"appeared": (begin + timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M:%SZ"), "lang": langs, "outlet": f"O{n}"}
        for n, h in enumerate(sorted(hours))
    ]


@given(st.lists(st.floats(0, 48), max_size=40))
def test_each_article_of_the_time_is_a_dot_inside_the_line(hours: list[float]) -> None:
    begin = datetime(2026, 11, 19, 12, tzinfo=UTC)
    line = timeline(dots(hours), len(hours), begin, begin + timedelta(hours=24), shapes(["de"]))
    assert len(line.dots) + line.earlier == len(hours)
    places = [d.x for d in line.dots]
    assert places == sorted(places) and all(RADIUS <= x <= WIDTH - RADIUS for x in places)


@given(st.lists(st.floats(0, 160), max_size=30))
def test_dots_hide_each_other_only_where_all_heights_are_taken(places: list[float]) -> None:
    placed = list(zip(sorted(places), lanes(sorted(places)), strict=True))
    for n, (x, y) in enumerate(placed):
        near = {b for a, b in placed[:n] if x - a < 2 * RADIUS}
        assert y not in near or near == set(LANES)


def test_languages_keep_their_shapes() -> None:
    assert [shapes(["nl"])[c] for c in ("de", "en", "nl")] == [0, 1, 2]
    many = shapes(["fr", "es", "it", "pl", "sv"])
    assert [many[c] for c in ("es", "fr", "it", "pl", "sv")] == [3, 4, 5, 6, 6] and len(SHAPES) == 7


def test_a_language_has_one_colour_on_all_pages() -> None:
    sheet = (STATIC / "retold.css").read_text(encoding="utf-8")
    langs = ["nl", "nl", "fr", "en", "nl", "de", "sv", "es", "pl"]  # however frequent and whoever comes first
    told = story.colours([{"lang": lang} for lang in langs])
    assert [told[lang] for lang in ("de", "en", "nl", "es", "fr", "pl", "sv")] == [1, 2, 3, 4, 5, 6, 0]
    for lang, shape in shapes(langs).items():
        colour = f"var(--plot-{told[lang]})" if told[lang] else "var(--soft)"
        assert f".shape-{shape} {{ fill: {colour}; }}" in sheet
        assert not told[lang] or f".hue-{told[lang]}::before {{ color: {colour}; }}" in sheet
    assert story.colours([{"lang": "nl"}, {"lang": "fr"}]) == {"nl": 3, "fr": 4}
    assert story.colours([{"lang": "fr"}], ["es", "fr"]) == {"fr": 5}  # a part of a story is coloured as the whole


def test_a_long_story_is_drawn_in_part_and_says_so(db: Any) -> None:
    story, size = db.execute("SELECT story_id, articles FROM listings ORDER BY articles DESC LIMIT 1").fetchone()
    some = glances.articles(db, [story], most=5)[story]
    assert len(some) == 5 and some == sorted(some, key=lambda a: a["appeared"])
    line = timeline(some, size, NOON - timedelta(days=3), NOON, shapes([a["lang"] for a in some]))
    assert line.name.startswith(f"5 of {size} articles, ")


def test_orders_are_all_offered() -> None:
    assert set(today.ORDERS) == set(Order)
