"""`retold run --only`, `--since`, `--max-seconds`, `--dry-run`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from pipeline.cli import main
from pipeline.config import Config, loads
from pipeline.model import ConfigError, Entry, Reason
from pipeline.planned import NOW as ASKED
from pipeline.planned import Why, plan
from pipeline.run import jobs, run
from pipeline.selecting import addresses, left_aside, selected
from pipeline.store import collecting, reads
from pipeline.store.connect import lock, open_write
from tests.conftest import Small, build, call
from tests.desk import CONFIG as DESK
from tests.desk import COURIER, HERALD, Desk, entry, item, one_source, prose, rss
from tests.making import NOW
from tests.server import Server, reply

TWO = loads(DESK, "config.yaml")


# -- --only


@pytest.mark.parametrize(
    ("only", "asked"),
    [
        ([], [*COURIER, HERALD]),
        (["herald"], [HERALD]),
        (["c*"], COURIER),
        ([COURIER[1]], [COURIER[1]]),
        (["HTTP://courier.test/2.xml".replace("HTTP", "http")], [COURIER[1]]),
        (["*/[12].xml"], COURIER[:2]),
        (["http://herald.test/*", COURIER[4]], [COURIER[4], HERALD]),
        (["courier", COURIER[0]], COURIER),
    ],
)
def test_what_only_names(only: list[str], asked: list[str]) -> None:
    assert [url for s in selected(TWO, only) for url in addresses(s)] == list(asked)


@pytest.mark.parametrize(
    ("only", "said"),
    [("heralt", "did you mean herald?"), ("nobody*", "names no source and no feed"),
     ("http://herald.test/", "names no"), ("http://u:secret@x.test/", "names no")],
)  # fmt: skip
def test_what_names_nothing_is_refused(only: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)) as told:
        selected(TWO, [only])
    assert "secret" not in str(told.value)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Server]:
    """Both outlets, each of their feeds with an article of its own."""
    with Server() as made:
        made.on("/robots.txt", reply(404))
        for n, url in enumerate([*COURIER, HERALD]):
            host, _, path = url.partition("://")[2].partition("/")
            made.on(f"/{path}", reply(200, rss(item(str(n), f"http://{host}/a{n}", f"Report {n}", "Twelve hurt."))),
                    host=host)  # fmt: skip
        yield made


def went(site: Server, path: Path, config: Config = TWO, hours: float = 0, **more: Any) -> list[str]:
    """The feeds that a run asked, in order of address."""
    before, now = len(site.hits), NOW + timedelta(hours=hours)
    run(config, path, routes=dict.fromkeys(("courier.test", "herald.test"), site.address), clock=lambda: now, **more)
    return sorted(f"http://{h.host}{h.path}" for h in site.hits[before:] if "xml" in h.path or "feed" in h.path)


def test_pages_of_feeds_that_are_not_named_are_left_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "o.db", TWO)
    desk.feed(entry("a", feed=COURIER[0]))
    desk.feed(entry("b", feed=COURIER[1]))
    chosen = selected(TWO, [COURIER[1]])
    later = desk.now + timedelta(hours=1)
    [job] = jobs(desk.db, chosen, later, without=left_aside(TWO.sources, chosen))
    assert (job.feeds, [e.guid for e in job.pending]) == ((COURIER[1],), ["b"])


@pytest.mark.slow
def test_a_run_asks_what_is_named_and_leaves_the_rest_as_it_was(site: Server, tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    assert went(site, path, only=["herald", COURIER[2]]) == [COURIER[2], HERALD]
    with closing(open_write(path)) as db:
        assert collecting.due(db, NOW) == set(COURIER) - {COURIER[2]}
        db.execute("UPDATE entries SET state='wanted', next_try=NULL, article_id=NULL")
    assert went(site, path, only=[COURIER[0]]) == [COURIER[0]]
    pages = [h.path for h in site.hits if h.path.startswith("/a")]
    assert pages.count("/a2") == 1 and pages.count("/a0") == 1, "pending pages of other feeds were left alone"


def test_source_is_another_name_of_only(tmp_path: Path) -> None:
    own = build(tmp_path)
    for option in ("--only", "--source"):
        done = call("run", option, "nobody", "--config", own.config, "--db", own.path)
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1) and "names no source" in done.stderr


# -- --since


def dated(guid: str, days: float | None, **more: Any) -> Entry:
    return entry(guid, published=None if days is None else NOW - timedelta(days=days), **more)


def test_entries_from_before_make_no_article_now_or_later(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "s.db", one_source())
    desk.sink.since = NOW - timedelta(days=3)
    old, edited = dated("old", 30), dated("edited", 30, updated=NOW - timedelta(days=1))
    entries = (dated("new", 1), old, edited, dated("undated", None))
    assert [e.guid for e in desk.feed(*entries)] == ["new", "edited", "undated"]
    assert sorted(desk.pending()) == ["edited", "new", "undated"]
    assert "1 entry without a page: from before run --since" in call("sources", "--db", tmp_path / "s.db").stdout
    desk.sink.since = None
    assert desk.feed(*entries) == [], "known, and as they were"
    changed = dated("old", 30, updated=NOW, title="Corrected")
    assert [e.guid for e in desk.feed(changed)] == ["old"], "it changed since"


def test_an_article_that_is_there_is_followed_however_old_its_entry(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "s.db", one_source())
    desk.print(dated("old", 30), "Twelve people were hurt when the ferry hit the quay.")
    desk.sink.since = NOW - timedelta(days=3)
    assert [e.guid for e in desk.feed(dated("old", 30, title="Thirteen hurt"))] == ["old"]


@pytest.mark.slow
def test_a_first_run_over_a_long_archive_makes_articles_of_the_newest_alone(tmp_path: Path) -> None:
    day = "<pubDate>{:%a, %d %b %Y %H:%M:%S GMT}</pubDate>"
    with Server() as made:
        made.on("/robots.txt", reply(404))
        made.on("/1.xml", reply(200, rss(*(
            item(str(n), f"http://courier.test/{n}", f"Report {n}", prose(n), day.format(NOW - timedelta(days=n)))
            for n in range(20)))))  # fmt: skip
        went(made, tmp_path / "s.db", one_source(text_from="feed"), since=NOW - timedelta(days=2.5))
    with closing(open_write(tmp_path / "s.db")) as db:
        assert [r[0] for r in db.execute("SELECT title FROM articles ORDER BY title")] == [
            f"Report {n}" for n in range(3)
        ]
    shown = call("sources", "--db", tmp_path / "s.db").stdout
    assert "17 entries without a page: from before run --since" in shown


@pytest.mark.parametrize(
    ("when", "said"),
    [("yesterday", "neither a span"), ("-3d", "neither a span"), ("", "neither a span"), (" ", "neither a span"),
     ("0h", "not in the past"), ("2999-01-01", "not in the past")],
)  # fmt: skip
def test_a_time_that_is_none_or_is_to_come_is_wrong_usage(small: Small, when: str, said: str) -> None:
    done = call("run", "--since", when, "--config", small.config, "--db", small.path)
    assert done.exit_code == 2 and said in done.stderr


# -- --max-seconds


@pytest.mark.slow
def test_max_seconds_ends_the_collecting_and_the_rest_is_the_next_runs(tmp_path: Path) -> None:
    def silent(_: object) -> Iterator[bytes]:
        import time

        time.sleep(4)
        yield b""

    with Server() as made:
        made.on("/robots.txt", reply(404)).on("/1.xml", silent)
        path = tmp_path / "m.db"
        went(made, path, one_source(), max_seconds=1)
    with closing(open_write(path)) as db:
        [row] = reads.sources(db)
        assert (row["last_code"], row["failures"]) == (Reason.CANCELLED, 0)
        assert collecting.due(db, NOW) == {COURIER[0]}


@pytest.mark.parametrize("given", ["0", "86401", "x", "0m", "25h", "10s", ""])
def test_max_seconds_has_the_bounds_of_its_key(small: Small, given: str) -> None:
    assert call("run", "--max-seconds", given, "--config", small.config, "--db", small.path).exit_code == 2


def test_max_seconds_takes_spans_as_other_options_do() -> None:
    [option] = [p for p in main.commands["run"].params if p.name == "max_seconds"]
    context = click.Context(main.commands["run"])
    assert [option.process_value(context, given) for given in ("90", "10m", "2h", None)] == [90, 600, 7200, None]


# -- --must-exist


@pytest.mark.parametrize("form", ["missing", "no folder", "empty"])
def test_a_database_that_is_gone_is_not_begun_anew(small: Small, tmp_path: Path, form: str) -> None:
    """Its disk is not mounted, or it was cut to nothing: 74, and nothing is written there."""
    path = tmp_path / "mnt" / "s.db"
    if form != "no folder":
        path.parent.mkdir()
    if form == "empty":
        path.touch()
    before = sorted(tmp_path.rglob("*"))
    for more in ((), ("--no-fetch",), ("--dry-run",)):
        done = call("run", "--must-exist", *more, "--config", small.config, "--db", path)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (74, "", 1)
        assert ("is empty" if form == "empty" else "no such database") in done.stderr and "mounted?" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_file_is_said_to_be_one_and_a_run_may_begin_there(tmp_path: Path) -> None:
    own = build(tmp_path)
    own.path.write_bytes(b"")
    for asks in ("status", "stories"):
        done = call(asks, "--db", own.path)
        assert done.exit_code == 74 and "is empty, 0 bytes" in done.stderr and "older version" not in done.stderr
    assert call("run", "--no-fetch", "--config", own.config, "--db", own.path).exit_code == 0
    assert call("run", "--no-fetch", "--must-exist", "--config", own.config, "--db", own.path).exit_code == 0


# -- options that have nothing to do


def test_no_fetch_takes_no_option_of_fetching(small: Small) -> None:
    for more in (("--only", "courier"), ("--force",), ("--retry-gone",), ("--since", "3d"), ("--max-seconds", "9")):
        done = call("run", "--no-fetch", *more, "--config", small.config, "--db", small.path)
        assert done.exit_code == 2 and f"so {more[0]} would do nothing" in done.stderr, done.output


def test_a_named_source_that_is_switched_off_is_said_to_be(tmp_path: Path) -> None:
    own = build(tmp_path)
    off = own.config.read_text("utf-8").replace("{name: The Courier,", "{name: The Courier, enabled: false,")
    own.config.write_text(off, "utf-8")
    args = ("run", "--config", own.config, "--db", own.path, "--only")
    assert call(*args, "gone").stdout.splitlines()[1] == (
        "nothing due; gone is switched off (410 Gone), asked again by --retry-gone"
    )
    assert "; courier is switched off in the configuration (enabled: false)" in call(*args, "courier").stdout


# -- --dry-run


def told(config: Config, path: Path, hours: float = 0, **more: Any) -> dict[str, Why]:
    return {p.url: p.why for p in plan(config, path, NOW + timedelta(hours=hours), **more).feeds}


@pytest.mark.parametrize(
    ("hours", "more"),
    [
        pytest.param(0, {}, marks=pytest.mark.slow),
        pytest.param(0.2, {"force": True}, marks=pytest.mark.slow),
        (0.6, {}),
        pytest.param(1, {"only": ["herald", COURIER[0]]}, marks=pytest.mark.slow),
        pytest.param(1, {"retry_gone": True}, marks=pytest.mark.slow),
    ],
)
def test_a_plan_names_what_the_run_then_asks(site: Server, tmp_path: Path, hours: float, more: dict[str, Any]) -> None:
    path = tmp_path / "p.db"
    site.on("/3.xml", reply(410), host="courier.test")
    site.on("/4.xml", reply(503, retry_after=7200), host="courier.test")
    site.on("/5.xml", reply(200, rss(extra="<ttl>180</ttl>")), host="courier.test")
    went(site, path)
    planned = told(TWO, path, hours, **more)
    assert sorted(url for url, why in planned.items() if why in ASKED) == went(site, path, hours=hours, **more)


def test_the_reason_of_each_feed(site: Server, tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    assert set(told(TWO, path).values()) == {Why.NEW} and not path.exists(), "nothing was written"
    site.on("/2.xml", reply(404), host="courier.test")
    site.on("/3.xml", reply(410), host="courier.test")
    site.on("/4.xml", reply(503, retry_after=7200), host="courier.test")
    site.on("/5.xml", reply(200, rss(extra="<ttl>180</ttl>")), host="courier.test")
    went(site, path)
    before = path.read_bytes()
    expected = [Why.INTERVAL, Why.FAILING, Why.GONE, Why.TOLD, Why.FRESH, Why.INTERVAL]
    assert list(told_in_order(path, 0.1)) == expected
    assert next(told_in_order(path, 0.6)) is Why.DUE
    forced = list(told_in_order(path, 0.1, force=True))
    assert forced == [Why.FORCED, Why.FORCED, Why.GONE, Why.TOLD, Why.FORCED, Why.FORCED]
    out = loads(DESK + "rights: {opt_out: [herald.test]}\n", "c")
    assert told(out, path, 9)[HERALD] is Why.OPTED_OUT
    off = loads(DESK.replace("name: Herald", "name: Herald, enabled: false"), "c")
    assert told(off, path, 9)[HERALD] is Why.OFF
    assert path.read_bytes() == before


def told_in_order(path: Path, hours: float, **more: Any) -> Iterator[Why]:
    found = told(TWO, path, hours, **more)
    yield from (found[url] for url in (*COURIER, HERALD))


def test_a_plan_is_told_beside_a_run_and_asks_nobody(tmp_path: Path) -> None:
    own = build(tmp_path)
    with lock(own.path):
        done = call("run", "--dry-run", "--config", own.config, "--db", own.path, "--only", "courier")
        asked = json.loads(call("run", "--dry-run", "--json", "--config", own.config, "--db", own.path).stdout)
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.match(r"now +courier  https://courier.example/feed  due\n", done.stdout), done.stdout
    assert "1 of 1 feed would be asked now; nobody was asked, nothing written" in done.stdout
    whys = {f["source"]: f["why"] for f in asked["feeds"]}
    assert whys == {"courier": "due", "kueste": "due", "spoof": "due", "gone": "gone"}


def test_a_plan_of_nothing_is_wrong_usage(small: Small) -> None:
    done = call("run", "--dry-run", "--no-fetch", "--config", small.config, "--db", small.path)
    assert done.exit_code == 2 and "--dry-run" in done.stderr
