"""`retold import`: archives of every kind, there and back, hostile ones, killed and gone on with."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from backports import zstd
from click.testing import Result
from pyarrow import parquet as files

from pipeline.config import loads
from pipeline.demo import bundled
from pipeline.imports import opened, pagefiles, tables
from pipeline.imports.fields import Columns, mapped
from pipeline.imports.making import made_page, made_rows, moment, zoneless
from pipeline.imports.outlets import Finder
from pipeline.imports.records import DamagedError, Input, Made, Page, Reading, Refused
from pipeline.imports.warc import warc
from pipeline.model import Article, ConfigError, TextFrom
from pipeline.rebuild import partition
from pipeline.rights import Said
from pipeline.signatures import paragraph_hashes, recipe, title_hash
from pipeline.store import articles as store_articles
from pipeline.store import importing, runs
from pipeline.store.articles import Found
from pipeline.store.backgrounds import in_force
from pipeline.store.connect import Connection, open_read, open_write, transaction
from pipeline.store.importing import Archived
from pipeline.text import content_hash
from pipeline.verdict import VERDICT
from tests.conftest import CONFIG, ROOT, Demo, call

NOW = datetime(2026, 11, 29, tzinfo=UTC)
TEXT = (
    "The ferry Nordwind hit the quay wall in Büsum at noon, and twelve people were hurt.\n"
    "Captain Harms said that the engines had not obeyed; the operator stops its service until Friday."
)
ROW = {"title": "Ferry hits quay", "text": TEXT, "date": "2026-11-20T12:00:00Z", "url": "https://paper.test/1"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of a few sources."""
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def lines_of(rows: Iterable[Any]) -> bytes:
    return "".join(json.dumps(r) + "\n" for r in rows).encode()


def taken(config: Path, *args: object, code: int = 0) -> dict[str, Any]:
    """What `retold import ARGS` says in JSON; into stories.db beside the configuration."""
    result = ran(config, *args, "--json")
    assert result.exit_code == code, result.output
    return dict(json.loads(result.stdout))


def ran(config: Path, *args: object) -> Result:
    return call("import", *args, "--db", config.parent / "stories.db", "--config", config)


def asked(config: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_read(config.parent / "stories.db") as db:
        return [tuple(r) for r in db.execute(sql)]


def rows_made(rows: list[Any], how: Reading | None = None, mapping: str = "") -> list[Made | Refused]:
    return made_rows(rows, mapped(mapping), how or Reading(), NOW, False)[0]


def one(row: dict[str, Any], how: Reading | None = None, mapping: str = "") -> Made:
    made = rows_made([row], how, mapping)[0]
    assert isinstance(made, Made), made
    return made


def why(row: dict[str, Any], how: Reading | None = None) -> str:
    made = rows_made([row], how)[0]
    assert isinstance(made, Refused), made
    return made.why


# -- there and back


def exported(path: Path) -> list[dict[str, Any]]:
    """The articles that a database exports, but for numbers that are given as they come."""
    rows = [json.loads(r) for r in call("export", "articles", "-", "--text", "--db", path).stdout.splitlines()]
    for row in rows:
        row["with"] = sorted(r["url"] for r in rows if r["story_id"] == row["story_id"])
        row["copies"] = sorted(r["url"] for r in rows if r["copy_id"] == row["copy_id"])
        row["on"] = next((r["url"] for r in rows if r["article_id"] == row["leans_on"]), None)
    return sorted(
        ({k: v for k, v in r.items() if not k.endswith("_id") and k != "leans_on"} for r in rows),
        key=lambda r: r["url"],
    )


@pytest.mark.parametrize("form", ["csv", *(pytest.param(f, marks=pytest.mark.slow) for f in ("jsonl", "parquet"))])
def test_an_export_goes_back_in_and_tells_the_same(demo: Demo, tmp_path: Path, form: str) -> None:
    out, back = tmp_path / f"articles.{form}", tmp_path / "stories.db"
    assert call("export", "articles", out, "--text", "--db", demo.path).exit_code == 0
    result = call("import", out, "--db", back, "--config", bundled() / "config.yaml")
    assert result.exit_code == 0, result.output
    assert "taken as Retold exported it" in result.output and "191 new" in result.output
    assert exported(back) == exported(demo.path)


@pytest.mark.slow
def test_an_export_into_the_configuration_of_init_has_the_same_origins(demo: Demo, tmp_path: Path) -> None:
    """That follows Der Spiegel at spiegel.de, while the articles of this key lie at spiegel.test."""
    out, back = tmp_path / "articles.jsonl", tmp_path / "stories.db"
    assert call("export", "articles", out, "--text", "--db", demo.path).exit_code == 0
    written = Path(__file__).parent.parent / "config.yaml"
    assert call("import", out, "--db", back, "--config", written).exit_code == 0
    assert [told_of(r) for r in exported(back)] == [told_of(r) for r in exported(demo.path)]
    assert counted(back) == counted(demo.path)


def told_of(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in ("owner", "country", "outlet_role")}


def counted(path: Path) -> list[tuple[Any, ...]]:
    """Origins and independence of the stories, by their first address."""
    with open_read(path) as db:
        return sorted(
            tuple(r)
            for r in db.execute(
                "SELECT (SELECT min(a.url) FROM articles a JOIN copies c ON c.article_id = a.id"
                " WHERE c.story_id = i.story_id), o.outlet, o.confidence, i.articles, i.outlets, i.origins,"
                " i.unattributed FROM independence i JOIN origins o ON o.story_id = i.story_id AND o.copy_id = 0"
            )
        )


def test_an_exported_cell_and_what_no_run_could_know_come_back() -> None:
    """Through CSV, a title that looks like a formula; and the fields that are read off a page once."""
    row = {
        "source": "a", "outlet": "A", "title": "'=1+1", "text": "a\nb", "url": "https://a.test/1", "lang": "de",
        "first_seen": "2026-11-20T12:00:00Z", "published": "", "text_from": "page", "canonical_claim": "",
        "version": "3",
        "agencies": '["dpa"]', "credit": "sak/dpa", "paywalled": "true", "updated": "2026-11-21T00:00:00Z",
        "links": '[["https://b.test/x", "B"]]', "via": '[["C", "https://c.test/"]]',
    }  # fmt: skip
    found = made_rows([row], (), Reading(), NOW, True)[0][0]
    assert isinstance(found, Made)
    a = found.article
    assert (a.title, a.text, a.version, a.agencies, a.credit, a.paywalled) == (
        "=1+1",
        "a\nb",
        3,
        ("dpa",),
        "sak/dpa",
        True,
    )
    assert a.links[0].url == "https://b.test/x" and found.via == (("C", "https://c.test/"),)
    assert str(a.first_seen) == "2026-11-20 12:00:00+00:00" and a.published is None
    later = {**row, "first_seen": "2026-11-30T12:00:00Z", "published": "2026-11-20T11:00:00Z"}
    assert made_rows([later], (), Reading(), NOW, True)[0][0].article.first_seen is None  # type: ignore[union-attr]


EXPORTED = {
    "source": "a", "outlet": "A", "title": "Ferry hits quay", "text": TEXT, "url": "https://a.test/1", "lang": "de",
    "first_seen": None, "published": "2026-11-20T12:00:00Z", "updated": None, "text_from": "page", "version": 1,
    "canonical_claim": None, "agencies": [], "paywalled": None, "links": [], "via": [], "author": "A B",
}  # fmt: skip


@pytest.mark.parametrize(("field", "value", "reason"), [
    ("published", "gestern", "bad_date"), ("published", "1987-01-01T00:00:00Z", "bad_date"),
    ("published", True, "bad_date"), ("published", {"day": 1}, "bad_date"), ("updated", "soon", "bad_date"),
    ("first_seen", "2027-01-01T00:00:00Z", "bad_date"), ("published", None, "no_date"),
    ("url", "ftp://a.test/1", "bad_url"), ("url", None, "no_url"), ("url", 5, "bad_value"),
    ("canonical_claim", "nowhere", "bad_url"), ("title", ["x"], "bad_value"), ("text", 5, "bad_value"),
    ("lang", "German", "bad_value"), ("author", {"name": "A"}, "bad_value"), ("source", 7, "bad_value"),
    ("agencies", "dpa", "bad_value"), ("agencies", [5], "bad_value"), ("agencies", {"dpa": 1}, "bad_value"),
    ("version", "two", "bad_value"), ("version", 0, "bad_value"), ("version", 1.5, "bad_value"),
    ("paywalled", "perhaps", "bad_value"), ("paywalled", [], "bad_value"), ("text_from", "ear", "bad_value"),
    ("links", [["https://b.test/"]], "bad_value"), ("via", "C", "bad_value"), ("text", "", "no_text"),
])  # fmt: skip
def test_what_no_export_writes_is_left_out_of_an_export(field: str, value: Any, reason: str) -> None:
    made = rows_made([{**EXPORTED, field: value}])[0]
    assert isinstance(made, Refused) and made.why == reason, made
    if reason.startswith("bad"):
        assert made.detail.startswith(f"{field} is n"), made.detail


def test_an_export_without_dates_or_texts() -> None:
    assert one(EXPORTED).article.author == "A B"
    assert one({**EXPORTED, "version": 2.0, "paywalled": 0, "updated": float("nan")}).article.version == 2
    undated = one({**EXPORTED, "published": "gestern"}, Reading(undated=True)).article
    assert undated.published is None and undated.first_seen is None
    textless = rows_made([{k: v for k, v in EXPORTED.items() if k != "text"}])[0]
    assert textless == Refused("no_text", "exported without --text")
    assert one({**{k: v for k, v in EXPORTED.items() if k != "text"}, "body": TEXT}).article.text == TEXT


# -- rows of others


def test_the_usual_names_and_those_that_are_asked_for() -> None:
    news_please = {"title": "T one two", "text": None, "maintext": TEXT, "date_publish": "2020-01-02 03:04:05",
                   "date_download": "2020-01-03 00:00:00", "url": "http://www.paper.test/a?utm_source=x",
                   "source_domain": "www.paper.test", "language": "en", "authors": ["A B", "C D"]}  # fmt: skip
    made = one(news_please)
    a = made.article
    assert a.text == TEXT and a.url == "http://www.paper.test/a" and a.author == "A B, C D" and a.lang == "en"
    assert (a.published, a.first_seen) == (datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2020, 1, 3, tzinfo=UTC))
    assert made.outlet == {"source": "www.paper.test"} and made.notes == ("no_zone",)
    own = one(
        {"Kop": "T", "tekst": TEXT, "URL": "https://a.test/", "d": 1583366400},
        mapping="title=Kop,text=tekst,published=d",
    )
    assert own.article.title == "T" and own.article.published == datetime(2020, 3, 5, tzinfo=UTC)
    assert one({**ROW, "date": "2026-07-01 12:00"}, Reading(zone="Europe/Berlin")).article.published.hour == 10  # type: ignore[union-attr]
    with pytest.raises(ConfigError, match="not FIELD=COLUMN"):
        mapped("headline=title")
    with pytest.raises(ConfigError, match="no column 'kop'; there are title"):
        Columns(["title"], mapped("title=kop"))


def test_html_is_read_and_plain_text_is_left_as_it_is() -> None:
    html = one({**ROW, "text": "<p>One &amp; two</p><script>x()</script><p>Three is here.</p>"})
    assert html.article.text == "One & two\nThree is here." and html.notes == ("html",)
    text = one({**ROW, "text": "If a < b, then\nb > a; AT&T said so."})
    assert text.article.text == "If a < b, then\nb > a; AT&T said so." and text.notes == ()
    assert one({**ROW, "text": "BERLIN (dpa) - " + TEXT}).article.agencies == ("dpa",)


def test_each_row_without_an_article_has_its_reason() -> None:
    assert why({k: v for k, v in ROW.items() if k != "url"}) == "no_url"
    assert why({**ROW, "url": "ftp://x.test/"}) == why({**ROW, "url": "javascript:x"}) == "bad_url"
    assert why({**ROW, "text": ""}) == why({**ROW, "text": "<script>x</script>"}) == "no_text"
    assert why({**ROW, "date": None}) == "no_date"
    assert why({**ROW, "date": "10/01/2026"}) == why({**ROW, "date": "1987-01-01"}) == "bad_date"
    assert one({**ROW, "date": None}, Reading(undated=True)).article.published is None
    seen = one({**ROW, "date": None, "scraped_at": "2026-11-21T10:00:00Z"}).article
    assert seen.published is None and seen.first_seen == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert one({**ROW, "date": "yesterday", "scraped_at": "2026-11-21T10:00:00Z"}).notes == ("bad_date",)
    based = [
        one({"id": 7, "title": "T", "text": TEXT, "date": ROW["date"]}, Reading(base="https://arch.test/"))
        for _ in "ab"
    ]
    assert {m.article.url for m in based} == {"https://arch.test/7"}
    for odd in ({"text": {"a": [1]}}, {"title": ["\ud800", None, 3]}, {"date": 1e300}, {"url": ["x"]},
                {"lang": {"name": 3}},
                {"date": True}, {"text": 5}, {"author": [[["x"]]]}):  # fmt: skip
        assert isinstance(rows_made([{**ROW, **odd}])[0], (Made, Refused))


def test_times() -> None:
    assert moment(1583366400.0, NOW) == moment("1583366400", NOW) == datetime(2020, 3, 5, tzinfo=UTC)
    assert moment(datetime(2020, 3, 5, 1), NOW, "Europe/Berlin") == datetime(2020, 3, 5, tzinfo=UTC)
    assert [zoneless(t) for t in ("2020-03-05 08:00", "2020-03-05T08:00:00Z", "2020-03-05", "8:00 +01:00", 5)] == [
        True, False, False, False, False,
    ]  # fmt: skip


# -- files


def read(kind: Any, path: Path, how: Reading | None = None, at: int = 0, line: int = 0) -> list[Any]:
    return list(kind(Input("x", path, ""), how or Reading(), at, line))


def test_json_lines_packed_or_not_from_any_place_on(tmp_path: Path) -> None:
    data = lines_of([{"n": n} for n in range(50)]) + b'\n[1]\n{"n": "\xff"}\nnull\n{"n": 51}'
    for ending, pack in (("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress),
                         (".zst", zstd.compress)):  # fmt: skip
        path = tmp_path / f"a.jsonl{ending}"
        path.write_bytes(pack(data))
        assert opened.kind_of(path) == "jsonl"
        found = read(tables.jsonl, path)
        assert [r.row["n"] for r in found if r.row] == [*range(50), 51]
        assert [(r.line, r.why) for r in found if r.why] == [
            (52, "not_an_object"),
            (53, "bad_encoding"),
            (54, "not_an_object"),
        ]
        for n in (0, 1, 30, 52):
            assert read(tables.jsonl, path, at=found[n].position, line=found[n].line) == found[n + 1 :]
    with pytest.raises(ConfigError, match="jq -c"):
        (tmp_path / "b.json").write_text('[\n{"a": 1}\n]')
        read(tables.jsonl, tmp_path / "b.json")


def test_csv_as_programs_write_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for text, encoding in (
        ('title;text;n\r\n"a;\nb";"c ""d""";1\r\nKüste;x;2\r\n', "cp1252"),
        ('title\ttext\tn\n"a;\nb"\t"c ""d"""\t1\nKüste\tx\t2\n', "utf-8-sig"),
        ('title,text,n\n"a;\nb","c ""d""",1\n\nKüste,x,2\n', "utf-16"),
    ):
        path.write_bytes(text.encode(encoding))
        found = read(tables.csv_rows, path)
        assert [r.row for r in found] == [
            {"title": "a;\nb", "text": 'c "d"', "n": "1"}, {"title": "Küste", "text": "x", "n": "2"},
        ]  # fmt: skip
        assert read(tables.csv_rows, path, at=found[0].position) == found[1:]
    path.write_text("a,b\n1,2,3,4\n" + "x" * 1000 + ",y\n")
    assert [r.why for r in read(tables.csv_rows, path)] == ["not_csv", ""]
    path.write_text("")
    assert read(tables.csv_rows, path) == []


def test_parquet_by_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"n": range(1000), "date": [datetime(2020, 1, 1)] * 1000, "tags": [["a"]] * 1000})
    files.write_table(table, path, row_group_size=300)
    found = read(tables.parquet, path)
    assert [r.row["n"] for r in found] == [*range(1000)]
    assert read(tables.parquet, path, at=777) == found[777:]
    data = path.read_bytes()
    for broken in (
        data[:-20],
        data[:200],
        b"PAR1" + b"\xff" * 500 + b"PAR1",
        b"",
        data[:100] + b"\xff" * 400 + data[500:],
    ):
        path.write_bytes(broken)
        with pytest.raises(DamagedError, match="cannot be read as Parquet"):
            read(tables.parquet, path)


def answer(url: str, http: bytes, kind: str = "response") -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2020-01-02T03:04:05Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


PAGE = (
    "<html lang=en><head><title>Ferry hits quay</title><meta property='article:published_time' content='{}'>{}</head>"
    f"<body><article><h1>Ferry hits quay</h1><p>{TEXT}</p></article></body></html>"
)


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return (
        "\r\n".join((f"HTTP/1.1 {status}", "Content-Type: text/html; charset=utf-8", *headers, "", "")).encode() + body
    )


def test_web_archives(tmp_path: Path) -> None:
    page = PAGE.format("2020-01-01T10:00:00Z", "").encode()
    chunked = b"%x\r\n" % 40 + page[:40] + b"\r\n%x\r\n" % len(page[40:]) + page[40:] + b"\r\n0\r\n\r\n"
    records = [
        answer("https://a.test/plain", http(page)),
        answer("https://a.test/gzip", http(gzip.compress(page), "Content-Encoding: gzip")),
        answer("https://a.test/chunked", http(chunked, "Transfer-Encoding: chunked")),
        answer("https://a.test/noai", http(page, "X-Robots-Tag: noai")),
        answer("https://a.test/tdm", http(page, "tdm-reservation: 1")),
        answer("https://a.test/gone", http(page, status="404 Not Found")),
        answer("https://out.test/x", http(page)),
        answer("https://a.test/picture", http(b"x").replace(b"text/html", b"image/png")),
        answer("https://a.test/broken", http(b"\x1f\x8bnonsense", "Content-Encoding: gzip")),
        answer("https://a.test/bomb", http(gzip.compress(b" " * 30_000_000), "Content-Encoding: gzip")),
        answer("https://a.test/headers", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n"),
        answer("https://a.test/nothing", b""),
        answer("urn:x", http(page)),
        answer("https://a.test/request", b"GET / HTTP/1.1\r\n\r\n", "request"),
        answer("https://a.test/last", http(page)),
    ]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(map(gzip.compress, records)))
    how = Reading(names=("us", "retold"), opt_out=frozenset({"out.test"}))
    found = read(warc, path, how)
    outcomes = {r.name.rpartition("/")[2]: r.why or made_page(r.page, how, NOW) for r in found}
    whys = {name: getattr(m, "why", m) for name, m in outcomes.items() if not isinstance(m, Made)}
    assert whys == {
        "noai": "robots_tag", "tdm": "tdm_reserved", "gone": "bad_status", "x": "opted_out", "picture": "not_a_page",
        "broken": "bad_encoding", "bomb": "too_large", "headers": "bad_http", "nothing": "bad_status",
        "urn:x": "bad_url",
    }  # fmt: skip
    for name in ("plain", "gzip", "chunked", "last"):
        a = outcomes[name].article
        assert TEXT.split("\n")[0] in a.text and a.published == datetime(2020, 1, 1, 10, tzinfo=UTC)
        assert a.first_seen == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    licensed = Reading(names=("retold",), licensed=("https://a.test/",))
    assert isinstance(made_page(found[4].page, licensed, NOW), Made)
    assert read(warc, path, how, at=found[3].position) == found[4:]
    cut = b"".join(map(gzip.compress, records[:1] * 50))
    path.write_bytes(cut[:-20])
    with pytest.raises(DamagedError, match="is damaged"):
        read(warc, path, how)
    path.write_bytes(gzip.compress(b"WARC/1.0\r\nX: " + b"a" * 20_000_000))
    with pytest.raises(DamagedError, match="cannot be read as WARC"):
        read(warc, path, how)


def test_saved_pages_say_where_they_are_from(tmp_path: Path) -> None:
    page = PAGE.format("2020-01-01T10:00:00Z", "{}")
    saved = {
        "b/comment.html": f"<!-- saved from url=(0020)https://c.test/saved -->{page.format('')}",
        "b/canonical.htm": page.format("<link rel=canonical href='https://c.test/canonical'>"),
        "og.html": page.format("<meta property='og:url' content='https://c.test/og'>"),
        "line\nbreak.html": page.format(""),
        "beside.html": page.format(""),
        "web.mhtml": "From: <Saved>\nSnapshot-Content-Location: https://c.test/mhtml\nMIME-Version: 1.0\n"
        f"Content-Type: text/html; charset=utf-8\n\n{page.format('')}",
        "notes.txt": "no page",
    }
    for name, text in saved.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "packed.html.gz").write_bytes(
        gzip.compress(page.format("<link rel=canonical href=https://c.test/p>").encode())
    )
    (tmp_path / "beside.json").write_text(
        json.dumps({"url": "https://c.test/beside", "first_seen": "2020-02-02T00:00:00Z"})
    )
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "out.html").symlink_to("/etc/hostname")
    names = pagefiles.found(tmp_path)
    assert len(names) == 7 and not any(n.startswith(("round", "out")) for n in names)
    how = Reading(base="https://base.test/")
    found = read(pagefiles.pages, tmp_path, how)
    made = [made_page(r.page, how, NOW) for r in found]
    urls = {m.article.url for m in made if isinstance(m, Made)}
    assert urls == {"https://c.test/saved", "https://c.test/canonical", "https://c.test/og", "https://c.test/mhtml",
                    "https://c.test/beside", "https://c.test/p", "https://base.test/line%0Abreak.html"}  # fmt: skip
    seen = {m.article.url: m.article.first_seen for m in made if isinstance(m, Made)}
    assert seen["https://c.test/beside"] == datetime(2020, 2, 2, tzinfo=UTC) and seen["https://c.test/og"] is None
    assert made_page(Page(b"<p>x"), Reading(), NOW) == Refused("no_url")
    reserved = Page(PAGE.format("", "<meta name=tdm-reservation content=1>").encode(), "https://c.test/", said=Said())
    assert made_page(reserved, Reading(), NOW).why == "tdm_reserved"  # type: ignore[union-attr]


def test_a_line_without_end_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b'{"n": 1}\n{"n": "')
        for _ in range(60):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"n": 3}\n')
    script = (
        "import resource, sys; from pathlib import Path; from pipeline.imports import tables\n"
        "from pipeline.imports.records import Input, Reading\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print([r.why or r.row['n'] for r in tables.jsonl(Input('jsonl', Path(sys.argv[1]), ''), Reading(), 0, 0)])\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, cwd=ROOT, check=True)
    told, grew = ended.stdout.splitlines()
    assert told == "[1, 'too_long', 3]" and int(grew) < 45


# -- whose


def test_whose_an_article_is() -> None:
    config = loads(CONFIG, "config.yaml")
    finder = Finder(config, ())
    followed = config.sources[0]
    assert finder.of({}, f"{followed.homepage or followed.feeds[0].url}", "de") == followed.key
    assert finder.of({"source": followed.name}, "https://elsewhere.example.org/1", "de") == followed.key
    assert finder.of({"source": "www.paper.example.net"}, "https://cdn.example.org/1", "en") == "example-net"
    assert finder.of({}, "https://www.example.net/2", "en") == "example-net" and len(finder.fresh) == 1
    assert finder.of({"source": "Reuters"}, "https://some.where.test/1", "en") == "reuters"
    reuters = finder.fresh[-1]
    assert (reuters.name, reuters.role) == ("Reuters", "wire") and reuters.owner != "Reuters"
    told = {"source": "x-1", "name": "X One", "owner": "X Group", "country": "NL", "role": "broadcaster"}
    assert finder.of(told, "https://x.test/", "nl") == "x-1"
    assert finder.fresh[-1].owner == "X Group" and finder.fresh[-1].role == "broadcaster"
    assert Finder(config, (), "mine").of({"source": "Reuters"}, "https://y.test/", "en") == "mine"
    a, b = (finder.of({}, f"https://{name}.substack.com/p", "en") for name in "ab")
    assert a != b


# -- into the database


def archived(title: str, text: str, **more: Any) -> Archived:
    """An article at https://paper.test/1, as an archive has it."""
    read_at = more.pop("read", None)
    given = {"published": datetime(2026, 11, 20, tzinfo=UTC), "key": "paper.test/1", **more}
    a = Article("paper", "https://paper.test/1", title=title, text=text, lang="en",
                content_hash=content_hash(title, text), **given)  # fmt: skip
    return Archived(Found(a, tuple(paragraph_hashes(a)), title_hash(a)), read_at or a.first_seen)


@pytest.fixture
def db(tmp_path: Path) -> Any:
    connection = open_write(tmp_path / "some.db")
    connection.execute("INSERT INTO sources VALUES ('paper','P','P','GB','en','publisher',NULL,0)")
    connection.execute("INSERT INTO runs (id, started, state, recipe) VALUES (1,'2026-11-29T00:00:00Z','done','')")
    with transaction(connection):
        importing.begin(connection, runs.Moment(1, NOW), "jsonl", "a", "a", "")
    yield connection
    connection.close()


def put(db: Connection, *some: Archived) -> list[str]:
    with transaction(db):
        return importing.record_archived(db, runs.Moment(1, NOW), 1, some, 3)


def stored(db: Connection) -> tuple[Any, ...]:
    row = db.execute("SELECT title, text, version, first_seen, published FROM articles").fetchone()
    old = [r[0] for r in db.execute("SELECT text FROM versions ORDER BY version")]
    return (*tuple(row), old, db.execute("SELECT seen FROM imported").fetchone()[0])


def test_the_newest_wording_and_the_earliest_sight_hold(db: Connection) -> None:
    day = [datetime(2026, 11, n, tzinfo=UTC) for n in range(1, 30)]
    assert put(db, archived("T", "one", updated=day[20]), archived("T", "one")) == ["new", "same"]
    assert stored(db) == ("T", "one", 1, "2026-11-29T00:00:00Z", "2026-11-20T00:00:00Z", [], "import")
    assert put(db, archived("T", "two", updated=day[22]), archived("T", "old", updated=day[10])) == ["edited", "older"]
    assert put(db, archived("T", "two", first_seen=day[21], updated=day[22])) == ["same"]
    assert stored(db) == ("T", "two", 2, "2026-11-22T00:00:00Z", "2026-11-20T00:00:00Z", ["one"], "archive")
    assert put(db, archived("T", "x", text_from=TextFrom.TEASER, updated=day[26])) == ["older"]
    same, late = {"updated": day[22]}, datetime(2026, 11, 29, 1, tzinfo=UTC)
    assert put(db, archived("T", "read before", **same, read=day[2])) == ["older"]
    assert put(db, archived("T", "read later", **same, read=late)) == ["edited"]
    assert stored(db)[1:3] == ("read later", 3)


def test_many_at_once_are_stored_as_one_by_one(tmp_path: Path) -> None:
    """Paragraphs that become boilerplate unsign whoever has them, in a batch as one after another."""
    rng, found = random.Random(3), []
    frames = [f"Read the paper number {n} every day." for n in range(4)]
    for n in range(60):
        text = "\n".join([f"Text {n} of this very day and place.", *rng.sample(frames, 2)])
        a = archived(f"Title {n % 7}", text, key=f"paper.test/{n % 50}")
        found.append(a)
    states = []
    for at_once in (1, 7, 60):
        path = tmp_path / f"{at_once}.db"
        db = open_write(path)
        db.execute("INSERT INTO sources VALUES ('paper','P','P','GB','en','publisher',NULL,0)")
        db.execute("INSERT INTO runs (id, started, state, recipe) VALUES (1,'2026-11-29T00:00:00Z','done','')")
        importing.begin(db, runs.Moment(1, NOW), "jsonl", "a", "a", "")
        outcomes = [o for n in range(0, 60, at_once) for o in put(db, *found[n : n + at_once])]
        states.append((outcomes, sorted(runs.contents(db))))
        db.close()
    assert states[0] == states[1] == states[2] and states[0][0].count("new") == 50


def press(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows of a few papers, a third of them copies of another's."""
    rng = random.Random(seed)
    parts = ("bar", "kol", "mer", "tin", "zug", "fal", "dor", "hem", "nis", "pok", "rul", "sav")
    words = [a + b + c for a in parts for b in parts for c in ("an", "eb", "il", "or", "um", "ys")]
    texts = [" ".join(rng.choices(words, k=80)).capitalize() + "." for _ in range(count)]
    return [
        {
            "title": " ".join(texts[n].split()[:6]), "text": texts[n if rng.random() < 0.6 else max(0, n - 1)],
            "date": f"2026-11-{1 + n % 20:02}T08:{n % 60:02}:00Z", "url": f"https://paper-{n % 5}.test/{n}",
        }
        for n in range(count)
    ]  # fmt: skip


def groups(config: Path) -> list[list[str]]:
    """The stories, by the addresses of their articles."""
    sql = "SELECT json_group_array(url) FROM (SELECT c.story_id, a.url FROM copies c JOIN articles a ON a.id ="
    sql += " c.article_id ORDER BY 1, 2) GROUP BY story_id"
    return sorted(json.loads(r[0]) for r in asked(config, sql))


def rebuilt(config: Path) -> list[list[str]]:
    """What a rebuild would make of the articles that are there."""
    settings = loads(CONFIG, "config.yaml")
    with open_read(config.parent / "stories.db") as db:
        how = in_force(db, recipe(settings, VERDICT))
        articles = [a for some in store_articles.batches(db, 1000) for a in some]
    url = {a.id: a.url for a in articles}
    return sorted(sorted(url[i] for i in ids) for ids, _ in partition(articles, how))


def test_an_import_is_told_kept_and_not_done_twice(config: Path) -> None:
    folder = config.parent
    rows = [*press(12), {"title": "no address"}, "none", {**press(1)[0], "url": "https://paper-0.test/0?utm_source=x"}]
    (folder / "a.jsonl").write_bytes(lines_of(rows))
    preview = ran(config, folder / "a.jsonl", "--dry-run")
    assert "taken: title of title, text of text, url of url, published of date" in preview.output
    assert not (folder / "stories.db").exists()
    told = ran(config, folder / "a.jsonl", "--rejects", folder / "left.jsonl")
    first = told.output.splitlines()
    assert first[0] == f"{folder / 'a.jsonl'}: 15 read, 12 new, 1 here already, 2 left out", told.output
    left = [json.loads(r) for r in (folder / "left.jsonl").read_text().splitlines()]
    assert [(r["line"], r["reason"]) for r in left] == [(13, "no_url"), (14, "not_an_object")]
    assert groups(config) == rebuilt(config)
    assert asked(config, "SELECT count(*), min(enabled), max(enabled) FROM sources WHERE key LIKE 'paper%'") == [
        (5, 0, 0)
    ]
    assert asked(config, "SELECT DISTINCT seen FROM imported") == [("import",)]
    (done,) = taken(config, folder / "a.jsonl")["inputs"]
    assert done["before"] and asked(config, "SELECT count(*) FROM imports") == [(1,)]
    again = taken(config, folder / "a.jsonl", "--again")["inputs"][0]["counts"]
    assert again == {"read": 15, "same": 13} and asked(config, "SELECT count(*) FROM articles") == [(12,)]


def test_what_cannot_be_imported_is_said_in_one_line(config: Path) -> None:
    folder = config.parent
    (folder / "a.jsonl").write_text("{}\n")
    (folder / "what.bin").write_text("")
    (folder / "no.db").write_text("no database at all, but long enough to be looked at" * 20)
    for args, code, words in (
        (["no-such.jsonl"], 1, "no such file"),
        (["what.bin"], 2, "what is it?"),
        (["http://x.test/a.jsonl"], 2, "is not fetched"),
        (["warc", "-"], 2, "standard input must be"),
        (["jsonl"], 2, "Name a PATH"),
        (["a.jsonl", "--timezone", "Mars/Base"], 2, "no such time zone"),
        (["a.jsonl", "--map", "x=y"], 2, "--map"),
        (["a.jsonl", "--source", "A B"], 2, "--source"),
        (["database", "no.db"], 74, "no.db"),
        (["opml", "a.jsonl", "--again"], 2, "opml takes"),
    ):
        result = ran(
            config, *(folder / a if a.endswith((".jsonl", ".bin", ".db")) and "/" not in a else a for a in args)
        )
        assert result.exit_code == code and words in result.stderr and result.stderr.count("\n") == 1, result.output
        assert result.stderr.startswith("retold: ")


def test_what_is_refused_touches_no_database(config: Path) -> None:
    path = config.parent / "list.json"
    path.write_text(json.dumps(press(2)))
    before = sorted(p.name for p in config.parent.iterdir())
    result = ran(config, path)
    assert result.exit_code == 2 and "is one JSON list" in result.stderr, result.output
    assert sorted(p.name for p in config.parent.iterdir()) == before
    with pytest.raises(ConfigError, match="is one JSON list"):  # what standard input is looked at by
        tables.no_list(io.BufferedReader(io.BytesIO(path.read_bytes())), "standard input")
    whole = io.BufferedReader(io.BytesIO(lines_of(press(2))))
    tables.no_list(whole, "standard input")
    assert whole.read() == lines_of(press(2))


def test_an_archive_of_which_nothing_is_taken_is_a_failure(config: Path, tmp_path: Path) -> None:
    textless = [{k: v for k, v in EXPORTED.items() if k != "text"}] * 3
    for name, rows, code, told in (
        ("none", [{"title": "x"}, 5], 1, "nothing taken: all that was read was left out (no_url, not_an_object)"),
        ("textless", textless, 1, "exported without --text, so there is nothing to compare; retold export articles"),
        ("some", [*press(2), {"title": "no address"}], 0, ""),
        ("same", press(2), 0, ""),
        ("empty", [], 0, ""),
    ):  # fmt: skip
        path = tmp_path / f"{name}.jsonl"
        path.write_bytes(lines_of(rows))
        result = ran(config, path, "--no-group")
        assert result.exit_code == code and told in result.stderr, result.output
        assert bool(result.stderr) is bool(code) and result.stderr.count("\n") <= 1
    (tmp_path / "ours.jsonl").write_bytes(lines_of(press(1)))
    config.write_text(f"rights: {{opt_out: [paper-0.test]}}\n{CONFIG}")
    result = ran(config, tmp_path / "ours.jsonl")
    assert result.exit_code == 0 and "(opted_out)" in result.stdout, result.output


def test_an_interrupted_import_says_what_goes_on(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config.parent / "a.jsonl"
    path.write_bytes(lines_of(press(3)))
    with monkeypatch.context() as patch:
        patch.delitem(
            sys.modules, "daft", raising=False
        )  # with the engine loaded a process ends at once, here pytest's
        patch.setattr("pipeline.taking.batches", interrupt)
        stopped = ran(config, path)
    assert stopped.exit_code == 130
    assert stopped.stderr == "retold: interrupted; what was done is kept, the same command goes on\n"
    assert taken(config, path)["inputs"][0]["counts"] == {"read": 3, "new": 3}


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_damaged_file_gives_what_comes_before_the_damage(config: Path) -> None:
    path = config.parent / "a.jsonl.gz"
    rows = press(400)
    whole = gzip.compress(lines_of(rows))
    path.write_bytes(whole[: len(whole) // 2])
    done = taken(config, path, "--no-group", code=1)["inputs"][0]
    assert "is damaged" in done["damaged"] and 0 < done["counts"]["new"] < 400
    assert asked(config, "SELECT finished FROM imports") == [(None,)]
    path.write_bytes(whole)
    assert taken(config, path, "--no-group")["inputs"][0]["counts"]["read"] == 400
    assert asked(config, "SELECT count(*) FROM articles") == [(400,)]


@pytest.mark.parametrize("batch", [1, 3])
def test_an_import_that_breaks_off_goes_on_where_it_was(
    config: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("pipeline.taking.BATCH", 10)
    path = config.parent / "a.jsonl"
    path.write_bytes(lines_of(press(95)))
    real, left = importing.advance, [batch]

    def advance(*args: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError("pulled the plug")
        real(*args)

    monkeypatch.setattr("pipeline.store.importing.advance", advance)
    assert ran(config, path, "--no-group").exit_code == 74
    assert asked(config, "SELECT count(*) FROM articles") == [(10 * (batch - 1),)]
    done = taken(config, path, "--no-group")["inputs"][0]
    assert done["resumed"] == 10 * (batch - 1) and done["counts"] == {"read": 95, "new": 95}
    assert asked(config, "SELECT count(*) FROM articles") == [(95,)]


def test_a_row_that_kills_its_process_is_lost_alone(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config.parent / "a.jsonl"
    rows = press(20)
    rows[7]["text"] = "<div>" * 300_000 + "x"  # too deep, or too slow, for a parser
    path.write_bytes(lines_of(rows))
    done = taken(config, path, "--no-group")["inputs"][0]
    assert done["counts"]["new"] >= 19 and sum(done["refused"].values()) + done["counts"]["new"] == 20


def test_another_database_brings_all_that_it_knows(config: Path, demo: Demo) -> None:
    other = config.parent / "other.db"
    with open_read(demo.path) as source:
        copy = sqlite3.connect(other)
        source.backup(copy)
        copy.close()
    ids = [r[0] for r in open_read(other).execute("SELECT min(article_id) FROM copies GROUP BY story_id LIMIT 2")]
    demo_config = ("--config", bundled() / "config.yaml")
    assert call("merge", *ids, "--db", other, *demo_config).exit_code == 0
    done = taken(config, "database", other, "--no-group")
    assert done["inputs"][0]["counts"] == {"read": 191, "new": 191} and done["corrections"] == 1
    for sql in (
        "SELECT url, key, title, text, first_seen, published, version, agencies, source FROM articles ORDER BY url",
        "SELECT a.url, v.version, v.text, v.replaced, v.silent FROM versions v JOIN articles a ON a.id = v.article_id"
        " ORDER BY 1, 2",
        "SELECT a.url, l.url, l.text FROM links l JOIN articles a ON a.id = l.article_id ORDER BY 1, 2, 3",
        "SELECT kind, at, made_by FROM corrections",
    ):
        with open_read(other) as source:
            assert [tuple(r) for r in source.execute(sql)] == asked(config, sql)
    assert taken(config, "database", other, "--no-group")["inputs"][0]["before"]


@pytest.mark.slow
def test_imports_killed_at_any_point_give_what_an_undisturbed_one_gives(config: Path) -> None:
    path = config.parent / "a.jsonl"
    path.write_bytes(lines_of(press(1500)))
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "import",
        path,
        "--db",
        config.parent / "stories.db",
        "--config",
        config,
    ]
    rng = random.Random(7)
    killed = 0
    for _ in range(12):
        child = subprocess.Popen([*command, "-q"], cwd=ROOT, start_new_session=True)
        try:
            child.wait(rng.uniform(1, 8))
            break
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            killed += 1
    subprocess.run([*command, "-q"], cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "pipeline", "run", "--no-fetch", "-q", *command[5:]], cwd=ROOT, check=True)
    assert killed and asked(config, "SELECT count(*) FROM articles") == [(1500,)]
    assert groups(config) == rebuilt(config)


@pytest.mark.slow
def test_archives_in_any_order_give_the_partition_of_a_rebuild(config: Path) -> None:
    rows = press(400, seed=5)
    parts = [rows[n::4] for n in range(4)]
    for n, part in enumerate(parts):
        (config.parent / f"{n}.jsonl").write_bytes(lines_of(part))
    found = []
    for order in ((0, 1, 2, 3), (3, 1, 0, 2)):
        (config.parent / "stories.db").unlink(missing_ok=True)
        for n in order:
            taken(config, config.parent / f"{n}.jsonl")
        found.append(groups(config))
        assert found[-1] == rebuilt(config)
    assert {u for g in found[0] for u in g} == {u for g in found[1] for u in g}
