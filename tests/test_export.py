"""`retold export`: the same rows in three formats, whatever stands in them, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import parquet as files

from pipeline import tablefiles
from pipeline.newfile import replacing
from pipeline.store import exports
from pipeline.store.connect import open_read
from pipeline.tablefiles import Kind, Table, csv_file, harmless, jsonl, original, parquet
from tests.conftest import EVIL, MARKS, ROOT, Demo, Small, build, call, command

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\ttext", "  =1", "\u00a0=1", "\u200b=1", "\ufeff@x", "＝1",
    "＋1", "－1", "＠x", "\u3000＝1", "−1", "'=1", "''=1", "\x00=1", "\x1b=1",
]  # fmt: skip
PLAIN = ["", "a=1", "1-1", "'s Ochtends", "''", "'", "Küste: 3 - 1", '"=1"', "1.5", "{=1}"]


def export(path: Path, *args: object) -> bytes:
    """What `retold export ARGS` writes to stdout."""
    result = call("export", *args, "--db", path)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout_bytes


def lines(path: Path, what: str, *args: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export(path, what, "-", *args).decode().splitlines()]


def cells(path: Path, what: str, *args: object) -> list[dict[str, str]]:
    text = export(path, what, "-", "--format", "csv", *args).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def table(path: Path, what: str, folder: Path, *args: object) -> pa.Table:
    result = call("export", what, folder / "t.parquet", *args, "--db", path)
    assert result.exit_code == 0, result.output
    return files.read_table(folder / "t.parquet")


def as_cell(value: Any) -> str:
    """A value of JSON as CSV has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


# -- what is in them


@pytest.mark.parametrize("what", exports.TABLES)
def test_three_formats_say_the_same(demo: Demo, tmp_path: Path, what: str) -> None:
    declared = exports.table(what)
    as_json = lines(demo.path, what)
    as_csv = cells(demo.path, what)
    as_parquet = table(demo.path, what, tmp_path)
    assert as_json and len(as_json) == len(as_csv) == len(as_parquet)
    assert list(as_json[0]) == list(as_csv[0]) == as_parquet.column_names == list(declared.columns)
    for name, kind in declared.columns.items():
        values = [row[name] for row in as_json]
        stored = as_parquet[name].to_pylist()
        if kind is Kind.TIME:
            values = [datetime.fromisoformat(v) if v else None for v in values]
        elif kind is Kind.JSON:
            stored = [json.loads(v) for v in stored]
        else:
            told = [original(row[name]) for row in as_csv]
            want = [json.dumps(v) if kind is Kind.LIST and v is not None else as_cell(v) for v in values]
            same = [json.loads(a or "null") for a in told] == values if kind is Kind.LIST else told == want
            assert same, name
        assert stored == values, name


def test_stories_have_origin_and_counts_of_the_views(demo: Demo) -> None:
    with open_read(demo.path) as db:
        views = {r["story_id"]: dict(r) for r in db.execute("SELECT * FROM v_stories")}
        origins = {r["story_id"]: dict(r) for r in db.execute("SELECT * FROM v_origins WHERE copy_id = 0")}
    found = lines(demo.path, "stories")
    assert [r["story_id"] for r in found] == sorted(views)
    for row in found:
        assert row.items() >= views[row["story_id"]].items()
        origin = origins.get(row["story_id"], {})
        assert (row["origin_outlet"], row["origin_article_id"]) == (origin.get("outlet"), origin.get("article_id"))
        assert row["origins"] == origin.get("origins") and len(row["told_by"]) == row["sources"]


def test_articles_have_their_role_and_text(demo: Demo) -> None:
    with open_read(demo.path) as db:
        texts = {r["id"]: r["text"] for r in db.execute("SELECT id, text FROM articles")}
        roles = {r["article_id"]: dict(r) for r in db.execute("SELECT * FROM v_roles")}
        members = {r["article_id"]: dict(r) for r in db.execute("SELECT * FROM v_story_articles")}
    found = lines(demo.path, "articles", "--text")
    assert {r["article_id"]: r["text"] for r in found} == texts
    for row in found:
        member, role = members[row["article_id"]], roles.get(row["article_id"], {})
        same = ("story_id", "copy_id", "copy_size", "outlet", "effective", "title", "url")
        assert [row[n] for n in same] == [member[n] for n in same] and row["outlet_role"] == member["role"]
        same = ("role", "leans_on", "leans_on_outlet", "how", "quote", "root", "lag_s", "confidence")
        assert [row[n] for n in same] == [role.get(n) for n in same]


def test_an_article_that_no_run_has_grouped_is_there(tmp_path: Path) -> None:
    path = build(tmp_path).path
    with sqlite3.connect(path) as db:
        (gone,) = db.execute("DELETE FROM copies WHERE article_id = 1 RETURNING article_id").fetchone()
    assert [r["story_id"] for r in lines(path, "articles") if r["article_id"] == gone] == [None]


def test_filters_pick_the_stories_of_retold_stories(demo: Demo) -> None:
    for filters in ([], ["--lang", "NL"], ["--source", "nos", "--since", "2026-11-20"]):
        asked = call("stories", "--all", "--json", "--db", demo.path, *filters)
        ids = {r["story_id"] for r in json.loads(asked.stdout)}
        assert {r["story_id"] for r in lines(demo.path, "stories", *filters)} == ids
        for what in ("articles", "origins", "citations"):
            assert {r["story_id"] for r in lines(demo.path, what, *filters)} <= ids
        assert {r["story_id"] for r in lines(demo.path, "articles", *filters)} == ids
        assert all({r["left_story"], r["right_story"]} & ids for r in lines(demo.path, "edges", *filters))


def test_one_story_also_by_the_number_it_had(small: Small) -> None:
    with open_read(small.path) as db:
        old, now = db.execute("SELECT id, story_id FROM aliases").fetchone()
    assert lines(small.path, "articles", "--story", old) == lines(small.path, "articles", "--story", now) != []
    members = {r["article_id"] for r in lines(small.path, "articles", "--story", now)}
    assert {r["article_id"] for r in lines(small.path, "versions", "--story", now)} == members


# -- whatever stands in them


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@'\"\t\r\n,; ＝\u200b"), max_size=40)
ANY = st.one_of(TEXT, st.sampled_from([*FORMULAS, *PLAIN, EVIL]))
ONE = Table("t", {"n": Kind.INT, "text": Kind.TEXT, "x": Kind.REAL, "list": Kind.LIST})


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), ANY, st.floats(-9, 9)), max_size=5), st.booleans())
def test_csv_gives_every_text_back(given: list[tuple[int, str, float]], bom: bool) -> None:
    rows = [(n, text, x, json.dumps([text])) for n, text, x in given]
    head, *found = read_csv(b"".join(csv_file(ONE, rows, bom=bom)))
    assert head == list(ONE.columns)
    want = [[str(n), text.replace("\0", "\ufffd"), str(x), json.dumps([text])] for n, text, x in given]
    assert [[n, original(text), x, original(told)] for n, text, x, told in found] == want
    assert read_csv(b"".join(csv_file(ONE, rows, raw=True)))[1:] == want


@pytest.mark.case("D10")
@given(ANY)
@example("\ud800=1")
def test_no_cell_begins_a_formula(text: str) -> None:
    cell = harmless(text)
    visible = re.sub(r"^[\s\x00-\x20\xa0\u200b-\u200f\ufeff]+", "", cell)
    assert not visible.startswith(tuple("=+-@＝＋－＠−")) and not cell.startswith(("\t", "\r", "\n"))
    assert original(cell) == text


def test_formulas_are_told_from_what_only_looks_odd() -> None:
    assert [t for t in FORMULAS if harmless(t) != f"'{t}"] == []
    assert [t for t in PLAIN if harmless(t) != t] == []
    rows = list(csv_file(ONE, [(-5, "-5", -1.5, None)]))
    assert rows[1] == b"-5,'-5,-1.5,\r\n", "a number is no formula"


@given(st.lists(st.tuples(st.integers(0, 9), ANY | st.none(), st.none(), st.none()), max_size=5))
def test_json_lines_give_every_text_back(rows: list[tuple[int, str | None, None, None]]) -> None:
    data = b"".join(jsonl(ONE, rows)).decode()
    assert [tuple(json.loads(line).values()) for line in data.split("\n") if line] == rows


@given(st.lists(st.tuples(st.integers(0, 9), ANY | st.none(), st.floats(-9, 9) | st.none()), max_size=5))
def test_parquet_gives_every_text_back(given: list[tuple[int, str | None, float | None]]) -> None:
    out = io.BytesIO()
    rows = [(*row, None if row[1] is None else json.dumps([row[1]])) for row in given]
    assert parquet(ONE, rows, out) == len(rows)
    found = files.read_table(io.BytesIO(out.getvalue()))
    assert [tuple(r.values()) for r in found.to_pylist()] == [
        (*row, None if row[1] is None else [row[1]]) for row in given
    ]
    assert found.schema.types == [pa.int64(), pa.string(), pa.float64(), pa.list_(pa.string())], "also without rows"


@pytest.mark.case("D8")
def test_bytes_that_are_no_utf8_and_marks_of_terminals(tmp_path: Path) -> None:
    path = build(tmp_path).path
    with sqlite3.connect(path) as db:
        db.execute("UPDATE articles SET title = CAST(x'41ff42' AS TEXT), agencies = '[\"\\ud800\"]' WHERE id = 1")
        db.execute("UPDATE articles SET title = ? WHERE id = 2", ["nul\0 and \u2028line"])
        db.execute("UPDATE articles SET title = ? WHERE id = 3", [EVIL])
    raw = export(path, "articles", "-").decode()
    assert not MARKS.search(raw.replace("\n", ""))
    titles = {r["article_id"]: (r["title"], r["agencies"]) for r in map(json.loads, raw.splitlines())}
    assert titles[1] == ("A\ufffdB", ["\ufffd"]) and titles[2][0] == "nul\0 and \u2028line" and titles[3][0] == EVIL
    assert {int(r["article_id"]): r["title"] for r in cells(path, "articles")}[2] == "nul\ufffd and \u2028line"
    found = table(path, "articles", tmp_path).to_pylist()
    assert [(r["title"], r["agencies"]) for r in found[:2]] == [titles[1], titles[2]]


# -- files


def test_a_file_is_replaced_as_a_whole_or_not_at_all(small: Small, tmp_path: Path) -> None:
    out = tmp_path / "stories.csv"
    out.write_text("before")
    out.chmod(0o640)
    with sqlite3.connect(build(tmp_path).path) as db:
        db.execute("UPDATE articles SET agencies = 'no JSON' WHERE id = (SELECT max(id) FROM articles)")
    for form in ("jsonl", "parquet"):
        result = call("export", "articles", out, "--format", form, "--db", tmp_path / "stories.db")
        assert result.exit_code and out.read_text() == "before", result.output
    assert call("export", "stories", out, "--db", small.path).output.endswith("rows of stories\n")
    assert out.read_bytes().startswith(b"story_id,") and out.stat().st_mode & 0o777 == 0o640
    assert not list(tmp_path.glob(".stories*"))
    (tmp_path / "link.csv").symlink_to(out)
    call("export", "outlets", tmp_path / "link.csv", "--db", small.path)
    assert (tmp_path / "link.csv").is_symlink() and out.read_bytes().startswith(b"source,")


def test_an_interrupted_export_leaves_nothing(small: Small, tmp_path: Path) -> None:
    """Stopped in the middle of the rows: what was there stays, and no part lies about."""
    out = tmp_path / "articles.jsonl"
    out.write_text("before")
    with pytest.raises(KeyboardInterrupt), replacing(out) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["articles.jsonl"] and out.read_text() == "before"


def test_a_reader_that_leaves_early_is_no_fault(demo: Demo) -> None:
    shell = f"{shlex.join(command('export', 'edges', '-', '--db', str(demo.path)))} | head -c 20"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert len(done.stdout) == 20 and "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_rows_are_written_as_they_are_read(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is a batch's, however many rows there are: none waits for the last."""
    monkeypatch.setattr(tablefiles, "ROWS", 100)
    monkeypatch.setattr(tablefiles, "MOST_TEXT", 50_000)
    out, unwritten = io.BytesIO(), []

    def rows() -> Iterator[tuple[int, str, float, str]]:
        for n in range(3_000):
            unwritten.append(n - out.tell() // 600)
            yield n, random.Random(n).randbytes(300).hex(), 0.5, '["a"]'

    if form == "parquet":
        parquet(ONE, rows(), out)
        assert out.tell() > 3_000 * 250 and files.ParquetFile(out).num_row_groups > 20
    else:
        for part in csv_file(ONE, rows()) if form == "csv" else jsonl(ONE, rows()):
            out.write(part)
        assert max(unwritten) <= 100


REFUSED: Sequence[tuple[Sequence[str], str]] = (
    ((), "say WHAT to export"),
    (("stories",), "say WHAT to export"),
    (("stories", "x.txt"), "say --format"),
    (("stories", "x.jsonl", "--raw"), "for CSV"),
    (("stories", "x.csv", "--text"), "--text goes with articles and versions"),
    (("outlets", "x.csv", "--lang", "de"), "belong to none"),
    (("feeds", "x.csv", "--since", "2d"), "belong to none"),
    (("stories", "-", "--json"), "only the table"),
    (("stories", "x.csv", "--source", "kuste"), "did you mean kueste"),
    (("stories", "stories.db", "--format", "csv"), "FILE is the database"),
    (("stories", "stories.db-wal", "--format", "csv"), "FILE is the database"),
    (("stories", "--parquet", "folder"), "leave WHAT and FILE out"),
    (("--parquet", "folder", "--lang", "de"), "are for tables"),
)


@pytest.mark.parametrize(("args", "says"), REFUSED)
def test_what_does_not_fit_is_refused(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: Sequence[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(small.path, "stories.db")
    result = call("export", *args, "--db", "stories.db")
    assert result.exit_code == 2 and says in result.stderr and result.stderr.count("\n") == 1
    assert {p.name for p in tmp_path.iterdir()} <= {"stories.db", "stories.db-shm", "stories.db-wal"}


def test_no_such_story_no_such_folder(small: Small, tmp_path: Path) -> None:
    result = call("export", "stories", tmp_path / "x.csv", "--story", "99", "--db", small.path)
    assert result.exit_code == 1 and "no story 99" in result.stderr and not list(tmp_path.iterdir())
    result = call("export", "stories", tmp_path / "none" / "x.csv", "--db", small.path)
    assert result.exit_code == 74 and result.stderr.count("\n") == 1


def test_parquet_without_pyarrow(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = call("export", "stories", tmp_path / "x.parquet", "--db", small.path)
    assert result.exit_code == 2 and "pip install 'retold[batch]'" in result.stderr and not list(tmp_path.iterdir())


def test_docs_have_every_column() -> None:
    text = (ROOT / "docs" / "export.md").read_text("utf-8")
    for name in exports.TABLES:
        section = text.split(f"## `{name}`")[1].split("\n## ")[0]
        told = re.findall(r"^\| `(\w+)` \| ([\w ]+) \|", section, re.M)
        declared = exports.table(name, text=True).columns
        assert told == [(column, str(kind)) for column, kind in declared.items()]
