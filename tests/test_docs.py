"""The manual as a contract: what is there is documented, what is documented is there, and what it shows works."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pipeline import config
from pipeline.cli import words
from pipeline.model import Reason
from pipeline.phrases import REASONS
from tests import manual
from tests.conftest import call
from tests.manual import PAGES, ROOT, Block
from tools import schema_diagram
from tools.docsite import offline
from tools.reference import commands, database, documents, settings, taking
from tools.reference.adding import added
from tools.reference.regions import BrokenError, outside, regions, section, slug

BLOCKS = [block for path in PAGES for block in manual.blocks(path)]
SOURCE = {"name": "One", "owner": "One", "country": "GB", "language": "en", "role": "publisher"}
ONE = {"one": {**SOURCE, "feeds": ["https://one.example/feed"]}}


def docs(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


# -- the reference is what the code says


@pytest.mark.parametrize("name", documents.wanted())
def test_the_reference_is_what_the_generator_writes(name: str) -> None:
    text = docs(name)
    assert documents.missing(name, text) == [], "python -m tools.reference --add"
    assert documents.made(text) == text, "python -m tools.reference"


def test_everything_has_a_meaning_and_every_meaning_a_thing() -> None:
    texts = {name: docs(name) for name in documents.wanted()}
    assert [*documents.unexplained(texts), *documents.superfluous()] == []


def test_every_command_argument_and_subcommand_is_told_of_by_hand() -> None:
    text = docs("cli.md")
    headed = re.findall(r"^## `retold (\w[\w-]*)", text, re.M)
    assert sorted(set(headed)) == sorted(commands.main.commands)
    for name, command in commands.main.commands.items():
        at = section(text, f"`retold {name}")
        assert at, name
        written = outside(text[slice(*at)])
        for full, leaf in commands.leaves(name, command):
            assert f"retold {full}" in written, full
            for argument in commands.arguments_of(leaf):
                assert re.search(rf"\b{argument}\b", written), f"retold {full}: {argument}"


def test_what_is_said_of_single_options_is_of_options_that_are_there() -> None:
    text = docs("cli.md")
    for name, command in commands.main.commands.items():
        at = section(text, f"`retold {name}")
        assert at
        takes = {
            o for _, leaf in commands.leaves(name, command) for p in leaf.params for o in p.opts + p.secondary_opts
        }
        said = re.findall(r"^- `(--?[a-z-]+)", outside(text[slice(*at)]), re.M)
        assert set(said) <= takes, f"retold {name}: {set(said) - takes}"


def test_no_table_of_keys_or_columns_is_left_to_hand() -> None:
    assert re.findall(r"^\| `\w+\.[^`]+` \|.*", outside(docs("configuration.md")), re.M) == []
    text = docs("database.md")
    assert set(re.findall(r"^## `(v_\w+)`", text, re.M)) == set(database.VIEWS)
    for name in database.VIEWS:
        at = section(text, f"`{name}`")
        assert at and "| `" not in outside(text[slice(*at)]), name


def test_every_exit_code_is_told() -> None:
    constants = {v for n, v in vars(words).items() if n.isupper() and isinstance(v, int) and v != words.SIGNALLED}
    assert constants | {130, 143} == set(words.EXITS)
    help_ = call("--help").output
    assert {
        int(code) for code in re.findall(r"\b\d+\b", help_.partition("Exit codes:")[2].partition("Options")[0])
    } == set(words.EXITS)
    for path in PAGES:
        for cells in re.findall(r"^\| (\d+(?:, \d+)*) \|", manual.text(path), re.M) if path.name == "README.md" else ():
            assert {int(code) for code in cells.split(", ")} <= set(words.EXITS)


def test_every_reason_has_its_words() -> None:
    assert set(REASONS) == {str(reason) for reason in Reason}


def test_every_environment_variable_is_told() -> None:
    code = "\n".join(p.read_text("utf-8") for room in ("pipeline", "spiders") for p in (ROOT / room).rglob("*.py"))
    read = re.findall(r"environ(?:\.get|\.setdefault)?[\[(]\s*\"([A-Z_]+)\"(?!\]\s*=[^=])", code)
    read += re.findall(r"\"(RETOLD_[A-Z_]+)\"", code)
    text = "\n".join(map(manual.text, PAGES))
    assert "RETOLD_DB" in read
    for name in set(read):
        assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", text), name


def test_the_drawing_shows_the_schema_as_it_is() -> None:
    boxes, lines = schema_diagram.drawn(schema_diagram.DRAWN.read_text("utf-8"))
    tables = schema_diagram.new_database()
    assert lines == {(to, t.name) for t in tables for to in t.refers.values()}, "python -m tools.schema_diagram"
    topics = schema_diagram.topics()
    for table in tables:
        box = boxes.get(table.name) or boxes[f"({topics[table.name]})"]
        assert {table.name, *table.columns} <= box, f"{table.name}: python -m tools.schema_diagram"
    assert {box for box in boxes if "(" not in box} <= {table.name for table in tables}


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


def test_what_nobody_explains_is_told_with_the_words_of_the_docs(monkeypatch: pytest.MonkeyPatch) -> None:
    table = "| table | holds |\n|---|---|\n| `feeds` | those we ask |\n"
    topics = {**database.TABLES, "collecting": {k: v for k, v in database.TABLES["collecting"].items() if k != "feeds"}}
    monkeypatch.setattr(database, "TABLES", topics)
    said = "table feeds: not in pipeline/store/table_meanings.py; the docs say: those we ask"
    assert list(documents.unexplained({"x": table})) == [said]


def test_words_of_the_page_are_taken_over_into_the_code() -> None:
    text = docs("database.md")
    assert all(path.read_text("utf-8") == new for path, new in taking.taken(text).items())
    by_hand = '| column | meaning |\n|---|---|\n| `b` | of `x\\|y`, "so" |\n'
    assert taking.views(f"## `v_new`\n\n{by_hand}", {"v_new": ["a", "b"]}) == {
        "v_new": {"a": "", "b": 'of `x|y`, "so"'}
    }
    row = "| `feeds` | each feed"
    more = taking.tables(text.replace(row, f"| `polls` | when it is asked |\n{row}"), database.schema()[0] | {"polls"})
    assert more["collecting"]["polls"] == "when it is asked"
    page = docs("configuration.md").replace("Pause between two requests", "A pause between two requests")
    assert list(taking.differing(page)) == [
        "config http.delay_s: the docs say: A pause between two requests to one host."
    ]


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

# Pages that mkdocs.yml has a place for before they are written.
PLANNED = {"tutorial.md", "scheduling.md", "operations.md", "keeping.md", "importing.md", "add-a-source.md",
           "cookbook.md", "faq.md", "how-it-works.md", "glossary.md", "contributing.md"}  # fmt: skip


def in_menu(entries: list[Any]) -> list[str]:
    targets = [target for entry in entries for target in entry.values()]
    return [page for t in targets for page in (in_menu(t) if isinstance(t, list) else [t])]


def test_the_menu_has_every_page_and_no_other() -> None:
    menu = in_menu(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"])
    pages = [entry for entry in menu if "#" not in entry]
    beside = {"index.md", "changelog.md", "security.md", "licence.md"}
    there = beside | {path.name for path in (ROOT / "docs").glob("*.md")}
    assert len(set(pages)) == len(pages) and there <= set(pages) <= there | PLANNED
    for page, _, anchor in (entry.partition("#") for entry in menu if "#" in entry):
        assert anchor in manual.anchors(ROOT / "docs" / page), f"{page}#{anchor}"


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


# -- what the manual shows works


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in manual.links(path):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{path.name}: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in manual.anchors(target), f"{path.name}: {link}"


CALLS = sorted({(b.page, tuple(c)) for b in BLOCKS if b.lang in ("", "console", "sh", "bash", "shell", "ini", "cron")
                for c in manual.calls(b)})  # fmt: skip


def parsed(args: list[str]) -> None:
    """Read a command line as click would, without doing it; raises click.UsageError."""
    command: click.Command = commands.main
    context = click.Context(command, info_name="retold")
    while isinstance(command, click.Group) and args and not args[0].startswith("-"):
        found = command.get_command(context, args[0])
        if found is None:
            raise click.UsageError(f"no command {args[0]}")
        command, args = found, args[1:]
        context = click.Context(command, info_name=command.name)
    given, rest, _ = command.make_parser(context).parse_args(list(args))
    if rest:
        raise click.UsageError(f"too many arguments: {rest}")
    for parameter in command.params:
        wanted = isinstance(parameter, click.Argument) and parameter.required and "help" not in given
        if wanted and re.match(r"None|\(\)|Sentinel", repr(given.get(str(parameter.name)))):
            raise click.UsageError(f"{parameter.name} is missing")


@pytest.mark.parametrize(("page", "args"), CALLS, ids=lambda x: " ".join(x) if isinstance(x, tuple) else x)
def test_every_command_line_is_one(page: str, args: tuple[str, ...]) -> None:
    parsed(list(args))


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_commands_and_options_within_sentences_are_there(path: Path) -> None:
    for args in manual.mentions(path):
        command: click.Command = commands.main
        while isinstance(command, click.Group) and args and args[0] in command.commands:
            command, args = command.commands[args[0]], args[1:]
        assert command is not commands.main or not args or re.match("-|[A-Z]+$", args[0]), args
        has = {o for p in command.params for o in p.opts + p.secondary_opts} | {"--help", "-h", "--version"}
        said = {word.partition("=")[0] for word in args if re.match(r"--?[a-z]", word)}
        assert said <= has, f"{path.name}: retold {command.name} has no {said - has}"


def test_command_lines_are_found() -> None:
    assert len(CALLS) > 40
    shown = "retold stories --all | head\n*/5 * * * *  retold run -q  # often\ncurl URL | retold x - \n"
    assert list(manual.calls(Block("x", "", shown))) == [["stories", "--all"], ["run", "-q"], ["x", "-"]]
    assert list(manual.calls(Block("x", "", "$ retold run\nretold says something\n"))) == [["run"]]
    for wrong in (["stories", "--never"], ["no-such"], ["story"], ["story", "1", "2"]):
        with pytest.raises(click.UsageError):
            parsed(wrong)


QUERIES = [(b.page, statement) for b in BLOCKS if b.lang == "sql" for statement in manual.statements(b)]


@pytest.mark.parametrize(("page", "query"), QUERIES, ids=lambda x: x.strip().split("\n")[0][:60])
def test_every_query_runs(db: sqlite3.Connection, page: str, query: str) -> None:
    assert db.execute(query).description


def pieces() -> list[tuple[str, Any]]:
    """What is shown of config.yaml: blocks in YAML whose keys are its keys."""
    found, keys = [], "|".join(config.Config.model_fields)
    for block in BLOCKS:
        if block.lang in ("", "yaml") and re.match(rf"(?:#.*\n)*(?:{keys}):\s", block.body):
            found.append((block.page, yaml.safe_load(block.body)))
    return found


@pytest.mark.parametrize(("page", "piece"), pieces())
def test_every_piece_of_configuration_is_valid(page: str, piece: dict[str, Any]) -> None:
    sources = piece.get("sources") or {}
    whole = {k: {**SOURCE, "feeds": [f"https://{k}.example/feed"], **(v or {})} for k, v in sources.items()}
    text = yaml.safe_dump({**piece, "sources": {**ONE, **whole}})
    assert config.loads(text, page).sources


def test_pieces_of_configuration_are_found() -> None:
    assert {"alerts.md"} <= {page for page, _ in pieces()}
