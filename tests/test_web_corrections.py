"""Corrections from the pages: who may, seen at once, kept by later runs, done once, asked again, on record."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import correcting, wanted
from pipeline.store import audit, corrections, marks
from pipeline.store.connect import lock, open_read
from pipeline.tracing import trace
from pipeline.web import writing
from pipeline.web.app import App, datasette
from pipeline.web.people import People
from pipeline.web.seen import news, seen
from tests.conftest import MARKS, call
from tests.desk import prose
from tests.making import NOW
from tests.plans import scans
from tests.tracing_desk import TELLINGS, Newsroom, known

TOKEN = "a-token-that-nobody-guesses"
FIRST, SECOND, THIRD = TELLINGS
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202etxet"


class Site:
    """A desk, its pages, and one person's browser."""

    def __init__(self, folder: Path) -> None:
        self.desk = Newsroom(folder / "stories.db")
        desk = self.desk
        desk.tell("beacon", "bridge", f"{FIRST}\n{SECOND}\nProwse told the Beacon that she was innocent.", hours=1)
        desk.tell("courier", "bridge", f"{FIRST}\n{THIRD}\nThe Beacon reported that the bids were forged.", hours=2)
        desk.tell("post", "bridge", f"{FIRST}\n{SECOND}", hours=3)
        for n, outlet in enumerate(("beacon", "post")):
            desk.tell(outlet, "owl", prose(5), hours=4 + n, title="Owl")
        desk.trace()
        self.path = folder / "stories.db"
        self.app: App = datasette(self.path, people=People(TOKEN))
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> httpx.Response:
        return self._asked("GET", path)

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, form: dict[str, str]) -> httpx.Response:
        return self._asked("POST", path, data=form)

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        asked = self.app.client.request(method, path, cookies=self.cookies, follow_redirects=False, **more)
        answer: httpx.Response = asyncio.run(asked)
        self.cookies.update(answer.cookies)
        return answer

    def sign_in(self, name: str = "Ada") -> None:
        form = {**fields(self.page("/-/retold/sign-in"), "/-/retold/sign-in"), "name": name, "token": TOKEN}
        assert self.post("/-/retold/sign-in", form).status_code == 303

    def send(self, page: str, action: str, **more: str) -> httpx.Response:
        """The form of a page, filled in and sent."""
        return self.post(action, {**fields(self.page(page), action), **more})

    def stories(self) -> set[frozenset[object]]:
        found: dict[object, set[object]] = {}
        for story, article in self.desk.rows("SELECT story_id, article_id FROM copies"):
            found.setdefault(story, set()).add(article)
        return {frozenset(ids) for ids in found.values()}

    def trail(self) -> list[dict[str, Any]]:
        return list(reversed(audit.listed(self.desk.db, 50, 10**9)))


def fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form of a page that is sent to ``action``."""
    form = re.search(rf'<form[^>]* action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.S)
    assert form, f"no form for {action}"
    return {n: unescape(v) for n, v in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[1])}


def told(site: Site, answer: httpx.Response) -> str:
    """What the page says that a form led to."""
    assert answer.status_code == 303, answer.text
    found = re.search(r'<p class="done" role="status">(.*?)</p>', site.page(answer.headers["location"]), re.S)
    assert found
    return unescape(re.sub("<[^>]+>", "", found[1]))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Story 1: articles 1 to 3, 2: articles 4 and 5. Ada is signed in."""
    made = Site(tmp_path)
    made.sign_in()
    yield made
    made.desk.db.close()


def test_only_who_is_signed_in_corrects_and_only_by_our_forms(site: Site) -> None:
    form = fields(site.page("/story/1"), "/story/1/pin")
    assert site.post("/story/1/pin", {**form, "csrftoken": "x"}).status_code == 403
    kept, site.cookies = site.cookies, {k: v for k, v in site.cookies.items() if k == "ds_csrftoken"}
    assert site.post("/story/1/pin", form).status_code == 403
    assert "Sign in</a> to correct this" in site.page("/story/1") and 'action="/story/1/pin"' not in site.page(
        "/story/1"
    )
    site.cookies = kept
    assert site.get("/story/1/pin").status_code == 405
    assert site.trail() == []
    closed = datasette(site.path)
    assert asyncio.run(closed.client.post("/story/1/pin", data=form)).status_code == 403
    shown = asyncio.run(closed.client.get("/story/1")).text
    assert "to correct" not in shown and "Correct this" not in shown


def test_a_form_of_nobody_or_of_yesterday_leads_on(site: Site) -> None:
    form = fields(site.page("/story/1"), "/story/1/pin")
    for token in ("yesterday", ""):
        late = site.post("/story/1/pin", {**form, "csrftoken": token})
        assert late.status_code == 403 and "too old" in late.text and '<a href="/story/1">' in late.text
    assert '<a href="/corrections">' in site.post("/corrections/1/remove", {"csrftoken": "x"}).text
    keys = {"none": {}, "stale": {"ds_csrftoken": "x"}, "own": {"ds_csrftoken": site.cookies["ds_csrftoken"]}}
    for cookies in keys.values():
        site.cookies = dict(cookies)
        nobody = site.post("/story/1/pin", {**form, "back": "//evil.example/"})
        assert nobody.status_code == 403 and "Sign in first" in nobody.text and "evil" not in nobody.text
        assert 'href="/-/retold/sign-in?next=%2Fstory%2F1"' in nobody.text and "too old" not in nobody.text
    assert site.trail() == []


def test_a_merge_is_shown_first_then_done_and_kept(site: Site) -> None:
    shown = unescape(site.page("/story/1/merge?with=http://localhost/story/2"))
    assert "one story of 5 articles" in shown and "Prowse resigns in Tarnwick" in shown and ">Owl<" in shown
    assert len(site.stories()) == 2, "nothing is done by looking"
    answer = site.send("/story/1/merge?with=2", "/story/1/merge", note="one day")
    assert told(site, answer) == "correction 1: merge of 5 articles, now story 1. Story 1"
    assert site.get("/story/2").headers["location"] == "/story/1"
    page = site.page("/story/1")
    assert "Corrected by people" in page and "one day" in page
    why = " ".join(unescape(re.sub("<[^>]+>", "", page.partition('id="why"')[2])).split())
    assert "No link, but correction 1 (merge by Ada: one day) holds 5 articles together." in why
    site.desk.db.execute("UPDATE signed_by SET recipe = 'another'")
    site.desk.trace()
    assert site.stories() == {frozenset({1, 2, 3, 4, 5})}, "honoured by the next run"
    rebuilt = call("rebuild", "--db", site.path)
    assert rebuilt.exit_code == 0 and site.stories() == {frozenset({1, 2, 3, 4, 5})}, rebuilt.output
    assert "taken back: correction 1" in told(site, site.send("/story/1", "/corrections/1/remove"))
    assert len(site.stories()) == 2
    assert [(t["action"], t["person"], t["door"], t["detail"]["state"]) for t in site.trail()] == [
        ("merge", "Ada", "page", "done"), ("take back", "Ada", "page", "done"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [("/story/1/merge?with=99", 404, "No story 99."), ("/story/1/merge?with=1", 400, "All of that is in story 1."),
     ("/story/99/merge?with=1", 404, "There is no story 99."), ("/story/1/merge?with=nonsense", 404, "No article"),
     ("/story/1/merge", 200, "The other story"), ("/story/1/merge?with=%23" + "9" * 300, 404, "No article"),
     ("/corrections?show=x", 400, "show is one of"), ("/corrections?page=9", 400, "page is a number")],
)  # fmt: skip
def test_addresses_that_are_wrong(site: Site, path: str, status: int, said: str) -> None:
    answer = site.get(path)
    assert answer.status_code == status and said in unescape(answer.text)


def test_articles_are_ticked_and_leave(site: Site) -> None:
    assert site.page("/story/1").count('form="split"') == 3
    refused = site.send("/story/1", "/story/1/split", note="two bridges").text
    assert "Tick the articles that do not belong" in refused and "two bridges" in refused
    assert 'href="/story/1#articles"' in refused and 'action="/story/1/split"' not in refused
    answer = site.send("/story/1", "/story/1/split", **{"article-2": "1"})
    assert "split of 1 article, now story 3; the rest is story 1" in told(site, answer)
    assert frozenset({2}) in site.stories()
    assert "split of 1 article" in told(site, site.send("/article/3", "/article/3/out", note="another bridge"))
    assert frozenset({3}) in site.stories()
    assert [t["detail"]["state"] for t in site.trail()] == ["refused", "done", "done"]


def test_what_is_wrong_is_marked_and_seen_at_once(site: Site) -> None:
    assert '<option value="Beacon" selected>' in site.page("/story/1")
    answer = site.send("/story/1", "/story/1/not-origin", outlet="Beacon")
    assert "Beacon is not the origin; that of story 1 is now" in told(site, answer)
    assert "left out, as people say: Beacon" in site.page("/story/1")
    assert "The Courier cites" not in site.page("/article/2") and '<option value="Beacon">' in site.page("/article/2")
    answer = site.send("/article/2", "/article/2/not-cited", outlet="Beacon")
    assert told(site, answer).startswith("correction 2: article #2 does not cite Beacon")
    assert "not cited: Beacon" in site.page("/article/2") and '<option value="Beacon">' not in site.page("/article/2")
    before = known(site.desk)
    site.desk.db.execute("UPDATE cited_by SET recipe = 'other rules'")
    trace(site.desk.db)
    assert known(site.desk) == before, "a run that reads and traces everything comes to the same"
    assert site.send("/story/1", "/story/1/not-origin", outlet="Nobody").status_code == 400


def test_sent_twice_is_done_once(site: Site) -> None:
    form = {**fields(site.page("/story/1"), "/story/1/pin"), "note": "checked"}
    first, second = site.post("/story/1/pin", form), site.post("/story/1/pin", form)
    assert first.headers["location"] == second.headers["location"] == "/story/1?done=1"
    assert site.desk.one("SELECT count(*) FROM corrections") == len(site.trail()) == 1
    told(site, site.send("/story/1", "/corrections/1/remove"))
    again = told(site, site.send("/story/1", "/story/1/pin", note="checked"))
    meant_anew = re.match(r"correction (\d+)", again)
    assert meant_anew  # the same row within a second of the first, else a new one
    form = fields(site.page("/corrections"), f"/corrections/{meant_anew[1]}/remove")
    gone = site.post("/corrections/77/remove", form)
    assert gone.status_code == 404 and "No correction 77" in gone.text


def test_a_story_that_changed_meanwhile_is_shown_and_asked_for_again(site: Site) -> None:
    form = {**fields(site.page("/story/1"), "/story/1/pin"), "note": "all of these"}
    site.desk.tell("herald", "bridge", f"{FIRST}\n{SECOND}", hours=5, title="Late <b>news</b>")
    site.desk.trace()
    answer = site.post("/story/1/pin", form)
    assert answer.status_code == 409 and "Late &lt;b&gt;news" in answer.text and 'value="all of these"' in answer.text
    assert site.desk.one("SELECT count(*) FROM corrections") == 0
    sure = site.post("/story/1/pin", {**fields(answer.text, "/story/1/pin"), "note": "all of these"})
    assert "pin of 4 articles" in told(site, sure)
    assert [t["detail"]["state"] for t in site.trail()] == ["asked", "done"]


def test_while_a_run_is_on_what_was_typed_is_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "WAIT_S", 0.15)
    form = {**fields(site.page("/story/1"), "/story/1/pin"), "note": 'a "quoted" note'}
    with lock(site.path):
        answer = site.post("/story/1/pin", form)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert 'value="a &#34;quoted&#34; note"' in answer.text
    sent = site.post("/story/1/pin", {**fields(answer.text, "/story/1/pin"), "note": form["note"]})
    assert "pin of 3 articles" in told(site, sent)
    assert [t["detail"]["state"] for t in site.trail()] == ["busy", "done"]


def test_where_articles_wait_the_page_says_that_the_next_run_applies_it(site: Site) -> None:
    site.desk.tell("herald", "new", prose(8), hours=6)
    assert "the next run (or `retold run --no-fetch`) applies it" in told(
        site, site.send("/story/1/merge?with=2", "/story/1/merge")
    )
    assert len(site.stories()) == 2
    site.desk.trace()
    assert frozenset({1, 2, 3, 4, 5}) in site.stories()


def test_hostile_words_are_text(site: Site) -> None:
    site.cookies = {}
    site.sign_in(HOSTILE[:50])
    site.desk.db.execute("UPDATE articles SET title = ?", [HOSTILE])
    told(site, site.send("/story/1", "/story/1/pin", note=HOSTILE))
    site.send("/story/1", "/story/1/not-origin", outlet=HOSTILE, note=HOSTILE)
    refused = site.send("/story/1/merge?with=2", "/story/1/merge", **{"with": HOSTILE})
    pages = [
        site.page(p) for p in ("/story/1?done=1", "/corrections?show=all&done=1", "/story/1/merge?with=2", "/article/1")
    ]
    for text in (*pages, refused.text):
        assert "<script>alert" not in text and "<img" not in text and not set(MARKS.findall(text)) - {"\n", "\t"}
    assert "&lt;script&gt;alert(1)" in pages[1]
    long = site.send("/story/1", "/story/1/pin", note="x" * 1001)
    assert long.status_code == 400 and "1,000 letters" in long.text


def test_messages_are_for_who_did_it_and_nobody_writes_them_into_an_address(site: Site) -> None:
    site.send("/story/1", "/story/1/pin")
    for text in ("2", "0", "x", "-1", "9" * 40, "<b>"):
        assert 'class="done"' not in site.page(f"/story/1?done={text}")
    assert 'class="done"' in site.page("/story/1?done=1")
    site.cookies = {}
    assert 'class="done"' not in site.page("/story/1?done=1")
    site.sign_in("Bob")
    assert 'class="done"' not in site.page("/story/1?done=1")
    home = site.send("/corrections", "/corrections/1/remove", back="//elsewhere.test/")
    assert home.headers["location"] == "/corrections?done=2"


def test_all_corrections_are_on_one_page(site: Site) -> None:
    tried = correcting.Attempt("pin", ["1"], "Ada", "page", NOW)
    for n in range(23):
        at = NOW + timedelta(minutes=n)
        noted = replace(tried, at=at, note=f"note {n}.")
        [done] = correcting.correct(site.desk.db, site.desk.how, noted)
        gone = replace(tried, action=correcting.REMOVE, what=[str(done["correction"]["id"])], at=at)
        correcting.take_back(site.desk.db, site.desk.how, gone)
    assert "None is in force" in site.page("/corrections")
    first, second = site.page("/corrections?show=all"), site.page("/corrections?show=all&page=2")
    assert "note 22." in first and "note 2." not in first.split("Who did what")[0] and "note 2." in second
    assert 'href="?show=all&amp;page=2"' in first and "taken back" in first
    assert "note 0." in site.page("/corrections?trail=3").split("Who did what")[1]


def test_pages_read_no_table_whole(site: Site) -> None:
    site.send("/story/1", "/story/1/pin")
    with closing(open_read(site.path)) as db:
        for ask in (
            lambda: wanted.suspects(db, 1), lambda: wanted.merged(db, ["1", "2"]), lambda: marks.cited_by(db, 2),
            lambda: corrections.brief(db, "true", 20, 0, 5), lambda: audit.listed(db, 20, 9),
            lambda: audit.since(db, 0, "Ada"), lambda: audit.newest(db), lambda: marks.not_cited(db, [2]),
            lambda: marks.not_origin(db, [1]),
        ):  # fmt: skip
            assert scans(db, ask) == []


@given(st.sets(st.integers(1, 2000), max_size=900), st.sets(st.integers(1, 2000), max_size=30))
def test_a_form_knows_what_changed(then: set[int], now: set[int]) -> None:
    assert news(seen(then), then) is None
    found = news(seen(then), now | then)
    assert (found is None) == (now <= then)
    if found and 0 < len(then) <= 800:
        assert set(found.come) == now - then and found.gone == ()
