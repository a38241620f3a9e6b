"""A made-up news site on loopback: sections, a news sitemap, robots.txt, a paywall, clutter around its texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.server import Server, reply

HOST = "hafenbote.test"
HOME = f"https://{HOST}/"
HTTP = f"http://{HOST}"
ROBOTS = f"User-agent: *\nDisallow: /intern/\nSitemap: {HTTP}/sitemap.xml\n"

PIECES = (
    ("bruecke", "Alte Hafenbrücke bleibt bis zum Frühjahr gesperrt", "stadt", False),
    ("werft", "Werft Nordkai baut zwei Fähren für Norwegen", "wirtschaft", False),
    ("fischmarkt", "Fischmarkt zieht im Mai an die Ostmole um", "stadt", True),
    ("deich", "Sturmflut drückt Wasser über den Deich bei Süderhaff", "stadt", False),
    ("haushalt", "Stadtrat streicht Zuschuss für das Hallenbad", "wirtschaft", False),
)


def story(n: int, title: str) -> list[str]:
    """The paragraphs of an article, each another."""
    return [
        f"{title}: Das teilte die Hafenbehörde am Donnerstagmorgen mit, Vorgang {n}-{k}. Nach Angaben der Sprecherin"
        f" Wiebke Ahlers haben Fachleute an Stelle {k} Mängel gefunden, die vor dem Winter nicht zu beheben sind."
        for k in range(1, 7)
    ]


def article(slug: str, title: str, paid: bool, when: datetime) -> str:
    """A page with its clutter."""
    n = next(i for i, piece in enumerate(PIECES) if piece[0] == slug)
    shown = story(n, title)[: 2 if paid else None]
    wall = '"isAccessibleForFree": false,' if paid else ""
    text = "".join(f"<p>{line}</p>" for line in shown)
    teasers = "".join(f'<li><a href="/{other}">{head}</a></li>' for other, head, *_ in PIECES if other != slug)
    return (
        f'<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{title} | Hafenbote</title>'
        '<meta property="og:site_name" content="Hafenbote">'
        f'<link rel="alternate" type="application/rss+xml" title="Hafenbote" href="/feed">'
        '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle",'
        f' {wall} "headline": "{title}", "datePublished": "{when.isoformat()}",'
        ' "author": {"name": "Jonte Petersen"}, "publisher": {"@type": "NewsMediaOrganization", "name": "Hafenbote",'
        ' "parentOrganization": {"name": "Kogge Medien GmbH"}}}</script></head>'
        f'<body><header><nav><a href="/">Start</a></nav></header><main><div class="beitrag">'
        f'<h1 class="beitrag__titel">{title}</h1>'
        f'<time class="beitrag__datum" datetime="{when.isoformat()}">heute</time>'
        f'<div class="beitrag__text">{text}<aside class="mehr"><h3>Mehr zum Thema</h3><ul>{teasers}</ul></aside></div>'
        "</div></main><footer><p>Alle Rechte vorbehalten, Hafenbote</p></footer></body></html>"
    )


def when(n: int, now: datetime) -> datetime:
    """When the n-th piece appeared."""
    return (now - timedelta(minutes=20 + 45 * n)).replace(microsecond=0)


def feed(pieces: list[tuple[int, tuple[str, str, str, bool]]], title: str, now: datetime) -> str:
    """RSS with teasers."""
    items = "".join(
        f"<item><title>{head}</title><link>{HTTP}/{slug}</link><guid>{HTTP}/{slug}</guid>"
        f"<pubDate>{format_datetime(when(n, now))}</pubDate><description>{story(n, head)[0]}</description></item>"
        for n, (slug, head, *_) in pieces
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title><link>{HTTP}/</link>'
        f"<language>de</language>{items}</channel></rss>"
    )


def news_sitemap(now: datetime, more: int = 4) -> str:
    """The pieces, and some that no feed has."""
    listed = [(slug, head, when(n, now)) for n, (slug, head, *_) in enumerate(PIECES)]
    listed += [(f"alt{n}", f"Älteres {n}", now - timedelta(hours=9 + n)) for n in range(more)]
    rows = "".join(
        f"<url><loc>{HTTP}/{slug}</loc><news:news><news:publication><news:name>Hafenbote</news:name>"
        f"<news:language>de</news:language></news:publication><news:publication_date>{at.isoformat()}"
        f"</news:publication_date><news:title>{head}</news:title></news:news></url>"
        for slug, head, at in listed
    )
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{rows}</urlset>'
    )


def home(links: str | None = None, head: str = "") -> str:
    """The front page, with its feeds unless told otherwise."""
    named = (
        '<link rel="alternate" type="application/rss+xml" title="Hafenbote" href="/feed">'
        '<link rel="alternate" type="application/rss+xml" title="Hafenbote: Stadt" href="/feed/stadt">'
        '<link rel="alternate" type="application/rss+xml" title="Kommentare" href="/comments/feed">'
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/1">'
        '<link rel="ALTERNATE nofollow" type="application/rss+xml; charset=utf-8" href="/feed/alt">'
    )
    return (
        '<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Hafenbote</title>'
        f'<meta property="og:site_name" content="Hafenbote">{named if links is None else links}{head}</head>'
        "<body><h1>Hafenbote</h1><p>Nachrichten von der Küste</p></body></html>"
    )


def site(server: Server, now: datetime | None = None, robots: str = ROBOTS) -> Server:
    """Have a server play the site."""
    now = now or datetime.now(UTC)
    page = "text/html; charset=utf-8"
    every = list(enumerate(PIECES))
    town = [(n, piece) for n, piece in every if piece[2] == "stadt"]
    index = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{HTTP}/archiv.xml</loc></sitemap><sitemap><loc>{HTTP}/news.xml</loc></sitemap></sitemapindex>"
    )
    server.on("/robots.txt", reply(200, robots, "text/plain"), host=HOST)
    server.on("/", reply(200, home(), page), host=HOST)
    server.on("/feed", reply(200, feed(every, "Hafenbote", now)), host=HOST)
    server.on("/feed/stadt", reply(200, feed(town, "Hafenbote: Stadt", now)), host=HOST)
    server.on("/feed/alt", reply(410), host=HOST)
    server.on("/sitemap.xml", reply(200, index, "application/xml"), host=HOST)
    server.on("/news.xml", reply(200, news_sitemap(now), "application/xml"), host=HOST)
    for n, (slug, head, _, paid) in every:
        server.on(f"/{slug}", reply(200, article(slug, head, paid, when(n, now)), page), host=HOST)
    return server
