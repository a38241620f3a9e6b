"""The command line: what it prints, its parts, its help, and what it does not load."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import __version__
from pipeline.cli import main, words
from pipeline.cli.logs import OneLine
from pipeline.cli.options import invoked
from pipeline.cli.output import cell_of, dumps, fitted, plain, taken
from pipeline.cli.progress import Bars, bars
from pipeline.cli.showing import COLUMNS, NARROW, ordered
from pipeline.cli.summing import outlook, summary, tally
from pipeline.credits import beyond, unprefixed
from pipeline.model import Reason
from pipeline.run import Summary
from pipeline.store.rows import Row
from pipeline.why.backbone import backbone
from tests.conftest import MARKS, NOW, ROOT, Small, call, command

HEAVY = {
    "scrapy", "twisted", "numpy", "datasketch", "scipy", "pydantic", "trafilatura", "sqlite_utils", "lxml", "yaml",
    "datasette", "uvicorn", "jinja2", "httpx", "textual",
}  # fmt: skip


# -- pure functions


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "now"), (59, "now"), (-59, "now"), (60, "1 min ago"), (3599, "59 min ago"), (3600, "1 h ago"),
     (86_399, "23 h ago"), (2 * 86_400, "2 d ago"), (59 * 86_400, "59 d ago"), (60 * 86_400, "2026-09-21"),
     (-1200, "in 20 min"), (-3 * 3600, "in 3 h"), (-90 * 86_400, "2027-02-18")],
)  # fmt: skip
def test_ago(seconds: int, said: str) -> None:
    assert words.ago(NOW - timedelta(seconds=seconds), NOW) == said


def test_ago_never() -> None:
    assert words.ago(None, NOW) == "never"


@given(st.integers(-(10**9), 10**9))
def test_ago_says_on_which_side(seconds: int) -> None:
    said = words.ago(NOW - timedelta(seconds=seconds), NOW)
    assert not (seconds > 0 and said.startswith("in ")) and not (seconds < 0 and said.endswith("ago"))


@pytest.mark.parametrize(
    ("text", "stamp"),
    [("24h", "2026-11-19T12:00:00Z"), ("3d", "2026-11-17T12:00:00Z"), ("2w", "2026-11-06T12:00:00Z"),
     ("90m", "2026-11-20T10:30:00Z"), ("2026-11-18", "2026-11-18T00:00:00Z"),
     ("2026-11-18T10:00+02:00", "2026-11-18T08:00:00Z")],
)  # fmt: skip
def test_since(text: str, stamp: str) -> None:
    assert words.since(text, NOW) == stamp


@pytest.mark.parametrize("text", ["", "yesterday", "24", "999999w", "2026-13-01", "-3d"])
def test_since_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="neither a span"):
        words.since(text, NOW)


def test_every_reason_has_words() -> None:
    assert set(words.REASONS) == set(Reason)
    assert {r for r in Reason if r.ok} == words.FINE
    assert max(map(len, words.REASONS.values())) <= 40
    assert list(words.REASONS) == sorted(words.REASONS)


@pytest.mark.case("C11", "D8", "D9")
@given(st.text())
@example("0\r\xad")
@example("a\u2028b \u200b c")
def test_plain_is_one_harmless_line(text: str) -> None:
    line = plain(text)
    assert not MARKS.search(line)
    assert plain(line) == line


@pytest.mark.case("D8")
@given(st.text())
def test_json_comes_back_and_is_harmless(text: str) -> None:
    shown = dumps([text])
    assert json.loads(shown) == [text]
    assert not MARKS.search(shown.replace("\n", ""))


NEEDS = st.fixed_dictionaries({h: st.integers(len(h), 60 if h == "headline" else 26) for h in COLUMNS[2:]})


@given(NEEDS, st.integers(20, 200))
def test_columns_fit_and_ids_and_ages_stay_whole(needs: dict[str, int], room: int) -> None:
    needs = {"id": 5, "newest": 9, **needs}
    given_ = fitted(needs, room, NARROW)
    assert taken(given_) <= room and (given_["id"], given_["newest"]) == (5, 9)
    gone = {h for h in needs if h not in given_}
    assert gone == set(("texts", "lang", "articles", "outlets")[: len(gone)])  # in this order
    assert given_["headline"] >= min(20, needs["headline"]) or len(gone) == 4
    assert len(gone) < 4 or given_["headline"] >= 1
    assert "texts" in given_ or taken(needs) > room


@pytest.mark.parametrize(
    ("text", "width", "right", "shown"),
    [("abc", 5, False, "abc  "), ("12", 4, True, "  12"), ("Der Spiegel +10", 12, False, "Der Spi… +10"),
     ("abcdef", 4, False, "abc…"), ("日本語新聞", 6, False, "日本… "), ("a +10", 4, False, "a +…")],
)  # fmt: skip
def test_cells_are_cut_visibly(text: str, width: int, right: bool, shown: str) -> None:
    assert cell_of(text, width, right) == shown


@pytest.mark.parametrize(
    ("credit", "agencies", "more"),
    [("dpa", ["dpa"], ""), ("red, APA/dpa", ["APA", "dpa"], "red"), ("the Berlin bureau; Reuters", ["Reuters"],
     "the Berlin bureau"), ("Agence France-Presse", ["AFP"], ""), ("A. Berg; editing by C. Tal", ["Reuters"],
     "A. Berg; editing by C. Tal"), ("", [], "")],
)  # fmt: skip
def test_a_credit_says_what_its_agencies_do_not(credit: str, agencies: list[str], more: str) -> None:
    assert beyond(credit, agencies) == more


@pytest.mark.parametrize(("author", "name"), [
    ("By Ann Reeve", "Ann Reeve"), ("BY ANN REEVE", "ANN REEVE"), ("by Élise Roux", "Élise Roux"),
    ("By: Ann Reeve and Bo Li", "Ann Reeve and Bo Li"), ("Door Jan de Vries", "Jan de Vries"),
    ("Door van der Berg", "van der Berg"), ("Von Anna Müller", "Anna Müller"), ("Von dpa", "dpa"),
    ("Par Jean Dupont", "Jean Dupont"), ("Autorin: Eva Roth", "Eva Roth"), ("By dpa", "dpa"),
    *((same, same) for same in (
        "", "By", "Byron Smith", "By the Editors", "Doorn", "Door onze redacteur", "Von Trapp", "von Anna Müller",
        "Von der Leyen", "Von unserem Korrespondenten / AFP", "Par Lagerkvist", "Author Smith", "Ann By Reeve",
    )),
])  # fmt: skip
def test_a_byline_loses_its_by_where_a_name_follows(author: str, name: str) -> None:
    assert unprefixed(author) == name


def test_how_it_was_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "my bin" / "retold"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n", "utf-8")
    script.chmod(0o755)
    monkeypatch.setattr("sys.argv", [str(script)])
    monkeypatch.setenv("PATH", str(script.parent))
    assert invoked() == "retold"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert invoked() == f"'{script}'"
    monkeypatch.chdir(script.parent)
    monkeypatch.setattr("sys.argv", ["./retold"])
    assert invoked() == "./retold"
    monkeypatch.setattr("sys.argv", [str(ROOT / "pipeline" / "__main__.py")])
    assert invoked() == f"{shlex.quote(sys.executable)} -m pipeline"
    monkeypatch.setattr("sys.argv", ["-c"])
    assert invoked() == "retold"


def health(source: str, due: str, code: str = "ok", disabled: str | None = None) -> Row:
    return {"source": source, "next_due": due, "last_code": code, "failures": int(code != "ok"), "disabled": disabled}


def test_what_a_summary_leaves_open() -> None:
    feeds = [health("a", "2026-11-20T12:12:00Z"), health("b", "2026-11-20T15:00:00Z", "dns"),
             health("c", "2026-11-20T12:01:00Z", "gone", "410"), health("d", "2026-11-20T11:00:00Z")]  # fmt: skip
    said = (
        "due; the next feed is due in 12 min; c is switched off (410 Gone), asked again by --retry-gone;"
        " 1 source failing: retold sources --failing"
    )
    assert outlook(Summary(1), feeds, NOW) == [f"nothing {said}"]
    assert outlook(Summary(1, outcomes={"page": {"ok": 1}}), feeds, NOW) == [f"no feed {said}"]
    assert outlook(Summary(1, outcomes={"feed": {"ok": 1}}), feeds, NOW) == []


@pytest.mark.parametrize(
    ("codes", "said"),
    [({"dns": 46, "cancelled": 2}, ["all 46: host name not found; see retold sources --failing"]),
     ({"dns": 1, "ok": 2}, ["host name not found; see retold sources --failing"]),
     ({"dns": 4, "timeout": 1}, ["see retold sources --failing"])],
)  # fmt: skip
def test_a_common_cause_is_named(codes: dict[str, int], said: list[str]) -> None:
    assert outlook(Summary(1, failed_sources=["a"], outcomes={"feed": codes}), [], NOW) == said


@pytest.mark.case("D9")
def test_log_lines_cannot_be_forged() -> None:
    import logging

    record = logging.LogRecord("n", logging.ERROR, "", 0, "bad %s", ("x\r\nERROR forged \x1b[31m",), None)
    assert OneLine("%(levelname)s %(message)s").format(record) == "ERROR bad x ERROR forged \ufffd[31m"


def test_articles_come_by_first_appearance_copies_under_it() -> None:
    members = [
        {"article_id": i, "copy_id": c, "effective": f"t{n}"} for n, (i, c) in enumerate([(5, 2), (4, 4), (2, 2)])
    ]
    assert [m["article_id"] for m in ordered(members)] == [5, 2, 4]


def test_backbone_is_a_spanning_tree_of_the_strongest() -> None:
    members = [{"article_id": i, "copy_id": c} for i, c in ((1, 1), (2, 1), (3, 3), (4, 4))]
    edges = [{"left_id": a, "right_id": b} for a, b in ((1, 2), (2, 3), (1, 3), (3, 4), (1, 4))]
    assert backbone(members, edges) == [edges[1], edges[3]]


def test_summary_line() -> None:
    done = Summary(12, seconds=41.23, failed_sources=["nos"], articles=1212, edited=9)
    done.outcomes = {"feed": {"ok": 6, "same_body": 1, "not_modified": 29, "timeout": 1, "backed_off": 2},
                     "sitemap": {"not_modified": 1}, "page": {"ok": 200, "robots": 3}}  # fmt: skip
    done.absorbed.stories = 1
    assert summary(done) == (
        "run 12: 40 feeds (31 unchanged, 1 failed, 2 postponed), 1,212 new articles, 9 edited, 1 story changed,"
        " 3 pages not to be had, 41.2 s; failed: nos"
    )
    assert tally({}, "feed") == {"all": 0, "unchanged": 0, "failed": 0, "postponed": 0, "left out": 0}


def test_bars_tell_what_came() -> None:
    import io

    from rich.console import Console

    from spiders.crawl import Progress

    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, color_system=None)
    with bars(console) as shown:
        watch = Bars(shown)
        watch.crawled(Progress(asked=8, done=3, failed=1, articles=2, url=""))
        watch.told("sign", 200, 400)
        shown.refresh()
    assert "3/8" in out.getvalue() and "2 articles, 1 failed" in out.getvalue() and "200/400" in out.getvalue()
    assert "/s" not in out.getvalue()  # too early for a rate


def test_bars_tell_a_rate_once_it_is_steady() -> None:
    import io

    from rich.console import Console

    clock = [0.0]
    out = io.StringIO()
    shown = bars(Console(file=out, force_terminal=True, width=120, color_system=None))
    shown.get_time = lambda: clock[0]
    task = shown.add_task("collecting", note="", total=100)
    for clock[0] in (1.0, 2.0, 3.0):
        shown.update(task, advance=10)
    shown.console.print(shown.get_renderable())
    assert "10.0/s" in out.getvalue()


# -- help, docs, imports


def commands() -> dict[str, click.Command]:
    return dict(main.commands)


@pytest.mark.parametrize("name", [None, *commands()])
def test_help_has_an_example(name: str | None) -> None:
    result = call(*([name] if name else []), "--help")
    assert result.exit_code == 0
    assert name in (None, "init") or f"retold {name}" in result.output.partition("Usage:")[2].partition("\n")[2]


def test_version() -> None:
    assert call("--version").output == f"retold {__version__}\n"


@pytest.mark.parametrize(
    "args",
    [
        ("--help",),
        ("stories",),
        ("story", "1"),
        ("search", "owl"),
        ("sources",),
        ("status", "--help"),
        ("runs",),
        ("corrections",),
        ("run", "--help"),
        ("history", "1"),
        ("diff", "1"),
        ("outlets",),
        ("graph", "1"),
        ("graph", "--format", "dot"),
        ("export", "stories", "-", "--format", "csv"),
        ("serve", "--help"),
    ],
)
def test_asking_loads_nothing_heavy(small: Small, args: tuple[str, ...]) -> None:
    start = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pipeline.cli import main\n"
        "try: main(prog_name='retold')\n"
        "finally: print(*sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    call = [command()[0], "-c", start, *args]
    done = subprocess.run(call, env={"RETOLD_DB": str(small.path)}, capture_output=True, text=True, timeout=60)
    loaded = set(done.stderr.split())
    assert done.returncode == 0 and "pipeline" in loaded
    assert not loaded & HEAVY
