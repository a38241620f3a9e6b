"""An article's running text as HTML, and the words that sites print around it in each language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from pipeline.newsroom.addresses import digest, url
from pipeline.newsroom.cast import CAST
from pipeline.newsroom.events import Piece
from pipeline.newsroom.outlets import Outlet

Library = Mapping[str, Piece]  # every piece by id, published or not

_SUBHEADS = ("Achtergrond", "Reacties", "Hoe nu verder?", "Onderzoek")

_WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "advert": "Anzeige",
        "by": "Von",
        "comments": "Kommentare",
        "cookies": "Wir und unsere Partner verwenden Cookies, um Inhalte zu messen und Werbung zu zeigen.",
        "cookies_no": "Ablehnen",
        "cookies_yes": "Einverstanden",
        "feed_about": "Die neuesten Meldungen von {name}",
        "home": "Startseite",
        "imprint": "Impressum|Datenschutz|AGB|Kontakt|Abo kündigen",
        "latest": "Neueste Artikel",
        "menu": "Politik|Wirtschaft|Ausland|Panorama|Sport|Kultur|Wissenschaft",
        "newsletter": "Das Wichtigste am Morgen, kostenlos in Ihr Postfach",
        "newsletter_do": "Jetzt anmelden",
        "paywall": "Weiterlesen mit dem Digitalabo: vier Wochen für einen Euro testen.",
        "published": "Veröffentlicht am",
        "readers": "Guter Beitrag, danke dafür.|Da fragt man sich, wer das bezahlen soll.|Man muss abwarten.",
        "related": "Auch interessant",
        "rights": "Alle Rechte vorbehalten.",
        "share": "Teilen|Drucken|Merken|Link kopieren",
        "updated": "aktualisiert am",
    },
    "en": {
        "advert": "Advertisement",
        "by": "By",
        "comments": "Comments",
        "cookies": "We and our partners use cookies to measure audiences and to show you advertising.",
        "cookies_no": "Reject",
        "cookies_yes": "Accept all",
        "feed_about": "The latest stories from {name}",
        "home": "Home",
        "imprint": "About us|Privacy|Terms of use|Contact|Careers",
        "latest": "Latest stories",
        "menu": "World|Business|Politics|Science|Sport|Culture|Opinion",
        "newsletter": "The day's top stories in your inbox, free of charge",
        "newsletter_do": "Sign up",
        "paywall": "Keep reading with a digital subscription: four weeks for one euro.",
        "published": "Published",
        "readers": "Good reporting, thank you.|And who is going to pay for all of this?|Let us wait and see.",
        "related": "You may also like",
        "rights": "All rights reserved.",
        "share": "Share|Print|Save|Copy link",
        "updated": "updated",
    },
    "nl": {
        "advert": "Advertentie",
        "by": "Door",
        "comments": "Reacties",
        "cookies": "Wij en onze partners gebruiken cookies om bezoek te meten en advertenties te tonen.",
        "cookies_no": "Weigeren",
        "cookies_yes": "Akkoord",
        "feed_about": "Het laatste nieuws van {name}",
        "home": "Voorpagina",
        "imprint": "Over ons|Privacy|Voorwaarden|Contact|Werken bij",
        "latest": "Net binnen",
        "menu": "Binnenland|Buitenland|Economie|Politiek|Sport|Cultuur|Tech",
        "newsletter": "Het nieuws van de dag elke ochtend gratis in je mailbox",
        "newsletter_do": "Schrijf je in",
        "paywall": "Verder lezen? Neem een digitaal abonnement: vier weken voor één euro.",
        "published": "Gepubliceerd op",
        "readers": "Goed stuk, dank.|Wie gaat dat allemaal betalen?|Eerst maar eens afwachten.",
        "related": "Meer nieuws",
        "rights": "Alle rechten voorbehouden.",
        "share": "Delen|Afdrukken|Bewaren|Link kopiëren",
        "updated": "bijgewerkt op",
    },
}


def words(lang: str, key: str) -> str:
    """What a site of that language prints for ``key``."""
    return _WORDS[lang][key]


def word_list(lang: str, key: str) -> list[str]:
    """The same for lists such as the menu."""
    return words(lang, key).split("|")


def shown_paragraphs(outlet: Outlet, piece: Piece) -> list[str]:
    """The article's paragraphs as printed: dateline, own lines and credit in place; cut at a paywall."""
    text = list(piece.paragraphs)
    if piece.dateline:
        text[0] = f"{piece.dateline} {text[0]}"
    if piece.paywalled:
        return text[:1]
    own = piece.own_lines
    return [
        *([outlet.top] if own and outlet.top else []),
        *text,
        *([piece.credit] if piece.credit else []),
        *([outlet.bottom] if own and outlet.bottom else []),
    ]


def body_html(outlet: Outlet, piece: Piece, library: Library) -> str:
    """The article body as ``<p>`` (and for a broadcaster ``<h2>``) elements, one a line."""
    links = dict(_links(outlet, piece, library))
    lines = []
    for number, paragraph in enumerate(shown_paragraphs(outlet, piece)):
        if outlet.key == "nos" and number == 3 and len(piece.paragraphs) > 4:
            lines.append(f"<h2>{_SUBHEADS[digest(piece.id) % len(_SUBHEADS)]}</h2>")
        lines.append(f"<p>{_linked(paragraph, links)}</p>")
    return "\n".join(lines + _read_also(piece, library))


def _links(outlet: Outlet, piece: Piece, library: Library) -> Iterator[tuple[str, str]]:
    """Words of this text that are links, and where to: cited outlets; NOS links to its earlier pieces."""
    if outlet.links:
        for cited in (library[c] for c in piece.cites if c in library):
            yield CAST[cited.outlet].name, url(cited)
    told = _earlier(piece, library)
    if told and told.event == piece.event and len(piece.paragraphs) > 1:
        yield " ".join(piece.paragraphs[1].split()[:4]), url(told)


def _read_also(piece: Piece, library: Library) -> list[str]:
    """A last paragraph that names another story, as NOS has it where there is nothing on this one."""
    told = _earlier(piece, library)
    if told is None or told.event == piece.event:
        return []
    return [f'<p>Lees ook: <a href="{url(told)}">{escape(told.first_title, quote=False)}</a></p>']


def _earlier(piece: Piece, library: Library) -> Piece | None:
    """What NOS published before on this event, else in this section: the latest."""
    before = [p for p in library.values() if p.outlet == piece.outlet == "nos" and p.at < piece.at]
    near = [p for p in before if p.event == piece.event or p.section == piece.section]
    return max(near, key=lambda p: (p.event == piece.event, p.at, p.id), default=None)


def _linked(paragraph: str, links: dict[str, str]) -> str:
    """Escape ``paragraph`` and link the first place of each phrase, once in an article."""
    html = escape(paragraph, quote=False)
    for phrase in [p for p in links if escape(p, quote=False) in html]:
        target = links.pop(phrase)
        text = escape(phrase, quote=False)
        html = html.replace(text, f'<a href="{target}">{text}</a>', 1)
    return html
