"""Corrections through the command line: seen at once, kept by later runs and rebuilds, taken back, handed on."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import rebuild
from pipeline.absorb import absorb
from pipeline.config import loads
from pipeline.signatures import recipe
from pipeline.store import articles as store_articles
from pipeline.store import corrections, runs, signing
from pipeline.store.connect import lock, open_read, open_write
from pipeline.store.schema import steps
from pipeline.verdict import VERDICT
from tests.conftest import BELL, CONFIG, LATER, NOW, OWL, Small, asked, build, call, on, piece, record
from tests.desk import faults, stored_partition
from tests.making import article

SETTINGS = loads(CONFIG, "config.yaml")
HOW = recipe(SETTINGS, VERDICT)
BY = ("--by", "ada")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Small]:
    """The small database, to be corrected: story 1 the ferry (3), 2 owl and mayor (3), 4 the bell (2).

    After the test what is stored must be what a rebuild arrives at, and every table agree with every other.
    """
    small = build(tmp_path)
    yield small
    with closing(open_write(small.path)) as db:
        stored = [signing.article(r) for r in db.execute("SELECT * FROM articles ORDER BY id")]
        assert stored_partition(db) == rebuild.partition(stored, HOW, corrections.in_force(db))
        assert faults(db) == []


def stories(small: Small) -> dict[int, set[int]]:
    """Story → its articles."""
    with closing(open_read(small.path)) as db:
        found: dict[int, set[int]] = {}
        for r in db.execute("SELECT story_id, article_id FROM copies"):
            found.setdefault(r["story_id"], set()).add(r["article_id"])
        return found


def run(small: Small, *pieces: Any, hours: int = 1) -> None:
    """A later run that brings ``pieces`` and signs everything anew."""
    with closing(open_write(small.path)) as db:
        now = NOW + timedelta(hours=hours)
        run_id = runs.begin_run(db, now, HOW.name)
        record(db, SETTINGS, pieces, run_id, now)
        db.execute("UPDATE signed_by SET recipe = 'another'")
        absorb(db, run_id, now, HOW)
        runs.end_run(db, run_id, now, "done", {})


FERRY, OWLS, BELLS = {1, 3, 6}, {2, 4, 8}, {5, 7}


def test_merge_keeps_the_oldest_id_and_the_other_redirects(own: Small) -> None:
    assert stories(own) == {1: FERRY, 2: OWLS, 4: BELLS}
    said = on(own, "merge", 4, 1, "--note", "both at the harbour", *BY)
    assert said == "correction 1: merge of 5 articles, now story 1\n"
    run(own)
    assert stories(own) == {1: FERRY | BELLS, 2: OWLS}
    assert asked(own, "story", 4)["story_id"] == 1
    assert len(asked(own, "story", 1)["members"]) == 5
    on(own, "merge", "--undo", 4)
    assert stories(own) == {1: FERRY, 2: OWLS, 4: BELLS}, "each has its number back"
    assert {m["article_id"] for m in asked(own, "story", 4)["members"]} == BELLS, "and lead to what they named"


def test_split_leaves_the_id_with_the_larger_part(own: Small) -> None:
    said = on(own, "split", 1, "a1", *BY)
    assert said == "correction 1: split of 1 article, now story 5; the rest is story 1\n"
    run(own)
    assert stories(own) == {1: {3, 6}, 2: OWLS, 4: BELLS, 5: {1}}
    assert on(own, "corrections", "remove", 1).endswith("its articles are now in story 1\n")
    assert stories(own) == {1: FERRY, 2: OWLS, 4: BELLS}
    assert asked(own, "story", 5)["story_id"] == 1


def test_split_gives_what_had_merged_its_id_again(own: Small) -> None:
    """8, a copy of both, had brought the stories of 2 and of 4 together."""
    said = on(own, "split", 2, "a4", 8, *BY)
    assert said == "correction 1: split of 2 articles, now story 3; the rest is story 2\n"
    run(own)
    assert stories(own) == {1: FERRY, 2: {2}, 3: {4, 8}, 4: BELLS}
    on(own, "corrections", "remove", 1)
    assert stories(own) == {1: FERRY, 2: OWLS, 4: BELLS}


def test_a_split_copy_is_parted_though_the_text_is_the_same(own: Small) -> None:
    on(own, "split", 4, "https://spoof.example/bell-story?utm_source=x", *BY)
    assert {5} in stories(own).values() and {7} in stories(own).values()
    said = on(own, "why", 5, 7)
    assert "not together" in said and "parted by correction 1 (split by ada, " in said
    run(own, piece("kueste", "glocke", "Bell", BELL, "en", 1))
    assert {5, 9} in stories(own).values()  # a later copy goes with the article that came first


def test_pin_holds_what_an_edit_would_part(own: Small) -> None:
    assert on(own, "pin", 4, *BY) == "correction 1: pin of 2 articles, now story 4\n"
    run(own, piece("spoof", "bell-story", "Owl again", OWL, "en", 28))  # the bell's print tells another story now
    assert any(ids >= BELLS for ids in stories(own).values())
    assert {4} | BELLS <= next(ids for ids in stories(own).values() if 4 in ids)  # what it copies now joined
    on(own, "pin", "--undo")
    assert {5} in stories(own).values() and {4, 7} <= next(ids for ids in stories(own).values() if 4 in ids)


def test_pin_of_an_article_binds_it_to_the_lead(own: Small) -> None:
    [made] = asked(own, "pin", "#6", *BY)
    assert [a["article_id"] for a in made["correction"]["together"]] == [1, 6]
    assert asked(own, "pin", "a6", "--by", "bob")[0]["already"]
    assert on(own, "pin", "a6").startswith("nothing to do: correction 1 ")
    assert len(asked(own, "corrections")) == 1


def test_the_newest_word_counts_and_what_it_replaces_stays_on_record(own: Small) -> None:
    on(own, "split", 4, "a7", "--note", "a second bell", *BY)
    [second] = [s for s, ids in stories(own).items() if ids == {7}]
    said = on(own, "merge", 4, second, "--by", "bob")
    assert "  replaces correction 1 (split by ada, " in said and "a second bell)" in said
    assert BELLS in stories(own).values()
    assert "1 correction, 1 superseded or removed not shown (--all)" in on(own, "corrections")
    first, merge = asked(own, "corrections", "list", "--all")
    assert (first["state"], first["superseded_by"], first["superseded"]) == ("superseded", merge["id"], merge["at"])
    assert on(own, "corrections", "remove", merge["id"]).count("in force again: correction 1 (split") == 1
    assert {5} in stories(own).values() and {7} in stories(own).values()


def test_a_split_takes_its_articles_out_of_a_pin_and_leaves_the_rest_pinned(own: Small) -> None:
    on(own, "pin", 1, *BY)
    assert "  overrules in part correction 1 (pin by ada" in on(own, "split", 1, 1, *BY)
    run(own, piece("spoof", "ferry-again", "Owl", OWL, "en", 7))  # 6 leaves the ferry's text, but is pinned to 3
    assert not any({1, 3} <= ids or {1, 6} <= ids for ids in stories(own).values())
    assert any({3, 6} <= ids for ids in stories(own).values())


def test_it_travels_to_a_database_where_the_articles_come_later(own: Small, tmp_path: Path) -> None:
    on(own, "merge", 1, 4, "--note", "ein Hafen, zwei Glöckchen", *BY)
    on(own, "split", 2, 8, *BY)
    file = tmp_path / "out.jsonl"
    assert on(own, "corrections", "export", file) == f"2 corrections written to {file}\n"
    assert on(own, "corrections", "export", "-") == file.read_text("utf-8")
    other = Small(tmp_path / "other.db", own.config, own.ids)
    open_write(other.path).close()
    said = on(other, "corrections", "import", file)
    assert said == "2 new corrections, 0 known before; 8 articles that corrections name not here yet\n"
    assert "not here yet: courier.example/ferry" in on(other, "corrections")
    with closing(open_write(other.path)) as db:
        store_fresh(db)
    assert keyed(other) == keyed(own)
    assert on(other, "corrections", "import", file) == "0 new corrections, 2 known before\n"
    assert on(other, "corrections", "export", "-") == file.read_text("utf-8")


def store_fresh(db: sqlite3.Connection) -> None:
    """All the small database's articles in one run, the last first."""
    from pipeline.store import collecting
    from tests.conftest import FIRST

    collecting.sync_sources(db, SETTINGS.sources)
    run_id = runs.begin_run(db, NOW, HOW.name)
    record(db, SETTINGS, [*LATER, *reversed(FIRST)], run_id, NOW)
    absorb(db, run_id, NOW, HOW)


def keyed(small: Small) -> set[frozenset[str]]:
    with closing(open_read(small.path)) as db:
        keys = {r["id"]: r["key"] for r in db.execute("SELECT id, key FROM articles")}
    return {frozenset(keys[i] for i in ids) for ids in stories(small).values()}


GOOD = {"kind": "merge", "at": "2026-11-20T12:00:00Z", "by": "ada", "together": ["https://a.example/1", "b.example/2"]}


@pytest.mark.parametrize(
    ("bad", "said"),
    [("{", "not JSON"), ("[]", "not a JSON object"), ({**GOOD, "kind": "glue"}, "kind must be one of merge, spl"),
     ({**GOOD, "at": "yesterday"}, "'at' must be a time"), ({**GOOD, "together": ["a.example/1"]}, "two or more"),
     ({**GOOD, "together": "a.example/1"}, "must be a list"), ({**GOOD, "why": "x"}, "unknown key 'why'"),
     ({**GOOD, "kind": "split"}, "'together' and in 'apart'"), ({**GOOD, "note": 3}, "'note' must be text"),
     ({**GOOD, "kind": "split", "apart": ["b.example/2"]}, "is in 'together' and in 'apart'"), (b"\xff", "not UTF-8")],
)  # fmt: skip
def test_a_bad_line_is_named_and_nothing_is_written(own: Small, tmp_path: Path, bad: Any, said: str) -> None:
    raw = bad if isinstance(bad, bytes) else (bad if isinstance(bad, str) else json.dumps(bad)).encode()
    (tmp_path / "in.jsonl").write_bytes(json.dumps(GOOD).encode() + b"\n\n" + raw + b"\n")
    result = call("corrections", "import", tmp_path / "in.jsonl", "--db", own.path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "in.jsonl:3: " in result.stderr and said in result.stderr
    assert asked(own, "corrections", "--all") == []


def test_import_reads_addresses_in_any_spelling(own: Small, tmp_path: Path) -> None:
    row = {
        **GOOD,
        "together": ["https://www.courier.example/ferry/?utm_source=x", "kueste.example/mayor"],
    }
    (tmp_path / "in.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    assert asked(own, "corrections", "import", tmp_path / "in.jsonl")["new"] == 1
    assert any({2, 3} <= ids for ids in stories(own).values())


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [(("merge", 1), 2, "name two stories or articles"), (("merge", 1, "a3"), 2, "all of that is in story 1"),
     (("merge", 1, 99), 1, "no story 99 in "), (("merge", 1, "a99"), 1, "no article a99 in "),
     (("merge", 1, "https://x.example/none"), 1, "no article https://x.example/none in"),
     (("split", 1), 2, "name a story, then the articles"), (("split", "a1", 3), 2, "name a story, then"),
     (("split", 1, 5), 2, "article #5 is in story 4, not in 1"), (("split", 1, 1, 3, 6), 2, "that is all of story 1"),
     (("pin",), 2, "name a story or an article"), (("pin", "a1"), 2, "article #1 leads story 1: pin the story"),
     (("pin", "--undo"), 1, "no pin is in force"), (("merge", "--undo", 1), 1, "no merge of that is in force"),
     (("corrections", "remove", 1), 1, "no correction 1 in"), (("corrections", "import", "/nowhere"), 74, "nowhere")],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(small: Small, args: tuple[object, ...], code: int, said: str) -> None:
    result = call(*args, "--db", small.path)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize("args", [("merge", 1, 2), ("split", 1, 3), ("pin", 1), ("corrections", "remove", 1)])
def test_not_while_a_run_is_on_and_not_without_a_database(
    small: Small, tmp_path: Path, args: tuple[object, ...]
) -> None:
    with lock(small.path):
        assert call(*args, "--db", small.path).exit_code == 75
    missing = tmp_path / "none.db"
    result = call(*args, "--db", missing)
    assert result.exit_code == 74 and "no such database" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_where_articles_wait_to_be_compared_the_next_run_applies_it(own: Small) -> None:
    with closing(open_write(own.path)) as db:
        record(db, SETTINGS, [piece("kueste", "neu", "Neues", OWL + " Ja.", "de", 1)], 2, NOW)
    said = on(own, "merge", 1, 4, *BY)
    assert "articles wait to be compared first" in said
    assert stories(own) == {1: FERRY, 2: OWLS, 4: BELLS}
    run(own)
    assert stories(own)[1] == FERRY | BELLS


def test_a_teaser_takes_its_correction_along_when_its_page_names_another_address(own: Small) -> None:
    on(own, "merge", 1, "a2", *BY)
    with closing(open_write(own.path)) as db:
        db.execute("UPDATE articles SET key='kueste.example/moved' WHERE id=2")
        assert [c.together for c in corrections.in_force(db)] == [
            {"kueste.example/moved", "kueste.example/faehre", "courier.example/ferry", "spoof.example/ferry-again"}
        ]
        absorb(db, 2, NOW, HOW)
    run(own)
    assert any({1, 2} <= ids for ids in stories(own).values())


def test_a_deleted_article_leaves_its_correction_for_when_it_comes_back(own: Small) -> None:
    on(own, "merge", 1, 4, *BY)
    with closing(open_write(own.path)) as db:
        store_articles.delete_article(db, 7, HOW.boilerplate_min_articles)
        absorb(db, 2, NOW, HOW)
    assert stories(own)[1] == FERRY | {5}
    run(
        own, piece("spoof", "bell-story", "A new text", "Nothing that anybody else says stands here any more.", "en", 1)
    )
    assert stories(own)[1] == FERRY | {5, 9}


def test_an_old_database_is_brought_up_to_date_with_its_stories(tmp_path: Path) -> None:
    from sqlite_utils import Database

    path = tmp_path / "stories.db"
    old = Database(path)
    old.execute("PRAGMA application_id = 0x52544C44")
    steps().apply(old, stop_before="m0002_corrections")
    assert old.execute("PRAGMA user_version").fetchone()[0] == 1
    for sql in (
        "INSERT INTO sources VALUES ('a','A','','GB','en','publisher',NULL,1)",
        "INSERT INTO stories VALUES (1,'2026-03-05T12:00:00Z','2026-03-05T12:00:00Z')",
    ):
        old.execute(sql)
    a = article(1, "Bell", BELL)
    old["articles"].insert(
        {"id": 1, "source": "a", "url": a.url, "key": a.key, "title": a.title, "text": a.text, "lang": "en",
         "first_seen": "2026-03-05T12:00:00Z", "author": "", "agencies": "[]", "credit": "", "dateline": "",
         "text_from": "page", "content_hash": a.content_hash}
    )  # fmt: skip
    old["copies"].insert({"article_id": 1, "copy_id": 1, "story_id": 1})
    old.conn.commit()
    old.close()
    assert call("corrections", "--db", path).exit_code == 74  # a query changes nothing
    open_write(path).close()
    assert json.loads(call("story", 1, "--db", path, "--json").stdout)["headline"] == "Bell"
    assert json.loads(call("corrections", "--db", path, "--json").stdout) == []


# -- why


def test_why_story_names_the_edge_that_joined_each(small: Small) -> None:
    said = on(small, "why", 1)
    assert re.match(r".*\n\d+ articles: (\d+ joined as copies; )?(\d+ as texts about one event, P .*; )?0 other", said)
    assert "#6  Spoof [bold], en" in said and "    joined by #3 in run 1: copy, P(same event) 1.00\n" in said
    assert "    the earliest: the others joined it\n" in said and "      both print: “" in said
    assert "threshold: stories join while the three best links of each text come to" in said
    answer = asked(small, "why", 1)
    assert [(a["article_id"], a["joined_to"]) for a in answer["articles"]] == [(1, None), (3, 1), (6, 3)]
    assert answer["articles"][1]["edge"]["scores"]["names"] > 0.5 and answer["runs"] == [1]
    assert asked(small, "why", "a6") == asked(small, "why", "https://spoof.example/ferry-again") == {
        **answer, "asked_id": None,
    }  # fmt: skip
    assert on(small, "why", 3).startswith("story 3 is now story 2\n")
    result = call("why", 99, "--db", small.path)
    assert result.exit_code == 1 and "no story 99 in" in result.stderr


def test_a_weak_link_is_told_as_one_and_a_correction_that_holds_it_is_named(own: Small) -> None:
    weak = "UPDATE matches SET verdict = 'different', probability = 0.39 WHERE left_id = 1 OR right_id = 1"
    with closing(sqlite3.connect(own.path)) as db, db:
        db.execute(weak)
    said = on(own, "story", 1)
    assert "#1 and #3, weak link (0.39): " in said and "different" not in said and "held together by" not in said
    assert "a weak link is not one event by itself; stories join by the three best links of each text" in said
    said = on(own, "why", 1)
    assert "joined by #1 in run 1: weak link, P(same event) 0.39" in said and "different" not in said
    assert "a weak link: P below 0.50, not one event by itself" in said
    assert "weak link" not in on(own, "story", 4)
    on(own, "pin", 1, "--note", "one ferry", *BY)
    with closing(sqlite3.connect(own.path)) as db, db:
        db.execute(weak)
    assert re.search(
        r"weak link .*\n    held together by correction 1 \(pin by ada, .*: one ferry\)\n", on(own, "story", 1)
    )


def test_a_correction_that_holds_what_no_edge_does_is_named(own: Small) -> None:
    on(own, "merge", 1, 4, *BY)
    said = on(own, "story", 1)
    assert re.search(r"  no edge, but correction 1 \(merge by ada, .*\) holds 5 articles\n", said)
    assert "weak link" not in said
    assert "no edge" not in on(own, "story", 2)


def test_why_names_corrections_and_who_was_nearly_joined(own: Small) -> None:
    on(own, "split", 2, 2, "--note", "the mayor is no owl", *BY)
    said = on(own, "why", 3)
    assert (
        "nearly joined, the strongest first:\n  #2 in story 2: Mayor of Tarnwick resigns\n"
        "    with #8: copy, P(same event) 1.00" in said
    )
    assert "    corrected: parted by correction 1 (split by ada, " in said and "the mayor is no owl)" in said
    [near] = asked(own, "why", 2)["nearly"]
    assert (near["inside_id"], near["outside_id"], near["outside_story"], near["parted_by"]) == (2, 8, 3, [1])
    on(own, "merge", 1, 4, *BY)
    on(own, "merge", 1, 2, *BY)
    bound = asked(own, "why", 1)
    assert [a["article_id"] for a in bound["articles"] if a["joined_to"] is None] == [5, 2, 1]
    assert all(set(a["corrections"]) & {2, 3} for a in bound["articles"])
    assert [(r["id"], r["says"]) for r in asked(own, "why", 5, 2)["corrections"]] == [(3, "bound")]
    on(own, "corrections", "remove", 3)
    assert "bound by correction 2 (merge by ada" in on(own, "why", 5, 1)
