"""The web pages: what is served, to whom, and what is refused; by Datasette's own client, and one real server."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest
from datasette.app import Datasette
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import StoreError
from pipeline.store.connect import Connection, begin, commit, writing
from pipeline.store.listing import relist_all
from pipeline.web import catalogue, routes, serving
from pipeline.web.answers import Ask, BadRequestError, ForbiddenError, Raw, Redirect, SlowDownError
from pipeline.web.app import App, datasette
from pipeline.web.markup import STATIC, json_block, outlink
from pipeline.web.people import COOKIE, People, TokenFileError, safe_next, token_of
from pipeline.web.security import HEADERS, LOOPBACK, allowed_names, host_name
from pipeline.web.serving import Route
from tests.conftest import MARKS, NOW, Small, call, command
from tests.webpages import copied

TOKEN = "a token that nobody guesses".replace(" ", "-")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202etxet \u200b&amp;"


def retitled(path: Path, title: str) -> None:
    with writing(path) as db:
        db.execute("UPDATE articles SET title = ?", [title])
        relist_all(db)


@pytest.fixture(scope="module")
def app(small: Small) -> App:
    return datasette(small.path, people=People(TOKEN))


def ask(app: Datasette, path: str, method: str = "GET", **more: Any) -> httpx.Response:
    """One request, as Datasette's tests send them."""
    return asyncio.run(app.client.request(method, path, **more))


# -- what is served


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/stories", 200), ("/stories/v_stories", 200), ("/stories/articles/1", 200), ("/stories.json", 200),
     ("/stories?sql=select+1", 200), ("/stories?sql=nonsense", 400), ("/stories/v_stories?_size=x", 400),
     ("/nowhere", 404), ("/stories/nowhere", 404), ("/nowhere.json", 404), ("/-/retold/static/retold.css", 200),
     ("/-/retold/static/../app.py", 404), ("/-/retold/sign-in", 200), ("/-/retold/data", 308), ("/today/", 308),
     ("/stories.db", 403), ("/-/databases.json", 404), ("/-/logout", 404), ("/-/allow-debug", 404),
     ("/_internal", 403)],
)  # fmt: skip
def test_every_answer_has_the_headers(app: App, path: str, status: int) -> None:
    answer = ask(app, path, follow_redirects=False)
    assert answer.status_code == status, answer.text
    assert {k: answer.headers.get_list(k) for k in HEADERS} == {k: [v] for k, v in HEADERS.items()}
    if answer.headers["content-type"].startswith("text/html") and status < 500 and answer.text.startswith("<!doctype"):
        assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|\sstyle=|\son\w+=", answer.text)
        assert "Traceback" not in answer.text


def test_head_has_no_body_and_the_same_status(app: App) -> None:
    for path in ("/", "/stories", "/stories/v_stories", "/nowhere", "/-/retold/static/retold.css"):
        head, get = ask(app, path, "HEAD"), ask(app, path)
        assert (head.content, head.status_code) == (b"", get.status_code)


def test_static_files_may_be_kept_and_pages_not(app: App) -> None:
    page = ask(app, "/")
    sheet = re.search(r'stylesheet" href="([^"]+)"', page.text)
    assert sheet and "immutable" in ask(app, sheet[1]).headers["cache-control"]
    assert "no-cache" in page.headers["cache-control"]


def test_the_style_sheet_is_whole() -> None:
    """A rule that is not closed swallows those after it, without a word."""
    sheet = (STATIC / "retold.css").read_text("utf-8")
    assert sheet.count("{") == sheet.count("}")
    assert not re.search(r"^@media[^}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*@media", sheet, re.MULTILINE)


def test_methods_that_an_address_does_not_have(app: App) -> None:
    for path in ("/", "/-/retold/sign-in"):
        assert ask(app, path, "DELETE").status_code == 405
    assert ask(app, "/-/retold/sign-out").status_code == 405


def test_a_page_is_sent_again_only_when_it_reads_differently(small: Small, tmp_path: Path) -> None:
    path = copied(small.path, tmp_path)
    app = datasette(path)
    tag = {"if-none-match": ask(app, "/").headers["etag"]}
    assert ask(app, "/", headers=tag).status_code == 304
    retitled(path, "An edit")
    changed = ask(app, "/", headers=tag)
    assert changed.status_code == 200 and "An edit" in changed.text


def test_hostile_titles_are_text(small: Small, tmp_path: Path) -> None:
    path = copied(small.path, tmp_path)
    retitled(path, HOSTILE)
    app = datasette(path)
    for page in ("/", "/stories/v_stories", "/stories/articles", "/stories?sql=select+title+from+articles"):
        text = ask(app, page).text
        assert "<script>alert" not in text and "<img" not in text, page
        assert "&lt;script&gt;alert(1)" in text, page
        assert not set(MARKS.findall(text)) - {"\n", "\t"}, page


def test_stories_and_their_outlets_are_on_the_first_page(app: App) -> None:
    text = unescape(ask(app, "/").text)
    assert "Fähre Nordwind rammt Kaimauer in Büsum" in text and "Küstenblatt" in text


# -- the data


@pytest.mark.case("D7")
def test_data_is_only_read(app: App) -> None:
    for sql in ("INSERT INTO runs DEFAULT VALUES", "DELETE FROM articles", "PRAGMA user_version = 1", "ATTACH 'x' AS y",
                "WITH x AS (SELECT 1) DELETE FROM articles"):  # fmt: skip
        assert ask(app, f"/stories?sql={quote(sql)}").status_code == 400, sql
    with pytest.raises(StoreError):
        asyncio.run(app.get_database("stories").execute_write("DELETE FROM articles"))
    for _ in range(8):  # in each of its threads, and none is left in a transaction by it
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            asyncio.run(app.get_database("stories").execute("DELETE FROM articles", log_sql_errors=False))
    assert [ask(app, "/").status_code for _ in range(8)] == [200] * 8


def test_long_queries_end(app: App) -> None:
    sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    answer = ask(app, f"/stories?sql={quote(sql)}&_timelimit=50")
    assert answer.status_code == 400 and "took too long" in answer.text


def test_views_are_described_and_other_tables_hidden(app: App) -> None:
    told = catalogue.metadata()["databases"]["stories"]["tables"]
    names = {r["name"]: r for r in ask(app, "/stories.json").json()["tables"]}
    views = ask(app, "/stories.json").json()["views"]
    assert len(views) == 12
    for view in views:
        rows = ask(app, f"/stories.json?sql=select+*+from+{view['name']}+limit+0").json()
        assert list(told[view["name"]]["columns"]) == rows["columns"] and told[view["name"]]["description"]
    assert {n for n, r in names.items() if not r["hidden"]} == set(catalogue.SHOWN)


def test_documented_questions_are_answered(app: App) -> None:
    questions, page = ask(app, "/stories.json").json()["queries"], unescape(ask(app, "/stories").text)
    assert len(questions) >= 6
    for question in questions:
        assert ask(app, f"/stories/{question['name']}").status_code == 200, question
        assert question["title"] in page


def test_long_cells_are_cut_in_tables_and_whole_on_their_rows_page(small: Small, tmp_path: Path) -> None:
    path = copied(small.path, tmp_path)
    long = f"{'word ' * 60}\u202eend\n{'line ' * 60}"
    retitled(path, long)
    app = datasette(path)
    for table in ("/stories/articles", "/stories/v_stories", "/stories?sql=select+title+from+articles"):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", ask(app, table).text, re.S)
        cut = [c for c in cells if "word word" in c]
        assert cut and all("…" in c and len(c) < 140 for c in cut)
    row = ask(app, "/stories/articles/1").text
    assert f"{('word ' * 60)}end\n{('line ' * 60).strip()}" in row and "\u202e" not in row


def test_ids_lead_to_our_pages(app: App) -> None:
    assert re.search(r'href="/story/\d+"', ask(app, "/stories/v_stories").text)
    assert re.search(r'href="/article/\d+"', ask(app, "/stories/v_story_articles").text)


def test_other_datasettes_of_this_process_stay_as_they_are(app: App) -> None:
    other = Datasette(memory=True)
    answer = ask(other, "/")
    assert answer.status_code == 200 and "content-security-policy" not in answer.headers
    assert ask(other, "/-/retold/sign-in").status_code == 404


# -- names


@pytest.mark.parametrize(
    ("host", "known"),
    [("localhost", True), ("localhost:8001", True), ("127.0.0.1:1", True), ("[::1]:8001", True), ("LOCALHOST.", True),
     ("evil.example", False), ("localhost.evil.example", False), ("localhost@evil.example", False), ("", False),
     ("127.0.0.1/x", False), ("[::1", False), ("localhost:99999999", False)],
)  # fmt: skip
def test_only_known_host_names_are_answered(app: App, host: str, known: bool) -> None:
    answer = ask(app, "/", headers={"host": host})
    assert answer.status_code == (200 if known else 421)
    assert answer.headers["content-security-policy"]


def test_names_are_added(small: Small) -> None:
    names = allowed_names("10.0.0.7", ["News.Example.ORG"])
    assert names == LOOPBACK | {"10.0.0.7", "news.example.org"}
    assert ask(datasette(small.path, names=names), "/", headers={"host": "news.example.org"}).status_code == 200
    assert socket.gethostname().lower() in allowed_names("0.0.0.0", [])


@given(st.text(max_size=40))
def test_any_host_header_is_a_name_or_none(header: str) -> None:
    assert host_name(header) is None or "/" not in str(host_name(header))


# -- people


@dataclass
class Browser:
    """What a browser keeps between requests."""

    app: App
    cookies: dict[str, str]

    def get(self, path: str) -> httpx.Response:
        return self._kept(ask(self.app, path, cookies=self.cookies))

    def post(self, path: str, form: dict[str, str], **more: Any) -> httpx.Response:
        return self._kept(ask(self.app, path, "POST", data=form, cookies=self.cookies, **more))

    def csrf(self) -> str:
        found = re.search(r'name="csrftoken" value="([^"]+)"', self.get("/-/retold/sign-in").text)
        assert found
        return found[1]

    def sign_in(self, name: str = "Ada", token: str = TOKEN, onward: str = "/") -> httpx.Response:
        form = {"csrftoken": self.csrf(), "name": name, "token": token, "next": onward}
        return self.post("/-/retold/sign-in", form, follow_redirects=False)

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        self.cookies.update(answer.cookies)
        return answer


def test_signing_in_and_out(app: App) -> None:
    ada = Browser(app, {})
    assert COOKIE not in ada.get("/").headers.get("set-cookie", "")
    answer = ada.sign_in("Ada \u202eL.", onward="/stories")
    assert (answer.status_code, answer.headers["location"]) == (303, "/stories")
    flags = next(h for h in answer.headers.get_list("set-cookie") if h.startswith(COOKIE))
    assert {"HttpOnly", "SameSite=Strict", "Max-Age=43200", "Path=/"} <= set(flags.split("; "))
    assert "Secure" not in flags and "Ada" in ada.get("/").text and "\u202e" not in ada.get("/").text
    assert "no-store" in ada.get("/").headers["cache-control"]
    out = ada.post("/-/retold/sign-out", {"csrftoken": ada.csrf()}, follow_redirects=False)
    assert out.status_code == 303 and "Max-Age=0" in out.headers["set-cookie"]


def test_cookies_are_secure_behind_https(app: App) -> None:
    ada = Browser(app, {})
    form = {"csrftoken": ada.csrf(), "name": "Ada", "token": TOKEN}
    answer = ada.post("https://localhost/-/retold/sign-in", form, follow_redirects=False, avoid_path_rewrites=True)
    assert answer.headers["set-cookie"].endswith("; Secure")


def test_a_new_token_signs_everybody_out(app: App, small: Small) -> None:
    ada = Browser(app, {})
    ada.sign_in()
    later = datasette(small.path, people=People(TOKEN[::-1]))
    assert "Sign out" in ada.get("/").text
    assert "Sign out" not in ask(later, "/", cookies=ada.cookies).text
    forged = {COOKIE: ada.cookies[COOKIE][:-2] + "xx"}
    assert "Sign out" not in ask(app, "/", cookies=forged).text


def test_wrong_tokens_and_names(app: App) -> None:
    ada = Browser(app, {})
    for name, token, status in (("Ada", "no", 403), ("", TOKEN, 400), ("a" * 61, TOKEN, 400), ("\u200b", TOKEN, 400)):
        answer = ada.sign_in(name, token)
        assert answer.status_code == status and "alert" in answer.text and COOKIE not in ada.cookies
    assert ada.sign_in().status_code == 303


@pytest.mark.parametrize("with_cookie", [True, False])
def test_forms_of_others_are_refused(app: App, with_cookie: bool) -> None:
    ada = Browser(app, {})
    ada.csrf()
    cookies = ada.cookies if with_cookie else {}
    for form in ({}, {"csrftoken": "guess"}):
        right = {"name": "Ada", "token": TOKEN, **form}
        answer = ask(app, "/-/retold/sign-in", "POST", data=right, cookies=cookies)
        assert answer.status_code == 403 and COOKIE not in answer.headers.get("set-cookie", "")
    bearer = {"authorization": "Bearer x"}  # by which Datasette would let it pass
    assert ask(app, "/-/retold/sign-in", "POST", data={"name": "A", "token": TOKEN}, headers=bearer).status_code == 403
    form = {"csrftoken": ada.csrf(), "name": "Ada", "token": TOKEN}
    assert ada.post("/-/retold/sign-in", form, headers={"sec-fetch-site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [("/-/retold/sign-in", {"data": {"csrftoken": "ü"}, "cookies": {"a": "b"}}, 403),
     ("/-/retold/sign-in", {"content": b"\xff=\xff", "cookies": {"a": "b"}}, 400),
     ("/-/retold/sign-in", {"content": b"x", "cookies": {"a": "b"}, "type": "multipart/form-data"}, 403),
     ("/-/retold/sign-in", {"content": b"x" * 100_001}, 413),
     ("/-/retold/sign-in", {"content": b"", "length": "-1"}, 413), ("/", {"content": None, "chunked": True}, 413)],
)  # fmt: skip
def test_forms_that_are_none(app: App, path: str, more: dict[str, Any], status: int) -> None:
    headers = {"content-type": more.pop("type", "application/x-www-form-urlencoded")}
    if "length" in more:
        headers["content-length"] = more.pop("length")
    if more.pop("chunked", False):
        headers["transfer-encoding"] = "chunked"
    answer = ask(app, path, "POST", headers=headers, **more)
    assert answer.status_code == status and answer.headers["content-security-policy"]


def test_guessing_gets_slower_and_recovers() -> None:
    now = [0.0]
    people = People(TOKEN, lambda: now[0])

    def wrong() -> int:
        """Seconds to wait, 0 where the try was let through."""
        try:
            people.sign_in("Eve", "guess", "10.0.0.1")
        except SlowDownError as error:
            return error.seconds
        except ForbiddenError:
            return 0
        raise AssertionError

    assert [wrong() for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    waits = []
    for _ in range(12):
        waits.append(wait := wrong())
        now[0] += wait
        assert wrong() == 0
    assert waits == sorted(waits) and waits[-1] == 300
    assert people.sign_in("Ada", TOKEN, "10.0.0.2")  # others do not wait for her
    with pytest.raises(SlowDownError):
        people.sign_in("Eve", TOKEN, "10.0.0.1")
    now[0] += 901
    assert people.sign_in("Eve", TOKEN, "10.0.0.1")


def test_without_corrections_nobody_signs_in(small: Small) -> None:
    app = datasette(small.path)
    assert ask(app, "/-/retold/sign-in").status_code == 404
    assert "Sign in" not in ask(app, "/").text
    assert ask(app, "/-/retold/sign-in", "POST", data={"token": "", "name": "x"}).status_code == 404


@given(st.one_of(st.text(), st.from_regex(r"[/\\.:a-z@%\t\n]{0,12}", fullmatch=True)))
def test_nobody_is_led_elsewhere(path: str) -> None:
    onward = safe_next(path)
    assert urlsplit(urljoin("http://here.test/", onward)).netloc == "here.test"
    assert onward.startswith("/") and not onward.startswith(("//", "/\\"))


def test_token_files(tmp_path: Path) -> None:
    file = tmp_path / "token"
    token = token_of(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and token_of(file) == token != token_of(None)
    file.chmod(0o640)
    with pytest.raises(TokenFileError, match="others may read"):
        token_of(file)
    for text in ("short", "two words that are long", "", "ünïcödé" * 4):
        file.write_text(text, "utf-8")
        file.chmod(0o600)
        with pytest.raises(TokenFileError, match="no token"):
            token_of(file)


# -- pages to come


def test_what_pages_and_forms_get_and_what_becomes_of_their_faults(
    small: Small, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def numbered(db: Connection, ask: Ask) -> Raw:
        return Raw(f"{ask.id()} {ask.text('q')} {ask.person}", "text/plain", {"x-more": "yes"})

    def broken(db: Connection, ask: Ask) -> Raw:
        raise RuntimeError("secret details")

    def endless(db: Connection, ask: Ask) -> Raw:
        sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
        return Raw(str(db.execute(sql).fetchone()), "text/plain")

    def correct(path: Path, ask: Ask) -> Redirect:
        return Redirect(f"/stories?by={ask.person}&from={path.name}&what={ask.form['what']}")

    pages = (Route(r"/n/(?P<id>\d+)", numbered), Route("/broken", broken), Route("/endless", endless),
             Route("/correct", post=correct))  # fmt: skip
    monkeypatch.setattr(routes, "ROUTES", pages)
    monkeypatch.setattr(serving, "PAGE_MS", 50)
    app = datasette(small.path, people=People(TOKEN))
    ada = Browser(app, {})
    assert ada.get("/n/7?q=owl").text == "7 owl None" and ada.get("/n/7").headers["x-more"] == "yes"
    assert ada.get(f"/n/{2**63}").status_code == 404 and ada.get("/n/7?q=a&q=b").status_code == 400
    fault = ada.get("/broken")
    assert fault.status_code == 500 and "secret" not in fault.text and "secret details" in caplog.text
    assert ada.get("/endless").status_code == 503 and "too long" in ada.get("/endless").text
    form = {"csrftoken": ada.csrf(), "what": "merge"}
    assert ada.post("/correct", form).status_code == 403 and ada.get("/correct").status_code == 405
    ada.sign_in()
    done = ada.post("/correct", form, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/stories?by=Ada&from=stories.db&what=merge")
    assert ada.post("/correct", {"what": "merge"}).status_code == 403
    assert ada.get("/n/7").text.endswith("Ada")


# -- words of strangers


@settings(max_examples=30)
@given(st.recursive(st.text() | st.integers() | st.none(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_json_blocks_hold_what_they_were_given(value: Any) -> None:
    block = str(json_block(value))
    assert json.loads(block) == value and not set("<>&\u2028\u2029") & set(block)


@given(st.text() | st.sampled_from(["javascript:alert(1)", "data:text/html,x", "http:x", "//x.test", "JaVaScRiPt:1"]))
def test_links_lead_to_the_web_or_nowhere(url: str) -> None:
    made = str(outlink("text", url))
    href = re.search(r'href="([^"]*)"', made)
    assert href is None or urlsplit(unescape(href[1])).scheme in ("http", "https")


def test_links_outside_tell_nothing() -> None:
    made = str(outlink('A "quoted" <b>', "https://x.test/?a=1&b=2"))
    assert 'rel="noopener noreferrer nofollow external"' in made and 'href="https://x.test/?a=1&amp;b=2"' in made
    assert "<b>" not in made and 'dir="auto"' in made


def test_parameters_are_checked() -> None:
    def given_(**query: str) -> Ask:
        return Ask("/", NOW, query={k: [v] for k, v in query.items()})

    assert given_(page="3").number("page", 1, 1, 9) == 3 and given_().number("page", 1, 1, 9) == 1
    assert given_(by=" x ").choice("by", ("x", "y")) == "x"
    for text in ("0", "10", "x", "-1", "1e3", "²", "9" * 5000):
        with pytest.raises(BadRequestError):
            given_(page=text).number("page", 1, 1, 9)
    with pytest.raises(BadRequestError):
        given_(by="z").choice("by", ("x", "y"))
    with pytest.raises(BadRequestError):
        Ask("/", NOW, query={"q": ["a", "b"]}).text("q")


# -- the command


@dataclass
class Served:
    """A running `retold serve`."""

    process: subprocess.Popen[str]
    url: str
    said: list[str]

    def get(self, path: str = "") -> httpx.Response:
        return httpx.get(self.url + path, timeout=20)


@pytest.fixture
def served(small: Small, tmp_path: Path) -> Iterator[Served]:
    path = copied(small.path, tmp_path)
    start = command("serve", "--db", str(path), "--port", "0")
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(start, env={"PYTHONUNBUFFERED": "1"}, **pipes) as process:
        assert process.stdout
        said = [process.stdout.readline(), process.stdout.readline()]
        found = re.search(r"http://\S+", said[0])
        assert found, process.stderr.read() if process.stderr else ""
        yield Served(process, found[0], said)
        process.kill()


def test_a_server_from_start_to_end(served: Served, small: Small, tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    assert served.get().status_code == 200 and "token" in served.said[1]
    assert "server" not in served.get().headers

    with writing(path) as db:  # a run writes meanwhile
        begin(db)
        db.execute("UPDATE articles SET title = 'Half of an edit'")
        relist_all(db)
        assert "Half of an edit" not in served.get().text
        commit(db)
    assert "Half of an edit" in served.get().text

    path.rename(tmp_path / "away.db")  # it is gone, then another is there
    gone = served.get()
    assert gone.status_code == 503 and "no such database" in gone.text
    for beside in ("-wal", "-shm"):
        (tmp_path / f"own.db{beside}").unlink(missing_ok=True)
    copied(small.path, tmp_path)
    assert "Half of an edit" not in served.get().text and served.get().status_code == 200

    with closing(sqlite3.connect(path)) as writer:  # migrated by a newer Retold
        writer.execute("PRAGMA user_version = 99")
    newer = served.get()
    assert newer.status_code == 503 and "newer Retold" in newer.text

    port = str(urlsplit(served.url).port)
    taken = call("serve", "--db", small.path, "--port", port)
    assert taken.exit_code == 2 and port in taken.stderr and taken.stderr.count("\n") == 1
    served.process.send_signal(signal.SIGTERM)
    _, stderr = served.process.communicate(timeout=20)
    assert (served.process.returncode, stderr) == (0, "retold: stopped\n")


def test_serve_says_what_is_missing(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = copied(small.path, tmp_path)
    with closing(sqlite3.connect(older)) as db:
        db.execute("PRAGMA user_version = 8")
    for args, code, words in (
        (("--db", tmp_path / "none.db"), 74, "no such database"),
        (("--db", older), 74, "`retold run --no-fetch` brings it up to date"),
        (("--db", small.path, "--host", "no.such.host.invalid"), 2, "--host"),
        (("--db", small.path, "--token-file", tmp_path), 2, "token-file"),
    ):
        result = call("serve", *args)
        assert result.exit_code == code and words in result.stderr, result.output
    monkeypatch.setattr("pipeline.cli.serve.find_spec", lambda _: None)
    result = call("serve", "--db", small.path)
    assert result.exit_code == 2 and "pip install 'retold[web]'" in result.stderr


def test_corrections_are_off_away_from_loopback(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[App] = []
    monkeypatch.setattr("pipeline.cli.serve._run", lambda app, listener: None)
    monkeypatch.setattr("pipeline.web.app.App.app", lambda self: seen.append(self))
    for args, takes in (((), True), (("--no-corrections",), False), (("--host", "0.0.0.0"), False),
                        (("--host", "0.0.0.0", "--corrections"), True)):  # fmt: skip
        result = call("serve", "--db", small.path, "--port", "0", *args)
        assert result.exit_code == 0 and (seen[-1].people is not None) == takes, result.output
        assert ("everyone who reaches" in result.stderr) == ("--host" in args)
        assert ("sign in at" in result.stdout) == takes
