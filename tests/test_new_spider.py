"""`retold new-spider`, and spiders of one's own: from a page, in their test, and in the processes that parse."""

from __future__ import annotations

import ast
import json
import runpy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from trafilatura.utils import load_html

from pipeline.articles import from_page
from pipeline.cli import main
from pipeline.cli.sourcing import Routes
from pipeline.config import load, loads
from pipeline.extras import install
from pipeline.model import Article, ConfigError, Entry
from pipeline.selected import Selectors, pick
from pipeline.selectorguess import guessed, learned
from pipeline.spidertext import literal, module
from pipeline.spidertext import test_text as text_of_test
from spiders.base import Site, site
from tests.conftest import MARKS, ROOT, call
from tests.madeup import HOST, HTTP, PIECES, article
from tests.madeup import site as playing
from tests.server import Server

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CONFIG = f"""http: {{delay_s: 0, workers: 1, user_agent: "Test/1 (+https://test.example/)"}}

# whom we follow
sources:
  hafen-bote:   # ours
    name: "Hafenbote \\"x\\""
    owner: Kogge
    country: DE
    language: de
    role: publisher
    feeds: [{HTTP}/feed]
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        yield playing(made)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def written(folder: Path, *args: object, server: Server | None = None) -> Result:
    given = ["new-spider", "hafen-bote", "--config", str(folder / "config.yaml"), *map(str, args)]
    routes = Routes({HOST: server.address} if server else {})
    return CliRunner(env={"COLUMNS": "110"}).invoke(main, given, prog_name="retold", obj=routes)


def test_a_spider_and_its_test_from_the_newest_article(folder: Path, server: Server) -> None:
    result = written(folder, server=server)
    assert result.exit_code == 0, result.output
    assert "222 words by the selectors, 222 by generic extraction" in result.output
    spider, test = folder / "spiders/hafen_bote.py", folder / "tests/test_spider_hafen_bote.py"
    text = spider.read_text("utf-8")
    assert 'title="h1.beitrag__titel"' in text and 'published="time.beitrag__datum"' in text
    assert 'body="div.beitrag__text"' in text and 'drop=("aside",)' in text
    tests = runpy.run_path(str(test))
    ran = [value() for name, value in tests.items() if name.startswith("test_")]
    assert len(ran) == 2 and "Mehr zum Thema" not in tests["ARTICLE"].text
    config = (folder / "config.yaml").read_text("utf-8")
    assert config == CONFIG.replace("# whom we", "spiders: ./spiders\n\n# whom we").replace(
        f"[{HTTP}/feed]\n", f"[{HTTP}/feed]\n    spider: hafen_bote\n"
    )
    checked = subprocess.run([sys.executable, "-m", "ruff", "check", "--config", ROOT / "pyproject.toml", folder],
                             capture_output=True, text=True, check=False)  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    again = written(folder, server=server)
    assert again.exit_code == 1 and "is there already; left as it is" in again.stderr
    # and a run reads pages by it, in its children
    spider.write_text(text.replace('"h1.beitrag__titel"', '"footer p"'), encoding="utf-8")
    routes = Routes({HOST: server.address})
    args = ["test-source", "hafen-bote", "--config", str(folder / "config.yaml"), "--json"]
    shown = json.loads(CliRunner().invoke(main, args, obj=routes).stdout)
    assert {a["title"] for a in shown["articles"]} == {"Alle Rechte vorbehalten, Hafenbote"}


@pytest.mark.slow
def test_what_is_written_passes_mypy(folder: Path, server: Server) -> None:
    assert written(folder, server=server).exit_code == 0
    files = [folder / "spiders/hafen_bote.py", folder / "tests/test_spider_hafen_bote.py"]
    typed = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", *map(str, files)]
    env = {"MYPYPATH": str(ROOT)}
    checked = subprocess.run(typed, cwd=folder, text=True, env=env, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
    form = [sys.executable, "-m", "ruff", "format", "--isolated", "--check", folder]
    assert subprocess.run(form, capture_output=True, check=False).returncode == 0


def test_a_saved_page_needs_no_network(folder: Path) -> None:
    page = folder / "saved.html"
    page.write_text(article("bruecke", 'Brücke "zu" gesperrt', False, NOW).replace("JSON-LD", ""), encoding="utf-8")
    dry = written(folder, "--page", page, "--dry-run")
    assert dry.exit_code == 0 and "class HafenBote(Site):" in dry.output and "would write" in dry.output
    assert sorted(p.name for p in folder.iterdir()) == ["config.yaml", "saved.html"]
    done = written(folder, "--page", page, "--url", f"{HTTP}/bruecke", "--json")
    row = json.loads(done.stdout)
    assert row["url"] == f"{HTTP}/bruecke" and row["written"] and row["selectors"]["body"] == "div.beitrag__text"
    assert (folder / "tests/pages/hafen_bote.html").read_bytes() == page.read_bytes()
    tests = runpy.run_path(str(folder / "tests/test_spider_hafen_bote.py"))
    assert [v() for n, v in tests.items() if n.startswith("test_")] == [None, None]


@pytest.mark.parametrize("drop", ["title", "published", "author", "body"])
def test_what_a_selector_leaves_out_is_read_as_without_a_spider(drop: str) -> None:
    """Also the byline and the agency's credit, which stand outside of the text that the selectors find."""
    paragraphs = "".join(
        f"<p>On day {n} the council of Büsum decided that the old bridge stays closed until spring, said the mayor.</p>"
        for n in range(8)
    )
    body = f"""<html lang=en><head><meta property="article:published_time" content="2026-11-28T07:02:03.961809+02:00">
        <title>Old bridge stays closed until spring</title></head><body><article>
        <h1>Old bridge stays closed until spring</h1><p class=by>By Ann Reeve</p><div class=text>{paragraphs}</div>
        <p class=credit>(dpa/rtr)</p></article></body></html>""".encode()
    entry = Entry("", "", "https://a.example/x", "")
    told = learned(entry, body, "https://a.example/x", "a", "en", None, NOW)
    assert told.generic and told.selectors.body == "div.text" and told.selectors.author == ""
    chosen = replace(told.selectors, **{drop: ""})
    read = from_page(entry, body, url=entry.url or "", source="a", language="en", now=NOW, selectors=chosen)
    assert read == replace(told.generic, links=read.links)
    assert (read.author, read.agencies, read.credit) == ("Ann Reeve", ("Reuters", "dpa"), "dpa/rtr")
    assert read.published == datetime(2026, 11, 28, 5, 2, 3, tzinfo=UTC)
    test = text_of_test("a", "spiders", told, "en", None, NOW)
    assert "published == datetime(2026, 11, 28, 5, 2, 3, tzinfo=UTC)" in test and 'author == "Ann Reeve"' in test


def test_a_byline_is_found_behind_its_by() -> None:
    tree = load_html('<html><body><p class="byline">By Ann Reeve</p><h1>Ferry</h1></body></html>')
    assert guessed(tree, Article("a", "", "", "Ferry", "", "en", author="Ann Reeve"), NOW).author == "p.byline"


def test_how_to_run_the_test_is_said_where_pytest_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = folder / "saved.html"
    page.write_text(article("bruecke", "Brücke gesperrt", False, NOW), encoding="utf-8")
    (folder / "venvs/retold").mkdir(parents=True)
    (folder / "venvs/retold/pipx_metadata.json").write_text("{}")
    monkeypatch.setattr("sys.prefix", str(folder / "venvs/retold"))
    monkeypatch.setattr("pipeline.cli.spidering.find_spec", lambda _: None)
    result = written(folder, "--page", page, "--url", f"{HTTP}/bruecke")
    assert "that needs pytest beside Retold: pipx runpip retold install pytest" in result.output
    assert " -m pytest " in result.output
    assert install("warc") == "pipx runpip retold install 'retold[warc]'"
    monkeypatch.undo()
    assert install("warc") == "pip install 'retold[warc]'" and install() == "pip install retold"
    assert install(package="pytest") == "pip install pytest"


def test_a_page_without_text_leaves_everything_as_it_was(folder: Path) -> None:
    (folder / "saved.html").write_text("<html><body><nav><a href='/'>x</a></nav></body></html>")
    result = written(folder, "--page", folder / "saved.html")
    assert result.exit_code == 1 and result.stderr.startswith("retold: hafen-bote: no")
    assert not (folder / "spiders").exists() and (folder / "config.yaml").read_text("utf-8") == CONFIG
    text = CONFIG.replace("    role", "    text_from: feed\n    role")
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    assert "no spider sees a page of it" in written(folder).stderr


# -- the folder


def test_a_spider_is_looked_for_where_the_configuration_says(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    named = CONFIG.replace("    role", "    spider: mine\n    role")
    path.write_text(named, encoding="utf-8")
    assert "no such spider (got 'mine'); there are generic, nos, spiegel" in call("check", "--config", path).stderr
    path.write_text(f"spiders: own\n{named}", encoding="utf-8")
    told = call("check", "--config", path).stderr
    assert "config.yaml:1: spiders: no such folder" in told
    (tmp_path / "own").mkdir()
    (tmp_path / "own/mein.py").write_text("")
    assert "did you mean mein?" in call("check", "--config", path).stderr
    (tmp_path / "own/mine.py").write_text("raise ValueError('not run by check')")
    assert call("check", "--config", path).exit_code == 0 and load(path).spiders == str(tmp_path / "own")
    result = call("run", "--config", path, "--db", tmp_path / "s.db")
    assert result.exit_code == 2 and f"{tmp_path}/own/mine.py: cannot be used as a spider: ValueError" in result.stderr


@pytest.mark.parametrize("text", ["SITE = 1", "", "import nosuchmodule", "x = (", "raise SystemError"])
def test_a_file_that_is_no_spider_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.py").write_text(text)
    with pytest.raises(ConfigError) as error:
        site(str(tmp_path / "x.py"))
    assert "\n" not in str(error.value) and "x.py" in str(error.value)


def test_ones_own_takes_the_place_of_a_bundled_one(tmp_path: Path) -> None:
    from pipeline.spiderfolder import reference

    (tmp_path / "nos.py").write_text("from spiders.base import Site\nclass Mine(Site):\n    pass\nSITE = Mine()\n")
    assert type(site(reference("nos", str(tmp_path)))).__name__ == "Mine"
    assert type(site(reference("spiegel", str(tmp_path)))).__name__ == "Spiegel" and reference("nos", None) == "nos"
    assert type(site("generic")) is Site


@pytest.mark.parametrize("name", ["../x", "X", "a-b", "a.b", "", "x" * 42])
def test_a_spider_has_the_name_of_a_module(name: str) -> None:
    with pytest.raises(ConfigError, match="spider"):
        loads(CONFIG.replace("    role", f'    spider: "{name}"\n    role'), "c")


# -- selectors


def test_selectors_take_what_they_find() -> None:
    tree = load_html(
        "<html><head><meta property='x' content='2026-01-02'></head><body><h1>A <b>title</b></h1><div class='t'>lead"
        "<p>one<br>two</p><!-- c -->tail<ul><li>three</li></ul><aside><p>gone</p></aside>after<script>no</script>"
        "<div class='t'><p>inner</p></div></div><div class='t'><p>four</p></div></body></html>"
    )
    picked = pick(tree, Selectors("h1", 'meta[property="x"]', ".none", "div.t", ("aside",)))
    assert picked.text.splitlines() == ["lead", "one", "two", "tail", "three", "after", "inner", "four"]
    assert (picked.title, picked.published, picked.author) == ("A title", "2026-01-02", "")
    assert pick(tree, Selectors()).text == ""


def test_guesses_are_tried_on_the_page() -> None:
    """Build hashes are no names; where nothing can be named, generic extraction goes on."""
    page = article("bruecke", PIECES[0][1], False, NOW)
    for old, new in (("beitrag__text", "css-1x9ab2"), ("beitrag__titel", "t4f"), ("beitrag__datum", "d-99")):
        page = page.replace(old, new)
    entry = Entry(feed_url=f"{HTTP}/feed", guid="g", url=f"{HTTP}/bruecke", title="x")
    found = learned(entry, page.encode(), "", "a", "de", None, NOW)
    assert found.selectors.title == "h1" and "css" not in found.selectors.body and found.selectors.published == "time"
    assert found.article.text == found.generic.text and found.url == f"{HTTP}/bruecke"


@given(st.text())
@settings(max_examples=40)
def test_strangers_text_is_a_literal(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text and not MARKS.search(literal(text))


@given(st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True))
@settings(max_examples=30)
def test_every_key_makes_a_module(key: str) -> None:
    from pipeline.spiderfolder import fault

    name = module(key)
    assert (name.isidentifier() and "no such spider" in fault(name, None)) or name in ("generic", "nos", "spiegel")
    loads(CONFIG.replace("    role", "    spider: nos\n    role"), "c")
