"""Provenance in the database: what a run writes, what it leaves alone, and that nothing but the articles decides it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import corrections, tracing
from pipeline.model import Correction, Entry, Kind, Link
from pipeline.shares import cpu_seconds
from pipeline.store import corrections as store_corrections
from pipeline.store import provenance
from pipeline.store.connect import SCHEMA_VERSION, open_write
from pipeline.store.schema import steps
from pipeline.tracing import trace
from tests.desk import killed_at, prose
from tests.making import NOW
from tests.tracing_desk import LINES, OUTLETS, TELLINGS, Newsroom, config, from_scratch, known, sound

FIRST, SECOND, THIRD = TELLINGS
WIRE = {"agencies": ("dpa",), "credit": "dpa"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Newsroom]:
    """After the test everything agrees, also with a trace from scratch."""
    made = Newsroom(tmp_path / "stories.db")
    yield made
    made.trace()
    sound(made)
    assert known(made) == from_scratch(made)
    made.db.close()


def morning(desk: Newsroom) -> None:
    """Story 1: the Beacon first, the Courier cites it, the Post prints it; story 2: another matter, of two."""
    desk.tell("beacon", "bridge", f"{FIRST}\n{SECOND}", hours=1)
    desk.tell("courier", "bridge", f"{FIRST}\n{THIRD}\nThe Morning Post reported on Thursday.", hours=2)
    desk.tell("post", "bridge", f"{FIRST}\n{SECOND}", hours=3)
    for n, outlet in enumerate(("beacon", "post")):
        desk.tell(outlet, "owl", prose(5), hours=4 + n, title="Owl")
    desk.trace()


def leans(desk: Newsroom) -> dict[object, tuple[object, object]]:
    """Article → (role, outlet that it leans on)."""
    sql = "SELECT a.key, r.role, r.outlet FROM roles r JOIN articles a ON a.id = r.article_id"
    return {key: (role, outlet) for key, role, outlet in desk.rows(sql)}


def waiting(desk: Newsroom) -> tuple[object, object]:
    return desk.one("SELECT count(*) FROM uncited"), desk.one("SELECT count(*) FROM untraced")


# -- one run, and the next


def test_what_a_run_writes(desk: Newsroom) -> None:
    desk.tell("beacon", "bridge", f"{FIRST}\n{SECOND}", hours=1, **WIRE)
    desk.tell("post", "bridge", f"{FIRST}\n{SECOND}", hours=2, **WIRE)
    desk.tell("courier", "bridge", f"{FIRST}\n{THIRD}\n{LINES[5]}", hours=3)
    desk.tell("courier", "alone", prose(9), hours=4, title="Alone")
    assert desk.trace() == (4, 2)
    assert leans(desk) == {
        "beacon.test/bridge": ("copy", "dpa"), "post.test/bridge": ("copy", "dpa"),
        "courier.test/bridge": ("rewrite", "Reuters"),
    }  # fmt: skip
    assert desk.rows("SELECT outlet, leans_on_outlet FROM relays") == [("Reuters", "Der Spiegel")]
    assert desk.rows("SELECT root FROM roles ORDER BY article_id") == [("dpa",), ("dpa",), ("Der Spiegel",)]
    assert desk.rows("SELECT story_id, articles, outlets, wire_texts, origins FROM independence") == [(1, 3, 3, 1, 2)]
    assert desk.rows("SELECT level, outlet FROM v_origins ORDER BY level") == [("copies", "dpa"), ("story", "dpa")]
    assert desk.one("SELECT count(*) FROM roles WHERE article_id = 4") == 0, "alone, and leans on nobody"


def test_a_run_with_nothing_new_writes_nothing(desk: Newsroom) -> None:
    morning(desk)
    before, writes = desk.snapshot(), desk.db.total_changes
    assert desk.trace() == (0, 0)
    assert (desk.snapshot(), desk.db.total_changes) == (before, writes)


def test_an_edit_has_its_article_read_and_its_story_traced(desk: Newsroom) -> None:
    morning(desk)
    desk.tell("courier", "bridge", f"{FIRST}\n{THIRD}\n{LINES[5]}", hours=2, revised=NOW)
    assert desk.trace() == (1, 1)
    assert leans(desk)["courier.test/bridge"] == ("rewrite", "Reuters")


def test_an_edit_of_what_is_no_citation_is_traced_as_well(desk: Newsroom) -> None:
    """Its title or its last lines may say that it is a translation, its language and length decide its role."""
    morning(desk)
    for column, value in (("lang", "nl"), ("title", "Translated from the Dutch"), ("key", "courier.test/moved")):
        desk.db.execute(f"UPDATE articles SET {column} = ? WHERE id = 2", [value])
        assert desk.rows("SELECT story_id FROM untraced") == [(1,)], column
        desk.trace()
        assert known(desk) == from_scratch(desk)


def test_links_that_change_are_read_again(desk: Newsroom) -> None:
    morning(desk)
    desk.tell("post", "more", f"{THIRD}\n{SECOND}", hours=6)
    desk.trace()
    assert ("http://beacon.test/bridge",) not in desk.rows("SELECT url FROM citations")
    desk.tell("post", "more", f"{THIRD}\n{SECOND}", hours=6, revised=NOW,
              links=(Link("http://beacon.test/bridge", "Beacon"),))  # fmt: skip
    assert desk.trace() == (1, 1)
    assert desk.one("SELECT how FROM v_roles WHERE article_id = ?", desk.id("post.test/more")) == "link"
    desk.tell("post", "more", f"{THIRD}\n{SECOND}", hours=6, revised=NOW + timedelta(hours=1))
    assert desk.trace() == (1, 1)
    assert desk.one("SELECT count(*) FROM citations WHERE kind = 'link'") == 0


def test_what_another_feed_says_of_an_article_is_read(desk: Newsroom) -> None:
    """The second feed's entry finds the article known: nothing is asked, and the article itself does not change."""
    morning(desk)
    url = "http://courier.test/bridge"
    desk.feed(
        Entry("http://herald.test/feed", "other", url, "Prowse", via_name="Beacon", via_url="http://beacon.test/")
    )
    assert desk.trace() == (1, 1)
    assert desk.one("SELECT how FROM roles WHERE article_id = 2") == "feed"
    desk.db.execute("UPDATE entries SET article_id = 1 WHERE guid = 'other'")
    assert waiting(desk) == (2, 0)
    desk.trace()
    assert desk.one("SELECT how FROM roles WHERE article_id = 2") == "citation"


def test_articles_compared_anew_are_traced_anew(desk: Newsroom) -> None:
    """Under another recipe they may have other passages in common."""
    morning(desk)
    desk.db.execute("UPDATE signed_by SET recipe = 'another'")
    assert desk.trace() == (0, 2)


# -- corrections


def test_corrections_are_traced_at_once(desk: Newsroom) -> None:
    morning(desk)
    everything = Correction(
        Kind.MERGE, store_corrections.keys(desk.db, (1, 2, 3, 4, 5)), frozenset(), NOW, "ada"
    )  # fmt: skip
    corrections.make(desk.db, desk.how, everything, NOW)
    assert waiting(desk) == (0, 0)
    assert desk.rows("SELECT story_id, articles FROM independence") == [(1, 5)]
    sound(desk)
    corrections.remove(desk.db, desk.how, [1], NOW)
    sound(desk)
    assert sorted(desk.rows("SELECT articles FROM independence")) == [(2,), (3,)]
    courier, others = (store_corrections.keys(desk.db, ids) for ids in ((2,), (1, 3)))
    split = replace(everything, kind=Kind.SPLIT, together=courier, apart=others, at=NOW + timedelta(hours=1))
    corrections.take_in(desk.db, desk.how, [split], NOW)
    sound(desk)
    assert leans(desk)["courier.test/bridge"][1] == "Morning Post", "though its article is in another story"
    assert desk.one("SELECT leans_on FROM roles WHERE article_id = 2") is None


def test_an_article_is_traced_in_its_new_story_before_the_old_one_is(
    desk: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all of an archive is traced anew, the story that it left may come batches later."""
    morning(desk)
    monkeypatch.setattr(tracing, "BATCH", 1)
    courier, others = (store_corrections.keys(desk.db, ids) for ids in ((2,), (1, 3)))
    corrections.take_in(desk.db, desk.how, [Correction(Kind.SPLIT, courier, others, NOW, "ada")], NOW)
    assert waiting(desk) == (0, 0)
    assert leans(desk)["courier.test/bridge"][1] == "Morning Post"
    sound(desk)


def test_what_is_not_read_waits_for_the_next_run(desk: Newsroom) -> None:
    morning(desk)
    desk.db.execute("INSERT INTO uncited VALUES (4)")
    before = desk.rows("SELECT * FROM independence WHERE story_id = 2")
    pair = [store_corrections.keys(desk.db, (i,)) for i in (4, 5)]
    corrections.make(desk.db, desk.how, Correction(Kind.SPLIT, *pair, NOW, "ada"), NOW)
    assert waiting(desk)[0] == 1 and desk.rows("SELECT * FROM independence WHERE story_id = 2") == before
    desk.trace()
    assert desk.rows("SELECT * FROM independence WHERE story_id = 2") == []


# -- deletions


@pytest.mark.parametrize("key", ["beacon.test/bridge", "courier.test/bridge", "post.test/bridge", "beacon.test/owl"])
def test_nothing_names_a_deleted_article(desk: Newsroom, key: str) -> None:
    morning(desk)
    gone = desk.id(key)
    desk.delete(key)
    for table, column in (("citations", "article_id"), ("roles", "article_id"), ("roles", "leans_on"),
                          ("origins", "article_id"), ("relays", "leans_on"), ("uncited", "article_id")):  # fmt: skip
        assert desk.one(f"SELECT count(*) FROM {table} WHERE {column} = ?", gone) == 0
    desk.trace()
    assert desk.one("SELECT count(*) FROM origins WHERE copy_id = ?", gone) == 0


def test_a_story_that_is_gone_is_not_waited_for(desk: Newsroom) -> None:
    morning(desk)
    for key in ("beacon.test/owl", "post.test/owl"):
        desk.delete(key)
    assert desk.one("SELECT count(*) FROM untraced WHERE story_id NOT IN (SELECT id FROM stories)") == 0


def test_articles_deleted_while_they_are_read_and_traced(desk: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    morning(desk)
    desk.db.execute("DELETE FROM cited_by")
    doomed = iter(("post.test/owl", "courier.test/bridge"))
    for name in ("_read", "_traced"):
        monkeypatch.setattr(tracing, name, deleting(desk, doomed, getattr(tracing, name)))
    trace(desk.db)
    sound(desk)
    assert desk.one("SELECT count(*) FROM articles") == 3


def deleting(desk: Newsroom, doomed: Iterator[str], work: Callable[..., object]) -> Callable[..., object]:
    def first(batch: object, known: object) -> object:
        done = work(batch, known=known)
        if key := next(doomed, None):
            desk.delete(key)
        return done

    return first


# -- another table of outlets


def test_a_new_source_whose_name_is_cited(desk: Newsroom) -> None:
    """The words are the same, and lead to a key now."""
    desk.next_run(config({k: v for k, v in OUTLETS.items() if k != "post"}))
    desk.tell("courier", "bridge", f"{FIRST}\n{THIRD}\nThe Guardian reported on Thursday.", hours=2)
    desk.trace()
    assert desk.rows("SELECT outlet, source FROM citations") == [("The Guardian", None)]
    desk.next_run(config({**OUTLETS, "guardian": "The Guardian"}))
    assert desk.trace() == (1, 1)
    assert desk.rows("SELECT outlet, source FROM citations") == [("The Guardian", "guardian")]
    assert desk.rows("SELECT source FROM roles") == [("guardian",)]


def test_a_name_that_becomes_a_source(desk: Newsroom) -> None:
    desk.tell("courier", "bridge", f"{FIRST}\n{THIRD}\nThe Tarnwick Lantern reported on Thursday.", hours=2)
    desk.trace()
    desk.next_run(config({**OUTLETS, "lantern": "Tarnwick Lantern"}))
    assert desk.trace() == (1, 1)
    assert desk.rows("SELECT outlet, source, media FROM citations") == [("Tarnwick Lantern", "lantern", 1)]


def test_where_an_outlets_articles_lie_is_its_own(desk: Newsroom) -> None:
    """Its homepage says post.test; its articles have moved."""
    desk.tell(
        "courier", "bridge", f"{FIRST}\n{THIRD}", hours=2, links=(Link("http://www.postmoved.test/bridge", "here"),)
    )
    desk.trace()
    assert desk.rows("SELECT outlet, source FROM citations") == [("postmoved.test", None)]
    desk.tell("post", "bridge", FIRST, hours=1, at="http://www.postmoved.test/bridge")
    assert desk.trace()[0] == 2, "the new one and what links there"
    assert desk.rows("SELECT outlet, source FROM citations") == [("Morning Post", "post")]
    assert desk.one("SELECT origins FROM independence WHERE articles = 2") == 1
    assert desk.known() == from_scratch(desk)
    before = desk.snapshot()
    assert desk.trace() == (0, 0) and desk.snapshot() == before
    desk.tell("beacon", "owl", prose(11), hours=3, at="http://postmoved.test/owl", title="Owl")
    desk.trace()
    assert desk.rows("SELECT outlet FROM citations") == [("postmoved.test",)], "of two it is nobody's"
    assert desk.known() == from_scratch(desk)


def test_what_an_aggregator_lists_lies_at_others_sites(desk: Newsroom) -> None:
    desk.db.execute("UPDATE sources SET role = 'aggregator' WHERE key = 'post'")
    desk.tell("courier", "bridge", f"{FIRST}\n{THIRD}", hours=2, links=(Link("http://elsewhere.test/bridge", "here"),))
    desk.tell("post", "bridge", FIRST, hours=1, at="http://elsewhere.test/bridge")
    desk.trace()
    assert desk.rows("SELECT outlet FROM citations") == [("elsewhere.test",)]


def test_a_family_of_owners(desk: Newsroom) -> None:
    morning(desk)
    assert desk.one("SELECT owners FROM independence WHERE story_id = 1") == 3
    house = "owners: {families: {House: [Beacon Ltd, Morning Post Ltd]}}\n"
    wanted = config(families=house)
    desk.next_run(wanted)
    provenance_families(desk, wanted.owners.house)
    assert desk.trace() == (5, 2)
    assert desk.one("SELECT owners FROM independence WHERE story_id = 1") == 2


def provenance_families(desk: Newsroom, families: Mapping[str, str]) -> None:
    from pipeline.store import collecting

    collecting.sync_sources(desk.db, desk.config.sources, families)


def test_what_one_run_reads_again_is_limited(desk: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "BATCH", 1)
    morning(desk)
    desk.db.execute("UPDATE cited_by SET recipe = 'another'")
    assert desk.trace(most=2) == (2, 1)
    assert desk.rows("SELECT article_id FROM uncited ORDER BY 1") == [(1,), (2,), (3,)], "the newest first"
    desk.tell("beacon", "late", prose(11), hours=9, title="Late")
    assert desk.trace(most=2)[0] == 2
    assert desk.rows("SELECT article_id FROM uncited ORDER BY 1") == [(1,), (2,)]
    assert [desk.trace(most=2)[0] for _ in range(2)] == [2, 0]


# -- laws

PIECES = st.tuples(
    st.sampled_from(list(OUTLETS)), st.sets(st.sampled_from(range(3)), min_size=1), st.sampled_from(range(len(LINES))),
    st.sampled_from(["", "", "dpa"]), st.integers(0, 40), st.sampled_from(["", "", "", "Beacon"]),
)  # fmt: skip


def put(desk: Newsroom, n: int, piece: tuple[str, set[int], int, str, int, str], revised: int = 0) -> None:
    outlet, tellings, line, agency, hours, via = piece
    text = "\n".join([*(TELLINGS[t] for t in sorted(tellings)), LINES[line]]).strip()
    more = WIRE if agency else {}
    stamp = NOW + timedelta(hours=revised) if revised else None
    desk.tell(outlet, str(n), text, hours=hours, via=via, revised=stamp, **more)


@settings(max_examples=25)
@given(
    st.lists(PIECES, min_size=2, max_size=7),
    st.lists(st.tuples(st.sampled_from(["edit", "delete", "add"]), st.integers(0, 9), PIECES), max_size=4),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_how_articles_came_leaves_no_trace(
    pieces: list[tuple[str, set[int], int, str, int, str]],
    changes: list[tuple[str, int, tuple[str, set[int], int, str, int, str]]],
    every: int,
    rng: random.Random,
) -> None:
    """In any order, in any batches, with edits and deletions: as all of it at once."""
    with TemporaryDirectory() as folder:
        desk = Newsroom(Path(folder) / "bit by bit.db")
        now = dict(enumerate(pieces))
        order = list(now)
        rng.shuffle(order)
        for done, n in enumerate(order):
            put(desk, n, pieces[n])
            if done % every == 0:
                desk.trace()
        for revised, (what, pick, piece) in enumerate(changes, 1):
            n = pick % len(pieces)
            if what == "delete" and n in now:
                desk.delete(f"{now.pop(n)[0]}.test/{n}")
            elif what == "edit" and n in now:
                now[n] = (now[n][0], *piece[1:4], *now[n][4:])  # the outlet, the hour and the feed stay
                put(desk, n, now[n], revised)
            elif what == "add":
                now[20 + revised] = piece
                put(desk, 20 + revised, piece)
            if revised % every == 0:
                desk.trace()
        desk.trace()
        sound(desk)
        at_once = Newsroom(Path(folder) / "at once.db")
        for n, piece in now.items():
            put(at_once, n, piece)
        at_once.trace()
        assert known(desk) == known(at_once)
        assert known(desk) == from_scratch(desk)
        desk.db.close()
        at_once.db.close()


def test_tracing_may_be_killed_before_any_statement(tmp_path: Path) -> None:
    path = tmp_path / "stories.db"
    desk = Newsroom(path)
    morning(desk)
    desk.tell("courier", "bridge", f"{FIRST}\n{THIRD}\n{LINES[5]}", hours=2, revised=NOW)
    desk.tell("herald", "bridge", f"{FIRST}\n{SECOND}", hours=0)
    desk.delete("post.test/owl")
    desk.absorb()
    desk.db.execute("DELETE FROM cited_by")
    desk.db.close()
    begun = path.read_bytes()

    def finished() -> object:
        with closing(open_write(path)) as db:
            trace(db)
        desk.db = open_write(path)
        sound(desk)
        found = known(desk)
        desk.db.close()
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.write_bytes(begun)
        return found

    def work() -> None:
        trace(open_write(path))

    expected, kills = finished(), 0
    while killed_at(1 + 2 * kills, work):
        assert finished() == expected
        kills += 1
    assert kills > 15


# -- an old database, a large story


def test_an_old_database_is_traced_by_the_next_run(tmp_path: Path) -> None:
    from sqlite_utils import Database

    path = tmp_path / "stories.db"
    old = Database(path)
    old.execute("PRAGMA application_id = 0x52544C44")
    steps().apply(old, stop_before="m0009_provenance")
    assert old.execute("PRAGMA user_version").fetchone()[0] == 8
    for n, (key, name) in enumerate(OUTLETS.items(), 1):
        old.execute("INSERT INTO sources VALUES (?,?,?,'GB','en','publisher',NULL,1)", [key, name, f"{name} Ltd"])
        url, seen = f"http://{key}.test/{n}", f"2026-03-05T1{n}:00:00Z"
        text = f"{FIRST}\n{TELLINGS[n % 3]}\n{'The Courier reported on Thursday.' if n > 1 else ''}"
        row = {"id": n, "source": key, "url": url, "key": url[7:], "title": "Bridge", "text": text, "lang": "en"}
        more = {"first_seen": seen, "author": "", "agencies": "[]", "credit": "", "dateline": "", "text_from": "page"}
        old["articles"].insert({**row, **more, "content_hash": str(n)})
    old.conn.commit()
    old.close()
    desk = Newsroom(path)
    assert desk.one("PRAGMA user_version") == SCHEMA_VERSION and waiting(desk) == (4, 0)
    read, _ = desk.trace()
    assert read == 4
    sound(desk)
    assert {outlet for _, outlet in leans(desk).values()} >= {"The Courier"}
    assert known(desk) == from_scratch(desk)


@pytest.mark.slow
def test_a_story_of_thousands_is_traced_in_seconds(tmp_path: Path) -> None:
    """Every second one cites another, which is much like several."""
    desk = Newsroom(tmp_path / "stories.db")
    names = list(OUTLETS)
    for n in range(1, 5001):
        source = names[n % 4]
        text = f"{FIRST}\n{n}\n" + (f"The {OUTLETS[names[n % 3]]} reported on Thursday." if n % 2 else "")
        desk.db.execute(
            "INSERT INTO articles (id, source, url, key, title, text, lang, published, first_seen, author, agencies,"
            " credit, dateline, text_from, content_hash) VALUES (?,?,?,?,'T',?,'en',NULL,?,'','[]','','','page',?)",
            (n, source, f"http://{source}.test/{n}", f"{source}.test/{n}", text, f"2026-03-05T{n // 300:02}:00:00Z", n),
        )
    desk.db.execute("INSERT INTO stories VALUES (1, '2026-03-05T12:00:00Z', '2026-03-05T12:00:00Z')")
    desk.db.execute("INSERT INTO copies SELECT id, id - id % 7 + 1, 1 FROM articles")
    scores = json.dumps({"containment": 0.5})
    desk.db.executemany(
        "INSERT INTO matches (left_id, right_id, verdict, probability, scores, reasons, recipe, run_id)"
        " VALUES (?,?,'same_story',1,?,'[]','r',1)",
        [(n, n + step, scores) for n in range(1, 4980) for step in range(1, 20)],
    )
    began = cpu_seconds()  # with those of the processes that share the work
    assert trace(desk.db) == (5000, 1)
    assert cpu_seconds() - began < 20
    assert desk.one("SELECT count(*) FROM roles") == 5000


def test_the_table_of_outlets_names_the_sources_here(desk: Newsroom) -> None:
    found = provenance.table(desk.db)
    assert {found.of_source(key).sources for key in OUTLETS} == {(key,) for key in OUTLETS}
