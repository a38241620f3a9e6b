"""`retold cite`, `retold trace`, and what `retold story` says of origins."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline.config import loads
from pipeline.single import PageError, page
from tests.conftest import Demo, call
from tests.server import Server

ROOT = Path(__file__).parent.parent
CASE = Path(os.environ.get("RETOLD_SHARED", ROOT.parent / "shared")) / "case" / "drone-story.txt"

# A rewrite of a rewrite, of our own, in the order in which the real one tells it.
REWRITE = """KARSUND: A German weekly has set off a debate with a report on ferries.
According to a report published in Der Spiegel, the shipyard Lodvik Marine is negotiating with the navy of Kestria \
over forty landing craft. The disclosure adds to the worries about who arms whom.
The yard has reportedly agreed to build two prototypes first. According to information obtained by DER SPIEGEL, the \
money comes from a fund in Port Alder.
Der Spiegel said in January, Dutch public broadcaster NOS reported that engines from Utrecht had ended up on such \
craft. According to the report, an analysis by the Kestrian forces of captured \
boats had found Dutch parts in 4 of 9 of them.
"""


def read(text: str, *options: str) -> dict[str, object]:
    from click.testing import CliRunner

    from pipeline.cli import main

    done = CliRunner().invoke(main, ["cite", "-", "--json", *options], input=text.encode(), prog_name="retold")
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def told(found: dict[str, object]) -> set[tuple[object, ...]]:
    citations = found["citations"]
    assert isinstance(citations, list)
    return {(c["outlet"], c["kind"], c["media"], c["earlier"], c["via"]) for c in citations}


EXPECTED = {
    ("Der Spiegel", "primary", True, False, ""),
    ("Der Spiegel", "second_hand", True, False, ""),
    ("NOS", "primary", True, True, "Der Spiegel"),
}


def test_a_rewrite_names_its_origin_an_earlier_report_and_who_is_no_medium() -> None:
    found = read(REWRITE)
    assert told(found) == EXPECTED | {("Kestrian forces", "primary", False, False, "")}
    assert found["origin"]["outlet"] == "Der Spiegel"  # type: ignore[index]


@pytest.mark.skipif(not CASE.is_file(), reason="the real rewrite is not at hand")
def test_the_real_rewrite_too() -> None:
    done = call("cite", CASE, "--json")
    found = json.loads(done.stdout)
    assert told(found) == EXPECTED | {("Ukrainian forces", "primary", False, False, "")}
    assert found["origin"]["outlet"] == "Der Spiegel"


def test_who_is_named_first_is_the_origin_where_several_are() -> None:
    text = "Der Spiegel reported on Monday that A did B. Reuters reported on Tuesday that C. NRC confirmed the deal."
    assert read(text, "--lang", "en")["origin"]["outlet"] == "Der Spiegel"  # type: ignore[index]


def test_spans_lead_to_the_names_as_printed(tmp_path: Path) -> None:
    file = tmp_path / "story.txt"
    file.write_text(REWRITE, encoding="utf-8")
    shown = call("cite", file)
    assert shown.exit_code == 0
    assert "origin: Der Spiegel" in shown.stdout
    assert "reported earlier, by way of Der Spiegel" in shown.stdout
    assert "is no medium" in shown.stdout


def test_a_page_in_a_file_is_read_as_a_page(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    paragraph = (
        "Volgens NRC is de brug al jaren onveilig, en weet de gemeente dat ook al sinds de vorige inspectie. " * 3
    )
    file.write_text(f"<html><head><title>De brug</title></head><body><article><h1>De brug</h1><p>{paragraph}</p>"
                    f"<p>{paragraph}</p></article></body></html>", encoding="utf-8")  # fmt: skip
    found = json.loads(call("cite", file, "--json").stdout)
    assert {c["outlet"] for c in found["citations"]} == {"NRC"}
    assert found["lang"] == "nl"


def test_this_newspaper_is_the_one_that_is_named_and_thanks_itself_for_nothing() -> None:
    text = "De wethouder zegt tegen deze krant dat hij niets wist van de brief die al maanden op zijn bureau lag."
    assert told(read(text, "--lang", "nl", "--source", "NRC")) == {("NRC", "primary", True, False, "")}
    credited = "Der Prozess wird am Montag vor dem Landgericht fortgesetzt, wie geplant.\nQuelle: ntv.de, ino/dpa"
    assert told(read(credited, "--lang", "de", "--source", "n-tv")) == {("dpa", "wire_credit", True, False, "")}


def test_what_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    done = call("cite", tmp_path / "nothing.txt", "--db", tmp_path / "none.db")
    assert (done.exit_code, "no such file" in done.stderr) == (1, True)
    odd = call("cite", "/dev/null", "--db", tmp_path / "none.db")
    assert (odd.exit_code, odd.stderr) == (1, "retold: /dev/null: is no regular file\n")
    assert "is a folder" in call("cite", tmp_path).stderr
    (tmp_path / "noise").write_bytes(b"text\0\1\2" * 99)
    assert "is no text" in call("cite", tmp_path / "noise").stderr
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    refused = call("cite", empty)
    assert (refused.exit_code, "is empty" in refused.stderr) == (1, True)
    assert refused.stderr.startswith("retold: ") and len(refused.stderr.splitlines()) == 1
    private = call("cite", "http://127.0.0.1/x", "--db", tmp_path / "none.db")
    assert (private.exit_code, "not on the public internet" in private.stderr) == (1, True)


CONFIG = """
http: {user_agent: "Test/1 (+https://t.example/)", delay_s: 0, ports: [80, 443]}
sources:
  bell:
    {name: The Bell, owner: Bell, country: GB, language: en, role: publisher, homepage: "http://bell.test/",
     feeds: ["http://bell.test/feed"], text_from: feed}
"""


def test_a_page_is_fetched_by_the_manners_of_a_run() -> None:
    body = "".join(
        f"<p>Reuters reported on Monday that the harbour stays shut for week {n} of the strike.</p>" for n in range(9)
    )
    html = f"<html><head><title>Harbour</title></head><body><article>{body}</article></body></html>".encode()
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    )
    robots = b"User-agent: *\nDisallow: /closed/\n"
    with Server() as server:
        server.on("/story", head % len(html) + html)
        server.on("/robots.txt", head % len(robots) + robots)
        config = loads(CONFIG, "config.yaml")
        found = page(config, "http://bell.test/story", routes={"bell.test": server.address})
        assert (found.source, found.title, found.text.count("Reuters")) == ("bell", "Harbour", 9)
        with pytest.raises(PageError, match="robots"):
            page(config, "http://bell.test/closed/story", routes={"bell.test": server.address})
        with pytest.raises(PageError, match="not_found"):
            page(config, "http://bell.test/gone", routes={"bell.test": server.address})


# -- over the news day


def articles(demo: Demo) -> dict[tuple[str, str], dict[str, object]]:
    """(source, language) → member of the story that the demo shows."""
    story = json.loads(call("story", case(demo), "--db", demo.path, "--json").stdout)
    return {(m["source"], m["lang"]): m for m in story["members"]}


def case(demo: Demo) -> int:
    found = json.loads(call("search", "kamikazedrohnen", "--db", demo.path, "--json").stdout)
    return int(found[0]["story_id"])


def test_a_chain_leads_through_the_agency_to_the_origin(demo: Demo) -> None:
    bergecho = articles(demo)["bergecho", "de"]["article_id"]
    found = json.loads(call("trace", bergecho, "--db", demo.path, "--json").stdout)
    assert [(s["outlet"], s["how"]) for s in found["chain"]] == [
        ("Bergecho", "credit"), ("dpa", "citation"), ("Der Spiegel", None),
    ]  # fmt: skip
    assert found["origin"]["outlet"] == "Der Spiegel"
    shown = call("trace", bergecho, "--db", demo.path).stdout
    assert "credits dpa" in shown and "dpa, no article here" in shown and "first seen" in shown


def test_a_syndicated_translation_leads_to_the_first_language(demo: Demo) -> None:
    own = articles(demo)
    wireyard = own["wireyard", "en"]["article_id"]
    found = json.loads(call("trace", wireyard, "--db", demo.path, "--json").stdout)
    assert [(s["source"], s["lang"]) for s in found["chain"]] == [
        ("wireyard", "en"),
        ("spiegel", "en"),
        ("spiegel", "de"),
    ]


def test_a_story_tells_origin_roles_and_five_counts(demo: Demo) -> None:
    story = json.loads(call("story", case(demo), "--db", demo.path, "--json").stdout)
    roles = {(m["source"], m["lang"]): m["story_role"] for m in story["members"]}
    assert roles["spiegel", "de"] == "origin"
    assert roles["spiegel", "en"] == "translation"
    assert roles["hafenkurier", "de"] == "copy" and roles["bergecho", "de"] == "cut_copy"
    assert roles["nos", "nl"] == roles["tideline", "en"] == "rewrite"
    origin = story["origin"]
    assert (origin["outlet"], origin["source"], origin["confidence"] > 0.9) == ("Der Spiegel", "spiegel", True)
    assert (origin["articles"], origin["outlets"], origin["owners"]) == (16, 15, 15)
    assert origin["wire_texts"] >= 4 and origin["origins"] <= 2
    assert next(r["cited"] for r in story["recalled"] if r["earlier"] and r["media"]) == "NOS"
    shown = call("story", case(demo), "--db", demo.path).stdout
    assert "origin: Der Spiegel, #" in shown and "who has it from whom" in shown and "├ dpa (no article here)" in shown
    tree = shown.partition("who has it from whom")[2].partition("why together")[0]
    drawn = [line.split("#")[1].split()[0] for line in tree.splitlines() if "#" in line]
    assert len(drawn) == len(set(drawn)) == 16  # each once


def test_an_article_of_the_database_is_read_with_its_feed_and_links(demo: Demo) -> None:
    lowlands = articles(demo)["lowlands", "en"]
    found = json.loads(call("cite", lowlands["url"], "--db", demo.path, "--json").stdout)
    assert {c["place"] for c in found["citations"] if c["outlet"] == "NOS"} >= {"text", "link"}
    wireyard = articles(demo)["wireyard", "en"]
    found = json.loads(call("cite", wireyard["article_id"], "--db", demo.path, "--json").stdout)
    assert {c["place"] for c in found["citations"] if c["outlet"] == "Der Spiegel"} >= {"feed", "canonical"}


def test_one_text_alone_is_told_apart_from_what_all_of_its_story_say(demo: Demo) -> None:
    lowlands = articles(demo)["lowlands", "en"]["article_id"]
    shown = call("cite", lowlands, "--db", demo.path).stdout
    assert "by this text alone, origin: ANP (" in shown
    assert f"its story's origin: Der Spiegel (1.00); see retold trace {lowlands}\n" in shown
    found = json.loads(call("cite", lowlands, "--db", demo.path, "--json").stdout)
    assert found["origin"]["outlet"] == "ANP"
    assert (found["story_origin"]["story_id"], found["story_origin"]["outlet"]) == (case(demo), "Der Spiegel")
    assert read(REWRITE)["story_origin"] is None
