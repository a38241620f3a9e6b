"""What an article adds to another: sentences, numbers, headline; and `retold adds` over a small database."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.newsroom import events
from pipeline.provenance import numbers
from pipeline.provenance.adds import Text, added
from tests.conftest import Demo, Small, build, call
from tests.desk import prose

ORIGIN = Text(1, "de", "Brand in Tarnwick: 100 Menschen fliehen", (
    "Bei einem Brand in der Lagerhalle von Tarnwick sind am 3. März drei Menschen verletzt worden.\n"
    "Die Feuerwehr rückte um 19.30 Uhr mit 40 Fahrzeugen an. Rund 100 Anwohner mussten ihre Wohnungen verlassen.\n"
    "»Wir haben so etwas noch nie erlebt«, sagte Brandmeister Ulf Kern. Der Schaden liegt bei 4,2 Mio. Euro.\n"
    "Warum das Feuer ausbrach, ist offen."
))  # fmt: skip
EN = Text(9, "en", "Fire in Tarnwick: 120 people flee", "Some 120 residents had to leave. The damage is €4.2 million.")


def changed(text: Text, **more: Any) -> Text:
    return text._replace(id=2, **more)


def news_day() -> dict[str, Text]:
    pieces = events.load(date(2026, 11, 19))
    return {p.id: Text(n, p.lang, p.title, "\n".join(p.paragraphs)) for n, p in enumerate(pieces, 1)}


DAY = news_day()


class Letters:
    """An embedder without weights: which of a few words a text holds."""

    model_id, dimensions = "letters", 5

    def embed(self, texts: list[str]) -> np.ndarray:
        rows = np.array([[w in t for w in ("120", "100", "4", "Uhr", "")] for t in texts], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


# -- what holds for any text

bodies = st.lists(st.integers(0, 40), min_size=1, max_size=4, unique=True)


def told(seeds: Sequence[int], number: int = 1) -> Text:
    return Text(number, "en", f"Report {seeds[0]}", "\n".join(prose(s, 3) for s in seeds))


@given(bodies)
@settings(max_examples=30)
def test_a_text_adds_nothing_to_itself(seeds: list[int]) -> None:
    found = added(told(seeds), [told(seeds, 2)])
    assert found.copied == 1.0 and found.headline.same
    assert {s.kind for s in found.sentences or ()} == {"copied"}
    assert found.left_out == found.changed == found.numbers_here == found.numbers_there == ()


@given(bodies, st.integers(50, 90))
@settings(max_examples=30)
def test_a_sentence_more_is_the_only_new_one(seeds: list[int], seed: int) -> None:
    text, more = told(seeds, 2), prose(seed, 1)
    longer = text._replace(id=1, body=f"{text.body} {more}")
    assert [s.text for s in added(longer, [text]).of("new")] == [more]
    assert [s.text for s in added(text, [longer]).left_out or ()] == [more]


@given(bodies, bodies)
@settings(max_examples=30)
def test_what_one_leaves_out_the_other_says_anew(one: list[int], other: list[int]) -> None:
    a, b = told(one), told(other, 2)
    here, there = added(a, [b]), added(b, [a])
    assert [s.text for s in here.left_out or ()] == [s.text for s in there.of("new")]
    assert here.numbers_here == there.numbers_there


@given(st.text(), st.text(), st.sampled_from(["de", "en", "nl", "fr"]))
@settings(max_examples=100)
def test_any_two_texts_can_be_compared(one: str, other: str, lang: str) -> None:
    found = added(Text(1, lang, one, other), [Text(2, lang, other, one)], Letters())
    assert 0 <= found.copied <= 1 and json.dumps(asdict(found))


# -- sentences


def test_reworded_merged_and_split_sentences_are_found_again() -> None:
    body = (
        "Drei Menschen sind bei einem Brand in der Tarnwicker Lagerhalle verletzt worden. Die Feuerwehr kam mit 40"
        " Fahrzeugen, und 100 Anwohner verließen ihre Wohnung. Ministerin Held kündigte ein Gesetz an."
    )
    found = added(changed(ORIGIN, body=body), [ORIGIN])
    first, merged, new = found.sentences or ()
    assert (first.kind, merged.kind, new.kind) == ("reworded", "reworded", "new")
    assert merged.article == 1 and len(merged.counterparts) == 2
    assert new.counterparts == () and new.article == 0
    left = [s.text for s in found.left_out or ()]
    assert "Warum das Feuer ausbrach, ist offen." in left and not any("Anwohner" in s for s in left)


def test_a_cut_copy_of_the_news_day_is_copied_and_its_end_left_out() -> None:
    found = added(DAY["drone-deal-bergecho-de"], [DAY["drone-deal-hafenkurier-de"]])
    assert found.copied == 1.0 and len(found.of("copied")) == len(found.sentences or ()) == 7
    assert (found.left_out or ())[-1].text.startswith("Danach entdeckten ukrainische Experten")
    assert "Liefert" in found.headline.only_here and "liefern" in found.headline.only_there


def test_a_rewrite_of_the_news_day_is_mostly_not_copied() -> None:
    found = added(DAY["drone-deal-donaublatt-de"], [DAY["drone-deal-hafenkurier-de"]])
    assert found.copied < 0.1 and not found.of("copied")
    [quoted] = [s for s in found.sentences or () if "Haidvogel" in s.text]
    assert quoted.kind == "new"


def test_a_quotation_that_is_not_the_others_is_no_rewording_of_it() -> None:
    there = changed(ORIGIN, lang="de", body="Rund 100 Drohnen im Monat wären dann möglich.")
    own = "„Hundert Drohnen entscheiden keinen Krieg, eine eigene Fabrik vielleicht schon“, sagt er."
    [quoted] = added(ORIGIN._replace(body=own), [there]).sentences or ()
    assert (quoted.kind, quoted.counterparts) == ("new", ())
    [left] = added(ORIGIN._replace(body=own), [there]).left_out or ()
    assert left.text == there.body
    told = "Ein Forscher meint, hundert Drohnen entschieden keinen Krieg, eine Fabrik vielleicht eher."
    [paraphrased] = added(ORIGIN._replace(body=own), [changed(ORIGIN, body=told)]).sentences or ()
    assert paraphrased.kind == "reworded", "the same statement without the marks"


def test_where_one_is_on_a_site_is_no_sentence() -> None:
    trails = "- Startseite › ausland\nHome > World > Europe\nNieuws / Binnenland\nPolitik » Inland\n"
    found = added(changed(ORIGIN), [ORIGIN._replace(body=f"{trails}{ORIGIN.body}")])
    assert found.left_out == () and len(found.sentences or ()) == 6
    kept = (
        "»Wir haben«, sagte er.\nDas Rennen endete 3 / 4.\nBerlin/Bonn: Es brennt.\n- Drei Tote » mehr dazu in Kürze."
    )
    assert len(added(changed(ORIGIN, body=kept), [ORIGIN]).sentences or ()) == 4


def test_against_the_rest_a_sentence_is_what_the_nearest_says() -> None:
    parts = [changed(ORIGIN, body=line)._replace(id=n) for n, line in enumerate(ORIGIN.body.split("\n"), 2)]
    found = added(ORIGIN, [*parts, parts[0]._replace(id=9)])
    assert {s.kind for s in found.sentences or ()} == {"copied"} and found.copied == 1.0
    assert next(iter(found.sentences or ())).article == 2
    assert added(parts[0], parts[1:]).copied < 0.5


# -- across languages


def test_without_a_model_only_numbers_and_headlines_are_compared() -> None:
    found = added(EN, [ORIGIN])
    assert found.sentences is found.left_out is None and found.not_compared == (1,)
    assert "120 people" in found.numbers_here and "40 Fahrzeugen" in found.numbers_there
    assert not any("4.2" in n for n in found.numbers_here)
    assert found.headline.only_here == ("120 people",) and found.headline.only_there == ("100 Menschen",)


def test_with_a_model_sentences_are_compared() -> None:
    there = changed(ORIGIN, body="Es waren 120 Menschen. Um acht Uhr war Schluss.")
    found = added(EN, [there], Letters())
    assert [s.kind for s in found.sentences or ()] == ["reworded", "new"] and not found.not_compared
    assert (found.sentences or ())[0].counterparts == ("Es waren 120 Menschen.",)
    assert [s.text for s in found.left_out or ()] == ["Um acht Uhr war Schluss."]


def test_some_of_the_rest_may_be_foreign() -> None:
    found = added(ORIGIN, [EN, changed(ORIGIN)])
    assert found.not_compared == (9,) and found.copied == 1.0 and found.headline.same


@pytest.mark.parametrize("unit", ["Am 3. März ", "2:1 ", "Drei Hunde. ", "1.2.", "hundert ", "Feuer in Tarnwick. "])
def test_time_stays_small(unit: str) -> None:
    long = Text(1, "de", "", unit * 1000)
    began = time.process_time()
    added(long, [changed(long, body=f"Ende. {long.body}")])
    assert time.process_time() - began < 10


# -- numbers


def test_a_number_in_an_outlets_name_is_none_of_the_text() -> None:
    body = f"{ORIGIN.body}\nTagwerk 24 fragte nach: 24 Helfer waren da."
    named = frozenset({"Tagwerk 24"})
    assert added(changed(ORIGIN, body=body), [ORIGIN]).numbers_here == ("24",)
    assert added(changed(ORIGIN, body=body, outlets=named), [ORIGIN]).numbers_here == ("24 Helfer",)
    only = changed(ORIGIN, body=f"{ORIGIN.body}\nTagwerk 24 fragte nach.", outlets=named)
    assert added(only, [ORIGIN]).numbers_here == ()
    assert added(ORIGIN, [only]).numbers_there == ()


def test_a_followed_outlets_name_gives_no_number(demo: Demo) -> None:
    row = json.loads(call("search", "Ohlendorf", "Tagwerk", "--db", demo.path, "--json").stdout)[0]
    found = json.loads(call("adds", row["article_id"], "--db", demo.path, "--json").stdout)
    assert found["article"]["outlet"] == "Tagwerk 24" and "Tagwerk 24 hat" in str(found["adds"]["sentences"])
    assert "24" not in found["adds"]["numbers_here"]
    assert not any("Startseite" in s["text"] for s in found["adds"]["left_out"])


def values(text: str, lang: str) -> list[tuple[str, str]]:
    return [(n.kind, n.value) for n in numbers.read(text, lang)]


def test_numbers_are_read_alike_in_three_languages() -> None:
    number, day, year, time, score = numbers.NUMBERS, numbers.DAY, numbers.YEAR, numbers.TIME, numbers.SCORES
    german = values("Am 3. März 2024 um 19.30 Uhr: 4,2 Mrd. Euro, hundert ZT-180, 1.250 Tote, 2:1, zwei Tage", "de")
    english = values("March 3, 2024 at 7:30 p.m.: €4.2bn, a hundred ZT-180, 1,250 dead, 2:1, two days", "en")
    dutch = values("Op 3 maart 2024 om 19.30 uur: 4,2 miljard euro, honderd ZT-180, 1250 doden, 2:1, twee dagen", "nl")
    assert german == dutch == [
        (day, "3-3"), (year, "2024"), (time, "19:30"), (number, "4200000000"), (number, "1250"), (score, "2:1"),
        (number, "2"),
    ]  # fmt: skip
    assert english == [*german[:4], *german[4:]]
    assert values("Op 14.5.2024 of 2024-05-14, na 24 uur", "nl") == [
        (day, "5-14"), (year, "2024"), (year, "2024"), (day, "5-14"), (number, "24"),
    ]  # fmt: skip


def test_a_number_given_otherwise_is_told_with_its_sentences() -> None:
    body = ORIGIN.body.replace("100 Anwohner", "120 Anwohner").replace("3. März", "4. März").replace("40", "vierzig")
    found = added(changed(ORIGIN, body=body), [ORIGIN])
    assert [(c.there, c.here) for c in found.changed] == [("3. März", "4. März"), ("100 Anwohner", "120 Anwohner")]
    assert "120 Anwohner" in found.changed[1].sentence and "100 Anwohner" in found.changed[1].counterpart
    assert found.numbers_here == found.numbers_there == ()


def test_another_number_of_the_same_text_is_no_change() -> None:
    body = "Rund 100 Anwohner mussten ihre Wohnungen verlassen, 40 Fahrzeuge kamen, 7 Hunde bellten."
    found = added(changed(ORIGIN, body=body), [ORIGIN])
    assert found.changed == () and found.numbers_here == ("7 Hunde",)
    assert "4,2 Mio" in " ".join(found.numbers_there)


# -- retold adds


def adds(small: Small, *args: object) -> str:
    result = call("adds", *args, "--db", small.path, "--config", small.config)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def test_a_copy_adds_nothing_but_its_headline(small: Small) -> None:
    shown = adds(small, small.ids["bell-story"])
    assert "100% of its words" in shown and "1 sentence: 1 copied, 0 reworded, 0 new; 0 left out" in shown
    assert f"against  #{small.ids['bell']}" in shown and "only there  Aldbrough" in shown
    assert shown.endswith("in short: 0 of 1 sentence new, 0 left out, numbers that differ: 0\n")


def test_across_languages_it_says_that_there_is_no_model(small: Small) -> None:
    here, there = small.ids["ferry"], small.ids["faehre"]
    shown = adds(small, here, "--against", f"a{there}")
    assert f"sentences not compared with #{there}, in another language: no model" in shown
    told = json.loads(adds(small, here, "--against", f"a{there}", "--json"))
    assert told["against"][0]["article_id"] == there and told["adds"]["sentences"] is None
    assert told["adds"]["numbers_here"] == []


def test_by_default_the_other_print_of_its_text(small: Small) -> None:
    told = json.loads(adds(small, small.ids["ferry"], "--json"))
    assert told["against"][0]["article_id"] == small.ids["ferry-again"]


def test_against_the_rest_and_alone(small: Small) -> None:
    shown = adds(small, small.ids["ferry-again"], "--rest")
    assert shown.count("against  #") == 2 and "3 sentences: 3 copied" in shown
    assert "the earliest of its story" in adds(small, small.ids["faehre"], "--rest")
    assert f"against  #{small.ids['ferry']}" in adds(small, small.ids["faehre"])


def test_alone_in_its_story(tmp_path: Path) -> None:
    own = build(tmp_path)
    with sqlite3.connect(own.path) as db:
        db.execute("DELETE FROM copies WHERE article_id=?", [own.ids["bell-story"]])
    assert "alone in its story" in adds(own, own.ids["bell"])
    told = json.loads(adds(own, own.ids["bell"], "--json"))
    assert told["against"] == [] and told["adds"] is None
    assert call("adds", own.ids["bell-story"], "--db", own.path).exit_code == 1


@pytest.mark.parametrize("args", [("--rest", "--against", "1"), ("--against", "https://kueste.example/faehre")])
def test_wrong_use_is_told(small: Small, args: tuple[str, ...]) -> None:
    result = call("adds", small.ids["faehre"], *args, "--db", small.path)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1


def test_nothing_of_an_article_reaches_the_terminal_unclean(small: Small) -> None:
    assert "\x1b" not in adds(small, small.ids["ferry-again"])
