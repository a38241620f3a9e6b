"""Hostile and damaged feeds in whole runs over loopback: each has its reason, none harms another."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import loads
from pipeline.model import Reason
from pipeline.run import run
from pipeline.sandbox import Sandbox
from pipeline.store.connect import open_read
from tests import hostile_feeds, server
from tests.conftest import NOW
from tests.feedserver import address, served
from tests.hostile_feeds import ALL, AUTHORS, ENTITIES, LONG, MANY, MANY_SLOW, MARKUP, SLOW, Hostile, cost, item
from tests.server import Server, reply

Row = Mapping[str, Any]
SOURCE = (
    "  {key}: {{name: {key}, owner: {key}, country: DE, language: de, role: publisher, text_from: {text},"
    " max_pages_per_run: 0, feeds: [http://{key}.test/feed]}}\n"
)


class Ran:
    """A run over hostile feeds, one a host, and a good one: its database, and what the server was asked for."""

    def __init__(self, path: Path, inputs: Mapping[str, bytes]) -> None:
        self.path, self.keys = path, {name: f"h{n}" for n, name in enumerate(inputs)}
        sources = [SOURCE.format(key=key, text="page") for key in self.keys.values()]
        text = "http: {delay_s: 0, workers: 2}\nsources:\n" + "".join(
            [*sources, SOURCE.format(key="good", text="feed")]
        )
        with Server() as web:
            for name, body in inputs.items():
                web.on("/feed", reply(200, body), host=f"{self.keys[name]}.test")
            web.on("/feed", reply(200, server.rss("http://good.test/1")), host="good.test")
            routes = dict.fromkeys([f"{key}.test" for key in [*self.keys.values(), "good"]], web.address)
            self.summary = run(loads(text, "config.yaml"), path, routes=routes, clock=lambda: NOW)
            self.asked = web.paths()

    def rows(self, sql: str, *given: object) -> list[Row]:
        with closing(open_read(self.path)) as db:
            return [dict(r) for r in db.execute(sql, given)]

    def fetch(self, name: str) -> Row:
        """The one row that says what became of a feed."""
        [row] = self.rows("SELECT * FROM fetches WHERE source = ? AND kind = 'feed'", self.keys[name])
        return row

    def entries(self, name: str) -> list[Row]:
        return self.rows("SELECT * FROM entries WHERE source = ?", self.keys[name])

    def harmed_nobody(self) -> bool:
        """Did the good source get its article, signed and grouped, and does every feed have its outcome?"""
        good = self.rows("SELECT a.id FROM articles a JOIN copies ON article_id = a.id WHERE a.source = 'good'")
        codes = self.rows("SELECT DISTINCT source FROM fetches WHERE kind = 'feed'")
        return len(good) == 1 and len(codes) == len(self.keys) + 1

    def is_as_told(self, name: str, told: Hostile) -> None:
        fetch = self.fetch(name)
        assert (fetch["code"], fetch["entries"], fetch["dropped"]) == (told.code, told.entries, told.dropped), fetch
        assert fetch["detail"] or told.code is Reason.OK, "a loss is told in words"
        for entry in self.entries(name):
            assert len(entry["title"]) <= 1000 and len(entry["author"]) <= 300
            assert len(entry["summary"]) + len(entry["content"]) <= 1_000_000


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return Ran(tmp_path_factory.mktemp("hostile") / "stories.db", {name: h.body() for name, h in ALL.items()})


@pytest.mark.case("C1", "C2", "C3", "C4", "C5", "C6")
def test_a_run_over_hostile_feeds_harms_nobody(ran: Ran) -> None:
    assert ran.harmed_nobody()
    assert ran.summary.failed_sources == [ran.keys["one text of 30 MB"]]


def names(inputs: Iterable[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", list(inputs))


@pytest.mark.case("C1", "C2")
@names(ENTITIES)
def test_entities_are_not_expanded(ran: Ran, name: str) -> None:
    ran.is_as_told(name, ALL[name])
    assert all(len(e["title"]) <= 1000 and "haha" * 10 not in e["title"] for e in ran.entries(name))


@pytest.mark.case("C3")
@names(MARKUP)
def test_absurd_markup_keeps_its_item(ran: Ran, name: str) -> None:
    ran.is_as_told(name, ALL[name])


@pytest.mark.case("C4")
@names(AUTHORS)
def test_an_endless_author_is_cut(ran: Ran, name: str) -> None:
    ran.is_as_told(name, ALL[name])


@pytest.mark.case("C5")
@names(MANY)
def test_of_endless_items_the_newest_are_kept_and_the_rest_is_counted(ran: Ran, name: str) -> None:
    ran.is_as_told(name, ALL[name])
    assert {e["title"] for e in ran.entries(name)} == {f"T{n}" for n in range(2000)}


@pytest.mark.case("C6")
@names(LONG)
def test_endless_fields_are_cut_and_endless_feeds_refused(ran: Ran, name: str) -> None:
    ran.is_as_told(name, ALL[name])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.case("C3", "C5")
def test_the_largest_are_read_or_given_up_within_the_limits_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sandbox.Sandbox", partial(Sandbox, wall_s=100))  # a busy machine is no fault
    inputs = {name: h.body() for name, h in MANY_SLOW.items()} | {name: body() for name, (body, _) in SLOW.items()}
    ran = Ran(tmp_path / "stories.db", inputs)
    assert ran.harmed_nobody()
    for name, told in MANY_SLOW.items():
        ran.is_as_told(name, told)
    for name, (_, codes) in SLOW.items():
        assert ran.fetch(name)["code"] in codes


@pytest.mark.case("C3")
def test_what_takes_too_long_is_given_up_and_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sandbox.Sandbox", partial(Sandbox, wall_s=60, cpu_s=1))
    hasty = Ran(tmp_path / "stories.db", {"attributes": hostile_feeds.hidden_attributes(50_000)})
    assert hasty.harmed_nobody()
    assert hasty.fetch("attributes")["code"] == Reason.PARSE_TIMEOUT
    [feed] = hasty.rows("SELECT failures, etag, body_hash, disabled FROM feeds WHERE source = 'h0'")
    assert feed == {"failures": 1, "etag": None, "body_hash": None, "disabled": None}


# -- what parsing costs


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(1, wall_s=60, cpu_s=10, memory_mb=512, preload=["pipeline.feeds"]) as made:
        yield made


@pytest.mark.case("C1", "C2")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured on Linux")
@names(ENTITIES)
def test_entities_cost_two_seconds_and_150_mb_at_most(sandbox: Sandbox, name: str) -> None:
    entries, seconds, megabytes = sandbox.submit(cost, ENTITIES[name].body()).result(100)
    assert entries == 1
    assert seconds < 2 and megabytes < 150


# -- what is named and lies elsewhere


@pytest.mark.case("C2")
def test_nothing_that_a_document_type_names_is_asked_for(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    with Server() as elsewhere:
        there = f"http://127.0.0.1:{elsewhere.address[1]}/x.dtd"
        types = {
            "a document type": f'<!DOCTYPE x SYSTEM "{there}">',
            "a public one": f'<!DOCTYPE x PUBLIC "-//x//EN" "{there}">',
            "an entity": f'<!DOCTYPE x [<!ENTITY a SYSTEM "{there}">]>',
            "a file": f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]>',
            "a parameter entity": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{there}">%p;]>',
            "one within another": f"<!DOCTYPE x [<!ENTITY % p SYSTEM '{there}'>"
            "<!ENTITY % q \"<!ENTITY a SYSTEM '%p;'>\">%q;]>",
            "a stylesheet": f'<?xml-stylesheet href="{there}" type="text/xsl"?>',
            "an inclusion": "",
        }
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{there}"/>'
        bodies = {name: hostile_feeds.rss(item(f"A&a;B{include}"), doctype=t) for name, t in types.items()}
        bodies |= {
            f"{name}, of a sitemap": hostile_feeds.sitemap(f"<lastmod>&a;{include}</lastmod>", t)
            for name, t in types.items()
        }
        ran = Ran(tmp_path / "stories.db", bodies)
        assert elsewhere.connections == 0
    assert set(ran.asked) == {"/feed"}
    assert ran.harmed_nobody()
    broken = ran.keys["one within another, of a sitemap"]  # libxml2 may read on behind it, or not
    assert set(ran.summary.failed_sources) <= {broken}
    stored = ran.rows("SELECT * FROM entries")
    assert {e["source"] for e in stored} >= {*ran.keys.values(), "good"} - {broken}
    assert "TOPSECRET" not in repr(stored)


# -- damaged on the way


def sample() -> bytes:
    return hostile_feeds.rss(
        *(
            item(
                f"Meldung {n}: Grüße &amp; mehr",
                f"http://news.test/{n}",
                f"<guid>{n}</guid><description><![CDATA[<p>Text {n} mit „Zitat“.</p>]]></description>",
            )
            for n in range(8)
        )
    )


@pytest.mark.case("C7")
def test_feeds_cut_at_100_places_keep_their_whole_items() -> None:
    body = sample()
    cuts = {f"/{n}": body[: len(body) * (n + 1) // 101] for n in range(100)}
    sink = served(cuts)
    [whole] = served({"/whole": body}).parsed.values()
    for path, cut in cuts.items():
        url = address(path)
        parsed, complete = sink.parsed[url], cut.count(b"</item>")
        if parsed is None:
            assert sink.of(url).code is Reason.NOT_A_FEED and b"<channel>" not in cut
            continue
        assert [e.title for e in parsed.entries[:complete]] == [e.title for e in whole.entries[:complete]]
        assert len(parsed.entries) <= complete + 1 and parsed.bozo


READ = {Reason.OK, Reason.NOT_A_FEED, Reason.EMPTY_BODY, Reason.BAD_ENCODING}


@pytest.mark.case("C8")
def test_damaged_feeds_have_one_outcome_each_and_never_our_fault() -> None:
    rng, body = random.Random(8), sample()
    bodies = {f"/{n}": damaged(body, rng) for n in range(60)}
    assert {r.code for r in served(bodies).results} <= READ


def damaged(body: bytes, rng: random.Random) -> bytes:
    """Cut off, some bits flipped, or some bytes exchanged for others."""
    kind, at = rng.randrange(3), rng.randrange(len(body))
    if kind == 0:
        return body[:at]
    made = bytearray(body)
    if kind == 1:
        for _ in range(rng.choice([1, 3, 30])):
            made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    else:
        made[at : at + rng.randrange(200)] = rng.randbytes(rng.randrange(20))
    return bytes(made)
