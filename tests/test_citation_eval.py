"""`retold eval --citations`: the bundled passages and their floors, how citations are paired with labels, bad files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config, metrics
from pipeline.citation_eval import Read, Share, alike, article, by_language, by_sort, evaluated, paired, read_off
from pipeline.labelled import LabelledError
from pipeline.labelled_citations import BUNDLED, Label, Passage, read
from pipeline.model import Citation, Cited, Place
from pipeline.provenance.outlets import Outlets, outlets
from tests.conftest import ROOT, call
from tests.test_labelled import written

SENTENCE = "The mayor of Tarnwick will resign, Reuters reported on Monday, citing Der Spiegel."
REUTERS = {"outlet": "Reuters", "kind": "second_hand", "said": "Reuters"}
SPIEGEL = {"outlet": "Der Spiegel", "kind": "primary", "via": "Reuters", "said": "Der Spiegel"}
GOOD = {"id": "a", "lang": "en", "text": SENTENCE, "citations": [REUTERS, SPIEGEL]}
NOBODY = {"id": "b", "lang": "en", "text": "The bridge reopened on Monday.", "citations": []}


@pytest.fixture(scope="module")
def table() -> Outlets:
    return outlets(config.load(ROOT / "config.yaml").sources)


@pytest.fixture(scope="module")
def bundled() -> list[Passage]:
    return read()


@pytest.fixture(scope="module")
def reads(bundled: list[Passage], table: Outlets) -> list[Read]:
    return evaluated(bundled, table)


def label(outlet: str, kind: Cited = Cited.PRIMARY, **more: Any) -> Label:
    return Label(outlet, kind, **more)


def citation(outlet: str, kind: Cited = Cited.PRIMARY, **more: Any) -> Citation:
    return Citation(kind, outlet, Place.TEXT, 0, 0, "", 0.9, **more)


def passage(*labels: Label, lang: str = "en", **more: str) -> Passage:
    return replace(Passage("a", "x", lang, "", SENTENCE, "", "", labels), **more)  # type: ignore[arg-type]


# -- the bundled passages


def test_bundled_passages_are_many_in_three_languages_and_some_cite_nobody(bundled: list[Passage]) -> None:
    assert len(bundled) == len({p.id for p in bundled}) == 1960
    assert len({(p.title, p.text, p.author) for p in bundled}) == len(bundled)
    for split, least in (("held-out", 90), ("tuned", 270)):
        for lang in ("de", "en", "nl"):
            own = [p for p in bundled if (p.split, p.lang) == (split, lang)]
            assert len(own) >= least and 0.15 < sum(not p.labels for p in own) / len(own) < 0.35


def test_bundled_labels_name_what_stands_there_and_no_outlet_twice(bundled: list[Passage]) -> None:
    for p in bundled:
        assert all(one.said and one.said in f"{p.title}\n{p.text}\n{p.author}" for one in p.labels), p.id
        assert len({one.outlet for one in p.labels}) == len(p.labels), p.id
        assert not [one for one in p.labels if one.kind is Cited.WIRE_CREDIT and one.outlet == p.own], p.id
        assert {one.kind for one in p.labels if one.via} <= {Cited.PRIMARY}, p.id


# A little below what is measured: outlet precision and recall, those in full, share of the silent.
FLOORS = {
    ("held-out", "de"): (0.964, 0.881, 0.905, 0.827, 0.959),
    ("held-out", "nl"): (0.986, 0.843, 0.934, 0.799, 0.959),
    ("held-out", "en"): (0.987, 0.908, 0.974, 0.897, 0.999),
    ("held-out", "all"): (0.978, 0.877, 0.937, 0.840, 0.972),
    ("tuned", "de"): (0.997, 0.956, 0.974, 0.934, 0.999),
    ("tuned", "nl"): (0.984, 0.950, 0.961, 0.927, 0.999),
    ("tuned", "en"): (0.991, 0.943, 0.972, 0.925, 0.999),
    ("tuned", "all"): (0.991, 0.950, 0.969, 0.929, 0.999),
    ("all", "all"): (0.989, 0.938, 0.964, 0.915, 0.995),
}
# By kind: outlet precision and recall, those in full.
KIND_FLOORS = {
    ("held-out", "primary"): (0.973, 0.865, 0.922, 0.828),
    ("held-out", "second_hand"): (0.999, 0.916, 0.999, 0.832),
    ("held-out", "wire_credit"): (0.999, 0.932, 0.999, 0.932),
    ("held-out", "via"): (0.899, 0.874, 0.899, 0.749),
    ("held-out", "earlier"): (0.999, 0.832, 0.856, 0.749),
    ("held-out", "organisation"): (0.968, 0.794, 0.968, 0.794),
    ("tuned", "primary"): (0.988, 0.944, 0.964, 0.926),
    ("tuned", "second_hand"): (0.999, 0.971, 0.991, 0.900),
    ("tuned", "wire_credit"): (0.999, 0.970, 0.987, 0.970),
    ("tuned", "via"): (0.999, 0.951, 0.991, 0.882),
    ("tuned", "earlier"): (0.999, 0.986, 0.999, 0.913),
    ("tuned", "organisation"): (0.969, 0.858, 0.952, 0.842),
}


def test_citations_are_as_good_as_they_were(reads: list[Read]) -> None:
    found = {(f.split, f.lang): f for f in by_language(reads)}
    assert set(found) == set(FLOORS)
    for part, floors in FLOORS.items():
        f = found[part]
        shares = (f.outlet.precision, f.outlet.recall, f.full.precision, f.full.recall, f.silent)
        assert [(s.value, least) for s, least in zip(shares, floors, strict=True) if s.value < least] == [], part


def test_each_kind_of_citation_is_as_good_as_it_was(reads: list[Read]) -> None:
    found = {(f.split, f.sort): f for f in by_sort(reads)}
    assert set(found) == set(KIND_FLOORS)
    for part, floors in KIND_FLOORS.items():
        f = found[part]
        shares = (f.outlet.precision, f.outlet.recall, f.full.precision, f.full.recall)
        assert [(s.value, least) for s, least in zip(shares, floors, strict=True) if s.value < least] == [], part


def test_every_label_and_citation_is_counted_once(reads: list[Read], table: Outlets) -> None:
    for r in reads:
        assert len(r.pairs) + len(r.missed) == len(r.passage.labels)
        assert len(r.pairs) + len(r.wrong) == len(read_off(r.passage, table))
    whole = by_language(reads)[-1]
    assert whole.outlet.recall.of == sum(len(r.passage.labels) for r in reads)
    assert whole.silent.of == sum(not r.passage.labels for r in reads)


# -- pairing


@pytest.mark.parametrize(
    ("ours", "theirs", "lang", "same"),
    [
        (label("Spiegel"), citation("Der Spiegel"), "de", True),  # by the table
        (label("The Tarnwick Bee"), citation("Tarnwick Bee"), "en", True),
        (label("Neue Bargfelder Blätter"), citation("Neuen Bargfelder Blättern"), "de", True),
        (label("Tarnwick Bee"), citation("Tarnwick Herald"), "en", False),
        (label("Tarnwick Bee"), citation("Tarnwick Bee on Monday"), "en", False),
        (label("Reuters"), citation("Reuters Bee"), "en", False),
        (label("Reuters"), citation("Reuters", media=False), "en", False),
        (label("russisches Verteidigungsministerium", media=False),
         citation("russischen Verteidigungsministeriums", media=False), "de", True),
        (label("Gaza's health ministry", media=False), citation("health ministry", media=False), "en", True),
        (label("Ministry of Health", media=False), citation("Ministry of Defence", media=False), "en", True),
        (label("US military", media=False), citation("Israeli military", media=False), "en", False),
        (label("Inter-Services Public Relations", media=False, said="ISPR"), citation("ISPR", media=False), "en", True),
    ],
)  # fmt: skip
def test_who_is_the_same(ours: Label, theirs: Citation, lang: str, same: bool, table: Outlets) -> None:
    assert bool(alike(ours, theirs, lang, table)) is same


def test_pairs_are_one_to_one_and_the_best_ones(table: Outlets) -> None:
    health, defence = (label(f"Ministry of {name}", media=False) for name in ("Health", "Defence"))
    found = [citation("Ministry of Defence", media=False), citation("Ministry of Health", media=False)]
    assert [(p.label.outlet, p.citation.outlet) for p in paired(passage(health, defence), found, table).pairs] == [
        ("Ministry of Health", "Ministry of Health"),
        ("Ministry of Defence", "Ministry of Defence"),
    ]
    only = paired(passage(health), [*found, citation("Reuters")], table)
    assert [p.citation.outlet for p in only.pairs] == ["Ministry of Health"]
    assert [c.outlet for c in only.wrong] == ["Ministry of Defence", "Reuters"] and not only.missed


def test_a_pair_that_agrees_in_full_goes_first(table: Outlets) -> None:
    found = [citation("Reuters", Cited.WIRE_CREDIT), citation("Reuters")]
    [pair] = paired(passage(label("Reuters")), found, table).pairs
    assert pair.full and pair.citation.kind is Cited.PRIMARY


@pytest.mark.parametrize(
    ("ours", "theirs", "full"),
    [
        (label("Reuters"), citation("Reuters"), True),
        (label("Reuters"), citation("Reuters", Cited.SECOND_HAND), False),
        (label("Reuters"), citation("Reuters", earlier=True), False),
        (label("Reuters", via="Spiegel"), citation("Reuters", via="Der Spiegel"), True),
        (label("Reuters", via="Tarnwick Bee"), citation("Reuters", via="The Tarnwick Bee"), True),
        (label("Reuters", via="Spiegel"), citation("Reuters"), False),
        (label("Reuters"), citation("Reuters", via="Der Spiegel"), False),
        (label("Reuters", via="dpa"), citation("Reuters", via="Der Spiegel"), False),
    ],
)
def test_what_agrees_in_full(ours: Label, theirs: Citation, full: bool, table: Outlets) -> None:
    [pair] = paired(passage(ours), [theirs], table).pairs
    assert pair.full is full


def test_two_readings_of_one_outlet_and_kind_count_once(table: Outlets) -> None:
    twice = passage(text="Reuters reported a fire. Reuters reported a flood.")
    assert [c.outlet for c in read_off(twice, table)] == ["Reuters"]


def test_a_passage_becomes_an_article_as_in_a_run(table: Outlets) -> None:
    found = article(passage(text="BERLIN (dpa) - Die Brücke ist offen.", own="Spiegel", author="AFP"), table)
    assert (found.text, found.agencies, found.author) == ("Die Brücke ist offen.", ("AFP", "dpa"), "AFP")
    assert table.of_source(found.source).name == "Der Spiegel"
    assert table.of_source(article(passage(own="Tarnwick Bee"), table).source).name == "Tarnwick Bee"
    assert table.of_source(article(passage(own="Haaretz"), table).source).name == "Haaretz", "known, not followed"


# -- figures


@pytest.mark.parametrize(("right", "of", "low", "high"), [(0, 0, 0, 1), (0, 10, 0, 0.278), (81, 263, 0.255, 0.366)])
def test_wilson(right: int, of: int, low: float, high: float) -> None:
    assert metrics.wilson(right, of) == pytest.approx((low, high), abs=5e-4)


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_holds_the_share_and_is_symmetric(right: int, more: int) -> None:
    of = right + more
    low, high = metrics.wilson(right, of)
    assert 0 <= low <= right / of <= high <= 1
    assert metrics.wilson(more, of) == pytest.approx((1 - high, 1 - low))


def test_recall_is_of_the_labels_of_a_kind_and_precision_of_what_was_read_as_such(table: Outlets) -> None:
    read = paired(
        passage(label("Reuters", Cited.SECOND_HAND), label("dpa")), [citation("Reuters"), citation("AFP")], table
    )
    found = {f.sort: f for f in by_sort([read])}
    assert found["second_hand"].outlet.recall == (1, 1) and found["second_hand"].full.recall == (0, 1)
    assert found["second_hand"].outlet.precision == (0, 0) and found["second_hand"].outlet.precision.value == 1.0
    assert found["primary"].outlet.precision == (1, 2) and found["primary"].full.precision == (0, 2)
    assert found["primary"].outlet.recall == Share(0, 1) and found["primary"].outlet.f1 == 0.0


# -- files


def test_a_line_is_read_as_it_stands(tmp_path: Path) -> None:
    [one, two] = read(written(tmp_path, GOOD, "", NOBODY | {"split": "late", "id": 7, "self": "NOS"}))
    assert one.labels == (
        Label("Reuters", Cited.SECOND_HAND, said="Reuters"),
        Label("Der Spiegel", Cited.PRIMARY, via="Reuters", said="Der Spiegel"),
    )
    assert (one.split, two.split, two.id, two.own) == ("set", "late", "7", "NOS")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "set.jsonl:2: no JSON: "),
        ("[1]", "set.jsonl:2: no JSON object"),
        (GOOD | {"id": ""}, "set.jsonl:2: has no id"),
        (GOOD | {"id": "b", "lang": None, "text": " "}, "set.jsonl:2: has no lang, no title or text"),
        (GOOD | {"text": ["x"]}, "set.jsonl:2: text is no string"),
        (NOBODY, "set.jsonl:2: id 'b' stands in an earlier line, too"),
        (GOOD | {"citations": None}, "set.jsonl:2: citations is no list of objects"),
        (GOOD | {"citations": ["Reuters"]}, "set.jsonl:2: citations is no list of objects"),
        (GOOD | {"citations": [REUTERS, {"kind": "primary"}]}, "set.jsonl:2: citation 2: has no outlet"),
        (GOOD | {"citations": [REUTERS | {"kind": "link"}]},
         "set.jsonl:2: citation 1: kind 'link' is none of primary, second_hand, wire_credit"),
        (GOOD | {"citations": [REUTERS | {"media": 1}]}, "set.jsonl:2: citation 1: media is neither true nor false"),
        (GOOD | {"citations": [SPIEGEL]}, "set.jsonl:2: via 'Reuters' is no other outlet that is cited in this line"),
        (GOOD | {"citations": [REUTERS | {"said": "rtr"}]}, "set.jsonl:2: 'rtr' stands in none of title, text, author"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_its_number(line: object, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, NOBODY, line)
    with pytest.raises(LabelledError) as caught:
        read(path)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    result = call("eval", "--citations", path)
    assert result.exit_code == 2 and said in result.stderr and result.stderr.count("\n") == 1


def test_an_empty_file_and_one_that_is_named_twice(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert "holds no passage" in call("eval", "--citations", path).stderr
    path = written(tmp_path, GOOD)
    assert "named twice" in call("eval", "--citations", path, path).stderr


# -- the command


def test_the_bundled_set_is_taken_where_no_file_is_named() -> None:
    ours, named = call("eval", "--citations", COLUMNS="200"), call("eval", "--citations", BUNDLED, COLUMNS="200")
    assert ours.exit_code == 0 and ours.stdout == named.stdout
    assert "held-out  all     300" in ours.stdout and "95 % intervals" in ours.stdout
    assert all(len(line) <= 120 for line in ours.stdout.split("\n\n")[0].splitlines())


def test_errors_are_told_with_what_was_read_instead(tmp_path: Path) -> None:
    wrong = [GOOD | {"citations": [REUTERS | {"kind": "primary"}]}, NOBODY | {"citations": [REUTERS | {"said": ""}]}]
    told = call("eval", "--citations", written(tmp_path, *wrong), "--errors", 5).stdout
    assert f"  a  {SENTENCE}\n      expected: Reuters (primary); read: Reuters (second_hand)\n" in told
    assert "1 missed (cited, but not read), the first:\n  b  The bridge reopened" in told
    assert "1 wrong (read, but not cited), the first:" in told
    assert "expected: nothing; read: Der Spiegel (primary, via Reuters)" in told
    none = call("eval", "--citations", written(tmp_path, *wrong), "--errors", 0).stdout
    assert "1 missed (cited, but not read)\n" in none and SENTENCE not in none


def test_the_tables_give_way_in_a_narrow_terminal(tmp_path: Path) -> None:
    result = call("eval", "--citations", written(tmp_path, GOOD), COLUMNS="60")
    assert result.exit_code == 0 and "outlet P" in result.stdout


def test_as_json(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD, NOBODY | {"citations": [REUTERS | {"said": ""}]})
    result = call("eval", "--citations", path, "--json", "--errors", 1)
    assert (result.exit_code, result.stderr) == (0, "")
    told = json.loads(result.stdout)
    assert set(told) == {"recipe", "parts", "errors"} and told["recipe"].startswith("cite")
    part = told["parts"][0]
    assert (part["split"], part["lang"], part["sort"], part["passages"]) == ("set", "en", "all", 2)
    assert (part["full"]["recall"]["right"], part["full"]["recall"]["of"]) == (2, 3)
    assert part["outlet"]["precision"]["value"] == 1.0 and 0 < part["outlet"]["precision"]["low"] < 1
    missed = told["errors"]["missed"]
    assert missed["count"] == 1 and missed["first"][0]["id"] == "b" and missed["first"][0]["read"] == []
    assert missed["first"][0]["expected"] == [
        {"outlet": "Reuters", "kind": "second_hand", "media": True, "earlier": False, "via": ""}
    ]


@pytest.mark.parametrize(
    "option", ["--level stories", "--calibration", "--pool", "--most 3", "--seed 0", "--no-times", f"--pairs {BUNDLED}"]
)
def test_options_that_do_not_go_with_citations(option: str) -> None:
    result = call("eval", "--citations", *option.split())
    assert result.exit_code == 2
    assert result.stderr == f"retold: {option.split()[0]} does not go with --citations (retold eval --help)\n"
