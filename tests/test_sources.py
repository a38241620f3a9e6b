"""`retold add-source`, `test-source`: a made-up site on loopback from its address to its block in config.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.cli.sourcing import Routes
from pipeline.config import load
from tests.conftest import MARKS, Small
from tests.madeup import HOST, HTTP, PIECES, home, site
from tests.server import Server, reply, rss

OTHER = "andere.test"
CONFIG = """# mine
http: {delay_s: 0, workers: 1, user_agent: "Test/1 (+https://test.example/)"}   # fast
sources:

  # the only one
  kueste: {name: "Küste", owner: Kogge, country: DE, language: de, role: publisher, feeds: ["http://kueste.example/f"]}

# the end
"""
HTML = "text/html; charset=utf-8"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        made.on("/robots.txt", reply(404))
        yield site(made)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path / "config.yaml"


def asked(server: Server, command: str, what: str, config: Path, *args: object, stdin: str = "") -> Result:
    routes = Routes(dict.fromkeys((HOST, OTHER, "kueste.example"), server.address))
    given = [command, what, "--config", str(config), *map(str, args)]
    env = {"COLUMNS": "110"}
    return CliRunner(env=env).invoke(main, given, prog_name="retold", obj=routes, input=stdin)


def told(server: Server, what: str, config: Path, *args: object) -> Any:
    result = asked(server, "add-source", what, config, "--json", *args)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# -- add-source


def test_a_homepage_becomes_a_source_and_nothing_else_changes(server: Server, config: Path) -> None:
    old = config.read_bytes()
    result = asked(server, "add-source", HTTP, config, "--yes")
    assert result.exit_code == 0, result.output
    new = config.read_bytes()
    at = old.index(b"\n# the end")
    assert new.startswith(old[:at]) and new.endswith(old[at:]) and len(new) > len(old)
    made = load(config).source("hafenbote")
    assert [f.url for f in made.feeds] == [f"{HTTP}/feed"] and made.sitemaps == (f"{HTTP}/news.xml",)
    assert (made.name, made.owner, made.language) == ("Hafenbote", "Kogge Medien GmbH", "de")
    assert made.text_from == "page" and made.homepage == f"{HTTP}/"
    block = new[at : -len(old[at:])].decode()
    assert "owner: Kogge Medien GmbH  # guessed" in block and "country: XX  # not known" in block
    # what is shown on the way
    assert f"+ {HTTP}/feed\n" in result.output and f"- {HTTP}/feed/stadt\n" in result.output
    assert f"nearly all of it is in {HTTP}/feed" in result.output and "gone: gone for good (410)" in result.output
    assert "222 words from the page, 37 in the feed" in result.output and "behind a paywall" in result.output
    assert "by Jonte Petersen" in result.output and "robots.txt: lets us read its pages" in result.output
    assert not {"/comments/feed", "/wp-json/wp/v2/pages/1", "/archiv.xml"} & set(server.paths())
    assert len(server.hits) <= 25 and {hit.headers["user-agent"] for hit in server.hits} == {
        "Test/1 (+https://test.example/)"
    }


def test_what_is_followed_is_not_added_again_and_a_new_feed_joins_its_site(server: Server, config: Path) -> None:
    assert asked(server, "add-source", HTTP, config, "--yes").exit_code == 0
    before = config.read_text("utf-8")
    again = asked(server, "add-source", HTTP, config, "--yes")
    assert again.exit_code == 0 and f"followed by hafenbote already: {HTTP}/feed" in again.output
    assert "nothing to add" in again.output and config.read_text("utf-8") == before
    server.on("/feed/neu", reply(200, rss(f"{HTTP}/x", f"{HTTP}/y")), host=HOST)
    joined = asked(server, "add-source", f"{HTTP}/feed/neu", config, "--yes")
    assert joined.exit_code == 0 and "1 address added to hafenbote" in joined.output, joined.output
    after = config.read_text("utf-8")
    assert after == before.replace(f"      - {HTTP}/feed\n", f"      - {HTTP}/feed\n      - {HTTP}/feed/neu\n")
    apart = told(server, f"{HTTP}/feed/stadt", config, "--key", "hafen-stadt", "--dry-run")
    assert apart["into"] is None and apart["added"]["key"] == "hafen-stadt"
    assert apart["added"]["notes"]["name"] == "the name of hafenbote, too: give one of them another"
    shown = asked(server, "add-source", f"{HTTP}/feed/stadt", config, "--key", "hafen-stadt", "--dry-run").stdout
    assert "Hafenbote is the name of hafenbote, too: give one of them another" in shown
    taken = asked(server, "add-source", f"{HTTP}/feed/stadt", config, "--key", "kueste")
    assert taken.exit_code == 2 and "--key: 'kueste' is taken by another source" in taken.stderr


@pytest.mark.slow
def test_an_article_or_a_feed_will_do(server: Server, config: Path) -> None:
    by_article = told(server, f"{HTTP}/{PIECES[0][0]}", config, "--dry-run")
    assert [f["url"] for f in by_article["feeds"] if f["follow"]] == [f"{HTTP}/feed", f"{HTTP}/news.xml"]
    by_feed = told(server, f"{HTTP}/feed/stadt", config, "--dry-run")
    assert [f["url"] for f in by_feed["feeds"] if f["follow"]] == [f"{HTTP}/feed/stadt"]
    assert by_feed["added"]["name"] == "Hafenbote" and by_feed["added"]["homepage"] == f"{HTTP}/"
    assert [a["words"] for a in by_feed["articles"]] == [222, 76, 228]
    assert [a["paywalled"] for a in by_feed["articles"]] == [None, True, None]


@pytest.mark.slow
def test_all_feeds_or_so_many(server: Server, config: Path) -> None:
    every = told(server, HTTP, config, "--feeds", "all", "--dry-run")
    assert [f["url"] for f in every["feeds"] if f["follow"]][:2] == [f"{HTTP}/feed", f"{HTTP}/feed/stadt"]
    for wrong in ("0", "none", "101", "-1"):
        assert asked(server, "add-source", HTTP, config, "--feeds", wrong).exit_code == 2


def test_nothing_is_written_unasked(server: Server, config: Path) -> None:
    result = asked(server, "add-source", HTTP, config)
    assert result.exit_code == 2 and "nothing written: no terminal to ask; --yes writes" in result.stderr
    assert config.read_text("utf-8") == CONFIG
    config.write_text(CONFIG.partition("sources:")[0], encoding="utf-8")
    made = told(server, f"{HTTP}/feed", config, "--dry-run")
    assert made["written"] is False and config.read_text("utf-8") == CONFIG.partition("sources:")[0]
    assert made["added"]["key"] == "hafenbote"


def test_a_site_without_a_word_of_its_feeds(server: Server, config: Path) -> None:
    """Then the usual addresses are tried; where there is nothing, that is told."""
    server.on("/", reply(200, home(""), HTML), host=OTHER).on(
        "/rss.xml", reply(200, rss("http://andere.test/1")), host=OTHER
    )
    found = told(server, f"http://{OTHER}/", config, "--dry-run")
    assert [f["url"] for f in found["feeds"]] == [f"http://{OTHER}/rss.xml"]
    assert [a["code"] for a in found["articles"]] == ["not_found"] and found["added"]["text_from"] == "page"
    server.on("/rss.xml", reply(404), host=OTHER)
    none = asked(server, "add-source", f"http://{OTHER}/", config, "--yes")
    assert none.exit_code == 1 and "no feed and no news sitemap found" in none.stderr
    server.on("/", reply(503), host=OTHER)
    before = len(server.hits)
    dead = asked(server, "add-source", f"http://{OTHER}/", config, "--yes")
    assert dead.exit_code == 1 and "server_error" in dead.stderr and len(server.hits) - before < 5


def test_who_wants_to_be_left_alone_is(server: Server, config: Path) -> None:
    server.on("/robots.txt", reply(200, "User-agent: *\nDisallow: /\n", "text/plain"), host=HOST)
    server.on("/feed/", reply(200, rss(f"{HTTP}/{PIECES[0][0]}")), host=HOST)
    kept_off = told(server, HTTP, config, "--dry-run")
    assert kept_off["rules"][0]["robots"] == "disallowed by robots.txt"
    assert kept_off["added"]["text_from"] == "feed" and "robots" in kept_off["added"]["notes"]["text_from"]
    assert not {"/", f"/{PIECES[0][0]}"} & set(server.paths(HOST))
    server.on("/robots.txt", reply(404), host=HOST)
    rule = [{"location": "/", "tdm-reservation": 1}]
    server.on("/.well-known/tdmrep.json", reply(200, json.dumps(rule), "application/json"), host=HOST)
    reserved = told(server, f"{HTTP}/feed", config, "--dry-run")
    assert reserved["rules"][0]["tdm_reserved"] and reserved["added"]["text_from"] == "feed"
    config.write_text(f"{CONFIG}rights: {{opt_out: [{HOST}]}}\n", encoding="utf-8")
    before = len(server.hits)
    out = asked(server, "add-source", HTTP, config)
    assert out.exit_code == 1 and "opted_out" in out.stderr and len(server.hits) == before


def test_the_feed_is_enough_where_it_has_the_text(server: Server, config: Path) -> None:
    long = " ".join(f"Wort{n}" for n in range(230))
    full = rss(f"{HTTP}/{PIECES[0][0]}", extra="").replace("Der Rat der Stadt", long)
    server.on("/feed", reply(200, full), host=HOST)
    found = told(server, f"{HTTP}/feed", config, "--dry-run")
    assert found["added"]["text_from"] == "feed" and found["feeds"][0]["full_text"] == 1


# -- hostile


@pytest.mark.parametrize(
    ("url", "says"),
    [("http://127.0.0.1/", "not on the public internet"), ("ftp://a.example/", "must start with"),
     ("http://u:p@a.example/", "user name"), ("https://a.example:22/", "port 22"), ("https://", "no host")],
)  # fmt: skip
def test_addresses_that_no_run_would_ask(config: Path, url: str, says: str) -> None:
    result = CliRunner().invoke(main, ["add-source", url, "--config", str(config)], prog_name="retold")
    assert result.exit_code == 2 and says in result.stderr and "u:p" not in result.output


def test_a_page_full_of_traps(server: Server, config: Path) -> None:
    """Sixty feeds, inner addresses, a redirect to a machine inside, texts that would break out of the file."""
    evil = "Böse: # x\n  evil:\n    - {a: 1}\u202e\x1b[31m\u2028'\" &amp; %"
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/f{n}">' for n in range(60))
    inner = '<link rel="alternate" type="application/rss+xml" href="http://169.254.169.254/latest/">'
    inner += '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">'
    named = f'<meta property="og:site_name" content="{evil.replace(chr(34), "&quot;")}">'
    page = home(inner + links).replace('<meta property="og:site_name" content="Hafenbote">', named)
    server.on("/", reply(200, page, HTML), host=HOST)
    for n in range(60):
        server.on(f"/f{n}", reply(200, rss(f"{HTTP}/p{n}", title=evil.replace("\x1b", ""))), host=HOST)
    server.on("/f1", reply(302, "", location="http://127.0.0.1:1/"), host=HOST)
    result = asked(server, "add-source", HTTP, config, "--yes")
    assert result.exit_code == 0, result.output
    assert len(server.hits) <= 25 and not MARKS.search(result.output.replace("\n", ""))
    assert "blocked_private" in result.output
    made = load(config).sources[-1]
    assert made.name.startswith("Böse: # x evil: - {a: 1}") and made.key == "hafenbote"
    assert len(load(config).sources) == 2 and all(f.url.startswith(HTTP) for f in made.feeds)


def test_requests_are_bounded_whatever_a_site_does(server: Server, config: Path) -> None:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/r{n}">' for n in range(9))
    server.on("/", reply(200, home(links), HTML), host=HOST)
    for n in range(9):
        for hop in range(5):
            target = f"{HTTP}/r{n}{'x' * (hop + 1)}"
            server.on(f"/r{n}{'x' * hop}", reply(302, "", location=target), host=HOST)
    result = asked(server, "add-source", HTTP, config)
    assert result.exit_code in (0, 1) and len(server.hits) <= 26


# -- test-source


def test_a_source_as_it_answers_now(server: Server, config: Path, tmp_path: Path) -> None:
    assert asked(server, "add-source", HTTP, config, "--yes").exit_code == 0
    files = sorted(tmp_path.iterdir())
    db = ("--db", tmp_path / "none.db")
    good = asked(server, "test-source", "hafenbote", config)
    assert good.exit_code == 0, good.output
    assert "ok, rss20, 5 entries" in good.output and "222 words from the page, 37 in the feed" in good.output
    assert sorted(tmp_path.iterdir()) == files, "nothing is written"
    assert asked(server, "test-source", "hafenbote", config, *db).exit_code == 74
    server.on("/feed", reply(200, home(), HTML), host=HOST)
    bad = asked(server, "test-source", "hafenbote", config, "--json")
    row = json.loads(bad.stdout)
    assert bad.exit_code == 1 and [f["code"] for f in row["feeds"]] == ["not_a_feed", "ok"]
    assert row["database"] is None and len(row["articles"]) == 3
    nobody = asked(server, "test-source", "hafenbot", config)
    assert nobody.exit_code == 2 and "did you mean hafenbote?" in nobody.stderr


@pytest.mark.slow
def test_pages_are_not_asked_of_a_source_that_gives_its_feed(server: Server, config: Path) -> None:
    assert asked(server, "add-source", HTTP, config, "--yes").exit_code == 0
    text = config.read_text("utf-8").replace(
        "    role: publisher  # guessed", "    role: publisher\n    text_from: feed"
    )
    config.write_text(text, encoding="utf-8")
    before = len(server.hits)
    row = json.loads(asked(server, "test-source", "hafenbote", config, "--json").stdout)
    assert [a["page_words"] for a in row["articles"]] == [0, 0, 0] and row["articles"][0]["feed_words"] == 37
    assert not {f"/{p[0]}" for p in PIECES} & {hit.path for hit in server.hits[before:]}


def test_beside_it_stands_what_the_database_has(server: Server, config: Path, small: Small) -> None:
    shown = asked(server, "test-source", "kueste", config, "--db", small.path)
    assert shown.exit_code == 1 and "not_found: not found (404)" in shown.output
    assert re.search(
        r"^in the database\n  \d articles?\n  https://kueste.example/feed: ok, last ok", shown.output, re.M
    )
    config.write_text(CONFIG.replace("kueste:", "neu:"), encoding="utf-8")
    never = asked(server, "test-source", "neu", config, "--db", small.path)
    assert "in the database\n  nothing yet: no run has asked it" in never.output
