"""`retold export opml` and `retold import opml`: to other readers and back, from whatever they write."""

from __future__ import annotations

import csv
import json
import os
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pipeline import opml
from pipeline.cli import main
from pipeline.config import Source, load, loads
from pipeline.configtext import Block, block_lines, inserted, scalar
from pipeline.model import ConfigError
from pipeline.subscribing import plan
from tests.conftest import CONFIG, MARKS, ROOT, call

SHARED = Path(os.environ.get("RETOLD_SHARED", ROOT.parent / "shared")) / "feeds"
OUTLINE = '<outline type="rss" text="{0}" xmlUrl="https://{0}.example.net/feed"/>'


def listed(body: str, head: str = "<?xml version='1.0'?>") -> bytes:
    return f"{head}<opml version='2.0'><head/><body>{body}</body></opml>".encode()


def imported(folder: Path, data: bytes | str, *args: object) -> Result:
    """`retold import opml` of this list into config.yaml there."""
    (folder / "list.opml").write_bytes(data if isinstance(data, bytes) else data.encode())
    return call("import", "opml", folder / "list.opml", "--config", folder / "config.yaml", *args)


def added(folder: Path, data: bytes | str) -> Any:
    """What an import says that it adds, nothing being written."""
    result = imported(folder, data, "--dry-run", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["written"] is False
    return json.loads(result.stdout)


def feeds(data: bytes) -> list[str]:
    return [one.url for one in opml.read(data, "list")[0]]


# -- there and back


def test_there_and_back(tmp_path: Path) -> None:
    config, there, back = tmp_path / "config.yaml", tmp_path / "there.opml", tmp_path / "back.opml"
    out = call("export", "opml", there, "--config", ROOT / "config.yaml")
    assert out.exit_code == 0 and out.output == f"{there}: 45 feeds\n"
    assert call("import", "opml", there, "--config", config).exit_code == 0
    assert load(config).sources == load(ROOT / "config.yaml").sources
    assert call("export", "opml", back, "--config", config).exit_code == 0
    assert there.read_bytes() == back.read_bytes()
    before = config.read_bytes()
    again = call("import", "opml", there, "--config", config)
    assert again.output == f"{config}: nothing to add, 45 feeds followed already\n" and config.read_bytes() == before


def test_other_readers_find_what_they_look_for() -> None:
    root = etree.fromstring(call("export", "opml", "-", "--config", ROOT / "config.yaml").stdout_bytes)
    assert root.tag == "opml" and root.get("version") == "2.0" and root.findtext("head/title") == "Retold"
    found = [dict(e.attrib) for e in root.iter("outline") if e.get("xmlUrl")]
    assert all(e["type"] == "rss" and e["text"] and e["title"] and e["language"] for e in found)
    nos = next(e for e in root.iter("outline") if e.get("text") == "NOS")
    assert len(nos) == 6 and nos.get("xmlUrl") is None and nos[0].get("htmlUrl") == "https://nos.nl/"


def test_what_is_off_or_has_no_feed_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "sources:\n"
        "  a: {name: A, owner: A, country: NL, language: nl, role: wire, feeds: ['https://a.nl/f'], enabled: false}\n"
        "  b: {name: B, owner: B, country: NL, language: nl, role: wire, sitemaps: ['https://b.example.net/s']}\n"
        "  c: {name: C, owner: C, country: NL, language: nl, role: wire, feeds: ['https://c.example.net/f']}\n"
    )
    out = call("export", "opml", "-", "--config", tmp_path / "config.yaml")
    assert feeds(out.stdout_bytes) == ["https://c.example.net/f"] and "sitemaps only: b\n" in out.stderr
    refused = call("export", "opml", tmp_path / "config.yaml", "--config", tmp_path / "config.yaml")
    assert refused.exit_code == 2 and "FILE is the configuration" in refused.stderr
    refused = call("export", "opml", "-", "--config", tmp_path / "config.yaml", "--format", "csv")
    assert refused.exit_code == 2 and refused.stderr.count("\n") == 1


NAMES = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]) | st.just(" "), min_size=1, max_size=60
).filter(lambda n: n == n.strip())
SOURCES = st.builds(
    lambda **v: Source.model_validate({**v, "feeds": [f"https://x.example.net/{n}" for n in v.pop("feeds")]}),
    key=st.sampled_from(["a", "no", "1-b", "x" * 40]), name=NAMES, owner=NAMES,
    country=st.sampled_from(["NO", "GB", "XX"]), language=st.sampled_from(["no", "de"]),
    role=st.sampled_from(["wire", "publisher"]), text_from=st.sampled_from(["feed", "page"]),
    interval=st.sampled_from([60, 1800, 3600]), max_pages_per_run=st.sampled_from([0, 200]),
    feeds=st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True),
)  # fmt: skip


@given(SOURCES)
@settings(max_examples=30)
def test_any_source_there_and_back(source: Source) -> None:
    found, whole = opml.read(opml.written([source]).encode(), "list")
    made = plan(found, loads(CONFIG, "config.yaml"))
    assert whole and [b.source for b in made.blocks] == [source]
    text = inserted("", made.blocks, "config.yaml")
    assert loads(text, "config.yaml").sources == (source,)


@given(st.text(max_size=30).filter(lambda t: not any("\ud800" <= c <= "\udfff" for c in t)))
def test_any_text_is_a_scalar(text: str) -> None:
    import yaml

    assert yaml.safe_load(f"a: {scalar(text)}  # note\n") == {"a": text}


# -- whatever others write

WRITTEN = {
    "plain": listed(OUTLINE.format("a")),
    "no declaration, no head": b'<opml><outline xmlUrl="https://a.example.net/feed"/></opml>',
    "capitals": b'<OPML><BODY><OUTLINE TEXT="A" XMLURL="https://a.example.net/feed"/></BODY></OPML>',
    "bom": b"\xef\xbb\xbf" + listed(OUTLINE.format("a")),
    "utf-16": listed(OUTLINE.format("a"), "<?xml version='1.0' encoding='utf-16'?>").decode().encode("utf-16"),
    "utf-16 without a mark": listed(OUTLINE.format("a")).decode().encode("utf-16-le"),
    "says utf-16, is utf-8": listed(OUTLINE.format("a"), "<?xml version='1.0' encoding='utf-16'?>"),
    "an encoding that is none": listed(OUTLINE.format("a"), "<?xml version='1.0' encoding='punycode'?>"),
    "deep": listed("<outline text='f'>" * 40 + OUTLINE.format("a") + "</outline>" * 40),
    "not ended": listed(OUTLINE.format("a").replace("/>", ">")),
    "an entity of HTML": listed(
        '<outline text="K&uuml;ste &nbsp; &nosuch; & Co" xmlUrl="https://a.example.net/feed"/>'
    ),
    "feed:": listed('<outline text="A" xmlUrl=" feed://a.example.net/feed "/>').replace(b"'2.0'", b"'9'"),
    "feed:https:": listed('<outline text="A" xmlUrl="feed:https://a.example.net/feed"/>'),
    "url": listed('<outline text="A" type="RSS" url="https://a.example.net/feed"/>'),
    "twice": listed(OUTLINE.format("a") + OUTLINE.format("a").replace("https://a", "HTTP://A")),
    "blanks before": b"\n  \n" + listed(OUTLINE.format("a")),
}


@pytest.mark.case("C20")
@pytest.mark.parametrize("data", WRITTEN.values(), ids=WRITTEN)
def test_lists_as_they_are_written(tmp_path: Path, data: bytes) -> None:
    told = added(tmp_path, data)
    assert [len(s["feeds"]) for s in told["added"]] == [1], told
    assert told["added"][0]["feeds"][0]["url"].endswith("://a.example.net/feed") and not told["left_out"]


def test_texts_in_their_encoding_and_ampersands(tmp_path: Path) -> None:
    head = "<?xml version='1.0' encoding='windows-1252'?>"
    body = '<outline text="Küste &amp; &#228; &lt;b&gt;fett&lt;/b&gt; “x”" xmlUrl="https://a.example.org/f?a=1&b=2&amp;c=3"/>'
    for data in (listed(body, head).decode().encode("cp1252"), listed(body, head)):
        told = added(tmp_path, data)["added"][0]
        assert told["name"] == "Küste & ä fett “x”"
        assert told["feeds"][0]["url"] == "https://a.example.org/f?a=1&b=2&c=3"


LEFT_OUT = {
    "/relative.xml": "must start with",
    "ftp://a.example.net/x": "must start with",
    "javascript:alert(1)": "must start with",
    "file:///etc/passwd": "must start with",
    "exec:~/bin/fetch": "must start with",
    "|~/fetch.py": "must start with",
    "https://user:secret@a.example.net/": "must not carry a user name",
    "https://a.example.net:8443/": "port 8443 is not among http.ports",
    "https://a b.example.net/": "without spaces",
    "http://[::1": "is no URL",
    "http://127.0.0.1/feed": "not on the public internet",
    "https:///feed": "has no host",
}


@pytest.mark.case("C20", "D3")
def test_what_no_run_would_ask_is_left_out_and_told(tmp_path: Path) -> None:
    body = "".join(f'<outline text="t" xmlUrl="{url}"/>' for url in LEFT_OUT)
    result = imported(tmp_path, listed(body + OUTLINE.format("a")))
    assert result.exit_code == 0 and "12 feeds left out" in result.output
    told = [line for line in result.output.splitlines() if line.startswith("left out")]
    assert [why in line for line, why in zip(told, LEFT_OUT.values(), strict=True)] == [True] * len(LEFT_OUT)
    assert [f.url for s in load(tmp_path / "config.yaml").sources for f in s.feeds] == ["https://a.example.net/feed"]


ENTITIES = "<!DOCTYPE opml [<!ENTITY a 'aaaaaaaaaa'>{}]>".format(
    "".join(f"<!ENTITY {b} '&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};'>" for a, b in pairwise("abcdefghi"))
)
REFUSED = {
    "entity bomb": (listed('<outline text="&i;" xmlUrl="https://a.example.net/"/>', ENTITIES), "declares entities"),
    "external entity": (
        listed('<outline text="&x;"/>', "<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"), "declares",
    ),
    "hidden in utf-16": (
        listed("", "<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>").decode().encode("utf-16"), "declares",
    ),
    "a feed": (b"<rss><channel><title>x</title></channel></rss>", "is no OPML: it begins with <rss>"),
    "a page": (b"<!doctype html><html><body>x</body></html>", "is no OPML"),
    "JSON": (b'{"feeds": []}', "is no OPML"),
    "nothing": (b"", "is no OPML"),
    "bytes": (bytes(range(256)) * 20, "is no OPML"),
    "huge": (b" " * (opml.MAX_BYTES + 1), "is larger than 5 MB"),
}  # fmt: skip


@pytest.mark.case("C20")
@pytest.mark.parametrize(("data", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_dangerous_or_no_list_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    result = imported(tmp_path, data)
    assert result.exit_code == 2 and says in result.stderr and result.stderr.count("\n") == 1
    assert (tmp_path / "config.yaml").read_text() == CONFIG


@pytest.mark.case("C20")
def test_large_and_deep_lists_take_no_time() -> None:
    begun = time.process_time()
    many = listed("".join(OUTLINE.format(f"a{n}") for n in range(12_000)))
    found, whole = opml.read(many, "list")
    assert len(found) == opml.MAX_FEEDS and not whole
    opml.read(listed("<outline text='x'>" * 200_000), "list")
    attributes = " ".join(f"a{n}='x'" for n in range(50_000))
    assert feeds(listed(f"<outline {attributes}/>{OUTLINE.format('a')}")) == ["https://a.example.net/feed"]
    assert time.process_time() - begun < 5


@pytest.mark.case("C20")
def test_an_external_dtd_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "x.dtd").write_text("<!ATTLIST outline xmlUrl CDATA 'https://from-the-dtd.example.net/'>")
    head = f"<!DOCTYPE opml SYSTEM '{(tmp_path / 'x.dtd').as_uri()}'>"
    assert feeds(listed(f"<outline text='x'/>{OUTLINE.format('a')}", head)) == ["https://a.example.net/feed"]


@pytest.mark.case("C20", "D1")
def test_titles_are_plain_lines_and_yaml(tmp_path: Path) -> None:
    title = "x: y # z\n  evil: true &#10;- {a} [b] \u202etxet &#27;[31m \u2028 'q' &quot;r&quot; %"
    result = imported(tmp_path, listed(f'<outline text="{title}" xmlUrl="https://a.example.org/f"/>'), "--dry-run")
    assert result.exit_code == 0 and not MARKS.search(result.output.replace("\n", ""))
    assert imported(tmp_path, listed(f'<outline text="{title}" xmlUrl="https://a.example.org/f"/>')).exit_code == 0
    [source] = load(tmp_path / "config.yaml").sources
    assert source.name.startswith("x: y # z evil: true - {a} [b] txet") and '"r"' in source.name


def real() -> list[Path]:
    if not (SHARED / "MANIFEST.csv").is_file():
        return []
    with (SHARED / "MANIFEST.csv").open(encoding="utf-8") as file:
        paths = [SHARED.parent / r["path"] for r in csv.DictReader(file) if r["kind"].startswith("opml")]
    return [p for p in paths if p.is_file()]


@pytest.mark.case("C20")
@pytest.mark.skipif(not (SHARED / "MANIFEST.csv").is_file(), reason="no collected feeds: set RETOLD_SHARED")
def test_real_lists() -> None:
    """Whatever they hold becomes a configuration that passes, or is refused in a line."""
    config, lists, sources = loads(CONFIG, "config.yaml"), 0, 0
    for path in real():
        try:
            found, _ = opml.read(path.read_bytes(), path.name)
        except ConfigError as error:
            assert "\n" not in str(error)
            continue
        made = plan(found, config)
        assert sum(len(b.source.feeds) for b in made.blocks) + len(made.followed) + len(made.left_out) == len(found)
        lists, sources = lists + 1, sources + len(made.blocks)
        if made.blocks:
            assert len(loads(inserted(CONFIG, made.blocks, "c"), "c").sources) == len(config.sources) + len(made.blocks)
    assert lists > 100 and sources > 250


# -- what is derived


def test_feeds_of_one_site_are_one_source_and_guesses_are_marked(tmp_path: Path) -> None:
    body = (
        '<outline text="World"><outline title="BBC | World" xmlUrl="http://feeds.bbci.co.uk/news/world/rss.xml"'
        ' htmlUrl="https://www.bbc.co.uk/news/" language="en-gb"/></outline>'
        '<outline title="BBC | Persian" xmlUrl="https://feeds.bbci.co.uk/persian" htmlUrl="https://www.bbc.co.uk/persian"'
        ' language="fa"/>'
        '<outline text="Ada" xmlUrl="https://feeds.feedburner.com/ada"/>'
        '<outline text="Bob" xmlUrl="https://feeds.feedburner.com/bob"/>'
        '<outline text="Zeitung am Ort" xmlUrl="https://ort.at/rss" htmlUrl="https://ort.at/"/>'
    )
    assert imported(tmp_path, listed(body)).exit_code == 0
    bbc, ada, bob, ort = load(tmp_path / "config.yaml").sources
    assert (bbc.key, bbc.name, bbc.owner, bbc.country, bbc.language) == ("bbc", "BBC News", "BBC", "GB", "en")
    assert bbc.role == "broadcaster" and [f.language for f in bbc.feeds] == [None, "fa"]
    assert (ada.key, bob.key) == ("ada", "bob")
    assert (ort.key, ort.country, ort.language, ort.homepage) == ("ort", "AT", "de", "https://ort.at/")
    text = (tmp_path / "config.yaml").read_text()
    assert "country: AT  # guessed by .at" in text and "country: XX  # not known" in text
    assert "role: broadcaster\n" in text and "# listed as: BBC | World; BBC | Persian" in text
    assert call("check", "--config", tmp_path / "config.yaml").exit_code == 0


def test_the_next_step_names_the_configuration_and_guesses_only_where_there_are_some(tmp_path: Path) -> None:
    first = imported(tmp_path, listed('<outline text="Ada" xmlUrl="https://ada.at/rss" htmlUrl="https://ada.at/"/>'))
    told = f"retold check --config {tmp_path / 'config.yaml'}\n"
    assert first.output.endswith(f"look over what is guessed, then: {told}")
    there, other = tmp_path / "own.opml", tmp_path / "my own.yaml"
    assert call("export", "opml", there, "--config", ROOT / "config.yaml").exit_code == 0
    said = call("import", "opml", there, "--config", other).output.splitlines()[-1]
    assert said == f"next: retold check --config '{other}'"
    assert other.read_text("utf-8").splitlines()[0].endswith(f"then: retold check --config '{other}'")


def test_a_site_that_is_followed_lends_owner_and_country(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    body = (
        '<outline text="Courier sport" xmlUrl="https://courier.example/sport"/>'
        '<outline text="known" xmlUrl="HTTP://COURIER.example/feed#x"/>'
    )
    result = imported(tmp_path, listed(body))
    assert result.exit_code == 0 and "1 feed followed already" in result.output, result.output
    *_, new = load(tmp_path / "config.yaml").sources
    assert (new.key, new.owner, new.country) == ("courier-2", "Courier Trust", "GB")
    assert "# courier.example is followed by courier, too: one source?" in (tmp_path / "config.yaml").read_text()


# -- into a file that people keep

NEW = Block(loads("sources: {n: {name: New, owner: N, country: NL, language: nl, role: wire, feeds: ['https://n.nl/f']}}",
                  "c").sources[0], {"name": "guessed"})  # fmt: skip
OLD = "  a:  # first\n    {name: A, owner: A, country: NL, language: nl, role: wire, feeds: ['https://a.nl/f']}\n"
KEPT = {
    "last": (f"# top\nhttp: {{delay_s: 2}}  # slow\nsources:\n\n{OLD}", ""),
    "comment at the end": (f"sources:\n{OLD}  # b: later\n", "# the end\n"),
    "more behind": (f"sources:\n{OLD}", "\n# copies, now\ncopies:\n  jaccard: 0.6\n"),
    "no line end": (f"sources:\n{OLD}".rstrip("\n"), ""),
    "far in": (f"sources:\n{OLD.replace('  a', '      a').replace('    {', '          {')}", ""),
    "empty": ("", ""),
    "comments alone": ("# mine\n", ""),
    "no sources": ("copies:\n  jaccard: 0.6\n", ""),
    "sources empty": ("sources:  # none yet\n", "\ncopies: {jaccard: 0.6}\n"),
    "document marks": (f"---\nsources:\n{OLD}", "...\n"),
    "mark of UTF-8": (f"\ufeffsources:\n{OLD}", "# ende\n"),
}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(("before", "behind"), KEPT.values(), ids=KEPT)
def test_what_was_there_stays(before: str, behind: str, ending: str) -> None:
    old = (before + behind).replace("\n", ending)
    new = inserted(old, [NEW], "c")
    lines = old.removesuffix(ending).split(ending) if old else []
    left = [line for line in new.split(ending) if line]
    assert [line for line in lines if line and line not in left] == []
    assert new.endswith(behind.replace("\n", ending)) and loads(new, "c").sources[-1] == NEW.source
    assert "name: New  # guessed" in new and ("\r" in new) == (ending == "\r\n" and bool(lines[1:] or old))


@pytest.mark.parametrize("text", ["sources: {}\n", "sources: ~\n", "sources: null # none\n"])
def test_no_sources_in_other_words(text: str) -> None:
    assert loads(inserted(text, [NEW], "c"), "c").sources == (NEW.source,)


@pytest.mark.parametrize(
    "text",
    ["sources: {a: {name: A, owner: A, country: NL, language: nl, role: wire, feeds: ['https://a.nl/f']}}\n",
     "{sources: {}}\n", "sources: [a]\n", "sources:\n  a: {name: A}\n", "a: [\n", "- a\n"],
)  # fmt: skip
def test_a_file_that_cannot_be_added_to_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    result = imported(tmp_path, listed(OUTLINE.format("a")))
    assert result.exit_code == 2 and result.stderr.startswith("retold: ") and "Traceback" not in result.output
    assert (tmp_path / "config.yaml").read_text() == text and len(list(tmp_path.iterdir())) == 2


def test_the_bundled_configuration_keeps_every_line(tmp_path: Path) -> None:
    old = (ROOT / "config.yaml").read_text("utf-8")
    (tmp_path / "config.yaml").write_text(old, encoding="utf-8")
    (tmp_path / "config.yaml").chmod(0o640)
    assert imported(tmp_path, listed(OUTLINE.format("a"))).exit_code == 0
    new = (tmp_path / "config.yaml").read_text("utf-8")
    assert new.startswith(old) and new[len(old) :].splitlines()[1:] == [
        *block_lines(Block(load(tmp_path / "config.yaml").sources[-1], _notes(new)))
    ]
    assert (tmp_path / "config.yaml").stat().st_mode & 0o777 == 0o640


def _notes(text: str) -> dict[str, str]:
    lines = text[text.index("  example:") :].splitlines()
    return {a.split(":")[0].strip(): b for a, _, b in (line.partition("  # ") for line in lines) if b}


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    result = imported(tmp_path, listed(OUTLINE.format("a")), "--dry-run")
    assert result.exit_code == 0 and "1 source with 1 feed to add" in result.output
    assert [p.name for p in tmp_path.iterdir()] == ["list.opml"]
    shown = result.output.rpartition("\n" + str(tmp_path))[0]
    assert len(loads(f"sources:\n{shown}\n", "c").sources) == 1, "what is shown may be pasted"


@pytest.mark.case("C20")
def test_from_stdin_not_from_an_address(tmp_path: Path) -> None:
    args = ["import", "opml", "-", "--config", str(tmp_path / "c.yaml")]
    done = CliRunner().invoke(main, args, input=listed(OUTLINE.format("a")))
    assert done.exit_code == 0 and len(load(tmp_path / "c.yaml").sources) == 1
    refused = call("import", "opml", "https://a.example/list.opml")
    assert refused.exit_code == 2 and "curl -fsSL" in refused.stderr
    assert call("import", "opml", tmp_path / "none.opml").exit_code == 1
