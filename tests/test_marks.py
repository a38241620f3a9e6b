"""Marks of what is wrong: seen at once, honoured whenever they came, taken back, handed on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import correcting, corrections
from pipeline.model import ConfigError, Correction, Kind
from pipeline.store import audit
from pipeline.store import corrections as stored
from pipeline.store.connect import open_write
from pipeline.store.schema import steps
from pipeline.wanted import RefusedError
from tests.conftest import call
from tests.making import NOW
from tests.tracing_desk import TELLINGS, Newsroom, from_scratch, known, sound

FIRST, SECOND, THIRD = TELLINGS
COURIER = "courier.test/bridge"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Newsroom]:
    """The Beacon tells it, Courier and Herald cite the Beacon, the Post prints its text. After the test everything
    agrees with a trace from scratch."""
    made = Newsroom(tmp_path / "stories.db")
    tell(made)
    made.trace()
    yield made
    made.trace()
    sound(made)
    assert known(made) == from_scratch(made)
    made.db.close()


def tell(desk: Newsroom, order: tuple[int, ...] = (0, 1, 2, 3)) -> None:
    pieces: list[tuple[str, str, int]] = [
        ("beacon", f"{FIRST}\n{SECOND}\nProwse told the Beacon that she was innocent.", 1),
        ("courier", f"{FIRST}\n{THIRD}\nThe Beacon reported on Thursday that the bids were forged.", 2),
        ("herald", f"{SECOND}\n{THIRD}\nAccording to the Beacon, Prowse will not stand again.", 3),
        ("post", f"{FIRST}\n{SECOND}\nThe Courier reported on Thursday that a German builder was among them.", 4),
    ]
    for n in order:
        outlet, text, hours = pieces[n]
        desk.tell(outlet, "bridge", text, hours=hours)


def mark(desk: Newsroom, action: str, *what: str, note: str = "") -> dict[str, Any]:
    at = NOW + timedelta(days=31)
    [done] = correcting.correct(desk.db, desk.how, correcting.Attempt(action, what, "ada", "shell", at, note))
    return done


def back(desk: Newsroom, *numbers: int) -> correcting.TakenBack:
    what = [str(n) for n in numbers]
    tried = correcting.Attempt(correcting.REMOVE, what, "bob", "page", NOW + timedelta(days=31))
    return correcting.take_back(desk.db, desk.how, tried)


def origin(desk: Newsroom) -> tuple[object, object]:
    [row] = desk.rows("SELECT outlet, reasons FROM v_origins WHERE copy_id = 0")
    return row[0], json.loads(str(row[1]))


def cites(desk: Newsroom, key: str = COURIER) -> set[object]:
    sql = "SELECT c.outlet FROM citations c JOIN articles a ON a.id = c.article_id WHERE a.key = ?"
    return {r[0] for r in desk.rows(sql, key)}


def test_an_outlet_that_is_not_the_origin_is_left_out_and_comes_back(desk: Newsroom) -> None:
    assert origin(desk)[0] == "Beacon"
    done = mark(desk, "not_origin", "1", "beacon", note="heard it in the pub")
    found, reasons = origin(desk)
    assert found != "Beacon" and reasons[-1] == "left out, as people say: Beacon"
    assert next(correcting.said(done)).startswith("correction 1: Beacon is not the origin; that of story 1 is now ")
    assert desk.rows("SELECT role FROM roles WHERE article_id = ?", desk.id("beacon.test/bridge")) != [("origin",)]
    desk.tell("beacon", "bridge", f"{FIRST}\n{SECOND}\nAn edit of the Beacon.", hours=1, revised=NOW)
    desk.trace()
    assert origin(desk)[0] != "Beacon", "an edit and a run do not undo it"
    assert mark(desk, "not_origin", "1", "Beacon")["already"]
    back(desk, 1)
    assert origin(desk)[0] == "Beacon"


def test_a_citation_that_is_none_is_gone_with_what_leant_on_it(desk: Newsroom) -> None:
    assert "Beacon" in cites(desk)
    mark(desk, "not_cited", f"#{desk.id(COURIER)}", "the beacon")
    assert "Beacon" not in cites(desk) and "Beacon" in cites(desk, "herald.test/bridge")
    assert desk.rows("SELECT how FROM roles WHERE article_id = ?", desk.id(COURIER)) != [("citation",)]
    desk.db.execute("UPDATE cited_by SET recipe = 'other rules'")
    desk.trace()
    assert "Beacon" not in cites(desk), "whichever rules read it"
    back(desk, 1)
    assert "Beacon" in cites(desk)


def test_who_only_passes_on_gives_way_to_whom_it_passed_on(desk: Newsroom) -> None:
    desk.tell("post", "more", f"{THIRD}\nAccording to Reuters, citing Der Spiegel, a builder was among them.", hours=6)
    desk.trace()
    mark(desk, "not_cited", f"#{desk.id('post.test/more')}", "Reuters")
    sql = "SELECT cited, via FROM v_citations WHERE article_id = ?"
    assert desk.rows(sql, desk.id("post.test/more")) == [("Der Spiegel", None)]


def test_a_mark_goes_with_its_articles(desk: Newsroom) -> None:
    mark(desk, "not_origin", "1", "Beacon")
    out = str(desk.id("herald.test/bridge"))
    mark(desk, "out", out)
    mark(desk, "merge", "1", f"#{out}")
    assert origin(desk)[0] != "Beacon"
    desk.db.execute("UPDATE articles SET key = 'courier.test/moved' WHERE key = ?", [COURIER])
    desk.trace()
    assert "courier.test/moved" in stored.in_force(desk.db)[0].on


MARKS = (
    Correction(Kind.NOT_ORIGIN, frozenset(), frozenset(), NOW, "ada", on=frozenset({COURIER}), outlet="Beacon"),
    Correction(Kind.NOT_CITED, frozenset(), frozenset(), NOW, "ada", on=frozenset({COURIER}), outlet="Beacon"),
)


@settings(max_examples=3)
@given(st.permutations([0, 1, 2, 3]), st.integers(0, 4), st.booleans())
def test_the_order_of_articles_and_marks_leaves_no_trace(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], when: int, runs: bool
) -> None:
    made = []
    for n, first in enumerate((order[:when], [0, 1, 2, 3])):
        desk = Newsroom(tmp_path_factory.mktemp("order") / f"{n}.db")
        tell(desk, tuple(first))
        if runs or n:
            desk.trace()
        corrections.take_in(desk.db, desk.how, MARKS, NOW)
        tell(desk, tuple(i for i in order if i not in first))
        desk.trace()
        made.append(known(desk))
        assert made[-1] == from_scratch(desk)
        desk.db.close()
    assert made[0] == made[1] and "Beacon" in str(made[0]["citations"])


def test_marks_travel_and_bad_ones_are_refused(desk: Newsroom, tmp_path: Path) -> None:
    mark(desk, "not_origin", "1", "Beacon", note="pub")
    mark(desk, "not_cited", f"#{desk.id(COURIER)}", "Beacon")
    text = "\n".join(map(corrections.line, stored.kept(desk.db)))
    other = Newsroom(tmp_path / "other.db")
    given_ = corrections.read(text.encode(), "x")
    assert corrections.take_in(other.db, other.how, given_, NOW) == (2, True)
    tell(other)
    other.trace()
    assert known(other) == known(desk)
    assert corrections.take_in(other.db, other.how, given_, NOW) == (0, True)
    other.db.close()
    good = json.loads(text.splitlines()[0])
    for bad in ({"outlet": ""}, {"on": []}, {"together": ["a.test/1"]}, {"kind": "merge"}):
        with pytest.raises(ConfigError, match=r"x:1: .*'on'"):
            corrections.read(json.dumps({**good, **bad}).encode(), "x")


@pytest.mark.parametrize(
    ("action", "what", "said"),
    [("not_origin", ("1", "Der Spiegel"), "Der Spiegel is where nobody in story 1 has it from"),
     ("not_origin", ("99", "Beacon"), "no story 99"), ("not_origin", ("1",), "name a story, then"),
     ("not_cited", ("#1", "Herald"), "Herald is not cited by article #1"), ("not_cited", ("#1",), "name an article"),
     ("out", ("#99",), "no article #99"), ("out", (), "name the article"), ("not_cited", ("#1", " "), "nobody is not")],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_on_record(desk: Newsroom, action: str, what: tuple[str, ...], said: str) -> None:
    before = known(desk)
    with pytest.raises(RefusedError, match=said):
        mark(desk, action, *what)
    [row] = audit.listed(desk.db, 9, 9)
    assert (row["person"], row["door"], row["action"], row["detail"]["state"]) == ("ada", "shell", action, "refused")
    assert said in row["result"] and known(desk) == before


def test_the_shell_marks_lists_and_undoes(desk: Newsroom, tmp_path: Path) -> None:
    db = ("--db", tmp_path / "stories.db")

    def on(*args: object) -> str:
        result = call(*args, *db)
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        return result.stdout

    article = desk.id(COURIER)
    assert on("wrong", "origin", 1, "beacon", "--by", "eve").startswith(
        "correction 1: Beacon is not the origin; that of"
    )
    assert on("wrong", "citation", article, "Beacon") == f"correction 2: article #{article} does not cite Beacon\n"
    assert "Beacon" not in on("cite", article)
    said = on("corrections")
    assert "correction 1 (not the origin: Beacon by eve, " in said and f"#{article} (story 1) " in said
    assert "taken back: correction 2 (not cited: Beacon" in on("wrong", "citation", "--undo", article, "Beacon")
    assert call("wrong", "citation", "--undo", article, *db).exit_code == 1
    assert "split of 1 article, now story " in on("wrong", "article", article)
    assert on("wrong", "article", "--undo", article).startswith("taken back: correction 3 (split by ")
    refused = call("wrong", "origin", 1, "Reuters", *db)
    assert refused.exit_code == 2 and "there is Beacon" not in refused.stdout and refused.stderr.count("\n") == 1
    states = [(r["action"], r["door"], r["detail"]["state"]) for r in reversed(audit.listed(desk.db, 9, 9))]
    assert states == [
        ("not_origin", "shell", "done"), ("not_cited", "shell", "done"), ("take back", "shell", "done"),
        ("out", "shell", "done"), ("take back", "shell", "done"), ("not_origin", "shell", "refused"),
    ]  # fmt: skip


def test_corrections_of_an_older_database_are_kept(tmp_path: Path) -> None:
    from sqlite_utils import Database

    path = tmp_path / "old.db"
    old = Database(path)
    old.execute("PRAGMA application_id = 0x52544C44")
    steps().apply(old, stop_before="m0012_marks")
    then = "2026-11-20T12:00:00Z"
    for row in (
        (4, "u1", "pin", then, "ada", "old", None, None, None),
        (7, "u2", "split", then, "bob", "", then, 4, None),
    ):
        old.execute("INSERT INTO corrections VALUES (?,?,?,?,?,?,?,?,?)", row)
    old.execute("INSERT INTO corrected VALUES (4, 'a.test/1', 'together'), (4, 'a.test/2', 'together')")
    old.execute("INSERT INTO corrected VALUES (7, 'a.test/1', 'together'), (7, 'a.test/3', 'apart')")
    old.conn.commit()
    old.close()
    with closing(open_write(path)) as db:
        [held] = stored.in_force(db)
        assert (held.id, held.kind, held.note, held.together) == (4, Kind.PIN, "old", {"a.test/1", "a.test/2"})
        assert [r["superseded_by"] for r in stored.listed(db, "id=7")] == [4]
        assert stored.add(db, MARKS[0], "u3") == (8, True), "numbers go on"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("SELECT count(*) FROM v_corrections").fetchone()[0] == 5
