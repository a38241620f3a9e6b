"""The tools that make the manual: the generated reference, and the site with nothing in it from elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools.docsite import offline
from tools.reference import database, documents, fields, settings, taking
from tools.reference.adding import added
from tools.reference.regions import BrokenError, regions, section, slug


def docs(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


# -- the generator


def test_a_section_that_is_missing_is_made_from_the_code() -> None:
    text = docs("cli.md")
    at = section(text, "`retold trace")
    assert at
    without = text[: at[0]] + text[at[1] :]
    assert documents.missing("cli.md", without) == [("options", "trace")]
    again = added("cli.md", without)
    assert "## `retold trace ARTICLE`\n\nTell the way back" in again and documents.missing("cli.md", again) == []


def test_a_section_by_hand_is_taken_over() -> None:
    by_hand = "## http: manners\n\nOf fetching.\n\n| key | takes |\n|---|---|\n| `http.per_host` | 1–4 |\n\nMore.\n"
    found = added("configuration.md", by_hand)
    assert found.startswith("## http: manners\n\nOf fetching.\n\n<!-- generated: config http -->\n\n| key |")
    assert "<!-- end -->\n\nMore.\n" in found and "| `http.max_seconds` |" in found
    assert "## sources\n\nA publisher we follow.\n\n<!-- generated: config sources -->" in found
    view = added(
        "database.md", docs("database.md").replace("<!-- generated: view v_why -->", "").replace("<!-- x -->", "")
    )
    assert {(r.kind, r.what) for r in regions(view)} >= {("view", "v_why"), ("tables", "")}


def test_points_that_say_what_the_table_says_go() -> None:
    points = (
        "- `--limit N` how many at most (20).\n- `--db PATH`, `--json` as above.\n- `--json`: `x`,\n  and what else.\n"
    )
    found = added(
        "cli.md", f"## `retold search WORDS...`\n\nFinds.\n\n{points}\n## `retold trace ARTICLE`\n\nThe way.\n"
    )
    assert "<!-- end -->\n\n- `--json`: `x`,\n  and what else.\n\n## `retold trace" in found and "(20)" not in found


def test_what_nobody_explains_is_told_with_the_words_of_the_docs(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "## Tables\n\n| table | holds |\n|---|---|\n| `feeds` | those we ask |\n"
    topics = {**database.TABLES, "collecting": {k: v for k, v in database.TABLES["collecting"].items() if k != "feeds"}}
    monkeypatch.setattr(database, "TABLES", topics)
    [said] = documents.unexplained(page)
    assert said.startswith("table feeds: not in pipeline/store/table_meanings.py; the docs say: those we ask (")


def test_words_of_the_page_are_taken_over_into_the_code() -> None:
    text = docs("database.md")
    same = taking.taken(text, docs("configuration.md"))
    assert len(same) == 2 and all(path.read_text("utf-8") == new for path, new in same.items())
    by_hand = '| column | meaning |\n|---|---|\n| `b` | of `x\\|y`, "so" |\n'
    assert taking.views(f"## `v_new`\n\n{by_hand}", {"v_new": ["a", "b"]}) == {
        "v_new": {"a": "", "b": 'of `x|y`, "so"'}
    }
    row = "| `feeds` | each feed"
    more = taking.tables(text.replace(row, f"| `polls` | when it is asked |\n{row}"), database.schema()[0] | {"polls"})
    assert more["collecting"]["polls"] == "when it is asked"


def test_descriptions_are_taken_over_into_the_models() -> None:
    page = docs("configuration.md").replace("Pause between two requests", 'A "pause" between two requests')
    [(path, new)] = fields.described(page).items()
    assert path.name == "settings.py"
    assert (
        new != path.read_text("utf-8") and 'ge=0, le=60, description="A \\"pause\\" between two requests to one' in new
    )
    source = "class A(Settings):\n    a: Whole = 3\n    b: Key\n    c: Url | None = Field(default=None, alias='x')\n"
    new = fields.rewritten(source, {("A", name): f"of {name}" for name in "abc"})
    assert [line.strip() for line in new.splitlines()[1:]] == [
        'a: Whole = Field(default=3, description="of a")', 'b: Key = Field(description="of b")',
        "c: Url | None = Field(default=None, alias='x', description=\"of c\")",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["<!-- generated: view v_x -->\n", "<!-- generated: tables -->\n<!-- end -->\n" * 2])
def test_marks_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(BrokenError):
        regions(text)


def test_a_region_of_nothing_is_refused() -> None:
    with pytest.raises(BrokenError, match="nothing in the code is called `options no-such`"):
        documents.made("<!-- generated: options no-such -->\n<!-- end -->\n")


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [("`retold why A B`, `retold why STORY`", "retold-why-a-b-retold-why-story"), ("http: manners", "http-manners"),
     ("`v_outlet_roles`", "v_outlet_roles"), ("Über [x](y.md) – z", "über-x--z")],
)  # fmt: skip
def test_anchors_are_those_of_code_forges(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


@pytest.mark.parametrize(
    ("key", "takes", "default"),
    [
        ("http.per_host", "1–4", "`1`"),
        ("http.delay_s", "0–60 seconds", "`1.0`"),
        ("copies.jaccard", "above 0, at most 1", "`0.5`"),
        ("sources.<key>.tdm", "`respect` or `licensed`", "`respect`"),
        ("alerts.<name>.mail", "the following keys", "none"),
        ("alerts.<name>.mail.to", "list of 1 to 50 addresses", "required"),
        ("sources.<key>.interval", "60–604800 seconds: `30m`, `2h`, `1d` or a number of seconds", "`1800`"),
        ("sources.<key>.enabled", "true or false", "`true`"),
        ("http.ports", "list of 1–65535", "`[80, 443]`"),
    ],
)  # fmt: skip
def test_what_a_key_takes_is_told_in_words(key: str, takes: str, default: str) -> None:
    info = settings.keys(key.split(".")[0])[key]
    assert (settings.takes(key, info), settings.default(info)) == (takes, default)


# -- the site


@pytest.mark.slow
def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, capture_output=True, text=True, timeout=110, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(offline.found(tmp_path / "site")) == []
    for page, said in (("index.html", "Retold"), ("changelog.html", "Unreleased"), ("cli.html", 'id="retold-run"')):
        assert said in (tmp_path / "site" / page).read_text("utf-8")
    assert 'href="files/pipeline/data/alert.schema.json"' in (tmp_path / "site/alerts.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "suffix", "address"),
    [
        ('<script src="https://cdn.example/x.js">', ".html", "https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//fonts.example/x.css">', ".html", "//fonts.example/x.css"),
        ('<p style="background: url(http://a.example/x.png)">', ".html", "http://a.example/x.png"),
        ('<img srcset="a.png 1x, https://a.example/b.png 2x">', ".html", "https://a.example/b.png"),
        ("@import 'https://a.example/x.css';", ".css", "https://a.example/x.css"),
        ('<a href="https://a.example/">x</a><img src="plots/run.svg"><link rel="canonical" href="https://a.example/">',
         ".html", None),
    ],
)  # fmt: skip
def test_what_comes_from_elsewhere_is_seen(text: str, suffix: str, address: str | None) -> None:
    assert offline.loads(text, suffix) == ([address] if address else [])
