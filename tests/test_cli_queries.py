"""The command line: what the query commands show."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.asked import Asked, Order
from pipeline.store import asking, fulltext, reads
from pipeline.store.connect import open_read, writing
from pipeline.store.listing import relist_all
from tests.conftest import MARKS, Small, asked, build, call, on

# -- queries


def test_stories(small: Small) -> None:
    shown = on(small, "stories")
    assert "Ferry" not in shown and "Fähre Nordwind rammt Kaimauer in Büsum" in shown  # the earliest lends the headline
    assert "Küstenblatt +2" in shown
    with open_read(small.path) as db:
        assert asked(small, "stories") == asking.stories(db, Asked(order=Order.NEWEST), datetime.now(UTC))
    assert len(asked(small, "stories", "--limit", 1)) == 1
    assert "1 of 3 stories" in on(small, "stories", "--limit", 1)


def test_stories_filters(small: Small) -> None:
    assert [s["languages"] for s in asked(small, "stories", "--lang", "de")] == ["de en"]
    assert len(asked(small, "stories", "--source", "kueste")) == 2
    assert asked(small, "stories", "--lang", "FR") == []
    assert {s["headline"] for s in asked(small, "stories", "--since", "2026-11-20")} == {
        "Fähre Nordwind rammt Kaimauer in Büsum", "Owl in the belfry",
    }  # fmt: skip
    shown = on(small, "stories", "--since", "2999-01-01")
    assert re.fullmatch(r"none since 2999-01-01 00:00 UTC; the newest is .*\n", shown)
    assert on(small, "stories", "--since", "2999-01-01", "--lang", "fr") == "0 stories\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [(("--source", "kuste"), "no source kuste; did you mean kueste?"), (("--source", "zzz"), "no source zzz; `retold"),
     (("--lang", "german"), "'german' is no language code")],
)  # fmt: skip
def test_stories_refuses_what_cannot_be(small: Small, args: tuple[str, ...], said: str) -> None:
    result = call("stories", *args, "--db", small.path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr and result.stderr.count("\n") == 1


def test_all_is_all_unless_limited(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.cli.query.LIMIT", 1)
    assert "1 of 3 stories (--limit shows more)" in on(small, "stories")
    assert on(small, "stories", "--all").endswith("\n3 stories; retold story ID shows one\n")
    assert "2 of 3 stories (--limit" in on(small, "stories", "--all", "--limit", 2)


def test_single_articles_are_counted_and_shown_on_request(tmp_path: Path) -> None:
    own = build(tmp_path)
    with writing(own.path) as db:  # take a copy away: its story is a single article then
        db.execute("DELETE FROM copies WHERE article_id=?", [own.ids["bell-story"]])
        relist_all(db)
    assert "2 stories, 1 single article not shown (--all)" in on(own, "stories")
    assert "3 stories; retold story ID" in on(own, "stories", "--all")
    assert len(asked(own, "stories", "--all")) == 3


def story_of(small: Small, slug: str) -> int:
    with open_read(small.path) as db:
        return int((reads.article(db, small.ids[slug]) or {})["story_id"])


def test_story_shows_copies_under_the_text_they_repeat(small: Small) -> None:
    lines = on(small, "story", story_of(small, "ferry")).splitlines()
    assert lines[1].startswith("3 articles, 2 texts, 3 outlets; de en; 2026-11-20 03:00 to 2026-11-20 05:00 UTC")
    rows = [line for line in lines if re.match(r"2026-11-20 0\d:00 ", line)]
    assert [re.split(r"#\d+", r)[1].split("  ")[1].strip() for r in rows[:2]] == ["Küstenblatt", "The Courier"]
    assert "└ Spoof [bold]" in rows[2]
    assert f"copy of #{small.ids['ferry']}, paywalled" in "\n".join(lines)
    assert "from dpa, first seen" in "\n".join(lines)
    assert "same story" in lines[-1] and "nordwind" in lines[-1]


def test_story_follows_an_alias(small: Small) -> None:
    with open_read(small.path) as db:
        gone, now = db.execute("SELECT id, story_id FROM aliases").fetchone()
    assert on(small, "story", gone).startswith(f"story {gone} is now story {now}\n")
    assert asked(small, "story", gone)["story_id"] == now


@pytest.mark.parametrize("number", ["99", str(2**63 - 1)])
def test_no_such_story(small: Small, number: str) -> None:
    result = call("story", number, "--db", small.path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"retold: no story {number} in ") and result.stderr.count("\n") == 1


@pytest.mark.case("D8", "D9")
@pytest.mark.parametrize(
    "args", [("stories",), ("story", "1"), ("search", "nordwind"), ("sources",), ("why", "1", "6"), ("why", "1")]
)
def test_what_came_from_the_web_is_harmless(small: Small, args: tuple[str, ...]) -> None:
    shown = on(small, *args)
    assert not MARKS.search(shown.replace("\n", ""))
    assert not any(line.startswith("forged") for line in shown.splitlines())
    assert not MARKS.search(on(small, *args, "--json").replace("\n", ""))


def test_markup_and_emoji_codes_stay_text(small: Small) -> None:
    shown = on(small, "story", story_of(small, "ferry"))
    assert "[bold]marked[/bold] forged line txet :smile:" in shown


def test_search(small: Small) -> None:
    assert {h["article_id"] for h in asked(small, "search", "belfry")} == {small.ids["owl"], small.ids["both"]}
    assert "2 articles found" in on(small, "search", "BELF*", "owl")
    assert "0 articles found" in on(small, "search", "zeppelin")
    assert len(asked(small, "search", "the", "--limit", "1")) == 1
    assert on(small, "search", "belfry", "--limit", "1").endswith("\nthe first 1 (--limit shows more)\n")
    assert on(small, "search", "belfry", "--limit", "2").endswith("\n2 articles found\n")


@pytest.mark.parametrize(
    ("words_", "found"),
    [(["belfry", "-mayor"], {"owl"}), (["belfry", "NOT", "mayor"], {"owl"}), (["-mayor", "belfry"], {"owl"}),
     (["mayor", "OR", "bell"], {"mayor", "both", "bell", "bell-story"}), (["mayor OR bell -cast"], {"mayor", "both"}),
     (["mayor -owl OR belfry -mayor"], {"mayor", "owl"}), (['"snowy owl"'], {"owl", "both"}),
     (['"owl snowy"'], set()), (["belfry", '-"forged bids"'], {"owl"}), (["Mayor-and"], {"both"}),
     (["belfry", "-haf"], {"owl", "both"}), (["belfry AND owl"], {"owl", "both"}), (["OR belfry OR"], {"owl", "both"}),
     (["belf*", "NOT", "may*"], {"owl"})],
)  # fmt: skip
def test_search_operators(small: Small, words_: list[str], found: set[str]) -> None:
    assert {h["article_id"] for h in asked(small, "search", *words_)} == {small.ids[slug] for slug in found}


@pytest.mark.parametrize("words_", ["", "*", "((", "-mayor", "NOT mayor", "owl OR -mayor", "OR", '"', "--"])
def test_search_for_nothing(small: Small, words_: str) -> None:
    result = call("search", "--db", small.path, "--", words_)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("retold: nothing to search for") and result.stderr.count("\n") == 1


def test_search_still_knows_its_options(small: Small) -> None:
    assert "Usage: retold search" in call("search", "-h").stdout
    wrong = call("search", "owl", "--limmit", "3", "--db", small.path)
    assert wrong.exit_code == 2 and "--limmit" in wrong.stderr
    assert "-3" in call("search", "owl", "--limit", "-3", "--db", small.path).stderr


SYNTAX = ['"', "NEAR(a b", "a AND", "title:x", "*", "-a", "'); DROP TABLE articles; --", "^a", "{x}:", "\x00"]


@pytest.mark.case("D7")
@settings(max_examples=60)
@given(words_=st.one_of(st.sampled_from(SYNTAX), st.text(min_size=1)))
def test_search_takes_any_text(small: Small, words_: str) -> None:
    result = call("search", "--db", small.path, "--", words_)
    assert result.exit_code == (0 if fulltext.fts_query(words_) else 2), result.output
    assert ("found" if result.exit_code == 0 else "nothing to search for") in result.output


def test_why_together(small: Small) -> None:
    a, b = small.ids["ferry"], small.ids["ferry-again"]
    found = asked(small, "why", b, a, "--config", small.config)
    assert found["together"] and found["copies"] and found["edge_stored"]
    assert found["estimated_jaccard"] == found["edge"]["scores"]["jaccard"] == 1.0
    shown = on(small, "why", f"#{a}", b, "--config", small.config)
    assert "together: two copies of one text" in shown
    assert "yes: exact Jaccard 1.00 (needed 0.50), containment 1.00 (needed 0.80)" in shown
    assert "1.000 by the signatures, exactly 1.000" in shown
    assert "(stored by run 1)" in shown and "recipe" not in shown and "The Courier, en" in shown
    assert "recipe nfkc" in on(small, "why", a, b, "-v", "--config", small.config)


def test_why_through_others(small: Small) -> None:
    found = asked(small, "why", small.ids["owl"], small.ids["mayor"], "--config", small.config)
    assert found["together"] and not found["edge_stored"] and found["edge"]["verdict"] == "different"
    assert [(e["left_id"], e["right_id"]) for e in found["chain"]] == [
        (small.ids["owl"], small.ids["both"]), (small.ids["mayor"], small.ids["both"]),
    ]  # fmt: skip
    shown = on(small, "why", small.ids["owl"], small.ids["mayor"], "--config", small.config)
    assert "not by themselves, but through others:" in shown


def test_why_not_together_by_address(small: Small) -> None:
    args = (
        "why",
        "https://courier.example/owl?utm_source=rss",
        "https://kueste.example/faehre",
        "--config",
        small.config,
    )
    found = asked(small, *args)
    assert not found["together"] and not found["edge_stored"]
    assert [step["step"] for step in found["steps"]] == ["copies", "compared", "one event", "stories"]
    assert re.fullmatch(r"no: P\(same event\) 0\.\d\d \(needed 0\.50\)", found["steps"][2]["says"])
    assert found["stories"]["strength"] < found["stories"]["needed"] and found["stories"]["pairs"] == 4
    shown = on(small, *args)
    assert "not together: #" in shown and "judged just now" in shown
    assert all(step["says"] in shown for step in found["steps"])
    assert "no: they share no word, name or fact that articles are looked up by" in shown
    assert "no edge leads from one to the other" in shown


def test_why_says_what_a_stricter_configuration_would_miss(small: Small, tmp_path: Path) -> None:
    strict = tmp_path / "strict.yaml"
    strict.write_text(
        small.config.read_text("utf-8").replace("{link:", "{window_hours: 5, probability: 0.9, link:"), "utf-8"
    )
    shown = on(small, "why", small.ids["owl"], small.ids["faehre"], "--config", strict)
    assert (
        "h apart; more than 5 h are never one event" in shown and "thresholds are those of the configuration" in shown
    )


def test_why_of_nothing(small: Small) -> None:
    one = call("why", "1", "1", "--db", small.path)
    assert one.exit_code == 2 and "both are article 1" in one.stderr
    for name in ("4711", "9" * 40, "https://nowhere.example/", "no address"):
        result = call("why", "1", name, "--db", small.path, "--config", small.config)
        assert result.exit_code == 1 and result.stderr.startswith("retold: no article "), result.output


def test_why_of_what_is_not_compared_yet(tmp_path: Path) -> None:
    own = build(tmp_path)
    db = sqlite3.connect(own.path)
    db.execute("DELETE FROM signatures WHERE article_id=?", [own.ids["mayor"]])
    db.commit()
    db.close()
    result = call("why", own.ids["mayor"], own.ids["bell"], "--db", own.path, "--config", own.config)
    assert result.exit_code == 1 and "retold run --no-fetch" in result.stderr


def test_sources(small: Small) -> None:
    assert [r["source"] for r in asked(small, "sources", "--failing")] == ["gone"]
    shown = on(small, "sources")
    assert "gone for good (410)" in shown and "switched off" in shown and "HTTP 410" in shown
    assert "4 feeds" in shown and "1 failing feed" in on(small, "sources", "--failing")
    assert asked(small, "sources", "--boilerplate") == [
        {"source": "courier", "paragraph": "Read the Courier every morning before breakfast", "articles": 3}
    ]
    assert "1 paragraph left out" in on(small, "sources", "--boilerplate")


def test_sources_tell_why_entries_wait(tmp_path: Path) -> None:
    own = build(tmp_path)
    db = sqlite3.connect(own.path)
    db.execute("UPDATE entries SET state = 'partial' WHERE url LIKE '%/mayor'")
    db.execute("UPDATE entries SET state = 'wanted' WHERE url LIKE '%/owl' OR url LIKE '%/bell'")
    db.execute("DELETE FROM fetches WHERE url LIKE '%/bell'")
    for source, slug, code in (
        ("kueste", "mayor", "timeout"),
        ("kueste", "mayor", "robots"),
        ("courier", "owl", "dns"),
    ):
        db.execute(  # the newest answer counts
            "INSERT INTO fetches (run_id, source, url, kind, at, code, bytes, seconds)"
            " VALUES (2, ?, ?, 'page', '', ?, 0, 0)",
            [source, f"https://{source}.example/{slug}", code],
        )
    db.commit()
    db.close()
    assert on(own, "sources").splitlines()[-4:] == [
        "courier: 1 entry without a page: not asked yet",
        "courier: 1 entry without a page: host name not found",
        "kueste: 1 entry without a page: robots.txt forbids it (teaser kept)",
        "4 feeds",
    ]
    assert "without a page" not in on(own, "sources", "--failing")
