"""Article pages over loopback: walls, absurd sizes, agencies' pieces, what is no page, and saved pages."""

from __future__ import annotations

import csv
import gzip
import html as entities
import json
import os
import random
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bench.pages import ours, pages, plain_trafilatura, score
from pipeline.articles import from_page
from pipeline.model import Article, ArticleError, Entry, FetchResult, Reason, TextFrom
from pipeline.store.connect import open_read
from tests.crawling import FEED, GOOD, Memory, job, run, server
from tests.desk import cron, html, item, one_source, prose, rss
from tests.feedserver import BIG
from tests.server import Server, page, reply
from tests.server import rss as feed_of

__all__ = ["server"]  # a fixture

SHARED = Path(os.environ.get("RETOLD_SHARED", Path(__file__).parents[2] / "shared"))
SAVED = SHARED / "pages"
OUTLETS = SAVED / "flairNLP__fundus/tests/resources/parser/test_data"
FIXTURES = Path(__file__).parent / "fixtures" / "pages"
WITH_SAVED = pytest.mark.skipif(not (SAVED / "MANIFEST.csv").is_file(), reason="no saved pages: set RETOLD_SHARED")


def crawl(server: Server, answers: Mapping[str, object], titles: Sequence[str] = ()) -> Memory:
    """Crawl a feed that leads to these pages, beside a good one with its page; each page has one outcome."""
    links = [f"http://news.test{path}" for path in answers]
    named = titles or ["Brücke gesperrt"] * len(links)
    items = (item(link, link, title, "Ein Anriss.") for link, title in zip(links, named, strict=True))
    server.on("/feed", reply(200, rss(*items)), host="news.test")
    server.on("/feed", reply(200, feed_of("http://good.test/good")), host="good.test")
    server.on("/good", reply(200, page(), "text/html"), host="good.test")
    for path, answer in answers.items():
        server.on(path, answer)  # type: ignore[arg-type]
    sink = run(server, job(max_pages_per_run=5000), job("good", (GOOD,)), http=BIG)
    assert sink.of(FEED).code is sink.of(GOOD).code is sink.of("http://good.test/good").code is Reason.OK
    assert sorted(r.url for r in sink.results if r.kind == "page") == sorted([*links, "http://good.test/good"])
    return sink


def got(sink: Memory, path: str) -> tuple[FetchResult, Article]:
    """What became of a page: its result, and the article or teaser that was kept."""
    url = f"http://news.test{path}"
    [article] = [a for e, a in zip(sink.entries, sink.articles, strict=True) if e.url == url]
    return sink.of(url), article


# -- size


def absurd() -> dict[str, str]:
    """Pages of megabytes, each with the same six paragraphs behind what makes it large."""
    before, after = page().split("<main>")
    large = {
        "/2-MB": "".join(f"<div><a href='/{n}'>Teaser number {n}</a></div>" for n in range(42_000)),
        "/script": f"<script>{'x<a>' * 2_500_000}</script>",
        "/picture": f"<img src='data:image/png;base64,{'A' * 3_000_000}'>",
        "/divs": "<div>" * 50_000,
        "/spans": "<span class=x> " * 50_000 + "</span>" * 50_000,
    }
    return {path: f"{before}{more}<main>{after}" for path, more in large.items()}


@pytest.mark.slow
@pytest.mark.case("G3")
def test_pages_of_absurd_size_give_their_text_or_a_reason(server: Server) -> None:
    inputs = absurd()
    assert len(inputs["/2-MB"]) > 1_900_000 and len(inputs["/script"]) > 10_000_000
    sink = crawl(server, {path: reply(200, body, "text/html") for path, body in inputs.items()})
    for path in inputs:
        result, article = got(sink, path)
        assert result.code is Reason.OK, (path, result)
        assert "Pfeiler 6" in article.text and "x<a>" not in article.text, path


@pytest.mark.slow
@pytest.mark.case("G3")
def test_pages_of_absurd_size_take_five_seconds_at_most() -> None:
    for path, body in absurd().items():
        began = time.process_time()
        article(ANY, body)
        assert time.process_time() - began < 5, path


# -- walls


@pytest.mark.case("G2")
def test_of_a_walled_page_only_the_free_part_is_stored_marked_and_grouped(tmp_path: Path) -> None:
    body = (FIXTURES / "magazin_plus.html").read_bytes()
    with Server() as web:
        web.on(
            "/1.xml", reply(200, rss(item("1", "http://courier.test/plus", "Das Archiv im Keller", "Vierzig Kisten")))
        )
        web.on("/plus", reply(200, body, "text/html"))
        cron(web, one_source(), tmp_path / "stories.db")
    with closing(open_read(tmp_path / "stories.db")) as db:
        [row] = db.execute("SELECT a.*, story_id FROM articles a JOIN copies ON article_id = a.id").fetchall()
    assert row["paywalled"] == 1 and row["story_id"]
    assert "Vierzig Kisten" in row["text"] and "Anwalt" not in row["text"] and "weiterlesen" not in row["text"]


SAYS_SO = re.compile(rb'isAccessibleForFree"?\s*:\s*"?false', re.I)


@pytest.mark.slow
@pytest.mark.case("G2")
@WITH_SAVED
def test_saved_pages_that_say_they_are_not_free_are_marked() -> None:
    bodies = [gzip.decompress(file.read_bytes()) for file in sorted(OUTLETS.glob("*/*.html.gz"))]
    walled = [article(ANY, body) for body in bodies if SAYS_SO.search(body) and b"cssSelector" in body]
    assert len(walled) >= 15
    assert {a.paywalled for a in walled} == {True}
    assert sum(len(a.text.split()) < 250 for a in walled) >= 8, "and the free part is all that is kept of them"


@pytest.mark.case("G2")
@pytest.mark.parametrize("kind", ["NewsArticle", "WebPage"])
def test_a_page_may_say_elsewhere_that_it_is_not_free(kind: str) -> None:
    said = {
        "@type": kind,
        "isAccessibleForFree": "False",
        "hasPart": {"cssSelector": ".plus", "isAccessibleForFree": False},
    }
    first = {"@type": "NewsArticle", "headline": "Brücke gesperrt", "datePublished": "2026-11-20T08:00:00Z"}
    told = f'<script type="application/ld+json">{json.dumps([first, said])}</script>'
    body = (
        page(head=told).replace("<p>Absatz 3", "<div class=plus><p>Absatz 3").replace("</article>", "</div></article>")
    )
    found = article(ANY, body)
    assert found.paywalled and "Pfeiler 2" in found.text and "Pfeiler 3" not in found.text


WALLS = {
    "consent": (FIXTURES / "consent.html").read_text(),
    "soft 404": (FIXTURES / "niet_gevonden.html").read_text(),
    "a challenge": html("Just a moment...", "Checking your browser before you go on."),
    "unknown words": html(
        "Einen Augenblick", "Schön, dass Sie da sind. Gleich geht es weiter, wir sehen nur kurz nach, wer Sie sind."
    ),
}


@pytest.mark.case("G4")
def test_a_wall_at_six_addresses_is_no_article_and_joins_nothing(tmp_path: Path) -> None:
    walls = list(WALLS.values()) * 6
    teasers = [f"Report on {prose(n, 1)}" for n in range(len(walls))]
    with Server() as web:
        items = (item(str(n), f"http://courier.test/{n}", title, prose(100 + n, 1)) for n, title in enumerate(teasers))
        web.on("/1.xml", reply(200, rss(*items)))
        for n, wall in enumerate(walls):
            web.on(f"/{n}", reply(200, wall, "text/html"))
        cron(web, one_source(), tmp_path / "stories.db")
    with closing(open_read(tmp_path / "stories.db")) as db:
        codes = [r["code"] for r in db.execute("SELECT code FROM fetches WHERE kind = 'page'")]
        rows = db.execute(
            "SELECT title, text_from, story_id FROM articles a JOIN copies ON article_id = a.id"
        ).fetchall()
    assert codes == [Reason.NOT_A_PAGE] * len(walls)
    assert {r["text_from"] for r in rows} == {"teaser"}
    assert {r["title"] for r in rows} == set(teasers)
    assert len({r["story_id"] for r in rows}) == len(walls), "what stands on each of them makes no story"


@pytest.mark.case("G4")
def test_a_short_piece_that_says_what_was_announced_is_an_article() -> None:
    entry = Entry(
        FEED, "1", "http://news.test/1", "Minister resigns after bridge collapse", summary="He gave no reasons."
    )
    short = html(
        "A farewell", "The minister has resigned, his office said on Friday evening, and named no successor yet."
    )
    assert "resigned" in article(entry, short).text
    with pytest.raises(ArticleError) as caught:
        article(entry, html("A farewell", "Today we say goodbye to everyone who came here for a long time, and often."))
    assert caught.value.code is Reason.NOT_A_PAGE


ANY = Entry(FEED, "1", "http://news.test/1", "")


def article(entry: Entry, body: str | bytes, url: str = "http://news.test/1") -> Article:
    data = body.encode() if isinstance(body, str) else body
    return from_page(entry, data, url=url, source="news", language="de")


# -- credits


NAMES = {"afp": "AFP", "ap": "AP", "associated press": "AP", "dpa": "dpa", "reuters": "Reuters", "sid": "SID"}
NAMED = re.compile(rf"\b({'|'.join(NAMES)})\b", re.I)


def credited() -> Iterator[tuple[str, bytes, set[str]]]:
    """Saved pages, and the agencies among their authors, where the truth is of this version of the outlet's pages."""
    for truth in sorted(OUTLETS.glob("*/*.json")):
        versions = [v for v in json.loads(truth.read_text("utf-8")).values() if v]
        for file in sorted(truth.parent.glob(f"{truth.stem}_*.html.gz")):
            body = gzip.decompress(file.read_bytes())
            seen = " ".join(entities.unescape(body.decode("utf-8", "replace")).split())
            for version in versions:
                sections = (version.get("body") or {}).get("sections") or []
                opening = [" ".join(p.split())[:40] for s in sections for p in s.get("paragraphs") or []][:3]
                agencies = {NAMES[a.lower()] for a in NAMED.findall(" ".join(version.get("authors") or []))}
                if agencies and any(line in seen for line in opening):
                    yield file.name, body, agencies


@pytest.mark.slow
@pytest.mark.case("G5")
@WITH_SAVED
def test_pages_that_agencies_wrote_are_credited_and_the_credit_is_no_text() -> None:
    found = {name: (article(ANY, body), agencies) for name, body, agencies in credited()}
    assert len(found) >= 10
    missed = [name for name, (one, agencies) in found.items() if not agencies & set(one.agencies)]
    assert missed in ([], ["AFPFaktencheck_2026_05_24.html.gz"]), "an agency's own site credits nobody"
    for one, agencies in found.values():
        assert not {line.strip(" ()/©") for line in one.text.split("\n")} & {*agencies, *map(str.upper, agencies)}


@pytest.mark.case("G5")
def test_the_credit_is_stored_beside_the_text_and_copies_with_other_credits_are_found(tmp_path: Path) -> None:
    text = prose(5, 12)
    lines = {"a": f"BERLIN (dpa) – {text}\ndpa", "b": f"{text}\n© AFP", "c": f"{text}\nBron: ANP"}
    with Server() as web:
        web.on("/1.xml", reply(200, rss(*(item(n, f"http://courier.test/{n}", f"Report {n}") for n in lines))))
        for n, printed in lines.items():
            web.on(f"/{n}", reply(200, html(f"Report {n}", printed), "text/html"))
        cron(web, one_source(), tmp_path / "stories.db")
    with closing(open_read(tmp_path / "stories.db")) as db:
        rows = db.execute(
            "SELECT a.*, copy_id FROM articles a JOIN copies ON article_id = a.id ORDER BY url"
        ).fetchall()
    assert [json.loads(r["agencies"]) for r in rows] == [["dpa"], ["AFP"], ["ANP"]]
    assert {r["text"] for r in rows} == {text}
    assert len({r["copy_id"] for r in rows}) == 1


# -- what is no page


@pytest.mark.case("G6")
@pytest.mark.parametrize(
    "kind", ["video/mp4", "application/pdf", "image/jpeg", "application/octet-stream", "audio/mpeg"]
)
def test_what_is_no_page_is_left_before_its_body_comes(server: Server, kind: str) -> None:
    sent = [0]

    def endless(_: object) -> Iterator[bytes]:
        yield reply(200, b"", kind, content_length=200_000_000)
        while sent[0] < 200_000_000:
            sent[0] += 1_000_000
            yield b"x" * 1_000_000

    result, kept = got(crawl(server, {"/film": endless}), "/film")
    assert result.code is Reason.NOT_A_PAGE and result.detail
    assert kept.text_from is TextFrom.TEASER
    assert sent[0] < 50_000_000, "what the sockets hold"


# -- charset


@pytest.mark.case("G7")
def test_a_charset_that_is_told_late_in_the_page_is_found(server: Server) -> None:
    meta = '<meta http-equiv="Content-Type" content="text/html; charset={}">'
    words = {"koi8-r": "Привет, мост закрыт", "iso-8859-15": "Grüße für 5 €", "windows-1251": "Мост закрыт"}
    answers = {}
    for charset, said in words.items():
        for distance in (0, 1100, 5000):
            body = page(said).replace('<meta charset="utf-8">', f"<!--{'x' * distance}-->{meta.format(charset)}")
            answers[f"/{charset}-{distance}"] = reply(200, body.encode(charset, "xmlcharrefreplace"), "text/html")
    sink = crawl(server, answers)
    for path in answers:
        assert got(sink, path)[1].title == words[path[1:].rpartition("-")[0]], path


# -- saved pages


def saved() -> list[Path]:
    """Every saved page."""
    with (SAVED / "MANIFEST.csv").open(encoding="utf-8", newline="") as lines:
        files = [SHARED / r["path"] for r in csv.DictReader(lines) if r["kind"].startswith("article")]
    return [file for file in files if file.is_file()]


def crawled(server: Server, files: Sequence[Path]) -> list[FetchResult]:
    read = (file.read_bytes() for file in files)
    bodies = {f"/{n}": gzip.decompress(b) if b[:2] == b"\x1f\x8b" else b for n, b in enumerate(read)}
    sink = crawl(server, {path: reply(200, body, "text/html") for path, body in bodies.items()}, [""] * len(bodies))
    return [sink.of(f"http://news.test{path}") for path in bodies]


READ = {Reason.OK, Reason.NO_TEXT, Reason.NOT_A_PAGE, Reason.TDM_RESERVED, Reason.ROBOTS_TAG}


@pytest.mark.case("G1")
@WITH_SAVED
def test_saved_pages_are_crawled_without_a_fault(server: Server) -> None:
    assert {r.code for r in crawled(server, random.Random(5).sample(saved(), 12))} <= READ


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.case("G1")
@WITH_SAVED
def test_all_saved_pages_are_crawled_without_a_fault(server: Server) -> None:
    results = crawled(server, saved())
    assert len(results) > 750
    assert {r.code for r in results} <= READ
    assert sum(r.code is Reason.OK for r in results) > 0.97 * len(results)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.case("G1")
@WITH_SAVED
def test_all_saved_pages_are_read_as_well_as_plain_trafilatura_reads_them() -> None:
    chosen = [p for p in pages() if not p.walled]
    values: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for saved in chosen:
        mine, theirs = score(saved, ours), score(saved, plain_trafilatura)
        assert not mine.error, saved.path
        values["all"].append((mine.value, theirs.value))
        if "/test_data/de/" in saved.path:
            values["German"].append((mine.value, theirs.value))
    for found in values.values():
        assert statistics.median(a for a, _ in found) >= statistics.median(b for _, b in found) - 0.005
    assert statistics.mean(a for a, _ in values["German"]) >= 0.95
