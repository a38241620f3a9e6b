"""Sentence spans: news text of three languages, and what must hold for any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sentences import sentences, spans

CASES = {
    "abbreviations": [
        "Dr. Anna Voss sprach mit Prof. Dr. med. Kern über z. B. Masern, d. h. über Viren.",
        "Das gilt z.B. für Köln, d.h. für alle.",
        "Dhr. Jansen kwam bijv. niet, mevr. De Wit o.a. wel.",
        "Mr. Hall met Gov. Lee, i.e. the winner, at St. Paul's.",
        "Sie sagte das u. a. Die Linke meine.",
    ],
    "may end": [
        "He left the U.S.",
        "The U.S. Senate backed Baker Inc. and others.",
        "They met at 5 p.m.",
        "It rained.",
        "Es kostete 5 Mio. Euro usw.",
        "Die Kosten stiegen auf 5 Mio.",
        "Der Umsatz fiel.",
    ],
    "ordinals": [
        "Am 3. März tagte der 3. Strafsenat zum 12. Mal.",
        "Im 19. Jahrhundert, am 5. und 6. Mai, war Ludwig XIV. König.",
        "Das war 2023.",
        "Der Wert stieg auf 120.",
        "Die Zahl fiel auf 3,5 von 4.2 Prozent.",
        "The euro fell to $1.07.",
        "Attention turned.",
    ],
    "initials": ["George W. Bush traf J. K. Rowling.", "Danach ging J.R. Meier heim."],
    "quotes": [
        "„Wir kommen.“",
        "Das sagte Meier («Wer?»).",
        "»Warum?«, fragte er.",
        '"Why now?" she asked.',
        '"Go!"',
        "(He went.)",
        "“That is all.”",
        "He nodded.",
    ],
    "dutch": ["De premier kwam om 19.30 uur.", "'s Avonds bleef het stil.", "Nr. 5 won, art. 3 niet.", "Klaar!"],
    "openings": ["Was nun?", "„Nichts!“", "– Das Ende …", "iPhone oder eBay?", "100 Menschen kamen.", "Ende."],
    "no sentence end": ["Siehe www.nos.nl und 3.5.2024 sowie §5.1 und 13.000 Euro.", "Ja."],
    "numbered": ["He said no.", "No. 10 denied it.", "Werke dieser Art.", "Art. 5 gilt."],
}


@pytest.mark.parametrize("said", CASES.values(), ids=CASES.keys())
def test_news_sentences(said: list[str]) -> None:
    assert sentences(" ".join(said)) == said


def test_a_paragraph_ends_a_sentence_and_blanks_belong_to_none() -> None:
    assert sentences("  Kein Punkt am Ende\n\n1. Erstens dies.\n  *** \nDas Ende.  ") == [
        "Kein Punkt am Ende", "1. Erstens dies.", "***", "Das Ende.",
    ]  # fmt: skip
    assert spans(" \n ") == spans("") == []


pieces = st.sampled_from(
    [*"aAzÄß19.!?…\"'“»()\n \t-,:。", "z. B. ", "3. ", "U.S. ", "Dr. ", "\u2028", "Die ", "sagte "]
)


@given(st.one_of(st.text(), st.lists(pieces).map("".join)))
@settings(max_examples=300, deadline=None)
def test_spans_hold_all_that_is_not_blank_in_order_and_once(text: str) -> None:
    found = spans(text)
    ends = [0, *(place for span in found for place in span), len(text)]
    assert ends == sorted(ends)
    gaps = "".join(text[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True))
    assert not gaps.strip()
    assert all(text[a:b] and text[a:b] == text[a:b].strip() for a, b in found)


@given(st.lists(st.sampled_from([s for said in CASES.values() for s in said]), max_size=6))
@settings(max_examples=50, deadline=None)
def test_paragraphs_are_cut_alone(lines: list[str]) -> None:
    assert sentences("\n".join(lines)) == [s for line in lines for s in sentences(line)]


@pytest.mark.parametrize("unit", ["." * 9, '."', ". ", ".((", "a.", "3. ", "..a", "? \t", ".\n", "z. B. ", ".aaaaaaa"])
def test_time_is_linear_in_the_text(unit: str) -> None:
    began = time.process_time()
    spans(unit * (200_000 // len(unit)))
    assert time.process_time() - began < 5
