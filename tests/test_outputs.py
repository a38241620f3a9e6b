"""Whatever strangers send, no way out lets it act: no script in a page, no control on a terminal, no formula in a
table, no line of a log that is theirs, no broken feed."""

from __future__ import annotations

import asyncio
import email
import json
import logging
import re
from collections.abc import Iterator
from email import policy
from pathlib import Path

import pytest

from pipeline.config import loads
from pipeline.run import run
from pipeline.store.connect import open_read, writing
from pipeline.store.listing import relist_all
from pipeline.web.app import datasette
from pipeline.web.people import People
from tests import hostile, outputs
from tests.conftest import CONFIG, MARKS, NOW, Small, build, call
from tests.desk import html, item, prose, rss
from tests.receivers import Hook, Post
from tests.server import Server, reply

SHOWN = [text[:2000] for text in hostile.STRINGS]  # long ones are for tests/test_web_hostile.py


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A small database in which every word of strangers is a hostile one."""
    small = build(tmp_path_factory.mktemp("poisoned"))
    hostile.correct(small.path)
    hostile.poison(small.path, SHOWN)
    return small


@pytest.mark.case("D7", "D8", "D10", "D11")
def test_what_commands_print_does_nothing(poisoned: Small) -> None:
    for command, out, err in outputs.printed(poisoned.path, poisoned.config, "'); DROP TABLE articles; --"):
        assert outputs.fault(command, out) == "", command
        assert not MARKS.search(err.replace("\n", "")), command
    assert " found\n" in call("search", "a", "--db", poisoned.path).stdout, "the table is still there"


@pytest.mark.case("D8")
@pytest.mark.parametrize("args", [("export", "articles", "-")])
def test_a_terminal_is_told_of_colours_alone(poisoned: Small, args: tuple[str, ...]) -> None:
    shown = outputs.on_terminal(*args, "--db", str(poisoned.path))
    assert len(shown.splitlines()) > 4
    assert not MARKS.search(outputs.SGR.sub("", shown).replace("\r\n", "").replace("\t", "")), shown


@pytest.mark.slow
@pytest.mark.case("D9", "D11")
def test_alerts_carry_words_and_nothing_else(poisoned: Small, tmp_path: Path) -> None:
    """JSON that is ASCII; a mail whose headers are ours and whose text holds no control."""
    with Hook() as hook, Post() as post:
        box = f"{{to: [a@b.test], from: r@b.test, server: 127.0.0.1, port: {post.port}, tls: none}}"
        rules = f"  hook: {{min_articles: 2, within: 30d, webhook: '{hook.url}'}}\n"
        rules += f"  post: {{min_articles: 2, within: 30d, mail: {box}}}\n"
        file = tmp_path / "config.yaml"
        file.write_text(f"{CONFIG}alerts:\n{rules}", "utf-8")
        for title in ("x\r\nBcc: eve@evil.test\r\n\r\nforged\x1b[31m\u202e", SHOWN[0]):
            retitled(poisoned.path, title)
            for rule in ("hook", "post"):
                sent = call("alerts", "test", rule, "--config", file, "--db", poisoned.path)
                assert (sent.exit_code, sent.stderr) == (0, ""), title
    for _, content in hook.got:
        assert content.isascii() and json.loads(content)["test"]
    known = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "Retold-Delivery", "MIME-Version",
             "Content-Type", "Content-Transfer-Encoding"}  # fmt: skip
    for _, to, raw in post.got:
        mail = email.message_from_bytes(raw, policy=policy.default)
        assert to == ["a@b.test"] and set(mail.keys()) <= known and len(mail.get_all("Subject", [])) == 1
        assert not MARKS.search(str(mail["Subject"]) + mail.get_content().replace("\r\n", ""))


def retitled(path: Path, title: str) -> None:
    with writing(path) as db, db:
        db.execute("UPDATE articles SET title = ?", [title])
        relist_all(db)


# -- addresses and queries


@pytest.mark.case("D12")
def test_no_address_of_a_page_leads_to_a_file(poisoned: Small) -> None:
    secret = poisoned.path.with_name("secret.txt")
    secret.write_text("plAnted-beside-the-database", "utf-8")
    app = datasette(poisoned.path, people=People("a-token-that-nobody-guesses"))
    up = (
        "..",
        "%2e%2e",
        "..%2f..",
        "%252e%252e",
        "..%5c..",
        "....//..",
        ".%00.",
        str(poisoned.path.parent).lstrip("/"),
    )
    roots = (
        "/-/retold/static/", "/-/static/", "/-/static-plugins/retold/", "/", "/stories/", "/stories/articles/",
        "/source/", "/story/1/graph.", "/-/retold/schema/", "/-/retold/story/",
    )  # fmt: skip
    for root in roots:
        for step in up:
            for name in ("secret.txt", "stories.db"):
                address = f"{root}{step}/{name}"
                answer = asyncio.run(app.client.get(address))
                assert answer.status_code < 500, address
                assert not re.search(rb"plAnted|root:|SQLite format", answer.content), address
                assert "location" not in answer.headers or answer.headers["location"].startswith("/"), address


INJECTED = (
    "'", "1; DROP TABLE articles", "x' UNION SELECT key FROM articles --", "%", "\\", "[x]", 'title:"', "a*b*", "^x",
    "\x00", "AND OR NOT",
)  # fmt: skip
ASKED = (
    ("stories", "--source"), ("stories", "--lang"), ("history",), ("story",), ("why", "1"), ("outlets", "--source"),
    ("alerts", "list", "--rule"), ("export", "stories", "-", "--source"), ("search",), ("cite",),
)  # fmt: skip


@pytest.mark.case("D7")
@pytest.mark.parametrize("ask", ASKED, ids=" ".join)
def test_no_argument_becomes_sql(poisoned: Small, ask: tuple[str, ...]) -> None:
    before = poisoned.path.read_bytes()
    for words in INJECTED:
        told = (
            call(*ask, "--db", poisoned.path, "--", words)
            if ask[-1][:2] != "--"
            else call(*ask, words, "--db", poisoned.path)
        )
        assert told.exit_code in (0, 1, 2), (ask, words, told.output)
        assert "sqlite" not in told.output.lower() and "syntax" not in told.output.lower(), (ask, words, told.output)
        assert told.exception is None or isinstance(told.exception, SystemExit)
    assert poisoned.path.read_bytes() == before


# -- what a run collects


@pytest.mark.slow
@pytest.mark.case("D9", "D12")
def test_a_run_logs_lines_of_its_own_and_names_no_file_by_what_it_reads(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    forged = "x\r\n2026-11-20 12:00:00 CRITICAL retold: forged\x1b[31m"
    paths = ("../../../../tmp/forged", "a%0d%0aforged", "x" * 300)
    with Server() as server, caplog.at_level(logging.DEBUG):
        server.on("/robots.txt", reply(404))
        entries = [
            item(f"{forged}{n}", f"http://courier.example/{path}", forged, forged) for n, path in enumerate(paths)
        ]
        server.on("/feed", reply(200, rss(*entries, item("../../guid", "http://courier.example/b", forged))))
        server.on("/b", reply(302, location="http://courier.example/\r\nSet-Cookie: x=1"))
        text = CONFIG.replace("https://courier.example/feed", "http://courier.example/feed")
        config = loads(text, "c")
        config = config.model_copy(update={"http": config.http.model_copy(update={"delay_s": 0, "workers": 1})})
        done = run(config, tmp_path / "stories.db", only=["courier"], clock=lambda: NOW,
                   routes={"courier.example": server.address})  # fmt: skip
    assert done.failed_sources == [] and done.entries == len(paths) + 1
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("retold")]
    assert not [message for message in ours if MARKS.search(message)]
    assert "forged\x1b" not in "".join(capfd.readouterr())
    assert {p.name.removesuffix("-wal").removesuffix("-shm").removesuffix(".lock") for p in tmp_path.iterdir()} == {
        "stories.db"
    }
    assert not Path("/tmp/forged").exists()


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """What a run makes of the sanitizer tests of feed readers: each file a feed, each text an item with a page."""
    payloads, files = hostile.harvested(), sorted(hostile.SHARED.rglob("sanitize/*.xml"))
    if not payloads:
        pytest.skip("no collected feeds: set RETOLD_SHARED")
    folder = tmp_path_factory.mktemp("collected")
    with Server() as server:
        server.on("/robots.txt", reply(404))
        for n, file in enumerate(files):
            server.on(f"/f/{n}.xml", reply(200, file.read_bytes(), "application/xml"))
        mine = [item(f"own-{n}", f"http://courier.test/a/{n}", words, words) for n, words in enumerate(payloads)]
        server.on("/own.xml", reply(200, rss(*mine)))
        for n, words in enumerate(payloads):
            raw = html("A page", "x").replace("<p>x</p>", f"<p>{words}</p><p>{prose(n)}</p>")
            server.on(f"/a/{n}", reply(200, raw.encode("utf-8", "replace"), "text/html; charset=utf-8"))
        feeds = [f"http://courier.test/f/{n}.xml" for n in range(len(files))]
        text = (
            "http: {delay_s: 0, per_host: 4, workers: 2, feed_timeout_s: 8, page_timeout_s: 8, max_body_mb: 1}\n"
            'sources:\n  courier: {name: "Courier <script>window.__pwned=1</script>", owner: "<img src=x onerror=x>"'
            f", country: GB, language: en, role: publisher, max_pages_per_run: 10000, "
            f"feeds: [{', '.join([*feeds, 'http://courier.test/own.xml'])}]}}"
        )
        path, file = folder / "stories.db", folder / "config.yaml"
        file.write_text(text, "utf-8")
        done = run(loads(text, "c"), path, clock=lambda: NOW, routes={"courier.test": server.address})
    assert done.failed_sources == [] or set(done.outcomes["feed"]) <= {"ok", "not_a_feed"}
    assert len(files) == 745 and done.outcomes["feed"]["ok"] >= 700 and done.articles > 50, done.outcomes
    yield Small(path, file, {})


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.case("D2", "D8", "D10", "D11")
def test_the_cases_of_other_readers_come_out_as_words(collected: Small) -> None:
    for command, out, err in outputs.printed(collected.path, collected.config, "alert"):
        assert outputs.fault(command, out) == "", command
        assert not MARKS.search(err.replace("\n", "")), command
    for args in (("stories", "--all"), ("search", "alert"), ("sources",), ("export", "articles", "-")):
        shown = outputs.on_terminal(*args, "--db", str(collected.path))
        assert not MARKS.search(outputs.SGR.sub("", shown).replace("\r\n", "").replace("\t", "")), args


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.case("D2", "D11")
def test_the_cases_of_other_readers_are_no_markup_on_any_page(collected: Small) -> None:
    app = datasette(collected.path, config=collected.config, people=People("a-token-that-nobody-guesses"))
    for address, kind, text in outputs.served(app, collected.path):
        assert outputs.page_fault(kind, text) == "", address
    db = open_read(collected.path)
    numbers = [(r["article_id"], r["story_id"]) for r in db.execute("SELECT article_id, story_id FROM copies")]
    db.close()
    for article, story in numbers:  # each of them, not only the samples
        for address in (f"/article/{article}", f"/story/{story}"):
            answer = asyncio.run(app.client.get(address))
            assert answer.status_code == 200 and outputs.page_fault("text/html", answer.text) == "", address
    assert len(numbers) > 50 and re.search("Courier", asyncio.run(app.client.get("/")).text)
