"""`retold eval`: what it prints about labelled articles, against what the store of a run would hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.labelled import Labelled, read
from pipeline.rebuild import partition
from pipeline.store import signing
from pipeline.trial import arranged, labelled_articles, tried
from tests.conftest import FERRY_DE, FERRY_EN, MAYOR, ROOT, call
from tests.desk import prose, sound, stored_partition
from tests.test_labelled import written

OWN = ROOT / "tests" / "data" / "own_crosslingual.jsonl"
TARNWICK = (
    "Auditors found fourteen forged bids in the file for the Tarnwick bridge over the Ouse. Mayor Ellen Prowse gave up"
    " her office on Thursday evening after the audit of the 31 million pound tender."
)


def row(id: str, text: str, event: str, **more: object) -> dict[str, object]:
    return {"id": id, "title": "", "text": text, "lang": "en", "cluster": event, **more}


ROWS = [
    row("ferry-de", FERRY_DE, "ferry", lang="de", title="Fähre Nordwind rammt Kaimauer in Büsum", copy="de"),
    row("ferry-en", FERRY_EN, "ferry", title="Ferry Nordwind hits quay wall in Büsum", copy="en"),
    row("ferry-cut", FERRY_EN, "ferry", title="Twelve hurt", copy="en"),
    row("mayor", MAYOR, "mayor", title="Mayor of Tarnwick resigns", copy="m1"),
    row("mayor-2", TARNWICK, "mayor", title="Tarnwick: Prowse gives up", copy="m2"),
    row("wrong", FERRY_EN, "other", title="Labelled wrongly", copy="en"),
    row("alone", prose(3), "other", title="Something else altogether", copy="x"),
]


def asked(*args: object) -> Any:
    result = call("eval", *args, "--json")
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return json.loads(result.stdout)


def made(id: str, text: str, **more: str) -> Labelled:
    base = Labelled("set", id, more.pop("title", f"Report {id}"), text, "en", None, "", "", "set:x", "set:x")
    return replace(base, **more)  # type: ignore[arg-type]


# -- through the path of a run


def test_what_is_measured_is_what_a_rebuild_gives_and_a_sound_store() -> None:
    rows = read(OWN)
    with tried(rows, Config()) as trial:
        sound(trial.db, Config())
        assert sorted(r.id for r in trial.rows.values()) == sorted(r.id for r in rows)
        stored = [signing.article(r) for r in trial.db.execute("SELECT * FROM articles ORDER BY id")]
        assert partition(stored, trial.recipe) == stored_partition(trial.db)
        assert [a for a, _ in labelled_articles(rows)] == stored, "calibration sees the very articles"
        [state] = trial.db.execute("SELECT state, recipe FROM runs").fetchall()
        assert tuple(state) == ("done", trial.recipe.name)


def test_nothing_of_the_label_gets_into_the_store() -> None:
    rows = [
        made(f"secret-{n}", prose(n), title=f"Report {n}", event="secret", copy="secret", set="secret")
        for n in range(4)
    ]
    with tried(rows, Config()) as trial:
        assert not [line for line in trial.db.iterdump() if "secret" in line]
    assert [p.row for p in arranged(rows)] == [p.row for p in arranged(rows[::-1])], "nor does the order of the lines"


def test_a_publishers_frame_is_taken_out_and_strangers_words_are_not() -> None:
    frame = "Read the Courier every morning before breakfast and again in the evening"
    framed = [made(str(n), f"{prose(n)}\n{frame}", publisher="The Courier") for n in range(3)]
    strange = [made(f"s{n}", f"{prose(n + 10)}\n{frame}") for n in range(3)]
    with tried([*framed, *strange], Config()) as trial:
        removed = {trial.rows[s.id].id: s.removed for s in trial.signed}
    assert removed == {"0": (frame,), "1": (frame,), "2": (frame,), "s0": (), "s1": (), "s2": ()}


def test_a_publisher_that_prints_one_text_under_many_headlines_has_copies_not_a_frame() -> None:
    rows = [made(str(n), prose(1), publisher="The Courier", title=f"Headline {prose(n, 1)[:20]}") for n in range(5)]
    with tried(rows, Config()) as trial:
        assert len(set(trial.copies.values())) == 1


def test_articles_at_one_address_and_text_like_markup_stay_what_they_are() -> None:
    text = f"{prose(1)} where x < y and y > z <b>not bold</b> &amp; so on"
    rows = [made("1", text, url="https://a.example/x"), made("2", prose(2), url="https://a.example/x?utm_source=feed")]
    rows.append(made("3", "(dpa)", title="Only a credit"))
    with tried(rows, Config()) as trial:
        stored = {trial.rows[r["id"]].id: r["text"] for r in trial.db.execute("SELECT id, text FROM articles")}
    assert stored == {"1": text, "2": prose(2), "3": "(dpa)"}, "an article that is but a credit is counted, too"


# -- what is printed


def test_figures_of_stories_and_copies(tmp_path: Path) -> None:
    path = written(tmp_path, *ROWS)
    [stories] = asked(path)["sets"]
    whole = stories["parts"][0]
    assert (whole["articles"], whole["clusters"], whole["groups"]) == (7, 3, 3)
    assert whole["pairs"] == {"precision": pytest.approx(4 / 7), "recall": 4 / 5, "f1": pytest.approx(2 / 3)}
    assert whole["b_cubed"]["recall"] == pytest.approx((3 + 2 + 2 / 2) / 7)
    assert whole["pair_recall"] == 4 / 5 and whole["reached"] == 5 / 7
    [copies] = asked(path, "--level", "copies")["sets"]
    assert copies["parts"][0]["pairs"] == {"precision": 1, "recall": 1, "f1": 1}
    assert copies["parts"][0]["adjusted_rand"] == 1


def test_figures_by_language_and_across(tmp_path: Path) -> None:
    path = written(tmp_path, *ROWS)
    parts = {p["part"]: p for p in asked(path)["sets"][0]["parts"]}
    assert list(parts) == ["all", "de", "en", "across"]
    assert (parts["de"]["articles"], parts["en"]["articles"]) == (1, 6)
    assert parts["across"]["pairs"] == {"precision": pytest.approx(2 / 3), "recall": 1, "f1": pytest.approx(0.8)}
    assert parts["across"]["clusters"] == 1 and parts["across"]["reached"] == 1


def test_faults_come_with_their_reasons(tmp_path: Path) -> None:
    [stories] = asked(written(tmp_path, *ROWS), "--errors", 9)["sets"]
    [merge], [split] = stories["false_merges"]["worst"], stories["false_splits"]["worst"]
    assert "wrong" in (merge["left"]["id"], merge["right"]["id"])
    assert merge["pairs"] == 3 and merge["probability"] == 1 and "Jaccard" in merge["reasons"][0]
    assert {split["left"]["id"], split["right"]["id"]} == {"wrong", "alone"}
    assert (split["proposed"], split["probability"], split["link"]) == (False, None, 0)
    assert split["reasons"] == ["no pair of them was proposed"]


def test_several_files_are_measured_by_themselves_and_together(tmp_path: Path) -> None:
    one, two = written(tmp_path, *ROWS[:3], name="one.jsonl"), written(tmp_path, *ROWS[3:], name="two.jsonl")
    found = {r["name"]: r["parts"][0] for r in asked(one, two)["sets"]}
    assert [(name, p["articles"]) for name, p in found.items()] == [("one", 3), ("two", 4), ("pooled", 7)]
    assert found["one"]["pairs"]["precision"] == 1 > found["pooled"]["pairs"]["precision"]


def test_times_keep_stories_apart_unless_told_not_to(tmp_path: Path) -> None:
    rows = [ROWS[3] | {"published": "2026-03-05"}, ROWS[4] | {"published": "2026-04-05"}]
    path = written(tmp_path, *rows)
    assert asked(path)["sets"][0]["parts"][0]["groups"] == 2
    assert asked(path, "--no-times")["sets"][0]["parts"][0]["groups"] == 1


def test_a_pool_and_its_sets_cut_to_size() -> None:
    [pool] = asked(OWN, "--pool", "--errors", 0)["sets"]
    figures = pool["parts"][0]
    assert pool["name"] == "pool" and figures["clusters"] == 18 and 18 < figures["articles"] <= 15 + 3 * 4
    [cut] = asked(OWN, "--most", "own_crosslingual=20")["sets"]
    assert cut["parts"][0]["articles"] == 20


def test_calibration_counts_every_proposed_pair() -> None:
    [report] = asked(OWN, "--calibration", "--errors", 0)["sets"]
    curve, part = report["calibration"]["curve"], report["parts"][0]
    assert sum(b["count"] for b in curve) == report["calibration"]["pairs"] == round(part["candidates"] * 45 / 2)
    assert curve[-1]["share"] > 0.9 > 0.3 > curve[0]["share"], "sure where it says so"
    assert 0 < report["calibration"]["brier"] < 0.25, "better than a coin"


def test_people_and_pairs(tmp_path: Path) -> None:
    by_id = {r["id"]: r for r in ROWS}
    pairs = [("ferry-de", "ferry-en", 1), ("ferry-de", "mayor", 4), ("mayor", "mayor-2", 1.5), ("mayor", "alone", 3)]
    path = written(tmp_path, *({"a": by_id[a], "b": by_id[b], "overall": n} for a, b, n in pairs))
    found = {p["languages"]: p for p in asked("--pairs", path)["pairs"]}
    assert found["all"] | {"threshold": 0} == {
        "languages": "all", "pairs": 4, "same": 2, "proposed": 1, "auc": 1, "best_f1": 1, "threshold": 0
    }  # fmt: skip
    assert (found["de–en"]["pairs"], found["en–en"]["pairs"]) == (2, 2)


@pytest.mark.parametrize("columns", [40, 80, 130])
def test_the_table_fits_the_terminal(tmp_path: Path, columns: int) -> None:
    result = call("eval", written(tmp_path, *ROWS), "--calibration", COLUMNS=str(columns))
    table, _, rest = result.stdout.partition("true, found: clusters")
    assert all(len(line) <= columns for line in table.splitlines()) and "B³ F1" in table
    assert "1 false merge (two events in one story), the worst:" in rest and "share true" in rest
    assert "P 1.00: 100% of all word 3-grams are shared" in rest


def test_strange_letters_are_measured_like_any(tmp_path: Path) -> None:
    strange = r'{"id": "a\ud800\u0000", "text": "x\udfff \u001b[31m\u202e", "lang": "en", "cluster": 0,'
    strange += r' "publisher": "\ud83d"}'
    path = written(tmp_path, strange, row("b", prose(1), "other", title="\x1b[31mred", published=5, url="http://["))
    assert asked(path)["sets"][0]["parts"][0]["articles"] == 2
    result = call(
        "eval", written(tmp_path, strange, strange.replace("a", "b", 1).replace('"b', '"c'), name="two.jsonl")
    )
    assert result.exit_code == 0 and not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", result.output)


def test_wrong_input_is_one_line_and_a_2(tmp_path: Path) -> None:
    pairs = written(tmp_path, {"a": ROWS[0], "b": ROWS[1], "overall": 1}, name="pairs.jsonl")
    for args, said in (
        ([], "name a file"),
        ([tmp_path / "none.jsonl"], "does not exist"),
        ([tmp_path], "is a directory"),
        ([written(tmp_path, "{", name="bad.jsonl")], "bad.jsonl:1: no JSON"),
        ([pairs], "give it as --pairs"),
        (["--pairs", OWN], "own_crosslingual.jsonl:1: no labelled pair"),
        ([OWN, OWN], "named twice"),
        ([OWN, "--most", "x=3"], "no set x"),
        ([OWN, "--most", "none"], "neither a number"),
    ):
        result = call("eval", *args)
        assert result.exit_code == 2 and said in result.stderr, result.output
        assert result.stdout == "" and result.stderr.count("\n") == 1
