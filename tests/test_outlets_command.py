"""`retold outlets`: its numbers against a count by hand, its filters, and what it shows."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from pipeline.cli.outlets import lag
from pipeline.store import roles
from pipeline.store.connect import open_read, open_write, writing
from pipeline.tracing import trace
from tests.conftest import MARKS, Demo, Small, asked, build, call, on

COUNTED = ("origin", "report", "copy", "cut_copy", "rewrite", "translation", "follow_up")


def of(demo: Demo, *args: object) -> Any:
    """`retold outlets ARGS --json` on the news day."""
    result = call("outlets", *args, "--json", "--db", demo.path)
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def told(db: sqlite3.Connection, since: str = "") -> list[dict[str, Any]]:
    """Articles with their roles, of stories that several outlets told, counted in Python."""
    rows = [dict(r) for r in db.execute("SELECT * FROM v_roles")]
    several = {r["story_id"] for r in db.execute("SELECT story_id FROM independence WHERE outlets > 1")}
    newest = {r["story_id"]: r["last_published"] or r["last_seen"] for r in db.execute("SELECT * FROM v_stories")}
    return [r for r in rows if r["story_id"] in several and newest[r["story_id"]] >= since]


def by_hand(db: sqlite3.Connection, since: str = "") -> dict[str, dict[str, Any]]:
    """What `retold outlets` should answer, by source."""
    own: dict[str, list[dict[str, Any]]] = defaultdict(list)
    named = dict(db.execute("SELECT article_id, source FROM roles").fetchall())
    for row in told(db, since):
        own[row["source"]].append(row | {"leans_on_source": named[row["article_id"]]})
    newest = {r["story_id"]: r["last_published"] or r["last_seen"] for r in db.execute("SELECT * FROM v_stories")}
    cited: dict[str, set[int]] = defaultdict(set)
    for c in db.execute("SELECT * FROM v_citations"):
        if newest.get(c["story_id"], "") >= since:
            cited[c["cited_source"]].add(c["article_id"])
    return {key: one(rows, len(cited[key])) for key, rows in own.items()}


def one(rows: list[dict[str, Any]], cited: int) -> dict[str, Any]:
    first = {s: min(r["lag_s"] for r in rows if r["story_id"] == s) for s in {r["story_id"] for r in rows}}
    others = [r for r in rows if r["leans_on_source"] != r["source"]]
    leans = Counter(r["leans_on_outlet"] for r in others if r["leans_on_outlet"])
    behind = [s for s in first.values() if s > 0]
    kinds = Counter(r["role"] for r in rows)
    return {
        "stories": len(first), "articles": len(rows), "first": sum(s == 0 for s in first.values()),
        **{role: kinds[role] for role in COUNTED}, "cited_by_articles": cited,
        "leans_most_times": max(leans.values()) if leans else None,
        "median_lag_s": int(median(behind)) if behind else None,
    }  # fmt: skip


@pytest.mark.parametrize("since", ["", "2026-11-20T12:00:00Z", "2026-11-21T00:00:00Z"])
def test_the_numbers_are_those_of_a_count_by_hand(demo: Demo, since: str) -> None:
    rows = of(demo, *(["--since", since] if since else []))
    with open_read(demo.path) as db:
        wanted = by_hand(db, since)
    assert len(rows) > 3 and {r["source"] for r in rows} == set(wanted)
    for row in rows:
        assert {k: row[k] for k in wanted[row["source"]]} == wanted[row["source"]], row["source"]


def test_command_and_view_are_one_query(demo: Demo) -> None:
    with open_read(demo.path) as db:
        view = [dict(r) for r in db.execute("SELECT * FROM v_outlet_roles")]
        assert sorted(roles.outlets(db), key=lambda r: r["source"]) == view
        assert sorted(roles.outlets(db, since="2000-01-01T00:00:00Z"), key=lambda r: r["source"]) == view
    rows = of(demo)
    assert rows == sorted(rows, key=lambda r: (-r["origin"], -r["first"], -r["stories"], r["source"]))


def test_limits_and_filters(demo: Demo) -> None:
    assert [r["source"] for r in of(demo, "--limit", 2)] == [r["source"] for r in of(demo)][:2]
    assert of(demo, "--since", "2999-01-01") == []
    shown = call("outlets", "--limit", 2, "--db", demo.path).stdout
    assert f"the first 2 of {len(of(demo))} outlets (--limit shows more)" in shown
    assert call("outlets", "--since", "2999-01-01", "--db", demo.path).stdout == "0 outlets\n"


@pytest.mark.parametrize("columns", [30, 60, 80, 120, 200])
def test_the_table_fits(demo: Demo, columns: int) -> None:
    lines = call("outlets", "--db", demo.path, COLUMNS=str(columns)).stdout.splitlines()
    rows = lines[: len(of(demo)) + 1]
    assert all(len(line) <= columns for line in rows) and lines[-1].endswith(" outlets")
    assert rows[0].startswith("outlet") and "origin" in rows[0]


def test_one_outlet_in_detail(demo: Demo) -> None:
    found = of(demo, "--source", "spiegel")
    with open_read(demo.path) as db:
        rows = told(db)
        sources = {r["article_id"]: r["source"] for r in db.execute("SELECT * FROM v_story_articles")}
        named = dict(db.execute("SELECT article_id, source FROM roles").fetchall())
    on = Counter(r["leans_on_outlet"] for r in rows if r["source"] == "spiegel" and r["leans_on_outlet"])
    by = Counter(r["source"] for r in rows if (sources.get(r["leans_on"]) or named[r["article_id"]]) == "spiegel")
    assert {r["on_outlet"]: r["times"] for r in found["leans_on"]} == on
    assert {r["source"]: r["times"] for r in found["leant_on_by"]} == by
    assert all(sum(r["by"].values()) == r["times"] for r in found["leans_on"] + found["leant_on_by"])
    assert found["roles"] in of(demo) and found["roles"]["source"] == "spiegel"
    newest = [s["newest"] for s in found["newest"]]
    assert len(newest) == 5 and newest == sorted(newest, reverse=True)
    assert all(s["headline"] and s["articles"] and s["articles"][0]["role"] in COUNTED for s in found["newest"])


def test_lag_is_behind_the_article_that_is_leant_on(demo: Demo) -> None:
    with open_read(demo.path) as db:
        nos = next(r for r in roles.outlet(db, "spiegel")["leant_on_by"] if r["source"] == "nos")
        times = dict(db.execute("SELECT id, published FROM articles").fetchall())
        [lean] = [r for r in told(db) if r["source"] == "nos" and r["leans_on_outlet"] == "Der Spiegel"]
        seconds = f"SELECT unixepoch('{times[lean['article_id']]}') - unixepoch('{times[lean['leans_on']]}')"
        assert nos["median_lag_s"] == db.execute(seconds).fetchone()[0] > 0


def test_detail_in_words(demo: Demo) -> None:
    shown = call("outlets", "--source", "spiegel", "--db", demo.path).stdout
    assert shown.startswith("spiegel: Der Spiegel (SPIEGEL-Verlag)\n")
    for part in ("\nleans on\n", "\nleant on by\n", "\nnewest stories\n", "origin, the first", "leans on Der Spiegel"):
        assert part in shown
    assert len(of(demo, "--source", "spiegel", "--limit", 1)["leant_on_by"]) == 1


def test_an_outlet_that_tells_alone(small: Small) -> None:
    assert asked(small, "outlets", "--source", "gone")["roles"] is None
    assert "no story that several outlets told" in on(small, "outlets", "--source", "gone")


@pytest.mark.parametrize(("key", "said"), [("kuste", "did you mean kueste?"), ("zzz", "`retold sources` lists them")])
def test_an_unknown_source(small: Small, key: str, said: str) -> None:
    result = call("outlets", "--source", key, "--db", small.path)
    assert (result.exit_code, result.stdout) == (2, "") and said in result.stderr


def test_an_empty_database(tmp_path: Path) -> None:
    open_write(tmp_path / "empty.db").close()
    shown = call("outlets", "--db", tmp_path / "empty.db")
    assert (shown.exit_code, shown.stdout) == (0, "0 outlets\n")
    assert json.loads(call("outlets", "--json", "--db", tmp_path / "empty.db").stdout) == []


def test_what_came_from_the_web_is_harmless(tmp_path: Path) -> None:
    small = build(tmp_path)
    with writing(small.path) as db:
        trace(db)
    for args in (("outlets",), ("outlets", "--source", "spoof"), ("outlets", "--source", "spoof", "--json")):
        assert not MARKS.search(on(small, *args).replace("\n", ""))
    assert "Spoof [bold]" in on(small, "outlets")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (0, "0 min"), (2700, "45 min"), (11_100, "3.1 h"), (-3600, "-1.0 h"), (216_000, "2.5 d")],
)
def test_lag(seconds: int | None, said: str) -> None:
    assert lag(seconds) == said
