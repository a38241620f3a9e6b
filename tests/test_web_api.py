"""Feeds of stories and the API: what is promised to other programs (docs/api.md)."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import httpx
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.store.connect import writing
from pipeline.store.listing import relist_all
from pipeline.web.answers import Ask
from pipeline.web.app import App, datasette
from pipeline.web.feeds import Channel, Entry, atom, json_feed
from pipeline.web.pages import api
from tests.conftest import Demo
from tests.plans import scans

UID = "00112233445566778899aabbccddeeff"
SCHEMAS = Path(api.SCHEMAS)


def get(app: App, path: str, **more: Any) -> httpx.Response:
    return asyncio.run(app.client.get(path, **more))


def valid(document: Any, schema: str) -> None:
    told = json.loads((SCHEMAS / f"{schema}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(told)
    jsonschema.validate(document, told, cls=jsonschema.Draft202012Validator)


def parsed(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    found = feedparser.parse(response.content, response_headers={"content-type": response.headers["content-type"]})
    assert found.bozo == 0 and found.version == "atom10"
    return found


# -- the demo day


def test_the_atom_feed_has_an_entry_a_story_the_newest_first(app: App, db: Any) -> None:
    found = parsed(get(app, "/-/retold/stories.atom?limit=200"))
    stories = [
        r[0] for r in db.execute("SELECT story_id FROM listings WHERE several ORDER BY newest DESC, story_id DESC")
    ]
    assert [e.link for e in found.entries] == [f"http://localhost/story/{i}" for i in stories]
    assert len({e.id for e in found.entries}) == len(stories) and all(
        e.id.startswith("urn:uuid:") for e in found.entries
    )
    assert found.feed.title == "Retold: stories"
    entry = next(e for e in found.entries if "Kamikazedrohnen" in e.title)
    assert entry.title_detail.language == "de"
    assert "15 outlets in de, en, nl; origin Der Spiegel; 1 independent origin" in entry.summary
    assert entry.content[0].value.count("<li>") == 16 and entry.author == "Der Spiegel"


def test_a_feed_of_a_query_holds_its_stories_alone(app: App, db: Any) -> None:
    query = "cites=Der+Spiegel&lang=nl"
    found = parsed(get(app, f"/-/retold/stories.atom?{query}"))
    assert found.feed.title == "Retold: stories told in nl, that cite Der Spiegel"
    cited = {
        r[0] for r in db.execute("SELECT story_id FROM v_citations WHERE cited = 'Der Spiegel' AND kind <> 'link'")
    }
    told = {r[0] for r in db.execute("SELECT story_id FROM listings WHERE several AND languages LIKE '%nl%'")}
    assert {int(e.link.rsplit("/", 1)[1]) for e in found.entries} == cited & told != set()
    same = get(app, f"/-/retold/stories.json?{query}").json()
    assert [i["id"] for i in same["items"]] == [e.id for e in found.entries]
    assert same["home_page_url"] == "http://localhost/?cites=Der+Spiegel&lang=nl"


def test_json_feed_keeps_to_its_schema_and_pages_lead_to_all_stories(app: App, db: Any) -> None:
    seen, path = [], "/-/retold/stories.json?limit=7"
    while path:
        response = get(app, path)
        assert response.headers["content-type"].startswith("application/feed+json")
        document = response.json()
        valid(document, "stories")
        seen += [i["_retold"]["story_id"] for i in document["items"]]
        path = document.get("next_url", "").removeprefix("http://localhost")
    assert len(seen) == len(set(seen)) == db.execute("SELECT count(*) FROM listings WHERE several").fetchone()[0]


def test_each_story_keeps_to_its_schema(app: App, db: Any) -> None:
    for story, several in db.execute("SELECT story_id, several FROM listings ORDER BY articles DESC").fetchall()[::9]:
        document = get(app, f"/-/retold/story/{story}.json").json()
        valid(document, "story")
        assert document["counts"]["articles"] == len(document["articles"])
        assert bool(document["edges"]) == bool(several)
    assert get(app, "/story/1.json").headers["location"] == "/-/retold/story/1.json"


@pytest.mark.parametrize("name", ["story", "stories"])
def test_schemas_are_served(app: App, name: str) -> None:
    response = get(app, f"/-/retold/schema/{name}.json")
    assert response.json() == json.loads((SCHEMAS / f"{name}.json").read_text())
    assert response.headers["content-type"].startswith("application/schema+json")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/-/retold/story/999999.json", 404), ("/-/retold/story/99999999999999999999.json", 404),
     ("/-/retold/stories.atom?limit=0", 400), ("/-/retold/stories.atom?lang=german", 400),
     ("/-/retold/stories.json?page=-1", 400), ("/-/retold/stories.json?q=-x", 400), ("/-/retold/schema/x.json", 404)],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_said_so(app: App, path: str, status: int) -> None:
    assert get(app, path).status_code == status


def test_a_source_that_there_is_not_is_no_empty_feed(app: App) -> None:
    for form in ("atom", "json"):
        answer = get(app, f"/-/retold/stories.{form}?source=no")
        assert answer.status_code == 400 and "did you mean nos?" in answer.text
        assert get(app, f"/-/retold/stories.{form}?source=nos").status_code == 200


def test_a_reader_that_has_it_all_gets_nothing_again(app: App) -> None:
    first = get(app, "/-/retold/stories.atom")
    again = get(app, "/-/retold/stories.atom", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_no_endpoint_reads_a_table_whole(db: Any) -> None:
    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    for query in (
        {},
        {"cites": ["Der Spiegel"]},
        {"q": ["drohne*"]},
        {"lang": ["nl"], "order": ["origins"]},
        {"source": ["nos"]},
    ):
        asked = Ask("/-/retold/stories.atom", now, query=query)
        assert scans(db, lambda a=asked: api.stories_atom(db, a)) == []  # type: ignore[misc]
    assert scans(db, lambda: api.story_json(db, Ask("/", now, vars={"id": "1"}))) == []


# -- a story that changes


def test_a_merged_story_redirects_and_is_told_of(demo: Demo, tmp_path: Path) -> None:
    own = tmp_path / "own.db"
    with closing(sqlite3.connect(demo.path)) as there, closing(sqlite3.connect(own)) as here:
        there.backup(here)
    before = {
        i["_retold"]["story_id"]: i for i in get(datasette(own), "/-/retold/stories.json?limit=200").json()["items"]
    }
    gone, kept = sorted(before)[-2:]
    with writing(own) as db:
        db.execute("UPDATE copies SET story_id = ? WHERE story_id = ?", (kept, gone))
        db.execute("INSERT INTO aliases (id, story_id, at) VALUES (?, ?, '2026-11-21T00:00:00Z')", (gone, kept))
        db.execute("DELETE FROM stories WHERE id = ?", [gone])
        db.execute("UPDATE stories SET updated = '2026-12-21T00:00:00Z' WHERE id = ?", [kept])
        relist_all(db)
    app = datasette(own)
    after = {i["_retold"]["story_id"]: i for i in get(app, "/-/retold/stories.json?limit=200").json()["items"]}
    assert gone not in after and after[kept]["id"] == before[kept]["id"]
    assert after[kept]["date_modified"] > before[kept]["date_modified"] and after[kept]["_retold"]["merged"] == [gone]
    assert get(app, f"/-/retold/story/{gone}.json").headers["location"] == f"/-/retold/story/{kept}.json"
    text = get(app, "/-/retold/stories.atom?limit=200").text
    assert f'deleted-entry ref="{before[gone]["id"]}"' in text
    assert parsed(get(app, "/-/retold/stories.atom?limit=200")).entries
    moved = tmp_path / "copy.db"
    shutil.copy(own, moved)
    assert get(datasette(moved), "/-/retold/stories.json").json()["items"][0]["id"] in {i["id"] for i in after.values()}


# -- whatever a title says

STORY = {
    "story_id": 7, "lead_article_id": 3, "languages": "de nl", "outlets": ["A"], "articles": 2, "copy_groups": 1,
    "sources": 2, "owners": 2, "wire_texts": 0, "origins": 1, "origin_source": None, "origin_article": None,
    "confidence": 0.5, "first": "2026-11-20T06:00:00Z", "newest": "2026-11-20T07:00:00Z",
    "first_published": None, "last_published": None, "first_seen": "2026-11-20T06:00:00Z",
    "last_seen": "2026-11-20T07:00:00Z", "created": "2026-11-20T06:00:00Z", "updated": "2026-11-20T07:00:00Z",
}  # fmt: skip
ARTICLE = {
    "article_id": 3, "copy_id": 3, "source": "a", "owner": "A", "country": "DE", "lang": "de", "url": "https://a.test/?a=1&b=\"'<",
    "published": None, "first_seen": "2026-11-20T06:00:00Z", "appeared": "2026-11-20T06:00:00Z", "author": "",
    "agencies": [], "credit": "", "text_from": "page", "version": 1, "role": "rewrite", "root": "A", "lag_s": 0,
    "leans_on": None, "leans_on_outlet": "B", "how": "citation", "quote": "says B", "lean_confidence": 0.9,
    "paywalled": 0,
}  # fmt: skip
CHANNEL = Channel(UID, "http://localhost:8001", "/-/retold/stories.atom?q=%3C", "/?q=%3C", "Retold: stories")


HOSTILE = [
    "<script>alert(1)</script>", "]]>", "&lt;b&gt;", "a\x00b\x0bc", "\ud800", "\ufffe\uffff", "\u202etxet", " ",
    "😀\U0010ffff",
    "<![CDATA[x]]>", "&#0;", "&bogus;", "--><svg onload=alert(1)>", "\u2028\u2029",
]  # fmt: skip


def as_feedparser_mends(text: str) -> str:
    """feedparser takes what could be UTF-8 read as Latin-1 for just that."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


@pytest.mark.case("D11")
@settings(max_examples=150, deadline=None)
@given(title=st.text() | st.sampled_from(HOSTILE), outlet=st.text(), origin=st.none() | st.text(min_size=1))
def test_any_title_makes_a_valid_feed_that_says_it(title: str, outlet: str, origin: str | None) -> None:
    entry = Entry({**STORY, "headline": title, "origin": origin}, [{**ARTICLE, "title": title, "outlet": outlet}])
    found = feedparser.parse(atom(CHANNEL, [entry], api.NEVER))
    assert found.bozo == 0, found.bozo_exception
    [shown] = found.entries
    assert shown.id == CHANNEL.id_of("story/7") and shown.link == "http://localhost:8001/story/7"
    assert shown.title_detail.type == "text/plain"
    assert shown.title.split() in (entry.title.split(), as_feedparser_mends(entry.title).split())
    assert "<script" not in shown.content[0].value
    document = json.loads(json.dumps(json_feed(CHANNEL, [entry])).encode("utf-8", "surrogatepass"))
    assert document["items"][0]["title"] == entry.title


def test_an_empty_feed_is_valid() -> None:
    found = feedparser.parse(atom(CHANNEL, [], api.NEVER))
    assert (found.bozo, found.entries, found.feed.updated) == (0, [], api.NEVER)
