"""What the sites' own spiders add: walls, other text sources, links that are no articles."""

from __future__ import annotations

import json

import pytest

from pipeline.model import ArticleError, ConfigError, Entry, TextFrom
from spiders.base import Site, extract, extract_entry, site
from tests.server import page

SPIEGEL = "https://www.spiegel.de/politik/bruecke-gesperrt-a-0d2b1c5e-1111-2222-3333-444455556666"
NOS = "https://nos.nl/l/2600001"
LINES = [
    "De gemeenteraad heeft dinsdagavond besloten dat de oude brug over de rivier tot het voorjaar dicht blijft.",
    "Volgens de wethouder zijn er scheuren gevonden in drie van de zeven pijlers en is herstel niet eenvoudig.",
    "Bewoners moeten de komende maanden omrijden via de dijk, wat volgens de gemeente zo'n tien minuten scheelt.",
]


def entry(url, summary="", content=""):
    return Entry("https://feeds.example/f", url, url, "Brücke gesperrt", summary=summary, content=content)


def from_page(name, url, html, summary=""):
    return extract(name, entry(url, summary), html.encode(), url, name, "de", "utf-8")


@pytest.mark.case("G2")
@pytest.mark.parametrize(
    ("head", "walled"),
    [
        ("", False),
        ("<div data-area='paywall'></div>", True),
        ('<div data-area="paywall"></div>', True),
        ('<script type="application/ld+json">[{"@type":"NewsArticle","isAccessibleForFree":false}]</script>', True),
        ('<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree" : "False"}</script>', True),
        ('<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":true}</script>', False),
    ],
)
def test_spiegel_pieces_behind_the_wall_are_marked(head, walled):
    article = from_page("spiegel", SPIEGEL, page(head=head))
    assert bool(article.paywalled) is walled
    assert "Pfeiler 1 Risse" in article.text


@pytest.mark.parametrize(
    ("name", "url", "wanted"),
    [
        ("spiegel", SPIEGEL, True),
        ("spiegel", "https://www.spiegel.de/video/x-video-99", False),
        ("spiegel", "https://www.spiegel.de/thema/eu/", False),
        ("spiegel", "https://www.spiegel.de/politik/das-video-von-gestern-a-1", True),
        ("nos", NOS, True),
        ("nos", "https://nos.nl/artikel/2600001-brug-dicht", True),
        ("nos", "https://nos.nl/liveblog/2600002-storm", False),
        ("nos", "https://nos.nl/video/2600003-brug", False),
        ("generic", "https://example.org/video/1", True),
    ],
)
def test_links_that_lead_to_an_article(name, url, wanted):
    assert site(name).wants_page(entry(url)) is wanted


def test_an_entry_without_a_link_has_no_page():
    assert not Site().wants_page(Entry("https://feeds.example/f", "g", None, "T"))


def test_a_fragment_is_not_sent():
    assert Site().page_url(entry(f"{SPIEGEL}#ref=rss")) == SPIEGEL


def test_nos_feeds_carry_the_full_text():
    html = "".join(f"<p>{line}</p>" for line in LINES)
    article = extract_entry("nos", entry(NOS, summary=html), "nos", "nl", True)
    assert article.text.split("\n") == LINES
    assert article.text_from is TextFrom.FEED


def test_a_nos_liveblog_is_only_its_teaser():
    live = entry("https://nos.nl/liveblog/2600002-storm", summary=f"<p>{LINES[0]}</p>")
    assert extract_entry("nos", live, "nos", "nl", True).text_from is TextFrom.TEASER


def graph(nodes):
    data = json.dumps({"@context": "https://schema.org", "@graph": nodes})
    return (
        '<!doctype html><html lang="nl"><head><title>Brug dicht</title>'
        f'<script type="application/ld+json">{data}</script></head><body><div id="__next"></div></body></html>'
    )


def test_a_nos_page_without_markup_is_read_from_its_json_ld():
    html = graph([{"@type": "WebPage"}, {"@type": "NewsArticle", "articleBody": "\n\n".join(LINES)}])
    article = from_page("nos", "https://nos.nl/artikel/2600001-brug-dicht", html)
    assert article.text.split() == " ".join(LINES).split()
    assert article.text_from is TextFrom.PAGE


@pytest.mark.parametrize(
    "html",
    [
        graph([{"@type": "WebPage"}]),
        graph([{"articleBody": 7}, ["no", "node"], None]),
        graph([]).replace('{"@context"', "{broken"),
    ],
)
def test_a_nos_page_without_any_text_is_no_article(html):
    with pytest.raises(ArticleError):
        from_page("nos", "https://nos.nl/artikel/2600001-brug-dicht", html)


@pytest.mark.parametrize("name", ["no_such", "guard", "../x", "os", "Spiegel", ""])
def test_only_modules_that_name_a_site_are_spiders(name):
    with pytest.raises(ConfigError, match="no spider"):
        site(name)
