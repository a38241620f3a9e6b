"""Secrets are planted where people have them, and looked for wherever anything comes out: terminal, log, pages,
exports, and every byte of the database."""

from __future__ import annotations

import asyncio
import base64
import logging
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pipeline.alerts.hush import hushed
from pipeline.config import loads
from pipeline.model import ConfigError
from pipeline.run import run
from pipeline.store.connect import open_read
from pipeline.web.app import datasette
from pipeline.web.people import People, token_of
from tests import outputs
from tests.conftest import CONFIG, build, call
from tests.receivers import Hook
from tests.server import Server, page, reply, rss

# each of its own, so that a leak says where it came from
PATH, QUERY, SIGNING, ARGUMENT = "pAth7Xq2Ws9", "qUery8Rt5Yu1", "siGning3Op6Lk4", "arGument5Mn8Bv2Qz7"
PASSWORD, TOKEN, MOVED = "paSsword2Zx7Cv5", "toKen6Pl1Mk8Nj3Bh5", "moVed7Tg3Hy6"
ALL = (PATH, QUERY, SIGNING, ARGUMENT, PASSWORD, TOKEN, MOVED)


def leaks(text: str | bytes) -> list[str]:
    """The planted secrets that a text holds, as they stand or in Base64."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return [s for s in ALL if s.encode() in data or base64.b64encode(s.encode())[:-3] in data]


def of_files(path: Path) -> list[str]:
    """Leaks in a database, its log and whatever lies beside them."""
    return [leak for file in path.parent.glob(f"{path.name}*") for leak in leaks(file.read_bytes())]


def telltale(handler: BaseHTTPRequestHandler) -> None:
    """A receiver that repeats what it was sent, in body and Location, long before and after its end."""
    given = f"no hook {handler.path} {handler.headers['x-retold-signature']} " * 5
    handler.send_response(302 if "moved" in handler.path else 500)
    handler.send_header("Location", f"http://127.0.0.1:1{handler.path}")
    handler.end_headers()
    handler.wfile.write(given.encode())


def alerting(hook: Hook) -> str:
    echo = "import sys; print(sys.argv[1:] * 9); sys.exit(3)"
    where = f"{hook.url}/{PATH}?token={QUERY}"
    return f"""
alerts:
  hook: {{words: nordwind, within: 30d, webhook: "{where}", secret_env: RETOLD_TEST_SIGNING}}
  moved: {{words: nordwind, within: 30d, webhook: "{where}&moved=1"}}
  dead: {{words: nordwind, within: 30d, webhook: "http://127.0.0.1:9/{PATH}?token={QUERY}"}}
  program:
    words: nordwind
    within: 30d
    command: ["{sys.executable}", "-c", "{echo}", "https://hook.test/{PATH}?x={QUERY}", "-H", "Bearer {ARGUMENT}"]
"""


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that anybody logs."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_what_alerts_are_sent_with_stays_with_the_receiver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    small = build(tmp_path)
    monkeypatch.setenv("RETOLD_TEST_SIGNING", SIGNING)
    with Hook(telltale) as hook:
        small.config.write_text(CONFIG + alerting(hook), "utf-8")
        at = ("--config", small.config, "--db", small.path)
        said = [
            call("run", "--no-fetch", "-vv", *at),
            call("run", "--no-fetch", "-vv", "--log-format", "json", *at),
            call("run", "--no-fetch", "-v", "--log-format", "json", "--log-file", tmp_path / "stories.db.log", *at),
            call("run", "--no-fetch", "--metrics", tmp_path / "stories.db.prom", *at),
            *(call("status", *form, *at) for form in ((), ("--json",), ("--prometheus", "-"))),
            call("runs", "--json", "--db", small.path),
            call("alerts", "send", *at),
            call("alerts", "send", "--json", *at),
        ]
        said += [call("alerts", "test", rule, *at) for rule in ("moved", "program")]
        said += [call("alerts", *args, "--db", small.path) for args in (("list",), ("list", "--json"))]
        said += [call("alerts", "rules", *form, *at) for form in ((), ("--json",))]
        assert {PATH, QUERY} <= set(leaks(hook.paths[0])), "the receiver itself must know them"
    assert [leaks(s.output) for s in said] == [[]] * len(said)
    with closing(open_read(small.path)) as db:
        errors = [row["error"] for row in db.execute("SELECT error FROM alerts ORDER BY rule")]
    assert len(errors) == 4 and all(errors) and any("no hook …" in error for error in errors), errors
    assert of_files(small.path) == []  # what is not in there comes out nowhere: of the rest see below
    assert leaks(log.text) == []


@pytest.mark.slow
def test_nothing_that_asks_or_shows_tells_of_the_configuration(tmp_path: Path) -> None:
    small = build(tmp_path)
    with Hook() as hook:
        small.config.write_text(CONFIG + alerting(hook), "utf-8")
        for command, out, err in outputs.printed(small.path, small.config, "nordwind"):
            assert (leaks(out), leaks(err)) == ([], []), command
        app = datasette(small.path, config=small.config, people=People(TOKEN))
        for address, _, text in outputs.served(app, small.path):
            assert leaks(text) == [], address


def test_what_a_receiver_says_loses_its_secrets_even_cut_in_half() -> None:
    job = {"url": f"https://h.test/services/{PATH}?token={QUERY}", "user": "ada", "password": PASSWORD}
    plain = base64.b64encode(f"\0ada\0{PASSWORD}".encode()).decode()
    for said in (PASSWORD, plain, f"/services/{PATH}", QUERY, f"token={QUERY}"):
        assert hushed(f"535 bad: {said}; go", job) == "535 bad: …; go"
        for n in range(4, len(said)):
            assert hushed(f"535 bad: {said[:n]}", job).removeprefix("535 bad: ") in ("…", said[:n][:4]), said[:n]
    assert hushed("HTTP 404: not found", job) == "HTTP 404: not found"
    assert hushed("ended with 1: cannot open /etc/x.json", {"argv": ["/bin/x", "/etc/x.json"]}).endswith("/etc/x.json")


@pytest.mark.parametrize(
    "rule",
    [
        f"{{lang: de, webhook: 'https://h.test/a b/{PATH}'}}",
        f"{{lang: de, webhook: 'https://ada:{PASSWORD}@h.test/{PATH}'}}",
        f"{{lang: de, webhook: ['https://h.test/{PATH}']}}",
        f"{{lang: de, webhook: 'h.test/{PATH}?{QUERY}'}}",
        f"{{lang: de, webhook: 'https://h.test/', secret_env: '{SIGNING}!'}}",
        f"{{lang: de, webhook: 'https://h.test/', secret: {SIGNING}}}",
        f'{{lang: de, command: [a, "{ARGUMENT}\\n"]}}',
        f"{{lang: de, command: {ARGUMENT}}}",
        f"{{lang: de, mail: {{to: [a@b.c], from: a@b.c, server: h, user: u, password_env: 'my {PASSWORD}'}}}}",
        f"{{lang: de, mail: {{to: [a@b.c], from: a@b.c, server: h, user: u, password: {PASSWORD}}}}}",
    ],
)
def test_a_configuration_is_found_fault_with_without_its_secrets(tmp_path: Path, rule: str) -> None:
    with pytest.raises(ConfigError) as said:
        loads(f"{CONFIG}alerts:\n  x: {rule}\n", "config.yaml")
    assert "alerts.x" in str(said.value) and leaks(str(said.value)) == []
    (tmp_path / "config.yaml").write_text(f"{CONFIG}alerts:\n  x: {rule}\n", "utf-8")
    for form in ((), ("--json",)):
        assert leaks(call("check", "--config", tmp_path / "config.yaml", *form).output) == []


def test_a_password_in_an_address_is_refused_unseen(tmp_path: Path) -> None:
    address = f"https://ada:{PASSWORD}@h.test/feed"
    with pytest.raises(ConfigError) as said:
        loads(CONFIG.replace("https://courier.example/feed", address), "c")
    assert "must not carry a user name or password" in str(said.value) and leaks(str(said.value)) == []
    opml, config = tmp_path / "other.opml", tmp_path / "config.yaml"
    config.write_text(CONFIG, "utf-8")
    opml.write_text(f'<opml><body><outline text="x" xmlUrl="{address}"/></body></opml>', "utf-8")
    assert leaks(call("import", "opml", opml, "--config", config).output) == [] and leaks(config.read_bytes()) == []


@pytest.mark.slow
def test_a_page_that_cannot_be_had_is_named_without_its_password(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG, "utf-8")
    address = f"https://ada:{PASSWORD}@h.test:81/feed"
    cited = call("cite", address, "--db", tmp_path / "none.db", "--config", config)
    assert "port" in cited.output and leaks(cited.output) == []


def test_passwords_in_redirects_are_dropped(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    with Server() as server:
        server.on("/robots.txt", reply(404))
        server.on("/feed", reply(301, location=f"http://eve:{MOVED}@courier.example/moved"))
        links = [f"http://courier.example/{n}" for n in ("a", "b", "gone")]
        server.on("/moved", reply(200, rss(*links)))
        server.on("/a", reply(200, page(), "text/html"))
        server.on("/b", reply(302, location=f"http://eve:{MOVED}@courier.example/a2")).on(
            "/a2", reply(200, page("B"), "text/html")
        )
        server.on("/gone", reply(302, location=f"http://eve:{MOVED}@courier.example:81/x"))
        file, path = tmp_path / "config.yaml", tmp_path / "stories.db"
        text = CONFIG.replace("https://courier.example/feed", "http://courier.example/feed")
        file.write_text(text, "utf-8")
        config = loads(text, "c")
        config = config.model_copy(update={"http": config.http.model_copy(update={"delay_s": 0, "workers": 1})})
        done = [
            run(config, path, only=["courier"], force=True, routes={"courier.example": server.address},
                clock=partial(datetime, 2026, 11, 23, hour, tzinfo=UTC))
            for hour in (6, 7, 8)  # it has moved when it has said so three times
        ]  # fmt: skip
        assert done[0].articles == 3 and done[0].outcomes["page"]["ok"] == 2
        assert all(leaks(hit.raw) == [] for hit in server.hits), "they are not sent on, either"
    assert of_files(path) == []
    assert leaks(log.text) == []
    said = call("sources", "--db", path).output
    assert "has moved to http://courier.example/moved" in said and leaks(said) == []


def test_the_token_of_the_pages_is_on_none(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    small, file = build(tmp_path), tmp_path / "token"
    file.write_text(TOKEN, "ascii")
    file.chmod(0o600)
    people = People(token_of(file))
    app = datasette(small.path, people=people)
    form = app.client.get("/-/retold/sign-in")
    csrf = asyncio.run(form).text.partition('name="csrftoken" value="')[2].partition('"')[0]
    for token in (TOKEN, TOKEN[:-1] + "x"):
        sent = urlencode({"name": "ada", "token": token, "csrftoken": csrf, "next": "/"})
        answer = asyncio.run(app.client.post("/-/retold/sign-in", content=sent, headers={
            "content-type": "application/x-www-form-urlencoded", "cookie": f"ds_csrftoken={csrf}"}))  # fmt: skip
        assert leaks(f"{answer.headers}{answer.text}") == []
    for path in (
        "/-/settings.json",
        "/-/metadata.json",
        "/-/plugins.json",
        "/-/versions.json",
        "/-/config.json",
        "/-/actor.json",
    ):
        text = asyncio.run(app.client.get(path)).text
        assert leaks(text) == [] and people.secret not in text, path
    assert of_files(small.path) == [] and leaks(log.text) == []
