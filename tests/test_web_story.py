"""The pages of a story, an article, and two articles side by side."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from pipeline.across import model
from pipeline.store import members
from pipeline.store.connect import Connection, open_read
from pipeline.vectors import NONE
from pipeline.web.answers import Ask
from pipeline.web.app import App, datasette
from pipeline.web.pages import article, compare, story, texts
from tests.conftest import MARKS, Demo, Small, call
from tests.plans import scans

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> {how|x} \u202etxet \u200b&amp; var(--ink)"


def ask(app: App, path: str) -> httpx.Response:
    return asyncio.run(app.client.get(path))


def words(page: httpx.Response | str) -> str:
    """What a page says, tags gone."""
    text = page if isinstance(page, str) else page.text
    return " ".join(unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.S)).split())


@pytest.fixture(scope="module")
def big(db: Connection) -> int:
    """The story that most articles tell."""
    return int(db.execute("SELECT story_id FROM listings ORDER BY articles DESC LIMIT 1").fetchone()[0])


@pytest.fixture(scope="module")
def shown(app: App, big: int) -> httpx.Response:
    return ask(app, f"/story/{big}")


def own(small: Small, folder: Path, *changes: str) -> App:
    """The small database, changed."""
    path = folder / "own.db"
    with closing(sqlite3.connect(small.path)) as there, closing(sqlite3.connect(path)) as here:
        there.backup(here)
        for sql in changes:
            here.execute(sql, [HOSTILE] if "?" in sql else [])
        here.commit()
    return datasette(path)


# -- a story


def test_a_story_tells_no_less_than_the_command(shown: httpx.Response, demo: Demo, big: int) -> None:
    told = json.loads(call("story", big, "--db", demo.path, "--json").stdout)
    page = words(shown)
    assert shown.status_code == 200
    for text in [told["headline"], told["origin"]["outlet"], *told["origin"]["reasons"]]:
        assert " ".join(text.split()) in page
    for m in told["members"]:
        assert m["title"] in page and m["outlet"] in page
        assert f'href="/article/{m["article_id"]}"' in shown.text
        assert m["url"] in unescape(shown.text)
        if m["quote"] and m["how"] != "canonical":
            assert f">{m['quote']}</q>" in unescape(shown.text)
    found = told["origin"]
    for key, noun in (("articles", "articles"), ("outlets", "outlets"), ("wire_texts", "wire texts")):
        assert f"{found[key]} {noun}" in page
    assert all(f"{r['cited']} ({r['articles']} article" in page for r in told["recalled"])


def test_a_story_has_a_headline_in_each_language(shown: httpx.Response, db: Connection, big: int) -> None:
    langs = db.execute("SELECT languages FROM listings WHERE story_id=?", [big]).fetchone()[0].split()
    assert len(langs) > 1
    assert all(re.search(rf'(<h1|class="headline"[^>]*) lang="{lang}"', shown.text) for lang in langs)


def test_a_merged_story_leads_to_what_it_is_now(small: Small) -> None:
    app = datasette(small.path)
    with closing(open_read(small.path)) as db:
        old, new = db.execute("SELECT id, story_id FROM aliases").fetchone()
    for tail in ("", "/graph.json"):
        answer = ask(app, f"/story/{old}{tail}")
        assert (answer.status_code, answer.headers["location"]) == (308, f"/story/{new}{tail}")


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/story/99999", 404, "There is no story 99999"),
        ("/story/" + "9" * 30, 404, "There is no number"),
        ("/story/{big}?page=0", 400, "page is a number"),
        ("/story/{big}?page=2&page=3", 400, "more than once"),
        ("/story/{big}?text=1000000", 400, "has no text"),
        ("/story/{big}/graph.json?citations=maybe", 400, "citations is one of"),
        ("/article/99999", 404, "There is no article 99999"),
        ("/article/1?version=x", 400, "version is a number"),
        ("/compare?left=1&right=1", 400, "Both are article 1"),
        ("/compare?left=1&right=99999", 404, "There is no article 99999"),
        ("/compare?left=1&right=http://nowhere.test/", 404, "There is no article"),
        ("/compare?left=1&right=" + "x" * 3000, 400, "longer than"),
    ],
)
def test_wrong_addresses_get_a_sentence(app: App, big: int, path: str, status: int, sentence: str) -> None:
    answer = ask(app, path.format(big=big))
    assert answer.status_code == status
    assert sentence in words(answer)


def test_texts_are_paged_and_prints_too(app: App, db: Connection, big: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "TEXTS", 5)
    monkeypatch.setattr(texts, "PRINTS", 1)
    count = db.execute("SELECT copy_groups FROM listings WHERE story_id=?", [big]).fetchone()[0]
    pages = [ask(app, f"/story/{big}?page={n}").text for n in range(1, -(-count // 5) + 1)]
    seen = [re.findall(r'class="member lead-print">.*?href="/article/(\d+)"', p, re.S) for p in pages]
    assert len(pages) > 1 and all(len(s) == 5 for s in seen[:-1])
    assert len({i for s in seen for i in s}) == count
    assert 'href="?page=2"' in pages[0] and f"page={len(pages) + 1}" not in pages[-1]
    [copy_id, size] = db.execute(
        "SELECT copy_id, count(*) FROM copies WHERE story_id=? GROUP BY 1 ORDER BY 2 DESC", [big]
    ).fetchone()
    assert f'href="/story/{big}?text={copy_id}#articles"' in "".join(pages)
    assert ask(app, f"/story/{big}?text={copy_id}").text.count('<div class="member') == size > 1


def test_files_hold_the_graph(app: App, big: int, demo: Demo) -> None:
    dot, xml, link = (ask(app, f"/story/{big}/graph.{form}") for form in ("dot", "graphml", "json"))
    nodes = json.loads(call("graph", big, "--format", "json", "--db", demo.path).stdout)["nodes"]
    assert {n["id"] for n in link.json()["nodes"]} == {n["id"] for n in nodes}
    assert len(ET.fromstring(xml.content).findall(".//{*}node")) == len(nodes)
    assert dot.text.startswith("digraph") and "attachment" in dot.headers["content-disposition"]


def test_a_weak_link_inside_a_story_is_no_different_pair(small: Small, tmp_path: Path) -> None:
    weak = "UPDATE matches SET verdict = 'different', probability = 0.39 WHERE left_id = 1 OR right_id = 1"
    app = own(small, tmp_path, weak)
    page = ask(app, "/story/1").text.partition('id="why"')[2]
    assert '<span class="badge quiet">weak link</span>' in page and "different" not in page
    assert "not one event by itself (P below 0.50): stories join where the three best links" in words(page)
    across = f"{model(NONE).link:.2f}"
    assert f"or more on average, where two languages’ pairs come to {across} or more on average" in words(page)
    about = ask(app, "/article/1").text.partition('id="edges"')[2]
    assert '<span class="badge quiet">weak link</span>' in about
    apart = own(small, tmp_path, weak, "UPDATE copies SET story_id = 4, copy_id = 1 WHERE article_id = 1")
    assert '<span class="badge bad">different</span>' in ask(apart, "/article/1").text.partition('id="edges"')[2]
    assert "weak link" not in ask(app, "/story/4").text


def test_neighbours_are_told_with_why_not(app: App, db: Connection) -> None:
    near = db.execute(
        "SELECT l.story_id, r.story_id FROM matches m JOIN copies l ON l.article_id = m.left_id"
        " JOIN copies r ON r.article_id = m.right_id WHERE l.story_id <> r.story_id ORDER BY m.probability DESC"
    ).fetchone()
    page = ask(app, f"/story/{near[0]}")
    section = page.text.partition('id="near"')[2]
    assert f'href="/story/{near[1]}"' in section
    assert "needed" in words(section)


# -- an article


def test_an_article_marks_the_words_by_which_it_cites(app: App, db: Connection) -> None:
    row = db.execute(
        "SELECT c.article_id, c.n, c.start, c.stop, a.text, c.outlet FROM citations c"
        " JOIN articles a ON a.id = c.article_id"
        " WHERE c.place = 'text' AND c.kind <> 'link' ORDER BY c.article_id, c.n"
    ).fetchone()
    page = ask(app, f"/article/{row['article_id']}")
    marked = re.search(rf'<mark id="said-{row["n"]}">(.*?)</mark>', page.text, re.S)
    assert marked and unescape(marked[1]) == row["text"][row["start"] : row["stop"]]
    assert row["outlet"] in words(page)


def test_an_edited_article_shows_what_changed(app: App, db: Connection) -> None:
    row = db.execute(
        "SELECT v.article_id, v.title, a.title FROM versions v JOIN articles a ON a.id = v.article_id"
    ).fetchone()
    page = ask(app, f"/article/{row[0]}?version=2")
    diff = page.text.partition("What version 2 changed")[2]
    gone = " ".join(re.findall(r"<del>(.*?)</del>", diff))
    come = " ".join(re.findall(r"<ins>(.*?)</ins>", diff))
    assert set(unescape(gone).split()) & (set(row[1].split()) - set(row[2].split()))
    assert set(unescape(come).split()) & (set(row[2].split()) - set(row[1].split()))
    assert ask(app, f"/article/{row[0]}?version=1").status_code == 200
    assert ask(app, f"/article/{row[0]}?version=3").status_code == 400


def test_an_article_tells_its_part_its_way_back_and_what_it_adds(app: App, demo: Demo, big: int) -> None:
    told = json.loads(call("story", big, "--db", demo.path, "--json").stdout)
    leaning = next(m for m in told["members"] if m["leans_on"] and m["how"] == "citation")
    page = ask(app, f"/article/{leaning['article_id']}")
    added = json.loads(call("adds", leaning["article_id"], "--db", demo.path, "--json").stdout)["adds"]
    assert f"{added['copied']:.0%}".replace("%", " %") in words(page)
    assert f'href="/compare?left={leaning["leans_on"]}&amp;right={leaning["article_id"]}"' in page.text
    assert 'id="trace"' in page.text and leaning["quote"] in unescape(page.text)


def test_who_came_first_adds_to_nobody(app: App, db: Connection, big: int) -> None:
    bones = members.skeleton(db, big)
    first, later = bones[0], next(b for b in bones[1:] if not b["leans_on"] and b["story_role"] != "origin")
    assert not first["leans_on"]
    page = ask(app, f"/article/{first['article_id']}")
    assert 'id="adds"' not in page.text and f'href="/compare?left={first["article_id"]}&amp;right=' in page.text
    assert re.search("The story (comes from|begins with) this article: side by side with", words(page))
    section = ask(app, f"/article/{later['article_id']}").text.partition('id="adds"')[2]
    against = re.search(r'href="/article/(\d+)"', section)
    order = [b["article_id"] for b in bones]
    assert against and order.index(int(against[1])) < order.index(later["article_id"])  # never with a later one


# -- side by side


def test_two_prints_are_aligned(app: App, db: Connection) -> None:
    left, right = db.execute("SELECT left_id, right_id FROM matches WHERE verdict = 'copy'").fetchone()
    page = ask(app, f"/compare?left={left}&right={right}")
    assert "two copies of one text" in words(page)
    assert '<div class="two beside copied">' in page.text
    swapped = ask(app, f"/compare?left=a{right}&right=%23{left}")
    assert [h.count("beside copied") > 0 for h in (page.text, swapped.text)] == [True, True]
    titles = [re.findall(r'<h2><a class="headline" href="/article/(\d+)"', h.text) for h in (page, swapped)]
    assert titles == [[str(left), str(right)], [str(right), str(left)]]


def test_two_articles_of_one_outlet_go_by_their_numbers(app: App, db: Connection) -> None:
    left, right, name = db.execute(
        "SELECT min(article_id), max(article_id), outlet FROM v_story_articles GROUP BY outlet HAVING count(*) > 1"
    ).fetchone()
    page = words(ask(app, f"/compare?left={left}&right={right}"))
    assert f"% of #{left} stands in passages that #{right} prints, too" in page
    assert f"% of #{right} stands in passages that #{left} prints, too" in page
    assert page.startswith(f"{name}, #{left} and #{right} · Retold")


def test_two_languages_mark_what_both_name(app: App, db: Connection) -> None:
    left, right = db.execute(
        "SELECT left_id, right_id FROM matches m"
        " JOIN articles a ON a.id = m.left_id JOIN articles b ON b.id = m.right_id"
        " WHERE a.lang <> b.lang ORDER BY probability DESC"
    ).fetchone()
    page = ask(app, f"/compare?left={left}&right={right}")
    assert "two languages" in words(page)
    body = page.text.partition('class="aligned"')[2]
    assert len(re.findall("<mark>", body)) > 1


def test_an_unjudged_pair_is_told_why_not(app: App, db: Connection) -> None:
    other = db.execute(
        "SELECT max(article_id) FROM copies WHERE story_id <> (SELECT story_id FROM copies WHERE article_id=1)"
    )
    page = words(ask(app, f"/compare?left=1&right={other.fetchone()[0]}"))
    assert "not together" in page and "judged just now" in page
    assert ask(app, "/compare").status_code == ask(app, "/compare?left=1").status_code == 200


def test_addresses_name_articles(app: App, db: Connection) -> None:
    urls = [r[0] for r in db.execute("SELECT url FROM articles WHERE id IN (1, 2)")]
    answer = asyncio.run(app.client.get("/compare", params={"left": urls[0], "right": urls[1]}))
    assert answer.status_code == 200


# -- hostile words, and plans


def test_what_strangers_wrote_is_only_text(small: Small, tmp_path: Path) -> None:
    app = own(
        small, tmp_path,
        "UPDATE articles SET title = ?", "UPDATE listings SET headline = ?", "UPDATE sources SET name = ?",
        "UPDATE roles SET quote = ?", "UPDATE articles SET url = 'javascript:alert(1)' WHERE id = 1",
        "UPDATE articles SET author = ?",
    )  # fmt: skip
    with closing(open_read(tmp_path / "own.db")) as db:
        at = db.execute("SELECT story_id FROM copies GROUP BY 1 ORDER BY count(*) DESC").fetchone()[0]
        a, b = (r[0] for r in db.execute("SELECT article_id FROM copies WHERE story_id=? LIMIT 2", [at]))
    for path in (f"/story/{at}", f"/article/{a}", f"/compare?left={a}&right={b}", "/article/1"):
        page = ask(app, path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text and "<img" not in page.text and 'href="javascript' not in page.text
        assert not MARKS.search(page.text.replace("\n", ""))
        assert "style=" not in page.text


def test_what_a_run_has_yet_to_do_is_told(small: Small, tmp_path: Path) -> None:
    app = own(small, tmp_path, "DELETE FROM listings", "DELETE FROM copies WHERE article_id = 1",
              "DELETE FROM signatures WHERE article_id IN (1, 2)")  # fmt: skip
    with closing(open_read(tmp_path / "own.db")) as db:
        at = db.execute("SELECT story_id FROM copies GROUP BY 1 ORDER BY count(*) DESC").fetchone()[0]
        title = db.execute("SELECT headline FROM v_stories WHERE story_id=?", [at]).fetchone()[0]
    assert title in words(ask(app, f"/story/{at}"))
    alone = words(ask(app, "/article/1"))
    assert "none yet" in alone and "not compared yet" in alone
    assert "is not compared yet" in words(ask(app, "/compare?left=1&right=2"))


def test_a_configuration_that_cannot_be_read_hides_only_the_account(
    app: App, db: Connection, big: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.yaml").write_text("sources: [", encoding="utf-8")
    monkeypatch.setattr("pipeline.config.default_path", lambda: tmp_path / "config.yaml")
    page = ask(app, "/compare?left=1&right=2")
    assert page.status_code == 200 and "configuration cannot be read" in words(page)
    assert ask(app, f"/story/{big}").status_code == 200


def at(path: str, **given: str) -> Ask:
    query = {k: [v] for k, v in given.items() if k != "id"}
    return Ask(path, datetime(2026, 11, 20, tzinfo=UTC), vars={"id": given.get("id", "1")}, query=query)


@pytest.mark.parametrize(
    ("page", "given"),
    [(story.page, {"id": "{big}"}), (article.page, {"id": "128"}), (compare.page, {"left": "1", "right": "9"})],
    ids=["story", "article", "compare"],
)
def test_pages_read_by_index(db: Connection, big: int, page: Callable[..., Any], given: dict[str, str]) -> None:
    wanted = at("/", **{k: v.format(big=big) for k, v in given.items()})
    found = [s for s in scans(db, lambda: page(db, wanted)) if "background" not in s]  # read once a recipe
    assert found == []
