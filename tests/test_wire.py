"""Wire copy: datelines, credits, bylines and page furniture go, prose stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.boilerplate import WORDINGS, is_boilerplate
from pipeline.text import clean
from pipeline.wire import AGENCIES, agencies_in, read

LEAD = "Der Zug blieb am Morgen vor der Brücke stehen, und niemand wusste, wie lange es dauern würde."
BODY = "Am Nachmittag fuhr er weiter, nachdem Techniker die Weiche von Hand gestellt hatten, sagte der Fahrer."

# A line between two paragraphs of prose: which agencies it credits. The line must be gone.
CREDITS = {
    "sak/Reuters": {"Reuters"},
    "Quelle: ntv.de, ino/dpa": {"dpa"},
    "Quelle: dpa": {"dpa"},
    "(ANP)": {"ANP"},
    "ANP": {"ANP"},
    "Bron: ANP": {"ANP"},
    "Bron: ANP / Belga": {"ANP", "Belga"},
    "© AFP": {"AFP"},
    "© 2024 AFP": {"AFP"},
    "Copyright 2024 The Associated Press. All rights reserved.": {"AP"},
    "With reporting by Reuters": {"Reuters"},
    "Additional reporting by Reuters and AFP.": {"AFP", "Reuters"},
    "mit Material von dpa": {"dpa"},
    "Mit Material von dpa und AFP": {"AFP", "dpa"},
    "Mit Informationen von dpa, AFP und Reuters": {"AFP", "Reuters", "dpa"},
    "Mit Agenturmaterial": set(),
    "Mit Agenturen": set(),
    "dpa": {"dpa"},
    "dpa/lsw": {"dpa"},
    "dpa-infocom, dpa:230224-99-718912/3": {"dpa"},
    "© dpa-infocom, dpa:230224-99-718912/3": {"dpa"},
    "dpa-AFX": {"dpa-AFX"},
    "Source: Reuters": {"Reuters"},
    "Source: Xinhua": {"Xinhua"},
    "kle/uh (dpa, afp, rtr)": {"AFP", "Reuters", "dpa"},
    "jst/AFP/dpa": {"AFP", "dpa"},
    "(APA, red, 24.2.2023)": {"APA"},
    "(SID)": {"SID"},
    "KNA/epd": {"KNA", "epd"},
    "Met informatie van ANP": {"ANP"},
    "Deutsche Presse-Agentur": {"dpa"},
    "mrc/Agenturen": set(),
    "Reporting by Jo Field in Kyiv; Editing by Ann Moss": set(),
    "Our Standards: The Thomson Reuters Trust Principles.": {"Reuters"},
}
# Opening of the first paragraph: the dateline that is found, the agencies it names.
DATELINES = {
    "Berlin (dpa) – ": ("Berlin (dpa)", {"dpa"}),
    "Berlin (dpa) ": ("Berlin (dpa)", {"dpa"}),
    "Hamburg/Kiew (dpa/hafo) - ": ("Hamburg/Kiew (dpa/hafo)", {"dpa"}),
    "Frankfurt am Main (AFP) – ": ("Frankfurt am Main (AFP)", {"AFP"}),
    "DEN HAAG (ANP) - ": ("DEN HAAG (ANP)", {"ANP"}),
    "BRUSSEL (ANP/AFP) - ": ("BRUSSEL (ANP/AFP)", {"AFP", "ANP"}),
    "KYIV, Feb 24 (Reuters) - ": ("KYIV, Feb 24 (Reuters)", {"Reuters"}),
    "LONDON, Feb. 24 (Xinhua) -- ": ("LONDON, Feb. 24 (Xinhua)", {"Xinhua"}),
    "BERLIN, 24. Februar (Reuters) – ": ("BERLIN, 24. Februar (Reuters)", {"Reuters"}),
    "PARIS, (AFP) – ": ("PARIS, (AFP)", {"AFP"}),
    "BRUSSELS (AP) — ": ("BRUSSELS (AP)", {"AP"}),
    "AUSTIN, Texas (AP) — ": ("AUSTIN, Texas (AP)", {"AP"}),
    "(dpa) - ": ("(dpa)", {"dpa"}),
    "AFP — ": ("AFP", {"AFP"}),
    "BERLIN: ": ("BERLIN", set()),
    "HONG KONG — ": ("HONG KONG", set()),
    "ROTTERDAM - ": ("ROTTERDAM", set()),
}
FURNITURE = (
    "Follow us on Google News",
    "Follow Us on Google News",
    "Folgen Sie uns auf WhatsApp",
    "Volg ons op Instagram en Facebook",
    "Lees ook: Waarom de brug dicht blijft",
    "Lees ook",
    "Lesen Sie auch: Die Brücke und ihre Geschichte",
    "Read more: How the bridge was built",
    "Read more",
    "Subscribe to our newsletter",
    "Sign up for our daily briefing.",
    "Abonnieren Sie unseren Newsletter!",
    "Meld je aan voor de nieuwsbrief",
    "Click here for more stories",
    "Klik hier voor meer nieuws",
    "This article was first published by another outlet.",
    "Mehr zum Thema",
    "Mehr zum Thema: Brücken",
    "Advertisement",
    "Anzeige",
    "- Advertentie -",
    "Foto: Anna Beispiel / AFP",
    "Image source, Getty Images",
    "Teilen",
    "Getty Images",
    "Anna Beispiel/AFP via Getty Images",
)
PROSE = (
    "AFP reported that the train had stopped before the bridge.",
    "Reuters und wir haben nachgefragt, aber niemand antwortete.",
    "Das berichtet die Nachrichtenagentur dpa unter Berufung auf Polizeikreise.",
    "Die Nachrichtenagentur (dpa) meldete den Vorfall zuerst.",
    "Volgens persbureau ANP is de brug nog dicht.",
    "Read more than ten books a year and you will sleep better, she said.",
    "Lees ook eens een boek, zei de minister tegen de scholieren.",
    "Follow us if you dare, the old song goes.",
    "Von Berlin nach Hamburg fährt jede Stunde ein Zug.",
    "By Friday the water had gone down.",
    "Mehr Züge sollen ab Dezember fahren.",
    "Anzeige erstattete am Abend auch der Fahrer.",
    "Share prices fell after the news.",
    "Image and sound did not match, viewers complained.",
    "USA: Das Land will mehr Züge kaufen.",
    "NATO: Das Bündnis berät am Montag.",
    "US-Präsident und Kanzler sprachen am Telefon.",
    "COVID-19 ist wieder auf dem Vormarsch.",
    "Die AP sprach mit drei Zeugen.",
    "Source of the river is a small spring in the hills.",
    "Der Sprecher sagte der Agentur (Reuters)",
    "More from the region was expected by evening.",
    "Join us, said the drivers, and the crowd did.",
    "Bild, Ton und Licht waren schlecht, schrieb ein Zuschauer.",
    "Kommentare wollte der Verband nicht abgeben.",
)


def article(*middle: str) -> str:
    return "\n".join([LEAD, *middle, BODY])


@pytest.mark.case("G5")
@pytest.mark.parametrize("line", CREDITS)
def test_a_credit_line_is_read_and_removed(line: str) -> None:
    wire = read(article(line))
    assert set(wire.agencies) == CREDITS[line]
    assert wire.text == article()
    assert wire.removed == (line,)


@pytest.mark.case("G5")
@pytest.mark.parametrize("opening", DATELINES)
def test_a_dateline_is_read_and_cut(opening: str) -> None:
    wire = read(opening + article())
    assert (wire.dateline, set(wire.agencies)) == DATELINES[opening]
    assert wire.text == article()


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_is_removed_and_credits_nobody(line: str) -> None:
    wire = read(article(line))
    assert (wire.text, wire.agencies, wire.removed) == (article(), (), (line,))


@pytest.mark.parametrize("line", PROSE)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_prose_stays_wherever_it_stands(line: str, place: str) -> None:
    lines = {"first": [line, LEAD, BODY], "middle": [LEAD, line, BODY], "last": [LEAD, BODY, line]}[place]
    wire = read("\n".join(lines))
    assert (wire.text.split("\n"), wire.agencies) == (lines, ())


@pytest.mark.parametrize(
    ("tail", "credit", "agencies"),
    [
        (" (dpa)", "dpa", ("dpa",)),
        (" (Quelle: dpa)", "dpa", ("dpa",)),
        (" dpa/rtr", "dpa/rtr", ("Reuters", "dpa")),
        (" (AFP, Reuters)", "AFP, Reuters", ("AFP", "Reuters")),
    ],
)
def test_a_credit_at_the_end_of_the_last_paragraph(tail: str, credit: str, agencies: tuple[str, ...]) -> None:
    wire = read(article() + tail)
    assert (wire.text, wire.credit, wire.agencies) == (article(), credit, agencies)


@pytest.mark.case("G5")
@pytest.mark.parametrize(
    ("author", "agencies"),
    [
        ("dpa", ("dpa",)),
        ("ANP", ("ANP",)),
        ("Anp", ("ANP",)),
        ("Reuters Staff", ("Reuters",)),
        ("Von unserem Korrespondenten / AFP", ("AFP",)),
        ("Jane Doe and The Associated Press", ("AP",)),
        ("By JANE DOE Associated Press", ("AP",)),
        ("Anna Müller, dpa", ("dpa",)),
        ("Anna Müller (KNA)", ("KNA",)),
        ("AP Singh", ()),
        ("Sid Vorbild", ()),
        ("Anna Müller", ()),
        ("", ()),
    ],
)
def test_agencies_in_an_author_field(author: str, agencies: tuple[str, ...]) -> None:
    assert agencies_in(author) == agencies
    assert read(article(), author=author).agencies == agencies


def test_a_byline_and_a_repeated_headline_are_no_text() -> None:
    wire = read(f"Zug steht\nVon Anna Müller und Jan de Vries\n{article()}", title="Zug steht")
    assert (wire.text, wire.byline) == (article(), "Von Anna Müller und Jan de Vries")


@pytest.mark.case("G5")
def test_a_tag_in_the_title_is_a_credit_but_a_cited_agency_is_not() -> None:
    assert read(article(), title="Train halts before bridge (AP)").agencies == ("AP",)
    assert read(article(), title="Reuters: Train halts before bridge").agencies == ()


def test_the_drone_story_loses_its_two_pieces_of_furniture() -> None:
    story = "Follow Us on Google News\nBERLIN: A weekly has claimed that drones were ordered.\nIt named a maker."
    wire = read(story)
    assert wire.text == "A weekly has claimed that drones were ordered.\nIt named a maker."
    assert (wire.dateline, wire.removed[0]) == ("BERLIN", "Follow Us on Google News")


def test_tables_are_sorted_and_no_alias_names_two_agencies() -> None:
    names = [a.name for a in AGENCIES]
    aliases = [alias for a in AGENCIES for alias in f"{a.names}|{a.exact}".split("|") if alias]
    assert names == sorted(names)
    assert list(WORDINGS) == sorted(WORDINGS)
    assert len(aliases) == len(set(aliases))
    assert {agencies_in(alias) for a in AGENCIES for alias in a.exact.split("|") if alias} <= {(n,) for n in names}
    assert all(re.compile(pattern.replace("{end}", "")) for _, pattern in WORDINGS)


words = st.sampled_from(
    ["AFP", "(dpa)", "Berlin", "–", ":", "Quelle:", "sagte", "er.", "Read more", "/", "©", "(", "\n", "Von", ","]
)


@given(st.one_of(st.text(max_size=300), st.lists(words, max_size=30).map(" ".join)))
def test_reading_never_raises_never_invents_and_reading_again_only_removes(text: str) -> None:
    wire = read(clean(text))
    assert set(wire.agencies) <= {a.name for a in AGENCIES}
    assert len(wire.text) <= len(clean(text))
    assert all(line in clean(text) for line in wire.text.split("\n"))


def test_a_long_paragraph_is_never_furniture() -> None:
    assert not is_boilerplate("Read more: " + "word " * 60)
    assert is_boilerplate("Read more: " + "word " * 6)
