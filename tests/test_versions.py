"""Versions of an article: what an edit changed, whether it was silent, and what becomes of the groups."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result

from pipeline.cli.edits import show_marked
from pipeline.config import loads
from pipeline.model import Entry, TextFrom
from pipeline.store import articles as store_articles
from pipeline.store import wordings
from pipeline.wording import words
from tests.conftest import EVIL, MARKS, call
from tests.desk import CONFIG, HERALD, Desk, entry, prose
from tests.making import NOW

HURT = "Twelve people were hurt when the ferry hit the quay wall.\nPolice closed the harbour until noon."

# -- what is kept


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "stories.db", loads(CONFIG, "config.yaml"))
    yield made
    made.db.close()


def edited(desk: Desk, at: Entry, text: str, **more: object) -> None:
    """The entry's page read anew, in a run of its own."""
    desk.next_run()
    desk.page(at, text, **more)  # type: ignore[arg-type]


def silence(desk: Desk) -> list[object]:
    return [r[0] for r in desk.rows("SELECT silent FROM v_versions WHERE version > 1 ORDER BY version")]


LATE = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "after", "silent"),
    [({}, {}, 1), ({"updated": NOW}, {"updated": NOW}, 1), ({"updated": LATE}, {"updated": NOW}, 1),
     ({"updated": NOW}, {}, 1), ({"published": NOW}, {"published": NOW, "updated": NOW}, 1),
     ({}, {"updated": NOW}, 0), ({"updated": NOW}, {"updated": LATE}, 0),
     ({"published": NOW}, {"published": NOW, "updated": LATE}, 0), ({"published": NOW}, {"published": LATE}, 0),
     ({"text_from": TextFrom.TEASER}, {}, None), ({"text_from": TextFrom.TEASER}, {"updated": LATE}, None),
     ({"text_from": TextFrom.FEED}, {"text_from": TextFrom.FEED}, 1)],
)  # fmt: skip
def test_an_edit_is_silent_unless_it_claims_a_newer_date(
    desk: Desk, before: dict[str, object], after: dict[str, object], silent: int | None
) -> None:
    one = entry("one")
    desk.print(one, HURT, **before)
    edited(desk, one, HURT.replace("Twelve", "Thirteen"), **after)
    assert silence(desk) == [silent]
    claim = before.get("updated")
    assert desk.one("SELECT updated FROM versions") == (claim and f"{claim:%Y-%m-%dT%H:%M:%SZ}")


def test_what_only_moves_its_date_is_no_version(desk: Desk) -> None:
    one = entry("one")
    desk.print(one, HURT)
    edited(desk, one, HURT, updated=LATE)
    assert desk.rows("SELECT * FROM versions") == [] and len(wordings.wordings(desk.db, 1)) == 1


def test_wordings_tell_when_they_were_seen_and_replaced(desk: Desk) -> None:
    one = entry("one")
    desk.print(one, HURT)
    for n in range(store_articles.MAX_VERSIONS + 2):
        edited(desk, one, f"{HURT} {n}")
    rows = wordings.wordings(desk.db, 1)
    assert [r["version"] for r in rows] == list(range(3, store_articles.MAX_VERSIONS + 4))
    assert rows[0]["seen"] is None and rows[-1]["replaced"] is None  # when the oldest came went with those before it
    assert [r["seen"] for r in rows[1:]] == [r["replaced"] for r in rows[:-1]]


# -- groups


def groups(desk: Desk) -> list[tuple[object, ...]]:
    return desk.rows("SELECT article_id, copy_id, story_id FROM copies ORDER BY article_id")


def printed_twice(desk: Desk) -> Entry:
    one, other = entry("one", title="Ferry hits quay"), entry("two", feed=HERALD, title="Ferry hits quay")
    desk.print(one, prose(1, 12))
    desk.print(other, prose(1, 12), url="http://herald.test/two")
    desk.absorb()
    assert groups(desk) == [(1, 1, 1), (2, 1, 1)]
    return one


def test_a_small_edit_renews_the_signature_and_leaves_the_groups(desk: Desk) -> None:
    one = printed_twice(desk)
    before, signed = groups(desk), desk.one("SELECT vals FROM signatures WHERE article_id=1")
    edited(desk, one, prose(1, 12) + "\nCorrected: thirteen, not twelve.")
    assert desk.rows("SELECT 1 FROM signatures WHERE article_id=1") == []
    desk.absorb()
    assert groups(desk) == before and silence(desk) == [1]
    assert desk.one("SELECT vals FROM signatures WHERE article_id=1") != signed
    desk.sound()


def test_an_edit_to_another_event_leaves_its_story(desk: Desk) -> None:
    one = printed_twice(desk)
    edited(desk, one, prose(2, 12), title="Mayor of Tarnwick resigns")
    desk.absorb()
    [(_, copy, story), (_, other_copy, other_story)] = groups(desk)
    assert story != other_story and copy != other_copy
    desk.sound()


# -- the commands


@pytest.fixture
def ferry(desk: Desk) -> Path:
    """Article 1: a teaser, its page, a silent edit, a dated one with another headline; article 2 was never edited."""
    one = entry("ferry", title="Ferry hits quay", published=NOW)
    desk.print(one, "Twelve hurt.", text_from=TextFrom.TEASER)
    edited(desk, one, HURT)
    edited(desk, one, HURT.replace("Twelve", "Thirteen"))
    edited(desk, one, HURT.replace("Twelve", "14"), title="Ferry hits quay, 14 hurt", updated=LATE)
    desk.print(entry("bell"), "A bell was cast.")
    return desk.path


def on(path: Path, *args: object, **env: str) -> Result:
    result = call(*args, "--db", path, **env)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result


@pytest.mark.parametrize(
    "name", ["1", "#1", "a1", "http://courier.test/ferry", "https://www.courier.test/ferry?utm_source=x"]
)
def test_history(ferry: Path, name: str) -> None:
    lines = on(ferry, "history", name).stdout.splitlines()
    assert lines[0] == "#1  Ferry hits quay, 14 hurt" and lines[1] == "Courier, http://courier.test/ferry"
    assert [re.sub(" {2,}", "|", line.strip()) for line in lines[4:8]] == [
        "1|2026-03-05 13:00|teaser|2",
        "2|2026-03-05 14:00|page|+16 -1|page in place of teaser",
        "3|2026-03-05 15:00|page|+1 -1|silent edit",
        "4|2026-03-05 16:00|2026-03-05 13:00|page|+1 -1|headline: Ferry hits quay, 14 hurt",
    ]
    assert lines[8] == "3 edits, 1 silent; retold diff 1 shows the last"


def test_history_as_json(ferry: Path) -> None:
    found = json.loads(on(ferry, "history", "1", "--json").stdout)
    assert (found["article_id"], found["version"], found["source"]) == (1, 4, "courier")
    versions = found["versions"]
    assert [v["silent"] for v in versions] == [None, None, True, False]
    assert [v["words"] for v in versions] == [2, 17, 17, 17]
    assert [(v["added"], v["removed"]) for v in versions[2:]] == [(1, 1), (1, 1)]
    assert versions[0]["added"] is None and versions[3]["numbers_added"] == ["14"]
    assert set(versions[0]) == {
        "version", "seen", "replaced", "updated", "silent", "text_from", "title", "words", "added", "removed",
        "numbers_added", "numbers_removed",
    }  # fmt: skip


def test_diff(ferry: Path) -> None:
    assert on(ferry, "diff", "1").stdout.splitlines() == [
        "#1  Ferry hits [-quay-] {+quay, 14 hurt+}",
        "Courier, http://courier.test/ferry",
        "version 3 to 4, seen 2026-03-05 16:00 UTC, says it changed 2026-03-05 13:00; +1 -1 words",
        "numbers: +14",
        "",
        "  [-Thirteen-] {+14+} people were hurt when the ferry hit the quay wall.",
        "… 1 paragraph unchanged",
    ]
    silent = on(ferry, "diff", "1", "--to", "3").stdout.splitlines()
    assert silent[0] == "#1  Ferry hits quay" and silent[2].startswith("version 2 to 3,")
    assert silent[3] == "silent edit: it reads differently and claims no newer date"
    assert "[-Twelve-] {+14+} people" in on(ferry, "diff", "1", "--from", "2").stdout
    assert "[-14-] {+Thirteen+} people" in on(ferry, "diff", "1", "--from", "4", "--to", "3").stdout
    assert "the text is from the page, was from the teaser" in on(ferry, "diff", "1", "--from", "1").stdout


def test_diff_as_json_has_both_wordings_whole(ferry: Path) -> None:
    found = json.loads(on(ferry, "diff", "1", "--json").stdout)
    assert (found["from"]["version"], found["to"]["version"], found["to"]["silent"]) == (3, 4, False)
    assert [w for h in found["hunks"] for w in h["new"]] == words(HURT.replace("Twelve", "14"))
    assert [h["kind"] for h in found["hunks"]] == ["replace", "equal"]
    assert (found["added"], found["removed"], found["numbers_added"], found["numbers_removed"]) == (1, 1, ["14"], [])
    assert json.loads(on(ferry, "diff", "1", "--from", "1", "--json").stdout)["to"]["silent"] is None


def test_colour_takes_the_place_of_marks(ferry: Path) -> None:
    shown = on(ferry, "diff", "1", FORCE_COLOR="1", TERM="xterm-256color").stdout
    assert "\x1b[9;31mThirteen\x1b[0m \x1b[32m14\x1b[0m people" in shown and "[-" not in shown
    assert "[-Thirteen-]" in on(ferry, "diff", "1", FORCE_COLOR="1", TERM="xterm", NO_COLOR="1").stdout


def test_an_article_that_was_never_edited(ferry: Path) -> None:
    assert "one version only, first seen 2026-03-05 16:00 UTC" in on(ferry, "diff", "2").stdout
    assert on(ferry, "history", "2").stdout.endswith("\nnever edited, as far as we saw\n")
    found = json.loads(on(ferry, "diff", "2", "--json").stdout)
    assert (found["from"], found["added"], [h["kind"] for h in found["hunks"]]) == (None, None, ["equal"])


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [(("history", "9"), 1, "no article 9 in "), (("diff", "http://courier.test/none"), 1, "no article http://"),
     (("diff", "1", "--to", "7"), 1, "version 7 of article 1 is not there; versions 1 to 4 are"),
     (("diff", "2", "--from", "2"), 1, "version 2 of article 2 is not there; only version 1 is"),
     (("diff", "1", "--to", "1"), 2, "version 1 is the first: no edit made it"),
     (("diff", "1", "--from", "2", "--to", "2"), 2, "both are version 2"), (("diff", "1", "--to", "0"), 2, "0 is not")],
)  # fmt: skip
def test_what_is_not_there(ferry: Path, args: tuple[str, ...], code: int, said: str) -> None:
    result = call(*args, "--db", ferry)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr and result.stderr.count("\n") == 1


def test_a_version_that_went_is_said_to_be_gone(desk: Desk) -> None:
    one = entry("one")
    desk.print(one, HURT)
    for n in range(store_articles.MAX_VERSIONS + 2):
        edited(desk, one, f"{HURT} {n}")
    said = call("diff", "1", "--to", "3", "--db", desk.path).stderr
    assert "version 2 of article 1 is not kept any more; versions 3 to 27 are" in said
    assert on(desk.path, "history", "1").stdout.count("silent edit") == store_articles.MAX_VERSIONS


@pytest.mark.parametrize("args", [("history", "1"), ("diff", "1"), ("history", "1", "--json"), ("diff", "1", "--json")])
def test_hostile_wordings_are_harmless(desk: Desk, args: tuple[str, ...]) -> None:
    one = entry("one", title=EVIL)
    desk.print(one, f"{EVIL}\nquiet")
    edited(desk, one, f"{EVIL}\x1b[2J\u202e\nquiet", title=f"{EVIL} \x1b[1m again")
    shown = on(desk.path, *args).stdout
    assert not MARKS.search(shown.replace("\n", ""))
    assert not any(line.startswith("forged") for line in shown.splitlines()), "what stands at the left is ours"


def test_breaks_that_came_or_went_are_told(capsys: pytest.CaptureFixture[str], desk: Desk) -> None:
    one = entry("one")
    desk.print(one, "One sentence. Another one.\nA third.\nA fourth.")
    edited(desk, one, "One sentence.\nAnother one. A third.\nA fourth.\nA fifth.")
    assert on(desk.path, "diff", "1").stdout.splitlines()[5:] == [
        "  One sentence. {+¶+}", "  Another one. [-¶-]", "… 2 paragraphs unchanged", "  {+A fifth.+}",
    ]  # fmt: skip
    show_marked([[("plain", "equal")]])
    assert capsys.readouterr().out == "plain\n"
