"""Whom articles cite: sentences of three languages, names of outlets, credits, links; and no text that takes long."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import Article, Citation, Cited, Link, Place
from pipeline.provenance.attribution import CROWD, GRAMMARS, LONGEST, Said, attributed
from pipeline.provenance.citing import MOST, Via, cited, recipe
from pipeline.provenance.grammar import ORGANISATION, SURE, either_case, words
from pipeline.provenance.outlets import Outlets, outlets


@dataclass(frozen=True)
class Source:
    key: str
    name: str
    owner: str = ""
    homepage: str | None = None


TABLE = outlets(
    [
        Source("valley", "The Valley Lantern", homepage="https://www.valley-lantern.example/news"),
        Source("spiegel", "Der Spiegel", homepage="https://www.spiegel.de/"),
        Source("kreis", "Kreisblatt Musterstadt", owner="Muster Verlag", homepage="https://kreisblatt.example"),
    ]
)
P, S = Cited.PRIMARY, Cited.SECOND_HAND


def said(sentence: str, lang: str, **more: str | int) -> list[Said]:
    return attributed(sentence, lang, TABLE, **more)  # type: ignore[arg-type]


def article(text: str = "", lang: str = "en", title: str = "", **more: object) -> Article:
    fields: dict[str, object] = {"source": "valley", "url": "https://valley-lantern.example/1", "key": "k"}
    return Article(**{**fields, "title": title, "text": text, "lang": lang, **more})  # type: ignore[arg-type]


def who(sentence: str, lang: str, **more: str | int) -> list[tuple[str, Cited, bool, bool, str]]:
    return [(s.outlet, s.kind, s.media, s.earlier, s.via) for s in said(sentence, lang, **more)]


# -- one sentence a cue: language, sentence, (outlet, kind, media, earlier, via) …

ONE = [
    # English: an outlet
    ("en", "According to a report in Der Spiegel, the ferry was never inspected.", "Der Spiegel"),
    ("en", "The merger was first reported last week by Reuters.", "Reuters"),
    ("en", "Documents seen by the BBC show that the tunnel leaks.", "BBC News"),
    ("en", '"We had no choice," the mayor told the BBC on Tuesday.', "BBC News"),
    ("en", "The minister said in an interview with The Guardian that he would stay.", "The Guardian"),
    ("en", "A report published last week by The Guardian says that the dam is cracked.", "The Guardian"),
    ("en", "The footage was broadcast late on CNN and shows two boats.", "CNN"),
    ("en", "Ministers will meet again on Friday, per Politico.", "Politico"),
    ("en", "The inquiry follows revelations in Le Monde that bribes were paid.", "Le Monde"),
    ("en", "The regulator has opened a case, Reuters reported.", "Reuters"),
    ("en", "Bloomberg, which has reviewed the contract, writes that the fee was doubled.", "Bloomberg"),
    ("en", "The bank is looking for a buyer, reports Bloomberg.", "Bloomberg"),
    ("en", "A New York Times investigation found that the tests were faked.", "The New York Times"),
    ("en", "Reuters: Bank weighs a sale of its Polish arm", "Reuters"),
    ("en", "Bank weighs a sale of its Polish arm – Reuters", "Reuters"),
    ("en", "Bank weighs a sale of its Polish arm, Reuters reports", "Reuters"),
    # German: an outlet
    ("de", "Laut einem Bericht des Spiegels wurde die Fähre nie geprüft.", "Der Spiegel"),
    ("de", "Dem „Handelsblatt“ zufolge sucht die Bank einen Käufer.", "Handelsblatt"),
    ("de", "Nach Informationen der Süddeutschen Zeitung war der Tunnel undicht.", "Süddeutsche Zeitung"),
    ("de", "Im Interview mit dem Handelsblatt kündigte sie ihren Rückzug an.", "Handelsblatt"),
    ("de", "Der Trainer müsse gehen, so das Handelsblatt.", "Handelsblatt"),
    ("de", "Gegenüber dem MDR räumte die Bürgermeisterin Fehler ein.", "MDR"),
    ("de", "Das sagte die Ministerin am Freitag der „Rheinischen Post“.", "Rheinische Post"),
    ("de", "Die Liste wurde zuerst vom Spiegel veröffentlicht.", "Der Spiegel"),
    ("de", "Die von der Süddeutschen Zeitung eingesehenen Akten zeigen das Gegenteil.", "Süddeutsche Zeitung"),
    ("de", "Der Vertrag, der dem Handelsblatt vorliegt, endet im Mai.", "Handelsblatt"),
    ("de", "Wie das Handelsblatt am Mittwoch berichtet, ruht der Bau.", "Handelsblatt"),
    ("de", "Der Bau ruht, berichtet das Handelsblatt.", "Handelsblatt"),
    ("de", "Zuerst hatte der NDR darüber berichtet.", "NDR"),
    ("de", "Der Spiegel hat die Vorwürfe aufgedeckt.", "Der Spiegel"),
    ("de", "Das Handelsblatt schreibt, der Bau ruhe seit Wochen.", "Handelsblatt"),
    ("de", "Nach Enthüllungen des „Guardian“ trat der Chef zurück.", "The Guardian"),
    ("de", "„Handelsblatt“: Bank sucht einen Käufer", "Handelsblatt"),
    ("de", "Die Lage sei ernst, heißt es weiter im Handelsblatt.", "Handelsblatt"),
    # Dutch: an outlet
    ("nl", "Volgens NRC lag het plan al maanden klaar.", "NRC"),
    ("nl", "De brug is onveilig, blijkt uit onderzoek van De Stentor.", "De Stentor"),
    ("nl", "In gesprek met Omroep Brabant zegt de wethouder dat zij blijft.", "Omroep Brabant"),
    ("nl", "Dat zegt de minister tegen de NOS.", "NOS"),
    ("nl", "De bank zoekt een koper, meldt Het Financieele Dagblad.", "Het Financieele Dagblad"),
    ("nl", "Zoals het AD vrijdag schreef, ligt de bouw stil.", "AD"),
    ("nl", "Eerder had NRC erover geschreven.", "NRC"),
    ("nl", "De Telegraaf heeft de brief ingezien.", "De Telegraaf"),
    ("nl", "Nieuwsuur berichtte gisteren dat de bouw stilligt.", "Nieuwsuur"),
    ("nl", "NRC: kabinet stelt het besluit uit", "NRC"),
    ("nl", "Kabinet stelt het besluit opnieuw uit (NRC)", "NRC"),
    ("nl", "Naar RTL Nieuws heeft vernomen, ligt de bouw stil.", "RTL Nieuws"),
]
MORE = [
    # organisations that are no media
    ("en", "According to figures from the interior ministry, 40 people were held.", [("interior ministry", P, False)]),
    ("en", "The army said that both bridges were open.", [("army", P, False)]),
    ("en", "Eurostat data show that prices fell.", [("Eurostat", P, False)]),
    ("de", "Nach Angaben der Polizei wurde niemand verletzt.", [("Polizei", P, False)]),
    ("de", "Wie die Polizei am Montag mitteilte, blieb die Brücke zu.", [("Polizei", P, False)]),
    ("nl", "Volgens de politie raakte niemand gewond.", [("politie", P, False)]),
    ("nl", "De brug blijft dicht, meldt de politie.", [("politie", P, False)]),
    # earlier reports
    ("en", "Last year, Reuters reported that the tests were faked.", [("Reuters", P, True, True)]),
    ("de", "Bereits vor zwei Jahren berichtete das Handelsblatt über die Bank.", [("Handelsblatt", P, True, True)]),
    ("nl", "Vorig jaar meldde NRC dat de brug onveilig is.", [("NRC", P, True, True)]),
    # second hand
    (
        "en",
        "The bank is for sale, Reuters reported, citing Der Spiegel.",
        [("Reuters", S, True, False, ""), ("Der Spiegel", P, True, False, "Reuters")],
    ),
    (
        "de",
        "Unter Berufung auf das Handelsblatt berichtet Reuters, die Bank suche einen Käufer.",
        [("Handelsblatt", P, True, False, "Reuters"), ("Reuters", S, True, False, "")],
    ),
    (
        "nl",
        "Reuters meldt op gezag van NRC dat de bank een koper zoekt.",
        [("Reuters", S, True, False, ""), ("NRC", P, True, False, "Reuters")],
    ),
]


@pytest.mark.parametrize(("lang", "sentence", "outlet"), ONE)
def test_each_cue_is_read(lang: str, sentence: str, outlet: str) -> None:
    found = [c for c in who(sentence, lang) if c[2]]
    assert [c[0] for c in found] == [outlet]
    assert found[0][1] is P and not found[0][4]


@pytest.mark.parametrize(("lang", "sentence", "expected"), MORE)
def test_organisations_earlier_reports_and_second_hand(lang: str, sentence: str, expected: list[tuple[object]]) -> None:
    found = who(sentence, lang)
    assert [c[: len(e)] for c, e in zip(found, expected, strict=True)] == expected


NONE = [
    ("en", "The BBC building in London was evacuated."),
    ("en", "A former editor of The Guardian reported for duty."),
    ("en", "The BBC said it would appoint a new director."),
    ("en", "She owns shares in Bloomberg."),
    ("en", "He reads The Guardian every morning."),
    ("en", "It happened at dawn and nobody said a word."),
    ("en", "The Times Square crowd said hello."),
    ("de", "Der Spiegel-Reporter wurde ausgezeichnet."),
    ("de", "Sie arbeitete lange für das Handelsblatt."),
    ("de", "Der Spiegel im Bad ist zerbrochen."),
    ("de", "Das Handelsblatt gehört einer Holding."),
    ("de", "Sie warf einen Blick in die Zukunft."),
    ("nl", "De NOS-presentator stopt ermee."),
    ("nl", "Zij werkte jaren voor NRC."),
    ("nl", "De Telegraaf verhuist naar een ander pand."),
    ("nl", "Hij las een boek in de trein."),
]


@pytest.mark.parametrize(("lang", "sentence"), NONE)
def test_what_is_no_citation(lang: str, sentence: str) -> None:
    assert [c for c in who(sentence, lang) if c[2]] == []


# -- names


def names(text: str) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.outlet) for m in TABLE.mentions(text)]


def test_a_source_is_known_by_its_own_name() -> None:
    assert names("As the Valley Lantern wrote") == [("Valley Lantern", "The Valley Lantern")]
    assert TABLE.of_source("valley").name == "The Valley Lantern"
    assert TABLE.of_source("spiegel").name == "Der Spiegel"
    assert TABLE.of_source("kreis").owner == "Muster Verlag"
    assert TABLE.of_source("nobody").name == "nobody"
    assert TABLE.called("valley lantern") is TABLE.called(" The Valley Lantern ")


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.spiegel.de/a", "Der Spiegel"),
        ("https://m.spiegel.de/a", "Der Spiegel"),
        ("https://news.sky.com/story", "Sky News"),
        ("https://valley-lantern.example/x", "The Valley Lantern"),
        ("https://notspiegel.de/", None),
        ("nothing", None),
    ],
)
def test_the_longest_host_says_whose_site_it_is(url: str, outlet: str | None) -> None:
    found = TABLE.at(url)
    assert (found.name if found else None) == outlet


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("in der Süddeutschen Zeitung", "Süddeutschen Zeitung"),
        ("der Frankfurter Allgemeinen Zeitung", "Frankfurter Allgemeinen Zeitung"),
        ("des Handelsblatts", "Handelsblatts"),
        ("ein Handelsblatt-Bericht", "Handelsblatt"),
    ],
)
def test_declined_names(text: str, printed: str) -> None:
    assert [name for name, _ in names(text)] == [printed]


@pytest.mark.parametrize(
    "text", ["https://example.org/Reuters/x", "info@Reuters", "#Reuters", "AntiReuters", "Reutersian", "Reuters_x"]
)
def test_no_names_inside_addresses_and_longer_words(text: str) -> None:
    assert names(text) == []


def test_a_doubtful_name_needs_a_strong_cue() -> None:
    assert who("Ein Spiegel berichtete nichts.", "de") == []
    (told,) = said("Laut Spiegel ist die Fähre alt.", "de")
    (sure,) = said("Laut „Spiegel“ ist die Fähre alt.", "de")
    assert told.outlet == sure.outlet == "Der Spiegel"
    assert told.confidence < sure.confidence


def test_compounds() -> None:
    assert who("Der Spiegel-Bericht nennt drei Namen.", "de") == [("Der Spiegel", P, True, False, "")]
    assert who("Ein Spiegel-Reporter war in der Stadt.", "de") == []


def test_an_outlet_that_only_its_description_tells() -> None:
    (found,) = said("The Ruritanian newspaper Strelsau Bugle reported that the king is well.", "en")
    assert (found.outlet, found.media) == ("Strelsau Bugle", True)


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", "The mayor told this newspaper that he would stay."),
        ("de", "Gegenüber dieser Zeitung sagte der Bürgermeister, er bleibe."),
        ("nl", "De burgemeester zegt tegen deze krant dat hij blijft."),
    ],
)
def test_this_newspaper_is_the_articles_own(lang: str, sentence: str) -> None:
    assert [c.outlet for c in cited(article(sentence, lang), TABLE)] == ["The Valley Lantern"]
    assert who(sentence, lang) == []


def test_a_month_is_no_earlier_one_in_its_own_month() -> None:
    sentence = "In March, Reuters reported that the tests were faked."
    assert [s.earlier for s in said(sentence, "en")] == [True]
    assert [s.earlier for s in said(sentence, "en", month=3)] == [False]


# -- the tables


def test_words_are_joined_and_the_longest_is_found() -> None:
    assert words("report reports reporting") == "(?:report(?:ing|s)?)"
    assert words("a", "b c\nd e") == "(?:b c|d e|a)"
    assert either_case("post") == "(?:Post|post)"


@pytest.mark.parametrize("lang", GRAMMARS)
def test_a_hint_loses_nothing(lang: str) -> None:
    grammar = GRAMMARS[lang]
    for _, sentence, *_ in (*ONE, *MORE, *NONE):
        text = sentence.replace("Reuters", SURE).replace("Handelsblatt", SURE).replace("Polizei", ORGANISATION)
        clues = 0
        for word in sentence.replace("-", " ").replace("/", " ").split():
            clues |= grammar.clues(word.strip(".,:;„“\"'()"))
        hinted = {cue.bit for cue in grammar.tried(text, clues) if cue.pattern.search(text)}
        assert hinted == {cue.bit for cue in grammar.tried(text, -1) if cue.pattern.search(text)}


# -- articles


def around(made: Article, via: list[Via] | None = None) -> list[tuple[Cited, str, Place]]:
    return [(c.kind, c.outlet, c.place) for c in cited(made, TABLE, via or [])]


def test_credits_and_their_places() -> None:
    assert around(article("A.", dateline="BERLIN (Reuters)")) == [(Cited.WIRE_CREDIT, "Reuters", Place.DATELINE)]
    assert around(article("A.", credit="dpa/Reuters")) == [
        (Cited.WIRE_CREDIT, "dpa", Place.CREDIT),
        (Cited.WIRE_CREDIT, "Reuters", Place.CREDIT),
    ]
    assert around(article("A.", author="AFP")) == [(Cited.WIRE_CREDIT, "AFP", Place.CREDIT)]
    assert around(article("A.", agencies=("dpa",), credit="dpa")) == [(Cited.WIRE_CREDIT, "dpa", Place.CREDIT)]
    assert around(article("A long day.\nAdditional reporting by Reuters")) == [
        (Cited.WIRE_CREDIT, "Reuters", Place.CREDIT)
    ]
    assert around(article("Ein Tag.\nQuelle: Kleiner Bote", "de")) == [
        (Cited.WIRE_CREDIT, "Kleiner Bote", Place.CREDIT)
    ]


def test_feed_canonical_and_links() -> None:
    feed = [Via("Spiegel online", "https://www.spiegel.de/feed")]
    assert around(article("A."), feed) == [(Cited.LINK, "Der Spiegel", Place.FEED)]
    assert around(article("A."), [Via("Far Echo", "")]) == [(Cited.LINK, "Far Echo", Place.FEED)]
    claim = article("A.", canonical_claim="https://www.reuters.com/world/1")
    assert around(claim) == [(Cited.LINK, "Reuters", Place.CANONICAL)]
    links = (Link("https://www.spiegel.de/1", "a report"), Link("https://elsewhere.example/2", "this"))
    known, other = cited(article("A.", links=links), TABLE)
    assert (known.outlet, known.media, known.url) == ("Der Spiegel", True, "https://www.spiegel.de/1")
    assert (other.outlet, other.media) == ("elsewhere.example", False)
    assert known.confidence > other.confidence


def test_links_and_credits_of_its_own_are_none() -> None:
    own = Link("https://www.valley-lantern.example/2", "more")
    assert around(article("A.", links=(own,), credit="The Valley Lantern")) == []


def test_a_tag_after_a_headline_is_a_credit_and_no_report() -> None:
    assert [
        c for c in cited(article(title="Bridge closed after the storm (AP)"), TABLE) if c.place is Place.TITLE
    ] == []


def test_the_recipe_tells_of_the_table() -> None:
    assert recipe(TABLE) != recipe(Outlets([])) and recipe(TABLE) == recipe(TABLE)


# -- any text

BITS = [
    *["the", "der", "de", "said", "sagte", "zegt", "according to", "laut", "volgens", "report", "Bericht", "onderzoek"],
    *["by", "von", "van", "in", "citing"],
    *['"', "„", "“", ",", ".", ":", "(", ")", "-", "–", "/", "\n", "’s", "s", "2019", "last year", "police", "Polizei"],
    *["Reuters", "BBC", "Der Spiegel", "NRC", "The Guardian", "Handelsblatt", "politie", "İ", "ſ", "\ue000", "\ue003"],
]
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(BITS), max_size=40).map(" ".join))
LANGS = st.sampled_from(["en", "de", "nl", "fr"])


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, LANGS)
def test_any_text_is_read_and_its_spans_are_its_own(text: str, title: str, lang: str) -> None:
    made = article(text, lang, title)
    for c in cited(made, TABLE):
        assert 0 < c.confidence <= 1 and c.outlet
        where = {Place.TITLE: title, Place.TEXT: text}.get(c.place)
        if where is not None:
            assert 0 <= c.start < c.end <= len(where)
            assert _names(where[c.start : c.end], c)
        assert "\n" not in c.quote and len(c.quote) <= 300


def _names(printed: str, citation: Citation) -> bool:
    """Is the outlet called so?"""
    bare = printed.strip("\"'„“”‚‘’»«›‹")
    mentioned = {m.outlet for m in TABLE.mentions(bare)}
    return citation.outlet in {bare, bare.rstrip(".,;:’'-"), "The Valley Lantern"} | mentioned


@settings(max_examples=100, deadline=None)
@given(TEXTS, LANGS)
def test_other_paragraphs_change_nothing(text: str, lang: str) -> None:
    pad = "Nothing of that kind happened here, or anywhere near, for a very long while. " * 3
    middle = f"{pad}\n{text.replace(chr(10), ' ')}\n{pad}"
    longer = f"{middle}\n{pad}\n{pad}"
    assert cited(article(middle, lang), TABLE) == cited(article(longer, lang), TABLE)


# -- no text takes long

WORDS = {
    "en": ("BBC", "according to ", "reported ", "report ", "the ", "police "),
    "de": ("ZDF", "laut ", "berichtet ", "Bericht ", "der ", "Polizei "),
    "nl": ("NOS", "volgens ", "meldt ", "onderzoek ", "de ", "politie "),
}


def hostile(lang: str) -> dict[str, str]:
    name, led, says, report, article_, office = WORDS[lang]
    long = {
        "names": f"{name} ",
        "reports": report,
        "mixed": f"{says}{article_}{report}{name} {led}{office}",
        "list": f"{name}, Reuters (CNN) {says}",
        "capitals": "Abc Def ",
        "hyphens": "a-",
        "letters": "a",
        "years": f"in 2019 {name} ",
        "offices": f"Xy {office}",
    }
    endless = {
        "word": article_,
        "cue": led,
        "verb": says,
        "outlet": f"{name} ",
        "lines": f"{name}\n",
        "quotes": '"',
        "quoted": f"„{name}“ ",
        "commas": ", ",
        "stops": ". ",
        "addresses": "http://www.bbc.com/",
    }
    sentences = {key: f"{(part * LONGEST)[: LONGEST - 40]} {says}{office}{name}. X " for key, part in long.items()}
    return {**{f"1,499 {key}": text for key, text in sentences.items()}, **endless}


@pytest.mark.parametrize(("lang", "key"), [(lang, key) for lang in WORDS for key in hostile(lang)])
def test_no_text_takes_long(lang: str, key: str) -> None:
    part = hostile(lang)[key]
    made = article((part * (100_000 // len(part) + 1))[:100_000], lang)
    cited(article(part, lang), TABLE)  # the patterns are compiled
    begun = time.process_time()
    found = cited(made, TABLE)
    assert time.process_time() - begun < 1
    assert len(found) <= MOST


def test_lists_and_tables_cite_nobody() -> None:
    assert said("Reuters reported that " + "x " * LONGEST, "en") == []
    assert said("Reuters, " * (CROWD + 1) + "reported it.", "en") == []
